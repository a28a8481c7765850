"""Tables kept beside a compiled store, so that a later command need not read the engine again.

Columns of values, each distinct value written once; a million cells are read back in a
few hundredths of a second. A table never decides anything: its name holds the hash of
the data it came from and of the code that made it, and one that is damaged is made again.
docs/decisions/0008-kept-tables.md has the measurements.
"""

from __future__ import annotations

import gc
import hashlib
import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg import files
from kg.errors import KgError

#: What a cell may hold. None is "nothing said".
Value = str | int | None | tuple[str, ...] | Literal

_MAGIC = b"kg-columns 1\n"


class Table(NamedTuple):
    """Columns of one length, by name, and a few plain facts about them."""

    columns: Mapping[str, Sequence[Value]]
    facts: Mapping[str, object]


def write(path: Path, table: Table) -> None:
    """Write a table, whole or not at all; says nothing when there is no room for it."""
    pool: dict[Value, int] = {}
    columns = []
    for name, values in table.columns.items():
        numbers = array("I", [pool.setdefault(value, len(pool)) for value in values])
        if sys.byteorder == "big":
            numbers.byteswap()
        columns.append((name, numbers.tobytes()))
    kept = json.dumps([_plain(value) for value in pool], ensure_ascii=False).encode("utf-8")
    head = json.dumps(
        {
            "facts": dict(table.facts),
            "pool": len(kept),
            "columns": [[name, len(content)] for name, content in columns],
        }
    ).encode("utf-8")
    body = b"".join([head, b"\n", kept, *(content for _, content in columns)])
    with suppress(OSError, KgError):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(path, _MAGIC + b"%08x\n" % zlib.crc32(body) + body)


def read(path: Path) -> Table | None:
    """Return a table that was kept, or None when there is none, or none that is whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 9
    body = memoryview(content)[start:]
    if not content.startswith(_MAGIC) or content[len(_MAGIC) : start] != b"%08x\n" % zlib.crc32(
        body
    ):
        return None
    try:
        table = _decoded(content, start)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None  # not written by us
    with suppress(OSError):
        path.parent.touch()  # "used lately", for the sweep
    return table


def _decoded(content: bytes, start: int) -> Table:
    line = content.index(b"\n", start)
    head = json.loads(content[start:line])
    position = line + 1
    pool = json.loads(content[position : position + head["pool"]])
    position += head["pool"]
    values = [_value(plain) if type(plain) in (list, dict) else plain for plain in pool]
    columns: dict[str, Sequence[Value]] = {}
    for name, length in head["columns"]:
        numbers = array("I")
        numbers.frombytes(content[position : position + length])
        if sys.byteorder == "big":
            numbers.byteswap()
        columns[name] = list(map(values.__getitem__, numbers))
        position += length
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("columns of different lengths")
    return Table(columns, dict(head["facts"]))


def _plain(value: Value) -> object:
    if isinstance(value, Literal):
        return {"text": value.value, "language": value.language, "datatype": value.datatype.value}
    return value  # a tuple is written as a list


def _value(plain: list[str] | dict[str, str]) -> Value:
    if isinstance(plain, list):
        return tuple(plain)
    if plain["language"]:
        return Literal(plain["text"], language=plain["language"])
    return Literal(plain["text"], datatype=NamedNode(plain["datatype"]))


@cache
def code(*names: str) -> str:
    """Return a hash of some files of the package: what a table depends on beside the data."""
    top = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for name in names:
        digest.update((top / name).read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector while a great many small objects are made.

    None of them is garbage yet, and looking for it costs as much as making them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def records(found: Iterable[tuple[Value, ...]], names: Sequence[str]) -> dict[str, list[Value]]:
    """Return rows as columns."""
    columns = list(map(list, zip(*found, strict=True))) or [[] for _ in names]
    return dict(zip(names, columns, strict=True))
