"""The workbench in a real browser: every page at two widths, and what a person does on them."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from conftest import DATA
from served import Server, serving
from test_page import FLAGS, absent, chromium

from kg.web.live import Source

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DESKTOP, PHONE = (1440, 900), (390, 844)
MOTIVES = "SELECT ?claim ?motive WHERE { ?claim rdf:predicate kg:motivatedBy ; rdf:object ?motive } LIMIT 5"
DRAWN = "CONSTRUCT { ?a kg:hasParty ?b . ?b kg:nonsense ?a } WHERE { ?a kg:hasParty ?b }"
NAMES = "SELECT ?s ?name (strlen(str(?name)) AS ?n) WHERE { ?s skos:prefLabel ?name } ORDER BY ?s"
DATES = "SELECT ?thing ?date WHERE { ?thing kg:signedOn ?date }"
PAGES = (
    "/",
    "/search?q=korea",
    "/search?class=kg:Agreement",
    "/doc/actor/dprk",
    "/doc/claim/bipss-072",
    "/doc/agreement/russia-dprk-treaty-2024",
    "/doc/source/bipss-gambit",
    "/timeline?about=DPRK",
    "/contested",
    "/queries",
    "/queries/motivations-of?actor=DPRK",
    "/queries/motivations-of?actor=DPRK&as=graph",
    "/queries/timeline?as=timeline",
    "/query",
    f"/query?query={quote(MOTIVES)}",
    f"/query?as=graph&query={quote(DRAWN)}",
    f"/query?as=timeline&query={quote(DATES)}",
    f"/sparql?query={quote(NAMES)}",
    "/sparql",
    "/api",
    "/graph",
    "/graph?about=DPRK&depth=1",
    "/graph?choose=1",
    "/ontology",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Source()) as running:
        yield running


@pytest.fixture(scope="module")
def hostile() -> Iterator[Server]:
    with serving(Source(paths=(DATA / "hostile-labels.ttl",))) as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    path = chromium()
    if path is None or importlib.util.find_spec("playwright") is None:
        absent("Chromium or Playwright is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@dataclass
class Opened:
    """A page that is open, and what it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def until(self, script: str) -> None:
        """Wait until a script says true; the pages' policy forbids Playwright's own way."""
        for _ in range(200):
            if self.page.evaluate(script):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {script}")


Open = Callable[..., Opened]


@pytest.fixture
def opening(chrome: Browser) -> Iterator[Open]:
    contexts = []

    def opened(
        url: str, size: tuple[int, int] = DESKTOP, *, scripts: bool = True, scheme: str = "light"
    ) -> Opened:
        context = chrome.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(url)
        return found

    yield opened
    for context in contexts:
        context.close()


def violations(opened: Opened) -> list[Any]:
    """Return what axe finds wrong, of any weight."""
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        absent("axe-core-python is not installed")
    axe = (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")
    session = opened.page.context.new_cdp_session(opened.page)
    session.send("Runtime.evaluate", {"expression": axe})
    run = "axe.run().then((found) => JSON.stringify(found.violations.map((one) => [one.id, one.nodes.map((n) => n.html.slice(0, 120))])))"
    told = session.send(
        "Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True}
    )
    found: list[Any] = json.loads(told["result"]["value"])
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_quiet_fits_and_axe_finds_nothing(
    server: Server, opening: Open, path: str, size: tuple[int, int]
) -> None:
    opened = opening(server.address + path, size, scheme="dark" if size == PHONE else "light")
    opened.page.wait_for_load_state("networkidle")
    if path.startswith("/graph") and "choose" not in path:
        opened.until("document.getElementById('status').textContent !== ''")
    if "query=" in path:
        opened.until("window.gambitEditor !== undefined")
        assert opened.page.locator("#result table").count() > 0
    assert violations(opened) == []
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith((server.address, "data:"))] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/search?nonsense=1",
        f"/query?query={quote('SELECT * WHERE { ?s kg:signedOn }')}",
    ],
)
def test_the_page_of_an_error_fits_and_axe_finds_nothing(
    server: Server, opening: Open, path: str, size: tuple[int, int]
) -> None:
    opened = opening(server.address + path, size, scheme="light" if size == PHONE else "dark")
    opened.page.wait_for_load_state("networkidle")
    assert violations(opened) == []
    # (A browser says of every page with such a status that it has it.)
    assert [said for said in opened.complaints if "responded with a status of 40" not in said] == []
    assert [url for url in opened.requests if not url.startswith((server.address, "data:"))] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", [p for p in PAGES if not p.startswith("/graph?about")])
