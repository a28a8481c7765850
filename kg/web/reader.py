"""The inside of a reader: it answers small queries on the connections that are lent to it.

``kg.web.lending`` starts it. It says the same, byte for byte, as the server would; a request
that it cannot answer goes back to the server together with its connection. The two talk in
messages::

    server to reader    who the client is, with a connection | (shut down) give everything back
    reader to server    R ready | B what has been read, with a connection | C counts | I idle
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import time
from contextlib import suppress
from email.utils import formatdate
from math import inf
from pathlib import Path
from typing import Any, cast

from kg.sandbox import Limits, read_frame, restore
from kg.web import direct
from kg.web.bounded import Bounded
from kg.web.lending import COLLECTED, MESSAGE
from kg.web.live import Live
from kg.web.observing import log_to
from kg.web.serving import Serving
from kg.web.settings import Settings
from kg.web.taking import Taking

# At most so much is read at a time; it fits into one message.
_PIECE = 65_536
# A connection that asks nothing is closed, a reader without connections is ended, after so long.
_KEPT_S, _IDLE_S = 15.0, 300.0
_RETRY_S = 0.01
# Who has not taken its last answer so long after everything shall go back loses its connection:
# the server waits for all of them, and not for long (``Lender.retire``).
_LEAVE_S = 3.0


class _Still:
    """Data that never changes, as far as ``kg.web.direct`` looks at ``Live`` and ``State``."""

    def __init__(self, told: dict[str, Any], bounded: Bounded, settings: Settings) -> None:
        self.settings = settings
        self.key: str = told["key"]
        self.graphs = frozenset(told["graphs"])
        self.bounded = bounded
        self.state = self
        #: (Only a state without workers has none: one whose data is on a server.)
        self.pool = True
        self.leaving: list[Any] = []


class _Lent(asyncio.BufferedProtocol):
    """A connection that is here for as long as it asks small queries, one after the other."""

    def __init__(self, home: _Home, client: str) -> None:
        self._home = home
        self._client = client
        self._transport: asyncio.Transport
        self._leaving = False
        self._unread = b""
        self._taking = Taking(time.monotonic())
        #: When it asked last.
        self.asked = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._home.here.add(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        # (One for all: what comes is taken out before anything else can come.)
        return self._home.buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(memoryview(self._home.buffer)[:nbytes])
        self.asked = time.monotonic()
        entry = direct.answer(self._home.serving, data, self._client)
        if entry is None:
            self.leave(data)
            return
        head = b"HTTP/1.1 200 OK\r\ndate: %b\r\n" % self._home.date()
        self._transport.write(b"".join((head, entry.head, b"\r\n", entry.body)))

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._leaving:
            self._transport.resume_reading()

    def leave(self, unread: bytes = b"") -> None:
        """Go back to the server, when the last answer is on its way."""
        if self._leaving or self._transport.is_closing():
            return
        self._leaving, self._unread = True, unread
        self._transport.pause_reading()
        self._go()

    def _go(self) -> None:
        if self._transport.is_closing():
            return
        descriptor = self._transport.get_extra_info("socket").fileno()
        written = self._transport.get_write_buffer_size() == 0
        if written and self._home.say(b"B" + self._unread, descriptor):
            self._home.given_back += 1
            self._transport.abort()  # here alone: the server has it now
        else:
            self._home.loop.call_later(_RETRY_S, self._go)

    def look(self, now: float) -> None:
        """Close a connection that asks nothing, end one whose client takes nothing."""
        if self._taking.stuck(self._transport, now, self._home.serving.settings.send_s):
            self.end()
        elif now - self.asked > _KEPT_S and not self._leaving:
            self._transport.close()

    def end(self) -> None:
        """End the connection, whatever has not been taken."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._home.here.discard(self)
        self._home.lost += 1


