"""Queries that are answered as they arrive: no task, no routes, no waiting.

For a small query the parts of a web server take several times longer than the query. So
a plain GET of /sparql whose answer is remembered, or known to be small, is read and
answered here, with the same functions, and byte for byte as the routes would answer it.
Every other request takes the way of all requests.
"""

from __future__ import annotations

import re
import time
from binascii import a2b_qp
from functools import lru_cache
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from kg.web import answers, guarding, reading, sparql
from kg.web.observing import note_direct
from kg.web.serving import Serving
from kg.web.shortcut import KEPT, MOST, Entry

_BEGINNINGS = (b"GET /sparql?query=", b"GET /sparql/?query=")
# A field that is not here may change what is to be done.
_HARMLESS = frozenset({b"host", b"accept", b"accept-encoding", b"accept-language", b"user-agent"})

# Signs that h11 refuses in a value.
_REFUSED = re.compile(rb"[\0\v\f]")


class Given(NamedTuple):
    """What the fields of a request say, as far as it bears on the answer."""

    host: str
    accept: str
    codings: str


@lru_cache(maxsize=1_000)
def _given(fields: bytes) -> Given | None:
    """Read the fields of a request, those of the next one too: a client sends the same again and again.

    None when there is more to be thought about than what they say.
    """
    lines = fields.split(b"\r\n")[:-1]
    if not fields.count(b"\r") == fields.count(b"\n") == len(lines) or not fields.isascii():
        return None
    given: dict[bytes, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"connection" and value.lower() == KEPT:
            continue
        if not colon or name not in _HARMLESS or name in given or _REFUSED.search(value):
            return None
        given[name] = value.decode()
    if b"host" not in given:
        return None
    return Given(given[b"host"], given.get(b"accept", ""), given.get(b"accept-encoding", ""))


def answer(serving: Serving, data: bytes, client: str) -> Entry | None:
    """Answer bytes that are one whole, plain GET; None when they are for the routes.

    It is counted and logged.
    """
    known = serving.shortcuts.get(data, serving.live.key)
    if known is not None:
        serving.memory.hits += 1
        note_direct(serving, known, client, 0.0, {"cache": "repeated", "query": known.query})
        return known
    if not data.startswith(_BEGINNINGS) or len(data) > MOST or not data.endswith(b"\r\n\r\n"):
        return None
    begun = time.perf_counter()
    line, _, fields = data[:-2].partition(b"\r\n")
    given = _given(fields)
    parts = line.split(b" ")
    if given is None or len(parts) != 3 or parts[2] != b"HTTP/1.1":
        return None
    if not line.isascii() or not line.decode().isprintable():
        return None
    path, _, query_string = parts[1].partition(b"?")
    try:
        asked = only_query(query_string) or sparql.asked_of(reading.pairs(query_string))
        if asked is None:
            return None
        found = sparql.at_once(serving, asked, given.host, given.accept)
        if found is None or found.kept.headers:
            return None
        kept = found.kept
        body, coding = kept.coded(given.codings)
        head = _head(kept.media_type, bool(coding), "*" in serving.settings.origins)
    except Exception:  # noqa: BLE001  a bug: the routes meet it, too, and report it
        return None
    head %= {b"tag": found.tag.encode(), b"length": len(body)}
    entry = Entry(found.key, head, body, path.decode(), path.decode(), asked.text)
    if answers.repeatable(kept):
        serving.shortcuts.put(data, entry)
    state: dict[str, str | None] = {"query": asked.text, **({"cache": "hit"} if found.hit else {})}
    note_direct(serving, entry, client, time.perf_counter() - begun, state)
    return entry


def only_query(query_string: bytes) -> sparql.Asked | None:
    """Read parameters that are one query and nothing else, as ``reading.pairs`` would.

    Quoted-printable differs from percent-encoding in its mark and where that mark ends nothing;
    what reads it is written in C. None where the two could differ.
    """
    value = query_string.removeprefix(b"query=")
    if len(value) == len(query_string) or b"&" in value or b"=" in value or value.endswith(b"%"):
        return None
    if b"%%" in value:  # (two marks are one there)
        return None
    text = a2b_qp(value.replace(b"+", b" ").replace(b"%", b"="))
    if text.count(b"=") != value.count(b"%3D") + value.count(b"%3d"):
        return None
    try:
        return sparql.Asked(text.decode())
    except UnicodeDecodeError:
        return None


@lru_cache(maxsize=64)
def _head(media_type: str, zipped: bool, anybody: bool) -> bytes:
    """Return the head of such an answer as the routes write it, to be filled with a tag and a length."""
    scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")] if zipped else []}
    kept = answers.Kept(b" " * 10_000, media_type)
    response = answers.whole(Request(scope), kept, "tag")
    dressed = MutableHeaders(raw=response.raw_headers)
    guarding.dress(dressed, "*" if anybody else "")
    variable = {b"etag": b"%(tag)b", b"content-length": b"%(length)d"}
    return b"".join(
        b"%b: %b\r\n" % (name, variable.get(name) or value.replace(b"%", b"%%"))
        for name, value in dressed.raw
    )
