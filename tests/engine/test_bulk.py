"""Failures as a list, and acts on many runs: what was previewed is what is done, once, whoever dies in between."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator import bulk
from flowforge.orchestrator.bulk import BulkOptions, act_on, carry_on, find_bulk, preview
from flowforge.orchestrator.dismissal import dismiss_failure
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import list_runs, start_run
from flowforge.orchestrator.selection import RunFilter

FAILED = RunFilter(state="failed")


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def act(engine, operator):
    """Preview, confirm, carry out to the end."""

    async def done(action, chosen, **options):
        wanted = BulkOptions(**options)
        seen = await preview(engine.database.pool, engine.tenant_id, action, chosen, wanted)
        made = await act_on(engine.database, operator, action, chosen, wanted, count=seen.count, as_of=seen.as_of)
        while await carry_on(engine.database, tenant_id=engine.tenant_id, bulk_id=made.bulk_id):
            pass
        return await find_bulk(engine.database.pool, engine.tenant_id, made.bulk_id)

    return done


@pytest.fixture
async def failures(engine):
    """Three runs that failed, each in its own way, and one that did not."""
    errors = {"a": ValueError("card 17 declined"), "b": KeyError("sku"), "c": ValueError("Zoë was out")}

    @engine.function(trigger="order", id="order", retries=0)
    async def order(ctx):
        if error := errors.get(ctx.event.data):
            raise error
        return ctx.event.data

    await engine.worker()
    runs = {name: await engine.start("order", name) for name in ("a", "b", "c", "d")}
    for run_id in runs.values():
        await engine.end_of(run_id)
    return runs, errors


async def names(engine, **wanted):
    page, _ = await list_runs(engine.database.pool, engine.tenant_id, RunFilter(**wanted))
    return [run.input for run in page]


async def test_failures_are_found_by_what_they_say_and_when_they_were(engine, failures):
    now = SYSTEM_CLOCK.now()
    assert await names(engine, state="failed") == ["c", "b", "a"]
    assert await names(engine, state="failed", error_type="ValueError") == ["c", "a"]
    assert await names(engine, state="failed", error_type="Value") == []
    assert await names(engine, state="failed", q="CARD 17") == ["a"]
    assert await names(engine, state="failed", q="zoë") == ["c"]
    assert await names(engine, since=now - timedelta(hours=1)) == ["d", "c", "b", "a"]
    assert await names(engine, since=now + timedelta(hours=1)) == await names(engine, until=now - timedelta(hours=1)) == []
    assert await names(engine, state="failed", function="nobody") == []


async def test_a_dismissed_failure_leaves_the_list_and_can_come_back(engine, failures, operator):
    runs, _ = failures
    await dismiss_failure(engine.database, operator, runs["b"])
    assert await names(engine, state="failed", dismissed=False) == ["c", "a"]
    assert await names(engine, dismissed=True) == ["b"]
    assert (await engine.run(runs["b"])).dismissed_at is not None
    await dismiss_failure(engine.database, operator, runs["b"], undo=True)
    assert await names(engine, state="failed", dismissed=False) == ["c", "b", "a"]
    with pytest.raises(Conflict, match="has not failed"):
        await dismiss_failure(engine.database, operator, runs["d"])


@pytest.mark.thorough
async def test_dead_letters_are_replayed_in_bulk_after_the_fix_once(engine, failures, act):
    _, errors = failures
    errors.clear()
    made = await act("replay", RunFilter(state="failed", error_type="ValueError"))
    assert (made.expected, made.done, made.refused) == (2, 2, 0) and made.ended_at is not None
    for run_id in await engine.database.pool.fetch("select run_id from flowforge.run where origin_run_id is not null"):
        assert (await engine.end_of(run_id["run_id"])).state == "completed"
    assert await engine.fetchval("select count(*) from flowforge.run") == 6
    entries = await engine.database.pool.fetch("select action, detail from flowforge.audit")
    assert [entry["action"] for entry in entries] == ["run.bulk_replay"]
    assert json.loads(entries[0]["detail"])["expected"] == 2


@pytest.fixture
async def queued(engine, operator):
    """120 runs that nobody executes."""

    @engine.function(trigger="go", id="go")
    async def function(ctx):
        await step.sleep("nap", "1h")

    await engine.send("go")
    for n in range(119):
        await start_run(engine.database, engine.tenant_id, "go", json.dumps(n))


async def count(engine, state):
    return await engine.fetchval("select count(*) from flowforge.run where state = $1", state)


async def test_many_runs_are_paused_resumed_cancelled_and_deleted(engine, queued, act):
    assert (await act("pause", RunFilter(function="go"))).done == 120
    assert await engine.fetchval("select count(*) from flowforge.owner where parked_for = 'p'") == 120
    assert (await act("resume", RunFilter(state="paused"))).done == 120
    assert (await act("move", RunFilter(), to="v7")).done == 120
    assert await engine.fetchval("select count(*) from flowforge.owner where version = 'v7' and state = 'r'") == 120
    assert (await act("delete", RunFilter())).expected == 0  # all are open
    assert (await act("cancel", RunFilter(function="go"))).done == 120
    assert (await act("delete", RunFilter(state="cancelled"))).done == 120
    assert await engine.fetchval("select count(*) from flowforge.run") == 0


async def test_open_runs_are_deleted_by_force(engine, queued, act):
    assert (await act("delete", RunFilter(), force=True)).done == 120
    assert await engine.fetchval("select count(*) from flowforge.owner") == 0


async def test_a_preview_that_no_longer_holds_is_refused_and_later_runs_are_not_touched(engine, queued, operator):
    pool, none = engine.database.pool, BulkOptions()
    seen = await preview(pool, engine.tenant_id, "cancel", RunFilter(), none)
    assert (seen.count, len(seen.sample)) == (120, 10)
    await start_run(engine.database, engine.tenant_id, "go", "null")
    with pytest.raises(Conflict, match="120 runs match now, 100 did in the preview"):
        await act_on(engine.database, operator, "cancel", RunFilter(), none, count=100, as_of=seen.as_of)
    made = await act_on(engine.database, operator, "cancel", RunFilter(), none, count=115, as_of=seen.as_of)
    while await carry_on(engine.database):
        pass
    assert (await find_bulk(pool, engine.tenant_id, made.bulk_id)).done == 120
    assert await count(engine, "open") == 1
    with pytest.raises(InvalidInput):
        await preview(pool, engine.tenant_id, "burn", RunFilter(), none)


async def test_a_bulk_act_that_is_cut_off_between_batches_goes_on_where_it_was(engine, queued, operator, monkeypatch):
    seen = await preview(engine.database.pool, engine.tenant_id, "cancel", RunFilter(), BulkOptions())
    made = await act_on(engine.database, operator, "cancel", RunFilter(), BulkOptions(), count=120, as_of=seen.as_of)
    await bulk._batch(engine.database, None, None, None)
    part = await find_bulk(engine.database.pool, engine.tenant_id, made.bulk_id)
    assert (part.done, part.ended_at) == (50, None) and await count(engine, "cancelled") == 50

    def fail(_):
        raise RuntimeError("cut off")

    monkeypatch.setattr(bulk, "crash_point", fail)  # at the end of a batch, before its commit
    with pytest.raises(RuntimeError):
        await bulk._batch(engine.database, None, None, None)
    assert await count(engine, "cancelled") == 50
    monkeypatch.undo()
    await engine.worker()  # workers carry it on by themselves
    while (await find_bulk(engine.database.pool, engine.tenant_id, made.bulk_id)).ended_at is None:
        await carry_on(engine.database)
    async with asyncio.timeout(15):  # what the worker has claimed meanwhile, it ends itself
        while await count(engine, "cancelled") < 120:
            await asyncio.sleep(0.01)


async def test_a_worker_hears_of_an_act_and_carries_it_out(engine, queued, operator):
    worker = await engine.worker(registry=Registry())  # it knows none of the functions
    seen = await preview(engine.database.pool, engine.tenant_id, "cancel", RunFilter(), BulkOptions())
    made = await act_on(
        engine.database, operator, "cancel", RunFilter(), BulkOptions(), count=seen.count, as_of=seen.as_of, bell=worker.bell
    )
    async with asyncio.timeout(15):
        while (await find_bulk(engine.database.pool, engine.tenant_id, made.bulk_id)).ended_at is None:
            await asyncio.sleep(0.01)
    assert await count(engine, "cancelled") == 120
