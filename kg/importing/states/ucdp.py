"""UCDP/PRIO armed conflicts: conflicts, their years, and the part each party had in each year.

Read in the layout UCDP publishes (a row for each conflict and year, with lists of
parties) and in tables in which somebody has spread the lists over several rows, every
combination of the two sides: rows are no events, and a party named in twenty of them
took part once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg.dates import period
from kg.errors import RefusedError
from kg.importing.reading import columns_of, given, rows
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink, node
from kg.importing.states.codes import States
from kg.vocab import ID, KG, XSD

#: UCDP's codes for what the parties contest, and for the type of conflict (its codebook);
#: the words are those of peacesciencer, which writes II for the fourth type.
_INCOMPATIBILITY = {"1": "territory", "2": "government", "3": "both"}
_TYPES = {
    "1": "extrasystemic",
    "2": "interstate",
    "3": "intrastate",
    "4": "internationalized intrastate",
    "II": "internationalized intrastate",
}
_INTENSITY = {"1": "minor", "2": "war"}
#: How exact a start is by its code: only 1 is a day. Codes 2 and 3 leave the day open, and
#: the rest are read as no better than a year.
_PRECISION = {"1": "day", "2": "month", "3": "month"}
_ROLES = {
    "gwnoa": ("primaryOnSideA", "sidea", "sideaid"),
    "gwnoa2nd": ("secondaryOnSideA", "sidea2nd", "sidea2ndid"),
    "gwnob": ("primaryOnSideB", "sideb", "sidebid"),
    "gwnob2nd": ("secondaryOnSideB", "sideb2nd", "sideb2ndid"),
}
_IN_WORDS = {
    "primaryOnSideA": "a primary party on side A",
    "secondaryOnSideA": "a secondary party on side A",
    "primaryOnSideB": "a primary party on side B",
    "secondaryOnSideB": "a secondary party on side B",
}
_GOVERNMENT = re.compile(r"government of\s+(.+)", re.IGNORECASE)
_DATE = NamedNode(XSD + "date")


def _plain(name: str) -> str:
    """Return a column's name as every edition has it: small letters, no underscores."""
    return name.strip().lower().replace("_", "")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    for line, row in rows(path):
        yield line, {_plain(name): value for name, value in row.items()}


def _dataset(paths: Sequence[Path]) -> DataSet:
    edition, last = "", 0
    for path in paths:
        if not path.is_file() or "year" not in {_plain(c) for c in columns_of(path)}:
            continue
        for _, row in _rows(path):
            year, version = given(row, "year"), given(row, "version")
            last = max(last, int(year) if year.isdecimal() else 0)
            edition = max(edition, version)
    return DataSet(
        name="ucdp",
        title="UCDP/PRIO Armed Conflict Dataset",
        publisher=ID + "actor/ucdp",
        publisher_name="Uppsala Conflict Data Program",
        edition=edition,
        licence="CC BY 4.0",
        url="https://ucdp.uu.se/downloads/",
        covered_to=f"{last}-12-31" if last else "",
    )


@dataclass(slots=True)
class _Year:
    """One year of a conflict: what the rows say of it, and who took part how."""

    facts: dict[str, str] = field(default_factory=dict)
    states: set[tuple[str, str]] = field(default_factory=set)
    groups: set[tuple[str, str, str]] = field(default_factory=set)


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    years: dict[tuple[str, int], _Year] = {}
    states = States(sink, "gw", "gw-number")
    for path in paths:
        columns = {_plain(c) for c in columns_of(path)}
        if {"gwcode", "statename"} <= columns:
            for _, row in _rows(path):
                states.learn(given(row, "gwcode"), given(row, "statename"))
            continue
        if not ({"conflictid", "year", "gwnoa"} <= columns or {"id", "year", "gwnoa"} <= columns):
            raise RefusedError(
                "is no table of armed conflicts",
                path=path,
                line=1,
                hint="it needs the columns conflict_id, year and gwno_a",
            )
        for line, row in _rows(path):
            sink.read()
            key, year = given(row, "conflictid", "id"), given(row, "year")
            if not key or not year.isdecimal():
                sink.skip("a row without a conflict or a year", f"line {line}")
                continue
            found = years.setdefault((key, int(year)), _Year())
            for column in ("incompatibility", "intensitylevel", "typeofconflict", "startdate",
                           "startprec", "startdate2", "startprec2", "ependdate", "ependprec",
                           "location", "territoryname"):  # fmt: skip
                _fact(sink, found, column, given(row, column), f"{key} {year}")
            _parties(sink, states, found, row, f"line {line}")
    conflicts: dict[str, list[int]] = {}
    for key, number in sorted(years):
        conflicts.setdefault(key, []).append(number)
    for key, found_years in conflicts.items():
        _conflict(sink, states, key, [(y, years[key, y]) for y in found_years])


