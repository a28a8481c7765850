"""What the home page, lists of a class and the description of the data tell: counts of the whole."""

from __future__ import annotations

from collections import Counter

from pyoxigraph import Literal, NamedNode

from kg import dossier
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import DCTERMS, KG, RDF, compress, expand
from kg.web.telling import Record, much_said_of, text_of, thing

# Families of what is written about the world, which is no thing in it.
_NOT_THINGS = ("", "source", "other")
#: So many classes the home page has; the others are in a saved query.
CLASSES = 14


def overview(store: Store) -> Record:
    """Return what is in the graph: how much, how sure, how fresh, of whom, on which terms."""
    return store.made(_overview)


def _overview(store: Store) -> Record:
    found = dossier.info(store)
    issued = sorted(s.issued for s in store.sources.values() if s.issued)
    sources = []
    classes = _classes(store)
    by_source = {name: n for name, n in found["claims_by_source"].items() if name}
    for name, count in list(by_source.items())[:12]:
        iri = _iri(name)
        one = store.sources.get(iri)
        sources.append(
            {
                **thing(store, iri),
                "claims": count,
                "issued": one.issued if one else "",
                "edition": text_of(store, iri, KG + "edition"),
                "rights": text_of(store, iri, DCTERMS + "rights"),
                "reliability": one.reliability if one else "",
                "reliable": store.label(KG + one.reliability) if one and one.reliability else "",
            }
        )
    return {
        "claims": found["claims"],
        "edges": found["edges"],
        "denied": found["claims_denied"],
        "contested": found["claims_in_dispute"],
        "modalities": [(name, count) for name, count in found["claims_by_modality"].items()],
        "kinds": list(found["claims_by_kind"].items()),
        "graphs": [
            {"id": f["graph"], "triples": f["triples"]}
            for f in found["files"]
            if f["graph"] != compress(ONTOLOGY_GRAPH.value)
        ],
        "classes": classes[:CLASSES],
        "classes_in_all": len(classes),
        "sources": sources,
        "sources_in_all": len(by_source),
        "documents": len(store.sources),
        "first_issued": issued[0] if issued else "",
        "last_issued": issued[-1] if issued else "",
        "unjudged": sum(c.confidence is None for c in store.claims.values()),
        "much_said_of": much_said_of(store),
        "key": store.key,
    }


def class_counts(store: Store) -> Counter[str]:
    """Return how many nodes of the data are in each class."""
    return store.made(dossier.class_counts)


def _classes(store: Store) -> list[Record]:
    """Return the classes of what claims are about, the largest first."""
    counts, family = class_counts(store), store.vocabulary.family
    kept = [(cls, n) for cls, n in counts.items() if family(cls) not in _NOT_THINGS]
    kept.sort(key=lambda item: (-item[1], natural(item[0])))
    return [{**thing(store, cls), "count": n, "family": family(cls)} for cls, n in kept]


def members(store: Store, cls: str, start: int, most: int) -> tuple[list[Record], int]:
    """Return a part of what is in a class or in one below it, and how many there are in all.

    What most claims are about comes first.
    """
    below = [iri for iri in store.vocabulary.terms if cls in store.vocabulary.ancestors(iri)]
    found = {
        quad.subject.value
        for one in dict.fromkeys((cls, *below))
        for quad in store.quads(None, NamedNode(RDF + "type"), NamedNode(one))
        if isinstance(quad.subject, NamedNode) and quad.graph_name != ONTOLOGY_GRAPH
    }
    counts = {iri: len(store.claims_about.get(iri, ())) for iri in found}
    order = sorted(found, key=lambda iri: (-counts[iri], natural(iri)))
    shown = [{**thing(store, iri), "claims": counts[iri]} for iri in order[start : start + most]]
    return shown, len(found)


def editions(store: Store) -> list[tuple[str, Record]]:
    """Return the sources that are editions of data sets, with edition and terms."""
    store.read_ahead(predicates=[KG + "edition"])
    found = {}
    for quad in store.quads(predicate=NamedNode(KG + "edition")):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
            iri = quad.subject.value
            found[iri] = {
                "edition": quad.object.value,
                "rights": text_of(store, iri, DCTERMS + "rights"),
            }
    return sorted(found.items(), key=lambda item: natural(item[0]))


def _iri(curie: str) -> str:
    return expand(curie) or curie
