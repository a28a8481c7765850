from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from library import TURTLE_PREFIXES, claim, small

from kg.analysis import Answer, comparison
from kg.cli.program import run
from kg.errors import NoError, UnknownNameError, UsageError
from kg.selection import Selection
from kg.store import Store
from kg.vocab import ID

FACT = {"kind": "kg:fact"}
PEOPLE = "".join(f'actor:{n} a kg:State ; skos:prefLabel "{n.upper()}"@en .\n' for n in "abcd")


def during(start: str = "", end: str = "") -> str:
    said = f'; kg:validFrom "{start}"^^xsd:date ' if start else ""
    return said + (f'; kg:validTo "{end}"^^xsd:date ' if end else "")


def relation(name: str, triple: str, *, rest: str = "", **more: str) -> str:
    subject, predicate, value = triple.split()
    return claim(
        name, f"actor:{subject}", f"kg:{predicate}", f"actor:{value}", rest=rest, **{**FACT, **more}
    )


def built(folder: Path, *turtle: str) -> Store:
    store = small(folder, PEOPLE, *turtle)
    store.update_edges()
    return store


def changes(answer: Answer) -> dict[tuple[str, str, str], str]:
    return {(row["source"], row["relation"], row["target"]): row["change"] for row in answer}


def rows(answer: Answer) -> list[tuple[object, ...]]:
    return [(row["first_claims"], row["second_claims"]) for row in answer]


# ------------------------------------------------------------------ two actors


def test_two_actors_share_lack_and_oppose(tmp_path: Path) -> None:
    store = built(
        tmp_path,
        relation("one", "a supports c"),
        relation("two", "b supports c"),
        relation("three", "a alliedWith d"),
        relation("four", "d threatens b"),
        relation("five", "b sanctions d"),
        relation("six", "a partnerOf b"),
    )
    found = comparison.actors(store, "actor:a", "actor:b")
    assert [
        (row["third"], row["relation"], row["found"], row["first_claims"], row["second_claims"])
        for row in found
    ] == [
        ("actor:d", "sanctions", "opposite sign", "claim:three", "claim:five"),
        ("actor:d", "allied with", "opposite sign", "claim:three", "claim:five claim:four"),
        ("actor:d", "is threatened by", "opposite sign", "claim:three", "claim:four"),
        ("actor:c", "supports", "shared", "claim:one", "claim:two"),
    ]
    assert found.figures["relations with each other"] == 1
    assert all(set(row.claims) for row in found.rows)
    turned = comparison.actors(store, "actor:b", "actor:a")
    assert [row["found"] for row in turned] == [row["found"] for row in found]


def test_what_one_has_as_a_fact_and_the_other_hedged_or_denied_is_not_missing(
    tmp_path: Path,
) -> None:
    store = built(
        tmp_path,
        relation("one", "a supports c"),
        relation("two", "b supports c", kind="kg:forecast", modality="kg:possible"),
        relation("three", "a supports d"),
        relation("four", "b supports d", polarity="kg:negated"),
        relation("five", "a trains c"),
        relation("six", "b trains c", kind="kg:recommendation", modality="kg:prescribed"),
    )
    found = comparison.actors(store, "actor:a", "actor:b")
    assert [(row["found"], row["second"], row["second_claims"]) for row in found] == [
        ("hedged on one side", "possible forecast", "claim:two"),
        ("denied", "denied", "claim:four"),
        ("only first", None, None),
    ]
    with_hedged = comparison.actors(store, "actor:a", "actor:b", include_hedged=True)
    assert [row["found"] for row in with_hedged] == ["shared", "denied", "only first"]


def test_two_actors_of_whom_nothing_is_said_are_no_answer(tmp_path: Path) -> None:
    store = built(tmp_path, relation("one", "a supports c"))
    with pytest.raises(NoError):
        comparison.actors(store, "actor:b", "actor:d")
    with pytest.raises(UsageError):
        comparison.actors(store, "actor:a", "actor:a")


# ------------------------------------------------------------------ two dates


