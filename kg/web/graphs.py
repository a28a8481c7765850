"""The SPARQL 1.1 Graph Store HTTP Protocol at /graphs.

Reading goes the way of queries, with their limits, forms and memory. A graph is named by
``?graph=IRI``, by ``?default`` (the union of all, which is only read), or directly by the
last part of its name: /graphs/curated.
"""

from __future__ import annotations

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.errors import UnknownNameError
from kg.vocab import ID, expand
from kg.web import changes, reading, sparql
from kg.web.changing import FORMATS
from kg.web.problems import HttpError
from kg.web.serving import Serving
from kg.web.sparql import Asked

_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]
_KNOWN = frozenset({"default", "graph", "format"})
_UNION = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the protocol."""

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        if request.method in ("GET", "HEAD"):
            return await _read(serving, request)
        return await _write(serving, request)

    return [
        Route("/graphs", endpoint, methods=_METHODS),
        Route("/graphs/{name:path}", endpoint, methods=_METHODS),
    ]


def _chosen(serving: Serving, request: Request) -> tuple[str | None, str | None]:
    """Return the graph that is meant, None for the default one, and the form asked for."""
    values = reading.parameters(reading.pairs(request.scope["query_string"]), _KNOWN)
    form = values["format"][0] if "format" in values else None
    name = request.path_params.get("name", "")
    if sum((bool(name), "default" in values, "graph" in values)) != 1:
        raise HttpError(
            400, "which graph is meant?", hint="?default, ?graph=IRI, or /graphs/curated"
        )
    if "default" in values:
        return None, form
    iri = values["graph"][0] if "graph" in values else f"{ID}graph/{name}"
    if "://" not in iri:
        iri = expand(iri) or iri  # as our pages write it
    try:
        return NamedNode(iri).value, form
    except ValueError:
        raise HttpError(
            400, f"{iri[:200]!r} is no absolute IRI", hint="percent-encode it"
        ) from None


async def _known(serving: Serving) -> frozenset[str]:
    with serving.live.now() as state:
        return await serving.in_thread(lambda: state.graphs)


async def _read(serving: Serving, request: Request) -> Response:
    graph, form = _chosen(serving, request)
    text = _UNION
    if graph is not None:
        if graph not in await _known(serving):
            raise UnknownNameError(
                f"there is no graph {graph[:200]}", hint="/sparql without a query lists them"
            )
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {NamedNode(graph)} {{ ?s ?p ?o }} }}"
    return await sparql.answer(serving, request, Asked(text, form=form))


async def _write(serving: Serving, request: Request) -> Response:
    workspace = changes.allowed(serving, request)
    graph, _ = _chosen(serving, request)
    if graph is None:
        raise HttpError(
            400, "the default graph is the union of the others", hint="name one: ?graph=IRI"
        )
    there = graph in await _known(serving)
    if request.method == "DELETE":
        if not there:
            raise UnknownNameError(
                f"there is no graph {graph[:200]}", hint="it may be gone already"
            )
        await changes.run(serving, request, workspace, ["remove", graph], b"")
        return Response(status_code=204)
    media_type = reading.content_type(request)
    if media_type not in FORMATS:
        raise HttpError(
            415,
            f"{media_type[:100] or 'content without a type'} is not taken",
            hint="one of " + ", ".join(FORMATS),
        )
    content = await reading.body(request, serving.settings, serving.settings.max_upload)
    verb = "replace" if request.method == "PUT" else "add"
    await changes.run(serving, request, workspace, [verb, graph, media_type, graph], content)
    return Response(status_code=204 if there else 201)
