"""VoID and DCAT: a description of the data for catalogues, one subset a named graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kg import turtle
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import Sayings, graphs, together
from kg.vocab import DCAT, DCTERMS, ID, KG, OA, OWL, RDF, SCHEMA, VOID, XSD, compress

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

#: The IRI of the data as a whole.
DATASET = ID + "dataset"
#: What the description says of a document that the data were read from or cite.
_CITED = frozenset(
    (
        *(DCTERMS + name for name in ("title", "publisher", "issued", "rights", "license")),
        *(KG + name for name in ("edition", "coveredTo")),
        SCHEMA + "url",
    )
)
#: Where what a graph says of itself is about its edition and terms of use.
_TERMS = (DCTERMS, DCAT, OWL + "versionInfo", VOID)


def write_void(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return the description as Turtle: counts, sources, and edition and licence where stated.

    A class or property has an entry of its own with its count. What nobody stated (a
    licence, an edition) is left out, not guessed.
    """
    for iri in out.claims:
        losses.dropped(iri, "counted, not carried")
    found = _Description()
    parts = graphs(out)
    data = parts if out.whole else Sayings(out.store).of(parts)
    found.dataset(DATASET, together(parts))
    found.says(DATASET, DCTERMS + "title", "Gambit: claims and sources")
    for name, graph in parts.items():
        found.link(DATASET, VOID + "subset", name)
        found.link(DATASET, DCTERMS + "hasPart", name)
        found.dataset(name, graph)
        for source in sorted(_documents(graph), key=turtle.natural):
            found.link(name, DCTERMS + "source", source)
            for triple in _about(source, graph):
                found.graph.add(triple)
        found.terms_of_use(name, graph)
        stated = _stated(name, data)
        for triple in stated:
            found.graph.add(triple)
        if not any(str(triple[1]) == DCTERMS + "title" for triple in stated):
            found.says(name, DCTERMS + "title", compress(name))
    return {"": turtle.canonical(found.graph)}


class _Description:
    """Gathers the triples of the description."""

    def __init__(self) -> None:
        import rdflib

        self.rdf = rdflib
        self.graph = rdflib.Graph(bind_namespaces="none")

    def dataset(self, name: str, graph: Graph) -> None:
        """Describe one set of triples: how many of what."""
        self.link(name, RDF + "type", VOID + "Dataset")
        self.link(name, RDF + "type", DCAT + "Dataset")
        kind = self.rdf.RDF.type
        classes = Counter(
            str(value)
            for value in graph.objects(None, kind, unique=False)
            if isinstance(value, self.rdf.URIRef)
        )
        properties = Counter(str(predicate) for predicate in graph.predicates(unique=False))
        self.count(name, "triples", len(graph))
        self.count(name, "classes", len(classes))
        self.count(name, "properties", len(properties))
        self.count(name, "distinctSubjects", len(set(graph.subjects())))
        self.count(name, "distinctObjects", len(set(graph.objects())))
        # Partitions are numbered in the order of the terms: a blank node has no order.
        for what, counts, count in (
            ("class", classes, "entities"),
            ("property", properties, "triples"),
        ):
            for number, iri in enumerate(sorted(counts, key=turtle.natural), 1):
                part = f"{name}#{what}-{number}"
                self.link(name, f"{VOID}{what}Partition", part)
                self.link(part, VOID + what, iri)
                self.count(part, count, counts[iri])

    def terms_of_use(self, name: str, graph: Graph) -> None:
        """Give a graph the edition and terms of the one document that all of it was read from.

        Of several documents none speaks for the whole.
        """
        iri = self.rdf.URIRef
        read = set(graph.objects(None, iri(OA + "hasSource")))
        if len(read) != 1:
            return
        (document,) = read
        for stated, said in (
            (KG + "edition", DCAT + "version"),
            (DCTERMS + "rights", DCTERMS + "rights"),
            (DCTERMS + "license", DCTERMS + "license"),
        ):
            for value in graph.objects(document, iri(stated)):
                self.graph.add((iri(name), iri(said), value))

    def link(self, node: str, predicate: str, value: str) -> None:
        iri = self.rdf.URIRef
        self.graph.add((iri(node), iri(predicate), iri(value)))

    def count(self, node: str, what: str, number: int) -> None:
        iri = self.rdf.URIRef
        value = self.rdf.Literal(str(number), datatype=iri(XSD + "integer"))
        self.graph.add((iri(node), iri(VOID + what), value))

    def says(self, node: str, predicate: str, text: str) -> None:
        iri = self.rdf.URIRef
        self.graph.add((iri(node), iri(predicate), self.rdf.Literal(text)))


def _documents(graph: Graph) -> set[str]:
    """Return the documents that a graph describes as sources."""
    from rdflib import RDF as TYPE
    from rdflib import URIRef

    return {str(node) for node in graph.subjects(TYPE.type, URIRef(KG + "SourceDocument"))}


def _about(source: str, graph: Graph) -> list[tuple[Node, Node, Node]]:
    """Return what a catalogue wants to know of a document: title, edition, terms of use."""
    from rdflib import URIRef

    found = graph.triples((URIRef(source), None, None))
    return [triple for triple in found if str(triple[1]) in _CITED]


def _stated(name: str, data: Mapping[str, Graph]) -> list[tuple[Node, Node, Node]]:
    """Return what the data says of one of its graphs: title, source, edition, licence."""
    from rdflib import URIRef

    return [
        triple
        for graph in data.values()
        for triple in graph.triples((URIRef(name), None, None))
        if str(triple[1]).startswith(_TERMS)
    ]


FORMAT = Format(
    name="void",
    suffix=".void.ttl",
    media_type="text/turtle",
    description="VoID and DCAT description: how many of what, from which sources, on what terms",
    losses="every claim: it describes the data and carries none of it",
    projected=False,
    write=write_void,
)
