"""Ask: query and queries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kg.cli.choosing import pairs
from kg.cli.common import (
    FILE_PATH,
    Session,
    as_json,
    clean,
    columns,
    pass_session,
    put,
    put_bytes,
    put_file,
    put_json,
    say,
)
from kg.errors import UsageError
from kg.result_formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.results import Result
    from kg.sandbox import Limits
    from kg.saved import SavedQuery

own_queries = click.option(
    "--queries",
    "folders",
    multiple=True,
    metavar="DIR",
    type=FILE_PATH,
    help="Folder with saved queries of your own (repeatable).",
)


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
    type=click.Choice(tuple(FORMATS)),
    help=", ".join(name for name, f in FORMATS.items() if f.kinds != ("construct",))
    + "; for CONSTRUCT also "
    + ", ".join(name for name, f in FORMATS.items() if f.kinds == ("construct",))
    + ".",
)
@click.option("--limit", type=click.IntRange(1), help="At most so many rows; says when it cut.")
@click.option(
    "--timeout",
    type=float,
    metavar="SECONDS",
    help="Stop it after so long (30 unless set; our own saved queries run to their end).",
)
@click.option("--cite", is_flag=True, help="Number the places behind each row.")
@click.option("--wide", is_flag=True, help="Do not cut columns to the terminal's width.")
@click.option("--explain", is_flag=True, help="Say what answering takes, and do not answer.")
@click.option(
    "--to-graph",
    "graph",
    metavar="FILE",
    help="Write the answer as a graph, each edge with its claims (.graphml or .json).",
)
@own_queries
@click.option("--save", metavar="NAME", help="Keep the query under this name, with a header.")
@click.option("--summary", metavar="TEXT", help="With --save: what the query answers.")
@pass_session
def query(
    session: Session,
    what: str,
    params: tuple[str, ...],
    form: str,
    limit: int | None,
    timeout: float | None,
    cite: bool,
    wide: bool,
    explain: bool,
    graph: str | None,
    folders: tuple[Path, ...],
    save: str | None,
    summary: str | None,
) -> None:
    """Run a saved query by name, a .rq file, SPARQL text, or stdin (-).

    Prefixes are known: kg:, actor:, event:, claim:, prov:, skos: ...

    \b
    kg query motivations-of -p actor=DPRK --cite
    kg query 'SELECT ?a WHERE { agreement:russia-dprk-treaty-2024 kg:hasParty ?a }'
    kg query mine.rq --format csv > out.csv
    kg query chains-between -p cause=event:deployment-2024 -p effect=condition:rok-security-concerns --to-graph chains.graphml
    kg query mine.rq -p actor=actor:dprk --save mine
    """
    from kg import query as engine
    from kg import saved as library
    from kg import sparql
    from kg.sandbox import Limits

    if timeout is not None and not 0 < timeout <= 86_400:  # not a number is neither
        raise UsageError(f"--timeout {timeout:g} cannot be", hint="seconds, a day at most")
    limits = None if timeout is None else Limits(timeout_s=timeout)
    if FORMATS[form].binary and sys.stdout.isatty():
        raise UsageError(
            f"{form} is not for a terminal", hint=f"write it to a file: > answer.{form}"
        )
    given = pairs(params)
    if what == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        found = library.parse_query(text, name="stdin", path=None)
    else:
        found = library.find(what, *folders, *session.query_folders)
    if save is not None:
        _save(session, found, given, save, summary, folders)
        return
    if summary is not None:
        raise UsageError("--summary goes with --save", hint="--save NAME keeps the query")
    if explain:
        put(clean(_explained(session, found, given, limits)))
        return
    result = engine.run_saved(
        # A server's data is not opened; ours is, in the process that runs the query.
        session.store if session.endpoint else lambda: session.store,
        found,
        given,
        resolve=session.resolve,
        limit=limit,
        limits=limits,
    )
    if graph is not None:
        _put_graph(session, result, found.name, graph)
        return
    bound = sparql.bind(found.text, engine.bindings(found, given, session.resolve))
    _put(session, result, bound, form, cite=cite, wide=wide)
    if result.truncated:
        say(f"only the first {limit or len(result)} rows are shown; there are more")
    # Looking for misspelt names opens the store here: not for a file full of rows.
    if result.empty or (form == "table" and not engine.is_shipped(found)):
        _hint(session, result, bound)
        if result.empty and found.description:
            say(f"what it looks at, and what it leaves out: kg queries {found.name}")


def _put_graph(session: Session, result: Result, name: str, target: str) -> None:
    from kg import formats
    from kg.errors import NoError
    from kg.projection import of_result

    form = formats.by_suffix(target)  # before the work
    projection = of_result(session.store, result, name=name)
    if not projection.graph:
        raise NoError("the answer makes no graph: it has no rows", hint=f"kg queries {name}")
    content, _ = formats.export(session.store, form.name, projection=projection)
    put_file(content[""], target)
    say(projection.summary())


def _hint(session: Session, result: Result, text: str) -> None:
    """Say on stderr what may be wrong with a query that the engine answered without a word."""
    from kg import hints

    if result.empty:
        say("no rows: " + "; ".join(hints.why_empty(session.store, text)))
    else:
        for name, near in hints.unknown_names(session.store, text):
            say(f"nothing is called {name}" + (f": did you mean {near}?" if near else ""))


def _explained(
    session: Session, found: SavedQuery, given: Mapping[str, str], limits: Limits | None
) -> str:
    from kg import algebra, sparql
    from kg import query as engine
    from kg.vocab import compress

    text = sparql.bind(found.text, engine.bindings(found, given, session.resolve))
    engine.check(text)
    store = session.store
    graphs = [f"  {compress(graph.value)}" for graph in store.graphs()]
    return "\n".join(
        [
            "The query, its parameters in place:",
            *(f"  {line}" for line in text.strip().splitlines() if not line.startswith("#+")),
            "",
            f"Over the union of {len(graphs)} graphs:",
            *graphs,
            "",
            f"Runs on the server {session.endpoint}."
            if session.endpoint
            else engine.how(found, limits),
            "",
            "Its algebra, with what each pattern matches alone:",
            algebra.explain(store, text),
        ]
    )


def _save(
    session: Session,
    found: SavedQuery,
    given: Mapping[str, str],
    name: str,
    summary: str | None,
    folders: tuple[Path, ...],
) -> None:
    from kg import query as engine
    from kg import saved as library

    own = session.workspace.queries if session.workspace else None
    folder = folders[0] if folders else own
    if folder is None:
        raise UsageError(
            "there is no folder of your own to save it in",
            hint="name one with --queries DIR, or make a workspace: kg init",
        )
    engine.bindings(found, given, session.resolve)
    engine.check(found.text)
    path = library.save(found, folder, name, summary=summary, given=given)
    say(f"saved {path}; run it: kg query {name}")


def _put(session: Session, result: Result, text: str, form: str, *, cite: bool, wide: bool) -> None:
    from kg import results

    width = _width(wide) if form == "table" else 0
    if not cite:
        put_bytes(results.write(result, form, label=session.label, width=width))
        return
    if form not in ("table", "markdown", "html"):
        raise UsageError(
            "--cite goes with table, markdown and html",
            hint="the other formats carry the claim's id",
        )
    from kg import citing

    references = citing.References(session.store)
    marks = [references.mark(found) for found in citing.backing(session.store, result, text)]
    put_bytes(
        results.write(
            result,
            form,
            label=session.label,
            width=width,
            extra=("sources", marks),
            notes=references.lines(),
        )
    )


def _width(wide: bool) -> int:
    from shutil import get_terminal_size

    return 10_000 if wide else get_terminal_size((120, 40)).columns


def _listed(found: list[SavedQuery]) -> str:
    """Return the queries by family (their first tag), a parameter that may be left out in brackets."""
    families: dict[str, list[SavedQuery]] = {}
    for one in found:
        families.setdefault(one.tags[0] if one.tags else "other", []).append(one)
    rows = {
        one.name: (
            one.name,
            " ".join(
                f"[{p.name}]" if p.optional or p.default is not None else p.name for p in one.params
            ),
            one.summary,
        )
        for one in found
    }
    # Aligned over all families, then cut into them.
    lines = dict(zip(rows, columns(rows.values(), indent="  ").split("\n"), strict=True))
    return "\n\n".join(
        "\n".join([family, *(lines[one.name] for one in members)])
        for family, members in sorted(families.items())
    )


@click.command()
@click.argument("name", required=False)
@own_queries
@as_json
@pass_session
def queries(session: Session, name: str | None, folders: tuple[Path, ...], as_json: bool) -> None:
    """List the saved queries, or describe one with its parameters.

    \b
    kg queries
    kg queries motivations-of
    kg queries ratification          # those that speak of it
    """
    from kg import saved as library

    known = library.load_queries(*reversed((*folders, *session.query_folders)))
    if name is not None and name not in known:
        word = name.casefold()
        speaking = {
            key: q
            for key, q in known.items()
            if word in f"{key} {q.summary} {q.description} {' '.join(q.tags)}".casefold()
        }
        if not speaking:
            library.load_query(name, *folders, *session.query_folders)  # says what is near
        known, name = speaking, None
    if as_json:
        put_json([q.as_dict() for q in known.values()])
        return
    if name is None:
        put(clean(_listed(list(known.values()))))
        return
    saved = known[name]
    lines = [saved.name, f"  {saved.summary}"]
    if saved.description:
        lines += ["", click.wrap_text(saved.description, _width(wide=False), "  ", "  ")]
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
    lines += ["", "Example", f"  {saved.command}", "", saved.text.strip()]
    put(clean("\n".join(lines)))
