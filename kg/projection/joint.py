"""Edges that several claims make together: actors through what they share, documents, answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode

from kg import selection as selecting
from kg.claims import Claim, Polarity, Rank, edge_of
from kg.errors import UsageError
from kg.projection import INSTRUMENTS, REASONS, Drawn, Layer, Line, Projection, filled
from kg.projection.attributes import Attributes, Value
from kg.turtle import natural
from kg.vocab import KG, RDF, expand

if TYPE_CHECKING:
    from kg.results import Result, Term
    from kg.store import Store

_ACTING = (KG + "initiator", KG + "adoptedBy")
_ACTED_ON = (KG + "recipient", KG + "targets")
_TAKING_PART = (KG + "hasParty", KG + "participant", KG + "initiator", KG + "recipient")


#: In one thing with more parts than this, nobody is joined with everybody: 200 parties
#: make 19,900 edges, and say no more than that they are parties.
MAX_SHARED = 200


def actors(layer: Layer) -> list[Line]:
    """Return the edges from actor to actor, direct ones and those by way of something shared.

    Through an agreement two parties are joined both ways ("is party with"). Through an event
    or a resolution who began it acts on whom it is directed at ("acts on"), and all who
    took part are joined both ways ("is in one event with", be it as enemies), unless one acts on the other. A
    denial joins nobody.
    """
    family = layer.attributes.family
    lines: list[Line] = []
    through: dict[str, list[Drawn]] = defaultdict(list)
    used: set[str] = set()
    claims = layer.attributes.claims
    affirmed = [d for d in layer.drawn if claims[d.claims[0]].polarity != Polarity.NEGATED]
    # Facts come first, then what is put most firmly: of several roles of one actor in one
    # thing the firmest counts.
    affirmed.sort(
        key=lambda d: (not d.materialised, min(claims[c].modality.softness for c in d.claims))
    )
    for drawn in affirmed:
        subject, predicate, value = drawn.edge
        if family(str(value)) != "actor":
            continue
        if family(subject) == "actor":
            lines.append(layer.line(drawn))
            used.update(drawn.claims)
        elif predicate in (*_ACTING, *_ACTED_ON, *_TAKING_PART):
            through[subject].append(drawn)
    crowded: set[str] = set()
    for shared, drawn_here in through.items():
        if len(drawn_here) > MAX_SHARED:
            crowded.update(claim for d in drawn_here for claim in d.claims)
            continue
        for line, behind in _through(layer, shared, drawn_here):
            lines.append(line)
            used.update(behind)
    rest = {claim for d in layer.drawn for claim in d.claims} - used
    for claim in rest:
        reason = (
            "negated"
            if claims[claim].polarity == Polarity.NEGATED
            else "too many in one thing"
            if claim in crowded
            else "not between actors"
        )
        layer.left_out[reason] += 1
    return lines


def _through(layer: Layer, shared: str, drawn: list[Drawn]) -> list[tuple[Line, tuple[str, ...]]]:
    """Return the edges between actors by way of one thing, each with its claims."""
    making = layer.attributes
    data = {id(d): layer.line(d).data for d in drawn}
    found: list[tuple[Line, tuple[str, ...]]] = []
    acting: set[frozenset[str]] = set()
    instrument = making.family(shared) in INSTRUMENTS

    def add(one: Drawn, other: Drawn, word: str, label: str, symmetric: bool) -> None:
        a, b = str(one.edge[2]), str(other.edge[2])
        via, p, q = making.curie(shared), making.curie(one.edge[1]), making.curie(other.edge[1])
        attributes = making.shared(
            (data[id(one)], data[id(other)]),
            predicate=word,
            label=label,
            family="relation",
            symmetric=symmetric,
            via=via,
            path=f"{making.curie(a)} ←{p}— {via} —{q}→ {making.curie(b)}",
        )
        # Two claims of one role make two edges; their claims tell them apart.
        key = f"{word}|{'+'.join(str(attributes['claims']).split())}"
        found.append((Line(a, b, key, attributes), (*one.claims, *other.claims)))

    for one in drawn:
        for other in drawn:
            pair = frozenset((str(one.edge[2]), str(other.edge[2])))
            if one.edge[1] in _ACTING and other.edge[1] in _ACTED_ON and len(pair) == 2:
                acting.add(pair)
                add(one, other, "acts-on", "acts on", symmetric=False)
    role: dict[str, Drawn] = {}
    for one in drawn:
        if one.edge[1] in _TAKING_PART:
            role.setdefault(str(one.edge[2]), one)
    for a, b in combinations(sorted(role, key=natural), 2):
        if frozenset((a, b)) in acting:
            continue
        if instrument:
            add(role[a], role[b], "party-with", "is party with", symmetric=True)
        else:
            add(role[a], role[b], "same-event", "is in one event with", symmetric=True)
    return found


def sources(layer: Layer) -> list[Line]:
    """Return who cites whom, who published what, and where its information began.

    The claims of a citation are those whose footnotes name it; those of the other edges
    are read in the document, or cite it. Only documents that stand behind a claim are here.
    """
    making, store = layer.attributes, layer.attributes.store
    for reason in tuple(layer.left_out):
        if reason not in selecting.REASONS:
            del layer.left_out[reason]
    read: dict[str, list[Claim]] = defaultdict(list)
    citing: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in making.claims.values():
        documents = {
            store.passages[iri].source for iri in claim.evidence if iri in store.passages
        } & store.sources.keys()
        for document in documents:
            read[document].append(claim)
            for cited in claim.cited_sources:
                if cited != document:
                    citing[document, cited].append(claim)
    behind: dict[str, list[Claim]] = defaultdict(list, {d: list(c) for d, c in read.items()})
    for (_, cited), claims in citing.items():
        behind[cited] += claims
    lines = [
        _document_line(making, pair, "cites", "cites", "is cited by", claims)
        for pair, claims in citing.items()
    ]
    for document, claims in behind.items():
        source = store.sources.get(document)
        if source is None:
            continue
        unique = list({claim.iri: claim for claim in claims}.values())
        for origin in source.origins:
            words = ("originatesFrom", "originates from", "is the origin of")
            lines.append(_document_line(making, (document, origin), *words, unique))
        if source.publisher:
            words = ("publisher", "published by", "published")
            lines.append(_document_line(making, (document, source.publisher), *words, unique))
    lines.sort(key=lambda line: (natural(line.source), natural(line.target), line.key))
    return lines


_WORDS = {
    "cites": "cito:cites",
    "originatesFrom": "kg:originatesFrom",
    "publisher": "dcterms:publisher",
}


def _document_line(
    making: Attributes,
    ends: tuple[str, str],
    word: str,
    label: str,
    inverse: str,
    claims: list[Claim],
) -> Line:
    """Return an edge about a document itself: a plain fact of its record, whatever it says."""
    data: dict[str, Value] = {
        "predicate": _WORDS[word],
        "label": label,
        "inverse": inverse,
        "family": "source",
        "symmetric": 0,
        "materialised": 1,
        **making.evidence(claims),
        "statement": "",
        "kind": "fact",
        "modality": "asserted",
        "polarity": "affirmative",
        "hedge": "",
        "contested": 0,
        "weight": len(claims),
    }
    # How sure the claims are says nothing of the citation.
    for name in ("confidence", "credibility", "held"):
        data.pop(name, None)
    return Line(*ends, f"{_WORDS[word]}|{making.curie(ends[0])}", data)


# ---------------------------------------------------------------- answers of queries


def answer(store: Store, result: Result, name: str) -> Projection:
    """Return an answer as a projection; see ``kg.projection.of_result``."""
    if result.kind == "ask":
        raise UsageError("yes or no makes no graph", hint="use SELECT or CONSTRUCT")
    made = _Answer(Attributes(store, store.claims))
    if result.kind == "construct":
        made.triples(result)
    else:
        made.rows(result)
    lines = made.lines()
    curie = made.making.curie
    nodes = [
        (curie(iri), made.making.node(iri, {}))
        for iri in sorted({end for line in lines for end in line[:2]}, key=natural)
    ]
    graph = filled(name, nodes, ((curie(s), curie(t), key, data) for s, t, key, data in lines))
    counts = {reason: made.left_out[reason] for reason in REASONS if made.left_out[reason]}
    return Projection(graph, name, counts, whole=False)


def named_claims(store: Store, result: Result) -> set[str]:
    """Return the claims an answer leads to; see ``kg.projection.claims_of``."""
    if result.kind == "ask":
        raise UsageError("yes or no names no claim", hint="use SELECT or CONSTRUCT")
    found: set[str] = set()
    for triple in result.triples:
        ends = [t.value for t in (triple.subject, triple.object) if isinstance(t, NamedNode)]
        found.update(iri for iri in ends if iri in store.claims)
        value = triple.object.value if isinstance(triple.object, NamedNode) else triple.object
        if isinstance(triple.subject, NamedNode) and isinstance(value, str | Literal):
            made = store.claims_for(triple.subject.value, triple.predicate.value, value)
            found.update(claim.iri for claim in made)
    for row in result.rows:
        cells = dict(zip(result.variables, row, strict=True))
        found |= _named_in(store.claims, cells) or _between(store, cells)
    return found


def _named_in(claims: Mapping[str, Claim], cells: Mapping[str, Term | None]) -> set[str]:
    found: list[str] = []
    for word, term in cells.items():
        if isinstance(term, NamedNode):
            found.append(term.value)
        elif isinstance(term, Literal) and word.startswith("claim"):  # several in one cell
            found += [expand(name) or "" for name in term.value.split()]
    return {iri for iri in found if iri in claims}


def _between(store: Store, cells: Mapping[str, Term | None]) -> set[str]:
    """Return the claims with both ends in one row, or of the edge the row says it is."""
    nodes = {name: t.value for name, t in cells.items() if isinstance(t, NamedNode)}
    things = set(nodes.values())
    words = [nodes[c] for c in _PREDICATE_COLUMNS if c in nodes]
    if {"source", "target"} <= nodes.keys():
        things = {nodes["source"], nodes["target"]}
    return {
        iri
        for thing in things
        for iri in store.claims_about.get(thing, ())
        if {store.claims[iri].subject, store.claims[iri].object} <= things
        and (not words or store.claims[iri].predicate in words)
    }


_Triple = tuple[str, str, str]
_PREDICATE_COLUMNS = ("predicate", "relation", "property")


class _Answer:
    """The edges an answer asks for, and the claims behind each: gathered first, made at the end."""

    def __init__(self, making: Attributes) -> None:
        self.making = making
        self.left_out: Counter[str] = Counter()
        # Of each edge the claims named for it, in the order of the answer.
        self._asked: dict[_Triple, dict[str, Claim]] = {}

    def triples(self, result: Result) -> None:
        """Take the triples of CONSTRUCT: each with the claims that make, hedge or deny it."""
        for triple in result.triples:
            subject, predicate, value = triple.subject, triple.predicate, triple.object
            if not (isinstance(subject, NamedNode) and isinstance(value, NamedNode)):
                self.left_out["literal value" if isinstance(value, Literal) else "blank node"] += 1
            elif predicate.value != RDF + "type":
                self._take((subject.value, predicate.value, value.value), None)

    def rows(self, result: Result) -> None:
        """Take the rows of SELECT: their ends and claims, or the claims they name."""
        for number, row in enumerate(result.rows, 1):
            named = dict(zip(result.variables, row, strict=True))
            nodes = {name: t.value for name, t in named.items() if isinstance(t, NamedNode)}
            claims = self._claims(named)
            if {"source", "target"} <= nodes.keys():
                word = next((nodes[c] for c in _PREDICATE_COLUMNS if c in nodes), KG + "relatedTo")
                self._take((nodes["source"], word, nodes["target"]), claims or None)
            elif isinstance(named.get("source"), BlankNode) or isinstance(
                named.get("target"), BlankNode
            ):
                self.left_out["blank node"] += 1
            elif claims:
                for claim in claims:
                    if isinstance(claim.object, str):
                        self._take((claim.subject, claim.predicate, claim.object), [claim])
                    else:
                        self.left_out["literal value"] += 1
            else:
                raise UsageError(
                    f"row {number} makes no edge: it names neither ?source and ?target nor a claim",
                    hint="name the ends so, name ?claim, or use CONSTRUCT",
                )

    def _claims(self, named: Mapping[str, Term | None]) -> list[Claim]:
        found = []
        for word, term in named.items():
            iris: list[str] = []
            if isinstance(term, NamedNode):
                iris = [term.value]
            elif isinstance(term, Literal) and word.startswith("claim"):  # several in one cell
                iris = [expand(name) or "" for name in term.value.split()]
            found += [self.making.claims[iri] for iri in iris if iri in self.making.claims]
        return found

    def _take(self, triple: _Triple, claims: list[Claim] | None) -> None:
        term = self.making.store.vocabulary.terms.get(triple[1])
        if term and term.symmetric and triple[2] < triple[0]:  # as the edge layer has it
            triple = (triple[2], triple[1], triple[0])
        if claims is None:
            claims = list(self.making.store.claims_for(*triple))
        asked = self._asked.setdefault(triple, {})
        asked.update((claim.iri, claim) for claim in claims)

    def lines(self) -> list[Line]:
        """Return the edges: of each a fact with the claims that back it, and each other claim alone.

        What has been withdrawn is none, as in every projection; an edge that no claim is
        left for is the query's own.
        """
        found: list[Line] = []
        gone: set[str] = set()
        for triple, asked in self._asked.items():
            standing = []
            for claim in asked.values():
                reason = (
                    "retracted"
                    if claim.retracted_on
                    else "deprecated"
                    if claim.rank is Rank.DEPRECATED
                    else "identity link"
                    if claim.is_identity
                    else ""
                )
                if not reason:
                    standing.append(claim)
                elif claim.iri not in gone:
                    gone.add(claim.iri)
                    self.left_out[reason] += 1
            if standing or not asked:
                found += self._lines_of(triple, standing)
        self.left_out["edge without claim"] += sum(not line.data["claims"] for line in found)
        return found

    def _lines_of(self, triple: _Triple, claims: list[Claim]) -> list[Line]:
        making = self.making
        backing = set(making.store.edges.get(triple, ()))
        facts = sorted((c for c in claims if c.iri in backing), key=lambda c: natural(c.iri))
        lines = []
        if facts:
            first = making.curie(facts[0].iri)
            key = first if len(facts) == 1 else f"{making.curie(triple[1])}|{first}"
            lines.append(Line(triple[0], triple[2], key, making.edge(triple, facts, True)))
        for claim in claims:
            if claim.iri not in backing:
                data = making.edge(triple, [claim], False)
                if edge_of(claim, making.store.vocabulary) != triple:
                    data["by_query"] = 1  # named for the edge, and says something else
                lines.append(Line(triple[0], triple[2], making.curie(claim.iri), data))
        bare = Line(triple[0], triple[2], f"{making.curie(triple[1])}|", self._bare(triple[1]))
        return lines or [bare]

    def _bare(self, predicate: str) -> dict[str, Value]:
        """Return the attributes of an edge that a query made and no claim backs: never a fact."""
        vocabulary = self.making.store.vocabulary
        term = vocabulary.terms.get(predicate)
        words = (
            "claims statement hedge holders original_holders sources locators cited_sources "
            "markers valid_from valid_to"
        )
        return {
            "predicate": self.making.curie(predicate),
            "label": vocabulary.label(predicate),
            "inverse": term.inverse_phrase if term else "",
            "family": vocabulary.family(predicate),
            "symmetric": int(term.symmetric) if term else 0,
            "materialised": 0,
            "kind": "assessment",
            "modality": "possible",
            "polarity": "affirmative",
            "contested": 0,
            "origins": 0,
            "by_query": 1,
            **dict.fromkeys(words.split(), ""),
        }
