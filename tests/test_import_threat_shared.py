"""The expectations of the shared threat and geography data sets, against the imported graphs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from kg.claims import Claim, Modality, Rank
from kg.importing import run
from kg.importing.sink import node
from kg.passages import Fingerprint, search
from kg.store import Store
from kg.vocab import ID, KG
from kg.workspace import Workspace

pytestmark = pytest.mark.shared

ENTERPRISE = "enterprise-attack-15.1-dprk-russia"
ICS = "ics-attack"
GEOGRAPHY = "geography"
MISP = "misp-galaxy"
FILES = {
    ENTERPRISE: ("stix", "attack-stix20/enterprise-attack-15.1-dprk-russia.json"),
    ICS: ("stix", "attack-stix21-ics/ics-attack-13.1.json"),
    GEOGRAPHY: ("stix", "opencti-geography/geography.json"),
    MISP: (
        "misp",
        "misp-galaxy/country.json misp-galaxy/region.json misp-galaxy/threat-actor.json",
    ),
}
LAZARUS = node("stix", "intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a")
RUSSIA, NORTH_KOREA = node("country", "RUS"), node("country", "PRK")
VICTIMS_OR_LANGUAGE = {
    "APT37", "Kimsuky", "Higaisa", "GALLIUM", "Gorgon Group", "Inception", "Machete", "RTM",
    "Silence", "Strider", "TA459", "FIN5", "Nomadic Octopus",
}  # fmt: skip


class Sets:
    """The four sets imported into one workspace, asked one by one."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.data = data
        self.workspace = Workspace.create(folder, shipped=False)
        self.kept: dict[str, Counter[str]] = {}
        for name, (form, files) in FILES.items():
            done = run(self.workspace, form, [data / f for f in files.split()])
            assert done.dataset.name == name
            self.kept[name] = done.report.kept
        self.store: Store = self.workspace.open()
        self._nodes = {name: self._typed(name) for name in FILES}

    def _typed(self, name: str) -> Mapping[str, str]:
        graph, word = NamedNode(f"{ID}graph/{name}"), NamedNode(KG + "recordType")
        quads = self.store.quads(predicate=word)
        return {q.subject.value: q.object.value for q in quads if q.graph_name == graph}

    def types(self, name: str) -> Counter[str]:
        return Counter(self._nodes[name].values())

    def of_type(self, name: str, *types: str) -> set[str]:
        return {iri for iri, kind in self._nodes[name].items() if kind in types}

    def claims(self, name: str, *predicates: str) -> list[Claim]:
        wanted = {KG + p for p in predicates}
        return [
            c
            for c in self.store.claims.values()
            if c.iri.startswith(f"{ID}claim/{name}-") and c.predicate in wanted
        ]

    def relation(self, claim: Claim) -> str:
        (value,) = self.store.objects(claim.iri, KG + "relationType")
        return value.value

    def named(self, iris: set[str]) -> set[str]:
        return {self.store.label(iri) for iri in iris}

    def identifiers(self, name: str, scheme: str) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for claim in self.store.claims.values():
            if claim.iri.startswith(f"{ID}claim/{name}-") and claim.identity_scheme == scheme:
                assert not isinstance(claim.object, str)
                found[claim.subject].add(claim.object.value)
        return found


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Sets:
    return Sets(tmp_path_factory.mktemp("threat") / "ws", shared_data)


# ---------------------------------------------------------------- attack-stix20


def test_enterprise_1_every_object_is_there(sets: Sets) -> None:
    assert sets.types(ENTERPRISE) == {
        "intrusion-set": 26, "campaign": 8, "malware": 160, "tool": 49, "identity": 1,
        "marking-definition": 1,
    }  # fmt: skip
    assert sets.kept[ENTERPRISE]["relationships"] == 300
    relations = sets.claims(ENTERPRISE, "uses", "attributedTo")
    records = {
        key.value
        for c in relations
        for p in c.evidence
        for key in sets.store.objects(p, KG + "recordKey")
        if key.value.startswith("relationship--")
    }
    assert len(records) == 300


