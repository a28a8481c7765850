"""Analysis of competing hypotheses: claims against rival explanations, and what survives.

After Heuer (1999), *Psychology of Intelligence Analysis*, chapter 8. The analyst judges,
cell by cell, whether a piece of evidence is consistent with a hypothesis; the machine
adds up what speaks *against* each. The judgements live in a file of the analyst's
(``kg.analysis.matrix_file``), this module gathers what to judge and works out what the
judgements come to.

A row of evidence is one proposition with every claim that makes it: a sentence that is
repeated, or relayed twice, must not weigh twice. A claim that puts a hypothesis forward
(or denies it) is set apart: that somebody holds a view is no evidence for the view.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from pyoxigraph import NamedNode

from kg import claims as model
from kg import selection
from kg.analysis.answer import Answer, Cell, Column, Row
from kg.analysis.firmness import put as firmly
from kg.claims import Claim, Kind, Rank
from kg.errors import NoError, RefusedError, UsageError
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, compress, expand

#: A matrix of more is no longer read by anybody, and refused.
MAX_HYPOTHESES, MAX_EVIDENCE = 26, 2000
REACHES = ("near", "wide")
RELEVANCE = ("high", "medium", "low")

_STRONG, _MIDDLE, _WEAK = Fraction(3, 2), Fraction(1), Fraction(1, 2)
_RELEVANT = {"high": _STRONG, "medium": _MIDDLE, "": _MIDDLE, "low": _WEAK}
#: Admiralty grades; 6 says that nobody can tell, which is not the same as improbable.
_CREDIBLE = {1: _STRONG, 2: _STRONG, 3: _MIDDLE, 4: _WEAK, 5: _WEAK}

_REASONS = (KG + "motivatedBy", KG + "intendedTo")
_AIM = KG + "seeks"
_PARTIES = frozenset(
    KG + name
    for name in ("initiator", "recipient", "participant", "targets", "hasParty", "adoptedBy")
)


class Mark(StrEnum):
    """How a piece of evidence stands to a hypothesis, in the letters of Heuer's later tools."""

    CC = "CC"  # very consistent
    C = "C"
    N = "N"  # neutral
    I = "I"  # noqa: E741 - the letter analysts write
    II = "II"  # very inconsistent
    NA = "NA"  # the evidence does not apply to this hypothesis


_AGAINST = {Mark.I: 1, Mark.II: 2}
_SCALE = {Mark.CC: 2, Mark.C: 1, Mark.N: 0, Mark.I: -1, Mark.II: -2}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One filled cell: the mark, and who made it, when and why as far as they say."""

    mark: Mark
    why: str = ""
    by: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One explanation. ``claims`` put it forward or deny it; CURIEs throughout.

    Without a node and without claims it is the analyst's own, in the words of ``says``.
    """

    id: str
    says: str
    node: str = ""
    claims: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row: a proposition with the claims that make it, and the judgements on it.

    ``gone`` are claims that were in the row and are no longer in the graph, or were
    withdrawn since. ``credibility`` and ``weight`` are the analyst's own, None where
    the claims' grade and the formula do. ``marks`` has no entry for an empty cell.
    """

    claims: tuple[str, ...]
    bears: str = ""
    gone: tuple[str, ...] = ()
    relevance: str = ""
    credibility: int | None = None
    weight: Fraction | None = None
    note: str = ""
    marks: Mapping[str, Judgement] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What the row goes by: its first claim, without the prefix."""
        return (self.claims or self.gone)[0].removeprefix("claim:")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Hypotheses against evidence, as an analyst's file holds them."""

    hypotheses: tuple[Hypothesis, ...]
    evidence: tuple[Evidence, ...]
    about: str = ""
    question: str = ""
    reach: str = "near"
    #: The hypotheses were chosen by hand: motives ascribed later do not join them.
    given: bool = False
    analyst: str = ""
    date: str = ""
    path: Path | None = None
    #: Where the file names a claim or node, by CURIE.
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


# ---------------------------------------------------------------- what there is to judge


@dataclass(frozen=True, slots=True)
class Gathered:
    """A matrix to fill in, and how many claims within reach are not in it, by reason."""

    matrix: Matrix
    left_out: Counter[str]


