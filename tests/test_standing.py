"""What rests on whom, and what is disputed: small graphs checked by hand, and the shipped data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOP
from library import ask, claim, small
from sparql_server import serving

from kg import transfer
from kg.analysis import Answer
from kg.analysis.standing import contested, corroboration, hedged_only, single_origin, unsourced
from kg.cli.program import run
from kg.endpoint import Endpoint
from kg.errors import UnknownNameError, UsageError
from kg.selection import Selection, select
from kg.store import Store
from kg.vocab import compress, expand

ID = "https://w3id.org/gambit/id/"
TWO = """
@prefix agreement: <https://w3id.org/gambit/id/agreement/> .
source:one a kg:SourceDocument ; dcterms:publisher actor:a .
source:two a kg:SourceDocument ; dcterms:publisher actor:b .
passage:a a kg:Passage ; oa:hasSource source:one ; kg:locator "1" .
passage:b a kg:Passage ; oa:hasSource source:two ; kg:locator "1" .
actor:a skos:prefLabel "A"@en . actor:b skos:prefLabel "B"@en .
actor:crowd kg:vagueBoundary true ; skos:prefLabel "Some"@en .
"""
FACT = {"kind": "kg:fact"}
Measure = Callable[..., Answer]
MEASURES = (contested, corroboration, hedged_only, single_origin, unsourced)


def fact(name: str, value: str, passage: str = "passage:a", **more: str) -> str:
    return claim(name, "event:e", "kg:leadsTo", value, passage=passage, **{**FACT, **more})


def dated(name: str, date: str, passage: str = "passage:a", **more: str) -> str:
    return claim(
        name, "event:e", "kg:date", f'"{date}"^^xsd:date', passage=passage, **{**FACT, **more}
    )


def by_claims(answer: Answer) -> dict[tuple[str, ...], dict[str, object]]:
    return {tuple(row["claims"]): row for row in answer}


@pytest.fixture
def mixed(tmp_path: Path) -> Store:
    """Five propositions: two origins, one, unnamed, unnamed beside a known one, hedged."""
    return small(
        tmp_path,
        TWO,
        fact("1", "event:f"),
        fact("2", "event:f", "passage:b"),
        fact("3", "event:g"),
        fact("4", "event:h", rest=" ; kg:originalHolder actor:crowd", modality="kg:reported"),
        fact("5", "event:i", rest=" ; kg:originalHolder actor:crowd", modality="kg:reported"),
        fact("6", "event:i", "passage:b"),
        fact(
            "7",
            "event:j",
            modality="kg:possible",
            kind="kg:forecast",
            holder="actor:a",
            rest=' ; kg:hedgeText "may"',
        ),
    )


def test_every_proposition_says_with_how_many_it_began(mixed: Store) -> None:
    found = by_claims(corroboration(mixed))
    said = {claims: (row["origins"], row["unknown"]) for claims, row in found.items()}
    assert said == {
        ("claim:1", "claim:2"): (2, False),
        ("claim:3",): (1, False),
        ("claim:4",): (0, True),
        ("claim:5", "claim:6"): (1, True),
        ("claim:7",): (1, False),
    }
    assert corroboration(mixed).figures == {
        "propositions": 5,
        "no known origin": 1,
        "one origin": 3,
        "two origins": 1,
        "three or more": 0,
    }


def test_one_origin_and_unknown_lineage_are_told_apart(mixed: Store) -> None:
    one = by_claims(single_origin(mixed))
    assert {claims: row["origin"] for claims, row in one.items()} == {
        ("claim:3",): "actor:a",
        ("claim:5", "claim:6"): "actor:b",
        ("claim:7",): "actor:a",
    }
    lost = by_claims(unsourced(mixed))
    assert {claims: (row["origins"], row["lost_at"]) for claims, row in lost.items()} == {
        ("claim:4",): (0, "Some in source:one"),
        ("claim:5", "claim:6"): (1, "Some in source:one"),
    }


def test_a_report_and_a_guess_are_hedged_until_somebody_puts_it_flatly(mixed: Store) -> None:
    found = by_claims(hedged_only(mixed))
    assert {claims: (row["put"], row["hedge"]) for claims, row in found.items()} == {
        ("claim:4",): ("reported fact", ""),
        ("claim:7",): ("possible forecast", "“may”"),
    }


def test_a_withdrawn_flat_claim_leaves_a_proposition_hedged(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        fact("1", "event:f", modality="kg:possible"),
        fact("2", "event:f", rest=' ; kg:retractedOn "2024-01-01"^^xsd:date'),
        fact("3", "event:f", rank="kg:deprecated"),
        fact("4", "event:f", polarity="kg:negated"),
    )
    assert list(by_claims(hedged_only(store))) == [("claim:1",)]


def test_what_is_put_softly_by_one_and_flatly_by_another_says_both(tmp_path: Path) -> None:
    guess = fact(
        "2", "event:f", "passage:b", modality="kg:possible", kind="kg:forecast", holder="actor:b"
    )
    (row,) = corroboration(small(tmp_path, TWO, fact("1", "event:f"), guess))
    assert (row["put"], row["origins"], row["softer"]) == (
        "asserted fact, possible forecast",
        1,
        1,
    )


def test_relays_are_folded_by_name_and_what_was_only_cited_says_so(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        "source:one kg:originatesFrom actor:agency . source:two kg:originatesFrom actor:agency .\n"
        'actor:agency skos:prefLabel "Agency"@en .\n',
        'passage:c a kg:Passage ; oa:hasSource source:text ; kg:locator "2" .\n',
        fact("1", "event:f"),
        fact(
            "2",
            "event:f",
            "passage:c",
            rest=" ; kg:citedSource source:two ; kg:citationScope kg:sentenceScope",
        ),
    )
    (row,) = corroboration(store)
    assert row["origins"] == 1
    assert row["folded"] == "Agency: source:one, source:two (cited)"
    assert row["documents"] == "source:one, source:text, source:two (cited)"


def test_a_dispute_has_a_row_a_side_with_rank_reason_and_origins(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        dated("1", "2024-11-11", rank="kg:preferred", rest=' ; kg:rankReason "The decree."@en'),
        dated("2", "2024-11-12", "passage:b", rest=" ; kg:conflictsWith claim:1"),
        dated("3", "2024-11-11", "passage:b"),
    )
    answer = contested(store)
    assert answer.figures == {"disputes": 1, "sides": 2}
    rows = [(r["dispute"], r["object"], r["rank"], r["reason"], r["origins"]) for r in answer]
    assert rows == [
        (1, "2024-11-11", "preferred, normal", "The decree.", 2),
        (1, "2024-11-12", "normal", "", 1),
    ]
    first, second = answer
    assert (first["shared"], second["shared"]) == ("B", "B")
    assert first["claims"] == ["claim:1", "claim:3"]  # an unmarked rival is on a side, too
    assert second["against"] == "claim:1 claim:3"


def test_rival_dates_that_nobody_marked_and_denials_are_disputes(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        dated("1", "2024-11-11"),
        dated("2", "2024-11-12", "passage:b"),
        fact("3", "event:f"),
        fact("4", "event:f", "passage:b", polarity="kg:negated"),
        fact("5", "event:g", modality="kg:prescribed", kind="kg:recommendation"),
        fact("6", "event:g", polarity="kg:negated"),
    )
    found = {tuple(r["claims"]): (r["dispute"], r["by"]) for r in contested(store)}
    assert found == {
        ("claim:1",): (1, "other value"),
        ("claim:2",): (1, "other value"),
        ("claim:3",): (2, "denial"),
        ("claim:4",): (2, "denial"),
    }


def test_a_month_and_a_day_in_it_do_not_disagree(tmp_path: Path) -> None:
    month = "event:e kg:datePrecision kg:month .\n"
    store = small(tmp_path, TWO, month, dated("1", "2024-11-01"), dated("2", "2024-11-12"))
    assert contested(store).rows == ()


def test_about_shows_whole_disputes_and_what_is_weighed_stays(mixed: Store) -> None:
    found = by_claims(corroboration(mixed, about=ID + "event/f"))
    assert {claims: row["origins"] for claims, row in found.items()} == {("claim:1", "claim:2"): 2}
    assert by_claims(corroboration(mixed, about=ID + "claim/2")).keys() == found.keys()


def test_a_source_left_out_makes_two_origins_one(mixed: Store) -> None:
    without = Selection(exclude_sources=(ID + "source/two",))
    found = by_claims(single_origin(mixed, without))
    assert ("claim:1",) in found
    assert "--exclude-source source:two" in single_origin(mixed, without).basis


def test_facts_only_leaves_no_guess_and_is_refused_where_it_leaves_nothing(mixed: Store) -> None:
    assert all("claim:7" not in r["claims"] for r in corroboration(mixed, facts_only=True))
    with pytest.raises(UsageError):
        hedged_only(mixed, facts_only=True)


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("measure", MEASURES)
def test_every_row_cites_claims_that_take_part(measure: Measure, shipped: Store) -> None:
    answer = measure(shipped)
    assert len(answer) > 0
    for row in answer.rows:
        assert row.claims
        assert all((expand(curie) or "") in shipped.claims for curie in row.claims)


@pytest.mark.parametrize("measure", MEASURES)
def test_leaving_nothing_out_changes_nothing(measure: Measure, mixed: Store) -> None:
    assert measure(mixed).rows == measure(mixed, Selection()).rows


@pytest.mark.parametrize("gone", range(1, 8))
@pytest.mark.parametrize("measure", [m for m in MEASURES if m is not contested])
def test_a_deleted_claim_takes_its_rows_along_and_touches_no_other(
    measure: Measure, gone: int, tmp_path: Path, mixed: Store
) -> None:
    before, name = set(measure(mixed).rows), f"claim:{gone}"
    after = set(measure(without(tmp_path, name)).rows)
    assert before - after == {row for row in before if name in row.claims}
    # what is new is a proposition it had a part in, now without it
    together = {c for row in corroboration(mixed).rows if name in row.claims for c in row.claims}
    assert all(set(row.claims) <= together - {name} for row in after - before)


def test_a_deleted_side_ends_its_dispute_and_no_other(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        fact("1", "event:f"),
        fact("2", "event:f", "passage:b", polarity="kg:negated"),
        dated("3", "2024-11-11"),
        dated("4", "2024-11-12", "passage:b"),
    )
    sides = {tuple(r["claims"]) for r in contested(store)}
    assert sides == {(f"claim:{n}",) for n in range(1, 5)}
    left = contested(without(tmp_path, "claim:2"))
    assert [r["claims"] for r in left] == [["claim:3"], ["claim:4"]]


def without(folder: Path, name: str) -> Store:
    """The small graph of a folder, opened without one claim."""
    text = (folder / "small.ttl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in text if not line.startswith(f"{name} ")]
    assert len(kept) == len(text) - 1
    path = folder / "less.ttl"
    path.write_text("".join(kept), encoding="utf-8")
    return Store.open(path)


def test_all_of_it_says_the_same_under_another_hash_seed() -> None:
    script = (
        "import json; from kg.analysis import standing as s; from kg.analysis.timeline import timeline;"
        "from kg.store import Store; store = Store.open();"
        "print(*[json.dumps(m(store).as_dict()) for m in (s.contested, s.corroboration, s.hedged_only,"
        " s.single_origin, s.unsourced, timeline)])"
    )
    out = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=TOP,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(out) == 1


# ---------------------------------------------------------------- the shipped data


def test_both_days_of_the_ratification_are_one_agencys(shipped: Store) -> None:
    answer = contested(shipped, about=ID + "event/dprk-ratification-2024")
    rows = [(r["object"], r["rank"], r["shared"], r["origins"], r["claims"]) for r in answer]
    kcna = "Korean Central News Agency"
    assert rows == [
        ("2024-11-11", "preferred, normal", kcna, 1, ["claim:context-024", "claim:context-025"]),
        ("2024-11-12", "normal", kcna, 1, ["claim:bipss-076"]),
    ]
    assert all(kcna in str(r["interested"]) for r in answer)
    assert [r["published"] for r in answer] == ["2024-11-12, 2024-12-05", "not before 2025-01-05"]


def test_the_disputes_are_those_of_the_saved_query(shipped: Store) -> None:
    rows = ask(shipped, "contested")
    assert set(contested(shipped).claims) == {r["claim"] for r in rows}
    pairs = {(r["claim"], r["against"]) for r in rows}
    for row in contested(shipped):
        against = {b for a, b in pairs if a in row["claims"]}
        assert set(row["against"].split()) == against


@pytest.mark.parametrize(
    "thing",
    ["agreement:russia-dprk-treaty-2024", "actor:dprk", "event:deployment-2024", "actor:russia"],
)
def test_single_origins_are_those_of_the_saved_query(shipped: Store, thing: str) -> None:
    rows = ask(shipped, "single-origin", thing=thing)
    by_query = {(r["claim"], r["origin"]) for r in rows}
    by_measure = {
        (curie, row["origin"])
        for row in single_origin(shipped, about=expand(thing) or "")
        for curie in row["claims"]
    }
    # as its description says: no symmetric relation the other way round, no outsider's inference
    turned = {("claim:bipss-113", "actor:bipss"), ("claim:context-103", "actor:cow-project")}
    inferred = {(f"claim:editor-0{n}", "actor:gambit-editors") for n in (1, 3)}
    assert len(by_query) > 5
    assert by_query - by_measure <= turned | {("claim:editor-03", "actor:bipss")}
    assert by_measure - by_query <= inferred


def test_folded_documents_are_those_of_the_saved_query(shipped: Store) -> None:
    from kg.corroboration import Corroboration

    behind = Corroboration(shipped)
    by_origin: dict[str, set[str]] = {}
    for document in shipped.sources:
        for origin in behind.began(document):
            by_origin.setdefault(compress(origin), set()).add(compress(document))
    many = {origin: documents for origin, documents in by_origin.items() if len(documents) > 1}
    found: dict[str, set[str]] = {}
    for row in ask(shipped, "one-origin"):
        found.setdefault(row["origin"] or "", set()).add(row["document"] or "")
    assert found == many


@pytest.mark.parametrize("day", ["2005-01-01", "2024-11-10", "2024-11-12", "2024-12-31"])
def test_what_was_known_by_a_day_is_what_the_saved_query_says(shipped: Store, day: str) -> None:
    kept = select(shipped, Selection(known_by=day)).claims
    by_filter = {compress(iri) for iri, c in kept.items() if not c.identity_scheme}
    assert {r["claim"] for r in ask(shipped, "known-by", day=day)} == by_filter


def test_whoever_the_saved_query_flags_is_flagged(shipped: Store) -> None:
    from kg.corroboration import Corroboration

    behind = Corroboration(shipped)
    rows = ask(shipped, "interested-parties")
    assert {"holder", "relayed", "origin"} == {r["part"] for r in rows}
    speakers = {r["speaker"] for r in rows}
    assert {"actor:tass", "actor:kcna"} <= speakers
    flagged = {
        (compress(iri), compress(actor))
        for iri, c in shipped.claims.items()
        if not c.identity_scheme
        for actor in behind.interested(c)
        if compress(actor) in speakers
    }
    # the editors' inference from two texts is theirs, which a query cannot tell
    assert {(r["claim"], r["speaker"]) for r in rows} == flagged | {
        ("claim:editor-01", "actor:kcna")
    }
    russia = ask(shipped, "interested-parties", party="Russia")
    assert {r["speaker"] for r in russia} == {"actor:tass"}


def test_the_unsourced_are_the_unnamed_of_the_commentary(shipped: Store) -> None:
    unnamed = {f"claim:bipss-{n}" for n in ("100", "101", "103", "105", "172", "234")}
    assert set(unsourced(shipped).claims) == unnamed
    assert {r["origins"] for r in unsourced(shipped)} == {0}


# ---------------------------------------------------------------- the program


@pytest.mark.parametrize("verb", [["contested"], ["analyze", "contested"]])
def test_contested_is_a_verb_in_both_places(
    verb: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run([*verb, "--about", "event:dprk-ratification-2024", "--cite", "--json"]) == 0
    found = json.loads(capsysbinary.readouterr().out)
    assert found["figures"] == {"disputes": 1, "sides": 2}
    assert all(row["sources"].startswith("[") for row in found["rows"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["contested", "--about", "Atlantis"], UnknownNameError.exit_code),
        (["contested", "--about", "actor:bipss"], 1),
        (["analyze", "hedged-only", "--facts-only"], 2),
        (["analyze", "unsourced", "--known-by", "soon"], 2),
        (["analyze", "unsourced", "--known-by", "1900"], 1),
        (["analyze", "corroboration", "--projection", "edges"], 2),
        (["analyze", "corroboration", "Kim"], 1),
        (["analyze", "corroboration", "claim:bipss-079"], 0),
        (["analyze", "single-origin", "--sign", "-1"], 0),
    ],
)
def test_what_goes_wrong_has_its_code_and_no_traceback(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    said = capsys.readouterr().err
    assert "bug" not in said
    assert code == 0 or said.startswith("error: ")


@pytest.mark.parametrize("measure", MEASURES)
def test_a_server_gives_the_same_answer_as_the_file(measure: Measure, example: Store) -> None:
    with serving() as server:
        for graph in example.inputs:
            transfer.push(Endpoint(server.url), example, graph)
        remote = measure(Store.remote(server.url))
    assert (remote.rows, remote.notes) == (measure(example).rows, measure(example).notes)


def test_hundreds_of_rival_dates_are_one_dispute_soon(tmp_path: Path) -> None:
    days = [f"{1600 + n}-01-01" for n in range(400)]
    store = small(tmp_path, TWO, *(dated(f"r{n}", day) for n, day in enumerate(days)))
    answer = contested(store)
    assert answer.figures == {"disputes": 1, "sides": 400}
    assert all(len(str(row["against"]).split()) == 399 for row in answer)
