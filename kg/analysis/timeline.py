"""The timeline: what is dated, in order, as exactly as it is known and with every rival date."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import NamedNode

from kg import claims as model
from kg.analysis.answer import Answer, Cell, Column, Row
from kg.analysis.standing import Weighed, literal_date, put, weigh
from kg.claims import Claim, Edge, Kind, Modality, Polarity, Rank
from kg.dates import FIRST_DAY, LAST_DAY, Period, asked, period
from kg.errors import UsageError
from kg.selection import EVERYTHING, Selection, precision_of
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, compress

#: Ties by which an actor has a part in something; only facts of the graph count.
_TIES = tuple(
    KG + name
    for name in ("hasParty", "initiator", "participant", "recipient", "adoptedBy", "targets")
)
#: What leads from an act or a party's standing to its instrument.
_OF_INSTRUMENT = (KG + "instrument", KG + "partyTo")
#: Dates that the bounds of an event (``kg:notBefore``, ``kg:notAfter``) are about.
_BEGINNINGS = (KG + "date", KG + "startDate")
_PROSPECTS = ("planned", "potential", "notHappened")
_GUESSED = (Modality.EXPECTED, Modality.POSSIBLE, Modality.CONDITIONAL, Modality.PRESCRIBED)
WHOLE = slice(None)
#: In the order of the rows.
_TOLD = ("happened", "prospect", "denied", "deprecated", "undated")
#: Dates that nobody here gives: what is said is that it was not then, or editors put it aside.
_NO_DATE = ("denied", "deprecated")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One date of one thing, as the claims that give it say."""

    thing: str
    what: str
    words: str
    when: Period | None
    shown: str
    precision: str
    claims: tuple[Claim, ...]
    told: str = "happened"


def timeline(
    store: Store,
    selection: Selection = EVERYTHING,
    *,
    about: str = "",
    since: str = "",
    until: str = "",
    undated: bool = False,
    facts_only: bool = False,
    part: slice = WHOLE,
) -> Answer:
    """Return events and dated claims in order, each date with the claims that give it.

    ``about`` is an actor (everything in which it has a part as a fact of the graph, and
    the acts of others under its agreements), or an agreement, event or other thing (its
    own dates and those of acts under it). ``since`` and ``until`` are dates as a person
    writes them; listed is what can lie within. What is planned, potential or only
    guessed comes after what is told as happened, then dates that are denied, or that the
    editors have deprecated: those date nothing. What has no other date is counted, and
    listed last with ``undated``. ``part`` works out only some of the rows (``dates_in``
    tells how many there are).

    Raises UsageError for a date that is none, and for an end before the beginning.
    """
    first = asked(since, "--from").first if since else FIRST_DAY
    last = asked(until, "--to").last if until else LAST_DAY
    if first > last:
        raise UsageError(
            f"--to {until} is before --from {since}", hint="give the earlier day to --from"
        )
    weighed = weigh(store, selection, facts_only=facts_only)
    store.read_ahead(
        nodes={
            e for c in weighed.claims.values() for e in (c.subject, c.object) if isinstance(e, str)
        }
    )
    near = _near(weighed, about) if about else None
    if near is None and not selection and not facts_only:
        entries: Sequence[_Entry] = store.made(_every_entry)
    else:
        entries = _in_order(weighed, near, about)
    dated = {entry.thing for entry in entries if entry.when and entry.told not in _NO_DATE}
    inside = [e for e in entries if e.when and e.when.first <= last and e.when.last >= first]
    without = list(_undated(weighed, near, dated))
    shown = [*inside, *(without if undated else [])]
    rows = [_row(weighed, entry) for entry in shown[part]]
    counts = Counter(entry.told for entry in inside)
    given = [entry for entry in inside if entry.told not in _NO_DATE]
    disputed = sum(any(c.iri in weighed.disputes for c in entry.claims) for entry in given)
    figures: dict[str, Cell] = {
        "dates": len(given),
        "told as happened": counts["happened"],
        "planned, potential or guessed": counts["prospect"],
        "disputed": disputed,
        "denied": counts["denied"],
        "deprecated": counts["deprecated"],
        "undated": len(without),
    }
    notes = [
        "In order of the first day that a date may stand for. A date known to the month or the "
        "year is that month or year.",
        "A date in dispute stands at each of its places; against names the other sides. The "
        "edge of the graph is the one that standing calls a fact.",
    ]
    if counts["prospect"]:
        notes.append("What is planned, potential or only guessed stands apart, after the rest.")
    if counts["denied"] or counts["deprecated"]:
        notes.append(
            "A denied date says when it was not, a deprecated one was put aside by the editors: "
            "they stand apart, count for no date, and a thing that has no other is undated."
        )
    if len(without):
        kinds = Counter(_status(store, e.thing) or "of no stated status" for e in without)
        notes.append(
            f"{len(without)} events and instruments have no date here ("
            + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
            + ")"
            + ("." if undated else ": --undated lists them.")
        )
    broken = sum(entry.when is None for entry in entries)
    if broken:
        notes.append(f"{broken} dates are no such day and have no place here: kg validate.")
    outside = len(entries) - len(inside) - broken
    if outside:
        notes.append(f"{outside} dates are outside the time asked for.")
    if about:
        notes.append(
            "A part that is only hedged or denied does not bring a thing in: only facts of the "
            "graph do."
        )
    columns = (
        Column("date", about="as exactly as it is known"),
        Column("precision", about="day, month, year, or the bounds between which it lies"),
        Column("thing", "node"),
        Column("what", about="what the date is of it"),
        Column(
            "told",
            about="happened, prospect, denied, deprecated or undated; what the event is marked as",
        ),
        Column("standing", about="a fact of the graph, or how it is put"),
        Column("rank", about="the editors' preference among rivals"),
        Column("origins", "number", "independent origins that are known"),
        Column("against", about="the other sides of a dispute, each with its claims"),
    )
    return Answer(
        "timeline",
        columns,
        tuple(rows),
        figures,
        tuple(notes),
        weighed.labels(columns, rows),
        weighed.basis,
    )


