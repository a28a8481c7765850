"""How operations are called: names resolved, pages cut, every answer cited."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from kg import citing, dossier, query, sparql
from kg.errors import AmbiguousNameError, NoError
from kg.results import Result, Term
from kg.saved import SavedQuery
from kg.store import Store
from kg.vocab import compress
from kg.web.functions import Asked, Found
from kg.web.live import State
from kg.web.operations import Operation
from kg.web.parameters import PAGE, Param, wrong
from kg.web.problems import HttpError

# So many claims are cited in one answer.
_MOST_CITATIONS = 1_000
# An error that repeats what was given says so much of it.
_MOST_SAID = 300
# So many rows of a saved query are looked at; pages are cut from them.
_MOST_ROWS = 100_000


# ---------------------------------------------------------------- cursors


def _digest(name: str, values: Mapping[str, Any]) -> str:
    asked = {key: value for key, value in values.items() if key != "cursor"}
    content = json.dumps([name, asked], sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]


def _cursor(key: str, digest: str, first: int) -> str:
    content = json.dumps([key[:16], digest, first]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def first_of(cursor: str | None, key: str, digest: str) -> int:
    """Return where a page begins; HttpError: 410 when the data has changed since."""
    if not cursor:
        return 0
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        of, asked, first = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError):
        raise wrong("cursor", "it is none of ours", "take it from next, as it is") from None
    if not (isinstance(first, int) and not isinstance(first, bool) and 0 <= first < 10**9):
        raise wrong("cursor", "it is none of ours", "take it from next, as it is")
    if asked != digest:
        raise wrong("cursor", "it belongs to another question", "ask all pages with the same words")
    if of != key[:16]:
        raise HttpError(
            410,
            "the data has changed since that page",
            hint="begin again without cursor",
            parameter="cursor",
        )
    return first


# ---------------------------------------------------------------- citations


def citations(
    store: Store, claims: Sequence[str], passages: Iterable[str] = ()
) -> tuple[list[dict[str, Any]], int]:
    """Return what an answer rests on, how firmly it is put and where it is written.

    ``passages`` are places that no claim among them stands at. Also: how many claims are
    left out.
    """
    known = [store.claims[iri] for iri in dict.fromkeys(claims) if iri in store.claims]
    found: list[dict[str, Any]] = [
        {
            "claim": compress(claim.iri),
            "statement": claim.statement or dossier.proposition(store, claim),
            "kind": str(claim.kind),
            "modality": str(claim.modality),
            "polarity": str(claim.polarity),
            "attribution": dossier.attribution(store, claim),
            "places": [_place(store, passage) for passage in claim.evidence],
        }
        for claim in known[:_MOST_CITATIONS]
    ]
    there = {passage for claim in known for passage in claim.evidence}
    others = [iri for iri in dict.fromkeys(passages) if iri not in there]
    if others:
        places = [_place(store, iri) for iri in others[:_MOST_CITATIONS]]
        found.append({"claim": None, "places": places})
    return found, max(len(known) - _MOST_CITATIONS, 0)


def _place(store: Store, iri: str) -> dict[str, str]:
    passage = store.passages.get(iri)
    return {
        "passage": compress(iri),
        "source": compress(passage.source) if passage else "",
        "place": citing.place(store, iri),
    }


# ---------------------------------------------------------------- calling


def call(
    state: State, operation: Operation, values: dict[str, Any], sets: Any = None
) -> dict[str, Any]:
    """Return one page of the answer to an operation, cited. It blocks.

    Raises HttpError for a parameter (400), a cursor of other data (410), and what the
    functions below raise.
    """
    digest = _digest(operation.name, values)
    first = first_of(values.get("cursor"), state.key, digest)
    meant = _resolved(state, operation.params, values)
    asked = Asked(state, meant, first, values["limit"], sets)
    return written(state, operation.run(asked), first, digest)


def written(state: State, found: Found, first: int, digest: str) -> dict[str, Any]:
    """Return a page of an answer as it is sent, with what it rests on."""
    cited, left_out = citations(state.store, found.claims, found.passages)
    end = first + len(found.items)
    return {
        **found.head,
        "data": state.key[:16],
        "items": found.items,
        "total": found.total,
        "next": _cursor(state.key, digest, end) if found.items and end < found.total else None,
        "citations": cited,
        "citations_left_out": left_out,
    }


def _resolved(state: State, params: Sequence[Param], values: Mapping[str, Any]) -> dict[str, Any]:
    meant = dict(values)
    for param in params:
        value = values[param.name]
        if param.type == "name" and value:
            many = [_meant(state, param, one) for one in (value if param.many else [value])]
            meant[param.name] = many if param.many else many[0]
    return meant


def _meant(state: State, param: Param, name: str) -> str:
    """Return the IRI a name stands for; HttpError (404 in a path, else 400) naming the parameter."""
    try:
        return state.resolve(name)
    except NoError as error:
        more: dict[str, Any] = {}
        if isinstance(error, AmbiguousNameError):
            more["candidates"] = list(error.candidates)
        raise HttpError(
            404 if param.in_path else 400,
            f"{param.name}: {error.message}"[:_MOST_SAID],
            # (What the error says is for the command line.)
            hint=(error.hint or "").replace("kg search", "search (/api/entities?q=NAME)") or None,
            parameter=param.name,
            **more,
        ) from None


def run_query(
    state: State, saved: SavedQuery, params: Sequence[Param], values: dict[str, Any]
) -> dict[str, Any]:
    """Return one page of the answer to a saved query, each row with what it rests on. It blocks."""
    digest = _digest(f"query {saved.name}", values)
    first = first_of(values.get("cursor"), state.key, digest)
    declared = {param.name for param in saved.params}
    meant = _resolved(state, [p for p in params if p.name in declared], values)
    given = {n: str(v) for n, v in meant.items() if n in declared and v is not None}
    result = state.run_saved(saved.name, given, limit=_MOST_ROWS)
    # (A parameter of the query's own may be called like one of paging.)
    most = values["limit"] if "limit" not in declared else PAGE
    bound = sparql.bind(saved.text, query.bindings(saved, given, state.resolve))
    found = rows(state, result, bound, first, most)
    head = {"query": saved.name, "summary": saved.summary, "parameters": given, **found.head}
    whole = Found(found.items, found.total, head, found.claims, found.passages)
    return written(state, whole, first, digest)


def rows(state: State, result: Result, text: str, first: int, most: int) -> Found:
    """Return some rows of a query's answer, each with the claims and places it rests on."""
    if result.kind == "ask":
        return Found([], 0, {"boolean": result.boolean})
    part = _part(result, first, most)
    if result.kind == "select":
        variables: tuple[str, ...] = result.variables
        table: Iterable[Sequence[Term | None]] = part.rows
    else:
        variables = ("subject", "predicate", "object")
        table = [(t.subject, t.predicate, t.object) for t in part.triples]
    items: list[dict[str, Any]] = []
    claims: list[str] = []
    passages: list[str] = []
    for cells, backing in zip(table, citing.backing(state.store, part, text), strict=True):
        claims += backing.claims
        passages += backing.passages
        items.append(
            {
                "values": {
                    name: _term(state.store, term)
                    for name, term in zip(variables, cells, strict=True)
                    if term is not None
                },
                "claims": [compress(iri) for iri in backing.claims],
                "passages": [compress(iri) for iri in backing.passages],
                "more": backing.more,
            }
        )
    head = {"columns": list(variables), "truncated": result.truncated}
    return Found(items, len(result), head, tuple(claims), tuple(passages))


def _part(result: Result, first: int, most: int) -> Result:
    if result.kind != "select":
        return Result("construct", triples=result.triples[first : first + most])
    head, *lines = result.tsv.split(b"\n")[:-1]
    part = lines[first : first + most]
    return Result("select", tsv=b"".join(line + b"\n" for line in (head, *part)))


def _term(store: Store, term: Term) -> dict[str, str]:
    match term:
        case NamedNode():
            iri = term.value
            return {"type": "iri", "value": iri, "id": compress(iri), "label": store.label(iri)}
        case Literal():
            found = {"type": "literal", "value": term.value}
            if term.language:
                return {**found, "language": term.language}
            return {**found, "datatype": compress(term.datatype.value)}
        case BlankNode():
            return {"type": "blank", "value": term.value}
    return {"type": "triple", "value": str(term)}
