"""Asking the API from within, as whoever has asked us: a request to the layers behind the door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import anyio
from fastapi import Request
from starlette.types import ASGIApp, Message, Scope

from flowforge.api.boundary import SAFE_METHODS, Boundary
from flowforge.api.client.wire import Frame, FrameParser
from flowforge.api.problem import Refusal
from flowforge.api.sse import LiveStreams
from flowforge.api.stream_guard import StreamGuard
from flowforge.api.stream_place import take_place

Query = Sequence[tuple[str, str]]

PASSED_ON = (b"traceparent", b"user-agent")
_OF_THE_CALLER = ("caller", "key", "ask_again")

_unended: set[asyncio.Task[None]] = set()  # what goes on though nobody waits for it any more


@dataclass
class Answered:
    """An answer of the API."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: bytearray = field(default_factory=bytearray)

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def body(self) -> Any:
        return json.loads(bytes(self.text)) if self.text else None


class Refused(Exception):
    """The API has refused; `problem` is what it says (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail"))
        self.problem = problem


class Asking:
    """The API as one caller may ask it: `app` is what stands behind the door, `scope` the request that came through it."""

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._app = Boundary(app)
        self._scope = scope

    @property
    def state(self) -> Mapping[str, Any]:
        state: dict[str, Any] = self._scope["state"]
        return state

    async def ask(
        self, method: str, path: str, *, query: Query = (), body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Ask once. What changes something is carried to its end, as over HTTP, also when whoever asked is gone meanwhile."""
        answer = Answered()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
            else:
                answer.text += message.get("body", b"")

        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        scope = self._request(method, path, query, content, headers or {})
        if method in SAFE_METHODS:
            await self._app(scope, _received(content), send)
        else:
            await asyncio.shield(_kept(asyncio.ensure_future(_whole(self._app(scope, _received(content), send)))))
        return answer

    async def get(self, path: str, *, query: Query = ()) -> Any:
        """The JSON at a path. Raises Refused."""
        answer = await self.ask("GET", path, query=query)
        if not answer.fine:
            raise Refused(answer.body)
        return answer.body

    async def follow(self, path: str, after: int) -> AsyncGenerator[Frame, None]:
        """The frames of a live stream from behind `after`, as long as it lasts. Raises Refused."""
        outbox, inbox = anyio.create_memory_object_stream[bytes](16)
        answer = Answered()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
            elif answer.fine:
                with suppress(anyio.BrokenResourceError):  # nobody reads on: the stream is being cancelled, and says its last
                    await outbox.send(message.get("body", b""))
            else:
                answer.text += message.get("body", b"")

        async def read() -> None:
            query = [("after", str(after))] if after else []
            async with outbox:
                await self._app(self._request("GET", path, query, b"", {}), _received(b""), send)

        reading = _kept(asyncio.ensure_future(read()))
        parser = FrameParser()
        try:
            async for piece in inbox:
                for frame in parser.feed(piece):
                    yield frame
            if not answer.fine:
                raise Refused(answer.body)
        finally:
            reading.cancel()
            inbox.close()

    async def stay(self) -> None:
        """Return when the caller is let in no more, or the server stops; until then it is one of the tenant's streams. Raises Refused."""
        request = Request(self._scope)
        streams: LiveStreams = request.app.state.streams
        try:
            place = await take_place(request)
        except Refusal as refusal:
            raise Refused(refusal.problem.as_json(instance=self._scope["path"], request_id=request.state.request_id)) from None
        with anyio.CancelScope() as scope:
            streams.scopes.add(scope)
            keeping = asyncio.ensure_future(place.keep())
            try:
                await StreamGuard(request).lost(streams.pace.heartbeat_seconds)
            finally:
                streams.scopes.discard(scope)
                keeping.cancel()
                await place.leave()

    def _request(self, method: str, path: str, query: Query, content: bytes, headers: Mapping[str, str]) -> Scope:
        outer = self._scope
        given = [(b"host", b"localhost"), (b"x-request-id", str(outer["state"]["request_id"]).encode())]
        given += [(name, value) for name, value in outer["headers"] if name in PASSED_ON]
        given += [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        if content:
            given += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        return {
            **{name: outer[name] for name in ("type", "asgi", "http_version", "scheme", "client", "server", "app") if name in outer},
            "root_path": "",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": urlencode(query).encode(),
            "headers": given,
            "state": {name: outer["state"][name] for name in _OF_THE_CALLER if name in outer["state"]},
        }


async def _whole(act: Awaitable[None]) -> None:
    await act


def _kept(task: asyncio.Task[None]) -> asyncio.Task[None]:
    _unended.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[None]) -> None:
    _unended.discard(task)
    if not task.cancelled():
        task.exception()  # the boundary has logged it; whoever still waits is told


def _received(content: bytes) -> Any:
    told = False

    async def receive() -> Message:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": content, "more_body": False}
        await asyncio.Event().wait()  # whoever asks from within hangs up by cancelling
        return {"type": "http.disconnect"}

    return receive
