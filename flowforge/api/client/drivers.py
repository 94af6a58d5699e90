"""The two ways to carry a talk out: `Sync` blocks its thread, `Async` awaits. Neither knows what is being said."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from functools import cache
from typing import Any, TypeVar

import httpx

from flowforge.api.client.talk import Act, Close, Item, Items, Next, Open, Pause, ReadAll, Request, Send, Talk

T = TypeVar("T")

_CONNECT_SECONDS = 30.0


class Sync:
    """Talks over an `httpx.Client`."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float, transport: httpx.BaseTransport | None) -> None:
        verify, trust_env = _trust(url)
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=timeout,
            transport=transport,
            verify=verify,
            trust_env=trust_env,
            follow_redirects=True,
        )

    def close(self) -> None:
        self._http.close()

    def run(self, talk: Talk[T]) -> T:
        with ExitStack() as stack:
            acts = _SyncActs(self._http, stack)
            answer, error = None, None
            try:
                while True:
                    act = talk.throw(error) if error else talk.send(answer)
                    answer, error = acts.do(act)
            except StopIteration as end:
                result: T = end.value
                return result

    def items(self, items: Items[T]) -> Iterator[T]:
        with ExitStack() as stack:
            acts = _SyncActs(self._http, stack)
            answer, error = None, None
            try:
                while True:
                    act = items.throw(error) if error else items.send(answer)
                    answer, error = None, None
                    if isinstance(act, Item):
                        yield act.value
                    else:
                        answer, error = acts.do(act)
            except StopIteration:
                return


class Async:
    """Talks over an `httpx.AsyncClient`."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float, transport: httpx.AsyncBaseTransport | None) -> None:
        verify, trust_env = _trust(url)
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=timeout,
            transport=transport,
            verify=verify,
            trust_env=trust_env,
            follow_redirects=True,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def run(self, talk: Talk[T]) -> T:
        async with AsyncExitStack() as stack:
            acts = _AsyncActs(self._http, stack)
            answer, error = None, None
            try:
                while True:
                    act = talk.throw(error) if error else talk.send(answer)
                    answer, error = await acts.do(act)
            except StopIteration as end:
                result: T = end.value
                return result

    async def items(self, items: Items[T]) -> AsyncIterator[T]:
        async with AsyncExitStack() as stack:
            acts = _AsyncActs(self._http, stack)
            answer, error = None, None
            try:
                while True:
                    act = items.throw(error) if error else items.send(answer)
                    answer, error = None, None
                    if isinstance(act, Item):
                        yield act.value
                    else:
                        answer, error = await acts.do(act)
            except StopIteration:
                return


Done = tuple[Any, httpx.TransportError | None]


class _SyncActs:
    """One talk's acts, and the one body that it may have open."""

    def __init__(self, http: httpx.Client, stack: ExitStack) -> None:
        self._http, self._stack = http, stack
        self._response: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def do(self, act: Act) -> Done:
        try:
            return self._do(act), None
        except httpx.TransportError as error:
            return None, error

    def _do(self, act: Act) -> Any:
        match act:
            case Send(request):
                return self._http.request(**_arguments(request, self._http.timeout))
            case Open(request):
                self._stack.close()
                self._response = self._stack.enter_context(self._http.stream(**_arguments(request, self._http.timeout)))
                self._pieces = self._response.iter_bytes()
                return self._response
            case Next():
                return next(self._pieces, None)
            case ReadAll():
                return self._response.read() if self._response else None
            case Close():
                return self._stack.close()
            case Pause(seconds):
                return time.sleep(seconds)  # noqa: TID251 - between two requests; there is no fact to wait for


class _AsyncActs:
    """The same for `Async`."""

    def __init__(self, http: httpx.AsyncClient, stack: AsyncExitStack) -> None:
        self._http, self._stack = http, stack
        self._response: httpx.Response | None = None
        self._pieces: AsyncIterator[bytes]

    async def do(self, act: Act) -> Done:
        try:
            return await self._do(act), None
        except httpx.TransportError as error:
            return None, error

    async def _do(self, act: Act) -> Any:
        match act:
            case Send(request):
                return await self._http.request(**_arguments(request, self._http.timeout))
            case Open(request):
                await self._stack.aclose()
                self._response = await self._stack.enter_async_context(self._http.stream(**_arguments(request, self._http.timeout)))
                self._pieces = self._response.aiter_bytes()
                return self._response
            case Next():
                return await anext(self._pieces, None)
            case ReadAll():
                return await self._response.aread() if self._response else None
            case Close():
                return await self._stack.aclose()
            case Pause(seconds):
                return await asyncio.sleep(seconds)


def _arguments(request: Request, timeout: httpx.Timeout) -> dict[str, Any]:
    if request.read_seconds is not None:
        timeout = httpx.Timeout(_CONNECT_SECONDS, read=request.read_seconds)
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.params) or None,
        "headers": dict(request.headers),
        "content": request.content,
        "timeout": timeout,
    }


def _trust(url: str) -> tuple[ssl.SSLContext, bool]:
    """Whose certificates are trusted, and whether the environment is asked for a proxy: a server on this machine is not looked for
    through one."""
    local = httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
    return _certificates(not local), not local


@cache
def _certificates(of_environment: bool) -> ssl.SSLContext:
    """To read them takes longer than most requests."""
    return httpx.create_ssl_context(trust_env=of_environment)
