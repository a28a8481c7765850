"""A mapping: which columns of a table name entities, and which claims its rows make.

A YAML file; ``docs/reference/table-mapping.md`` has every key. All of it is text as it is
written: the code "010" stays what it is. What a mapping has and the table or the
program has not is a usage error that names the place in the mapping.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.claims import Kind, Modality, Polarity
from kg.errors import MissingError, RefusedError, UnreadableError, UsageError
from kg.identity import SCHEMES
from kg.importing.lines import is_language
from kg.vocab import expand

#: What counts as no value in any table; a mapping can add to it.
MISSING = (
    "", "NA", "N/A", "n/a", "n.a.", "NULL", "null", "None", "NaN", "nan",
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
)  # fmt: skip
_MAX_BYTES = 1_000_000
_DATASET = ("name", "title", "publisher", "edition", "licence", "url", "covered_to")
_TABLE = ("header", "key", "missing", "entities", "claims")
_ENTITY = ("column", "iri", "class", "label", "language", "aliases", "definition", "identifiers")
_CLAIM = (
    "subject", "predicate", "object", "literal", "date", "valid_from", "valid_to", "covered_to",
    "modality", "kind", "polarity", "confidence", "hedges", "held_by", "statement", "source",
    "note",
)  # fmt: skip
_SOURCE = ("title", "url", "page", "issued")
_FIELD = ("column", "values", "default", "format")


@dataclass(frozen=True, slots=True)
class Field:
    """A value of each row: a constant, or what stands in a column.

    ``values`` says what the texts of the column stand for; ``default`` what an empty cell
    does; ``format`` how days are written there.
    """

    place: str
    constant: str = ""
    column: str = ""
    values: Mapping[str, str] | None = None
    default: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column with identifiers, and whose they are."""

    column: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that each row names."""

    name: str
    column: str
    iri: str
    kind: str
    label: Field | None
    language: str
    aliases: Sequence[Field]
    definition: Field | None
    identifiers: Sequence[Identifier]


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """A claim that each row makes."""

    place: str
    subject: str
    predicate: Field
    object: str
    literal: Field | None
    datatype: str
    language: str
    fields: Mapping[str, Field]
    source: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Table:
    """What one sheet says."""

    sheet: str
    header: int
    key: Sequence[str]
    missing: frozenset[str]
    entities: Mapping[str, Entity]
    claims: Sequence[ClaimRule]

    def columns(self) -> list[tuple[str, str]]:
        """Return every column that is named, with its place in the mapping."""
        found = [(column, "key") for column in self.key]
        for entity in self.entities.values():
            at = f"entities.{entity.name}"
            found += [(entity.column or entity.iri, at)]
            found += [(i.column, f"{at}.identifiers") for i in entity.identifiers]
            found += [
                (f.column, f.place) for f in (entity.label, entity.definition, *entity.aliases) if f
            ]
        for rule in self.claims:
            every = [rule.predicate, *rule.fields.values(), *rule.source.values()]
            found += [(f.column, f.place) for f in (*every, rule.literal) if f]
            if statement := rule.fields.get("statement"):
                names = set(re.findall(r"{([^{}]+)}", statement.constant)) - self.entities.keys()
                found += [(name, statement.place) for name in sorted(names)]
        return [(column, place) for column, place in found if column]

    def check(self, columns: Sequence[str], path: Path) -> None:
        """Raise UsageError for a column that the file has not, naming the nearest it has."""
        for column, place in self.columns():
            if column not in columns:
                near = difflib.get_close_matches(column, columns, n=1, cutoff=0.5)
                raise UsageError(
                    f"{place}: {path.name} has no column {column!r}",
                    hint=(f"did you mean {near[0]!r}? " if near else "")
                    + "its columns are "
                    + ", ".join(columns[:30]),
                )


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping: whose data, in what encoding, and what each sheet says."""

    dataset: Mapping[str, str]
    encoding: str
    tables: Sequence[Table]


