"""Pages and linked data over HTTP, as a client without scripts reads them."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pyoxigraph as ox
import pytest
from bs4 import BeautifulSoup
from conftest import DATA
from served import TIGHT, Reply, Server, serving, until, workspace

from kg.names import search
from kg.store import Store
from kg.vocab import DATA_KINDS, ID, KG, KINDS
from kg.web import editor, suggesting
from kg.web.live import Source

DPRK = ID + "actor/dprk"
RDF_TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
}


@pytest.fixture(scope="module")
def shipped_server() -> Iterator[Server]:
    with serving(Source()) as server:
        yield server


@pytest.fixture(scope="module")
def hostile_server() -> Iterator[Server]:
    with serving(Source(paths=(DATA / "hostile-labels.ttl",))) as server:
        yield server


def page(server: Server, path: str, status: int = 200) -> BeautifulSoup:
    reply = server.ask(path, accept="text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert reply.status == status, reply.body[:500]
    assert reply.type == "text/html"
    return BeautifulSoup(reply.body, "html.parser")


def triples(reply: Reply) -> set[ox.Triple]:
    form = {
        "text/turtle": ox.RdfFormat.TURTLE,
        "application/ld+json": ox.RdfFormat.JSON_LD,
        "application/n-triples": ox.RdfFormat.N_TRIPLES,
    }[reply.type]
    return {ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(reply.body, format=form)}


# ---------------------------------------------------------------- names and documents


def test_a_name_leads_to_the_document_about_it(shipped_server: Server) -> None:
    reply = shipped_server.ask("/id/actor/dprk")
    assert reply.status == 303
    assert reply.headers["location"] == f"{shipped_server.address}/doc/actor/dprk"
    assert "Accept" in reply.headers["vary"]


def test_every_kind_of_name_the_data_have_leads_to_a_document(shipped_server: Server) -> None:
    with shipped_server.live.now() as state:
        nodes = {
            kind: next((n for n in state.store.labels if n.startswith(f"{ID}{kind}/")), None)
            for kind in KINDS
        }
        nodes["claim"] = next(iter(state.store.claims))
        nodes["passage"] = next(iter(state.store.passages))
        nodes["citation"] = next(iter(state.store.citations))
    found = {kind: node for kind, node in nodes.items() if node}
    assert len(found) > 15
    for node in found.values():
        path = node.removeprefix("https://w3id.org/gambit")
        reply = shipped_server.ask(path)
        assert reply.status == 303
        there = reply.headers["location"].removeprefix(shipped_server.address)
        page(shipped_server, there)


def test_names_of_imported_things_and_of_other_people_lead_to_documents(tmp_path) -> None:  # type: ignore[no-untyped-def]
    said = "".join(
        f"<{ID}{kind}/x.1> <http://www.w3.org/2004/02/skos/core#prefLabel> '{kind} 1'@en .\n"
        for kind in DATA_KINDS
    )
    said += "<http://www.wikidata.org/entity/Q423> a <http://e.example/T> ."
    with serving(workspace(tmp_path / "w", one=said)) as server:
        for kind in DATA_KINDS:
            assert server.ask(f"/id/{kind}/x.1").status == 303
            assert f"{kind} 1" in page(server, f"/doc/{kind}/x.1").h1.text
        for given in ("wd:Q423", "http://www.wikidata.org/entity/Q423"):
            reply = server.ask(f"/id?iri={quote(given, safe='')}")
            assert reply.status == 303
            there = reply.headers["location"].removeprefix(server.address)
            assert server.ask(there, accept="text/turtle").status == 200


@pytest.mark.parametrize("form", RDF_TYPES)
def test_a_document_comes_in_each_form_by_suffix_and_by_accept(
    shipped_server: Server, form: str
) -> None:
    by_suffix = shipped_server.ask(f"/doc/actor/dprk.{form}")
    by_accept = shipped_server.ask("/doc/actor/dprk", accept=f"{RDF_TYPES[form]}, */*;q=0.1")
    assert by_suffix.type == by_accept.type == RDF_TYPES[form]
    assert by_suffix.body == by_accept.body
    said = triples(by_suffix)
    assert {t.object.value for t in said if t.predicate.value == KG + "linkedTo"} == set()
    assert any(t.subject.value == DPRK for t in said)
    claims = {t.subject for t in said if t.predicate.value.endswith("#subject")}
    assert len(claims) > 10, "the claims about it are in its document"


def test_the_json_of_a_document_has_what_its_page_shows(shipped_server: Server) -> None:
    found = shipped_server.ask("/doc/claim/bipss-072.json").json
    shown = page(shipped_server, "/doc/claim/bipss-072")
    assert found["statement"] == shown.h1.text
    for place in found["places"]:
        assert place["locator"] in shown.text


def test_a_form_that_there_is_not_is_refused_with_a_list(shipped_server: Server) -> None:
    reply = shipped_server.ask("/doc/actor/dprk", accept="image/png")
    assert reply.status == 406
    assert "ttl" in reply.json["hint"]


def test_a_suffix_is_passed_on_by_the_name(shipped_server: Server) -> None:
    reply = shipped_server.ask("/id/actor/dprk.ttl")
    assert reply.headers["location"].endswith("/doc/actor/dprk.ttl")


def test_the_public_address_is_in_links_when_it_is_given(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with serving(Source(), replace(TIGHT, base="https://g.example/kg")) as server:
        reply = server.ask("/id/actor/dprk", host="evil.example")
        assert reply.headers["location"] == "https://g.example/kg/doc/actor/dprk"
        shown = page(server, "/doc/actor/dprk")
        kinds = {link["type"]: link["href"] for link in shown.find_all("link", rel="alternate")}
        assert kinds["text/turtle"] == "https://g.example/kg/doc/actor/dprk.ttl"
        local = [a["href"] for a in shown.find_all("a") if a["href"].startswith("/")]
        assert local
        assert all(href.startswith("/kg/") for href in local)


def test_a_linked_node_leads_to_the_one_that_stands_for_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    one = f"<{ID}actor/one> a <{KG}State> ; {label} 'One'@en ."
    two = f"<{ID}cow/2> a <{KG}State> ; {label} 'Two'@en ."
    links = f"<{ID}cow/2> <{KG}linkedTo> <{ID}actor/one> ."
    with serving(workspace(tmp_path / "w", own=one, cow=two, links=links)) as server:
        for path in ("/id/cow/2", "/doc/cow/2"):
            reply = server.ask(path)
            assert reply.status == 303
            assert reply.headers["location"].endswith("/doc/actor/one")
        shown = page(server, "/doc/actor/one")
        assert "cow:2" in shown.find(class_="ids").text


@pytest.mark.parametrize(
    "path",
    [
        "/id/actor/nobody",
        "/doc/actor/nobody.ttl",
        "/id/nothing/x",
        "/doc/actor/%3Cscript%3E",
        "/doc/actor/..%2f..%2f..%2fetc%2fpasswd",
        "/doc/../../etc/passwd",
        "/assets/../web.css",
        "/assets/..%2f..%2fapp.py",
        "/assets/web.css",
        "/assets/app.py",
        "/id/actor/%00",
        "/doc/actor/%F0%9F%98%80",
    ],
)
def test_what_is_not_there_is_404_and_opens_no_file(shipped_server: Server, path: str) -> None:
    reply = shipped_server.ask(path)
    assert reply.status == 404
    assert b"root:" not in reply.body
    assert "import" not in reply.body.decode()


@pytest.mark.parametrize(
    "path", ["/doc?iri=nonsense", "/doc?iri=a&iri=b", "/doc?x=1", "/doc?iri=%ff"]
)
def test_what_names_nothing_is_400(shipped_server: Server, path: str) -> None:
    assert shipped_server.ask(path).status == 400


def test_an_answer_is_not_sent_twice(shipped_server: Server) -> None:
    first = shipped_server.ask("/doc/actor/dprk.ttl")
    again = shipped_server.ask("/doc/actor/dprk.ttl", if_none_match=first.headers["etag"])
    assert again.status == 304
    assert again.body == b""


# ---------------------------------------------------------------- the ontology, VoID, DCAT


def test_every_term_of_the_ontology_has_an_anchor(shipped_server: Server) -> None:
    shown = page(shipped_server, "/ontology")
    anchors = {node["id"] for node in shown.find_all(id=True)}
    with shipped_server.live.now() as state:
        terms = {iri[len(KG) :] for iri in state.store.vocabulary.terms if iri.startswith(KG)}
    assert terms <= anchors
    reply = shipped_server.ask("/id?iri=kg:hasParty")
    assert reply.headers["location"].endswith("/ontology#hasParty")


@pytest.mark.parametrize("form", RDF_TYPES)
def test_the_ontology_comes_in_forms_for_programs(shipped_server: Server, form: str) -> None:
    by_suffix = shipped_server.ask(f"/ontology.{form}")
    assert by_suffix.body == shipped_server.ask("/ontology", accept=RDF_TYPES[form]).body
    with shipped_server.live.now() as state:
        graph = ox.NamedNode(KG.removesuffix("#"))
        quads = list(state.store.engine.quads_for_pattern(None, None, None, graph))
    assert len(triples(by_suffix)) == len(quads) > 3000


def test_the_data_are_described_with_void_and_dcat(shipped_server: Server) -> None:
    known = triples(shipped_server.ask("/.well-known/void", accept="text/html"))
    assert known == triples(shipped_server.ask("/", accept="text/turtle"))
    pairs = {(t.predicate.value, t.object.value) for t in known}
    assert ("http://rdfs.org/ns/void#sparqlEndpoint", f"{shipped_server.address}/sparql") in pairs
    access = [o for p, o in pairs if p == "http://www.w3.org/ns/dcat#accessURL"]
    assert access
    patient = replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=60))
    with serving(Source(), patient) as server:
        for url in access:
            assert server.ask(url.removeprefix(shipped_server.address), "HEAD").status == 200


# ---------------------------------------------------------------- pages


PARTIES = (
    "SELECT ?agreement ?party ?date WHERE { ?agreement kg:hasParty ?party ; kg:signedOn ?date }"
)
PAGES = (
    "/",
    "/api",
    "/sparql",
    f"/sparql?query={quote(PARTIES)}",
    f"/query?as=graph&query={quote(PARTIES)}",
    "/doc/actor/dprk",
    "/doc/claim/bipss-072",
    "/doc/agreement/russia-dprk-treaty-2024",
    "/search?q=korea",
    "/timeline",
    "/contested",
    "/ontology",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_structure_to_find_ones_way_by(shipped_server: Server, path: str) -> None:
    shown = page(shipped_server, path)
    assert shown.html["lang"] == "en"
    assert len(shown.find_all("h1")) == 1
    assert shown.title.text.endswith("Gambit")
    assert [shown.find(name) is None for name in ("main", "header", "nav", "footer")] == [False] * 4
    ids = [node["id"] for node in shown.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for label in shown.find_all("label", attrs={"for": True}):
        assert shown.find(id=label["for"]) is not None
    assert not [n for n in shown.find_all(True) if any(a.startswith("on") for a in n.attrs)]
    assert not [s for s in shown.find_all("script") if not s.get("src") and s.get("type") is None]
    assert not shown.find_all(style=True)


@pytest.mark.parametrize("path", PAGES)
def test_no_link_of_a_page_leads_nowhere(shipped_server: Server, path: str) -> None:
    shown = page(shipped_server, path)
    links = {a["href"].partition("#")[0] for a in shown.find_all("a") if a["href"].startswith("/")}
    for href in sorted(links)[:25]:
        assert shipped_server.ask(href, accept="text/html,*/*;q=0.1").status == 200, href


def test_the_policy_allows_the_pages_own_scripts_and_no_other(shipped_server: Server) -> None:
    reply = shipped_server.ask("/", accept="text/html")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    shown = BeautifulSoup(reply.body, "html.parser")
    for script in shown.find_all("script", src=True):
        assert f"'{script['integrity']}'" in policy


def test_assets_are_kept_long_and_named_by_their_content(shipped_server: Server) -> None:
    shown = page(shipped_server, "/")
    found = [shown.find("link", rel="stylesheet")["href"], shown.find("script")["src"]]
    for href in found:
        assert re.search(r"\.[0-9a-f]{16}\.(css|js)$", href)
        reply = shipped_server.ask(href)
        assert reply.status == 200
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_properties_of_others_are_told_in_words(shipped_server: Server) -> None:
    aside = page(shipped_server, "/doc/actor/dprk").find("aside")
    link = aside.find("a", title="dcterms:source")
    assert link.text == "source"


def test_a_claims_page_gives_the_chain_of_its_evidence(shipped_server: Server) -> None:
    shown = page(shipped_server, "/doc/claim/bipss-072")
    terms = {dt.text for dt in shown.find_all("dt")}
    assert {"Held by", "Put as", "Written in", "Origins", "In the graph"} <= terms


def test_an_agreements_page_lists_its_obligations_with_their_claims(shipped_server: Server) -> None:
    shown = page(shipped_server, "/doc/agreement/russia-dprk-treaty-2024")
    rows = shown.find(id="obligations").tbody.find_all("tr")
    assert len(rows) >= 2
    assert all(row.find("a", href=re.compile(r"^/doc/claim/")) for row in rows)


def test_what_is_hedged_is_never_shown_without_saying_so(shipped_server: Server) -> None:
    shown = page(shipped_server, "/doc/actor/dprk")
    cards = shown.find_all("article", class_="claim")
    assert len(cards) > 20
    for card in cards:
        assert card.find(class_="chip").text in card["class"]


def test_search_finds_a_name_in_any_script_and_says_what_matched(shipped_server: Server) -> None:
    shown = page(shipped_server, f"/search?q={quote('북한')}")
    assert shown.find("ul", class_="hits").a["href"] == "/doc/actor/dprk"
    found = shipped_server.ask(f"/suggest?q={quote('북한')}").json
    assert found[0]["id"] == "actor:dprk"
    assert found[0]["page"] == "/doc/actor/dprk"


@pytest.mark.parametrize("more", ["", "&claims=1"])
def test_further_hits_of_a_search_are_on_further_pages(shipped_server: Server, more: str) -> None:
    path, found = f"/search?q=korea{more}", []
    while path:
        shown = page(shipped_server, path)
        found += [hit.a["href"] for hit in shown.find("ul", class_="hits").find_all("li")]
        onward = shown.find("a", rel="next")
        path = onward["href"] if onward else ""
    assert len(found) > 60
    assert len(set(found)) == len(found)
    beyond = page(shipped_server, f"/search?q=korea{more}&from=900")
    assert "No more is found." in beyond.find("main").text
    page(shipped_server, "/search?q=korea&from=x", 400)


def test_a_class_lists_what_is_in_it_and_in_classes_below(shipped_server: Server) -> None:
    shown = page(shipped_server, "/search?class=kg:Agreement")
    links = [a["href"] for a in shown.find("main").find("ul").find_all("a")]
    assert "/doc/agreement/russia-dprk-treaty-2024" in links[:3]
    assert all(href.startswith("/doc/") for href in links)
    assert shipped_server.ask("/search?class=kg:Agreement&from=x").status == 400


def test_a_name_that_stands_for_several_things_is_asked_back(shipped_server: Server) -> None:
    shown = page(shipped_server, "/timeline?about=nobody-of-this-name", 404)
    alert = shown.find(role="alert")
    assert "nothing is called" in alert.text
    assert "kg search" not in alert.text  # (a page has a link)
    found = page(shipped_server, alert.find("a")["href"])
    assert found.find(id="q")["value"] == "nobody-of-this-name"
    page(shipped_server, "/timeline?from=yesterday", 400)


def test_a_date_in_dispute_leads_to_the_claims_of_the_other_sides(shipped_server: Server) -> None:
    shown = page(shipped_server, "/timeline?about=agreement:us-rok-treaty-1953")
    rows = shown.find("table", class_="dates").tbody.find_all("tr")
    sides = {(row.th.text, a["href"]) for row in rows for a in row.select(".warn a")}
    assert ("1954-11-17", "/doc/claim/context-075") in sides
    assert {("1954-11-18", f"/doc/claim/context-07{n}") for n in (3, 4)} <= sides


@pytest.mark.parametrize(
    "path",
    [
        "/graph?depth=2&about=Iran",
        "/graph?from=Home&to=Iran",
        "/timeline?about=Iran&undated=1",
        "/contested?about=Iran",
        "/queries/motivations-of?actor=Iran",
    ],
)
def test_each_thing_that_a_name_may_mean_is_a_link_that_asks_the_same_of_it(
    tmp_path,  # type: ignore[no-untyped-def]
    path: str,
) -> None:
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    things = "".join(
        f"<{ID}actor/{slug}> a <{KG}State> ; {label} '{name}'@en ."
        for slug, name in (("one", "Iran"), ("two", "Iran"), ("home", "Home"))
    )
    with serving(workspace(tmp_path / "w", own=things)) as server:
        reply = server.ask(path, accept="text/html")
        alert = BeautifulSoup(reply.body, "html.parser").find(role="alert")
        links = [a["href"] for a in alert.find_all("a")]
        assert [urlsplit(href).path for href in links] == [urlsplit(path).path] * 2
        for slug, href in zip(("one", "two"), links, strict=True):
            asked = path.replace("Iran", f"actor:{slug}")
            assert set(parse_qsl(urlsplit(href).query)) == set(parse_qsl(urlsplit(asked).query))
        followed = server.ask(links[0], accept="text/html")
        assert b"stands for 2 things" not in followed.body


def test_the_home_page_says_what_a_grade_means_and_what_it_leaves_out(
    shipped_server: Server,
) -> None:
    shown = page(shipped_server, "/")
    table = shown.find("table", class_=False)
    heads = [head.text for head in table.find_all("th", scope="col")]
    assert heads == ["Source", "Claims", "Issued", "Reliability"]  # none has edition or licence
    grades = {row.find_all("td")[2].text for row in table.tbody.find_all("tr")}
    assert grades == {"F"}
    assert shown.find(id="grades").text.endswith("A to F: F reliability cannot be judged.")
    more = shown.find("section", attrs={"aria-labelledby": "things"}).find("p")
    listed = page(shipped_server, more.find("a")["href"])
    assert listed.find("main").find("table") is not None


@pytest.mark.parametrize("kind", ["entity", "search", "suggest", "home", "timeline"])
def test_labels_with_markup_are_text(hostile_server: Server, kind: str) -> None:
    with hostile_server.live.now() as state:
        nodes = [n for n in state.store.labels if n.startswith(ID)]
        nodes += list(state.store.claims)
        labels = [name.text for names in state.store.labels.values() for name in names]
    markup = [text for text in labels if "<" in text]
    assert markup, "the corpus has markup"
    paths = {
        "entity": [
            n.removeprefix("https://w3id.org/gambit").replace("/id/", "/doc/", 1) for n in nodes
        ],
        "search": [f"/search?claims=1&q={quote(text[:100], safe='')}" for text in labels],
        "suggest": [f"/suggest?q={quote(text[:100], safe='')}" for text in labels],
        "home": ["/", "/ontology"],
        "timeline": ["/timeline?undated=1", "/contested"],
    }[kind]
    for path in paths:
        reply = hostile_server.ask(path, accept="text/html")
        assert reply.status in (200, 404), path
        if kind == "suggest":
            assert reply.type == "application/json"
            assert reply.headers["x-content-type-options"] == "nosniff"
            json.loads(reply.body)
            continue
        shown = BeautifulSoup(reply.body, "html.parser")
        assert not shown.find_all("img")
        assert not [n for n in shown.find_all(True) if any(a.startswith("on") for a in n.attrs)]
        assert not [s for s in shown.find_all("script") if not s.get("src")]
        assert not [a for a in shown.find_all("a") if a["href"].lower().startswith("javascript:")]
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", reply.body.decode())


# ---------------------------------------------------------------- saved queries and the explorer


def test_every_saved_query_has_a_form_that_its_examples_fill(shipped_server: Server) -> None:
    listed = page(shipped_server, "/queries")
    with shipped_server.live.now() as state:
        queries = dict(state.queries)
    links = {a["href"] for a in listed.find("main").find_all("a")}
    assert {f"/queries/{name}" for name in queries} <= links
    for name, found in queries.items():
        shown = page(shipped_server, f"/queries/{name}?{urlencode(found.examples)}")
        fields = {node["name"] for node in shown.find("main").find_all("input")}
        assert fields == {param.name for param in found.params}
        assert "row" in shown.find("main").find(role="status").text, name


def test_an_answer_can_be_taken_along_in_every_form(shipped_server: Server) -> None:
    shown = page(shipped_server, "/queries/motivations-of?actor=DPRK")
    links = [a["href"] for a in shown.find_all("a", download=True)]
    assert len(links) >= 6
    for href in links:
        reply = shipped_server.ask(href)
        assert reply.status == 200
        assert reply.headers["content-disposition"].startswith('attachment; filename="motivations')
    rows = csv.reader(io.StringIO(shipped_server.ask(links_of(links, "csv")).body.decode()))
    assert len(list(rows)) - 1 == len(shown.find("table").tbody.find_all("tr"))


def links_of(links: list[str], form: str) -> str:
    return next(href for href in links if href.endswith(f"format={form}"))


def test_each_row_of_an_answer_leads_to_its_places(shipped_server: Server) -> None:
    shown = page(shipped_server, "/queries/motivations-of?actor=DPRK")
    for row in shown.find("table").tbody.find_all("tr"):
        marks = row.find("td", class_="marks").find_all("a")
        assert marks
        assert all(shown.find(id=mark["href"][1:]) is not None for mark in marks)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/queries/motivations-of?actor=Atlantis", 404, "nothing is called"),
        ("/queries/timeline?since=yesterday", 400, "is not a date"),
        ("/graph?from=DPRK&to=Atlantis", 404, "nothing is called"),
        ("/graph?sparql=SELECT%20nonsense", 400, "Line 1"),
        ("/graph?sparql=ASK%20%7B%7D", 400, ""),
    ],
)
def test_a_wrong_value_is_told_beside_the_form(
    shipped_server: Server, path: str, status: int, said: str
) -> None:
    shown = page(shipped_server, path, status)
    assert said in shown.find(role="alert").text
    assert shown.find("main").find("form") is not None


@pytest.mark.parametrize(
    "path",
    [
        "/graph?depth=9",
        "/graph?about=DPRK&nonsense=1",
        "/graph?from=DPRK",
        "/graph?projection=none",
        "/graph?sparql=x&query=contested",
        "/queries/motivations-of?actor=a&actor=b",
        "/queries/motivations-of?nonsense=1",
        "/search?q=" + "x" * 300,
        "/suggest?q=a&q=b",
        "/timeline?x=1",
    ],
)
def test_what_a_page_does_not_know_is_400(shipped_server: Server, path: str) -> None:
    assert shipped_server.ask(path).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/queries/..%2f..%2fpyproject",
        "/queries/nothing",
        "/query?saved=..%2fx",
        "/graph?query=..%2fx",
    ],
)
def test_a_saved_query_that_is_none_is_404(shipped_server: Server, path: str) -> None:
    assert shipped_server.ask(path).status == 404


def test_the_explorer_draws_the_part_that_is_asked_for(shipped_server: Server) -> None:
    def drawn(path: str) -> set[str]:
        shown = page(shipped_server, path)
        data = json.loads(shown.find(id="data").string)
        return {node["id"] for node in data["nodes"]}

    treaty = "agreement:russia-dprk-treaty-2024"
    one, two = drawn(f"/graph?about={treaty}"), drawn(f"/graph?about={treaty}&about=DPRK")
    assert treaty in one
    assert one < two < drawn("/graph")
    found = shipped_server.ask(f"/graph.json?about={treaty}").json
    assert {node["id"] for node in found["nodes"]} == one
    assert all(link["claims"] for link in found["links"])
    assert "motivation:answer-to-us-tension" in drawn("/graph?query=motivations-of&actor=DPRK")


def test_a_query_of_a_strangers_runs_within_limits(shipped_server: Server) -> None:
    heavy = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?l) }"
    shown = page(shipped_server, f"/graph?sparql={quote(heavy)}", 503)
    assert "stopped" in shown.find(role="alert").text
    page(shipped_server, "/graph?about=DPRK")


def test_the_editors_page_shows_a_query_as_text(shipped_server: Server) -> None:
    text = "</textarea><script>alert(1)</script>"
    shown = page(shipped_server, f"/query?query={quote(text)}", 400)
    assert shown.find("textarea").text.strip() == text
    assert not [s for s in shown.find_all("script") if not s.get("src")]


def test_completion_knows_classes_properties_and_what_goes_with_what(
    shipped_server: Server,
) -> None:
    found = shipped_server.ask("/query/terms.json").json
    assert "kg:Treaty" in {one["id"] for one in found["classes"]}
    assert "kg:hasParty" in found["of"]["kg:Treaty"]
    assert "motivations-of" in found["queries"]
    # (A name that is not known is told as a slip.)
    known = {one["id"] for part in ("classes", "properties", "values") for one in found[part]}
    for query in found["queries"].values():
        assert {*re.findall(r"(?<![\w:-])kg:\w+", query["text"])} <= known


def test_counts_for_completion_take_no_turn_of_the_readers_and_are_made_again_when_they_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    counting = editor._USED
    with serving(Source(), replace(TIGHT, workers=2)) as server:
        monkeypatch.setattr(editor, "_USED", slow)
        monkeypatch.setattr(editor, "_LIMITS", editor._LIMITS._replace(timeout_s=4.0))
        early = server.ask("/query/terms.json").json
        assert early["of"] == {}
        assert "kg:Treaty" in {one["id"] for one in early["classes"]}
        assert server.serving.lanes.running == 1
        # (It would be stopped with 429 if another long one of this reader's ran.)
        assert server.query(slow).status == 503
        monkeypatch.setattr(editor, "_USED", counting)
        until(lambda: server.ask("/query/terms.json").json["of"] != {})
        counted = server.ask("/query/terms.json").json
        assert "kg:hasParty" in counted["of"]["kg:Treaty"]


def test_pages_change_when_the_data_does(tmp_path) -> None:  # type: ignore[no-untyped-def]
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    said = f"<{ID}actor/one> a <{KG}State> ; {label} 'First name'@en ."
    source = workspace(tmp_path / "w", own=said)
    with serving(source) as server:
        tag = server.ask("/doc/actor/one", accept="text/html").headers["etag"]
        (tmp_path / "w" / "graphs" / "own.ttl").write_text(said.replace("First", "Second"))
        until(lambda: "Second name" in page(server, "/doc/actor/one").h1.text)
        again = server.ask("/doc/actor/one", accept="text/html", if_none_match=tag)
        assert again.status == 200


def test_suggestions_are_what_a_search_finds(shipped: Store) -> None:
    quick = suggesting.Names(shipped)
    for text in ("korea", "north", "Russia", "treaty of", "북한", "rea", "DPRK", "u", "2024"):
        found = quick.search(text, 8)
        searched = search(shipped, text, limit=8)
        assert [hit.iri for hit in found] == [hit.iri for hit in searched], text
        assert found == searched or {h.label for h in found} == {h.label for h in searched}
    assert quick.search("zzzz", 8) == quick.search(" ", 8) == []


def test_data_with_gaps_have_pages(tmp_path) -> None:  # type: ignore[no-untyped-def]
    said = (
        f"@prefix kg: <{KG}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ."
        f"<{ID}claim/c> a kg:Claim ; rdf:subject <{ID}actor/a> ; rdf:predicate kg:supports ;"
        f" rdf:object <{ID}actor/b> ; kg:modality kg:asserted ; kg:claimKind kg:fact ;"
        f" kg:polarity kg:affirmative ; kg:evidence <{ID}passage/p> ."
        f"<{ID}passage/p> a kg:Passage ."
    )
    with serving(workspace(tmp_path / "w", own=said)) as server:
        for path in (
            "/",
            "/doc/claim/c",
            "/doc/passage/p",
            "/doc/actor/a",
            "/graph",
            "/contested",
            "/timeline",
        ):
            page(server, path)


# ---------------------------------------------------------------- answers


def asked(server: Server, query: str, view: str = "table", status: int = 200) -> BeautifulSoup:
    return page(server, "/query?" + urlencode({"query": query, "as": view}), status)


def test_a_browser_that_asks_the_endpoint_gets_the_page_of_the_editor(
    shipped_server: Server,
) -> None:
    shown = page(shipped_server, f"/sparql?query={quote(PARTIES)}")
    assert shown.find("textarea").text.strip() == PARTIES
    table = shown.find(id="result").find("table")
    assert [head.text for head in table.thead.find_all("th")][:3] == ["agreement", "party", "date"]
    assert table == asked(shipped_server, PARTIES).find(id="result").find("table")
    named = shipped_server.ask(f"/sparql?query={quote(PARTIES)}&format=html")
    assert BeautifulSoup(named.body, "html.parser").find("nav") is not None


def test_the_endpoints_page_says_that_nothing_is_inferred_and_how_to_ask_for_it(
    shipped_server: Server,
) -> None:
    shown = page(shipped_server, "/sparql")
    pattern = shown.find("code", string=re.compile("subClassOf")).text
    query = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}"
    number = shipped_server.query(query).json["results"]["bindings"][0]["n"]["value"]
    home = page(shipped_server, "/").find(class_="lead").text
    assert home.startswith(f"{number} claims")  # identity links among them, which are a class below


@pytest.mark.parametrize("accept", ["*/*", "text/csv, */*;q=0.1", "application/json, text/html"])
def test_a_program_that_asks_the_endpoint_gets_data(shipped_server: Server, accept: str) -> None:
    reply = shipped_server.ask(f"/sparql?query={quote(PARTIES)}", accept=accept)
    assert reply.status == 200
    assert reply.type in ("application/sparql-results+json", "application/json", "text/csv")


def test_a_cell_has_the_label_its_id_and_the_page_of_the_thing(shipped_server: Server) -> None:
    shown = asked(shipped_server, "SELECT ?x ?y { VALUES (?x ?y) { (actor:dprk 5) } }")
    thing, number, *_ = shown.find(id="result").tbody.tr.find_all("td")
    assert thing.a["href"] == "/doc/actor/dprk"
    assert thing.a.text == "North Korea"
    assert thing.code.text == "actor:dprk"
    assert number["class"] == ["n"]


def test_a_claim_in_an_answer_says_how_firmly_it_is_put(shipped_server: Server) -> None:
    shown = asked(shipped_server, "SELECT ?c { ?c kg:modality kg:possible } LIMIT 3")
    cells = [row.td for row in shown.find(id="result").tbody.find_all("tr")]
    assert [cell.find(class_="chip").text for cell in cells] == ["possible"] * 3
    assert all(cell.a["title"] for cell in cells)


def test_texts_show_their_language_and_gaps_are_no_empty_texts(shipped_server: Server) -> None:
    query = "SELECT ?a ?b ?c { VALUES (?a ?b ?c) { ('북한'@ko UNDEF '') } }"
    one, gap, empty, *_ = asked(shipped_server, query).find(id="result").tbody.tr.find_all("td")
    assert one.span["lang"] == "ko"
    assert one.find(class_="tongue").text == "ko"
    assert gap.find(class_="none")["aria-label"] == "no value"
    assert empty.find(class_="none") is None


def test_what_an_answer_names_and_nobody_describes_is_no_link(shipped_server: Server) -> None:
    query = "SELECT ?x { VALUES ?x { actor:nobody-at-all <http://e.example/x> } }"
    cells = [row.td for row in asked(shipped_server, query).find(id="result").tbody.find_all("tr")]
    assert [cell.a for cell in cells] == [None, None]


def test_a_longer_answer_says_that_it_is_cut_and_where_the_rest_is(shipped_server: Server) -> None:
    shown = asked(shipped_server, "SELECT ?s ?o { ?s rdf:type ?o }")
    rows = shown.find(id="result").find("table").tbody.find_all("tr")
    assert len(rows) == 500
    assert "first 500 rows" in shown.find(class_="note").text
    assert "first 500 rows" in shown.find(role="status").text
    more = shipped_server.ask(links_of(downloads(shown), "csv"))
    assert more.body.count(b"\n") > 501


def test_very_wide_rows_and_very_long_texts_make_no_very_large_page(
    shipped_server: Server,
) -> None:
    heads = " ".join(f"?v{n}" for n in range(1_000))
    shown = asked(shipped_server, f"SELECT {heads} {{ ?s rdf:type ?o }} LIMIT 100")
    rows = shown.find(id="result").find("table").tbody.find_all("tr")
    assert len(rows) == 40
    assert "first 40 rows" in shown.find(class_="note").text
    long = f"SELECT ?x {{ VALUES ?x {{ '{'y' * 5_000}' }} }}"
    cell = asked(shipped_server, long).find(id="result").tbody.td
    assert "5,000 characters" in cell.find(class_="tongue").text
    assert len(cell.span.text) == 2_001


def downloads(shown: BeautifulSoup) -> list[str]:
    return [a["href"] for a in shown.find_all("a", download=True)]


@pytest.mark.parametrize(
    "query", [PARTIES, "ASK { ?s a kg:Treaty }", "CONSTRUCT WHERE { ?a kg:hasParty ?b }"]
)
def test_an_answer_to_a_query_can_be_taken_along_in_every_form(
    shipped_server: Server, query: str
) -> None:
    links = downloads(asked(shipped_server, query))
    assert len(links) >= 4
    for href in links:
        reply = shipped_server.ask(href, accept="text/html")
        assert reply.status == 200
        assert reply.type != "text/html"


def test_a_query_too_long_for_an_address_is_sent_and_taken_along_by_post(
    shipped_server: Server,
) -> None:
    query = f"# {'x' * 40_000}\n{PARTIES}"
    body = urlencode({"query": query, "as": "timeline"}).encode()
    form = "application/x-www-form-urlencoded"
    reply = shipped_server.ask("/query", "POST", body, content_type=form, accept="text/html")
    assert reply.status == 200
    shown = BeautifulSoup(reply.body, "html.parser")
    along = shown.find("form", class_="along")
    sent = {"query": along.textarea.text.lstrip("\n"), "format": along.button["value"]}
    taken = shipped_server.ask(
        along["action"], "POST", urlencode(sent).encode(), content_type=form, accept="text/html"
    )
    assert len(taken.rows) == len(shown.find(id="result").find("tbody").find_all("tr"))
    assert shipped_server.ask("/query", "POST", b"x", content_type="text/plain").status == 415


def standing(shown: BeautifulSoup) -> dict[tuple[str, str, str], str]:
    rows = shown.find(id="result").find("details").tbody.find_all("tr")
    found = {}
    for row in rows:
        source, label, target, *_ = (cell.text.strip() for cell in row.find_all("td"))
        found[source, label, target] = row["class"][0]
    return found


def test_a_drawing_tells_edges_from_claims_and_from_what_only_the_query_joins(
    shipped_server: Server,
) -> None:
    query = """CONSTRUCT { ?a kg:hasParty ?b . ?b kg:nonsense ?a . ?e kg:motivatedBy ?m }
        WHERE { { ?a kg:hasParty ?b } UNION
        { ?c rdf:subject ?e ; rdf:predicate kg:motivatedBy ; rdf:object ?m } }"""
    lines = standing(asked(shipped_server, query, "graph"))
    kinds = {
        label: {kind for line, kind in lines.items() if line[1] == label} for _, label, _ in lines
    }
    assert kinds["has party"] == {"edge"}
    assert kinds["kg:nonsense"] == {"joined"}
    assert kinds["motivated by"] == {"claimed"}
    with shipped_server.live.now() as state:
        drawn = {str(edge[1]) for edge in state.store.edges}
    assert KG + "motivatedBy" not in drawn


def test_two_things_of_a_row_are_joined_by_what_is_claimed_between_them_or_by_nothing(
    shipped_server: Server,
) -> None:
    shown = asked(shipped_server, PARTIES, "graph")
    assert set(standing(shown).values()) == {"edge"}
    rows = shown.find(id="result").find("details").tbody.find_all("tr")
    assert all(row.find("a", href=re.compile("^/doc/claim/")) for row in rows)
    alone = "SELECT ?a ?b { VALUES (?a ?b) { (actor:dprk actor:bbc-news) } }"
    shown = asked(shipped_server, alone, "graph")
    assert set(standing(shown).values()) == {"joined"}
    assert shown.find("svg", class_="drawing").find("circle", r="3") is not None


def test_a_drawing_that_is_too_large_says_what_it_leaves_out(shipped_server: Server) -> None:
    shown = asked(shipped_server, "SELECT ?a ?b { ?a rdf:subject ?b }", "graph")
    assert len(shown.find("svg", class_="drawing").find_all("a")) <= 120
    assert any("are not drawn here" in note.text for note in shown.find_all(class_="note"))


def test_rows_with_dates_stand_in_order_of_time(shipped_server: Server) -> None:
    shown = asked(shipped_server, PARTIES, "timeline")
    dates = [head.text for head in shown.find(id="result").tbody.find_all("th")]
    assert len(dates) > 5
    assert dates == sorted(dates)
    spans = "SELECT ?x ?from ?to { VALUES (?x ?from ?to) { (1 '2001-01-01'^^xsd:date '2005-01-01'^^xsd:date) (2 '2003'^^xsd:gYear UNDEF) } }"
    strips = asked(shipped_server, spans, "timeline").find(id="result").tbody.find_all("rect")
    assert [float(strip["width"]) > 20 for strip in strips] == [True, True]


@pytest.mark.parametrize("query", ["SELECT ?x { ?x a kg:Nothing }", "ASK { ?x a kg:Nothing }"])
def test_nothing_found_is_not_told_as_false(shipped_server: Server, query: str) -> None:
    assert "does not make it false" in asked(shipped_server, query).find("main").text


def test_a_view_that_an_answer_has_not_is_its_table(shipped_server: Server) -> None:
    shown = asked(shipped_server, "SELECT ?x { VALUES ?x { 1 } }", "timeline")
    assert shown.find(id="result").find("table").tbody.td.text == "1"
    assert shown.find(class_="tabs") is None


@pytest.mark.parametrize("view", ["table", "graph", "timeline"])
def test_a_saved_query_and_an_ad_hoc_one_show_their_answers_alike(
    shipped_server: Server, view: str
) -> None:
    with shipped_server.live.now() as state:
        text = state.queries["one-origin"].text
    saved = page(shipped_server, f"/queries/one-origin?as={view}").find("table").tbody
    own = asked(shipped_server, text, view).find(id="result").find("table").tbody
    assert len(saved.find_all("tr")) > 5
    assert saved == own


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("SELECT * WHERE {\n ?s kg:signedOn }", 400, "Line 2"),
        ("SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i) } ORDER BY ?c", 503, "stopped"),
        ("DELETE WHERE { ?s ?p ?o }", 403, ""),
    ],
)
def test_what_is_wrong_with_a_query_is_told_below_it(
    shipped_server: Server, query: str, status: int, said: str
) -> None:
    shown = asked(shipped_server, query, status=status)
    assert said in shown.find(role="alert").text
    assert shown.find("textarea").text.strip() == query
    if status == 503:
        again = shipped_server.ask("/query?" + urlencode({"query": query}), accept="text/html")
        assert int(again.headers["retry-after"]) > 0
    program = shipped_server.query(query)
    assert (program.status, program.type) == (status, "application/problem+json")


def test_a_query_ends_when_its_reader_goes_away(tmp_path) -> None:  # type: ignore[no-untyped-def]
    patient = replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=300))
    heavy = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i) } ORDER BY ?c"
    with serving(Source(), patient) as server:
        lanes = server.serving.lanes
        with socket.create_connection(("127.0.0.1", server.port)) as reader:
            head = (
                f"GET /query?query={quote(heavy)} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n"
            )
            reader.sendall(head.encode())
            until(lambda: lanes.running == 1)
        until(lambda: lanes.running == 0)
        asked(server, PARTIES)


def test_the_page_over_a_server_that_has_the_data_shows_the_same(shipped_server: Server) -> None:
    patient = replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=60))
    with serving(Source(endpoint=f"{shipped_server.address}/sparql"), patient) as server:
        for view in ("table", "graph", "timeline"):
            there = asked(server, PARTIES + " ORDER BY ?agreement ?party ?date", view)
            here = asked(shipped_server, PARTIES + " ORDER BY ?agreement ?party ?date", view)
            assert there.find(id="result").tbody == here.find(id="result").tbody


def test_no_page_allows_styles_that_nobody_vouches_for(shipped_server: Server) -> None:
    words = set()
    for path in (*PAGES, "/query", "/nothing", f"/query?query={quote(PARTIES)}", "/queries"):
        reply = shipped_server.ask(path, accept="text/html")
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy, path
        nonce = re.search(r"style-src 'self'(?: 'nonce-(\w+)')?;", policy)
        assert nonce is not None
        if nonce[1]:
            assert f'nonce="{nonce[1]}"'.encode() in reply.body
            words.add(nonce[1])
    assert len(words) >= 2


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/doc/actor/nobody-of-this-name", 404),
        ("/search?nonsense=1", 400),
        ("/queries/nothing", 404),
        ("/sparql?format=nonsense", 406),
        ("/graphs", 400),
        ("/api/entities/nobody-of-this-name", 404),
    ],
)
def test_an_error_is_a_page_with_the_ways_on_for_a_browser_and_a_problem_for_a_program(
    shipped_server: Server, path: str, status: int
) -> None:
    shown = page(shipped_server, path, status)
    assert shown.find("nav") is not None
    assert shown.find("input", id="find") is not None
    assert shown.find("main").find("a", href="/") is not None
    assert str(status) in shown.find(class_="kind").text
    told = shipped_server.ask(path, accept="application/json")
    assert (told.status, told.type) == (status, "application/problem+json")
    assert told.json["detail"].lower() == shown.h1.text.lower()
    assert shown.find(class_="problem").text.strip()


def test_a_name_that_is_not_there_can_be_searched_for(shipped_server: Server) -> None:
    shown = page(shipped_server, "/doc/actor/north-korea", 404)
    assert shown.find("a", href="/search?q=north%20korea") is not None


def test_the_page_of_an_error_is_under_the_public_address(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with serving(Source(), replace(TIGHT, base="https://g.example/kg")) as server:
        shown = page(server, "/nothing", 404)
        local = [a["href"] for a in shown.find_all("a") if a["href"].startswith("/")]
        assert all(href.startswith("/kg/") for href in local)


def test_the_endpoint_describes_itself_to_people(shipped_server: Server) -> None:
    shown = page(shipped_server, "/sparql")
    with shipped_server.live.now() as state:
        graphs, limits = state.graphs, shipped_server.serving.settings.limits
    assert graphs <= {code.text for code in shown.find_all("code")}
    assert f"{limits.rows:,}" in shown.find("main").text
    kinds = {link["type"]: link["href"] for link in shown.find_all("link", rel="alternate")}
    said = triples(shipped_server.ask(kinds["text/turtle"].removeprefix(shipped_server.address)))
    assert any(t.object.value.endswith("service-description#Service") for t in said)
