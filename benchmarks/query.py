"""How fast queries, loading and rdflib calls are on a generated graph, against named alternatives.

CPU time in one process, each alternative once in every round, medians of the rounds and
of the ratios; ``load`` beside the figures is the machine's load average. rdflib's engine
is stopped after some seconds a query. Run: python benchmarks/query.py --size 100000
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import generate
import pyoxigraph as ox
import rdflib
import startup
from oxrdflib import OxigraphStore
from pyoxigraph import NamedNode
from rdflib import URIRef

from kg import files, query, rdf, saved, sparql
from kg.store import Store
from kg.vocab import ID, PREFIXES
from kg.worker import Pool

GIVE_UP_S = 10
ACTOR = NamedNode(ID + "actor/gen-000001")
SAVED: dict[str, dict[str, NamedNode]] = {
    "agreement-parties": {"agreement": NamedNode(ID + "agreement/gen-000004")},
    "relations-between": {"one": NamedNode(ID + "actor/gen-000000"), "other": ACTOR},
    "consequences-of": {"cause": NamedNode(ID + "event/gen-000003")},
    "hedged-claims": {"thing": NamedNode(ID + "event/gen-000003")},
    "conflicting-values": {},
}
AD_HOC = {
    "claims by modality": "SELECT ?m (COUNT(?c) AS ?n) { ?c kg:modality ?m } GROUP BY ?m ORDER BY ?m",
    "most active": """SELECT ?a (COUNT(?e) AS ?n) { ?e kg:initiator ?a }
        GROUP BY ?a ORDER BY DESC(?n) ?a LIMIT 10""",
    "signed in a year": """SELECT ?t ?d { ?t kg:signedOn ?d
        FILTER(?d >= "2010-01-01"^^xsd:date && ?d < "2011-01-01"^^xsd:date) } ORDER BY ?d ?t""",
    "text search": """SELECT ?c ?s { ?c kg:statement ?s
        FILTER(CONTAINS(LCASE(?s), "artillery")) } ORDER BY ?c LIMIT 50""",
    "allies of partners": f"""SELECT DISTINCT ?b {{ {ACTOR} kg:supports|kg:partnerOf ?a .
        ?a kg:supports|kg:partnerOf ?b }} ORDER BY ?b""",
    "without footnote": """SELECT ?c { ?c a kg:Claim ; kg:modality kg:reported
        MINUS { ?c kg:citedSource ?s } } ORDER BY ?c""",
    "all claims": """SELECT ?c ?s ?p ?o ?m ?h ?conf { ?c rdf:subject ?s ; rdf:predicate ?p ;
        rdf:object ?o ; kg:modality ?m ; prov:wasAttributedTo ?h ; kg:confidence ?conf }""",
}


class TooSlowError(Exception):
    """The time of one query is over."""


def cpu_s(run: Callable[[], object]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def bounded(run: Callable[[], object], seconds: int = GIVE_UP_S) -> float | None:
    """Return the CPU seconds of a run in Python, or None when it was stopped."""

    def stop(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return cpu_s(run)
    except TooSlowError:
        return None
    finally:
        signal.alarm(0)


def mean(ratios: list[float]) -> str:
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else "-"


def load_memory(path: Path) -> ox.Store:
    engine = ox.Store()
    for name, file in (("ontology", files.ontology_path()), ("data", path)):
        form = ox.RdfFormat.N_TRIPLES if file.suffix == ".nt" else ox.RdfFormat.TURTLE
        engine.bulk_load(path=str(file), format=form, to_graph=NamedNode(f"{ID}graph/{name}"))
    return engine


# ---------------------------------------------------------------- the mix


def mix(store: Store, memory: ox.Store, mem: rdflib.Dataset | None, rounds: int) -> None:
    """Print the queries of the mix, ours and the alternatives, and the geometric means."""
    shipped = saved.load_queries(files.queries_dir())
    queries = [(name, shipped[name].text, bound, True) for name, bound in SAVED.items()]
    queries += [(name, text, {}, False) for name, text in AD_HOC.items()]
    oxr = rdflib.Dataset(store=OxigraphStore(store=memory), default_union=True)
    in_memory = Store(memory, {}, "")
    ratios: dict[str, list[float]] = {"solutions": [], "rdflib": [], "oxrdflib": []}
    slowest = 0.0
    print(
        f"{'ms of CPU':<22}{'rows':>7}{'disk':>9}{'memory':>9}{'solutions':>11}"
        f"{'oxrdflib':>10}{'rdflib':>10}   solutions, oxrdflib, rdflib / ours"
    )
    for name, text, bound, trusted in queries:
        terms = {key: URIRef(term.value) for key, term in bound.items()}

        def ours(
            s: Store, text: str = text, bound: dict[str, NamedNode] = bound, trusted: bool = trusted
        ) -> int:
            # A query that is not ours is read first, and runs in a warm process: here it
            # runs in this one, where its CPU can be seen; ``pool`` shows the way there.
            if not trusted:
                sparql.outline(text)
            return len(query.run(s, text, bindings=bound, trusted=True).cells)

        written = sparql.bind(text, bound)

        def solutions(written: str = written) -> object:
            found = memory.query(written, prefixes=PREFIXES, use_default_graph_as_union=True)
            width = range(len(found.variables))
            return [[row[i] for i in width] for row in found]

        def through(
            g: rdflib.Dataset, text: str = text, terms: dict[str, URIRef] = terms
        ) -> object:
            return [tuple(row) for row in g.query(text, initNs=PREFIXES, initBindings=terms)]

        rows = ours(store)
        ours(in_memory), solutions()
        # oxrdflib refuses to bind a variable in some of the saved queries.
        plain: list[Callable[[], object]] = [
            lambda: ours(store),
            lambda: ours(in_memory),
            lambda: solutions(),
            lambda: through(oxr, written, {}),  # noqa: B023  called in this round
        ]
        times = []
        for number in range(rounds):
            # Another one first in each round: who comes first finds a cold processor cache.
            turn = [(number + i) % len(plain) for i in range(len(plain))]
            spent = {i: cpu_s(plain[i]) for i in turn}
            times.append([spent[i] for i in range(len(plain))])
        disk, fast, objects, other = (statistics.median(t[i] for t in times) for i in range(4))
        slowest = max(slowest, disk)
        theirs = bounded(lambda: through(mem)) if mem is not None else None
        r_objects = statistics.median(t[2] / t[1] for t in times)
        r_other = statistics.median(t[3] / t[1] for t in times)
        ratios["solutions"].append(r_objects)
        ratios["oxrdflib"].append(r_other)
        if theirs is not None:
            ratios["rdflib"].append(theirs / fast)
        said = f"{theirs * 1e3:.1f}" if theirs is not None else "stopped" if mem else "-"
        print(
            f"{name:<22}{rows:>7}{disk * 1e3:>9.2f}{fast * 1e3:>9.2f}{objects * 1e3:>11.2f}"
            f"{other * 1e3:>10.2f}{said:>10}   {r_objects:.2f}, {r_other:.1f}, "
            + (f"{theirs / fast:.0f}" if theirs is not None else "-")
        )
    print(
        "geometric means, alternative / ours in memory: "
        + ", ".join(f"{name} {mean(found)}" for name, found in ratios.items())
    )
    print(f"slowest of the mix from the compiled store: {slowest * 1e3:.0f} ms")
    warm(store, rounds)


def warm(store: Store, rounds: int) -> None:
    """Print what a warm process of its own adds to an ad hoc query, in time on the clock."""
    with Pool(store, workers=1) as pool:
        for name, text in AD_HOC.items():
            times = []
            for _ in range(rounds + 1):
                start = time.perf_counter()
                query.run(store, text, trusted=True).cells  # noqa: B018
                between = time.perf_counter()
                query.run(store, text, runner=pool).cells  # noqa: B018
                times.append((between - start, time.perf_counter() - between))
            here, there = (statistics.median(t[i] for t in times[1:]) * 1e3 for i in (0, 1))
            print(f"{name:<22} here {here:8.2f} ms, in a warm process {there:8.2f} ms")


# ---------------------------------------------------------------- rdflib calls


def calls(ours: rdflib.Dataset, mem: rdflib.Dataset, rounds: int) -> None:
    """Print single-triple calls through rdflib's interface, ours against its memory store."""
    sample = sorted(mem.triples((None, None, None)))
    random.Random(1).shuffle(sample)
    del sample[2000:]
    claim = URIRef(PREFIXES["kg"] + "Claim")

    def each(
        do: Callable[[rdflib.Graph, tuple[rdflib.term.Node, ...]], object],
    ) -> Callable[..., object]:
        return lambda graph: [do(graph, triple) for triple in sample]

    cases: dict[str, Callable[..., object]] = {
        "(s, p, o) in g": each(lambda g, t: t in g),
        "g.value(s, p)": each(lambda g, t: g.value(t[0], t[1])),
        "g.objects(s, p)": each(lambda g, t: list(g.objects(t[0], t[1]))),
        "g.predicate_objects(s)": each(lambda g, t: list(g.predicate_objects(t[0]))),
        "g.subjects(a, Claim)": lambda g: list(g.subjects(rdflib.RDF.type, claim)),
        "every triple": lambda g: [None for _ in g.triples((None, None, None))],
        "len": len,
    }
    for name, case in cases.items():
        case(ours), case(mem)
        times = [(cpu_s(lambda: case(ours)), cpu_s(lambda: case(mem))) for _ in range(rounds)]  # noqa: B023
        a, b = (statistics.median(t[i] for t in times) for i in (0, 1))
        ratio = statistics.median(x / y for x, y in times)
        print(
            f"{name:<24}{a * 1e3:>9.3f} ms, rdflib's memory {b * 1e3:>9.3f} ms, ratio {ratio:.2f}"
        )