def read_mapping(path: Path) -> TableMapping:
    """Return the mapping of a file; UsageError for what it cannot mean, with its place in it.

    Raises MissingError, UnreadableError and RefusedError for a file that is none.
    """
    found = _Node(_yaml(path), path.name)
    found.only((*_TABLE, "dataset", "encoding", "sheet", "sheets"))
    dataset = found.child("dataset")
    dataset.only(_DATASET)
    sheets = found.child("sheets")
    if sheets.value:
        found.only(("dataset", "encoding", "sheets"))
        tables = [_table(sheets.child(name), name) for name in sheets.mapping()]
    else:
        tables = [_table(found, found.text("sheet"))]
    return TableMapping(
        {key: dataset.text(key) for key in dataset.mapping()}, found.text("encoding"), tables
    )


def _yaml(path: Path) -> Any:
    import yaml

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RefusedError("is too large for a mapping", path=path, hint="is it the table?")
        # Texts only: 010 is no number, and "no" no answer.
        return yaml.load(path.read_bytes(), yaml.BaseLoader)  # noqa: S506
    except FileNotFoundError:
        raise MissingError("no such file", path=path, hint="kg import table --init FILE") from None
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror or error}", path=path, hint="is it a file?"
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise UnreadableError(
            f"broken YAML: {error.problem or error.context or 'it ends too soon'}",
            path=path,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="put texts with : or # into quotation marks",
        ) from error
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, ValueError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else "it is no text"
        raise UnreadableError(f"broken YAML: {reason}", path=path, hint="mend it") from error


class _Node:
    """A part of a mapping with its place, for errors that name it."""

    def __init__(self, value: Any, place: str) -> None:
        self.value = value
        self.place = place

    def wrong(self, what: str, hint: str = "docs/reference/table-mapping.md") -> UsageError:
        return UsageError(f"{self.place}: {what}", hint=hint)

    def mapping(self) -> Mapping[str, Any]:
        if self.value in (None, ""):
            return {}
        if not isinstance(self.value, dict) or not all(isinstance(k, str) for k in self.value):
            raise self.wrong("should be keys with values")
        return self.value

    def only(self, known: Iterable[str]) -> None:
        for key in self.mapping():
            if key not in known:
                near = difflib.get_close_matches(key, [*known], n=1)
                raise self.wrong(
                    f"has no {key!r}",
                    f"did you mean {near[0]}?" if near else "it has " + ", ".join(known),
                )

    def child(self, key: str) -> _Node:
        return _Node(
            self.mapping().get(key),
            f"{self.place}: {key}" if ": " not in self.place else f"{self.place}.{key}",
        )

    def items(self) -> list[_Node]:
        if self.value in (None, ""):
            return []
        several = self.value if isinstance(self.value, list) else [self.value]
        return [_Node(value, f"{self.place}[{n}]") for n, value in enumerate(several, 1)]

    def text(self, key: str = "", default: str = "") -> str:
        part = self.child(key) if key else self
        if part.value is None:
            return default
        if not isinstance(part.value, str):
            raise part.wrong("should be a text")
        return part.value.strip()

    def field(self) -> Field:
        """Return a constant, or ``{column: ...}``."""
        if isinstance(self.value, str):
            return Field(self.place, constant=self.value.strip())
        self.only(_FIELD)
        if not self.text("column"):
            raise self.wrong("names no column", "write {column: NAME}, or a text")
        values = self.child("values")
        kept = {key: values.text(key) for key in values.mapping()} or None
        return Field(
            self.place,
            column=self.text("column"),
            values=kept,
            default=self.text("default"),
            format=self.text("format"),
        )


def _table(node: _Node, sheet: str) -> Table:
    node.only((*_TABLE, "dataset", "encoding", "sheet"))
    header = node.text("header", "1")
    if not header.isdecimal() or not 1 <= int(header) <= 10_000:
        raise node.child("header").wrong("is the number of a row")
    entities = {
        name: _entity(node.child("entities").child(name), name)
        for name in node.child("entities").mapping()
    }
    claims = [_claim(item, entities) for item in node.child("claims").items()]
    if not entities:
        raise node.wrong("has no entities", "entities: {actor: {column: NAME, class: kg:Actor}}")
    return Table(
        sheet=sheet,
        header=int(header),
        key=[item.text() for item in node.child("key").items()],
        missing=frozenset((*MISSING, *(item.text() for item in node.child("missing").items()))),
        entities=entities,
        claims=claims,
    )


