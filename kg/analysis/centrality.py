"""Who stands where: degree, betweenness, PageRank, eigenvector centrality; and brokers.

A position in the graph is a position in what has been read and claimed. That an actor
stands in the middle can mean that it matters, or that the sources write about it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import combinations
from math import isfinite
from typing import Literal, NamedTuple

from kg.analysis.answer import Answer, Cell, Column, Row, answer
from kg.analysis.groups import cuts, hanging_together, pieces
from kg.analysis.ties import EVIDENCE_NOTE, Pair, Ties, Weight, names, ties
from kg.errors import RefusedError, UsageError
from kg.projection import Projection

Measure = Literal["degree", "betweenness", "pagerank", "eigenvector"]
MEASURES: tuple[Measure, ...] = ("degree", "betweenness", "pagerank", "eigenvector")

#: Nodes x (nodes + ties) up to which betweenness is worked out exactly: about 5 s on one
#: core of 2020s hardware (``benchmarks/centrality.py``). By evidence, the paths are found
#: in Python and not in rustworkx.
EXACT = {"hops": 180_000_000, "evidence": 7_500_000}

DAMPING = 0.85
_ROUNDS = 1000
#: What every measure of position has to say of itself.
CAVEAT = (
    "A position here is one in what was read and is claimed: the middle may be where the sources "
    "look, not where the power is."
)
#: So many of the groups that nobody joins are named.
_PARTS = 4
#: Of a node with more neighbours than this, pairs of neighbours are not listed.
MOST_NEIGHBORS = 300


class Scores(NamedTuple):
    """One value for each node, None where it is not defined, and what has to be told of it."""

    values: tuple[float | None, ...]
    notes: tuple[str, ...]


def _plain(value: float) -> float:
    """Return a value without the last bits, which differ with the order of the sums."""
    return float(f"{value:.9g}")


# ---------------------------------------------------------------- degree


def degree(graph: Ties, weight: Weight = "hops") -> Scores:
    """Return how many others each node is tied to; by evidence the sum of the ties' strengths."""
    if weight == "evidence":
        return Scores(
            tuple(_plain(sum(map(graph.strength, graph.at(n)))) for n in range(len(graph.nodes))),
            ("Strength: the sum of the strengths of a node's ties (Barrat and others, 2004).",),
        )
    return Scores(
        tuple(float(len(near)) for near in graph.neighbors),
        (
            "Degree: how many others a node is tied to; several edges between two count once, in "
            "either direction. in and out count those that an edge points from and to; a symmetric "
            "relation counts as both. claim_count is how many claims make these ties.",
        ),
    )


# ---------------------------------------------------------------- betweenness


def betweenness(
    graph: Ties, weight: Weight = "hops", *, sample: int | None = None, seed: int = 0
) -> Scores:
    """Return the share of shortest paths between two others that pass through each node.

    With ``sample``, an estimate from that many start nodes drawn with ``seed``. Raises
    RefusedError for a graph on which the exact figure takes more than some seconds, and
    UsageError for a sample that is none.
    """
    n = len(graph.nodes)
    drawn = _sample(n, sample, seed)
    method = (
        "Betweenness: of all shortest paths between two other nodes, the share that passes "
        "through this one; where several are equally short, each counts in part. Divided by the "
        "number of such pairs. Several edges between two nodes count once, direction does not count."
    )
    if weight == "evidence":
        method += " A path is short when its ties are strong: a tie is as long as 1 / its strength."
    if n < 3:
        return Scores((None,) * n, (method, "With fewer than three nodes nobody can be between."))
    if drawn is None:
        if (cost := n * (n + len(graph.edges))) > EXACT[weight]:
            raise RefusedError(
                f"exact betweenness of {n:,} nodes and {len(graph.edges):,} ties takes too long "
                f"({cost / EXACT[weight]:.0f} times the bound of about 5 s)",
                hint="--sample 200 estimates it from 200 start nodes; or filter the graph",
            )
        if weight == "hops":
            return Scores(tuple(map(_plain, _exact(graph))), (method + " Exact (Brandes, 2001).",))
    starts = range(n) if drawn is None else drawn
    sums = _passing(graph, starts, by_length=weight == "evidence")
    begun = set(starts)
    values: list[float | None] = []
    for node, total in enumerate(sums):
        # A node is not between itself and others, so its own start tells nothing of it.
        heard = len(begun) - (node in begun)
        values.append(_plain(total / heard / (n - 2)) if heard else None)
    told = (
        " Exact (Brandes, 2001)."
        if drawn is None
        else f" An estimate from {len(begun)} of {n} start nodes, seed {seed} (Brandes and Pich, "
        "2007); another seed gives other figures."
    )
    return Scores(tuple(values), (method + told,))


