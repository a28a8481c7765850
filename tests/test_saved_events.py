"""Events: kinds, parts, places, days, figures. The answers are read off the article."""

from __future__ import annotations

from library import ask, column

from kg.store import Store

DEPLOYMENT = "event:deployment-2024"


def test_events_of_a_kind_keep_what_is_only_possible_apart(shipped: Store) -> None:
    rows = ask(shipped, "events-by-type", type="kg:Deployment")
    assert {(r["event"], r["state"]) for r in rows} == {
        (DEPLOYMENT, "kg:happened"),
        ("event:peacekeeping-deployment", "kg:potential"),
        ("event:prospective-deployment", "kg:potential"),
    }
    (peace,) = [r for r in rows if r["event"] == "event:peacekeeping-deployment"]
    assert (peace["value"], peace["kind"], peace["modality"]) == (
        "actor:dprk",
        "kg:forecast",
        "kg:possible",
    )


def test_a_status_leaves_the_other_events_out(shipped: Store) -> None:
    rows = ask(shipped, "events-by-type", type="kg:Ratification", status="kg:happened")
    assert len({r["event"] for r in rows}) == 4
    assert ask(shipped, "events-by-type", type="kg:Ratification", status="kg:potential") == []


def test_a_wider_kind_finds_narrower_ones_and_events_nobody_says_more_of(shipped: Store) -> None:
    rows = ask(shipped, "events-by-type", type="kg:Event")
    assert len({r["event"] for r in rows}) == 50
    assert ("event:cold-war", None) in column(rows, "event", "claim")


def test_what_north_korea_did_and_what_it_might_do(shipped: Store) -> None:
    rows = ask(shipped, "events-of", actor="DPRK")
    said = {(r["event"], r["role"]): (r["kind"], r["modality"]) for r in rows}
    assert said[DEPLOYMENT, "kg:initiator"] == ("kg:fact", "kg:asserted")
    assert said["event:dprk-aggressive-action", "kg:initiator"] == ("kg:forecast", "kg:possible")
    assert said["event:combat-operations", "kg:participant"] == ("kg:forecast", "kg:expected")
    happened = ask(shipped, "events-of", actor="DPRK", status="kg:happened")
    assert [r["claim"] for r in happened] == [
        "claim:bipss-134",
        "claim:bipss-108",
        "claim:bipss-107",
        "claim:bipss-077",
        "claim:bipss-096",
    ]


def test_an_actor_without_events_has_none(shipped: Store) -> None:
    assert ask(shipped, "events-of", actor="China") == []


def test_kursk_is_a_report_and_a_forecast_and_no_fact_of_the_author(shipped: Store) -> None:
    rows = ask(shipped, "events-at", place="Kursk region")
    assert column(rows, "event", "kind", "modality", "viewOf") == [
        (DEPLOYMENT, "kg:fact", "kg:reported", "actor:united-states"),
        (DEPLOYMENT, "kg:forecast", "kg:possible", "actor:kyrylo-budanov"),
    ]
    # the article says much of this region and of no event that it took place there
    assert ask(shipped, "events-at", place="place:northeast-asia") == []


def test_the_account_of_the_deployment_has_who_where_and_how_many(shipped: Store) -> None:
    rows = ask(shipped, "event-account", event=DEPLOYMENT)
    assert {(r["property"], r["value"]) for r in rows} == {
        ("kg:hasQuantity", "quantity:troops-10000"),
        ("kg:initiator", "actor:dprk"),
        ("kg:place", "place:kursk-region"),
        ("kg:place", "place:ukraine"),
        ("kg:recipient", "actor:russia"),
    }
    assert ask(shipped, "event-account", event="event:cold-war") == []


def test_the_days_asked_for_are_both_included(shipped: Store) -> None:
    rows = ask(shipped, "timeline", since="2024-11-09", until="2024-11-12")
    assert column(rows, "date", "rank", "claim") == [
        ("2024-11-09", "kg:normal", "claim:context-019"),
        ("2024-11-09", "kg:preferred", "claim:context-022"),
        ("2024-11-11", "kg:preferred", "claim:context-024"),
        ("2024-11-11", "kg:normal", "claim:context-025"),
        ("2024-11-11", "kg:normal", "claim:context-026"),
        ("2024-11-12", "kg:normal", "claim:bipss-076"),
    ]
    assert ask(shipped, "timeline", since="2024-11-13", until="2024-12-03") == []


def test_the_timeline_of_an_actor_has_the_acts_under_its_agreements(shipped: Store) -> None:
    rows = ask(shipped, "timeline-of", actor="Soviet Union")
    assert column(rows, "date", "property", "claim") == [
        ("1961-07-06", "kg:signedOn", "claim:context-050"),
        ("1961-07-06", "kg:signedOn", "claim:context-051"),
        ("1995-09-07", "kg:terminatedOn", "claim:context-053"),
        ("1996-09-10", "kg:terminatedOn", "claim:context-052"),
    ]
    votes = ask(shipped, "timeline-of", actor="DPRK", since="2024-10-24", until="2024-10-24")
    assert column(votes, "thing", "claim") == [("event:duma-approval-2024", "claim:context-012")]
    assert ask(shipped, "timeline-of", actor="NATO") == []


def test_figures_say_how_exact_they_are(shipped: Store) -> None:
    rows = ask(shipped, "quantities")
    assert column(rows, "thing", "bound", "value", "approximate", "asOf", "claim") == [
        (DEPLOYMENT, "kg:about", "10000", "true", None, "claim:bipss-135"),
        ("event:russian-losses-2024", "kg:moreThan", "50000", "false", "2024-04-07", "claim:bipss-118"),
    ]  # fmt: skip
    assert ask(shipped, "quantities", thing="event:cold-war") == []


def test_a_state_finds_what_is_placed_on_its_territory(shipped: Store) -> None:
    rows = ask(shipped, "events-at", place="Ukraine")
    assert (DEPLOYMENT, "place:ukraine") in column(rows, "event", "at")
    assert column(rows, "claim") == column(
        ask(shipped, "events-at", place="place:ukraine"), "claim"
    )