def test_enterprise_2_relationships_by_what_they_join(sets: Sets) -> None:
    kinds = sets._nodes[ENTERPRISE]
    joined = Counter(
        (kinds[c.subject], sets.relation(c), kinds[c.object])
        for c in sets.claims(ENTERPRISE, "uses", "attributedTo")
        if isinstance(c.object, str) and c.object in kinds
    )
    assert joined == {
        ("intrusion-set", "uses", "malware"): 167,
        ("intrusion-set", "uses", "tool"): 100,
        ("campaign", "uses", "malware"): 19,
        ("campaign", "uses", "tool"): 6,
        ("campaign", "attributed-to", "intrusion-set"): 8,
    }


def ties(sets: Sets, name: str, country: str, *predicates: str) -> dict[str, Claim]:
    groups = sets.of_type(name, "intrusion-set")
    return {
        sets.store.label(c.subject): c
        for c in sets.claims(name, *(predicates or ("attributedTo", "comesFrom")))
        if c.object == country and c.subject in groups
    }


def test_enterprise_3_five_groups_are_north_korean_and_higaisa_is_not(sets: Sets) -> None:
    assert ties(sets, ENTERPRISE, NORTH_KOREA).keys() == {
        "Andariel", "APT37", "APT38", "Kimsuky", "Lazarus Group",
    }  # fmt: skip
    assert ties(sets, ENTERPRISE, node("country", "KOR"))["Higaisa"].hedges == ("suspected",)


def test_enterprise_4_russian_services_and_never_the_groups_with_russian_victims(
    sets: Sets,
) -> None:
    sent = ties(sets, ENTERPRISE, RUSSIA, "attributedTo")
    firm = {name: claim for name, claim in sent.items() if claim.modality is Modality.REPORTED}
    organs = {
        name: {o.value for o in sets.store.objects(c.iri, KG + "attributedUnit")}
        for name, c in firm.items()
    }
    expected = {
        "APT28": "GRU", "APT29": "SVR", "Dragonfly": "FSB", "Gamaredon Group": "FSB",
        "Sandworm Team": "GRU", "Turla": "FSB",
    }  # fmt: skip
    assert organs.keys() == expected.keys()
    assert all(f"({organ})" in next(iter(organs[name])) for name, organ in expected.items())
    assert not VICTIMS_OR_LANGUAGE & ties(sets, ENTERPRISE, RUSSIA).keys()
    for claim in sent.values():
        (passage,) = (sets.store.passages[p] for p in claim.evidence)
        assert passage.fingerprint
        assert "description, sentence" in passage.locator
    assert not sets.store.edges


def test_each_cited_sentence_is_found_in_the_bundle_by_its_fingerprint(sets: Sets) -> None:
    wanted = [
        Fingerprint(iri, passage.fingerprint, passage.length or 0)
        for iri, passage in sets.store.passages.items()
        if passage.fingerprint and f"/{ENTERPRISE}-" in iri
    ]
    found = search(sets.data / "attack-stix20", wanted)
    assert len(wanted) > 20
    assert found.found.keys() == {w.key for w in wanted}


def test_enterprise_5_software_used(sets: Sets) -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for claim in sets.claims(ENTERPRISE, "uses"):
        assert isinstance(claim.object, str)
        used[sets.store.label(claim.subject)].add(claim.object)
    expected = {
        "Lazarus Group": 25, "APT28": 26, "Sandworm Team": 19, "Kimsuky": 10, "APT38": 6, "Andariel": 2,
    }  # fmt: skip
    assert {name: len(used[name]) for name in expected} == expected


