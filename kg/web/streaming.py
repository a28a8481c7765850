"""A response that is sent while it is made."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kg.errors import KgError

_LOG = logging.getLogger("kg.web")


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
        only_head: bool = False,
    ) -> None:
        self._pieces = pieces
        self._held = held
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
                _LOG.warning("an answer was cut off: %s", error)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
