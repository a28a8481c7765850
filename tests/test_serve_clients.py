"""Programs that others wrote, pointed at a served graph: what they ask for is what they get.

SPARQLWrapper, rdflib's SPARQLStore and curl are among the tests' own needs. Comunica and
Yasgui are npm packages: ``KG_NPM`` names a folder that has them in its ``node_modules``
(copy tests/clients/package.json there and run ``npm install``); without it their tests
are skipped, unless ``KG_REQUIRE_CLIENTS=1``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from served import Server, serving, until, workspace
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed
from test_page import FLAGS, chromium

CLIENTS = Path(__file__).resolve().parent / "clients"
GRAPH = "https://w3id.org/gambit/id/graph/"
E = "http://e.example/"
ONE = f"<{E}a> <{E}p> 1 ; <{E}name> 'Älpha'@de ."
TWO = f"<{E}b> <{E}p> 2 ; <{E}of> [ <{E}p> 3 ] ."
ROWS = f"SELECT ?s ?o {{ ?s <{E}p> ?o FILTER isIRI(?s) }} ORDER BY ?s"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(workspace(tmp_path_factory.mktemp("two"), one=ONE, two=TWO)) as running:
        yield running


def absent(what: str) -> NoReturn:
    if os.environ.get("KG_REQUIRE_CLIENTS") == "1":
        pytest.fail(f"{what} is required here")
    pytest.skip(f"no {what} on this machine")


# ---------------------------------------------------------------- SPARQLWrapper


def _wrapped(server: Server, text: str, form: str = JSON) -> SPARQLWrapper:
    client = SPARQLWrapper(f"{server.address}/sparql")
    client.setQuery(text)
    client.setReturnFormat(form)
    return client


@pytest.mark.parametrize(
    ("method", "encoding"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper_gets_rows_however_it_sends_the_query(
    server: Server, method: str, encoding: str
) -> None:
    client = _wrapped(server, ROWS)
    client.setMethod(method)
    client.setRequestMethod(encoding)
    rows = client.queryAndConvert()["results"]["bindings"]
    assert [(row["s"]["value"], row["o"]["value"]) for row in rows] == [
        (f"{E}a", "1"),
        (f"{E}b", "2"),
    ]
    assert rows[0]["o"]["datatype"].endswith("#integer")


def test_sparqlwrapper_reads_every_form_of_rows_that_it_knows(server: Server) -> None:
    said = _wrapped(server, ROWS, XML).queryAndConvert().toxml()
    assert "<uri>http://e.example/a</uri>" in said
    assert _wrapped(server, ROWS, CSV).queryAndConvert().decode().split() == [
        "s,o",
        f"{E}a,1",
        f"{E}b,2",
    ]
    assert _wrapped(server, ROWS, TSV).queryAndConvert().decode().splitlines()[1] == f"<{E}a>\t1"


@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML])
def test_sparqlwrapper_reads_triples_in_the_forms_it_asks_for(server: Server, form: str) -> None:
    found = _wrapped(server, f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o ; <{E}name> [] }}", form)
    # (Its own conversion of RDF/XML makes a graph of a class that rdflib has given up.)
    answer = found.query().response
    graph = rdflib.Graph().parse(data=answer.read(), format=answer.headers.get_content_type())
    assert set(graph.objects(rdflib.URIRef(f"{E}a"))) == {
        rdflib.Literal(1),
        rdflib.Literal("Älpha", lang="de"),
    }


def test_sparqlwrapper_asks_and_narrows_the_graphs_and_hears_of_a_mistake(server: Server) -> None:
    ask = f"ASK {{ <{E}b> <{E}p> 2 }}"
    narrowed = _wrapped(server, ask)
    narrowed.addDefaultGraph(f"{GRAPH}one")
    assert _wrapped(server, ask).queryAndConvert()["boolean"] is True
    assert narrowed.queryAndConvert()["boolean"] is False
    with pytest.raises(QueryBadFormed, match="line"):
        _wrapped(server, "SELECT ?s {\n ?s ?p }").query()


# ---------------------------------------------------------------- rdflib's SPARQLStore


def test_sparqlstore_reads_rows_triples_and_yes_or_no(server: Server) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server.address}/sparql"))
    assert [(str(s), o.toPython()) for s, o in graph.query(ROWS)] == [(f"{E}a", 1), (f"{E}b", 2)]
    made = graph.query(f"CONSTRUCT {{ ?s <{E}had> ?o }} {{ ?s <{E}p> ?o FILTER(?o < 3) }}").graph
    assert made is not None
    assert len(made) == 2
    assert graph.query(f"ASK {{ <{E}a> <{E}p> 1 }}").askAnswer is True
    assert graph.query(f"ASK {{ <{E}a> <{E}p> 2 }}").askAnswer is False
    assert (rdflib.URIRef(f"{E}a"), rdflib.URIRef(f"{E}p"), rdflib.Literal(1)) in graph
    assert graph.value(rdflib.URIRef(f"{E}a"), rdflib.URIRef(f"{E}name")) == rdflib.Literal(
        "Älpha", lang="de"
    )
    # (What is in no graph of its own is the ontology's, which is there as well.)
    with server.live.now() as state:
        assert len(graph) == len(state.store.engine)


def test_sparqlstore_sees_each_named_graph_alone_and_says_which_has_a_triple(
    server: Server,
) -> None:
    store = SPARQLStore(f"{server.address}/sparql")
    for name, node in (("one", "a"), ("two", "b")):
        graph = rdflib.Graph(store, identifier=rdflib.URIRef(GRAPH + name))
        subjects = {
            s for s in graph.subjects(rdflib.URIRef(f"{E}p")) if isinstance(s, rdflib.URIRef)
        }
        assert subjects == {rdflib.URIRef(E + node)}
    found = {
        context.identifier if isinstance(context, rdflib.Graph) else context
        for context in store.contexts()
    }
    assert {str(name) for name in found} >= {f"{GRAPH}one", f"{GRAPH}two"}


def test_sparqlstore_can_send_every_method(server: Server) -> None:
    for method in ("GET", "POST", "POST_FORM"):
        store = SPARQLStore(f"{server.address}/sparql", method=method)
        assert len(list(rdflib.Graph(store).query(ROWS))) == 2


# ---------------------------------------------------------------- curl


def _curl(*arguments: str, status: int = 200, typed: str | None = None) -> str:
    """Return what curl prints; the status is the last thing it says."""
    found = shutil.which("curl") or absent("curl")
    done = subprocess.run(
        [
            found,
            "--silent",
            "--show-error",
            "--max-time",
            "30",
            "--write-out",
            "\n%{http_code}",
            *arguments,
        ],
        capture_output=True,
        input=typed,
        encoding="utf-8",
        check=True,
    )
    said, _, code = done.stdout.rpartition("\n")
    assert int(code) == status, said
    return said


def test_curl_gets_the_same_rows_by_get_form_and_direct_post(
    server: Server, tmp_path: Path
) -> None:
    address = f"{server.address}/sparql"
    file = tmp_path / "query.rq"
    file.write_text(ROWS, encoding="utf-8")
    direct = ("-H", "Content-Type: application/sparql-query", "--data-binary")
    said = {
        _curl("--get", "--data-urlencode", f"query={ROWS}", address),
        _curl("--data-urlencode", f"query={ROWS}", address),
        _curl("--data-urlencode", f"query@{file}", address),
        _curl(*direct, f"@{file}", address),
        _curl(*direct, "@-", address, typed=ROWS),
        _curl(*direct, f"@{file}", "--compressed", address),
        _curl(*direct, f"@{file}", "-H", "Transfer-Encoding: chunked", f"{address}/"),
        _curl(*direct, f"@{file}", "-H", "Expect: 100-continue", address),
        _curl("--http1.0", "--data-urlencode", f"query={ROWS}", address),
    }
    assert len(said) == 1
    assert len(json.loads(said.pop())["results"]["bindings"]) == 2


def test_curl_chooses_a_form_by_field_or_parameter(server: Server) -> None:
    asked = ("--get", "--data-urlencode", f"query={ROWS}", f"{server.address}/sparql")
    csv = _curl("-H", "Accept: text/csv", *asked)
    assert csv == _curl("--data-urlencode", "format=csv", *asked)
    assert csv.splitlines() == ["s,o", f"{E}a,1", f"{E}b,2"]
    _curl("-H", "Accept: image/png", *asked, status=406)


def test_curl_sees_the_head_the_options_and_what_has_not_changed(server: Server) -> None:
    address = f"{server.address}/sparql"
    asked = ("--get", "--data-urlencode", f"query={ROWS}", address)
    head = _curl("--head", *asked)
    tag = next(line[6:] for line in head.splitlines() if line.lower().startswith("etag: "))
    assert _curl("-H", f"If-None-Match: {tag.strip()}", *asked, status=304) == ""
    options = _curl("-i", "-X", "OPTIONS", address, status=204)
    assert "allow: GET, HEAD, POST, OPTIONS" in options.replace("Allow", "allow")
    described = _curl("-H", "Accept: text/turtle", address)
    assert "http://www.w3.org/ns/sparql-service-description#Service" in {
        str(found)
        for found in rdflib.Graph()
        .parse(data=described, format="turtle", publicID=address)
        .objects(None, rdflib.RDF.type)
    }


def test_curl_names_graphs_and_is_refused_what_is_not_to_be_had(server: Server) -> None:
    address = f"{server.address}/sparql"
    asked = ("--get", "--data-urlencode", f"query={ROWS}")
    one = ("--data-urlencode", f"default-graph-uri={GRAPH}one")
    assert len(json.loads(_curl(*asked, *one, address))["results"]["bindings"]) == 1
    problem = _curl("--data-urlencode", "query=SELECT ?s {\n ?s ?p }", address, status=400)
    assert json.loads(problem)["line"] == 2
    _curl("--data-urlencode", "update=CLEAR ALL", address, status=403)
    _curl("-X", "DELETE", address, status=405)
    whole = _curl("--get", "--data-urlencode", f"graph={GRAPH}one", f"{server.address}/graphs")
    assert len(rdflib.Graph().parse(data=whole, format="turtle")) == 2


# ---------------------------------------------------------------- Comunica and Yasgui


@pytest.fixture(scope="module")
def npm() -> Path:
    """The folder whose ``node_modules`` has the clients."""
    folder = Path(os.environ.get("KG_NPM") or absent("folder with Comunica and Yasgui (KG_NPM)"))
    if not (folder / "node_modules").is_dir():
        absent(f"node_modules in {folder}")
    return folder


@contextmanager
def oxigraph(folder: Path, data: str) -> Iterator[str]:
    """Serve data with Oxigraph, and give the address for queries."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.exists():
        absent("oxigraph beside Python (pip install oxigraph)")
    (folder / "data.nt").write_text(data, encoding="utf-8")
    store = ("--location", str(folder / "store"))
    subprocess.run(
        [program, "load", *store, "--file", folder / "data.nt"], check=True, capture_output=True
    )
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{found.getsockname()[1]}"
    running = subprocess.Popen(
        [program, "serve-read-only", *store, "--bind", at],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://{at}/query?query=ASK%7B%7D", timeout=5):
                return True
        except OSError:
            return False

    try:
        until(answers)
        yield f"http://{at}/query"
    finally:
        running.terminate()
        running.wait(20)


def test_comunica_joins_what_is_here_with_what_another_server_has(
    server: Server, npm: Path, tmp_path: Path
) -> None:
    node = shutil.which("node") or absent("Node")
    join = f"SELECT ?s ?o ?label {{ ?s <{E}p> ?o . ?s <{E}label> ?label }}"
    with oxigraph(tmp_path, f'<{E}a> <{E}label> "from elsewhere" .') as other:
        done = subprocess.run(
            [node, CLIENTS / "comunica.cjs", npm, join, f"{server.address}/sparql", other],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"s": f"{E}a", "o": "1", "label": "from elsewhere"}]


