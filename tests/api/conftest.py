"""An API over the worker's database: in process for contracts, as a real server on loopback for streams."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from flowforge.api.app import create_app
from flowforge.api.dashboard import Dashboard
from flowforge.api.server import Server
from flowforge.db.database import Database
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.trigger import TriggerInput, read_triggers
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

ClientOf = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def settings() -> Settings:
    return Settings(body_limit_bytes=64 * 1024, open_here=True)


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[Bell]:
    bell = Bell()
    await bell.open(database)
    yield bell
    await bell.close()


@pytest.fixture
def app(database: Database, settings: Settings, bell: Bell, vault: Vault) -> FastAPI:
    """Without a dashboard, whether the pages happen to be built here or not."""
    return create_app(database, settings=settings, bell=bell, vault=vault, dashboard=Dashboard({}))


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, which is the same of every app. Nobody changes it."""
    return app.openapi()


@pytest.fixture
def vault() -> Vault:
    """With a key-encryption key of the test's own."""
    return Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode()))


@pytest.fixture
def client_of() -> ClientOf:
    """A caller of an app, from this machine unless told otherwise."""

    def make(app: FastAPI, *, peer: str = "127.0.0.1", base_url: str = "http://localhost", **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(peer, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base_url, **options)

    return make


@pytest.fixture
async def api(app: FastAPI, client_of: ClientOf) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Server]:
    """The API as a real server on a free port."""
    async with Server(app, "127.0.0.1", 0) as listening:
        yield listening


@pytest.fixture
async def publish(database: Database) -> Callable[..., Awaitable[None]]:
    """Publish functions by id and triggers, as a worker does when it starts: `await publish({"order.ship": ["order/*"]})`."""

    async def publish_them(functions: dict[str, TriggerInput]) -> None:
        registry = Registry()
        for function_id, triggers in functions.items():

            async def handler(ctx: Any) -> None: ...

            registry.add(Function(function_id, handler, read_triggers(triggers)))
        await publish_functions(database.pool, registry, app="tests")

    return publish_them


@dataclass(frozen=True)
class Received:
    """One event of a stream as a client reads it."""

    id: str | None
    name: str | None
    data: dict[str, Any]


class StreamReader:
    """A client of Server-Sent Events, as the standard describes it: only whole events count."""

    def __init__(self) -> None:
        self.pending = b""
        self.events: list[Received] = []
        self.comments: list[str] = []
        self.retry: int | None = None
        self.cuts: list[int] = []  # how many frames this client held each time that it was cut off

    @property
    def last_id(self) -> str | None:
        return next((event.id for event in reversed(self.events) if event.id is not None), None)

    @property
    def frames(self) -> list[Received]:
        return [event for event in self.events if event.id is not None]

    def feed(self, chunk: bytes) -> None:
        *whole, self.pending = (self.pending + chunk).split(b"\n\n")
        for text in whole:
            self._take(text.decode())

    def cut(self) -> None:
        self.pending = b""
        self.cuts.append(len(self.frames))

    async def follow(self, url: str, path: str, *, frames: int | None = None) -> None:
        """Read on from where this client stands, as EventSource does, until the server ends the stream or `frames` more have come."""
        headers = {"last-event-id": self.last_id} if self.last_id else {}
        enough = None if frames is None else len(self.frames) + frames
        async with httpx.AsyncClient(base_url=url, timeout=20) as client, client.stream("GET", path, headers=headers) as answer:
            async for chunk in answer.aiter_raw():
                self.feed(chunk)
                if enough is not None and len(self.frames) >= enough:
                    break

    async def follow_though_cut(self, url: str, path: str, *, cuts: int, frames: int) -> None:
        """Be cut off so many times, each time after so many frames, in the middle of whatever comes; then read to the end."""
        for _ in range(cuts):
            await self.follow(url, path, frames=frames)
            self.cut()
        await self.follow(url, path)

    def _take(self, text: str) -> None:
        found: dict[str, str] = {}
        for line in text.split("\n"):
            name, _, value = line.partition(": ")
            if name == "":
                self.comments.append(value)
            else:
                assert name not in found, f"two {name} lines"
                found[name] = value
        self.retry = int(found.get("retry", self.retry or 0)) or None
        if "data" in found:
            self.events.append(Received(found.get("id"), found.get("event"), json.loads(found["data"])))


@pytest.fixture
def reader() -> StreamReader:
    return StreamReader()


class FakeRun:
    """A run whose worker is the test: it writes frames as a worker's flush would."""

    def __init__(self, run_id: UUID, tenant_id: UUID, database: Database, bell: Bell) -> None:
        self.run_id, self.tenant_id, self.database, self.bell = run_id, tenant_id, database, bell
        self.seq = 2

    async def emit(self, count: int, size: int = 10) -> None:
        first, self.seq = self.seq + 1, self.seq + count
        await self.database.pool.execute(
            "insert into flowforge.frame (tenant_id, stream_id, seq, name, data)"
            " select $1, $2, n, 'message.delta', json_build_object('n', n, 'text', repeat('x', $5))::text"
            "   from generate_series($3::int, $4::int) n",
            self.tenant_id, self.run_id, first, self.seq, size,
        )  # fmt: skip
        self.bell.ring(self.run_id.hex)

    async def end(self) -> None:
        self.seq += 1
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("delete from flowforge.owner where run_id = $1", self.run_id)
            await connection.execute(
                "update flowforge.run set state = 'completed', started_at = now(), ended_at = now(), end_seq = $2 where run_id = $1",
                self.run_id, self.seq,
            )  # fmt: skip
        self.bell.ring(self.run_id.hex)


@pytest.fixture
async def fake_run(database: Database, bell: Bell, tenant_id: UUID, publish: Callable[..., Awaitable[None]]) -> FakeRun:
    await publish({"order.ship": []})
    run_id = await start_run(database, tenant_id, "order.ship", "{}")
    await database.pool.execute("update flowforge.owner set started_at = now() where run_id = $1", run_id)
    return FakeRun(run_id, tenant_id, database, bell)


@pytest.fixture
async def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Let the loop run until something is so; give up after five seconds."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):  # only a hang takes so long
            while not condition():
                await asyncio.sleep(0.005)

    return wait
