"""The consolidated list of the UN Security Council, as its XML.

Individuals and entities with their list number (KPi.001, KPe.001), which is an exact
identifier that other lists cite. Schema: https://www.un.org/sc/resources/sc-sanctions.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import RefusedError
from kg.importing.reading import xml_elements
from kg.importing.record import DataSet, Importer
from kg.importing.sanctions.parties import List, Listing, Party, day_or_none, iso_date
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ACTOR = ID + "actor/un-security-council"
_CLASSES = {"INDIVIDUAL": "Person", "ENTITY": "Organization"}
_SORTS = {"a.k.a.": ("a.k.a.", "strong"), "f.k.a.": ("f.k.a.", "former")}
_QUALITIES = {"good": "strong", "low": "weak", "strong": "strong", "weak": "weak"}
_PAPERS = (("passport", "passport"), ("pasaporte", "passport"), ("passeport", "passport"))
# Of a name in several parts; the list gives them in order.
_NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
#: So much of the file is read for its date.
_HEAD_BYTES = 4096


def _dataset(paths: Sequence[Path]) -> DataSet:
    return DataSet(
        name="un-sanctions",
        title="UN Security Council consolidated list",
        publisher=_ACTOR,
        publisher_name="United Nations Security Council",
        edition=max((_generated(path) for path in paths), default=""),
        url="https://www.un.org/securitycouncil/content/un-sc-consolidated-list",
    )


def _generated(path: Path) -> str:
    """Return the day on which a file says it was made."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError:
        return ""  # reading it says why
    found = re.search(rb'dateGenerated="(\d{4}-\d\d-\d\d)', head)
    return iso_date(found[1].decode()) if found else ""


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    the_list = List(sink, "The UN Security Council", _ACTOR)
    seen: set[str] = set()
    for path in paths:
        found = False
        for element in xml_elements(path, *_CLASSES):
            found = True
            sink.read()
            number = _text(element, "REFERENCE_NUMBER").rstrip(".")
            key = number or _text(element, "DATAID")
            if not key:
                sink.skip("an entry without a number", path.name)
                continue
            if key in seen:
                sink.note("an entry that is given twice", key)
            seen.add(key)
            _entry(the_list, element, key, number)
        if not found:
            raise RefusedError(
                "holds no INDIVIDUAL and no ENTITY",
                path=path,
                hint="the consolidated list in XML is wanted, not its PDF or HTML",
            )


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: Element, tag: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == tag)


def _texts(element: Element, tag: str) -> list[str]:
    """Return the texts of the children of a name, in the children's VALUE or their own."""
    found = []
    for child in _children(element, tag):
        values = [value.text or "" for value in _children(child, "VALUE")] or [child.text or ""]
        found += [text for value in values if (text := " ".join(value.split()))]
    return found


def _text(element: Element, tag: str) -> str:
    return next(iter(_texts(element, tag)), "")


def _entry(the_list: List, element: Element, key: str, number: str) -> None:
    sink, tag = the_list.sink, _tag(element)
    name = " ".join(filter(None, (_text(element, part) for part in _NAME_PARTS)))
    if not name:
        sink.note("an entry without a name", key)
    party = the_list.party(key, node("unsc", key), name or f"entry {key}")
    original = [(text, "") for text in _texts(element, "NAME_ORIGINAL_SCRIPT")]
    sink.entity(party.entity, KG + _CLASSES[tag], label=party.label, aliases=original)
    for text, _ in original:
        party.text("alias", text, "name in its own script")
    if number:
        party.identifier("un-sanctions", number)
    sort = _text(element, "UN_LIST_TYPE") or "unnamed"
    party.designation(
        Listing(
            regime=the_list.regime(f"un-list-{sort}", f"UN sanctions list {sort}"),
            regime_label=f"its list {sort}",
            listed=day_or_none(_text(element, "LISTED_ON")),
            status="listed",
            reference=number,
            updated=tuple(filter(None, map(day_or_none, _texts(element, "LAST_DAY_UPDATED")))),
        )
    )
    party.reason(_text(element, "COMMENTS1"))
    for tag_of, predicate, what in (
        ("DESIGNATION", "heldPosition", "position"),
        ("TITLE", "heldPosition", "title"),
        ("GENDER", "gender", "gender"),
        ("SUBMITTED_BY", "remark", "submitter"),
    ):
        for text in _texts(element, tag_of):
            party.text(predicate, text, what)
    for text in _texts(element, "NATIONALITY"):
        party.country("nationality", text, "is a national of")
    for child in element:
        _part(party, _tag(child).removeprefix(f"{tag}_"), child)


def _part(party: Party, sort: str, child: Element) -> None:
    """Claim what one alias, address, birth date, birth place or document says."""
    note = _text(child, "NOTE")
    if sort == "ALIAS":
        quality = _text(child, "QUALITY").lower()
        stated, grade = _SORTS.get(quality, ("", _QUALITIES.get(quality, "")))
        if note.lower().startswith(("formerly", "previously")):
            grade = "former"
        party.alias(_text(child, "ALIAS_NAME"), stated, grade, note=note)
    elif sort == "ADDRESS":
        parts = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE")
        country = _text(child, "COUNTRY")
        if country or any(_text(child, part) for part in parts):
            party.address([_text(child, part) for part in parts], country, note=note)
        elif note:
            party.text("remark", note, "remark on its address")
    elif sort == "DATE_OF_BIRTH":
        _birth(party, child, note)
    elif sort == "PLACE_OF_BIRTH":
        parts = ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY")
        party.text(
            "birthPlace", ", ".join(filter(None, (_text(child, p) for p in parts))), "birth place"
        )
    elif sort == "DOCUMENT":
        _document(party, child, note)


def _birth(party: Party, child: Element, note: str) -> None:
    kind = _text(child, "TYPE_OF_DATE").lower()
    first = _text(child, "DATE") or _text(child, "YEAR") or _text(child, "FROM_YEAR")
    if not first and not note:
        return
    circa = kind.startswith("approx")
    if not first or not party.birth(first, until=_text(child, "TO_YEAR"), circa=circa):
        party.text("remark", f"birth date: {first or note}", "remark")


def _document(party: Party, child: Element, note: str) -> None:
    number = _text(child, "NUMBER")
    sort = _text(child, "TYPE_OF_DOCUMENT") or _text(child, "TYPE_OF_DOCUMENT2")
    if not number:
        if sort or note:
            party.text("remark", f"{sort} {note}", "remark on its papers")
        return
    folded = sort.lower()
    scheme = next((name for word, name in _PAPERS if word in folded), "national-id")
    said = (
        sort,
        _text(child, "TYPE_OF_DOCUMENT2") if _text(child, "TYPE_OF_DOCUMENT") else "",
        _text(child, "ISSUING_COUNTRY") or _text(child, "COUNTRY_OF_ISSUE"),
        note,
    )
    party.identifier(
        scheme,
        number,
        note=", ".join(dict.fromkeys(filter(None, said))),
        valid_from=day_or_none(_text(child, "DATE_OF_ISSUE")),
    )


IMPORTERS = {
    "un": Importer(
        name="un",
        description="the UN Security Council's consolidated list: individuals and entities",
        reads="XML (consolidated.xml)",
        loses="the keys by which the list is sorted",
        dataset=_dataset,
        read=_read,
        example="consolidated.xml",
    )
}
