"""Identifiers: the schemes that give them, how their values look, and who held a code when.

A value without its scheme is no identifier: KN is North Korea in FIPS 10-4 and Saint
Kitts and Nevis in ISO 3166. A code may pass from one state to another, as COW number
365 did: who held it when is read from the identity links of the shipped graph.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from kg.claims import Claim, Polarity, Rank
from kg.dates import FIRST_DAY, LAST_DAY
from kg.errors import UsageError
from kg.store import Store
from kg.vocab import ID, OWL


class Scheme(NamedTuple):
    """One scheme of identifiers.

    ``joins``: a value stands for one thing at a time, so that two nodes which have it are
    one. ``single``: a thing has one value at a time, so that two values keep two things
    apart.
    """

    name: str
    label: str
    pattern: str = ".+"
    joins: bool = True
    single: bool = True


def _several(name: str, label: str, pattern: str = ".+") -> Scheme:
    """Return a scheme of which one thing may have several values."""
    return Scheme(name, label, pattern, single=False)


def _hint(name: str, label: str, pattern: str = ".+") -> Scheme:
    """Return a scheme whose values several things may share: they join nothing."""
    return Scheme(name, label, pattern, joins=False, single=False)


#: Every scheme by name, those that join most surely first.
SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("wikidata", "Wikidata", r"http://www\.wikidata\.org/entity/Q[1-9]\d*"),
        Scheme("iso3166-1-alpha3", "ISO 3166-1 alpha-3", r"[A-Z]{3}"),
        Scheme("iso3166-1-alpha2", "ISO 3166-1 alpha-2", r"[A-Z]{2}"),
        Scheme("iso3166-1-numeric", "ISO 3166-1 numeric", r"\d{3}"),
        Scheme("iso3166-3", "ISO 3166-3 (former names)", r"[A-Z]{4}"),
        Scheme("m49", "UN M49", r"\d{3}"),
        Scheme("cow-number", "Correlates of War number", r"\d{1,3}"),
        Scheme("cow-abbrev", "Correlates of War letters", r"[A-Z]{3}"),
        Scheme("gw-number", "Gleditsch-Ward number", r"\d{1,4}"),
        Scheme("fips10-4", "FIPS 10-4", r"[A-Z]{2}"),
        Scheme("ftm", "FollowTheMoney territory", r"[a-z]{2,4}(_[a-z0-9]+)?"),
        Scheme("cameo", "CAMEO actor code", r"[A-Z]{3,12}"),
        Scheme("un-sanctions", "UN sanctions list", r"[A-Z][A-Za-z]{1,3}\.\d{3,}"),
        Scheme("imo", "IMO ship number", r"\d{7}"),
        Scheme("imo-company", "IMO company number", r"\d{7}"),
        Scheme("uk-sanctions", "UK sanctions list", r"[A-Z]{3}\d{4}"),
        Scheme("ofac", "OFAC SDN entry", r"\d+"),
        Scheme("attack", "MITRE ATT&CK", r"[A-Z]{1,3}\d{4}(\.\d{3})?"),
        Scheme("ucdp-conflict", "UCDP conflict", r"\d+"),
        Scheme("atop", "ATOP alliance", r"\d{4}"),
        Scheme("cow-alliance", "Correlates of War alliance", r"\d{1,3}"),
        Scheme("opensanctions-programme", "OpenSanctions programme"),
        Scheme("undocs", "United Nations document symbol"),
        Scheme("unts", "United Nations Treaty Series"),
        Scheme("ust", "United States Treaties"),
        Scheme("tias", "Treaties and Other International Acts Series"),
        _several("geonames", "GeoNames", r"\d+"),
        _several("opensanctions", "OpenSanctions"),
        _several("stix", "STIX id", r"[a-z0-9-]+--[0-9a-f-]{36}"),
        _several("uuid", "UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        _hint("mmsi", "MMSI", r"\d{9}"),
        _hint("passport", "passport number"),
        _hint("national-id", "national identity number"),
        _hint("tax-number", "tax number"),
        _hint("registration", "registration number"),
        _hint("call-sign", "call sign"),
        _hint("dial", "telephone prefix"),
        _hint("fifa", "FIFA code"),
        _hint("ioc", "IOC code"),
        _hint("website", "website"),
    )
}


def check(scheme: str, value: str) -> str:
    """Return the value of an identifier; UsageError when the scheme knows no such value."""
    known = SCHEMES.get(scheme)
    if known is None:
        raise UsageError(
            f"unknown scheme of identifiers: {scheme}", hint="one of " + ", ".join(SCHEMES)
        )
    if not re.fullmatch(known.pattern, value):
        raise UsageError(f"{value!r} is no {known.label} identifier", hint="check its scheme")
    return value


class Held(NamedTuple):
    """Who held an identifier, from the first to the last day (ISO 8601; open: empty)."""

    entity: str
    first: str = ""
    last: str = ""


def value_of(link: Claim) -> str:
    """Return the identifier that an identity link gives its subject."""
    return link.object if isinstance(link.object, str) else link.object.value


def is_standing(link: Claim) -> bool:
    """Return whether an identity link says that the identifier is its subject's."""
    return bool(
        link.identity_scheme
        and link.polarity is Polarity.AFFIRMATIVE
        and link.rank is not Rank.DEPRECATED
        and not link.retracted_on
        and (link.predicate == OWL + "sameAs" or isinstance(link.object, str) is False)
    )


