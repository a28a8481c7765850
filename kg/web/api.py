"""/api: things, claims, links, paths, dates and the saved queries, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import sparql
from kg.errors import UnknownNameError
from kg.saved import SavedQuery
from kg.web import answers, calling, functions, openapi, reading
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.negotiation import Offer, choose
from kg.web.operations import OPERATIONS, Operation
from kg.web.parameters import Param, from_pairs
from kg.web.rendering import Page, respond
from kg.web.serving import Serving, client

_JSON = Offer("json", ("application/json", "application/vnd.oai.openapi+json"))
_PAGE = Offer("html", ("text/html",))
_TEXT = Offer("text", ("text/plain", "text/markdown"))
_METHODS = ["GET", "HEAD"]
Handler = Callable[[Request], Awaitable[Response]]


def routes(serving: Serving) -> list[Route]:
    """Return the routes of /api, and /llms.txt."""
    found = [
        Route("/api", _page(serving), methods=_METHODS),
        Route("/api/openapi.json", _described(serving, _JSON, _openapi), methods=_METHODS),
        Route("/api/queries", _described(serving, _JSON, _catalogue), methods=_METHODS),
        Route("/llms.txt", _described(serving, _TEXT, _llms), methods=_METHODS),
        Route("/api/queries/{name}", _of_query(serving), methods=_METHODS),
    ]
    for operation in OPERATIONS.values():
        path = operation.path.replace("{id}", "{id:path}")
        found.append(Route(f"/api{path}", _of(serving, operation), methods=_METHODS))
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


# ---------------------------------------------------------------- descriptions


def _described(serving: Serving, offer: Offer, make: Callable[[State, str], bytes]) -> Handler:
    async def handler(request: Request) -> Response:
        reading.parameters(reading.pairs(request.scope["query_string"]), frozenset())
        chosen = choose(request.headers.get("accept", ""), None, (offer,))
        address = serving.address(request)
        with serving.live.now() as state:
            tag = answers.tag(state.key, request.url.path, address, chosen.media_type)
            if answers.unchanged(request, tag):
                return answers.not_modified(tag)
            kept = await serving.remembered(tag, lambda: (make(state, address), chosen.media_type))
            return answers.whole(request, kept, tag)

    return handler


def _openapi(state: State, address: str) -> bytes:
    return _json(openapi.document(address, state.queries))


def _page(serving: Serving) -> Handler:
    async def handler(request: Request) -> Response:
        reading.parameters(reading.pairs(request.scope["query_string"]), frozenset())
        choose(request.headers.get("accept", ""), None, (_PAGE,))

        def make(state: State) -> Page:
            openapi_too = (("/api/openapi.json", _JSON.media_types[1], "OpenAPI"),)
            return Page("api.html", openapi.shown(state.queries), "API", openapi_too)

        return await respond(serving, request, "api", make=make)

    return handler


def _llms(state: State, address: str) -> bytes:
    counts = {"claims": len(state.store.claims), "named things": len(state.store.labels)}
    return openapi.llms(address, state.queries, counts).encode()


def _catalogue(state: State, address: str) -> bytes:
    items = []
    for name, saved in state.queries.items():
        entry = saved.as_dict()
        items.append({**entry, "url": f"{address}/api/queries/{name}"})
    return _json({"data": state.key[:16], "items": items, "total": len(items)})


# ---------------------------------------------------------------- operations


def _of(serving: Serving, operation: Operation) -> Handler:
    async def handler(request: Request) -> Response:
        with serving.live.now() as state:
            sets = serving.live.source.workspace

            def make(values: dict[str, Any]) -> dict[str, Any]:
                return calling.call(state, operation, values, sets)

            if operation.name != "diff":
                return await _answer(serving, request, operation.params, state, make)

            # What the editions hold is in files beside the data that is served.
            async def key(values: dict[str, Any]) -> str:
                return await serving.in_thread(functions.editions_key, sets, values)

            return await _answer(serving, request, operation.params, state, make, beside=key)

    return handler


def _of_query(serving: Serving) -> Handler:
    async def handler(request: Request) -> Response:
        name = request.path_params["name"]
        with serving.live.now() as state:
            saved = state.queries.get(name)
            if saved is None:
                raise UnknownNameError(
                    f"no saved query is called {name[:100]!r}", hint="/api/queries lists them"
                )
            params = openapi.query_params(saved)

            def make(values: dict[str, Any]) -> dict[str, Any]:
                return calling.run_query(state, saved, params, values)

            request.scope["path_params"] = {}
            return await _answer(serving, request, params, state, make, saved=saved)

    return handler


async def _answer(
    serving: Serving,
    request: Request,
    params: Sequence[Param],
    state: State,
    make: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    saved: SavedQuery | None = None,
    beside: Callable[[dict[str, Any]], Awaitable[str]] | None = None,
) -> Response:
    """Answer one call from memory, or now, when it is this client's turn.

    ``beside`` gives the key of what the answer hangs on beside the data that is served.
    """
    offer = choose(request.headers.get("accept", ""), None, (_JSON,))
    pairs = reading.pairs(request.scope["query_string"])
    values = from_pairs(params, pairs, request.path_params)
    asked = json.dumps(values, sort_keys=True)
    content = saved.text if saved else ""
    if beside is not None:
        content = await beside(values)
    key = state.key if beside is None or content else ""
    if saved is not None and not sparql.lasting(saved.text):
        key = ""
    tag = answers.tag(key, request.url.path, asked, content, offer.media_type)
    if answers.unchanged(request, tag):
        return answers.not_modified(tag)
    kept = serving.memory.get(tag) if tag else None
    if kept is None:

        def answer() -> Kept:
            found = make(values)
            headers = {}
            if found["next"]:
                onward = [*(p for p in pairs if p[0] != "cursor"), ("cursor", found["next"])]
                headers["Link"] = f'<?{urlencode(onward)}>; rel="next"'
            return Kept(_json(found), offer.media_type, headers)

        if saved is None or state.runs_here(saved):
            of = client(request)
            kept = await serving.turns.run(of, answer, state=state, request=request)
        else:
            await serving.turns.prepare(state)
            kept = await serving.query(request, answer)
        serving.memory.put(tag, kept)
    else:
        request.scope.setdefault("state", {})["cache"] = "hit"
    # (A shortcut knows of the data that is served, and of nothing beside it.)
    return answers.whole(request, kept, tag, key=key if beside is None else "")
