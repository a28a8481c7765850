"""GEXF 1.3: the projection with its times, for Gephi and what else plays a graph back.

An edge is there while its claims say that it held. A side that no claim closes stays
open, and an edge of whose time nothing is known is there always.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from kg import dates
from kg.formats.flat import (
    Flat,
    Line,
    all_values,
    column_types,
    flat,
    kind_of_line,
    not_xml,
    xml_escaped,
)
from kg.formats.projected import LOSSES, account
from kg.formats.record import Format, Losses, Outgoing
from kg.projection.attributes import Value
from kg.vocab import compress

_NAMESPACE = "http://gexf.net/1.3"
# As attributes of the element itself: there a program looks for them.
_OWN = frozenset({"label", "weight"})
_TYPES = {bool: "boolean", int: "integer", str: "string"}

#: The first and the last day of a time, either of them open.
Spell = tuple[str, str]


def write_gexf(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return a projection as one GEXF 1.3 document, dynamic where any edge has a time.

    Characters that XML cannot hold become U+FFFD.
    """
    graph = flat(out)
    account(out, graph, losses)
    spells = {line.id: found for line in graph.lines if (found := _spells(out, line, losses))}
    losses.other("character not allowed in XML", not_xml(all_values(graph)))
    return {"": "".join(_document(graph, spells)).encode("utf-8", "replace")}


def _document(graph: Flat, spells: Mapping[str, list[Spell]]) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<gexf xmlns="{_NAMESPACE}" version="1.3">\n'
    yield f"  <meta>\n    <creator>Gambit</creator>\n    <description>{xml_escaped(graph.description)}"
    yield "</description>\n  </meta>\n"
    time = 'mode="dynamic" timeformat="date" timerepresentation="interval"'
    yield f'  <graph defaultedgetype="directed" idtype="string" {time if spells else _STATIC}>\n'
    yield from _declared("node", graph.nodes.values())
    yield from _declared("edge", (line.data for line in graph.lines))
    yield f'    <nodes count="{len(graph.nodes)}">\n'
    for node, data in graph.nodes.items():
        yield f"      <node{_attribute('id', node)}{_attribute('label', data.get('label', node))}>\n"
        yield from _values(data)
        yield "      </node>\n"
    yield f'    </nodes>\n    <edges count="{len(graph.lines)}">\n'
    for line in graph.lines:
        yield from _edge(line, spells.get(line.id, []))
    yield "    </edges>\n  </graph>\n</gexf>\n"


_STATIC = 'mode="static"'


def _edge(line: Line, spells: list[Spell]) -> Iterable[str]:
    own = {
        "id": line.id,
        "source": line.source,
        "target": line.target,
        "label": line.data.get("label", ""),
        "weight": line.data.get("weight", ""),
        # Gephi makes one of parallel edges that are of one kind.
        "kind": kind_of_line(line),
    }
    if len(spells) == 1:
        own["start"], own["end"] = spells[0]
    yield "      <edge" + "".join(_attribute(k, v) for k, v in own.items() if v != "") + ">\n"
    yield from _values(line.data)
    if len(spells) > 1:
        yield "        <spells>\n"
        for start, end in spells:
            sides = {"start": start, "end": end}
            yield f"          <spell{''.join(_attribute(k, v) for k, v in sides.items() if v)}/>\n"
        yield "        </spells>\n"
    yield "      </edge>\n"


def _declared(scope: str, rows: Iterable[Mapping[str, Value]]) -> Iterable[str]:
    types = column_types(rows)
    yield f'    <attributes class="{scope}" mode="static">\n'
    for name in sorted(types.keys() - _OWN):
        yield f"      <attribute{_attribute('id', name)}{_attribute('title', name)} "
        yield f'type="{_TYPES[types[name]]}"/>\n'
    yield "    </attributes>\n"


def _values(data: Mapping[str, Value]) -> Iterable[str]:
    yield "        <attvalues>\n"
    for name, value in sorted(data.items()):
        if name not in _OWN:
            yield f"          <attvalue{_attribute('for', name)}{_attribute('value', value)}/>\n"
    yield "        </attvalues>\n"


def _attribute(name: str, value: Value) -> str:
    return f' {name}="{xml_escaped(value)}"'


# ---------------------------------------------------------------- times


def _spells(out: Outgoing, line: Line, losses: Losses) -> list[Spell]:
    """Return when an edge held, by its claims together; nothing where it may have always.

    A date that is known to the month or the year counts from its first day or to its last.
    """
    data = line.data
    if "path" in data:  # made of others, and there while all of them are
        spans = [(str(data.get("valid_from", "")), str(data.get("valid_to", "")), "")]
    else:
        spans = [
            (claim.valid_from, claim.valid_to, claim.valid_precision)
            for iri in line.claims
            if (claim := out.store.claims.get(iri)) is not None
            # A document cites another whenever what it says of the world held.
            and compress(claim.predicate) == data["predicate"]
        ]
    found = []
    for valid_from, valid_to, precision in spans:
        first, last = dates.period(valid_from, precision), dates.period(valid_to, precision)
        if (valid_from and first is None) or (valid_to and last is None):
            losses.other("time that is no date")
        if first and last and first.first > last.last:
            losses.other("time that ends before it begins")
            first = last = None
        if first is None and last is None:
            return []
        found.append((first.first if first else "", last.last if last else ""))
    return _together(found)


def _together(spells: Iterable[Spell]) -> list[Spell]:
    """Return the same times with those made one that overlap or follow on each other.

    >>> _together([("2001-01-01", "2001-12-31"), ("2000-01-01", "2000-12-31"), ("2005-01-01", "")])
    [('2000-01-01', '2001-12-31'), ('2005-01-01', '')]
    """
    merged: list[Spell] = []
    for start, end in sorted(spells):
        if merged and (not merged[-1][1] or start <= _day_after(merged[-1][1])):
            last = merged[-1][1]
            merged[-1] = (merged[-1][0], max(last, end) if last and end else "")
        else:
            merged.append((start, end))
    return [] if merged == [("", "")] else merged


def _day_after(day: str) -> str:
    if day == dates.LAST_DAY:
        return day
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()


FORMAT = Format(
    name="gexf",
    suffix=".gexf",
    media_type="application/gexf+xml",
    description="GEXF 1.3 with the times of edges, for Gephi",
    losses=LOSSES,
    projected=True,
    write=write_gexf,
)
