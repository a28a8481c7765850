"""How statements stand: who is behind each, what rests on one origin, what is disputed.

These weigh claims, not edges, so they take the store and a ``Selection``. What is counted
is origins (``kg.corroboration``), worked out each time from the claims that take part and
never stored. No measure here says what is true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Literal

from kg import claims as model
from kg.analysis.answer import Answer, Cell, Column, Row
from kg.analysis.firmness import put_as
from kg.analysis.groups import hanging_together
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.corroboration import Corroboration, Lineage, Says, Support, reaching
from kg.dates import FIRST_DAY, LAST_DAY, Period, period
from kg.errors import UsageError
from kg.once import once
from kg.projection import counted
from kg.selection import EVERYTHING, Selection, issued, precision_of, select
from kg.store import Store
from kg.turtle import natural
from kg.vocab import XSD, compress, expand


@dataclass(frozen=True)
class Weighed:
    """The claims that take part in a measure, and how they weigh together.

    Withdrawn claims and identity links take no part; deprecated ones only as a side of a
    dispute. ``about`` limits the rows, not what is weighed: who corroborates a statement
    does not depend on what was asked about.
    """

    store: Store
    selection: Selection
    claims: Mapping[str, Claim]
    left_out: Mapping[str, int]
    about: str = ""
    #: The same without ``about``, which has worked out what does not depend on it.
    whole: Weighed | None = field(default=None, repr=False, compare=False)

    @once
    def behind(self) -> Corroboration:
        """The origins behind the claims that take part."""
        return self.whole.behind if self.whole else Corroboration(self.store, self.claims)

    @once
    def backing(self) -> frozenset[str]:
        """The claims behind an edge that stands in the graph they make."""
        if self.whole:
            return self.whole.backing
        made = model.edges(self.claims.values(), self.store.vocabulary)
        return frozenset(claim for claims in made.values() for claim in claims)

    @once
    def disputes(self) -> Mapping[str, tuple[str, ...]]:
        """For each disputed claim those that dispute it, and unmarked rivals (``rivals``)."""
        if self.whole:
            return self.whole.disputes
        found = {
            iri: set(others)
            for iri, others in model.disputes(self.claims.values(), self.store.vocabulary).items()
        }
        for one, other in rivals(self.store, self.claims.values()):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {iri: self.ordered(others) for iri, others in found.items()}

    @once
    def place(self) -> Mapping[str, int]:
        """Where each claim stands in the order of the store, which is natural order."""
        return (
            self.whole.place
            if self.whole
            else {iri: place for place, iri in enumerate(self.claims)}
        )

    def prepare(self) -> None:
        """Work out what every measure looks into."""
        _ = self.place, self.disputes, self.backing

    def ordered(self, claims: Iterable[str]) -> tuple[str, ...]:
        """Return some claims in the order of the store, which is natural order."""
        return tuple(sorted(claims, key=self.place.__getitem__))

    def concerns(self, claim: Claim) -> bool:
        """Return whether a claim is about what was asked for: one of its ends, or itself."""
        return not self.about or self.about in (claim.iri, claim.subject, claim.object)

    @property
    def basis(self) -> str:
        """What an answer was worked out on, in words."""
        chosen = self.selection.described()
        found = f"{len(self.claims)} claims" + (f" with {chosen}" if chosen else "")
        return found + (f"; left out: {counted(self.left_out)}." if self.left_out else ".")

    def propositions(self) -> Iterator[tuple[Says, tuple[Claim, ...], Support]]:
        """Yield each proposition asked about with its claims and who is behind it.

        The claims come firmest first; the support is that of the firmest, so that a
        guess is no witness for what somebody else says flatly.
        """
        for says, claims in self.behind.propositions.items():
            if any(map(self.concerns, claims)):
                ordered = sorted(claims, key=lambda c: (c.modality.softness, natural(c.iri)))
                yield says, tuple(ordered), self.behind.support(ordered[0])

    def labels(self, columns: Iterable[Column], rows: Iterable[Row]) -> dict[str, str]:
        """Return the names of the nodes that rows name."""
        places = [place for place, column in enumerate(columns) if column.holds == "node"]
        curies = {str(row.values[place]) for row in rows for place in places}
        return {curie: self.store.label(expand(curie) or curie) for curie in sorted(curies)}

    def names(self, iris: Iterable[str]) -> str:
        """Return the names of some nodes, in natural order of their IRIs."""
        return ", ".join(self.store.label(iri) for iri in sorted(set(iris), key=natural))

    def worded(self, value: str | Literal) -> str:
        """Return a node's name, or a literal's text."""
        return self.store.label(value) if isinstance(value, str) else value.value


def weigh(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Weighed:
    """Return the claims that take part, ready to be weighed.

    ``about`` is the IRI of a thing or a claim; ``facts_only`` leaves only claims that may
    stand as an edge of the graph. Raises what ``kg.selection.select`` raises.
    """
    if not selection and not facts_only:
        # Asked for again and again, about one thing and another.
        whole = store.made(_weigh_all)
        return replace(whole, about=about, whole=whole) if about else whole
    return _weigh(store, selection, about, facts_only)


def _weigh_all(store: Store) -> Weighed:
    return _weigh(store, EVERYTHING, "", facts_only=False)


def _weigh(store: Store, selection: Selection, about: str, facts_only: bool) -> Weighed:
    selected = select(store, selection)
    left_out = Counter(selected.left_out)
    claims: dict[str, Claim] = {}
    for iri, claim in selected.claims.items():
        term = store.vocabulary.terms.get(claim.predicate)
        if claim.retracted_on:
            left_out["retracted"] += 1
        elif claim.is_identity:
            left_out["identity link"] += 1
        elif selection.signs and (term is None or term.sign not in selection.signs):
            left_out["of another sign"] += 1
        elif facts_only and not model.qualifies(claim, store.vocabulary):
            left_out["not a fact"] += 1
        else:
            claims[iri] = claim
    return Weighed(store, selection, claims, left_out, about)


def rivals(store: Store, claims: Iterable[Claim]) -> Iterator[tuple[str, str]]:
    """Yield pairs of claims that give different values where a property has one, linked or not.

    Dates that may be the same day (a month, and a day in it) are no rivals.
    """
    values: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        term = store.vocabulary.terms.get(claim.predicate)
        if (
            term
            and term.functional
            and claim.polarity is Polarity.AFFIRMATIVE
            and claim.kind is not Kind.RECOMMENDATION
            and not claim.retracted_on
        ):
            values[claim.subject, claim.predicate].append(claim)
    rival = {key: found for key, found in values.items() if len({c.object for c in found}) > 1}
    store.read_ahead(nodes={subject for subject, _ in rival})
    for (subject, _), found in rival.items():
        precision = precision_of(store, subject)
        known = [(claim, _days(claim, precision)) for claim in found]
        for number, (one, here) in enumerate(known):
            for other, there in known[:number]:
                meet = here and there and here.first <= there.last and there.first <= here.last
                if one.object != other.object and not meet:
                    yield other.iri, one.iri


def _days(claim: Claim, precision: str) -> Period | None:
    return period(claim.object.value, precision) if isinstance(claim.object, Literal) else None


def put(claims: Sequence[Claim]) -> str:
    """Return how some claims of one proposition put it, firmest first, each way once.

    Never only the firmest: where one asserts and one guesses, both are said.
    """
    ordered = sorted(claims, key=lambda c: (c.modality.softness, natural(c.iri)))
    return ", ".join(dict.fromkeys(put_as(claim.modality, claim.kind) for claim in ordered))


def _curies(iris: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(compress, sorted(set(iris), key=natural)))


_SAID = (
    Column("subject", "node", "what it is said of"),
    Column("says", about="property, with NOT where it is denied"),
    Column("object", about="what is said"),
    Column("put", about="how its claims put it, firmest first"),
)


def _said(weighed: Weighed, says: Says, claims: Sequence[Claim]) -> tuple[Cell, ...]:
    edge, polarity, _ = says
    denied = "NOT " if polarity is Polarity.NEGATED else ""
    return (
        compress(edge[0]),
        denied + weighed.store.vocabulary.label(edge[1]),
        weighed.worded(edge[2]),
        put(claims),
    )


#: Rows before they are put in order, each with what orders it.
_Rows = list[tuple[tuple[object, ...], Row]]


def _order(says: Says) -> tuple[object, ...]:
    edge, polarity, wish = says
    return (natural(edge[0]), natural(edge[1]), natural(str(edge[2])), polarity.value, wish)


def _answer(
    weighed: Weighed,
    name: str,
    columns: Sequence[Column],
    rows: _Rows,
    figures: Mapping[str, Cell],
    notes: Iterable[str],
) -> Answer:
    found = tuple(row for _, row in sorted(rows, key=lambda item: item[0]))
    return Answer(
        name,
        tuple(columns),
        found,
        figures,
        tuple(note for note in notes if note),
        weighed.labels(columns, found),
        weighed.basis,
    )


_METHOD = (
    "Origins, not documents, are counted: a claim goes back to the holder it relays, else to "
    "the documents its footnotes name (a fact), else to the one it is read from, and each document to "
    "whom it relays, else to its publisher or authors."
)


def _hedged(propositions: Iterable[Sequence[Claim]]) -> str:
    soft = sum(all(c.modality is not Modality.ASSERTED for c in claims) for claims in propositions)
    return (
        f"Nobody puts {soft} of the rows flatly; put says how firmly each is held." if soft else ""
    )


# ---------------------------------------------------------------- corroboration


def corroboration(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Answer:
    """Return, per proposition, its independent origins, what was read on the way, and stakes.

    ``folded`` names for each origin that several documents lead to those documents: they
    count as one. "(cited)" marks one that a footnote names and nobody read for the claim.
    Best supported first.
    """
    weighed = weigh(store, selection, about=about, facts_only=facts_only)
    rows: _Rows = []
    shown: list[Sequence[Claim]] = []
    counts: Counter[str] = Counter()
    for says, claims, support in weighed.propositions():
        members = [weighed.claims[iri] for iri in support.claims]
        softer = len(claims) - sum(claim.iri in support.claims for claim in claims)
        lineage = support.lineage
        values = (
            *_said(weighed, says, claims),
            len(lineage.known),
            weighed.names(lineage.known),
            lineage.unknown,
            _documents(weighed, members),
            _folded(weighed, members),
            weighed.names(support.interested),
            softer,
        )
        cites = _curies({*support.claims, *(claim.iri for claim in claims)})
        rows.append(((-len(lineage.known), *_order(says)), Row(values, cites)))
        shown.append(claims)
        counts["judgement"] += _relies(members)
        counts["time"] += _times_differ(members)
        counts[str(min(len(lineage.known), 3))] += 1
        counts["cited"] += any(
            all(cited for cited in way.values())
            for claim in members
            for way in weighed.behind.ways(claim).values()
        )
    figures: dict[str, Cell] = {
        "propositions": len(rows),
        "no known origin": counts["0"],
        "one origin": counts["1"],
        "two origins": counts["2"],
        "three or more": counts["3"],
    }
    return _answer(
        weighed,
        "corroboration",
        (
            *_SAID,
            Column("origins", "number", "independent origins that are known"),
            Column("began_with", about="who they are"),
            Column("unknown", about="whether a part cannot be followed to anybody"),
            Column("documents", about="what was read, and what was only cited, on the way"),
            Column("folded", about="documents that count as one origin"),
            Column("interested", about="those behind it with a stake in it"),
            Column("softer", "number", "claims that only hedge and are no witness for the others"),
        ),
        rows,
        figures,
        (
            _METHOD,
            "An origin of unknown lineage adds none, nor does a claim that only hedges what "
            "others say flatly, nor one that speaks of another time.",
            f"Documents that were only cited stand behind {counts['cited']} of the rows: that they "
            "say the same is the citing text's word."
            if counts["cited"]
            else "",
            _relying(counts["judgement"]),
            f"Claims of which only some say when they held stand behind {counts['time']} of the rows: "
            "they may speak of different times."
            if counts["time"]
            else "",
            _hedged(shown),
            _STAKES,
        ),
    )


def _relies(claims: Iterable[Claim]) -> bool:
    """Return whether one of some claims is the text's own judgement and has a footnote."""
    return any(c.kind is not Kind.FACT and not c.original_holders and reaching(c) for c in claims)


