"""What a format is, what goes out in it, and what an export reports as lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from kg.claims import Claim, Edge
from kg.projection import REASONS, Projection, counted
from kg.store import Store
from kg.vocab import compress

#: So many of the fields that claims lost are named on a terminal; the report has them all.
FIELDS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out, the same for every format; ``kg.formats.outgoing`` makes it.

    ``what`` is "edges" (the claims that back an edge, and the edges), "claims" (claims
    alone) or "all". ``claims`` are in natural order, as chosen: a claim that also rests
    on something left out has only its other places and footnotes. ``edges`` are those
    that these claims back. ``entities`` are the things at the ends of claims, their
    holders and original holders, and, where nothing was chosen, every other described
    node; ``sources`` the documents that the claims were read from, cite or are about, and
    their origins. ``projection`` is the graph to draw, for formats that draw one. ``whole``
    says that nothing was chosen: the data goes out as it is. ``options`` are those of
    the format, as chosen.
    """

    store: Store
    what: str
    claims: Mapping[str, Claim]
    edges: Mapping[Edge, tuple[str, ...]]
    entities: tuple[str, ...]
    sources: tuple[str, ...]
    projection: Projection | None
    whole: bool
    options: Mapping[str, str] = field(default_factory=dict)


class Carried(TypedDict):
    """What became of one claim: whether it went along, else why not, and what it lost."""

    carried: bool
    reason: str
    lost: list[str]


class Losses:
    """Gathers, while a format is written, what it cannot carry.

    Every claim that goes out is accounted for: it went along whole unless ``dropped``
    or ``reduced`` says otherwise.
    """

    def __init__(self, claims: Iterable[str]) -> None:
        self._dropped: dict[str, str] = {}
        self._reduced: dict[str, dict[str, None]] = {iri: {} for iri in claims}
        self._other: Counter[str] = Counter()

    def dropped(self, claim: str, reason: str) -> None:
        """Say that a claim does not go along at all; the first reason stands."""
        self._known(claim)
        self._dropped.setdefault(claim, reason)

    def reduced(self, claim: str, *fields: str) -> None:
        """Say that a claim goes along without some of its fields (names as in ``Claim``)."""
        self._known(claim).update(dict.fromkeys(fields))

    def other(self, what: str, count: int = 1) -> None:
        """Count something that is lost and bound to no claim."""
        if count:
            self._other[what] += count

    def _known(self, claim: str) -> dict[str, None]:
        if claim not in self._reduced:
            raise ValueError(f"{claim} is not among the claims that go out")
        return self._reduced[claim]

    def report(self, name: str) -> LossReport:
        """Return what was gathered, for a format of that name."""
        reasons = Counter(self._dropped.values())
        known = [reason for reason in REASONS if reason in reasons]
        order = [*known, *sorted(reasons.keys() - set(known))]
        counts = Counter({reason: reasons[reason] for reason in order})
        for what, count in self._other.items():
            counts[what] += count
        return LossReport(
            name,
            dict(counts),
            {
                iri: Carried(
                    carried=iri not in self._dropped,
                    reason=self._dropped.get(iri, ""),
                    lost=[] if iri in self._dropped else list(lost),
                )
                for iri, lost in self._reduced.items()
            },
            dict(self._other),
        )


@dataclass(frozen=True, slots=True)
class LossReport:
    """What did not go into an export: how many of what, and what became of each claim.

    ``counts`` are claims that did not go along, by reason, and ``other``: what is lost
    and no claim. ``claims`` has every claim that was to go out, by IRI.
    """

    format: str
    counts: Mapping[str, int]
    claims: Mapping[str, Carried] = field(default_factory=dict)
    other: Mapping[str, int] = field(default_factory=dict)

    @property
    def carried(self) -> int:
        """How many claims went along, whole or without some of their fields."""
        return sum(found["carried"] for found in self.claims.values())

    @property
    def fields(self) -> Mapping[str, int]:
        """How many of the claims that went along lost which field, most first."""
        lost = Counter(name for found in self.claims.values() for name in found["lost"])
        return dict(sorted(lost.items(), key=lambda item: (-item[1], item[0])))

    def summary(self) -> str:
        """Return the report as one sentence.

        >>> LossReport("graphml", {"hedged": 2, "literal value": 1}).summary()
        'graphml leaves out: 2 hedged, 1 literal value.'
        >>> LossReport("trig", {}).summary()
        'trig leaves out nothing.'
        """
        if not self.counts:
            return f"{self.format} leaves out nothing."
        return f"{self.format} leaves out: {counted(self.counts)}."

    def lines(self) -> list[str]:
        """Return the report as lines for a terminal."""
        if not self.fields:
            return [self.summary()]
        found = [f"{name} of {count:,}" for name, count in self.fields.items()]
        more = f" and {len(found) - FIELDS_SHOWN} more" if len(found) > FIELDS_SHOWN else ""
        fields = ", ".join(found[:FIELDS_SHOWN]) + more
        reduced = sum(bool(found["lost"]) for found in self.claims.values())
        return [
            self.summary(),
            f"{reduced:,} of {self.carried:,} claims go along with less: without {fields}",
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the whole report as JSON has it; claims are CURIEs."""
        return {
            "format": self.format,
            "claims_in_all": len(self.claims),
            "carried": self.carried,
            "dropped": len(self.claims) - self.carried,
            "left_out": dict(self.counts),
            "other": dict(self.other),
            "fields_lost": dict(self.fields),
            "claims": {compress(iri): dict(found) for iri, found in self.claims.items()},
        }

    def as_json(self) -> str:
        """Return the whole report as JSON text; equal reports, equal text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Format:
    """One format that the graph can be written in.

    ``suffix`` is that of the file, empty for a format of several files. ``losses`` says in
    one sentence what the format cannot carry; ``write`` tells its ``Losses`` what became
    of each claim, and returns the content by file name, a single file under "".
    ``projected``: it draws ``Outgoing.projection``. ``read`` reads a file back, ``reads``
    names the importer that takes it. ``options`` are what may be chosen about the writing,
    each with its values, the usual one first.
    """

    name: str
    suffix: str
    media_type: str
    description: str
    losses: str
    projected: bool
    write: Callable[[Outgoing, Losses], Mapping[str, bytes]]
    read: Callable[[Path], Any] | None = None
    reads: str = ""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
