"""Structural balance: who is friend and foe of whom, and where the signs do not fit together.

A pair of actors has the sign of its relations (``kg:sign`` of the predicate, +1 or -1).
A pair with relations of both signs is ambivalent: it is shown with the claims of both
sides, it has no sign, and what needs one is undecided in its triads and leaves it out of
the frustration index. A denial is no relation, and neither is a recommendation: it says
what should be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations, islice, pairwise, product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kg.analysis.answer import Answer, Cell, Column, Row, answer, claims_of
from kg.analysis.firmness import Data, firmest, stands, words
from kg.analysis.groups import hanging_together
from kg.errors import RefusedError, UsageError
from kg.projection import Projection
from kg.turtle import natural

if TYPE_CHECKING:
    import networkx as nx

#: How many triads are listed at most; more is nothing that a person reads.
MAX_TRIADS = 100_000

#: How many table entries the exact frustration index may take for one block, and how many
#: neighbours an actor may have when it is eliminated. Any network of 21 actors fits, and a
#: far larger one when it hangs together loosely.
MAX_ENTRIES = 2**23
MAX_NEIGHBOURS = 20

#: How the frustration index is worked out.
Method = Literal["exact", "approximate", "none"]


# ------------------------------------------------------------------ pairs


class Pair(NamedTuple):
    """Two actors, the first by natural order, and the edges between them of each sign."""

    one: str
    other: str
    friendly: tuple[Data, ...] = ()
    hostile: tuple[Data, ...] = ()

    @property
    def signs(self) -> tuple[int, ...]:
        """The signs it may have: both when it is ambivalent."""
        return (*((1,) if self.friendly else ()), *((-1,) if self.hostile else ()))

    @property
    def sign(self) -> int | None:
        """+1, -1, or None where there are relations of both signs."""
        return self.signs[0] if len(self.signs) == 1 else None

    @property
    def edges(self) -> tuple[Data, ...]:
        """Every edge, friendly ones first."""
        return (*self.friendly, *self.hostile)

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims of both sides."""
        return claims_of(self.edges)

    @property
    def fact(self) -> bool:
        """Whether each sign it has rests on a fact of the edge layer."""
        return all(
            any(data["materialised"] for data in side)
            for side in (self.friendly, self.hostile)
            if side
        )

    @property
    def mark(self) -> str:
        """The sign as it is printed."""
        return "±" if self.sign is None else "+" if self.sign > 0 else "-"

    def cited(self) -> str:
        """Return the claims as text, those of the two sides apart where there are two."""
        if self.sign is not None:
            return " ".join(self.claims)
        return f"+ {' '.join(claims_of(self.friendly))}; - {' '.join(claims_of(self.hostile))}"

    def apart(self) -> bool:
        """Return whether its two sides are said of times that do not meet."""

        def before(first: tuple[Data, ...], second: tuple[Data, ...]) -> bool:
            ends = [str(data.get("valid_to", "")) for data in first]
            starts = [str(data.get("valid_from", "")) for data in second]
            return all(ends) and all(starts) and max(ends) < min(starts)

        return bool(self.friendly and self.hostile) and (
            before(self.friendly, self.hostile) or before(self.hostile, self.friendly)
        )


def pairs(projection: Projection, among: Sequence[str] = ()) -> dict[tuple[str, str], Pair]:
    """Return the signed pairs of a projection in natural order, or those among some actors."""
    sides: dict[tuple[str, str], dict[int, list[Data]]] = defaultdict(lambda: {1: [], -1: []})
    wanted = frozenset(among)
    for source, target, data in projection.graph.edges(data=True):
        sign = data.get("sign")
        if sign not in (1, -1) or source == target or not stands(data):
            continue
        if wanted and not (source in wanted and target in wanted):
            continue
        ends = (source, target) if natural(source) < natural(target) else (target, source)
        sides[ends][sign].append(data)
    return {
        ends: Pair(*ends, tuple(sides[ends][1]), tuple(sides[ends][-1]))
        for ends in sorted(sides, key=lambda ends: (natural(ends[0]), natural(ends[1])))
    }


# ------------------------------------------------------------------ triads


