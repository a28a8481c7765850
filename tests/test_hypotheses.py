from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.analysis.hypotheses import (
    Analysis,
    Evidence,
    Hypothesis,
    Judgement,
    Mark,
    Matrix,
    gather,
)
from kg.analysis.matrix_file import read, write
from kg.analysis.matrix_page import page
from kg.cli.program import run
from kg.errors import MissingError, NoError, RefusedError, UnreadableError, UsageError
from kg.store import Store
from kg.vocab import expand
from tests.library import claim, small

ACT = expand("event:act") or ""

#: An act with three motives and evidence of two sources; other-* are read in the other one.
GRAPH = (
    'event:act a kg:Event ; skos:prefLabel "The act"@en .\n',
    'actor:doer a kg:State ; skos:prefLabel "Doer"@en .\n',
    'actor:friend a kg:State ; skos:prefLabel "Friend"@en .\n',
    'actor:rival a kg:Person ; skos:prefLabel "Rival author"@en .\n',
    *(
        f'<https://w3id.org/gambit/id/motivation/{name}> a kg:Motivation ;'
        f' skos:prefLabel "{name}"@en ; kg:motivatedActor actor:doer .\n'
        for name in ("gain", "fear", "pride")
    ),
    'source:other a kg:SourceDocument ; skos:prefLabel "Other"@en ; dcterms:publisher actor:rival .\n',
    'passage:two a kg:Passage ; oa:hasSource source:other ; kg:locator "Page 2" .\n',
    *(
        claim(
            f"why-{n}",
            "event:act",
            "kg:motivatedBy",
            f"<https://w3id.org/gambit/id/motivation/{name}>",
            kind="kg:ascription",
            modality="kg:possible",
            rest='; kg:hedgeText "may"',
        )
        for n, name in enumerate(("gain", "fear", "pride"), 1)
    ),
    claim("e-1", "event:act", "kg:initiator", "actor:doer", kind="kg:fact", rest="; kg:credibility 2"),
    claim("e-2", "event:act", "kg:recipient", "actor:friend", kind="kg:fact", rest="; kg:credibility 3"),
    claim("e-3", "event:act", "kg:leadsTo", "condition:war", kind="kg:forecast",
          modality="kg:expected", rest="; kg:credibility 5"),
    claim("other-1", "event:act", "kg:signals", "condition:trust", holder="actor:rival",
          passage="passage:two", rest="; kg:credibility 6"),
    claim("other-2", "actor:doer", "kg:partnerOf", "actor:friend", holder="actor:rival",
          passage="passage:two", kind="kg:fact", rest="; kg:credibility 1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small(tmp_path_factory.mktemp("act"), *GRAPH)


def row(name: str, marks: str, **more: object) -> Evidence:
    """A row of one claim; marks in the order H1, H2 ..., a dot for an empty cell."""
    found = {
        f"H{n}": Judgement(Mark(mark)) for n, mark in enumerate(marks.split(), 1) if mark != "."
    }
    return Evidence((f"claim:{name}",), marks=found, **more)  # type: ignore[arg-type]


THREE = tuple(
    Hypothesis(f"H{n}", name, f"motivation:{name}", (f"claim:why-{n}",))
    for n, name in enumerate(("gain", "fear", "pride"), 1)
)


def analysis(store: Store, *rows: Evidence, hypotheses: tuple[Hypothesis, ...] = THREE) -> Analysis:
    return Analysis(store, Matrix(hypotheses, rows, "event:act"))


# e-1 weighs 1.5 (grade 2), e-2 1 x 1.5 (grade 3, high), e-3 0.5 x 0.5 (grade 5, low),
# other-1 1 (grade 6: nobody can tell), other-2 1.5 (grade 1).
WORKED = (
    row("e-1", "I N CC"),
    row("e-2", "II C N", relevance="high"),
    row("e-3", "C II I", relevance="low"),
    row("other-1", "C C C"),
    row("other-2", "NA I N"),
)


def test_a_small_matrix_scores_as_worked_out_by_hand(act: Store) -> None:
    found = analysis(act, *WORKED)
    assert {s.hypothesis.id: s.against for s in found.scores} == {
        "H1": Fraction(3, 2) + 2 * Fraction(3, 2),  # I on e-1, II on e-2
        "H2": 2 * Fraction(1, 4) + Fraction(3, 2),  # II on e-3, I on other-2
        "H3": Fraction(1, 4),  # I on e-3
    }
    assert [(s.hypothesis.id, s.rank) for s in found.scores] == [("H3", 1), ("H2", 2), ("H1", 3)]
    assert {s.hypothesis.id: s.plain for s in found.scores} == {"H1": 3, "H2": 3, "H3": 1}
    assert [found.diagnosticity(r) for r in WORKED] == [3, 3, 3, 0, 1]
    assert found.order(found.ranks()) == "H3 < H2 < H1"


def test_many_consistent_marks_do_not_outweigh_one_that_is_not(act: Store) -> None:
    rows = (row("e-1", "CC N"), row("e-2", "CC N"), row("other-1", "CC N"), row("e-3", "I N"))
    found = analysis(act, *rows, hypotheses=THREE[:2])
    assert [(s.hypothesis.id, s.rank) for s in found.scores] == [("H2", 1), ("H1", 2)]


def test_a_tie_is_said_to_be_one(act: Store) -> None:
    found = analysis(act, row("e-1", "I N N"), row("e-2", "C C CC"))
    assert [(s.hypothesis.id, s.rank, s.tied) for s in found.scores] == [
        ("H2", 1, True),
        ("H3", 1, True),
        ("H1", 3, False),
    ]
    assert found.order(found.ranks()) == "H2 = H3 < H1"
    assert any("tie for the first place" in note for note in found.ranking().notes)


def test_a_weight_of_the_analyst_replaces_credibility_times_relevance(act: Store) -> None:
    found = analysis(act, row("e-1", "I N N", weight=Fraction("0.1"), relevance="high"))
    assert found.scores[-1].against == Fraction(1, 10)
    graded = analysis(act, row("e-1", "I N N", credibility=5))
    assert graded.scores[-1].against == Fraction(1, 2)


def test_an_empty_matrix_ranks_nothing(act: Store) -> None:
    found = analysis(act, row("e-1", ". . ."), row("e-2", ". . ."))
    assert found.ranks() is None
    answer = found.ranking()
    assert [r.values[0] for r in answer.rows] == [None, None, None]
    assert [r.values[3] for r in answer.rows] == [None, None, None]
    assert answer.notes[0].startswith("Nothing is ranked")
    assert answer.figures["ranking"] is None
    assert answer.figures["empty cells"] == "6 of 6"
    assert found.sensitivity().rows == ()


def test_an_empty_cell_is_not_neutral(act: Store) -> None:
    # H2 would be first if its empty cell counted as nothing against it.
    found = analysis(act, row("e-1", "C I N"), row("e-2", "I . I"))
    assert found.order(found.ranks()) == "H1 = H3 < H2"
    bounds = {s.hypothesis.id: (s.least, s.most) for s in found.scores}
    assert bounds == {"H1": (1, 1), "H2": (Fraction(3, 2), Fraction(7, 2)), "H3": (1, 1)}
    answer = found.ranking()
    assert answer.figures["rows counted"] == "1 of 2"
    assert any("an empty cell is not neutral" in note for note in answer.notes)
    assert "not judged for H2: not counted" in found.remark(found.rows[1])


def test_a_first_place_that_no_empty_cell_can_change_is_settled(act: Store) -> None:
    full = row("e-1", "N II II", weight=Fraction(10))
    assert analysis(act, full, row("e-2", ". . C")).settled
    assert not analysis(act, full, row("e-2", ". . C", weight=Fraction(10))).settled
    # What is marked in part speaks against the first of the ranking: nothing is settled.
    against = row("e-2", "II . C", weight=Fraction(10))
    assert not analysis(act, row("e-1", "N I I"), against).settled


def test_a_claim_that_puts_a_hypothesis_forward_is_no_evidence(act: Store) -> None:
    with_own = analysis(act, *WORKED, row("why-1", "CC II II"))
    assert with_own.ranks() == analysis(act, *WORKED).ranks()
    assert [s.against for s in with_own.scores] == [
        s.against for s in analysis(act, *WORKED).scores
    ]
    assert "puts H1 forward" in with_own.apart["why-1"]
    assert any("Set apart" in note and "why-1" in note for note in with_own.ranking().notes)
    (last,) = [r for r in with_own.table().rows if r.claims == ("claim:why-1",)]
    assert str(last.values[-1]).startswith("set apart: puts H1 forward")


def test_an_ascription_is_set_apart_though_the_file_does_not_list_it(act: Store) -> None:
    bare = tuple(replace(h, claims=()) for h in THREE)
    assert "why-2" in analysis(act, row("why-2", "N CC N"), hypotheses=bare).apart


def test_what_changes_the_ranking_is_found_item_by_item_and_source_by_source(act: Store) -> None:
    # Without e-2: H1 1.5, H2 2, H3 0.25. Without source:other: H1 4.5, H2 0.5, H3 0.25.
    found = analysis(act, *WORKED)
    assert [(c.kind, c.name, found.order(c.after)) for c in found.changes] == [
        ("evidence", "e-2", "H3 < H1 < H2"),
        ("source", "source:text", "H1 = H3 < H2"),
    ]
    answer = found.sensitivity()
    assert [r.values[2] for r in answer.rows] == ["order below the first", "first place"]
    assert answer.rows[1].claims == ("claim:e-1", "claim:e-2", "claim:e-3")
    assert answer.figures["sources tried"] == 2


def test_a_row_with_a_second_source_stays_when_one_is_left_out(act: Store) -> None:
    both = Evidence(("claim:e-1", "claim:other-2"), marks=WORKED[0].marks)
    names = [(c.kind, c.name) for c in analysis(act, both).changes]
    assert names == [("evidence", "e-1")]


def test_a_matrix_on_one_source_has_nothing_left_without_it(act: Store) -> None:
    found = analysis(act, row("e-1", "I N N"), row("e-2", "I N N"))
    assert [(c.kind, found.order(c.after)) for c in found.changes] == [
        ("source", "nothing left to rank")
    ]


def test_hedged_and_denied_rows_say_so(act: Store) -> None:
    found = analysis(act, *WORKED)
    assert found.put(WORKED[2]) == "expected forecast, Author"
    assert [found.firm(r) for r in WORKED] == [True, True, False, False, True]
    assert "possible (“may”) ascription, Author" in str(found.ranking().rows[0].values[-1])
    assert any(note.startswith("2 of 5 rows are no plain facts") for note in found.ranking().notes)
    assert any("3 of 5 rows are held only by" in note for note in found.ranking().notes)


# ---------------------------------------------------------------- laws

MARKS = st.sampled_from([".", *Mark])
NAMES = ("e-1", "e-2", "e-3", "other-1", "other-2")


def rows_of(width: int, cells: st.SearchStrategy[str] = MARKS) -> st.SearchStrategy[list[Evidence]]:
    marks = st.lists(cells, min_size=width, max_size=width).map(" ".join)
    relevance = st.sampled_from(["", "high", "low"])
    one = st.tuples(marks, relevance, st.sampled_from([None, Fraction("0.1"), Fraction("0.3")]))
    return st.lists(one, min_size=1, max_size=5).map(
        lambda found: [
            row(name, m, relevance=r, weight=w)
            for name, (m, r, w) in zip(NAMES, found, strict=False)
        ]
    )


LAWS = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LAWS
@given(rows=rows_of(3), data=st.data())
def test_the_order_of_rows_and_columns_changes_no_score(
    act: Store, rows: list[Evidence], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    columns = tuple(data.draw(st.permutations(THREE)))
    one, two = analysis(act, *rows), analysis(act, *shuffled, hypotheses=columns)
    assert one.scores == two.scores
    assert {r.id: one.diagnosticity(r) for r in rows} == {r.id: two.diagnosticity(r) for r in rows}


@LAWS
@given(rows=rows_of(3, st.sampled_from(list(Mark))), mark=st.sampled_from(list(Mark)))
def test_evidence_marked_alike_for_all_changes_no_ranking(
    act: Store, rows: list[Evidence], mark: Mark
) -> None:
    before = analysis(act, *rows[:4])
    after = analysis(act, *rows[:4], row("other-2", f"{mark} {mark} {mark}"))
    assert before.ranks() == after.ranks()
    assert after.diagnosticity(after.rows[-1]) in (0, None)


@LAWS
@given(rows=rows_of(3))
def test_a_score_lies_within_its_bounds_and_one_more_filled_cell_narrows_them(
    act: Store, rows: list[Evidence]
) -> None:
    found = {s.hypothesis.id: s for s in analysis(act, *rows).scores}
    filled = [
        replace(r, marks={h.id: r.marks.get(h.id, Judgement(Mark.I)) for h in THREE}) for r in rows
    ]
    for s in analysis(act, *filled).scores:
        assert s.against is not None
        assert found[s.hypothesis.id].least <= s.against <= found[s.hypothesis.id].most


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30).map(str.strip)


@LAWS
@given(question=TEXTS, note=TEXTS, why=TEXTS, by=TEXTS, rows=rows_of(3))
def test_a_file_gives_back_what_was_written(
    act: Store, tmp_path: Path, question: str, note: str, why: str, by: str, rows: list[Evidence]
) -> None:
    rows[0] = replace(
        rows[0], note=note, marks={**rows[0].marks, "H1": Judgement(Mark.N, why, by, "2024-11")}
    )
    matrix = Matrix(THREE, tuple(rows), "event:act", question, analyst=by, date="2024-11-12")
    path = tmp_path / "m.yaml"
    path.write_bytes(write(act, matrix))
    again, text = read(path)
    assert replace(again, path=None) == matrix
    assert write(act, again, old=text).decode("utf-8") == text
    assert yaml.safe_load(text)["about"] == "event:act"


# ---------------------------------------------------------------- gathering, and the file


def test_the_motives_ascribed_for_an_act_are_its_hypotheses(act: Store) -> None:
    found = gather(act, ACT)
    assert [(h.id, h.says, h.claims) for h in found.matrix.hypotheses] == [
        ("H1", "gain", ("claim:why-1",)),
        ("H2", "fear", ("claim:why-2",)),
        ("H3", "pride", ("claim:why-3",)),
    ]
    assert [(r.claims, r.bears) for r in found.matrix.evidence] == [
        (("claim:e-1",), "about The act"),
        (("claim:e-2",), "about The act"),
        (("claim:e-3",), "about The act"),
        (("claim:other-1",), "about The act"),
        (("claim:other-2",), "between its actors"),
    ]
    assert found.left_out == {"put a hypothesis forward or deny it: no evidence for themselves": 3}


def test_the_motives_of_an_actor_are_its_hypotheses_too(act: Store) -> None:
    found = gather(act, expand("actor:doer") or "")
    assert [h.says for h in found.matrix.hypotheses] == ["gain", "fear", "pride"]


def test_what_is_said_twice_is_one_row(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        *GRAPH,
        claim("e-4", "event:act", "kg:recipient", "actor:friend", modality="kg:possible"),
        claim("e-5", "event:act", "kg:recipient", "actor:friend", polarity="kg:negated"),
        claim("e-6", "actor:doer", "kg:supports", "actor:friend", rest="; kg:restates claim:e-1"),
        claim("e-7", "actor:doer", "kg:partnerOf", "actor:friend",
              rest='; kg:validTo "1990-01-01"^^xsd:date'),
        claim("e-8", "event:act", "kg:affects", "condition:x", kind="kg:recommendation"),
        claim("e-9", "condition:far", "kg:leadsTo", "condition:off", rest="; kg:inTensionWith claim:e-3"),
    )  # fmt: skip
    found = gather(store, ACT)
    assert [r.claims for r in found.matrix.evidence] == [
        ("claim:e-1", "claim:e-6"),
        ("claim:e-2", "claim:e-4"),
        ("claim:e-3",),
        ("claim:e-5",),
        ("claim:e-7",),
        ("claim:e-9",),
        ("claim:other-1",),
        ("claim:other-2",),
    ]
    bears = {r.claims[0]: r.bears for r in found.matrix.evidence}
    assert bears["claim:e-9"] == "in tension with e-3"
    assert found.left_out["say what ought to be done"] == 1


def test_a_wider_reach_brings_what_is_said_of_the_actors(tmp_path: Path) -> None:
    far = claim("far", "actor:friend", "kg:experiences", "condition:isolation")
    store = small(tmp_path, *GRAPH, far)
    near, wide = gather(store, ACT), gather(store, ACT, reach="wide")
    assert {r.id for r in wide.matrix.evidence} - {r.id for r in near.matrix.evidence} == {"far"}


def test_hypotheses_can_be_nodes_and_claims_of_ones_own(act: Store) -> None:
    given_ = [expand("motivation:gain") or "", expand("claim:e-3") or ""]
    found = gather(act, ACT, given_).matrix
    assert [(h.node, h.claims) for h in found.hypotheses] == [
        ("motivation:gain", ("claim:why-1",)),
        ("", ("claim:e-3",)),
    ]
    assert "claim:e-3" not in {c for r in found.evidence for c in r.claims}
    for twice in (given_[0], expand("claim:why-1") or ""):
        with pytest.raises(UsageError):
            gather(act, ACT, [given_[0], twice])
    # Chosen by hand, they stay what they are.
    assert len(gather(act, old=found).matrix.hypotheses) == 2


def test_a_motive_that_vanishes_stays_a_hypothesis_and_can_come_back(
    act: Store, tmp_path: Path
) -> None:
    fewer = small(tmp_path, *[line for line in GRAPH if "motivation/pride>" not in line])
    full = gather(act, ACT).matrix
    found = gather(fewer, old=full).matrix
    assert found.hypotheses[2] == Hypothesis(
        "H3", "pride", gone=("motivation:pride", "claim:why-3")
    )
    assert Analysis(fewer, found).ranks() is None
    assert gather(act, old=found).matrix == full


def test_fewer_than_two_hypotheses_or_no_evidence_is_a_no(act: Store, tmp_path: Path) -> None:
    with pytest.raises(NoError, match="no hypothesis"):
        gather(act, expand("condition:war") or "")
    with pytest.raises(NoError, match="one hypothesis"):
        gather(act, ACT, [expand("motivation:gain") or ""])
    bare = small(
        tmp_path, *[line for line in GRAPH if "claim:e-" not in line and "claim:other" not in line]
    )
    with pytest.raises(NoError, match="bears on"):
        gather(bare, ACT)


def test_an_update_keeps_marks_adds_what_is_new_and_flags_what_is_gone(
    act: Store, tmp_path: Path
) -> None:
    path = tmp_path / "why.yaml"
    text = write(act, gather(act, ACT).matrix).decode("utf-8")
    text = text.replace("    H1:\n", '    H1: {mark: I, why: "as # I see it", by: AB}\n', 1)
    text = text.replace("- claims: [claim:e-2]", "# ask the desk about this\n- claims: [claim:e-2]")
    text = text.replace("question:", 'question: "Why?" # mine', 1)
    text = (
        text.replace("evidence:\n", '- id: H4\n  says: "an order from above"\nevidence:\n')
        + "# last\n"
    )
    path.write_text(text, encoding="utf-8")
    later = small(
        tmp_path,
        *[line for line in GRAPH if not line.startswith("claim:e-3 ")],
        '<https://w3id.org/gambit/id/motivation/greed> a kg:Motivation ; skos:prefLabel "greed"@en .\n',
        claim("why-4", "event:act", "kg:motivatedBy", "<https://w3id.org/gambit/id/motivation/greed>", kind="kg:ascription"),
        claim("a-1", "event:act", "kg:recipient", "actor:friend", modality="kg:possible"),
        claim("a-2", "event:act", "kg:affects", "condition:new"),
    )  # fmt: skip
    old, before = read(path)
    new = gather(later, old=old).matrix
    assert [(h.id, h.says) for h in new.hypotheses] == [
        ("H1", "gain"),
        ("H2", "fear"),
        ("H3", "pride"),
        ("H4", "an order from above"),
        ("H5", "greed"),
    ]
    assert [(r.claims, r.gone) for r in new.evidence] == [
        (("claim:e-1",), ()),
        (("claim:a-1", "claim:e-2"), ()),
        ((), ("claim:e-3",)),
        (("claim:other-1",), ()),
        (("claim:other-2",), ()),
        (("claim:a-2",), ()),
    ]
    assert new.evidence[0].marks == {"H1": Judgement(Mark.I, "as # I see it", "AB")}
    again = write(later, new, old=before).decode("utf-8")
    assert [line for line in again.splitlines() if line.lstrip().startswith("#")][-2:] == [
        "# ask the desk about this",
        "# last",
    ]
    assert "# ask the desk about this\n- claims: [claim:a-1, claim:e-2]" in again
    assert again.count("# mine") == 1
    path.write_text(again, encoding="utf-8")
    third, same = read(path)
    assert write(later, gather(later, old=third).matrix, old=same).decode("utf-8") == again
    assert "no longer in the graph" in Analysis(later, third).apart["e-3"]
    # What comes back is evidence again.
    assert gather(act, old=third).matrix.evidence[2].claims == ("claim:e-3",)


def test_a_matrix_about_nothing_is_not_brought_up_to_date(act: Store, tmp_path: Path) -> None:
    path = tmp_path / "why.yaml"
    path.write_text(HEAD.replace("event:act", '"event:<no such>"') + ROW, encoding="utf-8")
    with pytest.raises(RefusedError, match="not in the graph") as caught:
        gather(act, old=read(path)[0])
    assert caught.value.line == 2


def test_analysing_a_file_whose_claim_has_vanished_names_the_line(
    act: Store, tmp_path: Path
) -> None:
    path = tmp_path / "why.yaml"
    text = write(act, gather(act, ACT).matrix).decode("utf-8").replace("claim:e-2", "claim:e-99")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedError, match=r"claim:e-99 is not in the graph") as caught:
        Analysis(act, read(path)[0])
    assert caught.value.line == text.split("claim:e-99")[0].count("\n") + 1


HEAD = "ach: 1\nabout: event:act\nhypotheses:\n- id: H1\n  says: one\n- id: H2\n  says: two\nevidence:\n"
ROW = "- claims: [claim:e-1]\n  marks:\n    H1: I\n    H2: C\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (HEAD + ROW.replace("H2: C", "H2: Q"), 12, "unknown mark 'Q'"),
        (HEAD + ROW.replace("H2: C", "H3: C"), 12, "'H3' means nothing here"),
        (HEAD + ROW.replace("H2: C", "H1: C"), 12, "H1 is given twice"),
        (HEAD + ROW.replace("H2: C", "H2: {why: because}"), 12, "a reason without a mark"),
        (HEAD + ROW.replace("H2: C", "H2: {mark: C, date: soon}"), 12, "is no date"),
        (HEAD + ROW.replace("H2: C", "H2: [C]"), 12, "is no text"),
        (HEAD + ROW + ROW, 13, "claim:e-1 is in two rows"),
        (HEAD + "- claims: []\n", 9, "evidence without a claim"),
        (HEAD + "- claims: [claim:e-1]\n  weight: 11\n", 10, "weight '11'"),
        (HEAD + "- claims: [claim:e-1]\n  weight: -1\n", 10, "weight '-1'"),
        (HEAD + "- claims: [claim:e-1]\n  credibility: 7\n", 10, "credibility '7'"),
        (HEAD + "- claims: [claim:e-1]\n  relevance: huge\n", 10, "relevance 'huge'"),
        (HEAD + "- claims: [claim:e-1]\n  mark: {}\n", 10, "'mark' means nothing"),
        (HEAD.replace("says: two", "says: ONE") + ROW, 6, "H2 has the same text as H1"),
        (HEAD.replace("id: H2", "id: H1") + ROW, 6, "H1 has the same id as H1"),
        (HEAD.replace("id: H2", "id: 'no good'") + ROW, 6, "is no id"),
        (HEAD.replace("ach: 1", "ach: 2") + ROW, 1, "version 2"),
        ("hello: world\n", 1, "'hello' means nothing here"),
        ("about: x\n", 1, "is no matrix"),
        ("- a\n- b\n", 1, "is no matrix"),
        ("", 1, "is no matrix"),
        ("ach: 1\nabout: [\n", 3, "is not YAML"),
        ("ach: 1\n\tabout: x\n", 2, "is not YAML"),
        ("ach: &a 1\n", 1, "anchors and aliases"),
        ("ach: 1\nabout: *a\n", 2, "anchors and aliases"),
        ("ach: !!python/object/apply:os.system [echo]\n", 1, "a tag is not read"),
        ("ach: " + "[" * 5000, 1, "nest"),
        ("ach: " + "[" * 9 + "]" * 9, 1, "nested too deeply"),
        (HEAD + ROW.replace("I", '"\\ud800"'), 11, ""),
        (HEAD + "- claims: [claim:e-1, ]\n  note: [a]\n", 10, "is no text"),
        ("ach: 1\n---\nach: 1\n", 2, "is not YAML"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((RefusedError, UnreadableError)) as caught:
        read(path)
    assert told in str(caught.value)
    assert (caught.value.line, caught.value.exit_code) == (line, 3)


def test_a_bomb_of_aliases_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 30)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RefusedError, match="anchors"):
        read(path)


