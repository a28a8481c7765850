"""What joins two things, and what is around one: path, neighbors, ego."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.choosing import Chosen, chooses, cited, prints, put_answer
from kg.cli.common import Session, as_json, clean, columns, pass_session, put, put_json, say
from kg.errors import NoError

if TYPE_CHECKING:
    from kg.analysis import Answer, Path, Step
    from kg.projection import Projection


def _no_way(chosen: Chosen, projection: Projection, otherwise: str) -> str:
    """Return what to try when nothing was found."""
    if chosen.options.get("query") is not None:
        return "the answer of the query holds no such link: kg query shows it"
    if projection.selection:
        return f"fewer filters: {projection.selection}"
    hedged = chosen.include_hedged or projection.name in ("claims", "causal", "sources")
    return otherwise if hedged else "hedged claims are not edges: try --include-hedged"


@click.command()
@click.argument("start")
@click.argument("goal")
@click.option(
    "-k", "count", default=3, show_default=True, type=click.IntRange(1, 50), help="So many paths."
)
@click.option(
    "--by",
    default="hops",
    show_default=True,
    type=click.Choice(("hops", "evidence")),
    help="Shortest first, or best founded first: by the softest step.",
)
@click.option(
    "--directed/--undirected",
    default=None,
    help="Follow edges only forwards; causal chains do unless told otherwise.",
)
@chooses()
@click.option("--cite", is_flag=True, help="Number the places behind each step.")
@click.option(
    "--format", "-f", "form", default="table", type=click.Choice(("table", "json", "csv"))
)
@as_json
@pass_session
def path(
    session: Session,
    start: str,
    goal: str,
    count: int,
    by: str,
    directed: bool | None,
    cite: bool,
    form: str,
    as_json: bool,
    *,
    chosen: Chosen,
) -> None:
    """Find the best chains between two things, each step with its claims.

    A chain is as firm as its softest step. That each step is claimed does not mean that
    anybody claims the whole.

    \b
    kg path DPRK Japan
    kg path DPRK Japan --by evidence --known-by 2024-11-10
    kg path event:deployment-2024 condition:multi-theatre-confrontation --projection causal
    """
    from kg import analysis
    from kg.analysis.paths import path_answer
    from kg.vocab import compress

    ends = compress(session.resolve(start)), compress(session.resolve(goal))
    projection = chosen.project()
    forwards = projection.name == "causal" if directed is None else directed
    found = analysis.paths(
        projection, *ends, k=count, directed=forwards, by="evidence" if by == "evidence" else "hops"
    )
    if not found:
        if as_json or form == "json":
            put_json([])
        raise NoError(
            f"no path from {ends[0]} to {ends[1]}",
            hint=_no_way(chosen, projection, "try --undirected" if forwards else "kg search NAME"),
        )
    answer = path_answer(projection, found)
    marks, lines = cited(session, answer) if cite else ([], [])
    if as_json or form == "json":
        put_json(_with_sources(found, marks, lines) if cite else [p.as_dict() for p in found])
    elif form == "csv":
        put_answer(session, answer, "csv")
    else:
        put(clean("\n".join(_told(found, marks, lines))))
        _say_basis(answer)


def _say_basis(answer: Answer) -> None:
    """Say what was left aside, and what the answer was worked out on: talk, not result."""
    for note in answer.notes:
        if not note.startswith("Path "):
            say(note)
    say(f"Worked out on {answer.basis}")


def _with_sources(found: list[Path], marks: list[str], lines: list[str]) -> dict[str, object]:
    left = iter(marks)
    paths = []
    for one in found:
        plain = one.as_dict()
        for hop in plain["hops"]:
            hop["marks"] = next(left)
        paths.append(plain)
    return {"paths": paths, "sources": lines}


def _told(found: list[Path], marks: list[str], lines: list[str]) -> list[str]:
    from kg.analysis.paths import told

    left = iter(marks)
    text: list[str] = []
    for number, one in enumerate(found, 1):
        text.append(f"Path {number}: {told(one)}")
        rows = [(*hop.cells(), next(left)) if marks else hop.cells() for hop in one.hops]
        text += [columns(rows, indent="  "), ""]
    return [*text, *lines]


@click.command()
@click.argument("name")
@click.option("--depth", default=1, show_default=True, type=click.IntRange(1, 5))
@chooses()
@click.option("--cite", is_flag=True, help="Number the places behind each link.")
@click.option(
    "--format", "-f", "form", default="table", type=click.Choice(("table", "json", "csv"))
)
@as_json
@pass_session
def neighbors(
    session: Session,
    name: str,
    depth: int,
    cite: bool,
    form: str,
    as_json: bool,
    *,
    chosen: Chosen,
) -> None:
    """List what a thing is linked to, each link with its claims.

    \b
    kg neighbors event:deployment-2024
    kg neighbors DPRK --include-hedged --depth 2
    kg neighbors Russia --projection actors --as-of 2024-12-31
    """
    from kg import analysis
    from kg.analysis.paths import neighbor_answer
    from kg.vocab import compress

    node = compress(session.resolve(name))
    projection = chosen.project()
    rows = analysis.neighbors(projection, node, depth=depth)
    if not rows:
        if as_json or form == "json":
            put_json([])
        kind = "edge" if projection.name == "edges" else "link"
        raise NoError(
            f"no {kind} leads from {node}",
            hint=_no_way(chosen, projection, f"kg show {node} lists what is said of it"),
        )
    answer = neighbor_answer(projection, rows)
    marks, lines = cited(session, answer) if cite else ([""] * len(rows), [])
    if as_json or form == "json":
        plain = [row.as_dict() for row in rows]
        if cite:
            links = [row | {"marks": mark} for row, mark in zip(plain, marks, strict=True)]
            put_json({"links": links, "sources": lines})
        else:
            put_json(plain)
    elif form == "csv":
        put_answer(session, answer, "csv")
    else:
        table = columns([_link(row, mark) for row, mark in zip(rows, marks, strict=True)])
        put(clean("\n".join([table, *([""] if lines else []), *lines])))
        _say_basis(answer)


def _link(row: Step, mark: str) -> tuple[str, ...]:
    return (
        str(row.distance),
        row.phrase,
        f"{row.label} ({row.neighbor})",
        "" if row.firmness == "fact" else row.firmness,
        " ".join(c.removeprefix("claim:") for c in row.claims),
        mark,
    )


@click.command()
@click.argument("name")
@click.option("--depth", default=1, show_default=True, type=click.IntRange(1, 5))
@chooses("actors")
@prints
@pass_session
def ego(session: Session, name: str, depth: int, *, chosen: Chosen) -> Answer:
    """Show what is within reach of a thing, and how closely it is knit.

    \b
    kg analyze ego DPRK
    kg analyze ego Russia --depth 2 --include-hedged
    """
    from kg import analysis
    from kg.vocab import compress

    return analysis.ego(chosen.project(), compress(session.resolve(name)), depth=depth)
