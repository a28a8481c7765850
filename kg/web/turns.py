"""Whose turn it is to have something worked out in this process.

What is done here cannot be stopped as a worker can, so only so much runs at a time, each
client has its share, and what may be asked is bounded beforehand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import anyio

from kg.errors import LimitError
from kg.web.problems import HttpError
from kg.web.settings import Settings

_R = TypeVar("_R")
# So many questions of one client run or wait.
_ONE_CLIENT = 8


class Turns:
    """The places for what runs in this process; it belongs to the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._places = max(2, settings.workers)
        self._queue = settings.queue
        self._of_client: Counter[str] = Counter()

    @cached_property
    def limiter(self) -> anyio.CapacityLimiter:
        """The places themselves."""
        return anyio.CapacityLimiter(self._places)

    async def run(self, client: str, function: Callable[[], _R]) -> _R:
        """Run something in a thread when it is its turn; HttpError (429) for too many of one client's."""
        if self._of_client[client] >= _ONE_CLIENT:
            raise HttpError(
                429, "too many of your questions wait already", hint="wait for answers, then go on"
            )
        if self.limiter.statistics().tasks_waiting >= self._queue:
            raise LimitError("too many questions wait", limit="queue", hint="try again later")
        self._of_client[client] += 1
        try:
            return await anyio.to_thread.run_sync(function, limiter=self.limiter)
        finally:
            self._of_client[client] -= 1
            self._of_client += Counter()  # forgets those that have nothing here
