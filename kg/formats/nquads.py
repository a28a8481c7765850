"""N-Quads: every triple on a line of its own with its named graph, sorted."""

from __future__ import annotations

from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_comments, graphs
from kg.turtle import ntriples_term


def write_nquads(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as sorted N-Quads, literals as their files have them."""
    account_comments(out, losses)
    lines = {
        " ".join(map(ntriples_term, triple)) + f" <{name}> .\n"
        for name, graph in graphs(out).items()
        for triple in graph
    }
    return {"": "".join(sorted(lines)).encode("utf-8")}


FORMAT = Format(
    name="nquads",
    suffix=".nq",
    media_type="application/n-quads",
    description="RDF 1.1 N-Quads, sorted lines, each with its named graph",
    losses="comments and prefixes",
    projected=False,
    write=write_nquads,
)
