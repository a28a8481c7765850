"""STIX 2.0 and 2.1 bundles: whose they are, and their objects in their latest versions.

What becomes of each object is in ``stix_objects``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg.importing.reading import json_file, json_items, open_text, text_of
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink
from kg.importing.threat.bearers import day
from kg.importing.threat.stix_objects import STIX_ID, TLP, Known, Reader, actor_of


class _Bundle:
    """The objects of the files by id, in their latest versions."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(paths)
        self.known: dict[str, Known] = {}
        for one in self._all():
            if not (identifier := _identifier(one)):
                continue
            known = Known(_label(one), _status(one), _version(one))
            if identifier not in self.known or self.known[identifier].version < known.version:
                self.known[identifier] = known

    def _all(self) -> Iterator[Any]:
        for path in self.paths:
            yield from _objects(path)

    def latest(self, sink: Sink) -> Iterator[Mapping[str, Any]]:
        """Yield each object once, in its latest version; count the rest in the report."""
        done: set[str] = set()
        for one in self._all():
            sink.read()
            identifier = _identifier(one)
            if not identifier:
                sink.skip("an object without type or id of STIX", _where(one))
            elif _version(one) != self.known[identifier].version:
                sink.note("an earlier version of an object gives way to the later", identifier)
            elif identifier in done:
                sink.note("an object that the files hold twice is read once", identifier)
            else:
                done.add(identifier)
                yield one


def _objects(path: Path) -> Iterator[Any]:
    """Yield the objects of a bundle, of a bare list of objects, or the one object of a file."""
    with open_text(path):
        pass  # says what is wrong with the path
    with path.open("rb") as stream:
        start = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        yield from json_items(path, "item")
        return
    found = False
    for one in json_items(path, "objects.item"):
        found = True
        yield one
    if not found and b'"objects"' not in start and path.stat().st_size < 1_000_000:
        alone = json_file(path)
        if isinstance(alone, dict) and alone.get("type") != "bundle":
            yield alone


def _identifier(one: Any) -> str:
    """Return the id of an object, empty where it has none that STIX would take."""
    if not isinstance(one, dict):
        return ""
    identifier, kind = one.get("id"), one.get("type")
    if not isinstance(identifier, str) or not isinstance(kind, str):
        return ""
    found = STIX_ID.fullmatch(identifier)
    return identifier if found and found[1] == kind else ""


def _where(one: Any) -> str:
    return (
        text_of(one.get("id") or one.get("type"))[:80]
        if isinstance(one, dict)
        else type(one).__name__
    )


def _version(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return what orders the versions of an object: when modified, then its content."""
    content = json.dumps(one, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    digest = hashlib.blake2b(content, digest_size=9).hexdigest()
    return text_of(one.get("modified") or one.get("created")), digest


def _status(one: Mapping[str, Any]) -> str:
    if one.get("revoked") is True:
        return "revoked"
    return "deprecated" if one.get("x_mitre_deprecated") is True else ""


def _label(one: Mapping[str, Any]) -> str:
    for name in ("name", "value", "path", "key", "account_login", "user_id", "subject", "product"):
        if text := text_of(one.get(name)):
            return text
    identifier, kind = str(one["id"]), str(one["type"])
    definition = one.get("definition")
    if isinstance(definition, dict) and (tlp := text_of(definition.get("tlp"))):
        return f"TLP:{tlp.upper()}"
    if identifier in TLP:
        return TLP[identifier]
    if kind == "relationship":
        return ""
    return f"{kind.removeprefix('x-').replace('-', ' ')} {identifier.partition('--')[2][:8]}"


def _dataset(paths: Sequence[Path]) -> DataSet:
    """Return whose data the bundles are, by what their objects say: collection, creator, days."""
    creators: Counter[str] = Counter()
    identities: dict[str, str] = {}
    notices: set[str] = set()
    newest, version = "", ""
    for path in paths:
        for one in filter(_identifier, _objects(path)):
            if creator := text_of(one.get("created_by_ref")):
                creators[creator] += 1
            newest = max(newest, day(one.get("modified")))
            if one["type"] == "identity":
                identities[one["id"]] = _label(one)
            elif one["type"] == "x-mitre-collection":
                version = text_of(one.get("x_mitre_version")) or version
            elif one["type"] == "marking-definition" and isinstance(one.get("definition"), dict):
                notices.add(text_of(one["definition"].get("statement")))
    stem = paths[0].stem if paths else "stix"
    name = slug(stem.replace(version, "") if version else stem) or "stix"
    creator = next(iter(creators)) if len(creators) == 1 else ""
    called = identities.get(creator, "")
    notices.discard("")
    return DataSet(
        name=name,
        title=f"STIX bundle {name}",
        publisher=actor_of(called or f"publisher of {name}"),
        publisher_name=called or f"publisher of {name}",
        edition=version or newest,
        licence=next(iter(notices)) if len(notices) == 1 else "",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    bundle = _Bundle(paths)
    reader = Reader(sink, bundle.known)
    for one in bundle.latest(sink):
        if one["type"] == "relationship":
            reader.relationship(one)
        else:
            reader.thing(one)
    reader.names.dispute(sink)
    reader.publisher()


IMPORTERS = {
    "stix": Importer(
        name="stix",
        description="STIX 2.0 and 2.1 bundles: threat actors, campaigns, software, locations",
        reads="JSON: a bundle, a list of objects or one object",
        loses="descriptions and other prose (their sentences on states are cited by place), the list that a collection keeps of its objects",
        dataset=_dataset,
        read=_read,
        example="enterprise-attack.json",
    )
}