# ---------------------------------------------------------------- load and cold


_LOAD = """
import resource, sys
import pyoxigraph as ox
from pathlib import Path
from kg.store import Store
from kg import files
empty = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
base = resource.getrusage(resource.RUSAGE_SELF)
if sys.argv[1] == "kg":
    engine = Store.open(sys.argv[2], compiled=False).engine
else:
    engine = ox.Store()
    for n, path in enumerate((files.ontology_path(), sys.argv[2])):
        engine.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(f"x:{n}"))
use = resource.getrusage(resource.RUSAGE_SELF)
cpu = use.ru_utime + use.ru_stime - base.ru_utime - base.ru_stime
size = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() - empty
print(cpu, size / len(engine))
"""


def loading(path: Path, rounds: int) -> None:
    """Print loading into memory, ours against pyoxigraph's own loader, and the memory it takes."""
    found: dict[str, list[tuple[float, float]]] = {"kg": [], "raw": []}
    for _ in range(rounds):
        for which, values in found.items():
            command = [sys.executable, "-c", _LOAD, which, str(path)]
            out = subprocess.run(command, check=True, capture_output=True, cwd=startup.TOP).stdout
            cpu, size = out.split()
            values.append((float(cpu), float(size)))
    ratio = statistics.median(a[0] / b[0] for a, b in zip(found["kg"], found["raw"], strict=True))
    ours, raw = (statistics.median(v[0] for v in found[name]) for name in ("kg", "raw"))
    size = statistics.median(v[1] for v in found["kg"])
    print(
        f"load: {ours * 1e3:.0f} ms, pyoxigraph {raw * 1e3:.0f} ms, ratio {ratio:.2f}; "
        f"{size:.0f} bytes a triple afterwards"
    )


