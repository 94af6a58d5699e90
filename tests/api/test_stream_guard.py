"""A live stream ends when whoever opened it may no longer have it, and not before."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.access.tenant import find_or_create_tenant
from flowforge.api.sse import Pace
from flowforge.ids import DEFAULT_TENANT
from tests.api.test_contract_keys import bearer, make
from tests.api.test_streams import follow


@pytest.fixture
async def path(api):
    await api.post("/v1/agents", json={"name": "atlas", "model": "test/model"})
    return "/v1/agents/atlas/stream"


async def opened(server, path, reader, until, headers):
    following = asyncio.create_task(follow(server, path, reader, headers=headers))
    await until(lambda: following.done() or any(event.name == "hello" for event in reader.events))
    return following


@pytest.mark.parametrize("act", ["revoked", "other scopes"])
async def test_it_ends_at_once_when_its_key_may_no_more(app, api, server, path, reader, until, act):
    app.state.streams.pace = Pace(heartbeat_seconds=3600)
    value = (await make(api, scopes=["agents:read", "runs:read"]))["value"]
    following = await opened(server, path, reader, until, bearer(value))

    await api.post("/v1/runs/nobody", headers=bearer(value))
    assert not following.done()
    changed = await (api.delete("/v1/keys/ci") if act == "revoked" else api.patch("/v1/keys/ci", json={"scopes": ["runs:read"]}))

    assert changed.is_success, changed.text
    async with asyncio.timeout(5):
        await following


async def test_it_ends_at_the_next_heartbeat_when_no_bell_tells(app, api, server, database, path, reader, until):
    app.state.streams.pace = Pace(heartbeat_seconds=0.02)
    app.state.keys.clock = Hasty()
    value = (await make(api, scopes=["agents:read"]))["value"]
    following = await opened(server, path, reader, until, bearer(value))
    await until(lambda: len(reader.comments) >= 3)
    assert not following.done()

    await database.pool.execute("update flowforge.api_key set revoked_at = flowforge.now()")

    async with asyncio.timeout(5):
        await following


@pytest.mark.parametrize("stream", ["/v1/agents/atlas/stream", "/v1/audit/stream"])
async def test_it_ends_when_the_tenant_is_suspended(app, api, server, database, reader, until, stream):
    app.state.streams.pace = Pace(heartbeat_seconds=3600)
    await find_or_create_tenant(database.pool, "acme")
    there = {"x-flowforge-tenant": "acme"}
    await api.post("/v1/agents", json={"name": "atlas", "model": "test/model"}, headers=there)
    following = await opened(server, stream, reader, until, there)
    assert not following.done()

    assert (await api.put("/v1/tenants/acme/suspension", json={})).status_code == 200

    async with asyncio.timeout(5):
        await following


async def test_other_peoples_streams_go_on(app, api, server, database, bell, path, reader, until):
    from flowforge.orchestrator.stream import append_frame

    app.state.streams.pace = Pace(heartbeat_seconds=3600)
    value = (await make(api, name="mine", scopes=["agents:read"]))["value"]
    await make(api, name="theirs", scopes=["agents:read"])
    following = await opened(server, path, reader, until, bearer(value))
    before = len(reader.frames)

    await api.delete("/v1/keys/theirs")
    agent_id = await database.pool.fetchval("select agent_id from flowforge.agent")
    async with database.pool.acquire() as connection, connection.transaction():
        await append_frame(connection, DEFAULT_TENANT, name="log", data={}, agent_id=agent_id)
    bell.ring(agent_id.hex)

    await until(lambda: len(reader.frames) > before)
    assert not following.done()
    await server.stop()
    await following


class Hasty:
    """A clock at which everything that is kept for a while is old."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 100.0
        return self.seconds
