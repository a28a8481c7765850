"""What a query answered: rows, a yes or no, or triples; as objects and in every format.

A SELECT result keeps the engine's TSV bytes and splits them when somebody looks:
that is several times faster than one term object per cell, and the same bytes come
from this process, from a worker and, converted, from an endpoint.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, Triple

from kg.errors import MissingError, UsageError
from kg.turtle import natural
from kg.vocab import PREFIXES, compress

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from typing_extensions import Buffer

Term = NamedNode | Literal | BlankNode | Triple
Row = tuple[Term | None, ...]
#: What a node is called, by IRI.
Label = Callable[[str], str]


class Result:
    """What a query answered. ``kind`` is select, ask or construct (DESCRIBE too)."""

    def __init__(
        self,
        kind: str,
        *,
        tsv: bytes = b"",
        boolean: bool = False,
        triples: tuple[Triple, ...] = (),
        truncated: bool = False,
    ) -> None:
        self.kind = kind
        #: SPARQL 1.1 TSV of a SELECT, header line included.
        self.tsv = tsv
        self.boolean = boolean
        self.triples = triples
        #: Whether there was more than the limit let through.
        self.truncated = truncated

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the columns."""
        head = self.tsv.partition(b"\n")[0].decode("utf-8")
        return tuple(name[1:] for name in head.split("\t") if name)

    @cached_property
    def cells(self) -> list[list[str]]:
        """The rows as SPARQL writes terms (``<iri>``, ``"text"@en``, ``5``), empty where unbound."""
        lines = self.tsv.decode("utf-8").split("\n")[1:-1]
        return [line.split("\t") for line in lines] if self.variables else [[] for _ in lines]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows as terms, None where unbound."""
        if self.kind != "select":
            return ()
        solutions = ox.parse_query_results(self.tsv, format=QueryResultsFormat.TSV)
        assert isinstance(solutions, ox.QuerySolutions)
        width = range(len(self.variables))
        return tuple(tuple(solution[i] for i in width) for solution in solutions)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show; a boolean is never empty."""
        return self.kind != "ask" and len(self) == 0

    def __len__(self) -> int:
        if self.kind == "select":
            return max(self.tsv.count(b"\n") - 1, 0)
        return len(self.triples)

    def __iter__(self) -> Iterator[dict[str, str | None]]:
        """Yield each row by variable: CURIEs, literal texts, None where unbound."""
        for row in self.rows:
            yield {v: _plain(t) for v, t in zip(self.variables, row, strict=True)}

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame; MissingError when pandas is not installed."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingError("pandas is not installed", hint="pip install pandas") from None
        return pd.DataFrame(list(self), columns=list(self.variables))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return CONSTRUCT triples as a MultiDiGraph keyed by CURIE; UsageError for others."""
        import networkx as nx

        if self.kind != "construct":
            raise UsageError("only CONSTRUCT and DESCRIBE make a graph", hint="use CONSTRUCT")
        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
        for triple in self.triples:
            predicate: Any = _plain(triple.predicate)  # the stubs know integer keys only
            graph.add_edge(_plain(triple.subject), _plain(triple.object), key=predicate)
        return graph


def _plain(term: Term | None) -> str | None:
    if isinstance(term, NamedNode):
        return compress(term.value)
    if isinstance(term, Literal):
        return term.value
    return None if term is None else str(term)


# ---------------------------------------------------------------- reading an engine's answer


class _EnoughError(Exception):
    """Enough rows have been written."""


class _Rows(io.BytesIO):
    """A file that takes so many lines and then stops whoever writes to it."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.left = lines

    def write(self, chunk: Buffer) -> int:
        content = bytes(chunk)
        self.left -= content.count(b"\n")
        written = super().write(content)
        if self.left < 0:
            raise _EnoughError
        return written


def read(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, limit: int | None = None
) -> Result:
    """Return what an engine answered, at most ``limit`` rows or triples of it.

    Triples are sorted, rows stay in the order they come. Raises what the engine
    raises while it evaluates.
    """
    if isinstance(answer, ox.QueryBoolean):
        return Result("ask", boolean=bool(answer))
    if isinstance(answer, ox.QueryTriples):
        found = sorted(set(answer), key=lambda t: natural(str(t)))
        cut = limit is not None and len(found) > limit
        return Result("construct", triples=tuple(found[:limit]), truncated=cut)
    if limit is None:
        return Result("select", tsv=answer.serialize(format=QueryResultsFormat.TSV) or b"")
    rows = _Rows(limit + 1)  # the first line names the columns
    try:
        answer.serialize(rows, format=QueryResultsFormat.TSV)
    except _EnoughError:
        # (Not splitlines: it also splits at carriage returns and form feeds.)
        lines = rows.getvalue().split(b"\n", limit + 1)[: limit + 1]
        return Result("select", tsv=b"\n".join(lines) + b"\n", truncated=True)
    return Result("select", tsv=rows.getvalue())


