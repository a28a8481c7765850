"""Alliances as tables of members code them: each party with its time, and what each of them owes.

The obligations of one member say nothing of another's: an alliance may bind one side
to defend and the other to consult.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.identity import Held
from kg.importing.sink import Sink, node
from kg.importing.states import States, coarser
from kg.vocab import KG

#: The last day of all, for a spell that is still open.
_OPEN = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Member:
    """One spell of one member: its code, first and last day, and the kinds of its obligations.

    ``several`` says that the same spell may stand in more rows, one a phase.
    """

    code: str
    first: str
    last: str
    exact: str
    kinds: frozenset[str]
    note: str = ""


@dataclass(slots=True)
class Alliance:
    """One alliance: its number, its days, the kinds of obligation it has, its members' spells."""

    key: str
    first: str = ""
    last: str = ""
    exact: str = ""
    kinds: set[str] = field(default_factory=set)
    members: list[Member] = field(default_factory=list)
    other_keys: set[tuple[str, str]] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)


def joined(spells: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return spells of days in order, those that touch made one; an empty end is open.

    >>> joined([("1951-01-01", ""), ("1949-01-01", "1950-12-31")])
    [('1949-01-01', '')]
    """
    found: list[tuple[str, str]] = []
    for first, last in sorted(set(spells)):
        if found and (not found[-1][1] or first <= _next(found[-1][1])):
            before = found[-1]
            found[-1] = before[0], "" if not before[1] or not last else max(before[1], last)
        else:
            found.append((first, last))
    return found


def _next(day: str) -> str:
    return (
        (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()
        if day < _OPEN
        else day
    )


def write_alliance(
    sink: Sink,
    states: States,
    alliance: Alliance,
    *,
    iri: str,
    kind: str,
    scheme: str,
    title: str,
    coder: str,
    covered: str,
) -> None:
    """Write an alliance, its parties and the obligations of each, as claims of ``coder``.

    ``kind`` names the nodes of obligations, ``scheme`` the number of the alliance,
    ``covered`` the last day that the files cover.
    """
    codes = sorted({m.code for m in alliance.members}, key=lambda c: (len(c), c))
    names = ", ".join(states.name(code) for code in codes[:4])
    more = f" and {len(codes) - 4} more" if len(codes) > 4 else ""
    label = f"{title} ({names}{more})" if codes else title
    sink.entity(iri, KG + "Agreement", label=label, language="en")
    record = alliance.key
    sink.identifier(record, iri, scheme, alliance.key)
    for other, value in sorted(alliance.other_keys):
        sink.identifier(record, iri, other, value)
    if not alliance.members:
        sink.note("an alliance whose members are not in these files", alliance.key)
    note = " ".join(sorted(alliance.notes))
    parties = {code: [m for m in alliance.members if m.code == code] for code in codes}
    holders: dict[str, list[Held]] = {}
    for code, found in parties.items():
        exact = coarser(*(m.exact for m in found))
        for first, last in joined((m.first, m.last) for m in found):
            for held in states.held(code, first, last):
                holders.setdefault(code, []).append(held)
                _party(sink, states, alliance, iri, code, held, (first, last), exact, title, coder, covered, note)  # fmt: skip
    for code, found in parties.items():
        by_kind: dict[str, list[Member]] = defaultdict(list)
        for member in found:
            for duty in member.kinds:
                by_kind[duty].append(member)
        for duty, spells in sorted(by_kind.items()):
            exact = coarser(*(m.exact for m in spells))
            said = " ".join(sorted({m.note for m in spells if m.note}))
            for first, last in joined((m.first, m.last) for m in spells):
                for held in states.held(code, first, last):
                    others = sorted(
                        {
                            h.entity
                            for c, theirs in holders.items()
                            if c != code
                            for h in theirs
                            if _overlap(h, held)
                        }
                    )
                    _obligation(sink, states, alliance, iri, kind, code, held, duty, others, exact, title, coder, covered, said)  # fmt: skip


def _overlap(one: Held, other: Held) -> bool:
    return (one.first or "") <= (other.last or _OPEN) and (other.first or "") <= (one.last or _OPEN)


def _party(
    sink: Sink,
    states: States,
    alliance: Alliance,
    iri: str,
    code: str,
    held: Held,
    spell: tuple[str, str],
    exact: str,
    title: str,
    coder: str,
    covered: str,
    note: str,
) -> None:
    first, last = spell
    sink.claim(
        f"{alliance.key} {code}",
        iri,
        KG + "hasParty",
        held.entity,
        f"{coder} lists {states.name(code, held)} as a member of {title}{span(held)}.",
        valid_from=held.first,
        valid_to=held.last,
        covered_to="" if held.last else covered,
        valid_precision=exact,
        note=" ".join(filter(None, (_whole(first, last, held), _open(last, covered), note))),
        locator=f"{title}, member {code}",
    )


def _obligation(
    sink: Sink,
    states: States,
    alliance: Alliance,
    iri: str,
    kind: str,
    code: str,
    held: Held,
    duty: str,
    others: list[str],
    exact: str,
    title: str,
    coder: str,
    covered: str,
    note: str,
) -> None:
    name = states.name(code, held)
    part = held.entity.rsplit("/", 1)[1]
    obligation = node(kind, f"{alliance.key}-{part}-{duty}")
    sink.entity(
        obligation,
        KG + "Obligation",
        label=f"{duty} obligation of {name} under {title}",
        language="en",
        extra=[
            (KG + "obligationType", KG + duty),
            (KG + "obliges", held.entity),
            *((KG + "owedTo", other) for other in others),
        ],
    )
    sink.claim(
        f"{alliance.key} {code} {duty}",
        iri,
        KG + "imposes",
        obligation,
        f"{coder} codes {'an' if duty[0] in 'aeiou' else 'a'} {duty} obligation of {name} "
        f"under {title}{span(held)}.",
        valid_from=held.first,
        valid_to=held.last,
        covered_to="" if held.last else covered,
        valid_precision=exact,
        note=" ".join(filter(None, (_open(held.last, covered), note))),
        locator=f"{title}, member {code}, {duty}",
    )


def span(held: Held) -> str:
    """Return the days of a spell in words; empty where neither is known."""
    return (f" from {held.first}" if held.first else "") + (f" to {held.last}" if held.last else "")


def _whole(first: str, last: str, held: Held) -> str:
    if (first, last) == (held.first, held.last):
        return ""
    return f"The data set's own spell: {first} to {last or 'the end of coverage'}."


def _open(last: str, covered: str) -> str:
    if last:
        return ""
    return f"Still in effect when coverage ended{f' in {covered[:4]}' if covered else ''}."
