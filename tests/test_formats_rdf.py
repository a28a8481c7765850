"""The RDF formats: each read back by programs that did not write it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from conftest import EXAMPLE, TOP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from test_formats import AWKWARD, HEAD, RDF_FORMATS, opened, triples_of

from kg import files, jsonld, turtle
from kg.errors import RefusedError, UnreadableError, UsageError
from kg.formats import LossReport, export
from kg.formats.nanopub import NANOPUBS, name
from kg.formats.rdf12 import read_rdf12
from kg.formats.void import DATASET
from kg.store import Store
from kg.vocab import DCAT, DCTERMS, ID, KG, NP, PREFIXES, PROV, RDF, VOID, XSD

#: Of the RDF formats those that carry every triple, and how each program calls them.
OXIGRAPH = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
RDFLIB = {
    "turtle": "turtle",
    "ntriples": "nt",
    "nquads": "nquads",
    "trig": "trig",
    "rdfxml": "xml",
    "jsonld": "json-ld",
}
ALL = ("rdf12", "nanopub", "void", *OXIGRAPH)
# What XML cannot name or hold, lists, prefixes and schemes that look like ours.
HOSTILE = (
    AWKWARD
    + r"""
actor:x <http://x.test/a%20b> "v" , "  lead and trail  " , "<b>&amp;]]></b>" ;
    <http://x.test/имя> "да"@ru ; <http://zz.test/q#b> <http://é.test/> ; <http://aa.test/b#b> "" .
claim:c a kg:Claim ; rdf:subject actor:x ; rdf:predicate <http://x.test/123> ; rdf:object rdf:nil ;
    kg:claimKind kg:fact ; kg:modality kg:asserted .
claim:d a kg:Claim ; rdf:subject actor:x ; rdf:predicate rdf:type ;
    rdf:object "a\rb <<( \"x\" )>> \n.\n}"@en ; kg:claimKind kg:fact ; kg:modality kg:possible .
"""
)


def written(store: Store, form: str, **choice: Any) -> tuple[bytes, LossReport]:
    content, report = export(store, form, **choice)
    return content[""], report


def by_oxigraph(form: str, content: bytes) -> set[tuple[str, ...]]:
    quads = ox.parse(content, format=OXIGRAPH[form])
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in quads}


def by_rdflib(form: str, content: bytes) -> rdflib.Graph:
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        if form in ("nquads", "trig"):
            dataset = rdflib.Dataset(default_union=True).parse(data=content, format=RDFLIB[form])
            found = rdflib.Graph()
            for triple in dataset.triples((None, None, None)):
                found.add(triple)
            return found
        return rdflib.Graph().parse(data=content, format=RDFLIB[form])
    finally:
        rdflib.NORMALIZE_LITERALS = before


def lines(graph: rdflib.Graph) -> set[tuple[str, ...]]:
    """Return rdflib's triples as pyoxigraph prints them."""
    text = "".join(" ".join(map(turtle.ntriples_term, triple)) + " .\n" for triple in graph)
    return by_oxigraph("ntriples", text.encode())


@pytest.mark.parametrize("form", OXIGRAPH)
def test_two_programs_read_the_shipped_data_alike(form: str, shipped: Store) -> None:
    content, _ = written(shipped, form)
    whole = triples_of(shipped)
    assert by_oxigraph(form, content) == whole
    assert lines(by_rdflib(form, content)) == whole


@pytest.mark.parametrize("form", OXIGRAPH)
def test_what_one_program_writes_anew_the_other_finds_the_same(form: str, example: Store) -> None:
    content, _ = written(example, form)
    ours = by_rdflib(form, content)
    anew = ox.Store()
    anew.extend(
        ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(content, format=OXIGRAPH[form])
    )
    dumped = anew.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    assert isomorphic(ours, by_rdflib("ntriples", dumped))
    assert by_oxigraph("turtle", ours.serialize(format="turtle", encoding="utf-8")) == (
        by_oxigraph(form, content)
    )


@pytest.mark.parametrize("form", [f for f in OXIGRAPH if f != "rdfxml"])
def test_hostile_names_and_texts_survive(form: str, tmp_path: Path) -> None:
    store = opened(tmp_path, HOSTILE)
    content, report = written(store, form)
    assert by_oxigraph(form, content) == triples_of(store)
    assert all(
        found == {"carried": True, "reason": "", "lost": []} for found in report.claims.values()
    )


