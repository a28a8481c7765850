"""Asking saved queries in tests: by name, with names for arguments, as rows of CURIEs."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import files, query, results, saved, sparql
from kg.names import resolve
from kg.store import Store

SAVED = saved.load_queries(files.queries_dir())

PREFIXES = """
@prefix actor: <https://w3id.org/gambit/id/actor/> .
@prefix claim: <https://w3id.org/gambit/id/claim/> .
@prefix cito: <http://purl.org/spar/cito/> .
@prefix condition: <https://w3id.org/gambit/id/condition/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix event: <https://w3id.org/gambit/id/event/> .
@prefix kg: <https://w3id.org/gambit/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix passage: <https://w3id.org/gambit/id/passage/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/gambit/id/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def ask(store: Store, name: str, **given: str) -> list[dict[str, str | None]]:
    """Return the answer of a saved query, arguments given as an analyst writes them."""
    return list(run(store, name, given))


def run(store: Store, name: str, given: dict[str, str]) -> results.Result:
    return query.run_saved(store, SAVED[name], given, resolve=lambda text: resolve(store, text))


def examples(name: str) -> dict[str, str]:
    """Return the arguments that the header of a query gives as an example."""
    return {param.name: param.example for param in SAVED[name].params}


def bound(store: Store, name: str, given: dict[str, str]) -> str:
    """Return the text that the engine is given."""
    terms: dict[str, NamedNode | Literal] = {
        param.name: (
            NamedNode(resolve(store, given[param.name]))
            if param.type == "iri"
            else Literal(given[param.name])
        )
        for param in SAVED[name].params
        if param.name in given
    }
    return sparql.bind(SAVED[name].text, terms)


def claim(name: str, subject: str, predicate: str, value: str, **more: str) -> str:
    """Return one claim in Turtle: a flat, affirmative judgement of one author, unless told."""
    said = {
        "kind": "kg:assessment",
        "modality": "kg:asserted",
        "polarity": "kg:affirmative",
        "rank": "kg:normal",
        "holder": "actor:author",
        "passage": "passage:one",
        "rest": "",
        **more,
    }
    return (
        f"claim:{name} a kg:Claim ; rdf:subject {subject} ; rdf:predicate {predicate} ;"
        f" rdf:object {value} ; prov:wasAttributedTo {said['holder']} ;"
        f" kg:claimKind {said['kind']} ; kg:modality {said['modality']} ;"
        f" kg:polarity {said['polarity']} ; kg:rank {said['rank']} ;"
        f' kg:evidence {said["passage"]} ; kg:statement "Claim {name}."@en'
        f" {said['rest']} .\n"
    )


def small(folder: Path, *turtle: str) -> Store:
    """Open a store of a few lines of Turtle; passage:one and actor:author exist."""
    path = folder / "small.ttl"
    path.write_text(
        PREFIXES
        + 'actor:author a kg:Person ; skos:prefLabel "Author"@en .\n'
        + 'source:text a kg:SourceDocument ; skos:prefLabel "Text"@en ;'
        + " dcterms:publisher actor:author .\n"
        + 'passage:one a kg:Passage ; oa:hasSource source:text ; kg:locator "Body, sentence 1" .\n'
        + "".join(turtle),
        encoding="utf-8",
    )
    return Store.open(path)