def gather(
    store: Store,
    about: str = "",
    given: Sequence[str] = (),
    *,
    reach: str = "near",
    old: Matrix | None = None,
) -> Gathered:
    """Return the matrix for an act or actor: motives ascribed for it against claims that bear on them.

    ``about`` and ``given`` are IRIs; ``given`` are the hypotheses (nodes or claims) in
    place of the motives. ``old`` is a matrix to bring up to date: its hypotheses, rows
    and judgements stay as they are and where they are, what is new comes after them,
    what has vanished is flagged. Raises NoError for fewer than two hypotheses or no
    evidence, UsageError for the same hypothesis twice, RefusedError for too many.
    """
    if twice := sorted(iri for iri, n in Counter(given).items() if n > 1):
        raise UsageError(f"{compress(twice[0])} is given twice", hint="name each hypothesis once")
    if not about and old is not None:
        if old.about and not is_there(store, old.about):
            raise _unknown(old, old.about, hint="correct it: a matrix is about something")
        about = expand(old.about) or ""
    hypotheses = _hypotheses(store, about, given, old)
    if len(hypotheses) < 2:
        found = "one hypothesis" if hypotheses else "no hypothesis"
        raise NoError(
            f"claims put {found} forward for {compress(about) or 'this'}; rivals take two",
            hint="name others with --hypothesis (nodes or claims)",
        )
    groups, bears, left_out = _evidence(store, about, hypotheses, reach)
    rows = _rows(store, groups, bears, old)
    if not rows:
        raise NoError("no claim within reach bears on these hypotheses", hint="try --reach wide")
    if len(rows) > MAX_EVIDENCE or len(hypotheses) > MAX_HYPOTHESES:
        raise RefusedError(
            f"{len(hypotheses)} hypotheses against {len(rows)} rows of evidence are more than "
            f"{MAX_HYPOTHESES} against {MAX_EVIDENCE}",
            hint="choose with --hypothesis, and --reach near",
        )
    if old is None:
        made = Matrix(hypotheses, rows, compress(about) if about else "", given=bool(given))
    else:
        made = replace(old, hypotheses=hypotheses, evidence=rows, lines={})
        made = replace(made, about=compress(about) if about else "")
    return Gathered(replace(made, reach=reach), left_out)


def _standing(claim: Claim) -> bool:
    return not claim.retracted_on and claim.rank is not Rank.DEPRECATED


def _hypotheses(
    store: Store, about: str, given: Sequence[str], old: Matrix | None
) -> tuple[Hypothesis, ...]:
    ascribed = _ascribed(store, about)
    found = [_renewed(store, about, h, ascribed) for h in (old.hypotheses if old else ())]
    wanted = list(given)
    if about and not given and not (old and old.given):
        wanted = sorted(ascribed, key=lambda node: natural(min(ascribed[node], key=natural)))
    highest = max((int(h.id[1:]) for h in found if h.id[1:].isdecimal()), default=0)
    for iri in wanted:
        curie = compress(iri)
        if old and any(curie == h.node or curie in h.claims for h in found):
            continue
        highest += 1
        new = Hypothesis(f"H{highest}", "", node=curie)
        if iri in store.claims:
            new = replace(new, node="", claims=(curie,))
        new = replace(new, claims=_now_claims(store, about, new, ascribed))
        for h in found:
            if same := set(new.claims).intersection(h.claims):
                raise UsageError(
                    f"{h.node or h.claims[0]} and {curie} are one hypothesis ({min(same)})",
                    hint="name each hypothesis once",
                )
        found.append(replace(new, says=_named(store, new)))
    return tuple(found)


def _renewed(
    store: Store, about: str, hypothesis: Hypothesis, ascribed: Mapping[str, set[str]]
) -> Hypothesis:
    """Return a hypothesis of a file as the graph now has it; what has vanished is in ``gone``."""
    had = (*hypothesis.gone, *filter(None, (hypothesis.node,)), *hypothesis.claims)
    own = tuple(c for c in had if (expand(c) or c) in store.claims)
    nodes = [c for c in had if c not in own and is_there(store, c)]
    new = replace(hypothesis, node=nodes[-1] if nodes else "", claims=own)
    claims = _now_claims(store, about, new, ascribed)
    gone = tuple(c for c in dict.fromkeys(had) if c not in (new.node, *claims))
    new = replace(new, claims=claims, gone=gone)
    return replace(new, says=_named(store, new))


def _named(store: Store, hypothesis: Hypothesis) -> str:
    if hypothesis.node and (iri := expand(hypothesis.node)):
        return store.label(iri)
    claims = claims_of(store, hypothesis.claims)
    return hypothesis.says or (claims[0].statement if claims else "")


def is_there(store: Store, curie: str) -> bool:
    """Return whether the graph says anything of a node."""
    iri = expand(curie)
    try:
        return iri is not None and store.exists(iri)
    except ValueError:  # written like an IRI, but not one
        return False


