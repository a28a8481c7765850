"""The page in Firefox: it draws, selects, asks for nothing and complains of nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from firefox import Firefox, program

from kg import view
from kg.projection import project
from kg.store import Store

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None, reason="no Firefox here (set FIREFOX to its path)"),
]

COLOURS = """const canvas = document.querySelector("#canvas canvas");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
const seen = new Set();
for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add(data.slice(i, i + 3).join());
return seen.size;"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    folder = tmp_path_factory.mktemp("firefox")
    running = Firefox(folder)
    yield running
    running.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def address(shipped: Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_bytes(view.render(shipped, project(shipped, include_hedged=True), title="Claims"))
    return file.as_uri()


# Firefox makes no window narrower than 500.
@pytest.mark.parametrize("size", [(1400, 900), (500, 844)])
def test_the_page_draws_and_a_click_opens_the_dossier(
    firefox: Firefox, address: str, size: tuple[int, int]
) -> None:
    firefox.size(*size)
    firefox.open(address)
    firefox.until("document.getElementById('status').textContent !== ''")
    firefox.until(f"(() => {{ {COLOURS} }})() > 50")
    assert firefox.run("return document.documentElement.scrollWidth;") == size[0]
    place = firefox.run(
        """const at = gambit.toScreen("actor:dprk");
        const frame = document.getElementById("canvas").getBoundingClientRect();
        return [at.x + frame.x, at.y + frame.y];"""
    )
    firefox.click(*place)
    firefox.until("document.querySelector('#panel h2').textContent === 'North Korea'")
    said = firefox.run("return document.getElementById('panel').innerText;")
    assert "조선민주주의인민공화국" in said
    assert "State in the north of the Korean Peninsula." in said
    firefox.press("t")
    firefox.until("document.querySelectorAll('#rows tbody tr.on').length > 0")
    firefox.press("l")
    firefox.until("document.querySelectorAll('#lanes .row').length > 10")
    firefox.press("g")
    firefox.run("document.getElementById('open-share').click();")
    assert (
        firefox.run("return new XMLSerializer().serializeToString(gambit.drawing().sheet).length;")
        > 50_000
    )
    assert firefox.heard() == ([], [])


def test_a_link_is_followed_and_filters_count(firefox: Firefox, address: str) -> None:
    firefox.open(f"{address}#v=1&no.modality=possible&sel=claim~claim:context-003")
    firefox.until("document.getElementById('status').textContent.includes('how firmly it is said')")
    assert "2024-06-18" in firefox.run("return document.getElementById('panel').innerText;")
    assert firefox.heard()[0] == []


def test_what_a_page_asks_for_and_complains_of_would_be_heard(
    firefox: Firefox, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<img src='http://example.org/x.png'><script>missing()</script>", "utf-8")
    firefox.open(page.as_uri())
    complaints, asked = firefox.heard()
    assert any("missing is not defined" in text for text in complaints)
    assert asked[0] == "http://example.org/x.png"
