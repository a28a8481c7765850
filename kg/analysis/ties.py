"""Who is tied to whom: a projection as the simple graph that most measures are defined on.

Two nodes are tied when a claim joins them, however many claims do and whichever way
they point. A denial is no tie, nor is what only should be; nothing is tied to itself, and
a text that speaks of two things does not join them: documents count only where there is
nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING, Any, Literal

from kg.analysis.answer import Column, claims_of, labels_of
from kg.analysis.firmness import NO_TIE, grade, no_tie
from kg.errors import NoError
from kg.projection import Projection, counted
from kg.turtle import natural

if TYPE_CHECKING:
    import networkx as nx

#: How ties are weighed: each alike, or by the evidence behind it (``Ties.strength``).
Weight = Literal["hops", "evidence"]

#: Two nodes by their numbers, the smaller first.
Pair = tuple[int, int]

#: What the evidence weight means, for the notes of an answer.
EVIDENCE_NOTE = (
    "Evidence: the strength of a tie is that of its best edge: its independent origins, divided "
    "by 1 for a fact of the graph, by 2 for a contested fact, else by 2 + the place of its modality "
    "among asserted, reported, expected, possible, conditional. The order of the modalities is the "
    "ontology's; the numbers are a convention of this program."
)


@dataclass(frozen=True)
class Ties:
    """The ties of a projection; nodes are numbered in natural order of their CURIEs.

    ``edges`` has, for each pair that is tied, the attributes of every edge between the
    two; ``arcs`` the ordered pairs, both ways for a symmetric relation. ``skipped``
    counts what is in the projection and makes no tie here.
    """

    projection: Projection
    nodes: tuple[str, ...]
    edges: Mapping[Pair, tuple[Mapping[str, Any], ...]]
    arcs: Mapping[Pair, tuple[Mapping[str, Any], ...]]
    skipped: Mapping[str, int]

    @cached_property
    def neighbors(self) -> tuple[tuple[int, ...], ...]:
        """The nodes that each node is tied to, in order."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for a, b in self.edges:
            found[a].append(b)
            found[b].append(a)
        return tuple(tuple(sorted(near)) for near in found)

    @cached_property
    def _at(self) -> tuple[tuple[Pair, ...], ...]:
        found: list[list[Pair]] = [[] for _ in self.nodes]
        for pair in self.edges:
            for node in pair:
                found[node].append(pair)
        return tuple(map(tuple, found))

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The names of the nodes, by CURIE."""
        return labels_of(self.projection)

    def label(self, node: int) -> str:
        """Return the name of a node."""
        return self.labels[self.nodes[node]]

    def at(self, node: int) -> tuple[Pair, ...]:
        """Return the ties of a node."""
        return self._at[node]

    def claims(self, pairs: Iterable[Pair]) -> tuple[str, ...]:
        """Return the claims on some ties, each once, in natural order."""
        return claims_of(data for pair in pairs for data in self.edges[pair])

    def claims_at(self, node: int) -> tuple[str, ...]:
        """Return the claims on the ties of a node."""
        return self.claims(self._at[node])

    def is_fact(self, pair: Pair) -> bool:
        """Return whether a tie is a fact of the graph: at least one of its edges is."""
        return any(data["materialised"] for data in self.edges[pair])

    def is_bare(self, pair: Pair) -> bool:
        """Return whether a tie is in the answer of a query only: no claim is behind any edge."""
        return not any(data["claims"] for data in self.edges[pair])

    def is_hedged(self, pair: Pair) -> bool:
        """Return whether a tie is claimed, and none of its edges is a fact."""
        return not self.is_fact(pair) and not self.is_bare(pair)

    @cached_property
    def hedged(self) -> int:
        """How many ties are claimed that no fact makes."""
        return sum(map(self.is_hedged, self.edges))

    @cached_property
    def bare(self) -> int:
        """How many ties no claim makes."""
        return sum(map(self.is_bare, self.edges))

    def doubt_columns(self, what: str) -> list[Column]:
        """Return the columns of ``doubts``, where there is anything to tell in them."""
        hedged = Column("hedged", "number", f"{what} that no fact makes")
        bare = Column("by_query", "number", f"{what} that the query makes and no claim")
        return [*([hedged] if self.hedged else []), *([bare] if self.bare else [])]

    def doubts(self, pairs: Collection[Pair]) -> tuple[int, ...]:
        """Return how many of some ties are hedged, and how many only a query made."""
        hedged = (sum(map(self.is_hedged, pairs)),) if self.hedged else ()
        return (*hedged, sum(map(self.is_bare, pairs))) if self.bare else hedged

    @cached_property
    def lengths(self) -> Mapping[Pair, int]:
        """How long each tie is by evidence, in whole numbers: ``scale`` over its strength.

        Whole numbers, since paths of thirds and halves that are equally long would not
        come out equal in binary fractions.
        """
        return {pair: self.scale * soft // origins for pair, (soft, origins) in self._best.items()}

    @cached_property
    def scale(self) -> int:
        """The length of a tie of strength 1."""
        return lcm(*(origins for _, origins in self._best.values()))

    @cached_property
    def _best(self) -> Mapping[Pair, tuple[int, int]]:
        def measured(data: Mapping[str, Any]) -> tuple[int, int]:
            soft = 1 + grade(data)
            # An edge that a query made without any claim still counts as one voice.
            return soft, max(1, int(data["origins"]))

        return {
            pair: min(map(measured, edges), key=lambda found: found[0] / found[1])
            for pair, edges in self.edges.items()
        }

    def strength(self, pair: Pair) -> float:
        """Return how well evidenced a tie is: origins of its best edge, less if it is hedged."""
        soft, origins = self._best[pair]
        return origins / soft

    def graph(self, weight: Weight = "hops") -> nx.Graph[int]:
        """Return the ties as an undirected networkx graph of numbers, ``weight`` on each.

        Numbers, not names: networkx goes through sets, whose order for texts differs
        from run to run.
        """
        import networkx as nx

        found: nx.Graph[int] = nx.Graph()
        found.add_nodes_from(range(len(self.nodes)))
        for pair in self.edges:
            found.add_edge(*pair, weight=1.0 if weight == "hops" else self.strength(pair))
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What every measure on these ties has to tell of them."""
        found = []
        if self.skipped:
            found.append(f"Edges that are no ties here: {counted(self.skipped)}.")
        if self.hedged:
            found.append(
                f"{self.hedged} of {len(self.edges)} ties are no fact of the graph: they are only "
                "reported, expected, possible or somebody's judgement. --facts-only leaves them out."
            )
        if self.bare:
            found.append(
                f"{self.bare} of {len(self.edges)} ties are in the query's answer only: no claim is "
                "behind them, and a row that rests on them alone cites nothing (by_query)."
            )
        return tuple(found)


