"""What happened when: precision, bounds, rivals, prospects and what has no date."""

from __future__ import annotations

from pathlib import Path

import pytest
from library import ask, claim, small

from kg.analysis import Answer
from kg.analysis.timeline import timeline
from kg.cli.program import run
from kg.errors import UsageError
from kg.selection import Selection
from kg.store import Store
from kg.vocab import expand

ID = "https://w3id.org/gambit/id/"
FACT = {"kind": "kg:fact"}
PREFIXES = "@prefix agreement: <https://w3id.org/gambit/id/agreement/> .\n"


def dated(name: str, thing: str, date: str, prop: str = "kg:date", **more: str) -> str:
    return claim(name, thing, prop, f'"{date}"^^xsd:date', **{**FACT, **more})


def event(name: str, rest: str = "") -> str:
    return f'event:{name} a kg:Event ; skos:prefLabel "{name}"@en {rest} .\n'


def dates(answer: Answer) -> list[tuple[object, object]]:
    return [(row["date"], row["thing"]) for row in answer]


def test_a_month_is_a_month_and_stands_where_it_begins(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        event("march", "; kg:datePrecision kg:month"),
        event("year", "; kg:datePrecision kg:year"),
        event("day"),
        dated("1", "event:march", "2024-03-01"),
        dated("2", "event:day", "2024-03-02"),
        dated("3", "event:year", "2024-01-01"),
    )
    rows = [(r["date"], r["precision"], r["claims"]) for r in timeline(store)]
    assert rows == [
        ("2024", "year", ["claim:3"]),
        ("2024-03", "month", ["claim:1"]),
        ("2024-03-02", "day", ["claim:2"]),
    ]


@pytest.mark.parametrize(
    ("since", "until", "listed"),
    [
        ("2024-03-15", "2024-03-20", {"event:march", "event:year"}),
        ("2024-03", "2024-03", {"event:march", "event:year", "event:day"}),
        ("2024-04", "", {"event:year"}),
        ("", "2023", set()),
        ("2025-01-01", "", set()),
        ("2024-12-31", "2024-12-31", {"event:year"}),
    ],
)
def test_what_can_lie_within_the_time_is_listed_here_and_by_the_saved_query(
    tmp_path: Path, since: str, until: str, listed: set[str]
) -> None:
    store = small(
        tmp_path,
        event("march", "; kg:datePrecision kg:month"),
        event("year", "; kg:datePrecision kg:year"),
        event("day"),
        dated("1", "event:march", "2024-03-01"),
        dated("2", "event:day", "2024-03-02"),
        dated("3", "event:year", "2024-01-01"),
    )
    assert {r["thing"] for r in timeline(store, since=since, until=until)} == listed
    if len(since) in (0, 10) and len(until) in (0, 10):
        given = {k: v for k, v in (("since", since), ("until", until)) if v}
        assert {r["thing"] for r in ask(store, "timeline", **given)} == listed


def test_bounds_widen_a_date_and_stand_in_for_one(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        event("a", '; kg:notBefore "2024-10-01"^^xsd:date ; kg:notAfter "2024-10-31"^^xsd:date'),
        event("b", '; kg:notBefore "2024-10-01"^^xsd:date'),
        event("c", '; kg:notBefore "2020-01-01"^^xsd:date'),
        dated("1", "event:a", "2024-10-15"),
        dated("2", "event:a", "2025-01-01", "kg:endDate"),
        claim("3", "event:b", "kg:leadsTo", "event:a", **FACT),
    )
    rows = [(r["date"], r["precision"], r["claims"]) for r in timeline(store)]
    assert rows == [
        ("2024-10-15", "2024-10-01 to 2024-10-31", ["claim:1"]),
        (None, "2024-10-01 to …", ["claim:3"]),
        ("2025-01-01", "day", ["claim:2"]),  # the bounds are about the beginning
    ]  # event:c is in no claim: nothing would be cited


def test_a_dispute_names_all_its_sides_at_each_of_its_dates(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        dated("1", "event:e", "2024-11-11", rank="kg:preferred", rest=' ; kg:rankReason "It."@en'),
        dated("2", "event:e", "2024-11-12", rest=" ; kg:conflictsWith claim:1"),
        dated("3", "event:e", "2024-11-13"),
        dated("4", "event:e", "2024-11-11", rank="kg:deprecated"),
    )
    rows = [(r["date"], r["standing"], r["rank"], r["against"]) for r in timeline(store)]
    assert rows == [
        (
            "2024-11-11",
            "fact, disputed",
            "preferred, deprecated",
            "2024-11-12 (claim:2); 2024-11-13 (claim:3)",
        ),
        (
            "2024-11-12",
            "disputed, asserted fact",
            "normal",
            "2024-11-11 (claim:1 claim:4); 2024-11-13 (claim:3)",
        ),
        (
            "2024-11-13",
            "disputed, asserted fact",
            "normal",
            "2024-11-11 (claim:1 claim:4); 2024-11-12 (claim:2)",
        ),
    ]
    assert timeline(store).figures["disputed"] == 3


