"""The works behind some claims, as a reference manager lists them.

The sources that claims were read from or cite, and the treaties and resolutions they
speak of. A work says no more than the data does: a name is not split into given and
family name unless the data splits it, a date is left out where none is known, and the
date of a treaty is one that the edge layer holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import Literal

from kg.claims import Source
from kg.formats import foreign
from kg.formats.record import Losses, Outgoing
from kg.store import Store
from kg.turtle import natural
from kg.vocab import ID, KG, KINDS

_FOAF = "http://xmlns.com/foaf/0.1/"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", re.ASCII)
#: Why a bibliography carries no claim.
NO_CLAIMS = "not a work"
#: The date by which an instrument is known: when it was signed, or adopted.
_DATED = (KG + "signedOn", KG + "adoptedOn")
_PARTIES = {KG + "hasParty": "Parties", KG + "adoptedBy": "Adopted by"}


class Name(NamedTuple):
    """Who made a work; ``family`` and ``given`` only where the data tells them apart."""

    whole: str
    family: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """One entry of a bibliography. ``kind`` is a type of CSL 1.0.2; dates are ISO 8601."""

    key: str
    kind: str
    title: str
    authors: tuple[Name, ...] = ()
    publisher: str = ""
    issued: str = ""
    accessed: str = ""
    url: str = ""
    language: str = ""
    number: str = ""
    note: str = ""
    keywords: tuple[str, ...] = ()


def works(out: Outgoing, losses: Losses) -> list[Work]:
    """Return the works behind the claims that go out, by key; every claim counts as left out."""
    for iri in out.claims:
        losses.dropped(iri, NO_CLAIMS)
    out.store.read_ahead(nodes=(*out.entities, *out.sources))
    found: dict[str, Work] = {}
    for iri in out.sources:
        source = out.store.sources.get(iri)
        if source is not None:
            _keep(found, _of_source(out.store, source))
    for work in _instruments(out):
        _keep(found, work)
    return sorted(found.values(), key=lambda work: natural(work.key))


def _keep(found: dict[str, Work], work: Work) -> None:
    # Keys of ours are unique as their IRIs are; a stranger's ends in digits of its UUID.
    found.setdefault(work.key, work)


def key(iri: str) -> str:
    """Return a citation key: the slug of an IRI of ours, else its last part and a mark of its own.

    >>> key("https://w3id.org/gambit/id/source/dw-20241112")
    'dw-20241112'
    >>> key("http://example.org/a%20report")
    'a-20report-d0176f33ed5d'
    """
    kind, _, slug = iri.removeprefix(ID).partition("/")
    if iri.startswith(ID) and kind in KINDS and _KEY.fullmatch(slug):
        return slug if kind == "source" else f"{kind}:{slug}"
    tail = re.sub(r"[^A-Za-z0-9]+", "-", iri.rstrip("/#").rsplit("/", 1)[-1]).strip("-")[:40]
    return f"{tail or 'work'}-{foreign.uuid_of(iri).replace('-', '')[:12]}"


def _of_source(store: Store, source: Source) -> Work:
    said = store.objects(source.iri, KG + "accessed")
    return Work(
        key=key(source.iri),
        kind=_kind(store, source),
        title=foreign.one_line(source.title) or foreign.name(store, source.iri),
        authors=tuple(_name(store, creator) for creator in source.creators),
        publisher=foreign.name(store, source.publisher) if source.publisher else "",
        issued=foreign.cut(source.issued, foreign.precision(store, source.iri)),
        accessed=next((foreign.cut(term.value) for term in said), ""),
        url=foreign.address(source.url),
        language=source.language,
        note=_note(store, source),
        keywords=("source",),
    )


def _kind(store: Store, source: Source) -> str:
    """Return the type of a source: by its class, else by where it stands."""
    for cls in foreign.classes(store, source.iri):
        if cls == KG + "Agreement":
            return "treaty"
        if cls in (KG + "Resolution", KG + "SanctionsRegime"):
            return "legislation"
    if source.url:
        return "webpage"
    institute = KG + "ResearchInstitute"
    if source.publisher and institute in foreign.classes(store, source.publisher):
        return "report"
    return "document"


def _name(store: Store, iri: str) -> Name:
    said = store.describe(iri)
    family, given = (said.get(_FOAF + part, ()) for part in ("familyName", "givenName"))
    whole = foreign.name(store, iri)
    if not family:
        return Name(whole)
    return Name(
        whole, foreign.one_line(family[0].value), foreign.one_line(given[0].value) if given else ""
    )


def _note(store: Store, source: Source) -> str:
    parts = []
    if source.reliability not in ("", "F"):  # F: nobody has judged it
        label = store.vocabulary.label(KG + source.reliability)
        parts.append(f"Source reliability {source.reliability} ({label}).")
    if source.origins:
        origins = ", ".join(foreign.name(store, origin) for origin in source.origins)
        parts.append(f"Goes back to: {origins}.")
    return foreign.one_line(" ".join([*parts, source.note]))


def _instruments(out: Outgoing) -> Iterator[Work]:
    """Yield the treaties and resolutions that the claims speak of."""
    ends = {end for c in out.claims.values() for end in (c.subject, c.object)}
    kinds = {KG + "Treaty": "treaty", KG + "Resolution": "legislation"}
    nodes = [
        (node, kinds[cls])
        for node in sorted((n for n in ends if isinstance(n, str)), key=natural)
        if node not in out.store.sources
        for cls in foreign.classes(out.store, node)
        if cls in kinds
    ]
    if not nodes:
        return
    said: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in foreign.settled(out):
        text = value.value if isinstance(value, Literal) else foreign.name(out.store, value)
        said.setdefault(subject, {}).setdefault(predicate, []).append(text)
    codes = foreign.identifiers(out)
    for node, kind in nodes:
        yield _instrument(out.store, node, kind, said.get(node, {}), codes.get(node, ()))


def _instrument(
    store: Store,
    node: str,
    kind: str,
    said: dict[str, list[str]],
    codes: Iterable[foreign.Identifier],
) -> Work:
    codes = tuple(codes)
    dates = [foreign.cut(date) for predicate in _DATED for date in said.get(predicate, ())]
    who = [
        f"{word}: {', '.join(said[predicate])}."
        for predicate, word in _PARTIES.items()
        if predicate in said
    ]
    also = "; ".join(f"{code.scheme} {code.value}" for code in codes)
    return Work(
        key=key(node),
        kind=kind,
        title=foreign.name(store, node),
        issued=next(filter(None, dates), ""),
        url=next(filter(None, (foreign.address(code.url) for code in codes)), ""),
        number=next((code.value for code in codes if code.scheme == "undocs"), ""),
        note=" ".join([*who, f"Also: {also}." if also else ""]).strip(),
        keywords=("instrument",),
    )
