"""Whose query runs next: a fast lane for everybody, a slow one for what takes long.

Every query begins in the fast lane, which has as many places as there are workers. One
that has not ended after a moment moves to the slow lane, of as many places again, and
lets others have the processor first; so long queries never keep short ones waiting for
more than that moment. A client has half of the slow lane at most; while it does, one of
its other queries runs at a time. A query that would move and finds no place is stopped,
and its client told to come back. Those that wait are taken one client after the other.

All of it belongs to the event loop: no locks.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from kg.errors import LimitError
from kg.web.problems import HttpError
from kg.web.settings import Settings

# One that has had less of the processor by then is not the one that keeps others waiting,
# unless it waits for somebody else.
_STARVED_S = 0.1


class Runs(Protocol):
    """What has a query: a worker (``kg.worker``), or a thread of this process (``kg.web.turns``)."""

    def kill(self) -> None:
        """End the query; called in another thread than the one that waits for it."""

    def demote(self) -> None:
        """Let others have the processor first."""

    @property
    def runnable(self) -> bool:
        """Whether it wants the processor."""

    @property
    def cpu_s(self) -> float:
        """The processor time it has used so far; 0 where nobody knows."""


class Ticket:
    """A query that runs: which client's, in which lane, and in which worker."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.slow = False
        #: Why it was stopped before its end; None while it was not.
        self.stopped: Exception | None = None
        #: Set while it waits for a worker: others do, too.
        self.waits = False
        #: Set when it may wait for somebody else: a client that reads slowly, another server.
        self.elsewhere = False
        self._worker: Runs | None = None
        self._used_s = 0.0
        #: When it is looked at, to see whether it takes long.
        self.timer: asyncio.TimerHandle

    def take(self, worker: Runs) -> None:
        """Note the worker that has the query; called in the thread that waits for it."""
        self._used_s = worker.cpu_s
        self._worker = worker
        self.waits = False
        if self.stopped is not None:
            worker.kill()

    def stop(self, why: Exception) -> None:
        """End the query; whoever waits for it gets an error, and finds ``stopped``."""
        if self.stopped is None:
            self.stopped = why
            if self._worker is not None:
                self._worker.kill()

    @property
    def starved(self) -> bool:
        """Whether it got little of the processor so far: then its time says nothing of it."""
        worker = self._worker
        if worker is None:
            return self.waits
        if self.elsewhere and not worker.runnable:
            return False
        return 0 < worker.cpu_s < self._used_s + _STARVED_S

    def slow_down(self) -> None:
        """Go on in the slow lane."""
        self.slow = True
        if self._worker is not None:
            self._worker.demote()


class Lanes:
    """The places of the two lanes, and who waits for one."""

    def __init__(self, settings: Settings) -> None:
        self._places = settings.workers
        self._one_client = max(1, settings.workers // 2)
        self._queue = settings.queue
        self._one_client_waits = max(1, settings.queue // 2)
        self._wait_s = settings.wait_s
        self._slow_s = settings.slow_s
        self._fast: Counter[str] = Counter()
        self._slow: Counter[str] = Counter()
        self._tickets: set[Ticket] = set()
        # Of each client that waits, its requests; clients in the order of their turns.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def running(self) -> int:
        """How many queries run."""
        return self._fast.total() + self._slow.total()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, client: str) -> AsyncIterator[Ticket]:
        """Give a query of a client a place, when it is its turn.

        Raises HttpError (429) when the client has too many waiting already, LimitError
        when everybody together has, or nothing came free in time.
        """
        await self._turn(client)
        ticket = Ticket(client)
        self._tickets.add(ticket)
        loop = asyncio.get_running_loop()
        ticket.timer = loop.call_later(self._slow_s, self._slow_down, ticket)
        try:
            yield ticket
        finally:
            ticket.timer.cancel()
            self._tickets.discard(ticket)
            (self._slow if ticket.slow else self._fast)[client] -= 1
            self._next()

    def stop_all(self, why: Exception) -> None:
        """End every query that runs."""
        for ticket in list(self._tickets):
            ticket.stop(why)

    async def _turn(self, client: str) -> None:
        if not self._waiting and self._free(client):
            self._fast[client] += 1
            return
        if len(self._waiting.get(client, ())) >= self._one_client_waits:
            raise HttpError(
                429, "too many of your queries wait already", hint="wait for answers, then go on"
            )
        if self.waiting >= self._queue:
            raise LimitError(
                f"{self._queue} queries are waiting already", limit="queue", hint=_LATER
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        self._next()
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._fast[client] -= 1  # it came at the same moment
            else:
                self._forget(client, turn)
            self._next()
            if isinstance(error, TimeoutError):
                raise LimitError(
                    f"no worker was free for {self._wait_s:g} s", limit="queue", hint=_LATER
                ) from None
            raise

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        mine = self._waiting.get(client)
        if mine is not None and turn in mine:
            mine.remove(turn)
            if not mine:
                del self._waiting[client]

    def _free(self, client: str) -> bool:
        if self._fast.total() >= self._places:
            return False
        return self._slow[client] < self._one_client or self._fast[client] < 1

    def _next(self) -> None:
        """Give free places to those that wait, one client after the other."""
        for client in list(self._waiting):
            if not self._free(client):
                continue
            mine = self._waiting.pop(client)
            turn = mine.popleft()
            if mine:
                self._waiting[client] = mine  # behind the others
            self._fast[client] += 1
            turn.set_result(None)
            self._next()
            return

    def _slow_down(self, ticket: Ticket) -> None:
        if ticket.starved:
            loop = asyncio.get_running_loop()
            ticket.timer = loop.call_later(self._slow_s, self._slow_down, ticket)
            return
        client = ticket.client
        if self._slow[client] >= self._one_client:
            ticket.stop(
                HttpError(
                    429,
                    f"stopped: {self._slow[client]} of your queries take long already",
                    hint="ask long queries one after the other, or name more of what is known",
                )
            )
        elif self._slow.total() >= self._places:
            ticket.stop(LimitError("too many long queries run already", limit="queue", hint=_LATER))
        else:
            self._fast[client] -= 1
            self._slow[client] += 1
            ticket.slow_down()
            self._next()


_LATER = "try again later"
