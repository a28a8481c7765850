"""Change: init, update, undo."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from kg.cli.common import FILE_PATH, Session, as_json, clean, pass_session, put, put_json, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.workspace import Change, Workspace


@click.command()
@click.argument("folder", type=FILE_PATH, default=".", metavar="[DIR]")
@click.option("--empty", is_flag=True, help="Begin without the shipped graph.")
def init(folder: Path, empty: bool) -> None:
    """Make a workspace: graphs, queries and judgements of your own, with undo.

    Commands run inside it, or in any folder below, work on it.

    \b
    kg init my-research
    cd my-research && kg info
    """
    from kg.workspace import Workspace

    made = Workspace.create(folder, shipped=not empty)
    say(f"{made.folder} is a workspace now; commands run inside it work on it")


@click.command()
@click.argument("file", metavar="FILE | -")
@click.option(
    "--graph", metavar="IRI", help="Where inserts without GRAPH go; the workspace's own graph."
)
@click.option("--no-validate", is_flag=True, help="Keep the outcome even if it has faults.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86_400, min_open=True),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Stop the engine after so long; nothing is kept then.",
)
@as_json
@pass_session
def update(
    session: Session,
    file: str,
    graph: str | None,
    no_validate: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Run a SPARQL Update on the workspace, whole or not at all.

    The outcome is validated before it is kept, and edges follow their claims.

    \b
    kg update changes.ru
    echo 'DELETE WHERE { claim:mine-7 ?p ?o }' | kg update -
    """
    from pathlib import Path

    from pyoxigraph import NamedNode

    from kg import files, workspace
    from kg.vocab import expand

    target = workspace.OWN_GRAPH
    if graph is not None:
        try:
            target = NamedNode(expand(graph) or graph)
        except ValueError:
            raise UsageError(f"{graph!r} is not an IRI", hint="for example graph:own") from None
    place = _workspace(session)
    content = sys.stdin.buffer.read() if file == "-" else files.read_raw(Path(file))
    files.check_text(content, Path("stdin" if file == "-" else file))
    change = place.update(
        content.decode("utf-8"),
        graph=target,
        validate=not no_validate,
        while_running=_bounded(timeout),
    )
    _report(change, as_json)


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """End this process when the engine takes longer, or at Ctrl-C: nothing else stops it."""
    import os
    import signal
    import threading

    def stop() -> None:
        say(f"error: stopped after {seconds:g} seconds; nothing was changed")
        say("hint: make its patterns narrower, or allow more: --timeout SECONDS")
        os._exit(3)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


@click.command()
@click.option("--list", "listing", is_flag=True, help="Only list the changes that can be undone.")
@as_json
@pass_session
def undo(session: Session, listing: bool, as_json: bool) -> None:
    """Take back the latest change of the workspace.

    \b
    kg undo --list
    kg undo
    """
    place = _workspace(session)
    if not listing:
        _report(place.undo(), as_json, "undone: ")
        return
    changes = place.changes()
    if as_json:
        put_json([change._asdict() for change in changes])
    else:
        put(clean("\n".join(map(str, changes)) or "no changes"))


def _workspace(session: Session) -> Workspace:
    if session.workspace is None:
        raise UsageError(
            "this folder is in no workspace", hint="kg init makes one, or name one: --workspace DIR"
        )
    return session.workspace


def _report(change: Change, as_json: bool, said: str = "") -> None:
    if as_json:
        put_json(change._asdict())
    else:
        put(clean(f"{said}{change}"))
