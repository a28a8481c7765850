"""Connections that ask one small query after another: who answers them, and what becomes of them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from served import TIGHT, Server, serving, until, workspace

from kg.web import lending

pytestmark = pytest.mark.skipif(not lending.POSSIBLE, reason="connections go nowhere here")

LENDING = replace(TIGHT, readers=1, send_s=2.0)
SMALL = "SELECT ?o { <http://e.example/a> <http://e.example/p> ?o }"


def data(number: int) -> str:
    return f"<http://e.example/a> <http://e.example/p> {number} ."


class Client:
    """A client that keeps its connection."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self._number = 0

    def get(self, text: str) -> http.client.HTTPResponse:
        self._connection.request("GET", f"/sparql?query={quote(text)}")
        answer = self._connection.getresponse()
        answer.text = answer.read()  # type: ignore[attr-defined]
        return answer

    def ask(self) -> str:
        """Ask a query that nobody has asked before; return the number in its answer."""
        self._number += 1
        answer = self.get(f"{SMALL} # {self._number}")
        assert answer.status == 200
        [row] = json.loads(answer.text)["results"]["bindings"]  # type: ignore[attr-defined]
        return str(row["o"]["value"])

    def post(self, text: str) -> int:
        fields = {"Content-Type": "application/sparql-query"}
        self._connection.request("POST", "/sparql", text.encode(), fields)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    @property
    def port(self) -> int:
        """Its own port: another one after it had to connect again."""
        assert self._connection.sock is not None
        return int(self._connection.sock.getsockname()[1])

    def close(self) -> None:
        self._connection.close()


@contextmanager
def clients(server: Server, number: int = 2) -> Iterator[list[Client]]:
    """Give clients that ask much: half of them are lent when the block begins."""
    found = [Client(server) for _ in range(number)]

    def asked() -> bool:
        for client in found:
            client.ask()
        return server.serving.lender.lent == number // 2

    try:
        until(asked)
        yield found
    finally:
        for client in found:
            client.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(workspace(tmp_path, one=data(1)), LENDING) as found:
        yield found


def test_a_reader_says_what_the_server_says(server: Server) -> None:
    queries = [
        SMALL,
        "ASK { <http://e.example/a> ?p ?o }",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?o { no:prefix ?p ?o }",
    ]
    plain = Client(server)
    with clients(server) as busy:
        for text in queries:
            expected = plain.get(text)
            for client in busy:
                found = client.get(text)
                for answer in (found, expected):
                    del answer.headers["date"]
                assert (found.status, found.text) == (expected.status, expected.text)  # type: ignore[attr-defined]
                assert found.getheaders() == expected.getheaders()
            for _ in range(lending.OFTEN):
                [client.ask() for client in busy]
    plain.close()


def test_half_of_the_busy_connections_are_lent_and_each_is_one_connection_all_along(
    server: Server,
) -> None:
    with clients(server, 8) as busy:
        ports = [client.port for client in busy]
        assert [client.ask() for client in busy] == ["1"] * 8
        assert [client.post(SMALL) for client in busy] == [200] * 8
        assert server.serving.lender.lent == 0  # a POST is for the server
        assert [client.port for client in busy] == ports
    with clients(server, 4):
        assert server.serving.lender.lent == 2
    until(lambda: server.serving.lender.lent == 0)


def test_what_readers_answer_is_counted_and_logged(tmp_path: Path) -> None:
    from kg.web.observing import log_to

    log = tmp_path / "access.log"
    log_to(log)
    try:
        with (
            serving(workspace(tmp_path / "w", one=data(1)), replace(LENDING, log=log)) as server,
            clients(server) as busy,
        ):
            for _ in range(40):
                [client.ask() for client in busy]

            def asked() -> list[dict[str, Any]]:
                lines = map(json.loads, log.read_text().splitlines())
                return [line for line in lines if line["path"] == "/sparql"]

            # (What was asked before somebody was lent is counted and logged, too.)
            until(lambda: len(asked()) == _answered(server.serving.counts.text({})) > 80)
            who = {line["client"] for line in asked()}
    finally:
        log_to(None)
    assert who == {"127.0.0.1"}


def _answered(text: str) -> int:
    label = 'kg_requests_total{route="/sparql",method="GET",status="200"} '
    return sum(int(line.removeprefix(label)) for line in text.splitlines() if label in line)


def test_nobody_is_answered_from_old_data_after_a_change_is_taken_over(server: Server) -> None:
    with clients(server, 4) as busy:
        ports = [client.port for client in busy]
        for number in range(2, 6):
            path = server.live.source.workspace.folder / "graphs" / "one.ttl"  # type: ignore[union-attr]
            fresh = path.with_suffix(".new")
            fresh.write_text(data(number))
            fresh.replace(path)
            server.live.refresh()
            assert [client.ask() for client in busy] == [str(number)] * 4
        assert [client.port for client in busy] == ports


def test_requests_go_on_while_data_changes_all_the_time(server: Server) -> None:
    path = server.live.source.workspace.folder / "graphs" / "one.ttl"  # type: ignore[union-attr]
    over, wrong, seen = threading.Event(), [], set()

    def ask() -> None:
        client = Client(server)
        try:
            while not over.is_set():
                seen.add(client.ask())
        except Exception as error:  # noqa: BLE001  whatever it is
            wrong.append(error)
        finally:
            client.close()

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for number in range(2, 6):
        until(lambda: server.serving.lender.lent > 0 or bool(wrong))
        fresh = path.with_suffix(".new")
        fresh.write_text(data(number))
        fresh.replace(path)
        server.live.refresh()
    over.set()
    for thread in asking:
        thread.join()
    assert wrong == []
    assert seen == {str(number) for number in range(1, 6)}


