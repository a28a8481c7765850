"""Hostile files, tried on every importer: a line and an exit code, and nothing half written."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from kg import importing
from kg.errors import KgError
from kg.importing import MODULES
from kg.importing.lines import read_lines
from kg.workspace import Workspace

_ID = "--11111111-1111-4111-8111-111111111111"
_STIX = {
    "type": "bundle",
    "id": f"bundle{_ID}",
    "objects": [
        {
            "type": "intrusion-set",
            "spec_version": "2.1",
            "id": f"intrusion-set{_ID}",
            "created": "2020-01-01T00:00:00.000Z",
            "modified": "2020-01-01T00:00:00.000Z",
            "name": "Quiet Otter",
            "aliases": ["Otter"],
            "description": "Quiet Otter is attributed to North Korea.",
            "external_references": [
                {"source_name": "mitre-attack", "external_id": "G9999", "url": "https://e.org/a"}
            ],
        },
        {
            "type": "relationship",
            "spec_version": "2.1",
            "id": f"relationship{_ID}",
            "created": "2020-01-01T00:00:00.000Z",
            "modified": "2020-01-01T00:00:00.000Z",
            "relationship_type": "uses",
            "source_ref": f"intrusion-set{_ID}",
            "target_ref": f"malware{_ID}",
        },
    ],
}
_MISP = {
    "name": "Threat Actor",
    "type": "threat-actor",
    "uuid": "7cdff317-a673-4474-84ec-4f1754947823",
    "version": 1,
    "values": [
        {
            "value": "Quiet Otter",
            "uuid": "11111111-1111-4111-8111-111111111111",
            "meta": {"country": "KP", "synonyms": ["Otter"], "refs": ["https://e.org/a"]},
        }
    ],
}
_FTM = {
    "id": "p1",
    "schema": "Person",
    "properties": {"name": ["Jo Doe"], "birthDate": ["1970-01-02"], "country": ["ru"]},
}
_SNAK = {"snaktype": "value", "property": "P31", "datatype": "wikibase-item"}
_ITEM = {"value": {"entity-type": "item", "numeric-id": 6256, "id": "Q6256"}}
_WIKIDATA = {
    "id": "Q7747",
    "type": "item",
    "labels": {"en": {"language": "en", "value": "Jo"}},
    "claims": {
        "P31": [
            {
                "id": "Q7747$1",
                "rank": "normal",
                "type": "statement",
                "mainsnak": {**_SNAK, "datavalue": {**_ITEM, "type": "wikibase-entityid"}},
                "references": [
                    {"hash": "a1", "snaks": {"P31": [{**_SNAK, "snaktype": "somevalue"}]}}
                ],
            }
        ]
    },
}
_UK = {
    "@graph": [
        {
            "id": "https://www.ammitto.org/entity/uk/DPR0001",
            "entity_type": "person",
            "names": [{"full_name": "Jo Doe", "is_primary": True}],
        },
        {
            "id": "https://www.ammitto.org/entry/uk/DPR0001",
            "entity_id": "https://www.ammitto.org/entity/uk/DPR0001",
            "reference_number": "DPR0001",
        },
    ]
}
_UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2024-01-01T00:00:00Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>JO</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
<REFERENCE_NUMBER>KPi.001</REFERENCE_NUMBER><LISTED_ON>2009-07-16</LISTED_ON>
</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>
"""
_MAP = """\
dataset: {name: notes, title: Notes, publisher: An Analyst, edition: 2024-07-01}
key: id
entities: {giver: {column: From, language: en}, taker: {column: To}}
claims: [{subject: giver, predicate: kg:suppliesArmsTo, object: taker}]
"""
#: For each importer a small file that it reads.
SEEDS: Mapping[str, tuple[str, str]] = {
    "atop": (
        "m.csv",
        "atopid,member,yrent,moent,dayent,yrexit,defense,offense,neutral,nonagg,consul\n"
        "3240,731,1961,9,10,0,1,0,0,0,0\n",
    ),
    "cameo": ("c.csv", '"name","code","goldstein","root_code"\n"MAKE STATEMENT","01",0,"01"\n'),
    "countries": (
        "c.csv",
        "ISO3166-1-Alpha-3,ISO3166-1-Alpha-2,ISO3166-1-numeric,CLDR display name\n"
        "PRK,KP,408,North Korea\n",
    ),
    "ftm": ("e.json", json.dumps(_FTM) + "\n"),
    "ofac": ("sdn.csv", '1,"JO DOE","individual","DPRK2",-0- ' + ",-0- " * 7 + "\n"),
    "uk": ("uk.jsonld", json.dumps(_UK)),
    "un": ("un.xml", _UN),
    "cow": (
        "d.csv",
        "ccode1,ccode2,year,cow_defense,cow_neutral,cow_nonagg,cow_entente\n365,731,1961,1,0,0,0\n",
    ),
    "territories": ("aa.yml", "name: Arcadia\nqid: Q123\nis_country: true\n"),
    "ucdp": (
        "u.csv",
        "conflict_id,year,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,incompatibility,intensity_level,"
        "type_of_conflict,start_date,start_prec,start_date2,start_prec2,ep_end,ep_end_date\n"
        "200,1950,731,,732,,territory,2,interstate,1949-05-03,1,1949-05-03,1,0,\n",
    ),
    "unvotes": ("v.csv", "rcid,country,country_code,vote\n94,United States,US,no\n"),
    "rdf": ("a.ttl", '<http://e/a> <http://e/p> <http://e/b>, "x"@en .\n'),
    "wikidata": ("q.json", json.dumps(_WIKIDATA) + "\n"),
    "misp": ("threat-actor.json", json.dumps(_MISP)),
    "stix": ("b.json", json.dumps(_STIX)),
    "events": (
        "ev.csv",
        "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
        "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\t"
        "City\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n"
        "72\t2014-05-14\tNorth Korea\t\tNorth Korea\tConsult\t040\t1.0\tJapan\t\tJapan\t1\t1\tA Paper"
        "\t\t\t\tJapan\t\t\n",
    ),
    "table": ("t.csv", "id,From,To\n1,North Korea,Russia\n"),
}


