"""RDF of strangers: what becomes a claim, what stays, what is refused."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run

from kg.errors import DataError, KgError, RefusedError, UnreadableError, UsageError
from kg.importing import Imported, run
from kg.importing.lines import read_lines
from kg.store import Store
from kg.vocab import ID, KG
from kg.workspace import Workspace

PREFIXES = """
@prefix ex: <http://example.org/> .
@prefix kg: <https://w3id.org/gambit/ontology#> .
@prefix actor: <https://w3id.org/gambit/id/actor/> .
@prefix claim: <https://w3id.org/gambit/id/claim/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TWO_STATES = 'ex:a rdfs:label "Aland"@en ; ex:ally ex:b . ex:b rdfs:label "Beland"@en .'

Import = Callable[..., Imported]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work")


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Import:
    """Import texts, each as a file of the name given."""

    def bring(files: dict[str, str | bytes], **options: str) -> Imported:
        paths = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        named = {k.replace("_", "-"): v for k, v in options.items()}
        return run(workspace, "rdf", paths, options=named, overrides={"name": "vocab"})

    return bring


def graph(workspace: Workspace) -> dict[str, list[str]]:
    path = workspace.folder / "graphs" / "vocab.ttl"
    return {node.decode(): [pair.decode() for pair in said] for node, said in read_lines(path)}


def claims(workspace: Workspace) -> list[tuple[str, str, str]]:
    made = (c for c in workspace.open().claims.values() if c.iri.startswith(f"{ID}claim/vocab-"))
    return sorted((c.subject, c.predicate, getattr(c.object, "value", c.object)) for c in made)


def rows(store: Store, query: str) -> list[tuple[str, ...]]:
    return [tuple(term.value for term in row) for row in store.engine.query(query)]  # type: ignore[union-attr]


