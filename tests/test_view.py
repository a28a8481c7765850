"""The page as bytes: what it holds, what it cannot do, and that it is the same every time."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from html import unescape
from itertools import combinations, product
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from conftest import DATA, EXAMPLE, TOP

from kg import view
from kg.claims import Modality
from kg.errors import RefusedError
from kg.projection import Projection, around, project
from kg.store import Store
from kg.view import columns, dates, layout

VIEW = TOP / "kg" / "view"


def page_of(store: Store, **options: Any) -> str:
    projection = project(store, include_hedged=True)
    return view.render(store, projection, title="A title", **options).decode("utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def without_vendored(page: str) -> str:
    return page.replace(view._asset("vendor/vis-network.min.js"), "")


@pytest.fixture(scope="module")
def page(example: Store) -> str:
    return page_of(example)


@pytest.fixture(scope="module")
def data(page: str) -> dict[str, Any]:
    return data_of(page)


@pytest.fixture(scope="module")
def hostile() -> Store:
    return Store.open(DATA / "hostile-labels.ttl")


# ---------------------------------------------------------------- what the page holds


def test_nodes_and_edges_are_those_of_the_projection(example: Store, data: dict[str, Any]) -> None:
    graph = project(example, include_hedged=True).graph
    assert {node["id"] for node in data["nodes"]} == set(graph)
    assert {edge["id"] for edge in data["edges"]} == {
        f"{source} {key} {target}" for source, target, key in graph.edges(keys=True)
    }


def test_every_edge_leads_to_claims_with_a_source_and_a_place(data: dict[str, Any]) -> None:
    for edge in data["edges"]:
        assert edge["claims"]
        for claim in edge["claims"]:
            for place in data["model"]["claims"][claim]["places"]:
                assert place["locator"]
                assert data["model"]["sources"][place["source"]]["title"]


def test_a_hedged_claim_is_never_a_direct_edge(data: dict[str, Any]) -> None:
    hedged = [edge for edge in data["edges"] if edge["modality"] not in ("asserted", "reported")]
    assert hedged
    assert not any(edge["direct"] for edge in hedged)


def test_only_flat_statements_are_drawn_solid_and_no_two_dashes_are_alike() -> None:
    dashes = {name: tuple(row["dash"]) for name, row in view.style()["modalities"].items()}
    assert dashes["asserted"] == ()
    assert all(dash for name, dash in dashes.items() if name != "asserted")
    assert len(set(dashes.values())) == len(dashes) == len(Modality)


def test_a_denial_says_so(data: dict[str, Any]) -> None:
    denied = [edge for edge in data["edges"] if edge["denied"]]
    assert [edge["to"] for edge in denied] == ["actor:corvia"]
    assert not denied[0]["direct"]


def test_a_claim_that_cannot_be_drawn_stands_in_its_nodes_panel(data: dict[str, Any]) -> None:
    march = next(node for node in data["nodes"] if node["id"] == "event:march")
    dates = [c for c in march["claims"] if data["model"]["claims"][c]["p"] == "kg:date"]
    assert {data["model"]["claims"][c]["value"] for c in dates} == {"2020-05-02", "2020-05-03"}


def test_a_conflict_can_be_followed_from_both_sides(data: dict[str, Any]) -> None:
    claims = data["model"]["claims"]
    assert ["conflicts with", "claim:example-10"] in claims["claim:example-03"]["links"]
    assert ["conflicts with", "claim:example-03"] in claims["claim:example-10"]["links"]


def test_footnotes_lead_to_the_document_they_cite(data: dict[str, Any]) -> None:
    notes = data["model"]["claims"]["claim:example-04"]["notes"]
    assert notes == [{"marker": "1", "cited": "source:review-2"}]


def test_the_original_holder_stands_beside_the_holder(data: dict[str, Any]) -> None:
    claim = data["model"]["claims"]["claim:example-07"]
    assert claim["holders"] == ["actor:ada-author"]
    assert claim["original"] == ["actor:unnamed-observers"]
    assert data["model"]["names"]["actor:unnamed-observers"] == "unnamed observers"


def test_a_passage_is_shown_only_where_the_caller_has_it(example: Store) -> None:
    place = "passage:daily-1-p1-s1"
    given = data_of(page_of(example, passage_texts={place: "Words of the sentence."}))
    places = given["model"]["claims"]["claim:example-01"]["places"]
    assert [p["text"] for p in places] == ["Words of the sentence."]
    assert (
        "text" not in data_of(page_of(example))["model"]["claims"]["claim:example-01"]["places"][0]
    )


def test_a_source_can_be_given_another_address(example: Store) -> None:
    archived = "https://archive.example.org/guards"
    given = data_of(page_of(example, sources={"source:daily-1": archived}))
    assert given["model"]["sources"]["source:daily-1"]["url"] == archived


def test_what_is_left_out_is_said(example: Store, page: str) -> None:
    left_out = project(example, include_hedged=True).left_out
    assert sum(left_out.values()) > 0
    assert f"{sum(left_out.values())} claims are not drawn: " in page


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "Every claim is drawn."),
        ({"literal value": 1}, "1 claim is not drawn: 1 literal value."),
        ({"hedged": 2, "literal value": 2}, "4 claims are not drawn: 2 hedged, 2 literal values."),
        ({"edge without claim": 1}, "1 edge has no claim behind, so it is not drawn."),
    ],
)
def test_the_sentence_on_what_is_left_out(counts: dict[str, int], said: str) -> None:
    assert view.left_out(counts) == said


def test_an_empty_graph_gives_a_page_that_says_so(example: Store) -> None:
    empty = Projection(nx.MultiDiGraph(), "edges", {})
    page = view.render(example, empty, title="Nothing").decode("utf-8")
    assert "Nothing to draw" in page
    assert data_of(page)["nodes"] == []


def test_too_many_nodes_are_refused_with_a_way_out(example: Store) -> None:
    many: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    many.add_nodes_from(f"actor:a{i}" for i in range(view.MAX_NODES + 1))
    with pytest.raises(RefusedError, match="100001 nodes") as caught:
        view.render(example, Projection(many, "edges", {}), title="Too many")
    assert caught.value.hint
    assert "--about" in caught.value.hint


def test_the_whole_shipped_graph_fits_in_one_page(shipped: Store) -> None:
    projection = project(shipped, include_hedged=True)
    page = view.render(shipped, projection, title="All").decode("utf-8")
    found = data_of(page)
    assert len(found["nodes"]) == projection.graph.number_of_nodes()
    assert len(found["edges"]) == projection.graph.number_of_edges()
    assert len(page) < 4_000_000


def test_a_whole_page_holds_every_claim_also_those_about_things_without_a_line(
    shipped: Store,
) -> None:
    claims = data_of(page_of(shipped))["model"]["claims"]
    assert len(claims) == len(shipped.claims)
    left_out = project(shipped, include_hedged=True).left_out
    drawn = sum(claim["drawn"] for claim in claims.values())
    assert drawn + sum(left_out.values()) == len(claims)


def test_a_page_about_one_thing_holds_only_the_claims_near_it(shipped: Store) -> None:
    part = around(project(shipped, include_hedged=True), "actor:united-kingdom", depth=1)
    found = data_of(view.render(shipped, part, title="Part").decode("utf-8"))
    assert 0 < len(found["model"]["claims"]) < len(shipped.claims) / 2


def test_no_source_is_called_by_its_identifier(shipped: Store) -> None:
    sources = data_of(page_of(shipped))["model"]["sources"]
    assert [curie for curie, source in sources.items() if source["title"] == curie] == []


# ---------------------------------------------------------------- what the page cannot do


def test_nothing_in_the_page_points_outside_but_links_to_sources(page: str) -> None:
    # The script makes a snippet with a frame for the pages of others: as text, not as markup.
    ours = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(link|img|iframe|base|object|embed)\b", ours)
    assert not re.search(r"\bsrc\s*=", ours)
    assert "@import" not in ours
    assert "url(" not in ours
    assert "sourceMappingURL" not in page


def test_the_policy_allows_exactly_the_scripts_in_the_page(page: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert found
    policy = unescape(found[1])
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'none'" in policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = re.findall(r"'sha256-([^']+)'", policy)
    assert len(scripts) == 2
    assert hashes == [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts
    ]
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_hostile_labels_stay_text(hostile: Store) -> None:
    page = page_of(hostile, passage_texts={"passage:bad-1": "</script><script>alert(1)</script>"})
    ours = without_vendored(page)
    assert page.count("</script>") == 3
    assert "<img" not in ours
    assert "<svg" not in ours
    labels = {node["id"]: node["label"] for node in data_of(page)["nodes"]}
    assert labels["actor:markup"] == "<img src=x onerror=\"window.__xss='label'\">"
    assert labels["actor:closing"].startswith("</script><script>")


def test_a_hostile_title_stays_text(example: Store) -> None:
    title = "</title><script>window.__xss=1</script>\u202egnip"
    page = view.render(example, project(example), title=title).decode("utf-8")
    assert "<script>window" not in page
    assert "&lt;/title&gt;" in page
    assert "\u202e" not in without_vendored(page)


def test_directions_cannot_be_overridden_in_secret(hostile: Store) -> None:
    page = page_of(hostile)
    assert "\u202e" not in without_vendored(page)
    labels = {node["id"]: node["label"] for node in data_of(page)["nodes"]}
    assert labels["actor:backwards"] == "Borland[U+202E]dnaloB"


def test_a_very_long_label_is_cut_on_the_canvas_and_whole_in_the_panel(hostile: Store) -> None:
    node = next(n for n in data_of(page_of(hostile))["nodes"] if n["id"] == "actor:long")
    assert len(node["label"]) == 10_000
    assert sum(map(len, node["lines"])) <= view.LABEL
    assert node["lines"][-1].endswith("…")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "//example.org/",
        "https://example.org/ x",
        'https://example.org/"onclick=x',
        "https://example.org/\nx",
        "",
    ],
)
def test_only_plain_https_addresses_become_links(url: str) -> None:
    assert view.link(url) == ""


def test_a_plain_https_address_becomes_a_link() -> None:
    assert view.link("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"


def test_the_script_never_makes_markup_of_text() -> None:
    script = view.own_script(served=True)
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in script


def test_the_script_of_a_file_asks_nobody_and_keeps_nothing() -> None:
    kept = ("XMLHttpRequest", "WebSocket", "localStorage", "import(")
    assert not [way for way in ("fetch(", *kept) if way in view.own_script()]
    # A page of a server asks that one, in one part of its script.
    served = view.own_script(served=True)
    assert not [way for way in kept if way in served]
    assert served.count("fetch(") == view._asset("script/asking.js").count("fetch(") > 0


def test_the_script_can_be_read_in_one_sitting() -> None:
    parts = {path.stem: path.read_text("utf-8") for path in (VIEW / "script").iterdir()}
    assert sorted(parts) == sorted(view.SCRIPT)
    assert {name for name, text in parts.items() if len(text.splitlines()) > 400} == set()


def test_vendored_files_are_the_published_ones() -> None:
    known = tomllib.loads((VIEW / "vendor" / "VENDORED.toml").read_text("utf-8"))
    named = {"VENDORED.toml"}
    for entry in known.values():
        content = (VIEW / "vendor" / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert entry["version"] in content[:400].decode("utf-8")
        named |= {entry["file"], *entry["licence_files"]}
    assert {path.name for path in (VIEW / "vendor").iterdir()} == named


def test_a_file_with_an_end_tag_cannot_go_into_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bad.js").write_text("const a = '</SCRIPT>';", "utf-8")
    monkeypatch.setattr(view, "_HERE", tmp_path)
    with pytest.raises(RefusedError, match="end tag"):
        view._asset("bad.js")


# ---------------------------------------------------------------- the same every time


def test_equal_input_gives_equal_bytes(example: Store, page: str) -> None:
    assert page_of(example) == page


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_the_bytes_do_not_depend_on_the_hash_seed(example: Store, page: str, seed: str) -> None:
    code = (
        "import hashlib\n"
        "from kg import view\n"
        "from kg.projection import project\n"
        "from kg.store import Store\n"
        f"store = Store.open({str(EXAMPLE)!r})\n"
        "page = view.render(store, project(store, include_hedged=True), title='A title')\n"
        "print(hashlib.sha256(page).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=TOP,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(page.encode("utf-8")).hexdigest()


def test_plain_jinja_renders_the_same_page(example: Store, page: str) -> None:
    projection = project(example, include_hedged=True)
    nodes, edges, model = view._model(
        example, projection, "A title", {}, {}, view._Placing("force", "")
    )
    environment = view.template_environment(model)
    assert environment.get_template("page.html").render(nodes=nodes, edges=edges) == page


# ---------------------------------------------------------------- looks


def test_every_family_of_the_ontology_has_a_look(shipped: Store) -> None:
    terms = shipped.vocabulary.terms.values()
    families = {term.family for term in terms if term.mark}
    assert families
    assert families <= set(view.style()["families"])


def test_no_two_families_look_the_same() -> None:
    looks = [
        (f["shape"], f["filled"])
        for f in view.style()["families"].values()
        if f["label"] != "Other things"
    ]
    assert len(set(looks)) == len(looks)


def test_the_sign_of_a_relation_shows_in_more_than_colour() -> None:
    signs = view.style()["signs"]
    stances = [signs[name] for name in ("positive", "neutral", "negative")]
    for channel in ("light", "dark", "end", "glyph"):
        assert len({sign[channel] for sign in stances}) == 3


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_and_marks_stand_out_from_both_grounds(name: str) -> None:
    style = view.style()
    theme = style["theme"][name]
    marks = [row[name] for group in ("families", "signs") for row in style[group].values()]
    for ground in (theme["canvas"], theme["panel"]):
        assert all(contrast(theme[role], ground) >= 4.5 for role in ("text", "muted", "link"))
        assert all(contrast(mark, ground) >= 3 for mark in [*marks, theme["control"]])


def test_labels_are_wrapped_and_cut() -> None:
    assert view.label_lines("Russia") == ["Russia"]
    assert view.label_lines("") == ["(no name)"]
    long = view.label_lines("North Korean troop deployment to Russia's war against its neighbour")
    assert all(len(line) <= view.LINE for line in long)
    assert long[-1].endswith("…")
    assert view.label_lines("조선민주주의인민공화국")[0].startswith("조선")


# ---------------------------------------------------------------- positions

SIZE = (80.0, 60.0)


def star(leaves: int, name: str = "n") -> list[tuple[str, str]]:
    return [(f"{name}:hub", f"{name}:leaf{i}") for i in range(leaves)]


def laid_out(
    edges: list[tuple[str, str]], alone: tuple[str, ...] = ()
) -> dict[str, tuple[int, int]]:
    nodes = {node for edge in edges for node in edge} | set(alone)
    return layout.positions(nodes, edges, dict.fromkeys(nodes, SIZE))


def test_positions_do_not_depend_on_the_order_of_the_input() -> None:
    edges = star(9) + star(4, "m") + [("n:hub", "m:hub")]
    turned = [(target, source) for source, target in reversed(edges)]
    assert laid_out(edges, ("x:1", "x:2")) == laid_out(turned, ("x:2", "x:1"))


def test_positions_are_whole_numbers_and_no_two_nodes_overlap() -> None:
    found = laid_out(star(40) + star(25, "m") + [("n:leaf1", "m:leaf1")], ("x:1", "x:2", "x:3"))
    assert all(isinstance(part, int) for place in found.values() for part in place)
    for (ax, ay), (bx, by) in combinations(found.values(), 2):
        assert abs(ax - bx) > SIZE[0] - 8 or abs(ay - by) > SIZE[1] - 8


def test_components_stand_beside_each_other() -> None:
    found = laid_out([*star(12, "a"), *star(6, "b"), *star(3, "c"), *star(2, "d")])
    boxes = []
    for name in "abcd":
        places = [place for node, place in found.items() if node.startswith(name)]
        xs, ys = [x for x, _ in places], [y for _, y in places]
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_nodes_without_an_edge_stand_in_rows_below() -> None:
    alone = tuple(f"x:{i}" for i in range(7))
    found = laid_out(star(5), alone)
    lowest = max(y for node, (_, y) in found.items() if node not in alone)
    assert all(found[node][1] > lowest for node in alone)
    rows = {found[node][1] for node in alone}
    columns = {found[node][0] for node in alone}
    assert len(rows) * len(columns) >= len(alone)
    assert len(rows) < len(alone)


def test_an_edge_from_a_node_to_itself_does_not_disturb() -> None:
    found = laid_out([("a:1", "a:1"), ("a:1", "a:2")])
    assert found["a:1"] != found["a:2"]


def test_nothing_to_place_is_placed() -> None:
    assert layout.positions([], [], {}) == {}


@pytest.mark.slow
def test_two_thousand_nodes_are_placed_in_a_minute() -> None:
    edges = [(f"n:{i}", f"n:{i // 3}") for i in range(1, 2000)]
    assert len(set(laid_out(edges).values())) == 2000


def test_parallel_edges_fan_out(shipped: Store) -> None:
    edges = data_of(page_of(shipped))["edges"]
    beside: dict[tuple[str, str], list[float]] = {}
    for edge in edges:
        turn = 1 if edge["from"] <= edge["to"] else -1
        beside.setdefault(tuple(sorted((edge["from"], edge["to"]))), []).append(turn * edge["bend"])
    many = [bends for bends in beside.values() if len(bends) > 1]
    assert many
    assert all(len(set(bends)) == len(bends) for bends in many)
    assert all(bends == [0] for bends in beside.values() if len(bends) == 1)


def test_an_edited_store_draws_what_it_holds_now(example: Store) -> None:
    editable = Store.open(EXAMPLE)
    claim = next(iter(editable.claims.values()))
    new = claim._replace(iri=claim.iri.replace("example-01", "example-77"), statement="A new one.")
    editable.add([new])
    assert "claim:example-77" in data_of(page_of(editable))["model"]["claims"]
    assert "claim:example-77" not in data_of(page_of(example))["model"]["claims"]


def test_both_directions_of_the_legend_agree() -> None:
    style = view.style()
    for group, name in product(("families", "signs"), ("light", "dark")):
        assert all(re.fullmatch(r"#[0-9A-F]{6}", row[name]) for row in style[group].values())


# ---------------------------------------------------------------- dates and columns


def test_dates_come_with_their_precision_and_the_claim_that_says_so(shipped: Store) -> None:
    nodes = {node["id"]: node for node in data_of(page_of(shipped))["nodes"]}
    treaty = nodes["agreement:russia-dprk-treaty-2024"]["dates"]
    assert ["kg:signedOn", "2024-06-18", "day", "claim:context-003"] in treaty
    assert ["kg:signedOn", "2024-06-19", "day", "claim:context-001"] in treaty
    assert nodes["actor:soviet-union"]["dates"] == [
        ["kg:endDate", "1991-12-31", "year", "claim:context-134"]
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2024-11-12", [["kg:date", "2024-11-12", "day", ""]]),
        ("2024-11", [["kg:date", "2024-11", "month", ""]]),
        ("2024", [["kg:date", "2024", "year", ""]]),
        ("", []),
        ("null", []),
        ("soon", []),
    ],
)
def test_a_date_is_as_exact_as_it_is_written_and_what_is_none_is_left_out(
    example: Store, value: str, found: list[list[str]]
) -> None:
    assert dates.of_node(example, "event:x", [], {"date": value, "label": "2024"}) == found


def test_a_line_holds_from_and_to_as_its_claims_say(shipped: Store) -> None:
    edges = data_of(page_of(shipped))["edges"]
    dated = [edge["when"] for edge in edges if edge["when"]]
    assert ["1991-12-26", "1995-12-31", "year"] in dated


def columns_of(example: Store, monkeypatch: pytest.MonkeyPatch, count: int) -> dict[str, Any]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for i in range(count):
        graph.add_node(f"actor:a{i}", label=f"A {i}", type="kg:State", family="actor", mark="St")
    for i in range(1, count):
        graph.add_edge(
            f"actor:a{i}",
            f"actor:a{i - 1 - (i - 1) % 50}",
            "key",
            predicate="kg:partnerOf",
            label="partner of",
            modality="possible" if i % 2 else "asserted",
            kind="fact",
            polarity="affirmative",
            materialised=1 - i % 2,
            claims="claim:example-01" if i == 1 else f"claim:g{i}",
        )
    monkeypatch.setattr(layout, "positions", lambda nodes, *_, **__: dict.fromkeys(nodes, (0, 0)))
    page = view.render(example, Projection(graph, "claims", {}, whole=False), title="Many")
    return data_of(page.decode("utf-8"))


def test_a_large_graph_travels_as_columns_and_loses_nothing_it_needs(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = columns_of(example, monkeypatch, view.MAX_RECORDS + 1)
    assert data["nodes"] == data["edges"] == []
    node, edge = data["model"]["columns"]["node"], data["model"]["columns"]["edge"]
    ids = node["id"].split("\n")
    assert set(ids) == {f"actor:a{i}" for i in range(view.MAX_RECORDS + 1)}
    assert len(edge["from"]) == len(edge["to"]) == view.MAX_RECORDS
    claims = edge["claims"].split("\n")
    row = claims.index("claim:g7")
    assert (ids[edge["from"][row]], ids[edge["to"][row]]) == ("actor:a7", "actor:a0")
    assert edge["modality"]["v"][edge["modality"]["i"][row]] == "possible"
    assert node["family"] == {"v": ["actor"]}


def test_a_page_says_how_many_claims_it_leaves_out(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "MAX_CLAIMS", 5)
    found = data_of(page_of(example))["model"]
    assert len(found["claims"]) == 5
    assert found["claimsLeftOut"] == len(example.claims) - 5
    assert "7 more claims are not in this page." in page_of(example)


def test_parts_are_communities_and_types_where_there_are_none() -> None:
    nodes = [{"id": str(i), "label": str(i), "type": f"T{i % 2}"} for i in range(40)]
    cliques = [
        {"from": str(c * 10 + i), "to": str(c * 10 + j)}
        for c in range(4)
        for i in range(10)
        for j in range(i)
    ]
    found = columns.groups(nodes, [*cliques, {"from": "0", "to": "10"}])
    assert found["by"] == "community"
    assert sorted(found["of"].count(group) for group in set(found["of"])) == [10, 10, 10, 10]
    one = columns.groups(nodes, [{"from": "0", "to": str(i)} for i in range(1, 40)])
    assert one["by"] == "type"
    assert {one["of"].count(group) for group in set(one["of"])} == {20}


def test_a_text_in_a_column_cannot_begin_a_row_of_its_own() -> None:
    assert columns.text_column(["a\nb", "c\u2028d\x0be"]) == "a b\nc d e"
