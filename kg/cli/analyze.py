"""Analyze: measures of the graph that cite, one verb each."""

from __future__ import annotations

import click

from kg.cli.lazy import LazyGroup

#: The analyses, and the module of ``kg.cli`` each is in.
ANALYSES = {
    "path": "paths",
    "neighbors": "paths",
    "ego": "paths",
    "centrality": "measures",
    "brokers": "measures",
    "bridges": "measures",
    "communities": "measures",
    "components": "measures",
    "balance": "signs",
    "timeline": "standing",
    "contested": "standing",
    "corroboration": "standing",
    "single-origin": "standing",
    "unsourced": "standing",
    "hedged-only": "standing",
    "sensitivity": "measures",
    "ach": "hypotheses",
    "compare": "signs",
}


@click.group(cls=LazyGroup, verbs=ANALYSES, noun="analysis")
def analyze() -> None:
    """Work something out on the graph; each row leads to its claims.

    \b
    kg analyze centrality --projection actors
    kg analyze balance --cite
    kg analyze contested --known-by 2024-12-31
    kg analyze sensitivity degree --over source
    """
