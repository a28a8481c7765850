"""More for a page of the explorer that is open: what is beside a thing, and ways between two.

``/graph/more.json`` hangs on its address and the data alone. The address says which part the
page began with and what was brought in since, so that an answer has the new things, every
line between them and what is shown, and the claims behind these lines, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kg.projection import Projection, filled
from kg.turtle import natural
from kg.vocab import compress, expand
from kg.web import parts, reading
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.parts import Drawing, Part, drawing
from kg.web.problems import HttpError
from kg.web.rendering import respond
from kg.web.serving import Serving

#: So many things beside one are brought in at a time unless asked, and at most.
BATCH, MOST = 40, 200
#: So many things may be brought into a page, all together.
BROUGHT = 2_000
#: So many steps may be in one address, and so many of them ways: to look for one takes seconds
#: in a large graph.
STEPS, SEARCHES = 100, 5
#: So many ways between two things.
WAYS = 5
_KNOWN = frozenset({"part", "open", "have", "more", "relation", "limit"})
_SHOWN_AS = '"40 actor:dprk", "40 actor:dprk kg:sanctions" or "way actor:dprk actor:russia"'


@dataclass(frozen=True, slots=True)
class Step:
    """What a reader brought in: a thing with the first things beside it, or ways between two."""

    thing: str
    #: So many of the things beside it, the most connected first; by one relation if it is named.
    until: int = 0
    relation: str = ""
    #: The other end, where it is ways.
    to: str = ""
    directed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of ``/graph/more.json``."""

    part: Part
    steps: tuple[Step, ...]
    #: So many of the steps are shown already.
    have: int
    more: str
    relation: str
    limit: int


async def answer(serving: Serving, request: Request) -> Response:
    """Answer what comes with the steps that a page does not have yet."""
    asked = _asked(request)

    def make(state: State) -> Kept:
        said = _grown(state, asked)
        return Kept(json.dumps(said, ensure_ascii=False).encode("utf-8"), "application/json")

    return await respond(
        serving,
        request,
        "more.json",
        repr(asked),
        make=make,
        bounded=asked.part.bounded,
        lasting=asked.part.lasting,
    )


# ---------------------------------------------------------------- what is asked


def _asked(request: Request) -> Asked:
    values = reading.parameters(
        reading.pairs(request.scope["query_string"]), _KNOWN, frozenset({"open"})
    )
    one = {name: found[0].strip() for name, found in values.items()}
    part, _ = parts.part_of(reading.pairs(one.get("part", "").encode("utf-8")))
    given = values.get("open", [])
    if len(given) > STEPS:
        raise HttpError(400, f"{len(given)} steps are too many", hint=f"at most {STEPS}")
    steps = tuple(_step(text) for text in given)
    searches = sum(bool(step.to) for step in steps)
    if searches > SEARCHES:
        raise HttpError(
            400, f"{searches} searches for ways are too many", hint=f"at most {SEARCHES}"
        )
    return Asked(
        part,
        steps,
        _number(one, "have", 0, len(steps), 0),
        one.get("more", ""),
        one.get("relation", ""),
        _number(one, "limit", 0, MOST, BATCH),
    )


def _number(one: dict[str, str], name: str, least: int, most: int, default: int) -> int:
    text = one.get(name, "") or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and least <= int(text) <= most):
        raise HttpError(400, f"{name}={text[:20]!r}", hint=f"a number from {least} to {most}")
    return int(text)


def _step(text: str) -> Step:
    """Return the step that one value of ``open`` stands for.

    >>> _step("40 actor:dprk kg:sanctions").relation
    'kg:sanctions'
    """
    match text.split(" "):
        case ["way", a, b] if a and b:
            return Step(a, to=b)
        case ["way", a, b, "directed"] if a and b:
            return Step(a, to=b, directed=True)
        case [many, thing] if _counts(many) and thing:
            return Step(thing, int(many))
        case [many, thing, relation] if _counts(many) and thing:
            return Step(thing, int(many), relation)
    raise HttpError(400, f"open={text[:60]!r} is no step", hint=f"write {_SHOWN_AS}")