def test_a_killed_reader_takes_nothing_with_it_but_its_connections(server: Server) -> None:
    with clients(server) as busy:
        [reader] = server.serving.lender._readers
        os.kill(reader._process.pid, signal.SIGKILL)
        until(lambda: server.serving.lender.lent == 0)
        lost = 0
        for client in busy:
            try:
                assert client.ask() == "1"
            except (http.client.HTTPException, OSError):
                lost += 1
                client.close()
                assert client.ask() == "1"
        assert lost == 1
    with clients(server):
        pass


def test_what_is_no_plain_request_goes_back_with_what_was_read(server: Server) -> None:
    """Half a head, two requests in one piece, and a client that has no more to say."""
    with (
        clients(server),
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
    ):
        request = f"GET /sparql?query={quote(SMALL)} HTTP/1.1\r\nHost: x\r\n".encode()
        stream = connection.makefile("rb")

        def answer() -> bytes:
            length = 0
            while (line := stream.readline()) != b"\r\n":
                assert line
                if line.startswith(b"content-length:"):
                    length = int(line.split()[1])
            return stream.read(length)

        for number in range(200):
            connection.sendall(request + b"User-Agent: %d\r\n\r\n" % number)
            first = answer()
        for split in (1, 10, len(request)):
            whole = request + b"\r\n"
            connection.sendall(whole[:split])
            threading.Event().wait(0.05)
            connection.sendall(whole[split:])
            assert answer() == first
            for _ in range(lending.OFTEN + 2):
                connection.sendall(whole)
                assert answer() == first
        connection.sendall((request + b"\r\n") * 3)
        assert [answer() for _ in range(3)] == [first] * 3
        connection.shutdown(socket.SHUT_WR)
        assert stream.read() == b""


@contextmanager
def idle(server: Server, text: str) -> Iterator[socket.socket]:
    """Give a connection that is lent, whose client asks for much and takes none of it."""
    small, large = (
        f"GET /sparql?query={quote(one)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for one in (SMALL, text)
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", server.port))

        def lent() -> bool:
            connection.sendall(small)
            assert connection.recv(65_536)
            here = {one.transport.get_extra_info("peername") for one in _connections(server)}
            return connection.getsockname() not in here

        until(lent)
        connection.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(60):
                connection.sendall(large)
                threading.Event().wait(0.03)
        yield connection


def _connections(server: Server) -> list[Any]:
    return list(server.running.server_state.connections)


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Server]:
    """Serve something whose answer fills every buffer on its way."""
    text = "x" * 3_000
    more = " ".join(f"<http://e.example/b> <http://e.example/p> '{i}{text}' ." for i in range(60))
    with serving(workspace(tmp_path, one=data(1) + more), LENDING) as found:
        yield found


WIDE = "SELECT ?o { <http://e.example/b> ?p ?o }"


def test_a_client_that_takes_nothing_loses_its_own_connection_alone_when_data_changes(
    wide: Server,
) -> None:
    with clients(wide, 4) as busy, idle(wide, WIDE):
        ports = [client.port for client in busy]
        assert wide.serving.lender.lent >= 2
        path = wide.live.source.workspace.folder / "graphs" / "one.ttl"  # type: ignore[union-attr]
        path.with_suffix(".new").write_text(data(2))
        path.with_suffix(".new").replace(path)
        wide.live.refresh()
        assert [client.ask() for client in busy] == ["2"] * 4
        assert [client.port for client in busy] == ports
        until(lambda: wide.serving.lender.lent == 0)


def test_a_reader_lets_go_of_a_client_that_takes_nothing(wide: Server) -> None:
    with clients(wide, 2) as busy, idle(wide, WIDE):
        before = wide.serving.lender.lent
        until(lambda: bool([one.ask() for one in busy]) and wide.serving.lender.lent == before - 1)


def test_a_change_waits_for_readers_and_not_for_their_clocks(server: Server) -> None:
    with clients(server, 2):
        begun = time.monotonic()
        server.serving.lender.retire()
        assert time.monotonic() - begun < 0.5


def test_a_connection_for_which_no_descriptor_is_left_is_lost_alone(server: Server) -> None:
    with clients(server, 4) as busy:
        [reader] = server.serving.lender._readers
        reader.channel.send(b"127.0.0.1")  # a connection that did not get through
        until(lambda: server.serving.lender.lent == 1)
        ports = [client.port for client in busy]
        assert [client.ask() for client in busy] == ["1"] * 4
        assert [client.port for client in busy] == ports
        # And the other way.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            other = SimpleNamespace(channel=ours, lent=1, end=lambda: None)
            theirs.send(b"B")
            server.serving.lender._hear(other)  # type: ignore[arg-type]
            assert other.lent == 0


def test_a_server_stops_though_a_reader_could_not_be_given_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no data")

    with serving(workspace(tmp_path, one=data(1)), LENDING) as server:
        monkeypatch.setattr("kg.worker.snapshot", broken)
        client = Client(server)
        for _ in range(2 * lending.OFTEN):
            assert client.ask() == "1"
        client.close()


def test_a_server_that_stops_takes_its_readers_along(tmp_path: Path) -> None:
    with serving(workspace(tmp_path, one=data(1)), LENDING) as server, clients(server):
        [reader] = server.serving.lender._readers
        server.running.should_exit = True
        assert reader.gone.wait(10)
        assert reader._process.returncode is not None


def test_a_reader_that_cannot_start_is_told_and_not_missed(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    client = Client(server)
    until(lambda: bool(client.ask()) and "no reader can be started" in caplog.text)
    assert client.ask() == "1"
    client.close()
