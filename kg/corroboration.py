"""With whom a statement began: independent origins, relays, and who has a stake in it.

Articles are not counted, origins are: a second footnote to the same page, or a copy of
an agency's report, is no second witness. Worked out each time from the claims, the
citations and the documents; nothing of it is stored.

The rule, for one claim:

1. A view that a document relays began with the holder it names (``kg:originalHolder``).
   An unnamed one ("analysts", marked ``kg:vagueBoundary``) is a lineage nobody can follow.
2. Else, where a footnote reaches the sentence or the paragraph, the claim goes back to
   the documents cited: the text relays them.
3. Else it goes back to the document it is read from.

A document began with the origins it names (``kg:originatesFrom``), else with its
publisher, else with its authors. One that names none of them has an unknown lineage and
adds nothing to origins that are known; alone it is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from pyoxigraph import NamedNode

from kg import claims as model
from kg.claims import Claim, Edge, Polarity, Rank
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG

#: How a footnote may reach a sentence; an uncertain reach carries nothing.
_REACHING = ("sentenceScope", "paragraphScope")
#: Relations by which one actor speaks for another, or is part of it.
_BELONGING = ("affiliatedWith", "armedForcesOf", "leads", "memberOf", "partOf")
_PARTIES = ("hasParty", "initiator", "recipient", "participant", "targets", "adoptedBy")


class Lineage(NamedTuple):
    """Where claims began.

    ``origins`` are the actors (or authors' own documents) the information began with,
    ``documents`` what was read or cited on the way. ``unknown`` says that a part of it
    cannot be followed to anybody; ``origins`` then holds that document alone if nothing
    else is known.
    """

    origins: frozenset[str]
    documents: frozenset[str]
    unknown: bool = False


#: Of one claim: origins that are known, documents whose origin is not, documents on the way.
_Followed = tuple[frozenset[str], frozenset[str], frozenset[str]]


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
        if document not in self._documents:
            self._documents[document] = frozenset()  # a document that goes back to itself
            source = self.store.sources.get(document)
            found: set[str] = set()
            for origin in source.origins if source else ():
                found |= self.began(origin) if origin in self.store.sources else {origin}
            if source and not found:
                # Authors without a publisher stand together behind their one document.
                found = {source.publisher} if source.publisher else set()
                if not found and source.creators:
                    found = {document}
            self._documents[document] = frozenset(found)
        return self._documents[document]

    def lineage(self, claims: Iterable[Claim]) -> Lineage:
        """Return with whom the information behind some claims began, taken together."""
        known: set[str] = set()
        lost: set[str] = set()
        documents: set[str] = set()
        for claim in claims:
            began, nowhere, places = self._followed(claim)
            known |= began
            lost |= nowhere
            documents |= places
        return Lineage(
            frozenset(known or sorted(lost, key=natural)[:1]), frozenset(documents), bool(lost)
        )

    def _followed(self, claim: Claim) -> _Followed:
        passages = self.store.passages
        read = tuple([passages[iri].source for iri in claim.evidence if iri in passages])
        reach = claim.cited_sources if claim.citation_scope in _REACHING else ()
        key = (read, reach, claim.original_holders)
        found = self._lineages.get(key)
        if found is None:
            found = self._lineages[key] = self._follow(*key)
        return found

    def _follow(
        self, read: tuple[str, ...], cited: tuple[str, ...], holders: tuple[str, ...]
    ) -> _Followed:
        own = frozenset(read) & self.store.sources.keys()
        documents = own.union(cited)
        if holders:
            named = frozenset(holders) - self._vague
            return named, documents if self._vague.intersection(holders) else frozenset(), documents
        behind = frozenset(cited) or own
        known = frozenset(origin for document in behind for origin in self.began(document))
        return known, frozenset(d for d in behind if not self.began(d)), documents

    @cached_property
    def _vague(self) -> frozenset[str]:
        return frozenset(
            quad.subject.value
            for quad in self.store.quads(predicate=NamedNode(KG + "vagueBoundary"))
            if isinstance(quad.subject, NamedNode)
        )

    @cached_property
    def _alike(self) -> dict[tuple[Edge, Polarity], list[Claim]]:
        found: dict[tuple[Edge, Polarity], list[Claim]] = defaultdict(list)
        for claim in self.claims.values():
            if not claim.retracted_on and claim.rank is not Rank.DEPRECATED:
                found[model.edge_of(claim, self.store.vocabulary), claim.polarity].append(claim)
        return found

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
        counted.
        """
        same = self._alike.get((model.edge_of(claim, self.store.vocabulary), claim.polarity), [])
        found = {one.iri: one for one in same}
        for iri in tuple(found):
            for other in self._linked.get(iri, ()):
                if not self.claims[other].retracted_on:
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
        event there. One speaks for another by ``kg:speaksFor`` or by belonging to it. It
        is a flag for the reader, not a verdict.
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
                found.add(end)
                found |= self._parties.get(end, set())
        return found

    @cached_property
    def _parties(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        wanted = {KG + name for name in _PARTIES}
        for claim in self.claims.values():
            if claim.predicate in wanted and isinstance(claim.object, str):
                found[claim.subject].add(claim.object)
        return found

    @cached_property
    def _belonging(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        wanted = {KG + name for name in _BELONGING}
        for subject, predicate, value in self.store.edges:
            if predicate in wanted and isinstance(value, str):
                found[subject].add(value)
        for quad in self.store.quads(predicate=NamedNode(KG + "speaksFor")):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                found[quad.subject.value].add(quad.object.value)
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
