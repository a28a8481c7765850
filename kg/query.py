"""SPARQL: saved queries, running them, results in the standard formats.

``kg.sparql`` reads every query before the engine does: pyoxigraph fetches
``SERVICE`` without asking, and its parser overflows the stack on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg import files, sparql
from kg.errors import DataError, KgError, MissingError, QueryError, UnreadableError, UsageError
from kg.store import Store
from kg.turtle import natural
from kg.vocab import PREFIXES, XSD, compress, expand

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

Term = NamedNode | Literal | BlankNode | Triple
Row = tuple[Term | None, ...]

# ---------------------------------------------------------------- saved queries


class Param(NamedTuple):
    """A parameter of a saved query; without a default it is required."""

    name: str
    type: str
    help: str = ""
    default: str | None = None


_TYPES = ("iri", "date", "string", "integer")


class SavedQuery(NamedTuple):
    """A query with its header: what it answers and what it wants to be given."""

    name: str
    text: str
    path: Path | None = None
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    default_view: str = "Table"

    def as_dict(self) -> dict[str, Any]:
        """Return the query as plain values."""
        return {
            "name": self.name,
            "summary": self.summary,
            "description": self.description,
            "tags": list(self.tags),
            "params": [
                {"name": p.name, "type": p.type, "help": p.help, "default": p.default}
                for p in self.params
            ],
            "view": self.default_view,
            "sparql": self.text,
        }


def parse_query(text: str, *, name: str, path: Path | None) -> SavedQuery:
    """Return the query that some text holds, its ``#+`` header read.

    Raises UnreadableError, with file and line, for a header that is not YAML or
    does not say what a header says. Text without a header is a query too.
    """
    lines = text.splitlines()
    header = [line[2:] for line in lines if line.startswith("#+")]
    view = next(
        (ln.partition(":")[2].strip() for ln in lines if ln.startswith("#defaultView:")), ""
    )
    if not header:
        return SavedQuery(name, text, path, default_view=view or "Table")
    source = "\n".join(line.removeprefix(" ") for line in header)
    first = next(n for n, line in enumerate(lines, 1) if line.startswith("#+"))
    found = _remembered(source, lambda: _read_header(source, path or name, first))
    return SavedQuery(
        name,
        text,
        path,
        found["summary"],
        found["description"],
        tuple(found["tags"]),
        tuple(Param(**param) for param in found["params"]),
        view or "Table",
    )


def _remembered(source: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``read`` returns for this text, from a file of an earlier run if there is one.

    Importing a YAML library costs as much as all the rest of a small query. The
    file's name is the hash of the text, as for compiled stores.
    """
    import hashlib
    import json

    place = (
        files.cache_dir()
        / "headers"
        / hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    )
    with suppress(OSError, ValueError, TypeError):
        found = json.loads(place.read_bytes())
        if found.keys() == {"summary", "description", "tags", "params"}:
            return dict(found)
    found = read()
    with suppress(OSError, KgError):
        place.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(place, json.dumps(found).encode())
    return found


def _read_header(source: str, path: Path | str, first: int) -> dict[str, Any]:
    import yaml

    def broken(what: str, line: int = 0) -> UnreadableError:
        return UnreadableError(
            f"unreadable header: {what}",
            path=path,
            line=first + line,
            hint="a header has summary, description, tags, params",
        )

    try:
        found = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise broken(str(error.problem), line) from error
    except yaml.YAMLError as error:
        raise broken(str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("summary"), str):
        raise broken("it has no summary")
    wanted = found.get("params") or {}
    if not isinstance(wanted, dict):
        raise broken("params is not a mapping")
    params = []
    for key, value in wanted.items():
        if not isinstance(value, dict) or value.get("type") not in _TYPES:
            raise broken(f"parameter {key} needs a type: {', '.join(_TYPES)}")
        default = value.get("default")
        params.append(
            {
                "name": str(key),
                "type": value["type"],
                "help": str(value.get("help", "")),
                "default": None if default is None else str(default),
            }
        )
    return {
        "summary": found["summary"],
        "description": str(found.get("description") or "").strip(),
        "tags": [str(tag) for tag in found.get("tags") or ()],
        "params": params,
    }


