"""What drawing costs: building the page or picture in Python, and the page in a browser.

Graphs are made up: communities with hubs (degrees follow a power law), three edges a
node, labels in several scripts. Beside ours stands pyvis' own page with its defaults,
as long as it draws anything within the bound. CPU seconds are the figure to compare,
wall times suffer from neighbours. Browser half: ``view_browser.py``.

    python benchmarks/view.py                        all sizes, builds and browser
    python benchmarks/view.py --sizes 300,2000 --rounds 3
    python benchmarks/view.py --only page --sizes 5000,20000,100000 --bound 60
    python benchmarks/view.py --no-browser --profile 5000   where Python spends its time
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import view_browser

from kg import view
from kg.errors import KgError
from kg.projection import Projection
from kg.store import Store
from kg.view import layout, lettering, static

EXAMPLE = Path(__file__).resolve().parents[1] / "tests" / "data" / "example.ttl"
SIZES = (300, 2_000, 5_000, 20_000, 100_000)
_SCRIPTS = (
    "Republic of {}", "{} accord", "Республика {}", "{} 공화국", "{}共和国", "اتفاق {}", "{} 条約",
    "רפובליקה {}", "गणराज्य {}", "Συμφωνία {}",
)  # fmt: skip
_FAMILIES = (
    ("actor", "kg:State", "St"),
    ("actor", "kg:Person", "Pe"),
    ("agreement", "kg:Treaty", "Tr"),
    ("event", "kg:Event", "Ev"),
    ("condition", "kg:Condition", "Co"),
    ("motivation", "kg:Motivation", "Mo"),
)
_PREDICATES = (
    ("kg:alliedWith", "allied with", "relation", 1),
    ("kg:sanctions", "sanctions", "relation", -1),
    ("kg:hasParty", "has party", "agreement", None),
    ("kg:leadsTo", "leads to", "causal", None),
    ("kg:participant", "has participant", "event", None),
)


def edges_of(count: int, seed: int = 7) -> list[tuple[int, int]]:
    """Return three edges a node: most inside communities, more to those that have many."""
    drawn = random.Random(seed)
    found: list[tuple[int, int]] = []
    hubs: list[int] = []
    start = 0
    while start < count:
        size = min(count - start, max(8, count // 12), max(8, int(12 * drawn.paretovariate(1.2))))
        members = range(start, start + size)
        start += size
        bag = [members[0]]  # each node as often as it has edges
        for node in members[1:]:
            other = drawn.choice(bag)
            found.append((node, other))
            bag += (node, other)
        for _ in range(int(1.6 * size)):
            pair = (drawn.choice(members), drawn.choice(bag))
            found.append(pair)
            bag += pair
        hubs += bag[:3]
    while len(found) < 3 * count:
        other = drawn.choice(hubs) if drawn.random() < 0.5 else drawn.randrange(count)
        found.append((drawn.randrange(count), other))
        hubs.append(other)
    return [(a, b if a != b else (b + 1) % count) for a, b in found[: 3 * count]]


def projection_of(count: int, seed: int = 7) -> Projection:
    """Return a projection of so many nodes, with every attribute that a real one has."""
    drawn = random.Random(seed)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="claims")
    for number in range(count):
        family, kind, mark = drawn.choice(_FAMILIES)
        graph.add_node(
            f"actor:made-{number}",
            label=drawn.choice(_SCRIPTS).format(number),
            type=kind,
            family=family,
            mark=mark,
            definition="",
        )
    modalities = list(view.style()["modalities"])
    for number, (one, other) in enumerate(edges_of(count, seed)):
        predicate, label, family, sign = drawn.choice(_PREDICATES)
        modality = drawn.choice(["asserted", "asserted", *modalities])
        fact = modality == "asserted"
        says: dict[str, Any] = {
            "predicate": predicate,
            "label": label,
            "inverse": "",
            "family": family,
            "symmetric": 0,
            "materialised": int(fact),
            "claims": f"claim:made-{number}",
            "statement": "",
            "kind": "fact" if fact else "assessment",
            "modality": modality,
            "polarity": "affirmative",
            "hedge": "",
            "contested": int(drawn.random() < 0.05),
            "holders": "",
            "original_holders": "",
            "sources": "",
            "origins": drawn.choice((1, 1, 1, 2, 3)),
            "locators": "",
            "cited_sources": "",
            "markers": "",
            "valid_from": "",
            "valid_to": "",
        }
        if sign is not None:
            says["sign"] = sign
        graph.add_edge(f"actor:made-{one}", f"actor:made-{other}", f"claim:made-{number}", **says)
    return Projection(graph, "claims", {})


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of this process that some work took, and what it gave."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def pyvis_page(projection: Projection) -> bytes:
    """Return pyvis' own page with its defaults, as its documentation fills it.

    Only its script is put inside: from the network it could not be measured.
    """
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line")
    net.from_nx(nx.MultiDiGraph(projection.graph.edges()))
    html: str = net.generate_html()
    return html.encode()


def _refused(work: Callable[[], bytes]) -> Callable[[], bytes | KgError]:
    def tried() -> bytes | KgError:
        try:
            return work()
        except KgError as error:
            return error

    return tried


def builds(
    count: int, folder: Path, *, only: str, pyvis_up_to: int
) -> list[tuple[str, float, bytes | str]]:
    """Return what was built at a size, by name, with its CPU seconds.

    The page has the positions of ``kg.view.layout``, as ``kg view`` gives them.
    """
    store, projection = Store.open(EXAMPLE), projection_of(count)
    graph = projection.graph
    sizes = {n: lettering.room(view.label_lines(says["label"])) for n, says in graph.nodes.items()}
    found: list[tuple[str, float, bytes | str]] = []

    def add(name: str, work: Callable[[], Any]) -> None:
        if only and name != only:
            return
        seconds, made = cpu(_refused(work))
        found.append((name, seconds, str(made) if isinstance(made, KgError) else made))

    add("positions", lambda: str(layout.place(graph, sizes).method))
    add("page", lambda: view.render(store, projection, title="Made up"))
    add("page again", lambda: view.render(store, projection, title="Made up"))
    add("svg", lambda: static.render_static(store, projection, title="Made up"))
    if count <= pyvis_up_to:
        add("pyvis", lambda: pyvis_page(projection))
    for name, _, made in found:
        if isinstance(made, bytes):
            (folder / f"{name.replace(' ', '-')}-{count}").with_suffix(
                ".svg" if name == "svg" else ".html"
            ).write_bytes(made)
    return found


def profile(count: int) -> None:
    """Print where the time of one page goes."""
    store, projection = Store.open(EXAMPLE), projection_of(count)
    measured = cProfile.Profile()
    measured.enable()
    made = _refused(lambda: view.render(store, projection, title="Made up"))()
    measured.disable()
    print(made if isinstance(made, KgError) else f"{len(made) / 1e6:.1f} MB")
    pstats.Stats(measured).sort_stats("cumulative").print_stats("kg/", 25)
    pstats.Stats(measured).sort_stats("tottime").print_stats(15)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--rounds", type=int, default=1, help="browser runs a page; medians")
    parser.add_argument("--bound", type=float, default=60, help="seconds to wait for a picture")
    parser.add_argument("--pyvis-up-to", type=int, default=2000)
    parser.add_argument("--only", default="", choices=("page", "svg", "positions", "pyvis"))
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--profile", type=int, metavar="NODES")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the pages there")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["KG_CACHE"] = str(Path(scratch) / "cache")  # first runs are first runs
        if said.profile:
            profile(said.profile)
            return
        folder = said.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for count in map(int, said.sizes.split(",")):
            for name, seconds, made in builds(
                count, folder, only=said.only, pyvis_up_to=said.pyvis_up_to
            ):
                row: dict[str, Any] = {"nodes": count, "what": name, "build_cpu_s": seconds}
                if isinstance(made, bytes):
                    row["kB"] = len(made) / 1e3
                elif name != "positions":
                    row["refused"] = made
                page = folder / f"{name}-{count}.html"
                if not said.no_browser and name in ("page", "pyvis") and page.is_file():
                    rounds = said.rounds if name == "page" else 1
                    runs = [view_browser.measure(page, bound_s=said.bound) for _ in range(rounds)]
                    # One run without a picture is no picture: a median would hide it.
                    failed = [run for run in runs if run["drawn_ms"] is None]
                    row |= failed[0] if failed else _medians(runs)
                rows.append(row)
                if not said.json:
                    print(line_of(row), flush=True)
        if said.json:
            json.dump(rows, sys.stdout, indent=1)


def _medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def line_of(row: dict[str, Any]) -> str:
    """Return one measured thing as a line of text."""
    parts = [f"{row['nodes']:>7} {row['what']:<11} build {row['build_cpu_s']:7.2f} CPU s"]
    if "kB" in row:
        parts.append(f"{row['kB']:9.0f} kB")
    if "refused" in row:
        parts.append(f"refused: {row['refused']}")
    if "drawn_ms" in row:
        if row["drawn_ms"] is None:
            spent = row["first_cpu_s"]
            parts.append("nothing drawn" + (f", {spent:.1f} CPU s spent" if spent else ""))
        else:
            parts.append(
                f"first picture {row['first_cpu_s']:.2f} CPU s ({row['drawn_ms']:.0f} ms), "
                f"drag {row['drag_ms_median']:.0f}/{row['drag_ms_p95']:.0f} ms, "
                f"zoom {row['zoom_ms_median']:.0f}/{row['zoom_ms_p95']:.0f} ms, "
                f"moving {row['moving_cpu_s']:.2f} CPU s, heap {row['heap_MB']:.0f} MB"
            )
    return "  ".join(parts)


if __name__ == "__main__":
    main()
