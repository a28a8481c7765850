"""Queries that are answered as they arrive: no task, no routes, no waiting.

For a small query the parts of a web server take several times longer than the query. So
a plain GET of /sparql whose answer is remembered, or known to be small, is read and
answered here, with the same functions, and byte for byte as the routes would answer it.
Every other request takes the way of all requests.
"""

from __future__ import annotations

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import Scope

from kg.web import guarding, sparql
from kg.web.observing import note_direct
from kg.web.serving import Serving
from kg.web.shortcut import Entry

_BEGINNINGS = (b"GET /sparql?query=", b"GET /sparql/?query=")
# A field that is not here may change what is to be done.
_HARMLESS = frozenset({b"host", b"accept", b"accept-encoding", b"accept-language", b"user-agent"})


def answer(serving: Serving, data: bytes, client: str) -> Entry | None:
    """Answer bytes that are one whole, plain GET (``shortcut.repeatable``); None for the routes.

    It is counted and logged.
    """
    if not data.startswith(_BEGINNINGS):
        return None
    begun = time.perf_counter()
    line, *fields = data[:-4].split(b"\r\n")
    headers = []
    for field in fields:
        name, colon, value = field.partition(b":")
        name = name.lower()
        if not colon or name not in _HARMLESS or not value.isascii():
            return None
        headers.append((name, value.strip(b" \t")))
    parts = line.split(b" ")
    if len(parts) != 3 or sum(name == b"host" for name, _ in headers) != 1 or not line.isascii():
        return None
    path, _, query_string = parts[1].partition(b"?")
    state: dict[str, str] = {}
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path.decode(),
        "query_string": query_string,
        "headers": headers,
        "client": (client, 0),
        "state": state,
    }
    try:
        response = sparql.at_once(serving, Request(scope))
    except Exception:  # noqa: BLE001  a bug: the routes meet it, too, and report it
        return None
    if response is None:
        return None
    dressed = MutableHeaders(raw=response.raw_headers)
    guarding.dress(dressed, guarding.allowed(Headers(raw=headers), serving.settings))
    head = b"".join(b"%s: %s\r\n" % field for field in dressed.raw)
    body = bytes(response.body)
    key = state.get("repeatable", "")
    entry = Entry(key, head, body, path.decode())
    if key:
        serving.shortcuts.put(data, entry)
    note_direct(serving, scope, len(body), time.perf_counter() - begun)
    return entry