def test_a_statement_becomes_a_reported_claim_named_by_labels(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.ttl": PREFIXES + TWO_STATES})
    (claim,) = (c for c in workspace.open().claims.values() if "vocab-" in c.iri)
    assert claim.triple == (
        "http://example.org/a",
        "http://example.org/ally",
        "http://example.org/b",
    )
    assert claim.statement == "Aland: ally Beland."
    assert (claim.modality, claim.credibility) == ("reported", 6)
    assert graph(workspace)["<http://example.org/a>"] == [
        'rdfs:label "Aland"@en',
        'skos:prefLabel "Aland"@en',
    ]


def test_schema_vocabulary_stays_as_it_stands(bring: Import, workspace: Workspace) -> None:
    done = bring(
        {"a.ttl": PREFIXES + 'ex:C a owl:Class ; rdfs:subClassOf ex:D ; rdfs:comment "c"@en .'}
    )
    assert claims(workspace) == []
    assert done.report.kept["triples"] == 3
    assert "rdfs:subClassOf <http://example.org/D>" in graph(workspace)["<http://example.org/C>"]


def test_triples_can_stay_triples(bring: Import, workspace: Workspace) -> None:
    bring({"a.ttl": PREFIXES + TWO_STATES}, statements="triples")
    assert claims(workspace) == []
    assert (
        "<http://example.org/ally> <http://example.org/b>"
        in graph(workspace)["<http://example.org/a>"]
    )


def test_a_large_file_stays_triples_and_the_report_says_so(
    bring: Import, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.importing.rdf.foreign.MOST_CLAIMS", 2)
    done = bring({"a.ttl": PREFIXES + TWO_STATES})
    assert claims(workspace) == []
    assert any("stay triples" in reason for reason in done.report.noted)
    bring({"a.ttl": PREFIXES + TWO_STATES}, statements="claims")
    assert len(claims(workspace)) == 1


def test_a_preferred_label_comes_before_a_plain_one(bring: Import, workspace: Workspace) -> None:
    bring({"a.ttl": PREFIXES + 'ex:a rdfs:label "Al"@en ; skos:prefLabel "Aland"@en .'})
    store = workspace.open()
    assert [(n.text, n.preferred) for n in store.labels["http://example.org/a"]] == [
        ("Aland", True),
        ("Al", False),
    ]


@pytest.mark.parametrize("statements", ["claims", "triples"])
def test_no_foreign_triple_passes_for_an_edge_of_ours(
    statements: str, bring: Import, workspace: Workspace
) -> None:
    done = bring(
        {"a.ttl": PREFIXES + "actor:dprk kg:alliedWith ex:a . ex:a kg:supports ex:b ."},
        statements=statements,
    )
    edges = rows(
        workspace.open(),
        f"SELECT ?s ?o WHERE {{ GRAPH <{ID}graph/vocab> {{ ?s <{KG}alliedWith>|<{KG}supports> ?o }} }}",
    )
    assert edges == []
    assert sum(done.report.noted.values()) == 2
    assert [p for _, p, _ in claims(workspace)] == [KG + "supports", KG + "alliedWith"]


def test_a_foreign_predicate_cannot_make_itself_one_of_our_edges(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.ttl": PREFIXES + "ex:likes kg:edgePredicate true . kg:likes kg:edgePredicate true ."})
    vocabulary = workspace.open().vocabulary
    assert not {"http://example.org/likes", KG + "likes"} & vocabulary.edge_predicates


def test_a_claim_of_the_shipped_graph_is_not_told_otherwise(
    bring: Import, workspace: Workspace
) -> None:
    before = Store.open().claims[ID + "claim/bipss-072"]
    done = bring(
        {
            "a.ttl": PREFIXES
            + TWO_STATES
            + "claim:bipss-072 kg:credibility 1 ; kg:modality kg:asserted ."
            + "claim:bipss-072 a kg:Claim ; rdf:subject ex:a ; rdf:predicate kg:supports ;"
            + " rdf:object ex:b ; kg:claimKind kg:fact ."
        }
    )
    assert done.report.skipped["says otherwise of a record of the shipped graph"] == 1
    assert workspace.open().claims[ID + "claim/bipss-072"] == before


def test_what_a_stranger_says_of_our_actor_is_a_claim_not_a_name(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.ttl": PREFIXES + 'actor:dprk skos:prefLabel "Best Korea"@en .'})
    store = workspace.open()
    assert store.label(ID + "actor/dprk") == "North Korea"
    assert [o for _, _, o in claims(workspace)] == ["Best Korea"]


def test_claims_in_our_terms_are_read_as_claims_with_their_edges(
    bring: Import, workspace: Workspace
) -> None:
    ours = """
    ex:c1 a kg:Claim ; rdf:subject ex:a ; rdf:predicate kg:supports ; rdf:object ex:b ;
      kg:claimKind kg:fact ; kg:modality kg:asserted ; kg:polarity kg:affirmative ;
      kg:rank kg:normal ; kg:statement "A supports B."@en .
    ex:a kg:supports ex:b . ex:a kg:supports ex:d .
    ex:c2 a kg:Claim ; rdf:subject ex:a .
    """
    done = bring({"a.ttl": PREFIXES + ours})
    store = workspace.open()
    claim = store.claims["http://example.org/c1"]
    assert claim.statement == "A supports B."
    assert [store.passages[p].source for p in claim.evidence] == [ID + "source/vocab"]
    assert claim.holders
    assert done.report.kept["edges"] == 1
    assert done.report.skipped["a claim in our terms that is not whole"] == 1
    # the edge that no claim makes is a claim, reported, now
    assert claims(workspace) == [("http://example.org/a", KG + "supports", "http://example.org/d")]


@pytest.mark.parametrize(
    ("form", "name"),
    [("turtle", "o.ttl"), ("ntriples", "o.nt"), ("trig", "o.trig"), ("jsonld", "o.jsonld")],
)
def test_our_own_exports_are_read_back_without_loss(
    form: str, name: str, bring: Import, workspace: Workspace, shipped: Store
) -> None:
    from kg.formats import export

    written, _ = export(shipped, form)
    content = written[""]
    bring({name: content})
    query = "SELECT ?s ?p ?o WHERE { GRAPH <%s> { ?s ?p ?o } }"
    store = workspace.open()
    here = set(map(str, store.engine.query(query % f"{ID}graph/vocab")))  # type: ignore[arg-type]
    there = set(map(str, store.engine.query(query % f"{ID}graph/curated")))  # type: ignore[arg-type]
    assert there - here == set()
    assert len(there) > 10_000


def test_same_as_is_an_identity_claim_and_merges_nothing(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.ttl": PREFIXES + "ex:a owl:sameAs wd:Q5689 , ex:other ."})
    store = workspace.open()
    schemes = {c.identity_scheme for c in store.claims.values() if "vocab-" in c.iri}
    assert schemes == {"wikidata", ""}
    assert "owl:sameAs" not in str(graph(workspace).get("<http://example.org/a>"))


def test_bad_iris_are_counted_with_their_line(bring: Import, workspace: Workspace) -> None:
    text = "<http://example.org/a b> <http://example.org/p> <http://example.org/c> .\n"
    fine = "<http://example.org/a> <http://example.org/p> <http://example.org/c> .\n"
    done = bring({"a.nt": fine + text + "<http://example.org/d> <x> <http://example.org/e> .\n"})
    assert done.report.skipped == {
        "a statement with a bad IRI": 1,
        "a statement with a relative IRI (-o base=IRI)": 1,
    }
    assert done.report.examples["a statement with a bad IRI"] == ["a.nt:2"]
    assert len(claims(workspace)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", "<http://e.org/a b> <http://e.org/p> <http://e.org/o> .\n"),
        ("a.jsonld", '{"@id": "http://e.org/a b", "http://e.org/p": [{"@id": "http://e.org/o"}]}'),
        ("a.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/"><rdf:Description rdf:about="http://e.org/a b"><e:p>1</e:p></rdf:Description></rdf:RDF>'),
    ],
)  # fmt: skip
def test_a_file_of_bad_iris_only_is_refused_and_says_so(
    name: str, content: str, bring: Import, workspace: Workspace
) -> None:
    with pytest.raises(RefusedError) as caught:
        bring({name: content})
    assert "bad IRI" in str(caught.value.hint)
    assert not (workspace.folder / "graphs" / "vocab.ttl").exists()


def test_a_relative_iri_is_resolved_against_the_base_given(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.ttl": "<#a> <#p> <#b> ."}, base="http://example.org/doc")
    assert claims(workspace)[0][0] == "http://example.org/doc#a"


def shuffled(text: str, seed: int) -> str:
    lines = text.strip().splitlines()
    random.Random(seed).shuffle(lines)
    return "\n".join(lines) + "\n"


BLANK = """_:a <http://e.org/knows> _:b .
_:b <http://e.org/knows> _:a .
_:a <http://e.org/name> "Ann" .
<http://e.org/x> <http://e.org/has> _:c .
_:c <http://e.org/part> _:d .
_:d <http://e.org/size> "3" .
_:r1 <http://e.org/next> _:r2 .
_:r2 <http://e.org/next> _:r3 .
_:r3 <http://e.org/next> _:r1 .
"""


@pytest.mark.parametrize("seed", range(4))
def test_blank_nodes_get_the_same_names_in_any_order_and_spelling(
    seed: int, bring: Import, workspace: Workspace
) -> None:
    bring({"a.nt": BLANK})
    first = claims(workspace)
    renamed = shuffled(BLANK, seed)
    for number, label in enumerate(["a", "b", "c", "d", "r1", "r2", "r3"]):
        renamed = renamed.replace(f"_:{label} ", f"_:z{(number * 5) % 7} ")
    bring({"a.nt": renamed})
    assert claims(workspace) == first
    # A ring of three stays one: nodes alike are not taken for one node.
    assert len({s for s, p, _ in first if p == "http://e.org/next"}) == 3


def test_blank_nodes_of_two_files_are_not_one_for_their_label(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.nt": '_:x <http://e.org/p> "1" .\n', "b.nt": '_:x <http://e.org/p> "2" .\n'})
    assert len({s for s, _, _ in claims(workspace)}) == 2


def test_a_knot_of_blank_nodes_that_nothing_tells_apart_is_skipped_in_time(
    bring: Import,
) -> None:
    knot = "".join(
        f"_:n{i} <http://e.org/p> _:n{k} .\n" for i in range(14) for k in range(14) if i != k
    )
    done = bring({"a.nt": knot + "<http://e.org/a> <http://e.org/p> <http://e.org/b> .\n"})
    assert sum(done.report.skipped.values()) == 14 * 13


def test_literals_keep_their_spelling_datatype_and_language(
    bring: Import, workspace: Workspace
) -> None:
    bring(
        {
            "a.ttl": PREFIXES
            + 'ex:a ex:n "007"^^xsd:integer ; ex:t "colour"@en-GB ; ex:d "x"^^ex:t .'
        }
    )
    said = str(graph(workspace))
    assert 'rdf:object "007"^^xsd:integer' in said
    assert 'rdf:object "colour"@en-gb' in said
    assert 'rdf:object "x"^^<http://example.org/t>' in said


def test_a_named_graph_of_the_file_stands_on_its_claims(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.trig": PREFIXES + "ex:g { ex:a ex:p ex:b } ex:h { ex:a ex:p ex:b }"})
    store = workspace.open()
    found = rows(store, f"SELECT ?g WHERE {{ GRAPH ?n {{ ?c <{KG}namedGraph> ?g }} }}")
    assert sorted(found) == [("http://example.org/g",), ("http://example.org/h",)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", "<http://e.org/a> <http://e.org/p> <http://e.org/o> .\n<http://e.org/b> <http://e"),
        ("a.ttl", PREFIXES + "ex:a ex:p ex:b . ex:c ex:p [ ex:q"),
        ("a.trig", PREFIXES + "ex:g { ex:a ex:p ex:b ."),
        ("a.jsonld", '{"@id": "http://e.org/a", "http://e.org/p": [1, '),
        ("a.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Desc'),
        ("a.nt.gz", gzip.compress(b"<http://e.org/a> <http://e.org/p> <http://e.org/o> .\n" * 999)[:-20]),
        ("a.ttl", "   \n"),
        ("a.ttl", b"\xff\xfe<\x00a\x00"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_off_leaves_nothing(
    name: str, content: str | bytes, bring: Import, workspace: Workspace
) -> None:
    with pytest.raises((UnreadableError, RefusedError)) as caught:
        bring({name: content})
    assert caught.value.exit_code == 3
    assert not (workspace.folder / "graphs" / "vocab.ttl").exists()


def test_packed_files_are_read(bring: Import, workspace: Workspace) -> None:
    bring({"a.ttl.gz": gzip.compress((PREFIXES + TWO_STATES).encode())})
    assert len(claims(workspace)) == 1


@pytest.mark.parametrize("name", ["data", "data.txt", "data.xml", "data.json"])
def test_the_content_tells_the_syntax_where_the_name_does_not(
    name: str, bring: Import, workspace: Workspace
) -> None:
    bring({name: PREFIXES + TWO_STATES})
    assert len(claims(workspace)) == 1


XML = """<?xml version="1.0"?>%s<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:e="http://e.org/"><rdf:Description rdf:about="%s"><e:p>%s</e:p></rdf:Description></rdf:RDF>"""


def test_an_entity_for_a_namespace_is_read(bring: Import, workspace: Workspace) -> None:
    bring({"a.owl": XML % ('<!DOCTYPE r [<!ENTITY e "http://e.org/">]>', "&e;a", "1")})
    assert claims(workspace) == [("http://e.org/a", "http://e.org/p", "1")]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://e.org/r.dtd">',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY e "&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY % e "x">]>',
        f'<!DOCTYPE r [<!ENTITY e "{"a" * 5000}">]>',
    ],
)
def test_xml_that_reaches_elsewhere_or_grows_is_refused(doctype: str, bring: Import) -> None:
    with pytest.raises(RefusedError, match="XML"):
        bring({"a.rdf": XML % (doctype, "http://e.org/a", "&e;" if "% e" not in doctype else "")})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonld", '{"http://e.org/p":' * 20_000 + "1" + "}" * 20_000),
        ("a.ttl", "<http://e.org/a> <http://e.org/p> " + "<<( <http://e.org/a> <http://e.org/p> " * 20_000),
        ("a.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/">' + "<rdf:Description><e:p>" * 20_000),
    ],
)  # fmt: skip
def test_nesting_without_end_is_refused(name: str, content: str, bring: Import) -> None:
    with pytest.raises(DataError, match="nested too deep"):
        bring({name: content})


def test_a_web_page_is_no_rdf(bring: Import) -> None:
    with pytest.raises(RefusedError, match="web page"):
        bring({"a.ttl": "<!DOCTYPE html><html></html>"})


JSONLD = '{"@context": "https://e.org/context", "@id": "http://e.org/a", "ally": "http://e.org/b"}'


def test_a_context_elsewhere_is_not_fetched(bring: Import) -> None:
    with pytest.raises(RefusedError, match=r"https://e\.org/context") as caught:
        bring({"a.jsonld": JSONLD})
    assert "-o context=FILE" in str(caught.value.hint)
    with pytest.raises(RefusedError, match="not allowed"):
        bring({"a.jsonld": JSONLD}, allow_context="https://other.org/c")


def test_a_local_file_answers_for_a_context(
    bring: Import, workspace: Workspace, tmp_path: Path
) -> None:
    local = tmp_path / "context.json"
    local.write_text('{"@context": {"ally": {"@id": "http://e.org/ally", "@type": "@id"}}}')
    bring({"a.jsonld": JSONLD}, context=str(local))
    assert claims(workspace) == [("http://e.org/a", "http://e.org/ally", "http://e.org/b")]


def test_an_option_that_makes_no_sense_is_refused(bring: Import) -> None:
    for options in ({"statements": "maybe"}, {"syntax": "n4"}, {"base": "no iri"}):
        with pytest.raises((UsageError, KgError)):
            bring({"a.ttl": PREFIXES + TWO_STATES}, **options)


def test_two_files_in_the_other_order_give_the_same_graph(
    workspace: Workspace, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(PREFIXES + TWO_STATES + "ex:a ex:has [ ex:n 1 ] .")
    two.write_text(PREFIXES + 'ex:b rdfs:label "Second"@en ; ex:has [ ex:n 1 ], [ ex:n 2 ] .')
    path = workspace.folder / "graphs" / "vocab.ttl"
    run(workspace, "rdf", [one, two], overrides={"name": "vocab"})
    first = path.read_bytes()
    run(workspace, "rdf", [two, one], overrides={"name": "vocab"})
    assert path.read_bytes() == first


def test_the_program_reports_and_shows_what_it_read(kg: Run, tmp_path: Path) -> None:
    (tmp_path / "states.ttl").write_text(PREFIXES + TWO_STATES)
    assert kg("init", "w").returncode == 0
    done = kg("-w", "w", "import", "rdf", "states.ttl")
    assert done.returncode == 0, done.stderr
    assert "read 3 records, kept 1 claims, 2 things, 2 triples" in done.stdout
    assert "Aland: ally Beland." in kg("-w", "w", "show", "Aland").stdout
