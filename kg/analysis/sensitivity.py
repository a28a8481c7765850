"""What an answer rests on: worked out again without a source, a holder, a data set, or low grades.

The claims that take part are selected again and the graph is projected again, so that
an edge falls with its last claim, a rival that lost can win, and a dispute whose one
side is gone is none. Then the two answers are compared, item by item.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import comb, sqrt
from typing import Literal, NamedTuple

from kg.analysis.answer import Answer, Cell, Column, Row, answer, claims_of, labels_of
from kg.analysis.balance import pairs, triads
from kg.analysis.centrality import MEASURES, Measure, ranks, scores
from kg.analysis.firmness import Data, firmest, wishes, words
from kg.analysis.groups import partition
from kg.analysis.paths import paths
from kg.analysis.ties import Ties, names, ties
from kg.claims import Claim, Polarity, disputes, edges, qualifies
from kg.errors import NoError, RefusedError, UsageError
from kg.projection import Projection, part, project
from kg.selection import EVERYTHING, Selected, Selection, select
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import compress

Over = Literal["source", "holder", "dataset", "grade"]
View = Literal["change", "item", "left-out"]

#: More recomputations than this are made only when somebody says how many.
MOST_RUNS = 200


# ---------------------------------------------------------------- what is measured


class Item(NamedTuple):
    """One result of a metric: its value, the claims it rests on, and what to call it."""

    value: Cell
    claims: tuple[str, ...]
    label: str


#: The results of a metric on one projection, by a key that means the same on another.
Reading = Mapping[str, Item]


class Change(NamedTuple):
    """What became of an item: in words, its value (and rank) before and after.

    ``stays`` says that the result as such is the same, only less well supported.
    """

    key: str
    what: str
    before: Cell
    after: Cell
    rank_before: int | None = None
    rank_after: int | None = None
    stays: bool = False


def changes(before: Reading, after: Reading) -> list[Change]:
    """Return which items are gone, new, of another value, or rest on fewer claims."""
    found = []
    for key, item in before.items():
        now = after.get(key)
        if now is None:
            found.append(Change(key, "falls", item.value, None))
        elif now.value != item.value:
            found.append(Change(key, "changes", item.value, now.value))
        elif set(item.claims) - set(now.claims):
            found.append(Change(key, "loses support", item.value, now.value, stays=True))
    new = [key for key in after if key not in before]
    return found + [Change(key, "appears", None, after[key].value) for key in new]


def share_kept(before: Reading, after: Reading) -> float | None:
    """Return the share of the items that are there again with the same value."""
    if not before:
        return None
    same = sum(key in after and after[key].value == item.value for key, item in before.items())
    return same / len(before)


@dataclass(frozen=True, slots=True)
class Metric:
    """Something to be tested: how it is read off a projection, and how two readings compare.

    A metric needs a name, what its items are called, ``read``, and the projection it is
    usually taken on; what it has to tell of its method is ``notes``. ``scored`` says that
    the values are scores, to be compared by rank. ``again`` reads a second projection
    knowing the first reading, where that says more than ``read``.
    """

    name: str
    items: str
    read: Callable[[Projection], Reading]
    projection: str = "actors"
    scored: bool = False
    holds: Literal["node", "text"] = "text"
    compare: Callable[[Reading, Reading], list[Change]] = changes
    agreement: Callable[[Reading, Reading], float | None] = share_kept
    agreement_name: str = "the share of items that are there again with the same value"
    again: Callable[[Projection, Reading], Reading] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a metric may be told: the ends of a path, how to sample, where chance begins."""

    ends: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 0


# ---------------------------------------------------------------- scores


def rank_changes(before: Reading, after: Reading) -> list[Change]:
    """Return which items change rank, are gone, are new, or are no longer defined.

    Ranks are counted among the items that are there both times: that one is gone makes
    nobody else rise.
    """
    old = _ranked({key: item for key, item in before.items() if key in after})
    new = _ranked({key: item for key, item in after.items() if key in before})
    was, now = _ranked(before), _ranked(after)
    found = []
    for key, item in before.items():
        if key not in after:
            found.append(Change(key, "falls out", item.value, None, was[key], None))
        elif old[key] != new[key]:
            here, there = old[key], new[key]
            if here is None or there is None:
                what = "is defined" if here is None else "is not defined"
            else:
                what = "rises" if there < here else "sinks"
            found.append(Change(key, what, item.value, after[key].value, here, there))
    fresh = [key for key in after if key not in before]
    return found + [Change(key, "appears", None, after[key].value, None, now[key]) for key in fresh]


