"""Answers as they come: their beginning from a worker, and a response sent while it is made."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import chain

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kg.errors import KgError, LimitError
from kg.sandbox import Limits
from kg.web.lanes import Ticket
from kg.web.problems import HttpError
from kg.web.serving import Serving
from kg.worker import Ended, Pool, Worker

_LOG = logging.getLogger("kg.web")
# So much goes into a pipe at once, with room to spare: handing over a job waits for nobody.
_PIPE = 30_000


@dataclass(slots=True)
class Begun:
    """An answer whose beginning has come: all of it (``ended``), or more than is held at once."""

    pieces: list[bytes]
    ended: Ended | None
    rest: Generator[bytes, None, Ended] | None

    def all(self) -> Iterator[bytes]:
        """Yield every piece, those that are still to come, too; it blocks."""
        return chain(self.pieces, self.rest or ())


async def beginning(
    serving: Serving,
    pool: Pool,
    job: bytes,
    limits: Limits,
    ticket: Ticket,
    held: AsyncExitStack,
) -> Begun:
    """Give a job to a worker, and return the beginning of the answer, or all of a small one.

    The worker goes back to the pool with ``held``. Raises what ``Worker.run`` raises.
    """
    ticket.waits = True
    worker = await _worker(serving, pool, held)
    ticket.take(worker)
    end = time.monotonic() + limits.timeout_s
    pieces: list[bytes] = []
    most = serving.settings.cache_one // 2
    timer = asyncio.get_running_loop().call_later(limits.timeout_s, worker.expire)
    try:
        if len(job) < _PIPE:
            worker.send(job)
        else:
            await serving.in_thread(worker.send, job)
        size = 0
        while size <= most:
            frame = await _frame(serving, worker)
            if frame is None or frame[0] != b"T":
                return Begun(pieces, worker.conclude(frame, limits), None)
            pieces.append(frame[1])
            size += len(frame[1])
    finally:
        timer.cancel()
    ticket.elsewhere = True
    return Begun(pieces, None, worker.rest(limits, end))


async def _worker(serving: Serving, pool: Pool, held: AsyncExitStack) -> Worker:
    """Return a worker that is free: at once if there is one, which is the rule in a lane."""
    lease = pool.lease(now=True)
    try:
        return held.enter_context(lease)
    except LimitError:
        lease = pool.lease()
        worker = await serving.for_queries(lease.__enter__)
        held.push(lease.__exit__)
        return worker


async def _frame(serving: Serving, worker: Worker) -> tuple[bytes, bytes] | None:
    """Wait for the next frame of an answer; None when the worker is gone."""
    while (frame := worker.frame()) is None:
        if sys.platform == "win32":  # no event loop there waits for a pipe
            heard = await serving.for_queries(worker.hear)
        else:
            await _readable(worker.stream)
            heard = worker.hear()
        if not heard:
            return None
    return frame


async def _readable(stream: int) -> None:
    loop = asyncio.get_running_loop()
    there = loop.create_future()

    def comes() -> None:
        if not there.done():
            there.set_result(None)

    loop.add_reader(stream, comes)
    try:
        await there
    finally:
        loop.remove_reader(stream)


class Streamed(Response):
    """Sends pieces as they come, and lets go of ``held`` at the end, whatever the end is.

    When the pieces stop with an error, the connection is cut without the mark of an
    end, so that no client takes half an answer for the whole.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        *,
        headers: Mapping[str, str],
        media_type: str,
        held: AsyncExitStack,
        ticket: Ticket,
        only_head: bool = False,
    ) -> None:
        self._pieces = pieces
        self._held = held
        self._ticket = ticket
        self._only_head = only_head
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._held:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            try:
                if not self._only_head:
                    async for piece in self._pieces:
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            except (KgError, OSError, TimeoutError) as error:
                why = self._ticket.stopped or error
                # (A client that goes away is no trouble of the server's.)
                gone = isinstance(why, HttpError) and why.status == 499
                _LOG.log(
                    logging.DEBUG if gone else logging.WARNING, "an answer was cut off: %s", why
                )
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
