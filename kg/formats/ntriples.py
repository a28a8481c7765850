"""N-Triples: every triple on a line of its own, sorted, for diff, grep and bulk loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.formats.record import Format, lost_in_union, union
from kg.projection import Projection
from kg.store import Store

if TYPE_CHECKING:
    from rdflib.term import Node


def write_ntriples(store: Store, _projection: Projection | None = None) -> bytes:
    """Return the data graphs as sorted N-Triples, literals as their files have them."""
    # A set: rdflib tells "x" from "x"^^xsd:string, RDF 1.1 does not.
    lines = sorted({" ".join(map(_term, triple)) + " .\n" for triple in union(store)})
    return "".join(lines).encode("utf-8")


def _term(term: Node) -> str:
    # pyoxigraph's terms print as canonical N-Triples, rdflib's with Turtle's long
    # quotes. But pyoxigraph 0.5 lower-cases language tags, so the tag is ours.
    import pyoxigraph as ox
    from rdflib import Literal

    if not isinstance(term, Literal):
        return f"<{term}>"
    if term.language:
        return f"{ox.Literal(str(term))}@{term.language}"
    if term.datatype is None:
        return str(ox.Literal(str(term)))
    return str(ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype))))


FORMAT = Format(
    name="ntriples",
    suffix=".nt",
    media_type="application/n-triples",
    description="RDF 1.1 N-Triples, sorted lines",
    losses="comments, prefixes, and which file a triple came from when there are several",
    projected=False,
    write=write_ntriples,
    lost=lost_in_union,
)
