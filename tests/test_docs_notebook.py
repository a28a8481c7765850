"""The notebook of the documentation runs, and shows what it shows today."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TOP

NOTEBOOK = TOP / "docs" / "notebooks" / "analysis.ipynb"

# In a process of its own: a kernel talks over sockets that outlive a test.
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


def outputs(path: Path) -> list[str]:
    """What each cell printed and answered, whatever pieces it came in."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(
            "".join(out.get("text") or out.get("data", {}).get("text/plain", ""))
            for out in cell["outputs"]
            if out.get("name") != "stderr"
        )
        for cell in cells
        if cell["cell_type"] == "code"
    ]


@pytest.mark.slow
def test_the_notebook_runs_and_answers_as_printed(tmp_path: Path) -> None:
    run = tmp_path / "run.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(NOTEBOOK), str(run)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TOP), "KG_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert outputs(run) == outputs(NOTEBOOK)
    assert len(outputs(NOTEBOOK)) > 6
    assert all(outputs(NOTEBOOK))
