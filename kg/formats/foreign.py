"""What formats of other worlds need of claims: identifiers, what may pass for fact, plain words.

FollowTheMoney and STIX know no modality. What they show as a link has to be one that
our edge layer holds and nobody disputes unweighed; everything else goes out as text
that says how firmly it is meant, and by whom.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from pyoxigraph import Literal

from kg import citing
from kg.claims import Claim, Edge, Kind, Modality, Polarity, Rank, disputes
from kg.dates import period
from kg.formats.record import Outgoing
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, OWL, RDF, RDFS, SKOS, compress

_WIKIDATA = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q[1-9][0-9]*)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")
#: The states of an event that may be shown as one that took place.
_REAL = {KG + "happened", KG + "ongoing"}
#: What a node that is no thing in the world (an obligation, a motive) is about.
_ABOUT = tuple(
    KG + name
    for name in (
        "party", "partyTo", "obliges", "owedTo", "motivatedActor", "beneficiary", "capabilityOf",
        "conditionOf", "addressee", "violator", "initiator", "recipient", "participant",
    )
)  # fmt: skip


class Identifier(NamedTuple):
    """A name that another register gives a node, and the claim that says so."""

    scheme: str
    value: str
    url: str
    claim: str


def identifiers(out: Outgoing) -> Mapping[str, tuple[Identifier, ...]]:
    """Return the external identifiers of every node that something said flatly gives one.

    All of the store's, chosen or not: like a label, an identifier says which thing is
    meant. A hedged, denied or disputed identity is none.
    """
    store = out.store
    disputed = disputes(store.claims.values(), store.vocabulary)
    found: dict[str, set[Identifier]] = defaultdict(set)
    for claim in store.claims.values():
        if not is_identity(claim) or not _flat(claim):
            continue
        if claim.iri in disputed and claim.rank is not Rank.PREFERRED:
            continue
        found[claim.subject].add(_identifier(claim))
    return {node: tuple(sorted(of)) for node, of in found.items()}


def is_identity(claim: Claim) -> bool:
    """Return whether a claim says which record elsewhere is the same thing."""
    return bool(claim.identity_scheme) or claim.predicate == OWL + "sameAs"


def _flat(claim: Claim) -> bool:
    return (
        claim.kind is Kind.FACT
        and claim.modality is Modality.ASSERTED
        and claim.polarity is Polarity.AFFIRMATIVE
        and claim.rank is not Rank.DEPRECATED
        and not claim.retracted_on
    )


def _identifier(claim: Claim) -> Identifier:
    value = claim.object.value if isinstance(claim.object, Literal) else claim.object
    item = _WIKIDATA.fullmatch(value)
    if item:
        return Identifier(
            "wikidata", item[1], f"http://www.wikidata.org/entity/{item[1]}", claim.iri
        )
    url = value if value.startswith(("http://", "https://")) else ""
    return Identifier(claim.identity_scheme or "same-as", value, url, claim.iri)


def settled(out: Outgoing) -> dict[Edge, tuple[str, ...]]:
    """Return the edges that go out and may be shown as fact, with the claims behind each.

    Where every claim behind an edge is disputed and an editor prefers none, the edge is
    a dispute, and a format without a mark for that must not draw it.
    """
    store = out.store
    disputed = disputes(store.claims.values(), store.vocabulary)
    return {
        edge: claims
        for edge, claims in out.edges.items()
        if any(
            iri not in disputed or out.claims[iri].rank is Rank.PREFERRED
            for iri in claims
            if iri in out.claims
        )
    }


def is_real(store: Store, node: str) -> bool:
    """Return whether a node may stand as a thing: an event that is only possible may not."""
    states = {term.value for term in store.objects(node, KG + "eventStatus")}
    return not states or bool(states & _REAL)


def about(store: Store, node: str) -> Iterator[str]:
    """Yield the things that the description of an obligation, a motive or the like names."""
    said = store.describe(node)
    for predicate in _ABOUT:
        yield from (v.value for v in said.get(predicate, ()) if not isinstance(v, Literal))


def classes(store: Store, node: str) -> Iterator[str]:
    """Yield the classes of a node and all above them, nearest first."""
    seen: dict[str, None] = {}
    for cls in store.types(node):
        seen.update(dict.fromkeys(store.vocabulary.ancestors(cls)))
    yield from seen


def undescribed(store: Store, node: str, carried: Set[str]) -> int:
    """Return how many things a node says of itself that are neither names, edges nor ``carried``."""
    known = {RDF + "type", SKOS + "prefLabel", SKOS + "altLabel", *carried}
    edges = store.vocabulary.edge_predicates
    said = store.describe(node).items()
    return sum(len(values) for p, values in said if p not in known and p not in edges)


def uuid_of(*parts: str) -> str:
    """Return the UUIDv5 of an IRI (or of several terms, in this order)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(parts)))


def cut(date: str, precision: str = "") -> str:
    """Return a date as far as it is known, empty where there is none such.

    >>> cut("2024-11-12", "month"), cut("2024-11-12"), cut("2024-02-30")
    ('2024-11', '2024-11-12', '')
    """
    if period(date) is None:
        return ""
    return date[: {"year": 4, "month": 7}.get(precision, 10)]


def precision(store: Store, node: str) -> str:
    """Return how exactly the date of a node is known (``kg:datePrecision``), if it says."""
    said = store.objects(node, KG + "datePrecision")
    return said[0].value.removeprefix(KG) if said else ""


def plain(text: str) -> str:
    """Return a text without the characters that are neither text nor white space."""
    return _CONTROLS.sub("\ufffd", text)


