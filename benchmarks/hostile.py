"""What a stranger's query costs its neighbours, and what the worker process costs.

Ordinary queries, twenty a second, alone and then beside hostile ones in the same pool;
how late each hostile query is stopped; and the CPU time of one cold ad-hoc query in a
fork, in a new interpreter and without a worker. Bounded: about a minute. Figures are
those of the shipped data. Run: python benchmarks/hostile.py
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from kg import query
from kg.errors import LimitError
from kg.sandbox import Limits
from kg.store import Store
from kg.worker import Pool

TREATY = "agreement:russia-dprk-treaty-2024"
ORDINARY = f"SELECT ?p WHERE {{ {TREATY} kg:hasParty ?p }} ORDER BY ?p"
ALL = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
HOSTILE = {
    "cross join, sorted": f"SELECT * {{ {ALL} }} ORDER BY ?i ?c",
    "cross join, counted": f"SELECT (COUNT(*) AS ?n) {{ {ALL} }}",
    "groups": f"SELECT ?a ?d ?i (COUNT(*) AS ?n) {{ {ALL} }} GROUP BY ?a ?d ?i",
    "closure": "SELECT (COUNT(*) AS ?n) { ?a (kg:x|!kg:x|^kg:x|!^kg:x)* ?b . ?b (!kg:y)* ?c }",
    "doubled string": "SELECT ?x16 { BIND('xxxx' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}, ?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(16))
    + " }",
}
LIMITS = Limits(timeout_s=1.0, memory_mb=512)
ROUNDS = 120

CLI = "import sys; sys.argv[0] = 'kg'; from kg.cli import main; main()"
SPAWNED = "import kg.worker; kg.worker._may_fork = lambda store: False; " + CLI


def latencies(pool: Pool) -> list[float]:
    """Return how long each of the ordinary queries took, in milliseconds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        assert len(query.run(STORE, ORDINARY, runner=pool)) == 2
        found.append((time.perf_counter() - start) * 1000)
        time.sleep(max(0.0, 0.05 - found[-1] / 1000))
    return found


def show(name: str, found: list[float]) -> None:
    ordered = sorted(found)
    print(
        f"{name}: median {statistics.median(ordered):.1f} ms, 95 of 100 within "
        f"{ordered[len(ordered) * 95 // 100]:.1f} ms, longest {ordered[-1]:.1f} ms"
    )


def attack(pool: Pool, end: threading.Event, late: dict[str, list[float]]) -> None:
    while not end.is_set():
        for name, text in HOSTILE.items():
            start = time.perf_counter()
            try:
                query.run(STORE, text, limits=LIMITS, runner=pool)
            except LimitError as error:
                took = time.perf_counter() - start
                late.setdefault(f"{name} ({error.limit})", []).append(took)
            if end.is_set():
                return


def cpu_ms(program: str, *arguments: str) -> float:
    """Return the CPU milliseconds of one command, its worker included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=True, cwd=TOP, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Print the figures."""
    with Pool(STORE, workers=2) as pool:
        query.run(STORE, ORDINARY, runner=pool)
        show("20 ordinary queries a second, alone", latencies(pool))
        end, late = threading.Event(), {}
        neighbour = threading.Thread(target=attack, args=(pool, end, late))
        neighbour.start()
        show("the same beside hostile queries without a pause", latencies(pool))
        end.set()
        neighbour.join()
    for name, took in sorted(late.items()):
        print(
            f"  {name}: ended after {statistics.median(took):.2f} s of {LIMITS.timeout_s:g} s"
            f" (longest {max(took):.2f} s, {len(took)} times)"
        )
    arguments = ("query", ORDINARY, "-f", "csv")
    commands = {
        "saved query, no worker": (CLI, "query", "agreement-parties", "-p",
                                   f"agreement={TREATY}", "-f", "csv"),
        "ad-hoc query, fork": (CLI, *arguments),
        "ad-hoc query, new interpreter": (SPAWNED, *arguments),
        "saved query, table": (CLI, "query", "agreement-parties", "-p", f"agreement={TREATY}"),
        "ad-hoc query, table, fork": (CLI, "query", ORDINARY),
    }  # fmt: skip
    for command in commands.values():
        cpu_ms(*command)
    times = [{name: cpu_ms(*command) for name, command in commands.items()} for _ in range(9)]
    for name in commands:
        print(f"cold {name}: {statistics.median(t[name] for t in times):.0f} ms CPU")


STORE = Store.open()

if __name__ == "__main__":
    main()
