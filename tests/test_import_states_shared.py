"""Every expectation listed with the shared tables on states, asked of the imported graphs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from importing import rows

from kg import importing
from kg.importing import Report
from kg.names import resolve
from kg.store import Store
from kg.workspace import Workspace

KG = "https://w3id.org/gambit/ontology#"
ID = "https://w3id.org/gambit/id/"
WD = "http://www.wikidata.org/entity/"

pytestmark = pytest.mark.shared

FILES = {
    "cow": ["cow-alliances/cow_alliance_dyad_years.csv", "cow-alliances/cow_states.csv"],
    "ucdp": ["ucdp-acd/ucdp_acd.csv"],
    "unvotes": ["un-votes/un_roll_calls.csv", "un-votes/un_votes.csv"],
    "territories": ["territories/territories"],
    "cameo": ["cameo-codes/cameo-codes.csv"],
    "countries": ["country-codes/country-codes.csv"],
}


class Brought:
    """The shared tables, each imported once, alone."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder, self.data = folder, data
        self._known: dict[str, tuple[Store, Report]] = {}

    def __call__(self, form: str) -> Store:
        return self._both(form)[0]

    def report(self, form: str) -> Report:
        return self._both(form)[1]

    def _both(self, form: str) -> tuple[Store, Report]:
        if form not in self._known:
            folder = self._folder / form
            workspace = Workspace.create(folder)
            done = importing.run(workspace, form, [self.data / name for name in FILES[form]])
            self._known[form] = Store.open(next(folder.glob("graphs/*.ttl"))), done.report
        return self._known[form]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Brought:
    return Brought(tmp_path_factory.mktemp("shared"), shared_data)


# ---------------------------------------------------------------- cow-alliances

SPELLS = """SELECT ?key ?p ?f ?t ?e WHERE {
  ?c rdf:predicate ?p ; kg:validFrom ?f ; kg:evidence / kg:recordKey ?key .
  FILTER(?p IN (kg:alliedWith, kg:nonaggressionWith, kg:ententeWith, kg:neutralityWith))
  OPTIONAL { ?c kg:validTo ?t } OPTIONAL { ?c kg:coveredTo ?e } }"""


def whole_spells(store: Store) -> list[tuple[str, str, str, str, str]]:
    """Each spell as the data set has it, whoever held the codes: by the record its parts share."""
    parts: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for key, p, *days in rows(store, SPELLS):
        parts.setdefault((key, p), []).append(tuple(days))
    found = []
    for (key, p), spans in parts.items():
        first, last, covered = zip(*spans, strict=True)
        found.append((key, p, min(first), "" if any(covered) else max(last), max(covered)))
    return found


def spells_of(store: Store, pair: str) -> set[tuple[str, str, str]]:
    """The spells of a pair: relation, first year, last year of the data set (2012: covered to)."""
    return {
        (p.removeprefix(KG), first[:4], (covered or last)[:4])
        for key, p, first, last, covered in whole_spells(store)
        if key.split(" ")[0] == pair
    }


def test_cow_1_rows_states_and_spells_of_membership(shared: Brought) -> None:
    store = shared("cow")
    assert shared.report("cow").read == 9764 + 243
    assert len(rows(store, "SELECT DISTINCT ?s WHERE { ?c rdf:predicate kg:stateSystemMember ; kg:evidence/kg:recordKey ?k BIND(STRBEFORE(?k, ' ') AS ?s) }")) == 217  # fmt: skip
    assert len(rows(store, "SELECT DISTINCT ?k WHERE { ?c rdf:predicate kg:stateSystemMember ; kg:evidence/kg:recordKey ?k }")) == 243  # fmt: skip
    # The table is symmetric: no claim had to say that it is coded one way only.
    assert rows(store, 'SELECT ?c WHERE { ?c kg:editorNote ?n FILTER(CONTAINS(?n, "one direction")) }') == []  # fmt: skip
    years = [row[2:5] for row in whole_spells(store)]
    assert min(first for first, _, _ in years) == "1945-01-01"
    assert {covered for _, last, covered in years if not last} == {"2012-12-31"}


