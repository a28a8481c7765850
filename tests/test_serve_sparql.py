"""Queries over HTTP: the protocol, the forms, tags, compression, and large answers."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest
from served import TIGHT, Server, serving, workspace

from kg import results
from kg.result_formats import FORMATS
from kg.store import Store
from kg.web import forms
from kg.web.live import Source

GRAPH = "https://w3id.org/gambit/id/graph/"
ONE = "<http://e.example/a> <http://e.example/p> 1 ."
TWO = "<http://e.example/b> <http://e.example/p> 2 ."
MANY = "SELECT ?s ?p ?o { ?s ?p ?o . ?a ?b ?c } LIMIT 100000"


@pytest.fixture(scope="module")
def shipped_server() -> Iterator[Server]:
    # (The large answers take a while on a busy machine.)
    with serving(Source(), replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=60))) as server:
        yield server


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(workspace(tmp_path_factory.mktemp("two"), one=ONE, two=TWO)) as server:
        yield server


def _get(text: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": text, **more})


ASK = "SELECT ?s WHERE { ?s a kg:Claim } ORDER BY ?s LIMIT 3"


def test_get_form_and_direct_post_say_the_same_with_and_without_a_slash(
    shipped_server: Server,
) -> None:
    said = set()
    for slash in ("", "/"):
        path = f"/sparql{slash}"
        form = urlencode({"query": ASK}).encode()
        said |= {
            shipped_server.ask(f"{path}?{form.decode()}").body,
            shipped_server.ask(
                path, "POST", form, content_type="application/x-www-form-urlencoded"
            ).body,
            shipped_server.ask(
                path, "POST", ASK.encode(), content_type="application/sparql-query"
            ).body,
        }
    assert len(said) == 1
    assert len(json.loads(said.pop())["results"]["bindings"]) == 3


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("select", "SELECT ?s ?o { ?s skos:prefLabel ?o } ORDER BY ?s ?o LIMIT 20"),
        ("ask", "ASK { ?s a kg:Claim }"),
        ("construct", "CONSTRUCT WHERE { actor:dprk skos:prefLabel ?o }"),
    ],
)
def test_every_form_can_be_had_by_name_and_by_media_type(
    shipped_server: Server, shipped: Store, kind: str, text: str
) -> None:
    from kg import query

    result = query.run(shipped, text)
    for offer in forms.OFFERS[kind]:
        by_name = shipped_server.ask(_get(text, format=offer.name))
        by_type = shipped_server.ask(_get(text), accept=offer.media_type)
        assert by_name.status == by_type.status == 200
        assert by_name.type == by_type.type == offer.media_type
        # (HTML is a page of the workbench: tests/test_web_pages.py.)
        if offer.name in FORMATS and offer.name != "html" and not FORMATS[offer.name].binary:
            assert by_name.body == by_type.body == results.write(result, offer.name)


def test_the_client_prefers_by_weights_and_format_overrides(shipped_server: Server) -> None:
    accept = "text/csv;q=0.4, application/sparql-results+xml;q=0.9, */*;q=0.1"
    assert shipped_server.ask(_get(ASK), accept=accept).type == "application/sparql-results+xml"
    assert shipped_server.ask(_get(ASK, format="tsv"), accept=accept).type == (
        "text/tab-separated-values"
    )
    # What SPARQLWrapper sends.
    three = {"format": "json", "output": "json", "results": "json"}
    assert shipped_server.ask(_get(ASK, **three), accept="*/*").type == (
        "application/sparql-results+json"
    )
    assert "Accept" in shipped_server.ask(_get(ASK)).headers["vary"]


def test_a_form_that_there_is_not_is_refused_with_a_list(shipped_server: Server) -> None:
    for reply in (
        shipped_server.ask(_get(ASK), accept="image/png"),
        shipped_server.ask(_get(ASK, format="turtle")),
        shipped_server.ask(_get("CONSTRUCT WHERE { ?s ?p ?o }"), accept="text/csv"),
        shipped_server.ask(_get(ASK), accept="application/json;q=0, text/turtle"),
    ):
        assert reply.status == 406
        assert reply.type == "application/problem+json"
        assert {"format", "media_type"} == set(reply.json["available"][0])


def test_head_has_the_fields_of_get_and_no_content(shipped_server: Server) -> None:
    got, head = shipped_server.ask(_get(ASK)), shipped_server.ask(_get(ASK), "HEAD")
    assert head.body == b""
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in got.headers.items() if k != "date"
    }


def test_options_and_preflights_say_what_may_be_done(shipped_server: Server) -> None:
    plain = shipped_server.ask("/sparql", "OPTIONS")
    assert plain.status == 204
    assert plain.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    asked = shipped_server.ask(
        "/sparql",
        "OPTIONS",
        origin="https://page.example",
        access_control_request_method="POST",
        access_control_request_headers="content-type,authorization",
    )
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "authorization" not in asked.headers["access-control-allow-headers"].lower()
    assert "PUT" not in asked.headers["access-control-allow-methods"]


def test_only_named_origins_read_when_some_are_named() -> None:
    settings = replace(TIGHT, origins=("https://mine.example",))
    with serving(Source(), settings) as server:
        mine = server.ask(_get(ASK), origin="https://mine.example")
        other = server.ask(_get(ASK), origin="https://other.example")
    assert mine.headers["access-control-allow-origin"] == "https://mine.example"
    assert "Origin" in mine.headers["vary"]
    assert "access-control-allow-origin" not in other.headers


def test_a_tag_spares_the_answer_until_query_or_form_differ(shipped_server: Server) -> None:
    first = shipped_server.ask(_get(ASK))
    tag = first.headers["etag"]
    again = shipped_server.ask(_get(ASK), if_none_match=f'"other", {tag}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == tag
    assert shipped_server.ask(_get(ASK + " "), if_none_match=tag).status == 200
    assert shipped_server.ask(_get(ASK, format="csv"), if_none_match=tag).status == 200
    # It is a condition of GET and HEAD alone.
    assert shipped_server.query(ASK, accept="*/*", if_none_match=tag).status == 200


def test_a_repeated_query_is_answered_from_memory(shipped_server: Server) -> None:
    memory = shipped_server.serving.memory
    text = "SELECT (42 AS ?repeated) {}"
    first = shipped_server.query(text)
    before = memory.hits
    assert shipped_server.query(text).body == first.body
    assert memory.hits == before + 1


def test_a_long_answer_is_compressed_for_those_who_take_it(shipped_server: Server) -> None:
    text = "SELECT ?s ?o { ?s skos:prefLabel ?o } ORDER BY ?s ?o LIMIT 200"
    plain = shipped_server.query(text)
    packed = shipped_server.query(text, accept_encoding="br, gzip;q=0.5")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert "content-encoding" not in shipped_server.query(text, accept_encoding="gzip;q=0").headers


@pytest.mark.parametrize("form", forms.STREAMED)
def test_a_large_answer_comes_in_pieces_and_whole(shipped_server: Server, form: str) -> None:
    rows = form in ("json", "xml", "csv", "tsv")
    text = MANY if rows else "CONSTRUCT WHERE { ?s ?p ?o }"
    offer = next(
        o for kind in ("select", "construct") for o in forms.OFFERS[kind] if o.name == form
    )
    reply = shipped_server.query(text, offer.media_type)
    assert reply.status == 200
    assert reply.headers["transfer-encoding"] == "chunked"
    if form == "json":
        assert len(reply.rows) == 100_000
    elif form == "csv":
        assert sum(1 for _ in csv.reader(io.StringIO(reply.body.decode()))) == 100_001
    elif form == "tsv":
        assert reply.body.count(b"\n") == 100_001
    elif form == "xml":
        from xml.etree import ElementTree

        assert len(ElementTree.fromstring(reply.body)[1]) == 100_000
    else:
        import pyoxigraph as ox

        assert sum(1 for _ in ox.parse(reply.body, ox.RdfFormat.TURTLE)) > 10_000
    packed = shipped_server.query(text, offer.media_type, accept_encoding="gzip")
    assert len(gzip.decompress(packed.body)) == len(reply.body)


def test_a_large_answer_in_a_form_that_needs_all_of_it_is_refused(shipped_server: Server) -> None:
    reply = shipped_server.ask(_get(MANY, format="markdown"))
    assert reply.status == 400
    assert reply.json["limit"] == "size"
    assert shipped_server.query(ASK).status == 200


def test_graphs_named_in_the_address_are_what_the_query_sees(two: Server) -> None:
    text = "SELECT ?o { ?s ?p ?o }"

    def seen(text: str, *more: tuple[str, str]) -> set[str]:
        reply = two.ask("/sparql?" + urlencode([("query", text), *more]))
        assert reply.status == 200, reply.body
        return {row["o"] for row in reply.rows}

    default, named = "default-graph-uri", "named-graph-uri"
    assert seen("SELECT ?o { <http://e.example/a> ?p ?o }") == {"1"}
    assert seen(text, (default, GRAPH + "one")) == {"1"}
    assert seen(text, (default, GRAPH + "one"), (default, GRAPH + "two")) == {"1", "2"}
    assert seen(text, (named, GRAPH + "two")) == set()
    inside = "SELECT ?o { GRAPH ?g { ?s ?p ?o } }"
    assert seen(inside, (named, GRAPH + "two")) == {"2"}
    assert seen(inside, (default, GRAPH + "two")) == set()
    # What the query says itself counts, until the address says something.
    assert seen(f"SELECT ?o FROM <{GRAPH}two> {{ ?s ?p ?o }}") == {"2"}
    assert seen(f"SELECT ?o FROM <{GRAPH}two> {{ ?s ?p ?o }}", (default, GRAPH + "one")) == {"1"}
    assert seen(f"SELECT ?o FROM NAMED <{GRAPH}two> {{ ?s ?p ?o }}") == set()


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * FROM <http://e.example/g> { ?s ?p ?o }", 403, "FROM"),
        ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", 403, "FROM"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", 403, "INSERT"),
        ("SELECT * { ?s ?p }", 400, ""),
        ("", 400, ""),
        ("ASK {} ASK {}", 400, ""),
    ],
)
def test_what_may_not_run_has_its_status(two: Server, query: str, status: int, said: str) -> None:
    reply = two.query(query)
    assert (reply.status, reply.type) == (status, "application/problem+json")
    assert reply.json["status"] == status
    assert said in reply.json["detail"]
    if query:
        assert reply.json["line"] == 1
        assert reply.json["column"] >= 1
    for part in ("default-graph-uri", "named-graph-uri"):
        outside = two.ask(_get("ASK {}") + f"&{part}=http%3A%2F%2Fe.example%2Fg")
        assert outside.status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", 400),
        ("/sparql?query=ASK%7B%7D&callback=alert", 400),
        ("/sparql?query=ASK%7B%7D%FF", 400),
        ("/sparql?query=ASK%7B%7D&timeout=nan", 400),
        ("/sparql?query=ASK%7B%7D&timeout=-1", 400),
        ("/sparql?update=CLEAR%20ALL", 400),
        ("/sparql?" + "&".join(f"a{i}=1" for i in range(300)), 400),
        ("/nothing/here", 404),
        ("/../../etc/passwd", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/graphs/..%2f..%2fetc%2fpasswd", 404),
    ],
)
def test_a_wrong_address_is_refused(two: Server, path: str, status: int) -> None:
    reply = two.ask(path)
    assert (reply.status, reply.type) == (status, "application/problem+json")
    assert reply.json["detail"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"ASK {}", {"content_type": "text/plain"}, 415),
        (b"ASK {}", {}, 415),
        (b"ASK {}", {"content_type": "application/sparql-query; charset=utf-16"}, 400),
        ("ASK { ?s ?p 'é' }".encode("latin-1"), {"content_type": "application/sparql-query"}, 400),
        (b"query=%ff", {"content_type": "application/x-www-form-urlencoded"}, 400),
        (b"nothing=1", {"content_type": "application/x-www-form-urlencoded"}, 400),
        (
            gzip.compress(b" " * 10_000_000),
            {"content_type": "application/sparql-query", "content_encoding": "gzip"},
            415,
        ),
        (b"CLEAR ALL", {"content_type": "application/sparql-update"}, 403),
        (b"update=CLEAR+ALL", {"content_type": "application/x-www-form-urlencoded"}, 403),
    ],
)
def test_wrong_content_is_refused(
    two: Server, body: bytes, headers: dict[str, str], status: int
) -> None:
    reply = two.ask("/sparql", "POST", body, **headers)
    assert (reply.status, reply.type) == (status, "application/problem+json")
    assert two.query("ASK {}").json["boolean"] is True


def test_a_wrong_method_is_refused_with_those_that_there_are(two: Server) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        reply = two.ask(_get("ASK {}"), method)
        assert reply.status == 405
        assert "GET" in reply.headers["allow"]


def test_a_browser_gets_errors_as_a_page_in_which_nothing_is_markup(two: Server) -> None:
    reply = two.ask("/sparql?query=" + quote("<script>alert(1)</script>"), accept="text/html")
    assert reply.status == 400
    assert reply.type == "text/html"
    assert b"<script>" not in reply.body
    again = two.ask("/sparql?%3Cscript%3E=1", accept="text/html")
    assert b"<script>" not in again.body


def test_a_field_of_the_request_is_never_a_field_of_the_answer(two: Server) -> None:
    reply = two.ask("/sparql?query=ASK%7B%7D&format=json%0d%0aSet-Cookie:%20a=b")
    assert reply.status == 406
    assert "set-cookie" not in reply.headers
    assert two.ask("/sparql", host="a b<script>", accept="text/turtle").status == 400


def test_graphs_can_be_read_by_name_and_the_union_too(two: Server) -> None:
    one = two.ask("/graphs?" + urlencode({"graph": GRAPH + "one"}), accept="application/n-triples")
    assert one.body.count(b"\n") == 1
    assert two.ask("/graphs/one", accept="application/n-triples").body == one.body
    union = two.ask("/graphs?default", accept="application/n-triples")
    assert one.body in union.body
    assert two.ask("/graphs/one").type == "text/turtle"
    assert two.ask("/graphs/one", "HEAD").status == 200
    assert two.ask("/graphs/none").status == 404
    assert two.ask("/graphs").status == 400
    assert two.ask("/graphs?default&graph=http%3A%2F%2Fe.example%2F").status == 400
    assert two.ask("/graphs?graph=not%20an%20iri").status == 400
    for method in ("PUT", "POST", "DELETE"):
        assert two.ask("/graphs/one", method, b"").status == 403
    assert two.ask("/graphs/one", "PATCH", b"").status == 405


def test_what_other_servers_clients_send_along_changes_nothing(two: Server) -> None:
    plain = two.ask("/sparql?query=ASK%7B%7D")
    sent = two.ask("/sparql?query=ASK%7B%7D&infer=true&queryLn=SPARQL&_=17")
    assert (sent.status, sent.body) == (200, plain.body)
    assert sent.headers["etag"] == plain.headers["etag"]


def test_a_graph_is_read_by_its_name_as_pages_write_it(two: Server) -> None:
    whole = two.ask("/graphs?graph=" + quote("https://w3id.org/gambit/ontology"))
    named = two.ask("/graphs/one")
    short = two.ask("/graphs?graph=graph:one")
    assert (whole.status, named.status, short.status) == (200, 200, 200)
    assert short.body == named.body
    assert two.ask("/graphs?graph=graph:three").status == 404
    assert two.ask("/graphs?graph=three").status == 400
