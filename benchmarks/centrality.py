"""How large a graph may be for exact betweenness: CPU seconds of this program's own measures.

python benchmarks/centrality.py        prints one line for each size; about two minutes

Graphs have power-law degrees (Barabási and Albert, three ties a node). ``cost`` is what
``kg.analysis.centrality.EXACT`` bounds: nodes x (nodes + ties).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import networkx as nx

from kg.analysis import centrality, groups
from kg.analysis.ties import Ties, ties
from kg.projection import Projection

SAYS = {
    "predicate": "p",
    "label": "p",
    "inverse": "",
    "family": "relation",
    "symmetric": 0,
    "materialised": 1,
    "modality": "asserted",
    "kind": "fact",
    "polarity": "affirmative",
}


def graph_of(nodes: int) -> Ties:
    drawn = nx.barabasi_albert_graph(nodes, 3, seed=1)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from((f"n{node}", {"label": f"N{node}", "family": "actor"}) for node in drawn)
    for number, (a, b) in enumerate(drawn.edges):
        origins = number % 3 + 1
        graph.add_edge(f"n{a}", f"n{b}", claims=f"claim:{number}", origins=origins, **SAYS)
    return ties(Projection(graph, "edges", {}))


def timed(what: str, graph: Ties, work: object) -> None:
    begun = time.process_time()
    work(graph)  # type: ignore[operator]
    spent = time.process_time() - begun
    n = len(graph.nodes)
    cost = n * (n + len(graph.edges))
    print(f"{what:28} {n:7,} nodes  cost {cost / 1e6:10,.1f}M  {spent:7.2f} s", flush=True)


def main() -> None:
    for nodes in (2000, 4000, 6500, 8000):
        timed("betweenness, hops", graph_of(nodes), centrality.betweenness)
    for nodes in (500, 1000, 1400):
        timed(
            "betweenness, evidence",
            graph_of(nodes),
            lambda graph: centrality.betweenness(graph, "evidence"),
        )
    for nodes in (8000, 32000):
        graph = graph_of(nodes)
        timed(
            "betweenness, hops, 200",
            graph,
            lambda graph: centrality.betweenness(graph, sample=200),
        )
        timed("pagerank", graph, centrality.pagerank)
        timed("eigenvector", graph, centrality.eigenvector)
        timed("cuts", graph, groups.cuts)
        timed("louvain", graph, groups.partition)


if __name__ == "__main__":
    for kind in centrality.EXACT:
        centrality.EXACT[kind] = 10**12
    main()
