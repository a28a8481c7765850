"""Where the nodes of a drawing stand.

Positions are computed here and not in the browser: a page that opens at rest is
read at once, costs a fraction of the time, and looks the same tomorrow.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kg.turtle import natural

if TYPE_CHECKING:
    import rustworkx as rx

#: Units between the middles of two joined nodes; about a pixel when zoomed in.
SPACING = 150
_MARGIN = 60
# Width to height of the place where most people see the whole.
_ASPECT = 1.0
_SEED = 20241112
_ROUNDS = 60
# Every pair counts in the better layout: a second for 400 nodes.
_STRESS_UP_TO = 500


def positions(
    nodes: Iterable[str],
    edges: Iterable[tuple[str, str]],
    sizes: Mapping[str, tuple[float, float]],
) -> dict[str, tuple[int, int]]:
    """Return whole-number positions: equal graphs, equal positions.

    Every connected component is laid out alone and the components are packed,
    largest first; nodes without an edge stand in a grid below. ``sizes`` gives the
    width and height to keep free around a node, its label included.
    """
    order = sorted(set(nodes), key=natural)
    pairs = sorted({(min(s, t), max(s, t)) for s, t in edges if s != t})
    components = _components(order, pairs)
    joined = [part for part in components if len(part) > 1]
    alone = [part[0] for part in components if len(part) == 1]
    blocks = [_component(part, pairs, sizes) for part in joined]
    placed = _pack(blocks)
    placed.update(_grid(alone, sizes, placed))
    return {node: (round(placed[node][0]), round(placed[node][1])) for node in order}


def _components(nodes: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components, largest first, each in the given order."""
    leader = {node: node for node in nodes}

    def find(node: str) -> str:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for source, target in pairs:
        leader[find(source)] = find(target)
    found: dict[str, list[str]] = {}
    for node in nodes:
        found.setdefault(find(node), []).append(node)
    return sorted(found.values(), key=lambda part: (-len(part), natural(part[0])))


Points = dict[str, tuple[float, float]]


