"""What pages tell: things, claims and documents as plain records, for a page and as JSON alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg import dossier
from kg.citing import describe_source
from kg.claims import Claim
from kg.errors import UnknownNameError
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import DCTERMS, KG, RDF, compress, expand

Record = dict[str, Any]
# Families of what is written about the world, which is no thing in it.
_NOT_THINGS = ("", "source", "other")
#: So many claims of a group are on a page, unless all are asked for.
SHOWN = 60


def thing(store: Store, iri: str) -> Record:
    """Return a thing as it is named elsewhere."""
    return {"id": compress(iri), "iri": iri, "label": store.label(iri)}


def value(store: Store, term: str | Literal) -> Record:
    """Return what stands in the place of an object: a thing, or text."""
    if isinstance(term, str):
        return thing(store, term)
    return {"text": term.value, "language": term.language or ""}


def claim(store: Store, one: Claim, against: Iterable[str] = ()) -> Record:
    """Return a claim with who holds it, how firmly, and where it is written."""
    return {
        "id": compress(one.iri),
        "iri": one.iri,
        "statement": one.statement or dossier.proposition(store, one),
        "subject": thing(store, one.subject),
        "predicate": thing(store, one.predicate),
        "object": value(store, one.object),
        "kind": str(one.kind),
        "modality": str(one.modality),
        "hedges": list(one.hedges),
        "denied": one.polarity == "negated",
        "rank": str(one.rank),
        "rank_reason": one.rank_reason,
        "holders": [thing(store, holder) for holder in one.holders],
        "original_holders": [thing(store, holder) for holder in one.original_holders],
        "confidence": one.confidence,
        "credibility": one.credibility,
        "likelihood": store.label(KG + one.likelihood) if one.likelihood else "",
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "valid_precision": one.valid_precision,
        "covered_to": one.covered_to,
        "retracted_on": one.retracted_on,
        "identity_scheme": one.identity_scheme,
        "check_method": one.check_method,
        "note": one.note,
        "footnotes": list(one.markers),
        "places": [_place(store, passage) for passage in one.evidence],
        "recorded_as": [
            compress(term.value)
            for name in ("recordedSubject", "recordedObject")
            for term in store.objects(one.iri, KG + name)
        ],
        "disputed_by": [compress(other) for other in against],
    }


def _place(store: Store, iri: str) -> Record:
    passage = store.passages.get(iri)
    source = passage.source if passage else ""
    return {
        "passage": iri,
        "locator": passage.locator if passage else compress(iri),
        "source": source,
        "described": describe_source(store, source) if source else "",
    }


def entity(store: Store, iri: str, shown: int | None = SHOWN) -> Record:
    """Return the dossier of one thing; raises UnknownNameError when nothing is said about it."""
    found = dossier.show(store, iri)
    groups = []
    # Identifiers come last: most readers look for what is said.
    for key, title in (*dossier.GROUPS[1:], dossier.GROUPS[0]):
        claims = found.groups.get(key, ())
        if claims:
            groups.append(
                {
                    "key": key,
                    "title": title,
                    "count": len(claims),
                    "claims": [
                        claim(store, one, found.disputed.get(one.iri, ())) for one in claims[:shown]
                    ],
                }
            )
    held = [c for c in store.claims.values() if iri in c.holders or iri in c.original_holders]
    return {
        **thing(store, iri),
        "types": [thing(store, cls) for cls in store.types(iri)],
        "definition": found.definition,
        "names": found.names,
        "description": _description(store, iri, found),
        "recorded_as": [compress(node) for node in store.stands_for(iri)],
        "linked": [_linked(store, one, iri) for one in found.same_as],
        "claims": found.claims,
        "groups": groups,
        "obligations": obligations(store, iri),
        "contested": len(found.disputed),
        "holds": len(held),
        "published": [thing(store, s.iri) for s in store.sources.values() if _made(s, iri)],
    }


def _made(source: Any, iri: str) -> bool:
    return iri == source.publisher or iri in source.creators


def _linked(store: Store, one: Claim, iri: str) -> Record:
    other = one.subject if one.object == iri else one.object
    return {"id": compress(one.iri), "iri": one.iri, "to": value(store, other)}


def _description(store: Store, iri: str, found: dossier.Dossier) -> list[Record]:
    """Return what a thing says of itself: property, and values with their links."""
    rows = []
    for predicate, terms in store.describe(iri).items():
        label = store.vocabulary.label(predicate)
        if label in found.description:
            values = [value(store, t if isinstance(t, Literal) else t.value) for t in terms]
            rows.append({"property": thing(store, predicate), "values": values})
    return rows


def chain(store: Store, iri: str) -> Record:
    """Return the chain of evidence of a claim; raises UnknownNameError when there is none."""
    if iri not in store.claims:
        raise UnknownNameError(f"there is no claim {compress(iri)}", hint="/search finds claims")
    one = store.claims[iri]
    found = dossier.why(store, one)
    against = [
        c.iri
        for name in ("denies", "denied by", "conflicts with")
        for c in found.links.get(name, ())
    ]
    return {
        **claim(store, one, against),
        "in_graph": found.in_graph,
        "obstacles": list(found.obstacles),
        "notes": list(found.footnotes),
        "origins": list(found.origins),
        "status": found.status,
        "firmness": dossier.firmness(one),
        "attribution": dossier.attribution(store, one),
        "links": [
            {"name": name, "claims": [claim(store, other) for other in others]}
            for name, others in found.links.items()
        ],
        "cited": [
            thing(store, store.citations[c].cited)
            for c in one.citations
            if c in store.citations and store.citations[c].cited
        ],
    }


def source(store: Store, iri: str, shown: int | None = 200) -> Record:
    """Return a document: what it is, how far it is read, and the claims read from it."""
    one = store.sources[iri]
    places = [p for p in store.passages.values() if p.source == iri]
    places.sort(key=lambda p: (p.position or 0, natural(p.iri)))
    read: dict[str, list[Claim]] = {p.iri: [] for p in places}
    for other in store.claims.values():
        for passage in other.evidence:
            if passage in read:
                read[passage].append(other)
    claims = {c.iri: c for several in read.values() for c in several}
    cites = [c for c in store.citations.values() if c.citing == iri]
    units = [
        {
            "passage": compress(p.iri),
            "place": p.locator,
            "kind": p.unit_kind,
            "reason": p.no_claim_reason,
            "claims": [_short(store, c) for c in read[p.iri]],
        }
        for p in places
    ]
    return {
        **thing(store, iri),
        "types": [thing(store, cls) for cls in store.types(iri)],
        "title": one.title,
        "creators": [thing(store, c) for c in one.creators],
        "publisher": thing(store, one.publisher) if one.publisher else None,
        "issued": one.issued,
        "url": one.url,
        "language": one.language,
        "reliability": one.reliability,
        "reliable": store.label(KG + one.reliability) if one.reliability else "",
        "origins": [thing(store, origin) for origin in one.origins],
        "completely_encoded": one.completely_encoded,
        "note": one.note,
        "described": describe_source(store, iri),
        "edition": _text(store, iri, KG + "edition"),
        "rights": _text(store, iri, DCTERMS + "rights"),
        "claims": len(claims),
        "modalities": counted(str(c.modality) for c in claims.values()),
        "units": units[:shown],
        "units_in_all": len(units),
        "cites": [
            {"marker": c.marker, **thing(store, c.cited)}
            for c in sorted(cites, key=lambda c: natural(c.marker))
            if c.cited
        ],
    }


def _short(store: Store, one: Claim) -> Record:
    return {
        "id": compress(one.iri),
        "iri": one.iri,
        "statement": one.statement or dossier.proposition(store, one),
        "modality": str(one.modality),
        "denied": one.polarity == "negated",
    }


def _text(store: Store, iri: str, predicate: str) -> str:
    return next((term.value for term in store.objects(iri, predicate)), "")


def counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Return how often each comes, the most frequent first."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], natural(item[0])))


def overview(store: Store) -> Record:
    """Return what is in the graph: how much, how sure, how fresh, of whom, on which terms."""
    found = dossier.info(store)
    issued = sorted(s.issued for s in store.sources.values() if s.issued)
    sources = []
    by_source = {name: n for name, n in found["claims_by_source"].items() if name}
    for name, count in list(by_source.items())[:12]:
        iri = _iri(name)
        one = store.sources.get(iri)
        sources.append(
            {
                **thing(store, iri),
                "claims": count,
                "issued": one.issued if one else "",
                "edition": _text(store, iri, KG + "edition"),
                "rights": _text(store, iri, DCTERMS + "rights"),
                "reliability": one.reliability if one else "",
            }
        )
    return {
        "claims": found["claims"],
        "edges": found["edges"],
        "denied": found["claims_denied"],
        "contested": found["claims_in_dispute"],
        "modalities": [(name, count) for name, count in found["claims_by_modality"].items()],
        "kinds": list(found["claims_by_kind"].items()),
        "graphs": [
            {"id": f["graph"], "triples": f["triples"]}
            for f in found["files"]
            if f["graph"] != compress(ONTOLOGY_GRAPH.value)
        ],
        "classes": _classes(store),
        "sources": sources,
        "sources_in_all": len(by_source),
        "documents": len(store.sources),
        "first_issued": issued[0] if issued else "",
        "last_issued": issued[-1] if issued else "",
        "unjudged": sum(c.confidence is None for c in store.claims.values()),
        "much_said_of": much_said_of(store),
        "key": store.key,
    }


def much_said_of(store: Store, most: int = 12) -> list[Record]:
    """Return the things that most claims are about."""
    counts = (
        (len(claims), iri) for iri, claims in store.claims_about.items() if iri in store.labels
    )
    found = sorted(counts, key=lambda item: (-item[0], natural(item[1])))
    return [{**thing(store, iri), "claims": count} for count, iri in found[:most]]


def class_counts(store: Store) -> Counter[str]:
    """Return how many nodes of the data are in each class."""
    counts: Counter[str] = Counter()
    for quad in store.quads(predicate=NamedNode(RDF + "type")):
        if quad.graph_name != ONTOLOGY_GRAPH and isinstance(quad.object, NamedNode):
            counts[quad.object.value] += 1
    return counts


def _classes(store: Store) -> list[Record]:
    """Return the classes of what claims are about, the largest first."""
    counts, family = class_counts(store), store.vocabulary.family
    kept = [(cls, n) for cls, n in counts.items() if family(cls) not in _NOT_THINGS]
    kept.sort(key=lambda item: (-item[1], natural(item[0])))
    return [{**thing(store, cls), "count": n, "family": family(cls)} for cls, n in kept[:14]]


def members(store: Store, cls: str, start: int, most: int) -> tuple[list[Record], int]:
    """Return a part of what is in a class or in one below it, and how many there are in all.

    What most claims are about comes first.
    """
    below = [iri for iri in store.vocabulary.terms if cls in store.vocabulary.ancestors(iri)]
    found = {
        quad.subject.value
        for one in dict.fromkeys((cls, *below))
        for quad in store.quads(None, NamedNode(RDF + "type"), NamedNode(one))
        if isinstance(quad.subject, NamedNode) and quad.graph_name != ONTOLOGY_GRAPH
    }
    counts = {iri: len(store.claims_about.get(iri, ())) for iri in found}
    order = sorted(found, key=lambda iri: (-counts[iri], natural(iri)))
    shown = [{**thing(store, iri), "claims": counts[iri]} for iri in order[start : start + most]]
    return shown, len(found)


def editions(store: Store) -> list[tuple[str, Record]]:
    """Return the sources that are editions of data sets, with edition and terms."""
    store.read_ahead(predicates=[KG + "edition"])
    found = {}
    for quad in store.quads(predicate=NamedNode(KG + "edition")):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
            iri = quad.subject.value
            found[iri] = {
                "edition": quad.object.value,
                "rights": _text(store, iri, DCTERMS + "rights"),
            }
    return sorted(found.items(), key=lambda item: natural(item[0]))


def _iri(curie: str) -> str:
    return expand(curie) or curie


def obligations(store: Store, iri: str) -> list[Record]:
    """Return what an instrument is said to impose: on whom, towards whom, when, and who says so."""
    found = []
    for name in store.claims_about.get(iri, ()):
        one = store.claims[name]
        if one.predicate != KG + "imposes" or one.subject != iri or not isinstance(one.object, str):
            continue
        duty = one.object
        found.append(
            {
                "duty": thing(store, duty),
                "claim": _short(store, one),
                "kind": ", ".join(_words(store, duty, "obligationType")),
                "obliges": _things(store, duty, "obliges"),
                "owed_to": _things(store, duty, "owedTo"),
                "when": ", ".join(_words(store, duty, "trigger")),
            }
        )
    return found


def _things(store: Store, iri: str, name: str) -> list[Record]:
    values = store.objects(iri, KG + name)
    return [value(store, t if isinstance(t, Literal) else t.value) for t in values]


def _words(store: Store, iri: str, name: str) -> list[str]:
    return [one.get("label") or one.get("text", "") for one in _things(store, iri, name)]


def place_in_time(rows: Sequence[Record], days: Callable[[Record], tuple[str, str] | None]) -> None:
    """Add to each row where its days stand between the first and the last of all, in 200 steps.

    ``days`` gives the first and the last day that are meant, as ISO 8601 has them; a row
    without them, or with a day there is not, has no place (``strip`` is None).
    """
    found = [_ordinals(days(row)) for row in rows]
    low = min((first for first, _ in filter(None, found)), default=0)
    high = max((last for _, last in filter(None, found)), default=0)
    span = max(high - low, 1)
    for row, one in zip(rows, found, strict=True):
        row["strip"] = one and {
            "x": round(4 + 192 * (one[0] - low) / span, 1),
            "width": round(192 * (one[1] - one[0]) / span, 1),
        }


def _ordinals(days: tuple[str, str] | None) -> tuple[int, int] | None:
    if days is None:
        return None
    try:
        first, last = (date.fromisoformat(day[:10]).toordinal() for day in days)
    except ValueError:
        return None
    return first, last
