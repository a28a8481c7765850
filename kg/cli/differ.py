"""What changed: diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.common import Session, clean, pass_session, put, put_json
from kg.errors import MissingError, UsageError

if TYPE_CHECKING:
    from kg.store import Store


@click.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How it is printed.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=None, help="How many of each sort; all unless given."
)
@pass_session
def diff(session: Session, before: str, after: str, form: str, limit: int | None) -> None:
    """Say what changed between two states of the data, claim by claim.

    A state is a Turtle file, a workspace's folder, a data set of the workspace (NAME, or
    NAME@EDITION for an earlier edition), or the word shipped. Exit code 1 when they
    differ, 0 when they do not.

    \b
    kg diff old.ttl new.ttl
    kg diff ofac-sdn@2019-01-15 ofac-sdn
    kg diff shipped . --format markdown
    """
    from kg import diff as comparing

    found = comparing.diff(_state(session, before), _state(session, after))
    if form == "json":
        put_json(comparing.plain(found))
    else:
        put(clean("\n".join(comparing.lines(found, limit=limit, markdown=form == "markdown"))))
    if found:
        raise click.exceptions.Exit(1)


def _state(session: Session, name: str) -> Store:
    """Return the store of a state that a person names."""
    from pathlib import Path

    from kg import files
    from kg.store import Store
    from kg.workspace import Workspace

    path = Path(name)
    if name == "shipped":
        return Store.open(ontology=session.ontology)
    if path.is_dir():
        if not (path / files.WORKSPACE).is_file():
            raise MissingError("is not a workspace", path=path, hint="name a file in it")
        return Workspace(path).open()
    if path.is_file():
        return Store.open(path, ontology=session.ontology)
    if session.workspace is not None:
        return session.workspace.edition(name)
    raise UsageError(
        f"{name} is no file, no workspace and no data set",
        hint="inside a workspace, NAME@EDITION names a data set of it",
    )