def _relying(count: int) -> str:
    if not count:
        return ""
    return (
        f"Judgements with a footnote that count for the text they stand in: {count}. "
        "A note bears out facts; it does not judge."
    )


_STAKES = (
    "Interested: whoever behind a claim is concerned by it, speaks for one concerned or belongs "
    "to it. A flag, not a verdict; one who is not flagged may have a stake all the same."
)


def _times_differ(claims: Sequence[Claim]) -> bool:
    return len(claims) > 1 and len({bool(c.valid_from or c.valid_to) for c in claims}) > 1


def _documents(weighed: Weighed, claims: Iterable[Claim]) -> str:
    read: dict[str, bool] = {}
    for claim in claims:
        passages = weighed.store.passages
        own = {passages[p].source for p in claim.evidence if p in passages}
        for document in own:
            read[document] = True
        for document in reaching(claim):
            read.setdefault(document, False)
    return ", ".join(
        compress(document) + ("" if read[document] else " (cited)")
        for document in sorted(read, key=natural)
    )


def _folded(weighed: Weighed, claims: Iterable[Claim]) -> str:
    ways: dict[str, dict[str, bool]] = defaultdict(dict)
    for claim in claims:
        for origin, through in weighed.behind.ways(claim).items():
            for document, cited in through.items():
                ways[origin][document] = cited and ways[origin].get(document, True)
    return "; ".join(
        f"{weighed.store.label(origin)}: "
        + ", ".join(
            compress(document) + (" (cited)" if ways[origin][document] else "")
            for document in sorted(ways[origin], key=natural)
        )
        for origin in sorted(ways, key=natural)
        if len(ways[origin]) > 1
    )


