"""What pages tell: things, claims and documents as plain records, for a page and as JSON alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from heapq import nsmallest
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pyoxigraph import Literal

from kg import dossier
from kg.citing import describe_source
from kg.claims import Claim
from kg.errors import UnknownNameError
from kg.store import Store
from kg.turtle import natural
from kg.vocab import DCTERMS, KG, compress, expand
from kg.web.problems import HttpError

Record = dict[str, Any]
#: So many claims of a group are on the page of a thing; so many when more of one are asked for.
SHOWN, PART = 60, 200
#: So many claims, or places of a document, are on a page that is asked for whole, and in JSON.
WHOLE = 2_000
#: So many documents of a publisher, and values of a property, are listed.
LISTED = 200


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


class Part(NamedTuple):
    """Which part of what is long is told: of one group, after one of its items; else the beginnings."""

    group: str = ""
    after: str = ""
    whole: bool = False


BEGINNINGS = Part()


def entity(store: Store, iri: str, part: Part = BEGINNINGS) -> Record:
    """Return the dossier of one thing; raises UnknownNameError when nothing is said about it.

    Of each group of claims the first ones are told, or of one group those after a claim
    (HttpError, 410, where that is not in it). ``next`` is what an address has to have to go on.
    """
    found = dossier.show(store, iri)
    # Identifiers come last: most readers look for what is said.
    titles = [
        (key, title)
        for key, title in (*dossier.GROUPS[1:], dossier.GROUPS[0])
        if found.groups.get(key) and part.group in ("", key)
    ]
    groups, left = [], WHOLE
    for key, title in titles:
        claims = found.groups[key]
        most = PART if part.group else left if part.whole else SHOWN
        start, shown, onward = _portion([c.iri for c in claims], part.after, most)
        left -= len(shown)
        told = claims[start : start + len(shown)]
        groups.append(
            {
                "key": key,
                "title": title,
                "count": len(claims),
                "start": start,
                "claims": [claim(store, one, found.disputed.get(one.iri, ())) for one in told],
                "next": urlencode({"group": key, "after": onward}) if onward else "",
            }
        )
    published = store.made(_published).get(iri, ())
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
        "holds": store.made(_held)[iri],
        "published": [thing(store, document) for document in published[:LISTED]],
        "published_in_all": len(published),
    }


def _portion(iris: Sequence[str], after: str, most: int) -> tuple[int, Sequence[str], str]:
    """Return where a part begins, its items, and what to go on after ("" at the end)."""
    start = 0
    if after:
        wanted = expand(after) or after
        if wanted not in iris:
            raise HttpError(
                410,
                f"{after[:100]} is not here, or not any more",
                hint="begin again without after",
                parameter="after",
            )
        start = iris.index(wanted) + 1
    shown = iris[start : start + most]
    if start + len(shown) == len(iris):
        return start, shown, ""
    return start, shown, compress(shown[-1]) if shown else after


def prepare(store: Store) -> None:
    """Make what pages of things and documents look into."""
    for index in (_held, _published, _places, _read):
        store.made(index)
    _ = store.disputes


def _held(store: Store) -> Counter[str]:
    """Return how many claims each holds, or relays."""
    return Counter(
        holder for c in store.claims.values() for holder in {*c.holders, *c.original_holders}
    )


def _published(store: Store) -> dict[str, list[str]]:
    """Return the documents that each has made or published."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in store.sources.values():
        for maker in dict.fromkeys((one.publisher, *one.creators)):
            if maker:
                found[maker].append(one.iri)
    return dict(found)


def _linked(store: Store, one: Claim, iri: str) -> Record:
    other = one.subject if one.object == iri else one.object
    return {"id": compress(one.iri), "iri": one.iri, "to": value(store, other)}


def _description(store: Store, iri: str, found: dossier.Dossier) -> list[Record]:
    """Return what a thing says of itself: property, and values with their links."""
    rows = []
    for predicate, terms in store.describe(iri).items():
        label = store.vocabulary.label(predicate)
        if label in found.description:
            shown = terms[:LISTED]
            values = [value(store, t if isinstance(t, Literal) else t.value) for t in shown]
            more = len(terms) - len(shown)
            rows.append({"property": thing(store, predicate), "values": values, "more": more})
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


def source(store: Store, iri: str, part: Part = BEGINNINGS) -> Record:
    """Return a document: what it is, how far it is read, and the claims read from it.

    Of its places the first ones are told, or those after one, as for ``entity``.
    """
    one = store.sources[iri]
    places, read = store.made(_places).get(iri, []), store.made(_read)
    claims = dict.fromkeys(c for p in places for c in read.get(p, ()))
    cites = [c for c in store.citations.values() if c.citing == iri]
    start, shown, onward = _portion(places, part.after, WHOLE if part.whole else PART)
    units = [
        {
            "passage": compress(p.iri),
            "place": p.locator,
            "kind": p.unit_kind,
            "reason": p.no_claim_reason,
            "claims": [_short(store, store.claims[c]) for c in read.get(p.iri, ())],
        }
        for p in map(store.passages.__getitem__, shown)
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
        "edition": text_of(store, iri, KG + "edition"),
        "rights": text_of(store, iri, DCTERMS + "rights"),
        "claims": len(claims),
        "modalities": counted(str(store.claims[c].modality) for c in claims),
        "units": units,
        "units_in_all": len(places),
        "start": start,
        "next": urlencode({"after": onward}) if onward else "",
        "cites": [
            {"marker": c.marker, **thing(store, c.cited)}
            for c in sorted(cites, key=lambda c: natural(c.marker))
            if c.cited
        ],
    }


def _places(store: Store) -> dict[str, list[str]]:
    """Return the places of each document in reading order."""
    found: dict[str, list[str]] = defaultdict(list)
    for p in sorted(store.passages.values(), key=lambda p: p.position or 0):
        # (They come in natural order, which the sort keeps.)
        found[p.source].append(p.iri)
    return dict(found)


def _read(store: Store) -> dict[str, list[str]]:
    """Return the claims read from each place."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in store.claims.values():
        for passage in one.evidence:
            found[passage].append(one.iri)
    return dict(found)


def _short(store: Store, one: Claim) -> Record:
    return {
        "id": compress(one.iri),
        "iri": one.iri,
        "statement": one.statement or dossier.proposition(store, one),
        "modality": str(one.modality),
        "denied": one.polarity == "negated",
    }


def text_of(store: Store, iri: str, predicate: str) -> str:
    """Return the first value of a property, "" where there is none."""
    return next((term.value for term in store.objects(iri, predicate)), "")


def counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Return how often each comes, the most frequent first."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], natural(item[0])))


def much_said_of(store: Store) -> list[Record]:
    """Return the things with a name that most claims are about."""
    return store.made(_much_said_of)


def _much_said_of(store: Store) -> list[Record]:
    counts = (
        (len(claims), iri) for iri, claims in store.claims_about.items() if iri in store.labels
    )
    found = nsmallest(12, counts, key=lambda item: (-item[0], natural(item[1])))
    return [{**thing(store, iri), "claims": count} for count, iri in found]


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
