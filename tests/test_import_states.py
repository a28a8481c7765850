"""States in tables: alliances, conflicts, votes, territories, codes, from small invented inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing import bring, rows, text

from kg import importing
from kg.errors import KgError, RefusedError, UnreadableError
from kg.importing.reading import given
from kg.importing.states.codes import day, spells

KG = "https://w3id.org/gambit/ontology#"
ID = "https://w3id.org/gambit/id/"

DYADS = """ccode1,ccode2,year,cow_defense,cow_neutral,cow_nonagg,cow_entente
365,731,1989,1,0,1,0
365,731,1990,1,0,1,0
365,731,1991,1,0,1,0
365,731,1992,1,0,1,0
365,731,1994,0,0,0,1
365,731,1995,0,0,0,1
731,365,1989,1,0,1,0
731,365,1990,1,0,1,0
731,365,1991,1,0,1,0
731,365,1992,1,0,1,0
731,365,1994,0,0,0,1
731,365,1995,0,0,0,1
2,740,1988,1,0,0,0
740,2,1988,1,0,0,0
"""
TIES = """SELECT ?p ?s ?o ?from ?to ?covered ?key WHERE {
  ?c rdf:predicate ?p ; rdf:subject ?s ; rdf:object ?o ; kg:validFrom ?from ; kg:evidence/kg:recordKey ?key .
  FILTER(ISIRI(?o) && ?p != owl:sameAs)
  OPTIONAL { ?c kg:validTo ?to } OPTIONAL { ?c kg:coveredTo ?covered } }"""


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---------------------------------------------------------------- years, spells, missing


def test_years_that_follow_each_other_are_one_spell() -> None:
    assert spells([1995, 1961, 1962, 1963, 1994, 1962]) == [(1961, 1963), (1994, 1995)]


@pytest.mark.parametrize("cell", ["", "NA", ".", "-9", "nan"])
def test_a_missing_code_is_no_value(cell: str) -> None:
    assert given({"a": cell, "b": "5.0"}, "a", "b") == "5"
    assert given({"a": cell}, "a") == ""


def test_a_day_is_as_exact_as_its_parts() -> None:
    assert day("1949", "5", "31") == ("1949-05-31", "day")
    assert day("1949", "5", "31", last=True) == ("1949-05-31", "day")
    assert day("1949", "5", "-9", last=True) == ("1949-05-31", "month")
    assert day("1949", "", "", last=True) == ("1949-12-31", "year")
    assert day("1949", "2", "30") == ("1949-02-01", "month")
    assert day("0", "0", "0") == ("", "")


# ---------------------------------------------------------------- COW


def test_dyad_years_become_spells_split_where_a_code_changed_hands(tmp_path: Path) -> None:
    store, report = bring(tmp_path / "w", "cow", put(tmp_path, "dyads.csv", DYADS))
    soviet, russia = f"{ID}cow/365-until-1991-12-25", f"{ID}cow/365-from-1991-12-26"
    north = f"{ID}cow/731"
    found = {row[:3] + row[3:6] + row[6:] for row in rows(store, TIES)}
    assert found == {
        (KG + "alliedWith", soviet, north, "1989-01-01", "1991-12-25", "", "365-731 defense 1989"),
        (KG + "alliedWith", russia, north, "1991-12-26", "1992-12-31", "", "365-731 defense 1989"),
        (KG + "nonaggressionWith", soviet, north, "1989-01-01", "1991-12-25", "", "365-731 nonaggression 1989"),
        (KG + "nonaggressionWith", russia, north, "1991-12-26", "1992-12-31", "", "365-731 nonaggression 1989"),
        (KG + "ententeWith", russia, north, "1994-01-01", "", "1995-12-31", "365-731 entente 1994"),
        (KG + "alliedWith", f"{ID}cow/2", f"{ID}cow/740", "1988-01-01", "1988-12-31", "", "2-740 defense 1988"),
    }  # fmt: skip
    assert report.read == 14


def test_each_part_of_a_split_spell_says_how_long_the_whole_was(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "dyads.csv", DYADS))
    notes = rows(store, "SELECT ?n WHERE { ?c rdf:predicate kg:alliedWith ; kg:editorNote ?n }")
    assert len([n for (n,) in notes if "1989-1992" in n]) == 2


def test_coverage_ends_and_no_alliance_does(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "dyads.csv", DYADS))
    ((note,),) = rows(
        store, "SELECT ?n WHERE { ?c rdf:predicate kg:ententeWith ; kg:editorNote ?n }"
    )
    assert "1995 is the end of coverage" in note


def test_the_code_of_two_holders_is_an_identifier_of_each_in_its_days(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "dyads.csv", DYADS))
    held = rows(
        store,
        """SELECT ?s ?from ?to WHERE { ?c a kg:IdentityLink ; rdf:subject ?s ; rdf:object "365" .
        OPTIONAL { ?c kg:validFrom ?from } OPTIONAL { ?c kg:validTo ?to } }""",
    )
    assert held == [
        (f"{ID}cow/365-from-1991-12-26", "1991-12-26", ""),
        (f"{ID}cow/365-until-1991-12-25", "", "1991-12-25"),
    ]


def test_rows_and_files_in_another_order_make_the_same_graph(tmp_path: Path) -> None:
    header, *lines = DYADS.splitlines()
    half = len(lines) // 2
    one = put(tmp_path, "a.csv", "\n".join([header, *lines[:half]]))
    two = put(tmp_path, "b.csv", "\n".join([header, *lines[half:]]))
    again_a = put(tmp_path, "x.csv", "\n".join([header, *reversed(lines[half:])]))
    again_b = put(tmp_path, "y.csv", "\n".join([header, *reversed(lines[:half])]))
    first = text(tmp_path / "w1", "cow", one, two)
    second = text(tmp_path / "w2", "cow", again_b, again_a)
    strip = [b"fileDigest"]
    assert [ln for ln in first.splitlines() if not any(s in ln for s in strip)] == [
        ln for ln in second.splitlines() if not any(s in ln for s in strip)
    ]


def test_two_spells_of_one_state_are_two_memberships(tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "states.csv",
        "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\n"
        "ATL,40,Atlantis,1902,5,20,1906,9,25,2016\n"
        "ATL,40,Atlantis,1909,1,23,2016,12,31,2016\n",
    )
    store, _ = bring(tmp_path / "w", "cow", path)
    found = rows(
        store,
        """SELECT ?from ?to ?covered WHERE { ?c rdf:predicate kg:stateSystemMember ; kg:validFrom ?from .
        OPTIONAL { ?c kg:validTo ?to } OPTIONAL { ?c kg:coveredTo ?covered } }""",
    )
    assert found == [("1902-05-20", "1906-09-25", ""), ("1909-01-23", "", "2016-12-31")]


DIRECTED = """version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_day,dyad_st_month,dyad_st_year,dyad_end_day,dyad_end_month,dyad_end_year,left_censor,right_censor,defense,neutrality,nonaggression,entente,version
900,10,Aland,20,Bland,1,3,1950,,,,0,1,1,0,0,1,4.1
900,20,Bland,10,Aland,1,3,1950,,,,0,1,0,0,0,1,4.1
901,10,Aland,30,Cland,1,1,1816,7,8,2012,1,0,0,1,0,0,4.1
901,30,Cland,10,Aland,1,1,1816,7,8,2012,1,0,0,1,0,0,4.1
"""


def test_a_directed_table_keeps_who_promised_and_an_unknown_start_is_none(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "by_directed.csv", DIRECTED))
    found = rows(
        store,
        """SELECT ?p ?from ?to ?covered ?n WHERE { ?c rdf:predicate ?p ; rdf:object ?o ; kg:editorNote ?n .
        FILTER(ISIRI(?o)) OPTIONAL { ?c kg:validFrom ?from }
        OPTIONAL { ?c kg:validTo ?to } OPTIONAL { ?c kg:coveredTo ?covered } }""",
    )
    by = {row[0].removeprefix(KG): row[1:] for row in found}
    assert len(found) == 3
    assert by["alliedWith"][:3] == ("1950-03-01", "", "2012-12-31")
    assert "one direction only: Aland towards Bland" in by["alliedWith"][3]
    assert "direction" not in by["ententeWith"][3]
    assert by["neutralityWith"][:3] == ("", "2012-08-07", "")


MEMBERS = """version4id,ccode,state_name,all_st_day,all_st_month,all_st_year,all_end_day,all_end_month,all_end_year,ss_type,mem_st_day,mem_st_month,mem_st_year,mem_end_day,mem_end_month,mem_end_year,left_censor,right_censor,defense,neutrality,nonaggression,entente,version
77,10,Aland,1,3,1950,,,,1,1,3,1950,,,,0,1,1,0,0,0,4.1
77,20,Bland,1,3,1950,,,,1,1,3,1950,5,6,1960,0,0,0,0,0,1,4.1
"""


def test_members_are_no_pairs_and_each_has_its_own_obligations(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "by_member.csv", MEMBERS))
    assert rows(store, "SELECT ?c WHERE { ?c rdf:predicate kg:alliedWith }") == []
    duties = rows(
        store,
        """SELECT ?who ?kind ?to ?until WHERE { ?c rdf:predicate kg:imposes ; rdf:object ?d .
        ?d kg:obliges ?who ; kg:obligationType ?kind ; kg:owedTo ?to . OPTIONAL { ?c kg:validTo ?until } }""",
    )
    assert duties == [
        (f"{ID}cow/10", KG + "defense", f"{ID}cow/20", ""),
        (f"{ID}cow/20", KG + "consultation", f"{ID}cow/10", "1960-06-05"),
    ]


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no alliance table"):
        bring(tmp_path / "w", "cow", put(tmp_path, "x.csv", "a,b\n1,2\n"))


def test_a_table_without_rows_holds_nothing(tmp_path: Path) -> None:
    header = DYADS.splitlines()[0]
    with pytest.raises(RefusedError, match="nothing in it could be read"):
        bring(tmp_path / "w", "cow", put(tmp_path, "x.csv", header + "\n"))


def test_a_broken_table_changes_nothing(tmp_path: Path) -> None:
    workspace = importing.Workspace.create(tmp_path / "w")
    good = put(tmp_path, "good.csv", DYADS)
    importing.run(workspace, "cow", [good])
    before = {p: p.read_bytes() for p in (tmp_path / "w").rglob("*.ttl")}
    extra = put(tmp_path, "extra.csv", DYADS + "365,731,1996,1,0,1,0,1,1,1,1\n")
    latin = put(tmp_path, "latin.csv", DYADS.encode() + b"365,73\xe91,1996,1,0,1,0\n")
    for path in (extra, latin):
        with pytest.raises(KgError):
            importing.run(workspace, "cow", [path])
    assert {p: p.read_bytes() for p in (tmp_path / "w").rglob("*.ttl")} == before


# ---------------------------------------------------------------- ATOP

ATOP_M = """atopid,cow4id,member,yrent,moent,dayent,yrexit,moexit,dayexit,ineffect,phase,defense,offense,neutral,nonagg,consul,obvary,version
5000,264,10,1949,4,4,1951,10,21,0,1,1,0,0,0,1,0,5.1
5000,264,10,1951,10,22,0,0,0,1,2,1,0,0,0,1,0,5.1
5000,264,20,1949,4,4,0,0,0,1,1,0,0,0,1,1,1,5.1
5005,NA,365,1990,1,1,1995,6,0,0,0,0,0,0,1,0,0,5.1
5005,NA,731,1990,1,1,1995,6,0,0,0,0,0,0,1,0,0,5.1
"""


def test_obligations_of_members_are_kept_apart_and_phases_joined(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "atop", put(tmp_path, "atop5_1m.csv", ATOP_M))
    duties = rows(
        store,
        """SELECT ?who ?kind ?from ?to WHERE { ?c rdf:predicate kg:imposes ; rdf:subject atop:5000 ; rdf:object ?d ;
        kg:validFrom ?from . ?d kg:obliges ?who ; kg:obligationType ?kind . OPTIONAL { ?c kg:validTo ?to } }""",
    )
    assert duties == [
        (f"{ID}cow/10", KG + "consultation", "1949-04-04", ""),
        (f"{ID}cow/10", KG + "defense", "1949-04-04", ""),
        (f"{ID}cow/20", KG + "consultation", "1949-04-04", ""),
        (f"{ID}cow/20", KG + "nonaggression", "1949-04-04", ""),
    ]
    links = rows(
        store,
        "SELECT ?scheme ?v WHERE { ?c kg:identityScheme ?scheme ; rdf:subject atop:5000 ; rdf:object ?v }",
    )
    assert links == [("atop", "5000"), ("cow-alliance", "264")]


def test_an_end_without_a_day_is_no_exact_end(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "atop", put(tmp_path, "m.csv", ATOP_M))
    found = rows(
        store,
        """SELECT ?s ?to ?precision WHERE { ?c rdf:predicate kg:hasParty ; rdf:subject atop:5005 ;
        rdf:object ?s ; kg:validTo ?to ; kg:validPrecision ?precision }""",
    )
    assert found == [
        (f"{ID}cow/365-from-1991-12-26", "1995-06-30", KG + "month"),
        (f"{ID}cow/365-until-1991-12-25", "1991-12-25", KG + "month"),
        (f"{ID}cow/731", "1995-06-30", KG + "month"),
    ]


def test_the_table_by_alliance_alone_does_not_say_whose_an_obligation_is(tmp_path: Path) -> None:
    table = (
        "atopid,begyr,begmo,begday,endyr,endmo,endday,defense,offense,neutral,nonagg,consul,mem1,mem2,version\n"
        "5010,1960,1,19,0,0,0,1,0,0,0,1,2,740,4.0100002\n"
    )
    store, _ = bring(tmp_path / "w", "atop", put(tmp_path, "a.csv", table))
    assert rows(store, "SELECT ?c WHERE { ?c rdf:predicate kg:imposes }") == []
    assert len(rows(store, "SELECT ?c WHERE { ?c rdf:predicate kg:hasParty }")) == 2
    assert rows(store, "SELECT ?e WHERE { ?s kg:edition ?e }") == [("4.01",)]


def test_a_table_by_member_and_year_is_read_as_spells(tmp_path: Path) -> None:
    table = "atopid,member,year,defense,offense,neutral,nonagg,consul\n" + "".join(
        f"5020,{state},{year},1,0,0,0,0\n" for state in (10, 20) for year in (1950, 1951, 1953)
    )
    store, _ = bring(tmp_path / "w", "atop", put(tmp_path, "my.csv", table))
    found = rows(
        store,
        """SELECT ?from ?to ?covered WHERE { ?c rdf:predicate kg:imposes ; rdf:object ?d ; kg:validFrom ?from .
        ?d kg:obliges cow:10 OPTIONAL { ?c kg:validTo ?to } OPTIONAL { ?c kg:coveredTo ?covered } }""",
    )
    assert found == [("1950-01-01", "1951-12-31", ""), ("1953-01-01", "", "1953-12-31")]


# ---------------------------------------------------------------- UCDP

SPREAD = """conflict_id,year,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,incompatibility,intensity_level,type_of_conflict,start_date,start_prec,start_date2,start_prec2,ep_end,ep_end_date
9001,1990,10,365,20,40,territory,2,interstate,1989-05-31,3,1990-01-02,1,0,
9001,1990,10,365,20,50,territory,2,interstate,1989-05-31,3,1990-01-02,1,0,
9001,1990,10,710,20,40,territory,2,interstate,1989-05-31,3,1990-01-02,1,0,
9001,1990,10,710,20,50,territory,2,interstate,1989-05-31,3,1990-01-02,1,0,
9001,1991,10,,20,,territory,1,interstate,1989-05-31,3,1990-01-02,1,1,1991-03-04
"""
PUBLISHED = """conflict_id,location,side_a,side_a_id,side_a_2nd,side_b,side_b_id,side_b_2nd,incompatibility,territory_name,year,intensity_level,cumulative_intensity,type_of_conflict,start_date,start_prec,start_date2,start_prec2,ep_end,ep_end_date,ep_end_prec,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,gwno_loc,region,version
9002,Aland,Government of Aland,5,"Government of Russia (Soviet Union), Government of China","Free Aland, People's Front","301, 302",,2,,2001,1,0,4,2000-12-31 00:00:00,5,2001-02-03,1,0,,,10,"365, 710",,,10,1,25.1
"""


def test_rows_spread_over_joiners_are_one_year_with_each_party_once(tmp_path: Path) -> None:
    store, report = bring(tmp_path / "w", "ucdp", put(tmp_path, "u.csv", SPREAD))
    assert report.read == 5
    assert len(rows(store, "SELECT ?y WHERE { ?y a kg:ConflictYear }")) == 2
    parties = rows(
        store,
        """SELECT ?p ?o WHERE { ?c rdf:subject ucdp:9001 ; rdf:predicate ?p ; rdf:object ?o ; kg:validFrom ?f .
        FILTER(?f = "1990-01-01"^^xsd:date) }""",
    )
    assert [(p.removeprefix(KG), o.removeprefix(ID)) for p, o in parties] == [
        ("primaryOnSideA", "gw/10"),
        ("primaryOnSideB", "gw/20"),
        ("secondaryOnSideA", "gw/365-until-1991-12-25"),
        ("secondaryOnSideA", "gw/710"),
        ("secondaryOnSideB", "gw/40"),
        ("secondaryOnSideB", "gw/50"),
    ]


def test_a_start_that_is_not_known_to_the_day_is_not_kept_as_exact(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "ucdp", put(tmp_path, "u.csv", SPREAD))
    assert rows(store, "SELECT ?p WHERE { ucdp:9001 kg:datePrecision ?p }") == [(KG + "month",)]
    said = rows(
        store,
        """SELECT ?p ?d ?precision ?words WHERE { ?c rdf:predicate ?p ; rdf:object ?d ; kg:statement ?words .
        FILTER(DATATYPE(?d) = xsd:date) OPTIONAL { ?c kg:datePrecision ?precision } }""",
    )
    kinds = {(p.removeprefix(KG), d, x.removeprefix(KG)) for p, d, x, _ in said}
    assert kinds == {
        ("startDate", "1989-05-31", "month"),
        ("episodeStart", "1990-01-02", "day"),
        ("episodeEnd", "1991-03-04", ""),
    }
    assert all("1989-05-31" not in words for *_, words in said)


def test_the_published_table_lists_parties_in_a_cell_and_names_groups(tmp_path: Path) -> None:
    store, _ = bring(tmp_path / "w", "ucdp", put(tmp_path, "acd.csv", PUBLISHED))
    parties = rows(
        store,
        "SELECT ?p ?o WHERE { ?c rdf:subject ucdp:9002 ; rdf:predicate ?p ; rdf:object ?o FILTER(ISIRI(?o)) }",
    )
    assert [(p.removeprefix(KG), o.removeprefix(ID)) for p, o in parties] == [
        ("primaryOnSideA", "gw/10"),
        ("primaryOnSideB", "ucdp/actor-301"),
        ("primaryOnSideB", "ucdp/actor-302"),
        ("secondaryOnSideA", "gw/365-from-1991-12-26"),
        ("secondaryOnSideA", "gw/710"),
    ]
    assert rows(store, "SELECT ?l WHERE { gw:10 skos:prefLabel ?l }") == [("Aland",)]
    assert rows(store, "SELECT ?l WHERE { ucdp:actor-302 skos:prefLabel ?l }") == [
        ("People's Front",)
    ]
    said = rows(
        store, "SELECT ?v WHERE { ?c rdf:predicate ?p ; rdf:object ?v FILTER(?p IN (kg:conflictType, kg:incompatibility)) }"
    )  # fmt: skip
    assert said == [("government",), ("internationalized intrastate",)]
    assert rows(store, "SELECT ?e WHERE { ?s kg:edition ?e }") == [("25.1",)]
    assert rows(store, "SELECT ?p WHERE { ucdp:9002 kg:datePrecision ?p }") == [(KG + "year",)]


# ---------------------------------------------------------------- votes

CALLS = """rcid,session,date,unres,amend,para,short,descr
1,44,1989-12-15,R/44/1,0,1,FIRST,A FIRST DRAFT
2,50,1995-12-12,R/50/2,,,SECOND,A SECOND
"""
VOTES = """rcid,country,country_code,vote
1,Russia,RU,yes
1,Ukraine,UA,yes
1,Namibia,NA,no
1,Japan,JP,abstain
2,Russia,RU,no
2,Ukraine,UA,8
2,Japan,JP,no
2,Zanzibar,NA,yes
2,Japan,JP,yes
3,Japan,JP,yes
"""


def test_a_vote_is_of_who_held_the_seat_on_that_day(tmp_path: Path) -> None:
    paths = put(tmp_path, "calls.csv", CALLS), put(tmp_path, "votes.csv", VOTES)
    store, report = bring(tmp_path / "w", "unvotes", *paths)
    votes = rows(
        store,
        "SELECT ?o ?seat ?p ?s WHERE { ?c kg:seat ?seat ; rdf:object ?o ; rdf:predicate ?p ; rdf:subject ?s }",
    )
    short = [tuple(t.removeprefix(ID).removeprefix(KG) for t in row) for row in votes]
    assert short == [
        ("unvotes/1", "JP", "abstainedOn", "unvotes/state-JP"),
        ("unvotes/1", "NA", "votedAgainst", "unvotes/state-NA"),
        ("unvotes/1", "RU", "votedFor", "unvotes/state-RU-until-1991-12-25"),
        ("unvotes/1", "UA", "votedFor", "unvotes/state-UA-until-1991-12-25"),
        ("unvotes/2", "JP", "votedAgainst", "unvotes/state-JP"),
        ("unvotes/2", "JP", "votedFor", "unvotes/state-JP"),
        ("unvotes/2", "RU", "votedAgainst", "unvotes/state-RU"),
        ("unvotes/2", "zanzibar", "votedFor", "unvotes/state-zanzibar"),
        ("unvotes/3", "JP", "votedFor", "unvotes/state-JP"),
    ]
    codes = dict(rows(store, "SELECT ?s ?v WHERE { ?c kg:identityScheme ?k ; rdf:subject ?s ; rdf:object ?v }"))  # fmt: skip
    assert codes[f"{ID}unvotes/state-RU-until-1991-12-25"] == "SU"
    assert codes[f"{ID}unvotes/state-NA"] == "NA"
    assert f"{ID}unvotes/state-UA-until-1991-12-25" not in codes
    assert report.noted["two different votes of a seat in one roll call, both kept"] == 1
    assert report.skipped["no vote: absent, or not a member"] == 1
    assert report.unresolved["a vote in a roll call that is not in these files"] == 1


# ---------------------------------------------------------------- territories

ARCADIA = """name: Arcadia
full_name: Republic of Arcadia
qid: Q900001
other_qids:
  - Q900002
