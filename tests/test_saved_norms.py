"""Saved queries on norms and recommendations, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store

GLOBAL = "Implications for Global Security"


def test_cooperation_weakens_two_norms_and_the_deployment_breaks_two(shipped: Store) -> None:
    rows = ask(shipped, "norms-challenged")
    assert {(r["norm"], r["relation"], r["conduct"], r["locator"]) for r in rows} == {
        (
            "norm:military-cooperation",
            "kg:counters",
            "condition:military-cooperation",
            f"{GLOBAL}, item 3, sentence 1",
        ),
        (
            "norm:arms-control",
            "kg:counters",
            "condition:military-cooperation",
            f"{GLOBAL}, item 3, sentence 1",
        ),
        (
            "norm:military-cooperation",
            "kg:breaches",
            "event:deployment-2024",
            f"{GLOBAL}, item 5, sentence 2",
        ),
        (
            "norm:intervention",
            "kg:breaches",
            "event:deployment-2024",
            f"{GLOBAL}, item 5, sentence 2",
        ),
    }
    assert {(r["kind"], r["holder"]) for r in rows} == {("kg:assessment", "actor:nabib-bin-zahid")}
    (one,) = ask(shipped, "norms-challenged", norm="norm:intervention")
    assert one["relation"] == "kg:breaches"


def test_the_breach_is_north_koreas_and_its_record_makes_it_graver(shipped: Store) -> None:
    rows = ask(shipped, "norm-violations-by", actor="DPRK")
    assert {(r["relation"], r["conduct"], r["norm"], r["locator"]) for r in rows} == {
        (relation, "event:deployment-2024", norm, f"{GLOBAL}, item 5, sentence 2")
        for relation in ("kg:breaches", "kg:exacerbates")
        for norm in ("norm:military-cooperation", "norm:intervention")
    }
    assert {r["kind"] for r in rows} == {"kg:assessment"}
    assert ask(shipped, "norm-violations-by", actor="Russia") == []


def test_a_denied_breach_is_marked_as_denied(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        "event:n a kg:Norm .\n",
        "event:v a kg:NormViolation ; kg:violator actor:a ; kg:byConduct event:e ;"
        " kg:violatesNorm event:n .\n",
        claim("no", "event:e", "kg:breaches", "event:n", polarity="kg:negated"),
    )
    for name, given in (("norms-challenged", {}), ("norm-violations-by", {"actor": "actor:a"})):
        (row,) = ask(store, name, **given)
        assert row["polarity"] == "kg:negated"


def test_four_things_ought_to_be_done_and_one_names_who_should(shipped: Store) -> None:
    rows = ask(shipped, "recommendations")
    assert {(r["recommendation"], r["addressee"], r["locator"]) for r in rows} == {
        (
            "recommendation:remember-the-past",
            None,
            "Historical Context, paragraph 3, sentence 4",
        ),
        (
            "recommendation:coordinated-response",
            "actor:international-community",
            "Conclusion, paragraph 2, sentence 1",
        ),
        ("recommendation:understand-motivations", None, "Conclusion, paragraph 2, sentence 2"),
        ("recommendation:stability-policies", None, "Conclusion, paragraph 2, sentence 2"),
    }
    # one policy of two ends: the sentence goes on "while addressing the challenges"
    (policy,) = [r for r in rows if r["recommendation"] == "recommendation:stability-policies"]
    assert "flout norms" in (policy["statement"] or "")
    assert {r["modality"] for r in rows} == {"kg:prescribed"}
    assert ask(shipped, "recommendations", holder="TASS") == []


def test_what_the_community_should_do_is_meant_to_lessen_a_risk(shipped: Store) -> None:
    rows = ask(shipped, "recommendations-to", actor="international community")
    assert {(r["relation"], r["object"]) for r in rows} == {
        ("kg:callsFor", "recommendation:coordinated-response"),
        ("kg:mitigates", "condition:militarisation-risk"),
    }
    assert ask(shipped, "recommendations-to", actor="NATO") == []
