"""The projections beside edges and claims, and those of answers."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest
from library import claim, small
from rdflib import Graph as RdfGraph

import kg
from kg.analysis import neighbors
from kg.claims import Polarity
from kg.cli.program import run
from kg.errors import UsageError
from kg.projection import PROJECTIONS, Projection, of_result, project
from kg.query import run as ask
from kg.selection import Selection
from kg.store import Store

ACTORS = """
actor:a a kg:State ; skos:prefLabel "A"@en .
actor:b a kg:State ; skos:prefLabel "B"@en .
actor:c a kg:State ; skos:prefLabel "C"@en .
actor:d a kg:Person ; skos:prefLabel "D"@en .
event:e a kg:Deployment ; skos:prefLabel "E"@en .
<https://w3id.org/gambit/id/agreement/t> a kg:Treaty ; skos:prefLabel "T"@en .
"""
TREATY = "<https://w3id.org/gambit/id/agreement/t>"


def made(folder: Path, *turtle: str) -> Store:
    store = small(folder, ACTORS, *turtle)
    store.update_edges()
    return store


def fact(name: str, subject: str, predicate: str, value: str, **more: str) -> str:
    return claim(name, subject, predicate, value, **{"kind": "kg:fact", **more})


def ties(projection: Projection) -> set[tuple[str, str, str, str, int]]:
    return {
        (u, d["predicate"], v, d["claims"], d["materialised"])
        for u, v, d in projection.graph.edges(data=True)
    }


def test_parties_of_one_treaty_are_joined_by_both_claims(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", TREATY, "kg:hasParty", "actor:a"),
        fact("2", TREATY, "kg:hasParty", "actor:b"),
    )
    projection = project(store, "actors")
    ((source, target, data),) = projection.graph.edges(data=True)
    assert (source, target) == ("actor:a", "actor:b")
    assert data["claims"] == "claim:1 claim:2"
    assert data["via"] == "agreement:t"
    assert data["path"] == "actor:a ←kg:hasParty— agreement:t —kg:hasParty→ actor:b"
    assert (data["symmetric"], data["materialised"], data["modality"]) == (1, 1, "asserted")


def test_a_shared_edge_is_as_firm_as_its_softest_claim(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "event:e", "kg:initiator", "actor:a"),
        fact("2", "event:e", "kg:recipient", "actor:b", modality="kg:possible"),
    )
    assert project(store, "actors").graph.number_of_edges() == 0
    ((source, target, data),) = project(store, "actors", include_hedged=True).graph.edges(data=True)
    assert (source, target, data["predicate"]) == ("actor:a", "actor:b", "acts-on")
    assert (data["modality"], data["materialised"], data["symmetric"]) == ("possible", 0, 0)


def test_those_of_one_event_are_joined_but_the_one_acted_on_only_once(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "event:e", "kg:initiator", "actor:a"),
        fact("2", "event:e", "kg:recipient", "actor:b"),
        fact("3", "event:e", "kg:participant", "actor:c"),
    )
    assert ties(project(store, "actors")) == {
        ("actor:a", "acts-on", "actor:b", "claim:1 claim:2", 1),
        ("actor:a", "same-event", "actor:c", "claim:1 claim:3", 1),
        ("actor:b", "same-event", "actor:c", "claim:2 claim:3", 1),
    }


def test_a_denied_part_joins_nobody_and_is_counted(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", TREATY, "kg:hasParty", "actor:a"),
        fact("2", TREATY, "kg:hasParty", "actor:b", polarity="kg:negated"),
    )
    projection = project(store, "actors", include_hedged=True)
    assert not projection.graph.edges
    assert dict(projection.left_out) == {"negated": 1, "not between actors": 1}


def test_signed_holds_friendly_and_hostile_relations_of_actors(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "actor:a", "kg:alliedWith", "actor:b"),
        fact("2", "actor:a", "kg:threatens", "actor:c"),
        fact("3", "actor:a", "kg:dependsOn", "actor:c"),
        fact("4", "event:e", "kg:initiator", "actor:a"),
    )
    projection = project(store, "signed")
    signs = {d["claims"]: d["sign"] for *_, d in projection.graph.edges(data=True)}
    assert signs == {"claim:1": 1, "claim:2": -1}
    assert projection.left_out["without sign"] == 2
    assert ties(project(store, "edges", Selection(signs=(-1,)))) == {
        ("actor:a", "kg:threatens", "actor:c", "claim:2", 1)
    }


def test_causal_says_whether_a_step_helps_or_hinders(shipped: Store) -> None:
    graph = project(shipped, "causal").graph
    effects = {d["predicate"]: d["effect"] for *_, d in graph.edges(data=True)}
    assert effects["kg:leadsTo"] == 1
    assert effects["kg:mitigates"] == -1
    assert {d["family"] for *_, d in graph.edges(data=True)} <= {"causal", "reason"}
    assert any(not d["materialised"] for *_, d in graph.edges(data=True))


def test_agreements_are_bipartite(shipped: Store) -> None:
    graph = project(shipped, "agreements").graph
    assert nx.is_bipartite(graph)
    sides = {data["bipartite"]: data["family"] for _, data in graph.nodes(data=True)}
    assert sides == {0: "actor", 1: sides[1]}
    for source, target in graph.edges():
        assert (graph.nodes[source]["bipartite"], graph.nodes[target]["bipartite"]) == (1, 0)


def test_sources_say_who_cites_whom_with_the_claims_that_go_that_way(shipped: Store) -> None:
    graph = project(shipped, "sources").graph
    cited = {
        v: d["claims"].split()
        for u, v, d in graph.edges(data=True)
        if u == "source:bipss-gambit" and d["predicate"] == "cito:cites"
    }
    assert "claim:bipss-076" in cited["source:dw-20241112"]
    origin = graph.get_edge_data("source:dw-20241112", "actor:kcna")
    assert [d["predicate"] for d in origin.values()] == ["kg:originatesFrom"]
    assert all(d["claims"] for *_, d in graph.edges(data=True))


@pytest.mark.parametrize("name", PROJECTIONS)
def test_every_edge_of_every_projection_leads_to_claims_of_the_store(
    shipped: Store, name: str
) -> None:
    from kg.vocab import expand

    for hedged in (False, True):
        projection = project(shipped, name, include_hedged=hedged)
        assert projection.graph.number_of_edges()
        for *_, data in projection.graph.edges(data=True):
            claims = data["claims"].split()
            assert claims
            assert all(expand(c) in shipped.claims for c in claims)
            assert {type(value) for value in data.values()} <= {str, int}
        if not hedged:
            assert all(d["materialised"] for *_, d in projection.graph.edges(data=True))


@pytest.mark.parametrize("name", PROJECTIONS)
def test_any_writer_of_networkx_takes_a_projection(
    shipped: Store, name: str, tmp_path: Path
) -> None:
    graph = project(shipped, name).graph
    nx.write_gexf(graph, tmp_path / "g.gexf")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    again = nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    assert again.number_of_edges() == graph.number_of_edges()
    nx.write_gml(nx.MultiDiGraph(graph.edges(keys=True)), tmp_path / "g.gml")


def test_a_projection_is_of_networkx_own_class_which_is_what_backends_convert(
    shipped: Store,
) -> None:
    graph = project(shipped, "actors").graph
    assert type(graph) is nx.MultiDiGraph
    assert type(graph._adj) is dict
    assert {type(inner) for inner in graph._adj.values()} == {dict}
    # The data structures agree with each other, as algorithms of any backend assume.
    assert nx.to_dict_of_dicts(graph.reverse().reverse()) == nx.to_dict_of_dicts(graph)
    rebuilt = nx.MultiDiGraph(graph.edges(keys=True, data=True))
    simple, again = nx.Graph(graph), nx.Graph(rebuilt)
    assert nx.betweenness_centrality(simple) == pytest.approx(nx.betweenness_centrality(again))


def test_every_projection_is_documented_as_it_declares_itself() -> None:
    text = (Path(kg.__file__).parent.parent / "docs" / "analysis.md").read_text(encoding="utf-8")
    for definition in PROJECTIONS.values():
        assert f"| `{definition.name}` | {definition.summary} | {definition.leaves_out} |" in text


def test_a_projection_that_does_not_exist_names_the_nearest(shipped: Store) -> None:
    with pytest.raises(UsageError, match="no projection 'sined'") as error:
        project(shipped, "sined")
    assert error.value.hint == "did you mean signed?"


# ---------------------------------------------------------------- answers


def test_rows_that_name_a_claim_are_its_edges(shipped: Store) -> None:
    graph = kg.open()
    answer = graph.query("relations-of", actor="Russia")
    projection = graph.project(answer)
    assert projection.graph.number_of_edges() == len({row["claim"] for row in answer})
    for *_, data in projection.graph.edges(data=True):
        known = shipped.claims["https://w3id.org/gambit/id/" + data["claims"].replace(":", "/", 1)]
        assert data["modality"] == known.modality
        assert data["polarity"] == known.polarity


def test_triples_of_construct_have_the_claims_that_make_or_deny_them(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "actor:a", "kg:supports", "actor:b"),
        fact("2", "actor:a", "kg:supports", "actor:b", polarity="kg:negated"),
    )
    result = ask(
        store, "CONSTRUCT { ?a kg:supports ?b . ?b kg:rivalOf ?a } WHERE { ?a kg:supports ?b }",
        trusted=True,
    )  # fmt: skip
    projection = of_result(store, result)
    assert {(c, m) for *_, c, m in ties(projection)} == {("claim:1", 1), ("claim:2", 0), ("", 0)}
    assert projection.left_out == {"edge without claim": 1}
    polarity = {d["claims"]: d["polarity"] for *_, d in projection.graph.edges(data=True)}
    assert polarity["claim:2"] == Polarity.NEGATED


def test_an_edge_that_only_a_query_makes_is_never_a_fact(tmp_path: Path) -> None:
    store = made(tmp_path, fact("1", "actor:a", "kg:supports", "actor:b"))
    text = "SELECT (actor:b AS ?source) (actor:c AS ?target) ?claim { ?claim a kg:Claim }"
    projection = of_result(store, ask(store, text, trusted=True))
    ((_, _, data),) = projection.graph.edges(data=True)
    assert data["materialised"] == 0
    # A claim that says something else lends its firmness to nothing.
    (step,) = neighbors(projection, "actor:b")
    assert step.firmness == "only the query joins them: its claim says something else"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ASK { ?s ?p ?o }", "makes no graph"),
        ("SELECT ?s { ?s a kg:State }", "row 1 makes no edge"),
    ],
)
def test_answers_that_make_no_graph_say_why(tmp_path: Path, text: str, message: str) -> None:
    store = made(tmp_path)
    with pytest.raises(UsageError, match=message):
        of_result(store, ask(store, text, trusted=True))


def test_an_answer_is_projected_as_it_is() -> None:
    graph = kg.open()
    with pytest.raises(UsageError, match="projected as it is"):
        graph.project(graph.query("relations-of", actor="Russia"), as_of="2024")


def test_a_selection_takes_names_and_refuses_what_it_does_not_know() -> None:
    graph = kg.open()
    wanted = graph.select(exclude_sources="Deutsche Welle", kinds="fact", as_of="2024-11")
    assert wanted.described() == (
        "--exclude-source actor:deutsche-welle --kind fact --as-of 2024-11"
    )
    with pytest.raises(UsageError, match="no 'as_off'"):
        graph.select(as_off="2024")
    with pytest.raises(UsageError, match="no 'certain' in modalities"):
        graph.select(modalities="certain")


def test_a_query_writes_its_graph_to_a_file(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = tmp_path / "out.json"
    assert run(["query", "relations-of", "-p", "actor=Russia", "--to-graph", str(target)]) == 0
    graph = nx.node_link_graph(json.loads(target.read_text(encoding="utf-8")), edges="links")
    assert graph.number_of_edges() > 5
    assert run(["query", "relations-of", "-p", "actor=Russia", "--to-graph", "x.png"]) == 2
    assert b"end it in .graphml or .json" in capsysbinary.readouterr().err
    nothing = ["query", "CONSTRUCT { ?a kg:x ?b } WHERE { ?a kg:nothing ?b }"]
    assert run([*nothing, "--to-graph", str(target)]) == 1
    assert graph.number_of_edges() == len(json.loads(target.read_text(encoding="utf-8"))["links"])


def test_an_export_takes_filters_and_a_projection_where_the_format_is_a_graph(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = tmp_path / "signed.graphml"
    assert run(["export", "graphml", "--projection", "signed", "--to", str(target)]) == 0
    assert {d["sign"] for *_, d in nx.read_graphml(target).edges(data=True)} == {1, -1}
    assert run(["export", "turtle", "--projection", "signed"]) == 2
    assert run(["export", "turtle", "--to", str(tmp_path / "all.ttl")]) == 0
    whole = RdfGraph().parse(tmp_path / "all.ttl")
    assert len(whole) > 10_000
    known = ["--known-by", "2024-10", "--to", str(tmp_path / "known.ttl")]
    assert run(["export", "turtle", *known]) == 0
    assert 100 < len(RdfGraph().parse(tmp_path / "known.ttl")) < len(whole)
    capsysbinary.readouterr()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('; kg:retractedOn "2021-01-01"^^xsd:date', "retracted"),
        ("; kg:rank kg:deprecated", "deprecated"),
    ],
)
def test_a_withdrawn_claim_is_no_edge_of_an_answer(tmp_path: Path, more: str, reason: str) -> None:
    text = fact("1", "actor:a", "kg:supports", "actor:b", rest=more)
    if reason == "deprecated":
        text = fact("1", "actor:a", "kg:supports", "actor:b", rank="kg:deprecated")
    store = made(tmp_path, text)
    for query in (
        "SELECT ?claim { ?claim a kg:Claim }",
        "SELECT (actor:a AS ?source) (actor:b AS ?target) (kg:supports AS ?predicate) {}",
        "CONSTRUCT { actor:a kg:supports actor:b } WHERE {}",
    ):
        projection = of_result(store, ask(store, query, trusted=True))
        assert not projection.graph.edges
        assert projection.left_out == {reason: 1}


def test_a_denial_in_a_row_of_several_claims_stays_a_denial(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "actor:a", "kg:supports", "actor:b"),
        fact("2", "actor:a", "kg:supports", "actor:b", polarity="kg:negated"),
    )
    text = (
        "SELECT (actor:a AS ?source) (actor:b AS ?target) (kg:supports AS ?predicate)"
        ' ("claim:1 claim:2" AS ?claims) {}'
    )
    edges = of_result(store, ask(store, text, trusted=True)).graph.edges(data=True)
    assert {(d["claims"], d["polarity"], d["materialised"]) for *_, d in edges} == {
        ("claim:1", "affirmative", 1),
        ("claim:2", "negated", 0),
    }


def test_rows_of_one_edge_are_one_edge_with_all_their_claims(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        fact("1", "actor:a", "kg:partnerOf", "actor:b"),
        fact("2", "actor:b", "kg:partnerOf", "actor:a"),
    )
    text = "CONSTRUCT { actor:b kg:partnerOf actor:a } WHERE {}"
    ((source, target, data),) = of_result(store, ask(store, text, trusted=True)).graph.edges(
        data=True
    )
    assert (source, target, data["claims"]) == ("actor:a", "actor:b", "claim:1 claim:2")
    assert data["materialised"] == 1
    rows = of_result(store, ask(store, "SELECT ?claim { ?claim a kg:Claim }", trusted=True))
    assert ties(rows) == {("actor:a", "kg:partnerOf", "actor:b", "claim:1 claim:2", 1)}


def test_what_makes_no_edge_of_an_answer_is_counted(tmp_path: Path) -> None:
    store = made(tmp_path, fact("1", "actor:a", "kg:supports", "actor:b"))
    text = 'CONSTRUCT { actor:a kg:x "text" . [] kg:y actor:b } WHERE {}'
    projection = of_result(store, ask(store, text, trusted=True))
    assert projection.left_out == {"literal value": 1, "blank node": 1}


def test_in_a_crowd_nobody_is_joined_with_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.projection import joint

    monkeypatch.setattr(joint, "MAX_SHARED", 2)
    parties = [fact(n, TREATY, "kg:hasParty", f"actor:{n}") for n in "abc"]
    projection = project(made(tmp_path, *parties), "actors")
    assert not projection.graph.edges
    assert projection.left_out == {"too many in one thing": 3}


def test_a_wish_on_one_side_makes_a_shared_edge_a_wish(tmp_path: Path) -> None:
    store = made(
        tmp_path,
        claim("1", TREATY, "kg:hasParty", "actor:a", kind="kg:assessment"),
        claim("2", TREATY, "kg:hasParty", "actor:b", kind="kg:recommendation"),
    )
    ((*_, data),) = project(store, "actors", include_hedged=True).graph.edges(data=True)
    assert data["kind"] == "recommendation"


def test_a_claim_without_an_end_borrows_none(tmp_path: Path) -> None:
    span = '; kg:validFrom "1990-01-01"^^xsd:date ; kg:validTo "2000-01-01"^^xsd:date'
    store = made(
        tmp_path,
        fact("1", "actor:a", "kg:supports", "actor:b", rest=span),
        fact(
            "2", "actor:a", "kg:supports", "actor:b", rest='; kg:validFrom "1995-01-01"^^xsd:date'
        ),
    )
    ((*_, data),) = project(store).graph.edges(data=True)
    assert (data["valid_from"], data["valid_to"]) == ("1990-01-01", "")


def test_documents_have_no_sign(shipped: Store) -> None:
    with pytest.raises(UsageError, match="no sign"):
        project(shipped, "sources", Selection(signs=(1,)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("contested", "--query", "triads"),
        ("analyze", "sensitivity", "degree", "--query", "triads"),
        ("analyze", "compare", "DPRK", "Russia", "--query", "triads"),
        ("neighbors", "Russia", "-p", "actor=DPRK"),
        ("neighbors", "Russia", "--query", "triads", "--projection", "signed"),
        ("neighbors", "Russia", "--query", "triads", "--as-of", "2024"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    arguments: tuple[str, ...], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run([*arguments]) == 2
    assert not capsysbinary.readouterr().out


def test_facts_only_leaves_the_facts_of_an_answer(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    asked = ["neighbors", "Russia", "--query", "relations-of", "-p", "actor=Russia", "--json"]
    assert run(asked) == 0
    every = json.loads(capsysbinary.readouterr().out)
    assert run([*asked, "--facts-only"]) == 0
    facts = json.loads(capsysbinary.readouterr().out)
    assert 0 < len(facts) < len(every)
    assert all(row["materialised"] for row in facts)


def test_python_values_are_taken_where_they_mean_one_thing() -> None:
    import datetime

    graph = kg.open()
    assert graph.select(as_of=2024).as_of == "2024"
    assert graph.select(known_by=datetime.date(2024, 11, 10)).known_by == "2024-11-10"
    assert graph.select(min_origins="2", exclude_sources=None).min_origins == 2
    for wrong in ({"min_confidence": "high"}, {"signs": "friendly"}, {"kinds": 3}):
        with pytest.raises(UsageError):
            graph.select(**wrong)