def test_xml_loses_what_it_cannot_hold_and_says_of_which_claim(tmp_path: Path) -> None:
    more = (
        r'claim:d kg:statement "\u0001\uFFFF"@en ; <http://x.test/9> "n" . actor:x rdf:li "li" ; '
        "<http://x.test/1/2> 1 ."
    )
    store = opened(tmp_path, HOSTILE + more)
    content, report = written(store, "rdfxml")
    read = by_oxigraph("rdfxml", content)
    assert lines(by_rdflib("rdfxml", content)) == read
    missing = triples_of(store) - read
    unnamed = {p for _, p, _ in missing} & {
        "<http://x.test/9>",
        "<http://x.test/1/2>",
        f"<{RDF}li>",
    }
    assert len(unnamed) == 3
    assert report.counts["statement whose property XML cannot name"] == 3
    # AWKWARD has three characters that are none in XML, this claim two more.
    assert report.counts["character not allowed in XML"] == 5
    assert len(missing) == 3 + 3
    assert report.claims[ID + "claim/d"]["lost"] == [
        "http://x.test/9",
        "character not allowed in XML",
    ]
    assert report.claims[ID + "claim/c"]["lost"] == []


def test_rdf_1_2_says_each_proposition_once_and_asserts_none_by_it(
    shipped: Store, tmp_path: Path
) -> None:
    content, report = written(shipped, "rdf12")
    target = tmp_path / "data.ttl"
    target.write_bytes(content)
    read = {(str(t.subject), str(t.predicate), str(t.object)) for t in read_rdf12(target)}
    assert read == triples_of(shipped)
    quads = list(ox.parse(content, format=ox.RdfFormat.TURTLE))
    reified = {q.subject.value: q.object for q in quads if q.predicate.value == RDF + "reifies"}
    assert reified.keys() == shipped.claims.keys()
    assert not any(q.predicate.value == RDF + "subject" for q in quads)
    stated = {(q.subject, q.predicate, q.object) for q in quads}
    backing = {iri for behind in shipped.edges.values() for iri in behind}
    for iri, triple in reified.items():
        if shipped.claims[iri].hedged and iri not in backing:
            same = any(iri != other and reified[other] == triple for other in backing)
            assert same or (triple.subject, triple.predicate, triple.object) not in stated
    assert report.carried == len(shipped.claims)


def test_rdf_1_2_survives_hostile_texts(tmp_path: Path) -> None:
    store = opened(tmp_path, HOSTILE)
    target = tmp_path / "out.ttl"
    target.write_bytes(written(store, "rdf12")[0])
    read = {(str(t.subject), str(t.predicate), str(t.object)) for t in read_rdf12(target)}
    assert read == triples_of(store)


def test_a_proposition_in_another_place_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out.ttl"
    target.write_text("<http://x.test/a> <http://x.test/b> <<( <a:a> <a:b> <a:c> )>> .")
    with pytest.raises(UnreadableError, match=r"x\.test/b"):
        read_rdf12(target)


def test_a_claim_with_two_objects_keeps_its_plain_triples(tmp_path: Path) -> None:
    store = opened(tmp_path, HOSTILE + "claim:c rdf:object actor:y .")
    content, _ = written(store, "rdf12")
    assert content.count(b"rdf:reifies") == 1
    assert by_oxigraph("turtle", content) >= {
        (f"<{ID}claim/c>", f"<{RDF}object>", f"<{ID}actor/y>")
    }


# ---------------------------------------------------------------- nanopublications


def publications(content: bytes) -> dict[str, dict[str, list[ox.Quad]]]:
    """Return the quads of each publication by the end of their graph's name."""
    found: dict[str, dict[str, list[ox.Quad]]] = defaultdict(lambda: defaultdict(list))
    for quad in ox.parse(content, format=ox.RdfFormat.TRIG):
        assert isinstance(quad.graph_name, ox.NamedNode)
        this, _, part = quad.graph_name.value.partition("#")
        found[this][part].append(quad)
    return found


def test_each_claim_is_a_publication_of_four_graphs(shipped: Store) -> None:
    content, report = written(shipped, "nanopub")
    found = publications(content)
    assert found.keys() == {name(iri) for iri in shipped.claims}
    for this, parts in found.items():
        assert this.startswith(NANOPUBS)
        assert parts.keys() == {"Head", "assertion", "provenance", "pubinfo"}
        head = {(q.subject.value, q.predicate.value, q.object.value) for q in parts["Head"]}
        assert head == {
            (this, RDF + "type", NP + "Nanopublication"),
            (this, NP + "hasAssertion", this + "#assertion"),
            (this, NP + "hasProvenance", this + "#provenance"),
            (this, NP + "hasPublicationInfo", this + "#pubinfo"),
        }
        # What the guidelines ask: provenance about the assertion, info about the whole.
        assert any(q.subject.value == this + "#assertion" for q in parts["provenance"])
        assert any(q.subject.value == this for q in parts["pubinfo"])
    assert report.carried == len(shipped.claims)
    assert rdflib.Dataset().parse(data=content, format="trig")


