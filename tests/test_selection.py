"""Which claims take part: laws, bounds, what is left out and what that brings back."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from library import TURTLE_PREFIXES, claim, small

from kg.claims import Kind, Modality
from kg.corroboration import Corroboration
from kg.dates import Span, period
from kg.errors import KgError, UnknownNameError, UsageError
from kg.projection import project
from kg.selection import Selection, select
from kg.store import Store
from kg.vocab import compress, expand

ID = "https://w3id.org/gambit/id/"
FACT = {"kind": "kg:fact"}
TWO = """
source:one a kg:SourceDocument ; dcterms:publisher actor:a ; dcterms:issued "2024-01-10"^^xsd:date .
source:two a kg:SourceDocument ; dcterms:publisher actor:b ; dcterms:issued "2024-02-10"^^xsd:date .
passage:a a kg:Passage ; oa:hasSource source:one ; kg:locator "1" .
passage:b a kg:Passage ; oa:hasSource source:two ; kg:locator "1" .
"""


def fact(name: str, value: str = "event:f", passage: str = "passage:a", **more: str) -> str:
    return claim(name, "event:e", "kg:leadsTo", value, passage=passage, **{**FACT, **more})


def kept(store: Store, **wanted: object) -> set[str]:
    return {
        compress(iri).removeprefix("claim:")
        for iri in select(store, Selection(**wanted)).claims  # type: ignore[arg-type]
    }


def test_asking_for_nothing_is_everything(shipped: Store) -> None:
    assert not Selection()
    chosen = select(shipped)
    assert chosen.whole
    assert chosen.claims is shipped.claims
    assert chosen.edges(shipped) is shipped.edges


# ---------------------------------------------------------------- time

_DAYS = (
    st.dates().map(str)
    | st.integers(1990, 2030).map(str)
    | st.sampled_from(["2024-11", "2024-11-10", "2024-11-12", "2024-12", "2024", "2006-10-14"])
)


@settings(max_examples=40)
@given(_DAYS, _DAYS)
def test_what_was_known_is_known_later_with_every_place_it_had(
    shipped: Store, one: str, other: str
) -> None:
    first, second = sorted((one, other), key=lambda d: (period(d) or ("", ""))[1])
    early = select(shipped, Selection(known_by=first)).claims
    late = select(shipped, Selection(known_by=second)).claims
    assert early.keys() <= late.keys()
    behind_early, behind_late = Corroboration(shipped, early), Corroboration(shipped, late)
    for iri, claim_ in list(early.items())[:20]:
        assert set(claim_.evidence) & set(late[iri].evidence) or claim_.cited_sources
        assert (
            behind_early.support(claim_).lineage.known
            <= behind_late.support(late[iri]).lineage.known
        )


def test_a_copy_that_was_not_out_is_no_place_yet(tmp_path: Path) -> None:
    store = small(tmp_path, TWO, fact("1", passage="passage:a, passage:b"))
    (early,) = select(store, Selection(known_by="2024-01-31")).claims.values()
    assert early.evidence == (ID + "passage/a",)
    (late,) = select(store, Selection(known_by="2024-02")).claims.values()
    assert len(late.evidence) == 2


def test_a_month_is_known_by_its_last_day(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        "source:one kg:datePrecision kg:month .\n",
        fact("1"),
    )
    assert kept(store, known_by="2024-01-15") == set()
    assert kept(store, known_by="2024-01-31") == kept(store, known_by="2024-01") == {"1"}


def test_a_document_known_only_by_bounds_was_out_after_the_last_of_them(tmp_path: Path) -> None:
    bounds = (
        "source:x a kg:SourceDocument ; dcterms:publisher actor:x ;"
        ' kg:notBefore "2024-03-01"^^xsd:date ; kg:notAfter "2024-03-31"^^xsd:date .\n'
        'passage:x a kg:Passage ; oa:hasSource source:x ; kg:locator "1" .\n'
    )
    store = small(tmp_path, bounds, fact("1", passage="passage:x"))
    assert [kept(store, known_by=d) for d in ("2024-02-01", "2024-03-15", "2024-03-31")] == [
        set(),
        set(),
        {"1"},
    ]
    assert select(store, Selection(known_by="2024-02-01")).left_out == {"not yet published": 1}
    assert select(store, Selection(known_by="2024-03-15")).left_out == {"source without date": 1}


def test_a_note_that_reaches_brings_its_day_and_one_that_may_not_brings_none(
    tmp_path: Path,
) -> None:
    def noted(scope: str) -> str:
        return f" ; kg:citedSource source:one ; kg:citationScope kg:{scope}"

    store = small(
        tmp_path,
        TWO,
        fact("1", passage="passage:one", rest=noted("sentenceScope")),
        fact("2", "event:g", passage="passage:one", rest=noted("uncertainScope")),
    )
    assert kept(store, known_by="2024-01-10") == {"1"}


def test_a_year_is_possible_inside_and_certain_after(tmp_path: Path) -> None:
    spell = ' ; kg:validFrom "2020-01-01"^^xsd:date ; kg:validPrecision kg:year'
    store = small(tmp_path, TWO, fact("1", rest=spell))
    held = {
        day: dict(select(store, Selection(as_of=day)).held or {})[ID + "claim/1"]
        for day in ("2019-12-31", "2020-06-01", "2020", "2021-01-01")
    }
    assert held == {
        "2019-12-31": "no",
        "2020-06-01": "possible",
        "2020": "possible",
        "2021-01-01": "certain",
    }
    assert kept(store, as_of="2019") == set()
    assert kept(store, as_of="2020") == kept(store, as_of="2021") == {"1"}


def test_what_has_no_known_beginning_held_perhaps_and_not_after_its_end(tmp_path: Path) -> None:
    until = Span(end=period("1992-08-30"))
    assert [until.held(period(d) or ("", "")) for d in ("1800", "1992-08-30", "1993")] == [  # type: ignore[arg-type]
        "possible",
        "possible",
        "no",
    ]


def test_what_has_no_date_is_kept_and_called_undated(tmp_path: Path) -> None:
    chosen = select(small(tmp_path, TWO, fact("1")), Selection(as_of="1900"))
    assert chosen.held == {ID + "claim/1": "undated"}
    assert len(chosen.claims) == 1


def test_a_number_that_looks_like_a_year_is_no_date(tmp_path: Path) -> None:
    store = small(tmp_path, TWO, claim("1", "event:e", "kg:characterizedAs", '"2050"'))
    assert kept(store, as_of="2000") == {"1"}


@settings(max_examples=40)
@given(_DAYS)
def test_a_day_drops_no_more_than_some_day_within_it(shipped: Store, day: str) -> None:
    whole = select(shipped, Selection(as_of=day[:4])).claims.keys()
    assert select(shipped, Selection(as_of=day)).claims.keys() <= whole


# ---------------------------------------------------------------- sources and holders


def test_a_source_left_out_drops_what_rests_on_it_alone(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        fact("1"),
        fact("2", "event:g", passage="passage:a, passage:b"),
        fact("3", "event:h", passage="passage:b"),
    )
    without = Selection(exclude_sources=(ID + "source/one",))
    chosen = select(store, without)
    assert {compress(iri) for iri in chosen.claims} == {"claim:2", "claim:3"}
    assert chosen.left_out == {"left-out source": 1}
    two = chosen.claims[ID + "claim/2"]
    assert two.evidence == (ID + "passage/b",)
    assert Corroboration(store, chosen.claims).support(two).origins == 1
    assert kept(store, exclude_sources=(ID + "actor/a",)) == {"2", "3"}


def test_a_note_to_a_left_out_source_goes_and_takes_the_claim_only_if_it_was_all(
    tmp_path: Path,
) -> None:
    def noted(documents: str, scope: str = "sentenceScope") -> str:
        return f" ; kg:citedSource {documents} ; kg:citationScope kg:{scope}"

    store = small(
        tmp_path,
        TWO,
        fact("1", passage="passage:one", rest=noted("source:one")),
        fact("2", "event:g", passage="passage:one", rest=noted("source:one, source:two")),
        fact("3", "event:h", passage="passage:one", rest=noted("source:one", "uncertainScope")),
    )
    chosen = select(store, Selection(exclude_sources=(ID + "source/one",))).claims
    assert {compress(iri) for iri in chosen} == {"claim:2", "claim:3"}
    two = chosen[ID + "claim/2"]
    assert two.cited_sources == (ID + "source/two",)
    assert set(map(compress, Corroboration(store, chosen).support(two).lineage.origins)) == {
        "actor:b"
    }


def test_an_actor_left_out_takes_along_what_is_relayed_of_it_alone(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        fact("1", passage="passage:b", rest=" ; kg:originalHolder actor:a"),
        fact("2", "event:g", passage="passage:b", rest=" ; kg:originalHolder actor:a, actor:c"),
        fact("3", "event:h", passage="passage:b"),
    )
    assert kept(store, exclude_sources=(ID + "actor/a",)) == {"2", "3"}
    assert kept(store, exclude_sources=(ID + "actor/c",)) == {"1", "2", "3"}


def test_a_claim_without_place_or_holder_is_not_swept_up(tmp_path: Path) -> None:
    bare = fact("1").replace(" prov:wasAttributedTo actor:author ;", "")
    bare = bare.replace(" kg:evidence passage:a ;", "")
    store = small(tmp_path, TWO, bare, fact("2", "event:g"))
    assert kept(store, exclude_sources=(ID + "source/two",)) == {"1", "2"}
    assert kept(store, exclude_holders=(ID + "actor/nobody",)) == {"1", "2"}


def test_a_date_returns_when_its_preferred_rival_is_left_out(tmp_path: Path) -> None:
    def dated(name: str, date: str, passage: str, rank: str = "kg:normal") -> str:
        return claim(
            name, "event:e", "kg:date", f'"{date}"^^xsd:date', passage=passage, rank=rank, **FACT
        )

    store = small(
        tmp_path,
        TWO,
        dated("1", "2024-11-11", "passage:a", "kg:preferred"),
        dated("2", "2024-11-12", "passage:b"),
        f'<{ID}event/e> kg:date "2024-11-11"^^xsd:date .\n',
    )

    def day(**wanted: object) -> set[str]:
        edges = select(store, Selection(**wanted)).edges(store)  # type: ignore[arg-type]
        return {getattr(value, "value", "") for _, _, value in edges}

    assert day() == {"2024-11-11"}
    assert day(exclude_sources=(ID + "source/one",)) == {"2024-11-12"}
    assert day(sources=(ID + "source/two",)) == {"2024-11-12"}


def test_only_what_is_read_in_a_source_counts_there(tmp_path: Path) -> None:
    store = small(tmp_path, TWO, fact("1", passage="passage:a, passage:b"), fact("2", "event:g"))
    chosen = select(store, Selection(sources=(ID + "source/two",))).claims
    assert [c.evidence for c in chosen.values()] == [(ID + "passage/b",)]


def test_holders_left_out_drop_what_only_they_hold(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        fact("1", holder="actor:a"),
        fact("2", "event:g", holder="actor:a, actor:b"),
        fact("3", "event:h", holder="actor:b", rest=" ; kg:originalHolder actor:a"),
    )
    assert kept(store, exclude_holders=(ID + "actor/a",)) == {"2"}


def test_what_deutsche_welle_left_out_brings_down(shipped: Store) -> None:
    gone = (
        select(shipped).claims.keys()
        - select(shipped, Selection(exclude_sources=(ID + "actor/deutsche-welle",))).claims.keys()
    )
    assert {compress(iri) for iri in gone} == {f"claim:bipss-{n:03}" for n in range(76, 85)}


# ---------------------------------------------------------------- grades


def test_grades_and_kinds_let_through_what_reaches_them(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        TWO,
        "source:one kg:reliability kg:B . source:two kg:reliability kg:F .\n",
        fact("1", rest=" ; kg:credibility 2 ; kg:confidence 70"),
        fact("2", "event:g", passage="passage:b", rest=" ; kg:credibility 6"),
        claim("3", "event:e", "kg:leadsTo", "event:h", modality="kg:possible", kind="kg:forecast"),
    )
    assert kept(store, min_credibility=3) == {"1"}
    assert kept(store, min_reliability="B") == {"1"}
    assert kept(store, min_reliability="A") == set()
    assert kept(store, min_confidence=70) == {"1"}
    assert kept(store, kinds=(Kind.FORECAST,)) == {"3"}
    assert kept(store, modalities=(Modality.ASSERTED,)) == {"1", "2"}
    assert dict(select(store, Selection(min_credibility=3)).left_out) == {
        "credibility not judged": 2
    }


def test_a_guess_does_not_lift_a_statement_over_a_minimum_of_origins(tmp_path: Path) -> None:
    guess = fact(
        "2", passage="passage:b", modality="kg:possible", kind="kg:forecast", holder="actor:b"
    )
    store = small(tmp_path, TWO, fact("1"), guess)
    assert kept(store, min_origins=2) == {"2"}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"known_by": "soon"}, UsageError),
        ({"as_of": "2024-02-30"}, UsageError),
        ({"as_of": "0000"}, UsageError),
        ({"min_credibility": 7}, UsageError),
        ({"min_credibility": 0}, UsageError),
        ({"min_reliability": "F"}, UsageError),
        ({"min_reliability": "AB"}, UsageError),
        ({"sources": (ID + "actor/nobody",)}, UnknownNameError),
        ({"exclude_sources": (ID + "actor/nobody",)}, UnknownNameError),
        ({"datasets": (ID + "graph/nothing",)}, UnknownNameError),
    ],
)
def test_what_cannot_be_asked_is_an_error_of_ours(
    example: Store, wanted: dict[str, object], error: type[KgError]
) -> None:
    with pytest.raises(error):
        select(example, Selection(**wanted))  # type: ignore[arg-type]


# ---------------------------------------------------------------- data sets


def test_a_data_set_is_the_claims_of_its_file(tmp_path: Path, kg: Run) -> None:
    small(tmp_path, TWO, claim("1", "actor:a", "kg:partnerOf", "actor:b", **FACT))
    (tmp_path / "small.ttl").rename(tmp_path / "first.ttl")
    (tmp_path / "second.ttl").write_text(
        TURTLE_PREFIXES
        + claim("2", "actor:a", "kg:opposes", "actor:b", passage="passage:b", **FACT),
        encoding="utf-8",
    )
    store = Store.open(tmp_path / "first.ttl", tmp_path / "second.ttl")
    assert kept(store) == {"1", "2"}
    assert kept(store, datasets=(ID + "graph/second",)) == {"2"}
    files = ("--data", "first.ttl", "--data", "second.ttl")
    only = kg(*files, "analyze", "corroboration", "--dataset", "second", "--format", "csv")
    assert only.returncode == 0
    assert "claim:2" in only.stdout
    assert "claim:1" not in only.stdout
    wrong = kg(*files, "analyze", "corroboration", "--dataset", "third")
    assert wrong.returncode == UnknownNameError.exit_code
    assert "graph:first" in wrong.stderr or "first" in wrong.stderr


def test_a_selection_says_itself_in_options() -> None:
    said = Selection(
        exclude_sources=(expand("actor:dw") or "",), signs=(-1,), known_by="2024-11-10"
    ).described()
    assert said == "--exclude-source actor:dw --sign -1 --known-by 2024-11-10"


def test_a_projection_counts_what_a_selection_leaves_out(shipped: Store) -> None:
    found = project(shipped, "edges", Selection(known_by="2024-11-10"))
    assert found.left_out["not yet published"] > 200
    assert sum(found.left_out.values()) < len(shipped.claims)
