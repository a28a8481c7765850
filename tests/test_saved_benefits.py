"""Saved queries on gains, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store

LIST = "Strategic Benefits for Russia"


def test_russia_gains_support_at_once_and_several_advantages(shipped: Store) -> None:
    rows = ask(shipped, "benefits-of", actor="Russia")
    assert {(r["benefit"], r["modality"], r["locator"]) for r in rows} == {
        ("benefit:russia-overall", "kg:asserted", f"{LIST}, lead, sentence 1"),
        ("benefit:russia-immediate-support", "kg:asserted", f"{LIST}, item 1, label"),
        ("benefit:russia-immediate-support", "kg:asserted", f"{LIST}, item 1, sentence 1"),
    }
    assert {r["kind"] for r in rows} == {"kg:assessment"}


def test_what_north_korea_gains_is_expected_and_never_flat(shipped: Store) -> None:
    rows = ask(shipped, "benefits-of", actor="DPRK")
    assert {r["benefit"] for r in rows} == {
        "benefit:dprk-battlefield-experience",
        "benefit:dprk-technology-access",
        "benefit:dprk-government-ties",
    }
    assert {r["modality"] for r in rows} == {"kg:expected"}


def test_under_the_heading_for_russia_item_3_is_a_gain_of_north_korea(shipped: Store) -> None:
    rows = ask(shipped, "benefits-against-heading")
    assert {(r["beneficiary"], r["heading"], r["named"]) for r in rows} == {
        ("actor:dprk", LIST, "actor:russia")
    }
    assert {r["locator"] for r in rows} == {f"{LIST}, item 3, label", f"{LIST}, item 3, sentence 1"}
    # technology and expertise are one gain of one sentence: its name has to say both
    assert {r["benefit"] for r in rows} == {"benefit:dprk-technology-access"}
    names = {r["label"] for r in ask(shipped, "labels-of", thing="benefit:dprk-technology-access")}
    assert names == {"access to Russian technology and expertise"}


def test_technology_could_speed_up_the_missile_and_the_nuclear_programme(shipped: Store) -> None:
    (row,) = ask(shipped, "consequences-of", cause="benefit:dprk-technology-access")
    assert (row["modality"], row["locator"]) == ("kg:possible", f"{LIST}, item 3, sentence 1")
    found = {r["thing"] for r in ask(shipped, "things-called", text="nuclear programme")}
    assert row["consequence"] in found


def test_a_heading_that_names_both_or_neither_is_not_against_anybody(tmp_path: Path) -> None:
    def under(name: str, heading: str) -> str:
        return (
            f'passage:{name} oa:hasSource source:text ; kg:section "{heading}" ;'
            f' kg:locator "{heading}, sentence 1" .\n'
        ) + claim(name, "event:e", "kg:yieldsBenefit", "event:gain", passage=f"passage:{name}")

    store = small(
        tmp_path,
        'actor:a a kg:State ; skos:prefLabel "Arland"@en, "Neither"@fr .\n'
        'actor:b a kg:State ; skos:prefLabel "Borland"@en .\n'
        "event:gain kg:beneficiary actor:a .\n",
        under("both", "Arland and Borland"),
        under("neither", "Neither of them"),
        under("inside", "The Subborland question"),
        under("against", "Borland's gains"),
    )
    (row,) = ask(store, "benefits-against-heading")
    assert (row["claim"], row["named"]) == ("claim:against", "actor:b")


def test_each_side_gains_from_the_other_through_the_deployment(shipped: Store) -> None:
    rows = ask(shipped, "benefits-between")
    sides = {(r["beneficiary"], r["giver"], r["act"], r["role"]) for r in rows}
    assert sides == {
        ("actor:dprk", "actor:russia", "event:deployment-2024", "kg:recipient"),
        ("actor:russia", "actor:dprk", "event:deployment-2024", "kg:initiator"),
    }
    one_way = ask(shipped, "benefits-between", giver="DPRK")
    assert {r["beneficiary"] for r in one_way} == {"actor:russia"}
    assert {r["benefit"] for r in one_way} == {
        "benefit:russia-overall",
        "benefit:russia-immediate-support",
    }
    assert ask(shipped, "benefits-between", beneficiary="DPRK", giver="China") == []
