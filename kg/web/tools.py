"""What agents are offered: tools and resources, described apart from the protocol that carries them.

Each tool is an operation of /api, a saved query, SPARQL, or the schema; all of them only
read, and every result cites. Answers are smaller than those of /api: an agent reads all
of what it gets.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyoxigraph as ox

from kg import sparql
from kg.citing import describe_source
from kg.errors import MissingError, RefusedError
from kg.store import ONTOLOGY_GRAPH
from kg.vocab import KG, PREFIXES, RDF, compress
from kg.web import calling, schemas
from kg.web.functions import Found
from kg.web.live import State
from kg.web.openapi import query_params
from kg.web.operations import OPERATIONS
from kg.web.parameters import CURSOR, LIMIT, Param, from_json, wrong
from kg.web.problems import HttpError

#: So many items a result has unless asked, and at most.
ITEMS, MOST_ITEMS = 20, 100
#: A result larger than this is refused: smaller pages are asked for instead.
MOST_CHARACTERS = 200_000
_MOST_SOURCES = 500
_LIMIT = replace(LIMIT, default=ITEMS, most=MOST_ITEMS)
_PAGING = (_LIMIT, CURSOR)
_FROM_THE_API = (
    "search",
    "get_entity",
    "get_claim",
    "neighbors",
    "path",
    "timeline",
    "contested",
)

INSTRUCTIONS = (
    "An evidence-first knowledge graph of states, agreements and motives. Every statement is a "
    "claim of somebody, put more or less firmly, written somewhere. Tell hedged claims (modality "
    "other than asserted, kind other than fact, polarity negated) as what they are, name who holds "
    "them, and give the sources in citations. Where sources disagree, say so. Nothing found means "
    "that nothing is claimed here, not that nothing is so. Begin with search, then get_entity."
)


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: what it takes and gives, and how a state of the data answers it.

    ``unchecked`` ones run a query that nobody has seen, in a worker.
    """

    name: str
    about: str
    takes: dict[str, Any]
    gives: dict[str, Any]
    answer: Callable[[State, Mapping[str, Any]], dict[str, Any]]
    unchecked: bool = False


def _takes(params: tuple[Param, ...], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            **{p.name: {**p.schema(), "description": p.about} for p in params},
            **more,
        },
        "required": [p.name for p in params if p.required],
        "additionalProperties": False,
    }


