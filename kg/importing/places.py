"""The countries that one import meets, by the names that lists write.

A name that the table has is the country's own node, with its ISO 3166-1 code, so that
everything in Russia is in one Russia. Any other name is a node of its own: counted as
unresolved, and left for ``kg link``.
"""

from __future__ import annotations

from kg.importing import country_names
from kg.importing.country_names import Country
from kg.importing.record import slug
from kg.importing.sink import Sink, node
from kg.vocab import KG


class Places:
    """The countries of one import, each described once, in the order they are met."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._known: dict[str, str] = {}

    def named(self, name: str, where: str = "") -> str:
        """Return the node of a country by the name a list writes."""
        name = " ".join(name.split())
        if not (iri := self._known.get(name)):
            found = country_names.named(name)
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
        found = country_names.of_ftm(code)
        kind = "State" if found and found.state else "Territory"
        self._sink.entity(iri, KG + kind, label=found.label if found else code, language="en")
        record = f"territory-{code}"
        self._sink.identifier(record, iri, "ftm", code)
        if found:
            method = "the territory's code, by a table of codes"
            self._sink.identifier(record, iri, "iso3166-1-alpha3", found.alpha3, method=method)
        return iri

    def _country(self, found: Country) -> str:
        iri = node("country", found.alpha3)
        if iri not in self._known.values():
            country_names.describe(self._sink, found)
            self._sink.identifier(
                f"country-{found.alpha3}",
                iri,
                "iso3166-1-alpha3",
                found.alpha3,
                method="the country's name, by a table of exact names",
            )
        return iri

    def _unknown(self, name: str) -> str:
        key = slug(name) or "unnamed"
        iri = node("coded", f"{self._sink.dataset.name}-place-{key}")
        return self._sink.entity(iri, KG + "Territory", label=name, language="en")
