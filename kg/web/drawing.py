"""The answer to a query as a drawing: its things, and what joins them, with the standing of each line.

Three kinds of lines are kept apart: edges of the graph, what is only claimed, and what
nobody claims: there only the query put two things into one row.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg import cells, sparql
from kg.errors import UsageError
from kg.results import Result
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, compress, expand
from kg.web import addresses, telling

if TYPE_CHECKING:
    from kg.projection import Projection

Record = telling.Record
_Says = Mapping[str, Any]
_Point = tuple[float, float]

#: A drawing has so many things, and so many lines; what it leaves out it says.
THINGS, LINES = 120, 300
#: Lines are lettered where there are no more than so many.
_LETTERED = 40
_SIGNS = {"1": "positive", "0": "neutral", "-1": "negative"}
# The name of a line for which nobody has a word.
_JOINED = KG + "relatedTo"
_RADIUS, _PAD = 9.0, 34.0


def drawable(store: Store, result: Result) -> bool:
    """Return whether an answer has two things in a row, or names claims that join two."""
    if result.kind == "construct":
        return any(str(triple.object).startswith("<") for triple in result.triples)
    iris = {iri for row in result.cells for cell in row if (iri := cells.iri(cell)) is not None}
    named = [store.claims[iri] for iri in iris if iri in store.claims]
    if named:
        return any(isinstance(one.object, str) and not one.is_identity for one in named)
    return len(_columns(store, result)[0]) == 2


def draw(store: Store, result: Result, text: str, root: str = "") -> Record:
    """Return the drawing of an answer: a picture as SVG, its lines one by one, and what is left out.

    ``root`` is the path under which the pages of its things are.
    """
    from markupsafe import Markup

    projection = _projection(store, result, text)
    edges = sorted(
        projection.graph.edges(keys=True, data=True),
        key=lambda edge: (not edge[3]["materialised"], natural(edge[0]), natural(edge[1]), edge[2]),
    )
    nodes: dict[str, None] = {}
    kept = []
    for edge in edges[:LINES]:
        ends = [end for end in edge[:2] if end not in nodes]
        if len(nodes) + len(ends) <= THINGS:
            nodes |= dict.fromkeys(ends)
            kept.append(edge)
    relations = [_relation(store, a, b, says) for a, b, _, says in kept]
    picture = _Picture(projection.graph.subgraph(nodes), relations, root)
    return {
        # Every text in it has been escaped where it was put in (kg.view.svg).
        "svg": Markup(picture.svg()) if relations else "",  # noqa: S704
        "relations": relations,
        "things": len(nodes),
        "counts": Counter(one["standing"] for one in relations),
        "undrawn": len(edges) - len(kept),
        "left_out": [
            (reason, number)
            for reason, number in projection.left_out.items()
            if reason != "edge without claim"
        ],
    }


# ---------------------------------------------------------------- which lines


def _projection(store: Store, result: Result, text: str) -> Projection:
    """Return an answer as a projection; of rows that name no ends and no claim, their first two things."""
    from kg.projection import of_result

    if result.kind == "construct" or {"source", "target"} <= set(result.variables):
        return of_result(store, result)
    try:
        return of_result(store, result)
    except UsageError:
        return of_result(store, _paired(store, result, text))


def _paired(store: Store, result: Result, text: str) -> Result:
    """Return rows of source, predicate and target for rows that have two things in them."""
    ends, words = _columns(store, result)
    properties = store.vocabulary.edge_predicates
    mentioned = properties & set(sparql.iris(text))
    lines = ["?source\t?predicate\t?target"]
    for row in result.cells:
        one, other = (cells.iri(row[i]) for i in ends) if len(ends) == 2 else (None, None)
        if one is None or other is None:
            continue
        word = cells.iri(row[words[0]]) if words else None
        found = {(one, word, other)} if word else _between(store, one, other, mentioned)
        lines += sorted(f"<{a}>\t<{p}>\t<{b}>" for a, p, b in found or {(one, _JOINED, other)})
    return Result("select", tsv=("\n".join(lines) + "\n").encode())


def _columns(store: Store, result: Result) -> tuple[list[int], list[int]]:
    """Return the first two columns that have things in them, and those that have properties."""
    properties = store.vocabulary.edge_predicates
    named = {
        i: {iri for row in result.cells if (iri := cells.iri(row[i])) is not None}
        for i in range(len(result.variables))
    }
    # (Terms of ours are what is said of things: a class, how firmly a claim is put.)
    terms = store.vocabulary.terms.keys()
    words = [i for i, iris in named.items() if iris and iris <= properties]
    things = [i for i, iris in named.items() if iris and not iris <= terms]
    return things[:2], words


def _between(
    store: Store, one: str, other: str, mentioned: frozenset[str] | set[str]
) -> set[tuple[str, str, str]]:
    """Return what is claimed between two things, of the properties that the query names if it names any."""
    # (Of the end that less is said about: the other one may be in thousands of claims.)
    about = min((store.claims_about.get(end, ()) for end in (one, other)), key=len)
    claims = (store.claims[iri] for iri in about)
    return {
        (claim.subject, claim.predicate, str(claim.object))
        for claim in claims
        if {claim.subject, claim.object} == {one, other}
        and (not mentioned or claim.predicate in mentioned)
    }


def _relation(store: Store, source: str, target: str, says: _Says) -> Record:
    standing, told = _standing(says)
    label = str(says["label"])
    claims = str(says["claims"]).split()
    return {
        "source": _end(store, source),
        "target": _end(store, target),
        "label": "in one row with" if says["predicate"] == compress(_JOINED) else label,
        "standing": standing,
        "told": told,
        "modality": str(says["modality"]),
        "sign": _SIGNS.get(str(says.get("sign")), "none"),
        "symmetric": bool(says.get("symmetric")),
        "contested": bool(says.get("contested")),
        "statement": str(says["statement"]),
        "claims": [{"id": name, "iri": expand(name) or name} for name in claims],
    }


def _standing(says: _Says) -> tuple[str, str]:
    """Return what kind of line it is, and in words on what it stands."""
    if says.get("by_query"):
        return "joined", "only by the query"
    if says["materialised"]:
        return "edge", "an edge of the graph"
    denied = "denied, " if says["polarity"] == "negated" else ""
    return "claimed", f"only claimed: {denied}{says['kind']}, {says['modality']}"


def _end(store: Store, name: str) -> Record:
    iri = expand(name) or name
    return telling.thing(store, iri)


# ---------------------------------------------------------------- the picture


class _Picture:
    """A drawing in the making: where things stand, and the lines between them."""

    def __init__(self, graph: Any, relations: list[Record], root: str) -> None:
        from kg.view import label_lines, lettering, shown, style
        from kg.view.layout import place

        self._relations = relations
        self._graph = graph
        self._root = root
        self._families = style()["families"]
        self._dashes = {name: one["dash"] for name, one in style()["modalities"].items()}
        self._lines = {
            name: label_lines(shown(str(says.get("label") or name)))
            for name, says in graph.nodes(data=True)
        }
        sizes = {name: lettering.room(lines) for name, lines in self._lines.items()}
        places = place(graph, sizes).places if relations else {}
        left = min((x - sizes[name][0] / 2 for name, (x, _) in places.items()), default=0)
        top = min((y for _, y in places.values()), default=0)
        self._at = {name: (x - left + _PAD / 2, y - top + _PAD) for name, (x, y) in places.items()}
        self._names = [
            (x - sizes[name][0] / 2, y - _RADIUS, x + sizes[name][0] / 2, y + sizes[name][1] - 24)
            for name, (x, y) in self._at.items()
        ]
        right = max((x + sizes[name][0] / 2 for name, (x, _) in self._at.items()), default=0)
        self._wide = right + _PAD / 2
        self._high = max((y + sizes[name][1] for name, (_, y) in self._at.items()), default=0)

    def svg(self) -> str:
        """Return the drawing as an element of a page; its colours are those of the page."""
        from kg.view import svg

        wide, high = math.ceil(max(self._wide, 120)), math.ceil(max(self._high, 60))
        return svg.tag(
            "svg",
            *self._drawn_lines(),
            *map(self._drawn_thing, sorted(self._at, key=natural)),
            class_="drawing",
            viewBox=f"0 0 {wide} {high}",
            width=wide,
            height=high,
            # The lines are told one by one beside it.
            aria_hidden="true",
            focusable="false",
        )

    def _drawn_thing(self, name: str) -> str:
        from kg.view import svg

        x, y = self._at[name]
        family = str(self._graph.nodes[name].get("family") or "other")
        look = self._families.get(family, self._families["other"])
        hue = f"var(--family-{family if family in self._families else 'other'})"
        mark = svg.shape(
            look["shape"],
            x,
            y,
            _RADIUS,
            fill=hue if look["filled"] else "var(--canvas)",
            stroke=hue,
            stroke_width=1.8,
        )
        words = [
            svg.tag("tspan", svg.safe(line), x=x, dy="1.15em" if number else None)
            for number, line in enumerate(self._lines[name])
        ]
        text = svg.tag("text", *words, x=x, y=y + _RADIUS + 13)
        href = self._root + addresses.document(expand(name) or name)
        # (Keys go through the lines told beside it.)
        return svg.tag("a", mark, text, href=href, tabindex=-1, class_="thing")

    def _drawn_lines(self) -> Iterator[str]:
        beside: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for one in self._relations:
            a, b = one["source"]["id"], one["target"]["id"]
            beside[min(a, b), max(a, b)].append(one)
        for (a, _), several in beside.items():
            for number, one in enumerate(several):
                bend = number - (len(several) - 1) / 2
                yield self._drawn_line(one, bend if one["source"]["id"] == a else -bend)

    def _drawn_line(self, one: Record, bend: float) -> str:
        from kg.view import svg

        start, end = self._at[one["source"]["id"]], self._at[one["target"]["id"]]
        curve = _curve(start, end, bend)
        joined = one["standing"] == "joined"
        hue = "var(--muted)" if joined else f"var(--sign-{one['sign']})"
        dash = [3, 6] if joined else [] if one["standing"] == "edge" else self._dash(one)
        a, middle, b = curve
        path = svg.tag(
            "path",
            d=f"M{svg.numbers(*a)}Q{svg.numbers(*middle, *b)}",
            fill="none",
            stroke=hue,
            stroke_width=1.0 if joined else 1.8,
            stroke_dasharray=" ".join(map(str, dash)) or None,
        )
        ends = {"positive": "arrow", "negative": "bar"}.get(one["sign"], "vee")
        tip = "" if one["symmetric"] else svg.line_end(ends, middle, b, hue, 1.0)
        word = ""
        if joined:  # an empty ring in place of a head and a word
            x, y = svg.point(curve, 0.5)
            tip = svg.tag("circle", cx=x, cy=y, r=3, fill="var(--canvas)", stroke=hue)
        elif len(self._relations) <= _LETTERED:
            word = self._word(_short(one), curve)
        said = svg.tag("title", svg.safe(f"{one['label']}: {one['told']}"))
        return svg.tag("g", said, path, tip, word, class_="line")

    def _word(self, text: str, curve: Sequence[_Point]) -> str:
        """Return the word of a line, where it covers the least of the names of things."""
        from kg.view import lettering, svg

        half = lettering.width(text, 10) / 2

        def covered(t: float) -> float:
            x, y = svg.point(curve, t)
            return sum(
                max(0.0, min(x + half, right) - max(x - half, left))
                * max(0.0, min(y + 4, low) - max(y - 8, top))
                for left, top, right, low in self._names
            )

        x, y = svg.point(curve, min((0.5, 0.42, 0.58, 0.34, 0.66), key=covered))
        return svg.tag("text", svg.safe(text), x=x, y=y + 3, class_="word")

    def _dash(self, one: Record) -> list[int]:
        # What is only claimed must not look like an edge, however flatly it is said.
        found: list[int] = self._dashes.get(one["modality"]) or [12, 4]
        return found


def _short(one: Record) -> str:
    from kg.view import shown

    text = shown(one["label"])
    return f"{'≠ ' if one['contested'] else ''}{text[:26]}{'…' if len(text) > 26 else ''}"


def _curve(start: _Point, end: _Point, bend: float) -> tuple[_Point, _Point, _Point]:
    """Return a line between two things as a curve of three points, clear of their signs."""
    (x1, y1), (x2, y2) = start, end
    if start == end:
        return (x1 - _RADIUS, y1 - 4), (x1, y1 - 48 - 14 * abs(bend)), (x1 + _RADIUS, y1 - 4)
    across = (y1 - y2, x2 - x1)
    middle = (
        (x1 + x2) / 2 + 0.16 * bend * across[0],
        (y1 + y2) / 2 + 0.16 * bend * across[1],
    )
    return _towards(start, middle, _RADIUS + 2), middle, _towards(end, middle, _RADIUS + 4)


def _towards(point: _Point, other: _Point, steps: float) -> _Point:
    far = math.dist(point, other) or 1.0
    part = min(steps / far, 0.45)
    return point[0] + (other[0] - point[0]) * part, point[1] + (other[1] - point[1]) * part
