"""What the RDF formats share: the graphs that go out, literals as their files have them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import files, turtle
from kg.claims import Claim, Edge
from kg.errors import RefusedError
from kg.formats.record import Losses, Outgoing
from kg.store import ONTOLOGY_GRAPH, Store, edge_terms, rdflib_triple
from kg.turtle import natural
from kg.vocab import CURATED_GRAPH, DCTERMS, ID, KG, RDF, SKOS, XSD

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Identifier, Node

#: One triple as keys: the terms as N-Triples has them, lexical forms as the engine keeps them.
_Key = tuple[str, str, str]


def graphs(out: Outgoing) -> dict[str, Graph]:
    """Return the named graphs that go out, by IRI in natural order.

    Of a choice each graph keeps: the claims chosen, with the passages, footnotes and
    documents they rest on, what describes the things they name, and the edges they back.
    A thing that is only mentioned there keeps its classes, preferred names and definition.
    A link to a claim that was not chosen stays: that there is a rival is worth knowing.

    Raises RefusedError for blank nodes: they have no name to sort by, so two exports
    would differ.
    """
    return data_graphs(out.store) if out.whole else _Choice(out).graphs()


def union(out: Outgoing) -> Graph:
    """Return the triples of every graph that goes out in one graph."""
    return together(graphs(out))


def together(found: Mapping[str, Iterable[tuple[Node, Node, Node]]]) -> Graph:
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


class Sayings:
    """What the graphs of a store say of some nodes, without all the rest of a large workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: dict[ox.NamedNode, Graph] = {}
        if store.working_copy is not None:
            store.quads()  # all of it: the engine is asked below, not the server

    def of(self, subjects: Collection[str]) -> dict[str, Graph]:
        """Return the triples of these subjects by graph, in natural order of the graphs.

        The ontology's graph is left out. Raises RefusedError where one leads to a blank node.
        """
        import rdflib

        engine = self._store.engine
        said: dict[ox.NamedNode, list[ox.Quad]] = {}
        for subject in subjects:
            for quad in engine.quads_for_pattern(ox.NamedNode(subject), None, None, None):
                graph = quad.graph_name
                if isinstance(graph, ox.NamedNode) and graph != ONTOLOGY_GRAPH:
                    said.setdefault(graph, []).append(quad)
        found = {}
        for name in sorted(said, key=lambda node: natural(node.value)):
            part = rdflib.Graph(bind_namespaces="none")
            for triple in self._as_written(name, said[name], subjects):
                if isinstance(triple[2], rdflib.BNode):
                    raise _blank()
                part.add(triple)
            found[name.value] = part
        return found

    def _as_written(
        self, name: ox.NamedNode, quads: Iterable[ox.Quad], subjects: Collection[str]
    ) -> Iterator[tuple[Node, Node, Node]]:
        """Yield triples in the form of their file; linked nodes stand so in the engine alone."""
        if self._store.joined or self._store.working_copy is not None:
            yield from (rdflib_triple(quad.triple) for quad in quads)
            return
        if name not in self._files:
            self._files[name] = self._store.graph(name)
        yield from (triple for triple in self._files[name] if str(triple[0]) in subjects)


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
    naming = frozenset({RDF + "type", SKOS + "prefLabel", SKOS + "definition", DCTERMS + "title"})

    def __init__(self, out: Outgoing) -> None:
        self.out = out
        store, claims = out.store, out.claims.values()
        self.edge_predicates = store.vocabulary.edge_predicates
        self.edges = {_edge_key(edge) for edge in out.edges}
        passages = {iri for claim in claims for iri in claim.evidence}
        citations = {iri for claim in claims for iri in claim.citations}
        ends = {
            end
            for claim in claims
            for end in (claim.subject, claim.object)
            if isinstance(end, str) and end not in store.claims
        }
        self.told = {*out.entities, *out.sources, *passages, *citations, *ends}
        sayings = Sayings(store)
        wanted = {*self.told, *out.claims, *(edge[0] for edge in out.edges)}
        self.found = sayings.of(wanted)
        #: What the things that are told of mention: who made them, what they are part of.
        self.mentioned = {
            str(value)
            for graph in self.found.values()
            for subject, predicate, value in graph
            if str(subject) in self.told and self._describes(str(predicate), value)
        } - self.told
        self.mentioned -= store.claims.keys()  # a claim without its proposition is none
        for name, graph in sayings.of(self.mentioned - wanted).items():
            self.found[name] = together({"": self.found.get(name, ()), name: graph})

    def graphs(self) -> dict[str, Graph]:
        import rdflib

        kept = {}
        for name, graph in sorted(self.found.items(), key=lambda item: natural(item[0])):
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
        return str(ox.Literal(str(term), language=term.language))
    return _kept_form(str(term), str(term.datatype or XSD + "string"))


@lru_cache(maxsize=10_000)
def _kept_form(text: str, datatype: str) -> str:
    found = ox.Literal(text, datatype=ox.NamedNode(datatype))
    node = ox.NamedNode(ID + "literal")
    engine = ox.Store()
    engine.add(ox.Quad(node, node, found))
    return str(next(iter(engine)).object)


def _blank() -> RefusedError:
    return RefusedError(
        "blank nodes cannot be put in a stable order", hint="give the node an IRI under " + ID
    )
