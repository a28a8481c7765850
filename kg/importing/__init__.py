"""Other data sets in: one module a format, one table of them all, one way into a workspace.

Each importer reads files into a ``Sink``; what it makes are claims of the data set, each
with the key of its record, in the data set's own named graph. A file is kept whole or
not at all, and the same files give the same graph in whatever order they come.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from kg import files
from kg.errors import KgError, MissingError, RefusedError, UsageError
from kg.importing.lines import SortedLines
from kg.importing.record import DataSet, Importer, Report, slug
from kg.importing.sink import Sink
from kg.vocab import ONTOLOGY_GRAPH, Vocabulary
from kg.workspace import Change, Workspace

#: The importers, by name, and the module of each, loaded when it is used.
MODULES: Mapping[str, str] = {
    "atop": "states.atop",
    "cameo": "events.cameo",
    "countries": "states.countries",
    "ftm": "ftm.entities",
    "ofac": "sanctions.ofac",
    "uk": "sanctions.uksl",
    "un": "sanctions.unsc",
    "cow": "states.cow",
    "territories": "states.territories",
    "ucdp": "states.ucdp",
    "unvotes": "states.unvotes",
    "rdf": "rdf.foreign",
    "wikidata": "wikidata.dumps",
    "misp": "threat.misp",
    "stix": "threat.stix",
    "events": "events.leads",
    "table": "tables.table",
}

#: Graphs of a workspace that no data set may take the place of.
_TAKEN = frozenset({"curated", "own", "links", "beside"})
#: The group of entry points by which other packages add an importer.
ENTRY_POINTS = "gambit.importers"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import: the data set, the report, and the change (None in a dry run)."""

    dataset: DataSet
    report: Report
    change: Change | None


def importers() -> Mapping[str, Importer]:
    """Return every importer by name: ours, then those that other packages add.

    One that another package adds and that cannot be loaded is left out: see ``broken``.
    """
    found = {name: importer(name) for name in MODULES}
    return {**found, **{n: i for n, i in _added().items() if isinstance(i, Importer)}}


def broken() -> Mapping[str, str]:
    """Return why importers that other packages add could not be loaded, by name."""
    return {name: why for name, why in _added().items() if isinstance(why, str)}


def importer(name: str) -> Importer:
    """Return the importer of a format; UsageError for one that there is not."""
    if name in MODULES:
        found: Importer = import_module(f"kg.importing.{MODULES[name]}").IMPORTERS[name]
        return found
    added = _added().get(name)
    if isinstance(added, Importer):
        return added
    if added is not None:
        raise UsageError(
            f"unknown format: {name}; that of another package could not be loaded: {added}",
            hint="mend or update that package",
        )
    raise UsageError(f"unknown format: {name}", hint="one of " + ", ".join(importers()))


@cache
def _added() -> Mapping[str, Importer | str]:
    """Return the importers of other packages by name, or why one could not be loaded."""
    from importlib.metadata import entry_points

    found: dict[str, Importer | str] = {}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in MODULES:
            continue
        try:
            loaded = point.load()
            found[point.name] = loaded if isinstance(loaded, Importer) else "is no Importer"
        except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
            found[point.name] = f"{type(error).__name__}: {error}"
    return found


def run(
    workspace: Workspace | None,
    form: str,
    paths: Sequence[Path],
    *,
    overrides: Mapping[str, Any] | None = None,
    options: Mapping[str, str] | None = None,
    imported_on: str = "",
    tick: Callable[[], object] = lambda: None,
) -> Imported:
    """Read files in a format into a workspace, whole or not at all; return what became of it.

    ``overrides`` replaces fields of the ``DataSet`` that the files or the format state;
    ``options`` are the importer's own; ``imported_on`` is noted beside the graph, not in
    it. Without a workspace nothing is kept. Raises what reading and writing raise, and
    UsageError for options that the format does not have.
    """
    chosen = importer(form)
    options = dict(options or {})
    if unknown := sorted(options.keys() - chosen.options.keys()):
        raise UsageError(
            f"{form} has no option {unknown[0]}",
            hint="it has " + (", ".join(chosen.options) or "none"),
        )
    ordered = sorted(paths, key=lambda p: (p.name, str(p)))
    for path in ordered:
        if not path.exists():
            raise MissingError("no such file", path=path, hint="check the spelling")
    dataset = _dataset(chosen, ordered, options, overrides or {})
    with tempfile.TemporaryDirectory() as folder, SortedLines() as lines:
        graphs = {iri.value: file for iri, file in workspace.graphs().items()} if workspace else {}
        previous = graphs.get(dataset.graph)
        sink = Sink(dataset, lines, _vocabulary(), tick=tick, previous=previous)
        try:
            chosen.read(ordered, sink, options)
        except ModuleNotFoundError as error:
            raise MissingError(
                f"{form} needs the package {error.name}",
                hint=f"pip install {error.name}",
            ) from error
        report = sink.report
        only_things = report.kept.total() == report.kept["things"]
        if not report.kept or (only_things and report.read <= report.skipped.total()):
            raise RefusedError(
                f"nothing in it could be read as {form}; read {sink.report.read:,} records",
                path=ordered[0],
                hint="; ".join(sink.report.lines()[1:4]) or "is it the right format?",
            )
        digests = [(path.name, _digest(path)) for path in _each_file(ordered)]
        sink.describe_source(digests)
        sink.write_edges()
        if workspace is None:
            for _ in lines.merged():
                pass
            return Imported(dataset, sink.report, None)
        place = Path(folder) / "graph.ttl"
        files.write_pieces(place, lines.pieces())
        entry = {
            "dataset": dataset.name,
            "edition": dataset.edition,
            "title": dataset.title,
            "licence": dataset.licence,
            "importer": form,
            "imported": imported_on,
            "files": [{"name": name, "sha256": digest} for name, digest in digests],
        }
        from kg.importing.editions import put

        change = put(workspace, dataset, place, entry)
    return Imported(dataset, sink.report, change)


def _dataset(
    chosen: Importer,
    paths: Sequence[Path],
    options: Mapping[str, str],
    overrides: Mapping[str, Any],
) -> DataSet:
    described = chosen.described(paths, options) if chosen.described else chosen.dataset(paths)
    found = replace(described, **overrides)
    if not found.name or slug(found.name) != found.name:
        raise UsageError(
            f"{found.name!r} cannot name a data set",
            hint="small letters, digits and hyphens: --name ofac-sdn",
        )
    if found.name in _TAKEN or found.name.endswith("-departed"):
        raise UsageError(
            f"{found.name!r} is the name of a graph that Gambit writes itself",
            hint="choose another: --name ofac-sdn",
        )
    return found


def _vocabulary() -> Vocabulary:
    from kg import turtle

    path = files.ontology_path()
    from pyoxigraph import Quad

    return Vocabulary.read(
        Quad(q.subject, q.predicate, q.object, ONTOLOGY_GRAPH) for q in turtle.parse_file(path)
    )


def _each_file(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files of files and folders."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.iterdir() if p.is_file())
        else:
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


__all__ = [
    "MODULES",
    "DataSet",
    "Imported",
    "Importer",
    "KgError",
    "Report",
    "Sink",
    "broken",
    "importer",
    "importers",
    "run",
]
