"""How runs end, and what is left behind: nothing (ENGINE.md, rule 17)."""

from __future__ import annotations

import asyncio
import gc
import weakref

from flowforge import ids, step
from flowforge.db.queries import load_queries
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.worker import worker as worker_module

sql = load_queries("flowforge.orchestrator")


async def test_a_return_awaits_the_bodies_in_flight(engine):
    log = []

    async def slow():
        await asyncio.sleep(0.3)
        log.append("done")

    @engine.function(trigger="f")
    async def function(ctx):
        pending = asyncio.gather(step.run("slow", slow))
        await step.run("quick", lambda: 1)
        assert pending is not None
        return "early"

    run = await engine.do("f")
    assert (run.output, log) == ("early", ["done"])
    assert (await engine.steps(run.run_id))["slow"].state == "completed"


async def test_a_raise_cancels_and_awaits_the_bodies_in_flight(engine):
    log = []

    async def slow():
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            await asyncio.sleep(0.3)  # it cleans up
            log.append(await engine.fetchval("select count(*) from flowforge.owner"))
            raise

    @engine.function(trigger="f")
    async def function(ctx):
        pending = asyncio.gather(step.run("slow", slow))
        await step.run("quick", lambda: asyncio.sleep(0.05))
        raise ValueError(f"no {pending is None}")

    run = await engine.do("f")
    assert run.state == "failed" and log == [1], "the body was not over before the run was"


async def test_a_cancelled_run_stops_its_body_and_runs_its_finally_blocks(engine):
    log = []

    async def slow():
        log.append("begun")
        await asyncio.sleep(30)

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.run("slow", slow)
        finally:
            await step.run("undo", lambda: log.append("undone"))

    worker = await engine.worker()
    run_id = await engine.start("f")
    while not log:
        await asyncio.sleep(0.01)
    assert await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=worker.bell)
    run = await engine.end_of(run_id)
    assert (run.state, log) == ("cancelled", ["begun", "undone"])


async def test_a_cancelled_child_fails_its_parents_step(engine):
    @engine.function()
    async def child(ctx):
        await step.sleep("long", "1d")

    @engine.function(trigger="parent")
    async def parent(ctx):
        return await step.invoke("child", child)

    await engine.worker()
    run_id = await engine.start("parent")
    await engine.state(run_id, "waiting")
    child_id = await engine.fetchval("select run_id from flowforge.run where parent_run_id = $1", run_id)
    await engine.state(child_id, "sleeping")
    await cancel_run(engine.database, engine.tenant_id, child_id, by="mira")
    run = await engine.end_of(run_id)
    assert run.state == "failed" and "cancelled by mira" in run.error["message"]


async def test_a_run_that_kills_its_workers_is_paused_after_five_rescues(engine):
    @engine.function(id="poison", trigger="poison")
    async def function(ctx): ...

    run_id = await engine.start("poison")
    for _ in range(5):
        worker_id = ids.new_id()
        await sql.begin_generation.execute(engine.database.pool, worker_id=worker_id, name="doomed", functions=["poison"])
        claimed = await sql.claim_runs.fetch(
            engine.database.pool, worker_id=worker_id, function_ids=["poison"], limit=1, floor=0, virtual=None
        )
        assert len(claimed) == 1
        await sql.end_generation.execute(engine.database.pool, worker_id=worker_id)
        await sql.take_leases.fetch(engine.database.pool, limit=5)
    run = await engine.run(run_id)
    assert run.state == "paused" and "5 times" in run.reason and run.attempt == 6
    await engine.worker()
    await asyncio.sleep(0.3)
    assert (await engine.run(run_id)).state == "paused"


async def test_an_ended_run_leaves_no_owner_wait_or_dispatch_row(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        open_wait = asyncio.gather(step.wait_for_event("never", event="never"))
        await step.run("x", lambda: 1)
        await step.sleep("a moment", "10ms")
        return open_wait is None

    run = await engine.do("f")
    assert run.state == "completed"
    for table in ("owner", "wait", "dispatch"):
        assert await engine.fetchval(f"select count(*) from flowforge.{table}") == 0, table


async def test_a_function_that_no_worker_knows_stays_queued_and_says_so(engine):
    @engine.function(trigger="f")
    async def function(ctx): ...

    run = await engine.run(await engine.start("f"))
    assert run.state == "queued" and "no live worker knows" in run.reason


async def test_an_ended_run_is_freed_at_once(engine, monkeypatch):
    """Nothing of it is left to the garbage collector, which would look through all that is in flight to find it."""
    alive: weakref.WeakSet[Execution] = weakref.WeakSet()

    class Watched(Execution):
        def __init__(self, *args):
            super().__init__(*args)
            alive.add(self)

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(step.run("a", lambda: ctx.event.name), branch())
        await step.map("m", lambda n: n, range(5), concurrency=2)
        ctx.now()
        ctx.progress(0.5, "half")
        await step.sleep("nap", "0.01s")

    async def branch():
        await step.options(retries=1).run("b", lambda: 2)

    monkeypatch.setattr(worker_module, "Execution", Watched)
    worker = await engine.worker()
    gc.collect()
    gc.disable()
    try:
        assert (await engine.do("f")).state == "completed"
        async with asyncio.timeout(5):
            while worker.active:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not alive
    finally:
        gc.enable()


async def test_a_run_that_has_ended_takes_no_place_while_its_last_commit_is_under_way(engine, monkeypatch):
    begun, ahead = [], []

    @engine.function(trigger="f")
    async def function(ctx):
        assert len(worker._ending) == len(begun), "two were here at once"
        begun.append(ctx.run_id)

    worker = await engine.worker(concurrency=1)
    send = worker.committer._send

    async def held(flush):
        if any(change.end is not None for change in flush.changes):
            for _ in range(300):
                if len(begun) < 2:
                    await asyncio.sleep(0.01)
            ahead.append(len(begun) == 2)
        return await send(flush)

    monkeypatch.setattr(worker.committer, "_send", held)
    runs = [await engine.start("f"), await engine.start("f")]
    assert [(await engine.end_of(run_id)).state for run_id in runs] == ["completed", "completed"]
    assert ahead[0], "the second waited for the first one's commit"
    async with asyncio.timeout(5):
        while worker.active:
            await asyncio.sleep(0.01)
    assert not worker._ending
