"""The CAMEO codebook: types of events as a concept scheme, with their Goldstein values.

Codes are texts: "01" and "010" are two types. Examples in the book are examples, and no
event comes of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg.claims import Kind
from kg.errors import UnreadableError
from kg.importing.reading import given, rows
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG, SKOS, XSD

_SCHEME = node("cameo", "scheme")
_CODE = re.compile(r"\d{2,4}")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")
_FALLBACK = "windows-1252"


def _dataset(_paths: Sequence[Path]) -> DataSet:
    return DataSet(
        name="cameo",
        title="CAMEO event types with Goldstein values",
        publisher=ID + "actor/cameo-codebook",
        publisher_name="CAMEO codebook (Schrodt), as used by ICEWS",
        licence="MIT",
        url="https://github.com/andybega/icews",
    )


def _table(path: Path, sink: Sink, encoding: str) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a file in the encoding asked for, or in the one it turns out to have."""
    wanted = ("code", "name")
    if encoding:
        return list(rows(path, encoding=encoding, required=wanted))
    try:
        return list(rows(path, required=wanted))
    except UnreadableError as error:
        if "is not utf-8" not in str(error):
            raise
        found = list(rows(path, encoding=_FALLBACK, required=wanted))
        what = str(error).partition("is not ")[2].partition("\n")[0]
        sink.note(f"read as Windows-1252: not {what}", path.name)
        return found


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    codes: dict[str, dict[str, str]] = {}
    for path in paths:
        for line, row in _table(path, sink, options.get("encoding", "")):
            sink.read()
            code = row["code"].strip()
            if not _CODE.fullmatch(code):
                sink.skip("a row without a CAMEO code of two to four digits", f"line {line}")
            elif code in codes:
                sink.skip("a code that an earlier row has", f"line {line}: {code}")
            else:
                codes[code] = row
    if not codes:
        return
    sink.entity(_SCHEME, SKOS + "ConceptScheme", label="CAMEO event types", language="en")
    for code, row in codes.items():
        _concept(sink, codes, code, row)
    twice: dict[str, int] = {}
    for row in codes.values():
        folded = row["name"].strip().casefold()
        twice[folded] = twice.get(folded, 0) + 1
    if several := sum(n > 1 for n in twice.values()):
        sink.note(
            f"{several} names that stand for two types when capitals are ignored; look them up by code"
        )


def _concept(sink: Sink, codes: Mapping[str, Mapping[str, str]], code: str, row: Mapping[str, str]) -> None:  # fmt: skip
    concept, name = node("cameo", code), row["name"].strip()
    extra: list[tuple[str, str | Literal]] = [
        (SKOS + "notation", Literal(code)),
        (SKOS + "inScheme", _SCHEME),
    ]
    above = next((code[:n] for n in range(len(code) - 1, 1, -1) if code[:n] in codes), "")
    if above:
        extra.append((SKOS + "broader", node("cameo", above)))
    elif len(code) == 2:
        extra.append((SKOS + "topConceptOf", _SCHEME))
    else:
        sink.unresolved("a type whose parent is not in the file", code)
    for column, predicate in (("usage_notes", "scopeNote"), ("example", "example")):
        if text := " ".join(given(row, column).split()):
            extra.append((SKOS + predicate, Literal(text, language="en")))
    # Not ``given``: -9 and -8 are values here.
    value = row.get("goldstein", "").strip()
    if value in ("", "NA"):
        value = ""
    elif not _DECIMAL.fullmatch(value):
        sink.skip("a Goldstein value that is no number", code)
        value = ""
    sink.entity(
        concept,
        SKOS + "Concept",
        label=name,
        language="en",
        definition=" ".join(given(row, "description").split()),
        extra=extra,
    )
    if value:
        sink.claim(
            code,
            concept,
            KG + "goldsteinValue",
            Literal(value, datatype=NamedNode(XSD + "decimal")),
            f"CAMEO {code}, {name}, has the Goldstein value {value}.",
            kind=Kind.ASSESSMENT,
            locator=f"code {code}",
        )


IMPORTERS = {
    "cameo": Importer(
        name="cameo",
        description="CAMEO event types as a concept scheme, with Goldstein values",
        reads="CSV with the columns code and name, as the package icews has it; UTF-8 or Windows-1252",
        loses="order and nesting numbers",
        dataset=_dataset,
        read=_read,
        options={"encoding": "the encoding of the file; found out unless given"},
        example="cameo-codes.csv",
    )
}
