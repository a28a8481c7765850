"""Changes over HTTP: SPARQL Update and whole graphs, for whoever shows the token.

Each change runs in a process of its own (``kg.web.changing``) under a clock and a bound on
memory; the workspace's journal keeps it whole or not at all, also when that process is
killed. ``.gambit/audit.jsonl`` of the workspace gets a line for each change, made or refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kg import sparql
from kg.errors import KgError, LimitError, RefusedError
from kg.sandbox import as_error, read_frame, unpack
from kg.web import reading
from kg.web.problems import HttpError, status_of
from kg.web.serving import Serving, client
from kg.workspace import OWN_GRAPH, Workspace

_AUDIT = logging.getLogger("kg.web.audit")
_CHANGE_S = 60.0
#: Validation and rdflib take so much before the data comes.
_CHANGE_MB = 1_500
#: What the process runs.
PROGRAM = "from kg.web.changing import main; main()"
_KNOWN = frozenset({"update", "using-graph-uri", "using-named-graph-uri"})


def allowed(serving: Serving, request: Request) -> Workspace:
    """Return the workspace that may be changed.

    Raises RefusedError unless this server takes changes, and HttpError (401) without
    its token.
    """
    workspace = serving.live.source.workspace
    if not serving.settings.allow_update:
        raise RefusedError(
            "this server takes no changes", hint="kg serve --allow-update, with a token"
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = serving.settings.token
    shown = given.strip().encode("utf-8", "replace")
    if not token or scheme.lower() != "bearer" or not hmac.compare_digest(shown, token.encode()):
        raise HttpError(
            401,
            "changes need the token of this server",
            hint="Authorization: Bearer <token>",
            headers={"WWW-Authenticate": 'Bearer realm="kg"', "Connection": "close"},
        )
    if workspace is None:
        raise RefusedError("only a workspace can be changed", hint="kg init makes one")
    return workspace


async def update(serving: Serving, request: Request, in_address: list[tuple[str, str]]) -> Response:
    """Run a SPARQL Update that is sent directly."""
    allowed(serving, request)
    content = await reading.body(request, serving.settings, serving.settings.max_query_body)
    return await update_form(serving, request, [*in_address, ("update", reading.utf8(content))])


async def update_form(serving: Serving, request: Request, given: list[tuple[str, str]]) -> Response:
    """Run a SPARQL Update that is sent as a form."""
    workspace = allowed(serving, request)
    values = reading.parameters(given, _KNOWN)
    if len(values) > 1:
        raise HttpError(
            400,
            "this server passes no choice of graphs on to an update",
            hint="write USING into the update",
        )
    text = values["update"][0]
    if len(text.encode("utf-8", "replace")) > sparql.MAX_BYTES:
        raise HttpError(413, "the update is too long", hint="send large data to /graphs")
    await serving.in_thread(sparql.update_variables, text)
    change = await run(serving, request, workspace, ["update", OWN_GRAPH.value], text.encode())
    return JSONResponse(change, headers={"Cache-Control": "no-store"})


async def run(
    serving: Serving, request: Request, workspace: Workspace, job: list[str], content: bytes
) -> dict[str, Any]:
    """Make a change in a process of its own, and return it when it is served.

    Raises what the change raises: QueryError, HttpError (422) for an outcome that is
    not kept, LimitError. One change is made at a time.
    """
    facts: dict[str, Any] = {"what": job[0], "graph": job[1], "bytes": len(content)}
    try:
        async with _lock(serving):
            change: dict[str, Any] = await asyncio.shield(
                serving.in_thread(_in_a_process, workspace, job, content)
            )
            facts["change"] = change
    except KgError as error:
        facts["problem"] = error.message
        _note(serving, request, workspace, status_of(error), facts)
        raise
    _note(serving, request, workspace, 200, facts)
    await serving.in_thread(serving.live.refresh)
    return change


def _lock(serving: Serving) -> asyncio.Lock:
    if serving.changing is None:
        serving.changing = asyncio.Lock()
    return serving.changing


def _in_a_process(workspace: Workspace, job: list[str], content: bytes) -> dict[str, Any]:
    program = f"import sys; sys.path[:] = {sys.path!r}; {PROGRAM}"
    with subprocess.Popen(  # noqa: S603  our own interpreter and our own text
        # (-B: on a full disk Python would keep half a compiled module, and fail from then on.)
        [sys.executable, "-I", "-B", "-c", program, str(workspace.folder), str(_CHANGE_MB), *job],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "RUST_BACKTRACE": "0"},
    ) as process:
        try:
            output, said = process.communicate(content, timeout=_CHANGE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LimitError(
                f"stopped after {_CHANGE_S:g} s; nothing was changed",
                limit="time",
                hint="make its patterns narrower",
            ) from None
    return _outcome(output, said, f"{workspace.folder}{os.sep}")


def _outcome(output: bytes, said: bytes, folder: str) -> dict[str, Any]:
    frame = read_frame(io.BytesIO(output))
    if frame is None:
        logging.getLogger("kg.web").error(
            "a change ended: %s", said[-500:].decode("utf-8", "replace")
        )
        raise HttpError(422, "the engine crashed on this; nothing was changed", hint="simplify it")
    kind, content = frame
    if kind == b"C":
        return dict(json.loads(content))
    if kind == b"O":
        raise HttpError(507, content.decode(), hint="nothing was changed: make room, send it again")
    error = as_error(unpack(content))
    error.message, error.hint = _shown(error.message, folder), _shown(error.hint or "", folder)
    if isinstance(error, RefusedError):
        raise HttpError(422, error.message, hint=error.hint or None)
    raise error


def _shown(text: str, folder: str) -> str:
    """Return what is said of files without where on this machine they are."""
    beside = re.escape(tempfile.gettempdir() + os.sep) + r"tmp\w+" + re.escape(os.sep)
    return re.sub(beside, "", text.replace(folder, ""))


def _note(
    serving: Serving, request: Request, workspace: Workspace, status: int, facts: dict[str, Any]
) -> None:
    """Write the line of a change."""
    who = hashlib.sha256(serving.settings.token.encode()).hexdigest()[:8]
    line = json.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": client(request),
            "token": who,
            "status": status,
            **facts,
        }
    )
    _AUDIT.info("%s", line)
    try:
        with (workspace.folder / ".gambit" / "audit.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
    except OSError as error:
        logging.getLogger("kg.web").error("the audit log cannot be written: %s: %s", error, line)
