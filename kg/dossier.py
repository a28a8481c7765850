"""What is known of one thing, and on what it rests: the answers of ``info``, ``show`` and ``why``.

Nothing here is stored. A status (supported, contested, ...) is worked out from
the claims each time, and every statement leads to its numbered place in a source.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, QuerySolutions

from kg import claims as model
from kg.citing import describe_source, place
from kg.claims import Claim, Modality, Passage, Polarity, Source
from kg.corroboration import Corroboration
from kg.errors import UnknownNameError
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import KG, RDF, SKOS, compress


def independent_origins(store: Store, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return with whom the information behind claims began (``kg.corroboration``)."""
    return tuple(sorted(Corroboration(store).lineage(claims).origins))


# ---------------------------------------------------------------- info


def info(store: Store) -> dict[str, Any]:
    """Return what is loaded: files, counts by class, kind, modality, holder and source."""
    claims = store.claims.values()
    classes = Counter({compress(cls): n for cls, n in store.made(class_counts).items()})
    by_source: Counter[str] = Counter()
    for claim in claims:
        for source in dict.fromkeys(
            store.passages[p].source for p in claim.evidence if p in store.passages
        ):
            by_source[compress(source)] += 1
    in_graph = store.sizes()
    return {
        "files": [
            {"graph": compress(graph.value), "file": place, "triples": in_graph.get(graph, 0)}
            for graph, place in store.graphs().items()
        ],
        "content": store.key,
        "claims": len(store.claims),
        "edges": len(store.edges),
        "claims_by_kind": _counted(claim.kind for claim in claims),
        "claims_by_modality": _counted(claim.modality for claim in claims),
        "claims_denied": sum(claim.polarity is Polarity.NEGATED for claim in claims),
        "claims_in_dispute": len(store.disputes),
        "claims_by_source": dict(_ranked(by_source)),
        "claims_by_holder": dict(
            _ranked(Counter(compress(h) for claim in claims for h in claim.holders))
        ),
        "things_by_class": dict(_ranked(classes)),
    }


def class_counts(store: Store) -> Counter[str]:
    """Return how many nodes of the data are in each class, by its IRI."""
    if store.working_copy is not None:
        counts: Counter[str] = Counter()
        for quad in store.quads(predicate=NamedNode(RDF + "type")):
            if quad.graph_name != ONTOLOGY_GRAPH and isinstance(quad.object, NamedNode):
                counts[quad.object.value] += 1
        return counts
    # Counted by the engine: half a million here take a second.
    answer = store.engine.query(
        "SELECT ?class (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s a ?class } "
        f"FILTER(?g != {ONTOLOGY_GRAPH} && isIRI(?class)) }} GROUP BY ?class"
    )
    assert isinstance(answer, QuerySolutions)
    return Counter({row["class"].value: int(row["n"].value) for row in answer})


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(_ranked(Counter(str(value) for value in values)))


def _ranked(counter: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], natural(item[0])))


# ---------------------------------------------------------------- coverage


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence, heading, caption or note of a source and what became of it."""

    passage: Passage
    claims: tuple[str, ...]

    @property
    def accounted(self) -> bool:
        """Whether it is read into a claim, or left out for a stated reason."""
        return bool(self.claims or self.passage.no_claim_reason)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely a source is encoded: every unit in reading order."""

    source: Source
    units: tuple[Unit, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "source": compress(self.source.iri),
            "title": self.source.title,
            "units": len(self.units),
            "with_claims": sum(bool(unit.claims) for unit in self.units),
            "without_claim_for_a_reason": sum(
                not unit.claims and unit.accounted for unit in self.units
            ),
            "unaccounted": sum(not unit.accounted for unit in self.units),
            "claims": len({claim for unit in self.units for claim in unit.claims}),
            "report": [
                {
                    "passage": compress(unit.passage.iri),
                    "place": unit.passage.locator,
                    "kind": unit.passage.unit_kind,
                    "claims": [compress(claim) for claim in unit.claims],
                    "reason": unit.passage.no_claim_reason,
                }
                for unit in self.units
            ],
        }


def coverage(store: Store) -> list[Coverage]:
    """Return the coverage of every source that claims to be completely encoded."""
    read: dict[str, list[str]] = defaultdict(list)
    for claim in store.claims.values():
        for iri in claim.evidence:
            read[iri].append(claim.iri)
    units: dict[str, list[Unit]] = defaultdict(list)
    for passage in sorted(store.passages.values(), key=lambda p: (p.position or 0, natural(p.iri))):
        units[passage.source].append(Unit(passage, tuple(read.get(passage.iri, ()))))
    return [
        Coverage(source, tuple(units.get(source.iri, ())))
        for source in store.sources.values()
        if source.completely_encoded
    ]


# ---------------------------------------------------------------- show

