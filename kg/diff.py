"""What changed between two states of the data, claim by claim.

A claim is known by its IRI; one whose IRI is new and that says word for word what one
that is gone said, with the same holders, is the same claim under a new name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kg import claims as model
from kg.claims import Claim, Edge
from kg.store import Store
from kg.turtle import natural
from kg.vocab import compress

#: Fields that say where a claim stands and not what it says.
_PLACE = ("iri", "evidence")


class Changed(NamedTuple):
    """A claim that says something else now: each field that changed, before and after.

    ``renamed_from`` is its earlier IRI where it has a new one.
    """

    before: Claim
    after: Claim
    fields: tuple[str, ...]
    renamed_from: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two states of the data differ in; everything in natural order of the IRIs."""

    new: list[Claim] = field(default_factory=list)
    gone: list[Claim] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    newly_contested: list[Claim] = field(default_factory=list)
    no_longer_contested: list[Claim] = field(default_factory=list)
    new_edges: list[Edge] = field(default_factory=list)
    gone_edges: list[Edge] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any(self.counts().values())

    def counts(self) -> dict[str, int]:
        """Return how many claims and edges differ in which way."""
        return {
            "new": len(self.new),
            "gone": len(self.gone),
            "changed": len(self.changed),
            "newly contested": len(self.newly_contested),
            "no longer contested": len(self.no_longer_contested),
            "new edges": len(self.new_edges),
            "gone edges": len(self.gone_edges),
        }


def diff(before: Store, after: Store) -> Difference:
    """Return what changed from one store to the other, claim by claim."""
    old, new = before.claims, after.claims
    gone = {iri: claim for iri, claim in old.items() if iri not in new}
    come = {iri: claim for iri, claim in new.items() if iri not in old}
    renamed = dict(_renamed(gone, come))
    changed = [
        Changed(old[iri], claim, fields)
        for iri, claim in new.items()
        if iri in old and (fields := _changes(old[iri], claim))
    ]
    for new_iri, old_iri in renamed.items():
        now, was = come.pop(new_iri), gone.pop(old_iri)
        changed.append(Changed(was, now, _changes(was, now), old_iri))
    contested_before = model.disputes(old.values(), before.vocabulary).keys()
    contested_after = model.disputes(new.values(), after.vocabulary).keys()
    was_contested = {renamed.get(iri, iri) for iri in contested_before} | set(contested_before)
    return Difference(
        new=list(come.values()),
        gone=list(gone.values()),
        changed=sorted(changed, key=lambda c: natural(c.after.iri)),
        newly_contested=[
            new[iri] for iri in contested_after if renamed.get(iri, iri) not in was_contested
        ],
        no_longer_contested=[
            new[iri]
            for iri in new
            if renamed.get(iri, iri) in contested_before and iri not in contested_after
        ],
        new_edges=[edge for edge in after.edges if edge not in before.edges],
        gone_edges=[edge for edge in before.edges if edge not in after.edges],
    )


def _renamed(gone: Mapping[str, Claim], come: Mapping[str, Claim]) -> Iterator[tuple[str, str]]:
    """Yield the new and the old IRI of claims that say the same under a new name, each once."""
    by_words: dict[tuple[object, ...], list[str]] = {}
    for iri, claim in gone.items():
        by_words.setdefault(_words(claim), []).append(iri)
    for iri, claim in come.items():
        if candidates := by_words.get(_words(claim)):
            yield iri, candidates.pop(0)


def _words(claim: Claim) -> tuple[object, ...]:
    return (*claim.triple, claim.statement, claim.holders, claim.polarity, claim.valid_from)


def _changes(before: Claim, after: Claim) -> tuple[str, ...]:
    return tuple(
        name
        for name in Claim._fields
        if name not in _PLACE and getattr(before, name) != getattr(after, name)
    )


# ---------------------------------------------------------------- as text


