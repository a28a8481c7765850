"""What a node and an edge of a projection say of themselves, as plain strings and integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal

from kg.claims import Claim, Edge, Kind, Modality, Polarity, disputes
from kg.corroboration import Corroboration
from kg.dates import Held
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, SKOS, Term, compress

#: A value on a node or an edge: what every writer of graph files accepts.
Value = str | int

#: A literal that stands in the edge layer, and the claims behind it.
Earned = tuple[str, tuple[str, ...]]

# Attributes of our own; a date property of the same name keeps its CURIE.
_OF_NODES = frozenset({"label", "type", "family", "mark", "definition", "status", "bipartite"})


@dataclass(slots=True)
class Attributes:
    """Makes attributes; what is looked up again and again is looked up once.

    ``claims`` are those that take part: only they dispute, back and corroborate.
    """

    store: Store
    claims: Mapping[str, Claim]
    held: Mapping[str, Held] | None = None
    curies: dict[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, ...], dict[str, Value]] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    of_nodes: dict[str, str] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    behind: Corroboration = field(init=False)

    def __post_init__(self) -> None:
        self.disputed.update(disputes(self.claims.values(), self.store.vocabulary))
        self.behind = Corroboration(self.store, self.claims)

    def curie(self, iri: str) -> str:
        """Return ``compress(iri)``."""
        found = self.curies.get(iri)
        if found is None:
            found = self.curies[iri] = compress(iri)
        return found

    def joined(self, iris: Iterable[str]) -> str:
        """Return the CURIEs of some nodes, each once, in one string."""
        unique = set(iris)
        if len(unique) == 1:  # nearly always: a claim has one holder and one source
            return self.curie(unique.pop())
        return " ".join([self.curie(iri) for iri in sorted(unique, key=natural)])

    @staticmethod
    def marks(markers: set[str]) -> str:
        """Return the printed marks of footnotes in one string."""
        return texts(sorted(markers, key=natural)) if len(markers) > 1 else "".join(markers)

    def family(self, iri: str) -> str:
        """Return the family of a node's most specific class: actor, event, agreement ..."""
        found = self.of_nodes.get(iri)
        if found is None:
            found = self.of_nodes[iri] = str(self.looks(self.store.types(iri))["family"])
        return found

    def node(self, iri: str, literals: Mapping[str, list[Earned]]) -> dict[str, Value]:
        """Return the attributes of a node."""
        store = self.store
        definitions = [t for t in store.objects(iri, SKOS + "definition") if isinstance(t, Literal)]
        english = [term for term in definitions if term.language in ("en", None)]
        found: dict[str, Value] = {
            "label": store.label(iri),
            **self.looks(store.types(iri)),
            "definition": (english or definitions)[0].value if definitions else "",
        }
        if status := store.objects(iri, KG + "eventStatus"):
            found["status"] = status[0].value.removeprefix(KG)
        for predicate, values in sorted(literals.items()):
            curie = self.curie(predicate)
            local = curie.rpartition(":")[2] if predicate.startswith(KG) else curie
            name = curie if local in _OF_NODES else local
            found[name] = texts(sorted((text for text, _ in values), key=natural))
            behind = {claim for _, claims in values for claim in claims}
            found[f"{name}_claims"] = self.joined(behind)
            if behind & self.disputed:
                found[f"{name}_contested"] = 1
        return found

    def looks(self, types: tuple[str, ...]) -> dict[str, Value]:
        """Return the most specific of some classes, its family and its mark."""
        if types in self.classes:
            return self.classes[types]
        vocabulary = self.store.vocabulary
        above = {a for t in types for a in list(vocabulary.ancestors(t))[1:]}
        # A class outside the ontology says less about a node than one inside it.
        known = sorted(types, key=lambda t: (t in above, t not in vocabulary.terms, natural(t)))
        best = known[0] if known else ""
        terms = [vocabulary.terms[a] for a in vocabulary.ancestors(best) if a in vocabulary.terms]
        found: dict[str, Value] = {
            "type": self.curie(best),
            "family": vocabulary.family(best),
            "mark": next((term.mark for term in terms if term.mark), ""),
        }
        self.classes[types] = found
        return found

    def edge(self, edge: Edge, claims: list[Claim], materialised: bool) -> dict[str, Value]:
        """Return the attributes of an edge that some claims make."""
        predicate = edge[1]
        term = self.store.vocabulary.terms.get(predicate) or Term(
            predicate, compress(predicate), ""
        )
        if predicate not in self.families:
            self.families[predicate] = self.store.vocabulary.family(predicate)
        found: dict[str, Value] = {
            "predicate": self.curie(predicate),
            "label": term.label,
            "inverse": term.inverse_phrase,
            "family": self.families[predicate],
            "symmetric": int(term.symmetric),
            "materialised": int(materialised),
            **self.evidence(claims),
        }
        if term.sign is not None:
            found["sign"] = term.sign
        if term.effect is not None:
            found["effect"] = term.effect
        return found

    def evidence(self, claims: list[Claim]) -> dict[str, Value]:
        """Return what some claims that make one edge say of it together.

        How firmly it is put is taken from the firmest of them, how sure it is from the
        least sure, and the best credibility: they say the same, each in its own way.
        """
        firmest = (
            claims[0]
            if len(claims) == 1
            else min(claims, key=lambda claim: claim.modality.softness)
        )
        passages = self.store.passages
        read = dict.fromkeys([iri for claim in claims for iri in claim.evidence])
        places = [passages[iri] for iri in read if iri in passages]
        found: dict[str, Value] = {
            "claims": " ".join([self.curie(claim.iri) for claim in claims]),
            "statement": claims[0].statement,
            "kind": str(firmest.kind),
            "modality": str(firmest.modality),
            "polarity": str(firmest.polarity),
            "hedge": texts([word for claim in claims for word in claim.hedges]),
            "contested": int(any(claim.iri in self.disputed for claim in claims)),
            "holders": self.joined([h for claim in claims for h in claim.holders]),
            "original_holders": self.joined([h for c in claims for h in c.original_holders]),
            "sources": self.joined([place.source for place in places if place.source]),
            "origins": len(self.behind.lineage(claims).origins),
            "locators": texts([place.locator for place in places]),
            "cited_sources": self.joined([s for claim in claims for s in claim.cited_sources]),
            "markers": self.marks({m for claim in claims for m in claim.markers}),
            # A claim that leaves a side open leaves it open for all of them.
            "valid_from": min(c.valid_from for c in claims),
            "valid_to": max(c.valid_to for c in claims) if all(c.valid_to for c in claims) else "",
        }
        for name, best in (("confidence", min), ("credibility", min)):
            grades = [grade for c in claims if (grade := getattr(c, name)) is not None]
            if grades:
                found[name] = best(grades)
        if self.held is not None:
            at = {self.held[claim.iri] for claim in claims}
            found["held"] = next(how for how in ("certain", "possible", "undated") if how in at)
        return found

    def shared(
        self,
        sides: Iterable[dict[str, Value]],
        *,
        predicate: str,
        label: str,
        family: str,
        symmetric: bool,
        via: str,
        path: str,
    ) -> dict[str, Value]:
        """Return the attributes of an edge that two or more others make together.

        It is as firm as the softest of them, stands as a fact only if all do, is disputed
        if one is, and rests on as many origins as the one with the fewest.
        """
        edges = list(sides)
        # Kind and modality of one and the same side: the softest; a wish is softer than all.
        weakest = max(
            edges,
            key=lambda edge: (
                edge["kind"] == Kind.RECOMMENDATION,
                not edge["materialised"],
                Modality(str(edge["modality"])).softness,
            ),
        )
        words = ["claims", "holders", "original_holders", "sources", "cited_sources"]
        found: dict[str, Value] = {
            "predicate": predicate,
            "label": label,
            "inverse": "" if symmetric else "is " + label + " by",
            "family": family,
            "symmetric": int(symmetric),
            "materialised": min(int(edge["materialised"]) for edge in edges),
            "via": via,
            "path": path,
            "statement": texts(str(edge["statement"]) for edge in edges),
            "kind": weakest["kind"],
            "modality": weakest["modality"],
            "polarity": str(Polarity.AFFIRMATIVE),
            "hedge": texts(str(edge["hedge"]) for edge in edges),
            "contested": max(int(edge["contested"]) for edge in edges),
            "origins": min(int(edge["origins"]) for edge in edges),
            "locators": texts(str(edge["locators"]) for edge in edges),
            "markers": texts(str(edge["markers"]) for edge in edges),
            # All of it held only while each part did.
            "valid_from": max(str(edge["valid_from"]) for edge in edges),
            "valid_to": min((str(e["valid_to"]) for e in edges if e["valid_to"]), default=""),
        }
        for name in words:
            parts = {part for edge in edges for part in str(edge[name]).split()}
            found[name] = " ".join(sorted(parts, key=natural))
        if self.held is not None:
            at = {str(edge["held"]) for edge in edges}
            found["held"] = next(how for how in ("undated", "possible", "certain") if how in at)
        for name, worst in (("confidence", min), ("credibility", max)):
            grades = [int(edge[name]) for edge in edges if name in edge]
            if grades:
                found[name] = worst(grades)
        return found


def texts(parts: Iterable[str]) -> str:
    """Return texts in one string, each once, empty ones left out."""
    return "; ".join(dict.fromkeys([part for part in parts if part]))
