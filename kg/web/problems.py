"""Every error as an HTTP answer: problem details (RFC 9457), or a page for a browser."""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kg import errors
from kg.errors import AmbiguousNameError, EndpointError, KgError, LimitError
from kg.web.negotiation import Offer, preferred

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("kg.web")
_FORMS = (Offer("json", (MEDIA_TYPE, "application/json")), Offer("html", ("text/html",)))
#: The status of each kind of error; a kind that is not here has that of its parent.
_STATUS: dict[type[KgError], int] = {
    errors.NoError: 404,
    errors.UsageError: 400,
    errors.DataError: 400,
    errors.UnreadableError: 400,
    errors.QueryError: 400,
    errors.RefusedError: 403,
    errors.MissingError: 500,
    errors.EndpointError: 502,
}
#: Limits that pass by themselves: the same request may succeed later.
_PASSING = {"time", "memory", "queue", "workers"}
RETRY_AFTER_S = 5
# What may be otherwise in a moment.
_AGAIN = (408, 429, 502, 503)
# Pages that hints name, and what a page calls them.
_NAMED = {"/": "the first page", "/search": "the search", "/queries": "the list of questions"}
_ADVICE = "Check the address, or begin again from one of these pages."


class HttpError(KgError):
    """An error of the conversation itself, with the status and header fields it has in HTTP."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        hint: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.headers = headers or {}
        #: Further members of the problem, as JSON has them.
        self.more = more


def status_of(error: KgError) -> int:
    """Return the HTTP status that an error of ours means."""
    if isinstance(error, HttpError):
        return error.status
    if isinstance(error, LimitError):
        return 503 if error.limit in _PASSING else 400
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def problem(error: KgError) -> dict[str, Any]:
    """Return an error's problem details. The path of a file stays on the server."""
    status = status_of(error)
    found: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": error.message,
        "hint": error.hint,
        "line": error.line,
        "column": error.column,
    }
    if isinstance(error, LimitError):
        found["limit"] = error.limit
    if isinstance(error, AmbiguousNameError):
        found["candidates"] = list(error.candidates)
    if isinstance(error, HttpError):
        found.update(error.more)
    return {key: value for key, value in found.items() if value is not None}


def limit_of(error: KgError) -> str | None:
    """Return at which limit something was stopped: one of LimitError's, or the share of a client."""
    if isinstance(error, LimitError):
        return error.limit
    return "client" if status_of(error) == 429 else None


def response(request: Request, error: KgError) -> Response:
    """Return an error as a response, in the form that the client reads."""
    found = problem(error)
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if found["status"] in (429, 503):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, HttpError):
        headers.update(error.headers)
    state = request.scope.setdefault("state", {})
    state["problem"], state["limit"] = found["detail"], limit_of(error)
    form = preferred(request.headers.get("accept", ""), _FORMS) or _FORMS[0]
    if form.name == "html":
        return _page(request, found, headers)
    body = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, found["status"], headers, MEDIA_TYPE)


async def on_kg_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    assert isinstance(error, KgError)
    if status_of(error) >= 500 and not isinstance(error, LimitError | EndpointError):
        _LOG.error("%s", error)
    return response(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework raises: no such page, no such method."""
    assert isinstance(error, HTTPException)
    hints = {404: "/ lists what there is", 405: "the Allow field lists the methods"}
    detail = {404: "there is nothing at this address"}.get(error.status_code, str(error.detail))
    return response(
        request,
        HttpError(
            error.status_code,
            detail,
            hint=hints.get(error.status_code),
            headers=dict(error.headers or {}),
        ),
    )


async def on_bug(request: Request, error: Exception) -> Response:
    """Answer a bug of ours: the client hears that it is one, the log the rest."""
    _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return response(
        request,
        HttpError(500, "this is a bug of the server", hint="the server's log says more"),
    )


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _page(request: Request, found: dict[str, Any], headers: dict[str, str]) -> Response:
    """Return a problem as a page like every other: what is wrong, what to do, and the ways on."""
    # (Loaded here: the pages need this module.)
    from kg.web import addresses, rendering

    root = addresses.root(request.app.state.serving.settings.base)
    retried = request.method == "GET" and found["status"] in _AGAIN
    shown = {
        "found": found,
        "advice": _pieces(found.get("hint", _ADVICE)),
        "sought": _sought(request) if found["status"] == 404 else "",
        "candidates": [(*line.split("  ", 1), line)[:2] for line in found.get("candidates", ())],
        "again": root + _address(request) if retried else "",
    }
    title = f"{found['status']} {found['title']}"
    page = rendering.Page("wrong.html", shown, title, status=found["status"])
    kept = rendering.render(page, address="", root=root)
    fields = {**kept.headers, **headers}
    return Response(kept.body, found["status"], fields, "text/html; charset=utf-8")


def _pieces(hint: str) -> list[tuple[str, str]]:
    """Return a hint in pieces, each with the path of a page that it names, or without one."""
    pieces = re.split(r"(\s)", hint)
    return [(_NAMED.get(words, words), words if words in _NAMED else "") for words in pieces]


def _sought(request: Request) -> str:
    """Return what the last part of an address may be a name of."""
    path: str = request.scope["path"]
    if not path.startswith(("/doc/", "/id/")):
        return ""
    return " ".join(re.findall(r"\w+", path.rsplit("/", 1)[-1]))[:100]


def _address(request: Request) -> str:
    query = request.scope["query_string"].decode("ascii", "replace")
    # (Two slashes at the beginning would lead to another host.)
    path = "/" + request.scope["path"].lstrip("/")
    return quote(path) + (f"?{query}" if query else "")