#: The groups of a dossier, in order, and what puts a claim in each.
GROUPS = (
    ("identity", "Identifiers"),
    ("edges", "Stands in the graph"),
    ("denied", "Denied"),
    ("asserted", "Put flatly by its holder, but not a graph fact"),
    ("reported", "Reported"),
    ("expected", "Expected"),
    ("possible", "Possible"),
    ("conditional", "Conditional"),
    ("prescribed", "Prescribed"),
)


def group_of(store: Store, claim: Claim) -> str:
    """Return the dossier group a claim belongs to."""
    if claim.is_identity:
        return "identity"
    if model.edge_of(claim, store.vocabulary) in store.edges and model.qualifies(
        claim, store.vocabulary
    ):
        return "edges"
    if claim.polarity is Polarity.NEGATED:
        return "denied"
    return str(claim.modality)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the graph holds on one thing, grouped by how firmly it is held."""

    iri: str
    label: str
    types: tuple[str, ...]
    definition: str
    names: dict[str, list[str]]
    description: dict[str, list[str]]
    groups: dict[str, tuple[Claim, ...]]
    same_as: tuple[Claim, ...]
    disputed: dict[str, tuple[str, ...]]  # claim -> the claims that dispute it

    @property
    def claims(self) -> int:
        """How many claims are about it."""
        return sum(map(len, self.groups.values()))


# Said elsewhere in a dossier, or only of use to programs.
_NOT_DESCRIPTION = {
    RDF + "type",
    SKOS + "prefLabel",
    SKOS + "altLabel",
    SKOS + "hiddenLabel",
    SKOS + "definition",
}


def show(store: Store, iri: str) -> Dossier:
    """Return the dossier of a node.

    Content nodes that name the node in their description (a motivation and its
    actor, a benefit and its beneficiary, an obligation and who owes it) bring
    their claims along. Raises UnknownNameError when nothing is said about it.
    """
    if not store.exists(iri):
        raise UnknownNameError(f"nothing is said about {compress(iri)}", hint="kg search NAME")
    about = list(store.claims_about.get(iri, ()))
    for node in _described_by(store, iri):
        about += store.claims_about.get(node, ())
    claims = [store.claims[claim] for claim in sorted(dict.fromkeys(about), key=natural)]
    groups: dict[str, list[Claim]] = {name: [] for name, _ in GROUPS}
    same: list[Claim] = []
    for claim in claims:
        if claim.predicate == KG + "identifiedWith":
            same.append(claim)
        groups[group_of(store, claim)].append(claim)
    values = store.describe(iri)
    linked = store.stands_for(iri)
    names: dict[str, list[str]] = defaultdict(list)
    for name in store.labels.get(iri, ()):
        names[name.language].append(name.text)
    return Dossier(
        iri=iri,
        label=store.label(iri),
        types=tuple(store.vocabulary.label(t) for t in store.types(iri)),
        definition=next((term.value for term in values.get(SKOS + "definition", [])), ""),
        names=dict(names),
        description={
            **({"recorded as": [compress(n) for n in linked]} if linked else {}),
            **{
                store.vocabulary.label(predicate): [_worded(store, term) for term in terms]
                for predicate, terms in values.items()
                if predicate not in _NOT_DESCRIPTION
                and predicate not in store.vocabulary.edge_predicates
            },
        },
        groups={name: tuple(found) for name, found in groups.items() if found},
        same_as=tuple(same),
        disputed={c.iri: store.disputes[c.iri] for c in claims if c.iri in store.disputes},
    )


# The description properties by which a content node belongs to somebody.
_LINKING = (
    "motivatedActor",
    "beneficiary",
    "obliges",
    "owedTo",
    "violator",
    "addressee",
    "capabilityOf",
    "conditionOf",
    "party",
    "partyTo",
)


def _described_by(store: Store, iri: str) -> list[str]:
    store.read_ahead(predicates=[KG + name for name in _LINKING])
    return [
        quad.subject.value
        for name in _LINKING
        for quad in store.quads(None, NamedNode(KG + name), NamedNode(iri))
        if isinstance(quad.subject, NamedNode)
    ]


def _worded(store: Store, term: NamedNode | Literal) -> str:
    return store.label(term.value) if isinstance(term, NamedNode) else term.value


def worded(store: Store, value: str | Literal) -> str:
    """Return a node's label, or a literal's text."""
    return store.label(value) if isinstance(value, str) else value.value


def proposition(store: Store, claim: Claim) -> str:
    """Return a claim's triple in words: labels of subject, predicate and object."""
    denied = "NOT " if claim.polarity is Polarity.NEGATED else ""
    return (
        f"{store.label(claim.subject)} — {denied}{store.vocabulary.label(claim.predicate)} → "
        f"{worded(store, claim.object)}"
    )


def firmness(claim: Claim) -> str:
    """Return how a claim is put: modality with its hedge words, denial, kind."""
    words = f" (“{'”, “'.join(claim.hedges)}”)" if claim.hedges else ""
    denied = "denied, " if claim.polarity is Polarity.NEGATED else ""
    return f"{denied}{claim.modality}{words}, {claim.kind}"


