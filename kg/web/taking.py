"""Whether a client takes what is sent to it.

A connection that is closed goes on until the last of its answer is taken. A client that
takes nothing would keep it, and what it was to be sent, for as long as it likes.
"""

from __future__ import annotations

from asyncio import Transport


class Taking:
    """How a client takes what waits for it, looked at again and again."""

    def __init__(self, now: float) -> None:
        self._left = 0
        self._since = now

    def stuck(self, transport: Transport, now: float, seconds: float) -> bool:
        """Whether something has waited for so long, and none of it was taken."""
        left = transport.get_write_buffer_size()
        if not left or left < self._left:
            self._since = now
        self._left = left
        return now - self._since > seconds