def _fact(sink: Sink, year: _Year, column: str, value: str, where: str) -> None:
    if not value:
        return
    known = year.facts.setdefault(column, value)
    if known != value:
        sink.note(f"two rows of a conflict and year disagree in {column}", where)
        year.facts[column] = min(known, value)


def _listed(text: str) -> list[str]:
    """Return the members of a list in a cell: UCDP separates them by commas."""
    return [part.strip() for part in re.split("[,;]", text) if part.strip()]


def _parties(sink: Sink, states: States, year: _Year, row: Mapping[str, str], where: str) -> None:
    for column, (role, naming, ids) in _ROLES.items():
        codes = _listed(given(row, column))
        names = _listed(given(row, naming))
        for code in codes:
            if not code.isdecimal():
                sink.skip("a Gleditsch-Ward number that is none", where)
                continue
            year.states.add((role, code))
        if not names:
            continue
        if codes:
            if len(codes) == len(names):
                for code, name in zip(codes, names, strict=True):
                    if found := _GOVERNMENT.fullmatch(name):
                        states.learn(code, found[1].split(" (")[0].strip())
            continue
        numbers = _listed(given(row, ids))
        if len(numbers) != len(names):
            # A name may hold a comma itself: without a number for each it stays one.
            names, numbers = [given(row, naming)], numbers[:1] if len(numbers) == 1 else [""]
        for name, number in zip(names, numbers, strict=True):
            year.groups.add((role, number, name))


def _conflict(sink: Sink, states: States, key: str, years: list[tuple[int, _Year]]) -> None:
    conflict = node("ucdp", key)
    facts = years[0][1].facts
    sides = []
    for role in ("primaryOnSideA", "primaryOnSideB"):
        named = {n for _, y in years for r, _, n in y.groups if r == role}
        named |= {
            states.name(code, held)
            for number, y in years
            for r, code in y.states
            if r == role
            for held in states.held(code, f"{number}-01-01", f"{number}-12-31")
        }
        if named:
            sides.append(", ".join(sorted(named)[:3]) + (" and others" if len(named) > 3 else ""))
    of = f": {' against '.join(sides)}" if sides else ""
    place = facts.get("territoryname") or facts.get("location") or ""
    label = f"UCDP conflict {key}{of}" + (f" ({place})" if place else "")
    exact = _PRECISION.get(facts.get("startprec", ""), "year")
    started = _date(facts.get("startdate", ""))
    sink.entity(
        conflict,
        KG + "ArmedConflict",
        label=label,
        language="en",
        extra=((KG + "datePrecision", KG + exact),) if started else (),
    )
    sink.identifier(key, conflict, "ucdp-conflict", key)
    if started:
        _dated(sink, key, conflict, "startDate", started, facts.get("startprec", ""),
               f"UCDP dates the first death of conflict {key} to {_shown(started, exact)}.", "start_prec")  # fmt: skip
    for number, year in years:
        _year(sink, states, key, conflict, number, year)


