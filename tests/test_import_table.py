"""The analyst's spreadsheet: mappings, what cells are, what is refused, and the proposal."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from conftest import Run

from kg import importing
from kg.claims import Claim, Modality, Polarity
from kg.errors import KgError, RefusedError, UnreadableError, UsageError
from kg.importing import Imported
from kg.importing.tables.proposal import propose
from kg.importing.tables.sheets import cell_text, names_of, open_sheet
from kg.store import Store
from kg.vocab import KG, compress
from kg.workspace import Workspace

DOC = Path(__file__).parent.parent / "docs" / "reference" / "table-mapping.md"

CSV = """\
id,From,To,Since,Until,Sure,How,Where,Page,ISO
t1,North Korea,Russia,2023-08,2024-06-19,70,said,https://example.org/a,12,PRK
t2,Iran,Russia,2022,NA,50,maybe,https://example.org/b,,IRN
"""
MAPPING = """\
dataset: {name: arms, title: Arms notes, publisher: An Analyst, edition: 2024-07-01}
key: id
entities:
  giver: {column: From, class: kg:State, language: en, identifiers: [{column: ISO, scheme: iso3166-1-alpha3}]}
  taker: {column: To, class: kg:State, language: en}
claims:
  - subject: giver
    predicate: kg:suppliesArmsTo
    object: taker
    valid_from: {column: Since}
    valid_to: {column: Until}
    confidence: {column: Sure}
    modality: {column: How, values: {said: reported, maybe: possible}}
    source: {title: The paper, url: {column: Where}, page: {column: Page}}
"""

Read = Callable[..., tuple[Imported, Store]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Import a table by a mapping into a workspace of its own, and open its store."""

    def done(
        table: str | bytes, mapping: str = MAPPING, name: str = "t.csv"
    ) -> tuple[Imported, Store]:
        path, place = tmp_path / name, tmp_path / "map.yaml"
        path.write_bytes(table.encode() if isinstance(table, str) else table)
        place.write_text(mapping, "utf-8")
        workspace = Workspace.create(
            tmp_path / f"ws{len(list(tmp_path.glob('ws*')))}", shipped=False
        )
        made = importing.run(workspace, "table", [path], options={"mapping": str(place)})
        return made, workspace.open()

    return done


def said(store: Store) -> list[Claim]:
    return [c for c in store.claims.values() if not c.identity_scheme]


def book(*rows: tuple[object, ...], merge: str = "", second: bool = False) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Data"
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    if second:
        made.create_sheet("Other").append(["x"])
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_row_becomes_a_claim_with_its_span_certainty_and_source(read: Read) -> None:
    made, store = read(CSV)
    by_start = {c.valid_from: c for c in said(store)}
    first, second = by_start["2023-08-01"], by_start["2022-01-01"]
    assert store.label(first.subject) == "North Korea"
    assert (first.valid_to, first.valid_precision, first.confidence) == ("2024-06-19", "month", 70)
    assert (second.valid_to, second.modality) == ("", Modality.POSSIBLE)
    assert second.statement == "Possible: Iran supplies arms to Russia."
    assert store.sources[first.cited_sources[0]].url == "https://example.org/a"
    assert store.passages[first.evidence[0]].locator == "t.csv row 2; cites p. 12"
    assert made.dataset.edition == "2024-07-01"
    assert not store.edges


def test_identifiers_come_with_the_scheme_that_the_mapping_names(read: Read) -> None:
    _, store = read(CSV)
    links = {
        (compress(c.subject), c.identity_scheme, getattr(c.object, "value", ""))
        for c in store.claims.values()
        if c.identity_scheme
    }
    assert {link[1:] for link in links} == {
        ("iso3166-1-alpha3", "PRK"),
        ("iso3166-1-alpha3", "IRN"),
    }


def test_one_text_in_two_columns_of_one_class_is_one_thing(read: Read) -> None:
    _, store = read(CSV + "t3,Russia,Iran,2024,,50,said,https://example.org/c,1,RUS\n")
    assert len({c.subject for c in said(store)} | {c.object for c in said(store)}) == 3


def test_what_is_asserted_and_fact_in_the_mapping_backs_an_edge(read: Read) -> None:
    firm = MAPPING.replace("{column: How, values: {said: reported, maybe: possible}}", "asserted")
    _, store = read(CSV, firm)
    assert len(store.edges) == 2
    assert all(store.edges.values())


