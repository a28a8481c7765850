"""TriG: every triple in the named graph of the file it came from.

The ontology stays in its own file: it has a version of its own and does not
change with the data.
"""

from __future__ import annotations

from kg import turtle
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_comments, graphs


def write_trig(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return one block a data graph, each in canonical order, graphs by name."""
    account_comments(out, losses)
    prefixes: set[str] = set()
    blocks: list[str] = []
    data = graphs(out)
    foreign = {str(predicate) for graph in data.values() for predicate in graph.predicates()}
    for name, graph in data.items():
        # Not split into lines further than the head: a long literal may hold
        # anything, a line that looks like a prefix too.
        body = turtle.canonical(graph, beside=foreign).decode("utf-8")
        while body.startswith("@prefix "):
            line, _, body = body.partition("\n")
            prefixes.add(line)
        blocks.append(f"<{name}> {{\n{body.lstrip()}}}\n")
    head = "".join(line + "\n" for line in sorted(prefixes))
    return {"": "\n".join([head, *blocks]).encode("utf-8")}


FORMAT = Format(
    name="trig",
    suffix=".trig",
    media_type="application/trig",
    description="RDF 1.1 TriG: one named graph a data file, without the ontology",
    losses="comments",
    projected=False,
    write=write_trig,
)
