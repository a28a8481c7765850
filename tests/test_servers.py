"""The same answers from two real servers, started here on loopback, as from the files.

Oxigraph's server comes with the test dependencies. Virtuoso's is Debian's
``virtuoso-opensource-7-bin``; without it those tests are skipped, unless
``KG_REQUIRE_SERVERS=1``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import DATA, Run

from kg import files, query, saved, sparql, transfer
from kg.cli.program import run
from kg.endpoint import Endpoint
from kg.errors import LimitError
from kg.names import resolve
from kg.patience import within
from kg.results import Result
from kg.store import CURATED_GRAPH, ONTOLOGY_GRAPH, Store

_VIRTUOSO_INI = """
[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = v-temp.db
TransactionFile = v-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
MaxMemPoolSize = 800000000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 6
[SPARQL]
ResultSetMaxRows = 1000000
"""


class Running(NamedTuple):
    """A server that runs: its address for queries, and the credentials it wants for writing."""

    name: str
    url: str
    environment: dict[str, str]


@pytest.fixture(autouse=True)
def _no_credentials_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("KG_ENDPOINT", "KG_ENDPOINT_USER", "KG_ENDPOINT_PASSWORD", "KG_ENDPOINT_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _missing(what: str) -> None:
    if os.environ.get("KG_REQUIRE_SERVERS") == "1":
        pytest.fail(what)
    pytest.skip(what)


def _oxigraph(folder: Path) -> tuple[list[str], Running]:
    beside = Path(sys.executable).parent / "oxigraph"
    program = str(beside) if beside.exists() else shutil.which("oxigraph")
    if program is None:
        _missing("no oxigraph: pip install oxigraph")
    port = _free_port()
    command = [str(program), "serve", "--bind", f"127.0.0.1:{port}"]
    return command, Running("oxigraph", f"http://127.0.0.1:{port}/query", {})


def _virtuoso(folder: Path) -> tuple[list[str], Running]:
    program = shutil.which("virtuoso-t")
    if program is None:
        _missing("no virtuoso-t: apt-get install virtuoso-opensource-7-bin")
    http = _free_port()
    (folder / "virtuoso.ini").write_text(_VIRTUOSO_INI.format(sql=_free_port(), http=http))
    # The administrator of an empty database may write, with Digest authentication.
    writer = {"KG_ENDPOINT_USER": "dba", "KG_ENDPOINT_PASSWORD": "dba"}
    command = [str(program), "+foreground", "+configfile", "virtuoso.ini"]
    return command, Running("virtuoso", f"http://127.0.0.1:{http}/sparql", writer)


@pytest.fixture(scope="module", params=[_oxigraph, _virtuoso], ids=["oxigraph", "virtuoso"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A server with the shipped data and the ontology, pushed by us."""
    folder = tmp_path_factory.mktemp("server")
    command, server = request.param(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(server.url, process, folder / "log")
            with pytest.MonkeyPatch.context() as patch:
                for name, value in server.environment.items():
                    patch.setenv(name, value)
                store = Store.open()
                for graph in store.inputs:
                    transfer.push(Endpoint(server.url), store, graph, chunk_bytes=200_000)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-500:]}")


# ---------------------------------------------------------------- saved queries

QUERIES = saved.load_queries(files.queries_dir())


def _given(found: saved.SavedQuery, *, everything: bool) -> dict[str, str]:
    needed = {p.name for p in found.params if p.default is None and not p.optional}
    return {name: v for name, v in found.examples.items() if everything or name in needed}


#: What a server cannot do, measured with 7.2.5; docs/endpoints.md says so.
NOT_THERE = {
    ("virtuoso", "chains-between"): "takes this server more than a minute",
    ("virtuoso", "obligations-on"): "this server loses rows of it in one run of three",
    ("virtuoso", "interested-parties"): "this server loses rows of it now and then",
    ("virtuoso", "structured-ties"): "this server's compiler gives up on it (SP031)",
}


def _rows(result: Result, text: str) -> object:
    if result.kind != "select":
        return (result.boolean, result.triples)
    return result.cells if sparql.outline(text).ordered else sorted(result.cells)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_saved_query_answers_alike_on_a_server(
    shipped: Store, running: Running, name: str
) -> None:
    if reason := NOT_THERE.get((running.name, name)):
        pytest.skip(reason)
    found = QUERIES[name]
    remote = Store.remote(running.url)
    for everything in {False, any(p.optional or p.default for p in found.params)}:
        given = _given(found, everything=everything)
        expected, actual = (
            query.run_saved(store, found, given, resolve=lambda text: resolve(shipped, text))
            for store in (shipped, remote)
        )
        assert actual.variables == expected.variables
        assert sorted(actual.cells) == sorted(expected.cells)
        if running.name != "virtuoso":  # it sorts by the first key only, now and then
            assert _rows(actual, found.text) == _rows(expected, found.text)


def test_enough_saved_queries_have_an_answer_to_compare(shipped: Store) -> None:
    answered = 0
    for found in QUERIES.values():
        given = _given(found, everything=False)
        answered += not query.run_saved(
            shipped, found, given, resolve=lambda text: resolve(shipped, text)
        ).empty
    assert answered >= len(QUERIES) // 2


# ---------------------------------------------------------------- the verbs

