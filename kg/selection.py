"""Which claims take part: by data set, source, holder, kind, firmness, grade, and time.

A ``Selection`` says what is wanted; ``select`` gives the claims that are left, and
counts what is not and why. Edges are worked out again from what is left, so that a
date whose preferred rival was left out can stand, and an edge without its only source
falls.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg import claims as model
from kg.claims import Claim, Edge, Kind, Modality, Rank
from kg.corroboration import Corroboration, reaching, relayed
from kg.dates import FIRST_DAY, LAST_DAY, Held, Period, Span, asked, period
from kg.errors import UnknownNameError, UsageError
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import KG, RDF, XSD, compress

#: Why a claim does not take part, in the words of a report.
REASONS = (
    "in another data set",
    "from another source",
    "left-out source",
    "held by somebody left out",
    "of another kind",
    "of another modality",
    "credibility too low",
    "credibility not judged",
    "source not reliable enough",
    "reliability not judged",
    "confidence too low",
    "confidence not judged",
    "too few origins",
    "not yet published",
    "source without date",
    "not held then",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted. Things are IRIs; an empty field asks for nothing.

    ``datasets`` are named graphs. ``sources`` and ``exclude_sources`` are documents, or
    actors, who stand for every document they published, wrote, or are the origin of. A
    claim falls with a left-out source when it is read nowhere else, when every document
    is left out that a footnote names which reaches it, and when it relays nobody but
    left-out actors; a footnote whose reach is uncertain brings nothing down. What stays
    keeps only its other places and footnotes, so that nothing left out counts as an
    origin; so does what a ``sources`` or ``known_by`` lets through. ``exclude_holders`` drops claims that
    only they hold, or whose every original holder they are. ``signs`` (of +1, 0, -1)
    applies to edges. ``min_credibility`` is the worst Admiralty grade let through (1 is
    best), ``min_reliability`` the worst of A to E that one of the sources must have,
    ``min_confidence`` of 0 to 100, ``min_origins`` how many independent origins must be
    behind the proposition (``kg.corroboration``). What has not been judged does not pass
    a minimum, and is counted apart.

    ``as_of`` keeps what held at a time, ``known_by`` what had been published by then.
    Both are dates as a person writes them (2024, 2024-11, 2024-11-10) and go by bounds:
    ``as_of`` drops only what certainly did not hold and keeps what has no date;
    ``known_by`` keeps only what certainly was out. A claim was out with the document it
    is read from, or, a fact, with one that its footnotes name.
    """

    datasets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    exclude_sources: tuple[str, ...] = ()
    exclude_holders: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    modalities: tuple[Modality, ...] = ()
    signs: tuple[int, ...] = ()
    min_credibility: int | None = None
    min_reliability: str = ""
    min_confidence: int | None = None
    min_origins: int = 0
    as_of: str = ""
    known_by: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) != field.default for field in fields(self))

    def without(self, *, source: str = "", holder: str = "") -> Selection:
        """Return this selection with one more source or holder left out."""
        return replace(
            self,
            exclude_sources=(*self.exclude_sources, source) if source else self.exclude_sources,
            exclude_holders=(*self.exclude_holders, holder) if holder else self.exclude_holders,
        )

    def described(self) -> str:
        """Return the selection in words, as the options that make it; empty when it asks for nothing.

        >>> Selection(as_of="2024-11", min_origins=2).described()
        '--min-origins 2 --as-of 2024-11'
        """
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            option = "--" + _OPTIONS.get(field.name, field.name.replace("_", "-"))
            for one in value if isinstance(value, tuple) else (value,):
                parts.append(f"{option} {compress(one) if isinstance(one, str) else one}")
        return " ".join(parts)


_OPTIONS = {
    "datasets": "dataset",
    "sources": "source",
    "exclude_sources": "exclude-source",
    "exclude_holders": "exclude-holder",
    "kinds": "kind",
    "modalities": "modality",
    "signs": "sign",
}

#: Everything takes part.
EVERYTHING = Selection()


class Selected(NamedTuple):
    """The claims that take part, in the order of the store, and how many do not, by reason.

    ``whole`` says that nothing was asked for. ``held`` tells of each claim, where a time
    was asked, whether it certainly held then. A claim that rests on something left out,
    too, has only its other places and footnotes.
    """

    claims: Mapping[str, Claim]
    left_out: Counter[str]
    whole: bool = True
    held: Mapping[str, Held] | None = None

    def edges(self, store: Store) -> Mapping[Edge, tuple[str, ...]]:
        """Return the edges these claims back, as ``Store.edges`` does for all."""
        if self.whole:
            return store.edges
        backed = model.edges(self.claims.values(), store.vocabulary)
        return dict(sorted(backed.items(), key=lambda item: [natural(str(t)) for t in item[0]]))