@cache
def _shipped() -> Store:
    return Store.open()


@cache
def changed_hands() -> Mapping[tuple[str, str], tuple[Held, ...]]:
    """Return the codes that more than one entity of the shipped graph has held, oldest first.

    By scheme and value. Two that held one code at the same time are both left out: the
    code tells nothing then.
    """
    held: dict[tuple[str, str], list[Held]] = defaultdict(list)
    for claim in _shipped().claims.values():
        if is_standing(claim):
            key = claim.identity_scheme, value_of(claim)
            held[key].append(Held(claim.subject, claim.valid_from, claim.valid_to))
    return {
        key: ordered
        for key, found in held.items()
        if len(ordered := tuple(sorted(found, key=lambda h: h.first or FIRST_DAY))) > 1
        and _one_after_the_other(ordered)
    }


#: When holders of a code began that data sets also use of whoever came before them. The
#: Treaty on the Creation of the USSR is of 30 December 1922 (also Wikidata Q15180, inception);
#: the lists of states give the Russian Empire the Soviet Union's number.
BEGAN: Mapping[str, str] = {ID + "actor/soviet-union": "1922-12-30"}


class Own(NamedTuple):
    """An entity of the shipped graph that has a code today: its IRI, its name, the code."""

    entity: str
    name: str
    value: str


def own_holder(scheme: str, value: str = "", *, entity: str = "") -> Own | None:
    """Return which of our own entities has a code, or what code an entity has; None for neither.

    >>> own_holder("iso3166-1-alpha2", "KP").name
    'North Korea'
    """
    store = _shipped()
    for claim in store.claims.values():
        if claim.identity_scheme == scheme and is_standing(claim):
            found = value_of(claim)
            if found == value or (entity and claim.subject == entity):
                return Own(claim.subject, store.label(claim.subject), found)
    return None


@cache
def own_names() -> Mapping[str, str]:
    """Return what the shipped graph calls what it has identifiers of: by IRI, and by scheme and value.

    The second kind of key is the two with a blank between, ``cow-number 731``; a code that
    changed hands has none.
    """
    store = _shipped()
    names: dict[str, str] = {}
    for claim in store.claims.values():
        if is_standing(claim):
            names[claim.subject] = store.label(claim.subject)
            if (claim.identity_scheme, value_of(claim)) not in changed_hands():
                key = f"{claim.identity_scheme} {value_of(claim)}"
                names[key] = names[claim.subject]
    return names


def _one_after_the_other(held: Iterable[Held]) -> bool:
    last = ""
    for holder in held:
        if last and (holder.first or FIRST_DAY) <= last:
            return False
        last = holder.last or LAST_DAY
    return True


def holders(scheme: str, value: str, first: str = "", last: str = "") -> tuple[Held, ...]:
    """Return who held a code in a span of days, each with the part of the span that is theirs.

    Empty when the code never changed hands, so far as is known. Days are ISO 8601; empty
    stands for an open side.

    >>> [h.last for h in holders("cow-number", "365", "1961-01-01", "1995-12-31")]
    ['1991-12-25', '1995-12-31']
    """
    found = []
    for entity, since, until in changed_hands().get((scheme, value), ()):
        begins = max(first or FIRST_DAY, since or FIRST_DAY)
        ends = min(last or LAST_DAY, until or LAST_DAY)
        if begins <= ends:
            found.append(
                Held(
                    entity,
                    "" if begins == FIRST_DAY else begins,
                    "" if ends == LAST_DAY else ends,
                )
            )
    return tuple(found)
