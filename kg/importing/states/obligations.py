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
from kg.importing.states.codes import States, coarser
from kg.vocab import KG

#: The last day of all, for a spell that is still open.
_OPEN = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Member:
    """One spell of one member: its code, first and last day, and the kinds of its obligations."""

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


@dataclass(frozen=True, slots=True)
class Coding:
    """Who codes alliances, and how they are named: the same for every alliance of an import.

    ``kind`` names the nodes, ``scheme`` the number of an alliance, ``prefix`` what stands
    before the number in an alliance's own node; ``covered`` is the last day of the files.
    """

    sink: Sink
    states: States
    coder: str
    kind: str
    scheme: str
    covered: str
    prefix: str = ""

    def write(self, alliance: Alliance) -> str:
        """Write an alliance, its parties and the obligations of each; return its IRI."""
        iri = node(self.kind, self.prefix + alliance.key)
        codes = sorted({m.code for m in alliance.members}, key=lambda c: (len(c), c))
        names = ", ".join(self.states.name(code) for code in codes[:4])
        more = f" and {len(codes) - 4} more" if len(codes) > 4 else ""
        title = self._title(alliance)
        label = f"{title} ({names}{more})" if codes else title
        self.sink.entity(iri, KG + "Agreement", label=label, language="en")
        self.sink.identifier(alliance.key, iri, self.scheme, alliance.key)
        for other, value in sorted(alliance.other_keys):
            self.sink.identifier(alliance.key, iri, other, value)
        if not codes:
            self.sink.note("an alliance whose members are not in these files", alliance.key)
        holders: dict[str, list[Held]] = {}
        for code in codes:
            found = [m for m in alliance.members if m.code == code]
            exact = coarser(*(m.exact for m in found))
            for first, last in joined((m.first, m.last) for m in found):
                for held in self.states.held(code, first, last):
                    holders.setdefault(code, []).append(held)
                    self._party(alliance, iri, code, held, (first, last), exact)
        for code in codes:
            others = [h for c, theirs in holders.items() if c != code for h in theirs]
            self._duties(alliance, iri, code, others, bilateral=len(codes) == 2)
        return iri

    def _title(self, alliance: Alliance) -> str:
        return f"{self.coder} alliance {alliance.key}"

    def _party(
        self,
        alliance: Alliance,
        iri: str,
        code: str,
        held: Held,
        spell: tuple[str, str],
        exact: str,
    ) -> None:
        title, name = self._title(alliance), self.states.name(code, held)
        whole = "" if spell == held[1:] else (
            f"The data set's own spell: {spell[0]} to {spell[1] or 'the end of coverage'}."
        )  # fmt: skip
        self.sink.claim(
            f"{alliance.key} {code}",
            iri,
            KG + "hasParty",
            held.entity,
            f"{self.coder} lists {name} as a member of {title}{span(held)}.",
            valid_from=held.first,
            valid_to=held.last,
            covered_to="" if held.last else self.covered,
            valid_precision=exact,
            note=_joined_notes(whole, self._open(spell[1]), *sorted(alliance.notes)),
            locator=f"{title}, member {code}",
        )

    def _duties(
        self, alliance: Alliance, iri: str, code: str, others: list[Held], *, bilateral: bool
    ) -> None:
        by_kind: dict[str, list[Member]] = defaultdict(list)
        for member in alliance.members:
            if member.code == code:
                for duty in member.kinds:
                    by_kind[duty].append(member)
        for duty, found in sorted(by_kind.items()):
            for first, last in joined((m.first, m.last) for m in found):
                for held in self.states.held(code, first, last):
                    owed = sorted({h for h in others if _overlap(h, held)})
                    if not bilateral or len({h.entity for h in owed}) < 2:
                        self._duty(alliance, iri, code, held, duty, owed, found)
                        continue
                    # Of two parties, one changed hands: what was owed to each is a promise of its own.
                    for other in owed:
                        ends = min(held.last or _OPEN, other.last or _OPEN)
                        part = Held(
                            held.entity,
                            max(held.first, other.first),
                            "" if ends == _OPEN else ends,
                        )
                        self._duty(alliance, iri, code, part, duty, [other], found, apart=True)

    def _duty(
        self,
        alliance: Alliance,
        iri: str,
        code: str,
        held: Held,
        duty: str,
        owed: list[Held],
        found: list[Member],
        *,
        apart: bool = False,
    ) -> None:
        title, name = self._title(alliance), self.states.name(code, held)
        key = [alliance.key, held.entity.rpartition("/")[2], duty]
        if apart:
            key.append("to-" + owed[0].entity.rpartition("/")[2])
        obligation = node(self.kind, self.prefix + "-".join(key))
        self.sink.entity(
            obligation,
            KG + "Obligation",
            label=f"{duty} obligation of {name} under {title}",
            language="en",
            extra=[
                (KG + "obligationType", KG + duty),
                (KG + "obliges", held.entity),
                *((KG + "owedTo", entity) for entity in sorted({h.entity for h in owed})),
            ],
        )
        self.sink.claim(
            f"{alliance.key} {code} {duty}",
            iri,
            KG + "imposes",
            obligation,
            f"{self.coder} codes {'an' if duty[0] in 'aeiou' else 'a'} {duty} obligation of {name} "
            f"under {title}{span(held)}.",
            valid_from=held.first,
            valid_to=held.last,
            covered_to="" if held.last else self.covered,
            valid_precision=coarser(*(m.exact for m in found)),
            note=_joined_notes(self._open(held.last), *sorted({m.note for m in found})),
            locator=f"{title}, member {code}, {duty}",
        )

    def _open(self, last: str) -> str:
        if last:
            return ""
        year = f" in {self.covered[:4]}" if self.covered else ""
        return f"Still in effect when coverage ended{year}."


def _overlap(one: Held, other: Held) -> bool:
    return one.first <= (other.last or _OPEN) and other.first <= (one.last or _OPEN)


def _joined_notes(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def span(held: Held) -> str:
    """Return the days of a spell in words; empty where neither is known."""
    return (f" from {held.first}" if held.first else "") + (f" to {held.last}" if held.last else "")
