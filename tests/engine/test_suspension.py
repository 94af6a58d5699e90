"""Waiting is not raising (ENGINE.md, rule 7)."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import step


async def test_suspension_cannot_be_swallowed_and_decides_nothing(engine):
    log = []

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.sleep("nap", "1h")
        except Exception:
            log.append("swallowed")
        finally:
            log.append("finally")
            await step.run("compensate", lambda: log.append("compensated"))
        return "done"

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await asyncio.sleep(0.3)
    assert log in (["finally"], [])
    assert set(await engine.steps(run_id)) == {"nap"}
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == "done"
    assert log.count("compensated") == 1 and "swallowed" not in log


async def test_a_sibling_in_mid_effect_is_finished_before_the_run_leaves(engine):
    log = []

    async def effect():
        log.append("begun")
        await asyncio.sleep(0.4)
        log.append("done")
        return "effect"

    @engine.function(trigger="f")
    async def function(ctx):
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(wait())
            working = group.create_task(work(effect))
        return [waiting.result(), working.result()]

    async def wait():
        return (await step.wait_for_event("e", event="e")).data

    async def work(body):
        return await step.run("effect", body)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    assert log == ["begun", "done"]
    await engine.send("e", 5)
    assert (await engine.end_of(run_id)).output == [5, "effect"]
    assert log == ["begun", "done"]


async def test_an_event_reaches_a_branch_while_another_one_is_still_working(engine):
    gate = asyncio.Event()
    log = []

    async def long():
        await gate.wait()
        log.append("long")

    async def waiter():
        await step.wait_for_event("e", event="e")
        log.append("event")
        gate.set()

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(waiter(), step.run("long", long))

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "running")
    await asyncio.sleep(0.3)
    await engine.send("e")
    assert (await engine.end_of(run_id)).state == "completed"
    assert log == ["event", "long"]


@pytest.mark.thorough
async def test_code_between_steps_that_takes_its_time_keeps_the_run_on_its_worker(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.sleep(1.5)  # nothing durable is waited for: it must not be suspended
        return await step.run("x", lambda: "kept")

    run = await engine.do("f")
    assert (run.output, run.attempt) == ("kept", 1)
    assert await engine.fetchval("select count(*) from flowforge.frame where name = 'run.suspended'") == 0


@pytest.mark.thorough
async def test_a_thousand_suspended_runs_leave_nothing_in_the_worker(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep("nap", "1d")

    worker = await engine.worker(concurrency=300)
    for _ in range(10):
        await asyncio.gather(*(engine.send("f") for _ in range(100)))
    async with asyncio.timeout(30):
        while await engine.fetchval("select count(*) from flowforge.owner where state = 'p'") < 1000:
            await asyncio.sleep(0.05)
    while worker.active:
        await asyncio.sleep(0.01)
    assert len([task for task in asyncio.all_tasks() if "flowforge" in repr(task.get_coro())]) < 30


async def test_a_run_that_is_woken_while_it_leaves_its_worker_is_claimed_at_once(engine):
    executions = []

    @engine.function(trigger="f")
    async def function(ctx):
        executions.append(ctx.run_id)
        await step.sleep("nap", "1h")

    worker = await engine.worker(poll_seconds=60)
    write = worker.committer._write

    async def wake_just_before(batch):
        if len(executions) == 1 and any(change.park is not None for change in batch):
            await engine.database.pool.execute("update flowforge.owner set wake = true")
        await write(batch)

    worker.committer._write = wake_just_before
    run_id = await engine.start("f")
    async with asyncio.timeout(30):
        while len(executions) < 2:
            await asyncio.sleep(0.01)
    await engine.state(run_id, "sleeping")
