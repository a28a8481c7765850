"""Queries that are known to be small before they run: those need no process that can be killed.

Of a query that is nothing but triple patterns (and OPTIONAL ones, and simple filters),
no plan of any engine makes more rows than the product of what each pattern matches. Where
all patterns hang together, a plan joins each to what is known already (the engine's does),
and a row is continued by no more than the most that one subject, or one object, has. All
that is counted in the data, up to a bound. A query below the bound is answered where it
arrives, in a millisecond or two; every other one goes to a worker.

What is read here are terminals, not text: whatever is not known below makes a query
unbounded, so that a new keyword of the engine's cannot slip through.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from math import inf, prod
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, QueryResultsFormat

from kg import sparql
from kg.sandbox import Limits, View
from kg.sparql import Token
from kg.vocab import PREFIXES, RDF
from kg.worker import Ended

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Triple
    from typing_extensions import Buffer

#: No plan makes more rows than this, or looks more up: about ten milliseconds at worst.
MOST = 10_000
#: Longer texts are not looked at.
TEXT = 2_000
_PATTERNS = 12
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\\]*>")
# Functions that take no longer for one row than writing it does.
_CHEAP = frozenset({"BOUND", "DATATYPE", "IN", "ISBLANK", "ISIRI", "ISLITERAL", "ISNUMERIC"}) | {
    *("ISURI", "LANG", "LANGMATCHES", "NOT", "SAMETERM", "STR", "TRUE", "FALSE")
}
_IN_FILTERS = frozenset({"variable", "string", "language", "iri", "name", "number", "operator"})


class Known(NamedTuple):
    """A term that is known, as text: not every one that is read has to be made a term of the engine."""

    text: str
    #: Whether it is a literal, and its language.
    literal: bool = False
    language: str | None = None

    @property
    def term(self) -> NamedNode | Literal:
        """The term; ValueError when the text is no IRI."""
        if self.literal:
            return Literal(self.text, language=self.language)
        return NamedNode(self.text)


_TYPE = Known(RDF + "type")


class Pattern(NamedTuple):
    """A triple pattern: what is known in it, and the names of its variables (empty for others)."""

    #: Subject, predicate and object; None for a variable or a value.
    known: tuple[Known | None, Known | None, Known | None]
    names: tuple[str, str, str]


class Matches(NamedTuple):
    """How many quads match a pattern: in all, of one subject at most, of one object at most."""

    all: int
    of_subject: int
    of_object: int


class Shape(NamedTuple):
    """What decides how much work a query can be."""

    patterns: tuple[Pattern, ...]
    #: Whether the patterns are all there is but for filters: nothing optional.
    flat: bool
    #: Rows that are looked at, at most, when there is one pattern and nothing else.
    first: int | None


class _UnknownError(Exception):
    """Something that is not known to be small."""


class _Reader:
    """Reads the terminals of a query that is simple, and gives up at any other."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = iter(tokens)
        self._prefixes: Mapping[str, str] = PREFIXES
        self._patterns: list[Pattern] = []
        self._optional = False
        self._plain = True  # rows can be given out as they are found
        # The terminal that is next: its kind, its text, and what it is as a keyword.
        self._kind = self._text = self._word = ""
        self._pass()

    def _pass(self) -> str:
        """Go on to the next terminal, and return the text of the one that is passed."""
        passed = self._text
        self._kind, self._text, _ = next(self._tokens, _END)
        self._word = self._text.upper() if self._kind == "word" else ""
        return passed

    def _take(self, kind: str, text: str | None = None) -> str:
        if self._kind != kind or (text is not None and self._text != text):
            raise _UnknownError
        return self._pass()

    def _passes(self, word: str) -> bool:
        """Pass over a keyword, and return whether it is there."""
        if self._word != word:
            return False
        self._pass()
        return True

    def shape(self) -> Shape:
        while self._passes("PREFIX"):
            name = self._take("name")
            self._prefixes = {**self._prefixes, name.rstrip(":"): self._take("iri")[1:-1]}
        if not self._passes("ASK"):
            self._select()
        self._passes("WHERE")
        self._group(inner=False)
        first = self._slice()
        return Shape(tuple(self._patterns), not self._optional, first)

    def _select(self) -> None:
        if not self._passes("SELECT"):
            raise _UnknownError
        if self._passes("DISTINCT") or self._passes("REDUCED"):
            self._plain = False
        if self._text == "*":
            self._pass()
            return
        self._take("variable")
        while self._kind == "variable":
            self._pass()

    def _group(self, *, inner: bool) -> None:
        self._take("open", "{")
        while self._kind != "close":
            if self._passes("FILTER"):
                self._filter()
            elif not inner and self._passes("OPTIONAL"):
                self._group(inner=True)
                self._plain, self._optional = False, True
            elif self._text == ".":
                self._pass()
            else:
                self._triples()
        self._take("close", "}")

    def _triples(self) -> None:
        subject, name = self._term()
        while True:
            if self._text == "a" and self._kind == "word":
                self._pass()
                predicate, verb = _TYPE, ""
            else:
                predicate, verb = self._term()  # type: ignore[assignment]
            while True:
                object_, what = self._value()
                names = (name, verb, what)
                self._patterns.append(Pattern((subject, predicate, object_), names))
                # (A variable that comes twice in one pattern.)
                self._plain = self._plain and not (
                    (name and name in (verb, what)) or (verb and verb == what)
                )
                if len(self._patterns) > _PATTERNS:
                    raise _UnknownError
                if self._text != ",":
                    break
                self._pass()
            if self._text != ";":
                return
            while self._text == ";":
                self._pass()
            if self._text == "." or self._kind == "close":
                return

    def _term(self) -> tuple[Known | None, str]:
        """Return what is known of a term, and its name if it is a variable."""
        kind, text = self._kind, self._text
        self._pass()
        if kind == "variable":
            return None, text[1:]
        if kind == "iri" and _ABSOLUTE.fullmatch(text):
            return Known(text[1:-1]), ""
        if kind == "name" and "\\" not in text:
            prefix, _, local = text.partition(":")
            return Known(self._prefixes[prefix] + local), ""
        raise _UnknownError

    def _value(self) -> tuple[Known | None, str]:
        if self._kind == "string":
            quoted = self._pass()
            text = quoted[3:-3] if quoted.startswith(('"""', "'''")) else quoted[1:-1]
            if self._text == "^^":
                self._pass()
                self._term()
                return None, ""
            language = self._pass()[1:] if self._kind == "language" else None
            return Known(text, True, language), ""
        if self._kind == "number" or self._word in ("TRUE", "FALSE"):
            self._pass()
            return None, ""
        return self._term()

    def _filter(self) -> None:
        """Pass over a filter that takes a moment for each row."""
        self._plain = False
        depth = 0
        while True:
            kind, word = self._kind, self._word
            text = self._pass()
            if kind == "word":
                known = word in _CHEAP
            elif kind in ("open", "close"):
                known = text in "()"
                depth += 1 if kind == "open" else -1
            else:
                known = kind in _IN_FILTERS or text == ","
            if not known or depth > 5:
                raise _UnknownError
            if text == ")" and depth == 0:
                return

    def _slice(self) -> int | None:
        """Read what follows the patterns; return how many rows it wants, if that is told."""
        if self._passes("ORDER"):
            self._plain = False
            if not self._passes("BY"):
                raise _UnknownError
            while self._kind == "variable" or self._word in ("ASC", "DESC"):
                if self._pass()[0] not in "?$":
                    self._take("open", "(")
                    self._take("variable")
                    self._take("close", ")")
        told: dict[str, int] = {}
        while self._kind:
            word = self._word
            self._take("word")
            number = self._take("number")
            if word not in ("LIMIT", "OFFSET") or word in told or not number.isdecimal():
                raise _UnknownError
            told[word] = int(number[:20])
        if not self._plain or len(self._patterns) != 1 or "LIMIT" not in told:
            return None
        return told["LIMIT"] + told.get("OFFSET", 0)


