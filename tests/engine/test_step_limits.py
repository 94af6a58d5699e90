"""Limits on steps: across runs, functions and workers, with weights."""

import asyncio

import pytest

from flowforge import step
from flowforge.errors import RegistrationError
from flowforge.orchestrator.flow.control import Limit
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.worker import step_slots

MODELS = Limit(name="models", concurrency=3)


class Gauge:
    """Bodies that note how much of a limit is in use at once."""

    def __init__(self):
        self.now = self.most = self.ended = 0
        self.release = asyncio.Event()

    async def body(self, weight=1):
        self.now += weight
        self.most = max(self.most, self.now)
        await self.release.wait()
        self.now -= weight
        self.ended += 1


async def until(holds, seconds=10):
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def test_no_more_steps_than_the_limit_run_at_once_on_all_workers_together(engine):
    gauge = Gauge()

    @engine.function(trigger="e")
    async def function(ctx):
        await asyncio.gather(*(step.options(limit=MODELS).run("s", gauge.body) for _ in range(4)))

    await engine.worker(concurrency=2)
    await engine.worker(concurrency=2)
    runs = [await engine.start("e") for _ in range(3)]
    await until(lambda: gauge.now == 3)
    await asyncio.sleep(0.2)
    assert gauge.most == 3
    gauge.release.set()
    for run_id in runs:
        assert (await engine.end_of(run_id)).state == "completed"
    assert (gauge.most, gauge.ended) == (3, 12)
    assert await engine.fetchval("select count(*) from flowforge.slot") == 0


async def test_a_limit_of_a_kind_holds_for_every_such_step_of_a_function(engine):
    gauge = Gauge()

    @engine.function(trigger="e", step_limits={"run": Limit(name="kind", concurrency=2)})
    async def function(ctx):
        await step.map("each", lambda _: gauge.body(), range(6))

    await engine.worker()
    run_id = await engine.start("e")
    await until(lambda: gauge.now == 2)
    gauge.release.set()
    assert (await engine.end_of(run_id)).state == "completed"
    assert (gauge.most, gauge.ended) == (2, 6)


async def test_a_heavy_step_takes_more_of_the_limit_and_is_not_passed_by_light_ones(engine):
    gauge, begun = Gauge(), []

    @engine.function(trigger="e")
    async def function(ctx):
        async def one(weight):
            begun.append(weight)
            await gauge.body(weight)

        await asyncio.gather(*(step.options(limit=MODELS, weight=w).run(f"{w}", one, w) for w in (2, 3, 1)))

    await engine.worker()
    run_id = await engine.start("e")
    await until(lambda: begun == [2])
    await asyncio.sleep(0.2)
    assert begun == [2], "the light one waits behind the heavy one"
    gauge.release.set()
    assert (await engine.end_of(run_id)).state == "completed"
    assert begun == [2, 3, 1] and gauge.most == 3


async def test_a_step_that_is_heavier_than_its_limit_goes_alone(engine):
    @engine.function(trigger="e")
    async def function(ctx):
        return await step.options(limit=MODELS, weight=50).run("s", lambda: "done")

    assert (await engine.do("e")).output == "done"


async def test_every_key_has_a_limit_of_its_own(engine):
    gauge = Gauge()
    each = Limit(name="each", concurrency=1, key="event.data.k")

    @engine.function(trigger="e")
    async def function(ctx):
        await step.options(limit=each).run("s", gauge.body)

    await engine.worker()
    runs = [await engine.start("e", {"k": n % 2}) for n in range(4)]
    await until(lambda: gauge.now == 2)
    gauge.release.set()
    for run_id in runs:
        await engine.end_of(run_id)
    assert gauge.most == 2


async def test_the_slot_of_a_dead_workers_step_comes_back(engine):
    @engine.function(id="f", trigger="e")
    async def function(ctx):
        return await step.options(limit=Limit(name="one", concurrency=1)).run("s", lambda: "done")

    pool, dead = engine.database.pool, await engine.generation("f")
    assert (await engine.do("e")).output == "done"
    limit_id = await pool.fetchval("select limit_id from flowforge.flow_limit")
    await pool.execute(
        "insert into flowforge.slot (limit_id, tenant_id, run_id, fence, step_key) values ($1, $2, $3, 7, 's')",
        limit_id,
        engine.tenant_id,
        dead,
    )
    assert (await engine.do("e")).output == "done"


async def test_a_cancelled_run_leaves_its_place_in_the_line(engine):
    gauge = Gauge()
    one = Limit(name="one", concurrency=1)

    @engine.function(trigger="e")
    async def function(ctx):
        await step.options(limit=one).run("s", gauge.body)

    await engine.worker(grace_seconds=0.2)
    first, second, third = [await engine.start("e") for _ in range(3)]
    await until(lambda: gauge.now == 1)
    await cancel_run(engine.database, engine.tenant_id, second, by="mira", bell=engine.workers[0].bell)
    assert (await engine.end_of(second)).state == "cancelled"
    gauge.release.set()
    assert [(await engine.end_of(run_id)).state for run_id in (first, third)] == ["completed", "completed"]


def test_a_kind_that_cannot_be_limited_is_refused(engine):
    with pytest.raises(RegistrationError, match="the kinds are"):

        @engine.function(step_limits={"sleep": MODELS})
        async def function(ctx): ...


async def test_a_slot_that_an_earlier_lease_of_a_run_took_holds_nobody_up(engine):
    """Its worker died, and the run goes on under another fence: elsewhere, or with other steps."""
    gauge = Gauge()

    @engine.function(trigger="long")
    async def long(ctx):
        await step.run("s", gauge.body)

    @engine.function(trigger="short")
    async def short(ctx):
        await step.options(limit=Limit(name="single", concurrency=1)).run("s", lambda: 1)

    await engine.worker()
    assert (await engine.do("short")).state == "completed"
    run_id = await engine.start("long")
    await until(lambda: gauge.now == 1)
    await engine.database.pool.execute(
        "insert into flowforge.slot (limit_id, tenant_id, run_id, fence, step_key, weight)"
        " select l.limit_id, o.tenant_id, o.run_id, o.fence - 1, 'old', 1"
        "   from flowforge.flow_limit l, flowforge.owner o where l.rule = 'single' and o.state = 'l'"
    )
    assert await engine.fetchval("select count(*) from flowforge.slot") == 1
    assert (await engine.do("short", seconds=5)).state == "completed"
    assert await engine.fetchval("select count(*) from flowforge.slot") == 0
    gauge.release.set()
    assert (await engine.end_of(run_id)).state == "completed"


async def test_a_slot_that_is_given_back_is_handed_on_at_once(engine, monkeypatch):
    monkeypatch.setattr(step_slots, "POLL_SECONDS", 60.0)

    @engine.function(trigger="e")
    async def function(ctx):
        return await step.options(limit=Limit(name="single", concurrency=1)).map("each", asyncio.sleep, [0.01] * 5)

    assert (await engine.do("e", seconds=10)).state == "completed"