def dates_in(answer: Answer, *, undated: bool = False) -> int:
    """Return how many rows there are in all, of which an answer may have a part."""
    counted = ("dates", "denied", "deprecated", *(["undated"] if undated else []))
    return sum(int(answer.figures[name] or 0) for name in counted)


def _every_entry(store: Store) -> Sequence[_Entry]:
    return _in_order(weigh(store), None, "")


def _in_order(weighed: Weighed, near: frozenset[str] | None, about: str) -> list[_Entry]:
    """Return the dates in the order of the rows; those without a date come after them."""
    names: dict[str, list[tuple[int, str]]] = {}

    def place(name: str) -> list[tuple[int, str]]:
        found = names.get(name)
        if found is None:
            found = names[name] = natural(name)
        return found

    def order(entry: _Entry) -> tuple[object, ...]:
        when = entry.when or Period(LAST_DAY, LAST_DAY)
        return (
            _TOLD.index(entry.told),
            when.first,
            when.last,
            place(entry.thing),
            place(entry.what),
            entry.shown,
            weighed.place[entry.claims[0].iri],
        )

    return sorted(_entries(weighed, near, about), key=order)


# ---------------------------------------------------------------- what is near


def _near(weighed: Weighed, about: str) -> frozenset[str]:
    """Return the thing asked about, what it has a part in, and the acts under those instruments."""
    store = weighed.store
    tied, agreements = {about}, {about}
    for subject, predicate, value in model.edges(weighed.claims.values(), store.vocabulary):
        if predicate in _TIES and value == about:
            tied.add(subject)
            if predicate == KG + "hasParty":
                agreements.add(subject)
    tied |= {
        quad.subject.value
        for quad in store.quads(None, NamedNode(KG + "party"), NamedNode(about))
        if isinstance(quad.subject, NamedNode)
    }
    for name in _OF_INSTRUMENT:
        for quad in store.quads(predicate=NamedNode(name)):
            if isinstance(quad.object, NamedNode) and quad.object.value in agreements:
                tied.add(str(getattr(quad.subject, "value", "")))
    return frozenset(tied - {""})


# ---------------------------------------------------------------- entries


class _Spell(NamedTuple):
    """The beginning or the end of the time in which a proposition is said to hold."""

    edge: Edge
    polarity: Polarity
    end: str
    day: str
    precision: str