def load_query(name: str, *folders: Path) -> SavedQuery:
    """Return the saved query of that name, reading no other file.

    Raises MissingError, with close names, when there is none.
    """
    for folder in folders:
        path = folder / f"{name}.rq"
        if re.fullmatch(r"[\w-]+", name) and path.is_file():
            return parse_query(files.read_bytes(path).decode("utf-8"), name=name, path=path)
    known = sorted(path.stem for folder in folders for path in folder.glob("*.rq"))
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    raise MissingError(
        f"no saved query is called {name!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "kg queries lists them",
    )


def load_queries(*folders: Path) -> dict[str, SavedQuery]:
    """Return every saved query of some folders by name; a later folder wins."""
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("*.rq")):
            text = files.read_bytes(path).decode("utf-8")
            found[path.stem] = parse_query(text, name=path.stem, path=path)
    return dict(sorted(found.items()))


# ---------------------------------------------------------------- running


@dataclass(frozen=True, slots=True)
class Result:
    """What a query answered. ``kind`` is select, ask or construct (DESCRIBE too)."""

    kind: str
    variables: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    boolean: bool = False
    triples: tuple[Triple, ...] = ()
    truncated: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show; a boolean is never empty."""
        return self.kind != "ask" and not self.rows and not self.triples

    def __iter__(self) -> Iterator[dict[str, str | None]]:
        """Yield each row by variable: CURIEs, literal texts, None where unbound."""
        for row in self.rows:
            yield {v: _plain(t) for v, t in zip(self.variables, row, strict=True)}

    def __len__(self) -> int:
        return len(self.rows) or len(self.triples)

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


def run(
    store: Store,
    text: str,
    *,
    bindings: Mapping[str, NamedNode | Literal] | None = None,
    limit: int | None = None,
    path: Path | None = None,
    trusted: bool = False,
) -> Result:
    """Run a query over all graphs and return its result, at most ``limit`` rows.

    Every known prefix is declared. Bindings enter as terms (``sparql.bind``). Raises
    RefusedError and QueryError (see ``sparql.outline``), with line and column, and
    UsageError for a binding whose variable the query does not have.
    A ``trusted`` query is one of ours, checked by the tests and not on every run.
    """
    bindings = bindings or {}
    bound = text
    try:
        if not trusted:
            outline = sparql.outline(text)
            for name in bindings:
                if name not in outline.variables:
                    raise UsageError(
                        f"the query has no variable ?{name}", hint=_near(name, outline.variables)
                    )
        bound = sparql.bind(text, bindings)
        answer = store.engine.query(bound, prefixes=PREFIXES, use_default_graph_as_union=True)
    except SyntaxError as error:
        failure = _syntax_error(text, bound, error)
        failure.path = path
        raise failure from error
    except DataError as error:
        error.path = path
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(
            f"the engine refuses it: {error}", path=path, hint="simplify it"
        ) from error
    try:
        return _read(answer, limit)
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the engine gave up: {error}", path=path, hint="simplify it") from error


def _syntax_error(text: str, bound: str, error: SyntaxError) -> QueryError:
    if bound != text:
        try:  # the places in an error have to be those of the text that was written
            ox.Store().query(text, prefixes=PREFIXES)
        except SyntaxError as unbound:
            return sparql.engine_error(text, unbound)
        return QueryError(
            "a value stands where the query cannot have one of its kind",
            hint="a text cannot be a property: give an id, as kg search prints it",
        )
    return sparql.engine_error(text, error)


def _read(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, limit: int | None
) -> Result:
    if isinstance(answer, ox.QueryBoolean):
        return Result("ask", boolean=bool(answer))
    if isinstance(answer, ox.QueryTriples):
        found = sorted(set(answer), key=lambda t: natural(str(t)))
        cut = limit is not None and len(found) > limit
        return Result("construct", triples=tuple(found[:limit]), truncated=cut)
    names = tuple(variable.value for variable in answer.variables)
    rows: list[Row] = []
    for solution in answer:
        if limit is not None and len(rows) == limit:
            return Result("select", names, tuple(rows), truncated=True)
        rows.append(tuple(solution[i] for i in range(len(names))))
    return Result("select", names, tuple(rows))


def _near(name: str, known: frozenset[str] | set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(known), n=1)
    if near:
        return f"did you mean {near[0]}?"
    return "known: " + ", ".join(sorted(known)) if known else "it has none"


def run_saved(
    store: Store,
    query: SavedQuery,
    given: Mapping[str, str],
    *,
    resolve: Callable[[str], str],
    limit: int | None = None,
) -> Result:
    """Run a saved query with parameters given as text.

    ``resolve`` turns a name into an IRI. Raises UsageError for a parameter that is
    unknown, missing or not of its type, and what ``run`` and ``resolve`` raise.
    """
    declared = {param.name: param for param in query.params}
    shipped = query.path is not None and query.path.parent == files.queries_dir()
    if not declared and not shipped:
        # Plain SPARQL: every variable may be given, as a node if it names one.
        try:
            declared = {name: Param(name, "any") for name in sparql.outline(query.text).variables}
        except DataError as error:
            error.path = query.path
            raise
        wanted = [declared[name] for name in given if name in declared]
    else:
        wanted = list(query.params)
    for name in given:
        if name not in declared:
            raise UsageError(
                f"{query.name} has no parameter {name}", hint=_near(name, frozenset(declared))
            )
    bindings: dict[str, NamedNode | Literal] = {}
    for param in wanted:
        value = given.get(param.name, param.default)
        if value is None:
            raise UsageError(
                f"{query.name} needs the parameter {param.name}: {param.help}",
                hint=f"kg query {query.name} -p {param.name}=…",
            )
        bindings[param.name] = _term(param, value, resolve)
    return run(store, query.text, bindings=bindings, limit=limit, path=query.path, trusted=shipped)


def _term(param: Param, value: str, resolve: Callable[[str], str]) -> NamedNode | Literal:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{param.name}: the value is not UTF-8", hint="type it again") from None
    match param.type:
        case "iri":
            return NamedNode(resolve(value))
        case "any":
            iri = expand(value)
            try:
                return NamedNode(iri) if iri else Literal(value)
            except ValueError:  # starts like an IRI and is none
                return Literal(value)
        case "date":
            import datetime

            try:
                # fromisoformat alone would take 20241112 and 2024-W46 as well.
                if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                    raise ValueError
                datetime.date.fromisoformat(value)
            except ValueError:
                raise UsageError(
                    f"{param.name}: {value!r} is not a date", hint="write 2024-11-12"
                ) from None
            return Literal(value, datatype=NamedNode(XSD + "date"))
        case "integer":
            if not re.fullmatch(r"[+-]?[0-9]+", value):
                raise UsageError(f"{param.name}: {value!r} is not a whole number", hint="write 50")
            return Literal(value, datatype=NamedNode(XSD + "integer"))
    return Literal(value)


def claims_in(store: Store, result: Result) -> list[tuple[str, ...]]:
    """Return, for each row or triple, the claims it names."""
    rows: list[Row] = [(t.subject, t.predicate, t.object) for t in result.triples]
    return [
        tuple(t.value for t in row if isinstance(t, NamedNode) and t.value in store.claims)
        for row in rows or result.rows
    ]


# ---------------------------------------------------------------- writing

#: Which formats serve which kind of result.
FORMATS: dict[str, tuple[str, ...]] = {
    "select": ("table", "csv", "tsv", "json", "xml"),
    "ask": ("table", "json", "xml"),
    "construct": ("table", "turtle", "ntriples", "jsonld"),
}


def write(
    store: Store,
    result: Result,
    form: str,
    *,
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
        text = _table(store, result, width, extra)
    elif result.kind == "construct":
        return _graph(result, form)
    else:
        text = {"csv": _csv, "tsv": _tsv, "json": _json, "xml": _xml}[form](result)
    return text.encode("utf-8", "replace")


def _table(store: Store, result: Result, width: int, extra: tuple[str, list[str]] | None) -> str:
    if result.kind == "ask":
        return "yes\n" if result.boolean else "no\n"
    if result.kind == "construct":
        heads = ["subject", "predicate", "object"]
        body = [
            [_cell(store, t) for t in (x.subject, x.predicate, x.object)] for x in result.triples
        ]
    else:
        heads = list(result.variables)
        body = [[_cell(store, term) for term in row] for row in result.rows]
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


def _cell(store: Store, term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        curie = compress(term.value)
        if curie.startswith(("claim:", "passage:", "citation:")):
            return curie.removeprefix("claim:")
        return _safe(store.label(term.value))
    return _safe(term.value if isinstance(term, Literal) else str(term))


def _safe(text: str) -> str:
    return "".join(
        c if c.isprintable() else " " if c in "\n\t\r" else f"⟨U+{ord(c):04X}⟩" for c in text
    )


def _fit(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _csv(result: Result) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(result.variables)
    for row in result.rows:
        writer.writerow([_value(term) for term in row])
    return out.getvalue()


def _value(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _tsv(result: Result) -> str:
    lines = ["\t".join(f"?{name}" for name in result.variables)]
    lines += ["\t".join("" if t is None else str(t) for t in row) for row in result.rows]
    return "".join(line + "\n" for line in lines)


def _json(result: Result) -> str:
    import json

    if result.kind == "ask":
        return json.dumps({"head": {}, "boolean": result.boolean}) + "\n"
    bindings = [
        {n: _json_term(t) for n, t in zip(result.variables, row, strict=True) if t is not None}
        for row in result.rows
    ]
    document = {"head": {"vars": list(result.variables)}, "results": {"bindings": bindings}}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        found: dict[str, Any] = {"type": "literal", "value": term.value}
        if term.language:
            found["xml:lang"] = term.language
        elif term.datatype.value != XSD + "string":
            found["datatype"] = term.datatype.value
        return found
    raise UsageError("triple terms have no place in SPARQL 1.1 results", hint="select their parts")


def _xml(result: Result) -> str:
    lines = ['<?xml version="1.0"?>', '<sparql xmlns="http://www.w3.org/2005/sparql-results#">']
    lines.append("<head>" + "".join(f'<variable name="{v}"/>' for v in result.variables))
    lines[-1] += "</head>"
    if result.kind == "ask":
        lines.append(f"<boolean>{str(result.boolean).lower()}</boolean>")
    else:
        lines.append("<results>")
        for row in result.rows:
            cells = "".join(
                f'<binding name="{n}">{_xml_term(t)}</binding>'
                for n, t in zip(result.variables, row, strict=True)
                if t is not None
            )
            lines.append(f"<result>{cells}</result>")
        lines.append("</results>")
    return "\n".join([*lines, "</sparql>"]) + "\n"


def _xml_term(term: Term) -> str:
    if isinstance(term, NamedNode):
        return f"<uri>{_xml_text(term.value)}</uri>"
    if isinstance(term, BlankNode):
        return f"<bnode>{_xml_text(term.value)}</bnode>"
    if isinstance(term, Literal):
        mark = ""
        if term.language:
            mark = f' xml:lang="{term.language}"'
        elif term.datatype.value != XSD + "string":
            mark = f' datatype="{_xml_text(term.datatype.value)}"'
        return f"<literal{mark}>{_xml_text(term.value)}</literal>"
    raise UsageError("triple terms have no place in SPARQL 1.1 results", hint="select their parts")


def _xml_text(text: str) -> str:
    # A parser turns a bare carriage return into a line feed; XML 1.0 has no other
    # control characters at all.
    kept = "".join(c if c in "\t\n\r" or ord(c) >= 0x20 else "\ufffd" for c in text)
    # (xml.sax.saxutils has this too, but imports urllib and ssl: 20 ms.)
    for char, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&quot;"),
        ("\r", "&#13;"),
    ):
        kept = kept.replace(char, entity)
    return kept


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
