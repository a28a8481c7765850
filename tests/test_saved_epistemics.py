"""Saved queries on wording and dispute, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store
from kg.vocab import expand

COOPERATION = "The Rise of Military Cooperation, paragraph 1"
MOTIVES = "North Korea's Motivations for Troop Deployment"


def triple(store: Store, row: dict[str, str | None], column: str = "claim") -> tuple[object, ...]:
    """Return what the claim of a row proposes."""
    iri = expand(row[column] or "")
    assert iri
    return store.claims[iri].triple


def test_that_the_troops_were_sent_is_flat_somewhere_and_so_not_hedged_only(
    shipped: Store,
) -> None:
    rows = ask(shipped, "hedged-claims", thing="DPRK")
    relations = {(triple(shipped, r)[1]) for r in rows}
    assert expand("kg:trains") in relations
    assert expand("kg:transfersTechnologyTo") in relations
    assert expand("kg:deploysForcesFor") not in relations
    assert "kg:asserted" not in {r["modality"] for r in rows}
    reports = {
        (r["hedge"], r["viewOf"]) for r in rows if r["locator"] == f"{COOPERATION}, sentence 3"
    }
    assert reports == {("Reports indicate", "actor:unnamed-reports")}


def test_a_hedge_stays_when_only_the_denial_or_a_withdrawn_claim_is_flat(tmp_path: Path) -> None:
    hedged = {"modality": "kg:possible", "rest": '; kg:hedgeText "may"'}
    store = small(
        tmp_path,
        claim("h1", "event:e", "kg:leadsTo", "event:f", **hedged),
        claim("d1", "event:e", "kg:leadsTo", "event:f", polarity="kg:negated"),
        claim("h2", "event:e", "kg:leadsTo", "event:g", **hedged),
        claim(
            "w2",
            "event:e",
            "kg:leadsTo",
            "event:g",
            rest='; kg:retractedOn "2024-01-01"^^xsd:date',
        ),
        claim("h3", "event:e", "kg:leadsTo", "event:h", **hedged),
        claim("a3", "event:e", "kg:leadsTo", "event:h"),
    )
    rows = ask(store, "hedged-claims", thing="event:e")
    assert [r["claim"] for r in rows] == ["claim:h1", "claim:h2"]
    assert [r["hedgedClaim"] for r in ask(store, "asserted-and-hedged")] == ["claim:h3"]


def test_the_author_sends_the_troops_flatly_and_perhaps(shipped: Store) -> None:
    (row,) = ask(shipped, "asserted-and-hedged", subject="DPRK")
    assert (row["property"], row["value"]) == ("kg:deploysForcesFor", "actor:russia")
    assert row["locator"] == "Introduction, paragraph 1, sentence 1"
    assert row["hedgedAs"] == "kg:possible"
    assert (
        row["hedgedLocator"] == "The Ukraine Conflict and its Implications, paragraph 1, sentence 3"
    )
    assert row["holder"] == row["hedgedBy"] == "actor:nabib-bin-zahid"


def test_what_one_states_another_may_only_relay(shipped: Store) -> None:
    rows = ask(shipped, "asserted-and-hedged", subject="event:dprk-ratification-2024")
    relayed = {(r["property"], r["holder"], r["hedgedBy"], r["hedgedViewOf"]) for r in rows}
    assert ("kg:date", "actor:tass", "actor:kuna", "actor:kcna") in relayed


def test_unnamed_reports_carry_the_arms_and_the_training(shipped: Store) -> None:
    rows = ask(shipped, "reported-by-unnamed", thing="DPRK")
    assert {triple(shipped, r) for r in rows} == {
        tuple(expand(term) for term in said)
        for said in (
            ("actor:russia", "kg:suppliesArmsTo", "actor:dprk"),
            ("actor:russia", "kg:trains", "actor:dprk"),
            ("actor:dprk", "kg:suppliesArmsTo", "actor:russia"),
        )
    }
    assert {(r["modality"], r["kind"]) for r in rows} == {("kg:reported", "kg:fact")}
    everything = ask(shipped, "reported-by-unnamed")
    assert {(r["viewOf"], r["locator"]) for r in everything} == {
        ("actor:unnamed-reports", f"{COOPERATION}, sentence 3"),
        ("actor:unnamed-reports", "Implications for Global Security, item 3, sentence 2"),
        ("actor:unnamed-analysts", f"{COOPERATION}, sentence 4"),
        # "perceived U.S. encroachment": the text does not say by whom
        ("actor:unnamed-perceivers", "Deterrence Against U.S. Influence, paragraph 1, sentence 1"),
    }


def test_a_named_agency_is_not_an_unnamed_source(shipped: Store) -> None:
    assert ask(shipped, "reported-by-unnamed", thing="agreement:russia-dprk-treaty-2024") == []
    assert ask(shipped, "relayed-views", viewOf="actor:kcna")


def test_no_claim_of_a_noted_sentence_is_without_footnote(shipped: Store) -> None:
    places = {
        r["locator"] or "" for r in ask(shipped, "without-footnote", source="source:bipss-gambit")
    }
    noted = {
        "Ratification of the Mutual Defense Treaty, paragraph 1, sentence 1",
        f"{MOTIVES}, item 1, sentence 2",
        f"{MOTIVES}, item 2, sentence 2",
        f"{MOTIVES}, item 3, sentence 2",
        "Strategic Benefits for Russia, item 2, sentence 2",
    }
    # the treaty sentence also calls the treaty a landmark: a judgement no report bears out
    assert places & noted == {"Ratification of the Mutual Defense Treaty, paragraph 1, sentence 1"}
    assert not any(place.startswith("Chart") for place in places)
    assert {
        f"{COOPERATION}, sentence 3",
        f"{MOTIVES}, item 1, sentence 1",
        f"{MOTIVES}, item 4, sentence 1",
        "Historical Context, paragraph 2, sentence 10",
    } <= places


def test_facts_without_footnote_are_facts(shipped: Store) -> None:
    rows = ask(shipped, "without-footnote", source="source:bipss-gambit", kind="kg:fact")
    places = {r["locator"] for r in rows}
    assert "Ratification of the Mutual Defense Treaty, paragraph 1, sentence 1" not in places
    assert f"{COOPERATION}, sentence 3" in places
    assert {r["modality"] for r in rows} == {"kg:asserted", "kg:reported"}


def test_the_day_of_ratification_has_three_voices(shipped: Store) -> None:
    rows = ask(shipped, "contested", subject="event:dprk-ratification-2024")
    assert {(r["value"], r["holder"], r["viewOf"], r["modality"], r["rank"]) for r in rows} == {
        ("2024-11-12", "actor:nabib-bin-zahid", None, "kg:asserted", "kg:normal"),
        ("2024-11-11", "actor:kuna", "actor:kcna", "kg:reported", "kg:preferred"),
        ("2024-11-11", "actor:tass", None, "kg:asserted", "kg:normal"),
    }
    assert all(r["reason"] for r in rows if r["rank"] == "kg:preferred")


def test_a_denial_disputes_and_a_one_sided_link_is_seen_from_both_ends(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        claim("yes", "event:e", "kg:leadsTo", "event:f"),
        claim("no", "event:e", "kg:leadsTo", "event:f", polarity="kg:negated"),
        claim("first", "event:e", "kg:date", '"2020-01-01"^^xsd:date'),
        claim(
            "second",
            "event:e",
            "kg:date",
            '"2020-01-02"^^xsd:date',
            rank="kg:deprecated",
            rest="; kg:conflictsWith claim:first",
        ),
        claim("alone", "event:e", "kg:leadsTo", "event:g", polarity="kg:negated"),
    )
    rows = ask(store, "contested")
    assert {(r["claim"], r["against"], r["polarity"], r["rank"]) for r in rows} == {
        ("claim:yes", "claim:no", "kg:affirmative", "kg:normal"),
        ("claim:no", "claim:yes", "kg:negated", "kg:normal"),
        ("claim:first", "claim:second", "kg:affirmative", "kg:normal"),
        ("claim:second", "claim:first", "kg:affirmative", "kg:deprecated"),
    }


def test_two_agencies_that_relay_one_are_a_single_origin(shipped: Store) -> None:
    rows = ask(shipped, "single-origin", thing="agreement:russia-dprk-treaty-2024")
    in_force = [r for r in rows if triple(shipped, r)[1] == expand("kg:inForceOn")]
    assert {(r["holder"], r["origin"]) for r in in_force} == {
        ("actor:interfax", "actor:kcna"),
        ("actor:tass", "actor:kcna"),
    }


def test_what_two_origins_say_is_not_single(shipped: Store) -> None:
    rows = ask(shipped, "single-origin", thing="agreement:russia-dprk-treaty-2024")
    said = {triple(shipped, r)[1:] for r in rows}
    # the commentary's notes and the agency both go back to KCNA for the parties
    parties = {r["origin"] for r in rows if triple(shipped, r)[1] == expand("kg:hasParty")}
    assert parties == {"actor:kcna"}
    # a minister and KCNA both tell of the duties; two agencies date the signature
    assert {f"claim:context-04{n}" for n in range(1, 5)}.isdisjoint(r["claim"] for r in rows)
    signed = [str(value) for predicate, value in said if predicate == expand("kg:signedOn")]
    assert len(signed) == 1
    assert "2024-06-18" in signed[0]


def test_three_times_the_author_says_what_is_not_the_case(shipped: Store) -> None:
    rows = ask(shipped, "denied")
    assert {(r["subject"], r["value"], r["locator"]) for r in rows} == {
        (
            "event:deployment-2024",
            "merely a military development",
            "Historical Context, paragraph 1, sentence 1",
        ),
        (
            "event:deployment-2024",
            "merely a symbolic gesture",
            "Historical Context, paragraph 2, sentence 8",
        ),
        (
            "condition:deepening-partnership",
            "merely transactional",
            "Ratification of the Mutual Defense Treaty, paragraph 1, sentence 3",
        ),
    }
    assert {r["polarity"] for r in rows} == {"kg:negated"}
    assert len(ask(shipped, "denied", subject="event:deployment-2024")) == 2


def test_the_title_makes_russia_the_gambler_and_the_text_does_not(shipped: Store) -> None:
    rows = ask(shipped, "oddities-of", holder="Nabib Bin Zahid")
    (title,) = [r for r in rows if r["locator"] == "Title"]
    assert "gambler" in (title["note"] or "")
    assert all(r["note"] and r["modality"] for r in rows)


def test_a_tension_is_listed_once_whichever_claim_notes_it(shipped: Store) -> None:
    rows = ask(shipped, "tensions-of", holder="Nabib Bin Zahid")
    pairs = [frozenset((r["claim"], r["otherClaim"])) for r in rows]
    ends = {(r["claim"], r["otherClaim"]) for r in rows}
    assert len(set(pairs)) == len(ends)
    flat_and_perhaps = {
        (r["locator"], r["modality"], r["otherLocator"], r["otherModality"]) for r in rows
    }
    assert (
        "Introduction, paragraph 1, sentence 1",
        "kg:asserted",
        "The Ukraine Conflict and its Implications, paragraph 1, sentence 3",
        "kg:possible",
    ) in flat_and_perhaps
    # noted on one side only: the partnership "seemed" over, and yet its ghosts stalk Ukraine
    assert (
        "Historical Context, paragraph 2, sentence 2",
        "kg:possible",
        "Historical Context, paragraph 2, sentence 3",
        "kg:asserted",
    ) in flat_and_perhaps


def test_a_tension_between_two_authors_is_neither_ones_own(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        claim("mine", "event:e", "kg:leadsTo", "event:f"),
        claim(
            "theirs",
            "event:e",
            "kg:prevents",
            "event:f",
            holder="actor:other",
            rest="; kg:inTensionWith claim:mine",
        ),
    )
    assert ask(store, "tensions-of", holder="actor:author") == []
    assert ask(store, "tensions-of", holder="actor:other") == []
