"""/reconcile: the Reconciliation Service API 0.2, checked with the community group's schemas where they are.

The schemas are not in this repository: RECONCILIATION_SCHEMAS names the folder 0.2/schemas
of a checkout of reconciliation-api/specs.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import pytest
from conftest import EXAMPLE
from referencing import Registry, Resource
from served import TIGHT, Reply, Server, serving, workspace

from kg.linking.reconciliation import Query, Reconciler
from kg.sandbox import Limits
from kg.store import Store
from kg.web.live import Source

_EXTEND = {
    "ids": ["actor/dprk", "agreement/russia-dprk-treaty-2024", "actor/nobody"],
    "properties": [
        {"id": "names"},
        {"id": "definition"},
        {"id": "types"},
        {"id": "id:wikidata"},
        {"id": "kg:hasParty"},
        {"id": "kg:signedOn", "settings": {"limit": "1"}},
    ],
}


@pytest.fixture(scope="module")
def over() -> Reconciler:
    return Reconciler(Store.open())


def post(server: Server, **form: object) -> Reply:
    body = urlencode({name: json.dumps(value) for name, value in form.items()}).encode()
    return server.ask("/reconcile", "POST", body, content_type="application/x-www-form-urlencoded")


def results(server: Server, **query: Any) -> list[dict[str, Any]]:
    reply = post(server, queries={"q0": query})
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json["q0"]["result"]
    return found


def matched(server: Server, **query: Any) -> list[str]:
    return [candidate["id"] for candidate in results(server, **query) if candidate["match"]]


# ---------------------------------------------------------------- the group's schemas


_ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "manifest": ("", {}),
    "reconciliation-result-batch": (
        "",
        {"queries": json.dumps({"a": {"query": "North Korea"}, "b": {"query": "Rusia"}})},
    ),
    "suggest-entities-response": ("/suggest/entity", {"prefix": "nor"}),
    "suggest-properties-response": ("/suggest/property", {"prefix": "has"}),
    "suggest-types-response": ("/suggest/type", {"prefix": "st"}),
    "data-extension-response": ("", {"extend": json.dumps(_EXTEND)}),
    "data-extension-property-proposal": ("/properties", {"type": "kg:State", "limit": "5"}),
}


@pytest.mark.parametrize("name", _ASKED)
def test_an_answer_is_valid_by_the_groups_schema(name: str, server: Server) -> None:
    folder = os.environ.get("RECONCILIATION_SCHEMAS")
    if not folder:
        pytest.skip("RECONCILIATION_SCHEMAS does not name the group's schemas")
    known = {path.name: json.loads(path.read_bytes()) for path in Path(folder).glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (key, Resource.from_contents(schema, jsonschema_draft()))
        for schema in known.values()
        for key in [schema["$id"]]
    )
    path, params = _ASKED[name]
    reply = server.ask(f"/reconcile{path}" + (f"?{urlencode(params)}" if params else ""))
    assert reply.status == 200, reply.body
    schema = known[f"{name}.json"]
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    assert list(validator.iter_errors(reply.json)) == []
    broken = {} if name == "manifest" else []
    assert list(validator.iter_errors(broken)), "the schema refuses nothing"


def jsonschema_draft() -> Any:
    from referencing.jsonschema import DRAFT7

    return DRAFT7


# ---------------------------------------------------------------- the service


def test_the_manifest_leads_to_every_service(server: Server) -> None:
    found = server.ask("/reconcile").json
    assert found["versions"] == ["0.2"]
    assert found["identifierSpace"] == "https://w3id.org/gambit/id/"
    assert found["view"]["url"] == f"{server.address}/id/{{{{id}}}}"
    for what, one in found["suggest"].items():
        prefix = {"entity": "North", "type": "state", "property": "party"}[what]
        path = one["service_path"]
        (first, *_) = server.ask(f"{path}?prefix={prefix}").json["result"]
        flyout = one["flyout_service_path"].replace("${id}", quote(first["id"], safe=""))
        assert server.ask(flyout).json["id"] == first["id"]
    preview = found["preview"]["url"].replace("{{id}}", quote("actor/dprk", safe=""))
    page = server.ask(preview.removeprefix(server.address))
    assert (page.status, page.type) == (200, "text/html")
    assert "North Korea" in page.body.decode()


def test_get_and_post_answer_alike_and_any_page_may_read_it(server: Server) -> None:
    batch = {"q0": {"query": "DPRK"}, "q1": {"query": "Japan", "limit": 1}}
    got = server.ask("/reconcile?" + urlencode({"queries": json.dumps(batch)}))
    assert got.json == post(server, queries=batch).json
    assert got.headers["access-control-allow-origin"] == "*"
    assert "etag" in got.headers
    assert len(got.json["q1"]["result"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "North Korea",
        "DPRK",
        "북한",
        "北朝鮮",
        "korea,  NORTH",
        "Q423",
        "PRK",
        "wd:Q423",
        "actor:dprk",
        "https://w3id.org/gambit/id/actor/dprk",
        "actor/dprk",
        "http://www.wikidata.org/entity/Q423",
    ],
)
def test_one_exact_name_in_any_language_or_identifier_is_a_match(text: str, server: Server) -> None:
    assert matched(server, query=text) == ["actor/dprk"]


@pytest.mark.parametrize("text", ["Nort Korea", "Korea", "Kore", "K", "Severnaya Koreya", "KN"])
def test_what_is_only_like_a_name_is_no_match(text: str, server: Server) -> None:
    assert matched(server, query=text) == []


def test_a_misspelt_name_finds_the_thing_and_says_why(server: Server) -> None:
    best = results(server, query="Nort Korea")[0]
    assert best["id"] == "actor/dprk"
    assert 80 < best["score"] < 100
    assert best["features"][0]["id"] == "names_alike"
    assert best["features"][0]["value"] >= best["score"]
    assert "'Nort Korea'" in best["description"]


def test_scores_are_sorted_and_are_what_the_features_add_up_to(server: Server) -> None:
    found = results(server, query="Treaty with North Korea", limit=50)
    scores = [candidate["score"] for candidate in found]
    assert scores == sorted(scores, reverse=True)
    for candidate in found:
        points = sum(feature["value"] for feature in candidate["features"])
        assert candidate["score"] == max(0, min(100, points))


def test_a_name_of_two_things_is_no_match(tmp_path: Path) -> None:
    twins = EXAMPLE.read_text(encoding="utf-8") + (
        "\n<https://w3id.org/gambit/id/actor/one> a <https://w3id.org/gambit/ontology#Person> ;"
        ' <http://www.w3.org/2004/02/skos/core#prefLabel> "Ann Other"@en .\n'
        "<https://w3id.org/gambit/id/actor/two> a <https://w3id.org/gambit/ontology#State> ;"
        ' <http://www.w3.org/2004/02/skos/core#prefLabel> "Ann Other"@en .\n'
    )
    with serving(workspace(tmp_path, one=twins)) as server:
        both = results(server, query="Ann Other")
        assert [(c["id"], c["match"]) for c in both] == [("actor/one", False), ("actor/two", False)]
        assert all({"id": "name_of_several", "value": -8} in c["features"] for c in both)
        assert matched(server, query="Ann Other", type="kg:Person") == ["actor/one"]
        assert matched(server, query="Ann Other", type=["State"]) == ["actor/two"]
        loose = results(server, query="Ann Other", type="kg:Person", type_strict="should")
        assert [c["id"] for c in loose] == ["actor/one", "actor/two"]
        assert loose[0]["score"] > loose[1]["score"]


def test_a_type_leaves_out_what_is_of_none_and_takes_in_what_is_below(server: Server) -> None:
    assert results(server, query="North Korea", type="kg:SourceDocument")[0]["id"].startswith(
        "source/"
    )
    assert matched(server, query="North Korea", type="kg:Actor") == ["actor/dprk"]
    assert results(server, query="North Korea", type="kg:Outlet") == []
    assert results(server, query="DPRK", type=["kg:State", "kg:Treaty"], type_strict="all") == []


def test_a_property_that_says_something_else_takes_the_match_away(server: Server) -> None:
    treaty = "North Korean–Russian Treaty on Comprehensive Strategic Partnership"
    # (A document is called like the treaty itself.)
    assert matched(server, query=treaty) == []
    kind = "kg:Agreement"
    (ours,) = matched(server, query=treaty, type=kind)
    assert ours == "agreement/russia-dprk-treaty-2024"
    right = {"pid": "kg:hasParty", "v": [{"id": "actor/dprk", "name": "DPRK"}]}
    wrong = {"pid": "kg:hasParty", "v": "Japan"}
    assert matched(server, query=treaty, type=kind, properties=[right]) == [ours]
    assert matched(server, query=treaty, type=kind, properties=[wrong]) == []
    unknown = {"pid": "kg:birthDate", "v": "1984"}
    assert matched(server, query=treaty, type=kind, properties=[unknown]) == [ours]


def test_properties_alone_find_what_has_them(server: Server) -> None:
    found = results(server, properties=[{"pid": "kg:hasParty", "v": ["DPRK"]}])
    assert "agreement/russia-dprk-treaty-2024" in {c["id"] for c in found}
    assert not any(c["match"] for c in found)
    assert matched(server, properties=[{"pid": "id:wikidata", "v": "Q423"}]) == ["actor/dprk"]


def test_values_are_facts_unless_hedged_ones_are_asked_for(server: Server) -> None:
    rows = post(server, extend=_EXTEND).json["rows"]
    assert {"str": "북한"} in rows["actor/dprk"]["names"]
    assert rows["actor/dprk"]["id:wikidata"] == [{"str": "Q423"}]
    parties = rows["agreement/russia-dprk-treaty-2024"]["kg:hasParty"]
    assert {"id": "actor/dprk", "name": "North Korea"} in parties
    assert rows["agreement/russia-dprk-treaty-2024"]["kg:signedOn"][0]["str"].startswith("2024-")
    assert all(values == [] for values in rows["actor/nobody"].values())


def test_a_hedged_value_never_looks_like_a_fact(over: Reconciler) -> None:
    from kg.web.reconciling import extend

    found = 0
    for iri in over.places:
        for name in over.properties():
            if name.startswith("id:") or not over.values(iri, name, hedged=True):
                continue
            asked = {"ids": [iri], "properties": [{"id": name}]}
            facts = extend(over, asked)["rows"][iri][name]
            asked["properties"][0]["settings"] = {"claims": "all"}
            for value in extend(over, asked)["rows"][iri][name]:
                if value not in facts:
                    assert value["str"].endswith(")"), value
                    found += 1
    assert found > 5


def test_suggestions_go_on_where_the_cursor_says(server: Server) -> None:
    first = server.ask("/reconcile/suggest/entity?prefix=n").json["result"]
    more = server.ask("/reconcile/suggest/entity?prefix=n&cursor=5").json["result"]
    assert more[:5] == first[5:10]
    assert server.ask("/reconcile/suggest/entity?prefix=actor/dprk").json["result"][0]["id"] == (
        "actor/dprk"
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?queries=nonsense", 400),
        ("?queries=[]", 400),
        ("?queries=" + quote("[" * 5_000), 400),
        ('?queries={"q":{}}', 400),
        ('?queries={"q":{"query":""}}', 400),
        ('?queries={"q":{"query":5}}', 400),
        ('?queries={"q":{"query":"x","limit":0}}', 400),
        ('?queries={"q":{"query":"x","limit":NaN}}', 400),
        ('?queries={"q":{"query":"x","type":5}}', 400),
        ('?queries={"q":{"query":"x","type_strict":"very"}}', 400),
        ('?queries={"q":{"query":"x","properties":[{"pid":"a"}]}}', 400),
        ('?queries={"q":{"query":"x"}}&callback=alert', 400),
        ('?queries={"q":{"query":"x"}}&queries={}', 400),
        ("?queries={}&extend={}", 400),
        ('?extend={"ids":["actor/dprk"]}', 400),
        ('?extend={"ids":[5],"properties":[{"id":"names"}]}', 400),
        ('?extend={"ids":[],"properties":[{"id":"names","settings":{"limit":"-1"}}]}', 400),
        ("/suggest/entity?prefix=x&cursor=-1", 400),
        ("/preview?id=actor/nobody", 404),
        ("/flyout/type?id=kg:Nothing", 404),
        ("/properties?type=kg:State&limit=x", 400),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(path: str, status: int, server: Server) -> None:
    reply = server.ask("/reconcile" + quote(path, safe="?&=/%"))
    assert (reply.status, reply.type) == (status, "application/problem+json"), reply.body
    assert reply.json["hint"]


def test_a_batch_larger_than_announced_is_413(server: Server) -> None:
    size = server.ask("/reconcile").json["batchSize"]
    most = {f"q{n}": {"query": "Korea"} for n in range(size)}
    assert post(server, queries=most).status == 200
    assert post(server, queries={**most, "more": {"query": "Korea"}}).status == 413


def test_labels_of_strangers_are_text_in_previews(tmp_path: Path) -> None:
    evil = (
        "<https://w3id.org/gambit/id/actor/evil> a <https://w3id.org/gambit/ontology#Person> ;"
        ' <http://www.w3.org/2004/02/skos/core#prefLabel> "<script>alert(1)</script>"@en .'
    )
    with serving(workspace(tmp_path, one=evil)) as server:
        page = server.ask("/reconcile/preview?id=actor/evil")
        assert "&lt;script&gt;" in page.body.decode()
        assert "<script" not in page.body.decode()
        assert "default-src 'none'" in page.headers["content-security-policy"]
        flyout = server.ask("/reconcile/flyout/entity?id=actor/evil").json["html"]
        assert "<script" not in flyout


def test_data_on_a_server_is_reconciled_as_files_are(server: Server) -> None:
    batch = {"a": {"query": "Nort Korea"}, "b": {"query": "Q423"}, "c": {"query": "Yonhap"}}
    patient = replace(TIGHT, limits=Limits())
    with serving(Source(endpoint=f"{server.address}/sparql"), patient) as remote:
        assert post(remote, queries=batch).json == post(server, queries=batch).json


def test_queries_of_one_batch_do_not_change_each_others_answers(over: Reconciler) -> None:
    texts = ["North Korea", "Nort Korea", "Q423", "Russia", "Korea", "Kim"]
    together = over.candidates([Query(text) for text in texts], [10] * len(texts))
    assert together == [over.candidates([Query(text)], [10])[0] for text in texts]
