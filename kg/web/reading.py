"""Read what a client sends: parameters and bodies, within bounds and as UTF-8."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import anyio
from starlette.requests import ClientDisconnect, Request

from kg.web.problems import HttpError
from kg.web.settings import Settings

FORM = "application/x-www-form-urlencoded"
_FIELDS = 200
# Of content that is refused, so much is read for so long.
_PASSED_OVER = 16_000_000
_PASSING_S = 1.0


def pairs(content: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string or a form; HttpError (400) unless they are UTF-8."""
    if not content:
        return []
    try:
        text = content.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except UnicodeDecodeError:
        raise HttpError(
            400, "the parameters are not UTF-8", hint="percent-encode the bytes of UTF-8"
        ) from None
    except ValueError:
        raise HttpError(400, "too many parameters", hint=f"at most {_FIELDS}") from None


def parameters(
    found: list[tuple[str, str]], known: frozenset[str], repeatable: frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """Return the values of each parameter; HttpError (400) for one unknown or given twice."""
    values: dict[str, list[str]] = {}
    for name, value in found:
        if name not in known:
            raise HttpError(
                400,
                f"there is no parameter {name[:50]!r} here",
                hint="known: " + ", ".join(sorted(known)),
            )
        values.setdefault(name, []).append(value)
    for name, several in values.items():
        if len(several) > 1 and name not in repeatable:
            raise HttpError(400, f"{name} is given {len(several)} times", hint="give it once")
    return values


def content_type(request: Request) -> str:
    """Return the media type of what is sent; HttpError (400) for a charset that is not UTF-8."""
    media_type, *rest = request.headers.get("content-type", "").split(";")
    for parameter in rest:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in ("utf-8", "utf8"):
            raise HttpError(400, "the content is not UTF-8", hint="send it as UTF-8")
    return media_type.strip().lower()


async def body(request: Request, settings: Settings, most: int) -> bytes:
    """Return what a client sends, at most so many bytes, within the time a request has.

    Raises HttpError: 413 for more, 408 when it does not come.
    """
    too_large = HttpError(
        413, f"more than {most:,} bytes are not taken here", hint="send less at a time"
    )
    announced = request.headers.get("content-length", "0")
    incoming = request.stream()
    if announced.isdecimal() and int(announced[:20]) > most:
        if "expect" not in request.headers:
            await _pass_over(incoming)
        raise _closing(too_large)
    pieces, size = [], 0
    try:
        with anyio.fail_after(settings.receive_s):
            async for piece in incoming:
                size += len(piece)
                if size > most:
                    await _pass_over(incoming)
                    raise _closing(too_large)
                pieces.append(piece)
    except TimeoutError:
        raise _closing(
            HttpError(408, f"nothing whole came in {settings.receive_s:g} s", hint="send faster")
        ) from None
    except ClientDisconnect:
        raise HttpError(499, "the client went away") from None
    return b"".join(pieces)


async def _pass_over(incoming: AsyncIterator[bytes]) -> None:
    """Read on for a moment: a connection closed with content unread loses the answer, too."""
    left = _PASSED_OVER
    with anyio.move_on_after(_PASSING_S):
        async for piece in incoming:
            left -= len(piece)
            if left < 0:
                return


def utf8(content: bytes) -> str:
    """Return text; HttpError (400) unless it is UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise HttpError(400, "the content is not UTF-8", hint="send it as UTF-8") from None


def _closing(error: HttpError) -> HttpError:
    # What of the request has not been read would be taken for the next one.
    error.headers["Connection"] = "close"
    return error
