from __future__ import annotations

import pytest
from conftest import EXAMPLE
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from kg import claims as model
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.errors import RefusedError
from kg.store import Store
from kg.vocab import KG, XSD, compress, expand


def claim(n: int = 1, **changes: object) -> Claim:
    base = Claim(
        iri=f"https://w3id.org/gambit/id/claim/t-{n}",
        subject="https://w3id.org/gambit/id/agreement/a",
        predicate=KG + "hasParty",
        object="https://w3id.org/gambit/id/actor/b",
        kind=Kind.FACT,
        modality=Modality.ASSERTED,
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def date(day: str) -> Literal:
    return Literal(day, datatype=NamedNode(XSD + "date"))


names = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
iris = names.map(lambda name: f"https://w3id.org/gambit/id/actor/{name}")
iri_sets = st.lists(iris, max_size=3, unique=True).map(
    lambda found: tuple(sorted(found, key=model.natural))
)
texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(
    st.fixed_dictionaries(
        {
            "iri": names.map(lambda n: f"https://w3id.org/gambit/id/claim/{n}"),
            "subject": iris,
            "predicate": names.map(lambda n: KG + n),
            "object": st.one_of(iris, texts.map(Literal), st.just(date("2024-11-12"))),
            "kind": st.sampled_from(Kind),
            "modality": st.sampled_from(Modality),
            "polarity": st.sampled_from(Polarity),
            "rank": st.sampled_from(Rank),
            "statement": texts,
            "hedges": st.lists(texts, max_size=3, unique=True).map(
                lambda found: tuple(sorted(found, key=model.natural))
            ),
            "holders": iri_sets,
            "evidence": iri_sets,
            "confidence": st.none() | st.integers(0, 100),
            "credibility": st.none() | st.integers(1, 6),
            "valid_from": st.sampled_from(["", "2020-01-01"]),
            "conflicts_with": iri_sets,
            "note": st.just("") | texts,
        }
    ).map(lambda fields: Claim(**fields))
)
def test_what_is_written_can_be_read_back(written: Claim) -> None:
    values: dict[str, list[NamedNode | Literal]] = {}
    for triple in model.triples(written):
        assert isinstance(triple.object, NamedNode | Literal)
        values.setdefault(triple.predicate.value, []).append(triple.object)
    assert model.read_claim(written.iri, values) == written


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"kind": Kind.ASSESSMENT}, "assessment"),
        ({"kind": Kind.FORECAST}, "forecast"),
        ({"modality": Modality.POSSIBLE}, "possible"),
        ({"modality": Modality.EXPECTED}, "expected"),
        ({"modality": Modality.CONDITIONAL}, "conditional"),
        ({"modality": Modality.REPORTED, "credibility": 3}, "reported"),
        ({"modality": Modality.REPORTED}, "reported"),
        ({"polarity": Polarity.NEGATED}, "denies"),
        ({"rank": Rank.DEPRECATED}, "deprecated"),
        ({"retracted_on": "2025-01-01"}, "retracted"),
        ({"predicate": KG + "statement"}, "not an edge predicate"),
    ],
)
def test_what_is_not_a_firm_fact_backs_no_edge(
    example: Store, changes: dict[str, object], word: str
) -> None:
    weak = claim(**changes)
    assert any(word in reason for reason in model.obstacles(weak, example.vocabulary))
    assert model.edges([weak], example.vocabulary) == {}


@pytest.mark.parametrize("credibility", [1, 2])
def test_a_report_of_good_credibility_backs_an_edge(example: Store, credibility: int) -> None:
    reported = claim(modality=Modality.REPORTED, credibility=credibility)
    assert model.edges([reported], example.vocabulary) == {reported.triple: (reported.iri,)}


def test_a_hedged_claim_beside_a_flat_one_does_not_back_the_edge(example: Store) -> None:
    flat, hedged = claim(1), claim(2, modality=Modality.POSSIBLE)
    assert model.edges([hedged, flat], example.vocabulary) == {flat.triple: (flat.iri,)}


def test_disputed_dates_make_no_edge_until_one_is_preferred(example: Store) -> None:
    signed = KG + "signedOn"
    one = claim(1, predicate=signed, object=date("2024-06-18"))
    two = claim(2, predicate=signed, object=date("2024-06-19"))
    vocabulary = example.vocabulary
    assert model.edges([one, two], vocabulary) == {}
    preferred = two._replace(rank=Rank.PREFERRED)
    assert model.edges([one, preferred], vocabulary) == {two.triple: (two.iri,)}
    both = [one._replace(rank=Rank.PREFERRED), preferred]
    assert model.edges(both, vocabulary) == {}


