"""Pausing and deleting single runs, in every state."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict
from flowforge.orchestrator.deletion import delete_run
from flowforge.orchestrator.run_pause import pause_run, resume_run
from flowforge.orchestrator.stream import read_page

sql = load_queries("flowforge.orchestrator")
LEFT = """
select (select count(*) from flowforge.run) + (select count(*) from flowforge.owner) + (select count(*) from flowforge.step)
     + (select count(*) from flowforge.wait) + (select count(*) from flowforge.frame) + (select count(*) from flowforge.blob)
"""


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


async def told(engine, run_id):
    return [frame.name for frame in await read_page(engine.database.pool, engine.tenant_id, "run", run_id, 0)]


async def test_a_queued_run_is_paused_at_once_and_goes_on_when_resumed(engine, operator):
    @engine.function(trigger="go")
    async def function(ctx):
        return 1

    run_id = await engine.start("go")
    await pause_run(engine.database, operator, run_id, reason="wait for the fix")
    view = await engine.run(run_id)
    assert (view.state, view.reason) == ("paused", "paused by mira: wait for the fix")
    assert await told(engine, run_id) == ["run.queued", "run.paused"]
    worker = await engine.worker()
    await engine.send("go")
    await engine.until(run_id, lambda _: not worker.active)
    assert (await engine.run(run_id)).state == "paused"
    await resume_run(engine.database, operator, run_id, bell=worker.bell)
    assert (await engine.end_of(run_id)).output == 1
    with pytest.raises(Conflict):
        await pause_run(engine.database, operator, run_id)


async def test_a_sleeping_run_sleeps_through_its_pause_and_what_came_meanwhile_is_not_lost(engine, operator):
    @engine.function(trigger="go")
    async def function(ctx):
        await step.sleep("nap", "1m")
        return (await step.wait_for_event("paid", event="paid")).data

    worker = await engine.worker()
    run_id = await engine.start("go")
    await engine.state(run_id, "sleeping")
    await pause_run(engine.database, operator, run_id)
    await engine.advance(61)
    await worker.sweeper.sweep()
    assert (await engine.run(run_id)).state == "paused"
    await resume_run(engine.database, operator, run_id, bell=worker.bell)
    await engine.state(run_id, "waiting")
    await pause_run(engine.database, operator, run_id)
    await engine.send("paid", 7)
    assert (await engine.run(run_id)).state == "paused"
    await resume_run(engine.database, operator, run_id, bell=worker.bell)
    assert (await engine.end_of(run_id)).output == 7


async def test_a_running_run_pauses_between_two_bodies_and_repeats_none(engine, operator):
    calls = Counter()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def body(name):
        calls[name] += 1
        begun.set()
        await gate.wait()
        return name

    @engine.function(trigger="go")
    async def function(ctx):
        return [await step.run(name, body, name) for name in "abc"]

    worker = await engine.worker()
    run_id = await engine.start("go")
    await begun.wait()
    await pause_run(engine.database, operator, run_id, bell=worker.bell)
    driver = worker.active[run_id][0]
    while not driver._pausing:
        await asyncio.sleep(0.01)
    gate.set()
    await engine.state(run_id, "paused")
    assert calls == {"a": 1} and set(await engine.steps(run_id)) == {"a"}
    assert await told(engine, run_id) == ["run.queued", "run.started", "step.started", "step.completed", "run.paused"]
    await resume_run(engine.database, operator, run_id, bell=worker.bell)
    assert (await engine.end_of(run_id)).output == ["a", "b", "c"]
    assert calls == {"a": 1, "b": 1, "c": 1}


async def test_a_run_of_steps_in_a_row_that_never_rests_is_paused_too(engine, operator):
    @engine.function(trigger="go")
    async def function(ctx):
        for _ in range(100_000):
            await step.run("tick", asyncio.sleep, 0)

    worker = await engine.worker()
    run_id = await engine.start("go")
    await engine.until(run_id, lambda view: view.seq > 100)
    await pause_run(engine.database, operator, run_id, bell=worker.bell)
    await engine.state(run_id, "paused")
    assert run_id not in worker.active or worker.active[run_id][0].execution.over


async def test_a_pause_that_is_withdrawn_before_the_worker_lets_go_pauses_nothing(engine, operator):
    begun, gate = asyncio.Event(), asyncio.Event()

    async def body():
        begun.set()
        await gate.wait()

    @engine.function(trigger="go")
    async def function(ctx):
        await step.run("body", body)
        return await step.run("after", asyncio.sleep, 0, "done")

    worker = await engine.worker()
    run_id = await engine.start("go")
    await begun.wait()
    await pause_run(engine.database, operator, run_id, bell=worker.bell)
    while not worker.active[run_id][0]._pausing:
        await asyncio.sleep(0.01)
    await resume_run(engine.database, operator, run_id)
    gate.set()
    assert (await engine.end_of(run_id)).output == "done"


@pytest.mark.parametrize("how", ["stops", "is rescued"])
async def test_a_flagged_run_is_paused_by_whoever_takes_it_from_its_worker(engine, operator, how):
    @engine.function(trigger="go", id="go")
    async def function(ctx):
        return 1

    run_id = await engine.start("go")
    dead = await engine.generation("go")
    await engine.database.pool.execute("update flowforge.owner set state = 'l', worker_id = $1, fence = 1", dead)
    await pause_run(engine.database, operator, run_id)
    assert (await engine.run(run_id)).state == "running"
    if how == "stops":
        await sql.release_leases.execute(engine.database.pool, worker_id=dead, **{"except": []})
    else:
        await engine.database.pool.execute("update flowforge.worker set alive = false")
        await sql.take_leases.execute(engine.database.pool, limit=5)
    view = await engine.run(run_id)
    assert (view.state, view.reason) == ("paused", "paused by mira")


async def test_a_paused_run_can_be_cancelled(engine, operator):
    from flowforge.orchestrator.run import cancel_run

    @engine.function(trigger="go")
    async def function(ctx):
        await step.sleep("nap", "1h")

    await engine.worker()
    run_id = await engine.start("go")
    await engine.state(run_id, "sleeping")
    await pause_run(engine.database, operator, run_id)
    await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=engine.workers[0].bell)
    assert (await engine.end_of(run_id)).state == "cancelled"


async def test_a_run_that_is_cancelled_while_it_is_being_paused_takes_the_steps_of_its_finally_blocks(engine, operator):
    from flowforge.orchestrator.run import cancel_run

    begun, gate, undone = asyncio.Event(), asyncio.Event(), []

    async def body():
        begun.set()
        await gate.wait()

    @engine.function(trigger="go")
    async def function(ctx):
        try:
            await step.run("body", body)
        finally:
            await step.run("undo", undone.append, 1)

    worker = await engine.worker()
    run_id = await engine.start("go")
    await begun.wait()
    await pause_run(engine.database, operator, run_id, bell=worker.bell)
    while not worker.active[run_id][0]._pausing:
        await asyncio.sleep(0.01)
    await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=worker.bell)
    assert (await engine.end_of(run_id)).state == "cancelled"
    assert undone == [1]


async def test_a_finished_run_is_deleted_with_all_that_is_its_own(engine, operator):
    @engine.function(trigger="go")
    async def function(ctx):
        await step.run("big", lambda: "x" * 300_000)
        await step.sleep("nap", "10ms")

    view = await engine.do("go")
    await delete_run(engine.database, operator, view.run_id)
    assert await engine.fetchval(LEFT) == 0
    assert await engine.fetchval("select target from flowforge.audit where action = 'run.delete'") == view.id


async def test_an_open_run_is_deleted_by_force_alone_and_its_worker_drops_it(engine, operator):
    begun, gate = asyncio.Event(), asyncio.Event()

    async def body():
        begun.set()
        await gate.wait()

    @engine.function(trigger="go")
    async def function(ctx):
        await step.run("body", body)

    worker = await engine.worker()
    run_id = await engine.start("go")
    await begun.wait()
    with pytest.raises(Conflict, match="has not ended"):
        await delete_run(engine.database, operator, run_id)
    await delete_run(engine.database, operator, run_id, force=True)
    gate.set()
    async with asyncio.timeout(10):
        while worker.active:
            await asyncio.sleep(0.01)
    assert await engine.fetchval(LEFT) == 0


async def test_a_parent_hears_that_its_child_was_deleted_and_children_outlive_their_parent(engine, operator):
    @engine.function(id="child")
    async def child(ctx):
        await step.sleep("nap", "1h")

    @engine.function(trigger="go")
    async def parent(ctx):
        await step.invoke("child", child)

    worker = await engine.worker()
    first, second = await engine.start("go"), await engine.start("go")
    for run_id in (first, second):
        await engine.state(run_id, "waiting")
    children = {
        row["parent_run_id"]: row["run_id"]
        for row in await engine.database.pool.fetch("select run_id, parent_run_id from flowforge.run where parent_run_id is not null")
    }
    await engine.state(children[first], "sleeping")
    await engine.state(children[second], "sleeping")
    await delete_run(engine.database, operator, children[first], force=True, bell=worker.bell)
    ended = await engine.end_of(first)
    assert ended.state == "failed" and "was deleted" in ended.error["message"]
    await delete_run(engine.database, operator, second, force=True, bell=worker.bell)
    assert await engine.fetchval("select count(*) from flowforge.run where parent_run_id is not null") == 0
    await engine.advance(3601)
    assert (await engine.end_of(children[second])).state == "completed"