def test_relations_are_gained_lost_kept_and_reversed_between_two_dates(tmp_path: Path) -> None:
    store = built(
        tmp_path,
        relation("lost", "a supports c", rest=during("2000-01-01", "2005-06-30")),
        relation("gained", "a trains d", rest=during("2010-01-01")),
        relation("kept", "a partnerOf d", rest=during("1990-01-01")),
        relation("friends", "b alliedWith d", rest=during("1990-01-01", "2004-01-31")),
        relation("foes", "d invades b", rest=during("2012-01-01")),
        relation("neither", "c supports d", rest=during("2006-01-01", "2007-12-30")),
        relation("undated", "c supports b"),
    )
    found = comparison.dates(store, "2003", "2020")
    assert changes(found) == {
        ("actor:b", "allied with", "actor:d"): "reversed",
        ("actor:d", "invades", "actor:b"): "reversed",
        ("actor:a", "supports", "actor:c"): "lost",
        ("actor:a", "trains", "actor:d"): "gained",
    }
    assert rows(found)[:3] == [
        ("claim:friends", "claim:foes"),
        ("claim:friends", "claim:foes"),
        ("claim:lost", None),
    ]
    assert found.figures["kept"] == 1
    assert found.figures["unknown"] == 1
    every = changes(comparison.dates(store, "2003", "2020", unchanged=True))
    assert every["actor:a", "partner of", "actor:d"] == "kept"
    assert every["actor:c", "supports", "actor:b"] == "unknown"
    assert ("actor:c", "supports", "actor:d") not in every
    back = changes(comparison.dates(store, "2020", "2003"))
    assert back["actor:a", "supports", "actor:c"] == "gained"
    assert back["actor:a", "trains", "actor:d"] == "lost"


def test_dates_that_leave_it_open_are_unknown_not_lost(tmp_path: Path) -> None:
    year = during("2000-01-01", "2005-01-01") + "; kg:validPrecision kg:year "
    store = built(tmp_path, relation("one", "a supports c", rest=year))
    (row,) = comparison.dates(store, "2003", "2005-06-01")
    assert row["change"] == "unknown"
    assert row["because"] == "its dates leave open whether it held at the second"
    (row,) = comparison.dates(store, "2003", "2006")
    assert row["change"] == "lost"
    (row,) = comparison.dates(store, "2005-06-01", "2007")
    assert row["change"] == "unknown"


def test_an_end_where_the_data_of_its_source_stop_is_unknown_not_lost(tmp_path: Path) -> None:
    stop = (
        '; kg:validFrom "1950-01-01"^^xsd:date ; kg:coveredTo "2012-12-31"^^xsd:date '
        "; kg:validPrecision kg:day "
    )
    store = built(
        tmp_path,
        relation("one", "a supports c", rest=stop),
        relation("two", "b supports d", rest=stop),
        relation("three", "a partnerOf d", rest=during("1951-01-01", "1991-12-26")),
    )
    found = comparison.dates(store, "1990", "2020")
    assert changes(found) == {
        ("actor:a", "partner of", "actor:d"): "lost",
        ("actor:a", "supports", "actor:c"): "unknown",
        ("actor:b", "supports", "actor:d"): "unknown",
    }
    because = {row["because"] for row in found if row["change"] == "unknown"}
    assert because == {"its source tells of nothing after 2012-12-31"}


def test_an_end_that_a_source_states_is_an_end(tmp_path: Path) -> None:
    stop = during("1950-01-01", "2012-12-31")
    store = built(
        tmp_path,
        relation("one", "a supports c", rest=stop),
        relation("two", "b supports d", rest=stop),
    )
    found = changes(comparison.dates(store, "1990", "2020"))
    assert set(found.values()) == {"lost"}


def test_a_fact_that_is_only_hedged_later_is_softer_not_lost(tmp_path: Path) -> None:
    store = built(
        tmp_path,
        relation("one", "a supports c", rest=during("2000-01-01", "2010-05-01")),
        relation("two", "a supports c", kind="kg:assessment", rest=during("2010-05-02")),
    )
    (row,) = comparison.dates(store, "2005", "2015")
    assert (row["change"], row["first"], row["second"]) == ("softer", "fact", "asserted assessment")
    (row,) = comparison.dates(store, "2015", "2005")
    assert row["change"] == "firmer"


