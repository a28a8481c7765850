"""Measures of a projection, each answer with the claims behind it.

Functions take a ``Projection`` and CURIEs, never the store: what they can see
is what the caller chose to project.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from kg.analysis.answer import Answer, Column, Row, answer
from kg.analysis.firmness import (
    NO_TIE,
    Data,
    grade,
    no_tie,
    softest,
    softness,
    stands,
    words,
)
from kg.claims import Modality, Polarity
from kg.errors import NoError, UsageError
from kg.projection import Projection, claims_between, counted, part
from kg.turtle import natural

if TYPE_CHECKING:
    import networkx as nx

#: How many paths of the same length are compared before the best are kept.
MAX_TIES = 100


class Direction(StrEnum):
    """How a step goes with respect to the edge it takes."""

    ALONG = "along"
    AGAINST = "against"
    EITHER = "either"  # a symmetric relation has no direction


@dataclass(frozen=True, slots=True)
class Step:
    """One edge, taken from ``source`` to ``target``; nodes, predicate and claims are CURIEs.

    ``phrase`` reads the edge in the direction it is taken ("has party", "is party
    to"). ``distance`` counts steps from where the walk began. ``also`` holds the
    claims of every other edge between the two nodes, whatever they say. ``sources`` are
    the documents its claims are read from; ``effect`` is -1 where the step works against
    what it leads to, 1 where it works towards it, None where it does neither.
    ``by_query`` marks a step that a query makes and whose claims do not say so.
    """

    source: str
    source_label: str
    target: str
    target_label: str
    direction: Direction
    predicate: str
    phrase: str
    claims: tuple[str, ...]
    modality: Modality
    kind: str
    polarity: Polarity
    materialised: bool
    contested: bool
    confidence: int | None
    statement: str
    distance: int = 1
    also: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    origins: int = 0
    effect: int | None = None
    holders: tuple[str, ...] = ()
    held: str = ""
    by_query: bool = False
    retracted_on: str = ""

    @property
    def neighbor(self) -> str:
        """The node the step leads to."""
        return self.target

    @property
    def label(self) -> str:
        """The label of the node the step leads to."""
        return self.target_label

    @property
    def firmness(self) -> str:
        """How the step is put, in words; "fact" for an edge of the edge layer."""
        found = words(self.said)
        # Nobody can tell whether it held at the time that was asked for.
        return found if self.held in ("", "certain") else f"{found}, {self.held} then"

    @property
    def said(self) -> Data:
        """What decides how firm the step is, by the names it has on the edge."""
        return {
            "by_query": self.by_query,
            "claims": self.claims,
            "materialised": self.materialised,
            "contested": self.contested,
            "modality": self.modality,
            "kind": self.kind,
            "polarity": self.polarity,
            "retracted_on": self.retracted_on,
        }

    @property
    def stands(self) -> bool:
        """Whether the step can be taken: not denied, and no word of what should be."""
        return stands(self.said)

    def cells(self) -> tuple[str, ...]:
        """Return the step as a row of a table: from, phrase, to, firmness, holders, claims, documents."""
        held_by = " ".join(holder.removeprefix("actor:") for holder in self.holders)
        claims = " ".join(claim.removeprefix("claim:") for claim in self.claims)
        read = " ".join(source.removeprefix("source:") for source in self.sources)
        ends = self.source_label, self.phrase, self.target_label
        return *ends, self.firmness, held_by, claims, read

    def as_dict(self) -> dict[str, Any]:
        """Return the step as plain values."""
        return {
            "source": self.source,
            "source_label": self.source_label,
            "target": self.target,
            "target_label": self.target_label,
            "distance": self.distance,
            "direction": str(self.direction),
            "predicate": self.predicate,
            "phrase": self.phrase,
            "modality": str(self.modality),
            "kind": self.kind,
            "polarity": str(self.polarity),
            "materialised": self.materialised,
            "contested": self.contested,
            "confidence": self.confidence,
            "statement": self.statement,
            "claims": list(self.claims),
            "also": list(self.also),
            "sources": list(self.sources),
            "holders": list(self.holders),
            "held": self.held,
            "origins": self.origins,
            "effect": self.effect,
        }


@dataclass(frozen=True, slots=True)
class Path:
    """A way from one node to another that visits no node twice."""

    hops: tuple[Step, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes from start to end."""
        return self.hops[0].source, *(hop.target for hop in self.hops)

    @property
    def weakest(self) -> Step:
        """The step that a doubter would question first.

        The softest (``kg.analysis.firmness``); among equals that of the lowest confidence
        (none given counts as lowest).
        """
        return max(self.hops, key=_weakness)

    @property
    def modality(self) -> Modality:
        """The least firm modality among its steps."""
        return softest(hop.modality for hop in self.hops)

    @property
    def materialised(self) -> bool:
        """Whether every step is a fact of the edge layer."""
        return all(hop.materialised for hop in self.hops)

    @property
    def firmness(self) -> str:
        """How firm the path is, in words: never more than its weakest step."""
        if self.materialised:
            return f"{self.modality}, every step a fact"
        soft = sum(not hop.materialised for hop in self.hops)
        return f"{self.modality}, {soft} of {len(self.hops)} steps no fact of the graph"

    @property
    def hinders(self) -> bool:
        """Whether the chain as a whole works against its end: an odd number of steps do."""
        return sum(hop.effect == -1 for hop in self.hops) % 2 == 1

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims the path rests on, in the order of its steps, each once."""
        return tuple(dict.fromkeys(claim for hop in self.hops for claim in hop.claims))

    def as_dict(self) -> dict[str, Any]:
        """Return the path as plain values."""
        return {
            "nodes": list(self.nodes),
            "modality": str(self.modality),
            "firmness": self.firmness,
            "materialised": self.materialised,
            "weakest": self.hops.index(self.weakest) + 1,
            "hinders": self.hinders,
            "claims": list(self.claims),
            "hops": [hop.as_dict() for hop in self.hops],
        }


def neighbors(projection: Projection, node: str, depth: int = 1) -> list[Step]:
    """Return the edges within so many steps of a node, each once, grouped for reading.

    The order is by depth, then direction (along, against, either), predicate and
    neighbour. Denials and recommendations are among them, and lead no further
    (``Step.stands``). A node outside the projection has no edges: the list is empty.
    Raises UsageError for a depth below 1.
    """
    if depth < 1:
        raise UsageError(f"a depth of {depth} reaches nothing", hint="give a depth of 1 or more")
    graph = projection.graph
    if node not in graph:
        return []
    steps: list[Step] = []
    reached, frontier = {node}, [node]
    taken: set[tuple[str, str, str]] = set()
    for distance in range(1, depth + 1):
        found: list[Step] = []
        for near in frontier:
            for edge, step in _steps_from(graph, near):
                if edge not in taken:
                    taken.add(edge)
                    found.append(replace(step, distance=distance))
        found.sort(key=_reading_order)
        steps += found
        beyond = {step.target for step in found if step.stands} - reached
        reached |= beyond
        frontier = sorted(beyond, key=natural)
    return steps


#: How paths are ranked.
Ranking = Literal["hops", "evidence"]


def paths(
    projection: Projection,
    a: str,
    b: str,
    *,
    k: int = 3,
    directed: bool = False,
    by: Ranking = "hops",
) -> list[Path]:
    """Return the ``k`` best simple paths between two nodes.

    By ``hops`` the shortest come first; among paths of one length the firmer, then natural
    order of the nodes. By ``evidence`` the path whose softest kind of step is firmest comes
    first, then the one with fewer steps of that kind, then of the next softest kind, and
    so on, then the shorter: no number is made up to weigh a hedge against a detour. The
    kinds, firmest first: fact of several independent origins, fact of one, contested fact,
    then what is no fact, by its modality.

    Each step takes the firmest edge between its nodes. With ``directed`` only symmetric
    relations are taken against their direction. Denials and recommendations are never taken,
    and between two things that are not documents neither is a document: a text that examines
    both does not join them. No path is an empty list: nothing is claimed to join the two, which is not to
    say that nothing does. Raises UsageError when both ends are one node or ``k`` is below 1.
    """
    import networkx as nx

    if k < 1:
        raise UsageError(f"{k} paths cannot be listed", hint="ask for 1 or more")
    if a == b:
        raise UsageError(f"both ends are {a}", hint="name two different nodes")
    if a not in projection.graph or b not in projection.graph:
        return []
    families = {projection.graph.nodes[end]["family"] for end in (a, b)}
    best = _firmest_steps(projection.graph, directed=directed, documents="source" in families)
    # One step of a softer kind outweighs any number of a firmer one: exact in integers.
    base = projection.graph.number_of_nodes() + 1
    simple: nx.DiGraph[str] = nx.DiGraph()
    simple.add_nodes_from((a, b))
    for start, end in sorted(best, key=lambda pair: (natural(pair[0]), natural(pair[1]))):
        cost = 1 if by == "hops" else 1 + base ** _softness(best[start, end])
        simple.add_edge(start, end, cost=cost)
    found: list[list[str]] = []
    costs: list[int] = []
    try:
        for nodes in nx.shortest_simple_paths(
            simple, a, b, weight=None if by == "hops" else "cost"
        ):
            cost = sum(simple[u][v]["cost"] for u, v in pairwise(nodes))
            if len(found) >= k and (cost > costs[k - 1] or len(found) >= max(k, MAX_TIES)):
                break
            found.append(nodes)
            costs.append(cost)
    except nx.NetworkXNoPath:
        return []
    every = [(_path(projection.graph, best, n), cost) for n, cost in zip(found, costs, strict=True)]
    every.sort(
        key=lambda ranked: (
            ranked[1],
            max(softness(hop.said) for hop in ranked[0].hops),
            [natural(node) for node in ranked[0].nodes],
        )
    )
    return [path for path, _ in every[:k]]


def _softness(step: Step) -> int:
    """Return the kind of a step by its evidence, 1 the firmest (see ``paths``).

    The one order, with the facts told apart by whether several began them.
    """
    place = grade(step.said)
    return place + 2 if place or step.origins < 2 else 1


def _path(graph: nx.MultiDiGraph[str], best: dict[tuple[str, str], Step], nodes: list[str]) -> Path:
    hops = []
    for distance, (source, target) in enumerate(pairwise(nodes), 1):
        step = best[source, target]
        others = {*claims_between(graph, source, target), *claims_between(graph, target, source)}
        also = tuple(sorted(others - set(step.claims), key=natural))
        hops.append(replace(step, distance=distance, also=also))
    return Path(tuple(hops))


def _firmest_steps(
    graph: nx.MultiDiGraph[str], *, directed: bool, documents: bool
) -> dict[tuple[str, str], Step]:
    """Return, for each ordered pair of joined nodes, the firmest step from one to the other."""
    best: dict[tuple[str, str], tuple[tuple[Any, ...], dict[str, Any], Direction]] = {}
    for source, target, data in graph.edges(data=True):
        if source == target or not stands(data):
            continue
        if data["family"] == "source" and not documents:
            continue
        ways = [(source, target, Direction.ALONG), (target, source, Direction.AGAINST)]
        if data["symmetric"]:
            ways = [(start, end, Direction.EITHER) for start, end, _ in ways]
        for start, end, direction in ways:
            if directed and direction is Direction.AGAINST:
                continue
            weight = (
                softness(data),
                -data.get("confidence", -1),
                direction is Direction.AGAINST,
                natural(data["predicate"]),
                natural(data["claims"]),
            )
            if (start, end) not in best or weight < best[start, end][0]:
                best[start, end] = (weight, data, direction)
    return {
        (start, end): _step(graph, start, end, direction, data)
        for (start, end), (_, data, direction) in best.items()
    }


def _weakness(step: Step) -> tuple[tuple[int, ...], int]:
    return softness(step.said), -(-1 if step.confidence is None else step.confidence)


def no_steps(projection: Projection) -> str:
    """Return in words which edges of a projection are no steps; empty when all are."""
    found = Counter(no_tie(data) for *_, data in projection.graph.edges(data=True))
    told = {reason: found[reason] for reason in NO_TIE if found[reason]}
    return f"Edges that lead nowhere here: {counted(told)}." if told else ""


def _steps_from(
    graph: nx.MultiDiGraph[str], node: str
) -> Iterator[tuple[tuple[str, str, str], Step]]:
    for source, target, key, data in graph.out_edges(node, keys=True, data=True):
        direction = Direction.EITHER if data["symmetric"] else Direction.ALONG
        yield (source, target, key), _step(graph, source, target, direction, data)
    for source, target, key, data in graph.in_edges(node, keys=True, data=True):
        direction = Direction.EITHER if data["symmetric"] else Direction.AGAINST
        yield (source, target, key), _step(graph, target, source, direction, data)


def _step(
    graph: nx.MultiDiGraph[str],
    source: str,
    target: str,
    direction: Direction,
    data: dict[str, Any],
) -> Step:
    phrase = data["label"]
    if direction is Direction.AGAINST:
        phrase = data["inverse"] or f"is object of: {phrase}"
    polarity = Polarity(data["polarity"])
    return Step(
        source=source,
        source_label=graph.nodes[source]["label"],
        target=target,
        target_label=graph.nodes[target]["label"],
        direction=direction,
        predicate=data["predicate"],
        phrase=f"NOT {phrase}" if polarity is Polarity.NEGATED else phrase,
        claims=tuple(data["claims"].split()),
        modality=Modality(data["modality"]),
        kind=data["kind"],
        polarity=polarity,
        materialised=bool(data["materialised"]),
        contested=bool(data["contested"]),
        confidence=data.get("confidence"),
        statement=data["statement"],
        sources=tuple(data.get("sources", "").split()),
        origins=data.get("origins", 0),
        effect=data.get("effect"),
        holders=tuple(data.get("holders", "").split()),
        held=data.get("held", ""),
        by_query=bool(data.get("by_query")),
        retracted_on=data.get("retracted_on", ""),
    )


def _reading_order(step: Step) -> tuple[Any, ...]:
    return (
        list(Direction).index(step.direction),
        natural(step.predicate),
        natural(step.source),
        natural(step.target),
        natural(" ".join(step.claims)),
    )


def on_paths(projection: Projection, a: str, b: str, *, k: int = 3) -> Projection:
    """Return the part of a projection on the ``k`` best paths between two nodes (``paths``).

    Causal chains are followed forwards. Raises NoError when there is no path, and what
    ``paths`` raises.
    """
    found = paths(projection, a, b, k=k, directed=projection.name == "causal")
    if not found:
        raise NoError(
            f"no path from {a} to {b}", hint="hedged claims are drawn unless --facts-only is given"
        )
    nodes = {node for path in found for node in path.nodes}
    return part(projection, nodes, reason="outside the paths")


def path_answer(projection: Projection, found: list[Path]) -> Answer:
    """Return paths as an answer: a row a step, and what each path is worth in the notes."""
    rows = [
        Row(
            (
                number,
                hop.distance,
                hop.source,
                hop.phrase,
                hop.target,
                hop.firmness,
                " ".join(hop.holders),
                " ".join(hop.sources),
            ),
            hop.claims,
        )
        for number, path in enumerate(found, 1)
        for hop in path.hops
    ]
    columns = (
        Column("path", "number"),
        Column("step", "number"),
        Column("from", "node"),
        Column("relation"),
        Column("to", "node"),
        Column("firmness"),
        Column("held_by"),
        Column("documents"),
    )
    notes = [f"Path {number}: {told(path)}." for number, path in enumerate(found, 1)]
    notes += filter(None, (no_steps(projection),))
    return answer("path", projection, columns, rows, notes=notes)


def neighbor_answer(projection: Projection, steps: list[Step]) -> Answer:
    """Return the links around a node as an answer: a row a link."""
    rows = [
        Row(
            (
                step.distance,
                step.source,
                step.phrase,
                step.target,
                step.firmness,
                " ".join(step.sources),
            ),
            step.claims,
        )
        for step in steps
    ]
    columns = (
        Column("distance", "number"),
        Column("from", "node"),
        Column("relation"),
        Column("to", "node"),
        Column("firmness"),
        Column("documents"),
    )
    idle = Counter(no_tie(step.said) for step in steps)
    told = {reason: idle[reason] for reason in NO_TIE if idle[reason]}
    notes = [f"Listed, and not followed any further: {counted(told)}."] if told else []
    return answer("neighbors", projection, columns, rows, notes=notes)


def told(path: Path) -> str:
    """Return what a path is worth in words: its length, how firm it is, and its softest step."""
    steps = f"{len(path.hops)} step{'s' if len(path.hops) > 1 else ''}"
    words = f"{steps}, overall {path.firmness}"
    if not path.materialised or path.weakest.contested:
        weak = path.weakest
        words += f"; softest step: {weak.source} to {weak.target} ({weak.firmness})"
    if path.hinders:
        words += "; as a whole it works against its end"
    return words


_BY_QUERY = "links towards the middle that the query makes and no claim"


def ego(projection: Projection, node: str, *, depth: int = 1) -> Answer:
    """Return what is within reach of a node, nearest first, and how closely it is knit.

    A row a node: its distance, and with how many nodes of the ego network it is joined.
    Figures: the size of the network, and the density among the neighbours without the
    node itself: joined pairs divided by all pairs, None below two neighbours. Denials and
    recommendations join nobody. The claims of a row are those of its ties towards the middle.

    Raises NoError for a node outside the projection and UsageError for a depth below 1.
    """
    steps = neighbors(projection, node, depth)
    if node not in projection.graph:
        raise NoError(f"{node} has no edge in this projection", hint=f"try: kg show {node}")
    ties = [step for step in steps if step.stands]
    distance = {node: 0}
    inward: dict[str, list[str]] = defaultdict(list)
    bare: Counter[str] = Counter()
    for step in ties:
        distance.setdefault(step.target, step.distance)
        if distance[step.target] == step.distance and step.target != step.source:
            inward[step.target] += step.claims
            bare[step.target] += not step.claims
    joined = {
        frozenset((source, target))
        for source, target, data in projection.graph.edges(data=True)
        if source != target and source in distance and target in distance and stands(data)
    }
    degree = Counter(end for pair in joined for end in pair)
    others = [other for other in distance if other != node]
    among = sum(node not in pair for pair in joined)
    pairs = len(others) * (len(others) - 1) // 2
    any_bare = any(bare.values())
    order = sorted(others, key=lambda other: (distance[other], -degree[other], natural(other)))
    rows = [
        Row(
            (other, distance[other], degree[other], *((bare[other],) if any_bare else ())),
            tuple(sorted(set(inward[other]), key=natural)),
        )
        for other in order
    ]
    columns = (
        Column("node", "node"),
        Column("distance", "number", "steps from the middle"),
        Column("ties", "number", "nodes of this network it is joined with"),
        *([Column("by_query", "number", _BY_QUERY)] if any_bare else []),
    )
    figures = {
        "nodes": len(distance),
        "joined pairs": len(joined),
        "density among the others": among / pairs if pairs else None,
    }
    notes = filter(None, (no_steps(projection),))
    return answer("ego", projection, columns, rows, figures=figures, notes=notes)
