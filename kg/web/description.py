"""What the endpoint says of itself: SPARQL 1.1 Service Description.

The terms are those of https://www.w3.org/TR/sparql11-service-description/, the names of
formats those of https://www.w3.org/ns/formats/.
"""

from __future__ import annotations

import html

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from kg.results import Result, ordered
from kg.vocab import RDF, XSD
from kg.web import answers, forms
from kg.web.live import State
from kg.web.negotiation import Offer, choose
from kg.web.serving import Serving

_SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)
_OFFERS = (*forms.RDF, Offer("html", ("text/html",)))


def triples(endpoint: str, state: State, sizes: dict[NamedNode, int]) -> list[Triple]:
    """Return the description of the service at that address over that data."""
    service, dataset = NamedNode(f"{endpoint}#service"), NamedNode(f"{endpoint}#dataset")
    default = NamedNode(f"{endpoint}#default-graph")
    found: set[Triple] = set()

    def say(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> None:
        found.add(Triple(subject, NamedNode(predicate), value))

    def sd(name: str) -> NamedNode:
        return NamedNode(_SD + name)

    say(service, RDF + "type", sd("Service"))
    say(service, _SD + "endpoint", NamedNode(endpoint))
    say(service, _SD + "supportedLanguage", sd("SPARQL11Query"))
    say(service, _SD + "feature", sd("UnionDefaultGraph"))
    for name in _RESULTS:
        say(service, _SD + "resultFormat", NamedNode(_FORMATS + name))
    say(service, _SD + "defaultDataset", dataset)
    say(dataset, RDF + "type", sd("Dataset"))
    say(dataset, _SD + "defaultGraph", default)
    say(default, RDF + "type", sd("Graph"))
    for number, graph in enumerate(sorted(state.graphs), 1):
        named = NamedNode(f"{endpoint}#named-graph-{number}")
        here = NamedNode(f"{endpoint}#graph-{number}")
        say(dataset, _SD + "namedGraph", named)
        say(named, RDF + "type", sd("NamedGraph"))
        say(named, _SD + "name", NamedNode(graph))
        say(named, _SD + "graph", here)
        say(here, RDF + "type", sd("Graph"))
        if NamedNode(graph) in sizes:
            count = Literal(str(sizes[NamedNode(graph)]), datatype=NamedNode(XSD + "integer"))
            say(here, _VOID + "triples", count)
    return ordered(found)


async def respond(serving: Serving, request: Request) -> Response:
    """Answer a GET of the endpoint without a query."""
    wanted = request.query_params.get("format")
    offer = choose(request.headers.get("accept", ""), wanted, _OFFERS)
    endpoint = f"{serving.address(request)}/sparql"
    with serving.live.now() as state:
        tag = answers.tag(state.key, "description", endpoint, offer.name, offer.media_type)
        if answers.unchanged(request, tag):
            return answers.not_modified(tag)

        def make() -> tuple[bytes, str]:
            if offer.name == "html":
                return _page(endpoint, sorted(state.graphs)), offer.media_type
            said = triples(endpoint, state, state.store.sizes())
            return forms.write(
                Result("construct", triples=tuple(said)), offer.name
            ), offer.media_type

        kept = await serving.remembered(tag, make)
        return answers.whole(request, kept, tag, key=state.key)


def _page(endpoint: str, graphs: list[str]) -> bytes:
    listed = "".join(f"<li><code>{html.escape(graph)}</code></li>" for graph in graphs)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>SPARQL endpoint</title>'
        "<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;"
        "max-width:60rem;margin:2rem auto;padding:0 1rem}textarea{width:100%;box-sizing:"
        "border-box;font:0.9rem/1.4 ui-monospace,monospace}</style><main>"
        f"<h1>SPARQL endpoint</h1><p><code>{html.escape(endpoint)}</code></p>"
        '<form><label for="query">Query</label><textarea id="query" name="query" rows="12" '
        'spellcheck="false">SELECT * WHERE { ?s ?p ?o } LIMIT 20</textarea>'
        "<p><button>Ask</button></p></form>"
        f"<h2>Graphs</h2><ul>{listed}</ul></main></html>\n"
    ).encode()
