from __future__ import annotations

import csv
import datetime
import io
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import EXAMPLE, TOP, Run
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat

import kg as package
from kg import cells, frames, query, results, tables
from kg.errors import MissingError, RefusedError, UsageError
from kg.result_formats import FORMATS
from kg.results import Result
from kg.store import Store
from kg.vocab import PREFIXES, XSD, compress

VALUES = """SELECT ?a ?b WHERE { VALUES (?a ?b) {
  (<http://example.org/x> "plain") ("ko"@ko UNDEF) ("1"^^xsd:integer "two\\nlines, \\"quoted\\"")
  (true "<&>\\t") } }"""


def ask(store: Store, text: str) -> Result:
    return query.run(store, text)


def written(store: Store, form: str, text: str = VALUES, **options: object) -> str:
    return results.write(ask(store, text), form, **options).decode("utf-8")  # type: ignore[arg-type]


def of(*rows: tuple[results.Term | None, ...], heads: tuple[str, ...] | None = None) -> Result:
    """Return a result with these terms, exactly as they are: a store would tidy them."""

    def json_term(term: results.Term) -> dict[str, str]:
        if isinstance(term, NamedNode):
            return {"type": "uri", "value": term.value}
        if isinstance(term, BlankNode):
            return {"type": "bnode", "value": term.value}
        assert isinstance(term, Literal)
        found = {"type": "literal", "value": term.value}
        if term.language:
            found["xml:lang"] = term.language
        elif term.datatype.value != XSD + "string":
            found["datatype"] = term.datatype.value
        return found

    names = heads if heads is not None else tuple("abcdefghij"[: len(rows[0]) if rows else 1])
    document = {
        "head": {"vars": names},
        "results": {
            "bindings": [
                {n: json_term(t) for n, t in zip(names, row, strict=True) if t is not None}
                for row in rows
            ]
        },
    }
    solutions = ox.parse_query_results(json.dumps(document), format=QueryResultsFormat.JSON)
    return Result("select", tsv=solutions.serialize(format=QueryResultsFormat.TSV) or b"")


def typed(text: str, name: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + name))


# ---------------------------------------------------------------- what the terms may be

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("ab ,;\"'\\\t\n\r\x00\x0b\x0c\x1c\x85\u2028\ufffe<&>@^_:|=", max_size=8),
)
IRIS = st.text("ab/,;'()?&=한é-._~", max_size=8).map(lambda t: NamedNode("http://example.org/" + t))
TERMS = st.one_of(
    IRIS,
    TEXTS.map(Literal),
    st.builds(lambda t, lang: Literal(t, language=lang), TEXTS, st.sampled_from(["en", "ko-kr"])),
    st.builds(lambda t: Literal(t, datatype=NamedNode("http://example.org/type")), TEXTS),
    st.integers().map(lambda n: typed(str(n), "integer")),
    st.sampled_from([typed("1.5", "decimal"), typed("1.0E5", "double"), typed("INF", "double")]),
    st.booleans().map(lambda b: typed(str(b).lower(), "boolean")),
    st.sampled_from("xyz").map(BlankNode),
)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[st.none() | TERMS] * width), max_size=4).map(
        lambda rows: of(*rows, heads=tuple("abc"[:width]))
    )
)


def named_in_order(rows: list[tuple[object, ...]], blank: type) -> list[tuple[object, ...]]:
    """Return rows with blank nodes called after the order in which they come."""
    names: dict[object, str] = {}
    return [
        tuple(
            names.setdefault(t, f"blank {len(names)}") if isinstance(t, blank) else t for t in row
        )
        for row in rows
    ]


def as_terms(result: Result) -> list[tuple[object, ...]]:
    return named_in_order([*result.rows], BlankNode)


def rdflib_reads(content: bytes, form: str) -> list[tuple[object, ...]]:
    """Return what rdflib's reader finds, as terms of ours."""
    import rdflib

    def term(found: object) -> object:
        if isinstance(found, rdflib.Literal):
            if found.language:
                return Literal(str(found), language=found.language)
            return Literal(str(found), datatype=NamedNode(str(found.datatype or XSD + "string")))
        return NamedNode(str(found)) if isinstance(found, rdflib.URIRef) else found

    rdflib.NORMALIZE_LITERALS = False  # else it reads "01" as 1
    try:
        read = rdflib.query.Result.parse(io.BytesIO(content), format=form)
    finally:
        rdflib.NORMALIZE_LITERALS = True
    rows = [tuple(term(row.get(v)) for v in read.vars or ()) for row in read.bindings]
    return named_in_order(rows, rdflib.BNode)


# ---------------------------------------------------------------- the standards


