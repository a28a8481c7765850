"""A mapping proposed for a table, from the names of its columns and its first rows.

What can be told is filled in and can be used as it is; what only the analyst knows
stands in comments that begin with "decide".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from kg import dates, files, turtle
from kg.claims import Modality
from kg.identity import SCHEMES
from kg.importing.record import slug
from kg.importing.tables.mapping import MISSING
from kg.importing.tables.sheets import Sheet, open_sheet
from kg.names import fold
from kg.vocab import OWL, RDF, RDFS, compress

#: So many rows are looked at.
_ROWS = 200
#: What a column is called that holds identifiers of a scheme.
_SCHEME_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("iso3", "iso alpha 3", "iso a3", "iso 3166 1 alpha 3", "iso3c", "iso code 3"), "iso3166-1-alpha3"),
    **dict.fromkeys(("iso2", "iso alpha 2", "iso a2", "iso 3166 1 alpha 2", "iso2c"), "iso3166-1-alpha2"),
    **dict.fromkeys(("iso numeric", "iso n3", "iso 3166 1 numeric"), "iso3166-1-numeric"),
    **dict.fromkeys(("cow", "cow number", "cowcode", "ccode", "cow code", "cown"), "cow-number"),
    **dict.fromkeys(("gw", "gwno", "gw number", "gwcode", "gleditsch ward"), "gw-number"),
    **dict.fromkeys(("wikidata", "qid", "wikidata id", "wikidata qid"), "wikidata"),
    **dict.fromkeys(("fips", "fips code", "fips 10 4"), "fips10-4"),
    **dict.fromkeys(("imo", "imo number"), "imo"),
    **dict.fromkeys(("mmsi",), "mmsi"),
    **dict.fromkeys(("opensanctions", "opensanctions id"), "opensanctions"),
    **dict.fromkeys(("attack id", "mitre id", "att ck id"), "attack"),
    **dict.fromkeys(("ofac", "ofac id", "sdn", "uid ofac"), "ofac"),
    **dict.fromkeys(("uuid",), "uuid"),
}  # fmt: skip
#: Words in the names of columns, by what such a column holds.
_WORDS: Mapping[str, frozenset[str]] = {
    "url": frozenset(("url", "link", "address of source", "web")),
    "page": frozenset(("page", "pages", "pp", "p")),
    "source": frozenset(("source", "reference", "citation", "document", "publication")),
    "note": frozenset(("note", "notes", "comment", "comments", "remark", "remarks")),
    "confidence": frozenset(("confidence",)),
    "modality": frozenset(("modality", "certainty", "status")),
    "from": frozenset(("from", "start", "since", "begin", "began", "entry", "onset")),
    "to": frozenset(("to", "end", "until", "ended", "through")),
    "relation": frozenset(
        ("relation", "relationship", "predicate", "verb", "action", "tie", "type")
    ),
    "key": frozenset(("id", "key", "nr", "no", "number", "record")),
}
_SUBJECTS = frozenset(("actor", "subject", "supplier", "sender", "seller", "exporter", "actor1", "party1", "initiator", "source actor", "state a", "country a", "name", "country", "state", "person", "organization", "organisation"))  # fmt: skip
_CLASSES: Sequence[tuple[frozenset[str], str]] = (
    (frozenset(("country", "state", "nation")), "kg:State"),
    (frozenset(("person", "leader", "minister", "surname")), "kg:Person"),
)
_CODE = re.compile(r"[A-Z]{2,3}|\d{1,4}|Q\d+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


class _Column(NamedTuple):
    name: str
    role: str
    values: Sequence[str]
    detail: str = ""


def propose(path: Path, *, sheet: str = "", encoding: str = "") -> str:
    """Return a mapping for a table as YAML text, with what there is to decide in comments.

    Raises what ``open_sheet`` and reading the first rows raise.
    """
    found = open_sheet(path, sheet=sheet, encoding=encoding)
    held = [row for _, row in islice(found.rows, _ROWS)]
    columns = [
        _guess(name, [v for row in held if (v := row[name]) not in MISSING])
        for name in found.columns
    ]
    return "\n".join(_written(found, columns)) + "\n"


def _guess(name: str, values: Sequence[str]) -> _Column:
    """Return what a column seems to hold."""
    words = fold(name)
    each = set(words.split())
    if scheme := _SCHEME_NAMES.get(words) or next(
        (
            s
            for w, s in _SCHEME_NAMES.items()
            if words.startswith(w + " ") or words.endswith(" " + w)
        ),
        "",
    ):
        if _fits(SCHEMES[scheme].pattern, values) or scheme == "wikidata":
            return _Column(name, "identifier", values, scheme)
        return _Column(name, "codes", values)
    if _fits(r"https?://\S+", values):
        wikidata = _fits(r"https?://(www\.)?wikidata\.org/\S+/Q\d+", values)
        return _Column(
            name, "identifier" if wikidata else "url", values, "wikidata" if wikidata else ""
        )
    if _fits(r"Q[1-9]\d{1,9}", values):
        return _Column(name, "identifier", values, "wikidata")
    if _is_date(values) or (each & {"date", "year"} and _fits(r"[\d./ -]{4,10}", values)):
        side = "to" if each & _WORDS["to"] else "from" if each & _WORDS["from"] else "date"
        return _Column(name, side, values, _format(values))
    for role in ("page", "note", "confidence", "modality", "url"):
        if each & _WORDS[role]:
            return _Column(name, role, values)
    if each & _WORDS["key"] and len(set(values)) == len(values) > 0:
        return _Column(name, "key", values)
    if _fits(_NUMBER.pattern, values) and not _fits(r"\d{1,4}", values):
        return _Column(name, "number", values)
    if _fits(_CODE.pattern, values):
        number = _fits(r"\d+", values) and not each & {"code", "codes"}
        return _Column(name, "number" if number else "codes", values)
    if each & _WORDS["relation"]:
        return _Column(name, "relation", values)
    if each & _WORDS["source"]:
        return _Column(name, "source", values)
    long = sum(len(v) for v in values) > 60 * max(len(values), 1)
    return _Column(name, "text" if long or not values else "entity", values)


def _fits(pattern: str, values: Sequence[str]) -> bool:
    return bool(values) and all(re.fullmatch(pattern, value) for value in values)


def _is_date(values: Sequence[str]) -> bool:
    years = all(len(v) == 4 and "1500" <= v <= "2100" for v in values if v.isdecimal())
    iso = bool(values) and years and all(dates.period(v.split("T")[0]) for v in values)
    return iso or bool(_format(values))


def _format(values: Sequence[str]) -> str:
    """Return the form in which days are written, when only one can be meant."""
    if not _fits(r"\d{1,2}([./-])\d{1,2}\1\d{4}", values):
        return "%Y%m%d" if _fits(r"(19|20)\d\d(0[1-9]|1[0-2])[0-3]\d", values) else ""
    mark = re.sub(r"\d", "", values[0])[0]
    parts = [[int(part) for part in value.split(mark)] for value in values]
    if any(first > 12 for first, _, _ in parts) or mark == ".":
        return f"%d{mark}%m{mark}%Y"
    if any(second > 12 for _, second, _ in parts):
        return f"%m{mark}%d{mark}%Y"
    return "?"


# ---------------------------------------------------------------- writing it


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _column(name: str, more: str = "") -> str:
    return f"{{column: {_quoted(name)}{more}}}"


def _written(sheet: Sheet, columns: Sequence[_Column]) -> list[str]:
    of: dict[str, list[_Column]] = {}
    for column in columns:
        of.setdefault(column.role, []).append(column)
    entities = sorted(of.get("entity", []), key=lambda c: not _says_subject(c.name))
    out = [
        f"# A mapping of {sheet.path.name} for kg import table: every key is in docs/reference/table-mapping.md.",
        "# What is marked 'decide' only you can know; the rest works as it stands.",
        "dataset:",
        f"  name: {slug(sheet.path.stem).replace('.', '-') or 'table'}",
        f"  title: {_quoted(sheet.path.stem)}",
        "  # decide: publisher, edition (a date or version), licence",
    ]
    if sheet.name:
        out.append(
            f"sheet: {_quoted(sheet.name)}"
            + (f"  # it also has {', '.join(sheet.others)}" if sheet.others else "")
        )
    if key := of.get("key"):
        out.append(f"key: [{_quoted(key[0].name)}]")
    else:
        out.append("# decide: key: [COLUMN], what names a row for good; else it is its number")
    if not entities:
        out += [
            "# decide: which column names what the rows are about? None seems to.",
            "entities:",
            f"  thing: {_column(columns[0].name)}" if columns else "  thing: {column: NAME}",
        ]
        return [*out, *_undecided(of, used=set())]
    names = _named(entities)
    out.append("entities:")
    codes = _owners(of.get("identifier", []), entities)
    for column in entities:
        out += [
            f"  {names[column.name]}:",
            f"    column: {_quoted(column.name)}",
            f"    class: {_class(column.name)}",
        ]
        if mine := codes.get(column.name):
            out.append("    identifiers:")
            out += [f"      - {_column(c.name, f', scheme: {c.detail}')}" for c in mine]
    out += _claims(of, entities, names)
    return [*out, *_undecided(of, used={c.name for found in codes.values() for c in found})]


def _says_subject(name: str) -> bool:
    words = fold(name)
    return words in _SUBJECTS or bool(set(words.split()) & _SUBJECTS)


def _named(entities: Sequence[_Column]) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in entities:
        base = slug(column.name).replace(".", "-") or "thing"
        name, count = base, 2
        while name in names.values():
            name, count = f"{base}-{count}", count + 1
        names[column.name] = name
    return names


def _class(name: str) -> str:
    words = set(fold(name).split())
    return next((kind for known, kind in _CLASSES if words & known), "kg:Actor")


def _owners(
    identifiers: Sequence[_Column], entities: Sequence[_Column]
) -> dict[str, list[_Column]]:
    """Return the identifiers of each entity column: those that share a word with it, else the first's."""
    found: dict[str, list[_Column]] = {}
    for column in identifiers:
        words = set(fold(column.name).split())
        owner = next((e for e in entities if words & set(fold(e.name).split())), entities[0])
        found.setdefault(owner.name, []).append(column)
    return found