def address(text: str) -> str:
    """Return a web address as RFC 3986 writes it, empty for what is none.

    >>> address("https://example.org/a{b}?q=1"), address("javascript:alert(1)")
    ('https://example.org/a%7Bb%7D?q=1', '')
    """
    try:
        scheme, host, *rest = urlsplit(plain(text).strip())
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # a bracket that is not closed, a name that is no host's
        return ""
    if (
        scheme not in ("http", "https", "ftp")
        or not host
        or re.search(r"[\s\"<>\\^`{|}\ufffd]", host)
    ):
        return ""
    quoted = (quote(_STRAY.sub("%25", part), safe="%/:?=&+!$,;'@()*~") for part in rest)
    return urlunsplit((scheme, host, *quoted))


def one_line(text: str) -> str:
    """Return a text with every run of white space made one blank."""
    return " ".join(plain(text).split())


def seen_at(store: Store, node: str) -> tuple[str, ...]:
    """Return the addresses that a node's own description points to."""
    return tuple(term.value for term in store.objects(node, RDFS + "seeAlso"))


def name(store: Store, term: str | Literal) -> str:
    """Return a node's label or a literal's text, on one line; the CURIE where there is no other."""
    if isinstance(term, Literal):
        return one_line(term.value)
    label = one_line(store.label(term))
    # Quotation marks alone are no name: FollowTheMoney takes them away.
    return label if label.strip("\"' ") else compress(term)


def statement(store: Store, claim: Claim) -> str:
    """Return what a claim says: its statement, else its three terms by their labels."""
    if claim.statement.strip():
        return plain(claim.statement)
    return " ".join(name(store, term) for term in claim.triple)


def mark(claim: Claim, *, disputed: bool = False) -> str:
    """Return how a claim is meant, in brackets: modality, kind, and all that speaks against it.

    >>> denial = Claim("c", "a", "p", "b", Kind.FORECAST, Modality.EXPECTED, Polarity.NEGATED)
    >>> mark(denial)
    '[expected, forecast, denied]'
    """
    words = [
        claim.modality.value,
        claim.kind.value,
        "denied" if claim.polarity is Polarity.NEGATED else "",
        "disputed" if disputed else "",
        claim.rank.value if claim.rank is not Rank.NORMAL else "",
        f"retracted on {claim.retracted_on}" if claim.retracted_on else "",
    ]
    return f"[{', '.join(filter(None, words))}]"


def account(store: Store, claim: Claim, against: Iterable[str] = ()) -> str:
    """Return a claim in words: how it is meant, what it says, whose it is, where it stands.

    ``against`` are the claims that dispute it. For formats that have a text field and
    nothing else to say it in; the first line alone already tells a possibility from a fact.
    """
    against = tuple(against)
    lines = [f"{mark(claim, disputed=bool(against))} {statement(store, claim)}"]
    lines += _named("Hedge words", claim.hedges)
    lines += _named("Held by", (name(store, iri) for iri in claim.holders))
    lines += _named("Relaying", (name(store, iri) for iri in claim.original_holders))
    lines += _named(
        "Likelihood",
        filter(None, [store.vocabulary.label(KG + claim.likelihood)] if claim.likelihood else []),
    )
    if claim.confidence is not None:
        lines.append(f"Confidence: {claim.confidence} of 100.")
    if claim.credibility is not None:
        lines.append(f"Credibility: {claim.credibility} (Admiralty, 1 to 6).")
    times = (
        ("From", claim.valid_from),
        ("Until", claim.valid_to),
        ("Data cover until", claim.covered_to),
    )
    for word, date in times:
        lines += _named(word, [cut(date, claim.valid_precision) or date] if date else [])
    lines += _named("Read in", (citing.place(store, iri) for iri in claim.evidence))
    cited = (citing.describe_source(store, iri) for iri in claim.cited_sources)
    lines += _named("Cites", cited)
    reach = f"{', '.join(claim.markers)} (reach: {claim.citation_scope or 'not said'})"
    lines += _named("Notes", [reach] if claim.markers or claim.citation_scope else [])
    lines += _named("Disputed by", (statement(store, store.claims[iri]) for iri in against))
    for word, others in (
        ("Conflicts with", claim.conflicts_with),
        ("In tension with", claim.in_tension_with),
        ("Agrees with", claim.corroborates),
        ("Restates", claim.restates),
    ):
        lines += _named(word, map(compress, others))
    lines += _named("Identifier of", [claim.identity_scheme] if claim.identity_scheme else [])
    lines += _named("Why this rank", [claim.rank_reason] if claim.rank_reason else [])
    lines += _named("How checked", [claim.check_method] if claim.check_method else [])
    lines += _named("Editor's note", [claim.note] if claim.note else [])
    return "\n".join(map(plain, lines))


def _named(word: str, values: Iterable[str]) -> list[str]:
    said = "; ".join(values)
    return [f"{word}: {said}{'' if said.endswith('.') else '.'}"] if said else []


def unsaid(claim: Claim, fields: Iterable[str]) -> list[str]:
    """Return those of some fields of a claim that say something, so that leaving them out loses it."""
    usual = claim._field_defaults
    return [field for field in fields if getattr(claim, field) != usual.get(field)]


def read_from(out: Outgoing, claim: Claim) -> list[str]:
    """Return the sources that a claim was read from, in natural order."""
    store = out.store
    found = {store.passages[p].source for p in claim.evidence if p in store.passages}
    return sorted(filter(None, found), key=natural)
