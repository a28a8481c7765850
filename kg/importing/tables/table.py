"""The analyst's spreadsheet: rows of CSV, TSV, XLSX or Parquet as claims, by a mapping.

The mapping says which columns name entities, in whose codes, and which claims a row
makes; ``kg.importing.mapping`` reads it. What a cell has and the mapping cannot take is
a counted skip with file, sheet, row and column, never a guess.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import dates
from kg.claims import Kind, Modality, Polarity
from kg.dates import Period
from kg.errors import RefusedError, UsageError
from kg.importing.lines import iri_text
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink, node
from kg.importing.tables.mapping import ClaimRule, Entity, Field, Table, TableMapping, read_mapping
from kg.importing.tables.sheets import Row, Sheet, open_sheet
from kg.vocab import DCTERMS, ID, KG, SCHEMA, XSD, Vocabulary, compress, expand

_OPTIONS = {
    "mapping": "the YAML file that says what the columns mean (also --mapping FILE)",
    "encoding": "the encoding of text files, utf-8 unless given",
}
_FORMS = {
    XSD + "integer": re.compile(r"[+-]?\d+"),
    XSD + "decimal": re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"),
    XSD + "double": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"),
    XSD + "boolean": re.compile(r"true|false|0|1"),
    XSD + "date": re.compile(r"\d{4}-\d\d-\d\d"),
    XSD + "anyURI": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|^`\\]+"),
}
_URL = _FORMS[XSD + "anyURI"]
_TWO_WAYS = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d|\d{4})")
_EXCEL = datetime.date(1899, 12, 30)


class _UnfitError(Exception):
    """A cell that the mapping cannot take: why, and in which column."""

    def __init__(self, reason: str, column: str, value: str) -> None:
        super().__init__(reason)
        self.reason = f"column {column}: {reason}" if column else reason
        self.place = f" column {column}: {value[:40]!r}" if column else ""


def _dataset(paths: Sequence[Path]) -> DataSet:
    name = slug(paths[0].stem).replace(".", "-") or "table"
    return DataSet(
        name=name, title=paths[0].stem, publisher=f"{ID}actor/{name}-table", publisher_name=name
    )


def _described(paths: Sequence[Path], options: Mapping[str, str]) -> DataSet:
    """Return whose data it is as the mapping says, for what it does not say by the file's name."""
    said = _mapping(options).dataset
    name = said.get("name") or _dataset(paths).name
    publisher = said.get("publisher") or name
    covered = said.get("covered_to", "")
    if covered and dates.day(covered) is None:
        raise UsageError(f"dataset.covered_to: {covered!r} is no day", hint="write YYYY-MM-DD")
    return DataSet(
        name=name,
        title=said.get("title") or paths[0].stem,
        publisher=f"{ID}actor/{slug(publisher).replace('.', '-') or name}",
        publisher_name=publisher,
        edition=said.get("edition", ""),
        licence=said.get("licence", ""),
        url=said.get("url", ""),
        covered_to=covered,
    )


def _mapping(options: Mapping[str, str]) -> TableMapping:
    if not options.get("mapping"):
        raise UsageError(
            "a table needs a mapping: which columns mean what",
            hint="kg import table --init FILE > map.yaml; then --mapping map.yaml",
        )
    return read_mapping(Path(options["mapping"]))


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    mapping = _mapping(options)
    encoding = options.get("encoding", mapping.encoding)
    named = {table.sheet for table in mapping.tables}
    for path in paths:
        for place, table in enumerate(mapping.tables):
            sheet = open_sheet(
                path, sheet=table.sheet, header=table.header, encoding=encoding, note=sink.note
            )
            table.check(sheet.columns, path)
            for other in sheet.others if not place else ():
                if other not in named:
                    sink.note("a sheet that the mapping does not name", f"{path.name} {other}")
            _Rows(table, sheet, sink).read()


