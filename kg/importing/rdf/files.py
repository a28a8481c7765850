"""RDF files of strangers: which syntax one is in, and its quads, within bounds.

pyoxigraph parses, in its lenient way: it would else stop at the first bad IRI, or, in
JSON-LD, drop it without a word. ``quads`` checks each IRI itself and tells of the bad ones.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from kg.errors import MissingError, RefusedError, UnreadableError
from kg.importing.lines import is_iri, is_language
from kg.importing.reading import MAX_JSON_MB, json_file, json_text, open_bytes
from kg.turtle import syntax_error

#: Terms nested deeper than this are no data, and would exhaust the parser's stack.
DEEPEST = 1000
_SUFFIXES = {
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".ttl": RdfFormat.TURTLE,
    ".turtle": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".rdfs": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}
_SHORT = {
    "nt": ".nt", "ntriples": ".nt", "nq": ".nq", "nquads": ".nq", "ttl": ".ttl", "turtle": ".ttl",
    "trig": ".trig", "xml": ".rdf", "rdfxml": ".rdf", "jsonld": ".jsonld",
}  # fmt: skip
_STATEMENT = re.compile(
    rb"(?:\s*#[^\n]*\n|\s)*(?:<[^>\n]*>|_:\S+)[ \t]+<[^>\n]*>[ \t]+(?:<[^>\n]*>|_:\S+|\"[^\n]*)[^\n]*\.\s*?\n"
)
#: Who fetches a remote context: given its address, its JSON.
Fetch = Callable[[str], Any]
#: Told of each bad IRI, and of each bad language tag with its @.
Bad = Callable[[str], object]


def syntax_of(path: Path, named: str = "") -> RdfFormat:
    """Return the syntax of a file: the one named, else what its content shows, else its suffix.

    Raises RefusedError for what is no RDF.
    """
    if named:
        if named.lower() not in _SHORT:
            raise RefusedError(f"unknown syntax: {named}", hint="one of " + ", ".join(_SHORT))
        return _SUFFIXES[_SHORT[named.lower()]]
    with open_bytes(path) as stream:
        head = stream.read(65536)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UnreadableError("is empty", path=path, hint="is it the right file?")
    stem = path.with_suffix("") if path.suffix in (".gz", ".bz2") else path
    by_name = _SUFFIXES.get(stem.suffix.lower())
    if re.match(rb"(?i)<!doctype html|<html", start):
        raise RefusedError("is a web page, not RDF", path=path, hint="download the data itself")
    if re.match(rb"<(\?xml|!DOCTYPE|!--|[\w.-]+:RDF[\s>])", start):
        return RdfFormat.RDF_XML
    if re.match(rb"\{\s*(\"|\})|\[\s*[\[{\]]", start) and by_name not in (
        RdfFormat.TURTLE,
        RdfFormat.TRIG,
    ):
        return RdfFormat.JSON_LD
    if by_name in (RdfFormat.RDF_XML, RdfFormat.JSON_LD):
        by_name = None  # it is not: neither begins like that
    if by_name is None:
        return RdfFormat.N_QUADS if _STATEMENT.match(start) else RdfFormat.TRIG
    return by_name


def quads(
    path: Path,
    syntax: RdfFormat,
    *,
    base: str = "",
    fetch: Fetch | None = None,
    bad: Bad = lambda _: None,
) -> Iterator[Quad]:
    """Yield the quads of a file whose terms are all in order; tell ``bad`` of each bad IRI.

    Literals are as they are written. Raises UnreadableError with the place where the
    syntax breaks, RefusedError for what may not be read: XML with entities that reach
    out or grow, terms nested without end, contexts elsewhere.
    """
    if base and not is_iri(base):
        raise RefusedError(f"{base!r} is not an IRI to resolve others against")
    if syntax is RdfFormat.RDF_XML:
        _check_xml(path)
    if syntax is RdfFormat.JSON_LD:
        source: Any = io.BytesIO(_local_jsonld(path, fetch))
    else:
        source = _Watched(path)
    with source:
        try:
            for quad in parse(source, format=syntax, base_iri=base or None, lenient=True):
                if _in_order(quad, bad):
                    yield quad
        except SyntaxError as error:
            _raise_again(source)
            found = syntax_error(error, path)
            found.message = "broken RDF: " + found.message.partition(": ")[2]
            found.hint = "look at that line; the file may be cut short"
            raise found from error
        except MemoryError as error:  # the parser's, of its own bound of 16 MB
            raise RefusedError(
                "a term without end", path=path, hint="the file may be no RDF: check it"
            ) from error
        except (OSError, ValueError, UnreadableError, RefusedError) as error:
            _raise_again(source)
            if isinstance(error, UnreadableError | RefusedError):
                raise
            raise UnreadableError(f"broken RDF: {error}", path=path, hint="check it") from error


def _raise_again(source: Any) -> None:
    # The parser wraps what reading raises in an error of its own.
    if error := getattr(source, "error", None):
        raise error from None


def _in_order(quad: Quad, bad: Bad) -> bool:
    fine = True
    terms = [quad.subject, quad.predicate, quad.object, quad.graph_name]
    if isinstance(quad.object, Literal):
        terms[2] = quad.object.datatype
        if quad.object.language and not is_language(quad.object.language):
            bad(f"@{quad.object.language}")
            fine = False
    for term in terms:
        if isinstance(term, NamedNode):
            if not is_iri(term.value):
                bad(term.value)
                fine = False
        elif not isinstance(term, BlankNode | DefaultGraph):
            bad("")  # a triple term of RDF 1.2
            fine = False
    return fine


class _Watched(io.RawIOBase):
    """The bytes of a file for the parser, which is stopped before nesting exhausts its stack."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = open_bytes(path)
        self._depth = 0
        self._last = b""
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            found = self._stream.read(size)
        except UnreadableError as error:
            self.error = error
            raise
        if b"<<" in found or self._last == b"<":
            self._depth += (self._last + found).count(b"<<") - found.count(b">>")
            self._depth = max(self._depth, 0)
            if self._depth > DEEPEST:
                self.error = RefusedError("terms nested too deep", path=self._path, hint="mend it")
                raise self.error
        self._last = b"<" if found.endswith(b"<") else b""
        return found

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._stream.close()
        super().close()