def _claims(
    of: Mapping[str, list[_Column]], entities: Sequence[_Column], names: Mapping[str, str]
) -> list[str]:
    if len(entities) < 2:
        return [
            "# decide: claims; the table names one kind of thing, and nothing it does to another"
        ]
    out = [
        "claims:",
        f"  - subject: {names[entities[0].name]}",
        *_predicate(of.get("relation", [])),
        f"    object: {names[entities[1].name]}",
    ]
    for role, key in (("from", "valid_from"), ("to", "valid_to"), ("date", "date")):
        if (column := next(iter(of.get(role, [])), None)) is None:
            continue
        if key == "date" and ("from" in of or "to" in of):
            continue
        if column.detail == "?":
            out.append(
                f'    # decide: {key}: {_column(column.name, ", format: ...")}, "%d/%m/%Y" or "%m/%d/%Y"?'
            )
        else:
            more = f", format: {_quoted(column.detail)}" if column.detail else ""
            out.append(f"    {key}: {_column(column.name, more)}")
    if (column := next(iter(of.get("confidence", [])), None)) is not None:
        scale = all(v.isdecimal() and int(v) <= 100 for v in column.values)
        text = f"confidence: {_column(column.name)}"
        out.append(f"    {text}" if scale else f"    # decide: {text} wants 0 to 100: give values")
    if (column := next(iter(of.get("modality", [])), None)) is not None:
        fit = set(column.values) <= {*Modality}
        text = f"modality: {_column(column.name)}"
        out.append(
            f"    {text}"
            if fit
            else f"    # decide: {text}, values: {{WORD: {'|'.join(Modality)}}}"
        )
    cited = [
        f"{key}: {_column(of[role][0].name)}"
        for role, key in (("source", "title"), ("url", "url"), ("page", "page"))
        if of.get(role)
    ]
    if cited:
        out.append(f"    source: {{{', '.join(cited)}}}")
    if note := of.get("note"):
        out.append(f"    note: {_column(note[0].name)}")
    return out


