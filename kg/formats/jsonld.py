"""JSON-LD: every triple, as one JSON object a node, with our prefixes as context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import jsonld
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union

if TYPE_CHECKING:
    from rdflib.term import Node


def write_jsonld(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as one flat JSON-LD 1.1 document, nodes and keys sorted."""
    account_union(out, losses)
    return {"": jsonld.write((str(s), str(p), _value(o)) for s, p, o in union(out))}


def _value(term: Node) -> jsonld.Value:
    from rdflib import Literal

    if not isinstance(term, Literal):
        return jsonld.Value(str(term), is_node=True)
    return jsonld.Value(str(term), False, term.language or "", str(term.datatype or ""))


FORMAT = Format(
    name="jsonld",
    suffix=".jsonld",
    media_type="application/ld+json",
    description="JSON-LD 1.1, flat, with our prefixes as context",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_jsonld,
)
