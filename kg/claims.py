"""A claim: one proposition, as one source puts it, with who holds it and how firmly.

The heart of Gambit. A claim is an ``rdf:Statement`` and asserts nothing by
itself; ``edges`` decides which propositions stand in the graph as direct edges.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import RefusedError
from kg.turtle import natural
from kg.vocab import DCTERMS, KG, OA, OWL, PROV, RDF, SCHEMA, XSD, Vocabulary, compress

R = TypeVar("R")


class Kind(StrEnum):
    """What sort of proposition it is."""

    FACT = "fact"
    ASSESSMENT = "assessment"
    ASCRIPTION = "ascription"
    FORECAST = "forecast"
    RECOMMENDATION = "recommendation"


class Modality(StrEnum):
    """How firmly the text puts it, firmest first."""

    ASSERTED = "asserted"
    REPORTED = "reported"
    EXPECTED = "expected"
    POSSIBLE = "possible"
    CONDITIONAL = "conditional"
    PRESCRIBED = "prescribed"

    @property
    def softness(self) -> int:
        """Its place in this order, from 0: the one to compare modalities by."""
        return _SOFTNESS[self]


_SOFTNESS = {modality: place for place, modality in enumerate(Modality)}


class Polarity(StrEnum):
    """Whether the proposition is put forward or denied."""

    AFFIRMATIVE = "affirmative"
    NEGATED = "negated"


class Rank(StrEnum):
    """An editor's preference among claims that compete (Wikidata's ranks)."""

    PREFERRED = "preferred"
    NORMAL = "normal"
    DEPRECATED = "deprecated"


_IDENTITY = (OWL + "sameAs", KG + "sameEntityAs")


class Claim(NamedTuple):
    """One proposition with its epistemics. IRIs are strings, literals are literals.

    Tuples are sorted. ``confidence`` is 0-100 on the STIX 2.1 scale or None where
    it cannot be judged; ``credibility`` is the Admiralty grade 1-6. ``covered_to`` is the
    last day the source's data cover: no end of what is claimed.
    """

    iri: str
    subject: str
    predicate: str
    object: str | Literal
    kind: Kind
    modality: Modality
    polarity: Polarity = Polarity.AFFIRMATIVE
    statement: str = ""
    hedges: tuple[str, ...] = ()
    rank: Rank = Rank.NORMAL
    rank_reason: str = ""
    holders: tuple[str, ...] = ()
    original_holders: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    citation_scope: str = ""
    cited_sources: tuple[str, ...] = ()
    confidence: int | None = None
    credibility: int | None = None
    likelihood: str = ""
    valid_from: str = ""
    valid_to: str = ""
    covered_to: str = ""
    valid_precision: str = ""
    conflicts_with: tuple[str, ...] = ()
    corroborates: tuple[str, ...] = ()
    in_tension_with: tuple[str, ...] = ()
    restates: tuple[str, ...] = ()
    retracted_on: str = ""
    note: str = ""
    identity_scheme: str = ""
    check_method: str = ""

    def __repr__(self) -> str:
        # What is said of it, without the thirty fields of which nothing is said.
        said = (
            f"{name}={value!r}"
            for name, value in self._asdict().items()
            if name not in self._field_defaults or value != self._field_defaults[name]
        )
        return f"Claim({', '.join(said)})"

    @property
    def hedged(self) -> bool:
        """Whether the text puts it less than flatly."""
        return self.modality is not Modality.ASSERTED

    @property
    def is_identity(self) -> bool:
        """Whether it says which record or which other node its subject is, and nothing else."""
        return bool(self.identity_scheme) or self.predicate in _IDENTITY

    @property
    def triple(self) -> tuple[str, str, str | Literal]:
        """The proposition itself."""
        return self.subject, self.predicate, self.object


class Passage(NamedTuple):
    """A place in a source, with the fingerprint of its words (``kg.passages``).

    ``position`` is its place in reading order, counted from 1.
    """

    iri: str
    source: str = ""
    locator: str = ""
    section: str = ""
    fingerprint: str = ""
    length: int | None = None
    unit_kind: str = ""
    position: int | None = None
    no_claim_reason: str = ""


class Source(NamedTuple):
    """A document that claims were read from or that a document cites."""

    iri: str
    title: str = ""
    creators: tuple[str, ...] = ()
    publisher: str = ""
    issued: str = ""
    url: str = ""
    language: str = ""
    reliability: str = ""
    origins: tuple[str, ...] = ()
    completely_encoded: bool = False
    note: str = ""


class Citation(NamedTuple):
    """A footnote: its printed marker, the citing and the cited document."""

    iri: str
    marker: str = ""
    citing: str = ""
    cited: str = ""
    duplicate_of: str = ""


class _Field(NamedTuple):
    """One attribute of a record and the property that carries it in RDF."""

    name: str
    predicate: str
    read: Callable[[list[NamedNode | Literal]], Any]
    write: Callable[[Any], Iterable[NamedNode | Literal]]


def _one_iri(name: str, predicate: str) -> _Field:
    return _Field(name, predicate, _first, lambda value: [NamedNode(value)])


def _iris(name: str, predicate: str) -> _Field:
    return _Field(name, predicate, _all, lambda value: [NamedNode(v) for v in value])


def _texts(name: str, predicate: str) -> _Field:
    return _Field(name, predicate, _all, lambda value: [Literal(v) for v in value])


def _text(name: str, predicate: str, language: str | None = None) -> _Field:
    return _Field(name, predicate, _first, lambda value: [Literal(value, language=language)])


def _typed(name: str, predicate: str, datatype: str) -> _Field:
    typed = NamedNode(XSD + datatype)
    return _Field(name, predicate, _first, lambda value: [Literal(value, datatype=typed)])


_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def _integer(name: str, predicate: str) -> _Field:
    typed = NamedNode(XSD + "integer")
    return _Field(
        name,
        predicate,
        # No number of ours is longer, and int() fails on 4,301 digits.
        lambda terms: int(_first(terms)) if _INTEGER.fullmatch(_first(terms)) else None,
        lambda value: [Literal(str(value), datatype=typed)],
    )


def _concept(name: str, predicate: str) -> _Field:
    return _Field(
        name,
        predicate,
        lambda terms: _first(terms).removeprefix(KG),
        lambda value: [NamedNode(KG + str(value))],
    )


def _first(terms: list[NamedNode | Literal]) -> str:
    # More than one value where one belongs is for validation to report; here
    # the choice only has to be the same on every run.
    return min(term.value for term in terms)


def _all(terms: list[NamedNode | Literal]) -> tuple[str, ...]:
    if len(terms) == 1:  # nearly always
        return (terms[0].value,)
    return tuple(sorted({term.value for term in terms}, key=natural))


def _proposition(terms: list[NamedNode | Literal]) -> str | Literal:
    term = min(terms, key=str)
    return term.value if isinstance(term, NamedNode) else term


_CLAIM = (
    _one_iri("subject", RDF + "subject"),
    _one_iri("predicate", RDF + "predicate"),
    _Field(
        "object",
        RDF + "object",
        _proposition,
        lambda value: [value if isinstance(value, Literal) else NamedNode(value)],
    ),
    _concept("kind", KG + "claimKind"),
    _concept("modality", KG + "modality"),
    _concept("polarity", KG + "polarity"),
    _text("statement", KG + "statement", "en"),
    _texts("hedges", KG + "hedgeText"),
    _concept("rank", KG + "rank"),
    _text("rank_reason", KG + "rankReason", "en"),
    _iris("holders", PROV + "wasAttributedTo"),
    _iris("original_holders", KG + "originalHolder"),
    _iris("evidence", KG + "evidence"),
    _iris("citations", KG + "citation"),
    _texts("markers", KG + "citationMarker"),
    _concept("citation_scope", KG + "citationScope"),
    _iris("cited_sources", KG + "citedSource"),
    _integer("confidence", KG + "confidence"),
    _integer("credibility", KG + "credibility"),
    _concept("likelihood", KG + "likelihood"),
    _typed("valid_from", KG + "validFrom", "date"),
    _typed("valid_to", KG + "validTo", "date"),
    _typed("covered_to", KG + "coveredTo", "date"),
    _concept("valid_precision", KG + "validPrecision"),
    _iris("conflicts_with", KG + "conflictsWith"),
    _iris("corroborates", KG + "corroborates"),
    _iris("in_tension_with", KG + "inTensionWith"),
    _iris("restates", KG + "restates"),
    _typed("retracted_on", KG + "retractedOn", "date"),
    _text("note", KG + "editorNote", "en"),
    _text("identity_scheme", KG + "identityScheme"),
    _text("check_method", KG + "checkMethod", "en"),
)

_PASSAGE = (
    _one_iri("source", OA + "hasSource"),
    _text("locator", KG + "locator"),
    _text("section", KG + "section"),
    _text("fingerprint", KG + "fingerprint"),
    _integer("length", KG + "fingerprintLength"),
    _text("unit_kind", KG + "unitKind"),
    _integer("position", KG + "position"),
    _text("no_claim_reason", KG + "noClaimReason", "en"),
)

_SOURCE = (
    _text("title", DCTERMS + "title"),
    _iris("creators", DCTERMS + "creator"),
    _one_iri("publisher", DCTERMS + "publisher"),
    _typed("issued", DCTERMS + "issued", "date"),
    _typed("url", SCHEMA + "url", "anyURI"),
    _text("language", DCTERMS + "language"),
    _concept("reliability", KG + "reliability"),
    _iris("origins", KG + "originatesFrom"),
    _Field(
        "completely_encoded",
        KG + "completelyEncoded",
        lambda terms: _first(terms) == "true",
        lambda value: [Literal(str(value).lower(), datatype=NamedNode(XSD + "boolean"))],
    ),
    _text("note", KG + "editorNote", "en"),
)

_CITATION = (
    _text("marker", KG + "marker"),
    _one_iri("citing", KG + "citingSource"),
    _one_iri("cited", KG + "citedSource"),
    _one_iri("duplicate_of", KG + "duplicateOf"),
)


def predicates(record: type) -> tuple[str, ...]:
    """Return the properties that a kind of record is read from."""
    tables = {Claim: _CLAIM, Passage: _PASSAGE, Source: _SOURCE, Citation: _CITATION}
    return tuple(field.predicate for field in tables[record])


#: What a node says, by property IRI.
Values = Mapping[str, list[NamedNode | Literal]]


def _read(table: tuple[_Field, ...], values: Values) -> dict[str, Any]:
    return {f.name: f.read(values[f.predicate]) for f in table if values.get(f.predicate)}


def _write(table: tuple[_Field, ...], record: Any, *types: str) -> list[Triple]:
    node = NamedNode(record.iri)
    triples = [Triple(node, NamedNode(RDF + "type"), NamedNode(kind)) for kind in types]
    defaults = record._field_defaults
    for f in table:
        value = getattr(record, f.name)
        # Polarity and rank are always written, though they have defaults: a
        # reader of the file should not need to know them.
        if f.name in defaults and value == defaults[f.name] and f.name not in ("polarity", "rank"):
            continue
        triples += [Triple(node, NamedNode(f.predicate), term) for term in f.write(value)]
    return triples


def read_claim(iri: str, values: Values) -> Claim:
    """Return the claim that a node's values describe.

    Raises RefusedError when the proposition, the kind or the modality is missing
    or not one of those defined; ``kg validate`` reports all such faults at once.
    """
    found = _read(_CLAIM, values)
    for name in ("subject", "predicate", "object", "kind", "modality"):
        if name not in found:
            raise RefusedError(
                f"claim {compress(iri)} has no {name}", hint="kg validate lists every fault"
            )
    enums: tuple[tuple[str, type[StrEnum]], ...] = (
        ("kind", Kind),
        ("modality", Modality),
        ("polarity", Polarity),
        ("rank", Rank),
    )
    for name, enum in enums:
        if name in found:
            try:
                found[name] = enum(found[name])
            except ValueError:
                raise RefusedError(
                    f"claim {compress(iri)} has an unknown {name}: {compress(found[name])}",
                    hint="one of " + ", ".join(enum),
                ) from None
    return Claim(iri=iri, **found)


def read_passage(iri: str, values: Values) -> Passage:
    """Return the passage that a node's values describe; absent values stay empty."""
    return Passage(iri=iri, **_read(_PASSAGE, values))


