"""What changed between two states of the data, claim by claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import EXAMPLE, Run
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.claims import Claim
from kg.diff import Changed, Difference, diff, lines, plain
from kg.store import Store
from kg.vocab import compress


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The example with each sort of change made to it once."""
    text = EXAMPLE.read_text(encoding="utf-8")
    store = Store.open(EXAMPLE)
    gone, soft, moved = _three(store)
    for claim in (gone, moved):
        assert compress(claim.iri) in text
    text = _without(text, gone)
    text = text.replace(compress(moved.iri) + " ", "claim:moved ")
    block = _block(text, soft)
    text = text.replace(block, block.replace("kg:modality kg:asserted", "kg:modality kg:possible"))
    path = tmp_path / "edited.ttl"
    path.write_text(text, encoding="utf-8")
    return path


def _three(store: Store) -> tuple[Claim, Claim, Claim]:
    linked = {iri for c in store.claims.values() for iri in (*c.conflicts_with, *c.corroborates)}
    free = [c for c in store.claims.values() if c.iri not in linked and not c.conflicts_with]
    firm = [c for c in free if c.modality == "asserted" and not c.identity_scheme]
    return firm[0], firm[1], firm[2]


def _block(text: str, claim: Claim) -> str:
    start = text.index(f"\n{compress(claim.iri)} a ") + 1
    return text[start : text.index(" .\n", start) + 3]


def _without(text: str, claim: Claim) -> str:
    return text.replace(_block(text, claim), "")


def test_a_state_does_not_differ_from_itself(shipped: Store) -> None:
    found = diff(shipped, shipped)
    assert not found
    assert list(lines(found)) == ["no claim differs"]


def test_each_sort_of_change_is_told(edited: Path) -> None:
    before, after = Store.open(EXAMPLE), Store.open(edited)
    gone, soft, moved = _three(before)
    found = diff(before, after)
    assert found.gone == [gone]
    assert found.new == []
    (first, second) = sorted(found.changed, key=lambda c: c.renamed_from)
    assert (first.after.iri, first.fields) == (soft.iri, ("modality",))
    assert (second.renamed_from, compress(second.after.iri), second.fields) == (
        moved.iri, "claim:moved", (),
    )  # fmt: skip
    text = "\n".join(lines(found))
    assert f"[modality {soft.modality} → possible]" in text
    assert f"[was {compress(moved.iri)}]" in text


def test_backwards_new_is_gone_and_gone_is_new(edited: Path) -> None:
    one, other = Store.open(EXAMPLE), Store.open(edited)
    there, back = diff(one, other), diff(other, one)
    assert [c.iri for c in there.gone] == [c.iri for c in back.new]
    assert there.gone_edges == back.new_edges
    assert {c.fields for c in there.changed} == {c.fields for c in back.changed}


def test_a_claim_is_newly_contested_when_a_denial_comes(tmp_path: Path, example: Store) -> None:
    claim = next(c for c in example.claims.values() if c.modality == "asserted")
    text = EXAMPLE.read_text(encoding="utf-8")
    block = _block(text, claim).replace(compress(claim.iri), "claim:denial")
    path = tmp_path / "denied.ttl"
    denial = block.replace("kg:polarity kg:affirmative", "kg:polarity kg:negated")
    assert denial != block
    path.write_text(text + "\n" + denial, encoding="utf-8")
    found = diff(example, Store.open(path))
    assert claim.iri in [c.iri for c in found.newly_contested]
    assert [compress(c.iri) for c in found.new] == ["claim:denial"]
    assert claim.iri in [c.iri for c in diff(Store.open(path), example).no_longer_contested]


def test_a_claim_under_a_new_name_may_be_contested_no_longer(
    tmp_path: Path, example: Store
) -> None:
    claim = next(c for c in example.claims.values() if c.modality == "asserted")
    text = EXAMPLE.read_text(encoding="utf-8")
    name = compress(claim.iri)
    block = _block(text, claim)
    denial = block.replace(name, "claim:denial").replace(
        "kg:polarity kg:affirmative", "kg:polarity kg:negated"
    )
    denied, renamed = tmp_path / "denied.ttl", tmp_path / "renamed.ttl"
    denied.write_text(text + "\n" + denial, encoding="utf-8")
    renamed.write_text(
        text.replace(block, block.replace(name, "claim:renamed", 1)), encoding="utf-8"
    )
    found = diff(Store.open(denied), Store.open(renamed))
    assert [compress(c.iri) for c in found.no_longer_contested] == ["claim:renamed"]


@settings(max_examples=20)
@given(st.text(alphabet="ab*_<>|[]`\\#\n", max_size=12))
def test_markdown_of_strangers_has_no_marks(words: str) -> None:
    from kg.diff import _plain_markdown

    shown = _plain_markdown(words)
    assert shown.replace("\\", "") == words.replace("\\", "")
    for place, char in enumerate(shown):
        if char in "*_<>|[]`#":
            assert shown[place - 1] == "\\"


def test_the_command_answers_in_three_forms_and_by_its_exit_code(
    kg: Run, edited: Path, tmp_path: Path
) -> None:
    assert kg("diff", "shipped", "shipped").returncode == 0
    done = kg("diff", str(EXAMPLE), str(edited))
    assert done.returncode == 1
    assert done.stdout.startswith("Gone (1)\n  claim:")
    as_json = json.loads(kg("diff", str(EXAMPLE), str(edited), "--format", "json").stdout)
    assert as_json == plain(diff(Store.open(EXAMPLE), Store.open(edited)))
    assert as_json["counts"]["changed"] == 2
    assert "## Gone (1)" in kg("diff", str(EXAMPLE), str(edited), "--format", "markdown").stdout
    assert kg("diff", str(EXAMPLE), "nothing-here").returncode == 2
    kg("init", "ws")
    missing = kg("-w", "ws", "diff", "ofac-sdn", "shipped")
    assert missing.returncode == 2
    assert "the workspace has no data set ofac-sdn" in missing.stderr


def test_claims_that_are_only_covered_further_are_counted_and_not_listed(example: Store) -> None:
    first, second, *_ = example.claims.values()
    further = Difference(
        changed=[
            Changed(first, first._replace(covered_to="2024-07-01"), ("covered_to",)),
            Changed(second, second._replace(note="other"), ("note",)),
        ]
    )
    told = list(lines(further))
    assert "Covered to another day, else the same (1)" in told
    assert "Changed (1)" in told
    assert not any(compress(first.iri) in line for line in told)
    assert [c["claim"] for c in plain(further)["changed"]] == [first.iri, second.iri]