def test_a_denial_at_the_second_date_is_told_as_one(tmp_path: Path) -> None:
    store = built(
        tmp_path,
        relation("one", "a supports c", rest=during("2000-01-01", "2010-05-01")),
        relation("two", "a supports c", polarity="kg:negated", rest=during("2010-05-02")),
    )
    (row,) = comparison.dates(store, "2005", "2015")
    assert (row["change"], row["second"], row["second_claims"]) == ("denied", "denied", "claim:two")


def test_what_was_published_is_gained_and_without_date_unknown(tmp_path: Path) -> None:
    source = (
        'source:{n} a kg:SourceDocument ; skos:prefLabel "{n}"@en ; dcterms:issued "{d}"^^xsd:date .\n'
        'passage:{n} a kg:Passage ; oa:hasSource source:{n} ; kg:locator "1" .\n'
    )
    store = built(
        tmp_path,
        source.format(n="early", d="2020-01-01"),
        source.format(n="late", d="2024-01-01"),
        relation("old", "a supports c", passage="passage:early"),
        relation("new", "a supports d", passage="passage:late"),
        relation("both", "b supports d", passage="passage:late"),
        relation("never", "b supports d"),
        relation("when", "b supports c"),
    )
    found = comparison.dates(store, "2021", "2025", known=True)
    assert [(row["source"], row["target"], row["change"], row["because"]) for row in found] == [
        ("actor:a", "actor:d", "gained", None),
        ("actor:b", "actor:d", "gained", "a source without date says it, too"),
    ]
    every = comparison.dates(store, "2021", "2025", known=True, unchanged=True)
    told = {(row["source"], row["target"]): row for row in every}
    assert told["actor:a", "actor:c"]["change"] == "kept"
    assert told["actor:b", "actor:c"]["change"] == "unknown"
    assert told["actor:b", "actor:c"]["relation"] == "supports"
    assert told["actor:b", "actor:c"]["claims"] == ["claim:when"]


def test_dates_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    store = built(tmp_path, relation("one", "a supports c"))
    for first, second in (("2020", "2020"), ("soon", "2020"), ("2024-02-30", "2020")):
        with pytest.raises(UsageError):
            comparison.dates(store, first, second)
    with pytest.raises(UsageError):
        comparison.dates(store, "2020", "2021", selection=Selection(as_of="2020"))
    with pytest.raises(NoError):
        comparison.dates(store, "2020", "2021", selection=Selection(signs=(-1,)))


YEARS = st.integers(1990, 2010).map(lambda year: f"{year}-07-01")


@settings(max_examples=25)
@given(st.lists(st.tuples(YEARS, YEARS).map(sorted), max_size=4), YEARS, YEARS)
def test_the_other_way_round_what_was_gained_is_lost(
    tmp_path_factory: pytest.TempPathFactory, spans: list[list[str]], one: str, two: str
) -> None:
    if one == two:
        return
    store = built(
        tmp_path_factory.mktemp("spans"),
        relation("always", "d supports c", rest=during("1900-01-01")),
        *(
            relation(f"n{n}", f"{'abcd'[n]} trains {'bcda'[n]}", rest=during(*span))
            for n, span in enumerate(spans)
        ),
    )
    there, back = comparison.dates(store, one, two), comparison.dates(store, two, one)
    assert there.figures["gained"] == back.figures["lost"]
    assert there.figures["kept"] == back.figures["kept"] >= 1
    for row in there:
        n = int(row["claims"][0].removeprefix("claim:n"))
        held = [spans[n][0] <= date <= spans[n][1] for date in (one, two)]
        assert row["change"] == ("lost" if held[0] else "gained")
        assert held[0] != held[1]


# ------------------------------------------------------------------ two data sets


@pytest.fixture
def two_sets(tmp_path: Path) -> Store:
    small(
        tmp_path,
        PEOPLE,
        relation("x1", "a supports c"),
        relation("x2", "a trains c"),
        relation("x3", "a alliedWith d"),
        relation("x4", "c supports d"),
        relation("x5", "d supports a"),
    )
    first = (tmp_path / "small.ttl").rename(tmp_path / "first.ttl")
    second = tmp_path / "second.ttl"
    second.write_text(
        TURTLE_PREFIXES
        + relation("y1", "a supports c")
        + relation("y2", "c supports a")
        + relation("y3", "a threatens d")
        + relation("y5", "d supports a", polarity="kg:negated")
    )
    store = Store.open(first, second)
    store.update_edges()
    return store


