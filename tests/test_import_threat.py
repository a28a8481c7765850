"""STIX bundles and MISP galaxies: what becomes of each object, and which sentence ties whom to a state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.claims import Claim, Kind, Modality, Rank
from kg.errors import KgError, RefusedError
from kg.importing import Imported, country_names, run
from kg.importing.sink import node
from kg.importing.threat.attribution import Tie, attributions, citations, sentences
from kg.passages import Fingerprint, fingerprint, search
from kg.store import Store
from kg.vocab import KG
from kg.workspace import Workspace

Import = Callable[..., tuple[Store, Imported]]


def uid(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012}"


def thing(kind: str, number: int, **said: Any) -> dict[str, Any]:
    when = "2024-03-01T00:00:00.000Z"
    return {"type": kind, "id": uid(kind, number), "created": when, "modified": when, **said}


def tie(number: int, source: str, word: str, target: str, **said: Any) -> dict[str, Any]:
    ends = {"source_ref": source, "target_ref": target, "relationship_type": word}
    return thing("relationship", number, **ends, **said)


def bundle(*objects: Any) -> dict[str, Any]:
    return {"type": "bundle", "id": uid("bundle", 1), "objects": list(objects)}


def galaxy(*values: Any, kind: str = "threat-actor", **said: Any) -> dict[str, Any]:
    head = {"type": kind, "name": kind, "category": "actor", "version": 7}
    return {**head, "uuid": "00000000-0000-4000-8000-0000000000ff", **said, "values": list(values)}


def cluster(number: int, value: str, **meta: Any) -> dict[str, Any]:
    return {"uuid": f"00000000-0000-4000-8000-{number:012}", "value": value, "meta": meta}


def misp(number: int) -> str:
    return node("misp", f"00000000-0000-4000-8000-{number:012}")


def state(code: str) -> str:
    return node("country", code)


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Import values, each as a JSON file, into a workspace of their own."""
    workspace = Workspace.create(tmp_path / "ws", shipped=False)

    def bring(form: str, *contents: Any, raw: bytes = b"") -> tuple[Store, Imported]:
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"file{number}.json")
            paths[-1].write_text(json.dumps(content), "utf-8")
        if raw:
            paths.append(tmp_path / "raw.json")
            paths[-1].write_bytes(raw)
        done = run(workspace, form, paths)
        return workspace.open(), done

    return bring


def of(store: Store, predicate: str, subject: str = "") -> list[Claim]:
    return [
        c
        for c in store.claims.values()
        if c.predicate == KG + predicate and subject in ("", c.subject)
    ]


def values(store: Store, predicate: str, subject: str) -> set[str]:
    return {
        c.object if isinstance(c.object, str) else c.object.value
        for c in of(store, predicate, subject)
    }


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Blue Fox is a North Korean state-sponsored group.", {("attributedTo", "PRK", "")}),
        ("Blue Fox is a suspected Russian state-sponsored team.", {("attributedTo", "RUS", "suspected")}),
        ("Blue Fox has been attributed to Russia's Ministry of Tests (MOT).", {("attributedTo", "RUS", "")}),
        ("In May the ministers attributed Blue Fox to Iran's army.", {("attributedTo", "IRN", "")}),
        ("Experts believe that the group works on behalf of the Iranian government.", {("attributedTo", "IRN", "believe")}),
        ("Blue Fox is a China-nexus group.", {("attributedTo", "CHN", "nexus")}),
        ("Blue Fox is a North Korea-based group.", {("comesFrom", "PRK", "")}),
        ("Blue Fox is a threat group suspected to have South Korean origins.", {("comesFrom", "KOR", "suspected")}),
        ("Blue Fox is a group believed to operate out of China.", {("comesFrom", "CHN", "believed")}),
        # What is no tie: victims, languages, others, denials.
        ("Blue Fox has targeted public bodies in North Korea.", set()),
        ("Blue Fox is a Russian-speaking group.", set()),
        ("Blue Fox is a group that targets Russian banks.", set()),
        ("Blue Fox has not been attributed to Russia.", set()),
        ("It is unclear whether Blue Fox has been attributed to Russia.", set()),
        ("Russia is where most victims of Blue Fox are.", set()),
        ("Red Owl is a Chinese state-sponsored group.", set()),
        ("Blue Fox uses malware attributed to Russia.", set()),
        ("Blue Fox compromised the Russian Central Bank.", set()),
        ("All North Korean state-sponsored activity is reported under the name Blue Fox.", set()),
    ],
)  # fmt: skip
def test_only_a_sentence_about_the_group_itself_ties_it_to_a_state(
    sentence: str, expected: set[tuple[str, str, str]]
) -> None:
    found = attributions(sentence, ["Blue Fox", "FOX-1"])
    assert {(a.tie.value, a.state.alpha3, a.hedge) for a in found} == expected


