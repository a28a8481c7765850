"""The UK sanctions list's own files: its XML, one designation an element, and its CSV.

The CSV has a row for each combination of name, address and paper; rows of one Unique ID
are one entry. Elements and columns as opensanctions/opensanctions reads them:
datasets/gb/fcdo_sanctions/crawler.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kg.errors import RefusedError
from kg.importing.reading import rows, xml_elements
from kg.importing.sanctions.parties import iso_date
from kg.importing.sanctions.uksl_entry import Entry, Name
from kg.importing.sink import Sink

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

T = TypeVar("T")
#: More columns than the list ever had.
_WIDEST = 120
_NAME_PARTS = tuple(str(number) for number in range(1, 7))
_LINES = tuple(f"Address Line {number}" for number in range(1, 7))


def entries(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the entries of XML and CSV files, those of a CSV in the order of their numbers."""
    for path in paths:
        if path.suffix.lower() == ".xml":
            yield from _from_xml(path, sink)
        else:
            yield from _from_csv(path, sink, options.get("encoding", "utf-8"))


def _quality(strength: str) -> str:
    first = strength.strip().lower().partition(" ")[0]
    return {"low": "weak", "weak": "weak", "good": "strong", "strong": "strong"}.get(first, "")


def _name(parts: Sequence[str], sort: str, strength: str) -> Name:
    whole = " ".join(" ".join(parts).split())
    primary = sort.strip().lower() == "primary name"
    return Name(whole, sort=sort.strip(), quality=_quality(strength), primary=primary)


def _once(found: list[T], item: T) -> None:
    if item not in found:
        found.append(item)


# ---------------------------------------------------------------- XML


def _from_xml(path: Path, sink: Sink) -> Iterator[Entry]:
    found = False
    for element in xml_elements(path, "Designation"):
        found = True
        sink.read()
        if key := _text(element, "UniqueID"):
            yield _designation(element, key)
        else:
            sink.skip("a designation without a unique id", path.name)
    if not found:
        raise RefusedError(
            "holds no Designation",
            path=path,
            hint="the UK sanctions list in XML is wanted, or Ammitto's JSON-LD",
        )


def _all(element: Element, tag: str) -> list[Element]:
    return [child for child in element.iter() if child.tag.rpartition("}")[2] == tag]


def _texts(element: Element, tag: str) -> list[str]:
    texts = (" ".join((child.text or "").split()) for child in _all(element, tag))
    return list(dict.fromkeys(filter(None, texts)))


def _text(element: Element, tag: str) -> str:
    return next(iter(_texts(element, tag)), "")


def _designation(element: Element, key: str) -> Entry:
    kind = _text(element, "IndividualEntityShip")
    entry = Entry(
        key=key,
        stated=kind,
        names=[
            _name(
                [_text(name, f"Name{part}") for part in _NAME_PARTS],
                _text(name, "NameType"),
                _text(name, "AliasStrength"),
            )
            for name in _all(element, "Name")
        ],
        regime=_text(element, "RegimeName"),
        source=_text(element, "DesignationSource"),
        listed=iso_date(_text(element, "DateDesignated")),
        updated=iso_date(_text(element, "LastUpdated")),
        status="listed",
        reason=_text(element, "UKStatementofReasons"),
        un_number=_text(element, "UNReferenceNumber"),
    )
    entry.names += [
        Name(text, sort="non-Latin name") for text in _texts(element, "NameNonLatinScript")
    ]
    for address in _all(element, "Address"):
        parts = [_text(address, line.replace(" ", "")) for line in _LINES]
        country = _text(address, "AddressCountry")
        if country or any(parts):
            entry.addresses.append(([*parts, _text(address, "AddressPostalCode")], country))
    entry.births = [(text, False) for text in _texts(element, "DOB")]
    entry.countries = [
        ("nationality", n, "is a national of") for n in _texts(element, "Nationality")
    ]
    for place in _all(element, "BirthDetails"):
        text = ", ".join(
            filter(None, (_text(place, "TownOfBirth"), _text(place, "CountryOfBirth")))
        )
        entry.texts.append(("birthPlace", text, "birth place"))
    for tag, predicate, what in (
        ("Position", "heldPosition", "position"),
        ("Title", "heldPosition", "title"),
        ("Gender", "gender", "gender"),
        ("OtherInformation", "remark", "remark"),
        ("PhoneNumber", "telephone", "telephone"),
        ("EmailAddress", "email", "e-mail address"),
        ("TypeOfShip", "vesselType", "type"),
        ("TonnageOfShip", "tonnage", "tonnage"),
    ):
        entry.texts += [(predicate, text, what) for text in _texts(element, tag)]
    for imposed in _texts(element, "SanctionsImposed"):
        entry.texts += [("sanctionImposed", part, "measure") for part in imposed.split("|")]
    for tag, scheme in (("IMONumber", "imo"), ("PassportNumber", "passport"), ("NationalIdentifierNumber", "national-id"), ("BusinessRegistrationNumber", "registration"), ("Website", "website")):  # fmt: skip
        entry.papers += [(scheme, text, "") for text in _texts(element, tag)]
    entry.papers += [
        ("registration", text, "OFSI group id") for text in _texts(element, "OFSIGroupID")
    ]
    flags = _texts(element, "CurrentBelievedFlagOfShip")
    entry.countries += [("flagState", flag, "is believed to fly the flag of") for flag in flags]
    return entry


