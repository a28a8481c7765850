"""Whether the server is well, what it counts, and its log of requests."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.web.serving import Serving
from kg.web.shortcut import Entry

#: Where the lines of the access log go: one JSON object a line.
ACCESS = logging.getLogger("kg.web.access")
_NO_STORE = {"Cache-Control": "no-store"}


def log_to(path: Path | None) -> None:
    """Write the logs of requests and of changes to a file, a JSON object a line; None for no logs."""
    for name in (ACCESS.name, "kg.web.audit"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if path is not None:
            handler = logging.FileHandler(path, encoding="utf-8", delay=True)
            handler.setFormatter(logging.Formatter("%(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
        else:
            logger.addHandler(logging.NullHandler())
            logger.setLevel(logging.WARNING)


def routes(serving: Serving) -> list[Route]:
    """Return the routes for whoever looks after the server."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=_NO_STORE)

    async def readyz(_: Request) -> Response:
        if serving.stopping:
            return JSONResponse({"status": "stopping"}, 503, headers=_NO_STORE)
        behind = await serving.behind()
        with serving.live.now() as state:
            failing = state.pool.trouble if state.pool is not None else behind
            ready = serving.live.warmed and (
                state.pool.ready if state.pool is not None else behind is None
            )
            found: dict[str, Any] = {
                "status": "ready" if ready else "failing" if failing else "starting",
                "data": state.key,
                "trouble": "the files have changed and cannot be opened; the log says why"
                if serving.live.trouble
                else None,
                "workers": f"no process for queries can be started: {failing}"
                if failing and not behind
                else None,
                "behind": behind,
            }
        return JSONResponse(found, 200 if ready else 503, headers=_NO_STORE)

    async def metrics(_: Request) -> Response:
        text = serving.counts.text(_gauges(serving))
        return Response(text, media_type="text/plain; version=0.0.4", headers=_NO_STORE)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


def _gauges(serving: Serving) -> dict[str, tuple[str, float]]:
    lanes, memory, live = serving.lanes, serving.memory, serving.live
    with live.now() as state:
        opened = state.opened
    return {
        "kg_requests_running": ("Requests that run now.", serving.counts.running),
        "kg_connections_lent": ("Connections that readers have.", serving.lender.lent),
        "kg_queries_running": ("Queries that run now.", lanes.running),
        "kg_queries_waiting": ("Queries that wait for a worker.", lanes.waiting),
        "kg_cache_bytes": ("Bytes of remembered answers.", memory.held),
        "kg_cache_hits_total": ("Answers that were remembered.", memory.hits),
        "kg_cache_misses_total": ("Answers that were not.", memory.misses),
        "kg_swaps_total": ("How often newer data took over.", live.swaps),
        "kg_data_opened_seconds": ("When the data was opened (Unix time).", opened),
        "kg_data_trouble": (
            "1 while changed files cannot be opened.",
            0.0 if live.trouble is None else 1.0,
        ),
    }


class Observed:
    """Middleware around everything: counts, the access log, and a bound on slow readers."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status, sent = 0, 0
        state = scope.setdefault("state", {})
        asked = state.get("asked")
        head: list[tuple[bytes, bytes]] = []

        async def noting(message: Message) -> None:
            nonlocal status, sent, head
            if message["type"] == "http.response.start":
                status = message["status"]
                head = list(message["headers"])
            elif asked is not None and not sent and _whole(state, message):
                lines = b"".join(b"%s: %s\r\n" % field for field in head)
                path, route = scope["path"], _route(scope)
                entry = Entry(
                    state["repeatable"], lines, message["body"], path, route, state.get("query")
                )
                self._serving.shortcuts.put(asked, entry)
            sent += len(message.get("body", b""))
            await send(message)

        self._serving.counts.running += 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._serving.counts.running -= 1
            seconds = time.perf_counter() - begun
            route = _route(scope)
            self._serving.counts.request(route, _method(scope["method"]), status, seconds)
            if state.get("limit"):
                self._serving.counts.stopped(state["limit"])
            if ACCESS.isEnabledFor(logging.INFO):
                ACCESS.info("%s", _line(scope, status, sent, seconds, self._serving))


def _whole(state: MutableMapping[str, Any], message: Message) -> bool:
    """Whether a message is all of an answer that holds as long as the data does."""
    return bool(state.get("repeatable") and message.get("body")) and not message.get("more_body")


def note_direct(
    serving: Serving, entry: Entry, client: str, seconds: float, state: dict[str, str | None]
) -> None:
    """Count and log a GET of one of our paths that was answered without the routes."""
    serving.counts.request(entry.route, "GET", 200, seconds)
    if ACCESS.isEnabledFor(logging.INFO):
        scope: Scope = {"client": (client,), "method": "GET", "path": entry.path, "state": state}
        ACCESS.info("%s", _line(scope, 200, len(entry.body), seconds, serving))


def _route(scope: Scope) -> str:
    """Return the path as the table of routes has it: a path of a stranger's is no label."""
    route = scope.get("state", {}).get("route") or scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else route if isinstance(route, str) else "other"


def _method(method: str) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
    return method if method in known else "other"


def _line(scope: Scope, status: int, sent: int, seconds: float, serving: Serving) -> str:
    state: MutableMapping[str, Any] = scope.get("state", {})
    found = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "client": (scope.get("client") or ("",))[0],
        "method": scope["method"][:20],
        "path": _tame(scope["path"])[:500],
        "status": status,
        "bytes": sent,
        "ms": round(seconds * 1000, 1),
        "cache": state.get("cache"),
        "problem": state.get("problem") if status < 500 or status == 503 else None,
        "query": state.get("query") if serving.settings.log_queries else None,
    }
    kept = {key: value for key, value in found.items() if value is not None}
    return json.dumps(kept, ensure_ascii=True)


def _tame(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", text)
