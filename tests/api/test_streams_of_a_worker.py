"""Streams of runs that a real worker executes: what a client holds is what is stored, however often it was cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.worker import Worker

step = EngineSteps()
TURNS, DELTAS = 6, 30


@pytest.fixture
async def worker(database, bell) -> AsyncIterator[Worker]:
    registry = Registry()

    @registry.function(trigger="story/asked", id="story.tell")
    async def tell(ctx):
        async def speak(turn: int) -> str:
            for n in range(DELTAS):
                current_step().emit("message.delta", {"text": f"{turn}.{n} "})
                await asyncio.sleep(0.001)
            return f"turn {turn}"

        async def aside(turn: int) -> list[str]:
            return [await step.run("aside", speak, 100 + 10 * turn + n) for n in range(2)]

        for turn in range(TURNS):
            await asyncio.gather(step.run("speak", speak, turn), aside(turn))
        return "the end"

    @registry.function(trigger="story/failed", id="story.fail")
    async def fail(ctx):
        raise ValueError("no story")

    worker = Worker(database, registry, bell=bell)
    await worker.start()
    yield worker
    await worker.stop()


async def follow(server, run: str, reader, *, after: int | None = None) -> None:
    query = "" if after is None else f"?after={after}"
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=20) as client,
        client.stream("GET", f"/v1/runs/{run}/stream{query}") as answer,
    ):
        async for chunk in answer.aiter_raw():
            reader.feed(chunk)


async def start(api, name: str) -> str:
    return (await api.post("/events", json={"name": name, "data": {}})).json()["data"][0]["runs"][0]


@pytest.mark.thorough
async def test_a_client_that_is_cut_20_times_holds_each_frame_of_the_run_once_and_in_order(api, server, worker, reader):
    run = await start(api, "story/asked")
    async with asyncio.timeout(30):
        await reader.follow_though_cut(server.url, f"/v1/runs/{run}/stream", cuts=20, frames=10)
    whole = type(reader)()
    await follow(server, run, whole)

    assert len(reader.cuts) == 20 and reader.cuts[-1] < len(whole.frames)
    assert reader.frames == whole.frames
    numbers = [int(frame.id) for frame in reader.frames]
    assert numbers == sorted(set(numbers))
    spoken = [frame.data["text"] for frame in reader.frames if frame.name == "message.delta"]
    assert len(spoken) == len(set(spoken)) == TURNS * 3 * DELTAS
    assert sum(frame.name == "step.completed" for frame in reader.frames) == TURNS * 3


async def test_a_snapshot_and_the_stream_after_its_seq_are_the_whole(api, server, worker, reader):
    run = await start(api, "story/asked")
    async with asyncio.timeout(20):
        while (seen := (await api.get(f"/v1/runs/{run}")).json())["seq"] < 40:
            await asyncio.sleep(0.005)

    await follow(server, run, reader, after=seen["seq"])
    whole = type(reader)()
    await follow(server, run, whole)

    assert reader.frames == [frame for frame in whole.frames if int(frame.id) > seen["seq"]]
    assert (await api.get(f"/v1/runs/{run}")).json()["seq"] == int(whole.last_id or 0)


async def test_a_completed_run_shows_its_output_and_its_steps(api, server, worker, reader):
    run = await start(api, "story/asked")
    await follow(server, run, reader)

    shown = (await api.get(f"/v1/runs/{run}")).json()
    steps = (await api.get(f"/v1/runs/{run}/steps")).json()["data"]

    assert (shown["state"], shown["output"], shown["error"]) == ("completed", "the end", None)
    assert shown["started_at"].endswith("Z") and shown["ended_at"].endswith("Z")
    assert len(steps) == TURNS * 3 and {step["state"] for step in steps} == {"completed"}
    assert {
        "key", "name", "kind", "state", "attempt", "attempts", "parent", "input", "output", "error", "ms", "cost", "model",
        "input_tokens", "output_tokens", "started_at", "ended_at", "due", "reused", "seq", "child",
    } == steps[0].keys()  # fmt: skip


async def test_a_failed_run_shows_its_error(api, server, worker, reader):
    run = await start(api, "story/failed")
    await follow(server, run, reader)

    shown = (await api.get(f"/v1/runs/{run}")).json()
    assert (shown["state"], shown["error"]["type"], shown["error"]["message"]) == ("failed", "ValueError", "no story")
    assert reader.events[-1].name == "run.failed"
    assert (await api.get("/v1/functions")).json()["data"][0]["live"] is True
