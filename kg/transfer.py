"""Move data sets between files and a server: push and pull, with the Graph Store Protocol.

A server is somebody else's house. Before a graph is written it is looked at: one
that ``kg push`` did not make, or that was changed since, stays as it is unless the
caller insists. What was pushed is remembered on the server itself, in a small graph
of its own that no query sees (``kg.vocab.REGISTER_GRAPH``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg import files, turtle
from kg.endpoint import Endpoint
from kg.errors import EndpointError, KgError, RefusedError
from kg.store import Store
from kg.vocab import KG, RDF, REGISTER_GRAPH, XSD, compress

#: So many bytes go in one request unless somebody says otherwise.
CHUNK_BYTES = 4_000_000
# Of the register: how many triples a graph has that we wrote, and whether all arrived.
_TRIPLES = NamedNode("http://rdfs.org/ns/void#triples")
_STATE = NamedNode("http://purl.org/dc/terms/description")
_COMPLETE, _PARTIAL = "pushed", "being pushed"

#: Called with how many more triples have been moved.
Progress = Callable[[int], object]


class Pushed(NamedTuple):
    """What became of one graph: how many triples it has now, and had before."""

    graph: str
    triples: int
    replaced: int


class Pulled(NamedTuple):
    """What was written: how many triples, and whether as canonical Turtle or N-Triples."""

    graph: str
    triples: int
    form: str


def push(
    endpoint: Endpoint,
    store: Store,
    graph: NamedNode,
    *,
    chunk_bytes: int = CHUNK_BYTES,
    force: bool = False,
    progress: Progress = lambda _: None,
) -> Pushed:
    """Put one graph of a store on a server in place of what is there; return what became of it.

    The triples travel as their file has them, in requests of at most ``chunk_bytes``,
    and are counted on the server at the end. Doing it again after a failure is safe.
    Raises RefusedError for a graph there that ``push`` did not make (unless ``force``)
    and EndpointError, which says how far it came.
    """
    register = _register(endpoint)
    before = endpoint.count(graph.value)
    if before and not force:
        _check_ours(graph, before, register)
    # The local engine and the server merge the same triples (1 and 01), so it is asked.
    expected = blank_bytes = 0
    for quad in store.engine.quads_for_pattern(None, None, None, graph):
        expected += 1
        blank_bytes += len(_line(quad)) if _blank(quad) else 0
    if blank_bytes > chunk_bytes:
        raise RefusedError(
            f"what names blank nodes in {_name(graph)} has to go in one request, and does not fit",
            hint="give the nodes IRIs, or allow larger pieces: --chunk-mb",
        )
    # As its file has it, unless the store shows something else: linked nodes as one.
    quads = (
        store.engine.quads_for_pattern(None, None, None, graph)
        if store.joined
        else turtle.parse_file(store.inputs[graph])
    )
    pieces = _chunks(quads, chunk_bytes)
    _remember(endpoint, {**register, graph.value: (expected, _PARTIAL)})
    sent = 0
    try:
        for number, (piece, count) in enumerate(pieces):
            endpoint.write_graph(graph.value, piece, replace=number == 0)
            sent += count
            progress(count)
        if sent == 0:
            endpoint.write_graph(graph.value, b"", replace=True)
        present = endpoint.count(graph.value)
    except KgError as error:
        was = f"; the {before:,} triples it had are gone" if before and sent else ""
        error.message += f" (after {sent:,} of {expected:,} triples of {_name(graph)}{was})"
        error.hint = f"{error.hint}; then push again: it starts over"
        raise
    if present != expected:
        raise EndpointError(
            f"{endpoint.name} holds {present:,} triples of {_name(graph)} where {expected:,} were sent",
            hint="push again; if it happens each time, the server rewrites what it is given",
        )
    _remember(endpoint, {**register, graph.value: (expected, _COMPLETE)})
    return Pushed(graph.value, present, before)


def pull(
    endpoint: Endpoint, graph: NamedNode, target: Path, *, progress: Progress = lambda _: None
) -> Pulled:
    """Write a graph of a server to a file, whole or not at all; return what was written.

    Data in our terms becomes Turtle in the canonical order, anything else N-Triples
    in the order it comes, with bounded memory. Raises RefusedError when the server has
    no such graph, EndpointError when it sends fewer triples than it says it has.
    """
    import tempfile

    expected = endpoint.count(graph.value)
    if not expected:
        raise RefusedError(
            f"{endpoint.name} has no graph {graph.value}",
            hint="it has " + (", ".join(map(_name, _shown(endpoint))) or "no named graph"),
        )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "graph.nt"
        tally = _Tally()
        files.write_pieces(place, tally.lines(endpoint.read_graph(graph.value), progress))
        if tally.triples != expected:
            raise EndpointError(
                f"{endpoint.name} sent {tally.triples:,} of the {expected:,} triples of {_name(graph)}",
                hint="nothing was written; try again, or raise the server's limit",
            )
        if tally.ours and not tally.blank:
            files.write_bytes(target, turtle.canonical(turtle.read_graph(place)))
            return Pulled(graph.value, expected, "turtle")
        with place.open("rb") as stream:
            files.write_pieces(target, iter(lambda: stream.read(1_000_000), b""))
    return Pulled(graph.value, expected, "ntriples")


class _Tally:
    """What goes by while a graph is pulled."""

    def __init__(self) -> None:
        self.triples = 0
        self.ours = False
        self.blank = False

    def lines(self, quads: Iterator[Quad], progress: Progress) -> Iterator[bytes]:
        for quad in quads:
            self.triples += 1
            self.blank |= _blank(quad)
            if quad.predicate.value == RDF + "type" and isinstance(quad.object, NamedNode):
                self.ours |= quad.object.value.startswith(KG)
            progress(1)
            yield _line(quad)


def _chunks(quads: Iterator[Quad], limit: int) -> Iterator[tuple[bytes, int]]:
    """Yield N-Triples of at most ``limit`` bytes, and how many triples each has.

    A blank node is one node only within a request, so what names one comes last and
    together.
    """
    together: list[bytes] = []
    lines: list[bytes] = []
    size = 0
    for quad in quads:
        line = _line(quad)
        if _blank(quad):
            together.append(line)
            continue
        if lines and size + len(line) > limit:
            yield b"".join(lines), len(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    for rest in (lines, together):
        if rest:
            yield b"".join(rest), len(rest)


def _line(quad: Quad) -> bytes:
    return f"{quad.triple} .\n".encode()


def _blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


# ---------------------------------------------------------------- what the server remembers


def _register(endpoint: Endpoint) -> dict[str, tuple[int, str]]:
    text = (
        f"SELECT ?graph ?n ?state WHERE {{ GRAPH {REGISTER_GRAPH} "
        f"{{ ?graph {_TRIPLES} ?n ; {_STATE} ?state }} }}"
    )
    return {row[0].value: (int(row[1].value), row[2].value) for row in endpoint.rows(text)}


def _remember(endpoint: Endpoint, register: dict[str, tuple[int, str]]) -> None:
    number = NamedNode(XSD + "integer")
    lines = [
        f"{triple} .\n"
        for graph, (count, state) in sorted(register.items())
        for triple in (
            Triple(NamedNode(graph), _TRIPLES, Literal(str(count), datatype=number)),
            Triple(NamedNode(graph), _STATE, Literal(state)),
        )
    ]
    endpoint.write_graph(REGISTER_GRAPH.value, "".join(lines).encode(), replace=True)


def _check_ours(graph: NamedNode, present: int, register: dict[str, tuple[int, str]]) -> None:
    hint = "kg pull it first to keep it; --force replaces it"
    if graph.value not in register:
        raise RefusedError(
            f"the server has a graph {_name(graph)} of {present:,} triples that kg push did not make",
            hint=hint,
        )
    count, state = register[graph.value]
    if state == _COMPLETE and count != present:
        raise RefusedError(
            f"{_name(graph)} was changed on the server: {count:,} triples were pushed, "
            f"{present:,} are there",
            hint=hint,
        )


def _shown(endpoint: Endpoint) -> list[NamedNode]:
    return [NamedNode(name) for name in endpoint.graphs() if name != REGISTER_GRAPH.value][:10]


def _name(graph: NamedNode) -> str:
    return compress(graph.value)