def test_a_page_reads_without_scripts(server: Server, opening: Open, path: str) -> None:
    opened = opening(server.address + path, scripts=False)
    if path == "/graph":
        assert "Allow scripts" in opened.page.content()
        assert opened.page.locator("#plain li").count() > 10
        return
    assert opened.page.locator("h1").inner_text()
    assert opened.page.locator("main").inner_text()
    assert opened.complaints == []


def test_names_are_suggested_while_one_types_and_chosen_by_keys(
    server: Server, opening: Open
) -> None:
    opened = opening(server.address + "/")
    opened.page.keyboard.press("/")
    assert opened.page.evaluate("document.activeElement.id") == "find"
    opened.page.keyboard.type("north kor")
    opened.until("!document.querySelector('.suggest').hidden")
    opened.page.keyboard.press("ArrowDown")
    active = opened.page.get_attribute("#find", "aria-activedescendant")
    assert opened.page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert violations(opened) == []
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_url("**/doc/actor/dprk")


def test_a_saved_question_is_filled_in_and_answered(server: Server, opening: Open) -> None:
    opened = opening(server.address + "/queries/motivations-of")
    opened.page.fill("#p-actor", "")
    opened.page.locator("#p-actor").press_sequentially("dprk")
    opened.until("[...document.querySelectorAll('.suggest')].some((list) => !list.hidden)")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    assert opened.page.input_value("#p-actor") == "actor:dprk"
    opened.page.click("form.asked button")
    opened.page.wait_for_url("**actor=actor*")
    assert opened.page.locator("table tbody tr").count() > 3
    assert opened.page.locator("#place-1").count() == 1


def editor(opening: Open, server: Server, text: str = "") -> Opened:
    opened = opening(server.address + "/query")
    opened.until("window.gambitEditor !== undefined")
    if text:
        opened.page.evaluate("(text) => gambitEditor.put(text)", text)
    return opened


def test_a_query_is_asked_and_its_answer_shown_as_table_and_timeline(
    server: Server, opening: Open
) -> None:
    opened = editor(opening, server, DATES)
    opened.page.click("#run")
    opened.until("document.querySelector('#result table') !== null")
    assert opened.page.locator("#result tbody tr").count() > 5
    assert opened.page.locator("#result tbody a").first.get_attribute("href").startswith("/doc/")
    opened.page.click("#result a:has-text('Timeline')")
    opened.until("document.querySelector('#result table.dates') !== null")
    dates = opened.page.locator("#result tbody tr th:first-child").all_inner_texts()
    assert dates == sorted(dates)
    for link in opened.page.locator("#result a[download]").all()[:4]:
        assert server.ask(link.get_attribute("href")).status == 200


def test_the_answer_to_construct_is_drawn_in_the_page_and_leads_to_the_explorer(
    server: Server, opening: Open
) -> None:
    opened = editor(opening, server, DRAWN)
    opened.page.click("#run")
    opened.until("document.querySelector('#result table') !== null")
    opened.page.click("#result a:has-text('Graph')")
    opened.until("document.querySelector('#result svg.drawing') !== null")
    assert opened.page.evaluate("document.activeElement.textContent") == "Graph"
    things = opened.page.locator("svg.drawing a.thing")
    assert things.count() > 10
    wide = "[...document.querySelectorAll('svg.drawing .line > path:first-of-type')].map((one) => getComputedStyle(one).strokeDasharray)"
    assert set(opened.page.evaluate(wide)) == {"none", "3px, 6px"}
    assert opened.complaints == []
    opened.page.click("#result a:has-text('Open in the explorer')")
    opened.until("window.gambit !== undefined && gambit.nodes.length > 3")