def read_source(iri: str, values: Values) -> Source:
    """Return the source that a node's values describe; absent values stay empty."""
    return Source(iri=iri, **_read(_SOURCE, values))


def read_citation(iri: str, values: Values) -> Citation:
    """Return the citation that a node's values describe; absent values stay empty."""
    return Citation(iri=iri, **_read(_CITATION, values))


def from_columns(record: type[R], kept: Mapping[str, Sequence[Any]]) -> dict[str, R]:
    """Return records by IRI from columns of their fields, as ``kg.columns`` keeps them."""
    ready = [
        [known[text] for text in values] if (known := _ENUMS.get(name)) else values
        for name, values in kept.items()
    ]
    made = map(record._make, zip(*ready, strict=True))  # type: ignore[attr-defined]
    return dict(zip(kept["iri"], made, strict=True))


#: The fields of a claim whose values are of an enumeration, by what they are kept as.
_ENUMS: Mapping[str, Mapping[str, StrEnum]] = {
    "kind": {str(value): value for value in Kind},
    "modality": {str(value): value for value in Modality},
    "polarity": {str(value): value for value in Polarity},
    "rank": {str(value): value for value in Rank},
}


def triples(record: Claim | Passage | Source | Citation) -> list[Triple]:
    """Return the triples that describe a record: what the readers read back."""
    match record:
        case Claim():
            kind = "IdentityLink" if record.identity_scheme else "Claim"
            return _write(_CLAIM, record, KG + kind)
        case Passage():
            return _write(_PASSAGE, record, KG + "Passage")
        case Source():
            return _write(_SOURCE, record, KG + "SourceDocument")
        case Citation():
            return _write(_CITATION, record, KG + "Citation")


