"""JSON-LD, flat: one JSON object a node, everything sorted.

Written here and not by rdflib 7.6, whose serializer orders nodes and values by
the hash seed. Values are strings, in expanded form (``@value``, ``@type``) where the
context does not say what they are: a number would lose the form it was written in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kg.errors import RefusedError
from kg.turtle import natural
from kg.vocab import KG, OWL, PREFIXES, RDF, RDFS, XSD, compress

#: Where the context of our own is published.
CONTEXT_URL = "https://w3id.org/gambit/context.jsonld"


class Value(NamedTuple):
    """The object of a triple: an IRI or blank node, or a literal with its datatype."""

    text: str
    is_node: bool = False
    language: str = ""
    datatype: str = ""


class Term(NamedTuple):
    """A short name in a context; ``kind`` says how a bare string under it is read.

    "@id" for an IRI, a datatype's IRI for a literal of that type, else empty.
    """

    name: str
    kind: str = ""


#: Short names by the IRI of the property or class.
Terms = Mapping[str, Term]

# Of other vocabularies: the properties that describe records and name things.
_BORROWED = {
    RDF + "subject": "@id",
    RDF + "predicate": "@id",
    RDF + "object": "",
    RDFS + "seeAlso": "@id",
    OWL + "sameAs": "@id",
    PREFIXES["skos"] + "prefLabel": "",
    PREFIXES["skos"] + "altLabel": "",
    PREFIXES["skos"] + "definition": "",
    PREFIXES["prov"] + "wasAttributedTo": "@id",
    PREFIXES["oa"] + "hasSource": "@id",
    PREFIXES["cito"] + "cites": "@id",
    PREFIXES["dcterms"] + "title": "",
    PREFIXES["dcterms"] + "creator": "@id",
    PREFIXES["dcterms"] + "publisher": "@id",
    PREFIXES["dcterms"] + "issued": XSD + "date",
    PREFIXES["dcterms"] + "language": "",
    PREFIXES["schema"] + "url": XSD + "anyURI",
}


def context(ontology: Iterable[tuple[str, str, str]]) -> bytes:
    """Return the context of our own as a JSON-LD document, from the triples of the ontology.

    Our prefixes; every class and property under its local name, unless that is a prefix;
    and the properties of others that our records use.
    """
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, value in ontology:
        said[subject][predicate].add(value)
    terms = {KG + "Claim": Term("Claim")}
    for iri, values in said.items():
        kinds, ranges = values[RDF + "type"], sorted(values[RDFS + "range"])
        name = iri.removeprefix(KG)
        if name == iri or name in PREFIXES:
            continue
        if OWL + "Class" in kinds:
            terms[iri] = Term(name)
        elif OWL + "ObjectProperty" in kinds:
            terms[iri] = Term(name, "@id")
        elif not kinds.isdisjoint((OWL + "DatatypeProperty", OWL + "AnnotationProperty")):
            typed = len(ranges) == 1 and ranges[0].startswith(XSD) and ranges[0] != XSD + "string"
            terms[iri] = Term(name, ranges[0] if typed else "")
    taken = {term.name for term in terms.values()}
    for iri, kind in _BORROWED.items():
        name = iri[max(iri.rfind("/"), iri.rfind("#")) + 1 :]
        if name not in taken and name not in PREFIXES:
            terms[iri] = Term(name, kind)
    found = {"@version": 1.1, **_definitions(PREFIXES, terms)}
    text = json.dumps({"@context": found}, ensure_ascii=False, indent=1)
    return (text + "\n").encode("utf-8")


def read_terms(document: bytes) -> dict[str, Term]:
    """Return the short names that a context written by ``context`` defines."""
    found = {}
    for name, value in json.loads(document)["@context"].items():
        if isinstance(value, dict):
            found[value["@id"]] = Term(name, value.get("@type", ""))
    return found


def write(
    triples: Iterable[tuple[str, str, Value]], terms: Terms | None = None, link: str = ""
) -> bytes:
    """Return triples as one flat JSON-LD 1.1 document; equal triples, equal bytes.

    Subjects and predicates are IRIs, blank nodes are ``_:name``. ``terms`` are the short
    names to use. The context is in the document, as far as it is used, or is the one
    published under the address ``link``. Raises RefusedError for a link where an IRI of
    the data would be taken for one that begins with a prefix of the context.
    """
    shortening = _Shortening(terms or {})
    nodes: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    every = list(triples)
    shortening.look_out(every)
    if link and shortening.barred:
        raise RefusedError(
            f"an IRI of the data begins like our prefix {min(shortening.barred)}:",
            hint="write the context into the document: --context inline",
        )
    for subject, predicate, found in every:
        of_node = nodes[shortening.curie(subject)]
        if predicate == RDF + "type" and found.is_node:
            of_node["@type"].append(shortening.key(found.text).name)
        else:
            term = shortening.key(predicate)
            of_node[term.name].append(shortening.value(found, term.kind))
    document = {
        "@context": link or _definitions(shortening.prefixes, shortening.used),
        "@graph": [
            {"@id": name, **{key: sorted(found[key], key=_order) for key in sorted(found)}}
            for name, found in sorted(nodes.items(), key=lambda item: natural(item[0]))
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


class _Shortening:
    """Shortens IRIs, and remembers which prefixes and terms that took."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.used: dict[str, Term] = {}
        self.prefixes: dict[str, str] = {}
        #: Prefixes that some IRI of the data has as its scheme: there they are not to be used.
        self.barred: set[str] = set()

    def look_out(self, triples: Iterable[tuple[str, str, Value]]) -> None:
        for subject, predicate, found in triples:
            for iri in (subject, predicate, found.text if found.is_node else found.datatype):
                scheme, _, rest = iri.partition(":")
                if scheme in PREFIXES and not rest.startswith("//"):
                    self.barred.add(scheme)

    def curie(self, iri: str) -> str:
        short = compress(iri)
        prefix = short.partition(":")[0]
        if short == iri or prefix in self.barred:
            return iri
        self.prefixes[prefix] = PREFIXES[prefix]
        return short

    def key(self, iri: str) -> Term:
        """Return what a property or class is called here."""
        term = self.terms.get(iri)
        if term is None:
            return Term(self.curie(iri))
        self.used[iri] = term
        return term

    def value(self, found: Value, kind: str) -> dict[str, str] | str:
        if found.is_node:
            name = self.curie(found.text)
            return name if kind == "@id" else {"@id": name}
        if found.language:
            return {"@language": found.language, "@value": found.text}
        if found.datatype in ("", XSD + "string"):
            return found.text if self.terms and not kind else {"@value": found.text}
        if found.datatype == kind:
            return found.text
        return {"@type": self.curie(found.datatype), "@value": found.text}


def _definitions(prefixes: Mapping[str, str], terms: Terms) -> dict[str, Any]:
    """Return the definitions of a context: prefixes, then terms, each in order of name."""
    found: dict[str, Any] = {prefix: prefixes[prefix] for prefix in sorted(prefixes)}
    for iri, term in sorted(terms.items(), key=lambda item: item[1].name):
        found[term.name] = {"@id": iri, "@type": term.kind} if term.kind else {"@id": iri}
    return found


def _order(value: Any) -> Any:
    return natural(json.dumps(value, sort_keys=True, ensure_ascii=False))
