"""How a projection shows itself in a notebook."""

from __future__ import annotations

import os
import re
import shutil
from html import unescape
from pathlib import Path

import networkx as nx
import pytest

from kg import view
from kg.projection import Projection, project
from kg.store import Store
from kg.view import notebook

FRAME = re.compile(r'<iframe sandbox="([^"]+)" .*srcdoc="([^"]*)"></iframe>', re.DOTALL)


def test_a_notebook_gets_the_page_in_a_frame_and_a_sentence(example: Store) -> None:
    projection = project(example, include_hedged=True)
    told = notebook.bundle(example, projection)
    assert told["text/plain"] == projection.summary()
    found = FRAME.fullmatch(told["text/html"])
    assert found
    page = view.render(example, projection, title="Gambit: claims and sources")
    assert unescape(found[2]).encode() == page


def test_the_frame_may_run_the_page_but_reach_nothing_around_it(example: Store) -> None:
    found = FRAME.fullmatch(notebook.bundle(example, project(example))["text/html"])
    assert found
    allowed = set(found[1].split())
    assert "allow-scripts" in allowed
    assert not allowed & {"allow-same-origin", "allow-top-navigation", "allow-forms"}


def test_a_hostile_title_stays_in_its_attribute(example: Store) -> None:
    title = '"><script>window.__xss=1</script>'
    html = notebook.bundle(example, project(example), title=title)["text/html"]
    assert "<script" not in html
    assert FRAME.fullmatch(html)


def test_a_page_too_large_for_a_notebook_is_a_sentence_with_the_way_to_it(example: Store) -> None:
    told = notebook.bundle(example, project(example), max_bytes=1000)
    assert "<iframe" not in told["text/html"]
    assert "too much to keep in a notebook" in told["text/html"]
    assert "g.view(&quot;graph.html&quot;)" in told["text/html"]


def test_a_page_that_is_refused_is_a_sentence_too(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.errors import RefusedError

    def refuse(*_: object, **__: object) -> bytes:
        raise RefusedError("9 nodes are <too> many", hint="draw a part")

    monkeypatch.setattr(notebook, "render", refuse)
    told = notebook.bundle(example, Projection(nx.MultiDiGraph(), "edges", {}))
    assert "9 nodes are &lt;too&gt; many (draw a part)" in told["text/html"]


@pytest.mark.browser
def test_in_a_browser_the_frame_draws_and_cannot_read_the_notebook(
    example: Store, tmp_path: Path
) -> None:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import Error, sync_playwright

    html = notebook.bundle(example, project(example, include_hedged=True))["text/html"]
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><title>N</title>{html}", "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(offline=True).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(file.as_uri())
        frame = page.frames[1]
        frame.wait_for_selector("canvas")
        with pytest.raises(Error, match="SecurityError"):
            frame.evaluate("parent.document.title")
        browser.close()
    assert errors == []
