"""Analyze signs: who is friend and foe of whom, and what changed between two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from kg.cli.choosing import Chosen, chooses, dataset_iri, prints
from kg.cli.common import Session, pass_session
from kg.errors import NoError, UsageError

if TYPE_CHECKING:
    from kg.analysis import Answer
    from kg.analysis.balance import Method


@click.command()
@click.option(
    "--actor",
    multiple=True,
    metavar="NAME",
    help="Only relations among these actors (three or more).",
)
@click.option(
    "--with",
    "containing",
    multiple=True,
    metavar="NAME",
    help="List only what has this actor in it; the figures stay those of the whole.",
)
@click.option("--open", "opened", is_flag=True, help="List triads that lack one side, too.")
@click.option(
    "--show",
    default="triads",
    show_default=True,
    type=click.Choice(("triads", "pairs", "camps")),
    help="What to list: triads, signed pairs, or the best division into two camps.",
)
@click.option(
    "--method",
    default="exact",
    show_default=True,
    type=click.Choice(("exact", "approximate", "none")),
    help="The frustration index: exact (refused when too large), bounds, or left out.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Where the search for bounds begins.",
)
@pass_session
@prints
@chooses("signed")
def balance(
    session: Session,
    chosen: Chosen,
    actor: tuple[str, ...],
    containing: tuple[str, ...],
    opened: bool,
    show: str,
    method: str,
    seed: int,
) -> Answer:
    """Say where friends and foes fit together, and where they do not.

    Three actors are in balance when the friend of a friend is a friend, and the foe of a
    foe, too. The frustration index counts the pairs that contradict the best division of
    all into two camps. Two who are friends and foes at once are shown with both sides.

    \b
    kg analyze balance --include-hedged
    kg analyze balance --actor Russia --actor DPRK --actor Ukraine --open
    kg analyze balance --show camps --cite
    """  # fmt: skip
    from kg.analysis import balance as measure
    from kg.vocab import compress

    if opened and show != "triads":
        raise UsageError("--open goes with --show triads", hint="leave one of them out")
    projection = chosen.project()
    among, wanted = (
        [compress(session.resolve(name)) for name in names] for names in (actor, containing)
    )
    how = cast("Method", method)
    if not measure.pairs(projection):
        raise NoError(
            "no two actors have a signed relation here",
            hint=f"{projection.name} has few or none: leave --projection out"
            if projection.name != "signed"
            else "fewer filters leave more"
            if projection.selection or chosen.include_hedged
            else "hedged claims take part with --include-hedged",
        )
    if show == "pairs":
        found = measure.relations(projection, among=among, containing=wanted, method=how, seed=seed)
    elif show == "camps":
        found = measure.camps(projection, among=among, containing=wanted, method=how, seed=seed)
    else:
        found = measure.balance(
            projection, among=among, containing=wanted, opened=opened, method=how, seed=seed
        )
    if wanted and not found.rows:
        what = "triad" if show == "triads" else "signed pair"
        raise NoError(
            f"no {what} here has {' and '.join(wanted)} in it",
            hint="--open lists those that lack a side" if what == "triad" and not opened else None,
        )
    return found


#: What ``compare`` can tell apart.
SORTS = ("actor", "as-of", "known-by", "dataset")


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--by",
    type=click.Choice(SORTS),
    help="What A and B are; else found out: two dates (as-of), two data sets, or two actors.",
)
@click.option(
    "--all",
    "unchanged",
    is_flag=True,
    help="List what is the same on both sides, too, and what no claim dates.",
)
@pass_session
@prints
@chooses("edges", query=False)
def compare(
    session: Session, chosen: Chosen, first: str, second: str, by: str | None, unchanged: bool
) -> Answer:
    """Say what differs between two actors, two dates or two data sets.

    Two actors: the relations each has to third ones: shared, only of one, of opposite
    sign. Two dates: what held at each (or, with --by known-by, what had been published):
    gained, lost, reversed in sign, softer or firmer. Two data sets: what only one has, or
    says otherwise. What cannot be told is unknown, with the reason.

    \b
    kg analyze compare ROK Japan
    kg analyze compare 2010 2024-12-31 --projection signed
    kg analyze compare 2024-11-01 2024-11-12 --by known-by --include-hedged
    """  # fmt: skip
    from kg.analysis import comparison
    from kg.vocab import compress

    sort = by or _sort(session, first, second)
    store, selection = session.store, chosen.selection()
    name, hedged = chosen.projection_name, chosen.include_hedged
    if sort == "actor":
        a, b = (compress(session.resolve(text)) for text in (first, second))
        return comparison.actors(store, a, b, name=name, selection=selection, include_hedged=hedged)
    if sort == "dataset":
        return comparison.datasets(
            store,
            dataset_iri(first),
            dataset_iri(second),
            name=name,
            selection=selection,
            include_hedged=hedged,
            unchanged=unchanged,
        )
    return comparison.dates(
        store,
        first,
        second,
        known=sort == "known-by",
        name=name,
        selection=selection,
        include_hedged=hedged,
        unchanged=unchanged,
    )


def _sort(session: Session, *texts: str) -> str:
    """Return what two texts name alike: dates first, then data sets, then actors."""
    from kg.dates import period

    dates = [period(text.strip()) is not None for text in texts]
    if all(dates):
        return "as-of"
    if any(dates):
        date, other = texts if dates[0] else reversed(texts)
        raise UsageError(
            f"{date} is a date, {other} is none",
            hint="dates are written YYYY, YYYY-MM or YYYY-MM-DD; --by actor compares things",
        )
    graphs = {graph.value for graph in session.store.graphs()}
    if all(dataset_iri(text) in graphs for text in texts):
        return "dataset"
    return "actor"
