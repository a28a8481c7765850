"""A graph on disk as sorted lines of Turtle, one node a line, in bounded memory.

Lines come in any order and with repeats. They are sorted outside memory, repeats fall
together, and what two lines say of one node becomes one line: the same content gives
the same bytes, whatever order its files were read in.
"""

from __future__ import annotations

import heapq
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO

from pyoxigraph import Literal, NamedNode

from kg.errors import MissingError, RefusedError
from kg.vocab import PREFIXES, XSD, compress

#: So many bytes of lines are sorted in memory at a time.
RUN_BYTES = 48_000_000
# Between two properties of a node. No literal holds a tab as such: it is escaped in them.
_AND = " ;\t"
_NEXT = _AND.encode()
_NOT_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]|%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x00": "\\u0000"}
)
_ESCAPED = re.compile(r'[\\"\n\r\t\x00]')

HEAD = "".join(f"@prefix {p}: <{ns}> .\n" for p, ns in sorted(PREFIXES.items())).encode()


@lru_cache(maxsize=200_000)
def is_iri(text: str) -> bool:
    """Return whether a text is an absolute IRI that the engine reads back.

    >>> is_iri("http://example.org/a"), is_iri("http://example.org/a b"), is_iri("#b")
    (True, False, False)
    >>> is_iri("http://[example.org/"), is_iri("http://example.org/#a#b")
    (False, False)
    """
    if not _SCHEME.match(text) or _NOT_IRI.search(text):
        return False
    try:
        # One that only looks well would make the whole file unreadable once it is written.
        NamedNode(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=10_000)
def is_language(tag: str) -> bool:
    """Return whether a text is a well-formed language tag (RFC 5646) that the engine reads back.

    >>> is_language("zh-Hant"), is_language("a"), is_language("en-US-US")
    (True, False, False)
    """
    try:
        return bool(tag) and bool(Literal("", language=tag))
    except ValueError:
        return False


@lru_cache(maxsize=200_000)
def iri_text(iri: str) -> str:
    """Return an IRI as Turtle writes it; RefusedError for what is no IRI."""
    if not is_iri(iri):
        raise RefusedError(
            f"{iri!r} is not an IRI", hint="percent-encode what is not allowed in it"
        )
    short = compress(iri)
    return short if short is not iri and short != iri else f"<{iri}>"


def text_text(text: str, language: str = "") -> str:
    """Return a plain text, or one in a language, as Turtle writes it.

    Lone surrogates, which no UTF-8 can hold, become U+FFFD.
    """
    # Few texts hold any of these, and looking takes a third of the time of translating.
    escaped = text.translate(_ESCAPES) if _ESCAPED.search(text) else text
    if not escaped.isascii():
        escaped = escaped.encode("utf-8", "replace").decode("utf-8")
    return f'"{escaped}"@{language}' if language else f'"{escaped}"'


def term_text(term: str | Literal) -> str:
    """Return an IRI or a literal as Turtle writes it."""
    if isinstance(term, str):
        return iri_text(term)
    if term.language:
        return text_text(term.value, term.language)
    datatype = term.datatype.value
    if datatype == XSD + "string":
        return text_text(term.value)
    return f"{text_text(term.value)}^^{iri_text(datatype)}"


def node_line(iri: str, properties: Iterable[tuple[str, str]]) -> bytes:
    """Return the line of a node from predicate IRIs and objects in Turtle's form."""
    return written_line(iri_text(iri), [f"{iri_text(p)} {o}" for p, o in properties])


def written_line(node: str, said: Iterable[str]) -> bytes:
    """Return the line of a node from what is said of it, all in Turtle's form already."""
    return f"{node} {_AND.join(said)}".encode("utf-8", "replace")


class SortedLines:
    """Lines of nodes on their way to a file; leaving the ``with`` block removes what is left."""

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes = run_bytes
        self._lines: set[bytes] = set()
        self._size = 0
        self._stack = ExitStack()
        self._runs: list[IO[bytes]] = []

    def __enter__(self) -> SortedLines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, line: bytes) -> None:
        """Take one line, as ``node_line`` makes it."""
        if line not in self._lines:
            self._lines.add(line)
            self._size += len(line)
            if self._size >= self._run_bytes:
                self._spill()

    def _spill(self) -> None:
        try:
            run = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            run.writelines(line + b"\n" for line in sorted(self._lines))
            run.seek(0)
        except OSError as error:
            raise MissingError(
                f"no room to sort the lines of a graph: {error.strerror or error}",
                path=Path(tempfile.gettempdir()),
                hint="make room, or name another folder: TMPDIR=FOLDER",
            ) from error
        self._runs.append(run)
        self._lines.clear()
        self._size = 0

    def merged(self) -> Iterator[bytes]:
        """Yield the lines of the graph, sorted, one a node, each with its full stop."""
        runs = [(line.rstrip(b"\n") for line in run) for run in self._runs]
        return one_a_node(heapq.merge(*runs, sorted(self._lines)))

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole file: the prefixes, then the lines."""
        yield HEAD
        yield from self.merged()


def one_a_node(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield sorted lines with those of one node made one."""
    node, said = b"", b""
    several: dict[bytes, None] | None = None
    for line in lines:
        subject, _, rest = line.partition(b" ")
        if subject != node:
            if node:
                yield _ended(node, said, several)
            node, said, several = subject, rest, None
        elif rest != said:
            if several is None:
                several = dict.fromkeys(said.split(_NEXT))
            several.update(dict.fromkeys(rest.split(_NEXT)))
    if node:
        yield _ended(node, said, several)


def _ended(node: bytes, said: bytes, several: dict[bytes, None] | None) -> bytes:
    if several is not None:
        said = _NEXT.join(several)
    return node + b" " + said + b" .\n"


def read_lines(path: Path) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield each node of a file written here, with what is said of it, in Turtle's form."""
    with path.open("rb") as stream:
        for line in stream:
            if not line.startswith(b"@prefix "):
                node, _, said = line.rstrip(b"\n").removesuffix(b" .").partition(b" ")
                yield node, said.split(_NEXT)