def plain(found: Difference) -> dict[str, Any]:
    """Return a difference as plain data, IRIs in full."""
    return {
        "counts": found.counts(),
        "new": [_claim(c) for c in found.new],
        "gone": [_claim(c) for c in found.gone],
        "changed": [
            {
                **_claim(c.after),
                "renamed_from": c.renamed_from,
                "fields": {
                    name: {"before": _value(c.before, name), "after": _value(c.after, name)}
                    for name in c.fields
                },
            }
            for c in found.changed
        ],
        "newly_contested": [_claim(c) for c in found.newly_contested],
        "no_longer_contested": [_claim(c) for c in found.no_longer_contested],
        "new_edges": [[str(part) for part in edge] for edge in found.new_edges],
        "gone_edges": [[str(part) for part in edge] for edge in found.gone_edges],
    }


def lines(found: Difference, *, limit: int | None = None, markdown: bool = False) -> Iterator[str]:
    """Yield a difference as text, at most ``limit`` claims of each sort.

    A newer edition reaches further, and with it every claim that it leaves open: those
    are counted, and ``plain`` has them.
    """
    further = [c for c in found.changed if c.fields == ("covered_to",) and not c.renamed_from]
    changed = [c for c in found.changed if c.fields != ("covered_to",) or c.renamed_from]
    head, item = ("## {}", "- ") if markdown else ("{}", "  ")
    sorts: tuple[tuple[str, list[str]], ...] = (
        ("New", [_line(c, markdown) for c in found.new]),
        ("Gone", [_line(c, markdown) for c in found.gone]),
        ("Changed", [_change(c, markdown) for c in changed]),
        ("Newly contested", [_line(c, markdown) for c in found.newly_contested]),
        ("No longer contested", [_line(c, markdown) for c in found.no_longer_contested]),
        ("New edges", [_edge(e) for e in found.new_edges]),
        ("Gone edges", [_edge(e) for e in found.gone_edges]),
    )
    for title, entries in sorts:
        if entries:
            yield head.format(f"{title} ({len(entries):,})")
            yield from (item + entry for entry in entries[:limit])
            if limit is not None and len(entries) > limit:
                yield f"{item}… {len(entries) - limit:,} more"
            yield ""
    if further:
        yield head.format(f"Covered to another day, else the same ({len(further):,})")
        yield ""
    if not found:
        yield "no claim differs"


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim.iri,
        "statement": claim.statement,
        "kind": str(claim.kind),
        "modality": str(claim.modality),
        "rank": str(claim.rank),
    }


def _value(claim: Claim, name: str) -> Any:
    value = getattr(claim, name)
    if isinstance(value, tuple):
        return [str(v) for v in value]
    return value if value is None or isinstance(value, int) else str(getattr(value, "value", value))


def _line(claim: Claim, markdown: bool) -> str:
    name = compress(claim.iri)
    said = claim.statement or " ".join(compress(str(t)) for t in claim.triple)
    return f"`{name}` {_plain_markdown(said)}" if markdown else f"{name}: {said}"


def _change(changed: Changed, markdown: bool) -> str:
    parts = [
        f"{name.replace('_', ' ')} {_shown(changed.before, name)} → {_shown(changed.after, name)}"
        for name in changed.fields
    ]
    if changed.renamed_from:
        parts.insert(0, f"was {compress(changed.renamed_from)}")
    text = "; ".join(parts)
    return f"{_line(changed.after, markdown)} [{_plain_markdown(text) if markdown else text}]"


def _shown(claim: Claim, name: str) -> str:
    value = _value(claim, name)
    values = value if isinstance(value, list) else [value]
    return ", ".join(compress(str(v)) for v in values if v not in (None, "")) or "nothing"


def _edge(edge: Edge) -> str:
    return " ".join(compress(part) if isinstance(part, str) else str(part) for part in edge)


def _plain_markdown(text: str) -> str:
    """Return text in which no character is one of Markdown's or HTML's marks."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in text)
