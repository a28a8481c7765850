"""Nodes that share an identifier are one thing, unless something else says they are two.

Exact and typed: a value counts with its scheme and for its time. What an identifier
joins, another identifier of one-value schemes, a class (a person is no company) or a
judgement can keep apart; then nothing is joined and the conflict is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.dates import FIRST_DAY, LAST_DAY
from kg.identity import SCHEMES
from kg.joining import LINKS_GRAPH
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import ID, KG, KINDS, RDF, SKOS

_WIKIDATA = "http://www.wikidata.org/entity/Q"
_ORDER = {name: place for place, name in enumerate(SCHEMES)}
_CURATED = tuple(f"{ID}{kind}/" for kind in KINDS)
_PERSON = KG + "Person"


class Identifier(NamedTuple):
    """That a node has an identifier, and from when to when (ISO 8601; open: empty)."""

    node: str
    scheme: str
    value: str
    first: str = ""
    last: str = ""

    @property
    def shown(self) -> str:
        """Scheme and value, as a person reads them."""
        return f"{self.scheme} {self.value.rsplit('/', 1)[-1]}"


class Conflict(NamedTuple):
    """Two nodes that something joins and something else keeps apart."""

    one: str
    other: str
    joined_by: str
    kept_apart_by: str


class Join(NamedTuple):
    """Two nodes that are one thing, and the identifiers that say so."""

    one: str
    other: str
    by: str


@dataclass(slots=True)
class Found:
    """What the identifiers of a store say: which nodes are one, by what, and what is unclear.

    ``groups`` lists the nodes of each thing, the one that stands for the others first.
    ``ambiguous`` are the identifiers that several things hold at one time.
    """

    groups: list[list[str]] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    ambiguous: list[Identifier] = field(default_factory=list)


def identifiers(store: Store) -> list[Identifier]:
    """Return every standing identifier of a store that is not joined, sorted.

    A Wikidata entity that the data speak of has its own id.
    """
    engine = store.engine
    links = {
        q.subject.value
        for q in engine.quads_for_pattern(None, _node("type", RDF), NamedNode(KG + "IdentityLink"))
        if isinstance(q.subject, NamedNode) and q.graph_name != LINKS_GRAPH
    }
    said: dict[str, dict[str, str]] = {iri: {} for iri in links}
    for predicate in (
        RDF + "subject",
        RDF + "object",
        KG + "identityScheme",
        KG + "validFrom",
        KG + "validTo",
        KG + "polarity",
        KG + "rank",
        KG + "retractedOn",
    ):
        for quad in engine.quads_for_pattern(None, NamedNode(predicate), None):
            if isinstance(quad.subject, NamedNode) and quad.subject.value in said:
                assert isinstance(quad.object, NamedNode | Literal)
                said[quad.subject.value][predicate] = quad.object.value
    found = set()
    for values in said.values():
        scheme = SCHEMES.get(values.get(KG + "identityScheme", ""))
        standing = (
            values.get(KG + "polarity") != KG + "negated"
            and values.get(KG + "rank") != KG + "deprecated"
            and KG + "retractedOn" not in values
        )
        if scheme is not None and scheme.joins and standing and RDF + "object" in values:
            found.add(
                Identifier(
                    values[RDF + "subject"],
                    scheme.name,
                    values[RDF + "object"],
                    values.get(KG + "validFrom", ""),
                    values.get(KG + "validTo", ""),
                )
            )
    own = (i.value for i in found if i.scheme == "wikidata")
    found |= {Identifier(q, "wikidata", q) for q in set(own) if _spoken_of(store, q, links)}
    return sorted(
        found, key=lambda i: (_ORDER[i.scheme], natural(i.value), i.first, natural(i.node))
    )


def _node(local: str, namespace: str) -> NamedNode:
    return NamedNode(namespace + local)


def _spoken_of(store: Store, iri: str, links: Collection[str]) -> bool:
    node = NamedNode(iri)
    described = store.engine.quads_for_pattern(node, None, None)
    if any(quad.graph_name != LINKS_GRAPH for quad in described):
        return True
    return any(
        isinstance(quad.subject, NamedNode)
        and quad.subject.value not in links
        and quad.predicate.value in (RDF + "subject", RDF + "object")
        for quad in store.engine.quads_for_pattern(None, None, node)
    )


def by_identifiers(
    store: Store,
    *,
    same: Iterable[tuple[str, str]] = (),
    different: Iterable[tuple[str, str]] = (),
) -> Found:
    """Return which nodes are one by their identifiers, and by what was judged.

    ``store`` shows each node as its data set has it (``joined=False``). ``same`` and
    ``different`` are pairs of nodes judged so: the former join beside the identifiers,
    the latter keep apart what identifiers would join. The result depends on the data
    alone, not on their order.
    """
    known = identifiers(store)
    found = Found()
    things = _Things(known, _classes(store, known), different)
    joins: dict[tuple[str, str], list[str]] = defaultdict(list)
    for value in _by_value(known):
        clear, unclear = _at_one_time(value)
        found.ambiguous += unclear
        for holder, next_holder in clear:
            joins[holder.node, next_holder.node].append(holder.shown)
    for (one, other), shown in joins.items():
        if reason := things.join(one, other):
            found.conflicts.append(Conflict(one, other, ", ".join(shown), reason))
        else:
            found.joins.append(Join(one, other, ", ".join(dict.fromkeys(shown))))
    kept_apart = {c.other for c in found.conflicts}
    for value in _by_value(known) if kept_apart else ():
        # What cannot be one with the first of a value's holders may be one with another.
        for a, b in _others(_at_one_time(value)[0], kept_apart):
            if not things.are_one(a.node, b.node) and not things.join(a.node, b.node):
                found.joins.append(Join(a.node, b.node, b.shown))
    for one, other in sorted(same):
        if reason := things.join(one, other):
            found.conflicts.append(Conflict(one, other, "judged the same", reason))
    rank = _Ranks(store)
    found.groups = sorted(
        (sorted(group, key=rank) for group in things.groups()), key=lambda g: natural(g[0])
    )
    return found


def _by_value(known: list[Identifier]) -> Iterator[list[Identifier]]:
    """Yield the identifiers that are one value of one scheme, of more than one node."""
    values: dict[tuple[str, str], list[Identifier]] = defaultdict(list)
    for identifier in known:
        values[identifier.scheme, identifier.value].append(identifier)
    for found in values.values():
        if len({i.node for i in found}) > 1:
            yield found


def _at_one_time(
    held: list[Identifier],
) -> tuple[list[tuple[Identifier, Identifier]], list[Identifier]]:
    """Return the pairs that hold one identifier at one time, and the holders of unclear time.

    A holder whose time meets those of two that never meet (an undated COW 365 beside the
    Soviet Union's and Russia's) is neither's.
    """
    spans = [Identifier("", "", "", *span) for span in {(i.first, i.last) for i in held}]
    clear: list[Identifier] = []
    unclear: list[Identifier] = []
    for one in held:
        (unclear if _some_never_meet([s for s in spans if _meet(one, s)]) else clear).append(one)
    pairs = []
    for place, one in enumerate(clear):
        other = next((o for o in clear[:place] if _meet(one, o) and o.node != one.node), None)
        if other is not None:
            pairs.append((other, one))
    return pairs, unclear


def _some_never_meet(times: Sequence[Identifier]) -> bool:
    """Return whether two of some times have no day in common."""
    starts = max((t.first or FIRST_DAY for t in times), default=FIRST_DAY)
    return starts > min((t.last or LAST_DAY for t in times), default=LAST_DAY)


def _others(
    pairs: list[tuple[Identifier, Identifier]], kept_apart: Collection[str]
) -> Iterator[tuple[Identifier, Identifier]]:
    """Yield the further pairs of one value, for the nodes that were kept apart from its first holder."""
    holders = list(dict.fromkeys(holder for pair in pairs for holder in pair))
    for first, one in pairs:
        if one.node in kept_apart:
            for other in holders:
                if other.node not in (first.node, one.node) and _meet(other, one):
                    yield other, one


def _meet(one: Identifier, other: Identifier) -> bool:
    return (one.first or FIRST_DAY) <= (other.last or LAST_DAY) and (other.first or FIRST_DAY) <= (
        one.last or LAST_DAY
    )


def _classes(store: Store, known: Iterable[Identifier]) -> Mapping[str, bool]:
    """Return, for the nodes whose class is stated, whether it is a person."""
    found: dict[str, bool] = {}
    for iri in {identifier.node for identifier in known}:
        types = [t for t in store.types(iri) if t.startswith(KG) and t != KG + "Actor"]
        if types:
            found[iri] = _PERSON in types
    return found


class _Things:
    """Groups of nodes that are one thing; joining checks what keeps things apart."""

    def __init__(
        self,
        known: Iterable[Identifier],
        persons: Mapping[str, bool],
        different: Iterable[tuple[str, str]],
    ) -> None:
        self._parent: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._single: dict[str, list[Identifier]] = defaultdict(list)
        self._persons = {node: {is_person} for node, is_person in persons.items()}
        self._apart: dict[str, set[str]] = defaultdict(set)
        for identifier in known:
            if SCHEMES[identifier.scheme].single:
                self._single[identifier.node].append(identifier)
        for one, other in different:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def _root(self, node: str) -> str:
        self._members.setdefault(node, {node})
        while (parent := self._parent.setdefault(node, node)) != node:
            self._parent[node] = self._parent[parent]
            node = parent
        return node

    def are_one(self, one: str, other: str) -> bool:
        """Return whether two nodes have become one thing."""
        return self._root(one) == self._root(other)

    def join(self, one: str, other: str) -> str:
        """Make two nodes one thing; return why that cannot be, or an empty text."""
        a, b = self._root(one), self._root(other)
        if a == b:
            return ""
        if reason := self._obstacle(a, b):
            return reason
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        self._parent[b] = a
        self._members[a] |= self._members.pop(b)
        self._single[a] = self._single.pop(a, []) + self._single.pop(b, [])
        self._persons[a] = self._persons.pop(a, set()) | self._persons.pop(b, set())
        self._apart[a] |= self._apart.pop(b, set())
        return ""

    def _obstacle(self, a: str, b: str) -> str:
        if self._apart[a] & self._members[b] or self._apart[b] & self._members[a]:
            return "judged to be different"
        if len(self._persons.get(a, set()) | self._persons.get(b, set())) > 1:
            return "one is a person and the other is not"
        mine: dict[str, list[Identifier]] = defaultdict(list)
        for identifier in self._single.get(a, ()):
            mine[identifier.scheme].append(identifier)
        for theirs in self._single.get(b, ()):
            for ours in mine.get(theirs.scheme, ()):
                if ours.value != theirs.value and _meet(ours, theirs):
                    return f"{ours.shown} and {theirs.shown}"
        return ""

    def groups(self) -> Iterator[set[str]]:
        """Yield the nodes of each thing that has more than one."""
        for root, members in self._members.items():
            if self._parent.get(root, root) == root and len(members) > 1:
                yield members


class _Ranks:
    """Which node stands for a thing: ours, then one with a name, then Wikidata's, then by name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, iri: str) -> tuple[object, ...]:
        ours = iri.startswith(_CURATED) and any(
            quad.graph_name not in (ONTOLOGY_GRAPH, LINKS_GRAPH)
            for quad in self._store.engine.quads_for_pattern(NamedNode(iri), None, None)
        )
        named = any(
            True
            for _ in self._store.engine.quads_for_pattern(
                NamedNode(iri), NamedNode(SKOS + "prefLabel"), None
            )
        )
        return not ours, not named, not iri.startswith(_WIKIDATA), natural(iri)