def attribution(store: Store, claim: Claim) -> str:
    """Return who holds a claim, and whose view is relayed when it is another's."""
    holders = ", ".join(store.label(h) for h in claim.holders) or "nobody named"
    if claim.original_holders:
        return (
            f"{', '.join(store.label(h) for h in claim.original_holders)}, as relayed by {holders}"
        )
    return holders


# ---------------------------------------------------------------- why


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of evidence behind one claim, each link in words."""

    claim: Claim
    proposition: str
    in_graph: bool
    obstacles: tuple[str, ...]
    places: tuple[tuple[str, str], ...]  # (passage IRI, place in words)
    footnotes: tuple[str, ...]
    origins: tuple[str, ...]
    status: str
    links: dict[str, tuple[Claim, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return what the chain adds to its claim, as plain values."""
        return {
            "in_graph": self.in_graph,
            "obstacles": list(self.obstacles),
            "origins": list(self.origins),
            "status": self.status,
            "notes": list(self.footnotes),
            "links": {n: [compress(c.iri) for c in cs] for n, cs in self.links.items()},
        }


def why(store: Store, claim: Claim) -> Chain:
    """Return the chain of evidence of a claim: who, how firmly, where, and who disagrees."""
    vocabulary = store.vocabulary
    edge = model.edge_of(claim, vocabulary)
    found = list(model.obstacles(claim, vocabulary))
    in_graph = edge in store.edges and not found
    if not found and not in_graph:
        found.append("qualifying claims disagree on the value and none is preferred alone")
    both = store.claims_for(*claim.triple)
    same = [c for c in both if c.polarity is claim.polarity]
    disputed = store.disputes
    against = dict.fromkeys((*disputed.get(claim.iri, ()), *claim.conflicts_with))
    opposite = {c.iri for c in both if c.polarity is not claim.polarity}
    denial = "denies" if claim.polarity is Polarity.NEGATED else "denied by"
    links = {
        denial: tuple(iri for iri in against if iri in opposite),
        "conflicts with": tuple(iri for iri in against if iri not in opposite),
        "in tension with": claim.in_tension_with,
        "restates": claim.restates,
        "corroborates": claim.corroborates,
    }
    return Chain(
        claim=claim,
        proposition=proposition(store, claim),
        in_graph=in_graph,
        obstacles=tuple(found),
        places=tuple((passage, place(store, passage)) for passage in claim.evidence),
        footnotes=tuple(_footnotes(store, claim)),
        origins=tuple(store.label(o) for o in independent_origins(store, same)),
        status=status(store, same, disputed),
        links={
            name: tuple(store.claims[iri] for iri in iris if iri in store.claims)
            for name, iris in links.items()
            if iris
        },
    )


def _footnotes(store: Store, claim: Claim) -> Iterable[str]:
    reach = {
        "sentenceScope": "closes this sentence",
        "paragraphScope": "covers the paragraph",
        "uncertainScope": "reach uncertain",
    }.get(claim.citation_scope, "")
    for iri in claim.citations:
        citation = store.citations.get(iri)
        if citation is None:
            continue
        again = store.citations.get(citation.duplicate_of)
        note = f"; the same document as note {again.marker}" if again else ""
        yield (
            f"note {citation.marker}: {describe_source(store, citation.cited)}"
            f"{f' ({reach}{note})' if reach or note else ''}"
        )


def status(store: Store, claims: Sequence[Claim], disputed: Container[str]) -> str:
    """Return the derived status of a proposition from the claims that make it.

    ``disputed`` holds the claims that ``kg.claims.disputes`` found. contested: one
    of the claims is among them, be it only because somebody denies it; hedged: nobody puts it flatly;
    supported: at least two independent origins; single-origin: one; unsourced:
    no claim names a source that exists.
    """
    if any(claim.iri in disputed for claim in claims):
        return "contested"
    if all(claim.modality is not Modality.ASSERTED for claim in claims):
        return "hedged"
    origins = independent_origins(store, claims)
    return {0: "unsourced", 1: "single-origin"}.get(len(origins), "supported")


def explain_edge(
    store: Store, subject: str, predicate: str, value: str | Literal
) -> tuple[Claim, ...]:
    """Return every claim on a proposition, those that back the edge first.

    Raises UnknownNameError when no claim makes it.
    """
    found = store.claims_for(subject, predicate, value)
    if not found:
        raise UnknownNameError(
            f"no claim says: {store.label(subject)} — {store.vocabulary.label(predicate)} → "
            f"{worded(store, value)}",
            hint=f"kg show {compress(subject)}",
        )
    return tuple(
        sorted(
            found,
            key=lambda c: (not model.qualifies(c, store.vocabulary), natural(c.iri)),
        )
    )
