"""The formats the graph can be written in: one file each, one table of them all.

A package of somebody else's adds one by an entry point of the group
``gambit.formats`` whose object is a ``Format``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from kg.errors import UsageError
from kg.formats import (
    bibtex,
    csl,
    csv,
    cytoscape,
    ftm,
    gexf,
    graphml,
    jsonld,
    nanopub,
    neo4j,
    nodelink,
    nquads,
    ntriples,
    rdf12,
    rdfxml,
    stix,
    trig,
    turtle,
    void,
)
from kg.formats.choice import WHAT, outgoing
from kg.formats.record import Format, Losses, LossReport, Outgoing
from kg.projection import Projection, project
from kg.selection import EVERYTHING, Selection
from kg.store import Store

#: The formats of our own by name, RDF first.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        module.FORMAT.name: module.FORMAT
        for module in (
            turtle,
            ntriples,
            nquads,
            trig,
            rdf12,
            rdfxml,
            jsonld,
            nanopub,
            void,
            graphml,
            nodelink,
            gexf,
            cytoscape,
            csv,
            neo4j,
            ftm,
            stix,
            bibtex,
            csl,
        )
    }
)

#: Where packages of others say that they have a format.
ENTRY_POINTS = "gambit.formats"


def known(warn: Callable[[str], object] = warnings.warn) -> Mapping[str, Format]:
    """Return every format by name: ours, then those of installed packages.

    An entry point that does not load, is no ``Format`` or takes a name that is taken
    is told to ``warn``, by name, and left out.
    """
    from importlib.metadata import entry_points

    found = dict(FORMATS)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: (p.name, p.value)):
        where = f"format {point.name} of {point.dist.name if point.dist else point.value}"
        try:
            form = point.load()
        except Exception as error:  # noqa: BLE001  a stranger's module may fail in any way
            warn(f"{where} is left out: {type(error).__name__}: {error}")
            continue
        if not isinstance(form, Format):
            warn(f"{where} is left out: it is no kg.formats.Format")
        elif form.name in found:
            warn(f"{where} is left out: there is a format {form.name} already")
        else:
            found[form.name] = form
    return found


def named(name: str, warn: Callable[[str], object] = warnings.warn) -> Format:
    """Return the format of that name; UsageError when there is none."""
    if name in FORMATS:
        return FORMATS[name]
    every = known(warn)
    if name not in every:
        import difflib

        near = difflib.get_close_matches(name, every, n=1)
        raise UsageError(
            f"unknown format: {name}",
            hint=f"did you mean {near[0]}?" if near else "one of " + ", ".join(every),
        )
    return every[name]


def export(
    store: Store,
    name: str,
    *,
    what: str = "all",
    selection: Selection = EVERYTHING,
    about: Collection[str] = (),
    claims: Collection[str] | None = None,
    include_hedged: bool | None = None,
    drawing: str = "edges",
    projection: Projection | None = None,
    options: Mapping[str, str] | None = None,
    warn: Callable[[str], object] = warnings.warn,
) -> tuple[Mapping[str, bytes], LossReport]:
    """Return a store in a format, content by file name, and the report of what was left out.

    A single file has the name "". The bytes depend on the data and the choice alone.
    ``what``, ``selection``, ``about`` and ``claims`` choose (``kg.formats.outgoing``).
    A format that draws a graph draws the projection called ``drawing``, with hedged
    claims (``materialised=0``) when asked for or ``what`` is "claims"; or the
    ``projection`` given. The others carry every claim with its modality anyway.
    ``options`` are the format's own.

    Raises UsageError for an unknown format or option, and for a drawing asked of a format that
    draws none; RefusedError for data that has no stable order.
    """
    form = named(name, warn)
    if not form.projected and (projection is not None or drawing != "edges"):
        graphs = ", ".join(f.name for f in FORMATS.values() if f.projected)
        raise UsageError(f"{name} writes claims, it draws no projection", hint=f"use {graphs}")
    if form.projected and projection is None:
        hedged = {"edges": False, "claims": True}.get(what, include_hedged)
        projection = project(store, drawing, selection, include_hedged=hedged)
    out = outgoing(
        store,
        what=what,
        selection=selection,
        about=about,
        named=claims,
        projection=projection,
        options=_checked(form, options or {}),
    )
    return written(form, out)


def _checked(form: Format, options: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in options.items():
        if value not in form.options.get(name, ()):
            values = " or ".join(form.options.get(name, ()))
            raise UsageError(
                f"{form.name} takes no --{name} {value}",
                hint=f"--{name} {values}" if values else f"leave --{name} out",
            )
    return options


def written(form: Format, out: Outgoing) -> tuple[Mapping[str, bytes], LossReport]:
    """Return what goes out in a format, and the report that accounts for every claim of it."""
    losses = Losses(out.claims)
    content = form.write(out, losses)
    return content, losses.report(form.name)


def by_suffix(path: str) -> Format:
    """Return the graph format that a file name asks for; UsageError when none does."""
    graphs = {f.suffix: f for f in FORMATS.values() if f.projected and f.suffix}
    for suffix, found in graphs.items():
        if path.endswith(suffix):
            return found
    raise UsageError(
        f"{path}: no graph format is written so", hint="end it in " + " or ".join(graphs)
    )


__all__ = [
    "FORMATS",
    "WHAT",
    "Format",
    "LossReport",
    "Losses",
    "Outgoing",
    "by_suffix",
    "export",
    "known",
    "named",
    "outgoing",
    "written",
]
