"""The description of /api: an OpenAPI 3.1 document, what a page for people shows, and /llms.txt.

All three are made from the table of operations and the headers of the saved queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kg import __version__
from kg.saved import SavedQuery
from kg.web import schemas
from kg.web.operations import OPERATIONS, Operation
from kg.web.parameters import PAGING, Param, of_query

_REF = "#/components/schemas/"
_PROBLEMS = {
    "400": "A parameter is missing, unknown or wrong; the problem names it",
    "404": "Nothing of that name, or nothing found; hints say what to try",
    "406": "Only JSON is answered here",
    "410": "The cursor is of data that has changed since",
    "429": "Too many questions of yours at once",
    "503": "Too many questions at once, or a query was stopped at a limit",
}


def query_params(saved: SavedQuery) -> tuple[Param, ...]:
    """Return the parameters of a saved query's operation: its own, and those of paging."""
    own = of_query(saved)
    names = {param.name for param in own}
    return (*own, *(param for param in PAGING if param.name not in names))


def document(address: str, queries: Mapping[str, SavedQuery]) -> dict[str, Any]:
    """Return the OpenAPI document of a server at that address."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS.values():
        paths[f"/api{operation.path}"] = {"get": _operation(operation)}
    paths["/api/queries"] = {"get": _catalogue()}
    for name, saved in queries.items():
        paths[f"/api/queries/{name}"] = {"get": _query(name, saved)}
    pages = {
        _answer(o): schemas.page(_ref(o.item), _ref("Citation"), schemas.HEADS.get(o.name))
        for o in OPERATIONS.values()
    }
    pages["QueryAnswer"] = schemas.of_query(_ref("Row"), _ref("Citation"))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gambit",
            "version": __version__,
            "summary": "Claims on states, agreements and motives, each with its sources",
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": address}],
        "tags": [
            {"name": "graph", "description": "Things, claims and how they hang together"},
            {"name": "queries", "description": "Questions already written"},
        ],
        "paths": paths,
        "components": {
            "schemas": {
                **schemas.ITEMS,
                **pages,
                "Citation": schemas.CITATION,
                "Problem": schemas.PROBLEM,
            },
            "responses": {
                f"Problem{status}": {
                    "description": about,
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                }
                for status, about in _PROBLEMS.items()
            },
        },
    }


_ABOUT = (
    "Read-only. Every answer names the claims it rests on, and `citations` has how firmly each "
    "is put and where it is written. A claim is no fact by itself: `modality`, `kind`, `polarity` "
    "and `in_graph` say what it is. Where sources disagree, all of them are there. Answers come in "
    "pages: `next` is the cursor of the next one, and belongs to one state of the data. Things are "
    "named by CURIE, by any name in any language, or by an ISO 3166 or Wikidata code."
)


def _answer(operation: Operation) -> str:
    """Return the name of the schema of an operation's answers."""
    return "".join(map(str.title, operation.name.split("_"))) + "Answer"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF + name}


def _parameter(param: Param) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": param.name,
        "in": "path" if param.in_path else "query",
        "description": param.about or param.name,
        "required": param.required or param.in_path,
        "schema": param.schema(),
    }
    if param.example and not param.many:
        found["example"] = int(param.example) if param.type == "integer" else param.example
    return found


def _answers(page: str) -> dict[str, Any]:
    return {
        "200": {
            "description": "A page of the answer, with citations",
            "headers": {
                "ETag": {"description": "Of this state of the data", "schema": {"type": "string"}},
                "Link": {"description": "The next page", "schema": {"type": "string"}},
            },
            "content": {"application/json": {"schema": _ref(page)}},
        },
        "304": {"description": "What If-None-Match names is still so"},
        **{status: {"$ref": f"#/components/responses/Problem{status}"} for status in _PROBLEMS},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": ["graph"],
        "parameters": [_parameter(param) for param in operation.params],
        "responses": _answers(_answer(operation)),
    }


def _catalogue() -> dict[str, Any]:
    entry = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "summary": {"type": "string"}},
        "required": ["name", "summary"],
    }
    content = {"type": "object", "properties": {"items": {"type": "array", "items": entry}}}
    return {
        "operationId": "list_queries",
        "summary": "The saved queries, with their parameters",
        "tags": ["queries"],
        "responses": {
            "200": {
                "description": "All of them",
                "content": {"application/json": {"schema": content | {"required": ["items"]}}},
            },
            "406": {"$ref": "#/components/responses/Problem406"},
        },
    }


def _query(name: str, saved: SavedQuery) -> dict[str, Any]:
    return {
        "operationId": f"query_{name}",
        "summary": saved.summary or name,
        "description": saved.description,
        "tags": ["queries"],
        "parameters": [_parameter(param) for param in query_params(saved)],
        "responses": _answers("QueryAnswer"),
    }


# ---------------------------------------------------------------- for people and for agents


def shown(queries: Mapping[str, SavedQuery]) -> dict[str, Any]:
    """Return the operations as a page shows them."""
    return {
        # Every second piece is code.
        "about": _ABOUT.split("`"),
        "operations": [
            _section(name, f"/api{o.path}", o.summary, "", o.params)
            for name, o in OPERATIONS.items()
        ],
        "queries": [
            _section(f"q-{n}", f"/api/queries/{n}", q.summary, q.description, query_params(q))
            for n, q in queries.items()
        ],
    }


def _section(
    anchor: str, path: str, summary: str, description: str, params: Iterable[Param]
) -> dict[str, Any]:
    from urllib.parse import quote, urlencode

    params = tuple(params)
    where, given = path, {}
    for param in params:
        if param.in_path:
            where = where.replace(f"{{{param.name}}}", quote(param.example, safe=":"))
        elif param.example and (param.required or "/queries/" in path):
            given[param.name] = param.example
    missing = any(p.required and not p.example for p in params)
    return {
        "anchor": f"op-{anchor}",
        "path": path,
        "summary": summary.removesuffix("."),
        "description": description,
        "params": params,
        "example": "" if missing else where + (f"?{urlencode(given)}" if given else ""),
    }


def llms(address: str, queries: Mapping[str, SavedQuery], counts: Mapping[str, int]) -> str:
    """Return what an agent should know of this server, as Markdown (llmstxt.org)."""
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    lines = [
        "# Gambit",
        "",
        "> An evidence-first knowledge graph of states, agreements and motives: every statement "
        "is a claim with who holds it, how firmly it is put, and where it is written.",
        "",
        f"Here are {told}. " + _ABOUT,
        "",
        "Cite the claims and places that an answer names. Never tell a hedged claim as a fact.",
        "",
        "## Ask",
        "",
        f"- [OpenAPI document]({address}/api/openapi.json): every operation, typed",
        f"- [SPARQL endpoint]({address}/sparql): read-only; without a query it describes itself",
        *(
            f"- [{o.name}]({address}/api{o.path.replace('{id}', 'ID')}): {o.summary}"
            for o in OPERATIONS.values()
        ),
        "",
        "## Saved queries",
        "",
        *(f"- [{n}]({address}/api/queries/{n}): {_line(q.summary)}" for n, q in queries.items()),
    ]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())
