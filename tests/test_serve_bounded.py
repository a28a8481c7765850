"""Queries that are answered in the server's own process: only small ones, and as any other."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from served import TIGHT, Server, serving, workspace

from kg.sandbox import UNION, Limits, View
from kg.store import Store
from kg.web import direct, reading
from kg.web.bounded import MOST, Bounded, shape
from kg.web.live import Source
from kg.web.shortcut import repeatable
from kg.web.sparql import Asked
from kg.worker import Worker

E = "http://e.example/"
LIMITS = Limits()
SMALL = [
    "SELECT ?p ?o { agreement:russia-dprk-treaty-2024 ?p ?o } LIMIT 5",
    "SELECT * WHERE { ?s ?p actor:dprk } ORDER BY ?s DESC(?p) LIMIT 7 OFFSET 2",
    "SELECT DISTINCT ?class { ?s ?p actor:russia . ?s a ?class }",
    "PREFIX x: <https://w3id.org/gambit/id/actor/> SELECT ?l { x:dprk skos:prefLabel ?l }",
    "SELECT ?l { actor:dprk skos:prefLabel ?l FILTER(langMatches(lang(?l), 'en')) }",
    "SELECT ?c ?l { actor:dprk a ?c OPTIONAL { ?c rdfs:label ?l } }",
    "SELECT ?s { ?s skos:prefLabel 'Russia'@en, ?other ; a ?class . }",
    "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 50",
    "ASK { actor:dprk a ?class }",
    "ASK { actor:dprk kg:nothing 7 }",
]
UNKNOWN = [
    "SELECT (COUNT(*) AS ?n) { actor:dprk ?p ?o }",
    "SELECT ?o { actor:dprk (kg:a|!kg:a)* ?o }",
    "SELECT ?o { actor:dprk kg:a/kg:b ?o }",
    "SELECT ?o { actor:dprk ^kg:a ?o }",
    "SELECT ?o { actor:dprk ?p ?o FILTER regex(?o, '(a|a)*b') }",
    "SELECT ?o { actor:dprk ?p ?o FILTER EXISTS { ?a ?b ?c } }",
    "SELECT ?o { actor:dprk ?p ?o FILTER(CONCAT(?o, ?o) = 'a') }",
    "SELECT ?o { actor:dprk ?p ?o . { SELECT * { ?a ?b ?c } } }",
    "SELECT ?o { { actor:dprk ?p ?o } UNION { ?o ?p actor:dprk } }",
    "SELECT ?o { actor:dprk ?p ?o MINUS { ?a ?p ?c } }",
    "SELECT ?o { GRAPH ?g { actor:dprk ?p ?o } }",
    "SELECT ?o { actor:dprk ?p ?o BIND(1 AS ?x) }",
    "SELECT ?o { VALUES ?o { 1 2 3 } actor:dprk ?p ?o }",
    "SELECT ?o { actor:dprk ?p ?o } GROUP BY ?o",
    "SELECT ?o { actor:dprk ?p ?o } ORDER BY STRLEN(?o)",
    "SELECT ?o { actor:dprk ?p ?o } HAVING (?o > 1)",
    "SELECT ?o { actor:dprk ?p [ ?q ?o ] }",
    "SELECT ?o { actor:dprk ?p ( ?o ) }",
    "SELECT ?o { << actor:dprk ?p ?o >> ?q ?r }",
    "SELECT ?o { <relative> ?p ?o }",
    "SELECT ?o { <http://e.example/\\u0061> ?p ?o }",
    "BASE <http://e.example/> SELECT ?o { <http://e.example/a> ?p ?o }",
    "SELECT ?o FROM <http://e.example/g> { actor:dprk ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "DESCRIBE actor:dprk",
    "SELECT ?o { actor:dprk ?p ?o } LIMIT 1 LIMIT 2",
    "SELECT ?o { actor:dprk ?p ?o } VALUES ?o { 1 }",
    "SELECT ?o { actor:dprk ?p ?o } trailing",
    "SELECT ?o { actor:dprk ?p ?o",
    "",
]


@pytest.fixture(scope="module")
def bounded(shipped: Store) -> Bounded:
    return Bounded(shipped.engine)


@pytest.mark.parametrize("text", SMALL)
def test_a_small_query_has_the_answer_that_a_worker_gives(
    bounded: Bounded, shipped: Store, text: str
) -> None:
    view = View(base="http://e.example/sparql")
    here = bounded.answer(text, view, LIMITS, 1_000_000, "tsv")
    assert here is not None
    with Worker(shipped) as worker:
        there = worker.run(text, text, limits=LIMITS, view=view)
    ended, content = here
    if there.kind == "ask":
        assert ended.result(content).boolean == there.boolean
    else:
        header, *rows = content.splitlines()
        wanted, *others = there.tsv.splitlines()
        assert (header, len(rows)) == (wanted, len(others))
        if "LIMIT" not in text or "ORDER" in text:
            assert sorted(rows) == sorted(others)


@pytest.mark.parametrize("text", UNKNOWN)
def test_nothing_is_known_of_anything_but_patterns_and_cheap_filters(text: str) -> None:
    assert shape(text) is None


def _star(engine: ox.Store, subjects: int, of_each: int) -> None:
    p, q, node = ox.NamedNode(f"{E}p"), ox.NamedNode(f"{E}q"), ox.NamedNode
    for n in range(subjects):
        for m in range(of_each):
            engine.add(ox.Quad(node(f"{E}s{n}"), p, node(f"{E}o{m}"), ox.DefaultGraph()))
        engine.add(ox.Quad(node(f"{E}s{n}"), q, ox.Literal(n), ox.DefaultGraph()))


def test_what_hangs_together_is_bounded_by_what_one_node_has_and_what_does_not_by_the_product() -> (
    None
):
    engine = ox.Store()
    _star(engine, 300, 3)
    small = Bounded(engine).small
    assert small(f"SELECT * {{ ?s <{E}p> ?o . ?s <{E}q> ?n }}")  # 900 rows
    assert not small(f"SELECT * {{ ?s <{E}p> ?o . ?t <{E}q> ?n }}")  # 270,000
    assert not small(f"SELECT * {{ ?s <{E}p> ?o . ?t <{E}p> ?o }}")  # 270,000, through ?o
    assert not small("SELECT * { ?s ?p ?o . ?t ?p ?n }")  # through ?p
    assert not small(f"SELECT * {{ ?s <{E}p> ?o OPTIONAL {{ ?s <{E}q> ?n . ?t <{E}q> ?m }} }}")
    assert not small(f"SELECT * {{ ?s <{E}p> ?o . ?s <{E}p> ?a . ?s <{E}p> ?b . ?s <{E}p> ?c }}")


def test_no_more_is_counted_once_one_pattern_has_too_many() -> None:
    engine = ox.Store()
    _star(engine, MOST + 1, 1)
    bounded = Bounded(engine)
    text = " ".join(f"?s{n} ?p{n} ?o{n} . ?s{n} <{E}p{n}> ?x{n} ." for n in range(5))
    assert not bounded.small(f"SELECT * {{ {text} }}")
    assert bounded._matches.cache_info().misses == 1


def test_a_limit_bounds_one_pattern_whose_rows_come_as_they_are_found_and_no_other() -> None:
    engine = ox.Store()
    _star(engine, MOST // 2 + 1, 1)
    small = Bounded(engine).small
    assert small("SELECT * { ?s ?p ?o } LIMIT 10 OFFSET 100")
    assert not small("SELECT * { ?s ?p ?o }")
    assert not small(f"SELECT * {{ ?s ?p ?o }} LIMIT 10 OFFSET {MOST}")
    assert not small("SELECT DISTINCT * { ?s ?p ?o } LIMIT 10")
    assert not small("SELECT * { ?s ?p ?o } ORDER BY ?o LIMIT 10")
    assert not small("SELECT * { ?s ?p ?s } LIMIT 10")
    assert not small("SELECT * { ?s ?p ?o FILTER(isBlank(?s)) } LIMIT 10")
    assert not small("SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 10")


def test_an_answer_with_large_texts_is_no_small_one_and_few_rows_are_for_a_worker_to_count() -> (
    None
):
    engine = ox.Store()
    for n in range(20):
        text = ox.Literal("x" * 10_000 + str(n))
        engine.add(ox.Quad(ox.NamedNode(f"{E}a"), ox.NamedNode(f"{E}p"), text))
    bounded, text = Bounded(engine), f"SELECT ?o {{ <{E}a> ?p ?o }}"
    assert bounded.answer(text, UNION, LIMITS, 100_000, "json") is None
    assert bounded.answer(text, UNION, LIMITS, 1_000_000, "json") is not None
    assert bounded.answer(text, UNION, LIMITS._replace(rows=5), 1_000_000, "json") is None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = f"<{E}a> <{E}p> 1, 2, '<script>' ; <{E}name> 'Älpha'@de ."
    with serving(workspace(tmp_path_factory.mktemp("one"), one=data)) as running:
        yield running


def _exchange(server: Server, path: str, **fields: str) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in fields.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = (answer.status, [(k.lower(), v) for k, v in answer.getheaders() if k != "date"])
    content = answer.read()
    connection.close()
    return (*found, content)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    "accept", ["*/*", "text/csv", "application/sparql-results+xml", "text/html", "image/png", ";;"]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_direct_way_says_what_the_routes_say(
    server: Server, accept: str, encoding: str, slash: str
) -> None:
    for text in (
        f"SELECT ?o {{ <{E}a> ?p ?o }} ORDER BY ?o #{accept}{encoding}",
        f"SELECT ?p ?o {{ ?s ?p ?o }} ORDER BY ?s ?p ?o LIMIT 40 #{accept}{encoding}",
        f"ASK {{ <{E}a> <{E}p> 2 }}",
        "SELECT ?o { ?s",
        "SELECT ?o { ?s unknown:p ?o }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ):
        path = f"/sparql{slash}?query={quote(text)}"
        fields = {"accept": accept, "accept_encoding": encoding}
        direct = _exchange(server, path, **fields)
        # A field that the direct way does not know leads to the routes.
        assert _exchange(server, path, **fields, X_Other="1") == direct
        assert _exchange(server, path, **fields) == direct


def test_a_client_that_says_that_it_keeps_its_connection_has_the_direct_way_too(
    server: Server,
) -> None:
    path = f"/sparql?query={quote(f'SELECT ?o {{ <{E}a> <{E}p> ?o }} # kept')}"
    for kept, direct_way in (("keep-alive", True), ("Keep-Alive", True), ("close", False)):
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: {kept}\r\n\r\n".encode()
        assert repeatable(request) is direct_way
        assert (direct.answer(server.serving, request, "") is not None) is direct_way
    plain, kept_open = _exchange(server, path), _exchange(server, path, connection="keep-alive")
    assert plain == kept_open
    assert ("connection", "close") in _exchange(server, path, connection="close")[1]


def test_the_direct_way_counts_logs_and_remembers(server: Server) -> None:
    path = "/sparql?query=" + quote(f"SELECT ?o {{ <{E}a> <{E}name> ?o }}")
    before = server.serving.memory.misses, len(server.serving.shortcuts._known)
    status, headers, content = _exchange(server, path)
    assert status == 200
    assert json.loads(content)["results"]["bindings"][0]["o"]["value"] == "Älpha"
    assert dict(headers)["access-control-allow-origin"] == "*"
    assert len(server.serving.shortcuts._known) == before[1] + 1
    assert 'route="/sparql",method="GET",status="200"' in server.ask("/metrics").body.decode()


def test_small_queries_are_answered_while_every_worker_is_taken_and_none_is_there(
    server: Server,
) -> None:
    with server.live.now() as state:
        assert state.pool is not None
        with state.pool.lease(), state.pool.lease():
            path = "/sparql?query=" + quote(f"SELECT ?p {{ <{E}a> ?p ?o }} # while taken")
            assert _exchange(server, path)[0] == 200


@pytest.mark.parametrize("origins", [("https://one.example",), ("*",)])
def test_the_direct_way_says_whose_pages_may_read(origins: tuple[str, ...]) -> None:
    from dataclasses import replace

    with serving(Source(), replace(TIGHT, origins=origins)) as server:
        path = "/sparql?query=" + quote("ASK { actor:dprk ?p ?o }")
        headers = dict(_exchange(server, path)[1])
        assert headers.get("access-control-allow-origin") == ("*" if "*" in origins else None)


def test_nothing_is_left_of_data_that_is_not_served_any_more() -> None:
    import gc
    import weakref

    engine = ox.Store()
    _star(engine, 3, 3)
    bounded = Bounded(engine)
    assert bounded.small(f"SELECT * {{ ?s <{E}p> ?o . ?s <{E}q> ?n }}")
    gone = weakref.ref(bounded)
    gc.disable()
    try:
        del bounded
        assert gone() is None
    finally:
        gc.enable()


@settings(max_examples=500)
@given(st.text(alphabet="%%=&+#0123456789aBcDeF ?é\t", max_size=30))
@example("%%3D")
@example("ASK { ?s ?p 'a%%3db' }")
def test_a_single_parameter_is_read_in_one_go_as_it_is_piece_by_piece(text: str) -> None:
    plain = text.encode("ascii", "ignore").replace(b"&", b"")
    for content in (f"query={quote(text, safe='')}".encode(), b"query=" + plain):
        found = direct.only_query(content)
        if found is not None:
            [(name, value)] = reading.pairs(content)
            assert (name, value, found) == ("query", found.text, Asked(value))
    assert direct.only_query(f"query={quote(text, safe='')}".encode()) == Asked(text)


@pytest.mark.parametrize("sign", ["\0", "\v", "\f"])
def test_the_direct_way_refuses_what_the_routes_refuse_in_a_field(
    server: Server, sign: str
) -> None:
    for path in ("/healthz", f"/sparql?query={quote('ASK { ?s ?p 77 }')}"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: a{sign}b\r\n\r\n".encode()
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_page_of_rows_goes_on_where_the_last_one_ended_whoever_answers(server: Server) -> None:
    """Small pages are answered in the server, large ones by workers: in one and the same order."""
    text = "SELECT ?s ?p ?o { ?s ?p ?o }"
    whole = server.query(f"{text} LIMIT 1500")
    assert len(whole.body) > 200_000
    pages = [server.query(f"{text} OFFSET {n} LIMIT 100").rows for n in range(0, 1_500, 100)]
    assert [row for page in pages for row in page] == whole.rows
