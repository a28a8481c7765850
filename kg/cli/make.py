"""Make files for others: view and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.choosing import Chosen, chooses
from kg.cli.common import (
    FILE_PATH,
    Session,
    columns,
    pass_session,
    put,
    put_file,
    put_json,
    say,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--to",
    "target",
    default="graph.html",
    show_default=True,
    metavar="FILE",
    help="Where to; - for stdout.",
)
@click.option("--about", metavar="NAME", help="Only this thing and what is around it.")
@click.option(
    "--depth",
    default=1,
    show_default=True,
    type=click.IntRange(1, 5),
    help="With --about: how far around.",
)
@click.option("--edges-only", is_flag=True, help="Leave hedged claims out altogether.")
@click.option("--title", help="Heading of the page.")
@click.option(
    "--sources",
    metavar="DIR",
    type=FILE_PATH,
    help="Show the passages themselves, from your local copies.",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@pass_session
def view(
    session: Session,
    target: str,
    about: str | None,
    depth: int,
    edges_only: bool,
    title: str | None,
    sources: Path | None,
    open_it: bool,
) -> None:
    """Draw the graph as one offline HTML page; click an edge to see who says so.

    \b
    kg view --to graph.html
    kg view --about DPRK --depth 2 --to dprk.html
    """
    from kg import view as page
    from kg.projection import around, project
    from kg.vocab import compress

    store = session.store
    projection = project(store, include_hedged=not edges_only)
    heading = title or "Gambit: claims and sources"
    if about is not None:
        iri = session.resolve(about)
        projection = around(projection, compress(iri), depth=depth)
        heading = title or f"{store.label(iri)}: claims and sources"
    texts = {}
    if sources is not None:
        from kg.verification import find_passages

        texts = {compress(i): f.text for i, f in find_passages(store, sources).found.items()}
    put_file(page.render(store, projection, title=heading, passage_texts=texts), target)
    say(projection.summary())
    if open_it and target != "-":
        from pathlib import Path

        if click.launch(str(Path(target).resolve())) == 0:
            return
        say("no browser could be opened; open the file yourself")


@click.command()
@click.argument("form", metavar="FORMAT", required=False)
@click.option("--to", "target", default="-", metavar="FILE", help="Where to; stdout unless given.")
@click.option("--list", "list_them", is_flag=True, help="List the formats and what each loses.")
@click.option("--json", "as_json", is_flag=True, help="With --list: as JSON.")
@chooses()
@pass_session
def export(
    session: Session,
    form: str | None,
    target: str,
    list_them: bool,
    as_json: bool,
    *,
    chosen: Chosen,
) -> None:
    """Write the graph in another format, and say what did not go along.

    \b
    kg export graphml --to graph.graphml
    kg export graphml --projection signed --exclude-source "Deutsche Welle" --to signed.graphml
    kg export jsonld > graph.jsonld
    kg export --list
    """
    from kg import formats

    if list_them or form is None:
        known = formats.FORMATS.values()
        if as_json:
            put_json(
                [
                    {
                        "name": f.name,
                        "suffix": f.suffix,
                        "media_type": f.media_type,
                        "loses": f.losses,
                    }
                    for f in known
                ]
            )
        else:
            put(columns([(f.name, f.suffix, f.losses or "loses nothing") for f in known]))
        return
    projection = chosen.project() if chosen.asked else None
    content, losses = formats.export(session.store, form, projection=projection)
    put_file(content, target)
    for line in losses.lines():
        say(line)