def test_json_follows_the_recommendation(example: Store) -> None:
    document = json.loads(written(example, "json"))
    assert document["head"]["vars"] == ["a", "b"]
    first, second, third, fourth = document["results"]["bindings"]
    assert first["a"] == {"type": "uri", "value": "http://example.org/x"}
    assert second == {"a": {"type": "literal", "value": "ko", "xml:lang": "ko"}}
    assert third["a"]["datatype"].endswith("#integer")
    assert third["b"]["value"] == 'two\nlines, "quoted"'
    assert fourth["b"]["value"] == "<&>\t"


def test_csv_has_bare_values_and_quotes_what_needs_it(example: Store) -> None:
    text = written(example, "csv")
    assert text.startswith("a,b\r\n")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1:] == [
        ["http://example.org/x", "plain"],
        ["ko", ""],
        ["1", 'two\nlines, "quoted"'],
        ["true", "<&>\t"],
    ]


def test_tsv_has_terms_in_turtle_form(example: Store) -> None:
    lines = written(example, "tsv").splitlines()
    assert lines[0] == "?a\t?b"
    assert lines[1] == '<http://example.org/x>\t"plain"'
    assert lines[2] == '"ko"@ko\t'
    assert len(lines) == 5


def test_xml_follows_the_recommendation(example: Store) -> None:
    root = ET.fromstring(written(example, "xml"))
    ns = {"r": "http://www.w3.org/2005/sparql-results#"}
    found = root.findall("r:results/r:result", ns)
    assert len(found) == 4
    assert len(found[1].findall("r:binding", ns)) == 1
    texts = [e.text for e in root.iter("{http://www.w3.org/2005/sparql-results#}literal")]
    assert "<&>\t" in texts


@given(TABLES)
def test_what_json_and_tsv_hold_is_read_back_term_for_term(result: Result) -> None:
    for form in ("json", "tsv"):
        solutions = ox.parse_query_results(
            results.write(result, form), format=getattr(QueryResultsFormat, form.upper())
        )
        assert isinstance(solutions, ox.QuerySolutions)
        width = range(len(result.variables))
        back = [tuple(solution[i] for i in width) for solution in solutions]
        assert named_in_order(back, BlankNode) == as_terms(result)


@given(TABLES)
def test_rdflib_reads_our_json_term_for_term(result: Result) -> None:
    assert rdflib_reads(results.write(result, "json"), "json") == as_terms(result)


@given(TABLES)
def test_rdflib_reads_our_xml_but_for_characters_that_xml_cannot_hold(result: Result) -> None:
    def held(term: object) -> object:
        if not isinstance(term, Literal):
            return term
        text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", term.value)
        if term.language:
            return Literal(text, language=term.language)
        return Literal(text, datatype=term.datatype)

    found = rdflib_reads(results.write(result, "xml"), "xml")
    assert found == [tuple(map(held, row)) for row in as_terms(result)]


@given(TABLES)
def test_csv_has_every_row_and_every_text(result: Result) -> None:
    content = results.write(result, "csv").decode("utf-8")
    assert content.endswith("\r\n")
    _, *rows = csv.reader(io.StringIO(content, newline=""))
    texts = [["" if t is None else getattr(t, "value", t) for t in row] for row in as_terms(result)]
    assert [[re.sub("^_:b", "blank ", v) for v in row] for row in rows] == [
        [re.sub("^_:b", "blank ", str(v)) for v in row] for row in texts
    ]


# rdflib 7.6 ends a line of TSV at these characters, and skips empty lines.
PLAIN = TABLES.filter(
    lambda result: (
        not re.search("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", result.tsv.decode())
        and "\n\n" not in result.tsv.decode()
    )
)


@given(PLAIN)
def test_rdflib_reads_our_tsv_term_for_term(result: Result) -> None:
    assert rdflib_reads(results.write(result, "tsv"), "tsv") == as_terms(result)


def test_csv_quotes_an_iri_with_a_comma() -> None:
    result = of((NamedNode("http://example.org/a,b('c')"), Literal("d")))
    assert results.write(result, "csv") == b"a,b\r\n\"http://example.org/a,b('c')\",d\r\n"


def test_a_row_of_one_empty_value_is_a_row_in_every_format() -> None:
    result = of((None,), (Literal(""),), (Literal("x"),), (None,))
    assert results.write(result, "csv") == b'a\r\n""\r\n""\r\nx\r\n""\r\n'
    assert results.write(result, "tsv") == b'?a\n\n""\n"x"\n\n'
    bindings = json.loads(results.write(result, "json"))["results"]["bindings"]
    assert bindings == [
        {},
        {"a": {"type": "literal", "value": ""}},
        {"a": {"type": "literal", "value": "x"}},
        {},
    ]
    assert results.write(result, "xml").count(b"<result>") == 4