def test_an_organ_named_beside_the_state_is_kept_and_the_flat_sentence_wins() -> None:
    text = (
        "[Blue Fox](https://example.org/1) is a suspected Russian state-sponsored group."
        "(Citation: One) It has been attributed to Russia's Ministry of Tests (MOT).(Citation: Two (B))"
    )
    (found,) = attributions(text, ["Blue Fox"])
    assert (found.tie, found.hedge, found.unit) == (Tie.SENT, "", "Ministry of Tests (MOT)")
    assert (found.sentence.number, found.sentence.cited) == (2, ("Two (B)",))


def test_sentences_end_before_capitals_and_not_in_abbreviations() -> None:
    text = "Seen in the U.S. Army. Then J. Smith wrote.(Citation: A)(Citation: B) More!\n\nLast"
    assert [s.plain for s in sentences(text)] == [
        "Seen in the U.S. Army.",
        "Then J. Smith wrote.",
        "More!",
        "Last",
    ]
    assert citations(text) == ("A", "B")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("North Korea", "PRK"),
        ("Korea (Democratic People's Republic of)", "PRK"),
        ("Korea, North", "PRK"),
        ("KP", "PRK"),
        ("KN", "KNA"),
        ("russian federation", "RUS"),
        ("the Philippines", "PHL"),
        ("Netherlands", "NLD"),
        ("Middle East", None),
        ("Bank of America", None),
        ("", None),
    ],
)
def test_a_state_is_found_by_its_exact_names_and_codes_alone(text: str, code: str | None) -> None:
    found = country_names.meant(text)
    assert (found.alpha3 if found else None) == code


# ---------------------------------------------------------------- STIX


def test_every_object_type_survives_and_strange_ones_are_counted(bring: Import) -> None:
    store, done = bring(
        "stix",
        bundle(
            thing("intrusion-set", 1, name="Blue Fox", aliases=["Blue Fox", "FOX-1"]),
            {"type": "ipv4-addr", "id": uid("ipv4-addr", 2), "value": "198.51.100.3"},
            thing("x-owl-nest", 3, name="Nest", owls=[1, 2]),
            thing("weather", 4, name="Rain"),
            thing("report", 5, name="Of foxes", object_refs=[uid("intrusion-set", 1), uid("tool", 9)]),
            thing("sighting", 6, sighting_of_ref=uid("intrusion-set", 1), first_seen="2024-01-02T00:00:00Z", count=3),
            {"no": "type"},
            "text",
        ),
    )  # fmt: skip
    types = {s: {str(o.value) for o in store.objects(node("stix", uid(s, n)), KG + "recordType")}
             for s, n in [("intrusion-set", 1), ("ipv4-addr", 2), ("x-owl-nest", 3), ("weather", 4), ("report", 5), ("sighting", 6)]}  # fmt: skip
    assert all(found == {name} for name, found in types.items())
    assert done.report.kept["objects"] == 6
    assert done.report.noted["custom object type x-owl-nest is kept as a record"] == 1
    assert done.report.noted["unknown object type weather is kept as a record"] == 1
    assert done.report.skipped["an object without type or id of STIX"] == 2
    assert done.report.unresolved["a reference to an object that these files lack"] == 1
    assert values(store, "refersTo", node("stix", uid("report", 5))) == {
        node("stix", uid("intrusion-set", 1)),
        node("stix", uid("tool", 9)),
    }
    assert values(store, "alias", node("stix", uid("intrusion-set", 1))) == {"FOX-1"}
    fields = {
        o.value for o in store.objects(node("stix", uid("x-owl-nest", 3)), KG + "recordField")
    }
    assert {"owls: 1", "owls: 2"} <= fields


