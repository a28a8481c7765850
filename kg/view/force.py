"""Force drawings of one connected component: what is joined stands close, the rest apart.

Up to some hundred nodes distances in the drawing follow those in the graph. Above,
the component is coarsened level by level, the coarsest drawn by a spring layout and
each finer one settled from there; repulsion is read from a grid, so that a round costs
time linear in nodes and edges. Equal input gives equal output: nothing is drawn by lot
but from a fixed seed, and arrays are in the order of the nodes given.
"""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kg.errors import LimitError, MissingError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import rustworkx as rx

    Floats = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

SEED = 20241112
#: Every pair counts in the best drawing: a second for 400 nodes.
STRESS_UP_TO = 500
# The coarsest level, and how much smaller than the one below a level must be.
_COARSEST, _SHRINK = 300, 0.85
_ROUNDS_COARSE, _ROUNDS_FINE = 120, 40
_SFDP_TIMEOUT_S = 300

#: The name of each way to draw a component, as the page records it.
METHODS = ("rustworkx", "sfdp", "igraph")


def draw(count: int, pairs: Whole, method: str = "rustworkx") -> Floats:
    """Return an x and a y for each of ``count`` joined nodes; the unit is the method's own.

    ``pairs`` holds two columns of node numbers, each edge once, none to itself. A
    component of up to ``STRESS_UP_TO`` nodes is drawn here whatever the method.
    """
    if count <= STRESS_UP_TO:
        return _small(count, pairs)
    return {"rustworkx": _by_levels, "sfdp": _by_sfdp, "igraph": _by_igraph}[method](count, pairs)


def credit(method: str) -> str:
    """Return the name and version of what draws by this method, for the record.

    Raises MissingError when it is not on this machine.
    """
    from importlib.metadata import PackageNotFoundError, version

    if method == "sfdp":
        return f"Graphviz {_sfdp()[1]}"
    try:
        return f"{method} {version(method)}"
    except PackageNotFoundError:
        raise MissingError(
            f"the layout program {method} is not installed",
            hint=f"pip install {method}, or leave the layout program to Gambit",
        ) from None


# ---------------------------------------------------------------- other people's programs


def _sfdp() -> tuple[str, str]:
    """Return the path of Graphviz' program and its name and version."""
    program = shutil.which("sfdp")
    if program is None:
        raise MissingError(
            "Graphviz' sfdp is not on this machine",
            hint="install graphviz, or leave the layout program to Gambit",
        )
    said = _run([program, "-V"], "").stderr
    found = re.search(r"version (\S+)", said)
    return program, f"sfdp {found[1] if found else ''}".strip()


