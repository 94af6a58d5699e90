"""The guarded way out for the MCP library, which speaks through a client of another make: its requests go where ours go, and no further."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import httpx2

from flowforge.transport.failure import EgressError
from flowforge.transport.guard import GuardedTransport, Limits
from flowforge.transport.policy import process_policy


def bridged_client(headers: Mapping[str, str], limits: Limits) -> tuple[httpx2.AsyncClient, Bridge]:
    """A client for one server, and the bridge under it, which knows what went wrong. Redirects are not followed."""
    bridge = Bridge(limits)
    timeout = httpx2.Timeout(None)  # the guard has the limits
    client = httpx2.AsyncClient(transport=bridge, headers=dict(headers), timeout=timeout, follow_redirects=False, trust_env=False)
    return client, bridge


class Bridge(httpx2.AsyncBaseTransport):
    """Sends each request through a guarded transport. `failure` is what the last one that failed ended with, in words."""

    def __init__(self, limits: Limits) -> None:
        self._guard = GuardedTransport(process_policy(), limits)
        self.failure: str | None = None
        self.status: int | None = None  # of the last answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            # A stream that stays open for what the server has to say by itself. Nobody here asks for that: calls have answers of their own.
            return httpx2.Response(405)
        sent = httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=await request.aread())
        try:
            answer = await self._guard.handle_async_request(sent)
        except (EgressError, httpx.HTTPError) as error:
            raise self._told(error) from None
        self.status = answer.status_code
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        return httpx2.Response(answer.status_code, headers=answer.headers.raw, stream=_Body(answer.stream, self))

    async def aclose(self) -> None:
        await self._guard.aclose()

    def _told(self, error: Exception) -> httpx2.TransportError:
        self.failure = str(error) if isinstance(error, EgressError) else f"the connection failed ({type(error).__name__})"
        return httpx2.ReadError(self.failure)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, bridge: Bridge) -> None:
        self._body, self._bridge = body, bridge

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._body:
                yield piece
        except (EgressError, httpx.HTTPError) as error:
            raise self._bridge._told(error) from None

    async def aclose(self) -> None:
        await self._body.aclose()
