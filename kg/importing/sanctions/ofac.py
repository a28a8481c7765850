"""OFAC's lists as CSV: entries, other names, addresses, and what the remarks say.

The files have no header and say ``-0-`` for nothing. Papers, birth dates and ties stand
in the remarks as text; what is read from there is marked as parsed. A remark longer than
its column goes on in the file of comments. Columns: OFAC's data specification of 2004,
updated 2023-09-25 (dat_spec.txt). Where weak names stand depends on the format (OFAC's FAQ
123); here the names that only the remarks give, in quotation marks, are held to be weak.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kg.errors import RefusedError
from kg.importing.reading import rows
from kg.importing.record import DataSet, Importer
from kg.importing.sanctions.parties import PARSED, List, Listing, Party, day_or_none
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG

_ACTOR = ID + "actor/ofac"
_ENTRY = (
    "number", "name", "type", "programme", "title", "call sign", "vessel type", "tonnage",
    "gross tonnage", "flag", "owner", "remarks",
)  # fmt: skip
#: The files by how many columns they have.
_FILES = {
    12: _ENTRY,
    6: ("number", "address", "street", "city", "country", "remarks"),
    5: ("number", "alias", "sort", "name", "remarks"),
    2: ("number", "remarks"),
}
_CLASSES = {
    "individual": "Person",
    "": "Organization",
    "entity": "Organization",
    "vessel": "Vessel",
    "aircraft": "Aircraft",
}
_SORTS = {"aka": "a.k.a.", "fka": "f.k.a.", "nka": "n.k.a."}

# ---------------------------------------------------------------- what remarks are made of

_ALIAS = re.compile(r"([anf]\.k\.a\.),? '(.+)'")
_IMO = re.compile(r".*\bIMO (\d{7})")
_PAPERS = (
    ("passport", r"(?:Diplomatic |Stateless Person |Refugee )?Passport(?: Number)?"),
    ("tax-number", r"Tax ID No\.|NIT|R\.?F\.?C\.?|RUC|V\.A\.T\. Number|RIF|RTN|US FEIN|Italian Fiscal Code|Fiscal Code"),
    (
        "national-id",
        r"National ID No\.|Cedula No\.|Personal ID Card|SSN|D\.N\.I\.|C\.U\.R\.P\.|National Foreign ID Number|Identification Number|Birth Certificate Number|Residency Number|Citizen's Card Number",
    ),
    (
        "registration",
        r"Registration (?:ID|Number)|(?:UK )?Company Number|Commercial Registry Number|Business Registration (?:Document|Number)|Business Number|Matricula Mercantil No\.?|Folio Mercantil No\.|Trade License No\.|Government Gazette Number|Public Registration Number|C\.R\. No\.|D-U-N-S Number|License|Enterprise Number|Chamber of Commerce Number|BIK \(RU\)|SWIFT/BIC|Aircraft Manufacturer's Serial Number \(MSN\)|Aircraft Construction Number \(also called L/N or S/N or F/N\)|Aircraft Tail Number|Aircraft Mode S Transponder Code|Legal Entity Number|Unified Social Credit Code \(USCC\)",
    ),
)  # fmt: skip
_REST = r"(?: #)? (?P<value>.+?)(?: \((?P<country>[^()]+)\))?(?: issued (?P<issued>[\w ]+?))?(?: expires (?P<expires>[\w ]+))?"
_PAPER = [(scheme, re.compile(rf"(?P<label>{labels}){_REST}")) for scheme, labels in _PAPERS]
_TEXTS = (
    ("POB ", "birthPlace", "birth place"),
    ("Gender ", "gender", "gender"),
    ("Email Address ", "email", "e-mail address"),
    ("PHONE ", "telephone", "telephone"),
    ("Phone Number ", "telephone", "telephone"),
    ("Telephone ", "telephone", "telephone"),
    ("FAX ", "telephone", "fax"),
    ("Fax ", "telephone", "fax"),
    ("Vessel Type ", "vesselType", "type"),
    ("Aircraft Model ", "vesselType", "model"),
)
_COUNTRIES = (
    ("nationality ", "nationality", "is a national of"),
    ("citizen ", "nationality", "is a citizen of"),
    ("Nationality of Registration ", "basedIn", "is registered in"),
    ("Vessel Flag ", "flagState", "flies the flag of"),
    ("Flag ", "flagState", "flies the flag of"),
)


def _dataset(paths: Sequence[Path]) -> DataSet:
    consolidated = any(path.name.lower().startswith("cons_") for path in paths)
    return DataSet(
        name="ofac-consolidated" if consolidated else "ofac-sdn",
        title="OFAC consolidated sanctions list" if consolidated else "OFAC SDN list",
        publisher=_ACTOR,
        publisher_name="Office of Foreign Assets Control",
        licence="Work of the US Government: no copyright in the United States",
        url="https://sanctionslist.ofac.treas.gov/Home/SdnList",
    )


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    encoding = options.get("encoding", "utf-8")
    of_kind: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        of_kind[_columns(path, encoding)].append(path)
    if 12 not in of_kind:
        raise RefusedError(
            "is not OFAC's file of entries",
            path=paths[0],
            hint="name sdn.csv (12 columns, no header) beside alt.csv and add.csv",
        )

    def records(width: int, *, counted: bool) -> Iterator[tuple[str, dict[str, str]]]:
        for path in of_kind[width]:
            yield from _records(path, width, encoding, sink, counted=counted)

    if not sink.dataset.edition:
        sink.note("the files do not say of what day they are: --edition keeps history")
    the_list = List(sink, "OFAC", _ACTOR)
    # Remarks may name an entry that comes later: names first, then what is said.
    names, labels = _names(records(12, counted=False), records(5, counted=False))
    comments: dict[str, str] = {}
    for number, row in records(2, counted=True):
        comments[number] = comments.get(number, "") + row["remarks"]
    parties = {
        number: the_list.party(number, node("ofac", number), labels[number]) for number in labels
    }
    seen: set[str] = set()
    for number, row in records(12, counted=True):
        if number in seen:
            sink.note("an entry that is given twice", number)
        seen.add(number)
        _entry(parties[number], row, comments.pop(number, ""), names)
    for number in sorted(comments):
        sink.unresolved("a comment on an entry that is not in the file", number)
    for number, row in records(5, counted=True):
        _alias(_party(parties, the_list, number), row)
    for number, row in records(6, counted=True):
        _address(_party(parties, the_list, number), row)


def _columns(path: Path, encoding: str) -> int:
    """Return how many columns a file has, as its first rows fill them: nothing is ``-0-`` there."""
    widest = 0
    for count, (_, row) in enumerate(rows(path, encoding=encoding, columns=_ENTRY)):
        if count == 20:
            break
        widest = max([widest, *(i for i, cell in enumerate(row.values(), 1) if cell)])
    if widest not in _FILES:
        raise RefusedError(
            f"has {widest} columns, as no file of OFAC's list has",
            path=path,
            hint="sdn.csv has 12, add.csv 6, alt.csv 5, sdn_comments.csv 2",
        )
    return widest


def _records(
    path: Path, width: int, encoding: str, sink: Sink, *, counted: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of a file by entry number, ``-0-`` as nothing, those without a number skipped."""
    for line, row in rows(path, encoding=encoding, columns=_FILES[width]):
        cells = {
            name: "" if (text := cell.strip(" \t\x1a")) == "-0-" else text
            for name, cell in row.items()
        }
        number = cells["number"]
        if not any(cells.values()):
            continue  # the mark at the end of a DOS file
        if counted:
            sink.read()
        if number.isdecimal() and number.isascii():
            yield number, cells
        elif counted and number.lower() not in ("ent_num", "ent_id"):  # a header
            sink.skip("a row without an entry number", f"{path.name} line {line}")


