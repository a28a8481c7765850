"""Parties of sanctions lists as claims: names, addresses, papers, designations, ties.

What OFAC, the United Nations and the United Kingdom say of a listed party is the same
in kind; their importers differ in how they read it, and meet here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.claims import Kind
from kg.dates import period
from kg.importing.places import Places
from kg.importing.record import slug
from kg.importing.sink import Sink
from kg.vocab import ID, KG, XSD

PARSED = "parsed from the remarks"
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_WRITTEN = re.compile(r"(?:(?:(\d{1,2})\s+)?([A-Za-z]{3})[a-z]*\.?,?\s+)?(\d{4})")
_SLASHED = re.compile(r"(\d\d|dd)/(\d\d|mm)/(\d{4})")
_PRECISION = {4: "year", 7: "month", 10: "day"}


def iso_date(text: str) -> str:
    """Return a written date as ISO 8601 of its own precision; empty when it is none.

    >>> iso_date("24 Aug 1978"), iso_date("Aug 1978"), iso_date("dd/mm/1970")
    ('1978-08-24', '1978-08', '1970')
    >>> iso_date("in spring")
    ''
    """
    text = text.strip()
    if found := _SLASHED.fullmatch(text):
        day, month, year = found.groups()
        parts = [year] + ([month] if month.isdigit() else [])
        parts += [day] if len(parts) == 2 and day.isdigit() and day != "00" else []
        text = "-".join(parts)
    elif found := _WRITTEN.fullmatch(text):
        day, month, year = found.groups()
        if month and not (month := _MONTHS.get(month[:3].lower(), "")):
            return ""
        text = "-".join(filter(None, (year, month, day and day.zfill(2))))
    else:
        text = text[:10] if re.match(r"\d{4}-\d\d-\d\d(T|$)", text) else text
    return text if period(text) else ""


def day_or_none(text: str) -> str:
    """Return a written date as a day, or nothing when it is less exact than that."""
    found = iso_date(text)
    return found if len(found) == 10 else ""


def imo_is_valid(number: str) -> bool:
    """Return whether the last digit of an IMO ship number checks.

    It is the last digit of the sum of the first six times 7, 6, 5, 4, 3 and 2
    (https://en.wikipedia.org/wiki/IMO_number#Structure).

    >>> imo_is_valid("9361407"), imo_is_valid("9361408")
    (True, False)
    """
    digits = [int(d) for d in number]
    total = sum(d * f for d, f in zip(digits, range(7, 1, -1), strict=False))
    return len(digits) == 7 and total % 10 == digits[6]


def imo_company_is_valid(number: str) -> bool:
    """Return whether the last digit of an IMO company number checks.

    It is (11 minus the rest by 11 of the sum of the first six times 8, 6, 4, 2, 9 and 7)
    by 10 (https://en.wikipedia.org/wiki/IMO_number#Structure). The weights differ from a
    ship's, so that a ship's number in a company's record is told from the company's own.

    >>> imo_company_is_valid("5342883"), imo_company_is_valid("9361407")
    (True, False)
    """
    if len(number) != 7:
        return False
    digits = [int(d) for d in number]
    total = sum(d * f for d, f in zip(digits, (8, 6, 4, 2, 9, 7), strict=False))
    return (11 - total % 11) % 10 == digits[6]


class Listing(NamedTuple):
    """One designation: under what, by whom, since when, with what effects."""

    regime: str
    regime_label: str
    authority: str = ""
    listed: str = ""
    ended: str = ""
    status: str = ""
    reference: str = ""
    effects: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    source: str = ""
    updated: tuple[str, ...] = ()
    stated_types: tuple[str, ...] = ()
    derived_from: str = ""


@dataclass(slots=True)
class List:
    """One sanctions list on its way into a sink: its name in statements, its authority."""

    sink: Sink
    title: str
    authority: str
    relayed: tuple[str, ...] = field(init=False)
    places: Places = field(init=False)
    _regimes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.places = Places(self.sink)
        # A list that its authority publishes speaks for itself.
        self.relayed = () if self.authority == self.sink.dataset.publisher else (self.authority,)

    def party(self, key: str, entity: str, label: str) -> Party:
        """Return one party of the list, by the key of its record, for claims about it."""
        return Party(self, key, entity, label)

    def regime(self, key: str, label: str) -> str:
        """Return the node of a regime or programme, described once."""
        iri = f"{ID}regime/{slug(key)}"
        if iri not in self._regimes:
            self._regimes.add(iri)
            self.sink.entity(iri, KG + "SanctionsRegime", label=label, language="en")
        return iri


def _precision(date: str) -> tuple[tuple[str, str], ...]:
    return ((KG + "datePrecision", KG + _PRECISION[len(date)]),) if len(date) in _PRECISION else ()


def text_extra(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, Literal]]:
    """Return texts as further properties of a claim, the empty ones left out."""
    return [(KG + name, Literal(text)) for name, text in pairs if text]


@dataclass(frozen=True, slots=True)
class Party:
    """A listed party: the record it stands in, its node, and what it is called."""

    of: List
    key: str
    entity: str
    label: str

    def text(
        self, predicate: str, text: str, what: str, *, key: str = "", method: str = "", extra: Iterable[tuple[str, Literal]] = (),
    ) -> None:  # fmt: skip
        """Claim a text about the party; ``what`` names it in the statement."""
        if text := " ".join(text.split()):
            shown = text if len(text) <= 60 else text[:57] + "…"
            self.of.sink.claim(
                key or self.key,
                self.entity,
                KG + predicate,
                Literal(text),
                f"{self.of.title} gives {self.label} the {what} {shown.rstrip('.')}.",
                check_method=method,
                extra=extra,
                original_holders=self.of.relayed,
            )

    def link(
        self, predicate: str, other: str, words: str, *, key: str = "", method: str = "",
        discriminator: str = "", extra: Iterable[tuple[str, str | Literal]] = (),
    ) -> None:  # fmt: skip
        """Claim a relation of the party to another node; ``words`` complete the statement."""
        self.of.sink.claim(
            key or self.key,
            self.entity,
            KG + predicate,
            other,
            f"{self.of.title} says that {self.label} {words}.",
            check_method=method,
            discriminator=discriminator,
            extra=extra,
            original_holders=self.of.relayed,
        )

    def alias(
        self, name: str, sort: str, quality: str, *, key: str = "", method: str = "",
        language: str = "", note: str = "", given: str = "",
    ) -> None:  # fmt: skip
        """Claim another name. A weak one only helps to find the party, and names it nowhere."""
        name = " ".join(name.split()).strip('"“”')
        if not name:
            return
        weak = quality == "weak"
        names = ((name, language),)
        self.of.sink.entity(
            self.entity, aliases=() if weak else names, hidden=names if weak else ()
        )
        extra = text_extra(
            (("aliasType", sort), ("aliasQuality", quality), ("givenName", given), ("remark", note))
        )
        self.text("alias", name, "other name", key=key, method=method, extra=extra)

    def address(self, parts: Iterable[str], country: str, *, key: str = "", note: str = "") -> None:
        """Claim an address, and the country it is in by the name the list writes."""
        lines = [" ".join(part.split()) for part in parts]
        country = " ".join(country.split())
        whole = ", ".join(filter(None, (*lines, country)))
        self.text("address", whole, "address", key=key, extra=text_extra((("remark", note),)))
        if country:
            self.country("basedIn", country, "has an address in", key=key)

    def country(
        self, predicate: str, name: str, words: str, *, key: str = "", method: str = ""
    ) -> None:
        """Claim a relation to a country by the name the list writes."""
        if name := " ".join(name.split()):
            place = self.of.places.named(name, self.key)
            self.link(
                predicate,
                place,
                f"{words} {name}",
                key=key,
                method=method,
                extra=text_extra((("remark", f"written {name}"),)),
            )

    def birth(self, text: str, *, until: str = "", circa: bool = False, method: str = "") -> bool:
        """Claim a birth date as exactly as it is written; False when it is none."""
        first, _, last = text.partition(" to ")
        begins, ends = iso_date(first), iso_date(until or last)
        if not begins or ((until or last) and not ends):
            return False
        whole = f"{begins}/{ends}" if ends else begins
        exact = len(whole) == 10
        value = Literal(whole, datatype=NamedNode(XSD + "date")) if exact else Literal(whole)
        self.of.sink.claim(
            self.key,
            self.entity,
            KG + "birthDate",
            value,
            f"{self.of.title} gives {self.label} the birth date {whole}.",
            check_method=method,
            hedges=("circa",) if circa else (),
            extra=_precision(whole) if not ends else (),
            original_holders=self.of.relayed,
        )
        return True

    def identifier(
        self, scheme: str, value: str, *, note: str = "", method: str = "stated in the record", valid_from: str = "", valid_to: str = "",
    ) -> None:  # fmt: skip
        """Claim an identifier; an IMO ship number whose check digit is wrong is noted."""
        if scheme == "imo" and re.fullmatch(r"\d{7}", value) and not imo_is_valid(value):
            self.of.sink.note("an IMO number with a wrong check digit", f"{self.key}: {value}")
            note = "; ".join(filter(None, (note, "the check digit is wrong")))
        self.of.sink.identifier(
            self.key,
            self.entity,
            scheme,
            value,
            method=method,
            note=note,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    def company_number(self, value: str, *, method: str = "stated in the record") -> None:
        """Claim the IMO number of a company; one that does not check may be a ship's, and joins nothing."""
        if imo_company_is_valid(value):
            self.identifier("imo-company", value, method=method)
        else:
            self.identifier(
                "registration", f"IMO {value}", method=method, note="no valid IMO company number"
            )

    def designation(self, listing: Listing) -> None:
        """Claim that the party is designated under a regime or programme."""
        authority = listing.authority or self.of.authority
        texts = [
            ("referenceNumber", listing.reference),
            ("recordStatus", listing.status),
            *(("sanctionEffect", effect) for effect in listing.effects),
            *(("measureImposed", measure) for measure in listing.measures),
            ("designationSource", listing.source),
            *(("statedType", stated) for stated in listing.stated_types),
        ]
        extra: list[tuple[str, str | Literal]] = list(text_extra(texts))
        date = NamedNode(XSD + "date")
        extra += [(KG + "lastUpdated", Literal(day, datatype=date)) for day in listing.updated]
        if listing.derived_from:
            extra.append(("http://www.w3.org/ns/prov#wasDerivedFrom", listing.derived_from))
        since = f" since {listing.listed}" if listing.listed else ""
        self.of.sink.claim(
            self.key,
            self.entity,
            KG + "designatedUnder",
            listing.regime,
            f"{self.of.title} lists {self.label} under {listing.regime_label}{since}.",
            valid_from=listing.listed,
            valid_to=listing.ended,
            valid_precision="day" if listing.listed else "",
            # A list says who is on it on its day; of later days it says nothing.
            covered_to="" if listing.ended else day_or_none(self.of.sink.dataset.edition),
            original_holders=(authority,),
            extra=extra,
        )

    def reason(self, text: str, authority: str = "") -> None:
        """Keep why the authority says it lists the party: its words, as its judgement."""
        if text := " ".join(text.split()):
            self.of.sink.claim(
                self.key,
                self.entity,
                KG + "designationReason",
                Literal(text),
                f"{self.of.title} gives a reason for listing {self.label}.",
                kind=Kind.ASCRIPTION,
                original_holders=(authority or self.of.authority,),
            )
