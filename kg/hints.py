"""Hints: names in a query that mean nothing here, and why an answer may be empty."""

from __future__ import annotations

from collections import defaultdict

from kg import claims as model
from kg import sparql
from kg.store import Store
from kg.turtle import natural
from kg.vocab import ID, KG, RDF, compress


def unknown_names(store: Store, text: str) -> list[tuple[str, str]]:
    """Return the names in a query that nothing in the data has, each with a near one or ``""``."""
    found = []
    graphs = {node.value for node in store.graphs()}
    for iri in dict.fromkeys(sparql.iris(text)):
        if store.exists(iri) or iri in graphs or not iri.startswith((KG, ID)):
            continue
        found.append((compress(iri), _near(store, iri)))
    return found


def _near(store: Store, iri: str) -> str:
    import difflib

    known = store.vocabulary.terms if iri.startswith(KG) else store.labels
    names = {compress(other) for other in known}
    near = difflib.get_close_matches(compress(iri), sorted(names), n=1, cutoff=0.7)
    return near[0] if near else ""


def why_empty(store: Store, text: str) -> list[str]:
    """Return likely causes of an empty answer, a sentence each, the likeliest first."""
    causes = [
        f"nothing is called {name}" + (f": did you mean {near}?" if near else "")
        for name, near in unknown_names(store, text)
    ]
    mentioned = set(sparql.iris(text))
    if RDF + "predicate" in mentioned:  # it asks for claims, so that they are no edges is no cause
        mentioned.clear()
    hedged: dict[str, int] = defaultdict(int)
    for claim in store.claims.values():
        if claim.predicate in mentioned and not model.qualifies(claim, store.vocabulary):
            hedged[claim.predicate] += 1
    for predicate, count in sorted(hedged.items(), key=lambda item: natural(item[0])):
        if predicate in store.vocabulary.edge_predicates:
            name = compress(predicate)
            plural = "s" if count > 1 else ""
            causes.append(
                f"{count} hedged, ascribed or denied claim{plural} of {name} stand{'' if plural else 's'}"
                f" behind no edge; ask for the claims: ?claim rdf:subject ?s ; rdf:predicate {name} ;"
                " rdf:object ?o"
            )
    if not causes:
        kinds = [
            f"{compress(iri)}: {store.vocabulary.label(store.types(iri)[0])}"
            for iri in dict.fromkeys(sparql.iris(text))
            if iri.startswith(ID) and store.types(iri)
        ]
        causes.append(
            "every name in it exists, but nothing fits all its patterns together"
            + (f" ({', '.join(kinds)})" if kinds else "")
            + "; kg show NAME has all that is said of a thing"
        )
    return causes
