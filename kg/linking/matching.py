"""Which nodes may be one thing by their names: candidates, each with a score and its reasons.

A name joins nothing. Names in any script are spelled in one way (``kg.linking.spelling``)
and compared letter by letter (normalised Indel similarity, rapidfuzz). The words that are
not common among the names compared count again, and so do numbers in names. What else is
known of both then speaks for or against: class, country, day of birth, numbers that
several may share. The weights are house conventions, not a standard, and stand with each
candidate (``Candidate.features``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.claims import Polarity
from kg.identity import SCHEMES
from kg.joining import LINKS_GRAPH
from kg.linking.spelling import common_words, numbers, same_order, spelled, telling
from kg.names import fold
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import DATA_KINDS, ID, KG, RDF, SKOS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Names less alike than this are no candidates, in percent.
CUTOFF = 82
#: Candidates with a lower score are not shown.
MIN_SCORE = 50
# Names are compared in blocks of so many pairs: 4 bytes each.
_BLOCK_PAIRS = 8_000_000

#: What each feature adds to or takes from the likeness of the names, in points of 100.
WEIGHTS = {
    "only one word": -30,
    "only two words of a person": -12,
    "words in another order": -8,
    "other number in the name": -40,
    "only after transliteration": -3,
    "name of several": -8,
    "same kind": 2,
    "other kind": -15,
    "same country": 4,
    "other country": -20,
    "same birth date": 8,
    "other birth date": -40,
    "same number": 20,
}

# What the words that tell two names apart cost for each percent by which they differ.
_TELLING = 0.6


class Feature(NamedTuple):
    """One reason for or against, in points, with what it was read from."""

    name: str
    points: int
    detail: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two nodes that may be one; ``score`` from 0 to 100, ``features`` say why."""

    one: str
    other: str
    score: int
    names: tuple[str, str]
    features: tuple[Feature, ...]

    @property
    def reasons(self) -> str:
        """The features in one line."""
        return "; ".join(f"{f.name} {f.points:+d} ({f.detail})" for f in self.features)


@dataclass(slots=True)
class Profile:
    """What is known of a node that tells it from others."""

    iri: str
    names: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)
    numbers: set[tuple[str, str]] = field(default_factory=set)
    #: Names given in parts: what stands with each, by what it stands with.
    parts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


#: What a claim says that tells its subject apart: by "predicate", "object", "scheme", ...
_Row = Mapping[str, str]


def profiles(store: Store, said: Iterable[tuple[str, _Row]] | None = None) -> dict[str, Profile]:
    """Return the named things of a store that is not joined, by IRI.

    Claims, passages, sources and terms are no things; hidden names count for nothing.
    ``said`` is what claims say of them, for who has read the claims already (``said_by``).
    """
    engine = store.engine
    found: dict[str, Profile] = {}
    no_things = ("claim", "passage", "source", "citation", "graph", "run")
    apart = tuple(f"{ID}{kind}/" for kind in no_things)
    for local in ("prefLabel", "altLabel"):
        for quad in engine.quads_for_pattern(None, NamedNode(SKOS + local), None):
            if (
                quad.graph_name not in (ONTOLOGY_GRAPH, LINKS_GRAPH)
                and isinstance(quad.subject, NamedNode)
                and not quad.subject.value.startswith((*apart, KG))
                and isinstance(quad.object, Literal)
            ):
                iri = quad.subject.value
                found.setdefault(iri, Profile(iri)).names.add(quad.object.value)
    kind = NamedNode(RDF + "type")
    # (Node by node: most of what has a class is a claim or a passage.)
    for iri, known in found.items():
        for quad in engine.quads_for_pattern(NamedNode(iri), kind, None):
            if isinstance(quad.object, NamedNode) and quad.object.value.startswith(KG):
                known.kinds.add(quad.object.value)
    for iri, row in _said(store) if said is None else said:
        if iri in found:
            _learn(found[iri], row, store)
    for profile in found.values():
        _whole_names(profile)
    return found


_APART = frozenset(
    KG + name
    for name in ("nationality", "basedIn", "birthDate", "alias", "givenName", "identityValue")
)


def said_by(store: Store) -> Iterator[tuple[str, _Row]]:
    """Yield what the claims of a store say that tells things apart: the subject, and what is said."""
    # (Of several the one that ``_said`` takes, too.)
    given = {
        quad.subject.value: quad.object.value
        for quad in store.engine.quads_for_pattern(None, NamedNode(KG + "givenName"), None)
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal)
    }
    for claim in store.claims.values():
        if claim.predicate in _APART and claim.polarity is not Polarity.NEGATED:
            value = claim.object.value if isinstance(claim.object, Literal) else claim.object
            row = {
                "predicate": claim.predicate,
                "object": value,
                "scheme": claim.identity_scheme,
            }
            if claim.iri in given:
                row["given"] = given[claim.iri]
            yield claim.subject, row