def test_a_file_too_large_or_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("# " + "x" * 4_000_001, encoding="utf-8")
    with pytest.raises(RefusedError, match="MB"):
        read(path)
    rows = "".join(f"- claims: [claim:c-{n}]\n" for n in range(2001))
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(RefusedError, match="2001 entries are more than 2000"):
        read(path)
    with pytest.raises(MissingError):
        read(tmp_path / "none.yaml")


def test_one_hypothesis_or_no_evidence_is_refused(act: Store) -> None:
    with pytest.raises(RefusedError, match="rivals take two"):
        analysis(act, row("e-1", "C"), hypotheses=THREE[:1])
    with pytest.raises(RefusedError, match="no evidence"):
        analysis(act)
    with pytest.raises(RefusedError, match="motivation:none is not in the graph"):
        analysis(
            act, row("e-1", "C C"), hypotheses=(THREE[0], Hypothesis("H2", "x", "motivation:none"))
        )


# ---------------------------------------------------------------- the command


@pytest.fixture
def data(tmp_path: Path) -> str:
    small(tmp_path, *GRAPH)
    return str(tmp_path / "small.ttl")


def test_the_command_writes_a_file_and_says_what_it_comes_to(
    data: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "why.yaml"
    ach = ["--data", data, "analyze", "ach"]
    assert run([*ach, "--for", "The act", "--init", str(path)]) == 0
    assert b"3 hypotheses, 5 rows" in capfdbinary.readouterr().err
    assert run([*ach, "--for", "The act", "--init", str(path)]) == 2
    assert b"--update keeps" in capfdbinary.readouterr().err
    path.write_text(
        path.read_text("utf-8").replace(
            "    H1:\n    H2:\n    H3:", "    H1: I\n    H2: N\n    H3: CC", 1
        )
    )
    assert run([*ach, "--for", "The act", "--init", str(path), "--update"]) == 0
    assert "    H1: I\n    H2: N\n    H3: CC" in path.read_text("utf-8")
    capfdbinary.readouterr()
    assert run([*ach, str(path), "--json"]) == 0
    found = json.loads(capfdbinary.readouterr().out)
    assert [(r["id"], r["rank"], r["against"]) for r in found["rows"]] == [
        ("H2", 1, 0.0),
        ("H3", 1, 0.0),
        ("H1", 3, 1.5),
    ]
    assert found["rows"][2]["claims"] == ["claim:e-1", "claim:why-1"]
    assert run([*ach, str(path), "--matrix", "--format", "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode("utf-8"))))
    assert [table[0][h] for h in ("H1", "H2", "H3")] == ["I", "N", "CC"]
    assert (table[0]["diagnosticity"], table[0]["claims"]) == ("3", "claim:e-1")
    assert [table[1][h] for h in ("H1", "H2", "H3", "diagnosticity")] == ["", "", "", ""]
    assert run([*ach, str(path), "--sensitivity", "--cite"]) == 0
    assert "[1]" in capfdbinary.readouterr().out.decode("utf-8")
    assert run([*ach, str(path), "--to", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--update"], 2),
        (["--init", "x.yaml"], 2),
        (["FILE", "--for", "The act"], 2),
        (["FILE", "--matrix", "--sensitivity"], 2),
        (["FILE", "--init", "x.yaml"], 2),
        (["FILE", "--update", "--matrix"], 2),
        (["none.yaml"], 4),
        (["--for", "nobody at all", "--init", "x.yaml"], 1),
        (["--for", "condition:war", "--init", "x.yaml"], 1),
        (["--for", "The act", "--init", "none/x.yaml"], 4),
        (["FILE", "--to", "none/x.html"], 4),
        (["--for", "actor:doer", "--init", "FILE", "--update"], 2),
        (["--for", "The act", "--init", "none.yaml", "--update"], 4),
    ],
)
def test_a_request_that_cannot_be_met_ends_in_one_line_and_its_code(
    data: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.open(data)
    Path("why.yaml").write_bytes(write(store, gather(store, ACT).matrix))
    given_ = ["why.yaml" if a == "FILE" else a for a in arguments]
    assert run(["--data", data, "analyze", "ach", *given_]) == code
    told = capfd.readouterr().err
    assert told.startswith("error: ")
    assert "bug" not in told
    assert not Path("x.yaml").exists()


def test_a_file_that_cannot_be_written_stays_as_it_was(
    act: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    path = tmp_path / "why.yaml"
    path.write_bytes(write(act, gather(act, ACT).matrix))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["--data", data, "analyze", "ach", str(path), "--update"]) == 4
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".why")] == []


# ---------------------------------------------------------------- the page

HOSTILE = "<script>window.__xss=1</script>\"'><img src=x onerror=window.__xss=1>\u202e"


def hostile(act: Store) -> Analysis:
    from tests.test_page import TEN_HOSTILE

    text = HOSTILE + " ".join(TEN_HOSTILE).replace("\0", "")
    rows = (
        replace(WORKED[0], note=text, marks={**WORKED[0].marks, "H1": Judgement(Mark.I, text, text)}),
        *WORKED[1:],
        row("why-1", "CC N ."),
    )  # fmt: skip
    own = (*THREE[:2], Hypothesis("H3", text))
    return Analysis(act, Matrix(own, rows, "event:act", text, analyst=text))


def test_the_page_escapes_what_strangers_wrote(act: Store) -> None:
    text = page(hostile(act)).decode("utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert not re.search(r"(src|href)=\"(?!#)", text)
    assert "default-src 'none'; style-src 'sha256-" in text


def test_the_page_holds_every_claim_with_its_place_and_every_reason(act: Store) -> None:
    text = page(Analysis(act, Matrix(THREE, WORKED, "event:act"))).decode("utf-8")
    assert text == page(Analysis(act, Matrix(THREE, WORKED, "event:act"))).decode("utf-8")
    for told in ("source:other, Page 2", "source:text, Body, sentence 1", "expected forecast",
                 "H3 &lt; H2 &lt; H1", "possible (“may”) ascription, Author"):  # fmt: skip
        assert told in text
    assert text.count("<article") == 5


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1400, 900), (390, 844)])
def test_axe_finds_nothing_on_the_page_and_nothing_runs_or_overflows(
    act: Store, tmp_path: Path, scheme: str, size: tuple[int, int]
) -> None:
    from tests.test_page import AXE, FLAGS, absent

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    spec = importlib.util.find_spec("axe_core_python")
    if not chromium or importlib.util.find_spec("playwright") is None or spec is None:
        absent("Chromium, Playwright or axe-core-python is missing")
    from playwright.sync_api import sync_playwright

    assert spec.origin is not None
    axe = (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")
    path = tmp_path / "page.html"
    path.write_bytes(page(hostile(act)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            offline=True,
        )
        opened = context.new_page()
        told: list[str] = []
        asked: list[str] = []
        opened.on("console", lambda message: told.append(message.text))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(path.as_uri())
        session = context.new_cdp_session(opened)
        session.send("Runtime.evaluate", {"expression": axe})
        found = session.send(
            "Runtime.evaluate",
            {"expression": f"({AXE})()", "awaitPromise": True, "returnByValue": True},
        )
        width = opened.evaluate("document.documentElement.scrollWidth")
        ran = opened.evaluate("window.__xss === undefined")
        browser.close()
    assert found["result"]["value"] == []
    assert (told, asked, ran) == ([], [path.as_uri()], True)
    assert width <= size[0]


# ---------------------------------------------------------------- the shipped data


def test_the_shipped_deployment_has_four_motives_and_no_evidence_for_itself(
    shipped: Store, tmp_path: Path
) -> None:
    found = gather(shipped, expand("event:deployment-2024") or "").matrix
    assert [h.claims for h in found.hypotheses] == [
        ("claim:bipss-137",),
        ("claim:bipss-145",),
        ("claim:bipss-153",),
        ("claim:bipss-158",),
    ]
    in_rows = [c for r in found.evidence for c in r.claims]
    assert len(in_rows) == len(set(in_rows))
    assert not set(in_rows) & {c for h in found.hypotheses for c in h.claims}
    worked = Analysis(shipped, found)
    assert worked.ranks() is None
    hedged = next(r for r in found.evidence if "claim:bipss-062" in r.claims)
    assert worked.put(hedged).startswith("possible (“raises the specter”) forecast")
    path = tmp_path / "why.yaml"
    path.write_bytes(write(shipped, found))
    again, text = read(path)
    assert write(shipped, gather(shipped, old=again).matrix, old=text).decode("utf-8") == text