def test_enterprise_6_three_campaigns_of_sandworm_with_their_days(sets: Sets) -> None:
    (sandworm,) = (i for i, v in sets.identifiers(ENTERPRISE, "attack").items() if v == {"G0034"})
    attributed = {
        c.subject for c in sets.claims(ENTERPRISE, "attributedTo") if c.object == sandworm
    }
    assert sets.named(attributed) == {
        "2015 Ukraine Electric Power Attack",
        "2016 Ukraine Electric Power Attack",
        "2022 Ukraine Electric Power Attack",
    }
    (last,) = (c for c in attributed if "2022" in sets.store.label(c))
    days = {
        c.predicate.removeprefix(KG): c.object.value
        for c in sets.claims(ENTERPRISE, "firstSeen", "lastSeen")
        if c.subject == last and not isinstance(c.object, str)
    }
    assert days == {"firstSeen": "2022-06-01", "lastSeen": "2022-10-01"}


def names(sets: Sets, name: str, subject: str) -> set[str]:
    aliases = {c.object.value for c in sets.claims(name, "alias") if c.subject == subject and not isinstance(c.object, str)}  # fmt: skip
    return aliases | {sets.store.label(subject)}


def test_enterprise_7_alias_lists(sets: Sets) -> None:
    by_id = {next(iter(v)): i for i, v in sets.identifiers(ENTERPRISE, "attack").items()}
    assert by_id["G0032"] == LAZARUS
    assert {g: len(names(sets, ENTERPRISE, by_id[g])) for g in ("G0032", "G0007", "G0016")} == {
        "G0032": 7,
        "G0007": 15,
        "G0016": 16,
    }


def test_enterprise_8_geography_6_again_changes_nothing(sets: Sets) -> None:
    folder = sets.workspace.folder / "graphs"
    before = {p.name: p.read_bytes() for p in folder.glob("*.ttl")}
    for name in (ENTERPRISE, GEOGRAPHY):
        form, files = FILES[name]
        run(sets.workspace, form, [sets.data / f for f in files.split()])
    assert {p.name: p.read_bytes() for p in folder.glob("*.ttl")} == before


# ---------------------------------------------------------------- attack-stix21-ics


def test_ics_1_every_object_is_there(sets: Sets) -> None:
    assert sets.types(ICS) == {
        "attack-pattern": 93, "course-of-action": 85, "malware": 28, "intrusion-set": 16,
        "campaign": 3, "x-mitre-data-component": 36, "x-mitre-data-source": 17,
        "x-mitre-tactic": 12, "x-mitre-collection": 1, "x-mitre-matrix": 1, "identity": 1,
        "marking-definition": 1,
    }  # fmt: skip
    assert sets.kept[ICS]["relationships"] == 964


def test_ics_2_relationships_by_type(sets: Sets) -> None:
    stated = ("protectsAgainst", "uses", "detects", "replacedBy", "attributedTo")
    nodes = sets._nodes[ICS]
    found = Counter(sets.relation(c) for c in sets.claims(ICS, *stated) if c.object in nodes)
    assert found == {
        "mitigates": 389, "uses": 296, "detects": 276, "revoked-by": 2, "attributed-to": 1,
    }  # fmt: skip


def test_ics_3_two_revoked_groups_are_no_live_actors(sets: Sets) -> None:
    groups = sets.of_type(ICS, "intrusion-set")
    live = {g for g in groups if KG + "ThreatActor" in sets.store.types(g)}
    assert len(live) == 14
    assert sets.named(groups - live) == {"APT34", "Dragonfly 2.0"}
    successors = {
        sets.store.label(c.subject): sets.store.label(str(c.object))
        for c in sets.claims(ICS, "replacedBy")
    }
    assert successors == {"APT34": "OilRig", "Dragonfly 2.0": "Dragonfly"}
    for claim in sets.claims(ICS, "alias", "listedAs", "attributedTo", "comesFrom"):
        if claim.subject in groups - live:
            assert claim.rank is Rank.DEPRECATED


def test_ics_4_the_one_attributed_campaign(sets: Sets) -> None:
    nodes = sets._nodes[ICS]
    (claim,) = (c for c in sets.claims(ICS, "attributedTo") if c.object in nodes)
    assert sets.store.label(claim.subject) == "2016 Ukraine Electric Power Attack"
    assert sets.store.label(str(claim.object)) == "Sandworm Team"


