"""Changes over HTTP: refused without the token, whole or not at all, and written down."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from library import TURTLE_PREFIXES, claim
from served import TIGHT, Reply, Server, serving, workspace

from kg import turtle
from kg.web import changes

TOKEN = "0123456789abcdef0123456789abcdef"
OWN = "/graphs/own"
BASIS = (
    TURTLE_PREFIXES
    + 'actor:author a kg:Person ; skos:prefLabel "Author"@en .\n'
    + 'actor:other a kg:Person ; skos:prefLabel "Other"@en .\n'
)
MORE = BASIS + 'actor:third a kg:Person ; skos:prefLabel "Third"@en .\n'
NAMES = "SELECT ?n { ?s a kg:Person ; skos:prefLabel ?n } ORDER BY ?n"
INSERT = (
    "INSERT DATA { GRAPH <https://w3id.org/gambit/id/graph/own> {"
    ' actor:fourth a kg:Person ; skos:prefLabel "Fourth"@en } }'
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    settings = replace(TIGHT, allow_update=True, token=TOKEN)
    basis = turtle.canonical(rdflib.Graph().parse(data=BASIS))
    with serving(workspace(tmp_path, own=basis), settings) as running:
        yield running


def _names(server: Server) -> list[str]:
    return [row["n"] for row in server.query(NAMES).rows]


def _with_token(
    server: Server, path: str, method: str, body: str | bytes = b"", **more: str
) -> Reply:
    content = body.encode() if isinstance(body, str) else body
    return server.ask(path, method, content, authorization=f"Bearer {TOKEN}", **more)


def _state(server: Server) -> dict[str, bytes]:
    folder = server.live.source.workspace.folder  # type: ignore[union-attr]
    places = [folder / "gambit.json", *sorted((folder / "graphs").iterdir())]
    return {place.name: place.read_bytes() for place in places}


def test_an_update_is_kept_and_seen_by_the_next_query(server: Server) -> None:
    reply = _with_token(server, "/sparql", "POST", INSERT, content_type="application/sparql-update")
    assert reply.status == 200, reply.body
    assert reply.json["counts"] == {"https://w3id.org/gambit/id/graph/own": [2, 0]}
    assert _names(server) == ["Author", "Fourth", "Other"]
    folder = server.live.source.workspace.folder  # type: ignore[union-attr]
    lines = (folder / ".gambit" / "audit.jsonl").read_text().splitlines()
    noted = json.loads(lines[-1])
    assert (noted["what"], noted["status"], noted["change"]["number"]) == ("update", 200, 1)
    assert TOKEN not in lines[-1]


def test_nobody_changes_anything_without_the_token(server: Server) -> None:
    before = _state(server)
    direct = {"content_type": "application/sparql-update"}
    sent = {"content_type": "text/turtle"}
    for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        for reply in (
            server.ask("/sparql", "POST", INSERT.encode(), **direct, **given),
            server.ask(OWN, "PUT", MORE.encode(), **sent, **given),
            server.ask(OWN, "POST", MORE.encode(), **sent, **given),
            server.ask(OWN, "DELETE", **given),
        ):
            assert reply.status == 401
            assert reply.headers["www-authenticate"].startswith("Bearer")
    assert _state(server) == before


def test_graphs_are_made_replaced_extended_and_removed(server: Server) -> None:
    sent = {"content_type": "text/turtle"}
    new = TURTLE_PREFIXES + 'actor:new a kg:Person ; skos:prefLabel "New"@en .'
    assert _with_token(server, "/graphs/fresh", "PUT", new, **sent).status == 201
    assert _names(server) == ["Author", "New", "Other"]
    newer = new.replace('"New"', '"Newer"').replace("actor:new", "actor:newer")
    assert _with_token(server, "/graphs/fresh", "POST", newer, **sent).status == 204
    assert _names(server) == ["Author", "New", "Newer", "Other"]
    assert _with_token(server, "/graphs/fresh", "PUT", newer, **sent).status == 204
    assert _names(server) == ["Author", "Newer", "Other"]
    assert _with_token(server, "/graphs/fresh", "DELETE").status == 204
    assert server.ask("/graphs/fresh").status == 404
    assert _with_token(server, "/graphs/fresh", "DELETE").status == 404
    assert _names(server) == ["Author", "Other"]


def test_a_removed_graph_comes_back_with_undo(server: Server) -> None:
    before = _state(server)
    assert _with_token(server, OWN, "DELETE").status == 204
    assert _names(server) == []
    server.live.source.workspace.undo()  # type: ignore[union-attr]
    assert _state(server) == before


@pytest.mark.parametrize(
    ("path", "method", "body", "media_type", "status"),
    [
        ("/sparql", "POST", "INSERT DATA {", "application/sparql-update", 400),
        ("/sparql", "POST", "LOAD <http://e.example/>", "application/sparql-update", 403),
        ("/sparql", "POST", "LOAD <file:///etc/passwd>", "application/sparql-update", 403),
        ("/sparql", "POST", "INSERT DATA { " + "{" * 5_000, "application/sparql-update", 403),
        ("/sparql", "POST", "DELETE { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/gambit/ontology> { ?s ?p ?o } }",
         "application/sparql-update", 422),
        ("/sparql", "POST", "INSERT DATA { actor:odd kg:modality 5 . claim:x a kg:Claim }",
         "application/sparql-update", 422),
        (OWN, "PUT", "this is no Turtle", "text/turtle", 400),
        (OWN, "PUT", "<a:a> <a:b> " + "[ <a:b> " * 30_000 + "1" + "]" * 30_000 + " .", "text/turtle", 422),
        (OWN, "PUT", "<a:a> <a:b> [] .", "text/turtle", 422),
        (OWN, "PUT", "", "text/csv", 415),
        (OWN, "PUT", '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><r/>',
         "application/rdf+xml", 422),
        (OWN, "PUT", '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "aaaa">]><r/>'.encode("utf-16"),
         "application/rdf+xml", 400),
        (OWN, "PUT", TURTLE_PREFIXES + claim("x", "actor:a", "kg:nothing", "actor:b"),
         "text/turtle", 422),
        ("/graphs?default", "PUT", MORE, "text/turtle", 400),
        ("/graphs?graph=https%3A%2F%2Fw3id.org%2Fgambit%2Fontology", "PUT", MORE, "text/turtle", 422),
        ("/sparql", "POST", b"\xff\xfe", "application/sparql-update", 400),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing_and_is_answered(
    server: Server, path: str, method: str, body: str | bytes, media_type: str, status: int
) -> None:
    before = _state(server)
    reply = _with_token(server, path, method, body, content_type=media_type)
    assert (reply.status, reply.type) == (status, "application/problem+json"), reply.body
    assert _state(server) == before
    assert str(server.live.source.workspace.folder) not in reply.body.decode()  # type: ignore[union-attr]
    assert _names(server) == ["Author", "Other"]


def test_a_full_disk_is_answered_and_changes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _state(server)
    # A process that may write no file larger than nothing: what a full disk does to it.
    monkeypatch.setattr(changes, "PROGRAM", _FULL + changes.PROGRAM)
    reply = _with_token(server, OWN, "PUT", MORE, content_type="text/turtle")
    assert (reply.status, reply.type) == (507, "application/problem+json"), reply.body
    monkeypatch.undo()
    assert _state(server) == before
    assert _with_token(server, OWN, "PUT", MORE, content_type="text/turtle").status == 204
    assert _names(server) == ["Author", "Other", "Third"]


def test_a_disk_that_is_really_full_is_answered_and_nothing_is_lost(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    small = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(tmp_path)]
    if (
        sys.platform != "linux"
        or subprocess.run(small, capture_output=True, check=False).returncode
    ):
        pytest.skip("nobody may mount a small disk here")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", str(tmp_path)], check=False))
    basis = turtle.canonical(rdflib.Graph().parse(data=BASIS))
    large = BASIS + "".join(
        f'actor:n{n} a kg:Person ; skos:prefLabel "Number {n}"@en .\n' for n in range(4_000)
    )
    settings = replace(TIGHT, allow_update=True, token=TOKEN)
    with serving(workspace(tmp_path, own=basis), settings) as server:
        before = _state(server)
        reply = _with_token(server, OWN, "PUT", large, content_type="text/turtle")
        assert (reply.status, reply.type) == (507, "application/problem+json"), reply.body
        assert reply.json["hint"]
        assert _state(server) == before
        assert _names(server) == ["Author", "Other"]
        # And when there is hardly room for a line of the audit's log.
        (tmp_path / "filler").write_bytes(b"x" * (shutil.disk_usage(tmp_path).free))
        assert _with_token(server, OWN, "PUT", large, content_type="text/turtle").status == 507
        (tmp_path / "filler").unlink()
        assert _with_token(server, OWN, "PUT", MORE, content_type="text/turtle").status == 204
        assert _names(server) == ["Author", "Other", "Third"]


_FULL = (
    "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)); "
)


def test_a_server_without_the_switch_takes_no_token(tmp_path: Path) -> None:
    with serving(workspace(tmp_path, own=BASIS)) as server:
        for reply in (
            _with_token(
                server, "/sparql", "POST", INSERT, content_type="application/sparql-update"
            ),
            _with_token(server, OWN, "PUT", MORE, content_type="text/turtle"),
        ):
            assert reply.status == 403