def select(store: Store, wanted: Selection = EVERYTHING) -> Selected:
    """Return the claims that a selection lets through.

    Raises UnknownNameError for a data set or source that is not there, UsageError for a
    date that is none and a grade off its scale, and what ``Store.claims`` raises.
    """
    if not wanted:
        return Selected(store.claims, Counter())
    known_by = asked(wanted.known_by, "--known-by") if wanted.known_by else None
    as_of = asked(wanted.as_of, "--as-of") if wanted.as_of else None
    test = _Test(store, wanted, known_by)
    left_out: Counter[str] = Counter()
    claims: dict[str, Claim] = {}
    for iri, claim in store.claims.items():
        found = test(claim)
        if isinstance(found, str):
            left_out[found] += 1
        else:
            claims[iri] = found
    held: dict[str, Held] | None = None
    # Both judge a proposition by what is left of it.
    if wanted.min_origins > 1:
        behind = Corroboration(store, claims)
        few = [iri for iri, c in claims.items() if behind.support(c).origins < wanted.min_origins]
        for iri in few:
            del claims[iri]
        left_out["too few origins"] += len(few)
    if as_of is not None:
        times = Times(store, claims)
        held = {iri: times.of(claim).held(as_of) for iri, claim in claims.items()}
        for iri, at in held.items():
            if at == "no":
                del claims[iri]
        left_out["not held then"] += sum(at == "no" for at in held.values())
    counts = Counter({reason: left_out[reason] for reason in REASONS if left_out[reason]})
    return Selected(claims, counts, whole=False, held=held)


def without(store: Store, source: str, claims: Iterable[Claim]) -> dict[str, Claim]:
    """Return what is left of some claims without a source, by IRI; as ``select`` judges each.

    For those who leave out one source after another and look at a few claims of a large
    store. Raises UnknownNameError for what is no source and has none.
    """
    test = _Test(store, Selection(exclude_sources=(source,)), None)
    left = ((claim.iri, test(claim)) for claim in claims)
    return {iri: found for iri, found in left if not isinstance(found, str)}


