"""The SPARQL page: an editor, the answer to what it asks, and what it completes while one types.

A browser that asks /sparql itself gets the same page.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import cells, query, sparql
from kg.errors import KgError, UnknownNameError
from kg.results import Result
from kg.sandbox import Limits
from kg.vocab import KG, PREFIXES, RDFS, compress
from kg.web import addresses, forms, reading
from kg.web.answers import Kept
from kg.web.asking import ENDINGS
from kg.web.lanes import Ticket
from kg.web.linked import as_json
from kg.web.live import State
from kg.web.negotiation import Offer, preferred
from kg.web.problems import RETRY_AFTER_S, HttpError, limit_of, status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving, client, watching
from kg.web.showing import ROWS, VIEWS, answer, told
from kg.web.workbench import error_of

_FIRST = """\
# Every prefix of ours is known already.
SELECT ?actor ?motive ?modality ?claim WHERE {
  ?claim rdf:predicate kg:motivatedBy ; rdf:object ?motive ; kg:modality ?modality .
  ?motive kg:motivatedActor ?actor .
}
ORDER BY ?actor ?motive
LIMIT 100
"""
#: Which class has which properties is found out within these limits, or left open.
_LIMITS = Limits(timeout_s=20.0, rows=5_000)
_USED = "SELECT ?class ?property (COUNT(*) AS ?n) WHERE { ?s a ?class ; ?property ?o } GROUP BY ?class ?property"
_KNOWN = frozenset({"query", "saved", "as"})
# So long completion waits for them.
_COUNTED_S = 2.0
Used = dict[str, list[str]]
_counted: WeakKeyDictionary[State, asyncio.Future[Used]] = WeakKeyDictionary()
_SECRET = secrets.token_bytes(32)
# Longer queries do not fit into an address.
_IN_ADDRESS = 8_000
_HTML = Offer("html", ("text/html",))
_DATA = Offer(
    "data",
    tuple(
        media_type
        for offers in forms.OFFERS.values()
        for offer in offers
        if offer.name != "html"
        for media_type in offer.media_types
    ),
)


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the SPARQL page."""

    async def page(request: Request) -> Response:
        given = reading.pairs(request.scope["query_string"])
        if request.method == "POST":
            if reading.content_type(request) != reading.FORM:
                raise HttpError(415, "this is no form", hint=f"send one as {reading.FORM}")
            settings = serving.settings
            given += reading.pairs(await reading.body(request, settings, settings.max_query_body))
        values = {name: found[0] for name, found in reading.parameters(given, _KNOWN).items()}
        text, saved = values.get("query", ""), values.get("saved", "")
        if text.strip():
            return await answered(serving, request, text, values.get("as", VIEWS[0]))
        limit_s = serving.settings.limits.timeout_s
        return await respond(
            serving, request, "editor", saved, make=lambda state: _unasked(state, saved, limit_s)
        )

    async def terms(request: Request) -> Response:
        with serving.live.now() as state:
            used = await _used(serving, state)
            # (Of the state that was counted; and without counts it is another answer.)
            parts = ("terms", state.key, str(bool(used)))
            return await respond(serving, request, *parts, make=lambda now: _terms(now, used))

    return [
        Route("/query", page, methods=["GET", "HEAD", "POST"]),
        Route("/query/terms.json", terms),
    ]


def wants_page(request: Request, form: str | None) -> bool:
    """Return whether an answer is for somebody who reads pages: a browser, as a rule."""
    if form is not None:
        return form.strip().lower() in ("html", "text/html")
    found = preferred(request.headers.get("accept", ""), (_DATA, _HTML))
    return found is not None and found.name == "html"


async def answered(
    serving: Serving,
    request: Request,
    text: str,
    view: str = VIEWS[0],
    timeout_s: float | None = None,
) -> Response:
    """Answer a query with the page: the editor, and the answer or what is wrong below it."""
    if len(text.encode("utf-8", "replace")) > sparql.MAX_BYTES:
        raise HttpError(413, "the query is too long", hint="ask several queries")
    root, limits = addresses.root(serving.settings.base), serving.settings.limits
    if timeout_s is not None:
        limits = limits._replace(timeout_s=min(timeout_s, limits.timeout_s))
    request.scope.setdefault("state", {})["query"] = text[:10_000]

    def make(state: State, ticket: Ticket) -> Page:
        shown: dict[str, Any] = {}
        status = 200
        try:
            result = _run(state, ticket, text, limits)
            shown["answer"] = answer(state.store, result, text, view, root)
            shown["said"] = told(result)
        except KgError as error:
            # (One that was stopped ends with an error that does not know why.)
            why = ticket.stopped if isinstance(ticket.stopped, KgError) else error
            shown["problem"], status = error_of(why), status_of(why)
            request.scope["state"].update(problem=why.message, limit=limit_of(why))
        return _page(state, text, limits.timeout_s, status, {**shown, **_links(root, text)})

    async def asking(state: State) -> Page:
        async with serving.lanes.place(client(request)) as ticket, watching(request, ticket):
            return await serving.for_queries(make, state, ticket)

    parts = ("answered", text, view, str(limits.timeout_s))
    response = await respond(serving, request, *parts, lasting=sparql.lasting(text), asking=asking)
    if response.status_code in (429, 503):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _run(state: State, ticket: Ticket, text: str, limits: Limits) -> Result:
    """Run a query in a worker that its ticket knows: it ends when its reader goes away."""
    if state.pool is None:
        return state.run(text, limit=ROWS, limits=limits)
    with state.pool.lease() as worker:
        ticket.take(worker)
        return query.run(state.store, text, limit=ROWS, limits=limits, runner=worker)


