"""What hangs together: components, communities, and what holds them together by one thread."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import islice
from math import isfinite
from typing import Literal, NamedTuple, TypeVar

from kg.analysis.answer import Answer, Column, Row, answer
from kg.analysis.ties import EVIDENCE_NOTE, Pair, Ties, Weight, names, ties
from kg.errors import MissingError, UsageError
from kg.projection import Projection

Method = Literal["louvain", "leiden"]

N = TypeVar("N", bound=Hashable)


# ---------------------------------------------------------------- components


def pieces(graph: Ties) -> list[list[int]]:
    """Return the nodes of each component, the largest component first, then by its first node."""
    return hanging_together(range(len(graph.nodes)), graph.neighbors.__getitem__)


def hanging_together(nodes: Iterable[N], near: Callable[[N], Iterable[N]]) -> list[list[N]]:
    """Return the sets of nodes that links join, the largest first, then by their first node.

    The order of ``nodes`` is that within a set, too; ``near`` gives the other ends of the
    links of a node, which go both ways.

    >>> hanging_together("dcba", {"a": "b", "b": "a", "c": "", "d": ""}.__getitem__)
    [['b', 'a'], ['d'], ['c']]
    """
    order = list(nodes)
    place = {node: number for number, node in enumerate(order)}
    seen: set[N] = set()
    found: list[list[N]] = []
    for first in order:
        if first in seen:
            continue
        seen.add(first)
        part, waiting = [first], [first]
        while waiting:
            for other in near(waiting.pop()):
                if other not in seen:
                    seen.add(other)
                    part.append(other)
                    waiting.append(other)
        found.append(sorted(part, key=place.__getitem__))
    return sorted(found, key=lambda part: (-len(part), place[part[0]]))


def components(projection: Projection) -> Answer:
    """Return the parts of a projection between which nothing is claimed.

    Raises NoError for a projection without ties.
    """
    graph = ties(projection)
    parts = pieces(graph)
    place = {node: number for number, part in enumerate(parts) for node in part}
    inside: list[list[Pair]] = [[] for _ in parts]
    for pair in graph.edges:
        inside[place[pair[0]]].append(pair)
    columns, rows = _rows(graph, "component", parts, inside)
    alone = sum(len(part) == 1 for part in parts)
    notes = [
        "Components: two nodes are in one when some chain of ties leads from one to the other, "
        "whatever its direction. That nothing joins two components means that nothing here is "
        "claimed to, not that nothing does."
    ]
    if alone:
        notes.append(f"{alone} of them are single nodes that nothing here ties to another.")
    return answer(
        "components",
        projection,
        columns,
        rows,
        figures={"components": len(parts), "nodes": len(graph.nodes), "ties": len(graph.edges)},
        notes=(*notes, *graph.notes),
    )


def _rows(
    graph: Ties, what: str, parts: Sequence[Sequence[int]], inside: Sequence[Sequence[Pair]]
) -> tuple[list[Column], list[Row]]:
    columns = [
        Column(what, "number"),
        Column("size", "number"),
        Column("ties", "number", "ties inside"),
        Column("claim_count", "number", "claims on the ties inside"),
        *graph.doubt_columns("ties inside"),
    ]
    columns += [Column("members"), Column("nodes", "text", "their ids")]
    rows = []
    for number, (part, pairs) in enumerate(zip(parts, inside, strict=True), 1):
        claims = graph.claims(pairs)
        members = names(map(graph.label, part), None)
        ids = " ".join(graph.nodes[node] for node in part)
        doubts = graph.doubts(pairs)
        rows.append(
            Row((number, len(part), len(pairs), len(claims), *doubts, members, ids), claims)
        )
    return columns, rows


# ---------------------------------------------------------------- communities


def partition(
    graph: Ties,
    method: Method = "louvain",
    *,
    weight: Weight = "hops",
    resolution: float = 1.0,
    seed: int = 0,
) -> list[list[int]]:
    """Return the communities a method finds, the largest first, then by their first node.

    The same graph and seed give the same communities in every run. Raises MissingError
    where Leiden is asked for and igraph is not installed.
    """
    if not (isfinite(resolution) and resolution > 0):
        raise UsageError(f"a resolution of {resolution} makes no groups", hint="1 is usual")
    found = (_leiden if method == "leiden" else _louvain)(graph, weight, resolution, seed)
    parts = [sorted(part) for part in found]
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def _louvain(graph: Ties, weight: Weight, resolution: float, seed: int) -> Iterable[Iterable[int]]:
    import networkx as nx

    return nx.community.louvain_communities(
        graph.graph(weight), weight="weight", resolution=resolution, seed=seed
    )


def _leiden(graph: Ties, weight: Weight, resolution: float, seed: int) -> Iterable[Iterable[int]]:
    import random

    try:
        import igraph
    except ImportError:
        raise MissingError(
            "Leiden needs igraph, which is not installed",
            hint="pip install igraph, or --method louvain",
        ) from None
    pairs = list(graph.edges)
    found = igraph.Graph(n=len(graph.nodes), edges=pairs)
    strong = None if weight == "hops" else [graph.strength(pair) for pair in pairs]
    # igraph draws from Python's generator of the whole process: lend it one with our seed.
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - no secret
    try:
        return list(
            found.community_leiden(
                objective_function="modularity",
                weights=strong,
                resolution=resolution,
                n_iterations=-1,
            )
        )
    finally:
        igraph.set_random_number_generator(random)


def communities(
    projection: Projection,
    method: Method = "louvain",
    *,
    weight: Weight = "hops",
    resolution: float = 1.0,
    seed: int = 0,
) -> Answer:
    """Return groups with more ties inside than chance would give, each with its claims.

    Raises NoError for a projection without ties, MissingError for Leiden without igraph.
    """
    import networkx as nx

    graph = ties(projection)
    parts = partition(graph, method, weight=weight, resolution=resolution, seed=seed)
    place = {node: number for number, part in enumerate(parts) for node in part}
    inside: list[list[Pair]] = [[] for _ in parts]
    across: list[Pair] = []
    for pair in graph.edges:
        one, other = place[pair[0]], place[pair[1]]
        if one == other:
            inside[one].append(pair)
        else:
            across.append(pair)
    columns, rows = _rows(graph, "community", parts, inside)
    columns.insert(4, Column("across", "number", "claims on ties to other communities"))
    leaving: list[list[Pair]] = [[] for _ in parts]
    for pair in across:
        for end in pair:
            leaving[place[end]].append(pair)
    rows = [
        Row((*row.values[:4], len(graph.claims(pairs)), *row.values[4:]), row.claims)
        for row, pairs in zip(rows, leaving, strict=True)
    ]
    modularity = nx.community.modularity(
        graph.graph(weight), [set(part) for part in parts], weight="weight", resolution=resolution
    )
    told = {
        "louvain": "Louvain (Blondel and others, 2008), by networkx",
        "leiden": "Leiden (Traag, Waltman and van Eck, 2019) on modularity, by igraph",
    }[method]
    notes = [
        f"Communities: {told}, seed {seed}, resolution {resolution:g}. It looks for the groups "
        "with the highest modularity (Newman and Girvan, 2004) and may miss the best; another "
        "seed can give other groups. Several edges between two nodes count once, direction and "
        "sign do not count: enemies that are much spoken of together can be in one group.",
    ]
    if weight == "evidence":
        notes.append(EVIDENCE_NOTE)
    return answer(
        "communities",
        projection,
        columns,
        rows,
        figures={
            "communities": len(parts),
            "modularity": float(f"{modularity:.9g}"),
            "ties_inside": len(graph.edges) - len(across),
            "ties_across": len(across),
            "claims_inside": len(graph.claims(pair for pairs in inside for pair in pairs)),
            "claims_across": len(graph.claims(across)),
        },
        notes=(*notes, *graph.notes),
    )


# ---------------------------------------------------------------- bridges


#: Of those cut off, so many are named.
_NAMED = 6


class CutTie(NamedTuple):
    """A tie whose loss splits a component: how many are on the smaller side, and some of them."""

    pair: Pair
    off: int
    some: tuple[int, ...]


class CutNode(NamedTuple):
    """A node whose loss splits a component: the sizes of the pieces, and some of the smaller."""

    node: int
    sizes: tuple[int, ...]
    some: tuple[int, ...]

    @property
    def off(self) -> int:
        """How many are parted from the largest piece."""
        return sum(self.sizes[1:])


class Cuts(NamedTuple):
    """What a graph falls apart without, in the order of its nodes."""

    ties: tuple[CutTie, ...]
    nodes: tuple[CutNode, ...]


def cuts(graph: Ties) -> Cuts:
    """Return every bridge and every articulation point, with what each would cut off.

    One search in depth (Hopcroft and Tarjan, 1973): what hangs on a tie or a node alone
    is a stretch of the order in which the search came by.
    """
    near = graph.neighbors
    came: dict[int, int] = {}
    low: dict[int, int] = {}
    order: list[int] = []
    found_ties: list[CutTie] = []
    found_nodes: list[CutNode] = []
    for root in range(len(near)):
        if root in came:
            continue
        first = len(order)
        hanging: dict[int, list[range]] = {}
        bridges: list[tuple[Pair, range]] = []
        came[root] = low[root] = first
        order.append(root)
        stack = [(root, -1, iter(near[root]))]
        while stack:
            node, parent, rest = stack[-1]
            for other in rest:
                if other == parent:
                    continue
                if other in came:
                    low[node] = min(low[node], came[other])
                    continue
                came[other] = low[other] = len(order)
                order.append(other)
                stack.append((other, node, iter(near[other])))
                break
            else:
                stack.pop()
                if parent < 0:
                    continue
                low[parent] = min(low[parent], low[node])
                below = range(came[node], len(order))
                if low[node] >= came[parent]:
                    hanging.setdefault(parent, []).append(below)
                if low[node] > came[parent]:
                    bridges.append(((min(node, parent), max(node, parent)), below))
        whole = range(first, len(order))
        for pair, below in bridges:
            above = [range(whole.start, below.start), range(below.stop, whole.stop)]
            sides = sorted(([below], above), key=_size)
            found_ties.append(CutTie(pair, _size(sides[0]), _some(order, sides[:1])))
        for node, stretches in hanging.items():
            parts = [[one] for one in stretches]
            if node != root:
                gaps = sorted([*stretches, range(came[node], came[node] + 1)], key=min)
                ends = [whole.start, *(one.stop for one in gaps)]
                starts = [*(one.start for one in gaps), whole.stop]
                parts.append([range(*ends_of) for ends_of in zip(ends, starts, strict=True)])
            if len(parts) > 1:
                parts.sort(key=_size, reverse=True)
                some = _some(order, parts[1:])
                found_nodes.append(CutNode(node, tuple(map(_size, parts)), some))
    return Cuts(tuple(sorted(found_ties)), tuple(sorted(found_nodes, key=lambda found: found.node)))


def _size(stretches: Iterable[range]) -> int:
    return sum(map(len, stretches))


def _some(order: Sequence[int], parts: Iterable[Iterable[range]]) -> tuple[int, ...]:
    """Return the first few nodes of some stretches of an order, without going through all."""
    every = (order[place] for part in parts for stretch in part for place in stretch)
    return tuple(sorted(islice(every, _NAMED)))


def bridges(projection: Projection) -> Answer:
    """Return the ties and the nodes that alone hold a component together.

    Ordered by how many nodes they would cut off. An answer without rows means that no
    single loss splits anything. Raises NoError for a projection without ties.
    """
    graph = ties(projection)
    found = cuts(graph)
    columns = [
        Column("what", "text", "a tie or a node"),
        Column("node", "node", "the node, or one end of the tie"),
        Column("other", "node", "the other end"),
        Column("cuts_off", "number", "nodes parted from the larger rest"),
        Column("pieces", "number", "what is left of the component"),
        Column("claim_count", "number", "claims that make it"),
        *graph.doubt_columns("ties"),
        Column("cut_off"),
    ]

    def row(what: str, ends: tuple[int, ...], cut: CutTie | CutNode, parts: int) -> Row:
        pairs = (ends,) if len(ends) == 2 else graph.at(ends[0])
        claims = graph.claims(pairs)
        return Row(
            (
                what,
                graph.nodes[ends[0]],
                graph.nodes[ends[1]] if len(ends) == 2 else None,
                cut.off,
                parts,
                len(claims),
                *graph.doubts(pairs),
                names(map(graph.label, cut.some), total=cut.off),
            ),
            claims,
        )

    every = [(cut.off, row("tie", cut.pair, cut, 2)) for cut in found.ties]
    every += [(cut.off, row("node", (cut.node,), cut, len(cut.sizes))) for cut in found.nodes]
    single = sum(one.values[0] == "tie" and len(one.claims) == 1 for _, one in every)
    return answer(
        "bridges",
        projection,
        columns,
        [one for _, one in sorted(every, key=lambda item: -item[0])],
        figures={
            "bridges": len(found.ties),
            "bridges_of_one_claim": single,
            "cut_nodes": len(found.nodes),
            "ties": len(graph.edges),
        },
        notes=(
            "Bridges: a tie is one when its loss leaves more components (Tarjan, 1974); several "
            "edges between two nodes are one tie, lost when all of them fall; direction does not "
            "count. A cut node (articulation point; Hopcroft and Tarjan, 1973) is the same for a "
            "node with all its ties. cuts_off counts who would be parted from the larger rest.",
            *graph.notes,
        ),
    )