class _Test:
    """What a claim has to pass, prepared once: called with a claim, it gives it back or a reason."""

    def __init__(self, store: Store, wanted: Selection, known_by: Period | None) -> None:
        self.store, self.wanted, self.known_by = store, wanted, known_by
        if wanted.min_credibility is not None and wanted.min_credibility not in range(1, 7):
            raise UsageError(
                f"credibility {wanted.min_credibility} is not on the scale",
                hint="1 (confirmed) to 6 (cannot be judged)",
            )
        self.reliable = "ABCDE"[: "ABCDE".find(wanted.min_reliability) + 1]
        if wanted.min_reliability and (not self.reliable or len(wanted.min_reliability) != 1):
            raise UsageError(
                f"reliability {wanted.min_reliability!r} is not on the scale",
                hint="A (completely reliable) to E (unreliable)",
            )
        self.kept = documents(store, wanted.sources)
        self.excluded = documents(store, wanted.exclude_sources, relayed=True)
        self.voices = frozenset(wanted.exclude_sources)
        self.holders = frozenset(wanted.exclude_holders)
        self.in_datasets = _claims_in(store, wanted.datasets)

    def __call__(self, claim: Claim) -> Claim | str:
        wanted = self.wanted
        if wanted.datasets and claim.iri not in self.in_datasets:
            return "in another data set"
        if wanted.sources:
            kept = tuple(iri for iri in claim.evidence if self._source(iri) in self.kept)
            if not kept:
                return "from another source"
            claim = claim._replace(evidence=kept)
        if self.excluded or self.voices:
            left = tuple(p for p in claim.evidence if self._source(p) not in self.excluded)
            carried = reaching(claim)
            if (
                (claim.evidence and not left)
                or (carried and self.excluded.issuperset(carried))
                or (claim.original_holders and self.voices.issuperset(claim.original_holders))
            ):
                return "left-out source"
            if len(left) < len(claim.evidence):
                claim = claim._replace(evidence=left)
            if not self.excluded.isdisjoint(claim.cited_sources):
                claim = self._citing(claim, frozenset(claim.cited_sources) - self.excluded)
        if self.holders and (
            (claim.holders and self.holders.issuperset(claim.holders))
            or (claim.original_holders and self.holders.issuperset(claim.original_holders))
        ):
            return "held by somebody left out"
        if wanted.kinds and claim.kind not in wanted.kinds:
            return "of another kind"
        if wanted.modalities and claim.modality not in wanted.modalities:
            return "of another modality"
        return self._grades(claim) or self._published(claim)

    def _source(self, passage: str) -> str:
        found = self.store.passages.get(passage)
        return found.source if found else ""

    def _citing(self, claim: Claim, documents: frozenset[str]) -> Claim:
        """Return a claim whose footnotes name only some of its documents."""
        citations = self.store.citations
        notes = [
            iri
            for iri in claim.citations
            if iri not in citations or citations[iri].cited in documents
        ]
        gone = {citations[i].marker for i in claim.citations if i not in notes and i in citations}
        gone -= {citations[iri].marker for iri in notes if iri in citations}
        return claim._replace(
            cited_sources=tuple(d for d in claim.cited_sources if d in documents),
            citations=tuple(notes),
            markers=tuple(marker for marker in claim.markers if marker not in gone),
        )

    def _grades(self, claim: Claim) -> str:
        wanted, sources = self.wanted, self.store.sources
        if wanted.min_credibility is not None:
            # 6 is no low grade: it says that nobody can tell.
            if claim.credibility in (None, 6) and wanted.min_credibility < 6:
                return "credibility not judged"
            if (claim.credibility or 6) > wanted.min_credibility:
                return "credibility too low"
        if wanted.min_reliability:
            read = map(self._source, claim.evidence)
            grades = {sources[s].reliability for s in read if s in sources} - {"", "F"}
            if not grades:
                return "reliability not judged"
            if not grades.intersection(self.reliable):
                return "source not reliable enough"
        if wanted.min_confidence is not None:
            if claim.confidence is None:
                return "confidence not judged"
            if claim.confidence < wanted.min_confidence:
                return "confidence too low"
        return ""

    def _published(self, claim: Claim) -> Claim | str:
        """Return the claim with what was out by the day asked for, or why it was not."""
        if self.known_by is None:
            return claim
        by = self.known_by.last

        def out(document: str) -> bool:
            date = issued(self.store, document)
            return date is not None and date.last <= by

        read = tuple(iri for iri in claim.evidence if out(self._source(iri)))
        if read:
            # Its footnotes were out with the text itself, whatever is known of their dates.
            return claim if len(read) == len(claim.evidence) else claim._replace(evidence=read)
        cited = frozenset(filter(out, relayed(claim)))
        if cited:
            return self._citing(claim, cited)
        dates = [
            issued(self.store, source)
            for source in (*map(self._source, claim.evidence), *relayed(claim))
        ]
        later = any(date is not None and date.first > by for date in dates)
        return "not yet published" if later else "source without date"


def issued(store: Store, document: str) -> Period | None:
    """Return the days on which a document may have come out, or None where nothing is known.

    From its date and precision, else from its bounds (``kg:notBefore``, ``kg:notAfter``).
    """
    source = store.sources.get(document)
    if source is None:
        return None
    found = period(source.issued, precision_of(store, document)) if source.issued else None
    if found:
        return found
    low, high = (
        [p for term in store.objects(document, KG + name) if (p := period(term.value))]
        for name in ("notBefore", "notAfter")
    )
    if not low and not high:
        return None
    return Period(
        min((p.first for p in low), default=FIRST_DAY),
        max((p.last for p in high), default=LAST_DAY),
    )


def documents(store: Store, named: Iterable[str], *, relayed: bool = False) -> frozenset[str]:
    """Return the documents that some documents and actors stand for.

    Raises UnknownNameError for one that is no document and has none; with ``relayed`` an
    actor whose word some claim relays may have none.
    """
    found: set[str] = set()
    for iri in named:
        own = {
            source.iri
            for source in store.sources.values()
            if iri in (source.iri, source.publisher, *source.creators, *source.origins)
        }
        if not own and not (
            relayed and any(iri in claim.original_holders for claim in store.claims.values())
        ):
            raise UnknownNameError(
                f"{compress(iri)} is no source, and no source is by it",
                hint="kg info lists the sources",
            )
        found |= own
    return frozenset(found)