def _entries(weighed: Weighed, near: frozenset[str] | None, about: str) -> Iterator[_Entry]:
    store = weighed.store
    stated: dict[tuple[str, str, str, Polarity], list[Claim]] = defaultdict(list)
    spells: dict[_Spell, list[Claim]] = defaultdict(list)
    for claim in weighed.claims.values():
        if date := literal_date(claim):
            if near is None or claim.subject in near:
                stated[claim.subject, claim.predicate, date, claim.polarity].append(claim)
        elif near is None or about in (claim.subject, claim.object):
            edge = model.edge_of(claim, store.vocabulary)
            for end, day in (("begins", claim.valid_from), ("ends", claim.valid_to)):
                if day:
                    spell = _Spell(edge, claim.polarity, end, day, claim.valid_precision)
                    spells[spell].append(claim)
    begun: set[str] = set()
    for (thing, predicate, date, polarity), claims in stated.items():
        words = _denied(polarity) + store.vocabulary.label(predicate)
        precision, bounds = precision_of(store, thing), Period("", "")
        # A date that is none neither begins a thing nor is itself meant by its bounds.
        if predicate in _BEGINNINGS and not _no_date(claims):
            begun.add(thing)
            bounds = _bounds(store, thing)
        yield _entry(store, (thing, predicate, words), date, precision, claims, bounds)
    for spell, claims in spells.items():
        subject, predicate, value = spell.edge
        words = f"{_denied(spell.polarity)}{store.vocabulary.label(predicate)} "
        words += f"{weighed.worded(value)}: {spell.end}"
        yield _entry(
            store, (subject, predicate, words), spell.day, spell.precision, claims, Period("", "")
        )
    yield from _bounded(weighed, near, begun)


def _denied(polarity: Polarity) -> str:
    return "NOT " if polarity is Polarity.NEGATED else ""


def _bounds(store: Store, thing: str) -> Period:
    """Return the first and the last day on which a thing can have begun; "" where not said."""
    found = []
    for name, side in (("notBefore", 0), ("notAfter", 1)):
        days = [p[side] for term in store.objects(thing, KG + name) if (p := period(term.value))]
        found.append(min(days) if days and not side else max(days, default=""))
    return Period(*found)


def _entry(
    store: Store,
    what: tuple[str, str, str],
    date: str,
    precision: str,
    claims: list[Claim],
    bounds: Period,
) -> _Entry:
    thing, predicate, words = what
    standing = [claim for claim in claims if claim.rank is not Rank.DEPRECATED]
    when = period(date, precision)
    if when:
        when = Period(bounds.first or when.first, bounds.last or when.last)
        width = {"year": 4, "month": 7}.get(precision, 10)
        date = date[:width]
    exact = "bounds" if any(bounds) else precision or "day"
    return _Entry(
        thing, predicate, words, when, date, exact if when else "no such date", tuple(claims),
        _no_date(claims) or _told(store, thing, standing),
    )  # fmt: skip


def _no_date(claims: Iterable[Claim]) -> str:
    """Return why claims that give one date together give none: "deprecated", "denied", or ""."""
    every = list(claims)
    if all(claim.rank is Rank.DEPRECATED for claim in every):
        return "deprecated"
    standing = [claim for claim in every if claim.rank is not Rank.DEPRECATED]
    return "denied" if all(c.polarity is Polarity.NEGATED for c in standing) else ""


def _bounded(weighed: Weighed, near: frozenset[str] | None, begun: set[str]) -> Iterator[_Entry]:
    """Yield the things of which only bounds are known, with the claims about them."""
    store = weighed.store
    things = {
        quad.subject.value
        for name in ("notBefore", "notAfter")
        for quad in store.quads(predicate=NamedNode(KG + name))
        if isinstance(quad.subject, NamedNode)
    }
    for thing in sorted(things - begun - store.sources.keys(), key=natural):
        claims = _about(weighed, thing)
        bounds = _bounds(store, thing)
        if claims and (near is None or thing in near):
            when = Period(bounds.first or FIRST_DAY, bounds.last or LAST_DAY)
            told = _told(store, thing, claims)
            yield _Entry(thing, KG + "date", "date", when, "", "bounds", claims, told)


