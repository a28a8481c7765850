"""In front of a SPARQL server: what is not waited for any more is hung up on, and answers are capped."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from select import select
from urllib.parse import quote

import pytest
import sparql_server
from served import TIGHT, Server, serving, until
from sparql_server import JSON, Handler, Request

from kg.web import server as server_of
from kg.web.live import Live, Source

QUERY = "SELECT ?s ?p ?o { ?s ?p ?o }"
HEAD = b'{"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": ['
ROW = b'{"s": {"type": "uri", "value": "http://e.example/a"}}'


class Behind:
    """The server behind, which takes long over questions of strangers, and notes who hung up."""

    def __init__(self, running: sparql_server.Server) -> None:
        self.running = running
        self.asked: list[Request] = []
        self.hung_up: list[float] = []
        self.begins = self.says = b""
        self.pause_s = 0.0
        running.behaviour = self._behave

    def _behave(self, handler: Handler, request: Request) -> None:
        if QUERY not in request.field("query"):
            handler.serve(request)
            return
        self.asked.append(request)
        if self.says:
            handler.send_response(200)
            handler.send_header("Content-Type", JSON)
            handler.send_header("Connection", "close")
            handler.end_headers()
            handler.wfile.write(self.begins)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.says:
                handler.wfile.write(self.says)
                time.sleep(0.05)
            there, _, _ = select([handler.connection], [], [], 0.05)
            if there and handler.connection.recv(1, socket.MSG_PEEK) == b"":
                self.hung_up.append(time.monotonic())
                return


@pytest.fixture
def behind() -> Iterator[Behind]:
    with sparql_server.serving() as running:
        yield Behind(running)


@contextmanager
def _in_front(behind: Behind, **limits: float) -> Iterator[Server]:
    settings = replace(TIGHT, limits=TIGHT.limits._replace(**limits))
    with serving(Source(endpoint=behind.running.url), settings) as server:
        yield server


@pytest.mark.parametrize("says", [b"", b" "], ids=["silent", "drop-by-drop"])
def test_when_the_time_is_over_the_server_behind_is_hung_up_on(behind: Behind, says: bytes) -> None:
    behind.says = says
    with _in_front(behind) as server:
        begun = time.monotonic()
        reply = server.ask(f"/sparql?timeout=0.5&query={quote(QUERY)}")
        assert time.monotonic() - begun < 2
        assert (reply.status, reply.json["limit"]) == (503, "time")
        assert reply.json["hint"]
        until(lambda: behind.hung_up, 2)
        assert server.query("ASK { ?s ?p ?o }").status == 200


def test_when_our_client_goes_away_the_server_behind_is_hung_up_on(behind: Behind) -> None:
    with _in_front(behind, timeout_s=15) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            path = f"/sparql?query={quote(QUERY)}"
            leaving.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            until(lambda: behind.asked)
        left = time.monotonic()
        until(lambda: behind.hung_up, 3)
        assert behind.hung_up[0] - left < 2
        until(lambda: server.serving.lanes.running == 0)
        assert server.query("ASK { ?s ?p ?o }").status == 200


def test_half_an_answer_that_we_cut_off_is_not_taken_for_the_whole(behind: Behind) -> None:
    # Rows without an end, on a connection whose end would be the end of the answer.
    behind.begins, behind.says = HEAD, ROW + b", "
    with _in_front(behind, timeout_s=0.7) as server:
        reply = server.query(QUERY)
        assert reply.status in (502, 503)
        assert b"bindings" not in reply.body


def test_operations_of_the_api_give_up_on_it_too(behind: Behind) -> None:
    def silent(handler: Handler, request: Request) -> None:
        behind.asked.append(request)
        select([handler.connection], [], [], 20)
        behind.hung_up.append(time.monotonic())

    with _in_front(behind, timeout_s=0.5) as server:
        behind.running.behaviour = silent
        reply = server.ask("/api/contested")
        assert (reply.status, reply.json["limit"]) == (503, "time")
        until(lambda: behind.hung_up, 2)


@pytest.mark.parametrize(
    ("calls_itself", "path", "sent"),
    [
        ("Virtuoso/07.20.3229 (Linux)", "/query", {"timeout": ("1000", "1500")}),
        ("GraphDB/10.7", "/repositories/g/query", {"timeout": ("2", "2")}),
        ("Oxigraph/0.5", "/query", {}),
    ],
)
def test_a_server_is_told_how_long_it_may_take_as_its_manual_says(
    calls_itself: str,
    path: str,
    sent: dict[str, tuple[str, str]],
    behind: Behind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Handler, "server_version", calls_itself)
    seen: list[Request] = []

    def noting(handler: Handler, request: Request) -> None:
        seen.append(request)
        handler.query(request)

    behind.running.behaviour = noting
    source = Source(endpoint=f"{behind.running.base}{path}")
    with serving(source, TIGHT) as server:
        server.query("ASK { ?s ?p ?o }")
        server.ask(f"/sparql?timeout=1.5&query={quote(QUERY)}")
    fields = dict(seen[-1].fields)
    for name, (least, most) in sent.items():
        assert int(least) <= int(fields[name]) <= int(most)
    assert sent or "timeout" not in fields
    # Fuseki and Blazegraph read fields of the head: seconds, and milliseconds.
    assert 1 < float(seen[-1].headers["Timeout"]) <= 1.5
    assert 1_000 < int(seen[-1].headers["X-BIGDATA-MAX-QUERY-MILLIS"]) <= 1_500


def test_a_part_that_virtuoso_gives_for_the_whole_is_an_error(behind: Behind) -> None:
    def partly(handler: Handler, request: Request) -> None:
        if QUERY in request.field("query"):
            handler.answer(200, JSON, HEAD + ROW + b"]}}", X_SQL_State="S1TAT")
        else:
            handler.serve(request)

    behind.running.behaviour = partly
    with _in_front(behind) as server:
        reply = server.query(QUERY)
        assert (reply.status, reply.json["limit"]) == (503, "time")
        assert "part" in reply.json["detail"]


def test_too_many_rows_are_refused_and_none_is_lost_in_silence(behind: Behind) -> None:
    def many(handler: Handler, request: Request) -> None:
        if QUERY in request.field("query"):
            handler.answer(200, JSON, HEAD + b", ".join([ROW] * 50) + b"]}}")
        else:
            handler.serve(request)

    behind.running.behaviour = many
    with _in_front(behind, rows=49) as server:
        reply = server.query(QUERY)
        assert (reply.status, reply.json["limit"]) == (400, "rows")
    with _in_front(behind, rows=50) as server:
        assert len(server.query(QUERY).rows) == 50


def test_an_answer_without_end_is_cut_at_its_bound_and_the_server_hung_up_on(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_MAX_ANSWER_MB", "1")
    behind.begins, behind.says = HEAD, (ROW + b", ") * 2_000
    with _in_front(behind, timeout_s=15) as server:
        reply = server.query(QUERY)
        assert (reply.status, reply.json["limit"]) == (400, "size")
        assert "1 MB" in reply.json["detail"]
        until(lambda: server.serving.lanes.running == 0)


def test_a_busy_server_is_said_to_be_busy_at_once(behind: Behind) -> None:
    def busy(handler: Handler, request: Request) -> None:
        if QUERY in request.field("query"):
            handler.answer(503, "text/plain", b"no", Retry_After="30")
        else:
            handler.serve(request)

    behind.running.behaviour = busy
    with _in_front(behind) as server:
        begun = time.monotonic()
        assert server.query(QUERY).status == 502
        assert time.monotonic() - begun < 2


def test_one_client_that_waits_for_it_leaves_room_for_another(behind: Behind) -> None:
    with _in_front(behind, timeout_s=3) as server, ThreadPoolExecutor(2) as several:
        long = several.submit(server.query, QUERY)
        until(lambda: behind.asked)
        begun = time.monotonic()
        assert server.query("ASK { ?s ?p ?o }").status == 200
        assert time.monotonic() - begun < 1.5
        assert long.result().status == 503


def test_whoever_asks_whether_it_is_ready_hears_of_a_server_behind_that_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    source = Source(endpoint=f"http://127.0.0.1:{port}/query")
    live = Live(source, TIGHT)
    taken = server_of.bind("127.0.0.1", 0)
    running = server_of.server(live)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        served = Server(live, taken.getsockname()[1], running)
        until(lambda: running.started)
        ready = served.ask("/readyz")
        assert (ready.status, ready.json["status"]) == (503, "failing")
        assert "does not answer" in ready.json["behind"]
        assert served.ask("/healthz").status == 200
    finally:
        running.should_exit = True
        thread.join(20)
        taken.close()
        live.close()
