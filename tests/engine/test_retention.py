"""Retention: what is old and finished goes, what anybody may still need stays, in batches that may be cut off anywhere."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.db.queries import load_queries
from flowforge.errors import InvalidInput
from flowforge.orchestrator import retention
from flowforge.orchestrator.retention import Retention, find_retention, set_retention, sweep

DAY = 86_400
sql = load_queries("flowforge.orchestrator")


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def swept(engine):
    async def everything():
        while await sweep(engine.database, every=timedelta(0)):
            pass

    return everything


async def left(engine, table):
    return await engine.fetchval(f"select count(*) from flowforge.{table}")


async def test_finished_runs_and_events_go_after_their_time_and_open_ones_stay(engine, swept):
    @engine.function(trigger="short")
    async def short(ctx):
        await step.run("big", lambda: "x" * 300_000)
        await step.sleep("nap", "10ms")

    @engine.function(trigger="long")
    async def long(ctx):
        return [ctx.event.data, (await step.wait_for_event("end", event="end")).data]

    await engine.do("short")
    kept = await engine.start("long", "its own copy")
    await engine.state(kept, "waiting")
    await engine.advance(29 * DAY)
    await swept()
    assert (await left(engine, "run"), await left(engine, "event"), await left(engine, "frame")) == (2, 2, 2)
    await engine.advance(2 * DAY)
    await swept()
    assert [await left(engine, table) for table in ("run", "owner", "step", "blob", "event")] == [1, 1, 1, 0, 0]
    await engine.send("end", 7)
    assert (await engine.end_of(kept)).output == ["its own copy", 7]


async def test_frames_go_before_their_run(engine, swept):
    @engine.function(trigger="go")
    async def function(ctx):
        await step.sleep("nap", "10ms")

    view = await engine.do("go")
    assert await left(engine, "frame") > 0
    await engine.advance(8 * DAY)
    await swept()
    assert await left(engine, "frame") == 0
    assert (await engine.run(view.run_id)).state == "completed" and len(await engine.steps(view.run_id)) == 1


async def test_a_finished_child_stays_while_its_parent_is_open(engine, swept):
    @engine.function(id="child")
    async def child(ctx):
        return 1

    @engine.function(trigger="go")
    async def parent(ctx):
        await step.invoke("child", child)
        await step.wait_for_event("end", event="end")

    await engine.worker()
    run_id = await engine.start("go")
    await engine.until(run_id, lambda view: view.state == "waiting")
    await engine.advance(40 * DAY)
    await swept()
    assert await left(engine, "run") == 2
    await engine.send("end")
    await engine.end_of(run_id)
    await swept()
    assert await left(engine, "run") == 1  # the parent has only just ended
    await engine.advance(40 * DAY)
    await swept()
    assert await left(engine, "run") == 0


async def test_events_that_a_wait_still_needs_stay(engine, swept):
    @engine.function(trigger="go")
    async def function(ctx):
        return (await step.wait_for_event("end", event="end")).data

    worker = await engine.worker()
    run_id = await engine.start("go")
    await engine.state(run_id, "waiting")
    await engine.stop(worker)
    await engine.send("end", "satisfied it")
    await engine.send("other", "nobody's")
    await engine.send("seen", "an open wait has yet to look")
    await engine.send("new", "nobody has matched it")
    await engine.database.pool.execute(
        "insert into flowforge.dispatch (tenant_id, kind, subject_id)"
        " select tenant_id, 'e', event_id from flowforge.event where name = 'new'"
    )
    await engine.database.pool.execute(
        "insert into flowforge.wait (tenant_id, run_id, key, event_name, since) values ($1, $2, 'later', 'seen', '2000-01-01')",
        engine.tenant_id,
        run_id,
    )
    await engine.advance(40 * DAY)
    await swept()
    names = [row["name"] for row in await engine.database.pool.fetch("select name from flowforge.event order by name")]
    assert names == ["end", "new", "seen"]
    await engine.worker()
    assert (await engine.end_of(run_id)).output == "satisfied it"


async def test_keys_requests_and_ended_workers_go(engine, swept):
    await engine.send("one", key="order-1")
    dead = await engine.generation()
    alive = await engine.generation()
    await engine.database.pool.execute(
        "update flowforge.worker set alive = false, ended_at = now() - interval '2 days' where worker_id = $1", dead
    )
    await engine.database.pool.execute(
        "insert into flowforge.idempotent_request (tenant_id, key, fingerprint, subject_id, claim_id) values ($1, 'k', '', $1, $1)",
        engine.tenant_id,
    )
    await engine.advance(8 * DAY)
    await swept()
    assert [await left(engine, table) for table in ("event_key", "idempotent_request")] == [0, 0]
    assert await engine.fetchval("select array_agg(worker_id) from flowforge.worker") == [alive]
    assert await left(engine, "heartbeat") == 1


async def test_each_tenant_has_its_own_settings_and_a_sweep_is_not_repeated_at_once(engine, operator, swept):
    @engine.function(trigger="go")
    async def function(ctx):
        return 1

    assert await find_retention(engine.database.pool, engine.tenant_id) == Retention()
    await set_retention(engine.database, operator, Retention(runs=timedelta(hours=2), events=timedelta(days=400)))
    worker = await engine.worker()
    await engine.do("go")
    await engine.stop(worker)  # it sweeps too
    await engine.advance(3 * 3600)
    assert await sweep(engine.database) is False
    assert (await left(engine, "run"), await left(engine, "event")) == (0, 1)
    assert (await find_retention(engine.database.pool, engine.tenant_id)).swept_at is not None
    await engine.do("go")
    await engine.advance(60)
    await engine.database.pool.execute(
        "update flowforge.run set ended_at = ended_at - interval '1 day', created_at = created_at - interval '1 day'"
    )
    await sweep(engine.database)
    assert await left(engine, "run") == 1  # it was swept a minute ago
    with pytest.raises(InvalidInput):
        Retention(runs=timedelta(0))


async def test_two_sweepers_share_the_work_and_take_nothing_twice(engine, swept, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 7)

    @engine.function(trigger="go", id="go")
    async def function(ctx):
        return 1

    await engine.send("go")
    await engine.database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at, ended_at)"
        " select $1, gen_random_uuid(), 'go', 'completed', 'go', '1', now(), now(), now() from generate_series(1, 100)",
        engine.tenant_id,
    )
    await engine.advance(40 * DAY)
    await asyncio.gather(*(swept() for _ in range(3)))
    assert await left(engine, "run") == 1 == await left(engine, "owner")


KILLED = """
import asyncio, sys
from datetime import timedelta
from flowforge.db.database import Database
from flowforge.orchestrator import retention

async def main():
    retention.BATCH = 10
    async with await Database.open(sys.argv[1]) as database:
        await retention.sweep(database, every=timedelta(0))

asyncio.run(main())
"""


async def test_a_sweep_that_is_killed_leaves_whole_batches_and_another_ends_it(engine, swept, clean_url):
    await engine.database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at, ended_at)"
        " select $1, gen_random_uuid(), 'go', 'completed', 'go', '1', now(), now(), now() from generate_series(1, 50)",
        engine.tenant_id,
    )
    await engine.advance(40 * DAY)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, clean_url], env={**os.environ, "FLOWFORGE_CRASH": "retention.batch:3"}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert await left(engine, "run") == 30
    async with asyncio.timeout(10):  # what the dead had not committed is locked until the server has noticed, and rolls it back
        while await left(engine, "run"):
            await swept()
