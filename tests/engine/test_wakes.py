"""No wake and no cancellation is lost, wherever it meets the run (ENGINE.md, rules 1, 2, 17)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from flowforge import step
from flowforge.db.queries import load_queries
from flowforge.orchestrator import waits as waits_module
from flowforge.orchestrator.change import Change, Park
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.driver import Driver
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.run import cancel_run, wake_run
from flowforge.orchestrator.waits import Outcome
from flowforge.orchestrator.worker import flags as flags_module
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.flags import Flags
from flowforge.orchestrator.worker.flush import Flush
from flowforge.orchestrator.worker.worker import Worker

sql = load_queries("flowforge.orchestrator")


class Acting:
    """A query around which something happens."""

    def __init__(self, query: Any, before: Any = None, after: Any = None) -> None:
        self.query, self.before, self.after = query, before, after

    async def execute(self, connection: Any, **values: Any) -> Any:
        if self.before is not None:
            await self.before()
        answer = await self.query.execute(connection, **values)
        if self.after is not None:
            await self.after()
        return answer


async def no_flags(self) -> None:
    await asyncio.Event().wait()


async def test_a_wake_that_comes_while_the_run_suspends_brings_it_back(engine, hold_back, monkeypatch):
    there, gate = hold_back(lambda change: change.park is not None)
    monkeypatch.setattr(Flags, "run", no_flags)

    @engine.function(trigger="f")
    async def function(ctx):
        return (await step.wait_for_event("e", event="e")).data

    await engine.worker()
    run_id = await engine.start("f")
    await asyncio.wait_for(there.wait(), 5)
    await engine.send("e", 7)
    gate.set()
    assert (await engine.end_of(run_id, 5)).output == 7


async def test_a_cancellation_that_comes_while_the_run_suspends_ends_it(engine, hold_back):
    there, gate = hold_back(lambda change: change.park is not None)

    @engine.function(trigger="f")
    async def function(ctx):
        await step.wait_for_event("never", event="never")

    await engine.worker()
    run_id = await engine.start("f")
    await asyncio.wait_for(there.wait(), 5)
    assert await cancel_run(engine.database, engine.tenant_id, run_id, by="mira")
    gate.set()
    assert (await engine.end_of(run_id, 5)).state == "cancelled"


@pytest.mark.parametrize("how", ["by an event", "by its child", "by whoever decides"])
async def test_a_leased_run_remembers_that_it_was_woken(engine, how):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    worker_id = await engine.generation("f")
    run_id = await engine.start("f")
    (run,) = await claim(engine.database.pool, worker_id, ["f"], 1, 0)
    if how == "by an event":
        row = "insert into flowforge.wait (tenant_id, run_id, key, event_name, since) values ($1, $2, 'w', 'e', now())"
        await engine.database.pool.execute(row, engine.tenant_id, run_id)
        await engine.send("e")
    elif how == "by its child":
        child = await engine.start("f")
        await engine.database.pool.execute("update flowforge.run set parent_run_id = $1 where run_id = $2", run_id, child)
        await cancel_run(engine.database, engine.tenant_id, child, by="mira")
    else:
        await wake_run(engine.database.pool, engine.tenant_id, run_id)
    assert await engine.fetchval("select state::text || wake from flowforge.owner where run_id = $1", run_id) == "ltrue"
    flush = Flush(worker_id, [Change(run.lease, print, park=Park("w"))])
    (answer,) = await engine.database.pool.fetch(flush.query.text, *flush.arguments)
    assert answer["wake"] and (await engine.run(run_id)).state == "queued"
    (again,) = await claim(engine.database.pool, worker_id, ["f"], 1, 0)
    assert again.lease.run_id == run_id
    assert await engine.fetchval("select wake from flowforge.owner where run_id = $1", run_id) is False


@pytest.mark.parametrize("how", ["by an event", "by its child", "by whoever decides"])
async def test_a_run_that_was_handed_back_can_be_woken(engine, how):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    worker_id = await engine.generation("f")
    run_id = await engine.start("f")
    (run,) = await claim(engine.database.pool, worker_id, ["f"], 1, 0)
    flush = Flush(worker_id, [Change(run.lease, print, park=Park(None))])
    await engine.database.pool.fetch(flush.query.text, *flush.arguments)
    if how == "by an event":
        row = "insert into flowforge.wait (tenant_id, run_id, key, event_name, since) values ($1, $2, 'w', 'e', now())"
        await engine.database.pool.execute(row, engine.tenant_id, run_id)
        await engine.send("e")
        assert await engine.fetchval("select event_id is not null from flowforge.wait")
    elif how == "by its child":
        child = await engine.start("f")
        await engine.database.pool.execute("update flowforge.run set parent_run_id = $1 where run_id = $2", run_id, child)
        await cancel_run(engine.database, engine.tenant_id, child, by="mira")
    else:
        await wake_run(engine.database.pool, engine.tenant_id, run_id)
    assert (await engine.run(run_id)).state == "queued"


async def test_a_claim_takes_off_an_old_wake(engine):
    @engine.function(id="f", trigger="f")
    async def f(ctx): ...

    worker_id = await engine.generation("f")
    await engine.start("f")
    await engine.database.pool.execute("update flowforge.owner set wake = true")  # it was woken under a lease that is gone
    await claim(engine.database.pool, worker_id, ["f"], 1, 0)
    assert await engine.fetchval("select wake from flowforge.owner") is False


async def test_a_paused_run_stays_paused_and_remembers_what_came(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return (await step.wait_for_event("e", event="e")).data

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    await engine.database.pool.execute("update flowforge.owner set parked_for = 'p'")
    await engine.send("e", 1)
    assert (await engine.run(run_id)).state == "paused"
    assert await engine.fetchval("select wake from flowforge.owner")


# ── while the run is leased ──────────────────────────────────────────────────────────────────────────────────────────────


async def two_waits_beside_a_body(engine, log: list[str], gate: asyncio.Event) -> Any:
    async def waiter(name: str) -> None:
        await step.wait_for_event(name, event=name)
        log.append(name)

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(waiter("e1"), waiter("e2"), step.run("long", gate.wait))

    worker = await engine.worker(poll_seconds=0.1)
    run_id = await engine.start("f")
    async with asyncio.timeout(5):
        while await engine.fetchval("select count(*) from flowforge.step") < 2:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # they have looked
    return worker, run_id


async def until(log: list[str], names: set[str]) -> None:
    async with asyncio.timeout(5):
        while set(log) != names:
            await asyncio.sleep(0.01)


async def test_a_wake_is_taken_off_before_the_look(engine, monkeypatch, instead):
    """What comes between the two is seen by the look; the other way round it would be gone."""
    log, gate, times = [], asyncio.Event(), []
    await two_waits_beside_a_body(engine, log, gate)

    async def another_comes() -> None:
        times.append(1)
        if len(times) == 1:
            await asyncio.sleep(0.05)
            await engine.send("e2")

    monkeypatch.setattr(flags_module, "sql", instead(clear_wakes=Acting(sql.clear_wakes, before=another_comes)))
    await engine.send("e1")
    await until(log, {"e1", "e2"})
    gate.set()


async def test_a_wake_whose_taking_off_was_not_answered_is_put_on_again(engine, monkeypatch, instead):
    log, gate, times = [], asyncio.Event(), []
    await two_waits_beside_a_body(engine, log, gate)

    async def lost() -> None:
        times.append(1)
        if len(times) == 1:
            raise ConnectionResetError("the answer is lost")

    monkeypatch.setattr(flags_module, "sql", instead(clear_wakes=Acting(sql.clear_wakes, after=lost)))
    await engine.send("e1")
    await until(log, {"e1"})
    gate.set()


def has_looked(worker: Worker, run_id: UUID) -> bool:
    """Did what the run waits for look for itself, after its commit?"""
    held = worker.active.get(run_id)
    waits = [] if held is None else held[0].execution.waiting.values()
    return bool(waits) and not any(wait.looking for wait in waits)


async def test_a_run_does_not_leave_between_the_taking_off_of_its_wake_and_the_look(engine, monkeypatch, instead):
    """If it did, and its worker were killed right then, nobody would ever wake it again."""
    gate, left, seen = asyncio.Event(), asyncio.Event(), []

    @engine.function(trigger="f")
    async def function(ctx):
        waiting = step.wait_for_event("e", event="e")
        await step.run("beside", gate.wait)
        return (await waiting).data

    async def time_to_leave() -> None:
        gate.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(left.wait(), 0.3)
        seen.append(left.is_set())

    suspend = Driver._suspend
    monkeypatch.setattr(flags_module, "sql", instead(clear_wakes=Acting(sql.clear_wakes, after=time_to_leave)))
    monkeypatch.setattr(Driver, "_suspend", lambda driver: left.set() or suspend(driver))
    worker = await engine.worker()
    run_id = await engine.start("f")
    async with asyncio.timeout(5):
        while not has_looked(worker, run_id):  # else that look finds the event, and nobody wakes the run
            await asyncio.sleep(0.01)
    await engine.send("e", 7)
    assert (await engine.end_of(run_id, 5)).output == 7
    assert seen == [False]


async def test_a_wake_for_a_run_that_is_just_leaving_goes_to_whoever_has_it_next(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return (await step.wait_for_event("e", event="e")).data

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    while worker.active:
        await asyncio.sleep(0.01)
    worker.flags._flagged(engine.tenant_id, run_id, False)  # its wake was taken off, and nobody here has it
    async with asyncio.timeout(5):
        while await engine.fetchval("select fence from flowforge.owner") < 2:
            await asyncio.sleep(0.01)


async def test_a_wake_during_a_look_means_another_look(engine, monkeypatch):
    looks = []

    async def look(database, waits):
        looks.append(1)
        if len(looks) == 1:
            execution = next(iter(engine.workers[0].active.values()))[0].execution
            execution.look_again()  # what it waits for was committed after this look had read
        return [Outcome(value="seen") if len(looks) > 1 else None for _ in waits]

    monkeypatch.setitem(waits_module._looks, "test", look)

    @engine.function(trigger="f")
    async def function(ctx):
        return await current_execution().wait("test", "w")

    assert (await engine.do("f", seconds=5)).output == "seen"


async def test_a_flush_answers_that_the_run_is_to_be_cancelled(engine, monkeypatch):
    monkeypatch.setattr(Flags, "run", no_flags)
    gate = asyncio.Event()

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("a", gate.wait)
        await step.run("b", asyncio.sleep, 0.05)
        await step.run("c", asyncio.sleep, 30)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "running")
    assert await cancel_run(engine.database, engine.tenant_id, run_id, by="mira")
    gate.set()
    assert (await engine.end_of(run_id, 5)).state == "cancelled"
    assert set(await engine.steps(run_id)) <= {"a", "b", "(cancel)"}


async def test_a_flush_answers_that_the_run_was_woken(engine, monkeypatch):
    monkeypatch.setattr(Flags, "run", no_flags)
    gate, came = asyncio.Event(), asyncio.Event()

    async def waiter():
        await step.wait_for_event("e", event="e")
        came.set()

    async def worker():
        await step.run("a", gate.wait)
        await step.run("b", came.wait)

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(waiter(), worker())

    await engine.worker()
    run_id = await engine.start("f")
    while not await engine.fetchval("select exists (select from flowforge.wait)"):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await engine.send("e")
    gate.set()
    assert (await engine.end_of(run_id, 5)).state == "completed"


@pytest.mark.thorough
async def test_polling_is_the_truth_and_hints_are_only_hints(engine, monkeypatch):
    monkeypatch.setattr(Bell, "ring", lambda self, *topics, elsewhere=True: None)
    seen = []

    @engine.function()
    async def child(ctx):
        return await step.run("c", lambda: 1)

    @engine.function(trigger="f")
    async def function(ctx):
        seen.append((await step.wait_for_event("e", event="e")).data)
        await step.sleep("nap", "300ms")
        return await step.invoke("child", child)

    await engine.worker(poll_seconds=0.1)
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    await engine.send("e", 1)
    assert (await engine.end_of(run_id)).output == 1


@pytest.mark.thorough
async def test_a_wake_of_a_run_that_cleans_up_is_left_to_it_and_not_asked_about_without_end(engine, monkeypatch):
    begun, again = asyncio.Event(), []

    async def slow():
        begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(1)

    async def raising():
        await begun.wait()
        await asyncio.sleep(0.2)
        raise ValueError("no")

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(step.run("slow", slow), step.wait_for_event("e", event="e"), raising())

    async def counted(*args):
        again.append(args)
        return await wake_run(*args)

    monkeypatch.setattr(flags_module, "wake_run", counted)
    await engine.worker()
    run_id = await engine.start("f")
    await begun.wait()
    await asyncio.sleep(0.4)
    await engine.send("e")
    assert (await engine.end_of(run_id)).state == "failed"
    assert len(again) < 3


@pytest.mark.parametrize("by", ["an event", "a child", "a decision"])
async def test_a_run_that_was_handed_back_to_the_queue_can_be_woken(engine, by):
    """Its row says neither what it is parked for nor who has it; the wake must not stumble over that."""

    @engine.function(id="child")
    async def child(ctx):
        return (await step.wait_for_event("born", event="born")).data

    @engine.function(trigger="go")
    async def parent(ctx):
        if by == "a child":
            return await step.invoke("child", child)
        return (await step.wait_for_event("born", event="born")).data

    worker = await engine.worker()
    run_id = await engine.start("go")
    await engine.state(run_id, "waiting")
    if by == "a child":
        await engine.until(run_id, lambda _: not worker.active)
    await engine.stop(worker)
    await engine.database.pool.execute("update flowforge.owner set state = 'r', parked_for = null, due = null where run_id = $1", run_id)
    if by == "a decision":
        assert await wake_run(engine.database.pool, engine.tenant_id, run_id)
    if by == "a child":
        child_id = await engine.fetchval("select run_id from flowforge.run where parent_run_id is not null")
        await wake_parents(engine.database, [(engine.tenant_id, child_id)])
    await engine.send("born", 7)
    await engine.worker()
    assert (await engine.end_of(run_id)).output == 7
