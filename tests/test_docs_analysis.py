"""Every analysis has its page, every page its example, and the overview names them all."""

from __future__ import annotations

import re

import pytest
from conftest import TOP

from kg.cli.analyze import ANALYSES

OVERVIEW = (TOP / "docs" / "analysis.md").read_text(encoding="utf-8")
PAGES = {path.stem: path for path in (TOP / "docs" / "measures").glob("*.md")}


def pages_of(verb: str) -> list[str]:
    """The pages that the overview's row of a verb leads to."""
    (row,) = [
        line
        for line in OVERVIEW.splitlines()
        if line.startswith("| ") and re.search(rf"`{verb}\b", line.split("|")[1])
    ]
    return re.findall(r"\(measures/([\w-]+)\.md\)", row)


@pytest.mark.parametrize("verb", ANALYSES)
def test_every_analysis_is_in_the_overview_and_has_a_page(verb: str) -> None:
    found = pages_of(verb)
    assert found
    assert set(found) <= PAGES.keys()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_page_says_what_a_measure_does_not_say_and_shows_a_real_answer(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    assert "does not say" in text
    blocks = re.findall(r"^```console.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    answers = [block.partition("\n")[2] for block in blocks if block.startswith("$ kg ")]
    assert answers, f"{name} has no example"
    assert not any("this is a bug" in answer for answer in answers)
    assert any(len(answer.splitlines()) > 3 for answer in answers)


def test_every_page_can_be_reached_from_the_overview() -> None:
    linked = {"analysis.md": set(re.findall(r"measures/([\w-]+)\.md", OVERVIEW))}
    reached, todo = set(), set(linked["analysis.md"])
    while todo:
        name = todo.pop()
        reached.add(name)
        text = PAGES[name].read_text(encoding="utf-8")
        todo |= {n for n in re.findall(r"\(([\w-]+)\.md\)", text) if n in PAGES} - reached
    assert reached == PAGES.keys()


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    for path in [TOP / "README.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