_END = Token("", "", 0)


def shape(text: str) -> Shape | None:
    """Return what bounds the work of a query that has passed ``sparql.outline``.

    None when nothing is known to bound it.

    >>> shape("SELECT ?p { <http://e.example/a> ?p ?o } LIMIT 5").first
    5
    >>> shape("SELECT ?p { ?s (?p|^?p)* ?o }")
    """
    if len(text) > TEXT or "\\" in text:
        return None
    try:
        return _Reader(sparql.terminals(text)).shape()
    except (_UnknownError, KeyError, ValueError):
        return None


class Bounded:
    """Answers queries over an engine in this process, those that are small."""

    def __init__(self, engine: ox.Store) -> None:
        self._engine = engine
        # (Of the engine alone: a cycle through this object would keep old data for a while.)
        self._matches = lru_cache(maxsize=10_000)(partial(_count, engine))

    def small(self, text: str) -> bool:
        """Whether a query that has passed ``sparql.outline`` is known to be small."""
        found = shape(text)
        try:
            return found is not None and self._few(found)
        except ValueError:  # what is written as an IRI is none
            return False

    def _few(self, found: Shape) -> bool:
        if found.first is not None and found.first <= MOST:
            return True
        matches = []
        for pattern in found.patterns:
            # (No further than the first that is too many: to count takes a moment for each.)
            matches.append(self._matches(pattern.known))
            if matches[-1].all > MOST:
                return False
        # (One more: it may be optional.)
        if prod(1 + one.all for one in matches) <= MOST:
            return True
        return found.flat and _joined(found.patterns, matches) <= MOST

    def answer(
        self, text: str, view: View, limits: Limits, most: int, form: str
    ) -> tuple[Ended, bytes] | None:
        """Return the end and the content of an answer, as a worker gives it; None if it is not small.

        ``form`` is json or tsv. An answer of more than ``most`` bytes is not small either.
        What the engine cannot read is for a worker, which finds out why.
        """
        if limits.rows < MOST or not self.small(text):
            return None
        options = view.options()
        if not any(token.kind == "name" for token in sparql.terminals(text)):
            del options["prefixes"]  # (handing them over takes as long as a short query)
        try:
            found = self._engine.query(text, **options)
            if isinstance(found, ox.QueryBoolean):
                return Ended("ask", False), b"1" if found else b"0"
            if not isinstance(found, ox.QuerySolutions):
                return None
            ordered = text
            if "*" in text:
                ordered = sparql.spelled_out(text, [one.value for one in found.variables])
            if ordered != text:
                found = self._engine.query(ordered, **options)
                assert isinstance(found, ox.QuerySolutions)
            sink = _Sink(most)
            written = QueryResultsFormat.JSON if form == "json" else QueryResultsFormat.TSV
            found.serialize(sink, format=written)
        except (SyntaxError, ValueError, OSError, RuntimeError):
            return None
        content = sink.getvalue()
        return Ended("select", False), content + b"\n" if form == "json" else content


