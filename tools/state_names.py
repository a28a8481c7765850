"""Write ``kg/importing/state_names.tsv``: what states are called in English, by ISO code.

    python tools/state_names.py country-codes.csv FACTBOOK_FOLDER > kg/importing/state_names.tsv

Names come from datasets/country-codes (ODC PDDL 1.0), adjectives and everyday names
from factbook/factbook.json (the CIA World Factbook, public domain; CC0 1.0), joined by
the FIPS 10-4 code. Nothing is written from memory: a state without an adjective in the
Factbook has none here.
"""

from __future__ import annotations

import csv
import html
import json
import re
import sys
from pathlib import Path

_COLUMNS = (
    "CLDR display name",
    "official_name_en",
    "UNTERM English Short",
    "UNTERM English Formal",
)
_FIELDS = ("conventional short form", "conventional long form", "abbreviation")
_COMPASS = ("North", "South")


def main(codes: Path, factbook: Path) -> None:
    """Print the table."""
    books = {path.stem: json.loads(path.read_text("utf-8")) for path in factbook.glob("*/*.json")}
    print(
        "# English names and adjectives of states by ISO 3166-1 code; tools/state_names.py writes it."
    )
    print("# Names: github.com/datasets/country-codes (ODC PDDL 1.0).")
    print(
        "# Everyday names, adjectives: github.com/factbook/factbook.json (CIA World Factbook; CC0 1.0)."
    )
    print("alpha3\talpha2\tm49\tlabel\tnames\tadjectives")
    with codes.open(encoding="utf-8-sig", newline="") as stream:
        for row in sorted(csv.DictReader(stream), key=lambda r: r["ISO3166-1-Alpha-3"]):
            if row["ISO3166-1-Alpha-3"]:
                print("\t".join(_state(row, books)))


def _state(row: dict[str, str], books: dict[str, dict]) -> list[str]:
    label = row["CLDR display name"] or row["official_name_en"]
    found = [row[column] for column in _COLUMNS]  # the label is one of them
    adjectives: list[str] = []
    fips = row["FIPS"].strip().lower()
    book = books.get(fips, {}) if re.fullmatch("[a-z]{2}", fips) else {}
    called = book.get("Government", {}).get("Country name", {})
    short = _text(called.get("conventional short form", {}).get("text", ""))
    label = short if len(label) < 4 and short else label
    found += [called.get(field, {}).get("text", "") for field in _FIELDS]
    said = book.get("People and Society", {}).get("Nationality", {}).get("adjective", {})
    # What belongs to a state shares its adjective, which would then mean neither.
    independent = row["is_independent"].strip() == "Yes"
    for adjective in re.split(r",| or |;", _text(said.get("text", ""))) if independent else ():
        adjective = adjective.strip()
        # Both Koreas are "Korean" there: the short name says which.
        compass = next((c for c in _COMPASS if short.startswith(c + " ")), "")
        compass = "" if adjective.startswith(compass) else compass
        if re.fullmatch(r"[A-Z][A-Za-z' -]{2,30}", adjective):
            adjectives.append(f"{compass} {adjective}" if compass else adjective)
    each = (part.strip(" (") for text in found for part in re.split(r"\bor\b", _text(text)))
    names = sorted(
        {n if "(" in n else n.rstrip(")") for n in each if 2 < len(n) < 80} - {"none", label}
    )
    return [
        row["ISO3166-1-Alpha-3"],
        row["ISO3166-1-Alpha-2"],
        row["M49"].strip().zfill(3),
        _text(label),
        "|".join(names),
        "|".join(sorted(set(adjectives))),
    ]


def _text(value: str) -> str:
    value = html.unescape(re.sub(r"<[^>]*>", " ", value))
    value = re.sub(r"\((?:the|The)\)|\[[^]]*\]|\*", "", value)
    value = re.split(r";|\(note|note:| or the ", value)[0]
    return " ".join(value.split()).removeprefix("the ").strip(" (").replace("\t", " ")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
