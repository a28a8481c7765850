"""Odd inputs to ``kg view``: a sensible page, or one clear error with its exit code."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from conftest import EXAMPLE, Run

from kg import view
from kg.cli.program import run

PREFIXES = """@prefix actor: <https://w3id.org/gambit/id/actor/> .
@prefix event: <https://w3id.org/gambit/id/event/> .
@prefix kg: <https://w3id.org/gambit/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
STRANGE = {
    "empty": "",
    "one thing": 'actor:a a kg:State ; skos:prefLabel "Arland"@en .',
    "a long label": f'actor:a a kg:State ; skos:prefLabel "{"x" * 10_000}"@en .',
    "right to left and combining": 'actor:a a kg:State ; skos:prefLabel "שלום עולם"@he, "مرحبا"@ar, "Z̶̢͙̈́a̷̛͔͝"@en .',
    "no date in a date": 'event:a a kg:Deployment ; skos:prefLabel "March"@en ; kg:date ""^^xsd:date .',
    "an IRI with quotes in it": '<https://example.org/a%22b%27%3Cc%3E> a kg:State ; skos:prefLabel "Quoted"@en .',
}


def data_of(page: bytes) -> dict[str, object]:
    found = re.search(rb'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


@pytest.mark.parametrize("what", STRANGE)
@pytest.mark.parametrize("form", ["html", "svg"])
def test_a_strange_graph_is_drawn(tmp_path: Path, what: str, form: str) -> None:
    path, target = tmp_path / "data.ttl", tmp_path / f"graph.{form}"
    path.write_text(PREFIXES + STRANGE[what], "utf-8")
    assert run(["-d", str(path), "view", "--to", str(target)]) == 0
    content = target.read_bytes()
    if form == "html":
        assert data_of(content)["model"]
    else:
        assert content.rstrip().endswith(b"</svg>")


def test_an_iri_that_is_none_is_one_error_with_its_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data.ttl"
    path.write_text(PREFIXES + '<https://example.org/a"b> a kg:State .', "utf-8")
    assert run(["-d", str(path), "view", "--to", str(tmp_path / "graph.html")]) == 3
    said = capfd.readouterr().err
    assert said.startswith("error: ")
    assert "6" in said
    assert not (tmp_path / "graph.html").exists()


def test_an_iri_with_quotes_from_elsewhere_cannot_leave_its_place(tmp_path: Path) -> None:
    path, target = tmp_path / "data.ttl", tmp_path / "graph.html"
    text = EXAMPLE.read_text("utf-8").replace(
        "actor:borland", "<https://example.org/b%22%3E%3Cscript>"
    )
    path.write_text(text, "utf-8")
    assert run(["-d", str(path), "view", "--to", str(target)]) == 0
    ids = [node["id"] for node in data_of(target.read_bytes())["nodes"]]  # type: ignore[attr-defined]
    assert "https://example.org/b%22%3E%3Cscript>" not in ids
    assert any("example.org/b%22" in one for one in ids)


@pytest.mark.parametrize("form", ["html", "svg"])
def test_too_many_things_are_one_error_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    from kg.view import static

    monkeypatch.setattr(view, "MAX_NODES", 3)
    monkeypatch.setattr(static, "MAX_NODES", 3, raising=False)
    target = tmp_path / f"graph.{form}"
    assert run(["-d", str(EXAMPLE), "view", "--to", str(target)]) == 3
    said = capfd.readouterr().err
    assert re.match(r"error: \d+ nodes are too many", said)
    assert "hint: " in said
    assert "--about" in said
    assert not target.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of a folder")
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_one_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    assert run(["-d", str(EXAMPLE), "view", "--to", str(folder / "graph.html")]) == 4
    assert capfd.readouterr().err.startswith("error: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_target_is_one_error(kg: Run) -> None:
    done = kg("-d", str(EXAMPLE), "view", "--to", "/dev/full")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: ")


def test_without_a_display_the_file_is_there_and_it_says_so(kg: Run, tmp_path: Path) -> None:
    none = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"), "")
    done = kg("-d", str(EXAMPLE), "view", "--to", "graph.html", "--open", **none)
    assert done.returncode == 0
    assert "open the file yourself" in done.stderr
    assert (tmp_path / "graph.html").stat().st_size > 100_000


def test_what_goes_to_stdout_cannot_be_opened_and_nothing_is_written(kg: Run) -> None:
    done = kg("-d", str(EXAMPLE), "view", "--to", "-", "--open")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--to graph.html --open" in done.stderr


@pytest.mark.parametrize("form", ["html", "svg"])
def test_a_hostile_query_has_a_name_and_a_heading_that_stay_text(
    kg: Run, tmp_path: Path, form: str
) -> None:
    hostile = "</title><script>window.__xss=1</script>"
    query = tmp_path / "'><img onerror=x>.rq"
    query.write_text(
        f"#+ summary: \"{hostile}\"\n#+ description: \"{hostile}\"\n"
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(isIRI(?o)) } LIMIT 20\n",
        "utf-8",
    )  # fmt: skip
    done = kg("-d", str(EXAMPLE), "view", "--query", str(query), "--to", f"graph.{form}")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / f"graph.{form}").read_text("utf-8")
    assert "<script>window.__xss" not in page
    assert "<img onerror" not in page
    assert "&lt;/title&gt;&lt;script&gt;window.__xss=1" in page