#: A direct edge: subject IRI, predicate IRI, object IRI or literal.
Edge = tuple[str, str, str | Literal]


def obstacles(claim: Claim, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return why a claim, taken alone, may not back a direct edge; empty when it may.

    The rule (docs/reference/model.md): an edge predicate; kind fact; modality
    asserted, or reported with credibility 1 or 2; affirmative; not deprecated;
    not retracted.
    """
    found: list[str] = []
    term = vocabulary.terms.get(claim.predicate)
    if term is None or not term.is_edge:
        found.append(f"{compress(claim.predicate)} is not an edge predicate")
    if claim.kind is not Kind.FACT:
        found.append(f"its kind is {claim.kind}, not fact")
    if claim.modality is Modality.REPORTED and claim.credibility not in (1, 2):
        found.append("it is only reported, with credibility below 2")
    elif claim.modality not in (Modality.ASSERTED, Modality.REPORTED):
        found.append(f"its modality is {claim.modality}, not asserted")
    if claim.polarity is Polarity.NEGATED:
        found.append("it denies the proposition")
    if claim.rank is Rank.DEPRECATED:
        found.append("its rank is deprecated")
    if claim.retracted_on:
        found.append(f"it was retracted on {claim.retracted_on}")
    return tuple(found)


def qualifies(claim: Claim, vocabulary: Vocabulary) -> bool:
    """Return whether a claim, taken alone, may back a direct edge (see ``obstacles``)."""
    return not obstacles(claim, vocabulary)


def edges(claims: Iterable[Claim], vocabulary: Vocabulary) -> dict[Edge, tuple[str, ...]]:
    """Return every edge the claims back, with the IRIs of the claims behind it.

    A property that takes one value (a date of signature) has an edge only where
    the qualifying claims agree, or where one value is preferred: a dispute that
    nobody has weighed stays a dispute. A symmetric relation has one edge, in the
    direction whose subject sorts first; claims in both directions back it.
    """
    backing: dict[Edge, list[Claim]] = defaultdict(list)
    for claim in claims:
        if qualifies(claim, vocabulary):
            backing[edge_of(claim, vocabulary)].append(claim)
    values: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in backing:
        if vocabulary.terms[edge[1]].functional:
            values[edge[:2]].append(edge)
    for competing in values.values():
        if len(competing) > 1:
            preferred = [e for e in competing if any(c.rank is Rank.PREFERRED for c in backing[e])]
            for edge in competing:
                if preferred != [edge]:
                    del backing[edge]
    return {
        edge: tuple(sorted((c.iri for c in found), key=natural)) for edge, found in backing.items()
    }


def edge_of(claim: Claim, vocabulary: Vocabulary) -> Edge:
    """Return the edge a claim's proposition makes, a symmetric one in its published direction."""
    subject, predicate, value = claim.triple
    term = vocabulary.terms.get(predicate)
    if term and term.symmetric and isinstance(value, str) and value < subject:
        return value, predicate, subject
    return subject, predicate, value


def disputes(claims: Iterable[Claim], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return, for every disputed claim, the claims that dispute it; both are IRIs.

    Two claims dispute each other when ``kg:conflictsWith`` joins them, written on
    either side, or when one denies what the other affirms, linked or not. A denial
    of another time disputes nothing, nor does what was retracted; that a thing
    should not be is no denial that it is.
    """
    standing = {claim.iri: claim for claim in claims if not claim.retracted_on}
    found: dict[str, set[str]] = defaultdict(set)
    denials: dict[Edge, list[Claim]] = defaultdict(list)
    for claim in standing.values():
        for other in claim.conflicts_with:
            if other in standing:
                found[claim.iri].add(other)
                found[other].add(claim.iri)
        if claim.polarity is Polarity.NEGATED and claim.kind is not Kind.RECOMMENDATION:
            denials[edge_of(claim, vocabulary)].append(claim)
    denied = {predicate for _, predicate, _ in denials}
    for claim in standing.values():
        if (
            claim.predicate in denied
            and claim.polarity is Polarity.AFFIRMATIVE
            and claim.kind is not Kind.RECOMMENDATION
        ):
            for denial in denials.get(edge_of(claim, vocabulary), ()):
                if not apart(claim, denial):
                    found[claim.iri].add(denial.iri)
                    found[denial.iri].add(claim.iri)
    return {iri: tuple(sorted(others, key=natural)) for iri, others in found.items()}


def apart(one: Claim, other: Claim) -> bool:
    """Return whether two claims speak of times that do not meet, so that neither bears on the other.

    Only where both say: one ends before the other begins.
    """
    return _ends_before(one, other) or _ends_before(other, one)


def _ends_before(one: Claim, other: Claim) -> bool:
    return bool(one.valid_to and other.valid_from and one.valid_to < other.valid_from)
