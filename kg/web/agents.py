"""The Model Context Protocol, for agents: over standard input and output, and at /mcp.

The official SDK carries it; ``kg.web.tools`` has what is offered. The SDK is optional and
slow to import: a server imports it when the first agent comes.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from kg import __version__
from kg.errors import AmbiguousNameError, KgError, MissingError
from kg.web import reading
from kg.web.problems import HttpError
from kg.web.serving import Serving
from kg.web.tools import DOCUMENTS, INSTRUCTIONS, TOOLS, call, missing

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_MOST_BODY = 500_000
_HERE = ("127.0.0.1", "localhost", "::1")


def protocol(serving: Serving) -> Server[Any]:
    """Return the protocol's server over what is served; MissingError without its library."""
    try:
        import mcp_types as types
        from mcp.server.lowlevel import Server
        from mcp.shared.exceptions import MCPError
    except ImportError:
        raise missing() from None

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:
        read_only = types.ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        )
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    description=tool.about,
                    input_schema=tool.takes,
                    output_schema=tool.gives,
                    annotations=read_only,
                )
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in TOOLS:
            known = ", ".join(TOOLS)
            raise MCPError(types.INVALID_PARAMS, f"no tool {params.name[:50]!r}; known: {known}")
        try:
            found, text = await _called(
                serving, _client(context), params.name, params.arguments or {}
            )
        except KgError as error:
            content = [types.TextContent(type="text", text=_told(error))]
            return types.CallToolResult(content=content, is_error=True)
        content = [types.TextContent(type="text", text=text)]
        return types.CallToolResult(content=content, structured_content=found)

    async def list_resources(_: Any, __: Any) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=d.uri, name=d.name, description=d.about, mime_type=d.media_type)
                for d in DOCUMENTS.values()
            ]
        )

    async def read_resource(
        context: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        document = DOCUMENTS.get(str(params.uri))
        if document is None:
            known = ", ".join(DOCUMENTS)
            raise MCPError(types.INVALID_PARAMS, f"no such resource; known: {known}")
        with serving.live.now() as state:
            work = partial(document.read, state)
            text = await serving.turns.run(_client(context), work, state=state)
        content = types.TextResourceContents(
            uri=document.uri, mime_type=document.media_type, text=text
        )
        return types.ReadResourceResult(contents=[content])

    return Server(
        "gambit",
        version=__version__,
        title="Gambit",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )


def _client(context: Any) -> str:
    request = getattr(context, "request", None)
    client = getattr(request, "client", None)
    return str(client.host) if client else ""


async def _called(
    serving: Serving, client: str, name: str, given: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return a tool's result; a query that nobody has seen takes its place in the lanes."""
    tool = TOOLS[name]
    with serving.live.now() as state:
        work = partial(call, tool, state, given)
        asked = state.queries.get(str(given.get("name"))) if name == "run_saved_query" else None
        if tool.unchecked or (asked is not None and not state.runs_here(asked)):
            await serving.turns.prepare(state)
            return await serving.query_of(client, work)
        return await serving.turns.run(client, work, state=state)


def _told(error: KgError) -> str:
    """Return an error as an agent reads it: what is wrong, where, and what to do."""
    place = f" (line {error.line}, column {error.column or 1})" if error.line else ""
    lines = [f"{error.message}{place}"]
    candidates: Any = error.candidates if isinstance(error, AmbiguousNameError) else ()
    if isinstance(error, HttpError):
        candidates = error.more.get("candidates", ())
    lines += [f"- {candidate}" for candidate in candidates]
    return "\n".join([*lines, *([f"hint: {error.hint}"] if error.hint else [])])


# ---------------------------------------------------------------- standard input and output


async def over_stdio(serving: Serving) -> None:
    """Serve one agent over standard input and output, until it hangs up."""
    server = protocol(serving)
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


# ---------------------------------------------------------------- /mcp


def routes(serving: Serving) -> list[Route]:
    """Return the route of the protocol's streamable HTTP."""
    return [Route("/mcp", _Endpoint(serving), methods=["POST"])]


class _Endpoint:
    """The ASGI application at /mcp: bounds what comes, and hands it to the SDK.

    Without sessions: each request stands for itself, and there is nothing to listen to by GET.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._manager: StreamableHTTPSessionManager | None = None
        self._starting = asyncio.Lock()
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        serving.at_end.append(self._end)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        if request.method != "POST":
            raise HttpError(405, "agents come by POST", headers={"Allow": "POST"})
        self._check_origin(request)
        if reading.content_type(request) != "application/json":
            raise HttpError(415, "this is no JSON", hint="send application/json")
        content = await reading.body(request, self._serving.settings, _MOST_BODY)
        try:
            json.loads(content)
        except (ValueError, RecursionError):
            raise HttpError(400, "the content is no JSON", hint="send JSON-RPC 2.0") from None
        manager = await self._started()
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": content, "more_body": False}

        await manager.handle_request(scope, replay, send)

    def _check_origin(self, request: Request) -> None:
        """Refuse a page of a stranger's, which might speak for an agent that it is not."""
        origin = request.headers.get("origin")
        if origin is None:
            return
        from urllib.parse import urlsplit

        try:
            host = urlsplit(origin).hostname
        except ValueError:
            host = None
        own = self._serving.address(request)
        wanted = set(self._serving.settings.origins) - {"*"}
        if origin not in {own, *wanted} and host not in _HERE:
            raise HttpError(403, "agents of that origin are not served", hint="kg serve --cors")
        if host not in _HERE and origin == own and not self._serving.settings.base:
            # (The Host field is the page's own, too: a name that was bent to this machine.)
            raise HttpError(403, "agents of that origin are not served", hint="kg serve --base")

    async def _started(self) -> StreamableHTTPSessionManager:
        async with self._starting:
            if self._manager is None:
                try:
                    server = await self._serving.in_thread(protocol, self._serving)
                except MissingError as error:
                    raise HttpError(501, error.message, hint=error.hint) from None
                from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

                manager = StreamableHTTPSessionManager(
                    server, json_response=True, stateless=True, max_request_body_size=_MOST_BODY
                )
                ready = asyncio.Event()
                self._task = asyncio.create_task(self._run(manager, ready))
                await ready.wait()
                self._manager = manager
            return self._manager

    async def _run(self, manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
        async with manager.run():
            ready.set()
            await self._stop.wait()

    async def _end(self) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task
