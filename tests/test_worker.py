"""Queries from strangers: each ends at its limit, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import EXAMPLE, TOP, Run
from pyoxigraph import NamedNode, Triple
from served import until

import kg as kg_package
from kg import files, query, results, saved
from kg.errors import LimitError, QueryError, RefusedError, UnreadableError, UsageError
from kg.sandbox import DEFAULT, Limits
from kg.store import CURATED_GRAPH, Store
from kg.worker import Pool, Worker

#: Short, as each of the hostile ones takes that long.
TIGHT = Limits(timeout_s=1.0, memory_mb=256, rows=200_000, size_mb=50)
CLAIMS = "SELECT (COUNT(*) AS ?n) WHERE { ?c a kg:Claim }"
EVERYTHING = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def children(pid: int) -> set[int]:
    """The processes that a process has started and not yet cleared away, zombies too."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[1]) == pid:
                found.add(int(entry.name))
    return found


def gone(pid: int, within_s: float = 2.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split())[0] == "Z":
                return True  # dead; its new parent has not looked yet
        except OSError:
            return True
        time.sleep(0.02)
    return False


def tree(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def worker(shipped: Store) -> Iterator[Worker]:
    with Worker(shipped) as one:
        yield one


# ---------------------------------------------------------------- the hostile set

_VALUES = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(200)))} }}" for i in range(6))
_DOUBLED = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}, ?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(16))
_REPLACED = " ".join(f"BIND(REPLACE(?x{i}, 'x', 'xxxxxxxxxx') AS ?x{i + 1})" for i in range(11))

STOPPED = {
    "cross join": f"SELECT * WHERE {{ {EVERYTHING} }}",
    "cross join, counted": f"SELECT (COUNT(*) AS ?n) WHERE {{ {EVERYTHING} }}",
    "cross join, sorted": f"SELECT * WHERE {{ {EVERYTHING} }} ORDER BY ?i ?c DESC(?f)",
    "cross join, distinct": f"SELECT DISTINCT ?a ?e ?i WHERE {{ {EVERYTHING} }}",
    "cross join that finds nothing": f"ASK {{ {EVERYTHING} FILTER(CONCAT(STR(?c), STR(?f), STR(?i)) = '-') }}",
    "groups": f"SELECT ?a ?d ?i (COUNT(*) AS ?n) WHERE {{ {EVERYTHING} }} GROUP BY ?a ?d ?i",
    "regex": f"SELECT * WHERE {{ {EVERYTHING} FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)),"
    " '(x+x+)+(.*.*)*[^a]{50}y$')) }",
    "concatenation": "SELECT (GROUP_CONCAT(CONCAT(STR(?c), STR(?f))) AS ?g)"
    f" WHERE {{ {EVERYTHING} }}",
    "doubled string": f"SELECT ?x16 WHERE {{ BIND('xxxx' AS ?x0) {_DOUBLED} }}",
    "replaced string": f"SELECT ?x11 WHERE {{ BIND('x' AS ?x0) {_REPLACED} }}",
    "closure": "SELECT (COUNT(*) AS ?n) WHERE { ?a (kg:x|!kg:x|^kg:x|!^kg:x)* ?b . ?b (!kg:y)* ?c }",
    "product of VALUES": f"SELECT (COUNT(*) AS ?n) WHERE {{ {_VALUES} }}",
    "tower of unions": "SELECT (COUNT(*) AS ?n) WHERE { "
    + " UNION ".join(["{ ?a ?b ?c . ?d ?e ?f }"] * 400)
    + " }",
    "describe everything": f"DESCRIBE ?a ?c ?f ?i WHERE {{ {EVERYTHING} }}",
    "construct everything": f"CONSTRUCT {{ ?a ?e ?i . ?g ?b ?f }} WHERE {{ {EVERYTHING} }}",
    # To say where the error is, beginnings of the query are run, over no data.
    "an error behind a product": f"ASK {{ {_VALUES} FILTER(?v0 + ?v5 = -1) }} garbage",
}


@pytest.mark.parametrize("name", STOPPED)
def test_it_is_stopped_at_its_limit(shipped: Store, worker: Worker, name: str) -> None:
    worker.wait()
    start = time.monotonic()
    with pytest.raises(LimitError) as caught:
        query.run(shipped, STOPPED[name], limits=TIGHT, runner=worker)
    # (It would run for years.)
    assert time.monotonic() - start < TIGHT.timeout_s + 20
    assert caught.value.limit in ("time", "memory", "rows", "size")
    assert caught.value.hint
    assert "\n" not in caught.value.message


