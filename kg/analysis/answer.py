"""What an analysis answers: rows with the claims each one rests on, and how it was worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from kg import cells
from kg.turtle import natural
from kg.vocab import compress, expand

if TYPE_CHECKING:
    from kg.projection import Projection
    from kg.results import Result

#: A value in a row. None is "not defined here", never zero.
Cell = str | int | float | bool | None

#: What a column holds: the CURIE of a node, text, a number, or the CURIEs of claims.
Holds = Literal["node", "text", "number", "claims"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer; ``about`` says in a few words what its values mean."""

    name: str
    holds: Holds = "text"
    about: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a value for each column, and the CURIEs of the claims behind it."""

    values: tuple[Cell, ...]
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one measure: a table whose every row leads to its claims.

    ``figures`` are results of the whole (a modularity, an index); ``notes`` say how it
    was worked out, what was left out and why. ``labels`` are the names of the nodes.
    ``basis`` is what it was worked out on: the projection, in words. A value that is no
    finite number is not defined: it becomes None, and a note says so.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    figures: Mapping[str, Cell] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""

    def __post_init__(self) -> None:
        """Take out numbers that are none: no format has a place for them, JSON least of all."""
        rows = tuple(
            row
            if all(map(_sound, row.values))
            else replace(row, values=tuple(v if _sound(v) else None for v in row.values))
            for row in self.rows
        )
        figures = {name: v if _sound(v) else None for name, v in self.figures.items()}
        if rows != self.rows or figures != self.figures:
            object.__setattr__(self, "rows", rows)
            object.__setattr__(self, "figures", figures)
            object.__setattr__(self, "notes", (*self.notes, _UNSOUND))

    @property
    def claims(self) -> tuple[str, ...]:
        """Every claim a row rests on, each once, in the order of the rows."""
        return tuple(dict.fromkeys(claim for row in self.rows for claim in row.claims))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row by column name, with its claims."""
        names = [column.name for column in self.columns]
        for row in self.rows:
            yield {**dict(zip(names, row.values, strict=True)), "claims": list(row.claims)}

    def __len__(self) -> int:
        return len(self.rows)

    def label(self, curie: str) -> str:
        """Return the name of a node, its CURIE when it has none here."""
        return self.labels.get(curie, curie)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as plain values, nodes with their names beside them."""
        nodes = {c.name for c in self.columns if c.holds == "node"}
        rows = []
        for row in self:
            named: dict[str, Any] = {}
            for name, value in row.items():
                named[name] = value
                if name in nodes and isinstance(value, str):
                    named[f"{name}_label"] = self.label(value)
            rows.append(named)
        return {
            "analysis": self.name,
            "basis": self.basis,
            "figures": dict(self.figures),
            "rows": rows,
            "notes": list(self.notes),
        }

    def to_result(self, *, short: bool = False) -> Result:
        """Return the rows as an answer of SELECT, the claims in a last column.

        So it can be written in every format of ``kg query``, and converted like one.
        Nodes are IRIs there. ``short``, for a narrow terminal, names claims without their
        prefix and leaves out columns of claims that are in the last column anyway.
        """
        from kg.results import Result

        shown = [i for i, c in enumerate(self.columns) if not (short and c.holds == "claims")]
        heads = [*(self.columns[i].name for i in shown), "claims"]
        lines = ["\t".join(f"?{head}" for head in heads)]
        for row in self.rows:
            found = [_cell(row.values[i], self.columns[i]) for i in shown]
            claims = " ".join(row.claims)
            lines.append(
                "\t".join([*found, cells.quote(claims.replace("claim:", "") if short else claims)])
            )
        result = Result("select", tsv=("\n".join(lines) + "\n").encode("utf-8"))
        names = {expand(curie) or curie: label for curie, label in self.labels.items()}
        result.label = lambda iri: names.get(iri) or compress(iri)
        return result


_UNSOUND = "A value is given as not defined where it came out as no finite number."


def _sound(value: Cell) -> bool:
    return not isinstance(value, float) or isfinite(value)


def _cell(value: Cell, column: Column) -> str:
    """Return a value as SPARQL writes it, empty where it is not defined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return cells.quote("yes" if value else "no")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return cells.quote(number(value)) + "^^<http://www.w3.org/2001/XMLSchema#decimal>"
    if column.holds == "node" and (iri := expand(value) or (value if ":" in value else "")):
        return f"<{iri}>"
    return cells.quote(value)


def number(value: float) -> str:
    """Return a number as tables show it: at most four decimals, no trailing zeros.

    >>> number(0.5), number(1 / 3), number(-0.00001)
    ('0.5', '0.3333', '0')
    """
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def labels_of(projection: Projection) -> dict[str, str]:
    """Return the names of a projection's nodes."""
    return {node: str(data["label"]) for node, data in projection.graph.nodes(data=True)}


def basis_of(projection: Projection) -> str:
    """Return what an answer was worked out on, in words: projection, filters, size, gaps.

    How many of its edges are no facts is said first: a measure counts them alike.
    """
    chosen = f" with {projection.selection}" if projection.selection else ""
    soft = sum(
        not data["materialised"] and bool(data["claims"])
        for *_, data in projection.graph.edges(data=True)
    )
    hedged = f"{soft} of its edges are claims that are no facts; " if soft else ""
    times = Counter(str(data.get("held", "")) for *_, data in projection.graph.edges(data=True))
    if times["undated"]:
        hedged += f"{times['undated']} of its edges have no date, so nobody can tell whether they held then; "
    if times["possible"]:
        hedged += f"{times['possible']} may have held then, as far as their dates go; "
    return f"projection {projection.name}{chosen}: {hedged}{projection.summary()}"


def claims_of(edges: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the claims behind some edges, each once, in natural order."""
    return tuple(sorted({c for data in edges for c in str(data["claims"]).split()}, key=natural))


def answer(
    name: str,
    projection: Projection,
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    figures: Mapping[str, Cell] | None = None,
    notes: Iterable[str] = (),
) -> Answer:
    """Return an answer worked out on a projection, its names and basis filled in."""
    return Answer(
        name,
        tuple(columns),
        tuple(rows),
        figures or {},
        tuple(notes),
        labels_of(projection),
        basis_of(projection),
    )
