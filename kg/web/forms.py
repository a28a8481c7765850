"""The forms that answers to queries can be had in, and how an answer is written in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from kg import results
from kg.errors import LimitError
from kg.result_formats import FORMATS
from kg.results import Result
from kg.web.negotiation import Offer
from kg.web.problems import HttpError

#: Further media types and names under which clients know our formats.
_MORE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "json": (("application/json",), ("srj",)),
    "xml": (("application/xml", "text/xml"), ("srx",)),
    "turtle": (("application/x-turtle",), ("ttl", "n3")),
    "ntriples": ((), ("nt", "n-triples")),
    "jsonld": (("application/json",), ("json-ld", "json")),
    "markdown": ((), ("md",)),
    "table": ((), ("text",)),
}
#: RDF/XML is only for the wire: older clients know nothing else.
_RDF_XML = Offer(
    "rdfxml", ("application/rdf+xml", "application/xml", "text/xml"), ("xml", "rdf", "rdf+xml")
)
_ORDER = {
    "select": ("json", "xml", "csv", "tsv", "html", "markdown", "table", "xlsx", "parquet"),
    "ask": ("json", "xml", "html", "markdown", "table"),
    "construct": ("turtle", "ntriples", "jsonld", "html", "markdown", "table"),
}


def _offer(name: str) -> Offer:
    types, names = _MORE.get(name, ((), ()))
    return Offer(name, (FORMATS[name].media_type, *types), names)


#: What each kind of answer can be had in, the form first that is given when none is asked for.
OFFERS: dict[str, tuple[Offer, ...]] = {
    kind: (*map(_offer, names), *((_RDF_XML,) if kind == "construct" else ()))
    for kind, names in _ORDER.items()
}
#: The forms of RDF, for graphs and descriptions.
RDF = tuple(offer for offer in OFFERS["construct"] if offer.name not in _ORDER["select"])
#: Those that can be written while the answer comes.
STREAMED = ("json", "xml", "csv", "tsv", "ntriples", "turtle")


def kind_of(form: str) -> str:
    """Return the kind of answer that a query's form has."""
    return "construct" if form in ("construct", "describe") else form or "select"


def named(values: Sequence[str]) -> str | None:
    """Return the form that parameters name, once or in several ways; None for none.

    Raises HttpError (400) when they name different forms. What nobody knows counts only
    if nothing else is named.
    """
    if len(values) < 2:
        return values[0] if values else None
    known = {value: found for value in values if (found := _names(value))}
    if len(known) > 1 and not frozenset.intersection(*known.values()):
        raise HttpError(
            400,
            f"the format is given {len(values)} times, each time another",
            hint="give it once",
        )
    # (xml is two forms, application/rdf+xml is one of them.)
    return min(known or values, key=lambda value: len(known.get(value, ())))


def _names(value: str) -> frozenset[str]:
    wanted = value.strip().lower()
    return frozenset(
        offer.name
        for offers in OFFERS.values()
        for offer in offers
        if wanted in (offer.name, *offer.media_types, *offer.aliases)
    )


def write(result: Result, form: str) -> bytes:
    """Return an answer in a form of ``OFFERS``; raises what ``kg.results.write`` raises."""
    if form == "rdfxml":
        return rdf_xml(result.triples)
    return results.write(result, form)


def rdf_xml(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples as RDF/XML."""
    return ox.serialize(triples, format=ox.RdfFormat.RDF_XML) or b""


def stream(pieces: Iterable[bytes], form: str) -> Iterator[bytes]:
    """Yield an answer that is too large to hold, in a form of ``STREAMED``.

    ``pieces`` are TSV of rows or N-Triples, cut anywhere. (N-Triples are Turtle, too.)
    """
    if form in ("ntriples", "turtle"):
        return iter(pieces)
    return results.write_blocks(_whole_lines(pieces), form)


def must_stream(form: str) -> None:
    """Raise LimitError for a form that needs the whole answer at once."""
    if form not in STREAMED:
        raise LimitError(
            f"the answer is too large for {form}",
            limit="size",
            hint="add LIMIT to the query, or ask for one of " + ", ".join(STREAMED),
        )


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield rest + piece[:cut]
            rest = piece[cut:]
        else:
            rest += piece
    if rest:
        yield rest
