"""Analyze: measures of the graph that cite, one verb each."""

from __future__ import annotations

import click

from kg.cli.lazy import LazyGroup

#: The analyses, and the module of ``kg.cli`` each is in.
ANALYSES = {
    "path": "look",
    "neighbors": "look",
    "centrality": "measures",
    "brokers": "measures",
    "bridges": "measures",
    "communities": "measures",
    "components": "measures",
    "sensitivity": "measures",
}


@click.group(cls=LazyGroup, verbs=ANALYSES, noun="analysis")
def analyze() -> None:
    """Work something out on the graph; each row leads to its claims.

    \b
    kg analyze centrality --projection actors
    kg analyze balance --cite
    kg analyze path DPRK Japan --known-by 2024-11-10
    """
