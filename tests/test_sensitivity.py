from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import claim, small

from kg.analysis.sensitivity import (
    METRICS,
    Asked,
    Case,
    Item,
    Metric,
    Over,
    Resting,
    cases,
    kendall,
    metric,
    rand,
    rank_changes,
    regrouped,
    sensitivity,
    without,
)
from kg.cli.program import run
from kg.errors import NoError, RefusedError, UsageError
from kg.projection import PROJECTIONS, Projection, project
from kg.selection import EVERYTHING, Selection, select
from kg.store import Store
from kg.vocab import ID, compress

TOP = Path(__file__).resolve().parent.parent
ENDS = ("actor:dprk", "actor:ukraine")
DW = f"{ID}source/dw-20241112"


def asked(name: str) -> Asked:
    return Asked(ends=ENDS if name == "path" else ())


def scored(**values: float | None) -> dict[str, Item]:
    return {key: Item(value, (f"claim:{key}",), key) for key, value in values.items()}


def grouped(*groups: str) -> dict[str, Item]:
    return {str(n): Item(group, (), group) for n, group in enumerate(groups, 1)}


SOURCES = "".join(
    f"source:{name} a kg:SourceDocument ; dcterms:publisher actor:{name} .\n"
    f'passage:{name} a kg:Passage ; oa:hasSource source:{name} ; kg:locator "1" .\n'
    for name in ("left", "right", "idle")
)
ACTORS = "".join(f"actor:{name} a kg:State .\n" for name in "abcdef")


@pytest.fixture
def two_sources(tmp_path: Path) -> Store:
    """a-b by both sources, b-c and c-d by the left one, c-e by the right one."""
    says = {
        "1": ("a", "b", "left", "2"),
        "2": ("a", "b", "right", "3"),
        "3": ("b", "c", "left", "3"),
        "4": ("c", "d", "left", "4"),
        "5": ("c", "e", "right", "2"),
    }
    claims = [
        claim(
            name,
            f"actor:{a}",
            "kg:partnerOf",
            f"actor:{b}",
            kind="kg:fact",
            passage=f"passage:{source}",
            holder=f"actor:{source}",
            rest=f"; kg:credibility {grade}",
        )
        for name, (a, b, source, grade) in says.items()
    ]
    edges = [f"actor:{a} kg:partnerOf actor:{b} .\n" for a, b in ("ab", "bc", "cd", "ce")]
    return small(tmp_path, SOURCES, ACTORS, *claims, *edges)


# ---------------------------------------------------------------- a small graph by hand


def test_an_edge_falls_with_its_last_claim_and_loses_support_before(two_sources: Store) -> None:
    found = sensitivity(two_sources, metric("relations"))
    rows = [(r["left_out"], r["key"], r["change"], r["stability"], r["claims"]) for r in found]
    ab, bc, cd, ce = (f"actor:{a} kg:partnerOf actor:{b}" for a, b in ("ab", "bc", "cd", "ce"))
    assert rows == [
        ("source:left", ab, "loses support", 1, ["claim:1"]),
        ("source:left", bc, "falls", 0.5, ["claim:3"]),
        ("source:left", cd, "falls", 0.5, ["claim:4"]),
        ("source:right", ab, "loses support", 1, ["claim:2"]),
        ("source:right", ce, "falls", 0.5, ["claim:5"]),
    ]
    assert [r["agreement"] for r in found] == [0.5, 0.5, 0.5, 0.75, 0.75]
    assert found.figures["recomputations"] == 2
    assert found.figures["relations_that_never_change"] == 1


def test_sources_on_which_nothing_rests_are_skipped_and_counted(two_sources: Store) -> None:
    left_out, skipped = cases(two_sources, "source")
    assert [case.name for case in left_out] == ["source:left", "source:right"]
    assert skipped == 2  # source:idle, and source:text that small() adds
    found = sensitivity(two_sources, metric("degree"))
    assert any(note == "Not tried: 2 sources on which no claim rests here." for note in found.notes)