def ties(projection: Projection) -> Ties:
    """Return who is tied to whom in a projection.

    Raises NoError when nobody is: there is nothing to measure.
    """
    graph = projection.graph
    every = list(graph.edges(data=True))
    # Among documents a citation is a tie; elsewhere a document is only where it is written.
    documents = all(data["family"] == "source" for *_, data in every)
    skipped = dict.fromkeys((*NO_TIE, "of a node with itself", "of documents"), 0)
    nodes = tuple(
        sorted(
            (n for n, data in graph.nodes(data=True) if documents or data["family"] != "source"),
            key=natural,
        )
    )
    number = {node: place for place, node in enumerate(nodes)}
    edges: dict[Pair, list[Mapping[str, Any]]] = {}
    arcs: dict[Pair, list[Mapping[str, Any]]] = {}
    for source, target, data in every:
        if why := no_tie(data):
            skipped[why] += 1
        elif source == target:
            skipped["of a node with itself"] += 1
        elif (
            source not in number
            or target not in number
            or (data["family"] == "source" and not documents)
        ):
            skipped["of documents"] += 1
        else:
            a, b = number[source], number[target]
            edges.setdefault((min(a, b), max(a, b)), []).append(data)
            arcs.setdefault((a, b), []).append(data)
            if data["symmetric"]:
                arcs.setdefault((b, a), []).append(data)
    if not edges:
        raise NoError(
            "nothing is tied to anything here: " + projection.summary(),
            hint="loosen the filters, or take another --projection"
            + ("" if projection.name == "claims" else "; --include-hedged adds what is no fact"),
        )
    return Ties(
        projection,
        nodes,
        {pair: tuple(edges[pair]) for pair in sorted(edges)},
        {pair: tuple(arcs[pair]) for pair in sorted(arcs)},
        {reason: count for reason, count in skipped.items() if count},
    )


def names(labels: Iterable[str], most: int | None = 6, *, total: int | None = None) -> str:
    """Return names in one text, the first few of many; ``total`` where not all are given.

    >>> names(["A", "B", "C"], most=2)
    'A; B; 1 more'
    """
    every = list(labels)
    shown = every[:most]
    more = (len(every) if total is None else total) - len(shown)
    return "; ".join([*shown, *([f"{more} more"] if more else [])])