def cold(path: Path, folder: Path, rounds: int, *, with_rdflib: bool) -> None:
    """Print one saved query in a cold process against rdflib and Oxigraph's own program."""
    agreement = SAVED["agreement-parties"]["agreement"].value
    ours = [sys.executable, str(startup.TOP / "cli.py"), "-d", str(path), "query"]
    ours += ["agreement-parties", "-p", f"agreement={agreement}", "-f", "csv"]
    text = f"SELECT ?p {{ <{agreement}> <{PREFIXES['kg']}hasParty> ?p }} ORDER BY ?p"
    if with_rdflib:
        command = [
            sys.executable,
            "-c",
            startup.RDFLIB,
            text,
            str(files.ontology_path()),
            str(path),
        ]
        startup.pair("cold query / rdflib", ours, command, folder, rounds, slower=True)
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        print("cold query / oxigraph: not installed (pip install oxigraph)")
        return
    location = str(folder / "oxigraph")
    load = [program, "load", "--location", location, "--file", str(path)]
    subprocess.run(load, check=True, capture_output=True)
    command = [program, "query", "--location", location, "--query", text, "--results-format", "csv"]
    startup.pair("cold query / oxigraph", ours, command, folder, rounds, slower=True)


def main() -> None:
    """Print everything for one size."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, help="about how many triples")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["KG_CACHE"] = str(folder / "cache")
        # Above a million triples rdflib and a second copy in memory would need the machine.
        small, huge = given.size <= 200_000, given.size > 2_000_000
        path = generate.write(given.size, folder / "generated.ttl")
        start = time.process_time()
        # kg refuses a file beyond its limit; the engine's own loader shows what it could hold.
        store = compiled(path, folder) if huge else Store.open(path, compiled=True)
        print(
            f"{len(store.engine):,} triples, {path.stat().st_size:,} bytes; load average "
            f"{os.getloadavg()[0]:.1f}; compiled in {time.process_time() - start:.1f} s"
        )
        if huge:
            on_disk(store, given.rounds)
            return
        memory = load_memory(path)
        mem = None
        if small:
            mem = rdflib.Dataset(default_union=True)
            for graph in rdf.dataset(rdf.EngineStore(memory)).graphs():
                mem.addN((*triple, mem.get_context(graph.identifier)) for triple in graph)
        mix(store, memory, mem, given.rounds)
        if mem is not None:
            calls(rdf.dataset(rdf.EngineStore(memory)), mem, given.rounds)
        del memory, mem
        loading(path, min(given.rounds, 5))
        cold(path, folder, min(given.rounds, 5), with_rdflib=small)
        print(f"load average at the end {os.getloadavg()[0]:.1f}")


def compiled(path: Path, folder: Path) -> Store:
    """Return a read-only on-disk store of the file and the ontology, made without kg's loader."""
    place = str(folder / "store")
    engine = ox.Store(place)
    for name, file in (("ontology", files.ontology_path()), ("data", path)):
        target = NamedNode(f"{ID}graph/{name}")
        engine.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE, to_graph=target)
    engine.optimize()
    engine.flush()
    del engine
    return Store(ox.Store.read_only(place), {}, "")


def on_disk(store: Store, rounds: int) -> None:
    """Print the mix from the compiled store alone, and the most memory this process had."""
    shipped = saved.load_queries(files.queries_dir())
    queries = [(name, shipped[name].text, bound, True) for name, bound in SAVED.items()]
    queries += [(name, text, {}, False) for name, text in AD_HOC.items()]
    for name, text, bound, _ in queries:
        times = []
        for _ in range(min(rounds, 3)):
            start = time.process_time()
            rows = len(query.run(store, text, bindings=bound, trusted=True, limit=100_000))
            times.append(time.process_time() - start)
        print(f"{name:<22}{rows:>7} rows{statistics.median(times) * 1e3:>11.1f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"most memory: {peak:.1f} GB")


if __name__ == "__main__":
    main()
