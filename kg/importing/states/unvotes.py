"""Votes of the UN General Assembly: a roll call is an event, and each recorded vote a claim.

An absence is no abstention and makes no claim. A seat outlives its holder: what was
cast in Russia's before 26 December 1991 was the Soviet Union's vote, and Ukraine and
Belarus had seats of their own while they were Soviet republics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.dates import period
from kg.identity import changed_hands, own_holder
from kg.importing.reading import given, rows
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink, node
from kg.importing.states.codes import by_layout
from kg.vocab import DCTERMS, ID, KG, XSD

#: How votes are written: in words, or with the numbers of Voeten's data; 8 (absent) and
#: 9 (no member) are no votes.
_VOTES = {
    "yes": "votedFor", "1": "votedFor",
    "abstain": "abstainedOn", "2": "abstainedOn",
    "no": "votedAgainst", "3": "votedAgainst",
}  # fmt: skip
_NO_VOTES = frozenset({"", "8", "9", "absent", "not a member"})
_IN_WORDS = {"votedFor": "voted yes on", "votedAgainst": "voted no on", "abstainedOn": "abstained on"}  # fmt: skip

#: Seats that a Soviet republic held, and its last day: the members of the state system
#: by the same seats start the day after (COW State System Membership 2016, states 369 and 370).
_REPUBLICS = {"UA": "1991-12-25", "BY": "1991-12-25"}


class _Holder(NamedTuple):
    """Who held a seat to a day: node, name, and the code it had then, if any."""

    iri: str
    name: str
    code: str
    last: str


def _layout(columns: frozenset[str]) -> str:
    if {"rcid", "vote"} <= columns:
        return "votes"
    if {"rcid", "date"} <= columns:
        return "roll calls"
    if {"rcid", "issue"} <= columns:
        return "issues"
    return ""


def _dataset(_paths: Sequence[Path]) -> DataSet:
    return DataSet(
        name="un-votes",
        title="United Nations General Assembly Voting Data",
        publisher=ID + "actor/voeten-un-votes",
        publisher_name="Voeten, Strezhnev and Bailey, UN voting data",
        licence="citation of Voeten, Strezhnev and Bailey asked for",
        url="https://doi.org/10.7910/DVN/LEJUQZ",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    tables = by_layout(paths, _layout, "holds neither roll calls nor votes")
    calls: dict[str, tuple[str, str]] = {}
    for path in tables["roll calls"]:
        for line, row in rows(path):
            sink.read()
            _roll_call(sink, calls, row, line)
    for path in tables["issues"]:
        for _, row in rows(path):
            sink.read()
            if given(row, "rcid") in calls:
                sink.entity(
                    node("unvotes", given(row, "rcid")),
                    extra=((DCTERMS + "subject", Literal(given(row, "issue"))),),
                )
    seats = _Seats(sink)
    seen: dict[tuple[str, str], str] = {}
    for path in tables["votes"]:
        for line, row in rows(path):
            sink.read()
            _vote(sink, seats, calls, seen, row, line)


def _roll_call(
    sink: Sink, calls: dict[str, tuple[str, str]], row: Mapping[str, str], line: int
) -> None:
    key, day = given(row, "rcid"), given(row, "date")[:10]
    if not key or not day or not period(day):
        sink.skip("a roll call without number or date", f"line {line}")
        return
    symbol, short = given(row, "unres"), " ".join(given(row, "short").split())
    shown = f"roll call {key}" + (f" on {symbol}" if symbol else "")
    if key in calls and calls[key] != (day, shown):
        sink.skip("a roll call that an earlier row has with other words", key)
        return
    calls[key] = day, shown
    call = node("unvotes", key)
    extra: list[tuple[str, str | Literal]] = []
    if symbol:
        extra.append((KG + "documentSymbol", Literal(symbol)))
    if session := given(row, "session"):
        extra.append((KG + "assemblySession", Literal(session)))
    for column in ("amend", "para"):
        if given(row, column) == "1":
            what = {"amend": "on an amendment", "para": "on a paragraph"}[column]
            extra.append((DCTERMS + "type", Literal(what)))
    sink.entity(
        call,
        KG + "RollCall",
        label=f"UN General Assembly {shown}" + (f": {short}" if short else ""),
        language="en",
        definition=" ".join(given(row, "descr").split()),
        extra=extra,
    )
    sink.claim(
        key,
        call,
        KG + "date",
        Literal(day, datatype=NamedNode(XSD + "date")),
        f"The General Assembly held {shown} on {day}.",
    )


class _Seats:
    """The seats by their codes, and who held each on a day."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._known: dict[tuple[str, str], tuple[_Holder, ...]] = {}

    def holder(self, code: str, country: str, day: str) -> _Holder:
        """Return who cast what was cast in a seat on a day."""
        held = self._known.get((code, country)) or self._holders(code, country)
        self._known[code, country] = held
        return next(h for h in held if not h.last or (day and day <= h.last))

    def _holders(self, code: str, country: str) -> tuple[_Holder, ...]:
        now = _Holder(node("unvotes", f"state-{code or slug(country)}"), country, code, "")
        found = [*self._before(code, country), now]
        for holder in found:
            self._sink.entity(holder.iri, KG + "State", label=holder.name, language="en")
            if holder.code:
                self._sink.identifier(
                    f"seat {code}", holder.iri, "iso3166-1-alpha2", holder.code,
                    valid_to=holder.last, method="column country_code" if holder is now
                    else "who held the code before it changed hands",
                )  # fmt: skip
            elif not code:
                self._sink.note("a country without a code", country)
        return tuple(found)

    def _before(self, code: str, country: str) -> list[_Holder]:
        if last := _REPUBLICS.get(code):
            iri = node("unvotes", f"state-{code}-until-{last}")
            return [_Holder(iri, f"{country} (Soviet republic)", "", last)]
        ours = own_holder("iso3166-1-alpha2", code)
        for passed in changed_hands().values():
            for earlier, later in pairwise(passed):
                if ours and later.entity == ours.entity:
                    was = own_holder("iso3166-1-alpha2", entity=earlier.entity)
                    iri = node("unvotes", f"state-{code}-until-{earlier.last}")
                    return [_Holder(iri, was.name if was else f"{country} before {later.first}",
                                    was.value if was else "", earlier.last)]  # fmt: skip
        return []


