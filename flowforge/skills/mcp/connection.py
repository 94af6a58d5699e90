"""One session with one MCP server, in a task of its own: what breaks in it breaks nobody's call but its own.

Everything has its time: connecting, listing, each call. What a server says of a result's form is not believed; the result is data.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from flowforge import __version__
from flowforge.durations import seconds
from flowforge.errors import InvalidInput
from flowforge.orchestrator.branch import outside
from flowforge.secrets.resolve import PLACEHOLDER
from flowforge.skills.failure import ToolFailed, bounded
from flowforge.skills.mcp.definition import Http, McpServerDefinition, Stdio, stdio_allowed
from flowforge.skills.mcp.listing import TOOLS_MAX
from flowforge.transport.guard import Limits

if TYPE_CHECKING:
    from mcp import ClientSession

CONNECT_SECONDS = 20.0
LIST_SECONDS = 20.0
END_SECONDS = 5.0
ANSWER_BYTES_MAX = 4 * 1024 * 1024
PAGES_MAX = 50
IDEMPOTENCY_KEY = "flowforge/idempotency-key"

Failure = Callable[[], str | None]


class Connection:
    """A session. Once `over`, it is of no more use."""

    def __init__(self, definition: McpServerDefinition, secrets: Mapping[str, str]) -> None:
        self.definition = definition
        self._secrets = secrets
        self._call_seconds = seconds(definition.timeout)
        self._task: asyncio.Task[None] | None = None
        self._session: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._done = asyncio.Event()
        self._failure: Failure = lambda: None
        self.changed = False  # the server says that its tools are not what they were
        self.hashes: dict[str, str] | None = None  # of what it says of each tool, once it was asked

    @property
    def over(self) -> bool:
        return self._task is not None and self._task.done()

    async def open(self) -> None:
        """Connect. Raises ToolFailed."""
        self._task = outside(self._live())
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.shield(self._session)
        except TimeoutError:
            await self.close()
            raise ToolFailed(f"{self._who} has not answered within {CONNECT_SECONDS:g} s", retryable=True) from None
        except BaseException:
            await self.close()
            raise

    async def tools(self) -> list[dict[str, Any]]:
        """What the server offers, as it says it. Raises ToolFailed."""
        import mcp_types
        from mcp import ClientSession

        self.changed = False
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            request = mcp_types.ListToolsRequest(params=mcp_types.PaginatedRequestParams(cursor=cursor))
            page = await self._ask(
                partial(ClientSession.send_request, request=request, result_type=mcp_types.ListToolsResult), LIST_SECONDS
            )
            found += [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in page.tools]
            cursor = page.next_cursor
            if not cursor or len(found) > TOOLS_MAX:
                return found
        raise ToolFailed(f"{self._who} gives one page of tools after the other without end")

    async def call(self, tool: str, arguments: Mapping[str, Any], key: str) -> dict[str, Any]:
        """What the server answers to a call, as JSON. `key` goes along as the call's idempotency key. Raises ToolFailed."""
        import mcp_types

        meta: Any = {IDEMPOTENCY_KEY: key}
        parameters = mcp_types.CallToolRequestParams(name=tool, arguments=dict(arguments), _meta=meta)
        request = mcp_types.CallToolRequest(params=parameters)
        answer = await self._ask(lambda session: session.send_request(request, mcp_types.CallToolResult), self._call_seconds)
        told: dict[str, Any] = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
        return told

    async def close(self) -> None:
        """End it, and the program behind it. Twice is once."""
        self._done.set()
        task = self._task
        if task is None:
            return
        if self._session.done():
            await asyncio.wait({task}, timeout=END_SECONDS)
        task.cancel()
        await asyncio.wait({task})

    async def _ask(self, request: Callable[[ClientSession], Any], limit: float) -> Any:
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        session = await asyncio.shield(self._session)
        try:
            async with asyncio.timeout(limit):
                return await request(session)
        except TimeoutError:
            # What comes after that answers nobody: the next call gets a session of its own.
            await self.close()
            raise ToolFailed(f"{self._who} has not answered within {limit:g} s; the call may have taken effect") from None
        except MCPError as error:
            if self._over_with(error):
                await self.close()
                raise ToolFailed(f"{self._who} is gone: {self._failure() or error}; the call may have taken effect") from None
            raise ToolFailed(f"{self._who} refused: {bounded(str(error))}") from None
        except ValidationError:
            raise ToolFailed(f"{self._who} answered what is no answer to this") from None

    def _over_with(self, error: Any) -> bool:
        from mcp_types import CONNECTION_CLOSED

        return getattr(error.error, "code", None) == CONNECTION_CLOSED or self._failure() is not None

    @property
    def _who(self) -> str:
        return f"the MCP server {self.definition.name!r}"

    async def _live(self) -> None:
        """The whole of the session, from the first word to the last."""
        from mcp import ClientSession
        from mcp_types import Implementation

        try:
            async with self._streams() as (inbox, outbox):
                about = Implementation(name="flowforge", version=__version__)
                async with ClientSession(inbox, outbox, client_info=about, message_handler=self._hear) as session:
                    await session.initialize()
                    self._session.set_result(session)
                    await self._done.wait()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - a task group's, of whatever a server made of it
            failed = error if isinstance(error, ToolFailed) else ToolFailed(f"{self._who}: {self._failure() or _innermost(error)}")
            if not self._session.done():
                failed.retryable = True
                self._session.set_exception(failed)
        finally:
            if not self._session.done():
                self._session.set_exception(ToolFailed(f"{self._who} was let go before it had answered", retryable=True))
            self._session.exception()  # seen, whether or not anybody still waits for it

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[Any]:
        transport = self.definition.transport
        if isinstance(transport, Stdio):
            if not stdio_allowed():
                raise ToolFailed("this worker starts no programs for tools: its operator does not allow it")
            from flowforge.skills.mcp.stdio import Program, speak

            program = Program()
            self._failure = lambda: program.failure
            env = {name: self._revealed(value) for name, value in transport.env.items()}
            async with speak(program, transport.command, transport.args, env) as streams:
                yield streams
        else:
            async with self._over_http(transport) as streams:
                yield streams

    @asynccontextmanager
    async def _over_http(self, transport: Http) -> AsyncIterator[Any]:
        from mcp.client.streamable_http import streamable_http_client

        from flowforge.transport.bridge import bridged_client

        headers = {name: self._revealed(value) for name, value in transport.headers.items()}
        if transport.bearer is not None:
            headers["authorization"] = f"Bearer {self._secrets[transport.bearer]}"
        if any(not value.isascii() or not value.isprintable() for value in headers.values()):
            raise InvalidInput("a secret cannot stand in a header: it is not one line of ASCII")
        client, bridge = bridged_client(headers, Limits(total_seconds=self._call_seconds + 5, answer_bytes=ANSWER_BYTES_MAX))
        self._failure = lambda: bridge.failure
        async with client, streamable_http_client(transport.url, http_client=client, max_sse_event_size=ANSWER_BYTES_MAX) as streams:
            yield streams[0], streams[1]

    def _revealed(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda place: self._secrets[place[1]], text)

    async def _hear(self, message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self.changed = True


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return bounded(str(error) or type(error).__name__, 500)
