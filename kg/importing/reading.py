"""Reading files of strangers: text in its encoding, JSON, tables and XML, within bounds.

Every reader raises UnreadableError or RefusedError with the place, never an error of
the library beneath.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kg.errors import MissingError, RefusedError, UnreadableError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: A line of a table or of JSON lines longer than this is no record.
MAX_LINE_BYTES = 16_000_000
#: A JSON file read whole may be so large; larger ones are read item by item.
MAX_JSON_MB = 256
#: A YAML file may be so large: it is read whole, and slowly.
MAX_YAML_BYTES = 4_000_000


def open_text(path: Path, encoding: str = "utf-8") -> io.TextIOWrapper:
    """Open a text file, byte order mark or not; MissingError or UnreadableError."""
    if path.is_dir():
        raise UnreadableError("is a folder, not a file", path=path, hint="name a file in it")
    try:
        return path.open("r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    except FileNotFoundError:
        raise MissingError("no such file", path=path, hint="check the spelling") from None
    except LookupError:
        raise RefusedError(
            f"unknown encoding: {encoding}", hint="for example windows-1252"
        ) from None
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror or error}", path=path, hint="check its permissions"
        ) from error


_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2"}


class _Unpacked(io.RawIOBase):
    """A file's content, unpacked where it is packed; a broken one is UnreadableError."""

    def __init__(self, path: Path) -> None:
        import bz2
        import gzip

        self._path = path
        raw = path.open("rb")
        start = raw.read(3)
        raw.seek(0)
        kind = next((name for magic, name in _PACKED.items() if start.startswith(magic)), "")
        self._kind = kind
        self._raw = raw
        self._stream: Any = (
            gzip.GzipFile(fileobj=raw) if kind == "gzip" else bz2.BZ2File(raw) if kind else raw
        )

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        import zlib

        try:
            found: bytes = self._stream.read(size)
            return found
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableError(
                f"broken {self._kind or 'file'}: {str(error).splitlines()[0]}",
                path=self._path,
                hint="the file may be cut short: compare its size with the original's",
            ) from error

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._stream.close()
        self._raw.close()
        super().close()


def open_bytes(path: Path) -> io.BufferedReader:
    """Open a file for its bytes, unpacked if it is gzip or bzip2; errors as ``open_text``.

    Reading it raises UnreadableError where it breaks off.
    """
    with open_text(path):
        pass  # says what is wrong with the path
    return io.BufferedReader(_Unpacked(path), 1 << 17)


def wrong_encoding(path: Path, error: UnicodeDecodeError) -> UnreadableError:
    """Return the error for a file that is not in the encoding it was read in, with the byte."""
    offset, byte = 0, error.object[error.start]
    try:  # the error counts from the piece that was being decoded
        path.read_bytes().decode(error.encoding.replace("utf-8-sig", "utf-8"))
    except (UnicodeDecodeError, MemoryError, OSError) as again:
        if isinstance(again, UnicodeDecodeError):
            offset, byte = again.start, again.object[again.start]
    return UnreadableError(
        f"is not {error.encoding} (byte 0x{byte:02x} at offset {offset:,})",
        path=path,
        hint="name its encoding: -o encoding=windows-1252",
    )


def lines(path: Path, encoding: str = "utf-8") -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file, numbered from 1, without their ends.

    A DOS end-of-file mark (0x1A) at the very end is no line.
    """
    number = 0
    with open_text(path, encoding) as stream:
        try:
            while line := stream.readline(MAX_LINE_BYTES):
                number += 1
                if len(line) >= MAX_LINE_BYTES:
                    raise RefusedError(
                        "a line without end", path=path, line=number, hint="check the file"
                    )
                line = line.rstrip("\r\n")
                if line.strip("\x1a") or not line.startswith("\x1a"):
                    yield number, line
        except UnicodeDecodeError as error:
            raise wrong_encoding(path, error) from error


def rows(
    path: Path,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    columns: Sequence[str] | None = None,
    required: Sequence[str] = (),
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a delimited file as text by column, with the line each ends on.

    ``columns`` names them for a file without a header. Raises RefusedError for a header
    that lacks one of ``required``, and for a row with more cells than columns; a row
    with fewer is given empty ones.
    """
    csv.field_size_limit(MAX_LINE_BYTES)

    def text() -> Iterator[str]:
        for _, line in lines(path, encoding):
            yield line + "\n"

    reader = csv.reader(text(), delimiter=delimiter)
    try:
        names = list(columns) if columns is not None else next(reader, [])
        missing = [name for name in required if name not in names]
        if missing:
            raise RefusedError(
                f"has no column {missing[0]}",
                path=path,
                line=1,
                hint="its columns are " + ", ".join(names[:30]),
            )
        for row in reader:
            if len(row) > len(names):
                raise RefusedError(
                    f"has {len(row)} cells in a row of {len(names)} columns",
                    path=path,
                    line=reader.line_num,
                    hint="check its delimiter and quotation marks",
                )
            if row:
                row += [""] * (len(names) - len(row))
                yield reader.line_num, dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise UnreadableError(
            f"broken table: {error}", path=path, line=reader.line_num, hint="look at that line"
        ) from error


