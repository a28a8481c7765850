"""Promises about the project itself."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import TOP, Run

from kg.cli.program import VERBS


def test_every_verb_is_documented() -> None:
    text = (TOP / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"`kg {verb}" not in text] == []


def test_the_commands_of_the_readme_work(kg: Run, tmp_path: Path) -> None:
    # What the text takes for granted: a file of changes, the examples. A server there is not.
    shutil.copytree(TOP / "docs" / "examples", tmp_path, dirs_exist_ok=True)
    (tmp_path / "changes.ru").write_text('INSERT DATA { actor:dprk skos:altLabel "NK"@en }')
    text = (TOP / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^kg ([^#\n]+)", text, re.MULTILINE)
    assert len(commands) >= 10
    for command in commands:
        if "DIR" not in command and "--endpoint" not in command:
            result = kg(*shlex.split(command))
            assert result.returncode == 0, f"kg {command}: {result.stderr}"


def test_help_imports_nothing_slow() -> None:
    script = "import sys; from kg.cli import program; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout.split()
    slow = {"rdflib", "networkx", "pyvis", "pyoxigraph", "jinja2", "pyshacl", "yaml", "IPython"}
    assert slow.isdisjoint(loaded)


@pytest.mark.slow
def test_the_wheel_carries_ontology_data_queries_shapes_and_page(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-c", "import hatchling.build as b, sys; b.build_wheel(sys.argv[1])", str(tmp_path)],
        cwd=TOP,
        check=True,
        capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    for name in (
        "kg/_bundled/ontology.ttl",
        "kg/_bundled/data/triples.ttl",
        "kg/queries/motivations-of.rq",
        "kg/shapes/claims.ttl",
        "kg/view/page.html",
        "kg/view/vendor/vis-network.min.js",
    ):
        assert name in names
    installed = subprocess.run(
        [sys.executable, "-c", "import kg; print(kg.__file__, len(kg.open().claims()))"],
        cwd=tmp_path / "site",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(tmp_path) in installed
    assert int(installed.split()[-1]) > 400


def test_no_sentence_of_the_article_is_in_the_data(shared_sources: Path) -> None:
    def words(text: str) -> list[str]:
        return re.findall(r"[^\W_]+", text.casefold())

    run = 12
    grams: set[tuple[str, ...]] = set()
    for path in shared_sources.glob("*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(line) > 120 and "http" not in line:
                found = words(line)
                grams.update(tuple(found[i : i + run]) for i in range(len(found) - run + 1))
    data = words((TOP / "data" / "triples.ttl").read_text(encoding="utf-8"))
    copied = [
        data[i : i + run] for i in range(len(data) - run + 1) if tuple(data[i : i + run]) in grams
    ]
    assert copied == []