def _count(engine: ox.Store, known: tuple[Known | None, Known | None, Known | None]) -> Matches:
    subjects: Counter[NamedNode | BlankNode | Literal | Triple] = Counter()
    objects: Counter[NamedNode | BlankNode | Literal | Triple] = Counter()
    subject, predicate, object_ = (one and one.term for one in known)
    matching = engine.quads_for_pattern(subject, predicate, object_, None)  # type: ignore[arg-type]
    for quad in islice(matching, MOST + 1):
        subjects[quad.subject] += 1
        objects[quad.object] += 1
    return Matches(
        subjects.total(),
        max(subjects.values(), default=0),
        max(objects.values(), default=0),
    )


def _joined(patterns: Sequence[Pattern], matches: Sequence[Matches]) -> float:
    """Return how many rows there are at most when each pattern is joined to those before it.

    Infinite when the patterns do not hang together.
    """
    reached, left = {0}, set(range(1, len(patterns)))
    while left:
        near = {
            one for one in left if any(_shared(patterns[one], patterns[other]) for other in reached)
        }
        if not near:
            return inf
        reached |= near
        left -= near
    steps = []
    for one, pattern in enumerate(patterns):
        names = set().union(
            *(_shared(pattern, other) for n, other in enumerate(patterns) if n != one)
        )
        subject, verb, object_ = (name in names for name in pattern.names)
        found = matches[one]
        bounds = [1, found.all if verb else 0]
        bounds += [found.of_subject if subject else 0, found.of_object if object_ else 0]
        steps.append(max(bounds))
    return max(
        found.all * prod(steps[:one] + steps[one + 1 :]) for one, found in enumerate(matches)
    )


def _shared(one: Pattern, other: Pattern) -> set[str]:
    return set(one.names) & set(other.names) - {""}


class _Sink(io.BytesIO):
    """Takes so many bytes and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, chunk: Buffer, /) -> int:
        """Take a piece; OSError when that is too much."""
        size = memoryview(chunk).nbytes
        self._left -= size
        if self._left < 0:
            raise OSError("more than fits")
        return super().write(chunk)
