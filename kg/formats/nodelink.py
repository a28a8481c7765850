"""Node-link JSON: the projection as networkx, D3 and most JavaScript libraries read it."""

from __future__ import annotations

import json

from kg.formats.flat import drawn, flat
from kg.formats.projected import LOSSES, account
from kg.formats.record import Format, Losses, Outgoing


def write_nodelink(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return the projection as node-link JSON.

    ``networkx.node_link_graph(json.load(file), edges="links")`` reads it back.
    """
    import networkx as nx

    account(out, flat(out, bare=True), losses)
    data = nx.node_link_data(drawn(out).graph, edges="links")
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    # A lone surrogate cannot be UTF-8; nothing that was parsed holds one.
    return {"": text.encode("utf-8", "replace") + b"\n"}


FORMAT = Format(
    name="nodelink",
    suffix=".json",
    media_type="application/json",
    description="nodes and links with the claims behind each link, for networkx and JavaScript",
    losses=LOSSES,
    projected=True,
    write=write_nodelink,
)
