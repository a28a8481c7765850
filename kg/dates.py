"""Dates that are known to the day, the month or the year, as the days they may stand for.

A date is never a point when its precision is not: ``2024`` is every day of that
year. Comparisons go by the bounds.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Literal, NamedTuple

from kg.errors import UsageError

#: Whether something held at a time: its dates may leave it open, or be missing.
Held = Literal["certain", "possible", "undated", "no"]

#: What stands for an open side of a period.
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"

_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:Z|[+-]\d\d:\d\d)?)?)?")


class Period(NamedTuple):
    """The first and the last day that a date may stand for, as ISO 8601 text."""

    first: str
    last: str


def previous_day(day: str) -> str:
    """Return the day before a day.

    >>> previous_day("1922-12-30")
    '1922-12-29'
    """
    return (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()


def period(text: str, precision: str = "") -> Period | None:
    """Return the days that a date may stand for, or None where there is no such date.

    ``text`` is a year, a month or a day; ``precision`` (day, month, year) widens a
    full date that is known less exactly than it is written, as ``kg:datePrecision``
    does.

    >>> period("2024-02")
    Period(first='2024-02-01', last='2024-02-29')
    >>> period("2024-01-01", "year")
    Period(first='2024-01-01', last='2024-12-31')
    >>> period("2024-02-30") is None
    True
    """
    found = _PARTIAL.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()
    if precision == "year":
        month = day = None
    elif precision == "month":
        day = None
    try:
        first = datetime.date(int(year), int(month or 1), int(day or 1))
        last = (
            first
            if day
            else first.replace(day=calendar.monthrange(first.year, first.month)[1])
            if month
            else first.replace(month=12, day=31)
        )
    except ValueError:
        return None
    return Period(first.isoformat(), last.isoformat())


def day(text: str) -> datetime.date | None:
    """Return the day that an ``xsd:date`` names, or None where there is none such."""
    found = period(text) if len(text) >= 10 else None
    return datetime.date.fromisoformat(found.first) if found else None


def asked(text: str, option: str) -> Period:
    """Return the days of a date that somebody typed; UsageError when it is none."""
    found = period(text.strip())
    if found is None:
        raise UsageError(f"{option} {text!r} is no date", hint="write YYYY, YYYY-MM or YYYY-MM-DD")
    return found


class Span(NamedTuple):
    """When something began and ended, each as far as it is known; None is not known.

    ``covered`` is the last time of which the source tells anything.
    """

    start: Period | None = None
    end: Period | None = None
    covered: Period | None = None

    def held(self, at: Period) -> Held:
        """Return whether it held at a time.

        ``no`` only where the bounds exclude it: the time is over before the earliest
        start, or begins after the latest end. Without an end it goes on; after what the
        source covers that is only possible. Without a beginning it may have begun at any
        time before its end.

        >>> treaty = Span(start=period("2024-12-04"))
        >>> treaty.held(period("2024-12-03")), treaty.held(period("2024-12"))
        ('no', 'possible')
        """
        if self.start is None and self.end is None:
            return "undated"
        if self.start and at.last < self.start.first:
            return "no"
        if self.end and at.first > self.end.last:
            return "no"
        begun = self.start is not None and at.first >= self.start.last
        lasting = self.end is None or at.last <= self.end.first
        if self.covered and at.last > self.covered.first:
            lasting = False
        return "certain" if begun and lasting else "possible"
