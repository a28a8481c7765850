"""Relations: pairs, signs, triads. The answers are read off the article and the claims."""

from __future__ import annotations

import pytest
from conftest import EXAMPLE
from library import answer, ask, column, rdflib_rows

from kg import files
from kg.store import Store


def test_between_two_states_facts_reports_and_forecasts_are_told_apart(shipped: Store) -> None:
    rows = ask(shipped, "relations-between", one="DPRK", other="Russia")
    said = {r["claim"]: (r["relation"], r["sign"], r["kind"], r["modality"], r["viewOf"]) for r in rows}  # fmt: skip
    assert len(said) == 12
    # they are called allies twice, which is one claim with two passages
    assert {r["locator"] for r in rows if r["claim"] == "claim:bipss-018"} == {
        "Historical Context, paragraph 1, sentence 2",
        "Deterrence Against U.S. Influence, paragraph 1, sentence 2",
    }
    assert said["claim:bipss-003"] == ("kg:deploysForcesFor", "1", "kg:fact", "kg:asserted", None)
    assert said["claim:bipss-114"] == ("kg:deploysForcesFor", "1", "kg:forecast", "kg:possible", None)  # fmt: skip
    assert said["claim:bipss-234"][2:] == ("kg:fact", "kg:reported", "actor:unnamed-reports")
    assert said["claim:bipss-204"][2:] == ("kg:forecast", "kg:expected", None)


def test_two_that_nothing_links_have_no_relation(shipped: Store) -> None:
    assert ask(shipped, "relations-between", one="China", other="Ukraine") == []


def test_hostile_facts_are_those_that_somebody_states_as_facts(shipped: Store) -> None:
    rows = ask(shipped, "relations-by-sign", sign="-1", kind="kg:fact")
    assert set(column(rows, "from", "relation", "to")) == {
        ("actor:european-union", "kg:sanctions", "actor:dprk"),
        ("actor:european-union", "kg:sanctions", "actor:russia"),
        ("actor:russia", "kg:atWarWith", "actor:ukraine"),
        ("actor:russia", "kg:invades", "actor:ukraine"),
        ("actor:the-west", "kg:sanctions", "actor:russia"),
        ("actor:un-security-council", "kg:sanctions", "actor:dprk"),
    }


def test_dependence_is_neither_friendly_nor_hostile(shipped: Store) -> None:
    rows = ask(shipped, "relations-by-sign", sign="0")
    assert column(rows, "from", "relation", "to", "claimKind") == [
        ("actor:dprk", "kg:dependsOn", "actor:china", "kg:assessment")
    ]


def test_a_sign_counts_as_a_number(shipped: Store) -> None:
    plain = ask(shipped, "relations-by-sign", sign="1")
    assert plain
    assert ask(shipped, "relations-by-sign", sign="+01") == plain
    assert ask(shipped, "relations-by-sign", sign="2") == []


@pytest.mark.parametrize(
    ("day", "dated"),
    [
        ("1960-12-31", set()),
        ("1985-06-01", {"claim:context-100", "claim:context-101"}),
        ("1991-12-26", {"claim:context-100", "claim:context-102"}),
        ("2012-12-31", {"claim:context-100", "claim:context-103"}),
        ("2013-01-01", {"claim:context-100", "claim:context-103"}),
    ],
)
def test_on_a_day_the_claims_for_other_times_are_left_out(
    shipped: Store, day: str, dated: set[str]
) -> None:
    rows = ask(shipped, "relations-of", actor="DPRK", day=day)
    assert {r["claim"] for r in rows if r["to"] or r["coveredTo"]} == dated
    # after what a source covers nothing says that the relation ended
    assert not any(r["to"] for r in rows if r["claim"] == "claim:context-100")
    undated = {r["claim"] for r in rows if not r["from"] and not r["to"]}
    assert "claim:bipss-003" in undated


def test_without_a_day_every_time_is_listed(shipped: Store) -> None:
    rows = ask(shipped, "relations-of", actor="China")
    assert set(column(rows, "relation", "direction", "other", "claim")) == {
        ("kg:alliedWith", "to", "actor:dprk", "claim:context-100"),
        ("kg:alliedWith", "to", "actor:dprk", "claim:context-106"),
        ("kg:dependsOn", "from", "actor:dprk", "claim:bipss-154"),
    }


def test_triads_of_facts_are_two_and_both_in_balance(shipped: Store) -> None:
    rows = [r for r in ask(shipped, "triads") if r["firmness"] == "facts"]
    assert column(rows, "one", "other", "third", "signs", "balance") == [
        ("actor:dprk", "actor:european-union", "actor:russia", "-1 -1 1", "balanced"),
        ("actor:russia", "actor:the-west", "actor:ukraine", "-1 1 -1", "balanced"),
    ]  # fmt: skip
    assert column(rows, "claimOneOther", "claimOtherThird", "claimOneThird") == [
        ("claim:context-124", "claim:context-125", "claim:bipss-003"),
        ("claim:bipss-169", "claim:bipss-170", "claim:bipss-014"),
    ]


def test_a_triad_that_rests_on_a_judgement_says_so(shipped: Store) -> None:
    rows = ask(shipped, "triads", actor="United States")
    assert ("actor:dprk", "actor:rok", "actor:united-states") in column(
        rows, "one", "other", "third"
    )
    assert {r["firmness"] for r in rows} == {"not all facts"}
    assert ask(shipped, "triads", actor="Canada") == []


def test_friends_and_rivals_at_once(example: Store) -> None:
    import rdflib

    rows = ask(example, "ambivalent-pairs")
    assert column(rows, "one", "other", "sign", "relation", "kind", "claim") == [
        ("actor:arland", "actor:borland", "1", "kg:partnerOf", "kg:fact", "claim:example-09"),
        ("actor:arland", "actor:borland", "-1", "kg:rivalOf", "kg:assessment", "claim:example-11"),
    ]
    assert ask(example, "ambivalent-pairs", actor="Borland") == rows
    assert ask(example, "ambivalent-pairs", actor="Corvia") == []
    graph = rdflib.Graph().parse(files.ontology_path()).parse(EXAMPLE)
    ours = answer(example, "ambivalent-pairs", {})
    as_text = [tuple("" if t is None else t.value for t in row) for row in ours.rows]
    assert rdflib_rows(graph, example, "ambivalent-pairs", {}, ours.variables) == as_text


def test_nobody_in_the_shipped_data_is_friend_and_foe(shipped: Store) -> None:
    assert ask(shipped, "ambivalent-pairs") == []
