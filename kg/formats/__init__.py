"""The formats the graph can be written in: one file each, one table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kg.errors import UsageError
from kg.formats import graphml, jsonld, nodelink, ntriples, trig, turtle
from kg.formats.record import Format, LossReport
from kg.projection import Projection, project
from kg.store import Store

#: Every format by name, RDF first.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        module.FORMAT.name: module.FORMAT
        for module in (turtle, ntriples, trig, jsonld, graphml, nodelink)
    }
)


def export(
    store: Store,
    name: str,
    *,
    include_hedged: bool = False,
    projection: Projection | None = None,
) -> tuple[bytes, LossReport]:
    """Return a store in a format, and the report of what the format left out.

    The bytes depend on the data alone. RDF formats carry every claim with its
    modality, so ``include_hedged`` changes nothing there; a graph format gets
    the hedged claims as edges marked ``materialised=0``, or the ``projection`` given.
    Raises UsageError for an unknown format, and for a projection with a format that
    writes all of the data; RefusedError for data that has no stable order.
    """
    chosen = FORMATS.get(name)
    if chosen is None:
        raise UsageError(f"unknown format: {name}", hint="one of " + ", ".join(FORMATS))
    if projection is not None and not chosen.projected:
        graphs = ", ".join(f.name for f in FORMATS.values() if f.projected)
        raise UsageError(f"{name} writes every claim, not a selection", hint=f"use {graphs}")
    if projection is None and chosen.projected:
        projection = project(store, include_hedged=include_hedged)
    content = chosen.write(store, projection)
    return content, LossReport(name, chosen.lost(store, projection))


def by_suffix(path: str) -> Format:
    """Return the graph format that a file name asks for; UsageError when none does."""
    graphs = {f.suffix: f for f in FORMATS.values() if f.projected}
    for suffix, found in graphs.items():
        if path.endswith(suffix):
            return found
    raise UsageError(
        f"{path}: no graph format is written so", hint="end it in " + " or ".join(graphs)
    )


__all__ = ["FORMATS", "Format", "LossReport", "by_suffix", "export"]
