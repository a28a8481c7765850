"""A server under abuse: each attack has a status, and the next request works."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from served import TIGHT, Server, serving, until, workspace

from kg.web.live import Source

VALUES = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(200)))} }}" for i in range(5))
PRODUCT = f"SELECT (COUNT(*) AS ?n) {{ {VALUES} }}"
REGEX = (
    "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f FILTER(REGEX(CONCAT(STR(?o), STR(?c), STR(?f)), "
    '"^(([a-z])+.)+[A-Z]([a-z])+$")) }'
)
DOUBLED = (
    "SELECT ?x20 { BIND('xxxx' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}, ?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(20))
    + " }"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Source(), replace(TIGHT, slow_s=0.3)) as running:
        yield running


def _works(server: Server) -> bool:
    begun = time.monotonic()
    reply = server.query("ASK { ?s a kg:Claim }")
    return reply.status == 200 and reply.json["boolean"] and time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("SELECT * WHERE " + "{" * 5_000 + "}" * 5_000, 403),
        ("ASK { ?s ?p " + "[ ?p " * 20_000 + "]" * 20_000 + " }", 413),
        ("ASK { " + "BIND(1 AS ?x) " * 5_000 + "}", 403),
        ("ASK { ?s ?p '" + "x" * 200_000 + "' }", 413),
        (" " * 500_000, 413),
        (PRODUCT, 503),
        (REGEX, 503),
        (DOUBLED, 503),
        ("SELECT * { ?s ?p ?o . ?a ?b ?c }", 400),
    ],
    ids=["braces", "brackets", "binds", "long", "huge", "product", "regex", "doubled", "rows"],
)
def test_a_hostile_query_is_stopped_and_the_next_one_answered(
    server: Server, text: str, status: int
) -> None:
    try:
        reply = server.query(text)
        assert reply.status == status, reply.body
        assert reply.json["hint"]
        if status == 503:
            assert int(reply.headers["retry-after"]) > 0
    except http.client.IncompleteRead:
        # More rows than are allowed, and the first of them were on their way.
        assert status == 400
    assert _works(server)


def _raw(server: Server, content: bytes, *, end: bool = False) -> bytes:
    """Send bytes as they are, and return what comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(content)
        if end:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
        return found


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GET /sparql?query=" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\nConnection: close\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
        (b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (
            b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 9000000\r\n\r\n",
            413,
        ),
        (
            b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 20,
            413,
        ),
    ],
    ids=[
        "address", "fields", "field", "line", "nonsense", "no host", "two hosts", "nul", "tls",
        "two lengths", "announced", "chunks",
    ],
)  # fmt: skip
def test_a_malformed_or_oversized_request_is_refused(
    server: Server, content: bytes, status: int
) -> None:
    answer = _raw(server, content)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status), answer[:300]
    assert json.loads(body)["status"] == status
    assert _works(server)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GET /sparql HTTP/1.1\r\nHost: a\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 100\r\n\r\nASK",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_client_that_stops_talking_is_let_go(server: Server, content: bytes) -> None:
    begun = time.monotonic()
    answer = _raw(server, content)
    assert time.monotonic() - begun < 10
    assert not content or answer.startswith(b"HTTP/1.1 408")
    assert _works(server)


def test_a_client_that_drips_is_let_go(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        begun = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012  it happens at one of them
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
            while time.monotonic() - begun < 15:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.1)
        assert time.monotonic() - begun < 10
    assert _works(server)


def _running(server: Server) -> int:
    lanes = server.serving.lanes
    return lanes.running


def test_the_query_of_a_client_that_goes_away_is_ended(server: Server) -> None:
    until(lambda: _running(server) == 0)
    request = (
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(PRODUCT), PRODUCT.encode())
    )
    for half in (True, False):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(request)
            until(lambda: _running(server) == 1)
            if half:
                connection.shutdown(socket.SHUT_WR)
                begun = time.monotonic()
                until(lambda: _running(server) == 0)
        if not half:
            begun = time.monotonic()
            until(lambda: _running(server) == 0)
        assert time.monotonic() - begun < 1.5, "it ran on to its limit"
    assert _works(server)


