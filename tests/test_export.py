"""What goes out, and what is said of it: the choice, the report, and the files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import EXAMPLE, Run
from test_formats import HEAD, opened

from kg import files, formats, query, saved
from kg.claims import Claim, Modality
from kg.errors import RefusedError, UnknownNameError, UsageError
from kg.formats import FORMATS, Format, Losses, Outgoing, export, outgoing, written
from kg.formats.triples import graphs
from kg.projection import claims_of, project
from kg.selection import Selection
from kg.store import Store
from kg.vocab import ID, KG, expand

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "everything": {},
    "edges": {"what": "edges"},
    "claims": {"what": "claims"},
    "about": {"about": (ID + "actor/dprk",)},
    "filtered": {"selection": Selection(modalities=(Modality.EXPECTED, Modality.POSSIBLE))},
}


def iri(curie: str) -> str:
    found = expand(curie)
    assert found is not None
    return found


def exported(store: Store, tmp_path: Path, **choice: Any) -> Store:
    """Return the store that somebody has who opens the Turtle that went out."""
    content, _ = export(store, "turtle", **choice)
    target = tmp_path / "out.ttl"
    target.write_bytes(content[""])
    return Store.open(target)


# ---------------------------------------------------------------- the report


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("form", FORMATS)
def test_the_report_accounts_for_every_claim(
    form: str, choice: str, shipped: Store, example: Store
) -> None:
    store = shipped if choice in ("everything", "about") else example
    out = outgoing(store, **CHOICES[choice])
    _, report = export(store, form, **CHOICES[choice])
    assert report.claims.keys() == out.claims.keys()
    dropped = [found for found in report.claims.values() if not found["carried"]]
    assert report.carried + len(dropped) == len(out.claims)
    assert all(found["reason"] for found in dropped)
    assert sum(report.counts.values()) == len(dropped) + sum(report.other.values())
    if form in OURS:
        assert report.fields.keys() <= set(Claim._fields)
    told = json.loads(report.as_json())
    assert told["claims_in_all"] == len(out.claims)
    assert told["carried"] + told["dropped"] == told["claims_in_all"]


OURS = ("turtle", "ntriples", "nquads", "trig", "rdf12", "rdfxml", "jsonld", "nanopub", "graphml")


def test_all_claims_of_the_shipped_data_go_along_in_rdf(shipped: Store) -> None:
    assert len(shipped.claims) >= 480
    for form in ("turtle", "ntriples", "nquads", "trig", "rdf12", "rdfxml", "jsonld", "nanopub"):
        _, report = export(shipped, form)
        assert report.carried == len(shipped.claims) == len(report.claims)
        assert not report.fields


def test_a_drawing_says_of_each_claim_why_it_is_not_drawn(example: Store) -> None:
    _, report = export(example, "graphml")
    claims = {name.removeprefix(ID): found for name, found in report.claims.items()}
    drawn = {
        c for *_, data in project(example).graph.edges(data=True) for c in data["claims"].split()
    }
    carried = {name for name, found in claims.items() if found["carried"]}
    assert {name.replace("claim:", "claim/") for name in drawn} <= carried
    assert claims["claim/example-06"]["reason"] == "forecast"
    assert claims["claim/example-08"]["reason"] == "negated"
    _, report = export(example, "graphml", include_hedged=True)
    assert report.claims[ID + "claim/example-06"]["carried"]


def test_a_claim_on_an_edge_of_several_says_what_it_loses_there(shipped: Store) -> None:
    shared = next(
        behind
        for edge, behind in shipped.edges.items()
        if len(behind) > 1 and isinstance(edge[2], str)
    )
    _, report = export(shipped, "graphml")
    lost = [set(report.claims[claim]["lost"]) for claim in shared]
    assert any("statement" in names for names in lost)
    assert all("evidence" in names for names in lost)


def test_losses_know_their_claims_and_keep_the_first_reason() -> None:
    losses = Losses(["a", "b"])
    losses.reduced("a", "note")
    losses.dropped("a", "first")
    losses.dropped("a", "second")
    losses.reduced("b", "note", "rank", "note")
    losses.other("thing", 0)
    losses.other("thing", 2)
    report = losses.report("form")
    assert report.counts == {"first": 1, "thing": 2}
    assert report.claims["a"] == {"carried": False, "reason": "first", "lost": []}
    assert report.claims["b"] == {"carried": True, "reason": "", "lost": ["note", "rank"]}
    assert report.fields == {"note": 1, "rank": 1}
    assert report.lines() == [
        "form leaves out: 1 first, 2 thing.",
        "1 of 1 claims go along with less: without note of 1, rank of 1",
    ]
    with pytest.raises(ValueError, match="not among the claims"):
        losses.dropped("c", "reason")


# ---------------------------------------------------------------- the choice


def test_nothing_chosen_is_the_data_as_it_is(example: Store) -> None:
    out = outgoing(example)
    assert out.whole
    assert out.claims == example.claims
    described = {q.subject.value for q in example.quads() if q.graph_name.value.startswith(ID)}
    records = {*example.claims, *example.passages, *example.citations, *example.sources}
    assert set(out.entities) == described - records
    assert iri("actor:arland") in out.entities


def test_claims_alone_bring_no_edge_and_edges_only_what_backs_them(
    example: Store, tmp_path: Path
) -> None:
    alone = exported(example, tmp_path, what="claims")
    assert alone.claims == example.claims
    assert not alone.edges
    facts = exported(example, tmp_path, what="edges")
    backing = {claim for behind in example.edges.values() for claim in behind}
    assert facts.claims.keys() == backing
    assert facts.edges == {edge: claims for edge, claims in example.edges.items() if claims}
    with pytest.raises(UsageError, match="there is no 'facts' to export"):
        export(example, "turtle", what="facts")


def test_what_is_about_a_thing_goes_out_with_what_it_rests_on(
    shipped: Store, tmp_path: Path
) -> None:
    russia = iri("actor:russia")
    found = exported(shipped, tmp_path, about=(russia,))
    assert found.claims.keys() == set(shipped.claims_about[russia])
    for name, claim in found.claims.items():
        assert claim == shipped.claims[name]
        for passage in claim.evidence:
            assert found.passages[passage] == shipped.passages[passage]
            source = found.passages[passage].source
            assert found.sources[source] == shipped.sources[source]
        for citation in claim.citations:
            assert found.citations[citation] == shipped.citations[citation]
        for node in (claim.subject, *claim.holders, *claim.original_holders):
            assert found.labels.get(node) == shipped.labels.get(node)
            assert found.types(node) == shipped.types(node)
    assert found.edges.items() <= shipped.edges.items()
    assert all(russia in (edge[0], edge[2]) for edge in found.edges)
    # Who published a source is only mentioned, and still has a name.
    publisher = next(s.publisher for s in found.sources.values() if s.publisher)
    assert found.labels[publisher]
    # What is said of Russia elsewhere does not come along.
    assert len(found.claims) < len(shipped.claims)
    assert not set(found.claims) - set(shipped.claims_about[russia])


def test_no_hedged_claim_of_a_choice_becomes_an_edge(shipped: Store, tmp_path: Path) -> None:
    hedged = Selection(modalities=(Modality.EXPECTED, Modality.POSSIBLE, Modality.CONDITIONAL))
    found = exported(shipped, tmp_path, selection=hedged)
    assert found.claims
    assert not found.edges
    assert all(claim.hedged for claim in found.claims.values())


def test_a_choice_of_one_of_two_rival_dates_settles_no_dispute(tmp_path: Path) -> None:
    claim = (
        "claim:{n} a kg:Claim ; rdf:subject agreement:p ; rdf:predicate kg:signedOn ;"
        ' rdf:object "2020-0{n}-01"^^xsd:date ; kg:claimKind kg:fact ; kg:modality kg:asserted ;'
        " kg:evidence passage:{n} ; prov:wasAttributedTo actor:x .\n"
        "passage:{n} a kg:Passage ; oa:hasSource source:{n} . source:{n} a kg:SourceDocument .\n"
    )
    store = opened(tmp_path, HEAD + claim.format(n=1) + claim.format(n=2))
    one = ID + "claim/1"
    assert not outgoing(store, named=(one,)).edges
    assert list(outgoing(store, named=(one,)).claims) == [one]
    # To leave a source out is to say that its word does not count: then the other stands.
    without = outgoing(store, selection=Selection(exclude_sources=(ID + "source/2",)))
    (edge,) = without.edges
    assert without.edges[edge] == (one,)
    (graph,) = graphs(without).values()
    assert any(str(p) == KG + "signedOn" for _, p, _ in graph)


def test_a_left_out_source_is_not_among_the_places_that_go_out(
    shipped: Store, tmp_path: Path
) -> None:
    several = next(
        claim
        for claim in shipped.claims.values()
        if len({shipped.passages[p].source for p in claim.evidence}) > 1
    )
    first = shipped.passages[several.evidence[0]].source
    chosen = Selection(exclude_sources=(first,))
    found = exported(shipped, tmp_path, selection=chosen)
    out = outgoing(shipped, selection=chosen)
    assert found.claims == out.claims
    assert found.claims[several.iri].evidence
    assert all(found.passages[p].source != first for p in found.claims[several.iri].evidence)


def test_each_named_graph_keeps_its_own(tmp_path: Path) -> None:
    other = tmp_path / "other.ttl"
    text = EXAMPLE.read_text(encoding="utf-8").replace("claim:example-", "claim:other-")
    other.write_text(text, encoding="utf-8")
    store = Store.open(EXAMPLE, other)
    content, report = export(store, "trig", about=(iri("actor:arland"),))
    found: dict[str, set[str]] = {}
    for quad in ox.parse(content[""], format=ox.RdfFormat.TRIG):
        found.setdefault(quad.graph_name.value, set()).add(quad.subject.value)
    assert found.keys() == {ID + "graph/example", ID + "graph/other"}
    assert not any("/other-" in node for node in found[ID + "graph/example"])
    assert any("/other-" in node for node in found[ID + "graph/other"])
    only, _ = export(store, "nquads", selection=Selection(datasets=(ID + "graph/other",)))
    claims = {
        quad.subject.value
        for quad in ox.parse(only[""], format=ox.RdfFormat.N_QUADS)
        if quad.predicate.value == KG + "modality"
    }
    assert claims == {name for name in store.claims if "/other-" in name}
    assert report.carried == len(report.claims)


def test_a_form_that_the_engine_rewrites_is_still_the_edge(tmp_path: Path) -> None:
    text = (
        HEAD + "claim:1 a kg:Claim ; rdf:subject actor:x ; rdf:predicate kg:date ; rdf:object 007 ;"
        " kg:claimKind kg:fact ; kg:modality kg:asserted . actor:x kg:date 007 ."
    )
    store = opened(tmp_path, text)
    content, _ = export(store, "ntriples", about=(ID + "actor/x",))
    edge = f'<{ID}actor/x> <{KG}date> "007"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    assert content[""].decode().count(edge) == 1
    assert '"7"' not in content[""].decode()


def test_a_query_leads_to_the_claims_it_names(shipped: Store) -> None:
    found = saved.find("motivations-of", files.queries_dir())
    from kg.names import resolve

    result = query.run_saved(
        shipped, found, {"actor": "DPRK"}, resolve=lambda name: resolve(shipped, name)
    )
    claims = claims_of(shipped, result)
    assert claims
    column = result.variables.index("claim")
    assert set(claims) == {row[column].value for row in result.rows}
    out = outgoing(shipped, named=claims)
    assert tuple(out.claims) == claims


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT ?source ?target { ?source kg:initiator ?target }", "initiator"),
        ("CONSTRUCT { ?s kg:initiator ?o } WHERE { ?s kg:initiator ?o }", "initiator"),
        ("SELECT ?s ?o { ?s kg:initiator ?o }", "initiator"),
    ],
)
def test_an_answer_without_claims_leads_to_those_behind_its_edges(
    text: str, wanted: str, example: Store
) -> None:
    claims = claims_of(example, query.run(example, text))
    made = [name for name, claim in example.claims.items() if claim.predicate == KG + wanted]
    assert set(made) <= set(claims)
    ends = {example.claims[name].subject for name in made}
    assert {example.claims[name].subject for name in claims} <= ends


def test_yes_or_no_leads_to_no_claim(example: Store) -> None:
    with pytest.raises(UsageError, match="yes or no"):
        claims_of(example, query.run(example, "ASK { ?s ?p ?o }"))


def test_a_drawing_about_a_thing_has_only_its_claims(shipped: Store) -> None:
    treaty = iri("agreement:russia-dprk-treaty-2024")
    form = FORMATS["nodelink"]
    out = outgoing(shipped, about=(treaty,), projection=project(shipped))
    content, report = written(form, out)
    data = json.loads(content[""])
    named = {c for link in data["links"] for c in link["claims"].split()}
    named |= {
        c
        for node in data["nodes"]
        for key, value in node.items()
        if key.endswith("_claims")
        for c in value.split()
    }
    assert named
    assert {iri(c) for c in named} <= set(shipped.claims_about[treaty])
    assert {iri(c) for c in named} == {c for c, f in report.claims.items() if f["carried"]}


def test_a_data_set_that_is_not_there_is_said(example: Store) -> None:
    with pytest.raises(UnknownNameError, match="no data set"):
        export(example, "turtle", selection=Selection(datasets=(ID + "graph/none",)))


def test_a_format_that_draws_nothing_takes_no_projection(example: Store) -> None:
    with pytest.raises(UsageError, match="draws no projection"):
        export(example, "turtle", drawing="signed")


# ---------------------------------------------------------------- files


def test_a_folder_is_written_whole_and_replaced_by_its_like(tmp_path: Path) -> None:
    target = tmp_path / "out"
    files.write_folder(target, {"a.csv": b"1", "b.csv": b"2"})
    assert {p.name: p.read_bytes() for p in target.iterdir()} == {"a.csv": b"1", "b.csv": b"2"}
    files.write_folder(target, {"a.csv": b"3", "b.csv": b"4"})
    assert (target / "a.csv").read_bytes() == b"3"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "thesis.txt").write_text("precious")
    (target / "a.csv").write_text("old")
    with pytest.raises(RefusedError, match=r"holds something else: thesis\.txt"):
        files.write_folder(target, {"a.csv": b"1"})
    assert (target / "a.csv").read_text() == "old"
    with pytest.raises(RefusedError, match="is a file"):
        files.write_folder(target / "thesis.txt", {"a.csv": b"1"})


def test_a_failure_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    files.write_folder(target, {"a.csv": b"1", "b.csv": b"2"})

    def full(path: Path, content: bytes) -> None:
        if path.name == "b.csv":
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr(files, "write_bytes", full)
    with pytest.raises(files.MissingError, match="No space"):
        files.write_folder(target, {"a.csv": b"3", "b.csv": b"4"})
    assert {p.name: p.read_bytes() for p in target.iterdir()} == {"a.csv": b"1", "b.csv": b"2"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_zip_has_no_clock_in_it() -> None:
    contents = {"nodes.csv": b"a" * 1000, "edges.csv": b"b"}
    first = files.zipped(contents)
    assert first == files.zipped(contents)
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


# ---------------------------------------------------------------- formats of others


def _write(out: Outgoing, losses: Losses) -> Mapping[str, bytes]:
    for claim in out.claims:
        losses.dropped(claim, "only counted")
    return {"count.txt": str(len(out.claims)).encode(), "what.txt": out.what.encode()}


PAIR = Format("pair", "", "text/plain", "two files", "everything but a count", False, _write)


class Point:
    """An entry point as importlib.metadata has it."""

    def __init__(self, name: str, loaded: object, package: str = "stranger") -> None:
        self.name, self.value, self.loaded = name, f"{package}:{name}", loaded
        self.dist = SimpleNamespace(name=package)

    def load(self) -> object:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


def test_a_broken_format_of_others_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        Point("pair", PAIR),
        Point("crash", ImportError("no module named x")),
        Point("thing", 42),
        Point("turtle", FORMATS["turtle"]),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    said: list[str] = []
    found = formats.known(said.append)
    assert list(found) == [*FORMATS, "pair"]
    assert said == [
        "format crash of stranger is left out: ImportError: no module named x",
        "format thing of stranger is left out: it is no kg.formats.Format",
        "format turtle of stranger is left out: there is a format turtle already",
    ]
    with pytest.raises(UsageError, match="unknown format: crash"):
        formats.named("crash", said.append)


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """A folder with an installed package of somebody else's that brings two formats."""
    folder = tmp_path / "site"
    info = folder / "stranger-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[gambit.formats]\npair = stranger:PAIR\nbroken = stranger_that_is_not_there:X\n"
        "[gambit.importers]\nlines = stranger:LINES\nlost = stranger_that_is_not_there:X\n"
    )
    (folder / "stranger.py").write_text(
        "from kg.formats import Format\n"
        "def write(out, losses):\n"
        "    for claim in out.claims:\n"
        "        losses.dropped(claim, 'only counted')\n"
        "    return {'count.txt': str(len(out.claims)).encode(), 'what.txt': out.what.encode()}\n"
        "PAIR = Format('pair', '', 'text/plain', 'two files', 'claims', False, write)\n"
        "from kg.importing import Importer\n"
        "LINES = Importer('lines', 'lines of a log', 'text', 'all', None, None, {'since': 'a day'})\n"
    )
    return str(folder)


