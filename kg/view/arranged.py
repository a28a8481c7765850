"""Arrangements with a meaning: by bloc, by type, by cause, by date, and around one node.

Only edges that count as facts group actors into blocs; the causal layout follows
every claim that is not denied, hedged or not, since its lines say how firm they are.
Nothing is left out: what has no bloc, no cause or no date stands apart, under a title.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kg.turtle import natural
from kg.view.packing import Points, Sizes, extent, pack, positions

if TYPE_CHECKING:
    import networkx as nx

BLOC = (
    "actors in boxes by the bloc or organization they belong to, else by who is allied or "
    "partner with whom; other things beside the actors they are tied to most"
)
RINGS = "circles by type, actors innermost; neighbours at the same side"
CAUSAL = (
    "each chain left to right by causal step, over all causal claims that are not denied; "
    "the rest apart"
)
TIMELINE = "left to right by first date, long gaps shortened; undated things apart, below"

#: An actor belongs to what these lead to. One edge each, from member to whole.
_BELONGS = frozenset({"kg:memberOf", "kg:partOf", "kg:affiliatedWith"})
_ALLIED = frozenset({"kg:alliedWith", "kg:partnerOf"})
#: Edges that run from what comes first to what follows; and the one that runs back.
_FORWARD = frozenset({"kg:intendedTo", "kg:yieldsBenefit", "kg:hasImplication"})
_BACKWARD = frozenset({"kg:motivatedBy"})
#: Attributes that date a node, the most telling first.
DATES = (
    "date",
    "startDate",
    "signedOn",
    "adoptedOn",
    "ratifiedOn",
    "inForceOn",
    "endDate",
    "terminatedOn",
)
_TITLE = 34  # room for a title above a box
# From one causal step to the next, and between the columns of one step.
_COLUMN, _SUBCOLUMN = 230, 150


@dataclass(frozen=True, slots=True)
class Group:
    """A titled part of a drawing: a box, or a ring by its middle and diameter as ``width``."""

    title: str
    x: int
    y: int
    width: int
    height: int
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything stands, and how that came about.

    ``method`` says who computed it, for the record in the page. ``kept`` counts nodes
    that stand where they stood in an earlier drawing. ``ticks`` mark an axis: a place
    in x and what it stands for.
    """

    places: dict[str, tuple[int, int]]
    layout: str = "force"
    method: str = ""
    groups: tuple[Group, ...] = ()
    ticks: tuple[tuple[int, str], ...] = ()
    kept: int = 0


def _whole(points: Points) -> dict[str, tuple[int, int]]:
    return {
        node: (round(points[node][0]), round(points[node][1]))
        for node in sorted(points, key=natural)
    }


def _box(title: str, points: Points, sizes: Sizes, *, margin: float = 16) -> Group:
    left, top, right, bottom = extent(points, sizes)
    return Group(
        title,
        round(left - margin),
        round(top - margin - _TITLE),
        round(right - left + 2 * margin),
        round(bottom - top + 2 * margin + _TITLE),
    )