class Triad(NamedTuple):
    """Three actors in natural order and the pairs one-other, other-third, one-third.

    A pair that no relation joins is None.
    """

    actors: tuple[str, str, str]
    sides: tuple[Pair | None, Pair | None, Pair | None]

    @property
    def closed(self) -> bool:
        """Whether all three pairs are related."""
        return None not in self.sides

    def readings(self) -> list[tuple[int, ...]]:
        """Return the signs of the three sides, once for each way to read the ambivalent ones."""
        return list(product(*(side.signs for side in self.sides if side is not None)))

    def strong(self) -> str:
        """Return the state under strong balance: the product of the three signs is positive."""
        return self._state(lambda signs: signs.count(-1) % 2 == 0)

    def weak(self) -> str:
        """Return the state under weak balance: not exactly one sign is negative."""
        return self._state(lambda signs: signs.count(-1) != 1)

    def _state(self, balanced: Any) -> str:
        if not self.closed:
            return "open"
        found = [(signs, balanced(signs)) for signs in self.readings()]
        if len({state for _, state in found}) == 1:
            return "balanced" if found[0][1] else "unbalanced"
        undecided = [n for n, side in enumerate(self.sides) if side and side.sign is None]
        told = (
            "".join("+" if signs[n] > 0 else "-" for n in undecided)
            + (" balanced" if state else " unbalanced")
            for signs, state in found
        )
        return f"undecided ({', '.join(told)})"

    def signs(self) -> str:
        """Return the signs as printed; ± is ambivalent, ? no relation."""
        return " ".join(side.mark if side else "?" for side in self.sides)

    def firmness(self) -> str:
        """Return how firm it is: whether each side is a fact, else which are not and how soft."""
        soft = [
            f"{name}: {words(firmest(side.friendly or side.hostile))}"
            if side.sign is not None
            else f"{name}: + {words(firmest(side.friendly))}, - {words(firmest(side.hostile))}"
            for name, side in zip(SIDES, self.sides, strict=True)
            if side is not None and not side.fact
        ]
        present = [side for side in self.sides if side is not None]
        if soft:
            return f"{len(present) - len(soft)} of {len(present)} facts ({'; '.join(soft)})"
        disputed = any(
            all(data["contested"] for data in edges)
            for side in present
            for edges in (side.friendly, side.hostile)
            if edges
        )
        return "facts, contested" if disputed else "facts"


#: The sides of a triad, as its columns are called.
SIDES = ("one_other", "other_third", "one_third")


def triads(found: Mapping[tuple[str, str], Pair], *, opened: bool = False) -> Iterator[Triad]:
    """Yield the triads whose three pairs are related, then, if asked, those that lack one side."""
    order, near = _neighbours(found)
    rank = {actor: number for number, actor in enumerate(order)}

    for one, other in found:
        for third in sorted(near[one] & near[other], key=rank.__getitem__):
            if rank[third] > rank[other]:
                yield _triad(found, rank, one, other, third)
    for middle in order if opened else ():
        ends = sorted(near[middle], key=rank.__getitem__)
        for one, third in combinations(ends, 2):
            if third not in near[one]:
                yield _triad(found, rank, one, middle, third)


def _triad(found: Mapping[tuple[str, str], Pair], rank: Mapping[str, int], *actors: str) -> Triad:
    one, other, third = sorted(actors, key=rank.__getitem__)
    sides = (found.get((one, other)), found.get((other, third)), found.get((one, third)))
    return Triad((one, other, third), sides)


def _neighbours(
    found: Iterable[tuple[str, str]],
) -> tuple[list[str], dict[str, set[str]]]:
    near: dict[str, set[str]] = defaultdict(set)
    for one, other in found:
        near[one].add(other)
        near[other].add(one)
    return sorted(near, key=natural), near


class Census(NamedTuple):
    """How many triads there are of each state; ``undecided`` is under strong balance."""

    closed: int
    balanced: int
    unbalanced: int
    all_hostile: int
    open: int

    @property
    def undecided(self) -> int:
        """Triads with an ambivalent side."""
        return self.closed - self.balanced - self.unbalanced