def test_cow_2_north_korea(shared: Brought) -> None:
    store = shared("cow")
    assert spells_of(store, "365-731") == {
        ("alliedWith", "1961", "1995"),
        ("nonaggressionWith", "1961", "1995"),
        ("ententeWith", "2000", "2012"),
    }
    assert spells_of(store, "710-731") == {
        ("alliedWith", "1961", "2012"),
        ("nonaggressionWith", "1961", "2012"),
    }
    assert spells_of(store, "731-732") == {("nonaggressionWith", "1991", "2012")}


def test_cow_3_south_korea_and_japan(shared: Brought) -> None:
    store = shared("cow")
    assert spells_of(store, "2-732") == {
        ("alliedWith", "1953", "2012"),
        ("ententeWith", "1953", "2012"),
    }
    assert ("alliedWith", "1951", "2012") in spells_of(store, "2-740")
    assert spells_of(store, "732-740") == set()


def test_cow_4_russia_and_china(shared: Brought) -> None:
    found = spells_of(shared("cow"), "365-710")
    assert {
        ("alliedWith", "1945", "1980"),
        ("nonaggressionWith", "1996", "2012"),
        ("ententeWith", "1996", "2012"),
    } <= found


def test_cow_5_ukraine_and_russia_is_a_coding_and_no_fact(shared: Brought) -> None:
    store = shared("cow")
    assert ("alliedWith", "1995", "2012") in spells_of(store, "365-369")
    claims = [c for c in store.claims.values() if c.predicate == KG + "alliedWith"]
    assert {(c.modality, c.credibility) for c in claims} == {("reported", 6)}
    assert all(c.statement.startswith("COW codes") for c in claims)
    assert store.edges == {} or all(edge[1] != KG + "alliedWith" for edge in store.edges)


def test_cow_6_defense_partners_in_2012(shared: Brought) -> None:
    store = shared("cow")

    def partners(code: str) -> set[str]:
        found = rows(
            store,
            f"""SELECT DISTINCT ?name WHERE {{ {{ ?c rdf:subject {code} ; rdf:object ?o }} UNION {{ ?c rdf:object {code} ; rdf:subject ?o }}
            ?c rdf:predicate kg:alliedWith ; kg:validFrom ?f . ?o skos:prefLabel ?name .
            OPTIONAL {{ ?c kg:validTo ?t }} FILTER(?f <= "2012-12-31"^^xsd:date && (!BOUND(?t) || ?t >= "2012-01-01"^^xsd:date)) }}""",
        )
        return {name for (name,) in found}

    assert len(partners("cow:2")) == 55
    assert partners("cow:365-from-1991-12-26") == {
        "Armenia", "Azerbaijan", "Belarus", "Georgia", "Kazakhstan", "Kyrgyzstan", "Moldova",
        "Tajikistan", "Turkmenistan", "Ukraine", "Uzbekistan",
    }  # fmt: skip


def test_cow_7_the_party_to_the_treaty_of_1961_is_the_soviet_union(shared: Brought) -> None:
    store = shared("cow")
    parts = rows(
        store,
        """SELECT ?who ?f ?t WHERE { ?c rdf:predicate kg:alliedWith ; kg:evidence/kg:recordKey "365-731 defense 1961" ;
        rdf:subject ?who ; kg:validFrom ?f ; kg:validTo ?t }""",
    )
    assert parts == [
        (f"{ID}cow/365-from-1991-12-26", "1991-12-26", "1995-12-31"),
        (f"{ID}cow/365-until-1991-12-25", "1961-01-01", "1991-12-25"),
    ]
    assert store.label(f"{ID}cow/365-until-1991-12-25") == "Soviet Union"
    # The codes with these days are those of Q15180 and Q159 in the shipped graph.
    from kg.identity import holders

    ours = Store.open()
    wikidata = {
        c.subject: c.object for c in ours.claims.values() if c.identity_scheme == "wikidata"
    }
    assert [wikidata[h.entity] for h in holders("cow-number", "365")] == [
        WD + "Q15180",
        WD + "Q159",
    ]


# ---------------------------------------------------------------- ucdp-acd


