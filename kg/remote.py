"""The part of a data set on a server that has been read so far, kept in an engine of its own.

Reading through the store asks for patterns: one node, one property at a time.
Over a network each would be a request. So whoever is about to read much says what
(``nodes``, ``classes``, ``predicates``), that comes in a few requests, and the same
local engine that serves a file answers from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.vocab import CURATED_GRAPH, ID, KG, ONTOLOGY_GRAPH, RDF, REGISTER_GRAPH

if TYPE_CHECKING:
    from kg.endpoint import Endpoint
    from kg.results import Result

#: What our graphs begin with: the ontology's, and those of data.
OURS = ID.removesuffix("id/")
#: So many nodes are asked for in one request.
_NODES = 250


class WorkingCopy:
    """What has been read from an endpoint; ``engine`` holds it as the files would.

    Our graphs are the ontology's and those under ``graph:``. A server that has none
    of these is read as it shows itself: its default graph, taken for the curated one.
    Everything here raises what ``Endpoint.rows`` raises.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.engine = ox.Store()
        self._whole = False
        self._nodes: set[str] = set()
        self._classes: set[str] = set()
        self._predicates: set[str] = set()
        self._others: set[tuple[str, str]] = set()

    @cached_property
    def graphs(self) -> tuple[str, ...]:
        """The IRIs of our graphs on the server: what a query sees."""
        return tuple(
            name
            for name in self.endpoint.graphs(OURS)
            if name == ONTOLOGY_GRAPH.value
            or (name.startswith(ID + "graph/") and name != REGISTER_GRAPH.value)
        )

    @property
    def data_graphs(self) -> tuple[str, ...]:
        """The graphs that hold data, the ontology's left out."""
        return tuple(name for name in self.graphs if name != ONTOLOGY_GRAPH.value)

    def query(self, text: str, limit: int | None) -> Result:
        """Return the server's answer over our graphs; raises what ``Endpoint.query`` raises."""
        return self.endpoint.query(text, limit=limit, graphs=self.graphs)

    def sizes(self) -> dict[NamedNode, int]:
        """Return how many triples each data graph holds."""
        if not self.graphs:
            [row] = self.endpoint.rows("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
            return {CURATED_GRAPH: int(row[0].value)}
        return {NamedNode(name): self.endpoint.count(name) for name in self.data_graphs}

    def ontology(self) -> bool:
        """Read the ontology's graph; return whether the server has one."""
        if ONTOLOGY_GRAPH.value not in self.graphs:
            return False
        text = f"SELECT ?s ?p ?o WHERE {{ GRAPH {ONTOLOGY_GRAPH} {{ ?s ?p ?o }} }}"
        rows = self.endpoint.rows(text)
        self.engine.extend(_quad(row, ONTOLOGY_GRAPH) for row in rows)
        return True

    # ------------------------------------------------------------ reading ahead

    def pattern(
        self, subject: NamedNode | None, predicate: NamedNode | None, value: NamedNode | None
    ) -> None:
        """Read what matches a pattern, and no more than once."""
        if self._whole:
            return
        if subject is not None:
            self.nodes([subject.value])
        elif value is None and predicate is not None:
            self.predicates([predicate.value])
        elif value is None:
            self._read("")
            self._whole = True
        elif predicate is None or (
            predicate.value not in self._predicates
            and not (predicate.value == RDF + "type" and value.value in self._classes)
        ):
            key = (predicate.value if predicate else "", value.value)
            if key not in self._others:
                among = f"VALUES ?p {{ {predicate} }} " if predicate else ""
                self._read(f"{among}VALUES ?o {{ {value} }}")
                self._others.add(key)

    def nodes(self, iris: Iterable[str]) -> None:
        """Read what these nodes say of themselves."""
        wanted = [NamedNode(iri) for iri in sorted({*iris} - self._nodes)]
        if self._whole:
            return
        for start in range(0, len(wanted), _NODES):
            some = wanted[start : start + _NODES]
            self._read(f"VALUES ?s {{ {' '.join(map(str, some))} }}")
            self._nodes.update(node.value for node in some)

    def classes(self, *iris: str) -> None:
        """Read what every instance of these classes says of itself."""
        wanted = sorted({*iris} - self._classes)
        if self._whole or not wanted:
            return
        kinds = f"VALUES ?c {{ {' '.join(f'<{iri}>' for iri in wanted)} }}"
        instance = f"?s <{RDF}type> ?c"
        found = self._read(
            f"{kinds} GRAPH ?h {{ {instance} }}" if self.data_graphs else f"{kinds} {instance} ."
        )
        self._nodes.update(found)
        self._classes.update(wanted)

    def predicates(self, iris: Iterable[str]) -> None:
        """Read every statement with one of these properties."""
        wanted = sorted({*iris} - self._predicates)
        if self._whole or not wanted:
            return
        self._read(f"VALUES ?p {{ {' '.join(f'<{iri}>' for iri in wanted)} }}")
        self._predicates.update(wanted)

    def _read(self, among: str) -> set[str]:
        """Read the statements that fit, and return their subjects."""
        named = self.data_graphs
        if self.graphs and not named:
            return set()  # an ontology and no data
        statement = "GRAPH ?g { ?s ?p ?o }" if named else "?s ?p ?o"
        columns = "?s ?p ?o ?g" if named else "?s ?p ?o"
        rows = self.endpoint.rows(f"SELECT {columns} WHERE {{ {among} {statement} }}", named)
        subjects: set[str] = set()

        def quads() -> Iterator[Quad]:
            for row in rows:
                quad = _quad(row, row[3] if named else CURATED_GRAPH)
                if isinstance(quad.subject, NamedNode):
                    if not named and quad.subject.value.startswith(KG):
                        continue  # the ontology, in the same graph as the data
                    subjects.add(quad.subject.value)
                yield quad

        self.engine.extend(quads())
        return subjects


def _quad(row: ox.QuerySolution, graph: object) -> Quad:
    subject, predicate, value = row[0], row[1], row[2]
    assert isinstance(subject, NamedNode | BlankNode)
    assert isinstance(predicate, NamedNode)
    assert isinstance(value, NamedNode | BlankNode | Literal)
    assert isinstance(graph, NamedNode)
    return Quad(subject, predicate, value, graph)
