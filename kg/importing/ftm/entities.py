"""FollowTheMoney entities: JSON lines, statements, and deltas over an edition.

A schema that relates two things (ownership, directorship, family) becomes one claim with
its dates, shares and role, never a node; a sanction becomes a designation. The source
datasets that an entity or a statement names are cited by each of its claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from kg.claims import Kind
from kg.dates import period
from kg.errors import RefusedError
from kg.importing.ftm import records
from kg.importing.ftm.records import Record
from kg.importing.ftm.schema import (
    CLASSES,
    COUNTRIES,
    ENTITIES,
    ENTITIES_OR_TEXTS,
    FTM,
    IDENTIFIERS,
    NAMES,
    OTHER_SCHEMATA,
    RELATIONS,
    TEXTS,
    Relation,
)
from kg.importing.places import Places
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sanctions.parties import imo_is_valid
from kg.importing.sink import Sink, node
from kg.vocab import DCTERMS, ID, KG, PROV, XSD

_DATE = NamedNode(XSD + "date")
_PRECISION = {4: "year", 7: "month", 10: "day"}
# Of a sanction: what its claim says besides its parties, programme and dates.
_SANCTION = {
    "provisions": "measureImposed",
    "status": "recordStatus",
    "authorityId": "referenceNumber",
    "recordId": "referenceNumber",
}
_SANCTION_OWN = frozenset(("entity", "programId", "authority", "country", "unscId", "reason"))


def _dataset(paths: Sequence[Path]) -> DataSet:
    last, opensanctions = records.survey(paths)
    if opensanctions:
        return DataSet(
            name="ftm",
            title="OpenSanctions entities (FollowTheMoney)",
            publisher=ID + "actor/opensanctions",
            publisher_name="OpenSanctions",
            edition=last,
            licence="CC BY-NC 4.0",
            url="https://www.opensanctions.org/",
        )
    return DataSet(
        name="ftm",
        title="FollowTheMoney entities",
        publisher=ID + "actor/unnamed-ftm-publisher",
        publisher_name="publisher of a FollowTheMoney file, not named in it",
        edition=last,
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    index = records.survey_entities(paths, sink)
    if index.deltas and not index.bases:
        from kg.importing.ftm.delta import keep_untouched

        keep_untouched(sink, index)
    writer = _Writer(sink, index.captions)
    for record in records.current(paths, index):
        writer.write(record)
    writer.finish()
    if not index.captions and not index.deleted:
        raise RefusedError(
            "holds no FollowTheMoney entity",
            path=paths[0],
            hint="one JSON object a line, with id, schema and properties",
        )


class _Writer:
    """Writes records as claims; knows the names of all, to say who is meant."""

    def __init__(self, sink: Sink, captions: Mapping[str, str]) -> None:
        self._sink = sink
        self._captions = captions
        self._places = Places(sink)
        self._sources: dict[str, str] = {}
        self._missing: set[str] = set()

    def write(self, record: Record) -> None:
        """Write one record."""
        relation = RELATIONS.get(record.schema)
        self._describe_passage(record)
        if relation and record.values(relation.source) and record.values(relation.target):
            self._relation(record, relation)
        elif record.schema == "Sanction" and record.values("entity"):
            self._sanction(record)
        else:
            self._thing(record)

    def finish(self) -> None:
        """Count and name what was referred to and is not there."""
        for key in sorted(self._missing):
            self._sink.unresolved("a reference to an entity that is not in the file", key)
            label = f"{key} (not in the file)"
            self._sink.entity(node("ftm", key), PROV + "Entity", label=label)

    # ------------------------------------------------------------ provenance

    def _describe_passage(self, record: Record) -> None:
        times = [
            (KG + name, Literal(text))
            for name, text in (
                ("recordFirstSeen", record.first_seen),
                ("recordLastSeen", record.last_seen),
            )
            if text
        ]
        passage = self._sink.passage(record.key)
        others = [(DCTERMS + "identifier", Literal(key)) for key in record.referents]
        self._sink.entity(passage, extra=[*times, *others])

    def _cited(self, record: Record, prop: str = "", value: str = "") -> tuple[str, ...]:
        """Return the source documents of a statement, or of a whole record."""
        return tuple(self._source(name) for name in record.datasets_of(prop, value))

    def _source(self, name: str) -> str:
        if not (iri := self._sources.get(name)):
            iri = self._sources[name] = f"{ID}source/ftm-{_readable(name)}"
            self._sink.entity(
                iri,
                KG + "SourceDocument",
                label=f"Source dataset {name}",
                language="en",
                extra=[(DCTERMS + "title", Literal(name))],
            )
        return iri

    def _called(self, key: str) -> str:
        return self._captions.get(key) or key

    def _node(self, key: str) -> str:
        if key not in self._captions:
            self._missing.add(key)
        return node("ftm", key)

    def _seen(self, record: Record, prop: str, value: str) -> list[tuple[str, str | Literal]]:
        """Return when a statement was first and last seen, where that is given."""
        names = ("recordFirstSeen", "recordLastSeen")
        return [
            (KG + n, Literal(t))
            for n, t in zip(names, record.seen_of(prop, value), strict=True)
            if t
        ]

    # ------------------------------------------------------------ relations and sanctions

    def _span(self, record: Record, starts: Sequence[str], ends: Sequence[str]) -> dict[str, str]:
        """Return from when until when a record holds, as a claim has it."""
        # Of what goes on, the file knows no more than up to when it was last seen.
        seen = record.last_seen[:10]
        found = {"covered_to": seen if len(seen) == 10 and period(seen) else ""}
        begun = [p for name in starts for v in record.values(name) if (p := period(v[:10]))]
        ended = [p for name in ends for v in record.values(name) if (p := period(v[:10]))]
        lengths = [
            len(v[:10]) for n in (*starts, *ends) for v in record.values(n) if period(v[:10])
        ]
        if len(begun) > 1 or len(ended) > 1:
            self._sink.note("a record with several dates: the widest span counts", record.key)
        first = min((p.first for p in begun), default="")
        last = max((p.last for p in ended), default="")
        if first and last and first > last:
            self._sink.note(
                "a record that ends before it begins: its dates are kept as texts", record.key
            )
            return found
        found |= {"valid_from": first, "valid_to": last}
        if last:
            found["covered_to"] = ""
        if lengths:
            found["valid_precision"] = _PRECISION.get(min(lengths), "day")
        return found

    def _relation(self, record: Record, relation: Relation) -> None:
        predicate = KG + relation.predicate if relation.predicate else FTM + record.schema
        ends = {relation.source, relation.target}
        names = {"percentage": "sharePercentage", "role": "role", "relationship": "role"}
        extra: list[tuple[str, str | Literal]] = [
            (KG + names[prop] if prop in names else _ftm(prop), Literal(value))
            for prop, value in record.items()
            if prop not in ends
        ]
        said = ", ".join(
            [f"{share} per cent" for share in record.values("percentage")]
            + list(record.values("role"))
            + list(record.values("relationship"))
        )
        span = self._span(record, ("startDate",), ("endDate",))
        if record.values("date") and not span.get("valid_from"):
            span = self._span(record, ("date",), ("date",))
        for one in record.values(relation.source):
            for other in record.values(relation.target):
                subject, value = (other, one) if relation.turned else (one, other)
                self._sink.claim(
                    record.key,
                    self._node(subject),
                    predicate,
                    self._node(value),
                    f"{self._called(subject)} {relation.words} {self._called(value)}"
                    f"{f' ({said})' if said else ''}.",
                    cited_sources=self._cited(record),
                    extra=extra,
                    **span,  # type: ignore[arg-type]  # only texts are in it
                )

    def _sanction(self, record: Record) -> None:
        """Claim that a party is designated, once for each programme."""
        authorities = tuple(self._authority(name) for name in record.values("authority"))
        by = next(iter(record.values("authority")), "") or "an authority"
        extra: list[tuple[str, str | Literal]] = [
            (KG + _SANCTION[prop] if prop in _SANCTION else _ftm(prop), Literal(value))
            for prop, value in record.items()
            if prop not in _SANCTION_OWN
        ]
        extra += [
            (KG + "lastUpdated", Literal(day[:10], datatype=_DATE))
            for day in record.values("modifiedAt")
            if len(day) >= 10 and period(day[:10])
        ]
        extra += [
            (KG + "authorityCountry", self._places.territory(code))
            for code in record.values("country")
        ]
        start = "listingDate" if record.values("listingDate") else "startDate"
        span = self._span(record, (start,), ("endDate",))
        for party in record.values("entity"):
            for regime, label in self._programmes(record, by):
                self._sink.claim(
                    record.key,
                    self._node(party),
                    KG + "designatedUnder",
                    regime,
                    f"{by} lists {self._called(party)} under {label}.",
                    original_holders=authorities,
                    cited_sources=self._cited(record),
                    extra=extra,
                    **span,  # type: ignore[arg-type]  # only texts are in it
                )
            for reason in record.values("reason"):
                self._sink.claim(
                    record.key,
                    self._node(party),
                    KG + "designationReason",
                    Literal(reason),
                    f"{by} gives a reason for listing {self._called(party)}.",
                    kind=Kind.ASCRIPTION,
                    original_holders=authorities,
                    cited_sources=self._cited(record, "reason", reason),
                    extra=self._seen(record, "reason", reason),
                )
            for number in record.values("unscId"):
                self._sink.identifier(record.key, self._node(party), "un-sanctions", number)

    def _programmes(self, record: Record, by: str) -> Iterator[tuple[str, str]]:
        """Yield the programmes of a sanction: by id, else by name, else by who imposed it."""
        names = record.values("program")
        if ids := record.values("programId"):
            for key in ids:
                iri = f"{ID}regime/ftm-{_readable(key)}"
                label = names[0] if len(ids) == 1 and names else key
                self._sink.entity(iri, KG + "SanctionsRegime", label=key, aliases=[(n, "") for n in names if len(ids) == 1])  # fmt: skip
                self._sink.identifier(f"programme-{key}", iri, "opensanctions-programme", key)
                yield iri, label
            return
        for name in names or (f"sanctions of {by}",):
            where = "-".join(record.values("country"))
            iri = f"{ID}regime/ftm-{_readable(f'{where} {name}')}"
            self._sink.entity(iri, KG + "SanctionsRegime", label=name)
            yield iri, name

    def _authority(self, name: str) -> str:
        iri = f"{ID}actor/ftm-{_readable(name)}"
        return self._sink.entity(iri, KG + "Actor", label=name)

    # ------------------------------------------------------------ things

    def _thing(self, record: Record) -> None:
        entity, label = node("ftm", record.key), self._called(record.key)
        ours = CLASSES.get(record.schema)
        stated = [(KG + "statedType", Literal(record.schema))] if ours != record.schema else []
        if not ours and record.schema not in OTHER_SCHEMATA and record.schema not in RELATIONS:
            self._sink.note(f"an entity of the unknown schema {record.schema[:40]}", record.key)
        kind = KG + ours if ours else FTM + quote(record.schema, safe="")
        self._sink.entity(entity, kind, label=label, extra=stated)
        self._keys(record, entity)
        for prop, value in record.items():
            self._property(record, entity, label, prop, value)

    def _keys(self, record: Record, entity: str) -> None:
        """Give the ids that a record names itself and its referents by."""
        for key in (record.key, *record.referents):
            how = "the id of the record" if key == record.key else "a referent of the record"
            if re.fullmatch(r"Q[1-9]\d*", key):
                self._sink.identifier(record.key, entity, "wikidata", key, method=how)
            elif found := re.fullmatch(r"ofac-(\d+)", key):
                # us_ofac_sdn makes its ids of OFAC's entry numbers with this prefix.
                self._sink.identifier(record.key, entity, "ofac", found[1], method=how)
            if record.referents or record.key.startswith(("NK-", "Q")):
                self._sink.identifier(record.key, entity, "opensanctions", key, method=how)

    def _property(self, record: Record, entity: str, label: str, prop: str, value: str) -> None:
        """Claim one value of one property."""
        sink, cited = self._sink, self._cited(record, prop, value)
        seen = self._seen(record, prop, value)
        if prop in NAMES:
            sort, quality = NAMES[prop]
            weak = quality == "weak"
            sink.entity(entity, aliases=() if weak or value == label else ((value, ""),), hidden=((value, ""),) if weak else ())  # fmt: skip
            more: list[tuple[str, str | Literal]] = [
                (KG + "aliasType", Literal(sort)),
                (KG + "aliasQuality", Literal(quality)),
            ]
            sink.claim(record.key, entity, KG + "alias", Literal(value), f"{label} has the {sort} {value}.", cited_sources=cited, extra=more + seen, discriminator=prop)  # fmt: skip
        elif prop in IDENTIFIERS:
            note = prop
            if prop == "imoNumber" and (number := re.search(r"\d{7}", value)):
                value = number[0]
                if not imo_is_valid(value):
                    sink.note("an IMO number with a wrong check digit", f"{record.key}: {value}")
                    note += "; the check digit is wrong"
            sink.identifier(record.key, entity, IDENTIFIERS[prop], value, method=f"property {prop}", note=note)  # fmt: skip
        elif prop in COUNTRIES:
            ours = COUNTRIES[prop]
            if prop == "country" and record.schema == "Person":
                ours = ""  # of a person it says no more than that there is some tie
            self._link(record, entity, label, KG + ours if ours else _ftm(prop), self._places.territory(value), f"has the {_words(prop)} {value}", cited, [(KG + "role", Literal(prop)), *seen])  # fmt: skip
        elif prop in ENTITIES or (prop in ENTITIES_OR_TEXTS and value in self._captions):
            predicate = KG + "atAddress" if prop == "addressEntity" else _ftm(prop)
            self._link(record, entity, label, predicate, self._node(value), f"has the {_words(prop)} {self._called(value)}", cited, seen)  # fmt: skip
        else:
            self._text(record, entity, label, prop, value, cited, seen)

    def _link(
        self, record: Record, entity: str, label: str, predicate: str, other: str, words: str,
        cited: tuple[str, ...], extra: list[tuple[str, str | Literal]],
    ) -> None:  # fmt: skip
        self._sink.claim(
            record.key,
            entity,
            predicate,
            other,
            f"{label} {words}.",
            cited_sources=cited,
            extra=extra,
            discriminator=words,
        )

    def _text(
        self, record: Record, entity: str, label: str, prop: str, value: str,
        cited: tuple[str, ...], extra: list[tuple[str, str | Literal]],
    ) -> None:  # fmt: skip
        ours, what = TEXTS.get(prop, ("", _words(prop)))
        found: Any = Literal(value)
        if ours == "birthDate" and period(value):
            extra = [*extra, (KG + "datePrecision", KG + _PRECISION[len(value)])]
            found = Literal(value, datatype=_DATE) if len(value) == 10 else found
        shown = value if len(value) <= 80 else value[:77] + "…"
        self._sink.claim(
            record.key,
            entity,
            KG + ours if ours else _ftm(prop),
            found,
            f"{label} has the {what} {shown.rstrip('.')}.",
            kind=Kind.ASCRIPTION if prop == "topics" else Kind.FACT,
            cited_sources=cited,
            extra=extra,
        )


def _ftm(prop: str) -> str:
    """Return the IRI of a property of FollowTheMoney's, whatever a file calls it."""
    return FTM + quote(prop, safe="")


def _readable(name: str) -> str:
    """Return a name as part of an IRI: readable where it can be, else percent-encoded."""
    # A slug drops what is not Latin; two names may then be one.
    return slug(name) if name.isascii() and slug(name) else quote(" ".join(name.split()), safe="")


def _words(prop: str) -> str:
    """Return a property's name as words: ``legalForm`` as ``legal form``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", prop).lower()


IMPORTERS = {
    "ftm": Importer(
        name="ftm",
        description="FollowTheMoney entities: ownership, offices, family, sanctions, with their sources",
        reads="JSON lines of entities, nested or not, or of statements; CSV of statements; deltas (ADD, MOD, DEL)",
        loses="which of several dates belong together; the language of a value",
        dataset=_dataset,
        read=_read,
        example="entities.ftm.json",
    )
}