class _Rows:
    """Turns the rows of one sheet into entities and claims."""

    def __init__(self, table: Table, sheet: Sheet, sink: Sink) -> None:
        self._table, self._sheet, self._sink = table, sheet, sink
        self._labels: dict[tuple[str, str], str] = {}
        self._said: set[tuple[str, ...]] = set()
        for rule in table.claims:
            _check_terms(rule, sink.vocabulary)

    def read(self) -> None:
        for number, cells in self._sheet.rows:
            self._sink.read()
            missing = self._table.missing
            row = {c: "" if text in missing else text for c, text in cells.items()}
            self._row(number, row)

    def _row(self, number: int, row: Row) -> None:
        where = self._sheet.where(number)
        key = [row[column] for column in self._table.key]
        if self._table.key and not any(key):
            self._sink.skip("a row without its key", where)
            return
        record = "|".join(key) if key else where
        found: dict[str, str] = {}
        for entity in self._table.entities.values():
            try:
                found[entity.name] = self._entity(entity, row, record)
            except _UnfitError as unfit:
                self._sink.skip(unfit.reason, where + unfit.place)
        for place, rule in enumerate(self._table.claims):
            try:
                self._claim(rule, row, found, record, number, str(place))
            except _UnfitError as unfit:
                self._sink.skip(unfit.reason, where + unfit.place)

    # ------------------------------------------------------------ entities

    def _entity(self, entity: Entity, row: Row, record: str) -> str:
        """Return the node that a row names, described; empty where it names none."""
        value = row[entity.column or entity.iri]
        if not value:
            return ""
        if entity.iri:
            iri = expand(value) or ""
            try:
                iri_text(iri)
            except RefusedError:
                raise _UnfitError(
                    "a cell that is no id, as actor:dprk is", entity.iri, value
                ) from None
        else:
            # One text in columns of one class is one thing: the mapping says so.
            kind = re.split(r"[/#]", entity.kind)[-1]
            iri = node("row", f"{self._sink.dataset.name}.{kind}.{value}")
        label = _value(entity.label, row) if entity.label else "" if entity.iri else value
        aliases = [name for field in entity.aliases if (name := _value(field, row))]
        definition = _value(entity.definition, row) if entity.definition else ""
        codes = [(i, row[i.column]) for i in entity.identifiers if row[i.column]]
        said = (iri, label, definition, *aliases, *(code for _, code in codes))
        self._labels[entity.name, iri] = label
        if said in self._said:
            return iri
        self._said.add(said)
        self._sink.entity(
            iri,
            *(() if entity.iri else (entity.kind,)),
            label=label,
            language=entity.language,
            aliases=[(name, entity.language) for name in aliases],
            definition=definition,
        )
        for identifier, code in codes:
            self._sink.identifier(
                # The thing's own record: the code stands in every row that names it.
                f"{identifier.column} of {value}",
                iri,
                identifier.scheme,
                code,
                method=f"column {identifier.column}",
            )
        return iri

    # ------------------------------------------------------------ claims

    def _claim(
        self,
        rule: ClaimRule,
        row: Row,
        found: Mapping[str, str],
        record: str,
        number: int,
        discriminator: str,
    ) -> None:
        subject = self._end(rule.subject, found)
        value: str | Literal
        if rule.literal is None:
            value = self._end(rule.object, found)
            shown = self._called(rule.object, value)
        else:
            shown = _value(rule.literal, row)
            if not shown:
                raise _UnfitError(f"a row without a value for {rule.literal.column}", "", "")
            value = _literal(rule, shown)
        predicate = expand(_value(rule.predicate, row)) or ""
        if not predicate:
            raise _UnfitError("a row without a predicate", rule.predicate.column, "")
        said = {name: _value(f, row) for name, f in rule.fields.items() if name not in _DAYS}
        first, last, precision = _span(rule, row)
        modality = Modality(said.get("modality") or Modality.REPORTED)
        polarity = Polarity(said.get("polarity") or Polarity.AFFIRMATIVE)
        confidence = said.get("confidence", "")
        if confidence and not (confidence.isdecimal() and int(confidence) <= 100):
            raise _UnfitError(
                "a confidence that is not 0 to 100", rule.fields["confidence"].column, confidence
            )
        names = {name: self._called(name, iri) for name, iri in found.items()}
        template = rule.fields.get("statement")
        statement = (
            re.sub(r"{([^{}]+)}", lambda m: names.get(m[1], row.get(m[1], "")), template.constant)
            if template and template.constant
            else said.get("statement")
            or _sentence(
                f"{self._called(rule.subject, subject)} "
                f"{self._sink.vocabulary.label(predicate)} {shown}.",
                modality,
                polarity,
            )
        )
        source, page = self._source(rule, row)
        holder = rule.fields.get("held_by")
        held_by = found.get(holder.constant, "") if holder else ""
        self._sink.claim(
            record,
            subject,
            predicate,
            value,
            statement,
            kind=Kind(said.get("kind") or Kind.FACT),
            modality=modality,
            polarity=polarity,
            hedges=tuple(filter(None, (said.get("hedges", ""),))),
            original_holders=(held_by,) if held_by else (),
            cited_sources=(source,) if source else (),
            confidence=int(confidence) if confidence else None,
            valid_from=first,
            valid_to=last,
            valid_precision=precision,
            covered_to=_end_of(rule.fields.get("covered_to"), row),
            note=said.get("note", ""),
            locator=self._sheet.where(number) + (f"; cites p. {page}" if page else ""),
            discriminator=discriminator,
        )

    def _end(self, name: str, found: Mapping[str, str]) -> str:
        if name not in found:
            raise _UnfitError(f"a row whose {name} cannot be taken", "", "")
        if not found[name]:
            raise _UnfitError(f"a row without {name}", "", "")
        return found[name]

    def _called(self, name: str, iri: str) -> str:
        return self._labels.get((name, iri), "") or compress(iri)

    def _source(self, rule: ClaimRule, row: Row) -> tuple[str, str]:
        """Return the source that a row cites, described, and the page; empty where it cites none."""
        said = {name: _value(field, row) for name, field in rule.source.items()}
        title, url, issued = said.get("title", ""), said.get("url", ""), said.get("issued", "")
        if url and not _URL.fullmatch(url):
            raise _UnfitError("an address of a source that is none", rule.source["url"].column, url)
        if not (title or url):
            return "", said.get("page", "")
        iri = node("row", f"{self._sink.dataset.name}.source.{url or title}")
        if (iri, title, issued) not in self._said:
            self._said.add((iri, title, issued))
            extra: list[tuple[str, str | Literal]] = [(DCTERMS + "title", Literal(title or url))]
            if url:
                extra.append((SCHEMA + "url", Literal(url, datatype=NamedNode(XSD + "anyURI"))))
            if issued and (day := _period(issued, rule.source["issued"])):
                extra.append(
                    (DCTERMS + "issued", Literal(day[0].first, datatype=NamedNode(XSD + "date")))
                )
            extra.append((KG + "reliability", KG + "F"))
            self._sink.entity(iri, KG + "SourceDocument", label=title or url, extra=extra)
        return iri, said.get("page", "")


