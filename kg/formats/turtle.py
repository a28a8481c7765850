"""Turtle: every triple, claims and edges, in the canonical order of the curated file."""

from __future__ import annotations

from kg import turtle
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union


def write_turtle(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as one Turtle document; equal graphs, equal bytes."""
    account_union(out, losses)
    return {"": turtle.canonical(union(out))}


FORMAT = Format(
    name="turtle",
    suffix=".ttl",
    media_type="text/turtle",
    description="RDF 1.1 Turtle in canonical order; the format of the curated file",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_turtle,
    reads="rdf",
)
