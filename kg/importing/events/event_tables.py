"""How tables of coded events are laid out: which column says what, in each that is known.

ICEWS and POLECAT name their columns in a header; GDELT has none, and is known by how
many it has. Quadruples (subject, relation, object, time) say nothing of themselves, and
may stand for their names by number, with dictionaries beside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.errors import RefusedError, UnreadableError, UsageError
from kg.importing.reading import lines, rows

#: What stands where nothing is known.
MISSING = frozenset(("", "None", "NONE", "NULL", "null", "NA", "N/A", "nan", "NaN", "---"))


class Layout(NamedTuple):
    """One way to lay out events; ``columns`` says in which column each thing stands.

    ``actor_scheme`` and ``place_scheme`` are those of the codes of actors and of the
    country of the event; empty where the table has names.
    """

    name: str
    columns: Mapping[str, str]
    header: Sequence[str] = ()
    actor_scheme: str = ""
    place_scheme: str = ""
    places: Sequence[str] = ()


ICEWS = Layout(
    "icews",
    {
        "key": "Event ID",
        "day": "Event Date",
        "source": "Source Name",
        "source_country": "Source Country",
        "event_name": "Event Text",
        "code": "CAMEO Code",
        "goldstein": "Intensity",
        "target": "Target Name",
        "target_country": "Target Country",
        "story": "Story ID",
        "sentence": "Sentence Number",
        "publisher": "Publisher",
        "country": "Country",
    },
    places=("City", "District", "Province"),
)

POLECAT = Layout(
    "polecat",
    {
        "key": "Event ID",
        "day": "Event Date",
        "source": "Actor Name",
        "source_country": "Actor Country",
        "source_cow": "Actor COW",
        "plover_type": "Event Type",
        "plover_mode": "Event Mode",
        "plover_contexts": "Contexts",
        "quad": "Quad Code",
        "intensity": "Intensity",
        "target": "Recipient Name",
        "target_country": "Recipient Country",
        "target_cow": "Recipient COW",
        "publisher": "Source",
        "country": "Country",
    },
    places=("Placename", "City", "District", "Province"),
)

_ACTOR = (
    "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code",
    "Religion2Code", "Type1Code", "Type2Code", "Type3Code",
)  # fmt: skip


def _gdelt(geography: Sequence[str], ends: Sequence[str]) -> tuple[str, ...]:
    return (
        *("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate"),
        *(f"Actor{n}{part}" for n in (1, 2) for part in _ACTOR),
        *("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass"),
        *("GoldsteinScale", "NumMentions", "NumSources", "NumArticles", "AvgTone"),
        *(f"{whose}Geo_{part}" for whose in ("Actor1", "Actor2", "Action") for part in geography),
        *ends,
    )


_GEO_1 = ("Type", "FullName", "CountryCode", "ADM1Code", "Lat", "Long", "FeatureID")
_GEO_2 = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
#: The columns of GDELT's exports by how many there are: 1.0 until and since the address of
#: the report was added, and 2.0.
GDELT_HEADERS = {
    len(header): header
    for header in (
        _gdelt(_GEO_1, ("DATEADDED",)),
        _gdelt(_GEO_1, ("DATEADDED", "SOURCEURL")),
        _gdelt(_GEO_2, ("DATEADDED", "SOURCEURL")),
    )
}

GDELT = Layout(
    "gdelt",
    {
        "key": "GLOBALEVENTID",
        "day": "SQLDATE",
        "source": "Actor1Code",
        "source_name": "Actor1Name",
        "source_country": "Actor1CountryCode",
        "target": "Actor2Code",
        "target_name": "Actor2Name",
        "target_country": "Actor2CountryCode",
        "code": "EventCode",
        "quad": "QuadClass",
        "goldstein": "GoldsteinScale",
        "mentions": "NumMentions",
        "sources": "NumSources",
        "country": "ActionGeo_CountryCode",
        "url": "SOURCEURL",
    },
    actor_scheme="cameo",
    place_scheme="fips10-4",
    places=("ActionGeo_FullName",),
)

QUADRUPLES = Layout(
    "quadruples",
    {"source": "subject", "relation": "relation", "target": "object", "day": "time"},
    header=("subject", "relation", "object", "time"),
)

LAYOUTS = {layout.name: layout for layout in (ICEWS, POLECAT, GDELT, QUADRUPLES)}


def layout_of(path: Path, encoding: str, asked: str = "") -> Layout:
    """Return how a file is laid out, by its first line; RefusedError when it is none known.

    ``asked`` is the layout that it is said to have: its columns have to be there.
    """
    if asked and asked not in LAYOUTS:
        raise UsageError(f"unknown layout: {asked}", hint="one of " + ", ".join(LAYOUTS))
    _, first = next(lines(path, encoding), (0, ""))
    if first.startswith(("PK\x03\x04", "\x1f\x8b")):
        raise UnreadableError("is packed", path=path, hint="unpack it first")
    cells = [cell.strip().strip('"') for cell in first.split("\t")]
    for layout in (ICEWS, POLECAT):
        needed = [layout.columns[role] for role in ("key", "day", "source", "target")]
        if set(needed) <= set(cells) and asked in ("", layout.name):
            return layout._replace(header=cells)
    if asked in ("", "gdelt"):
        if cells[0].upper() == "GLOBALEVENTID" and len(cells) in GDELT_HEADERS:
            return GDELT._replace(header=GDELT_HEADERS[len(cells)])
        if len(cells) in GDELT_HEADERS and re.fullmatch(r"\d{8}", cells[1]):
            return GDELT._replace(header=GDELT_HEADERS[len(cells)])
    if asked in ("", "quadruples") and 4 <= len(_parted(first)) <= 8:
        return QUADRUPLES
    raise RefusedError(
        f"has not the columns of {asked}" if asked else "is laid out like no event table known",
        path=path,
        line=1,
        hint="ICEWS and POLECAT with their header, GDELT exports of 57, 58 or 61 columns,"
        " or subject, relation, object, time; else kg import table",
    )


def _parted(line: str) -> list[str]:
    for mark in ("\t", ","):
        if mark in line:
            return line.split(mark)
    return line.split()


def events(
    path: Path, layout: Layout, encoding: str, skip: Callable[[str, str], object]
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row's cells with its line; rows of another length are skipped."""
    if layout.name == "quadruples":
        yield from _quadruples(path, encoding, skip)
        return
    width = len(layout.header)
    for number, line in lines(path, encoding):
        cells = line.split("\t")
        if '"' in line:
            cells = [c[1:-1] if len(c) > 1 and c[0] == '"' == c[-1] else c for c in cells]
        if len(cells) != width:
            skip("a row with fewer or more cells than columns", f"{path.name} line {number}")
        elif number > 1 or cells[0].strip() not in (layout.header[0], "GlobalEventID"):
            yield number, cells


