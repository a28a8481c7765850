"""RDF 1.2 Turtle: each claim reifies its proposition, ``rdf:reifies <<( s p o )>>``.

A triple term says what a claim is about without stating it, so a hedged claim is no
fact here either; what has been earned stands beside it as a plain triple, as in Turtle.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kg import files, turtle
from kg.errors import UnreadableError
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union
from kg.vocab import RDF

if TYPE_CHECKING:
    import pyoxigraph as ox
    from rdflib import Graph

_PARTS = ("subject", "predicate", "object")


def write_rdf12(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as one RDF 1.2 Turtle document in the canonical order.

    A claim with more than one subject, predicate or object is faulty, and keeps its
    four plain triples.
    """
    account_union(out, losses)
    return {"": b'VERSION "1.2"\n' + turtle.canonical(_reified(union(out), out))}


def _reified(graph: Graph, out: Outgoing) -> Graph:
    from rdflib import URIRef

    parts = [URIRef(RDF + name) for name in _PARTS]
    for iri in out.claims:
        claim = URIRef(iri)
        found = [list(graph.objects(claim, part)) for part in parts]
        if any(len(values) != 1 for values in found):
            continue
        subject, predicate, value = (values[0] for values in found)
        if not isinstance(subject, URIRef) or not isinstance(predicate, URIRef):
            continue
        for part in parts:
            graph.remove((claim, part, None))
        term = turtle.triple_term(subject, predicate, value)
        graph.add((claim, URIRef(RDF + "reifies"), term))
    return graph


def read_rdf12(path: Path) -> set[ox.Triple]:
    """Return the triples of such a file, each proposition as the three plain triples it was."""
    import pyoxigraph as ox

    parts = [ox.NamedNode(RDF + name) for name in _PARTS]
    found: set[ox.Triple] = set()
    for quad in turtle.parse_bytes(files.read_bytes(path), path):
        if not isinstance(quad.object, ox.Triple):
            found.add(quad.triple)
        elif quad.predicate.value != RDF + "reifies":
            raise UnreadableError(
                f"a proposition under {quad.predicate.value}",
                path=path,
                hint="kg export rdf12 writes rdf:reifies alone",
            )
        else:
            inner = quad.object
            values = (inner.subject, inner.predicate, inner.object)
            found.update(
                ox.Triple(quad.subject, part, value)
                for part, value in zip(parts, values, strict=True)
            )
    return found


FORMAT = Format(
    name="rdf12",
    suffix=".ttl",
    media_type='text/turtle; version="1.2"',
    description="RDF 1.2 Turtle: each claim reifies its proposition as a triple term",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_rdf12,
    read=read_rdf12,
)
