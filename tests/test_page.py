"""The page in a real browser: what a person sees, clicks, types and hears."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import networkx as nx
import pytest
from conftest import DATA, EXAMPLE, Run

from kg import view
from kg.projection import Projection, project
from kg.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1400, 900), (390, 844)


def chromium() -> str | None:
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


def absent(what: str) -> NoReturn:
    """Skip for want of something, or fail where the browser's tests have to run."""
    if os.environ.get("KG_REQUIRE_BROWSER") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    missing = None
    if path is None or not Path(path).exists():
        missing = "no Chromium on this machine (set CHROMIUM to its path)"
    elif importlib.util.find_spec("playwright") is None:
        missing = "Playwright for Python is not installed"
    if missing:
        absent(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@dataclass
class Opened:
    """A page in the browser, and what it tried that it should not."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def until(self, script: str) -> None:
        """Wait until a script says true; the page's policy forbids Playwright's own way."""
        for _ in range(100):
            if self.run(script):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {script}")

    def panel(self) -> str:
        return self.page.locator("#panel").inner_text()

    def place(self, node: str) -> tuple[float, float]:
        """Return where on the screen a thing is drawn."""
        x, y = self.run(
            """(id) => {
              const at = gambit.toScreen(id);
              const frame = document.getElementById("canvas").getBoundingClientRect();
              return [at.x + frame.x, at.y + frame.y];
            }""",
            node,
        )
        return x, y

    def click_node(self, node: str) -> None:
        self.page.mouse.click(*self.place(node))
        # vis-network waits whether a second click makes it a double one.
        self.until("gambit.state.selected !== null")


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def kept(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Any, Opened]]:
    """Pages that stay open for the next test; loading one is the slow part."""
    found: dict[Any, Opened] = {}
    yield found
    for opened in found.values():
        opened.page.context.close()


@pytest.fixture
def open_page(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, kept: dict[Any, Opened]
) -> Open:
    def opened(
        content: bytes,
        size: tuple[int, int] = DESKTOP,
        *,
        scheme: str = "light",
        fragment: str = "",
        fresh: bool = False,
    ) -> Opened:
        key = (hash(content), size, scheme)
        if key in kept and not fragment and not fresh and not kept[key].complaints:
            return as_at_first(kept[key])
        if key in kept:
            kept.pop(key).page.context.close()
        file = tmp_path_factory.mktemp("page") / "page.html"
        file.write_bytes(content)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            offline=True,
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            accept_downloads=True,
        )
        result = Opened(context.new_page())
        result.page.on("request", lambda request: result.requests.append(request.url))
        result.page.on("console", lambda message: result.complaints.append(message.text))
        result.page.on("pageerror", lambda error: result.complaints.append(str(error)))
        result.page.goto(file.as_uri() + fragment)
        result.until("document.getElementById('status').textContent !== ''")
        kept[key] = result
        return result

    return opened


def as_at_first(opened: Opened) -> Opened:
    """Return a page that was used before as it was when it had just opened."""
    opened.requests[1:] = []
    opened.run(
        """() => {
          document.querySelectorAll("dialog[open]").forEach((one) => one.close());
          document.getElementById("query").value = "";
          document.getElementById("filters").classList.remove("open");
          document.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
          document.documentElement.dataset.theme = gambit.state.theme;
          history.replaceState(null, "", location.pathname);
          gambit.restart();
          document.getElementById("message").hidden = true;
          document.activeElement.blur();
        }"""
    )
    opened.page.mouse.move(1, 1)
    opened.page.wait_for_timeout(50)
    return opened


def render(store: Store, **options: Any) -> bytes:
    return view.render(store, project(store, include_hedged=True), title="Claims", **options)


@pytest.fixture(scope="module")
def shipped_page(shipped: Store) -> bytes:
    return render(shipped)


@pytest.fixture(scope="module")
def example_page(example: Store) -> bytes:
    return render(example)


def edge_where(opened: Opened, test: str) -> str:
    found: str = opened.run(f"gambit.edges.find((edge) => {test}).id")
    return found


# ---------------------------------------------------------------- safe and quiet


def test_no_request_leaves_and_nothing_complains(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', gambit.nodes[0].id, {show: true})")
    for shown in ("table", "timeline", "graph"):
        opened.page.click(f"#show-{shown}")
    opened.page.wait_for_timeout(300)
    assert len(opened.requests) == 1
    assert opened.requests[0].startswith("file:")
    assert opened.complaints == []


def test_a_hostile_corpus_runs_nothing(open_page: Open) -> None:
    hostile = Store.open(DATA / "hostile-labels.ttl")
    texts = {"passage:bad-1": "<img src=x onerror=\"window.__xss='passage'\">"}
    opened = open_page(render(hostile, passage_texts=texts))
    for kind in ("node", "edge"):
        for one in opened.run(f"gambit.{kind}s.map((one) => one.id)"):
            assert opened.run(f"(id) => gambit.select('{kind}', id)", one)
            opened.run(
                "document.querySelectorAll('#panel details').forEach((one) => one.open = true)"
            )
    for shown in ("table", "timeline", "graph"):
        opened.page.click(f"#show-{shown}")
    opened.page.fill("#query", "<img")
    opened.click_node("actor:markup")
    opened.page.mouse.move(400, 400)
    opened.page.wait_for_timeout(500)
    assert opened.run("window.__xss") is None
    assert (
        opened.run(
            "document.querySelectorAll('img, iframe, b[href], a[href^=\"javascript\"]').length"
        )
        == 0
    )
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_a_sandboxed_frame_shows_the_page(open_page: Open, example_page: bytes) -> None:
    frame = open_page(
        b"<!doctype html><p id=status>outside</p><iframe sandbox=allow-scripts width=900 height=600></iframe>"
    )
    frame.run(
        "(text) => { document.querySelector('iframe').srcdoc = text; }", example_page.decode()
    )
    inside = frame.page.frame_locator("iframe")
    inside.locator("#legend label").first.wait_for()
    inside.locator("#panel .text").first.click()
    inside.locator("#close-panel").wait_for()
    assert frame.complaints == []


# ---------------------------------------------------------------- what is drawn


def test_counts_are_those_of_the_projection(
    open_page: Open, shipped: Store, shipped_page: bytes
) -> None:
    graph = project(shipped, include_hedged=True).graph
    opened = open_page(shipped_page)
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    assert (
        opened.page.locator("#status").inner_text().startswith(f"{nodes} things, {edges} lines, ")
    )
    assert opened.run("Object.keys(gambit.network.body.nodes).length") == nodes
    assert opened.run("gambit.network.body.edgeIndices.length") == edges


def test_hedged_lines_are_dashed_and_flat_ones_solid(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    drawn = opened.run(
        """gambit.edges.map((edge) => [edge.modality,
             Boolean(gambit.network.body.edges[edge.id].options.dashes)])"""
    )
    assert {modality for modality, _ in drawn} >= {"asserted", "possible", "reported"}
    assert all(dashed == (modality != "asserted") for modality, dashed in drawn)


def test_hedged_claims_can_be_hidden_and_the_page_says_how_many(
    open_page: Open, shipped: Store, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.uncheck("#show-hedged")
    left = opened.run("gambit.visible().edges.every((edge) => edge.direct)")
    hidden = sum(
        not says["materialised"]
        for *_, says in project(shipped, include_hedged=True).graph.edges(data=True)
    )
    assert left
    opened.until("document.getElementById('status').textContent.includes('Hidden')")
    assert f"Hidden by filters: {hidden} lines" in opened.page.locator("#status").inner_text()


@pytest.mark.parametrize("box", ["family:actor", "modality:possible", "sign:negative"])
def test_each_row_of_the_legend_is_a_filter(open_page: Open, shipped_page: bytes, box: str) -> None:
    opened = open_page(shipped_page)
    group, value = box.split(":")
    opened.page.uncheck(f'[data-filter="{box}"]')
    shown = opened.run("gambit.visible()")
    of = shown["nodes"] if group == "family" else shown["edges"]
    assert of
    assert all(one[group] != value for one in of)
    opened.page.check(f'[data-filter="{box}"]')
    assert opened.run("gambit.visible().edges.length === gambit.edges.length")


def test_the_canvas_is_not_blank(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    # It is drawn in an animation frame, which a busy machine may be late with.
    opened.page.wait_for_function(
        """() => {
          const canvas = document.querySelector("#canvas canvas");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add(data.slice(i, i + 3).join());
          return seen.size > 50;
        }""",
        timeout=20_000,
    )


def test_an_empty_graph_says_so(open_page: Open, example: Store) -> None:
    empty = Projection(nx.MultiDiGraph(), "edges", {})
    opened = open_page(view.render(example, empty, title="Nothing"))
    assert "Nothing to draw" in opened.page.locator("#stage").inner_text()
    opened.page.keyboard.press("f")
    opened.page.keyboard.press("Escape")
    # The table still leads to the claims, and Escape out of one.
    opened.page.click("#show-table")
    opened.page.locator("#rows tbody tr button").first.click()
    assert opened.run("document.activeElement.id") == "panel"
    opened.page.keyboard.press("Escape")
    assert opened.run("gambit.state.selected") is None
    assert opened.complaints == []


# ---------------------------------------------------------------- clicks


def test_a_line_shows_its_claims_with_source_and_place(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    edge = edge_where(opened, "edge.claims.includes('claim:example-07')")
    opened.run("(id) => gambit.select('edge', id)", edge)
    said = opened.panel()
    for part in (
        "Prestige is seen by some as the reason for the march.",
        "reported",
        "“Some observers”",
        "ascription",
        "unnamed observers",
        "Guards march to Borland",
        "Body, paragraph 1, sentence 4",
        "No direct edge: it is put as reported",
    ):
        assert part in said
    link = opened.page.locator("#panel a").first
    assert link.get_attribute("href") == "https://example.org/guards"
    assert "noreferrer" in (link.get_attribute("rel") or "")


def test_a_denied_line_says_so(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    edge = edge_where(opened, "edge.denied")
    opened.run("(id) => gambit.select('edge', id)", edge)
    assert "✕ denied" in opened.panel()
    assert "No direct edge: the claim denies it." in opened.panel()


def test_footnote_confidence_and_credibility_stand_side_by_side(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.run("gambit.select('claim', 'claim:example-04')")
    assert "[1] Review of the pacts" in opened.panel()
    cells = opened.page.locator("#panel .scores > div").all_inner_texts()
    assert [cell.split("\n")[:2] for cell in cells] == [
        ["Confidence", "70"],
        ["Credibility", "2"],
        ["Source", "F"],
    ]


def test_a_click_on_a_thing_in_the_drawing_opens_it(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.click_node("event:march")
    assert opened.page.locator("#panel h2").inner_text() == "March of the guards"
    said = opened.panel()
    assert "2020-05-02" in said
    assert "2020-05-03" in said
    assert "An invented deployment." in said


def test_a_click_on_a_line_in_the_drawing_opens_its_claims(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    edge = edge_where(opened, "edge.claims.includes('claim:example-07')")
    x, y = opened.run(
        """(id) => {
          const at = gambit.network.canvasToDOM(gambit.network.body.edges[id].edgeType.getPoint(0.5));
          const frame = document.getElementById("canvas").getBoundingClientRect();
          return [at.x + frame.x, at.y + frame.y];
        }""",
        edge,
    )
    opened.page.mouse.click(x, y)
    opened.until("gambit.state.selected !== null")
    assert opened.run("gambit.state.selected") == {"kind": "edge", "id": edge}


def test_a_conflict_opens_the_other_claim_and_the_way_back(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.run("gambit.select('claim', 'claim:example-03')")
    opened.page.get_by_role("button", name="The review dates the march to 3 May.").click()
    assert opened.run("gambit.state.selected.id") == "claim:example-10"
    opened.page.click("#back")
    assert opened.run("gambit.state.selected.id") == "claim:example-03"


def test_the_address_opens_a_claim(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page, fragment="#claim:example-06")
    assert "The march might bring a clash at the border." in opened.panel()


def test_an_address_of_nothing_is_ignored(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page, fragment="#%E0%A4%A<script>")
    assert "How to read this" in opened.panel()
    assert opened.complaints == []


# ---------------------------------------------------------------- search and table


def test_search_finds_a_name_in_another_script(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.fill("#query", "북한")
    opened.page.keyboard.press("Enter")
    assert opened.run("gambit.state.selected.id") == "actor:dprk"
    assert opened.page.locator("#panel h2").inner_text() == "North Korea"


def test_search_ignores_case_and_accents(open_page: Open) -> None:
    opened = open_page(render(Store.open(DATA / "hostile-labels.ttl")))
    for typed in ("обычное", "ОБЫЧНОЕ ИМЯ", "اسم"):
        opened.page.fill("#query", typed)
        assert opened.page.locator("#suggestions [data-node]").first.get_attribute("data-node") == (
            "actor:names"
        )


def test_the_table_holds_every_claim_and_words_narrow_it(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.page.click("#show-table")
    assert opened.page.locator("#rows tbody tr").count() == 12
    opened.page.fill("#row-filter", "prestige")
    opened.until("document.querySelectorAll('#rows tbody tr').length === 1")
    assert "1 of 12 match" in opened.page.locator("#row-count").inner_text()
    opened.page.locator("#rows tbody tr button").first.click()
    assert opened.run("gambit.state.selected.id") == "claim:example-07"


def test_words_that_are_no_name_search_the_claims(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.page.fill("#query", "might bring")
    assert "Enter searches the claims" in opened.page.locator("#suggestions").inner_text()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#rows tbody tr").count() == 1
    assert "clash at the border" in opened.page.locator("#rows tbody").inner_text()


def test_a_long_table_comes_in_pages(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-table")
    assert opened.page.locator("#rows tbody tr").count() == 200
    assert "Rows 1 to 200" in opened.page.locator("#pages").inner_text()
    opened.page.click("#next-page")
    assert "Rows 201 to 400" in opened.page.locator("#pages").inner_text()


# ---------------------------------------------------------------- keyboard


def test_the_keyboard_reaches_everything(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page, fresh=True)
    keys, focused = opened.page.keyboard, "document.activeElement.id"
    keys.press("Tab")
    assert opened.run("document.activeElement.className") == "skip"
    keys.press("/")
    assert opened.run(focused) == "query"
    keys.type("Arl")
    assert opened.page.locator("#suggestions").is_visible()
    keys.press("ArrowDown")
    assert opened.page.locator("#query").get_attribute("aria-activedescendant") == "option-0"
    keys.press("Enter")
    assert opened.run("gambit.state.selected.id") == "actor:arland"
    assert opened.run(focused) == "panel"
    keys.press("Escape")
    assert opened.run("gambit.state.selected") is None
    assert opened.run("document.activeElement.getAttribute('role')") == "application"
    keys.press("ArrowRight")
    first = opened.run("gambit.state.selected.id")
    walked = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        keys.press(key)
        walked.add(opened.run("gambit.state.selected.id"))
    assert len(walked) > 1
    keys.press("Enter")
    assert opened.run(focused) == "panel"
    keys.press("t")
    assert opened.page.locator("#rows table").is_visible()
    assert opened.run(focused) == "rows"


def test_tab_goes_through_the_page_in_order_and_always_shows_where(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page, fresh=True)
    order = []
    for _ in range(120):
        opened.page.keyboard.press("Tab")
        place = opened.run(
            """() => {
              const one = document.activeElement;
              if (one === document.body) return null;
              const outline = getComputedStyle(one);
              const part = one.closest("header, #filters, #canvas, #zoom, #foot, #panel");
              return [part ? part.id || part.tagName : one.className,
                      parseFloat(outline.outlineWidth) > 1 && outline.outlineStyle !== "none"];
            }"""
        )
        if place is None:
            break
        order.append(place)
    assert all(shown for _, shown in order)
    parts = list(dict.fromkeys(part for part, _ in order))
    assert parts == ["skip", "HEADER", "filters", "canvas", "zoom", "foot", "panel"]
    assert sum(part == "canvas" for part, _ in order) == 1


# ---------------------------------------------------------------- sizes, colours, access


@pytest.mark.parametrize("size", [PHONE, (320, 640), (768, 1024), DESKTOP])
def test_nothing_runs_over_the_side(
    open_page: Open, shipped_page: bytes, size: tuple[int, int]
) -> None:
    opened = open_page(shipped_page, size)
    wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    assert opened.run(wide) <= size[0]
    for step in (
        "gambit.select('node', gambit.nodes[0].id)",
        "document.getElementById('show-table').click()",
        "document.getElementById('show-timeline').click()",
        "gambit.select('edge', gambit.edges[0].id)",
    ):
        opened.run(step)
        assert opened.run(wide) <= size[0]
        assert opened.run(
            "document.getElementById('panel').scrollWidth <= document.getElementById('panel').clientWidth"
        )


OUTSIDE = """() => {
  const frame = document.getElementById("canvas").getBoundingClientRect();
  return gambit.visible().nodes.map((node) => gambit.toScreen(node.id))
    .filter(({ x, y }) => x < 4 || y < 4 || x > frame.width - 4 || y > frame.height - 4).length;
}"""


@pytest.mark.parametrize("size", [PHONE, (844, 390), DESKTOP])
def test_everything_is_in_sight_at_first_and_again_on_f(
    open_page: Open, shipped_page: bytes, size: tuple[int, int]
) -> None:
    opened = open_page(shipped_page, size, fresh=True)
    assert opened.run(OUTSIDE) == 0
    for _ in range(6):
        opened.page.click("#zoom-in")
    assert opened.run(OUTSIDE) > 0
    opened.page.keyboard.press("f")
    opened.until(f"({OUTSIDE})() === 0")


def test_what_fits_goes_on_fitting_when_the_window_changes_until_somebody_moves_it(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page, fresh=True)
    for width, height in (PHONE, (320, 568), (768, 1024), (2200, 700), (1000, 600)):
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.until(f"({OUTSIDE})() === 0")
    for _ in range(6):
        opened.page.keyboard.press("+")
    assert opened.run(OUTSIDE) > 0
    opened.page.set_viewport_size({"width": 1100, "height": 640})
    opened.page.wait_for_timeout(200)
    assert opened.run(OUTSIDE) > 0
    opened.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_what_is_touched_on_a_phone_is_not_left_under_the_sheet(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page, PHONE)
    lowest = opened.run("gambit.nodes.reduce((p, q) => (q.y > p.y ? q : p)).id")
    opened.click_node(lowest)
    opened.page.wait_for_timeout(100)
    sheet = opened.page.locator("#panel").bounding_box()
    assert sheet is not None
    assert opened.place(lowest)[1] < sheet["y"]


def test_hostile_labels_do_not_burst_a_phone(open_page: Open) -> None:
    opened = open_page(render(Store.open(DATA / "hostile-labels.ttl")), PHONE)
    for node in opened.run("gambit.nodes.map((node) => node.id)"):
        opened.run("(id) => gambit.select('node', id)", node)
        assert opened.run(
            "document.getElementById('panel').scrollWidth <= document.getElementById('panel').clientWidth"
        )


def test_panels_are_drawers_on_a_phone(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page, PHONE)
    assert not opened.page.locator("#legend").is_visible()
    opened.page.click("#open-filters")
    assert opened.page.locator("#legend").is_visible()
    assert opened.run("document.activeElement.id") == "close-filters"
    opened.page.keyboard.press("Escape")
    assert not opened.page.locator("#legend").is_visible()
    assert opened.run("document.activeElement.id") == "open-filters"
    assert not opened.page.locator("#panel").is_visible()
    opened.click_node("event:march")
    assert opened.page.locator("#panel h2").is_visible()
    opened.page.click("#close-panel")
    assert not opened.page.locator("#panel").is_visible()


def test_colours_follow_the_system_until_somebody_chooses(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page, scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened.run(ground) == "rgb(17, 21, 27)"
    opened.page.click("#toggle-theme")
    assert opened.run(ground) == "rgb(255, 255, 255)"
    opened.page.click("#toggle-theme")
    assert opened.run(ground) == "rgb(17, 21, 27)"


def test_the_caller_can_fix_the_colours(open_page: Open, example: Store) -> None:
    opened = open_page(render(example, theme="dark"), scheme="light")
    assert opened.run("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 27)"


def test_counts_are_announced(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    assert opened.page.locator("#status").get_attribute("aria-live") == "polite"
    assert opened.run("document.documentElement.lang") == "en"
    assert opened.page.title() == "Claims"
    assert opened.page.locator("h1").count() == 1
    assert opened.page.locator("main").count() == 1


AXE = """(where, rules) => axe.run(where || document, {resultTypes: ["violations"], ...(rules ? {runOnly: {type: "rule", values: rules}} : {})}).then((result) => result.violations.map((rule) =>
  rule.id + ": " + rule.nodes.map((one) => one.target + " " + one.failureSummary).join(" | ")))"""


def axe_finds(
    opened: Opened, steps: Iterable[tuple[str, str]], *, rules: list[str] | None = None
) -> dict[str, list[str]]:
    """Return what axe finds wrong after each step, in the part of the page that it names."""
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        absent("axe-core-python is not installed")
    # The policy of the page rightly keeps a script element out; the debugger may.
    session = opened.page.context.new_cdp_session(opened.page)
    axe = (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")
    session.send("Runtime.evaluate", {"expression": axe})
    found = {}
    for step, where in steps:
        opened.run(step)
        opened.page.wait_for_timeout(60)
        result = session.send(
            "Runtime.evaluate",
            {
                "expression": f"({AXE})({where!r}, {json.dumps(rules)})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        found[step] = result["result"]["value"]
    return {step: wrong for step, wrong in found.items() if wrong}


# Of the dark theme only what depends on colours can be wrong.
COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_axe_finds_nothing_at_any_step(
    open_page: Open, shipped_page: bytes, scheme: str, size: tuple[int, int]
) -> None:
    opened = open_page(shipped_page, size)
    opened.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    possible = "gambit.edges.find((edge) => edge.modality === 'possible').id"
    # The whole page once, then the part that a step changes.
    steps = [
        ("'at first'", ""),
        ("gambit.select('node', 'actor:dprk')", "#panel"),
        (f"gambit.select('edge', {possible})", "#panel"),
        ("gambit.select('claim', 'claim:context-003')", "#panel"),
        ("gambit.clear()", "#panel"),
        ("gambit.state.about = 'duma', document.getElementById('show-table').click()", "#table"),
        ("document.getElementById('show-timeline').click()", "#timeline"),
        ("document.getElementById('open-filters').click()", "#filters"),
        ("document.getElementById('show-graph').click(), gambit.ego('actor:dprk')", "#graph"),
        ("document.getElementById('query').value = 'kor'", "header"),
        ("document.getElementById('query').dispatchEvent(new Event('input'))", "header"),
        ("document.getElementById('open-share').click()", "#share"),
    ]
    if scheme == "dark":
        steps = [step for step in steps if step[1] in ("", "#panel", "#table", "#timeline")]
    assert axe_finds(opened, steps, rules=COLOURS if scheme == "dark" else None) == {}
    opened.page.emulate_media(color_scheme="light")


@pytest.fixture(scope="module")
def middling_page(example: Store) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view.layouts, "positions", in_squares)
        return view.render(example, large(2000), title="Some things")


@pytest.mark.parametrize("things", [2000, 20_000])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_large_graph_is_quiet_and_axe_finds_nothing_in_either_theme(
    open_page: Open, request: pytest.FixtureRequest, things: int, size: tuple[int, int]
) -> None:
    page = request.getfixturevalue("big_page" if things > 5000 else "middling_page")
    opened = open_page(page, size)
    opened.until("document.querySelector('[data-filter]') !== null")
    assert axe_finds(opened, [("'at rest'", "")]) == {}
    opened.page.emulate_media(color_scheme="dark")
    assert axe_finds(opened, [("'at rest'", "")], rules=COLOURS) == {}
    opened.page.emulate_media(color_scheme="light")
    assert opened.complaints == []
    assert len(opened.requests) == 1


# ---------------------------------------------------------------- three views, one selection


def message(opened: Opened) -> str:
    return opened.page.locator("#message").inner_text()


def status(opened: Opened, part: str) -> str:
    """Return the line on what is shown once it says something."""
    opened.until(f"document.getElementById('status').textContent.includes({part!r})")
    return opened.page.locator("#status").inner_text()


def address(opened: Opened, part: str) -> str:
    """Return the address once it says something; it follows a moment after the page."""
    opened.until(f"location.hash.includes({part!r})")
    found: str = opened.run("location.hash")
    return found


def test_what_is_selected_in_one_view_is_selected_in_all(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.click_node("event:march")
    opened.page.click("#show-table")
    marked = opened.page.locator("#rows tr.on").all_inner_texts()
    assert marked
    assert any("march" in text for text in marked)
    opened.page.click("#show-timeline")
    rows = opened.page.locator("#lanes .line-of.on")
    assert rows.count() == 1
    assert rows.get_attribute("data-id") == "event:march"
    assert opened.page.locator("#panel h2").inner_text() == "March of the guards"


def test_a_row_selects_and_the_panel_opens_its_claim(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.page.keyboard.press("t")
    opened.page.locator("#rows tbody tr button").first.click()
    assert "claim:example-01" in opened.panel()
    opened.page.keyboard.press("g")
    assert opened.page.locator("#canvas").is_visible()
    assert opened.run("gambit.state.selected.id") == "claim:example-01"


def test_a_head_of_the_table_sorts_and_says_so(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.page.click("#show-table")
    opened.page.click("#rows-things")
    opened.page.click("th button:has-text('Lines')")
    assert opened.page.locator("th[aria-sort=descending]").inner_text().startswith("Lines")
    counts = [int(text) for text in opened.page.locator("#rows td:last-child").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    opened.page.click("th button:has-text('Lines')")
    counts = [int(text) for text in opened.page.locator("#rows td:last-child").all_inner_texts()]
    assert counts == sorted(counts)


def test_the_table_can_be_saved_and_copied(
    open_page: Open, example_page: bytes, tmp_path: Path
) -> None:
    opened = open_page(example_page)
    opened.page.click("#show-table")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-rows")
    caught.value.save_as(tmp_path / "claims.csv")
    rows = list(csv.reader((tmp_path / "claims.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 13
    assert rows[0][0] == "Claim"
    assert {row[-2] for row in rows[1:]} == {f"claim:example-{i:02}" for i in range(1, 13)}
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.page.click("#copy-rows")
    opened.until("!document.getElementById('message').hidden")
    opened.until("document.getElementById('message').textContent.includes('12 rows copied')")


def test_a_cell_that_looks_like_a_formula_is_made_harmless(open_page: Open) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_node("actor:a", label="=1+1", type="kg:State", family="actor", mark="St")
    opened = open_page(
        view.render(Store.open(EXAMPLE), Projection(graph, "edges", {}, whole=False), title="One")
    )
    opened.page.click("#show-table")
    opened.page.click("#rows-things")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-rows")
    assert "'=1+1" in Path(caught.value.path()).read_text("utf-8")


# ---------------------------------------------------------------- the timeline


def test_agreements_stand_with_their_days_and_disputes(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.keyboard.press("l")
    row = opened.page.locator('.row[data-id="agreement:russia-dprk-treaty-2024"]')
    said = row.get_attribute("aria-label") or ""
    assert "signed on 18 June 2024 or 19 June 2024, sources disagree" in said
    assert "in force on 4 December 2024" in said
    assert "ratified on (North Korea) 11 November 2024" in said
    line = opened.page.locator('.line-of[data-id="agreement:russia-dprk-treaty-2024"]')
    assert line.locator(".dispute").count() == 2
    line.locator('.when[aria-label*="18 June 2024, disputed"]').click()
    assert opened.run("gambit.state.selected") == {"kind": "claim", "id": "claim:context-003"}
    assert "2024-06-18" in opened.panel()


def test_a_year_is_drawn_over_all_of_it_and_a_day_as_a_mark(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-timeline")
    union = opened.page.locator('.line-of[data-id="actor:soviet-union"]')
    assert "1991" in (union.locator(".when").get_attribute("aria-label") or "")
    assert "31 December" not in (union.locator(".when").get_attribute("aria-label") or "")
    assert union.locator(".period").count() == 1
    treaty = opened.page.locator('.line-of[data-id="agreement:russia-dprk-treaty-2024"]')
    assert treaty.locator(".period").count() == 0


def test_many_events_stand_as_columns_first(
    open_page: Open, example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view.layouts, "positions", in_squares)
    many = large(3100)
    for i, says in enumerate(many.graph.nodes.values()):
        if says["family"] == "event":
            says["date"] = f"20{i % 20:02}-{1 + i % 12:02}-11"
    opened = open_page(view.render(example, many, title="Events"))
    opened.page.click("#show-timeline")
    lane = opened.page.locator('[data-lane="Events"]')
    assert "(1,034)" in lane.locator("h2").inner_text()
    assert 10 < lane.locator(".density rect").count() <= 80
    assert lane.locator(".row").count() == 100
    assert "934 more in this stretch: zoom in, or filter." in lane.inner_text()
    for _ in range(5):
        opened.page.click("#time-in")
    assert "lie outside the stretch that is shown" in lane.inner_text()
    opened.page.click("#time-all")
    assert "lie outside" not in lane.inner_text()


def test_what_has_no_date_stands_in_a_tray_with_its_count(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-timeline")
    tray = opened.page.locator(".tray")
    assert tray.locator("summary").inner_text().startswith("Undated (")
    tray.locator("summary").click()
    tray.get_by_role("button", name="North Korean troop deployment to Russia's war").click()
    assert opened.run("gambit.state.selected.id") == "event:deployment-2024"


def test_claims_stand_at_the_day_their_source_came_out(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.page.click("#show-timeline")
    lane = opened.page.locator('[data-lane="Claims, by publication of their source"]')
    assert lane.locator(".row").count() >= 1
    lane.locator(".row").first.focus()
    opened.page.keyboard.press("Enter")
    assert opened.run("gambit.state.selected.kind") == "source"
    assert "read in it" in opened.panel()


# ---------------------------------------------------------------- evidence


def test_a_conflict_is_shown_face_to_face(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.run("gambit.select('claim', 'claim:example-03')")
    sides = opened.page.locator("#panel .faces .side .value").all_inner_texts()
    assert sides == ["2020-05-02", "2020-05-03"]


def test_a_line_says_by_which_rule_it_is_an_edge(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    edge = edge_where(opened, "edge.claims.includes('claim:example-07')")
    opened.run("(id) => gambit.select('edge', id)", edge)
    opened.page.click("summary:has-text('Why is this no edge?')")
    assert opened.page.locator("#panel .rule li.no").all_inner_texts() == [
        "✕\nis put as a fact (ascription)",
        "✕\nis asserted, or reported with credibility 1 or 2 (reported, 3)",
    ]
    direct = edge_where(opened, "edge.direct")
    opened.run("(id) => gambit.select('edge', id)", direct)
    opened.page.click("summary:has-text('Why is this an edge?')")
    assert opened.page.locator("#panel .rule li.no").count() == 0
    assert "independent origin" in opened.panel()


def test_a_claim_can_be_cited_and_linked(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.run("gambit.select('claim', 'claim:example-07')")
    opened.page.click("[data-do=cite]")
    opened.until("document.getElementById('message').textContent.includes('citation is copied')")
    cited = opened.run("navigator.clipboard.readText()")
    assert "Prestige is seen by some" in cited
    assert "“Guards march to Borland”" in cited
    assert "Body, paragraph 1, sentence 4" in cited
    assert "“Some observers”" in cited
    opened.page.click("[data-do=permalink]")
    opened.until("document.getElementById('message').textContent.includes('link to this claim')")
    assert opened.run("navigator.clipboard.readText()").endswith("#claim:example-07")


def test_a_local_copy_brings_the_passage_into_the_card(open_page: Open, kg: Run) -> None:
    done = kg("-d", str(EXAMPLE), "view", "--sources", str(DATA / "sources"), "--to", "-")
    assert done.returncode == 0, done.stderr
    opened = open_page(done.stdout.encode("utf-8"))
    opened.run("gambit.select('claim', 'claim:example-07')")
    passage = opened.page.locator("#panel .card blockquote")
    text = (DATA / "sources" / "daily-1.txt").read_text("utf-8")
    shown = passage.inner_text()
    assert len(shown) > 20
    assert shown in " ".join(text.split())
    # The second source is not there: its claims have their place and no words.
    opened.run("gambit.select('claim', 'claim:example-10')")
    assert passage.count() == 0
    assert "Read in" in opened.panel()


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("box", "cause"),
    [
        ("modality:possible", "how firmly it is said"),
        ("sign:negative", "stance"),
        ("family:event", "things"),
        ("type:", "types of things"),
        ("relation:", "relations"),
        ("kind:fact", "kind of claim"),
        ("polarity:denied", "for or against"),
        ("status:single origin", "standing"),
        ("source:", "sources"),
        ("credibility:", "credibility of the claim"),
        ("reliability:F", "reliability of the source"),
        ("confidence:", "confidence"),
    ],
)
def test_what_each_filter_hides_is_counted_and_named(
    open_page: Open, example_page: bytes, box: str, cause: str
) -> None:
    opened = open_page(example_page)
    opened.run(
        "document.querySelectorAll('#legend details').forEach((one) => { one.open = true; })"
    )
    opened.page.locator(f'[data-filter^="{box}"]').first.uncheck()
    opened.until("document.getElementById('status').textContent.includes('Hidden by filters')")
    said = status(opened, cause)
    gone = opened.run(
        """["nodes", "edges"].map((kind) => gambit[kind].length - gambit.visible()[kind].length)"""
    )
    assert sum(gone) > 0
    for count, what in zip(gone, ("thing", "line"), strict=True):
        told = re.search(rf"(\d+) {what}s? \(", said.partition("Hidden by filters: ")[2])
        assert (int(told[1]) if told else 0) == count
    opened.page.click("#reset")
    assert "Nothing is hidden." in status(opened, "Nothing is hidden.")


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        ("document.getElementById('show-hedged').click()", "hedged claims are off"),
        ("gambit.set({from: '2021'})", "the date range"),
        ("gambit.set({undated: false})", "no date is known"),
        ("gambit.set({hidden: new Set(['event:march'])})", "hidden by hand"),
        ("gambit.set({hidden: new Set(['event:march'])})", "an end is hidden"),
        ("gambit.set({folded: new Set(['event:march'])})", "folded away"),
        ("gambit.ego('event:border-clash')", "outside this part"),
    ],
)
def test_what_else_hides_is_named_too(
    open_page: Open, example_page: bytes, step: str, cause: str
) -> None:
    opened = open_page(example_page)
    opened.run(step)
    assert "Hidden by filters: " in status(opened, cause)


def test_each_filter_counts_now_and_in_all(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    total = opened.run("gambit.edges.filter((edge) => edge.kind === 'ascription').length")
    count = opened.page.locator('[data-count="kind:ascription"]')
    opened.page.click("summary:has-text('Kind of claim')")
    assert count.inner_text() == str(total)
    opened.page.uncheck('[data-filter="kind:ascription"]')
    assert count.inner_text() == f"0 / {total}"
    said = status(opened, "Hidden")
    assert f"{total} lines (kind of claim)" in said
    opened.page.click("#reset")
    assert count.inner_text() == str(total)
    assert "Nothing is hidden." in status(opened, "Nothing is hidden.")


@pytest.mark.parametrize(
    "facet", ["relation", "type", "status", "source", "credibility", "polarity"]
)
def test_every_value_of_a_filter_can_be_taken_out(
    open_page: Open, example_page: bytes, facet: str
) -> None:
    opened = open_page(example_page)
    opened.page.click(f"[data-facet={facet}] summary")
    boxes = opened.page.locator(f'[data-filter^="{facet}:"]')
    assert boxes.count() > 1
    boxes.first.uncheck()
    shown = opened.run("[gambit.visible().nodes.length, gambit.visible().edges.length]")
    assert shown != opened.run("[gambit.nodes.length, gambit.edges.length]")
    assert f"no.{facet}=" in address(opened, "no.")
    boxes.first.check()
    assert opened.run("gambit.visible().edges.length === gambit.edges.length")


def test_what_is_not_known_is_a_value_of_its_own(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.click("[data-facet=confidence] summary")
    unknown = opened.run("gambit.edges.filter((edge) => edge.confidence === null).length")
    assert unknown
    assert opened.page.locator('[data-count="confidence:unknown"]').inner_text() == str(unknown)
    for value in ("below 50", "50 to 74", "75 to 100"):
        row = opened.page.locator(f'[data-filter="confidence:{value}"]')
        if row.count():
            row.uncheck()
    assert opened.run("gambit.visible().edges.length") == unknown


def test_dates_filter_and_the_undated_are_kept_or_counted_out(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.fill("#date-from", "2024-06")
    opened.page.keyboard.press("Tab")
    with_undated = opened.run("gambit.visible().edges.length")
    assert 0 < with_undated < opened.run("gambit.edges.length")
    opened.page.uncheck("#undated")
    dated = opened.run("gambit.visible().edges.length")
    assert 0 < dated < with_undated
    assert "no date is known" in status(opened, "no date is known")
    opened.page.fill("#date-to", "yesterday")
    opened.page.keyboard.press("Tab")
    assert "is no date" in message(opened)
    assert opened.run("gambit.visible().edges.length") == dated


# ---------------------------------------------------------------- reading aids


def test_focus_shows_what_is_beside_a_thing_and_undo_goes_back(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.click_node("event:march")
    opened.page.click("[data-do=focus]")
    beside = opened.run(
        """new Set(gambit.edges.filter((edge) => [edge.from, edge.to].includes("event:march"))
             .flatMap((edge) => [edge.from, edge.to])).size"""
    )
    assert opened.run("gambit.visible().nodes.length") == beside
    assert "outside this part" in status(opened, "outside this part")
    assert "focus=event:march" in address(opened, "focus=")
    opened.page.click("#scene button[aria-label='One step further']")
    assert opened.run("gambit.visible().nodes.length") > beside
    opened.page.keyboard.press("u")
    assert opened.run("gambit.visible().nodes.length") == beside
    opened.page.click("#whole")
    assert opened.run("gambit.visible().nodes.length === gambit.nodes.length")


def test_expand_and_collapse_bring_neighbours_and_take_them_away(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.ego('agreement:russia-dprk-treaty-2024')")
    before = opened.run("gambit.visible().nodes.length")
    opened.run("gambit.select('node', 'actor:russia')")
    opened.page.click("[data-do=expand]")
    assert opened.run("gambit.visible().nodes.length") > before
    opened.page.click("[data-do=collapse]")
    assert opened.run("gambit.visible().nodes.length") == before
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("Escape")
    whole = opened.run("gambit.visible().nodes.length")
    opened.run("gambit.select('node', 'event:deployment-2024')")
    opened.page.keyboard.press("c")
    assert opened.run("gambit.visible().nodes.length") < whole
    assert "folded away" in status(opened, "folded away")
    opened.page.keyboard.press("e")
    assert opened.run("gambit.visible().nodes.length") == whole


def test_a_thing_can_be_hidden_pinned_and_brought_back(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.click_node("actor:arland")
    opened.page.keyboard.press("p")
    assert "Pinned" in message(opened)
    assert "pin=actor:arland~" in address(opened, "pin=")
    opened.page.keyboard.press("h")
    assert "hide=actor:arland" in address(opened, "hide=")
    assert "hidden by hand" in status(opened, "hidden by hand")
    opened.page.click("#undo")
    assert opened.run("gambit.visible().nodes.some((node) => node.id === 'actor:arland')")
    opened.page.click("#undo")
    assert "pin=" not in opened.run("(() => gambit.state.pins.size ? 'pin=' : '')()")


def test_a_dragged_thing_stays_where_it_was_put(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    before = opened.run("gambit.spot(gambit.nodes.find((node) => node.id === 'event:march'))")
    x, y = opened.place("event:march")
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x + 40, y + 30, steps=4)
    opened.page.mouse.up()
    opened.until("gambit.state.pins.has('event:march')")
    after = opened.run("gambit.spot(gambit.nodes.find((node) => node.id === 'event:march'))")
    assert after != before
    opened.page.click("#undo")
    assert (
        opened.run("gambit.spot(gambit.nodes.find((node) => node.id === 'event:march'))") == before
    )


def test_fifty_steps_can_be_undone(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    box = opened.page.locator('[data-filter="modality:possible"]')
    for _ in range(55):
        box.click()
    assert not box.is_checked()
    assert opened.run("gambit.state.older.length") == 50
    for _ in range(50):
        opened.page.keyboard.press("u")
    opened.page.keyboard.press("u")
    assert "Nothing to undo" in message(opened)


def test_the_shortest_way_is_listed_step_by_step_with_its_claims(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'event:deployment-2024')")
    opened.page.click("[data-do=path]")
    assert "pick the other end" in opened.panel()
    opened.page.fill("#query", "multi-theatre")
    opened.page.keyboard.press("Enter")
    said = opened.panel()
    assert "From North Korean troop deployment" in said
    steps = opened.page.locator("#panel .steps > li")
    assert steps.count() >= 1
    assert steps.locator("[data-claim]").count() >= steps.count()
    assert "no direct edge: the way is only as firm as that" in said
    assert "path=event:deployment-2024,condition:" in address(opened, "path=")
    steps.locator("summary").first.click()
    opened.until("document.querySelectorAll('#panel .steps .card').length === 1")
    opened.page.check("#directed")
    assert "dir=1" in address(opened, "dir=1")


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("actor:dprk", "actor:japan"),
        ("event:deployment-2024", "condition:multi-theatre-confrontation"),
        ("actor:russia", "actor:south-korea"),
        ("actor:dprk", "source:daily-star-2024"),
        ("motivation:combat-experience", "actor:united-states"),
    ],
)
def test_the_best_ways_are_those_that_the_command_line_finds(
    open_page: Open, shipped: Store, shipped_page: bytes, a: str, b: str, directed: bool
) -> None:
    from kg.analysis.paths import paths

    projection = project(shipped, include_hedged=True)
    graph = projection.graph
    a, b = (end if end in graph else sorted(n for n in graph if n.startswith(end.partition(":")[0]))[0]
            for end in (a, b))  # fmt: skip
    wanted = [[p.hops[0].source, *(hop.target for hop in p.hops)]
              for p in paths(projection, a, b, k=5, directed=directed)]  # fmt: skip
    opened = open_page(shipped_page)
    opened.run("([a, b]) => gambit.waysBetween({a, b, directed: false})", [a, b])
    found = opened.run(
        """([a, b, directed]) => gambit.waysBetween({a, b, directed})
             .map((steps) => [a, ...steps.map(({ node }) => node.id)])""",
        [a, b, directed],
    )
    assert found == wanted


def test_other_ways_are_offered_with_their_length_and_softest_step(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'actor:dprk')")
    opened.page.click("[data-do=path]")
    opened.page.fill("#query", "Japan")
    opened.page.keyboard.press("Enter")
    ways = opened.page.locator("[data-way]")
    assert ways.count() == 5
    lengths = [int(re.findall(r": (\d+) step", text)[0]) for text in ways.all_inner_texts()]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]
    assert ways.first.get_attribute("aria-pressed") == "true"
    first = opened.page.locator("#panel .steps").inner_text()
    ways.last.click()
    assert opened.page.locator("#panel .steps > li").count() == lengths[-1]
    assert opened.page.locator("#panel .steps").inner_text() != first
    assert "way=4" in address(opened, "way=")
    assert all(
        re.search(r"by \w.*; (direct edges|softest: \w+ \w+)$", text)
        for text in ways.all_inner_texts()
    )


def test_no_way_is_said_to_be_no_proof(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'actor:dprk')")
    opened.page.click("[data-do=path]")
    opened.page.fill("#query", "Wagner Group")
    opened.page.keyboard.press("Enter")
    assert "says nothing about lines that are hidden" in opened.panel()


def test_parallel_lines_fan_out_or_are_bundled_with_a_count(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    drawn = "Object.values(gambit.network.body.edges).filter((edge) => !edge.options.hidden).length"
    all_lines = opened.run(drawn)
    opened.page.keyboard.press("b")
    pairs = opened.run(
        "new Set(gambit.edges.map((edge) => [edge.from, edge.to].sort().join())).size"
    )
    assert opened.run(drawn) == pairs < all_lines
    assert "bundle=1" in address(opened, "bundle=")
    edge = opened.run(
        """gambit.edges.find((edge) => gambit.network.body.edges[edge.id] &&
             !gambit.network.body.edges[edge.id].options.hidden &&
             [edge.from, edge.to].sort().join() === "actor:dprk,actor:russia").id"""
    )
    opened.run("(id) => gambit.select('pair', id)", edge)
    assert "lines bundled here" in opened.panel()
    assert opened.page.locator("#panel .names li").count() > 1


def test_a_lasso_shows_only_what_is_inside(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    x, y = opened.place("event:march")
    opened.page.keyboard.down("Shift")
    opened.page.mouse.move(x - 40, y - 40)
    opened.page.mouse.down()
    for dx, dy in ((40, -40), (40, 40), (-40, 40), (-40, -30)):
        opened.page.mouse.move(x + dx, y + dy, steps=3)
    opened.page.mouse.up()
    opened.page.keyboard.up("Shift")
    opened.until("gambit.state.scene !== null")
    shown = opened.run("gambit.visible().nodes.map((node) => node.id)")
    assert "event:march" in shown
    assert len(shown) < opened.run("gambit.nodes.length")
    assert "Inside the lasso" in opened.page.locator("#scene").inner_text()


def test_the_right_button_opens_the_same_choices(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    x, y = opened.place("event:march")
    opened.page.mouse.click(x, y, button="right")
    items = opened.page.locator("#menu [role=menuitem]").all_inner_texts()
    assert items == ["Details", "Focus", "Expand", "Collapse", "Path from here", "Pin", "Hide"]
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    assert opened.run("gambit.state.scene.id") == "event:march"


def test_things_settle_on_request_and_go_back(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    places = "gambit.nodes.map((node) => [node.x, node.y])"
    before = opened.run(places)
    opened.page.click("#relax")
    opened.until("document.getElementById('message').textContent.startsWith('Relaxed')")
    assert opened.run(places) != before
    opened.page.click("#relax")
    assert opened.run(places) == before


def test_keys_do_nothing_while_somebody_types(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.click_node("actor:arland")
    opened.page.click("#query")
    opened.page.keyboard.type("hpeut")
    assert opened.run("gambit.state.hidden.size + gambit.state.pins.size") == 0
    assert opened.run("gambit.state.view") == "graph"


def test_the_keys_are_listed_and_brackets_turn_through_lines(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.page.keyboard.press("?")
    assert "undo" in opened.page.locator("#help").inner_text()
    opened.page.keyboard.press("Escape")
    opened.click_node("event:march")
    opened.page.keyboard.press("]")
    first = opened.run("gambit.state.selected")
    opened.page.keyboard.press("]")
    second = opened.run("gambit.state.selected")
    assert first["kind"] == second["kind"] == "edge"
    assert first["id"] != second["id"]


# ---------------------------------------------------------------- state and taking along


def test_the_address_brings_everything_back(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.uncheck('[data-filter="modality:possible"]')
    opened.run("gambit.ego('actor:dprk')")
    opened.page.fill("#date-from", "1990")
    opened.page.keyboard.press("Tab")
    opened.page.click("#show-timeline")
    opened.run("gambit.select('claim', 'claim:context-003')")
    there = address(opened, "sel=claim~claim:context-003")
    shown = opened.run("gambit.visible().nodes.map((node) => node.id)")
    again = open_page(shipped_page, fragment=there)
    assert again.run("gambit.visible().nodes.map((node) => node.id)") == shown
    assert again.page.locator("#lanes").is_visible()
    assert "2024-06-18" in again.panel()
    assert not again.page.locator('[data-filter="modality:possible"]').is_checked()
    assert again.page.locator("#date-from").input_value() == "1990"
    assert again.complaints == []


def test_a_link_put_into_an_open_page_is_followed(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.run("location.hash = '#v=1&focus=event:march&view=table'")
    opened.until("gambit.state.scene !== null")
    assert opened.page.locator("#rows").is_visible()
    opened.run("location.hash = '#claim:example-06'")
    opened.until("gambit.state.selected !== null")
    assert "The march might bring a clash at the border." in opened.panel()


def test_an_old_link_says_that_the_data_changed(open_page: Open, example_page: bytes) -> None:
    opened = open_page(
        example_page, fragment="#v=1&sel=node~event:march&data=000000000000&later=x&no.colour=red"
    )
    assert "The data changed since this link was made" in message(opened)
    assert opened.page.locator("#panel h2").inner_text() == "March of the guards"
    gone = open_page(example_page, fragment="#v=1&sel=claim~claim:gone&hide=actor:gone,%E0%A4%A")
    assert "is not in this page" in message(gone)
    assert gone.run("gambit.visible().nodes.length === gambit.nodes.length")
    assert gone.complaints == []


def test_the_picture_holds_names_legend_sources_and_what_is_hidden(
    open_page: Open, example_page: bytes, tmp_path: Path
) -> None:
    from xml.etree import ElementTree

    opened = open_page(example_page)
    opened.page.uncheck('[data-filter="modality:possible"]')
    opened.page.click("#open-share")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-svg")
    caught.value.save_as(tmp_path / "graph.svg")
    root = ElementTree.parse(tmp_path / "graph.svg").getroot()
    said = " ".join(root.itertext())
    for part in ("Claims", "Borland", "Actors", "said flatly", "Hidden by filters", "Sources:"):
        assert part in said
    assert "Zoom" not in said
    with opened.page.expect_download() as caught:
        opened.page.click("#save-png")
    png = Path(caught.value.path()).read_bytes()
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20], "big")
    assert width == 2 * int(root.attrib["width"])
    assert len(png) > 20_000


def test_data_of_what_is_shown_or_selected_can_be_saved(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.click_node("event:march")
    opened.page.click("#open-share")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-json")
    whole = json.loads(Path(caught.value.path()).read_text("utf-8"))
    assert len(whole["edges"]) == opened.run("gambit.edges.length")
    assert whole["hidden"] == "Nothing is hidden."
    opened.page.check("#only-selected")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-json")
    part = json.loads(Path(caught.value.path()).read_text("utf-8"))
    assert 0 < len(part["edges"]) < len(whole["edges"])
    assert all("event:march" in (edge["from"], edge["to"]) for edge in part["edges"])
    claims = {claim for edge in part["edges"] for claim in edge["claims"]}
    assert claims <= set(part["claims"])
    with opened.page.expect_download() as caught:
        opened.page.click("#save-csv")
    rows = list(csv.DictReader(Path(caught.value.path()).read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(part["edges"])
    opened.page.uncheck("#only-selected")


def test_a_snippet_and_a_link_carry_the_state(open_page: Open, example_page: bytes) -> None:
    opened = open_page(example_page)
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.click_node("event:march")
    opened.page.click("#open-share")
    snippet = opened.page.locator("#embed").input_value()
    assert snippet.startswith('<iframe src="page.html#v=1&amp;sel=node~event:march')
    assert 'sandbox="allow-scripts' in snippet
    opened.page.click("#copy-link")
    opened.until("document.getElementById('message').textContent.includes('link is copied')")
    assert "sel=node~event:march" in opened.run("navigator.clipboard.readText()")


def test_on_paper_there_is_the_picture_the_legend_and_every_source(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    opened.page.emulate_media(media="print")
    assert opened.page.locator("#print-sheet svg").is_visible()
    assert "Guards march to Borland" in opened.page.locator("#print-sheet ol").inner_text()
    assert not opened.page.locator("#filters").is_visible()
    opened.page.emulate_media(media="screen")
    opened.run("window.dispatchEvent(new Event('afterprint'))")
    assert not opened.page.locator("#print-sheet").is_visible()


# ---------------------------------------------------------------- layouts


def saved_svg(opened: Opened) -> Any:
    from xml.etree import ElementTree

    return ElementTree.fromstring(
        opened.run("new XMLSerializer().serializeToString(gambit.drawing().sheet)")
    )


def ground_in(root: Any) -> dict[str, int]:
    svg = "{http://www.w3.org/2000/svg}"
    kinds = {"boxes": ("rect", "part"), "rings": ("circle", "part"), "ticks": ("path", "tick")}
    return {
        kind: len(root.findall(f".//{svg}{tag}[@class='{name}']"))
        for kind, (tag, name) in kinds.items()
    }


# How much of a line of the ground is inked on the canvas, between 0 and 1.
INKED = """([[x1, y1], [x2, y2]]) => {
  const canvas = document.querySelector("#canvas canvas");
  const ctx = canvas.getContext("2d");
  const [p, q] = [[x1, y1], [x2, y2]].map(([x, y]) => gambit.network.canvasToDOM({ x, y }));
  let inked = 0;
  for (let i = 1; i < 60; i += 1) {
    const [x, y] = [p.x + ((q.x - p.x) * i) / 60, p.y + ((q.y - p.y) * i) / 60].map(Math.round);
    const data = ctx.getImageData(x - 1, y - 1, 3, 3).data;
    inked += [0, 1, 2, 3, 4, 5, 6, 7, 8].some((k) => data[4 * k + 3] > 0 && data[4 * k] < 250);
  }
  return inked / 59;
}"""


@pytest.mark.parametrize("name", ["bloc", "rings", "timeline", "causal"])
def test_what_a_layout_means_is_drawn_behind_it_and_in_its_picture(
    open_page: Open, shipped: Store, name: str
) -> None:
    opened = open_page(render(shipped, layout=name))
    layout = json.loads(opened.run("document.getElementById('data').textContent"))["model"][
        "layout"
    ]
    assert layout["name"] == name
    said = opened.page.locator("#laid-out").inner_text()
    assert said == f"Layout: {name} ({layout['by']})"
    root = saved_svg(opened)
    assert ground_in(root) == {
        "boxes": sum(not group[5] for group in layout["groups"]),
        "rings": sum(group[5] for group in layout["groups"]),
        "ticks": len(layout["ticks"]),
    }
    assert sum(ground_in(root).values()) > 0
    words = [text.text for text in root.iter() if text.tag.endswith("text")]
    largest = max(layout["groups"], key=lambda group: group[3])
    assert largest[0] in words
    assert f"Layout: {name} ({layout['by']})" in " ".join(filter(None, words))
    # On the canvas: the lower edge of the largest box or the lower half of a ring, a date.
    _, x, y, width, height, ring = largest
    edges = [] if ring else [[[x, y + height], [x + width, y + height]]]
    edges += [[[tick, min(y, 0)], [tick, y + height]] for tick, _ in layout["ticks"][:3]]
    if ring:
        edges += [[[x + width / 2, y + height - 1], [x + width / 2, y + height + 1]]]
    opened.run("gambit.fit(false)")
    opened.page.wait_for_timeout(200)
    inked = [opened.run(INKED, edge) for edge in edges]
    assert min(inked) > (0.35 if layout["ticks"] else 0.9)
    # A part has places of its own: then neither boxes nor their titles stand behind it.
    opened.run("gambit.ego('actor:dprk')")
    assert sum(ground_in(saved_svg(opened)).values()) == 0
    assert "an arrangement of this part" in opened.page.locator("#laid-out").inner_text()


def test_a_relaxed_drawing_has_left_its_layout(open_page: Open, example: Store) -> None:
    opened = open_page(render(example, layout="bloc"))
    assert ground_in(saved_svg(opened))["boxes"] > 0
    opened.page.click("#relax")
    opened.until("document.getElementById('laid-out').textContent.includes('relaxed')")
    assert ground_in(saved_svg(opened))["boxes"] == 0
    opened.page.click("#relax")
    assert ground_in(saved_svg(opened))["boxes"] > 0


# ---------------------------------------------------------------- large graphs


def large(count: int, *, lines: int = 3) -> Projection:
    """Return a graph of so many made-up things in clusters of a hundred, three lines each."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for i in range(count):
        graph.add_node(
            f"actor:a{i}",
            label=f"Thing {i}",
            type="kg:State" if i % 3 else "kg:Event",
            family="actor" if i % 3 else "event",
            mark="St" if i % 3 else "Ev",
        )
    for i in range(count):
        cluster = i - i % 100
        for k in range(lines):
            other = cluster + (i * 7 + k * 13 + 1) % 100 if k else cluster
            if i % 50 == 7 and k == 2:
                other = (i + 100) % count
            graph.add_edge(
                f"actor:a{i}",
                f"actor:a{min(other, count - 1)}",
                f"claim:g-{i}-{k}",
                predicate="kg:sanctions" if k % 2 else "kg:partnerOf",
                label="sanctions" if k % 2 else "partner of",
                sign=-1 if k % 2 else 1,
                kind="fact",
                modality="asserted" if k else "possible",
                polarity="affirmative",
                materialised=int(bool(k)),
                origins=1,
                claims=f"claim:g-{i}-{k}",
            )
    return Projection(graph, "claims", {}, whole=False)


def in_squares(nodes: Any, edges: Any, sizes: Any, **_: Any) -> dict[str, tuple[int, int]]:
    """Place a hundred things in a square, the squares in rows: quick, for what is not about places."""
    found = {}
    for node in nodes:
        i = int(node.removeprefix("actor:a"))
        c = i // 100
        found[node] = (c % 14 * 1500 + i % 10 * 120, c // 14 * 1500 + i % 100 // 10 * 120)
    return found


@pytest.fixture(scope="module")
def big_page(example: Store) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view.layout, "positions", in_squares)
        return view.render(example, large(20_000), title="Many things")


def test_a_large_graph_opens_with_a_summary_in_a_picture_that_is_not_blank(
    open_page: Open, big_page: bytes
) -> None:
    opened = open_page(big_page)
    assert opened.run("gambit.mode") == "overview"
    assert "20,000 things, 60,000 lines" in opened.page.locator("#status").inner_text()
    assert re.match(r"Summary: 2\d\d parts", opened.page.locator("#scene").inner_text())
    colours = opened.run(
        """() => {
          const canvas = document.getElementById("plane");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 3).join());
          return seen.size;
        }"""
    )
    assert colours > 50
    assert opened.complaints == []


def test_columns_tell_the_same_as_records(
    open_page: Open, shipped: Store, shipped_page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(opened: Opened) -> list[str]:
        found = [opened.page.locator("#status").inner_text()]
        for kind, one in (
            ("node", "actor:dprk"),
            ("node", "agreement:russia-dprk-treaty-2024"),
            ("claim", "claim:context-003"),
        ):
            assert opened.run(f"gambit.select('{kind}', '{one}')")
            found.append(opened.panel())
        opened.run("gambit.ego('event:deployment-2024')")
        found.append(str(opened.run("gambit.visible().nodes.map((node) => node.id)")))
        opened.page.click("#show-timeline")
        found.append(opened.page.locator("#lanes").inner_text())
        found += opened.page.locator("#lanes [aria-label]").evaluate_all(
            "(all) => all.map((one) => one.getAttribute('aria-label'))"
        )
        return found

    records = told(open_page(shipped_page, fresh=True))
    monkeypatch.setattr(view, "MAX_RECORDS", 10)
    assert told(open_page(render(shipped), fresh=True)) == records


def test_a_large_page_says_that_it_loads_until_it_has(open_page: Open, big_page: bytes) -> None:
    assert "Loading 20,000 things and 60,000 lines" in big_page.decode("utf-8")
    assert open_page(big_page).page.locator("#loading").count() == 0


def test_a_part_of_a_summary_opens_in_detail(open_page: Open, big_page: bytes) -> None:
    opened = open_page(big_page)
    opened.run("gambit.select('group', 0)")
    assert "Part around Thing" in opened.panel()
    assert "100 things" in opened.panel()
    opened.page.click("#open-part")
    assert opened.run("gambit.mode") == "detail"
    assert opened.run("gambit.visible().nodes.length") == 100
    assert "19,900 things (outside this part)" in status(opened, "outside this part")
    opened.page.keyboard.press("u")
    assert opened.run("gambit.mode") == "overview"


def test_a_click_in_the_overview_finds_the_thing_under_the_pointer(
    open_page: Open, big_page: bytes
) -> None:
    opened = open_page(big_page)
    opened.page.click("#groups")
    assert "Every thing" in opened.page.locator("#scene").inner_text()
    opened.run("gambit.look({x: 600, y: 600, scale: 0.6})")
    x, y = opened.place("actor:a55")
    opened.page.mouse.click(x, y)
    assert opened.page.locator("#panel h2").inner_text() == "Thing 55"
    opened.page.click("[data-do=focus]")
    assert opened.run("gambit.mode") == "detail"
    assert "all=1" in address(opened, "focus=")


def test_a_large_graph_has_search_filters_table_and_paths_too(
    open_page: Open, big_page: bytes
) -> None:
    opened = open_page(big_page)
    opened.page.fill("#query", "Thing 1234")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#panel h2").inner_text() == "Thing 1234"
    opened.until("document.querySelector('[data-filter=\"sign:negative\"]') !== null")
    opened.page.uncheck('[data-filter="sign:negative"]')
    assert "20,000 lines (stance)" in status(opened, "stance")
    opened.page.click("#show-table")
    opened.page.click("#rows-lines")
    assert opened.page.locator("#rows tbody tr").count() == 200
    assert "40,000 lines; 20,000 hidden" in opened.page.locator("#row-count").inner_text()
    opened.page.click("#show-graph")
    opened.page.click("[data-do=path]")
    opened.page.fill("#query", "Thing 1210")
    opened.page.keyboard.press("Enter")
    assert "2 steps" in opened.panel()
    assert opened.run("gambit.mode") == "detail"
    assert "kg why" not in opened.panel()


def test_a_line_without_its_claims_in_the_page_names_them(open_page: Open, big_page: bytes) -> None:
    opened = open_page(big_page)
    opened.run("gambit.select('edge', gambit.edges[0].id)")
    assert "Not carried in this page" in opened.panel()
    assert "kg why claim:g-0-" in opened.panel()


@pytest.mark.parametrize(("count", "mode"), [(1900, "detail"), (2500, "lean")])
def test_up_to_five_thousand_things_are_drawn_in_detail(
    open_page: Open, example: Store, monkeypatch: pytest.MonkeyPatch, count: int, mode: str
) -> None:
    monkeypatch.setattr(view.layouts, "positions", in_squares)
    opened = open_page(view.render(example, large(count), title="Some"))
    assert opened.run("gambit.mode") == mode
    assert opened.run("gambit.network.body.edgeIndices.length") == 3 * count
    hedged = opened.run(
        """gambit.edges.filter((edge) => edge.modality !== "asserted").every((edge) =>
             gambit.network.body.edges[edge.id].options.dashes)"""
    )
    assert hedged
    assert opened.complaints == []


@pytest.mark.slow
def test_a_hundred_thousand_things_open(
    open_page: Open, example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view.layouts, "positions", in_squares)
    opened = open_page(view.render(example, large(100_000, lines=1), title="Very many"))
    opened.until("document.getElementById('status').textContent.includes('100,000 things')")
    assert opened.run("gambit.mode") == "overview"
    assert opened.complaints == []


# ---------------------------------------------------------------- bad input


def test_one_thing_alone_is_drawn(open_page: Open, example: Store) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_node("actor:arland", label="Arland", type="kg:State", family="actor", mark="St")
    opened = open_page(
        view.render(example, Projection(graph, "edges", {}, whole=False), title="One")
    )
    opened.click_node("actor:arland")
    assert opened.page.locator("#panel h2").inner_text() == "Arland"
    opened.page.click("#show-timeline")
    assert "has a date" in opened.page.locator("#lanes").inner_text()
    assert opened.complaints == []


TEN_HOSTILE = [
    "<img src=x onerror=\"window.__xss='1'\">",
    "</script><script>window.__xss='2'</script>",
    "\"><svg onload=window.__xss='3'>",
    "javascript:window.__xss='4'",
    "{{constructor.constructor('window.__xss=5')()}}",
    "' onfocus='window.__xss=6' autofocus='",
    "</title></style></textarea><script>window.__xss='7'</script>",
    "\u202egnp.exe\u2066\u2069 &lt;b&gt; &#x3c;script&#x3e;",
    "A" * 10_000,
    "مرحبا بالعالم שלום 한국어 Z̶̢̛͙̈́a̷̛͔͝l̵̰͗g̶͚̈o̸͙͘ \x00\x07",
]


def test_ten_hostile_labels_in_every_field_run_nothing_and_burst_nothing(
    open_page: Open, example: Store
) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for i, text in enumerate(TEN_HOSTILE):
        graph.add_node(
            f"https://example.org/{i}\"'<b>{{}}",
            label=text,
            type=text,
            family=text,
            mark=text[:2],
            definition=text,
            status=text,
            date="" if i % 2 else "2020-05-02",
        )
    names = list(graph)
    for i, text in enumerate(TEN_HOSTILE):
        graph.add_edge(
            names[i],
            names[(i + 1) % 10],
            text,
            predicate=text,
            label=text,
            inverse=text,
            kind="fact",
            modality="asserted",
            polarity="affirmative",
            hedge=text,
            materialised=1,
            claims=f"claim:x{i}",
            sources=f"source:x{i}",
            valid_from=text,
            holders=text,
        )
    page = view.render(
        example, Projection(graph, "edges", dict.fromkeys(TEN_HOSTILE, 1)), title=TEN_HOSTILE[1]
    )
    opened = open_page(page, PHONE)
    wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    for kind in ("node", "edge"):
        for one in opened.run(f"gambit.{kind}s.map((one) => one.id)"):
            assert opened.run(f"(id) => gambit.select('{kind}', id)", one)
            assert opened.run(wide) <= PHONE[0]
    for shown in ("table", "timeline", "graph"):
        opened.run(f"document.getElementById('show-{shown}').click()")
        assert opened.run(wide) <= PHONE[0]
    opened.run("gambit.drawing()")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    opened.run("window.dispatchEvent(new Event('afterprint'))")
    opened.run("(id) => gambit.ego(id)", names[0])
    address(opened, "focus=")
    there = opened.run("location.hash")
    assert opened.run("window.__xss") is None
    assert opened.complaints == []
    assert len(opened.requests) == 1
    again = open_page(page, PHONE, fragment=there)
    assert again.run("gambit.state.scene.id") == names[0]
    assert again.run("window.__xss") is None
    assert again.complaints == []


def hostile_store(folder: Path) -> Store:
    """Return a store in which everything that is text is hostile, ten times over."""
    lines = [
        line
        for line in (DATA / "hostile-labels.ttl").read_text("utf-8").splitlines()
        if line.startswith("@prefix")
    ]
    for i, text in enumerate(TEN_HOSTILE):
        said = json.dumps(text.replace("\x00", ""))
        lines.append(
            f"""
actor:h{i} a kg:State ; skos:prefLabel {said}@en ; skos:altLabel {said}@ko ;
    skos:definition {said}@en ; rdfs:comment {said} ; kg:memberOf actor:b{i} .
actor:b{i} a kg:Bloc ; skos:prefLabel {said}@en .
event:h{i} a kg:Deployment ; skos:prefLabel {said}@en ; kg:date {said}^^xsd:date .
source:h{i} a kg:SourceDocument ; dcterms:title {said} ; dcterms:publisher actor:b{i} ;
    dcterms:creator actor:h{i} ; dcterms:issued {said}^^xsd:date ; schema:url {said}^^xsd:anyURI .
passage:h{i} a kg:Passage ; oa:hasSource source:h{i} ; kg:locator {said} ; kg:section {said} .
citation:h{i} a kg:Citation ; kg:citingSource source:h{i} ; kg:citedSource source:h{(i + 1) % 10} ; kg:marker {said} .
claim:m{i} a kg:Claim ; rdf:subject actor:h{i} ; rdf:predicate kg:memberOf ; rdf:object actor:b{i} ;
    kg:claimKind kg:fact ; kg:modality kg:asserted ; kg:polarity kg:affirmative ; kg:rank kg:normal ;
    kg:evidence passage:h{i} ; prov:wasAttributedTo actor:b{i} ; kg:statement {said}@en .
claim:h{i} a kg:Claim ; rdf:subject actor:h{i} ; rdf:predicate kg:threatens ; rdf:object actor:h{(i + 1) % 10} ;
    kg:claimKind kg:ascription ; kg:modality kg:reported ; kg:polarity kg:affirmative ; kg:rank kg:deprecated ;
    kg:rankReason {said} ; kg:editorNote {said} ; kg:hedgeText {said} ; kg:citation citation:h{i} ;
    kg:evidence passage:h{i} ; prov:wasAttributedTo actor:h{(i + 3) % 10} ; kg:statement {said}@en .
claim:v{i} a kg:Claim ; rdf:subject actor:h{i} ; rdf:predicate kg:characterizedAs ; rdf:object {said}@en ;
    kg:claimKind kg:fact ; kg:modality kg:possible ; kg:polarity kg:negated ; kg:rank kg:normal ;
    kg:hedgeText {said} ; kg:evidence passage:h{i} ; prov:wasAttributedTo actor:h{i} ; kg:statement {said}@en .
"""
        )
    lines.insert(0, "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .")
    path = folder / "hostile.ttl"
    path.write_text("\n".join(lines), "utf-8")
    return Store.open(path)


# What a text would have become if it had been taken for markup.
BECAME = """document.querySelectorAll("img, iframe, object, embed, [onerror], [onload], [onfocus], [autofocus], "
  + "a[href^='javascript'], foreignObject").length"""
BURST = """() => {
  const of = (id) => { const box = document.getElementById(id); return box && box.clientWidth ? box.scrollWidth - box.clientWidth : 0; };
  return [document.documentElement.scrollWidth - innerWidth, document.body.scrollWidth - innerWidth,
    of("panel"), of("filters"), of("lanes"), of("share"), of("help"), of("suggestions"), of("stage"), of("foot")].map((over) => Math.max(over, 0));
}"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return hostile_store(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_ten_hostile_texts_in_every_field_of_the_data_stay_text_everywhere(
    open_page: Open, hostile: Store, size: tuple[int, int]
) -> None:
    texts = {f"passage:h{i}": text for i, text in enumerate(TEN_HOSTILE)}
    page = view.render(
        hostile,
        project(hostile, include_hedged=True),
        title=" ".join(TEN_HOSTILE),
        layout="bloc",
        passage_texts=texts,
        sources={f"source:h{i}": text for i, text in enumerate(TEN_HOSTILE)},
    )
    opened = open_page(page, size)
    talked: list[str] = []
    opened.page.on("dialog", lambda dialog: (talked.append(dialog.message), dialog.dismiss()))

    def calm(step: str) -> None:
        assert (step, opened.run(BURST)) == (step, [0] * 10)

    calm("at first")
    shown = set()
    for kind, ids in opened.run(
        """() => [["node", gambit.nodes.map((one) => one.id)], ["edge", gambit.edges.map((one) => one.id)],
             ["claim", Object.keys(gambit.claims)], ["source", gambit.nodes.map((one) => one.id.replace("actor:", "source:"))]]"""
    ):
        # One after the other, with everything unfolded that can be.
        found = opened.run(
            f"""([kind, ids]) => ids.filter((id) => gambit.select(kind, id)).map((id) => {{
                 document.querySelectorAll("#panel details, #legend details").forEach((one) => {{ one.open = true; }});
                 return [id, ({BURST})()]; }})""",
            [kind, ids],
        )
        shown |= {kind} if found else set()
        assert [one for one, over in found if any(over)] == []
    assert shown == {"node", "edge", "claim", "source"}
    for text in TEN_HOSTILE[:3]:  # not vacuous: the texts are there to be read
        assert text in opened.run("document.getElementById('panel').textContent") or text in str(
            opened.run("gambit.nodes.map((one) => one.label)")
        )
    for shown_view in ("table", "timeline", "graph"):
        opened.run(f"document.getElementById('show-{shown_view}').click()")
        if shown_view == "table":
            for rows in ("things", "lines", "claims"):
                opened.run(f"document.getElementById('rows-{rows}').click()")
                calm(f"rows of {rows}")
        calm(shown_view)
    for text in TEN_HOSTILE:
        opened.run(
            """(text) => { const box = document.getElementById("query"); box.value = text;
                 box.dispatchEvent(new Event("input")); }""",
            text[:40],
        )
        calm(f"searching {text[:20]}")
    for dialog in ("share", "help"):
        opened.run(f"document.getElementById('open-{dialog}').click()")
        calm(dialog)
        snippet = opened.run(
            """() => [...new DOMParser().parseFromString(document.getElementById("embed").value, "text/html")
                 .body.querySelectorAll("*")].map((one) => one.tagName)"""
        )
        assert snippet in (["IFRAME"], [])
        opened.run(f"document.getElementById('{dialog}').close()")
    opened.run("gambit.clear()")
    opened.run("gambit.fit(false)")
    for node in opened.run("gambit.nodes.slice(0, 3).map((node) => node.id)"):
        if size == PHONE:
            break  # nothing hovers over a phone
        opened.page.mouse.move(*opened.place(node))
        opened.page.wait_for_timeout(300)
        calm(f"over {node}")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.run("document.querySelectorAll('#print-sheet svg text').length") > 10
    assert opened.run(BECAME) == 0
    opened.run("window.dispatchEvent(new Event('afterprint'))")
    assert opened.run("window.__xss") is None
    assert opened.run(BECAME) == 0
    assert talked == []
    assert opened.complaints == []
    assert len(opened.requests) == 1


def test_hostile_texts_stay_text_in_pictures_too(
    open_page: Open, hostile: Store, tmp_path: Path
) -> None:
    from kg.view.static import render_static

    projection = project(hostile, include_hedged=True)
    title = " ".join(TEN_HOSTILE)
    opened = open_page(view.render(hostile, projection, title=title, layout="bloc"))
    opened.page.click("#open-share")
    with opened.page.expect_download() as caught:
        opened.page.click("#save-svg")
    pictures = {
        "saved": Path(caught.value.path()).read_bytes(),
        **{
            layout: render_static(hostile, projection, title=title, layout=layout, selection=title)
            for layout in ("force", "bloc", "timeline")
        },
    }
    for name, picture in pictures.items():
        # By itself a picture is a document that may run scripts; inside a page it is markup.
        for content, ending in (
            (picture, "svg"),
            (b"<!doctype html><meta charset=utf-8>" + picture.partition(b"?>")[2], "html"),
        ):
            file = tmp_path / f"{name}.{ending}"
            file.write_bytes(content)
            asked: list[str] = []
            page = opened.page.context.new_page()
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("dialog", lambda dialog, asked=asked: asked.append(dialog.message))
            page.goto(file.as_uri())
            assert page.evaluate("window.__xss === undefined"), name
            assert (
                page.evaluate(
                    "document.querySelectorAll('svg text').length || document.querySelectorAll('text').length"
                )
                > 10
            )
            assert page.evaluate(BECAME) == 0
            assert page.evaluate("document.querySelectorAll('script, parsererror').length") == 0
            assert asked == [file.as_uri()]
            width = page.evaluate(
                "(document.querySelector('svg') || document.documentElement).getAttribute('width')"
            )
            assert float(width) < 5000, name
            page.close()
    if importlib.util.find_spec("resvg_py") is not None:
        png = render_static(hostile, projection, form="png", title=title, layout="bloc")
        assert png.startswith(b"\x89PNG")


# ---------------------------------------------------------------- what a newcomer asked for


def test_each_step_of_a_path_says_who_holds_it_and_which_are_inferences(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page, fragment="#v=1&path=actor:dprk,condition:proxy-battlefield")
    assert opened.page.locator("#panel .steps > li").count() == 2
    held = opened.page.locator("#panel .steps .held").all_inner_texts()
    assert held[0] == "Held by Nabib Bin Zahid"
    assert held[1].startswith("An inference, held by Gambit editors")
    own = opened.page.locator("#own-steps")
    assert own.inner_text().startswith("One of the 2 steps is an inference of Gambit editors;")
    opened = open_page(
        shipped_page, fragment="#v=1&path=event:deployment-2024,condition:proxy-battlefield"
    )
    assert opened.page.locator("#own-steps").inner_text().startswith("The step is an inference")
    # Where everything is read in a document of who holds it, there is no such line.
    opened = open_page(shipped_page, fragment="#v=1&path=actor:dprk,event:deployment-2024")
    assert opened.page.locator("#panel .steps .held").count() == 1
    assert opened.page.locator("#own-steps").count() == 0


def test_a_line_and_a_claim_that_nobody_wrote_are_marked_as_inferences(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    edge = edge_where(opened, "edge.claims.includes('claim:editor-03')")
    opened.run("(id) => gambit.select('edge', id)", edge)
    assert "an inference of Gambit editors" in (opened.page.locator("#panel > .chips").inner_text())
    opened.run("gambit.select('claim', 'claim:editor-03')")
    assert (
        "an inference of Gambit editors" in opened.page.locator("#panel .card .chips").inner_text()
    )
    # What its author wrote, and what an agency relays, are none.
    for claim in ("claim:bipss-001", "claim:context-029"):
        opened.run("(id) => gambit.select('claim', id)", claim)
        assert "inference" not in opened.panel()
    # The editors' own document is theirs.
    opened.run("gambit.select('claim', 'claim:context-137')")
    assert "inference" not in opened.panel()


def test_who_is_relayed_leads_to_all_claims_that_rest_on_them(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('claim', 'claim:context-029')")
    opened.page.click("#panel [data-holder='actor:kcna']")
    assert opened.page.locator("#panel h2").inner_text() == (
        "Claims that rest on Korean Central News Agency"
    )
    assert "6 claims relayed from it" in opened.panel()
    assert "sel=holder~actor:kcna" in address(opened, "holder")
    opened.page.click("#panel [data-do=list]")
    told = opened.page.locator("#row-list").inner_text()
    assert "Only claims that rest on Korean Central News Agency" in told
    rows = opened.page.locator("#rows tbody tr")
    assert rows.count() == opened.run("gambit.claims && document.querySelectorAll('tr.on').length")
    assert 6 < rows.count() < 60
    opened.page.click("#unlist")
    assert opened.page.locator("#row-list").is_hidden()
    assert "490 claims" in opened.page.locator("#row-count").inner_text()


def test_search_finds_an_agency_that_is_not_drawn_by_its_alias(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.fill("#query", "KCNA")
    said = opened.page.locator("#suggestions").inner_text()
    assert "Korean Central News Agency" in said
    assert "not drawn" in said
    opened.page.keyboard.press("ArrowDown")
    assert opened.page.locator("#query").get_attribute("aria-activedescendant") == "option-0"
    opened.page.keyboard.press("Enter")
    assert opened.run("gambit.state.selected") == {"kind": "holder", "id": "actor:kcna"}


def test_a_row_says_in_which_column_it_matched(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-table")
    opened.page.fill("#row-filter", "KCNA")
    opened.until("document.querySelectorAll('#rows .match').length > 0")
    notes = opened.page.locator("#rows .match").all_inner_texts()
    assert any("held by" in note for note in notes)
    assert all(note.startswith("found in: ") for note in notes)


def test_the_table_finds_what_is_disputed_and_shows_the_other_side(
    open_page: Open, shipped: Store, shipped_page: bytes, tmp_path: Path
) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-table")
    opened.page.fill("#row-filter", "disputed")
    opened.until("document.getElementById('row-count').textContent.includes('match')")
    conflicting = opened.run(
        """Object.values(gambit.claims).filter((claim) =>
             claim.links.some(([words]) => words === 'conflicts with')).length"""
    )
    assert opened.page.locator("#rows tbody tr").count() == conflicting > 0
    heads = [text.strip() for text in opened.page.locator("#rows th").all_text_contents()]
    plain = [head.replace("\u00ad", "") for head in heads]
    for head in ("Rank", "Credibility", "Confidence", "Conflicts with", "Footnotes"):
        assert head in plain
    with opened.page.expect_download() as caught:
        opened.page.click("#save-rows")
    caught.value.save_as(tmp_path / "claims.csv")
    rows = list(csv.DictReader((tmp_path / "claims.csv").read_text("utf-8-sig").splitlines()))
    assert list(rows[0])[-1] == "data"
    assert {row["data"] for row in rows} == {shipped.key}
    assert all(row["Conflicts with"] for row in rows)
    assert any(row["URL"].startswith("https://") for row in rows)
    assert {row["Rank"] for row in rows} >= {"normal", "preferred"}


def test_a_citation_names_the_dispute_and_the_rank(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    claim = opened.run(
        """Object.entries(gambit.claims).find(([, claim]) => claim.rank === 'preferred' &&
             claim.links.some(([words]) => words === 'conflicts with'))[0]"""
    )
    opened.run("(id) => gambit.select('claim', id)", claim)
    opened.page.click("[data-do=cite]")
    opened.until("document.getElementById('message').textContent.includes('citation is copied')")
    cited = opened.run("navigator.clipboard.readText()")
    assert "Disputed by: " in cited
    assert "Rank: preferred" in cited
    opened.run("gambit.select('claim', 'claim:bipss-001')")
    opened.page.click("[data-do=cite]")
    opened.page.wait_for_timeout(100)
    assert "Rank:" not in opened.run("navigator.clipboard.readText()")


def picture_of(opened: Opened) -> str:
    found: str = opened.run(
        "[...gambit.drawing().sheet.querySelectorAll('text')].map((one) => one.textContent).join(' ')"
    )
    return found


def test_the_picture_names_its_hubs_first(open_page: Open, shipped_page: bytes) -> None:
    opened = open_page(shipped_page)
    bold = opened.run(
        """[...gambit.drawing().sheet.querySelectorAll('text[font-weight="650"]')]
             .map((one) => one.textContent).join(' ')"""
    )
    hubs = opened.run("gambit.nodes.slice(0, 12).map((node) => node.lines.join(' '))")
    missing = [name for name in hubs if name not in bold]
    assert missing == []
    assert "dashed outline: planned or only possible" in picture_of(opened)
    # Sixty sources fit; more are counted.
    sources = opened.run("new Set(gambit.edges.flatMap((edge) => edge.sources)).size")
    assert sources > 12
    assert ("more." in picture_of(opened)) == (sources > 60)


def test_the_picture_of_a_selection_says_what_it_is_a_part_of(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'agreement:russia-dprk-treaty-2024')")
    opened.page.click("#open-share")
    opened.page.check("#only-selected")
    said = picture_of(opened)
    all_things = opened.run("gambit.nodes.length")
    assert re.search(rf"\b\d+ of {all_things} things and \d+ of \d+ lines: what is selected", said)
    assert "In the middle: Russia–North Korea treaty of 2024." in said
    assert "Nothing is hidden" not in said
    # So few lines are named, at every one of them.
    assert said.count("has party") >= 2
    with opened.page.expect_download() as caught:
        opened.page.click("#save-json")
    assert "what is selected" in json.loads(Path(caught.value.path()).read_text())["hidden"]
    opened.page.uncheck("#only-selected")
    assert "Nothing is hidden." in picture_of(opened)
    assert "has party" not in picture_of(opened)


def test_a_claim_without_footnotes_says_so_and_one_document_is_named_once(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('claim', 'claim:context-029')")
    assert "none for this sentence" in opened.panel()
    opened.run("gambit.select('claim', 'claim:bipss-076')")
    assert "[2] and [3], the same document:" in opened.panel()
    assert "none for this sentence" not in opened.panel()
    opened.run("gambit.select('claim', 'claim:bipss-004')")
    places = opened.run("gambit.claims['claim:bipss-004'].places.length")
    assert places > 1
    assert opened.page.locator("#panel .read-in").count() == 1
    assert opened.page.locator("#panel .read-in > div:not(.sub)").count() == places


def test_fit_to_view_and_show_everything_are_two_things(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    assert opened.page.locator("#zoom-fit").get_attribute("aria-label") == "Fit to view"
    opened.page.click("#open-help")
    keys = opened.page.locator("#key-list").inner_text()
    assert "fit to view" in keys
    assert "show everything" not in keys
    opened.page.keyboard.press("Escape")
    said = opened.panel()
    assert "f fit to view" in said
    assert "[\u00a0] through the lines" in said
    assert "on the drawing, arrows" in said
    opened.page.uncheck('[data-filter="family:actor"]')
    opened.page.keyboard.press("f")
    assert opened.run("gambit.visible().nodes.length < gambit.nodes.length")
    opened.page.get_by_role("button", name="show everything").click()
    assert opened.run("gambit.visible().nodes.length === gambit.nodes.length")


def test_the_box_beside_the_pointer_goes_with_what_it_is_about(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    tip = opened.page.locator(".vis-tooltip")

    def hover() -> None:
        opened.page.mouse.move(500, 700)
        x, y = opened.place("event:march")
        opened.page.mouse.move(x, y)
        opened.page.mouse.move(x + 1, y)
        opened.until(
            "getComputedStyle(document.querySelector('.vis-tooltip')"
            " || document.body).visibility === 'visible' &&"
            " document.querySelector('.vis-tooltip') !== null"
        )

    hover()
    assert "March of the guards" in tip.inner_text()
    opened.page.mouse.move(1300, 300)
    opened.until("getComputedStyle(document.querySelector('.vis-tooltip')).visibility === 'hidden'")
    hover()
    box = tip.bounding_box()
    canvas = opened.page.locator("#canvas").bounding_box()
    assert box is not None
    assert canvas is not None
    assert canvas["x"] <= box["x"]
    assert box["x"] + box["width"] <= canvas["x"] + canvas["width"]
    assert tip.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    opened.run(
        "document.querySelector('#network [role=application]').dispatchEvent(new Event('touchend'))"
    )
    assert not tip.is_visible()
    hover()
    opened.run("gambit.select('node', 'actor:arland')")
    assert not tip.is_visible()
    opened.run("gambit.clear()")
    hover()
    opened.page.keyboard.press("t")
    assert not tip.is_visible()


def test_back_brings_what_was_unfolded_and_how_far_one_had_read(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'actor:dprk')")
    group = opened.page.locator("#panel details[data-fold^='relation']").nth(1)
    name = group.get_attribute("data-fold")
    group.locator("summary").click()
    group.locator("li").first.wait_for()
    opened.run("document.getElementById('panel').scrollTop = 420")
    assert opened.run("document.getElementById('panel').scrollTop") == 420
    assert opened.page.locator("#close-panel").is_visible()
    # The bar stays in sight, however far one has read.
    top = opened.run(
        """document.querySelector('#close-panel').getBoundingClientRect().y
             - document.getElementById('panel').getBoundingClientRect().y"""
    )
    assert 0 <= top < 40
    group.locator("li button").first.evaluate("(one) => one.click()")
    assert opened.run("gambit.state.selected.id") != "actor:dprk"
    opened.page.click("#back")
    assert opened.run("gambit.state.selected.id") == "actor:dprk"
    reopened = opened.page.locator(f'#panel details[data-fold="{name}"]')
    assert reopened.get_attribute("open") is not None
    assert reopened.locator("li").count() > 0
    assert opened.run("document.getElementById('panel').scrollTop") == 420


def test_the_panel_of_an_agreement_lists_its_days_as_the_timeline_does(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.select('node', 'agreement:russia-dprk-treaty-2024')")
    said = re.sub(r"\s+", " ", opened.panel())
    assert "signed on 18 June 2024 or 19 June 2024 (preferred) ≠ disputed" in said
    assert "ratified on (North Korea) 11 November 2024" in said
    assert "ratified on (Russia) 6 November 2024 or 9 November 2024 (preferred) ≠ disputed" in said
    assert "North Korea's ratification of the 2024 treaty: 11 November 2024" in said
    opened.page.locator("#panel dd button", has_text="6 November 2024").first.click()
    assert opened.run("gambit.state.selected.kind") == "claim"


def test_the_line_below_follows_the_filters_and_leads_to_what_is_not_drawn(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    assert "490 claims." in opened.page.locator("#status").inner_text()
    assert "North Korea" in opened.page.locator("#panel .names").inner_text()
    opened.page.uncheck('[data-filter="family:actor"]')
    opened.until("/ \\d+ of 490 claims/.test(document.getElementById('status').textContent)")
    # Nothing that is hidden is called most connected.
    opened.until("!document.querySelector('#panel .names').textContent.includes('United States')")
    opened.page.check('[data-filter="family:actor"]')
    told = opened.page.locator("#open-left-out").inner_text()
    number = int(told.split()[0])
    opened.page.click("#open-left-out")
    assert f"{number} claims" in opened.page.locator("#row-count").inner_text()
    assert opened.page.locator("#rows tbody tr").count() == min(number, 200)
    assert "not drawn as lines" in opened.page.locator("#row-list").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_message_covers_nothing_of_the_line_below(
    open_page: Open, shipped_page: bytes, size: tuple[int, int]
) -> None:
    opened = open_page(shipped_page, size)
    opened.page.keyboard.press("u")
    assert "Nothing to undo" in message(opened)
    below = opened.page.locator("#message").bounding_box()
    foot = opened.page.locator("#foot").bounding_box()
    assert below is not None
    assert foot is not None
    assert below["y"] + below["height"] <= foot["y"]


def test_the_timeline_explains_its_marks_and_each_says_what_it_is(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.page.click("#show-timeline")
    key = opened.page.locator(".time-key")
    box = key.bounding_box()
    assert box is not None
    assert box["height"] < 40
    assert box["y"] < opened.page.locator("#lanes").bounding_box()["y"]  # type: ignore[index]
    for word in ("settled", "unsettled", "within", "in dispute", "signed", "ratified", "ended"):
        assert word in key.inner_text()
    assert opened.run(
        "(() => { const key = document.querySelector('.time-key'); return key.scrollWidth <= key.clientWidth; })()"
    )
    mark = opened.page.locator('.when[aria-label*="18 June 2024, disputed"]')
    tip = opened.page.locator("#tip")
    mark.hover()
    assert "18 June 2024, disputed" in tip.inner_text()
    opened.page.mouse.move(5, 5)
    assert tip.is_hidden()
    mark.focus()
    assert tip.is_visible()
    panel_left = opened.page.locator("#panel").bounding_box()["x"]  # type: ignore[index]
    place = tip.bounding_box()
    assert place is not None
    assert place["x"] + place["width"] <= panel_left


def test_the_panel_shows_a_whole_ring_when_it_has_the_keyboard(
    open_page: Open, example_page: bytes
) -> None:
    opened = open_page(example_page)
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("Arl")
    opened.page.keyboard.press("Enter")
    assert opened.run("document.activeElement.id") == "panel"
    offset = opened.run("getComputedStyle(document.getElementById('panel')).outlineOffset")
    width = opened.run("getComputedStyle(document.getElementById('panel')).outlineWidth")
    assert (offset, width) == ("-3px", "3px")
    # The bar that stays above must not cover its upper part.
    assert "inset" in opened.run(
        "getComputedStyle(document.querySelector('#panel > .top')).boxShadow"
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_rows_are_three_lines_high_and_the_first_column_stays(
    open_page: Open, shipped_page: bytes, size: tuple[int, int]
) -> None:
    opened = open_page(shipped_page, size)
    opened.page.click("#show-table")
    heights = opened.run(
        "[...document.querySelectorAll('#rows .cell')].map((one) => one.getBoundingClientRect().height)"
    )
    assert max(heights) <= 13 * 1.45 * 3.3
    held = opened.page.locator("#rows th", has_text="Held by").bounding_box()
    assert held is not None
    assert held["width"] >= 140
    first = opened.page.locator("#rows tbody td").first
    before = first.bounding_box()
    opened.run("document.getElementById('rows').scrollLeft = 500")
    assert opened.run("document.getElementById('rows').scrollLeft") == 500
    assert first.bounding_box() == before
    cut = opened.page.locator("#rows .cell.cut").first
    assert len(cut.get_attribute("title") or "") > 20


def test_an_exported_picture_says_which_lines_are_somebody_elses_inference(
    open_page: Open, shipped_page: bytes
) -> None:
    opened = open_page(shipped_page)
    opened.run("gambit.ego('event:demands-for-rok-support')")
    said = " ".join("".join(saved_svg(opened).itertext()).split())
    assert "an inference of Gambit editors, who made none of the documents read" in said
    assert "contributes to South Korean aid to Ukraine" in said.replace("  ", " ")
