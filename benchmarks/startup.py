"""How long the program takes to start and to answer one question, cold.

Whole processes, CPU time (user and system), each against a named alternative in the
same round, medians of the rounds and of the ratios. Bytecode is written to a folder
of the benchmark's own and used by both, as in any ordinary installation, also where
PYTHONDONTWRITEBYTECODE is set. Run: make bench.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import generate

TOP = Path(__file__).resolve().parent.parent
TREATY = "https://w3id.org/gambit/id/agreement/russia-dprk-treaty-2024"
QUERY = (
    f"SELECT ?p WHERE {{ <{TREATY}> <https://w3id.org/gambit/ontology#hasParty> ?p }} ORDER BY ?p"
)

RDFLIB = """
import sys, rdflib
graph = rdflib.Graph()
for path in sys.argv[2:]:
    graph.parse(path, format="turtle")
print(len(list(graph.query(sys.argv[1]))))
"""


def cpu_s(command: list[str], cache: Path) -> float:
    """Return the CPU seconds of one finished process."""
    env = {**os.environ, "KG_CACHE": str(cache), "PYTHONPYCACHEPREFIX": str(cache / "bytecode")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env, cwd=TOP)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def pair(
    name: str, ours: list[str], theirs: list[str], cache: Path, rounds: int, *, slower: bool
) -> None:
    """Run two commands in turn and print the medians and the median of the ratios."""
    # The first run after a change compiles: the store, and the bytecode.
    cpu_s(ours, cache)
    cpu_s(theirs, cache)
    times = [(cpu_s(ours, cache), cpu_s(theirs, cache)) for _ in range(rounds)]
    a, b = (statistics.median(t[i] for t in times) for i in (0, 1))
    ratio = statistics.median((x / y if slower else y / x) for x, y in times)
    kind = "times its CPU" if slower else "times less CPU"
    print(f"{name}: {a * 1000:.0f} ms against {b * 1000:.0f} ms, {ratio:.3g} {kind}")


def main() -> None:
    """Print the three comparisons."""
    python, program = sys.executable, str(TOP / "cli.py")
    shipped = [str(TOP / "ontology.ttl"), str(TOP / "data" / "triples.ttl")]
    saved = ["query", "agreement-parties", "-p", f"agreement={TREATY}", "-f", "csv"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = [python, "-c", "pass"]
        pair(
            "kg --help / python -c pass", [python, program, "--help"], bare, folder, 15, slower=True
        )
        rdflib = [python, "-c", RDFLIB, QUERY]
        pair(
            "one saved query, shipped data / rdflib parsing the same files",
            [python, program, *saved],
            [*rdflib, *shipped],
            folder,
            7,
            slower=False,
        )
        large = str(generate.write(100_000, folder / "generated.ttl"))
        pair(
            "the same with 100,000 generated triples beside / rdflib parsing the same files",
            [python, program, "-d", shipped[1], "-d", large, *saved],
            [*rdflib, *shipped, large],
            folder,
            5,
            slower=False,
        )


if __name__ == "__main__":
    main()