def _between(graph: nx.MultiDiGraph[str], nodes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the edges among some nodes."""
    inside = set(nodes)
    return [(s, t) for s in inside for t in graph.successors(s) if t in inside]


def _below(upper: Points, lower: Points, sizes: Sizes, gap: float) -> Points:
    """Return the lower points, moved under the upper ones and to their left edge."""
    if not upper or not lower:
        return dict(lower)
    left, _, _, bottom = extent(upper, sizes)
    low_left, low_top, _, _ = extent(lower, sizes)
    dx, dy = left - low_left, bottom - low_top + gap
    return {node: (x + dx, y + dy) for node, (x, y) in lower.items()}


# ---------------------------------------------------------------- by bloc


def bloc(graph: nx.MultiDiGraph[str], sizes: Sizes) -> Placed:
    """Put actors in boxes by what they belong to, else by alliance.

    An actor belongs to what a fact says it is member of, part of or affiliated with;
    where there are several, to the one with the most members in the drawing. Actors
    in none stand with those they are allied or partner with (connected components of
    these facts). Anything else stands with the box that it has most edges to; what has
    none to any stands under "tied to no actor".
    """
    home, titles = _homes(graph)
    _follow(graph, home)
    members: dict[str, list[str]] = defaultdict(list)
    for node in sorted(graph, key=natural):
        members[home.get(node, "")].append(node)
    titles[""] = "tied to no actor"
    loners = [
        key for key, nodes in members.items() if key and len(nodes) == 1 and key not in titles
    ]
    if len(loners) > 1:  # a box for each would say nothing
        members["~"] = sorted((n for key in loners for n in members.pop(key)), key=natural)
        titles["~"] = "in no bloc"
    for key in members:  # one actor, and what is tied to it
        titles.setdefault(key, str(graph.nodes[key].get("label") or key) if key in graph else "")
    keys = sorted(members, key=lambda key: (key == "", -len(members[key]), natural(key)))
    blocks: list[Points] = []
    for key in keys:
        found = positions(members[key], _between(graph, members[key]), sizes)
        blocks.append({node: (float(x), float(y)) for node, (x, y) in found.items()})
    places = pack(blocks, margin=90, title=_TITLE)
    groups = tuple(_box(titles[key], {n: places[n] for n in members[key]}, sizes) for key in keys)
    return Placed(_whole(places), "bloc", "boxes by bloc", groups)


def _homes(graph: nx.MultiDiGraph[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the box of each actor, and a title for each box."""
    actors = [n for n in sorted(graph, key=natural) if graph.nodes[n].get("family") == "actor"]
    is_actor = set(actors)
    wholes: dict[str, set[str]] = defaultdict(set)
    allied: dict[str, set[str]] = defaultdict(set)
    for source, target, says in graph.edges(data=True):
        if not says.get("materialised") or source == target or not {source, target} <= is_actor:
            continue
        if says.get("predicate") in _BELONGS:
            wholes[source].add(target)
        elif says.get("predicate") in _ALLIED:
            allied[source].add(target)
            allied[target].add(source)
    size = Counter(whole for found in wholes.values() for whole in found)
    home: dict[str, str] = {}
    for actor in actors:
        seen, top = {actor}, actor
        while further := wholes.get(top, set()) - seen:  # a part of a part, never in a circle
            top = min(further, key=lambda whole: (-size[whole], natural(whole)))
            seen.add(top)
        if top != actor or actor in size:
            home[actor] = top
    titles = {top: str(graph.nodes[top].get("label") or top) for top in home.values()}
    for actor in actors:
        if actor in home:
            continue
        circle, todo = [actor], [actor]
        home[actor] = actor
        while todo:
            for other in sorted(allied[todo.pop()], key=natural):
                if other not in home:
                    home[other] = actor
                    circle.append(other)
                    todo.append(other)
        if len(circle) > 1:
            circle.sort(key=lambda node: (-graph.degree(node), natural(node)))
            names = [str(graph.nodes[node].get("label") or node) for node in circle]
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            titles[actor] = "allied or partners: " + ", ".join(names[:3]) + more
    return home, titles


def _follow(graph: nx.MultiDiGraph[str], home: dict[str, str]) -> None:
    """Put each thing with the box that most of its edges lead to, nearest to actors first."""
    wave = sorted(
        {
            n
            for actor in home
            for n in (*graph.successors(actor), *graph.predecessors(actor))
            if n not in home
        },
        key=natural,
    )
    while wave:
        votes = {
            node: Counter(
                home[other]
                for other in (*graph.successors(node), *graph.predecessors(node))
                if other in home
            )
            for node in wave
        }
        for node, found in votes.items():
            home[node] = min(found, key=lambda key: (-found[key], natural(key)))
        wave = sorted(
            {
                n
                for node in wave
                for n in (*graph.successors(node), *graph.predecessors(node))
                if n not in home
            },
            key=natural,
        )


# ---------------------------------------------------------------- by type, in rings


def rings(graph: nx.MultiDiGraph[str], sizes: Sizes) -> Placed:
    """Put each family of types on its own circle, actors innermost.

    Nodes stand in the direction in which a force layout puts them, so that neighbours
    of different types face each other.
    """
    from kg.view import style

    families: list[str] = list(style()["families"])
    found = positions(graph, graph.edges(), sizes)
    if not found:
        return Placed({}, "rings", "circles by type")
    mx = sum(x for x, _ in found.values()) / len(found)
    my = sum(y for _, y in found.values()) / len(found)
    turn = {node: math.atan2(y - my, x - mx) for node, (x, y) in found.items()}
    of: dict[str, list[str]] = defaultdict(list)
    for node in found:
        family = str(graph.nodes[node].get("family") or "")
        of[family if family in families else "other"].append(node)
    places: Points = {}
    groups: list[Group] = []
    reach = 0.0
    for family in families:
        nodes = sorted(of.get(family, ()), key=lambda node: (turn[node], natural(node)))
        if not nodes:
            continue
        wide = max(sizes[node][0] for node in nodes) + 8
        high = max(sizes[node][1] for node in nodes) + 8
        if len(nodes) == 1 and not places:
            places[nodes[0]] = (0.0, 0.0)
            reach = high
        else:
            inner = reach + high / 2 + (46 if places else wide)
            reach = _circle(nodes, inner, wide, high, turn, places) + high / 2
        title = str(style()["families"][family]["label"])
        across = round(2 * reach + 24)
        groups.append(Group(title, -across // 2, -across // 2, across, across, ring=True))
        reach += 12
    return Placed(_whole(places), "rings", "circles by type", tuple(groups))


def _circle(
    nodes: Sequence[str],
    inner: float,
    wide: float,
    high: float,
    turn: Mapping[str, float],
    places: Points,
) -> float:
    """Put nodes, in order, on as few circles as hold them; return the radius of the last."""
    # One circle may be half as large again as it must be; then a second one is added.
    needed = len(nodes) * wide / (2 * math.pi)
    radii = [max(inner, needed)] if needed <= 1.5 * inner + wide else [inner]
    while sum(2 * math.pi * r // wide for r in radii) < len(nodes) and len(radii) < len(nodes):
        radii.append(radii[-1] + high)
    # Dealt out in turn, in proportion, so that each circle goes all the way round.
    shares = [len(nodes) * r / sum(radii) for r in radii]
    turns = sorted((j / share, k) for k, share in enumerate(shares) for j in range(int(share) + 2))
    dealt: list[list[str]] = [[] for _ in radii]
    for node, (_, k) in zip(nodes, turns, strict=False):
        dealt[k].append(node)
    for radius, circle in zip(radii, dealt, strict=True):
        step = 2 * math.pi / max(len(circle), 1)
        # Evenly spaced, and turned so that they stand as near to their own direction as can be.
        off = [turn[node] - i * step for i, node in enumerate(circle)]
        start = math.atan2(sum(map(math.sin, off)), sum(map(math.cos, off))) if off else 0.0
        for i, node in enumerate(circle):
            places[node] = (
                radius * math.cos(start + i * step),
                radius * math.sin(start + i * step),
            )
    return radii[-1]


# ---------------------------------------------------------------- by cause


def causal(graph: nx.MultiDiGraph[str], sizes: Sizes) -> Placed:
    """Put causes left of what they are said to lead to, one column a step.

    Causal edges, aims, benefits and implications run to the right, motives to what
    they move. In a circle of causes one edge runs back. What no causal claim touches
    stands below.
    """
    arcs: set[tuple[str, str]] = set()
    for source, target, says in graph.edges(data=True):
        if says.get("polarity") == "negated" or source == target:
            continue
        predicate = says.get("predicate")
        if predicate in _BACKWARD:
            arcs.add((target, source))
        elif predicate in _FORWARD or says.get("family") == "causal":
            arcs.add((source, target))
    order = sorted({end for arc in arcs for end in arc}, key=natural)
    ahead: dict[str, list[str]] = {node: [] for node in order}
    for source, target in sorted(arcs, key=lambda arc: (natural(arc[0]), natural(arc[1]))):
        ahead[source].append(target)
    depth = _depths(order, _without_circles(order, ahead))
    blocks = _chains(order, ahead, depth, sizes)
    inside = set(order)
    rest = [node for node in sorted(graph, key=natural) if node not in inside]
    blocks.sort(key=lambda block: -len(block))
    if rest:
        others = positions(rest, _between(graph, rest), sizes)
        blocks.append({node: (float(x), float(y)) for node, (x, y) in others.items()})
    places = pack(blocks, margin=76, title=_TITLE)
    lower = {node: places[node] for node in rest}
    groups = (_box("in no causal claim", lower, sizes),) if lower else ()
    return Placed(_whole(places), "causal", "columns by causal step", groups)


def _without_circles(
    order: Sequence[str], ahead: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the arcs less those that close a circle, found by going as deep as possible."""
    state: dict[str, int] = {}  # 1 on the way, 2 done
    kept: dict[str, list[str]] = {node: [] for node in order}
    into = Counter(target for targets in ahead.values() for target in targets)
    # From what nothing causes first, so that as few arcs as possible run back.
    for start in sorted(order, key=lambda node: (into[node] > 0, natural(node))):
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(ahead[start]))]
        while stack:
            node, following = stack[-1]
            for target in following:
                if state.get(target) == 1:
                    continue
                kept[node].append(target)
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(ahead[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return kept


def _depths(order: Sequence[str], ahead: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the length of the longest way to each node."""
    into = Counter(target for targets in ahead.values() for target in targets)
    depth = dict.fromkeys(order, 0)
    ready = [node for node in order if not into[node]]
    for node in ready:
        for target in ahead[node]:
            depth[target] = max(depth[target], depth[node] + 1)
            into[target] -= 1
            if not into[target]:
                ready.append(target)
    # A cause stands right before its first effect, not at the far left.
    for node in reversed(ready):
        if ahead[node]:
            depth[node] = min(depth[target] for target in ahead[node]) - 1
    return depth


def _chains(
    order: Sequence[str], ahead: Mapping[str, Sequence[str]], depth: Mapping[str, int], sizes: Sizes
) -> list[Points]:
    """Return places for each chain of causes alone: columns by depth, lines short."""
    near: dict[str, list[str]] = {node: list(ahead[node]) for node in order}
    for node in order:
        for target in ahead[node]:
            near[target].append(node)
    found: list[Points] = []
    seen: set[str] = set()
    for node in order:
        if node in seen:
            continue
        chain = [node]
        seen.add(node)
        for reached in chain:
            fresh = dict.fromkeys(other for other in near[reached] if other not in seen)
            seen.update(fresh)
            chain.extend(fresh)
        layers: dict[int, list[str]] = defaultdict(list)
        for reached in chain:
            layers[depth[reached]].append(reached)
        found.append(_columns(layers, near, sizes))
    return found


def _columns(
    layers: Mapping[int, list[str]], near: Mapping[str, Sequence[str]], sizes: Sizes
) -> Points:
    """Return places for one chain, each height close to the mean of those joined to it.

    A step with very many nodes takes several columns.
    """
    count = sum(map(len, layers.values()))
    longest = max(10, math.ceil(1.1 * math.sqrt(count)))
    level: dict[str, float] = {}
    for nodes in layers.values():
        _stack(nodes, dict.fromkeys(nodes, 0.0), sizes, level)
    steps = sorted(layers)
    for sweep in range(12):
        for step in steps if sweep % 2 == 0 else reversed(steps):
            nodes = layers[step]
            wanted = {
                node: sum(level[o] for o in near[node]) / len(near[node]) if near[node] else 0.0
                for node in nodes
            }
            nodes.sort(key=lambda node: (wanted[node], natural(node)))
            several = math.ceil(len(nodes) / longest)
            for k in range(several):
                _stack(nodes[k::several], wanted, sizes, level)
    places: Points = {}
    x = 0.0
    for step in steps:
        several = math.ceil(len(layers[step]) / longest)
        for number, node in enumerate(layers[step]):
            places[node] = (x + (number % several) * _SUBCOLUMN, level[node])
        x += _COLUMN + (several - 1) * _SUBCOLUMN
    return places


def _stack(
    nodes: Sequence[str], wanted: Mapping[str, float], sizes: Sizes, level: dict[str, float]
) -> None:
    """Stack nodes in order without overlap, each run of touching ones around its wish."""
    # Runs that touch are merged and moved as one (isotonic regression by pooling).
    runs: list[tuple[float, float, list[str]]] = []  # middle, height, nodes
    for node in nodes:
        run = (wanted[node], sizes[node][1] + 8, [node])
        while runs and runs[-1][0] + runs[-1][1] / 2 > run[0] - run[1] / 2:
            middle, high, before = runs.pop()
            one, two = len(before), len(run[2])
            # Where each would stand if the two formed one block, weighed by their number.
            centre = ((middle + run[1] / 2) * one + (run[0] - high / 2) * two) / (one + two)
            run = (centre, high + run[1], before + run[2])
        runs.append(run)
    for middle, high, members in runs:
        y = middle - high / 2
        for node in members:
            room = sizes[node][1] + 8
            level[node] = y + room / 2
            y += room


# ---------------------------------------------------------------- by date


def first_day(says: Mapping[str, Any]) -> date | None:
    """Return the day that dates a node: the first that one of ``DATES`` gives.

    >>> first_day({"signedOn": "2024-06-19; 2024-06-18"})
    datetime.date(2024, 6, 18)
    >>> first_day({"label": "undated"})
    """
    for name in DATES:
        days = [
            day for part in str(says.get(name) or "").split("; ") if (day := _day(part.strip()))
        ]
        if days:
            return min(days)
    return None


def _day(text: str) -> date | None:
    found = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d-])", text)
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None
    except ValueError:
        return None


def timeline(graph: nx.MultiDiGraph[str], sizes: Sizes) -> Placed:
    """Put nodes left to right by their first date; long gaps are shortened, never turned.

    Agreements stand above, events below, anything else under them. Undated nodes
    stand apart, below, as a force drawing of their own.
    """
    days = {
        node: day
        for node in sorted(graph, key=natural)
        if (day := first_day(graph.nodes[node])) is not None
    }
    where = _scale(sorted(set(days.values())))
    places: Points = {}
    top = 0.0
    for lane in (("agreement", "instrument"), ("event",), ()):
        inside = [
            node
            for node in days
            if (str(graph.nodes[node].get("family")) in lane if lane else node not in places)
        ]
        inside.sort(key=lambda node: (days[node], natural(node)))
        top = _lanes(inside, lambda node: where[days[node]], sizes, top, places)
    undated = [node for node in sorted(graph, key=natural) if node not in days]
    lower = _below(places, _apart(graph, undated, places, sizes), sizes, 130 if places else 0)
    groups = (_box(f"undated ({len(undated)})", lower, sizes),) if lower else ()
    return Placed(_whole({**places, **lower}), "timeline", "by first date", groups, _years(where))


def _scale(days: Sequence[date]) -> dict[date, float]:
    """Return a place for each day: a gap grows with the root of its length."""
    found: dict[date, float] = {}
    x = 0.0
    for number, day in enumerate(days):
        if number:
            x += min(420.0, 11.0 * math.sqrt((day - days[number - 1]).days))
        found[day] = x
    return found


def _years(where: Mapping[date, float]) -> tuple[tuple[int, str], ...]:
    """Return a mark at the first day of each year that has one, not closer than can be read."""
    found: list[tuple[int, str]] = []
    year = 0
    for day, x in where.items():
        if day.year == year or (found and x - found[-1][0] < 60):
            continue
        year = day.year
        found.append((round(x), str(year)))
    return tuple(found)


def _lanes(
    nodes: Sequence[str],
    at: Callable[[str], float],
    sizes: Sizes,
    top: float,
    places: Points,
) -> float:
    """Put nodes in rows, each in the first row with room at its place; return where they end."""
    import heapq

    high = max((sizes[node][1] for node in nodes), default=0.0) + 8
    rows: list[tuple[float, int]] = []  # how far a row is filled, its number
    count = 0
    for node in nodes:
        x, half = at(node), sizes[node][0] / 2 + 4
        # The row that ended first: it is free if any is.
        if rows and rows[0][0] <= x - half:
            _, row = heapq.heappop(rows)
        else:
            row = count
            count += 1
        heapq.heappush(rows, (x + half, row))
        places[node] = (x, top + (row + 0.5) * high)
    return top + count * high + (40 if count else 0)


def _apart(
    graph: nx.MultiDiGraph[str], nodes: Sequence[str], places: Points, sizes: Sizes
) -> Points:
    """Return a force drawing of nodes, mirrored if that brings them under what they are joined to."""
    found = positions(nodes, _between(graph, nodes), sizes)
    pulls = [
        (found[node][0], places[other][0])
        for node in nodes
        for other in (*graph.successors(node), *graph.predecessors(node))
        if other in places
    ]
    own = sum(x for x, _ in pulls) / (len(pulls) or 1)
    theirs = sum(x for _, x in pulls) / (len(pulls) or 1)
    turned = sum((x - own) * (other - theirs) for x, other in pulls) < 0
    return {node: (float(-x if turned else x), float(y)) for node, (x, y) in found.items()}


# ---------------------------------------------------------------- around one node


def ego(graph: nx.MultiDiGraph[str], sizes: Sizes, centre: str) -> Placed:
    """Put one node in the middle and the others in rings by steps from it.

    The first ring is ordered by family of relation and predicate; each further node
    stands outside the one it was reached through. What cannot be reached stands below.
    """
    kin: dict[str, list[str]] = defaultdict(list)
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for source, target, says in graph.edges(data=True):
        rank = (str(says.get("family") or ""), str(says.get("predicate") or ""))
        for one, other in ((source, target), (target, source)):
            if (one, other) not in first or rank < first[one, other]:
                first[one, other] = rank
    for one, other in sorted(first, key=lambda e: (natural(e[0]), first[e], natural(e[1]))):
        if one != other:
            kin[one].append(other)
    levels, children = [[centre]], {centre: list[str]()}
    while True:
        following = []
        for node in levels[-1]:
            for other in kin[node]:
                if other not in children:
                    children[other] = []
                    children[node].append(other)
                    following.append(other)
        if not following:
            break
        levels.append(following)
    places = _fan(levels, children, sizes)
    rest = [node for node in sorted(graph, key=natural) if node not in places]
    lower = {
        node: (float(x), float(y))
        for node, (x, y) in positions(rest, _between(graph, rest), sizes).items()
    }
    lower = _below(places, lower, sizes, 90)
    groups = (_box("not joined to it", lower, sizes),) if lower else ()
    return Placed(_whole({**places, **lower}), "force", "rings by steps", groups)


def _fan(
    levels: Sequence[Sequence[str]], children: Mapping[str, Sequence[str]], sizes: Sizes
) -> Points:
    """Return places on rings; each node's angle is wide enough for all that hangs on it."""
    weight: dict[str, float] = {}
    for level in reversed(levels):
        for node in level:
            weight[node] = max(1.0, sum(weight[child] for child in children[node]))
    centre = levels[0][0]
    places: Points = {centre: (0.0, 0.0)}
    span = {centre: (-math.pi, math.pi)}
    reach = 0.0
    for level in levels[1:]:
        wide = max(sizes[node][0] for node in level) + 10
        high = max(sizes[node][1] for node in level) + 14
        reach += max(wide, high, 130)
        # The rings are as far out as the fullest needs; angles first, radii then.
        reach = max(reach, len(level) * wide / (2 * math.pi))
        parents = dict.fromkeys(p for p in span if children[p] and children[p][0] in set(level))
        spans: dict[str, tuple[float, float]] = {}
        for parent in parents:
            low, high_end = span[parent]
            total = sum(weight[child] for child in children[parent])
            at = low
            for child in children[parent]:
                share = (high_end - low) * weight[child] / total
                spans[child] = (at, at + share)
                at += share
        for node in level:
            low, high_end = spans[node]
            angle = (low + high_end) / 2
            # Wider than high, as screens are and labels run.
            places[node] = (1.25 * reach * math.cos(angle), reach * math.sin(angle))
        span = spans
    return places