def _links(root: str, text: str) -> dict[str, Any]:
    """Return where the answer can be had otherwise: in other views, in other forms, in the explorer."""
    asked = quote(text, safe="")
    fits = len(asked) <= _IN_ADDRESS
    return {
        "look": lambda view: f"{root}/query?{urlencode({'query': text, 'as': view})}",
        "take": lambda form: f"{root}/sparql?query={asked}&format={form}",
        "long": not fits,
        "explore": f"{root}/graph?sparql={asked}" if fits else "",
    }


def _unasked(state: State, saved: str, limit_s: float) -> Page:
    text = _FIRST
    if saved:
        found = state.queries.get(saved)
        if found is None:
            raise UnknownNameError(
                f"no saved query is called {saved[:100]!r}", hint="/queries lists them"
            )
        text = found.text
    return _page(state, text, limit_s, 200, {})


def _page(state: State, text: str, limit_s: float, status: int, more: Mapping[str, Any]) -> Page:
    shown = {
        "text": text,
        "queries": list(state.queries.values()),
        "answer": None,
        "problem": None,
        "endings": ENDINGS,
        "limit_s": limit_s,
        **more,
    }
    scripts = ("codemirror.js", "web.js", "editor.js")
    # The editor brings its styles with it: they carry a word that no stranger can know. (A
    # word for each text, and not for each answer: equal requests have equal answers.)
    nonce = hmac.new(_SECRET, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
    return Page("editor.html", shown, "SPARQL", scripts=scripts, status=status, nonce=nonce)


def _terms(state: State, used: Mapping[str, list[str]]) -> Kept:
    vocabulary = state.store.vocabulary
    classes: list[dict[str, str]] = []
    properties: list[dict[str, str]] = []
    values: list[dict[str, str]] = []
    for iri, term in vocabulary.terms.items():
        if not iri.startswith(KG):
            continue
        one = {"id": compress(iri), "label": term.label, "about": term.definition}
        if term.scheme:
            values.append({**one, "of": compress(term.scheme)})
            continue
        local = iri[len(KG) :]
        (classes if local[:1].isupper() else properties).append(one)
    known = {one["id"] for one in properties}
    others = sorted({name for names in used.values() for name in names} - known)
    found: dict[str, Any] = {
        "prefixes": PREFIXES,
        "classes": classes,
        "properties": properties + [{"id": name, "label": "", "about": ""} for name in others],
        "values": values,
        "of": used,
        "leads": _leads(state, RDFS + "range"),
        "takes": _leads(state, KG + "valueScheme"),
        "queries": {
            name: {"text": one.text, "summary": one.summary} for name, one in state.queries.items()
        },
    }
    return Kept(as_json(found), "application/json")


async def _used(serving: Serving, state: State) -> Used:
    """Return what ``_count`` does, counted once for a state, and again where it could not be.

    It takes its turn as a query of the page's own: over much data it takes seconds, in
    which whoever opens the page has their own long query to ask.
    """
    asked = _counted.get(state)
    if asked is None or (asked.done() and (asked.cancelled() or not asked.result())):
        asked = _counted[state] = asyncio.ensure_future(_count_in_turn(serving, state))
    # Names are offered without an order before they are offered late; the page asks again.
    done, _ = await asyncio.wait({asked}, timeout=_COUNTED_S)
    return asked.result() if done and not asked.cancelled() else {}


async def _count_in_turn(serving: Serving, state: State) -> Used:
    with serving.live.now() as now:  # whoever asked may go away meanwhile
        if now is not state:
            return {}
        try:
            return await serving.query_of("completion", lambda: _count(state))
        except KgError:
            return {}  # what is offered is in no order then


def _count(state: State) -> Used:
    """Return which properties things of each class, or of one below it, have here, the most frequent first."""
    rows = state.run(_USED, limits=_LIMITS).cells
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for cls, name, number in rows:
        cls, name = cells.text(cls), compress(cells.text(name))
        for one in {cls, *state.store.vocabulary.ancestors(cls)}:
            of = counts[compress(one)]
            of[name] = of.get(name, 0) + int(cells.text(number))
    return {
        cls: sorted(names, key=lambda name: (-names[name], name))
        for cls, names in sorted(counts.items())
    }


def _leads(state: State, by: str) -> dict[str, list[str]]:
    """Return in which of our classes, or lists of values, the values of our properties are."""
    found = {}
    for iri in state.store.vocabulary.terms:
        if iri.startswith(KG) and iri[len(KG) :][:1].islower():
            ranges = state.store.objects(iri, by)
            names = [compress(one.value) for one in ranges if isinstance(one, NamedNode)]
            if names := [name for name in names if name.startswith("kg:")]:
                found[compress(iri)] = names
    return found
