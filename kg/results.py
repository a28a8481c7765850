"""What a query answered: rows, a yes or no, or triples; as objects and in every format.

A SELECT result keeps the engine's TSV bytes and splits them when somebody looks:
that is several times faster than one term object per cell, and the same bytes come
from this process, from a worker and, converted, from an endpoint.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, Triple

from kg import cells, tables
from kg.errors import UsageError
from kg.result_formats import FORMATS
from kg.tables import Label
from kg.turtle import natural
from kg.vocab import PREFIXES, compress

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import polars as pl
    import rdflib
    from typing_extensions import Buffer

    from kg.frames import Column, Value

Term = NamedNode | Literal | BlankNode | Triple
Row = tuple[Term | None, ...]

# So many rows a notebook shows.
_NOTEBOOK_ROWS = 50


class Cited(NamedTuple):
    """The places an answer rests on: the marks of each row, and what the marks stand for."""

    marks: list[str]
    sources: list[str]


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
        #: What a notebook calls a node, by IRI.
        self.label: Label = compress
        #: What ``cite`` asks; a graph sets it on its answers.
        self.citer: Callable[[Result], Cited] | None = None

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

    def cite(self) -> Cited:
        """Return the places each row rests on, numbered (``kg.citing``).

        Raises UsageError for a result that no ``kg.open()`` gave.
        """
        if self.citer is None:
            raise UsageError("this result knows no graph to cite from", hint="ask kg.open().query")
        return self.citer(self)

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
        if self.kind == "select":
            for row in self.cells:
                yield {v: _plain(cell) for v, cell in zip(self.variables, row, strict=True)}

    def to_dicts(self) -> list[dict[str, Value]]:
        """Return each row by variable, with Python's numbers, truth values, dates and times.

        IRIs are CURIEs, unbound is None, and what Python cannot hold exactly is text
        (``kg.frames.value``). UsageError for anything but SELECT, as in ``to_pandas``.
        """
        from kg.frames import value

        self._must_be("select")
        return [
            {v: value(cell, compress) for v, cell in zip(self.variables, row, strict=True)}
            for row in self.cells
        ]

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame, a column typed where its values agree.

        IRIs are CURIEs. Raises MissingError when pandas is not installed.
        """
        from kg.frames import to_pandas

        return to_pandas(self._columns())

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a polars data frame; otherwise as ``to_pandas``."""
        from kg.frames import to_polars

        return to_polars(self._columns())

    def _columns(self) -> list[Column]:
        from kg.frames import columns

        self._must_be("select")
        return columns(self.variables, self.cells, compress)

    def _must_be(self, *kinds: str) -> None:
        if self.kind not in kinds:
            raise UsageError(
                f"{self.kind.upper()} does not answer with that",
                hint="ask with " + " or ".join(kind.upper() for kind in kinds),
            )

    def to_rdflib(self) -> rdflib.Graph | rdflib.query.Result:
        """Return triples as an rdflib Graph, rows or a yes or no as an rdflib query result.

        Literals keep the form they have. Raises UsageError for triple terms, which
        rdflib does not know.
        """
        import rdflib

        from kg.turtle import hush_rdflib

        hush_rdflib()
        if self.kind == "construct":
            graph = rdflib.Graph(bind_namespaces="none")
            for prefix, namespace in PREFIXES.items():
                graph.bind(prefix, namespace)
            for row in _triple_cells(self):
                subject, predicate, value = map(_rdflib_term, row)
                assert subject is not None
                assert predicate is not None
                assert value is not None
                graph.add((subject, predicate, value))
            return graph
        found = rdflib.query.Result(self.kind.upper())
        if self.kind == "ask":
            found.askAnswer = self.boolean
            return found
        found.vars = [rdflib.Variable(name) for name in self.variables]
        known: dict[str, Any] = {
            cell: _rdflib_term(cell) for cell in {c for row in self.cells for c in row}
        }
        found.bindings = [
            {v: known[cell] for v, cell in zip(found.vars, row, strict=True) if cell}
            for row in self.cells
        ]
        return found

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a MultiDiGraph whose nodes are CURIEs or texts.

        Of triples: an edge each, its key the predicate. Of rows: an edge each, from the
        columns ``source`` and ``target``, its key from ``key`` when there is one; the
        other columns are attributes. Raises UsageError for other answers, for a row
        without an end, and for one that repeats an edge with other attributes.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
        if self.kind == "construct":
            for triple in _triple_cells(self):
                subject, predicate, value = map(_plain, triple)
                edge: Any = predicate  # the stubs know integer keys only
                graph.add_edge(subject, value, key=edge)
            return graph
        if not {"source", "target"} <= set(self.variables):
            raise UsageError(
                "an answer without ?source and ?target makes no graph",
                hint="name them so, or use CONSTRUCT",
            )
        for number, row in enumerate(self.to_dicts(), 1):
            source, target = row.pop("source"), row.pop("target")
            if source is None or target is None:
                raise UsageError(
                    f"row {number} has no {'source' if source is None else 'target'}",
                    hint="leave such rows out with FILTER(BOUND(...))",
                )
            key: Any = row.pop("key", None)
            if key is not None and graph.get_edge_data(source, target, key, row) != row:
                raise UsageError(
                    f"row {number} repeats the edge {source} {key} {target}",
                    hint="leave ?key out, or make it tell the two apart",
                )
            graph.add_edge(source, target, key=key, **row)
        return graph

    def __repr__(self) -> str:
        if self.kind == "ask":
            return f"<Result: {'yes' if self.boolean else 'no'}>"
        columns = f" of {', '.join(self.variables)}" if self.variables else ""
        return f"<Result: {self._count()}{columns}>"

    def _count(self, shown: int | None = None) -> str:
        noun = "triple" if self.kind == "construct" else "row"
        number = len(self) if shown is None else shown
        text = f"{number:,} {noun}{'' if number == 1 else 's'}"
        return f"the first {text}, there are more" if self.truncated else text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the first rows, as text and as HTML."""
        if self.kind == "ask":
            return {"text/plain": repr(self)}
        heads, rows = _table(self)
        remark = self._count()
        if len(rows) > _NOTEBOOK_ROWS:
            remark = f"the first {_NOTEBOOK_ROWS} of {remark.removeprefix('the first ')}"
        rows = rows[:_NOTEBOOK_ROWS]
        plain = tables.table(heads, rows, self.label, 100)
        return {
            "text/plain": f"{plain}{remark}",
            "text/html": tables.html_table(heads, rows, self.label, remark=remark),
        }


