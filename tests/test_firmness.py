from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.analysis import ego, neighbors, paths
from kg.analysis.balance import relations as signed_pairs
from kg.analysis.centrality import centrality
from kg.analysis.firmness import Data, firmest, grade, no_tie, put_as, softness, stands, words
from kg.analysis.paths import neighbor_answer, path_answer
from kg.analysis.sensitivity import relations
from kg.analysis.ties import ties
from kg.claims import Modality
from kg.errors import NoError
from kg.projection import Projection


def edge(**more: object) -> dict[str, object]:
    """What an edge says; a fact unless told."""
    return {
        "predicate": "kg:supports",
        "label": "supports",
        "inverse": "",
        "family": "relation",
        "symmetric": 0,
        "materialised": 1,
        "claims": "claim:1",
        "statement": "",
        "kind": "fact",
        "modality": "asserted",
        "polarity": "affirmative",
        "contested": 0,
        "origins": 1,
        **more,
    }


def hedged(modality: str, kind: str = "assessment", **more: object) -> dict[str, object]:
    return edge(materialised=0, modality=modality, kind=kind, **more)


def made(*edges: tuple[str, str, dict[str, object]]) -> Projection:
    """A projection of edges between nodes named by letters; claims are numbered."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number, (source, target, data) in enumerate(edges, 1):
        for node in (source, target):
            graph.add_node(node, label=node.upper(), family="actor")
        graph.add_edge(source, target, **{**data, "claims": f"claim:{number}"})
    return Projection(graph, "claims", {})


FACT, DISPUTED = edge(), edge(contested=1)
WISH = hedged("prescribed", "recommendation")
DENIAL = edge(materialised=0, polarity="negated")
#: Firmest first; each is firmer than all that follow.
ORDER = (
    FACT,
    edge(modality="reported"),
    DISPUTED,
    edge(contested=1, modality="reported"),
    hedged("asserted", "fact"),
    hedged("asserted"),
    hedged("asserted", contested=1),
    hedged("reported"),
    hedged("expected"),
    hedged("possible"),
    hedged("possible", contested=1),
    hedged("conditional"),
    hedged("prescribed"),
)


# ---------------------------------------------------------------- the order


def test_modalities_are_ordered_in_one_place_from_asserted_to_prescribed() -> None:
    assert [modality.softness for modality in Modality] == [0, 1, 2, 3, 4, 5]
    assert Modality.ASSERTED.softness < Modality.REPORTED.softness < Modality.PRESCRIBED.softness


def test_facts_come_first_then_contested_facts_then_what_is_no_fact_by_modality() -> None:
    assert all(softness(one) < softness(other) for one, other in pairwise(ORDER))
    assert [grade(data) for data in ORDER] == [0, 0, 1, 1, 2, 2, 2, 3, 4, 5, 5, 6, 7]


@given(st.lists(st.sampled_from(ORDER), min_size=1), st.randoms())
def test_the_firmest_does_not_depend_on_where_it_stands(
    edges: list[dict[str, object]], random: object
) -> None:
    numbered = [{**data, "claims": f"claim:{n}"} for n, data in enumerate(edges)]
    mixed = list(numbered)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert firmest(mixed) is firmest(numbered)
    assert softness(firmest(mixed)) == min(map(softness, edges))


def test_how_an_edge_is_put_is_said_in_one_way() -> None:
    said = [
        (FACT, "fact"),
        (DISPUTED, "contested fact"),
        (edge(modality="reported"), "fact"),
        (hedged("asserted", "fact"), "asserted fact"),
        (hedged("possible", "forecast", contested=1), "contested possible forecast"),
        (DENIAL, "denied, asserted fact"),
        (WISH, "prescribed recommendation"),
    ]
    assert [words(data) for data, _ in said] == [text for _, text in said]
    assert put_as("possible", "forecast", hedges=("may",)) == "possible (“may”) forecast"


def test_a_denial_a_wish_and_what_was_withdrawn_are_no_ties() -> None:
    withdrawn = edge(materialised=0, retracted_on="2025-01-02")
    shouldnt = hedged("prescribed", polarity="negated")
    cases = (DENIAL, WISH, hedged("prescribed"), hedged("asserted", "recommendation"), withdrawn)
    assert [no_tie(data) for data in (*cases, shouldnt)] == [
        "denied", "recommended", "recommended", "recommended", "retracted", "denied",
    ]  # fmt: skip
    assert not any(map(stands, cases))
    assert all(map(stands, ORDER[:-1]))


# ---------------------------------------------------------------- everywhere the same


@pytest.mark.parametrize(("firm", "soft"), list(pairwise(ORDER[:-1])))
def test_paths_signed_pairs_and_relations_take_the_same_edge_of_two(
    firm: dict[str, object], soft: dict[str, object]
) -> None:
    for both in ((firm, soft), (soft, firm)):
        projection = made(*(("a", "b", {**data, "sign": 1}) for data in both))
        (path,) = paths(projection, "a", "b")
        (pair,) = signed_pairs(projection, method="none")
        (relation,) = relations(projection).values()
        best = f"claim:{both.index(firm) + 1}"
        assert path.claims == (best,)
        assert path.weakest.firmness == pair["friendly"] == relation.value == words(firm)


def test_the_weakest_step_is_never_a_fact_while_another_is_none() -> None:
    reported: Data = edge(modality="reported")
    (path,) = paths(made(("a", "b", dict(reported)), ("b", "c", hedged("asserted"))), "a", "c")
    assert path.weakest.firmness == "asserted assessment"
    assert path.modality is Modality.REPORTED  # the least firm modality, on whatever step


def test_a_contested_fact_is_a_weaker_tie_than_one_that_nobody_disputes() -> None:
    found = ties(
        made(("a", "b", FACT), ("b", "c", DISPUTED), ("c", "d", hedged("asserted"))),
    )
    assert [found.strength(pair) for pair in found.edges] == [1, 1 / 2, 1 / 3]


# ---------------------------------------------------------------- what should be is not


def test_a_recommended_alliance_ties_nobody_and_is_counted() -> None:
    projection = made(("a", "b", FACT), ("b", "c", WISH), ("a", "c", DENIAL))
    found = centrality(projection, ["degree"])
    assert {row["node"]: row["degree"] for row in found} == {"a": 1, "b": 1, "c": 0}
    assert "Edges that are no ties here: 1 denied, 1 recommended." in found.notes


def test_where_everything_is_only_recommended_nothing_is_tied() -> None:
    with pytest.raises(NoError, match="nothing is tied"):
        ties(made(("a", "b", WISH)))


def test_a_recommendation_is_no_step_of_a_path() -> None:
    projection = made(("a", "b", FACT), ("b", "c", FACT), ("a", "c", WISH))
    assert [path.nodes for path in paths(projection, "a", "c")] == [("a", "b", "c")]
    assert paths(made(("a", "b", WISH)), "a", "b") == []
    notes = path_answer(projection, paths(projection, "a", "c")).notes
    assert notes[-1] == "Edges that lead nowhere here: 1 recommended."


def test_a_recommendation_is_listed_beside_a_node_and_leads_no_further() -> None:
    projection = made(("a", "b", WISH), ("b", "c", FACT), ("a", "d", FACT))
    steps = neighbors(projection, "a", depth=3)
    assert [(step.target, step.stands) for step in steps] == [("b", False), ("d", True)]
    (note,) = neighbor_answer(projection, steps).notes
    assert note == "Listed, and not followed any further: 1 recommended."


def test_who_should_be_joined_is_not_in_the_ego_network() -> None:
    found = ego(made(("a", "b", FACT), ("a", "c", WISH), ("b", "d", WISH)), "a", depth=2)
    assert [row["node"] for row in found] == ["b"]
    assert found.notes == ("Edges that lead nowhere here: 2 recommended.",)


def test_what_should_be_is_another_relation_than_what_is() -> None:
    found = relations(made(("a", "b", FACT), ("a", "b", WISH)))
    assert {item.label: item.value for item in found.values()} == {
        "A supports B": "fact",
        "A SHOULD supports B": "prescribed recommendation",
    }
