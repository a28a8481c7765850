"""Nodes and edges as two tables, for spreadsheets, Gephi and R."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kg.formats.flat import Flat, flat, kind_of_line, not_xml, xml_text
from kg.formats.projected import LOSSES, account
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.rows import row
from kg.projection.attributes import Value

# Gephi, igraph's data frames and networkx know these names.
_NODES = ("Id", "Label")
_EDGES = (
    "Source", "Target", "Type", "Id", "Label", "Kind", "hedged", "materialised", "claim_kind",
    "modality", "polarity", "predicate", "sign", "contested", "confidence", "credibility",
    "valid_from", "valid_to", "statement", "claim_id", "claims", "holders", "sources", "evidence",
)  # fmt: skip
# Gephi asks for no capitals: its kind of an edge and ours of a claim are two columns.
_RENAMED = {"kind": "claim_kind"}
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return ``nodes.csv`` and ``edges.csv``: UTF-8, a head each, RFC 4180 quoting.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    graph = flat(out)
    account(out, graph, losses)
    written = {
        "nodes.csv": _table(_NODES, _nodes(graph)),
        "edges.csv": _table(_EDGES, _edges(graph)),
    }
    cells = [
        value
        for rows in (_nodes(graph), _edges(graph))
        for data in rows
        for value in data.values()
        if isinstance(value, str)
    ]
    guarded = sum(_harmless(cell) != cell for cell in cells)
    losses.other("apostrophe before what looks like a formula", guarded)
    losses.other("control character replaced", not_xml(cells))
    return written


def _nodes(graph: Flat) -> Iterable[dict[str, Value]]:
    for node, data in graph.nodes.items():
        rest = {name: value for name, value in data.items() if name != "label"}
        yield {"Id": node, "Label": data.get("label", node), **rest}


def _edges(graph: Flat) -> Iterable[dict[str, Value]]:
    for line in graph.lines:
        data = line.data
        own: dict[str, Value] = {
            "Source": line.source,
            "Target": line.target,
            "Type": "Undirected" if data.get("symmetric") else "Directed",
            "Id": line.id,
            "Label": data.get("label", ""),
            "Kind": kind_of_line(line),
        }
        weight = {"Weight": data["weight"]} if "weight" in data else {}
        rest = {_RENAMED.get(n, n): v for n, v in data.items() if n not in ("label", "weight")}
        yield {**own, **weight, **rest}


def _table(first: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> bytes:
    found = list(rows)
    names = dict.fromkeys(first) | dict.fromkeys(sorted({n for data in found for n in data}))
    lines = [row(names)]
    lines += [row(_harmless(_text(data.get(name, ""))) for name in names) for data in found]
    return "".join(lines).encode("utf-8", "replace")


def _text(value: Value) -> str:
    # R ends a text at a NUL, pandas a line at a carriage return.
    return str(value).lower() if isinstance(value, bool) else xml_text(str(value))


def _harmless(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run.

    >>> _harmless("=1+1"), _harmless("-1"), _harmless("a = b")
    ("'=1+1", '-1', 'a = b')
    """
    if not text.startswith(_FORMULA) or (text[0] in "+-" and text[1:].isdecimal()):
        return text
    return "'" + text


FORMAT = Format(
    name="csv",
    suffix="",
    media_type="text/csv",
    description="nodes.csv and edges.csv, for spreadsheets, Gephi and R",
    losses=LOSSES,
    projected=True,
    write=write_csv,
)
