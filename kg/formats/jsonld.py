"""JSON-LD: every triple, as one JSON object a node, with our prefixes as context.

Written here and not by rdflib 7.6, whose serializer orders nodes and values by
the hash seed. Expanded values (``@value``, ``@type``) keep every literal as it
is; a compacted number would lose the form it was written in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from kg.formats.record import Format, lost_in_union, union
from kg.projection import Projection
from kg.store import Store
from kg.turtle import natural
from kg.vocab import PREFIXES, RDF, compress

if TYPE_CHECKING:
    from rdflib.term import Node


def write_jsonld(store: Store, _projection: Projection | None = None) -> bytes:
    """Return the data graphs as one flat JSON-LD 1.1 document, nodes and keys sorted."""
    used: set[str] = set()

    def curie(iri: str) -> str:
        short = compress(iri)
        if short != iri:
            used.add(short.partition(":")[0])
        return short

    nodes: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, value in union(store):
        of_node = nodes[curie(str(subject))]
        if str(predicate) == RDF + "type":
            of_node["@type"].append(curie(str(value)))
        else:
            of_node[curie(str(predicate))].append(_value(value, curie))
    document = {
        "@context": {prefix: PREFIXES[prefix] for prefix in sorted(used)},
        "@graph": [
            {"@id": name, **{key: sorted(found[key], key=_order) for key in sorted(found)}}
            for name, found in sorted(nodes.items(), key=lambda item: natural(item[0]))
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _value(term: Node, curie: Any) -> dict[str, str]:
    from rdflib import Literal

    if not isinstance(term, Literal):
        return {"@id": curie(str(term))}
    if term.language:
        return {"@language": term.language, "@value": str(term)}
    if term.datatype is None:
        return {"@value": str(term)}
    return {"@type": curie(str(term.datatype)), "@value": str(term)}


def _order(value: Any) -> Any:
    return natural(json.dumps(value, sort_keys=True, ensure_ascii=False))


FORMAT = Format(
    name="jsonld",
    suffix=".jsonld",
    media_type="application/ld+json",
    description="JSON-LD 1.1, flat, with our prefixes as context",
    losses="comments, and which file a triple came from when there are several",
    projected=False,
    write=write_jsonld,
    lost=lost_in_union,
)
