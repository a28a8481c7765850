"""Editions of a data set in a workspace: the newest is current, what it no longer lists stays known.

Each edition has its file. The current one's is the data set's graph; earlier ones are
kept for ``kg diff``. A claim that an earlier edition made and the current one does not
is not deleted: it stands in the graph ``NAME-departed`` with the edition that last had
it, judged no more than relayed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kg import files
from kg.errors import RefusedError
from kg.importing.lines import SortedLines, read_lines
from kg.importing.record import DataSet
from kg.turtle import natural
from kg.vocab import ID
from kg.workspace import Change, Workspace

_CLAIM_TYPES = {b"rdf:type kg:Claim", b"rdf:type kg:IdentityLink"}


def put(workspace: Workspace, dataset: DataSet, place: Path, entry: dict[str, Any]) -> Change:
    """Put an edition into a workspace in place of the same edition, and return the change.

    ``place`` is its file, which is moved away. The edition with the highest name in
    natural order is current, whichever is imported last.
    """
    graph, gone = dataset.graph, f"{ID}graph/{dataset.name}-departed"
    entry = {**entry, "file": f"graphs/{dataset.slug}.ttl"}
    with workspace.changing() as change, tempfile.TemporaryDirectory() as folder:
        if other := _others_file(workspace, dataset, entry["file"]):
            raise RefusedError(
                f"{other} has the file of that name already",
                path=workspace.folder / entry["file"],
                hint="give it another --name or --edition",
            )
        known = dict(change.entry(graph) or {})
        editions = [known, *known.pop("earlier", [])] if known else []
        before = {e["file"]: workspace.folder / e["file"] for e in editions}
        kept = [e for e in editions if e["edition"] != entry["edition"]]
        order = sorted([*kept, entry], key=lambda e: natural(e["edition"]), reverse=True)
        current, earlier = order[0], order[1:]
        paths = {**before, entry["file"]: place}
        change.put(graph, {**current, "earlier": earlier}, {entry["file"]: place})
        for dropped in before.keys() - {e["file"] for e in order}:
            change.drop(dropped)
        departed = Path(folder) / "departed.ttl"
        with SortedLines() as lines:
            count = _departed(
                lines, paths[current["file"]], [paths[e["file"]] for e in earlier], earlier
            )
            if count:
                files.write_pieces(departed, lines.pieces())
        if count:
            name = f"graphs/{dataset.name}-departed.ttl"
            change.put(gone, {"file": name, "departed_from": dataset.name}, {name: departed})
        elif stale := change.entry(gone):
            change.drop(stale["file"])
            change.remove(gone)
        old = known.get("file")
        counts = _counts(before.get(old) if old else None, paths[current["file"]])
        title = f"import {entry['importer']}: {dataset.slug}"
        return change.commit(title, {graph: counts})


def _others_file(workspace: Workspace, dataset: DataSet, file: str) -> str:
    """Return the edition of a data set, not this one, that has a file; empty when none has."""
    for name, editions in workspace.editions().items():
        for edition, (_, path) in editions.items():
            mine = (name, edition) == (dataset.name, dataset.edition)
            if path == workspace.folder / file and not mine:
                return f"{name}, edition {edition}"
    departed = f"graphs/{dataset.name}-departed.ttl"
    return f"what has left {dataset.name}" if file == departed else ""


def _departed(
    lines: SortedLines, current: Path, earlier: Iterable[Path], entries: Iterable[Mapping[str, Any]]
) -> int:
    """Collect what the claims of earlier editions that the current one lacks need; return how many."""
    entries = list(entries)
    if not entries:
        return 0  # the first edition: nothing to look for, and it may be large
    now = {node for node, said in read_lines(current) if _is_claim(node, said)}
    seen: set[bytes] = set()
    for path, entry in zip(earlier, entries, strict=True):
        wanted: set[bytes] = set()
        for node, said in read_lines(path):
            if node not in now and node not in seen and _is_claim(node, said):
                seen.add(node)
                kept = [
                    # An asserted claim would back an edge, whatever its credibility.
                    b"kg:modality kg:reported" if p == b"kg:modality kg:asserted" else p
                    for p in said
                    if not p.startswith((b"kg:credibility ", b"kg:confidence "))
                ]
                last = str(entry["edition"]).replace("\\", "").replace('"', "")
                kept += [b"kg:credibility 6", f'kg:lastEdition "{last}"'.encode()]
                lines.add(node + b" " + b" ;\t".join(kept))
                wanted.update(_named(said))
        if wanted:
            for node, said in read_lines(path):
                # What the current edition describes has its names from there.
                if node in wanted and node not in now and not _is_claim(node, said):
                    if about := _without_edges(said):
                        lines.add(node + b" " + b" ;\t".join(about))
                    if node.startswith(b"passage:"):
                        wanted.update(_named(said))  # its source, which sorts after it
    return len(seen)


def _is_claim(node: bytes, said: list[bytes]) -> bool:
    # One that was relayed has whatever name its data set gave it.
    return node.startswith(b"claim:") or not _CLAIM_TYPES.isdisjoint(said)


def _named(said: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the IRIs that a node's properties lead to."""
    for pair in said:
        value = pair.partition(b" ")[2]
        if not value.startswith(b'"'):
            yield value


def _without_edges(said: Iterable[bytes]) -> list[bytes]:
    """Return what describes a node. Edges of an earlier edition are none now."""
    ours = (
        b"kg:locator ", b"kg:record", b"kg:unitKind ", b"kg:edition ", b"kg:reliability ",
        b"kg:fingerprint", b"kg:killChainPhase ",
    )  # fmt: skip
    return [pair for pair in said if pair.startswith(ours) or not pair.startswith(b"kg:")]


def _counts(before: Path | None, after: Path) -> tuple[int, int]:
    """Return how many triples a graph gains and loses."""
    if before is None or not before.exists():
        return sum(len(said) for _, said in read_lines(after)), 0
    added = removed = 0
    old, new = read_lines(before), read_lines(after)
    a, b = next(old, None), next(new, None)
    while a or b:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None
            removed += len(a[1])
            a = next(old, None)
        elif a is None or b[0] < a[0]:
            added += len(b[1])
            b = next(new, None)
        else:
            removed += len(set(a[1]) - set(b[1]))
            added += len(set(b[1]) - set(a[1]))
            a, b = next(old, None), next(new, None)
    return added, removed
