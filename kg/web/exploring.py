"""The graph explorer over live data: the page of ``kg view`` for the part that is asked for.

A part is what is around some things, the ways between two, the graph of a query's answer,
or everything where that is small. What the reader has chosen on the page stays in the fragment
of the address, and so does what was brought in besides (``kg.web.growing``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.errors import KgError, NoError
from kg.projection import PROJECTIONS, Projection
from kg.web import addresses, growing, parts, reading, telling
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.parts import Part
from kg.web.problems import status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.workbench import error_of

#: More things than these are not drawn unless a part is asked for.
WHOLE = 2_000
# The page carries its scripts and styles in itself, and says by hashes which may run.
_POLICY = "frame-ancestors 'none'"


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the explorer."""

    async def graph(request: Request) -> Response:
        return await _graph(serving, request)

    async def more(request: Request) -> Response:
        return await growing.answer(serving, request)

    async def graph_json(request: Request) -> Response:
        part, _ = _asked(request)

        def make(state: State) -> Kept:
            from kg.formats import export

            found, _, _ = parts.small(parts.projected(state, part))
            written, _ = export(state.store, "nodelink", projection=found)
            return Kept(written[""], "application/json")

        return await respond(
            serving,
            request,
            "graph.json",
            part.key,
            make=make,
            bounded=part.bounded,
            lasting=part.lasting,
        )

    return [
        Route("/graph", graph),
        Route("/graph.json", graph_json),
        Route("/graph/more.json", more),
    ]


def _asked(request: Request) -> tuple[Part, bool]:
    """Return the part that parameters ask for, and whether a form to choose one is wanted."""
    return parts.part_of(reading.pairs(request.scope["query_string"]))


async def _graph(serving: Serving, request: Request) -> Response:
    part, choose = _asked(request)
    root = addresses.root(serving.settings.base)

    def make(state: State) -> Kept | Page:
        if choose:
            return _choose(state, part, None, "")
        try:
            found = parts.projected(state, part)
            count = found[0].graph.number_of_nodes()
            if part.whole and count > WHOLE:
                return _choose(state, part, None, f"There are {count:,} things: choose a part.")
            parts.small(found)
        except KgError as error:
            return _choose(state, part, error, "")
        return _drawn(state, part, found, root)

    return await respond(
        serving,
        request,
        "graph",
        part.key,
        str(choose),
        make=make,
        bounded=part.bounded,
        lasting=part.lasting,
    )


def _drawn(state: State, part: Part, found: tuple[Projection, str, str], root: str) -> Kept:
    from kg.view import render

    projection, heading, centre = found
    served = {
        "root": root,
        "more": _more(part),
        "choose": f"{root}/graph?{urlencode(parts.address(part))}&choose=1",
        "grow": f"{root}/graph/more.json?{urlencode({'part': urlencode(parts.address(part))})}",
        "query": not part.bounded,
        "part": not part.whole,
        "around": growing.around(state, part, projection),
    }
    content = render(
        state.store,
        projection,
        title=heading,
        centre=centre,
        served=served,
    )
    headers = {"Content-Security-Policy": _POLICY}
    if not (part.sparql or part.saved):
        address = f"{root}/graph.json?{urlencode(parts.address(part))}"
        headers["Link"] = f'<{address}>; rel="alternate"; type="application/json"'
    return Kept(content, "text/html", headers)


def _more(part: Part) -> str:
    """Return the parameters to which a further thing to be opened is added; empty for everything."""
    if part.whole:
        return ""
    plain = replace(part, ends=None, sparql="", saved="", given={})
    return urlencode(parts.address(plain))


def _choose(state: State, part: Part, error: KgError | None, remark: str) -> Page:
    shown: dict[str, Any] = {
        "part": part,
        "problem": error_of(error, "/graph", parts.address(part)) if error else None,
        "remark": remark,
        "projections": list(PROJECTIONS.values()),
        "much": telling.much_said_of(state.store),
    }
    # That a thing has no edge here is an answer.
    status = 200 if error is None or type(error) is NoError else status_of(error)
    return Page("choose.html", shown, "Graph", status=status)
