"""Saved queries in tests: what one answers, by our engine and by rdflib's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kg import files, query, saved, sparql
from kg.names import resolve
from kg.results import Result
from kg.store import Store
from kg.vocab import PREFIXES, XSD

if TYPE_CHECKING:
    import rdflib

SAVED = saved.load_queries(files.queries_dir())


def ask(store: Store, name: str, **given: str) -> list[dict[str, str | None]]:
    """The rows of a saved query: CURIEs and texts by variable."""
    return list(answer(store, name, given))


def answer(store: Store, name: str, given: dict[str, str]) -> Result:
    return query.run_saved(store, SAVED[name], given, resolve=lambda text: resolve(store, text))


def column(rows: list[dict[str, str | None]], *names: str) -> list[tuple[str | None, ...]]:
    """Some columns of the rows, in the order of the answer."""
    return [tuple(row[name] for name in names) for row in rows]


def rdflib_rows(
    graph: rdflib.Graph, store: Store, name: str, given: dict[str, str], variables: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """The rows of a saved query as rdflib's own engine gives them, as texts."""
    bindings: dict[str, NamedNode | Literal] = {}
    for param in SAVED[name].params:
        value = given.get(param.name, param.default)
        if value is None:
            assert param.optional
        elif param.type == "iri":
            bindings[param.name] = NamedNode(resolve(store, value))
        elif param.type == "string":
            bindings[param.name] = Literal(value)
        else:
            bindings[param.name] = Literal(value, datatype=NamedNode(XSD + param.type))
    found = graph.query(sparql.bind(SAVED[name].text, bindings), initNs=PREFIXES)
    return [tuple("" if row[v] is None else str(row[v]) for v in variables) for row in found]