def test_a_client_that_does_not_read_holds_nothing_for_long(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        text = "SELECT%20*%20%7B?s%20?p%20?o.?a%20?b%20?c%7D%20LIMIT%20150000"
        connection.sendall(f"GET /sparql?query={text} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        until(lambda: _running(server) == 1)
        assert _works(server)
        until(lambda: _running(server) == 0)


def test_a_connection_whose_client_takes_nothing_is_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether its answer is still being sent, or waits whole for somebody to take it."""
    text = "x" * 1_000
    much = " ".join(
        f"<http://e.example/a> <http://e.example/p> '{i}{text}' ." for i in range(6_000)
    )
    settings = replace(TIGHT, send_s=1.0)
    with serving(workspace(tmp_path, one=much), settings) as server, ExitStack() as held:
        for limit in (6_000, 500):
            for _ in range(3):
                connection = held.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.connect(("127.0.0.1", server.port))
                query = f"SELECT%20*%20%7B?s%20?p%20?o%7D%20LIMIT%20{limit}"
                connection.sendall(
                    f"GET /sparql?query={query} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 2
                )
        connections = server.running.server_state.connections
        until(lambda: len(connections) == 6)
        until(lambda: not connections)
    assert "Traceback" not in caplog.text


def test_a_client_that_takes_little_at_a_time_gets_all(tmp_path: Path) -> None:
    much = " ".join(
        f"<http://e.example/a> <http://e.example/p> '{i}{'x' * 1_000}' ." for i in range(3_000)
    )
    with serving(workspace(tmp_path, one=much), replace(TIGHT, send_s=1.0)) as server:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            connection.connect(("127.0.0.1", server.port))
            query = "SELECT%20?o%20%7B?s%20?p%20?o%7D"
            connection.sendall(
                f"GET /sparql?query={query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
            )
            said = b""
            begun = time.monotonic()
            while piece := connection.recv(300_000):
                said += piece
                if time.monotonic() - begun < 4:
                    time.sleep(0.02)
        assert len(said) > 3_000_000


def test_one_client_cannot_keep_others_waiting(server: Server) -> None:
    """Eight hostile requests at a time from one address, ordinary ones from another."""
    done = threading.Event()
    statuses: set[int] = set()

    def attack() -> None:
        while not done.is_set():
            connection = http.client.HTTPConnection(
                "127.0.0.1", server.port, timeout=60, source_address=("127.0.0.2", 0)
            )
            fields = {"Content-Type": "application/sparql-query"}
            connection.request("POST", "/sparql", PRODUCT.encode(), fields)
            statuses.add(connection.getresponse().status)
            connection.close()

    attackers = [threading.Thread(target=attack) for _ in range(8)]
    for attacker in attackers:
        attacker.start()
    time.sleep(1)
    took = []
    for number in range(30):
        begun = time.monotonic()
        reply = server.query(f"SELECT ?s {{ ?s a kg:Claim }} LIMIT {number + 1}")
        took.append(time.monotonic() - begun)
        assert reply.status == 200
        assert len(reply.rows) == number + 1
    done.set()
    for attacker in attackers:
        attacker.join()
    assert statuses <= {429, 503}
    assert sorted(took)[len(took) * 9 // 10] < 1.5, took


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_worker_is_replaced(server: Server) -> None:
    with server.live.now() as state:
        assert state.pool is not None
        for worker in list(state.pool.workers):
            os.kill(worker, signal.SIGKILL)
    server.query("ASK { ?s a kg:Source }")  # in flight, at worst
    assert all(_works(server) for _ in range(6))


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a shell")
@pytest.mark.parametrize(
    ("program", "why"),
    [
        (None, "No such file or directory"),
        ("kill -SYS $$", "exit code -31"),
        ("ulimit -v 12000; exec {python} \"$@\"", "MemoryError"),
        ("echo 'error: no memory at /secret/place/file' >&2; exit 1", "no memory at file"),
    ],
    ids=["missing", "refused-by-seccomp", "no-memory", "anything"],
)  # fmt: skip
def test_workers_that_cannot_start_are_told_of_and_come_back(
    program: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    python = sys.executable
    with serving(
        workspace(tmp_path / "w", one="<http://e.example/a> <http://e.example/p> 1 .")
    ) as s:
        broken = tmp_path / "python"
        if program is not None:
            broken.write_text(f"#!/bin/sh\n{program.format(python=python)}\n")
            broken.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(broken))
        for pid in s.live._state.pool.workers:  # type: ignore[union-attr]
            os.kill(pid, signal.SIGKILL)
        hard = "SELECT (COUNT(*) AS ?n) { ?s (<http://e.example/p>|!<http://e.example/p>)* ?o }"
        until(lambda: s.ask("/readyz").json["status"] == "failing")
        assert s.ask("/readyz").status == 503
        ready = s.ask("/readyz").json
        assert why in ready["workers"]
        assert "/secret" not in ready["workers"]
        assert len(ready["workers"].splitlines()) == 1
        reply = s.query(hard)
        assert (reply.status, reply.json["limit"]) == (503, "workers")
        assert reply.json["hint"]
        assert reply.headers["retry-after"]
        # What needs no process is answered all the same.
        assert s.ask("/healthz").status == s.ask("/api/entities").status == 200
        assert [r.levelname for r in caplog.records if "can be started:" in r.message] == [
            "WARNING"
        ]
        monkeypatch.setattr(sys, "executable", python)
        until(lambda: s.ask("/readyz").status == 200)
        assert s.query(hard).status == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GET /he",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 100\r\n\r\nASK",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/contested HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "page", "api"],
)
def test_a_half_closed_connection_is_taken_for_a_client_that_left(
    server: Server, content: bytes
) -> None:
    begun = time.monotonic()
    answer = _raw(server, content, end=True)
    # (What was made before that was noticed is whole.)
    assert answer == b"" or b"\r\n\r\n" in answer
    assert time.monotonic() - begun < 2
    until(lambda: _running(server) == server.serving.turns.lanes.running == 0)
    assert _works(server)


def test_what_can_be_answered_at_once_is_answered_on_a_half_closed_connection(
    server: Server,
) -> None:
    answer = _raw(server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", end=True)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"status":"alive"}')


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/sparql", "application/sparql-query"),
        ("/sparql", "application/sparql-update"),
        ("/graphs/own", "text/turtle"),
        ("/reconcile", "application/x-www-form-urlencoded"),
        ("/mcp", "application/json"),
    ],
)
def test_a_gzip_bomb_is_not_opened(server: Server, path: str, media_type: str) -> None:
    bomb = gzip.compress(b"[" * 50_000_000)
    for coding in ("gzip", "x-gzip", "deflate", "br", "gzip, gzip"):
        accept = "application/json, text/event-stream"
        reply = server.ask(
            path, "POST", bomb, content_type=media_type, content_encoding=coding, accept=accept
        )
        assert (reply.status, reply.type) == (415, "application/problem+json"), reply.body
        assert reply.json["hint"]
    assert _works(server)


@pytest.mark.parametrize(
    "path",
    [
        "/id/actor/dprk%0d%0aSet-Cookie:%20a=b",
        "/doc/actor/dprk%0d%0aSet-Cookie:%20a=b.ttl",
        "/queries/contested?format=csv%0d%0aSet-Cookie:%20a=b",
        "/queries/contested%0d%0aSet-Cookie:%20a=b?format=csv",
        "/api/entities?q=a%0d%0aSet-Cookie:%20a=b",
        "/api/entities?cursor=%0d%0aSet-Cookie:%20a=b",
        "/sparql?query=ASK%7B%7D&format=json%0d%0aSet-Cookie:%20a=b",
        "/graphs?graph=http://e.example/%0d%0aSet-Cookie:%20a=b",
        "/graph?about=DPRK%0d%0aSet-Cookie:%20a=b",
        "/search?q=DPRK%0d%0aSet-Cookie:%20a=b",
        "/reconcile?queries=%0d%0aSet-Cookie:%20a=b",
        "//evil.example/%0d%0aSet-Cookie:%20a=b",
    ],
)
def test_no_address_puts_a_field_into_an_answer(server: Server, path: str) -> None:
    reply = server.ask(path)
    assert reply.status < 500
    assert "set-cookie" not in reply.headers
    assert all("\r" not in value and "\n" not in value for value in reply.headers.values())
    assert "evil.example" not in reply.headers.get("location", "")
    assert _works(server)


def test_a_field_hidden_behind_a_bare_line_feed_hides_no_request(server: Server) -> None:
    """A proxy and the server must not differ on where a request ends, however often it is asked."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = [
        b"GET /queries HTTP/1.1\r\nHost: x\nContent-Length: %d\r\n\r\n" % len(hidden),
        b"GET /contested HTTP/1.1\r\nHost: x\n\n",
    ]
    for head, expected in zip(heads, (1, 2), strict=True):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.settimeout(0.5)
                # (The body comes in a piece of its own, or the second request with the first.)
                connection.sendall(head if expected == 1 else head + hidden)
                time.sleep(0.2)
                if expected == 1:
                    connection.sendall(hidden)
                said = b""
                with suppress(TimeoutError):
                    while piece := connection.recv(1_000_000):
                        said += piece
            assert said.count(b"HTTP/1.1 200 ") == expected
