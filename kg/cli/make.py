"""Make files for others: view and export."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import click

from kg.cli.choosing import Chosen, chooses
from kg.cli.common import (
    FILE_PATH,
    Session,
    as_json,
    columns,
    pass_session,
    put,
    put_file,
    put_files,
    put_json,
    say,
)
from kg.errors import NoError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.formats import Format
    from kg.projection import Projection

#: What kg view writes: a page, or a picture.
_PICTURES = ("html", "svg", "png")


@click.command()
@click.option(
    "--to",
    "target",
    metavar="FILE",
    help="Where to; - for stdout. graph.html, graph.svg or graph.png unless given.",
)
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(_PICTURES),
    help="A page, or a static picture; else as FILE ends, else a page.",
)
@click.option("--about", metavar="NAME", help="Only this thing and what is around it.")
@click.option(
    "--depth",
    default=1,
    show_default=True,
    type=click.IntRange(1, 5),
    help="With --about: how far around.",
)
@click.option(
    "--path",
    "ends",
    nargs=2,
    metavar="A B",
    help="Only the best chains between two things (kg path).",
)
@click.option(
    "-k", "count", default=3, show_default=True, type=click.IntRange(1, 50), help="So many chains."
)
@click.option(
    "--layout",
    default="force",
    show_default=True,
    type=click.Choice(("force", "bloc", "rings", "causal", "timeline")),
    help="Where things stand.",
)
@click.option(
    "--theme", default="auto", show_default=True, type=click.Choice(("auto", "light", "dark"))
)
@click.option("--title", help="Heading of the page.")
@click.option(
    "--sources",
    metavar="DIR",
    type=FILE_PATH,
    help="Show the passages themselves, from your local copies.",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@chooses("claims")
@pass_session
def view(
    session: Session,
    target: str | None,
    form: str | None,
    about: str | None,
    depth: int,
    ends: tuple[str, str] | None,
    count: int,
    layout: str,
    theme: str,
    title: str | None,
    sources: Path | None,
    open_it: bool,
    *,
    chosen: Chosen,
) -> None:
    """Draw the graph as one offline HTML page; click an edge to see who says so.

    Hedged claims are drawn apart from facts; --facts-only leaves them out.

    \b
    kg view --to graph.html
    kg view --about DPRK --depth 2 --to dprk.html
    kg view --path event:deployment-2024 condition:multi-theatre-confrontation --projection causal
    kg view --query relations-of -p actor=Russia --to russia.html
    kg view --format svg --projection actors --as-of 2024-12-31 --to actors.svg
    """
    from kg import view as page
    from kg.view.static import render_static

    if open_it and target == "-":
        raise UsageError("what went to stdout cannot be opened", hint="--to graph.html --open")
    form = form or next((f for f in _PICTURES if (target or "").endswith(f".{f}")), "html")
    target = target or f"graph.{form}"
    if form == "png" and target == "-" and sys.stdout.isatty():
        raise UsageError("a PNG is not for a terminal", hint="--to graph.png")
    store = session.store
    projection, heading, centre = _part(session, chosen, about, depth, ends, count)
    heading = title or heading
    if form != "html":
        if sources is not None:
            raise UsageError("passages are shown in pages only", hint="leave --sources out")
        content = render_static(
            store,
            projection,
            form="png" if form == "png" else "svg",
            title=heading,
            layout=layout,
            theme=theme,
            centre=centre,
            selection=projection.selection,
        )
    else:
        texts = {}
        if sources is not None:
            from kg.verification import find_passages
            from kg.vocab import compress

            texts = {compress(i): f.text for i, f in find_passages(store, sources).found.items()}
        content = page.render(
            store,
            projection,
            title=heading,
            passage_texts=texts,
            theme=cast("page.Theme", theme),
            layout=layout,
            centre=centre,
        )
    put_file(content, target)
    say(projection.summary())
    if open_it:
        _open(target)


def _part(
    session: Session,
    chosen: Chosen,
    about: str | None,
    depth: int,
    ends: tuple[str, str] | None,
    count: int,
) -> tuple[Projection, str, str]:
    """Return what is to be drawn, its heading, and the node in the middle if there is one."""
    from kg.analysis.paths import on_paths
    from kg.projection import around
    from kg.vocab import compress

    if about and ends:
        raise UsageError("--about and --path exclude each other", hint="leave one out")
    projection = chosen.project()
    label = session.store.label
    if about is not None:
        iri = session.resolve(about)
        part = around(projection, compress(iri), depth=depth)
        return part, f"{label(iri)}: claims and sources", compress(iri)
    if ends:
        a, b = (session.resolve(name) for name in ends)
        part = on_paths(projection, compress(a), compress(b), k=count)
        return part, f"From {label(a)} to {label(b)}", ""
    return projection, chosen.heading, ""


def _open(target: str) -> None:
    """Open a file in the browser, or say that none could be opened: the file is there anyway."""
    import os
    from pathlib import Path

    # Without a display the system's opener may start a browser for terminals, or fail
    # long after it was asked; a browser named in BROWSER may do without one.
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, displays)):
        say("no display here to open it on; open the file yourself")
    elif click.launch(str(Path(target).resolve())) != 0:
        say("no browser could be opened; open the file yourself")


@click.command()
@click.argument("form", metavar="FORMAT", required=False)
@click.option(
    "--to",
    "target",
    default="-",
    metavar="PATH",
    help="Where to; stdout unless given. Several files: a folder, or FILE.zip.",
)
@click.option("--report", metavar="FILE", help="Write what became of each claim, as JSON.")
@click.option(
    "--what",
    default="all",
    show_default=True,
    type=click.Choice(("edges", "claims", "all")),
    help="Edges with the claims behind them, claims alone, or both.",
)
@click.option(
    "--about", multiple=True, metavar="NAME", help="Only claims with this thing at an end."
)
@click.option(
    "--context",
    type=click.Choice(("inline", "url")),
    help="For jsonld: the context in the document, or its address.",
)
@click.option("--list", "list_them", is_flag=True, help="List the formats and what each loses.")
@click.option("--json", "as_json", is_flag=True, help="With --list: as JSON.")
@chooses()
@pass_session
def export(
    session: Session,
    form: str | None,
    target: str,
    report: str | None,
    what: str,
    about: tuple[str, ...],
    context: str | None,
    list_them: bool,
    as_json: bool,
    *,
    chosen: Chosen,
) -> None:
    """Write the graph in another format, and say what did not go along.

    \b
    kg export graphml --to graph.graphml
    kg export graphml --projection signed --exclude-source "Deutsche Welle" --to signed.graphml
    kg export trig --about "North Korea" --report losses.json --to dprk.trig
    kg export turtle --query motivations-of -p actor=DPRK > motives.ttl
    kg export --list
    """
    from kg import formats

    if list_them or form is None:
        _list_formats(as_json=as_json)
        return
    if report is not None and report == target:
        raise UsageError("--to and --report name one file", hint="give each its own")
    content, losses = formats.export(
        session.store,
        form,
        what=what,
        about=tuple(map(session.resolve, about)),
        options={"context": context} if context else {},
        **_asked(form, chosen, about),
    )
    put_files(content, target)
    if report is not None:
        put_file(losses.as_json().encode("utf-8"), report)
    for line in losses.lines():
        say(line)


def _asked(form: str, chosen: Chosen, about: tuple[str, ...]) -> dict[str, Any]:
    """Return what the options of a choice ask of ``kg.formats.export``."""
    from kg import formats
    from kg.projection import claims_of

    draws = formats.named(form, say).projected
    if not draws and chosen.include_hedged is not None:
        raise UsageError(
            f"{form} carries every claim with its modality",
            hint="--what edges for the claims that stand as facts",
        )
    if chosen.options.get("query") is None:
        if chosen.options.get("param"):
            raise UsageError("--param goes with --query", hint="--query NAME -p NAME=VALUE")
        return {
            "selection": chosen.selection(),
            "include_hedged": chosen.include_hedged,
            "drawing": chosen.projection_name,
        }
    if about:
        raise UsageError("--query and --about exclude each other", hint="leave one out")
    name, result = chosen.answer()
    claims = claims_of(chosen.session.store, result)
    if draws:
        return {"claims": claims, "projection": chosen.of_answer(name, result)}
    if not claims:
        raise NoError("the answer leads to no claim", hint=f"kg queries {name}")
    return {"claims": claims}


@click.command()
@click.argument("form", metavar="[FORMAT]", required=False)
@as_json
def formats(form: str | None, as_json: bool) -> None:
    """List the formats: what each reads and writes, and what it cannot carry.

    With a format, all that is known of it: what files it reads, and its options.

    \b
    kg formats
    kg formats stix
    kg formats --json
    """
    if form is None:
        _list_formats(as_json=as_json)
        return
    found = [one for one in _formats() if one["name"] == form]
    if not found:
        import difflib

        names = {str(one["name"]): None for one in _formats()}
        near = difflib.get_close_matches(form, names, n=1)
        raise UsageError(
            f"unknown format: {form}",
            hint=f"did you mean {near[0]}?" if near else "one of " + ", ".join(names),
        )
    if as_json:
        put_json(found)
        return
    put("\n\n".join("\n".join(_told(one)) for one in found))


def _told(one: Mapping[str, Any]) -> list[str]:
    """Return what is known of a format as lines for a terminal."""
    does, verb = ("export", "writes") if one["writes"] else ("import", "reads")
    lines = [f"kg {does} {one['name']}: {one['description']}"]
    files = one["files"] or one["suffix"] or "several files"
    lines.append(f"  {verb:<9}{files}")
    lines.append(f"  loses    {one['loses'] or 'nothing'}")
    sign = "-o " if verb == "reads" else "--"
    lines += [
        f"  {sign}{name}{'=' if sign == '-o ' else ' '}...  {what}"
        for name, what in one["options"].items()
    ]
    return lines


def _formats() -> list[dict[str, Any]]:
    from kg import formats

    importers = _importers()
    found = [_written(form, importers) for form in formats.known(say).values()]
    return found + [_read(name, importer) for name, importer in importers.items()]


def _list_formats(*, as_json: bool) -> None:
    found = _formats()
    if as_json:
        put_json(found)
        return
    put(
        columns(
            (
                str(one["name"]),
                str(one["suffix"]) or ("several files" if one["writes"] else ""),
                " and ".join(way for way in ("reads", "writes") if one[way]),
                str(one["loses"]) or "loses nothing",
            )
            for one in found
        )
    )


def _written(form: Format, importers: Mapping[str, object]) -> dict[str, Any]:
    return {
        "name": form.name,
        "suffix": form.suffix,
        "media_type": form.media_type,
        "description": form.description,
        "writes": True,
        "reads": form.reads in importers,
        "importer": form.reads if form.reads in importers else "",
        "files": "",
        "loses": form.losses,
        "options": {name: " or ".join(values) for name, values in form.options.items()},
    }


def _read(name: str, importer: object) -> dict[str, Any]:
    return {
        "name": name,
        "suffix": "",
        "media_type": "",
        "description": str(getattr(importer, "description", "")),
        "writes": False,
        "reads": True,
        "importer": name,
        "files": str(getattr(importer, "reads", "")),
        "loses": str(getattr(importer, "loses", "")),
        "options": dict(getattr(importer, "options", {})),
    }


def _importers() -> Mapping[str, object]:
    """Return what ``kg import`` reads with, by name; nothing where there is no importer."""
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("kg.importing") is None:
        return {}
    found: Mapping[str, object] = import_module("kg.importing").importers()
    return found