# ---------------------------------------------------------------- one origin, none, hedged


def single_origin(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Answer:
    """Return the propositions that rest on one independent origin that is known.

    However many documents carry it. What rests on nobody known is in ``unsourced``; one
    that has a known origin and an unknown one beside it is in both.
    """

    def row(weighed: Weighed, support: Support) -> tuple[Cell, ...] | None:
        known = support.lineage.known
        if len(known) != 1:
            return None
        return (
            compress(*known),
            len(support.lineage.documents),
            len(support.claims),
            support.lineage.unknown,
            weighed.names(support.interested),
        )

    return _listed(
        weigh(store, selection, about=about, facts_only=facts_only),
        "single-origin",
        (
            Column("origin", "node", "with whom it began"),
            Column("documents", "number", "documents on the way, read or cited"),
            Column("said", "number", "claims that say so"),
            Column("unknown", about="whether a part cannot be followed to anybody"),
            Column("interested", about="those behind it with a stake in it"),
        ),
        row,
        (
            _METHOD,
            "One origin is no fault: most of what is known of a text's own argument has one. "
            "It says whom a statement falls with.",
            _STAKES,
        ),
    )


def unsourced(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Answer:
    """Return the propositions of which a part, or all, cannot be followed to anybody.

    The text names no one ("analysts", "reports"), or the document names no origin,
    publisher or author. ``origins`` counts what is known beside it.
    """

    def row(weighed: Weighed, support: Support) -> tuple[Cell, ...] | None:
        lineage = support.lineage
        if not lineage.unknown:
            return None
        return (len(lineage.known), weighed.names(lineage.known), _lost(weighed, support))

    return _listed(
        weigh(store, selection, about=about, facts_only=facts_only),
        "unsourced",
        (
            Column("origins", "number", "origins that are known beside it"),
            Column("began_with", about="who they are"),
            Column("lost_at", about="where the trail ends"),
        ),
        row,
        (
            _METHOD,
            "Not being able to tell whose word it is does not make it false; it cannot "
            "corroborate anything.",
        ),
    )


def _lost(weighed: Weighed, support: Support) -> str:
    lineage: Lineage = support.lineage
    unnamed = {
        holder
        for iri in support.claims
        for holder in weighed.claims[iri].original_holders
        if weighed.behind.unnamed(holder)
    }
    where = ", ".join(map(compress, sorted(lineage.lost, key=natural))) or "no document"
    return f"{weighed.names(unnamed)} in {where}" if unnamed else where


def hedged_only(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Answer:
    """Return the propositions that nobody puts flatly: every claim reports, expects, allows.

    A report of high credibility can stand in the graph all the same: ``in_graph`` says so.
    Raises UsageError for ``facts_only``.
    """
    if facts_only:
        raise UsageError("facts only and hedged only leave nothing", hint="leave --facts-only out")
    weighed = weigh(store, selection, about=about)
    rows: _Rows = []
    kinds: Counter[str] = Counter()
    for says, claims, support in weighed.propositions():
        if any(claim.modality is Modality.ASSERTED for claim in claims):
            continue
        hedges = dict.fromkeys(word for claim in claims for word in claim.hedges)
        kinds[str(claims[0].modality)] += 1
        values = (
            *_said(weighed, says, claims),
            ", ".join(f"“{hedge}”" for hedge in hedges),
            weighed.names(h for c in claims for h in c.original_holders or c.holders),
            len(support.lineage.known),
            any(claim.iri in weighed.backing for claim in claims),
        )
        cites = _curies(claim.iri for claim in claims)
        rows.append(((claims[0].modality.softness, *_order(says)), Row(values, cites)))
    figures: dict[str, Cell] = {"propositions": len(rows)}
    figures |= {str(m): kinds[str(m)] for m in Modality if kinds[str(m)]}
    return _answer(
        weighed,
        "hedged-only",
        (
            *_SAID,
            Column("hedge", about="the words that hedge"),
            Column("view_of", about="whose view it is"),
            Column("origins", "number", "independent origins that are known"),
            Column("in_graph", about="whether it stands as an edge all the same"),
        ),
        rows,
        figures,
        (
            "A proposition is listed when none of its claims asserts it; withdrawn and deprecated "
            "claims do not count, and a denial is a proposition of its own.",
            "Firmest first. In the graph stands a reported fact of credibility 1 or 2.",
        ),
    )


def _listed(
    weighed: Weighed,
    name: str,
    columns: tuple[Column, ...],
    row: Callable[[Weighed, Support], tuple[Cell, ...] | None],
    notes: tuple[str, ...],
) -> Answer:
    rows: _Rows = []
    shown: list[Sequence[Claim]] = []
    total = relying = 0
    for says, claims, support in weighed.propositions():
        total += 1
        found = row(weighed, support)
        if found is not None:
            shown.append(claims)
            relying += _relies(weighed.claims[iri] for iri in support.claims)
            cites = _curies({*support.claims, *(claim.iri for claim in claims)})
            rows.append((_order(says), Row((*_said(weighed, says, claims), *found), cites)))
    figures: dict[str, Cell] = {"propositions": len(rows), "of": total}
    return _answer(
        weighed,
        name,
        (*_SAID, *columns),
        rows,
        figures,
        (*notes, _relying(relying), _hedged(shown)),
    )


# ---------------------------------------------------------------- contested


def contested(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    facts_only: bool = False,
) -> Answer:
    """Return what sources disagree on: one group a dispute, one row a side.

    A dispute is a set of claims joined by ``kg.claims.disputes`` (marked conflicts, and
    denials) or by being different values where a property has one. A side is the claims
    in it that say the same. Deprecated claims are sides, with the reason; withdrawn ones
    are not. ``shared`` names the origins that another side of the dispute goes back to,
    too. With ``about``, the disputes that have a claim about it, whole.
    """
    weighed = weigh(store, selection, about=about, facts_only=facts_only)
    rows: _Rows = []
    figures: Counter[str] = Counter()
    wanted = [
        members
        for members in sorted(_disputes(weighed), key=lambda members: natural(members[0]))
        if any(weighed.concerns(weighed.claims[iri]) for iri in members)
    ]
    for number, members in enumerate(wanted, 1):
        sides: dict[Says, list[Claim]] = defaultdict(list)
        for iri in members:
            sides[weighed.behind.says(weighed.claims[iri])].append(weighed.claims[iri])
        origins = {says: weighed.behind.lineage(claims) for says, claims in sides.items()}
        heard = Counter(origin for lineage in origins.values() for origin in lineage.known)
        for says, claims in sides.items():
            against = {iri for claim in claims for iri in weighed.disputes[claim.iri]}
            shared = {origin for origin in origins[says].known if heard[origin] > 1}
            figures["sides"] += 1
            figures["shared"] += bool(shared)
            figures["hedged"] += all(c.modality is not Modality.ASSERTED for c in claims)
            who = _side(weighed, claims)
            values = (
                number,
                *_said(weighed, says, claims),
                *who[:3],
                len(origins[says].known),
                weighed.names(origins[says].known),
                weighed.names(shared),
                *who[3:],
                _how(weighed, claims),
                " ".join(map(compress, weighed.ordered(against))),
            )
            cites = _curies(claim.iri for claim in claims)
            rows.append(((number, *_order(says)), Row(values, cites)))
    tense = sum(bool(c.in_tension_with) for c in weighed.claims.values() if weighed.concerns(c))
    return _answer(
        weighed,
        "contested",
        (
            Column("dispute", "number", "which dispute"),
            *_SAID,
            Column("rank", about="the editors' preference, no verdict"),
            Column("reason", about="why they prefer it"),
            Column("held_by", about="who says so, and on whose word"),
            Column("origins", "number", "independent origins of the side that are known"),
            Column("began_with", about="who they are"),
            Column("shared", about="origins that another side goes back to, too"),
            Column("unknown", about="whether a part cannot be followed to anybody"),
            Column("interested", about="those behind the side with a stake in it"),
            Column("holds", about="when it is said to hold"),
            Column("published", about="when the documents that say so came out"),
            Column("by", about="what makes it a dispute"),
            Column("against", about="the claims that dispute it"),
        ),
        rows,
        {"disputes": len(wanted), "sides": figures["sides"]},
        (
            "Claims dispute each other where kg:conflictsWith joins them, where one denies what "
            "the other affirms at a time that meets, and where a property that has one value is "
            "given two.",
            "No verdict: a preferred rank is the editors' choice with its reason, and more origins "
            "are no proof.",
            f"Sides that share an origin with another side of their dispute: {figures['shared']}. "
            "That is one voice passed on in two ways, not two voices."
            if figures["shared"]
            else "",
            f"Sides that nobody puts flatly: {figures['hedged']}." if figures["hedged"] else "",
            f"Not listed are {tense} claims in tension with another that does not exclude them "
            "(kg:inTensionWith)."
            if tense
            else "",
            _STAKES,
        ),
    )


def _side(weighed: Weighed, claims: Sequence[Claim]) -> tuple[Cell, ...]:
    store = weighed.store
    ranks = [rank for rank in Rank if any(claim.rank is rank for claim in claims)]
    spans = dict.fromkeys(
        f"{claim.valid_from or '…'} to {claim.valid_to or '…'}"
        for claim in claims
        if claim.valid_from or claim.valid_to
    )
    documents = {
        store.passages[p].source for c in claims for p in c.evidence if p in store.passages
    }
    told = Counter(_came_out(issued(store, document)) for document in documents)
    undated = told.pop("", 0)
    published = [*sorted(told), *([f"{undated} without date"] if undated else [])]
    interested = {actor for claim in claims for actor in weighed.behind.interested(claim)}
    return (
        ", ".join(map(str, ranks)),
        "; ".join(dict.fromkeys(claim.rank_reason for claim in claims if claim.rank_reason)),
        ", ".join(dict.fromkeys(_attributed(weighed, claim) for claim in claims)),
        weighed.behind.lineage(claims).unknown,
        weighed.names(interested),
        ", ".join(spans),
        ", ".join(published),
    )


def _came_out(date: Period | None) -> str:
    if date is None:
        return ""
    if date.first == date.last:
        return date.first
    if date.last == LAST_DAY:
        return f"not before {date.first}"
    return f"not after {date.last}" if date.first == FIRST_DAY else f"{date.first} to {date.last}"


def _attributed(weighed: Weighed, claim: Claim) -> str:
    holders = weighed.names(claim.holders) or "nobody named"
    if claim.original_holders:
        return f"{weighed.names(claim.original_holders)} (by way of {holders})"
    return holders


def _how(weighed: Weighed, claims: Collection[Claim]) -> str:
    """Return what makes a side disputed: marked by hand, denied, or given another value."""
    ways: set[str] = set()
    own = {claim.iri for claim in claims}
    for claim in claims:
        for iri in weighed.disputes[claim.iri]:
            other = weighed.claims[iri]
            if iri in claim.conflicts_with or not own.isdisjoint(other.conflicts_with):
                ways.add("marked")
            elif claim.polarity is not other.polarity:
                ways.add("denial")
            else:
                ways.add("other value")
    return ", ".join(sorted(ways))


def _disputes(weighed: Weighed) -> list[list[str]]:
    """Return the sets of claims that dispute each other, each in natural order."""
    disputes = weighed.disputes
    return hanging_together(sorted(disputes, key=natural), disputes.__getitem__)


def literal_date(claim: Claim) -> str:
    """Return the date that a claim states, empty when it states none."""
    value = claim.object
    is_date = isinstance(value, Literal) and value.datatype.value == XSD + "date"
    return value.value if is_date and isinstance(value, Literal) else ""
