"""Hubs, and what is worked out over all of a graph: in parts, once, and beforehand."""

from __future__ import annotations

import gc
import json
import random
import re
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from bs4 import BeautifulSoup
from conftest import EXAMPLE
from served import TIGHT, Reply, Server, serving, until, workspace

from kg import files
from kg.analysis.timeline import dates_in, timeline
from kg.linking.matching import profiles, said_by
from kg.names import fold, search
from kg.once import Made, once
from kg.store import Store
from kg.vocab import ID, KG, compress, expand, spoken
from kg.web import preparing, telling, thing_rdf, warming
from kg.web.live import Live, Source, State

CLAIMS = 3_000
HYDRA = ox.NamedNode("http://www.w3.org/ns/hydra/core#next")
PREFIXES = (
    f"@prefix kg: <{KG}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
    "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
)
FAR = ID + "actor/ftm-Far%20%C3%A9tat"


def hub(order: int = 0) -> str:
    """Return a graph in which a state has met thousands of others, in one document."""
    lines = [
        f'<{ID}actor/hub> a kg:State ; skos:prefLabel "Hub"@en .',
        f'<{ID}source/log> a kg:SourceDocument ; dcterms:title "Log" ; dcterms:issued "2020" .',
    ]
    for number in range(CLAIMS):
        other = FAR if number == 7 else f"{ID}actor/other-{number}"
        lines.append(
            f"<{ID}claim/c-{number}> a kg:Claim ; rdf:subject <{ID}actor/hub> ;"
            f" rdf:predicate kg:supports ; rdf:object <{other}> ; kg:modality kg:reported ;"
            f" kg:claimKind kg:fact ; kg:polarity kg:affirmative ; kg:holder <{ID}actor/clerk> ;"
            f' kg:statement "Entry {number}"@en ; kg:evidence <{ID}passage/p-{number}> .'
        )
        lines.append(
            f"<{ID}passage/p-{number}> a kg:Passage ; oa:hasSource <{ID}source/log> ;"
            f' kg:locator "entry {number}" .'
        )
    random.Random(order).shuffle(lines)
    return PREFIXES + "@prefix oa: <http://www.w3.org/ns/oa#> .\n" + "\n".join(lines)


@pytest.fixture(scope="module")
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(workspace(tmp_path_factory.mktemp("hub"), own=hub())) as server:
        yield server


def page(server: Server, path: str, status: int = 200) -> BeautifulSoup:
    reply = server.ask(path, accept="text/html")
    assert reply.status == status, reply.body[:500]
    return BeautifulSoup(reply.body, "html.parser")


def said(soup: BeautifulSoup) -> list[str]:
    return [one.get_text() for one in soup.select("article.claim .says a")]


def links(reply: Reply) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', reply.headers.get("link", ""))
    return {rel: address.removeprefix("http://127.0.0.1") for address, rel in found}


def triples(reply: Reply, form: ox.RdfFormat = ox.RdfFormat.TURTLE) -> set[ox.Triple]:
    return {ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(reply.body, format=form)}


# ---------------------------------------------------------------- hubs


def test_the_pages_of_a_hub_lead_through_all_of_its_claims_in_order(hub_server: Server) -> None:
    path, found = "/doc/actor/hub", []
    while path:
        soup = page(hub_server, path)
        found += said(soup)
        onward = soup.select_one('a[rel="next"]')
        path = str(onward["href"]).partition("#")[0] if onward else ""
        assert f"{CLAIMS:,}" in soup.get_text()
    assert found == [f"Entry {number}" for number in range(CLAIMS)]


def test_a_hub_asked_for_whole_says_where_it_ends(hub_server: Server) -> None:
    soup = page(hub_server, "/doc/actor/hub?all=1")
    assert len(said(soup)) == telling.WHOLE < CLAIMS
    assert f"{CLAIMS - telling.WHOLE:,} more of {CLAIMS:,}" in soup.get_text()


def test_the_json_of_a_hub_is_bounded_and_leads_on(hub_server: Server) -> None:
    first = hub_server.ask("/doc/actor/hub.json").json
    (group,) = first["groups"]
    assert (group["count"], len(group["claims"])) == (CLAIMS, telling.WHOLE)
    seen = [one["id"] for one in group["claims"]]
    while group["next"]:
        (group,) = hub_server.ask(f"/doc/actor/hub.json?{group['next']}").json["groups"]
        seen += [one["id"] for one in group["claims"]]
    assert seen == [f"claim:c-{number}" for number in range(CLAIMS)]