def test_rows_without_columns_are_counted(example: Store) -> None:
    text = "SELECT * WHERE { VALUES () { () () } }"
    assert json.loads(written(example, "json", text)) == {
        "head": {"vars": []},
        "results": {"bindings": [{}, {}]},
    }
    assert written(example, "tsv", text) == "\n\n\n"
    assert written(example, "csv", text) == "\r\n\r\n\r\n"
    assert written(example, "xml", text).count("<result>") == 2
    assert written(example, "table", text) == "2 rows without columns\n"


def test_no_rows_still_name_the_columns(example: Store) -> None:
    text = "SELECT ?x ?y WHERE { ?x kg:hasParty ?y FILTER(false) }"
    assert written(example, "csv", text) == "x,y\r\n"
    assert written(example, "tsv", text) == "?x\t?y\n"
    assert json.loads(written(example, "json", text))["head"]["vars"] == ["x", "y"]
    assert written(example, "table", text) == "x  y\n─  ─\n"
    assert written(example, "markdown", text) == "| x | y |\n| --- | --- |\n"


def test_equal_rows_stay(example: Store) -> None:
    text = "SELECT ?x WHERE { VALUES ?x { 1 1 1 } }"
    assert written(example, "csv", text) == "x\r\n1\r\n1\r\n1\r\n"


def test_a_carriage_return_survives_xml() -> None:
    content = results.write(of((Literal("a\r\nb\rc"),)), "xml")
    (literal,) = ET.fromstring(content).iter("{http://www.w3.org/2005/sparql-results#}literal")
    assert literal.text == "a\r\nb\rc"


def test_tsv_writes_numbers_short_only_where_they_stay_what_they_are() -> None:
    result = of(
        (typed("5", "integer"), typed("5.0", "decimal"), typed("5.0E0", "double")),
        (typed("x", "integer"), typed("5", "decimal"), typed("5", "double")),
        (typed("5", "int"), typed("5.", "decimal"), typed("NaN", "double")),
    )
    (_, first, second, third, _) = results.write(result, "tsv").decode().split("\n")
    assert first == "5\t5.0\t5.0E0"
    assert second == f'"x"^^<{XSD}integer>\t"5"^^<{XSD}decimal>\t"5"^^<{XSD}double>'
    assert third == f'"5"^^<{XSD}int>\t"5."^^<{XSD}decimal>\t"NaN"^^<{XSD}double>'


def test_blank_nodes_are_numbered_as_they_come_and_equal_answers_are_equal_bytes() -> None:
    text = "SELECT ?a ?b ?c WHERE { BIND(BNODE() AS ?a) BIND(BNODE() AS ?b) BIND(?a AS ?c) }"
    answers = [results.read(ox.Store().query(text)) for _ in range(2)]  # type: ignore[arg-type]
    assert results.write(answers[0], "tsv") == b"?a\t?b\t?c\n_:b0\t_:b1\t_:b0\n"
    for form in ("csv", "json", "xml", "table", "html"):
        assert results.write(answers[0], form) == results.write(answers[1], form)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT (TRIPLE(kg:a, kg:b, 1) AS ?x) {}", "triple terms"),
        ("SELECT (STRLANGDIR('a', 'en', 'ltr') AS ?x) {}", "direction"),
    ],
)
def test_what_sparql_1_1_does_not_know_is_refused_where_it_has_no_place(
    example: Store, text: str, word: str
) -> None:
    result = results.read(example.engine.query(text, prefixes=PREFIXES))
    for form in ("csv", "tsv", "json", "xml"):
        with pytest.raises(UsageError, match=word):
            results.write(result, form)
    assert results.write(result, "table")


def test_a_text_that_looks_like_such_a_term_is_none() -> None:
    result = of((Literal("<<( a --ltr"), Literal("--rtl"), BlankNode("x--ltr")))
    assert len(results.write(result, "json")) > 100


def test_a_boolean_has_json_xml_and_peoples_formats_and_no_csv(example: Store) -> None:
    assert json.loads(written(example, "json", "ASK {}")) == {"head": {}, "boolean": True}
    assert "<boolean>true</boolean>" in written(example, "xml", "ASK {}")
    assert written(example, "table", "ASK {}") == "yes\n"
    assert written(example, "markdown", "ASK { FILTER(false) }") == "no\n"
    assert "<td>yes</td>" in written(example, "html", "ASK {}")
    for form in ("csv", "tsv", "xlsx", "parquet", "turtle"):
        with pytest.raises(UsageError, match=form):
            written(example, form, "ASK {}")