def test_a_document_is_tried_for_those_that_originate_from_it(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        SOURCES,
        ACTORS,
        "source:left kg:originatesFrom source:idle .\n",
        claim("1", "actor:a", "kg:partnerOf", "actor:b", kind="kg:fact", passage="passage:left"),
        claim("2", "actor:b", "kg:partnerOf", "actor:c", kind="kg:fact", passage="passage:right"),
        "actor:a kg:partnerOf actor:b . actor:b kg:partnerOf actor:c .\n",
    )
    left_out, skipped = cases(store, "source")
    assert {case.name for case in left_out} == {"source:left", "source:right", "source:idle"}
    assert skipped == 1
    found = sensitivity(store, metric("relations"))
    assert {(r["left_out"], *r["claims"]) for r in found} == {
        ("source:left", "claim:1"),
        ("source:idle", "claim:1"),
        ("source:right", "claim:2"),
    }


def test_no_source_is_skipped_that_takes_a_claim_with_it(shipped: Store) -> None:
    tried = {case.name for case in cases(shipped, "source")[0]}
    whole = project(shipped, "claims").graph
    for source in shipped.sources:
        if compress(source) not in tried:
            again = project(shipped, "claims", Selection(exclude_sources=(source,))).graph
            assert nx.utils.graphs_equal(whole, again)


@pytest.mark.parametrize("name", PROJECTIONS)
def test_what_is_not_projected_again_would_be_the_same(shipped: Store, name: str) -> None:
    whole = project(shipped, name)
    resting = Resting(shipped, select(shipped), whole)
    spared = 0
    for case in cases(shipped, "source")[0]:
        if not resting.may_change(select(shipped, case.selection)):
            spared += 1
            again = project(shipped, name, case.selection).graph
            assert nx.utils.graphs_equal(whole.graph, again)
    # Behind the documents everything is an edge, elsewhere many rest on nothing here.
    assert spared > (0 if name == "sources" else 5)


@pytest.mark.parametrize("base", [Selection(as_of="2024"), Selection(min_origins=2)])
def test_nor_where_something_was_asked_for(shipped: Store, base: Selection) -> None:
    whole = project(shipped, "signed", base)
    resting = Resting(shipped, select(shipped, base), whole)
    spared = [
        case
        for over in ("source", "holder")
        for case in cases(shipped, over, base)[0]
        if not resting.may_change(select(shipped, case.selection))
    ]
    assert len(spared) > 10
    for case in spared:
        again = project(shipped, "signed", case.selection).graph
        assert nx.utils.graphs_equal(whole.graph, again)


def bearing(store: Store, base: Selection = EVERYTHING, name: str = "edges") -> set[str]:
    """The documents without which a projection may be another one."""
    resting = Resting(store, select(store, base), project(store, name, base))
    return {
        case.name
        for case in cases(store, "source", base)[0]
        if resting.may_change(select(store, case.selection))
    }


def test_a_claim_that_only_disputes_bears_on_what_it_disputes(tmp_path: Path) -> None:
    says = {"kind": "kg:fact", "passage": "passage:left"}
    store = small(
        tmp_path,
        SOURCES,
        ACTORS,
        claim("1", "actor:a", "kg:partnerOf", "actor:b", **says),
        claim("2", "actor:a", "kg:partnerOf", "actor:b", **{**says, "passage": "passage:right"},
              polarity="kg:negated"),
        claim("3", "actor:c", "kg:partnerOf", "actor:d", passage="passage:idle"),
        "actor:a kg:partnerOf actor:b .\n",
    )  # fmt: skip
    # The denial on the right makes no edge, and without it the edge is contested no more.
    assert bearing(store) == {"source:left", "source:right"}
    assert bearing(store, name="claims") == {"source:left", "source:right", "source:idle"}


