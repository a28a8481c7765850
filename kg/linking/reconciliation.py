"""Which things somebody else's names may mean: candidates with scores and reasons.

For tables of other people: a name, perhaps a kind and what else is known. Names are
compared as ``kg.linking.matching`` compares the nodes of data sets, with its weights;
an identifier names a thing outright. Only one exact full name, or one identifier, is
called a match; whoever asks judges the rest.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal as OneOf

from pyoxigraph import Literal

from kg import identity
from kg.claims import Claim, Polarity, Rank, qualifies
from kg.linking.matching import (
    WEIGHTS,
    Feature,
    Profile,
    alike,
    dataset_of,
    judge,
    profiles,
    said_by,
)
from kg.linking.spelling import spelled
from kg.names import CODES, fold
from kg.once import once
from kg.store import Store
from kg.turtle import natural
from kg.vocab import ID, KG, RDF, SKOS, compress, expand

#: Identifiers as properties: ``id:wikidata``.
ID_PROPERTY = "id:"
#: What a property says for or against, in points of 100; a house convention as the others.
PROPERTY_WEIGHTS = {"same property": 4, "other property": -10}
# Families of things that people have tables of, and classes of families that have others, too.
_FAMILIES = ("actor", "agreement", "territory")
_CLASSES = tuple(KG + name for name in ("Resolution", "SanctionsRegime", "SourceDocument"))
# A name of which the query is only a part: so many are looked at, the shortest first.
_PARTS = 50
_BY_PROPERTY = 50
# An identifier without its scheme: KN is North Korea in one, Saint Kitts and Nevis in another.
_OF_SOME_SCHEME = 60

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: a name or identifier, kinds (IRIs), and what is known else.

    ``strict`` says what a kind means: ``any`` and ``all`` leave out what is of none, or not
    of all; ``should`` only counts against it. Values of entities are IRIs.
    """

    text: str = ""
    types: tuple[str, ...] = ()
    strict: OneOf["any", "all", "should"] = "any"
    properties: tuple[tuple[str, tuple[Value, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant; ``score`` from 0 to 100, ``features`` say why."""

    iri: str
    score: int
    matched: str
    features: tuple[Feature, ...]
    exact: bool = False
    match: bool = False


@dataclass(slots=True)
class _Names:
    """The names of the things, as they are compared."""

    spellings: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    by_word: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    folded: list[tuple[str, int, str]] = field(default_factory=list)


class Reconciler:
    """The things of a store that can be meant, by name, identifier and property."""

    def __init__(self, store: Store) -> None:
        store.read_ahead(predicates=(SKOS + "prefLabel", SKOS + "altLabel", RDF + "type"))
        self.store = store
        claims = store.claims  # from a server, what ``profiles`` reads, too
        found = profiles(store, said_by(store))
        for iri in store.sources:
            names = {label.text for label in store.labels.get(iri, ())}
            if names:
                found[iri] = Profile(iri, names, {KG + "SourceDocument", *store.types(iri)})
        self.profiles = [
            found[iri] for iri in sorted(found, key=natural) if self._wanted(found[iri])
        ]
        self.places = {profile.iri: place for place, profile in enumerate(self.profiles)}
        self._by_identifier: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for claim in claims.values():
            if identity.is_standing(claim) and claim.subject in self.places:
                value = identity.value_of(claim).rsplit("/", 1)[-1].casefold()
                self._by_identifier[value][claim.subject].add(claim.identity_scheme)

    def prepare(self) -> None:
        """Make what first questions would wait for."""
        _ = self._names, self._facts, self._used
        self.candidates([Query("a name that nobody has")], [1])

    def _wanted(self, profile: Profile) -> bool:
        vocabulary = self.store.vocabulary
        if dataset_of(profile.iri) not in ("", "wd"):
            return True
        if any(vocabulary.family(kind) in _FAMILIES for kind in profile.kinds):
            return True
        return any(c in vocabulary.ancestors(kind) for kind in profile.kinds for c in _CLASSES)

    @once
    def _names(self) -> _Names:
        names = _Names()
        for place, profile in enumerate(self.profiles):
            for name in sorted(profile.names):
                if spelling := spelled(name):
                    if spelling not in names.spellings:
                        for word in set(spelling.split()):
                            names.by_word[word].append(spelling)
                    names.spellings[spelling].append((place, name))
                if plain := fold(name):
                    names.folded.append((plain, place, name))
        names.folded.sort()
        return names

    # ------------------------------------------------------------ candidates

    def candidates(self, queries: Sequence[Query], limits: Sequence[int]) -> list[list[Candidate]]:
        """Return the candidates of each query, best first, each alone as if it came alone."""
        wanted = sorted({s for q in queries if (s := spelled(q.text))})
        near: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for one, other, likeness in alike(wanted, list(self._names.spellings)):
            near[one].append((other, likeness))
        return [
            self._best(query, near.get(spelled(query.text), []))[:limit]
            for query, limit in zip(queries, limits, strict=True)
        ]

    def _best(self, query: Query, near: Sequence[tuple[str, int]]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        by_id = list(self._identified(query.text)) if query.text else []
        alikes = self._by_name(query, [*near, *self._parts(query.text)])
        for candidate in (*by_id, *alikes, *self._by_property(query)):
            judged = self._considered(query, candidate)
            if judged is not None and judged.score > 0:
                known = found.get(judged.iri)
                if known is None or (judged.exact, judged.score) > (known.exact, known.score):
                    found[judged.iri] = judged
        ranked = sorted(found.values(), key=lambda c: (-c.score, not c.exact, natural(c.iri)))
        exact = [c for c in ranked if c.exact]
        only = exact[0] if len(exact) == 1 else None
        if only is None or any(f.name.startswith("other ") for f in only.features):
            return ranked
        matched = Candidate(only.iri, only.score, only.matched, only.features, True, True)
        return [matched if c is only else c for c in ranked]

    def _identified(self, text: str) -> Iterator[Candidate]:
        """Yield what an identifier, a CURIE or an IRI names: each a whole answer."""
        own = self.iri(text)
        if own in self.places:
            yield Candidate(own, 100, text, (Feature("its own id", 100, compress(own)),), True)
            return
        value = text.strip().removeprefix("wd:").rsplit("/", 1)[-1].casefold()
        for iri, schemes in self._by_identifier.get(value, {}).items():
            known = sorted(schemes.intersection(CODES))
            points = 100 if known else _OF_SOME_SCHEME
            shown = ", ".join(known or sorted(schemes))
            name = "identifier" if known else "identifier of some scheme"
            yield Candidate(iri, points, text, (Feature(name, points, shown),), bool(known))

    def iri(self, text: str) -> str:
        """Return the IRI that an id stands for: ``actor/dprk``, a CURIE, or an IRI itself."""
        found = expand(text.strip())
        return self.store.standing(found) if found else ID + text.strip()

    def _parts(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the names that have every word of a text, and others."""
        from rapidfuzz.distance import Indel

        words = spelled(text).split()
        if not words:
            return
        lists = [self._names.by_word.get(word, []) for word in words]
        whole = set(words)
        having = [s for s in min(lists, key=len) if whole <= set(s.split())]
        mine = " ".join(words)
        for spelling in sorted(having, key=lambda s: (len(s), s))[:_PARTS]:
            yield spelling, round(Indel.normalized_similarity(mine, spelling) * 100)

    def _by_name(self, query: Query, near: Iterable[tuple[str, int]]) -> Iterator[Candidate]:
        mine = Profile("", {query.text})
        best: dict[int, tuple[bool, int, str, int]] = {}
        wanted = fold(query.text)
        for spelling, likeness in near:
            owners = self._names.spellings[spelling]
            several = len({place for place, _ in owners})
            for place, name in owners:
                ranked = (fold(name) == wanted, likeness, name, several)
                if place not in best or ranked[:2] > best[place][:2]:
                    best[place] = ranked
        for place, (exact, likeness, name, several) in best.items():
            other = self.profiles[place]
            # (Kinds are weighed by themselves: here one may be above the other.)
            found = judge(mine, Profile(other.iri, {name}), likeness, query.text, name, several)
            yield Candidate(other.iri, found.score, name, found.features, exact)

    def _by_property(self, query: Query) -> Iterator[Candidate]:
        """Yield what has the properties, where nothing else was given."""
        if query.text:
            return
        having: set[str] | None = None
        for name, values in query.properties:
            if name.startswith(ID_PROPERTY):
                subjects = {
                    iri
                    for value in values
                    for iri, schemes in self._by_identifier.get(_plain(value), {}).items()
                    if name.removeprefix(ID_PROPERTY) in schemes
                }
            else:
                subjects = {
                    claim.subject
                    for claim in self._facts.get(name, ())
                    if claim.subject in self.places and self._is_among(claim, values)
                }
            having = subjects if having is None else having & subjects
        for iri in sorted(having or (), key=natural)[:_BY_PROPERTY]:
            given = Feature("has the properties", 50, compress(iri))
            named = any(name.startswith(ID_PROPERTY) for name, _ in query.properties)
            yield Candidate(iri, 50, "", (given,), named)

    # ------------------------------------------------------------ kinds and properties

    def _considered(self, query: Query, candidate: Candidate) -> Candidate | None:
        """Return a candidate with what its kind and properties say; None when it is left out."""
        features = list(candidate.features)
        if query.types:
            fits = [self.is_a(candidate.iri, kind) for kind in query.types]
            fit = all(fits) if query.strict == "all" else any(fits)
            if not fit and query.strict != "should":
                return None
            name = "same kind" if fit else "other kind"
            kinds = ", ".join(map(self.store.vocabulary.label, self.kinds(candidate.iri)))
            features.append(Feature(name, WEIGHTS[name], kinds))
        for property_, values in query.properties:
            features += self._weighed(candidate.iri, property_, values)
        more = sum(f.points for f in features[len(candidate.features) :])
        score = max(0, min(100, candidate.score + more))
        return Candidate(candidate.iri, score, candidate.matched, tuple(features), candidate.exact)

    def _weighed(self, iri: str, name: str, values: tuple[Value, ...]) -> Iterator[Feature]:
        if name.startswith(ID_PROPERTY):
            scheme = name.removeprefix(ID_PROPERTY)
            own = {value.casefold() for value in self.identifiers(iri, scheme)}
            if own:
                same = not own.isdisjoint(map(_plain, values))
                points = WEIGHTS["same number"] if same else PROPERTY_WEIGHTS["other property"]
                yield Feature("same number" if same else "other number", points, name)
            return
        claims = [claim for _, claim in self.values(iri, name)]
        if not claims:
            return  # not known is no contradiction
        same = any(self._is_among(claim, values) for claim in claims)
        what = _SPECIAL.get(name.removeprefix(KG), "property")
        said = f"{'same' if same else 'other'} {what}"
        points = WEIGHTS.get(said, PROPERTY_WEIGHTS.get(said, 0))
        yield Feature(said, points, compress(name))

    @once
    def _facts(self) -> Mapping[str, tuple[Claim, ...]]:
        found: dict[str, list[Claim]] = defaultdict(list)
        for claim in self.store.claims.values():
            if qualifies(claim, self.store.vocabulary):
                found[claim.predicate].append(claim)
        return {predicate: tuple(claims) for predicate, claims in found.items()}

    def _is_among(self, claim: Claim, values: Iterable[Value]) -> bool:
        own = claim.object
        texts = {own.value if isinstance(own, Literal) else own}
        if isinstance(own, str):
            texts |= {fold(label.text) for label in self.store.labels.get(own, ())}
        return any(
            str(v) in texts or fold(str(v)) in texts or self.iri(str(v)) in texts for v in values
        )

    def is_a(self, iri: str, kind: str) -> bool:
        """Return whether a thing is of a class, or of one below it."""
        return any(kind in self.store.vocabulary.ancestors(own) for own in self.kinds(iri))

    def kinds(self, iri: str) -> tuple[str, ...]:
        """Return the classes of the ontology that a thing is in."""
        place = self.places.get(iri)
        return tuple(sorted(self.profiles[place].kinds)) if place is not None else ()

    # ------------------------------------------------------------ while somebody types

    def suggest(self, prefix: str) -> list[tuple[str, str]]:
        """Return the things whose names begin like this, then those with such a word: IRI and name."""
        wanted = fold(prefix)
        found: dict[int, tuple[int, str]] = {}
        own = self.iri(prefix)
        if own in self.places:
            found[self.places[own]] = (0, self.store.label(own))
        for candidate in self._identified(prefix):
            found.setdefault(self.places[candidate.iri], (0, candidate.matched))
        if wanted:
            names = self._names.folded
            for number in range(bisect_left(names, (wanted,)), len(names)):
                plain, place, name = names[number]
                if not plain.startswith(wanted):
                    break
                grade = 0 if plain == wanted else 1
                if place not in found or grade < found[place][0]:
                    found[place] = (grade, name)
            inner = f" {wanted}"
            for plain, place, name in names:
                if place not in found and inner in plain:
                    found[place] = (2, name)

        def rank(place: int) -> tuple[object, ...]:
            iri = self.profiles[place].iri
            about = len(self.store.claims_about.get(iri, ()))
            return found[place][0], -about, natural(iri)

        return [(self.profiles[p].iri, found[p][1]) for p in sorted(found, key=rank)]

    # ------------------------------------------------------------ values

    def values(
        self, iri: str, name: str, *, hedged: bool = False
    ) -> list[tuple[str | Literal, Claim]]:
        """Return the values of a property with their claims: facts of the graph, or all with ``hedged``."""
        found = []
        for claim_iri in self.store.claims_about.get(iri, ()):
            claim = self.store.claims[claim_iri]
            if claim.subject != iri or claim.predicate != name or claim.rank is Rank.DEPRECATED:
                continue
            fact = qualifies(claim, self.store.vocabulary)
            if fact or (
                hedged and claim.polarity is Polarity.AFFIRMATIVE and not claim.retracted_on
            ):
                found.append((claim.object, claim))
        return found

    def identifiers(self, iri: str, scheme: str) -> list[str]:
        """Return the identifiers of a thing in a scheme."""
        claims = (self.store.claims[c] for c in self.store.claims_about.get(iri, ()))
        return [
            identity.value_of(c).rsplit("/", 1)[-1]
            for c in claims
            if c.subject == iri and c.identity_scheme == scheme and identity.is_standing(c)
        ]

    def properties(self, kind: str = "") -> dict[str, int]:
        """Return the properties that things of a kind have, with how many claims make them."""
        found: dict[str, int] = defaultdict(int)
        for (kinds, name), count in self._used.items():
            if not kind or any(kind in self.store.vocabulary.ancestors(own) for own in kinds):
                found[name] += count
        return dict(sorted(found.items(), key=lambda item: (-item[1], natural(item[0]))))

    @once
    def _used(self) -> Mapping[tuple[tuple[str, ...], str], int]:
        """How many claims make each property of things of these kinds."""
        found: dict[tuple[tuple[str, ...], str], int] = defaultdict(int)
        for claim in self.store.claims.values():
            if claim.subject in self.places and (claim.identity_scheme or not claim.is_identity):
                scheme = claim.identity_scheme
                name = f"{ID_PROPERTY}{scheme}" if scheme else claim.predicate
                found[self.kinds(claim.subject), name] += 1
        return found


#: Properties that ``kg.linking.matching`` has a weight for.
_SPECIAL = {"nationality": "country", "basedIn": "country", "birthDate": "birth date"}


def _plain(value: Value) -> str:
    return re.sub(r"\s", "", str(value)).rsplit("/", 1)[-1].casefold()