def test_a_bare_triple_is_asserted_only_for_what_stands_as_an_edge(shipped: Store) -> None:
    found = publications(written(shipped, "nanopub")[0])
    edges = shipped.vocabulary.edge_predicates
    backing = {iri: edge for edge, behind in shipped.edges.items() for iri in behind}
    for iri, claim in shipped.claims.items():
        parts = found[name(iri)]
        said = {q.predicate.value: q for q in parts["assertion"]}
        if iri in backing:
            (quad,) = parts["assertion"]
            assert (quad.subject.value, quad.predicate.value) == backing[iri][:2]
        else:
            assert {q.subject.value for q in parts["assertion"]} == {iri}
            assert said[RDF + "predicate"].object.value == claim.predicate
            assert said[KG + "modality"].object.value == KG + claim.modality
        for part in ("provenance", "pubinfo"):
            assert not any(q.predicate.value in edges for q in parts[part])
    everything = {q.triple for parts in found.values() for p in parts.values() for q in p}
    own = {
        t
        for t in (ox.Triple(q.subject, q.predicate, q.object) for q in shipped.quads())
        if t.subject.value in shipped.claims and t.predicate.value not in edges
    }
    assert own <= everything  # no field of a claim is lost


def test_a_publication_says_who_holds_it_and_where_it_was_read(example: Store) -> None:
    parts = publications(written(example, "nanopub")[0])[name(ID + "claim/example-06")]
    claim = example.claims[ID + "claim/example-06"]
    said = {(q.subject.value, q.predicate.value, q.object.value) for q in parts["provenance"]}
    this = name(claim.iri) + "#assertion"
    assert {(this, PROV + "wasAttributedTo", holder) for holder in claim.holders} <= said
    assert {(this, PROV + "wasDerivedFrom", passage) for passage in claim.evidence} <= said
    passage = example.passages[claim.evidence[0]]
    assert (passage.iri, KG + "locator", passage.locator) in said
    info = {q.object.value for q in parts["pubinfo"]}
    assert info == {claim.iri, ID + "graph/example"}


# ---------------------------------------------------------------- JSON-LD


def expanded(content: bytes) -> set[tuple[str, ...]]:
    """Return the triples that pyld expands a document to; no address is ever asked."""
    pyld = pytest.importorskip("pyld")

    def load(url: str, options: object) -> dict[str, object]:
        assert url == jsonld.CONTEXT_URL
        document = json.loads((TOP / "docs" / "context.jsonld").read_bytes())
        return {"contextUrl": None, "documentUrl": url, "document": document}

    # Not pyld's own to_rdf: it writes numbers anew.
    return {
        (f"<{node['@id']}>", f"<{key.replace('@type', RDF + 'type')}>", printed(value))
        for node in pyld.jsonld.expand(json.loads(content), {"documentLoader": load})
        for key, values in node.items()
        if key != "@id"
        for value in values
    }


def printed(value: str | dict[str, str]) -> str:
    """Return an expanded value as N-Triples has it."""
    if isinstance(value, str) or "@id" in value:
        return f"<{value if isinstance(value, str) else value['@id']}>"
    if "@language" in value:
        return str(ox.Literal(value["@value"], language=value["@language"]))
    typed = ox.NamedNode(value.get("@type", XSD + "string"))
    return str(ox.Literal(value["@value"], datatype=typed))


@pytest.mark.parametrize("context", ["inline", "url"])
@pytest.mark.parametrize("text", ["", AWKWARD], ids=["shipped", "awkward"])
def test_pyld_expands_to_the_same_triples(
    context: str, text: str, shipped: Store, tmp_path: Path
) -> None:
    store = opened(tmp_path, text) if text else shipped
    content, _ = written(store, "jsonld", options={"context": context})
    assert expanded(content) == triples_of(store)


