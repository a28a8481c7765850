"""Statements of Wikidata, whatever form they come in, and the claims they become.

A statement keeps its id, rank, qualifiers and references. Where one of our properties
means the same, the claim has ours and names Wikidata's (``kg:recordedPredicate``); any
other property stays Wikidata's own (``wdt:P39``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.claims import Polarity, Rank
from kg.dates import FIRST_DAY, Period, period
from kg.identity import is_standing
from kg.importing.lines import is_iri
from kg.importing.sink import Sink
from kg.store import Store
from kg.vocab import DCTERMS, KG, PREFIXES, RDF, SCHEMA, SKOS, XSD

WD, WDT, PQ, PR = PREFIXES["wd"], PREFIXES["wdt"], PREFIXES["pq"], PREFIXES["pr"]
REFERENCE, WIKIBASE = PREFIXES["wdref"], PREFIXES["wikibase"]
UNKNOWN, ANY, NONE = KG + "unknownValue", KG + "anyValue", KG + "noValue"
JULIAN = WD + "Q1985786"

#: Properties that mean what one of ours means.
OURS: Mapping[str, str] = {
    "P27": KG + "nationality",
    "P463": KG + "memberOf",
    "P530": KG + "diplomaticRelationsWith",
}
#: External-id properties, and the scheme of each.
SCHEMES: Mapping[str, str] = {
    "P297": "iso3166-1-alpha2",
    "P298": "iso3166-1-alpha3",
    "P299": "iso3166-1-numeric",
    "P458": "imo",
    "P901": "fips10-4",
    "P1566": "geonames",
    "P10632": "opensanctions",
}
_PADDED = {"P299": 3}
#: Classes (P31) that are one of ours.
CLASSES: Mapping[str, str] = {"Q5": KG + "Person"}
#: What the properties are called that nearly every file uses and none describes.
_PROPERTY_LABELS: Mapping[str, str] = {
    "P17": "country", "P27": "country of citizenship", "P31": "instance of", "P39": "position held",
    "P102": "member of political party", "P279": "subclass of", "P463": "member of",
    "P530": "diplomatic relation", "P569": "date of birth", "P570": "date of death",
    "P607": "conflict", "P710": "participant", "P856": "official website",
    "P1344": "participant of", "P1891": "signatory",
}  # fmt: skip
_START, _END, _POINT, _EARLIEST, _LATEST = "P580", "P582", "P585", "P1319", "P1326"
_STATED_IN, _ADDRESS, _TITLE = "P248", "P854", "P1476"
# The qualifiers that give the reason of a rank.
_WHY = {Rank.DEPRECATED: "P2241", Rank.PREFERRED: "P7452"}
_TIME = re.compile(r"([+-]?)(\d{1,16})-(\d\d)-(\d\d)(?:T[\d:.]+(?:Z|[+-]00:00)?)?")
_PRECISIONS = {9: "year", 10: "month"}
_COARSEST = ("year", "month", "day")


class Time(NamedTuple):
    """A point in time as Wikidata has it: the days it may be, and how exactly it is known.

    ``days`` is None outside the years 1 to 9999; ``precision`` is empty where it is
    coarser than a year. ``shown`` says no more than is known.
    """

    shown: str
    days: Period | None
    precision: str
    julian: bool = False

    @classmethod
    def read(cls, text: str, precision: int, *, julian: bool, converted: bool = False) -> Time:
        """Return the time of a timestamp such as ``+1991-00-00T00:00:00Z``.

        A timestamp is in the calendar it names; ``converted`` ones, as in RDF, are
        Gregorian already (https://www.wikidata.org/wiki/Help:Dates).

        >>> Time.read("+1991-01-01T00:00:00Z", 9, julian=False).days
        Period(first='1991-01-01', last='1991-12-31')
        >>> Time.read("+1917-10-25T00:00:00Z", 11, julian=True).shown
        '1917-11-07'
        """
        found = _TIME.fullmatch(text)
        if found is None:
            return cls(text, None, "", julian)
        sign, digits, month, day = found.groups()
        year = int(digits)
        if sign == "-" or not 1 <= year <= 9999:
            return cls(text.lstrip("+").partition("T")[0], None, "", julian)
        if precision < 9:
            span = 10 ** (9 - precision)
            first = year - year % span if precision == 8 else (year - 1) // span * span + 1
            last = min(first + span - 1, 9999)
            days = Period(f"{max(first, 1):04}-01-01", f"{last:04}-12-31")
            return cls(f"{days.first[:4]} to {days.last[:4]}", days, "", julian)
        name = _PRECISIONS.get(precision, "day")
        if month == "00" or (day == "00" and name == "day"):
            name = "year" if month == "00" else "month"
        shown = {"year": f"{year:04}", "month": f"{year:04}-{month}"}.get(
            name, f"{year:04}-{month}-{day}"
        )
        if julian and not converted and name == "day":
            shown = gregorian(year, int(month), int(day))
        return cls(shown, period(shown), name, julian)


def gregorian(year: int, month: int, day: int) -> str:
    """Return the Gregorian day of a Julian one, by way of the Julian day number.

    >>> gregorian(1917, 10, 25)
    '1917-11-07'
    """
    import datetime

    a = (14 - month) // 12
    y, m = year + 4800 - a, month + 12 * a - 3
    number = day + (153 * m + 2) // 5 + 365 * y + y // 4 - 32083
    ordinal = number - 1721425  # the day number of 0001-01-01 less one
    if not 1 <= ordinal <= datetime.date.max.toordinal():
        return FIRST_DAY
    return datetime.date.fromordinal(ordinal).isoformat()


class Value(NamedTuple):
    """The value of a statement or qualifier: a term, or ``UNKNOWN`` or ``NONE``."""

    term: str | Literal
    time: Time | None = None
    extra: tuple[tuple[str, str | Literal], ...] = ()

    @classmethod
    def of_time(cls, time: Time) -> Value:
        """Return the value that a time is; a date only where the day is known."""
        if time.precision == "day" and time.days:
            term = Literal(time.shown, datatype=NamedNode(XSD + "date"))
        else:
            term = Literal(time.shown)
        extra: tuple[tuple[str, str | Literal], ...] = ()
        if time.precision:
            extra = ((KG + "datePrecision", KG + time.precision),)
        if time.julian:
            extra += ((WIKIBASE + "timeCalendarModel", JULIAN),)
        return cls(term, time, extra)


@dataclass(slots=True)
class Statement:
    """One statement; ``record`` is its id. ``references`` are the hashes of its references."""

    record: str
    subject: str
    property: str
    value: Value
    rank: Rank = Rank.NORMAL
    qualifiers: list[tuple[str, Value]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


class Statements:
    """Turns statements into claims in a sink; ``labels`` are by id, of items and properties."""

    def __init__(self, sink: Sink, labels: Mapping[str, str]) -> None:
        self._sink = sink
        self._labels = labels
        self._nameless: set[str] = set()
        self._described: set[str] = set()

    def keep(self, found: Statement) -> None:
        """Keep one statement as a claim."""
        self._property(found.property)
        for name, _ in found.qualifiers:
            if name not in self._described:
                self._described.add(name)
                self._sink.entity(PQ + name, label=self.label(name) if name in self._labels else "")
        if found.property == "P31" and isinstance(found.value.term, str):
            kind = CLASSES.get(found.value.term.removeprefix(WD))
            if kind and found.rank is not Rank.DEPRECATED:
                self._sink.entity(WD + found.subject, kind)
        if not self._identifier(found):
            self._claim(found)

    def _identifier(self, found: Statement) -> bool:
        """Keep a statement that gives an identifier of a known scheme; False for any other."""
        value = found.value.term
        if found.property not in SCHEMES or not isinstance(value, Literal):
            return False
        text = value.value.removeprefix("IMO ").strip()
        text = text.zfill(_PADDED.get(found.property, 0)) if text.isdecimal() else text
        valid = self._validity(found)
        iri = self._sink.identifier(
            found.record,
            WD + found.subject,
            SCHEMES[found.property],
            text,
            valid_from=valid.first,
            valid_to=valid.last,
            valid_precision=valid.precision,
            rank=found.rank,
            rank_reason=self._reason(found),
            cited_sources=self._sources(found),
            method=f"statement of Wikidata, property {found.property}",
            extra=[(KG + "recordedPredicate", WDT + found.property), *self._extras(found, valid)],
        )
        return bool(iri)

    def _claim(self, found: Statement) -> None:
        term, ours = found.value.term, OURS.get(found.property)
        denied = term == NONE
        predicate = WDT + found.property
        extra: list[tuple[str, str | Literal]] = []
        # An unknown value may never become an edge, so that it keeps a property that is none.
        if ours and term != UNKNOWN:
            extra.append((KG + "recordedPredicate", predicate))
            predicate = ours
        if term in (UNKNOWN, NONE):
            extra.append((KG + "valueStatus", str(term)))
        valid = self._validity(found)
        self._sink.claim(
            found.record,
            WD + found.subject,
            predicate,
            ANY if denied else term,
            self._sentence(found),
            polarity=Polarity.NEGATED if denied else Polarity.AFFIRMATIVE,
            rank=found.rank,
            rank_reason=self._reason(found),
            valid_from=valid.first,
            valid_to=valid.last,
            valid_precision=valid.precision,
            cited_sources=self._sources(found),
            extra=[*extra, *found.value.extra, *self._extras(found, valid)],
        )

    def finish(self) -> None:
        """Report the ids that nothing in the files names."""
        for name in sorted(self._nameless):
            self._sink.unresolved("an id that nothing in the files names", name)

    def reference(self, name: str, snaks: Iterable[tuple[str, Value]]) -> str:
        """Describe a reference, by its hash, as a source that claims cite; return its IRI."""
        said: list[tuple[str, str | Literal]] = []
        titles, places, works = [], [], []
        for key, value in snaks:
            said.append((PR + key, value.term))
            text = value.term.value if isinstance(value.term, Literal) else ""
            if key == _ADDRESS and text:
                places.append(text)
            elif key == _TITLE and text:
                titles.append(text)
            elif key == _STATED_IN and isinstance(value.term, str):
                works.append(self.label(value.term.removeprefix(WD)))
        title = min(titles or works or places or [f"reference {name[:8]}"])
        said.append((DCTERMS + "title", Literal(title)))
        said += [(SCHEMA + "url", Literal(p, datatype=NamedNode(XSD + "anyURI"))) for p in places]
        return self._sink.entity(
            REFERENCE + name, KG + "SourceDocument", label=title, language="", extra=said
        )

    def label(self, name: str) -> str:
        """Return what an item or property is called; its id where nothing tells."""
        known = self._labels.get(name) or _PROPERTY_LABELS.get(name) or _known_here().get(name)
        if known is None:
            if name.startswith("Q"):
                self._nameless.add(name)
            return name
        return known

    def _property(self, name: str) -> None:
        if WDT + name in self._described:
            return
        self._described.add(WDT + name)
        label = self._labels.get(name) or _PROPERTY_LABELS.get(name, "")
        near = [(SKOS + "closeMatch", OURS[name])] if name in OURS else []
        self._sink.entity(
            WDT + name, RDF + "Property", label=label or name, language="en" if label else "",
            extra=near,
        )  # fmt: skip

    def _sentence(self, found: Statement) -> str:
        subject, named = self.label(found.subject), self.label(found.property)
        term = found.value.term
        if term == NONE:
            return f"{subject}: {named} has no value."
        if term == UNKNOWN:
            return f"{subject}: {named} has a value that is not known."
        if found.value.time:
            return f"{subject}: {named} {found.value.time.shown}."
        if isinstance(term, Literal):
            text = " ".join(term.value.split())
            return f"{subject}: {named} {text if len(text) < 120 else text[:119] + '…'}."
        return f"{subject}: {named} {self.label(term.removeprefix(WD))}."

    def _reason(self, found: Statement) -> str:
        if found.rank is Rank.NORMAL:
            return ""
        reasons = [
            self.label(value.term.removeprefix(WD))
            for name, value in found.qualifiers
            if name == _WHY[found.rank] and isinstance(value.term, str)
        ]
        stated = ", ".join(sorted(reasons)) or "no reason given"
        return f"{found.rank.capitalize()} in Wikidata: {stated}"

    def _sources(self, found: Statement) -> tuple[str, ...]:
        return tuple(REFERENCE + name for name in found.references)

    def _validity(self, found: Statement) -> _Validity:
        times: dict[str, list[Time]] = {}
        for name, value in found.qualifiers:
            if value.time and value.time.days:
                times.setdefault(name, []).append(value.time)
        valid = _validity(times)
        if valid.crossed:
            self._sink.note(
                "a statement that ends before it starts: its days are not used", found.record
            )
        if any(len(times.get(name, ())) > 1 for name in (_START, _END)):
            self._sink.note(
                "a statement with several starts or ends: from the first to the last", found.record
            )
        if any(t.julian for each in times.values() for t in each):
            self._sink.note("a date of the Julian calendar, given here as the Gregorian day")
        return valid

    def _extras(self, found: Statement, valid: _Validity) -> list[tuple[str, str | Literal]]:
        said: list[tuple[str, str | Literal]] = [(PQ + n, v.term) for n, v in found.qualifiers]
        day = NamedNode(XSD + "date")
        if valid.not_before:
            said.append((KG + "notBefore", Literal(valid.not_before, datatype=day)))
        if valid.not_after:
            said.append((KG + "notAfter", Literal(valid.not_after, datatype=day)))
        return said


class _Validity(NamedTuple):
    first: str = ""
    last: str = ""
    precision: str = ""
    not_before: str = ""
    not_after: str = ""
    crossed: bool = False


def _validity(times: Mapping[str, list[Time]]) -> _Validity:
    """Return when a statement holds, from its qualifiers that are times.

    What is known less exactly than to a year is a bound, not a day.
    """
    first = last = not_before = not_after = ""
    precisions = []
    if starts := times.get(_START) or times.get(_POINT):
        start = min(starts, key=lambda t: _days(t).first)
        if start.precision:
            first = _days(start).first
            precisions.append(start.precision)
        else:
            not_before = _days(start).first
    if ends := times.get(_END) or ((not times.get(_START) and times.get(_POINT)) or None):
        end = max(ends, key=lambda t: _days(t).last)
        if end.precision:
            last = _days(end).last
            precisions.append(end.precision)
        else:
            not_after = _days(end).last
    if earliest := times.get(_EARLIEST):
        not_before = max([not_before, *(_days(t).first for t in earliest)])
    if latest := times.get(_LATEST):
        bounds = [_days(t).last for t in latest]
        not_after = min([*bounds, not_after] if not_after else bounds)
    if first and last and first > last:
        return _Validity(not_before=not_before, not_after=not_after, crossed=True)
    precision = next((p for p in _COARSEST if p in precisions), "")
    return _Validity(first, last, precision, not_before, not_after)


def _days(time: Time) -> Period:
    assert time.days is not None
    return time.days


@cache
def _known_here() -> Mapping[str, str]:
    """Return what the shipped graph calls the things it has Wikidata ids of."""
    store = Store.open()
    return {
        str(claim.object).removeprefix(WD): store.label(claim.subject)
        for claim in store.claims.values()
        if claim.identity_scheme == "wikidata" and is_standing(claim)
    }


def safe_iri(text: str) -> str | Literal:
    """Return a text as an IRI where it is one, else as the literal it is."""
    return text if is_iri(text) else Literal(text)
