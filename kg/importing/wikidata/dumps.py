"""Wikidata: entity JSON, RDF dumps, and plain triples of ids, as claims with their standing.

A statement becomes one claim whose record is the statement's id. Its rank stays;
"no value" denies, "unknown value" claims a value that is not known; a deprecated
statement is kept as such, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.errors import RefusedError, UnreadableError
from kg.importing.lines import SortedLines, is_language
from kg.importing.reading import MAX_LINE_BYTES, json_text, open_bytes
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink
from kg.importing.wikidata import wikibase_json, wikibase_rdf
from kg.importing.wikidata.wikibase import WD, WIKIBASE, Statement, Statements, Value
from kg.vocab import ID, SCHEMA, SKOS, XSD

_TRIPLE = re.compile(r"(?:wd:)?(Q[1-9]\d*)[\t ,;]+(?:wdt:)?(P[1-9]\d*)[\t ,;]+(?:wd:)?(Q[1-9]\d*)")
_MODIFIED = re.compile(rb'"modified"\s*:\s*"(\d{4}-\d\d-\d\d)T')
# Labels of CoDEx and its like: ids with a label and a description each.
_LABELLED = re.compile(rb'\s*\{\s*"[PQ][1-9]\d*"\s*:\s*\{\s*"(label|description|wiki)"')
# So much of a file is read to see what it is.
_HEAD = 1_000_000


def _dataset(paths: Sequence[Path]) -> DataSet:
    kinds = {_kind(path) for path in paths} - {"labels"}
    extract = kinds == {"triples"}
    one = re.match(r"[QP][1-9]\d*(?=\.)", paths[0].name) if len(paths) == 1 else None
    name = "wikidata-extract" if extract else f"wikidata-{slug(one[0])}" if one else "wikidata"
    edition = "" if extract else max((_modified(path) for path in paths), default="")
    return DataSet(
        name=name,
        title="Wikidata extract without references" if extract else "Wikidata",
        publisher=ID + "actor/wikidata",
        publisher_name="Wikidata",
        edition=edition,
        licence="CC0 1.0",
        url="https://www.wikidata.org/",
    )


def _modified(path: Path) -> str:
    """Return the day of the latest change that the beginning of entity JSON tells."""
    with open_bytes(path) as stream:
        return max((d.decode() for d in _MODIFIED.findall(stream.read(_HEAD))), default="")


def _kind(path: Path) -> str:
    """Return what a file is: labels, json, triples (of ids) or rdf."""
    with open_bytes(path) as stream:
        head = stream.read(65536).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise UnreadableError("is empty", path=path, hint="is it the right file?")
    if _LABELLED.match(head):
        return "labels"
    if head.startswith(b"{") or re.match(rb"\[\s*(\{|\]|$)", head):
        return "json"
    lines = head.decode("utf-8", "replace").splitlines()[:20]
    return "triples" if any(_TRIPLE.fullmatch(line.strip()) for line in lines) else "rdf"


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    language = options.get("language", "en")
    wanted = frozenset(filter(None, re.split(r"[,\s]+", options.get("languages", ""))))
    kinds = [(path, _kind(path)) for path in paths]
    labels: dict[str, str] = {}
    with SortedLines() as lines:
        dump = wikibase_rdf.Dump(lines)
        for path, kind in kinds:
            if kind == "rdf":
                dump.read(path, sink, language)
            elif kind == "labels":
                _tell(labels, _label_file(path))
            elif kind == "json":
                _tell(labels, _labels(path, language))
        _tell(labels, dump.labels.items())
        keeper = Statements(sink, labels)
        for path, kind in kinds:
            if kind == "json":
                _json(path, sink, keeper, wanted)
            elif kind == "triples":
                _triples(path, sink, keeper)
        if dump.count:
            _rdf(dump, sink, keeper, wanted)
        _property_notes(labels, kinds, sink)
        keeper.finish()


def _tell(labels: dict[str, str], found: Any) -> None:
    # Two files may name a thing differently; which comes first must not matter.
    for name, label in found:
        labels[name] = min(label, labels.get(name, label))


def _labels(path: Path, language: str) -> Iterator[tuple[str, str]]:
    for _, entity in wikibase_json.entities(path):
        labels = entity.get("labels")
        label = labels.get(language) if isinstance(labels, dict) else None
        if isinstance(label, dict) and "id" in entity:
            yield str(entity["id"]), str(label.get("value", ""))


def _label_file(path: Path) -> Iterator[tuple[str, str]]:
    with open_bytes(path) as stream:
        found = json_text(stream.read(256_000_000), path)
    for name, said in found.items() if isinstance(found, dict) else ():
        if isinstance(said, dict) and said.get("label"):
            yield name, str(said["label"])


def _property_notes(
    labels: Mapping[str, str], kinds: Sequence[tuple[Path, str]], sink: Sink
) -> None:
    for path, kind in kinds:
        if kind == "labels":
            for name, label in _label_file(path):
                if name.startswith("Q") and labels.get(name) == label:
                    sink.entity(WD + name, label=label, language="en")


# ---------------------------------------------------------------- entity JSON


def _json(path: Path, sink: Sink, keeper: Statements, wanted: frozenset[str]) -> None:
    for line, entity in wikibase_json.entities(path):
        place = f"{path.name}:{line}" if line else path.name
        name = str(entity.get("id", ""))
        if "missing" in entity:
            sink.skip("an entity that Wikidata does not have", name or place)
            continue
        if not wikibase_json.ENTITY.fullmatch(name):
            sink.skip("an entity without a Wikidata id", place)
            continue
        _describe(entity, name, sink, wanted)
        for found in wikibase_json.statements(entity):
            sink.read()
            if isinstance(found, str):
                sink.skip("a statement that cannot be read", found or place)
            else:
                keeper.keep(found)
        for reference in wikibase_json.references(entity):
            if isinstance(reference, str):
                sink.skip("a reference that cannot be read", reference or place)
            else:
                keeper.reference(*reference)


def _describe(entity: Mapping[str, Any], name: str, sink: Sink, wanted: frozenset[str]) -> None:
    def texts(key: str) -> list[tuple[str, str]]:
        found = []
        for group in wikibase_json.listed(entity.get(key)):
            for text in group if isinstance(group, list) else [group]:
                if not isinstance(text, dict):
                    sink.skip("a name that cannot be read", name)
                    continue
                tag = str(text.get("language", ""))
                if not wanted or tag in wanted:
                    found.append((str(text.get("value", "")), tag))
        return found

    extra: list[tuple[str, str | Literal]] = []
    for text, tag in texts("descriptions"):
        if text.strip():
            extra.append((SKOS + "definition", _in_language(text, tag)))
    if links := len(wikibase_json.listed(entity.get("sitelinks"))):
        whole = NamedNode(XSD + "integer")
        extra.append((WIKIBASE + "sitelinks", Literal(str(links), datatype=whole)))
    if revision := entity.get("lastrevid"):
        extra.append((SCHEMA + "version", Literal(str(revision))))
    sink.entity(WD + name, aliases=texts("aliases"), extra=extra)
    for text, tag in texts("labels"):
        sink.entity(WD + name, label=text, language=tag)


def _in_language(text: str, tag: str) -> Literal:
    return Literal(text, language=tag if is_language(tag) else None)


# ---------------------------------------------------------------- triples of ids


def _triples(path: Path, sink: Sink, keeper: Statements) -> None:
    with open_bytes(path) as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES):
            number += 1
            text = line.decode("utf-8", "replace").strip("\ufeff\x1a \t\r\n")
            if not text:
                continue
            found = _TRIPLE.fullmatch(text)
            if found is None:
                if not line.endswith(b"\n") and number > 1:
                    raise UnreadableError(
                        "breaks off in its last line",
                        path=path,
                        line=number,
                        hint="compare its size with the original's",
                    )
                sink.skip("a line that is no triple of Wikidata ids", f"{path.name}:{number}")
                continue
            sink.read()
            subject, name, value = found.groups()
            keeper.keep(Statement(" ".join(found.groups()), subject, name, Value(WD + value)))


# ---------------------------------------------------------------- RDF


def _rdf(dump: wikibase_rdf.Dump, sink: Sink, keeper: Statements, wanted: frozenset[str]) -> None:
    sink.read(dump.count)
    plain = 0
    for node, said in dump.nodes():
        if wikibase_rdf.is_reference(node):
            keeper.reference(*wikibase_rdf.reference(node, said, dump))
        elif wikibase_rdf.is_statement(node):
            found = wikibase_rdf.statement(node, said, dump)
            if found is None:
                sink.skip("a statement without a value", node.rpartition("/")[2])
            else:
                keeper.keep(found)
        elif node.startswith(WD) and wikibase_json.ENTITY.fullmatch(node.removeprefix(WD)):
            _named(node, said, sink, wanted)
            for statement in wikibase_rdf.truthy(node, said):
                plain += 1
                if not dump.full:
                    keeper.keep(statement)
    if plain and not dump.full:
        sink.note("truthy triples: no ranks, qualifiers, references or ids of statements")
        if not sink.report.kept:
            raise RefusedError(
                "has no statement of Wikidata", hint="is it another RDF file? kg import rdf"
            )


def _named(node: str, said: wikibase_rdf.Said, sink: Sink, wanted: frozenset[str]) -> None:
    def chosen(found: Sequence[Literal]) -> list[Literal]:
        return [text for text in found if not wanted or text.language in wanted]

    labels, aliases, descriptions = wikibase_rdf.names(said)
    extra: list[tuple[str, str | Literal]] = [
        (SKOS + "definition", d) for d in chosen(descriptions)
    ]
    names = [(text.value, text.language or "") for text in chosen(aliases)]
    sink.entity(node, aliases=names, extra=extra)
    for label in chosen(labels):
        sink.entity(node, label=label.value, language=label.language or "")


IMPORTERS = {
    "wikidata": Importer(
        name="wikidata",
        description="statements of Wikidata with ranks, qualifiers and references",
        reads="entity JSON (API, Special:EntityData, dump), RDF dumps (truthy, full), "
        "triples of ids with label files; also gzip and bzip2",
        loses="sitelinks, which are counted; truthy dumps and triples have no ranks or qualifiers",
        dataset=_dataset,
        read=_read,
        options={
            "language": "language of the names in statements (en)",
            "languages": "languages to keep labels, aliases and descriptions in (all)",
        },
        example="Q7747.json -o languages=en,ru",
    )
}
