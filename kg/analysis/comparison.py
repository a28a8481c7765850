"""What differs between two sides: two actors, two dates, two data sets.

One row a relation, with what each side says of it and the claims there. Hedged claims
and denials are looked at on both sides even where only facts are asked for: a relation
that one side has as a fact and the other as a forecast is not missing there. What cannot
be told is called unknown, with the reason, and never lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from kg.analysis.answer import Answer, Cell, Column, Row, claims_of, labels_of
from kg.analysis.firmness import Data, firmest, softness, stands, wishes, words
from kg.claims import Claim, Polarity
from kg.dates import Held, Period, asked
from kg.errors import NoError, UsageError
from kg.projection import PROJECTIONS, Projection, project
from kg.selection import EVERYTHING, Selection, Times, issued, select
from kg.store import Store
from kg.turtle import natural
from kg.vocab import compress, expand

#: What may have become of a relation between two dates, in the order of the rows.
CHANGES = ("reversed", "lost", "denied", "gained", "softer", "firmer", "unknown", "kept")

#: The same between two data sets.
DIFFERENCES = (
    "opposite sign",
    "only first",
    "only second",
    "denied",
    "softer",
    "firmer",
    "unknown",
    "same",
)

#: What two actors may have in common.
SHARED = ("opposite sign", "shared", "hedged on one side", "denied", "only first", "only second")

# Source, predicate, target, and by way of what.
_Relation = tuple[str, str, str, str]


class _Side(NamedTuple):
    """What one side says of a relation: edges that affirm it, edges that deny it."""

    affirmed: tuple[Data, ...] = ()
    denied: tuple[Data, ...] = ()

    @property
    def facts(self) -> tuple[Data, ...]:
        return tuple(data for data in self.affirmed if data["materialised"])

    def counts(self, hedged: bool) -> bool:
        return bool(self.affirmed if hedged else self.facts)

    @property
    def best(self) -> tuple[Data, ...]:
        """The edges that say how firm it is: the facts, else every one that affirms it."""
        return self.facts or self.affirmed

    @property
    def said(self) -> str | None:
        """How it is put, in words; None where nothing is said."""
        if self.affirmed:
            return words(firmest(self.affirmed))
        return "denied" if self.denied else None

    @property
    def claims(self) -> tuple[str, ...]:
        return claims_of((*self.affirmed, *self.denied))

    @property
    def cited(self) -> str | None:
        return " ".join(self.claims) or None


_NOTHING = _Side()


def _sides(edges: Iterable[tuple[_Relation, Data]]) -> dict[_Relation, _Side]:
    found: dict[_Relation, tuple[list[Data], list[Data]]] = defaultdict(lambda: ([], []))
    for relation, data in edges:
        if stands(data):
            found[relation][0].append(data)
        elif data["polarity"] == Polarity.NEGATED and not wishes(data):
            found[relation][1].append(data)
    return {key: _Side(tuple(yes), tuple(no)) for key, (yes, no) in found.items()}


def _relations(projection: Projection) -> dict[_Relation, _Side]:
    return _sides(
        ((source, str(data["predicate"]), target, str(data.get("via", ""))), data)
        for source, target, data in projection.graph.edges(data=True)
    )


# ------------------------------------------------------------------ two actors


def actors(
    store: Store,
    first: str,
    second: str,
    *,
    name: str = "edges",
    selection: Selection = EVERYTHING,
    include_hedged: bool | None = None,
) -> Answer:
    """Return the relations that two actors (CURIEs) have to third ones, side by side.

    A relation that only one has, where the other has one of the opposite sign to the same
    third, is of "opposite sign". "only first" says that nothing here claims it of the
    second, which is not to say that it is not so.

    Raises UsageError for one actor twice, NoError when neither has a relation here.
    """
    if first == second:
        raise UsageError(f"both sides are {first}", hint="name two different ones")
    hedged = _hedged(name, include_hedged)
    projection = project(store, name, selection, include_hedged=True)
    own, other = _towards(projection, first, second), _towards(projection, second, first)
    words = _words(projection)
    between = [
        data
        for source, target, data in projection.graph.edges(data=True)
        if {source, target} == {first, second} and stands(data) and (hedged or data["materialised"])
    ]
    signs = [_signs(sides, hedged, lambda r: frozenset((r[2],))) for sides in (own, other)]
    rows: list[tuple[str, Row]] = []
    for relation in sorted(own.keys() | other.keys(), key=_by_third):
        third = relation[2]
        a, b = own.get(relation, _NOTHING), other.get(relation, _NOTHING)
        if not (a.counts(hedged) or b.counts(hedged)):
            continue
        sign = _sign(a, b)
        opposed = {n: _of_sign(sides, hedged, third, sign) for n, sides in enumerate((other, own))}
        said: list[str | None] = [a.said, b.said]
        cited: list[str | None] = [a.cited, b.cited]
        lone = 0 if not b.affirmed else 1 if not a.affirmed else None
        if lone is not None and sign and -sign in signs[1 - lone].get(frozenset((third,)), ()):
            verdict = "opposite sign"
            facing = opposed[lone]
            said[1 - lone] = "; ".join(f"{words(key)}: {side.said}" for key, side in facing)
            cited[1 - lone] = " ".join(claims_of(d for _, side in facing for d in side.affirmed))
        elif lone is None:
            both = a.counts(hedged) and b.counts(hedged)
            verdict = "shared" if both else "hedged on one side"
        elif (b if lone == 0 else a).denied:
            verdict = "denied"
        else:
            verdict = "only second" if lone else "only first"
        values = (third, words(relation), sign, verdict, *said, *cited)
        rows.append((verdict, Row(values, _both(cited))))
    if not rows and not between:
        raise NoError(
            f"neither {first} nor {second} has a relation here",
            hint="hedged claims take part with --include-hedged" if not hedged else None,
        )
    rows.sort(key=lambda item: SHARED.index(item[0]))
    columns = (
        Column("third", "node"),
        Column("relation"),
        Column("sign", "number", "+1 friendly, -1 hostile"),
        Column("found", about="whether both have the relation"),
        *_columns(),
    )
    label = labels_of(projection)
    notes = [
        f"first is {label.get(first, first)}, second is {label.get(second, second)}.",
        "Of one only: nothing here claims it of the other, which is not to say that it is not so.",
        _mode(hedged),
    ]
    figures = _figures(SHARED, (verdict for verdict, _ in rows))
    figures["relations with each other"] = len(between)
    basis = f"projection {name}{_chosen(selection)}: {projection.summary()}"
    return Answer(
        "compare", columns, tuple(row for _, row in rows), figures, tuple(notes), label, basis
    )


def _towards(projection: Projection, actor: str, other: str) -> dict[_Relation, _Side]:
    """Return the relations of one actor to third ones: direction, predicate, third, by way of."""
    graph = projection.graph
    if actor not in graph:
        return {}

    def found() -> Iterable[tuple[_Relation, Data]]:
        for one, target, data in graph.out_edges(actor, data=True):
            way = "either" if data["symmetric"] else "along"
            if target not in (one, other):
                yield (way, str(data["predicate"]), target, str(data.get("via", ""))), data
        for source, one, data in graph.in_edges(actor, data=True):
            way = "either" if data["symmetric"] else "against"
            if source not in (one, other):
                yield (way, str(data["predicate"]), source, str(data.get("via", ""))), data

    return _sides(found())


def _words(projection: Projection) -> Callable[[_Relation], str]:
    phrases: dict[str, tuple[str, str]] = {}
    for _, _, data in projection.graph.edges(data=True):
        phrases.setdefault(data["predicate"], (str(data["label"]), str(data["inverse"])))

    def words(relation: _Relation) -> str:
        way, predicate, _, via = relation
        label, inverse = phrases[predicate]
        said = inverse if way == "against" and inverse else label
        if way == "against" and not inverse:
            said = f"← {label}"
        return f"{said} (by way of {via})" if via else said

    return words


# ------------------------------------------------------------------ two dates


def dates(
    store: Store,
    first: str,
    second: str,
    *,
    known: bool = False,
    name: str = "edges",
    selection: Selection = EVERYTHING,
    include_hedged: bool | None = None,
    unchanged: bool = False,
) -> Answer:
    """Return what changed between two dates: in what held, or with ``known`` in what was published.

    A relation is lost only where the bounds of every claim exclude the second date. It is
    unknown where nothing dates it, where its dates leave it open, where it ends (or
    begins) with the years that its source covers, and, with ``known``, where no source
    of it has a date. ``unchanged`` lists what was kept, too, and what no claim dates.

    Raises UsageError for a date that is none, for the same date twice, and for a selection
    that has a date of this sort already; NoError when neither side has a relation.
    """
    option = "--known-by" if known else "--as-of"
    one, two = asked(first, option), asked(second, option)
    if one == two:
        raise UsageError(f"both sides are {first}", hint="name two different dates")
    if selection.known_by if known else selection.as_of:
        raise UsageError(f"{option} is what is compared", hint="leave the option out")
    hedged = _hedged(name, include_hedged)
    wanted = [
        replace(selection, known_by=text) if known else replace(selection, as_of=text)
        for text in (first, second)
    ]
    sides = [project(store, name, each, include_hedged=True) for each in wanted]
    doubt: _Doubt = (
        _Published(store, project(store, name, selection, include_hedged=True))
        if known
        else _Held(store, select(store, selection).claims, one, two)
    )
    what = "what had been published" if known else "what held"
    notes = [
        f"Compared is {what} by {first} (first) and {second} (second)."
        if known
        else f"Compared is {what} at {first} (first) and at {second} (second).",
        doubt.told,
        _mode(hedged),
    ]
    return _compared(
        name, selection, (sides[0], sides[1]), doubt, CHANGES, hedged, notes, unchanged
    )


class _Doubt:
    """What keeps a difference from being told."""

    told = ""
    #: Whether what cannot be told may still be so, and its sign with it.
    lingers = True
    #: What else was looked at, for the names of what is there.
    more: tuple[Projection, ...] = ()

    def of(self, relation: _Relation, one: _Side, two: _Side) -> str:
        """Return why it cannot be told what became of a relation; empty when it can."""
        raise NotImplementedError

    def missing(self) -> Mapping[_Relation, _Side]:
        """Return relations that neither side has, but that one may have had."""
        return {}


#: Why nothing is known of a relation at either date.
UNDATED = "undated"


class _Held(_Doubt):
    """Doubt about what held at two dates."""

    told = (
        "Lost: every claim of it certainly did not hold any more. Unknown: undated, or dates "
        "that leave it open, or a time of which its source says nothing any more."
    )

    def __init__(
        self, store: Store, claims: Mapping[str, Claim], first: Period, second: Period
    ) -> None:
        self.claims, self.dates = claims, (first, second)
        self.times = Times(store, claims)

    def of(self, relation: _Relation, one: _Side, two: _Side) -> str:
        if one.affirmed and two.affirmed:
            states = [self._state(one, 0), self._state(two, 1)]
            if states == ["undated", "undated"]:
                return UNDATED
            for state, word in zip(states, ("first", "second"), strict=True):
                if state == "undated":
                    return f"undated: nothing says whether it held at the {word}"
                if state == "possible":
                    day = self._covered(two if word == "second" else one, word == "second")
                    return (
                        f"its source tells of nothing after {day}"
                        if day
                        else f"its dates leave open whether it held at the {word}"
                    )
            return ""
        there, date = (one, 0) if one.affirmed else (two, 1)
        state = self._state(there, date)
        if state != "certain":
            word = ("first", "second")[date]
            return (
                f"undated at the {word}"
                if state == "undated"
                else f"its dates leave open whether it held at the {word}"
            )
        return ""

    def _covered(self, side: _Side, date: int) -> str:
        """Return until when the sources of a side tell anything, if that is before a date."""
        days = [self.claims[expand(curie) or curie].covered_to for curie in side.claims]
        return max(days) if days and all(days) and max(days) < self.dates[date].last else ""

    def _state(self, side: _Side, date: int) -> Held:
        """Return the best that the firmest edges of a side allow."""
        order: tuple[Held, ...] = ("certain", "possible", "undated")
        found: list[Held] = []
        for data in side.best:
            claims = [self.claims[expand(c) or c] for c in str(data["claims"]).split()]
            held = [self.times.of(claim).held(self.dates[date]) for claim in claims]
            known = [state for state in order if state in held]
            # What goes by way of something holds only while all of it does.
            found += known[-1:] if data.get("via") else known[:1]
        return next((state for state in order if state in found), "undated")


class _Published(_Doubt):
    """Doubt about what had been published by two dates."""

    told = (
        "Gained: first published between the two dates; it may have been so before. Unknown: "
        "read only in sources without a date of publication."
    )

    def __init__(self, store: Store, whole: Projection) -> None:
        self.store, self.whole, self.more = store, _relations(whole), (whole,)

    def of(self, relation: _Relation, one: _Side, two: _Side) -> str:
        return "" if one.affirmed or two.affirmed else "no source of it has a date of publication"

    def missing(self) -> Mapping[_Relation, _Side]:
        return {
            relation: _Side(undated)
            for relation, side in self.whole.items()
            if (undated := tuple(d for d in side.affirmed if self._undated(d)))
        }

    def _undated(self, data: Data) -> bool:
        return any(
            not any(issued(self.store, document) for document in self._documents(claim))
            for curie in str(data["claims"]).split()
            if (claim := self.store.claims.get(expand(curie) or curie))
        )

    def _documents(self, claim: Claim) -> set[str]:
        passages = self.store.passages
        read = {passages[iri].source for iri in claim.evidence if iri in passages}
        return read | set(claim.cited_sources)


# ------------------------------------------------------------------ two data sets


def datasets(
    store: Store,
    first: str,
    second: str,
    *,
    name: str = "edges",
    selection: Selection = EVERYTHING,
    include_hedged: bool | None = None,
    unchanged: bool = False,
) -> Answer:
    """Return what two data sets (IRIs of named graphs) say differently.

    A relation that one has and the other could have, since it speaks of both ends and has
    relations of this kind, is "only" in the one; where the other does not reach so far, it
    is unknown. Raises UsageError for one data set twice and for a selection of data sets,
    UnknownNameError for one that is not there, NoError when neither has a relation.
    """
    if first == second:
        raise UsageError(f"both sides are {compress(first)}", hint="name two different ones")
    if selection.datasets:
        raise UsageError("data sets are what is compared", hint="leave --dataset out")
    hedged = _hedged(name, include_hedged)
    wanted = [replace(selection, datasets=(iri,)) for iri in (first, second)]
    sides = [project(store, name, each, include_hedged=True) for each in wanted]
    claims = [select(store, each).claims for each in wanted]
    doubt = _Covered(claims[0], sides[0]), _Covered(claims[1], sides[1])
    notes = [
        f"first is {compress(first)}, second is {compress(second)}.",
        "Unknown: the other data set says nothing of one of the two, or has no relation of this "
        "kind at all.",
        _mode(hedged),
    ]
    return _compared(
        name,
        selection,
        (sides[0], sides[1]),
        _Outside(*doubt),
        DIFFERENCES,
        hedged,
        notes,
        unchanged,
    )


class _Covered:
    """What a data set speaks of."""

    def __init__(self, claims: Mapping[str, Claim], projection: Projection) -> None:
        self.nodes = {
            compress(end)
            for claim in claims.values()
            for end in (claim.subject, claim.object)
            if isinstance(end, str)
        }
        self.predicates = {compress(claim.predicate) for claim in claims.values()}
        self.predicates.update(
            str(data["predicate"]) for _, _, data in projection.graph.edges(data=True)
        )


class _Outside(_Doubt):
    """Doubt about what lies outside what a data set speaks of."""

    lingers = False

    def __init__(self, first: _Covered, second: _Covered) -> None:
        self.covered = (first, second)

    def of(self, relation: _Relation, one: _Side, two: _Side) -> str:
        if (one.affirmed or one.denied) and (two.affirmed or two.denied):
            return ""
        source, predicate, target, _ = relation
        word, there = ("second", self.covered[1]) if one.affirmed else ("first", self.covered[0])
        for end in (source, target):
            if end not in there.nodes:
                return f"the {word} says nothing of {end}"
        return "" if predicate in there.predicates else f"the {word} has no relation of this kind"


# ------------------------------------------------------------------ what both share


def _compared(
    name: str,
    selection: Selection,
    projections: tuple[Projection, Projection],
    doubt: _Doubt,
    words: tuple[str, ...],
    hedged: bool,
    notes: list[str],
    unchanged: bool,
) -> Answer:
    """Return the rows of two sides, relation by relation."""
    reversal, lost, gained, same = (
        ("reversed", "lost", "gained", "kept")
        if words is CHANGES
        else ("opposite sign", "only first", "only second", "same")
    )
    one, two = (_relations(projection) for projection in projections)
    missing = doubt.missing()
    phrases = _words_of((*projections, *doubt.more))
    verdicts: dict[_Relation, tuple[str, str]] = {}
    for relation in sorted({*one, *two, *missing}, key=_reading_order):
        a, b = one.get(relation, _NOTHING), two.get(relation, _NOTHING)
        if not (a.counts(hedged) or b.counts(hedged)):
            if missing.get(relation, _NOTHING).counts(hedged):
                verdicts[relation] = "unknown", doubt.of(relation, _NOTHING, _NOTHING)
            continue
        because = doubt.of(relation, a, b)
        if because:
            verdict = "unknown"
        elif a.affirmed and b.affirmed:
            before, after = (min(map(softness, side.best)) for side in (a, b))
            verdict = same if before == after else "softer" if before < after else "firmer"
        elif (b if a.affirmed else a).denied:
            verdict = "denied" if a.affirmed or words is DIFFERENCES else gained
            because = "" if a.affirmed else "denied on the first side"
        else:
            verdict = lost if a.affirmed else gained
        if not because and missing.get(relation):
            because = "a source without date says it, too"
        verdicts[relation] = verdict, because
    alive = [_signs(sides, hedged, _ends) for sides in (one, two)]
    for relation, (verdict, _) in verdicts.items():
        # What may still hold keeps its sign.
        sign = _sign(one.get(relation, _NOTHING), two.get(relation, _NOTHING))
        if verdict == "unknown" and sign and doubt.lingers:
            for side in alive:
                side[_ends(relation)].add(sign)
    if not verdicts:
        raise NoError(
            "neither side has a relation here",
            hint="hedged claims take part with --include-hedged" if not hedged else None,
        )
    rows: list[tuple[str, Row]] = []
    hidden: Counter[str] = Counter()
    tally: Counter[str] = Counter()
    for relation, (verdict, because) in verdicts.items():
        source, _, target, _ = relation
        a, b = one.get(relation, _NOTHING), two.get(relation, _NOTHING)
        sign = _sign(a, b)
        said: list[Cell] = [a.said, b.said]
        cited: list[str | None] = [a.cited, b.cited]
        pair = _ends(relation)
        open_to = (lost, gained) if doubt.lingers else (lost, gained, "unknown")
        if verdict in open_to and sign and bool(a.affirmed) != bool(b.affirmed):
            here, there = (0, 1) if a.affirmed else (1, 0)
            if alive[here][pair] == {sign} and alive[there][pair] == {-sign}:
                verdict, because = reversal, ""
                facing = [
                    (key, side)
                    for key, side in ((one, two)[there]).items()
                    if _ends(key) == pair and side.counts(hedged) and _sign(side, side) == -sign
                ]
                said[there] = "; ".join(f"{phrases(key)}: {side.said}" for key, side in facing)
                cited[there] = " ".join(claims_of(d for _, side in facing for d in side.affirmed))
        tally[verdict] += 1
        alike = verdict == "unknown" and (because == UNDATED or not (a.claims or b.claims))
        if not unchanged and (verdict == same or alike):
            hidden[verdict] += 1
            continue
        if not a.claims and not b.claims:
            cited[1] = missing[relation].cited
        values = (source, phrases(relation), target, sign, verdict, *said, because or None, *cited)
        rows.append((verdict, Row(values, _both(cited))))
    rows.sort(key=lambda item: words.index(item[0]))
    columns = (
        Column("source", "node"),
        Column("relation"),
        Column("target", "node"),
        Column("sign", "number", "+1 friendly, -1 hostile"),
        Column("change", about="what became of it, or how the second differs"),
        *_columns(because=True),
    )
    if hidden:
        notes.append(
            "Not listed (--all lists them): "
            + ", ".join(
                f"{count} {'unknown on both sides alike' if what == 'unknown' else what}"
                for what, count in sorted(hidden.items())
            )
            + "."
        )
    literal = max(
        projection.left_out.get("kept as node attribute", 0)
        + projection.left_out.get("literal value", 0)
        for projection in projections
    )
    if literal:
        notes.append("Relations between things are compared, not dates and other values.")
    labels: dict[str, str] = {}
    for projection in (*doubt.more, *reversed(projections)):
        labels |= labels_of(projection)
    basis = (
        f"projection {name}{_chosen(selection)}: first {projections[0].summary()[:-1]}; "
        f"second {projections[1].summary()}"
    )
    figures = _figures(words, tally.elements())
    return Answer(
        "compare", columns, tuple(row for _, row in rows), figures, tuple(notes), labels, basis
    )


def _columns(*, because: bool = False) -> tuple[Column, ...]:
    return (
        Column("first", about="how firmly the first side puts it"),
        Column("second", about="how firmly the second side puts it"),
        *(
            (Column("because", about="why it cannot be told, or what else to know"),)
            if because
            else ()
        ),
        Column("first_claims", "claims"),
        Column("second_claims", "claims"),
    )


def _words_of(projections: Iterable[Projection]) -> Callable[[_Relation], str]:
    found = [_words(projection) for projection in projections]

    def words(relation: _Relation) -> str:
        for each in found:
            try:
                return each(("along", *relation[1:]))
            except KeyError:
                continue
        return relation[1]

    return words


def _ends(relation: _Relation) -> frozenset[str]:
    return frozenset((relation[0], relation[2]))


def _sign(*sides: _Side) -> int | None:
    return next(
        (int(d["sign"]) for s in sides for d in (*s.affirmed, *s.denied) if "sign" in d), None
    )


def _signs(
    sides: Mapping[_Relation, _Side], hedged: bool, of: Callable[[_Relation], frozenset[str]]
) -> dict[frozenset[str], set[int]]:
    """Return the signs of the relations that count, by what they are between."""
    found: dict[frozenset[str], set[int]] = defaultdict(set)
    for relation, side in sides.items():
        if side.counts(hedged) and (sign := _sign(side)):
            found[of(relation)].add(sign)
    return found


def _of_sign(
    sides: Mapping[_Relation, _Side], hedged: bool, third: str, sign: int | None
) -> list[tuple[_Relation, _Side]]:
    """Return the relations to a third one that have the opposite of a sign."""
    return [
        (relation, side)
        for relation, side in sides.items()
        if sign and relation[2] == third and side.counts(hedged) and _sign(side) == -sign
    ]


def _reading_order(relation: _Relation) -> tuple[object, ...]:
    source, predicate, target, via = relation
    return natural(source), natural(target), natural(predicate), natural(via)


def _by_third(relation: _Relation) -> tuple[object, ...]:
    way, predicate, third, via = relation
    order = ("along", "either", "against")
    return natural(third), order.index(way), natural(predicate), natural(via)


def _both(cited: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim for side in cited if side for claim in side.split()))


def _figures(words: Iterable[str], found: Iterable[str]) -> dict[str, Cell]:
    count = Counter(found)
    return {word: count[word] for word in words}


def _hedged(name: str, include_hedged: bool | None) -> bool:
    if include_hedged is not None:
        return include_hedged
    return PROJECTIONS[name].hedged if name in PROJECTIONS else False


def _mode(hedged: bool) -> str:
    if hedged:
        return "Hedged claims count as relations here; each side says how firmly it is put."
    return (
        "A relation is listed where one side has it as a fact; what the other only hedges or "
        "denies is shown there. Recommendations are no relations."
    )


def _chosen(selection: Selection) -> str:
    told = selection.described()
    return f" with {told}" if told else ""
