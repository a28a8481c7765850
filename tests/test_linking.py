"""Which nodes of several data sets are one: identifiers, names, judgements, and what is seen of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from kg import importing, joining, query
from kg.claims import Rank
from kg.errors import AmbiguousNameError, RefusedError, UsageError
from kg.importing import DataSet, Importer, Sink, reading
from kg.linking import identifiers, judgements, matching
from kg.linking.judgements import Judgement, Verdict
from kg.names import resolve
from kg.store import Store
from kg.vocab import ID, KG, ONTOLOGY_GRAPH, compress, expand
from kg.workspace import Workspace

JO = ID + "actor/reviewer-jo"


def _read(paths: Sequence[Path], into: Sink, options: Mapping[str, str]) -> None:
    """Read JSON lines: things with names, classes, identifiers and ties."""
    for path in paths:
        for _, row in reading.json_lines(path):
            into.read()
            key = row["node"].replace(":", "-")
            node = expand(row["node"])
            assert node
            label, *others = row.get("names", [row["node"]])
            types = [KG + kind for kind in row.get("types", ())]
            into.entity(node, *types, label=label, aliases=[(name, "") for name in others])
            for scheme, value, *days in row.get("ids", ()):
                first, last = [*days, "", ""][:2]
                rank = Rank(row.get("rank", "normal"))
                into.identifier(
                    key, node, scheme, value, valid_from=first, valid_to=last, rank=rank
                )
            for predicate, value in row.get("says", ()):
                other = expand(value)
                into.claim(key, node, KG + predicate, other or Literal(value), "It says so.")


SETS = Importer("things", "", "", "", lambda paths: DataSet("x", "X", ID + "actor/x", "X"), _read)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_added", lambda: {"things": SETS})


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def bring(place: Workspace, name: str, *rows: dict[str, Any], credibility: int = 6) -> None:
    path = place.folder.parent / f"{name}.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    overrides = {"name": name, "credibility": credibility}
    importing.run(place, "things", [path], overrides=overrides)


def groups(place: Workspace) -> list[list[str]]:
    found = identifiers.by_identifiers(place.open(joined=False)).groups
    return [[compress(iri) for iri in group] for group in found]


def judged(one: str, other: str, verdict: Verdict, why: str = "") -> Judgement:
    a, b = expand(one), expand(other)
    assert a
    assert b
    return Judgement(a, b, verdict, JO, "2026-01-01", why)


# ------------------------------------------------------------------ by identifiers


def test_one_identifier_makes_one_thing_and_ours_stands_for_it(place: Workspace) -> None:
    bring(place, "cow", {"node": "cow:731", "ids": [["cow-number", "731"]]})
    bring(place, "un", {"node": "country:PRK", "ids": [["iso3166-1-alpha3", "PRK"]]})
    bring(place, "wiki", {"node": "wd:Q423", "names": ["North Korea"]})
    assert groups(place) == [["actor:dprk", "wd:Q423", "country:PRK", "cow:731"]]


def test_the_same_text_in_another_scheme_joins_nothing(place: Workspace) -> None:
    bring(place, "a", {"node": "country:KNA", "ids": [["iso3166-1-alpha2", "KN"]]})
    assert groups(place) == []


def test_a_code_joins_whoever_held_it_at_the_time(place: Workspace) -> None:
    code = ["cow-number", "365"]
    bring(
        place,
        "cow",
        {"node": "cow:before", "ids": [[*code, "", "1991-12-25"]]},
        {"node": "cow:after", "ids": [[*code, "1991-12-26", ""]]},
        {"node": "cow:whenever", "ids": [code]},
    )
    assert groups(place) == [["actor:russia", "cow:after"], ["actor:soviet-union", "cow:before"]]
    found = identifiers.by_identifiers(place.open(joined=False))
    assert [compress(i.node) for i in found.ambiguous] == ["cow:whenever"]


def test_two_values_of_one_scheme_keep_two_things_apart(place: Workspace) -> None:
    bring(
        place,
        "a",
        {"node": "row:1", "ids": [["wikidata", "Q1"], ["fips10-4", "NL"]]},
        {"node": "row:2", "ids": [["wikidata", "Q2"], ["fips10-4", "NL"]]},
    )
    found = identifiers.by_identifiers(place.open(joined=False))
    assert found.groups == []
    (conflict,) = found.conflicts
    assert conflict.joined_by == "fips10-4 NL"
    assert conflict.kept_apart_by == "wikidata Q1 and wikidata Q2"


def test_a_person_is_no_organisation_whatever_they_share(place: Workspace) -> None:
    bring(
        place,
        "a",
        {"node": "row:1", "types": ["Person"], "ids": [["un-sanctions", "KPi.001"]]},
        {"node": "row:2", "types": ["Outlet"], "ids": [["un-sanctions", "KPi.001"]]},
        {"node": "row:3", "ids": [["passport", "A1234567"]]},
        {"node": "row:4", "ids": [["passport", "A1234567"]]},
    )
    found = identifiers.by_identifiers(place.open(joined=False))
    assert found.groups == []
    assert [c.kept_apart_by for c in found.conflicts] == ["one is a person and the other is not"]


def test_a_denied_deprecated_or_foreign_identifier_joins_nothing(place: Workspace) -> None:
    bring(place, "a", {"node": "row:1", "ids": [["imo", "9999999"]]})
    bring(place, "b", {"node": "row:2", "ids": [["imo", "9999999"]]})
    assert groups(place) == [["row:1", "row:2"]]
    bring(place, "b", {"node": "row:2", "ids": [["imo", "9999999"]], "rank": "deprecated"})
    assert groups(place) == []
    with pytest.raises(RefusedError, match="the update changes graph:b"):
        place.update("DELETE WHERE { GRAPH graph:b { ?c kg:rank kg:deprecated } }")


_nodes = [f"row:{n}" for n in range(6)]
_ids = st.tuples(
    st.sampled_from(["imo", "wikidata", "geonames"]), st.sampled_from(["1000001", "1000002"])
)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(_nodes), _ids),
        max_size=12,
        unique_by=lambda said: (said[0], said[1][0]),
    ),
    st.randoms(),
)
def test_groups_never_hold_two_values_of_a_single_scheme_nor_depend_on_order(
    said: list[tuple[str, tuple[str, str]]], chance: Any
) -> None:
    known = [
        identifiers.Identifier(node, scheme, f"Q{value}" if scheme == "wikidata" else value)
        for node, (scheme, value) in said
    ]

    def joined(order: list[identifiers.Identifier]) -> set[frozenset[str]]:
        things = identifiers._Things(order, {}, ())
        ordered = sorted(order, key=lambda i: (i.scheme, i.value, i.node))
        for value in identifiers._by_value(ordered):
            for one, other in identifiers._at_one_time(value)[0]:
                things.join(one.node, other.node)
        return {frozenset(group) for group in things.groups()}

    found = joined(known)
    chance.shuffle(known)
    assert joined(known) == found
    for group in found:
        for scheme in ("imo", "wikidata"):
            assert len({i.value for i in known if i.node in group and i.scheme == scheme}) <= 1


# ------------------------------------------------------------------ what is seen of it


def _linked(place: Workspace) -> Store:
    bring(
        place,
        "cow",
        {
            "node": "cow:731",
            "types": ["State"],
            "names": ["Korea, North"],
            "ids": [["cow-number", "731"]],
            "says": [["alliedWith", "cow:710"], ["alias", "PRK of old"]],
        },
        {"node": "cow:710", "types": ["State"], "ids": [["cow-number", "710"]]},
        credibility=2,
    )
    judgements.link(place)
    return place.open()


def test_queries_see_linked_nodes_as_one_and_what_the_data_set_named(place: Workspace) -> None:
    store = _linked(place)
    answer = query.run(
        store,
        "SELECT ?named ?other WHERE { ?c rdf:subject actor:dprk ; rdf:predicate kg:alliedWith ; "
        "rdf:object actor:china ; kg:recordedSubject ?named ; kg:recordedObject ?other }",
    )
    assert [[compress(t.value) for t in row] for row in answer.rows] == [["cow:731", "cow:710"]]
    assert store.stands_for(ID + "actor/dprk") == (ID + "cow/731",)
    assert resolve(store, "cow:731") == resolve(store, "Korea, North") == ID + "actor/dprk"
    assert store.label(ID + "actor/dprk") == "North Korea"
    assert store.types(ID + "actor/dprk") == (KG + "State",)


def test_edges_of_linked_nodes_have_one_direction_and_their_claims(place: Workspace) -> None:
    store = _linked(place)
    edge = (ID + "actor/china", KG + "alliedWith", ID + "actor/dprk")
    assert any(iri.startswith(ID + "claim/cow-") for iri in store.edges[edge])
    assert not [e for e in store.edges if e[0] == e[2]]
    assert not [e for e, behind in store.edges.items() if not behind]


def _said(store: Store) -> set[str]:
    """What the data sets say, as the store shows it."""
    apart = (joining.LINKS_GRAPH, ONTOLOGY_GRAPH)
    return {str(quad) for quad in store.engine if quad.graph_name not in apart}


def test_unlinking_restores_the_state_before(place: Workspace) -> None:
    bring(place, "cow", {"node": "cow:731", "ids": [["cow-number", "731"]]})
    before = _said(place.open())
    judgements.link(place)
    assert _said(place.open()) != before
    assert _said(place.open(joined=False)) == before
    judgements.link(place, [judged("actor:dprk", "cow:731", Verdict.DIFFERENT)])
    assert _said(place.open()) == before
    place.undo()
    place.undo()
    assert _said(place.open()) == before
    assert not list(place.open().engine.quads_for_pattern(None, None, None, joining.LINKS_GRAPH))


def test_the_name_of_a_wikidata_record_stays_what_an_identity_claim_says(place: Workspace) -> None:
    bring(place, "wiki", {"node": "wd:Q423", "names": ["NK"], "says": [["partnerOf", "wd:Q159"]]})
    judgements.link(place)
    store = place.open()
    own = store.claims[ID + "claim/identity-dprk-wikidata"]
    assert own.object == "http://www.wikidata.org/entity/Q423"
    tie = next(c for c in store.claims.values() if c.iri.startswith(ID + "claim/wiki-"))
    assert tie.triple == (ID + "actor/dprk", KG + "partnerOf", ID + "actor/russia")


def test_files_are_never_changed_by_links(place: Workspace) -> None:
    bring(place, "cow", {"node": "cow:731", "ids": [["cow-number", "731"]]})
    files = {p: p.read_bytes() for p in (place.folder / "graphs").iterdir()}
    judgements.link(place)
    assert files == {p: p.read_bytes() for p in (place.folder / "graphs").iterdir()}


# ------------------------------------------------------------------ judgements


def _two(place: Workspace) -> None:
    bring(place, "a", {"node": "ofac:1", "names": ["Hao Fan Shipping"], "types": ["Outlet"]})
    bring(place, "b", {"node": "uksl:1", "names": ["Hao Fan Shipping"], "types": ["Outlet"]})


def test_a_judgement_joins_says_why_and_can_be_withdrawn(place: Workspace) -> None:
    _two(place)
    judgements.link(place, [judged("ofac:1", "uksl:1", Verdict.SAME, "one letterhead")])
    store = place.open()
    assert store.standing(ID + "uksl/1") == ID + "ofac/1"
    (kept,) = judgements.judgements(place.open(joined=False))
    assert (kept.by, kept.on, kept.why) == (JO, "2026-01-01", "one letterhead")
    assert store.claims[kept.iri].note == "one letterhead"
    judgements.link(place, withdraw=[(kept.iri, "2026-01-02")])
    (gone,) = judgements.judgements(place.open(joined=False))
    assert gone.withdrawn == "2026-01-02"
    assert place.open().standing(ID + "uksl/1") == ID + "uksl/1"
    with pytest.raises(UsageError, match="there is no judgement"):
        judgements.link(place, withdraw=[(ID + "claim/none", "2026-01-02")])


def test_to_be_unsure_joins_nothing_and_the_latest_judgement_counts(place: Workspace) -> None:
    _two(place)
    judgements.link(place, [judged("ofac:1", "uksl:1", Verdict.UNSURE)])
    assert groups(place) == []
    assert place.open().standing(ID + "uksl/1") == ID + "uksl/1"
    later = judged("uksl:1", "ofac:1", Verdict.SAME)._replace(on="2026-01-03")
    judgements.link(place, [later])
    assert place.open().standing(ID + "uksl/1") == ID + "ofac/1"
    assert len(judgements.judgements(place.open(joined=False))) == 2


def test_of_two_judgements_of_one_day_the_later_counts_ever_after(place: Workspace) -> None:
    _two(place)
    pair = ("ofac:1", "uksl:1")
    for n, verdict in enumerate((Verdict.SAME, Verdict.DIFFERENT) * 3):
        judgements.link(place, [judged(*pair, verdict, f"reason {n}")])
        joined = len(judgements.link(place).found.groups)
        assert joined == (verdict is Verdict.SAME)
    assert len(judgements.judgements(place.open(joined=False))) == 6


def test_a_judgement_made_again_after_it_was_withdrawn_stands(place: Workspace) -> None:
    _two(place)
    same = judged("ofac:1", "uksl:1", Verdict.SAME, "seen")
    judgements.link(place, [same])
    (first,) = judgements.judgements(place.open(joined=False))
    judgements.link(place, withdraw=[(first.iri, "2026-01-01")])
    assert judgements.link(place, [same]).nodes == 1
    assert judgements.link(place).nodes == 1
    assert [bool(j.withdrawn) for j in judgements.judgements(place.open(joined=False))] == [
        True,
        False,
    ]


def test_one_who_shares_an_identifier_with_a_person_and_a_body_joins_the_body(
    place: Workspace,
) -> None:
    shared = [["un-sanctions", "KPi.001"]]
    bring(
        place,
        "a",
        {"node": "row:1", "types": ["Person"], "ids": shared},
        {"node": "row:2", "types": ["Outlet"], "ids": shared},
        {"node": "row:3", "types": ["Outlet"], "ids": shared},
    )
    assert groups(place) == [["row:2", "row:3"]]


def test_a_code_with_many_holders_in_turn_takes_no_time() -> None:
    held = [
        identifiers.Identifier(f"row:{n}", "imo", "9999999", f"{n:04}-01-01", f"{n:04}-12-31")
        for n in range(1000, 2200)
    ]
    ever = identifiers.Identifier("row:ever", "imo", "9999999")
    before = time.process_time()
    pairs, unclear = identifiers._at_one_time([*held, ever])
    assert time.process_time() - before < 10
    assert (pairs, unclear) == ([], [ever])


def test_a_data_set_cannot_say_what_stands_for_what(place: Workspace) -> None:
    bring(place, "a", {"node": "row:1", "ids": [["cow-number", "731"]]})
    judgements.link(place)
    path = place.folder.parent / "sly.ttl"
    said = "<https://w3id.org/gambit/id/row/9> <https://w3id.org/gambit/ontology#linkedTo>"
    path.write_text(f"{said} <{ID}actor/russia> .", "utf-8")
    importing.run(place, "rdf", [path])
    store = place.open()
    assert store.standing(ID + "row/9") == ID + "row/9"
    assert store.stands_for(ID + "actor/russia") == ()
    assert store.standing(ID + "row/1") == ID + "actor/dprk"


@pytest.mark.parametrize("linked", [True, False])
def test_one_value_of_two_data_sets_is_an_edge_only_where_they_agree(
    place: Workspace, linked: bool
) -> None:
    for name, day in (("a", "1999-01-01"), ("b", "1999-02-02")):
        row = {"node": f"{name}x:1" if linked else "row:1", "says": [["ratifiedOn", day]]}
        if linked:
            row = {**row, "node": {"a": "ofac:1", "b": "uksl:1"}[name], "ids": [["imo", "9999999"]]}
        bring(place, name, row, credibility=2)
    if linked:
        assert judgements.link(place).nodes == 1
    store = place.open()
    said = [
        c for c in store.claims.values() if c.iri.startswith((ID + "claim/a-", ID + "claim/b-"))
    ]
    assert len([c for c in said if c.predicate == KG + "ratifiedOn"]) == 2
    assert not [e for e, behind in store.edges.items() if not behind]
    assert not [e for e in store.edges if e[0] == (said[0].subject)]


def test_linking_again_changes_nothing(place: Workspace) -> None:
    _two(place)
    bring(place, "cow", {"node": "cow:731", "ids": [["cow-number", "731"]]})
    judgements.link(place, [judged("ofac:1", "uksl:1", Verdict.SAME)])
    content = (place.folder / "judgements/links.ttl").read_bytes()
    changes = len(place.changes())
    judgements.link(place)
    assert (place.folder / "judgements/links.ttl").read_bytes() == content
    assert len(place.changes()) == changes


# ------------------------------------------------------------------ by names


def profile(iri: str, *names: str, kind: str = "", **known: set[str]) -> matching.Profile:
    return matching.Profile(iri, set(names), {KG + kind} if kind else set(), **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Korea Mining Development Trading Corporation", "KOREA MINING DEVELOPMENT TRADING CORPORATION", 100, 100),
        ("Ким Чен Ын", "Kim Chen Yn", 90, 100),
        ("Владимир Путин", "Vladimir Putin", 95, 98),
        ("Kim Jong-un", "KIM, Jong Un", 100, 100),
        ("An", "An", 60, 70),
        ("Korea Ocean Shipping", "Korea Daesong Bank", 0, 0),
    ],
)  # fmt: skip
def test_names_are_compared_in_any_script_and_one_word_is_not_enough(
    one: str, other: str, least: int, most: int
) -> None:
    found = [c.score for c in matching.match([profile("a", one)], [profile("b", other)])]
    assert least <= (found[0] if found else 0) <= most


def test_what_else_is_known_speaks_for_or_against() -> None:
    def score(**known: Any) -> int:
        left = profile("a", "Kim Chol Nam", kind="Person", **{k: {v[0]} for k, v in known.items()})
        right = profile("b", "Kim Chol Nam", kind="Person", **{k: {v[1]} for k, v in known.items()})
        return next(matching.match([left], [right]), None).score  # type: ignore[union-attr]

    assert score(births=("1960-01-01", "1960-01-01")) == 100
    assert score(births=("1960-01-01", "1961-01-01")) == 62
    assert score(births=("1960", "1960-05-01")) == 100
    assert score(countries=("kp", "ru")) == 82
    same = profile("a", "Kim Chol Nam", kind="Person"), profile("b", "Kim Chol Nam", kind="Outlet")
    assert list(matching.match([same[0]], [same[1]])) == []


@pytest.mark.parametrize(
    ("kind", "one", "other", "least", "most", "reason"),
    [
        ("Vessel", "SAM JONG 1", "Sam Jong 2", 50, 60, "other number in the name -40 ('SAM JONG 1', 'Sam Jong 2')"),
        ("Vessel", "SAM JONG 2", "Sam Jong 2", 100, 100, ""),
        ("Organization", "GREEN PINE COMPANY LIMITED", "Green Pine Co., Ltd.", 100, 100, ""),
        ("Organization", "Green Pine Joint-Stock Company", "GREEN PINE JSC", 100, 100, ""),
        ("Organization", "MINISTRY OF PEOPLE'S DEFENCE", "Ministry of Peoples Defence", 100, 100, ""),
        ("Person", "KIM, Cho'ng-sik", "Kim Chong Sik", 100, 100, ""),
        ("Person", "JO, Kyong-Chol", "Kyongchol Jo", 90, 90, "only two words of a person -12 (Kyongchol Jo)"),
        ("Person", "RI, Song Un", "Ri Un Song", 94, 94, "words in another order -8 ('RI, Song Un', 'Ri Un Song')"),
        ("Person", "RI, Song Chol", "KIM Song Chol", 0, 60, ""),
        ("Person", "An Jong", "AN, Jong", 90, 90, "only two words of a person -12 (An Jong)"),
    ],
)  # fmt: skip
def test_what_tells_names_apart_counts_and_what_lists_write_differently_does_not(
    kind: str, one: str, other: str, least: int, most: int, reason: str
) -> None:
    found = list(matching.match([profile("a", one, kind=kind)], [profile("b", other, kind=kind)]))
    assert least <= (found[0].score if found else 0) <= most
    assert not reason or reason in found[0].reasons


def test_words_that_many_of_the_names_have_make_no_two_of_them_alike() -> None:
    firms = ("Tangun", "Pugang", "Kumryong", "Kwangsong", "Haegumgang")
    many = [profile(f"a{n}", f"Korea {name} Trading Corp", kind="Organization") for n, name in enumerate(firms)]  # fmt: skip
    other = profile("b", "Korea Pugang Trading Corporation", kind="Organization")
    scores = {c.one: c.score for c in matching.match(many, [other])}
    assert scores.pop("a1") == 100
    assert max(scores.values(), default=0) < 80


def test_a_name_that_several_have_counts_for_less() -> None:
    left = [profile("a", "Green Pine Corp"), profile("c", "Green Pine Corp")]
    found = list(matching.match(left, [profile("b", "Green Pine Corp")]))
    assert [c.score for c in found] == [92, 92]
    assert "name of several -8 (2 have it)" in found[0].reasons


def test_candidates_leave_out_what_is_judged_or_joined(place: Workspace) -> None:
    _two(place)
    store = place.open(joined=False)
    pair = {ID + "ofac/1", ID + "uksl/1"}
    found = [c for c in matching.candidates(store) if {c.one, c.other} == pair]
    assert [c.score for c in found] == [100]
    assert (
        matching.candidates(store, one="ofac", other="uksl")[0].names == ("Hao Fan Shipping",) * 2
    )
    assert not [
        c for c in matching.candidates(store, apart=[frozenset(pair)]) if {c.one, c.other} == pair
    ]
    assert groups(place) == []  # the same name alone joins nothing


# ------------------------------------------------------------------ on the command line


def test_review_asks_keeps_each_answer_and_lists_who_and_why(
    place: Workspace, kg: Run, tmp_path: Path
) -> None:
    _two(place)
    at = ("-w", str(place.folder), "link")
    listed = kg(*at, "candidates", "--between", "ofac", "uksl")
    assert "100  ofac:1 Hao Fan Shipping  uksl:1 Hao Fan Shipping" in listed.stdout
    done = kg(*at, "review", "--between", "ofac", "uksl", "--by", "Jo", typed="s\nsame seal\n")
    assert done.returncode == 0
    assert "1 judged of 1 candidates" in done.stdout
    shown = kg(*at, "list").stdout
    assert "ofac:1  uksl:1  same  by jo, " in shown
    assert shown.splitlines()[0].endswith(": same seal")
    claim = shown.split()[0]
    assert "0 nodes are linked" in kg(*at, "withdraw", claim).stdout
    assert ", withdrawn " in kg(*at, "list").stdout


def test_a_key_by_which_no_node_is_named_is_refused_with_those_there_are(
    place: Workspace, kg: Run
) -> None:
    _two(place)
    at = ("-w", str(place.folder), "link", "candidates", "--between")
    wrong = kg(*at, "ofac-sdn", "uksl")
    assert wrong.returncode == 2
    assert "no node here is named ofac-sdn:" in wrong.stderr
    assert "ofac, own, uksl" in wrong.stderr
    assert kg(*at, "ofac", "own").stdout.strip() == "no candidates"


def test_bulk_acceptance_says_so_in_every_link(place: Workspace, kg: Run) -> None:
    _two(place)
    at = ("-w", str(place.folder), "link")
    done = kg(*at, "candidates", "--between", "ofac", "uksl", "--accept-over", "95", "--by", "Jo")
    assert "1 of 1 candidates judged the same in bulk" in done.stdout
    (kept,) = judgements.judgements(place.open(joined=False))
    assert kept.why.startswith("accepted in bulk at a score of 95 or more: the same name +100")
    assert kept.score == 100
    found = place.open().engine.quads_for_pattern(
        NamedNode(kept.iri), NamedNode(KG + "matchScore"), None
    )
    assert [q.object.value for q in found] == ["100"]


def test_links_need_a_workspace_and_two_nodes(kg: Run, place: Workspace) -> None:
    assert kg("link").returncode == 2
    at = ("-w", str(place.folder), "link")
    assert kg(*at, "same", "DPRK", "North Korea").returncode == 2
    assert kg(*at, "same", "DPRK", "Atlantis").returncode == 1


def test_own_claims_may_speak_of_imported_things_and_only_they_are_checked(
    place: Workspace, kg: Run
) -> None:
    bring(place, "cow", {"node": "cow:731", "types": ["State"], "names": ["Korea, North"]})
    claim = (
        "INSERT DATA { claim:mine a kg:Claim ; rdf:subject cow:731 ; rdf:predicate kg:partnerOf ; "
        "rdf:object actor:china ; kg:claimKind kg:fact ; kg:modality kg:asserted ; "
        "kg:polarity kg:affirmative ; kg:rank kg:normal ; kg:credibility 3 ; kg:confidence 50 ; "
        "prov:wasAttributedTo actor:gambit-editors ; kg:evidence passage:cow-states-710 ; "
        "kg:statement 'The two were partners.'@en }"
    )
    place.update(claim)
    done = kg("-w", str(place.folder), "validate")
    assert done.returncode == 0, done.stdout
    with pytest.raises(RefusedError, match="violations"):
        place.update(claim.replace("claim:mine", "claim:other").replace("cow:731", "cow:999"))


def test_a_thing_of_ours_comes_before_records_that_nothing_links_yet(place: Workspace) -> None:
    bring(place, "a", {"node": "row:1", "types": ["State"], "names": ["North Korea"]})
    store = place.open()
    assert resolve(store, "North Korea") == ID + "actor/dprk"
    bring(
        place,
        "b",
        {"node": "row:2", "names": ["Atlantis"]},
        {"node": "row:3", "names": ["Atlantis"]},
    )
    with pytest.raises(AmbiguousNameError, match="stands for 2 things"):
        resolve(place.open(), "Atlantis")


def test_answers_given_before_somebody_stops_are_kept(place: Workspace, kg: Run) -> None:
    _two(place)
    bring(place, "c", {"node": "cow:9", "names": ["Hao Fan Shipping"], "types": ["Outlet"]})
    at = ("-w", str(place.folder), "link")
    done = kg(*at, "review", "--between", "ofac", "uksl", "--by", "Jo", typed="d\n\n")
    assert "1 judged of 1 candidates" in done.stdout
    stopped = kg(*at, "review", "--by", "Jo", typed="s\nseal\n")  # the input ends there
    assert stopped.returncode == 0
    assert len(judgements.judgements(place.open(joined=False))) == 2
