"""SIGKILL while a schedule fires: between storing its event and moving on, and between the commit and the run."""

from __future__ import annotations

import asyncio

import pytest

YEARLY = "0 0 1 1 *"


@pytest.mark.parametrize(("point", "events_left"), [("cron.fired", 0), ("event.after_insert", 1)])
async def test_a_firing_is_neither_lost_nor_doubled_by_a_kill_at(point, events_left, crashes):
    pool = crashes.database.pool
    set_clock = "update flowforge.clock set skew = $1::text::timestamptz - now()"
    await pool.execute(set_clock, "2030-12-31T12:00Z")
    first = crashes.spawn(point, CRASH_CRON=YEARLY)
    await pool.execute(set_clock, "2031-01-01T00:00Z")
    await crashes.died(first)
    assert await pool.fetchval("select count(*) from flowforge.event") == events_left
    assert await pool.fetchval("select count(*) from flowforge.run") == 0

    crashes.spawn(CRASH_CRON=YEARLY)
    async with asyncio.timeout(20):
        while await pool.fetchval("select count(*) from flowforge.run where state = 'completed'") == 0:
            await asyncio.sleep(0.02)
    assert await pool.fetchval("select array_agg(output) from flowforge.run") == ['"2031-01-01T00:00:00Z"']
    assert await pool.fetchval("select count(*) from flowforge.event") == 1
    assert await pool.fetchval("select scheduled_for = '2032-01-01T00:00Z' from flowforge.schedule")


async def test_two_workers_fire_a_schedule_once_each_time(crashes):
    pool = crashes.database.pool
    await pool.execute("update flowforge.clock set skew = '2030-12-31T23:00Z'::timestamptz - now()")
    for _ in range(2):
        crashes.spawn(CRASH_CRON="* * * * *")
    for minute in range(1, 4):
        await pool.execute("update flowforge.clock set skew = $1::text::timestamptz - now()", f"2030-12-31T23:{minute:02}:00.1Z")
        async with asyncio.timeout(20):
            while await pool.fetchval("select count(*) from flowforge.run where state = 'completed'") < minute:
                await asyncio.sleep(0.02)
    times = await pool.fetchval("select array_agg(output order by output) from flowforge.run")
    assert times == [f'"2030-12-31T23:{minute:02}:00Z"' for minute in range(1, 4)]