def _vote(
    sink: Sink,
    seats: _Seats,
    calls: Mapping[str, tuple[str, str]],
    seen: dict[tuple[str, str], str],
    row: Mapping[str, str],
    line: int,
) -> None:
    key, vote = given(row, "rcid"), given(row, "vote").lower()
    country, code = given(row, "country", "Country", "countryname"), given(row, "country_code")
    if not code and country == "Namibia":
        code = "NA"  # which R writes for a missing value, too
    if not key or not (country or code):
        sink.skip("a vote without a roll call or a country", f"line {line}")
        return
    if vote in _NO_VOTES:
        sink.skip("no vote: absent, or not a member", f"line {line}")
        return
    if vote not in _VOTES:
        sink.skip("a vote that is neither yes, no nor abstention", f"line {line}")
        return
    seat = code or slug(country)
    predicate = _VOTES[vote]
    known = seen.setdefault((key, seat), predicate)
    if known != predicate:
        sink.note("two different votes of a seat in one roll call, both kept", f"{key} {seat}")
    day, shown = calls.get(key, ("", f"roll call {key}"))
    if not day:
        sink.unresolved("a vote in a roll call that is not in these files", key)
    holder = seats.holder(code, country or code, day)
    sink.claim(
        f"{key} {seat}",
        holder.iri,
        KG + predicate,
        node("unvotes", key),
        f"{holder.name} {_IN_WORDS[predicate]} {shown} of the UN General Assembly.",
        valid_from=day,
        valid_to=day,
        valid_precision="day" if day else "",
        note=f"Cast in the seat {seat}, which today is that of {country}." if holder.last else "",
        locator=f"roll call {key}, seat {seat}",
        extra=((KG + "seat", Literal(seat)),),
    )


IMPORTERS = {
    "unvotes": Importer(
        name="unvotes",
        description="votes of states in the UN General Assembly (roll calls and votes)",
        reads="CSV: un_roll_calls, un_votes and un_roll_call_issues of the package unvotes",
        loses="absences, which are no votes; whether a vote was called important",
        dataset=_dataset,
        read=_read,
        example="un_roll_calls.csv un_votes.csv",
    )
}
