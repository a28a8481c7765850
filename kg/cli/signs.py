"""Analyze signs: who is friend and foe of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from kg.cli.choosing import Chosen, chooses, prints
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
            hint="hedged claims take part with --include-hedged"
            if not chosen.include_hedged
            else "fewer filters leave more",
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