VERBS = [
    ["info", "--coverage"],
    ["search", "korea"],
    ["search", "troop", "--claims"],
    ["show", "DPRK"],
    ["show", "agreement:russia-dprk-treaty-2024", "--json"],
    ["why", "claim:bipss-001"],
    ["why", "event:deployment-2024", "kg:recipient", "Russia"],
    ["query", "conflicting-values", "--cite"],
    ["query", "ASK { actor:dprk ?p ?o }"],
    ["query", "CONSTRUCT { ?s kg:hasParty ?o } WHERE { ?s kg:hasParty ?o }", "-f", "turtle"],
    ["neighbors", "DPRK", "--include-hedged"],
    ["path", "DPRK", "Japan", "--include-hedged"],
    ["timeline", "--about", "DPRK"],
    ["contested", "--cite"],
    ["analyze", "corroboration", "agreement:russia-dprk-treaty-2024"],
    ["analyze", "centrality", "--json"],
    ["analyze", "balance", "--include-hedged"],
    ["analyze", "communities", "--as-of", "2024-12-31"],
    ["analyze", "compare", "1990", "2024-12-31", "--projection", "signed"],
    ["sensitivity", "relations", "--exclude-source", "Deutsche Welle"],
    [
        "path",
        "event:deployment-2024",
        "condition:multi-theatre-confrontation",
        "--projection",
        "causal",
    ],
    ["export", "turtle"],
    ["export", "graphml", "--include-hedged"],
    ["verify", "--sources", str(DATA / "sources")],
    ["show", "nobody of that name"],
]


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_verb_says_the_same_on_a_server(
    running: Running, arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    local = (run(arguments), capsysbinary.readouterr())
    remote = (run(["--endpoint", running.url, *arguments]), capsysbinary.readouterr())
    assert remote == local


def test_info_names_the_server_and_counts_alike(kg: Run, running: Running) -> None:
    local, remote = kg("info"), kg("--endpoint", running.url, "info")
    place = str(files.triples_path())
    ontology = str(files.ontology_path())
    assert running.url in remote.stdout
    there = remote.stdout.replace(running.url, "").split()
    assert there == local.stdout.replace(place, "").replace(ontology, "").split()


def test_view_draws_the_same_page(kg: Run, running: Running, shipped: Store) -> None:
    local = kg("view", "--to", "-")
    remote = kg("--endpoint", running.url, "view", "--to", "-")
    there = remote.stdout.replace("Data from a server", f"Data {shipped.key[:12]}")
    assert there.replace('"data":""', f'"data":"{shipped.key}"') == local.stdout


def test_validate_finds_the_same(kg: Run, running: Running) -> None:
    local, remote = kg("validate"), kg("--endpoint", running.url, "validate")
    assert remote.returncode == local.returncode
    assert remote.stdout == local.stdout.replace(str(files.triples_path()), "graph:curated")


# ---------------------------------------------------------------- push and pull


def test_what_is_pulled_is_the_file_that_was_pushed(
    kg: Run, running: Running, tmp_path: Path
) -> None:
    target = tmp_path / "out.ttl"
    done = kg("pull", "--endpoint", running.url, "--to", str(target), **running.environment)
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == files.triples_path().read_bytes()


def test_the_ontology_comes_back_with_its_blank_nodes_together(
    kg: Run, running: Running, tmp_path: Path, shipped: Store
) -> None:
    target = tmp_path / "out.nt"
    named = ["--graph", ONTOLOGY_GRAPH.value, "--to", str(target)]
    done = kg("pull", "--endpoint", running.url, *named, **running.environment)
    assert done.returncode == 0, done.stderr
    import rdflib
    from rdflib.compare import isomorphic

    theirs = rdflib.Graph().parse(target, format="nt")
    ours = rdflib.Graph().parse(files.ontology_path(), format="turtle")
    assert isomorphic(theirs, ours)


def test_pushing_again_replaces_and_somebody_elses_graph_stays(
    kg: Run, running: Running, shipped: Store
) -> None:
    again = kg("push", "--endpoint", running.url, "--chunk-mb", "0.2", **running.environment)
    assert again.returncode == 0, again.stderr
    size = sum(1 for _ in shipped.engine.quads_for_pattern(None, None, None, CURATED_GRAPH))
    assert f"{size:,} triples" in again.stderr
    assert f"in place of {size:,}" in again.stderr


def test_a_server_that_wants_credentials_says_so(kg: Run, running: Running) -> None:
    if not running.environment:
        pytest.skip("Oxigraph's server knows no credentials")
    refused = kg("push", "--endpoint", running.url)
    assert refused.returncode == 4
    assert "Permission denied" in refused.stderr
    wrong = {**running.environment, "KG_ENDPOINT_PASSWORD": "hunter2"}
    refused = kg("push", "--endpoint", running.url, **wrong)
    assert refused.returncode == 4
    assert "401" in refused.stderr
    assert "hunter2" not in refused.stderr


# (The last one: Oxigraph goes on with it until it is ended itself.)
def test_a_question_is_given_up_in_time_and_no_part_is_taken_for_the_whole(
    running: Running,
) -> None:
    endpoint = Endpoint(running.url)
    graphs = endpoint.graphs()
    product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    begun = time.monotonic()
    with pytest.raises(LimitError) as caught, within(1.5):
        endpoint.query(product, graphs=graphs)
    assert caught.value.limit == "time"
    assert time.monotonic() - begun < 4
    with within(20):
        assert endpoint.query("ASK { ?s ?p ?o }", graphs=graphs).boolean
