"""What is sent to a page that is open, to be merged into the graph it shows.

The records are those of ``kg.view.records``: a line that came later leads to its claims as
one of the first load does.
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.projection import Projection
from kg.store import Store
from kg.view import records
from kg.view.records import Evidence, Record

#: Besides the claims behind the lines, at most so many are sent, and for many new things so
#: many for each.
CLAIMS, EACH = 500, 12


def merged(store: Store, projection: Projection, new: Sequence[str]) -> Record:
    """Return the records of new things and of the lines of a projection.

    The projection has the new things, the lines that come with them, and what stands at the
    other end of these. Every claim behind a line is among the claims; of those about
    the new things, and those that dispute or support others, ``CLAIMS`` are; a thing's
    ``said`` is how many claims are about it in all.
    """
    graph, evidence = projection.graph, store.made(Evidence)
    lines = records.edges(store, projection)
    about = {node: records.claims_about(store, node) for node in new}
    drawn = {claim for line in lines for claim in line["claims"] if claim in evidence.claims}
    behind = list(dict.fromkeys(claim for line in lines for claim in line["claims"]))
    # Taken in turns, so that one thing of which much is said does not take all the room.
    others = dict.fromkeys(evidence.linked(behind))
    others.update(dict.fromkeys(_in_turns(list(about.values()))))
    wanted = [claim for claim in others if claim in evidence.claims and claim not in drawn]
    kept = [claim for claim in behind if claim in drawn] + wanted[: max(CLAIMS, EACH * len(new))]
    claims = evidence.told(kept, drawn, {})
    nodes = []
    for node in new:
        told = [claim for claim in about[node] if claim in claims]
        record = records.node_record(
            store, node, graph.nodes[node], graph.degree(node), about[node], described=True
        )
        nodes.append({**record, "claims": told, "said": len(about[node])})
    return {
        "nodes": nodes,
        "edges": lines,
        "claims": claims,
        **evidence.named(nodes, lines, claims, new, sources={}),
    }


def _in_turns(lists: list[list[str]]) -> list[str]:
    """Return the first of each list, then the second of each, and so on.

    >>> _in_turns([["a", "b"], ["c"], ["d", "e"]])
    ['a', 'c', 'd', 'b', 'e']
    """
    longest = max(map(len, lists), default=0)
    return [one[at] for at in range(longest) for one in lists if at < len(one)]