def test_a_thing_in_a_drawing_leads_to_its_page(server: Server, opening: Open) -> None:
    opened = opening(f"{server.address}/query?as=graph&query={quote(DRAWN)}")
    opened.page.locator("svg.drawing a.thing").first.click()
    opened.page.wait_for_url("**/doc/**")


def test_the_way_back_is_to_the_answer(server: Server, opening: Open) -> None:
    opened = editor(opening, server, DATES)
    opened.page.click("#run")
    opened.until("document.querySelector('#result table') !== null")
    opened.page.locator("#result tbody a").first.click()
    opened.page.wait_for_url("**/doc/**")
    opened.page.go_back()
    opened.until("window.gambitEditor !== undefined")
    assert opened.page.locator("#result tbody tr").count() > 5
    assert opened.page.evaluate("gambitEditor.view.state.doc.toString().trim()") == DATES


def test_the_editor_is_used_by_keys_alone(server: Server, opening: Open) -> None:
    opened = editor(opening, server)
    opened.page.evaluate("gambitEditor.put('')")
    opened.page.focus("#saved")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.type("ASK { ?s a kg:Treaty }")
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.id") == "run"
    opened.page.keyboard.press("Shift+Tab")
    opened.page.keyboard.press("Control+Enter")
    opened.until("document.querySelector('#result .yes') !== null")
    assert opened.page.inner_text("#result .yes") == "Yes"
    assert opened.page.inner_text("#status").startswith("Answered.")


def test_the_place_of_an_error_is_shown_and_read(server: Server, opening: Open) -> None:
    opened = editor(opening, server, "SELECT * WHERE {\n  ?s kg:signedOn }")
    opened.page.click("#run")
    opened.until("document.querySelector('#problem .problem') !== null")
    assert "Line 2" in opened.page.locator("#problem").inner_text()
    opened.until("document.querySelector('.cm-lint-marker-error') !== null")
    assert (
        opened.page.evaluate(
            "gambitEditor.view.state.doc.lineAt(gambitEditor.view.state.selection.main.head).number"
        )
        == 2
    )


def test_properties_of_the_subjects_class_come_first(server: Server, opening: Open) -> None:
    opened = editor(opening, server, "SELECT * WHERE { ?x a kg:Treaty ; kg:")
    opened.page.evaluate(
        "gambitEditor.view.dispatch({selection: {anchor: gambitEditor.view.state.doc.length}}); gambitEditor.view.focus()"
    )
    opened.page.keyboard.press("Control+Space")
    opened.until("document.querySelectorAll('.cm-tooltip-autocomplete li').length > 5")
    first = opened.page.locator(".cm-tooltip-autocomplete .cm-completionLabel").all_inner_texts()
    used = server.ask("/query/terms.json").json["of"]["kg:Treaty"]
    ours = [name for name in used if name.startswith("kg:")]
    assert len(ours) > 3
    assert first[: len(ours)] == ours


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("SELECT * { ?x a kg:Treat", "kg:Treaty"),
        ("SELECT * { ?x a kg:Treaty . ?x kg:hasPar", "kg:hasParty"),
        ("SELECT * { ?a kg:hasParty ?p . ?p kg:allied", "kg:alliedWith"),
        ("SELECT * { ?c kg:modality kg:p", "kg:possible"),
        ("SELECT * { ?c kg:modality kg:asserted , kg:rep", "kg:reported"),
        ("motivations-o", "motivations-of"),
        ("PREFIX sko", "skos:"),
        ("SELECT ?one { ?one a kg:Treaty } ORDER BY ?o", "?one"),
    ],
)
def test_what_fits_is_offered_while_one_types(
    server: Server, opening: Open, typed: str, first: str
) -> None:
    opened = editor(opening, server)
    opened.page.evaluate("gambitEditor.put(''); gambitEditor.view.focus()")
    opened.page.keyboard.type(typed)
    opened.until("document.querySelector('.cm-tooltip-autocomplete li') !== null")
    opened.until(
        f"document.querySelector('.cm-tooltip-autocomplete .cm-completionLabel').textContent === '{first}'"
    )