@pytest.fixture
def elsewhere(npm: Path) -> Iterator[str]:
    """The address of a page with Yasgui in it: another origin than the server's."""
    built = npm / "node_modules" / "@zazuko" / "yasgui" / "build"

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def translate_path(self, path: str) -> str:
            name = Path(path.partition("?")[0]).name
            return str(built / name if name else CLIENTS / "yasgui.html")

    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()
    thread.join(5)


@pytest.mark.browser
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_yasgui_on_a_page_of_another_origin_shows_our_rows(
    server: Server, elsewhere: str, method: str
) -> None:
    from playwright.sync_api import sync_playwright

    path = chromium() or absent("Chromium")
    before = server.ask("/metrics").body.decode()
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=path, args=FLAGS).new_page()
        # (It asks a foreign catalogue of prefixes; nothing here leaves the machine.)
        page.route(lambda url: not url.startswith("http://127.0.0.1:"), lambda route: route.abort())
        page.goto(elsewhere)
        page.evaluate("given => ask(given)", [f"{server.address}/sparql", method, ROWS])
        page.wait_for_selector(".yasr_results table tbody tr")
        shown = page.inner_text(".yasr_results table tbody")
        assert f"{E}a" in shown
        assert f"{E}b" in shown
        # What the browser may read of another origin is what we say it may.
        seen = page.evaluate(
            """async (address) => {
                const answer = await fetch(address + "?query=ASK%7B%7D");
                const tag = answer.headers.get("etag");
                const again = await fetch(address + "?query=ASK%7B%7D",
                                          {headers: {"If-None-Match": tag}});
                return [answer.status, Boolean(tag), again.status];
            }""",
            f"{server.address}/sparql",
        )
    assert seen == [200, True, 304]
    assert f'method="{method}"' in server.ask("/metrics").body.decode().replace(before, "")
