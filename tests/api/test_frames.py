"""Asking for frames again and again gets what a live stream gives: nothing missed, nothing twice, and no longer than somebody may."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.orchestrator.stream import append_frame


async def poll(api, path, **asked):
    answer = await api.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_run_is_read_to_its_end_page_by_page(api, fake_run):
    await fake_run.emit(7)
    await fake_run.end()
    path, after, got = f"/v1/runs/run_{fake_run.run_id.hex}/frames", 0, []

    while True:
        page = await poll(api, path, after=after, limit=4)
        got += page["data"]
        after = page["after"]
        if page["over"]:
            break

    assert [frame["id"] for frame in got] == list(range(1, 11)) and page["seq"] == 10
    assert [frame["event"] for frame in got] == ["run.queued", "run.started", *["message.delta"] * 7, "run.completed"]
    assert got[2]["data"]["run"] == f"run_{fake_run.run_id.hex}"
    assert await poll(api, path, after=10, wait=30) == {"data": [], "after": 10, "seq": 10, "over": True, "reset": False}


async def test_who_waits_gets_a_frame_as_soon_as_it_is_there(api, fake_run, until):
    path = f"/v1/runs/{fake_run.run_id.hex}/frames"
    waiting = asyncio.create_task(poll(api, path, after=2, wait=30))
    await until(lambda: fake_run.run_id.hex in fake_run.bell._waiting)

    await fake_run.emit(1)

    async with asyncio.timeout(10):
        found = await waiting
    assert [(frame["id"], frame["event"]) for frame in found["data"]] == [(3, "message.delta")]
    assert (found["after"], found["over"]) == (3, False)


async def test_an_agent_and_a_task_are_asked_for_the_same_way(api, database, bell, tenant_id, until):
    agent = (await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o"})).json()
    card = (await api.post("/v1/tasks", json={"title": "Refund"})).json()
    agent_id = await database.pool.fetchval("select agent_id from flowforge.agent")
    task_id = await database.pool.fetchval("select task_id from flowforge.task")
    waiting = [
        asyncio.create_task(poll(api, f"/v1/{name}/frames", after=after, wait=30))
        for name, after in (("agents/atlas", agent["seq"]), (f"tasks/{card['key']}", card["seq"]))
    ]
    await until(lambda: {agent_id.hex, task_id.hex} <= bell._waiting.keys())

    async with database.pool.acquire() as connection, connection.transaction():
        await append_frame(connection, tenant_id, name="log", data={"n": 1}, agent_id=agent_id, task_id=task_id)
    bell.ring(agent_id.hex, task_id.hex)

    async with asyncio.timeout(10):
        of_agent, of_task = await asyncio.gather(*waiting)
    assert [(frame["event"], frame["data"]["n"]) for frame in of_agent["data"]] == [("log", 1)]
    assert [(frame["id"], frame["event"]) for frame in of_task["data"]] == [(card["seq"] + 1, "log")]


async def test_a_wait_that_sees_nothing_ends_empty(api, fake_run):
    found = await poll(api, f"/v1/runs/{fake_run.run_id.hex}/frames", after=2, wait=1)

    assert found == {"data": [], "after": 2, "seq": 2, "over": False, "reset": False}


async def test_a_server_that_stops_lets_go_of_who_waits(app, api, fake_run, until):
    waiting = asyncio.create_task(poll(api, f"/v1/runs/{fake_run.run_id.hex}/frames", after=2, wait=60))
    await until(lambda: len(app.state.streams.scopes) == 1)

    app.state.streams.end_all()

    async with asyncio.timeout(10):
        assert (await waiting)["data"] == []
    assert (await api.get(f"/v1/runs/{fake_run.run_id.hex}/frames")).status_code == 503


async def test_a_key_that_is_revoked_while_it_waits_gets_nothing(app, api, client_of, fake_run, until):
    made = (await api.post("/v1/keys", json={"name": "reader", "scopes": ["runs:read"]})).json()
    async with client_of(app, headers={"authorization": f"Bearer {made['value']}"}) as reader:
        waiting = asyncio.create_task(reader.get(f"/v1/runs/{fake_run.run_id.hex}/frames", params={"after": 2, "wait": 60}))
        await until(lambda: len(app.state.streams.scopes) == 1)

        assert (await api.delete(f"/v1/keys/{made['id']}")).status_code < 300
        await fake_run.emit(1)

        async with asyncio.timeout(10):
            assert (await waiting).status_code == 401


@pytest.mark.parametrize(
    "asked", [{"wait": 61}, {"wait": -1}, {"wait": "x"}, {"limit": 0}, {"limit": 201}, {"after": -1}, {"after": "9" * 30}]
)
async def test_what_cannot_be_asked_is_refused_by_name(api, fake_run, asked):
    answer = await api.get(f"/v1/runs/{fake_run.run_id.hex}/frames", params=asked)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == next(iter(asked))


async def test_what_is_not_there_is_not_found(api):
    for path in ("/v1/runs/run_ffffffffffffffffffffffffffffffff/frames", "/v1/agents/nobody/frames", "/v1/tasks/FF-999/frames"):
        assert (await api.get(path)).status_code == 404
