"""SPARQL: run a query, ad hoc or saved, with parameters and limits.

``kg.sparql`` reads every query before the engine does: pyoxigraph fetches
``SERVICE`` without asking, and its parser overflows the stack on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from kg import files, results, sparql
from kg.errors import DataError, QueryError, UsageError
from kg.results import Result
from kg.saved import Param, SavedQuery
from kg.store import Store
from kg.vocab import PREFIXES, XSD, expand


def run(
    store: Store,
    text: str,
    *,
    bindings: Mapping[str, NamedNode | Literal] | None = None,
    limit: int | None = None,
    path: Path | None = None,
    trusted: bool = False,
) -> Result:
    """Run a query over all graphs and return its result, at most ``limit`` rows.

    Every known prefix is declared. Bindings enter as terms (``sparql.bind``). Raises
    RefusedError and QueryError (see ``sparql.outline``), with line and column, and
    UsageError for a binding whose variable the query does not have.
    A ``trusted`` query is one of ours, checked by the tests and not on every run.
    """
    bindings = bindings or {}
    bound = text
    try:
        if not trusted:
            outline = sparql.outline(text)
            for name in bindings:
                if name not in outline.variables:
                    raise UsageError(
                        f"the query has no variable ?{name}", hint=_near(name, outline.variables)
                    )
        bound = sparql.bind(text, bindings)
        if store.working_copy is not None:
            return store.working_copy.query(bound, limit)
        answer = store.engine.query(bound, prefixes=PREFIXES, use_default_graph_as_union=True)
    except SyntaxError as error:
        failure = _syntax_error(text, bound, error)
        failure.path = path
        raise failure from error
    except DataError as error:
        error.path = path
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(
            f"the engine refuses it: {error}", path=path, hint="simplify it"
        ) from error
    try:
        return results.read(answer, limit)
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the engine gave up: {error}", path=path, hint="simplify it") from error


def _syntax_error(text: str, bound: str, error: SyntaxError) -> QueryError:
    if bound != text:
        try:  # the places in an error have to be those of the text that was written
            ox.Store().query(text, prefixes=PREFIXES)
        except SyntaxError as unbound:
            return sparql.engine_error(text, unbound)
        return QueryError(
            "a value stands where the query cannot have one of its kind",
            hint="a text cannot be a property: give an id, as kg search prints it",
        )
    return sparql.engine_error(text, error)


def _near(name: str, known: frozenset[str] | set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        return f"did you mean {near[0]}?"
    return "known: " + ", ".join(sorted(known)) if known else "it has none"


def run_saved(
    store: Store,
    query: SavedQuery,
    given: Mapping[str, str],
    *,
    resolve: Callable[[str], str],
    limit: int | None = None,
) -> Result:
    """Run a saved query with parameters given as text.

    ``resolve`` turns a name into an IRI. Raises UsageError for a parameter that is
    unknown, missing or not of its type, and what ``run`` and ``resolve`` raise.
    """
    declared = {param.name: param for param in query.params}
    shipped = query.path is not None and query.path.parent == files.queries_dir()
    if not declared and not shipped:
        # Plain SPARQL: every variable may be given, as a node if it names one.
        try:
            declared = {name: Param(name, "any") for name in sparql.outline(query.text).variables}
        except DataError as error:
            error.path = query.path
            raise
        wanted = [declared[name] for name in given if name in declared]
    else:
        wanted = list(query.params)
    for name in given:
        if name not in declared:
            raise UsageError(
                f"{query.name} has no parameter {name}", hint=_near(name, frozenset(declared))
            )
    bindings: dict[str, NamedNode | Literal] = {}
    for param in wanted:
        value = given.get(param.name, param.default)
        if value is None and param.optional:
            continue
        if value is None:
            raise UsageError(
                f"{query.name} needs the parameter {param.name}: {param.help}",
                hint=f"kg query {query.name} -p {param.name}=…",
            )
        bindings[param.name] = _term(param, value, resolve)
    return run(store, query.text, bindings=bindings, limit=limit, path=query.path, trusted=shipped)


def _term(param: Param, value: str, resolve: Callable[[str], str]) -> NamedNode | Literal:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{param.name}: the value is not UTF-8", hint="type it again") from None
    match param.type:
        case "iri":
            return NamedNode(resolve(value))
        case "any":
            iri = expand(value)
            try:
                return NamedNode(iri) if iri else Literal(value)
            except ValueError:  # starts like an IRI and is none
                return Literal(value)
        case "date":
            import datetime

            try:
                # fromisoformat alone would take 20241112 and 2024-W46 as well.
                if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                    raise ValueError
                datetime.date.fromisoformat(value)
            except ValueError:
                raise UsageError(
                    f"{param.name}: {value!r} is not a date", hint="write 2024-11-12"
                ) from None
            return Literal(value, datatype=NamedNode(XSD + "date"))
        case "integer":
            if not re.fullmatch(r"[+-]?[0-9]+", value):
                raise UsageError(f"{param.name}: {value!r} is not a whole number", hint="write 50")
            return Literal(value, datatype=NamedNode(XSD + "integer"))
    return Literal(value)


def claims_in(store: Store, result: Result) -> list[tuple[str, ...]]:
    """Return, for each row or triple, the claims it names."""
    rows: list[results.Row] = [(t.subject, t.predicate, t.object) for t in result.triples]
    return [
        tuple(t.value for t in row if isinstance(t, NamedNode) and t.value in store.claims)
        for row in rows or result.rows
    ]
