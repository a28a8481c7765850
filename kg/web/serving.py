"""What the routes share: the data, the threads, the lanes, the memory of answers, the counts."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import cached_property, partial
from math import inf
from typing import ParamSpec, TypeVar

import anyio
from starlette.requests import Request

from kg.errors import KgError
from kg.patience import Patience, within
from kg.web.answers import Kept, Memory
from kg.web.lanes import Lanes, Ticket
from kg.web.lending import Lender
from kg.web.live import Live
from kg.web.observed import Counts
from kg.web.problems import HttpError
from kg.web.settings import Settings
from kg.web.shortcut import Shortcuts
from kg.web.turns import Turns

_P = ParamSpec("_P")
_R = TypeVar("_R")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
# Whether a server behind answers is asked no more often than this, and waited for no longer.
_ASK_BEHIND_S, _BEHIND_S = 5.0, 2.0


class Serving:
    """One server, as its routes see it."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.settings: Settings = live.settings
        self.memory = Memory(self.settings.cache_bytes, self.settings.cache_one)
        self.shortcuts = Shortcuts(self.settings.cache_bytes // 2)
        self.lanes = Lanes(self.settings)
        self.turns = Turns(self.settings)
        self.counts = Counts()
        self.lender = Lender(self)
        #: Held while the data is changed (``kg.web.changes``).
        self.changing: asyncio.Lock | None = None
        #: What is to be ended when the server ends.
        self.at_end: list[Callable[[], Awaitable[None]]] = []
        self._behind: tuple[float, str | None] = (-inf, None)
        #: Set while the server lets its last requests end.
        self.stopping = False

    @cached_property
    def _threads(self) -> anyio.CapacityLimiter:
        return anyio.CapacityLimiter(self.settings.threads)

    @cached_property
    def _query_threads(self) -> anyio.CapacityLimiter:
        return anyio.CapacityLimiter(2 * self.settings.workers + 1)

    async def in_thread(
        self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        """Run what takes more than a moment away from the event loop, and return its result."""
        work = partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    async def for_queries(
        self, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        """Run what waits for a query, in a thread; those are as many as queries may run."""
        work = partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(work, limiter=self._query_threads)

    async def behind(self) -> str | None:
        """Return why the server that has the data does not answer; None when it does, or has none.

        It is asked at most once in a while, and not for long.
        """
        with self.live.now() as state:
            if state.store.working_copy is None:
                return None
            endpoint = state.store.working_copy.endpoint
        now = time.monotonic()
        if now - self._behind[0] >= _ASK_BEHIND_S:

            def ask() -> str | None:
                try:
                    with within(_BEHIND_S):
                        endpoint.query("ASK {}")
                except KgError as error:
                    return error.message
                return None

            self._behind = (now, self._behind[1])  # (others do not ask meanwhile)
            self._behind = (now, await self.in_thread(ask))
        return self._behind[1]

    async def query(self, request: Request, function: Callable[[], _R]) -> _R:
        """Run what asks an unchecked query (``State.run``) in a lane of the client's, fairly."""
        return await self.query_of(client(request), function, request)

    async def query_of(
        self, who: str, function: Callable[[], _R], request: Request | None = None
    ) -> _R:
        """Run it for a client of that name; it ends when the client of the request goes away."""
        ours = Patience()

        def work() -> _R:
            with ours.kept():
                return function()

        async with AsyncExitStack() as held:
            ticket = await held.enter_async_context(self.lanes.place(who))
            if request is not None:
                await held.enter_async_context(watching(request, ticket))
            ticket.take(ours)
            try:
                found = await self.for_queries(work)
            except KgError:
                if ticket.stopped is not None:
                    raise ticket.stopped from None
                raise
            if ticket.stopped is not None:
                raise ticket.stopped
            return found

    async def next_piece(self, pieces: Iterator[bytes]) -> bytes | None:
        """Return the next piece of an answer, made in a thread; None at its end."""
        return await self.for_queries(next, pieces, None)

    async def remembered(self, entity_tag: str, make: Callable[[], tuple[bytes, str]]) -> Kept:
        """Return an answer of that tag as remembered, or make it now (body, media type), in a thread."""
        kept = self.memory.get(entity_tag) if entity_tag else None
        if kept is None:
            kept = await self.in_thread(lambda: Kept(*make()))
            self.memory.put(entity_tag, kept)
        return kept

    def address(self, request: Request) -> str:
        """Return the public address of this server, without a slash at its end."""
        return self.address_at(request.scope["scheme"], request.headers.get("host", ""))

    def address_at(self, scheme: str, host: str) -> str:
        """Return the public address, when a request names this host; HttpError (400) for no name."""
        if self.settings.base:
            return self.settings.base
        if not _HOST.fullmatch(host):
            raise HttpError(400, "the Host field is not a host's name", hint="send one")
        return f"{scheme}://{host}"


def client(request: Request) -> str:
    """Return who asks, as far as that can be told."""
    return request.client.host if request.client else ""


class watching:  # noqa: N801  reads as a statement: async with watching(...)
    """End a query when its client goes away, while the body of the block runs.

    What the client sends has been read before: all that may come is its going.
    """

    def __init__(self, request: Request, ticket: Ticket) -> None:
        self._request = request
        self._ticket = ticket

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                self._ticket.stop(HttpError(499, "the client went away"))
                return

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