def test_a_denied_date_says_not(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        dated("1", "event:e", "2024-11-11"),
        dated("2", "event:e", "2024-11-11", polarity="kg:negated"),
    )
    rows = {r["claims"][0]: (r["what"], r["standing"]) for r in timeline(store)}
    assert rows == {
        "claim:1": ("date", "fact, disputed"),
        "claim:2": ("NOT date", "disputed, asserted fact"),
    }


def test_a_denied_or_deprecated_date_stands_apart_and_dates_nothing(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        event("e"),
        event("f", '; kg:notAfter "2024-12-31"^^xsd:date'),
        event("g"),
        event("h"),
        dated("1", "event:e", "2024-01-01", polarity="kg:negated"),
        dated("2", "event:f", "2024-02-01", polarity="kg:negated"),
        dated("3", "event:g", "2024-03-01", rank="kg:deprecated"),
        dated("4", "event:h", "2024-04-01"),
        dated("5", "event:h", "2024-03-30", polarity="kg:negated", rank="kg:deprecated"),
    )
    answer = timeline(store, undated=True)
    assert [(r["told"], r["precision"], r["thing"], r["claims"]) for r in answer] == [
        ("happened", "… to 2024-12-31", "event:f", ["claim:2"]),
        ("happened", "day", "event:h", ["claim:4"]),
        ("denied", "day", "event:e", ["claim:1"]),
        ("denied", "day", "event:f", ["claim:2"]),
        ("deprecated", "day", "event:g", ["claim:3"]),
        ("deprecated", "day", "event:h", ["claim:5"]),
        ("undated", "", "event:e", ["claim:1"]),
        ("undated", "", "event:g", ["claim:3"]),
    ]
    figures = dict(answer.figures)
    assert figures == {
        "dates": 2,
        "told as happened": 2,
        "planned, potential or guessed": 0,
        "disputed": 0,
        "denied": 2,
        "deprecated": 2,
        "undated": 2,
    }
    assert any("put aside by the editors" in note for note in answer.notes)


def test_one_standing_claim_among_deprecated_ones_makes_a_date(tmp_path: Path) -> None:
    guess = {"modality": "kg:expected", "kind": "kg:forecast"}
    store = small(
        tmp_path,
        event("e"),
        dated("1", "event:e", "2024-01-01", rank="kg:deprecated"),
        dated("2", "event:e", "2024-01-01", **guess),
    )
    (row,) = timeline(store)
    # What was put aside makes no fact of what is only expected.
    assert row["told"] == "prospect (guessed)"
    assert row["rank"] == "normal, deprecated"


def test_prospects_come_after_what_is_told_as_happened(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        event("planned", "; kg:eventStatus kg:planned"),
        event("past", "; kg:eventStatus kg:happened"),
        event("guessed"),
        dated("1", "event:planned", "2024-01-01"),
        dated("2", "event:past", "2025-01-01"),
        dated("3", "event:guessed", "2023-01-01", modality="kg:expected", kind="kg:forecast"),
    )
    answer = timeline(store)
    assert [(r["told"], r["thing"], r["standing"]) for r in answer] == [
        ("happened", "event:past", "fact"),
        ("prospect (guessed)", "event:guessed", "expected forecast"),
        ("prospect (planned)", "event:planned", "fact"),
    ]
    assert answer.figures["planned, potential or guessed"] == 2


def test_what_has_no_date_is_counted_and_listed_on_demand(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        event("e", "; kg:eventStatus kg:potential"),
        event("f"),
        "agreement:t a kg:Treaty .\n".replace("agreement:t", f"<{ID}agreement/t>"),
        claim("1", "event:e", "kg:leadsTo", "event:f", **FACT),
        dated("2", "event:f", "2024-01-01"),
        claim("3", f"<{ID}agreement/t>", "kg:hasParty", "actor:author", **FACT),
    )
    answer = timeline(store)
    assert answer.figures["undated"] == 2
    assert any("--undated" in note and "1 potential" in note for note in answer.notes)
    listed = [
        (r["told"], r["date"], r["thing"], r["claims"]) for r in timeline(store, undated=True)
    ]
    assert listed == [
        ("happened", "2024-01-01", "event:f", ["claim:2"]),
        ("undated", None, "agreement:t", ["claim:3"]),
        ("undated (potential)", None, "event:e", ["claim:1"]),
    ]


def test_a_relation_begins_and_ends_as_exactly_as_is_known(tmp_path: Path) -> None:
    spell = (
        ' ; kg:validFrom "1953-01-01"^^xsd:date ; kg:validTo "2012-12-31"^^xsd:date ;'
        " kg:validPrecision kg:year"
    )
    store = small(
        tmp_path,
        'actor:b skos:prefLabel "B"@en .\n',
        claim("1", "actor:a", "kg:alliedWith", "actor:b", rest=spell, **FACT),
    )
    rows = [(r["date"], r["what"], r["precision"], r["standing"]) for r in timeline(store)]
    assert rows == [
        ("1953", "allied with B: begins", "year", "fact"),
        ("2012", "allied with B: ends", "year", "fact"),
    ]


