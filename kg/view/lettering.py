"""How much room text takes, as far as that can be known without the reader's fonts."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

#: The size of labels on the canvas, in layout units.
SIZE = 11.0
LINE_HEIGHT = 12.5

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%…—")


def width(text: str, size: float = SIZE) -> float:
    """Return about how wide a line of text is.

    >>> width("ill") < width("mmm")
    True
    >>> width("북한") > width("DK")
    True
    """
    total = 0.0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
            continue
        if unicodedata.east_asian_width(char) in "WF":
            total += 1.0
        elif char in _NARROW:
            total += 0.33
        elif char in _WIDE:
            total += 0.95
        else:
            total += 0.69 if char.isupper() else 0.585
    return total * size


def wrap(text: str, limit: float, size: float = SIZE) -> list[str]:
    """Return text in lines no wider than a limit; words that are too long are cut.

    >>> wrap("to be or not", 30.0)
    ['to be', 'or not']
    """
    lines: list[str] = []
    used = math.inf  # the width of the last line
    for word in text.split():
        if used + width(f" {word}", size) <= limit:
            lines[-1] += f" {word}"
            used += width(f" {word}", size)
            continue
        lines.append("")
        used = 0.0
        for char in word:
            wide = width(char, size)
            if lines[-1] and used + wide > limit:
                lines.append("")
                used = 0.0
            lines[-1] += char
            used += wide
    return lines or [""]


def room(lines: Sequence[str]) -> tuple[float, float]:
    """Return the width and height to keep free around a node with a label of these lines."""
    widest = max(width(line) for line in lines)
    return max(64.0, min(widest + 6, 132.0)), 44.0 + 11 * len(lines)