def test_ics_5_states_as_firmly_as_the_text_has_them(sets: Sets) -> None:
    assert ties(sets, ICS, NORTH_KOREA).keys() == {"APT38", "Lazarus Group"}
    assert ties(sets, ICS, RUSSIA).keys() == {
        "ALLANITE", "Dragonfly", "Dragonfly 2.0", "Sandworm Team", "TEMP.Veles", "Wizard Spider",
    }  # fmt: skip
    assert ties(sets, ICS, RUSSIA)["ALLANITE"].modality is Modality.POSSIBLE
    assert ties(sets, ICS, RUSSIA, "attributedTo").keys() == {"Dragonfly", "Sandworm Team"}


def test_ics_6_one_entity_with_two_sources_and_two_alias_lists(sets: Sets) -> None:
    for group in ("G0032", "G0034"):
        nodes = [
            {i for i, v in sets.identifiers(name, "attack").items() if v == {group}}
            for name in (ENTERPRISE, ICS)
        ]
        assert nodes[0] == nodes[1]
        assert len(nodes[0]) == 1
    assert names(sets, ENTERPRISE, LAZARUS)
    assert names(sets, ICS, LAZARUS)
    sources = {
        sets.store.passages[p].source
        for c in sets.store.claims.values()
        if c.subject == LAZARUS and c.predicate == KG + "alias"
        for p in c.evidence
    }
    assert len(sources) == 2


# ---------------------------------------------------------------- opencti-geography


def test_geography_1_2_countries_regions_and_codes(sets: Sets) -> None:
    assert sets.types(GEOGRAPHY) == {"location": 272, "identity": 1}
    kinds = Counter(t for i in sets.of_type(GEOGRAPHY, "location") for t in sets.store.types(i))
    assert kinds == {KG + "State": 250, KG + "Territory": 22}
    assert len(sets.claims(GEOGRAPHY, "locatedIn")) == 266
    codes = sets.identifiers(GEOGRAPHY, "iso3166-1-alpha3")
    assert len(codes) == 250
    assert len(set().union(*codes.values())) == 250


@pytest.mark.parametrize(
    ("code", "key", "label", "region"),
    [
        ("PRK", "a6cadfda-9224-49e3-bc67-f715c19c3fdb", "Democratic People's Republic of Korea", "Eastern Asia"),
        ("RUS", "3e45f29a-3269-491f-ac9d-5e680db683b2", "Russian Federation", "Eastern Europe"),
        ("KOR", "69b73a4d-de23-46cc-b870-326ba940bba0", "Republic of Korea", "Eastern Asia"),
        ("UKR", None, "Ukraine", "Eastern Europe"),
    ],
)  # fmt: skip
def test_geography_3_4_6_states_by_code(
    sets: Sets, code: str, key: str | None, label: str, region: str
) -> None:
    (found,) = (
        i for i, v in sets.identifiers(GEOGRAPHY, "iso3166-1-alpha3").items() if v == {code}
    )
    assert key is None or found == node("stix", f"location--{key}")
    assert sets.store.label(found) == label
    (place,) = (c.object for c in sets.claims(GEOGRAPHY, "locatedIn") if c.subject == found)
    assert sets.store.label(str(place)) == region
    assert sets.store.objects(found, "https://schema.org/latitude")


def test_geography_5_no_location_bears_the_common_name(sets: Sets) -> None:
    places = sets.of_type(GEOGRAPHY, "location")
    called = {label.text for i in places for label in sets.store.labels.get(i, ())}
    assert not {"North Korea", "South Korea", "Russia"} & called


# ---------------------------------------------------------------- misp-galaxy


def attributed(sets: Sets, field: str, country: str = "") -> Mapping[str, str]:
    return {
        sets.store.label(c.subject): str(c.object)
        for c in sets.claims(MISP, "attributedTo")
        if sets.relation(c) == field and country in ("", c.object)
    }