def roles(store: Store, conflict: str, state: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for p, first in rows(
        store,
        f"SELECT ?p ?f WHERE {{ ?c rdf:subject {conflict} ; rdf:object {state} ; rdf:predicate ?p ; kg:validFrom ?f }}",
    ):
        found.setdefault(p.removeprefix(KG), []).append(int(first[:4]))
    return {role: sorted(years) for role, years in found.items()}


def test_ucdp_1_rows_are_no_events(shared: Brought) -> None:
    store = shared("ucdp")
    assert shared.report("ucdp").read == 5652
    assert len(rows(store, "SELECT ?x WHERE { ?x a kg:ArmedConflict }")) == 303
    assert len(rows(store, "SELECT ?x WHERE { ?x a kg:ConflictYear }")) == 2752
    assert len(rows(store, "SELECT ?c WHERE { ?c rdf:predicate kg:subEventOf }")) == 2752


def test_ucdp_2_russia_against_ukraine(shared: Brought) -> None:
    store = shared("ucdp")
    years = [2022, 2023, 2024]
    assert roles(store, "ucdp:13243", "gw:365-from-1991-12-26") == {"primaryOnSideA": years}
    assert roles(store, "ucdp:13243", "gw:369") == {"primaryOnSideB": years}
    for year in years:
        said = rows(store, f"SELECT ?p ?o WHERE {{ ?c rdf:subject ucdp:13243-{year} ; rdf:predicate ?p ; rdf:object ?o }}")  # fmt: skip
        plain = {(p.removeprefix(KG), o) for p, o in said}
        assert {
            ("conflictType", "interstate"),
            ("intensityLevel", "2"),
            ("episodeStart", "2022-02-24"),
            ("subEventOf", f"{ID}ucdp/13243"),
        } <= plain
    assert rows(store, "SELECT ?d WHERE { ?c rdf:subject ucdp:13243 ; rdf:predicate kg:startDate ; rdf:object ?d }") == [("2014-03-18",)]  # fmt: skip


def test_ucdp_3_north_korea_joined_in_2024_and_only_then(shared: Brought) -> None:
    store = shared("ucdp")
    assert roles(store, "ucdp:13243", "gw:731") == {"secondaryOnSideA": [2024]}
    ((key, source, modality),) = rows(
        store,
        """SELECT ?k ?t ?m WHERE { ?c rdf:subject ucdp:13243 ; rdf:object gw:731 ; kg:modality ?m ; kg:evidence ?p .
        ?p kg:recordKey ?k ; oa:hasSource/dcterms:title ?t }""",
    )
    assert (key, source, modality) == ("13243 2024", "UCDP/PRIO Armed Conflict Dataset", KG + "reported")  # fmt: skip


def test_ucdp_4_where_north_korea_is_a_party(shared: Brought) -> None:
    store = shared("ucdp")
    found = rows(store, "SELECT DISTINCT ?p ?s WHERE { ?c rdf:object gw:731 ; rdf:predicate ?p ; rdf:subject ?s }")  # fmt: skip
    assert {(p.removeprefix(KG), s.removeprefix(ID + "ucdp/")) for p, s in found} == {
        ("primaryOnSideA", "235"),
        # The list of expectations has side A; every row of the table has 731 in gwno_b_2nd.
        ("secondaryOnSideB", "293"),
        ("secondaryOnSideA", "13243"),
    }
    assert roles(store, "ucdp:235", "gw:731") == {"primaryOnSideA": list(range(1949, 1954))}
    assert roles(store, "ucdp:235", "gw:732") == {"primaryOnSideB": list(range(1949, 1954))}
    assert roles(store, "ucdp:293", "gw:731") == {"secondaryOnSideB": list(range(1965, 1976))}


def test_ucdp_5_the_korean_war(shared: Brought) -> None:
    store = shared("ucdp")
    joined = rows(
        store,
        """SELECT ?p ?o ?f WHERE { ?c rdf:subject ucdp:235 ; rdf:predicate ?p ; rdf:object ?o ; kg:validFrom ?f .
        FILTER(?p IN (kg:secondaryOnSideA, kg:secondaryOnSideB)) }""",
    )
    assert len(rows(store, "SELECT ?y WHERE { ?c rdf:predicate kg:subEventOf ; rdf:object ucdp:235 ; rdf:subject ?y }")) == 5  # fmt: skip
    assert min(f[:4] for *_, f in joined) == "1950"
    sides: dict[str, set[str]] = {}
    for p, o, _ in joined:
        sides.setdefault(p[-1], set()).add(o.removeprefix(ID))
    assert sides["A"] == {"gw/365-until-1991-12-25", "gw/710"}
    assert len(sides["B"]) == 16


def test_ucdp_6_russia_against_the_government_of_ukraine(shared: Brought) -> None:
    store = shared("ucdp")
    types = rows(store, "SELECT ?s ?o WHERE { ?y rdf:predicate kg:subEventOf ; rdf:object ucdp:13306 ; rdf:subject ?s . ?c rdf:subject ?s ; rdf:predicate kg:conflictType ; rdf:object ?o }")  # fmt: skip
    assert {o for _, o in types} == {"internationalized intrastate"}
    assert [s[-4:] for s, _ in types] == [str(y) for y in range(2014, 2023)]
    russia = roles(store, "ucdp:13306", "gw:365-from-1991-12-26")
    assert set(russia) == {"secondaryOnSideB"}


def test_ucdp_7_starts_of_less_than_day_precision_are_not_exact(shared: Brought) -> None:
    import csv

    store = shared("ucdp")
    with (shared.data / FILES["ucdp"][0]).open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert sum(row["start_prec"] != "1" for row in table) == 1754
    inexact = {row["conflict_id"] for row in table if row["start_prec"] != "1"}
    stored = {
        s.removeprefix(ID + "ucdp/"): p.removeprefix(KG)
        for s, p in rows(
            store,
            "SELECT ?s ?p WHERE { ?c rdf:predicate kg:startDate ; rdf:subject ?s ; kg:datePrecision ?p }",
        )
    }
    assert len(stored) == 303
    assert {key for key, exact in stored.items() if exact != "day"} == inexact
    nodes = dict(rows(store, "SELECT ?s ?p WHERE { ?s a kg:ArmedConflict ; kg:datePrecision ?p }"))
    assert {s.removeprefix(ID + "ucdp/"): p.removeprefix(KG) for s, p in nodes.items()} == stored


def test_ucdp_8_code_365_in_1950_is_the_soviet_union(shared: Brought) -> None:
    store = shared("ucdp")
    assert store.label(f"{ID}gw/365-until-1991-12-25") == "Soviet Union"
    late = rows(store, 'SELECT ?c WHERE { ?c rdf:object gw:365-until-1991-12-25 ; kg:validFrom ?f FILTER(?f > "1991-12-25"^^xsd:date) }')  # fmt: skip
    early = rows(store, 'SELECT ?c WHERE { ?c rdf:object gw:365-from-1991-12-26 ; kg:validTo ?t FILTER(?t < "1991-12-26"^^xsd:date) }')  # fmt: skip
    assert (late, early) == ([], [])


# ---------------------------------------------------------------- un-votes

VOTES = "SELECT ?seat ?p ?call ?who WHERE { ?c kg:seat ?seat ; rdf:predicate ?p ; rdf:object ?call ; rdf:subject ?who }"


def test_unvotes_1_roll_calls_and_votes(shared: Brought) -> None:
    store = shared("unvotes")
    days = [d for (d,) in rows(store, "SELECT ?d WHERE { ?c rdf:predicate kg:date ; rdf:subject ?s ; rdf:object ?d }")]  # fmt: skip
    assert (len(days), days[0], days[-1]) == (855, "1948-11-07", "2019-12-12")
    votes = rows(store, VOTES)
    assert len(votes) == 8753
    assert Counter(p.removeprefix(KG) for _, p, *_ in votes) == {
        "votedFor": 4754,
        "abstainedOn": 2137,
        "votedAgainst": 1862,
    }
    assert len({(seat, call) for seat, _, call, _ in votes}) == 8753


def test_unvotes_2_votes_of_each_seat(shared: Brought) -> None:
    assert Counter(seat for seat, *_ in rows(shared("unvotes"), VOTES)) == {
        "BY": 852, "RU": 851, "US": 850, "GB": 849, "JP": 848, "UA": 847, "IR": 841, "FR": 839,
        "CN": 712, "DE": 453, "KR": 446, "KP": 365,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "alike", "both"),
    [
        ("KP", "RU", 86, 364),
        ("KP", "CN", 227, 351),
        ("KP", "US", 28, 365),
        ("KR", "US", 163, 443),
        ("KR", "JP", 347, 446),
        ("KP", "KR", 95, 359),
    ],
)
def test_unvotes_3_agreement_is_worked_out_and_says_so(
    shared: Brought, one: str, other: str, alike: int, both: int
) -> None:
    from library import ask

    (row,) = ask(shared("unvotes"), "vote-agreement", one=one, other=other)
    assert (row["alike"], row["bothVoted"]) == (str(alike), str(both))
    assert "derived" in str(row["basis"])