def _of_api(name: str) -> Tool:
    operation = OPERATIONS[name]
    own = tuple(p for p in operation.params if p.name not in ("limit", "cursor"))
    params = (*own, *_PAGING)
    ours = replace(operation, params=params)

    def answer(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
        return calling.call(state, ours, from_json(params, dict(given)))

    gives = schemas.page(schemas.ITEMS[ours.item], schemas.CITATION, schemas.HEADS.get(name))
    return Tool(name, operation.summary, _takes(params), gives, answer)


# ---------------------------------------------------------------- queries


def _run_saved_query(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    arguments = dict(given)
    name, parameters = arguments.pop("name", None), arguments.pop("parameters", None)
    if name is None:
        raise wrong("name", "it is needed", "gambit://queries lists them, such as motivations-of")
    if not isinstance(name, str) or name not in state.queries:
        import difflib

        near = difflib.get_close_matches(str(name)[:100], state.queries, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "gambit://queries lists them"
        raise wrong("name", f"no saved query is called {str(name)[:100]!r}", hint)
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise wrong("parameters", "it is no object", '{"actor": "DPRK"}')
    saved = state.queries[name]
    own = {param.name for param in saved.params}
    params = tuple(_LIMIT if p == LIMIT else p for p in query_params(saved))
    twice = own & arguments.keys()
    if twice:
        raise wrong(min(twice), "it is a parameter of the query", "put it into parameters")
    return calling.run_query(state, saved, params, from_json(params, {**arguments, **parameters}))


_QUERY = Param("query", "string", "SELECT or ASK; the prefixes of schema are declared", True)


def _sparql_select(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    arguments = dict(given)
    text = arguments.pop("query", None)
    if not isinstance(text, str) or not text.strip():
        raise wrong("query", "it is needed", "SELECT ?claim WHERE { ?claim a kg:Claim } LIMIT 5")
    if len(text.encode("utf-8", "replace")) > sparql.MAX_BYTES:
        raise wrong("query", "it is too long", f"at most {sparql.MAX_BYTES:,} bytes")
    values = from_json((_LIMIT,), arguments)
    # (A server's data has graphs that only the server knows.)
    form = sparql.outline(text, state.graphs if state.pool is not None else frozenset()).form
    if form not in ("select", "ask"):
        raise RefusedError(f"{form.upper()} is not answered here", hint="ask with SELECT or ASK")
    result = state.run(text, limit=values["limit"])
    found = calling.rows(state, result, text, 0, values["limit"])
    answer = calling.written(state, found, 0, "")
    return {**answer, "next": None}


# ---------------------------------------------------------------- the schema


def _schema(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    values = from_json(_SCHEMA_PARAMS, dict(given))
    store, wanted = state.store, values["about"]
    classes: Counter[str] = Counter()
    for quad in store.quads(predicate=ox.NamedNode(RDF + "type")):
        if quad.graph_name != ONTOLOGY_GRAPH and isinstance(quad.object, ox.NamedNode):
            classes[quad.object.value] += 1
    claims = Counter(claim.predicate for claim in store.claims.values())
    items = []
    for iri, term in sorted(store.vocabulary.terms.items()):
        if not iri.startswith(KG) or (wanted and wanted.casefold() not in term.label.casefold()):
            continue
        items.append(
            {
                "id": compress(iri),
                "label": term.label,
                "definition": term.definition,
                "broader": [compress(parent) for parent in term.parents],
                "things": classes[iri],
                "claims_made": claims[iri],
                "edge": term.is_edge,
                "claims": [],
            }
        )
    first = calling.first_of(values["cursor"], state.key, f"schema {wanted}")
    page = items[first : first + values["limit"]]
    head = {"prefixes": dict(PREFIXES), "graphs": sorted(map(compress, state.graphs))}
    return calling.written(state, Found(page, len(items), head), first, f"schema {wanted}")


_SCHEMA_PARAMS = (
    Param("about", "string", "Only terms with this in their label", example="party"),
    *_PAGING,
)
_TERM = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "label": {"type": "string"},
        "definition": {"type": "string"},
        "broader": {"type": "array", "items": {"type": "string"}},
        "things": {"type": "integer", "description": "How many things are in the class"},
        "claims_made": {"type": "integer", "description": "How many claims use the property"},
        "edge": {"type": "boolean", "description": "Whether facts of it stand as edges"},
    },
    "required": ["id", "label", "definition", "broader", "things", "claims_made", "edge"],
}


def _rows() -> dict[str, Any]:
    return schemas.of_query(schemas.ITEMS["Row"], schemas.CITATION)


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        *(_of_api(name) for name in _FROM_THE_API),
        Tool(
            "run_saved_query",
            "Run a question already written, by name; gambit://queries lists them",
            _takes(
                (Param("name", "string", "Such as motivations-of", required=True), *_PAGING),
                parameters={
                    "type": "object",
                    "description": "What the query wants to be given, such as actor",
                },
            ),
            _rows(),
            _run_saved_query,
        ),
        Tool(
            "sparql_select",
            "Run SPARQL over all graphs, read-only, within limits; name the claim in each row and "
            "the row is cited",
            _takes((_QUERY, _LIMIT)),
            _rows(),
            _sparql_select,
            unchecked=True,
        ),
        Tool(
            "schema",
            "The classes and properties that SPARQL can ask for, with definitions and use",
            _takes(_SCHEMA_PARAMS),
            schemas.page(
                _TERM,
                schemas.CITATION,
                {
                    "prefixes": {"type": "object"},
                    "graphs": {"type": "array", "items": {"type": "string"}},
                },
            ),
            _schema,
        ),
    )
}


def call(tool: Tool, state: State, given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a tool's result, as values and as text. It blocks.

    Raises what its function raises, and HttpError for a result that is too large to read.
    """
    found = tool.answer(state, given)
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    if len(text) > MOST_CHARACTERS:
        raise HttpError(
            413, f"the answer has {len(text):,} characters", hint="ask with a smaller limit"
        )
    return found, text


# ---------------------------------------------------------------- resources


@dataclass(frozen=True, slots=True)
class Document:
    """A resource: something to read as a whole."""

    uri: str
    name: str
    about: str
    media_type: str
    read: Callable[[State], str]


def _ontology(state: State) -> str:
    store = state.store
    assert store.vocabulary
    quads = store.engine.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH)
    triples = sorted((quad.triple for quad in quads), key=str)
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()


def _queries(state: State) -> str:
    wanted = ("name", "summary", "description", "tags", "params")
    catalogue = [query.as_dict() for query in state.queries.values()]
    return json.dumps([{n: q[n] for n in wanted} for q in catalogue], ensure_ascii=False)


def _sources(state: State) -> str:
    store = state.store
    read: Counter[str] = Counter(
        source
        for claim in store.claims.values()
        for source in {store.passages[p].source for p in claim.evidence if p in store.passages}
    )
    shown = sorted(store.sources, key=lambda iri: -read[iri])[:_MOST_SOURCES]
    items = [
        {
            "id": compress(iri),
            "reference": describe_source(store, iri),
            "url": store.sources[iri].url,
            "issued": store.sources[iri].issued,
            "reliability": store.sources[iri].reliability,
            "claims": read[iri],
        }
        for iri in shown
    ]
    left_out = len(store.sources) - len(items)
    found = {"total": len(store.sources), "left_out": left_out, "items": items}
    return json.dumps(found, ensure_ascii=False)


DOCUMENTS: Mapping[str, Document] = {
    document.uri: document
    for document in (
        Document("gambit://ontology", "ontology", "The ontology", "text/turtle", _ontology),
        Document(
            "gambit://queries",
            "queries",
            "The saved queries, with what each wants to be given",
            "application/json",
            _queries,
        ),
        Document(
            "gambit://sources",
            "sources",
            f"The documents that claims are read from or that are cited, the {_MOST_SOURCES} with "
            "most claims",
            "application/json",
            _sources,
        ),
    )
}


def missing() -> MissingError:
    """Return the error of a machine without the protocol's library."""
    return MissingError("mcp is not installed", hint="pip install 'gambit-kg[mcp]'")
