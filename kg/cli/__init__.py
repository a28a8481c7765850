"""The command line: click commands, thin over the functions below them."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the program and leave with its exit code; never returns."""
    # What the imports leave behind stays until the end: collecting it again and
    # again costs a tenth of a short command.
    gc.set_threshold(50_000, 50, 100)
    from kg.cli.program import run

    code = run(arguments)
    if sys.stdout is None or sys.stderr is None:
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 4  # the disk is full, or nobody reads
    # Taking the engine and the interpreter apart costs a short command another
    # tenth. Nothing waits for it: files are written whole when they are written.
    os._exit(code)