def test_a_package_of_others_adds_a_format(kg: Run, stranger: str, tmp_path: Path) -> None:
    data = ("-d", str(EXAMPLE))
    path = {"PYTHONPATH": stranger}
    listed = kg("formats", "--json", **path)
    assert listed.returncode == 0
    assert "format broken of stranger is left out: ModuleNotFoundError" in listed.stderr
    (pair,) = [one for one in json.loads(listed.stdout) if one["name"] == "pair"]
    assert pair["writes"] is True
    assert pair["loses"] == "claims"

    stdout = kg(*data, "export", "pair", **path)
    assert stdout.returncode == 2
    assert "this format is several files (count.txt, what.txt)" in stdout.stderr
    assert "hint: --to FOLDER, or --to FILE.zip" in stdout.stderr

    assert kg(*data, "export", "pair", "--to", "out", **path).returncode == 0
    assert (tmp_path / "out" / "count.txt").read_text() == "12"
    assert kg(*data, "export", "pair", "--to", "out.zip", **path).returncode == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["count.txt", "what.txt"]
    (tmp_path / "out" / "mine.txt").write_text("mine")
    refused = kg(*data, "export", "pair", "--to", "out", **path)
    assert refused.returncode == 3
    assert "holds something else: mine.txt" in refused.stderr