class _Home:
    """The reader: its connections, its data, and the way to the server."""

    def __init__(self, channel: socket.socket, serving: Serving) -> None:
        self.serving = serving
        self.here: set[_Lent] = set()
        self.buffer = bytearray(_PIECE)
        #: How many connections have gone, and how many of them back to the server.
        self.lost = self.given_back = 0
        self.loop: asyncio.AbstractEventLoop
        self._channel = channel
        self._over = False
        self._ending = asyncio.Event()
        self._until = inf
        self._date = (0, b"")
        self._tasks: set[asyncio.Task[Any]] = set()

    def date(self) -> bytes:
        """Return the time, as answers have it."""
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True).encode())
        return self._date[1]

    def say(self, content: bytes, *descriptors: int) -> bool:
        """Send a message, and return whether there was room for it."""
        try:
            socket.send_fds(self._channel, [content], descriptors)
        except BlockingIOError:
            return False
        except OSError:  # the server is gone
            os._exit(0)
        return True

    async def stay(self) -> None:
        """Take what is lent, until everything shall go back."""
        self.loop = asyncio.get_running_loop()
        self._channel.setblocking(False)
        self.loop.add_reader(self._channel, self._hear)
        self.say(b"R")
        used = time.monotonic()
        while not (self._over and not self.here and not self._tasks):
            await self._pause()
            now = time.monotonic()
            for one in list(self.here):
                one.look(now)
                if now > self._until:
                    one.end()
            self._count()
            if self.here or (now - used > _IDLE_S and self.say(b"I")):
                used = now
        self._count()

    async def _pause(self) -> None:
        if self._over:
            await asyncio.sleep(0.02)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._ending.wait()

    def _hear(self) -> None:
        try:
            content, descriptors, _, _ = socket.recv_fds(self._channel, MESSAGE, 1)
        except BlockingIOError:
            return
        except OSError:
            os._exit(0)
        if descriptors:
            taken = socket.socket(fileno=descriptors[0])
            client = content.decode()
            task = self.loop.create_task(
                self.loop.connect_accepted_socket(lambda: _Lent(self, client), taken)
            )
            self._tasks.add(task)
            task.add_done_callback(self._taken)
            return
        if content:  # no descriptor was left for it: it is gone
            self.lost += 1
            return
        self._over, self._until = True, time.monotonic() + _LEAVE_S
        self._ending.set()
        self.loop.remove_reader(self._channel)
        for one in list(self.here):
            one.leave()

    def _taken(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is not None:
            self.lost += 1  # it had gone already
        elif self._over:
            task.result()[1].leave()

    def _count(self) -> None:
        """Tell what has been counted since the last time."""
        serving = self.serving
        closed = self.lost - self.given_back
        counts = serving.counts.told()
        if counts[0] or closed:
            told = {"closed": closed, "hits": serving.memory.hits, "counts": counts}
            if self.say(b"C" + json.dumps(told).encode()):
                self.lost = self.given_back = serving.memory.hits = 0
            else:
                serving.counts.add(counts)


def main(channel: int) -> None:
    """Serve what is lent over a channel; what is to be served comes on standard input."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the server is told, and tells us
        signal.signal(number, signal.SIG_IGN)
    with os.fdopen(0, "rb", closefd=False) as jobs:
        frame = read_frame(jobs)
        if frame is None:
            return
        told = json.loads(frame[1])
        store = restore(jobs)
    fields = {name: told[name] for name in Settings.__dataclass_fields__}
    fields["limits"] = Limits(*told["limits"])
    fields["origins"], fields["proxies"] = tuple(told["origins"]), tuple(told["proxies"])
    fields["log"] = Path(told["log"]) if told["log"] else None
    settings = Settings(**fields)
    if settings.log is not None:
        log_to(settings.log)
    still = _Still(told, Bounded(store.engine), settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    home = _Home(socket.socket(fileno=channel), Serving(cast("Live", still)))
    asyncio.run(home.stay())
    os._exit(0)  # (nothing is left to be written, and the engine has threads)