def test_a_symmetric_relation_is_one_edge_backed_from_both_sides(example: Store) -> None:
    a, b = "https://w3id.org/gambit/id/actor/a", "https://w3id.org/gambit/id/actor/b"
    there = claim(1, subject=b, predicate=KG + "alliedWith", object=a)
    back = claim(2, subject=a, predicate=KG + "alliedWith", object=b)
    assert model.edges([there, back], example.vocabulary) == {
        (a, KG + "alliedWith", b): (there.iri, back.iri)
    }


@pytest.mark.parametrize("missing", ["subject", "predicate", "object", "claimKind", "modality"])
def test_a_claim_without_its_essentials_is_refused_by_name(missing: str) -> None:
    values: dict[str, list[NamedNode | Literal]] = {}
    for triple in model.triples(claim()):
        assert isinstance(triple.object, NamedNode | Literal)
        values.setdefault(triple.predicate.value, []).append(triple.object)
    gone = next(p for p in values if p.endswith(missing))
    del values[gone]
    with pytest.raises(RefusedError, match="claim:t-1 has no"):
        model.read_claim(claim().iri, values)


def test_an_unknown_modality_is_refused_with_the_ones_there_are() -> None:
    values: dict[str, list[NamedNode | Literal]] = {}
    for triple in model.triples(claim()):
        assert isinstance(triple.object, NamedNode | Literal)
        values.setdefault(triple.predicate.value, []).append(triple.object)
    values[KG + "modality"] = [NamedNode(KG + "certain")]
    with pytest.raises(RefusedError) as caught:
        model.read_claim(claim().iri, values)
    assert "certain" in caught.value.message
    assert "possible" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("curie", "iri"),
    [
        ("actor:dprk", "https://w3id.org/gambit/id/actor/dprk"),
        ("kg:hasParty", KG + "hasParty"),
        ("wd:Q423", "http://www.wikidata.org/entity/Q423"),
    ],
)
def test_curies_expand_and_compress_to_the_same(curie: str, iri: str) -> None:
    assert expand(curie) == iri
    assert compress(iri) == curie


@pytest.mark.parametrize("text", ["North Korea", "nobody:knows", "actor:", "actor:a b", ""])
def test_what_is_no_curie_expands_to_nothing(text: str) -> None:
    assert expand(text) is None


def disputed(*claims: Claim) -> dict[str, tuple[str, ...]]:
    return {
        compress(iri): tuple(map(compress, others))
        for iri, others in model.disputes(claims, Store.open(EXAMPLE).vocabulary).items()
    }


def test_a_denial_disputes_what_it_denies_without_any_link() -> None:
    both = {"claim:t-1": ("claim:t-2",), "claim:t-2": ("claim:t-1",)}
    denial = claim(2, polarity=Polarity.NEGATED)
    assert disputed(claim(1), denial) == both
    assert disputed(claim(1), denial._replace(modality=Modality.REPORTED)) == both
    # A symmetric relation may be denied from the other end.
    friends = claim(1, predicate=KG + "partnerOf")
    turned = denial._replace(
        predicate=KG + "partnerOf", subject=friends.object, object=friends.subject
    )
    assert disputed(friends, turned) == both


def test_a_link_on_one_side_disputes_both() -> None:
    found = disputed(claim(1), claim(2, object="x:other", conflicts_with=(claim(1).iri,)))
    assert found == {"claim:t-1": ("claim:t-2",), "claim:t-2": ("claim:t-1",)}


@pytest.mark.parametrize(
    "changes",
    [
        {"retracted_on": "2021-01-01"},
        {"kind": Kind.RECOMMENDATION, "modality": Modality.PRESCRIBED},
        {"valid_from": "2021-01-01"},
        {"object": "x:other"},
    ],
    ids=["retracted", "an ought", "of another time", "of another thing"],
)
def test_not_every_denial_is_a_dispute(changes: dict[str, object]) -> None:
    stated = claim(1, valid_to="2020-12-31")
    assert disputed(stated, claim(2, polarity=Polarity.NEGATED, **changes)) == {}
