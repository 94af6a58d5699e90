"""FlowForge from any Python program, over HTTP: `Client`, and `AsyncClient` where there is an event loop, as in the command line.

    with flowforge.Client("http://127.0.0.1:8288") as client:
        sent = client.events.send("order/created", {"total": 420})
        for frame in client.runs.follow(sent.runs[0]):
            print(frame.name, frame.data)
        print(client.runs.get(sent.runs[0]).state)

Both have every call, in nouns (`client.tasks`, `client.approvals`), and each call is written once: talk.py says how, drivers.py
carries it out with or without asyncio, exchange.py holds what all calls have in common (trying again, pages, streams), answer.py
what all answers do. models.py, bodies.py, rooms.py and nouns/ are written from the OpenAPI document, by
flowforge.api.client_source. What is by hand beside them is in event_calls.py, run_calls.py and skill_calls.py.

Problems (RFC 9457) come out as the errors of `flowforge.errors`, with the pointer to the field and the request's id: 404 is `NotFound`,
409 and 412 `Conflict`, 410 `Gone`, other refusals `InvalidInput`.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from flowforge.api.client.drivers import Async, Sync
from flowforge.api.client.exchange import Exchange, given
from flowforge.api.client.rooms import Rooms
from flowforge.api.client.wire import Frame
from flowforge.errors import InvalidInput

__all__ = ["DEFAULT_URL", "AsyncClient", "Client", "Frame", "given"]

DEFAULT_URL = "http://127.0.0.1:8288"
DEFAULT_RETRIES = 3


class Client(Rooms[Sync]):
    """Speaks to one FlowForge server; each call blocks until its answer is there. Threads may share one.

    `timeout` is in seconds and for one request; `retries` is how often one is tried again when the server is away or says that it is
    too much. Open it with `with`, or call `close()` when done.

    >>> client = Client("https://flows.example.com", api_key="ffk_live_…")     # doctest: +SKIP
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        tenant: str | None = None,
        timeout: float = 30.0,
        retries: int = DEFAULT_RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = _address(url)
        super().__init__(Sync(self.url, _headers(api_key, tenant), timeout, transport), Exchange(self.url, retries))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. The client cannot be used after it."""
        self._driver.close()


class AsyncClient(Rooms[Async]):
    """The same for programs with an event loop: what has one result is awaited, what has many is iterated over with `async for`.

    >>> async with AsyncClient() as client:     # doctest: +SKIP
    ...     run = await client.runs.get("8241_a2f7")
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        tenant: str | None = None,
        timeout: float = 30.0,
        retries: int = DEFAULT_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = _address(url)
        super().__init__(Async(self.url, _headers(api_key, tenant), timeout, transport), Exchange(self.url, retries))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The client cannot be used after it."""
        await self._driver.close()


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise InvalidInput(f"{url!r} is not an address of a FlowForge server", hint=f"write it as {DEFAULT_URL}")
    return url.rstrip("/")


def _headers(api_key: str | None, tenant: str | None) -> dict[str, str]:
    key = {"authorization": f"Bearer {api_key}"} if api_key else {}
    return key | ({"x-flowforge-tenant": tenant} if tenant else {})
