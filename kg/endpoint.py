"""A SPARQL 1.1 server: ask it, put graphs on it, fetch graphs from it.

The transport is the hard half: a server may be down, slow, busy, moved, or
answer something that was not asked for. Each of these ends in one
``EndpointError`` that says which; half an answer is never taken for a whole one.
Credentials come from the environment or ``~/.netrc`` and are never printed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from math import ceil, inf
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import pyoxigraph as ox
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat

from kg import patience, results, sparql
from kg.errors import (
    EndpointError,
    KgError,
    LimitError,
    QueryError,
    UnreadableError,
    UsageError,
)
from kg.results import Result
from kg.vocab import PREFIXES, XSD

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager, Retry

#: The longest silence of a server, and the longest time for one whole answer.
TIMEOUT_S = 60.0
ANSWER_S = 600.0
CONNECT_S = 10.0
#: One answer larger than this is refused; a graph that is pulled is not bounded by it.
MAX_ANSWER_MB = 256
#: A busy server (429, 503) is asked again so often, after such a wait or what it says itself.
RETRIES = 3
BACKOFF_S = 0.5
MAX_WAIT_S = 30.0
_REDIRECTS = 3
# Some servers and proxies cut addresses at 2,000 characters.
_SHORT = 1_500
_CHUNK = 65_536

_ROWS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
}
_TRIPLES = {
    "application/n-triples": RdfFormat.N_TRIPLES,
    "text/plain": RdfFormat.N_TRIPLES,
    "text/turtle": RdfFormat.TURTLE,
    "application/x-turtle": RdfFormat.TURTLE,
}
_ACCEPT_ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
_ACCEPT_TRIPLES = "application/n-triples, text/turtle;q=0.8"


class Endpoint:
    """One SPARQL 1.1 server, by the address that takes queries.

    Nothing is sent before the first question. Raises UsageError for an address
    that is none, or that has a password in it.
    """

    def __init__(self, url: str, *, graph_store: str | None = None) -> None:
        self.url = _checked(url)
        #: The address as it may be shown: queries in it can hold keys.
        self.name = _place(self.url)
        self._graph_store = _checked(graph_store) if graph_store else None
        self._server = ""
        self._pool: PoolManager | None = None
        # What each address said it wants of whoever comes, and how often it was answered.
        self._challenges: dict[str, tuple[str, int]] = {}

    # ------------------------------------------------------------ queries

    def query(self, text: str, *, limit: int | None = None, graphs: tuple[str, ...] = ()) -> Result:
        """Return what the server answers to a query, at most ``limit`` rows.

        Known prefixes need no declaration. ``graphs`` are what it sees; none means
        what the server shows by itself, and a ``FROM`` in the query decides first.
        Raises QueryError when the server does not take the query,
        SyntaxError (with the place) when it is none, LimitError for an answer that
        is too large, and EndpointError for everything else that can go wrong.
        """
        outline = sparql.outline(text, frozenset(graphs))
        if outline.form != "ask":  # an ASK would be evaluated here and now
            ox.Store().query(text, prefixes=PREFIXES)
        chosen = () if outline.graphs else graphs
        if outline.form in ("construct", "describe"):
            engine = ox.Store()
            engine.bulk_extend(
                ox.Quad(t.subject, t.predicate, t.object)
                for t in self._triples(self._ask(text, chosen, _ACCEPT_TRIPLES))
            )
            found = engine.query("CONSTRUCT WHERE { ?s ?p ?o }")
            return results.read(found, limit)
        body = self._ask(text, chosen, _ACCEPT_ROWS)
        answer = None
        with _reading(body):
            try:
                answer = self._solutions(body)
                if outline.form == "ask":
                    return Result("ask", boolean=self._truth(answer))
                if not isinstance(answer, ox.QuerySolutions):
                    raise self._other("yes or no where rows were asked for")
                columns = tuple(variable.value for variable in answer.variables)
                if outline.projected is not None and columns != outline.projected:
                    raise self._other(f"the columns {', '.join(columns) or '(none)'}")
                result = results.read(answer, limit)
            finally:
                del answer  # (see _reading)
        for digit, word in ((b"1", b"true"), (b"0", b"false")):
            # Virtuoso 7 writes booleans so. A quote inside a string would be escaped.
            result.tsv = result.tsv.replace(b'"%s"^^<%sboolean>' % (digit, XSD.encode()), word)
        result.truncated |= body.rows_allowed is not None and len(result) >= body.rows_allowed
        return result

    def rows(self, text: str, graphs: tuple[str, ...] = ()) -> Iterator[ox.QuerySolution]:
        """Yield the rows of a SELECT of ours as they arrive; EndpointError unless they all do."""
        body = self._ask(text, graphs, _ACCEPT_ROWS)
        count = 0
        answer = None
        with _reading(body):
            try:
                answer = self._solutions(body)
                if not isinstance(answer, ox.QuerySolutions):
                    raise self._other("yes or no where rows were asked for")
                for row in answer:
                    count += 1
                    yield row
            finally:
                del answer  # (see _reading)
        if body.rows_allowed is not None and count >= body.rows_allowed:
            raise EndpointError(
                f"{self.name} gives at most {body.rows_allowed:,} rows to one query",
                hint="raise the server's limit (Virtuoso: ResultSetMaxRows), or kg pull the data",
            )

    def graphs(self, beginning: str = "") -> tuple[str, ...]:
        """Return the IRIs of the named graphs that begin so, sorted."""
        # An empty group pattern names the graphs without touching a triple. Virtuoso 7
        # answers it with one empty row, others with nothing; and without a filter it
        # takes a second for its own list of graphs.
        found = self._column("SELECT ?g WHERE { GRAPH ?g {} }")
        if not found or None in found:
            wanted = f"FILTER(STRSTARTS(STR(?g), {ox.Literal(beginning)}))" if beginning else ""
            found = self._column(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} {wanted} }}")
        names = {term.value for term in found if isinstance(term, NamedNode)}
        return tuple(sorted(name for name in names if name.startswith(beginning)))

    def count(self, graph: str) -> int:
        """Return how many triples a named graph holds."""
        node = NamedNode(graph)
        found = self._column(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {node} {{ ?s ?p ?o }} }}")
        if len(found) != 1 or not isinstance(found[0], ox.Literal) or not found[0].value.isdigit():
            raise self._other("no number where triples were counted")
        return int(found[0].value)

    def _column(self, text: str) -> list[Any]:
        return [row[0] for row in self.rows(text)]

    def _truth(self, answer: ox.QuerySolutions | ox.QueryBoolean) -> bool:
        if isinstance(answer, ox.QueryBoolean):
            return bool(answer)
        # Virtuoso 7 answers ASK with one row that holds 1 or 0.
        rows = list(answer)
        if [v.value for v in answer.variables] == ["__ASK_RETVAL"] and len(rows) == 1:
            return bool(rows[0][0].value == "1")
        raise self._other("rows where yes or no was asked for")

    def _other(self, what: str) -> EndpointError:
        return EndpointError(
            f"{self.name} answered another question: {what}",
            hint="something between here and the server mixes answers up, or it is no SPARQL server",
        )

    def _ask(self, text: str, graphs: tuple[str, ...], accept: str) -> _Body:
        # Named this way, the default graph is the union of these graphs on every
        # server, whatever the server's own habit is.
        fields = [("query", _with_prefixes(text)), *self._time_left()]
        for name in ("default-graph-uri", "named-graph-uri"):
            fields += [(name, graph) for graph in graphs]
        encoded = urlencode(fields)
        headers = {"Accept": accept}
        if len(self.url) + len(encoded) < _SHORT:
            address = self.url + ("&" if urlsplit(self.url).query else "?") + encoded
            return self._send("GET", address, headers, asked=True)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send("POST", self.url, headers, encoded.encode(), asked=True)

    def _time_left(self) -> list[tuple[str, str]]:
        """Return the parameter in which this server reads how long it may take, if it has one."""
        now = patience.current()
        if now is None or now.left_s == inf:
            return []
        if self._server.lower().startswith("virtuoso"):
            # Milliseconds; it overruns short ones (two seconds for one).
            return [("timeout", str(max(1_000, int(now.left_s * 1_000))))]
        if "/repositories/" in urlsplit(self.url).path:  # RDF4J and GraphDB: whole seconds
            return [("timeout", str(max(1, ceil(now.left_s))))]
        return []

    def _solutions(self, body: _Body) -> ox.QuerySolutions | ox.QueryBoolean:
        form = _ROWS.get(body.media_type)
        if form is None:
            raise self._wrong_type(body, "SPARQL results")
        named = body if body.media_type.endswith("xml") else _Renamed(body)
        return ox.parse_query_results(cast("IO[bytes]", named), format=form)

    def _triples(self, body: _Body) -> Iterator[ox.Quad]:
        with _reading(body):
            form = _TRIPLES.get(body.media_type)
            if form is None:
                raise self._wrong_type(body, "N-Triples or Turtle")
            yield from ox.parse(cast("IO[bytes]", body), format=form)

    def _wrong_type(self, body: _Body, wanted: str) -> EndpointError:
        said = _line(body.media_type) or "nothing that says what it is"
        return EndpointError(
            f"{self.name} answered {said} where {wanted} were expected",
            hint="is this the address for queries? Oxigraph's ends in /query, Virtuoso's in "
            "/sparql (docs/endpoints.md)",
        )

    # ------------------------------------------------------------ graphs

    def read_graph(self, graph: str) -> Iterator[ox.Quad]:
        """Yield the triples of a named graph as the server sends them, however many.

        A truncated answer raises EndpointError, but only when it is noticed: count.
        """
        address = self._graph_address(graph)
        body = self._send("GET", address, {"Accept": _ACCEPT_TRIPLES}, bounded=False)
        return self._triples(body)

    def write_graph(self, graph: str, ntriples: bytes, *, replace: bool) -> None:
        """Send N-Triples to a named graph, instead of what is there or in addition to it."""
        method, address = ("PUT" if replace else "POST"), self._graph_address(graph)
        # N-Triples is Turtle as well, for servers that take nothing else.
        try:
            self._send(method, address, {"Content-Type": "application/n-triples"}, ntriples).drain()
        except EndpointError as error:
            if error.status != 415:
                raise
            self._send(method, address, {"Content-Type": "text/turtle"}, ntriples).drain()

    def _graph_address(self, graph: str) -> str:
        if self._graph_store is None:
            if not self._server:  # any answer tells which server it is
                self._column("SELECT (1 AS ?one) WHERE {}")
            self._graph_store = graph_store_of(self.url, self._server, bool(_credentials(self.url)))
        joint = "&" if urlsplit(self._graph_store).query else "?"
        return f"{self._graph_store}{joint}graph={quote(graph, safe='')}"

    # ------------------------------------------------------------ HTTP

    def _send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        asked: bool = False,
        bounded: bool = True,
    ) -> _Body:

        if self._pool is None:
            self._pool = _pool()
        fields = {**self._pool.headers, **headers}
        now = patience.current()
        if now is not None and now.left_s < inf:
            # Fuseki reads the one, Blazegraph the other; to all others they mean nothing.
            fields["Timeout"] = f"{max(now.left_s, 0.001):.3f}"
            fields["X-BIGDATA-MAX-QUERY-MILLIS"] = str(max(1, int(now.left_s * 1_000)))
        response = self._request(
            method, address, self._authorized(fields, method, address), content
        )
        if response.status == 401 and _place(address) in self._challenges:
            response.drain_conn()  # it has forgotten its challenge
            del self._challenges[_place(address)]
            fields = self._authorized(fields, method, address)
            response = self._request(method, address, fields, content)
        self._server = response.headers.get("Server", "") or self._server or "unknown"
        body = _Body(self, response, bounded=bounded)
        if response.status >= 300:
            raise _refusal(_place(address), body, asked=asked)
        if response.status == 206 or response.headers.get("X-SQL-State"):
            # (Virtuoso, when its time or ours is over: a part, as if it were the answer.)
            response.close()
            raise LimitError(
                f"{self.name} has found only a part in its time",
                limit="time",
                hint="ask for less, or allow the server more (Virtuoso: MaxQueryExecutionTime)",
            )
        return body

    def _authorized(self, fields: Mapping[str, str], method: str, address: str) -> dict[str, str]:
        known = _credentials(address)
        if known is None:
            return dict(fields)
        place = _place(address)
        if place not in self._challenges:
            # Asked before anything large is sent: Virtuoso hangs up on credentials it
            # did not ask for, without a word about which it wants.
            challenge = ""
            if not known.token:
                response = self._request("GET", place, fields, None)
                challenge = response.headers.get("WWW-Authenticate", "")
                response.close()
            self._challenges[place] = (challenge, 0)
        challenge, used = self._challenges[place]
        if challenge[:7].lower() != "digest ":
            return {**fields, "Authorization": known.header()}
        self._challenges[place] = (challenge, used + 1)
        return {**fields, "Authorization": known.digest(challenge, method, address, used + 1)}

    def _request(
        self, method: str, address: str, fields: Mapping[str, str], content: bytes | None
    ) -> BaseHTTPResponse:
        import urllib3
        from urllib3 import exceptions

        assert self._pool is not None
        given: dict[str, Any] = {}
        now = patience.current()
        if now is not None:
            now.check(self.name)
            given = {
                "timeout": urllib3.Timeout(
                    connect=min(CONNECT_S, now.left_s), read=min(_timeout_s(), now.left_s)
                ),
                # (Whoever waits for us hears that it is busy, and may ask again.)
                "retries": _retries(again=0),
            }
        try:
            return self._pool.request(
                method, address, headers=fields, body=content, preload_content=False, **given
            )
        except exceptions.HTTPError as error:
            raise self.failure(error) from error

    def failure(self, error: Exception) -> KgError:
        """Return what to raise when the connection fails."""
        from urllib3 import exceptions

        now = patience.current()
        if now is not None and (ended := now.problem(self.name)) is not None:
            return ended
        reason = error.reason if isinstance(error, exceptions.MaxRetryError) else error
        match reason:
            case exceptions.ConnectTimeoutError() | exceptions.NewConnectionError():
                cause = reason.__cause__ or reason.__context__
                said = getattr(cause, "strerror", None) or "it cannot be reached"
                return EndpointError(
                    f"{self.name} does not answer: {_line(str(said)).lower()}",
                    hint="is the server running, and is the address right?",
                )
            case exceptions.ReadTimeoutError():
                return EndpointError(
                    f"{self.name} said nothing for {_timeout_s():g} s",
                    hint="ask for less, or wait longer: KG_ENDPOINT_TIMEOUT=300 (seconds)",
                )
            case exceptions.SSLError():
                return EndpointError(
                    f"{self.name}: no secure connection: {_line(str(reason))}",
                    hint="an authority of your own is named with SSL_CERT_FILE=/path/to/it.pem",
                )
            case exceptions.ResponseError():
                return EndpointError(
                    f"{self.name} sends elsewhere more than {_REDIRECTS} times",
                    hint="use the address it leads to in the end",
                )
            case exceptions.IncompleteRead() | exceptions.ProtocolError():
                return EndpointError(
                    f"{self.name} broke off: half an answer is no answer",
                    hint="try again; if it happens each time, ask for less (LIMIT)",
                )
        return EndpointError(
            f"{self.name}: {_line(str(reason))}", hint="look into the server's log"
        )


class _Body:
    """An answer that is read as a file: bounded in size and time, broken off means an error."""

    def __init__(self, endpoint: Endpoint, response: BaseHTTPResponse, *, bounded: bool) -> None:
        self.endpoint = endpoint
        self.response = response
        self.media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        #: At most so many rows, if the server says so (Virtuoso).
        limit = response.headers.get("X-SPARQL-MaxRows", "")
        self.rows_allowed = int(limit) if limit.isdigit() else None
        self._left = _max_answer_bytes() if bounded else None
        self._until = time.monotonic() + ANSWER_S if bounded else None

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, empty at the end."""
        from urllib3 import exceptions

        now = patience.current()
        if now is not None:
            now.check(self.endpoint.name)
        if self._until is not None and time.monotonic() > self._until:
            raise EndpointError(
                f"{self.endpoint.name} was not done after {ANSWER_S:g} s",
                hint="ask for less (LIMIT), or kg pull the data",
            )
        wanted = _CHUNK if size < 0 else min(size, _CHUNK)
        try:
            # (Not read: it waits until there are so many bytes, however slowly they come.)
            chunk = self.response.read1(wanted)
        except exceptions.HTTPError as error:
            raise self.endpoint.failure(error) from error
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                raise LimitError(
                    f"{self.endpoint.name} answers with more than {_max_answer_mb()} MB",
                    limit="size",
                    hint="ask for less (LIMIT), or allow more: KG_MAX_ANSWER_MB",
                )
        if not chunk:
            if now is not None:  # closed by us, which can look like an end
                now.check(self.endpoint.name)
            self.response.release_conn()
        return chunk

    def beginning(self) -> bytes:
        """Return the first bytes of an answer that says what is wrong; empty when it breaks off."""
        try:
            found = self.read(2_000)
        except (EndpointError, LimitError):
            found = b""
        self.response.close()
        return found

    def drain(self) -> None:
        """Read what a server says to a graph it took, so that the connection can be used again."""
        while self.read():
            pass


