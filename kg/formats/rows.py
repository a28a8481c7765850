"""A row of a CSV file, quoted as RFC 4180 has it and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Blanks at the ends, too: readers that trim leave what is in quotes alone. Not the csv
# module: it leaves a lone carriage return without quotes (Python 3.12), and Neo4j, R and
# pandas end the line there.
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')


def row(cells: Iterable[str]) -> str:
    r"""Return cells as one line of a CSV file.

    >>> row(['a', 'b, c', ''])
    'a,"b, c",\n'
    """
    return ",".join([_quoted(cell) for cell in cells]) + "\n"


def needs_quotes(cell: str) -> bool:
    """Return whether a cell stands in quotes."""
    return _NEEDS_QUOTES.search(cell) is not None


def _quoted(cell: str) -> str:
    if not needs_quotes(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'