def _plain(cell: str) -> str | None:
    iri = cells.iri(cell)
    return cells.text(cell) or (None if not cell else "") if iri is None else compress(iri)


def _rdflib_term(cell: str) -> rdflib.term.Identifier | None:
    import rdflib

    if not cell:
        return None
    if cell.startswith("<<"):
        raise UsageError("rdflib does not know triple terms", hint="select their parts")
    if cell.startswith("_:"):
        return rdflib.BNode(cell[2:])
    parts = cells.literal(cell)
    if parts is None:
        return rdflib.URIRef(cells.text(cell))
    if parts.language:
        return rdflib.Literal(parts.text, lang=parts.language.partition("--")[0])
    simple = not cell.endswith(">") and cell.startswith('"')
    datatype = None if simple else rdflib.URIRef(parts.datatype)
    return rdflib.Literal(parts.text, datatype=datatype, normalize=False)


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
        found = ordered(set(answer))
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


# So many steps around a blank node are looked at to tell it from others.
_STEPS = 10


def ordered(triples: set[Triple]) -> list[Triple]:
    """Return triples in one order, blank nodes named by what is said of them: equal on every run."""
    return sorted(_named_alike(triples), key=lambda triple: natural(str(triple)))


def _named_alike(triples: set[Triple]) -> set[Triple]:
    """Return triples with blank nodes named after what is said of them.

    The engine names them by chance, and equal answers should be equal bytes.
    """
    said: dict[Term, list[tuple[str, Triple]]] = {}
    for triple in triples:
        for place, term in (("s", triple.subject), ("o", triple.object)):
            if isinstance(term, BlankNode):
                said.setdefault(term, []).append((place, triple))
    if not said:
        return triples
    rank = dict.fromkeys(said, 0)

    def name(term: Term) -> str:
        return f"_:{rank[term]}" if isinstance(term, BlankNode) else str(term)

    for _ in range(_STEPS):
        marks = {
            blank: (
                rank[blank],
                sorted([p, name(t.subject), name(t.predicate), name(t.object)] for p, t in found),
            )
            for blank, found in said.items()
        }
        # Those of which the same is said stay equal; each step tells more of them apart.
        ordered = sorted(said, key=marks.__getitem__)
        ranks, last = {ordered[0]: 0}, ordered[0]
        for blank in ordered[1:]:
            ranks[blank] = ranks[last] + (marks[blank] != marks[last])
            last = blank
        settled = ranks == rank
        rank = ranks
        if settled:
            break
    names = {
        blank: BlankNode(f"b{i}") for i, blank in enumerate(sorted(said, key=rank.__getitem__))
    }

    def renamed(term: Any) -> Any:
        return names.get(term, term)

    return {Triple(renamed(t.subject), t.predicate, renamed(t.object)) for t in triples}


# ---------------------------------------------------------------- writing

