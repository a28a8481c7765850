"""Nanopublications: each claim a publication of its own, of four named graphs, in TriG.

The *head* says which graphs belong together. The *assertion* of a claim that stands as
an edge is its bare triple. That of any other claim, which its source hedges, ascribes,
denies or foresees, or which another claim disputes, is the claim itself: its proposition
as ``rdf:subject``, ``rdf:predicate`` and ``rdf:object``, with kind, modality, polarity and
hedges beside it. A nanopublication is published as something its assertion graph
asserts, and tools that gather assertions read bare triples as true; "the source says
that perhaps s p o" is what is asserted of a hedged claim, so that is what stands there.
The *provenance* says who holds it, where it was read and how sure it is; the
*publication info* which claim and which data set it was made from. It names no day: that
of writing would make two exports differ, and none other is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import pyoxigraph as ox

from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_comments, graphs
from kg.store import edge_terms, rdflib_triple
from kg.turtle import natural, ntriples_term
from kg.vocab import KG, NP, OA, PREFIXES, PROV, RDF, compress

if TYPE_CHECKING:
    from rdflib.term import Node

    from kg.claims import Claim, Edge

    Triple = tuple[Node, Node, Node]

#: Nanopublications are named so, followed by the UUID of the claim's IRI.
NANOPUBS = "https://w3id.org/gambit/np/"
#: What belongs into the assertion of a claim that is no edge, its proposition first.
_SAID = frozenset(
    (
        *(RDF + name for name in ("subject", "predicate", "object", "type")),
        *(KG + name for name in ("claimKind", "modality", "polarity", "hedgeText", "likelihood")),
    )
)
#: By these a claim leads to its places, and a place to its document.
_PLACES = (KG + "evidence", KG + "citation", KG + "citedSource", OA + "hasSource")


def name(claim: str) -> str:
    """Return the IRI of the nanopublication of a claim: the same on every run.

    >>> name("https://w3id.org/gambit/id/claim/bipss-001")
    'https://w3id.org/gambit/np/456fbcbb-5b0b-555d-ab5e-0e806dc11aea'
    """
    return f"{NANOPUBS}{uuid5(NAMESPACE_URL, claim)}"


def write_nanopub(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as nanopublications, in the order of the claims."""
    account_comments(out, losses)
    making = _Making(out)
    prefixes: set[str] = set()
    blocks = [
        f"<{name(iri)}#{part}> {{\n{_body(triples, prefixes)}}}\n"
        for iri, claim in out.claims.items()
        for part, triples in making.publication(claim)
    ]
    losses.other("statement about no claim and none of its places", making.untold())
    head = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(prefixes))
    return {"": "\n".join([head, *blocks]).encode("utf-8")}


class _Making:
    """Makes publications; remembers what was told in them."""

    def __init__(self, out: Outgoing) -> None:
        from rdflib import URIRef

        self.iri = URIRef
        self.data = graphs(out)
        self.edges: dict[str, Edge] = {
            claim: edge for edge, behind in out.edges.items() for claim in behind
        }
        self.edge_predicates = out.store.vocabulary.edge_predicates
        self.told: set[Triple] = set()

    def publication(self, claim: Claim) -> Iterator[tuple[str, Iterable[Triple]]]:
        """Yield the four graphs of a claim's publication, by the end of their names."""
        iri, publication = self.iri, name(claim.iri)
        this, assertion = iri(publication), iri(f"{publication}#assertion")
        yield (
            "Head",
            [
                (this, iri(RDF + "type"), iri(NP + "Nanopublication")),
                *(
                    (this, iri(f"{NP}has{what}"), iri(f"{publication}#{part}"))
                    for what, part in (
                        ("Assertion", "assertion"),
                        ("Provenance", "provenance"),
                        ("PublicationInfo", "pubinfo"),
                    )
                ),
            ],
        )
        own, edge = self._about([claim.iri]), self.edges.get(claim.iri)
        if edge is None:
            said = [triple for triple in own if str(triple[1]) in _SAID]
        else:
            said = [rdflib_triple(ox.Triple(*edge_terms(edge)))]
        rest = set(own) - set(said)
        # What has been earned about a document is the assertion of its own claim.
        places = [
            triple
            for triple in self._about(self._places(own))
            if str(triple[1]) not in self.edge_predicates
        ]
        self.told.update(said, rest, places)
        yield "assertion", said
        derived = [iri(PROV + "wasDerivedFrom")]
        made_by = [(assertion, derived[0], iri(node)) for node in (claim.iri, *claim.evidence)]
        held_by = [(assertion, iri(PROV + "wasAttributedTo"), iri(h)) for h in claim.holders]
        yield "provenance", [*made_by, *held_by, *rest, *places]
        homes = [name for name, graph in self.data.items() if (iri(claim.iri), None, None) in graph]
        yield "pubinfo", [(this, derived[0], iri(node)) for node in (claim.iri, *homes)]

    def untold(self) -> int:
        """Return how many triples stand in no publication."""
        return len({triple for graph in self.data.values() for triple in graph} - self.told)

    def _about(self, nodes: Iterable[str]) -> list[Triple]:
        return [
            triple
            for node in nodes
            for graph in self.data.values()
            for triple in graph.triples((self.iri(node), None, None))
        ]

    def _places(self, own: Iterable[Triple]) -> list[str]:
        """Return the passages, footnotes and documents that a claim's triples lead to."""
        found: dict[str, None] = {}
        near = list(own)
        for _ in range(2):  # to the place, and to its document
            steps = [
                str(t[2])
                for t in near
                if str(t[1]) in _PLACES and isinstance(t[2], self.iri) and str(t[2]) not in found
            ]
            found.update(dict.fromkeys(steps))
            near = self._about(steps)
        return list(found)


def _body(triples: Iterable[Triple], prefixes: set[str]) -> str:
    """Return triples as the inside of a TriG block, sorted, one line each property and value."""
    nodes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for subject, predicate, value in triples:
        link = "a" if str(predicate) == RDF + "type" else _short(predicate, prefixes)
        nodes[_short(subject, prefixes)].add((link, _short(value, prefixes)))
    lines = []
    for node in sorted(nodes, key=natural):
        said = sorted(nodes[node], key=lambda pair: (pair[0] != "a", *map(natural, pair)))
        lines.append(f"  {node} " + " ;\n    ".join(map(" ".join, said)) + " .\n")
    return "".join(lines)


def _short(node: Node, prefixes: set[str]) -> str:
    from rdflib import URIRef

    curie = compress(str(node)) if isinstance(node, URIRef) else ""
    if not curie or curie == str(node):
        return ntriples_term(node)
    prefixes.add(curie.partition(":")[0])
    return curie


FORMAT = Format(
    name="nanopub",
    suffix=".trig",
    media_type="application/trig",
    description="nanopublications in TriG: four named graphs a claim, a hedged claim as a claim",
    losses=(
        "comments, names and descriptions of things, and which data set they are in; a claim "
        "goes along whole, with its passages, footnotes and documents"
    ),
    projected=False,
    write=write_nanopub,
)
