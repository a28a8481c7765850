"""Entity JSON of Wikidata: an answer of its API, Special:EntityData, or a dump, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.claims import Rank
from kg.errors import RefusedError, UnreadableError
from kg.importing.lines import is_language
from kg.importing.reading import MAX_JSON_MB, MAX_LINE_BYTES, json_text, open_bytes
from kg.importing.wikidata.wikibase import (
    JULIAN,
    NONE,
    UNKNOWN,
    WD,
    WIKIBASE,
    Statement,
    Time,
    Value,
    safe_iri,
)
from kg.vocab import XSD

_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_PROPERTY = re.compile(r"P[1-9]\d*")
ENTITY = re.compile(r"[QPL][1-9]\d*")


def entities(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the entities of a file, each with its line (0: the file is one value).

    Raises UnreadableError for a file that breaks off, RefusedError for JSON of another kind.
    """
    with open_bytes(path) as stream:
        first = stream.readline(MAX_LINE_BYTES).removeprefix(b"\xef\xbb\xbf").strip()
        while not first and (line := stream.readline(MAX_LINE_BYTES)):
            first = line.strip()
        if first == b"[":
            yield from _dump(path, stream, 1)
            return
        rest = stream.readline(MAX_LINE_BYTES).strip()
        if rest.startswith(b"{") and first.rstrip(b",").endswith(b"}"):
            for number, text in ((1, first), (2, rest)):
                yield number, _entity(json_text(text.rstrip(b","), path, number), path, number)
            yield from _dump(path, stream, 2)
            return
    with open_bytes(path) as stream:
        content = stream.read(MAX_JSON_MB * 1_000_000 + 1)
    if len(content) > MAX_JSON_MB * 1_000_000:
        raise RefusedError(
            f"more than {MAX_JSON_MB} MB of JSON in one value", path=path, hint="use the dump"
        )
    whole = json_text(content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a"), path)
    if isinstance(whole, dict) and isinstance(whole.get("error"), dict):
        raise RefusedError(
            f"is an error message of the API: {whole['error'].get('info', '')}", path=path
        )
    found = whole.get("entities", whole) if isinstance(whole, dict) else whole
    if isinstance(found, dict) and "id" not in found:
        found = list(found.values())
    for entity in found if isinstance(found, list) else [found]:
        yield 0, _entity(entity, path, None)


def _dump(path: Path, stream: Any, number: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    closed = number > 1
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        text = line.strip().rstrip(b",")
        if text == b"]":
            closed = True
        elif text.strip(b"\x1a"):
            yield number, _entity(json_text(text, path, number), path, number)
    if not closed:
        raise UnreadableError(
            "breaks off: the list of entities does not end",
            path=path,
            line=number,
            hint="the file may be cut short: compare its size with the original's",
        )


def _entity(value: Any, path: Path, line: int | None) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not ("id" in value or "missing" in value):
        raise RefusedError(
            "is no entity of Wikidata", path=path, line=line, hint="it has an id and claims"
        )
    return value


def listed(value: Any) -> list[Any]:
    """Return the values of an object; an empty one comes as a list from PHP."""
    return list(value.values()) if isinstance(value, dict) else []


def statements(entity: Mapping[str, Any]) -> Iterator[Statement | str]:
    """Yield the statements of an entity; a text says why one cannot be read."""
    for group in listed(entity.get("claims") or entity.get("statements")):
        for raw in group if isinstance(group, list) else []:
            try:
                yield _statement(raw, str(entity["id"]))
            except (KeyError, TypeError, AttributeError, ValueError):
                yield str(raw.get("id", "")) if isinstance(raw, dict) else ""


def _statement(raw: Mapping[str, Any], subject: str) -> Statement:
    main = raw["mainsnak"]
    if not _PROPERTY.fullmatch(main["property"]):
        raise ValueError(main["property"])
    return Statement(
        record=str(raw["id"]),
        subject=subject,
        property=main["property"],
        value=value(main),
        rank=Rank(raw.get("rank", "normal")),
        qualifiers=[
            (name, value(snak))
            for name, snaks in (raw.get("qualifiers") or {}).items()
            for snak in snaks
        ],
        references=[str(r["hash"]) for r in raw.get("references", ())],
    )


def references(entity: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, Value]]] | str]:
    """Yield the references of an entity's statements, by hash, each with what it says.

    A text stands for one that cannot be read: its hash, if it has one.
    """
    for group in listed(entity.get("claims") or entity.get("statements")):
        for raw in group if isinstance(group, list) else []:
            found = raw.get("references") if isinstance(raw, dict) else None
            for reference in found if isinstance(found, list) else []:
                try:
                    snaks = reference.get("snaks") or {}
                    said = [(name, value(snak)) for name, each in snaks.items() for snak in each]
                    yield str(reference["hash"]), said
                except (KeyError, TypeError, AttributeError, ValueError):
                    yield str(reference.get("hash", "")) if isinstance(reference, dict) else ""


def value(snak: Mapping[str, Any]) -> Value:
    """Return the value that a snak gives."""
    if snak["snaktype"] == "somevalue":
        return Value(UNKNOWN)
    if snak["snaktype"] == "novalue":
        return Value(NONE)
    kind, found = snak["datavalue"]["type"], snak["datavalue"]["value"]
    if kind == "wikibase-entityid":
        name = found.get("id") or f"Q{found['numeric-id']}"
        return Value(safe_iri(WD + name))
    if kind == "time":
        julian = found.get("calendarmodel", "").rpartition("/")[2] == JULIAN.rpartition("/")[2]
        return Value.of_time(Time.read(found["time"], int(found["precision"]), julian=julian))
    if kind == "quantity":
        return _quantity(found)
    if kind == "monolingualtext":
        tag = str(found["language"])
        return Value(Literal(found["text"], language=tag if is_language(tag) else None))
    if kind == "globecoordinate":
        point = f"Point({found['longitude']} {found['latitude']})"
        return Value(Literal(point, datatype=NamedNode(_WKT)))
    text = found if isinstance(found, str) else str(found)
    if snak.get("datatype") == "url":
        return Value(Literal(text, datatype=NamedNode(XSD + "anyURI")))
    return Value(Literal(text))


def _quantity(found: Mapping[str, Any]) -> Value:
    def number(text: object) -> Literal:
        plain = str(text).removeprefix("+")
        kind = NamedNode(XSD + "decimal") if _NUMBER.fullmatch(plain) else None
        return Literal(plain, datatype=kind)

    extra: list[tuple[str, str | Literal]] = []
    unit = str(found.get("unit", "1"))
    if unit != "1":
        extra.append((WIKIBASE + "quantityUnit", safe_iri(unit)))
    for key, name in (("lowerBound", "quantityLowerBound"), ("upperBound", "quantityUpperBound")):
        if key in found:
            extra.append((WIKIBASE + name, number(found[key])))
    return Value(number(found["amount"]), extra=tuple(extra))
