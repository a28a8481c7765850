"""JSON-LD, flat: one JSON object a node, our prefixes as context, everything sorted.

Written here and not by rdflib 7.6, whose serializer orders nodes and values by
the hash seed. Expanded values (``@value``, ``@type``) keep every literal as it
is; a compacted number would lose the form it was written in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from kg.turtle import natural
from kg.vocab import PREFIXES, RDF, XSD, compress


class Value(NamedTuple):
    """The object of a triple: an IRI or blank node, or a literal with its datatype."""

    text: str
    is_node: bool = False
    language: str = ""
    datatype: str = ""


def write(triples: Iterable[tuple[str, str, Value]]) -> bytes:
    """Return triples as one flat JSON-LD 1.1 document; equal triples, equal bytes.

    Subjects and predicates are IRIs, blank nodes are ``_:name``.
    """
    used: set[str] = set()

    def curie(iri: str) -> str:
        short = compress(iri)
        if short != iri:
            used.add(short.partition(":")[0])
        return short

    def value(found: Value) -> dict[str, str]:
        if found.is_node:
            return {"@id": curie(found.text)}
        if found.language:
            return {"@language": found.language, "@value": found.text}
        if found.datatype in ("", XSD + "string"):
            return {"@value": found.text}
        return {"@type": curie(found.datatype), "@value": found.text}

    nodes: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, found in triples:
        of_node = nodes[curie(subject)]
        if predicate == RDF + "type" and found.is_node:
            of_node["@type"].append(curie(found.text))
        else:
            of_node[curie(predicate)].append(value(found))
    document = {
        "@context": {prefix: PREFIXES[prefix] for prefix in sorted(used)},
        "@graph": [
            {"@id": name, **{key: sorted(found[key], key=_order) for key in sorted(found)}}
            for name, found in sorted(nodes.items(), key=lambda item: natural(item[0]))
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _order(value: Any) -> Any:
    return natural(json.dumps(value, sort_keys=True, ensure_ascii=False))
