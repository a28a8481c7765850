from __future__ import annotations

import random
from itertools import combinations, product
from pathlib import Path

import networkx as nx
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from library import ask, claim, small

from kg.analysis import Answer, balance
from kg.analysis.balance import Frustration, census, frustration, pairs, triads
from kg.cli.program import run
from kg.errors import RefusedError, UsageError
from kg.projection import Projection, project
from kg.store import Store

Signs = dict[tuple[str, str], int]


def made(*ties: str, **changes: dict[str, object]) -> Projection:
    """Return a projection of relations written ``a+b`` or ``a-b``; ``changes`` are by pair."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number, tie in enumerate(ties, 1):
        sign = 1 if "+" in tie else -1
        source, target = tie.split("+" if sign > 0 else "-")
        for node in (source, target):
            graph.add_node(node, label=node.upper(), family="actor")
        says: dict[str, object] = {
            "claims": f"claim:{number}",
            "sign": sign,
            "materialised": 1,
            "kind": "fact",
            "modality": "asserted",
            "polarity": "affirmative",
            "contested": 0,
        }
        graph.add_edge(source, target, str(number), **{**says, **changes.get(source + target, {})})
    return Projection(graph, "signed", {})


HEDGED: dict[str, object] = {"materialised": 0, "kind": "forecast", "modality": "possible"}


def brute(signs: Signs) -> tuple[int, int]:
    """The least number of contradicted pairs over all divisions, and how many reach it."""
    actors = sorted({end for ends in signs for end in ends})
    costs = []
    for rest in product((0, 1), repeat=len(actors) - 1):
        camp = dict(zip(actors, (0, *rest), strict=True))
        costs.append(sum((camp[a] != camp[b]) != (s < 0) for (a, b), s in signs.items()))
    return min(costs), costs.count(min(costs))


def contradicted(signs: Signs, found: Frustration) -> int:
    return sum((found.camps[a] != found.camps[b]) != (s < 0) for (a, b), s in signs.items())


def hostile(graph: nx.Graph[int]) -> Signs:
    return {(f"n{min(a, b):02}", f"n{max(a, b):02}"): -1 for a, b in graph.edges}


def column(answer: Answer, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in answer]


# ------------------------------------------------------------------ triads


@pytest.mark.parametrize(
    ("ties", "strong", "weak"),
    [
        (("a+b", "b+c", "a+c"), "balanced", "balanced"),
        (("a+b", "b+c", "a-c"), "unbalanced", "unbalanced"),
        (("a+b", "b-c", "a-c"), "balanced", "balanced"),
        (("a-b", "b-c", "a-c"), "unbalanced", "balanced"),
    ],
)
def test_the_four_triads_have_the_states_of_the_textbook(
    ties: tuple[str, ...], strong: str, weak: str
) -> None:
    found = balance.balance(made(*ties))
    assert column(found, "strong", "weak") == [(strong, weak)]
    assert found.figures["share of balanced triads"] == (1 if strong == "balanced" else 0)
    assert found.figures["frustration index"] == (0 if strong == "balanced" else 1)
    assert found.rows[0].claims == ("claim:1", "claim:2", "claim:3")


def test_each_side_of_a_triad_has_its_own_claims() -> None:
    found = balance.balance(made("c-a", "b+c", "a-b", "b-a"))
    assert column(
        found, "one", "other", "third", "signs", "one_other", "other_third", "one_third"
    ) == [("a", "b", "c", "- + -", "claim:3 claim:4", "claim:2", "claim:1")]


def test_a_pair_of_both_signs_is_ambivalent_and_its_triads_are_read_both_ways() -> None:
    projection = made("a+b", "a-b", "b+c", "a+c")
    found = balance.balance(projection)
    (row,) = found
    assert row["signs"] == "± + +"
    assert row["strong"] == "undecided (+ balanced, - unbalanced)"
    assert row["one_other"] == "+ claim:1; - claim:2"
    assert found.figures["undecided triads"] == 1
    assert found.figures["share of balanced triads"] is None
    assert any("not defined" in note for note in found.notes)
    assert found.figures["frustration index"] == 0
    (first, *_) = balance.relations(projection)
    assert first["state"] == "ambivalent"
    assert first["sign"] is None
    assert first["friendly_claims"] == "claim:1"
    assert first["hostile_claims"] == "claim:2"


def test_a_state_that_every_reading_gives_is_decided() -> None:
    (row,) = balance.balance(made("a+b", "a-b", "b-c", "a-c"))
    assert row["strong"] == "undecided (+ balanced, - unbalanced)"
    assert row["weak"] == "balanced"


def test_two_ambivalent_sides_have_four_readings() -> None:
    (row,) = balance.balance(made("a+b", "a-b", "b+c", "b-c", "a+c"))
    assert row["strong"] == ("undecided (++ balanced, +- unbalanced, -+ unbalanced, -- balanced)")


def test_friends_of_one_time_and_foes_of_another_are_told_so() -> None:
    early: dict[str, object] = {"valid_from": "1950-01-01", "valid_to": "1960-01-01"}
    late: dict[str, object] = {"valid_from": "1970-01-01", "valid_to": ""}
    (row,) = balance.relations(made("a+b", "b-a", ab=early, ba=late))
    assert row["state"] == "ambivalent, at different times"
    (row,) = balance.relations(made("a+b", "b-a", ba=late))
    assert row["state"] == "ambivalent"


def test_an_open_triad_is_listed_when_asked_and_tells_the_missing_side() -> None:
    projection = made("a+b", "b-c", "c+d", "d+b")
    assert column(balance.balance(projection), "one", "third") == [("b", "d")]
    found = balance.balance(projection, opened=True)
    assert column(found, "one", "other", "third", "signs", "strong") == [
        ("b", "c", "d", "- + +", "unbalanced"),
        ("a", "b", "c", "+ - ?", "open"),
        ("a", "b", "d", "+ + ?", "open"),
    ]
    assert found.figures["open triads"] == 2


def test_only_relations_among_the_actors_named_count() -> None:
    projection = made("a+b", "b+c", "a-c", "c+d", "d+a")
    found = balance.balance(projection, among=["a", "b", "c", "z"], opened=True)
    assert len(found) == 1
    assert found.figures["frustration index"] == 1
    assert found.figures["triads with one related pair or none"] == 3
    assert "Without signed relation to the others: z." in found.notes


def test_triads_of_one_actor_are_all_that_have_it_open_ones_too() -> None:
    ties = ("a+b", "b+c", "a-c", "c+d", "d+e", "e-f")
    every = balance.balance(made(*ties), opened=True)
    for actor in "abcdef":
        found = balance.balance(made(*ties), containing=[actor], opened=True)
        assert found.rows == tuple(row for row in every.rows if actor in row.values[:3])
        assert found.figures == every.figures
    assert column(balance.balance(made(*ties), containing=["c", "d"], opened=True), "one") == [
        ("a",),
        ("b",),
        ("c",),
    ]


def test_a_hedged_side_is_named_with_how_it_is_put() -> None:
    (row,) = balance.balance(made("a+b", "b+c", "a+c", bc=HEDGED))
    assert row["firmness"] == "2 of 3 facts (other_third: possible forecast)"
    (row,) = balance.balance(made("a+b", "b+c", "b+c", "a+c", bc={}, ac={"contested": 1}))
    assert row["firmness"] == "facts, contested"


def test_denials_and_recommendations_are_no_relations() -> None:
    denied: dict[str, object] = {"polarity": "negated", "materialised": 0}
    advised: dict[str, object] = {"kind": "recommendation", "materialised": 0}
    projection = made("a+b", "b+c", "a+c", "b-a", ba=denied, ac=advised)
    assert [pair.signs for pair in pairs(projection).values()] == [(1,), (1,)]


def test_without_a_sign_and_without_a_triad_nothing_is_made_up() -> None:
    nothing = balance.balance(made())
    assert nothing.figures["frustration index"] is None
    assert nothing.figures["share of balanced triads"] is None
    assert "The frustration index is not defined: no pair has one sign." in nothing.notes
    tree = balance.balance(made("a-b", "b+c"))
    assert tree.figures["frustration index"] == 0
    assert tree.figures["share of balanced triads"] is None


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError):
        balance.balance(made("a+b"), among=["a", "b"])
    with pytest.raises(UsageError):
        balance.balance(made("a+b"), containing=list("abcd"))
    with pytest.raises(UsageError):
        balance.camps(made("a+b"), method="none")


def test_more_triads_than_anybody_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "MAX_TRIADS", 3)
    ties = [f"{a}+{b}" for a, b in combinations("abcde", 2)]
    with pytest.raises(RefusedError) as refused:
        balance.balance(made(*ties))
    assert "--actor" in str(refused.value.hint)
    assert balance.camps(made(*ties)).figures["closed triads"] == 10


@given(
    st.dictionaries(st.sampled_from(list(combinations("abcdefg", 2))), st.sampled_from([1, -1, 0]))
)
def test_the_census_counts_what_the_list_shows(signs: Signs) -> None:
    ties = [
        f"{a}{mark}{b}" for (a, b), s in signs.items() for mark in {1: "+", -1: "-", 0: "+-"}[s]
    ]
    found = pairs(made(*ties))
    listed = list(triads(found, opened=True))
    states = [triad.strong().split()[0] for triad in listed]
    count = census(found)
    graph = nx.Graph(list(signs))
    assert (
        count.closed == sum(nx.triangles(graph).values()) // 3 == len(states) - states.count("open")
    )
    assert count.balanced == states.count("balanced")
    assert count.unbalanced == states.count("unbalanced")
    assert count.undecided == states.count("undecided")
    assert count.open == states.count("open")
    hostile = [t for t in listed if t.strong() == "unbalanced" and t.weak() == "balanced"]
    assert count.all_hostile == len(hostile)


# ------------------------------------------------------------------ frustration


@pytest.mark.parametrize(
    ("signs", "index"),
    [
        # All signs negative: pairs minus the largest cut.
        (hostile(nx.complete_graph(3)), 1),
        (hostile(nx.complete_graph(5)), 4),
        (hostile(nx.complete_graph(12)), 30),
        (hostile(nx.petersen_graph()), 3),
        (hostile(nx.cycle_graph(7)), 1),
        (hostile(nx.cycle_graph(8)), 0),
        (hostile(nx.icosahedral_graph()), 10),
    ],
)
def test_the_index_of_known_graphs(signs: Signs, index: int) -> None:
    found = frustration(signs)
    assert (found.lower, found.upper) == (index, index)
    assert contradicted(signs, found) == index


def test_a_chain_of_contradictions_adds_up_block_by_block() -> None:
    signs: Signs = {}
    for n in range(200):  # triads that hang together by one actor each
        a, b, c = f"n{2 * n}", f"n{2 * n + 1}", f"n{2 * n + 2}"
        signs |= {(a, b): 1, (b, c): 1, (a, c): -1}
    found = frustration(signs)
    assert found.upper == found.lower == 200
    assert found.divisions == 3**200
    assert contradicted(signs, found) == 200


@st.composite
def signed(draw: st.DrawFn, most: int = 9) -> Signs:
    count = draw(st.integers(2, most))
    every = list(combinations([f"n{n}" for n in range(count)], 2))
    chosen = draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    return {ends: draw(st.sampled_from([1, -1])) for ends in chosen}


@given(signed())
def test_the_index_is_the_least_over_all_divisions(signs: Signs) -> None:
    found = frustration(signs)
    least, ways = brute(signs)
    assert found.lower == found.upper == least == contradicted(signs, found)
    parts = nx.number_connected_components(nx.Graph(list(signs)))
    # Each group may be turned around; that gives no other division of the group.
    assert found.divisions == ways // 2 ** (parts - 1)


@given(signed(), st.integers(0, 8))
def test_switching_an_actor_leaves_the_index_unchanged(signs: Signs, number: int) -> None:
    switched = {ends: -s if f"n{number}" in ends else s for ends, s in signs.items()}
    before, after = frustration(signs), frustration(switched)
    assert (before.upper, before.divisions) == (after.upper, after.divisions)


@given(signed())
def test_the_index_is_zero_where_two_colours_do_and_nowhere_else(signs: Signs) -> None:
    # Harary: contract friends, then foes must be two-colourable.
    graph: nx.Graph[str] = nx.Graph()
    for (a, b), sign in signs.items():
        if sign < 0:
            graph.add_edge(a, b)
        else:  # two foes of one in the middle are friends
            graph.add_edges_from([(a, a + b), (a + b, b)])
    assert (frustration(signs).upper == 0) == nx.is_bipartite(graph)


@given(signed(), st.integers(0, 3))
def test_bounds_hold_the_index_between_them(signs: Signs, seed: int) -> None:
    exact = frustration(signs).upper
    found = frustration(signs, method="approximate", entries=0, seed=seed)
    assert found.lower <= exact <= found.upper == contradicted(signs, found)
    assert found == frustration(signs, method="approximate", entries=0, seed=seed)


@given(signed(), st.randoms())
def test_the_order_of_the_pairs_does_not_matter(signs: Signs, shuffle: random.Random) -> None:
    items = list(signs.items())
    shuffle.shuffle(items)
    assert frustration(dict(items)) == frustration(signs)


def dense(count: int) -> Signs:
    chance = random.Random(5)
    actors = [f"n{n:02}" for n in range(count)]
    return {ends: chance.choice([1, -1]) for ends in combinations(actors, 2)}


def test_a_graph_too_dense_for_the_exact_index_is_refused_with_the_bounds_as_a_hint() -> None:
    signs = dense(40)
    with pytest.raises(RefusedError) as refused:
        frustration(signs)
    assert "--method approximate" in str(refused.value.hint)
    found = frustration(signs, method="approximate")
    assert 0 < found.lower < found.upper == contradicted(signs, found)
    projection = made(*(f"{a}{'+' if s > 0 else '-'}{b}" for (a, b), s in signs.items()))
    answer = balance.camps(projection, method="approximate")
    assert answer.figures["frustration index, at least"] == found.lower
    assert answer.figures["frustration index, at most"] == found.upper
    assert "frustration index" not in answer.figures
    assert balance.balance(projection, method="none").figures["closed triads"] == 9880


def test_a_dense_graph_with_one_contradiction_is_exact_all_the_same() -> None:
    signs = dict.fromkeys(dense(40), 1) | {("n03", "n30"): -1}
    found = frustration(signs)
    assert (found.lower, found.upper, found.divisions) == (1, 1, None)


def test_camps_name_the_pairs_that_contradict_them_first() -> None:
    found = balance.camps(made("a+b", "b+c", "a+c", "c-d", "a+d", "x-y"))
    first, *rest = found
    assert (first["one"], first["other"], first["fits"]) in {("a", "d", False), ("c", "d", False)}
    assert len(first["claims"]) == 1
    assert all(row["fits"] for row in rest)
    assert found.figures["frustration index"] == 1
    assert found.figures["best divisions"] == 2
    assert any("2 divisions are equally good" in note for note in found.notes)
    assert "Group 2: camp 1: X; camp 2: Y." in found.notes


# ------------------------------------------------------------------ stores and commands

SIGNED_CLAIMS = (
    ("one", "actor:a", "kg:alliedWith", "actor:b", {"kind": "kg:fact"}),
    ("two", "actor:b", "kg:opposes", "actor:a", {}),
    ("three", "actor:b", "kg:supports", "actor:c", {"kind": "kg:fact"}),
    ("four", "actor:c", "kg:threatens", "actor:a", {"modality": "kg:possible"}),
    ("five", "actor:c", "kg:supports", "actor:a", {"polarity": "kg:negated"}),
    ("six", "actor:d", "kg:opposes", "actor:a", {}),
)


@pytest.fixture
def opened(tmp_path: Path) -> Store:
    actors = "".join(f'actor:{n} a kg:State ; skos:prefLabel "{n.upper()}"@en .\n' for n in "abcd")
    made = (claim(name, s, p, o, **more) for name, s, p, o, more in SIGNED_CLAIMS)
    store = small(tmp_path, actors, *made)
    store.update_edges()
    return store


def asked_in_sparql(store: Store) -> set[tuple[object, ...]]:
    """Triads and signs as the saved query gives them: by pair, one row for each reading."""
    found = set()
    for row in ask(store, "triads"):
        one, other, third = row["one"], row["other"], row["third"]
        signs = [int(sign) for sign in str(row["signs"]).split()]
        ends = [frozenset((one, other)), frozenset((other, third)), frozenset((one, third))]
        found.add((frozenset(zip(ends, signs, strict=True)), row["balance"]))
    return found


def worked_out(store: Store) -> set[tuple[object, ...]]:
    found = set()
    for triad in triads(pairs(project(store, "signed", include_hedged=True))):
        ends = [frozenset((side.one, side.other)) for side in triad.sides if side]
        for signs in triad.readings():
            state = "balanced" if signs.count(-1) % 2 == 0 else "unbalanced"
            found.add((frozenset(zip(ends, signs, strict=True)), state))
    return found


def test_triads_agree_with_the_saved_query(shipped: Store, opened: Store) -> None:
    assert len(worked_out(shipped)) == 5
    assert worked_out(shipped) == asked_in_sparql(shipped)
    assert len(worked_out(opened)) == 2
    assert worked_out(opened) == asked_in_sparql(opened)


def test_facts_agree_with_the_saved_query(shipped: Store) -> None:
    facts = {
        frozenset((row["one"], row["other"], row["third"]))
        for row in ask(shipped, "triads")
        if row["firmness"] == "facts"
    }
    found = balance.balance(project(shipped, "signed"))
    assert {frozenset(row.values[:3]) for row in found.rows} == facts
    assert len(facts) == 2


def test_ambivalent_pairs_agree_with_the_saved_query(shipped: Store, opened: Store) -> None:
    for store, many in ((shipped, 0), (opened, 1)):
        rows = ask(store, "ambivalent-pairs")
        asked = {
            (frozenset((row["one"], row["other"])), int(str(row["sign"])), row["claim"])
            for row in rows
        }
        found = {
            (frozenset((row["one"], row["other"])), sign, iri)
            for row in balance.relations(project(store, "signed", include_hedged=True))
            if row["state"] == "ambivalent"
            for sign, side in ((1, "friendly_claims"), (-1, "hostile_claims"))
            for iri in row[side].split()
        }
        assert found == asked
        assert len({pair for pair, _, _ in found}) == many


def test_every_row_of_the_shipped_graph_cites_its_claims(shipped: Store) -> None:
    projection = project(shipped, "signed", include_hedged=True)
    for found in (
        balance.balance(projection, opened=True),
        balance.relations(projection),
        balance.camps(projection),
    ):
        assert len(found) > 0
        assert all(row.claims for row in found.rows)
    assert balance.camps(projection).figures["frustration index"] == 0


def test_the_command_lists_what_contradicts_and_says_no_where_nothing_is_signed(
    kg: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert kg("analyze", "balance", "--include-hedged", "--cite").returncode == 0
    assert run(["analyze", "balance", "--sign", "0"]) == 1
    assert run(["analyze", "balance", "--actor", "DPRK"]) == 2
    assert run(["analyze", "balance", "--show", "pairs", "--open"]) == 2
    assert run(["analyze", "balance", "--with", "NATO"]) == 1
    errors = capfd.readouterr().err
    assert "no two actors have a signed relation here" in errors
    assert "Traceback" not in errors


def test_two_runs_print_the_same(kg: Run) -> None:
    for show in ("triads", "camps"):
        arguments = ("analyze", "balance", "--include-hedged", "--show", show, "--json")
        one, other = (kg(*arguments, PYTHONHASHSEED=seed) for seed in ("1", "2"))
        assert one.stdout == other.stdout != ""
