"""Answers to requests that are, byte by byte, ones answered before over the same data.

Reading a request and writing an answer's head takes longer than finding a remembered
answer. So the server remembers, beside the answers, what the whole exchange looked
like: the bytes of the request, and those of the answer but for its date. An entry
counts as long as the data is what it was.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

#: Requests longer than this are read as usual.
MOST = 4_096
#: What a connection is asked to be that makes no difference.
KEPT = b"keep-alive"


class Entry(NamedTuple):
    """An exchange: the key of the data, the head of the answer without its date, and the rest.

    The path and the query are for the log; what is counted is the route.
    """

    key: str
    head: bytes
    body: bytes
    path: str
    route: str
    query: str | None = None

    @property
    def size(self) -> int:
        """How much memory it takes, roughly."""
        return len(self.head) + len(self.body) + MOST


class Shortcuts:
    """Exchanges by the bytes of the request; the oldest go first. For the event loop alone."""

    def __init__(self, bytes_: int) -> None:
        self._most = bytes_
        self._held = 0
        self._known: OrderedDict[bytes, Entry] = OrderedDict()

    def get(self, request: bytes, key: str) -> Entry | None:
        """Return what was answered to these bytes, if that was over the same data."""
        found = self._known.get(request)
        if found is None:
            return None
        if found.key != key:
            self._held -= self._known.pop(request).size
            return None
        return found

    def put(self, request: bytes, entry: Entry) -> None:
        """Remember an exchange."""
        before = self._known.pop(request, None)
        self._held += entry.size - (before.size if before else 0)
        self._known[request] = entry
        while self._held > self._most:
            self._held -= self._known.popitem(last=False)[1].size


def repeatable(request: bytes) -> bool:
    """Whether bytes are one whole, plain GET, whose answer hangs on nothing else.

    A field that speaks of the connection, of a body or of who asks makes it none.
    """
    if len(request) > MOST or not request.startswith(b"GET /"):
        return False
    if request.find(b"\r\n\r\n") != len(request) - 4 or b" HTTP/1.1\r\n" not in request:
        return False
    # (A line may end with \n alone, where the fields are read: then more of them may be hidden.)
    if not request.count(b"\r") == request.count(b"\n") == request.count(b"\r\n"):
        return False
    # (Many clients say what HTTP/1.1 means without it.)
    fields = request.lower().replace(b"\r\nconnection: %b\r\n" % KEPT, b"\r\n")
    return not any(name in fields for name in _TELLING)


_TELLING = tuple(
    b"\r\n%s:" % name
    for name in (
        b"authorization",
        b"connection",
        b"content-length",
        b"cookie",
        b"expect",
        b"if-none-match",
        b"origin",
        b"transfer-encoding",
        b"upgrade",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    )
)
