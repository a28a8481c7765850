"""JSON-LD: every triple, as one JSON object a node, under the short names of our context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import files, jsonld
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union

if TYPE_CHECKING:
    from rdflib.term import Node


def write_jsonld(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as one flat JSON-LD 1.1 document, nodes and keys sorted.

    It carries as much of the context as it uses, so that it can be read without a
    network; the option ``context=url`` names the published one instead.
    """
    account_union(out, losses)
    terms = jsonld.read_terms(files.context_path().read_bytes())
    link = jsonld.CONTEXT_URL if out.options.get("context") == "url" else ""
    triples = ((str(s), str(p), _value(o)) for s, p, o in union(out))
    return {"": jsonld.write(triples, terms, link)}


def _value(term: Node) -> jsonld.Value:
    from rdflib import Literal

    if not isinstance(term, Literal):
        return jsonld.Value(str(term), is_node=True)
    return jsonld.Value(str(term), False, term.language or "", str(term.datatype or ""))


FORMAT = Format(
    name="jsonld",
    suffix=".jsonld",
    media_type="application/ld+json",
    description="JSON-LD 1.1, flat, with our context in the document or by its address",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_jsonld,
    options={"context": ("inline", "url")},
)
