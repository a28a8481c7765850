"""RDF dumps of Wikidata, truthy or full: their statements, put together from their triples."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from kg.claims import Rank
from kg.importing.lines import SortedLines, node_line, term_text
from kg.importing.rdf.files import quads, syntax_of
from kg.importing.sink import Sink
from kg.importing.wikidata.wikibase import (
    JULIAN,
    NONE,
    PQ,
    PR,
    REFERENCE,
    UNKNOWN,
    WD,
    WDT,
    WIKIBASE,
    Statement,
    Time,
    Value,
)
from kg.vocab import PROV, RDF, RDFS, SCHEMA, SKOS, XSD

_WDS = WD + "statement/"
_PROP = "http://www.wikidata.org/prop/"
_PS, _NOVALUE = _PROP + "statement/", _PROP + "novalue/"
_QUALIFIER_NODE, _REFERENCE_NODE = PQ + "value/", PR + "value/"
_VALUE = "http://www.wikidata.org/value/"
_GENID = "/.well-known/genid/"
_LABELS = (RDFS + "label", SKOS + "prefLabel", SCHEMA + "name", "http://schema.org/name")
_DESCRIPTIONS = (SCHEMA + "description", "http://schema.org/description")
_RANKS = {
    WIKIBASE + "PreferredRank": Rank.PREFERRED,
    WIKIBASE + "NormalRank": Rank.NORMAL,
    WIKIBASE + "DeprecatedRank": Rank.DEPRECATED,
}
_TIME_PARTS = ("timeValue", "timePrecision", "timeCalendarModel")

Said = dict[str, list[str | Literal]]


@dataclass(slots=True)
class Dump:
    """The triples of RDF files, sorted by node outside memory, with their times and labels."""

    lines: SortedLines
    labels: dict[str, str] = field(default_factory=dict)
    times: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    count: int = 0
    full: bool = False

    def read(self, path: Path, sink: Sink, language: str) -> None:
        """Take in a file; bad IRIs are skipped and counted."""

        def bad(iri: str) -> None:
            what = "language tag" if iri.startswith("@") else "IRI"
            sink.skip(f"a statement with a bad {what}", f"{path.name}: {iri[:60]}")

        for quad in quads(path, syntax_of(path), bad=bad):
            self.count += 1
            self._take(quad, language)

    def _take(self, quad: Quad, language: str) -> None:
        if not isinstance(quad.subject, NamedNode):
            return  # OWL restrictions that describe properties
        subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object
        if subject.startswith(_VALUE):
            part = predicate.removeprefix(WIKIBASE)
            if part in _TIME_PARTS and isinstance(value, NamedNode | Literal):
                self.times[subject][part] = value.value
            return
        if subject.startswith(_WDS):
            self.full = True
        elif predicate in _LABELS and isinstance(value, Literal):
            name = subject.removeprefix(WD)
            if value.language == language:
                self.labels[name] = min(value.value, self.labels.get(name, value.value))
            if predicate != _LABELS[0]:
                return  # the same three times
        if isinstance(value, BlankNode) or (isinstance(value, NamedNode) and _GENID in value.value):
            value = NamedNode(UNKNOWN)
        if isinstance(value, NamedNode | Literal):
            term = value.value if isinstance(value, NamedNode) else value
            self.lines.add(node_line(subject, ((predicate, term_text(term)),)))

    def nodes(self) -> Iterator[tuple[str, Said]]:
        """Yield each node with what is said of it, in the order of their names."""
        stream: Any = _Pieces(self.lines.pieces())
        found = parse(stream, format=RdfFormat.TURTLE, lenient=True)
        for subject, group in groupby(found, key=lambda quad: quad.subject):
            said: Said = defaultdict(list)
            for quad in group:
                value = quad.object
                if isinstance(value, Literal):
                    said[quad.predicate.value].append(value)
                elif isinstance(value, NamedNode):
                    said[quad.predicate.value].append(value.value)
            if isinstance(subject, NamedNode):
                yield subject.value, said


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        size = len(self._left) if size < 0 else size
        found, self._left = self._left[:size], self._left[size:]
        return found


def statement(node: str, said: Said, dump: Dump) -> Statement | None:
    """Return the statement that a statement node is; None when its value is missing."""
    record = node.removeprefix(_WDS).replace("-", "$", 1)
    subject = record.partition("$")[0].upper()
    for predicate, values in sorted(said.items()):
        name = predicate.removeprefix(_PS)
        if predicate.startswith(_PS) and "/" not in name:
            return Statement(
                record, subject, name, _value(values, said.get(_PS + "value/" + name, ()), dump),
                *_around(said, dump),
            )  # fmt: skip
    for kind in said.get(RDF + "type", ()):
        if isinstance(kind, str) and kind.startswith(_NOVALUE):
            name = kind.removeprefix(_NOVALUE)
            return Statement(record, subject, name, Value(NONE), *_around(said, dump))
    return None


def _around(said: Said, dump: Dump) -> tuple[Rank, list[tuple[str, Value]], list[str]]:
    """Return rank, qualifiers and references of a statement node."""
    rank = next(
        (r for v in said.get(WIKIBASE + "rank", ()) if isinstance(v, str) and (r := _RANKS.get(v))),
        Rank.NORMAL,
    )
    references = sorted(
        v.removeprefix(REFERENCE)
        for v in said.get(PROV + "wasDerivedFrom", ())
        if isinstance(v, str) and v.startswith(REFERENCE)
    )
    return rank, snaks(said, PQ, _QUALIFIER_NODE, dump), references


def snaks(said: Said, plain: str, nodes: str, dump: Dump) -> list[tuple[str, Value]]:
    """Return the qualifiers, or what a reference says, each property with its values."""
    found = []
    for predicate, values in sorted(said.items()):
        name = predicate.removeprefix(plain)
        if predicate.startswith(plain) and "/" not in name:
            found += [(name, value) for value in _values(values, said.get(nodes + name, ()), dump)]
    for kind in said.get(RDF + "type", ()):
        # A qualifier without a value is a class of the statement, as its own value would be.
        if isinstance(kind, str) and kind.startswith(_NOVALUE) and plain == PQ:
            name = kind.removeprefix(_NOVALUE)
            if any(p.startswith(_PS) for p in said):
                found.append((name, Value(NONE)))
    return found


def _value(values: Iterable[str | Literal], nodes: Iterable[str | Literal], dump: Dump) -> Value:
    return min(_values(values, nodes, dump), key=lambda v: str(v.term))


def _values(
    values: Iterable[str | Literal], nodes: Iterable[str | Literal], dump: Dump
) -> list[Value]:
    """Return values, those that are times with the precision that their value nodes tell."""
    times = [t for node in nodes if isinstance(node, str) and (t := _time(node, dump))]
    plain = [
        v
        for v in values
        if not (times and isinstance(v, Literal) and v.datatype.value == XSD + "dateTime")
    ]
    return [*(Value.of_time(t) for t in times), *(Value(v) for v in plain)]


def _time(node: str, dump: Dump) -> Time | None:
    parts = dump.times.get(node, {})
    precision = parts.get("timePrecision", "")
    if "timeValue" not in parts or not precision.isdecimal():
        return None
    text = parts["timeValue"]
    return Time.read(
        text if text.startswith("-") else "+" + text,
        int(precision),
        julian=parts.get("timeCalendarModel") == JULIAN,
        converted=True,
    )


def truthy(node: str, said: Said) -> Iterator[Statement]:
    """Yield the statements of an entity node that stand there without their rank and qualifiers."""
    subject = node.removeprefix(WD)
    for predicate, values in sorted(said.items()):
        name = predicate.removeprefix(WDT)
        if predicate.startswith(WDT) and "/" not in name:
            for term in values:
                yield Statement(subject, subject, name, Value(term))
    for kind in said.get(RDF + "type", ()):
        if isinstance(kind, str) and kind.startswith(_NOVALUE):
            yield Statement(subject, subject, kind.removeprefix(_NOVALUE), Value(NONE))


def names(said: Said) -> tuple[list[Literal], list[Literal], list[Literal]]:
    """Return the labels, aliases and descriptions of an entity node."""

    def texts(*predicates: str) -> list[Literal]:
        found = {v for p in predicates for v in said.get(p, ()) if isinstance(v, Literal)}
        return sorted(found, key=str)

    return texts(*_LABELS), texts(SKOS + "altLabel"), texts(*_DESCRIPTIONS)


def is_reference(node: str) -> bool:
    """Return whether a node is a reference."""
    return node.startswith(REFERENCE)


def is_statement(node: str) -> bool:
    """Return whether a node is a statement."""
    return node.startswith(_WDS)


def reference(node: str, said: Said, dump: Dump) -> tuple[str, list[tuple[str, Value]]]:
    """Return the hash of a reference and what it says."""
    return node.removeprefix(REFERENCE), snaks(said, PR, _REFERENCE_NODE, dump)
