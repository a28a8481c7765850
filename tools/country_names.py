"""Write ``kg/importing/country_names.tsv``: what countries are called in English, by ISO code.

    python tools/country_names.py country-codes.csv FACTBOOK_FOLDER TERRITORIES_FOLDER \
        > kg/importing/country_names.tsv

Names come from datasets/country-codes (ODC PDDL 1.0); everyday names and adjectives from
factbook/factbook.json (the CIA World Factbook, public domain; CC0 1.0), joined by the FIPS
10-4 code; strong names, names of former states, FollowTheMoney's codes and what is a state
or a territory from opensanctions/rigour, resources/territories (MIT). Nothing is written
from memory: a state without an adjective in the Factbook has none here.
"""

from __future__ import annotations

import csv
import html
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HEAD = """\
# What countries and territories are called in English; tools/country_names.py writes this table.
# One row a name: ISO 3166-1 alpha-3, alpha-2, kind, text, the sources that have it.
# Kinds: "state" or "territory" is our name for it and says what it is; "name" and "adjective" are others
# for it; "m49" is its UN number (the ISO 3166-1 number), "ftm" FollowTheMoney's code for it.
# Sources: country-codes: github.com/datasets/country-codes (ODC PDDL 1.0), CLDR, UNTERM and official names.
# factbook: github.com/factbook/factbook.json, commit 8662a8b17a784841ab4528631b04090eb2f183eb (CIA World Factbook; CC0 1.0).
# rigour: github.com/opensanctions/rigour, resources/territories, commit 8f4044dd6719d71e8ba59b5033818ff407e0efab
# (MIT): name, full_name and names_strong in Latin script. A name of three letters or fewer is the factbook's alone.
alpha3\talpha2\tkind\ttext\tsources"""

_COLUMNS = (
    "CLDR display name",
    "official_name_en",
    "UNTERM English Short",
    "UNTERM English Formal",
)
_FIELDS = ("conventional short form", "conventional long form", "abbreviation")
_COMPASS = ("North", "South")
#: What rigour has as a name, and is a joke.
_JOKES = {"Best Korea"}

Row = Mapping[str, str]


def main(codes: Path, factbook: Path, territories: Path) -> None:
    """Print the table."""
    books = {path.stem: json.loads(path.read_text("utf-8")) for path in factbook.glob("*/*.json")}
    places = dict(_territories(territories))
    with codes.open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["ISO3166-1-Alpha-3"]: row for row in csv.DictReader(stream)}
    _keep_apart(rows.values())
    print(HEAD)
    for alpha3 in sorted({*rows, *places} - {""}):
        for line in _country(rows.get(alpha3), *places.get(alpha3, ("", {})), books):
            print(alpha3, *line, sep="\t")


def _keep_apart(rows: Iterable[dict[str, str]]) -> None:
    """Leave a FIPS code that several rows have to the state among them: Bonaire has that of its state."""
    shared = Counter(row["FIPS"].strip() for row in rows)
    for row in rows:
        if shared[row["FIPS"].strip()] > 1 and row["is_independent"].strip() != "Yes":
            row["FIPS"] = ""


def _territories(folder: Path) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    for path in sorted(folder.glob("*.yml")):
        place = yaml.safe_load(path.read_text("utf-8"))
        if alpha3 := place.get("alpha3"):
            yield alpha3.upper(), (path.stem, place)


def _country(
    row: Row | None, ftm: str, place: Mapping[str, Any], books: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield alpha-2 code, kind, text and sources of each thing the sources say of a country."""
    alpha2, book = "", {}
    said: dict[tuple[str, str], list[str]] = {}
    if row:
        alpha2, fips = row["ISO3166-1-Alpha-2"], row["FIPS"].strip().lower()
        book = books.get(fips, {}) if re.fullmatch("[a-z]{2}", fips) else {}
    called = book.get("Government", {}).get("Country name", {})
    short = _text(called.get("conventional short form", {}).get("text", ""))
    label = (row["CLDR display name"] or row["official_name_en"]) if row else place["name"]
    label, source = (short, "factbook") if len(label) < 4 and short else (label, "")
    kind = "state" if not place or place["is_country"] else "territory"
    label = _text(label)
    said[kind, label] = [source or ("country-codes" if row else "rigour")]

    def say(kind: str, texts: Iterator[str], source: str) -> None:
        for text in texts:
            again = kind == "name" and text == label
            if text and not again and source not in said.setdefault((kind, text), []):
                said[kind, text].append(source)

    if row:
        say("m49", iter([row["M49"].strip().zfill(3)]), "country-codes")
        say("name", _parts(row[column] for column in _COLUMNS), "country-codes")
        say("name", (_bare(row[column]) for column in _COLUMNS), "country-codes")
        say("name", _parts(called.get(f, {}).get("text", "") for f in _FIELDS), "factbook")
        # What belongs to a state shares its adjective, which would then mean neither.
        if row["is_independent"].strip() == "Yes":
            say("adjective", _adjectives(book, short), "factbook")
    if place:
        say("ftm", iter([ftm]), "rigour")
        strong = (place["name"], place.get("full_name") or "", *place["names_strong"])
        say("name", (_bare(str(name)) for name in strong), "rigour")
    order = ("state", "territory", "m49", "ftm", "name", "adjective")
    for (kind, text), sources in sorted(said.items(), key=lambda s: (order.index(s[0][0]), s[0])):
        yield alpha2, kind, text, ",".join(sources)


def _adjectives(book: Mapping[str, Any], short: str) -> Iterator[str]:
    said = book.get("People and Society", {}).get("Nationality", {}).get("adjective", {})
    # Both Koreas are "Korean" there: the short name says which.
    compass = next((c for c in _COMPASS if short.startswith(c + " ")), "")
    for adjective in map(str.strip, re.split(r",| or |;", _text(said.get("text", "")))):
        if re.fullmatch(r"[A-Z][A-Za-z' -]{2,30}", adjective):
            turned = compass and not adjective.startswith(compass)
            yield f"{compass} {adjective}" if turned else adjective


def _parts(texts: Iterator[str]) -> Iterator[str]:
    """Yield the names in texts that may have several, joined by "or", or a note in brackets."""
    for text in texts:
        for part in re.split(r"\bor\b", _text(text)):
            name = part.strip(" (")
            name = name if "(" in name else name.rstrip(")")
            if 2 < len(name) < 80 and name != "none":
                yield name


def _bare(name: str) -> str:
    """Return a name without its article and marks; nothing for one in other letters, or a code."""
    name = re.sub(r"\((?:the|The)\)|\*", "", name)
    name = " ".join(name.split()).removeprefix("the ")
    latin = all("LATIN" in unicodedata.name(c, "") for c in name if c.isalpha())
    return name if latin and len(name) > 3 and name not in _JOKES else ""


def _text(value: str) -> str:
    value = html.unescape(re.sub(r"<[^>]*>", " ", value))
    value = re.sub(r"\((?:the|The)\)|\[[^]]*\]|\*", "", value)
    value = re.split(r";|\(note|note:| or the ", value)[0]
    return " ".join(value.split()).removeprefix("the ").strip(" (").replace("\t", " ")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
