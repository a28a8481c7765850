"""Weigh statements: timeline, contested, corroboration, single-origin, unsourced, hedged-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kg.cli.choosing import Chosen, chooses, prints
from kg.cli.common import Session, pass_session
from kg.cli.measures import some
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.analysis import Answer

_ABOUT = click.option("--about", metavar="NAME", help="Only what concerns this thing or claim.")


@click.command()
@click.option("--about", metavar="NAME", help="What this actor has a part in, or of this thing.")
@click.option("--from", "since", metavar="DATE", help="Not before (2024, 2024-11 or 2024-11-10).")
@click.option("--to", "until", metavar="DATE", help="Not after.")
@click.option("--undated", is_flag=True, help="List what has no date, too.")
@pass_session
@chooses(None)
@prints
def timeline(
    session: Session,
    chosen: Chosen,
    about: str | None,
    since: str | None,
    until: str | None,
    undated: bool,
) -> Answer:
    """List what is dated in order, as exactly as it is known, with rival dates.

    \b
    kg timeline --about agreement:russia-dprk-treaty-2024
    kg timeline --about DPRK --from 2024-06 --to 2024-12 --cite
    """
    from kg.analysis.timeline import timeline as work_out

    found = work_out(
        session.store,
        chosen.selection(),
        about=session.resolve(about) if about is not None else "",
        since=since or "",
        until=until or "",
        undated=undated,
        facts_only=chosen.include_hedged is False,
    )
    return some(
        found,
        _among(found, "nothing is dated here"),
        "--undated lists what has no date"
        if found.figures["undated"] and not undated
        else "widen --from and --to, or ask about something else",
    )


@click.command()
@_ABOUT
@pass_session
@chooses(None)
@prints
def contested(session: Session, chosen: Chosen, about: str | None) -> Answer:
    """Put side by side what sources disagree on; no verdict.

    \b
    kg contested --cite
    kg contested --about event:dprk-ratification-2024
    """
    from kg.analysis import standing

    return _weighed(session, chosen, about, standing.contested, "nothing is in dispute")


@click.command()
@click.argument("name", required=False)
@pass_session
@chooses(None)
@prints
def corroboration(session: Session, chosen: Chosen, name: str | None) -> Answer:
    """Count the independent origins behind each statement, about NAME or all.

    \b
    kg analyze corroboration agreement:russia-dprk-treaty-2024 --cite
    kg analyze corroboration claim:bipss-079
    """
    from kg.analysis import standing

    return _weighed(session, chosen, name, standing.corroboration, "nothing is said")


@click.command("single-origin")
@_ABOUT
@pass_session
@chooses(None)
@prints
def single_origin(session: Session, chosen: Chosen, about: str | None) -> Answer:
    """List what rests on one independent origin, however many documents carry it.

    \b
    kg analyze single-origin --about agreement:russia-dprk-treaty-2024
    """
    from kg.analysis import standing

    return _weighed(session, chosen, about, standing.single_origin, "nothing rests on one origin")


@click.command()
@_ABOUT
@pass_session
@chooses(None)
@prints
def unsourced(session: Session, chosen: Chosen, about: str | None) -> Answer:
    """List what cannot be followed to anybody, in part or as a whole.

    \b
    kg analyze unsourced --cite
    """
    from kg.analysis import standing

    return _weighed(session, chosen, about, standing.unsourced, "all of it leads to somebody")


@click.command("hedged-only")
@_ABOUT
@pass_session
@chooses(None)
@prints
def hedged_only(session: Session, chosen: Chosen, about: str | None) -> Answer:
    """List what nobody puts flatly, with the words that hedge it.

    \b
    kg analyze hedged-only --about event:deployment-2024
    """
    from kg.analysis import standing

    if chosen.include_hedged is False:
        raise UsageError("facts only and hedged only leave nothing", hint="leave --facts-only out")
    return _weighed(session, chosen, about, standing.hedged_only, "everything is put flatly")


def _weighed(
    session: Session,
    chosen: Chosen,
    about: str | None,
    measure: Callable[..., Answer],
    none: str,
) -> Answer:
    options: dict[str, Any] = {"about": session.resolve(about) if about is not None else ""}
    found = measure(
        session.store, chosen.selection(), facts_only=chosen.include_hedged is False, **options
    )
    return some(found, _among(found, none), "other filters, or another thing, may have some")


def _among(found: Answer, none: str) -> str:
    """Return what to say of an answer without rows: among which claims there is none."""
    if found.basis.startswith("0 claims"):  # then nothing can be said of them either way
        return "no claim takes part here"
    return f"{none}, among {found.basis.rstrip('.')}"