def _run(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  a program found by name, no shell
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=_SFDP_TIMEOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise LimitError(
            f"sfdp took more than {_SFDP_TIMEOUT_S} s",
            limit="time",
            hint="leave the layout program to Gambit",
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(
            f"sfdp failed: {str(error).splitlines()[0]}",
            hint="leave the layout program to Gambit",
        ) from None


def _by_sfdp(count: int, pairs: Whole) -> Floats:
    """Ask Graphviz. Only numbers go in, so that no name from the data is read as DOT."""
    import numpy as np

    lines = "".join(f"{s}--{t};" for s, t in pairs.tolist())
    asked = f"graph{{graph[start={SEED % 1000},K=1];node[shape=point];{lines}}}"
    answer = _run([_sfdp()[0], "-Tplain"], asked).stdout
    points = np.full((count, 2), np.nan)
    for number, x, y in re.findall(r"^node (\d+) (\S+) (\S+) ", answer, re.MULTILINE):
        points[int(number)] = float(x), float(y)
    if np.isnan(points).any():
        raise MissingError("sfdp left nodes out", hint="leave the layout program to Gambit")
    return points


def _by_igraph(count: int, pairs: Whole) -> Floats:
    import igraph
    import numpy as np

    igraph.set_random_number_generator(random.Random(SEED))  # noqa: S311  a drawing, not a secret
    try:
        graph = igraph.Graph(n=count, edges=pairs.tolist())
        found = graph.layout_fruchterman_reingold(niter=500, grid=True)
        return np.array(found.coords, dtype=np.float64)
    finally:
        igraph.set_random_number_generator(random)


# ---------------------------------------------------------------- few nodes


def _small(count: int, pairs: Whole) -> Floats:
    import numpy as np
    import rustworkx as rx

    if count == 2:  # most components of a large graph with many
        return np.array([[-0.5, 0.0], [0.5, 0.0]])
    graph: rx.PyGraph[int, float] = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from([(s, t, 1.0) for s, t in pairs.tolist()])
    found = rx.spring_layout(graph, seed=SEED, num_iter=500)
    points = np.array([found[i] for i in range(count)], dtype=np.float64)
    return _relax(points, _distances(graph))


def _distances(graph: rx.PyGraph[int, float]) -> Floats:
    """Return how far apart each two nodes should stand: the shortest way between them.

    An edge between two hubs counts for more, so that each keeps room for what
    hangs on it.
    """
    import numpy as np
    import rustworkx as rx

    degrees = [graph.degree(node) for node in graph.node_indices()]
    for index, (s, t) in enumerate(graph.edge_list()):
        less, more = sorted((degrees[s], degrees[t]))
        length = 1.0 + 1.0 * math.sqrt(less - 1) + 0.15 * math.sqrt(more)
        graph.update_edge_by_index(index, length)
    ways = rx.all_pairs_dijkstra_path_lengths(graph, float)
    found = np.zeros((len(degrees), len(degrees)))
    for node, reached in ways.items():
        found[node, list(reached.keys())] = list(reached.values())
    return found


def _relax(points: Floats, wanted: Floats) -> Floats:
    """Bring distances in the drawing close to those wanted, near ones first.

    Stochastic gradient descent on stress (Zheng, Pawar and Goodman, 2018): force
    layouts alone fold a graph with a few large hubs into a ball. The pairs come in
    rounds of a tournament, so that all pairs of a round move at once.
    """
    import numpy as np

    count = len(points)
    longest, shortest = wanted.max(), wanted[wanted > 0].min()
    spread = max(float(np.sqrt(((points - p) ** 2).sum(axis=1).max())) for p in points) or 1.0
    points = points * (longest / spread)
    drawn = np.random.default_rng(SEED)
    players = count + count % 2  # an odd one out plays nobody
    home, away = _tournament(players)
    steps, start, end = 40, longest**2, 0.05 * shortest**2
    for step in range(steps):
        rate = start * (end / start) ** (step / (steps - 1))
        seats = drawn.permutation(players)
        for turn in drawn.permutation(players - 1):
            one, other = seats[home[turn]], seats[away[turn]]
            if players > count:
                real = (one < count) & (other < count)
                one, other = one[real], other[real]
            distance = wanted[one, other]
            delta = points[one] - points[other]
            length = np.sqrt((delta * delta).sum(axis=1)) + 1e-9
            share = np.minimum(rate / (distance * distance), 1.0)
            move = delta * (share * (length - distance) / (2 * length))[:, None]
            points[one] -= move
            points[other] += move
    return points


@lru_cache(maxsize=8)
def _tournament(players: int) -> tuple[Whole, Whole]:
    """Return who meets whom, a row a round: the first keeps its seat, the others move on."""
    import numpy as np

    turns = np.arange(players - 1)[:, None]
    seats = (np.arange(players - 1)[None, :] - turns) % (players - 1) + 1
    circle = np.concatenate([np.zeros((players - 1, 1), dtype=np.int64), seats], axis=1)
    return circle[:, : players // 2], circle[:, : players // 2 - 1 : -1]


# ---------------------------------------------------------------- many nodes


def _by_levels(count: int, pairs: Whole) -> Floats:
    import numpy as np

    weights = np.ones(len(pairs))
    masses = np.ones(count)
    levels: list[tuple[Whole, Floats, Floats, Whole]] = []
    while len(masses) > _COARSEST:
        group, larger, heavier, merged = _coarsen(len(masses), pairs, weights, masses)
        if len(merged) > _SHRINK * len(masses):
            break
        levels.append((pairs, weights, masses, group))
        pairs, weights, masses = larger, heavier, merged
    points = _coarsest(len(masses), pairs)
    points = _settle(points, pairs, weights, masses, _ROUNDS_COARSE, 1.0)
    random_state = np.random.default_rng(SEED)
    for depth, (pairs, weights, masses, group) in enumerate(reversed(levels)):
        growth = math.sqrt(len(masses) / len(points))
        points = points[group] * growth
        points = points + random_state.normal(0.0, 0.3, points.shape)
        rounds = max(_ROUNDS_FINE, _ROUNDS_COARSE >> (depth + 1))
        points = _settle(points, pairs, weights, masses, rounds, 0.3)
    return points


def _coarsest(count: int, pairs: Whole) -> Floats:
    import numpy as np
    import rustworkx as rx

    if count == 1:
        return np.zeros((1, 2))
    graph: rx.PyGraph[int, float] = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from([(s, t, 1.0) for s, t in pairs.tolist()])
    found = rx.spring_layout(graph, seed=SEED, num_iter=200)
    points = np.array([found[i] for i in range(count)], dtype=np.float64)
    return points * (math.sqrt(count) / (np.ptp(points, axis=0).max() or 1.0))


def _coarsen(
    count: int, pairs: Whole, weights: Floats, masses: Floats
) -> tuple[Whole, Whole, Floats, Floats]:
    """Merge each node with a centre next to it; return the groups and the graph of the groups.

    Centres stand two steps from each other (an independent set, light nodes first, so
    that hubs do not swallow the graph); every other node joins the centre that it is
    most firmly tied to for its size.
    """
    import numpy as np

    ends = np.concatenate([pairs, pairs[:, ::-1]])
    both = np.concatenate([weights, weights])
    random_state = np.random.default_rng(SEED + count)
    degree = np.bincount(ends[:, 0], minlength=count)
    # Luby's rounds: who has the lowest ticket of all its open neighbours is a centre.
    ticket = np.argsort(np.argsort(degree + random_state.random(count), kind="stable"))
    state = np.zeros(count, dtype=np.int8)  # 0 open, 1 centre, 2 beside a centre
    live = ends
    while True:
        best = np.full(count, count)
        np.minimum.at(best, live[:, 0], ticket[live[:, 1]])
        chosen = (state == 0) & (ticket < best)
        state[chosen] = 1
        beside = live[chosen[live[:, 1]]][:, 0]
        state[beside[state[beside] == 0]] = 2
        open_ = state == 0
        if not open_.any():
            break
        live = live[open_[live[:, 0]] & open_[live[:, 1]]]
    return _merge(count, pairs, weights, masses, ends, both, state)


def _merge(
    count: int,
    pairs: Whole,
    weights: Floats,
    masses: Floats,
    ends: Whole,
    both: Floats,
    state: npt.NDArray[np.int8],
) -> tuple[Whole, Whole, Floats, Floats]:
    import numpy as np

    centres = np.flatnonzero(state == 1)
    group = np.full(count, -1, dtype=np.int64)
    group[centres] = np.arange(len(centres))
    to_centre = (state[ends[:, 0]] == 2) & (state[ends[:, 1]] == 1)
    links, tie = ends[to_centre], both[to_centre]
    pull = tie / masses[links[:, 1]]
    order = np.lexsort((links[:, 1], -pull, links[:, 0]))
    first, where = np.unique(links[order][:, 0], return_index=True)
    group[first] = group[links[order][where][:, 1]]
    merged = np.bincount(group, weights=masses, minlength=len(centres))
    across = group[pairs]
    kept = across[:, 0] != across[:, 1]
    across = np.sort(across[kept], axis=1)
    code = across[:, 0] * len(centres) + across[:, 1]
    unique, inverse = np.unique(code, return_inverse=True)
    larger: Whole = np.stack([unique // len(centres), unique % len(centres)], axis=1)
    heavier = np.bincount(inverse, weights=weights[kept], minlength=len(unique)).astype(np.float64)
    return group, larger, heavier, np.asarray(merged, dtype=np.float64)


def _settle(
    points: Floats, pairs: Whole, weights: Floats, masses: Floats, rounds: int, heat: float
) -> Floats:
    """Let springs and repulsion move the nodes, each round by less.

    Repulsion falls with the distance between masses, attraction grows with it
    (Fruchterman and Reingold, 1991), one unit apart being rest for a lone edge.
    """
    import numpy as np

    count = len(points)
    unit = 1.0
    source, target = pairs[:, 0], pairs[:, 1]
    degree = np.bincount(source, weights, count) + np.bincount(target, weights, count)
    mass = masses / masses.mean()
    # An edge to a hub is one of many, and may be longer than that of a leaf.
    stiff = weights / np.sqrt(np.maximum(1.0, np.minimum(degree[source], degree[target])))
    step = heat * unit * math.sqrt(count) / 10
    cool = (0.02 * unit / step) ** (1 / rounds) if step > 0.02 * unit else 0.95
    for _ in range(rounds):
        push = _repulsion(points, mass)
        delta = points[target] - points[source]
        length = np.sqrt((delta * delta).sum(axis=1))
        pull = delta * (stiff * length)[:, None] / unit
        move = push * unit * unit
        for axis in (0, 1):
            move[:, axis] += np.bincount(source, pull[:, axis], count)
            move[:, axis] -= np.bincount(target, pull[:, axis], count)
        size = np.sqrt((move * move).sum(axis=1)) + 1e-12
        points = points + move * (np.minimum(size, step) / size)[:, None]
        step *= cool
    return points


def _repulsion(points: Floats, mass: Floats) -> Floats:
    """Return the push on each node: masses spread on a grid, the field read back from it.

    The field of all cells on all is one convolution, by Fourier transform.
    """
    import numpy as np

    count = len(points)
    side = int(min(512, max(32, 2 ** math.ceil(math.log2(2 * math.sqrt(count))))))
    low = points.min(axis=0)
    span = float(np.ptp(points, axis=0).max()) or 1.0
    cell = span / (side - 2)
    place = (points - low) / cell + 0.5
    corner = place.astype(np.int64)
    part = place - corner
    wx = np.stack([1 - part[:, 0], part[:, 0]])
    wy = np.stack([1 - part[:, 1], part[:, 1]])
    flat = corner[:, 0] * side + corner[:, 1]
    density = np.zeros(side * side)
    spots = []
    for i in (0, 1):
        for j in (0, 1):
            spot, share = flat + i * side + j, wx[i] * wy[j]
            spots.append((spot, share))
            density += np.bincount(spot, mass * share, side * side)
    spectrum = np.fft.rfft2(density.reshape(side, side), s=(2 * side, 2 * side))
    kernel_x, kernel_y = _kernel(side)
    found = np.empty((count, 2))
    for axis, kernel in enumerate((kernel_x, kernel_y)):
        field = np.fft.irfft2(spectrum * kernel, s=(2 * side, 2 * side))[:side, :side].ravel()
        found[:, axis] = sum(field[spot] * share for spot, share in spots)
    return found * (mass / cell)[:, None]


_KERNELS: dict[int, tuple[Any, Any]] = {}


def _kernel(side: int) -> tuple[Any, Any]:
    """Return the transformed push of one cell on every other: towards away, by 1/distance."""
    import numpy as np

    if side not in _KERNELS:
        reach = np.fft.fftfreq(2 * side, 1 / (2 * side))
        dx, dy = np.meshgrid(reach, reach, indexing="ij")
        square = dx * dx + dy * dy
        square[0, 0] = 1.0
        _KERNELS[side] = (np.fft.rfft2(dx / square), np.fft.rfft2(dy / square))
    return _KERNELS[side]


# ---------------------------------------------------------------- room for each node


def spread(points: Floats, boxes: Floats, rounds: int) -> Floats:
    """Push boxes apart that overlap, all at once, for so many rounds at most.

    What is crowded after that stays a little crowded; the drawing keeps its shape.
    """
    import numpy as np

    points = points.copy()
    index = np.arange(len(points))
    for _ in range(rounds):
        first, second = _neighbours(points, boxes)
        if len(first) == 0:
            break
        delta = points[second] - points[first]
        over = (boxes[first] + boxes[second]) / 2 - np.abs(delta)
        # Two on one spot part by their numbers.
        towards = np.where(
            delta == 0, np.where(index[first] < index[second], 1.0, -1.0)[:, None], np.sign(delta)
        )
        narrow = over[:, 0] < over[:, 1]
        push = np.where(np.stack([narrow, ~narrow], axis=1), over * towards, 0.0) / 2
        touched = np.bincount(first, minlength=len(points)) + np.bincount(
            second, minlength=len(points)
        )
        # Further than asked, for a node alone; less, each, for one in a crowd (measured:
        # a third of the rounds that pushing just far enough takes).
        damp = 1.6 / np.sqrt(np.maximum(touched, 1))
        for axis in (0, 1):
            move = np.bincount(second, push[:, axis], len(points))
            move -= np.bincount(first, push[:, axis], len(points))
            points[:, axis] += move * damp
    return points


def _neighbours(points: Floats, boxes: Floats) -> tuple[Whole, Whole]:
    """Return every two nodes whose boxes overlap by more than half a unit, each two once."""
    import numpy as np

    cells = np.floor(points / boxes.max(axis=0)).astype(np.int64)
    cells -= cells.min(axis=0)
    rows = int(cells[:, 1].max()) + 3
    code = (cells[:, 0] + 1) * rows + cells[:, 1] + 1
    order = np.argsort(code, kind="stable")
    sorted_code = code[order]
    found_first, found_second = [], []
    for offset in (0, 1, rows - 1, rows, rows + 1):
        low = np.searchsorted(sorted_code, sorted_code + offset, "left")
        high = np.searchsorted(sorted_code, sorted_code + offset, "right")
        if offset == 0:
            low = np.arange(1, len(order) + 1)
        many = np.maximum(high - low, 0)
        first = np.repeat(np.arange(len(order)), many)
        start = np.repeat(low - np.concatenate([[0], np.cumsum(many)[:-1]]), many)
        found_first.append(order[first])
        found_second.append(order[start + np.arange(int(many.sum()))])
    first, second = np.concatenate(found_first), np.concatenate(found_second)
    over = (boxes[first] + boxes[second]) / 2 - np.abs(points[first] - points[second])
    kept = (over > 0.5).all(axis=1)
    return first[kept], second[kept]
