"""Records read from the lines of an import are those that the engine has."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TOP
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat
from pyoxigraph import Store as Engine

from kg import compiled, files, importing, node_lines, store
from kg.importing.lines import HEAD, term_text, written_line
from kg.joining import LINKS_GRAPH
from kg.store import Store
from kg.vocab import ID, XSD
from kg.workspace import Workspace

GRAPH = NamedNode(ID + "graph/large")
RECORDS = ("claims", "passages", "sources", "citations")

LARGE = """\
claim:x-1 rdf:type kg:Claim ;\trdf:subject cow:731 ;\trdf:predicate kg:alliedWith ;\trdf:object cow:365 ;\t\
kg:claimKind kg:fact ;\tkg:modality kg:reported ;\tkg:polarity kg:affirmative ;\tkg:rank kg:normal ;\t\
kg:statement "A \\"tie\\", \\u00e9\\n."@en ;\tprov:wasAttributedTo cow:731 ;\tkg:evidence passage:x-1 ;\t\
kg:credibility 06 ;\tkg:validFrom "1999-01-01"^^xsd:date .
claim:x-2 rdf:type kg:Claim ;\trdf:subject cow:731 ;\trdf:predicate owl:sameAs ;\trdf:object cow:365 ;\t\
kg:claimKind kg:fact ;\tkg:modality kg:asserted ;\tkg:evidence passage:x-1 .
claim:x-10 rdf:type kg:Claim ;\trdf:subject cow:2 ;\trdf:predicate kg:alias ;\trdf:object 01.50 ;\t\
kg:claimKind kg:fact ;\tkg:modality kg:asserted ;\tkg:hedgeText "b" ;\tkg:hedgeText "a" .
cow:731 rdf:type kg:State ;\tskos:prefLabel "PRK" .
passage:x-1 rdf:type kg:Passage ;\toa:hasSource source:x ;\tkg:locator "row 1" ;\tkg:recordKey "1" .
source:x rdf:type kg:SourceDocument ;\tdcterms:title "X" ;\tkg:completelyEncoded true .
"""
OWN = """\
@prefix kg: <https://w3id.org/gambit/ontology#> .
@prefix claim: <https://w3id.org/gambit/id/claim/> .
@prefix passage: <https://w3id.org/gambit/id/passage/> .
claim:x-1 kg:conflictsWith claim:x-2 ; kg:evidence passage:own .
"""
LINKS = """\
@prefix kg: <https://w3id.org/gambit/ontology#> .
<https://w3id.org/gambit/id/cow/731> kg:linkedTo <https://w3id.org/gambit/id/actor/dprk> .
<https://w3id.org/gambit/id/cow/365> kg:linkedTo <https://w3id.org/gambit/id/actor/a> .
"""


@pytest.fixture(autouse=True)
def every_file_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "_WHOLE_BYTES", 0)
    monkeypatch.setattr(store, "_LINES_FROM", 0)


def opened(folder: Path, large: bytes, *, joined: bool = False, own: str = OWN) -> Store:
    inputs = {store.ONTOLOGY_GRAPH: files.ontology_path()}
    for graph, text in (
        (GRAPH, large),
        (NamedNode(ID + "graph/own"), own.encode()),
        (LINKS_GRAPH, LINKS.encode()),
    ):
        inputs[graph] = folder / f"{graph.value.rpartition('/')[2]}.ttl"
        inputs[graph].write_bytes(text)
    return Store.load(inputs, compiled=True, streamed={GRAPH}, joined=joined)


def from_engine(found: Store) -> Store:
    return Store(found.engine, found.inputs, found.key, joined=found.joined)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the lines answered, each time they were asked."""
    answers: list[bool] = []
    ask = Store._gather_lines

    def noted(self: Store, *given: object) -> bool:
        answers.append(ask(self, *given))  # type: ignore[arg-type]
        return answers[-1]

    monkeypatch.setattr(Store, "_gather_lines", noted)
    return answers


def compared(found: Store) -> None:
    for name in RECORDS:
        assert getattr(found, name) == getattr(from_engine(found), name)
        assert list(getattr(found, name)) == list(getattr(from_engine(found), name))


@pytest.mark.parametrize("joined", [False, True])
def test_records_from_lines_equal_those_from_the_engine(
    tmp_path: Path, asked: list[bool], joined: bool
) -> None:
    found = opened(tmp_path, HEAD + LARGE.encode(), joined=joined)
    compared(found)
    assert asked == [True] * 4
    claim = found.claims[ID + "claim/x-1"]
    assert claim.subject == ID + ("actor/dprk" if joined else "cow/731")
    assert claim.conflicts_with == (ID + "claim/x-2",)  # said in another graph
    assert claim.evidence == (ID + "passage/own", ID + "passage/x-1")
    assert claim.statement == 'A "tie", é\n.'
    assert claim.credibility == 6
    same = found.claims[ID + "claim/x-2"]
    assert same.object == ID + "cow/365"  # an identifier stays what it is


