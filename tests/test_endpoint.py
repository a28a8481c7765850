"""Endpoints that behave, and endpoints that do not: every failure has its own words and code."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import EXAMPLE, Run
from sparql_server import (
    JSON,
    Behaviour,
    Handler,
    Request,
    Server,
    breaks_off,
    breaks_off_chunked,
    drips,
    says,
    serving,
    sleeps,
)

from kg import endpoint as room
from kg import query, transfer, turtle
from kg.endpoint import Endpoint, graph_store_of
from kg.errors import EndpointError, KgError, LimitError, QueryError, RefusedError, UsageError
from kg.store import CURATED_GRAPH, ONTOLOGY_GRAPH, Store
from kg.vocab import REGISTER_GRAPH

SELECT = "SELECT ?a WHERE { ?a ?p ?o }"
ROW = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"uri","value":"urn:x"}}]}}'
XML = (
    b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
    b'<variable name="a"/></head><results><result><binding name="a"><uri>urn:x</uri></binding>'
    b"</result></results></sparql>"
)
EXAMPLE_GRAPH = ox.NamedNode("https://w3id.org/gambit/id/graph/example")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _quick_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "BACKOFF_S", 0.01)
    monkeypatch.setattr(room, "MAX_WAIT_S", 0.05)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("", "_USER", "_PASSWORD", "_TOKEN", "_TIMEOUT"):
        monkeypatch.delenv(f"KG_ENDPOINT{name}", raising=False)


def failing(server: Server, behaviour: Behaviour, text: str = SELECT) -> KgError:
    server.behaviour = behaviour
    with pytest.raises(KgError) as caught:
        Endpoint(server.url).query(text)
    error = caught.value
    assert error.hint
    assert "\n" not in error.message
    return error


# ---------------------------------------------------------------- asking


def test_a_short_question_is_a_get_and_a_long_one_a_form(server: Server) -> None:
    endpoint = Endpoint(server.url)
    endpoint.query(SELECT)
    endpoint.query(SELECT + " # " + "x" * 5_000)
    assert [request.method for request in server.requests] == ["GET", "POST"]
    assert all(request.field("query").startswith(SELECT) for request in server.requests)
    assert all("gambit" in request.headers["User-Agent"] for request in server.requests)


def test_connections_are_used_again(server: Server) -> None:
    ports: set[int] = set()
    server.behaviour = lambda h, r: (ports.add(h.client_address[1]), h.serve(r))[1]  # type: ignore[func-returns-value]
    endpoint = Endpoint(server.url)
    for _ in range(4):
        endpoint.query(SELECT)
    assert len(ports) == 1


def test_prefixes_are_written_into_the_first_line_unless_declared(server: Server) -> None:
    text = "PREFIX skos: <http://mine.example/#>\nSELECT ?a WHERE { ?a a kg:Claim ; skos:note 'prov:no' }"
    Endpoint(server.url).query(text)
    sent = server.requests[0].field("query")
    assert sent.splitlines()[0].count("PREFIX") == 2
    assert "PREFIX kg: <https://w3id.org/gambit/ontology#>" in sent
    assert "prov#" not in sent
    assert sent.endswith(text)


def test_graphs_are_named_so_that_no_server_has_to_be_told_what_its_default_is(
    server: Server,
) -> None:
    server.engine.load(b"<urn:s> <urn:p> 1 .", ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("urn:g"))
    server.engine.load(b"<urn:s> <urn:p> 2 .", ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("urn:h"))
    endpoint = Endpoint(server.url)
    text = "SELECT ?o WHERE { ?s ?p ?o } ORDER BY ?o"
    assert endpoint.query(text).cells == []
    assert endpoint.query(text, graphs=("urn:g",)).cells == [["1"]]
    assert endpoint.query(text, graphs=("urn:g", "urn:h")).cells == [["1"], ["2"]]


def test_rows_keep_every_corner_of_a_term(server: Server) -> None:
    server.behaviour = says(
        rb'{"head":{"vars":["a","b","c"]},"results":{"bindings":['
        rb'{"a":{"type":"literal","value":"two\nlines\ttab \"q\"","xml:lang":"en"}},'
        rb'{"b":{"type":"typed-literal","datatype":"http://www.w3.org/2001/XMLSchema#integer","value":"5"},'
        rb'"c":{"type":"literal","value":"\"type\": \"bnode\", \"value\": \"nodeID://x"}},'
        rb'{ "a": { "type": "bnode", "value": "nodeID://b10" }}]}}'
    )
    result = Endpoint(server.url).query("SELECT ?a ?b ?c WHERE { ?a ?b ?c }")
    assert result.rows[0] == (ox.Literal('two\nlines\ttab "q"', language="en"), None, None)
    assert result.rows[1][1] == ox.Literal(5)
    assert result.rows[1][2] == ox.Literal('"type": "bnode", "value": "nodeID://x')
    assert isinstance(result.rows[2][0], ox.BlankNode)


@pytest.mark.parametrize(("body", "media"), [(ROW, JSON), (XML, "application/sparql-results+xml")])
def test_json_and_xml_results_are_read(server: Server, body: bytes, media: str) -> None:
    server.behaviour = says(body, media + "; charset=utf-8")
    assert Endpoint(server.url).query(SELECT).rows == ((ox.NamedNode("urn:x"),),)


def test_a_question_that_does_not_parse_is_not_sent(server: Server) -> None:
    with pytest.raises(QueryError) as caught:
        query.run(Store.remote(server.url), "SELECT ?a\nWHERE { ?a ?p }")
    assert caught.value.line == 2
    assert not [r for r in server.requests if "?a ?p }" in r.field("query")]


def test_service_is_refused_for_endpoints_too(server: Server) -> None:
    with pytest.raises(RefusedError):
        Endpoint(server.url).query("SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")
    assert server.requests == []


def test_booleans_are_written_as_the_local_engine_writes_them(server: Server) -> None:
    server.behaviour = says(
        b'{"head":{"vars":["a"]},"results":{"bindings":['
        b'{"a":{"type":"typed-literal","datatype":"http://www.w3.org/2001/XMLSchema#boolean","value":"1"}},'
        b'{"a":{"type":"literal","value":"\\"1\\"^^<http://www.w3.org/2001/XMLSchema#boolean>"}}]}}'
    )
    cells = Endpoint(server.url).query(SELECT).cells
    assert cells == [["true"], [r'"\"1\"^^<http://www.w3.org/2001/XMLSchema#boolean>"']]


def test_a_limit_of_the_server_is_told(server: Server) -> None:
    server.behaviour = says(ROW, X_SPARQL_MaxRows="1")
    assert Endpoint(server.url).query(SELECT).truncated
    with pytest.raises(EndpointError, match="at most 1 rows"):
        list(Endpoint(server.url).rows(SELECT))


# ---------------------------------------------------------------- what goes wrong


def test_a_server_that_is_down() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(EndpointError, match="does not answer: connection refused") as caught:
        Endpoint(f"http://127.0.0.1:{port}/query").query(SELECT)
    assert caught.value.exit_code == 4


def test_a_server_that_says_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENDPOINT_TIMEOUT", "0.3")
    begun = time.monotonic()
    error = failing(server, sleeps(3))
    assert "said nothing for 0.3 s" in error.message
    assert time.monotonic() - begun < 2
    assert len(server.requests) == 1


def test_a_server_that_answers_drop_by_drop(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ANSWER_S", 0.4)
    begun = time.monotonic()
    assert "not done after 0.4 s" in failing(server, drips).message
    assert time.monotonic() - begun < 3


def test_a_busy_server_is_asked_again(server: Server) -> None:
    left = [429, 503]

    def busy(handler: Handler, request: Request) -> None:
        if left:
            handler.answer(left.pop(), "text/plain", b"busy", Retry_After="0")
        else:
            handler.answer(200, JSON, ROW)

    server.behaviour = busy
    assert len(Endpoint(server.url).query(SELECT)) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("wait", ["86400", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_server_that_stays_busy_is_left_alone_in_the_end(server: Server, wait: str) -> None:
    begun = time.monotonic()
    error = failing(server, says(b"come back later", "text/plain", 503, Retry_After=wait))
    assert "503" in error.message
    assert "come back later" in error.message
    assert len(server.requests) == room.RETRIES + 1
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (400, QueryError, 3),
        (401, EndpointError, 4),
        (404, EndpointError, 4),
        (500, EndpointError, 4),
    ],
)
def test_a_refusal_says_the_servers_own_first_line(
    server: Server, status: int, kind: type[KgError], exit_code: int
) -> None:
    page = b"<html><head><title>T</title></head><body>\n<h1>Bad \x1b[31mthing</h1>\nmore</body>"
    error = failing(server, says(page, "text/html", status))
    assert type(error) is kind
    assert error.exit_code == exit_code
    assert error.message.endswith(": Bad [31mthing")
    assert str(status) in error.message


def test_a_web_page_is_no_answer(server: Server) -> None:
    error = failing(server, says(b"<html>hello</html>", "text/html"))
    assert "answered text/html where SPARQL results were expected" in error.message
    error = failing(server, says(b"<html>", "text/html"), "CONSTRUCT WHERE { ?s ?p ?o }")
    assert "text/html" in error.message


@pytest.mark.parametrize(
    ("body", "media"),
    [(ROW[:60], JSON), (ROW[:-2], JSON), (XML[:150], "text/xml"), (b"", JSON), (b"<a", JSON)],
)
def test_half_an_answer_is_no_answer(server: Server, body: bytes, media: str) -> None:
    for behaviour in (
        says(body, media),
        breaks_off(body, media, declared=True),
        breaks_off(body, media, declared=False),
        breaks_off_chunked(body, media),
    ):
        error = failing(server, behaviour)
        assert isinstance(error, EndpointError)
        assert "cannot be read" in error.message or "broke off" in error.message


def test_whole_results_in_half_an_http_answer_are_no_answer(server: Server) -> None:
    assert "broke off" in failing(server, breaks_off(ROW, JSON, declared=True)).message
    assert "broke off" in failing(server, breaks_off_chunked(ROW, JSON)).message
    text = "CONSTRUCT WHERE { ?s ?p ?o }"
    triples = b"<urn:a> <urn:b> <urn:c> .\n"
    behaviour = breaks_off(triples, "application/n-triples", declared=True)
    assert "broke off" in failing(server, behaviour, text).message


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (SELECT, b'{"head":{},"boolean":true}'),
        (SELECT, ROW.replace(b'"a"', b'"b"')),
        ("ASK { ?a ?b ?c }", ROW),
    ],
)
def test_an_answer_to_another_question_is_no_answer(server: Server, text: str, body: bytes) -> None:
    assert "answered another question" in failing(server, says(body), text).message


@pytest.mark.parametrize(("value", "truth"), [(b"1", True), (b"0", False)])
def test_virtuosos_way_of_saying_yes_is_understood(
    server: Server, value: bytes, truth: bool
) -> None:
    server.behaviour = says(
        b'{"head":{"vars":["__ASK_RETVAL"]},"results":{"bindings":[{"__ASK_RETVAL":'
        b'{"type":"typed-literal","datatype":"http://www.w3.org/2001/XMLSchema#integer",'
        b'"value":"%s"}}]}}' % value
    )
    assert Endpoint(server.url).query("ASK { ?a ?b ?c }").boolean is truth


def test_an_answer_that_is_too_large_is_not_taken_in(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_MAX_ANSWER_MB", "1")
    padded = ROW.replace(b"urn:x", b"urn:" + b"x" * 1_200_000)
    error = failing(server, says(padded))
    assert isinstance(error, LimitError)
    assert error.limit == "size"
    assert "more than 1 MB" in error.message


def test_redirects_are_followed_but_not_for_ever(server: Server) -> None:
    def moved(handler: Handler, request: Request) -> None:
        if request.path == "/new":
            handler.answer(200, JSON, ROW)
        else:
            handler.answer(307, Location="/new?" + handler.path.partition("?")[2])

    server.behaviour = moved
    assert len(Endpoint(server.url).query(SELECT)) == 1
    error = failing(server, says(b"", "", 302, Location="/query?query=x"))
    assert "more than 3 times" in error.message


def test_a_redirect_to_something_that_is_not_http_leads_nowhere(server: Server) -> None:
    error = failing(server, says(b"", "", 302, Location="file:///etc/passwd"))
    assert isinstance(error, EndpointError)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]  # noqa: RUF005
        + ["-subj", "/CN=127.0.0.1", "-keyout", str(place), "-out", str(tmp_path / "cert.pem")],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", place)
    with serving() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with pytest.raises(EndpointError, match="no secure connection"):
            Endpoint(server.url.replace("http:", "https:")).query(SELECT)
        assert server.requests == []


# ---------------------------------------------------------------- addresses and credentials


@pytest.mark.parametrize(
    "url", ["", "localhost:7878", "ftp://x/y", "http://", "http://x:99999/", "http://a b/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Endpoint(url)


def test_a_password_in_an_address_is_refused_and_not_repeated(kg: Run) -> None:
    done = kg("--endpoint", "http://me:hunter2@127.0.0.1:9/query", "info")
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr
    assert "KG_ENDPOINT_PASSWORD" in done.stderr


def test_credentials_come_from_the_environment_or_netrc(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def sent() -> str | None:
        Endpoint(server.url).query(SELECT)
        return server.requests[-1].headers.get("Authorization")

    def basic(pair: bytes) -> str:
        return "Basic " + base64.b64encode(pair).decode()

    assert sent() is None
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    assert sent() == basic(b"ann:secret")
    monkeypatch.setenv("KG_ENDPOINT_USER", "bob")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "pässword")
    assert sent() == basic("bob:pässword".encode())
    monkeypatch.setenv("KG_ENDPOINT_TOKEN", "abc")
    assert sent() == "Bearer abc"


def test_a_broken_netrc_is_reported_without_its_content(server: Server, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann pass-word hunter2\n")
    (tmp_path / "netrc").chmod(0o600)
    with pytest.raises(KgError) as caught:
        Endpoint(server.url).query(SELECT)
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_credentials_are_never_printed_nor_sent_to_another_host(
    server: Server, kg: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"KG_ENDPOINT_USER": "bob", "KG_ENDPOINT_PASSWORD": "hunter2"}
    server.behaviour = says(b"no", "text/plain", 500)
    done = kg("--endpoint", server.url, "query", "ASK { ?a ?b ?c }", **secret)
    assert done.returncode == 4
    assert server.requests[-1].headers["Authorization"].startswith("Basic ")
    coded = base64.b64encode(b"bob:hunter2").decode()
    assert "hunter2" not in done.stdout + done.stderr
    assert coded not in done.stdout + done.stderr
    for name, value in secret.items():
        monkeypatch.setenv(name, value)
    with serving() as other:
        other.behaviour = says(ROW)
        server.behaviour = says(b"", "", 307, Location=other.url + "?query=x")
        Endpoint(server.url).query(SELECT)
        assert "Authorization" in server.requests[-1].headers
        assert all("Authorization" not in request.headers for request in other.requests)


def test_a_digest_challenge_is_answered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    def guarded(handler: Handler, request: Request) -> None:
        said = request.headers.get("Authorization", "")
        if not said.startswith("Digest "):
            handler.answer(401, WWW_Authenticate='Digest realm="r", nonce="n", qop="auth"')
            return
        given = {
            name: value.strip('"')
            for name, _, value in (part.partition("=") for part in said[7:].split(", "))
        }
        secret, action = md5("dba:r:dba"), md5(f"{handler.command}:{handler.path}")
        wanted = md5(f"{secret}:n:{given['nc']}:{given['cnonce']}:auth:{action}")
        handler.answer(200 if given["response"] == wanted else 403, JSON, ROW)

    server.behaviour = guarded
    monkeypatch.setenv("KG_ENDPOINT_USER", "dba")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "dba")
    assert len(Endpoint(server.url).query(SELECT)) == 1


@pytest.mark.parametrize(
    ("url", "server_says", "known", "expected"),
    [
        ("http://h:7878/query", "Oxigraph/0.5.13", False, "http://h:7878/store"),
        ("http://h/sparql/", "Virtuoso/07.20 (Linux)", False, "http://h/sparql-graph-crud"),
        ("http://h/sparql", "Virtuoso/07.20 (Linux)", True, "http://h/sparql-graph-crud-auth"),
        ("http://h:3030/ds/query", "Apache Jena Fuseki (5.2)", False, "http://h:3030/ds/data"),
        ("http://h:3030/ds", "Apache Jena Fuseki (5.2)", False, "http://h:3030/ds"),
        (
            "http://h:7200/repositories/r",
            "GraphDB/10.8",
            True,
            "http://h:7200/repositories/r/rdf-graphs/service",
        ),
        ("http://h:5820/db/query", "Stardog", True, "http://h:5820/db"),
        (
            "https://x.neptune.amazonaws.com:8182/sparql",
            "unknown",
            False,
            "https://x.neptune.amazonaws.com:8182/sparql/gsp/",
        ),
        ("http://h:7019", "unknown", True, "http://h:7019"),
    ],
)
def test_the_address_for_graphs_follows_from_the_one_for_queries(
    url: str, server_says: str, known: bool, expected: str
) -> None:
    assert graph_store_of(url, server_says, known) == expected


# ---------------------------------------------------------------- push and pull


def test_what_is_pushed_is_what_the_file_says_and_can_be_pulled_again(
    server: Server, tmp_path: Path
) -> None:
    store = Store.open(EXAMPLE)
    done = transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH)
    assert done.triples == len(server.triples(EXAMPLE_GRAPH.value)) > 100
    assert done.replaced == 0
    target = tmp_path / "out.ttl"
    pulled = transfer.pull(Endpoint(server.url), EXAMPLE_GRAPH, target)
    assert (pulled.triples, pulled.form) == (done.triples, "turtle")
    assert target.read_bytes() == turtle.canonical(turtle.read_graph(EXAMPLE))


def test_pieces_are_bounded_and_the_first_one_replaces(server: Server) -> None:
    moved: list[int] = []
    transfer.push(
        Endpoint(server.url),
        Store.open(EXAMPLE),
        EXAMPLE_GRAPH,
        chunk_bytes=5_000,
        progress=moved.append,
    )
    sent = [r for r in server.requests if r.field("graph") == EXAMPLE_GRAPH.value]
    assert [r.method for r in sent] == ["PUT"] + ["POST"] * (len(sent) - 1)
    assert len(sent) > 5
    assert all(len(r.body) <= 5_000 and r.body.endswith(b" .\n") for r in sent)
    assert sum(moved) == len(server.triples(EXAMPLE_GRAPH.value))


def test_pushing_twice_is_pushing_once(server: Server) -> None:
    for replaced in (0, len(list(turtle.parse_file(EXAMPLE)))):
        done = transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH)
        assert done.replaced == replaced
    assert len(server.triples(EXAMPLE_GRAPH.value)) == done.triples


def test_somebody_elses_graph_is_not_replaced(server: Server) -> None:
    theirs = b"<urn:their> <urn:own> <urn:data> ."
    server.engine.load(theirs, ox.RdfFormat.N_TRIPLES, to_graph=EXAMPLE_GRAPH)
    store = Store.open(EXAMPLE)
    with pytest.raises(RefusedError, match="kg push did not make"):
        transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH)
    assert server.triples(EXAMPLE_GRAPH.value) == {"<urn:their> <urn:own> <urn:data>"}
    done = transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH, force=True)
    assert done.replaced == 1


def test_a_graph_that_was_changed_there_is_not_replaced(server: Server) -> None:
    store = Store.open(EXAMPLE)
    transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH)
    added = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal(1), EXAMPLE_GRAPH)
    server.engine.add(added)
    with pytest.raises(RefusedError, match="changed on the server"):
        transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH)
    assert added in server.engine


def test_a_push_that_fails_in_the_middle_says_so_and_can_be_repeated(server: Server) -> None:
    store = Store.open(EXAMPLE)

    def fails_at_the_third(handler: Handler, request: Request) -> None:
        pieces = [r for r in server.requests if r.field("graph") == EXAMPLE_GRAPH.value]
        if request.method == "POST" and request.path == "/store" and len(pieces) == 3:
            handler.answer(507, "text/plain", b"disk full")
        else:
            handler.serve(request)

    server.behaviour = fails_at_the_third
    with pytest.raises(
        EndpointError, match=r"507 .*disk full \(after \d+ of \d+ triples of graph:example"
    ):
        transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH, chunk_bytes=5_000)
    server.behaviour = None
    done = transfer.push(Endpoint(server.url), store, EXAMPLE_GRAPH, chunk_bytes=5_000)
    assert server.triples(EXAMPLE_GRAPH.value) == {
        str(q.triple) for q in store.quads() if q.graph_name == EXAMPLE_GRAPH
    }
    assert 0 < done.replaced < done.triples


def test_a_server_that_loses_triples_is_found_out(server: Server) -> None:
    def loses(handler: Handler, request: Request) -> None:
        if request.method == "PUT" and request.field("graph") == EXAMPLE_GRAPH.value:
            request = request._replace(body=b"".join(request.body.splitlines(keepends=True)[:-3]))
        handler.serve(request)

    server.behaviour = loses
    with pytest.raises(EndpointError, match=r"holds .* where .* were sent"):
        transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH)


def test_blank_nodes_travel_together_or_not_at_all(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "blank.ttl"
    path.write_text("".join(f"[] <urn:p> <urn:o{n}> . <urn:s{n}> <urn:p> 1 .\n" for n in range(50)))
    store = Store.open(path)
    graph = next(graph for graph in store.inputs if graph != ONTOLOGY_GRAPH)
    transfer.push(Endpoint(server.url), store, graph, chunk_bytes=3_500)
    bodies = [r.body for r in server.requests if r.field("graph") == graph.value]
    assert len(bodies) > 1
    assert all(b"_:" not in body for body in bodies[:-1])
    with pytest.raises(RefusedError, match="blank nodes"):
        transfer.push(Endpoint(server.url), store, graph, chunk_bytes=1_000)
    assert len(server.triples(graph.value)) == 100  # refused before anything was replaced


def test_a_server_without_n_triples_gets_turtle(server: Server) -> None:
    def fussy(handler: Handler, request: Request) -> None:
        if request.headers.get("Content-Type") == "application/n-triples":
            handler.answer(415, "text/plain", b"Turtle only")
        else:
            handler.serve(request)

    server.behaviour = fussy
    assert transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH).triples


def test_other_peoples_data_is_pulled_as_n_triples(server: Server, tmp_path: Path) -> None:
    content = b'<urn:a> <urn:p> "x\\n"@en .\n_:b <urn:p> "01"^^<urn:own> .\n'
    server.behaviour = lambda h, r: (
        h.answer(200, "application/n-triples", content) if r.path == "/store" else h.serve(r)
    )
    server.engine.load(content, ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode("urn:g"))
    pulled = transfer.pull(Endpoint(server.url), ox.NamedNode("urn:g"), tmp_path / "out.nt")
    assert pulled.form == "ntriples"
    assert (tmp_path / "out.nt").read_bytes().startswith(b'<urn:a> <urn:p> "x\\n"@en .\n_:')


@pytest.mark.parametrize("declared", [True, False])
def test_a_pull_that_breaks_off_leaves_the_file_as_it_was(
    server: Server, tmp_path: Path, declared: bool
) -> None:
    transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH)
    some = "".join(sorted(f"{t} .\n" for t in server.triples(EXAMPLE_GRAPH.value))[:50]).encode()
    cut = breaks_off(some, "application/n-triples", declared=declared)
    server.behaviour = lambda h, r: cut(h, r) if r.path == "/store" else h.serve(r)
    target = tmp_path / "out.ttl"
    target.write_text("before")
    with pytest.raises(EndpointError, match="broke off" if declared else "sent 50 of the"):
        transfer.pull(Endpoint(server.url), EXAMPLE_GRAPH, target)
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir() if p.name != "netrc"] == ["out.ttl"]


def test_pulling_what_is_not_there_says_what_is(server: Server, tmp_path: Path) -> None:
    transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH)
    with pytest.raises(RefusedError) as caught:
        transfer.pull(Endpoint(server.url), CURATED_GRAPH, tmp_path / "x")
    assert "graph:example" in (caught.value.hint or "")
    assert "register" not in (caught.value.hint or "")


# ---------------------------------------------------------------- the verbs


@pytest.fixture
def pushed(server: Server) -> Server:
    store = Store.open(EXAMPLE)
    for graph in store.inputs:
        transfer.push(Endpoint(server.url), store, graph)
    return server


VERBS = [
    ["search", "a"],
    ["search", "no such thing"],
    ["show", "actor:borland", "--json"],
    ["query", "hedged-claims", "--cite"],
    ["query", "SELECT ?c WHERE { ?c a kg:Claim } ORDER BY ?c", "--limit", "3"],
    ["query", "ASK { ?c a kg:Claim }"],
    ["query", "CONSTRUCT WHERE { ?a a kg:State }", "-f", "turtle"],
    ["export", "trig"],
    ["export", "graphml", "--include-hedged"],
    ["view", "--to", "-"],
]


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_verb_says_the_same_on_an_endpoint(kg: Run, pushed: Server, arguments: list[str]) -> None:
    local = kg("--data", str(EXAMPLE), *arguments)
    remote = kg("--endpoint", pushed.url, *arguments)
    assert (remote.returncode, remote.stderr) == (local.returncode, local.stderr)
    key = Store.open(EXAMPLE).key
    there = remote.stdout.replace("Data from a server", f"Data {key[:12]}")
    there = there.replace('"data":""', f'"data":"{key}"')
    assert there == local.stdout
    assert len(pushed.requests) < 60


def test_reading_everything_takes_a_handful_of_requests(pushed: Server) -> None:
    pushed.requests.clear()
    store = Store.remote(pushed.url)
    assert store.claims == Store.open(EXAMPLE).claims
    assert store.labels
    assert store.edges
    assert store.passages
    assert len(pushed.requests) < 10


def test_a_saved_query_needs_two_requests(pushed: Server) -> None:
    pushed.requests.clear()
    query.run(Store.remote(pushed.url), SELECT)
    assert len(pushed.requests) == 2


def test_the_register_of_pushed_graphs_is_in_no_answer(pushed: Server) -> None:
    assert pushed.triples(REGISTER_GRAPH.value)
    result = query.run(
        Store.remote(pushed.url), "SELECT ?n WHERE { ?g <http://rdfs.org/ns/void#triples> ?n }"
    )
    assert result.empty


def test_without_an_ontology_there_the_local_one_serves(server: Server) -> None:
    transfer.push(Endpoint(server.url), Store.open(EXAMPLE), EXAMPLE_GRAPH)
    store = Store.remote(server.url)
    assert store.vocabulary.terms == Store.open(EXAMPLE).vocabulary.terms
    assert store.edges == Store.open(EXAMPLE).edges


def test_data_in_the_default_graph_is_read_too(server: Server) -> None:
    server.engine.load(path=str(EXAMPLE), format=ox.RdfFormat.TURTLE)
    store = Store.remote(server.url)
    assert store.claims == Store.open(EXAMPLE).claims
    assert store.labels == Store.open(EXAMPLE).labels
    assert store.edges == Store.open(EXAMPLE).edges


def test_validate_reads_the_server(kg: Run, pushed: Server) -> None:
    local = kg("--data", str(EXAMPLE), "validate")
    remote = kg("--endpoint", pushed.url, "validate")
    assert remote.stdout == local.stdout.replace(str(EXAMPLE), "graph:example")
    claim = next(t for t in pushed.triples(EXAMPLE_GRAPH.value) if "#modality>" in t)
    [quad] = ox.parse(f"{claim} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    pushed.engine.remove(ox.Quad(quad.subject, quad.predicate, quad.object, EXAMPLE_GRAPH))
    assert kg("--endpoint", pushed.url, "validate").returncode == 1


def test_what_makes_no_sense_on_an_endpoint_says_so(kg: Run, pushed: Server) -> None:
    done = kg("--endpoint", pushed.url, "fmt", str(EXAMPLE))
    assert done.returncode == 2
    assert "kg pull" in done.stderr
    both = kg("--data", str(EXAMPLE), "--endpoint", pushed.url, "info")
    assert both.returncode == 2
    with pytest.raises(UsageError):
        Store.remote(pushed.url).add_triples(
            [ox.Triple(*[ox.NamedNode("urn:x")] * 3)], graph=CURATED_GRAPH
        )


def test_push_and_pull_from_the_command_line(kg: Run, server: Server, tmp_path: Path) -> None:
    done = kg(
        "--data", str(EXAMPLE), "push", "--endpoint", server.url, "--ontology", "--chunk-mb", "0.05"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "graph:example:" in done.stderr
    assert "%" not in done.stderr  # a bar is for terminals
    again = kg("--data", str(EXAMPLE), "push", KG_ENDPOINT=server.url)
    assert "in place of" in again.stderr
    target = tmp_path / "out.ttl"
    pulled = kg("pull", "--graph", "graph:example", "--to", str(target), KG_ENDPOINT=server.url)
    assert pulled.returncode == 0, pulled.stderr
    assert target.read_bytes() == turtle.canonical(turtle.read_graph(EXAMPLE))
    piped = kg("pull", "--graph", "graph:example", KG_ENDPOINT=server.url)
    assert piped.stdout.encode() == target.read_bytes()
    assert kg("pull", "--graph", "no graph", KG_ENDPOINT=server.url).returncode == 2
    assert kg("pull", "--to", str(target), KG_ENDPOINT=server.url).returncode == 3
    assert kg("push").returncode == 2


def test_an_endpoint_that_is_down_is_one_line_and_exit_code_four(kg: Run) -> None:
    done = kg("--endpoint", "http://127.0.0.1:9/query", "info")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith("error: http://127.0.0.1:9/query does not answer")
    assert len(done.stderr.splitlines()) == 2
