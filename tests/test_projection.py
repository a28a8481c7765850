from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from conftest import EXAMPLE

from kg.claims import Modality, Polarity
from kg.errors import NoError, RefusedError
from kg.projection import REASONS, Projection, around, claims_between, project
from kg.store import Store
from kg.vocab import OWL, compress

Edges = dict[tuple[str, str, str], dict[str, Any]]
Opened = Callable[..., Store]

CLAIM = """
claim:{name} a kg:Claim ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o} ;
    prov:wasAttributedTo actor:ada-author ; kg:claimKind kg:{kind} ; kg:evidence {evidence} ;
    kg:modality kg:{modality} ; kg:polarity kg:{polarity} ; kg:rank kg:{rank} ;
    kg:statement "{name}"@en ; {more} .
"""


def claim(name: str, s: str, p: str, o: str, *, more: str = "kg:credibility 3", **says: str) -> str:
    usual = {
        "kind": "fact",
        "modality": "asserted",
        "polarity": "affirmative",
        "rank": "normal",
        "evidence": "passage:review-2-p3",
    }
    return CLAIM.format(name=name, s=s, p=p, o=o, more=more, **{**usual, **says})


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Open the example with more Turtle, its edge layer brought up to date."""

    def build(*more: str, update: bool = True) -> Store:
        target = tmp_path / "more.ttl"
        text = EXAMPLE.read_text(encoding="utf-8")
        head = f"@prefix owl: <{OWL}> .\n"
        target.write_text("\n".join([head, text, *more]), encoding="utf-8")
        store = Store.open(target)
        if update:
            store.update_edges()
        return store

    return build


def edges(projection: Projection) -> Edges:
    return {(u, v, k): d for u, v, k, d in projection.graph.edges(keys=True, data=True)}


def test_the_edge_layer_holds_facts_only(example: Store) -> None:
    projection = project(example)
    assert projection.name == "edges"
    assert type(projection.graph) is nx.MultiDiGraph
    assert sorted(d["claims"] for d in edges(projection).values()) == [
        "claim:example-01",
        "claim:example-02",
        "claim:example-04",
        "claim:example-05",
        "claim:example-09",
        "claim:example-12",
    ]
    assert all(d["materialised"] == 1 for d in edges(projection).values())
    assert all(d["kind"] == "fact" for d in edges(projection).values())
    assert "event:border-clash" not in projection.graph


def test_every_claim_is_drawn_or_counted(shipped: Store) -> None:
    for include_hedged in (False, True):
        projection = project(shipped, include_hedged=include_hedged)
        drawn = [c for d in edges(projection).values() for c in d["claims"].split()]
        assert len(drawn) == len(set(drawn))
        counted = sum(n for what, n in projection.left_out.items() if what != "edge without claim")
        assert len(drawn) + counted == len(shipped.claims)
        assert set(projection.left_out) <= set(REASONS)


def test_no_drawn_fact_is_hedged_denied_or_without_a_place(shipped: Store) -> None:
    for d in edges(project(shipped, include_hedged=True)).values():
        assert d["sources"]
        assert d["holders"]
        if d["materialised"]:
            assert (d["kind"], d["polarity"]) == ("fact", "affirmative")
            assert d["modality"] in ("asserted", "reported")


def test_what_is_left_out_has_its_reason(example: Store) -> None:
    projection = project(example)
    assert dict(projection.left_out) == {
        "negated": 1,
        "assessment": 1,
        "ascription": 1,
        "forecast": 1,
        "another value preferred": 1,
        "kept as node attribute": 1,
    }
    assert projection.summary() == (
        "6 nodes and 6 edges; left out: 1 negated, 1 assessment, 1 ascription, 1 forecast, "
        "1 another value preferred, 1 kept as node attribute."
    )


def test_nothing_left_out_says_so() -> None:
    empty: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    assert Projection(empty, "edges", {}).summary() == "0 nodes and 0 edges; nothing left out."


def test_hedged_claims_come_along_only_marked(example: Store) -> None:
    projection = project(example, include_hedged=True)
    assert projection.name == "claims"
    found = edges(projection)
    hedged = found["event:march", "event:border-clash", "claim:example-06"]
    assert hedged["materialised"] == 0
    assert hedged["modality"] == Modality.POSSIBLE
    assert hedged["kind"] == "forecast"
    assert hedged["hedge"] == "could"
    denial = found["agreement:amity-pact", "actor:corvia", "claim:example-08"]
    assert denial["polarity"] == Polarity.NEGATED
    assert denial["materialised"] == 0
    ascribed = found["event:march", "motivation:prestige", "claim:example-07"]
    assert ascribed["original_holders"] == "actor:unnamed-observers"
    assert ascribed["holders"] == "actor:ada-author"
    facts = {key: d for key, d in found.items() if d["materialised"]}
    assert facts == edges(project(example))
    assert projection.graph.nodes["event:border-clash"]["status"] == "potential"


def test_an_edge_says_who_where_and_how_firmly(example: Store) -> None:
    edge = edges(project(example))["agreement:amity-pact", "actor:arland", "claim:example-04"]
    assert edge == {
        "predicate": "kg:hasParty",
        "label": "has party",
        "inverse": "is party to",
        "family": "agreement",
        "symmetric": 0,
        "materialised": 1,
        "claims": "claim:example-04",
        "statement": "Arland is bound by the pact.",
        "kind": "fact",
        "modality": "asserted",
        "polarity": "affirmative",
        "hedge": "",
        "contested": 0,
        "holders": "actor:ada-author",
        "original_holders": "",
        "sources": "source:daily-1",
        "origins": 1,
        "locators": "Body, paragraph 1, sentence 2",
        "cited_sources": "source:review-2",
        "markers": "1",
        "valid_from": "",
        "valid_to": "",
        "confidence": 70,
        "credibility": 2,
    }
    partners = edges(project(example))["actor:arland", "actor:borland", "claim:example-09"]
    assert partners["sign"] == 1
    assert partners["symmetric"] == 1


def test_a_date_is_an_attribute_with_its_claims_and_its_dispute(example: Store) -> None:
    march = project(example).graph.nodes["event:march"]
    assert march == {
        "label": "March of the guards",
        "type": "kg:Deployment",
        "family": "event",
        "mark": "De",
        "definition": "An invented deployment.",
        "status": "happened",
        "date": "2020-05-02",
        "date_claims": "claim:example-03",
        "date_contested": 1,
    }


def test_attributes_are_plain_strings_and_integers(shipped: Store) -> None:
    graph = project(shipped, include_hedged=True).graph
    values = [v for _, d in graph.nodes(data=True) for v in d.values()]
    values += [v for *_, d in graph.edges(data=True) for v in d.values()]
    assert {type(value) for value in values} == {str, int}


def test_claims_that_say_the_same_make_one_edge(opened: Opened) -> None:
    store = opened(
        claim("again-2", "actor:borland", "kg:partnerOf", "actor:arland",
              modality="reported", evidence="passage:daily-1-p1-s2",
              more='kg:credibility 2 ; kg:confidence 30 ; kg:hedgeText "is said" ;'
                   ' kg:validFrom "2019-01-01"^^xsd:date ; kg:restates claim:example-09'),
    )  # fmt: skip
    found = edges(project(store))
    (edge,) = [d for (u, v, _), d in found.items() if d["predicate"] == "kg:partnerOf"]
    assert ("actor:arland", "actor:borland", "kg:partnerOf|claim:again-2") in found
    assert edge["claims"] == "claim:again-2 claim:example-09"
    assert edge["modality"] == "asserted"
    assert edge["confidence"] == 30
    assert edge["hedge"] == "is said"
    assert edge["valid_from"] == ""  # the other claim leaves it open since when
    assert edge["sources"] == "source:daily-1 source:review-2"
    # Both papers appear at one publisher: two sources, one origin.
    assert edge["origins"] == 1


def test_a_symmetric_claim_is_drawn_once_in_one_direction(opened: Opened) -> None:
    store = opened(
        claim("sym", "actor:corvia", "kg:partnerOf", "actor:arland", kind="assessment"),
    )
    found = edges(project(store, include_hedged=True))
    assert ("actor:arland", "actor:corvia", "claim:sym") in found
    assert not any(key == ("actor:corvia", "actor:arland", "claim:sym") for key in found)


def test_edge_keys_are_unique_in_the_whole_graph(shipped: Store) -> None:
    keys = [key for _, _, key in edges(project(shipped, include_hedged=True))]
    assert len(keys) == len(set(keys))


def test_an_edge_nobody_claims_is_not_drawn_but_counted(opened: Opened) -> None:
    store = opened("actor:corvia kg:threatens actor:arland .", update=False)
    for include_hedged in (False, True):
        projection = project(store, include_hedged=include_hedged)
        assert projection.left_out["edge without claim"] == 1
        assert "actor:corvia" not in project(store).graph


def test_a_claim_whose_edge_was_not_written_is_not_drawn_as_fact(opened: Opened) -> None:
    store = opened(claim("late", "actor:corvia", "kg:threatens", "actor:arland"), update=False)
    assert project(store).left_out["edge not written"] == 1
    drawn = edges(project(store, include_hedged=True))["actor:corvia", "actor:arland", "claim:late"]
    assert drawn["materialised"] == 0


def test_dates_that_nobody_has_weighed_are_no_attribute(opened: Opened) -> None:
    store = opened(
        claim("d1", "agreement:amity-pact", "kg:signedOn", '"2020-01-01"^^xsd:date'),
        claim("d2", "agreement:amity-pact", "kg:signedOn", '"2020-01-02"^^xsd:date'),
    )
    projection = project(store)
    assert "signedOn" not in projection.graph.nodes["agreement:amity-pact"]
    assert projection.left_out["contested without preferred"] == 2


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"rank": "deprecated"}, "deprecated"),
        ({"more": 'kg:retractedOn "2021-01-01"^^xsd:date'}, "retracted"),
        ({"p": "owl:sameAs", "o": "<http://x.test/1>"}, "identity link"),
    ],
)
def test_withdrawn_claims_and_identity_links_are_never_drawn(
    opened: Opened, says: dict[str, str], reason: str
) -> None:
    proposition = {"p": "kg:threatens", "o": "actor:arland", **says}
    store = opened(claim("gone", "actor:corvia", **proposition))
    for include_hedged in (False, True):
        projection = project(store, include_hedged=include_hedged)
        assert projection.left_out[reason] == 1
        assert not any("claim:gone" in d["claims"] for d in edges(projection).values())


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"modality": "possible"}, "hedged"),
        ({"modality": "reported"}, "hedged"),
        ({"kind": "recommendation", "modality": "prescribed"}, "recommendation"),
        ({"p": "kg:identifiedWith"}, "not an edge predicate"),
    ],
)
def test_each_reason_is_told(opened: Opened, says: dict[str, str], reason: str) -> None:
    store = opened(claim("soft", "actor:corvia", o="actor:arland", **{"p": "kg:threatens", **says}))
    before = project(Store.open(EXAMPLE)).left_out.get(reason, 0)
    assert project(store).left_out[reason] == before + 1


def test_a_dispute_written_on_one_side_marks_both(opened: Opened) -> None:
    store = opened(
        claim("no", "actor:corvia", "kg:opposes", "actor:arland",
              more="kg:conflictsWith claim:example-09"),
    )  # fmt: skip
    found = edges(project(store))
    assert found["actor:arland", "actor:borland", "claim:example-09"]["contested"] == 1
    assert found["actor:corvia", "actor:arland", "claim:no"]["contested"] == 1


def test_an_edge_that_somebody_denies_is_contested(opened: Opened) -> None:
    store = opened(
        claim("no", "actor:borland", "kg:partnerOf", "actor:arland", polarity="negated"),
    )
    facts = project(store)
    (edge,) = (d for d in edges(facts).values() if d["predicate"] == "kg:partnerOf")
    assert (edge["claims"], edge["materialised"], edge["contested"]) == ("claim:example-09", 1, 1)
    found = edges(project(store, include_hedged=True))
    both = [d for d in found.values() if d["predicate"] == "kg:partnerOf"]
    assert sorted((d["polarity"], d["contested"]) for d in both) == [
        ("affirmative", 1),
        ("negated", 1),
    ]


def test_the_most_specific_class_is_the_type(opened: Opened) -> None:
    store = opened("event:march a kg:Event , <http://x.test/Thing> .")
    assert project(store).graph.nodes["event:march"]["type"] == "kg:Deployment"


def test_a_node_that_nothing_describes_is_known_by_its_curie(opened: Opened) -> None:
    store = opened(claim("x", "actor:nowhere", "kg:threatens", "<http://x.test/ab>"))
    graph = project(store).graph
    assert graph.nodes["actor:nowhere"]["label"] == "actor:nowhere"
    assert graph.nodes["http://x.test/ab"]["type"] == ""


def test_a_claim_without_modality_is_refused(opened: Opened) -> None:
    store = opened(
        "claim:broken a kg:Claim ; rdf:subject actor:arland ; rdf:predicate kg:threatens ;"
        " rdf:object actor:corvia ; kg:claimKind kg:fact .",
        update=False,
    )
    with pytest.raises(RefusedError, match="claim:broken has no modality"):
        project(store)


def test_claims_between_two_nodes_come_in_natural_order(example: Store) -> None:
    graph = project(example, include_hedged=True).graph
    assert claims_between(graph, "actor:arland", "actor:borland") == (
        "claim:example-09",
        "claim:example-11",
    )
    assert claims_between(graph, "actor:borland", "actor:arland") == ()
    assert claims_between(graph, "actor:nobody", "actor:arland") == ()


def test_the_neighbourhood_keeps_order_and_counts_the_rest(example: Store) -> None:
    whole = project(example)
    part = around(whole, "event:march")
    assert list(part.graph) == ["actor:arland", "actor:borland", "event:march"]
    assert len(edges(part)) == 3
    assert part.left_out["outside the neighbourhood"] == 3
    assert edges(around(whole, "event:march", depth=2)).keys() == {
        key for key in edges(whole) if not key[0].startswith("source:")
    }


def test_a_neighbourhood_of_nothing_is_no(example: Store) -> None:
    with pytest.raises(NoError, match="actor:corvia has no edge"):
        around(project(example), "actor:corvia")


def test_projecting_changes_nothing_and_repeats_itself(example: Store) -> None:
    before = {tuple(map(str, quad)) for quad in example.engine}
    first, second = (project(example, include_hedged=True) for _ in range(2))
    assert list(first.graph.edges(keys=True, data=True)) == list(
        second.graph.edges(keys=True, data=True)
    )
    assert {tuple(map(str, quad)) for quad in example.engine} == before


def test_the_projection_agrees_with_the_edge_layer(shipped: Store) -> None:
    drawn = {(u, d["predicate"], v) for (u, v, _), d in edges(project(shipped)).items()}
    stated = {
        (compress(s), compress(p), compress(o))
        for (s, p, o), claims in shipped.edges.items()
        if isinstance(o, str) and claims and compress(p) != "owl:sameAs"
    }
    assert drawn == stated
