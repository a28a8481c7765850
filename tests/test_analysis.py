from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest

from kg.analysis import Direction, neighbors, paths
from kg.claims import Modality, Polarity
from kg.errors import UsageError
from kg.projection import Projection, project
from kg.store import Store


def made(*triples: str, **changes: dict[str, object]) -> Projection:
    """Return a projection of edges written ``a p b``; ``changes`` are by predicate."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number, triple in enumerate(triples, 1):
        source, predicate, target = triple.split()
        for node in (source, target):
            graph.add_node(node, label=node.upper(), family="actor")
        says: dict[str, object] = {
            "predicate": predicate,
            "label": predicate,
            "inverse": f"{predicate} by",
            "family": "relation",
            "symmetric": 0,
            "materialised": 1,
            "claims": f"claim:{number}",
            "statement": "",
            "kind": "fact",
            "modality": "asserted",
            "polarity": "affirmative",
            "contested": 0,
            "confidence": 50,
        }
        graph.add_edge(source, target, f"claim:{number}", **{**says, **changes.get(predicate, {})})
    return Projection(graph, "claims", {})


POSSIBLE: dict[str, object] = {"modality": "possible", "materialised": 0, "kind": "forecast"}


def test_neighbours_of_the_example_carry_their_claims(example: Store) -> None:
    found = neighbors(project(example), "actor:arland")
    assert [(s.direction, s.predicate, s.neighbor, s.claims) for s in found] == [
        (Direction.AGAINST, "kg:hasParty", "agreement:amity-pact", ("claim:example-04",)),
        (Direction.AGAINST, "kg:initiator", "event:march", ("claim:example-01",)),
        (Direction.EITHER, "kg:partnerOf", "actor:borland", ("claim:example-09",)),
    ]
    assert [s.phrase for s in found] == ["is party to", "is initiator of", "partner of"]


def test_a_denied_neighbour_reads_as_denied(example: Store) -> None:
    (step,) = neighbors(project(example, include_hedged=True), "actor:corvia")
    assert step.polarity is Polarity.NEGATED
    assert step.phrase == "NOT is party to"
    assert step.firmness == "denied, asserted fact"


def test_a_denied_link_leads_no_further(example: Store) -> None:
    assert len(neighbors(project(example, include_hedged=True), "actor:corvia", depth=3)) == 1


def test_each_edge_within_reach_is_listed_once() -> None:
    projection = made("a p b", "b p a", "b p c", "c p d", "c p c")
    found = neighbors(projection, "a", depth=2)
    assert [(s.distance, s.source, s.target, s.claims[0]) for s in found] == [
        (1, "a", "b", "claim:1"),
        (1, "a", "b", "claim:2"),
        (2, "b", "c", "claim:3"),
    ]
    assert len(neighbors(projection, "a", depth=9)) == 5


def test_a_node_outside_the_projection_has_no_neighbours(example: Store) -> None:
    assert neighbors(project(example), "event:border-clash") == []


def test_a_depth_of_nothing_is_a_mistake(example: Store) -> None:
    with pytest.raises(UsageError):
        neighbors(project(example), "actor:arland", depth=0)


def test_a_path_names_every_step_and_its_claims(example: Store) -> None:
    first, second, third = paths(project(example), "event:march", "agreement:amity-pact")
    assert first.nodes == ("event:march", "actor:arland", "agreement:amity-pact")
    assert [h.direction for h in first.hops] == [Direction.ALONG, Direction.AGAINST]
    assert first.claims == ("claim:example-01", "claim:example-04")
    assert second.nodes == ("event:march", "actor:borland", "agreement:amity-pact")
    assert len(third.hops) == 3
    assert first.firmness == "asserted, every step a fact"


def test_no_path_is_an_empty_list(example: Store) -> None:
    assert paths(project(example), "event:march", "source:daily-1") == []
    assert paths(project(example), "event:march", "event:border-clash") == []


def test_a_path_is_as_firm_as_its_softest_step() -> None:
    (path,) = paths(made("a p b", "b q c", "c p d", q=POSSIBLE), "a", "d")
    assert path.modality is Modality.POSSIBLE
    assert path.weakest.predicate == "q"
    assert not path.materialised
    assert path.firmness == "possible, 1 of 3 steps no fact of the graph"
    assert path.as_dict()["weakest"] == 2


def test_an_assessment_put_flatly_is_weaker_than_a_fact() -> None:
    flat: dict[str, object] = {"materialised": 0, "kind": "assessment"}
    (path,) = paths(made("a p b", "b q c", q=flat), "a", "c")
    assert path.modality is Modality.ASSERTED
    assert path.weakest.predicate == "q"
    assert path.weakest.firmness == "asserted assessment"
    assert "1 of 2 steps no fact" in path.firmness


def test_doubt_falls_on_the_disputed_then_on_the_least_confident() -> None:
    disputed: dict[str, object] = {"contested": 1}
    (path,) = paths(made("a p b", "b q c", q=disputed), "a", "c")
    assert path.weakest.predicate == "q"
    assert path.weakest.firmness == "contested fact"
    low: dict[str, object] = {"confidence": 20}
    (path,) = paths(made("a p b", "b q c", q=low), "a", "c")
    assert path.weakest.predicate == "q"


def test_a_step_takes_the_firmest_edge_and_names_the_others() -> None:
    (path,) = paths(made("a q b", "a p b", "b r a", q=POSSIBLE), "a", "b")
    assert path.claims == ("claim:2",)
    assert path.hops[0].also == ("claim:1", "claim:3")


def test_a_denial_joins_nothing() -> None:
    no: dict[str, object] = {"polarity": "negated", "materialised": 0}
    assert paths(made("a p b", p=no), "a", "b") == []


def test_a_directed_path_goes_against_symmetric_relations_only() -> None:
    both: dict[str, object] = {"symmetric": 1}
    projection = made("b p a", "b q c", p=both)
    assert [p.nodes for p in paths(projection, "a", "c", directed=True)] == [("a", "b", "c")]
    assert paths(projection, "c", "a", directed=True) == []
    assert [p.nodes for p in paths(projection, "c", "a")] == [("c", "b", "a")]


def test_a_document_joins_documents_only() -> None:
    about: dict[str, object] = {"family": "source"}
    projection = made("s examines a", "s examines b", "t cites s", examines=about, cites=about)
    assert paths(projection, "a", "b") == []
    for document in ("s", "t"):
        projection.graph.nodes[document]["family"] = "source"
    assert [p.nodes for p in paths(projection, "t", "b")] == [("t", "s", "b")]


def test_paths_of_one_length_come_firm_first_then_by_name() -> None:
    links = [f"{end} {'q' if n == 1 else 'p'} n{n}" for n in (10, 9, 2, 1) for end in ("a", "z")]
    projection = made(*links, q=POSSIBLE)
    found = paths(projection, "a", "z", k=10)
    assert [p.nodes[1] for p in found] == ["n2", "n9", "n10", "n1"]
    assert [p.nodes[1] for p in paths(projection, "a", "z", k=2)] == ["n2", "n9"]
    shuffled = made(*reversed(links), q=POSSIBLE)
    assert [p.nodes for p in paths(shuffled, "a", "z", k=3)] == [p.nodes for p in found[:3]]


def test_paths_that_make_no_sense_are_refused(example: Store) -> None:
    with pytest.raises(UsageError):
        paths(project(example), "actor:arland", "actor:arland")
    with pytest.raises(UsageError):
        paths(project(example), "actor:arland", "actor:borland", k=0)


def test_every_step_of_the_shipped_graph_cites_its_claims(shipped: Store) -> None:
    projection = project(shipped, include_hedged=True)
    found = paths(projection, "actor:dprk", "actor:japan", k=5)
    assert found
    for path in found:
        assert len(set(path.nodes)) == len(path.nodes)
        assert all(hop.claims for hop in path.hops)
        assert all(a.target == b.source for a, b in pairwise(path.hops))
    assert [len(p.hops) for p in found] == sorted(len(p.hops) for p in found)
