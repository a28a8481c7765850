"""The generated pages of the documentation."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import TOP
from library import SAVED

BUILD = TOP / "docs" / "build.py"
PAGE = TOP / "docs" / "queries.md"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_page_of_queries_is_current(seed: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(BUILD), "--check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": f"{seed}0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_a_stale_page_is_reported_and_written_anew(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "queries.md"
    stale.write_text("of yesterday", encoding="utf-8")
    monkeypatch.setattr(build, "PAGE", stale)
    monkeypatch.setattr(build, "TOP", tmp_path)
    assert build.main(["--check"]) == 1
    assert stale.read_text(encoding="utf-8") == "of yesterday"
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    assert stale.read_bytes() == PAGE.read_bytes()
    assert build.main(["--chekc"]) == 2


def test_each_query_has_its_section_with_command_and_sparql() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert sorted(sections) == sorted(SAVED)
    for name, section in sections.items():
        assert f"$ {SAVED[name].command}\n" in section
        assert "SELECT" in section
