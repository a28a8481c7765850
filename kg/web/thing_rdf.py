"""The document about a thing in RDF: what is said of it, and what says so; in parts where that is much.

A document has the description of the thing, the claims about it with their passages, every
other triple that leads to it, and a label for each thing named. What names the thing goes
by the order of its IRI, ``PART`` of it in a part: a country has thousands of claims, and
nobody waits for all of them to see the first. The address itself is the first part. A part
says that it is one (it is a ``hydra:PartialCollectionView`` of the document, which has
``hydra:totalItems``) and leads on by ``hydra:next``; the field ``Link`` says the same
(``rel="next"``) to who reads no RDF. The parts together are the whole, and a part that is
asked for again after the data has changed still begins after the same name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.results import Result, ordered, write
from kg.store import Store
from kg.vocab import PREFIXES, RDF, RDFS, XSD, compress
from kg.web.addresses import RDF_FORMS, document, with_form

FOAF = PREFIXES["foaf"]
HYDRA = "http://www.w3.org/ns/hydra/core#"
#: So many claims, and other things that name the thing, are in one part.
PART = 1_000
#: Fewer triples than this are written in the form that a person reads best.
_FEW = 3_000


class Document(NamedTuple):
    """One part of a document: its triples, and the field Link of the answer ("" where there is none)."""

    triples: list[Triple]
    link: str


def made(store: Store, iri: str, address: str, form: str, after: str = "") -> Document:
    """Return what a document says of a thing, from the first that names it after ``after`` on."""
    place = f"{address}{document(iri)}"
    incoming: dict[str, list[Triple]] = defaultdict(list)
    found: set[Triple] = set()
    for triple in _triples(store.quads(value=NamedNode(iri))):
        if isinstance(triple.subject, NamedNode):
            incoming[triple.subject.value].append(triple)
        elif not after:
            found.add(triple)
    about = set(store.claims_about.get(iri, ()))
    naming = sorted({*incoming, *about} - {iri})
    start = bisect_right(naming, after) if after else 0
    here = naming[start : start + PART]
    whole = [name for name in here if name in about]
    if not after:
        whole.append(iri)
    passages = [p for name in whole if name in store.claims for p in store.claims[name].evidence]
    for node in dict.fromkeys((*whole, *passages)):
        found.update(_triples(store.quads(NamedNode(node))))
    for name in here:
        found.update(incoming.get(name, ()))
    found.update(_labels(store, found))
    found.add(_said(place, FOAF + "primaryTopic", iri))
    found.add(_said(place, RDF + "type", FOAF + "Document"))
    onward = here[-1] if start + len(here) < len(naming) else ""
    link = ""
    if onward or after:
        first = f"{address}{with_form(document(iri), form)}"
        part, following = (_going_on(first, name) if name else first for name in (after, onward))
        found |= set(_partial(place, part, first, following if onward else "", len(naming)))
        rel = [f'<{first}>; rel="first"', *([f'<{following}>; rel="next"'] if onward else [])]
        link = ", ".join(rel)
    return Document(_in_order(found), link)


def written(triples: list[Triple], form: str) -> bytes:
    """Return triples in one of the forms of RDF; many of them quickly, if less well arranged."""
    if form != "ttl" or len(triples) < _FEW:
        return write(Result("construct", triples=tuple(triples)), RDF_FORMS[form])
    terms = (term for t in triples for term in (t.subject, t.predicate, t.object))
    spaces = {_space(term.value) for term in terms if isinstance(term, NamedNode)}
    prefixes = {name: space for name, space in PREFIXES.items() if space in spaces}
    content = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    return content or b""


def _space(iri: str) -> str:
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]


def _triples(quads: Iterable[ox.Quad]) -> Iterator[Triple]:
    return (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)


def _labels(store: Store, found: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the label of each thing that is named."""
    named = {
        term.value for t in found for term in (t.subject, t.object) if isinstance(term, NamedNode)
    }
    for node in named:
        label = next((one for one in store.labels.get(node, ()) if one.preferred), None)
        if label is not None:
            text = Literal(label.text, language=label.language or None)
            yield Triple(NamedNode(node), NamedNode(RDFS + "label"), text)


def _going_on(first: str, after: str) -> str:
    return f"{first}{'&' if '?' in first else '?'}after={quote(compress(after), safe='')}"


def _partial(place: str, part: str, first: str, following: str, total: int) -> Iterator[Triple]:
    yield _said(place, RDF + "type", HYDRA + "Collection")
    count = Literal(str(total), datatype=NamedNode(XSD + "integer"))
    yield Triple(NamedNode(place), NamedNode(HYDRA + "totalItems"), count)
    yield _said(place, HYDRA + "view", part)
    yield _said(part, RDF + "type", HYDRA + "PartialCollectionView")
    yield _said(part, HYDRA + "first", first)
    if following:
        yield _said(part, HYDRA + "next", following)


def _said(subject: str, predicate: str, value: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(predicate), NamedNode(value))


def _in_order(found: set[Triple]) -> list[Triple]:
    if len(found) < _FEW or any(
        isinstance(term, BlankNode) for t in found for term in (t.subject, t.object)
    ):
        return ordered(found)
    return sorted(found, key=str)