def test_a_relationship_is_a_claim_with_its_own_record_time_and_confidence(bring: Import) -> None:
    ref = {
        "source_name": "Report A",
        "url": "https://example.org/a",
        "description": "Somebody. (2021, May 4). A Study of Foxes. Retrieved June 1, 2021.",
    }
    relation = tie(
        7, uid("campaign", 1), "attributed-to", uid("threat-actor", 2),
        confidence=85, start_time="2021-01-01T00:00:00Z", stop_time="2022-02-03T00:00:00Z",
        description="A long text that nobody copies.", external_references=[ref],
    )  # fmt: skip
    store, _ = bring(
        "stix",
        bundle(thing("campaign", 1, name="Den"), thing("threat-actor", 2, name="Fox"), relation),
    )
    (claim,) = of(store, "attributedTo")
    assert (claim.kind, claim.modality, claim.confidence) == (
        Kind.ASCRIPTION,
        Modality.REPORTED,
        85,
    )
    assert (claim.valid_from, claim.valid_to) == ("2021-01-01", "2022-02-03")
    (passage,) = (store.passages[p] for p in claim.evidence)
    assert uid("relationship", 7) in passage.locator
    (source,) = (store.sources[s] for s in claim.cited_sources)
    assert (source.title, source.issued, source.url) == (
        "A Study of Foxes",
        "2021-05-04",
        "https://example.org/a",
    )
    assert not store.edges
    assert "nobody copies" not in store.label(claim.iri) + claim.statement


def test_revoked_and_deprecated_are_addressable_and_no_live_actors(bring: Import) -> None:
    store, done = bring(
        "stix",
        bundle(
            thing("intrusion-set", 1, name="Old Fox", revoked=True, aliases=["OLD-1"]),
            thing("intrusion-set", 2, name="New Fox"),
            thing("intrusion-set", 3, name="Lost Fox", x_mitre_deprecated=True),
            tie(4, uid("intrusion-set", 1), "revoked-by", uid("intrusion-set", 2)),
            tie(5, uid("intrusion-set", 1), "uses", uid("intrusion-set", 2)),
            tie(6, uid("intrusion-set", 2), "uses", uid("intrusion-set", 2), revoked=True),
        ),
    )
    for number in (1, 3):
        assert store.types(node("stix", uid("intrusion-set", number))) == (KG + "WithdrawnRecord",)
    assert store.types(node("stix", uid("intrusion-set", 2))) == (KG + "ThreatActor",)
    (successor,) = of(store, "replacedBy")
    assert (successor.rank, successor.object) == (
        Rank.NORMAL,
        node("stix", uid("intrusion-set", 2)),
    )
    assert all(
        c.rank is Rank.DEPRECATED and c.rank_reason
        for c in [*of(store, "uses"), *of(store, "alias")]
    )
    assert {c.retracted_on for c in of(store, "uses")} == {"", "2024-03-01"}
    assert done.report.noted["a revoked object is kept apart from the live ones"] == 1


def test_a_cited_sentence_gives_an_ascription_with_its_fingerprint_and_its_references(
    bring: Import,
) -> None:
    text = (
        "[Blue Fox](https://example.org/fox) hunts.(Citation: A) "
        "[Blue Fox](https://example.org/fox) is a suspected Russian state-sponsored group.(Citation: B)(Citation: C)"
    )
    refs = [{"source_name": n, "url": f"https://example.org/{n}"} for n in "AB"]
    store, done = bring(
        "stix",
        bundle(
            thing("intrusion-set", 1, name="Blue Fox", description=text, external_references=refs)
        ),
    )
    (claim,) = of(store, "attributedTo")
    assert (claim.object, claim.kind, claim.modality) == (
        state("RUS"),
        Kind.ASCRIPTION,
        Modality.POSSIBLE,
    )
    assert claim.hedges == ("suspected",)
    assert [store.sources[s].url for s in claim.cited_sources] == ["https://example.org/B"]
    (passage,) = (store.passages[p] for p in claim.evidence)
    sentence = "[Blue Fox](https://example.org/fox) is a suspected Russian state-sponsored group."
    assert (passage.fingerprint, passage.length) == fingerprint(sentence)
    assert passage.locator == f"record {uid('intrusion-set', 1)}, description, sentence 2"
    assert done.report.unresolved["a citation that its record does not list"] == 1
    assert "hunts" not in " ".join(
        str(q.object) for q in store.quads() if "ontology" not in str(q.graph_name)
    )


