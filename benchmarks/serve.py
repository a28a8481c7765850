"""Requests per second of ``kg serve`` and of Oxigraph's server, side by side, and under abuse.

wrk asks both in turn, on loopback, the same queries over the same graphs: fresh ones (no
text comes twice) and repeated ones, with answers of about 1 kB and about 50 kB. Then the
fresh small ones are asked once more of ours alone, while another client sends the worst
it has. Bounded: about two and a half minutes with the defaults.

Needs wrk (Debian: apt-get install wrk) and the test packages (oxigraph).
Run: python benchmarks/serve.py [--seconds 5] [--rounds 3] [--connections 8]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from kg.store import Store

JSON = "application/sparql-results+json"
#: How many of ours there are to one of Oxigraph's, at least, by what is asked (the goals).
GOALS = {"1 kB fresh": 0.4, "50 kB fresh": 0.8, "1 kB repeated": 1.0, "50 kB repeated": 1.0}

# What wrk does: each request is the next of the paths; fresh ones end with a comment of
# their own, so that no memory of answers knows them.
_LUA = """
local paths, threads = {}, 0
for line in io.lines(os.getenv("SERVE_PATHS")) do paths[#paths + 1] = line end
local fresh, run = os.getenv("SERVE_FRESH") == "1", os.getenv("SERVE_RUN")
function setup(thread) threads = threads + 1; thread:set("id", threads) end
local n = 0
function request()
  n = n + 1
  local path = paths[(n * 7919 + id) % #paths + 1]
  if fresh then path = path .. "%23" .. run .. "-" .. id .. "-" .. n end
  return wrk.format("GET", path)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "longest": %f, '
    .. '"failed": %d}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    e.status + e.connect + e.read + e.write + e.timeout))
end
"""


class Run(NamedTuple):
    """What a bounded load showed; times in milliseconds."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    longest: float
    failed: int
    #: CPU time of the server and its workers, in all.
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def __str__(self) -> str:
        size = self.bytes / max(self.requests, 1) / 1000
        return (
            f"{self.rate:8,.0f} a second, p50 {self.p50:6.2f} ms, p99 {self.p99:7.2f} ms, "
            f"{1000 * self.cpu_s / max(self.requests, 1):5.2f} ms of CPU and {size:4.1f} kB each, "
            f"{self.failed} failed"
        )


class Server(NamedTuple):
    """A server that runs: its address for queries, and its process."""

    url: str
    pid: int

    @property
    def cpu_s(self) -> float:
        """The CPU time of it and its children so far, those that have ended, too."""
        ticks, found = 0, {self.pid}
        for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda p: int(p.parent.name)):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(stat.parent.name) in found or int(fields[1]) in found:
                    found.add(int(stat.parent.name))
                    ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")


class Load:
    """wrk, with what it needs in a folder."""

    def __init__(self, folder: Path, wrk: str, seconds: int, connections: int) -> None:
        self._folder = folder
        self._command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
        self._runs = 0
        (folder / "mix.lua").write_text(_LUA)

    def run(self, server: Server, queries: list[str], *, fresh: bool) -> Run:
        """Ask for so many seconds."""
        url = server.url
        self._runs += 1
        paths = self._folder / "paths"
        at = "/" + url.split("/", 3)[3]
        paths.write_text("".join(f"{at}?query={quote(text, safe='')}\n" for text in queries))
        before = server.cpu_s
        done = subprocess.run(
            [*self._command, "-H", f"Accept: {JSON}", "-s", self._folder / "mix.lua", url],
            env={
                **os.environ,
                "SERVE_PATHS": str(paths),
                "SERVE_FRESH": str(int(fresh)),
                "SERVE_RUN": str(self._runs),
            },
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        said = json.loads(done.stdout.strip().splitlines()[-1])
        return Run(**said, cpu_s=server.cpu_s - before)


def small(store: Store) -> list[str]:
    """Return queries whose answers have about 1 kB: lookups and short joins around each thing named."""
    labelled = store.engine.query(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        "SELECT DISTINCT ?s { ?s skos:prefLabel ?o FILTER isIRI(?s) } ORDER BY ?s LIMIT 60",
        use_default_graph_as_union=True,
    )
    things = [str(row["s"]) for row in labelled]  # type: ignore[union-attr]
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    return [
        text
        for thing in things
        for text in (
            f"SELECT ?p ?o WHERE {{ {thing} ?p ?o }} LIMIT 6\n",
            f"SELECT ?s ?p WHERE {{ ?s ?p {thing} . ?s a ?class }} LIMIT 5\n",
            f"SELECT ?p ?o ?label WHERE {{ {thing} ?p ?o . ?o {label} ?label }} LIMIT 4\n",
        )
    ]


def large() -> list[str]:
    """Return queries whose answers have about 50 kB."""
    return [f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o }} OFFSET {n} LIMIT 220\n" for n in range(40)]


def _bomb(n: int) -> str:
    values = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(40)))} }}" for i in range(6))
    return (
        "SELECT * " + "{" * 5_000 + "?s ?p ?o" + "}" * 5_000,
        f"SELECT (COUNT(*) AS ?n) {{ {values} FILTER(?v0 + ?v1 > {n}) }}",
        f'SELECT ?s {{ ?s ?p ?o FILTER regex("{"a" * 30}", "(a|a)*{"(a?)" * 30}b{n}$") }}',
        f"SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} ORDER BY ?i ?c # {n}",
    )[n % 4]