def test_a_rival_that_keeps_a_date_from_standing_bears_on_it(tmp_path: Path) -> None:
    def on(name: str, day: str, source: str) -> str:
        said = {"kind": "kg:fact", "passage": f"passage:{source}"}
        return claim(name, "event:e", "kg:date", f'"{day}"^^xsd:date', **said)

    lines = (
        on("1", "2024-01-01", "left"),
        on("2", "2024-01-02", "right"),
        claim("3", "event:e", "kg:initiator", "actor:a", kind="kg:fact"),
        "event:e a kg:Event ; kg:initiator actor:a .\n",
    )
    store = small(tmp_path, SOURCES, ACTORS, *lines)
    # Neither stands; without the one the other does.
    assert "date" not in project(store).graph.nodes["event:e"]
    assert bearing(store) == {"source:left", "source:right", "source:text"}
    # In a graph without the event its dates tell nothing.
    assert bearing(store, name="signed") == set()


def test_a_date_bears_on_what_held_by_it(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        SOURCES,
        ACTORS,
        claim("1", "event:e", "kg:date", '"2024-01-01"^^xsd:date', kind="kg:fact",
              passage="passage:left"),
        claim("2", "event:e", "kg:initiator", "actor:a", kind="kg:fact"),
        claim("3", "event:e", "kg:recipient", "actor:b", kind="kg:fact"),
        'event:e a kg:Event ; kg:date "2024-01-01"^^xsd:date ;'
        " kg:initiator actor:a ; kg:recipient actor:b .\n",
    )  # fmt: skip
    # The edge between the actors stays without the date, and is undated then.
    assert bearing(store, name="actors") == {"source:text"}
    assert bearing(store, Selection(as_of="2024"), "actors") == {"source:left", "source:text"}


def test_where_the_edge_layer_is_not_what_its_claims_make_everything_is_tried(
    tmp_path: Path,
) -> None:
    fact = {"kind": "kg:fact", "passage": "passage:left"}
    store = small(
        tmp_path,
        SOURCES,
        ACTORS,
        claim("1", "actor:a", "kg:partnerOf", "actor:b", **fact),
        claim("2", "actor:c", "kg:partnerOf", "actor:d", passage="passage:right"),
    )
    assert project(store).graph.number_of_edges() == 0  # nobody has written the edge
    assert bearing(store) == {"source:left", "source:right"}


def test_ranks_change_by_hand(two_sources: Store) -> None:
    # Degrees: c 3, b 2, a 1, d 1, e 1. Without the left source a-b and c-e are left.
    found = sensitivity(two_sources, metric("degree"), by="change")
    rows = {
        (r["left_out"], r["item"]): (r["change"], r["rank_before"], r["rank_after"]) for r in found
    }
    assert rows["source:left", "actor:d"] == ("falls out", 3, None)
    # c and b, first and second, are level with a and e now; a and e rise to them.
    assert rows["source:left", "actor:b"] == ("rises", 2, 1)
    assert rows["source:left", "actor:a"] == ("rises", 3, 1)
    assert ("source:left", "actor:c") not in rows
    # Without the right one only e falls out; c and b are level.
    assert rows["source:right", "actor:e"] == ("falls out", 3, None)
    assert rows["source:right", "actor:b"] == ("rises", 2, 1)
    assert len([key for key in rows if key[0] == "source:right"]) == 2


def test_by_item_says_how_stable_each_is_and_what_moves_it(two_sources: Store) -> None:
    found = {r["item"]: r for r in sensitivity(two_sources, metric("degree"), by="item")}
    assert (found["actor:c"]["rank"], found["actor:c"]["stability"]) == (1, 1)
    assert (found["actor:d"]["stability"], found["actor:d"]["falls"]) == (0.5, 1)
    assert found["actor:b"]["stability"] == 0
    assert found["actor:c"]["claims"] == ["claim:3", "claim:4", "claim:5"]


