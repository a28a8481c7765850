"""Changes over HTTP: refused unless the server was started to take them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import RefusedError
from kg.web.serving import Serving


def allowed(serving: Serving, request: Request) -> None:
    """Raise RefusedError unless this server takes changes, and HttpError without its token."""
    del request
    if not serving.settings.allow_update:
        raise RefusedError(
            "this server takes no changes", hint="kg serve --allow-update, with a token"
        )


async def update(serving: Serving, request: Request, in_address: list[tuple[str, str]]) -> Response:
    """Run a SPARQL Update that is sent directly."""
    del in_address
    allowed(serving, request)
    raise RefusedError("not yet")


async def update_form(serving: Serving, request: Request, given: list[tuple[str, str]]) -> Response:
    """Run a SPARQL Update that is sent as a form."""
    return await update(serving, request, given)
