"""Gambit: an evidence-first knowledge graph of states, agreements and motives.

>>> import kg
>>> g = kg.open()                                    # doctest: +SKIP
>>> for claim in g.claims(about="North Korea"): ...  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import Graph


def open(*paths: Path | str, ontology: Path | str | None = None) -> Graph:  # noqa: A001  the API's name
    """Open the shipped graph, or Turtle files of your own.

    Raises ``kg.errors.KgError`` kinds for files that cannot be read.
    """
    from kg.graph import Graph
    from kg.store import Store

    return Graph(Store.open(*paths, ontology=ontology))


__all__ = ["__version__", "open"]