# ---------------------------------------------------------------- CSV

_TEXT_COLUMNS = (
    ("Position", "heldPosition", "position"),
    ("Title", "heldPosition", "title"),
    ("Gender", "gender", "gender"),
    ("Other Information", "remark", "remark"),
    ("Phone number", "telephone", "telephone"),
    ("Email address", "email", "e-mail address"),
    ("Type of ship", "vesselType", "type"),
    ("Tonnage of ship", "tonnage", "tonnage"),
    ("Subsidiaries", "remark", "subsidiaries"),
    ("Parent company", "remark", "parent company"),
)
_PAPER_COLUMNS = (
    ("IMO number", "imo"),
    ("Passport number", "passport"),
    ("National Identifier number", "national-id"),
    ("Business registration number (s)", "registration"),
    ("Website", "website"),
)
_COUNTRY_COLUMNS = (
    ("Nationality(/ies)", "nationality", "is a national of"),
    ("Current believed flag of ship", "flagState", "is believed to fly the flag of"),
)


def _from_csv(path: Path, sink: Sink, encoding: str) -> Iterator[Entry]:
    header: list[str] = []
    found: dict[str, Entry] = {}
    numbered = [str(number) for number in range(_WIDEST)]
    for line, cells in rows(path, encoding=encoding, columns=numbered):
        values = [" ".join(cell.split()) for cell in cells.values()]
        if not header:  # a line or two say when the list was made
            header = values if "Unique ID" in values else []
            continue
        row = {name: value for name, value in zip(header, values, strict=True) if name}
        sink.read()
        if not (key := row.get("Unique ID", "")):
            if any(values):
                sink.skip("a row without a unique id", f"{path.name} line {line}")
            continue
        _row(found.setdefault(key, Entry(key=key)), row)
    if not header:
        raise RefusedError(
            "has no column Unique ID",
            path=path,
            hint="the UK sanctions list as CSV is wanted (UK-Sanctions-List.csv)",
        )
    for key in sorted(found):
        yield found[key]


def _row(entry: Entry, row: Mapping[str, str]) -> None:
    """Add what one row says to its entry."""

    def cell(column: str) -> str:
        return row.get(column, "")

    entry.stated = entry.stated or cell("Designation Type") or cell("Individual, Entity, Ship")
    entry.regime = entry.regime or cell("Regime Name")
    entry.source = entry.source or cell("Designation source")
    entry.listed = entry.listed or iso_date(cell("Date Designated"))
    entry.updated = max(entry.updated, iso_date(cell("Last Updated")))
    entry.status = "listed"
    entry.reason = entry.reason or cell("UK Statement of Reasons")
    entry.un_number = entry.un_number or cell("UN Reference Number")
    parts = [cell(f"Name {part}") for part in _NAME_PARTS]
    for name in (
        _name(parts, cell("Name type"), cell("Alias strength")),
        Name(cell("Name non-latin script"), sort="non-Latin name"),
    ):
        if name.text:
            _once(entry.names, name)
    address = (
        [*(cell(line) for line in _LINES), cell("Address Postal Code")],
        cell("Address Country"),
    )
    if address[1] or any(address[0]):
        _once(entry.addresses, address)
    place = ", ".join(filter(None, (cell("Town of birth"), cell("Country of birth"))))
    for predicate, text, what in (
        ("birthPlace", place, "birth place"),
        *((predicate, cell(column), what) for column, predicate, what in _TEXT_COLUMNS),
        *(("sanctionImposed", part, "measure") for part in cell("Sanctions Imposed").split("|")),
    ):
        if text:
            _once(entry.texts, (predicate, text, what))
    if birth := cell("D.O.B"):
        _once(entry.births, (birth, False))
    for column, predicate, words in _COUNTRY_COLUMNS:
        if name_of := cell(column):
            _once(entry.countries, (predicate, name_of, words))
    for column, scheme in _PAPER_COLUMNS:
        if number := cell(column):
            _once(entry.papers, (scheme, number, ""))
    if group := cell("OFSI Group ID"):
        _once(entry.papers, ("registration", group, "OFSI group id"))
