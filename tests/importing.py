"""Imports in tests: files into a workspace of their own, and questions to what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from kg import importing, query
from kg.store import Store
from kg.workspace import Workspace


def bring(
    folder: Path, form: str, *paths: Path, **overrides: Any
) -> tuple[Store, importing.Report]:
    """Import files into a new workspace beside nothing else; return its graph and the report."""
    workspace = Workspace.create(folder)
    done = importing.run(workspace, form, paths, overrides=overrides)
    graph = next(folder.glob("graphs/*.ttl"))
    return Store.open(graph), done.report


def text(folder: Path, form: str, *paths: Path, **overrides: Any) -> bytes:
    """The bytes of the graph that files make."""
    workspace = Workspace.create(folder)
    importing.run(workspace, form, paths, overrides=overrides)
    return next(folder.glob("graphs/*.ttl")).read_bytes()


def rows(store: Store, sparql: str) -> list[tuple[str, ...]]:
    """The answer to a SELECT, as texts in rows; IRIs as they are."""
    from kg.vocab import SPARQL_PREFIXES

    found = store.engine.query(SPARQL_PREFIXES + sparql, use_default_graph_as_union=True)
    return sorted(tuple("" if v is None else v.value for v in row) for row in found)  # type: ignore[union-attr]


def ask(store: Store, text: str) -> list[list[str]]:
    """The rows of a query's result: literals as text, things by their label."""
    return [
        [
            "" if t is None else store.label(t.value) if isinstance(t, NamedNode) else t.value
            for t in row
        ]
        for row in query.run(store, text, trusted=True).rows
    ]
