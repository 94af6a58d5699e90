"""Receivers on this machine, and a tenant in which things go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.alerts.alert import Alert, list_alerts
from flowforge.alerts.channel import Channel, WebhookSettings, create_channel
from flowforge.alerts.delivery import deliver_one
from flowforge.alerts.evaluation import evaluate
from flowforge.alerts.rule import Rule, create_rule
from flowforge.db.database import Database
from flowforge.transport.policy import LOOPBACK, EgressPolicy, replace_policy


@dataclass
class Request:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """A webhook's other side. `status` is what it answers; stopped, it refuses connections, and its port stays its own."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200
        self.port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def told(self) -> list[str]:
        return [request.json["type"].removeprefix("alert.") for request in self.requests]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.requests.append(Request(headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture(autouse=True)
def loopback_is_allowed() -> Iterator[None]:
    """The receivers of these tests are on this machine."""
    before = replace_policy(EgressPolicy(allow=LOOPBACK))
    yield
    replace_policy(before)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


class Alerts:
    """What tests of alerts need: rules, things that go wrong, time, and a look."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.principal = Principal(tenant_id, "person", "operator")

    async def channel(self, name: str, settings: Any) -> Channel:
        return await create_channel(self.database, self.principal, name, settings, channel_id=ids.new_id())

    async def rule(self, kind: str = "failed_runs", *, name: str = "watch", channels: Any = ("hook",), **options: Any) -> Rule:
        return await create_rule(self.database, self.principal, name, kind, rule_id=ids.new_id(), channels=channels, **options)

    async def fail(self, count: int = 1, function_id: str = "order.ship") -> None:
        for _ in range(count):
            await self.database.pool.execute(
                "insert into flowforge.failure (tenant_id, ended_at, run_id, function_id) values ($1, flowforge.now(), $2, $3)",
                self.tenant_id, ids.new_id(), function_id,
            )  # fmt: skip

    async def advance(self, seconds: float) -> None:
        await self.database.pool.execute("update flowforge.clock set skew = skew + make_interval(secs => $1)", float(seconds))

    async def evaluate(self) -> None:
        """Look at the rules now, however long ago they were looked at."""
        assert await evaluate(self.database, every_seconds=0)

    async def deliver(self) -> int:
        """Everything that is due, once; how many messages were tried."""
        tried = 0
        while await deliver_one(self.database):
            tried += 1
        return tried

    async def round(self) -> None:
        await self.evaluate()
        await self.deliver()

    async def all(self, **which: Any) -> list[Alert]:
        return await list_alerts(self.database, self.tenant_id, **which)


@pytest.fixture
async def alerts(database: Database, tenant_id: UUID, receiver: Receiver) -> Alerts:
    """Alerts with one channel, `hook`, to the receiver."""
    alerts = Alerts(database, tenant_id)
    await alerts.channel("hook", WebhookSettings(url=receiver.url))
    return alerts
