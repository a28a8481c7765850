"""Agents: the tools and resources of the Model Context Protocol, by the SDK's own client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import jsonschema
import pytest
from conftest import TOP
from served import TIGHT, Server, serving, until, workspace

pytest.importorskip("mcp")
import mcp_types as types
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from kg.web.live import Source

_R = TypeVar("_R")
_NAMES = [
    "search",
    "get_entity",
    "get_claim",
    "neighbors",
    "path",
    "timeline",
    "contested",
    "run_saved_query",
    "sparql_select",
    "schema",
]
_CALLS: dict[str, dict[str, Any]] = {
    "search": {"q": "북한"},
    "get_entity": {"id": "DPRK"},
    "get_claim": {"id": "claim:bipss-072"},
    "neighbors": {"of": "DPRK", "hedged": True},
    "path": {"from": "DPRK", "to": "Russia"},
    "timeline": {"about": "DPRK", "from": "2024-06"},
    "contested": {},
    "run_saved_query": {"name": "motivations-of", "parameters": {"actor": "DPRK"}},
    "sparql_select": {"query": "SELECT ?c ?s { ?c a kg:Claim ; rdf:subject ?s } ORDER BY ?c"},
    "schema": {"about": "treaty"},
}


def over_stdio() -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=[str(TOP / "cli.py"), "mcp"],
        env={**os.environ, "PYTHONPATH": str(TOP)},
    )


def ask(where: Any, questions: Callable[[Client], Awaitable[_R]], mode: str = "auto") -> _R:
    """Connect, ask, and hang up."""

    async def main() -> _R:
        with anyio.fail_after(60):
            async with Client(where, mode=mode) as client:  # type: ignore[arg-type]
                return await questions(client)

    return anyio.run(main)


def call(server: Server, name: str, /, **arguments: Any) -> types.CallToolResult:
    return ask(f"{server.address}/mcp", lambda client: client.call_tool(name, arguments))


def told(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def _everything(client: Client) -> tuple[list[types.Tool], dict[str, Any], dict[str, str]]:
    tools = (await client.list_tools()).tools
    results = {name: await client.call_tool(name, given) for name, given in _CALLS.items()}
    texts = {}
    for resource in (await client.list_resources()).resources:
        (content,) = (await client.read_resource(resource.uri)).contents
        assert isinstance(content, types.TextResourceContents)
        texts[resource.name] = content.text
    return tools, results, texts


@pytest.mark.parametrize(
    ("way", "mode"), [("stdio", "auto"), ("stdio", "legacy"), ("http", "auto"), ("http", "legacy")]
)
def test_every_tool_answers_as_its_schema_says_and_cites(
    way: str, mode: str, server: Server
) -> None:
    where: Any = over_stdio() if way == "stdio" else f"{server.address}/mcp"
    tools, results, texts = ask(where, _everything, mode)
    assert [tool.name for tool in tools] == _NAMES
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema is not None
        result = results[tool.name]
        assert not result.is_error, told(result)
        jsonschema.Draft202012Validator(tool.output_schema).validate(result.structured_content)
        assert json.loads(told(result)) == result.structured_content
        jsonschema.Draft202012Validator(tool.input_schema).validate(_CALLS[tool.name])
        found = result.structured_content
        assert found["items"] or tool.name == "get_claim"
        if tool.name != "schema":
            cited = {citation["claim"] for citation in found["citations"]}
            assert {claim for item in found["items"] for claim in item["claims"]} <= cited
            assert found["citations"][0]["places"][0]["place"]
    assert "kg:Claim" in texts["ontology"]
    assert {q["name"] for q in json.loads(texts["queries"])} > {"motivations-of", "contested"}
    sources = json.loads(texts["sources"])
    assert sources["total"] == len(sources["items"]) + sources["left_out"] > 10
    assert all(source["reference"] for source in sources["items"])


def test_results_have_few_items_and_lead_to_the_next(server: Server) -> None:
    first = call(server, "get_entity", id="DPRK").structured_content
    assert len(first["items"]) == 20
    second = call(server, "get_entity", id="DPRK", cursor=first["next"]).structured_content
    assert {i["id"] for i in first["items"]}.isdisjoint({i["id"] for i in second["items"]})
    assert call(server, "search", limit=101).is_error


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("search", {"limit": 0}, "limit"),
        ("search", {"colour": "red"}, "colour"),
        ("search", {"q": {"deep": 1}}, "q"),
        ("get_entity", {}, "id"),
        ("get_entity", {"id": "Atlantis"}, "Atlantis"),
        ("get_claim", {"id": "actor:dprk"}, "not a claim"),
        ("path", {"from": "DPRK", "to": "DPRK"}, "both ends"),
        ("search", {"limit": 5.5}, "limit"),
        ("search", {"limit": 10**30}, "limit"),
        ("search", {"q": "x" * 300_000}, "300,000"),
        ("search", {"q": "a\x00b"}, "control"),
        ("search", {"type": "kg:Nothing"}, "kg:State"),
        ("get_entity", {"id": "x" * 1_900}, "search (/api"),
        ("get_claim", {"id": "claim:nothing"}, "nothing is called"),
        ("neighbors", {"of": "DPRK", "depth": 9}, "1 to 3"),
        ("neighbors", {"of": "DPRK", "exclude_source": ["x"] * 500}, "500 times"),
        ("path", {"from": "DPRK", "to": "Japan", "k": 10**9}, "1 to 10"),
        ("timeline", {"from": "2025", "to": "2020"}, "earlier"),
        ("contested", {"known_by": "yesterday"}, "2024-11"),
        ("run_saved_query", {}, "it is needed"),
        ("run_saved_query", {"name": "motivations-of", "parameters": {"actor": {"a": 1}}}, "actor"),
        ("sparql_select", {"query": "ASK {} #" + "x" * 300_000}, "too long"),
        ("run_saved_query", {"name": "motivation-of"}, "motivations-of"),
        ("run_saved_query", {"name": "../../etc/passwd"}, "no saved query"),
        ("run_saved_query", {"name": "motivations-of"}, "actor"),
        ("run_saved_query", {"name": "motivations-of", "parameters": []}, "parameters"),
        ("sparql_select", {"query": "SELECT ?x {"}, "line 1"),
        ("sparql_select", {"query": "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"}, "SELECT or ASK"),
        ("sparql_select", {"query": "INSERT DATA { <a:b> <a:b> 1 }"}, "hint"),
        ("sparql_select", {"query": "SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql_select", {"query": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"}, "passwd"),
        ("sparql_select", {"query": "ASK { " + "{" * 5_000 + "}" * 5_000 + " }"}, "hint"),
        ("sparql_select", {"query": ""}, "query"),
        ("schema", {"cursor": "nonsense"}, "cursor"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_so_that_an_agent_can_mend_it(
    name: str, arguments: dict[str, Any], words: str, server: Server
) -> None:
    result = call(server, name, **arguments)
    assert result.is_error
    assert result.structured_content is None
    assert words in told(result)
    assert "\n" in told(result)
    assert len(told(result)) < 2_000
    assert not call(server, "search", q="Japan").is_error


def test_an_unknown_tool_or_resource_is_an_error_of_the_protocol(server: Server) -> None:
    from mcp.shared.exceptions import MCPError

    async def both(client: Client) -> None:
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("delete_everything", {})
        with pytest.raises(MCPError, match="gambit://ontology"):
            await client.read_resource("gambit://secrets")

    ask(f"{server.address}/mcp", both)


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_answers(server: Server) -> None:
    values = " ".join(map(str, range(2_000)))
    bomb = " ".join(f"VALUES ?{name} {{ {values} }}" for name in "abcd")
    result = call(server, "sparql_select", query=f"SELECT (COUNT(*) AS ?n) {{ {bomb} }}")
    assert result.is_error
    rows = call(server, "sparql_select", query="ASK {}")
    assert rows.structured_content["boolean"] is True


def test_a_cursor_of_other_data_is_refused(tmp_path: Path) -> None:
    many = " ".join(
        f'<http://e.example/{n}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Thing {n}"@en .'
        for n in range(30)
    )
    with serving(workspace(tmp_path, one=many), TIGHT) as server:
        cursor = call(server, "search", q="thing").structured_content["next"]
        before = server.live.key
        more = "<http://e.example/x> <http://e.example/p> 1 ."
        (tmp_path / "graphs" / "one.ttl").write_text(many + more)
        until(lambda: server.live.key != before)
        result = call(server, "search", q="thing", cursor=cursor)
        assert result.is_error
        assert "has changed" in told(result)


def test_a_whole_number_may_have_a_point(server: Server) -> None:
    assert len(call(server, "search", limit=5.0).structured_content["items"]) == 5


def test_what_never_ends_is_stopped_and_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.analysis import standing

    def contested(*_: Any, **__: Any) -> Any:
        while True:
            pass

    monkeypatch.setattr(standing, "contested", contested)
    result = call(server, "contested")
    assert result.is_error
    assert "stopped after 2 s\nhint" in told(result)
    assert not call(server, "search", q="Japan").is_error


def test_data_that_changes_between_two_calls_is_seen_by_the_second(tmp_path: Path) -> None:
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    with serving(
        workspace(tmp_path, one=f'<http://e.example/a> {label} "Old name"@en .')
    ) as server:

        async def both(client: Client) -> list[Any]:
            found = [await client.call_tool("search", {"q": "name"})]
            key = server.live.key
            text = f'<http://e.example/b> {label} "New name"@en .'
            (tmp_path / "graphs" / "one.ttl").write_text(text)
            with anyio.fail_after(20):
                while server.live.key == key:
                    await anyio.sleep(0.05)
            found.append(await client.call_tool("search", {"q": "name"}))
            found.append(await client.call_tool("get_entity", {"id": "Old name"}))
            return found

        before, after, gone = ask(f"{server.address}/mcp", both)
        assert [i["label"] for i in before.structured_content["items"]] == ["Old name"]
        assert [i["label"] for i in after.structured_content["items"]] == ["New name"]
        assert before.structured_content["data"] != after.structured_content["data"]
        assert gone.is_error
        assert "nothing is called 'Old name'" in told(gone)


def test_text_that_is_no_text_is_refused_in_an_answer_of_the_protocol(server: Server) -> None:
    # (No client sends it: half of a pair of surrogates, escaped.)
    body = (
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", '
        '"params": {"name": "search", "arguments": {"q": "\\ud800"}}}'
    )
    reply = server.ask(
        "/mcp",
        "POST",
        body.encode(),
        content_type="application/json",
        accept="application/json, text/event-stream",
        mcp_protocol_version="2025-06-18",
    )
    assert reply.status in (200, 400)
    assert "error" in reply.json or reply.json["result"]["isError"]


_HELLO = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://127.0.0.1:9999", 200),
        ("http://localhost", 200),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
def test_pages_of_strangers_may_not_speak_to_it(
    origin: str | None, status: int, server: Server
) -> None:
    fields = {"origin": origin} if origin else {}
    reply = server.ask(
        "/mcp",
        "POST",
        _HELLO,
        content_type="application/json",
        accept="application/json, text/event-stream",
        **fields,
    )
    assert reply.status == status, reply.body


def test_a_name_bent_to_this_machine_is_refused(server: Server) -> None:
    reply = server.ask(
        "/mcp",
        "POST",
        _HELLO,
        content_type="application/json",
        accept="application/json, text/event-stream",
        host=f"evil.example:{server.port}",
        origin=f"http://evil.example:{server.port}",
    )
    assert reply.status == 403


@pytest.mark.parametrize(
    ("method", "body", "media_type", "status"),
    [
        ("GET", None, "application/json", 405),
        ("DELETE", None, "application/json", 405),
        ("POST", b"{}", "text/plain", 415),
        ("POST", b"{", "application/json", 400),
        ("POST", b"\xff\xfe", "application/json", 400),
        ("POST", b"[" * 100_000, "application/json", 400),
        ("POST", b'"' + b"x" * 600_000 + b'"', "application/json", 413),
        ("POST", b'{"jsonrpc": "2.0", "id": 1, "method": "no/such"}', "application/json", 404),
    ],
)
def test_bad_requests_are_refused_and_the_next_one_works(
    method: str, body: bytes | None, media_type: str, status: int, server: Server
) -> None:
    accept = "application/json, text/event-stream"
    reply = server.ask("/mcp", method, body, content_type=media_type, accept=accept)
    assert reply.status in (status, 200 if status == 404 else status), reply.body
    if reply.status == 200:
        assert reply.json["error"]["message"]
    assert not call(server, "search", q="Japan").is_error


def test_without_the_library_both_ways_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in ("mcp", "mcp_types"):
        (hidden / f"{name}.py").write_text("raise ImportError('hidden by a test')\n")
    result = subprocess.run(
        [sys.executable, str(TOP / "cli.py"), "mcp"],
        env={**os.environ, "PYTHONPATH": f"{hidden}{os.pathsep}{TOP}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert result.returncode == 4
    assert "gambit-kg[mcp]" in result.stderr
    assert result.stdout == ""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("mcp", "mcp_types")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    with serving(Source()) as server:
        reply = server.ask("/mcp", "POST", _HELLO, content_type="application/json")
        assert (reply.status, reply.json["hint"]) == (501, "pip install 'gambit-kg[mcp]'")


def test_hanging_up_ends_the_program_quietly() -> None:
    result = subprocess.run(
        [sys.executable, str(TOP / "cli.py"), "mcp"],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