REFUSED = {
    "deep groups": "SELECT * WHERE " + "{" * 5000 + "}" * 5000,
    "deep brackets": "ASK { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
    "deep lists": "ASK { ?s ?p " + "( " * 3000 + ") " * 3000 + "}",
    "chain of BINDs": "ASK { " + " ".join(f"BIND(?x{i} AS ?x{i + 1})" for i in range(3000)) + " }",
    "a million rows": "ASK { VALUES ?x { " + "1 " * 1_000_000 + "} }",
    "high tower of unions": "ASK { " + " UNION ".join(["{}"] * 3000) + " }",
    "words that could become a name": "ASK { " + "a." * 45_000,
    "SERVICE": "ASK { SERVICE <http://127.0.0.1:{port}/> {} }",
    "service silent": "ASK { sErViCe SiLeNt <http://127.0.0.1:{port}/> {} }",
    "SERVICE with an escape": "ASK { S\\u0045RVICE <http://127.0.0.1:{port}/> {} }",
    "SERVICE after a comment": "ASK { # }\nSERVICE# {\n<http://127.0.0.1:{port}/> {} }",
    "SERVICE without spaces": "ASK{SERVICE<http://127.0.0.1:{port}/>{}}",
    "SERVICE of a variable": "ASK { VALUES ?u { <http://127.0.0.1:{port}/> } SERVICE ?u {} }",
    "SERVICE in EXISTS": "ASK { FILTER EXISTS { SERVICE <http://127.0.0.1:{port}/> {} } }",
    "LOAD": "LOAD <http://127.0.0.1:{port}/>",
    "load silent": "PREFIX x: <y:>\nload silent <file:///etc/passwd> INTO GRAPH <x:g>",
    "FROM": "SELECT * FROM <http://127.0.0.1:{port}/> { ?s ?p ?o }",
    "from named": "SELECT * from#\nnamed <file:///etc/passwd> { ?s ?p ?o }",
    "an update behind a prologue": "BASE <x:> PREFIX a: <b:> INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_anything_runs(shipped: Store, worker: Worker, name: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        text = REFUSED[name].replace("{port}", str(server.getsockname()[1]))
        start = time.monotonic()
        with pytest.raises(RefusedError):
            query.run(shipped, text, limits=TIGHT, runner=worker)
        assert time.monotonic() - start < 20
        with pytest.raises(BlockingIOError):
            server.accept()


@linux
def test_a_service_that_got_past_the_check_would_reach_nobody(
    shipped: Store, worker: Worker
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.3)
        text = f"ASK {{ SERVICE <http://127.0.0.1:{server.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        with pytest.raises(QueryError, match="gave up"):
            worker.run(text, text, limits=TIGHT)
        with pytest.raises(TimeoutError):
            server.accept()
    assert {"files", "writing", "memory", "parent"} <= set(worker.protections)


@pytest.mark.parametrize(
    ("text", "limits", "limit"),
    [
        ("SELECT * { ?s ?p ?o }", TIGHT._replace(rows=1000), "rows"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", TIGHT._replace(rows=1000), "rows"),
        ("SELECT * { ?s ?p ?o }", TIGHT._replace(size_mb=1), "size"),
        (STOPPED["cross join, counted"], TIGHT._replace(timeout_s=0.2), "time"),
        (STOPPED["doubled string"], TIGHT, "memory"),
    ],
)
def test_the_error_says_which_limit_it_was(
    shipped: Store, worker: Worker, text: str, limits: Limits, limit: str
) -> None:
    with pytest.raises(LimitError) as caught:
        query.run(shipped, text, limits=limits, runner=worker)
    assert caught.value.limit == limit
    # The next one runs at once.
    assert query.run(shipped, "ASK {}", limits=TIGHT, runner=worker).boolean


def test_the_rows_somebody_wants_are_no_error(shipped: Store, worker: Worker) -> None:
    for limit in (1, 500, 5000):
        got = query.run(shipped, "SELECT * { ?s ?p ?o }", limit=limit, runner=worker)
        assert (len(got), got.truncated) == (limit, True)
        assert len(got.rows) == limit
    got = query.run(shipped, "CONSTRUCT WHERE { ?s kg:hasParty ?o }", limit=3, runner=worker)
    assert (len(got), got.truncated) == (3, True)
    few = query.run(shipped, "SELECT * { ?s a kg:Claim } LIMIT 7", limit=7, runner=worker)
    assert (len(few), few.truncated) == (7, False)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?a ?b { VALUES (?a ?b) { ("x\\ny\\t"@en UNDEF) (<x:y> 1.50) ("\\u00e9\\r" true) } }',
        "SELECT * { }",
        "SELECT ?x { ?x a kg:Nothing }",
        "ASK { ?c a kg:Claim }",
        "ASK { ?c a kg:Nothing }",
        "CONSTRUCT { ?s kg:hasParty ?o } WHERE { ?s kg:hasParty ?o }",
        "DESCRIBE claim:example-01",
    ],
)
def test_a_worker_answers_as_the_engine_here_does(example: Store, text: str) -> None:
    here, there = query.run(example, text, trusted=True), query.run(example, text)
    assert (here.kind, here.tsv, here.boolean, here.triples, here.truncated) == (
        there.kind, there.tsv, there.boolean, there.triples, there.truncated)  # fmt: skip


