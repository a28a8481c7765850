"""Competing hypotheses: write the file to judge in, and say what the judgements come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.choosing import prints
from kg.cli.common import FILE_PATH, Session, pass_session, put_bytes, put_file, say
from kg.errors import MissingError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kg.analysis import Answer


@click.command()
@click.argument("file", required=False, type=FILE_PATH)
@click.option("--for", "about", metavar="NAME", help="The act or actor to explain.")
@click.option(
    "--init", metavar="FILE", type=FILE_PATH, help="Write a file to judge in; - for stdout."
)
@click.option(
    "--hypothesis",
    multiple=True,
    metavar="NAME",
    help="With --init: this node or claim, in place of the motives ascribed (repeatable).",
)
@click.option(
    "--reach",
    type=click.Choice(("near", "wide")),
    help="With --init: claims near the act (the default), or all about its actors, too.",
)
@click.option("--update", is_flag=True, help="Bring the file up to date; what you marked stays.")
@click.option("--overwrite", is_flag=True, help="With --init: in place of a file that is there.")
@click.option("--matrix", is_flag=True, help="Print the matrix instead of the ranking.")
@click.option(
    "--sensitivity", is_flag=True, help="Print what changes the ranking when it is left out."
)
@click.option(
    "--to", "target", metavar="FILE", help="Write everything as one HTML page; - for stdout."
)
@pass_session
@prints
def ach(
    session: Session,
    file: Path | None,
    about: str | None,
    init: Path | None,
    hypothesis: tuple[str, ...],
    reach: str | None,
    update: bool,
    overwrite: bool,
    matrix: bool,
    sensitivity: bool,
    target: str | None,
) -> Answer:
    """Weigh competing hypotheses: what speaks against each, least first.

    First write the file, then mark in it how consistent each claim is with each
    hypothesis (CC, C, N, I, II, NA), then ask what that comes to.

    \b
    kg analyze ach --for event:deployment-2024 --init why.yaml
    kg analyze ach why.yaml
    kg analyze ach why.yaml --matrix --format csv
    kg analyze ach why.yaml --sensitivity
    kg analyze ach why.yaml --to why.html
    kg analyze ach why.yaml --update
    """  # fmt: skip
    if init is not None or update:
        if init is not None and file is not None:
            raise UsageError("--init names a second file", hint="leave one of them out")
        if matrix or sensitivity or target:
            raise UsageError(
                "one run writes the file, another says what it comes to",
                hint="leave --matrix, --sensitivity and --to for later",
            )
        place = init or file
        if place is None:
            raise UsageError("--update wants a file", hint="kg analyze ach FILE --update")
        _write(session, place, about, hypothesis, reach, update=update, overwrite=overwrite)
        click.get_current_context().exit()
    if file is None:
        raise UsageError(
            "no file of hypotheses", hint="kg analyze ach --for ACT --init FILE writes one"
        )
    if about or hypothesis or reach or overwrite:
        raise UsageError(
            "--for, --hypothesis, --reach and --overwrite go with --init", hint="add --init FILE"
        )
    if matrix + sensitivity + bool(target) > 1:
        raise UsageError(
            "--matrix, --sensitivity and --to are three answers", hint="ask for one at a time"
        )
    from kg.analysis.hypotheses import Analysis
    from kg.analysis.matrix_file import read

    found = Analysis(session.store, read(file)[0])
    if target:
        from kg.analysis.matrix_page import page

        put_file(page(found), target)
        click.get_current_context().exit()
    if matrix:
        return found.table()
    return found.sensitivity() if sensitivity else found.ranking()


def _write(
    session: Session,
    place: Path,
    about: str | None,
    hypothesis: tuple[str, ...],
    reach: str | None,
    *,
    update: bool,
    overwrite: bool,
) -> None:
    from kg import files
    from kg.analysis.hypotheses import gather
    from kg.analysis.matrix_file import read, write

    stdout = str(place) == "-"
    if update and (overwrite or stdout):
        raise UsageError("--update keeps a file", hint="name it, and leave --overwrite out")
    if not update and not about and not hypothesis:
        raise UsageError("nothing to explain", hint="name it: --for ACT, or --hypothesis twice")
    if not update and not overwrite and not stdout and place.exists():
        raise UsageError(
            f"{place} is there already",
            hint="--update keeps what you marked in it; --overwrite starts anew",
        )
    old, text = read(place) if update else (None, "")
    resolved = session.resolve(about) if about else ""
    if old and resolved and old.about:
        from kg.vocab import compress

        if compress(resolved) != old.about:
            raise UsageError(
                f"{place} is about {old.about}", hint="write another file for another question"
            )
    found = gather(
        session.store,
        resolved,
        [session.resolve(name) for name in hypothesis],
        reach=reach or (old.reach if old else "near"),
        old=old,
    )
    content = write(session.store, found.matrix, old=text)
    if stdout:
        put_bytes(content)
    else:
        if not place.parent.exists():
            raise MissingError("no such folder", path=place.parent, hint=f"mkdir -p {place.parent}")
        files.write_bytes(place, content)
    made = found.matrix
    said = f"{len(made.hypotheses)} hypotheses, {len(made.evidence)} rows of evidence"
    if old:
        rows = len(made.evidence) - len(old.evidence)
        more = len(made.hypotheses) - len(old.hypotheses)
        flagged = sum(bool(row.gone) for row in made.evidence)
        said += f" (new: {more} and {rows}; {flagged} rows with claims that are gone)"
    say(f"{'' if stdout else f'wrote {place}: '}{said}")
    for reason, count in sorted(found.left_out.items()):
        say(f"left out: {count} {reason}")
