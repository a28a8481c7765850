"""Bring in: import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.common import FILE_PATH, Session, interactive, pass_session, put, put_json, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@click.command(name="import")
@click.argument("form", metavar="FORMAT")
@click.argument("paths", type=FILE_PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--name", metavar="SLUG", help="What the data set is called here.")
@click.option("--edition", metavar="TEXT", help="Which edition it is: a date or a version.")
@click.option("--licence", "--license", metavar="TEXT", help="On what terms it may be used.")
@click.option("--title", metavar="TEXT", help="What the data set is called in citations.")
@click.option(
    "--reliability",
    type=click.Choice(["A", "B", "C", "D", "E", "F"]),
    help="How reliable you hold the source (Admiralty); F, cannot be judged, unless given.",
)
@click.option(
    "--credibility",
    type=click.IntRange(1, 6),
    help="How credible you hold its claims (Admiralty). At 1 or 2 they can back edges; 6 unless given.",
)
@click.option(
    "--option",
    "-o",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the format; kg formats FORMAT lists them.",
)
@click.option("--mapping", type=FILE_PATH, metavar="FILE", help="For table: what its columns mean.")
@click.option("--init", is_flag=True, help="For table: print a mapping proposed for the file.")
@click.option("--dry-run", is_flag=True, help="Read and report, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@pass_session
def import_(
    session: Session,
    /,
    form: str,
    paths: tuple[Path, ...],
    mapping: Path | None,
    init: bool,
    dry_run: bool,
    as_json: bool,
    options: tuple[str, ...],
    **overrides: str | int | None,
) -> None:
    """Read another data set into the workspace, as claims of that data set.

    Each claim keeps the key of its record. Nothing of it becomes an edge unless you
    say how credible you hold it. The same edition again replaces itself; a newer one
    becomes current and the older stays as history.

    \b
    kg import stix enterprise-attack.json
    kg import ofac sdn.csv alt.csv add.csv --edition 2019-01-15
    kg import cow alliances.csv --dry-run
    kg import table --init notes.xlsx > map.yaml
    kg import table notes.xlsx --mapping map.yaml
    """
    import datetime

    from kg import importing

    given = dict(_pair(text) for text in options)
    if mapping is not None:
        given["mapping"] = str(mapping)
    if init:
        _propose(form, paths, given)
        return
    workspace = session.workspace
    if workspace is None and not dry_run:
        raise UsageError(
            "there is no workspace to import into",
            hint="kg init my-research && cd my-research; --dry-run needs none",
        )
    with _counting() as tick:
        done = importing.run(
            workspace if not dry_run else None,
            form,
            paths,
            overrides={k: v for k, v in overrides.items() if v is not None},
            options=given,
            imported_on=datetime.date.today().isoformat(),
            tick=tick,
        )
    if as_json:
        known = {"dataset": done.dataset.name, "edition": done.dataset.edition}
        put_json({**known, "dry_run": dry_run, **done.report.as_json()})
        return
    put("\n".join(done.report.lines()))
    if dry_run:
        say(f"nothing was kept: a dry run of {done.dataset.slug}")
    else:
        say(
            f"graph:{done.dataset.name} is in {workspace.folder if workspace else ''}; kg undo takes it back"
        )


def _propose(form: str, paths: tuple[Path, ...], options: dict[str, str]) -> None:
    if form != "table" or len(paths) != 1:
        raise UsageError("--init is for one table", hint="kg import table --init notes.xlsx")
    from kg.importing.tables.proposal import propose

    put(propose(paths[0], encoding=options.get("encoding", "")).rstrip("\n"))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"-o {text}: no NAME=VALUE", hint="for example -o encoding=windows-1252")
    return name, value


class _counting:  # noqa: N801  a context manager used like a function
    """Show on a terminal how many records were read; elsewhere say nothing."""

    def __enter__(self) -> Callable[[], object]:
        import time

        self._shown = interactive()
        self._count = 0
        self._next = time.monotonic() + 0.5

        def tick() -> None:
            self._count += 1
            if self._shown and not self._count % 256 and time.monotonic() > self._next:
                self._next = time.monotonic() + 0.2
                click.echo(f"\r{self._count:,} records", err=True, nl=False)

        return tick

    def __exit__(self, *_: object) -> None:
        if self._shown and self._count > 255:
            click.echo("\r\033[K", err=True, nl=False)
