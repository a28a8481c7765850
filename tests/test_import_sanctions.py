"""Sanctions lists: what OFAC, the United Nations and the United Kingdom say, as claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from importing import ask

from kg.errors import DataError, RefusedError, UnreadableError
from kg.importing import Imported, run
from kg.importing.country_names import named
from kg.importing.sanctions.parties import imo_is_valid, iso_date
from kg.store import Store
from kg.workspace import Workspace

Import = Callable[..., Imported]

SDN = """\
11,"EXAMPLE TRADING CO",-0- ,"NPWMD] [DPRK2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"a.k.a. 'EXTRA'; Identification Number IMO 1234567; Linked To: MODEL, Person."
12,"MODEL, Person","individual","DPRK",Director,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 24 Aug 1978; alt. DOB 1979; DOB circa 1980; DOB 01 Jan 1946 to 31 Dec 1948; POB Pyongyang; nationality Korea, North; Passport 123456 (Korea, North) issued 04 Feb 2016 expires 04 Feb 2021; Tax ID No. 77 (Russia); Linked To: NOBODY LTD; Linked To: TWICE"
13,"GOOD SHIP","vessel","DPRK",-0- ,"ABCD",Bulk Carrier,"10,030",-0- ,"Panama",-0- ,"Vessel Registration Identification IMO 9361407; MMSI 572469210."
14,"BAD SHIP","vessel","DPRK",-0- ,-0- ,-0- ,-0- ,-0- ,Ruritania,-0- ,"Vessel Registration Identification IMO 9361408; Linked To: EXA"
15,"P-881","aircraft","DPRK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Aircraft Model IL62-M."
16,"TWICE",-0- ,"DPRK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
17,"TWICE",-0- ,"DPRK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
\x1a
"""
ALT = (
    '11,1,"aka","EXAMPLE MINING",-0- \n11,2,"fka","EXAMPLE OLD",-0- \n99,3,"aka","LOST",-0- \n\x1a'
)
ADD = '11,1,"1 Street","Moscow","Russia",-0- \n11,2,-0- ,-0- ,"Korea, North",-0- \n12,3,-0- ,-0- ,-0- ,-0- \n'
COMMENTS = '14,"MPLE TRADING CO"\n'
OFAC = {"sdn.csv": SDN, "alt.csv": ALT, "add.csv": ADD, "sdn_comments.csv": COMMENTS}

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>AN</FIRST_NAME><SECOND_NAME>EXAMPLE</SECOND_NAME>
<UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.001</REFERENCE_NUMBER>
<LISTED_ON>2009-07-16</LISTED_ON><COMMENTS1>Directs an example.</COMMENTS1>
<NAME_ORIGINAL_SCRIPT>안예</NAME_ORIGINAL_SCRIPT>
<NATIONALITY><VALUE>Democratic People's Republic of Korea</VALUE></NATIONALITY>
<LAST_DAY_UPDATED><VALUE>2014-07-30</VALUE><VALUE>2023-06-29</VALUE></LAST_DAY_UPDATED>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>An Strong</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>An Weak</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1958</FROM_YEAR><TO_YEAR>1962</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1960</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH><COUNTRY/></INDIVIDUAL_PLACE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>P1</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY>
<DATAID>2</DATAID><FIRST_NAME>EXAMPLE TRADING CO</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
<REFERENCE_NUMBER>KPe.001</REFERENCE_NUMBER><LISTED_ON>2009-04-24</LISTED_ON>
<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>EXAMPLE OLD</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ADDRESS><CITY>Moscow</CITY><COUNTRY>Russian Federation</COUNTRY></ENTITY_ADDRESS>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


def uk(*parts: tuple[str, str, str, dict[str, object]]) -> str:
    """Return a file of Ammitto's: key, entity type, UK type, and fields of the entity."""
    graph: list[dict[str, object]] = []
    for key, kind, uk_kind, more in parts:
        entity = f"https://www.ammitto.org/entity/uk/{key}"
        graph.append({"id": entity, "entity_type": kind, **more})
        fields = {"uk:entityType": uk_kind, "uk:designationSource": "UN"}
        if key == "DPR0002":
            fields["uk:unReferenceNumber"] = "KPe.001"
        graph.append(
            {
                "id": f"https://www.ammitto.org/entry/uk/{key}",
                "entity_id": entity,
                "authority": {"@id": "https://www.ammitto.org/authority/uk"},
                "regime": {"@id": "https://www.ammitto.org/regime/an_example_regime"},
                "effects": [{"effect_type": "asset_freeze", "scope": "full"}],
                "period": {"listed_date": "2017-10-03", "last_updated": "2021-12-18"},
                "status": "active",
                "reference_number": key,
                "raw_source_data": {"source_specific_fields": fields},
            }
        )
    return json.dumps({"@context": "https://example.org/never-fetched", "@graph": graph})


