"""What a format is, what an export reports as lost, and what the RDF formats share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import files, turtle
from kg.errors import RefusedError
from kg.projection import Projection, counted
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import ID

if TYPE_CHECKING:
    from rdflib import Graph


@dataclass(frozen=True, slots=True)
class Format:
    """One format that the graph can be written in.

    ``losses`` says what the format cannot carry, ``lost`` counts it for one
    store. Formats made from a projection (``projected``) get one; the others,
    which carry every claim with its modality anyway, get None.
    """

    name: str
    suffix: str
    media_type: str
    description: str
    losses: str
    projected: bool
    write: Callable[[Store, Projection | None], bytes]
    lost: Callable[[Store, Projection | None], dict[str, int]]


@dataclass(frozen=True, slots=True)
class LossReport:
    """What of a store did not go into an export: how many of what."""

    format: str
    counts: Mapping[str, int]

    def summary(self) -> str:
        """Return the report as one sentence.

        >>> LossReport("graphml", {"hedged": 2, "literal value": 1}).summary()
        'graphml leaves out: 2 hedged, 1 literal value.'
        >>> LossReport("trig", {}).summary()
        'trig leaves out nothing.'
        """
        if not self.counts:
            return f"{self.format} leaves out nothing."
        return f"{self.format} leaves out: {counted(self.counts)}."

    def lines(self) -> list[str]:
        """Return the report as lines for a terminal."""
        return [self.summary()]


def data_graphs(store: Store) -> dict[str, Graph]:
    """Return every named graph but the ontology's, by IRI, literals as their files have them.

    Raises RefusedError for blank nodes: they have no name to sort by, so two
    exports would differ.
    """
    from rdflib import BNode

    names = {node.value: node for node in store.graphs()}
    for node in store.engine.named_graphs():
        if not isinstance(node, type(ONTOLOGY_GRAPH)):
            raise _blank()
        names[node.value] = node
    names.pop(ONTOLOGY_GRAPH.value, None)
    found = {iri: store.graph(names[iri]) for iri in sorted(names, key=natural)}
    if any(isinstance(term, BNode) for graph in found.values() for t in graph for term in t):
        raise _blank()
    return found


def union(store: Store) -> Graph:
    """Return the triples of every data graph in one graph."""
    import rdflib

    whole = rdflib.Graph(bind_namespaces="none")
    for graph in data_graphs(store).values():
        for triple in graph:
            whole.add(triple)
    return whole


def lost_in_union(store: Store, _projection: Projection | None = None) -> dict[str, int]:
    """Return what every format without named graphs loses: graph names, and comments."""
    graphs = sum(graph != ONTOLOGY_GRAPH for graph in store.graphs())
    names = {"graph name": graphs} if graphs > 1 else {}
    return {**names, **lost_comments(store)}


def lost_comments(store: Store, _projection: Projection | None = None) -> dict[str, int]:
    """Return how many comment lines of the data files no export carries."""
    lines = sum(
        turtle.comments(files.read_bytes(path))
        for graph, path in store.inputs.items()
        if graph != ONTOLOGY_GRAPH and path.exists()
    )
    return {"comment line": lines} if lines else {}


def _blank() -> RefusedError:
    return RefusedError(
        "blank nodes cannot be put in a stable order", hint="give the node an IRI under " + ID
    )
