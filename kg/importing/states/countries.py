"""Country codes: one row a country with its codes in many schemes (datasets/country-codes).

The crosswalk that other data sets are joined through: every code becomes an identifier
with its scheme, never a bare text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal

from kg.errors import RefusedError
from kg.importing.reading import rows
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG

#: The column of each scheme, and the scheme.
_CODES = {
    "ISO3166-1-Alpha-2": "iso3166-1-alpha2",
    "ISO3166-1-Alpha-3": "iso3166-1-alpha3",
    "ISO3166-1-numeric": "iso3166-1-numeric",
    "M49": "m49",
    "FIPS": "fips10-4",
    "Geoname ID": "geonames",
    "Dial": "dial",
    "FIFA": "fifa",
    "IOC": "ioc",
    "Wikidata_id": "wikidata",
}
_PADDED = ("iso3166-1-numeric", "m49")
_LANGUAGES = {
    "Arabic": "ar", "Chinese": "zh", "English": "en", "French": "fr", "Russian": "ru", "Spanish": "es",
}  # fmt: skip
_OFFICIAL = {"ar": "ar", "cn": "zh", "en": "en", "es": "es", "fr": "fr", "ru": "ru"}


def _plain(column: str) -> str:
    """Return a column's name as editions agree on it: small letters and digits.

    >>> _plain("Wikidata_id") == _plain("Wikidata ID")
    True
    """
    return re.sub(r"[^a-z0-9]", "", column.lower())


def _dataset(_paths: Sequence[Path]) -> DataSet:
    return DataSet(
        name="country-codes",
        title="Country codes",
        publisher=ID + "actor/datahub-country-codes",
        publisher_name="DataHub country-codes",
        licence="ODC PDDL 1.0",
        url="https://github.com/datasets/country-codes",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for path in paths:
        for line, written in rows(path):
            row = {_plain(name): value.strip() for name, value in written.items()}
            if "iso31661alpha3" not in row:
                raise RefusedError(
                    "has no column ISO3166-1-Alpha-3",
                    path=path,
                    line=1,
                    hint="its columns are " + ", ".join(list(written)[:30]),
                )
            sink.read()
            key = row["iso31661alpha3"]
            if not key:
                sink.skip("a row without an ISO 3166-1 alpha-3 code", f"line {line}")
            elif key in seen:
                sink.skip("a code that an earlier row has", f"line {line}: {key}")
            else:
                seen.add(key)
                _country(sink, key, row)


def _cell(row: Mapping[str, str], column: str) -> str:
    return row.get(_plain(column), "")


def _country(sink: Sink, key: str, row: Mapping[str, str]) -> None:
    entity = node("country", key)
    names = [
        (_cell(row, f"UNTERM {name} {form}"), tag)
        for name, tag in _LANGUAGES.items()
        for form in ("Short", "Formal")
    ]
    names += [(_cell(row, f"official_name_{short}"), tag) for short, tag in _OFFICIAL.items()]
    names += [(_cell(row, "name"), "en"), (_cell(row, "official_name"), "en")]
    label = (
        _cell(row, "CLDR display name")
        or _cell(row, "name")
        or _cell(row, "official_name_en")
        or key
    )
    aliases = {(text, tag) for text, tag in names if text and (text, tag) != (label, "en")}
    sink.entity(entity, KG + "State", label=label, language="en", aliases=sorted(aliases))
    for column, scheme in _CODES.items():
        # A few cells list several codes; each is one.
        for value in filter(None, map(str.strip, re.split("[,;]", _cell(row, column)))):
            if scheme in _PADDED and value.isdecimal():
                value = value.zfill(3)  # a spreadsheet took the zeros of some
            sink.identifier(key, entity, scheme, value, method=f"column {column}")
    if not _cell(row, "Wikidata_id"):
        sink.note("a country without a Wikidata id", key)
    if independence := _cell(row, "is_independent"):
        sink.claim(
            key,
            entity,
            KG + "independence",
            Literal(independence),
            f"On the independence of {label} the list says: {independence}.",
        )
    for language in filter(None, map(str.strip, _cell(row, "Languages").split(","))):
        sink.claim(
            key,
            entity,
            KG + "usedLanguage",
            Literal(language),
            f"The list gives {label} the language {language}.",
        )


IMPORTERS = {
    "countries": Importer(
        name="countries",
        description="country codes in many schemes, one row a country (datasets/country-codes)",
        reads="CSV with a header",
        loses="currencies, capitals, continents and regions of statistics",
        dataset=_dataset,
        read=_read,
        example="country-codes.csv",
    )
}
