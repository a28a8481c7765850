"""Alliance Treaty Obligations and Provisions (ATOP): alliances, members, and what each member owes.

The tables by alliance, by member and by member and year. An obligation is coded for each
member: where only the table by alliance is there, it tells that the alliance has one, and
not whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg.importing.reading import columns_of, given, rows
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink
from kg.importing.states.codes import States, by_layout, coarser, day, spells
from kg.importing.states.obligations import Alliance, Coding, Member
from kg.vocab import ID, KG, XSD

#: The kinds of obligation, by the column that codes each.
_KINDS = {
    "defense": "defense",
    "offense": "offense",
    "neutral": "neutrality",
    "nonagg": "nonaggression",
    "consul": "consultation",
}
#: What an obligation of the kind hangs on, where a column says that it is conditional.
_CONDITIONAL = {"defense": "defcon", "offense": "offcon", "neutrality": "neucon", "consultation": "concon"}  # fmt: skip


def _layout(columns: frozenset[str]) -> str:
    if {"atopid", "member", "yrent"} <= columns:
        return "members"
    if {"atopid", "member", "year"} <= columns:
        return "years"
    if {"atopid", "begyr", "mem1"} <= columns:
        return "alliances"
    if {"ccode", "statenme"} <= columns:
        return "names"
    return ""


def _dataset(paths: Sequence[Path]) -> DataSet:
    edition = ""
    for path in paths:
        if path.is_file() and "version" in columns_of(path):
            found = next((given(row, "version") for _, row in rows(path)), "")
            # A spreadsheet writes 4.01 as 4.0100002.
            if found.replace(".", "", 1).isdecimal():
                edition = max(edition, f"{float(found):.4f}".rstrip("0").rstrip("."))
    return DataSet(
        name="atop-alliances",
        title="Alliance Treaty Obligations and Provisions",
        publisher=ID + "actor/atop-project",
        publisher_name="Alliance Treaty Obligations and Provisions project",
        edition=edition,
        licence="free of charge; citation of Leeds et al. 2002 asked for",
        url="http://www.atopdata.org",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    tables = by_layout(
        paths, _layout, "is no table of ATOP by alliance, by member or by member and year"
    )
    states = States(sink, "cow", "cow-number")
    for path in tables["names"]:
        for _, row in rows(path):
            states.learn(given(row, "ccode"), given(row, "statenme"))
    alliances: dict[str, Alliance] = {}
    covered = 0
    for path in tables["members"]:
        covered = max(covered, _read_members(path, sink, alliances))
    for path in tables["years"]:
        covered = max(covered, _read_years(path, sink, alliances))
    for path in tables["alliances"]:
        covered = max(covered, _read_alliances(path, sink, alliances))
    last_day = f"{covered}-12-31" if covered else ""
    coding = Coding(sink, states, "ATOP", kind="atop", scheme="atop", covered=last_day)
    for key in sorted(alliances, key=lambda k: (len(k), k)):
        alliance = alliances[key]
        iri = coding.write(alliance)
        if alliance.last:
            sink.claim(
                key,
                iri,
                KG + "terminatedOn",
                Literal(alliance.last, datatype=NamedNode(XSD + "date")),
                f"ATOP dates the end of alliance {key} to {alliance.last}.",
                note="" if alliance.exact == "day" else f"Known to the {alliance.exact} only.",
                extra=((KG + "datePrecision", KG + (alliance.exact or "year")),),
            )


def _kinds(row: Mapping[str, str]) -> Iterator[str]:
    for column, kind in _KINDS.items():
        if given(row, column) == "1":
            yield kind


def _condition(row: Mapping[str, str]) -> str:
    found = [kind for kind, column in _CONDITIONAL.items() if given(row, column) == "1"]
    return f"Conditional in this coding: {', '.join(sorted(found))}." if found else ""


def _years(*texts: str) -> int:
    return max((int(text) for text in texts if text.isdecimal()), default=0)


def _read_members(path: Path, sink: Sink, alliances: dict[str, Alliance]) -> int:
    covered = 0
    for line, row in rows(path):
        sink.read()
        key, code = given(row, "atopid"), given(row, "member")
        first, exact = day(given(row, "yrent"), given(row, "moent"), given(row, "dayent"))
        last, exact_end = day(given(row, "yrexit"), given(row, "moexit"), given(row, "dayexit"), last=True)  # fmt: skip
        if not key or not code or not first:
            sink.skip("a row without an alliance, a member or a year of entry", f"line {line}")
            continue
        covered = max(covered, _years(given(row, "yrent"), given(row, "yrexit")))
        alliance = alliances.setdefault(key, Alliance(key))
        note = _condition(row)
        if given(row, "obvary") == "1":
            alliance.notes.add("Obligations differ between the members, as ATOP codes it.")
        if not last and given(row, "ineffect") == "0":
            sink.note("a member without a year of exit from an alliance that is not in effect", key)
        alliance.members.append(
            Member(code, first, last, coarser(exact, exact_end), frozenset(_kinds(row)), note)
        )
        _other_keys(alliance, row)
    return covered


def _other_keys(alliance: Alliance, row: Mapping[str, str]) -> None:
    """Remember the number of the same alliance in COW, version 4."""
    if (cow := given(row, "cow4id")).isdecimal() and int(cow):
        alliance.other_keys.add(("cow-alliance", cow))


def _read_years(path: Path, sink: Sink, alliances: dict[str, Alliance]) -> int:
    """Read the table by member and year: years of the same obligations are one spell."""
    years: dict[tuple[str, str], dict[frozenset[str], set[int]]] = {}
    covered = 0
    for line, row in rows(path):
        sink.read()
        key, code, year = given(row, "atopid"), given(row, "member"), given(row, "year")
        if not key or not code or not year.isdecimal():
            sink.skip("a row without an alliance, a member or a year", f"line {line}")
            continue
        covered = max(covered, int(year))
        by_kinds = years.setdefault((key, code), {})
        by_kinds.setdefault(frozenset(_kinds(row)), set()).add(int(year))
    for (key, code), by_kinds in years.items():
        alliance = alliances.setdefault(key, Alliance(key))
        if any(m.code == code for m in alliance.members):
            continue  # the table by member has the days
        for kinds, found in by_kinds.items():
            for spell in spells(found):
                last = "" if spell.last == covered else f"{spell.last}-12-31"
                alliance.members.append(Member(code, f"{spell.first}-01-01", last, "year", kinds))
    return covered


def _read_alliances(path: Path, sink: Sink, alliances: dict[str, Alliance]) -> int:
    covered = 0
    for line, row in rows(path):
        sink.read()
        key = given(row, "atopid")
        first, exact = day(given(row, "begyr"), given(row, "begmo"), given(row, "begday"))
        last, exact_end = day(given(row, "endyr"), given(row, "endmo"), given(row, "endday"), last=True)  # fmt: skip
        if not key or not first:
            sink.skip("a row without an alliance or its first year", f"line {line}")
            continue
        covered = max(covered, _years(given(row, "begyr"), given(row, "endyr")))
        alliance = alliances.setdefault(key, Alliance(key))
        alliance.first, alliance.last, alliance.exact = first, last, exact_end or exact
        _other_keys(alliance, row)
        codes = [given(row, c) for c in row if c.startswith("mem") and c[3:].isdecimal()]
        if not alliance.members:
            note = _condition(row)
            kinds = sorted(_kinds(row))
            alliance.notes.add(
                f"Read from the table by alliance, which codes {', '.join(kinds) or 'no obligation'} and not whose."
            )
            alliance.members += [
                Member(code, first, last, coarser(exact, exact_end), frozenset(), note)
                for code in codes
                if code
            ]
    return covered


IMPORTERS = {
    "atop": Importer(
        name="atop",
        description="ATOP alliances with the obligations of each member (tables by alliance, member, member and year)",
        reads="CSV with the project's column names, editions 3 to 5; beside them the COW list of states, for names",
        loses="provisions beside the five kinds of obligation; phases of an alliance are joined",
        dataset=_dataset,
        read=_read,
        example="atop-members.csv atop-alliances.csv",
    )
}