def json_text(text: str | bytes, path: Path, line: int | None = None) -> Any:
    """Return the value of JSON text; UnreadableError where it breaks, RefusedError when too deep."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"broken JSON: {error.msg}",
            path=path,
            line=line or error.lineno,
            column=error.colno,
            hint="the file may be cut short: compare its size with the original's",
        ) from error
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, error) from error
    except RecursionError:
        raise RefusedError(
            "JSON nested too deep", path=path, line=line, hint="no record is"
        ) from None
    except ValueError as error:
        raise UnreadableError(
            f"broken JSON: {error}", path=path, line=line, hint="mend it"
        ) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def json_file(path: Path) -> Any:
    """Return the value of a JSON file; errors as ``json_text``, and RefusedError when too large."""
    with open_text(path):
        pass  # says what is wrong with the path
    if path.stat().st_size > MAX_JSON_MB * 1_000_000:
        raise RefusedError(
            f"{path.stat().st_size / 1e6:,.0f} MB of JSON in one value",
            path=path,
            hint=f"split it: up to {MAX_JSON_MB} MB are read at once",
        )
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf").rstrip(b"\x1a")
    return json_text(content, path)


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file with one JSON value a line, with the line's number."""
    for number, line in lines(path):
        if line.strip():
            yield number, json_text(line, path, number)


class _Unmarked:
    """A stream that ends before a DOS end-of-file mark (0x1A)."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size

    def read(self, n: int = -1) -> bytes:
        data = self._stream.read(n)
        return data.rstrip(b"\x1a") if self._stream.tell() >= self._size else data


def json_items(path: Path, prefix: str) -> Iterator[Any]:
    """Yield the items under a path of a JSON file one by one, in bounded memory.

    ``prefix`` is ijson's: ``objects.item`` for the members of ``{"objects": [...]}``.
    Numbers are int or float. Errors as ``json_text``.
    """
    import ijson

    with open_text(path):
        pass
    with path.open("rb") as stream:
        if stream.read(3) != b"\xef\xbb\xbf":
            stream.seek(0)
        try:
            unmarked = _Unmarked(stream, path.stat().st_size)
            yield from ijson.items(unmarked, prefix, use_float=True)
        except ijson.IncompleteJSONError as error:
            raise UnreadableError(
                f"broken JSON: {str(error).splitlines()[0]}",
                path=path,
                hint="the file may be cut short: compare its size with the original's",
            ) from error
        except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
            raise UnreadableError(
                f"broken JSON: {str(error).splitlines()[0]}", path=path, hint="check the file"
            ) from error
        except RecursionError:
            raise RefusedError("JSON nested too deep", path=path, hint="no record is") from None


def xml_elements(path: Path, *tags: str) -> Iterator[Element]:
    """Yield each element of these names (without namespace) as it ends, then forget it.

    Entities and document types are refused (RefusedError): they can reach files and
    grow without bound.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    with open_text(path):
        pass
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=True):
            if element.tag.rpartition("}")[2] in tags:
                yield element
                element.clear()
    except DefusedXmlException as error:
        raise RefusedError(
            "XML with a document type or entities is not read",
            path=path,
            hint="remove the DOCTYPE: data needs none",
        ) from error
    except ParseError as error:
        line, column = error.position
        raise UnreadableError(
            f"broken XML: {error}",
            path=path,
            line=line,
            column=column + 1,
            hint="look at that line",
        ) from error


def yaml_file(path: Path) -> Any:
    """Return the value of a YAML file with every scalar as the text that is written.

    So ``no`` stays the code of Norway. Raises UnreadableError where it breaks, and
    RefusedError for aliases, which can grow without bound, and for what is too large or
    too deep.
    """
    import yaml

    with open_text(path):
        pass
    if path.stat().st_size > MAX_YAML_BYTES:
        raise RefusedError("YAML too large", path=path, hint="no such record is")

    class Plain(yaml.BaseLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise RefusedError("YAML with aliases is not read", path=path, hint="write it out")
            return super().compose_node(parent, index)

    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        return yaml.load(content, Loader=Plain)  # noqa: S506  BaseLoader makes texts only
    except UnicodeDecodeError as error:
        raise wrong_encoding(path, error) from error
    except RecursionError:
        raise RefusedError("YAML nested too deep", path=path, hint="no record is") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(
            f"broken YAML: {error.problem or error.context}",
            path=path,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="look at that line",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableError(
            f"broken YAML: {str(error).splitlines()[0]}", path=path, hint="check the file"
        ) from error


def text_of(value: object) -> str:
    """Return a JSON scalar as the text it stands for; empty for null, lists and objects.

    Half a character (a lone surrogate), which JSON can write and no UTF-8 can hold,
    becomes a question mark.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None or isinstance(value, Mapping | list) else str(value).strip()
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


#: How tables of political science write that a value is missing.
MISSING = frozenset({"", "NA", "N/A", "NULL", "null", "None", "nan", "NaN", ".", "-9", "-8", "-7"})


def given(row: Mapping[str, str], *names: str) -> str:
    """Return the first of some columns that a row has a value in; empty where none has.

    The codes for missing are no values, and 365.0 of a spreadsheet is 365.
    """
    for name in names:
        text = row.get(name, "").strip()
        if text not in MISSING:
            whole = text.removesuffix(".0")
            return whole if whole.isdecimal() else text
    return ""


def columns_of(path: Path) -> frozenset[str]:
    """Return the columns that the header of a table names, of a table without rows, too."""
    import csv

    header = next((line for _, line in lines(path)), "")
    return frozenset(next(csv.reader([header]), []))
