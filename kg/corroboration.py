"""With whom a statement began: independent origins, relays, and who has a stake in it.

Articles are not counted, origins are: a second footnote to the same page, or a copy of
an agency's report, is no second witness. Worked out each time from the claims, the
citations and the documents; nothing of it is stored.

The rule, for one claim:

1. A view that a document relays began with the holder it names (``kg:originalHolder``).
   An unnamed one ("analysts", marked ``kg:vagueBoundary``) is a lineage nobody can follow.
2. Else a judgement (anything but a fact) of somebody who neither wrote nor published what
   it is read from, and does not belong to those who did, began with that holder: what an
   editor infers from two texts has not been said by either.
3. Else, where a footnote reaches the sentence or the paragraph, a fact goes back to the
   documents cited: the text relays them. Nobody may have read them for this claim; ``ways``
   tells which were only cited. A judgement is not relayed by a footnote that supports it.
4. Else it goes back to the document it is read from.

A document began with the origins it names (``kg:originatesFrom``), else with its
publisher, else with its authors; authors who publish themselves are one origin however
much they publish. A document that names none of them, and documents that name only each
other, have an unknown lineage. That adds nothing to origins that are known; alone it is
one, since somebody said it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from pyoxigraph import NamedNode

from kg import claims as model
from kg.claims import Claim, Edge, Kind, Modality, Polarity, Rank
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG

#: How a footnote may reach a sentence; an uncertain reach carries nothing.
_REACHING = ("sentenceScope", "paragraphScope")
#: Said to be so, by the holder or on the word of another; the rest is said to be likely or possible.
_FLAT = (Modality.ASSERTED, Modality.REPORTED)
#: Relations by which one actor speaks for another, or is part of it.
_BELONGING = ("affiliatedWith", "armedForcesOf", "leads", "memberOf", "partOf")
_PARTIES = ("hasParty", "initiator", "recipient", "participant", "targets", "adoptedBy")
#: What ties a node to an actor by its description, without a claim.
_DESCRIBED = ("party", "obliges", "owedTo", "beneficiary", "motivatedActor", "violator")
#: What leads from an act or a standing to the instrument, whose parties it concerns.
_INSTRUMENTS = ("instrument", "partyTo")

#: A proposition, whether it is denied, and whether it is said that it should be.
Says = tuple[Edge, Polarity, bool]


def reaching(claim: Claim) -> tuple[str, ...]:
    """Return the documents that a footnote names whose reach over the claim is certain."""
    return claim.cited_sources if claim.citation_scope in _REACHING else ()


def relayed(claim: Claim) -> tuple[str, ...]:
    """Return the documents that a claim is taken from by its footnotes: those of a fact.

    Whoever calls a treaty a landmark, with a note to a report of its ratification, judges
    in their own voice.
    """
    return reaching(claim) if claim.kind is Kind.FACT else ()


class Lineage(NamedTuple):
    """Where claims began.

    ``origins`` are the actors (or authors' own documents) the information began with,
    ``documents`` what was read or cited on the way. ``unknown`` says that a part of it
    cannot be followed to anybody (``lost``, the documents where the trail ends, if there
    are any); ``origins`` then holds one such document alone if nothing else is known.
    """

    origins: frozenset[str]
    documents: frozenset[str]
    unknown: bool = False
    lost: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """The origins that are somebody."""
        return self.origins - self.lost


class _Followed(NamedTuple):
    """Of one claim: origins that are known, documents whose origin is not, documents on the way."""

    known: frozenset[str]
    lost: frozenset[str]
    documents: frozenset[str]
    unknown: bool


class Support(NamedTuple):
    """Who is behind a proposition: its claims, those that corroborate them, and their lineage."""

    claims: tuple[str, ...]
    lineage: Lineage
    interested: tuple[str, ...]

    @property
    def origins(self) -> int:
        """How many independent origins there are."""
        return len(self.lineage.origins)


class Corroboration:
    """The origins behind the claims of a store, or behind some of them.

    ``claims`` are those that take part (all when None is given); what has been left
    out corroborates nothing.
    """

    def __init__(self, store: Store, claims: Mapping[str, Claim] | None = None) -> None:
        self.store = store
        self._given = claims
        self._documents: dict[str, frozenset[str]] = {}
        self._lineages: dict[tuple[tuple[str, ...], ...], _Followed] = {}
        self._stakes: dict[str, frozenset[str]] = {}

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """The claims that take part."""
        return self.store.claims if self._given is None else self._given

    def began(self, document: str) -> frozenset[str]:
        """Return with whom a document's information began; empty where nobody is named."""
        found = self._documents.get(document)
        if found is None:
            found = self._documents[document] = frozenset(self._origins(document)) - self._vague
        return found

    def _origins(self, document: str) -> Iterator[str]:
        sources = self.store.sources
        seen, waiting = {document}, [document]
        while waiting:  # a document that goes back to itself ends here
            at = waiting.pop()
            source = sources.get(at)
            if source is None:
                continue
            if source.origins:
                yield from (origin for origin in source.origins if origin not in sources)
                further = {o for o in source.origins if o in sources} - seen
                seen |= further
                waiting += further
            elif source.publisher:
                yield source.publisher
            elif source.creators:
                yield self._authors[at]

    @cached_property
    def _authors(self) -> Mapping[str, str]:
        """Who stands for the authors of each document without a publisher.

        Documents that share an author are one origin: the author where there is but one,
        else the first of the documents.
        """
        own = {
            source.iri: source.creators
            for source in self.store.sources.values()
            if source.creators and not source.publisher and not source.origins
        }
        by_author: dict[str, list[str]] = defaultdict(list)
        for document, creators in own.items():
            for creator in creators:
                by_author[creator].append(document)
        found: dict[str, str] = {}
        for start in own:
            if start in found:
                continue
            together, people, waiting = {start}, set[str](), [start]
            while waiting:
                for creator in own[waiting.pop()]:
                    if creator not in people:
                        people.add(creator)
                        further = set(by_author[creator]) - together
                        together |= further
                        waiting += further
            stands = min(people if len(people) == 1 else together, key=natural)
            found |= dict.fromkeys(together, stands)
        return found

    def lineage(self, claims: Iterable[Claim]) -> Lineage:
        """Return with whom the information behind some claims began, taken together."""
        known: set[str] = set()
        lost: set[str] = set()
        documents: set[str] = set()
        unknown = False
        for claim in claims:
            followed = self._followed(claim)
            known |= followed.known
            lost |= followed.lost
            documents |= followed.documents
            unknown |= followed.unknown
        return Lineage(
            frozenset(known or sorted(lost, key=natural)[:1]),
            frozenset(documents),
            unknown,
            frozenset(lost - known),
        )

    def ways(self, claim: Claim) -> dict[str, dict[str, bool]]:
        """Return by way of which documents each known origin of a claim is reached.

        For each document whether it is only cited: nobody has read it for this claim.
        """
        read = self._read(claim.evidence)
        known = self._followed(claim).known
        if self._holders(claim):
            through = dict.fromkeys(sorted(read.union(relayed(claim)), key=natural))
            return {one: {d: d not in read for d in through} for one in sorted(known, key=natural)}
        behind = relayed(claim) or read
        return {
            origin: {
                document: document not in read
                for document in sorted(behind, key=natural)
                if origin in self.began(document)
            }
            for origin in sorted(known, key=natural)
        }

    def _read(self, evidence: tuple[str, ...]) -> set[str]:
        passages, sources = self.store.passages, self.store.sources
        read = {passages[iri].source for iri in evidence if iri in passages}
        return {document for document in read if document in sources}

    def _holders(self, claim: Claim) -> tuple[str, ...]:
        """Return those a claim began with by its own word: relayed holders, or an outsider's own view."""
        if claim.original_holders or claim.kind is Kind.FACT:
            return claim.original_holders
        behind: set[str] = set()
        for document in self._read(claim.evidence):
            source = self.store.sources[document]
            behind |= {source.publisher, *source.creators, *source.origins} - {""}
        if not behind or not behind.isdisjoint(claim.holders):
            return ()
        if any(self._speaks_for(holder) & behind for holder in claim.holders):
            return ()
        return claim.holders

    def _followed(self, claim: Claim) -> _Followed:
        # By what it is read in, not by the passage: claims of one text are followed once.
        key = (tuple(sorted(self._read(claim.evidence))), relayed(claim), self._holders(claim))
        found = self._lineages.get(key)
        if found is None:
            found = self._lineages[key] = self._follow(*key)
        return found

    def _follow(
        self, read: tuple[str, ...], cited: tuple[str, ...], holders: tuple[str, ...]
    ) -> _Followed:
        documents = frozenset(read).union(cited)
        if holders:
            unnamed = bool(self._vague.intersection(holders))
            lost = documents if unnamed else frozenset[str]()
            return _Followed(frozenset(holders) - self._vague, lost, documents, unnamed)
        behind = frozenset(cited) or frozenset(read)
        known = frozenset(origin for document in behind for origin in self.began(document))
        lost = frozenset(d for d in behind if not self.began(d))
        return _Followed(known, lost, documents, bool(lost) or not behind)

    def unnamed(self, actor: str) -> bool:
        """Return whether an actor is a group that nobody can name the members of."""
        return actor in self._vague

    @cached_property
    def _vague(self) -> frozenset[str]:
        return frozenset(
            quad.subject.value
            for quad in self.store.quads(predicate=NamedNode(KG + "vagueBoundary"))
            if isinstance(quad.subject, NamedNode)
        )

    def says(self, claim: Claim) -> Says:
        """Return what a claim says: its proposition, denied or not, as it is or as it should be."""
        wish = claim.kind is Kind.RECOMMENDATION or claim.modality is Modality.PRESCRIBED
        return model.edge_of(claim, self.store.vocabulary), claim.polarity, wish

    @cached_property
    def propositions(self) -> Mapping[Says, tuple[Claim, ...]]:
        """Every proposition with the claims that make it; withdrawn and deprecated ones are not counted."""
        found: dict[Says, list[Claim]] = defaultdict(list)
        for claim in self.claims.values():
            if _stands(claim):
                found[self.says(claim)].append(claim)
        return {says: tuple(claims) for says, claims in found.items()}

    @cached_property
    def _linked(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for claim in self.claims.values():
            for other in claim.corroborates:
                if other in self.claims:
                    found[claim.iri].add(other)
                    found[other].add(claim.iri)
        return found

    def support(self, claim: Claim) -> Support:
        """Return who is behind what a claim says.

        The claims that say the same with the same polarity, and those that
        ``kg:corroborates`` joins to one of them; withdrawn and deprecated ones are not
        counted. Nor is one that speaks of another time (``kg.claims.apart``), nor a
        guess where the claim itself says that it is so: that a thing may be is no
        second word for its being.
        """
        found = {
            one.iri: one
            for one in self.propositions.get(self.says(claim), ())
            if _bears_on(one, claim)
        }
        for iri in tuple(found):
            for other in self._linked.get(iri, ()):
                if _stands(self.claims[other]) and _bears_on(self.claims[other], claim):
                    found.setdefault(other, self.claims[other])
        lineage = self.lineage(found.values())
        interested = {actor for one in found.values() for actor in self.interested(one)}
        return Support(
            tuple(sorted(found, key=natural)), lineage, tuple(sorted(interested, key=natural))
        )

    # ------------------------------------------------------------ stakes

    def interested(self, claim: Claim) -> tuple[str, ...]:
        """Return who behind a claim has a stake in it: itself concerned, or speaking for one concerned.

        Those behind it are its holders, the holders it relays, and its origins. Concerned
        are the actors at its two ends, the parties of an agreement and the actors of an
        event there, the parties of the agreement that an act or a party's standing is
        about, and whoever a duty, motive or benefit there belongs to. One speaks for
        another by ``kg:speaksFor`` or by belonging to it. It is a flag for the reader,
        not a verdict; who is not flagged may have a stake all the same.
        """
        behind = {*claim.holders, *claim.original_holders, *self.lineage([claim]).origins}
        concerned = self._concerned(claim)
        return tuple(
            sorted(
                (one for one in behind if ({one} | self._speaks_for(one)) & concerned), key=natural
            )
        )

    def _concerned(self, claim: Claim) -> set[str]:
        found: set[str] = set()
        for end in (claim.subject, claim.object):
            if isinstance(end, str):
                found |= {end, *self._parties.get(end, ())}
                for instrument in self._instruments.get(end, ()):
                    found |= self._parties.get(instrument, set())
        return found

    @cached_property
    def _parties(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        wanted = {KG + name for name in _PARTIES}
        for claim in self.claims.values():
            if (
                claim.predicate in wanted
                and isinstance(claim.object, str)
                and claim.polarity is Polarity.AFFIRMATIVE
                and _stands(claim)
            ):
                found[claim.subject].add(claim.object)
        self._describe(found, _DESCRIBED)
        return found

    @cached_property
    def _instruments(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        self._describe(found, _INSTRUMENTS)
        return found

    def _describe(self, found: dict[str, set[str]], names: tuple[str, ...]) -> None:
        self.store.read_ahead(predicates=[KG + name for name in names])
        for name in names:
            for quad in self.store.quads(predicate=NamedNode(KG + name)):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                    found[quad.subject.value].add(quad.object.value)

    @cached_property
    def _belonging(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        wanted = {KG + name for name in _BELONGING}
        edges = (
            self.store.edges
            if self._given is None or self._given is self.store.claims
            else model.edges(self.claims.values(), self.store.vocabulary)
        )
        for (subject, predicate, value), claims in edges.items():
            if claims and predicate in wanted and isinstance(value, str):
                found[subject].add(value)
        self._describe(found, ("speaksFor",))
        return found

    def _speaks_for(self, actor: str) -> frozenset[str]:
        if actor not in self._stakes:
            reached: set[str] = set()
            frontier = {actor}
            while frontier:
                frontier = {o for one in frontier for o in self._belonging.get(one, ())} - reached
                reached |= frontier
            self._stakes[actor] = frozenset(reached)
        return self._stakes[actor]


def _stands(claim: Claim) -> bool:
    return not claim.retracted_on and claim.rank is not Rank.DEPRECATED


def _bears_on(one: Claim, claim: Claim) -> bool:
    return (one.modality in _FLAT or claim.modality not in _FLAT) and not model.apart(one, claim)