_STANDARD = {
    "csv": QueryResultsFormat.CSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
_BLANK = re.compile(rb"(?<=[\t\n])_:[^\t\n]+")
# XML 1.0 has no other control characters than tab, line feed and carriage return.
_NOT_XML = "".join(map(chr, (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)))


def check(form: str, kind: str) -> None:
    """Raise UsageError when a format does not serve that kind of answer."""
    if kind not in FORMATS[form].kinds:
        raise UsageError(
            f"{form} does not serve a result of this kind",
            hint="one of " + ", ".join(name for name, f in FORMATS.items() if kind in f.kinds),
        )


def write(
    result: Result,
    form: str,
    *,
    label: Label = compress,
    width: int = 120,
    extra: tuple[str, list[str]] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """Return a result in a format of ``FORMATS``; equal results, equal bytes.

    In table, markdown and html a claim that stands at several places is one row.
    ``width`` and ``label`` are for people's formats, as are ``extra``, one more column
    of text, and ``notes``, lines below (table, markdown, html). CSV, TSV, JSON and XML follow the SPARQL 1.1 recommendations.

    Raises UsageError when the format does not serve this kind of result or something
    in it, MissingError when a library is not installed, RefusedError when there is
    more than the format can hold.
    """
    check(form, result.kind)
    if form in _STANDARD or form == "tsv":
        return _standard(result, form)
    if form in ("turtle", "ntriples", "jsonld"):
        return _graph(result, form)
    if form == "parquet":
        from kg import frames

        return frames.parquet(frames.columns(result.variables, _own_blanks(result).cells, str))
    heads, rows = _table(result, extra)
    if form == "xlsx":
        from kg import frames

        return frames.xlsx(heads, rows, label)
    rows = _places_joined(heads, rows)
    match form:
        case "html":
            remark = "" if result.kind == "ask" else result._count(len(rows))
            text = tables.html_page(heads, rows, label, title="Answer", remark=remark, notes=notes)
        case "markdown" if result.kind != "ask":
            text = tables.markdown(heads, rows, label, notes)
        case _ if result.kind == "ask":
            text = "yes\n" if result.boolean else "no\n"
        case _:
            text = tables.table(heads, rows, label, width)
            text += "".join(f"{tables.tame(line)}\n" for line in ("", *notes)) if notes else ""
    return text.encode("utf-8", "replace")


def _table(
    result: Result, extra: tuple[str, list[str]] | None = None
) -> tuple[list[str], list[Sequence[str]]]:
    """Return the names of the columns, and the rows as cells."""
    rows: list[Sequence[str]]
    if result.kind == "ask":
        heads, rows = ["answer"], [[cells.quote("yes" if result.boolean else "no")]]
    elif result.kind == "construct":
        heads, rows = ["subject", "predicate", "object"], [*_triple_cells(result)]
    else:
        heads, rows = [*result.variables], [*_own_blanks(result).cells]
    if extra is not None:
        heads.append(extra[0])
        rows = [[*row, cells.quote(text)] for row, text in zip(rows, extra[1], strict=True)]
    return heads, rows


def _places_joined(heads: Sequence[str], rows: list[Sequence[str]]) -> list[Sequence[str]]:
    """Return the rows with one for each claim: those that differ in their place alone are joined.

    For people; a program wants a place in each row.
    """
    if "locator" not in heads:
        return rows
    column = heads.index("locator")
    found: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        key = (*row[:column], *row[column + 1 :])
        found.setdefault(key, []).append(cells.text(row[column]))
    return [
        [*key[:column], cells.quote("; ".join(dict.fromkeys(places))), *key[column:]]
        for key, places in found.items()
    ]


def _triple_cells(result: Result) -> list[list[str]]:
    return [[str(t.subject), str(t.predicate), str(t.object)] for t in result.triples]


def _own_blanks(result: Result, names: dict[bytes, bytes] | None = None) -> Result:
    """Return rows with blank nodes numbered as they come: the engine's names are chance.

    ``names`` are those given so far, when the rows are a part of more.
    """
    if b"_:" not in result.tsv or not _BLANK.search(result.tsv):
        return result
    names = {} if names is None else names
    tsv = _BLANK.sub(lambda m: names.setdefault(m[0], b"_:b%d" % len(names)), result.tsv)
    return Result("select", tsv=tsv, truncated=result.truncated)


def write_blocks(blocks: Iterable[bytes], form: str) -> Iterator[bytes]:
    """Yield an answer of rows in csv, tsv, json or xml from blocks of TSV, as they come.

    Each block has whole lines; the first line of the first one names the columns. What
    comes out is what ``write`` gives for all of it, and one block is in memory at a time.
    """
    names: dict[bytes, bytes] = {}
    head, around = b"", None
    for block in blocks:
        if around is None:
            line, _, block = block.partition(b"\n")
            head = line + b"\n"
            around = _around(head, form)
            yield around[0]
            begun = False
        if not block:
            continue
        written = _standard(Result("select", tsv=head + block), form, names)
        between = b"," if form == "json" and begun else b""
        begun = True
        yield between + written[len(around[0]) : len(written) - len(around[1])]
    if around is not None:
        yield around[1]


def _around(head: bytes, form: str) -> tuple[bytes, bytes]:
    """Return what stands before the rows and after them."""
    empty = _standard(Result("select", tsv=head), form)
    end = {"json": b"]}}\n", "xml": b"</results></sparql>\n"}.get(form, b"")
    assert empty.endswith(end)
    return empty[: len(empty) - len(end)], end


def _standard(result: Result, form: str, names: dict[bytes, bytes] | None = None) -> bytes:
    if result.kind == "ask":
        if form == "json":
            return b'{"head":{},"boolean":%s}\n' % str(result.boolean).lower().encode()
        return (
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
            f"<head></head><boolean>{str(result.boolean).lower()}</boolean></sparql>\n"
        ).encode()
    _must_be_1_1(result)
    result = _own_blanks(result, names)
    tsv = result.tsv
    if form == "tsv":
        return tsv
    if form == "csv" and _engine_errs(result):
        return _csv(result)
    if form == "xml" and any(char.encode() in tsv for char in _NOT_XML):
        unheld = dict.fromkeys(map(ord, _NOT_XML), "\ufffd")
        tsv = tsv.decode("utf-8").translate(unheld).encode("utf-8")
    solutions = ox.parse_query_results(tsv, format=QueryResultsFormat.TSV)
    written = solutions.serialize(format=_STANDARD[form]) or b""
    if form == "xml":
        # The engine writes it as it is, and a reader would make a line feed of it.
        written = written.replace(b"\r", b"&#13;")
    return written if written.endswith(b"\n") else written + b"\n"


def _must_be_1_1(result: Result) -> None:
    """Raise UsageError for terms that SPARQL 1.1 does not know."""
    if not any(sign in result.tsv for sign in (b"<<( ", b"--ltr", b"--rtl")):
        return
    for row in result.cells:
        for cell in row:
            if cell.startswith("<<"):
                raise UsageError(
                    "triple terms have no place in SPARQL 1.1 results", hint="select their parts"
                )
            if cell.startswith('"') and cell.endswith(("--ltr", "--rtl")):
                raise UsageError(
                    "texts with a direction have no place in SPARQL 1.1 results",
                    hint="select STR(?text) and LANG(?text)",
                )


def _engine_errs(result: Result) -> bool:
    """Return whether the engine's CSV (0.5.13) could be read as something else.

    It does not quote an IRI with a comma, and writes a lone empty value as an empty
    line, which readers skip.
    """
    if len(result.variables) == 1 and re.search(rb'\n(?:""[^\n]*)?\n', result.tsv):
        return True
    return b"," in result.tsv and re.search(rb'<[^>\n"]*,', result.tsv) is not None


def _csv(result: Result) -> bytes:
    alone = len(result.variables) == 1

    def field(cell: str) -> str:
        text = cells.text(cell)
        quoted = (alone and not text) or any(c in text for c in '",\r\n')
        return '"' + text.replace('"', '""') + '"' if quoted else text

    lines = [",".join(result.variables), *(",".join(map(field, row)) for row in result.cells)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")


def _graph(result: Result, form: str) -> bytes:
    if form == "ntriples":
        return "".join(f"{triple} .\n" for triple in result.triples).encode("utf-8")
    if form == "turtle":
        return _turtle(result)
    from kg import jsonld

    def value(cell: str) -> jsonld.Value:
        parts = cells.literal(cell)
        if parts is None:
            return jsonld.Value(cells.text(cell), is_node=True)
        return jsonld.Value(parts.text, False, parts.language, parts.datatype)

    return jsonld.write(
        (cells.text(subject), cells.text(predicate), value(cell))
        for subject, predicate, cell in _triple_cells(result)
    )


def _turtle(result: Result) -> bytes:
    terms = [term for t in result.triples for term in (t.subject, t.object)]
    if not any(isinstance(term, BlankNode | Triple) for term in terms):
        from kg.turtle import canonical

        graph = result.to_rdflib()
        assert not isinstance(graph, Sequence)
        return canonical(graph)  # type: ignore[arg-type]
    # The curated file has no blank nodes, so its order has no place for them.
    text = "".join(map(str, result.triples))
    used = {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace in text}
    return ox.serialize(result.triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b""
