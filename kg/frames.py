"""Answers for spreadsheets and data frames: columns that have a type.

A column gets a type when every value in it has one and keeps what it says in it;
otherwise it is text. Rows are cells of SPARQL's TSV (``kg.cells``).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kg import cells
from kg.errors import MissingError, RefusedError
from kg.tables import Label, named
from kg.vocab import XSD

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Value = str | int | float | bool | datetime.date | datetime.datetime | None

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Python would cut digits beyond the sixth without a word.
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = {
    "INF": float("inf"),
    "+INF": float("inf"),
    "-INF": float("-inf"),
    "NaN": float("nan"),
}


def _integer(text: str) -> int | None:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def _number(text: str) -> float | None:
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    return float(text) if _DOUBLE.fullmatch(text) else None


def _decimal(text: str) -> float | None:
    parts = _DECIMAL.fullmatch(text)
    # A double brings fifteen digits back as they were, and no more.
    if parts is None or len((parts[1] + (parts[2] or "")).lstrip("0")) > 15:
        return None
    return float(text)


def _boolean(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _datetime(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
        _utc(found)
    except (ValueError, OverflowError):  # the first and last day have no time in UTC
        return None
    return found


def _utc(moment: datetime.datetime | None) -> datetime.datetime | None:
    return moment.astimezone(datetime.UTC) if moment and moment.tzinfo else moment


_READERS: dict[str, Callable[[str], Value]] = {
    **dict.fromkeys(cells.INTEGERS, _integer),
    XSD + "decimal": _decimal,
    XSD + "double": _number,
    XSD + "float": _number,
    XSD + "boolean": _boolean,
    XSD + "date": _date,
    XSD + "dateTime": _datetime,
}


def value(cell: str, name: Label) -> Value:
    """Return a cell as Python has it: a number, truth value, date, time or text.

    An IRI is what ``name`` says, unbound is None, a number or date that Python
    cannot hold exactly stays text.
    """
    iri = cells.iri(cell)
    if iri is not None:
        return name(iri)
    parts = cells.literal(cell)
    if parts is None:
        return cell or None
    read = _READERS.get(parts.datatype)
    found = read(parts.text) if read else None
    return parts.text if found is None else found


class Column(NamedTuple):
    """A column's name, the type its values share, and the values, None where unbound.

    ``type`` is integer, number, boolean, date, datetime, instant (in UTC) or text.
    """

    name: str
    type: str
    values: list[Any]


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]], name: Label) -> list[Column]:
    """Return the rows as columns; ``name`` says what stands for an IRI."""
    turned = list(zip(*rows, strict=True)) or [()] * len(heads)
    return [_column(head, cells_, name) for head, cells_ in zip(heads, turned, strict=True)]


def _column(head: str, found: Sequence[str], name: Label) -> Column:
    values = {cell: value(cell, name) for cell in set(found)}
    types = {_type(v) for v in values.values() if v is not None}
    if types == {"integer", "number"} and all(
        type(v) is not int or abs(v) < 2**53 for v in values.values()
    ):
        types = {"number"}
        values = {c: float(v) if isinstance(v, int) else v for c, v in values.items()}
    if types == {"instant"}:
        values = {c: _utc(v) if isinstance(v, datetime.datetime) else v for c, v in values.items()}
    if len(types) == 1:
        return Column(head, types.pop(), [values[cell] for cell in found])
    texts = {c: v if v is None or isinstance(v, str) else cells.text(c) for c, v in values.items()}
    return Column(head, "text", [texts[cell] for cell in found])


def _type(found: Value) -> str:
    match found:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case datetime.datetime():
            return "instant" if found.tzinfo else "datetime"
        case datetime.date():
            return "date"
    return "text"


def _missing(library: str) -> MissingError:
    return MissingError(f"{library} is not installed", hint="pip install 'gambit-kg[tables]'")


# ---------------------------------------------------------------- data frames

_PANDAS = {
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "datetime": "datetime64[us]",
    "instant": "datetime64[us, UTC]",
    "text": "string",
}


def to_pandas(found: Iterable[Column]) -> pd.DataFrame:
    """Return columns as a pandas data frame; MissingError when pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise _missing("pandas") from None
    found = list(found)
    frame = {c.name: pd.Series(c.values, dtype=_PANDAS[c.type]) for c in found}
    return pd.DataFrame(frame, columns=[c.name for c in found])