def _component(
    part: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    sizes: Mapping[str, tuple[float, float]],
) -> Points:
    import rustworkx as rx

    number = {node: index for index, node in enumerate(part)}
    inside = [(number[s], number[t]) for s, t in pairs if s in number]
    graph = rx.PyGraph()
    graph.add_nodes_from(list(part))
    graph.add_edges_from([(s, t, 1.0) for s, t in inside])
    rounds = 500 if len(part) <= 500 else 100
    found = rx.spring_layout(graph, seed=_SEED, num_iter=rounds)
    points = [[float(found[i][0]), float(found[i][1])] for i in range(len(part))]
    if len(part) <= _STRESS_UP_TO:
        _relax(points, _distances(graph))
    points = _upright(points)
    lengths = sorted(math.dist(points[s], points[t]) for s, t in inside)
    scale = SPACING / (lengths[len(lengths) // 2] or 1.0)
    spread = [[x * scale, y * scale] for x, y in points]
    _part(spread, [sizes[node] for node in part])
    return {node: (spread[i][0], spread[i][1]) for i, node in enumerate(part)}


def _distances(graph: rx.PyGraph[str, float]) -> list[tuple[int, int, float]]:
    """Return how far apart each two nodes should stand: the shortest way between them.

    An edge between two hubs counts for more, so that each keeps room for what
    hangs on it.
    """
    import rustworkx as rx

    degrees = [graph.degree(node) for node in graph.node_indices()]
    for index, (s, t) in enumerate(graph.edge_list()):
        less, more = sorted((degrees[s], degrees[t]))
        length = 1.0 + 1.0 * math.sqrt(less - 1) + 0.15 * math.sqrt(more)
        graph.update_edge_by_index(index, length)
    ways = rx.all_pairs_dijkstra_path_lengths(graph, float)
    return [(s, t, ways[s][t]) for s in range(len(degrees)) for t in range(s)]


def _relax(points: list[list[float]], wanted: list[tuple[int, int, float]]) -> None:
    """Bring distances in the drawing close to those wanted, near ones first.

    Stochastic gradient descent on stress (Zheng, Pawar and Goodman, 2018): force
    layouts alone fold a graph with a few large hubs into a ball.
    """
    longest = max(distance for _, _, distance in wanted)
    shortest = min(distance for _, _, distance in wanted)
    spread = max(math.dist(points[s], points[t]) for s, t, _ in wanted) or 1.0
    for point in points:
        point[0] *= longest / spread
        point[1] *= longest / spread
    steps, start, end = 40, longest**2, 0.05 * shortest**2
    shuffled = random.Random(_SEED)  # noqa: S311  an order, not a secret
    for step in range(steps):
        rate = start * (end / start) ** (step / (steps - 1))
        shuffled.shuffle(wanted)
        for s, t, distance in wanted:
            a, b = points[s], points[t]
            dx, dy = a[0] - b[0], a[1] - b[1]
            length = math.sqrt(dx * dx + dy * dy) or 1e-9
            move = min(rate / (distance * distance), 1.0) * (length - distance) / (2 * length)
            a[0] -= dx * move
            a[1] -= dy * move
            b[0] += dx * move
            b[1] += dy * move


def _upright(points: list[list[float]]) -> list[list[float]]:
    """Turn a drawing so that it is wider than high: screens are, and labels run across."""
    count = len(points)
    mx, my = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    xx = sum((x - mx) ** 2 for x, _ in points)
    yy = sum((y - my) ** 2 for _, y in points)
    xy = sum((x - mx) * (y - my) for x, y in points)
    angle = math.atan2(2 * xy, xx - yy) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    return [[(x - mx) * cos + (y - my) * sin, (y - my) * cos - (x - mx) * sin] for x, y in points]


def _part(points: list[list[float]], boxes: Sequence[tuple[float, float]]) -> None:
    """Push boxes apart until none overlaps, or for so many rounds, moving each as little as possible."""
    cell = max(max(w, h) for w, h in boxes)
    for _ in range(_ROUNDS):
        grid: dict[tuple[int, int], list[int]] = {}
        for i, (x, y) in enumerate(points):
            grid.setdefault((math.floor(x / cell), math.floor(y / cell)), []).append(i)
        moved = False
        for i, (x, y) in enumerate(points):
            column, row = math.floor(x / cell), math.floor(y / cell)
            near = [
                j
                for dx in (-1, 0, 1)
                for dy in (-1, 0, 1)
                for j in grid.get((column + dx, row + dy), ())
                if j > i
            ]
            for j in near:
                moved |= _push(points[i], points[j], boxes[i], boxes[j])
        if not moved:
            return


def _push(
    a: list[float], b: list[float], size_a: tuple[float, float], size_b: tuple[float, float]
) -> bool:
    dx, dy = b[0] - a[0], b[1] - a[1]
    over_x = (size_a[0] + size_b[0]) / 2 - abs(dx)
    over_y = (size_a[1] + size_b[1]) / 2 - abs(dy)
    if over_x <= 0.5 or over_y <= 0.5:
        return False
    if over_x < over_y:
        step = math.copysign(over_x / 2, dx or 1.0)
        a[0] -= step
        b[0] += step
    else:
        step = math.copysign(over_y / 2, dy or 1.0)
        a[1] -= step
        b[1] += step
    return True


def _pack(blocks: Sequence[Points]) -> Points:
    """Put drawings beside and under each other so that together they fill a screen's shape."""
    if not blocks:
        return {}
    extents = []
    for block in blocks:
        xs, ys = [x for x, _ in block.values()], [y for _, y in block.values()]
        left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
        extents.append((left, top, max(xs) + _MARGIN - left, max(ys) + _MARGIN - top))
    boxes = [(width, height) for _, _, width, height in extents]
    least = max(width for width, _ in boxes)
    tries = [_shelve(boxes, least * (1 + step / 10)) for step in range(16)]
    best, _ = min(tries, key=lambda found: max(found[1][0], found[1][1] * _ASPECT))
    return {
        node: (px - left + x, py - top + y)
        for block, (left, top, _, _), (x, y) in zip(blocks, extents, best, strict=True)
        for node, (px, py) in block.items()
    }


def _shelve(
    boxes: Sequence[tuple[float, float]], limit: float
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Place boxes, each as high up as it fits within a width; return the corners and the size used."""
    skyline = [(0.0, 0.0)]  # where a step begins, and how deep it is filled
    corners = []
    for width, height in boxes:
        spots = []
        for left, _ in skyline:
            right = left + width
            if right > limit + 1e-6:
                continue
            ends = [start for start, _ in skyline[1:]] + [limit]
            top = max(
                depth
                for (start, depth), end in zip(skyline, ends, strict=True)
                if start < right and end > left
            )
            spots.append((top, left))
        top, left = min(spots)
        right = left + width
        after = max((step for step in skyline if step[0] <= right), key=lambda step: step[0])[1]
        kept = [step for step in skyline if not left <= step[0] <= right]
        skyline = sorted(
            [*kept, (left, top + height), *([(right, after)] if right < limit else [])]
        )
        corners.append((left, top))
    return corners, (
        max(left + width for (left, _), (width, _) in zip(corners, boxes, strict=True)),
        max(top + height for (_, top), (_, height) in zip(corners, boxes, strict=True)),
    )


def _grid(alone: Sequence[str], sizes: Mapping[str, tuple[float, float]], placed: Points) -> Points:
    """Put nodes without an edge in rows under everything else."""
    if not alone:
        return {}
    wide = max(sizes[node][0] for node in alone) + 20
    high = max(sizes[node][1] for node in alone) + 20
    right = max((x for x, _ in placed.values()), default=0.0) + _MARGIN
    bottom = max((y for _, y in placed.values()), default=-_MARGIN) + _MARGIN
    columns = max(int(right // wide), math.ceil(math.sqrt(len(alone))), 1)
    return {
        node: ((i % columns + 0.5) * wide, bottom + (i // columns + 0.5) * high)
        for i, node in enumerate(alone)
    }