# ---------------------------------------------------------------- the command


def test_the_report_is_a_file_of_every_claim(kg: Run, tmp_path: Path) -> None:
    done = kg("-d", str(EXAMPLE), "export", "graphml", "--to", "g.graphml", "--report", "l.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))
    assert report["claims_in_all"] == 12
    assert report["claims"]["claim:example-06"] == {
        "carried": False,
        "reason": "forecast",
        "lost": [],
    }
    assert "graphml leaves out: " in done.stderr
    same = kg("-d", str(EXAMPLE), "export", "graphml", "--to", "x", "--report", "x")
    assert same.returncode == 2


def test_the_command_chooses(kg: Run) -> None:
    data = ("-d", str(EXAMPLE), "export", "ntriples")
    marker = f"<{KG}modality>"

    def claims(*arguments: str) -> int:
        done = kg(*data, *arguments)
        assert done.returncode == 0, done.stderr
        return sum(marker in line for line in done.stdout.splitlines())

    assert claims() == 12
    assert 0 < claims("--about", "Borland") < 12
    assert claims("--modality", "possible") == 1
    assert claims("--dataset", "example") == 12
    assert 0 < claims("--what", "edges") < 12
    assert claims("--query", "SELECT ?claim { ?claim kg:modality kg:possible }") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("turtle", "--facts-only"), 2, "turtle carries every claim with its modality"),
        (("turtle", "--projection", "signed"), 2, "draws no projection"),
        (("turtle", "--about", "Nowhere"), 1, "Nowhere"),
        (("turtle", "--query", "ASK { ?s ?p ?o }"), 2, "yes or no"),
        (("turtle", "--query", "SELECT ?x { ?x a kg:State }"), 1, "leads to no claim"),
        (("turtle", "--query", "claims-about", "--about", "Arland"), 2, "exclude each other"),
        (("turtle", "--query", "claims-about", "--kind", "fact"), 2, "exclude each other"),
        (("turtle", "-p", "actor=Arland"), 2, "--param goes with --query"),
        (("turtle", "--context", "url"), 2, "turtle takes no --context url"),
        (("turtel",), 2, "did you mean turtle?"),
        (("turtle", "--what", "facts"), 2, "facts"),
    ],
)
def test_a_mistake_is_one_line_and_a_code(
    arguments: tuple[str, ...], code: int, said: str, kg: Run
) -> None:
    done = kg("-d", str(EXAMPLE), "export", *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_formats_are_listed_with_what_each_cannot_carry(kg: Run) -> None:
    listed = kg("formats")
    assert listed.returncode == 0
    for form in FORMATS.values():
        lines = [text for text in listed.stdout.splitlines() if text.split()[0] == form.name]
        # Read back by an importer of the same name, which loses other things, it has two.
        (line,) = [text for text in lines if "writes" in text]
        assert form.losses in line
    told = json.loads(kg("formats", "--json").stdout)
    assert all(one["writes"] or one["reads"] for one in told)
    assert all(bool(one["importer"]) == one["reads"] for one in told)
    assert {one["name"] for one in told} >= set(FORMATS)
    assert kg("export", "--list").stdout == listed.stdout


def test_importers_are_listed_with_what_they_read_lose_and_take_as_options(kg: Run) -> None:
    from kg import importing

    listed = kg("formats").stdout
    told = {one["name"]: one for one in json.loads(kg("formats", "--json").stdout)}
    assert set(told) == {*FORMATS, *importing.MODULES}
    for name, importer in importing.importers().items():
        reading = told[name]["reading"]
        assert importer.reads in listed
        assert importer.loses in listed
        assert (reading["takes"], reading["loses"]) == (importer.reads, importer.loses)
        assert reading["options"] == importer.options
        for option, what in importer.options.items():
            assert any(f"-o {option} " in line and what in line for line in listed.splitlines())


def test_all_about_one_format_is_shown_with_options_and_an_example(kg: Run) -> None:
    shown = kg("formats", "jsonld").stdout
    assert "--context  inline or url" in shown
    assert "kg export jsonld --to graph.jsonld" in shown
    shown = kg("formats", "wikidata").stdout
    assert "-o language=...   language of the names in statements (en)" in shown
    assert "kg import wikidata Q7747.json" in shown
    one = json.loads(kg("formats", "ftm", "--json").stdout)
    assert one["writing"]["example"] == "kg export ftm --to graph.ftm.json"
    assert one["reading"]["example"] == "kg import ftm entities.ftm.json"


def test_the_example_of_each_importer_is_a_command_that_is_understood() -> None:
    import shlex

    from kg import importing
    from kg.cli.bring import import_

    for name, importer in importing.importers().items():
        context = import_.make_context("import", [name, *shlex.split(importer.example)])
        given = dict(pair.split("=", 1) for pair in context.params["options"])
        assert given.keys() <= importer.options.keys(), name


def test_a_format_that_there_is_not_names_one_that_is_near(kg: Run) -> None:
    shown = kg("formats", "turtel")
    assert shown.returncode == 2
    assert "unknown format: turtel" in shown.stderr
    assert "hint: did you mean turtle?" in shown.stderr


def test_importers_of_others_are_listed_and_broken_ones_named(kg: Run, stranger: str) -> None:
    path = {"PYTHONPATH": stranger}
    listed = kg("formats", **path)
    assert "text; loses all" in listed.stdout
    assert "importer lost of another package is left out: ModuleNotFoundError" in listed.stderr
    assert "kg import lines FILE" in kg("formats", "lines", **path).stdout
    lost = kg("formats", "lost", **path)
    assert lost.returncode == 2
    assert "could not be loaded: ModuleNotFoundError" in lost.stderr
    assert "Traceback" not in lost.stderr