def test_the_context_is_short_where_it_is_inline_and_an_address_where_it_is_asked(
    example: Store,
) -> None:
    inline = json.loads(written(example, "jsonld")[0])
    linked = json.loads(written(example, "jsonld", options={"context": "url"})[0])
    assert linked["@context"] == "https://w3id.org/gambit/context.jsonld"
    assert inline["@graph"] == linked["@graph"]
    known = json.loads(files.context_path().read_bytes())["@context"]
    assert inline["@context"].items() <= known.items()
    (claim,) = [node for node in inline["@graph"] if node["@id"] == "claim:example-06"]
    assert claim["@type"] == ["Claim"]
    assert claim["modality"] == ["kg:possible"]


def test_the_context_in_the_package_is_the_published_one() -> None:
    published = (TOP / "docs" / "context.jsonld").read_bytes()
    assert files.context_path().read_bytes() == published
    names = json.loads(published)["@context"]
    assert {p: names[p] for p in PREFIXES} == PREFIXES
    assert names["modality"] == {"@id": KG + "modality", "@type": "@id"}
    assert names["issued"]["@type"].endswith("#date")
    assert "party" in PREFIXES  # so the property of that name has no short one
    assert isinstance(names["party"], str)


def test_an_iri_that_begins_like_a_prefix_is_not_mistaken_for_one(tmp_path: Path) -> None:
    store = opened(tmp_path, HEAD + "actor:x rdfs:seeAlso <claim:c> , <kg:odd> .".replace(
        "rdfs:", "skos:"))  # fmt: skip
    content, _ = written(store, "jsonld")
    assert by_oxigraph("jsonld", content) == triples_of(store)
    with pytest.raises(RefusedError, match="begins like our prefix"):
        written(store, "jsonld", options={"context": "url"})


def test_an_option_that_a_format_does_not_take_is_a_mistake(example: Store) -> None:
    with pytest.raises(UsageError, match="takes no --context"):
        written(example, "turtle", options={"context": "inline"})
    with pytest.raises(UsageError) as caught:
        written(example, "jsonld", options={"context": "both"})
    assert caught.value.hint == "--context inline or url"


# ---------------------------------------------------------------- the description


def test_the_description_counts_what_is_there(tmp_path: Path) -> None:
    other = tmp_path / "other.ttl"
    graph = f"<{ID}graph/other>"
    other.write_text(
        HEAD + "actor:y a kg:State ; skos:prefLabel 'Y'@en . "
        f"{graph} dcterms:license <https://x.test/licence> ; dcterms:title 'Other set' . "
        "source:s a kg:SourceDocument ; dcterms:rights 'CC BY' ; kg:edition '4.1' . "
        "passage:s a kg:Passage ; oa:hasSource source:s .",
        encoding="utf-8",
    )
    store = Store.open(EXAMPLE, other)
    content, _ = written(store, "void")
    read = rdflib.Graph().parse(data=content, format="turtle")

    def value(node: str, predicate: str) -> str:
        (found,) = read.objects(rdflib.URIRef(node), rdflib.URIRef(predicate))
        return str(found)

    whole = triples_of(store)
    assert int(value(DATASET, VOID + "triples")) == len(whole)
    assert int(value(ID + "graph/other", VOID + "triples")) == 9
    assert int(value(ID + "graph/other", VOID + "classes")) == 3
    assert int(value(ID + "graph/other", VOID + "properties")) == 7
    assert value(ID + "graph/other", DCAT + "version") == "4.1"
    assert value(ID + "source/s", KG + "edition") == "4.1"
    assert value(ID + "graph/other", DCTERMS + "rights") == "CC BY"
    assert value(ID + "graph/other", DCTERMS + "license") == "https://x.test/licence"
    assert value(ID + "graph/other", DCTERMS + "title") == "Other set"
    assert not list(read.objects(rdflib.URIRef(ID + "graph/example"), rdflib.DCTERMS.license))
    subsets = {str(o) for o in read.objects(rdflib.URIRef(DATASET), rdflib.URIRef(VOID + "subset"))}
    assert subsets == {ID + "graph/example", ID + "graph/other"}
    sources = {
        str(o) for o in read.objects(rdflib.URIRef(ID + "graph/example"), rdflib.DCTERMS.source)
    }
    assert sources == set(store.sources) - {ID + "source/s"}
    assert (rdflib.URIRef(DATASET), rdflib.RDF.type, rdflib.URIRef(DCAT + "Dataset")) in read
    # Read from several documents, the terms of none of them are those of the whole.
    with other.open("a", encoding="utf-8") as stream:
        stream.write("passage:t a kg:Passage ; oa:hasSource source:t .")
    read = rdflib.Graph().parse(data=written(Store.open(EXAMPLE, other), "void")[0])
    assert not list(read.objects(rdflib.URIRef(ID + "graph/other"), rdflib.DCTERMS.rights))


