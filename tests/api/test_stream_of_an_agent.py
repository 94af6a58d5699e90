"""The three streams on which an agent's work is seen, read by clients that are cut off again and again while the model speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from flowforge.agents.work import register_builtin
from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.skills.publish import publish as publish_tools
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

CUTS = 20
THOUGHTS = " ".join(f"thought-{n}" for n in range(30))
STORY = " ".join(f"word-{n}" for n in range(60))


def storyteller(asked: Asked) -> Reply:
    """Thinks, looks something up, and tells what it thinks of it, at length."""
    if asked.result_of("look_up") is None:
        return Reply(reasoning=THOUGHTS, text=STORY, tool_calls=(ToolCall("look_up", {"what": "the end"}),))
    return Reply(reasoning=THOUGHTS, text=STORY)


@pytest.fixture
def tools() -> ToolRegistry:
    tools = ToolRegistry()

    @tools.tool(effect="read")
    def look_up(what: str) -> str:
        """Look something up."""
        return f"{what} is near"

    return tools


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A model that speaks slowly: each word is a frame of its own or nearly so."""
    client = HttpModelClient()
    before = set_client(client)
    with ScriptedProvider(storyteller, chunk_delay_seconds=0.02) as provider:
        for name, value in provider.environment().items():
            monkeypatch.setenv(name, value)
        yield
    await client.close()
    set_client(before)


@pytest.fixture
async def worker(database, bell, tools, model) -> AsyncIterator[Worker]:
    registry = Registry()
    register_builtin(registry, tools)
    await publish_tools(database.pool, "tests", tools)
    worker = Worker(database, registry, bell=bell)
    await worker.start()
    yield worker
    await worker.stop()


@pytest.mark.thorough
async def test_clients_that_are_cut_20_times_hold_each_frame_of_an_agents_work_once_and_in_order(api, server, worker, reader):
    definition = {"name": "atlas", "model": "gpt-4o", "tools": ["look_up"]}
    assert (await api.post("/v1/agents", json=definition)).status_code == 201
    card = (await api.post("/v1/tasks", json={"title": "Tell a story", "assignee": {"agent": "atlas"}})).json()
    run = (await api.get("/v1/runs")).json()["data"][0]["id"]
    paths = [f"/v1/runs/{run}/stream", "/v1/agents/atlas/stream", f"/v1/tasks/{card['key']}/stream"]
    cut_ones = {path: type(reader)() for path in paths}
    following = [asyncio.create_task(one.follow_though_cut(server.url, path, cuts=CUTS, frames=2)) for path, one in cut_ones.items()]

    async with asyncio.timeout(60):
        await following[0]
        newest = await newest_frames(api, card["key"])
        for path, one in cut_ones.items():
            whole = type(reader)()
            await whole.follow(server.url, path, frames=newest.get(path))
            await until_it_holds(one, whole)
            assert one.frames == whole.frames, path
            numbers = [int(frame.id) for frame in one.frames]
            assert numbers == sorted(set(numbers))
            assert said_by(one) == [THOUGHTS, STORY] * 2
            assert len(one.cuts) == CUTS
            assert any(frame.name == "message.delta" for frame in one.frames[one.cuts[-1] :]), "it was cut after the model had spoken"
    for task in following[1:]:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def said_by(reader) -> list[str]:
    """What the model thought and said, put together from the deltas."""
    said: list[tuple[str, str]] = []
    for frame in reader.frames:
        if frame.name in ("message.delta", "reasoning.delta"):
            if not said or said[-1][0] != frame.name:
                said.append((frame.name, ""))
            said[-1] = (frame.name, said[-1][1] + frame.data["text"])
    return [text for _, text in said]


async def newest_frames(api, key: str) -> dict[str, int]:
    """The streams that never end, each with the number of its newest frame."""
    agent, task = (await api.get("/v1/agents/atlas")).json(), (await api.get(f"/v1/tasks/{key}")).json()
    return {"/v1/agents/atlas/stream": agent["seq"], f"/v1/tasks/{key}/stream": task["seq"]}


async def until_it_holds(reader, whole) -> None:
    while reader.last_id != whole.last_id:
        await asyncio.sleep(0.01)
