"""What an importer is, what data set it reads, and what its report says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.vocab import ID

if TYPE_CHECKING:
    from kg.importing.sink import Sink

#: So many places are named for each reason in a report; the rest is counted.
EXAMPLES = 5
#: On a terminal, no more of them than fit in so many letters; one is always named.
EXAMPLES_WIDE = 90


@dataclass(frozen=True, slots=True)
class DataSet:
    """Whose data it is, which edition, and on what terms.

    ``name`` is a slug; the graph is ``graph:NAME``. ``publisher`` holds what the data set
    says and is an actor's IRI, ``publisher_name`` what it is called. ``edition`` orders
    the editions (a date or a version); ``covered_to`` is the last day the data cover.
    ``reliability`` is the Admiralty grade A to F of the source, ``credibility`` (1 to 6)
    that of each claim which says none itself: 6, cannot be judged, until somebody judges.
    """

    name: str
    title: str
    publisher: str
    publisher_name: str
    edition: str = ""
    licence: str = ""
    url: str = ""
    covered_to: str = ""
    reliability: str = "F"
    credibility: int = 6

    @property
    def graph(self) -> str:
        """The named graph of the current edition."""
        return f"{ID}graph/{self.name}"

    @property
    def slug(self) -> str:
        """Name and edition in one, for the names of source and passages."""
        return f"{self.name}-{slug(self.edition)}" if self.edition else self.name

    @property
    def source(self) -> str:
        """The source document: this edition of the data set."""
        return f"{ID}source/{self.slug}"


@dataclass(frozen=True, slots=True)
class Importer:
    """One format that data can be read from.

    ``read(paths, sink, options)`` reads every file into the sink; ``dataset(paths)``
    says whose data they are, as far as the files or the format tell. ``options`` are the
    format's own (``-o NAME=VALUE``), each with what it does. ``described(paths, options)``
    stands for ``dataset`` where the options say whose data they are. ``example`` is what
    may follow ``kg import NAME``.
    """

    name: str
    description: str
    reads: str
    loses: str
    dataset: Callable[[Sequence[Path]], DataSet]
    read: Callable[[Sequence[Path], Sink, Mapping[str, str]], None]
    options: Mapping[str, str] = field(default_factory=dict)
    described: Callable[[Sequence[Path], Mapping[str, str]], DataSet] | None = None
    example: str = "FILE"


@dataclass(slots=True)
class Report:
    """What became of the records of an import.

    ``read`` counts records; ``kept`` counts what was made of them, by kind; ``skipped``
    and ``unresolved`` count by reason, with the first places of each; ``noted`` counts
    what is kept, and odd.
    """

    read: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    unresolved: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def example(self, reason: str, where: str) -> None:
        """Remember a place for a reason, if it is among the first."""
        known = self.examples.setdefault(reason, [])
        if where and len(known) < EXAMPLES:
            known.append(where)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "read": self.read,
            "kept": dict(sorted(self.kept.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "unresolved": dict(sorted(self.unresolved.items())),
            "noted": dict(sorted(self.noted.items())),
            "examples": {k: v for k, v in sorted(self.examples.items()) if v},
        }

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        kept = ", ".join(f"{n:,} {what}" for what, n in sorted(self.kept.items()))
        lines = [f"read {self.read:,} records, kept {kept or 'nothing'}"]
        for word, found in (
            ("skipped", self.skipped),
            ("unresolved", self.unresolved),
            ("noted", self.noted),
        ):
            for reason, n in sorted(found.items()):
                where = _fitting(self.examples.get(reason, ()), n)
                lines.append(f"{word} {n:,}: {reason}{f' ({where})' if where else ''}")
        return lines


def _fitting(examples: Sequence[str], count: int) -> str:
    """Return the places that fit on a line, with an ellipsis where there are more."""
    shown = list(examples[:1])
    for example in examples[1:]:
        if len(", ".join([*shown, example])) > EXAMPLES_WIDE:
            break
        shown.append(example)
    more = ", …" if shown and len(shown) < count else ""
    return ", ".join(shown) + more


def slug(text: str) -> str:
    """Return a text as part of a readable IRI; empty where nothing of it can stay.

    >>> slug("SDN list, January 2019")
    'sdn-list-january-2019'
    """
    import re
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")
