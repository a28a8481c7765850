"""What the endpoint says of itself: SPARQL 1.1 Service Description.

The terms are those of https://www.w3.org/TR/sparql11-service-description/, the names of
formats those of https://www.w3.org/ns/formats/.
"""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response

from kg.results import Result, ordered
from kg.sandbox import Limits
from kg.vocab import RDF, XSD
from kg.web import forms, rendering
from kg.web.answers import Kept
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

    def make(state: State) -> Kept | rendering.Page:
        # (A server that has the data would count anew for each reader of the page.)
        sizes = state.store.sizes() if state.key or offer.name != "html" else {}
        if offer.name == "html":
            return _page(endpoint, serving.settings.limits, sizes, state.graphs)
        said = triples(endpoint, state, sizes)
        return Kept(
            forms.write(Result("construct", triples=tuple(said)), offer.name), offer.media_type
        )

    return await rendering.respond(
        serving, request, "description", offer.name, offer.media_type, make=make
    )


def _page(
    endpoint: str, limits: Limits, sizes: dict[NamedNode, int], graphs: frozenset[str]
) -> rendering.Page:
    shown = {
        "endpoint": endpoint,
        "limits": limits,
        "graphs": [(graph, sizes.get(NamedNode(graph))) for graph in sorted(graphs)],
        "kinds": [
            ("SELECT", forms.OFFERS["select"]),
            ("ASK", forms.OFFERS["ask"]),
            ("CONSTRUCT, DESCRIBE", forms.OFFERS["construct"]),
        ],
    }
    alternates = tuple(
        (f"/sparql?format={offer.name}", offer.media_type, f"service description, {offer.name}")
        for offer in forms.RDF
    )
    return rendering.Page("endpoint.html", shown, "SPARQL endpoint", alternates)
