"""Check: validate, verify, fmt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.common import FILE_PATH, Session, as_json, clean, pass_session, put, put_json, say
from kg.errors import NoError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kg.validation import Report


@click.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option(
    "--sources",
    metavar="DIR",
    type=FILE_PATH,
    help="Also verify passages against local copies.",
)
@as_json
@pass_session
def validate(session: Session, files: tuple[str, ...], sources: Path | None, as_json: bool) -> None:
    """Check data against the SHACL shapes and the house rules.

    Exits 1 when something is wrong; warnings alone exit 0.

    \b
    kg validate
    kg validate my.ttl --json
    """
    from kg.validation import validate as check

    if session.endpoint and not files:
        report = _of_server(session, sources)
    else:
        beside = None
        if session.workspace is not None and not files:
            # What was imported was checked when it came in.
            files = tuple(map(str, session.workspace.own_graphs().values()))
            beside = session.workspace.beside()
        report = check(
            *(files or session.paths), ontology=session.ontology, sources=sources, beside=beside
        )
    if as_json:
        put_json(report.as_dict())
    else:
        put(clean(_report_text(report)))
    if not report.conforms:
        raise NoError(
            f"{report.counts['violation']} violations", hint="each line above names what to change"
        )


def _of_server(session: Session, sources: Path | None) -> Report:
    """Validate the graphs of a server, by way of files; findings name the graph."""
    import dataclasses
    import tempfile
    from pathlib import Path

    import pyoxigraph as ox

    from kg import turtle
    from kg.store import ONTOLOGY_GRAPH
    from kg.validation import validate as check
    from kg.vocab import compress

    store = session.store
    graphs = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, graph in enumerate(store.graphs()):
            path = Path(folder) / f"{number}.ttl"
            if graph == ONTOLOGY_GRAPH:
                ontology = store.inputs.get(graph, path)
                triples = store.engine.quads_for_pattern(None, None, None, graph)
                ox.serialize((q.triple for q in triples), str(path), ox.RdfFormat.TURTLE)
            else:
                path.write_bytes(turtle.canonical(store.graph(graph)))
                graphs[str(path)] = compress(graph.value)
        report = check(*graphs, ontology=ontology, sources=sources)
        checked = report.checked
        for name, graph_name in graphs.items():
            checked = checked.replace(name, graph_name)
    found = tuple(
        dataclasses.replace(finding, file=graphs.get(finding.file, finding.file))
        for finding in report.findings
    )
    return dataclasses.replace(report, findings=found, checked=checked)


def _report_text(report: Report) -> str:
    lines = []
    for finding in report.findings:
        where = f"{finding.file}:{finding.line}: " if finding.line else ""
        path = f" {finding.path}" if finding.path else ""
        lines.append(
            f"{finding.severity}: {where}{finding.focus}{path}: {finding.message} [{finding.rule}]"
        )
    counts = ", ".join(f"{n} {severity}s" for severity, n in report.counts.items() if n)
    lines.append(
        f"{'valid' if report.conforms else 'not valid'}: {report.checked} ({counts or 'nothing to report'})"
    )
    return "\n".join(lines)


@click.command()
@click.option(
    "--sources",
    required=True,
    metavar="DIR",
    type=FILE_PATH,
    help="Folder with your copies: .txt .md .html .pdf",
)
@as_json
@pass_session
def verify(session: Session, sources: Path, as_json: bool) -> None:
    """Find every passage again in local copies of the sources.

    Exits 1 when a passage is not found in a copy that is there.

    \b
    kg verify --sources ../my-copies
    """
    from kg.verification import find_passages
    from kg.vocab import compress

    report = find_passages(session.store, sources)
    rows = [summary.as_dict() for summary in report.summaries]
    missing = report.missing
    if as_json:
        put_json(
            {
                "sources": rows,
                "passages": {
                    compress(iri): {"file": str(found.path), "interrupted": found.interrupted}
                    for iri, found in sorted(report.found.items())
                },
                "not_found": [compress(iri) for iri in missing],
                "uncovered": {str(path): list(texts) for path, texts in report.uncovered.items()},
                "skipped": {str(path): reason for path, reason in report.skipped.items()},
            }
        )
    else:
        lines = []
        for summary in report.summaries:
            copy = f"in {summary.copy}" if summary.copy else "no local copy"
            lines.append(
                f"{summary.found} of {summary.total} passages found {copy}: {summary.title}"
            )
        for path, texts in report.uncovered.items():
            words = sum(len(text.split()) for text in texts)
            lines.append(f"{path}: {words} words belong to no passage")
            lines += [f"  {text[:100]}" for text in texts]
        lines += [
            f"not found: {compress(iri)}: {session.store.passages[iri].locator}" for iri in missing
        ]
        if report.by_place_only:
            lines.append(
                f"{report.by_place_only} passages of other sources are cited by place only (no fingerprint)"
            )
        put(clean("\n".join(lines)))
        for path, reason in report.skipped.items():
            say(f"skipped {path}: {reason}")
    if missing:
        raise NoError(
            f"{len(missing)} passages were not found in the copy", hint="is it the same edition?"
        )
    if not report.found:
        raise NoError("no passage was found", hint="are these copies of the cited sources?")


@click.command()
@click.argument("file", type=FILE_PATH)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when it is not in order.")
@click.option("--edges", is_flag=True, help="Also make the edge layer what the claims back.")
@pass_session
def fmt(session: Session, file: Path, check: bool, edges: bool) -> None:
    """Rewrite a Turtle file in the one canonical order.

    Comments are not kept: put what matters in kg:editorNote.

    \b
    kg fmt data/triples.ttl --check
    kg fmt data/triples.ttl --edges
    """
    from kg import files, turtle
    from kg.store import Store

    if session.endpoint:
        raise UsageError(
            "fmt puts a file in order, a server has no order",
            hint="kg pull writes what is there in the canonical order",
        )
    before = files.read_bytes(file)
    if edges:
        store = Store.open(file, ontology=session.ontology, compiled=False)
        graph = next(name for name, path in store.inputs.items() if path == file)
        added, removed = store.update_edges(graph=graph)
        say(f"{added} edges added, {removed} removed")
        after = turtle.canonical(store.graph(graph))
    else:
        after = turtle.canonical(turtle.read_graph(file))
    if before == after:
        say(f"{file} is in order")
        return
    if check:
        raise NoError("is not in the canonical form", path=file, hint=f"kg fmt {file}")
    dropped = turtle.comments(before)
    files.write_bytes(file, after)
    say(f"rewrote {file}" + (f"; {dropped} comment lines were dropped" if dropped else ""))