def test_what_was_added_and_not_saved_is_seen() -> None:
    store = Store.open(EXAMPLE)
    node = NamedNode("https://example.org/new")
    store.add_triples([Triple(node, node, node)], graph=CURATED_GRAPH)
    assert query.run(store, f"ASK {{ {node} ?p ?o }}").boolean


# ---------------------------------------------------------------- nothing is left behind


@linux
def test_a_killed_query_leaves_nothing_behind(
    shipped: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shipped.place is not None
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = children(os.getpid()), tree(shipped.place)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for text in (STOPPED["cross join, sorted"], STOPPED["doubled string"], "ASK {}"):
        try:
            query.run(shipped, text, limits=TIGHT._replace(timeout_s=0.3))
        except LimitError:
            assert text != "ASK {}"
    assert (children(os.getpid()), tree(shipped.place)) == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert list(tmp_path.iterdir()) == []


FORKED = """
import os, resource, sys
from kg import query
from kg.errors import LimitError
from kg.store import Store
from kg.sandbox import DEFAULT, Limits
for open_store in (Store.open, lambda: Store.open({example!r})):
    print(query.run(open_store, {claims!r}).tsv.split()[1].decode(), len(os.listdir("/proc/self/task")))
try:
    query.run(Store.open, {bomb!r}, limits=Limits(timeout_s=10, memory_mb=200))
except LimitError as error:
    print(error.limit)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000 < 400)
"""


@linux
def test_before_the_store_is_open_here_a_fork_does_and_a_bomb_stays_within_its_memory() -> None:
    script = FORKED.format(example=str(EXAMPLE), claims=CLAIMS, bomb=STOPPED["doubled string"])
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert int(lines[0].split()[0]) > 300, done.stderr
    assert lines[1:] == ["12 1", "memory", "True"]
    assert lines[0].split()[1] == "1"  # nothing was opened in the parent


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_does_not_outlive_its_parent(number: signal.Signals) -> None:
    slow = STOPPED["cross join, counted"]
    for script in (
        f"from kg import query; from kg.store import Store; query.run(Store.open, {slow!r})",
        f"from kg import query; from kg.store import Store; query.run(Store.open(), {slow!r})",
    ):
        parent = subprocess.Popen(
            [sys.executable, "-c", script], cwd=TOP, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 20
        while not (started := children(parent.pid)) and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.5)
        parent.send_signal(number)
        parent.wait(5)
        assert started
        assert all(gone(pid) for pid in started)


@linux
def test_control_c_ends_the_worker_too(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, str(TOP / "cli.py"), "query", STOPPED["cross join, counted"]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    end = time.monotonic() + 20
    while not (started := children(running.pid)) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert (out, err.count("error: interrupted")) == ("", 1)
    assert started
    assert all(gone(pid) for pid in started)


# ---------------------------------------------------------------- the command line


def test_timeout_is_an_error_of_one_line_and_a_hint(kg: Run) -> None:
    start = time.monotonic()
    result = kg("query", "--timeout", "0.5", STOPPED["cross join, sorted"])
    assert time.monotonic() - start < 5
    assert result.returncode == 3
    assert result.stdout == ""
    assert "error: the query was stopped after 0.5 s\nhint: " in result.stderr
    for impossible in ("0", "-1", "nan", "inf", "soon"):
        assert kg("query", "--timeout", impossible, "ASK {}").returncode == 2


def test_a_timeout_does_not_change_the_answer_of_a_saved_query(kg: Run) -> None:
    arguments = ("query", "motivations-of", "-p", "actor=DPRK", "-f", "csv")
    assert kg(*arguments, "--timeout", "20").stdout == kg(*arguments).stdout


def test_a_saved_query_of_ours_obeys_limits_that_are_given(shipped: Store) -> None:
    ours = saved.load_query("conflicting-values", files.queries_dir())
    assert len(query.run_saved(shipped, ours, {}, resolve=str)) > 5
    with pytest.raises(LimitError) as caught:
        query.run_saved(shipped, ours, {}, resolve=str, limits=TIGHT._replace(rows=5))
    assert caught.value.limit == "rows"


def test_errors_keep_their_place_and_broken_data_its_file(kg: Run, tmp_path: Path) -> None:
    result = kg("query", "SELECT ?x WHERE { ?x a kg:Claim }\nLIMIT many")
    assert (result.returncode, "error: 2:7: unexpected many" in result.stderr) == (3, True)
    broken = tmp_path / "broken.ttl"
    broken.write_bytes(EXAMPLE.read_bytes() + b"\nactor:x kg:statement ; .\n")
    result = kg("-d", str(broken), "query", "ASK {}")
    assert result.returncode == 3
    assert f"error: {broken}:" in result.stderr
    assert kg("-d", "nowhere.ttl", "query", "ASK {}").returncode == 4
    with pytest.raises(UnreadableError) as caught:
        query.run(lambda: Store.open(broken), "ASK {}")
    assert caught.value.line == EXAMPLE.read_bytes().count(b"\n") + 2


@linux
def test_a_worker_that_is_not_needed_after_all_costs_no_time(kg: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.rq"
    own.write_text(
        "#+ summary: Mine\n#+ params:\n#+   x: {type: iri, help: Which}\nSELECT ?x { ?x a ?t }"
    )
    kg("query", "ASK {}")  # compiles the store
    start = time.monotonic()
    result = kg("query", str(own), "-p", "x=Nobody of this name")
    assert result.returncode == 1
    assert time.monotonic() - start < 1.8
    assert kg("query", str(own), "-p", "x=DPRK", "-f", "csv").stdout.startswith("x\n")


@linux
def test_a_pool_survives_that_its_compiled_store_is_swept_away(tmp_path: Path) -> None:
    script = (
        "import shutil; from kg import query; from kg.store import Store\n"
        "from kg.worker import Pool\n"
        f"store = Store.open({str(EXAMPLE)!r}, compiled=True)\n"
        "with Pool(store, workers=1) as pool:\n"
        "    query.run(store, 'ASK {}', runner=pool)\n"
        "    shutil.rmtree(store.place)\n"
        "    for _ in range(4):\n"
        "        print(len(query.run(store, 'SELECT * { ?c a kg:Claim }', runner=pool)))\n"
        "        [one.kill() for one in list(pool._alive)]\n"
        "        [one.close() for one in list(pool._idle)]\n"
        "        pool._idle.clear(); pool._alive.clear()\n"
        "        with pool._changed: pool._changed.notify_all()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, timeout=60,
        env={**os.environ, "KG_CACHE": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.stdout == "12\n" * 4, done.stderr


@linux
def test_a_reader_who_leaves_and_a_full_disk() -> None:
    program = [
        sys.executable,
        str(TOP / "cli.py"),
        "query",
        "SELECT ?s ?p ?o { ?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o)) }",
        "-f",
        "tsv",
    ]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"?s\t?p\t?o\n"
    running.stdout.close()
    assert running.stderr is not None
    with running.stderr as errors:
        assert errors.read() == b""
    assert running.wait(10) == 0
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    assert b"No space left" in done.stderr


# ---------------------------------------------------------------- the pool


def test_ordinary_queries_go_on_beside_a_hostile_one(shipped: Store) -> None:
    """Twenty a second, right answers, none waits long."""
    right = query.run(shipped, CLAIMS, trusted=True).tsv
    ended: list[str] = []

    def attack(pool: Pool) -> None:
        for name in ("cross join, sorted", "doubled string", "cross join, counted"):
            try:
                query.run(shipped, STOPPED[name], limits=TIGHT, runner=pool)
            except LimitError as error:
                ended.append(error.limit)

    with Pool(shipped) as pool:
        query.run(shipped, CLAIMS, runner=pool)
        hostile = threading.Thread(target=attack, args=(pool,))
        hostile.start()
        waits = []
        for _ in range(40):
            start = time.monotonic()
            assert query.run(shipped, CLAIMS, runner=pool).tsv == right
            waits.append(time.monotonic() - start)
            time.sleep(max(0.0, 0.05 - waits[-1]))
        hostile.join()
    assert len(ended) == 3
    assert sorted(waits)[35] < 0.5


@linux
def test_a_crash_is_an_error_for_that_query_only(shipped: Store) -> None:
    with Pool(shipped, workers=2) as pool:
        assert query.run(shipped, "ASK {}", runner=pool).boolean
        caught: list[Exception] = []

        def ask() -> None:
            try:
                query.run(shipped, STOPPED["cross join, counted"], runner=pool)
            except QueryError as error:
                caught.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.5)
        (busy,) = (one for one in pool._alive if one not in pool._idle and one._ready)
        assert busy._process is not None
        os.kill(busy._process.pid, signal.SIGSEGV)
        asking.join(5)
        assert "crashed" in str(caught[0])
        assert query.run(shipped, "ASK {}", runner=pool).boolean
        end = time.monotonic() + 10
        while len(pool._idle) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(pool._idle) == 3  # two to run, one in reserve
    assert all(not one.running for one in pool._alive)


@linux
def test_a_graph_keeps_its_process_and_takes_it_along() -> None:
    before = children(os.getpid())
    graph = kg_package.open()
    assert graph.query("agreement-parties", agreement="agreement:russia-dprk-treaty-2024").rows
    assert children(os.getpid()) == before  # one of ours needs no process
    assert len(graph.query(CLAIMS).rows) == 1
    with pytest.raises(QueryError):
        graph.query("SELECT ?x { ?x ?y }")
    first = children(os.getpid()) - before
    assert first
    graph.query(CLAIMS)
    assert first <= children(os.getpid())
    del graph
    gc.collect()
    assert children(os.getpid()) == before


@linux
def test_a_pool_that_is_full_says_so_and_a_closed_one_has_no_processes(example: Store) -> None:
    before = children(os.getpid())
    limits = TIGHT._replace(timeout_s=20.0)
    stopped: list[Exception] = []

    def ask() -> None:
        try:
            query.run(example, STOPPED["product of VALUES"], limits=limits, runner=pool)
        except (LimitError, UsageError) as error:
            stopped.append(error)

    with Pool(example, workers=1, queue=1, wait_s=0.3) as pool:
        until(lambda: pool.ready)
        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: bool(pool._running))
        with pytest.raises(LimitError, match="no worker was free") as caught:
            query.run(example, "ASK {}", runner=pool)
        assert caught.value.limit == "queue"
    asking.join(5)
    assert len(stopped) == 1
    assert children(os.getpid()) == before
    with pytest.raises(UsageError, match="closed"):
        query.run(example, "ASK {}", runner=pool)


def test_rows_come_as_json_and_are_counted(shipped: Store, worker: Worker) -> None:
    # (Blank nodes have the engine's names there, which are chance.)
    text = (
        "SELECT ?s ?p ?o { ?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o)) }"
        " ORDER BY STR(?s) STR(?p) STR(?o) LANG(?o) LIMIT 2000"
    )

    def asked(limits: Limits) -> bytes:
        return b"".join(worker.answer(text, text, limits=limits, form="json"))

    assert asked(DEFAULT._replace(rows=2000)) == results.write(query.run(shipped, text), "json")
    with pytest.raises(LimitError) as caught:
        asked(DEFAULT._replace(rows=1999))
    assert caught.value.limit == "rows"


def test_an_answer_that_nobody_reads_on_ends_its_worker(shipped: Store, worker: Worker) -> None:
    text = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 1000000"
    answering = worker.answer(text, text)
    next(answering)
    answering.close()
    assert not worker.running
    assert query.run(shipped, "ASK {}", runner=worker).boolean


@linux
def test_a_pool_that_cannot_start_a_process_says_why_and_goes_on_when_it_can(
    tmp_path: Path,
) -> None:
    script = (
        "import os, resource, time; from kg import query; from kg.errors import LimitError\n"
        "from kg.store import Store; from kg.worker import Pool\n"
        f"store = Store.open({str(EXAMPLE)!r})\n"
        "def ask(): return query.run(store, 'ASK {}', runner=pool).boolean\n"
        "with Pool(store, workers=1, wait_s=20) as pool:\n"
        "    print(ask())\n"
        "    was = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (3, was[1]))\n"
        "    while pool.ready or not pool.trouble:\n"
        "        for one in pool.workers: os.kill(one, 9)\n"
        "        time.sleep(0.05)\n"
        "    begun = time.monotonic()\n"
        "    try: ask()\n"
        "    except LimitError as error: print(error.limit, '|', error.message, '|', error.hint)\n"
        "    print(time.monotonic() - begun < 5, pool.ready, pool.trouble)\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, was)\n"
        "    while pool.trouble: time.sleep(0.05)\n"
        "    print(ask(), pool.ready)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, timeout=60,
        env={**os.environ, "KG_CACHE": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "True",
        "workers | no process for queries can be started: Too many open files | try again later",
        "True False Too many open files",
        "True True",
    ], done.stderr
    assert "no process for queries can be started: [Errno 24]" in done.stderr
    assert "Traceback" not in done.stderr
