"""The way in that all importers share: the sink, sorted lines, editions, identifiers by time."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, RdfFormat, parse

from kg import claims, identity, importing
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.errors import MissingError, RefusedError, UnreadableError, UsageError
from kg.importing import DataSet, Importer, Report, Sink, lines, reading, sink
from kg.store import Store
from kg.vocab import ID, KG
from kg.workspace import Workspace

SET = DataSet(
    name="ties",
    title="Ties of states",
    publisher=ID + "actor/tie-project",
    publisher_name="Tie project",
    edition="2024",
)


def _read(paths: Sequence[Path], into: Sink, options: Mapping[str, str]) -> None:
    """Read rows ``key,code,code,strength``: one claim each."""
    for path in paths:
        for line, row in reading.rows(path, required=("key", "one", "other")):
            into.read()
            if not row["other"]:
                into.skip("no other state", f"line {line}")
                continue
            one, other = (
                into.coded(row["key"], "cow", "cow-number", code)[0].entity
                for code in (row["one"], row["other"])
            )
            into.claim(
                row["key"],
                one,
                KG + "alliedWith",
                other,
                f"The project has a tie between {row['one']} and {row['other']}.",
                valid_from="1999-01-01",
                valid_precision="year",
            )


TIES = Importer("ties", "ties", "CSV", "nothing", lambda paths: SET, _read, {"mark": "unused"})


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_added", lambda: {"ties": TIES, "broken": "ImportError: x"})


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def table(folder: Path, *rows: str, name: str = "ties.csv") -> Path:
    path = folder / name
    path.write_text("key,one,other\n" + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def of_data_set(store: Store) -> list[Claim]:
    return [c for c in store.claims.values() if c.iri.startswith(ID + "claim/ties-")]


# ------------------------------------------------------------------ what a claim becomes

_texts = st.text(max_size=40)
_days = st.sampled_from(["", "1999-01-01", "2024-02-29"])


@given(
    st.text(min_size=1, max_size=40),
    _texts,
    st.sampled_from(Kind),
    st.sampled_from(Modality),
    st.sampled_from(Polarity),
    st.sampled_from(Rank),
    _days,
    _texts,
)
def test_a_claim_written_as_a_line_is_the_claim_that_the_model_writes(
    words: str,
    value: str,
    kind: Kind,
    modality: Modality,
    polarity: Polarity,
    rank: Rank,
    day: str,
    scheme: str,
) -> None:
    claim = Claim(
        iri=ID + "claim/x-1",
        subject=ID + "cow/731",
        predicate=KG + "alias",
        object=Literal(value, language="ko"),
        kind=kind,
        modality=modality,
        polarity=polarity,
        statement=words,
        hedges=(words,) if words else (),
        rank=rank,
        rank_reason=words,
        holders=(ID + "actor/a", "urn:b"),
        original_holders=(ID + "actor/c",),
        evidence=(ID + "passage/p",),
        cited_sources=("https://example.org/a%20b",),
        confidence=70,
        credibility=2,
        valid_from=day,
        valid_to=day,
        covered_to=day,
        valid_precision="year",
        retracted_on=day,
        note=words,
        identity_scheme=scheme,
        check_method=words,
    )
    place = lines.iri_text(claim.evidence[0])
    line = lines.written_line(lines.iri_text(claim.iri), sink._claim_text(claim, place))
    assert b"\n" not in line
    text = lines.HEAD + line + b" .\n"
    read = {quad.triple for quad in parse(text, format=RdfFormat.TURTLE)}
    assert read == set(claims.triples(claim))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("pq"), _texts), max_size=30))
def test_lines_are_one_a_node_and_in_one_order_whatever_order_they_came_in(
    said: list[tuple[str, str, str]],
) -> None:
    def written(order: list[tuple[str, str, str]], run_bytes: int) -> bytes:
        with lines.SortedLines(run_bytes) as kept:
            for node, predicate, text in order:
                pair = (KG + predicate, lines.text_text(text))
                kept.add(lines.node_line(ID + "cow/" + node, [pair]))
            return b"".join(kept.pieces())

    content = written(said, 10**9)
    assert content == written(said[::-1], 10**9) == written(said * 2, 40)
    body = [line for line in content.splitlines() if not line.startswith(b"@prefix")]
    assert len(body) == len({node for node, _, _ in said})
    triples = {
        (q.subject.value[-1], q.predicate.value[-1], q.object.value)
        for q in parse(content, format=RdfFormat.TURTLE)
    }
    assert triples == set(said)


def test_what_is_no_iri_is_refused() -> None:
    for wrong in ("http://a b", "no-scheme", "http://a<b>", "http://a\n", ""):
        with pytest.raises(RefusedError, match="is not an IRI"):
            lines.iri_text(wrong)


# ------------------------------------------------------------------ one import


def test_an_import_keeps_claims_with_their_record_and_makes_no_edge_of_them(
    place: Workspace, tmp_path: Path
) -> None:
    done = importing.run(place, "ties", [table(tmp_path, "k1,731,710", "k2,732,")])
    assert (done.report.read, done.report.kept["claims"]) == (2, 1)
    assert done.report.skipped == {"no other state": 1}
    assert done.report.examples["no other state"] == ["line 3"]
    store = place.open()
    claim, *others = [c for c in of_data_set(store) if not c.identity_scheme]
    assert others == []
    assert claim.modality is Modality.REPORTED
    assert claim.credibility == 6
    assert claim.holders == (ID + "actor/tie-project",)
    passage = store.passages[claim.evidence[0]]
    assert (passage.source, passage.locator) == (SET.source, "record k1")
    assert store.sources[SET.source].title == "Ties of states"
    assert claims.edge_of(claim, store.vocabulary) not in store.edges


def test_a_data_set_held_credible_backs_edges(place: Workspace, tmp_path: Path) -> None:
    path = table(tmp_path, "k1,731,710")
    importing.run(place, "ties", [path], overrides={"credibility": 2})
    store = place.open()
    edge = (ID + "cow/710", KG + "alliedWith", ID + "cow/731")
    assert [c.iri for c in of_data_set(store) if not c.identity_scheme] == list(store.edges[edge])


def test_the_same_files_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    one = table(tmp_path, "k1,731,710", "k2,365,2", name="a.csv")
    two = table(tmp_path, "k2,365,2", "k3,740,2", name="b.csv")
    content = set()
    for number, paths in enumerate(([one, two], [two, one], [two, one])):
        place = Workspace.create(tmp_path / f"ws{number}")
        importing.run(place, "ties", paths, imported_on=f"2026-01-0{number + 1}")
        content.add((place.folder / "graphs/ties-2024.ttl").read_bytes())
    assert len(content) == 1


def test_a_dry_run_keeps_nothing(place: Workspace, tmp_path: Path) -> None:
    done = importing.run(None, "ties", [table(tmp_path, "k1,731,710")])
    assert done.change is None
    assert done.report.kept["claims"] == 1
    assert list((place.folder / "graphs").iterdir()) == []


def test_an_import_that_fails_half_way_leaves_the_workspace_as_it_was(
    place: Workspace, tmp_path: Path
) -> None:
    importing.run(place, "ties", [table(tmp_path, "k1,731,710")])
    before = (place.folder / "graphs/ties-2024.ttl").read_bytes()
    broken = table(tmp_path, "k1,731,740", "k2,731,740,one,too,many")
    with pytest.raises(RefusedError, match="has 6 cells in a row of 3 columns"):
        importing.run(place, "ties", [broken])
    assert (place.folder / "graphs/ties-2024.ttl").read_bytes() == before
    assert len(place.changes()) == 1


def test_an_import_of_which_nothing_is_kept_is_refused(place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nothing in it could be read as ties"):
        importing.run(place, "ties", [table(tmp_path, "k1,731,")])


def test_an_import_can_be_undone(place: Workspace, tmp_path: Path) -> None:
    importing.run(place, "ties", [table(tmp_path, "k1,731,710")])
    place.undo()
    assert of_data_set(place.open()) == []
    assert list((place.folder / "graphs").iterdir()) == []


def test_unknown_formats_options_and_names_are_usage_errors(tmp_path: Path) -> None:
    path = table(tmp_path, "k1,731,710")
    with pytest.raises(UsageError, match="unknown format: nothing") as error:
        importing.run(None, "nothing", [path])
    assert "countries" in str(error.value.hint)
    with pytest.raises(UsageError, match="unknown format: broken"):
        importing.run(None, "broken", [path])
    with pytest.raises(UsageError, match="ties has no option colour") as error:
        importing.run(None, "ties", [path], options={"colour": "red"})
    assert error.value.hint == "it has mark"
    with pytest.raises(UsageError, match="cannot name a data set"):
        importing.run(None, "ties", [path], overrides={"name": "../Ties"})
    with pytest.raises(MissingError, match="no such file"):
        importing.run(None, "ties", [tmp_path / "absent.csv"])


# ------------------------------------------------------------------ editions


def _edition(place: Workspace, folder: Path, edition: str, *rows: str) -> None:
    importing.run(place, "ties", [table(folder, *rows)], overrides={"edition": edition})


def test_the_newest_edition_is_current_whichever_is_imported_last(tmp_path: Path) -> None:
    states = []
    for number, order in enumerate((("2023", "2024"), ("2024", "2023"), ("2024", "2023", "2023"))):
        place = Workspace.create(tmp_path / f"ws{number}")
        for edition in order:
            rows = ["k1,731,710"] if edition == "2024" else ["k1,731,710", "k2,731,365"]
            _edition(place, tmp_path, edition, *rows)
        manifest = json.loads((place.folder / "gambit.json").read_text("utf-8"))
        entry = manifest["graphs"][SET.graph]
        assert entry["edition"] == "2024"
        assert [e["edition"] for e in entry["earlier"]] == ["2023"]
        states.append({p.name: p.read_bytes() for p in (place.folder / "graphs").iterdir()})
    assert states[0] == states[1] == states[2]


def test_what_a_newer_edition_no_longer_lists_is_kept_and_marked(
    place: Workspace, tmp_path: Path
) -> None:
    # The first edition is held credible, so that its tie is an edge until it is gone.
    both = table(tmp_path, "k1,731,710", "k2,731,740")
    importing.run(place, "ties", [both], overrides={"edition": "2023", "credibility": 2})
    gone = (ID + "cow/731", KG + "alliedWith", ID + "cow/740")
    assert gone in place.open().edges
    _edition(place, tmp_path, "2024", "k1,731,710")
    store = place.open()
    assert gone not in store.edges
    claim = next(c for c in of_data_set(store) if c.triple == gone)
    assert claim.credibility == 6
    assert [v.value for v in store.objects(claim.iri, KG + "lastEdition")] == ["2023"]
    passage = store.passages[claim.evidence[0]]
    assert store.sources[passage.source].iri == ID + "source/ties-2023"
    place.undo()
    assert gone in place.open().edges


def test_the_same_edition_again_replaces_itself(place: Workspace, tmp_path: Path) -> None:
    _edition(place, tmp_path, "2024", "k1,731,710")
    _edition(place, tmp_path, "2024", "k2,731,740")
    found = [c for c in of_data_set(place.open()) if not c.identity_scheme]
    assert [c.object for c in found] == [ID + "cow/740"]
    assert sorted(p.name for p in (place.folder / "graphs").iterdir()) == ["ties-2024.ttl"]


# ------------------------------------------------------------------ identifiers


def test_a_code_that_changed_hands_is_split_at_the_day() -> None:
    held = identity.holders("cow-number", "365", "1961-01-01", "1995-12-31")
    assert [(h.entity.rsplit("/", 1)[1], h.first, h.last) for h in held] == [
        ("soviet-union", "1961-01-01", "1991-12-25"),
        ("russia", "1991-12-26", "1995-12-31"),
    ]
    assert identity.holders("cow-number", "731") == ()


def test_an_identifier_is_nothing_without_a_scheme_that_knows_it() -> None:
    assert identity.check("fips10-4", "KN") == "KN"
    with pytest.raises(UsageError, match="unknown scheme"):
        identity.check("code", "KN")
    with pytest.raises(UsageError, match="is no ISO 3166-1 alpha-3 identifier"):
        identity.check("iso3166-1-alpha3", "KN")


# ------------------------------------------------------------------ reading


def test_a_wrong_encoding_is_told_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("key,name\n1,Itä-Korea\n".encode("windows-1252"))
    with pytest.raises(UnreadableError, match=r"byte 0xe4 at offset 13"):
        list(reading.rows(path))
    found = list(reading.rows(path, encoding="windows-1252"))
    assert found == [(2, {"key": "1", "name": "Itä-Korea"})]


def test_a_dos_end_mark_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"1,one\r\n2,two\r\n\x1a")
    assert [row for _, row in reading.rows(path, columns=("n", "w"))] == [
        {"n": "1", "w": "one"},
        {"n": "2", "w": "two"},
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"objects": [{"id": "a"}, {"id', "broken JSON"),
        ("[" * 10_000 + "]" * 10_000, "nested too deep|broken JSON"),
        ('{"objects": [NaN]}', "NaN is no JSON value"),
        ("", "broken JSON"),
    ],
)
def test_json_of_strangers_ends_in_an_error_of_ours(
    tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "t.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((UnreadableError, RefusedError), match=says):
        reading.json_file(path)


def test_json_is_read_item_by_item_and_its_end_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('{"objects": [{"id": 1}, {"id": 2.5}]}', encoding="utf-8")
    assert list(reading.json_items(path, "objects.item")) == [{"id": 1}, {"id": 2.5}]
    path.write_text('{"objects": [{"id": 1}, {"id"', encoding="utf-8")
    with pytest.raises(UnreadableError, match="broken JSON"):
        list(reading.json_items(path, "objects.item"))


def test_xml_with_entities_or_a_document_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xml"
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x><y>&b;</y></x>'
    path.write_text(bomb, encoding="utf-8")
    with pytest.raises(RefusedError, match="document type or entities"):
        list(reading.xml_elements(path, "y"))
    path.write_text("<x><n:y xmlns:n='urn:n'>1</n:y><y>2</y>", encoding="utf-8")
    found = reading.xml_elements(path, "y")
    assert [next(found).text, next(found).text] == ["1", "2"]
    with pytest.raises(UnreadableError, match="broken XML"):
        next(found)


# ------------------------------------------------------------------ on the command line


def test_the_command_reports_and_says_how_to_take_it_back(kg: Run, tmp_path: Path) -> None:
    kg("init", "ws")
    (tmp_path / "c.csv").write_text(
        "ISO3166-1-Alpha-3,ISO3166-1-Alpha-2,FIPS,CLDR display name,wikidata_id\n"
        "PRK,KP,KN,North Korea,Q423\nXXX,,toolong,Nowhere,\n",
        encoding="utf-8",
    )
    done = kg("-w", "ws", "import", "countries", "c.csv", "--edition", "2026")
    assert done.returncode == 0
    assert "read 2 records, kept 5 identifiers, 2 things" in done.stdout
    assert "skipped 1: not a FIPS 10-4 identifier (XXX:" in done.stdout
    assert "kg undo takes it back" in done.stderr
    report = json.loads(
        kg("-w", "ws", "import", "countries", "c.csv", "--dry-run", "--json").stdout
    )
    assert report["kept"] == {"identifiers": 5, "things": 2}
    assert kg("import", "countries", "c.csv").returncode == 2
    assert "kg init" in kg("import", "countries", "c.csv").stderr


def test_a_report_names_as_many_places_as_fit_on_a_line() -> None:
    report = importing.Report(read=9)
    for number in range(4):
        report.noted["odd"] += 1
        report.example("odd", f"attack-pattern--{number}-{'a' * 30}")
        report.noted["short"] += 1
        report.example("short", f"r{number}")
    _, odd, short = report.lines()
    assert odd == f"noted 4: odd (attack-pattern--0-{'a' * 30}, …)"
    assert short == "noted 4: short (r0, r1, r2, r3)"
    assert len(report.as_json()["examples"]["odd"]) == 4


# ------------------------------------------------------------------ what is written is read back


@pytest.mark.parametrize(
    "iri",
    ["http://[x", "http://a:port/", "http://a/#a#b", "http://a/[b]", "urn:x:\x7f", "http://a/\x85"],
)
def test_an_iri_that_the_engine_would_not_read_back_is_none(iri: str) -> None:
    assert not lines.is_iri(iri)
    with pytest.raises(RefusedError, match="is not an IRI"):
        lines.iri_text(iri)


@pytest.mark.parametrize("tag", ["a", "en-x", "en-US-US", "x", "aaaa-bbb-ccc-ddd-eee"])
def test_a_name_in_no_language_is_a_name_and_the_file_can_be_read(tag: str) -> None:
    with lines.SortedLines() as kept:
        into = Sink(SET, kept, importing._vocabulary())
        into.entity("urn:a", label="Name", language=tag)
        written = b"".join(kept.pieces())
    assert [q.object for q in parse(written, format=RdfFormat.TURTLE)] == [Literal("Name")]


def test_a_data_set_cannot_take_the_place_of_a_graph_of_ours(
    place: Workspace, tmp_path: Path
) -> None:
    for name in ("links", "own", "curated", "x-departed"):
        with pytest.raises(UsageError, match="is the name of a graph"):
            importing.run(place, "ties", [table(tmp_path, "k,731,710")], overrides={"name": name})


def test_two_editions_never_share_a_file(place: Workspace, tmp_path: Path) -> None:
    _edition(place, tmp_path, "2024 1", "k1,731,710")
    for name, edition in (("ties", "2024-1"), ("ties-2024", "1"), ("ties", "departed")):
        overrides = {"name": name, "edition": edition}
        with pytest.raises(RefusedError, match=r"has the file|has left"):
            importing.run(place, "ties", [table(tmp_path, "k,731,740")], overrides=overrides)
    assert list(place.editions()["ties"]) == ["2024 1"]


FOREIGN = """@prefix kg: <https://w3id.org/gambit/ontology#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
<http://e/c> a kg:Claim ; rdf:subject <http://e/a> ; rdf:predicate kg:alliedWith ;
  rdf:object <http://e/b> ; kg:claimKind kg:fact ; kg:polarity kg:affirmative ; kg:rank kg:normal ;
  kg:statement "A and B are allies."@en ; kg:modality kg:asserted MORE .
