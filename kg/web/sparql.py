"""The SPARQL 1.1 Protocol at /sparql: queries by GET and POST, and the service description."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from functools import lru_cache
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import sparql
from kg.errors import KgError, LimitError, RefusedError
from kg.sandbox import Limits, View, pack_job
from kg.web import answers, bounded, description, editor, forms, reading
from kg.web.live import State
from kg.web.negotiation import Offer, accepts_gzip, choose
from kg.web.problems import HttpError
from kg.web.serving import Serving, client, watching
from kg.web.streaming import Begun, Streamed, beginning
from kg.worker import Ended

_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_DATASET = frozenset({"default-graph-uri", "named-graph-uri"})
_USING = frozenset({"using-graph-uri", "using-named-graph-uri"})
# SPARQLWrapper sends each of the three, and some forms twice, by name and by media type.
_FORMAT = ("format", "output", "results")
# Content smaller than this is written in another form at once, and not in a thread.
_SMALL = 5_000
_REPEATABLE = _DATASET.union(_FORMAT)
# Of an answer made on the event loop: to write it in another form takes a moment, too.
_SMALL_ANSWER = 200_000
# What clients of other servers send along, and what changes no answer here: nothing is
# inferred, SPARQL is the only language. (What nobody knows is refused: a slip in the name of
# a graph would otherwise give another answer, and not say so.)
_NO_MATTER = frozenset({"infer", "sameAs", "reasoning", "queryLn", "debug", "_"})
_KNOWN = frozenset({"query", "timeout", *_DATASET, *_FORMAT})


class Asked(NamedTuple):
    """What one request asks: a query, over which graphs, in which form, for how long."""

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    form: str | None = None
    timeout_s: float | None = None

    @property
    def graphs(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The graphs it names; None when it leaves that to the query."""
        return (self.default, self.named) if self.default or self.named else None


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the protocol."""

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
        if request.method == "POST":
            return await _post(serving, request)
        return await _get(serving, request)

    methods = ["GET", "HEAD", "POST", "OPTIONS"]
    return [Route(path, endpoint, methods=methods) for path in ("/sparql", "/sparql/")]


async def _get(serving: Serving, request: Request) -> Response:
    given = reading.pairs(request.scope["query_string"])
    if any(name == "update" for name, _ in given):
        raise HttpError(400, "updates come by POST", hint=f"POST it as {_UPDATE}")
    asked = asked_of(given)
    if asked is None:
        return await description.respond(serving, request)
    return await answer(serving, request, asked)


async def _post(serving: Serving, request: Request) -> Response:
    media_type = reading.content_type(request)
    if media_type not in (_QUERY, _UPDATE, reading.FORM):
        raise HttpError(
            415,
            f"{media_type[:100] or 'content without a type'} is no query",
            hint=f"send {_QUERY}, or a form as {reading.FORM}",
        )
    in_address = reading.pairs(request.scope["query_string"])
    if media_type == _UPDATE:
        from kg.web import changes

        return await changes.update(serving, request, in_address)
    content = await reading.body(request, serving.settings, serving.settings.max_query_body)
    if media_type == _QUERY:
        if any(name == "query" for name, _ in in_address):
            raise HttpError(400, "two queries: one in the address, one sent", hint="send one")
        given = [*in_address, ("query", reading.utf8(content))]
    else:
        given = [*in_address, *reading.pairs(content)]
        if any(name == "update" for name, _ in given):
            from kg.web import changes

            return await changes.update_form(serving, request, given)
    asked = asked_of(given)
    if asked is None:
        raise HttpError(400, "there is no query in the form", hint="query=SELECT ...")
    return await answer(serving, request, asked)


def asked_of(given: list[tuple[str, str]]) -> Asked | None:
    """Return what parameters ask; None when there is no query among them."""
    given = [(name, value) for name, value in given if name not in _NO_MATTER]
    values = reading.parameters(given, _KNOWN, _REPEATABLE)
    if "query" not in values:
        return None
    named = [value for name in _FORMAT for value in values.get(name, ())]
    return Asked(
        values["query"][0],
        tuple(values.get("default-graph-uri", ())),
        tuple(values.get("named-graph-uri", ())),
        forms.named(named),
        _seconds(values["timeout"][0]) if "timeout" in values else None,
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (value := float(text)) <= 86_400:
            return value
    raise HttpError(400, f"timeout={text[:50]!r} is no time", hint="seconds, more than 0")


async def answer(serving: Serving, request: Request, asked: Asked) -> Response:
    """Answer one query, in the form the client wants, from memory where it is there."""
    if asked.graphs is None and editor.wants_page(request, asked.form):
        return await editor.answered(serving, request, asked.text, timeout_s=asked.timeout_s)
    request.scope.setdefault("state", {})["query"] = asked.text[:10_000]
    async with AsyncExitStack() as held:
        state = serving.live.pin()
        held.callback(serving.live.release, state)
        outline = await _checked(serving, state, asked)
        accept = request.headers.get("accept", "")
        meant = _meant(state, asked, outline, accept, serving.address(request))
        if answers.unchanged(request, meant.tag):
            return answers.not_modified(meant.tag)
        kept = serving.memory.get(meant.tag) if meant.tag else None
        if kept is not None:
            request.scope["state"]["cache"] = "hit"
            return answers.whole(request, kept, meant.tag, key=state.key)
        if state.pool is None:
            return await _from_server(serving, request, state, asked, meant.offer)
        return await _fresh(serving, request, state, asked, meant, held)


class Meant(NamedTuple):
    """The form to answer in, what the query sees, and the tag of the answer."""

    offer: Offer
    view: View
    tag: str


def _meant(state: State, asked: Asked, outline: sparql.Outline, accept: str, address: str) -> Meant:
    offer = choose(accept, asked.form, forms.OFFERS[forms.kind_of(outline.form)])
    view, described = _view(f"{address}/sparql", bool(outline.graphs), asked.graphs)
    key = state.key if sparql.lasting(asked.text) else ""
    tag = answers.tag(key, asked.text, described, offer.name, offer.media_type)
    return Meant(offer, view, tag)


@lru_cache(maxsize=64)
def _view(
    base: str, own: bool, graphs: tuple[tuple[str, ...], tuple[str, ...]] | None
) -> tuple[View, str]:
    view = View(base, own, graphs)
    return view, repr(view)


class AtOnce(NamedTuple):
    """An answer that was there without waiting, its tag, and the key of the data it is of."""

    kept: answers.Kept
    tag: str
    key: str
    hit: bool


def at_once(serving: Serving, asked: Asked, host: str, accept: str) -> AtOnce | None:
    """Answer a query whose answer is remembered or known to be small, without waiting for anything.

    It says what ``answer`` would say. None when that is not so, whatever the reason: then
    the request is for ``answer``, which says what is wrong with it if something is.
    """
    try:
        if asked.graphs is not None or len(asked.text) >= bounded.TEXT:
            return None
        # (Nothing waits here, so it need not be pinned.)
        state = serving.live.state
        if state.pool is None:
            return None
        outline = sparql.outline(asked.text, state.graphs)
        meant = _meant(state, asked, outline, accept, serving.address_at("http", host))
        if not meant.tag:
            return None
        kept = serving.memory.peek(meant.tag)
        if kept is not None:
            return AtOnce(kept, meant.tag, state.key, hit=True)
        kept = _known_small(serving, state, asked, meant)
        if kept is None:
            return None
        # (Not remembered: it takes no longer to be made again, and room from what does.)
        return AtOnce(kept, meant.tag, state.key, hit=False)
    except KgError:
        return None


def _known_small(serving: Serving, state: State, asked: Asked, meant: Meant) -> answers.Kept | None:
    """Answer a query in this process, if it is known to be small."""
    offer = meant.offer
    if offer.name not in forms.STREAMED:
        return None  # to write it may take modules that are not loaded, or long
    found = state.bounded.answer(
        asked.text, meant.view, _limits(serving, asked), _SMALL_ANSWER, _written(offer)
    )
    if found is None:
        return None
    ended, content = found
    if ended.kind == "select" and _written(offer) == "json":
        return answers.Kept(content, offer.media_type)
    return answers.Kept(forms.write(ended.result(content), offer.name), offer.media_type)


def _written(offer: Offer) -> str:
    # Rows are written as JSON where they are found; other forms are made of TSV, here.
    return "json" if offer.name == "json" else "tsv"


async def _checked(serving: Serving, state: State, asked: Asked) -> sparql.Outline:
    """Return what the query uses, when it may run; nothing has parsed it before."""
    size = len(asked.text.encode("utf-8", "replace"))
    if size > sparql.MAX_BYTES:
        raise HttpError(
            413,
            f"the query has {size:,} bytes, more than the {sparql.MAX_BYTES:,} allowed",
            hint="ask several queries",
        )
    local = state.pool is not None
    graphs = state.graphs if local else await serving.in_thread(lambda: state.graphs)
    for graph in (*asked.default, *asked.named):
        if graph not in graphs:
            raise RefusedError(
                f"there is no graph {graph[:200]} here", hint="/sparql without a query lists them"
            )
    if size < 2_000:
        return sparql.outline(asked.text, graphs)
    return await serving.in_thread(sparql.outline, asked.text, graphs)


def _limits(serving: Serving, asked: Asked) -> Limits:
    limits = serving.settings.limits
    if asked.timeout_s is None:
        return limits
    return limits._replace(timeout_s=min(asked.timeout_s, limits.timeout_s))


async def _from_server(
    serving: Serving, request: Request, state: State, asked: Asked, offer: Offer
) -> Response:
    """Answer from the server that has the data: the query has been checked, the answer is capped."""
    if asked.graphs is not None:
        raise HttpError(
            400, "this server passes no choice of graphs on", hint="write FROM into the query"
        )
    limits = _limits(serving, asked)

    def ask() -> answers.Kept:
        result = state.run(asked.text, limit=limits.rows, limits=limits)
        if result.truncated:
            raise LimitError(
                f"the answer has more than {len(result):,} rows",
                limit="rows",
                hint="add LIMIT to the query",
            )
        return answers.Kept(forms.write(result, offer.name), offer.media_type)

    return answers.whole(request, await serving.query(request, ask))


async def _fresh(
    serving: Serving,
    request: Request,
    state: State,
    asked: Asked,
    meant: Meant,
    held: AsyncExitStack,
) -> Response:
    """Run a query, in a worker unless it is known to be small.

    A small answer is remembered, a large one passed on as it comes.
    """
    assert state.pool is not None
    offer, view, tag = meant
    known = _known_small(serving, state, asked, meant)
    if known is not None:
        serving.memory.put(tag, known)
        return answers.whole(request, known, tag, key=state.key)
    written, limits = _written(offer), _limits(serving, asked)
    ticket = await held.enter_async_context(serving.lanes.place(client(request)))
    job = pack_job(asked.text, asked.text, None, limits, view, written)
    await held.enter_async_context(watching(request, ticket))
    try:
        begun = await beginning(serving, state.pool, job, limits, ticket, held)
        if begun.ended is not None:
            kept = await _whole(serving, begun, begun.ended, written, offer)
            serving.memory.put(tag, kept)
            return answers.whole(request, kept, tag, key=state.key)
        forms.must_stream(offer.name)
    except Exception:
        if ticket.stopped is not None:
            raise ticket.stopped from None
        raise
    headers = answers.fields(tag)
    zipped = accepts_gzip(request.headers.get("accept-encoding", ""))
    if zipped:
        headers["Content-Encoding"] = "gzip"
    made = begun.all() if written == "json" else forms.stream(begun.all(), offer.name)
    content = _encoded(serving, made)
    return Streamed(
        answers.zipped(content) if zipped else content,
        headers=headers,
        media_type=offer.media_type,
        held=held.pop_all(),
        ticket=ticket,
        only_head=request.method == "HEAD",
    )


async def _whole(
    serving: Serving, begun: Begun, ended: Ended, written: str, offer: Offer
) -> answers.Kept:
    """Return an answer that has come to its end in the form that is wanted."""
    content = b"".join(begun.pieces)
    if ended.kind == "select" and written == "json":
        return answers.Kept(content, offer.media_type)

    def write() -> answers.Kept:
        return answers.Kept(forms.write(ended.result(content), offer.name), offer.media_type)

    small = len(content) < _SMALL and offer.name in forms.STREAMED
    return write() if small else await serving.in_thread(write)


async def _encoded(serving: Serving, written: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces that are made in threads, one after the other."""
    while (piece := await serving.next_piece(written)) is not None:
        yield piece
