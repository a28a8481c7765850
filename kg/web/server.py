"""The server itself: uvicorn, with clocks for clients that say nothing."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kg.errors import MissingError
from kg.web import direct, lending
from kg.web.app import application
from kg.web.live import Live
from kg.web.problems import HttpError
from kg.web.serving import Serving
from kg.web.shortcut import Entry, repeatable
from kg.web.taking import Taking

_CONNECTIONS = 1_000
# At most so much is read at a time.
_PIECE = 65_536
# What a refused client still sends is read for so long, and thrown away.
_LINGER_S = 0.5
# So often is looked whether clients take what is sent to them.
_LOOK_S = 1.0
# So long a thread that works something out keeps the event loop waiting, each time that it
# lets go (Python's own: 5 ms). With four such clients a query took 46 ms then, and takes 12.
_SWITCH_S = 0.0005


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, with a time in which a request's head has to arrive."""

    #: Set by ``server``: what the routes share, and the seconds that a head has.
    serving: Serving
    receive_s = 15.0
    #: What a reader has read of the next request, when the connection comes from one.
    unread = b""
    _waiting: asyncio.TimerHandle | None = None
    _refused = False
    # Whether all requests so far were answered without h11.
    _unread_by_h11 = True
    # Small queries in a row, and when the last one came.
    _small = 0
    _asked = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: uvicorn's own starts after the first answer only."""
        super().connection_made(transport)
        # (Of asyncio's own: a quarter of a megabyte, which a request never has, is taken from
        # the system and given back each time.)
        transport.max_size = _PIECE  # type: ignore[attr-defined]
        self._taking = Taking(self.loop.time())
        self._expect()
        if self.unread:
            self.data_received(self.unread)

    def _expect(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.receive_s, self._give_up)

    def _relax(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            if self.conn.trailing_data[0]:
                self._refuse(408, "the request did not arrive whole", "send faster")
            else:
                self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what comes; a head that is not complete has until the clock runs out."""
        if self._refused:
            return
        if plain := self._at_rest():
            entry = direct.answer(self.serving, data, self.client[0] if self.client else "")
            if entry is not None:
                self._write(entry)
                self._small += 1
                if self._small >= lending.OFTEN:
                    self._lend()
                return
            plain = repeatable(data)
        self._small, self._unread_by_h11 = 0, False
        super().data_received(data)
        if plain and self.scope is not None:
            # (Its task has not begun: it is the loop's turn next.)
            self.scope["state"]["asked"] = data
        if self.transport.is_closing() or not self._unheard():
            self._relax()
        else:
            self._expect()

    def _at_rest(self) -> bool:
        """Whether the last exchange has ended, and nothing of the next has come."""
        if self.flow.write_paused or self.transport.is_closing():
            return False
        if self._unread_by_h11:
            return True
        return (
            (self.cycle is None or self.cycle.response_complete)
            and self.conn.states == {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}
            and not self.conn.trailing_data[0]
        )

    def _write(self, entry: Entry) -> None:
        self._relax()
        date = b"".join(b"%s: %s\r\n" % field for field in self.server_state.default_headers)
        self.transport.write(
            b"".join((b"HTTP/1.1 200 OK\r\n", date, entry.head, b"\r\n", entry.body))
        )
        self.server_state.total_requests += 1
        self._asked = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive(self.timeout_keep_alive)

    def _keep_alive(self, seconds: float) -> None:
        # (One clock that looks when it was asked last: a new one each time costs more.)
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has asked nothing for so long."""
        left = self._asked + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._keep_alive(left)
        else:
            super().timeout_keep_alive_handler()

    def look(self, now: float) -> None:
        """End a connection whose client takes nothing."""
        if self._taking.stuck(self.transport, now, self.serving.settings.send_s):
            self.transport.abort()

    def _lend(self) -> None:
        """Let a reader have the connection, if one is to have it."""
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return
        lender = self.serving.lender
        reader = lender.reader_for(self)
        if reader is not None:
            descriptor = self.transport.get_extra_info("socket").fileno()
            if reader.lend(descriptor, self.client[0] if self.client else ""):
                lender.forget(self)
                self.transport.abort()  # here alone: the reader has it now

    def _unheard(self) -> bool:
        """Whether what comes is not being listened to: half a head, or a body nobody reads."""
        state = self.conn.their_state
        answered = self.cycle is not None and self.cycle.response_complete
        return state is h11.IDLE or (state is h11.SEND_BODY and answered)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._relax()
        self.serving.lender.forget(self)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, as problem details like every other refusal."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        if len(self.conn.trailing_data[0]) > self.config.h11_max_incomplete_event_size:  # type: ignore[operator]
            self._refuse(431, "the head of the request is too large", "send a query by POST")
        else:
            self._refuse(400, "this is not HTTP/1.1", "check the request line and the fields")

    def _refuse(self, status: int, detail: str, hint: str) -> None:
        content = json.dumps(
            {"type": "about:blank", "status": status, "detail": detail, "hint": hint}
        ).encode()
        fields = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(content)).encode()),
            (b"connection", b"close"),
        ]
        try:
            for event in (
                h11.Response(status_code=status, headers=fields),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            pass  # it has gone already
        # Closed with something unread, the connection would lose the answer, too.
        self._refused = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.close)