@pytest.mark.parametrize(
    "line",
    [
        "cow:9 rdf:type kg:State . claim:x-1 kg:credibility 1 .\n",
        'cow:9 kg:note "a ;\tkg:credibility 1 ;\tkg:b c" .\n',
        "claim:x-1 kg:credibility 1, 2 .\n",
        "claim:x-1 a kg:Claim .\n",
        "claim:x-1 kg:credibility 1 . # one\n",
        'claim:x-1 kg:hedgeText """two\nlines""" .\n',
        "claim:x-1 kg:hedgeText 'one' .\n",
        "<https://w3id.org/gambit/id/claim/x\\u002D1> kg:credibility 1 .\n",
        "@prefix claim: <https://example.org/> .\nclaim:x-1 kg:credibility 1 .\n",
        "@base <https://w3id.org/gambit/id/claim/> .\n<x-1> kg:credibility 1 .\n",
    ],
)
def test_turtle_of_another_form_is_left_to_the_engine(
    tmp_path: Path, asked: list[bool], line: str
) -> None:
    found = opened(tmp_path, HEAD + line.encode() + LARGE.encode().split(b"\n", 1)[1])
    try:
        compared(found)
    except store.RefusedError:  # a claim that lacks what every claim has: so says the engine
        with pytest.raises(store.RefusedError):
            _ = from_engine(found).claims
    assert asked
    assert not any(asked)


def test_a_file_replaced_since_it_was_compiled_is_not_read(
    tmp_path: Path, asked: list[bool]
) -> None:
    found = opened(tmp_path, HEAD + LARGE.encode())
    path = found.inputs[GRAPH]
    path.write_bytes(path.read_bytes().replace(b"06", b"01"))
    assert found.claims[ID + "claim/x-1"].credibility == 6
    assert asked == [False]


def test_a_record_that_is_linked_to_another_is_left_to_the_engine(
    tmp_path: Path, asked: list[bool]
) -> None:
    text = LARGE.replace("cow:731 rdf:type kg:State", "cow:731 rdf:type kg:SourceDocument")
    found = opened(
        tmp_path,
        HEAD + text.encode(),
        own=OWN + "<https://w3id.org/gambit/id/actor/dprk> a kg:SourceDocument .\n",
        joined=True,
    )
    assert found.sources == from_engine(found).sources
    assert asked == [False]


_typed = st.builds(
    lambda text, kind: Literal(text, datatype=NamedNode(XSD + kind)),
    st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str)),
    st.sampled_from(
        ["integer", "decimal", "double", "boolean", "date", "gYear", "anyURI", "string"]
    ),
)
_literals = st.one_of(
    st.builds(Literal, st.text(max_size=30)),
    st.builds(lambda text: Literal(text, language="en-GB"), st.text(max_size=30)),
    _typed,
)


@given(st.lists(_literals, min_size=1, max_size=6))
def test_every_literal_an_import_can_write_is_the_one_the_engine_gives(
    tmp_path_factory: pytest.TempPathFactory, literals: list[Literal]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "large.ttl"
    line = written_line("cow:1", [f"kg:alias {term_text(literal)}" for literal in literals])
    path.write_bytes(HEAD + line + b" .\n")
    engine = Engine()
    engine.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    found: dict[str, node_lines.Said] = {ID + "cow/1": {}}
    alias = "https://w3id.org/gambit/ontology#alias"
    node_lines.gather(path, [alias], found, {}, frozenset())
    assert set(found[ID + "cow/1"][alias]) == {quad.object for quad in engine}


SHARED = TOP.parent / "shared" / "data"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is absent")
@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("cow", ["cow-alliances/cow_alliance_dyad_years.csv", "cow-alliances/cow_states.csv"]),
        ("ucdp", ["ucdp-acd/ucdp_acd.csv"]),
        ("unvotes", ["un-votes/un_roll_calls.csv", "un-votes/un_votes.csv"]),
        ("territories", ["territories/territories"]),
        ("countries", ["country-codes/country-codes.csv"]),
        ("ofac", ["ofac-sdn-2019"]),
        ("wikidata", ["wikidata-entities"]),
        ("stix", ["attack-stix21-ics"]),
        ("misp", ["misp-galaxy"]),
        ("ftm", ["ftm-zala"]),
    ],
)
def test_records_of_a_shared_set_from_lines_equal_those_from_the_engine(
    tmp_path: Path, asked: list[bool], form: str, names: list[str]
) -> None:
    whole = form == "territories"  # its importer takes the folder
    paths = [p for n in names for p in ([SHARED / n] if whole else shared_files(SHARED / n))]
    place = Workspace.create(tmp_path / "ws", shipped=False)
    importing.run(place, form, paths)
    (graph,) = (path for path in place.graphs().values())
    found = Store.load(
        {store.ONTOLOGY_GRAPH: files.ontology_path(), GRAPH: graph},
        compiled=True,
        streamed={GRAPH},
    )
    compared(found)
    assert asked == [True] * 4


def shared_files(path: Path) -> list[Path]:
    """The data in a folder of the shared sets, without what describes it."""
    if path.is_file():
        return [path]
    return sorted(
        p for p in path.rglob("*") if p.is_file() and p.suffix in {".json", ".csv", ".gz", ".jsonl"}
    )
