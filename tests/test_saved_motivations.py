"""Saved queries on motives, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store

MOTIVES = "North Korea's Motivations for Troop Deployment"


def test_the_four_lenses_are_possible_and_the_authors_own(shipped: Store) -> None:
    rows = [r for r in ask(shipped, "motivations-of", actor="DPRK") if not r["viewOf"]]
    assert {(r["motivation"], r["for"], r["modality"], r["holder"]) for r in rows} == {
        (f"motivation:{name}", "event:deployment-2024", "kg:possible", "actor:nabib-bin-zahid")
        for name in (
            "experience-and-capability",
            "stronger-bilateral-ties",
            "diversify-alliances",
            "counter-western-influence",
        )
    }
    assert {r["locator"] for r in rows} == {
        f"{MOTIVES}, lead, sentence 1",
        *(f"{MOTIVES}, item {item}, label" for item in (1, 2, 3, 4)),
    }


def test_what_many_analysts_perceive_stays_their_view(shipped: Store) -> None:
    rows = ask(shipped, "motivations-ascribed-by", person="unnamed analysts")
    assert {(r["motivation"], r["modality"], r["holder"], r["viewOf"]) for r in rows} == {
        (
            "motivation:answer-to-us-tension",
            "kg:reported",
            "actor:nabib-bin-zahid",
            "actor:unnamed-analysts",
        )
    }
    (name,) = ask(shipped, "labels-of", thing="motivation:answer-to-us-tension")
    assert name["label"] == "answer to tension with the United States and its allies"
    assert {r["for"] for r in rows} == {"condition:military-cooperation"}
    (place,) = {r["locator"] for r in rows}
    assert place == "The Rise of Military Cooperation, paragraph 1, sentence 4"


def test_the_author_is_found_with_his_own_motives_and_with_those_he_relays(shipped: Store) -> None:
    rows = ask(shipped, "motivations-ascribed-by", person="Nabib Bin Zahid")
    assert {r["viewOf"] for r in rows} == {None, "actor:unnamed-analysts"}


def test_the_strategy_has_an_aim_and_the_deployment_has_motives(shipped: Store) -> None:
    (aim,) = ask(shipped, "motivations-behind", act="event:dprk-cooperation-strategy")
    assert (aim["relation"], aim["reason"]) == ("kg:intendedTo", "condition:military-cooperation")
    assert aim["locator"] == f"{MOTIVES}, item 2, sentence 1"
    motives = ask(shipped, "motivations-behind", act="event:deployment-2024")
    assert {(r["relation"], r["actor"]) for r in motives} == {("kg:motivatedBy", "actor:dprk")}


def test_notes_5_to_8_stand_by_three_of_the_four_motives(shipped: Store) -> None:
    rows = ask(shipped, "motivations-by-footnote")
    assert {(r["marker"], r["cited"], r["motivation"]) for r in rows} == {
        ("5", "source:specialeurasia-20241104", "motivation:experience-and-capability"),
        ("6", "source:isw-backgrounder", "motivation:experience-and-capability"),
        ("7", "source:france24-20241110", "motivation:stronger-bilateral-ties"),
        ("8", "source:e-ir-20241105", "motivation:diversify-alliances"),
    }
    # the notes close the second sentence of each item; the motive is read from its label
    assert all(r["notedAt"] != r["locator"] for r in rows)
    assert {r["scope"] for r in rows} == {"kg:sentenceScope"}


def test_one_note_leads_to_one_document_only(shipped: Store) -> None:
    (row,) = ask(shipped, "motivations-by-footnote", marker="6")
    assert row["cited"] == "source:isw-backgrounder"
    assert ask(shipped, "motivations-by-footnote", marker="4") == []


def test_countering_the_west_and_the_analysts_motive_have_no_footnote(shipped: Store) -> None:
    rows = ask(shipped, "motivations-without-footnote", actor="DPRK")
    assert {r["motivation"] for r in rows} == {
        "motivation:counter-western-influence",
        "motivation:answer-to-us-tension",
    }


def test_a_note_in_another_item_of_the_same_list_does_not_count(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        "<https://w3id.org/gambit/id/motivation/m> a kg:Motivation ; kg:motivatedActor actor:a .\n",
        'passage:i1 oa:hasSource source:text ; kg:locator "List, item 1, label" .\n',
        'passage:i10 oa:hasSource source:text ; kg:locator "List, item 10, sentence 1" .\n',
        claim(
            "m",
            "event:e",
            "kg:motivatedBy",
            "<https://w3id.org/gambit/id/motivation/m>",
            passage="passage:i1",
        ),
        claim(
            "n",
            "actor:a",
            "kg:seeks",
            "event:e",
            passage="passage:i10",
            rest="; kg:citedSource source:other ; kg:citation actor:note",
        ),
        'actor:note kg:marker "1" ; kg:citedSource source:other .\n',
    )
    assert ask(store, "motivations-by-footnote") == []
    assert [r["motivation"] for r in ask(store, "motivations-without-footnote")] == ["motivation:m"]


def test_what_russia_wants_is_told_from_what_it_says_it_wants(shipped: Store) -> None:
    rows = ask(shipped, "aims-of", actor="Russia")
    found = {(r["aim"], r["modality"], r["viewOf"]) for r in rows}
    assert found == {
        ("condition:russian-allies", "kg:asserted", None),
        ("condition:russian-reinforcements", "kg:asserted", None),
        ("condition:russian-security", "kg:asserted", None),
        ("actor:united-states", "kg:asserted", None),
        ("condition:international-coalition", "kg:reported", "actor:russia"),
    }
    assert {r["relation"] for r in rows if r["aim"] == "actor:united-states"} == {"kg:seeksToDeter"}


def test_the_two_share_pressure_and_an_enemy(shipped: Store) -> None:
    rows = ask(shipped, "shared-motives", one="DPRK", other="Russia")
    assert {(r["relation"], r["shared"]) for r in rows} == {
        ("kg:experiences", "condition:western-pressure"),
        ("kg:opposes", "actor:the-west"),
    }
    assert all(r["claim"] != r["otherClaim"] for r in rows)
    section = "Historical Context, paragraph 2"
    assert {(r["relation"], r["locator"], r["otherLocator"]) for r in rows} == {
        ("kg:experiences", f"{section}, sentence 4", f"{section}, sentence 4"),
        ("kg:opposes", f"{section}, sentence 7", f"{section}, sentence 7"),
    }
    turned = ask(shipped, "shared-motives", one="Russia", other="DPRK")
    assert {(r["claim"], r["otherClaim"]) for r in turned} == {
        (r["otherClaim"], r["claim"]) for r in rows
    }


def test_a_motive_of_both_is_shared_and_a_denied_wish_is_not(tmp_path: Path) -> None:
    motive = "<https://w3id.org/gambit/id/motivation/m>"
    store = small(
        tmp_path,
        f"{motive} a kg:Motivation ; kg:motivatedActor actor:a, actor:b .\n",
        claim("m", "event:e", "kg:motivatedBy", motive, modality="kg:possible"),
        claim("s1", "actor:a", "kg:seeks", "condition:c"),
        claim("s2", "actor:b", "kg:seeks", "condition:c", polarity="kg:negated"),
    )
    (row,) = ask(store, "shared-motives", one="actor:a", other="actor:b")
    assert (row["shared"], row["modality"], row["claim"]) == (
        "motivation:m",
        "kg:possible",
        "claim:m",
    )