def test_a_sentence_is_found_again_in_the_file_it_was_read_from(
    bring: Import, tmp_path: Path
) -> None:
    text = "Hunts “all”.\n\nBlue Fox is a suspected Russian state-sponsored group. Then more."
    store, _ = bring("stix", bundle(thing("intrusion-set", 1, name="Blue Fox", description=text)))
    (claim,) = of(store, "attributedTo")
    (passage,) = (store.passages[p] for p in claim.evidence)
    copies = tmp_path / "copies"
    copies.mkdir()
    (tmp_path / "file0.json").rename(copies / "bundle.json")
    (copies / "broken.json").write_text("{")
    report = search(copies, [Fingerprint(passage.iri, passage.fingerprint, passage.length or 0)])
    found = report.found[passage.iri]
    assert found.text == "Blue Fox is a suspected Russian state-sponsored group."
    assert list(report.skipped) == [copies / "broken.json"]


def test_a_field_of_its_own_ties_an_actor_to_a_state(bring: Import) -> None:
    store, _ = bring(
        "stix",
        bundle(
            thing("threat-actor", 1, name="Fox", x_acme_state_sponsor="Iran", x_acme_country=["KP", "Narnia"]),
            thing("location", 2, name="Pyongyang", country="KP"),
            thing("location", 3, name="Democratic People's Republic of Korea", country="PRK"),
            tie(4, uid("threat-actor", 1), "originates-from", uid("location", 3)),
            tie(5, uid("location", 2), "located-at", uid("location", 3)),
        ),
    )  # fmt: skip
    fox = node("stix", uid("threat-actor", 1))
    assert values(store, "attributedTo", fox) == {state("IRN")}
    assert values(store, "comesFrom", fox) == {state("PRK"), node("stix", uid("location", 3))}
    # A place in a country is not the country: it has no code, and lies in it.
    town, country = node("stix", uid("location", 2)), node("stix", uid("location", 3))
    schemes = {(c.subject, c.identity_scheme) for c in store.claims.values() if c.identity_scheme}
    assert (country, "iso3166-1-alpha3") in schemes
    assert not any(s == town and name.startswith("iso") for s, name in schemes)
    assert values(store, "locatedIn", town) == {state("PRK"), country}


def test_the_later_version_of_an_object_counts_in_either_order(
    bring: Import, tmp_path: Path
) -> None:
    old = thing("tool", 1, name="Old name")
    new = {**thing("tool", 1, name="New name"), "modified": "2025-01-01T00:00:00Z"}
    store, done = bring("stix", bundle(new), bundle(old, new))
    assert store.label(node("stix", uid("tool", 1))) == "New name"
    assert done.report.kept["objects"] == 1
    assert done.report.noted["an earlier version of an object gives way to the later"] == 1
    first = (tmp_path / "ws" / "graphs").glob("*.ttl")
    before = {p.name: p.read_bytes().partition(b"fileDigest")[0] for p in first}
    other = Workspace.create(tmp_path / "other", shipped=False)
    for number, content in enumerate((bundle(new, old), bundle(new))):
        (tmp_path / f"file{number}.json").write_text(json.dumps(content))
    run(other, "stix", [tmp_path / "file1.json", tmp_path / "file0.json"])
    after = (tmp_path / "other" / "graphs").glob("*.ttl")
    assert {p.name: p.read_bytes().partition(b"fileDigest")[0] for p in after} == before


def test_an_observation_of_stix_2_0_keeps_what_it_holds(bring: Import) -> None:
    inner = {
        "0": {"type": "file", "name": "a.exe"},
        "1": {"type": "url", "value": "http://example.org"},
    }
    store, done = bring("stix", bundle(thing("observed-data", 1, objects=inner, number_observed=1)))
    assert done.report.kept["observed objects"] == 2
    assert len(values(store, "refersTo", node("stix", uid("observed-data", 1)))) == 2