@pytest.mark.parametrize(
    ("old", "new", "words", "hint"),
    [
        ("column: From", "column: Form", "no column 'Form'", "did you mean 'From'"),
        ("key: id", "key: idd", "no column 'idd'", "did you mean 'id'"),
        ("kg:suppliesArmsTo", "kg:supplysArmsTo", "no kg:supplysArmsTo", "kg:suppliesArmsTo"),
        ("object: taker", "object: takr", "none of the entities", "taker"),
        ("valid_from", "valid_form", "has no 'valid_form'", "valid_from"),
        ("[{column: ISO, scheme: iso3166-1-alpha3}]", "[ISO]", "bare code", "scheme"),
        ("scheme: iso3166-1-alpha3", "scheme: iso3166-1-alpha4", "no scheme", "iso3166-1-alpha"),
        ("maybe: possible", "maybe: perhaps", "'perhaps' is none", "possible"),
        ("object: taker", "note: x", "one of object", "table-mapping"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_a_usage_error_that_says_where(
    read: Read, old: str, new: str, words: str, hint: str
) -> None:
    assert old in MAPPING
    with pytest.raises(UsageError, match=words) as refused:
        read(CSV, MAPPING.replace(old, new, 1))
    assert hint in f"{refused.value.hint}"


def test_the_error_for_a_column_lists_those_that_there_are(read: Read) -> None:
    with pytest.raises(UsageError) as refused:
        read(CSV, MAPPING.replace("column: Page", "column: zzzzz"))
    assert "From, To, Since" in f"{refused.value.hint}"
    assert "source.page" in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,,Russia,2022,,5,said,,,\n", "a row without giver"),
        ("x,Iran,Russia,03/04/2022,,5,said,,,\n", "two ways"),
        ("x,Iran,Russia,sometime,,5,said,,,\n", "no form that is known"),
        ("x,Iran,Russia,2022,2021,5,said,,,\n", "ends before it begins"),
        ("x,Iran,Russia,2022,,500,said,,,\n", "not 0 to 100"),
        ("x,Iran,Russia,2022,,5,rumoured,,,\n", "a value that the mapping has not"),
        (",Iran,Russia,2022,,5,said,,,\n", "a row without its key"),
        ("x,Iran,Russia,2022,,5,said,not an address,,\n", "address of a source"),
        ("x,Iran,Russia,2022,,5,said,,,KN\n", "not a ISO 3166-1 alpha-3 identifier"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_counted_with_its_place(
    read: Read, row: str, reason: str
) -> None:
    made, _ = read(CSV + row)
    (found,) = made.report.skipped
    assert reason in found
    if "identifier" not in found:
        assert "t.csv row 4" in made.report.examples[found][0]


def test_missing_codes_are_never_values(read: Read) -> None:
    mapping = MAPPING + "missing: ['-9', unknown]\n"
    _, store = read(CSV.replace("2022,NA", "-9,unknown"), mapping)
    assert sorted((c.valid_from, c.valid_to) for c in said(store)) == [
        ("", ""),
        ("2023-08-01", "2024-06-19"),
    ]


def test_codes_in_a_mapping_stay_text(read: Read) -> None:
    mapping = """\
entities:
  a: {column: From, class: kg:State}
  b: {column: To, class: kg:State}
claims:
  - subject: a
    predicate: {column: code, values: {010: dcterms:relation, "10": kg:opposes}}
    object: b
  - subject: a
    predicate: kg:cameoCode
    literal: {column: code}
"""
    _, store = read("From,To,code\nIran,Russia,010\nIran,Russia,10\n", mapping)
    found = {compress(c.predicate) for c in said(store)}
    assert found == {"dcterms:relation", "kg:opposes", "kg:cameoCode"}
    assert {str(getattr(c.object, "value", "")) for c in said(store)} >= {"010", "10"}


def test_a_literal_that_is_not_of_its_type_is_skipped(read: Read) -> None:
    mapping = """\
entities: {a: {column: A, class: kg:Actor}}
claims: [{subject: a, predicate: dcterms:extent, literal: {column: N, datatype: xsd:decimal}}]
"""
    made, store = read('A,N\nx,12.5\ny,"1,200"\n', mapping)
    assert [getattr(c.object, "value", "") for c in said(store)] == ["12.5"]
    assert made.report.skipped == {"column N: a value that is no xsd:decimal": 1}


def test_a_statement_can_be_worded_and_a_holder_named(read: Read) -> None:
    mapping = MAPPING.replace("  taker:", "  who: {column: How, class: kg:Person}\n  taker:")
    mapping += "    statement: '{giver} gave {To} arms, as {How}'\n    held_by: who\n    polarity: negated\n"
    _, store = read(CSV, mapping)
    claim = next(c for c in said(store) if c.confidence == 70)
    assert claim.statement == "North Korea gave Russia arms, as said"
    assert [store.label(h) for h in claim.original_holders] == ["said"]
    assert claim.polarity is Polarity.NEGATED


def test_cells_can_be_ids_that_exist_and_others_are_skipped(read: Read) -> None:
    mapping = """\
entities: {a: {iri: A}, b: {iri: B}}
claims: [{subject: a, predicate: dcterms:relation, object: b}]
"""
    made, store = read("A,B\nactor:dprk,wd:Q159\nNorth Korea,wd:Q159\n", mapping)
    assert [(compress(c.subject), compress(str(c.object))) for c in said(store)] == [
        ("actor:dprk", "wd:Q159")
    ]
    assert made.report.skipped["column A: a cell that is no id, as actor:dprk is"] == 1


def test_a_newer_edition_with_rows_put_in_keeps_the_claims_of_keyed_rows(read: Read) -> None:
    _, before = read(CSV)
    first, rest = CSV.split("\n", 1)
    _, after = read(f"{first}\nt0,Iran,Japan,2020,,5,said,,,IRN\n{rest}")
    assert {c.iri for c in said(before)} < {c.iri for c in said(after)}


def test_two_tables_give_the_same_graph_in_either_order(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING, "utf-8")
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text(CSV, "utf-8")
    two.write_text(CSV.replace("t1", "u1").replace("t2", "u2"), "utf-8")
    graphs = []
    for number, paths in enumerate(([one, two], [two, one])):
        workspace = Workspace.create(tmp_path / f"ws{number}", shipped=False)
        importing.run(workspace, "table", paths, options={"mapping": str(mapping)})
        graphs.append((workspace.folder / "graphs" / "arms-2024-07-01.ttl").read_bytes())
    assert graphs[0] == graphs[1]
    assert len(graphs[0]) > 1_000


# ---------------------------------------------------------------- workbooks

HEAD = ("id", "From", "To", "Since", "Until", "Sure", "How", "Where", "Page", "ISO")


def test_days_numbers_and_merged_cells_of_a_workbook_are_what_they_show(read: Read) -> None:
    day = datetime.datetime(2023, 8, 1)
    made, store = read(
        book(
            HEAD,
            (1, "North Korea", "Russia", day, None, 70.0, "said", None, 12, "PRK"),
            (2, None, "China", day, None, "70", "said", None, None, "PRK"),
            merge="B2:B3",
        ),
        name="t.xlsx",
    )
    assert [store.label(c.subject) for c in said(store)] == ["North Korea"] * 2
    assert {(c.valid_from, c.valid_precision, c.confidence) for c in said(store)} == {
        ("2023-08-01", "day", 70)
    }
    assert made.report.noted["merged cells, each read as the value they share"] == 1
    locators = {store.passages[c.evidence[0]].locator for c in said(store)}
    assert locators == {"t.xlsx sheet Data row 2; cites p. 12", "t.xlsx sheet Data row 3"}


def test_a_formula_without_a_stored_value_is_noted_and_never_run(read: Read) -> None:
    made, store = read(
        book(HEAD, (1, "North Korea", "Russia", 2023, None, "=35*2", "said", None, None, "PRK")),
        name="t.xlsx",
    )
    assert [c.confidence for c in said(store)] == [None]
    assert made.report.noted["a formula without a stored value"] == 1


def test_sheets_are_named_in_the_mapping_and_the_others_are_noted(read: Read) -> None:
    row = (1, "Iran", "Russia", 2022, None, 50, "said", None, None, "IRN")
    made, _ = read(book(HEAD, row, second=True), name="t.xlsx")
    assert made.report.examples["a sheet that the mapping does not name"] == ["t.xlsx Other"]
    with pytest.raises(UsageError, match="no sheet 'Tables'") as refused:
        read(book(HEAD, row), MAPPING + "sheet: Tables\n", name="t.xlsx")
    assert "Data" in f"{refused.value.hint}"


def test_several_sheets_can_have_a_mapping_each(read: Read) -> None:
    mapping = """\
sheets:
  Data: {key: id, entities: {a: {column: From}, b: {column: To}},
    claims: [{subject: a, predicate: dcterms:relation, object: b}]}
  Other: {entities: {x: {column: x}}}
"""
    row = (1, "Iran", "Russia", 2022, None, 50, "said", None, None, "IRN")
    made, store = read(book(HEAD, row, second=True), mapping, name="t.xlsx")
    assert len(said(store)) == 1
    assert not made.report.noted


def test_a_parquet_file_reads_like_the_same_csv(read: Read, tmp_path: Path) -> None:
    columns = {name: ["t1"] if name == "id" else [None] for name in HEAD}
    columns |= {
        "From": ["Iran"],
        "To": ["Russia"],
        "Since": [datetime.date(2022, 5, 1)],
        "Sure": [50],
    }
    path = tmp_path / "made.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    _, store = read(path.read_bytes(), name="t.parquet")
    (claim,) = said(store)
    assert (claim.valid_from, claim.confidence) == ("2022-05-01", 50)


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return stream.getvalue()


def hostile_sheet(xml: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(book(HEAD, ("x",))))
    parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = xml
    return packed(**parts)


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("content", "name", "error", "words"),
    [
        (
            packed(**{"[Content_Types].xml": b"0" * 30_000_000}),
            "t.xlsx",
            RefusedError,
            "unpacks to",
        ),
        (packed(a=b"x"), "t.xlsx", RefusedError, "no workbook"),
        (packed(**{"[Content_Types].xml": b"x"}), "t.xlsx", UnreadableError, "broken workbook"),
        (book(HEAD)[:500], "t.xlsx", UnreadableError, "broken workbook"),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "t.xlsx",
            UnreadableError,
            "is encrypted",
        ),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "t.xls", UnreadableError, "old binary format"),
        (b"PAR1 and no more", "t.parquet", UnreadableError, "broken Parquet"),
        (b"a,\x00b\n1,2\n", "t.csv", RefusedError, "no table of text"),
        (b"", "t.csv", RefusedError, "no columns"),
        ("Où,b\n".encode("cp1252"), "t.csv", UnreadableError, "byte 0xf9 at offset 1"),
        (b"a,b\n1,2,3\n", "t.csv", RefusedError, "3 cells in a row of 2"),
        (
            hostile_sheet(ENTITIES + b"]><worksheet>&a8;</worksheet>"),
            "t.xlsx",
            KgError,
            "t.xlsx",
        ),
        (hostile_sheet(b"<worksheet><sheetData><row>"), "t.xlsx", KgError, "t.xlsx"),
    ],
)
def test_a_hostile_or_broken_file_is_one_clear_error(
    tmp_path: Path, content: bytes, name: str, error: type[KgError], words: str
) -> None:
    path, mapping = tmp_path / name, tmp_path / "m.yaml"
    path.write_bytes(content)
    mapping.write_text("entities: {a: {column: a}}\n", "utf-8")
    with pytest.raises(error, match=words):
        importing.run(None, "table", [path], options={"mapping": str(mapping)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "broken YAML"),
        ("- a\n- b\n", "keys with values"),
        ("entities: {a: {column: a}\nclaims: ]", "broken YAML"),
        ("[" * 20_000, "broken YAML"),
        ("entities: {}\n", "has no entities"),
        ("entities: {a: {column: [x]}}\n", "should be a text"),
    ],
)
def test_a_broken_mapping_is_one_clear_error(tmp_path: Path, text: str, words: str) -> None:
    path, mapping = tmp_path / "t.csv", tmp_path / "m.yaml"
    path.write_text("a,b\n1,2\n", "utf-8")
    mapping.write_text(text, "utf-8")
    with pytest.raises(KgError, match=words):
        importing.run(None, "table", [path], options={"mapping": str(mapping)})