def test_unvotes_4_seats_of_the_soviet_union_and_of_soviet_republics(shared: Brought) -> None:
    store = shared("unvotes")
    day = dict(rows(store, "SELECT ?s ?d WHERE { ?c rdf:predicate kg:date ; rdf:subject ?s ; rdf:object ?d }"))  # fmt: skip
    for seat in ("RU", "UA", "BY"):
        holders = {
            (who.removeprefix(f"{ID}unvotes/state-{seat}"), day[call] < "1991-12-26")
            for s, _, call, who in rows(store, VOTES)
            if s == seat
        }
        assert holders == {("-until-1991-12-25", True), ("", False)}
    assert store.label(f"{ID}unvotes/state-RU-until-1991-12-25") == "Soviet Union"


def test_unvotes_5_and_6_no_vote_is_invented_and_each_is_in_a_known_roll_call(
    shared: Brought,
) -> None:
    store = shared("unvotes")
    known = {s for (s,) in rows(store, "SELECT ?s WHERE { ?s a kg:RollCall }")}
    votes = rows(store, VOTES)
    assert {call for _, _, call, _ in votes} <= known
    assert shared.report("unvotes").unresolved == {}
    # South Korea has no vote in most roll calls before it joined in 1991, and no abstention either.
    assert sum(seat == "KR" for seat, *_ in votes) == 446 < len(known)