# ---------------------------------------------------------------- triples


@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld"])
def test_a_constructed_graph_is_written_and_read_back(example: Store, form: str) -> None:
    import rdflib
    from rdflib.compare import isomorphic

    text = """CONSTRUCT { ?s kg:hasParty ?o ; kg:n "1"^^xsd:double, "x"@ko, "two\\n\\"l\\"" }
        WHERE { ?s kg:hasParty ?o }"""
    result = ask(example, text)
    read = rdflib.Graph()
    rdflib.NORMALIZE_LITERALS = False
    try:
        read.parse(
            data=results.write(result, form),
            format={"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld"}[form],
        )
    finally:
        rdflib.NORMALIZE_LITERALS = True
    assert len(read) == len(result) == 5
    assert isomorphic(read, result.to_rdflib())


@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld", "table", "markdown", "html"])
def test_blank_nodes_of_a_graph_have_the_same_names_every_time(example: Store, form: str) -> None:
    text = """CONSTRUCT { ?s kg:via [ kg:to ?o ; kg:next [ kg:back ?s ] ] }
        WHERE { ?s kg:hasParty ?o }"""
    one, other = (results.write(ask(example, text), form) for _ in range(2))
    assert one == other
    if form == "turtle":
        import rdflib

        assert len(rdflib.Graph().parse(data=one, format="turtle")) == 8


def test_jsonld_does_not_depend_on_the_hash_seed(kg: Run) -> None:
    arguments = ("-d", str(EXAMPLE), "query", "CONSTRUCT WHERE { ?s ?p ?o }", "-f", "jsonld")
    one, other = (kg(*arguments, PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert len(one) > 1000
    assert one == other


def test_a_cut_result_says_so(example: Store) -> None:
    text = "SELECT ?c WHERE { ?c a kg:Claim } ORDER BY ?c"
    assert query.run(example, text, limit=5).truncated
    assert not query.run(example, text, limit=12).truncated
    assert len(query.run(example, text, limit=5).rows) == 5


# ---------------------------------------------------------------- the terminal


def test_a_table_shows_labels_fits_its_width_and_tames_control_characters(example: Store) -> None:
    text = 'SELECT ?a ?x WHERE { BIND(actor:arland AS ?a) BIND("\\u001b[31mred\\u202e" AS ?x) }'
    table = written(example, "table", text, label=example.label, width=60)
    assert "Arland" in table
    assert "\x1b" not in table
    assert "\u202e" not in table


@given(TABLES, st.integers(20, 60))
def test_a_table_is_never_wider_than_it_may_be(result: Result, width: int) -> None:
    from wcwidth import wcswidth

    table = results.write(result, "table", width=width).decode("utf-8")
    for line in table.split("\n"):
        assert line.isprintable()
        assert tables.display_width(line) <= width
        # Those who know every script agree, but for emoji that join.
        if all(unicodedata.category(c) not in ("So", "Cn", "Sk", "Mc") for c in line):
            assert wcswidth(line) <= width


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, categories=["L", "N", "P"])))
def test_widths_are_those_wcwidth_knows(text: str) -> None:
    from wcwidth import wcswidth

    if unicodedata.is_normalized("NFC", text) and not re.search(
        "[\u1160-\u11ff\ud7b0-\ud7ff]", text
    ):
        assert tables.display_width(text) == wcswidth(text)


def test_columns_line_up_beside_wide_and_combining_characters() -> None:
    words = ("북한", "朝鮮", "cafe\u0301", "plain")
    result = of(*((Literal(word), Literal("|")) for word in words), heads=("a", "b"))
    lines = results.write(result, "table").decode("utf-8").splitlines()[2:]
    assert [tables.display_width(line[: line.index("|")]) for line in lines] == [7] * 4


def test_a_long_text_is_wrapped_between_words_and_leaves_narrow_columns_alone() -> None:
    prose = " ".join(f"word{i}" for i in range(30))
    result = of((Literal("bipss-103"), Literal(prose)), heads=("claim", "statement"))
    lines = results.write(result, "table", width=60).decode("utf-8").splitlines()
    assert lines[0] == "claim      statement"
    assert lines[2].startswith("bipss-103  word0 word1")
    assert re.sub(r"\s+", " ", " ".join(lines[2:])).strip() == "bipss-103 " + prose
    assert "…" not in "".join(lines)


def test_a_very_long_text_ends_in_an_ellipsis_and_costs_no_time() -> None:
    result = of((Literal("x" * 1_000_000), Literal("y")))
    table = results.write(result, "table", width=40).decode("utf-8")
    assert len(table.splitlines()) < 10
    assert table.rstrip().endswith("…")


