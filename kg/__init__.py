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


def open(  # noqa: A001  the API's name
    *paths: Path | str,
    ontology: Path | str | None = None,
    workspace: Path | str | None = None,
    endpoint: str | None = None,
) -> Graph:
    """Open the shipped graph, Turtle files of your own, a workspace, or a SPARQL server.

    Raises ``kg.errors.KgError`` kinds for files that cannot be read; UsageError when
    more than one place is named.
    """
    from kg.errors import UsageError
    from kg.graph import Graph
    from kg.store import Store

    if sum(map(bool, (paths, workspace, endpoint))) > 1:
        raise UsageError("files, a workspace, a server: more than one is named", hint="name one")
    if endpoint is not None:
        return Graph(Store.remote(endpoint, ontology=ontology))
    if workspace is not None:
        from pathlib import Path

        from kg.workspace import Workspace

        place = Workspace(Path(workspace))
        chosen = Path(ontology) if ontology else None
        return Graph(place.open(ontology=chosen), queries=place.queries)
    return Graph(Store.open(*paths, ontology=ontology))


__all__ = ["__version__", "open"]
