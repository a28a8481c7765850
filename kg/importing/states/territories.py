"""Territories as rigour describes them: countries, former states and areas in dispute, a file each.

What a source calls claimed is claimed: it never becomes a part of the claimant. Strong
names are aliases; weak ones find an entry in a search and are no names to call it by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import Literal

from kg.errors import RefusedError, UnreadableError
from kg.importing.reading import text_of, yaml_file
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG, RDFS, SKOS

_CODE = re.compile(r"[a-z]{2,4}(_[a-z0-9]+)?")
_QID = re.compile(r"Q[1-9]\d*")
_WIKIDATA = "http://www.wikidata.org/entity/"


def _dataset(_paths: Sequence[Path]) -> DataSet:
    return DataSet(
        name="territories",
        title="rigour territory data",
        publisher=ID + "actor/opensanctions-rigour",
        publisher_name="OpenSanctions rigour",
        licence="MIT",
        url="https://github.com/opensanctions/rigour",
    )


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files of files and folders, by name."""
    for path in paths:
        if path.is_dir():
            found = sorted([*path.glob("*.yml"), *path.glob("*.yaml")])
            if not found:
                raise RefusedError(
                    "has no .yml file", path=path, hint="name the folder that holds the territories"
                )
            yield from found
        else:
            yield path


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    found: dict[str, Mapping[str, Any]] = {}
    for path in _files(paths):
        sink.read()
        content = yaml_file(path)
        code = path.stem
        if not isinstance(content, Mapping) or not text_of(content.get("name")):
            raise UnreadableError(
                "is no territory: it has no name", path=path, hint="a mapping with name and qid"
            )
        if found.get(code, content) != content:
            raise RefusedError(
                f"two files describe {code} differently", path=path, hint="import one of the two"
            )
        if not _CODE.fullmatch(code):
            sink.skip("a file whose name is no territory code", path.name)
            continue
        found[code] = content
    names = {code: text_of(content["name"]) for code, content in found.items()}
    for code, content in found.items():
        _territory(sink, code, content, names)


def _list(content: Mapping[str, Any], key: str) -> list[str]:
    value = content.get(key) or []
    return [text_of(v) for v in value if text_of(v)] if isinstance(value, list) else []


def _flag(content: Mapping[str, Any], key: str) -> bool | None:
    """Return a yes or no; None where the file does not say."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(
        text_of(content.get(key)).lower()
    )


def _types(content: Mapping[str, Any]) -> tuple[str, ...]:
    if text_of(content.get("region")) == "Supranational":
        return (KG + "Actor",)
    if not _flag(content, "is_country"):
        return (KG + "Territory",)
    return (KG + ("FormerState" if _flag(content, "is_historical") else "State"),)


def _territory(sink: Sink, code: str, content: Mapping[str, Any], names: Mapping[str, str]) -> None:
    entity, name = node("territory", code), names[code]
    full = text_of(content.get("full_name"))
    sink.entity(
        entity,
        *_types(content),
        label=name,
        language="en",
        aliases=sorted(
            {(full, "en")} - {("", "en"), (name, "en")}
            | {(text, "und") for text in _list(content, "names_strong")}
        ),
        hidden=[(text, "") for text in sorted(set(_list(content, "names_weak")))],
        definition=" ".join(text_of(content.get("summary")).split()),
    )
    sink.identifier(code, entity, "ftm", code, method="name of the file")
    qid = text_of(content.get("qid"))
    if _QID.fullmatch(qid):
        sink.identifier(code, entity, "wikidata", qid, method="field qid")
    else:
        sink.note("a territory without a Wikidata id", code)
    alpha3 = text_of(content.get("alpha3")).upper()
    if alpha3.startswith("X"):
        # ISO leaves the codes from XAA to XZZ to users: XKX is nobody's in the standard.
        sink.note("a code that ISO 3166 leaves to users", f"{code}: {alpha3}")
    elif alpha3:
        sink.identifier(code, entity, "iso3166-1-alpha3", alpha3, method="field alpha3")
    for other in _list(content, "other_qids"):
        if _QID.fullmatch(other):
            sink.claim(
                code,
                entity,
                SKOS + "closeMatch",
                _WIKIDATA + other,
                f"{name} also answers to the Wikidata item {other}, which is not the same thing.",
            )
    _flags(sink, code, entity, name, content)
    _links(sink, code, entity, content, names)


def _flags(sink: Sink, code: str, entity: str, name: str, content: Mapping[str, Any]) -> None:
    for key, predicate, words in (
        ("is_country", "isCountry", "a country"),
        ("is_historical", "isHistorical", "a territory of the past"),
    ):
        flag = _flag(content, key)
        if flag is not None:
            sink.claim(
                code,
                entity,
                KG + predicate,
                Literal(flag),
                f"{name} is {'' if flag else 'not '}{words} in this list.",
            )


def _links(
    sink: Sink, code: str, entity: str, content: Mapping[str, Any], names: Mapping[str, str]
) -> None:
    name = names[code]

    def other(key: str, theirs: str) -> str:
        if theirs not in names:
            where = f"{code}.yml, {key}: {theirs}"
            sink.unresolved("a territory that is not in these files", where)
            label = f"{theirs} (not in these files)"
            sink.entity(node("territory", theirs), KG + "Territory", label=label, language="en")
        return node("territory", theirs)

    def called(theirs: str) -> str:
        return names.get(theirs, theirs)

    parent = text_of(content.get("parent"))
    if parent:
        sink.claim(
            code, entity, KG + "parentTerritory", other("parent", parent),
            f"{name} is filed under {called(parent)}.",
        )  # fmt: skip
    for theirs in _list(content, "successors"):
        sink.claim(
            code, other("successors", theirs), KG + "successorOf", entity,
            f"{called(theirs)} is a successor of {name}.",
        )  # fmt: skip
    for theirs in _list(content, "claims"):
        sink.claim(
            code, entity, KG + "claimedBy", other("claims", theirs),
            f"{called(theirs)} lays claim to {name}.",
        )  # fmt: skip
    for theirs in _list(content, "see"):
        sink.claim(
            code, entity, RDFS + "seeAlso", other("see", theirs),
            f"The entry of {name} points to that of {called(theirs)}.",
        )  # fmt: skip


IMPORTERS = {
    "territories": Importer(
        name="territories",
        description="territories, former states and disputed areas with names in many languages (rigour)",
        reads="YAML, one file a territory, or the folder of them",
        loses="region, languages, Wikipedia address, whether FollowTheMoney uses it, comments beside names",
        dataset=_dataset,
        read=_read,
        example="territories/",
    )
}