# ---------------------------------------------------------------- territories


def links(store: Store, predicate: str) -> set[tuple[str, str]]:
    return {
        (s.removeprefix(ID + "territory/"), o.removeprefix(ID + "territory/"))
        for s, o in rows(
            store,
            f"SELECT ?s ?o WHERE {{ ?c rdf:predicate {predicate} ; rdf:subject ?s ; rdf:object ?o }}",
        )
    }


def test_territories_1_files_ids_and_flags(shared: Brought) -> None:
    store = shared("territories")
    assert shared.report("territories").read == 64
    assert len(links(store, "owl:sameAs")) == 64
    assert len({s for s, o in links(store, "kg:isCountry") if o == "true"}) == 54
    assert {s for s, o in links(store, "kg:isHistorical") if o == "true"} == {
        "suhh", "su_ru", "su_ua", "yucs", "csxx", "cshh", "dd",
    }  # fmt: skip


def test_territories_2_north_korea(shared: Brought) -> None:
    store = shared("territories")
    assert ("kp", WD + "Q423") in links(store, "owl:sameAs")
    assert {o for s, o in links(store, "skos:closeMatch") if s == "kp"} == {WD + "Q705044"}
    assert {o for s, o in links(store, "rdfs:seeAlso") if s == "kp"} == {"kr"}
    strong = {n for (n,) in rows(store, "SELECT ?n WHERE { territory:kp skos:altLabel ?n }")}
    assert {"DPRK", "조선민주주의인민공화국", "Best Korea"} <= strong
    weak = rows(store, "SELECT ?n WHERE { territory:kp skos:hiddenLabel ?n }")
    assert len(weak) == 154