def _name_key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _names(
    entries: Iterator[tuple[str, dict[str, str]]], aliases: Iterator[tuple[str, dict[str, str]]]
) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Return the entries by name, and the name of each entry.

    The list ties parties by their own names, so another name counts only where it is
    nobody's own.
    """
    names: dict[str, set[str]] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, str] = {}
    for number, row in entries:
        labels.setdefault(number, row["name"] or f"entry {number}")
        names[_name_key(row["name"])].add(number)
    for number, row in aliases:
        others[_name_key(row["name"])].add(number)
    names = defaultdict(set, {**others, **names})
    names.pop("", None)
    return names, labels


def _party(parties: Mapping[str, Party], the_list: List, number: str) -> Party:
    if found := parties.get(number):
        return found
    the_list.sink.unresolved("a row of an entry that is not in the file of entries", number)
    return the_list.party(number, node("ofac", number), f"entry {number}")


def _entry(
    party: Party, row: Mapping[str, str], comment: str, names: Mapping[str, set[str]]
) -> None:
    sink = party.of.sink
    name, sort = row["name"], row["type"].lower()
    if not name:
        sink.note("an entry without a name", party.key)
    if sort not in _CLASSES:
        sink.note(f"an entry of the unknown type {sort[:40]}", party.key)
    kind = _CLASSES.get(sort, "Actor")
    last, comma, first = name.partition(", ")
    turned = ((f"{first} {last}", ""),) if comma and kind == "Person" else ()
    sink.entity(party.entity, KG + kind, label=party.label, aliases=turned)
    party.identifier("ofac", party.key)
    for programme in dict.fromkeys(re.findall(r"[^][;]+", row["programme"])):
        if programme := programme.strip():
            label = f"OFAC programme {programme}"
            party.designation(
                Listing(
                    regime=party.of.regime(f"ofac-{programme}", label),
                    regime_label=f"its programme {programme}",
                    reference=party.key,
                    status="listed",
                    stated_types=(row["type"],) if row["type"] else (),
                )
            )
    party.text("heldPosition", row["title"], "position")
    party.text("vesselType", row["vessel type"], "type")
    party.text("tonnage", row["tonnage"], "tonnage")
    party.text("tonnage", row["gross tonnage"], "gross tonnage")
    if row["call sign"]:
        party.identifier("call-sign", row["call sign"])
    party.country("flagState", row["flag"], "flies the flag of")
    if row["owner"]:
        party.text("remark", f"Vessel owner {row['owner']}", "remark")
    _remarks(party, row["remarks"] + comment, kind, row["title"], names)


def _alias(party: Party, row: Mapping[str, str]) -> None:
    sort = row["sort"].lower()
    party.alias(
        row["name"],
        _SORTS.get(sort, sort),
        "former" if sort == "fka" else "strong",
        key=f"{party.key}-alt-{row['alias']}",
        note=row["remarks"],
    )


def _address(party: Party, row: Mapping[str, str]) -> None:
    if not any(row[part] for part in ("street", "city", "country")):
        return  # the list writes a row of nothing for an entry without an address
    party.address(
        (row["street"], row["city"]),
        row["country"],
        key=f"{party.key}-address-{row['address']}",
        note=row["remarks"],
    )


# ---------------------------------------------------------------- remarks


def _remarks(party: Party, text: str, kind: str, title: str, names: Mapping[str, set[str]]) -> None:
    """Claim what the remarks of an entry say, part by part."""
    for part in re.split(r";\s*", text.strip().removesuffix(".")):
        part = part.strip()
        if part and part != title:
            said = re.sub(r"^alt\. ", "", part)
            if not (_tie(party, said, names) or _known(party, said, kind)):
                party.text("remark", part, "remark", method=PARSED)


def _tie(party: Party, part: str, names: Mapping[str, set[str]]) -> bool:
    found = re.fullmatch(r"Linked To: (.+)", part)
    if not found:
        return False
    name = found[1].strip()
    entries = names.get(_name_key(name)) or names.get(_name_key(name + ".")) or set()
    others = [number for number in entries if number != party.key]
    if len(others) == 1 and len(entries) == 1:
        other = node("ofac", others[0])
        party.link("tiedTo", other, f"is linked to {name}", method=PARSED)
        return True
    reason = (
        "a tie to a name that several entries have"
        if entries
        else "a tie to a name without an entry"
    )
    party.of.sink.unresolved(reason, f"{party.key}: {name}")
    party.text("tiedToName", name, "link to", method=PARSED)
    return True


def _known(party: Party, part: str, kind: str) -> bool:
    """Claim a part of the remarks whose beginning says what it is; False for any other."""
    if found := _ALIAS.fullmatch(part):
        party.alias(found[2], found[1], "former" if found[1] == "f.k.a." else "weak", method=PARSED)
        return True
    if part.startswith("DOB "):
        date = part.removeprefix("DOB ")
        plain = re.sub(r"^circa |\bcirca ", "", date)
        return party.birth(plain, circa=plain != date, method=PARSED)
    for start, predicate, words in _COUNTRIES:
        if part.startswith(start):
            party.country(predicate, part.removeprefix(start), words, method=PARSED)
            return True
    for start, predicate, what in _TEXTS:
        if part.startswith(start):
            party.text(predicate, part.removeprefix(start), what, method=PARSED)
            return True
    return _paper(party, part, kind)


def _paper(party: Party, part: str, kind: str) -> bool:
    if found := _IMO.fullmatch(part):
        if kind == "Vessel":
            party.identifier("imo", found[1], method=PARSED)
        else:  # companies have IMO numbers of their own, which are no ship's
            party.company_number(found[1], method=PARSED)
        return True
    if found := re.fullmatch(r"MMSI (\d+).*", part):
        party.identifier("mmsi", found[1], method=PARSED)
        return True
    if found := re.fullmatch(r"(?:Vessel )?Call Sign (\S+)", part):
        party.identifier("call-sign", found[1], method=PARSED)
        return True
    if part.startswith("Website "):
        party.identifier("website", part.removeprefix("Website "), method=PARSED)
        return True
    for scheme, pattern in _PAPER:
        if found := pattern.fullmatch(part):
            issued, expires = (day_or_none(found[g] or "") for g in ("issued", "expires"))
            if issued and expires and issued > expires:
                issued = expires = ""
            shown = [found["label"], found["country"] or ""]
            shown += [f"{g} {found[g]}" for g in ("issued", "expires") if found[g]]
            party.identifier(
                scheme,
                found["value"].removeprefix("# "),
                method=PARSED,
                note=", ".join(filter(None, shown)),
                valid_from=issued,
                valid_to=expires,
            )
            return True
    return False


IMPORTERS = {
    "ofac": Importer(
        name="ofac",
        description="OFAC's SDN and consolidated lists: entries, other names, addresses, comments",
        reads="CSV without a header: sdn.csv, alt.csv, add.csv, sdn_comments.csv, or cons_*.csv",
        loses="the order of names and addresses; which of two birth dates is the alternative one",
        dataset=_dataset,
        read=_read,
        options={"encoding": "the encoding of the files; UTF-8 unless given"},
        example="sdn.csv alt.csv add.csv --edition 2019-01-15",
    )
}