def _year(sink: Sink, states: States, key: str, conflict: str, number: int, year: _Year) -> None:
    record = f"{key} {number}"
    first, last = f"{number}-01-01", f"{number}-12-31"
    episode = node("ucdp", f"{key}-{number}")
    sink.entity(
        episode, KG + "ConflictYear", label=f"UCDP conflict {key} in {number}", language="en"
    )
    where = _where(record)
    sink.claim(
        record, episode, KG + "subEventOf", conflict,
        f"UCDP counts {number} as a year of conflict {key}.", locator=where, valid_from=first, valid_to=last, valid_precision="year",
    )  # fmt: skip
    for column, predicate, table in (
        ("typeofconflict", "conflictType", _TYPES),
        ("incompatibility", "incompatibility", _INCOMPATIBILITY),
        ("intensitylevel", "intensityLevel", None),
    ):
        value = year.facts.get(column, "")
        if not value:
            continue
        if table is None:
            if value not in _INTENSITY:
                sink.skip("an intensity level that UCDP does not have", record)
                continue
            said, words = Literal(int(value)), f"intensity {value}, {_INTENSITY[value]}"
        else:
            words = table.get(value, value)
            said = Literal(words)
        sink.claim(
            record, episode, KG + predicate, said,
            f"UCDP codes conflict {key} in {number} as {words}"
            f"{' (incompatibility)' if column == 'incompatibility' else ''}.",
            locator=where, valid_from=first, valid_to=last, valid_precision="year",
        )  # fmt: skip
    if begun := _date(year.facts.get("startdate2", "")):
        code = year.facts.get("startprec2", "")
        shown = _shown(begun, _PRECISION.get(code, "year"))
        _dated(sink, record, episode, "episodeStart", begun, code,
               f"UCDP dates the start of this episode of conflict {key} to {shown}.", "start_prec2")  # fmt: skip
    if ended := _date(year.facts.get("ependdate", "")):
        # The table of peacesciencer drops how exact an end is.
        code = year.facts.get("ependprec", "")
        _dated(sink, record, episode, "episodeEnd", ended, code,
               f"UCDP dates the end of this episode of conflict {key} to {ended}.", "ep_end_prec")  # fmt: skip
    for role, code in sorted(year.states):
        for held in states.held(code, first, last):
            name = states.name(code, held)
            sink.claim(
                record, conflict, KG + role, held.entity,
                f"UCDP codes {name} as {_IN_WORDS[role]} of conflict {key} in {number}.",
                locator=where, valid_from=held.first, valid_to=held.last, valid_precision="year",
            )  # fmt: skip
    for role, group, name in sorted(year.groups):
        party = node("ucdp", f"actor-{group}" if group else f"party-{slug(name) or 'unnamed'}")
        sink.entity(party, KG + "Actor", label=name, language="en")
        sink.claim(
            record, conflict, KG + role, party,
            f"UCDP codes {name} as {_IN_WORDS[role]} of conflict {key} in {number}.",
            locator=where, valid_from=first, valid_to=last, valid_precision="year",
        )  # fmt: skip


def _where(record: str) -> str:
    key, _, year = record.partition(" ")
    return f"conflict {key}, {year}" if year else f"conflict {key}"


def _date(text: str) -> str:
    """Return a day that a cell holds, with or without a time; empty when it is none."""
    found = text[:10]
    return found if len(found) == 10 and period(found) else ""


def _shown(day: str, exact: str) -> str:
    return {"day": day, "month": day[:7]}.get(exact, day[:4])


def _dated(
    sink: Sink, record: str, iri: str, predicate: str, day: str, code: str, words: str, column: str
) -> None:
    exact = _PRECISION.get(code, "year") if code else ""
    known = f"{column} {code}: known to the {exact}." if code else f"{column} is not given."
    sink.claim(
        record,
        iri,
        KG + predicate,
        Literal(day, datatype=_DATE),
        words,
        note=known if exact != "day" else "",
        locator=_where(record),
        extra=((KG + "datePrecision", KG + exact),) if exact else (),
    )


IMPORTERS = {
    "ucdp": Importer(
        name="ucdp",
        description="UCDP/PRIO armed conflicts by year, with the role of each party",
        reads="CSV of UCDP (any edition since 4), or of peacesciencer with joiners spread over rows; its list gw_states beside it, for names",
        loses="cumulative intensity, region and the location's number",
        dataset=_dataset,
        read=_read,
        example="ucdp-prio-acd.csv",
    )
}
