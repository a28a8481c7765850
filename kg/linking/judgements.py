"""Judgements on which nodes are one thing: who made them, when, why; and the links they give.

``judgements/links.ttl`` of a workspace holds them, as claims like any other: that two
nodes are the same thing, that they are different (a denial), or that nobody is sure. A
judgement is withdrawn, never deleted. Beside them stand the links that identifiers give,
made anew each time, and for each linked node the one that stands for it
(``kg:linkedTo``), which is what loading reads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from kg import files
from kg.claims import Claim, Kind, Modality, Polarity
from kg.errors import UsageError
from kg.importing.lines import SortedLines, iri_text, node_line, read_lines
from kg.importing.record import DataSet, slug
from kg.importing.sink import Sink
from kg.joining import LINKS_GRAPH
from kg.linking.identifiers import Found, by_identifiers
from kg.store import Store
from kg.turtle import natural
from kg.vocab import DCTERMS, ID, KG, RDF, XSD, compress
from kg.workspace import Change, Workspace

_FILE = "judgements/links.ttl"
_SAME = KG + "sameEntityAs"
_MACHINE = ID + "actor/gambit-linker"
_DATASET = DataSet(
    name="links",
    title="Links of this workspace",
    publisher=_MACHINE,
    publisher_name="Gambit, by identifiers",
    credibility=2,
)


class Verdict(StrEnum):
    """What somebody judged two nodes to be."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Judgement(NamedTuple):
    """One judgement on two nodes. ``iri`` is its claim's; ``on`` a day, ISO 8601."""

    one: str
    other: str
    verdict: Verdict
    by: str
    on: str
    why: str
    score: int | None = None
    iri: str = ""
    withdrawn: str = ""
    #: How many judgements on the same two nodes came before: a day alone tells no order.
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking a workspace came to: what was found, how many nodes are linked, the change."""

    found: Found
    nodes: int
    change: Change


def judgements(store: Store) -> list[Judgement]:
    """Return every judgement of a workspace, withdrawn ones too, oldest first.

    ``store`` shows each node as its data set has it; links by identifier are none.
    """
    on: dict[str, str] = {}
    score: dict[str, int] = {}
    for quad in store.engine.quads_for_pattern(
        None, NamedNode(KG + "checkedOn"), None, LINKS_GRAPH
    ):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, Literal)
        on[quad.subject.value] = quad.object.value
    for quad in store.engine.quads_for_pattern(
        None, NamedNode(KG + "matchScore"), None, LINKS_GRAPH
    ):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, Literal)
        score[quad.subject.value] = int(quad.object.value)
    replaced = {
        quad.subject.value: quad.object.value
        for quad in store.engine.quads_for_pattern(
            None, NamedNode(DCTERMS + "replaces"), None, LINKS_GRAPH
        )
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
    }
    found = [
        Judgement(
            claim.subject,
            str(claim.object),
            _verdict(claim),
            claim.holders[0] if claim.holders else "",
            on[claim.iri],
            claim.note,
            score.get(claim.iri),
            claim.iri,
            claim.retracted_on,
            _turn(claim.iri, replaced),
        )
        for claim in _claims(store)
        if claim.iri in on
    ]
    return sorted(found, key=lambda j: (j.on, j.turn, natural(j.iri)))


def _turn(iri: str, replaced: Mapping[str, str]) -> int:
    seen = {iri}
    while (iri := replaced.get(iri, iri)) not in seen:
        seen.add(iri)
    return len(seen) - 1


def _claims(store: Store) -> Iterable[Claim]:
    from kg.claims import read_claim

    kind = NamedNode(RDF + "type")
    for quad in store.engine.quads_for_pattern(None, kind, NamedNode(KG + "Claim"), LINKS_GRAPH):
        assert isinstance(quad.subject, NamedNode)
        yield read_claim(quad.subject.value, store.describe(quad.subject.value))


def _verdict(claim: Claim) -> Verdict:
    if claim.polarity is Polarity.NEGATED:
        return Verdict.DIFFERENT
    return Verdict.SAME if claim.modality is Modality.ASSERTED else Verdict.UNSURE


def link(
    workspace: Workspace,
    new: Sequence[Judgement] = (),
    *,
    withdraw: Iterable[tuple[str, str]] = (),
) -> Linked:
    """Link a workspace anew: by identifiers, by the judgements there are, and by new ones.

    ``withdraw`` lists judgements to withdraw, each the IRI of its claim with the day. The
    latest judgement on two nodes counts. Raises RefusedError when another command holds
    the workspace, UsageError for a judgement that is not there.
    """
    gone = dict(withdraw)
    with workspace.changing() as change:
        store = workspace.open(joined=False)
        known = judgements(store)
        if missing := gone.keys() - {j.iri for j in known}:
            raise UsageError(
                f"there is no judgement {compress(min(missing))}", hint="kg link list shows them"
            )
        last = {_pair(j): j for j in sorted(known, key=lambda j: j.turn)}
        new = list(_in_turn(new, last, gone))
        standing = [j for j in (*known, *new) if not j.withdrawn and j.iri not in gone]
        latest = {_pair(j): j for j in sorted(standing, key=lambda j: j.turn)}
        found = by_identifiers(
            store,
            same=[(a, b) for (a, b), j in latest.items() if j.verdict is Verdict.SAME],
            different=[(a, b) for (a, b), j in latest.items() if j.verdict is Verdict.DIFFERENT],
        )
        with SortedLines() as lines:
            sink = Sink(_DATASET, lines, store.vocabulary)
            _keep(workspace.folder / _FILE, lines, gone)
            for judgement in new:
                last[_pair(judgement)] = judgement._replace(
                    iri=_write(sink, judgement, store, last.get(_pair(judgement)))
                )
            _write_found(sink, lines, found, store)
            if new or known or found.groups:
                sink.describe_source(())
            content = b"".join(lines.pieces())
        links = sum(len(group) - 1 for group in found.groups)
        old = change.entry(LINKS_GRAPH.value)
        before = files.read_raw(workspace.folder / _FILE) if old else b""
        if content == before or (not old and not found.groups and not new):
            return Linked(found, links, Change(0, "link", {}))
        change.put(LINKS_GRAPH.value, {"file": _FILE, "links": True}, {_FILE: content})
        counts = (content.count(b"kg:linkedTo "), before.count(b"kg:linkedTo "))
        return Linked(found, links, change.commit("link", {LINKS_GRAPH.value: counts}))


def _pair(judgement: Judgement) -> tuple[str, ...]:
    return tuple(sorted((judgement.one, judgement.other)))


def _in_turn(
    new: Iterable[Judgement], last: Mapping[tuple[str, ...], Judgement], gone: Collection[str]
) -> Iterator[Judgement]:
    """Yield new judgements, each after those on the same two nodes; one that stands already is none."""
    turns = {pair: judgement.turn + 1 for pair, judgement in last.items()}
    for judgement in new:
        pair = _pair(judgement)
        before = last.get(pair)
        if before and not before.withdrawn and before.iri not in gone and _same(before, judgement):
            continue
        yield judgement._replace(turn=turns.get(pair, 0))
        turns[pair] = turns.get(pair, 0) + 1


def _same(one: Judgement, other: Judgement) -> bool:
    return (one.verdict, one.by, one.on, one.why) == (
        other.verdict, other.by, other.on, other.why,
    )  # fmt: skip


def _keep(path: Path, lines: SortedLines, withdraw: dict[str, str]) -> None:
    """Take over the judgements of people that the file holds, withdrawn ones marked so."""
    if not path.exists():
        return
    nodes = dict(read_lines(path))
    for node, said in nodes.items():
        if not any(pair.startswith(b"kg:checkedOn ") for pair in said):
            continue
        lines.add(node + b" " + b" ;\t".join(said))
        named = {pair.partition(b" ")[2] for pair in said}
        for other in named & nodes.keys():
            if other.startswith((b"passage:", b"actor:")):
                about = [p for p in nodes[other] if not p.startswith(b"kg:linkedTo ")]
                if about:
                    lines.add(other + b" " + b" ;\t".join(about))
    for iri, day in withdraw.items():
        lines.add(node_line(iri, ((KG + "retractedOn", f'"{day}"^^xsd:date'),)))


def _write(sink: Sink, judgement: Judgement, store: Store, before: Judgement | None) -> str:
    """Write a judgement as a claim, which replaces the one before on the same nodes; return its IRI."""
    one, other = (store.label(iri) for iri in (judgement.one, judgement.other))
    says = {
        Verdict.SAME: f"{_cut(one)} and {_cut(other)} are one.",
        Verdict.DIFFERENT: f"{_cut(one)} and {_cut(other)} are not the same.",
        Verdict.UNSURE: f"{_cut(one)} and {_cut(other)} may be one.",
    }
    day = NamedNode(XSD + "date")
    extra: list[tuple[str, str | Literal]] = [
        (KG + "checkedOn", Literal(judgement.on, datatype=day)),
        (KG + "checkedBy", judgement.by),
    ]
    if before is not None:
        extra.append((DCTERMS + "replaces", before.iri))
    if judgement.score is not None:
        number = NamedNode(XSD + "integer")
        extra.append((KG + "matchScore", Literal(str(judgement.score), datatype=number)))
    turn = f" {judgement.turn}" if judgement.turn else ""
    iri = sink.claim(
        f"{compress(judgement.one)} {compress(judgement.other)}",
        judgement.one,
        _SAME,
        judgement.other,
        says[judgement.verdict],
        kind=Kind.ASSESSMENT,
        modality=Modality.POSSIBLE if judgement.verdict is Verdict.UNSURE else Modality.ASSERTED,
        hedges=("unsure",) if judgement.verdict is Verdict.UNSURE else (),
        polarity=Polarity.NEGATED
        if judgement.verdict is Verdict.DIFFERENT
        else Polarity.AFFIRMATIVE,
        holders=(judgement.by,),
        credibility=3,
        confidence=50 if judgement.score is None else judgement.score,
        note=judgement.why,
        locator="judgement in this workspace",
        discriminator=f"{judgement.by} {judgement.on} {judgement.verdict}{turn}",
        extra=extra,
    )
    name = judgement.by.rsplit("/", 1)[-1].removeprefix("reviewer-")
    sink.entity(judgement.by, KG + "Actor", label=name, language="en")
    return iri


def _write_found(sink: Sink, lines: SortedLines, found: Found, store: Store) -> None:
    """Write the links by identifier as claims, and which node stands for which."""
    for join in found.joins:
        sink.claim(
            join.by,
            join.one,
            _SAME,
            join.other,
            f"{_cut(store.label(join.one))} and {compress(join.other)} share {join.by.split(', ')[0]}.",
            modality=Modality.ASSERTED,
            check_method=join.by,
            confidence=70,
            locator=join.by,
        )
    for group in found.groups:
        for member in group[1:]:
            lines.add(node_line(member, ((KG + "linkedTo", iri_text(group[0])),)))


def reviewer(name: str) -> str:
    """Return the actor that a reviewer's name stands for; UsageError for no name."""
    short = slug(name)
    if not short:
        raise UsageError(f"{name!r} names no reviewer", hint='--by "Jane Doe"')
    return f"{ID}actor/reviewer-{short}"


def _cut(text: str) -> str:
    """Return a name of at most nine words."""
    words = re.sub(r"\s+", " ", text).split(" ")
    return " ".join(words[:9])