def _said(store: Store) -> Iterator[tuple[str, _Row]]:
    """Yield the same from the engine, for who does not need the claims themselves."""
    wanted = _APART
    engine = store.engine
    rows: dict[str, dict[str, str]] = {}
    for quad in engine.quads_for_pattern(None, NamedNode(RDF + "predicate"), None):
        if (
            isinstance(quad.subject, NamedNode)
            and isinstance(quad.object, NamedNode)
            and quad.object.value in wanted
        ):
            rows[quad.subject.value] = {"predicate": quad.object.value}
    for name, predicate in (
        ("subject", RDF + "subject"),
        ("object", RDF + "object"),
        ("scheme", KG + "identityScheme"),
        ("polarity", KG + "polarity"),
        ("given", KG + "givenName"),
    ):
        for quad in engine.quads_for_pattern(None, NamedNode(predicate), None):
            if isinstance(quad.subject, NamedNode) and quad.subject.value in rows:
                assert isinstance(quad.object, NamedNode | Literal)
                rows[quad.subject.value][name] = quad.object.value
    for row in rows.values():
        if row.get("polarity") != KG + "negated" and {"subject", "object"} <= row.keys():
            yield row["subject"], row


def _learn(profile: Profile, row: _Row, store: Store) -> None:
    local, value = row["predicate"].removeprefix(KG), row["object"]
    scheme = row.get("scheme", "")
    if local in ("nationality", "basedIn"):
        profile.countries.add(value)
    elif local == "birthDate":
        profile.births.add(value)
    elif local == "givenName":
        profile.parts[store.label(profile.iri)].add(value)
    elif local == "alias":
        profile.names.add(value)
        if "given" in row:
            profile.parts[value].add(row["given"])
    elif scheme in SCHEMES and not SCHEMES[scheme].joins and len(value) > 5:
        profile.numbers.add((scheme, value.casefold()))


def _whole_names(profile: Profile) -> None:
    """Put names together that a list gives in parts; a part is no name."""
    for family, given in profile.parts.items():
        profile.names.discard(family)
        profile.names |= {f"{first} {family}" for first in given}
    if len(profile.names) > 1:  # a label that had to take its key along
        profile.names = {n for n in profile.names if not n.endswith(f"({_key(profile.iri)})")}


