"""Node-link JSON: the projection as networkx, D3 and most JavaScript libraries read it."""

from __future__ import annotations

import json

from kg.formats.graphml import lost_graphml
from kg.formats.record import Format
from kg.projection import Projection, project
from kg.store import Store


def write_nodelink(store: Store, projection: Projection | None = None) -> bytes:
    """Return a projection (the edge layer unless given another) as node-link JSON.

    ``networkx.node_link_graph(json.load(file), edges="links")`` reads it back.
    """
    import networkx as nx

    data = nx.node_link_data((projection or project(store)).graph, edges="links")
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    # A lone surrogate cannot be UTF-8; nothing that was parsed holds one.
    return text.encode("utf-8", "replace") + b"\n"


def lost_nodelink(store: Store, projection: Projection | None = None) -> dict[str, int]:
    """Return how many claims, names and statements about nodes a node-link file lacks."""
    lost = lost_graphml(store, projection)
    lost.pop("character not allowed in XML", None)
    return lost


FORMAT = Format(
    name="nodelink",
    suffix=".json",
    media_type="application/json",
    description="nodes and links with the claims behind each link, for networkx and JavaScript",
    losses=(
        "hedged claims unless asked for, denials likewise, passages' fingerprints, further names, "
        "statements that describe a node, and everything without an edge"
    ),
    projected=True,
    write=write_nodelink,
    lost=lost_nodelink,
)
