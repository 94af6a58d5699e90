"""SIGKILL while a schedule fires: between storing its event and moving on, and between the commit and the run."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

YEARLY = "0 0 1 1 *"


@pytest.mark.parametrize(("point", "events_left"), [("cron.fired", 0), pytest.param("event.after_insert", 1, marks=pytest.mark.thorough)])
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


@pytest.mark.thorough
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


@pytest.mark.thorough
@pytest.mark.long
async def test_every_second_is_fired_once_while_workers_are_killed_again_and_again(crashes):
    pool = crashes.database.pool
    every_second = {"CRASH_CRON": "* * * * * *", "CRASH_CATCH_UP": "all"}
    workers = [crashes.spawn(**every_second) for _ in range(3)]
    for n in range(15):
        await asyncio.sleep(0.7)  # the time that passes is what is tested
        point = ["", "cron.fired:2", "event.after_insert:2"][n % 3]
        victim = workers[n % 3]
        if victim.poll() is None:
            victim.kill()
            victim.wait()
        workers[n % 3] = crashes.spawn(point, **every_second)
    last = crashes.spawn(**every_second)
    assert last.poll() is None
    end = await pool.fetchval("select flowforge.now()")
    async with asyncio.timeout(30):  # up to there everything is fired, and has run
        while await pool.fetchval("select min(scheduled_for) <= $1 from flowforge.schedule", end) or await pool.fetchval(
            "select exists (select from flowforge.dispatch)"
            " or exists (select from flowforge.run where state = 'open' and received_at <= $1)",
            end,
        ):
            await asyncio.sleep(0.05)
    begun = await pool.fetchval("select begun_at from flowforge.schedule")
    fired = await pool.fetch("select (input::jsonb->>'scheduled_for')::timestamptz as time from flowforge.run order by 1")
    times = [row["time"] for row in fired if row["time"] <= end]
    first = begun.replace(microsecond=0) + timedelta(seconds=1)
    assert times == [first + timedelta(seconds=n) for n in range(len(times))]
    assert len(times) > 9