def _sample(n: int, sample: int | None, seed: int) -> list[int] | None:
    """Return the nodes to start from, None for all."""
    if sample is None or sample >= n:
        return None
    if sample < 2:
        raise UsageError(f"a sample of {sample} says nothing", hint="--sample 2 or more")
    return sorted(random.Random(seed).sample(range(n), sample))  # noqa: S311 - no secret


def _exact(graph: Ties) -> list[float]:
    import rustworkx as rx

    found: rx.PyGraph[None, None] = rx.PyGraph(multigraph=False)
    found.add_nodes_from([None] * len(graph.nodes))
    found.add_edges_from_no_data(list(graph.edges))
    # In one thread: the order of the sums is then the same in every run.
    scores = rx.graph_betweenness_centrality(found, parallel_threshold=len(graph.nodes) + 1)
    found_values = [scores[node] for node in range(len(graph.nodes))]
    if not all(map(isfinite, found_values)):
        raise RefusedError(
            "there are more shortest paths here than a number can hold",
            hint="--sample 200 counts them in whole numbers, from 200 start nodes",
        )
    return found_values


def _passing(graph: Ties, starts: Iterable[int], *, by_length: bool) -> list[float]:
    """Return for each node the share of shortest paths through it, summed over start and end.

    Brandes' accumulation from each start, after a search in breadth or, by length,
    Dijkstra's. Paths are counted in whole numbers, which cannot overflow.
    """
    n = len(graph.nodes)
    sums = [0.0] * n
    length: list[dict[int, int]] = [{} for _ in range(n)]
    if by_length:
        for (a, b), long in graph.lengths.items():
            length[a][b] = length[b][a] = long
    for start in starts:
        share = [0.0] * n
        if by_length:
            order, before, paths = _nearest_first(length, start)
            for node in reversed(order):
                whole, own = paths[node], 1 + share[node]
                for one in before[node]:
                    share[one] += paths[one] / whole * own
        else:
            order, far, count = _in_breadth(graph.neighbors, start)
            for node in reversed(order):
                whole, own, nearer = count[node], 1 + share[node], far[node] - 1
                for one in graph.neighbors[node]:
                    if far[one] == nearer:
                        share[one] += count[one] / whole * own
        share[start] = 0.0
        for node in order:
            sums[node] += share[node]
    return sums


def _in_breadth(
    near: Sequence[Sequence[int]], start: int
) -> tuple[list[int], list[int], list[int]]:
    """Return nodes by distance, how far each is (below 0: not reached), and how many paths lead there."""
    far, count = [-2] * len(near), [0] * len(near)
    far[start], count[start] = 0, 1
    order = [start]
    for node in order:  # it grows as nodes are found
        beyond, paths = far[node] + 1, count[node]
        for other in near[node]:
            if far[other] == beyond:
                count[other] += paths
            elif far[other] < 0:
                far[other], count[other] = beyond, paths
                order.append(other)
    return order, far, count


def _nearest_first(
    length: Sequence[Mapping[int, int]], start: int
) -> tuple[list[int], Mapping[int, list[int]], Mapping[int, int]]:
    """Return nodes by distance, those just before each on shortest paths, and how many paths."""
    far, count = {start: 0}, {start: 1}
    before: dict[int, list[int]] = {start: []}
    order: list[int] = []
    done: set[int] = set()
    waiting = [(0, start)]
    while waiting:
        here, node = heappop(waiting)
        if node in done:
            continue
        done.add(node)
        order.append(node)
        for other, long in length[node].items():
            there = here + long
            if other not in far or there < far[other]:
                far[other] = there
                count[other] = count[node]
                before[other] = [node]
                heappush(waiting, (there, other))
            elif there == far[other] and other not in done:
                count[other] += count[node]
                before[other].append(node)
    return order, before, count