def _now_claims(
    store: Store, about: str, hypothesis: Hypothesis, ascribed: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """Return the claims that put a hypothesis forward or deny it, as the graph stands."""
    own = [claim for claim in claims_of(store, hypothesis.claims) if _standing(claim)]
    found = {claim.iri for claim in own}
    if hypothesis.node:
        found |= _put_forward(store, about, expand(hypothesis.node) or "", ascribed)
    else:
        for claim in own:
            found |= {c.iri for c in store.claims_for(*claim.triple) if _standing(c)}
    return tuple(sorted(map(compress, found), key=natural))


def _ascribed(store: Store, about: str) -> dict[str, set[str]]:
    """Return the motives and aims ascribed for an act or actor, with the claims that do."""
    found: dict[str, set[str]] = defaultdict(set)
    for claim in _ascriptions(store, about) if about else ():
        if isinstance(claim.object, str):
            found[claim.object].add(claim.iri)
    return found


def _ascriptions(store: Store, about: str) -> list[Claim]:
    """Return the claims that ascribe a motive or an aim for an act, or to an actor."""
    moved = {
        quad.subject.value
        for quad in store.quads(predicate=NamedNode(KG + "motivatedActor"))
        if isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
        and quad.object.value == about
    }
    acts = {
        c.subject for c in store.claims.values() if (c.predicate, c.object) == (KG + "initiator", about)
    }  # fmt: skip
    return [
        claim
        for claim in store.claims.values()
        if isinstance(claim.object, str)
        and _standing(claim)
        and (
            (
                claim.predicate in _REASONS
                and (claim.subject in (about, *acts) or claim.object in moved)
            )
            or (claim.predicate == _AIM and claim.subject == about)
        )
    ]


def _put_forward(store: Store, about: str, node: str, ascribed: Mapping[str, set[str]]) -> set[str]:
    """Return the claims that offer a node as motive or aim, or join it to what is to be explained."""
    found = set(ascribed.get(node, ()))
    standing = [
        claim for iri in store.claims_about.get(node, ()) if _standing(claim := store.claims[iri])
    ]
    found |= {c.iri for c in standing if c.predicate == KG + "motivatedBy"}
    # What nobody offers as a reason is put forward by what joins the two at all.
    return found or {c.iri for c in standing if about and about in (c.subject, c.object)}


def _evidence(
    store: Store, about: str, hypotheses: Sequence[Hypothesis], reach: str
) -> tuple[list[tuple[str, ...]], dict[str, str], Counter[str]]:
    """Return the propositions within reach, each as its claims; why each claim bears; what is left out."""
    bears: dict[str, str] = {}

    def reached(claims: Iterable[str], reason: str) -> None:
        for iri in claims:
            bears.setdefault(iri, reason)

    apart = {expand(c) or "" for h in hypotheses for c in h.claims}
    acts = {store.claims[iri].subject for iri in apart if iri in store.claims} - {about}
    reached(apart & store.claims.keys(), "")
    if about:
        reached(store.claims_about.get(about, ()), f"about {store.label(about)}")
    for hypothesis in hypotheses:
        node = expand(hypothesis.node) or "" if hypothesis.node else ""
        reached(store.claims_about.get(node, ()), f"about {hypothesis.id}")
    for act in sorted(acts, key=natural):
        reached(store.claims_about.get(act, ()), f"about {store.label(act)}")
    actors = {
        claim.object
        for node in sorted({about, *acts} - {""}, key=natural)
        for iri in store.claims_about.get(node, ())
        if (claim := store.claims[iri]).predicate in _PARTIES and claim.subject == node
    }
    for actor in sorted((a for a in actors if isinstance(a, str)), key=natural):
        of_actor = store.claims_about.get(actor, ())
        among = [i for i in of_actor if {store.claims[i].subject, store.claims[i].object} <= actors]
        reached(among, "between its actors")
        if reach == "wide":
            reached(of_actor, f"about {store.label(actor)}")
    # One step along the links between claims; a denial counts as linked.
    links = _links(store)
    for iri in sorted(bears, key=natural):
        for other, kind in links.get(iri, ()):
            reached([other], f"{kind} {compress(iri).removeprefix('claim:')}")

    left_out: Counter[str] = Counter()
    kept: list[str] = []
    for iri in bears:
        reason = _no_evidence(store, store.claims[iri])
        if reason:
            left_out[reason] += 1
        else:
            kept.append(iri)
    groups = []
    for group in _propositions(store, kept):
        if apart.intersection(group):
            left_out["put a hypothesis forward or deny it: no evidence for themselves"] += len(
                group
            )
        else:
            groups.append(group)
    return groups, bears, left_out


def _no_evidence(store: Store, claim: Claim) -> str:
    if not _standing(claim):
        return "withdrawn or deprecated"
    if claim.kind is Kind.RECOMMENDATION:
        return "say what ought to be done"
    if claim.is_identity or claim.predicate == KG + "identifiedWith":
        return "identifiers"
    if claim.subject in store.sources:
        return "about documents"
    return ""


def _links(store: Store) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for claim in store.claims.values():
        for others, kind in (
            (claim.corroborates, "corroborated by or corroborates"),
            (claim.restates, "says the same as"),
            (claim.in_tension_with, "in tension with"),
        ):
            for other in others:
                if other in store.claims:
                    found[claim.iri].append((other, kind))
                    found[other].append((claim.iri, kind))
    for iri, others in store.disputes.items():
        found[iri] += [(other, "in dispute with") for other in others]
    return found


def _propositions(store: Store, claims: Iterable[str]) -> list[tuple[str, ...]]:
    """Return claims grouped by what they say, groups and members in natural order.

    Together are those with one proposition, one polarity and one time, and those that a
    claim restates or corroborates.
    """
    wanted = sorted(claims, key=natural)
    leader = {iri: iri for iri in wanted}

    def head(iri: str) -> str:
        while leader[iri] != iri:
            iri = leader[iri]
        return iri

    first: dict[object, str] = {}
    for iri in wanted:
        claim = store.claims[iri]
        when = (claim.valid_from, claim.valid_to)
        same = (model.edge_of(claim, store.vocabulary), claim.polarity, when)
        for other in (first.setdefault(same, iri), *claim.restates, *claim.corroborates):
            if other in leader:
                one, two = sorted((head(iri), head(other)), key=natural)
                leader[two] = one
    groups: dict[str, list[str]] = defaultdict(list)
    for iri in wanted:
        groups[head(iri)].append(iri)
    return [tuple(group) for _, group in sorted(groups.items(), key=lambda item: natural(item[0]))]


def _rows(
    store: Store, groups: Sequence[tuple[str, ...]], bears: Mapping[str, str], old: Matrix | None
) -> tuple[Evidence, ...]:
    rows: list[Evidence] = []
    place: dict[str, int] = {}
    for row in old.evidence if old else ():
        known = {c: store.claims.get(expand(c) or "") for c in (*row.claims, *row.gone)}
        stays = sorted((c for c, now in known.items() if now and _standing(now)), key=natural)
        place |= dict.fromkeys(stays, len(rows))
        gone = sorted((c for c in known if c not in stays), key=natural)
        rows.append(replace(row, claims=tuple(stays), gone=tuple(gone)))
    for group in groups:
        members = [compress(iri) for iri in group]
        if new := [c for c in members if c not in place]:
            why = next(bears[iri] for iri in group)
            at = next((place[c] for c in members if c in place), None)
            if at is None:
                rows.append(Evidence(tuple(members), why))
            else:  # the analyst's row takes in what says the same
                claims = sorted((*rows[at].claims, *new), key=natural)
                rows[at] = replace(rows[at], claims=tuple(claims))
    return tuple(rows)


# ---------------------------------------------------------------- what the judgements come to


@dataclass(frozen=True, slots=True)
class Score:
    """What speaks against one hypothesis.

    ``against`` and ``rank`` are None where no row is judged for every hypothesis.
    ``least`` and ``most`` bound the score over all rows, whatever the empty cells
    turn out to be. ``claims`` are those that speak against it, then those that put it
    forward.
    """

    hypothesis: Hypothesis
    against: Fraction | None
    plain: int | None
    rank: int | None
    tied: bool
    least: Fraction
    most: Fraction
    marks: Mapping[str, int]
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the ranking without one item or one source; None is no ranking at all."""

    kind: str
    name: str
    after: tuple[int, ...] | None
    claims: tuple[str, ...]


class Analysis:
    """A matrix on a store: scores, what each row tells apart, what the ranking hangs on.

    Raises RefusedError for a claim or node that the graph does not hold, fewer than two
    hypotheses, or no evidence. Whatever can be worked out is worked out exactly, so that
    neither the order of rows nor that of columns matters to the last digit.
    """

    def __init__(self, store: Store, matrix: Matrix) -> None:
        self.store, self.matrix = store, matrix
        self._weights: dict[tuple[tuple[str, ...], int | None, str], Fraction] = {}
        self.ids = tuple(h.id for h in matrix.hypotheses)
        _check(store, matrix)
        about = expand(matrix.about) or "" if matrix.about else ""
        forward: dict[str, set[str]] = defaultdict(set)
        ascribed = _ascribed(store, about)
        for h in matrix.hypotheses:
            for claim in (*h.claims, *_now_claims(store, about, h, ascribed)):
                forward[claim].add(h.id)
        #: Of each row that is set apart: why.
        self.apart: dict[str, str] = {}
        for row in matrix.evidence:
            if not row.claims:
                self.apart[row.id] = "its claims are no longer in the graph, or withdrawn"
            elif found := sorted({h for c in row.claims for h in forward.get(c, ())}, key=natural):
                own = ", ".join(found)
                self.apart[row.id] = f"puts {own} forward or denies it: no evidence for itself"
        self.rows = tuple(row for row in matrix.evidence if row.id not in self.apart)
        self.forward = forward

    def claims(self, row: Evidence) -> list[Claim]:
        """Return the claims of a row that are in the graph."""
        return claims_of(self.store, row.claims)

    def credibility(self, row: Evidence) -> int | None:
        """Return the grade a row goes by: the analyst's, else the best of its claims', 6 only alone."""
        if row.credibility is not None:
            return row.credibility
        return min((c.credibility for c in self.claims(row) if c.credibility), default=None)

    def weight(self, row: Evidence) -> Fraction:
        """Return how much a row weighs: the analyst's weight, else credibility times relevance."""
        if row.weight is not None:
            return row.weight
        key = (row.claims, row.credibility, row.relevance)
        if key not in self._weights:
            grade = self.credibility(row) or 6
            self._weights[key] = _CREDIBLE.get(grade, _MIDDLE) * _RELEVANT[row.relevance]
        return self._weights[key]

    def complete(self, row: Evidence) -> bool:
        """Return whether a row is judged for every hypothesis."""
        return all(h in row.marks for h in self.ids)

    def diagnosticity(self, row: Evidence) -> int | None:
        """Return how far apart a row puts the hypotheses: 0 (not at all) to 4.

        The distance between its most and its least consistent mark. Cells that are
        empty or NA do not count; with fewer than two others it is not defined.
        """
        found = [_SCALE[j.mark] for h in self.ids if (j := row.marks.get(h)) and j.mark in _SCALE]
        return max(found) - min(found) if len(found) > 1 else None

    def ranks(self, *, plain: bool = False) -> tuple[int, ...] | None:
        """Return the rank of each hypothesis in the order of the file; ties share the better one.

        None where no row is judged for every hypothesis. ``plain`` leaves weights out.
        """
        judged = [row for row in self.rows if self.complete(row)]
        if not judged:
            return None
        return _ranked([self._against(judged, h, plain=plain) for h in self.ids])

    @cached_property
    def _first(self) -> tuple[int, ...] | None:
        return self.ranks()

    def _against(self, rows: Iterable[Evidence], h: str, *, plain: bool = False) -> Fraction:
        return sum(
            (
                _AGAINST.get(row.marks[h].mark, 0) * (_MIDDLE if plain else self.weight(row))
                for row in rows
                if h in row.marks
            ),
            Fraction(),
        )

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """The hypotheses, least inconsistent first; ties in the order of their ids."""
        judged = [row for row in self.rows if self.complete(row)]
        ranks = self.ranks()
        found = []
        for at, h in enumerate(self.matrix.hypotheses):
            least = self._against(self.rows, h.id)
            empty = [row for row in self.rows if h.id not in row.marks]
            marks: Counter[str] = Counter(
                str(row.marks[h.id].mark) for row in self.rows if h.id in row.marks
            )
            against = [
                c
                for row in self.rows
                if (j := row.marks.get(h.id)) and j.mark in _AGAINST
                for c in row.claims
            ]
            found.append(
                Score(
                    h,
                    self._against(judged, h.id) if ranks else None,
                    int(self._against(judged, h.id, plain=True)) if ranks else None,
                    ranks[at] if ranks else None,
                    bool(ranks and ranks.count(ranks[at]) > 1),
                    least,
                    least + sum((2 * self.weight(row) for row in empty), Fraction()),
                    {**{str(m): marks[m] for m in reversed(Mark)}, "empty": len(empty)},
                    tuple(dict.fromkeys((*sorted(against, key=natural), *self.putting(h.id)))),
                )
            )
        return tuple(sorted(found, key=lambda s: (s.rank or 0, natural(s.hypothesis.id))))

    @property
    def settled(self) -> bool:
        """Whether one hypothesis is first whatever the empty cells turn out to be."""
        first, *others = sorted(self.scores, key=lambda s: (s.most, s.least))
        return first.rank == 1 and all(first.most < other.least for other in others)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The documents that judged rows rest on, and those who stand for several of them."""
        documents: set[str] = set()
        for row in self.rows:
            if self.complete(row):
                for claim in self.claims(row):
                    documents |= set(claim.cited_sources) & self.store.sources.keys()
                    documents |= {
                        p.source
                        for iri in claim.evidence
                        if (p := self.store.passages.get(iri)) and p.source in self.store.sources
                    }
        behind: Counter[str] = Counter()
        for iri in documents:
            source = self.store.sources[iri]
            behind.update({source.publisher, *source.creators, *source.origins} - {""} - documents)
        several = {actor for actor, n in behind.items() if n > 1}
        return tuple(sorted(documents | several, key=natural))

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What changes the ranking when it is left out: single rows, then single sources."""
        before = self.ranks()
        if before is None:
            return ()
        judged = [row for row in self.rows if self.complete(row)]
        # Sums are exact, so that taking a row out of them leaves the sums of the others.
        adds = {row.id: self._adds(row) for row in judged}
        sums = [sum(column, Fraction()) for column in zip(*adds.values(), strict=True)]
        found: list[Change] = []
        for row in judged:
            less = [a - b for a, b in zip(sums, adds[row.id], strict=True)]
            after = _ranked(less) if len(judged) > 1 else None
            if after != before:
                found.append(Change("evidence", row.id, after, row.claims))
        claims = {compress(c.iri): c for row in judged for c in self.claims(row)}
        for source in self.sources:
            left = set(map(compress, selection.without(self.store, source, claims.values())))
            if len(left) == len(claims):
                continue
            less, rows = list(sums), len(judged)
            for row in judged:
                if left.issuperset(row.claims):
                    continue
                kept = replace(row, claims=tuple(c for c in row.claims if c in left))
                rows -= not kept.claims
                now = self._adds(kept) if kept.claims else [Fraction()] * len(sums)
                less = [a - b + c for a, b, c in zip(less, adds[row.id], now, strict=True)]
            after = _ranked(less) if rows else None
            if after != before:
                fallen = sorted(claims.keys() - left, key=natural)
                found.append(Change("source", compress(source), after, tuple(fallen)))
        return tuple(found)

    def _adds(self, row: Evidence) -> list[Fraction]:
        """Return what a row judged for every hypothesis adds to each score."""
        weight = self.weight(row)
        return [weight * _AGAINST.get(row.marks[h].mark, 0) for h in self.ids]

    def order(self, ranks: Sequence[int] | None) -> str:
        """Return a ranking in one line: ``H2 < H1 = H3``, least inconsistent first."""
        if ranks is None:
            return "nothing left to rank"
        by_rank: dict[int, list[str]] = defaultdict(list)
        for h, rank in zip(self.ids, ranks, strict=True):
            by_rank[rank].append(h)
        return " < ".join(
            " = ".join(sorted(by_rank[rank], key=natural)) for rank in sorted(by_rank)
        )

    # ------------------------------------------------------------ in words

    def put(self, row: Evidence) -> str:
        """Return how the claims of a row are put and who holds them: hedges and relayed views said."""
        return "; ".join(dict.fromkeys(put(self.store, claim) for claim in self.claims(row)))

    def statement(self, row: Evidence) -> str:
        """Return what a row says, in the words of its first claim."""
        return next((said(c) for c in self.claims(row)), "(no longer in the graph)")

    def firm(self, row: Evidence) -> bool:
        """Return whether some claim of a row is a plain fact, by the rule for edges."""
        return any(model.qualifies(c, self.store.vocabulary) for c in self.claims(row))

    def remark(self, row: Evidence) -> str:
        """Return what a reader of a row has to know: set apart, not all judged, tells nothing apart."""
        if row.id in self.apart:
            return f"set apart: {self.apart[row.id]}"
        parts = []
        missing = [h for h in self.ids if h not in row.marks]
        if len(missing) == len(self.ids):
            parts.append("not judged")
        elif missing:
            parts.append(f"not judged for {', '.join(missing)}: not counted")
        if self.diagnosticity(row) == 0:
            parts.append("the same for all: tells nothing apart")
        if row.gone:
            parts.append(f"{len(row.gone)} of its claims no longer in the graph")
        return "; ".join(parts)

    def putting(self, hypothesis: str) -> list[str]:
        """Return the claims that put a hypothesis forward or deny it."""
        return sorted((c for c, ids in self.forward.items() if hypothesis in ids), key=natural)

    def forwarded(self, hypothesis: Hypothesis) -> str:
        """Return who puts a hypothesis forward, and how firmly."""
        found = [
            f"{compress(claim.iri).removeprefix('claim:')}: {put(self.store, claim)}"
            for claim in claims_of(self.store, self.putting(hypothesis.id))
        ]
        return "; ".join(found) or "the analyst"

    # ------------------------------------------------------------ answers

    def ranking(self) -> Answer:
        """Return the hypotheses by what speaks against them, least first."""
        heads = [
            Column("rank", "number", "1 is least inconsistent; ties share a rank"),
            Column("id"),
            Column("hypothesis", "node"),
            Column("against", "number", "weighted inconsistency"),
            *(Column(m, "number") for m in ("II", "I", "N", "C", "CC", "NA", "empty")),
            Column("least", "number", "were every empty cell consistent"),
            Column("most", "number", "were every empty cell II"),
            Column("put_forward"),
        ]
        rows = []
        for s in self.scores:
            h = s.hypothesis
            values: list[Cell] = [s.rank, h.id, h.node or h.says, _float(s.against)]
            values += [s.marks[m] for m in ("II", "I", "N", "C", "CC", "NA", "empty")]
            values += [float(s.least), float(s.most), self.forwarded(h)]
            rows.append(Row(tuple(values), s.claims))
        return self._answer("ach", heads, rows, self._figures(), self._notes())

    def table(self) -> Answer:
        """Return the matrix itself: one row of evidence a row, in the order of the file."""
        heads = [
            Column("says"),
            Column("put", about="how firmly, and by whom"),
            Column("credibility", "number"),
            Column("weight", "number"),
            *(Column(h) for h in self.ids),
            Column("diagnosticity", "number", "0 tells nothing apart, 4 most"),
            Column("remark"),
        ]
        rows = []
        for row in self.matrix.evidence:
            marks = [str(row.marks[h].mark) if h in row.marks else None for h in self.ids]
            values: list[Cell] = [self.statement(row), self.put(row), self.credibility(row)]
            values += [float(self.weight(row)), *marks, self.diagnosticity(row), self.remark(row)]
            rows.append(Row(tuple(values), row.claims or row.gone))
        legend = "; ".join(f"{h.id}: {h.says}" for h in self.matrix.hypotheses)
        return self._answer("ach matrix", heads, rows, {}, (legend, _LETTERS))

    def sensitivity(self) -> Answer:
        """Return the single items and single sources without which the ranking would be another."""
        heads = [
            Column("left_out", about="evidence or source"),
            Column("what", "node"),
            Column("changes", about="the first place, or only the order below it"),
            Column("ranking", about="least inconsistent first"),
        ]
        before = self.ranks()
        rows = [
            Row(
                (c.kind, c.claims[0] if c.kind == "evidence" else c.name,
                 self._changed(c.after), self.order(c.after)),
                c.claims,
            )
            for c in self.changes
        ]  # fmt: skip
        judged = sum(map(self.complete, self.rows))
        figures: dict[str, Cell] = {
            "ranking with everything": self.order(before) if before else None,
            "items tried": judged,
            "sources tried": len(self.sources) if before else 0,
            "changes": len(rows),
        }
        notes = [
            "Each row judged for every hypothesis is left out once, and so is each document a "
            "judged row is read from or cites, and each publisher, author or origin of several. "
            "A row goes with a source when none of its claims is left without it; else it stays, "
            "graded by the claims that are left."
        ]
        if before is None:
            notes.insert(0, _NOTHING)
        elif not rows:
            notes.insert(0, "No single item and no single source changes the ranking.")
        return self._answer("ach sensitivity", heads, rows, figures, notes)

    def _changed(self, after: Sequence[int] | None) -> str:
        before = self._first
        if after is None or before is None:
            return "everything"
        first = [rank == 1 for rank in before] != [rank == 1 for rank in after]
        return "first place" if first else "order below the first"

    def _answer(
        self,
        name: str,
        heads: Sequence[Column],
        rows: Iterable[Row],
        figures: Mapping[str, Cell],
        notes: Iterable[str],
    ) -> Answer:
        labels = {h.node: h.says for h in self.matrix.hypotheses if h.node}
        for source in self.sources:
            labels[compress(source)] = self.store.label(source)
        where = self.matrix.path.name if self.matrix.path else "a matrix"
        about = f" about {self.matrix.about}" if self.matrix.about else ""
        basis = f"{where}{about}: {len(self.ids)} hypotheses, {len(self.matrix.evidence)} rows of evidence"
        return Answer(name, tuple(heads), tuple(rows), figures, tuple(notes), labels, basis)

    def _figures(self) -> dict[str, Cell]:
        judged = [row for row in self.rows if self.complete(row)]
        empty = sum(s.marks["empty"] for s in self.scores)
        flat = sum(self.diagnosticity(row) == 0 for row in self.rows)
        found: dict[str, Cell] = {
            "ranking": self.order(ranks) if (ranks := self.ranks()) else None,
            "rows counted": f"{len(judged)} of {len(self.matrix.evidence)}",
            "empty cells": f"{empty} of {len(self.rows) * len(self.ids)}",
            "rows that tell nothing apart": flat,
        }
        if ranks:
            found["changes of the ranking without one item"] = sum(
                c.kind == "evidence" for c in self.changes
            )
            found["changes of the ranking without one source"] = sum(
                c.kind == "source" for c in self.changes
            )
        return found

    def _notes(self) -> Iterator[str]:
        ranks = self.ranks()
        if ranks is None:
            yield _NOTHING
        yield (
            "Score (against): the sum, over the rows judged for every hypothesis, of weight times "
            "inconsistency (II 2, I 1, all else 0). The least inconsistent comes first; "
            "consistent marks (C, CC) are counted and never add to a rank (Heuer 1999, ch. 8). "
            "The claims of a row are those that speak against it, then those that put it forward."
        )
        yield (
            "Weight: credibility (grade 1-2: 1.5, 3: 1, 4-5: 0.5, 6 or none: 1, because nobody can "
            "tell) times relevance (high 1.5, medium or none given 1, low 0.5), unless the file "
            "gives a weight. These numbers are conventions of this program."
        )
        if ranks and ranks.count(1) > 1:
            yield f"{ranks.count(1)} hypotheses tie for the first place: the marks do not decide between them."
        if ranks and (plain := self.ranks(plain=True)) != ranks:
            yield f"Without weights the ranking is another: {self.order(plain)}."
        partly = [r for r in self.rows if not self.complete(r)]
        if partly:
            some = sum(bool(self._marked(r)) for r in partly)
            yield (
                f"Rows with an empty cell: {len(partly)} (judged in part: {some}). They do not "
                "count in the ranking: an empty cell is not neutral. least and most say how far "
                "the scores can go when they are filled in."
            )
            if ranks:
                yield (
                    "The first place stands whatever is put there."
                    if self.settled
                    else "What is put there can still change the first place."
                )
        if self.apart:
            apart = "; ".join(f"{row} ({why})" for row, why in self.apart.items())
            yield f"Set apart, not scored: {apart}."
        ungraded = sum(
            self.complete(r) and r.weight is None and self.credibility(r) in (None, 6)
            for r in self.rows
        )
        if ungraded:
            yield f"{ungraded} of the rows counted rest on claims whose credibility nobody has judged."
        soft = sum(not self.firm(row) for row in self.rows)
        if soft:
            yield (
                f"{soft} of {len(self.rows)} rows are no plain facts but hedged, ascribed, denied "
                "or somebody's judgement; --matrix says how each is put."
            )
        holders = {c for h in self.matrix.hypotheses for c in self._holders(h.claims)}
        same = sum(bool(own := self._holders(r.claims)) and own <= holders for r in self.rows)
        if same:
            names = ", ".join(sorted(map(self.store.label, holders), key=natural))
            yield (
                f"{same} of {len(self.rows)} rows are held only by those who also put hypotheses "
                f"forward ({names}): evidence chosen by an advocate."
            )
        yield from self._judges()
        yield (
            "Ranks compare rivals. Motives can act together, and the true reason may be missing "
            "from the matrix: least inconsistent is not the same as true."
        )

    def _marked(self, row: Evidence) -> list[Judgement]:
        return [row.marks[h] for h in self.ids if h in row.marks]

    def _holders(self, claims: Iterable[str]) -> set[str]:
        return {
            holder
            for claim in claims_of(self.store, claims)
            for holder in claim.original_holders or claim.holders
        }

    def _judges(self) -> Iterator[str]:
        judges: Counter[str] = Counter()
        for row in self.rows:
            for one in self._marked(row):
                who = one.by or self.matrix.analyst or "nobody named"
                judges[f"{who}, {one.date or self.matrix.date or 'no date'}"] += 1
        if judges:
            told = "; ".join(
                f"{who}: {n}" for who, n in sorted(judges.items(), key=lambda i: natural(i[0]))
            )
            yield f"Marks by {told}."


_LETTERS = (
    "CC very consistent, C consistent, N neutral, I inconsistent, II very inconsistent, "
    "NA does not apply, no letter: not judged"
)
_NOTHING = "Nothing is ranked: no row is judged for every hypothesis."


def _ranked(sums: Sequence[Fraction]) -> tuple[int, ...]:
    ordered = sorted(sums)
    return tuple(1 + ordered.index(one) for one in sums)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def claims_of(store: Store, curies: Iterable[str]) -> list[Claim]:
    """Return the claims of some CURIEs that are in the graph."""
    found = (store.claims.get(expand(curie) or curie) for curie in curies)
    return [claim for claim in found if claim is not None]


def said(claim: Claim) -> str:
    """Return what a claim says; a denial carries its word in the statement already."""
    return claim.statement or f"{compress(claim.subject)} {compress(claim.predicate)}"


def put(store: Store, claim: Claim) -> str:
    """Return how a claim is put, and who holds it; whose view it is when it is relayed."""
    holders = ", ".join(map(store.label, claim.holders)) or "nobody named"
    if claim.original_holders:
        views = ", ".join(map(store.label, claim.original_holders))
        holders = f"view of {views}, relayed by {holders}"
    return f"{firmly(claim)}, {holders}"


def places(store: Store, claim: Claim) -> list[str]:
    """Return where a claim is written: the source's id and the place in it."""
    found = (store.passages.get(iri) for iri in claim.evidence)
    return [f"{compress(p.source)}, {p.locator}" for p in found if p]


def _check(store: Store, matrix: Matrix) -> None:
    """Raise RefusedError for a matrix that nothing can be worked out on; lines are the reader's."""
    if len(matrix.hypotheses) < 2:
        raise RefusedError(
            f"{len(matrix.hypotheses) or 'no'} hypothesis: rivals take two",
            path=matrix.path,
            hint="add another to hypotheses",
        )
    if not matrix.evidence:
        raise RefusedError(
            "no evidence to judge", path=matrix.path, hint="kg analyze ach FILE --update adds it"
        )
    for node in (matrix.about, *(h.node for h in matrix.hypotheses)):
        if node and not is_there(store, node):
            raise _unknown(matrix, node)
    for claims in (*(h.claims for h in matrix.hypotheses), *(e.claims for e in matrix.evidence)):
        for claim in claims:
            if (expand(claim) or claim) not in store.claims:
                raise _unknown(matrix, claim)


_VANISHED = "correct it; if it has vanished since, --update flags it and keeps the marks"


def _unknown(matrix: Matrix, curie: str, *, hint: str = _VANISHED) -> RefusedError:
    return RefusedError(
        f"{curie} is not in the graph",
        path=matrix.path,
        line=matrix.lines.get(curie),
        hint=hint,
    )
