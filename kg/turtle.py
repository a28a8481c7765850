"""Turtle in and out: errors with their place, and one canonical order.

pyoxigraph reads (all or nothing, with line and column); rdflib writes, because
its output is byte-stable. The canonical order is by kind and name, so that one
more claim adds its own lines to a diff and moves nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg import files
from kg.errors import RefusedError, UnreadableError
from kg.vocab import ID, KINDS, PREFIXES, XSD

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

#: Python's limit for a number in decimal digits: rdflib reads no longer one without quotes.
DIGITS = 4300
# Literals that may stand without quotes, and only in the form they have.
_SHORT_FORMS = {
    XSD + "integer": re.compile(rf"[+-]?[0-9]{{1,{DIGITS}}}"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]+\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}
_POSITION = re.compile(r"^.*?line \d+ column \d+(?: and line \d+ column \d+)?: ")


def parse_file(path: Path) -> Iterator[Quad]:
    """Yield the triples of a Turtle file, literals as they are written in it.

    Raises what ``files.read_bytes`` raises, and UnreadableError with line and
    column where the Turtle is broken.
    """
    return parse_bytes(files.read_bytes(path), path)


def parse_bytes(content: bytes, path: Path | str) -> Iterator[Quad]:
    """Yield the triples of Turtle text; ``path`` names it in errors."""
    try:
        yield from parse(content, format=RdfFormat.TURTLE)
    except SyntaxError as error:
        raise syntax_error(error, path) from error


def in_parts(path: Path, size: int = 16_000_000) -> Iterator[bytes]:
    """Yield a Turtle file that has one node a line as documents of about that many bytes.

    Imports are written like that. Raises ValueError, after none or some parts, where the
    file is otherwise: read it whole then; what the parts said is in it, too.
    """
    head, part, taken = b"", [], 0
    with path.open("rb") as stream:
        for line in stream:
            if line.startswith(b"@prefix ") and not taken:
                head += line
                continue
            # A blank node would be another in every part.
            if not line.endswith(b" .\n") or line[:1] in b" \t@#_[(" or b" _:" in line:
                raise ValueError("not one node a line")
            part.append(line)
            taken += len(line)
            if taken % size < len(line):
                yield head + b"".join(part)
                part.clear()
    yield head + b"".join(part)


def syntax_error(error: SyntaxError, path: Path | str) -> UnreadableError:
    """Return the error to raise for Turtle that pyoxigraph could not parse."""
    return UnreadableError(
        "broken Turtle: " + _POSITION.sub("", error.args[0]),
        path=path,
        line=error.lineno,
        column=error.offset,
        hint="look at that line and the one before it",
    )


def read_graph(path: Path) -> Graph:
    """Return the triples of a Turtle file as an rdflib graph, lexical forms kept.

    Raises what ``parse_file`` raises, and RefusedError for an integer of more than
    ``DIGITS`` digits without quotes.
    """
    import rdflib

    hush_rdflib()
    content = files.read_bytes(path)
    # rdflib accepts IRIs that others refuse; pyoxigraph decides. rdflib 7.6 also
    # reads a bare 007 as 7, so integers in an unusual form are put right below.
    integers = {
        (quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in parse_bytes(content, path)
        if isinstance(quad.object, Literal)
        and quad.object.datatype.value == XSD + "integer"
        and isinstance(quad.subject, NamedNode)
    }
    # rdflib rewrites literals on parsing ("01" becomes "1") unless told otherwise.
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        graph = rdflib.Graph(bind_namespaces="none").parse(data=content, format="turtle")
    except ValueError as error:  # of int(), which rdflib does not expect to fail
        long = re.search(rb"(?<![\w\"])[+-]?[0-9]{%d,}(?![\w\"])" % (DIGITS + 1), content)
        if long is None:
            raise
        raise RefusedError(
            f"an integer has more than {DIGITS:,} digits",
            path=path,
            line=content.count(b"\n", 0, long.start()) + 1,
            hint='shorten it, or write it in quotes: "..."^^xsd:integer',
        ) from error
    finally:
        rdflib.NORMALIZE_LITERALS = before
    for subject, predicate, form in integers:
        usual = _usual(form)
        if form != usual:
            node, link = rdflib.URIRef(subject), rdflib.URIRef(predicate)
            if (subject, predicate, usual) not in integers:
                graph.remove((node, link, rdflib.Literal(usual, datatype=rdflib.XSD.integer)))
            exact = rdflib.Literal(form, datatype=rdflib.XSD.integer, normalize=False)
            graph.add((node, link, exact))
    return graph


@cache
def hush_rdflib() -> None:
    """Keep rdflib from logging a traceback for each literal that its datatype does not allow.

    Such a literal is kept as it is written; ``kg validate`` reports it.
    """
    import logging  # rdflib needs it anyway; reading alone does not

    logging.getLogger("rdflib.term").addFilter(
        lambda record: not str(record.msg).startswith("Failed to convert Literal")
    )


def _usual(form: str) -> str:
    """Return an integer as rdflib writes it; what is none stays as it is."""
    if not re.fullmatch(r"[+-]?[0-9]+", form):
        return form
    digits = form.lstrip("+-").lstrip("0") or "0"
    return f"-{digits}" if form.startswith("-") and digits != "0" else digits


def canonical(graph: Graph, *, beside: Iterable[str] = ()) -> bytes:
    """Return the graph as Turtle in the canonical order: equal graphs, equal bytes.

    ``beside`` are properties of other graphs of one document: a foreign namespace has the
    same prefix in all of them.

    Blank nodes are refused (RefusedError): they have no name to sort by, and
    everything in the graph that is worth keeping has an IRI.
    """
    from rdflib import BNode, Graph
    from rdflib import Literal as RdflibLiteral
    from rdflib.namespace import RDF, SKOS
    from rdflib.plugins.serializers.turtle import TurtleSerializer

    named = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        named.bind(prefix, namespace)
    foreign = set(beside)
    for triple in graph:
        foreign.add(str(triple[1]))
        if any(isinstance(term, BNode) for term in triple):
            raise RefusedError(
                "blank nodes cannot be put in a stable order",
                hint="give the node an IRI under " + ID,
            )
        named.add(triple)

    _bind(named, foreign)

    def order(iri: str) -> tuple[int, list[tuple[int, str]]]:
        return _rank(iri), natural(iri)

    class Canonical(TurtleSerializer):
        predicateOrder = [  # noqa: N815, RUF012  rdflib's own class attribute
            RDF.type,
            SKOS.prefLabel,
            SKOS.altLabel,
            SKOS.definition,
            RDF.subject,
            RDF.predicate,
            RDF.object,
        ]
        _kind = -1

        def orderSubjects(self) -> list[Node]:  # noqa: N802
            return sorted(self._subjects, key=lambda node: order(str(node)))

        def preprocessTriple(self, triple: tuple[Node, Node, Node]) -> None:  # noqa: N802
            super().preprocessTriple(triple)
            for term in getattr(triple[2], "triple", ()):
                self.get_pname(term, False)

        def buildPredicateHash(self, subject: Node) -> dict[Node, list[Node]]:  # noqa: N802
            # rdflib sorts values by what they mean: 1 and 01 are left as they come up.
            found = super().buildPredicateHash(subject)
            return {
                p: sorted(values, key=ntriples_term) if len(values) > 1 else values
                for p, values in found.items()
            }

        def label(self, node: Node, position: int) -> str:
            if inner := getattr(node, "triple", None):
                return f"<<( {' '.join(map(self._within, inner))} )>>"
            # rdflib 7.6 abbreviates too much: a double keeps seven digits, and
            # "1"^^xsd:boolean becomes the integer 1.
            if not isinstance(node, RdflibLiteral) or node.datatype is None:
                return super().label(node, position)
            short = _SHORT_FORMS.get(str(node.datatype))
            if short and short.fullmatch(node):
                return str(node)
            datatype = self.get_pname(node.datatype, False) or node.datatype.n3()
            return f"{RdflibLiteral(str(node)).n3()}^^{datatype}"

        def _within(self, node: Node) -> str:
            # Within a triple term the empty list has no short form, and pyoxigraph 0.5
            # reads no long quotes.
            plain = node == RDF.nil or isinstance(node, RdflibLiteral)
            return ntriples_term(node) if plain else str(self.label(node, 2))

        def statement(self, subject: Node) -> bool:
            rank = _rank(str(subject))
            if rank != self._kind:
                self._kind = rank
                name = KINDS[rank] if rank < len(KINDS) else "other"
                self.write(f"\n\n# {'-' * 20} {name} {'-' * 20}")
            self.write("\n")
            return super().statement(subject)

    out = BytesIO()
    Canonical(named).serialize(out, encoding="utf-8")
    text = out.getvalue().decode("utf-8")
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode("utf-8")


def _bind(graph: Graph, predicates: Iterable[str]) -> None:
    """Give the namespaces of foreign properties a prefix each, numbered in their order.

    Left to itself rdflib numbers them as they come up.
    """
    from rdflib.namespace import split_uri

    namespaces: set[str] = set()
    for predicate in predicates:
        with suppress(ValueError):  # what cannot be split is written in full
            namespaces.add(str(split_uri(predicate)[0]))
    unknown = sorted(namespaces - set(PREFIXES.values()), key=natural)
    for number, namespace in enumerate(unknown, 1):
        graph.bind(f"ns{number}", namespace)


def triple_term(subject: Node, predicate: Node, value: Node) -> Node:
    """Return an RDF 1.2 triple term, for the object of a triple that ``canonical`` writes.

    rdflib 7.6 has none; this one is an IRI to rdflib, and equal to no IRI of the data.
    """
    import hashlib

    # rdflib warns of what does not look like an IRI.
    digest = hashlib.sha256(f"{subject} {predicate} {value.n3()}".encode()).hexdigest()
    term: Node = _triple_term_class()(f"urn:triple:{digest}")
    term.triple = (subject, predicate, value)  # type: ignore[attr-defined]
    return term


@cache
def _triple_term_class() -> type:
    from rdflib import URIRef

    class TripleTerm(URIRef):
        __slots__ = ("triple",)

    return TripleTerm


def ntriples_term(node: Node) -> str:
    """Return a term as N-Triples has it, lexical form and language tag as they are."""
    # pyoxigraph's terms print as canonical N-Triples, rdflib's with Turtle's long
    # quotes. But pyoxigraph 0.5 lower-cases language tags, so the tag is ours.
    from rdflib import Literal as RdflibLiteral

    if not isinstance(node, RdflibLiteral):
        return f"<{node}>"
    if node.language:
        return f"{Literal(str(node))}@{node.language}"
    if node.datatype is None:
        return str(Literal(str(node)))
    return str(Literal(str(node), datatype=NamedNode(str(node.datatype))))


def _rank(iri: str) -> int:
    kind = iri[len(ID) :].partition("/")[0] if iri.startswith(ID) else ""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a sort key that puts ``s2`` before ``s10``.

    >>> sorted(["s10", "s2"], key=natural)
    ['s2', 's10']
    """
    # A number by its length, then by its digits: int() takes no more than 4,300 of them.
    # The text itself comes last, so that "s2" and "s02" have an order, too.
    return [
        *(
            (len(digits := part.lstrip("0")), digits) if part.isdecimal() else (-1, part)
            for part in re.split(r"(\d+)", text)
        ),
        (-2, text),
    ]


def comments(content: bytes) -> int:
    """Count the comment lines a canonical rewrite would drop: all but its own banners."""
    lines = content.decode("utf-8", "replace").splitlines()
    return sum(
        line.lstrip().startswith("#") and not re.fullmatch(r"# -{20} \w+ -{20}", line)
        for line in lines
    )
