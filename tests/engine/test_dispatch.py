"""Both sides commit first and look second; what a crash leaves in between is swept up (ENGINE.md, rules 1, 2, 4)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from flowforge import step
from flowforge.db.queries import load_queries
from flowforge.orchestrator import event as event_module
from flowforge.orchestrator.change import COMPLETED, Change, StepRow
from flowforge.orchestrator.dispatch import write_plain_dispatch
from flowforge.orchestrator.event import NewEvent, dispatch_leftovers, send_events, store_events
from flowforge.orchestrator.hints import READY, WAKE, Bell
from flowforge.orchestrator.worker import claimer as claimer_module
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.flush import Flush
from flowforge.orchestrator.worker.worker import Worker

sql = load_queries("flowforge.orchestrator")


async def test_events_are_matched_only_after_everybody_can_see_them(engine, monkeypatch):
    dispatch, visible = event_module.write_plain_dispatch, []

    async def watched(database, events, incoming):
        visible.append(await engine.fetchval("select count(*) from flowforge.event"))
        return await dispatch(database, events, incoming)

    monkeypatch.setattr(event_module, "write_plain_dispatch", watched)
    await engine.send("e")
    assert visible == [1]


async def test_a_wait_that_came_after_the_store_is_not_passed_by(engine):
    """The triggers are read with the store, the waits only after its commit: as if this one had come in between."""

    @engine.function(trigger="begin")
    async def function(ctx):
        return (await step.wait_for_event("go", event="go", timeout="1h")).data

    await engine.worker(linger_seconds=0.0)
    run_id = await engine.start("begin")
    async with asyncio.timeout(5):
        while await engine.fetchval("select count(*) from flowforge.owner where parked_for = 'w'") != 1:
            await asyncio.sleep(0.01)
    kept = await event_module._store(engine.database.engine, engine.tenant_id, [NewEvent("go", 7)], listening=True)
    assert kept.waits
    assert await write_plain_dispatch(engine.database, [(e.tenant_id, e.event_id, e.name) for e in kept.fresh], []) is None
    assert await event_module._dispatch_kept(engine.database, replace(kept, waits=False), None) == {kept.fresh[0].event_id: []}
    assert (await engine.end_of(run_id, 5)).output == 7


class Rung(Bell):
    """A bell that keeps what it was rung for."""

    def __init__(self):
        super().__init__()
        self.topics = []

    def ring(self, *topics, elsewhere=True):
        self.topics.append(set(topics))


async def test_workers_are_asked_to_look_for_wakes_only_when_somebody_was_woken(engine):
    @engine.function(trigger="begin")
    async def function(ctx):
        return (await step.wait_for_event("go", event="go", timeout="1h")).data

    await engine.worker(linger_seconds=60.0)  # it keeps its lease while it waits
    run_id = await engine.start("begin")
    async with asyncio.timeout(5):
        while await engine.fetchval("select count(*) from flowforge.wait where looked") != 1:  # else it could find the event itself
            await asyncio.sleep(0.01)
    bell = Rung()
    for name in ("begin", "go"):
        await send_events(engine.database, engine.tenant_id, [NewEvent(name, 7)], bell=bell)
    assert bell.topics == [{READY}, {READY, WAKE}]
    assert (await engine.end_of(run_id, 5)).output == 7


async def test_what_steps_have_in_common_is_stored_though_it_is_not_sent(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(*(step.run("s", lambda: 1) for _ in range(5)))

    await engine.do("f")
    rows = await engine.database.pool.fetch("select distinct kind, attempt, tagged, parent from flowforge.step")
    assert [tuple(row) for row in rows] == [("run", 1, False, None)]


async def test_an_event_whose_transaction_commits_late_is_dispatched_all_the_same(engine):
    @engine.function(trigger="late")
    async def function(ctx): ...

    await engine.send("early")
    async with engine.database.pool.acquire() as connection, connection.transaction():
        await store_events(connection, engine.tenant_id, [NewEvent("late", 1)])
        for _ in range(3):  # younger events are stored, matched and swept meanwhile
            await engine.send("early")
            await store_events(engine.database.pool, engine.tenant_id, [NewEvent("early", 1)])
        assert await dispatch_leftovers(engine.database, age_seconds=-1) == 3
    assert await dispatch_leftovers(engine.database, age_seconds=-1) == 1
    assert await engine.fetchval("select count(*) from flowforge.run") == 1
    assert await engine.fetchval("select count(*) from flowforge.dispatch") == 0


async def test_the_sweeper_matches_what_a_crash_left_unmatched(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return 1

    await engine.worker()
    await store_events(engine.database.pool, engine.tenant_id, [NewEvent("f", 1)])  # and nobody dispatches it
    await engine.database.pool.execute("update flowforge.dispatch set created_at = now() - interval '3 seconds'")
    async with asyncio.timeout(5):
        while await engine.fetchval("select count(*) from flowforge.run where state = 'completed'") != 1:
            await asyncio.sleep(0.02)
    assert await engine.fetchval("select count(*) from flowforge.dispatch") == 0


async def test_the_sweeper_wakes_the_parents_that_a_crash_left_asleep(engine, monkeypatch):
    monkeypatch.setattr(Worker, "child_ended", lambda self, execution: None)  # it died right after its commit
    gate = asyncio.Event()

    @engine.function()
    async def child(ctx):
        await step.run("c", gate.wait)
        return 5

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.invoke("child", child)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    gate.set()
    async with asyncio.timeout(5):
        while not await engine.fetchval("select count(*) from flowforge.dispatch where kind = 'r'"):
            await asyncio.sleep(0.01)
    await engine.database.pool.execute("update flowforge.dispatch set created_at = now() - interval '3 seconds'")
    assert (await engine.end_of(run_id, 5)).output == 5


async def test_a_claim_reads_the_steps_after_its_commit(engine, monkeypatch):
    """Between a worker's decision to claim and its claim another one leases the run, checkpoints a step and hands it back."""
    calls, claims = [], []

    @engine.function(id="f", trigger="f")
    async def function(ctx):
        return await step.run("s", lambda: calls.append(1))

    async def meanwhile(*args):
        if not claims and await engine.fetchval("select exists (select from flowforge.owner where state = 'r')"):
            claims.append(1)
            other = await engine.generation("f")
            (run,) = await claim(engine.database.pool, other, ["f"], 1, 0)
            flush = Flush(other, [Change(run.lease, print, StepRow("s", "s", "run", COMPLETED, 4, output='"stored"'))])
            await engine.database.pool.fetch(flush.query.text, *flush.arguments)
            await sql.release_leases.execute(engine.database.pool, worker_id=other, **{"except": []})
            await sql.end_generation.execute(engine.database.pool, worker_id=other)
        return await claim(*args)

    monkeypatch.setattr(claimer_module, "claim", meanwhile)
    run_id = await engine.start("f")
    await engine.worker()
    run = await engine.end_of(run_id)
    assert (run.output, calls, claims) == ("stored", [], [1])
