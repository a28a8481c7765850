"""Tables in files: CSV, TSV, XLSX and Parquet as rows of text, whatever they are written in.

A cell is the text that a reader would copy from it: a day as ISO 8601, a whole number
without its point, a formula as its stored value. Workbooks of strangers are looked at
before they are opened: their size when unpacked, whether they are encrypted.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kg.errors import MissingError, RefusedError, UnreadableError, UsageError
from kg.importing.reading import lines, rows

#: A workbook may unpack to so many bytes, and one large part of it to so many times its size.
MAX_UNPACKED_MB = 1_000
MAX_RATIO = 250
_LARGE_PART = 20_000_000
#: A table has so many columns at most, and a workbook so many merged ranges.
MAX_COLUMNS = 2_000
_MAX_MERGED = 100_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>]")
_BATCH = 5_000

#: A row's cells by column.
Row = dict[str, str]


class Sheet(NamedTuple):
    """One table: its file and name, its columns, and its rows with the number of each."""

    path: Path
    name: str
    columns: Sequence[str]
    rows: Iterator[tuple[int, Row]]
    others: Sequence[str] = ()

    def where(self, number: int) -> str:
        """Return the place of a row, for reports."""
        return f"{self.path.name}{f' sheet {self.name}' if self.name else ''} row {number}"


def open_sheet(
    path: Path,
    *,
    sheet: str = "",
    header: int = 1,
    encoding: str = "",
    note: Callable[[str, str], object] = lambda reason, where: None,
) -> Sheet:
    """Return a table of a file; ``header`` is the row with the names of its columns.

    A column without a name is called by its place, a second one of a name "NAME (2)".
    Raises UsageError for a sheet that there is not, RefusedError for a file that is no
    table or unpacks to too much, UnreadableError for a broken or encrypted one.
    """
    start = _start(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        locked = _ENCRYPTED in path.read_bytes()[:20_000_000]
        raise UnreadableError(
            "is encrypted" if locked else "is a workbook of the old binary format",
            path=path,
            hint="save it without a password" if locked else "save it as .xlsx",
        )
    if start.startswith(b"PK\x03\x04"):
        found = _workbook(path, sheet, header, note)
    elif start.startswith(b"PAR1"):
        found = _parquet(path)
    elif sheet:
        raise UsageError(f"{path.name} has no sheets", hint="leave the sheet out")
    else:
        found = _text_table(path, header, encoding or _encoding(start))
    if not found.columns:
        raise RefusedError("has no columns", path=path, line=header, hint="header: which row?")
    return found


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4096)
    except FileNotFoundError:
        raise MissingError("no such file", path=path, hint="check the spelling") from None
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror or error}", path=path, hint="is it a file?"
        ) from error


def _encoding(start: bytes) -> str:
    return "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"


def names_of(cells: Sequence[str]) -> list[str]:
    """Return what the columns of a header are called, each by a name of its own.

    >>> names_of(["Name", "", "Name", ""])
    ['Name', 'column 2', 'Name (2)']
    """
    cells = [" ".join(cell.split()) for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = cell or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


# ---------------------------------------------------------------- text


def _text_table(path: Path, header: int, encoding: str) -> Sheet:
    _, first = next(
        (found for found in lines(path, encoding) if found[1].strip() and found[0] >= header),
        (0, ""),
    )
    if "\x00" in first:
        raise RefusedError("is no table of text", path=path, hint="CSV, TSV, XLSX or Parquet")
    delimiter = _delimiter(path, first)
    places = [str(n) for n in range(MAX_COLUMNS)]
    found = rows(path, encoding=encoding, delimiter=delimiter, columns=places)
    names: list[str] = []
    number = 0
    for number, row in found:
        if number >= header:
            names = names_of([*row.values()])
            break

    def body() -> Iterator[tuple[int, Row]]:
        # Read once more by its own columns: a row with too many cells is an error there.
        again = rows(path, encoding=encoding, delimiter=delimiter, columns=names)
        for line, row in again:
            if line > number:
                yield line, {name: cell.strip() for name, cell in row.items()}

    return Sheet(path, "", names, body())


def _delimiter(path: Path, first: str) -> str:
    bare = re.sub(r'"[^"]*"', "", first)
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    return max("\t;,|", key=lambda mark: (bare.count(mark), mark == ","))


# ---------------------------------------------------------------- workbooks


def _workbook(path: Path, sheet: str, header: int, note: Callable[[str, str], object]) -> Sheet:
    _guard(path)
    book = _load(path, values=True)
    names = [ws.title for ws in book.worksheets]
    if sheet and sheet not in names:
        raise UsageError(
            f"{path.name} has no sheet {sheet!r}", hint="it has " + ", ".join(names[:30])
        )
    ws = book[sheet] if sheet else book.worksheets[0]
    part = getattr(ws, "_worksheet_path", "")
    merged, formulas = _looked_through(path, part)
    if merged:
        note("merged cells, each read as the value they share", f"{path.name} {ws.title}")
    written = _rows(_load(path, values=False)[ws.title], path) if formulas else None
    cells = _rows(ws, path)
    columns: list[str] = []
    number = 0
    for number, row in _filled(cells, merged):
        if written is not None:
            next(written, None)
        if number >= header:
            columns = names_of([cell_text(value) for value in row[:MAX_COLUMNS]])
            break

    def body() -> Iterator[tuple[int, Row]]:
        for at, values in _filled(cells, merged, number):
            formula = next(written, (0, ()))[1] if written is not None else ()
            for place, raw in enumerate(formula):
                if (
                    isinstance(raw, str)
                    and raw.startswith("=")
                    and (place >= len(values) or values[place] is None)
                ):
                    note("a formula without a stored value", f"{path.name} {ws.title} row {at}")
            texts = [cell_text(value) for value in values[: len(columns)]]
            if any(texts):
                texts += [""] * (len(columns) - len(texts))
                yield at, dict(zip(columns, texts, strict=True))

    return Sheet(path, ws.title, columns, body(), [n for n in names if n != ws.title])


def _guard(path: Path) -> None:
    """Raise RefusedError for a workbook that would unpack to too much, or is none."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise UnreadableError("is encrypted", path=path, hint="save it without a password")
            total = sum(part.file_size for part in parts)
            bomb = any(
                part.file_size > _LARGE_PART
                and part.file_size > MAX_RATIO * max(part.compress_size, 1)
                for part in parts
            )
            if total > MAX_UNPACKED_MB * 1_000_000 or bomb or len(parts) > 10_000:
                raise RefusedError(
                    f"unpacks to {total / 1e6:,.0f} MB from {path.stat().st_size / 1e6:,.1f} MB",
                    path=path,
                    hint="save the table as CSV if it is meant to be so large",
                )
            if "[Content_Types].xml" not in packed.namelist():
                raise RefusedError("is no workbook", path=path, hint="unpack it, if it is a ZIP")
    except zipfile.BadZipFile as error:
        raise UnreadableError(
            f"is a broken workbook: {error}", path=path, hint="it may be cut short"
        ) from error


