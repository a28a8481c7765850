"""A small SPARQL server on loopback for tests: it works, or misbehaves as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pyoxigraph as ox

JSON = "application/sparql-results+json"


class Request(NamedTuple):
    method: str
    path: str
    fields: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    def field(self, name: str) -> str:
        return dict(self.fields).get(name, "")


Behaviour = Callable[["Handler", Request], None]


class Server(ThreadingHTTPServer):
    """``engine`` holds its data; ``behaviour`` answers in its place when it is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.engine = ox.Store()
        self.requests: list[Request] = []
        self.behaviour: Behaviour | None = None
        self.lock = Lock()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return self.base + "/query"

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that go away are part of the tests

    def triples(self, graph: str) -> set[str]:
        found = self.engine.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        return {str(quad.triple) for quad in found}


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Oxigraph/0-for-tests"

    def log_message(self, *_: object) -> None:
        pass

    def answer(
        self, status: int, content_type: str = "", body: bytes = b"", **headers: str
    ) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def respond(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = parse_qsl(parts.query, keep_blank_values=True)
        if self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
            fields += parse_qsl(body.decode(), keep_blank_values=True)
        request = Request(self.command, parts.path, fields, dict(self.headers), body)
        self.server.requests.append(request)
        if self.server.behaviour is not None:
            self.server.behaviour(self, request)
        else:
            self.serve(request)

    do_GET = do_POST = do_PUT = respond  # noqa: N815  the library's names

    def serve(self, request: Request) -> None:
        with self.server.lock:
            (self.query if request.path == "/query" else self.graph)(request)

    def query(self, request: Request) -> None:
        names = [
            [ox.NamedNode(value) for name, value in request.fields if name == wanted]
            for wanted in ("default-graph-uri", "named-graph-uri")
        ]
        try:
            found = self.server.engine.query(
                request.field("query"),
                default_graph=names[0] or None,
                named_graphs=names[1] or None,
            )
        except SyntaxError as error:
            self.answer(400, "text/plain", str(error).encode())
            return
        if isinstance(found, ox.QueryTriples):
            content = found.serialize(format=ox.RdfFormat.N_TRIPLES)
            del found  # before anything can fail: it must be freed in this thread
            self.answer(200, "application/n-triples", content or b"")
        else:
            content = found.serialize(format=ox.QueryResultsFormat.JSON)
            del found
            self.answer(200, JSON, content or b"")

    def graph(self, request: Request) -> None:
        graph = ox.NamedNode(request.field("graph"))
        if request.method == "GET":
            found = self.server.engine.quads_for_pattern(None, None, None, graph)
            lines = "".join(f"{quad.triple} .\n" for quad in found)
            self.answer(200, "application/n-triples", lines.encode())
            return
        if request.method == "PUT":
            self.server.engine.clear_graph(graph)
        self.server.engine.load(request.body, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
        self.answer(204)


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def says(body: bytes, content_type: str = JSON, status: int = 200, **headers: str) -> Behaviour:
    """Return the behaviour of answering this to everything."""
    return lambda handler, _: handler.answer(status, content_type, body, **headers)


def breaks_off(body: bytes, content_type: str, *, declared: bool) -> Behaviour:
    """Return the behaviour of closing the connection in the middle of an answer."""

    def behave(handler: Handler, _: Request) -> None:
        handler.close_connection = True
        length = {"Content_Length": str(len(body) + 100)} if declared else {}
        if declared:
            handler.answer(200, content_type, body, **length)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def breaks_off_chunked(body: bytes, content_type: str) -> Behaviour:
    def behave(handler: Handler, _: Request) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))

    return behave


def sleeps(seconds: float) -> Behaviour:
    return lambda _handler, _request: time.sleep(seconds)


def drips(handler: Handler, _: Request) -> None:
    """Send one byte every 50 ms, for ten seconds at most."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    for _n in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)