def _term(node: _Node, curie: str) -> str:
    iri = expand(curie)
    if iri is None:
        raise node.wrong(f"{curie!r} is no term", "a CURIE as kg:State, or <IRI>")
    return iri


def _entity(node: _Node, name: str) -> Entity:
    if isinstance(node.value, str):
        node = _Node({"column": node.value}, node.place)
    node.only(_ENTITY)
    if bool(node.text("column")) == bool(node.text("iri")):
        raise node.wrong("wants one of column (its cells name the thing) and iri (they are ids)")
    identifiers = []
    for item in node.child("identifiers").items():
        if isinstance(item.value, str):
            raise item.wrong(
                f"{item.value!r} is a bare code: whose is it?",
                "write {column: "
                + item.value
                + ", scheme: iso3166-1-alpha3}; schemes: "
                + ", ".join(SCHEMES),
            )
        item.only(("column", "scheme"))
        scheme = item.text("scheme")
        if scheme not in SCHEMES:
            near = difflib.get_close_matches(scheme, SCHEMES, n=1)
            raise item.wrong(
                f"{scheme!r} is no scheme of identifiers" if scheme else "names no scheme",
                (f"did you mean {near[0]}? " if near else "") + "one of " + ", ".join(SCHEMES),
            )
        identifiers.append(Identifier(item.text("column"), scheme))
    return Entity(
        name=name,
        column=node.text("column"),
        iri=node.text("iri"),
        kind=_term(node.child("class"), node.text("class", "kg:Actor")),
        label=node.child("label").field() if node.child("label").value else None,
        language=_language(node),
        aliases=[item.field() for item in node.child("aliases").items()],
        definition=node.child("definition").field() if node.child("definition").value else None,
        identifiers=identifiers,
    )


def _language(node: _Node) -> str:
    tag = node.text("language")
    if tag and not is_language(tag):
        raise node.child("language").wrong(f"{tag!r} is no language tag", "for example en or ko")
    return tag


_CLOSED: Mapping[str, Sequence[str]] = {
    "modality": [*Modality],
    "kind": [*Kind],
    "polarity": [*Polarity],
}


def _claim(node: _Node, entities: Mapping[str, Entity]) -> ClaimRule:
    node.only(_CLAIM)
    for role in ("subject", "object", "held_by"):
        name = node.text(role)
        if name not in entities and (name or role == "subject"):
            near = difflib.get_close_matches(name, entities, n=1)
            raise node.child(role).wrong(
                f"{name!r} is none of the entities" if name else "is missing",
                f"did you mean {near[0]}?" if near else "one of " + ", ".join(entities),
            )
    literal = node.child("literal")
    if bool(node.text("object")) == bool(literal.value):
        raise node.wrong("wants one of object (an entity) and literal (a column)")
    datatype = language = ""
    if isinstance(literal.value, dict):
        datatype, language = literal.text("datatype"), _language(literal)
        kept = {k: v for k, v in literal.value.items() if k not in ("datatype", "language")}
        literal = _Node(kept, literal.place)
    predicate = node.child("predicate")
    if not predicate.value:
        raise predicate.wrong("is missing", "a CURIE as kg:suppliesArmsTo, or {column:, values:}")
    rule = predicate.field()
    for curie in (rule.values or {"": rule.constant}).values():
        if curie or not rule.column:
            _term(predicate, curie)
    fields = {
        key: node.child(key).field()
        for key in _CLAIM
        if key in node.mapping()
        and key not in ("subject", "predicate", "object", "literal", "source")
    }
    for key, known in _CLOSED.items():
        if field := fields.get(key):
            given = [*(field.values or {}).values(), field.constant, field.default]
            for value in filter(None, given):
                if value not in known:
                    raise node.child(key).wrong(f"{value!r} is none", "one of " + ", ".join(known))
    source = node.child("source")
    source.only(_SOURCE)
    return ClaimRule(
        place=node.place,
        subject=node.text("subject"),
        predicate=rule,
        object=node.text("object"),
        literal=literal.field() if literal.value else None,
        datatype=_term(literal, datatype) if datatype else "",
        language=language,
        fields=fields,
        source={key: source.child(key).field() for key in source.mapping()},
    )