def test_by_left_out_says_how_much_goes_with_each(two_sources: Store) -> None:
    found = [
        (r["left_out"], r["claims_gone"], r["changed"], r["gone"], r["claims"])
        for r in sensitivity(two_sources, metric("relations"), by="left-out")
    ]
    assert found == [
        ("source:left", 3, 2, 2, ["claim:1", "claim:3", "claim:4"]),
        ("source:right", 2, 1, 1, ["claim:2", "claim:5"]),
    ]


def test_holders_and_grades_can_be_left_out(two_sources: Store) -> None:
    by_holder = sensitivity(two_sources, metric("relations"), over="holder", by="left-out")
    assert [r["left_out"] for r in by_holder] == ["actor:left", "actor:right"]
    by_grade = sensitivity(two_sources, metric("relations"), over="grade", by="left-out")
    assert [(r["left_out"], r["claims_gone"]) for r in by_grade] == [
        ("--min-credibility 3", 1),
        ("--min-credibility 2", 3),
        ("--min-credibility 1", 5),
    ]
    assert any("Nothing in this graph rests on 2 grades" in note for note in by_grade.notes)


def test_what_is_left_out_by_name_is_the_case_that_is_tested(two_sources: Store) -> None:
    found = sensitivity(
        two_sources, metric("relations"), Selection(exclude_sources=(f"{ID}source/right",))
    )
    assert [(r["change"], r["claims"]) for r in found] == [
        ("loses support", ["claim:2"]),
        ("falls", ["claim:5"]),
    ]
    assert found.figures["recomputations"] == 1
    assert "2 claims go: claim:2 claim:5." in found.notes
    with pytest.raises(UsageError):
        sensitivity(
            two_sources,
            metric("relations"),
            Selection(exclude_sources=(f"{ID}source/right",)),
            over="source",
        )


def test_a_path_that_vanishes_and_one_that_stays(two_sources: Store) -> None:
    there = Asked(ends=("actor:a", "actor:e"))
    found = sensitivity(two_sources, metric("path", there))
    nodes = "actor:a actor:b actor:c actor:e"
    assert [(r["left_out"], r["key"], r["change"], r["claims"]) for r in found] == [
        ("source:left", nodes, "falls", ["claim:1", "claim:3"]),
        ("source:right", nodes, "falls", ["claim:2", "claim:5"]),
    ]
    short = sensitivity(two_sources, metric("path", Asked(ends=("actor:a", "actor:b"))))
    assert {r["change"] for r in short} == {"loses support"}
    assert {r["stability"] for r in short} == {1}


