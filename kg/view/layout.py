"""Where the nodes of a drawing stand: the layouts by name, and their memory.

Positions are computed here and not in the browser: a page that opens at rest is
read at once, costs a fraction of the time, and looks the same tomorrow. ``place``
arranges the graph of a projection; ``remembered`` does so once, and keeps what
stands where it stood when the graph grows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import UsageError
from kg.view import arranged, force, memory
from kg.view.arranged import Group, Placed
from kg.view.packing import SPACING, Sizes, positions

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["LAYOUTS", "SPACING", "Group", "Layout", "Placed", "place", "positions", "remembered"]


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to arrange a graph: its name, one sentence for people, and what does it."""

    name: str
    summary: str
    arrange: Callable[[nx.MultiDiGraph[str], Sizes], Placed]


def place(
    graph: nx.MultiDiGraph[str],
    sizes: Sizes,
    *,
    layout: str = "force",
    known: Mapping[str, tuple[float, float]] | None = None,
    centre: str = "",
    method: str = "",
) -> Placed:
    """Arrange the graph of a projection; equal graphs, equal places.

    ``sizes`` gives the width and height to keep free around a node, its label
    included. Nodes in ``known`` stay where they were (layout ``force`` only: the
    others have places that mean something). ``centre`` puts one node in the middle and
    the others in rings around it, by steps. ``method`` draws components of the
    ``force`` layout by another program (``force.METHODS``). Raises UsageError for an
    unknown name, MissingError for a program that is not there.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout {layout!r}", hint=f"one of: {', '.join(LAYOUTS)}")
    if method and method not in force.METHODS:
        raise UsageError(
            f"no layout program {method!r}", hint=f"one of: {', '.join(force.METHODS)}"
        )
    if layout != "force":
        return LAYOUTS[layout].arrange(graph, sizes)
    if centre in graph and not known:
        return arranged.ego(graph, sizes, centre)
    pairs = [(source, target) for source, target in graph.edges()]
    kept = {node: known[node] for node in graph if node in known} if known else {}
    by = force.credit(method or "rustworkx")
    places = positions(graph, pairs, sizes, known=kept, method=method or "rustworkx")
    return Placed(places, "force", by, kept=len(kept))


def remembered(
    graph: nx.MultiDiGraph[str],
    sizes: Sizes,
    *,
    scope: str = "",
    layout: str = "force",
    centre: str = "",
    method: str = "",
    fresh: bool = False,
) -> Placed:
    """Do as ``place``, once for each graph, and keep the map of a graph that grew.

    ``scope`` says whose map it is (``memory.scope``). When at least half of the nodes
    stood in its latest drawing, they stay where they were and new ones join them;
    ``fresh`` draws anew. Only the ``force`` layout of a whole is remembered: the others
    are given by the data.
    """
    if layout != "force" or centre in graph:
        return place(graph, sizes, layout=layout, centre=centre, method=method)
    name = memory.key(graph, graph.edges(), sizes, method)
    found = None if fresh else memory.read(name)
    if found is not None and found.places.keys() == set(graph):
        memory.point(scope, name)
        return Placed(found.places, "force", found.method)
    before = None if fresh else memory.latest(scope)
    known = before.places if before else {}
    if 2 * sum(node in known for node in graph) < len(graph):
        known = {}
    placed = place(graph, sizes, known=known, method=method)
    memory.write(name, memory.Kept(placed.places, placed.method))
    memory.point(scope, name)
    return placed


def _forced(graph: nx.MultiDiGraph[str], sizes: Sizes) -> Placed:
    return place(graph, sizes)


#: Every layout by its name.
LAYOUTS = {
    row.name: row
    for row in (
        Layout("force", "what is joined stands close; each component alone, packed", _forced),
        Layout("bloc", arranged.BLOC, arranged.bloc),
        Layout("rings", arranged.RINGS, arranged.rings),
        Layout("causal", arranged.CAUSAL, arranged.causal),
        Layout("timeline", arranged.TIMELINE, arranged.timeline),
    )
}
