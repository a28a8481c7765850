"""The UK sanctions list: Ammitto's JSON-LD, and the list's own XML and CSV.

Ammitto's files write snake_case keys that their own context does not know, so plain
JSON-LD expansion types nothing: the keys are read here by name, and the context, which
is the same for every file, is not fetched. The UN reference number, where there is one,
is an exact link to the UN list. Ammitto kept only the first part of many names: a
person's name of one word is weak, and never enough to know anybody by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg.errors import RefusedError
from kg.importing.reading import json_file, text_of
from kg.importing.record import DataSet, Importer
from kg.importing.sanctions.parties import PARSED, List, Listing, Party, day_or_none, iso_date
from kg.importing.sanctions.uksl_entry import CLASSES, Entry, Name
from kg.importing.sanctions.uksl_files import entries
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG, PROV

_ACTOR = ID + "actor/uk-fcdo"
_UN = ID + "actor/un-security-council"
_PAPERS = {
    "passport": "passport",
    "national_id": "national-id",
    "tax": "tax-number",
    "registration": "registration",
    "imo": "imo",
}
_CHANGED = re.compile(
    rb'"last_?[uU]pdated"\s*:\s*"(\d{4}-\d\d-\d\d)'  # Ammitto
    rb"|<LastUpdated>(\d\d/\d\d/\d{4})<"  # the list's XML
    rb"|^(\d\d/\d\d/\d{4}),"  # its CSV, whose first column it is
)
_KEY = re.compile(r"[A-Z]{2,4}\d{3,5}[A-Za-z]?")
_IMO = re.compile(r"\bIMO(?: number)?:?\s*(\d{7})\b", re.IGNORECASE)


def _dataset(paths: Sequence[Path]) -> DataSet:
    ammitto = any(path.suffix.lower() in (".jsonld", ".json") for path in paths)
    return DataSet(
        name="uk-sanctions",
        title="UK sanctions list" + (" (Ammitto)" if ammitto else ""),
        publisher=_ACTOR,
        publisher_name="Foreign, Commonwealth & Development Office",
        edition=max((_last_change(path) for path in paths), default=""),
        licence="Open Government Licence v3.0",
        url="https://www.gov.uk/government/publications/the-uk-sanctions-list",
    )


def _last_change(path: Path) -> str:
    """Return the last day on which a file says that an entry changed: it names no edition."""
    last = ""
    try:
        with path.open("rb") as stream:
            for line in stream:
                for found in _CHANGED.findall(line):
                    last = max(last, iso_date(next(filter(None, found)).decode()))
    except OSError:
        return ""  # reading it says why
    return last


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    the_list = List(sink, "The UK list", _ACTOR)
    graph = [path for path in paths if path.suffix.lower() in (".jsonld", ".json")]
    known: set[str] = set()
    for entry in _ammitto(graph, sink):
        _write(the_list, entry, known)
    if native := [path for path in paths if path not in graph]:
        for entry in entries(native, sink, options):
            _write(the_list, entry, known)


# ---------------------------------------------------------------- Ammitto's JSON-LD


def _value(item: Mapping[str, Any], key: str) -> Any:
    """Return the value of a snake_case key, or of its camelCase twin in the context."""
    if key in item:
        return item[key]
    first, *rest = key.split("_")
    return item.get(first + "".join(word.capitalize() for word in rest))


def _string(item: Mapping[str, Any], key: str) -> str:
    found = _value(item, key)
    if isinstance(found, Mapping):
        found = found.get("@id") or found.get("id") or found.get("@value")
    return " ".join(text_of(found).split())


def _list(item: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = _value(item, key)
    found = found if isinstance(found, list) else [found]
    return [one for one in found if isinstance(one, Mapping)]


def _id(item: Mapping[str, Any]) -> str:
    return text_of(item.get("id") or item.get("@id"))


def _ammitto(paths: Sequence[Path], sink: Sink) -> Iterator[Entry]:
    """Yield the entries of Ammitto's files, each joined with its entity, in key order."""
    parties: dict[str, Mapping[str, Any]] = {}
    entries: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for path in paths:
        for item in _nodes(path):
            sink.read()
            iri = _id(item)
            if not iri:
                sink.skip("a node without an id", path.name)
            elif party := _string(item, "entity_id"):
                entries[party].append(item)
            elif _value(item, "names") is not None or _value(item, "entity_type"):
                if iri in parties and parties[iri] != item:
                    sink.note("an entity that is given twice", iri)
                parties[iri] = item
            elif "/entity/" in iri or "/entry/" in iri:
                sink.skip("a node that is neither an entity nor an entry", iri)
    if paths and not parties and not entries:
        raise RefusedError(
            "holds no entity and no entry of a sanctions list",
            path=paths[0],
            hint="Ammitto's JSON-LD has nodes with entity_type and with entity_id; kg import rdf reads any other",
        )
    for iri in sorted(parties.keys() | entries.keys()):
        if iri not in parties:
            sink.unresolved("an entry whose entity is not in the file", iri)
        if iri not in entries:
            sink.note("an entity without an entry", iri)
        for item in entries.get(iri) or [{}]:
            yield _joined(iri, parties.get(iri, {}), item)


