"""Ask: query and queries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kg.cli.common import (
    Session,
    as_json,
    clean,
    columns,
    pass_session,
    put,
    put_bytes,
    put_json,
    say,
)
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.results import Result


@click.command()
@click.argument("what", metavar="NAME | FILE | SPARQL | -")
@click.option(
    "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter (repeatable)."
)
@click.option(
    "--format",
    "-f",
    "form",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help="table, csv, tsv, json, xml; for CONSTRUCT turtle, ntriples, jsonld.",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many rows; says when it cut.")
@click.option("--cite", is_flag=True, help="Number the sources behind each row.")
@click.option("--wide", is_flag=True, help="Do not cut columns to the terminal's width.")
@pass_session
def query(
    session: Session,
    what: str,
    params: tuple[str, ...],
    form: str,
    limit: int | None,
    cite: bool,
    wide: bool,
) -> None:
    r"""Run a saved query by name, a .rq file, SPARQL text, or stdin (-).

    Prefixes are known: kg:, actor:, event:, claim:, prov:, skos: ...

    \b
    kg query motivations-of -p actor=DPRK --cite
    kg query 'SELECT ?a WHERE { agreement:russia-dprk-treaty-2024 kg:hasParty ?a }'
    kg query mine.rq --format csv > out.csv
    """
    result = _run(session, what, _pairs(params), limit)
    _put(session, result, form, cite=cite, wide=wide)
    if result.truncated:
        say(f"only the first {limit or len(result)} rows are shown; there are more")
    if result.empty:
        say(
            "no rows. Is every name spelt as in `kg search`? Hedged claims are not edges: "
            "ask for ?claim rdf:subject / rdf:predicate / rdf:object instead."
        )


def _pairs(params: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name:
            raise UsageError(f"{param!r} is not NAME=VALUE", hint="for example -p actor=DPRK")
        if name in given:
            raise UsageError(f"parameter {name} is given twice", hint="give each one once")
        given[name] = value
    return given


def _run(session: Session, what: str, given: Mapping[str, str], limit: int | None) -> Result:
    from kg import files
    from kg import query as engine
    from kg import saved as library

    if what == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        found = library.parse_query(text, name="stdin", path=None)
    else:
        found = library.find(what, files.queries_dir())
    return engine.run_saved(session.store, found, given, resolve=session.resolve, limit=limit)


def _put(session: Session, result: Result, form: str, *, cite: bool, wide: bool) -> None:
    from kg import query as engine
    from kg import results

    if not cite:
        width = _width(wide) if form == "table" else 0
        put_bytes(results.write(result, form, label=session.label, width=width))
        return
    if form != "table":
        raise UsageError(
            "--cite goes with the table format", hint="the other formats carry the claim's id"
        )
    from kg import dossier

    store = session.store
    references = dossier.References(store)
    marks = [
        references.marks(store.claims[iri] for iri in row if iri in store.claims)
        for row in engine.claims_in(store, result)
    ]
    width = _width(wide)
    put_bytes(
        results.write(result, form, label=session.label, width=width, extra=("sources", marks))
    )
    put(clean("\n" + "\n".join(references.lines())))


def _width(wide: bool) -> int:
    from shutil import get_terminal_size

    return 10_000 if wide else get_terminal_size((120, 40)).columns


@click.command()
@click.argument("name", required=False)
@as_json
@pass_session
def queries(session: Session, name: str | None, as_json: bool) -> None:
    r"""List the saved queries, or describe one with its parameters.

    \b
    kg queries
    kg queries motivations-of
    """
    from kg import files
    from kg import saved as library

    known = library.load_queries(files.queries_dir())
    if name is not None:
        known = {name: library.load_query(name, files.queries_dir())}
    if as_json:
        put_json([q.as_dict() for q in known.values()])
        return
    if name is None:
        put(
            columns(
                [(q.name, " ".join(p.name for p in q.params), q.summary) for q in known.values()]
            )
        )
        return
    saved = known[name]
    lines = [saved.name, f"  {saved.summary}"]
    if saved.description:
        lines += ["", f"  {saved.description}"]
    if saved.params:
        lines += ["", "Parameters"]
        lines.append(
            columns(
                [
                    (
                        p.name,
                        p.type,
                        "optional"
                        if p.optional
                        else "required"
                        if p.default is None
                        else f"default {p.default}",
                        p.help,
                    )
                    for p in saved.params
                ],
                indent="  ",
            )
        )
    lines += ["", saved.text.strip()]
    put(clean("\n".join(lines)))
