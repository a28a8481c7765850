"""Identity and overview: ids, names in any language, what there is."""

from __future__ import annotations

from library import ask, column

from kg.store import Store
from kg.vocab import expand


def test_north_korea_has_its_codes_in_eleven_registers(shipped: Store) -> None:
    rows = ask(shipped, "ids-of", thing="DPRK")
    found = {r["scheme"]: r["id"] for r in rows}
    assert len(rows) == len(found) == 11
    assert found["iso3166-1-alpha2"] == "KP"
    assert found["fips10-4"] == "KN"
    assert found["cow-number"] == "731"
    assert found["wikidata"] == "Q423"
    assert all(r["checked"] and r["claim"] for r in rows)


def test_a_thing_in_no_register_has_no_ids(shipped: Store) -> None:
    assert ask(shipped, "ids-of", thing="event:cold-war") == []


def test_one_code_is_found_in_each_register_whatever_its_case(shipped: Store) -> None:
    rows = ask(shipped, "things-with-id", id="prk")
    # two registers bear out the ISO code
    assert column(rows, "scheme", "thing", "source") == [
        ("cameo", "actor:dprk", "source:petrarch2"),
        ("cow-abbrev", "actor:dprk", "source:countrycode-0.6"),
        ("iso3166-1-alpha3", "actor:dprk", "source:country-codes"),
        ("iso3166-1-alpha3", "actor:dprk", "source:pycountry"),
    ]
    assert column(ask(shipped, "things-with-id", id="Q423"), "scheme", "thing", "source") == [
        ("wikidata", "actor:dprk", "source:country-codes"),
        ("wikidata", "actor:dprk", "source:rigour-2.6.1"),
    ]
    (row,) = ask(shipped, "things-with-id", id="PRK", scheme="cameo")
    assert row["claim"] == "claim:identity-dprk-cameo"
    assert ask(shipped, "things-with-id", id=".*") == []


def test_names_in_one_language_and_in_all(shipped: Store) -> None:
    korean = ask(shipped, "labels-of", thing="DPRK", language="ko")
    assert column(korean, "role", "label") == [
        ("preferred", "북한"),
        ("other name", "조선민주주의인민공화국"),
    ]
    every = ask(shipped, "labels-of", thing="DPRK")
    assert {r["tongue"] for r in every} == {"en", "ja", "ko", "ru", "uk", "zh"}
    assert ask(shipped, "labels-of", thing="DPRK", language="fr") == []


def test_a_part_of_a_name_is_found_in_any_script(shipped: Store) -> None:
    rows = ask(shipped, "things-called", text="北朝鮮")
    assert column(rows, "thing", "role", "label") == [("actor:dprk", "preferred", "北朝鮮")]
    assert {r["thing"] for r in ask(shipped, "things-called", text="корея")} == {
        "actor:dprk",
        "actor:rok",
    }
    assert ask(shipped, "things-called", text="Atlantis") == []


def test_that_the_pact_is_the_treaty_is_the_editors_judgement_and_not_the_authors(
    shipped: Store,
) -> None:
    rows = ask(shipped, "possible-identities", thing="agreement:russia-dprk-treaty-2024")
    assert set(column(rows, "one", "modality", "holder", "claim")) == {
        ("agreement:defense-cooperation-pact", "kg:asserted", "actor:gambit-editors", "claim:editor-01")
    }  # fmt: skip
    assert shipped.claims[expand("claim:editor-01") or ""].kind == "assessment"
    assert ask(shipped, "possible-identities", thing="DPRK") == []


def test_the_overview_counts_what_the_file_has(shipped: Store, example: Store) -> None:
    classes = {r["class"]: r["things"] for r in ask(example, "overview-classes")}
    assert (classes["kg:Claim"], classes["kg:State"], classes["kg:Passage"]) == ("12", "3", "7")
    claims = ask(example, "overview-claims")
    assert sum(int(r["claims"] or 0) for r in claims) == 12
    assert ("kg:fact", "kg:asserted", "kg:negated", "1") in column(
        claims, "kind", "modality", "polarity", "claims"
    )
    assert sum(int(r["claims"] or 0) for r in ask(shipped, "overview-claims")) == len(
        shipped.claims
    )


def test_the_overview_does_not_count_what_is_denied_or_judged_as_fact(example: Store) -> None:
    rows = ask(example, "overview-properties")
    counts = {r["property"]: (r["claims"], r["facts"]) for r in rows}
    assert counts["kg:hasParty"] == ("3", "2")
    assert counts["kg:rivalOf"] == ("1", "0")
    assert counts["kg:motivatedBy"] == ("1", "0")


def test_claims_about_a_thing_are_found_from_both_ends(example: Store) -> None:
    rows = ask(example, "claims-about", thing="Borland")
    assert [r["claim"] for r in rows] == [f"claim:example-{n}" for n in ("02", "05", "09", "11")]
    (denied,) = ask(example, "claims-about", thing="Corvia")
    assert (denied["polarity"], denied["locator"]) == (
        "kg:negated",
        "Body, paragraph 1, sentence 5",
    )
