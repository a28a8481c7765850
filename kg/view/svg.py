"""SVG as text: elements, the shapes of nodes, the ends and marks of lines.

Everything is escaped on the way in, and numbers are rounded, so that equal pictures
are equal bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]


def tag(name: str, *inner: str, **attributes: object) -> str:
    """Return an element; every value is escaped, inner text must be so already."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(value_of(value))}"
        for key, value in attributes.items()
        if value not in ("", None)
    )
    return f"<{name}{said}>{''.join(inner)}</{name}>" if inner else f"<{name}{said}/>"


def value_of(value: object) -> str:
    """Return an attribute's value as text: a fraction with one digit, if it needs one."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def safe(text: str) -> str:
    """Return text for XML: what ``shown`` lets through, less what XML forbids."""
    return escape("".join("\ufffd" if ord(c) in (0xFFFE, 0xFFFF) else c for c in text))


def numbers(*given: float) -> str:
    """Return numbers as a path or a transform wants them."""
    return " ".join(value_of(float(number)) for number in given)


def point(curve: Sequence[Point], t: float) -> Point:
    """Return the point of a Bezier curve at a part of its way (de Casteljau)."""
    points = list(curve)
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


_CORNERS = {
    # Angle of the first corner and number of corners; a little larger than the circle
    # where the area would else be smaller.
    "triangle": (-math.pi / 2, 3, 1.25),
    "diamond": (-math.pi / 2, 4, 1.2),
    "square": (-math.pi / 4, 4, 1.2),
    "hexagon": (0.0, 6, 1.08),
}


def shape(form: str, x: float, y: float, r: float, *inner: str, **look: object) -> str:
    """Return the sign of a family of nodes around a point; an unknown form is a circle."""
    if form in _CORNERS:
        first, count, grow = _CORNERS[form]
        low = r * 0.15 if form == "triangle" else 0.0
        points = " ".join(
            f"{x + r * grow * math.cos(first + 2 * math.pi * i / count):.1f},"
            f"{y + low + r * grow * math.sin(first + 2 * math.pi * i / count):.1f}"
            for i in range(count)
        )
        return tag("polygon", *inner, points=points, stroke_linejoin="round", **look)
    if form == "page":
        w, h = r * 0.85, r * 1.05
        fold = r * 0.6
        d = (
            f"M{numbers(x - w, y - h)}L{numbers(x + w - fold, y - h)}L{numbers(x + w, y - h + fold)}"
            f"L{numbers(x + w, y + h)}L{numbers(x - w, y + h)}Z"
        )
        return tag("path", *inner, d=d, stroke_linejoin="round", **look)
    return tag("circle", *inner, cx=x, cy=y, r=r, **look)


def glyph(name: str, x: float, y: float, ink: str, ground: str = "") -> str:
    """Return a mark as lines, not as a letter: fonts may lack it."""
    paths = {
        "positive": f"M{numbers(x - 3.5, y)}h7M{numbers(x, y - 3.5)}v7",
        "negative": f"M{numbers(x - 3.5, y)}h7",
        "denied": f"M{numbers(x - 3.2, y - 3.2)}l6.4 6.4M{numbers(x + 3.2, y - 3.2)}l-6.4 6.4",
        "contested": f"M{numbers(x - 4, y - 1.8)}h8M{numbers(x - 4, y + 1.8)}h8M{numbers(x + 2.2, y - 4.5)}l-4.4 9",
    }
    if name == "judgement":
        return tag("circle", cx=x, cy=y, r=3.4, fill="none", stroke=ink, stroke_width=1.4)
    if name not in paths:
        return ""
    back = tag("circle", cx=x, cy=y, r=6, fill=ground) if ground else ""
    return back + tag(
        "path", d=paths[name], fill="none", stroke=ink, stroke_width=1.6, stroke_linecap="round"
    )


def line_end(
    form: str,
    before: Point,
    tip: Point,
    colour: str,
    wide: float,
) -> str:
    """Return what a line ends in: ``arrow`` (filled), ``bar``, or an open vee."""
    turn = math.atan2(tip[1] - before[1], tip[0] - before[0])
    cos, sin = math.cos(turn), math.sin(turn)

    def at(along: float, across: float) -> str:
        return numbers(
            tip[0] + along * cos - across * sin,
            tip[1] + along * sin + across * cos,
        )

    long = 7 + wide
    if form == "arrow":
        return tag(
            "path",
            d=f"M{at(0, 0)}L{at(-long, long * 0.5)}L{at(-long, -long * 0.5)}Z",
            fill=colour,
        )
    shape = (
        f"M{at(-1.5, long * 0.7)}L{at(-1.5, -long * 0.7)}"
        if form == "bar"
        else f"M{at(-long, long * 0.5)}L{at(0, 0)}L{at(-long, -long * 0.5)}"
    )
    return tag(
        "path", d=shape, fill="none", stroke=colour, stroke_width=2.6 if form == "bar" else 1.5
    )