def test_each_class_and_property_has_its_own_count(example: Store) -> None:
    content, report = written(example, "void")
    read = rdflib.Graph().parse(data=content, format="turtle")
    counted = {
        str(read.value(part, rdflib.URIRef(VOID + "property"))): int(
            str(read.value(part, rdflib.URIRef(VOID + "triples")))
        )
        for part in read.objects(rdflib.URIRef(DATASET), rdflib.URIRef(VOID + "propertyPartition"))
    }
    assert counted[KG + "modality"] == len(example.claims)
    assert sum(counted.values()) == len(triples_of(example))
    assert report.carried == 0
    assert report.counts == {"counted, not carried": len(example.claims)}


# ---------------------------------------------------------------- the same bytes


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
iris = st.sampled_from(
    [ID + "actor/a", ID + "actor/b", "http://q.test/#1", "http://z.test/p", "urn:x:y", KG + "State"]
)
links = st.sampled_from(
    [KG + "partnerOf", "http://z.test/p", "http://a.test/p#q", "http://m.test/9", RDF + "type"]
)
literals = st.one_of(
    texts.map(ox.Literal),
    texts.map(lambda t: ox.Literal(t, language="en-GB")),
    st.integers().map(lambda n: ox.Literal(n)),
)
triples = st.lists(
    st.tuples(iris, links, st.one_of(iris.map(ox.NamedNode), literals)), min_size=1, max_size=12
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(said=triples, random=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_no_byte(
    said: list[tuple[str, str, Any]], random: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = []
    for _ in range(2):
        random.shuffle(said)
        text = "".join(f"<{s}> <{p}> {o} .\n" for s, p, o in said)
        store = opened(tmp_path_factory.mktemp("order"), text)
        found.append({form: written(store, form)[0] for form in ALL})
    assert found[0] == found[1]
    for form in OXIGRAPH.keys() - {"rdfxml"}:
        assert by_oxigraph(form, found[0][form]) == triples_of(store)
    if not any(ord(c) < 32 or c in "\ufffe\uffff" for _, _, o in said for c in o.value) and not any(
        p.endswith("/9") for _, p, _ in said
    ):
        assert by_oxigraph("rdfxml", found[0]["rdfxml"]) == triples_of(store)


def test_the_hash_seed_changes_no_byte(tmp_path: Path) -> None:
    target = tmp_path / "hostile.ttl"
    target.write_text(HOSTILE, encoding="utf-8")
    script = (
        "import sys\n"
        "from kg.store import Store\n"
        "from kg.formats import export\n"
        "for store in (Store.open(sys.argv[1]), Store.open(sys.argv[2])):\n"
        "    for name in sys.argv[3].split():\n"
        "        for what in ('all', 'claims', 'edges'):\n"
        "            content, report = export(store, name, what=what)\n"
        "            sys.stdout.buffer.write(content[''] + report.as_json().encode())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(EXAMPLE), str(target), " ".join(ALL)],
            capture_output=True,
            check=True,
            cwd=TOP,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_two_foreign_vocabularies_keep_their_prefixes_apart_in_one_file(tmp_path: Path) -> None:
    for number, space in enumerate(("http://b.test/#", "http://a.test/#")):
        text = HEAD + f"actor:x <{space}is> '{number}' ."
        (tmp_path / f"{number}.ttl").write_text(text, encoding="utf-8")
    store = Store.open(tmp_path / "0.ttl", tmp_path / "1.ttl")
    content, _ = written(store, "trig")
    assert by_oxigraph("trig", content) == triples_of(store)
    assert content.count(b"@prefix ns1:") == 1


def test_equal_graphs_have_equal_turtle_with_foreign_words(tmp_path: Path) -> None:
    said = ["actor:x <http://b.test/#p> 1 .", "actor:x <http://a.test/#p> 1 ."]
    texts = [HEAD + " ".join(order) for order in (said, said[::-1])]
    found = {turtle.canonical(opened(tmp_path, text).graph(rdf_graph(tmp_path))) for text in texts}
    assert len(found) == 1


def rdf_graph(tmp_path: Path) -> ox.NamedNode:
    return ox.NamedNode(ID + "graph/data")


def test_every_rdf_format_is_tested_here() -> None:
    assert set(RDF_FORMATS) <= set(ALL)