# ---------------------------------------------------------------- RDF/XML


def _check_xml(path: Path) -> None:
    """Refuse XML that reaches elsewhere, that grows when it is read, or that is bottomless.

    Entities that stand for a short text, as ontologies use them for namespaces, may stay.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate()
    depth = 0

    def start(_name: str, _attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise RefusedError("XML nested too deep", path=path, hint="no record is")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(
        _name: str,
        is_parameter: int,
        value: str | None,
        _base: str | None,
        system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if system or is_parameter or value is None or "&" in value or len(value) > 500:
            raise RefusedError(
                "XML with entities that reach elsewhere or grow is not read",
                path=path,
                line=parser.CurrentLineNumber,
                hint="remove the DOCTYPE: data needs none",
            )

    def doctype(_name: str, system: str | None, _public: str | None, _internal: int) -> None:
        if system:
            raise RefusedError(
                "XML with a document type elsewhere is not read",
                path=path,
                hint="remove the DOCTYPE: data needs none",
            )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = entity
    parser.StartDoctypeDeclHandler = doctype
    try:
        with open_bytes(path) as stream:
            while piece := stream.read(1 << 20):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableError(
            f"broken XML: {expat.errors.messages[error.code]}",
            path=path,
            line=error.lineno,
            column=error.offset + 1,
            hint="look at that line; the file may be cut short",
        ) from error


# ---------------------------------------------------------------- JSON-LD


def _local_jsonld(path: Path, fetch: Fetch | None) -> bytes:
    """Return a JSON-LD file with the contexts it names elsewhere put in their place."""
    if path.suffix in (".gz", ".bz2"):
        with open_bytes(path) as stream:
            content = stream.read(MAX_JSON_MB * 1_000_000 + 1)
        if len(content) > MAX_JSON_MB * 1_000_000:
            raise RefusedError(f"more than {MAX_JSON_MB} MB of JSON", path=path, hint="split it")
        document = json_text(content, path)
    else:
        document = json_file(path)
    try:
        return json.dumps(_with_contexts(document, path, fetch)).encode("utf-8", "replace")
    except RecursionError:
        raise RefusedError("JSON nested too deep", path=path, hint="no record is") from None


def _with_contexts(value: Any, path: Path, fetch: Fetch | None) -> Any:
    if isinstance(value, list):
        return [_with_contexts(v, path, fetch) for v in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(found, path, fetch)
        if key == "@context"
        else _with_contexts(found, path, fetch)
        for key, found in value.items()
    }


def _context(value: Any, path: Path, fetch: Fetch | None) -> Any:
    if isinstance(value, list):
        return [_context(v, path, fetch) for v in value]
    if isinstance(value, str):
        if fetch is None:
            raise RefusedError(
                f"its context is elsewhere: {value}",
                path=path,
                hint="nothing is fetched: -o context=FILE answers with a local copy, "
                "-o allow-context=URL allows this one",
            )
        found = fetch(value)
        return found.get("@context", {}) if isinstance(found, dict) else {}
    if isinstance(value, dict):  # a context may hold others
        inner = {k: _with_contexts(v, path, fetch) for k, v in value.items() if k != "@import"}
        if isinstance(value.get("@import"), str):
            imported = _context(value["@import"], path, fetch)
            inner = {**imported, **inner} if isinstance(imported, dict) else inner
        return inner
    return value


def contexts(local: str, allowed: str) -> Fetch | None:
    """Return who answers for remote contexts: a local file for any, or the network for one."""
    if not local and not allowed:
        return None

    def fetch(url: str) -> Any:
        if local:
            return json_file(Path(local))
        if url not in allowed.split():
            raise RefusedError(
                f"its context is elsewhere, and not allowed: {url}",
                hint=f"-o allow-context='{allowed} {url}'",
            )
        return _from_network(url)

    return fetch


def _from_network(url: str) -> Any:
    import urllib3

    if not url.startswith(("https://", "http://")):
        raise RefusedError(f"{url} is no address on the web")
    headers = {"Accept": "application/ld+json, application/json"}
    try:
        answer = urllib3.request(
            "GET", url, headers=headers, timeout=20, retries=2, preload_content=False
        )
        content = answer.read(5_000_001)
    except urllib3.exceptions.HTTPError as error:
        raise MissingError(
            f"{url} does not answer: {type(error).__name__}",
            hint="-o context=FILE needs no network",
        ) from error
    if answer.status != 200 or len(content) > 5_000_000:
        raise MissingError(
            f"{url} gives no context (status {answer.status})", hint="-o context=FILE"
        )
    return json_text(content, Path(url.rpartition("/")[2] or "context"))