def test_misp_1_countries_of_actors(sets: Sets) -> None:
    assert sets.types(MISP)["threat-actor"] == 423
    claims = [c for c in sets.claims(MISP, "attributedTo") if sets.relation(c) == "country"]
    counts = Counter(str(c.object).removeprefix(f"{ID}country/") for c in claims)
    # One of the 198 is an empty text, which is no country: 197 claims.
    assert len(claims) == 197
    assert counts.most_common(5) == [("CHN", 98), ("IRN", 28), ("RUS", 27), ("PRK", 6), ("TUR", 5)]


def test_misp_2_3_the_two_fields_differ_and_both_survive(sets: Sets) -> None:
    assert attributed(sets, "country", NORTH_KOREA).keys() == {
        "APT37", "Kimsuky", "Lazarus Group", "OnionDog", "Silent Chollima", "TEMP.Hermit",
    }  # fmt: skip
    sponsor = "cfr-suspected-state-sponsor"
    assert attributed(sets, sponsor, NORTH_KOREA).keys() == {"APT37", "Kimsuky", "Lazarus Group"}
    assert attributed(sets, sponsor, RUSSIA).keys() == {
        "APT28", "APT29", "ENERGETIC BEAR", "Inception Framework", "Operation BugDrop",
        "Sandworm", "TeamSpy Crew", "Turla", "White Bear",
    }  # fmt: skip


def test_misp_4_lazarus(sets: Sets) -> None:
    lazarus = node("misp", "68391641-859f-4a9a-9a1e-3e5cf71ec376")
    mine = [c for c in sets.claims(MISP, "alias", "attacks", "namedVictim", "attributedTo") if c.subject == lazarus]  # fmt: skip
    by = Counter(c.predicate.removeprefix(KG) for c in mine)
    assert by["alias"] == 29
    assert by["attacks"] + by["namedVictim"] == 18
    texts = {c.object.value for c in mine if c.predicate == KG + "namedVictim" and not isinstance(c.object, str)}  # fmt: skip
    assert {"Bangladesh Bank", "Sony Pictures Entertainment"} <= texts
    assert {c.confidence for c in mine if c.predicate == KG + "attributedTo"} == {50}


def test_misp_5_links_typed_resolved_or_not(sets: Sets) -> None:
    actors = sets.of_type(MISP, "threat-actor")
    links = [
        c
        for c in sets.store.claims.values()
        if c.iri.startswith(f"{ID}claim/{MISP}-")
        and c.subject in actors
        and isinstance(c.object, str)
        and "/misp/" in c.object
        and c.predicate != KG + "sharesNameWith"
    ]
    assert len(links) == 312
    counts = Counter(map(sets.relation, links))
    assert (counts["similar"], counts["uses"]) == (238, 67)
    assert sum(counts.values()) - 238 - 67 == 7
    assert len([c for c in links if c.object in actors]) == 75
    assert Counter(c.likelihood for c in links) == {
        "likely": 278,
        "veryLikely": 23,
        "almostCertain": 11,
    }


def test_misp_6_fifteen_shared_names_merge_nothing(sets: Sets) -> None:
    shared = sets.claims(MISP, "sharesNameWith")
    names = {c.statement.partition("are both called ")[2].removesuffix(" here and kept apart.") for c in shared}  # fmt: skip
    assert len(names) == 15
    pairs = {frozenset(sets.named({c.subject, str(c.object)})) for c in shared}
    assert frozenset({"Lazarus Group", "STARDUST CHOLLIMA"}) in pairs
    assert len(sets.of_type(MISP, "threat-actor")) == 423


def test_misp_7_countries_and_regions(sets: Sets) -> None:
    assert sets.types(MISP)["country"] == 252
    assert sets.types(MISP)["region"] == 32
    two, three = (sets.identifiers(MISP, f"iso3166-1-alpha{n}") for n in (2, 3))
    north = node("misp", "84668357-5a8c-4bdd-9f0f-6b50b250524b")
    assert (two[north], three[north]) == ({"KP"}, {"PRK"})
    russia = {i for i, v in three.items() if v == {"RUS"} and i in sets.of_type(MISP, "country")}
    assert sets.named(russia) == {"Russia"}
