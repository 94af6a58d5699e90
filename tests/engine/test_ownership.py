"""Every open run has one owner row, and no wake-up is lost (ENGINE.md, rules 1, 2, 11)."""

from __future__ import annotations

import asyncio
import random

import pytest

from flowforge import step

ORPHANS = """
select (select count(*) from flowforge.run r where r.state = 'open'
          and not exists (select from flowforge.owner o where o.tenant_id = r.tenant_id and o.run_id = r.run_id))
     + (select count(*) from flowforge.owner o
         where not exists (select from flowforge.run r where r.tenant_id = o.tenant_id and r.run_id = o.run_id and r.state = 'open'))
"""


async def test_two_events_for_one_parked_run_wake_it_once_and_both_arrive(engine):
    @engine.function(trigger="two")
    async def function(ctx):
        a, b = await asyncio.gather(step.wait_for_event("a", event="a"), step.wait_for_event("b", event="b"))
        return [a.data, b.data]

    worker = await engine.worker()
    run_id = await engine.start("two")
    await engine.state(run_id, "waiting")
    await engine.stop(worker)  # nobody claims between the two
    await engine.send("a", 1)
    await engine.send("b", 2)
    assert await engine.fetchval("select count(*) from flowforge.owner where state = 'r'") == 1
    await engine.worker()
    assert (await engine.end_of(run_id)).output == [1, 2]


@pytest.mark.thorough
async def test_children_that_end_while_their_parents_suspend_wake_them(engine):
    @engine.function()
    async def child(ctx):
        await step.run("pause", asyncio.sleep, ctx.input["seconds"])
        return ctx.input["n"]

    @engine.function(trigger="parent")
    async def parent(ctx):
        return await step.invoke("child", child, ctx.event.data)

    await engine.worker(concurrency=100)
    await engine.worker(concurrency=100)
    rng = random.Random(1)
    runs = [await engine.start("parent", {"n": n, "seconds": rng.uniform(0.02, 0.09)}) for n in range(150)]
    outputs = [(await engine.end_of(run_id, 30)).output for run_id in runs]
    assert outputs == list(range(150))
    assert await engine.fetchval(ORPHANS) == 0


@pytest.mark.thorough
async def test_no_event_is_lost_between_its_arrival_and_the_wait(engine):
    """Adversarially close pairs: the event comes anywhere between the run's start and just after its suspension."""

    @engine.function(trigger="order")
    async def function(ctx):
        return (await step.wait_for_event("paid", event="paid", match="data.k")).data["k"]

    await engine.worker(concurrency=100)
    rng = random.Random(2)

    async def pair(k: int) -> None:
        run_id = await engine.start("order", {"k": k})
        await asyncio.sleep(rng.uniform(0, 0.02) if k % 2 else rng.uniform(0.04, 0.12))
        await engine.send("paid", {"k": k})
        assert (await engine.end_of(run_id, 20)).output == k

    for first in range(0, 200, 20):
        await asyncio.gather(*(pair(k) for k in range(first, first + 20)))
    assert await engine.fetchval("select count(*) from flowforge.wait") == 0


async def test_a_look_back_alone_finds_what_a_dispatcher_missed(engine):
    """The event was dispatched before the wait row existed: only the waiter's own look can find it."""
    gate = asyncio.Event()

    @engine.function(trigger="order")
    async def function(ctx):
        await step.run("gate", gate.wait)
        return (await step.wait_for_event("paid", event="paid", match="data.k")).data

    await engine.worker()
    run_id = await engine.start("order", {"k": "x"})
    for n in range(250):  # more than one page
        await engine.send("paid", {"k": f"other {n}"})
    await engine.send("paid", {"k": "x", "n": 1})
    assert await engine.fetchval("select count(*) from flowforge.dispatch") == 0
    gate.set()
    assert (await engine.end_of(run_id)).output == {"k": "x", "n": 1}


async def test_a_dispatcher_alone_finds_waits_that_looked_before(engine):
    @engine.function(trigger="order")
    async def function(ctx):
        return (await step.wait_for_event("paid", event="paid", match="data.k")).data

    worker = await engine.worker()
    run_id = await engine.start("order", {"k": "x"})
    await engine.state(run_id, "waiting")
    await engine.stop(worker)
    await engine.send("paid", {"k": "x"})
    assert await engine.fetchval("select count(*) from flowforge.wait where event_id is not null and looked") == 1


@pytest.mark.thorough
async def test_many_writers_of_the_same_rows_never_deadlock(engine):
    """Flushes, dispatches, wakes and cancellations lock in one order (rule 11)."""

    @engine.function(trigger="busy")
    async def function(ctx):
        await asyncio.gather(*(step.wait_for_event(f"w{i}", event="tick", timeout="1h") for i in range(3)))
        await step.send_event("next", "tick", {})
        return "ok"

    for _ in range(2):
        await engine.worker(concurrency=50)
    before = await engine.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    runs = [await engine.start("busy") for _ in range(60)]

    async def ticks() -> None:
        for _ in range(10):
            await engine.send("tick", {})
            await asyncio.sleep(0.02)

    await asyncio.gather(*(ticks() for _ in range(4)))
    for run_id in runs:
        assert (await engine.end_of(run_id, 30)).output == "ok"
    await asyncio.sleep(1.1)  # the statistics of other sessions arrive within a second
    assert await engine.fetchval("select deadlocks from pg_stat_database where datname = current_database()") == before
