"""How fast the ``edges`` projection is made on a generated graph, against named alternatives.

CPU time in one process, each alternative once in every round, medians of the rounds and
of the ratios. The floor is networkx building the same graph, attributes and all, from
prepared lists of tuples. Ours is timed from a store just opened: read back from its kept
tables, and made anew (what the first command after a change of the data pays, once). Run:
python benchmarks/projection.py --size 100000 1000000
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generate
import networkx as nx
import rdflib
from rdflib.extras.external_graph_libs import rdflib_to_networkx_multidigraph

from kg import files
from kg.projection import Projection, project
from kg.selection import Selection
from kg.store import Store
from kg.vocab import PREFIXES

#: The same edges with the same claims, and the attributes a SELECT can fetch with them.
SELECT = """
SELECT ?s ?p ?o ?claim ?modality ?statement ?holder ?credibility ?confidence ?locator ?source {
  ?claim rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kg:claimKind kg:fact ;
    kg:modality ?modality ; kg:polarity kg:affirmative ; kg:rank ?rank ;
    kg:statement ?statement ; prov:wasAttributedTo ?holder ; kg:evidence ?passage .
  ?passage kg:locator ?locator ; oa:hasSource ?source .
  OPTIONAL { ?claim kg:credibility ?credibility }
  OPTIONAL { ?claim kg:confidence ?confidence }
  FILTER(?rank != kg:deprecated && isIRI(?o))
  FILTER NOT EXISTS { ?claim kg:retractedOn ?withdrawn }
}
"""


def cpu_s(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def floor(nodes: list[Any], edges: list[Any]) -> nx.MultiDiGraph[str]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


def by_rdflib(data: rdflib.Graph) -> nx.MultiDiGraph[str]:
    """Return the edges as an rdflib user writes them: one SELECT, a loop, ``add_edge``."""
    found: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in data.query(SELECT, initNs=PREFIXES):
        firm = str(row.modality).endswith("asserted") or (
            str(row.modality).endswith("reported")
            and row.credibility is not None
            and int(row.credibility) < 3
        )
        if firm and (row.s, row.p, row.o) in data:
            found[str(row.s), str(row.p), str(row.o)].append(row)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for (s, p, o), rows in found.items():
        graph.add_edge(
            s,
            o,
            p,
            claims=" ".join(sorted({str(row.claim) for row in rows})),
            statement=str(rows[0].statement),
            modality=str(rows[0].modality),
            holders=" ".join(sorted({str(row.holder) for row in rows})),
            sources=" ".join(sorted({str(row.source) for row in rows})),
            locators="; ".join(sorted({str(row.locator) for row in rows})),
            confidence=min((int(row.confidence) for row in rows if row.confidence), default=-1),
        )
    return graph


def lists(projection: Projection) -> tuple[list[Any], list[Any]]:
    graph = projection.graph
    nodes = [(node, dict(data)) for node, data in graph.nodes(data=True)]
    edges = [(u, v, k, dict(d)) for u, v, k, d in graph.edges(keys=True, data=True)]
    return nodes, edges


def measure(path: Path, rounds: int, *, with_rdflib: bool) -> None:
    opened = Store.open(path, compiled=True)
    anew = cpu_s(lambda: project(opened))
    whole = project(Store.open(path, compiled=True))
    nodes, edges = lists(whole)
    size = whole.graph.number_of_edges()
    times: dict[str, list[float]] = defaultdict(list)
    data = None
    if with_rdflib:
        data = rdflib.Graph()
        data.parse(path)
        data.parse(files.ontology_path())
        slow = by_rdflib(data)
        assert slow.number_of_edges() == size, (slow.number_of_edges(), size)
    for _ in range(rounds):
        store = Store.open(path, compiled=True)
        times["ours"].append(cpu_s(lambda store=store: project(store)))
        times["floor"].append(cpu_s(lambda: floor(nodes, edges)))
        store = Store.open(path, compiled=True)
        chosen = Selection(min_confidence=1)
        times["filtered"].append(cpu_s(lambda store=store, w=chosen: project(store, "edges", w)))
        if data is not None:
            times["rdflib SELECT"].append(cpu_s(lambda: by_rdflib(data)))
            times["rdflib_to_networkx"].append(cpu_s(lambda: rdflib_to_networkx_multidigraph(data)))
    print(f"{path.name}: {size:,} edges, {len(nodes):,} nodes; load {os.getloadavg()[0]:.1f}")
    print(f"  {'made anew, once':<22}{anew * 1e3:>10.0f} ms  {anew / size * 1e6:>7.1f} us an edge")
    if "rdflib SELECT" in times:
        ratio = statistics.median(times["rdflib SELECT"]) / anew
        print(
            f"  {'':<22}rdflib SELECT takes {ratio:.2f} of that; it keeps nothing for the next time"
        )
    for name, found in times.items():
        middle = statistics.median(found)
        ratio = statistics.median(a / b for a, b in zip(found, times["ours"], strict=True))
        print(
            f"  {name:<22}{middle * 1e3:>10.0f} ms  {middle / size * 1e6:>7.1f} us an edge"
            f"  {ratio:>8.2f} of ours"
        )
    for mode in ("ours", "floor") if Path("/proc/self/status").exists() else ():
        print(f"  memory of {mode}: {peak(path, mode):.0f} MB at most, this program included")


def peak(path: Path, mode: str) -> float:
    """Return the most memory that a process of its own takes, in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--peak", mode, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def alone(mode: str, path: Path) -> None:
    projection = project(Store.open(path, compiled=True))
    if mode == "floor":  # the graph, the lists it came from, and the graph again
        floor(*lists(projection))
    # Not ru_maxrss: Linux hands that of the parent on to the child.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def profile(path: Path) -> None:
    """Print where the time of a projection made anew goes."""
    import cProfile
    import pstats

    store = Store.open(path, compiled=True)
    profiler = cProfile.Profile()
    profiler.runcall(project, store, "edges", Selection(min_confidence=1))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(15)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, nargs="+", default=[100_000], help="triples, about")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rdflib-up-to", type=int, default=100_000, metavar="TRIPLES")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    parser.add_argument("--peak", nargs=2, metavar=("MODE", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peak:
        alone(given.peak[0], Path(given.peak[1]))
        return
    os.environ.setdefault("KG_MAX_FILE_MB", "2000")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KG_CACHE"] = str(Path(folder) / "cache")
        for size in given.size:
            path = generate.write(size, Path(folder) / f"generated-{size}.ttl")
            if given.profile:
                profile(path)
            measure(path, given.rounds, with_rdflib=size <= given.rdflib_up_to)


if __name__ == "__main__":
    main()
