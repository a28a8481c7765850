from __future__ import annotations

import pytest

from kg.errors import AmbiguousNameError, UnknownNameError
from kg.names import fold, resolve, search
from kg.store import Store
from kg.vocab import compress


@pytest.mark.parametrize(
    "name",
    ["North Korea", "north korea", "DPRK", "북한", "KP", "PRK", "wd:Q423", "Q423", "actor:dprk", "dprk",
     "https://w3id.org/gambit/id/actor/dprk", "<https://w3id.org/gambit/id/actor/dprk>",
     "Korea, North", "КНДР", "朝鲜", "http://www.wikidata.org/entity/Q423"],
)  # fmt: skip
def test_north_korea_goes_by_many_names(shipped: Store, name: str) -> None:
    assert compress(resolve(shipped, name)) == "actor:dprk"


@pytest.mark.parametrize(
    ("name", "curie"),
    [("KN", None), ("KR", "actor:rok"), ("Japan", "actor:japan"), ("日本", "actor:japan"),
     ("США", "actor:united-states"), ("Україна", "actor:ukraine"), ("bipss-009", "claim:bipss-009")],
)  # fmt: skip
def test_codes_and_scripts_lead_to_the_right_node(
    shipped: Store, name: str, curie: str | None
) -> None:
    if curie is None:  # FIPS "KN" is North Korea, ISO "KN" is not: neither is guessed
        with pytest.raises(UnknownNameError):
            resolve(shipped, name)
    else:
        assert compress(resolve(shipped, name)) == curie


def test_an_ambiguous_name_lists_its_candidates(example: Store) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        resolve(example, "Republic of Arland")
    assert [c.split()[0] for c in caught.value.candidates] == ["actor:arland", "actor:corvia"]


def test_a_preferred_label_beats_an_alias(example: Store) -> None:
    assert compress(resolve(example, "Arland")) == "actor:arland"


@pytest.mark.parametrize(
    "name",
    ["Arlund", "actor:arlund", "Zzz", "", "kg:nothing", "claim:example-99", "<>", "http://a b"],
)
def test_an_unknown_name_is_an_error_with_a_hint(example: Store, name: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        resolve(example, name)
    assert caught.value.hint


def test_a_misspelt_name_gets_a_suggestion(example: Store) -> None:
    with pytest.raises(UnknownNameError) as caught:
        resolve(example, "Arlund")
    assert "Arland" in (caught.value.hint or "")


def test_search_puts_whole_names_first(example: Store) -> None:
    hits = search(example, "arland")
    assert compress(hits[0].iri) == "actor:arland"
    assert [compress(h.iri) for h in search(example, "아를")] == ["actor:arland"]
    assert search(example, "") == []
    assert search(example, "no such thing at all") == []


def test_search_can_read_statements(example: Store) -> None:
    assert not any("claim/" in h.iri for h in search(example, "rivals"))
    assert [compress(h.iri) for h in search(example, "rivals", claims=True)] == ["claim:example-11"]


def test_folding_ignores_case_accents_and_punctuation() -> None:
    assert fold("Côte  d’Ivoire!") == fold("COTE D'IVOIRE")


def test_what_is_only_cited_comes_after_what_is_claimed_about(shipped: Store) -> None:
    claims = [hit.claims for hit in search(shipped, "treaty", limit=100)]
    assert 0 in claims
    assert all(claims[: claims.index(0)])
    assert not any(claims[claims.index(0) :])


def test_an_identifier_is_found_like_a_name(shipped: Store) -> None:
    assert compress(search(shipped, "Q423")[0].iri) == "actor:dprk"
    assert "actor:russia" in [compress(hit.iri) for hit in search(shipped, "365")]
    # An id that an editor warns of stands in the note of the right one.
    found = [compress(hit.iri) for hit in search(shipped, "Q113149305", claims=True)]
    assert found == ["claim:identity-invasion-of-ukraine-2022-wikidata"]
    assert search(shipped, "Q113149305") == []


@pytest.mark.parametrize(
    ("name", "term"),
    [("visit", "kg:Visit"), ("Possible", "kg:possible"), ("hasParty", "kg:hasParty")],
)
def test_terms_of_the_ontology_go_by_their_labels(shipped: Store, name: str, term: str) -> None:
    assert compress(resolve(shipped, name)) == term
