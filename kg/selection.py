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
from kg.corroboration import Corroboration
from kg.dates import Held, Period, Span, asked, period
from kg.errors import UnknownNameError, UsageError
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import KG, RDF, compress

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
    claim falls with a left-out source when it is read nowhere else, and when every
    document that its footnotes name is left out. ``exclude_holders`` drops claims that
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
    is read from, or with one that its footnotes name.
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
    was asked, whether it certainly held then. A claim that is read in a left-out source,
    too, has only its other places.
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
        self.excluded = documents(store, wanted.exclude_sources)
        self.holders = frozenset(wanted.exclude_holders)
        self.in_datasets = _claims_in(store, wanted.datasets)

    def __call__(self, claim: Claim) -> Claim | str:
        wanted, passages = self.wanted, self.store.passages
        if wanted.datasets and claim.iri not in self.in_datasets:
            return "in another data set"
        read = [(iri, passages[iri].source) for iri in claim.evidence if iri in passages]
        if wanted.sources and not any(source in self.kept for _, source in read):
            return "from another source"
        if self.excluded:
            left = tuple(iri for iri in claim.evidence if dict(read).get(iri) not in self.excluded)
            if not left or (claim.cited_sources and self.excluded >= set(claim.cited_sources)):
                return "left-out source"
            if len(left) < len(claim.evidence):
                claim = claim._replace(evidence=left)
                read = [(iri, source) for iri, source in read if iri in left]
        if self.holders and (
            self.holders.issuperset(claim.holders)
            or (claim.original_holders and self.holders.issuperset(claim.original_holders))
        ):
            return "held by somebody left out"
        if wanted.kinds and claim.kind not in wanted.kinds:
            return "of another kind"
        if wanted.modalities and claim.modality not in wanted.modalities:
            return "of another modality"
        return self._grades(claim, read) or self._published(claim, read) or claim

    def _grades(self, claim: Claim, read: list[tuple[str, str]]) -> str:
        wanted, sources = self.wanted, self.store.sources
        if wanted.min_credibility is not None:
            # 6 is no low grade: it says that nobody can tell.
            if claim.credibility in (None, 6) and wanted.min_credibility < 6:
                return "credibility not judged"
            if (claim.credibility or 6) > wanted.min_credibility:
                return "credibility too low"
        if wanted.min_reliability:
            grades = {sources[s].reliability for _, s in read if s in sources} - {"", "F"}
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

    def _published(self, claim: Claim, read: list[tuple[str, str]]) -> str:
        if self.known_by is None:
            return ""
        dates = [
            issued(self.store, source)
            for source in dict.fromkeys((*(s for _, s in read), *claim.cited_sources))
        ]
        if any(date is not None and date.last <= self.known_by.last for date in dates):
            return ""
        return "not yet published" if any(dates) else "source without date"


def issued(store: Store, document: str) -> Period | None:
    """Return the days on which a document may have come out, or None where its date is not known."""
    source = store.sources.get(document)
    if source is None or not source.issued:
        return None
    return period(source.issued, _precision(store, document))


def documents(store: Store, named: Iterable[str]) -> frozenset[str]:
    """Return the documents that some documents and actors stand for.

    Raises UnknownNameError for one that is no document and has none.
    """
    found: set[str] = set()
    for iri in named:
        own = {
            source.iri
            for source in store.sources.values()
            if iri in (source.iri, source.publisher, *source.creators, *source.origins)
        }
        if not own:
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


def _precision(store: Store, node: str) -> str:
    found = store.objects(node, KG + "datePrecision")
    return found[0].value.removeprefix(KG) if found else ""


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
        if isinstance(claim.object, Literal):
            stated = period(claim.object.value, _precision(self.store, claim.subject))
            return Span(start=stated) if stated else self.span(claim.subject)
        own = self.span(claim.subject)
        return own if own != Span() else self.span(claim.object)

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
        precision = _precision(self.store, node)

        def bounds(first: tuple[str, ...], last: tuple[str, ...]) -> Period | None:
            low = [p.first for n in first for v in says.get(n, ()) if (p := period(v, precision))]
            high = [p.last for n in last for v in says.get(n, ()) if (p := period(v, precision))]
            if not low and not high:
                return None
            # One bound alone leaves the other side open.
            return Period(min(low, default="0001-01-01"), max(high, default="9999-12-31"))

        for names in _INSTRUMENT:
            if says.get(names):
                return Span(
                    bounds((names,), (names,)), bounds(("terminatedOn",), ("terminatedOn",))
                )
        # An event is over, what it did is not: only a stated end ends it.
        return Span(bounds(_BEGINS, _LATEST), bounds(("endDate",), ("endDate",)))
