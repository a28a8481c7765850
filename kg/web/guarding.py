"""What every request has to pass: bounds on what it sends, and who may read the answer."""

from __future__ import annotations

import logging

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.web import problems
from kg.web.problems import HttpError
from kg.web.serving import Serving
from kg.web.settings import Settings

_LOG = logging.getLogger("kg.web")
_EXPOSED = "ETag, Link, Location, Retry-After, Vary"
_ALLOWED = "Accept, Accept-Language, Content-Type, If-None-Match"
#: What every answer says: it is what it says it is, and its address tells nobody where one was.
_ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class Guarded:
    """Middleware: sizes, slow clients, and the Fetch standard's CORS for reads."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._settings = serving.settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request that is too much, or pass it on with a clock beside it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = allowed(headers, self._settings)
        stuck = False

        async def sending(message: Message) -> None:
            nonlocal stuck
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), origin)
            # A client that takes nothing for so long is not waited for.
            try:
                with anyio.fail_after(self._settings.send_s):
                    await send(message)
            except TimeoutError:
                stuck = True
                raise

        problem = self._too_much(scope, headers)
        if problem is not None:
            response = problems.response(Request(scope), problem)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            response = _preflight()
        else:
            try:
                await self._app(scope, receive, sending)
            except TimeoutError:
                if not stuck:
                    raise
                _LOG.warning("an answer was not taken")
            return
        response.headers["Connection"] = "close" if problem else "keep-alive"
        await response(scope, receive, sending)

    def _too_much(self, scope: Scope, headers: Headers) -> HttpError | None:
        address = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if address > self._settings.max_address:
            return HttpError(
                414,
                f"the address has {address:,} bytes, more than {self._settings.max_address:,}",
                hint="send a long query by POST",
            )
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > self._settings.max_headers:
            return HttpError(
                431,
                f"the header fields have {size:,} bytes, more than {self._settings.max_headers:,}",
                hint="send fewer cookies and fields",
            )
        if headers.get("content-encoding", "identity").lower() != "identity":
            return HttpError(
                415,
                "compressed uploads are not taken",
                hint="send it as it is",
                headers={"Accept-Encoding": "identity"},
            )
        return None


def allowed(headers: Headers, settings: Settings) -> str:
    """Return whose pages may read the answer to a request: an origin, ``*``, or nobody's."""
    if "*" in settings.origins:
        return "*"
    origin = headers.get("origin", "")
    return origin if origin in settings.origins else ""


def dress(fields: MutableHeaders, origin: str) -> None:
    """Add to an answer's fields what every answer says."""
    for name, value in _ALWAYS.items():
        fields.setdefault(name, value)
    if origin:
        fields["Access-Control-Allow-Origin"] = origin
        fields["Access-Control-Expose-Headers"] = _EXPOSED
        if origin != "*":
            fields.add_vary_header("Origin")


def _preflight() -> Response:
    # Neither Authorization nor a method that changes data: no page of a stranger's
    # can make a browser send those here.
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
            "Access-Control-Allow-Headers": _ALLOWED,
            "Access-Control-Max-Age": "86400",
        },
    )
