"""Correlates of War: formal alliances in every layout they are published in, and the list of states.

A table of dyad-years becomes spells: one claim for each pair, pledge and run of years,
and for each holder of a code. Members of an alliance are members, not pairs: the
by-member table gives each its obligations. The year in which the data end is where
they stop looking, and nothing ended in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal

from kg.identity import changed_hands
from kg.importing.reading import columns_of, given, rows
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink
from kg.importing.states.codes import States, by_layout, coarser, day, spells
from kg.importing.states.obligations import Alliance, Coding, Member
from kg.vocab import ID, KG

#: A pledge, the columns that code it, and the relation it makes of two states.
_PLEDGES = {
    "defense": (("defense", "cow_defense"), "alliedWith"),
    "neutrality": (("neutrality", "cow_neutral", "neutral"), "neutralityWith"),
    "nonaggression": (("nonaggression", "cow_nonagg", "nonagg"), "nonaggressionWith"),
    "entente": (("entente", "cow_entente"), "ententeWith"),
}
#: What the pledge is in the terms of obligations: an entente is a promise to consult.
_OBLIGATIONS = {
    "defense": "defense",
    "neutrality": "neutrality",
    "nonaggression": "nonaggression",
    "entente": "consultation",
}


def _layout(columns: frozenset[str]) -> str:
    """Return which table a header is of; empty for none of them."""
    if {"ccode", "styear", "endyear"} <= columns:
        return "states"
    if {"ccode1", "ccode2", "year"} <= columns:
        return "years"
    if {"version4id", "ccode1", "ccode2", "dyad_st_year"} <= columns:
        return "dyads"
    if {"version4id", "ccode", "mem_st_year"} <= columns:
        return "members"
    if {"version4id", "all_st_year"} <= columns:
        return "alliances"
    return ""


def _dataset(paths: Sequence[Path]) -> DataSet:
    layouts = {_layout(columns_of(path)) for path in paths if path.is_file()}
    of_states = layouts == {"states"}
    edition = ""
    for path in paths:
        if path.is_file() and "version" in columns_of(path):
            edition = max(edition, next((given(row, "version") for _, row in rows(path)), ""))
    return DataSet(
        name="cow-system" if of_states else "cow",
        title="Correlates of War State System Membership"
        if of_states
        else "Correlates of War Formal Alliances",
        publisher=ID + "actor/cow-project",
        publisher_name="Correlates of War project",
        edition=edition if of_states or layouts.isdisjoint({"states"}) else "",
        licence="free of charge; citation asked for",
        url="https://correlatesofwar.org",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    tables = by_layout(
        paths, _layout, "is no alliance table of the Correlates of War, nor their list of states"
    )
    states = States(sink, "cow", "cow-number")
    # Names first: whatever file they stand in, statements are worded with them.
    for layout in tables:
        for path in tables[layout]:
            for _, row in rows(path):
                for code, name in (("ccode", "statenme"), ("ccode", "state_name"),
                                   ("ccode1", "state_name1"), ("ccode2", "state_name2")):  # fmt: skip
                    states.learn(given(row, code), given(row, name))
    for path in tables["states"]:
        _read_states(path, sink, states)
    _read_years(tables["years"], sink, states)
    for path in tables["dyads"]:
        _read_dyads(path, sink, states)
    _read_members([*tables["members"], *tables["alliances"]], sink, states)


# ---------------------------------------------------------------- the list of states


def _read_states(path: Path, sink: Sink, states: States) -> None:
    """Read spells of membership in the state system: two spells of one state are two claims."""
    table = list(rows(path))
    ends = [day(given(r, "endyear"), given(r, "endmonth"), given(r, "endday"), last=True)[0] for _, r in table]  # fmt: skip
    covered = max(ends, default="")
    letters: dict[str, str] = {}
    for (line, row), last in zip(table, ends, strict=True):
        sink.read()
        code = given(row, "ccode")
        first, exact = day(given(row, "styear"), given(row, "stmonth"), given(row, "stday"))
        if not code or not first:
            sink.skip("a row without a state or a first year", f"line {line}")
            continue
        record = f"{code} {first}"
        note = f"{covered} is the end of the list, not of the state." if last == covered else ""
        for held in states.held(code, first, last):
            goes_on = held.last == covered
            sink.claim(
                record,
                held.entity,
                KG + "stateSystemMember",
                Literal(True),
                f"{states.name(code, held)} is a member of the state system from {held.first}"
                + ("." if goes_on else f" to {held.last}."),
                valid_from=held.first,
                valid_to="" if goes_on else held.last,
                covered_to=covered if goes_on else "",
                valid_precision=exact,
                note=note or f"The data set's own spell: {first} to {last}.",
            )
            if abbreviation := given(row, "stateabb"):
                letters[held.entity] = abbreviation
    for entity, abbreviation in letters.items():
        _abbreviation(sink, entity, abbreviation)


def _abbreviation(sink: Sink, entity: str, letters: str) -> None:
    """Keep a state's letters; those of a code that changed hands hold for the holder's days."""
    passed = {
        ("from" if h.first else "until", h.first or h.last)
        for h in changed_hands().get(("cow-abbrev", letters), ())
    }
    days = {word: day for word, day in passed if f"{word}-{day}" in entity}
    sink.identifier(
        f"state {entity.rsplit('/', 1)[1].partition('-')[0]}",
        entity,
        "cow-abbrev",
        letters,
        valid_from=days.get("from", ""),
        valid_to=days.get("until", ""),
        method="column stateabb",
    )


# ---------------------------------------------------------------- pairs


def _read_years(paths: Sequence[Path], sink: Sink, states: States) -> None:
    """Read tables of one row a pair and year, as spells."""
    dyads: dict[tuple[str, str], dict[str, dict[str, set[int]]]] = {}
    all_years: set[int] = set()
    for path in paths:
        for line, row in rows(path):
            sink.read()
            one, other, year = given(row, "ccode1"), given(row, "ccode2"), given(row, "year")
            if not one or not other or not year.isdecimal():
                sink.skip("a row without two states or a year", f"line {line}")
                continue
            if one == other:
                sink.skip("a pair of a state with itself", f"line {line}")
                continue
            all_years.add(int(year))
            pair = _ordered(one, other)
            direction = "forth" if pair == (one, other) else "back"
            for pledge in _pledges(row):
                found = dyads.setdefault(pair, {}).setdefault(pledge, {})
                found.setdefault(direction, set()).add(int(year))
    directed = any("back" in d for p in dyads.values() for d in p.values())
    for pair, pledges in dyads.items():
        for pledge, directions in pledges.items():
            years = set().union(*directions.values())
            for first, last in spells(years):
                one_way = ""
                if directed and len(directions) == 1:
                    a, b = pair if "forth" in directions else pair[::-1]
                    one_way = (
                        f"Coded in one direction only: {states.name(a)} towards {states.name(b)}."
                    )
                _spell(sink, states, pair, pledge, (first, last), (min(all_years), max(all_years)), one_way)  # fmt: skip


def _spell(
    sink: Sink,
    states: States,
    pair: tuple[str, str],
    pledge: str,
    spell: tuple[int, int],
    coverage: tuple[int, int],
    more: str,
) -> None:
    first, last = spell
    record = f"{pair[0]}-{pair[1]} {pledge} {first}"
    notes = [f"The data set's own spell: {first}-{last}."]
    if last == coverage[1]:
        notes.append(f"{last} is the end of coverage, not the end of the alliance.")
    if first == coverage[0]:
        notes.append(f"The files begin in {first}: the pledge may be older.")
    if more:
        notes.append(more)
    _, predicate = _PLEDGES[pledge]
    for one, other in states.pairs(*pair, f"{first}-01-01", f"{last}-12-31"):
        names = states.name(pair[0], one), states.name(pair[1], other)
        goes_on = last == coverage[1] and one.last == f"{last}-12-31"
        since, until = one.first[:4], one.last[:4]
        sink.claim(
            record,
            one.entity,
            KG + predicate,
            other.entity,
            f"COW codes {_article(pledge)} pledge between {names[0]} and {names[1]}, "
            + (f"{since} to {until}." if since != until else f"{since}."),
            valid_from=one.first,
            valid_to="" if goes_on else one.last,
            covered_to=f"{last}-12-31" if goes_on else "",
            valid_precision="year",
            note=" ".join(notes),
            locator=f"dyad {pair[0]}-{pair[1]}, {pledge}, {first}-{last}",
        )


def _read_dyads(path: Path, sink: Sink, states: States) -> None:
    """Read the by-dyad and by-directed-dyad tables: a row for an alliance of two, with days."""
    found: dict[tuple[str, tuple[str, str], str, str, str], set[str]] = defaultdict(set)
    exactly: dict[tuple[str, tuple[str, str], str, str, str], str] = {}
    covered = _coverage(path, "dyad_end_year", "year")
    for line, row in rows(path):
        sink.read()
        one, other = given(row, "ccode1"), given(row, "ccode2")
        first, exact = day(given(row, "dyad_st_year"), given(row, "dyad_st_month"), given(row, "dyad_st_day"))  # fmt: skip
        last, exact_end = day(given(row, "dyad_end_year"), given(row, "dyad_end_month"), given(row, "dyad_end_day"), last=True)  # fmt: skip
        if not one or not other or one == other:
            sink.skip("a row without two states", f"line {line}")
            continue
        if given(row, "left_censor") == "1":
            first = ""
        pair = _ordered(one, other)
        for pledge in _pledges(row):
            key = given(row, "version4id"), pair, pledge, first, last
            found[key].add("forth" if pair == (one, other) else "back")
            exactly[key] = coarser(exactly.get(key, ""), exact, exact_end)
    directed = any("back" in directions for directions in found.values())
    for key, directions in found.items():
        alliance, pair, pledge, first, last = key
        record = f"{alliance} {pair[0]}-{pair[1]} {pledge} {first or 'before coverage'}"
        notes = [f"Alliance {alliance}."]
        if not last:
            notes.append(
                f"Still in effect when coverage ended{f' in {covered[:4]}' if covered else ''}."
            )
        if directed and len(directions) == 1:
            a, b = pair if "forth" in directions else pair[::-1]
            notes.append(f"Coded in one direction only: {states.name(a)} towards {states.name(b)}.")
        for left, right in states.pairs(*pair, first, last):
            names = states.name(pair[0], left), states.name(pair[1], right)
            goes_on = not last and not left.last
            sink.claim(
                record,
                left.entity,
                KG + _PLEDGES[pledge][1],
                right.entity,
                f"COW codes {_article(pledge)} pledge between {names[0]} and {names[1]}"
                f"{_span(left.first, left.last)}.",
                valid_from=left.first,
                valid_to=left.last,
                covered_to=covered if goes_on else "",
                valid_precision=exactly[key],
                note=" ".join(notes),
                locator=f"alliance {alliance}, dyad {pair[0]}-{pair[1]}, {first} to {last}",
            )


def _ordered(one: str, other: str) -> tuple[str, str]:
    """Return two codes in one order, whichever way round a row has them."""
    return (one, other) if (len(one), one) <= (len(other), other) else (other, one)


def _pledges(row: Mapping[str, str]) -> Iterator[str]:
    for pledge, (columns, _) in _PLEDGES.items():
        if given(row, *columns).isdecimal() and int(given(row, *columns)) > 0:
            yield pledge


def _coverage(path: Path, *columns: str) -> str:
    """Return the last day of the last year that a table names."""
    years = (given(row, column) for _, row in rows(path) for column in columns)
    last = max((int(year) for year in years if year.isdecimal()), default=0)
    return f"{last}-12-31" if last else ""


def _span(first: str, last: str) -> str:
    return (f" from {first}" if first else "") + (f" to {last}" if last else "")


def _article(pledge: str) -> str:
    return f"an {pledge}" if pledge == "entente" else f"a {pledge}"


# ---------------------------------------------------------------- members


def _read_members(paths: Sequence[Path], sink: Sink, states: States) -> None:
    """Read the by-member and by-alliance tables: members with their spells and obligations."""
    alliances: dict[str, Alliance] = {}
    covered = max((_coverage(p, "mem_end_year", "all_end_year") for p in paths), default="")
    for path in paths:
        for line, row in rows(path):
            sink.read()
            key = given(row, "version4id")
            if not key:
                sink.skip("a row without the number of an alliance", f"line {line}")
                continue
            alliance = alliances.setdefault(key, Alliance(key))
            first, exact = day(given(row, "all_st_year"), given(row, "all_st_month"), given(row, "all_st_day"))  # fmt: skip
            last, _ = day(given(row, "all_end_year"), given(row, "all_end_month"), given(row, "all_end_day"), last=True)  # fmt: skip
            alliance.first, alliance.exact = first or alliance.first, exact or alliance.exact
            alliance.last = last or alliance.last
            alliance.kinds.update(_OBLIGATIONS[p] for p in _pledges(row))
            if code := given(row, "ccode"):
                alliance.members.append(_member(code, row))
    coding = Coding(
        sink, states, "COW", kind="cow", scheme="cow-alliance", covered=covered, prefix="alliance-"
    )
    for key in sorted(alliances, key=lambda k: (len(k), k)):
        coding.write(alliances[key])


def _member(code: str, row: Mapping[str, str]) -> Member:
    first, exact = day(given(row, "mem_st_year"), given(row, "mem_st_month"), given(row, "mem_st_day"))  # fmt: skip
    last, exact_end = day(given(row, "mem_end_year"), given(row, "mem_end_month"), given(row, "mem_end_day"), last=True)  # fmt: skip
    kinds = frozenset(_OBLIGATIONS[pledge] for pledge in _pledges(row))
    first = "" if given(row, "left_censor") == "1" else first
    return Member(code, first, last, coarser(exact, exact_end), kinds)


IMPORTERS = {
    "cow": Importer(
        name="cow",
        description="Correlates of War formal alliances (dyad-years, by dyad, by member, by alliance) and list of states",
        reads="CSV with the project's column names, or those of peacesciencer",
        loses="years within a spell: only its first and last are kept",
        dataset=_dataset,
        read=_read,
        example="alliance-dyad-years.csv states.csv",
    )
}
