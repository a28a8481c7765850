"""Components of a drawing beside each other, and new nodes beside those that stand.

``positions`` is the whole of it: each connected component drawn alone
(``kg.view.force``), the components packed, what stood before left where it was.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kg.turtle import natural
from kg.view import force

#: Units between the middles of two joined nodes; about a pixel when zoomed in.
SPACING = 150
#: In components larger than this nobody reads every label: nodes keep room for a dot.
DOTS_FROM = 5000
DOT = (34.0, 34.0)
_MARGIN = 60
# Width to height of the place where most people see the whole.
_ASPECT = 1.0
_ROUNDS = 60
# Components packed one by one into the skyline; smaller ones stand in rows below.
_PACKED_ONE_BY_ONE = 120

Points = dict[str, tuple[float, float]]
Sizes = Mapping[str, tuple[float, float]]


def positions(
    nodes: Iterable[str],
    edges: Iterable[tuple[str, str]],
    sizes: Sizes,
    *,
    known: Mapping[str, tuple[float, float]] | None = None,
    method: str = "rustworkx",
) -> dict[str, tuple[int, int]]:
    """Return whole-number positions: equal graphs, equal positions.

    Every connected component is laid out alone and the components are packed,
    largest first; nodes without an edge stand in a grid below. ``sizes`` gives the
    width and height to keep free around a node, its label included. Nodes in
    ``known`` keep their place; others joined to them find a free spot beside them,
    and components that are new stand below.
    """
    order = sorted(set(nodes), key=natural)
    pairs = sorted({(min(s, t), max(s, t)) for s, t in edges if s != t})
    placed: Points = {n: (known[n][0], known[n][1]) for n in order if n in known} if known else {}
    if placed:
        _beside_known(placed, order, pairs, sizes)
        order_left = [node for node in order if node not in placed]
        pairs = [(s, t) for s, t in pairs if s not in placed and t not in placed]
    else:
        order_left = order
    parts = _components(order_left, pairs)
    inside = _inside(parts, pairs)
    blocks = [
        _component(part, inside[i], sizes, method) for i, part in enumerate(parts) if len(part) > 1
    ]
    alone = [part[0] for part in parts if len(part) == 1]
    fresh = pack(blocks)
    fresh.update(_grid(alone, sizes, fresh))
    if placed and fresh:
        left = min(x for x, _ in placed.values()) - min(x for x, _ in fresh.values())
        below = max(y for _, y in placed.values()) - min(y for _, y in fresh.values())
        fresh = {n: (x + left, y + below + 2 * _MARGIN) for n, (x, y) in fresh.items()}
    placed.update(fresh)
    return {node: (round(placed[node][0]), round(placed[node][1])) for node in order}


def _beside_known(
    placed: Points, order: Sequence[str], pairs: Sequence[tuple[str, str]], sizes: Sizes
) -> None:
    """Give what is joined to placed nodes, step by step, the nearest free spot beside them."""
    near: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    # A large map keeps room for dots only (``_component``): labels would find none in it.
    room = _Room(placed, dict.fromkeys(order, DOT) if len(placed) > DOTS_FROM else sizes)
    rank = {node: number for number, node in enumerate(order)}
    wave = sorted(
        {n for node in placed for n in near[node] if n not in placed}, key=rank.__getitem__
    )
    while wave:
        for node in wave:
            # Those of this wave that stand already count too: a family stays together.
            about = [placed[n] for n in near[node] if n in placed]
            middle = sum(x for x, _ in about) / len(about), sum(y for _, y in about) / len(about)
            placed[node] = room.nearest(node, middle)
        wave = sorted(
            {n for node in wave for n in near[node] if n not in placed}, key=rank.__getitem__
        )


class _Room:
    """Which places are taken; cells as large as the largest box."""

    def __init__(self, placed: Mapping[str, tuple[float, float]], sizes: Sizes) -> None:
        self.sizes = sizes
        boxes = sizes.values()
        self.wide = max((w for w, _ in boxes), default=1.0)
        self.high = max((h for _, h in boxes), default=1.0)
        self.cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}
        self.tried: dict[tuple[int, int], int] = {}
        for node, (x, y) in placed.items():
            self._take(node, x, y)

    def nearest(self, node: str, middle: tuple[float, float]) -> tuple[float, float]:
        """Take a free place close to another one, searching outwards in a spiral."""
        # Where one search ended the next one from the same spot starts: a new hub with
        # thousands of leaves would else be searched from its middle for each of them.
        start = (round(middle[0]), round(middle[1]))
        step = self.tried.get(start, 1)
        while True:
            turn, reach = 2.399963 * step, 0.6 * math.sqrt(step)
            x = middle[0] + math.cos(turn) * reach * self.wide
            y = middle[1] + math.sin(turn) * reach * self.high
            step += 1
            if self._free(node, x, y):
                self.tried[start] = step
                self._take(node, x, y)
                return x, y

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        return math.floor(x / self.wide), math.floor(y / self.high)

    def _take(self, node: str, x: float, y: float) -> None:
        w, h = self.sizes[node]
        self.cells.setdefault(self._cell(x, y), []).append((x, y, w, h))

    def _free(self, node: str, x: float, y: float) -> bool:
        w, h = self.sizes[node]
        column, row = self._cell(x, y)
        return not any(
            abs(ox - x) < (ow + w) / 2 and abs(oy - y) < (oh + h) / 2
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for ox, oy, ow, oh in self.cells.get((column + dx, row + dy), ())
        )


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


def _inside(
    parts: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]
) -> list[list[tuple[int, int]]]:
    """Return the edges of each part, as numbers of its nodes."""
    where = {node: (i, k) for i, part in enumerate(parts) for k, node in enumerate(part)}
    found: list[list[tuple[int, int]]] = [[] for _ in parts]
    for source, target in pairs:
        part, number = where[source]
        found[part].append((number, where[target][1]))
    return found


def _component(
    part: Sequence[str], inside: Sequence[tuple[int, int]], sizes: Sizes, method: str
) -> Points:
    import numpy as np

    pairs = np.array(inside, dtype=np.int64).reshape(-1, 2)
    points = _upright(force.draw(len(part), pairs, method))
    lengths = np.sort(np.sqrt(((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1)))
    scale = SPACING / (float(lengths[len(lengths) // 2]) or 1.0)
    if len(part) <= force.STRESS_UP_TO:
        spread = (points * scale).tolist()
        _part(spread, [sizes[node] for node in part])
    else:
        dots = len(part) > DOTS_FROM
        boxes = np.array([DOT if dots else sizes[node] for node in part])
        # The crowd decides, not the length of a line: twice the room that the boxes take.
        middle = points - np.median(points, axis=0)
        half = np.quantile(np.abs(middle), 0.9, axis=0)
        scale = math.sqrt(2 * float(boxes.prod(axis=1).sum()) / (float(half.prod()) * 4 or 1.0))
        spread = force.spread(points * scale, boxes, 40 if dots else 300).tolist()
    return {node: (spread[i][0], spread[i][1]) for i, node in enumerate(part)}


def _upright(points: force.Floats) -> force.Floats:
    """Turn a drawing so that it is wider than high: screens are, and labels run across."""
    import numpy as np

    points = points - points.mean(axis=0)
    xx, yy = float((points[:, 0] ** 2).sum()), float((points[:, 1] ** 2).sum())
    xy = float((points[:, 0] * points[:, 1]).sum())
    angle = math.atan2(2 * xy, xx - yy) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = points[:, 0], points[:, 1]
    return np.stack([x * cos + y * sin, y * cos - x * sin], axis=1)


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


def pack(blocks: Sequence[Points], *, margin: float = _MARGIN, title: float = 0.0) -> Points:
    """Put drawings beside and under each other so that together they fill a screen's shape.

    Each keeps ``margin`` around it, and ``title`` more above.
    """
    if not blocks:
        return {}
    extents = []
    for block in blocks:
        xs, ys = [x for x, _ in block.values()], [y for _, y in block.values()]
        left, top = min(xs) - margin, min(ys) - margin - title
        extents.append((left, top, max(xs) + margin - left, max(ys) + margin - top))
    boxes = [(width, height) for _, _, width, height in extents]
    first, rest = boxes[:_PACKED_ONE_BY_ONE], boxes[_PACKED_ONE_BY_ONE:]
    least = max(width for width, _ in boxes)
    # What stands in rows below wants a place as wide as it is high in the end.
    least = max(least, math.sqrt(sum(w * h for w, h in boxes)) if rest else 0.0)
    tries = [_shelve(first, least * (1 + step / 10)) for step in range(16)]
    best, used = min(tries, key=lambda found: max(found[1][0], found[1][1] * _ASPECT))
    best = best + _rows(rest, max(used[0], least), used[1])
    return {
        node: (px - left + x, py - top + y)
        for block, (left, top, _, _), (x, y) in zip(blocks, extents, best, strict=True)
        for node, (px, py) in block.items()
    }


def _rows(
    boxes: Sequence[tuple[float, float]], limit: float, top: float
) -> list[tuple[float, float]]:
    """Place boxes in rows, one after the other; for so many small ones that it does not matter."""
    corners = []
    left = depth = 0.0
    for width, height in boxes:
        if left and left + width > limit:
            left, top, depth = 0.0, top + depth, 0.0
        corners.append((left, top))
        left, depth = left + width, max(depth, height)
    return corners


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


def extent(points: Points, sizes: Sizes) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what points and their boxes cover."""
    return (
        min(x - sizes[node][0] / 2 for node, (x, _) in points.items()),
        min(y - sizes[node][1] / 2 for node, (_, y) in points.items()),
        max(x + sizes[node][0] / 2 for node, (x, _) in points.items()),
        max(y + sizes[node][1] / 2 for node, (_, y) in points.items()),
    )
