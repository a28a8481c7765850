"""The one table of the names of countries, and what its readers may take from it."""

from __future__ import annotations

import re
from pathlib import Path

from kg.importing import country_names
from kg.importing.country_names import coded, meant, mention, named, numbered, of_ftm, of_mention

ROWS = [
    line.split("\t")
    for line in Path(country_names.__file__)
    .with_name("country_names.tsv")
    .read_text("utf-8")
    .splitlines()
    if not line.startswith("#")
][1:]


def test_each_country_has_one_name_of_ours_and_each_row_its_sources() -> None:
    kinds = {"state", "territory", "name", "adjective", "m49", "ftm"}
    assert {row[2] for row in ROWS} == kinds
    ours = [row[0] for row in ROWS if row[2] in ("state", "territory")]
    assert sorted(ours) == sorted({row[0] for row in ROWS})
    assert {s for row in ROWS for s in row[4].split(",")} == {"country-codes", "factbook", "rigour"}
    assert all(re.fullmatch(r"[A-Z]{3}\t([A-Z]{2})?", "\t".join(row[:2])) for row in ROWS)


def test_a_former_state_is_named_and_has_no_code_of_iso() -> None:
    soviet = named("USSR")
    assert soviet
    assert (soviet.alpha3, soviet.alpha2, soviet.ftm, soviet.state) == ("SUN", "", "suhh", True)
    assert of_ftm("suhh") == soviet
    assert coded("SUN") is None


def test_any_text_means_a_country_by_english_names_and_codes_alone() -> None:
    for text in ("Deutschland", "Internet", "Island", "Online"):
        assert named(text)
        assert meant(text) is None
    assert meant("KN") == meant("St. Kitts & Nevis") == numbered("659")
    assert named("KN") is None


def test_what_two_bear_names_the_one_that_we_call_so_or_neither() -> None:
    assert meant("Kingdom of the Netherlands") == coded("NLD")
    assert mention().search("a Congolese group") is None
    found = mention().search("a North Korean group")
    assert found
    assert of_mention(found) == coded("PRK")
    assert all(named(row[3]) == coded(row[0]) for row in ROWS if row[2] == "state" and row[1])