def _predicate(relations: Sequence[_Column]) -> list[str]:
    if not relations:
        return [
            "    predicate: dcterms:relation  # decide: which relation? as kg:suppliesArmsTo;"
            " kg search finds them"
        ]
    column = relations[0]
    known = _relations()
    out = [f"    predicate:\n      column: {_quoted(column.name)}\n      values:"]
    for value in sorted(set(column.values)):
        curie = known.get(fold(value), "")
        mark = "" if curie else "  # decide: which relation?"
        out.append(f"        {_quoted(value)}: {curie or 'dcterms:relation'}{mark}")
    return out


def _relations() -> dict[str, str]:
    """Return the ontology's object properties by their folded label and by their name."""
    kinds, labels = set(), {}
    for quad in turtle.parse_file(files.ontology_path()):
        if quad.predicate.value == RDF + "type" and quad.object.value == OWL + "ObjectProperty":  # type: ignore[union-attr]
            kinds.add(quad.subject.value)  # type: ignore[union-attr]
        elif quad.predicate.value == RDFS + "label":
            labels[quad.subject.value] = quad.object.value  # type: ignore[union-attr]
    found: dict[str, str] = {}
    for iri in sorted(kinds):
        local = re.split(r"[/#]", iri)[-1]
        for name in (labels.get(iri, ""), re.sub(r"([A-Z])", r" \1", local), local):
            if name:
                found.setdefault(fold(name), compress(iri))
    return found


def _undecided(of: Mapping[str, list[_Column]], used: set[str]) -> list[str]:
    out = []
    for column in of.get("codes", []):
        example = ", ".join(sorted(set(column.values))[:3])
        out.append(
            f"# decide: {_quoted(column.name)} looks like codes ({example}): whose? Then under its entity"
            f" identifiers: [{_column(column.name, ', scheme: ...')}]; schemes: iso3166-1-alpha3,"
            " cow-number, fips10-4, ..."
        )
    for column in of.get("identifier", []):
        if column.name not in used:
            out.append(
                f"# decide: {_quoted(column.name)} holds {column.detail} identifiers: of what?"
            )
    for role in ("number", "text"):
        for column in of.get(role, []):
            if column.values:
                out.append(
                    f"# decide: {_quoted(column.name)} is left out; as a claim: {{subject: ...,"
                    f" predicate: ..., literal: {_column(column.name)}}}"
                )
    return out
