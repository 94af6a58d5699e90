"""What is shown of a run says which of its steps a worker is at, and what has changed since somebody looked."""

from __future__ import annotations

import asyncio

from flowforge import NonRetryable, current_step, step
from flowforge.orchestrator.running_step import steps_shown
from tests.engine.conftest import Engine


async def shown(engine: Engine, run_id, after=0):
    return {found.key: found for found in await steps_shown(engine.database.pool, engine.tenant_id, run_id, after=after)}


async def until_running(engine: Engine, run_id, key):
    async with asyncio.timeout(10):
        while (found := (await shown(engine, run_id)).get(key)) is None or found.state != "running":
            await asyncio.sleep(0.01)
    return found


async def test_a_step_that_takes_its_time_is_shown_while_it_runs(engine):
    let_go = asyncio.Event()

    @engine.function(trigger="ship")
    async def ship(ctx):
        await step.run("check", lambda: "fine")
        return await step.run("carry", let_go.wait)

    await engine.worker()
    run_id = await engine.start("ship")

    carried = await until_running(engine, run_id, "carry")
    assert (carried.attempt, carried.ended_at, carried.ms) == (1, None, None)
    assert [*await shown(engine, run_id)] == ["check", "carry"]

    let_go.set()
    await engine.end_of(run_id)
    assert (await shown(engine, run_id))["carry"].state == "completed"


async def test_a_later_attempt_is_shown_with_the_failures_before_it(engine):
    let_go = asyncio.Event()

    async def carry():
        if current_step().attempt == 1:
            raise OSError("the road is closed")
        await let_go.wait()

    @engine.function(trigger="ship", retries=1)
    async def ship(ctx):
        await step.run("carry", carry)

    await engine.worker()
    run_id = await engine.start("ship")

    carried = await until_running(engine, run_id, "carry")
    assert carried.attempt == 2 and [failed["attempt"] for failed in carried.attempts] == [1]
    let_go.set()
    await engine.end_of(run_id)


async def test_who_has_looked_asks_only_for_what_came_after(engine):
    @engine.function(trigger="ship", retries=0)
    async def ship(ctx):
        await step.run("check", lambda: "fine")
        await step.run("carry", refuse)

    def refuse():
        raise NonRetryable("too heavy")

    await engine.worker()
    run = await engine.end_of(await engine.start("ship"))

    seen = await shown(engine, run.run_id)
    assert seen["check"].seq < seen["carry"].seq < run.seq
    assert [*await shown(engine, run.run_id, after=seen["check"].seq)] == ["carry"]
    assert await shown(engine, run.run_id, after=seen["carry"].seq) == {}


async def test_a_step_that_began_a_run_and_that_run_name_each_other(engine):
    @engine.function()
    async def label(ctx):
        return "post:1"

    @engine.function(trigger="ship")
    async def ship(ctx):
        return await step.invoke("label", label, {})

    await engine.worker()
    run_id = await engine.start("ship")
    run = await engine.end_of(run_id)

    step_of_it = (await engine.steps(run_id))["label"]
    child = await engine.run(step_of_it.child_run_id)
    assert child.parent == run.id and child.event is None and run.parent is None
    assert run.event is not None and run.event.startswith("evt_")
