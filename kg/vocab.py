"""Namespaces and CURIEs, and what ``ontology.ttl`` says about its terms.

Signs, edge predicates, families and event codes are annotations in the
ontology; the program reads them from there and keeps no second list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode, Quad

KG = "https://w3id.org/gambit/ontology#"
ID = "https://w3id.org/gambit/id/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
PROV = "http://www.w3.org/ns/prov#"
OA = "http://www.w3.org/ns/oa#"
CITO = "http://purl.org/spar/cito/"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "https://schema.org/"
NP = "http://www.nanopub.org/nschema#"
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"

ONTOLOGY_GRAPH = NamedNode(KG.removesuffix("#"))
#: The graph of the curated file, ``data/triples.ttl``.
CURATED_GRAPH = NamedNode(ID + "graph/curated")
#: Where a server remembers which graphs ``kg push`` put there; no query sees it.
REGISTER_GRAPH = NamedNode(ID + "graph/register")

#: The kinds of thing that have a readable IRI: ``id/KIND/slug``, CURIE ``KIND:slug``.
KINDS = (
    "actor",
    "place",
    "agreement",
    "resolution",
    "regime",
    "provision",
    "obligation",
    "party",
    "event",
    "condition",
    "capability",
    "motivation",
    "benefit",
    "implication",
    "norm",
    "violation",
    "recommendation",
    "quantity",
    "source",
    "citation",
    "passage",
    "claim",
    "disagreement",
    "run",
    "graph",
)

#: Whose keys imported things are named by: ``id/KIND/KEY``, CURIE ``KIND:KEY``.
DATA_KINDS = (
    "atop",
    "blank",
    "cameo",
    "coded",
    "country",
    "cow",
    "ftm",
    "gw",
    "misp",
    "ofac",
    "row",
    "stix",
    "territory",
    "ucdp",
    "uksl",
    "unsc",
    "unvotes",
)

#: Every prefix known without typing it, in queries and in CURIEs.
PREFIXES: dict[str, str] = {
    "kg": KG,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "prov": PROV,
    "oa": OA,
    "cito": CITO,
    "c4o": "http://purl.org/spar/c4o/",
    "dcterms": DCTERMS,
    "schema": SCHEMA,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "sh": "http://www.w3.org/ns/shacl#",
    "vs": "http://www.w3.org/2003/06/sw-vocab-status/ns#",
    "np": NP,
    "void": VOID,
    "dcat": DCAT,
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "pq": "http://www.wikidata.org/prop/qualifier/",
    "pr": "http://www.wikidata.org/prop/reference/",
    "wdref": "http://www.wikidata.org/reference/",
    "wikibase": "http://wikiba.se/ontology#",
    **{kind: f"{ID}{kind}/" for kind in (*KINDS, *DATA_KINDS)},
}

# Every namespace ends at the last slash or hash: a local name has none.
_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_CODED = r"%[0-9A-Fa-f]{2}"
#: A local name as SPARQL and Turtle have it and we write it, a regular expression: ASCII without
#: escapes, in which a percent sign with its two digits is a sign as any other.
LOCAL = rf"(?:[A-Za-z0-9_]|{_CODED})[A-Za-z0-9_.-]*(?:{_CODED}[A-Za-z0-9_.-]*)*(?<!\.)"
_LOCAL = re.compile(LOCAL)


def expand(curie: str) -> str | None:
    """Return the IRI of a CURIE or ``<IRI>``; None when it is neither.

    >>> expand("actor:dprk")
    'https://w3id.org/gambit/id/actor/dprk'
    >>> expand("North Korea") is None
    True
    """
    if curie.startswith("<") and curie.endswith(">"):
        return curie[1:-1]
    if curie.startswith(("http://", "https://", "urn:")):
        return curie
    prefix, colon, local = curie.partition(":")
    if colon and prefix in PREFIXES and _LOCAL.fullmatch(local):
        return PREFIXES[prefix] + local
    return None


def compress(iri: str) -> str:
    """Return the CURIE of an IRI, or the IRI itself when no prefix fits.

    >>> compress("https://w3id.org/gambit/ontology#hasParty")
    'kg:hasParty'
    >>> compress("http://example.org/x")
    'http://example.org/x'
    """
    end = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = _BY_NAMESPACE.get(iri[:end])
    return f"{prefix}:{iri[end:]}" if prefix and _LOCAL.fullmatch(iri, end) else iri


def spoken(iri: str) -> str:
    """Return what an IRI without a label is called: its CURIE, or its own last part made readable.

    >>> spoken("https://w3id.org/gambit/id/actor/ftm-La%20Poste")
    'ftm-La Poste'
    >>> spoken("https://w3id.org/gambit/id/misp/0b50")
    'misp:0b50'
    """
    curie = compress(iri)
    if iri.startswith(ID) and ("%" in curie or curie == iri):
        last = unquote(iri.rstrip("/").rpartition("/")[2])
        return last if last.isprintable() and "\ufffd" not in last else curie
    return curie


def kg(local: str) -> NamedNode:
    """Return the ontology term of that local name."""
    return NamedNode(KG + local)


#: The prologue that makes every known prefix usable in a query.
SPARQL_PREFIXES = "".join(f"PREFIX {p}: <{ns}> " for p, ns in PREFIXES.items())


class Term(NamedTuple):
    """One class, property or concept of the ontology."""

    iri: str
    label: str
    definition: str
    parents: tuple[str, ...] = ()
    is_edge: bool = False
    sign: int | None = None
    symmetric: bool = False
    functional: bool = False
    family: str = ""
    mark: str = ""
    inverse_phrase: str = ""
    cameo: tuple[str, ...] = ()
    plover: str = ""
    notation: str = ""
    scheme: str = ""
    effect: int | None = None


class Vocabulary:
    """The ontology as the program uses it, read once from its triples."""

    def __init__(self, terms: dict[str, Term]) -> None:
        self.terms = terms

    @classmethod
    def read(cls, quads: Iterable[Quad]) -> Vocabulary:
        """Return the vocabulary that these triples describe."""
        values: dict[str, dict[str, list[str]]] = {}
        for quad in quads:
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                of_subject = values.setdefault(quad.subject.value, {})
                of_subject.setdefault(quad.predicate.value, []).append(quad.object.value)
        return cls(
            {iri: _term(iri, found) for iri, found in values.items() if RDFS + "label" in found}
        )

    @property
    def edge_predicates(self) -> frozenset[str]:
        """The properties that can stand as a direct edge, by IRI."""
        return frozenset(iri for iri, term in self.terms.items() if term.is_edge)

    def ancestors(self, iri: str) -> Iterator[str]:
        """Yield a class or property and everything above it, nearest first."""
        seen: dict[str, None] = {iri: None}
        queue = [iri]
        while queue:
            current = queue.pop(0)
            yield current
            term = self.terms.get(current)
            for parent in term.parents if term else ():
                if parent not in seen:
                    seen[parent] = None
                    queue.append(parent)

    def label(self, iri: str) -> str:
        """Return a term's label, or its CURIE when the ontology does not know it (``spoken``)."""
        term = self.terms.get(iri)
        return term.label if term else spoken(iri)

    def family(self, iri: str) -> str:
        """Return the family of a class or property: its own, else its nearest ancestor's."""
        for step in self.ancestors(iri):
            term = self.terms.get(step)
            if term and term.family:
                return term.family
        return ""


def _term(iri: str, found: dict[str, list[str]]) -> Term:
    def one(*names: str) -> str:
        return next((found[name][0] for name in names if name in found), "")

    sign, effect = one(KG + "sign"), one(KG + "causalEffect")
    return Term(
        iri=iri,
        label=one(RDFS + "label", SKOS + "prefLabel"),
        definition=one(SKOS + "definition"),
        parents=tuple(
            sorted(found.get(RDFS + "subClassOf", []) + found.get(RDFS + "subPropertyOf", []))
        ),
        is_edge=one(KG + "edgePredicate") == "true",
        sign=int(sign) if sign else None,
        symmetric=OWL + "SymmetricProperty" in found.get(RDF + "type", []),
        functional=one(KG + "functionalForMaterialisation") == "true",
        family=one(KG + "family", KG + "displayFamily"),
        mark=one(KG + "displayMark"),
        inverse_phrase=one(KG + "inversePhrase"),
        cameo=tuple(sorted(found.get(KG + "cameoCode", []) + found.get(KG + "cameoRoot", []))),
        plover=one(KG + "ploverCategory"),
        notation=one(SKOS + "notation"),
        scheme=one(SKOS + "inScheme"),
        effect=int(effect) if effect else None,
    )
