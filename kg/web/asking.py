"""Saved queries as forms: what each asks for, its answer as kg.web.showing has it, and to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import sparql
from kg.errors import KgError, UnknownNameError
from kg.results import Result
from kg.saved import SavedQuery
from kg.web import addresses, forms, reading
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.negotiation import choose
from kg.web.problems import status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.showing import ROWS, VIEWS, answer, told
from kg.web.workbench import error_of

#: The endings of files, by form.
ENDINGS = {
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
    view = values["as"][0] if "as" in values and "as" not in declared else VIEWS[0]

    def make(state: State) -> Kept | Page:
        if form is not None:
            return download(state.run_saved(found.name, given), form, found.name)
        return _page(state, found, given, view, addresses.root(serving.settings.base))

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
        lasting=sparql.lasting(found.text),
    )


def download(result: Result, form: str, name: str) -> Kept:
    """Return an answer in a form to take along; HttpError (406) for one that it does not have."""
    offer = choose("", form, forms.OFFERS[result.kind])
    file = f"{name}.{ENDINGS[offer.name]}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Kept(forms.write(result, offer.name), offer.media_type, headers)


def _page(state: State, found: SavedQuery, given: Mapping[str, str], view: str, root: str) -> Page:
    wanting = [p.name for p in found.params if p.default is None and not p.optional]
    asked = bool(given) or not wanting
    here = f"{root}/queries/{found.name}"
    shown: dict[str, Any] = {
        "query": found,
        "given": given,
        "problem": None,
        "answer": None,
        "example": urlencode(found.examples),
        "look": lambda view: f"{here}?{urlencode({**given, 'as': view})}",
        "take": lambda form: f"{here}?{urlencode({**given, 'format': form})}",
        "long": False,
        "endings": ENDINGS,
        "said": "",
        "explore": f"{root}/graph?{urlencode({'query': found.name, **given})}",
    }
    status = 200
    if asked:
        try:
            result = state.run_saved(found.name, given, limit=ROWS)
            shown["answer"] = answer(state.store, result, found.text, view, root)
            shown["said"] = told(result)
        except KgError as error:
            shown["problem"] = error_of(error, f"/queries/{found.name}", given.items())
            status = status_of(error)
    return Page("query.html", shown, found.summary or found.name, status=status)
