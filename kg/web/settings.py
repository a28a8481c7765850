"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kg.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Settings:
    """How the data is served, and what one request may use.

    ``base`` is the public address without a slash at its end; empty means that of each
    request. ``token`` is what whoever changes the data has to show; without one, and
    without ``allow_update``, nobody can.
    """

    base: str = ""
    workers: int = 2
    #: So many queries wait for a worker, all clients together, and each at most so long.
    queue: int = 256
    wait_s: float = 10.0
    #: A query that has run so long goes to the slow lane (``kg.web.lanes``).
    slow_s: float = 0.5
    #: Processes that answer small queries on busy connections (``kg.web.lending``).
    readers: int = 0
    #: Threads for what is done in this process.
    threads: int = 16
    limits: Limits = field(default_factory=Limits)
    #: Bytes of a request's address, of its header fields, and of what it sends.
    max_address: int = 32_000
    max_headers: int = 16_000
    max_query_body: int = 400_000
    max_upload: int = 64_000_000
    #: Seconds for a request to arrive, and for a client to take the next piece.
    receive_s: float = 15.0
    send_s: float = 30.0
    #: Bytes of answers that are remembered, and of the largest one among them.
    cache_bytes: int = 64_000_000
    cache_one: int = 2_000_000
    allow_update: bool = False
    token: str = ""
    #: The origins whose pages may read answers; ``*`` for every one.
    origins: tuple[str, ...] = ("*",)
    #: Addresses of proxies that are believed about whom they speak for.
    proxies: tuple[str, ...] = ()
    #: How often the files are looked at, to see whether they have changed.
    watch_s: float = 1.0
    #: Requests that run when the server is told to stop have so long to end.
    drain_s: float = 10.0
    log: Path | None = None
    log_queries: bool = False
