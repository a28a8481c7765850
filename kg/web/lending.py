"""Connections that ask one small query after another are lent to processes that do nothing else.

Small queries are answered in the server itself (``kg.web.direct``), by one process and so
by one processor. A client that keeps a connection and asks many of them is therefore lent
to a reader (``kg.web.reader``): the connection itself goes to that process, which answers
over the same data, and gives it back with the first request that is anything else. Limits,
lanes, changes and everything that takes long stay in the one server.

A reader starts when it is wanted first. When other data is served, it gives back what it
has before a change is said to be made: nobody is answered from old data after that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kg import worker
from kg.sandbox import write_frame
from kg.web.live import State

if TYPE_CHECKING:
    from kg.web.serving import Serving
    from kg.web.settings import Settings

_LOG = logging.getLogger("kg.web")
#: A connection that has asked so many small queries in a row asks many.
OFTEN = 16
#: Readers hold so many connections at most, each.
_MOST = 400
#: When the collector of circles looks, in the server and in readers.
COLLECTED = (20_000, 20, 20)
#: What one message may hold: what a reader has read, and a few words.
MESSAGE = 100_000
_START_S, _RETIRE_S, _AGAIN_S = 60.0, 5.0, 60.0
#: Whether connections can be handed from process to process here.
POSSIBLE = sys.platform == "linux" and hasattr(socket, "send_fds")


class Reader:
    """A reader as the server sees it: its process, and the way to talk to it."""

    def __init__(self, key: str) -> None:
        self.key = key
        #: How many connections it has.
        self.lent = 0
        #: Set when it has given everything back, and has ended.
        self.gone = threading.Event()
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        places = [os.path.abspath(place) for place in sys.path if place]  # noqa: PTH100
        program = (
            f"import sys; sys.path[:] = {places!r}; "
            f"from kg.web.reader import main; main({theirs.fileno()})"
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and our own text
                [sys.executable, "-I", "-c", program],
                stdin=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
            )
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()

    def open(self, state: State, settings: Settings) -> None:
        """Hand the data over, and wait until it can take connections; OSError if it does not come to that."""
        told = {
            **asdict(settings),
            "key": state.key,
            "graphs": sorted(state.graphs),
            "token": "",
            "log": os.fspath(settings.log) if settings.log else None,
        }
        assert self._process.stdin is not None
        with self._process.stdin as pipe:
            write_frame(pipe, b"S", json.dumps(told).encode())
            write_frame(pipe, *worker.snapshot(state.store))
        self.channel.settimeout(_START_S)
        if not self.channel.recv(MESSAGE):
            raise OSError("it ended before it was ready")
        self.channel.setblocking(False)

    def lend(self, descriptor: int, client: str) -> bool:
        """Hand a connection over, and return whether that went well."""
        try:
            socket.send_fds(self.channel, [client.encode() or b"?"], [descriptor])
        except OSError:  # too busy, or gone
            return False
        self.lent += 1
        return True

    def release(self) -> None:
        """Tell it to give everything back, and to end."""
        with suppress(OSError):
            self.channel.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End it, whatever it does; the connections it has are lost."""
        self._process.kill()

    def end(self) -> None:
        """End it, and clear it away."""
        self._process.kill()
        self._process.wait()
        self.channel.close()
        self.gone.set()


class Lender:
    """The readers of a server, and who is lent to them. It belongs to the event loop, but for ``retire``."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._live = serving.live
        self._settings = serving.settings
        self._readers: list[Reader] = []
        self._busy: set[Any] = set()
        self._starting: threading.Thread | None = None
        self._coming: Reader | None = None
        self._not_before = 0.0
        #: Takes a connection that comes back, and what has been read of its next request.
        self.take_back: Callable[[socket.socket, bytes], None] | None = None
        self._live.leaving.append(self.retire)

    @property
    def lent(self) -> int:
        """How many connections are lent."""
        return sum(reader.lent for reader in self._readers)

    def reader_for(self, connection: object) -> Reader | None:
        """Return the reader that shall have a connection which asks much; None when it shall stay.

        Every process is to have as many of them as any other.
        """
        if not POSSIBLE or not self._settings.readers or self.take_back is None:
            return None
        if self._serving.stopping:
            return None
        self._busy.add(connection)
        key = self._live.key
        readers = [reader for reader in self._readers if reader.key == key]
        if len(readers) < self._settings.readers:
            self._start(self._live.state)
        reader = min(readers, key=lambda one: one.lent, default=None)
        if reader is None or reader.lent >= min(len(self._busy), _MOST):
            return None
        return reader

    def forget(self, connection: object) -> None:
        """Note that a connection is not here any more."""
        self._busy.discard(connection)

    def _start(self, state: State) -> None:
        if self._starting is not None or time.monotonic() < self._not_before:
            return
        loop = asyncio.get_running_loop()
        self._starting = threading.Thread(
            target=self._open, args=(state, loop), name="kg-reader", daemon=True
        )
        try:
            self._starting.start()
        except RuntimeError:  # no thread to be had
            self._opened(None)

    def _open(self, state: State, loop: asyncio.AbstractEventLoop) -> None:
        reader = None
        try:
            self._coming = reader = Reader(state.key)
            if self._serving.stopping:
                reader.kill()
            reader.open(state, self._settings)
        except Exception as error:  # noqa: BLE001  whatever it is: somebody waits for the end
            if not self._serving.stopping:
                _LOG.warning("no reader can be started, all goes on without: %s", error)
            if reader is not None:
                reader.end()
            reader = None
        loop.call_soon_threadsafe(self._opened, reader)

    def _opened(self, reader: Reader | None) -> None:
        self._starting = self._coming = None
        if reader is None:
            self._not_before = time.monotonic() + _AGAIN_S
            return
        self._readers.append(reader)
        loop = asyncio.get_running_loop()
        loop.add_reader(reader.channel, self._hear, reader)
        if reader.key != self._live.key or self._serving.stopping:
            reader.release()

    def _hear(self, reader: Reader) -> None:
        """Take what a reader says: a connection back, what it has counted, that it is idle, its end."""
        try:
            content, descriptors, _, _ = socket.recv_fds(reader.channel, MESSAGE, 1)
        except BlockingIOError:
            return
        except OSError:
            content, descriptors = b"", []
        if descriptors:
            reader.lent -= 1
            assert self.take_back is not None
            self.take_back(socket.socket(fileno=descriptors[0]), content[1:])
        elif content[:1] == b"B":
            reader.lent -= 1
            _LOG.warning("a connection is lost: there is no descriptor left for it")
        elif content[:1] == b"C":
            told = json.loads(content[1:])
            reader.lent -= told["closed"]
            self._serving.memory.hits += told["hits"]
            self._serving.counts.add(told["counts"])
        elif content[:1] == b"I":
            reader.release()
        else:
            asyncio.get_running_loop().remove_reader(reader.channel)
            self._readers.remove(reader)
            reader.end()

    def retire(self) -> None:
        """Take every connection back; it waits, so call it in a thread while the event loop runs."""
        readers = list(self._readers)
        for reader in readers:
            reader.release()
        end = time.monotonic() + _RETIRE_S
        for reader in readers:
            if not reader.gone.wait(end - time.monotonic()):
                _LOG.warning("a reader did not end, and is killed")
                reader.kill()

    async def close(self) -> None:
        """Take every connection back, for good: the server is stopping."""
        if self._coming is not None:
            self._coming.kill()
        while self._starting is not None:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(self.retire)