def _load(path: Path, *, values: bool) -> Any:
    import openpyxl

    try:
        # From memory: the library leaves a file of its own open when it fails.
        packed = io.BytesIO(path.read_bytes())
        return openpyxl.load_workbook(packed, read_only=True, data_only=values, keep_links=False)
    except (RefusedError, ModuleNotFoundError):
        raise
    except Exception as error:  # the library lets through what its parsers raise
        raise UnreadableError(
            f"is a broken workbook: {str(error).splitlines()[0][:120] if str(error) else type(error).__name__}",
            path=path,
            hint="open it and save it again, or save it as CSV",
        ) from error


def _rows(ws: Any, path: Path) -> Iterator[tuple[int, Sequence[object]]]:
    ws.reset_dimensions()  # files lie about their size, and rows would be cut or padded
    try:
        yield from enumerate(ws.iter_rows(values_only=True), 1)
    except Exception as error:
        raise UnreadableError(
            f"is a broken workbook: {str(error).splitlines()[0][:120] if str(error) else type(error).__name__}",
            path=path,
            hint="open it and save it again, or save it as CSV",
        ) from error
    finally:
        ws.parent.close()


_Range = tuple[int, int, int, int]


def _looked_through(path: Path, part: str) -> tuple[list[_Range], bool]:
    """Return the merged ranges of a sheet (first row, last, first column, last), and if it has formulas."""
    merged: list[_Range] = []
    formulas = False
    with zipfile.ZipFile(path) as packed:
        if part.lstrip("/") not in packed.namelist():
            return [], False
        with packed.open(part.lstrip("/")) as stream:
            rest = b""
            while piece := stream.read(1_000_000):
                text = rest + piece
                formulas = formulas or bool(_FORMULA.search(text))
                end = 0
                for found in _MERGED.finditer(text):
                    end = found.end()
                    left, top, right, bottom = found.groups()
                    merged.append((int(top), int(bottom), _place(left), _place(right)))
                    if len(merged) > _MAX_MERGED:
                        raise RefusedError(
                            "more merged cells than a table has", path=path, hint="unmerge"
                        )
                rest = text[max(end, len(text) - 60) :]
    return sorted(merged), formulas


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _filled(
    cells: Iterator[tuple[int, Sequence[object]]], merged: Sequence[_Range], done: int = 0
) -> Iterator[tuple[int, list[object]]]:
    """Yield rows with the value of a merged range in each of its cells."""
    waiting = [r for r in merged if r[0] > done]
    waiting.reverse()
    open_ranges: list[tuple[_Range, object]] = []
    for number, row in cells:
        values = list(row)
        while waiting and waiting[-1][0] <= number:
            area = waiting.pop()
            value = values[area[2]] if area[2] < len(values) else None
            open_ranges.append((area, value))
        if open_ranges:
            open_ranges = [(a, v) for a, v in open_ranges if a[1] >= number]
            for area, value in open_ranges:
                last = min(area[3], MAX_COLUMNS)
                values += [None] * (last + 1 - len(values))
                values[area[2] : last + 1] = [value] * (last + 1 - area[2])
        yield number, values


def cell_text(value: object) -> str:
    """Return a cell as the text that it shows.

    >>> cell_text(731.0), cell_text(datetime.datetime(2024, 6, 19)), cell_text(None)
    ('731', '2024-06-19', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        clock = value.time() != datetime.time()
        return value.isoformat(sep="T") if clock else value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()


# ---------------------------------------------------------------- Parquet


def _parquet(path: Path) -> Sheet:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        given = list(file.schema_arrow.names)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(
            f"is a broken Parquet file: {str(error).splitlines()[0][:120]}",
            path=path,
            hint="it may be cut short",
        ) from error
    columns = names_of([*given])

    def body() -> Iterator[tuple[int, Row]]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=_BATCH):
                held = [column.to_pylist() for column in batch.columns]
                for cells in zip(*held, strict=True):
                    number += 1
                    yield number, dict(zip(columns, map(cell_text, cells), strict=False))
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise UnreadableError(
                f"is a broken Parquet file: {str(error).splitlines()[0][:120]}",
                path=path,
                line=number + 1,
                hint="it may be cut short",
            ) from error

    return Sheet(path, "", columns, body())
