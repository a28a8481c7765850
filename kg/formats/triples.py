"""What the RDF formats share: the graphs that go out, literals as their files have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import files, turtle
from kg.claims import Claim, Edge
from kg.errors import RefusedError
from kg.formats.record import Losses, Outgoing
from kg.store import ONTOLOGY_GRAPH, Store, edge_terms, rdflib_triple
from kg.turtle import natural
from kg.vocab import CURATED_GRAPH, DCTERMS, ID, KG, RDF, SKOS

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Identifier, Node

#: One triple as keys: the terms as N-Triples has them, lexical forms as the engine keeps them.
_Key = tuple[str, str, str]


def graphs(out: Outgoing) -> dict[str, Graph]:
    """Return the named graphs that go out, by IRI in natural order.

    Of a choice each graph keeps: the claims chosen, with the passages, footnotes and
    documents they rest on, what describes the things they name, and the edges they back.
    A thing that is only mentioned there keeps its classes and preferred names.

    Raises RefusedError for blank nodes: they have no name to sort by, so two exports
    would differ.
    """
    found = data_graphs(out.store)
    return found if out.whole else _Choice(out, found).graphs()


def union(out: Outgoing) -> Graph:
    """Return the triples of every graph that goes out in one graph."""
    return together(graphs(out))


def together(found: Mapping[str, Graph]) -> Graph:
    """Return the triples of several graphs in one."""
    import rdflib

    whole = rdflib.Graph(bind_namespaces="none")
    for graph in found.values():
        for triple in graph:
            whole.add(triple)
    return whole


def data_graphs(store: Store) -> dict[str, Graph]:
    """Return every named graph but the ontology's, by IRI; RefusedError for blank nodes."""
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


def account_union(out: Outgoing, losses: Losses) -> None:
    """Say what a format without named graphs loses: graph names, and comments."""
    named = sum(graph != ONTOLOGY_GRAPH for graph in out.store.graphs())
    losses.other("graph name", named if named > 1 else 0)
    account_comments(out, losses)


def account_comments(out: Outgoing, losses: Losses) -> None:
    """Say how many comment lines of the data files no export carries."""
    inputs = out.store.inputs.items()
    for graph, path in inputs:
        if graph != ONTOLOGY_GRAPH and path.exists():
            losses.other("comment line", turtle.comments(files.read_bytes(path)))


class _Choice:
    """Which triples of the data go along with the claims that were chosen."""

    #: Fields of a claim that a choice may have made smaller, and their properties.
    narrowed = {  # noqa: RUF012
        KG + "evidence": "evidence",
        KG + "citation": "citations",
        KG + "citationMarker": "markers",
        KG + "citedSource": "cited_sources",
    }
    #: What a thing that is only mentioned is known by.
    naming = frozenset({RDF + "type", SKOS + "prefLabel", DCTERMS + "title"})

    def __init__(self, out: Outgoing, found: dict[str, Graph]) -> None:
        self.out, self.found = out, found
        store, claims = out.store, out.claims.values()
        self.edge_predicates = store.vocabulary.edge_predicates
        self.edges = {_edge_key(edge) for edge in out.edges}
        passages = {iri for claim in claims for iri in claim.evidence}
        citations = {iri for claim in claims for iri in claim.citations}
        self.told = {*out.entities, *out.sources, *passages, *citations}
        #: What the things that are told of mention: who made them, what they are part of.
        self.mentioned = {
            str(value)
            for graph in found.values()
            for subject, predicate, value in graph
            if str(subject) in self.told and self._describes(str(predicate), value)
        } - self.told
        self.mentioned -= store.claims.keys()  # a claim without its proposition is none

    def graphs(self) -> dict[str, Graph]:
        import rdflib

        kept = {}
        for name, graph in self.found.items():
            part = rdflib.Graph(bind_namespaces="none")
            for triple in graph:
                if self._wanted(triple):
                    part.add(triple)
            kept[name] = part
        self._add_missing_edges(kept)
        return {name: graph for name, graph in kept.items() if len(graph)}

    def _wanted(self, triple: tuple[Node, Node, Node]) -> bool:
        subject, predicate = str(triple[0]), str(triple[1])
        if predicate in self.edge_predicates:
            return _key(triple) in self.edges
        claim = self.out.claims.get(subject)
        if claim is not None:
            return self._of_claim(claim, predicate, str(triple[2]))
        if subject in self.told:
            return True
        return subject in self.mentioned and predicate in self.naming

    def _of_claim(self, claim: Claim, predicate: str, value: str) -> bool:
        name = self.narrowed.get(predicate)
        return name is None or value in getattr(claim, name)

    def _describes(self, predicate: str, value: Node) -> bool:
        from rdflib import URIRef

        return isinstance(value, URIRef) and predicate not in self.edge_predicates

    def _add_missing_edges(self, kept: dict[str, Graph]) -> None:
        """Put an edge that only the choice lets stand beside the first claim behind it."""
        present = {
            _key(triple)
            for graph in kept.values()
            for predicate in self.edge_predicates
            for triple in graph.triples((None, _iri(predicate), None))
        }
        for edge, behind in self.out.edges.items():
            if _edge_key(edge) not in present:
                home = self._home(behind, kept)
                kept[home].add(rdflib_triple(ox.Triple(*edge_terms(edge))))

    def _home(self, claims: Iterable[str], kept: dict[str, Graph]) -> str:
        for iri in claims:
            for name, graph in kept.items():
                if (_iri(iri), None, None) in graph:
                    return name
        return next(iter(kept), CURATED_GRAPH.value)


def _iri(text: str) -> Identifier:
    from rdflib import URIRef

    return URIRef(text)


def _key(triple: tuple[Node, Node, Node]) -> _Key:
    return str(triple[0]), str(triple[1]), _value_key(triple[2])


def _edge_key(edge: Edge) -> _Key:
    return edge[0], edge[1], f"<{edge[2]}>" if isinstance(edge[2], str) else str(edge[2])


def _value_key(term: Node) -> str:
    """Return an object as the engine keeps it: some forms it rewrites (``01`` becomes ``1``)."""
    from rdflib import Literal

    if not isinstance(term, Literal):
        return f"<{term}>"
    if term.language:
        found = ox.Literal(str(term), language=term.language)
    elif term.datatype is None:
        found = ox.Literal(str(term))
    else:
        found = ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)))
    node = ox.NamedNode(ID + "literal")
    engine = ox.Store()
    engine.add(ox.Quad(node, node, found))
    return str(next(iter(engine)).object)


def _blank() -> RefusedError:
    return RefusedError(
        "blank nodes cannot be put in a stable order", hint="give the node an IRI under " + ID
    )
