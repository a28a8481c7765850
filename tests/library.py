"""Saved queries in tests: what one answers, by our engine and by rdflib's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kg import files, query, saved, sparql
from kg.names import resolve
from kg.results import Result
from kg.store import Store

if TYPE_CHECKING:
    import rdflib

SAVED = saved.load_queries(files.queries_dir())

TURTLE_PREFIXES = """
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
    """The rows of a saved query: CURIEs and texts by variable."""
    return list(answer(store, name, given))


def answer(store: Store, name: str, given: dict[str, str]) -> Result:
    return query.run_saved(store, SAVED[name], given, resolve=lambda text: resolve(store, text))


def column(rows: list[dict[str, str | None]], *names: str) -> list[tuple[str | None, ...]]:
    """Some columns of the rows, in the order of the answer."""
    return [tuple(row[name] for name in names) for row in rows]


def bound(store: Store, name: str, given: dict[str, str]) -> str:
    """The text of a saved query with its arguments in place."""
    return sparql.bind(
        SAVED[name].text,
        query.bindings(SAVED[name], given, lambda text: resolve(store, text)),
    )


def rdflib_rows(
    graph: rdflib.Graph, store: Store, name: str, given: dict[str, str], variables: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """The rows of a saved query as rdflib's own engine gives them, as texts.

    Without our prefixes: the file has to run in any SPARQL tool.
    """
    found = graph.query(bound(store, name, given))
    return [tuple("" if row[v] is None else str(row[v]) for v in variables) for row in found]


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
        TURTLE_PREFIXES
        + 'actor:author a kg:Person ; skos:prefLabel "Author"@en .\n'
        + 'source:text a kg:SourceDocument ; skos:prefLabel "Text"@en ;'
        + " dcterms:publisher actor:author .\n"
        + 'passage:one a kg:Passage ; oa:hasSource source:text ; kg:locator "Body, sentence 1" .\n'
        + "".join(turtle),
        encoding="utf-8",
    )
    return Store.open(path)