def test_a_documents_places_come_in_parts(hub_server: Server) -> None:
    path, found = "/doc/source/log?all=1", []
    while path:
        soup = page(hub_server, path)
        found += [one.get_text() for one in soup.select("#places + div, table tr[id] th")]
        onward = soup.select_one('a[rel="next"]')
        path = str(onward["href"]).partition("#")[0] if onward else ""
    assert [one for one in found if one.startswith("entry ")] == [
        f"entry {number}" for number in range(CLAIMS)
    ]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("group=reported&after=claim:c-99999", 410),
        ("group=reported&after=%22", 410),
        ("group=nonsense", 400),
    ],
)
def test_a_part_that_there_is_not_is_said_to_be_none(
    hub_server: Server, asked: str, status: int
) -> None:
    reply = hub_server.ask(f"/doc/actor/hub?{asked}", accept="text/html")
    assert reply.status == status


def test_the_parts_of_a_document_in_rdf_are_the_whole_and_say_that_they_are_parts(
    hub_server: Server,
) -> None:
    path, found, parts = "/doc/actor/hub.ttl", set[ox.Triple](), 0
    while path:
        reply = hub_server.ask(path)
        here = triples(reply)
        kinds = {t.object.value for t in here if isinstance(t.object, ox.NamedNode)}
        assert "http://www.w3.org/ns/hydra/core#PartialCollectionView" in kinds
        onward = {t.object.value for t in here if t.predicate == HYDRA}
        path = links(reply).get("next", "")
        assert {one.removeprefix("http://127.0.0.1") for one in onward} == (
            {path} if path else set()
        )
        path = re.sub(r"^:\d+", "", path)
        found |= here
        parts += 1
    assert parts == 3
    subject = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#subject")
    claims = {t.subject for t in found if t.predicate == subject}
    assert len(claims) == CLAIMS
    locators = {t.object for t in found if t.predicate == ox.NamedNode(KG + "locator")}
    assert len(locators) == CLAIMS


def test_a_small_document_in_rdf_is_no_part(hub_server: Server) -> None:
    reply = hub_server.ask("/doc/actor/other-1.ttl")
    assert "hydra" not in reply.body.decode()
    assert set(links(reply)) == {"canonical"}


def test_a_part_is_the_same_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    found = []
    for order in (1, 2):
        folder = tmp_path / str(order)
        folder.mkdir()
        live = Live(workspace(folder / "w", own=hub(order)), TIGHT)
        with closing(live), live.now() as state:
            made = thing_rdf.made(state.store, ID + "actor/hub", "http://x.test", "ttl")
            written = thing_rdf.written(made.triples, "ttl")
            found.append((written, made.link, telling.entity(state.store, ID + "actor/hub")))
    assert found[0] == found[1]


# ---------------------------------------------------------------- names without a label


def test_an_id_with_percent_signs_is_a_curie_and_shown_as_it_reads(hub_server: Server) -> None:
    assert compress(FAR) == "actor:ftm-Far%20%C3%A9tat"
    assert expand(compress(FAR)) == FAR
    assert spoken(FAR) == "ftm-Far état"
    soup = page(hub_server, f"/doc/actor/{quote('ftm-Far%20%C3%A9tat')}")
    assert soup.h1.get_text() == "ftm-Far état"
    assert "https://w3id.org" not in soup.select_one(".title").get_text()


@pytest.mark.parametrize(
    ("iri", "shown"),
    [
        (ID + "misp/0b50", "misp:0b50"),
        (ID + "regime/a%0Ab", "regime:a%0Ab"),
        (ID + "regime/a%FFb", "regime:a%FFb"),
        (ID + "regime/%E2%80%AEcod", "regime:%E2%80%AEcod"),
        ("http://example.org/a%20b", "http://example.org/a%20b"),
    ],
)
def test_what_cannot_be_read_stays_an_id(iri: str, shown: str) -> None:
    assert spoken(iri) == shown


