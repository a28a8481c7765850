"""Agreements: parties, duties, dates. The answers are read off the article and the sources."""

from __future__ import annotations

import pytest
from library import ask, column

from kg.store import Store

TREATY = "agreement:russia-dprk-treaty-2024"
PACT = "agreement:defense-cooperation-pact"
CHINESE = "agreement:china-dprk-treaty-1961"
SOVIET = "agreement:ussr-dprk-treaty-1961"
OF_2000 = "agreement:russia-dprk-treaty-2000"
JAPAN_1951 = "agreement:us-japan-treaty-1951"
JAPAN_1960 = "agreement:us-japan-treaty-1960"


def test_the_parties_of_the_treaty_rest_on_the_article_and_on_interfax(shipped: Store) -> None:
    rows = ask(shipped, "agreement-parties", agreement=TREATY)
    assert column(rows, "party", "claim", "source") == [
        ("actor:dprk", "claim:bipss-079", "source:bipss-gambit"),
        ("actor:dprk", "claim:context-005", "source:interfax-20241205"),
        ("actor:russia", "claim:bipss-080", "source:bipss-gambit"),
        ("actor:russia", "claim:context-004", "source:interfax-20241205"),
    ]


def test_a_pact_whose_parties_nobody_names_has_none(shipped: Store) -> None:
    assert ask(shipped, "agreement-parties", agreement=PACT) == []


def test_an_actor_said_to_be_no_party_is_listed_as_denied(example: Store) -> None:
    (row,) = ask(example, "agreements-of", actor="Corvia")
    assert (row["agreement"], row["polarity"]) == ("agreement:amity-pact", "kg:negated")


def test_the_soviet_union_has_one_agreement(shipped: Store) -> None:
    rows = ask(shipped, "agreements-of", actor="Soviet Union")
    assert column(rows, "agreement", "claim") == [(SOVIET, "claim:context-048")]


# ---------------------------------------------------------------- in force on a day

IN_FORCE = {
    # The treaty took effect on 4 December 2024, the day on which that of 2000 ended.
    ("DPRK", "2024-12-03"): {
        (CHINESE, "in force", "1961-09-10", "claim:context-061"),
        (OF_2000, "unknown", "2000-02-09", "claim:context-067"),
        (OF_2000, "unknown", "2000-02-09", "claim:context-068"),
    },
    ("DPRK", "2024-12-04"): {
        (CHINESE, "in force", "1961-09-10", "claim:context-061"),
        (TREATY, "in force", "2024-12-04", "claim:context-029"),
        (TREATY, "in force", "2024-12-04", "claim:context-030"),
    },
    # The embassy says 23 June; two others say earlier and are not believed, but not unheard.
    ("Japan", "1960-06-20"): {
        (JAPAN_1951, "unknown", "1951-09-08", "claim:context-089"),
        (JAPAN_1960, "disputed", "1960-05-19", "claim:context-085"),
        (JAPAN_1960, "disputed", "1960-06-19", "claim:context-084"),
    },
    # ATOP ends the Soviet treaty in 1996, Gibler in 1995; its first day is not recorded.
    ("Soviet Union", "1995-12-01"): {
        (SOVIET, "unknown", "1961-07-06", "claim:context-050"),
        (SOVIET, "unknown", "1961-07-06", "claim:context-051"),
        (SOVIET, "disputed", "1995-09-07", "claim:context-053"),
    },
    ("South Korea", "1954-11-17"): {
        ("agreement:us-rok-treaty-1953", "in force", "1954-11-17", "claim:context-073"),
        ("agreement:us-rok-treaty-1953", "in force", "1954-11-17", "claim:context-074"),
        ("agreement:us-rok-treaty-1953", "disputed", "1954-11-18", "claim:context-075"),
    },
    ("Soviet Union", "1996-09-10"): set(),
    ("DPRK", "1961-07-05"): set(),
    ("Ukraine", "2024-12-04"): set(),
}