def test_numbers_stand_on_the_right() -> None:
    rows = [(typed(n, "integer"), typed(n, "double"), Literal(n)) for n in ("5", "1000")]
    result = of(*rows, (None, None, None), heads=("n", "d", "t"))
    assert results.write(result, "table").decode("utf-8").splitlines() == [
        "   n     d  t",
        "────  ────  ────",
        "   5     5  5",
        "1000  1000  1000",
        "",
    ]


def test_where_columns_have_no_room_each_row_is_a_list() -> None:
    result = of(*[tuple(Literal(f"value number {i}") for i in range(8))] * 2)
    lines = results.write(result, "table", width=40).decode("utf-8").splitlines()
    assert lines[:2] == ["a  value number 0", "b  value number 1"]
    assert lines[8] == ""
    assert len(lines) == 17


# ---------------------------------------------------------------- Markdown and HTML


@given(TABLES)
def test_a_markdown_reader_sees_every_text_and_no_markup_of_strangers(result: Result) -> None:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    tokens = reader.parse(results.write(result, "markdown").decode("utf-8"))
    found = []
    for token in tokens:
        if token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "text_special", "link_open", "link_close", "html_inline"}
            assert all(
                child.content == "<br>" for child in token.children or () if "html" in child.type
            )
            found.append(
                "".join(
                    " " if child.type == "html_inline" else child.content
                    for child in token.children or ()
                )
            )
    shown = [
        tables.tame(tables.shown(cell, compress))
        for row in results._table(result)[1]
        for cell in row
    ]

    def bare(text: str) -> str:
        return " ".join(text.split())

    assert [bare(t) for t in found[len(result.variables) :]] == [bare(t) for t in shown]


def test_markdown_escapes_pipes_and_line_breaks_and_links_to_the_web_alone() -> None:
    result = of((Literal("a|b\nc"), NamedNode("http://example.org/x"), NamedNode("javascript:x")))
    assert results.write(result, "markdown").decode("utf-8").splitlines()[2] == (
        r"| a\|b<br>c | [http://example.org/x](<http://example.org/x>) | javascript:x |"
    )