class _Renamed:
    """JSON results in which blank nodes have names that are names.

    Virtuoso 7 writes ``nodeID://b10``. What stands inside a string cannot look like
    this: its quotes would be escaped.
    """

    _PATTERN = re.compile(rb'("type"\s*:\s*"bnode"\s*,\s*"value"\s*:\s*")nodeID://')

    def __init__(self, body: _Body) -> None:
        self.body = body
        self.ready = b""
        self.rest = b""
        self.ended = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, empty at the end."""
        while not self.ready and not self.ended:
            chunk = self.body.read()
            self.ended = not chunk
            found, self.rest = self.rest + chunk, b""
            if chunk:  # a term is not taken apart: what begins with the last brace waits
                found, brace, after = found.rpartition(b"{")
                self.rest = brace + after
            self.ready = self._PATTERN.sub(rb"\1", found)
        given = self.ready if size < 0 else self.ready[:size]
        self.ready = self.ready[len(given) :]
        return given


class _reading:  # noqa: N801  reads as a statement: with _reading(body)
    """What the parser finds wrong with an answer, as an EndpointError; the connection is let go.

    The parser's objects may only be freed in the thread that made them (pyoxigraph
    0.5.13). A traceback would hold them until some thread collects it, so they are
    taken out of it.
    """

    def __init__(self, body: _Body) -> None:
        self.body = body

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if error is None:
            return
        self.body.response.close()
        import traceback

        traceback.clear_frames(error.__traceback__)
        if isinstance(error, SyntaxError | ValueError | RuntimeError):
            name = self.body.endpoint.name
            raise EndpointError(
                f"{name} answered {self.body.media_type} that cannot be read: {_line(str(error))}",
                hint="half an answer, or none of this kind: try again, then ask its keeper",
            ) from error


def _refusal(address: str, body: _Body, *, asked: bool) -> KgError:
    """Return what to raise for a status of HTTP that is no success."""
    response = body.response
    said = _first_line(body.beginning())
    status = response.status
    message = f"{address} answered {status} {_line(response.reason or '')}".rstrip()
    message += f": {said}" if said else ""
    if status == 400 and asked:
        return QueryError(message, hint="the server does not take this query; see its manual")
    hints = {
        401: "set KG_ENDPOINT_USER and KG_ENDPOINT_PASSWORD, or KG_ENDPOINT_TOKEN, or ~/.netrc",
        403: "these credentials (or none) may not do that here",
        404: "nothing is at this address: kg push --graph-store URL names another",
        405: "this address does not take that: kg push --graph-store URL names another",
        413: "send smaller pieces: --chunk-mb 1",
        429: "the server is busy; try again later",
        503: "the server is busy; try again later",
    }
    if asked:
        hints[404] = hints[405] = "is this the address for queries? (docs/endpoints.md)"
    return EndpointError(
        message, hint=hints.get(status, "look into the server's log"), status=status
    )


# ---------------------------------------------------------------- addresses and credentials


def graph_store_of(url: str, server: str, known: bool = False) -> str:
    """Return the Graph Store address that belongs to an address for queries.

    The protocol leaves it open; this is what the servers do by themselves.
    ``server`` is what the server calls itself, ``known`` whether there are credentials.

    >>> graph_store_of("http://localhost:7878/query", "Oxigraph/0.5")
    'http://localhost:7878/store'
    >>> graph_store_of("http://localhost:8890/sparql", "Virtuoso/07.20")
    'http://localhost:8890/sparql-graph-crud'
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    parent, _, last = path.rpartition("/")
    name = server.lower()
    if name.startswith("virtuoso"):
        path = f"{parent}/sparql-graph-crud" + ("-auth" if known else "")
    elif name.startswith("oxigraph"):
        path = f"{parent}/store"
    elif re.search(r"/repositories/[^/]+$", path):  # RDF4J and GraphDB
        path += "/rdf-graphs/service"
    elif (parts.hostname or "").endswith(".neptune.amazonaws.com"):
        path += "/gsp/"
    elif last in ("query", "sparql") and parent:
        # Fuseki has /NAME/data; Stardog takes graphs at /NAME.
        path = f"{parent}/data" if "fuseki" in name or "jena" in name else parent
    return urlunsplit(parts._replace(path=path, query=""))


