"""What holds for every saved query of some families: no claim passes for more than it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from library import SAVED, ask

from kg import files, saved
from kg.errors import UnreadableError
from kg.store import Store
from kg.vocab import expand

FAMILIES = {"agreements", "events", "relations", "identity", "overview"}
OURS = sorted(name for name, one in SAVED.items() if FAMILIES & set(one.tags))


def with_every_claim(tmp_path: Path, old: str, new: str) -> Store:
    text = files.triples_path().read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "changed.ttl"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return Store.open(path)


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return with_every_claim(
        tmp_path_factory.mktemp("withdrawn"),
        "    kg:polarity kg:affirmative ;",
        '    kg:polarity kg:affirmative ;\n    kg:retractedOn "2026-01-01"^^xsd:date ;',
    )


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return with_every_claim(
        tmp_path_factory.mktemp("denied"), "kg:polarity kg:affirmative", "kg:polarity kg:negated"
    )


def claims_of(row: dict[str, str | None]) -> set[str]:
    return {value for value in row.values() if value and value.startswith("claim:")}


def test_the_families_are_there() -> None:
    assert len(OURS) >= 24


@pytest.mark.parametrize("name", OURS)
def test_a_withdrawn_claim_is_in_no_answer(withdrawn: Store, name: str) -> None:
    for row in ask(withdrawn, name, **SAVED[name].examples):
        assert not any(withdrawn.claims[expand(c) or ""].retracted_on for c in claims_of(row))


@pytest.mark.parametrize("name", OURS)
def test_a_denied_claim_is_marked_or_left_out(denied: Store, name: str) -> None:
    for row in ask(denied, name, **SAVED[name].examples):
        assert not claims_of(row) or row.get("polarity") == "kg:negated"


@pytest.mark.parametrize("name", OURS)
def test_a_row_says_how_its_claim_is_put(shipped: Store, name: str) -> None:
    for row in ask(shipped, name, **SAVED[name].examples):
        if row.get("claim"):
            claim = shipped.claims[expand(row["claim"] or "") or ""]
            assert row["modality"] == f"kg:{claim.modality}"
            kind = row.get("claimKind", row.get("kind"))
            assert kind in (None, f"kg:{claim.kind}")


@pytest.mark.parametrize("name", OURS)
def test_each_parameter_is_explained_and_has_an_example_or_can_be_left_out(name: str) -> None:
    one = SAVED[name]
    for param in one.params:
        assert param.help
        assert param.example or param.optional
        assert re.search(rf"[?$]{param.name}\b", one.text)


def test_the_example_is_shown_as_a_command_that_can_be_copied() -> None:
    text = "#+ summary: s\n#+ params:\n#+   a: {type: string, example: two words}\nASK {}"
    one = saved.parse_query(text, name="mine", path=None)
    assert one.command == "kg query mine -p a='two words'"
    assert one.as_dict()["params"][0]["example"] == "two words"


def test_a_parameter_that_yaml_reads_as_a_boolean_is_an_error() -> None:
    text = "#+ summary: s\n#+ params:\n#+   on: {type: date}\nASK {}"
    with pytest.raises(UnreadableError, match="no name of a parameter"):
        saved.parse_query(text, name="mine", path=None)