<http://e/c2> a kg:Claim ; rdf:subject <http://e/a> ; rdf:predicate kg:alliedWith ;
  rdf:object <http://e/d> ; kg:claimKind kg:fact ; kg:polarity kg:affirmative ; kg:rank kg:normal ;
  kg:statement "A and D are allies."@en ; kg:modality kg:reported .
"""


def _foreign(place: Workspace, folder: Path, more: str = "", edition: str = "1") -> Report:
    path = folder / "foreign.ttl"
    path.write_text(FOREIGN.replace("MORE", more), "utf-8")
    return importing.run(place, "rdf", [path], overrides={"edition": edition}).report


@pytest.mark.parametrize(
    "more",
    [
        ", kg:expected",
        "; kg:polarity kg:negated",
        "; rdf:object <http://e/z>",
        '; kg:validFrom "tomorrow"',
    ],
)
def test_a_foreign_claim_that_says_two_things_of_itself_backs_no_edge(
    place: Workspace, tmp_path: Path, more: str
) -> None:
    report = _foreign(place, tmp_path, more)
    assert sum(n for why, n in report.skipped.items() if "a claim in our terms" in why) == 1
    store = place.open()
    assert "http://e/c" not in store.claims
    assert not [edge for edge in store.edges if edge[0] == "http://e/a"]


def test_an_asserted_claim_that_a_newer_edition_lacks_backs_no_edge(
    place: Workspace, tmp_path: Path
) -> None:
    _foreign(place, tmp_path)
    path = tmp_path / "foreign.ttl"
    path.write_text(FOREIGN[: FOREIGN.index("<http://e/c>")] + "<http://e/x> kg:year 1 .", "utf-8")
    importing.run(place, "rdf", [path], overrides={"edition": "2"})
    store = place.open()
    departed = store.claims["http://e/c"]
    assert not claims.qualifies(departed, store.vocabulary)
    assert not [edge for edge in store.edges if edge[0] == "http://e/a"]


def test_a_command_that_reads_leaves_alone_what_another_prepares(place: Workspace) -> None:
    prepared = place.folder / ".gambit" / "pending" / "graphs" / "half.ttl"
    prepared.parent.mkdir(parents=True)
    prepared.write_text("half", "utf-8")
    place.open()
    assert prepared.read_text("utf-8") == "half"


def test_a_full_disk_while_lines_are_sorted_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(io.BytesIO):
        def writelines(self, _: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lines.tempfile, "TemporaryFile", Full)
    with (
        lines.SortedLines(run_bytes=10) as kept,
        pytest.raises(MissingError, match="no room to sort"),
    ):
        kept.add(b"<urn:a> <urn:b> <urn:c>")
