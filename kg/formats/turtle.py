"""Turtle: every triple, claims and edges, in the canonical order of the curated file."""

from __future__ import annotations

from kg import turtle
from kg.formats.record import Format, lost_in_union, union
from kg.projection import Projection
from kg.store import Store


def write_turtle(store: Store, _projection: Projection | None = None) -> bytes:
    """Return the data graphs as one Turtle document; equal graphs, equal bytes."""
    return turtle.canonical(union(store))


FORMAT = Format(
    name="turtle",
    suffix=".ttl",
    media_type="text/turtle",
    description="RDF 1.1 Turtle in canonical order; the format of the curated file",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_turtle,
    lost=lost_in_union,
)