@pytest.mark.parametrize(("actor", "day"), IN_FORCE)
def test_what_was_in_force_on_a_day(shipped: Store, actor: str, day: str) -> None:
    rows = ask(shipped, "agreements-in-force", actor=actor, day=day)
    assert set(column(rows, "agreement", "status", "date", "claim")) == IN_FORCE[actor, day]


def test_a_replaced_agreement_without_an_end_names_what_replaced_it(shipped: Store) -> None:
    rows = ask(shipped, "agreements-in-force", actor="Japan", day="1970-01-01")
    assert column(rows, "agreement", "status", "replacedBy") == [
        (JAPAN_1960, "in force", None),
        (JAPAN_1951, "unknown", JAPAN_1960),
    ]


def test_without_an_actor_every_party_has_its_row(shipped: Store) -> None:
    rows = ask(shipped, "agreements-in-force", day="1950-01-01")
    assert column(rows, "agreement", "actor", "status") == [
        ("agreement:north-atlantic-treaty-1949", f"actor:{party}", "in force")
        for party in ("canada", "united-kingdom", "united-states")
    ]


# ---------------------------------------------------------------- dates


def test_the_ratification_has_its_steps_in_order_with_both_rival_dates(shipped: Store) -> None:
    rows = ask(shipped, "ratification-history", agreement=TREATY)
    assert len(rows) == 20
    assert [row["date"] for row in rows] == sorted(row["date"] or "" for row in rows)
    steps = column(rows, "date", "of", "rank", "modality", "viewOf", "claim")
    for expected in (
        ("2024-06-18", None, "kg:normal", "kg:asserted", None, "claim:context-003"),
        ("2024-06-19", None, "kg:preferred", "kg:asserted", None, "claim:context-001"),
        ("2024-11-06", "actor:russia", "kg:normal", "kg:asserted", None, "claim:context-023"),
        ("2024-11-09", "actor:russia", "kg:preferred", "kg:reported", "actor:tass", "claim:context-022"),
        ("2024-11-11", "event:dprk-ratification-2024", "kg:preferred", "kg:reported", "actor:kcna", "claim:context-024"),
        ("2024-11-12", "event:dprk-ratification-2024", "kg:normal", "kg:asserted", None, "claim:bipss-076"),
    ):  # fmt: skip
        assert expected in steps


def test_an_agreement_without_dates_has_no_history(shipped: Store) -> None:
    assert ask(shipped, "ratification-history", agreement=PACT) == []


def test_dates_that_differ_are_found_by_their_values(shipped: Store) -> None:
    rows = ask(shipped, "conflicting-dates")
    assert {row["subject"] for row in rows} == {
        TREATY,
        SOVIET,
        JAPAN_1960,
        "agreement:us-rok-treaty-1953",
        "event:dprk-ratification-2024",
        "party:russia-treaty-2024",
        "resolution:unscr-2397",
    }
    signed = ask(shipped, "conflicting-dates", thing=TREATY)
    assert column(signed, "property", "date", "rank", "claim") == [
        ("kg:signedOn", "2024-06-18", "kg:normal", "claim:context-003"),
        ("kg:signedOn", "2024-06-19", "kg:preferred", "claim:context-001"),
        ("kg:signedOn", "2024-06-19", "kg:normal", "claim:context-002"),
    ]


def test_dates_on_which_all_agree_are_no_conflict(shipped: Store) -> None:
    assert ask(shipped, "conflicting-dates", thing=CHINESE) == []


def test_marked_conflicts_of_one_thing_give_the_reason_of_the_preferred(shipped: Store) -> None:
    rows = ask(shipped, "conflicting-values", subject=SOVIET)
    assert column(rows, "value", "rank", "claim", "against") == [
        ("1995-09-07", "kg:normal", "claim:context-053", "claim:context-052"),
        ("1996-09-10", "kg:preferred", "claim:context-052", "claim:context-053"),
        ("1996-09-10", "kg:preferred", "claim:context-052", "claim:context-102"),
    ]
    assert "1996" in (rows[1]["reason"] or "")