def _claims_in(store: Store, datasets: tuple[str, ...]) -> frozenset[str]:
    known = {graph.value for graph in store.graphs()} - {ONTOLOGY_GRAPH.value}
    for name in datasets:
        if name not in known:
            raise UnknownNameError(
                f"there is no data set {compress(name)}",
                hint="there are " + ", ".join(sorted(map(compress, known))),
            )
    kinds = [NamedNode(KG + name) for name in ("Claim", "IdentityLink")]
    return frozenset(
        quad.subject.value
        for kind in kinds
        if datasets
        for quad in store.quads(predicate=NamedNode(RDF + "type"), value=kind)
        if isinstance(quad.subject, NamedNode)
        and isinstance(quad.graph_name, NamedNode)
        and quad.graph_name.value in datasets
    )


def precision_of(store: Store, node: str) -> str:
    """Return how exactly the dates of a node are known: day, month, year; empty when unsaid."""
    return store.made(_precisions).get(node, "").removeprefix(KG)


def _precisions(store: Store) -> dict[str, str]:
    # Asked for of one node after the other, by whoever puts things in time.
    return store.values(KG + "datePrecision")


# Which dates of an event or an agreement say when it began and when it ended.
_BEGINS = ("startDate", "date", "notBefore")
_LATEST = ("startDate", "date", "notAfter")
_INSTRUMENT = ("inForceOn", "signedOn", "adoptedOn")


class Times:
    """When what claims say held, from the claims themselves.

    A claim's own validity comes first. What is said of an event holds from its day on;
    what is said of an agreement holds from when it came into force, or else was signed or
    adopted, until it was terminated. A claim that states a date holds from that date.
    """

    def __init__(self, store: Store, claims: Mapping[str, Claim] | None = None) -> None:
        self.store = store
        self._spans: dict[str, Span] = {}
        rivals: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in (store.claims if claims is None else claims).values():
            if isinstance(claim.object, Literal) and model.qualifies(claim, store.vocabulary):
                rivals[claim.subject, claim.predicate].append(claim)
        # A dispute that nobody has decided leaves all its dates possible.
        self._dates: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for (subject, predicate), found in rivals.items():
            chosen = [c for c in found if c.rank is Rank.PREFERRED] or found
            self._dates[subject][predicate.removeprefix(KG)] = [
                c.object.value for c in chosen if isinstance(c.object, Literal)
            ]

    def of(self, claim: Claim) -> Span:
        """Return when what a claim says held."""
        if claim.valid_from or claim.valid_to:
            precision = claim.valid_precision
            return Span(
                period(claim.valid_from, precision),
                period(claim.valid_to, precision),
                period(claim.covered_to),
            )
        if isinstance(claim.object, Literal) and claim.object.datatype.value == XSD + "date":
            stated = period(claim.object.value, precision_of(self.store, claim.subject))
            return Span(start=stated) if stated else self.span(claim.subject)
        own = self.span(claim.subject)
        if own == Span() and isinstance(claim.object, str):
            return self.span(claim.object)
        return own

    def span(self, node: str) -> Span:
        """Return when an event happened or an agreement was in being; empty when nothing says."""
        if node not in self._spans:
            self._spans[node] = self._span(node)
        return self._spans[node]

    def _span(self, node: str) -> Span:
        says = dict(self._dates.get(node, {}))
        for name in ("notBefore", "notAfter"):  # bounds describe a node, no claim makes them
            values = [term.value for term in self.store.objects(node, KG + name)]
            if values:
                says[name] = values
        if not says:
            return Span()
        precision = precision_of(self.store, node)

        def bounds(first: tuple[str, ...], last: tuple[str, ...]) -> Period | None:
            low = [p.first for n in first for v in says.get(n, ()) if (p := period(v, precision))]
            high = [p.last for n in last for v in says.get(n, ()) if (p := period(v, precision))]
            if not low and not high:
                return None
            # One bound alone leaves the other side open.
            return Period(min(low, default=FIRST_DAY), max(high, default=LAST_DAY))

        for names in _INSTRUMENT:
            if says.get(names):
                return Span(
                    bounds((names,), (names,)), bounds(("terminatedOn",), ("terminatedOn",))
                )
        # An event is over, what it did is not: only a stated end ends it.
        return Span(bounds(_BEGINS, _LATEST), bounds(("endDate",), ("endDate",)))