def test_a_slip_in_a_name_of_ours_is_told_with_the_answer(server: Server, opening: Open) -> None:
    opened = editor(opening, server, "SELECT * { ?t a kg:Traety } # kg:nothing\n")
    opened.page.click("#run")
    opened.until("document.querySelector('#result .note') !== null")
    notes = opened.page.locator("#result .note").all_inner_texts()
    assert notes == ["No term here is called kg:Traety: is kg:Treaty meant?"]


def test_how_long_a_query_runs_and_may_run_is_shown_until_it_is_stopped(
    server: Server, opening: Open
) -> None:
    opened = editor(
        opening, server, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    )
    opened.page.click("#run")
    limit = f"{server.serving.settings.limits.timeout_s:g}"
    opened.until(f"document.getElementById('clock').textContent.endsWith(' run for {limit} s')")
    opened.page.click("#cancel")
    opened.until("document.getElementById('clock').textContent === ''")


@pytest.mark.parametrize("typed", ["# kg:ha", "SELECT * { ?s ?p 'kg:ha", "SELECT * { <http://a"])
def test_nothing_is_offered_in_comments_texts_and_addresses(
    server: Server, opening: Open, typed: str
) -> None:
    opened = editor(opening, server)
    opened.page.evaluate("gambitEditor.put(''); gambitEditor.view.focus()")
    opened.page.keyboard.type(typed)
    opened.page.wait_for_timeout(400)
    assert opened.page.locator(".cm-tooltip-autocomplete").count() == 0


def test_a_query_that_takes_long_is_stopped_by_a_button(server: Server, opening: Open) -> None:
    opened = editor(opening, server, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    opened.page.click("#run")
    opened.until("!document.getElementById('cancel').disabled")
    opened.page.click("#cancel")
    opened.until("document.getElementById('status').textContent === 'Stopped.'")


def test_a_link_brings_a_query_back(server: Server, opening: Open) -> None:
    opened = editor(opening, server, MOTIVES)
    opened.page.click("#share")
    opened.until("location.search.startsWith('?query=')")
    again = opening(opened.page.url)
    again.until("window.gambitEditor !== undefined")
    assert again.page.locator("#result table").count() == 1
    assert again.page.evaluate("gambitEditor.view.state.doc.toString().trim()") == MOTIVES


def test_the_explorer_leads_to_pages_and_to_what_is_around_a_thing(
    server: Server, opening: Open
) -> None:
    opened = opening(f"{server.address}/graph?about=agreement:russia-dprk-treaty-2024")
    opened.until("window.gambit !== undefined && gambit.nodes.length > 3")
    opened.page.evaluate("gambit.select('node', 'actor:dprk', {show: true})")
    assert "iri=actor%3Adprk" in opened.page.get_attribute("[data-do=page]", "href")
    opened.page.click("[data-do=fetch]")
    opened.page.wait_for_url("**/graph?about=actor*")
    opened.until("window.gambit !== undefined && gambit.nodes.length > 3")
    assert opened.page.evaluate("gambit.nodes.every((node) => node.id)")
    assert opened.page.inner_text("h1") == "North Korea"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/graph",
        "/timeline?undated=1",
        "/search?q=script&claims=1",
        f"/query?query={quote('SELECT * { ?s ?p ?o }')}",
    ],
)
def test_hostile_labels_run_nothing(hostile: Server, opening: Open, path: str) -> None:
    opened = opening(hostile.address + path)
    opened.page.wait_for_load_state("networkidle")
    if "query=" in path:
        opened.until("document.querySelector('#result table') !== null")
    assert opened.page.evaluate("window.__xss") is None
    assert [url for url in opened.requests if not url.startswith((hostile.address, "data:"))] == []
    assert opened.complaints == []
