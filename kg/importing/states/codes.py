"""State codes in tables of other data sets: who held one when, what it is called, spells of years.

A table has a row for each year; what it says is a spell. A code that changed hands
in the middle of one makes a claim for each holder, with one record key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.dates import period
from kg.errors import RefusedError
from kg.identity import BEGAN, Held, changed_hands, own_names
from kg.importing.reading import columns_of
from kg.importing.sink import Sink


def day(year: str, month: str = "", date: str = "", *, last: bool = False) -> tuple[str, str]:
    """Return a day of a year, and how exactly it is known; two empty texts for no date.

    Parts that are missing, or 0, widen the precision; ``last`` asks for the last day
    that the rest may stand for, else the first.

    >>> day("1961", "7", "6")
    ('1961-07-06', 'day')
    >>> day("1961", "2", last=True)
    ('1961-02-28', 'month')
    """
    if not year.isdecimal() or int(year) == 0:
        return "", ""
    text, precision = f"{int(year):04}", "year"
    if month.isdecimal() and 1 <= int(month) <= 12:
        text, precision = f"{text}-{int(month):02}", "month"
        if date.isdecimal() and int(date):
            full = f"{text}-{int(date):02}"
            if period(full):
                text, precision = full, "day"
    found = period(text)
    if found is None:
        return "", ""
    return (found.last if last else found.first), precision


def coarser(*precisions: str) -> str:
    """Return the least exact of some precisions; empty when there is none.

    >>> coarser("day", "year", "")
    'year'
    """
    return next((p for p in ("year", "month", "day") if p in precisions), "")


def by_layout(
    paths: Sequence[Path], layout: Callable[[frozenset[str]], str], otherwise: str
) -> dict[str, list[Path]]:
    """Return the tables by the layout that their columns show; RefusedError for one of none.

    ``otherwise`` says what such a table is not.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        columns = columns_of(path)
        if not (name := layout(columns)):
            raise RefusedError(
                otherwise,
                path=path,
                line=1,
                hint="its columns are " + ", ".join(sorted(columns)[:20]),
            )
        found[name].append(path)
    return found


class Spell(NamedTuple):
    """The first and the last of years that follow each other."""

    first: int
    last: int


def spells(years: Iterable[int]) -> list[Spell]:
    """Return years as spells: those that follow each other are one.

    >>> spells([1999, 1945, 1946, 1947])
    [Spell(first=1945, last=1947), Spell(first=1999, last=1999)]
    """
    found: list[Spell] = []
    for year in sorted(set(years)):
        if found and found[-1].last == year - 1:
            found[-1] = Spell(found[-1].first, year)
        else:
            found.append(Spell(year, year))
    return found


class States:
    """The states of a data set by its codes, each with a name where one is known.

    A name comes from the files, or from our own actor that the code is linked to; a
    code that neither names stays a code.
    """

    def __init__(self, sink: Sink, kind: str, scheme: str) -> None:
        self._sink = sink
        self._kind = kind
        self._scheme = scheme
        self._names: dict[str, str] = {}

    def learn(self, code: str, name: str) -> None:
        """Remember what the files call a state; of several names the first in order."""
        if code and name:
            known = self._names.get(code)
            self._names[code] = min(name, known) if known else name

    def name(self, code: str, holder: Held | None = None) -> str:
        """Return what a state is called; where the code changed hands, what its holder was called."""
        if holder is not None and (passed := changed_hands().get((self._scheme, code))):
            if holder.last and holder.last < BEGAN.get(passed[0].entity, ""):
                return self._names.get(code) or f"whoever held number {code} before"
            for held in passed:
                if self._days(holder.first, holder.last, held):
                    return own_names()[held.entity]
        return self._names.get(code) or self._own(code) or f"state {code}"

    @staticmethod
    def _days(first: str, last: str, held: Held) -> bool:
        return not (last and held.first and last < held.first) and not (
            first and held.last and first > held.last
        )

    def _own(self, code: str) -> str:
        return own_names().get(f"{self._scheme} {code}", "")

    def held(self, code: str, first: str = "", last: str = "") -> tuple[Held, ...]:
        """Return the nodes of who held a code in a span of days, with their parts of it."""
        label = self._names.get(code) or self._own(code)
        # The identifier's record is the state itself, not the row that happened to come first.
        return self._sink.coded(
            f"state {code}",
            self._kind,
            self._scheme,
            code,
            first=first,
            last=last,
            label=label,
            language="en",
        )

    def pairs(
        self, one: str, other: str, first: str = "", last: str = ""
    ) -> Iterator[tuple[Held, Held]]:
        """Yield the holders of two codes that held them at the same time, with that time."""
        for a in self.held(one, first, last):
            for b in self.held(other, a.first, a.last):
                yield Held(a.entity, b.first, b.last), b
