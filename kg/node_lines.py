"""What nodes of a large graph say, read from the lines of its file.

An import is written as one node a line. A store on disk looks up each term of each
property of a million nodes; the lines have the same in one go. They are read in that one
form only: any other Turtle, valid as it may be, is left to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from kg import joining
from kg.joining import Joined
from kg.vocab import LOCAL, PREFIXES, RDF, XSD

#: What a node says, by property IRI.
Said = dict[str, list[NamedNode | Literal]]

_NODE = rf'(?:[a-z0-9]+:{LOCAL}|<[^\x00-\x20<>"{{}}|^`\\]+>)'
_TEXT = r'"[^"\\\n\r\t]*(?:\\(?:["\\nrt]|u[0-9A-Fa-f]{4})[^"\\\n\r\t]*)*"'
_OBJECT = rf"(?:{_NODE}|{_TEXT}(?:@[A-Za-z0-9-]+|\^\^{_NODE})?|[+-]?[0-9]+(?:\.[0-9]+)?|true|false)"
# Each line is held against this, wanted or not: a literal, or a second statement on the
# line, must not pass for a property of the node.
_LINE = re.compile(rf"{_NODE} {_NODE} {_OBJECT}(?: ;\t{_NODE} {_OBJECT})* \.\n")
_PREFIX = re.compile(r"@prefix ([a-z0-9]*): <([^<>]*)> \.\n")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
#: So many different terms are kept at hand.
_KEPT_TERMS = 100_000


def gather(
    path: Path,
    predicates: Iterable[str],
    found: dict[str, Said],
    joined: Joined,
    symmetric: frozenset[NamedNode],
) -> None:
    """Add what a file says of the nodes in ``found`` by some properties, as the engine has it.

    With ``joined``, as ``kg.joining`` has it. Raises ValueError, after some or all, where
    the file is not one node a line in the form that imports have.
    """
    # What is said of a joined node is said of another one, which a later line may describe.
    if any(node.value in found for both in joined.items() for node in both):
        raise ValueError("a record is linked to another")
    wanted = set(predicates)
    if joined:  # what tells an identity claim, whose object stays
        wanted.add(RDF + "predicate")
    terms = _Terms()
    standing = {node.value for node in joined}
    for node, pairs in _nodes(path):
        said = found.get(terms.iri(node))
        if said is None:
            continue
        values = []
        for pair in pairs:
            name, _, text = pair.partition(" ")
            if (predicate := terms.iri(name)) in wanted:
                values.append((predicate, terms.term(text)))
        if standing and any(
            type(value) is NamedNode and value.value in standing for _, value in values
        ):
            values = list(_joined(terms.iri(node), values, joined, symmetric))
        for predicate, value in values:
            said.setdefault(predicate, []).append(value)


def _joined(
    node: str,
    values: Collection[tuple[str, NamedNode | Literal]],
    joined: Joined,
    symmetric: frozenset[NamedNode],
) -> Iterator[tuple[str, NamedNode | Literal]]:
    subject = NamedNode(node)
    quads = (Quad(subject, NamedNode(predicate), value) for predicate, value in values)
    for quad in joining.rewrite(quads, joined, subject, symmetric):
        # An edge turned round says something of the other node, which is no record.
        if quad.subject == subject and isinstance(quad.object, NamedNode | Literal):
            yield quad.predicate.value, quad.object


def _nodes(path: Path) -> Iterator[tuple[str, list[str]]]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        begun = False
        for line in stream:
            if not begun and (prefix := _PREFIX.fullmatch(line)):
                if PREFIXES.get(prefix[1]) != prefix[2]:
                    raise ValueError("a prefix of its own")
                continue
            begun = True
            if not _LINE.fullmatch(line):
                raise ValueError("not one node a line")
            node, _, said = line[:-3].partition(" ")
            yield node, said.split(" ;\t")


class _Terms:
    """Terms as the engine gives them back, made from Turtle's form of them."""

    def __init__(self) -> None:
        self._terms: dict[str, NamedNode | Literal] = {}
        self._iris: dict[str, str] = {}
        self._engine = Store()

    def iri(self, text: str) -> str:
        """Return the IRI that a name in Turtle's form stands for."""
        if text[0] == "<":
            return text[1:-1]
        found = self._iris.get(text)
        if found is None:
            prefix, _, local = text.partition(":")
            if prefix not in PREFIXES:
                raise ValueError("an unknown prefix")
            found = PREFIXES[prefix] + local
            if len(self._iris) < _KEPT_TERMS:
                self._iris[text] = found
        return found

    def term(self, text: str) -> NamedNode | Literal:
        """Return the IRI or literal that Turtle's form of it stands for."""
        found = self._terms.get(text)
        if found is None:
            found = self._made(text)
            if len(self._terms) < _KEPT_TERMS:
                self._terms[text] = found
        return found

    def _made(self, text: str) -> NamedNode | Literal:
        if text[0] == '"':
            inner, _, after = text[1:].rpartition('"')
            if "\\" in inner:
                inner = _ESCAPE.sub(_unescaped, inner)
            if not after:
                return Literal(inner)
            if after[0] == "@":
                return Literal(inner, language=after[1:])
            return self._usual(inner, self.iri(after[2:]))
        if text in ("true", "false"):
            return self._usual(text, XSD + "boolean")
        if text[0] in "+-" or (text[0].isdigit() and ":" not in text):
            return self._usual(text, XSD + ("decimal" if "." in text else "integer"))
        return NamedNode(self.iri(text))

    def _usual(self, text: str, datatype: str) -> Literal:
        # The engine rewrites numbers and times: 01 becomes 1. It is asked how.
        given = Literal(text, datatype=NamedNode(datatype))
        node = NamedNode("urn:x")
        self._engine.add(Quad(node, node, given))
        (quad,) = self._engine
        self._engine.remove(quad)
        assert isinstance(quad.object, Literal)
        return quad.object


def _unescaped(match: re.Match[str]) -> str:
    mark = match[1]
    return chr(int(mark[1:], 16)) if mark[0] == "u" and len(mark) > 1 else _ESCAPED.get(mark, mark)
