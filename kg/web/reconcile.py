"""The Reconciliation Service API 0.2 at /reconcile: which of our things somebody's names mean.

Over actors, agreements, places, documents and what was imported, by every name in every
language and by identifier (``kg.linking.reconciliation``). An id is what follows the
identifier space in a thing's IRI: ``actor/dprk``. Browsers may read it from anywhere by
CORS; JSONP, which the API leaves open, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import __version__
from kg.linking.reconciliation import Reconciler
from kg.vocab import ID, KG
from kg.web import answers, reading, reconcile_typing, reconciling
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.problems import HttpError
from kg.web.serving import Serving, client

_WIDTH, _HEIGHT = 420, 260
_JSON = "application/json"
Parameters = Mapping[str, str]


def reconciler(state: State) -> Reconciler:
    """Return what reconciles over a state of the data, made once. It blocks."""
    return state.store.made(Reconciler)


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the service."""

    def route(
        path: str, make: Callable[[Reconciler, str, Parameters], Any], *, post: bool = False
    ) -> Route:
        return Route(
            f"/reconcile{path}",
            _handler(serving, make),
            methods=["GET", "HEAD", *(["POST"] if post else [])],
        )

    return [
        route("", _service, post=True),
        route("/", _service, post=True),
        route("/suggest/entity", reconcile_typing.suggest_entity),
        route("/suggest/type", reconcile_typing.suggest_type),
        route("/suggest/property", reconcile_typing.suggest_property),
        route("/flyout/entity", reconcile_typing.flyout_entity),
        route("/flyout/type", reconcile_typing.flyout_term),
        route("/flyout/property", reconcile_typing.flyout_term),
        route("/properties", reconciling.proposals),
        Route(
            "/reconcile/preview",
            _handler(serving, reconcile_typing.preview),
            methods=["GET", "HEAD"],
        ),
    ]


def _handler(
    serving: Serving, make: Callable[[Reconciler, str, Parameters], Any]
) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        given = await _given(serving, request)
        address = serving.address(request)
        with serving.live.now() as state:

            def answer() -> Kept:
                found = make(reconciler(state), address, given)
                if isinstance(found, str):
                    return Kept(found.encode("utf-8", "replace"), "text/html", _PAGE_FIELDS)
                body = json.dumps(found, ensure_ascii=False, allow_nan=False)
                return Kept(body.encode("utf-8", "replace"), _JSON)

            get = request.method != "POST"
            asked = json.dumps(sorted(given.items()))
            tag = answers.tag(state.key, request.url.path, address, asked) if get else ""
            if answers.unchanged(request, tag):
                return answers.not_modified(tag)
            kept = serving.memory.get(tag) if tag else None
            if kept is None:
                of = client(request)
                kept = await serving.turns.run(of, answer, state=state, request=request)
                serving.memory.put(tag, kept)
            return answers.whole(request, kept, tag, key=state.key if get else "")

    return handler


_PAGE_FIELDS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


async def _given(serving: Serving, request: Request) -> dict[str, str]:
    """Return the parameters of a request; clients send some that mean nothing here."""
    pairs = reading.pairs(request.scope["query_string"])
    if request.method == "POST":
        if reading.content_type(request) != reading.FORM:
            raise HttpError(415, "this is no form", hint=f"send {reading.FORM}")
        content = await reading.body(request, serving.settings, serving.settings.max_query_body)
        pairs += reading.pairs(content)
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in ("callback", "jsonp"):
            raise HttpError(
                400, "JSONP is not answered here", hint="CORS is: read it as JSON", parameter=name
            )
        if name in found:
            raise HttpError(400, f"{name[:50]} is given twice", hint="give it once", parameter=name)
        found[name] = value
    return found


# ---------------------------------------------------------------- the service


def _service(over: Reconciler, address: str, given: Parameters) -> Any:
    if "queries" in given and "extend" in given:
        raise HttpError(400, "queries and extend at once", hint="send one")
    if "queries" in given:
        return reconciling.candidates(over, reconciling.object_of("queries", given["queries"]))
    if "extend" in given:
        return reconciling.extend(over, reconciling.object_of("extend", given["extend"]))
    return manifest(address)


def manifest(address: str) -> dict[str, Any]:
    """Return the service manifest of a server at that address."""

    def suggest(what: str) -> dict[str, str]:
        return {
            "service_url": address,
            "service_path": f"/reconcile/suggest/{what}",
            "flyout_service_url": address,
            "flyout_service_path": f"/reconcile/flyout/{what}?id=${{id}}",
        }

    return {
        "versions": ["0.2"],
        "name": "Gambit",
        "identifierSpace": ID,
        "schemaSpace": KG,
        "serviceVersion": __version__,
        "documentation": f"{address}/api",
        "defaultTypes": [
            {"id": "kg:Actor", "name": "actor"},
            {"id": "kg:Agreement", "name": "agreement"},
            {"id": "kg:SourceDocument", "name": "source document"},
        ],
        "view": {"url": f"{address}/id/{{{{id}}}}"},
        "preview": {
            "url": f"{address}/reconcile/preview?id={{{{id}}}}",
            "width": _WIDTH,
            "height": _HEIGHT,
        },
        "suggest": {what: suggest(what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {
                "service_url": address,
                "service_path": "/reconcile/properties",
            },
            "property_settings": [
                {
                    "name": "limit",
                    "label": "At most so many values (0: all)",
                    "type": "number",
                    "default": 0,
                },
                {
                    "name": "claims",
                    "label": "Which claims give values",
                    "type": "select",
                    "default": "facts",
                    "help_text": "A value that is no fact comes as text, with how it is put.",
                    "choices": [
                        {"value": "facts", "name": "Facts of the graph"},
                        {"value": "all", "name": "Hedged and reported ones, too"},
                    ],
                },
            ],
        },
        "batchSize": reconciling.BATCH,
    }