def test_without_a_mapping_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", "utf-8")
    with pytest.raises(UsageError, match="needs a mapping") as refused:
        importing.run(None, "table", [tmp_path / "t.csv"])
    assert "--init" in f"{refused.value.hint}"


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a;b\n1;2\n", "t.csv"),
        (b"a\tb\n1\t2\n", "t.tsv"),
        (b"a,b\r\n1,2\r\n\x1a", "t.csv"),
        ("\ufeffa,b\n1,2\n".encode(), "t.csv"),
        ("a,b\n1,2\n".encode("utf-16"), "t.csv"),
        (b'a,b\n"1",2\n', "t.csv"),
    ],
)
def test_delimiters_marks_and_encodings_with_a_mark_are_seen(
    tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert [row for _, row in open_sheet(path).rows] == [{"a": "1", "b": "2"}]


def test_columns_of_one_name_stay_apart() -> None:
    assert names_of(["a", "a", "", "b ", ""]) == ["a", "a (2)", "column 3", "b"]


def test_a_header_further_down_is_named_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("A title,,\nx,y,z\n1,2,3\n", "utf-8")
    assert [*open_sheet(path, header=2).rows] == [(3, {"x": "1", "y": "2", "z": "3"})]


def test_a_cell_is_the_text_that_it_shows() -> None:
    assert [cell_text(v) for v in (None, True, 3.5, 1e20, 0.0, " x ")] == [
        "", "true", "3.5", "1e+20", "0", "x",
    ]  # fmt: skip


# ---------------------------------------------------------------- the proposal


def test_a_proposal_works_as_it_is(read: Read, tmp_path: Path) -> None:
    table = CSV.replace("id,From,To,Since", "id,Supplier,Recipient,Since").replace(
        "ISO\n", "Supplier ISO3\n"
    )
    (tmp_path / "p.csv").write_text(table, "utf-8")
    mapping = propose(tmp_path / "p.csv")
    made, store = read(table, mapping)
    assert {(store.label(c.subject), store.label(str(c.object))) for c in said(store)} == {
        ("North Korea", "Russia"),
        ("Iran", "Russia"),
    }
    assert {c.valid_from for c in said(store)} == {"2023-08-01", "2022-01-01"}
    assert made.report.kept["identifiers"] == 2
    assert "decide: which relation" in mapping


def test_a_proposal_asks_whose_codes_a_column_has(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("country,code,day\nNorth Korea,KN,03/04/2022\nJapan,JA,01/02/2022\n", "utf-8")
    mapping = propose(path)
    assert '# decide: "code" looks like codes (JA, KN): whose?' in mapping
    assert "scheme: fips" not in mapping
    assert "class: kg:State" in mapping


def test_relations_are_found_by_their_labels(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("actor,relation,target\nIran,supplies arms to,Russia\nA,hums at,B\n", "utf-8")
    mapping = propose(path)
    assert '"supplies arms to": kg:suppliesArmsTo\n' in mapping
    assert '"hums at": dcterms:relation  # decide' in mapping


# ---------------------------------------------------------------- the command and its page


def test_the_commands_of_the_page_run_as_it_shows_them(kg: Run, tmp_path: Path) -> None:
    blocks = DOC.read_text("utf-8").split("```")
    files = {
        block.split("\n", 1)[0].partition(" ")[2]: block.split("\n", 1)[1]
        for block in blocks[1::2]
        if " " in block.split("\n", 1)[0]
    }
    assert set(files) == {"transfers.csv", "map.yaml"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
    shown = next(b for b in blocks[1::2] if b.startswith("text\n"))
    command, _, answer = shown.removeprefix("text\n").removeprefix("$ kg ").partition("\n")
    done = kg(*command.split())
    assert done.stdout == answer
    assert done.returncode == 0


def test_a_proposal_can_be_sent_to_a_file_and_used(kg: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("actor,target\nIran,Russia\n", "utf-8")
    made = kg("import", "table", "--init", "t.csv")
    (tmp_path / "m.yaml").write_text(made.stdout, "utf-8")
    done = kg("import", "table", "t.csv", "--mapping", "m.yaml", "--dry-run")
    assert done.stdout.startswith("read 1 records, kept 1 claims")
    assert kg("import", "events", "--init", "t.csv").returncode == 2


def test_terms_of_the_page_are_those_of_the_program() -> None:
    from kg.importing.tables import mapping

    text = DOC.read_text("utf-8")
    for key in (
        *mapping._DATASET,
        *mapping._TABLE,
        *mapping._ENTITY,
        *mapping._CLAIM,
        *mapping._SOURCE,
        *mapping._FIELD,
    ):
        assert f"`{key}`" in text, key
    assert KG