def test_two_data_sets_differ_and_what_one_does_not_cover_is_unknown(two_sets: Store) -> None:
    found = comparison.datasets(two_sets, ID + "graph/first", ID + "graph/second", unchanged=True)
    assert {
        (row["source"], row["relation"], row["target"]): (row["change"], row["because"])
        for row in found
    } == {
        ("actor:a", "allied with", "actor:d"): ("opposite sign", None),
        ("actor:a", "threatens", "actor:d"): ("opposite sign", None),
        ("actor:c", "supports", "actor:d"): ("only first", None),
        ("actor:c", "supports", "actor:a"): ("only second", None),
        ("actor:d", "supports", "actor:a"): ("denied", None),
        ("actor:a", "trains", "actor:c"): ("unknown", "the second has no relation of this kind"),
        ("actor:a", "supports", "actor:c"): ("same", None),
    }


def test_data_sets_that_make_no_sense_are_refused(two_sets: Store) -> None:
    first = ID + "graph/first"
    with pytest.raises(UsageError):
        comparison.datasets(two_sets, first, first)
    with pytest.raises(UnknownNameError):
        comparison.datasets(two_sets, first, ID + "graph/third")
    with pytest.raises(UsageError):
        comparison.datasets(
            two_sets, first, ID + "graph/second", selection=Selection(datasets=(first,))
        )


# ------------------------------------------------------------------ the shipped graph, commands


def test_an_alliance_that_a_data_set_codes_until_2012_is_not_lost(shipped: Store) -> None:
    found = comparison.dates(shipped, "2010", "2024-12-31", name="signed")
    (row,) = found
    assert (row["source"], row["relation"], row["target"]) == (
        "actor:dprk",
        "partner of",
        "actor:russia",
    )
    assert row["change"] == "unknown"
    assert found.figures["lost"] == 0


def test_every_row_of_the_shipped_graph_cites_its_claims(shipped: Store) -> None:
    for found in (
        comparison.actors(shipped, "actor:rok", "actor:japan", include_hedged=True),
        comparison.actors(shipped, "actor:dprk", "actor:russia", name="actors"),
        comparison.dates(shipped, "1990", "2024", unchanged=True),
        comparison.dates(shipped, "1990", "2024", name="actors", unchanged=True),
        comparison.dates(shipped, "2024-11-01", "2024-11-12", known=True, unchanged=True),
    ):
        assert len(found) > 0
        assert all(row.claims for row in found.rows)
        known = {f"claim:{iri.rpartition('/')[2]}" for iri in shipped.claims}
        assert known.issuperset(found.claims)


def test_the_command_finds_out_what_is_compared(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["analyze", "compare", "ROK", "Japan", "--json"]) == 0
    assert '"third"' in capfd.readouterr().out
    assert run(["analyze", "compare", "2010", "2024", "--json"]) == 0
    assert '"lost"' in capfd.readouterr().out
    for bad, code in (
        (["2010", "DPRK"], 2),
        (["DPRK", "DPRK"], 2),
        (["DPRK", "Nowhere"], 1),
        (["DPRK", "Russia", "--by", "dataset"], 1),
        (["DPRK", "Russia", "--by", "as-of"], 2),
        (["2010", "2011", "--as-of", "2012"], 2),
    ):
        assert run(["analyze", "compare", *bad]) == code
    assert "Traceback" not in capfd.readouterr().err


def test_the_command_compares_two_files(kg: Run, two_sets: Store, tmp_path: Path) -> None:
    files = ("--data", str(tmp_path / "first.ttl"), "--data", str(tmp_path / "second.ttl"))
    one, other = (
        kg(
            *files,
            "analyze",
            "compare",
            "first",
            "second",
            "--include-hedged",
            "--json",
            PYTHONHASHSEED=seed,
        )
        for seed in ("1", "2")
    )
    assert one.returncode == 0, one.stderr
    assert '"only first"' in one.stdout
    assert one.stdout == other.stdout
