"""A real server for tests: ``kg serve``'s own, on a free port, in a thread of the test."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from kg.sandbox import Limits
from kg.web import server
from kg.web.live import Live, Source
from kg.web.serving import Serving
from kg.web.settings import Settings

#: Small bounds, so that a test of one does not take long.
TIGHT = Settings(
    limits=Limits(timeout_s=2.0, memory_mb=256, rows=200_000, size_mb=60),
    receive_s=2.0,
    send_s=5.0,
    watch_s=0.1,
    drain_s=5.0,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def rows(self) -> list[dict[str, str]]:
        found = self.json["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in found]


@dataclass
class Server:
    """A server that runs, and the way to ask it."""

    live: Live
    port: int
    running: uvicorn.Server

    @property
    def serving(self) -> Serving:
        """What its routes share."""
        found: Serving = self.running.config.app.state.serving  # type: ignore[union-attr]
        return found

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        timeout: float = 60,
        **headers: str,
    ) -> Reply:
        """Send one request on a connection of its own; underscores in names of fields are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=fields)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def query(self, text: str, accept: str = "application/json", **headers: str) -> Reply:
        """Ask a query by a direct POST."""
        return self.ask(
            "/sparql",
            "POST",
            text.encode(),
            content_type="application/sparql-query",
            accept=accept,
            **headers,
        )


@contextmanager
def serving(source: Source, settings: Settings = TIGHT) -> Iterator[Server]:
    """Serve until the block ends."""
    live = Live(source, settings)
    taken = server.bind("127.0.0.1", 0)
    running = server.server(live)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    served = Server(live, taken.getsockname()[1], running)
    try:
        until(lambda: running.started and served.ask("/readyz").status == 200)
        yield served
    finally:
        running.should_exit = True
        thread.join(20)
        taken.close()
        live.close()
    assert not thread.is_alive(), "the server did not stop"


def until(fact: Any, seconds: float = 20) -> None:
    """Wait until something is so; fail when it never is."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def workspace(folder: Path, **graphs: str | bytes) -> Source:
    """Return a workspace of graphs, each by the last part of its name, as Turtle."""
    from kg.workspace import Workspace

    made = Workspace.create(folder, shipped=False)
    listed = {}
    for name, content in graphs.items():
        file = f"graphs/{name}.ttl"
        data = content if isinstance(content, bytes) else content.encode()
        (folder / file).write_bytes(data)
        listed[f"https://w3id.org/gambit/id/graph/{name}"] = {"file": file}
    manifest = {"format": 1, "graphs": listed}
    (folder / "gambit.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Source(workspace=made)
