"""Saved queries about one text as a whole."""

from __future__ import annotations

from library import ask, column

from kg.store import Store
from kg.vocab import expand

ARTICLE = "source:bipss-gambit"


def test_a_text_is_counted_by_kind_and_modality(shipped: Store) -> None:
    rows = ask(shipped, "text-in-figures", source=ARTICLE)
    read = [
        claim
        for claim in shipped.claims.values()
        if any(shipped.passages[p].source == expand(ARTICLE) for p in claim.evidence)
        and claim.rank != "deprecated"
    ]
    assert sum(int(row["claims"] or 0) for row in rows) == len(read)
    assert sum(int(row["noted"] or 0) for row in rows) == sum(bool(c.citations) for c in read)
    assert sum(int(row["denied"] or 0) for row in rows) == 3
    by_kind = {(r["kind"], r["modality"]): r["claims"] for r in rows}
    assert by_kind["kg:recommendation", "kg:prescribed"] == str(
        sum(c.kind == "recommendation" for c in read)
    )
    # A forecast is never put flatly.
    assert ("kg:forecast", "kg:asserted") not in by_kind


def test_what_a_text_hedges_comes_in_its_order_with_the_words(shipped: Store) -> None:
    rows = ask(shipped, "hedged-in", source=ARTICLE)
    assert rows[0]["locator"] == "Historical Context, paragraph 2, sentence 2"
    assert rows[0]["hedge"] == "seemed"
    assert {r["modality"] for r in rows}.isdisjoint({"kg:asserted"})
    conditional = ask(shipped, "hedged-in", source=ARTICLE, modality="kg:conditional")
    assert {r["modality"] for r in conditional} == {"kg:conditional"}
    assert {r["hedge"] for r in conditional} == {
        "in the event of aggression",
        "in times of conflict",
    }


def test_what_is_also_put_flatly_is_not_only_hedged(shipped: Store) -> None:
    hedged = {r["claim"] for r in ask(shipped, "hedged-in", source=ARTICLE)}
    both = {r["hedgedClaim"] for r in ask(shipped, "asserted-and-hedged")}
    assert both
    assert hedged.isdisjoint(both)


def test_each_note_stands_with_what_it_is_cited_for(shipped: Store) -> None:
    rows = ask(shipped, "works-cited", source=ARTICLE)
    assert {r["marker"] for r in rows} == {str(n) for n in range(2, 10)}
    second = {r["duplicateOf"] for r in rows if r["marker"] == "3"}
    assert second == {"citation:bipss-n2"}
    assert len({r["work"] for r in rows}) == 7
    assert ask(shipped, "works-cited", source="source:dw-20241112") == []


def test_the_text_speaks_most_of_the_deployment_and_its_two_states(shipped: Store) -> None:
    rows = ask(shipped, "main-actors-of", source=ARTICLE)
    assert [r["thing"] for r in rows[:3]] == ["event:deployment-2024", "actor:dprk", "actor:russia"]


def test_ids_that_mislead_carry_their_warning(shipped: Store) -> None:
    remarks = {(r["scheme"], r["remark"]) for r in ask(shipped, "ids-to-mind", thing="DPRK")}
    assert ("fips10-4", "Not ISO KN, which is Saint Kitts and Nevis.") in remarks
    invasion = ask(shipped, "ids-to-mind", thing="event:invasion-of-ukraine-2022")
    assert all("Q113149305" in (r["remark"] or "") for r in invasion)
    assert invasion


def test_measures_against_north_korea_have_their_day_and_author(shipped: Store) -> None:
    rows = ask(shipped, "measures-against", actor="DPRK")
    assert set(column([r for r in rows if r["adopted"]], "measure", "by")) == {
        (f"resolution:unscr-{number}", "actor:un-security-council")
        for number in (1718, 1874, 2270, 2397)
    }
    # Two days are claimed for the last; both stay.
    days = {r["adopted"] for r in rows if r["measure"] == "resolution:unscr-2397"}
    assert days == {"2017-12-22", "2017-12-23"}
    assert {r["by"] for r in rows if r["relation"] == "kg:sanctions"} == {
        "actor:european-union",
        "actor:un-security-council",
    }
    assert ask(shipped, "measures-against", actor="Japan") == []