# ---------------------------------------------------------------- PageRank, eigenvector


def pagerank(graph: Ties, weight: Weight = "hops") -> Scores:
    """Return where a reader ends up who follows edges at random and sometimes starts anew."""
    import rustworkx as rx

    found: rx.PyDiGraph[None, float] = rx.PyDiGraph(multigraph=False)
    found.add_nodes_from([None] * len(graph.nodes))
    for a, b in graph.arcs:
        strong = 1.0 if weight == "hops" else graph.strength((min(a, b), max(a, b)))
        found.add_edge(a, b, strong)
    method = (
        f"PageRank: damping {DAMPING}; it follows the direction of an edge, a symmetric relation "
        "both ways; several edges one way count once; who points to nobody passes its share to "
        "all alike (Brin and Page, 1998). The values of all nodes sum to 1."
    )
    if weight == "evidence":
        method += " A strong tie is followed more often, in proportion to its strength."
    try:
        scores = rx.pagerank(found, alpha=DAMPING, weight_fn=float, tol=1e-12, max_iter=_ROUNDS)
    except rx.FailedToConverge:
        return Scores(
            (None,) * len(graph.nodes),
            (method, f"Not defined: it did not settle in {_ROUNDS} rounds."),
        )
    return Scores(tuple(_plain(scores[n]) for n in range(len(graph.nodes))), (method,))


def eigenvector(graph: Ties, weight: Weight = "hops") -> Scores:
    """Return how well tied each node is to the well tied, in the largest component only.

    Between components the measure says nothing: whatever one compares there is an
    accident of the method. Nodes outside have None.
    """
    import networkx as nx

    n = len(graph.nodes)
    method = (
        "Eigenvector centrality: a node scores with the sum of its neighbours' scores (Bonacich, "
        "1972); several edges between two nodes count once, direction does not count. The squares "
        "sum to 1."
    )
    if weight == "evidence":
        method += " A neighbour's score counts in proportion to the strength of the tie."
    parts = pieces(graph)
    largest = parts[0]
    notes = [method]
    if len(parts) > 1:
        again = sum(len(part) == len(largest) for part in parts)
        which = (
            f"{again} components are equally large; it is the one with {graph.label(largest[0])}."
            if again > 1
            else ""
        )
        notes.append(
            f"The graph has {len(parts)} components; eigenvector centrality is defined within one, "
            f"so only the {len(largest)} of {n} nodes of the largest have a value. {which}".strip()
        )
    inside = set(largest)
    component: nx.Graph[int] = nx.Graph()
    component.add_nodes_from(largest)
    for pair in graph.edges:
        if pair[0] in inside:
            component.add_edge(*pair, weight=1.0 if weight == "hops" else graph.strength(pair))
    values: list[float | None] = [None] * n
    try:
        scores = nx.eigenvector_centrality(component, max_iter=_ROUNDS, tol=1e-10, weight="weight")
    except nx.PowerIterationFailedConvergence:
        notes.append(f"Not defined: power iteration did not settle in {_ROUNDS} rounds.")
    else:
        for node in largest:
            values[node] = _plain(scores[node])
    return Scores(tuple(values), tuple(notes))


# ---------------------------------------------------------------- the answers


def scores(
    graph: Ties,
    measure: Measure,
    weight: Weight = "hops",
    *,
    sample: int | None = None,
    seed: int = 0,
) -> Scores:
    """Return one measure of every node."""
    if measure == "betweenness":
        return betweenness(graph, weight, sample=sample, seed=seed)
    simple: dict[str, Callable[[Ties, Weight], Scores]] = {
        "degree": degree,
        "pagerank": pagerank,
        "eigenvector": eigenvector,
    }
    return simple[measure](graph, weight)


def ranks(values: Sequence[float | None]) -> list[int | None]:
    """Return the rank of each value, the highest first; equal values share the better rank.

    >>> ranks([0.5, 2.0, None, 2.0])
    [3, 1, None, 1]
    """
    place: dict[float, int] = {}
    for rank, value in enumerate(sorted((v for v in values if v is not None), reverse=True), 1):
        place.setdefault(value, rank)
    return [None if value is None else place[value] for value in values]


