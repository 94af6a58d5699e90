"""FlowForge for MCP clients that start a program: what they say on stdin goes to a server's `/mcp`, what it says comes back on stdout.

The bridge knows no tool, and has no database: tools, resources and prompts are the server's, and so are the rights, which are the key's.
A server that is away for a while is told to the client as an error of each call; nothing is to be started again when it is back.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import mcp_types as mcp
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ResourceUpdated, SubscriptionLost
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY, event_to_notification

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import TaskGroup, TaskStatus
    from mcp.server.session import ServerSession

SUBSCRIPTIONS_MAX = 20
AGAIN_SECONDS = (0.5, 1, 2, 5, 10)
CONNECT_SECONDS = 10.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FORBIDDEN, TOO_MANY = 403, 429

Context = ServerRequestContext[Any, Any]


async def bridge(url: str, api_key: str | None) -> None:
    """Serve the program that has started this one, until it closes stdin."""
    async with _upstream(url, api_key) as upstream, anyio.create_task_group() as following:
        server = _server(upstream, following)
        async with stdio_server() as (inbox, outbox):
            await server.run(inbox, outbox, server.create_initialization_options())
        following.cancel_scope.cancel()


@asynccontextmanager
async def _upstream(url: str, api_key: str | None) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)  # a call waits for a run as long as it was told to
    # A server on this machine is not to be looked for through the proxy of the environment.
    wire = Wire(headers=headers, timeout=timeout, trust_env=httpx2.URL(url).host not in LOOPBACK)
    async with wire, Client(streamable_http_client(f"{url}/mcp", http_client=wire)) as upstream:
        yield upstream


class Wire(httpx2.AsyncClient):
    """The way to one server. What goes wrong on it, and what the server refuses before it looks at a call, is told as the protocol tells
    errors: in a sentence that reaches whoever has called."""

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        try:
            answer = await super().send(request, **how)
        except httpx2.TransportError as error:
            where = f"{request.url.scheme}://{request.url.netloc.decode()}"
            return _told(request, 503, f"no FlowForge server answers at {where} ({type(error).__name__}); start it, then call again", {})
        if not answer.headers.get("content-type", "").startswith("application/problem+json"):
            return answer
        await answer.aread()
        problem = answer.json()
        return _told(request, answer.status_code, str(problem.get("detail") or problem.get("title")), problem)


def _told(request: httpx2.Request, status: int, sentence: str, problem: dict[str, Any]) -> httpx2.Response:
    code = mcp.INVALID_REQUEST if status in (400, FORBIDDEN, TOO_MANY) else mcp.INTERNAL_ERROR
    error = {"code": code, "message": sentence, "data": {"status": status, "request_id": problem.get("request_id")}}
    return httpx2.Response(status, json={"jsonrpc": "2.0", "id": None, "error": error}, request=request)


def _server(upstream: Client, following: TaskGroup) -> Server[Any]:
    """The server on stdin and stdout: each request asked of the one behind."""
    about = upstream.server_info
    subscriptions = Subscriptions(upstream, following)

    async def list_tools(context: Context, params: mcp.PaginatedRequestParams | None) -> mcp.ListToolsResult:
        return await upstream.list_tools(cursor=_cursor(params), cache_mode="bypass")

    async def call_tool(context: Context, params: mcp.CallToolRequestParams) -> mcp.CallToolResult:
        try:
            return await upstream.call_tool(params.name, params.arguments, progress_callback=context.session.report_progress)
        except MCPError as error:
            ended = error.error.code == mcp.CONNECTION_CLOSED
            text = f"{error.error.message}; whether it was done is not known" if ended else error.error.message
            return mcp.CallToolResult(content=[mcp.TextContent(text=text)], is_error=True)

    async def list_resources(context: Context, params: mcp.PaginatedRequestParams | None) -> mcp.ListResourcesResult:
        return await upstream.list_resources(cursor=_cursor(params), cache_mode="bypass")

    async def list_templates(context: Context, params: mcp.PaginatedRequestParams | None) -> mcp.ListResourceTemplatesResult:
        return await upstream.list_resource_templates(cursor=_cursor(params), cache_mode="bypass")

    async def read_resource(context: Context, params: mcp.ReadResourceRequestParams) -> mcp.ReadResourceResult:
        return await upstream.read_resource(str(params.uri), cache_mode="bypass")

    async def list_prompts(context: Context, params: mcp.PaginatedRequestParams | None) -> mcp.ListPromptsResult:
        return await upstream.list_prompts(cursor=_cursor(params), cache_mode="bypass")

    async def get_prompt(context: Context, params: mcp.GetPromptRequestParams) -> mcp.GetPromptResult:
        return await upstream.get_prompt(params.name, params.arguments)

    return Server(
        about.name if about else "flowforge",
        title=about.title if about else None,
        version=about.version if about else "",
        instructions=upstream.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
        on_subscribe_resource=subscriptions.subscribe,
        on_unsubscribe_resource=subscriptions.unsubscribe,
        on_subscriptions_listen=subscriptions.listen,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )


def _cursor(params: mcp.PaginatedRequestParams | None) -> str | None:
    return None if params is None else params.cursor


class Subscriptions:
    """What the client follows: by the older protocol one address after the other, by the newer one some at a time."""

    def __init__(self, upstream: Client, following: TaskGroup) -> None:
        self._upstream, self._following = upstream, following
        self._scopes: dict[str, anyio.CancelScope] = {}

    async def subscribe(self, context: Context, params: mcp.SubscribeRequestParams) -> mcp.EmptyResult:
        """Follow an address until it is unsubscribed. Raises MCPError when the server knows no such thing."""
        uri = str(params.uri)
        if uri in self._scopes:
            return mcp.EmptyResult()
        if len(self._scopes) >= SUBSCRIPTIONS_MAX:
            raise MCPError(mcp.INVALID_REQUEST, f"at most {SUBSCRIPTIONS_MAX} addresses can be followed at a time")
        refused = await self._following.start(self._follow, uri, context.session)
        if refused is not None:
            raise refused
        return mcp.EmptyResult()

    async def unsubscribe(self, context: Context, params: mcp.UnsubscribeRequestParams) -> mcp.EmptyResult:
        """Follow it no more; one that is not followed is as it should be."""
        scope = self._scopes.pop(str(params.uri), None)
        if scope is not None:
            scope.cancel()
        return mcp.EmptyResult()

    async def listen(self, context: Context, params: mcp.SubscriptionsListenRequestParams) -> mcp.SubscriptionsListenResult:
        """Follow what is asked for until the server ends it, or the client."""
        wanted, meta = params.notifications, {SUBSCRIPTION_ID_META_KEY: context.request_id}
        try:
            async with self._upstream.listen(resource_subscriptions=wanted.resource_subscriptions or ()) as subscription:
                said = mcp.SubscriptionsAcknowledgedNotificationParams(notifications=subscription.honored, _meta=meta)
                told = mcp.SubscriptionsAcknowledgedNotification(params=said)
                await context.session.send_notification(told, related_request_id=context.request_id)
                async for event in subscription:
                    await context.session.send_notification(event_to_notification(event, meta), related_request_id=context.request_id)
        except SubscriptionLost as lost:
            raise MCPError(mcp.CONNECTION_CLOSED, f"the server is away: {lost}") from None
        return mcp.SubscriptionsListenResult(_meta=meta)

    async def _follow(self, uri: str, session: ServerSession, *, task_status: TaskStatus[MCPError | None]) -> None:
        """As long as the client wants it: a server that goes away is asked again, and what was missed meanwhile is told as one change."""
        tries, begun = 0, False
        with anyio.CancelScope() as scope:
            self._scopes[uri] = scope
            while True:
                try:
                    async with self._upstream.listen(resource_subscriptions=[uri]) as subscription:
                        if begun:
                            await session.send_resource_updated(uri)
                        else:
                            task_status.started(None)
                        tries, begun = 0, True
                        async for event in subscription:
                            if isinstance(event, ResourceUpdated):
                                await session.send_resource_updated(event.uri)
                    break  # it has ended, as runs do
                except (MCPError, SubscriptionLost) as error:
                    if not begun:
                        self._scopes.pop(uri, None)
                        task_status.started(error if isinstance(error, MCPError) else MCPError(mcp.INTERNAL_ERROR, str(error)))
                        return
                await anyio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
                tries += 1
        self._scopes.pop(uri, None)