def to_polars(found: Iterable[Column]) -> pl.DataFrame:
    """Return columns as a polars data frame; MissingError when polars is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise _missing("polars") from None
    types = {
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "datetime": pl.Datetime("us"),
        "instant": pl.Datetime("us", "UTC"),
        "text": pl.String(),
    }
    return pl.DataFrame([pl.Series(c.name, c.values, dtype=types[c.type]) for c in found])


def parquet(found: Iterable[Column]) -> bytes:
    """Return columns as a Parquet file; MissingError when pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise _missing("pyarrow") from None
    import io

    types = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us"),
        "instant": pa.timestamp("us", tz="UTC"),
        "text": pa.string(),
    }
    found = list(found)
    if not found:
        raise RefusedError("a Parquet file has columns, this answer has none", hint="use json")
    out = io.BytesIO()
    arrays = {c.name: pa.array(c.values, type=types[c.type]) for c in found}
    pq.write_table(pa.table(arrays), out, compression="zstd")
    return out.getvalue()


# ---------------------------------------------------------------- spreadsheets

# The limits of a sheet: rows, columns, characters in a cell.
_MOST_ROWS, _MOST_COLUMNS, _MOST_TEXT = 1_048_576, 16_384, 32_767
_NOT_IN_A_SHEET = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), "�")
_EXCEL_BEGINS = datetime.datetime(1900, 3, 1)  # before it, Excel counts a day that never was
_SOME_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can name


def xlsx(heads: Sequence[str], rows: Sequence[Sequence[str]], label: Label) -> bytes:
    """Return rows as a spreadsheet: equal answers, equal bytes.

    A column with IRIs becomes two, what they are called and the IRIs. Text is never a
    formula. Raises MissingError when openpyxl is not installed and RefusedError for
    more than a sheet can hold.
    """
    try:
        import openpyxl
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise _missing("openpyxl") from None
    import io

    turned = list(zip(*rows, strict=True)) or [()] * len(heads)
    sides: list[tuple[str, Sequence[str], dict[str, Any]]] = []
    for head, column in zip(heads, turned, strict=True):
        iris = {cell: iri for cell in set(column) if (iri := cells.iri(cell)) is not None}
        sides.append((head, column, {c: _sheet_value(c, label) for c in set(column)}))
        if iris:
            sides.append((f"{head} IRI", column, iris))
    if len(rows) >= _MOST_ROWS or len(sides) > _MOST_COLUMNS:
        raise RefusedError(
            f"a sheet holds {_MOST_ROWS - 1:,} rows and {_MOST_COLUMNS:,} columns",
            hint="use parquet or csv, or --limit",
        )
    longest = max(
        (len(v) for *_, look in sides for v in look.values() if isinstance(v, str)), default=0
    )
    if longest > _MOST_TEXT:
        raise RefusedError(
            f"a cell of a sheet holds {_MOST_TEXT:,} characters, a text here has {longest:,}",
            hint="use parquet or csv",
        )
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Answer")
    sheet.freeze_panes = "A2"
    for number, (head, _, look) in enumerate(sides, 1):
        letters = max([len(head), *(len(str(v)) for v in look.values() if v is not None)])
        sheet.column_dimensions[get_column_letter(number)].width = min(max(letters + 2, 8), 60)

    def cell_of(found: Any, *, bold: bool = False) -> Any:
        if not isinstance(found, str):
            return found
        cell: Any = WriteOnlyCell(sheet)
        content = found.translate(_NOT_IN_A_SHEET)
        # openpyxl makes a formula of what begins with = and an error of #N/A.
        cell._value, cell.data_type = content, "s"
        if content.startswith(("=", "+", "-", "@", "\t", "\r")):
            cell.quotePrefix = True  # stays text when somebody edits it
        if bold:
            cell.font = Font(bold=True)
        return cell

    sheet.append([cell_of(head, bold=True) for head, _, _ in sides])
    for index in range(len(rows)):
        sheet.append([cell_of(look.get(column[index])) for _, column, look in sides])
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def _sheet_value(cell: str, label: Label) -> Any:
    found = value(cell, lambda iri: named(iri, label))
    if isinstance(found, datetime.datetime):
        # A sheet has no time zones, and no finer time than the millisecond.
        fits = found.tzinfo is None and found >= _EXCEL_BEGINS and found.microsecond % 1000 == 0
        return found if fits else cells.text(cell)
    if isinstance(found, datetime.date):
        return found if found >= _EXCEL_BEGINS.date() else cells.text(cell)
    if isinstance(found, bool):
        return found
    if isinstance(found, int):  # a sheet counts in doubles and shows fifteen digits
        return found if abs(found) < 10**15 else cells.text(cell)
    if isinstance(found, float):
        return found if abs(found) < float("inf") else cells.text(cell)
    return found


def _without_clock(content: bytes) -> bytes:
    """Return a workbook without the time it was written at."""
    import io
    import zipfile

    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in given.namelist():
            part = given.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"<dcterms:(created|modified)[^>]*>.*?</dcterms:\1>", b"", part)
            entry = zipfile.ZipInfo(name, _SOME_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part)
    return out.getvalue()
