"""What countries are called in English: from a name, a code or an adjective to the ISO code.

The names are those of ``country_names.tsv``, whose head says where they come from. A name
is matched whole, but for case, accents, punctuation, its article and a turn at its comma;
what only looks like one resolves to nothing. So does a name that two bear, unless it is
what we call one of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.importing.sink import Sink, node
from kg.names import fold
from kg.vocab import KG

#: "Korea (Democratic People's Republic of)": the way of official lists.
_BRACKETED = re.compile(r"(.+) \((.+ of)\)")
#: Names as short as codes are no names where a code is none: "CAR", "DRC".
_SHORT = 3


class Country(NamedTuple):
    """A country or territory, and what it is called.

    ``alpha2`` is empty for one that ISO 3166-1 does not have (any more), ``ftm`` is
    FollowTheMoney's code for it, ``state`` whether it is more than a territory.
    """

    alpha3: str
    alpha2: str
    label: str
    ftm: str
    state: bool


class _Table(NamedTuple):
    names: Mapping[str, Country]
    english: Mapping[str, Country]
    codes: Mapping[str, Country]
    numbers: Mapping[str, Country]
    ftm: Mapping[str, Country]
    adjectives: Mapping[str, Country]
    spoken: frozenset[str]


@cache
def _table() -> _Table:
    rows = _rows()
    said = {(row[0], kind): text for row in rows for kind, text in [row[2:4]]}
    countries: dict[str, Country] = {}
    for alpha3, alpha2, kind, label, _ in rows:
        if kind in ("state", "territory"):
            ftm = said.get((alpha3, "ftm"), "")
            countries[alpha3] = Country(alpha3, alpha2, label, ftm, kind == "state")
    names: dict[str, set[Country]] = defaultdict(set)
    english: dict[str, set[Country]] = defaultdict(set)
    adjectives: dict[str, set[Country]] = defaultdict(set)
    spoken = set()
    for alpha3, _, kind, text, sources in rows:
        if kind == "adjective":
            adjectives[text].add(countries[alpha3])
        elif kind in ("state", "territory", "name"):
            names[fold(text)].add(countries[alpha3])
            # The other source has names in other languages, too, and "Island" and "Online".
            if sources != "rigour":
                english[fold(text)].add(countries[alpha3])
                spoken.add(text)
    labels = {fold(c.label): c for c in countries.values()}
    return _Table(
        _of_one(names) | labels,
        _of_one(english) | {key: c for key, c in labels.items() if key in english},
        {code: c for c in countries.values() if c.alpha2 for code in (c.alpha3, c.alpha2)},
        {text: countries[alpha3] for alpha3, _, kind, text, _ in rows if kind == "m49"},
        {c.ftm: c for c in countries.values() if c.ftm},
        _of_one(adjectives),
        frozenset(spoken),
    )


def _rows() -> list[list[str]]:
    text = Path(__file__).with_name("country_names.tsv").read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")][1:]


def _of_one(found: Mapping[str, set[Country]]) -> dict[str, Country]:
    return {text: next(iter(those)) for text, those in found.items() if len(those) == 1}


def named(text: str) -> Country | None:
    """Return the country that a list names in a field for countries; None when no table has it.

    A code is no name.

    >>> named("Korea, North").alpha3, named("Congo, Democratic Republic of the").alpha3
    ('PRK', 'COD')
    >>> named("Deutschland").alpha3, named("KN") is None
    ('DEU', True)
    """
    return _first(_table().names, text) if len(text.strip()) > _SHORT else None


def meant(text: str) -> Country | None:
    """Return the country that any text names in English, abbreviates or is the ISO 3166-1 code of.

    >>> meant("KN").label, meant("UAE").alpha3
    ('St. Kitts & Nevis', 'ARE')
    >>> meant("Sony Pictures Entertainment") is None, meant("Online") is None
    (True, True)
    """
    return coded(text.strip()) or _first(_table().english, text)


def _first(names: Mapping[str, Country], text: str) -> Country | None:
    return next((names[key] for key in _keys(text) if key in names), None)


def _keys(text: str) -> Iterator[str]:
    """Yield the ways in which a table may have a name: turned, as it is, without its article."""
    text = " ".join(text.split())
    turned = _BRACKETED.fullmatch(text)
    before, comma, after = text.rpartition(",")
    ways = [f"{turned[2]} {turned[1]}"] if turned else []
    ways += [text, *([f"{after} {before}"] if comma else [])]
    for key in map(fold, ways):
        yield from (key, key.removeprefix("the "), key.removesuffix(" the"))


def coded(code: str) -> Country | None:
    """Return the country of an ISO 3166-1 code of two or three letters; None for none."""
    return _table().codes.get(code)


def numbered(code: str) -> Country | None:
    """Return the country of a UN M49 number, which is its ISO 3166-1 number; None for a region."""
    return _table().numbers.get(code)


def of_ftm(code: str) -> Country | None:
    """Return the country of one of FollowTheMoney's codes (``ru``, ``suhh``); None for none."""
    return _table().ftm.get(code)


@cache
def mention() -> re.Pattern[str]:
    """Return the pattern of a country's name or adjective in running text, the longest first.

    Its groups are ``name`` and ``adjective``; the case counts, as in "Turkey".
    """

    def either(words: Iterable[str]) -> str:
        return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))

    table = _table()
    names = {name for name in table.spoken if len(name) > _SHORT}
    return re.compile(
        rf"\b(?:(?P<adjective>{either(table.adjectives)})|(?P<name>{either(names)}))(?!\w)"
    )


def of_mention(found: re.Match[str]) -> Country | None:
    """Return the country that a match of ``mention`` speaks of; None where the word is two's."""
    if adjective := found["adjective"]:
        return _table().adjectives.get(adjective)
    return meant(found["name"])


def describe(sink: Sink, country: Country) -> str:
    """Say in a data set what the country is and what it is called; return its node."""
    kind = "State" if country.state else "Territory"
    return sink.entity(
        node("country", country.alpha3), KG + kind, label=country.label, language="en"
    )


def put(sink: Sink, country: Country) -> str:
    """Describe the country in a data set that names it by code or name, with its codes."""
    entity = describe(sink, country)
    how = "the code, or the name by its ISO 3166-1 code, in the records"
    record = f"country-{country.alpha3}"
    sink.identifier(record, entity, "iso3166-1-alpha3", country.alpha3, method=how)
    sink.identifier(record, entity, "iso3166-1-alpha2", country.alpha2, method=how)
    return entity
