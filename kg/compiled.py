"""Graphs into the engine: files loaded whole or in parts, and stores compiled once on disk.

The name of a compiled store is the hash of every input, so that it is never stale: other
content has another name.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad

from kg import files, joining, turtle
from kg.joining import LINKS_GRAPH
from kg.vocab import ONTOLOGY_GRAPH, OWL, RDF

#: Inputs smaller than this are parsed each time: a compiled store is no faster
#: (docs/decisions/0003-compiled-store.md has the measurement).
COMPILE_FROM_BYTES = 300_000
# Part of a compiled store's name, so that neither a new layout nor a new engine
# reads an old store.
_LAYOUT = f"2:{ox.__version__}"
_KEEP_DAYS = 14
# So many triples are loaded at a time where they are made here: the engine holds a million
# of one load at once.
_BATCH = 200_000

#: The content of a graph's file, or the file itself where it is read piece by piece.
Content = bytes | Path
#: Files smaller than this are read at once in any case.
_WHOLE_BYTES = 16_000_000


def content_of(path: Path, streamed: bool) -> Content:
    """Return what a file holds, or the file itself when it is large and may be streamed.

    Raises what ``files.read_raw`` raises.
    """
    with suppress(OSError):
        if streamed and path.is_file() and path.stat().st_size > _WHOLE_BYTES:
            return path
    return files.read_raw(path)


class Seen(NamedTuple):
    """A file, and what tells it from one that took its place."""

    path: Path
    size: int
    changed_ns: int
    number: int


def seen(path: Path) -> Seen:
    """Return a file with what tells it from one that takes its place."""
    found = path.stat()
    return Seen(path, found.st_size, found.st_mtime_ns, found.st_ino)


def load(
    engine: ox.Store,
    content: Mapping[NamedNode, Content],
    paths: Mapping[NamedNode, Path],
    joined: bool = False,
    settled: bool = False,
) -> None:
    """Load graphs into an engine; errors name the file of ``paths``.

    ``joined`` shows linked nodes as one (``kg.joining``); ``settled`` takes away edges
    that no claim of all graphs together backs (``kg.settling``). Raises UnreadableError
    for broken Turtle.
    """
    links = joining.read(_parsed(content[LINKS_GRAPH])) if joined else {}
    whole = (ONTOLOGY_GRAPH, LINKS_GRAPH)
    for graph, data in sorted(content.items(), key=lambda item: item[0] not in whole):
        try:
            if isinstance(data, bytes):
                files.check_text(data, paths[graph])
            if links and graph not in whole:
                quads = _parsed(data)
                if isinstance(data, bytes):
                    quads = sorted(quads, key=lambda quad: str(quad.subject))
                symmetric = symmetric_in(engine)
                rewritten = joining.rewrite(quads, links, graph, symmetric)
                while batch := list(islice(rewritten, _BATCH)):
                    engine.bulk_extend(batch)
            elif isinstance(data, Path):
                _load_large(engine, data, graph)
            else:
                engine.bulk_load(data, format=ox.RdfFormat.TURTLE, to_graph=graph)
        except SyntaxError as error:
            raise turtle.syntax_error(error, paths[graph]) from error
    if settled:
        from kg.settling import settle

        settle(engine)


def _parsed(data: Content) -> Iterable[Quad]:
    if isinstance(data, Path):
        return ox.parse(path=str(data), format=ox.RdfFormat.TURTLE)
    return ox.parse(data, format=ox.RdfFormat.TURTLE)


def symmetric_in(engine: ox.Store) -> frozenset[NamedNode]:
    """Return the symmetric properties of the ontology that an engine holds."""
    kind, value = NamedNode(RDF + "type"), NamedNode(OWL + "SymmetricProperty")
    found = engine.quads_for_pattern(None, kind, value, ONTOLOGY_GRAPH)
    return frozenset(q.subject for q in found if isinstance(q.subject, NamedNode))


def _load_large(engine: ox.Store, path: Path, graph: NamedNode) -> None:
    """Load a large file: in parts where its lines allow it, for a third of the memory.

    The engine holds a million triples of one load at once, however they come. Smaller parts
    (8 MB) take a third of the memory again, and a third more time: each is written as files
    of its own, which the engine then merges.
    """
    try:
        for part in turtle.in_parts(path):
            engine.bulk_load(part, format=ox.RdfFormat.TURTLE, to_graph=graph)
    except (ValueError, SyntaxError):  # whole it reads, or says where it does not
        engine.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=graph)


# ---------------------------------------------------------------- compiled stores


def key_of(content: Mapping[NamedNode, Content], marks: str) -> str:
    """Return the hash of every input, and of how it is loaded."""
    digest = hashlib.sha256(f"{_LAYOUT}{marks}".encode())
    for graph, data in content.items():
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        digest.update(f"\n{graph.value} {size}\n".encode())
        digest.update(
            files.digest(data) if isinstance(data, Path) else hashlib.sha256(data).digest()
        )
    return digest.hexdigest()


def opened(place: Path) -> ox.Store | None:
    """Return a compiled store, opened for reading; None where there is none, or a damaged one."""
    if not place.is_dir():
        return None
    try:
        engine = ox.Store.read_only(str(place))
    except (OSError, RuntimeError):  # RuntimeError: corruption, as RocksDB reports it
        # Damaged from outside: it holds nothing that the inputs do not.
        import shutil

        shutil.rmtree(place, ignore_errors=True)
        return None
    with suppress(OSError):
        os.utime(place)  # "used lately", for the sweep below
    return engine


def build(
    place: Path,
    content: Mapping[NamedNode, Content],
    paths: Mapping[NamedNode, Path],
    joined: bool,
    settled: bool,
) -> ox.Store | None:
    """Build the on-disk store beside its final place and rename it in; None if there is no room.

    Two commands may build at once: the first rename wins and the other uses it.
    An interrupted build leaves a temporary folder that is removed here or by a
    later sweep, never a half-built store under the final name.
    """
    import shutil
    import tempfile

    building: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="building-", dir=place.parent))
        engine = ox.Store(str(building))
        load(engine, content, paths, joined, settled)
        engine.optimize()
        engine.flush()
        del engine  # releases the lock; a read-only store is opened on the final name
        with suppress(OSError):
            building.rename(place)
        return opened(place)
    except OSError:
        return None  # no room, no permission: the caller parses instead
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
        _sweep(place.parent)


def _sweep(folder: Path) -> None:
    """Remove compiled stores unused for two weeks and builds abandoned for a day."""
    import shutil

    now = time.time()
    with suppress(OSError):
        for entry in folder.iterdir():
            days = 1 if entry.name.startswith("building-") else _KEEP_DAYS
            if now - entry.stat().st_mtime > days * 86400:
                shutil.rmtree(entry, ignore_errors=True)
