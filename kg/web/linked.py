"""Linked data: names that lead to documents, documents in several forms, the ontology, VoID and DCAT.

A name (/id/...) answers 303 to the document about it (/doc/...), as a thing is no document.
A node that another one stands for leads to that one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import dossier, files
from kg.errors import UnknownNameError
from kg.results import Result, ordered, write
from kg.store import ONTOLOGY_GRAPH, Store
from kg.vocab import DCTERMS, ID, KG, OWL, PREFIXES, RDF, RDFS, SKOS, XSD, compress, expand
from kg.web import addresses, overview, reading, telling, thing_rdf
from kg.web.addresses import FORMS, RDF_FORMS, Named, document, with_form
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.negotiation import choose
from kg.web.problems import HttpError
from kg.web.rendering import Link, Page, respond
from kg.web.serving import Serving
from kg.web.telling import Part

FOAF = PREFIXES["foaf"]
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
_KNOWN = frozenset({"format", "iri", "all", "group", "after"})
_GROUPS = frozenset(key for key, _ in dossier.GROUPS)


def routes(serving: Serving) -> list[Route]:
    """Return the routes of names, documents, the ontology and the description of the data."""

    async def name(request: Request) -> Response:
        return await _name(serving, request)

    async def doc(request: Request) -> Response:
        return await _document(serving, request)

    async def ontology(request: Request) -> Response:
        return await _ontology(serving, request)

    async def void(request: Request) -> Response:
        return await described(serving, request)

    return [
        Route("/id", name),
        Route("/id/{kind}/{slug:path}", name),
        Route("/doc", doc),
        Route("/doc/{kind}/{slug:path}", doc),
        Route("/ontology", ontology),
        Route("/ontology.{form}", ontology),
        Route("/.well-known/void", void),
    ]


def _asked(request: Request, store: Store) -> tuple[Named, dict[str, list[str]]]:
    """Return what a request names, and its parameters."""
    values = reading.parameters(reading.pairs(request.scope["query_string"]), _KNOWN)
    if "kind" in request.path_params:
        found = addresses.named(
            request.path_params["kind"], request.path_params["slug"], store.exists
        )
    elif "iri" in values:
        found = Named(addresses.given(values["iri"][0]))
    else:
        raise UnknownNameError("which thing is meant?", hint="/doc?iri=wd:Q423")
    form = values["format"][0] if "format" in values else found.form
    return Named(found.iri, form), values


def _known(store: Store, iri: str) -> str:
    """Return the node that stands for a name; raises UnknownNameError where nothing is said."""
    if not store.exists(iri):
        raise UnknownNameError(
            f"nothing is said about {compress(iri)[:200]}", hint="/search finds names"
        )
    return store.standing(iri)


async def _name(serving: Serving, request: Request) -> Response:
    with serving.live.now() as state:
        store = state.store
        (iri, form), _ = await serving.in_thread(_asked, request, store)
        node = await serving.in_thread(_known, store, iri)
    return _see_other(serving, request, node, form)


def _see_other(serving: Serving, request: Request, iri: str, form: str | None) -> Response:
    path = document(iri)
    if form is not None and "#" not in path:
        path = with_form(path, choose("", form, FORMS).name)
    place = f"{serving.address(request)}{path}"
    headers = {"Location": place, "Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(f"{place}\n", 303, headers, "text/plain; charset=utf-8")


async def _document(serving: Serving, request: Request) -> Response:
    with serving.live.now() as state:
        store = state.store
        (iri, form), values = await serving.in_thread(_asked, request, store)
        node = await serving.in_thread(_known, store, iri)
    if node != iri or node.startswith(KG):
        return _see_other(serving, request, node, form)
    offer = choose(request.headers.get("accept", ""), form, FORMS)
    part = _part(values, whole=offer.name == "json")
    address = serving.address(request)

    def make(state: State) -> Kept | Page:
        if offer.name == "html":
            return page_of(state.store, node, part)
        headers = {"Link": f'<{address}{document(node)}>; rel="canonical"'}
        if offer.name == "json":
            return Kept(as_json(record(state.store, node, part)), offer.media_type, headers)
        after = expand(part.after) or part.after
        made = thing_rdf.made(state.store, node, address, offer.name, after)
        if made.link:
            headers["Link"] += f", {made.link}"
        return Kept(thing_rdf.written(made.triples, offer.name), offer.media_type, headers)

    return await respond(
        serving, request, "doc", node, offer.name, offer.media_type, repr(part), make=make
    )


def _part(values: Mapping[str, list[str]], *, whole: bool) -> Part:
    """Return which part of a long document is asked for; HttpError (400) for a group there is not."""
    group, after = (next(iter(values.get(name, ())), "") for name in ("group", "after"))
    if group and group not in _GROUPS:
        raise HttpError(
            400,
            f"there is no group {group[:50]!r}",
            hint=", ".join(sorted(_GROUPS)),
            parameter="group",
        )
    return Part(group, after, whole or "all" in values)


def as_json(found: object) -> bytes:
    """Return a record as JSON."""
    text = json.dumps(found, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "replace")


def record(store: Store, iri: str, part: Part) -> telling.Record:
    """Return what is told of a thing, by what it is: a claim, a document, or anything else."""
    if iri in store.claims:
        return {"kind_of_page": "claim", **telling.chain(store, iri)}
    if iri in store.sources:
        return {"kind_of_page": "source", **telling.source(store, iri, part)}
    return {"kind_of_page": "entity", **telling.entity(store, iri, part)}


def page_of(store: Store, iri: str, part: Part) -> Page:
    """Return the page of a thing, of a claim, or of a document."""
    found = record(store, iri, part)
    kind = found["kind_of_page"]
    title = found["statement"] if kind == "claim" else found["label"]
    return Page(
        f"{kind}.html",
        {"one": found, "part": part, "most": telling.WHOLE},
        title,
        alternates(document(iri)),
    )


def alternates(path: str) -> tuple[Link, ...]:
    """Return the other forms of a document, for its links."""
    return tuple(
        (with_form(path, offer.name), offer.media_type, offer.name)
        for offer in FORMS
        if offer.name != "html"
    )


def _triples(quads: Iterable[ox.Quad]) -> Iterable[Triple]:
    return (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)


# ---------------------------------------------------------------- the ontology


async def _ontology(serving: Serving, request: Request) -> Response:
    values = reading.parameters(reading.pairs(request.scope["query_string"]), frozenset({"format"}))
    given = request.path_params.get("form") or next(iter(values.get("format", ())), None)
    offers = tuple(offer for offer in FORMS if offer.name != "json")
    offer = choose(request.headers.get("accept", ""), given, offers)

    def make(state: State) -> Kept | Page:
        if offer.name == "html":
            return _ontology_page(state.store)
        if offer.name == "ttl" and serving.live.source.ontology is None:
            return Kept(files.read_bytes(files.ontology_path()), offer.media_type)
        _ = state.store.vocabulary  # of a data set on a server, the ontology is read for it
        engine = state.store.engine
        said = set(_triples(engine.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH)))
        result = Result("construct", triples=tuple(ordered(said)))
        return Kept(write(result, RDF_FORMS[offer.name]), offer.media_type)

    return await respond(serving, request, "ontology", offer.name, offer.media_type, make=make)


_SECTIONS = (
    ("Classes", (RDFS + "Class", OWL + "Class")),
    (
        "Properties",
        (
            OWL + "ObjectProperty",
            OWL + "DatatypeProperty",
            OWL + "AnnotationProperty",
            RDF + "Property",
        ),
    ),
    ("Values", (SKOS + "Concept",)),
    ("Lists of values", (SKOS + "ConceptScheme",)),
)


def _ontology_page(store: Store) -> Page:
    told: set[str] = set()
    sections = []
    for title, classes in _SECTIONS:
        terms = []
        for iri, term in sorted(store.vocabulary.terms.items(), key=lambda item: item[0].lower()):
            if iri in told or not iri.startswith(KG) or not set(store.types(iri)) & set(classes):
                continue
            told.add(iri)
            terms.append(_term(store, iri, term.label, term.definition, term.parents))
        sections.append({"title": title, "anchor": title.lower().replace(" ", "-"), "terms": terms})
    return Page(
        "ontology.html",
        {"sections": sections, "iri": ONTOLOGY_GRAPH.value},
        "Ontology",
        tuple(
            (f"/ontology.{offer.name}", offer.media_type, offer.name)
            for offer in FORMS
            if offer.name in RDF_FORMS
        ),
    )


def _term(
    store: Store, iri: str, label: str, definition: str, parents: tuple[str, ...]
) -> telling.Record:
    def values(predicate: str) -> list[telling.Record]:
        found = store.objects(iri, predicate)
        return [telling.value(store, v if isinstance(v, Literal) else v.value) for v in found]

    return {
        "anchor": iri[len(KG) :],
        "iri": iri,
        "id": compress(iri),
        "label": label,
        "definition": definition,
        "rows": [
            (name, found)
            for name, found in (
                ("Part of", [telling.thing(store, parent) for parent in parents]),
                ("Domain", values(RDFS + "domain")),
                ("Range", values(RDFS + "range")),
                ("In", values(SKOS + "inScheme")),
                ("Sign", values(KG + "sign")),
                ("Example", values(SKOS + "example")),
                ("Close to", values(SKOS + "closeMatch")),
            )
            if found
        ],
    }


# ---------------------------------------------------------------- the description of the data


async def described(serving: Serving, request: Request) -> Response:
    """Answer what is here as VoID and DCAT, in the form of RDF that the client wants."""
    values = reading.parameters(reading.pairs(request.scope["query_string"]), frozenset({"format"}))
    offers = tuple(offer for offer in FORMS if offer.name in RDF_FORMS)
    form = next(iter(values.get("format", ())), None)
    accept = request.headers.get("accept", "")
    offer = choose(accept if form or "html" not in accept else "", form, offers)
    address = serving.address(request)

    def make(state: State) -> Kept:
        said = description(state, address)
        result = Result("construct", triples=tuple(said))
        return Kept(write(result, RDF_FORMS[offer.name]), offer.media_type)

    return await respond(serving, request, "void", offer.name, offer.media_type, make=make)


def description(state: State, address: str) -> list[Triple]:
    """Return the data sets here: VoID for their content and access, DCAT for their editions."""
    store = state.store
    found: set[Triple] = set()
    catalog = f"{address}/.well-known/void#catalog"
    whole = f"{address}/.well-known/void#dataset"

    def say(subject: str, predicate: str, value: str | Literal) -> None:
        term = NamedNode(value) if isinstance(value, str) else value
        found.add(Triple(NamedNode(subject), NamedNode(predicate), term))

    def number(count: int) -> Literal:
        return Literal(str(count), datatype=NamedNode(XSD + "integer"))

    say(f"{address}/.well-known/void", RDF + "type", VOID + "DatasetDescription")
    say(f"{address}/.well-known/void", FOAF + "topic", whole)
    say(catalog, RDF + "type", DCAT + "Catalog")
    say(catalog, DCTERMS + "title", Literal("Gambit: claims and sources", language="en"))
    say(catalog, DCAT + "dataset", whole)
    say(whole, RDF + "type", VOID + "Dataset")
    say(whole, RDF + "type", DCAT + "Dataset")
    say(whole, DCTERMS + "title", Literal("Everything served here", language="en"))
    say(whole, VOID + "sparqlEndpoint", f"{address}/sparql")
    say(whole, VOID + "uriSpace", Literal(ID))
    say(whole, VOID + "vocabulary", ONTOLOGY_GRAPH.value)
    say(whole, FOAF + "homepage", f"{address}/")
    sizes = store.sizes()
    total = sum(size for graph, size in sizes.items() if graph != ONTOLOGY_GRAPH)
    say(whole, VOID + "triples", number(total))
    counts = overview.class_counts(store)
    say(whole, VOID + "entities", number(sum(counts.values())))
    for cls, count in counts.items():
        partition = f"{whole}-{compress(cls).replace(':', '-')}" if ":" in compress(cls) else ""
        if cls.startswith(KG) and partition:
            say(whole, VOID + "classPartition", partition)
            say(partition, VOID + "class", cls)
            say(partition, VOID + "entities", number(count))
    for graph, size in sizes.items():
        part = graph.value
        say(whole, VOID + "subset", part)
        say(catalog, DCAT + "dataset", part)
        say(part, RDF + "type", VOID + "Dataset")
        say(part, RDF + "type", DCAT + "Dataset")
        say(part, DCTERMS + "title", Literal(compress(part)))
        say(part, VOID + "triples", number(size))
        access = f"{address}/.well-known/void#distribution-{_slug(part)}"
        say(part, DCAT + "distribution", access)
        say(access, RDF + "type", DCAT + "Distribution")
        say(access, DCAT + "accessURL", f"{address}/graphs?graph={quote(part, safe='')}")
        say(access, DCAT + "mediaType", "https://www.iana.org/assignments/media-types/text/turtle")
    for iri, edition in overview.editions(store):
        say(catalog, DCAT + "dataset", iri)
        say(iri, DCTERMS + "title", Literal(store.label(iri)))
        say(iri, DCAT + "version", Literal(edition["edition"]))
        if edition["rights"]:
            say(iri, DCTERMS + "rights", Literal(edition["rights"]))
    return ordered(found)


def _slug(iri: str) -> str:
    return compress(iri).replace(":", "-").rsplit("/", 1)[-1]
