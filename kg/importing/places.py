"""Countries by the names that lists write, through a table of exact names.

A name that the table has is the country's own node, with its ISO 3166-1 code, so that
everything in Russia is in one Russia. Any other name is a node of its own: counted as
unresolved, and left for ``kg link``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.importing.record import slug
from kg.importing.sink import Sink, node
from kg.names import fold
from kg.vocab import KG

_TABLE = Path(__file__).with_name("country_names.tsv")


class Country(NamedTuple):
    """A country or territory: its ISO 3166-1 alpha-3 and FollowTheMoney codes, our name for it."""

    code: str
    ftm: str
    label: str
    state: bool


@cache
def _names() -> tuple[Mapping[str, Country], Mapping[str, Country]]:
    """Return the countries by folded name, and by FollowTheMoney's code."""
    by_name: dict[str, Country] = {}
    by_code: dict[str, Country] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, ftm, kind, names = line.split("\t")
        first, *_ = listed = names.split(" | ")
        by_code[ftm] = Country(code, ftm, first, kind == "state")
        for name in listed:
            by_name[fold(name)] = by_code[ftm]
    return by_name, by_code


def country(name: str) -> Country | None:
    """Return the country that a name stands for; None when no table has it.

    A name may be turned round at its comma and may have its article. A code is no name.

    >>> country("Korea, North").code, country("Congo, Democratic Republic of the").code
    ('PRK', 'COD')
    >>> country("KN") is None
    True
    """
    before, comma, after = name.rpartition(",")
    turned = (f"{after} {before}",) if comma else ()
    table = _names()[0]
    for text in (name, *turned):
        key = fold(text)
        for tried in (key, key.removeprefix("the "), key.removesuffix(" the")):
            if found := table.get(tried):
                return found
    return None


class Places:
    """The countries of one import, each described once, in the order they are met."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._known: dict[str, str] = {}

    def named(self, name: str, where: str = "") -> str:
        """Return the node of a country by the name a list writes."""
        name = " ".join(name.split())
        if not (iri := self._known.get(name)):
            found = country(name)
            iri = self._known[name] = self._country(found) if found else self._unknown(name)
        if "/coded/" in iri:
            self._sink.unresolved("a country's name that no table has", f"{where}: {name}")
        return iri

    def territory(self, code: str) -> str:
        """Return the node of a country by FollowTheMoney's code for it (``ru``, ``eu``, ``suhh``)."""
        code = code.strip().lower()
        if iri := self._known.get(f"ftm {code}"):
            return iri
        iri = self._known[f"ftm {code}"] = node("territory", code)
        found = _names()[1].get(code)
        kind = "State" if found and found.state else "Territory"
        self._sink.entity(iri, KG + kind, label=found.label if found else code, language="en")
        record = f"territory-{code}"
        self._sink.identifier(record, iri, "ftm", code)
        if found:
            method = "the territory's code, by a table of codes"
            self._sink.identifier(record, iri, "iso3166-1-alpha3", found.code, method=method)
        return iri

    def _country(self, found: Country) -> str:
        iri = node("country", found.code)
        if iri not in self._known.values():
            self._sink.entity(
                iri,
                KG + ("State" if found.state else "Territory"),
                label=found.label,
                language="en",
            )
            self._sink.identifier(
                f"country-{found.code}",
                iri,
                "iso3166-1-alpha3",
                found.code,
                method="the country's name, by a table of exact names",
            )
        return iri

    def _unknown(self, name: str) -> str:
        key = slug(name) or "unnamed"
        iri = node("coded", f"{self._sink.dataset.name}-place-{key}")
        return self._sink.entity(iri, KG + "Territory", label=name, language="en")