@contextmanager
def hostile(address: str, threads: int = 4) -> Iterator[Counter[str]]:
    """Send the worst, from another address of this machine, until the block ends; count answers."""
    host, port = address.split("/")[2].split(":")
    said: Counter[str] = Counter()
    over = threading.Event()

    def send(first: int) -> None:
        n = first
        while not over.is_set():
            # (A client is told by its address: this is not the one that asks ordinary things.)
            connection = http.client.HTTPConnection(
                host, int(port), timeout=60, source_address=("127.0.0.2", 0)
            )
            try:
                fields = {"Content-Type": "application/sparql-query"}
                connection.request("POST", "/sparql", _bomb(n).encode(), fields)
                said[str(connection.getresponse().status)] += 1
            except OSError as error:
                said[type(error).__name__] += 1
                time.sleep(0.1)
            finally:
                connection.close()
            n += threads

    running = [threading.Thread(target=send, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield said
    finally:
        over.set()
        for thread in running:
            thread.join()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def ours(folder: Path, *options: str) -> Iterator[Server]:
    """Serve the shipped data with ``kg serve``."""
    at = free_port()
    command = [sys.executable, str(TOP / "cli.py"), "serve", "--port", str(at), *options]
    environment = {**os.environ, "KG_CACHE": str(folder / "cache"), "PYTHONPATH": str(TOP)}
    with running(command, f"http://127.0.0.1:{at}/readyz", environment) as pid:
        yield Server(f"http://127.0.0.1:{at}/sparql", pid)


@contextmanager
def oxigraph(folder: Path, store: Store) -> Iterator[Server]:
    """Serve the same graphs with Oxigraph."""
    program = str(Path(sys.executable).parent / "oxigraph")
    data, place, at = folder / "data.nq", folder / "oxigraph", f"127.0.0.1:{free_port()}"
    data.write_text("".join(f"{quad} .\n" for quad in store.engine), encoding="utf-8")
    load = [program, "load", "--location", str(place), "--file", str(data)]
    subprocess.run(load, check=True, capture_output=True)
    command = [program, "serve-read-only", "--location", str(place), "--bind", at]
    with running(
        [*command, "--union-default-graph"], f"http://{at}/query?query=ASK%7B%7D", dict(os.environ)
    ) as pid:
        yield Server(f"http://{at}/query", pid)


@contextmanager
def running(command: list[str], ready: str, environment: dict[str, str]) -> Iterator[int]:
    """Run a server until the block ends, and give its process when it is ready."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < end, "the server is not ready"
            try:
                with urllib.request.urlopen(ready, timeout=5):
                    break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def same(one: Server, two: Server, queries: list[str]) -> None:
    """Fail unless both give as many rows to the first queries."""
    for text in queries[:12]:
        counts = []
        for url in (one.url, two.url):
            request = urllib.request.Request(f"{url}?query={quote(text)}", headers={"Accept": JSON})
            with urllib.request.urlopen(request) as answer:
                counts.append(len(json.load(answer)["results"]["bindings"]))
        assert counts[0] == counts[1], (text, counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of each load (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of loads (default 3)")
    parser.add_argument("--connections", type=int, default=8, help="at a time (default 8)")
    parser.add_argument("--only", default="", help="only what has this in its name")
    given = parser.parse_args()
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("error: no wrk here\nhint: apt-get install wrk")
    store = Store.open()
    queries = {"1 kB": small(store), "50 kB": large()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load = Load(folder, wrk, given.seconds, given.connections)
        with ours(folder) as one, oxigraph(folder, store) as two:
            for mix in queries.values():
                same(one, two, mix)
            for server in (one, two):
                # (Each for as long as a load takes: what it starts when it is busy has started then.)
                load.run(server, queries["1 kB"], fresh=True)
            for what, goal in GOALS.items():
                if given.only in what:
                    mix = queries[re.sub(r" \w+$", "", what)]
                    fresh = what.endswith("fresh")
                    _pair(load, what, goal, (one, two), mix, given.rounds, fresh=fresh)
        if given.only in "hostile":
            with ours(folder, "--timeout", "5") as one:
                alone = load.run(one, queries["1 kB"], fresh=True)
                print(f"alone              {alone}")
                with hostile(one.url) as said:
                    beside = load.run(one, queries["1 kB"], fresh=True)
                print(f"beside a hostile   {beside}, longest {beside.longest:.0f} ms")
                print(f"  it was answered  {dict(said)}")
                print(f"  goal: p99 below 1,000 ms and none failed: {_met(beside)}")


def _met(beside: Run) -> str:
    return "met" if beside.p99 < 1000 and beside.failed == 0 else "MISSED"


def _pair(
    load: Load,
    what: str,
    goal: float,
    servers: tuple[Server, Server],
    mix: list[str],
    rounds: int,
    *,
    fresh: bool,
) -> None:
    pairs = []
    for turn in range(rounds):
        # (Who is first changes.)
        order = servers if turn % 2 == 0 else servers[::-1]
        found = {server: load.run(server, mix, fresh=fresh) for server in order}
        pairs.append((found[servers[0]], found[servers[1]]))
    rate = statistics.median(one.rate / two.rate for one, two in pairs)
    tail = statistics.median(one.p99 / two.p99 for one, two in pairs)
    work = statistics.median(
        (two.cpu_s / two.requests) / (one.cpu_s / one.requests) for one, two in pairs
    )
    middle = sorted(pairs, key=lambda pair: pair[0].rate / pair[1].rate)[len(pairs) // 2]
    print(f"{what:14} ours     {middle[0]}")
    print(f"{'':14} oxigraph {middle[1]}")
    said = "met" if rate >= goal else "MISSED"
    print(
        f"{'':14} ratio {rate:.2f} (goal {goal:g}: {said}), p99 {tail:.1f} times its, "
        f"{work:.2f} by CPU time",
        flush=True,
    )


if __name__ == "__main__":
    main()
