"""The rdflib side: the same operations on rdflib's memory store and on ours answer alike."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
import rdflib
from conftest import EXAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef, Variable
from rdflib.namespace import RDF, SKOS, XSD
from rdflib.plugins.sparql import prepareQuery, prepareUpdate

from kg.errors import QueryError, RefusedError, UsageError
from kg.rdf import EngineStore, dataset
from kg.store import Store
from kg.vocab import ID, KG, PREFIXES

ARLAND = URIRef(ID + "actor/arland")
EX = rdflib.Namespace("http://example.org/")

# ---------------------------------------------------------------- conformance

NODES = st.sampled_from([EX.a, EX.b, EX["é"], BNode("n1"), BNode("x.y-z"), BNode("0a")])
PROPERTIES = st.sampled_from([EX.p, EX.q, RDF.type])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SPELLINGS = [
    ("1", XSD.integer),
    ("-5", XSD.integer),
    ("x", XSD.integer),
    (" 1", XSD.integer),
    ("1.5", XSD.decimal),
    ("1.0", XSD.double),
    ("1e+300", XSD.double),
    ("-0.5", XSD.float),
    ("NaN", XSD.double),
    ("true", XSD.boolean),
    ("maybe", XSD.boolean),
    ("2024-11-12", XSD.date),
    ("2024-11-12Z", XSD.date),
    ("2024-02-30", XSD.date),
    ("2024-11-12T10:00:00+09:00", XSD.dateTime),
    ("2024", XSD.gYear),
    ("P1Y2M", XSD.duration),
    ("aGk=", XSD.base64Binary),
    ("<a/>", RDF.XMLLiteral),
    ("x", EX.datatype),
]
LITERALS = st.one_of(
    TEXT.map(Literal),
    st.tuples(TEXT, st.sampled_from(["en", "EN", "en-GB", "zh-Hant-TW"])).map(
        lambda pair: Literal(pair[0], lang=pair[1])
    ),
    st.sampled_from(SPELLINGS).map(
        lambda pair: Literal(pair[0], datatype=pair[1], normalize=False)
    ),
    st.integers().map(Literal),
    st.floats(allow_nan=False, allow_infinity=False).map(Literal),
    st.booleans().map(Literal),
    st.dates().map(Literal),
)
TRIPLES = st.tuples(NODES, PROPERTIES, st.one_of(NODES, LITERALS))
GRAPHS = st.sampled_from([EX.g1, EX.g2, BNode("graph"), rdflib.graph.DATASET_DEFAULT_GRAPH_ID])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), TRIPLES, GRAPHS),
        st.tuples(st.just("remove"), TRIPLES, GRAPHS),
        st.tuples(st.just("remove everywhere"), TRIPLES, st.none()),
        st.tuples(st.just("remove subject"), TRIPLES, GRAPHS),
        st.tuples(st.just("remove graph"), TRIPLES, GRAPHS),
        st.tuples(st.just("count"), TRIPLES, GRAPHS),
    ),
    max_size=12,
)


def fresh() -> rdflib.Dataset:
    return dataset(EngineStore(ox.Store()))


def do(target: rdflib.Dataset, step: tuple[str, tuple[rdflib.term.Node, ...], object]) -> None:
    name, (s, p, o), graph = step
    if name == "add":
        target.add((s, p, o, graph))
    elif name == "remove":
        target.remove((s, p, o, graph))
    elif name == "remove everywhere":
        target.remove((s, p, o, None))
    elif name == "remove subject":
        target.remove((s, None, None, graph))
    elif name == "remove graph":
        target.remove_graph(graph)
    else:
        len(target)  # so that the count is kept up from here and not taken at the end


def key(term: object) -> str:
    """What rdflib holds for equal: language tags in any case, all else as written."""
    if isinstance(term, Literal) and term.language:
        return f"{str(term)!r}@{term.language.lower()}"
    return f"{type(term).__name__} {term!r}"


def keys(triples: object) -> list[tuple[str, ...]]:
    return sorted(tuple(key(term) for term in row) for row in triples)  # type: ignore[attr-defined]


@settings(max_examples=300)
@given(STEPS, TRIPLES)
def test_the_same_steps_on_rdflibs_own_store_and_on_ours_answer_alike(
    steps: list[tuple[str, tuple[rdflib.term.Node, ...], object]],
    asked: tuple[rdflib.term.Node, ...],
) -> None:
    theirs, ours = rdflib.Dataset(default_union=True), fresh()
    for step in steps:
        do(theirs, step)
        do(ours, step)
    assert len(ours) == len(theirs)
    assert keys(ours.quads()) == keys(theirs.quads())
    s, p, o = asked
    for pattern in [
        (s, p, o), (s, p, None), (s, None, o), (None, p, o),
        (s, None, None), (None, p, None), (None, None, o), (None, None, None),
    ]:  # fmt: skip
        assert keys(ours.triples(pattern)) == keys(theirs.triples(pattern))
        assert keys(ours.quads((*pattern, EX.g1))) == keys(theirs.quads((*pattern, EX.g1)))
        assert (pattern in ours) == (pattern in theirs)
    for name in (EX.g1, BNode("graph"), rdflib.graph.DATASET_DEFAULT_GRAPH_ID):
        one, other = ours.get_context(name), theirs.get_context(name)
        assert keys(one) == keys(other)
        assert len(one) == len(other)
        assert (asked in one) == (asked in other)
    for triple in theirs.triples((None, None, None)):
        assert triple in ours
        assert {g.identifier for g in ours.store.contexts(triple)} == {
            g.identifier for g in theirs.store.contexts(triple)
        }


@settings(max_examples=200)
@given(st.lists(TRIPLES, min_size=1, max_size=5))
def test_every_term_that_comes_out_is_found_when_it_goes_in(
    triples: list[tuple[rdflib.term.Node, ...]],
) -> None:
    ours = fresh()
    for triple in triples:
        ours.add((*triple, EX.g1))
    for triple in list(ours.triples((None, None, None))):
        assert triple in ours
        rows = ours.query("SELECT ?o { ?s ?p ?o }", initBindings={"p": triple[1]})
        assert key(triple[2]) in {key(row.o) for row in rows}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Literal("01", datatype=XSD.integer, normalize=False), Literal(1)),
        (Literal("1.50", datatype=XSD.decimal, normalize=False), Literal("1.5", datatype=XSD.decimal)),
        (Literal("1", datatype=XSD.boolean, normalize=False), Literal(True)),
        (Literal("1e0", datatype=XSD.double, normalize=False), Literal(1.0)),
        (
            Literal("2024-01-01T24:00:00", datatype=XSD.dateTime, normalize=False),
            Literal("2024-01-02T00:00:00", datatype=XSD.dateTime),
        ),
        (Literal("x", datatype=XSD.string), Literal("x")),
        (Literal("x", lang="EN-gb"), Literal("x", lang="en-gb")),
    ],
)  # fmt: skip
def test_what_the_engine_spells_otherwise_is_what_the_docstring_says(
    given: Literal, kept: Literal
) -> None:
    ours = fresh()
    ours.add((EX.s, EX.p, given))
    (value,) = ours.objects(EX.s, EX.p)
    assert value == kept
    assert str(value) == str(kept)
    assert value.language == kept.language
    assert (EX.s, EX.p, given) in ours


@pytest.mark.parametrize(
    "triple",
    [
        (URIRef("no scheme"), EX.p, EX.o),
        (EX.s, BNode(), EX.o),
        (Literal("x"), EX.p, EX.o),
        (BNode("with space"), EX.p, EX.o),
        (EX.s, EX.p, Literal("\ud800")),
    ],
)
def test_what_is_not_rdf_is_refused_and_matches_nothing(
    triple: tuple[rdflib.term.Node, ...],
) -> None:
    ours = fresh()
    with pytest.raises(RefusedError, match="not a triple of RDF"):
        ours.add(triple)
    assert triple not in ours
    assert len(ours) == 0


def test_a_batch_with_one_bad_triple_adds_nothing() -> None:
    ours = fresh()
    with pytest.raises(RefusedError):
        ours.addN([(EX.s, EX.p, EX.o, EX.g1), (Literal("x"), EX.p, EX.o, EX.g1)])
    assert len(ours) == 0


# ---------------------------------------------------------------- ordinary rdflib code


@pytest.fixture
def editable() -> Store:
    return Store.open(EXAMPLE, compiled=False)


def test_ordinary_rdflib_code_works_on_the_example(example: Store) -> None:
    graph = example.as_rdflib()
    assert graph.value(ARLAND, SKOS.prefLabel, any=True) in {
        Literal("Arland", lang="en"),
        Literal("아를란드", lang="ko"),
    }
    claims = set(graph.subjects(RDF.type, URIRef(KG + "Claim")))
    assert {str(claim) for claim in claims} == set(example.claims)
    labels = set(graph.objects(ARLAND, SKOS.prefLabel | SKOS.altLabel))
    assert Literal("Republic of Arland", lang="en") in labels
    assert str(graph.qname(URIRef(KG + "Claim"))) == "kg:Claim"
    assert graph.resource(ARLAND).value(RDF.type).identifier == URIRef(KG + "State")


def test_named_graphs_are_those_of_the_store_and_turtle_writes_one(example: Store) -> None:
    data = example.as_rdflib()
    names = {str(graph.identifier) for graph in data.graphs()} - {
        str(rdflib.graph.DATASET_DEFAULT_GRAPH_ID)
    }
    assert names == {graph.value for graph in example.inputs}
    name = next(g for g, path in example.inputs.items() if path == EXAMPLE)
    one = data.graph(URIRef(name.value))
    again = Graph().parse(data=one.serialize(format="turtle"), format="turtle")
    assert set(again) == set(Graph().parse(EXAMPLE, format="turtle"))
    assert len(one) == len(again)


def test_results_are_ordinary_rdflib_results(example: Store) -> None:
    graph = example.as_rdflib()
    rows = graph.query(
        "SELECT ?l ?none { ?s skos:prefLabel ?l } ORDER BY ?l", initBindings={"s": ARLAND}
    )
    assert isinstance(rows, rdflib.query.Result)
    assert rows.vars == [Variable("l"), Variable("none")]
    assert [row.l for row in rows] == [Literal("Arland", lang="en"), Literal("아를란드", lang="ko")]
    assert [row.none for row in rows] == [None, None]
    assert b"Arland" in (rows.serialize(format="json") or b"")
    assert graph.query("ASK { ?c a kg:Claim }").askAnswer is True
    made = graph.query("CONSTRUCT { ?c a kg:Said } { ?c a kg:Claim }").graph
    assert made is not None
    assert len(made) == 12
    assert isinstance(next(made.subjects()), URIRef)
    assert Graph().parse(data=made.serialize(format="nt"), format="nt").isomorphic(made)
    with_star = graph.query("SELECT * { ?s a ?type }", initBindings={Variable("s"): ARLAND})
    assert [(row.s, row.type) for row in with_star] == [(ARLAND, URIRef(KG + "State"))]


QUERIES = [
    "SELECT ?s ?l { ?s skos:prefLabel ?l FILTER(lang(?l) = 'en') } ORDER BY ?s",
    "SELECT ?m (COUNT(?c) AS ?n) { ?c kg:modality ?m } GROUP BY ?m ORDER BY ?m",
    "SELECT ?c ?h { ?c a kg:Claim OPTIONAL { ?c kg:hedgeText ?h } } ORDER BY ?c ?h",
    "SELECT ?c ?conf { ?c kg:confidence ?conf FILTER(?conf > 50) } ORDER BY ?conf ?c",
    "SELECT ?s ?d { ?s kg:date ?d FILTER(?d >= '2020-01-01'^^xsd:date) } ORDER BY ?s ?d",
    "ASK { ?c kg:polarity kg:negated }",
    "CONSTRUCT { ?s kg:says ?o } { ?c rdf:subject ?s ; rdf:object ?o }",
]


@pytest.mark.parametrize("text", QUERIES)
def test_queries_answer_as_rdflibs_engine_does(example: Store, text: str) -> None:
    ours = example.as_rdflib()
    theirs = rdflib.Dataset(default_union=True)
    for quad in ours.quads():
        theirs.add(quad)
    one, other = ours.query(text, initNs=PREFIXES), theirs.query(text, initNs=PREFIXES)
    assert one.type == other.type
    if one.type == "SELECT":
        assert one.vars == other.vars
        assert list(one) == list(other)
    elif one.type == "ASK":
        assert bool(one) == bool(other)
    else:
        assert set(one) == set(other)


def test_a_prepared_query_runs_in_the_engine_too(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("rdflib's engine was asked")

    prepared = prepareQuery("SELECT ?l { ?s l:prefLabel ?l }", initNs={"l": SKOS})
    monkeypatch.setattr("rdflib.plugins.sparql.evaluate.evalPart", never)
    monkeypatch.setattr("rdflib.plugins.sparql.processor.evalQuery", never)
    rows = example.as_rdflib().query(prepared, initBindings={"s": ARLAND})
    assert len(rows) == 2


def test_prefixes_given_with_a_query_are_known(example: Store) -> None:
    graph = example.as_rdflib()
    found = graph.query("ASK { ?c a mine:Claim }", initNs={"mine": rdflib.Namespace(KG)})
    assert bool(found)
    with pytest.raises(QueryError, match="unknown prefix mine") as caught:
        graph.query("ASK { ?c a mine:Claim }")
    assert (caught.value.line, caught.value.column) == (1, 12)


def test_a_misspelt_binding_is_an_error_and_not_an_answer(example: Store) -> None:
    with pytest.raises(UsageError, match=r"no variable \?subjekt") as caught:
        example.as_rdflib().query("ASK { ?subject a kg:Claim }", initBindings={"subjekt": ARLAND})
    assert caught.value.hint == "did you mean subject?"


def test_a_binding_is_a_term_and_never_syntax(example: Store) -> None:
    graph = example.as_rdflib()
    text = "SELECT ?c { ?c kg:statement ?said }"
    assert not list(graph.query(text, initBindings={"said": Literal('" } UNION { ?c ?p ?o } #')}))
    with pytest.raises(UsageError, match="not a term"):
        graph.query(text, initBindings={"c": URIRef("http://x> ?p ?o } #")})
    with pytest.raises(QueryError, match="with these bindings"):
        graph.query("ASK { ?c ?p ?o }", initBindings={"p": Literal("x")})


def test_a_blank_node_can_be_given() -> None:
    ours = fresh()
    ours.add((BNode("b1"), EX.p, EX.one))
    ours.add((BNode("b2"), EX.p, EX.two))
    rows = ours.query("SELECT ?s ?o { ?s ?p ?o }", initBindings={"s": BNode("b1")})
    assert [row.o for row in rows] == [EX.one]


REACHING = [
    "SELECT * { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }",
    "SELECT * FROM <http://127.0.0.1:9/data> { ?s ?p ?o }",
    "SELECT * FROM <file:///etc/hostname> { ?s ?p ?o }",
    "SELECT * FROM NAMED <file:///etc/hostname> { GRAPH ?g { ?s ?p ?o } }",
]
REACHING_UPDATES = [
    "LOAD <file:///etc/hostname>",
    "LOAD SILENT <http://127.0.0.1:9/data> INTO GRAPH <http://example.org/g>",
    "PREFIX : <http://127.0.0.1:9/> LOAD:data",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }",
    "INSERT DATA { <http://a> <http://b> 1 } ; LOAD <file:///etc/hostname>",
    "PREFIX LOADx: <http://127.0.0.1:9/> LOADx:data",
    "LOADSILENT <file:///etc/hostname>",
    "INSERT DATA { <http://a> <http://b> 1 } ; L\\u004FAD <file:///etc/hostname>",
]


@pytest.fixture
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    asked: list[str] = []

    def refuse(*arguments: object, **_: object) -> None:
        asked.append(str(arguments))
        raise AssertionError("something was reached for")

    for name in ("socket.socket.connect", "urllib.request.urlopen", "rdflib.parser._urlopen"):
        monkeypatch.setattr(name, refuse, raising=False)
    yield asked
    assert asked == []


@pytest.mark.parametrize("text", REACHING)
def test_a_query_reaches_nothing(editable: Store, no_way_out: list[str], text: str) -> None:
    graph = editable.as_rdflib()
    with pytest.raises(RefusedError):
        graph.query(text)
    with pytest.raises(RefusedError):
        graph.query(prepareQuery(text))


@pytest.mark.parametrize("text", REACHING_UPDATES)
def test_an_update_reaches_nothing_and_changes_nothing(
    editable: Store, no_way_out: list[str], text: str
) -> None:
    graph = editable.as_rdflib()
    before = len(graph)
    with pytest.raises(RefusedError):
        graph.update(text)
    assert len(graph) == before


def test_from_names_graphs_of_the_store(example: Store) -> None:
    name = next(g.value for g, path in example.inputs.items() if path == EXAMPLE)
    data = example.as_rdflib()
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
    (row,) = data.query(count.format(f"FROM <{name}>"))
    assert int(row.n) == len(data.get_context(URIRef(name)))
    assert int(row.n) < len(data)
    (alone,) = data.get_context(URIRef(name)).query(count.format(""))
    assert alone == row
    (union,) = data.query(count.format(""))
    assert int(union.n) == len(data)


# ---------------------------------------------------------------- writing


def test_a_compiled_store_refuses_every_way_of_writing(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path))
    data = Store.open(EXAMPLE, compiled=True).as_rdflib()
    before = len(data)
    triple = (ARLAND, EX.p, EX.o)
    ways = [
        lambda: data.add(triple),
        lambda: data.addN([(*triple, EX.g1)]),
        lambda: data.remove((ARLAND, None, None)),
        lambda: data.graph(EX.new),
        lambda: data.update("INSERT DATA { <http://a> <http://b> 1 }"),
        lambda: data.parse(data="<http://a> <http://b> 1 .", format="turtle"),
    ]
    for way in ways:
        with pytest.raises(RefusedError, match="read-only") as caught:
            way()
        assert "editable" in (caught.value.hint or "")
    assert len(data) == before == len(set(data.triples((None, None, None))))


def test_updates_change_the_data_and_keep_the_count(editable: Store) -> None:
    data = editable.as_rdflib()
    before = len(data)
    data.update("INSERT DATA { ex:a ex:p 1, 2 . GRAPH ex:g { ex:a ex:p 1 } }", initNs={"ex": EX})
    assert len(data) == before + 2
    assert len(data.get_context(EX.g)) == 1
    data.update(
        prepareUpdate("DELETE { ?s ?p ?o } INSERT { ?s ?p 3 } WHERE { ?s ?p ?o FILTER(?o = 2) }"),
        initBindings={"s": EX.a},
    )
    assert set(data.objects(EX.a, EX.p)) == {Literal(1), Literal(3)}
    assert len(data) == before + 2
    data.get_context(EX.g).update(
        "DELETE WHERE { ?s ?p ?o } ; INSERT DATA { <http://x> <http://x> 9 }"
    )
    assert len(data) == before + 3
    assert len(data.get_context(EX.g)) == 1
    data.remove((EX.a, None, None))
    data.remove((URIRef("http://x"), None, None))
    assert len(data) == before == len(set(data.triples((None, None, None))))
    with pytest.raises(QueryError, match="does not parse"):
        data.update("DELETE WHERE { ?s }")
    with pytest.raises(UsageError, match="blank node"):
        data.update("DELETE WHERE { ?s ?p ?o }", initBindings={"s": BNode("b")})
    with pytest.raises(UsageError, match=r"no variable \?t"):
        data.update("DELETE WHERE { ?s ?p ?o }", initBindings={"t": EX.a})


def test_a_change_through_rdflib_is_seen_and_saved_by_the_store(
    editable: Store, tmp_path: object
) -> None:
    name = next(g for g, path in editable.inputs.items() if path == EXAMPLE)
    assert editable.label(str(ARLAND), "fr") == "Arland"
    graph = editable.as_rdflib().graph(URIRef(name.value))
    graph.add((ARLAND, SKOS.prefLabel, Literal("Arlande", lang="fr")))
    graph.remove((ARLAND, SKOS.altLabel, None))
    assert editable.label(str(ARLAND), "fr") == "Arlande"
    target = f"{tmp_path}/saved.ttl"
    editable.save(target, graph=name)
    again = Store.open(target)
    assert again.label(str(ARLAND), "fr") == "Arlande"
    assert again.describe(str(ARLAND)).get(str(SKOS.altLabel)) is None


def test_a_change_through_the_store_is_counted_by_rdflib(editable: Store) -> None:
    data = editable.as_rdflib()
    before = len(data)
    node = ox.NamedNode(str(EX.a))
    name = next(iter(editable.inputs))
    editable.add_triples([ox.Triple(node, node, node)], graph=name)
    assert len(data) == before + 1


def test_rollback_says_that_it_cannot() -> None:
    ours = fresh()
    ours.add((EX.s, EX.p, EX.o))
    ours.commit()
    with pytest.raises(RefusedError, match="rolled back"):
        ours.rollback()


def test_listeners_hear_of_changes() -> None:
    from rdflib.store import TripleAddedEvent, TripleRemovedEvent

    ours, heard = fresh(), []
    ours.store.dispatcher.subscribe(TripleAddedEvent, heard.append)
    ours.store.dispatcher.subscribe(TripleRemovedEvent, heard.append)
    ours.add((EX.s, EX.p, EX.o))
    ours.remove((EX.s, None, None))
    assert [type(event) for event in heard] == [TripleAddedEvent, TripleRemovedEvent]


def test_prefixes_bind_and_rebind_as_in_rdflibs_own_store() -> None:
    for one in (fresh(), rdflib.Dataset()):
        one.bind("a", EX, override=True)
        one.bind("b", EX, override=True)
        assert one.store.prefix(URIRef(EX)) == "b"
        assert one.store.namespace("a") is None
        one.bind("b", URIRef("http://other.example/"), override=True, replace=True)
        assert str(one.store.namespace("b")) == "http://other.example/"
        assert one.store.prefix(URIRef(EX)) is None


def test_a_full_cache_of_terms_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.rdf.REMEMBERED", 10)
    ours = fresh()
    for number in range(50):
        ours.add((EX[f"s{number}"], EX.p, Literal(number)))
    assert {int(value) for value in ours.objects()} == set(range(50))
    assert len(ours.store._from) <= 10
    assert len(ours.store._to) <= 10