def keep_memory_flat() -> None:
    """Tell the allocator to give back what is free; for a process that lives long, before its threads.

    The one of glibc keeps an arena for each thread, and learns to hold on to large pieces:
    answers come and go, and a server that holds 100 MB takes 300 after a quarter of an
    hour. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):  # another allocator
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, 131_072)  # what it begins with; told, it stays


# malloc.h of glibc.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LISTEN = {
    errno.EADDRINUSE: "something else may listen there: choose another with --port",
    errno.EACCES: "a port below 1024 needs a privilege: choose another with --port",
}


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; MissingError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # (By the name of its protocol asyncio knows that small pieces shall not wait.)
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(_CONNECTIONS)
    except OSError as error:
        taken.close()
        raise MissingError(
            f"cannot listen at {host}:{port}: {error.strerror or error}",
            hint=_LISTEN.get(error.errno or 0, "--host takes an address of this machine"),
        ) from error
    taken.set_inheritable(False)
    return taken


def address_of(taken: socket.socket) -> str:
    """Return the address that a browser takes."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn's server, for which being told to stop is no failure."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C does not wait for anybody."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    @property
    def _serving(self) -> Serving:
        found: Serving = self.config.app.state.serving  # type: ignore[union-attr]
        return found

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        self._coming: set[asyncio.Task[Any]] = set()
        await super().startup(sockets)
        self._serving.lender.take_back = self._take_back
        self._look()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        for one in list(self.server_state.connections):
            cast("_Protocol", one).look(loop.time())
        loop.call_later(_LOOK_S, self._look)

    def _take_back(self, taken: socket.socket, unread: bytes) -> None:
        """Go on with a connection that a reader had, and with what that has read."""

        def protocol() -> _Protocol:
            made: _Protocol = self.config.http_protocol_class(  # type: ignore[assignment,call-arg]
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )
            made.unread = unread
            return made

        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(protocol, taken))
        self._coming.add(task)
        task.add_done_callback(self._has_come)

    def _has_come(self, task: asyncio.Task[Any]) -> None:
        self._coming.discard(task)
        if not task.cancelled():
            task.exception()  # (one that has gone meanwhile)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the requests that run end, and end those that do not in time."""
        serving = self._serving
        serving.stopping = True
        await serving.lender.close()
        while self._coming:
            await asyncio.wait(self._coming)
        drain_s = serving.settings.drain_s
        for running in (serving.lanes, serving.turns):
            asyncio.get_running_loop().call_later(drain_s, running.stop_all, _STOPPING)
        await super().shutdown(sockets)


_STOPPING = HttpError(503, "the server is stopping", hint="ask again in a moment")


def server(live: Live) -> uvicorn.Server:
    """Return a server for what is live; ``run(sockets=[...])`` serves until it is told to stop."""
    settings = live.settings
    app = application(live)
    protocol = type(
        "Protocol",
        (_Protocol,),
        {"receive_s": settings.receive_s, "serving": app.state.serving},
    )
    options: dict[str, Any] = {
        "http": protocol,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": bool(settings.proxies),
        "forwarded_allow_ips": list(settings.proxies) or None,
        "h11_max_incomplete_event_size": settings.max_address + settings.max_headers,
        "limit_concurrency": _CONNECTIONS,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": int(settings.drain_s) + 2,
    }
    return _Server(uvicorn.Config(app, **options))


def serve(live: Live, taken: socket.socket, *, ready: Callable[[str], object]) -> None:
    """Serve until a signal says stop: let the last requests end, then leave.

    ``ready`` hears the address.
    """
    for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.setswitchinterval(_SWITCH_S)
    # (What an answer is made of goes by itself, and what is remembered stays: little is found.)
    gc.set_threshold(*lending.COLLECTED)
    try:
        ready(address_of(taken))
        server(live).run(sockets=[taken])
    finally:
        taken.close()
        live.close()
