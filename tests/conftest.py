"""What the tests share: the small invented graph, the shipped one, and the program itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from kg.store import Store

if TYPE_CHECKING:
    from served import Server

# No test is about time: a busy machine is no failure.
hypothesis.settings.register_profile("gambit", deadline=None)
hypothesis.settings.load_profile("gambit")

TOP = Path(__file__).resolve().parent.parent
DATA = TOP / "tests" / "data"
EXAMPLE = DATA / "example.ttl"
#: What the team shares, where the machine has it; tests that read it are marked ``shared``.
SHARED = Path(os.environ.get("KG_SHARED", TOP.parent / "shared"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep compiled stores of tests away from those of the person who runs them."""
    monkeypatch.setenv("KG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def example() -> Store:
    """The invented graph of twelve claims; treat it as read-only."""
    return Store.open(EXAMPLE)


@pytest.fixture(scope="session")
def shipped() -> Store:
    """The shipped graph; treat it as read-only."""
    return Store.open()


@pytest.fixture(scope="session")
def shared_sources() -> Path:
    """The folder with local copies of the sources, where the machine has one."""
    return _shared("sources")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the data sets of others, where the machine has one."""
    return _shared("data")


def _shared(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"no shared {name} on this machine")
    return SHARED / name


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kg(tmp_path: Path) -> Run:
    """Run the program as a person would, in a process of its own."""

    def run(
        *arguments: str, typed: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(TOP / "cli.py"), *arguments],
            capture_output=True,
            input=typed,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the shipped graph."""
    from served import serving

    from kg.web.live import Source

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KG_CACHE", str(tmp_path_factory.mktemp("cache")))
        with serving(Source()) as running:
            yield running