# ---------------------------------------------------------------- writing

#: Which formats serve which kind of result.
FORMATS: dict[str, tuple[str, ...]] = {
    "select": ("table", "csv", "tsv", "json", "xml"),
    "ask": ("table", "json", "xml"),
    "construct": ("table", "turtle", "ntriples", "jsonld"),
}
_STANDARD = {
    "csv": QueryResultsFormat.CSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
# XML 1.0 has no other control characters than tab, line feed and carriage return.
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")


def write(
    result: Result,
    form: str,
    *,
    label: Label = compress,
    width: int = 120,
    extra: tuple[str, list[str]] | None = None,
) -> bytes:
    """Return a result in a format; ``extra`` is one more column of a table.

    CSV, TSV, JSON and XML follow the SPARQL 1.1 recommendations. Raises UsageError
    when the format does not serve this kind of result.
    """
    if form not in FORMATS[result.kind]:
        raise UsageError(
            f"{form} does not serve a result of this kind",
            hint="one of " + ", ".join(FORMATS[result.kind]),
        )
    if form == "table":
        return _table(result, label, width, extra).encode("utf-8", "replace")
    if result.kind == "construct":
        return _graph(result, form)
    return _standard(result, form)


def _standard(result: Result, form: str) -> bytes:
    if result.kind == "ask":
        if form == "json":
            return b'{"head":{},"boolean":%s}\n' % str(result.boolean).lower().encode()
        return (
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
            f"<head></head><boolean>{str(result.boolean).lower()}</boolean></sparql>\n"
        ).encode()
    if b"<<( " in result.tsv and any(isinstance(t, Triple) for row in result.rows for t in row):
        raise UsageError(
            "triple terms have no place in SPARQL 1.1 results", hint="select their parts"
        )
    if form == "tsv":
        return result.tsv
    tsv = result.tsv
    if form == "xml":
        tsv = tsv.decode("utf-8").translate(_NOT_XML).encode("utf-8")
    solutions = ox.parse_query_results(tsv, format=QueryResultsFormat.TSV)
    written = solutions.serialize(format=_STANDARD[form]) or b""
    return written if written.endswith(b"\n") else written + b"\n"


def _table(result: Result, label: Label, width: int, extra: tuple[str, list[str]] | None) -> str:
    if result.kind == "ask":
        return "yes\n" if result.boolean else "no\n"
    if result.kind == "construct":
        heads = ["subject", "predicate", "object"]
        body = [
            [_cell(label, t) for t in (x.subject, x.predicate, x.object)] for x in result.triples
        ]
    else:
        heads = list(result.variables)
        body = [[_cell(label, term) for term in row] for row in result.rows]
    if extra is not None:
        heads.append(extra[0])
        body = [[*row, value] for row, value in zip(body, extra[1], strict=True)]
    if not heads:
        return ""
    widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    lines = [heads, ["─" * w for w in widths], *body]
    return "".join(
        "  ".join(_fit(cell, w) for cell, w in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def _cell(label: Label, term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        curie = compress(term.value)
        if curie.startswith(("claim:", "passage:", "citation:")):
            return curie.removeprefix("claim:")
        return _safe(label(term.value))
    return _safe(term.value if isinstance(term, Literal) else str(term))


def _safe(text: str) -> str:
    return "".join(
        c if c.isprintable() else " " if c in "\n\t\r" else f"⟨U+{ord(c):04X}⟩" for c in text
    )


def _fit(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _graph(result: Result, form: str) -> bytes:
    ntriples = "".join(f"{triple} .\n" for triple in result.triples)
    if form == "ntriples":
        return ntriples.encode("utf-8")
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none").parse(data=ntriples, format="nt")
    if form == "turtle":
        from kg.turtle import canonical

        return canonical(graph)
    context = {p: ns for p, ns in PREFIXES.items() if ns in ntriples}
    text: str = graph.serialize(format="json-ld", context=context, sort_keys=True, indent=1)
    return (text.rstrip("\n") + "\n").encode("utf-8")
