"""A picture for a report: a projection as SVG or PNG, without a browser.

Drawn from the same positions and the same table of styles as the page: colour and
line end say the sign, the dash how firmly it is said, a casing that it is contested.
The picture carries its legend, its numbered sources and the statement of what it
leaves out, so that it can be read away from the page. Equal input, equal bytes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import quoteattr

from kg import view
from kg.errors import MissingError, RefusedError, UsageError
from kg.store import Store
from kg.turtle import natural
from kg.view import label_lines, left_out, lettering, memory, style, svg
from kg.view import layout as layouts
from kg.vocab import expand

if TYPE_CHECKING:
    from kg.projection import Projection
    from kg.view.layout import Placed

Form = Literal["svg", "png"]
#: More nodes than this are not drawn in one picture.
MAX_NODES = 100_000
#: More than this are drawn as dots, with the labels of the largest only.
DETAIL_UP_TO = 2000
#: Lines are labelled in pictures with at most so many.
_WORDS_UP_TO = 45
# The drawing is shrunk to this many units at most, and the picture to so many pixels.
_LARGEST, _PIXELS = 3200.0, 5000
_LEAST = (620.0, 420.0)
_PAD, _COLUMN = 28.0, 236.0
_FONTS = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', 'Noto Sans', 'DejaVu Sans', "
    "'Noto Sans CJK KR', sans-serif"
)
_SIGNS = {"1": "positive", "0": "neutral", "-1": "negative"}
_WIDTHS = (1.0, 1.5, 2.5, 3.5)  # by number of independent origins

# The same few thousand labels and sources come again on every line.
shown = lru_cache(maxsize=100_000)(view.shown)


def render_static(
    store: Store,
    projection: Projection,
    *,
    form: Form = "svg",
    title: str,
    layout: str = "force",
    theme: str = "light",
    centre: str = "",
    selection: str = "",
) -> bytes:
    """Return a projection as a picture with legend, sources and what it leaves out.

    ``layout`` is one of ``kg.view.layout.LAYOUTS``; ``centre`` puts a node in the
    middle. ``selection`` names the part drawn, for the memory of positions.
    ``theme`` is light or dark; anything else is light, since paper is.

    Raises UsageError for an unknown form or layout, RefusedError for more than
    ``MAX_NODES`` nodes, MissingError for a PNG without the package that makes it.
    """
    if form not in ("svg", "png"):
        raise UsageError(f"no picture format {form!r}", hint="one of: svg, png")
    count = projection.graph.number_of_nodes()
    if count > MAX_NODES:
        raise RefusedError(
            f"{count} nodes are too many for one picture (at most {MAX_NODES})",
            hint="draw a part of it: --about NAME --depth 1",
        )
    if form == "png":
        _rasteriser()  # before the work, not after it
    picture = _Picture(store, projection, shown(title), "dark" if theme == "dark" else "light")
    picture.arrange(layout, centre, memory.scope(store, selection))
    drawn = picture.document()
    return drawn.encode() if form == "svg" else _png(drawn, picture.size)


def _rasteriser() -> Any:
    try:
        import resvg_py
    except ImportError:
        raise MissingError(
            "PNG needs the package resvg-py",
            hint="pip install 'gambit-kg[png]', or write SVG: --format svg",
        ) from None
    return resvg_py


def _png(drawn: str, size: tuple[float, float]) -> bytes:
    # Twice as sharp as a screen, but never larger than what programs open.
    zoom = min(2.0, _PIXELS / max(size))
    made: bytes = bytes(_rasteriser().svg_to_bytes(svg_string=drawn, width=round(size[0] * zoom)))
    return made


# ---------------------------------------------------------------- what is drawn


@dataclass(slots=True)
class _Node:
    curie: str
    label: str
    lines: list[str]
    kind: str
    family: str
    mark: str
    degree: int
    x: float = 0.0
    y: float = 0.0

    @property
    def radius(self) -> float:
        return min(7 + 2 * math.sqrt(self.degree), 19.0)


@dataclass(slots=True)
class _Edge:
    source: str
    target: str
    label: str
    sign: str
    modality: str
    judgement: bool
    denied: bool
    contested: bool
    symmetric: bool
    origins: int
    doubtful: bool
    claims: str
    sources: list[str]
    place: float = 0.0  # in the fan of lines between the same two things; 0 is straight
    beside: int = 1
    loop: int = 0


def _number(value: object, default: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return default


@dataclass(slots=True)
class _Boxes:
    """Boxes that nothing else may cover, found by cell."""

    cell: float = 90.0
    cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = field(
        default_factory=dict
    )

    def _over(self, box: tuple[float, float, float, float]) -> Iterable[tuple[int, int]]:
        left, top, right, bottom = (math.floor(side / self.cell) for side in box)
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))

    def add(self, box: tuple[float, float, float, float]) -> None:
        for cell in self._over(box):
            self.cells.setdefault(cell, []).append(box)

    def covered(self, box: tuple[float, float, float, float]) -> float:
        """Return how much of a box is taken, counting what is taken twice twice."""
        left, top, right, bottom = box
        near = {other for cell in self._over(box) for other in self.cells.get(cell, ())}
        return sum(
            max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, y))
            for x, y, r, b in near
        )


class _Picture:
    """One picture in the making."""

    def __init__(self, store: Store, projection: Projection, title: str, theme: str) -> None:
        self.store, self.projection, self.title = store, projection, title
        self.style = style()
        self.theme = theme
        self.colours: Mapping[str, str] = self.style["theme"][theme]
        graph = projection.graph
        self.nodes = {
            curie: self._node(curie, graph.nodes[curie], graph.degree(curie))
            for curie in sorted(graph, key=natural)
        }
        self.edges = self._edges()
        backed = Counter(source for edge in self.edges for source in edge.sources)
        self.sources = sorted(backed, key=lambda curie: (-backed[curie], natural(curie)))
        self.backed = backed
        self.marks = {curie: number for number, curie in enumerate(self.sources, 1)}
        self.detail = len(self.nodes) <= DETAIL_UP_TO
        self.unlabelled = self.unsaid = 0
        self.centre = ""
        self.placed: Placed | None = None
        self.scale = 1.0
        self.left = self.top = 0.0
        self.drawing = _LEAST
        self.size = _LEAST

    def _node(self, curie: str, says: Mapping[str, Any], degree: int) -> _Node:
        label = shown(str(says.get("label") or curie))
        kind = str(says.get("type") or "")
        iri = expand(kind) or kind
        family = str(says.get("family") or "")
        return _Node(
            curie,
            label,
            label_lines(label),
            shown(self.store.vocabulary.label(iri)) if kind else "",
            family if family in self.style["families"] else "other",
            shown(str(says.get("mark") or ""))[:2],
            degree,
        )

    def _edges(self) -> list[_Edge]:
        found = []
        rank = {curie: number for number, curie in enumerate(self.nodes)}
        for source, target, key, says in self.projection.graph.edges(keys=True, data=True):
            modality = str(says.get("modality"))
            found.append(
                (
                    rank[source],
                    rank[target],
                    natural(str(key)),
                    _Edge(
                        source,
                        target,
                        shown(str(says.get("label") or says.get("predicate") or "")),
                        _SIGNS.get(str(says.get("sign")), "none"),
                        # A modality that we have no line for must not look asserted.
                        modality if modality in self.style["modalities"] else "possible",
                        says.get("kind") not in ("fact", None),
                        says.get("polarity") == "negated",
                        bool(says.get("contested")),
                        bool(says.get("symmetric")),
                        _number(says.get("origins"), 1),
                        _number(says.get("confidence"), 100) < 50,
                        shown(str(says.get("claims") or "")),
                        [shown(curie) for curie in str(says.get("sources") or "").split()],
                    ),
                )
            )
        found.sort(key=lambda row: row[:3])
        edges = [edge for *_, edge in found]
        beside: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
        for edge in edges:
            beside[min(edge.source, edge.target), max(edge.source, edge.target)].append(edge)
        for group in beside.values():
            for index, edge in enumerate(group):
                place = index - (len(group) - 1) / 2
                edge.place = place if edge.source <= edge.target else -place
                edge.beside = len(group)
                edge.loop = index
        return edges

    def arrange(self, layout: str, centre: str, scope: str) -> None:
        """Place everything, and shrink the whole when it is larger than a picture should be."""
        sizes = {curie: lettering.room(node.lines) for curie, node in self.nodes.items()}
        graph = self.projection.graph
        placed = layouts.remembered(graph, sizes, layout=layout, centre=centre, scope=scope)
        self.placed = placed
        self.centre = centre if layout == "force" and centre in self.nodes else ""
        xs, ys = [0.0, 0.0], [0.0, 0.0]
        if placed.places:
            xs = [x + dx for x, _ in placed.places.values() for dx in (-70.0, 70.0)]
            ys = [y + dy for _, y in placed.places.values() for dy in (-34.0, 64.0)]
        for group in placed.groups:
            xs += [float(group.x), float(group.x + group.width)]
            ys += [float(group.y), float(group.y + group.height)]
        if placed.ticks:
            ys.append(min(ys) - 40)
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        self.scale = min(1.0, _LARGEST / max(wide, high, 1.0))
        self.drawing = (
            max(wide * self.scale, _LEAST[0]),
            max(high * self.scale, _LEAST[1] if self.nodes else 160.0),
        )
        self.left = -min(xs) * self.scale + (self.drawing[0] - wide * self.scale) / 2
        self.top = -min(ys) * self.scale + (self.drawing[1] - high * self.scale) / 2
        for curie, (x, y) in placed.places.items():
            self.nodes[curie].x, self.nodes[curie].y = self._at(x, y)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.left, y * self.scale + self.top

    # ------------------------------------------------------------ the whole

    def document(self) -> str:
        """Return the picture as one SVG document."""
        # A large picture is shown shrunk: what surrounds the graph is lettered larger.
        grow = max(1.0, min(1.7, math.sqrt(max(self.drawing) / 1300)))
        column = (_COLUMN + _PAD) * grow
        inner = (self.drawing[0] + column) / grow
        head, head_high = self._head(inner)
        groups = self._groups()
        lines = self._lines() if self.detail else self._hairlines()
        marks = self._symbols() if self.detail else self._dots()
        labels = self._labels()
        legend, legend_high = self._legend()
        top = head_high * grow + 1.5 * _PAD
        body_high = max(self.drawing[1], legend_high * grow)
        foot, foot_high = self._foot(inner)
        wide = math.ceil(self.drawing[0] + column + 2 * _PAD)
        below = top + body_high + _PAD
        high = math.ceil(below + foot_high * grow + _PAD)
        self.size = (float(wide), float(high))

        def surround(x: float, y: float, *inside: str) -> str:
            moved = f"translate({svg.numbers(x, y)}) scale({grow:.3f})"
            return svg.tag("g", *inside, transform=moved)

        colours = self.colours
        return "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
                f'viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title desc" '
                f'font-family={quoteattr(_FONTS)} font-size="{svg.value_of(lettering.SIZE)}" '
                f'fill="{colours["text"]}">',
                svg.tag("title", svg.safe(self.title), id="title"),
                svg.tag("desc", svg.safe(self._described()), id="desc"),
                svg.tag("rect", width=wide, height=high, fill=colours["canvas"]),
                surround(_PAD, _PAD, head),
                svg.tag(
                    "g",
                    *groups,
                    *lines,
                    *marks,
                    *labels,
                    transform=f"translate({svg.numbers(_PAD, top)})",
                ),
                surround(self.drawing[0] + 2 * _PAD, top, *legend),
                surround(_PAD, below, *foot),
                "</svg>",
                "",
            ]
        )

    def _described(self) -> str:
        count = f"{len(self.nodes)} nodes and {len(self.edges)} lines."
        return f"{count} {left_out(self.projection.left_out)}"

    def _text(self, x: float, y: float, text: str, **attributes: object) -> str:
        return svg.tag("text", svg.safe(text), x=float(x), y=float(y), **attributes)

    def _head(self, wide: float) -> tuple[str, float]:
        found, y = [], 20.0
        for line in lettering.wrap(self.title, wide, 23)[:3]:
            found.append(self._text(0, y, line, font_size=22, font_weight=600))
            y += 27
        for line in lettering.wrap(self._described(), wide, 13.5):
            found.append(self._text(0, y, line, font_size=13, fill=self.colours["muted"]))
            y += 18
        return "".join(found), y - 14

    # ------------------------------------------------------------ behind the graph

    def _groups(self) -> list[str]:
        assert self.placed is not None
        found = []
        border, muted = self.colours["border"], self.colours["muted"]
        for group in self.placed.groups:
            x, y = self._at(group.x, group.y)
            wide, high = group.width * self.scale, group.height * self.scale
            title = shown(group.title)
            if group.ring:
                middle = x + wide / 2
                found.append(
                    svg.tag(
                        "circle", cx=middle, cy=y + high / 2, r=wide / 2, fill="none", stroke=border
                    )
                )
                found += self._haloed(middle, y + 4, title, font_size=12, fill=muted)
                continue
            found.append(
                svg.tag(
                    "rect",
                    x=x,
                    y=y,
                    width=wide,
                    height=high,
                    rx=8,
                    fill=self.colours["panel"],
                    stroke=border,
                )
            )
            line = lettering.wrap(title, max(wide - 20, 60), 13)
            said = line[0] + ("…" if len(line) > 1 else "")
            found.append(
                self._text(x + 10, y + 19, said, font_size=13, font_weight=600, fill=muted)
            )
        for place, text in self.placed.ticks:
            x, _ = self._at(place, 0)
            found.append(
                svg.tag(
                    "line",
                    x1=x,
                    x2=x,
                    y1=18,
                    y2=self.drawing[1],
                    stroke=border,
                    stroke_dasharray="2 4",
                )
            )
            found.append(self._text(x, 12, text, font_size=12, text_anchor="middle", fill=muted))
        return found

    def _haloed(self, x: float, y: float, text: str, **attributes: object) -> list[str]:
        """Return text that stays readable on lines: drawn twice, for programs that know no halo."""
        halo = {**attributes, "fill": self.colours["canvas"]}
        return [
            self._text(
                x,
                y,
                text,
                **halo,
                text_anchor="middle",
                stroke=self.colours["canvas"],
                stroke_width=3.5,
                stroke_linejoin="round",
                aria_hidden="true",
            ),
            self._text(x, y, text, **attributes, text_anchor="middle"),
        ]

    # ------------------------------------------------------------ lines

    def _lines(self) -> list[str]:
        casings, lines, ends = [], [], []
        taken = _Boxes()
        for node in self.nodes.values():
            r = node.radius
            taken.add((node.x - r, node.y - r, node.x + r, node.y + r))
        marks: list[str] = []
        curves = []
        for edge in self.edges:
            curve = _curve(edge, self.nodes[edge.source], self.nodes[edge.target])
            colour = self.style["signs"][edge.sign][self.theme]
            wide = _WIDTHS[max(0, min(edge.origins, 3))]
            path = f"M{svg.numbers(*curve[0])}" + (
                f"C{svg.numbers(*curve[1], *curve[2], *curve[3])}"
                if len(curve) == 4
                else f"Q{svg.numbers(*curve[1], *curve[2])}"
            )
            if edge.contested:
                casings.append(
                    svg.tag(
                        "path",
                        d=path,
                        fill="none",
                        stroke=self.colours["contested"],
                        stroke_opacity=".4",
                        stroke_width=wide + 6,
                    )
                )
            dash = " ".join(map(str, self.style["modalities"][edge.modality]["dash"]))
            opacity = ".75" if edge.doubtful else ""
            lines.append(
                svg.tag(
                    "path",
                    svg.tag("title", svg.safe(self._sentence(edge))),
                    d=path,
                    fill="none",
                    stroke=colour,
                    stroke_width=wide,
                    stroke_dasharray=dash,
                    stroke_opacity=opacity,
                )
            )
            form = self.style["signs"][edge.sign]["end"]
            ends.append(svg.line_end(form, curve[-2], curve[-1], colour, wide))
            if edge.symmetric:
                ends.append(svg.line_end(form, curve[1], curve[0], colour, wide))
            marks += self._marks(edge, curve, colour, taken)
            curves.append(curve)
        words = []
        if len(self.edges) <= _WORDS_UP_TO:  # when all marks have their place
            for edge, curve in zip(self.edges, curves, strict=True):
                words += self._relation(edge, curve, taken)
        return casings + lines + ends + marks + words

    def _hairlines(self) -> list[str]:
        """Return the lines of a large graph: one path a look, no ends, fanned or not."""
        looks: dict[tuple[str, str], list[str]] = defaultdict(list)
        for edge in self.edges:
            one, other = self.nodes[edge.source], self.nodes[edge.target]
            looks[edge.sign, edge.modality].append(
                f"M{svg.numbers(one.x, one.y)}L{svg.numbers(other.x, other.y)}"
            )
        thin = max(0.25, min(1.0, 60 / math.sqrt(len(self.edges) or 1)))
        return [
            svg.tag(
                "path",
                d="".join(looks[look]),
                fill="none",
                stroke=self.style["signs"][look[0]][self.theme],
                stroke_width=thin,
                stroke_opacity=".5",
                stroke_dasharray=" ".join(map(str, self.style["modalities"][look[1]]["dash"])),
            )
            for look in sorted(looks)
        ]

    def _sentence(self, edge: _Edge) -> str:
        one, other = self.nodes[edge.source].label, self.nodes[edge.target].label
        firm = self.style["modalities"][edge.modality]["label"]
        notes = [firm, *(["denied"] if edge.denied else ()), *(["contested"] * edge.contested)]
        marks = self._cites(edge)
        return f"{one} {edge.label} {other} ({', '.join(notes)}) {marks} {edge.claims}".strip()

    def _cites(self, edge: _Edge) -> str:
        numbers = sorted(self.marks[curie] for curie in edge.sources)
        return f"[{', '.join(map(str, numbers))}]" if numbers else ""

    def _marks(
        self,
        edge: _Edge,
        curve: Sequence[tuple[float, float]],
        colour: str,
        taken: _Boxes,
    ) -> list[str]:
        """Return the marks at the middle of a line: sign, judgement, denial, dispute."""
        glyphs = [
            name
            for name, yes in (
                (edge.sign, edge.sign in ("positive", "negative")),
                ("judgement", edge.judgement),
                ("denied", edge.denied),
                ("contested", edge.contested),
            )
            if yes
        ]
        found: list[str] = []
        middle = svg.point(curve, 0.5)
        if glyphs:
            wide = 12.0 * len(glyphs)
            spot = next(
                (
                    p
                    for p in (svg.point(curve, t) for t in (0.5, 0.42, 0.58, 0.34, 0.66))
                    if not taken.covered((p[0] - wide / 2, p[1] - 6, p[0] + wide / 2, p[1] + 6))
                ),
                middle,
            )
            taken.add((spot[0] - wide / 2, spot[1] - 6, spot[0] + wide / 2, spot[1] + 6))
            found.append(
                svg.tag(
                    "rect",
                    x=spot[0] - wide / 2 - 0.5,
                    y=spot[1] - 6.5,
                    width=wide + 1,
                    height=13,
                    rx=6.5,
                    fill=self.colours["canvas"],
                    fill_opacity=".9",
                )
            )
            for number, name in enumerate(glyphs):
                ink = self.colours["contested"] if name == "contested" else colour
                x = spot[0] - wide / 2 + 12 * number + 6
                found.append(svg.glyph(name, x, spot[1], ink))
        return found

    def _relation(
        self, edge: _Edge, curve: Sequence[tuple[float, float]], taken: _Boxes
    ) -> list[str]:
        """Return what a line says and by which sources, where there is room; else by which."""
        self.unsaid += 1  # until it finds room, at least for its sources
        for text in (f"{edge.label} {self._cites(edge)}".strip(), self._cites(edge)):
            wide = lettering.width(text, 10) + 4
            for t in (0.5, 0.38, 0.62, 0.28, 0.72):
                x, y = svg.point(curve, t)
                for dy in (4.0, -7.0, 15.0):
                    box = (x - wide / 2, y + dy - 10, x + wide / 2, y + dy + 3)
                    if text and not taken.covered(box):
                        taken.add(box)
                        muted = self.colours["muted"]
                        self.unsaid -= 1
                        return self._haloed(x, y + dy, text, font_size=10, fill=muted)
        return []

    # ------------------------------------------------------------ nodes

    def _symbols(self) -> list[str]:
        found = []
        for node in self.nodes.values():
            look = self.style["families"][node.family]
            colour = look[self.theme]
            kind = f" ({node.kind})" if node.kind else ""
            found.append(
                svg.shape(
                    look["shape"],
                    node.x,
                    node.y,
                    node.radius,
                    svg.tag("title", svg.safe(f"{node.label}{kind} {node.curie}")),
                    fill=colour if look["filled"] else self.colours["canvas"],
                    stroke=colour,
                    stroke_width=2,
                )
            )
            if node.mark and node.radius >= 8:
                size = min(10.0, node.radius * 0.85)
                low = node.radius * 0.22 if look["shape"] == "triangle" else 0.0
                found.append(
                    self._text(
                        node.x,
                        node.y + size * 0.36 + low,
                        node.mark,
                        font_size=size,
                        font_weight=600,
                        text_anchor="middle",
                        fill=self.colours["canvas"] if look["filled"] else colour,
                    )
                )
        return found

    def _dots(self) -> list[str]:
        small = max(0.9, min(4.0, 180 / math.sqrt(len(self.nodes))))
        of: dict[str, list[str]] = defaultdict(list)
        for node in self.nodes.values():
            r = small * min(1 + math.sqrt(node.degree) / 6, 4.0)
            of[node.family].append(
                f"M{svg.numbers(node.x - r, node.y)}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0"
                f"a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0"
            )
        return [
            svg.tag("path", d="".join(of[family]), fill=self.style["families"][family][self.theme])
            for family in self.style["families"]
            if family in of
        ]

    def _labels(self) -> list[str]:
        """Return labels, the largest nodes' first, each where it covers no other.

        One that finds no room at any side is left out and counted.
        """
        taken = _Boxes()
        order = sorted(self.nodes.values(), key=lambda node: (-node.degree, natural(node.curie)))
        if self.detail:
            for node in order:
                r = node.radius * 0.8
                taken.add((node.x - r, node.y - r, node.x + r, node.y + r))
        else:
            order = order[:300]
        found: list[str] = []
        drawn = 0
        for node in order:
            wide = max(lettering.width(line) for line in node.lines)
            high = lettering.LINE_HEIGHT * len(node.lines)
            r = (node.radius if self.detail else 6.0) + 3
            spots = (
                (node.x, node.y + r),
                (node.x, node.y - r - high),
                (node.x + r + wide / 2, node.y - high / 2),
                (node.x - r - wide / 2, node.y - high / 2),
                (node.x + r / 2 + wide / 2, node.y + r * 0.6),
                (node.x - r / 2 - wide / 2, node.y + r * 0.6),
                (node.x + r / 2 + wide / 2, node.y - r * 0.6 - high),
                (node.x - r / 2 - wide / 2, node.y - r * 0.6 - high),
            )
            boxes = [(x - wide / 2 - 1, y + 1, x + wide / 2 + 1, y + high) for x, y in spots]
            costs = [taken.covered(box) / (wide * high) for box in boxes]
            cheapest = min(range(len(boxes)), key=lambda i: (costs[i] > 0.02, costs[i] > 0.12, i))
            if costs[cheapest] > 0.12:
                self.unlabelled += 1
                continue
            taken.add(boxes[cheapest])
            drawn += 1
            x, y = spots[cheapest]
            for number, line in enumerate(node.lines):
                base = y + lettering.LINE_HEIGHT * (number + 0.8)
                found += self._haloed(x, base, line, font_size=lettering.SIZE)
        self.unlabelled = len(self.nodes) - drawn
        return found

    # ------------------------------------------------------------ legend and foot

    def _legend(self) -> tuple[list[str], float]:
        found: list[str] = []
        y = 12.0
        text, muted = self.colours["text"], self.colours["muted"]

        def heading(words: str) -> None:
            nonlocal y
            y += 10 if found else 0
            found.append(self._text(0, y, words, font_size=13, font_weight=600))
            y += 20

        def row(symbol: str, words: str, more: str = "") -> None:
            nonlocal y
            found.append(symbol)
            lines = lettering.wrap(words, _COLUMN - 92, 12.5)
            for number, line in enumerate(lines):
                found.append(self._text(46, y + 4 + 15 * number, line, font_size=12, fill=text))
            if more:
                found.append(
                    self._text(_COLUMN, y + 4, more, font_size=12, fill=muted, text_anchor="end")
                )
            y += 15 * (len(lines) - 1) + 21

        families = Counter(node.family for node in self.nodes.values())
        if families:
            heading("What it is")
        for name, look in self.style["families"].items():
            if families[name]:
                solid = look["filled"] or not self.detail
                symbol = svg.shape(
                    look["shape"] if self.detail else "circle",
                    18.0,
                    y,
                    7.5 if self.detail else 4.0,
                    fill=look[self.theme] if solid else self.colours["canvas"],
                    stroke=look[self.theme],
                    stroke_width=2,
                )
                row(symbol, str(look["label"]), str(families[name]))
        signs = Counter(edge.sign for edge in self.edges)
        if signs:
            heading("Stance of a line")
        for name, look in self.style["signs"].items():
            if signs[name]:
                colour = look[self.theme]
                line = svg.tag("line", x1=0, x2=36, y1=y, y2=y, stroke=colour, stroke_width=1.5)
                end = svg.line_end(look["end"], (0.0, y), (37.0, y), colour, 1.5)
                glyph = svg.glyph(name, 17.0, y, colour, ground=self.colours["canvas"])
                row(
                    line + end + glyph if self.detail else line,
                    str(look["label"]),
                    str(signs[name]),
                )
        modalities = Counter(edge.modality for edge in self.edges)
        if modalities:
            heading("How firmly it is said")
        for name, look in self.style["modalities"].items():
            if modalities[name]:
                line = svg.tag(
                    "line",
                    x1=0,
                    x2=38,
                    y1=y,
                    y2=y,
                    stroke=text,
                    stroke_width=1.8,
                    stroke_dasharray=" ".join(map(str, look["dash"])),
                )
                row(line, f"{look['label']}: {look['help']}", str(modalities[name]))
        marks = {
            "judgement": sum(edge.judgement for edge in self.edges),
            "denied": sum(edge.denied for edge in self.edges),
            "contested": sum(edge.contested for edge in self.edges),
        }
        if self.detail and any(marks.values()):
            heading("Marks")
        for name, look in self.style["glyphs"].items():
            if not (self.detail and marks.get(name)):
                continue
            ink = self.colours["contested"] if name == "contested" else text
            casing = (
                svg.tag(
                    "line", x1=0, x2=36, y1=y, y2=y, stroke=ink, stroke_width=8, stroke_opacity=".4"
                )
                if name == "contested"
                else ""
            )
            row(casing + svg.glyph(name, 18.0, y, ink), str(look["label"]), str(marks[name]))
        if self.detail and any(edge.origins > 1 for edge in self.edges):
            lines = "".join(
                svg.tag(
                    "line",
                    x1=0,
                    x2=36,
                    y1=y + 12 + offset,
                    y2=y + 12 + offset,
                    stroke=text,
                    stroke_width=wide,
                )
                for offset, wide in ((-9, 1.0), (-4, 1.5), (2, 2.5), (9, 3.5))
            )
            y += 8
            row(lines, "thicker: 0, 1, 2, 3 or more independent origins")
        return found, y

    def _foot(self, wide: float) -> tuple[list[str], float]:
        """Return the sources by number, and how the picture was made."""
        assert self.placed is not None
        found: list[str] = []
        columns = max(1, min(3, int(wide // 420)))
        width = (wide - 30 * (columns - 1)) / columns
        y = 0.0
        if self.sources:
            found.append(self._text(0, 12, "Sources", font_size=13, font_weight=600))
            y = 32.0
        entries = [self._source(curie, width - 34) for curie in self.sources]
        # Columns are read from top to bottom; none longer than its share of all lines.
        share = math.ceil(sum(len(lines) for _, lines in entries) / columns)
        column = used = deepest = 0
        for number, lines in entries:
            if used and column < columns - 1 and used + len(lines) / 2 > share:
                column, used = column + 1, 0
            x = column * (width + 30)
            found.append(
                self._text(x, y + 16 * used, number, font_size=12, fill=self.colours["muted"])
            )
            for line in lines:
                found.append(self._text(x + 34, y + 16 * used, line, font_size=12))
                used += 1
            deepest = max(deepest, used)
        y += 16 * deepest + 8
        notes = []
        if self.unlabelled:
            many = self.unlabelled
            notes.append(
                f"{many} label{'s are' if many > 1 else ' is'} left out for want of room; "
                "the page has them."
            )
        if self.unsaid:
            many = self.unsaid
            notes.append(
                f"{many} line{'s do' if many > 1 else ' does'} not say relation and source, "
                "for want of room."
            )
        if self.scale < 1 and self.detail:
            notes.append(f"Drawn at {self.scale * 100:.0f} % of the page's size.")
        if len(self.edges) <= _WORDS_UP_TO and self.sources:
            notes.append("Numbers in brackets are those of the sources.")
        if not self.detail:
            notes.append(
                f"Above {DETAIL_UP_TO} nodes shape, direction, marks and disputes are not drawn."
            )
        if self.centre:
            label = self.nodes[self.centre].label
            notes.append(f"Arranged around {label}, in rings by steps from it.")
        else:
            summary = layouts.LAYOUTS[self.placed.layout].summary
            notes.append(f"Arranged by {self.placed.layout}: {summary} ({self.placed.method}).")
        if self.store.key:
            notes.append(f"Data {self.store.key[:12]}.")
        for line in lettering.wrap(" ".join(notes), wide, 12):
            found.append(self._text(0, y + 8, line, font_size=11.5, fill=self.colours["muted"]))
            y += 16
        return found, y

    def _source(self, curie: str, wide: float) -> tuple[str, list[str]]:
        source = self.store.sources.get(expand(curie) or curie)
        label = self.store.label(expand(curie) or curie)
        parts = [source.title or label] if source else [label]
        if source and source.publisher:
            parts.append(self.store.label(source.publisher))
        if source and source.issued:
            parts.append(str(source.issued))
        count = self.backed[curie]
        said = ", ".join(shown(part) for part in parts)
        lines = lettering.wrap(f"{said} ({count} line{'s' if count > 1 else ''})", wide, 12.5)
        if len(lines) > 4:
            lines = [*lines[:3], lines[3][:-1] + "…"]
        return f"[{self.marks[curie]}]", lines


def _curve(edge: _Edge, one: _Node, other: _Node) -> list[tuple[float, float]]:
    """Return the points of a line from rim to rim: start, one or two that bend it, end."""
    if one is other:
        turn = -math.pi / 2 + 0.9 * edge.loop
        r, reach = one.radius + 1, one.radius + 34
        return [
            (one.x + r * math.cos(turn - 0.4), one.y + r * math.sin(turn - 0.4)),
            (one.x + reach * math.cos(turn - 0.6), one.y + reach * math.sin(turn - 0.6)),
            (one.x + reach * math.cos(turn + 0.6), one.y + reach * math.sin(turn + 0.6)),
            (one.x + r * math.cos(turn + 0.4), one.y + r * math.sin(turn + 0.4)),
        ]
    dx, dy = other.x - one.x, other.y - one.y
    length = math.hypot(dx, dy) or 1.0
    # Between near things a fan needs some width for its marks to be told apart.
    least = 26 / length if edge.beside > 2 else 0.0
    bend = edge.place * max(min(0.16, 1.2 / edge.beside), least)
    mx = (one.x + other.x) / 2 - dy * bend
    my = (one.y + other.y) / 2 + dx * bend
    if length < one.radius + other.radius + 8:  # touching: rim and rim would change places
        return [(one.x, one.y), (mx, my), (other.x, other.y)]
    out = math.hypot(mx - one.x, my - one.y) or 1.0
    back = math.hypot(mx - other.x, my - other.y) or 1.0
    r, s = one.radius + 2, other.radius + 3
    start = one.x + (mx - one.x) * r / out, one.y + (my - one.y) * r / out
    end = other.x + (mx - other.x) * s / back, other.y + (my - other.y) * s / back
    return [start, (mx, my), end]