def centrality(
    projection: Projection,
    measures: Sequence[Measure] = MEASURES,
    *,
    weight: Weight = "hops",
    sample: int | None = None,
    seed: int = 0,
) -> Answer:
    """Return measures of position for every node, ranked by the first of them.

    Each row cites the claims on the node's own ties: what passes through it passes over
    them. Raises NoError for a projection without ties, RefusedError where exact
    betweenness would take too long, UsageError for a sample that makes no sense.
    """
    asked = tuple(dict.fromkeys(measures))
    graph = ties(projection)
    if sample is not None and "betweenness" not in asked:
        raise UsageError("only betweenness is sampled", hint="--measure betweenness --sample 200")
    found = {m: scores(graph, m, weight, sample=sample, seed=seed) for m in asked}
    nodes = range(len(graph.nodes))
    values: dict[str, Sequence[Cell]] = {}
    columns = [Column("rank", "number", f"by {asked[0]}"), Column("node", "node")]
    for measure in asked:
        whole = measure == "degree" and weight == "hops"
        got = found[measure].values
        name = "strength" if measure == "degree" and weight == "evidence" else measure
        values[name] = [int(v) if whole and v is not None else v for v in got]
        columns.append(Column(name, "number"))
        if measure == "degree":
            coming, going = [0] * len(graph.nodes), [0] * len(graph.nodes)
            for a, b in graph.arcs:
                going[a] += 1
                coming[b] += 1
            values |= {"in": coming, "out": going}
            columns += [Column("in", "number"), Column("out", "number")]
    values["claim_count"] = [len(graph.claims_at(n)) for n in nodes]
    columns.append(Column("claim_count", "number", "claims on the node's ties"))
    columns += graph.doubt_columns("ties")
    rank = ranks(found[asked[0]].values)
    order = sorted(nodes, key=lambda n: (rank[n] is None, rank[n] or 0, n))
    rows = [
        Row(
            (
                rank[n],
                graph.nodes[n],
                *(column[n] for column in values.values()),
                *graph.doubts(graph.at(n)),
            ),
            graph.claims_at(n),
        )
        for n in order
    ]
    notes = [note for one in found.values() for note in one.notes]
    if weight == "evidence":
        notes.append(EVIDENCE_NOTE)
    return answer(
        "centrality",
        projection,
        columns,
        rows,
        figures={"nodes": len(graph.nodes), "ties": len(graph.edges)},
        notes=(*notes, CAVEAT, *graph.notes),
    )


def brokers(
    projection: Projection,
    *,
    weight: Weight = "hops",
    sample: int | None = None,
    seed: int = 0,
) -> Answer:
    """Return who sits between others, and whom each joins that nothing else here joins.

    Ranked by betweenness; who is on no shortest path between two others is no broker and
    not listed. Raises what ``centrality`` does.
    """
    graph = ties(projection)
    between = betweenness(graph, weight, sample=sample, seed=seed)
    near = [frozenset(one) for one in graph.neighbors]
    apart = {cut.node: len(cut.sizes) for cut in cuts(graph).nodes}
    rank = ranks(between.values)
    columns = [
        Column("rank", "number", "by betweenness"),
        Column("node", "node"),
        Column("betweenness", "number"),
        Column("constraint", "number", "Burt's; low is free"),
        Column("effective_size", "number", "neighbours that are no substitutes for each other"),
        Column("degree", "number"),
        Column("only_here", "number", "pairs of its neighbours that only it joins in two steps"),
        Column("joins", "text", "such pairs"),
        Column("falls_apart", "number", "pieces its component falls into without it"),
        *graph.doubt_columns("ties"),
    ]
    rows = []
    crowded = 0
    order = sorted(range(len(graph.nodes)), key=lambda n: (rank[n] or 0, n))
    for node in order:
        if not between.values[node]:
            continue
        only = _only_through(near, node)
        crowded += only is None
        rows.append(
            Row(
                (
                    rank[node],
                    graph.nodes[node],
                    between.values[node],
                    _plain(constraint(graph, node, weight)),
                    _plain(effective_size(near, node)),
                    len(near[node]),
                    None if only is None else len(only),
                    None
                    if only is None
                    else names((f"{graph.label(a)} – {graph.label(b)}" for a, b in only), most=4),
                    apart.get(node, 1),
                    *graph.doubts(graph.at(node)),
                ),
                graph.claims_at(node),
            )
        )
    notes = [
        *between.notes,
        "Constraint (Burt, 1992): how far a node's ties lead back to the same few; the lower, the "
        "freer. Effective size (Borgatti, 1997): its neighbours, less the mean number of ties each "
        "has to the others. only_here: pairs of its neighbours that are not tied, and have no "
        "other neighbour in common; they may still be joined by a longer way. falls_apart: more "
        "than 1 where some are joined through it alone.",
    ]
    if parted := _parted(graph):
        notes.append(parted)
    if crowded:
        notes.append(
            f"Pairs are not listed for {crowded} nodes with more than {MOST_NEIGHBORS} neighbours."
        )
    if weight == "evidence":
        notes += [
            "Constraint takes ties by their strength; effective size counts them alike.",
            EVIDENCE_NOTE,
        ]
    return answer(
        "brokers",
        projection,
        columns,
        rows,
        figures={"nodes": len(graph.nodes), "ties": len(graph.edges), "brokers": len(rows)},
        notes=(*notes, CAVEAT, *graph.notes),
    )