def _undated(weighed: Weighed, near: frozenset[str] | None, dated: set[str]) -> Iterator[_Entry]:
    """Yield the events and instruments that nothing here dates, with the claims about them."""
    store, vocabulary = weighed.store, weighed.store.vocabulary
    wanted = {KG + name for name in ("Event", "Agreement", "Resolution")}
    ends = {
        end
        for c in weighed.claims.values()
        for end in (c.subject, c.object)
        if isinstance(end, str)
    }
    for thing in sorted(ends - dated, key=natural):
        if near is not None and thing not in near:
            continue
        if any(wanted.intersection(vocabulary.ancestors(kind)) for kind in store.types(thing)):
            yield _Entry(thing, "", "", None, "", "", _about(weighed, thing), "undated")


def _about(weighed: Weighed, thing: str) -> tuple[Claim, ...]:
    claims = (weighed.claims.get(iri) for iri in weighed.store.claims_about.get(thing, ()))
    return tuple(claim for claim in claims if claim)


def _told(store: Store, thing: str, claims: Iterable[Claim]) -> str:
    """Return whether something is told as having happened, or as a prospect.

    A prospect is an event of which the description says so, and a date that nobody
    reports: every claim that gives it expects, allows or prescribes it.
    """
    guessed = all(c.modality in _GUESSED or c.kind is Kind.FORECAST for c in claims)
    return "prospect" if guessed or _status(store, thing) in _PROSPECTS else "happened"


def _status(store: Store, thing: str) -> str:
    found = store.made(_statuses).get(thing)
    return found.removeprefix(KG) if found else ""


def _statuses(store: Store) -> dict[str, str]:
    return store.values(KG + "eventStatus")


# ---------------------------------------------------------------- rows


def _row(weighed: Weighed, entry: _Entry) -> Row:
    store = weighed.store
    status, when, precision = _status(store, entry.thing), entry.when, entry.precision
    if when and precision == "bounds":
        low = "…" if when.first == FIRST_DAY else when.first
        high = "…" if when.last == LAST_DAY else when.last
        precision = f"{low} to {high}"
    told = entry.told
    if told not in ("happened", *_NO_DATE):
        told += f" ({status})" if status else " (guessed)" if told == "prospect" else ""
    elif status == "ongoing":
        told = status
    curies = sorted((compress(claim.iri) for claim in entry.claims), key=natural)
    if entry.told == "undated":
        standing, rank, against = "", "", ""
    else:
        standing = _standing(weighed, entry.claims)
        ranks = [r for r in Rank if any(claim.rank is r for claim in entry.claims)]
        rank, against = ", ".join(map(str, ranks)), _against(weighed, entry.claims)
    values: tuple[Cell, ...] = (
        entry.shown or None,
        precision,
        compress(entry.thing),
        entry.words,
        told,
        standing,
        rank,
        None if entry.told == "undated" else len(_known(weighed, entry.claims)),
        against,
    )
    return Row(values, tuple(curies))


def _known(weighed: Weighed, claims: tuple[Claim, ...]) -> frozenset[str]:
    standing = [claim for claim in claims if claim.rank is not Rank.DEPRECATED]
    return weighed.behind.lineage(standing or claims).known


def _standing(weighed: Weighed, claims: tuple[Claim, ...]) -> str:
    disputed = any(claim.iri in weighed.disputes for claim in claims)
    if any(claim.iri in weighed.backing for claim in claims):
        return "fact, disputed" if disputed else "fact"
    return "disputed, " + put(claims) if disputed else put(claims)


def _against(weighed: Weighed, claims: tuple[Claim, ...]) -> str:
    """Return the other sides of a dispute: what each says, with its claims."""
    sides: dict[str, list[str]] = defaultdict(list)
    others = {iri for claim in claims for iri in weighed.disputes.get(claim.iri, ())}
    own = claims[0]
    for iri in weighed.ordered(others):
        other = weighed.claims[iri]
        words = _denied(other.polarity) + weighed.worded(other.object)
        if (other.subject, other.predicate) != (own.subject, own.predicate):
            label = weighed.store.vocabulary.label(other.predicate)
            words = f"{weighed.store.label(other.subject)} {label} {words}"
        sides[words].append(compress(iri))
    return "; ".join(f"{words} ({' '.join(iris)})" for words, iris in sides.items())
