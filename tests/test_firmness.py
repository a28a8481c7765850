from __future__ import annotations

import json
from itertools import pairwise
from math import inf, nan

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.analysis import Answer, Column, Row, ego, neighbors, paths
from kg.analysis.balance import relations as signed_pairs
from kg.analysis.centrality import brokers, centrality
from kg.analysis.firmness import Data, firmest, grade, no_tie, put_as, softness, stands, words
from kg.analysis.groups import bridges, communities, components, hanging_together, partition
from kg.analysis.paths import neighbor_answer, path_answer
from kg.analysis.sensitivity import relations
from kg.analysis.ties import ties
from kg.claims import Modality
from kg.cli.program import run
from kg.errors import NoError, UsageError
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


# ---------------------------------------------------------------- ties of a query's own making

BARE = hedged("possible", origins=0, by_query=1)


def queried(*edges: tuple[str, str, dict[str, object]]) -> Projection:
    """The same, but that edges of a query's own making have no claims."""
    projection = made(*edges)
    for *_, data in projection.graph.edges(data=True):
        if data.get("by_query"):
            data["claims"] = ""
    return projection


def test_ties_that_no_claim_makes_are_counted_in_each_row() -> None:
    projection = queried(("a", "b", FACT), ("b", "c", BARE), ("c", "d", hedged("possible")))
    degrees = {row["node"]: row for row in centrality(projection, ["degree"])}
    assert {node: (row["hedged"], row["by_query"]) for node, row in degrees.items()} == {
        "a": (0, 0),
        "b": (0, 1),
        "c": (1, 1),
        "d": (1, 0),
    }
    found = centrality(projection, ["degree"])
    assert any(
        note.startswith("1 of 3 ties are in the query's answer only") for note in found.notes
    )
    assert any(note.startswith("1 of 3 ties are no fact of the graph") for note in found.notes)
    assert "1 of its edges are claims that are no facts" in found.basis
    rows = {(row["what"], row["node"]): row for row in bridges(projection)}
    assert rows["tie", "b"]["by_query"] == 1
    assert rows["tie", "b"]["claims"] == []
    assert [row["by_query"] for row in components(projection)] == [1]
    assert all("by_query" in row for row in [*communities(projection), *brokers(projection)])


def test_without_such_ties_no_row_speaks_of_them() -> None:
    (row,) = components(made(("a", "b", FACT)))
    assert "by_query" not in row
    assert "hedged" not in row


def test_a_step_that_no_claim_makes_says_so() -> None:
    projection = queried(("a", "b", BARE), ("b", "c", FACT), ("b", "a", BARE))
    (path,) = paths(projection, "a", "c")
    assert [hop.firmness for hop in path.hops] == ["no claim: only the query joins them", "fact"]
    assert path.weakest.claims == ()
    assert [step.claims for step in neighbors(projection, "a")] == [(), ()]
    assert [row["by_query"] for row in ego(projection, "a", depth=2)] == [2, 0]


def test_a_claimed_edge_goes_before_one_that_only_a_query_made() -> None:
    projection = queried(("a", "b", BARE), ("a", "b", hedged("possible")))
    (path,) = paths(projection, "a", "b")
    assert path.claims == ("claim:2",)
    assert ties(projection).bare == 0


# ---------------------------------------------------------------- brokers on facts alone


def test_brokers_say_what_nobody_joins_on_facts_alone() -> None:
    soft = hedged("possible")
    found = brokers(made(("a", "b", FACT), ("b", "c", soft), ("c", "d", FACT), ("d", "e", soft)))
    (note,) = (note for note in found.notes if note.startswith("On facts alone"))
    assert note == (
        "On facts alone nobody joins these 2 groups: A; B | C; D; and no tie leads to E. "
        "Who joins them all the same does so by ties that are no facts."
    )


def test_where_facts_join_all_there_is_no_such_note() -> None:
    found = brokers(made(("a", "b", FACT), ("b", "c", FACT), ("a", "c", hedged("possible"))))
    assert not any("On facts alone" in note for note in found.notes)


def test_groups_of_facts_that_nobody_joins_are_told_without_blaming_hedges() -> None:
    found = brokers(made(*((a, b, FACT) for a, b in ("ab", "bc", "de"))))
    assert "On facts alone nobody joins these 2 groups: A; B; C | D; E." in found.notes


# ---------------------------------------------------------------- what hangs together


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_what_hangs_together_is_what_networkx_says(links: set[tuple[int, int]]) -> None:
    graph: nx.Graph[int] = nx.Graph(list(links))
    graph.add_nodes_from(range(10))
    found = hanging_together(range(10), graph.adj.__getitem__)
    reference = sorted(map(sorted, nx.connected_components(graph)), key=lambda p: (-len(p), p[0]))
    assert found == reference


# ---------------------------------------------------------------- numbers that are none


@pytest.mark.parametrize("resolution", [nan, inf, -inf, 0.0, -1.0])
def test_a_resolution_that_is_no_number_above_nothing_is_refused(resolution: float) -> None:
    with pytest.raises(UsageError, match="makes no groups"):
        partition(ties(made(("a", "b", FACT))), resolution=resolution)


@pytest.mark.parametrize("text", ["nan", "inf"])
def test_the_verb_refuses_it_and_prints_nothing(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", "communities", "--resolution", text, "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: a resolution of {text} makes no groups")


def test_no_answer_holds_a_number_that_json_cannot_write() -> None:
    found = Answer(
        "some", (Column("n", "number"),), (Row((nan,)), Row((1.5,))), {"x": -inf, "y": 2}
    )
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["rows"][0]["n"] is None
    assert [row["n"] for row in found] == [None, 1.5]
    assert found.figures == {"x": None, "y": 2}
    assert found.notes == (
        "A value is given as not defined where it came out as no finite number.",
    )
    whole = Answer("some", (Column("n", "number"),), (Row((1.5,)),))
    assert whole.notes == ()
