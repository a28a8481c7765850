"""A large graph as columns, and the groups that its page opens with.

Above a few thousand nodes a record for each node and edge makes a page slow to
open and large to mail. Here every property is one column: values that repeat stand
once in a table, and the column has their numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

Record = dict[str, Any]

#: Rounds of label propagation; most graphs rest before that.
_ROUNDS = 6
#: One community with more than this share of the nodes says nothing; types do.
_TOO_LARGE = 0.6


def column(values: Iterable[Any]) -> Record:
    """Return a column whose values repeat: each value once, and which one each row has.

    A column with one value for all rows has no rows.

    >>> column(["State", "Event", "State"])
    {'v': ['State', 'Event'], 'i': [0, 1, 0]}
    >>> column(["State", "State"])
    {'v': ['State']}
    """
    number: dict[Hashable, int] = {}
    rows = []
    kept: list[Any] = []
    for value in values:
        key = tuple(value) if isinstance(value, list) else value
        if key not in number:
            number[key] = len(kept)
            kept.append(value)
        rows.append(number[key])
    return {"v": kept, "i": rows} if len(kept) > 1 else {"v": kept}


def text_column(values: Iterable[str]) -> str:
    """Return a column of texts that hardly repeat as one string, a line for each row."""
    return "\n".join(" ".join(value.splitlines()) for value in values)


def pack(nodes: Sequence[Record], edges: Sequence[Record], claims: Mapping[str, Record]) -> Record:
    """Return nodes and edges as columns; the edges' ends are numbers of rows.

    What only few nodes have (further names, descriptions, dates, claims) stands under
    ``more`` by the number of the node. ``claims`` are those that the page has.
    """
    row = {node["id"]: index for index, node in enumerate(nodes)}
    more = {}
    for index, node in enumerate(nodes):
        rest = {
            name: node[name] for name in ("names", "facts", "definition", "dates") if node[name]
        }
        if rest.get("names") == [[node["label"], "en", 1]]:
            del rest["names"]
        if about := [claim for claim in node["claims"] if claim in claims]:
            rest["claims"] = about
        if rest:
            more[str(index)] = rest
    predicates = column(
        (edge["predicate"], edge["label"], edge["inverse"], int(edge["symmetric"]))
        for edge in edges
    )
    return {
        "node": {
            "id": text_column(node["id"] for node in nodes),
            "label": text_column(node["label"] for node in nodes),
            **{
                name: column(node[name] for node in nodes)
                for name in ("type", "family", "mark", "status")
            },
            "x": [node["x"] for node in nodes],
            "y": [node["y"] for node in nodes],
            "more": more,
        },
        "edge": {
            "from": [row[edge["from"]] for edge in edges],
            "to": [row[edge["to"]] for edge in edges],
            "relation": predicates,
            **{
                name: column(edge[name] for edge in edges)
                for name in (
                    "sign",
                    "modality",
                    "kind",
                    "hedge",
                    "origins",
                    "confidence",
                    "credibility",
                    "sources",
                    "when",
                )
            },
            "flags": column(
                edge["denied"] + 2 * edge["direct"] + 4 * edge["contested"] for edge in edges
            ),
            "claims": text_column(" ".join(edge["claims"]) for edge in edges),
        },
    }


def groups(nodes: Sequence[Record], edges: Sequence[Record]) -> Record:
    """Return the parts a large graph is summed up in, largest first, and each node's part.

    Communities by label propagation (Raghavan, Albert and Kumara, 2007), in a fixed
    order so that equal graphs have equal parts. Where one of them holds most of the
    graph, or next to every node stands alone, the parts are the types instead.

    >>> nodes = [{"id": c, "label": c, "type": "State", "degree": 2} for c in "abcdef"]
    >>> pairs = ["ab", "bc", "ca", "de", "ef", "fd"]
    >>> groups(nodes, [{"from": s, "to": t} for s, t in pairs])["of"]
    [0, 0, 0, 1, 1, 1]
    """
    row = {node["id"]: index for index, node in enumerate(nodes)}
    beside: list[list[int]] = [[] for _ in nodes]
    for edge in edges:
        source, target = row[edge["from"]], row[edge["to"]]
        if source != target:
            beside[source].append(target)
            beside[target].append(source)
    label = list(range(len(nodes)))
    for _ in range(_ROUNDS):
        moved = 0
        for index, others in enumerate(beside):
            if not others:
                continue
            count: dict[int, int] = {}
            for other in others:
                count[label[other]] = count.get(label[other], 0) + 1
            most = max(count.values())
            if count.get(label[index]) == most:
                continue
            # Scattered among equals: the smallest would flow over every bridge.
            label[index] = min(
                (key for key, number in count.items() if number == most),
                key=lambda key: (key * 2654435761) & 0xFFFFFFFF,
            )
            moved += 1
        if moved * 100 < len(nodes):
            break
    members: dict[Hashable, list[int]] = {}
    for index, key in enumerate(label):
        members.setdefault(key, []).append(index)
    several = [part for part in members.values() if len(part) > 1]
    by = "community"
    largest = max((len(part) for part in several), default=0)
    if largest > _TOO_LARGE * len(nodes) or len(several) * 2 > len(nodes) or not several:
        by, members = "type", {}
        for index, node in enumerate(nodes):
            members.setdefault(node["type"], []).append(index)
    parts = sorted(members.values(), key=lambda part: (-len(part), part[0]))
    of = [0] * len(nodes)
    for number, part in enumerate(parts):
        for index in part:
            of[index] = number
    # Nodes come with the most connected first, so a part is named after its first one.
    return {"by": by, "of": of, "named": [part[0] for part in parts]}
