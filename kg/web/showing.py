"""Answers as pages show them, whoever asked: a table, a drawing or a line of time, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kg import cells, citing
from kg.dates import FIRST_DAY, LAST_DAY, period
from kg.results import Result
from kg.store import Store
from kg.tables import named
from kg.vocab import KG, XSD, compress
from kg.web import drawing, forms, telling

Record = telling.Record

#: A page has so many rows, cells and characters of one text at most; downloads have all.
ROWS, CELLS, TEXT = 500, 40_000, 2_000
#: The ways to look at an answer, the first one where nothing is said.
VIEWS = ("table", "graph", "timeline")
_DATES = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth"))
#: Datatypes that a reader sees by the value.
_PLAIN = _DATES | cells.NUMBERS | {XSD + "string", XSD + "boolean"}


def answer(store: Store, result: Result, text: str, view: str = VIEWS[0], root: str = "") -> Record:
    """Return an answer as a page shows it: columns, rows of things and text, and what they rest on.

    Of the views, the one that is asked for is made, if the answer has it; else the table.
    """
    if result.kind == "ask":
        return {"kind": "ask", "yes": bool(result.boolean), "forms": _forms("ask")}
    heads, rows = _columns(result)
    cell = _reader(store, rows)
    references = citing.References(store)
    behind = citing.backing(store, result, text)[: len(rows)]
    marks = [_marks(references, backing) for backing in behind]
    marks += [[]] * (len(rows) - len(marks))
    found = [
        {"cells": [cell(one) for one in row], "marks": mark}
        for row, mark in zip(rows, marks, strict=True)
    ]
    dated = _timeline(found)
    views = {"table": True, "graph": drawing.drawable(store, result), "timeline": bool(dated)}
    shown = view if views.get(view) else VIEWS[0]
    return {
        "kind": result.kind,
        "heads": heads,
        "numeric": [_all(found, i, "number") for i in range(len(heads))],
        "rows": found,
        "truncated": result.truncated or len(result) > len(rows),
        "places": [
            {"number": number, "place": citing.place(store, iri), "source": _source(store, iri)}
            for iri, number in references.numbers.items()
        ],
        "forms": _forms(result.kind),
        "views": [name for name in VIEWS if views[name]],
        "view": shown,
        "dated": dated,
        "drawing": drawing.draw(store, result, text, root) if shown == "graph" else None,
    }


def told(result: Result) -> str:
    r"""Return in words how much of an answer a page shows.

    >>> told(Result("select", tsv=b"?a\n1\n"))
    '1 row.'
    """
    if result.kind == "ask":
        return "Answered."
    what = "triple" if result.kind == "construct" else "row"
    count = _shown(result)
    if result.truncated or len(result) > count:
        return f"The first {count:,} {what}s; a download has all."
    if count == 0:
        return f"0 {what}s. Nothing here says so; that does not make it false."
    return f"{count:,} {what}{'s' if count != 1 else ''}."


def _shown(result: Result) -> int:
    """Return how many rows a page has of an answer: fewer where they are very wide."""
    width = max(len(result.variables) if result.kind == "select" else 3, 1)
    return min(len(result), ROWS, max(CELLS // width, 1))


def _columns(result: Result) -> tuple[list[str], list[list[str]]]:
    if result.kind == "construct":
        triples = result.triples[: _shown(result)]
        rows = [[str(t.subject), str(t.predicate), str(t.object)] for t in triples]
        return ["subject", "predicate", "object"], rows
    return list(result.variables), result.cells[: _shown(result)]


def _forms(kind: str) -> list[str]:
    return [offer.name for offer in forms.OFFERS[kind] if offer.name != "html"]


def _marks(references: citing.References, backing: citing.Backing) -> list[int]:
    for passage in backing.passages:
        references.numbers.setdefault(passage, len(references.numbers) + 1)
    return sorted(references.numbers[passage] for passage in backing.passages)


def _source(store: Store, passage: str) -> str:
    found = store.passages.get(passage)
    return found.source if found else ""


# ---------------------------------------------------------------- cells


def _reader(store: Store, rows: Iterable[list[str]]) -> Callable[[str], Record]:
    """Return what makes a record of a cell; each thing of the answer is looked up once."""
    iris = {iri for row in rows for one in row if (iri := cells.iri(one)) is not None}
    store.read_ahead(nodes=iris)
    things = {iri: _thing(store, iri) for iri in iris}

    def read(cell: str) -> Record:
        if not cell:
            return {"none": True}
        iri = cells.iri(cell)
        return things[iri] if iri is not None else _literal(cell)

    return read


def _thing(store: Store, iri: str) -> Record:
    """Return a thing by its label, with its id, and for a claim what it says and how firmly."""
    claim = store.claims.get(iri)
    term = iri.startswith(KG) and iri in store.vocabulary.terms
    return {
        "iri": iri,
        "id": compress(iri),
        "label": named(iri, store.label),
        "term": term,
        # (An answer may name what nobody says anything about.)
        "here": term or _said(store, iri),
        "says": claim.statement if claim else "",
        "modality": str(claim.modality) if claim else "",
        "denied": bool(claim and claim.polarity == "negated"),
    }


def _said(store: Store, iri: str) -> bool:
    try:
        return store.exists(iri)
    except ValueError:  # no IRI for the engine, though an answer may hold it
        return False


def _literal(cell: str) -> Record:
    literal = cells.literal(cell)
    kind = literal.datatype if literal else ""
    language = literal.language if literal else ""
    text = cells.text(cell)
    return {
        "text": text if len(text) <= TEXT else f"{text[:TEXT]}…",
        "cut": len(text) if len(text) > TEXT else 0,
        "language": language,
        "number": kind in cells.NUMBERS,
        "date": kind in _DATES,
        "datatype": "" if not kind or language or kind in _PLAIN else compress(kind),
    }


def _all(rows: list[Record], column: int, what: str) -> bool:
    """Return whether a column has nothing but numbers, say, and some of them."""
    found = [row["cells"][column] for row in rows if "none" not in row["cells"][column]]
    return bool(found) and all(one.get(what) for one in found)


# ---------------------------------------------------------------- time


def _timeline(rows: list[Record]) -> list[Record]:
    """Return the rows that have a date in order of it, with their place between first and last.

    Of two columns of dates, the second is taken for the end where it is never before the first.
    """
    width = range(len(rows[0]["cells"]) if rows else 0)
    columns = [i for i in width if any(row["cells"][i].get("date") for row in rows)]
    if not columns:
        return []
    dated = [
        {"date": row["cells"][columns[0]]["text"], "row": row, "column": columns[0]}
        for row in rows
        if row["cells"][columns[0]].get("date")
    ]
    for one in dated:
        one["days"] = _days(one["date"])
        one["end"] = None
    if len(columns) == 2:
        _ended(dated, columns[1])
    dated.sort(key=lambda one: (one["days"] or ("",), one["date"]))
    telling.place_in_time(dated, lambda one: one["days"])
    return dated


def _ended(dated: list[Record], column: int) -> None:
    ends: list[tuple[Record, str, tuple[str, str]]] = []
    for one in dated:
        cell = one["row"]["cells"][column]
        days = _days(cell["text"]) if cell.get("date") else None
        if days and one["days"]:
            if days[1] < one["days"][0]:
                return
            ends.append((one, cell["text"], days))
    for one, text, days in ends:
        one["end"], one["days"] = text, (one["days"][0], days[1])


def _days(text: str) -> tuple[str, str] | None:
    """Return the first and the last day that a date may mean; None for one that is none."""
    found: Any = period(text.strip()[:10])
    return found and (max(found.first, FIRST_DAY), min(found.last, LAST_DAY))
