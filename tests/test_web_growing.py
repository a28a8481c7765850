"""The explorer over live data: what is beside a thing, and ways between two, merged into an open page."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from conftest import DATA
from served import Server, serving, until, workspace
from test_web_browser import DESKTOP, PHONE, Open, Opened, violations
from test_web_browser import chrome as chrome
from test_web_browser import opening as opening

from kg.projection import project
from kg.vocab import ID, KG
from kg.web import growing
from kg.web.live import Source

TREATY = "agreement:russia-dprk-treaty-2024"
PAGE = f"/graph?about={TREATY}"
PART = {"part": f"about={TREATY}"}
#: A hub with so many things beside it, each of which a claim joins to it.
HUB = 300


def _hub(count: int = HUB, *further: tuple[int, int]) -> str:
    prefixes = f"@prefix kg: <{KG}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix a: <{ID}actor/> . @prefix c: <{ID}claim/> . @prefix p: <{ID}passage/> ."
    lines = [prefixes, "p:p a kg:Passage ."]
    ends = [*((0, n) for n in range(1, count + 1)), (1, 2), (2, 3), *further]
    for number in sorted({end for pair in ends for end in pair}):
        lines.append(f"a:n{number} a kg:State ; skos:prefLabel 'Country number {number}'@en .")
    for at, (one, two) in enumerate(ends):
        relation = "recognizes" if two % 3 else "supports"
        lines.append(
            f"c:c{at} a kg:Claim ; rdf:subject a:n{one} ; rdf:predicate kg:{relation} ; rdf:object a:n{two} ;"
            " kg:modality kg:asserted ; kg:claimKind kg:fact ; kg:polarity kg:affirmative ; kg:evidence p:p ."
        )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Source()) as running:
        yield running


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(workspace(tmp_path_factory.mktemp("hub") / "w", own=_hub())) as running:
        yield running


def more(server: Server, *open_: str, part: str = f"about={TREATY}", **other: object) -> Any:
    """Ask what comes with some steps; fail unless it is answered."""
    pairs = [("part", part), *(("open", step) for step in open_)]
    pairs += [(name, str(value)) for name, value in other.items()]
    answer = server.ask(f"/graph/more.json?{urlencode(pairs)}")
    assert answer.status == 200, answer.body
    return answer.json


# ---------------------------------------------------------------- the address


def test_what_comes_are_the_things_beside_and_every_line_to_what_is_shown(server: Server) -> None:
    with server.live.now() as state:
        whole = project(state.store, "claims").graph
    shown = {node["id"] for node in server.ask(f"/graph.json?about={TREATY}").json["nodes"]}
    said = more(server, more="actor:dprk", limit=200)
    beside = set(whole.succ["actor:dprk"]) | set(whole.pred["actor:dprk"]) - {"actor:dprk"}
    new = {node["id"] for node in said["nodes"]}
    assert new == beside - shown
    assert new
    expected = {
        f"{a} {key} {b}"
        for a, b, key in whole.edges(keys=True)
        if {a, b} & new and {a, b} <= new | shown
    }
    assert {edge["id"] for edge in said["edges"]} == expected
    assert said["steps"][0]["all"] == len(beside)


def test_every_line_that_comes_has_its_claims_with_source_and_place(server: Server) -> None:
    said = more(server, more="actor:dprk")
    assert all(edge["claims"] for edge in said["edges"])
    for edge in said["edges"]:
        for claim in edge["claims"]:
            assert said["claims"][claim]["drawn"]
            assert all(place["source"] in said["sources"] for place in said["claims"][claim]["places"])  # fmt: skip


def test_nothing_hedged_comes_as_a_direct_edge(server: Server) -> None:
    said = more(server, more="actor:dprk", limit=200)
    hedged = [edge for edge in said["edges"] if edge["modality"] not in ("asserted", "reported")]
    assert hedged
    assert not any(edge["direct"] for edge in hedged)
    facts = more(server, more="actor:dprk", limit=200, part=f"about={TREATY}&facts=1")
    assert facts["edges"]
    assert all(edge["direct"] for edge in facts["edges"])


def test_a_hub_comes_in_pieces_that_say_how_many_are_left(hub: Server) -> None:
    part, steps, seen = "about=actor:n2", [], set()
    while True:
        said = more(hub, *steps, part=part, have=len(steps), more="actor:n0")
        step = said["steps"][0]
        # The thing itself, what was there at first, and what has come.
        assert step["all"] == HUB
        if not said["nodes"]:
            break
        assert len(said["nodes"]) <= 40
        assert not seen & {node["id"] for node in said["nodes"]}
        seen |= {node["id"] for node in said["nodes"]}
        steps = [step["open"]]
    shown = {node["id"] for node in hub.ask(f"/graph.json?{part}").json["nodes"]}
    assert len(seen | shown) == HUB + 1


def test_one_relation_can_be_asked_for_alone(hub: Server) -> None:
    counts = {row[0]: row[2] for row in more(hub, part="about=actor:n2", more="actor:n0", limit=0)["relations"]}  # fmt: skip
    assert counts == {"kg:recognizes": 200, "kg:supports": 100}
    said = more(hub, part="about=actor:n2", more="actor:n0", relation="kg:supports", limit=50)
    assert said["steps"][0]["all"] == 100
    numbers = [int(node["id"].removeprefix("actor:n")) for node in said["nodes"]]
    assert len(numbers) == 50
    assert all(number % 3 == 0 for number in numbers)


def test_the_same_steps_bring_the_same_however_they_were_asked_for(server: Server) -> None:
    one = more(server, more="actor:dprk", limit=9)
    first = one["steps"][0]["open"]
    two = more(server, first, have=1, more="actor:russia", limit=9)
    second = two["steps"][0]["open"]
    both = more(server, first, second)
    assert {n["id"] for n in both["nodes"]} == {n["id"] for n in (*one["nodes"], *two["nodes"])}
    assert {e["id"] for e in both["edges"]} == {e["id"] for e in (*one["edges"], *two["edges"])}


def test_ways_come_with_all_their_steps(server: Server) -> None:
    with server.live.now() as state:
        whole = project(state.store, "claims").graph
    said = more(server, "way actor:kim-jong-un actor:japan")
    things = said["steps"][0]["things"]
    assert things[0] == "actor:kim-jong-un"
    assert len(things) > 2
    assert {node["id"] for node in said["nodes"]} <= set(things)
    joined = whole.subgraph(things).to_undirected()
    assert all(joined.degree(thing) for thing in things)


def test_things_that_are_gone_are_named_and_the_rest_comes(server: Server) -> None:
    said = more(server, "5 actor:atlantis", "5 actor:dprk")
    assert [step["missing"] for step in said["steps"]] == [["actor:atlantis"], []]
    assert said["nodes"]


@pytest.mark.parametrize(
    "query",
    [
        "open=5",
        "open=-1+actor:dprk",
        "open=way+actor:dprk",
        "open=123456+actor:dprk",
        "more=actor:dprk&limit=201",
        "more=actor:dprk&limit=many",
        "more=actor:dprk&have=1",
        "nonsense=1",
        "part=nonsense%3D1",
        "part=depth%3D9",
        "more=a&more=b",
        "&".join(["open=1+actor:dprk"] * 101),
        "&".join(f"open=way+actor:dprk+actor:a{number}" for number in range(6)),
    ],
)
def test_what_is_no_step_is_400_and_says_what_one_is(server: Server, query: str) -> None:
    answer = server.ask(f"/graph/more.json?{query}", accept="application/json")
    assert answer.status == 400
    assert answer.type == "application/problem+json"
    assert answer.json["hint"]


def test_more_than_a_page_can_take_is_refused(hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "BROUGHT", 50)
    pairs = {"part": "about=actor:n2", "open": "99 actor:n0"}
    answer = hub.ask(f"/graph/more.json?{urlencode(pairs)}")
    assert (answer.status, answer.json["hint"]) == (400, "take some back first")
    # In pieces it comes to the same.
    pairs["open"] = "40 actor:n0"
    said = hub.ask(f"/graph/more.json?{urlencode({**pairs, 'have': 1, 'more': 'actor:n0'})}")
    assert said.status == 400
    assert hub.ask(f"/graph/more.json?{urlencode(pairs)}").status == 200


def test_in_front_of_another_server_the_same_comes_and_nothing_is_kept(server: Server) -> None:
    here = more(server, more="actor:dprk")
    with serving(Source(endpoint=f"{server.address}/sparql")) as remote:
        there = more(remote, more="actor:dprk")
        assert "etag" not in remote.ask(f"/graph/more.json?{urlencode(PART)}").headers
    assert there["data"] == ""
    for name in ("nodes", "edges"):
        assert {one["id"] for one in there[name]} == {one["id"] for one in here[name]}


def test_an_unknown_name_is_404(server: Server) -> None:
    assert server.ask("/graph/more.json?part=about%3DDPRK&more=Atlantis").status == 404


def test_an_answer_is_remembered_until_the_data_change(server: Server) -> None:
    path = f"/graph/more.json?{urlencode(PART)}&more=actor:dprk"
    one = server.ask(path)
    assert server.ask(path, if_none_match=one.headers["etag"]).status == 304


# ---------------------------------------------------------------- the page


def ready(opened: Opened, things: int = 3) -> Opened:
    opened.until(f"window.gambit !== undefined && gambit.nodes.length > {things}")
    return opened


def places(opened: Opened) -> dict[str, list[float]]:
    found: dict[str, list[float]] = opened.page.evaluate(
        "Object.fromEntries(gambit.nodes.map((node) => [node.id, [node.x, node.y]]))"
    )
    return found


def number(opened: Opened) -> int:
    found: int = opened.page.evaluate("gambit.nodes.length")
    return found


def expand(opened: Opened, node: str) -> None:
    """Open a thing as a person does, and wait until what is beside it is there."""
    before = number(opened)
    opened.page.evaluate("(id) => gambit.select('node', id)", node)
    opened.page.click("[data-do=bring]")
    opened.until(f"gambit.nodes.length > {before}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_expanding_merges_without_moving_anything_and_is_quiet(
    server: Server, opening: Open, size: tuple[int, int], scheme: str
) -> None:
    opened = ready(opening(server.address + PAGE, size, scheme=scheme))
    before = places(opened)
    expand(opened, "actor:dprk")
    after = places(opened)
    assert {node: after[node] for node in before} == before
    # New things stand on places of their own, none of them on another.
    assert len({tuple(place) for place in after.values()}) == len(after)
    assert "brought in beside North Korea" in opened.page.inner_text("#message")
    assert opened.page.evaluate("gambit.state.selected.id") == "actor:dprk"
    assert violations(opened) == []
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith((server.address, "data:"))] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_new_things_stand_near_the_one_they_came_with(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    before = set(places(opened))
    expand(opened, "actor:dprk")
    after = places(opened)
    x, y = after["actor:dprk"]
    far = [abs(px - x) + abs(py - y) for node, (px, py) in after.items() if node not in before]
    assert far
    assert max(far) < 1500


def test_in_a_part_with_an_arrangement_of_its_own_nothing_moves_either(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    opened.page.evaluate("gambit.ego('actor:dprk')")
    spots = "Object.fromEntries(gambit.visible().nodes.map((node) => [node.id, gambit.spot(node)]))"
    before = opened.page.evaluate(spots)
    opened.page.click("[data-do=bring]")
    opened.until(f"gambit.visible().nodes.length > {len(before)}")
    after = opened.page.evaluate(spots)
    assert {node: after[node] for node in before} == before
    assert len({tuple(place) for place in after.values()}) == len(after)


def test_a_line_that_came_opens_its_claims_with_source_and_place(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    first = opened.page.evaluate("gambit.edges.length")
    expand(opened, "actor:dprk")
    for at in (0, 10, 20):
        edge = opened.page.evaluate(f"gambit.edges[{first + at}]")
        opened.page.evaluate("(id) => gambit.select('edge', id)", edge["id"])
        cards = opened.page.locator("#panel .card").all()
        assert [card.get_attribute("data-claim") for card in cards] == edge["claims"]
        assert "Read in" in cards[0].inner_text()


def test_counts_legend_search_and_table_are_those_of_the_larger_graph(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    opened.page.click("summary:has-text('Relations')")
    expand(opened, "actor:dprk")
    things, lines = opened.page.evaluate("[gambit.nodes.length, gambit.edges.length]")
    opened.until(f"document.getElementById('status').textContent.startsWith('{things} things, {lines} lines')")  # fmt: skip
    counted = opened.page.evaluate(
        "[...document.querySelectorAll('[data-count^=\"modality:\"]')].reduce((sum, one) => sum + Number(one.textContent), 0)"
    )
    assert counted == lines
    assert opened.page.evaluate("document.querySelector('[data-facet=relation]').open")
    opened.page.fill("#query", "kim jong")
    opened.until("document.querySelector('#suggestions [data-node=\"actor:kim-jong-un\"]') !== null")  # fmt: skip
    opened.page.keyboard.press("Escape")
    opened.page.click("#show-table")
    opened.page.click("#rows-things")
    assert f"{things} things" in opened.page.inner_text("#row-count")


def test_filters_hold_for_what_comes(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    opened.page.click("[data-filter='family:actor']", force=True)
    opened.page.evaluate("gambit.select('node', 'actor:dprk')")
    before = number(opened)
    opened.page.click("[data-do=bring]")
    opened.until(f"gambit.nodes.length > {before}")
    assert "hidden by filters" in opened.page.inner_text("#message")
    assert not opened.page.evaluate("gambit.visible().nodes.some((node) => node.family === 'actor')")  # fmt: skip


def test_the_address_brings_the_same_graph_back(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    expand(opened, "actor:dprk")
    expand(opened, "actor:russia")
    shown = places(opened)
    opened.page.wait_for_timeout(100)
    again = ready(opening(opened.page.url), len(shown) - 1)
    assert places(again) == shown
    assert again.page.evaluate("gambit.state.selected.id") == "actor:russia"
    assert again.page.evaluate("gambit.edges.map((edge) => edge.id).sort()") == opened.page.evaluate("gambit.edges.map((edge) => edge.id).sort()")  # fmt: skip
    # Once for the page, once for all that was brought in.
    assert sum("more.json" in url for url in again.requests) == 1


def test_back_and_forward_of_the_browser_take_it_back_and_bring_it_again(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    counts = [number(opened)]
    for node in ("actor:dprk", "actor:russia"):
        expand(opened, node)
        counts.append(number(opened))
    assert all(one < two for one, two in pairwise(counts))
    for count in (counts[1], counts[0]):
        opened.page.go_back()
        opened.until(f"gambit.nodes.length === {count}")
    opened.page.go_forward()
    opened.until(f"gambit.nodes.length === {counts[1]}")


def test_collapse_and_undo_take_back_what_came(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    before = places(opened)
    edges, claims = opened.page.evaluate("[gambit.edges.length, Object.keys(gambit.claims).length]")
    expand(opened, "actor:dprk")
    opened.page.click("[data-do=collapse]")
    assert places(opened) == before
    assert opened.page.evaluate("[gambit.edges.length, Object.keys(gambit.claims).length]") == [edges, claims]  # fmt: skip
    opened.page.keyboard.press("u")
    opened.until(f"gambit.nodes.length > {len(before)}")
    opened.page.keyboard.press("u")
    opened.until(f"gambit.nodes.length === {len(before)}")
    opened.until("!location.hash.includes('open=')")


def test_it_works_with_keys_alone(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    before = number(opened)
    opened.page.evaluate("gambit.select('node', 'actor:dprk', {focus: true})")
    opened.page.keyboard.press("e")
    opened.until(f"gambit.nodes.length > {before}")
    assert opened.page.get_attribute("#message", "role") == "status"
    assert opened.page.evaluate("document.getElementById('panel').contains(document.activeElement)")
    opened.page.keyboard.press("c")
    opened.until(f"gambit.nodes.length === {before}")


def test_the_button_keeps_the_focus_and_says_what_is_left(hub: Server, opening: Open) -> None:
    opened = ready(opening(f"{hub.address}/graph?about=actor:n2"), 2)
    opened.page.evaluate("gambit.select('node', 'actor:n0')")
    assert "Bring in 40 of" in opened.page.inner_text("[data-do=bring]")
    for _ in range(8):
        before = number(opened)
        opened.page.locator("[data-do=bring]").focus()
        opened.page.keyboard.press("Enter")
        opened.until(f"gambit.nodes.length > {before}")
        if number(opened) == HUB + 1:
            break
        assert opened.page.evaluate("document.activeElement.dataset.do") == "bring"
    assert number(opened) == HUB + 1
    assert "All 300 things beside it are shown." in opened.page.inner_text("#panel")
    assert opened.page.locator("[data-do=bring]").count() == 0
    # One entry of the address, however often one went on.
    assert opened.page.evaluate("gambit.state.opened.length") == 1
    assert opened.complaints == []


def test_one_relation_is_chosen_by_its_count(hub: Server, opening: Open) -> None:
    opened = ready(opening(f"{hub.address}/graph?about=actor:n2"), 2)
    opened.page.evaluate("gambit.select('node', 'actor:n0')")
    before = number(opened)
    opened.page.click("summary:has-text('Only by one relation')")
    opened.until("document.querySelector('[data-do=\"bring kg:supports\"]') !== null")
    opened.page.click("[data-do='bring kg:supports']")
    opened.until(f"gambit.nodes.length === {before + 40}")
    assert opened.page.evaluate(
        f"gambit.edges.slice(-40).every((edge) => edge.predicate === 'kg:supports') && gambit.nodes.length - {before} === 40"
    )


def test_a_path_goes_over_what_was_not_shown_and_is_in_the_address(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    before = number(opened)
    opened.page.evaluate("gambit.select('node', 'actor:russia')")
    opened.page.click("[data-do=path]")
    opened.page.click("#query")
    opened.page.keyboard.type("kim jong")
    opened.until("document.querySelector('[data-further=\"actor:kim-jong-un\"]') !== null")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    opened.until("gambit.state.path !== null && gambit.state.selected.kind === 'path'")
    assert number(opened) > before
    assert "From Russia to Kim Jong-un" in opened.page.inner_text("#panel")
    steps = opened.page.locator("#panel .steps > li")
    assert steps.count() >= 2
    assert steps.first.locator("[data-claim]").count() > 0
    opened.page.wait_for_timeout(100)
    again = opening(opened.page.url)
    again.until("window.gambit !== undefined && gambit.state.path !== null")
    assert "From Russia to Kim Jong-un" in again.page.inner_text("#panel")


def test_a_thing_that_is_not_shown_is_found_and_brought_in(server: Server, opening: Open) -> None:
    opened = ready(opening(server.address + PAGE))
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("kim jong")
    opened.until("document.querySelector('[data-further=\"actor:kim-jong-un\"]') !== null")
    assert violations(opened) == []
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    opened.until("gambit.state.selected !== null && gambit.state.selected.id === 'actor:kim-jong-un'")  # fmt: skip
    assert opened.page.evaluate("gambit.nodes.some((node) => node.id === 'actor:kim-jong-un')")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, {"detail": "too many wait", "hint": "later"}, "The server is busy"),
        (429, {"detail": "too many", "hint": "wait"}, "You have enough running"),
        (400, {"detail": "no such thing", "hint": "another"}, "No such thing. Another."),
        (0, {}, "The server cannot be reached"),
        (200, {"data": "another", "steps": [], "nodes": []}, "The data at the server have changed"),
        (200, None, "The answer broke off"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_lost(
    server: Server, opening: Open, status: int, body: dict[str, Any] | None, said: str
) -> None:
    opened = ready(opening(server.address + PAGE))
    shown = places(opened)

    def answer(route: Any) -> None:
        if status == 0:
            route.abort()
        else:
            text = "{" if body is None else json.dumps(body)
            route.fulfill(status=status, content_type="application/json", headers={"Retry-After": "5"}, body=text)  # fmt: skip

    opened.page.route("**/graph/more.json*", answer)
    opened.page.evaluate("gambit.select('node', 'actor:dprk')")
    opened.page.click("[data-do=bring]")
    opened.until("!document.getElementById('trouble').hidden")
    assert said in opened.page.inner_text("#trouble")
    assert places(opened) == shown
    assert opened.page.evaluate("gambit.state.selected.id") == "actor:dprk"
    assert violations(opened) == []
    opened.page.unroute("**/graph/more.json*")
    if body is not None and "data" in body:
        opened.page.click("[data-do=reload]")
        opened.page.wait_for_load_state()
        ready(opened)
        return
    opened.page.click("[data-do=again]")
    opened.until(f"gambit.nodes.length > {len(shown)}")
    assert opened.page.locator("#trouble").is_hidden()


def test_a_link_that_cannot_be_fetched_says_so_and_keeps_its_address(
    server: Server, opening: Open
) -> None:
    opened = ready(opening(server.address + PAGE))
    first = number(opened)
    expand(opened, "actor:dprk")
    opened.page.wait_for_timeout(100)
    url, count = opened.page.url, number(opened)
    broken = opening("about:blank")
    broken.page.route("**/graph/more.json*", lambda route: route.abort())
    broken.page.goto(url)
    broken.until("!document.getElementById('trouble').hidden")
    assert number(broken) == first
    assert "open=" in broken.page.url
    broken.page.unroute("**/graph/more.json*")
    broken.page.click("[data-do=again]")
    broken.until(f"gambit.nodes.length === {count}")


def test_data_that_are_exchanged_in_between_are_not_mixed(tmp_path: Path, opening: Open) -> None:
    with serving(workspace(tmp_path / "w", own=_hub())) as server:
        opened = ready(opening(f"{server.address}/graph?about=actor:n2"), 2)
        before = number(opened)
        file = tmp_path / "w" / "graphs" / "own.ttl"
        file.write_text(file.read_text().replace("Country number 9'", "Another name'"))
        swaps = server.live.swaps
        until(lambda: server.live.swaps > swaps)
        opened.page.evaluate("gambit.select('node', 'actor:n0')")
        opened.page.click("[data-do=bring]")
        opened.until("!document.getElementById('trouble').hidden")
        assert "have changed" in opened.page.inner_text("#trouble")
        assert number(opened) == before
        opened.page.click("[data-do=reload]")
        opened.until("document.getElementById('trouble') && document.getElementById('trouble').hidden && window.gambit")  # fmt: skip
        expand(opened, "actor:n0")


def test_a_page_of_more_than_a_thousand_things_grows_too(tmp_path: Path, opening: Open) -> None:
    # Its things and lines are columns; what comes later are records.
    text = _hub(1_050, *((1, 2_000 + n) for n in range(5)), (2_000, 7))
    with serving(workspace(tmp_path / "w", own=text)) as server:
        opened = ready(opening(f"{server.address}/graph?about=actor:n0"), 1_000)
        before, lines = places(opened), opened.page.evaluate("gambit.edges.length")
        expand(opened, "actor:n1")
        assert {node: place for node, place in places(opened).items() if node in before} == before
        assert number(opened) == len(before) + 5
        assert opened.page.evaluate("gambit.edges.length") == lines + 6
        edge = opened.page.evaluate("gambit.edges.at(-1)")
        opened.page.evaluate("(id) => gambit.select('edge', id)", edge["id"])
        assert opened.page.get_attribute("#panel .card", "data-claim") == edge["claims"][0]
        opened.page.evaluate("gambit.select('edge', 'line:0')")
        assert opened.page.locator("#panel .card").count() == 1
        opened.page.evaluate("gambit.select('node', 'actor:n1')")
        opened.page.click("[data-do=take-back]")
        opened.until(f"gambit.nodes.length === {len(before)} && gambit.edges.length === {lines}")
        assert opened.complaints == []


def test_the_answer_of_a_query_grows_too(server: Server, opening: Open) -> None:
    query = "CONSTRUCT { ?a kg:hasParty ?b } WHERE { ?a kg:hasParty ?b FILTER(?b = actor:dprk) } LIMIT 3"
    opened = ready(opening(f"{server.address}/graph?sparql={quote(query)}"), 1)
    before = opened.page.evaluate("gambit.edges.length")
    expand(opened, "actor:dprk")
    ids = opened.page.evaluate("gambit.edges.map((edge) => edge.id)")
    assert len(ids) > before
    assert len(set(ids)) == len(ids)


def test_hostile_names_that_come_later_run_nothing(opening: Open) -> None:
    with serving(Source(paths=(DATA / "hostile-labels.ttl",))) as server:
        whole = server.ask("/graph.json").json["nodes"]
        opened = opening(f"{server.address}/graph?about={quote(whole[0]['id'])}")
        opened.until("window.gambit !== undefined")
        for node in whole:
            if opened.page.evaluate("(id) => gambit.select('node', id)", node["id"]):
                opened.page.wait_for_timeout(100)
                if opened.page.locator("[data-do=bring]").count():
                    opened.page.click("[data-do=bring]")
                    opened.page.wait_for_timeout(300)
        assert opened.page.evaluate("window.__xss") is None
        assert opened.complaints == []


def test_without_scripts_the_lines_are_a_list_that_leads_on(server: Server, opening: Open) -> None:
    opened = opening(server.address + PAGE, scripts=False)
    assert opened.page.locator("h1").is_visible()
    lines = opened.page.locator("#plain li:has(b)")
    assert lines.count() > 10
    claim = lines.first.locator("a").first.get_attribute("href")
    assert server.ask(claim, accept="text/html").status in (200, 303)
    larger = opened.page.locator("#plain a:has-text('things beside it')").first
    assert server.ask(larger.get_attribute("href")).status == 200
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_saved_file_asks_nobody(shipped: Any) -> None:
    from kg.projection import around
    from kg.view import render

    page = render(shipped, around(project(shipped, "claims"), TREATY), title="A file").decode()
    assert "connect-src 'none'" in html.unescape(page)
    assert "more.json" not in page


def test_a_part_that_hangs_on_the_time_is_not_remembered(server: Server) -> None:
    now = (
        "SELECT ?source ?target { ?source kg:alliedWith ?target FILTER(NOW() > '2000'^^xsd:date) }"
    )
    for path in ("/graph", "/graph.json"):
        once = server.ask(f"{path}?{urlencode({'sparql': now})}")
        assert "etag" not in once.headers
        assert once.headers["cache-control"] == "no-store"
        assert "etag" in server.ask(f"{path}?about=actor:dprk").headers
