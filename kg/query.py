"""SPARQL: run a query, ad hoc or saved, with parameters and limits.

``kg.sparql`` reads every query before the engine does: pyoxigraph fetches
``SERVICE`` without asking, and its parser overflows the stack on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import files, results, sandbox, sparql
from kg.errors import DataError, LimitError, QueryError, UsageError
from kg.results import Result
from kg.sandbox import DEFAULT, Limits
from kg.saved import Param, SavedQuery
from kg.store import Store
from kg.vocab import PREFIXES, XSD, expand
from kg.worker import Runner, Source, Worker


def run(
    store: Source,
    text: str,
    *,
    bindings: Mapping[str, NamedNode | Literal] | None = None,
    limit: int | None = None,
    path: Path | None = None,
    trusted: bool = False,
    limits: Limits = DEFAULT,
    runner: Runner | None = None,
) -> Result:
    """Run a query over all graphs and return its result, at most ``limit`` rows.

    Every known prefix is declared. Bindings enter as terms (``sparql.bind``). The
    query runs in a process of its own, within ``limits`` (``kg.sandbox.Limits``): that of
    ``runner``, or one for this query alone. ``store`` may also be how to open it, for
    when it is not needed here. A ``trusted`` query is one of ours, checked by the
    tests and not on every run; it runs here and without limits.

    Raises RefusedError and QueryError (see ``sparql.outline``), with line and column,
    LimitError for a query that was stopped, and UsageError for a binding whose
    variable the query does not have.
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
        if isinstance(store, Store) and store.working_copy is not None:
            return store.working_copy.query(bound, limit)
        if trusted:
            return _run_here(store() if callable(store) else store, text, bound, limit)
        if runner is not None:
            return runner.run(text, bound, limit=limit, limits=limits)
        with Worker(store) as one:
            return one.run(text, bound, limit=limit, limits=limits)
    except SyntaxError as error:  # of a query for a server, which parses it here first
        raise sandbox.syntax_error(text, bound, error) from error
    except DataError as error:
        error.path = error.path or path
        raise


def _run_here(store: Store, text: str, bound: str, limit: int | None) -> Result:
    try:
        answer = store.engine.query(bound, prefixes=PREFIXES, use_default_graph_as_union=True)
        return results.read(answer, limit)
    except SyntaxError as error:
        raise sandbox.syntax_error(text, bound, error) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the engine gave up: {error}", hint="simplify it") from error


def _near(name: str, known: frozenset[str] | set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        return f"did you mean {near[0]}?"
    return "known: " + ", ".join(sorted(known)) if known else "it has none"


def run_saved(
    store: Source,
    query: SavedQuery,
    given: Mapping[str, str],
    *,
    resolve: Callable[[str], str],
    limit: int | None = None,
    limits: Limits | None = None,
    runner: Runner | None = None,
) -> Result:
    """Run a saved query with parameters given as text.

    ``resolve`` turns a name into an IRI. One of our own queries runs here and without
    limits, unless ``limits`` are given. Raises what ``bindings`` and ``run`` raise.
    """
    trusted = is_shipped(query) and limits is None
    one = None
    try:
        remote = isinstance(store, Store) and store.working_copy is not None
        if runner is None and not trusted and not remote:
            runner = one = Worker(store)
            if given:
                one.start()  # before a name opens the store here, as a fork costs less
        return run(
            store,
            query.text,
            bindings=bindings(query, given, resolve),
            limit=limit,
            path=query.path,
            trusted=trusted,
            limits=limits or DEFAULT,
            runner=runner,
        )
    finally:
        if one is not None:
            one.close()


def is_shipped(query: SavedQuery) -> bool:
    """Return whether a query is one of ours: tested, and known to end."""
    return query.path is not None and query.path.parent == files.queries_dir()


def check(text: str) -> None:
    """Raise QueryError or RefusedError, with its place, for a query that may not run.

    It runs over no data at all, as nothing else parses exactly what the engine does.
    """
    with suppress(LimitError):  # it parses; how long it takes is not asked
        run(Store.load({}), text, limit=1, limits=Limits(timeout_s=5))


def how(query: SavedQuery, limits: Limits | None) -> str:
    """Return, in a sentence, where and within which limits a query runs."""
    if is_shipped(query) and limits is None:
        return "Runs in this process, without limits: it is one of ours."
    wide = limits or DEFAULT
    return (
        f"Runs in a process of its own: {wide.timeout_s:g} s, {wide.memory_mb:,} MB beyond what the"
        f" store takes, {wide.rows:,} rows, {wide.size_mb:,} MB of answer at most."
    )


def bindings(
    query: SavedQuery, given: Mapping[str, str], resolve: Callable[[str], str]
) -> dict[str, NamedNode | Literal]:
    """Return the terms that parameters given as text stand for.

    Raises UsageError for a parameter that is unknown, missing or not of its type,
    and what ``resolve`` raises.
    """
    declared = {param.name: param for param in query.params}
    if not declared and not is_shipped(query):
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
    found: dict[str, NamedNode | Literal] = {}
    for param in wanted:
        value = given.get(param.name, param.default)
        if value is None and param.optional:
            continue
        if value is None:
            raise UsageError(
                f"{query.name} needs the parameter {param.name}: {param.help}",
                hint=f"kg query {query.name} -p {param.name}=…",
            )
        found[param.name] = _term(param, value, resolve)
    return found


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