def _parted(graph: Ties) -> str:
    """Return in words what nobody joins as long as only facts count; empty where all is joined."""
    near: list[list[int]] = [[] for _ in graph.nodes]
    for pair in filter(graph.is_fact, graph.edges):
        for node, other in (pair, reversed(pair)):
            near[node].append(other)
    parts = hanging_together(range(len(near)), near.__getitem__)
    groups = [part for part in parts if len(part) > 1]
    alone = [node for part in parts if len(part) == 1 for node in part]
    told = []
    if len(groups) > 1:
        shown = " | ".join(names(map(graph.label, part), most=3) for part in groups[:_PARTS])
        more = f" | {len(groups) - _PARTS} more" if len(groups) > _PARTS else ""
        told.append(f"nobody joins these {len(groups)} groups: {shown}{more}")
    if alone:
        told.append(f"no tie leads to {names(map(graph.label, alone))}")
    if not told:
        return ""
    softly = (
        " Who joins them all the same does so by ties that are no facts." if _softly(graph) else ""
    )
    return f"On facts alone {'; and '.join(told)}.{softly}"


def _softly(graph: Ties) -> bool:
    return bool(graph.hedged or graph.bare)


def constraint(graph: Ties, node: int, weight: Weight = "hops") -> float:
    """Return Burt's constraint of a node that has ties.

    The sum over its neighbours j of (p_ij + sum over q of p_iq p_qj)², where p_ij is the
    share of i's ties, or of their strength, that goes to j.
    """

    def strong(a: int, b: int) -> float:
        return 1.0 if weight == "hops" else graph.strength((min(a, b), max(a, b)))

    def total(one: int) -> float:
        return (
            float(len(graph.neighbors[one]))
            if weight == "hops"
            else sum(map(graph.strength, graph.at(one)))
        )

    own = total(node)
    share = {other: strong(node, other) / own for other in graph.neighbors[node]}
    through = dict.fromkeys(share, 0.0)
    for middle, part in share.items():
        theirs = total(middle)
        for other in graph.neighbors[middle]:
            if other in through:
                through[other] += part * strong(middle, other) / theirs
    return sum((share[other] + through[other]) ** 2 for other in share)


def effective_size(near: Sequence[frozenset[int]], node: int) -> float:
    """Return how many neighbours a node has, less their mean ties to one another."""
    return len(near[node]) - sum(len(near[node] & near[one]) for one in near[node]) / len(
        near[node]
    )


def _only_through(near: Sequence[frozenset[int]], node: int) -> list[Pair] | None:
    """Return pairs of a node's neighbours that are not tied and share no other neighbour."""
    own = near[node]
    if len(own) > MOST_NEIGHBORS:
        return None
    joined: set[Pair] = set()
    for other in {far for one in own for far in near[one]} - {node}:
        joined.update(combinations(sorted(near[other] & own), 2))
    return [
        (a, b) for a, b in combinations(sorted(own), 2) if (a, b) not in joined and b not in near[a]
    ]
