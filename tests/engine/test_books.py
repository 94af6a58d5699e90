"""The books are proved on a live database: every planted corruption is found, and repaired where that can be done."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import ids, step
from flowforge.orchestrator.books import RULES, examine, repair


@pytest.fixture
async def open_runs(engine):
    """A run that waits, one that sleeps, a parent and its child that waits, all without a worker now; their ids by trigger."""

    @engine.function(trigger="waits")
    async def waits(ctx):
        return (await step.wait_for_event("end", event="end")).data

    @engine.function(trigger="sleeps")
    async def sleeps(ctx):
        await step.sleep("nap", "1h")
        return "woke"

    @engine.function(id="child")
    async def child(ctx):
        return (await step.wait_for_event("born", event="born")).data

    @engine.function(trigger="parent")
    async def parent(ctx):
        return await step.invoke("child", child)

    worker = await engine.worker()
    runs = {name: await engine.start(name) for name in ("waits", "sleeps", "parent")}
    await engine.state(runs["sleeps"], "sleeping")
    for name in ("waits", "parent"):
        await engine.state(runs[name], "waiting")
    runs["child"] = await engine.fetchval("select run_id from flowforge.run where parent_run_id is not null")
    await engine.state(runs["child"], "waiting")
    await engine.stop(worker)
    return runs


PLANTED = {
    "ownerless": "delete from flowforge.owner where run_id = $1",
    "runless": "insert into flowforge.owner (tenant_id, run_id, function_id, state, vt) select tenant_id, gen_random_uuid(), 'x', 'r', 1"
    " from flowforge.run where run_id = $1",
    "crooked": "update flowforge.owner set state = 'l', parked_for = null, due = null where run_id = $1",
    "ungated": "update flowforge.owner set state = 'g', gate = gen_random_uuid(), parked_for = null, due = null where run_id = $1",
    "dead-leases": "update flowforge.owner set state = 'l', parked_for = null, worker_id = gen_random_uuid() where run_id = $1",
    "runless-waits": "insert into flowforge.wait (tenant_id, run_id, key, event_name, since) select tenant_id, gen_random_uuid(), 'k', 'e',"
    " now() from flowforge.run where run_id = $1",
    "subjectless": "insert into flowforge.dispatch (tenant_id, kind, subject_id) select tenant_id, 'e', gen_random_uuid()"
    " from flowforge.run where run_id = $1",
    "stuck": "insert into flowforge.dispatch (tenant_id, kind, subject_id, created_at) select tenant_id, 'e', event_id,"
    " now() - interval '1 hour' from flowforge.run where run_id = $1",
    "missed-wakes": "update flowforge.wait set event_id = (select event_id from flowforge.event where name = 'end') where run_id = $1",
}


def test_every_rule_has_its_corruption():
    assert PLANTED.keys() == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", PLANTED)
async def test_a_planted_corruption_is_found_repaired_and_written_down(engine, open_runs, name):
    assert await examine(engine.database) == []
    await engine.database.pool.execute(
        "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'end', '7', now())",
        engine.tenant_id,
        ids.new_id(),
    )
    await engine.database.pool.execute(PLANTED[name], open_runs["waits"])
    found = await examine(engine.database)
    assert [(broken.rule.name, len(broken.rows)) for broken in found] == [(name, 1)]
    assert await repair(engine.database, found) == 1
    assert await examine(engine.database) == []
    if name not in ("stuck",):
        target = await engine.fetchval("select target from flowforge.audit where action = 'books.repair' and principal = 'doctor'")
        assert target == name


@pytest.mark.parametrize("name", ["ownerless", "crooked", "ungated", "dead-leases", "missed-wakes"])
async def test_a_repaired_run_goes_on_to_its_end(engine, open_runs, name):
    await engine.database.pool.execute(
        "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'end', '7', now())",
        engine.tenant_id,
        ids.new_id(),
    )
    await engine.database.pool.execute(PLANTED[name], open_runs["waits"])
    await repair(engine.database, await examine(engine.database))
    await engine.worker()
    await engine.send("end", 7)
    assert (await engine.end_of(open_runs["waits"])).output == 7


async def test_a_child_that_ended_unheard_is_told(engine, open_runs):
    await engine.database.pool.execute("delete from flowforge.owner where run_id = $1", open_runs["child"])
    await engine.database.pool.execute("delete from flowforge.wait where run_id = $1", open_runs["child"])
    await engine.database.pool.execute(
        "update flowforge.run set state = 'completed', output = '5', ended_at = now(), end_seq = 9 where run_id = $1", open_runs["child"]
    )
    found = await examine(engine.database)
    assert [(broken.rule.name, broken.rows) for broken in found] == [("missed-wakes", ((engine.tenant_id, open_runs["parent"]),))]
    await repair(engine.database, found)
    await engine.worker()
    assert (await engine.end_of(open_runs["parent"])).output == 5


@pytest.mark.thorough
async def test_the_books_of_a_busy_database_are_in_order_at_every_moment(engine):
    @engine.function(id="child")
    async def child(ctx):
        await step.sleep("nap", "20ms")
        return (await step.wait_for_event("go", event="go", timeout="400ms")).data

    @engine.function(trigger="busy")
    async def busy(ctx):
        try:
            await step.invoke("child", child)
        except Exception:
            return "late"

    await engine.worker(linger_seconds=0.01)
    await engine.worker(linger_seconds=0.01)
    runs = [await engine.start("busy") for _ in range(40)]
    ends = asyncio.gather(*(engine.end_of(run_id) for run_id in runs))
    looks = 0
    while not ends.done():
        assert await examine(engine.database) == []
        looks += 1
        await asyncio.sleep(0)
    await ends
    assert looks > 2