def _checked(url: str) -> str:
    hint = "for example http://localhost:7878/query"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        url.encode("ascii")
    except ValueError:
        raise UsageError("that is not a web address", hint=hint) from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x20]", url):
        raise UsageError("an endpoint is an http or https address", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "an address with a name or password in it is not used: others can read it",
            hint="set KG_ENDPOINT_USER and KG_ENDPOINT_PASSWORD, or write ~/.netrc",
        )
    return urlunsplit(parts._replace(fragment=""))


def _place(url: str) -> str:
    """Return an address without its query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


class _Credentials(NamedTuple):
    user: str
    password: str
    token: str = ""

    def header(self) -> str:
        """Return the Authorization header that goes with every request."""
        if self.token:
            return f"Bearer {self.token}"
        from base64 import b64encode

        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")

    def digest(self, challenge: str, method: str, address: str, count: int) -> str:
        """Return the answer to a Digest challenge (RFC 7616), which Virtuoso insists on."""
        import hashlib
        import secrets

        given = {
            name.lower(): quoted or plain
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)
        }
        algorithm = given.get("algorithm", "MD5").upper()

        def digested(text: str) -> str:
            kind = "sha256" if algorithm.startswith("SHA-256") else "md5"
            return hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()

        parts = urlsplit(address)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        nonce, realm, own = given.get("nonce", ""), given.get("realm", ""), ""
        secret = digested(f"{self.user}:{realm}:{self.password}")
        action = digested(f"{method}:{target}")
        fields = {"username": self.user, "realm": realm, "nonce": nonce, "uri": target}
        if "qop" in given:
            own = secrets.token_hex(8)
            fields["cnonce"] = own
            fields["response"] = digested(f"{secret}:{nonce}:{count:08x}:{own}:auth:{action}")
        else:
            fields["response"] = digested(f"{secret}:{nonce}:{action}")
        if "opaque" in given:
            fields["opaque"] = given["opaque"]
        shown = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        extra = f", qop=auth, nc={count:08x}" if own else ""
        return f"Digest {shown}, algorithm={algorithm}{extra}"


def _credentials(url: str) -> _Credentials | None:
    """Return what the environment or ~/.netrc has for this server."""
    if token := os.environ.get("KG_ENDPOINT_TOKEN"):
        return _Credentials("", "", token)
    if user := os.environ.get("KG_ENDPOINT_USER"):
        return _Credentials(user, os.environ.get("KG_ENDPOINT_PASSWORD", ""))
    import netrc

    path = os.environ.get("NETRC") or os.path.join(os.path.expanduser("~"), ".netrc")  # noqa: PTH118
    try:
        found = netrc.netrc(path).hosts.get(urlsplit(url).hostname or "")
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise UnreadableError(
            "the list of credentials cannot be read", path=path, line=line, hint="mend it"
        ) from None  # the error's own text may hold a password
    return _Credentials(found[0] or found[1] or "", found[2] or "") if found else None


def _pool() -> PoolManager:
    """Return connections that a patience (``kg.patience``) can close."""
    import urllib3
    from urllib3 import connection

    def waits(one: object) -> None:
        now = patience.current()
        if now is not None:
            now.wait_on(one)

    class Noted:
        """A connection that tells whoever waits that it is the one."""

        def connect(self) -> None:
            super().connect()  # type: ignore[misc]
            waits(self)

        def request(self, *args: Any, **kwargs: Any) -> None:
            waits(self)
            super().request(*args, **kwargs)  # type: ignore[misc]

    class Plain(Noted, connection.HTTPConnection):
        pass

    class Secure(Noted, connection.HTTPSConnection):
        pass

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    found = urllib3.PoolManager(
        num_pools=4,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=_timeout_s()),
        retries=_retries(),
        headers={"User-Agent": "gambit-kg", "Accept-Encoding": "identity"},
    )
    found.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return found


def _retries(*, again: int = RETRIES) -> Retry:
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    class Patient(Retry):
        """As the server wishes, but no longer than we care to wait."""

        def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
            try:
                seconds = super().get_retry_after(response)
            except (InvalidHeader, ValueError, OverflowError):
                return None
            return None if seconds is None else min(seconds, MAX_WAIT_S)

    return Patient(
        total=None,
        connect=1,
        read=0,
        redirect=_REDIRECTS,
        status=again,
        other=0,
        # Asking twice does no harm, nor does adding the same triples twice.
        allowed_methods=None,
        status_forcelist=(429, 503),
        backoff_factor=BACKOFF_S,
        backoff_max=MAX_WAIT_S,
        raise_on_status=False,
    )


def _timeout_s() -> float:
    given = os.environ.get("KG_ENDPOINT_TIMEOUT", "")
    return float(given) if re.fullmatch(r"\d{1,6}(\.\d+)?", given) and float(given) else TIMEOUT_S


def _max_answer_mb() -> int:
    given = os.environ.get("KG_MAX_ANSWER_MB", "")
    return int(given) if given.isdigit() else MAX_ANSWER_MB


def _max_answer_bytes() -> int:
    return _max_answer_mb() * 1_000_000


# ---------------------------------------------------------------- texts


def _with_prefixes(text: str) -> str:
    """Return the query with the known prefixes it uses and does not declare.

    They stand in its first line, so that lines in a server's error stay right.
    """
    used: dict[str, None] = {}
    declared: set[str] = set()
    before = ""
    for token in sparql.tokens(text):
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before.upper() == "PREFIX":
                declared.add(prefix)
            else:
                used[prefix] = None
        before = token.text if token.kind == "word" else ""
    return (
        "".join(
            f"PREFIX {prefix}: <{PREFIXES[prefix]}> "
            for prefix in used
            if prefix in PREFIXES and prefix not in declared
        )
        + text
    )


def _line(text: str) -> str:
    """Return text from a stranger as one short line without control characters."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:200]


def _first_line(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>|<[^>]{0,500}>", " ", text)
    lines = [line for line in map(_line, text.splitlines()) if line and line[:5] != "HTTP/"]
    # (Virtuoso begins with the status and a number, and says what is wrong after that.)
    return next((line for line in lines if line.count(" ") > 1), lines[0] if lines else "")
