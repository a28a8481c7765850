"""Which part of the graph is drawn, and what drawing parts of one state of the data needs again.

A part is what is around some things, the ways between two, the graph of a query's answer,
or everything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from kg import sparql
from kg.errors import UnknownNameError, UsageError
from kg.projection import PROJECTIONS, Projection
from kg.vocab import compress
from kg.web import reading
from kg.web.live import State
from kg.web.problems import HttpError

_T = TypeVar("_T")
#: A part that is larger is refused: it would be a page of many megabytes.
PART = 20_000
_OWN = frozenset({"about", "depth", "from", "to", "projection", "facts", "as_of", "sparql", "query", "choose"})  # fmt: skip
_SEVERAL = frozenset({"about"})
_MOST_ABOUT = 30
_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of which projection is asked for."""

    about: tuple[str, ...] = ()
    depth: int = 1
    ends: tuple[str, str] | None = None
    projection: str = "claims"
    facts: bool = False
    as_of: str = ""
    sparql: str = ""
    saved: str = ""
    given: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What is the same for the same part."""
        return repr(self)

    @property
    def whole(self) -> bool:
        """Whether no part is asked for."""
        return not (self.about or self.ends or self.sparql or self.saved)

    @property
    def taken_from(self) -> tuple[str, bool, str]:
        """What is the same for parts of the same projection."""
        return self.projection, self.facts, self.as_of

    @property
    def bounded(self) -> bool:
        """Whether it is taken from the claims, and no query has to be run for it."""
        return not (self.sparql or self.saved)

    @property
    def lasting(self) -> bool:
        """Whether it is the same as long as the data is: its query asks for no time or chance."""
        return sparql.lasting(self.sparql)


def part_of(pairs: list[tuple[str, str]]) -> tuple[Part, bool]:
    """Return the part that pairs of an address ask for, and whether a form is wanted."""
    saved = dict(pairs).get("query", "")
    known = _OWN | {name for name, _ in pairs} if saved else _OWN
    values = reading.parameters(pairs, frozenset(known), _SEVERAL)
    one = {name: found[0].strip() for name, found in values.items() if found[0].strip()}
    depth = one.get("depth", "1")
    if depth not in ("1", "2", "3"):
        raise HttpError(400, f"depth={depth[:20]!r}", hint="1, 2 or 3")
    about = tuple(dict.fromkeys(name.strip() for name in values.get("about", ()) if name.strip()))
    if len(about) > _MOST_ABOUT:
        raise HttpError(400, f"{len(about)} things to begin with", hint=f"at most {_MOST_ABOUT}")
    if one.get("projection", "claims") not in PROJECTIONS:
        raise HttpError(400, "there is no such projection", hint=", ".join(PROJECTIONS))
    if ("from" in one) != ("to" in one):
        raise HttpError(400, "a path has two ends", hint="from=...&to=...")
    if saved and "sparql" in one:
        raise HttpError(400, "query and sparql exclude each other", hint="leave one out")
    return Part(
        about,
        int(depth),
        (one["from"], one["to"]) if "from" in one and not saved else None,
        one.get("projection", "claims"),
        one.get("facts") == "1",
        one.get("as_of", ""),
        one.get("sparql", ""),
        saved,
        {name: text for name, text in one.items() if name not in ("query", "about")} if saved else {},
    ), "choose" in one  # fmt: skip


def address(part: Part) -> list[tuple[str, str]]:
    """Return the parameters that ask for a part."""
    pairs = [("about", name) for name in part.about]
    pairs += [("depth", str(part.depth))] if part.depth > 1 else []
    pairs += list(zip(("from", "to"), part.ends, strict=True)) if part.ends else []
    pairs += [("projection", part.projection)] if part.projection != "claims" else []
    pairs += [("facts", "1")] if part.facts else []
    pairs += [("as_of", part.as_of)] if part.as_of else []
    pairs += [("sparql", part.sparql)] if part.sparql else []
    pairs += [("query", part.saved), *part.given.items()] if part.saved else []
    return pairs


def projected(state: State, part: Part) -> tuple[Projection, str, str]:
    """Return the part, its heading, and the thing in the middle if there is one."""
    from kg.projection import of_result

    store, label = state.store, state.store.label
    if part.sparql:
        result = state.run(part.sparql, limit=_ROWS)
        return of_result(store, result), "Answer of a query", ""
    if part.saved:
        found = state.queries.get(part.saved)
        if found is None:
            raise UnknownNameError(
                f"no saved query is called {part.saved[:100]!r}", hint="/queries lists them"
            )
        result = state.run_saved(found.name, part.given, limit=_ROWS)
        return of_result(store, result, name=found.name), found.summary or found.name, ""
    projection = drawing(state).whole(part)
    if part.ends:
        from kg.analysis.paths import on_paths

        a, b = (state.resolve(name) for name in part.ends)
        heading = f"From {label(a)} to {label(b)}"
        return on_paths(projection, compress(a), compress(b), k=3), heading, ""
    if part.about:
        iris = [state.resolve(name) for name in part.about]
        heading = ", ".join(label(iri) for iri in iris[:3]) + (" …" if len(iris) > 3 else "")
        return _around(projection, [compress(iri) for iri in iris], part.depth), heading, (
            compress(iris[0]) if len(iris) == 1 else ""
        )  # fmt: skip
    return projection, "Gambit: claims and sources", ""


def _around(projection: Projection, nodes: list[str], depth: int) -> Projection:
    """Return what is around several things; NoError when none of them has an edge here."""
    from kg.projection import around, part

    known = [node for node in nodes if node in projection.graph]
    if not known:
        return around(projection, nodes[0], depth=depth)  # says so
    if len(known) == 1:
        return around(projection, known[0], depth=depth)
    near = {n for node in known for n in around(projection, node, depth=depth).graph}
    return part(projection, near, reason="outside the neighbourhood")


def small(found: tuple[Projection, str, str]) -> tuple[Projection, str, str]:
    """Return a part, unless it is too large for a page: UsageError."""
    count = found[0].graph.number_of_nodes()
    if count > PART:
        raise UsageError(
            f"{count:,} things are too many for one page (at most {PART:,})",
            hint="about=NAME with a smaller depth, or facts=1",
        )
    return found


# ---------------------------------------------------------------- kept with the data


class Drawing:
    """What drawing parts of one state of the data needs again and again, kept with it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = Lock()
        self._kept: OrderedDict[object, Any] = OrderedDict()

    def whole(self, part: Part) -> Projection:
        """Return the projection that a part is a part of. It is not to be changed."""
        from kg.projection import project
        from kg.selection import Selection

        def make() -> Projection:
            hedged = False if part.facts else None
            selection = Selection(as_of=part.as_of)
            return project(self._state.store, part.projection, selection, include_hedged=hedged)

        # One takes as much memory as the claims themselves, so few are kept.
        return self.once("whole", part.taken_from, make, most=2)

    def things(self, part: Part) -> frozenset[str]:
        """Return the things in a part."""

        def make() -> frozenset[str]:
            return frozenset(projected(self._state, part)[0].graph)

        return self.once("things", part.key, make, most=64)

    def once(self, kind: str, key: object, make: Callable[[], _T], *, most: int) -> _T:
        """Return what was made of that kind for that key; the ``most`` used last are kept."""
        with self._lock:
            if (kind, key) in self._kept:
                self._kept.move_to_end((kind, key))
                found: _T = self._kept[kind, key]
                return found
        made = make()
        with self._lock:
            self._kept[kind, key] = made
            same = [one for one in self._kept if one[0] == kind]  # type: ignore[index]
            for old in same[:-most]:
                del self._kept[old]
        return made


def drawing(state: State) -> Drawing:
    """Return what is kept for drawing a state of the data."""
    if not state.key:  # nobody knows when the data of another server change
        return Drawing(state)
    return state.made(Drawing)
