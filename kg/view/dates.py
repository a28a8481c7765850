"""What a page knows of days: of things, of lines, and how exactly.

A date in the data is a full day; how much of it is meant is said beside it. The
page draws a month or a year over its whole length, so the precision goes along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kg.store import Store
from kg.vocab import KG, XSD, compress, expand

#: A date of a thing: property, value, precision, the claim that says so or "".
Dated = list[str]

_DAY = re.compile(r"-?\d{4,6}(-\d{2}(-\d{2})?)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NOT_IN_IRIS = re.compile(r"[\x00-\x20<>\"{}|^`\\\u202a-\u202e\u2066-\u2069]")
_PRECISIONS = ("day", "month", "year")
# Attributes of a node in a projection that are no dates, and how names of dates end.
_NO_DATES = frozenset({"label", "type", "family", "mark", "definition", "status"})
_NAMED = re.compile(r"(?i)date$|on$")
#: What a thing says of itself, without a claim.
_OWN = ("notBefore", "notAfter")


def of_node(
    store: Store, curie: str, claims: Iterable[str], attributes: Mapping[str, Any]
) -> list[Dated]:
    """Return the dates of a thing: those claimed, those it carries, those of the projection.

    Every claim counts, also of two that dispute each other. A value that is no date
    (empty, or of another form) is not among them.
    """
    iri = _iri(curie)
    says = store.objects(iri, KG + "datePrecision")
    precision = says[0].value.removeprefix(KG) if says else ""
    found = []
    for claim in (store.claims[c] for c in map(_iri, claims) if c in store.claims):
        value = claim.object
        if claim.subject != iri or isinstance(value, str) or claim.retracted_on:
            continue
        if value.datatype.value == XSD + "date" and _DAY.fullmatch(value.value):
            own = claim.valid_precision if not (claim.valid_from or claim.valid_to) else ""
            found.append(
                [
                    compress(claim.predicate),
                    value.value,
                    _precision(value.value, own or precision),
                    compress(claim.iri),
                ]
            )
    found += [
        [f"kg:{name}", value.value, _precision(value.value, precision), ""]
        for name in _OWN
        for value in store.objects(iri, KG + name)
        if _DAY.fullmatch(value.value)
    ]
    told = {(predicate.rpartition(":")[2], value) for predicate, value, _, _ in found}
    for name, values in attributes.items():
        if name in _NO_DATES or not (f"{name}_claims" in attributes or _NAMED.search(name)):
            continue
        claimed = str(attributes.get(f"{name}_claims", "")).split()
        found += [
            [
                name if ":" in name else f"kg:{name}",
                value,
                _precision(value, precision),
                claimed[0] if claimed else "",
            ]
            for value in str(values).split("; ")
            if _DAY.fullmatch(value) and (name.rpartition(":")[2], value) not in told
        ]
    return sorted(found, key=lambda date: (date[1], date[0], date[3]))


def of_edge(attributes: Mapping[str, Any], precisions: Iterable[str]) -> Dated:
    """Return from when to when an edge holds and how exactly, or nothing where no claim says it."""
    begin, end = (str(attributes.get(name) or "") for name in ("valid_from", "valid_to"))
    if not (begin or end):
        return []
    begin, end = (value if _DAY.fullmatch(value) else "" for value in (begin, end))
    if not (begin or end):
        return []
    stated = [precision for precision in precisions if precision in _PRECISIONS]
    coarsest = max(stated, key=_PRECISIONS.index, default="")
    return [begin, end, _precision(begin or end, coarsest)]


def _precision(value: str, stated: str) -> str:
    """Return how exact a date is: as stated, but never more than it is written."""
    written = _PRECISIONS[2 - value.lstrip("-").count("-")]
    known = stated if stated in _PRECISIONS else "day"
    return max(written, known, key=_PRECISIONS.index)


def _iri(curie: str) -> str:
    return sound(expand(curie) or curie)


def sound(iri: str) -> str:
    """Return an IRI that a store can be asked for; what is none names nothing there.

    >>> sound("https://example.org/a")
    'https://example.org/a'
    >>> sound('https://example.org/"a"')
    'https://example.org/%22a%22'
    >>> sound("no name")
    'urn:none:no%20name'
    """
    if _SCHEME.match(iri) and not _NOT_IN_IRIS.search(iri):
        return iri
    quoted = _NOT_IN_IRIS.sub(lambda found: f"%{ord(found[0]):02X}", iri)
    return quoted if _SCHEME.match(quoted) else f"urn:none:{quoted}"
