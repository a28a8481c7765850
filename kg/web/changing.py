"""The inside of the process that makes one change of a workspace and ends."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox

from kg.errors import KgError, RefusedError, UnreadableError
from kg.sandbox import error_parts, write_frame
from kg.workspace import Change, Workspace

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: The media types of graphs that are sent.
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}


def main() -> NoReturn:
    """Make the change that the arguments and standard input describe; say what became of it.

    Standard output gets one frame (``kg.sandbox``): C the change, E an error of ours,
    O no room on the disk.
    """
    folder, memory_mb, *job = sys.argv[1:]
    _bound(int(memory_mb))
    content = sys.stdin.buffer.read()
    try:
        change = _make(Workspace(Path(folder)), job, content)
        _end(b"C", json.dumps(change._asdict()).encode())
    except (KgError, OSError) as error:
        why = error if isinstance(error, OSError) else error.__cause__ or error.__context__
        if isinstance(why, OSError) and why.errno in _NO_ROOM:
            _end(b"O", (why.strerror or "no room on the disk").encode())
        if not isinstance(error, KgError):
            raise
        _end(b"E", error_parts(error))


def _bound(memory_mb: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1_000_000,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(kind: bytes, content: bytes) -> NoReturn:
    write_frame(sys.stdout.buffer, kind, content)
    os._exit(0)


def _make(workspace: Workspace, job: list[str], content: bytes) -> Change:
    what, iri, *rest = job
    graph = ox.NamedNode(iri)
    if what == "update":
        return workspace.update(content.decode("utf-8"), graph=graph)
    if what == "remove":
        return workspace.put(graph, (), replace=True, remove=True)
    triples = _triples(content, rest[0], rest[1])
    return workspace.put(graph, triples, replace=what == "replace")


def _triples(content: bytes, media_type: str, base: str) -> list[ox.Triple]:
    if media_type == "application/rdf+xml" and b"<!doctype" in content.lower():
        # Its entities can grow without a bound.
        raise RefusedError("RDF/XML with a DTD is not taken", hint="write its entities out")
    try:
        found = [quad.triple for quad in ox.parse(content, FORMATS[media_type], base_iri=base)]
    except SyntaxError as error:
        line, column = error.lineno, error.offset
        raise UnreadableError(
            error.msg, line=line, column=column, hint="correct it and send it again"
        ) from error
    if any(not isinstance(t.subject, ox.NamedNode) for t in found):
        raise RefusedError(
            "blank nodes are not kept in a graph that is written here", hint="give them IRIs"
        )
    return found
