"""Records of FollowTheMoney files, whatever form they are in, in bounded memory.

Entities, entities nested in entities, statements (as JSON or CSV) and delta operations
all come out as ``Record``. A first pass learns what each id is called and, of the
operations of deltas, which one has the last word; a second yields the records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.importing.ftm.schema import CLASSES
from kg.importing.reading import json_lines, rows, text_of
from kg.importing.sink import Sink

_OPERATIONS = ("ADD", "MOD", "DEL")
_LAST_SEEN = re.compile(rb'"last_seen"\s*:\s*"(\d{4}-\d\d-\d\d)')
#: Of the schemata that the statements of one entity name, the one nearest the front counts.
_NEAREST = (*(name for name in CLASSES if name not in ("LegalEntity", "Organization")), "Organization", "LegalEntity")  # fmt: skip


@dataclass(slots=True)
class Record:
    """One entity of a file: its properties, each with all its values, and its provenance."""

    key: str
    schema: str
    properties: dict[str, tuple[str, ...]]
    caption: str = ""
    datasets: tuple[str, ...] = ()
    referents: tuple[str, ...] = ()
    first_seen: str = ""
    last_seen: str = ""
    #: Of a statement, by property and value: its datasets, when first and when last seen.
    stated: dict[tuple[str, str], tuple[tuple[str, ...], str, str]] = field(default_factory=dict)

    def values(self, prop: str) -> tuple[str, ...]:
        """Return the values of a property."""
        return self.properties.get(prop, ())

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield each property with each of its values."""
        for prop, values in self.properties.items():
            for value in values:
                yield prop, value

    def datasets_of(self, prop: str, value: str) -> tuple[str, ...]:
        """Return the datasets of a statement; those of the record where none are given for it."""
        found = self.stated.get((prop, value))
        return found[0] if found else self.datasets

    def seen_of(self, prop: str, value: str) -> tuple[str, str]:
        """Return when a statement was first and last seen; empty where only the record says."""
        found = self.stated.get((prop, value))
        return (found[1], found[2]) if found else ("", "")

    def called(self) -> str:
        """Return what to call it: its caption, its first name, or its id."""
        names = (self.caption, *self.values("name"), *self.values("full"), *self.values("alias"))
        return next(filter(None, names), "") or self.key