alpha3: arc
is_country: true
see:
  - no
names_strong:
  - ARC
names_weak:
  - Arcady
summary: >-
  A country of
  nowhere.
"""
MARCH = """name: The March
qid: Q900003
is_country: false
parent: no
claims:
  - arc
"""


def test_a_claim_to_a_territory_places_it_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    put(folder, "arc.yml", ARCADIA)
    put(folder, "arc_mar.yml", MARCH)
    put(folder, "no.yml", "name: Norway\nqid: Q20\nis_country: true\n")
    store, report = bring(tmp_path / "w", "territories", folder)
    said = rows(
        store,
        "SELECT ?p ?o WHERE { ?c rdf:subject territory:arc_mar ; rdf:predicate ?p ; rdf:object ?o FILTER(ISIRI(?o)) }",
    )
    assert said == [
        ("http://www.w3.org/2002/07/owl#sameAs", "http://www.wikidata.org/entity/Q900003"),
        (KG + "claimedBy", f"{ID}territory/arc"),
        (KG + "parentTerritory", f"{ID}territory/no"),
    ]
    assert report.unresolved == {}
    hidden = rows(store, "SELECT ?n WHERE { territory:arc skos:hiddenLabel ?n }")
    strong = rows(store, "SELECT ?n WHERE { territory:arc skos:altLabel ?n }")
    assert (hidden, strong) == ([("Arcady",)], [("ARC",), ("Republic of Arcadia",)])
    assert rows(store, "SELECT ?o WHERE { ?c rdf:predicate skos:closeMatch ; rdf:object ?o }") == [
        ("http://www.wikidata.org/entity/Q900002",)
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: [a\n", "broken YAML"),
        ("a: &a [x]\nname: *a\n", "aliases"),
        ("- one\n", "no territory"),
        (b"name: \xff\n", "not utf-8"),
        ("[" * 5000, "YAML"),
        ("!!python/object/apply:os.system [ls]\n", "no territory"),
    ],
)
def test_a_hostile_territory_file_is_refused_in_a_line(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(KgError, match=words):
        bring(tmp_path / "w", "territories", put(tmp_path, "xx.yml", content))


# ---------------------------------------------------------------- CAMEO

CODES = (
    '"","eventtype_ID","name","code","goldstein","description","usage_notes","example","root_code"\n'
    '"1",1,"CONSULT","04",1,NA,NA,NA,"04"\n'
    '"2",2,"Consult","040",1,"To talk","Not coded if\u2019 else","A met B on Monday.","04"\n'
    '"3",3,"Meet","0411",-8,"To meet",NA,NA,"04"\n'
).encode("windows-1252")


def test_the_codebook_is_a_scheme_and_its_examples_are_no_events(tmp_path: Path) -> None:
    store, report = bring(tmp_path / "w", "cameo", put(tmp_path, "c.csv", CODES))  # fmt: skip
    broader = rows(store, "SELECT ?c ?b WHERE { ?c skos:broader ?b }")
    assert broader == [(f"{ID}cameo/040", f"{ID}cameo/04"), (f"{ID}cameo/0411", f"{ID}cameo/04")]
    assert rows(store, "SELECT ?c WHERE { ?c skos:topConceptOf cameo:scheme }") == [
        (f"{ID}cameo/04",)
    ]
    values = rows(store, "SELECT ?s ?v (DATATYPE(?v) AS ?t) WHERE { ?c rdf:predicate kg:goldsteinValue ; rdf:subject ?s ; rdf:object ?v }")  # fmt: skip
    assert [(v, t.rpartition("#")[2]) for _, v, t in values] == [
        ("1", "decimal"),
        ("1", "decimal"),
        ("-8", "decimal"),
    ]
    assert rows(store, "SELECT ?e WHERE { ?e a/rdfs:subClassOf* kg:Event }") == []
    assert report.skipped == {}


def test_names_of_types_are_looked_up_with_their_capitals(tmp_path: Path) -> None:
    from kg.names import resolve

    path = put(tmp_path, "c.csv", CODES)
    store, report = bring(tmp_path / "w", "cameo", path)
    assert resolve(store, "Consult") == f"{ID}cameo/040"
    assert resolve(store, "CONSULT") == f"{ID}cameo/04"
    assert resolve(store, "cameo:0411") == f"{ID}cameo/0411"
    assert any("capitals" in reason for reason in report.noted)


def test_an_encoding_that_was_asked_for_is_the_one_used(tmp_path: Path) -> None:
    workspace = importing.Workspace.create(tmp_path / "w")
    path = put(tmp_path, "c.csv", CODES)
    with pytest.raises(UnreadableError, match=r"0x92 at offset"):
        importing.run(workspace, "cameo", [path], options={"encoding": "utf-8"})
    done = importing.run(workspace, "cameo", [path])
    assert any("Windows-1252" in reason for reason in done.report.noted)


# ---------------------------------------------------------------- country codes


@pytest.mark.parametrize("wikidata", ["wikidata_id", "Wikidata_id", "Wikidata ID"])
def test_headers_of_other_editions_are_understood(tmp_path: Path, wikidata: str) -> None:
    table = (
        f"name,official_name_fr,ISO3166-1-Alpha-2,ISO3166-1-Alpha-3,ISO3166-1-numeric,FIPS,Dial,{wikidata},is_independent,Languages\n"
        'Arcadia,Arcadie,AC,ARC,8,KN,"007,1-809",Q900001,Territory of XX,"en-AC,ar"\n'
    )
    store, _ = bring(tmp_path / "w", "countries", put(tmp_path, "c.csv", table))
    links = rows(store, "SELECT ?k ?v WHERE { ?c kg:identityScheme ?k ; rdf:object ?v }")
    assert links == [
        ("dial", "007"),
        ("dial", "1-809"),
        ("fips10-4", "KN"),
        ("iso3166-1-alpha2", "AC"),
        ("iso3166-1-alpha3", "ARC"),
        ("iso3166-1-numeric", "008"),
        ("wikidata", "http://www.wikidata.org/entity/Q900001"),
    ]
    said = rows(store, "SELECT ?p ?o WHERE { ?c rdf:predicate ?p ; rdf:object ?o MINUS { ?c kg:identityScheme ?k } }")  # fmt: skip
    assert [(p.removeprefix(KG), o) for p, o in said] == [
        ("independence", "Territory of XX"),
        ("usedLanguage", "ar"),
        ("usedLanguage", "en-AC"),
    ]


def test_a_table_of_countries_without_alpha_3_codes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="ISO3166-1-Alpha-3"):
        bring(tmp_path / "w", "countries", put(tmp_path, "c.csv", "FIPS,name\nKN,X\n"))


# ---------------------------------------------------------------- questions to several at once


def test_ties_of_two_states_come_from_every_source_with_years_and_coverage(tmp_path: Path) -> None:
    from library import ask

    from kg.store import Store

    folder = tmp_path / "w"
    workspace = importing.Workspace.create(folder)
    importing.run(workspace, "cow", [put(tmp_path, "dyads.csv", DYADS)])
    importing.run(workspace, "atop", [put(tmp_path, "m.csv", ATOP_M)])
    # The Soviet Union goes before Russia, and the data set's North Korea is linked to ours.
    links = (
        "PREFIX kg: <https://w3id.org/gambit/ontology#> PREFIX cow: <https://w3id.org/gambit/id/cow/> "
        "INSERT DATA { cow:365-from-1991-12-26 kg:successorOf cow:365-until-1991-12-25 . "
        "cow:731 kg:linkedTo <https://w3id.org/gambit/id/actor/dprk> }"
    )
    store = Store.open(*sorted(folder.glob("graphs/*.ttl"))).editable()
    store.engine.update(links)
    found = ask(store, "structured-ties", one="actor:dprk", other="cow:365-from-1991-12-26")
    told = {
        (r["tie"], r["second"] if r["first"] == "cow:731" else r["first"], r["from"], r["to"], r["coveredTo"])
        for r in found
        if r["tie"] != "kg:hasParty"
    }  # fmt: skip
    soviet, russia = "cow:365-until-1991-12-25", "cow:365-from-1991-12-26"
    assert told == {
        ("kg:alliedWith", soviet, "1989-01-01", "1991-12-25", None),
        ("kg:alliedWith", russia, "1991-12-26", "1992-12-31", None),
        ("kg:nonaggressionWith", soviet, "1989-01-01", "1991-12-25", None),
        ("kg:nonaggressionWith", russia, "1991-12-26", "1992-12-31", None),
        ("kg:ententeWith", russia, "1994-01-01", None, "1995-12-31"),
        ("kg:nonaggression", soviet, "1990-01-01", "1991-12-25", None),
        ("kg:nonaggression", russia, "1991-12-26", "1995-06-30", None),
    }
    assert {r["sourceKind"] for r in found} == {"data set"}
    assert [r["ofDefence"] for r in found][:2] == ["true", "true"]
    only = ask(
        store, "structured-ties", one="actor:dprk", other="cow:365-from-1991-12-26", tie="kg:ententeWith"
    )  # fmt: skip
    assert [r["tie"] for r in only] == ["kg:ententeWith"]


def test_agreement_of_two_seats_counts_what_both_voted_in_a_period(tmp_path: Path) -> None:
    from library import ask

    paths = put(tmp_path, "calls.csv", CALLS), put(tmp_path, "votes.csv", VOTES.replace("2,Japan,JP,yes\n", ""))  # fmt: skip
    store, _ = bring(tmp_path / "w", "unvotes", *paths)
    (row,) = ask(store, "vote-agreement", one="RU", other="JP")
    assert (row["alike"], row["bothVoted"], row["rate"]) == ("1", "2", "0.5")
    assert (row["first"], row["last"]) == ("1989-12-15", "1995-12-12")
    (row,) = ask(store, "vote-agreement", one="RU", other="JP", since="1991-01-01")
    assert (row["alike"], row["bothVoted"]) == ("1", "1")
    assert ask(store, "vote-agreement", one="RU", other="XX") == []


def test_what_was_before_the_soviet_union_is_not_called_so(tmp_path: Path) -> None:
    table = "ccode1,ccode2,year,cow_defense,cow_neutral,cow_nonagg,cow_entente\n" + "".join(
        f"365,220,{year},1,0,0,0\n220,365,{year},1,0,0,0\n" for year in (1891, 1892, 1921, 1922, 1923)
    )  # fmt: skip
    store, _ = bring(tmp_path / "w", "cow", put(tmp_path, "old.csv", table))
    found = rows(
        store,
        """SELECT ?f ?t ?who ?l ?words WHERE { ?c rdf:predicate kg:alliedWith ; rdf:object ?who ; kg:validFrom ?f ;
        kg:statement ?words . ?who skos:prefLabel ?l OPTIONAL { ?c kg:validTo ?t } }""",
    )
    assert [(f, t, who.removeprefix(ID + "cow/")) for f, t, who, *_ in found] == [
        ("1891-01-01", "1892-12-31", "365-until-1922-12-29"),
        ("1921-01-01", "1922-12-29", "365-until-1922-12-29"),
        ("1922-12-30", "", "365-until-1991-12-25"),
    ]
    assert ["Soviet Union" in words for *_, words in found] == [False, False, True]
    held = rows(store, 'SELECT ?s WHERE { ?c kg:identityScheme "cow-number" ; rdf:subject ?s }')
    assert (f"{ID}cow/365-until-1922-12-29",) not in held