def census(found: Mapping[tuple[str, str], Pair]) -> Census:
    """Return how many triads are closed, balanced, unbalanced, all hostile and open."""
    later: dict[str, dict[int | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    every: dict[str, set[str]] = defaultdict(set)
    degree: dict[str, int] = defaultdict(int)
    for (one, other), pair in found.items():
        later[one][pair.sign].add(other)
        every[one].add(other)
        degree[one] += 1
        degree[other] += 1
    closed = balanced = unbalanced = hostile = 0
    for (one, other), pair in found.items():
        closed += len(every[one] & every[other])
        if pair.sign is None:
            continue
        a, b = later[one], later[other]
        both_hostile = len(a[-1] & b[-1])
        alike = len(a[1] & b[1]) + both_hostile
        unlike = len(a[1] & b[-1]) + len(a[-1] & b[1])
        balanced += alike if pair.sign > 0 else unlike
        unbalanced += unlike if pair.sign > 0 else alike
        hostile += both_hostile if pair.sign < 0 else 0
    ways = sum(n * (n - 1) // 2 for n in degree.values())
    return Census(closed, balanced, unbalanced, hostile, ways - 3 * closed)


# ------------------------------------------------------------------ frustration


class Frustration(NamedTuple):
    """The least number of pairs whose sign contradicts any division into two camps.

    It lies from ``lower`` to ``upper``; ``camps`` (0 or 1 by actor) is a division that
    ``upper`` pairs contradict. ``divisions`` counts the divisions that are as good, those
    of separate components multiplied, or is None where it was not counted.
    """

    lower: int
    upper: int
    camps: Mapping[str, int]
    divisions: int | None

    @property
    def exact(self) -> bool:
        """Whether no division is better."""
        return self.lower == self.upper


def frustration(
    signs: Mapping[tuple[str, str], int],
    *,
    method: Method = "exact",
    seed: int = 0,
    entries: int = MAX_ENTRIES,
) -> Frustration:
    """Return the line index of imbalance (frustration index) of a signed graph, and two camps.

    Each block (biconnected component) is on its own: one that can be coloured with two
    colours costs nothing; else its actors are eliminated one by one, fewest neighbours
    first, each leaving a table of its least cost for every choice of its neighbours. A
    block for which the tables would take more than ``entries`` is bounded: from above by
    local search from a seed, from below by cycles without common pairs that have an odd
    number of negative signs. Where both agree that is exact, too.

    Raises RefusedError where they do not and ``method`` is "exact".

    >>> frustration({("a", "b"): 1, ("b", "c"): 1, ("a", "c"): -1}).upper
    1
    """
    import networkx as nx

    order = sorted({end for ends in signs for end in ends}, key=natural)
    rank = {actor: number for number, actor in enumerate(order)}
    near: list[dict[int, int]] = [{} for _ in order]
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(order)))
    for (one, other), sign in signs.items():
        a, b = rank[one], rank[other]
        near[a][b] = near[b][a] = sign
        graph.add_edge(a, b)
    blocks: list[list[int]] = sorted(sorted(b) for b in _blocks(graph))
    lower = upper = 0
    divisions: int | None = 1
    coloured: list[dict[int, int]] = []
    for block in blocks:
        inside = {a: _within(near[a], block) for a in block} if len(block) > 2 else None
        if inside is None:  # a bridge: one pair, always to be satisfied
            coloured.append({block[0]: 0, block[1]: int(near[block[0]][block[1]] < 0)})
            continue
        found = _colour(inside) or _eliminate(inside, entries) or _bounds(inside, seed)
        if found.lower < found.upper and method == "exact":
            raise RefusedError(
                f"{len(block)} actors hang together too closely for the exact frustration index "
                f"(it is between {found.lower} and {found.upper} there)",
                hint="--method approximate gives the bounds, --method none leaves it out",
            )
        lower += found.lower
        upper += found.upper
        divisions = divisions * found.divisions if divisions and found.divisions else None
        coloured.append(found.camps)
    camps = _joined(len(order), blocks, coloured)
    return Frustration(lower, upper, {order[a]: camp for a, camp in enumerate(camps)}, divisions)


def _blocks(graph: nx.Graph[int]) -> Iterator[set[int]]:
    import networkx as nx

    # networkx's types say a list of sets for each block; it is one set of nodes (3.6).
    found: Iterator[Any] = nx.biconnected_components(graph)
    yield from found


#: A block: by actor the signs towards its neighbours.
_Block = dict[int, dict[int, int]]


class _Found(NamedTuple):
    lower: int
    upper: int
    camps: dict[int, int]
    divisions: int | None


def _within(near: Mapping[int, int], block: Sequence[int]) -> dict[int, int]:
    inside = set(block)
    return {b: near[b] for b in sorted(near) if b in inside}


def _joined(count: int, blocks: list[list[int]], coloured: list[dict[int, int]]) -> list[int]:
    """Return one division from those of the blocks: turned so that they agree where they meet."""
    of: list[list[int]] = [[] for _ in range(count)]
    for number, block in enumerate(blocks):
        for a in block:
            of[a].append(number)
    camps: list[int] = [-1] * count
    done: set[int] = set()
    for first in range(count):
        if camps[first] >= 0:
            continue
        camps[first] = 0
        frontier = [first]
        while frontier:
            a = frontier.pop()
            for number in of[a]:
                if number not in done:
                    done.add(number)
                    turned = coloured[number][a] ^ camps[a]
                    for b, camp in coloured[number].items():
                        if camps[b] < 0:
                            camps[b] = camp ^ turned
                            frontier.append(b)
    return camps


def _colour(block: _Block) -> _Found | None:
    """Return the division of a balanced block, None when it is not balanced (Harary's theorem)."""
    tree = _tree(block)
    if any(tree[a][0] ^ tree[b][0] != (sign < 0) for a in block for b, sign in block[a].items()):
        return None
    return _Found(0, 0, {a: camp for a, (camp, _) in tree.items()}, 1)


def _tree(block: _Block) -> dict[int, tuple[int, int]]:
    """Return the camp and the parent of each actor in breadth-first trees that every sign fits."""
    tree: dict[int, tuple[int, int]] = {}
    for first in block:
        if first in tree:
            continue
        tree[first] = 0, first
        frontier = [first]
        for a in frontier:
            for b, sign in block[a].items():
                if b not in tree:
                    tree[b] = tree[a][0] ^ (sign < 0), a
                    frontier.append(b)
    return tree


def _order(block: _Block, entries: int) -> list[tuple[int, list[int]]] | None:
    """Return the actors as they are eliminated, fewest neighbours first, each with its neighbours.

    None when the tables would take more entries than allowed.
    """
    filled = {a: set(near) for a, near in block.items()}
    heap = [(len(near), a) for a, near in filled.items()]
    heapify(heap)
    found: list[tuple[int, list[int]]] = []
    while heap:
        degree, a = heappop(heap)
        if a not in filled or len(filled[a]) != degree:
            continue
        if degree > MAX_NEIGHBOURS or (entries := entries - 2**degree) < 0:
            return None
        near = filled.pop(a)
        found.append((a, sorted(near)))
        for b in near:
            filled[b] |= near
            filled[b] -= {a, b}
            heappush(heap, (len(filled[b]), b))
    return found


class _Table(NamedTuple):
    """By the camps of some actors (bits, the first lowest): the least cost and how often it occurs."""

    scope: list[int]
    cost: list[int]
    ways: list[int]


def _eliminate(block: _Block, entries: int) -> _Found | None:
    """Return the exact answer for a block, None when it takes more table entries than allowed."""
    order = _order(block, entries)
    if order is None:
        return None
    gone: set[int] = set()
    tables: dict[int, list[_Table]] = defaultdict(list)  # by the first of its scope to go
    position = {a: number for number, (a, _) in enumerate(order)}
    choices: list[tuple[int, list[int], bytearray]] = []
    last = _Table([], [0], [1])
    for a, scope in order:
        # In camp 0 it contradicts friends in camp 1 and foes in camp 0; in camp 1 the rest.
        signs = {b: sign for b, sign in block[a].items() if b not in gone}
        here = [sum(sign < 0 for sign in signs.values())]
        for b in scope:
            step = signs.get(b, 0)
            here += [cost + step for cost in here]
        there = [len(signs) - cost for cost in here]
        ways_here, ways_there = [1] * len(here), [1] * len(here)
        for table in tables.pop(a, ()):
            bits = {b: 1 << n for n, b in enumerate(table.scope)}
            index = [0]
            for b in scope:
                bit = bits.get(b, 0)
                index += [i + bit for i in index] if bit else index
            other = bits[a]
            cost, ways = table.cost, table.ways
            here = [c + cost[i] for c, i in zip(here, index, strict=True)]
            there = [c + cost[i + other] for c, i in zip(there, index, strict=True)]
            ways_here = [w * ways[i] for w, i in zip(ways_here, index, strict=True)]
            ways_there = [w * ways[i + other] for w, i in zip(ways_there, index, strict=True)]
        choices.append((a, scope, bytearray(h > t for h, t in zip(here, there, strict=True))))
        last = _Table(
            scope,
            [min(h, t) for h, t in zip(here, there, strict=True)],
            [
                v if h < t else w if t < h else v + w
                for h, t, v, w in zip(here, there, ways_here, ways_there, strict=True)
            ],
        )
        gone.add(a)
        if scope:
            tables[min(scope, key=position.__getitem__)].append(last)
    camps: dict[int, int] = {}
    for a, scope, choice in reversed(choices):
        camps[a] = choice[sum(camps[b] << n for n, b in enumerate(scope))]
    # Turning both camps around gives the same division.
    return _Found(last.cost[0], last.cost[0], camps, last.ways[0] // 2)


def _bounds(block: _Block, seed: int) -> _Found:
    camps, upper = _search(block, seed)
    return _Found(_packed(block), upper, camps, None)


def _search(block: _Block, seed: int) -> tuple[dict[int, int], int]:
    """Return a division that no single move improves, the best of many, and its cost."""
    from random import Random

    random = Random(seed)  # noqa: S311 - a search that can be repeated, no secret
    actors = list(block)

    def settle(camps: dict[int, int], moved: Iterable[int]) -> None:
        waiting = dict.fromkeys(moved)
        while waiting:
            a = next(iter(waiting))
            del waiting[a]
            near = block[a]
            against = sum(camps[a] ^ camps[b] != (sign < 0) for b, sign in near.items())
            if 2 * against > len(near):
                camps[a] ^= 1
                waiting.update(dict.fromkeys(near))

    def cost(camps: dict[int, int]) -> int:
        return sum(
            camps[a] ^ camps[b] != (sign < 0)
            for a in actors
            for b, sign in block[a].items()
            if a < b
        )

    best = {a: camp for a, (camp, _) in _tree(block).items()}
    settle(best, actors)
    least = cost(best)
    edges = sum(map(len, block.values())) // 2
    for _ in range(max(10, min(500, 2_000_000 // edges))):
        camps = dict(best)
        kicked = random.sample(actors, max(2, len(actors) // 20))
        for a in kicked:
            camps[a] ^= 1
        settle(camps, [*kicked, *(b for a in kicked for b in block[a])])
        now = cost(camps)
        if now <= least:
            best, least = camps, now
    return best, least


def _packed(block: _Block) -> int:
    """Return how many cycles with an odd number of negative signs are found without common pairs.

    Every division contradicts a pair of each. Triads first, then whatever is left.
    """
    left = {a: dict(near) for a, near in block.items()}
    found = 0

    def drop(a: int, b: int) -> None:
        del left[a][b], left[b][a]

    for a in block:
        for b in [b for b in left[a] if b > a]:
            if b not in left[a]:
                continue
            for c in sorted(left[a].keys() & left[b].keys()):
                if left[a][b] * left[b][c] * left[a][c] < 0:
                    found += 1
                    drop(a, b)
                    drop(b, c)
                    drop(a, c)
                    break
    budget = 5_000_000  # pairs looked at; a bound from fewer cycles is a bound
    while budget > 0:
        tree = _tree(left)
        budget -= sum(map(len, left.values())) + len(left)
        dropped = 0
        # Cycles of one tree may share a branch: those that do wait for the next tree.
        for a, b in [(x, y) for x in left for y in left[x] if x < y]:
            if b not in left[a] or tree[a][0] ^ tree[b][0] == (left[a][b] < 0):
                continue
            cycle = [(a, b), *_branch(tree, a, b)]
            budget -= len(cycle)
            if all(y in left[x] for x, y in cycle):
                dropped += 1
                for x, y in cycle:
                    drop(x, y)
        if not dropped:
            break
        found += dropped
    return found


def _branch(tree: Mapping[int, tuple[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    """Return the pairs on the way from one actor to another in a tree."""

    def up(x: int) -> list[int]:
        way = [x]
        while tree[way[-1]][1] != way[-1]:
            way.append(tree[way[-1]][1])
        return way

    one, other = up(a), up(b)
    while len(one) > 1 and len(other) > 1 and one[-2] == other[-2]:
        one.pop()
        other.pop()
    return [(x, y) for way in (one, other) for x, y in pairwise(way)]


# ------------------------------------------------------------------ answers


def balance(
    projection: Projection,
    *,
    among: Sequence[str] = (),
    containing: Sequence[str] = (),
    opened: bool = False,
    method: Method = "exact",
    seed: int = 0,
) -> Answer:
    """Return the signed triads of a projection, each with its state, firmness and claims.

    ``among`` keeps only relations among these actors; ``containing`` lists only triads
    with each of these, the figures are of the whole. ``opened`` lists triads that lack
    one side, too. The unbalanced come first, then the undecided; among equals facts first.

    Raises UsageError for fewer than three actors in ``among`` or more than three in
    ``containing``, and RefusedError for more than ``MAX_TRIADS`` triads and for what
    ``frustration`` refuses.
    """
    if among and len(set(among)) < 3:
        raise UsageError("a triad has three actors", hint="--with NAME lists the triads of one")
    if len(set(containing)) > 3:
        raise UsageError("a triad has three actors", hint="--actor asks for those among more")
    found = pairs(projection, among)
    wanted = set(containing)
    source = _containing(found, wanted, opened=opened) if wanted else triads(found, opened=opened)
    listed = list(islice(source, MAX_TRIADS + 1))
    if len(listed) > MAX_TRIADS:
        raise RefusedError(
            f"more than {MAX_TRIADS:,} triads to list",
            hint="--actor and --with narrow it down; --show camps has the figures",
        )
    listed.sort(key=_tension_first)
    columns = (
        Column("one", "node"),
        Column("other", "node"),
        Column("third", "node"),
        Column("signs", about="of one and other, other and third, one and third; ± both, ? none"),
        Column("strong", about="balanced when the product of the signs is positive"),
        Column("weak", about="unbalanced only when exactly one sign is negative"),
        Column(
            "firmness", about="whether each side is a fact, else which is not and how it is put"
        ),
        *(Column(side, "claims", f"the claims of {side.replace('_', ' and ')}") for side in SIDES),
    )
    rows = [
        Row(
            (
                *triad.actors,
                triad.signs(),
                triad.strong(),
                triad.weak(),
                triad.firmness(),
                *(side.cited() if side else None for side in triad.sides),
            ),
            tuple(dict.fromkeys(c for side in triad.sides if side for c in side.claims)),
        )
        for triad in listed
    ]
    figures, notes = _whole(projection, found, among, method, seed)
    return answer("balance", projection, columns, rows, figures=figures, notes=notes)


def _containing(
    found: Mapping[tuple[str, str], Pair], wanted: set[str], *, opened: bool
) -> Iterator[Triad]:
    """Yield the triads with some actors; only what is near one of them is looked at."""
    order, near = _neighbours(found)
    rank = {actor: number for number, actor in enumerate(order)}
    actor = min(wanted, key=lambda one: (len(near.get(one, ())), natural(one)))
    close = sorted(near.get(actor, ()), key=natural)
    for one, other in combinations(close, 2):
        if wanted <= {actor, one, other} and (opened or other in near[one]):
            yield _triad(found, rank, actor, one, other)
    for middle in close if opened else ():
        for end in sorted(near[middle] - near[actor] - {actor}, key=natural):
            if wanted <= {actor, middle, end}:
                yield _triad(found, rank, actor, middle, end)


def _tension_first(triad: Triad) -> tuple[object, ...]:
    state = triad.strong().split()[0]
    rank = ("unbalanced", "undecided", "balanced", "open").index(state)
    soft = sum(side is not None and not side.fact for side in triad.sides)
    return rank, soft, *(natural(actor) for actor in triad.actors)


def relations(
    projection: Projection,
    *,
    among: Sequence[str] = (),
    containing: Sequence[str] = (),
    method: Method = "exact",
    seed: int = 0,
) -> Answer:
    """Return the signed pairs of a projection, the ambivalent ones first with both their sides.

    Raises what ``frustration`` raises.
    """
    found = pairs(projection, among)
    wanted = set(containing)
    columns = (
        Column("one", "node"),
        Column("other", "node"),
        Column("sign", "number", "+1 friendly, -1 hostile; not defined where there are both"),
        Column("state", about="friendly, hostile or ambivalent"),
        Column("friendly", about="how firmly the friendly side is put"),
        Column("friendly_claims", "claims"),
        Column("hostile", about="how firmly the hostile side is put"),
        Column("hostile_claims", "claims"),
    )
    rows = []
    for pair in sorted(found.values(), key=lambda p: p.sign is not None):
        if not wanted <= {pair.one, pair.other}:
            continue
        state = "friendly" if pair.sign == 1 else "hostile" if pair.sign else "ambivalent"
        if pair.apart():
            state += ", at different times"
        sides: list[Cell] = []
        for side in (pair.friendly, pair.hostile):
            sides += [words(firmest(side)), " ".join(claims_of(side))] if side else [None, None]
        rows.append(Row((pair.one, pair.other, pair.sign, state, *sides), pair.claims))
    figures, notes = _whole(projection, found, among, method, seed)
    return answer("balance", projection, columns, rows, figures=figures, notes=notes)


def camps(
    projection: Projection,
    *,
    among: Sequence[str] = (),
    containing: Sequence[str] = (),
    method: Method = "exact",
    seed: int = 0,
) -> Answer:
    """Return a best division into two camps: each signed pair with its camps, contradictions first.

    Camps are numbered apart in each group of actors that relations join, the first actor
    in camp 1; between groups nothing is said. Raises what ``frustration`` raises, and
    UsageError for the method "none".
    """
    if method == "none":
        raise UsageError("there are no camps without the frustration index", hint="--show pairs")
    found = pairs(projection, among)
    index = frustration(_decided(found), method=method, seed=seed)
    group = _groups(found)
    wanted = set(containing)
    columns = (
        Column("one", "node"),
        Column("other", "node"),
        Column("group", "number", "actors that relations of one sign join are in one group"),
        Column("one_camp", "number"),
        Column("other_camp", "number"),
        Column("sign", "number"),
        Column("fits", about="whether friends are in one camp and foes in two"),
        Column("firmness"),
    )
    rows = []
    for pair in found.values():
        if pair.sign is None or not wanted <= {pair.one, pair.other}:
            continue
        a, b = index.camps[pair.one], index.camps[pair.other]
        fits = (a != b) == (pair.sign < 0)
        values = (pair.one, pair.other, group[pair.one], a + 1, b + 1, pair.sign, fits)
        rows.append(Row((*values, words(firmest(pair.edges))), pair.claims))
    rows.sort(key=lambda row: bool(row.values[6]))
    figures, notes = _whole(projection, found, among, method, seed, index)
    notes += _named(projection, index, group)
    return answer("balance", projection, columns, rows, figures=figures, notes=notes)


def _decided(found: Mapping[tuple[str, str], Pair]) -> dict[tuple[str, str], int]:
    return {ends: pair.sign for ends, pair in found.items() if pair.sign is not None}


def _groups(found: Mapping[tuple[str, str], Pair]) -> dict[str, int]:
    order, near = _neighbours(_decided(found))
    groups = hanging_together(order, near.__getitem__)
    return {actor: number for number, group in enumerate(groups, 1) for actor in group}


# How many groups, and actors of one camp, a note names.
_GROUPS, _NAMES = 5, 20


def _named(projection: Projection, index: Frustration, group: Mapping[str, int]) -> list[str]:
    """Return the two camps of the largest groups in words."""
    members: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for actor, camp in index.camps.items():
        members[group[actor]][camp].append(actor)
    notes = []
    for number in sorted(members)[:_GROUPS]:
        sides = []
        for camp, actors in enumerate(members[number], 1):
            labels = [str(projection.graph.nodes[a]["label"]) for a in actors[:_NAMES]]
            more = f" and {len(actors) - _NAMES} more" if len(actors) > _NAMES else ""
            sides.append(f"camp {camp}: {', '.join(labels) or 'nobody'}{more}")
        notes.append(f"Group {number}: {'; '.join(sides)}.")
    if len(members) > _GROUPS:
        notes.append(f"{len(members) - _GROUPS} more groups are in the rows.")
    return notes


def _whole(
    projection: Projection,
    found: Mapping[tuple[str, str], Pair],
    among: Sequence[str],
    method: Method,
    seed: int,
    index: Frustration | None = None,
) -> tuple[dict[str, Cell], list[str]]:
    """Return the figures of the whole, and the notes that go with them."""
    count = census(found)
    decided = _decided(found)
    ambivalent = len(found) - len(decided)
    judged = count.balanced + count.unbalanced
    figures: dict[str, Cell] = {
        "signed pairs": len(found),
        "ambivalent pairs": ambivalent,
        "closed triads": count.closed,
        "balanced triads": count.balanced,
        "unbalanced triads": count.unbalanced,
        "undecided triads": count.undecided,
        "unbalanced triads that are weakly balanced": count.all_hostile,
        "open triads": count.open,
        **_apart(among, count),
        "share of balanced triads": count.balanced / judged if judged else None,
    }
    notes = [
        "A pair has the sign of its relations, however many; denials and recommendations are none. "
        "Strong balance: Heider 1946, Cartwright and Harary 1956. Weak balance: Davis 1967.",
        "The share (triangle index) is of the closed triads without an ambivalent side."
        if judged
        else "The share of balanced triads is not defined: "
        + ("every closed triad has an ambivalent side." if count.closed else "no triad is closed."),
    ]
    if ambivalent:
        notes.append(
            f"{ambivalent} of {len(found)} pairs have relations of both signs; their triads are "
            "read both ways and the frustration index leaves them out."
        )
    if method != "none":
        if not decided:
            figures["frustration index"] = None
            notes.append("The frustration index is not defined: no pair has one sign.")
        else:
            index = index or frustration(decided, method=method, seed=seed)
            figures |= _index_figures(index, len(decided))
            notes.append(_told(index, len(decided), seed))
    if hedged := sum(not pair.fact for pair in found.values()):
        notes.append(f"{hedged} of {len(found)} pairs have a sign that no fact backs.")
    if found and "--as-of" not in projection.selection:
        notes.append("Relations of all times count together; --as-of DATE asks what held then.")
    related = {actor for ends in found for actor in ends}
    if alone := [actor for actor in dict.fromkeys(among) if actor not in related]:
        notes.append(f"Without signed relation to the others: {', '.join(alone)}.")
    return figures, notes


def _apart(among: Sequence[str], count: Census) -> dict[str, Cell]:
    n = len(set(among))
    if not n:
        return {}
    rest = n * (n - 1) * (n - 2) // 6 - count.closed - count.open
    return {"triads with one related pair or none": rest}


def _index_figures(index: Frustration, decided: int) -> dict[str, Cell]:
    if index.exact:
        found: dict[str, Cell] = {
            "frustration index": index.upper,
            "frustration index, normalised": 1 - 2 * index.upper / decided,
        }
        if index.divisions is not None:
            found["best divisions"] = index.divisions
        return found
    return {
        "frustration index, at least": index.lower,
        "frustration index, at most": index.upper,
    }


def _told(index: Frustration, decided: int, seed: int) -> str:
    text = (
        f"Frustration index (line index of imbalance, Harary 1959): how many of the {decided} pairs "
        "with one sign contradict the best division into two camps, each pair counted once. "
    )
    if not index.exact:
        return text + (
            f"Bounds: local search (seed {seed}) from above, cycles without common pairs "
            "from below. A division shown is that of the upper bound, not known to be the best."
        )
    text += "Exact: elimination of actors in each biconnected component"
    if index.divisions is None:
        return text + "; in the largest an upper and a lower bound meet."
    if index.divisions > 1:
        return text + (
            f"; {index.divisions} divisions are equally good and contradict other pairs, "
            "the first found is shown."
        )
    return text + "; no other division is as good."