def _key(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def dataset_of(iri: str) -> str:
    """Return the kind of key a node is named by: ``ofac``, ``uksl``; ours and others are one."""
    kind = iri[len(ID) :].partition("/")[0] if iri.startswith(ID) else ""
    return kind if kind in DATA_KINDS else "wd" if "wikidata.org/" in iri else ""


def candidates(
    store: Store,
    *,
    one: str | None = None,
    other: str | None = None,
    apart: Iterable[frozenset[str]] = (),
) -> list[Candidate]:
    """Return pairs of nodes that may be one thing, best first.

    ``one`` and ``other`` name whose nodes are compared (``dataset_of``); each data set
    with every other unless given, and none with itself. ``apart`` are pairs not to show:
    judged already, or one by their identifiers.
    """
    known = profiles(store)
    countries = _same_country(store)
    for profile in known.values():
        profile.countries = {countries.get(c, c) for c in profile.countries}
    sides: dict[str, list[Profile]] = defaultdict(list)
    for profile in known.values():
        sides[dataset_of(profile.iri)].append(profile)
    names = sorted(sides)
    wanted = [
        (a, b)
        for place, a in enumerate(names)
        for b in names[place + 1 :]
        if one is None or {one, other or b if a == one else other or a} == {a, b}
    ]
    done = set(apart)
    found = [
        candidate
        for a, b in wanted
        for candidate in match(sides[a], sides[b])
        if frozenset((candidate.one, candidate.other)) not in done
    ]
    return sorted(found, key=lambda c: (-c.score, natural(c.one), natural(c.other)))


def _same_country(store: Store) -> dict[str, str]:
    """Return, for the nodes that an identifier joins to another, the one that stands for them."""
    from kg.linking.identifiers import by_identifiers

    return {member: group[0] for group in by_identifiers(store).groups for member in group[1:]}


def match(left: Sequence[Profile], right: Sequence[Profile]) -> Iterator[Candidate]:
    """Yield the candidates among the pairs of two sides, in no order.

    Every name is compared with every other: 100,000 with 10,000 take minutes, and
    nothing is missed for want of a common word.
    """
    mine, theirs = _spellings(left), _spellings(right)
    pairs: dict[tuple[int, int], tuple[int, str, str]] = {}
    for a, b, likeness in alike(list(mine), list(theirs)):
        for i, name in mine[a]:
            for j, other in theirs[b]:
                if likeness > pairs.get((i, j), (-1, "", ""))[0]:
                    pairs[i, j] = likeness, name, other
    several_left, several_right = _shared(mine), _shared(theirs)
    common = common_words(mine.keys() | theirs.keys())
    for (i, j), (likeness, name, other) in pairs.items():
        several = max(several_left.get(spelled(name), 1), several_right.get(spelled(other), 1))
        found = judge(left[i], right[j], likeness, name, other, several, common)
        if found.score >= MIN_SCORE:
            yield found


def _spellings(side: Sequence[Profile]) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, profile in enumerate(side):
        # Kyong-chol is also written Kyongchol.
        joined = {name.replace("-", "") for name in profile.names}
        for name in sorted(profile.names | joined):
            if spelling := spelled(name):
                found[spelling].append((place, name))
    return found


def _shared(spellings: Mapping[str, list[tuple[int, str]]]) -> dict[str, int]:
    return {s: n for s, owners in spellings.items() if (n := len({i for i, _ in owners})) > 1}


def alike(left: list[str], right: list[str]) -> Iterator[tuple[str, str, int]]:
    """Yield the spellings that are alike, with how much, in percent."""
    import numpy as np
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    if not left or not right:
        return
    rows = max(1, _BLOCK_PAIRS // len(right))
    for start in range(0, len(left), rows):
        block = left[start : start + rows]
        table: NDArray[np.float32] = cdist(
            block,
            right,
            scorer=Indel.normalized_similarity,
            score_cutoff=CUTOFF / 100,
            dtype=np.float32,
            workers=-1,
        )
        for i, j in zip(*table.nonzero(), strict=True):
            yield block[i], right[j], round(float(table[i, j]) * 100)


def judge(
    one: Profile,
    other: Profile,
    likeness: int,
    name: str,
    theirs: str,
    several: int = 1,
    common: frozenset[str] = frozenset(),
) -> Candidate:
    """Return two nodes as a candidate: the likeness of their names, and what else is known.

    ``several`` is how many things of a side have one of the names, ``common`` the words
    that tell little.
    """
    same = "the same name" if likeness == 100 else "names alike"
    features = [Feature(same, likeness, f"{name!r}, {theirs!r}")]

    def add(what: str, detail: str) -> None:
        features.append(Feature(what, WEIGHTS[what], detail))

    words = min(len(spelled(name).split()), len(spelled(theirs).split()))
    person = KG + "Person" in one.kinds | other.kinds
    if words < 2:
        add("only one word", min(name, theirs, key=len))
    elif words == 2 and person:
        add("only two words of a person", min(name, theirs, key=len))
    if numbers(spelled(name)) != numbers(spelled(theirs)):
        add("other number in the name", f"{name!r}, {theirs!r}")
    elif likeness < 100:
        features += _telling(spelled(name), spelled(theirs), frozenset() if person else common)
    if likeness == 100 and person and not same_order(name, theirs):
        add("words in another order", f"{name!r}, {theirs!r}")
    if likeness == 100 and fold(name) != fold(theirs) and not (name.isascii() and theirs.isascii()):
        add("only after transliteration", spelled(name))
    if several > 1:
        add("name of several", f"{several} have it")
    if one.kinds and other.kinds:
        mine, its = (_kind(p.kinds) for p in (one, other))
        add("same kind" if mine & its else "other kind", f"{_words(mine)}, {_words(its)}")
    for what, a, b in (
        ("country", one.countries, other.countries),
        ("birth date", one.births, other.births),
    ):
        if a and b:
            agreed = a & b or _years(a, b)
            add(f"same {what}" if agreed else f"other {what}", _words(agreed or a | b))
    if shared := one.numbers & other.numbers:
        add("same number", ", ".join(f"{s} {v}" for s, v in sorted(shared)))
    score = sum(feature.points for feature in features)
    persons = {KG + "Person" in p.kinds for p in (one, other) if p.kinds}
    if len(persons) > 1:
        score = 0  # a person is no organisation, whatever it is called
    return Candidate(one.iri, other.iri, max(0, min(score, 100)), (name, theirs), tuple(features))


def _telling(name: str, theirs: str, common: frozenset[str]) -> Iterator[Feature]:
    """Yield what it costs that the telling words of two names differ, if they do.

    ``common`` words do not count. Without any, as for persons, of whom family and given
    name both tell, the words that both have are left out instead.
    """
    from rapidfuzz.distance import Indel

    shared = common or frozenset(name.split()) & frozenset(theirs.split())
    mine, its = telling(name, shared), telling(theirs, shared)
    if mine != its:
        points = round((Indel.normalized_similarity(mine, its) - 1) * 100 * _TELLING)
        yield Feature("telling words differ", points, f"{mine or '-'}, {its or '-'}")


def _years(a: set[str], b: set[str]) -> set[str]:
    """Return the years that two sets of dates share where one of them knows no more."""
    short = {d for d in a | b if len(d) == 4}
    return {d for d in short if any(x.startswith(d) for x in a) and any(x.startswith(d) for x in b)}


def _kind(kinds: set[str]) -> set[str]:
    """Return the kinds as they are compared: what is no person, state or vessel is a body."""
    telling = {"Person", "State", "FormerState", "Territory", "Vessel", "Aircraft"}
    return {k.removeprefix(KG) if k.removeprefix(KG) in telling else "body" for k in kinds}


def _words(values: Iterable[str]) -> str:
    return ", ".join(sorted(v.rsplit("/", 1)[-1] for v in values))[:80]
