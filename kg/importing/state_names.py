"""What states are called in English: from a name, a code or an adjective to the ISO code.

The names are those of ``state_names.tsv``, whose head says where they come from. A name
is matched whole and exactly but for case; what only looks like one resolves to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kg.importing.sink import Sink, node
from kg.vocab import KG

#: "Korea (Democratic People's Republic of)", "Korea, North": the ways of official lists.
_BRACKETED = re.compile(r"(.+) \((.+ of)\)")
_TURNED = re.compile(r"(\w+), (\w+)")


class State(NamedTuple):
    """A state or territory with its own ISO 3166-1 code, and what it is called."""

    alpha3: str
    alpha2: str
    label: str


class _Table(NamedTuple):
    spoken: frozenset[str]
    names: Mapping[str, State]
    codes: Mapping[str, State]
    numbers: Mapping[str, State]
    adjectives: Mapping[str, State]


@cache
def _table() -> _Table:
    names: dict[str, set[State]] = defaultdict(set)
    adjectives: dict[str, set[State]] = defaultdict(set)
    codes: dict[str, State] = {}
    numbers: dict[str, State] = {}
    spoken = set()
    text = (Path(__file__).parent / "state_names.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    for alpha3, alpha2, m49, label, called, said in rows[1:]:
        state = State(alpha3, alpha2, label)
        codes[alpha3] = codes[alpha2] = state
        numbers[m49] = state
        for name in filter(None, (label, *called.split("|"))):
            names[_plain(name)].add(state)
            spoken.add(name)
        for adjective in filter(None, said.split("|")):
            adjectives[adjective].add(state)
    labels = {_plain(state.label): state for state in codes.values()}
    return _Table(
        frozenset(spoken),
        # What two are called means the one whose first name it is, or neither.
        {n: next(iter(s)) for n, s in names.items() if len(s) == 1} | labels,
        codes,
        numbers,
        {a: next(iter(s)) for a, s in adjectives.items() if len(s) == 1},
    )


def _plain(name: str) -> str:
    return name.replace("’", "'").casefold()


def named(text: str) -> State | None:
    """Return the state that a text names or is the ISO code of; None when it is no such thing.

    >>> named("Korea (Democratic People's Republic of)").alpha3
    'PRK'
    >>> named("Sony Pictures Entertainment") is None
    True
    """
    text = " ".join(text.split())
    table = _table()
    if text in table.codes:
        return table.codes[text]
    if turned := _BRACKETED.fullmatch(text) or _TURNED.fullmatch(text):
        other = f"{turned[2]} {turned[1]}"
        if found := table.names.get(_plain(other)):
            return found
    plain = _plain(text)
    return table.names.get(plain) or table.names.get(plain.removeprefix("the "))


def coded(code: str) -> State | None:
    """Return the state of an ISO 3166-1 code of two or three letters; None for none."""
    return _table().codes.get(code)


def numbered(code: str) -> State | None:
    """Return the state of a UN M49 number, which is its ISO 3166-1 number; None for a region."""
    return _table().numbers.get(code)


@cache
def mention() -> re.Pattern[str]:
    """Return the pattern of a state's name or adjective in running text, the longest first.

    Its groups are ``name`` and ``adjective``; the case counts, as in "Turkey".
    """

    def either(words: Iterable[str]) -> str:
        return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))

    table = _table()
    names = {name for name in table.spoken if len(name) > 3}
    return re.compile(
        rf"\b(?:(?P<adjective>{either(table.adjectives)})|(?P<name>{either(names)}))(?!\w)"
    )


def of_mention(found: re.Match[str]) -> State | None:
    """Return the state that a match of ``mention`` speaks of; None where the word is two's."""
    if adjective := found["adjective"]:
        return _table().adjectives.get(adjective)
    return named(found["name"])


def put(sink: Sink, state: State) -> str:
    """Describe the state in a data set that names it by code or name; return its node."""
    entity = node("country", state.alpha3)
    record = f"country-{state.alpha3}"
    sink.entity(entity, KG + "State", label=state.label, language="en")
    how = "the code, or the name by its ISO 3166-1 code, in the records"
    sink.identifier(record, entity, "iso3166-1-alpha3", state.alpha3, method=how)
    sink.identifier(record, entity, "iso3166-1-alpha2", state.alpha2, method=how)
    return entity