def test_a_dos_end_of_file_mark_and_a_byte_order_mark_are_no_content(bring: Import) -> None:
    content = json.dumps(bundle(thing("tool", 1, name="A"))).encode()
    _, done = bring("stix", raw=b"\xef\xbb\xbf" + content + b"\r\n\x1a")
    assert done.report.kept["objects"] == 1


def test_one_object_or_a_bare_list_is_read_too(bring: Import) -> None:
    _, done = bring("stix", [thing("tool", 1, name="A")], thing("tool", 2, name="B"))
    assert done.report.kept["objects"] == 2


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        ("stix", b""),
        ("stix", b"{}"),
        ("stix", b'{"type": "bundle", "objects": []}'),
        ("stix", b'{"type": "bundle", "objects": [{"type": "tool", "id": "tool--0000'),
        ("stix", b'{"objects": [' + b"[" * 20_000 + b"]" * 20_000 + b"]}"),
        ("stix", b'{"objects": [{"type": "tool", "id": "\xff"}]}'),
        ("stix", b'{"objects": [{"type": ["tool"], "id": {"a": 1}}, 1, null]}'),
        ("misp", b"{}"),
        ("misp", b'{"values": {"a": 1}}'),
        ("misp", b'{"values": [1, null, {"value": ["x"]}]}'),
        ("misp", b'{"values": [{"value": "Fox", "uuid": '),
        ("misp", b"[" * 20_000 + b"]" * 20_000),
        ("misp", "{\"values\": []}".encode("utf-16")),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused_and_change_nothing(
    bring: Import, tmp_path: Path, form: str, raw: bytes
) -> None:
    before = sorted(p.name for p in (tmp_path / "ws").rglob("*"))
    with pytest.raises(KgError) as caught:
        bring(form, raw=raw or b" ")
    assert caught.value.hint
    assert sorted(p.name for p in (tmp_path / "ws").rglob("*")) == before


def test_fields_of_the_wrong_shape_are_skipped_not_fatal(bring: Import) -> None:
    odd = thing(
        "intrusion-set", 1, name=["a"], aliases={"a": 1}, external_references="none",
        kill_chain_phases=[1], object_marking_refs="TLP", first_seen="yesterday", confidence=400,
        description=7, created_by_ref=[None, 3], revoked="yes", x_country=[[]],
    )  # fmt: skip
    store, done = bring("stix", bundle(odd, tie(2, "nowhere", "uses", uid("tool", 1))))
    assert store.types(node("stix", uid("intrusion-set", 1))) == (KG + "ThreatActor",)
    assert done.report.skipped["a first_seen that is no day"] == 1
    assert done.report.skipped["a relationship without a type and two ends"] == 1
    assert done.report.skipped["a confidence outside 0 to 100"]


# ---------------------------------------------------------------- MISP


def test_country_and_sponsor_are_two_ascriptions_with_confidence_and_documents(
    bring: Import,
) -> None:
    store, done = bring(
        "misp",
        galaxy(
            cluster(
                1, "Blue Fox", country="KP", refs=["https://example.org/a"],
                **{
                    "cfr-suspected-state-sponsor": "Korea (Democratic People's Republic of)",
                    "attribution-confidence": "50",
                },
            ),
            cluster(2, "Red Owl", **{"cfr-suspected-state-sponsor": "Unknown"}, country=""),
        ),
    )  # fmt: skip
    country, sponsor = sorted(of(store, "attributedTo", misp(1)), key=lambda c: c.modality)[::-1]
    assert (country.modality, sponsor.modality) == (Modality.REPORTED, Modality.POSSIBLE)
    for claim in (country, sponsor):
        assert (claim.object, claim.kind, claim.confidence) == (state("PRK"), Kind.ASCRIPTION, 50)
        assert [store.sources[s].url for s in claim.cited_sources] == ["https://example.org/a"]
    assert sponsor.hedges == ("suspected",)
    assert not of(store, "attributedTo", misp(2))
    assert done.report.skipped["cfr-suspected-state-sponsor is stated as unknown"] == 1
    assert not store.edges