def test_more_recomputations_than_the_bound_need_a_number(
    two_sources: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.analysis.sensitivity.MOST_RUNS", 1)
    with pytest.raises(RefusedError) as refused:
        sensitivity(two_sources, metric("degree"))
    assert "--runs" in (refused.value.hint or "")
    found = sensitivity(two_sources, metric("degree"), runs=1, by="left-out")
    assert [r["left_out"] for r in found] == ["source:left"]
    assert any("1 sources on which fewer claims rest" in note for note in found.notes)


def test_progress_is_told_to_whoever_asks(two_sources: Store) -> None:
    seen: list[tuple[int, int]] = []
    sensitivity(two_sources, metric("degree"), progress=lambda n, of: seen.append((n, of)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_one_data_set_cannot_be_left_out_and_two_can(two_sources: Store, tmp_path: Path) -> None:
    with pytest.raises(NoError):
        cases(two_sources, "dataset")
    more = tmp_path / "more.trig"
    text = (tmp_path / "small.ttl").read_text(encoding="utf-8")
    prefixes = "\n".join(line for line in text.splitlines() if line.startswith("@prefix"))
    fifth = claim("9", "actor:d", "kg:partnerOf", "actor:f", kind="kg:fact")
    more.write_text(prefixes + "\n" + fifth + "actor:d kg:partnerOf actor:f .\n", encoding="utf-8")
    other = tmp_path / "other.ttl"
    more.rename(other)
    store = Store.open(tmp_path / "small.ttl", other)
    found = sensitivity(store, metric("relations"), over="dataset")
    fallen = {r["key"]: r["claims"] for r in found if r["change"] == "falls"}
    assert fallen["actor:d kg:partnerOf actor:f"] == ["claim:9"]
    assert len(fallen) == 5


def test_a_metric_of_ones_own_needs_a_name_and_a_reading(two_sources: Store) -> None:
    def edges(projection: Projection) -> dict[str, Item]:
        count = projection.graph.number_of_edges()
        claims = tuple(d["claims"] for *_, d in projection.graph.edges(data=True))
        return {"edges": Item(count, claims, "number of edges")}

    found = sensitivity(two_sources, Metric("size", "figures", edges))
    assert [(r["item"], r["before"], r["after"]) for r in found] == [
        ("number of edges", 4, 2),
        ("number of edges", 4, 3),
    ]


# ---------------------------------------------------------------- comparisons


def test_one_that_falls_out_lifts_nobody() -> None:
    changes = rank_changes(scored(a=3, b=2, c=1), scored(b=2, c=1))
    assert [(c.key, c.what) for c in changes] == [("a", "falls out")]


def test_a_score_that_is_no_longer_defined_is_told() -> None:
    changes = rank_changes(scored(a=3, b=2), scored(a=3, b=None))
    assert [(c.key, c.what, c.rank_after) for c in changes] == [("b", "is not defined", None)]


def test_communities_split_merge_and_lose_members() -> None:
    before = grouped("a b c d", "e f")
    (split,) = regrouped(before, grouped("a b", "c d", "e f"))
    assert (split.key, split.what, split.stays) == ("1", "splits: a; b | c; d", False)
    one, two = regrouped(before, grouped("a b c d e f"))
    assert one.what == "merges with members of 2"
    assert two.what == "merges with members of 1"
    (lost,) = regrouped(before, grouped("a b c", "e f"))
    assert (lost.what, lost.stays) == ("loses d", True)
    assert regrouped(before, grouped("f e", "d c b a")) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_kendall_agrees_with_counting_all_pairs(pairs: list[tuple[int, int]]) -> None:
    def sign(value: int) -> int:
        return (value > 0) - (value < 0)

    both = [(sign(x - u), sign(y - v)) for i, (x, y) in enumerate(pairs) for u, v in pairs[i + 1 :]]
    ordered = sum(a * b for a, b in both)
    first, second = sum(a != 0 for a, _ in both), sum(b != 0 for _, b in both)
    found = kendall([(float(x), float(y)) for x, y in pairs])
    if not first or not second:
        assert found is None
    else:
        assert found == pytest.approx(ordered / sqrt(first * second))
        assert kendall([(float(y), float(x)) for x, y in pairs]) == pytest.approx(found)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2))
def test_the_rand_index_agrees_with_igraph(groups: list[tuple[int, int]]) -> None:
    igraph = pytest.importorskip("igraph")
    first = {str(n): pair[0] for n, pair in enumerate(groups)}
    second = {str(n): pair[1] for n, pair in enumerate(groups)}
    found = rand(first, second)
    expected = igraph.compare_communities(
        list(first.values()), list(second.values()), method="adjusted_rand"
    )
    # igraph divides nothing by nothing where both are one group, or all are alone.
    if expected == expected:
        assert found == pytest.approx(expected)
    else:
        assert found == 1


@given(st.lists(st.integers(0, 3), min_size=2))
def test_a_grouping_agrees_with_itself(groups: list[int]) -> None:
    one = {str(n): group for n, group in enumerate(groups)}
    assert rand(one, {key: f"other {group}" for key, group in one.items()}) == 1


# ---------------------------------------------------------------- laws


@settings(max_examples=30)
@given(st.sampled_from(sorted(METRICS)), st.sampled_from(sorted(PROJECTIONS)), st.booleans())
def test_leaving_nothing_out_changes_nothing(
    shipped: Store, name: str, projection: str, hedged: bool
) -> None:
    try:
        tested = without(
            shipped,
            metric(name, asked(name)),
            EVERYTHING,
            [Case("nothing", EVERYTHING)],
            projection=projection,
            include_hedged=hedged,
        )
    except NoError:
        return  # this projection has no such result at all
    assert tested.outcomes == ()
    assert [case.name for case in tested.untouched] == ["nothing"]
    again = metric(name, asked(name)).read(project(shipped, projection, include_hedged=hedged))
    assert tested.metric.compare(tested.before, again) == []
    agreement = tested.metric.agreement(tested.before, again)
    assert agreement is None or agreement == pytest.approx(1)


@settings(max_examples=25)
@given(st.sets(st.integers(0, 56), max_size=4))
def test_what_falls_cited_only_what_went(shipped: Store, chosen: set[int]) -> None:
    sources = sorted(shipped.sources)
    excluded = tuple(sources[n] for n in sorted(chosen) if n < len(sources))
    if not excluded:
        return
    selection = Selection(exclude_sources=excluded)
    tested = without(shipped, metric("relations"), EVERYTHING, [Case("x", selection)])
    for outcome in tested.outcomes:
        for change in outcome.changes:
            before = tested.before.get(change.key)
            if change.what == "falls":
                assert before is not None
                # An edge falls when every one of its claims went, never before. A date can
                # fall earlier: when the preferred one went and the others disagree.
                value = len(change.key.split()) == 2
                assert value or set(before.claims) <= outcome.gone.keys()
                assert set(before.claims) & outcome.gone.keys()
            if change.what == "loses support":
                assert before is not None
                assert set(before.claims) & outcome.gone.keys()
                assert not set(before.claims) <= outcome.gone.keys()


# ---------------------------------------------------------------- the shipped data


def test_without_deutsche_welle_three_relations_fall_and_a_dispute_ends(shipped: Store) -> None:
    # By hand: nine claims name source:dw-20241112 as their only cited source.
    resting = {f"claim:bipss-{n:03}" for n in range(76, 85)}
    named = {c.iri for c in shipped.claims.values() if DW in c.cited_sources}
    assert {iri.rsplit("/", 1)[1] for iri in named} == {c.removeprefix("claim:") for c in resting}
    publisher = shipped.sources[DW].publisher
    found = sensitivity(shipped, metric("relations"), Selection(exclude_sources=(publisher,)))
    treaty, event = "agreement:russia-dprk-treaty-2024", "event:dprk-ratification-2024"
    assert {(r["key"], r["change"], *r["claims"]) for r in found} == {
        (f"{event} kg:initiator actor:dprk", "falls", "claim:bipss-077"),
        (f"{treaty} kg:imposes obligation:treaty-russia-to-dprk", "falls", "claim:bipss-082"),
        (f"{treaty} kg:imposes obligation:treaty-dprk-to-russia", "falls", "claim:bipss-083"),
        (f"{event} kg:instrument {treaty}", "loses support", "claim:bipss-078"),
        (f"{treaty} kg:hasParty actor:dprk", "loses support", "claim:bipss-079"),
        (f"{treaty} kg:hasParty actor:russia", "loses support", "claim:bipss-080"),
        # 12 November is gone, so that nothing disputes 11 November any more.
        (f"{event} date", "changes", "claim:bipss-076"),
    }
    date = next(r for r in found if r["key"] == f"{event} date")
    assert (date["before"], date["after"]) == ("contested fact: 2024-11-11", "fact: 2024-11-11")
    went = next(note for note in found.notes if note.startswith("9 claims go"))
    # The epithet and the conditional duty were never relations of this graph, nor the lost date.
    assert went.endswith("claim:bipss-076 claim:bipss-081 claim:bipss-084.")


def test_a_hedged_relation_that_rests_on_deutsche_welle_falls_where_it_is_shown(
    shipped: Store,
) -> None:
    found = sensitivity(
        shipped,
        metric("relations"),
        Selection(exclude_sources=(DW,)),
        include_hedged=True,
    )
    fallen = {r["key"]: r for r in found if r["change"] == "falls"}
    key = "condition:aggression-against-party kg:leadsTo event:treaty-military-assistance"
    assert fallen[key]["before"] == "conditional forecast"
    assert fallen[key]["claims"] == ["claim:bipss-084"]
    assert any("are no facts of the graph" in note for note in found.notes)


@pytest.mark.parametrize("name", sorted(METRICS))
@pytest.mark.parametrize("over", ["source", "holder", "grade"])
def test_every_row_on_the_shipped_data_cites_claims_that_went(
    shipped: Store, name: str, over: Over
) -> None:
    from kg.vocab import expand

    found = sensitivity(shipped, metric(name, asked(name)), over=over, projection="claims", runs=6)
    assert all(row.claims for row in found.rows)
    assert all(expand(claim) in shipped.claims for claim in found.claims)
    for row in found:
        assert row["stability"] is None or 0 <= row["stability"] <= 1


# ---------------------------------------------------------------- the command


def test_the_command_answers_what_rests_on_a_source(capfdbinary: Any) -> None:
    command = ["analyze", "sensitivity", "relations", "--exclude-source", "Deutsche Welle"]
    assert run([*command, "--json"]) == 0
    out, err = capfdbinary.readouterr()
    found = json.loads(out)
    assert len([r for r in found["rows"] if r["change"] == "falls"]) == 3
    assert found["basis"].startswith("projection edges: ")
    assert err == b""  # no progress where nobody watches


def test_mistakes_are_told(capfdbinary: Any) -> None:
    for arguments, code, words in (
        (["wealth"], 2, "there is no metric"),
        (["degree", "DPRK"], 2, "has no ends"),
        (["path", "DPRK"], 2, "a path has two ends"),
        (["path", "DPRK", "DPRK"], 2, "both ends"),
        (["degree", "--sample", "5"], 2, "only betweenness is sampled"),
        (["path", "DPRK", "Japan"], 1, "no result of path"),
        (["degree", "--over", "dataset"], 1, "only one data set"),
        (["degree", "--min-credibility", "1"], 1, "nothing is tied"),
        (["degree", "--exclude-source", "DPRK"], 1, "is no source"),
        (["degree", "--over", "holder", "--exclude-source", "Deutsche Welle"], 2, "--over"),
    ):
        assert run(["analyze", "sensitivity", *arguments]) == code, arguments
        error = capfdbinary.readouterr().err.decode()
        assert words in error, arguments
        assert "hint:" in error
        assert "bug" not in error


def test_an_answer_that_nothing_shakes_is_an_answer(capfdbinary: Any) -> None:
    assert run(["analyze", "sensitivity", "degree", "--exclude-source", "Deutsche Welle"]) == 0
    assert b"No result changes." in capfdbinary.readouterr().out


@pytest.mark.slow
def test_the_same_bytes_whatever_the_hash_seed() -> None:
    for name in ("communities", "relations"):
        outs = {
            subprocess.run(
                [
                    sys.executable,
                    str(TOP / "cli.py"),
                    "analyze",
                    "sensitivity",
                    name,
                    "--projection",
                    "claims",
                    "--runs",
                    "6",
                    "--json",
                ],
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }
        assert len(outs) == 1


def test_a_metric_with_the_same_reading_agrees_whatever_it_is_called(two_sources: Store) -> None:
    one = sensitivity(two_sources, metric("degree"))
    other = sensitivity(two_sources, replace(metric("degree"), name="other"))
    assert one.rows == other.rows
