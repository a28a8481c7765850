"""A server kept busy for a while: workers are killed, data is swapped, hostile queries come.

Ordinary clients ask on, and check each answer against what the data was when they asked.
At the end: their failures, how many of them ran in a worker when it was killed, and the
memory of the server over time. It exits 1 when an ordinary request failed otherwise, or
memory grew. Bounded by --minutes. Run: python benchmarks/soak.py [--minutes 20]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "benchmarks")]

from serve import free_port, hostile, running

from kg.workspace import Workspace

E = "http://e.example/"
GRAPH = "https://w3id.org/gambit/id/graph/soak"
ROWS = 2_000
#: How long after a kill a failure is one of a query that was in flight.
_IN_FLIGHT_S = 2.0
#: The memory of the last third may be so many times that of the second, before it counts as grown.
_FLAT = 1.1


class Soak:
    """What happens, and what has been seen."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "graphs" / "soak.ttl"
        self.asked: Counter[str] = Counter()
        self.failed: list[tuple[float, str]] = []
        self.kills: list[float] = []
        self.versions = 0
        self.memory: list[tuple[float, float]] = []
        self.over = threading.Event()

    def swap(self) -> None:
        """Write the next version of the data, whole or not at all."""
        version = self.versions + 1
        lines = [f"<{E}a{n}> <{E}p> {n} ; <{E}version> {version} .\n" for n in range(ROWS)]
        fresh = self.file.with_suffix(".new")
        fresh.write_text("".join(lines), encoding="utf-8")
        # (Before it can be seen: an answer may have it from now on.)
        self.versions = version
        fresh.replace(self.file)

    def ordinary(self, port: int, seed: int) -> None:
        """Ask small and middling queries, one after the other, until it is over.

        Every other client keeps its connection, and asks mostly small ones: readers get those.
        """
        chosen = random.Random(seed)
        keeps = seed % 2 == 1
        connection = None
        while not self.over.is_set():
            node = chosen.randrange(ROWS)
            kind, text, rows = chosen.choice(
                [
                    (
                        "small",
                        f"SELECT ?v {{ <{E}a{node}> <{E}version> ?v }} #{chosen.random()}",
                        1,
                    ),
                    ("repeated", f"SELECT ?v {{ <{E}a{node % 5}> <{E}version> ?v }}", 1),
                    (
                        "in a worker",
                        f"SELECT (MAX(?v) AS ?v) {{ ?s <{E}version> ?v }} #{chosen.random()}",
                        1,
                    ),
                    (
                        "large",
                        f"SELECT ?v {{ ?s <{E}version> ?v . ?s <{E}p> ?n FILTER(?n + 1 > 0) }} "
                        f"#{chosen.random()}",
                        ROWS,
                    ),
                ]
            )
            if keeps and chosen.random() < 0.95:
                kind, rows = "small, kept", 1
                text = f"SELECT ?v {{ <{E}a{node}> <{E}version> ?v }} #{chosen.random()}"
            connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            if not self._ask(connection, kind, text, rows) or not keeps:
                connection.close()
                connection = None
            time.sleep(0.02)
        if connection is not None:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, kind: str, text: str, rows: int) -> bool:
        """Ask once, and return whether all went well."""
        earliest = self.versions
        try:
            connection.request("GET", f"/sparql?query={quote(text)}")
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise OSError(f"{answer.status} {content[:200]!r}")
            found = [row["v"]["value"] for row in json.loads(content)["results"]["bindings"]]
            # All of one version: not older by more than the time a swap takes, and not mixed.
            if len(found) != rows or len(set(found)) != 1:
                raise OSError(f"{len(found)} rows of versions {sorted(set(found))[:5]}")
            if not max(1, earliest - 3) <= int(found[0]) <= self.versions:
                raise OSError(f"version {found[0]}, when {earliest} to {self.versions} was there")
            self.asked[kind] += 1
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failed.append((time.monotonic(), f"{kind}: {type(error).__name__} {error}"))
            return False
        return True

    def unexplained(self) -> list[str]:
        """Return the failures that no kill explains."""
        return [
            said
            for when, said in self.failed
            if not any(0 <= when - kill < _IN_FLIGHT_S for kill in self.kills)
        ]


def workers(pid: int) -> list[int]:
    """Return the processes of the server's workers."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]


def resident_mb(pid: int) -> float:
    """Return the memory that a process has to itself; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    return 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "research"
        Workspace.create(folder, shipped=False)
        manifest = {"format": 1, "graphs": {GRAPH: {"file": "graphs/soak.ttl"}}}
        (folder / "gambit.json").write_text(json.dumps(manifest), encoding="utf-8")
        soak, port = Soak(folder), free_port()
        soak.swap()
        command = [sys.executable, str(TOP / "cli.py"), "--workspace", str(folder), "serve"]
        environment = {**os.environ, "KG_CACHE": f"{name}/cache", "PYTHONPATH": str(TOP)}
        with running(
            [*command, "--port", str(port), "--timeout", "3"],
            f"http://127.0.0.1:{port}/readyz",
            environment,
        ) as pid:
            _run(soak, port, pid, 60 * given.minutes, given.clients)
    return _report(soak)


def _run(soak: Soak, port: int, pid: int, seconds: float, clients: int) -> None:
    threads = [threading.Thread(target=soak.ordinary, args=(port, seed)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    begun, chosen = time.monotonic(), random.Random(7)
    try:
        with hostile(f"http://127.0.0.1:{port}/sparql", threads=2) as said:
            while (passed := time.monotonic() - begun) < seconds:
                time.sleep(1)
                turn = int(passed)
                if turn % 7 == 6 and (there := workers(pid)):
                    soak.kills.append(time.monotonic())
                    os.kill(chosen.choice(there), signal.SIGKILL)
                if turn % 11 == 10:
                    soak.swap()
                if turn % 5 == 0:
                    soak.memory.append((passed, resident_mb(pid)))
                if turn % 60 == 59:
                    print(f"{turn // 60 + 1:3} min: {_state(soak)}", flush=True)
            print(f"hostile requests were answered {dict(said)}")
    finally:
        soak.over.set()
        for thread in threads:
            thread.join()


def _state(soak: Soak) -> str:
    held = soak.memory[-1][1] if soak.memory else 0
    return (
        f"{soak.asked.total():,} answered, {len(soak.failed)} failed, {len(soak.kills)} kills, "
        f"{soak.versions} versions, {held:.0f} MB"
    )


def _report(soak: Soak) -> int:
    third = len(soak.memory) // 3
    middle = statistics.median(mb for _, mb in soak.memory[third : 2 * third])
    last = statistics.median(mb for _, mb in soak.memory[2 * third :])
    unexplained = soak.unexplained()
    print(f"answered: {dict(soak.asked)}")
    print(f"failed: {len(soak.failed)}, of them not within moments of a kill: {len(unexplained)}")
    for said, often in Counter(said[:150] for said in unexplained).most_common(10):
        print(f"  {often} x {said}")
    print(f"kills: {len(soak.kills)}, versions of the data: {soak.versions}")
    print(f"memory of the server: {middle:.0f} MB in the second third, {last:.0f} MB in the last")
    flat = last <= _FLAT * middle
    print(f"memory is {'flat' if flat else 'NOT flat'}")
    return 0 if flat and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
