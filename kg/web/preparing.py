"""Newer data made ready in a process of its own, while this one goes on answering.

Compiling a large graph, and reading its claims for the first time, takes a minute in which
other threads are held up for seconds at a time. Both leave what they make in files; who
opens the same data afterwards reads those, in a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from kg import compiled

if TYPE_CHECKING:
    from kg.web.live import Source

_PROGRAM = "from kg.web.preparing import main; main(sys.argv[1:])"
#: What is kept beside a compiled store.
_KEPT = ("claims", "passages", "sources", "citations", "edges")


def prepare(source: Source, stopped: Event) -> None:
    """Leave what opening a source needs in files, where it is large enough to have them.

    It blocks, and ends when ``stopped`` is set. What goes wrong shows when the source is opened.
    """
    if source.endpoint is not None or source.size() < compiled.COMPILE_FROM_BYTES:
        return
    kind = "workspace" if source.workspace is not None else "files"
    places = [source.workspace.folder] if source.workspace is not None else source.paths
    given = [kind, source.ontology or "", *places]
    program = f"import sys; sys.path[:] = {sys.path!r}; {_PROGRAM}"
    with subprocess.Popen(  # noqa: S603  our own interpreter and our own text
        [sys.executable, "-I", "-c", program, *map(str, given)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    ) as process:
        while process.poll() is None:
            if stopped.wait(0.05):
                process.kill()


def main(given: list[str]) -> None:
    """Open what the arguments name, and read all of which a table is kept."""
    from kg.projection import project
    from kg.web.live import Source
    from kg.workspace import Workspace

    kind, ontology, *places = given
    with suppress(OSError, AttributeError):  # (Windows has no such thing.)
        os.nice(10)
    source = Source(
        paths=() if kind == "workspace" else tuple(map(Path, places)),
        ontology=Path(ontology) if ontology else None,
        workspace=Workspace(Path(places[0])) if kind == "workspace" else None,
    )
    store = source.read()
    if store.place is not None:
        for name in _KEPT:
            getattr(store, name)
        project(store, "claims")
