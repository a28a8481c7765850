"""The graph that networkx, a page or an export sees: entities and what joins them.

A projection of the store, made new each time and never written back. The
*edge* layer holds what claims have earned; the *claim* layer adds every other
claim between two nodes, each marked ``materialised=0`` with its own modality,
so that nothing hedged can pass for a fact. What does not fit is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from kg.claims import (
    Claim,
    Edge,
    Kind,
    Modality,
    Polarity,
    Rank,
    disputes,
    edge_of,
    origins,
    qualifies,
)
from kg.errors import NoError
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, OWL, SKOS, Term, compress

if TYPE_CHECKING:
    import networkx as nx

#: A value on a node or an edge: what every writer of graph files accepts.
Value = str | int

#: Why something is not in a projection, in the words of its report.
REASONS = (
    "retracted",
    "deprecated",
    "identity link",
    "negated",
    *(str(kind) for kind in Kind if kind is not Kind.FACT),
    "hedged",
    "not an edge predicate",
    "contested without preferred",
    "another value preferred",
    "edge not written",
    "literal value",
    "kept as node attribute",
    "edge without claim",
)

# Attributes of our own; a date property of the same name keeps its CURIE.
_OF_NODES = frozenset({"label", "type", "family", "mark", "definition", "status"})
_FIRMNESS = {modality: rank for rank, modality in enumerate(Modality)}


@dataclass(frozen=True, slots=True)
class Projection:
    """An ordinary ``networkx.MultiDiGraph``, and the count of what is not in it.

    ``name`` is ``edges`` (facts only) or ``claims`` (hedged claims too). Nodes
    are CURIEs. ``left_out`` counts claims by the first of ``REASONS`` that keeps
    them from being an edge here ("edge without claim" counts edges). A date or
    another literal that a claim has earned is an attribute of its node, with the
    claims beside it (``signedOn``, ``signedOn_claims``) and ``signedOn_contested=1``
    where another claim disputes it. ``whole`` is False for a part of a larger one
    (``around``).
    """

    graph: nx.MultiDiGraph[str]
    name: str
    left_out: Mapping[str, int]
    whole: bool = True

    def summary(self) -> str:
        """Return one sentence on what is in the projection and what is not.

        >>> import networkx as nx
        >>> Projection(nx.MultiDiGraph(), "edges", {"hedged": 2, "negated": 1}).summary()
        '0 nodes and 0 edges; left out: 2 hedged, 1 negated.'
        """
        size = f"{self.graph.number_of_nodes()} nodes and {self.graph.number_of_edges()} edges"
        if not self.left_out:
            return f"{size}; nothing left out."
        return f"{size}; left out: {counted(self.left_out)}."


# Reasons that are adjectives ("2 hedged") stay as they are.
_PLURALS = {
    "identity link": "identity links",
    "assessment": "assessments",
    "ascription": "ascriptions",
    "forecast": "forecasts",
    "recommendation": "recommendations",
    "literal value": "literal values",
    "edge without claim": "edges without claim",
    "graph name": "graph names",
    "comment line": "comment lines",
    "further name": "further names",
    "describing statement": "describing statements",
    "entity without edge": "entities without edge",
    "passage fingerprint": "passage fingerprints",
    "character not allowed in XML": "characters not allowed in XML",
}


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words.

    >>> counted({"hedged": 2, "forecast": 2, "literal value": 1})
    '2 hedged, 2 forecasts, 1 literal value'
    """
    return ", ".join(
        f"{count} {what if count == 1 else _PLURALS.get(what, what)}"
        for what, count in counts.items()
    )


