"""Citing: the places an answer rests on, numbered, as a reference list gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg import sparql
from kg.claims import Claim, Edge
from kg.results import Result, Row
from kg.store import Store
from kg.vocab import compress

#: How many places are cited for a row that names a thing and no claim or edge.
PLACES_OF_A_THING = 3


class Backing(NamedTuple):
    """The passages a row rests on, how many more there are that are not listed, and its claims."""

    passages: tuple[str, ...]
    more: int = 0
    claims: tuple[str, ...] = ()


@dataclass(slots=True)
class References:
    """Numbers the places that an answer cites, in the order they are first cited."""

    store: Store
    numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, claim: Claim) -> tuple[int, ...]:
        """Return the numbers of the passages a claim was read from."""
        return tuple(
            self.numbers.setdefault(passage, len(self.numbers) + 1) for passage in claim.evidence
        )

    def marks(self, claims: Iterable[Claim]) -> str:
        """Return the numbers behind some claims as they are printed: ``[1][4]``."""
        numbers = {number for claim in claims for number in self.cite(claim)}
        return "".join(f"[{number}]" for number in sorted(numbers))

    def mark(self, backing: Backing) -> str:
        """Return the numbers of what a row rests on, and how many more places there are."""
        numbers = sorted(
            self.numbers.setdefault(p, len(self.numbers) + 1) for p in backing.passages
        )
        more = f" +{backing.more}" if backing.more else ""
        return "".join(f"[{number}]" for number in numbers) + more

    def lines(self) -> list[str]:
        """Return one line a number: source and place."""
        return [f"[{n}] {place(self.store, iri)}" for iri, n in self.numbers.items()]


def place(store: Store, passage_iri: str) -> str:
    """Return where a passage stands: creator, title, publisher, date, locator."""
    passage = store.passages.get(passage_iri)
    if passage is None:
        return compress(passage_iri)
    return f"{describe_source(store, passage.source)}: {passage.locator}"


def describe_source(store: Store, iri: str) -> str:
    """Return a source as a reference list gives it."""
    source = store.sources.get(iri)
    if source is None:
        return store.label(iri) if iri else "unknown source"
    names = ", ".join(store.label(creator) for creator in source.creators)
    title = f"“{source.title}”" if source.title else store.label(iri)
    publisher = store.label(source.publisher) if source.publisher else ""
    return ", ".join(part for part in (names, title, publisher, source.issued) if part)


def claim_values(store: Store, claim: Claim) -> dict[str, Any]:
    """Return a claim as plain values, its places in words."""
    value = claim.object
    return {
        "id": compress(claim.iri),
        "statement": claim.statement,
        "subject": compress(claim.subject),
        "predicate": compress(claim.predicate),
        "object": compress(value) if isinstance(value, str) else value.value,
        "kind": str(claim.kind),
        "modality": str(claim.modality),
        "hedges": list(claim.hedges),
        "polarity": str(claim.polarity),
        "rank": str(claim.rank),
        "holders": [compress(h) for h in claim.holders],
        "original_holders": [compress(h) for h in claim.original_holders],
        "confidence": claim.confidence,
        "credibility": claim.credibility,
        "footnotes": list(claim.markers),
        "sources": [place(store, passage) for passage in claim.evidence],
        "conflicts_with": [compress(c) for c in claim.conflicts_with],
    }


def backing(store: Store, result: Result, text: str) -> list[Backing]:
    """Return, for each row or triple of an answer, the passages it rests on.

    Those of the claims and passages the row names; else those of the edges between
    what the row names and what the query names (of the properties the query names,
    if it names some that can be edges); else the first few about the things named.
    """
    rows: Iterable[Row] = [(t.subject, t.predicate, t.object) for t in result.triples]
    mentioned = set(sparql.iris(text))
    edges = store.vocabulary.edge_predicates & mentioned
    by_end: dict[str, list[Edge]] = defaultdict(list)
    for edge in store.edges:
        if not edges or edge[1] in edges:
            by_end[edge[0]].append(edge)
            if isinstance(edge[2], str):
                by_end[edge[2]].append(edge)
    return [_backing(store, row, mentioned, by_end) for row in rows or result.rows]


def _backing(
    store: Store, row: Row, mentioned: set[str], by_end: Mapping[str, list[Edge]]
) -> Backing:
    nodes = [term.value for term in row if isinstance(term, NamedNode)]
    named = [node for node in nodes if node in store.passages]
    claims = [node for node in nodes if node in store.claims]
    if not claims:
        ends = {*nodes, *mentioned, *(term for term in row if isinstance(term, Literal))}
        found = {
            edge: None
            for node in nodes
            for edge in by_end.get(node, ())
            if {edge[0], edge[2]} <= ends and (edge[0] != edge[2])
        }
        claims = [claim for edge in found for claim in store.edges[edge]]
    if claims or named:
        places = tuple(dict.fromkeys([*named, *_places(store, claims)]))
        return Backing(places, claims=tuple(dict.fromkeys(claims)))
    about = [claim for node in nodes for claim in store.claims_about.get(node, ())]
    listed = list(dict.fromkeys(_places(store, about)))[:PLACES_OF_A_THING]
    more = len(dict.fromkeys(_places(store, about))) - len(listed)
    first = (claim for claim in about if not set(listed).isdisjoint(store.claims[claim].evidence))
    return Backing(tuple(listed), more, tuple(dict.fromkeys(first))[:PLACES_OF_A_THING])


def _places(store: Store, claims: Iterable[str]) -> Iterator[str]:
    for claim in claims:
        yield from store.claims[claim].evidence