def _check_terms(rule: ClaimRule, vocabulary: Vocabulary) -> None:
    """Raise UsageError for a predicate of ours that the ontology has not."""
    for curie in (rule.predicate.values or {"": rule.predicate.constant}).values():
        iri = expand(curie) or ""
        if iri.startswith(KG) and iri not in vocabulary.terms:
            import difflib

            near = difflib.get_close_matches(curie, map(compress, vocabulary.terms), n=1)
            raise UsageError(
                f"{rule.predicate.place}: the ontology has no {curie}",
                hint=f"did you mean {near[0]}?" if near else "kg query terms lists them",
            )


# ---------------------------------------------------------------- values

_DAYS = ("date", "valid_from", "valid_to", "covered_to")


def _value(field: Field, row: Row) -> str:
    """Return what a field says in a row: its constant, or the cell by its list of values."""
    if not field.column:
        return field.constant
    text = row[field.column]
    if not text:
        return field.default
    if field.values is not None:
        if text not in field.values:
            raise _UnfitError("a value that the mapping has not", field.column, text)
        return field.values[text]
    return text


def _literal(rule: ClaimRule, text: str) -> Literal:
    text = text.encode("utf-8", "replace").decode()
    if not rule.datatype:
        return Literal(text, language=rule.language or None)
    form = _FORMS.get(rule.datatype)
    if form and not form.fullmatch(text):
        column = rule.literal.column if rule.literal else ""
        raise _UnfitError(f"a value that is no {compress(rule.datatype)}", column, text)
    return Literal(text, datatype=NamedNode(rule.datatype))