@dataclass(slots=True)
class Index:
    """What a first pass over the files learned.

    ``winners`` holds, of each id that a delta speaks of, the place of its last operation.
    """

    captions: dict[str, str] = field(default_factory=dict)
    winners: dict[str, tuple[int, int]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    bases: int = 0
    deltas: int = 0


def survey(paths: Sequence[Path]) -> tuple[str, bool]:
    """Return the last day on which anything was seen, and whether OpenSanctions made the files.

    Its exports name the former ids of an entity (referents); other tools write none.
    """
    last, opensanctions = b"", False
    for path in paths:
        try:
            with path.open("rb") as stream:
                for line in stream:
                    last = max([last, *_LAST_SEEN.findall(line)])
                    opensanctions = opensanctions or b'"referents"' in line
        except OSError:
            continue  # reading it says why
    return last.decode(), opensanctions


def survey_entities(paths: Sequence[Path], sink: Sink) -> Index:
    """Read every file once, counting its records, and return what is to be known before writing."""
    index = Index()
    seen: set[str] = set()
    for number, path in enumerate(paths):
        for line, operation, item in _items(path):
            sink.read()
            where = f"{path.name} line {line}"
            if item is None:
                sink.skip("a line that is no entity", where)
                continue
            key = text_of(item.get("id"))
            if not key:
                sink.skip("an entity without an id", where)
                continue
            if operation:
                index.deltas += 1
                index.winners[key] = number, line
                if operation == "DEL":
                    sink.note("an entity that a delta deletes", key)
                    index.deleted.add(key)
                    index.captions.pop(key, None)
                    continue
                index.deleted.discard(key)
            else:
                index.bases += 1
                if key in index.winners:
                    continue  # a delta over it has been read
                if key in seen:
                    sink.note("an entity that is given twice: it is the sum of both", key)
                seen.add(key)
            if not text_of(item.get("schema")):
                sink.skip("an entity without a schema", where)
                continue
            for record in _flat(item):
                index.captions.setdefault(record.key, record.called())
                if operation:
                    index.captions[record.key] = record.called()
    for key in index.deleted:
        index.captions.pop(key, None)
    return index


def current(paths: Sequence[Path], index: Index) -> Iterator[Record]:
    """Yield the records that stand after every delta."""
    for number, path in enumerate(paths):
        for line, operation, item in _items(path):
            if item is None or operation == "DEL" or not text_of(item.get("schema")):
                continue
            key = text_of(item.get("id"))
            if not key:
                continue
            if key in index.winners and index.winners[key] != (number, line):
                continue
            yield from _flat(item)


def _items(path: Path) -> Iterator[tuple[int, str, Mapping[str, Any] | None]]:
    """Yield each entity of a file with its line and the delta operation, empty where it is none."""
    if path.suffix.lower() == ".csv":
        yield from _grouped(path, (row for _, row in rows(path, required=("prop", "value"))))
        return
    statements: list[Mapping[str, Any]] = []
    for line, item in json_lines(path):
        if not isinstance(item, Mapping):
            yield line, "", None
        elif "op" in item and "entity" in item:
            operation, entity = text_of(item["op"]).upper(), item["entity"]
            known = operation in _OPERATIONS and isinstance(entity, Mapping)
            yield line, operation if known else "", entity if known else None
        elif "prop" in item and "value" in item:
            statements.append(item)
        else:
            yield line, "", item
    if statements:
        yield from _grouped(path, statements)


def _grouped(path: Path, statements: Any) -> Iterator[tuple[int, str, Mapping[str, Any] | None]]:
    """Yield entities made of single statements, which come in any order."""
    grouped: dict[str, dict[str, Any]] = {}
    for number, statement in enumerate(statements, 1):
        key = text_of(statement.get("canonical_id")) or text_of(statement.get("entity_id"))
        if not key:
            yield number, "", None
            continue
        grouped.setdefault(key, {"id": key, "statements": []})["statements"].append(dict(statement))
    for number, key in enumerate(sorted(grouped), 1):
        item = grouped[key]
        stated = {text_of(s.get("schema")) for s in item["statements"]} - {""}
        item["schema"] = next((s for s in _NEAREST if s in stated), max(stated, default=""))
        yield number, "", item


def _texts(found: Any) -> tuple[str, ...]:
    found = found if isinstance(found, list) else [found]
    return tuple(dict.fromkeys(text for value in found if (text := text_of(value))))


def _flat(item: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the record of an entity and of each entity nested in it."""
    waiting = [item]
    while waiting:
        item = waiting.pop()
        found = item.get("properties")
        properties: dict[str, tuple[str, ...]] = {}
        for prop, values in found.items() if isinstance(found, Mapping) else ():
            texts = []
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, Mapping):
                    if key := text_of(value.get("id")):
                        texts.append(key)
                        waiting.append(value)
                elif text := text_of(value):
                    texts.append(text)
            if texts:
                properties[text_of(prop)] = tuple(dict.fromkeys(texts))
        if not (key := text_of(item.get("id"))):
            continue
        record = Record(
            key=key,
            schema=text_of(item.get("schema")) or "Thing",
            properties=properties,
            caption=text_of(item.get("caption")),
            datasets=_texts(item.get("datasets")),
            referents=tuple(k for k in _texts(item.get("referents")) if k != key),
            first_seen=text_of(item.get("first_seen")),
            last_seen=text_of(item.get("last_seen")),
        )
        if isinstance(item.get("statements"), list):
            _with_statements(record, item["statements"])
        yield record


def _with_statements(record: Record, statements: Sequence[Any]) -> None:
    """Give a record the properties and the provenance that single statements state."""
    found: dict[str, list[str]] = {prop: list(v) for prop, v in record.properties.items()}
    datasets, referents = list(record.datasets), list(record.referents)
    for one in statements:
        if not isinstance(one, Mapping):
            continue
        prop, value = text_of(one.get("prop")), text_of(one.get("value"))
        dataset = text_of(one.get("dataset"))
        datasets.append(dataset)
        if (other := text_of(one.get("entity_id"))) != record.key:
            referents.append(other)
        if not prop or not value or prop == "id":
            continue
        found.setdefault(prop, []).append(value)
        known, first, last = record.stated.get((prop, value), ((), "", ""))
        seen = text_of(one.get("first_seen")), text_of(one.get("last_seen"))
        record.stated[prop, value] = (
            tuple(sorted({*known, dataset} - {""})),
            min(filter(None, (first, seen[0])), default=""),
            max(last, seen[1]),
        )
    record.properties = {prop: tuple(dict.fromkeys(values)) for prop, values in found.items()}
    record.datasets = tuple(sorted(set(datasets) - {""}))
    record.referents = tuple(sorted(set(referents) - {"", record.key}))
