"""One cell of a SPARQL 1.1 TSV result, read without making a term object of it.

A cell is ``<iri>``, ``_:b0``, ``"text"``, ``"text"@en``, ``"text"^^<datatype>``, a bare
``5``, ``5.0``, ``5e0`` or ``true``, a triple term ``<<( ... )>>``, or empty: unbound.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kg.vocab import RDF, XSD

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_QUOTE = str.maketrans({"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"})

#: The datatypes whose values are whole numbers.
INTEGERS = frozenset(
    XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong",
        "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
#: The datatypes whose values are numbers.
NUMBERS = INTEGERS | {XSD + "decimal", XSD + "double", XSD + "float"}


class Parts(NamedTuple):
    """A literal taken apart: a text has no language and the datatype xsd:string."""

    text: str
    language: str
    datatype: str


def iri(cell: str) -> str | None:
    """Return the IRI in a cell; None when something else or nothing is in it."""
    if cell.startswith("<") and not cell.startswith("<<"):
        return _plain(cell[1:-1])
    return None


def text(cell: str) -> str:
    """Return what a cell says: the IRI, the literal's text, the rest as it is written."""
    if cell.startswith('"'):
        content = cell[1 : cell.rindex('"')]
        return _plain(content) if "\\" in content else content
    return iri(cell) or cell


def literal(cell: str) -> Parts | None:
    """Return the literal in a cell taken apart; None when something else is in it."""
    if not cell or cell.startswith(("<", "_:")):
        return None
    if cell.startswith('"'):
        end = cell.rindex('"')
        content, after = _plain(cell[1:end]), cell[end + 1 :]
        if after.startswith("@"):
            return Parts(content, after[1:], RDF + "langString")
        return Parts(content, "", after[3:-1] if after else XSD + "string")
    if cell in ("true", "false"):
        return Parts(cell, "", XSD + "boolean")
    kind = "double" if "e" in cell.lower() else "decimal" if "." in cell else "integer"
    return Parts(cell, "", XSD + kind)


def quote(content: str) -> str:
    """Return a text as a cell holds it: in quotes, escaped, on one line."""
    return f'"{content.translate(_QUOTE)}"'


def _plain(escaped: str) -> str:
    if "\\" not in escaped:
        return escaped
    return _ESCAPE.sub(
        lambda m: (
            chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _ESCAPED.get(str(m[3]), str(m[3]))
        ),
        escaped,
    )
