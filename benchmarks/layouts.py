"""How fast and how well one large component is drawn, by each method that the machine has.

``edge`` is the median length of an edge by the median distance of two nodes drawn by
lot: lower shows more of the structure. ``crowded`` is the share of nodes with another
one closer than a quarter of the even spacing. CPU seconds, children counted.

    python benchmarks/layouts.py --sizes 2000,5000
"""

from __future__ import annotations

import argparse
import math
import resource
from collections import defaultdict

import numpy as np
import rustworkx as rx
import view

from kg.errors import KgError
from kg.view import force

#: Beyond these a method is left out: it takes minutes.
_UP_TO = {"spring": 5_000, "sfdp": 20_000, "igraph": 100_000, "rustworkx": 10**9}


def component_of(count: int) -> tuple[int, force.Whole]:
    """Return the largest component of a made-up graph: its size and its edges by number."""
    pairs = np.array([pair for pair in view.edges_of(count) if pair[0] != pair[1]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    graph: rx.PyGraph[int, None] = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from_no_data([(s, t) for s, t in pairs.tolist()])
    part = sorted(max(rx.connected_components(graph), key=len))
    number = np.full(count, -1)
    number[part] = np.arange(len(part))
    pairs = number[pairs]
    return len(part), pairs[(pairs >= 0).all(axis=1)]


def spring(count: int, pairs: force.Whole) -> force.Floats:
    """Return what rustworkx' own spring layout gives in 50 rounds."""
    graph: rx.PyGraph[int, float] = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from([(s, t, 1.0) for s, t in pairs.tolist()])
    found = rx.spring_layout(graph, seed=1, num_iter=50)
    return np.array([found[i] for i in range(count)])


def cpu_s() -> float:
    """Return the CPU seconds of this process and its ended children."""
    uses = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def quality(points: force.Floats, pairs: force.Whole) -> tuple[float, float]:
    """Return the two measures that the head of this file names."""
    count = len(points)
    drawn = np.random.default_rng(1)
    edges = np.median(np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1))
    one, other = drawn.integers(0, count, 20_000), drawn.integers(0, count, 20_000)
    strangers = np.median(np.linalg.norm(points[one] - points[other], axis=1))
    near = 0.25 * math.sqrt(float(np.ptp(points, axis=0).prod()) / count)
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (x, y) in enumerate(points):
        cells[math.floor(x / near), math.floor(y / near)].append(i)
    crowded = sum(
        any(
            j != i and math.dist(points[i], points[j]) < near
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for j in cells.get((column + dx, row + dy), ())
        )
        for (column, row), members in cells.items()
        for i in members
    )
    return float(edges / strangers), crowded / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="2000,5000,20000,100000")
    for size in map(int, parser.parse_args().sizes.split(",")):
        count, pairs = component_of(size)
        for method in (*force.METHODS, "spring"):
            if size > _UP_TO[method]:
                continue
            start = cpu_s()
            try:
                if method != "spring":
                    force.credit(method)
                points = (
                    spring(count, pairs) if method == "spring" else force.draw(count, pairs, method)
                )
            except KgError as error:
                print(f"{count:>7} {method:<10} {error}")
                continue
            spent = cpu_s() - start
            edge, crowded = quality(points, pairs)
            named = {"rustworkx": "ours", "spring": "rustworkx"}.get(method, method)
            print(
                f"{count:>7} {named:<10} {spent:7.2f} CPU s  edge {edge:.2f}  crowded {crowded:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
