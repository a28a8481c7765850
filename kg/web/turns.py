"""Whose turn it is to have something worked out in this process, and how that is stopped.

What is done here needs the claims as objects, which take seconds to read and a copy of them
in each process that does: so it runs in threads, over what is read once. Each has its place
in lanes of the same kind as queries (``kg.web.lanes``), and a clock: when its time is over,
or its client gone, an exception ends it where it is. All of it is Python, which can be
interrupted so; it only reads, and what it keeps for later it keeps when it is whole. Modules
that are imported on the way are let be until they are whole, too.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import anyio
from starlette.requests import Request

from kg.errors import KgError, LimitError
from kg.patience import Patience
from kg.web.lanes import Lanes
from kg.web.settings import Settings

if TYPE_CHECKING:
    from kg.web.live import State

_R = TypeVar("_R")
# An exception that comes at an unlucky moment (in a finalizer) is lost, or waits for one that
# is better (``_imports``): it is sent again.
_AGAIN_S = 0.5


class Turns:
    """The places for what runs in this process; it belongs to the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.lanes = Lanes(settings)
        self._timeout_s = settings.limits.timeout_s
        self._threads = anyio.CapacityLimiter(2 * settings.workers + 1)
        self._prepared: WeakKeyDictionary[State, asyncio.Task[None]] = WeakKeyDictionary()

    async def run(
        self,
        client: str,
        function: Callable[[], _R],
        *,
        state: State | None = None,
        request: Request | None = None,
    ) -> _R:
        """Run something in a thread when it is its turn, for as long as a query may run.

        What answers over ``state`` all need is read first, once and without a clock. With a
        ``request`` that has come whole, it ends when the client goes away. Raises what
        ``Lanes.place`` raises, and LimitError when its time is over.
        """
        from kg.web.serving import watching

        if state is not None:
            await self.prepare(state)
        async with AsyncExitStack() as held:
            ticket = await held.enter_async_context(self.lanes.place(client))
            if request is not None:
                await held.enter_async_context(watching(request, ticket))
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._timeout_s, ticket.stop, _too_long(self._timeout_s))
            work = Work(self._timeout_s)
            ticket.take(work)
            ticket.elsewhere = True
            try:
                return await anyio.to_thread.run_sync(work.run, function, limiter=self._threads)
            except StoppedError:
                assert ticket.stopped is not None
                raise ticket.stopped from None
            finally:
                timer.cancel()

    async def prepare(self, state: State) -> None:
        """Read what answers over a state need (``functions.prepare``), once, however many ask."""
        from kg.web import functions

        begun = self._prepared.get(state)
        if begun is None:
            reading = anyio.to_thread.run_sync(functions.prepare, state)
            begun = self._prepared[state] = asyncio.ensure_future(reading)
            begun.add_done_callback(partial(self._read, weakref.ref(state)))
        # (Others wait for it, too: it does not end with the request that began it.)
        await asyncio.shield(begun)

    def _read(self, of: weakref.ref[State], task: asyncio.Task[None]) -> None:
        # (What went wrong knows the state it went wrong with, and would keep it; who asks
        # next tries again.)
        state = of()
        if state is not None and (task.cancelled() or task.exception() is not None):
            self._prepared.pop(state, None)

    def stop_all(self, why: Exception) -> None:
        """End everything that runs."""
        self.lanes.stop_all(why)


def _too_long(seconds: float) -> LimitError:
    return LimitError(
        f"this was stopped after {seconds:g} s",
        limit="time",
        hint="ask for less: one thing (about), a smaller depth, facts only",
    )


class StoppedError(Exception):
    """Something that ran was stopped; whoever stopped it knows why."""


class _Stop(BaseException):
    """Raised in a thread from outside; nothing on its way takes it for an error."""


class Work:
    """Something that runs in a thread, as lanes see it: like the worker of a query."""

    def __init__(self, timeout_s: float = inf) -> None:
        self._timeout_s = timeout_s
        # What it asks of a server that has the data ends with it.
        self._asking = Patience()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = self._ended = False
        self._used_s = 0.0

    def run(self, function: Callable[[], _R]) -> _R:
        """Run it; StoppedError when it was killed before its end."""
        try:
            return self._run(function)
        except _Stop:  # it came when the end had begun, and kept it from being noted
            self._end()
            raise StoppedError from None

    def _run(self, function: Callable[[], _R]) -> _R:
        try:
            with self._lock:
                self._thread = threading.current_thread()
                self._used_s = _cpu_s(self._thread)
                if self._stopped:
                    raise StoppedError
            with self._asking.kept(self._timeout_s):
                return function()
        except _Stop:
            raise StoppedError from None
        except KgError:
            if self._stopped:
                raise StoppedError from None
            raise
        finally:
            self._end()

    def _end(self) -> None:
        """Nothing is raised in this thread from here on: it has other things to do next."""
        while not self._ended:
            with suppress(_Stop), self._lock:
                self._ended = True
                _raise(threading.get_ident(), None)

    def kill(self) -> None:
        """End it; for another thread than its own."""
        self._asking.kill()
        with self._lock:
            self._stopped = True
            if self._ended or self._thread is None or self._thread.ident is None:
                return
            if not _imports(self._thread.ident):
                _raise(self._thread.ident, _Stop)
        again = threading.Timer(_AGAIN_S, self.kill)
        again.daemon = True
        again.start()

    def demote(self) -> None:
        """Do nothing: a thread's priority has no way back."""

    @property
    def runnable(self) -> bool:
        """Whether it wants the processor: not when it waits for another server."""
        return not self._ended and not self._asking.waiting

    @property
    def cpu_s(self) -> float:
        """The processor time of its thread so far; 0 where the system does not tell."""
        return _cpu_s(self._thread) - self._used_s if self._thread is not None else 0.0


def _cpu_s(thread: threading.Thread) -> float:
    if thread.ident is not None and hasattr(time, "pthread_getcpuclockid"):
        with suppress(OSError):
            return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    return 0.0


def _imports(thread: int) -> bool:
    """Whether a thread imports a module: one that is stopped halfway may never be whole again."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _raise(thread: int, kind: type[BaseException] | None) -> None:
    """Raise an exception in a thread when it comes to its next step; None takes one back."""
    import ctypes

    raised: Any = ctypes.py_object(kind) if kind is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
