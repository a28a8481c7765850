"""/api: typed operations with citations, pages that belong to one state of the data, and its documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import pytest
from conftest import EXAMPLE
from served import TIGHT, Reply, Server, serving, until, workspace

from kg import saved
from kg.files import queries_dir
from kg.web.live import Source
from kg.web.operations import OPERATIONS


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.ask("/api/openapi.json").json
    return found


def get(server: Server, path: str, **params: str | int) -> Reply:
    return server.ask(f"/api{path}" + (f"?{urlencode(params)}" if params else ""))


def every(server: Server, path: str, **params: str | int) -> list[dict[str, Any]]:
    """Return the items of all pages."""
    items: list[dict[str, Any]] = []
    found = get(server, path, **params).json
    while True:
        items += found["items"]
        if found["next"] is None:
            return items
        found = get(server, path, **params, cursor=found["next"]).json


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


def test_every_saved_query_and_every_operation_is_documented(document: dict[str, Any]) -> None:
    queries = saved.load_queries(queries_dir())
    assert {f"/api/queries/{name}" for name in queries} <= document["paths"].keys()
    assert {f"/api{o.path}" for o in OPERATIONS.values()} <= document["paths"].keys()
    asked = document["paths"]["/api/queries/motivations-of"]["get"]["parameters"]
    assert [(p["name"], p["required"]) for p in asked if p["name"] == "actor"] == [("actor", True)]


_CALLS = {
    "search": ("/entities", {"q": "korea"}),
    "get_entity": ("/entities/actor:dprk", {}),
    "claims": ("/claims", {"about": "DPRK", "modality": "expected"}),
    "get_claim": ("/claims/claim:bipss-072", {}),
    "neighbors": ("/neighbors", {"of": "DPRK"}),
    "path": ("/path", {"from": "DPRK", "to": "Russia"}),
    "timeline": ("/timeline", {"about": "DPRK", "from": "2024-06"}),
    "contested": ("/contested", {}),
}


@pytest.mark.parametrize("name", _CALLS)
def test_an_answer_is_as_documented_and_cites_what_it_names(
    name: str, server: Server, document: dict[str, Any]
) -> None:
    path, params = _CALLS[name]
    reply = get(server, path, **params)
    assert (reply.status, reply.type) == (200, "application/json")
    template = f"/api{OPERATIONS[name].path}"
    schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]
    jsonschema.validate(
        reply.json,
        {**schema["schema"], "components": document["components"]},
        cls=jsonschema.Draft202012Validator,
    )
    found = reply.json
    assert found["items"] or name == "get_claim"
    found["items"].append({"claims": found.get("claims", [])})
    cited = {c["claim"]: c for c in found["citations"]}
    named = {claim for item in found["items"] for claim in item["claims"]}
    assert named
    assert named <= cited.keys()
    for claim in named:
        assert cited[claim]["modality"]
        assert cited[claim]["places"][0]["source"].startswith("source:")
        assert cited[claim]["places"][0]["place"]


def test_every_saved_query_answers_with_its_examples(
    server: Server, document: dict[str, Any]
) -> None:
    schema = {"$ref": "#/components/schemas/QueryAnswer", "components": document["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    rows = 0
    for name, query in saved.load_queries(queries_dir()).items():
        reply = get(server, f"/queries/{name}", limit=5, **query.examples)
        assert reply.status == 200, (name, reply.body)
        validator.validate(reply.json)
        rows += len(reply.json["items"])
    assert rows > 100


def test_a_row_of_a_saved_query_leads_to_its_claims_and_places(server: Server) -> None:
    found = get(server, "/queries/motivations-of", actor="DPRK").json
    row = found["items"][0]
    assert row["values"]["claim"]["id"] in row["claims"]
    (citation,) = [c for c in found["citations"] if c["claim"] == row["claims"][0]]
    assert citation["places"][0]["passage"] in row["passages"]
    assert citation["statement"]


def test_a_hedged_claim_is_told_apart_from_a_fact(server: Server) -> None:
    items = every(server, "/entities/actor:dprk", limit=40)
    groups = {item["group"]: item for item in items}
    assert groups["possible"]["modality"] == "possible"
    assert get(server, f"/claims/{groups['possible']['id']}").json["in_graph"] is False
    assert get(server, f"/claims/{groups['edges']['id']}").json["in_graph"] is True
    assert all(i["in_graph"] is False for i in every(server, "/claims", modality="expected"))


def test_pages_join_to_the_whole(server: Server) -> None:
    whole = get(server, "/claims", limit=500).json
    pages = every(server, "/claims", limit=37)
    assert [i["id"] for i in pages][: len(whole["items"])] == [i["id"] for i in whole["items"]]
    assert len(pages) == whole["total"] == len({i["id"] for i in pages})


def test_the_link_field_leads_to_the_next_page(server: Server) -> None:
    first = get(server, "/claims", about="DPRK", limit=3)
    onward = first.headers["link"].partition(">")[0].removeprefix("<")
    second = server.ask(f"/api/claims{onward}").json
    assert second["items"][0]["id"] not in {i["id"] for i in first.json["items"]}
    assert all("actor:dprk" in (i["subject"], i["object"]) for i in second["items"])


def test_a_cursor_of_data_that_has_changed_is_gone(tmp_path: Path) -> None:
    content = EXAMPLE.read_text(encoding="utf-8")
    with serving(workspace(tmp_path, one=content)) as server:
        cursor = get(server, "/claims", limit=2).json["next"]
        assert get(server, "/claims", limit=2, cursor=cursor).status == 200
        before = server.live.key
        more = "\n<http://e.example/new> <http://e.example/p> 1 .\n"
        (tmp_path / "graphs" / "one.ttl").write_text(content + more, encoding="utf-8")
        until(lambda: server.live.key != before)
        gone = get(server, "/claims", limit=2, cursor=cursor)
        assert (gone.status, gone.json["parameter"]) == (410, "cursor")
        assert "without cursor" in gone.json["hint"]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/claims?cursor=nonsense", "cursor"),
        ("/claims?cursor=" + "A" * 40, "cursor"),
        ("/claims?limit=0", "limit"),
        ("/claims?limit=501", "limit"),
        ("/claims?limit=5&limit=6", "limit"),
        ("/claims?limit=%D9%A3", "limit"),
        ("/claims?colour=red", "colour"),
        ("/claims?kind=rumour", "kind"),
        ("/claims?as_of=2024-02-30", "as_of"),
        ("/claims?predicate=kg:nothing", "predicate"),
        ("/claims?about=Nowhere%20at%20all", "about"),
        ("/claims?about=%00", "about"),
        ("/claims?about=" + "x" * 2001, "about"),
        ("/entities?type=kg:Nothing", "type"),
        ("/neighbors", "of"),
        ("/neighbors?of=", "of"),
        ("/neighbors?of=DPRK&depth=9", "depth"),
        ("/path?from=DPRK&to=DPRK", "to"),
        ("/timeline?from=2025&to=2024", "to"),
        ("/entities/actor:dprk?id=actor:japan", "id"),
        ("/queries/motivations-of", "actor"),
        ("/queries/motivations-of?actor=", "actor"),
        ("/queries/motivations-of?actor=Nobody%20known", "actor"),
        ("/queries/known-by?day=tomorrow", "day"),
    ],
)
def test_a_wrong_parameter_is_named(path: str, parameter: str, server: Server) -> None:
    reply = server.ask(f"/api{path}")
    assert (reply.status, reply.type) == (400, "application/problem+json"), reply.body
    assert reply.json["parameter"] == parameter
    assert reply.json["hint"]


def test_a_cursor_of_another_question_is_refused(server: Server) -> None:
    cursor = get(server, "/claims", about="DPRK", limit=2).json["next"]
    reply = get(server, "/claims", about="Japan", limit=2, cursor=cursor)
    assert (reply.status, reply.json["parameter"]) == (400, "cursor")


def test_an_unknown_thing_is_404_and_an_ambiguous_name_lists_the_things(tmp_path: Path) -> None:
    twice = (
        '<http://e.example/a> <http://www.w3.org/2004/02/skos/core#prefLabel> "Twin"@en .'
        '<http://e.example/b> <http://www.w3.org/2004/02/skos/core#prefLabel> "Twin"@en .'
    )
    with serving(workspace(tmp_path, one=twice)) as server:
        assert get(server, "/entities/actor:nobody").status == 404
        reply = get(server, "/entities/Twin")
        assert reply.status == 404
        assert len(reply.json["candidates"]) == 2
        whole = get(server, "/entities/" + quote("http://e.example/a", safe="")).json
        assert whole["label"] == "Twin"


def test_no_path_is_an_empty_list_that_says_what_else_to_try(server: Server) -> None:
    found = get(server, "/path", **{"from": "DPRK", "to": "Japan"}).json
    assert (found["items"], found["total"]) == ([], 0)
    assert "hedged=true" in found["notes"][-1]
    hedged = get(server, "/path", **{"from": "DPRK", "to": "Japan", "hedged": "true"}).json
    assert hedged["items"][0]["materialised"] is False


def test_names_in_any_script_stand_for_a_thing(server: Server) -> None:
    for name in ("북한", "PRK", "wd:Q423", "north korea"):
        assert get(server, f"/entities/{quote(name)}", limit=1).json["id"] == "actor:dprk"
    assert get(server, "/entities", q="북한").json["items"][0]["id"] == "actor:dprk"


def test_entities_of_a_class_have_it_or_one_below(server: Server) -> None:
    items = every(server, "/entities", type="kg:State", limit=100)
    assert "actor:dprk" in {item["id"] for item in items}
    assert len(items) < get(server, "/entities").json["total"]
    broader = get(server, "/entities", type="kg:Actor").json["total"]
    assert broader > len(items)


@pytest.mark.parametrize("name", sorted(_CALLS))
def test_data_on_a_server_answers_as_files_do(name: str, server: Server) -> None:
    path, params = _CALLS[name]
    with serving(Source(endpoint=f"{server.address}/sparql")) as remote:
        ours, theirs = get(server, path, **params).json, get(remote, path, **params)
        assert theirs.status == 200, theirs.body
        assert theirs.json["items"] == ours["items"]
        assert theirs.json["citations"] == ours["citations"]
        assert "etag" not in theirs.headers


def test_what_is_unchanged_is_not_sent_again(server: Server) -> None:
    first = get(server, "/contested")
    again = server.ask("/api/contested", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert get(server, "/contested", limit=2).headers["etag"] != first.headers["etag"]


def test_a_head_request_has_no_body_and_other_methods_are_refused(server: Server) -> None:
    head = server.ask("/api/claims", "HEAD")
    assert (head.status, head.body) == (200, b"")
    reply = server.ask("/api/claims", "DELETE")
    assert (reply.status, reply.type) == (405, "application/problem+json")
    assert "GET" in reply.headers["allow"]
    assert server.ask("/api/claims", accept="image/png").status == 406


def test_two_editions_of_a_data_set_are_compared(tmp_path: Path) -> None:
    source = workspace(tmp_path, one=EXAMPLE.read_bytes())
    old = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / "graphs" / "old.ttl").write_text(_without_a_claim(old), encoding="utf-8")
    manifest = json.loads((tmp_path / "gambit.json").read_text())
    (entry,) = manifest["graphs"].values()
    entry |= {
        "dataset": "example",
        "edition": "2025",
        "earlier": [{"edition": "2024", "file": "graphs/old.ttl"}],
    }
    (tmp_path / "gambit.json").write_text(json.dumps(manifest), encoding="utf-8")
    with serving(source, TIGHT) as server:
        found = get(server, "/diff", before="example@2024", after="example").json
        assert found["counts"]["new"] == 1
        (new,) = [item for item in found["items"] if item["change"] == "new"]
        assert new["sources"]
        reply = get(server, "/diff", before="example@2024", after="example")
        tag = reply.headers["etag"]
        again = {"before": "example@2024", "after": "example"}
        address = f"/api/diff?{urlencode(again)}"
        assert server.ask(address, if_none_match=tag).status == 304
        # Editions that are not served now: nothing but the tag tells of their change.
        (tmp_path / "graphs" / "old.ttl").write_text(old, encoding="utf-8")
        changed = server.ask(address, if_none_match=tag)
        assert (changed.status, changed.json["counts"]["new"]) == (200, 0)
        assert changed.headers["etag"] != tag
        for name in ("../../etc/passwd", "example@2023", "graphs/old.ttl"):
            reply = get(server, "/diff", before=name, after="example")
            assert (reply.status, reply.json["parameter"]) == (400, "before")


def _without_a_claim(turtle: str) -> str:
    """Return the example without its last claim."""
    from kg.store import Store

    iri = list(Store.open(EXAMPLE).claims)[-1]
    import pyoxigraph as ox

    kept = [
        quad.triple
        for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)
        if iri not in (str(getattr(quad.subject, "value", "")), getattr(quad.object, "value", ""))
    ]
    return ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES).decode()


def test_without_a_workspace_there_is_nothing_to_compare(server: Server) -> None:
    reply = get(server, "/diff", before="a", after="b")
    assert reply.status == 404
    assert "workspace" in reply.json["detail"]


def test_a_query_of_the_workspace_runs_within_the_limits_of_strangers(tmp_path: Path) -> None:
    source = workspace(tmp_path, one="<http://e.example/a> <http://e.example/p> 1, 2 .")
    (tmp_path / "queries" / "mine.rq").write_text(
        "#+ summary: Numbers\n#+ params:\n#+   least: {type: integer, default: 1, help: From}\n"
        "SELECT ?least ?n WHERE { ?s ?p ?n FILTER(isNumeric(?n) && ?n >= ?least && ?s = <http://e.example/a>) } ORDER BY ?n\n"
    )
    values = " ".join(map(str, range(2_000)))
    (tmp_path / "queries" / "bomb.rq").write_text(
        f"#+ summary: Too much\nSELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {values} }} "
        f"VALUES ?b {{ {values} }} VALUES ?c {{ {values} }} }}\n"
    )
    folders = (tmp_path / "queries", queries_dir())
    with serving(Source(workspace=source.workspace, query_folders=folders)) as server:
        found = get(server, "/queries/mine", least=2).json
        assert [row["values"]["n"]["value"] for row in found["items"]] == ["2"]
        stopped = get(server, "/queries/bomb")
        assert (stopped.status, stopped.json["limit"]) == (503, "time")
        assert get(server, "/queries/mine").status == 200


def test_labels_of_strangers_are_text_in_the_page(tmp_path: Path) -> None:
    source = workspace(tmp_path, one="<http://e.example/a> <http://e.example/p> 1 .")
    (tmp_path / "queries" / "evil.rq").write_text("#+ summary: <script>alert(1)</script>\nASK {}\n")
    folders = (tmp_path / "queries", queries_dir())
    with serving(Source(workspace=source.workspace, query_folders=folders)) as server:
        page = server.ask("/api", accept="text/html").body.decode()
        assert "&lt;script&gt;" in page
        assert "<script>" not in page
        assert get(server, "/queries/evil").json["boolean"] is True


def test_the_examples_on_the_page_work(server: Server) -> None:
    import re
    from html import unescape

    page = server.ask("/api", accept="text/html").body.decode()
    assert "<script>" not in page
    main = page[page.index("<main") : page.index("</main>")]
    links = [unescape(link) for link in re.findall(r'href="(/[^"]+)"', main)]
    assert len(links) > 60
    for link in links[:40]:
        assert server.ask(link).status == 200, link


def test_llms_txt_names_every_operation_and_query(server: Server) -> None:
    reply = server.ask("/llms.txt")
    text = reply.body.decode()
    assert reply.type == "text/plain"
    assert text.startswith("# Gambit\n\n> ")
    for name in (*OPERATIONS, *saved.load_queries(queries_dir())):
        assert f"[{name}](" in text


@pytest.mark.slow
def test_schemathesis_finds_no_answer_that_is_not_documented(server: Server) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_url(f"{server.address}/api/openapi.json")
    seen = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=6,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case: Any) -> None:
            # (What names a thing or a class is known to the data, not to a schema.)
            case.call_and_validate(
                base_url=server.address, excluded_checks=[positive_data_acceptance]
            )

        try_it()
        seen += 1
    assert seen > 70
