from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations
from math import isclose
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import claim, small

from kg.analysis import centrality as measuring
from kg.analysis.centrality import (
    Measure,
    betweenness,
    brokers,
    centrality,
    constraint,
    effective_size,
    eigenvector,
    pagerank,
    ranks,
)
from kg.analysis.groups import bridges, communities, components, cuts, partition
from kg.analysis.ties import Ties, ties
from kg.cli.program import run
from kg.errors import MissingError, NoError, RefusedError, UsageError
from kg.projection import Projection, project
from kg.store import Store

TOP = Path(__file__).resolve().parent.parent


def made(*edges: str, **changes: dict[str, object]) -> Projection:
    """Return a projection of edges written ``a p b``; ``changes`` are by predicate."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number, edge in enumerate(edges, 1):
        source, predicate, target = edge.split()
        for node in (source, target):
            graph.add_node(node, label=node.upper(), family="actor")
        says: dict[str, object] = {
            "predicate": predicate,
            "label": predicate,
            "inverse": "",
            "family": "relation",
            "symmetric": 0,
            "materialised": 1,
            "claims": f"claim:{number}",
            "statement": "",
            "kind": "fact",
            "modality": "asserted",
            "polarity": "affirmative",
            "contested": 0,
            "origins": 1,
        }
        graph.add_edge(source, target, f"claim:{number}", **{**says, **changes.get(predicate, {})})
    return Projection(graph, "claims", {})


def chain(*pairs: tuple[int, int], **changes: dict[str, object]) -> Projection:
    return made(*(f"n{a} p n{b}" for a, b in pairs), **changes)


def column(answer: Any, name: str) -> dict[str, Any]:
    return {row["node"]: row[name] for row in answer}


SOFT: dict[str, object] = {"materialised": 0, "modality": "possible", "kind": "forecast"}
DENIED: dict[str, object] = {"materialised": 0, "polarity": "negated"}
PATH = ("a p b", "b p c", "c p d", "d p e")
#: Two triangles joined by one tie, and a pair apart.
TWO = [(1, 2), (2, 3), (1, 3), (3, 4), (4, 5), (5, 6), (4, 6), (7, 8)]


# ---------------------------------------------------------------- degree


def test_degree_counts_neighbours_once_and_claims_apart() -> None:
    found = centrality(made("a p b", "a q b", "b r a", "c p a"), ["degree"])
    assert [
        (r["rank"], r["node"], r["degree"], r["in"], r["out"], r["claim_count"]) for r in found
    ] == [
        (1, "a", 2, 2, 1, 4),
        (2, "b", 1, 1, 1, 3),
        (2, "c", 1, 0, 1, 1),
    ]
    assert found.rows[0].claims == ("claim:1", "claim:2", "claim:3", "claim:4")


def test_a_symmetric_relation_counts_as_in_and_out() -> None:
    (a, b) = centrality(made("a p b", p={"symmetric": 1}), ["degree"])
    assert (a["in"], a["out"], b["in"], b["out"]) == (1, 1, 1, 1)


def test_a_denial_and_a_loop_are_no_ties() -> None:
    found = centrality(made("a p b", "a no c", "b p b", no=DENIED), ["degree"])
    assert column(found, "degree") == {"a": 1, "b": 1, "c": 0}
    assert "Edges that are no ties here: 1 denied, 1 of a node with itself." in found.notes
    assert "claim:2" not in found.claims


def test_a_document_ties_nothing_but_documents() -> None:
    about: dict[str, object] = {"family": "source"}
    projection = made("s examines a", "s examines b", "a p b", examines=about)
    projection.graph.nodes["s"]["family"] = "source"
    assert column(centrality(projection, ["degree"]), "degree") == {"a": 1, "b": 1}
    cites = made("s cites t", cites=about)
    assert column(centrality(cites, ["degree"]), "degree") == {"s": 1, "t": 1}


def test_hedged_ties_are_counted_and_told() -> None:
    found = centrality(made("a p b", "a q c", q=SOFT), ["degree"])
    assert column(found, "hedged") == {"a": 1, "b": 0, "c": 1}
    assert any(note.startswith("1 of 2 ties are no fact") for note in found.notes)
    facts = centrality(made("a p b"), ["degree"])
    assert "hedged" not in [c.name for c in facts.columns]


def test_by_evidence_degree_is_the_strength_of_the_ties() -> None:
    two: dict[str, object] = {"origins": 2}
    # A possibility with one origin: 1 / (2 + 4th place); the best of two edges counts.
    found = centrality(
        made("a p b", "a q b", "a r c", p=two, r=SOFT), ["degree"], weight="evidence"
    )
    assert column(found, "strength") == {
        "a": 2.16666667,
        "b": 2.0,
        "c": 0.166666667,
    }


def test_equal_ranks_share_the_better_and_stand_in_natural_order() -> None:
    links = [f"hub p n{n}" for n in (10, 9, 2)]
    found = centrality(made(*links), ["degree"])
    assert [(r["rank"], r["node"]) for r in found] == [(1, "hub"), (2, "n2"), (2, "n9"), (2, "n10")]
    assert ranks([1, 3, None, 3, 0]) == [3, 1, None, 1, 4]


def test_a_projection_without_ties_is_a_no() -> None:
    with pytest.raises(NoError):
        centrality(Projection(nx.MultiDiGraph(), "actors", {}))
    with pytest.raises(NoError):
        components(made("a no b", no=DENIED))


# ---------------------------------------------------------------- betweenness


def test_betweenness_of_a_chain_is_known() -> None:
    found = centrality(made(*PATH), ["betweenness"])
    # Of the 6 pairs of others, c lies between 4 and b and d between 3.
    assert column(found, "betweenness") == pytest.approx(
        {"a": 0, "b": 0.5, "c": 4 / 6, "d": 0.5, "e": 0}
    )
    assert found.rows[0].claims == ("claim:2", "claim:3")


def test_parallel_edges_count_once_for_betweenness() -> None:
    once = column(
        centrality(made("a p b", "b p d", "a p c", "c p d"), ["betweenness"]), "betweenness"
    )
    twice = made("a p b", "a q b", "b r a", "b p d", "a p c", "c p d")
    assert column(centrality(twice, ["betweenness"]), "betweenness") == once


def test_by_evidence_paths_take_the_better_witnessed_way() -> None:
    strong: dict[str, object] = {"origins": 3}
    square = made("a s b", "b s d", "a p c", "c p d", s=strong)
    found = column(centrality(square, ["betweenness"], weight="evidence"), "betweenness")
    assert found["b"] == pytest.approx(1 / 3)
    assert found["c"] == 0


def test_three_thirds_are_as_long_as_one() -> None:
    strong: dict[str, object] = {"origins": 3}
    projection = made("a s b", "b s c", "c s d", "a p d", s=strong)
    graph = ties(projection)
    scores = betweenness(graph, "evidence")
    reference = nx.Graph()
    for (a, b), long in graph.lengths.items():
        reference.add_edge(a, b, length=long)
    expected = nx.betweenness_centrality(reference, weight="length")
    assert list(scores.values) == pytest.approx([expected[n] for n in range(4)])
    assert scores.values[1] == pytest.approx(0.5)  # one of two ways from a to d, all from a to c


def test_with_two_nodes_betweenness_is_not_defined() -> None:
    found = centrality(made("a p b"), ["betweenness"])
    assert column(found, "betweenness") == {"a": None, "b": None}
    assert any("nobody can be between" in note for note in found.notes)


def test_a_graph_too_large_for_exact_betweenness_is_refused_and_can_be_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(measuring.EXACT, "hops", 40)
    with pytest.raises(RefusedError) as refused:
        centrality(made(*PATH), ["betweenness"])
    assert "--sample" in (refused.value.hint or "")
    found = centrality(made(*PATH), ["betweenness"], sample=3, seed=1)
    assert any("estimate from 3 of 5 start nodes, seed 1" in note for note in found.notes)
    assert column(found, "betweenness")["a"] == 0


def test_a_sample_of_all_is_exact_and_of_one_refused() -> None:
    whole = centrality(made(*PATH), ["betweenness"], sample=5)
    assert any("Exact" in note for note in whole.notes)
    with pytest.raises(UsageError):
        centrality(made(*PATH), ["betweenness"], sample=1)
    with pytest.raises(UsageError):
        centrality(made(*PATH), ["degree"], sample=3)


def test_more_paths_than_a_number_can_hold_are_refused_and_can_be_sampled() -> None:
    diamonds = [
        pair
        for n in range(0, 3300, 3)
        for pair in ((n, n + 1), (n, n + 2), (n + 1, n + 3), (n + 2, n + 3))
    ]
    graph = ties(chain(*diamonds))
    with pytest.raises(RefusedError) as refused:
        betweenness(graph)
    assert "--sample" in (refused.value.hint or "")
    values = betweenness(graph, sample=3).values
    assert all(value is not None and 0 <= value <= 1 for value in values)


def test_a_sample_estimates_without_bias() -> None:
    graph = ties(chain(*TWO))
    exact = betweenness(graph).values
    every = [betweenness(graph, sample=7, seed=seed).values for seed in range(400)]
    for node, value in enumerate(exact):
        mean = sum(one[node] or 0 for one in every) / len(every)
        assert mean == pytest.approx(value, abs=0.02)


PAIRS = st.sets(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1]), min_size=1
)


def simple(graph: Ties) -> nx.Graph[int]:
    found: nx.Graph[int] = nx.Graph()
    found.add_nodes_from(range(len(graph.nodes)))
    found.add_edges_from(graph.edges)
    return found


@settings(max_examples=60)
@given(PAIRS, st.data())
def test_measures_agree_with_networkx(pairs: set[tuple[int, int]], data: st.DataObject) -> None:
    origins = {pair: data.draw(st.integers(1, 3), label=str(pair)) for pair in sorted(pairs)}
    names = {pair: f"p{count}" for pair, count in origins.items()}
    projection = made(
        *(f"n{a} {names[a, b]} n{b}" for a, b in sorted(pairs)),
        **{f"p{count}": {"origins": count} for count in (1, 2, 3)},
    )
    graph = ties(projection)
    reference = simple(graph)
    n = len(graph.nodes)
    if n > 2:
        expected = nx.betweenness_centrality(reference)
        assert list(betweenness(graph).values) == pytest.approx([expected[i] for i in range(n)])
        for (a, b), long in graph.lengths.items():
            reference[a][b]["length"] = long
        expected = nx.betweenness_centrality(reference, weight="length")
        weighted = betweenness(graph, "evidence").values
        assert list(weighted) == pytest.approx([expected[i] for i in range(n)])
    near = [frozenset(reference[i]) for i in range(n)]
    for node, value in nx.constraint(reference, nodes=range(n)).items():
        assert constraint(graph, node) == pytest.approx(value)
    for node, value in nx.effective_size(reference, nodes=range(n)).items():
        assert effective_size(near, node) == pytest.approx(value)
    found = cuts(graph)
    assert {cut.pair for cut in found.ties} == {(min(p), max(p)) for p in nx.bridges(reference)}
    assert {cut.node for cut in found.nodes} == set(nx.articulation_points(reference))
    for cut in found.ties:
        without = reference.copy()
        without.remove_edge(*cut.pair)
        sides = [nx.node_connected_component(without, end) for end in cut.pair]
        assert cut.off == min(map(len, sides))
        assert set(cut.some) <= min(sides, key=len) or len(sides[0]) == len(sides[1])
    for point in found.nodes:
        component = reference.subgraph(nx.node_connected_component(reference, point.node)).copy()
        component.remove_node(point.node)
        parts = sorted(map(len, nx.connected_components(component)), reverse=True)
        assert list(point.sizes) == parts
        assert len(point.some) == min(6, sum(parts[1:]))
        assert point.node not in point.some


@settings(max_examples=40)
@given(PAIRS)
def test_constraint_by_evidence_agrees_with_networkx(pairs: set[tuple[int, int]]) -> None:
    strong = {"s": {"origins": 3}}
    projection = made(
        *(f"n{a} {'s' if (a + b) % 2 else 'p'} n{b}" for a, b in sorted(pairs)), **strong
    )
    graph = ties(projection)
    reference = graph.graph("evidence")
    expected = nx.constraint(reference, nodes=list(reference), weight="weight")
    for node, value in expected.items():
        assert constraint(graph, node, "evidence") == pytest.approx(value)


# ---------------------------------------------------------------- PageRank, eigenvector


def test_pagerank_of_a_pair_is_known() -> None:
    # a -> b, b dangling: a = 0.075 + 0.425 b, b = 0.075 + 0.85 a + 0.425 b.
    found = column(centrality(made("a p b", "a q b"), ["pagerank"]), "pagerank")
    assert found["a"] == pytest.approx(0.5 / 1.425, abs=1e-8)
    assert found["a"] + found["b"] == pytest.approx(1)


@settings(max_examples=40)
@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1))
def test_pagerank_agrees_with_igraph(arcs: set[tuple[int, int]]) -> None:
    igraph = pytest.importorskip("igraph")
    arcs = {arc for arc in arcs if arc[0] != arc[1]} or {(0, 1)}
    graph = ties(made(*(f"n{a} p n{b}" for a, b in sorted(arcs))))
    reference = igraph.Graph(n=len(graph.nodes), edges=list(graph.arcs), directed=True)
    assert list(pagerank(graph).values) == pytest.approx(reference.pagerank(), abs=1e-7)


def test_eigenvector_centrality_agrees_with_igraph_within_the_largest_component() -> None:
    igraph = pytest.importorskip("igraph")
    graph = ties(chain(*TWO))
    found = eigenvector(graph)
    inner = [pair for pair in graph.edges if max(pair) < 6]
    reference = igraph.Graph(n=6, edges=inner).eigenvector_centrality()  # the largest is 1
    norm = sum(value**2 for value in reference) ** 0.5
    assert list(found.values[:6]) == pytest.approx([value / norm for value in reference], abs=1e-6)
    assert found.values[6:] == (None, None)
    assert any("only the 6 of 8 nodes of the largest" in note for note in found.notes)


def test_of_equal_components_the_first_has_values_and_is_named() -> None:
    found = eigenvector(ties(chain((1, 2), (3, 4))))
    assert found.values[2:] == (None, None)
    assert found.values[0] == pytest.approx(0.5**0.5)
    assert any("2 components are equally large; it is the one with N1" in n for n in found.notes)


def test_eigenvector_centrality_that_does_not_settle_is_not_defined() -> None:
    found = eigenvector(ties(chain(*((n, n + 1) for n in range(300)))))
    assert set(found.values) == {None}
    assert any("did not settle" in note for note in found.notes)


# ---------------------------------------------------------------- brokers, bridges


def test_a_broker_is_named_with_whom_only_it_joins() -> None:
    found = brokers(made("a p hub", "b p hub", "c p hub", "a p b", "b p d", "d p c"))
    (hub,) = (row for row in found if row["node"] == "hub")
    # a-b are tied, b-c have d in common: only a and c have nothing but the hub.
    assert (hub["only_here"], hub["joins"], hub["falls_apart"]) == (1, "A – C", 1)
    assert hub["claims"] == ["claim:1", "claim:2", "claim:3"]
    assert "a" not in [row["node"] for row in found]


def test_the_centre_of_a_star_is_free_and_holds_it_together() -> None:
    (row,) = brokers(made("hub p a", "hub p b", "hub p c"))
    assert row["constraint"] == pytest.approx(1 / 3)
    assert (row["effective_size"], row["only_here"], row["falls_apart"]) == (3, 3, 3)


def test_pairs_of_a_crowd_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MOST_NEIGHBORS", 2)
    found = brokers(made("hub p a", "hub p b", "hub p c"))
    assert found.rows[0].values[6:8] == (None, None)
    assert any("Pairs are not listed for 1 nodes" in note for note in found.notes)


def test_bridges_name_whom_they_cut_off_and_their_claims() -> None:
    found = bridges(chain(*TWO))
    rows = [(r["what"], r["node"], r["other"], r["cuts_off"], r["cut_off"]) for r in found]
    assert rows == [
        ("tie", "n3", "n4", 3, "N4; N5; N6"),
        ("node", "n3", None, 2, "N1; N2"),
        ("node", "n4", None, 2, "N5; N6"),
        ("tie", "n7", "n8", 1, "N8"),
    ]
    assert found.rows[0].claims == ("claim:4",)
    assert found.figures["bridges_of_one_claim"] == 2


def test_a_tie_of_two_claims_is_a_bridge_that_two_claims_hold() -> None:
    (row,) = bridges(made("a p b", "b q a"))
    assert row["claims"] == ["claim:1", "claim:2"]


def test_a_long_chain_does_not_exhaust_the_stack() -> None:
    graph = ties(chain(*((n, n + 1) for n in range(5000))))
    assert len(cuts(graph).ties) == 5000


# ---------------------------------------------------------------- groups


def test_components_have_their_members_and_claims() -> None:
    found = components(chain(*TWO))
    assert [(r["size"], r["ties"], r["nodes"]) for r in found] == [
        (6, 7, "n1 n2 n3 n4 n5 n6"),
        (2, 1, "n7 n8"),
    ]
    assert found.rows[1].claims == ("claim:8",)


@pytest.mark.parametrize("method", ["louvain", "leiden"])
def test_two_triangles_are_two_communities(method: Any) -> None:
    if method == "leiden":
        pytest.importorskip("igraph")
    found = communities(chain(*TWO), method)
    assert [r["nodes"] for r in found] == ["n1 n2 n3", "n4 n5 n6", "n7 n8"]
    assert found.rows[0].claims == ("claim:1", "claim:2", "claim:3")
    assert [r["across"] for r in found] == [1, 1, 0]
    assert found.figures["claims_across"] == 1
    # Of 8 ties 3, 3 and 1 are inside; the ends are 7, 7 and 2 of 16.
    expected = 7 / 8 - (49 + 49 + 4) / 256
    assert found.figures["modularity"] == pytest.approx(expected)


def test_leiden_without_igraph_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "igraph", None)
    with pytest.raises(MissingError) as missing:
        communities(chain(*TWO), "leiden")
    assert "pip install igraph" in (missing.value.hint or "")


def test_leiden_gives_chance_back_to_the_process() -> None:
    pytest.importorskip("igraph")
    graph = ties(chain(*TWO))
    assert partition(graph, "leiden", seed=3) == partition(graph, "leiden", seed=3)


@settings(max_examples=40)
@given(PAIRS, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_edges(pairs: Any, chance: Any) -> None:
    ordered = sorted(pairs)
    shuffled = list(ordered)
    chance.shuffle(shuffled)
    one, other = (ties(chain(*edges)) for edges in (ordered, shuffled))
    assert one.nodes == other.nodes
    assert partition(one) == partition(other)
    parts = partition(one)
    assert sorted(node for part in parts for node in part) == list(range(len(one.nodes)))


def test_a_resolution_of_nothing_is_a_mistake() -> None:
    with pytest.raises(UsageError):
        communities(chain(*TWO), resolution=0)


# ---------------------------------------------------------------- the shipped data, the command


def test_on_the_shipped_data_every_row_cites_claims_that_are_there(shipped: Store) -> None:
    from kg.vocab import expand

    projection = project(shipped, "actors")
    for found in (
        centrality(projection),
        brokers(projection),
        bridges(projection),
        communities(projection),
        components(projection),
    ):
        assert found.rows
        assert all(row.claims for row in found.rows)
        assert all(expand(claim) in shipped.claims for claim in found.claims)


def test_degree_on_the_shipped_data_counts_the_claims_of_the_edges(shipped: Store) -> None:
    projection = project(shipped, "actors")
    graph = projection.graph
    found = centrality(projection, ["degree"])
    assert found.rows[0].values[1] == "actor:dprk"
    for row in found:
        node = row["node"]
        near = {*graph.successors(node), *graph.predecessors(node)} - {node}
        assert row["degree"] == len(near)
        ends = [*graph.out_edges(node, data=True), *graph.in_edges(node, data=True)]
        assert set(row["claims"]) == {c for *_, d in ends for c in d["claims"].split()}


@pytest.mark.parametrize("measure", ["degree", "betweenness", "pagerank", "eigenvector"])
def test_measures_run_on_every_projection(shipped: Store, measure: Measure) -> None:
    from kg.projection import PROJECTIONS

    for name in PROJECTIONS:
        found = centrality(project(shipped, name), [measure])
        assert found.rows
        for row in found:
            value = row[measure]
            assert value is None or value >= 0 or isclose(value, 0)


def test_the_command_prints_the_ranking_and_cites(capfdbinary: Any) -> None:
    assert run(["analyze", "centrality", "-m", "degree", "--limit", "1", "--cite"]) == 0
    out = capfdbinary.readouterr().out.decode()
    assert "North Korea" in out
    assert "[1]" in out
    assert "projection actors" in out


def test_the_command_says_no_where_nothing_is_left(capfdbinary: Any) -> None:
    assert run(["analyze", "centrality", "--min-credibility", "1"]) == 1
    error = capfdbinary.readouterr().err.decode()
    assert "nothing is tied to anything" in error
    assert "hint:" in error
    assert run(["analyze", "centrality", "--measure", "wealth"]) == 2
    assert run(["analyze", "centrality", "--measure", "degree", "--sample", "5"]) == 2


def test_nobody_between_is_an_answer_of_no(capfdbinary: Any, tmp_path: Path) -> None:
    small(
        tmp_path,
        "actor:a a kg:State . actor:b a kg:State .\n",
        claim("1", "actor:a", "kg:partnerOf", "actor:b", kind="kg:fact"),
        "actor:a kg:partnerOf actor:b .\n",
    )
    data = ["--data", str(tmp_path / "small.ttl"), "analyze"]
    assert run([*data, "brokers"]) == 1
    assert "nobody is between" in capfdbinary.readouterr().err.decode()
    assert run([*data, "bridges"]) == 0


@pytest.mark.slow
def test_the_same_bytes_whatever_the_hash_seed() -> None:
    verbs = (
        ["centrality", "--include-hedged", "--weight", "evidence"],
        ["communities", "--projection", "claims"],
        ["brokers", "--sample", "5"],
        ["bridges", "--projection", "edges"],
    )
    for verb in verbs:
        outs = {
            subprocess.run(
                [sys.executable, str(TOP / "cli.py"), "analyze", *verb, "--json"],
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }
        assert len(outs) == 1
        assert all(len(out) > 500 for out in outs)


def test_the_strength_of_a_complete_graph_is_alike() -> None:
    found = centrality(chain(*combinations(range(5), 2)))
    for name in ("degree", "betweenness", "eigenvector"):
        assert len(set(column(found, name).values())) == 1