UK = uk(
    ("DPR0001", "person", "Individual", {"names": [{"full_name": "An", "first_name": "Jong"}]}),
    ("DPR0002", "organization", "Entity", {"names": [{"full_name": "EXAMPLE TRADING CO"}]}),
    ("DPR0003", "organization", "Ship", {"names": [{"full_name": "Example 6"}]}),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work", shipped=False)


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Import:
    """Import texts in a format, each as a file of the name given."""

    def bring(form: str, files: dict[str, str | bytes], **overrides: str) -> Imported:
        paths = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return run(workspace, form, paths, overrides=overrides)

    return bring


def one(store: Store, pattern: str, what: str = "(COUNT(DISTINCT ?x) AS ?n)") -> str:
    return ask(store, f"SELECT {what} WHERE {{ {pattern} }}")[0][0]


def said(store: Store, subject: str, predicate: str, what: str = "?o") -> set[str]:
    """Return what the claims on a subject say with a predicate."""
    text = f"SELECT DISTINCT {what} WHERE {{ ?c rdf:subject {subject} ; rdf:predicate kg:{predicate} ; rdf:object ?o }}"
    return {row[0] for row in ask(store, text)}


def about(store: Store, subject: str, predicate: str, prop: str) -> set[str]:
    """Return what the claims on a subject with a predicate say of themselves."""
    text = f"SELECT DISTINCT ?v WHERE {{ ?c rdf:subject {subject} ; rdf:predicate kg:{predicate} ; {prop} ?v }}"
    return {row[0] for row in ask(store, text)}


def identifiers(store: Store, subject: str) -> set[tuple[str, str]]:
    text = (
        f"SELECT ?s ?v WHERE {{ ?c rdf:subject {subject} ; kg:identityScheme ?s ; rdf:object ?v }}"
    )
    return {(row[0], row[1]) for row in ask(store, text)}


# ---------------------------------------------------------------- small things


def test_written_dates_keep_their_precision() -> None:
    assert iso_date("24 Aug 1978") == "1978-08-24"
    assert iso_date("Aug 1978") == "1978-08"
    assert iso_date("dd/08/1978") == "1978-08"
    assert iso_date("00/00/1978") == ""
    assert iso_date("31 Feb 1978") == ""


def test_an_imo_number_is_right_only_with_its_check_digit() -> None:
    assert imo_is_valid("9074729")
    assert not imo_is_valid("9074728")
    assert not imo_is_valid("90747291")


def test_a_country_is_known_by_its_names_and_never_by_a_code() -> None:
    found = {name: named(name) for name in ("Korea, North", "Russian Federation", "The Gambia")}
    assert {name: c and c.alpha3 for name, c in found.items()} == {
        "Korea, North": "PRK",
        "Russian Federation": "RUS",
        "The Gambia": "GMB",
    }
    assert named("KN") is named("RU") is named("US") is named("Korea") is None


# ---------------------------------------------------------------- OFAC


def test_one_designation_stands_for_each_programme(workspace: Workspace, bring: Import) -> None:
    bring("ofac", OFAC)
    store = workspace.open()
    assert said(store, "ofac:11", "designatedUnder") == {
        "OFAC programme DPRK2",
        "OFAC programme NPWMD",
    }
    assert about(store, "ofac:11", "designatedUnder", "kg:originalHolder") == {
        "Office of Foreign Assets Control"
    }
    assert [store.types(f"https://w3id.org/gambit/id/ofac/{n}")[0].rpartition("#")[2] for n in range(11, 16)] == [
        "Organization", "Person", "Vessel", "Vessel", "Aircraft",
    ]  # fmt: skip


def test_names_say_what_sort_they_are_and_how_good(workspace: Workspace, bring: Import) -> None:
    bring("ofac", OFAC)
    store = workspace.open()
    rows = ask(
        store,
        "SELECT ?o ?t ?q WHERE { ?c rdf:subject ofac:11 ; rdf:predicate kg:alias ; rdf:object ?o ;"
        " kg:aliasType ?t ; kg:aliasQuality ?q } ORDER BY ?o",
    )
    assert rows == [
        ["EXAMPLE MINING", "a.k.a.", "strong"],
        ["EXAMPLE OLD", "f.k.a.", "former"],
        ["EXTRA", "a.k.a.", "weak"],
    ]
    assert one(store, "?x skos:hiddenLabel 'EXTRA'") == "1"
    assert one(store, "?x skos:altLabel 'EXTRA'") == "0"


def test_remarks_become_claims_that_say_they_were_parsed(
    workspace: Workspace, bring: Import
) -> None:
    bring("ofac", OFAC)
    store = workspace.open()
    dates = said(store, "ofac:12", "birthDate")
    assert dates == {"1978-08-24", "1979", "1980", "1946-01-01/1948-12-31"}
    assert about(store, "ofac:12", "birthDate", "kg:checkMethod") == {"parsed from the remarks"}
    assert about(store, "ofac:12", "birthDate", "kg:hedgeText") == {"circa"}
    assert said(store, "ofac:12", "nationality") == {"North Korea"}
    assert {("passport", "123456"), ("tax-number", "77")} < identifiers(store, "ofac:12")
    passport = "?x rdf:subject ofac:12 ; kg:identityScheme 'passport'"
    assert one(store, f"{passport} ; kg:validTo ?d", "?d") == "2021-02-04"


def test_a_tie_names_another_entry_or_stays_a_name(workspace: Workspace, bring: Import) -> None:
    done = bring("ofac", OFAC)
    store = workspace.open()
    assert said(store, "ofac:11", "tiedTo") == {"MODEL, Person"}
    assert said(store, "ofac:12", "tiedToName") == {"NOBODY LTD", "TWICE"}
    assert said(store, "ofac:14", "tiedTo") == {"EXAMPLE TRADING CO"}  # goes on in the comments
    assert done.report.unresolved["a tie to a name without an entry"] == 1
    assert done.report.unresolved["a tie to a name that several entries have"] == 1
    assert done.report.unresolved["a row of an entry that is not in the file of entries"] == 1


def test_a_ship_and_a_company_never_share_an_imo_number(
    workspace: Workspace, bring: Import
) -> None:
    done = bring("ofac", OFAC)
    store = workspace.open()
    assert {("imo", "9361407"), ("mmsi", "572469210"), ("call-sign", "ABCD")} < identifiers(
        store, "ofac:13"
    )
    assert ("registration", "IMO 1234567") in identifiers(store, "ofac:11")
    assert done.report.noted["an IMO number with a wrong check digit"] == 1
    assert "the check digit is wrong" in about(store, "ofac:14", "identityValue", "kg:editorNote")
    assert said(store, "ofac:13", "flagState") == {"Panama"}


def test_nothing_and_the_end_of_file_mark_are_no_values(
    workspace: Workspace, bring: Import
) -> None:
    done = bring("ofac", OFAC)
    graph = (workspace.folder / "graphs" / "ofac-sdn.ttl").read_text("utf-8")
    assert "-0-" not in graph
    assert "\x1a" not in graph
    assert "\\u001A" not in graph
    assert not done.report.skipped
    assert said(workspace.open(), "ofac:12", "address") == set()


def test_an_address_lies_in_a_country_that_has_its_code(
    workspace: Workspace, bring: Import
) -> None:
    done = bring("ofac", OFAC)
    store = workspace.open()
    assert said(store, "ofac:11", "address") == {"1 Street, Moscow, Russia", "Korea, North"}
    assert said(store, "ofac:11", "basedIn") == {"Russia", "North Korea"}
    assert identifiers(store, "country:RUS") == {("iso3166-1-alpha3", "RUS")}
    assert said(store, "ofac:14", "flagState") == {"Ruritania"}
    assert done.report.unresolved["a country's name that no table has"] == 1


def test_what_a_newer_list_lacks_is_kept_as_no_longer_listed(
    workspace: Workspace, bring: Import
) -> None:
    bring("ofac", OFAC, edition="2019-01-15")
    newer = "\n".join(line for line in SDN.splitlines() if not line.startswith("13,"))
    bring("ofac", {**OFAC, "sdn.csv": newer}, edition="2020-01-15")
    store = workspace.open()
    current = "GRAPH graph:ofac-sdn { ?x rdf:subject ofac:13 }"
    gone = "GRAPH graph:ofac-sdn-departed { ?x rdf:subject ofac:13 ; rdf:predicate kg:designatedUnder ; kg:lastEdition '2019-01-15' }"
    assert (one(store, current), one(store, gone)) == ("0", "1")
    assert one(store, "GRAPH graph:ofac-sdn-departed { ?x rdf:subject ofac:12 }") == "0"
    # An older edition that comes later changes nothing.
    before = {p.name: p.read_bytes() for p in (workspace.folder / "graphs").iterdir()}
    bring("ofac", OFAC, edition="2019-01-15")
    assert {p.name: p.read_bytes() for p in (workspace.folder / "graphs").iterdir()} == before


def test_the_order_of_files_and_a_second_import_change_nothing(
    workspace: Workspace, bring: Import
) -> None:
    bring("ofac", OFAC)
    graph = workspace.folder / "graphs" / "ofac-sdn.ttl"
    before = graph.read_bytes()
    bring("ofac", dict(reversed(OFAC.items())))
    assert graph.read_bytes() == before


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"alt.csv": ALT}, RefusedError),
        ({"sdn.csv": "a,b,c\n"}, RefusedError),
        ({"sdn.csv": SDN.encode() + b'18,"\xd0",-0- ,"X"'}, UnreadableError),
        ({"sdn.csv": SDN.splitlines()[0] + ",13th\n"}, DataError),
        ({"sdn.csv": ""}, RefusedError),
    ],
    ids=["no entries", "three columns", "wrong encoding", "too many cells", "empty"],
)
def test_a_broken_list_is_refused_and_leaves_everything_as_it_was(
    workspace: Workspace, bring: Import, files: dict[str, str | bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        bring("ofac", files)
    assert not list(workspace.folder.glob("graphs/*"))


def test_a_row_without_a_number_is_skipped_with_its_line(bring: Import) -> None:
    done = bring("ofac", {**OFAC, "sdn.csv": SDN + 'XX,"NOBODY",-0- ,"DPRK",,,,,,,,-0- \n'})
    assert done.report.skipped == {"a row without an entry number": 1}
    assert done.report.examples["a row without an entry number"] == ["sdn.csv line 8"]


# ---------------------------------------------------------------- the United Nations


def test_a_un_entry_has_its_list_number_and_its_day(workspace: Workspace, bring: Import) -> None:
    done = bring("un", {"un.xml": UN})
    store = workspace.open()
    assert done.dataset.edition == "2026-02-27"
    assert ("un-sanctions", "KPi.001") in identifiers(store, "unsc:KPi.001")
    assert about(store, "unsc:KPi.001", "designatedUnder", "kg:validFrom") == {"2009-07-16"}
    assert about(store, "unsc:KPi.001", "designatedUnder", "kg:lastUpdated") == {
        "2014-07-30",
        "2023-06-29",
    }
    assert said(store, "unsc:KPi.001", "birthDate") == {"1958/1962", "1960"}
    assert said(store, "unsc:KPi.001", "designationReason") == {"Directs an example."}
    assert about(store, "unsc:KPi.001", "designationReason", "kg:claimKind") == {"ascription"}
    assert one(store, "unsc:KPi.001 skos:hiddenLabel ?x", "?x") == "An Weak"
    assert about(store, "unsc:KPe.001", "alias", "kg:aliasQuality") == {"former"}
    assert said(store, "unsc:KPe.001", "basedIn") == {"Russia"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]>' + UN.partition("?>")[2], RefusedError),
        (UN[:900], UnreadableError),
        ("<html><body/></html>", RefusedError),
        ("no xml", UnreadableError),
    ],
    ids=["entities", "cut short", "another document", "text"],
)
def test_xml_that_is_no_list_is_refused(
    workspace: Workspace, bring: Import, content: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bring("un", {"un.xml": content})
    assert not list(workspace.folder.glob("graphs/*"))


# ---------------------------------------------------------------- the United Kingdom


def test_a_newer_uk_list_keeps_what_it_drops(workspace: Workspace, bring: Import) -> None:
    assert bring("uk", {"uk.jsonld": UK}).dataset.edition == "2021-12-18"
    nodes = [n for n in json.loads(UK)["@graph"] if not str(n["id"]).endswith("DPR0003")]
    newer = json.dumps(nodes).replace("2021-12-18", "2022-01-01")
    bring("uk", {"uk.jsonld": newer})
    store = workspace.open()
    left = "GRAPH graph:uk-sanctions-departed { ?x rdf:subject uksl:DPR0003 ; kg:lastEdition '2021-12-18' }"
    assert one(store, left) == "2"
    assert one(store, "GRAPH graph:uk-sanctions { ?x rdf:subject uksl:DPR0003 }") == "0"


def test_a_uk_entry_is_read_by_its_own_keys_without_any_context(
    workspace: Workspace, bring: Import
) -> None:
    done = bring("uk", {"uk.jsonld": UK})
    store = workspace.open()
    designation = {"kg:sanctionEffect": "asset_freeze", "kg:recordStatus": "active", "kg:validFrom": "2017-10-03", "kg:referenceNumber": "DPR0002"}  # fmt: skip
    for prop, value in designation.items():
        assert about(store, "uksl:DPR0002", "designatedUnder", prop) == {value}
    assert about(store, "uksl:DPR0002", "designatedUnder", "kg:originalHolder") == {
        "United Nations Security Council"
    }
    assert {("uk-sanctions", "DPR0002"), ("un-sanctions", "KPe.001")} == identifiers(
        store, "uksl:DPR0002"
    )
    assert done.report.noted["a ship that the file calls an organisation"] == 1
    assert one(store, "uksl:DPR0003 a kg:Vessel BIND(1 AS ?x)") == "1"


def test_a_person_with_one_word_for_a_name_is_found_but_not_called_by_it(
    workspace: Workspace, bring: Import
) -> None:
    done = bring("uk", {"uk.jsonld": UK})
    store = workspace.open()
    assert store.label("https://w3id.org/gambit/id/uksl/DPR0001") == "An (DPR0001)"
    assert one(store, "?x skos:hiddenLabel 'An'") == "1"
    assert one(store, "?x skos:prefLabel|skos:altLabel 'An'") == "0"
    assert about(store, "uksl:DPR0001", "alias", "kg:aliasQuality") == {"weak"}
    assert done.report.noted == {
        "a person with names of one word only: never enough for a match": 1,
        "a ship that the file calls an organisation": 1,
    }


def test_an_entry_without_its_entity_and_an_entity_without_an_entry_are_kept(
    workspace: Workspace, bring: Import
) -> None:
    nodes = json.loads(UK)["@graph"]
    done = bring("uk", {"uk.jsonld": json.dumps([nodes[0], nodes[3]])})
    assert done.report.unresolved == {"an entry whose entity is not in the file": 1}
    assert done.report.noted["an entity without an entry"] == 1
    assert ("un-sanctions", "KPe.001") in identifiers(workspace.open(), "uksl:DPR0002")


@pytest.mark.parametrize(
    "content",
    [UK[:500], "[" * 10_000, '{"@graph": [{"id": 1}, 2, null]}', '"text"'],
    ids=["cut short", "too deep", "no entities", "a text"],
)
def test_json_that_is_no_list_is_refused(workspace: Workspace, bring: Import, content: str) -> None:
    with pytest.raises(DataError):
        bring("uk", {"uk.jsonld": content})
    assert not list(workspace.folder.glob("graphs/*"))


UK_XML = """<?xml version="1.0"?><Designations><Designation><LastUpdated>09/04/2025</LastUpdated>
<DateDesignated>31/12/2020</DateDesignated><UniqueID>DPR0001</UniqueID><OFSIGroupID>13590</OFSIGroupID>
<UNReferenceNumber>KPi.077</UNReferenceNumber><Names>
<Name><Name6>Example</Name6><Name1>An</Name1><NameType>Primary Name</NameType></Name>
<Name><Name6>Ann</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name></Names>
<RegimeName>An example regime</RegimeName><IndividualEntityShip>Individual</IndividualEntityShip>
<DesignationSource>UN</DesignationSource><SanctionsImposed>Asset freeze|Travel Ban</SanctionsImposed>
<Addresses><Address><AddressLine1>1 Street</AddressLine1><AddressCountry>North Korea</AddressCountry></Address></Addresses>
<IndividualDetails><Individual><DOBs><DOB>dd/mm/1970</DOB></DOBs></Individual></IndividualDetails>
</Designation></Designations>"""
UK_CSV = """Report Date: 06-Nov-2025
Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name type,Alias strength,Regime Name,Designation Type,Designation source,Sanctions Imposed,Address Line 1,Address Country,D.O.B,Date Designated
09/04/2025,DPR0001,13590,KPi.077,Example,An,Primary Name,,An example regime,Individual,UN,Asset freeze|Travel Ban,1 Street,North Korea,dd/mm/1970,31/12/2020
09/04/2025,DPR0001,13590,KPi.077,Ann,,Alias,Low quality a.k.a,An example regime,Individual,UN,Asset freeze|Travel Ban,1 Street,North Korea,dd/mm/1970,31/12/2020
"""


@pytest.mark.parametrize("name", ["list.xml", "list.csv"])
def test_the_uk_lists_own_files_say_the_same(
    workspace: Workspace, bring: Import, name: str
) -> None:
    done = bring("uk", {name: UK_XML if name.endswith("xml") else UK_CSV})
    store = workspace.open()
    assert done.dataset.edition == "2025-04-09"
    assert store.label("https://w3id.org/gambit/id/uksl/DPR0001") == "An Example"
    assert ("un-sanctions", "KPi.077") in identifiers(store, "uksl:DPR0001")
    assert about(store, "uksl:DPR0001", "designatedUnder", "kg:measureImposed") == {"Asset freeze", "Travel Ban"}  # fmt: skip
    assert about(store, "uksl:DPR0001", "designatedUnder", "kg:validFrom") == {"2020-12-31"}
    assert said(store, "uksl:DPR0001", "address") == {"1 Street, North Korea"}
    assert said(store, "uksl:DPR0001", "birthDate") == {"1970"}
    assert about(store, "uksl:DPR0001", "alias", "kg:aliasQuality") == {"weak"}


@pytest.mark.parametrize("name", ["list.xml", "list.csv"])
def test_a_file_that_is_not_the_uk_list_is_refused(bring: Import, name: str) -> None:
    with pytest.raises(DataError):
        bring("uk", {name: "<Other/>" if name.endswith("xml") else "a,b\n1,2\n"})


def test_a_party_reads_well_on_the_terminal(kg: Run, tmp_path: Path) -> None:
    for name, content in OFAC.items():
        (tmp_path / name).write_text(content, "utf-8")
    assert kg("init", ".").returncode == 0
    assert kg("import", "ofac", *OFAC, "--edition", "2019-01-15").returncode == 0
    shown = kg("show", "EXAMPLE TRADING CO").stdout
    assert "OFAC lists EXAMPLE TRADING CO under its programme DPRK2." in shown
    assert "OFAC says that EXAMPLE TRADING CO has an address in Russia." in shown


# ---------------------------------------------------------------- the shared lists


@pytest.fixture(scope="module")
def lists(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> tuple[Store, dict[str, Imported]]:
    """The shared OFAC and UK lists in one workspace."""
    workspace = Workspace.create(tmp_path_factory.mktemp("lists") / "work", shipped=False)
    ofac = [shared_data / "ofac-sdn-2019" / f"{name}.csv" for name in ("sdn", "alt", "add")]
    done = {
        "ofac": run(workspace, "ofac", ofac, overrides={"edition": "2019-01-15"}),
        "uk": run(
            workspace,
            "uk",
            [shared_data / "uk-sanctions-dprk-jsonld" / "uk-dprk.jsonld"],
            overrides={"edition": "2026-03-15"},
        ),
    }
    return workspace.open(), done


Lists = tuple[Store, dict[str, Imported]]
_PARTY = "?x a kg:{} . FILTER(STRSTARTS(STR(?x), '{}'))"
_IDS = "https://w3id.org/gambit/id/"
_DPRK = (
    "?d rdf:subject ?x ; rdf:predicate kg:designatedUnder ;"
    " rdf:object/skos:prefLabel ?p . FILTER(STRSTARTS(?p, 'OFAC programme DPRK'))"
)


@pytest.mark.shared
def test_ofac_1_every_row_is_read(lists: Lists, shared_data: Path) -> None:
    store, done = lists
    assert done["ofac"].report.read == 785 + 1015 + 1009
    counts = [one(store, _PARTY.format(c, _IDS + "ofac/")) for c in ("Person", "Organization", "Vessel", "Aircraft")]  # fmt: skip
    assert counts == ["356", "310", "103", "16"]
    rows = "?x kg:recordKey ?k FILTER(CONTAINS(?k, '-alt-'))"
    assert one(store, rows) == "1015"
    # 164 of the 1,009 rows of addresses hold nothing but -0-.
    rows = "?x kg:recordKey ?k FILTER(CONTAINS(?k, '-address-'))"
    filled = sum(
        any(cell.strip(' "') != "-0-" for cell in line.split(",")[2:])
        for line in (shared_data / "ofac-sdn-2019" / "add.csv").read_text("utf-8").splitlines()
    )
    assert one(store, rows) == str(filled)


@pytest.mark.shared
def test_ofac_2_the_parties_of_the_dprk_programmes(lists: Lists) -> None:
    store, _ = lists
    assert one(store, _DPRK) == "388"
    assert one(store, _DPRK + " ?x a kg:Person") == "125"
    assert one(store, _DPRK + " ?x a kg:Vessel") == "101"


@pytest.mark.shared
def test_ofac_3_designations_by_programme(lists: Lists) -> None:
    store, _ = lists
    rows = ask(
        store,
        "SELECT ?p (COUNT(?c) AS ?n) WHERE { ?c rdf:predicate kg:designatedUnder ; rdf:object/skos:prefLabel ?p"
        " FILTER(STRSTARTS(?p, 'OFAC')) } GROUP BY ?p",
    )
    counts = {label.removeprefix("OFAC programme "): int(n) for label, n in rows}
    expected = {
        "DPRK4": 144, "DPRK3": 113, "DPRK2": 85, "DPRK": 50, "UKRAINE-EO13661": 150,
        "UKRAINE-EO13660": 138, "UKRAINE-EO13685": 73, "CAATSA - RUSSIA": 29, "NPWMD": 4,
    }  # fmt: skip
    assert {p: n for p, n in counts.items() if p in expected} == expected


@pytest.mark.shared
def test_ofac_4_ships_with_an_imo_number(lists: Lists) -> None:
    store, _ = lists
    assert one(store, "?x a kg:Vessel . ?c rdf:subject ?x ; kg:identityScheme 'imo'") == "102"


@pytest.mark.shared
def test_ofac_5_the_mining_development_corporation(lists: Lists) -> None:
    store, _ = lists
    assert said(store, "ofac:9345", "designatedUnder") == {
        "OFAC programme NPWMD",
        "OFAC programme DPRK2",
    }
    assert len(said(store, "ofac:9345", "alias")) == 7
    assert "KOMID" in said(store, "ofac:9345", "alias")
    assert len(said(store, "ofac:9345", "address")) == 5
    assert said(store, "ofac:9345", "basedIn") == {
        "North Korea",
        "China",
        "Russia",
        "Iran",
        "Syria",
    }


@pytest.mark.shared
def test_ofac_6_the_bridges_to_russia_and_china(lists: Lists) -> None:
    store, _ = lists
    address = (
        "?e kg:evidence/kg:recordKey ?k ; rdf:subject ?x ; rdf:predicate kg:basedIn ;"
        " rdf:object country:{} FILTER(CONTAINS(?k, '-address-'))"
    )
    russia = f"{_DPRK} {address.format('RUS')}"
    assert one(store, russia) == "22"
    assert one(store, f"{_DPRK} {address.format('CHN')}") == "67"
    for name in ("GUDZON SHIPPING CO LLC", "COMMERCIAL BANK AGROSOYUZ", "PRIMORYE MARITIME LOGISTICS CO LTD"):  # fmt: skip
        assert one(store, f"{russia} ?x skos:prefLabel '{name}'") == "1"


@pytest.mark.shared
def test_ofac_7_every_tie_names_another_party(lists: Lists) -> None:
    store, _ = lists
    tied = "?x rdf:predicate ?p FILTER(?p IN (kg:tiedTo, kg:tiedToName))"
    assert one(store, f"{tied} ?x rdf:subject ?s", "(COUNT(DISTINCT ?s) AS ?n)") == "200"
    assert int(one(store, "?x rdf:predicate kg:tiedTo")) > 190


@pytest.mark.shared
def test_ofac_8_nothing_is_no_value(lists: Lists) -> None:
    store, _ = lists
    assert one(store, "?x ?p ?o FILTER(isLiteral(?o) && CONTAINS(STR(?o), '-0-'))") == "0"


_UK = "?c kg:referenceNumber ?r ; rdf:predicate kg:designatedUnder ; rdf:subject ?x FILTER(STRSTARTS(STR(?x), '" + _IDS + "uksl/'))"  # fmt: skip


@pytest.mark.shared
def test_uk_1_and_5_every_node_is_typed(lists: Lists) -> None:
    store, done = lists
    assert done["uk"].report.read == 522
    kinds = [
        one(store, _PARTY.format(c, _IDS + "uksl/")) for c in ("Person", "Organization", "Vessel")
    ]
    assert kinds == ["138", "86", "37"]  # 123 that the file calls organisations, 37 of them ships
    stated = "?c kg:statedType '{}' . " + _UK
    assert [one(store, stated.format(t)) for t in ("person", "organization")] == ["138", "123"]
    assert one(store, _UK + " ?c kg:recordStatus 'active' ; prov:wasDerivedFrom ?e . ?e a prov:Entity") == "261"  # fmt: skip
    assert not done["uk"].report.unresolved


@pytest.mark.shared
def test_uk_2_the_effects(lists: Lists) -> None:
    store, _ = lists
    rows = ask(store, "SELECT ?e (COUNT(?c) AS ?n) WHERE { ?c kg:sanctionEffect ?e } GROUP BY ?e")
    assert {e: int(n) for e, n in rows} == {
        "asset_freeze": 239,
        "service_restriction": 145,
        "travel_ban": 138,
        "debarment": 69,
    }


@pytest.mark.shared
def test_uk_3_whose_decisions_and_since_when(lists: Lists) -> None:
    store, _ = lists
    sources = [one(store, f"{_UK} ?c kg:designationSource '{s}'") for s in ("UN", "UK")]
    assert sources == ["192", "69"]
    days = ask(
        store, f"SELECT (MIN(?d) AS ?a) (MAX(?d) AS ?b) WHERE {{ {_UK} ?c kg:validFrom ?d }}"
    )
    assert days == [["2009-04-24", "2024-05-17"]]


@pytest.mark.shared
def test_uk_4_the_un_numbers_are_exact_links(lists: Lists) -> None:
    store, _ = lists
    number = "?c kg:identityScheme 'un-sanctions' ; rdf:object ?x"
    assert one(store, number) == one(store, number, "(COUNT(?c) AS ?n)") == "155"
    assert one(store, f"{number} FILTER(STRSTARTS(?x, 'KPi'))") == "80"
    assert one(store, f"{number} FILTER(STRSTARTS(?x, 'KPe'))") == "75"
    for entry, un in (("DPR0157", "KPe.001"), ("DPR0181", "KPe.020"), ("DPR0227", "KPi.066")):
        assert ("un-sanctions", un) in identifiers(store, f"uksl:{entry}")


@pytest.mark.shared
def test_uk_6_one_word_is_never_a_persons_name(lists: Lists) -> None:
    store, done = lists
    note = "a person with names of one word only: never enough for a match"
    assert done["uk"].report.noted[note] == 78
    named = _PARTY.format("Person", _IDS + "uksl/") + " ?x skos:prefLabel|skos:altLabel ?l FILTER(!CONTAINS(?l, ' '))"  # fmt: skip
    assert one(store, named) == "0"


@pytest.mark.shared
def test_uk_7_ships_that_are_typed_as_organisations(lists: Lists) -> None:
    store, done = lists
    assert done["uk"].report.noted["a ship that the file calls an organisation"] == 37
    ships = _UK + " ?c kg:designationSource 'UN' ; kg:statedType 'Ship', 'organization' . FILTER NOT EXISTS { ?i rdf:subject ?x ; kg:identityScheme 'un-sanctions' }"  # fmt: skip
    assert one(store, ships) == "37"
    assert one(store, ships + " ?x skos:prefLabel 'Hao Fan 6'") == "1"


@pytest.mark.shared
def test_uk_8_organisations_with_a_name_of_ofacs(lists: Lists) -> None:
    from kg.names import fold

    store, _ = lists
    names: dict[str, dict[str, set[str]]] = {}
    for entity, labels in store.labels.items():
        kind = entity.removeprefix(_IDS).partition("/")[0]
        if kind in ("ofac", "uksl"):
            of = names.setdefault(kind, {}).setdefault(entity, set())
            of.update(fold(label.text) for label in labels)
    primary = {fold(store.label(entity)) for entity in names["ofac"]}
    every = set().union(*names["ofac"].values())
    uk = {e: n for e, n in names["uksl"].items() if not store.types(e)[0].endswith("Person")}
    assert sum(bool(n & primary) for n in uk.values()) == 62
    assert sum(bool(n & every) for n in uk.values()) == 67
    assert names["uksl"][_IDS + "uksl/DPR0157"] & names["ofac"][_IDS + "ofac/9345"]
