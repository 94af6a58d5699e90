"""The stream of a whole tenant over HTTP: what it tells, to whom, and that it goes on where a client was cut off."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker


@pytest.fixture
async def worker(database, bell):
    registry = Registry()

    @registry.function(trigger="order/created", id="order.ship")
    async def ship(ctx):
        return "shipped"

    worker = Worker(database, registry, bell=bell)
    await worker.start()
    yield worker
    await worker.stop()


async def open_stream(api):
    """From the first one who asks."""
    answer = await api.get("/v1/frames")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"data": [], "after": 0, "seq": 0, "over": False, "reset": False}


async def send(api):
    return (await api.post("/v1/events", json={"name": "order/created", "data": {}})).json()["data"][0]["runs"][0]


async def test_it_tells_of_runs_agents_and_tasks_in_one_order(api, server, worker, reader):
    await open_stream(api)
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})
    card = (await api.post("/v1/tasks", json={"title": "Refund"})).json()["key"]
    await api.put(f"/v1/tasks/{card}/column", json={"column": "Doing"})
    run = await send(api)

    async with asyncio.timeout(20):
        await reader.follow(server.url, "/v1/stream", frames=6)

    assert reader.events[0].name == "hello" and reader.events[0].data.keys() == {"seq", "server", "retention"}
    assert [int(frame.id) for frame in reader.frames] == [1, 2, 3, 4, 5, 6]
    names = ["agent.changed", "task.created", "task.moved", "run.queued", "run.started", "run.completed"]
    assert [frame.name for frame in reader.frames] == names
    assert reader.frames[1].data["task"] == card and reader.frames[3].data.items() >= {"run": run, "function": "order.ship"}.items()


async def test_each_frame_says_when_it_was_stored_streamed_or_asked_for(api, server, worker, reader):
    await open_stream(api)
    before = datetime.now(UTC)
    run = await send(api)
    async with asyncio.timeout(20):
        await reader.follow(server.url, "/v1/stream", frames=3)
    asked = (await api.get(f"/v1/runs/{run}/frames")).json()["data"]

    told = [*(frame.data for frame in reader.frames), *(frame["data"] for frame in asked)]
    moments = [datetime.fromisoformat(data["at"]) for data in told if "at" in data]
    assert [data["run"] for data in told if "at" not in data] == [run]  # that it was queued, where its row alone tells of it
    assert len(moments) == 5 and all(before - timedelta(seconds=5) < at < datetime.now(UTC) + timedelta(seconds=5) for at in moments)


async def test_a_client_that_is_cut_again_and_again_holds_each_frame_once_and_in_order(api, server, worker, reader):
    await open_stream(api)
    runs, cuts = 20, 6

    async def work() -> None:
        for _ in range(runs):
            await send(api)

    working = asyncio.create_task(work())
    async with asyncio.timeout(30):
        for _ in range(cuts):
            await reader.follow(server.url, "/v1/stream", frames=7)
            reader.cut()
        await reader.follow(server.url, "/v1/stream", frames=3 * runs - len(reader.frames))
    await working

    assert [int(frame.id) for frame in reader.frames] == list(range(1, 3 * runs + 1))
    lives = {}
    for frame in reader.frames:
        lives.setdefault(frame.data["run"], []).append(frame.name)
    assert list(lives.values()) == [["run.queued", "run.started", "run.completed"]] * runs


async def test_only_the_kinds_that_were_asked_for_come(api, server, worker, reader):
    await open_stream(api)
    await send(api)
    await api.post("/v1/tasks", json={"title": "Refund"})

    async with asyncio.timeout(20):
        await reader.follow(server.url, "/v1/stream?kinds=task.*&kinds=run.completed", frames=2)

    assert sorted(frame.name for frame in reader.frames) == ["run.completed", "task.created"]


@pytest.mark.parametrize("kind", ["runs.*", "run", "run.gone", "*", "", "message.delta", "step.completed", "x" * 500, "тест.*"])
async def test_what_is_no_kind_is_refused_by_name(api, kind):
    for path in ("/v1/stream", "/v1/frames"):
        answer = await api.get(path, params={"kinds": kind})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["parameter"] == "kinds"


async def test_nobody_is_told_of_what_they_may_not_read(app, api, client_of, worker):
    await open_stream(api)
    made = await api.post("/v1/keys", json={"name": "narrow", "scopes": ["runs:read"]})
    await api.post("/v1/tasks", json={"title": "Refund"})
    run = await send(api)

    async with client_of(app, headers={"authorization": f"Bearer {made.json()['value']}"}) as narrow:
        got = []
        async with asyncio.timeout(20):
            after = 0
            while "run.completed" not in [frame["event"] for frame in got]:
                page = (await narrow.get("/v1/frames", params={"wait": 5, "after": after})).json()
                after = page["after"]
                got += page["data"]
        closed = await narrow.get("/v1/frames", params={"kinds": "task.*"})

    assert [frame["event"] for frame in got] == ["run.queued", "run.started", "run.completed"]
    assert {frame["data"]["run"] for frame in got} == {run}
    assert after == 4  # also behind what was left out
    assert closed.status_code == 403 and "tasks:read" in closed.json()["detail"]


async def test_what_is_older_than_retention_or_of_another_life_is_reset(api, server, worker, reader, database, tenant_id):
    await open_stream(api)
    await send(api)
    async with asyncio.timeout(20):
        await reader.follow(server.url, "/v1/stream", frames=3)
    await database.pool.execute("delete from flowforge.frame where stream_id = $1 and seq < 3", tenant_id)

    for after in (1, 999):
        found = (await api.get("/v1/frames", params={"after": after})).json()
        assert (found["reset"], found["after"], found["data"]) == (True, 3, [])
        async with httpx.AsyncClient(base_url=server.url) as client, client.stream("GET", f"/v1/stream?after={after}") as answer:
            again = type(reader)()
            async for chunk in answer.aiter_raw():
                again.feed(chunk)
                if len(again.events) == 2:
                    break
        assert [event.name for event in again.events] == ["hello", "reset"]