def _period(text: str, field: Field) -> tuple[Period, str]:
    """Return the days that a cell may stand for and its precision; _UnfitError when it is no date."""
    if field.format == "excel":
        if not re.fullmatch(r"\d{1,6}(\.\d+)?", text):
            raise _UnfitError("no day number of a spreadsheet", field.column, text)
        text = (_EXCEL + datetime.timedelta(days=int(float(text)))).isoformat()
    elif field.format:
        try:
            day = datetime.datetime.strptime(text, field.format).date().isoformat()
        except ValueError:
            raise _UnfitError(
                f"a date that is not like {field.format}", field.column, text
            ) from None
        exact = re.search(r"%[djexDcF]", field.format), re.search(r"%[mbB]", field.format)
        text = day if exact[0] else day[:7] if exact[1] else day[:4]
    text = re.split(r"[T ]", text)[0] if re.match(r"\d{4}-\d\d-\d\d[T ]", text) else text
    found = dates.period(text)
    if found is None:
        raise _UnfitError(
            "a date that could be read two ways: give its format"
            if _TWO_WAYS.fullmatch(text)
            else "a date in no form that is known: give its format",
            field.column,
            text,
        )
    return found, {4: "year", 7: "month"}.get(len(text), "day")


def _span(rule: ClaimRule, row: Row) -> tuple[str, str, str]:
    """Return the first and last day that a claim is valid on, and how exact they are."""
    first = last = ""
    exact = []
    for name in ("date", "valid_from", "valid_to"):
        field = rule.fields.get(name)
        text = _value(field, row) if field else ""
        if not field or not text:
            continue
        period, precision = _period(text, field)
        exact.append(precision)
        first = period.first if name != "valid_to" else first
        last = period.last if name != "valid_from" else last
    if first and last and first > last:
        raise _UnfitError(f"it ends before it begins: {last} before {first}", "", "")
    return first, last, next((p for p in ("year", "month", "day") if p in exact), "")


def _end_of(field: Field | None, row: Row) -> str:
    text = _value(field, row) if field else ""
    return _period(text, field)[0].last if field and text else ""


def _sentence(plain: str, modality: Modality, polarity: Polarity) -> str:
    """Return a statement that does not put flatly what the table does not."""
    words = []
    if modality not in (Modality.ASSERTED, Modality.REPORTED):
        words.append(str(modality))
    if polarity is Polarity.NEGATED:
        words.append("denied")
    return f"{', '.join(words).capitalize()}: {plain}" if words else plain


IMPORTERS = {
    "table": Importer(
        name="table",
        description="a spreadsheet with a mapping of its columns (--init FILE proposes one)",
        reads="CSV, TSV, XLSX, Parquet",
        loses="columns that the mapping does not name; formulas, formats and comments of cells",
        dataset=_dataset,
        read=_read,
        options=_OPTIONS,
        described=_described,
        example="notes.xlsx --mapping map.yaml",
    )
}