def _nodes(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a file: of a graph, of a list, or the one that the file is."""
    content = json_file(path)
    if isinstance(content, Mapping):
        content = content.get("@graph") or content.get("nodes") or [content]
    for item in content if isinstance(content, list) else ():
        if isinstance(item, Mapping):
            yield item


def _joined(iri: str, party: Mapping[str, Any], item: Mapping[str, Any]) -> Entry:
    raw = _list(item, "raw_source_data")
    own = _list(raw[0], "source_specific_fields") if raw else []
    fields = {
        key.rpartition(":")[2]: text_of(value) for key, value in (own[0] if own else {}).items()
    }
    period = next(iter(_list(item, "period")), {})
    regime = _string(item, "regime").rpartition("/")[2]
    entry = Entry(
        key=_string(item, "reference_number") or iri.rpartition("/")[2],
        stated=_string(party, "entity_type"),
        specific=fields.get("entityType", ""),
        names=[
            Name(
                text=_string(name, "full_name"),
                given=" ".join(filter(None, (_string(name, "first_name"), _string(name, "middle_name")))),
                primary=_value(name, "is_primary") is True,
            )
            for name in _list(party, "names")
        ],
        regime=regime.replace("_", " "),
        source=fields.get("designationSource", ""),
        listed=_string(period, "listed_date"),
        ended=_string(period, "expiry_date"),
        updated=_string(period, "last_updated"),
        status=_string(item, "status"),
        effects=[_string(effect, "effect_type") for effect in _list(item, "effects")],
        reason=_string(item, "remarks") or " ".join(_string(r, "description") for r in _list(item, "reasons")),
        un_number=fields.get("unReferenceNumber", ""),
        derived_from=_id(item),
    )  # fmt: skip
    for address in _list(party, "addresses"):
        parts = [_string(address, part) for part in ("street", "city", "state", "postal_code")]
        entry.addresses.append((parts, _string(address, "country")))
    for birth in _list(party, "birth_info"):
        entry.births.append(
            (_string(birth, "date") or _string(birth, "year"), _value(birth, "circa") is True)
        )
        place = ", ".join(
            filter(None, (_string(birth, part) for part in ("city", "region", "country")))
        )
        entry.texts.append(("birthPlace", place, "birth place"))
    for paper in _list(party, "identifications"):
        sort = (_string(paper, "type") or _string(paper, "document_type")).lower()
        scheme = next(
            (s for word, s in _PAPERS.items() if word in sort.replace(" ", "_")), "national-id"
        )
        said = ", ".join(
            filter(None, (sort, _string(paper, "issuing_country"), _string(paper, "note")))
        )
        entry.papers.append((scheme, _string(paper, "number"), said))
    for key, scheme in (
        ("imo_number", "imo"),
        ("mmsi", "mmsi"),
        ("registration_number", "registration"),
    ):
        entry.papers.append((scheme, _string(party, key), ""))
    nationalities = _value(party, "nationalities") or _value(party, "nationality") or []
    for nation in nationalities if isinstance(nationalities, list) else [nationalities]:
        name = _string(nation, "country") if isinstance(nation, Mapping) else text_of(nation)
        entry.countries.append(("nationality", name, "is a national of"))
    entry.countries.append(("flagState", _string(party, "flag_state"), "flies the flag of"))
    for key, predicate, what in (
        ("gender", "gender", "gender"),
        ("position", "heldPosition", "position"),
        ("vessel_type", "vesselType", "type"),
        ("tonnage", "tonnage", "tonnage"),
        ("remarks", "remark", "remark"),
    ):
        entry.texts.append((predicate, _string(party, key), what))
    for imposed in fields.get("sanctionsImposed", "").split("|"):
        entry.texts.append(("sanctionImposed", imposed, "measure"))
    if group := fields.get("ofsiGroupId"):
        entry.papers.append(("registration", group, "OFSI group id"))
    for tie in _list(party, "linked_entities"):
        entry.ties.append(
            (_string(tie, "target_entity_id").rpartition("/")[2], _string(tie, "link_type"))
        )
    return entry


# ---------------------------------------------------------------- claims


def _write(the_list: List, entry: Entry, known: set[str]) -> None:
    """Claim what an entry says."""
    sink, kind = the_list.sink, entry.kind
    names = sorted((name for name in entry.names if name.text), key=lambda name: not name.primary)
    first = names[0].text if names else ""
    weak = kind == "Person" and " " not in first.strip()
    label = f"{first} ({entry.key})" if weak and first else first or f"entry {entry.key}"
    party = the_list.party(entry.key, node("uksl", entry.key), label)
    sink.entity(party.entity, KG + kind, label=label)
    if not names:
        sink.note("an entry without a name", entry.key)
    if kind == "Person" and names and all(" " not in name.text for name in names):
        sink.note("a person with names of one word only: never enough for a match", entry.key)
    if kind == "Actor":
        sink.note("an entry that does not say what it is", entry.key)
    if kind == "Vessel" and CLASSES.get(entry.stated.lower()) == "Organization":
        sink.note("a ship that the file calls an organisation", entry.key)
    if kind == "Person" != CLASSES.get(entry.stated.lower(), "Person"):
        sink.note("a person that the file calls something else", entry.key)
    for name in names:
        _name(party, name, kind, label)
    _papers(party, entry, kind, known)
    _designation(party, entry)
    for parts, country in entry.addresses:
        party.address(parts, country)
    for date, circa in entry.births:
        if date and not party.birth(date, circa=circa):
            party.text("remark", f"birth date: {date}", "remark")
    for predicate, country, words in entry.countries:
        party.country(predicate, country, words)
    for predicate, text, what in entry.texts:
        if predicate != "sanctionImposed":
            party.text(predicate, text, what)
    for other, sort in entry.ties:
        if other:
            party.link(
                "tiedTo", node("uksl", other), f"is tied to {other} ({sort or 'unsaid how'})"
            )


def _name(party: Party, name: Name, kind: str, label: str) -> None:
    quality = name.quality
    if kind == "Person" and " " not in name.text.strip():
        quality = "weak"
    if name.text != label:
        party.alias(
            name.text,
            name.sort or ("primary name" if name.primary else ""),
            quality,
            given=name.given,
            language=name.language,
        )
    elif name.given:
        party.text("givenName", name.given, "given name")


def _papers(party: Party, entry: Entry, kind: str, known: set[str]) -> None:
    sink = party.of.sink
    if _KEY.fullmatch(entry.key):
        party.identifier("uk-sanctions", entry.key)
    else:
        sink.note("an entry without a number of the UK list", entry.key)
    if entry.un_number:
        number = entry.un_number.strip().rstrip(".")
        if number in known:
            sink.note("a UN reference number that two entries have", f"{entry.key}: {number}")
        known.add(number)
        party.identifier("un-sanctions", number)
    for scheme, value, note in entry.papers:
        if not value:
            continue
        if scheme == "imo" and kind != "Vessel":
            party.company_number(value)
        else:
            party.identifier(scheme, value, note=note)
    remarks = " ".join(text for predicate, text, _ in entry.texts if predicate == "remark")
    numbers = sorted(set(_IMO.findall(remarks)))
    if len(numbers) == 1:  # of two, which is whose is not said
        if kind == "Vessel":
            party.identifier("imo", numbers[0], method=PARSED)
        elif kind == "Organization":
            party.company_number(numbers[0], method=PARSED)


def _designation(party: Party, entry: Entry) -> None:
    if not (entry.regime or entry.listed or entry.status):
        return
    the_list = party.of
    authority = _UN if entry.source.strip().upper() == "UN" else ""
    if authority:
        the_list.sink.entity(
            _UN,
            KG + "InternationalOrganization",
            label="United Nations Security Council",
            language="en",
        )
    if entry.derived_from:
        the_list.sink.entity(
            entry.derived_from, PROV + "Entity", label=f"UK list entry {entry.key}", language="en"
        )
    label = entry.regime[:1].upper() + entry.regime[1:] or "an unnamed regime"
    listed = day_or_none(entry.listed)
    ended = day_or_none(entry.ended)
    party.designation(
        Listing(
            regime=the_list.regime(f"uk-{entry.regime or 'unnamed'}", label),
            regime_label=label,
            authority=authority,
            listed=listed,
            ended=ended if ended >= listed else "",
            status=entry.status,
            reference=entry.key,
            effects=tuple(dict.fromkeys(filter(None, entry.effects))),
            measures=tuple(
                dict.fromkeys(t for p, t, _ in entry.texts if p == "sanctionImposed" and t)
            ),
            updated=tuple(filter(None, [day_or_none(entry.updated)])),
            stated_types=tuple(dict.fromkeys(filter(None, (entry.stated, entry.specific)))),
            source=entry.source,
            derived_from=entry.derived_from,
        )
    )
    party.reason(entry.reason, authority)


IMPORTERS = {
    "uk": Importer(
        name="uk",
        description="the UK sanctions list: entities and entries with regime, effects and UN numbers",
        reads="Ammitto's JSON-LD (entities and entries), or the list's own XML or CSV",
        loses="the script of a name; the scope of an effect",
        dataset=_dataset,
        read=_read,
        options={"encoding": "the encoding of CSV files; UTF-8 unless given"},
        example="uk-sanctions.jsonld",
    )
}