def _counts(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


# ---------------------------------------------------------------- what comes with it


def _grown(state: State, asked: Asked) -> dict[str, Any]:
    """Return the records that the steps bring in which a page does not have, and the steps."""
    from kg.view.merging import merged

    kept = drawing(state)
    whole = kept.whole(asked.part)
    first = kept.things(asked.part)
    there = set(first)
    for step in asked.steps[: asked.have]:
        there.update(_things(kept, asked.part, step))
    steps = list(asked.steps[asked.have :])
    if asked.more:
        steps.append(_further(state, whole, asked, there))
    brought = [_things(kept, asked.part, step) for step in steps]
    new = [node for node in dict.fromkeys(n for things in brought for n in things) if node not in there]  # fmt: skip
    if len(there) + len(new) - len(first) > BROUGHT:
        raise HttpError(
            400, f"more than {BROUGHT:,} things would be brought in", hint="take some back first"
        )
    lines = _lines(whole, new, there)
    if not asked.part.bounded:
        # A query's answer has its own lines: those of what is brought in come besides.
        lines |= {
            line: None
            for step, things in zip(steps, brought, strict=True)
            for line in _within(whole, step, things)
        }
    said = merged(state.store, _of_lines(whole, new, lines), new)
    return {
        "data": state.key,
        "steps": [_told(whole, *pair) for pair in zip(steps, brought, strict=True)],
        **said,
        "around": {node: len(_near(whole, node)) for node in new},
        **({"relations": _relations(whole, steps[-1].thing)} if asked.more else {}),
    }


def around(state: State, part: Part, shown: Projection) -> dict[str, int]:
    """Return of each thing shown how many things are beside it in all, where more than shown are."""
    whole, graph = drawing(state).whole(part), shown.graph
    found = {}
    for node in graph:
        near = _near(whole, node)
        if not near <= graph.succ[node].keys() | graph.pred[node].keys():
            found[node] = len(near)
    return found


def _further(state: State, whole: Projection, asked: Asked, there: set[str]) -> Step:
    """Return the step that brings in the next things beside one, as many as are asked for."""
    name = asked.more
    thing = name if name in whole.graph else compress(state.resolve(name))
    relation = compress(expand(asked.relation) or asked.relation) if asked.relation else ""
    before = [
        step.until
        for step in asked.steps
        if (step.thing, step.relation) == (thing, relation) and not step.to
    ]
    until, left = max(before, default=0), asked.limit
    for place, node in enumerate(_beside(whole, thing, relation), start=1):
        if not left:
            break
        if node not in there:
            until, left = max(until, place), left - 1
    return Step(thing, until, relation)


def _near(whole: Projection, thing: str, relation: str = "") -> set[str]:
    """Return what is beside a thing, by one relation if it is named."""
    graph = whole.graph
    if thing not in graph:
        return set()
    return {
        other
        for side in (graph.succ[thing], graph.pred[thing])
        for other, lines in side.items()
        if other != thing
        and (not relation or any(line["predicate"] == relation for line in lines.values()))
    }


def _beside(whole: Projection, thing: str, relation: str) -> list[str]:
    """Return what is beside a thing, the most connected first; nothing where it is unknown."""
    degree = whole.graph.degree
    near = _near(whole, thing, relation)
    return sorted(near, key=lambda node: (-degree(node), natural(node)))


def _things(kept: Drawing, part: Part, step: Step) -> list[str]:
    """Return the things of a step, in the order in which they are placed."""
    whole = kept.whole(part)
    graph = whole.graph
    if step.thing not in graph or (step.to and step.to not in graph):
        return []
    if not step.to:
        return [step.thing, *_beside(whole, step.thing, step.relation)[: step.until]]
    if step.to == step.thing:
        return []
    return kept.once("ways", (part.taken_from, step), lambda: _on_ways(whole, step), most=200)


def _on_ways(whole: Projection, step: Step) -> list[str]:
    from kg.analysis.paths import paths

    directed = step.directed or whole.name == "causal"
    found = paths(whole, step.thing, step.to, k=WAYS, directed=directed)
    return list(dict.fromkeys(node for path in found for node in path.nodes))


_Line = tuple[str, str, str]


def _lines(whole: Projection, new: Iterable[str], there: set[str]) -> dict[_Line, None]:
    """Return the lines between new things, and between them and what is there."""
    graph, fresh = whole.graph, set(new)
    found: dict[_Line, None] = {}
    for node in new:
        for other, keys in graph.succ[node].items():
            if other in there or other in fresh:
                found.update(((node, other, key), None) for key in keys)
        for other, keys in graph.pred[node].items():
            if other in there or other in fresh:
                found.update(((other, node, key), None) for key in keys)
    return found


def _within(whole: Projection, step: Step, things: list[str]) -> Iterator[_Line]:
    """Yield the lines that a step is about: those of its thing, or those on its ways."""
    graph, members = whole.graph, set(things)
    for node in things if step.to else things[:1]:
        for other, keys in graph.succ[node].items():
            if other in members:
                yield from ((node, other, key) for key in keys)
        for other, keys in graph.pred[node].items():
            if other in members:
                yield from ((other, node, key) for key in keys)


def _of_lines(whole: Projection, new: list[str], lines: dict[_Line, None]) -> Projection:
    """Return the part of a projection with these things and lines, and the ends of the lines."""
    graph = whole.graph
    nodes = dict.fromkeys((*new, *(end for line in lines for end in line[:2])))
    found = filled(
        whole.name,
        [(node, graph.nodes[node]) for node in nodes],
        [(a, b, key, graph.edges[a, b, key]) for a, b, key in lines],
    )
    return replace(whole, graph=found, left_out={}, whole=False)


def _told(whole: Projection, step: Step, things: list[str]) -> dict[str, Any]:
    """Return a step as the page writes it into its address, and what it came to."""
    if step.to:
        words = ["way", step.thing, step.to, *(["directed"] if step.directed else [])]
    else:
        words = [str(step.until), step.thing, *([step.relation] if step.relation else [])]
    all_ = 0 if step.to else len(_near(whole, step.thing, step.relation))
    missing = [end for end in (step.thing, step.to) if end and end not in whole.graph]
    return {"open": " ".join(words), "things": things, "all": all_, "missing": missing}


def _relations(whole: Projection, thing: str) -> list[list[Any]]:
    """Return the relations by which things are beside one: CURIE, words, how many things."""
    graph = whole.graph
    found: dict[str, tuple[str, set[str]]] = {}
    for side in (graph.succ, graph.pred):
        for other, lines in side[thing].items() if thing in graph else ():
            for line in lines.values():
                if other != thing:
                    found.setdefault(line["predicate"], (str(line["label"]), set()))[1].add(other)
    return sorted(
        ([relation, label, len(things)] for relation, (label, things) in found.items()),
        key=lambda row: (-row[2], row[0]),
    )