def project(store: Store, *, include_hedged: bool = False) -> Projection:
    """Return the graph of a store's edges, or of all its claims between two nodes.

    An edge of the edge layer carries every claim behind it and ``materialised=1``.
    With ``include_hedged`` each other claim is an edge of its own (key: the
    claim) with ``materialised=0``; a denial is among them, ``polarity='negated'``.
    Deprecated and retracted claims and identity links are never edges.
    Raises RefusedError for a claim without proposition, kind or modality.
    """
    import networkx as nx

    making = _Making(store)
    drawn: list[tuple[Edge, tuple[str, ...], bool]] = []
    literals: dict[str, dict[str, list[_Earned]]] = defaultdict(lambda: defaultdict(list))
    left_out: Counter[str] = Counter()
    backing: set[str] = set()
    settled = {edge[:2] for edge, claims in store.edges.items() if claims}
    for edge, claims in store.edges.items():
        subject, predicate, value = edge
        if not claims:
            left_out["edge without claim"] += 1
            continue
        backing.update(claims)
        if predicate == OWL + "sameAs":
            left_out["identity link"] += len(claims)
        elif isinstance(value, Literal):
            left_out["kept as node attribute"] += len(claims)
            literals[subject][predicate].append((value.value, claims))
        else:
            drawn.append((edge, claims, True))
    for iri, claim in store.claims.items():
        if iri in backing:
            continue
        reason = _reason(claim, store, settled)
        if include_hedged and reason not in ("retracted", "deprecated", "identity link"):
            if isinstance(claim.object, str):
                drawn.append((edge_of(claim, store.vocabulary), (iri,), False))
                continue
            reason = "literal value"
        left_out[reason] += 1

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="claims" if include_hedged else "edges")
    ends = {end for (subject, _, value), _, _ in drawn for end in (subject, str(value))}
    store.read_ahead(nodes=ends | literals.keys())
    for iri in sorted(ends | literals.keys(), key=natural):
        graph.add_node(making.curie(iri), **making.node(iri, literals.get(iri, {})))
    for edge, claims, materialised in drawn:
        subject, predicate, value = edge
        first = making.curie(claims[0])
        graph.add_edge(
            making.curie(subject),
            making.curie(str(value)),
            first if len(claims) == 1 else f"{making.curie(predicate)}|{first}",
            **making.edge(edge, [store.claims[iri] for iri in claims], materialised),
        )
    counts = {reason: left_out[reason] for reason in REASONS if left_out[reason]}
    return Projection(graph, str(graph.name), counts)


def around(projection: Projection, node: str, *, depth: int = 1) -> Projection:
    """Return the part of a projection within so many steps of a node, in either direction.

    Claims on edges further off are counted as "outside the neighbourhood".
    Raises NoError when the node has no edge in the projection.
    """
    import networkx as nx

    graph = projection.graph
    if node not in graph:
        raise NoError(f"{node} has no edge in this projection", hint=f"try: kg show {node}")
    near, frontier = {node}, {node}
    for _ in range(depth):
        beyond = {n for f in frontier for n in (*graph.successors(f), *graph.predecessors(f))}
        frontier = beyond - near
        near |= frontier
    # Not graph.subgraph(): networkx 3.6 iterates over it in the order of a set.
    part: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=graph.name)
    part.add_nodes_from((n, data) for n, data in graph.nodes(data=True) if n in near)
    outside = 0
    for source, target, key, data in graph.edges(keys=True, data=True):
        if source in near and target in near:
            part.add_edge(source, target, key, **data)
        else:
            outside += len(data["claims"].split())
    more = {"outside the neighbourhood": outside} if outside else {}
    return Projection(part, projection.name, {**projection.left_out, **more}, whole=False)


def claims_between(graph: nx.MultiDiGraph[str], source: str, target: str) -> tuple[str, ...]:
    """Return the claims that put an edge from one node to another, in natural order.

    An empty tuple means that nothing is claimed; it does not mean that nothing
    is true.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> _ = graph.add_edge("actor:kim", "event:summit", claims="claim:x-7 claim:x-10")
    >>> claims_between(graph, "actor:kim", "event:summit")
    ('claim:x-7', 'claim:x-10')
    >>> claims_between(graph, "event:summit", "actor:kim")
    ()
    """
    edges = (graph.get_edge_data(source, target) or {}).values()
    return tuple(sorted({c for edge in edges for c in edge["claims"].split()}, key=natural))


def _reason(claim: Claim, store: Store, settled: set[tuple[str, str]]) -> str:
    """Return the first thing that keeps a claim out of the edge layer.

    ``settled`` holds the subject and predicate of every edge: a date that is not
    there lost to another date, or nobody has chosen yet.
    """
    term = store.vocabulary.terms.get(claim.predicate)
    if claim.retracted_on:
        return "retracted"
    if claim.rank is Rank.DEPRECATED:
        return "deprecated"
    if claim.identity_scheme or claim.predicate == OWL + "sameAs":
        return "identity link"
    if claim.polarity is Polarity.NEGATED:
        return "negated"
    if claim.kind is not Kind.FACT:
        return str(claim.kind)
    if term is None or not term.is_edge:
        return "not an edge predicate"
    if not qualifies(claim, store.vocabulary):
        return "hedged"
    if term.functional:
        chosen = (claim.subject, claim.predicate) in settled
        return "another value preferred" if chosen else "contested without preferred"
    return "edge not written"


