"""GraphML: the projection, for networkx, Gephi, Cytoscape, yEd and igraph.

By default the edge layer only: a program that draws every edge alike would
otherwise draw a possibility as a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from kg.formats.projected import account, drawn
from kg.formats.record import Format, Losses, Outgoing
from kg.projection import Value

if TYPE_CHECKING:
    import networkx as nx

# What XML 1.0 (section 2.2) cannot hold even escaped, and the carriage return,
# which every XML reader turns into a line feed.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_TYPES = {int: "long", str: "string"}  # as networkx 3 names them


def write_graphml(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return the projection as GraphML.

    Empty attributes are not written. Characters that XML cannot hold become
    U+FFFD.
    """
    from networkx.readwrite.graphml import GraphMLWriter

    account(out, losses)
    losses.other("character not allowed in XML", unwritable(drawn(out).graph))
    graph = plain(drawn(out).graph)
    # The writer numbers keys as they come up; these come up in order of name.
    # Named key ids are no way out: nodes and edges both have a "label".
    writer = GraphMLWriter(encoding="utf-8", prettyprint=True)
    for scope, name, kind in sorted(_keys(graph)):
        writer.get_key(name, kind, scope, None)  # type: ignore[no-untyped-call]  # stubs lack it
    writer.xml[:] = reversed(writer.xml)
    writer.add_graph_element(graph)
    made = BytesIO()
    writer.dump(made)
    return {"": made.getvalue().replace(b"\r\n", b"\n") + b"\n"}


def unwritable(graph: nx.MultiDiGraph[str]) -> int:
    """Return how many characters of a graph's attributes XML cannot hold."""
    return sum(
        len(_NOT_XML.findall(value))
        for _, data in _attributes(graph)
        for value in data.values()
        if isinstance(value, str)
    )


def _attributes(graph: nx.MultiDiGraph[str]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield the attributes of every node and edge, with what they belong to."""
    for _, data in graph.nodes(data=True):
        yield "node", data
    for _, _, data in graph.edges(data=True):
        yield "edge", data


def plain(graph: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    """Return a copy that XML can hold, attributes in order of name."""
    copy: nx.MultiDiGraph[str] = type(graph)(name=graph.name)
    for node, data in graph.nodes(data=True):
        copy.add_node(node, **_clean(data))
    for source, target, key, data in graph.edges(keys=True, data=True):
        copy.add_edge(source, target, key, **_clean(data))
    return copy


def _clean(data: dict[str, Value]) -> dict[str, Value]:
    return {
        name: _NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in sorted(data.items())
        if value != ""
    }


def _keys(graph: nx.MultiDiGraph[str]) -> set[tuple[str, str, str]]:
    found = {
        (scope, name, _XML_TYPES[type(value)])
        for scope, data in _attributes(graph)
        for name, value in data.items()
    }
    return found | {("graph", "name", "string")}


FORMAT = Format(
    name="graphml",
    suffix=".graphml",
    media_type="application/graphml+xml",
    description="nodes and edges with the claims behind each edge, for graph programs",
    losses=(
        "hedged claims unless asked for, denials likewise, passages' fingerprints, further names, "
        "statements that describe a node, and everything without an edge"
    ),
    projected=True,
    write=write_graphml,
)
