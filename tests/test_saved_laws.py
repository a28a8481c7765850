"""What holds for every saved query on motives, benefits, consequences, wording and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import pyoxigraph as ox
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad
from saved_answers import SAVED, bound, examples, run

from kg import files
from kg.store import CURATED_GRAPH, Store
from kg.vocab import KG, RDF, XSD

FAMILIES = {
    "motivations": """motivations-of motivations-behind motivations-ascribed-by aims-of shared-motives
        motivations-by-footnote motivations-without-footnote""",
    "benefits": "benefits-of benefits-between benefits-against-heading",
    "implications": """implications-by-scope consequences-of causes-of chains-from chains-to
        chains-between""",
    "epistemics": """hedged-claims asserted-and-hedged reported-by-unnamed without-footnote contested
        single-origin denied oddities-of tensions-of""",
    "sources": """claims-citing relayed-views who-cites-whom duplicate-notes one-origin
        source-reliability coverage-of unread-passages""",
    "norms": "norms-challenged norm-violations-by recommendations recommendations-to",
}
MINE = [name for names in FAMILIES.values() for name in names.split()]
WITH_MINUS = [name for name in MINE if "MINUS" in SAVED[name].text]


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in (files.ontology_path(), files.triples_path()):
        graph.parse(path, format="turtle")
    return graph


@pytest.fixture(scope="module")
def withdrawn() -> Store:
    """The shipped graph with every claim taken back."""
    engine = ox.Store()
    engine.bulk_extend(Store.open().engine)
    claims = {q.subject for q in engine.quads_for_pattern(None, NamedNode(RDF + "predicate"), None)}
    day = Literal("2025-02-01", datatype=NamedNode(XSD + "date"))
    for claim in claims:
        engine.add(Quad(claim, NamedNode(KG + "retractedOn"), day, CURATED_GRAPH))
    return Store(engine, {}, "withdrawn")


@pytest.mark.parametrize(("family", "names"), FAMILIES.items())
def test_a_query_is_listed_under_its_family(family: str, names: str) -> None:
    assert all(family in SAVED[name].tags for name in names.split())


@pytest.mark.parametrize("name", MINE)
def test_the_example_of_each_parameter_has_an_answer(shipped: Store, name: str) -> None:
    assert run(shipped, name, examples(name)).rows
    optional = {param.name for param in SAVED[name].params if param.optional}
    for left_out in optional:
        given = {key: value for key, value in examples(name).items() if key != left_out}
        assert run(shipped, name, given).rows


@pytest.mark.parametrize("name", MINE)
def test_the_file_runs_in_any_tool_and_answers_there_alike(
    shipped: Store, graph: rdflib.Graph, name: str
) -> None:
    # no initNs: the file has to declare its own prefixes
    theirs = graph.query(bound(shipped, name, examples(name)))
    ours = run(shipped, name, examples(name))
    as_text = [tuple("" if t is None else t.value for t in row) for row in ours.rows]
    assert sorted(as_text) == sorted(
        tuple("" if row[v] is None else str(row[v]) for v in ours.variables)
        for row in cast("list[Mapping[str, Any]]", theirs)
    )


class _Watched:
    """The engine, remembering what it evaluated."""

    def __init__(self, engine: ox.Store) -> None:
        self.engine = engine
        self.answers: list[tuple[str, object]] = []

    def query(self, text: str, **options: Any) -> object:
        answer = self.engine.query(text, **options)
        self.answers.append((text, answer))
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)


@pytest.mark.parametrize("name", WITH_MINUS)
def test_missing_evidence_is_found_with_minus_by_the_native_engine(
    shipped: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = examples(name)
    text = bound(shipped, name, given)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rdflib evaluated it")

    monkeypatch.setattr("rdflib.plugins.sparql.evaluate.evalQuery", refuse)
    watched = _Watched(shipped.engine)
    store = Store(cast("ox.Store", watched), {}, "watched")
    answer = run(store, name, given)
    ((evaluated, kind),) = watched.answers
    assert isinstance(kind, ox.QuerySolutions)
    assert evaluated == text
    assert "MINUS" in evaluated
    assert answer.rows == run(shipped, name, given).rows


@pytest.mark.parametrize("name", MINE)
def test_no_query_looks_for_missing_evidence_row_by_row(name: str) -> None:
    assert not re.search(r"NOT\s+EXISTS", SAVED[name].text, re.IGNORECASE)


@pytest.mark.parametrize("name", MINE)
def test_a_withdrawn_claim_is_in_no_answer(withdrawn: Store, name: str) -> None:
    result = run(withdrawn, name, examples(name))
    assert all(row.get("claim") is None for row in result)


@pytest.mark.parametrize("name", MINE)
def test_a_row_with_a_claim_says_how_firmly_it_is_put(shipped: Store, name: str) -> None:
    columns = run(shipped, name, examples(name)).variables
    if "claim" in columns:
        assert {"claim", "locator", "modality", "holder"} <= set(columns)


@pytest.mark.parametrize("name", MINE)
def test_the_order_is_the_same_each_time(shipped: Store, name: str) -> None:
    text = SAVED[name].text
    assert "ORDER BY" in text.rsplit("}", 1)[1]
    first, second = (run(shipped, name, examples(name)).rows for _ in range(2))
    assert first == second
