"""Every format an answer can be written in; ``kg.results.write`` writes them.

The list stands alone, so that the command line can offer it without loading the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class ResultFormat(NamedTuple):
    """What a format serves and what it costs; ``kinds`` are those of ``Result.kind``."""

    kinds: tuple[str, ...]
    media_type: str
    keeps: str
    loses: str
    binary: bool = False


_ALL = ("select", "ask", "construct")
_ROWS = ("select",)
_TRIPLES = ("construct",)
_EVERYTHING = "every term with language and datatype; unbound and empty apart"

#: Every format by name: for people, for spreadsheets, the SPARQL 1.1 ones, RDF.
FORMATS: Mapping[str, ResultFormat] = MappingProxyType(
    {
        "table": ResultFormat(
            _ALL,
            "text/plain",
            "labels and short ids, in the width of the terminal",
            "datatypes, languages, line breaks, the ends of long texts; unbound looks empty",
        ),
        "markdown": ResultFormat(
            _ALL,
            "text/markdown",
            "labels, linked to their IRIs; whole texts",
            "datatypes and languages; unbound looks empty",
        ),
        "html": ResultFormat(
            _ALL,
            "text/html",
            "labels, linked to their IRIs; whole texts with their language",
            "datatypes; unbound looks empty",
        ),
        "xlsx": ResultFormat(
            _ROWS,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "labels beside IRIs; numbers, truth values and dates as such",
            "datatypes and languages; what a sheet cannot hold exactly becomes text",
            binary=True,
        ),
        "parquet": ResultFormat(
            _ROWS,
            "application/vnd.apache.parquet",
            "full IRIs; columns that agree have a type; unbound is null",
            "languages, and which texts are IRIs; times are moved to UTC",
            binary=True,
        ),
        "csv": ResultFormat(
            _ROWS,
            "text/csv",
            "full IRIs and whole texts",
            "datatypes and languages, IRI or text; unbound looks empty",
        ),
        "tsv": ResultFormat(_ROWS, "text/tab-separated-values", _EVERYTHING, "nothing"),
        "json": ResultFormat(
            ("select", "ask"), "application/sparql-results+json", _EVERYTHING, "nothing"
        ),
        "xml": ResultFormat(
            ("select", "ask"),
            "application/sparql-results+xml",
            _EVERYTHING,
            "control characters that XML 1.0 cannot hold become U+FFFD",
        ),
        "turtle": ResultFormat(
            _TRIPLES, "text/turtle", "every triple, in the order of the curated file", "nothing"
        ),
        "ntriples": ResultFormat(
            _TRIPLES, "application/n-triples", "every triple, one a line, sorted", "nothing"
        ),
        "jsonld": ResultFormat(
            _TRIPLES, "application/ld+json", "every triple, one object a node, sorted", "nothing"
        ),
    }
)
