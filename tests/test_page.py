"""The page in a real browser: what a person sees, clicks, types and hears."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from conftest import DATA

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

    def click_node(self, node: str) -> None:
        x, y = self.run(
            """(id) => {
              const at = gambit.network.canvasToDOM(gambit.network.getPosition(id));
              const frame = document.getElementById("canvas").getBoundingClientRect();
              return [at.x + frame.x, at.y + frame.y];
            }""",
            node,
        )
        self.page.mouse.click(x, y)
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
    for view in ("table", "timeline", "graph"):
        opened.page.click(f"#show-{view}")
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
    for view in ("table", "timeline", "graph"):
        opened.page.click(f"#show-{view}")
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
    import networkx as nx

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
              const part = one.closest("header, #filters, #canvas, #zoom, #panel");
              return [part ? part.id || part.tagName : one.className,
                      parseFloat(outline.outlineWidth) > 1 && outline.outlineStyle !== "none"];
            }"""
        )
        if place is None:
            break
        order.append(place)
    assert all(shown for _, shown in order)
    parts = list(dict.fromkeys(part for part, _ in order))
    assert parts == ["skip", "HEADER", "filters", "canvas", "zoom", "panel"]
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


AXE = """axe.run({resultTypes: ["violations"]}).then((result) => JSON.stringify(result.violations.map((rule) =>
  rule.id + ": " + rule.nodes.map((one) => one.target + " " + one.failureSummary).join(" | "))))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_axe_finds_nothing_at_any_step(
    open_page: Open, shipped_page: bytes, scheme: str, size: tuple[int, int]
) -> None:
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        absent("axe-core-python is not installed")
    opened = open_page(shipped_page, size, scheme=scheme)
    # The policy of the page rightly keeps a script element out; the debugger may.
    session = opened.page.context.new_cdp_session(opened.page)
    axe = (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")
    session.send("Runtime.evaluate", {"expression": axe})
    possible = "gambit.edges.find((edge) => edge.modality === 'possible').id"
    for step in (
        "'at first'",
        "gambit.select('node', 'actor:dprk')",
        f"gambit.select('edge', {possible})",
        "gambit.clear()",
        "gambit.state.about = 'treaty', document.getElementById('show-table').click()",
        "document.getElementById('show-timeline').click()",
        "document.getElementById('open-filters').click()",
        "document.getElementById('show-graph').click(), gambit.ego('actor:dprk')",
        "document.getElementById('query').value = 'kor'",
        "document.getElementById('query').dispatchEvent(new Event('input'))",
        "document.getElementById('open-share').click()",
    ):
        opened.run(step)
        opened.page.wait_for_timeout(120)
        found = session.send(
            "Runtime.evaluate",
            {"expression": AXE, "awaitPromise": True, "returnByValue": True},
        )
        assert (step, found["result"]["value"]) == (step, "[]")