def test_territories_3_the_soviet_union_is_not_russia(shared: Brought) -> None:
    store = shared("territories")
    same = dict(links(store, "owl:sameAs"))
    assert (same["suhh"], same["ru"]) == (WD + "Q15180", WD + "Q159")
    assert {s for s, o in links(store, "kg:successorOf") if o == "suhh"} == {
        "ru", "ua", "by", "kz", "uz", "kg", "tj", "ee", "lv", "lt", "md", "ge", "az", "am",
    }  # fmt: skip


def test_territories_4_a_claim_to_an_area_is_no_possession(shared: Brought) -> None:
    store = shared("territories")
    by: dict[str, set[str]] = {}
    for area, claimant in links(store, "kg:claimedBy"):
        by.setdefault(claimant, set()).add(area)
    assert by == {
        "ru": {"ua_cri", "ua_dpr", "ua_lpr", "md_pmr", "ge_ab"},
        "cn": {"tw"},
        "rs": {"xk"},
    }
    parents = dict(links(store, "kg:parentTerritory"))
    assert [parents[a] for a in ("ua_cri", "ua_dpr", "ua_lpr", "md_pmr", "ge_ab")] == ["ua", "ua", "ua", "md", "ge"]  # fmt: skip
    placed = rows(store, "SELECT ?s WHERE { { ?s kg:locatedIn ?o } UNION { ?s kg:partOf ?o } UNION { ?c rdf:predicate ?p VALUES ?p { kg:locatedIn kg:partOf } } }")  # fmt: skip
    assert placed == []


def test_territories_5_dprk_is_north_korea_and_nothing_else(shared: Brought) -> None:
    assert resolve(shared("territories"), "DPRK") == f"{ID}territory/kp"


def test_territories_6_hong_kong_and_macau(shared: Brought) -> None:
    parents = dict(links(shared("territories"), "kg:parentTerritory"))
    assert (parents["hk"], parents["mo"]) == ("cn", "cn")


# ---------------------------------------------------------------- cameo-codes


def test_cameo_1_rows_and_roots(shared: Brought) -> None:
    store = shared("cameo")
    assert len(rows(store, "SELECT ?c WHERE { ?c skos:inScheme cameo:scheme }")) == 312
    tops = rows(store, "SELECT ?n WHERE { ?c skos:topConceptOf cameo:scheme ; skos:notation ?n }")
    assert [n for (n,) in tops] == [f"{n:02}" for n in range(1, 21)]
    below = rows(store, "SELECT ?c WHERE { ?c skos:broader* cameo:19 }")
    assert len(below) == 8


def test_cameo_2_and_3_names_with_their_capitals_and_values(shared: Brought) -> None:
    store = shared("cameo")
    values = dict(rows(store, "SELECT ?s ?v WHERE { ?c rdf:predicate kg:goldsteinValue ; rdf:subject ?s ; rdf:object ?v }"))  # fmt: skip
    for name, code, value in (
        ("Make statement", "010", 0),
        ("Consult", "040", 1),
        ("Engage in negotiation", "046", 7),
        ("Sign formal agreement", "057", 8),
        ("Provide military aid", "072", 8.3),
        ("Criticize or denounce", "111", -2),
        ("Impose embargo, boycott, or sanctions", "163", -8),
        ("Use conventional military force", "190", -10),
    ):
        iri = f"{ID}cameo/{code}"
        assert resolve(store, name) == resolve(store, f"cameo:{code}") == iri
        assert float(values[iri]) == value
    assert resolve(store, "CONSULT") == f"{ID}cameo/04"
    names = Counter(n.casefold() for (n,) in rows(store, "SELECT ?n WHERE { ?c skos:inScheme cameo:scheme ; skos:prefLabel ?n }"))  # fmt: skip
    assert sum(count == 2 for count in names.values()) == 14


def test_cameo_4_examples_are_no_events(shared: Brought) -> None:
    store = shared("cameo")
    assert len(rows(store, "SELECT ?c WHERE { ?c skos:example ?e }")) > 200
    types = {t for (t,) in rows(store, "SELECT ?t WHERE { GRAPH ?g { ?x a ?t } FILTER(?g != <https://w3id.org/gambit/ontology>) }")}  # fmt: skip
    assert {t for t in types if t.startswith(KG)} == {
        KG + "Claim",
        KG + "Actor",
        KG + "Passage",
        KG + "SourceDocument",
    }


