"""GraphML: the projection, for networkx, Gephi, Cytoscape, yEd and igraph.

By default the edge layer only: a program that draws every edge alike would
otherwise draw a possibility as a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kg.formats.flat import Flat, all_values, column_types, flat, not_xml, xml_escaped
from kg.formats.projected import LOSSES, account
from kg.formats.record import Format, Losses, Outgoing
from kg.projection.attributes import Value

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
_TYPES: Mapping[type, str] = {bool: "boolean", int: "long", str: "string"}
#: Id of the key of an attribute, by what it belongs to and its name.
Keys = Mapping[tuple[str, str], str]


def write_graphml(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return the projection as GraphML.

    Empty attributes are not written. Characters that XML cannot hold become
    U+FFFD.
    """
    graph = flat(out)
    account(out, graph, losses)
    losses.other("character not allowed in XML", not_xml(all_values(graph)))
    return {"": "".join(_document(graph)).encode("utf-8", "replace")}


def _document(graph: Flat) -> Iterator[str]:
    types = {
        **{("edge", n): t for n, t in column_types(line.data for line in graph.lines).items()},
        ("graph", "name"): str,
        **{("node", n): t for n, t in column_types(graph.nodes.values()).items()},
    }
    yield _HEAD
    keys = {}
    # Not the names as ids: nodes and edges both have a "label". Nor d0, d1 as others have
    # it: Gephi takes the edge attribute of the id d7 for the label, since it is so in yEd.
    for number, ((scope, name), kind) in enumerate(sorted(types.items(), key=lambda t: t[0])):
        keys[scope, name] = f"{scope}{number}"
        yield f'  <key id="{scope}{number}" for="{scope}" attr.name="{xml_escaped(name)}" '
        yield f'attr.type="{_TYPES[kind]}" />\n'
    yield f'  <graph edgedefault="directed">\n    <data key="{keys["graph", "name"]}">'
    yield f"{xml_escaped(graph.name)}</data>\n"
    for node, data in graph.nodes.items():
        yield f'    <node id="{xml_escaped(node)}">\n'
        yield from _values("node", data.items(), keys)
        yield "    </node>\n"
    for line in graph.lines:
        ends = f'source="{xml_escaped(line.source)}" target="{xml_escaped(line.target)}"'
        yield f'    <edge {ends} id="{xml_escaped(line.id)}">\n'
        yield from _values("edge", line.data.items(), keys)
        yield "    </edge>\n"
    yield "  </graph>\n</graphml>\n"


def _values(scope: str, values: Iterable[tuple[str, Value]], keys: Keys) -> Iterator[str]:
    for name, value in sorted(values, key=lambda item: item[0]):
        yield f'      <data key="{keys[scope, name]}">{xml_escaped(value)}</data>\n'


FORMAT = Format(
    name="graphml",
    suffix=".graphml",
    media_type="application/graphml+xml",
    description="nodes and edges with the claims behind each edge, for graph programs",
    losses=LOSSES,
    projected=True,
    write=write_graphml,
)