def _ranked(reading: Reading) -> dict[str, int | None]:
    values = [
        float(item.value) if isinstance(item.value, (int, float)) else None
        for item in reading.values()
    ]
    return dict(zip(reading, ranks(values), strict=True))


def rank_agreement(before: Reading, after: Reading) -> float | None:
    """Return Kendall's tau-b of the scores of the items that have one both times."""
    pairs = [
        (float(item.value), float(now.value))
        for key, item in before.items()
        if (now := after.get(key)) is not None
        and isinstance(item.value, (int, float))
        and isinstance(now.value, (int, float))
    ]
    return kendall(pairs)


def kendall(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Kendall's tau-b of two rankings of the same things (Kendall, 1945).

    None where one of them ranks nothing: fewer than two things, or all of them equal.
    Worked out by merging (Knight, 1966), not by going through all pairs.

    >>> kendall([(1, 1), (2, 2), (3, 3)]), kendall([(1, 2), (2, 1)]), kendall([(1, 1), (1, 2)])
    (1.0, -1.0, None)
    """

    def tied(values: Iterable[object]) -> int:
        return sum(comb(count, 2) for count in Counter(values).values())

    every = comb(len(pairs), 2)
    first, second = tied(x for x, _ in pairs), tied(y for _, y in pairs)
    if every in (first, second):
        return None
    swaps = _swaps([y for _, y in sorted(pairs)])[1]
    # Those not tied in either, less twice those in the wrong order.
    agreeing = every - first - second + tied(pairs) - 2 * swaps
    # One root of the product: of equal factors it is exact, two roots are not.
    return agreeing / sqrt((every - first) * (every - second))


def _swaps(values: list[float]) -> tuple[list[float], int]:
    """Return values in order, and how many pairs of them were not."""
    if len(values) < 2:
        return values, 0
    middle = len(values) // 2
    (left, some), (right, others) = _swaps(values[:middle]), _swaps(values[middle:])
    merged: list[float] = []
    count, i, j = some + others, 0, 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            count += len(left) - i
            merged.append(right[j])
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:], count


def _score(measure: Measure) -> Callable[[Asked], Metric]:
    def metric(asked: Asked) -> Metric:
        def read(projection: Projection) -> Reading:
            graph = ties(projection)
            found = scores(graph, measure, sample=asked.sample, seed=asked.seed)
            return {
                node: Item(found.values[number], graph.claims_at(number), graph.label(number))
                for number, node in enumerate(graph.nodes)
            }

        def again(projection: Projection, before: Reading) -> Reading:
            # Ranks are compared, not claims: those of the first reading are what it rests on.
            graph = ties(projection)
            found = scores(graph, measure, sample=asked.sample, seed=asked.seed)
            return {
                node: Item(value, (), graph.label(number))
                for number, (node, value) in enumerate(zip(graph.nodes, found.values, strict=True))
            }

        sampled = (
            f" Each time estimated from {asked.sample} start nodes, seed {asked.seed}: a part of "
            "what changes is chance."
            if asked.sample
            else ""
        )
        return Metric(
            measure,
            "nodes",
            read,
            scored=True,
            holds="node",
            compare=rank_changes,
            agreement=rank_agreement,
            again=again,
            agreement_name="Kendall's tau-b of the scores of the nodes that have one both times",
            notes=(
                f"Ranks are those of {measure}, counted among the nodes that are there both times, so "
                "that one that falls out lifts nobody; equal scores share the better rank. "
                f"kg analyze centrality -m {measure} says how it is "
                f"measured.{sampled}",
            ),
        )

    return metric


# ---------------------------------------------------------------- communities


def _communities(asked: Asked) -> Metric:
    def read(projection: Projection) -> Reading:
        graph = ties(projection)
        parts = partition(graph, seed=asked.seed)
        return {
            str(number): Item(
                " ".join(graph.nodes[node] for node in nodes),
                _inside(graph, nodes),
                f"{number}: {names((graph.label(node) for node in nodes), most=3)}",
            )
            for number, nodes in enumerate(parts, 1)
        }

    return Metric(
        "communities",
        "communities",
        read,
        compare=regrouped,
        agreement=lambda before, after: rand(_grouping(before), _grouping(after)),
        agreement_name="the adjusted Rand index (Hubert and Arabie, 1985) of the nodes in both",
        notes=(
            f"Communities by Louvain, seed {asked.seed} each time. A community stays when those of "
            "its members that are left are together and with nobody else. Louvain breaks ties by "
            "chance, so a change can come with any change of the graph.",
        ),
    )


def _inside(graph: Ties, nodes: Iterable[int]) -> tuple[str, ...]:
    here = set(nodes)
    return graph.claims(
        pair for node in sorted(here) for pair in graph.at(node) if here.issuperset(pair)
    )


def _grouping(reading: Reading) -> dict[str, str]:
    """Return which community each node is in."""
    return {node: key for key, item in reading.items() for node in str(item.value).split()}


def regrouped(before: Reading, after: Reading) -> list[Change]:
    """Return which communities split, merge with others, or lose members."""
    now, was = _grouping(after), _grouping(before)
    found = []
    for key, item in before.items():
        members = str(item.value).split()
        left = [node for node in members if node in now]
        into = sorted({now[node] for node in left}, key=natural)
        if not left:
            found.append(Change(key, "falls", len(members), None))
            continue
        joined = {was[n] for i in into for n in str(after[i].value).split() if n in was} - {key}
        what = []
        if len(into) > 1:
            parts = ["; ".join(n for n in left if now[n] == i) for i in into]
            what.append(f"splits: {' | '.join(parts)}")
        if joined:
            what.append(f"merges with members of {', '.join(sorted(joined, key=natural))}")
        gone = [node for node in members if node not in now]
        stays = not what
        if gone:
            what.append(f"loses {'; '.join(gone)}")
        if what:
            found.append(Change(key, ", ".join(what), len(members), len(left), stays=stays))
    return found


def rand(first: Mapping[str, object], second: Mapping[str, object]) -> float | None:
    """Return the adjusted Rand index of two groupings, over the things that are in both.

    1 where they agree, about 0 where they agree as much as chance would have them; None
    where fewer than two things are in both.

    >>> rand({"a": 1, "b": 1, "c": 2}, {"a": "x", "b": "x", "c": "y"})
    1.0
    >>> rand({"a": 1}, {"a": 1}) is None
    True
    """
    both = [thing for thing in first if thing in second]
    if len(both) < 2:
        return None

    def together(groups: Iterable[object]) -> int:
        return sum(comb(count, 2) for count in Counter(groups).values())

    one, other = together(first[t] for t in both), together(second[t] for t in both)
    same = together((first[t], second[t]) for t in both)
    every = comb(len(both), 2)
    # In whole numbers as long as it can be, so that agreement is 1 and not nearly so.
    top, bottom = 2 * (same * every - one * other), (one + other) * every - 2 * one * other
    return top / bottom if bottom else 1.0


# ---------------------------------------------------------------- paths, relations


def _path(asked: Asked) -> Metric:
    if len(asked.ends) != 2:
        raise UsageError(
            "a path has two ends", hint="kg analyze sensitivity path DPRK Japan names them"
        )
    a, b = asked.ends

    def read(projection: Projection, most: int = 3) -> Reading:
        found = {}
        for path in paths(projection, a, b, k=most):
            soft = path.weakest
            found[" ".join(path.nodes)] = Item(
                f"{path.firmness}; softest: {soft.source_label} {soft.phrase} {soft.target_label} "
                f"({soft.firmness})",
                path.claims,
                " – ".join([path.hops[0].source_label, *(hop.target_label for hop in path.hops)]),
            )
        return found

    def again(projection: Projection, before: Reading) -> Reading:
        # A path that became softer may no longer be among the best, and still be there.
        found = dict(read(projection))
        for key in before:
            nodes = key.split()
            if key not in found and all(node in projection.graph for node in nodes):
                within = read(part(projection, nodes, reason="off the path"), most=100)
                if key in within:
                    found[key] = within[key]
        return found

    return Metric(
        "path",
        "paths",
        read,
        projection="edges",
        again=again,
        notes=(
            "Paths: the 3 shortest, the firmer first; a path that is no longer among them but "
            "still there is not counted as fallen. Each step takes the firmest edge between its "
            "nodes. kg analyze path lists them.",
        ),
    )


def relations(projection: Projection) -> Reading:
    """Return each relation and each dated or otherwise stated value that stands, and how."""
    graph = projection.graph
    labels = labels_of(projection)
    found: dict[str, Item] = {}
    said: dict[str, list[Data]] = defaultdict(list)
    for source, target, data in graph.edges(data=True):
        denied = data["polarity"] == Polarity.NEGATED
        via = str(data.get("via", ""))
        word = "NOT" if denied else "SHOULD" if wishes(data) else ""
        key = " ".join(filter(None, (word, source, data["predicate"], target, via)))
        said[key].append(data)
        phrase = " ".join(filter(None, (word, data["label"])))
        way = f" (by way of {labels.get(via, via)})" if via else ""
        label = f"{labels[source]} {phrase} {labels[target]}{way}"
        # Several claims of one relation: the firmest edge says how it stands.
        found[key] = Item(words(firmest(said[key])), claims_of(said[key]), label)
    for node, data in graph.nodes(data=True):
        for name in [name for name in data if f"{name}_claims" in data]:
            disputed = "contested " if data.get(f"{name}_contested") else ""
            found[f"{node} {name}"] = Item(
                f"{disputed}fact: {data[name]}",
                tuple(str(data[f"{name}_claims"]).split()),
                f"{labels[node]} {name}",
            )
    return dict(sorted(found.items(), key=lambda item: natural(item[0])))


def _relations(asked: Asked) -> Metric:
    return Metric(
        "relations",
        "relations",
        relations,
        projection="edges",
        notes=(
            "Relations: each edge between two things, however many claims make it, and each date "
            "or other value that stands at a thing. It falls when no claim is left to make it (a "
            "date also when the preferred one is gone and the others disagree), and loses support "
            "when some are. contested: another claim disputes it.",
        ),
    )


def _balance(asked: Asked) -> Metric:
    def read(projection: Projection) -> Reading:
        labels = labels_of(projection)
        return {
            " ".join(triad.actors): Item(
                f"{triad.signs()}: {triad.strong()}",
                claims_of(edge for side in triad.sides if side for edge in side.edges),
                " – ".join(labels[actor] for actor in triad.actors),
            )
            for triad in triads(pairs(projection))
        }

    return Metric(
        "balance",
        "triads",
        read,
        projection="signed",
        notes=(
            "Balance: each closed triad of actors with the signs of its pairs and its state under "
            "strong balance (kg analyze balance).",
        ),
    )


#: Every metric that can be tested, by name.
METRICS: Mapping[str, Callable[[Asked], Metric]] = {
    **{measure: _score(measure) for measure in MEASURES},
    "communities": _communities,
    "balance": _balance,
    "path": _path,
    "relations": _relations,
}


def metric(name: str, asked: Asked | None = None) -> Metric:
    """Return a metric by name; UsageError for one that does not exist or lacks what it needs."""
    asked = asked or Asked()
    if name not in METRICS:
        raise UsageError(f"there is no metric {name!r}", hint="one of " + ", ".join(METRICS))
    if asked.ends and name != "path":
        raise UsageError(f"{name} has no ends", hint=f"kg analyze sensitivity {name}")
    if asked.sample is not None and name != "betweenness":
        raise UsageError("only betweenness is sampled", hint="leave --sample out")
    return METRICS[name](asked)


# ---------------------------------------------------------------- what is left out


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to leave out: its name (a CURIE, or words) and the selection without it."""

    name: str
    selection: Selection


def cases(store: Store, over: Over, base: Selection = EVERYTHING) -> tuple[list[Case], int]:
    """Return what can be left out one at a time, and how many there are on which nothing rests.

    By ``source`` that is each document, by ``holder`` each who holds a claim or whose view is
    relayed, by ``dataset`` each named graph. By ``grade`` the cases add up: at least 5,
    at least 4, to 1. Those on which most rests come first; grades keep their order.
    Raises NoError where there is nothing to leave out.
    """
    selected = select(store, base)
    if over == "grade":
        start = base.min_credibility or 6
        every = [
            Case(f"--min-credibility {grade}", replace(base, min_credibility=grade))
            for grade in range(start - 1, 0, -1)
        ]
        if not every:
            raise NoError("no grade is better than 1", hint="leave --min-credibility out")
        return every, 0
    if over == "dataset":
        named = base.datasets or tuple(
            sorted(graph.value for graph in store.graphs() if graph != ONTOLOGY_GRAPH)
        )
        if len(set(named)) < 2:
            raise NoError(
                "there is only one data set here: without it nothing is left",
                hint="--over source, or load another with -d FILE",
            )
        return [
            Case(compress(one), replace(base, datasets=tuple(n for n in named if n != one)))
            for one in dict.fromkeys(named)
        ], 0
    rests = _by_source(store, selected) if over == "source" else _by_holder(selected)
    known: Iterable[str] = store.sources if over == "source" else rests
    resting = sorted((one for one in known if rests[one]), key=lambda c: (-rests[c], natural(c)))
    none = len(set(known) - set(resting))
    if over == "source":
        return [Case(compress(one), base.without(source=one)) for one in resting], none
    return [Case(compress(one), base.without(holder=one)) for one in resting], none


def _by_source(store: Store, selected: Selected) -> Counter[str]:
    """Count the claims that may fall, or lose a place, without each document.

    Those read in it or citing it, and those of the documents that originate from it: it
    stands for them when it is left out. Rather one too many: what takes nothing out of
    the graph shows when it is tried.
    """
    own: Counter[str] = Counter()
    for claim in selected.claims.values():
        places = (store.passages[iri].source for iri in claim.evidence if iri in store.passages)
        own.update({*places, *claim.cited_sources})
    rests = Counter(own)
    for source in store.sources.values():
        for origin in set(source.origins) & store.sources.keys() - {source.iri}:
            rests[origin] += own[source.iri]
    return rests


def _by_holder(selected: Selected) -> Counter[str]:
    """Count the claims that only one holds, or whose only original holder one is."""
    rests: Counter[str] = Counter()
    for claim in selected.claims.values():
        held = {one for who in (claim.holders, claim.original_holders) for one in who}
        rests.update(dict.fromkeys(held, 0))
        rests.update(
            {who[0] for who in (claim.holders, claim.original_holders) if len(set(who)) == 1}
        )
    return rests


# ---------------------------------------------------------------- the test


class Outcome(NamedTuple):
    """What leaving one thing out did: the claims that went, what changed, how much agrees.

    ``gone`` has every claim that went, with what it speaks of; ``new`` the items that were
    not there before.
    """

    case: Case
    gone: Mapping[str, frozenset[str]]
    changes: tuple[Change, ...]
    new: Reading
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Tested:
    """A metric with everything it is worked out on, and again without each case.

    ``outcomes`` are of the cases that take something out of this graph; ``untouched`` of
    those that were tried and did not; ``skipped`` counts those on which no claim rests.
    """

    metric: Metric
    projection: Projection
    before: Reading
    outcomes: tuple[Outcome, ...]
    untouched: tuple[Case, ...] = ()
    skipped: int = 0
    runs: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def moved(self) -> dict[str, list[str]]:
        """For each item that does not stay as it was, the names of the cases that move it."""
        found: dict[str, list[str]] = {}
        for outcome in self.outcomes:
            for change in outcome.changes:
                if not change.stays:
                    found.setdefault(change.key, []).append(self.labels[outcome.case.name])
        return found

    def stability(self, moves: int) -> float | None:
        """Return the share of the cases that is left when so many move an item."""
        return float(f"{1 - moves / len(self.outcomes):.9g}") if self.outcomes else None


Progress = Callable[[int, int], None]


def without(
    store: Store,
    metric: Metric,
    base: Selection,
    left_out: Sequence[Case],
    *,
    projection: str = "",
    include_hedged: bool | None = None,
    skipped: int = 0,
    runs: int | None = None,
    progress: Progress | None = None,
) -> Tested:
    """Work a metric out on everything, then without each case, and compare.

    Raises NoError where there is nothing to compare (no result with everything in),
    RefusedError for more than ``MOST_RUNS`` cases unless ``runs`` says how many; the
    first so many are taken then.
    """
    if len(left_out) > (runs or MOST_RUNS):
        if runs is None:
            raise RefusedError(
                f"{len(left_out)} recomputations are more than {MOST_RUNS}",
                hint=f"--runs {MOST_RUNS} takes those on which most claims rest",
            )
        left_out = left_out[:runs]
    name = projection or metric.projection

    def projected(selection: Selection) -> Projection:
        return project(store, name, selection, include_hedged=include_hedged)

    whole = projected(base)
    before = metric.read(whole)
    if not before:
        raise NoError(
            f"there is no result of {metric.name} to test here: {whole.summary()}",
            hint="loosen the filters, take another --projection, or add --include-hedged",
        )
    selected = select(store, base)
    resting = Resting(store, selected, whole)
    outcomes: list[Outcome] = []
    untouched: list[Case] = []
    for number, case in enumerate(left_out):
        if progress:
            progress(number, len(left_out))
        kept = select(store, case.selection)
        if not resting.may_change(kept) or _same(whole, again := projected(case.selection)):
            untouched.append(case)
            continue
        gone = [claim for iri, claim in selected.claims.items() if iri not in kept.claims]
        try:
            after = metric.again(again, before) if metric.again else metric.read(again)
        except NoError:  # nothing is left to measure
            after = {}
        agreement = metric.agreement(before, after)
        outcomes.append(
            Outcome(
                case,
                {compress(c.iri): _about(c) for c in sorted(gone, key=lambda c: natural(c.iri))},
                tuple(metric.compare(before, after)),
                {key: item for key, item in after.items() if key not in before},
                None if agreement is None else float(f"{agreement:.9g}"),
            )
        )
    if progress:
        progress(len(left_out), len(left_out))
    return Tested(
        metric,
        whole,
        before,
        tuple(outcomes),
        tuple(untouched),
        skipped,
        len(left_out),
        {case.name: _label(store, case) for case in left_out},
    )


class Resting:
    """What a projection rests on, to tell without projecting again what cannot change it.

    Most of a large graph rests on other claims than those that a source takes along. A
    claim bears on a projection that it makes something in; that disputes, or is disputed
    by, what does (``contested``); or that competes for the one value of a property, be it
    that nobody has won there. Where a time was asked, so does one without which something
    is dated otherwise. What corroborates bears on who gets in (``--min-origins``), and
    that shows in the claims that are selected.
    """

    def __init__(self, store: Store, selected: Selected, projection: Projection) -> None:
        self.selected, self.vocabulary = selected, store.vocabulary
        making = _claims(projection)
        self.making = {iri for iri in selected.claims if compress(iri) in making}
        every = projection.name in ("edges", "claims")
        self.nodes = None if every else frozenset(projection.graph)
        self.disputes = disputes(selected.claims.values(), store.vocabulary)
        # The layer as it is written and as its claims make it: where they differ, a graph
        # made anew differs, whatever is left out.
        written = {edge: claims for edge, claims in selected.edges(store).items() if claims}
        self.settled = written == edges(selected.claims.values(), store.vocabulary)

    def may_change(self, kept: Selected) -> bool:
        """Return whether the projection of what is kept may be another one."""
        before, after = self.selected, kept
        if not self.settled or not after.claims.keys() <= before.claims.keys():
            return True
        for iri, claim in before.claims.items():
            now = after.claims.get(iri)
            if now is not claim and now != claim and self._bears(claim):
                return True
        if before.held is None or after.held is None:
            return before.held is not after.held
        return any(before.held[iri] != after.held[iri] for iri in self.making)

    def _bears(self, claim: Claim) -> bool:
        if claim.iri in self.making:
            return True
        if not self.making.isdisjoint(self.disputes.get(claim.iri, ())):
            return True
        term = self.vocabulary.terms.get(claim.predicate)
        if term is None or not term.functional or not qualifies(claim, self.vocabulary):
            return False
        # A date is told of its thing, and makes a thing a node only where every edge is drawn.
        told = isinstance(claim.object, str) or self.nodes is None
        return told or compress(claim.subject) in (self.nodes or ())


def _about(claim: Claim) -> frozenset[str]:
    """Return what a claim speaks of, in the words of a key: its ends and its predicate."""
    predicate = compress(claim.predicate)
    ends = [end for end in (claim.subject, claim.object) if isinstance(end, str)]
    return frozenset({predicate, predicate.removeprefix("kg:"), *map(compress, ends)})


def _same(one: Projection, other: Projection) -> bool:
    """Return whether two projections hold the same, to the last attribute."""
    import networkx as nx

    return bool(nx.utils.graphs_equal(one.graph, other.graph))


def _label(store: Store, case: Case) -> str:
    from kg.vocab import expand

    iri = expand(case.name)
    return store.label(iri) if iri else case.name


def sensitivity(
    store: Store,
    metric: Metric,
    selection: Selection = EVERYTHING,
    *,
    over: Over | None = None,
    by: View = "change",
    projection: str = "",
    include_hedged: bool | None = None,
    runs: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Return what of a metric's results flips when something is left out.

    Where the selection leaves sources or holders out, exactly that is the case tested,
    against the same selection with them in. Else each is left out in turn ``over`` sources
    (when None), holders, data sets or grades. ``by`` says what a row is: a change, an item
    with its stability, or a thing left out.

    Raises UsageError where both are asked for, and what ``cases`` and ``without`` raise.
    """
    fixed = selection.exclude_sources or selection.exclude_holders
    if fixed and over:
        raise UsageError(
            "--over leaves out each in turn, --exclude-source and --exclude-holder what they name",
            hint="give one or the other",
        )
    if fixed:
        base = replace(selection, exclude_sources=(), exclude_holders=())
        asked = Selection(
            exclude_sources=selection.exclude_sources, exclude_holders=selection.exclude_holders
        )
        left_out, skipped = [Case(asked.described(), selection)], 0
    else:
        base = selection
        left_out, skipped = cases(store, over or "source", base)
    tested = without(
        store,
        metric,
        base,
        left_out,
        projection=projection,
        include_hedged=include_hedged,
        skipped=skipped,
        runs=runs,
        progress=progress,
    )
    return report(
        tested, by, "" if fixed else over or "source", held_back=len(left_out) - tested.runs
    )


# ---------------------------------------------------------------- the report

_LEFT_OUT = {
    "source": ("sources", "leaving out one source at a time"),
    "holder": ("holders", "leaving out one holder at a time"),
    "dataset": ("data sets", "leaving out one data set at a time"),
    "grade": ("grades", "asking for a better credibility step by step"),
    "": ("cases", "comparing with and without exactly that"),
}


def report(tested: Tested, by: View = "change", over: str = "", *, held_back: int = 0) -> Answer:
    """Return a test as an answer: one row for each change, item, or thing left out."""
    views = {"change": _by_change, "item": _by_item, "left-out": _by_case}
    columns, rows = views[by](tested)
    if not over and by == "change":
        # Of one case alone these say the same in every row; the figures have them.
        columns, rows = _without(columns, rows, ("left_out", "stability", "agreement"))
    many, how = _LEFT_OUT[over]
    metric = tested.metric
    moved = tested.moved
    agreements = [o.agreement for o in tested.outcomes if o.agreement is not None]
    notes = [
        f"Sensitivity of {metric.name} by {how}: claims were selected anew {tested.runs} "
        f"{'time' if tested.runs == 1 else 'times'}, and the graph was made anew wherever what "
        "went bears on it.",
        f"agreement: {metric.agreement_name}."
        + (
            f" stability: the share of the {len(tested.outcomes)} {many} that take something out "
            "of this graph without which the item is as before."
            if over
            else ""
        ),
        *metric.notes,
    ]
    if not over:
        notes += [_went(outcome, _claims(tested.projection)) for outcome in tested.outcomes]
    if tested.skipped:
        notes.append(f"Not tried: {tested.skipped} {many} on which no claim rests here.")
    if held_back:
        notes.append(f"Not tried: {held_back} {many} on which fewer claims rest (--runs).")
    if tested.untouched:
        shown = names(tested.labels[case.name] for case in tested.untouched)
        notes.append(f"Nothing in this graph rests on {len(tested.untouched)} {many}: {shown}.")
    still = [o for o in tested.outcomes if not any(not c.stays for c in o.changes)]
    if still and not over:
        notes.append("No result changes.")
    elif still and by != "left-out":
        shown = names(tested.labels[o.case.name] for o in still)
        notes.append(f"No result changes without {len(still)} {many}: {shown}.")
    hedged = sum(not d["materialised"] for *_, d in tested.projection.graph.edges(data=True))
    if hedged:
        every = tested.projection.graph.number_of_edges()
        notes.append(f"{hedged} of {every} edges are no facts of the graph, only claimed.")
    found = answer(
        "sensitivity",
        tested.projection,
        columns,
        rows,
        figures={
            "metric": metric.name,
            **({} if over else {"left_out": ", ".join(tested.labels)}),
            "recomputations": tested.runs,
            "with_effect": len(tested.outcomes),
            metric.items: len(tested.before),
            f"{metric.items}_that_never_change": sum(key not in moved for key in tested.before),
            "least_agreement" if over else "agreement": min(agreements, default=None),
        },
        notes=notes,
    )
    return replace(found, labels={**found.labels, **tested.labels})


def _without(
    columns: list[Column], rows: list[Row], dropped: tuple[str, ...]
) -> tuple[list[Column], list[Row]]:
    kept = [place for place, column in enumerate(columns) if column.name not in dropped]
    return [columns[place] for place in kept], [
        replace(row, values=tuple(row.values[place] for place in kept)) for row in rows
    ]


def _went(outcome: Outcome, here: frozenset[str]) -> str:
    """Return in words which claims went, and which of them made nothing in the graph anyway."""
    idle = [claim for claim in outcome.gone if claim not in here]
    text = f"{len(outcome.gone)} claims go: {' '.join(outcome.gone)}."
    return text + (
        f" {len(idle)} of them make nothing in this graph: {' '.join(idle)}." if idle else ""
    )


def _left_out_column(tested: Tested) -> Column:
    named = all(":" in name and " " not in name for name in tested.labels)
    return Column("left_out", "node" if named else "text")


def _by_change(tested: Tested) -> tuple[list[Column], list[Row]]:
    metric = tested.metric
    columns = [_left_out_column(tested), Column("item", metric.holds), Column("change")]
    if metric.scored:
        columns += [Column("rank_before", "number"), Column("rank_after", "number")]
    holds: Literal["number", "text"] = (
        "number" if metric.scored or metric.name == "communities" else "text"
    )
    columns += [
        Column("before", holds),
        Column("after", holds),
        Column("stability", "number", "of the item"),
        Column("agreement", "number", "of the whole"),
    ]
    if metric.holds == "text":
        columns.append(Column("key", "text", "the item by its ids"))
    rows = []
    moved = tested.moved
    here = _claims(tested.projection)
    for outcome in tested.outcomes:
        for change in outcome.changes:
            item = tested.before.get(change.key) or outcome.new[change.key]
            rows.append(
                Row(
                    (
                        outcome.case.name,
                        change.key if metric.holds == "node" else item.label,
                        change.what,
                        *((change.rank_before, change.rank_after) if metric.scored else ()),
                        change.before,
                        change.after,
                        tested.stability(len(moved.get(change.key, ())))
                        if change.key in tested.before
                        else None,
                        outcome.agreement,
                        *((change.key,) if metric.holds == "text" else ()),
                    ),
                    _lost(change.key, item, outcome, here, scored=metric.scored),
                )
            )
    return columns, rows


def _claims(projection: Projection) -> frozenset[str]:
    """Return every claim that makes something in a projection."""
    graph = projection.graph
    texts = [str(data["claims"]) for *_, data in graph.edges(data=True)]
    texts += [
        str(value)
        for _, data in graph.nodes(data=True)
        for name, value in data.items()
        if name.endswith("_claims")
    ]
    return frozenset(claim for text in texts for claim in text.split())


def _lost(
    key: str, item: Item, outcome: Outcome, here: frozenset[str], *, scored: bool
) -> tuple[str, ...]:
    """Return the claims whose loss changed an item.

    Those it rested on; else, where it is another's place or dispute that changed, those
    that speak of it, for a score or a group those that made something in the graph.
    """
    own = tuple(claim for claim in item.claims if claim in outcome.gone)
    if own:
        return own
    words = set() if scored else set(key.split())
    # A rival has the subject and the predicate in common, others one of the ends.
    for shared in (2, 1):
        speaking = tuple(c for c, about in outcome.gone.items() if len(about & words) >= shared)
        if speaking:
            return speaking
    return tuple(c for c in outcome.gone if c in here) or tuple(outcome.gone)


def _by_item(tested: Tested) -> tuple[list[Column], list[Row]]:
    metric = tested.metric
    columns = [Column("item", metric.holds)]
    rank = _ranked(tested.before) if metric.scored else {}
    columns += [Column("rank", "number")] if metric.scored else []
    columns += [
        Column("value", "number" if metric.scored else "text"),
        Column("stability", "number", "share of the cases in which it stayed"),
        Column("falls", "number", "cases in which it is gone"),
        Column("changed_by", "text", "what it does not stay the same without"),
    ]
    moved = tested.moved
    falls = Counter(
        change.key
        for outcome in tested.outcomes
        for change in outcome.changes
        if change.key in tested.before and change.what.startswith("falls")
    )
    rows = []
    for key, item in tested.before.items():
        by = moved.get(key, [])
        rows.append(
            Row(
                (
                    key if metric.holds == "node" else item.label,
                    *((rank[key],) if metric.scored else ()),
                    item.value,
                    tested.stability(len(by)),
                    falls[key],
                    names(by, most=4),
                ),
                item.claims,
            )
        )
    if metric.scored:
        rows.sort(key=lambda row: (row.values[1] is None, row.values[1] or 0))
    return columns, rows


def _by_case(tested: Tested) -> tuple[list[Column], list[Row]]:
    columns = [
        _left_out_column(tested),
        Column("claims_gone", "number"),
        Column("changed", "number", "items that changed"),
        Column("gone", "number", "of them gone"),
        Column("agreement", "number", "of the whole"),
    ]
    rows = [
        Row(
            (
                outcome.case.name,
                len(outcome.gone),
                sum(not change.stays for change in outcome.changes),
                sum(change.what.startswith("falls") for change in outcome.changes),
                outcome.agreement,
            ),
            tuple(outcome.gone),
        )
        for outcome in tested.outcomes
    ]
    return columns, rows
