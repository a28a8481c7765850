"""Positions remembered from one drawing to the next, in the cache folder.

A file a graph, named by the hash of the graph, so that the same graph is computed
once; and a pointer a scope (the files behind a workspace, and what is drawn of them)
to the latest one, so that a graph that grew keeps its map. The cache never decides
correctness: what is damaged, missing or not writable is computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg import files
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.store import Store

#: Part of every name: raise it when the same graph is to be drawn otherwise.
_VERSION = "1"
# A map is remembered by its reader for longer than a compiled store is worth its room.
_KEEP_DAYS, _KEEP_FILES = 90, 200


class Kept(NamedTuple):
    """Positions, and who computed them."""

    places: dict[str, tuple[int, int]]
    method: str


def folder() -> Path:
    """Return where positions are kept; it need not exist."""
    return files.cache_dir() / "positions"


def scope(store: Store, selection: str = "") -> str:
    """Return what names a place to look for an earlier map: the data files, and the part drawn.

    Equal for the same files after an edit; a store without files has none ("").
    """
    paths = sorted(str(path.resolve()) for path in store.inputs.values())
    return "\n".join([*paths, selection]) if paths else ""


def key(
    nodes: Iterable[str],
    pairs: Iterable[tuple[str, str]],
    sizes: Mapping[str, tuple[float, float]],
    how: str,
) -> str:
    """Return the hash of a graph, as far as its positions depend on it."""
    digest = hashlib.sha256(f"{_VERSION}\n{how}\n".encode())
    # JSON, so that no name can pass for two.
    for node in sorted(nodes):
        digest.update(json.dumps([node, *sizes[node]]).encode())
    for pair in sorted(set(pairs)):
        digest.update(json.dumps(pair).encode())
    return digest.hexdigest()[:40]


def read(name: str) -> Kept | None:
    """Return the positions kept under a name; None for none, and for a damaged file."""
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError:
        return None
    check, _, body = content.partition(b"\n")
    if check.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        return None  # cut off, or written by somebody else
    with suppress(OSError):
        os.utime(path)  # "used lately", for the sweep
    try:
        said = json.loads(body)
        return Kept({str(node): (int(x), int(y)) for node, x, y in said["nodes"]}, said["method"])
    except (ValueError, TypeError, KeyError):  # another version's
        return None


def write(name: str, kept: Kept) -> None:
    """Keep positions under a name, whole or not at all; no room is no error."""
    rows = [[node, x, y] for node, (x, y) in kept.places.items()]
    said = {"method": kept.method, "nodes": rows}
    body = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()
    _put(name, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    _sweep()


def latest(of: str) -> Kept | None:
    """Return the positions last drawn in a scope."""
    if not of:
        return None
    try:
        name = (folder() / _pointer(of)).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return read(name) if name.isalnum() else None


def point(of: str, name: str) -> None:
    """Note that the positions of this name are the latest of a scope."""
    if of:
        _put(_pointer(of), name.encode())


def _pointer(of: str) -> str:
    return "latest-" + hashlib.sha256(of.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _put(name: str, content: bytes) -> None:
    with suppress(OSError, KgError):
        folder().mkdir(parents=True, exist_ok=True)
        files.write_bytes(folder() / name, content)


def _sweep() -> None:
    """Remove what is unused for a season, what was left half-written, and the oldest of too many."""
    now = time.time()
    with suppress(OSError):
        aged = sorted(
            ((now - entry.stat().st_mtime, entry) for entry in folder().iterdir()),
            key=lambda found: found[0],
        )
        for number, (age, entry) in enumerate(aged):
            days = 1 if entry.name.startswith(".") else _KEEP_DAYS
            if age > days * 86400 or number >= _KEEP_FILES:
                with suppress(OSError):
                    entry.unlink()