def test_which_agreement_replaces_which(shipped: Store) -> None:
    rows = ask(shipped, "agreement-succession")
    assert column(rows, "later", "earlier") == [(TREATY, OF_2000), (JAPAN_1960, JAPAN_1951)]
    assert ask(shipped, "agreement-succession", agreement=JAPAN_1951) == rows[1:]
    assert ask(shipped, "agreement-succession", agreement=PACT) == []


# ---------------------------------------------------------------- duties


def test_the_duties_of_the_treaty_are_mutual_and_have_their_triggers(shipped: Store) -> None:
    rows = ask(shipped, "obligations", agreement=TREATY)
    own = [r for r in rows if (r["claim"] or "").startswith("claim:bipss-")]
    assert column(own, "type", "obligor", "owedTo", "trigger", "modality") == [
        ("kg:defense", "actor:dprk", "actor:russia", "condition:aggression-against-party", "kg:asserted"),
        ("kg:defense", "actor:russia", "actor:dprk", "condition:aggression-against-party", "kg:asserted"),
    ]  # fmt: skip
    relayed = [r for r in rows if r["trigger"] == "condition:armed-attack-and-state-of-war"]
    assert column(relayed, "obligor", "modality", "viewOf") == [
        ("actor:dprk", "kg:reported", "actor:andrey-rudenko"),
        ("actor:dprk", "kg:asserted", None),
        ("actor:russia", "kg:reported", "actor:andrey-rudenko"),
        ("actor:russia", "kg:asserted", None),
    ]


def test_the_pact_obliges_both_in_times_of_conflict(shipped: Store) -> None:
    rows = ask(shipped, "obligations", agreement=PACT)
    assert column(rows, "obligor", "owedTo", "trigger", "claim") == [
        ("actor:dprk", "actor:russia", "condition:conflict-of-party", "claim:bipss-150"),
        ("actor:russia", "actor:dprk", "condition:conflict-of-party", "claim:bipss-149"),
    ]


def test_japan_is_owed_a_defence_and_owes_none(shipped: Store) -> None:
    rows = ask(shipped, "obligations-of", actor="Japan")
    assert column(rows, "role", "other", "type", "agreement") == [
        ("is owed", "actor:united-states", "kg:defense", JAPAN_1960)
    ]


def test_the_duties_of_one_kind(shipped: Store) -> None:
    rows = ask(shipped, "obligations-by-kind", type="kg:nonaggression")
    assert column(rows, "agreement", "obligor", "owedTo", "trigger") == [
        (CHINESE, "actor:china", "actor:dprk", None),
        (CHINESE, "actor:dprk", "actor:china", None),
        (SOVIET, "actor:dprk", "actor:soviet-union", None),
        (SOVIET, "actor:soviet-union", "actor:dprk", None),
    ]
    assert ask(shipped, "obligations-by-kind", type="kg:offense") == []


def test_the_duties_of_a_day_name_the_claim_of_the_duty_and_of_the_date(shipped: Store) -> None:
    rows = ask(shipped, "obligations-on", actor="South Korea", day="2024-01-01")
    assert column(rows, "type", "owedTo", "status", "claim", "dateClaim") == [
        ("kg:consultation", "actor:united-states", "in force", "claim:context-078", "claim:context-073"),
        ("kg:consultation", "actor:united-states", "in force", "claim:context-078", "claim:context-074"),
        ("kg:defense", "actor:united-states", "in force", "claim:context-077", "claim:context-073"),
        ("kg:defense", "actor:united-states", "in force", "claim:context-077", "claim:context-074"),
    ]  # fmt: skip


def test_before_the_signature_nobody_was_bound(shipped: Store) -> None:
    assert ask(shipped, "obligations-on", actor="South Korea", day="1953-09-30") == []
    (status,) = {
        row["status"]
        for row in ask(shipped, "obligations-on", actor="China", day="1961-09-10")
    }  # fmt: skip
    assert status == "in force"
    assert ask(shipped, "obligations-on", actor="China", day="1961-09-09") == []