def test_a_date_that_is_none_is_listed_nowhere_and_breaks_nothing(tmp_path: Path) -> None:
    store = small(
        tmp_path, dated("1", "event:e", "2024-02-30"), dated("2", "event:f", "12024-01-01")
    )
    assert timeline(store).rows == ()
    assert any("2 dates are no such day" in note for note in timeline(store).notes)


@pytest.mark.parametrize(("since", "until"), [("2025", "2024"), ("soon", ""), ("", "2024-13")])
def test_a_wrong_time_is_a_usage_error(example: Store, since: str, until: str) -> None:
    with pytest.raises(UsageError):
        timeline(example, since=since, until=until)


def test_a_deleted_claim_takes_its_rows_along(tmp_path: Path) -> None:
    lines = [
        dated("1", "event:e", "2024-11-11"),
        dated("2", "event:f", "2024-11-12"),
        dated("3", "event:f", "2024-11-12"),
    ]
    before = set(timeline(small(tmp_path, *lines)).rows)
    after = set(timeline(small(tmp_path, *lines[1:])).rows)
    assert before - after == {row for row in before if "claim:1" in row.claims}
    assert after < before


# ---------------------------------------------------------------- the shipped data


def test_the_treaty_of_2024_from_signature_to_force(shipped: Store) -> None:
    answer = timeline(shipped, about=ID + "agreement/russia-dprk-treaty-2024")
    facts = [
        (row["date"], row["thing"], row["what"])
        for row in answer
        if row["standing"] in ("fact", "fact, disputed")
    ]
    treaty, russia, dprk = (
        "agreement:russia-dprk-treaty-2024",
        "party:russia-treaty-2024",
        "party:dprk-treaty-2024",
    )
    assert facts == [
        ("2024-06-19", treaty, "signed on"),
        ("2024-06-19", dprk, "signed on"),
        ("2024-06-19", russia, "signed on"),
        ("2024-10-24", "event:duma-approval-2024", "date"),
        ("2024-11-06", "event:federation-council-approval-2024", "date"),
        ("2024-11-09", "event:russia-ratification-law-2024", "date"),
        ("2024-11-09", russia, "ratified on"),
        ("2024-11-11", "event:dprk-ratification-2024", "date"),
        ("2024-11-11", dprk, "ratified on"),
        ("2024-12-04", treaty, "in force on"),
        ("2024-12-04", "event:ratification-exchange-2024", "date"),
        ("2024-12-04", dprk, "in force on"),
        ("2024-12-04", russia, "in force on"),
    ]
    disputed = {(r["date"], r["against"]) for r in answer if r["against"]}
    assert ("2024-11-12", "2024-11-11 (claim:context-024 claim:context-025)") in disputed
    assert ("2024-06-18", "2024-06-19 (claim:context-001 claim:context-002)") in disputed


@pytest.mark.parametrize("since", ["0001-01-01", "2024-11-01"])
def test_stated_dates_are_those_of_the_saved_query(shipped: Store, since: str) -> None:
    rows = ask(shipped, "timeline", since=since)
    by_query = {(r["date"], r["thing"], r["claim"]) for r in rows}
    by_measure = {
        (r["date"], r["thing"], curie)
        for r in timeline(shipped, since=since)
        for curie in r["claims"]
        if not str(r["what"]).endswith((": begins", ": ends"))
    }
    assert len(by_query) > 10
    assert by_query == by_measure


@pytest.mark.parametrize("actor", ["actor:dprk", "actor:united-states", "actor:kim-jong-un"])
def test_what_an_actor_has_a_part_in_is_what_the_saved_query_says(
    shipped: Store, actor: str
) -> None:
    by_query = {r["claim"] for r in ask(shipped, "timeline-of", actor=actor)}
    by_measure = {
        curie
        for r in timeline(shipped, about=expand(actor) or "")
        for curie in r["claims"]
        if not str(r["what"]).endswith((": begins", ": ends"))
    }
    assert by_query
    assert by_query == by_measure


def test_what_was_known_by_a_day_has_no_later_voice(shipped: Store) -> None:
    answer = timeline(shipped, Selection(known_by="2024-11-10"), since="2024")
    assert answer.rows
    assert {r["date"] for r in answer} <= {"2024-06-19", "2024-10-24", "2024-11-06", "2024-11-09"}
    assert "claim:bipss-076" not in answer.claims


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["timeline", "--about", "DPRK", "--from", "2024"], 0),
        (["analyze", "timeline", "--undated", "--format", "csv"], 0),
        (["timeline", "--from", "1800", "--to", "1801"], 1),
        (["timeline", "--from", "2025", "--to", "2024"], 2),
        (["timeline", "--from", "yesterday"], 2),
        (["timeline", "--about", "Atlantis"], 1),
    ],
)
def test_the_verb_has_its_codes(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    assert "bug" not in capsys.readouterr().err