def test_cameo_5_the_encoding_is_reported(shared: Brought) -> None:
    store = shared("cameo")
    assert any("1,459" in reason and "Windows-1252" in reason for reason in shared.report("cameo").noted)  # fmt: skip
    texts = [t for (t,) in rows(store, "SELECT ?t WHERE { ?c skos:definition|skos:scopeNote|skos:example ?t }")]  # fmt: skip
    assert not any("\ufffd" in t for t in texts)


# ---------------------------------------------------------------- country-codes


def codes(store: Store, scheme: str) -> dict[str, str]:
    return {
        s.removeprefix(ID + "country/"): v
        for s, v in rows(
            store,
            f'SELECT ?s ?v WHERE {{ ?c kg:identityScheme "{scheme}" ; rdf:subject ?s ; rdf:object ?v }}',
        )
    }


def test_countries_1_rows_and_ids(shared: Brought) -> None:
    store = shared("countries")
    assert shared.report("countries").read == 249
    assert len(codes(store, "iso3166-1-alpha3")) == 249
    wikidata = codes(store, "wikidata")
    assert len(wikidata) == len(set(wikidata.values())) == 248


@pytest.mark.parametrize(
    "row",
    [
        ("PRK", "KP", "408", "Q423", "1873107", "KN"),
        ("KOR", "KR", "410", "Q884", "1835841", "KS"),
        ("RUS", "RU", "643", "Q159", "2017370", "RS"),
        ("JPN", "JP", "392", "Q17", "1861060", "JA"),
        ("USA", "US", "840", "Q30", "6252001", "US"),
        ("CHN", "CN", "156", "Q148", "1814991", "CH"),
        ("UKR", "UA", "804", "Q212", "690791", "UP"),
    ],
)
def test_countries_2_the_focus_states(shared: Brought, row: tuple[str, ...]) -> None:
    store, key = shared("countries"), row[0]
    schemes = ("iso3166-1-alpha3", "iso3166-1-alpha2", "iso3166-1-numeric", "wikidata", "geonames", "fips10-4")  # fmt: skip
    found = [codes(store, scheme)[key].removeprefix(WD) for scheme in schemes]
    assert tuple(found) == row


def test_countries_3_a_code_means_something_in_its_scheme_only(shared: Brought) -> None:
    from kg.errors import UsageError
    from kg.identity import check

    store = shared("countries")
    fips = {v: k for k, v in codes(store, "fips10-4").items()}
    alpha2 = {v: k for k, v in codes(store, "iso3166-1-alpha2").items()}
    assert (fips["KN"], alpha2["KN"], fips["CH"], alpha2["CH"]) == ("PRK", "KNA", "CHN", "CHE")
    with pytest.raises(UsageError, match="scheme"):
        check("", "KN")


def test_countries_4_names_with_languages(shared: Brought) -> None:
    store = shared("countries")
    assert store.label(f"{ID}country/PRK") == "North Korea"
    names = {(n.text, n.language) for n in store.labels[f"{ID}country/PRK"]}
    assert ("Democratic People's Republic of Korea (the)", "en") in names
    assert {language for _, language in names} == {"ar", "en", "es", "fr", "ru", "zh"}
    said = rows(store, "SELECT ?o WHERE { ?c rdf:predicate kg:independence ; rdf:subject country:PRK ; rdf:object ?o }")  # fmt: skip
    assert said == [("Yes",)]


def test_countries_5_lists_and_leading_zeros_survive(shared: Brought) -> None:
    import csv

    store = shared("countries")
    with (shared.data / FILES["countries"][0]).open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    for column in ("Dial", "FIFA", "IOC"):
        stored: dict[str, set[str]] = {}
        for s, v in rows(store, f'SELECT ?s ?v WHERE {{ ?c kg:identityScheme "{column.lower()}" ; rdf:subject ?s ; rdf:object ?v }}'):  # fmt: skip
            stored.setdefault(s.removeprefix(ID + "country/"), set()).add(v)
        for row in table:
            written = {part.strip() for part in row[column].split(",") if part.strip()}
            assert stored.get(row["ISO3166-1-Alpha-3"], set()) == written
