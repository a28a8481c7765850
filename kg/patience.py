"""How long an answer of somebody else is waited for, and how the wait is ended from outside.

A server that is asked by nobody any more should not go on. The protocol knows no way to tell
it; most servers notice when the connection is closed, and some read a time with the question
(``kg.endpoint``). So whoever waits for a question says for how long, here, and somebody else
may end the wait: both close the connection, at once.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from math import inf
from typing import Any

from kg.errors import EndpointError, KgError, LimitError

_AGAIN_S = 0.5
_NOW: ContextVar[Patience | None] = ContextVar("patience", default=None)


def current() -> Patience | None:
    """Return the patience that this thread has now; None where only the usual times hold."""
    return _NOW.get()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let everything that is asked of servers in this block take so long together."""
    now = _NOW.get() or Patience()
    with now.kept(seconds):
        yield


class Patience:
    """What one question may take; ``kill`` ends it, from another thread, too."""

    def __init__(self) -> None:
        self._until = inf
        self._lock = threading.RLock()
        self._connection: Any = None
        self._worker: Any = None
        self._timer: threading.Timer | None = None
        self._over = self._killed = False

    @contextmanager
    def kept(self, seconds: float = inf) -> Iterator[None]:
        """Have this patience in the block, and no more of it than so many seconds."""
        before, self._until = self._until, min(self._until, time.monotonic() + seconds)
        token = _NOW.set(self)
        try:
            yield
        finally:
            _NOW.reset(token)
            with self._lock:
                self._until, self._connection = before, None
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None

    @property
    def left_s(self) -> float:
        """The seconds that are left; infinite where nobody has said."""
        return self._until - time.monotonic()

    @property
    def waiting(self) -> bool:
        """Whether an answer is waited for."""
        return self._connection is not None

    def wait_on(self, connection: Any) -> None:
        """Note the connection that an answer is to come by; it is closed when the wait ends."""
        with self._lock:
            self._connection = connection
            connection.patience = self
            if self._timer is None and self._until < inf:
                self._timer = threading.Timer(max(self.left_s, 0), self._expire)
                self._timer.daemon = True
                self._timer.start()
            if self._over or self._killed:
                self._hang_up()

    @contextmanager
    def works(self, worker: Any) -> Iterator[None]:
        """Note the worker (``kg.worker``) that has a query in the block: ending the wait ends it."""
        with self._lock:
            if self._killed:
                self.check("the query")
            self._worker = worker
        try:
            yield
        finally:
            with self._lock:
                self._worker = None

    def check(self, name: str) -> None:
        """Raise why the answer of the server of that name is waited for no longer, if it is not."""
        error = self.problem(name)
        if error is not None:
            raise error

    def problem(self, name: str) -> KgError | None:
        """Return why the wait was ended: LimitError for its time; None while it was not."""
        if self._killed:
            return EndpointError(f"{name} is waited for no longer", hint="ask again")
        if self._over or self.left_s <= 0:
            return LimitError(
                f"{name} has not answered in time",
                limit="time",
                hint="name more of what is known, add LIMIT, or allow more with --timeout",
            )
        return None

    def kill(self) -> None:
        """End the wait."""
        with self._lock:
            self._killed = True
            self._hang_up()
            if self._worker is None:
                return
            # (One that was just about to begin would begin anew: it is ended again then.)
            self._worker.kill()
        again = threading.Timer(_AGAIN_S, self.kill)
        again.daemon = True
        again.start()

    def _expire(self) -> None:
        with self._lock:
            self._over = True
            self._hang_up()

    def _hang_up(self) -> None:
        # A connection that has been given to somebody else is not ours to close.
        if getattr(self._connection, "patience", None) is self:
            with suppress(OSError, AttributeError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)

    # ---------------------------------------------------------------- as a worker is seen

    def demote(self) -> None:
        """Let others have the processor first."""
        with self._lock:
            if self._worker is not None:
                self._worker.demote()

    @property
    def runnable(self) -> bool:
        """Whether it wants the processor here: not when another server works."""
        worker = self._worker
        return worker is not None and worker.runnable

    @property
    def cpu_s(self) -> float:
        """The processor time it has used here."""
        worker = self._worker
        return 0.0 if worker is None else float(worker.cpu_s)
