"""Country codes: one row a country with its codes in many schemes (datasets/country-codes).

The crosswalk that other data sets are joined through: every code becomes an identifier
with its scheme, never a bare text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

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
}
_PADDED = ("iso3166-1-numeric", "m49")
_WIKIDATA = ("Wikidata_id", "wikidata_id", "Wikidata ID", "wikidata")
_LANGUAGES = {
    "Arabic": "ar", "Chinese": "zh", "English": "en", "French": "fr", "Russian": "ru", "Spanish": "es",
}  # fmt: skip


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
    for path in paths:
        for line, row in rows(path, required=("ISO3166-1-Alpha-3",)):
            sink.read()
            key = row["ISO3166-1-Alpha-3"].strip()
            if not key:
                sink.skip("a row without an ISO 3166-1 alpha-3 code", f"line {line}")
                continue
            _country(sink, key, row)


def _country(sink: Sink, key: str, row: Mapping[str, str]) -> None:
    entity = node("country", key)
    short, formal = [], []
    for name, tag in _LANGUAGES.items():
        short.append((row.get(f"UNTERM {name} Short", ""), tag))
        formal.append((row.get(f"UNTERM {name} Formal", ""), tag))
    official = [(row.get("official_name_en", ""), "en"), (row.get("official_name_fr", ""), "fr")]
    label = row.get("CLDR display name", "") or row.get("official_name_en", "") or key
    aliases = {(text, tag) for text, tag in (*short, *formal, *official) if text and text != label}
    sink.entity(entity, KG + "State", label=label, language="en", aliases=sorted(aliases))
    for column, scheme in _CODES.items():
        # A few cells list several codes; each is one.
        for value in filter(None, map(str.strip, row.get(column, "").replace(";", ",").split(","))):
            if scheme in _PADDED and value.isdecimal():
                value = value.zfill(3)  # a spreadsheet took the zeros of some
            sink.identifier(key, entity, scheme, value, method=f"column {column}")
    for column in _WIKIDATA:
        if row.get(column, "").strip():
            sink.identifier(key, entity, "wikidata", row[column], method=f"column {column}")
            break
    else:
        sink.note("a country without a Wikidata id", key)


IMPORTERS = {
    "countries": Importer(
        name="countries",
        description="country codes in many schemes, one row a country (datasets/country-codes)",
        reads="CSV with a header",
        loses="currencies, regions of statistics and languages",
        dataset=_dataset,
        read=_read,
    )
}