def _deep(opening: str, closing: str) -> Callable[[bytes], bytes]:
    return lambda _: (opening * 20_000 + closing * 20_000).encode()


def _zip_bomb(_: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    return stream.getvalue()


_ENTITY = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">'
#: What is done to a file that was fine.
HOSTILE: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b" \r\n\r\n",
    "cut in the middle": lambda good: good[: len(good) // 2],
    "without its last bytes": lambda good: good.rstrip()[:-2],
    "binary": lambda _: bytes(range(256)) * 40,
    "not UTF-8": lambda good: good.replace(b"o", b"\xf6", 3),
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "with a byte order mark": lambda good: b"\xef\xbb\xbf" + good,
    "with a DOS end mark": lambda good: good + b"\x1a",
    "nothing but a DOS end mark": lambda _: b"\x1a",
    "everything twice": lambda good: good + good,
    "a NUL in it": lambda good: good.replace(b"o", b"o\x00", 2),
    "a quotation mark without end": lambda good: good.replace(b"o", b'"o', 1),
    "an IRI with blanks": lambda good: good.replace(b"e.org/a", b"e.org/a b").replace(
        b"http://e/b", b"http://e/b c"
    ),
    "an IRI that only looks well": lambda good: good.replace(
        b"https://e.org/a", b"http://[e"
    ).replace(b"http://e/b", b"http://a:port/"),
    "half a character": lambda good: good.replace(b"Jo", b"J\\ud800").replace(b"Otter", b"\\ud800"),
    "a number without end": lambda _: b'{"id": ' + b"9" * 6000 + b"}",
    "no number": lambda _: b'{"id": NaN}',
    "null": lambda _: b"null",
    "a list": lambda _: b"[1, null, [], {}]",
    "lists of nothing": lambda _: b'{"objects": null, "values": [null], "entities": [1]}',
    "a graph of nothing": lambda _: b'{"@graph": [1, null, {}], "type": "bundle", "objects": [1]}',
    "deep lists": _deep("[", "]"),
    "deep objects": lambda _: b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "a deep bundle": lambda _: b'{"type":"bundle","objects":[' + b'{"a":' * 20_000,
    "deep XML": _deep("<a>", "</a>"),
    "an XML bomb": lambda _: f"<?xml version='1.0'?>{_ENTITY}]><l>&b;</l>".encode(),
    "an entity outside": lambda _: (
        b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>'
    ),
    "a line without end": lambda _: b"x" * 17_000_000,
    "a web page": lambda _: b"<!DOCTYPE html><html><body>Moved</body></html>",
    "a zip bomb": _zip_bomb,
    "a broken gzip": lambda _: b"\x1f\x8b\x08\x00abc",
}


@pytest.fixture(scope="module", autouse=True)
def _one_vocabulary() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        vocabulary = importing._vocabulary()
        patch.setattr(importing, "_vocabulary", lambda: vocabulary)
        yield


def _state(workspace: Workspace) -> dict[str, bytes]:
    return {
        str(path.relative_to(workspace.folder)): path.read_bytes()
        for path in sorted(workspace.folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def _import(form: str, path: Path, folder: Path) -> tuple[Workspace, KgError | None]:
    """Import a file; what is kept is read back, and an error leaves everything as it was."""
    workspace = Workspace.create(folder / "ws", shipped=False)
    options = {}
    if form == "table":
        (folder / "map.yaml").write_text(_MAP, "utf-8")
        options["mapping"] = str(folder / "map.yaml")
    before = _state(workspace)
    try:
        importing.run(workspace, form, [path], options=options)
    except KgError as error:
        assert _state(workspace) == before
        return workspace, error
    (graph,) = workspace.graphs().values()
    nodes = {quad.subject for quad in parse(path=str(graph), format=RdfFormat.TURTLE)}
    assert len(nodes) == sum(1 for _ in read_lines(graph))
    return workspace, None


def test_every_importer_is_tried() -> None:
    assert SEEDS.keys() == MODULES.keys()


@pytest.mark.parametrize("form", SEEDS)
def test_the_file_that_is_spoilt_was_fine(form: str, tmp_path: Path) -> None:
    name, content = SEEDS[form]
    (tmp_path / name).write_text(content, "utf-8")
    assert _import(form, tmp_path / name, tmp_path)[1] is None


@pytest.mark.parametrize("form", SEEDS)
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_a_line_or_read_in_part(
    form: str, what: str, tmp_path: Path
) -> None:
    name, content = SEEDS[form]
    (tmp_path / name).write_bytes(HOSTILE[what](content.encode()))
    _, error = _import(form, tmp_path / name, tmp_path)
    if error is not None:
        assert error.exit_code in (2, 3, 4)
        assert error.message
        assert "\n" not in error.message


@pytest.mark.parametrize("form", SEEDS)
def test_a_folder_in_the_place_of_a_file_is_refused_in_a_line(form: str, tmp_path: Path) -> None:
    (tmp_path / SEEDS[form][0]).mkdir()
    _, error = _import(form, tmp_path / SEEDS[form][0], tmp_path)
    assert error is not None
    assert error.exit_code in (2, 3, 4)


_WEIRD = [
    None,
    7,
    True,
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    "",
    "\ud800",
    "http://[x",
    "a b",
    "0000-00-00",
]
_JSON = {"ftm": _FTM, "wikidata": _WIKIDATA, "misp": _MISP, "stix": _STIX, "uk": _UK}


def _spoilt(value: object, weird: object) -> Iterator[object]:
    """Yield a JSON value with each of its parts replaced by something of the wrong kind."""
    yield weird
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in parts:
        for other in _spoilt(part, weird):
            copy = dict(value) if isinstance(value, dict) else list(value)  # type: ignore[call-overload]  # one of the two
            copy[key] = other
            yield copy


@pytest.mark.parametrize("form", _JSON)
@pytest.mark.parametrize("weird", _WEIRD, ids=json.dumps)
def test_json_with_something_of_the_wrong_kind_anywhere_never_breaks_an_importer(
    form: str, weird: object, tmp_path: Path
) -> None:
    for number, value in enumerate(_spoilt(_JSON[form], weird)):
        place = tmp_path / str(number)
        place.mkdir()
        (place / SEEDS[form][0]).write_text(json.dumps(value) + "\n", "utf-8")
        _, error = _import(form, place / SEEDS[form][0], place)
        assert error is None or error.exit_code in (2, 3, 4)
