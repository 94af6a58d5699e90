"""Timers, time-outs and retries: never early, never forgotten, by the database's clock (DESIGN.md 4.2, rules 9, 10, 14)."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import RetryAfter, StepError, step
from flowforge.errors import NonRetryable
from flowforge.orchestrator.retry import Backoff, next_delay
from flowforge.orchestrator.step_scope import current_step

DAY = 86400


async def test_only_runs_whose_time_has_come_are_woken(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep("nap", ctx.event.data)
        return "awake"

    await engine.worker()
    short, long = [await engine.start("f", duration) for duration in ("1h", "2h")]
    for run_id in (short, long):
        await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(short)).output == "awake"
    assert await engine.fetchval("select fence from flowforge.owner where run_id = $1", long) == 1, "it was woken too early"


async def test_of_two_sleeps_in_one_run_only_the_one_that_is_over_ends(engine):
    woke = []

    async def nap(duration):
        await step.sleep("nap", duration)
        woke.append(duration)

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(nap("1h"), nap("2h"))

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    async with asyncio.timeout(5):
        while len(woke) < 1 or (await engine.run(run_id)).state != "sleeping":
            await asyncio.sleep(0.01)
    assert woke == ["1h"]
    await engine.advance(3600)
    assert (await engine.end_of(run_id)).state == "completed"


@pytest.mark.parametrize("days", [-30, 30])
async def test_a_worker_whose_clock_goes_wrong_neither_wakes_early_nor_oversleeps(engine, days):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep("nap", "1h")
        return "awake"

    await engine.advance(days * DAY)  # the database's clock is the right one
    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3500)
    await worker.sweeper.sweep()
    await asyncio.sleep(0.2)
    assert (await engine.run(run_id)).state == "sleeping"
    assert await engine.fetchval("select fence from flowforge.owner") == 1
    await engine.advance(101)
    assert (await engine.end_of(run_id, 5)).output == "awake"


async def test_an_event_that_came_in_time_counts_although_the_time_out_is_noticed_first(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return (await step.wait_for_event("e", event="e", timeout="1h")).data

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    await engine.stop(worker)
    await engine.send("e", "in time")
    await engine.advance(2 * 3600)  # nobody was there to see it
    await engine.worker()
    assert (await engine.end_of(run_id)).output == "in time"


async def test_a_wait_finds_an_event_that_came_before_it_began(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep("nap", "1h")
        return (await step.wait_for_event("e", event="e", match="data.k")).data["n"]

    await engine.worker()
    run_id = await engine.start("f", {"k": "mine"})
    await engine.state(run_id, "sleeping")
    await engine.send("e", {"k": "another's", "n": 1})
    await engine.send("e", {"k": "mine", "n": 2})
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == 2


async def test_the_event_of_a_run_is_its_own_copy(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return ctx.event.data

    run_id = await engine.start("f", {"n": 1})
    await engine.database.pool.execute("delete from flowforge.event")  # retention
    await engine.worker()
    assert (await engine.end_of(run_id)).output == {"n": 1}


async def test_an_events_key_counts_for_seven_days(engine):
    first = await engine.send("f", 1, key="k")
    await engine.advance(6 * DAY)
    assert (await engine.send("f", 1, key="k")).event_id == first.event_id
    await engine.advance(1.1 * DAY)
    later = await engine.send("f", 1, key="k")
    assert later.event_id != first.event_id and not later.duplicate


# ── retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_attempts_are_counted_over_suspensions(engine):
    attempts, keys = [], set()

    def failing():
        attempts.append(current_step().attempt)
        keys.add(current_step().step_key)
        raise RetryAfter(3600)

    @engine.function(trigger="f", retries=2)
    async def function(ctx):
        try:
            await step.run("s", failing)
        except StepError as error:
            return error.attempts

    await engine.worker()
    run_id = await engine.start("f")
    for attempt in (1, 2):
        await engine.until(run_id, lambda run, attempt=attempt: len(attempts) == attempt and run.due is not None)
        await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == 3
    assert attempts == [1, 2, 3]
    assert len(keys) == 1, "the idempotency key changed with the attempt"
    assert [failed["attempt"] for failed in (await engine.steps(run_id))["s"].attempts] == [1, 2, 3]


async def test_a_run_that_is_woken_before_its_retry_is_due_does_not_retry_yet(engine):
    tries, came = [], []

    def soft():
        tries.append(1)
        if len(tries) == 1:
            raise RetryAfter(3600)

    async def waiter():
        await step.wait_for_event("e", event="e")
        came.append(1)

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(step.run("soft", soft), waiter())

    await engine.worker()
    run_id = await engine.start("f")
    await engine.until(run_id, lambda run: run.due is not None)
    await engine.send("e")
    async with asyncio.timeout(5):
        while not came:
            await asyncio.sleep(0.01)
    await engine.until(run_id, lambda run: run.due is not None)
    assert tries == [1]
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).state == "completed" and tries == [1, 1]


async def test_a_step_has_three_retries_unless_somebody_says_otherwise(engine):
    tries = []

    def failing():
        tries.append(1)
        raise ValueError("no")

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("s", failing)

    assert (await engine.do("f")).state == "failed"
    assert len(tries) == 4


def test_delays_grow_to_a_cap_and_are_drawn_between_nothing_and_that():
    longest = Backoff(1.0, 60.0, chance=lambda: 1.0)
    assert [longest.delay_seconds(attempt) for attempt in (1, 2, 3, 7, 100)] == [1, 2, 4, 60, 60]
    assert Backoff(1.0, 60.0, chance=lambda: 0.25).delay_seconds(3) == 1.0
    drawn = {Backoff().delay_seconds(5) for _ in range(50)}
    assert len(drawn) > 40 and min(drawn) >= 0 and max(drawn) <= 16


def test_an_error_may_decide_for_itself():
    backoff = Backoff(1.0, 60.0, chance=lambda: 1.0)
    assert next_delay(RetryAfter(7), 1, 3, backoff) == 7
    assert next_delay(NonRetryable("no"), 1, 3, backoff) is None
    assert (next_delay(ValueError(), 3, 3, backoff), next_delay(ValueError(), 4, 3, backoff)) == (4, None)
