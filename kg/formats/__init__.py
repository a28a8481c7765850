"""The formats the graph can be written in: one file each, one table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kg.errors import UsageError
from kg.formats import graphml, jsonld, ntriples, trig, turtle
from kg.formats.record import Format, LossReport
from kg.projection import project
from kg.store import Store

#: Every format by name, RDF first.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {module.FORMAT.name: module.FORMAT for module in (turtle, ntriples, trig, jsonld, graphml)}
)


def export(store: Store, name: str, *, include_hedged: bool = False) -> tuple[bytes, LossReport]:
    """Return a store in a format, and the report of what the format left out.

    The bytes depend on the data alone. RDF formats carry every claim with its
    modality, so ``include_hedged`` changes nothing there; a graph format gets
    the hedged claims as edges marked ``materialised=0``. Raises UsageError for
    an unknown format and RefusedError for data that has no stable order.
    """
    chosen = FORMATS.get(name)
    if chosen is None:
        raise UsageError(f"unknown format: {name}", hint="one of " + ", ".join(FORMATS))
    projection = project(store, include_hedged=include_hedged) if chosen.projected else None
    content = chosen.write(store, projection)
    return content, LossReport(name, chosen.lost(store, projection))


__all__ = ["FORMATS", "Format", "LossReport", "export"]
