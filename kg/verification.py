"""Verify: find the passages that claims rest on in local copies of their sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.passages import Fingerprint, Found, search
from kg.store import Store
from kg.vocab import compress


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """How much of one source was found, and in which copy."""

    source: str
    title: str
    total: int
    found: int
    missing: tuple[str, ...]
    copy: Path | None

    def as_dict(self) -> dict[str, object]:
        """Return the summary as plain values, IRIs as CURIEs."""
        return {
            "source": compress(self.source),
            "title": self.title,
            "passages": self.total,
            "found": self.found,
            "not_found": [compress(iri) for iri in self.missing],
            "copy": str(self.copy) if self.copy else None,
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of ``find_passages``.

    ``uncovered`` are stretches of a copy that no passage claims, ``skipped`` the
    files that were not read and why, ``by_place_only`` how many passages carry no
    fingerprint because their source is cited by place only.
    """

    found: Mapping[str, Found]
    summaries: tuple[SourceSummary, ...]
    uncovered: Mapping[Path, tuple[str, ...]]
    skipped: Mapping[Path, str]
    by_place_only: int

    @property
    def missing(self) -> tuple[str, ...]:
        """The passages not found although a copy of their source is there."""
        return tuple(iri for s in self.summaries if s.found for iri in s.missing)


def find_passages(store: Store, folder: Path) -> Verification:
    """Find every fingerprinted passage in the copies a folder holds.

    Raises MissingError when there is no such folder or nothing readable in it.
    """
    by_source: dict[str, list[Fingerprint]] = defaultdict(list)
    by_place_only = 0
    for passage in store.passages.values():
        if passage.fingerprint and passage.length:
            print_ = Fingerprint(passage.iri, passage.fingerprint, passage.length)
            by_source[passage.source].append(print_)
        else:
            by_place_only += 1
    report = search(folder, [print_ for prints in by_source.values() for print_ in prints])
    summaries = []
    for source, prints in by_source.items():
        hits = [report.found[p.key] for p in prints if p.key in report.found]
        missing = tuple(p.key for p in prints if p.key not in report.found)
        copy = hits[0].path if hits else None
        summaries.append(
            SourceSummary(source, store.label(source), len(prints), len(hits), missing, copy)
        )
    return Verification(
        report.found, tuple(summaries), report.uncovered, report.skipped, by_place_only
    )
