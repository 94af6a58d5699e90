"""What a context gives: time, chance and ids that a replay repeats, and how far the run is."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from flowforge import current_step, ids, step


async def twice(engine, function):
    """Run it up to a sleep, and again from the start; what it noted in both executions."""
    notes = []

    @engine.function(trigger="f")
    async def run(ctx):
        notes.append(await function(ctx))
        await step.sleep("nap", "1h")

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).state == "completed"
    assert len(notes) == 2
    return notes


async def test_time_chance_and_ids_are_the_same_in_a_replay(engine):
    async def branch(ctx):
        return [ctx.now(), ctx.uuid(), ctx.random()]

    async def function(ctx):
        here = [ctx.now(), ctx.now(), ctx.uuid(), ctx.uuid(), ctx.random(), ctx.random()]
        return here + [one for found in await asyncio.gather(branch(ctx), branch(ctx)) for one in found]

    first, second = await twice(engine, function)
    assert first == second
    assert len({value for value in first if not isinstance(value, datetime)}) == 8
    assert all(0 <= value < 1 for value in first if isinstance(value, float))


async def test_the_recorded_time_is_the_databases(engine):
    await engine.advance(86400 * 400)

    async def function(ctx):
        return ctx.now()

    (first, _) = await twice(engine, function)
    ahead = first - await engine.fetchval("select now()")
    assert first.tzinfo == UTC and timedelta(days=399) < ahead < timedelta(days=401)


async def test_the_time_costs_no_commit_of_its_own(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        for _ in range(50):
            ctx.now()
        return await step.run("x", lambda: 1)

    worker = await engine.worker()
    before = worker.committer.flushes
    assert (await engine.do("f")).output == 1
    assert worker.committer.flushes - before <= 4


async def test_a_body_gets_the_same_ids_at_every_attempt_also_in_a_thread(engine):
    seen = []

    @engine.function(trigger="f")
    async def function(ctx):
        def body():
            seen.append((ctx.uuid(), ctx.uuid(), ctx.random()))
            assert ctx.now() - datetime.now(UTC) < timedelta(minutes=1)
            if current_step().attempt < 2:
                raise RuntimeError("again")

        await step.run("x", body)
        await step.run("y", body)

    assert (await engine.do("f")).state == "completed"
    assert seen[0] == seen[1] and seen[2] == seen[3] and seen[0] != seen[2] and seen[0][0] != seen[0][1]


async def test_a_user_step_of_the_same_name_is_another_step(engine):
    async def function(ctx):
        return [await step.run("ctx.now", lambda: "mine"), ctx.now()]

    first, second = await twice(engine, function)
    assert first == second


async def test_progress_is_on_the_stream_and_on_the_run_and_many_words_are_few_frames(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        for n in range(1000):
            ctx.progress(n / 1000, f"{n} of 1000")
        await step.run("in a thread", lambda: ctx.progress(0.9995, "nearly"))
        ctx.progress(1, "done")

    run = await engine.do("f")
    assert run.progress == {"done": 1.0, "message": "done"}
    frames = await engine.database.pool.fetch("select data from flowforge.frame where name = 'run.progress' order by seq")
    assert 1 <= len(frames) <= 5
    assert json.loads(frames[-1]["data"]) == {"run": ids.show("run", run.run_id), "done": 1.0, "message": "done"}


async def test_a_run_that_waits_shows_its_progress(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        ctx.progress(0.4, "waiting for the bank")
        await step.sleep("nap", "1h")

    await engine.worker()
    run_id = await engine.start("f")
    run = await engine.state(run_id, "sleeping")
    assert run.progress == {"done": 0.4, "message": "waiting for the bank"}


@pytest.mark.parametrize("done", [-0.1, 1.01, float("nan"), "half", True])
async def test_progress_goes_from_0_to_1(engine, done):
    @engine.function(trigger="f")
    async def function(ctx):
        ctx.progress(done)

    run = await engine.do("f")
    assert run.state == "failed" and "progress goes from 0 to 1" in run.error["message"]