def test_a_thing_with_nothing_but_another_name_goes_by_it(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(PREFIXES + f'<{ID}misp/0b50> skos:altLabel "Second Name"@en .')
    assert Store.open(path).label(ID + "misp/0b50") == "Second Name"


# ---------------------------------------------------------------- once


class _Slow:
    def __init__(self) -> None:
        self.begun = 0
        self.waiting = threading.Event()

    @once
    def made(self) -> list[int]:
        self.begun += 1
        self.waiting.wait(10)
        return [self.begun]


def test_two_who_ask_at_once_wait_for_one_work() -> None:
    slow, found = _Slow(), []
    asking = [threading.Thread(target=lambda: found.append(slow.made)) for _ in range(4)]
    for one in asking:
        one.start()
    until(lambda: slow.begun == 1)
    slow.waiting.set()
    for one in asking:
        one.join(10)
    assert found == [[1]] * 4
    assert all(one is found[0] for one in found)
    del slow.__dict__["made"]
    assert slow.made == [2]


def test_a_failure_is_not_kept() -> None:
    made, tries = Made(), []

    def fails_first(one: str) -> str:
        tries.append(one)
        if len(tries) == 1:
            raise ValueError
        return one * 2

    with pytest.raises(ValueError):
        made.of("a", fails_first)
    assert made.of("a", fails_first) == made.of("a", fails_first) == "aa"
    assert len(tries) == 2


def test_what_is_made_of_a_store_is_made_anew_when_it_changes() -> None:
    editable = Store.open(EXAMPLE)
    assert editable.made(_count) is editable.made(_count)
    before = editable.made(_count)
    node = ox.NamedNode(ID + "actor/new")
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    editable.add_triples([ox.Triple(node, kind, ox.NamedNode(KG + "State"))], graph=_GRAPH)
    assert editable.made(_count)["n"] == before["n"] + 1
    assert sum(editable.sizes().values()) == editable.made(_count)["n"]


_GRAPH = ox.NamedNode(ID + "graph/more")


def _count(store: Store) -> dict[str, int]:
    return {"n": sum(1 for _ in store.quads())}


# ---------------------------------------------------------------- beforehand


def test_whoever_is_ready_has_worked_out_what_first_requests_need(hub_server: Server) -> None:
    with hub_server.live.now() as state:
        assert {"claims", "labels", "edges", "disputes"} <= state.store.__dict__.keys()
    assert hub_server.live.warmed


@pytest.mark.parametrize("data", ["shipped", "example"])
def test_every_step_of_warming_can_be_done(data: str, request: pytest.FixtureRequest) -> None:
    state = State(request.getfixturevalue(data), TIGHT, Source().query_folders)
    for step in warming.steps(state):
        step()


def test_warming_ends_when_nobody_needs_it_any_more(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    state = State(example.editable(), TIGHT, ())

    def steps(_: State) -> Iterator[object]:
        yield lambda: done.append(1)
        state.close()
        yield lambda: done.append(2)

    monkeypatch.setattr(warming, "steps", steps)
    state.warm()
    assert done == [1]


def test_a_step_that_fails_leaves_the_server_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def steps(_: State) -> Iterator[object]:
        yield lambda: 1 // 0

    monkeypatch.setattr(warming, "steps", steps)
    with serving(workspace(tmp_path / "w", own=f"<{ID}actor/a> a <{KG}State> .")) as server:
        assert server.ask("/readyz").status == 200
        assert server.ask("/").status == 200
    assert "could not be worked out" in caplog.text


def test_newer_data_are_served_when_they_are_warm(tmp_path: Path) -> None:
    source = workspace(tmp_path / "w", own=f"<{ID}actor/a> a <{KG}State> .")
    with serving(source) as server:
        key = server.live.key
        more = f"<{ID}actor/a> a <{KG}State> . <{ID}actor/b> a <{KG}State> ."
        (tmp_path / "w" / "graphs" / "own.ttl").write_text(more)
        until(lambda: server.live.key != key)
        with server.live.now() as state:
            assert {"claims", "labels", "edges", "disputes"} <= state.store.__dict__.keys()


def test_large_data_are_made_ready_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    source = workspace(tmp_path / "w", own=hub())
    preparing.prepare(source, threading.Event())
    store = source.read()
    kept = [store.table(name, "claims.py") for name in ("claims", "passages", "edges")]
    there = {path.name.partition("-")[0] for path in kept[0].parent.iterdir()}  # type: ignore[union-attr]
    assert {"claims", "passages", "edges"} <= there
    assert len(store.claims) == CLAIMS


def test_making_ready_ends_with_the_server_and_is_not_done_for_small_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    stopped = threading.Event()
    stopped.set()
    source = workspace(tmp_path / "large", own=hub())
    preparing.prepare(source, stopped)
    small = workspace(tmp_path / "small", own=f"<{ID}actor/a> a <{KG}State> .")
    preparing.prepare(small, threading.Event())
    assert not list((files.cache_dir() / "compiled").glob("*.tables"))


def test_data_that_are_served_no_more_are_let_go_of(tmp_path: Path) -> None:
    source = workspace(tmp_path / "w", own=f"<{ID}actor/a> a <{KG}State> .")
    with serving(source) as server:
        for path in ("/", "/search?q=a", "/reconcile", "/timeline", "/contested"):
            assert server.ask(path, accept="text/html").status == 200
        with server.live.now() as state:
            old = weakref.ref(state.store)
        del state
        gc.disable()
        try:
            (tmp_path / "w" / "graphs" / "own.ttl").write_text(f"<{ID}actor/b> a <{KG}State> .")
            until(lambda: old() is None)
        finally:
            gc.enable()


# ---------------------------------------------------------------- the same answers as before


def test_statements_are_found_as_by_looking_at_each(shipped: Store) -> None:
    for text in ("missile", "Treaty", "a", "2024", "no such words"):
        wanted = fold(text)
        each = {
            iri
            for iri, claim in shipped.claims.items()
            if wanted in fold(claim.statement) or wanted in fold(claim.note)
        }
        hits = search(shipped, text, limit=10_000, claims=True)
        assert {hit.iri for hit in hits if hit.iri in shipped.claims} >= each
        if text == "no such words":
            assert not each


@pytest.mark.parametrize("undated", [False, True])
def test_the_parts_of_a_timeline_are_the_whole(shipped: Store, undated: bool) -> None:
    whole = timeline(shipped, undated=undated)
    assert dates_in(whole, undated=undated) == len(whole)
    rows = []
    for start in range(0, len(whole) + 20, 20):
        part = timeline(shipped, undated=undated, part=slice(start, start + 20))
        assert part.figures == whole.figures
        rows += part.rows
    assert tuple(rows) == whole.rows


def test_a_timeline_over_http_leads_on_to_its_end(shipped_server: Server) -> None:
    first = shipped_server.ask("/api/timeline?limit=50").json
    whole = shipped_server.ask("/api/timeline?limit=500").json
    assert (len(first["items"]), first["total"]) == (50, whole["total"])
    assert first["items"] == whole["items"][:50]
    assert len(whole["items"]) == whole["total"]
    beyond = page(shipped_server, "/timeline?start=999999")
    assert f"There are {whole['total']} dates" in beyond.get_text()
    assert shipped_server.ask("/timeline?start=x").status == 400
    assert shipped_server.ask("/contested?start=-1").status == 400


@pytest.fixture(scope="module")
def shipped_server() -> Iterator[Server]:
    with serving(Source()) as server:
        yield server


def test_what_claims_tell_apart_is_what_the_engine_tells(shipped: Store, example: Store) -> None:
    for store in (shipped, example):
        assert profiles(store, said_by(store)) == profiles(store)


def test_a_thing_of_many_documents_lists_some_and_counts_all(tmp_path: Path) -> None:
    documents = "".join(
        f'<{ID}source/s-{n}> a kg:SourceDocument ; dcterms:title "S {n}" ;'
        f" dcterms:publisher <{ID}actor/press> .\n"
        for n in range(telling.LISTED + 5)
    )
    own = PREFIXES + documents + f'<{ID}actor/press> a kg:Organization ; skos:prefLabel "Press" .'
    with serving(workspace(tmp_path / "w", own=own)) as server:
        found = server.ask("/doc/actor/press.json").json
        assert (len(found["published"]), found["published_in_all"]) == (200, 205)
        assert "5 more documents" in page(server, "/doc/actor/press").get_text()
        assert json.dumps(found)
