"""N-Triples: every triple on a line of its own, sorted, for diff, grep and bulk loaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union

if TYPE_CHECKING:
    from rdflib.term import Node


def write_ntriples(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as sorted N-Triples, literals as their files have them."""
    account_union(out, losses)
    # A set: rdflib tells "x" from "x"^^xsd:string, RDF 1.1 does not.
    lines = sorted({" ".join(map(term, triple)) + " .\n" for triple in union(out)})
    return {"": "".join(lines).encode("utf-8")}


def term(node: Node) -> str:
    """Return a term as N-Triples has it, lexical form and language tag as they are."""
    # pyoxigraph's terms print as canonical N-Triples, rdflib's with Turtle's long
    # quotes. But pyoxigraph 0.5 lower-cases language tags, so the tag is ours.
    import pyoxigraph as ox
    from rdflib import Literal

    if not isinstance(node, Literal):
        return f"<{node}>"
    if node.language:
        return f"{ox.Literal(str(node))}@{node.language}"
    if node.datatype is None:
        return str(ox.Literal(str(node)))
    return str(ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype))))


FORMAT = Format(
    name="ntriples",
    suffix=".nt",
    media_type="application/n-triples",
    description="RDF 1.1 N-Triples, sorted lines",
    losses="comments, prefixes, and which file a triple came from when there are several",
    projected=False,
    write=write_ntriples,
)
