"""What holds for every saved query of some families: no claim passes for more than it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
import pytest
from library import SAVED, answer, ask, bound

from kg import files, saved
from kg.errors import UnreadableError
from kg.store import Store
from kg.vocab import expand

FAMILIES = {
    *("agreements", "events", "relations", "identity", "overview", "motivations", "benefits"),
    *("implications", "epistemics", "sources", "norms"),
}
#: Of the families whose claims may be denied: the others tell of denials on purpose.
PLAIN = {"agreements", "events", "relations", "identity", "overview"}
OURS = sorted(SAVED)
WITH_MINUS = [name for name in OURS if "MINUS" in SAVED[name].text]


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


def test_every_query_is_in_a_family() -> None:
    assert len(OURS) >= 45
    assert [name for name in OURS if not FAMILIES & set(SAVED[name].tags)] == []
    assert {tag for one in SAVED.values() for tag in one.tags} >= FAMILIES


@pytest.mark.parametrize("name", OURS)
def test_a_withdrawn_claim_is_in_no_answer(withdrawn: Store, name: str) -> None:
    for row in ask(withdrawn, name, **SAVED[name].examples):
        assert not any(withdrawn.claims[expand(c) or ""].retracted_on for c in claims_of(row))


@pytest.mark.parametrize("name", [n for n in OURS if PLAIN & set(SAVED[n].tags)])
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


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        (["summary: s", "params:", "  a: {type: iri, help: Who acts, or is acted on}"], 4, "or is"),
        (["summary: s", "params:", "  a:", "    type: iri", "    exampel: DPRK"], 6, "exampel"),
        (["summary: s", "tag: [events]"], 3, "'tag'"),
        (["summary: s", "description: one: two", "tags: []"], 3, "mapping values"),
    ],
)
def test_a_key_that_means_nothing_is_refused_with_its_line(
    tmp_path: Path, header: list[str], line: int, said: str
) -> None:
    path = tmp_path / "mine.rq"
    text = "".join(("PREFIX a: <urn:a>\n", *(f"#+ {one}\n" for one in header), "ASK {}"))
    for _ in range(2):  # nothing unreadable is remembered as read
        with pytest.raises(UnreadableError, match=said) as caught:
            saved.parse_query(text, name="mine", path=path)
        assert (caught.value.path, caught.value.line) == (path, line)


def test_a_header_written_for_grlc_is_read() -> None:
    text = (
        "#+ summary: s\n#+ endpoint: http://localhost/sparql\n#+ method: GET\n"
        "#+ pagination: 100\n#+ params:\n#+   a: {type: iri, help: 'Who acts, or not'}\nASK {}"
    )
    assert saved.parse_query(text, name="mine", path=None).params[0].help == "Who acts, or not"


class _Watched:
    """The engine, remembering what it evaluated."""

    def __init__(self, engine: ox.Store) -> None:
        self.engine = engine
        self.answers: list[tuple[str, object]] = []

    def query(self, text: str, **options: Any) -> object:
        answer = self.engine.query(text, **options)
        self.answers.append((text, answer))
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)


@pytest.mark.parametrize("name", WITH_MINUS)
def test_missing_evidence_is_found_with_minus_by_the_native_engine(
    shipped: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = SAVED[name].examples
    text = bound(shipped, name, given)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rdflib evaluated it")

    monkeypatch.setattr("rdflib.plugins.sparql.evaluate.evalQuery", refuse)
    watched = _Watched(shipped.engine)
    store = Store(cast("ox.Store", watched), {}, "watched")
    found = answer(store, name, given)
    ((evaluated, kind),) = watched.answers
    assert isinstance(kind, ox.QuerySolutions)
    assert evaluated == text
    assert "MINUS" in evaluated
    assert found.rows == answer(shipped, name, given).rows


@pytest.mark.parametrize("name", OURS)
def test_no_query_looks_for_missing_evidence_row_by_row(name: str) -> None:
    assert not re.search(r"NOT\s+EXISTS", SAVED[name].text, re.IGNORECASE)