def test_a_name_of_several_clusters_is_disputed_and_merges_nothing(bring: Import) -> None:
    store, done = bring(
        "misp",
        galaxy(
            cluster(1, "Blue Fox", synonyms=["Stone Cat", "FOX-1"]),
            cluster(2, "STONE CAT", synonyms=["fox-1"]),
        ),
    )
    assert done.report.noted["a name that several things of the data set bear"] == 2
    assert {(c.subject, c.object) for c in of(store, "sharesNameWith")} == {(misp(1), misp(2))}
    disputed = {c.object.value: c for c in of(store, "alias") if not isinstance(c.object, str)}
    assert disputed["FOX-1"].in_tension_with == (disputed["fox-1"].iri,)
    assert "STONE CAT" in disputed["Stone Cat"].note
    assert not [c for c in store.claims.values() if c.predicate.endswith("sameAs")]


def test_victims_that_are_no_states_stay_texts_and_links_keep_their_likelihood(
    bring: Import,
) -> None:
    link = {
        "dest-uuid": "00000000-0000-4000-8000-000000000009",
        "type": "similar",
        "tags": ['estimative-language:likelihood-probability="very-likely"'],
    }
    fox = cluster(
        1, "Fox", **{"cfr-suspected-victims": ["Thailand", "Thailand", "US", "Acme Bank"]}
    )
    store, done = bring("misp", galaxy({**fox, "related": [link, {"type": "uses"}]}))
    assert values(store, "attacks", misp(1)) == {state("THA"), state("USA")}
    assert values(store, "namedVictim", misp(1)) == {"Acme Bank"}
    (similar,) = of(store, "overlapsWith")
    assert (similar.object, similar.likelihood, similar.kind) == (
        misp(9),
        "veryLikely",
        Kind.ASSESSMENT,
    )
    assert done.report.unresolved["a relation to a cluster that these files lack"] == 1
    assert done.report.skipped["a relation without the uuid of its target"] == 1


def test_countries_and_regions_have_their_codes_and_invented_ones_none(bring: Import) -> None:
    related = [{"dest-uuid": "00000000-0000-4000-8000-000000000002", "type": "located-in"}]
    store, done = bring(
        "misp",
        galaxy(
            {**cluster(1, "north korea", ISO="KP", ISO3="PRK"), "description": "North Korea", "related": related},
            kind="country", category="country",
        ),
        galaxy(cluster(2, "030 - Eastern Asia", subregions=["408 - Nowhere"]), kind="region", category="location"),
        galaxy(
            cluster(3, "Foxland", ISO="FX"), kind="exercise", description="A fictional world.",
        ),
        galaxy({**cluster(4, "Owl Front"), "description": "Fictional group for a drill."}),
    )  # fmt: skip
    held = {
        (c.subject, c.identity_scheme, c.object.value)
        for c in store.claims.values()
        if c.identity_scheme and not isinstance(c.object, str)
    }
    assert {(misp(1), "iso3166-1-alpha2", "KP"), (misp(1), "iso3166-1-alpha3", "PRK")} <= held
    assert (misp(2), "m49", "030") in held
    assert misp(2) in values(store, "locatedIn", misp(1)) & values(store, "locatedIn", state("PRK"))
    assert store.label(misp(1)) == "North Korea"
    for number in (3, 4):
        assert store.types(misp(number)) == (KG + "FictionalThing",)
        assert not any(subject == misp(number) for subject, _, _ in held)
    assert done.report.noted["a fictional thing is marked as such, and joined to nothing"] == 2


def test_a_galaxy_without_clusters_says_where_they_are(bring: Import) -> None:
    with pytest.raises(RefusedError, match="no MISP galaxy cluster file") as caught:
        bring("misp", {"name": "Threat Actor", "type": "threat-actor", "uuid": "x"})
    assert "clusters/" in caught.value.hint


def test_both_formats_give_the_same_bytes_twice(bring: Import, tmp_path: Path) -> None:
    content = galaxy(
        cluster(1, "Fox", country="RU", synonyms=["b", "a"]), cluster(2, "Owl", synonyms=["A"])
    )
    bring("misp", content)
    (place,) = (tmp_path / "ws" / "graphs").glob("misp-*.ttl")
    first = place.read_bytes()
    bring("misp", content)
    assert place.read_bytes() == first
