"""Cytoscape JSON: the projection as Cytoscape.js and Cytoscape read it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kg.formats.flat import LISTS, Line, flat, kind_of_line
from kg.formats.projected import LOSSES, account
from kg.formats.record import Format, Losses, Outgoing
from kg.projection.attributes import Value


def write_cytoscape(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return a projection as one ``{"elements": {"nodes": [...], "edges": [...]}}``.

    ``cytoscape(document)`` in the browser and File, Import in the program read it.
    Several ids in one attribute are a list. Classes say what a style needs: the family,
    ``fact`` or ``hedged``, ``negated``, ``contested``.
    """
    graph = flat(out)
    account(out, graph, losses)
    nodes = [
        {
            "data": {"id": node, "name": data.get("label", node), **_plain(data)},
            "classes": str(data.get("family", "")),
        }
        for node, data in graph.nodes.items()
    ]
    edges = [
        {
            "data": {
                **_plain(line.data),
                "id": line.id,
                "source": line.source,
                "target": line.target,
                "name": line.data.get("label", ""),
                "interaction": kind_of_line(line),
            },
            "classes": " ".join(_classes(line)),
        }
        for line in graph.lines
    ]
    document = {
        "format_version": "1.0",
        "generated_by": "gambit-kg",
        "target_cytoscapejs_version": "~3",
        "data": {"name": graph.name, "description": graph.description},
        "elements": {"nodes": nodes, "edges": edges},
    }
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    # A lone surrogate cannot be UTF-8; nothing that was parsed holds one.
    return {"": text.encode("utf-8", "replace") + b"\n"}


def _plain(data: Mapping[str, Value]) -> dict[str, object]:
    return {
        name: str(value).split() if name in LISTS or name.endswith("_claims") else value
        for name, value in data.items()
    }


def _classes(line: Line) -> list[str]:
    data = line.data
    found = [str(data.get("family", "relation")), "hedged" if line.hedged else "fact"]
    if data["polarity"] == "negated":
        found.append("negated")
    if data["contested"]:
        found.append("contested")
    return found


FORMAT = Format(
    name="cytoscape",
    suffix=".cyjs",
    media_type="application/vnd.cytoscape.cyjs+json",
    description="Cytoscape JSON, for Cytoscape.js in a page and for Cytoscape",
    losses=LOSSES,
    projected=True,
    write=write_cytoscape,
)
