"""The graph explorer over live data: the page of ``kg view`` for the part that is asked for.

A part is what is around some things, the ways between two, the graph of a query's answer,
or everything where that is small. Opening a thing further asks for a larger part; what the
reader has chosen on the page stays in the fragment of the address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.errors import KgError, NoError, UnknownNameError, UsageError
from kg.projection import PROJECTIONS, Projection
from kg.vocab import compress
from kg.web import addresses, reading, telling
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.problems import HttpError, status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.workbench import error_of

#: More things than these are not drawn unless a part is asked for.
WHOLE = 2_000
#: A part that is larger is refused: it would be a page of many megabytes.
PART = 20_000
_OWN = frozenset({"about", "depth", "from", "to", "projection", "facts", "as_of", "sparql", "query", "choose"})  # fmt: skip
_SEVERAL = frozenset({"about"})
_MOST_ABOUT = 30
_ROWS = 5_000
# The page carries its scripts and styles in itself, and says by hashes which may run.
_POLICY = "frame-ancestors 'none'"


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
    def whole(self) -> bool:
        """Whether no part is asked for."""
        return not (self.about or self.ends or self.sparql or self.saved)


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the explorer."""

    async def graph(request: Request) -> Response:
        return await _graph(serving, request)

    async def graph_json(request: Request) -> Response:
        part, _ = _asked(request)

        def make(state: State) -> Kept:
            from kg.formats import export

            found, _, _ = _small(_projected(state, part))
            written, _ = export(state.store, "nodelink", projection=found)
            return Kept(written[""], "application/json")

        return await respond(
            serving, request, "graph.json", repr(part), make=make, bounded=_bounded(part)
        )

    return [Route("/graph", graph), Route("/graph.json", graph_json)]


def _bounded(part: Part) -> bool:
    return not (part.sparql or part.saved)


def _asked(request: Request) -> tuple[Part, bool]:
    """Return the part that parameters ask for, and whether a form to choose one is wanted."""
    pairs = reading.pairs(request.scope["query_string"])
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


def _projected(state: State, part: Part) -> tuple[Projection, str, str]:
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
    projection = _whole(state, part)
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


def _whole(state: State, part: Part) -> Projection:
    from kg.projection import project
    from kg.selection import Selection

    hedged = False if part.facts else None
    selection = Selection(as_of=part.as_of)
    return project(state.store, part.projection, selection, include_hedged=hedged)


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


def _small(found: tuple[Projection, str, str]) -> tuple[Projection, str, str]:
    count = found[0].graph.number_of_nodes()
    if count > PART:
        raise UsageError(
            f"{count:,} things are too many for one page (at most {PART:,})",
            hint="about=NAME with a smaller depth, or facts=1",
        )
    return found


async def _graph(serving: Serving, request: Request) -> Response:
    part, choose = _asked(request)
    root = addresses.root(serving.settings.base)

    def make(state: State) -> Kept | Page:
        if choose:
            return _choose(state, part, None, "")
        try:
            found = _projected(state, part)
            count = found[0].graph.number_of_nodes()
            if part.whole and count > WHOLE:
                return _choose(state, part, None, f"There are {count:,} things: choose a part.")
            _small(found)
        except KgError as error:
            return _choose(state, part, error, "")
        return _drawn(state, part, found, root)

    return await respond(
        serving, request, "graph", repr(part), str(choose), make=make, bounded=_bounded(part)
    )


def _drawn(state: State, part: Part, found: tuple[Projection, str, str], root: str) -> Kept:
    from kg.view import render

    projection, heading, centre = found
    served = {
        "root": root,
        "more": _more(part),
        "choose": f"{root}/graph?{urlencode(_again(part))}&choose=1",
    }
    content = render(state.store, projection, title=heading, centre=centre, served=served)
    headers = {"Content-Security-Policy": _POLICY}
    if not (part.sparql or part.saved):
        address = f"{root}/graph.json?{urlencode(_again(part))}"
        headers["Link"] = f'<{address}>; rel="alternate"; type="application/json"'
    return Kept(content, "text/html", headers)


def _again(part: Part) -> list[tuple[str, str]]:
    """Return the parameters that ask for a part."""
    pairs = [("about", name) for name in part.about]
    pairs += [("depth", str(part.depth))] if part.depth > 1 else []
    pairs += list(zip(("from", "to"), part.ends, strict=True)) if part.ends else []
    pairs += [("projection", part.projection)] if part.projection != "claims" else []
    pairs += [("facts", "1")] if part.facts else []
    pairs += [("as_of", part.as_of)] if part.as_of else []
    pairs += [("sparql", part.sparql)] if part.sparql else []
    return pairs


def _more(part: Part) -> str:
    """Return the parameters to which a further thing to be opened is added; empty for everything."""
    if part.whole:
        return ""
    return urlencode([pair for pair in _again(part) if pair[0] not in ("sparql", "from", "to")])


def _choose(state: State, part: Part, error: KgError | None, remark: str) -> Page:
    shown: dict[str, Any] = {
        "part": part,
        "problem": error_of(error) if error else None,
        "remark": remark,
        "projections": list(PROJECTIONS.values()),
        "much": telling.much_said_of(state.store),
    }
    # That a thing has no edge here is an answer.
    status = 200 if error is None or type(error) is NoError else status_of(error)
    return Page("choose.html", shown, "Graph", status=status)
