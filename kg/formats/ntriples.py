"""N-Triples: every triple on a line of its own, sorted, for diff, grep and bulk loaders."""

from __future__ import annotations

from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union
from kg.turtle import ntriples_term


def write_ntriples(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as sorted N-Triples, literals as their files have them."""
    account_union(out, losses)
    # A set: rdflib tells "x" from "x"^^xsd:string, RDF 1.1 does not.
    lines = sorted({" ".join(map(ntriples_term, triple)) + " .\n" for triple in union(out)})
    return {"": "".join(lines).encode("utf-8")}


FORMAT = Format(
    name="ntriples",
    suffix=".nt",
    media_type="application/n-triples",
    description="RDF 1.1 N-Triples, sorted lines",
    losses="comments, prefixes, and which file a triple came from when there are several",
    projected=False,
    write=write_ntriples,
)
