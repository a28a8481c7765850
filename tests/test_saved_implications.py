"""Saved queries on consequences and chains, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store
from kg.vocab import KG

GLOBAL = "Implications for Global Security"


def test_one_of_the_five_listed_implications_is_regional(shipped: Store) -> None:
    rows = ask(shipped, "implications-by-scope")
    assert {(r["implication"], r["scope"]) for r in rows} == {
        ("implication:military-tensions", "kg:global"),
        ("implication:alliances-destabilised", "kg:regional"),
        ("implication:norms-challenged", "kg:global"),
        ("implication:proxy-battlefield", "kg:global"),
        ("implication:norms-and-humanitarian", "kg:global"),
    }
    assert {r["from"] for r in rows} == {"event:deployment-2024"}
    (regional,) = {
        r["implication"] for r in ask(shipped, "implications-by-scope", scope="kg:regional")
    }
    assert regional == "implication:alliances-destabilised"


def test_closer_cooperation_could_bring_three_things_and_endangers_security(shipped: Store) -> None:
    rows = ask(shipped, "consequences-of", cause="condition:deeper-military-cooperation")
    section = "Historical Context, paragraph 2"
    assert {(r["relation"], r["consequence"], r["modality"], r["locator"]) for r in rows} == {
        ("kg:leadsTo", "event:arms-transfers-growth", "kg:possible", f"{section}, sentence 10"),
        ("kg:leadsTo", "event:intelligence-sharing", "kg:possible", f"{section}, sentence 10"),
        ("kg:leadsTo", "event:joint-exercises-future", "kg:possible", f"{section}, sentence 10"),
        ("kg:affects", "condition:regional-security", "kg:asserted", f"{section}, sentence 11"),
    }
    (both,) = ask(shipped, "labels-of", thing="condition:regional-security")
    assert both["label"] == "regional and global security"


def test_tension_in_northeast_asia_is_worsened_flatly_and_perhaps(shipped: Store) -> None:
    rows = ask(shipped, "causes-of", effect="condition:northeast-asia-tension")
    assert {(r["cause"], r["relation"], r["modality"]) for r in rows} == {
        ("event:deployment-2024", "kg:exacerbates", "kg:asserted"),
        ("event:rok-aid-to-ukraine", "kg:exacerbates", "kg:possible"),
    }


def test_a_reported_cause_names_whose_report_it_is(shipped: Store) -> None:
    rows = ask(shipped, "causes-of", effect="condition:tension-with-us")
    assert {(r["cause"], r["modality"], r["viewOf"]) for r in rows} == {
        ("event:dprk-nuclear-tests", "kg:reported", "actor:unnamed-analysts")
    }


def test_what_reported_transfers_might_cause_is_the_authors_own_view(shipped: Store) -> None:
    rows = ask(shipped, "causes-of", effect="event:imitation-by-rogue-states")
    assert [(r["cause"], r["modality"], r["holder"], r["viewOf"]) for r in rows] == [
        ("event:dprk-arms-transfers", "kg:possible", "actor:nabib-bin-zahid", None)
    ]


def test_every_causal_relation_of_the_ontology_is_looked_at(shipped: Store, tmp_path: Path) -> None:
    terms = shipped.vocabulary.terms
    causal = sorted(iri for iri in terms if shipped.vocabulary.family(iri) == "causal")
    wanted = [iri for iri in causal if iri != KG + "causallyRelatedTo"]
    assert len(wanted) == 7
    store = small(
        tmp_path,
        *(
            claim(f"c{number}", "event:a", f"<{iri}>", "event:b")
            for number, iri in enumerate(wanted)
        ),
    )
    assert len(ask(store, "consequences-of", cause="event:a")) == len(wanted)
    assert len(ask(store, "causes-of", effect="event:b")) == len(wanted)


def test_the_deployment_could_lead_to_a_wider_war_in_two_steps(shipped: Store) -> None:
    rows = ask(shipped, "chains-from", cause="event:deployment-2024")
    steps = {(r["step"], r["from"], r["to"], r["modality"]) for r in rows}
    assert {
        ("1", "event:deployment-2024", "event:war-escalation", "kg:possible"),
        ("2", "event:war-escalation", "event:third-party-involvement", "kg:possible"),
        ("2", "event:war-escalation", "event:new-cold-war", "kg:possible"),
    } <= steps
    reached = {r["to"] for r in rows}
    # the counter-measure is no outcome, and what it hinders starts no chain
    assert "condition:perceived-us-encroachment" not in reached
    assert {r["from"] for r in rows if r["step"] != "1"} <= reached


def test_behind_south_korean_aid_stand_its_worries_and_behind_them_the_north(
    shipped: Store,
) -> None:
    rows = ask(shipped, "chains-to", effect="event:rok-aid-to-ukraine")
    assert {(r["step"], r["from"], r["to"], r["modality"], r["holder"]) for r in rows} >= {
        (
            "1",
            "event:demands-for-rok-support",
            "event:rok-aid-to-ukraine",
            "kg:possible",
            "actor:gambit-editors",
        ),
        (
            "2",
            "condition:rok-security-concerns",
            "event:demands-for-rok-support",
            "kg:possible",
            "actor:nabib-bin-zahid",
        ),
        (
            "3",
            "capability:dprk-military",
            "condition:rok-security-concerns",
            "kg:asserted",
            "actor:nabib-bin-zahid",
        ),
    }
    assert {r["step"] for r in rows} == {"1", "2", "3", "4"}


def test_from_the_deployment_to_seouls_worries_leads_one_chain(shipped: Store) -> None:
    rows = ask(
        shipped,
        "chains-between",
        cause="event:deployment-2024",
        effect="condition:rok-security-concerns",
    )
    assert len({r["chain"] for r in rows}) == 1
    assert [(r["step"], r["relation"], r["to"], r["modality"]) for r in rows] == [
        ("1", "kg:yieldsBenefit", "benefit:dprk-battlefield-experience", "kg:expected"),
        ("2", "kg:contributesTo", "capability:dprk-military", "kg:asserted"),
        ("3", "kg:leadsTo", "condition:rok-security-concerns", "kg:asserted"),
    ]


def steps(*pairs: str, **more: str) -> str:
    return "".join(
        claim(f"{a}{b}", f"event:{a}", "kg:leadsTo", f"event:{b}", **more) for a, b in pairs
    )


def test_a_loop_ends_and_each_step_has_its_shortest_distance(tmp_path: Path) -> None:
    store = small(tmp_path, steps("ab", "bc", "ca", "ac", "cd", "de", "ef", "fg"))
    rows = ask(store, "chains-from", cause="event:a")
    assert [(r["step"], r["claim"]) for r in rows] == [
        ("1", "claim:ab"),
        ("1", "claim:ac"),
        ("2", "claim:bc"),
        ("2", "claim:ca"),
        ("2", "claim:cd"),
        ("3", "claim:de"),
        ("4", "claim:ef"),
    ]
    back = ask(store, "chains-to", effect="event:d")
    assert [(r["step"], r["claim"]) for r in back] == [
        ("1", "claim:cd"),
        ("2", "claim:ac"),
        ("2", "claim:bc"),
        ("3", "claim:ab"),
        ("3", "claim:ca"),
    ]


def test_chains_between_two_are_told_apart_and_pass_no_node_twice(tmp_path: Path) -> None:
    store = small(tmp_path, steps("ab", "bc", "cb", "ba", "ac", "cd"))
    rows = ask(store, "chains-between", cause="event:a", effect="event:d")
    assert [(r["chain"], r["step"], r["claim"]) for r in rows] == [
        ("ac cd", "1", "claim:ac"),
        ("ac cd", "2", "claim:cd"),
        ("ab bc cd", "1", "claim:ab"),
        ("ab bc cd", "2", "claim:bc"),
        ("ab bc cd", "3", "claim:cd"),
    ]


def test_a_denied_deprecated_or_hindering_step_breaks_a_chain(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        steps("ab", "cd", "ef", "gh"),
        steps("bc", polarity="kg:negated"),
        steps("de", rank="kg:deprecated"),
        steps("fg", rest='; kg:retractedOn "2024-01-01"^^xsd:date'),
        claim("hi", "event:h", "kg:prevents", "event:i"),
        steps("ij"),
    )
    for start, end, reached in (
        ("a", "d", ["claim:ab"]),
        ("c", "f", ["claim:cd"]),
        ("e", "h", ["claim:ef"]),
        ("g", "j", ["claim:gh"]),
    ):
        assert [r["claim"] for r in ask(store, "chains-from", cause=f"event:{start}")] == reached
        given = {"cause": f"event:{start}", "effect": f"event:{end}"}
        assert ask(store, "chains-between", **given) == []
    assert [r["claim"] for r in ask(store, "chains-to", effect="event:d")] == ["claim:cd"]
