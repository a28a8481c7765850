"""Saved queries on sources and notes, checked against the commentary by reading it."""

from __future__ import annotations

from pathlib import Path

from library import ask, claim, small

from kg.store import Store

ARTICLE = "source:bipss-gambit"


def test_two_notes_to_one_report_stand_at_the_ratification(shipped: Store) -> None:
    rows = ask(shipped, "claims-citing", source="source:dw-20241112")
    assert {(r["marker"], r["locator"], r["scope"]) for r in rows} == {
        (
            mark,
            "Ratification of the Mutual Defense Treaty, paragraph 1, sentence 1",
            "kg:sentenceScope",
        )
        for mark in ("2", "3")
    }
    # the promise falls due only in the event of aggression
    assert {r["modality"] for r in rows} == {"kg:asserted", "kg:conditional"}


def test_of_two_marks_on_a_sentence_each_leads_to_its_own_document(shipped: Store) -> None:
    rows = ask(shipped, "claims-citing", source="source:isw-backgrounder")
    assert {r["marker"] for r in rows} == {"6"}
    assert {r["locator"] for r in rows} == {
        "North Korea's Motivations for Troop Deployment, item 1, sentence 2"
    }


def test_a_document_cited_without_a_note_is_found_all_the_same(tmp_path: Path) -> None:
    store = small(
        tmp_path, claim("c", "event:e", "kg:leadsTo", "event:f", rest="; kg:citedSource source:x")
    )
    (row,) = ask(store, "claims-citing", source="source:x")
    assert (row["claim"], row["marker"]) == ("claim:c", None)


def test_russias_own_story_is_relayed_and_not_the_authors(shipped: Store) -> None:
    rows = ask(shipped, "relayed-views", viewOf="Russia")
    assert {(r["holder"], r["modality"], r["locator"]) for r in rows} == {
        (
            "actor:nabib-bin-zahid",
            "kg:reported",
            "Strategic Benefits for Russia, item 2, sentence 2",
        )
    }
    # its coalition, and whom it takes for a threat: NATO and, in the same claim, Western powers
    assert {r["statement"] for r in rows} == {
        "Russia says it is assembling an international coalition.",
        "Russia regards NATO and Western powers as threats.",
    }
    assert ask(shipped, "relayed-views", viewOf="Russia", holder="TASS") == []


def test_eight_notes_cite_seven_documents(shipped: Store) -> None:
    rows = ask(shipped, "who-cites-whom", citing=ARTICLE)
    assert [r["locator"] for r in sorted(rows, key=lambda r: r["locator"] or "")] == [
        f"Footnote {number}" for number in range(2, 10)
    ]
    assert {r["publisher"] for r in rows} == {
        "actor:deutsche-welle",
        "actor:bbc-news",
        "actor:specialeurasia",
        "actor:isw",
        "actor:france-24",
        "actor:e-international-relations",
        "actor:indo-pacific-defense-forum",
    }


def test_note_3_repeats_note_2_and_is_no_second_witness(shipped: Store) -> None:
    (row,) = ask(shipped, "duplicate-notes", citing=ARTICLE)
    assert (row["marker"], row["firstMarker"], row["cited"]) == ("3", "2", "source:dw-20241112")
    carried = {r["claim"] for r in ask(shipped, "claims-citing", source="source:dw-20241112")}
    assert row["claims"] == str(len(carried))


def test_five_documents_go_back_to_the_north_korean_agency(shipped: Store) -> None:
    rows = ask(shipped, "one-origin", origin="KCNA")
    assert [(r["document"], r["issued"]) for r in rows] == [
        ("source:dw-20241112", "2024-11-12"),
        ("source:kuna-20241112", "2024-11-12"),
        ("source:menafn-20241113", "2024-11-13"),
        ("source:interfax-20241205", "2024-12-05"),
        ("source:tass-20241205", "2024-12-05"),
    ]
    # what an agency relays is not its own: the dispatch of December is left out
    own = {r["document"] for r in ask(shipped, "one-origin", origin="TASS")}
    assert "source:tass-20241205" not in own
    assert "source:tass-20241106" in own


def test_an_origin_with_one_document_is_left_out(shipped: Store) -> None:
    assert ask(shipped, "one-origin", origin="actor:bipss") == []


def test_an_interested_party_is_named_as_one_though_no_grade_is_given(shipped: Store) -> None:
    rows = ask(shipped, "source-reliability", source="source:ipdf-20241124")
    assert {(r["grade"], r["publisher"], r["claims"]) for r in rows} == {
        ("kg:F", "actor:indo-pacific-defense-forum", "0")
    }
    assert all((r["caution"] or "").startswith("Interested party") for r in rows)


def test_every_document_has_a_line_and_the_article_bears_most(shipped: Store) -> None:
    rows = ask(shipped, "source-reliability")
    assert {r["source"] for r in rows} == {
        row["s"] for row in _rows(shipped, "SELECT ?s { ?s a kg:SourceDocument }")
    }
    most = max(rows, key=lambda r: int(r["claims"] or 0))
    assert most["source"] == ARTICLE


def _rows(store: Store, text: str) -> list[dict[str, str | None]]:
    from kg import query

    return list(query.run(store, text))


def test_a_section_of_four_sentences_and_a_heading_is_read_but_for_the_heading(
    shipped: Store,
) -> None:
    rows = {r["section"]: r for r in ask(shipped, "coverage-of", source=ARTICLE)}
    dilemmas = rows["Regional Stability and Security Dilemmas"]
    assert (dilemmas["units"], dilemmas["read"]) == ("5", "4")
    # two sections of headings only, in the order of the text
    order = [r["section"] for r in ask(shipped, "coverage-of", source=ARTICLE)]
    assert order.index("Historical Context") < order.index("The Rise of Military Cooperation")
    unread = ask(shipped, "unread-passages", source=ARTICLE)
    assert sum(int(r["units"] or 0) - int(r["read"] or 0) for r in rows.values()) == len(unread)


def test_what_no_claim_rests_on_says_why_and_is_no_sentence(shipped: Store) -> None:
    rows = ask(shipped, "unread-passages", source=ARTICLE)
    assert all(r["reason"] for r in rows)
    assert "sentence" not in {r["unit"] for r in rows}
    (heading,) = [r for r in rows if r["locator"] == "Strategic Benefits for Russia, heading"]
    assert "item 3 differs" in (heading["reason"] or "")


def test_a_passage_without_section_and_claim_is_counted_and_listed(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        "passage:two oa:hasSource source:text .\n",
        claim("c", "event:e", "kg:leadsTo", "event:f"),
    )
    (row,) = ask(store, "coverage-of", source="source:text")
    assert (row["section"], row["units"], row["read"], row["claims"]) == (None, "2", "1", "1")
    assert [r["passage"] for r in ask(store, "unread-passages", source="source:text")] == [
        "passage:two"
    ]
