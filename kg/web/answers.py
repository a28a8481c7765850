"""How an answer leaves: its tag, its compression, and the memory of answers given before."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from kg import __version__
from kg.web.negotiation import accepts_gzip

_COMPRESS_FROM = 1_000
#: Larger answers are not worth a shortcut (kg.web.shortcut).
_SHORTCUT = 400_000
_COMPRESSED = ("zip", "sheet", "parquet", "image/", "font/", "video/", "audio/")


class Kept:
    """A whole answer: what it is, and compressed when somebody has asked for that."""

    __slots__ = ("_zipped", "body", "headers", "media_type")

    def __init__(
        self, body: bytes, media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.body = body
        self.media_type = media_type
        self.headers = dict(headers or {})
        self._zipped: bytes | None = None

    @property
    def zipped(self) -> bytes:
        """The body compressed; empty where that is not worth it."""
        if self._zipped is None:
            # (Answers this large are not kept: a millisecond or two.)
            worth = len(self.body) >= _COMPRESS_FROM and not any(
                part in self.media_type for part in _COMPRESSED
            )
            zipped = gzip.compress(self.body, 5, mtime=0) if worth else b""
            self._zipped = zipped if len(zipped) < 0.9 * len(self.body) else b""
        return self._zipped

    def coded(self, accepted: str) -> tuple[bytes, dict[str, str]]:
        """Return the body for who accepts these codings, and the field that names its coding."""
        if accepted and accepts_gzip(accepted) and self.zipped:
            return self.zipped, {"Content-Encoding": "gzip"}
        return self.body, {}

    @property
    def size(self) -> int:
        """How much memory it takes, compressed once more at worst."""
        return 2 * len(self.body) + 500


class Memory:
    """Answers given before, by what was asked of which data; the oldest go first.

    Its keys have the hash of the data in them, so that nothing in it is ever stale.
    """

    def __init__(self, bytes_: int, one: int) -> None:
        self._bytes = bytes_
        self._one = one
        self._held = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = Lock()
        self.hits = self.misses = 0

    def get(self, tag: str) -> Kept | None:
        """Return the answer of that tag, if it is remembered."""
        with self._lock:
            found = self._kept.get(tag)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
                self._kept.move_to_end(tag)
            return found

    def peek(self, tag: str) -> Kept | None:
        """Return the answer of that tag; a miss is not counted: somebody else will ask again."""
        if tag not in self._kept:
            return None
        return self.get(tag)

    def put(self, tag: str, kept: Kept) -> None:
        """Remember an answer, unless it is a large one."""
        if not tag or kept.size > self._one:
            return
        with self._lock:
            before = self._kept.pop(tag, None)
            self._held += kept.size - (before.size if before else 0)
            self._kept[tag] = kept
            while self._held > self._bytes:
                self._held -= self._kept.popitem(last=False)[1].size

    @property
    def held(self) -> int:
        """How many bytes are remembered."""
        return self._held


def tag(key: str, *parts: str) -> str:
    """Return the entity tag of what this version makes of the data of that key, by these parts.

    Weak, as one tag stands for the answer as it is and compressed. Empty for data
    without a key: nobody knows when it changes.
    """
    if not key:
        return ""
    content = "\0".join((key, __version__, *parts)).encode("utf-8", "surrogatepass")
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def unchanged(request: Request, entity_tag: str) -> bool:
    """Return whether the client has this already (If-None-Match)."""
    if not entity_tag or request.method not in ("GET", "HEAD"):
        return False
    opaque = entity_tag.removeprefix("W/")
    given = request.headers.get("if-none-match", "")
    return opaque in (part.strip().removeprefix("W/") for part in given.split(","))


def fields(entity_tag: str = "", *, vary: str = "Accept, Accept-Encoding") -> dict[str, str]:
    """Return the header fields of what may be kept by a client, and asked about again."""
    found = {"Vary": vary, "Cache-Control": "no-cache" if entity_tag else "no-store"}
    if entity_tag:
        found["ETag"] = entity_tag
    return found


def not_modified(entity_tag: str) -> Response:
    """Return a 304."""
    return Response(status_code=304, headers=fields(entity_tag))


def whole(
    request: Request, kept: Kept, entity_tag: str = "", status: int = 200, *, key: str = ""
) -> Response:
    """Return a whole answer as a response, compressed if the client takes that.

    With the ``key`` of the data it was made of, the same request is answered by a shortcut
    as long as that data is served: only for what hangs on the data and the request alone.
    """
    if key and entity_tag and status == 200 and repeatable(kept):
        request.scope.setdefault("state", {})["repeatable"] = key
    body, coding = kept.coded(request.headers.get("accept-encoding", ""))
    headers = {**fields(entity_tag), **kept.headers, **coding}
    return Response(body, status, headers, _typed(kept.media_type))


def repeatable(kept: Kept) -> bool:
    """Whether an answer is worth a shortcut (``kg.web.shortcut``)."""
    return kept.size < _SHORTCUT


def _typed(media_type: str) -> str:
    text = media_type.startswith("text/") and "charset" not in media_type
    return f"{media_type}; charset=utf-8" if text else media_type


async def zipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces compressed, as they come."""
    packer = zlib.compressobj(5, zlib.DEFLATED, 31)
    async for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
