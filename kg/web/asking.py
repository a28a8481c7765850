"""Saved queries as forms: what each asks for, its answer as a table or on a line of time, and to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import cells, citing
from kg.errors import KgError, UnknownNameError
from kg.results import Result
from kg.saved import SavedQuery
from kg.store import Store
from kg.tables import named
from kg.vocab import XSD
from kg.web import forms, reading, telling
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.negotiation import choose
from kg.web.problems import status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.workbench import error_of

#: A page has so many rows; downloads have all.
ROWS = 500
_ENDINGS = {
    "json": "json", "xml": "xml", "csv": "csv", "tsv": "tsv", "html": "html", "markdown": "md", "table": "txt", "xlsx": "xlsx",
    "parquet": "parquet", "turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld", "rdfxml": "rdf",
}  # fmt: skip


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the saved queries."""

    async def catalogue(request: Request) -> Response:
        return await respond(serving, request, "queries", make=_catalogue)

    async def one(request: Request) -> Response:
        return await _one(serving, request)

    return [Route("/queries", catalogue), Route("/queries/{name}", one)]


def _catalogue(state: State) -> Page:
    by_tag: dict[str, list[SavedQuery]] = {}
    for found in state.queries.values():
        by_tag.setdefault(found.tags[0] if found.tags else "others", []).append(found)
    shown = {"groups": sorted(by_tag.items()), "count": len(state.queries)}
    return Page("queries.html", shown, "Questions")


async def _one(serving: Serving, request: Request) -> Response:
    name = request.path_params["name"]
    with serving.live.now() as state:
        found = (await serving.in_thread(lambda: state.queries)).get(name)
        here = found is not None and state.runs_here(found)
    if found is None:
        raise UnknownNameError(
            f"no saved query is called {name[:100]!r}", hint="/queries lists them"
        )
    declared = frozenset(param.name for param in found.params)
    values = reading.parameters(
        reading.pairs(request.scope["query_string"]), declared | {"format", "as"}
    )
    given = {n: v[0].strip() for n, v in values.items() if n in declared and v[0].strip()}
    form = values["format"][0] if "format" in values and "format" not in declared else None
    view = values["as"][0] if "as" in values and "as" not in declared else "table"

    def make(state: State) -> Kept | Page:
        if form is not None:
            return download(state.run_saved(found.name, given), form, found.name)
        return _page(state, found, given, view)

    return await respond(
        serving,
        request,
        "query",
        name,
        repr(sorted(given.items())),
        view,
        form or "",
        make=make,
        bounded=here,
    )


def download(result: Result, form: str, name: str) -> Kept:
    """Return an answer in a form to take along; HttpError (406) for one that it does not have."""
    offer = choose("", form, forms.OFFERS[result.kind])
    file = f"{name}.{_ENDINGS[offer.name]}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Kept(forms.write(result, offer.name), offer.media_type, headers)


def _page(state: State, found: SavedQuery, given: Mapping[str, str], view: str) -> Page:
    wanting = [p.name for p in found.params if p.default is None and not p.optional]
    asked = bool(given) or not wanting
    shown: dict[str, Any] = {
        "query": found,
        "given": given,
        "view": view if view == "timeline" else "table",
        "problem": None,
        "answer": None,
        "example": urlencode(found.examples),
        "share": urlencode(given),
    }
    status = 200
    if asked:
        try:
            result = state.run_saved(found.name, given, limit=ROWS)
            shown["answer"] = answer(state.store, result, found.text)
        except KgError as error:
            shown["problem"], status = error_of(error), status_of(error)
    return Page("query.html", shown, found.summary or found.name, status=status)


def answer(store: Store, result: Result, text: str) -> dict[str, Any]:
    """Return an answer as a page shows it: columns, rows of things and text, and what they rest on."""
    if result.kind == "ask":
        return {"kind": "ask", "yes": bool(result.boolean), "forms": _forms("ask")}
    if result.kind == "construct":
        heads = ["subject", "predicate", "object"]
        rows = [[str(t.subject), str(t.predicate), str(t.object)] for t in result.triples[:ROWS]]
    else:
        heads, rows = list(result.variables), result.cells[:ROWS]
    references = citing.References(store)
    behind = citing.backing(store, result, text)[: len(rows)]
    marks = [_marks(references, backing) for backing in behind]
    marks += [[]] * (len(rows) - len(marks))
    found = [
        {"cells": [_cell(store, cell) for cell in row], "marks": mark}
        for row, mark in zip(rows, marks, strict=True)
    ]
    places = [
        {"number": number, "place": citing.place(store, iri), "source": _source(store, iri)}
        for iri, number in references.numbers.items()
    ]
    return {
        "kind": result.kind,
        "heads": heads,
        "rows": found,
        "truncated": result.truncated,
        "places": places,
        "forms": _forms(result.kind),
        "dated": _timeline(heads, found),
        "drawable": result.kind == "construct" or _drawable(heads),
    }


def _drawable(heads: list[str]) -> bool:
    return {"source", "target"} <= set(heads) or "claim" in heads


def _forms(kind: str) -> list[str]:
    return [offer.name for offer in forms.OFFERS[kind] if offer.name != "html"]


def _marks(references: citing.References, backing: citing.Backing) -> list[int]:
    for passage in backing.passages:
        references.numbers.setdefault(passage, len(references.numbers) + 1)
    return sorted(references.numbers[passage] for passage in backing.passages)


def _source(store: Store, passage: str) -> str:
    found = store.passages.get(passage)
    return found.source if found else ""


def _cell(store: Store, cell: str) -> dict[str, Any]:
    """Return a cell as a thing with its page, a term of ours, or text."""
    iri = cells.iri(cell) if cell.startswith("<") else None
    if iri is not None:
        return {"iri": iri, "label": named(iri, store.label), "number": False}
    literal = cells.literal(cell)
    return {
        "text": cells.text(cell),
        "language": literal.language if literal else "",
        "number": bool(literal and literal.datatype in cells.NUMBERS),
        "date": bool(literal and literal.datatype == XSD + "date"),
    }


def _timeline(heads: list[str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that have a date in order of it, with its place between first and last."""
    columns = [i for i in range(len(heads)) if any(row["cells"][i].get("date") for row in rows)]
    if not columns:
        return []
    column = columns[0]
    dated = [
        {"date": row["cells"][column]["text"], "row": row, "column": column}
        for row in rows
        if row["cells"][column].get("date")
    ]
    dated.sort(key=lambda one: one["date"])
    telling.place_in_time(dated, lambda one: (one["date"], one["date"]))
    return dated