class Page(HTMLParser):
    """What a browser would find: elements, texts of cells, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.links: list[str] = []
        self.found: list[str] = []
        self.attributes: set[str] = set()
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "td":
            self.in_cell = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.found[-1] += data


@given(TABLES)
def test_an_html_page_is_text_links_to_the_web_and_nothing_else(result: Result) -> None:
    page = Page()
    page.feed(results.write(result, "html").decode("utf-8"))
    assert set(page.elements) <= {
        "html", "head", "meta", "title", "style", "body", "table", "caption", "thead", "tbody",
        "tr", "th", "td", "a",
    }  # fmt: skip
    assert page.attributes <= {
        "lang", "charset", "name", "content", "http-equiv", "class", "scope", "href", "dir",
    }  # fmt: skip
    assert all(link.startswith("http://example.org/") for link in page.links)
    shown = [
        tables.tame(tables.shown(cell, compress), breaks=True)
        for row in results._table(result)[1]
        for cell in row
    ]
    assert page.found == shown


def test_a_stranger_puts_no_script_into_a_page() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    result = of((Literal(evil), NamedNode("javascript:alert(1)"), NamedNode("data:text/html,x")))
    bundle = result._repr_mimebundle_()["text/html"]
    for content in (results.write(result, "html").decode("utf-8"), bundle):
        assert "<script" not in content
        assert "<img" not in content
        assert "href" not in content
    labelled = results.write(of((NamedNode("http://example.org/x"),)), "html", label=lambda _: evil)
    assert b"<script" not in labelled


# ---------------------------------------------------------------- spreadsheets and frames

MIXED = (
    "SELECT ?who ?n ?share ?on ?at ?yes ?text ?mixed WHERE { VALUES "
    "(?who ?n ?share ?on ?at ?yes ?text ?mixed) { "
    '(actor:arland 5 0.25 "2024-11-12"^^xsd:date "2024-11-12T01:02:03+09:00"^^xsd:dateTime true "=1+1" 1)'
    '(actor:borland UNDEF 2.0e0 "1895-04-17"^^xsd:date "2024-11-12T01:02:03Z"^^xsd:dateTime false "" "x")'
    "} }"
)


def test_a_sheet_has_typed_cells_labels_beside_iris_and_no_formulas(example: Store) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    content = results.write(ask(example, MIXED), "xlsx", label=example.label)
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    head, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head == ["who", "who IRI", "n", "share", "on", "at", "yes", "text", "mixed"]
    assert first[:4] == ["Arland", "https://w3id.org/gambit/id/actor/arland", 5, 0.25]
    assert first[4] == datetime.datetime(2024, 11, 12)
    assert first[5] == "2024-11-12T01:02:03+09:00"
    assert first[6] is True
    assert first[7:] == ["=1+1", 1]
    assert sheet["H2"].data_type == "s"
    assert sheet["H2"].quotePrefix
    assert second[2] is None
    assert second[4] == "1895-04-17"  # Excel knows no day before 1900


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "=cmd|' /C calc'!A0"])
def test_a_text_of_a_sheet_is_text(text: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    content = results.write(of((Literal(text),)), "xlsx")
    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_sheet_written_twice_is_the_same_and_one_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("openpyxl")
    result = of((Literal("a\x00b"), typed("12345678901234567890", "integer")))
    one = results.write(result, "xlsx")
    monkeypatch.setattr("time.localtime", lambda *_: datetime.datetime(2030, 1, 1).timetuple())
    assert results.write(result, "xlsx") == one
    with pytest.raises(RefusedError, match="characters"):
        results.write(of((Literal("x" * 40_000),)), "xlsx")
    monkeypatch.setattr(frames, "_MOST_ROWS", 2)
    with pytest.raises(RefusedError, match="rows"):
        results.write(of((Literal("x"),), (Literal("x"),)), "xlsx")


def test_parquet_has_types_where_values_agree_and_text_where_not(example: Store) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(results.write(ask(example, MIXED), "parquet")))
    assert table.schema.types == [
        pa.string(), pa.int64(), pa.float64(), pa.date32(), pa.timestamp("us", tz="UTC"),
        pa.bool_(), pa.string(), pa.string(),
    ]  # fmt: skip
    first, second = table.to_pylist()
    assert first["who"] == "https://w3id.org/gambit/id/actor/arland"
    assert (first["share"], second["share"]) == (0.25, 2.0)
    assert second["on"] == datetime.date(1895, 4, 17)
    assert first["at"] < second["at"]
    assert (second["n"], second["text"]) == (None, "")
    assert (first["mixed"], second["mixed"]) == ("1", "x")


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ([typed("1", "integer"), typed("2", "int")], "integer"),
        ([typed("1", "integer"), typed("2.5", "decimal")], "number"),
        ([typed("9223372036854775808", "integer")], "text"),
        ([typed("9007199254740993", "integer"), typed("2.5", "decimal")], "text"),
        ([typed("0.12345678901234567", "decimal")], "text"),
        ([typed("INF", "double"), typed("NaN", "double")], "number"),
        ([typed("2024-02-30", "date")], "text"),
        ([typed("2024-11-12Z", "date")], "text"),
        ([typed("-0044-03-15", "date")], "text"),
        ([typed("2024-11-12T01:02:03", "dateTime")], "datetime"),
        ([typed("2024-11-12T01:02:03.1234567", "dateTime")], "text"),
        ([typed("2024-11-12T01:02:03", "dateTime"), typed("2024-11-12T01:02:03Z", "dateTime")], "text"),
        ([typed("0001-01-01T00:00:00+14:00", "dateTime")], "text"),
        ([typed("many", "integer")], "text"),
        ([Literal("5")], "text"),
        ([Literal("5", language="en"), None], "text"),
        ([None, None], "text"),
    ],
)  # fmt: skip
def test_a_column_has_a_type_when_every_value_keeps_what_it_says(
    terms: list[results.Term | None], kind: str
) -> None:
    result = of(*((term,) for term in terms))
    (column,) = frames.columns(result.variables, result.cells, compress)
    assert column.type == kind
    if kind == "text":
        assert column.values == [None if t is None else t.value for t in terms]  # type: ignore[union-attr]


@given(TABLES)
def test_every_answer_becomes_frames_of_its_size(result: Result) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    assert result.to_pandas().shape == (len(result), len(result.variables))
    assert result.to_polars().shape == (len(result), len(result.variables))


def test_data_frames_have_types_and_curies(example: Store) -> None:
    pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    frame = ask(example, MIXED).to_pandas()
    assert [str(t) for t in frame.dtypes] == [
        "string", "Int64", "float64", "datetime64[s]", "datetime64[us, UTC]", "boolean",
        "string", "string",
    ]  # fmt: skip
    assert frame["who"][0] == "actor:arland"
    assert frame["n"].isna().tolist() == [False, True]
    polars = ask(example, MIXED).to_polars()
    assert polars.schema["on"] == pl.Date
    assert polars["share"].sum() == 2.25
    assert polars["text"].to_list() == ["=1+1", ""]


@pytest.mark.parametrize(
    ("library", "use"),
    [
        ("pandas", lambda r: r.to_pandas()),
        ("polars", lambda r: r.to_polars()),
        ("openpyxl", lambda r: results.write(r, "xlsx")),
        ("pyarrow", lambda r: results.write(r, "parquet")),
    ],
)
def test_a_library_that_is_not_there_is_missing_and_no_traceback(
    library: str, use: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingError, match=library) as caught:
        use(of((Literal("x"),)))  # type: ignore[operator]
    assert "gambit-kg[tables]" in (caught.value.hint or "")


# ---------------------------------------------------------------- conversions


def test_iterating_gives_texts_and_to_dicts_gives_values(example: Store) -> None:
    result = ask(example, MIXED)
    first, second = result
    assert (first["who"], first["n"], second["n"]) == ("actor:arland", "5", None)
    assert second["text"] == ""
    first_value, second_value = result.to_dicts()
    assert (first_value["n"], first_value["on"]) == (5, datetime.date(2024, 11, 12))
    assert (second_value["yes"], second_value["n"]) == (False, None)
    with pytest.raises(UsageError):
        ask(example, "ASK {}").to_dicts()


@given(TABLES)
def test_rows_become_an_rdflib_result_term_for_term(result: Result) -> None:
    found = result.to_rdflib()
    assert found.type == "SELECT"  # type: ignore[union-attr]
    assert [str(v) for v in found.vars] == list(result.variables)  # type: ignore[union-attr]
    # (Not by iterating: rdflib 7.6 leaves out rows in which nothing is bound.)
    for ours, theirs in zip(result.rows, found.bindings, strict=True):  # type: ignore[union-attr]
        for one, variable in zip(ours, found.vars, strict=True):  # type: ignore[union-attr]
            other = theirs.get(variable)
            assert (one is None) == (other is None)
            if isinstance(one, Literal):
                assert (one.value, one.language) == (str(other), other.language)
                assert one.datatype.value in (
                    str(other.datatype),
                    XSD + "string",
                    results.cells.RDF + "langString",
                )
            elif one is not None:
                assert one.value == str(other)  # type: ignore[union-attr]


def test_rdflib_code_works_on_what_we_return(example: Store) -> None:
    assert bool(ask(example, "ASK {}").to_rdflib()) is True
    (row,) = ask(example, "SELECT ?x { VALUES ?x { 5 } }").to_rdflib()
    assert row.x.toPython() == 5
    graph = ask(example, "CONSTRUCT WHERE { ?s kg:hasParty ?o }").to_rdflib()
    assert len(graph) == 2
    assert "agreement:amity-pact" in graph.serialize(format="turtle")  # type: ignore[union-attr]


def test_results_become_a_networkx_graph(example: Store) -> None:
    graph = ask(example, "CONSTRUCT WHERE { ?s kg:hasParty ?o }").to_networkx()
    assert graph.has_edge("agreement:amity-pact", "actor:arland", "kg:hasParty")
    rows = """SELECT ?source ?target ?key ?n WHERE { VALUES (?source ?target ?key ?n)
        { (actor:arland actor:borland kg:hasParty 5) (actor:arland "text" kg:x 6)
          (actor:arland actor:borland kg:hasParty 5) } }"""
    graph = ask(example, rows).to_networkx()
    assert graph.number_of_edges() == 2
    assert graph.edges["actor:arland", "actor:borland", "kg:hasParty"] == {"n": 5}
    unkeyed = ask(example, rows.replace("?key", "?label")).to_networkx()
    assert unkeyed.number_of_edges() == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ASK {}", "source"),
        ("SELECT ?source { VALUES ?source { 1 } }", "target"),
        ("SELECT * { VALUES (?source ?target) { (1 2) (1 UNDEF) } }", "row 2 has no target"),
        ("SELECT * { VALUES (?source ?target ?key ?n) { (1 2 3 4) (1 2 3 5) } }", "repeats"),
    ],
)
def test_what_is_no_graph_is_a_usage_error(example: Store, text: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        ask(example, text).to_networkx()


# ---------------------------------------------------------------- notebooks


def test_a_notebook_shows_labels_and_at_most_fifty_rows() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    graph = package.open(EXAMPLE)
    result = graph.query("SELECT ?o WHERE { agreement:amity-pact kg:hasParty ?o }")
    bundle, _ = formatters.DisplayFormatter().format(result)
    assert "Arland" in bundle["text/plain"]
    assert 'href="https://w3id.org/gambit/id/actor/arland">Arland</a>' in bundle["text/html"]
    many = of(*((Literal(f"row {i}"),) for i in range(60)))
    page = Page()
    page.feed(many._repr_mimebundle_()["text/html"])
    assert len(page.found) == 50
    assert "the first 50 of 60 rows" in many._repr_mimebundle_()["text/html"]
    assert repr(many) == "<Result: 60 rows of a>"


def test_everything_says_what_it_is(example: Store) -> None:
    assert repr(ask(example, "ASK {}")) == "<Result: yes>"
    assert repr(ask(example, "CONSTRUCT WHERE { ?s kg:hasParty ?o }")) == "<Result: 2 triples>"
    cut = query.run(example, "SELECT ?c { ?c a kg:Claim }", limit=1)
    assert repr(cut) == "<Result: the first 1 row, there are more of c>"
    assert repr(package.open(EXAMPLE)).startswith("<Graph: 12 claims")
    claim = package.open(EXAMPLE).claims()[0]
    assert "statement=" in repr(claim)
    assert "check_method" not in repr(claim)


# ---------------------------------------------------------------- the list of formats


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_serves_what_it_says_and_refuses_the_rest(example: Store, form: str) -> None:
    texts = {
        "select": "SELECT ?s { ?s kg:hasParty ?o }",
        "ask": "ASK {}",
        "construct": "CONSTRUCT WHERE { ?s kg:hasParty ?o }",
    }
    library = {"xlsx": "openpyxl", "parquet": "pyarrow"}.get(form)
    if library:
        pytest.importorskip(library)
    for kind, text in texts.items():
        if kind in FORMATS[form].kinds:
            content = results.write(ask(example, text), form)
            assert content
            assert FORMATS[form].binary or content.decode("utf-8").endswith("\n")
        else:
            with pytest.raises(UsageError, match="does not serve"):
                results.write(ask(example, text), form)


def test_the_reference_has_a_row_for_every_format_and_says_the_same() -> None:
    text = (TOP / "docs" / "reference" / "results.md").read_text(encoding="utf-8")
    names = {"select": "SELECT", "ask": "ASK", "construct": "CONSTRUCT"}
    rows = [
        f"| `{name}` | {', '.join(names[k] for k in form.kinds)} | `{form.media_type}` | {form.keeps} | {form.loses} |"
        for name, form in FORMATS.items()
    ]
    assert [row for row in rows if row not in text] == []
    assert len(re.findall(r"^\| `\w+` \|", text, re.MULTILINE)) == len(FORMATS)


def test_an_unknown_format_is_refused_before_the_query_runs(kg: Run) -> None:
    result = kg("query", "THIS IS NO QUERY", "-f", "nonsense")
    assert result.returncode == 2
    assert "nonsense" in result.stderr
    assert "parquet" in result.stderr


def test_a_binary_format_is_not_for_a_terminal(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    import os
    import subprocess

    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, str(TOP / "cli.py"), "-d", str(EXAMPLE), "query", "ASK {}", "-f", "xlsx"],
            stdout=theirs,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert b"> answer.xlsx" in done.stderr


def test_a_cell_is_read_as_the_engine_reads_it() -> None:
    result = of((Literal('a\t\n\r"\\b', language="en"), typed("5", "integer"), BlankNode("x")))
    (text, number, blank) = result.cells[0]
    assert cells.literal(text) == (result.rows[0][0].value, "en", cells.RDF + "langString")  # type: ignore[union-attr]
    assert cells.literal(number) == ("5", "", XSD + "integer")
    assert cells.literal(blank) is None
    assert cells.text('"\\u0041\\U0001F600"') == "A😀"


def test_people_see_a_claim_once_with_all_its_places_and_programs_each_place() -> None:
    rows = (
        b"?claim\t?locator\t?n\n"
        b'<x:c1>\t"item 1"\t1\n<x:c2>\t"item 2"\t1\n<x:c1>\t"lead \\"a\\""\t1\n<x:c1>\t"item 1"\t2\n'
    )
    result = results.Result("select", tsv=rows)
    markdown = results.write(result, "markdown").decode().splitlines()
    assert markdown[2:] == [
        '| x:c1 | item 1; lead "a" | 1 |',
        "| x:c2 | item 2 | 1 |",
        "| x:c1 | item 1 | 2 |",
    ]
    assert b"3 rows" in results.write(result, "html")
    assert results.write(result, "csv").count(b"\n") == 5
    assert len(result) == 4


def test_a_row_without_a_place_stays_as_it_is() -> None:
    result = results.Result("select", tsv=b"?locator\t?a\n\t1\n\t2\n")
    assert len(results.write(result, "markdown").splitlines()) == 4
