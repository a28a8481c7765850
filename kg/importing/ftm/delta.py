"""A delta over the edition before: what it does not speak of is carried over as it stands.

Claims that are carried over keep the passage they were read from, in the edition that
had it. What a delta deletes or changes is not carried over; ``kg.importing.editions``
then knows it as what the current edition no longer has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from kg.errors import MissingError
from kg.importing.ftm.records import Index
from kg.importing.lines import iri_text, read_lines, text_text
from kg.importing.sink import Sink, node
from kg.vocab import ID, PROV

_EVIDENCE, _KEY, _LABEL = b"kg:evidence ", b"kg:recordKey ", b"skos:prefLabel "
_FTM = (b"ftm:", f"<{ID}ftm/".encode())
_SAID = (b"rdf:subject ", b"rdf:predicate ", b"rdf:object ")


def keep_untouched(sink: Sink, index: Index) -> None:
    """Carry over what the deltas leave alone; MissingError without an edition to carry it from."""
    previous = sink.previous
    if previous is None or not previous.exists():
        raise MissingError(
            "a delta, and no edition that it changes",
            hint="import the whole data set first, or name its file beside the delta",
        )
    touched = {text_text(key).encode() for key in index.winners}
    gone = {
        place
        for place, said in read_lines(previous)
        if place.startswith(b"passage:") and touched.intersection(_of(said, _KEY))
    }
    standing: set[tuple[bytes, bytes, bytes]] = set()
    for claim, said in read_lines(previous):
        if claim.startswith(b"claim:") and not gone.intersection(_of(said, _EVIDENCE)):
            sink.carry(claim, said)
            subject, predicate, value = (next(_of(said, part), b"") for part in _SAID)
            standing.add((subject, predicate, value))
    _keep_nodes(sink, index, previous, gone, standing)


def _keep_nodes(
    sink: Sink,
    index: Index,
    previous: Path,
    gone: set[bytes],
    standing: set[tuple[bytes, bytes, bytes]],
) -> None:
    """Carry over the nodes, and of their edges those whose claim stands."""
    edges = {iri_text(predicate).encode() for predicate in sink.edge_predicates}
    named = {end for subject, _, value in standing for end in (subject, value)}
    for entity, said in read_lines(previous):
        if entity.startswith(b"claim:") or entity in gone:
            continue
        kept, own = [], []
        for pair in said:
            predicate, _, value = pair.partition(b" ")
            if predicate not in edges:
                own.append(pair)
            elif (entity, predicate, value) in standing:
                kept.append(pair)
        key = _key(entity)
        if key not in index.winners:
            kept += own
            if key and (label := _label(own)):
                index.captions.setdefault(key, label)
        elif key in index.deleted and entity in named:
            sink.unresolved("a reference to an entity that the delta deletes", key)
            sink.entity(node("ftm", key), PROV + "Entity", label=_label(own) or key)
        if kept:
            sink.carry(entity, kept)


def _of(said: list[bytes], start: bytes) -> Iterator[bytes]:
    return (pair[len(start) :] for pair in said if pair.startswith(start))


def _key(entity: bytes) -> str:
    """Return the id of an entity's node; empty for any other node."""
    start = next((s for s in _FTM if entity.startswith(s)), None)
    return unquote(entity[len(start) :].rstrip(b">").decode()) if start else ""


def _label(said: list[bytes]) -> str:
    """Return the label among what is said of a node; the escapes are JSON's."""
    text = next(_of(said, _LABEL), b"").decode()
    return str(json.loads(text[: text.rindex('"') + 1])) if text else ""