def _quadruples(
    path: Path, encoding: str, skip: Callable[[str, str], object]
) -> Iterator[tuple[int, Sequence[str]]]:
    _, first = next(lines(path, encoding))
    if "\t" not in first and "," in first:
        for number, row in rows(path, encoding=encoding, columns=[*"abcdefgh"]):
            yield number, [*row.values()]
        return
    mark = "\t" if "\t" in first else None
    for number, line in lines(path, encoding):
        cells = line.split(mark)
        if len(cells) >= 4:
            yield number, cells
        elif line.strip():
            skip("a row of fewer than four cells", f"{path.name} line {number}")


class Dictionaries(NamedTuple):
    """What the numbers of id-coded quadruples stand for; None without a dictionary."""

    entities: Mapping[str, str] | None
    relations: Mapping[str, str] | None


_DICTIONARY = re.compile(r"(ent(?:ity)?|rel(?:ation)?)(?:2id|_id|-id)(?:\.txt|\.tsv|\.dict)?")


def dictionaries(paths: Sequence[Path], encoding: str) -> tuple[Dictionaries, list[Path]]:
    """Return the dictionaries among files (``entity2id.txt``, ``relation2id.txt``), and the rest.

    ``stat.txt``, which counts them, is neither.
    """
    found: dict[str, dict[str, str]] = {}
    rest = []
    for path in paths:
        known = _DICTIONARY.fullmatch(path.name)
        if known:
            found.setdefault(known[1][:3], {}).update(_dictionary(path, encoding))
        elif path.name != "stat.txt":
            rest.append(path)
    return Dictionaries(found.get("ent"), found.get("rel")), rest


def _dictionary(path: Path, encoding: str) -> dict[str, str]:
    pairs = []
    for number, line in lines(path, encoding):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 2:
            if number == 1 and cells[0].isdecimal():
                continue  # how many there are
            if cells[0]:
                raise RefusedError(
                    "is no pair of name and number",
                    path=path,
                    line=number,
                    hint="NAME, a tab, NUMBER",
                )
            continue
        pairs.append((number, cells[0], cells[1]))
    # The number is mostly second; where it is first, every line has it first.
    swapped = not all(second.isdecimal() for _, _, second in pairs)
    made: dict[str, str] = {}
    for number, first, second in pairs:
        name, key = (second, first) if swapped else (first, second)
        if not key.isdecimal() or made.get(key, name) != name:
            raise RefusedError(
                f"{key} stands for two names" if key in made else "is no pair of name and number",
                path=path,
                line=number,
                hint="NAME, a tab, NUMBER, each number once",
            )
        made[key] = name
    return made
