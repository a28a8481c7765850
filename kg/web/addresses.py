"""Where things are: the address of a name, of the document about it, and of an ontology term.

A thing is named ``https://w3id.org/gambit/id/KIND/SLUG``. That name leads to /id/KIND/SLUG of
whoever serves it, and from there to the document /doc/KIND/SLUG. Names of other people
(Wikidata's, say) go by ``?iri=``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from kg.errors import UnknownNameError
from kg.vocab import ID, KG, compress, expand
from kg.web.negotiation import Offer
from kg.web.problems import HttpError

#: The forms of a document, by suffix; the page is given to who asks for nothing else.
FORMS = (
    Offer("html", ("text/html", "application/xhtml+xml")),
    Offer("ttl", ("text/turtle", "application/x-turtle"), ("turtle",)),
    Offer("jsonld", ("application/ld+json",), ("json-ld",)),
    Offer("json", ("application/json",)),
    Offer("nt", ("application/n-triples",), ("ntriples", "n-triples")),
)
#: How ``kg.results`` calls those of RDF.
RDF_FORMS = {"ttl": "turtle", "jsonld": "jsonld", "nt": "ntriples"}
_SUFFIXES = {f".{offer.name}": offer.name for offer in FORMS}


class Named(NamedTuple):
    """What an address names: an IRI, and the form that its suffix asks for."""

    iri: str
    form: str | None = None


def document(iri: str) -> str:
    """Return the path of the document about something.

    >>> document("https://w3id.org/gambit/id/actor/dprk")
    '/doc/actor/dprk'
    >>> document("http://www.wikidata.org/entity/Q423")
    '/doc?iri=http%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ423'
    """
    if iri.startswith(KG):
        return f"/ontology#{quote(iri[len(KG) :])}"
    kind, slash, slug = iri.removeprefix(ID).partition("/")
    if iri.startswith(ID) and slash and kind and slug:
        return f"/doc/{quote(kind)}/{quote(slug, safe='/')}"
    return f"/doc?iri={quote(iri, safe='')}"


def with_form(path: str, form: str) -> str:
    """Return the path of a document in one of its forms.

    >>> with_form("/doc/actor/dprk", "ttl")
    '/doc/actor/dprk.ttl'
    """
    return f"{path}&format={form}" if "?" in path else f"{path}.{form}"


def named(kind: str, slug: str, exists: Callable[[str], bool]) -> Named:
    """Return what /doc/KIND/SLUG names; a suffix is a form unless the whole is a name itself.

    ``exists`` tells whether an IRI is known. Raises UnknownNameError for a kind of thing
    that cannot be one.
    """
    iri = _sound(f"{ID}{kind}/{slug}")
    for suffix, form in _SUFFIXES.items():
        if slug.endswith(suffix) and len(slug) > len(suffix):
            if exists(iri):
                break
            return Named(iri.removesuffix(suffix), form)
    return Named(iri)


def given(text: str) -> str:
    """Return the IRI that ``?iri=`` gives, as an IRI or a CURIE; HttpError (400) for neither."""
    iri = expand(text.strip())
    if iri is None:
        raise HttpError(
            400, f"{text[:100]!r} is no IRI", hint="?iri=https://... or a CURIE such as wd:Q423"
        )
    return _sound(iri)


def _sound(iri: str) -> str:
    from pyoxigraph import NamedNode

    try:
        if not iri.isprintable() or any(char in iri for char in '<>"{}|\\^` '):
            raise ValueError
        return NamedNode(iri).value
    except ValueError:
        raise UnknownNameError(
            f"nothing is called {compress(iri)[:200]}", hint="/search finds names"
        ) from None


def root(base: str) -> str:
    """Return the path under which a public address has everything, without a slash at its end.

    >>> root("https://example.org/graph")
    '/graph'
    """
    return urlsplit(base).path.rstrip("/")
