"""POST /mcp: an MCP server with the tools `ask` and `search`. The only module that imports mcp.

The transport is stateless streamable HTTP. It uses the low-level server of the library, because the high-level one
configures logging for the whole process.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import mcp_types as types
from fastapi import FastAPI, Request
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from assistant.protocols import LiveAssistant
from assistant.records import Exchange, Hit, Progress
from assistant.server.audit import Audit, Visitor
from assistant.server.middleware.guard import MAX_BODY_BYTES
from assistant.server.problem_details import RefusedError, described
from assistant.server.request_queue import RequestQueue
from assistant.server.schemas import Json, Text, reply_json, search_json
from assistant.text.control_characters import remove_nonprinting


class AskInput(BaseModel):
    """The arguments of the tool "ask"."""

    model_config = ConfigDict(extra="forbid")
    question: Text = Field(description="A question that can be understood without earlier ones, in any language.")


class SearchInput(BaseModel):
    """The arguments of the tool "search"."""

    model_config = ConfigDict(extra="forbid")
    query: Text = Field(description="The query, in any language.")
    k: int | None = Field(default=None, ge=1, le=100, description="The number of passages to return.")


_READS = types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
TOOLS = (
    types.Tool(
        name="ask",
        description="Answer a question from the indexed documents. Each citation is a verbatim quote with a link to "
        'it. The kind "abstention" means that the documents do not answer the question.',
        input_schema=AskInput.model_json_schema(),
        annotations=_READS,
    ),
    types.Tool(
        name="search",
        description="Find the passages of the indexed documents that are nearest to a query.",
        input_schema=SearchInput.model_json_schema(),
        annotations=_READS,
    ),
)


class _Endpoint:
    """An ASGI application as an object: Starlette would wrap a function and parse its requests."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


def add_tools(app: FastAPI, live: LiveAssistant, queue: RequestQueue, audit: Audit) -> StreamableHTTPSessionManager:
    """Add POST /mcp to `app` and return its session manager, whose `run` must be entered while the app serves."""

    async def list_tools(_: ServerRequestContext, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(TOOLS))

    async def call_tool(
        context: ServerRequestContext[Any, Request], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        assert context.request is not None
        try:
            return _result(await _call(params, context.request, live, queue, audit.visitor(context.request, "mcp")))
        except Exception as error:
            refused = described(error)
            text = types.TextContent(type="text", text=f"{refused.detail} {refused.hint}")
            return types.CallToolResult(content=[text], is_error=True)

    server = Server("document-assistant", on_list_tools=list_tools, on_call_tool=call_tool)
    manager = StreamableHTTPSessionManager(
        server,
        stateless=True,
        json_response=True,
        max_request_body_size=MAX_BODY_BYTES,
        # middleware/origin_guard.py checks both headers, for all paths.
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # No GET: it is for messages of the server within a session, and there are no sessions.
    app.router.routes.append(Route("/mcp", _Endpoint(manager), methods=["POST"], include_in_schema=False))
    return manager


async def _call(
    params: types.CallToolRequestParams, request: Request, live: LiveAssistant, queue: RequestQueue, visitor: Visitor
) -> Json:
    try:
        if params.name == "ask":
            question = AskInput.model_validate(params.arguments or {}).question
            return await _ask(question, request, live, queue, visitor)
        if params.name == "search":
            search = SearchInput.model_validate(params.arguments or {})

            def start() -> Generator[tuple[Hit, ...]]:
                with live.pinned() as assistant:
                    hits = assistant.search(search.query, k=search.k)
                visitor.searched(search.query, hits)
                yield hits

            return search_json(search.query, await queue.last(request, start))
    except ValidationError as error:
        first = error.errors()[0]
        where = remove_nonprinting(".".join(map(str, first["loc"])))[:100] or "the arguments"
        raise RefusedError(422, f"{where}: {first['msg']}.", "See the tool's input schema.") from None
    raise RefusedError(404, f"There is no tool {params.name[:40]!r}.", "The tools are `ask` and `search`.")


async def _ask(question: str, request: Request, live: LiveAssistant, queue: RequestQueue, visitor: Visitor) -> Json:
    def start() -> Generator[Progress]:
        with live.pinned() as assistant:
            yield from visitor.asked(question, assistant.stream(question))

    exchange = await queue.last(request, start)
    assert isinstance(exchange, Exchange)
    reply = reply_json(exchange, root=str(request.base_url).rstrip("/"))
    # Passages and timings are left out: they would fill the context window of the client's model.
    return {
        name: reply[name] for name in ("kind", "text", "citations", "closest", "notice", "confidence") if name in reply
    }


def _result(value: Json) -> types.CallToolResult:
    text = types.TextContent(type="text", text=json.dumps(value, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=value)