#: A literal that stands in the edge layer, and the claims behind it.
_Earned = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class _Making:
    """What making one projection looks up again and again, each looked up once."""

    store: Store
    curies: dict[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, ...], dict[str, Value]] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.disputed.update(disputes(self.store.claims.values(), self.store.vocabulary))

    def curie(self, iri: str) -> str:
        """Return ``compress(iri)``."""
        found = self.curies.get(iri)
        if found is None:
            found = self.curies[iri] = compress(iri)
        return found

    def joined(self, iris: Iterable[str]) -> str:
        """Return the CURIEs of some nodes, each once, in one string."""
        return " ".join(self.curie(iri) for iri in sorted(set(iris), key=natural))

    def node(self, iri: str, literals: Mapping[str, list[_Earned]]) -> dict[str, Value]:
        """Return the attributes of a node."""
        store = self.store
        definitions = [t for t in store.objects(iri, SKOS + "definition") if isinstance(t, Literal)]
        english = [term for term in definitions if term.language in ("en", None)]
        found: dict[str, Value] = {
            "label": store.label(iri),
            **self.looks(store.types(iri)),
            "definition": (english or definitions)[0].value if definitions else "",
        }
        if status := store.objects(iri, KG + "eventStatus"):
            found["status"] = status[0].value.removeprefix(KG)
        for predicate, values in sorted(literals.items()):
            curie = self.curie(predicate)
            local = curie.rpartition(":")[2] if predicate.startswith(KG) else curie
            name = curie if local in _OF_NODES else local
            found[name] = _texts(sorted((text for text, _ in values), key=natural))
            behind = {claim for _, claims in values for claim in claims}
            found[f"{name}_claims"] = self.joined(behind)
            if behind & self.disputed:
                found[f"{name}_contested"] = 1
        return found

    def looks(self, types: tuple[str, ...]) -> dict[str, Value]:
        """Return the most specific of some classes, its family and its mark."""
        if types in self.classes:
            return self.classes[types]
        vocabulary = self.store.vocabulary
        above = {a for t in types for a in list(vocabulary.ancestors(t))[1:]}
        # A class outside the ontology says less about a node than one inside it.
        known = sorted(types, key=lambda t: (t in above, t not in vocabulary.terms, natural(t)))
        best = known[0] if known else ""
        terms = [vocabulary.terms[a] for a in vocabulary.ancestors(best) if a in vocabulary.terms]
        found: dict[str, Value] = {
            "type": self.curie(best),
            "family": vocabulary.family(best),
            "mark": next((term.mark for term in terms if term.mark), ""),
        }
        self.classes[types] = found
        return found

    def edge(self, edge: Edge, claims: list[Claim], materialised: bool) -> dict[str, Value]:
        """Return the attributes of an edge that some claims make."""
        predicate = edge[1]
        term = self.store.vocabulary.terms.get(predicate) or Term(
            predicate, compress(predicate), ""
        )
        if predicate not in self.families:
            self.families[predicate] = self.store.vocabulary.family(predicate)
        firmest = min(claims, key=lambda claim: _FIRMNESS[claim.modality])
        places = [
            passage
            for iri in dict.fromkeys(iri for claim in claims for iri in claim.evidence)
            if (passage := self.store.passages.get(iri))
        ]
        sources = {place.source for place in places if place.source}
        began = origins(claims, self.store.passages, self.store.sources)
        found: dict[str, Value] = {
            "predicate": self.curie(predicate),
            "label": term.label,
            "inverse": term.inverse_phrase,
            "family": self.families[predicate],
            "symmetric": int(term.symmetric),
            "materialised": int(materialised),
            "claims": " ".join(self.curie(claim.iri) for claim in claims),
            "statement": claims[0].statement,
            "kind": str(firmest.kind),
            "modality": str(firmest.modality),
            "polarity": str(firmest.polarity),
            "hedge": _texts(word for claim in claims for word in claim.hedges),
            "contested": int(any(claim.iri in self.disputed for claim in claims)),
            "holders": self.joined(h for claim in claims for h in claim.holders),
            "original_holders": self.joined(h for claim in claims for h in claim.original_holders),
            "sources": self.joined(sources),
            "origins": len(began),
            "locators": _texts(place.locator for place in places),
            "cited_sources": self.joined(s for claim in claims for s in claim.cited_sources),
            "markers": _texts(sorted({m for claim in claims for m in claim.markers}, key=natural)),
            "valid_from": min((c.valid_from for c in claims if c.valid_from), default=""),
            "valid_to": max((c.valid_to for c in claims if c.valid_to), default=""),
        }
        if term.sign is not None:
            found["sign"] = term.sign
        confidences = [c.confidence for c in claims if c.confidence is not None]
        if confidences:
            found["confidence"] = min(confidences)
        return found


def _texts(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
