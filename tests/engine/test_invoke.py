"""Child runs: how long they may take, how many there may be, and what large inputs they are given; and sleeping until a moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from flowforge import StepTimeout, step
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.steps import engine as engine_steps
from flowforge.orchestrator.worker import worker as worker_module
from flowforge.orchestrator.worker.flush import Flush

BIG = "x" * 600_000


async def test_a_child_that_takes_too_long_times_out_and_goes_on_by_itself(engine):
    @engine.function()
    async def child(ctx):
        await step.sleep("long", "1d")
        return "late"

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.invoke("child", child, timeout="1h")
        except StepTimeout as error:
            return error.reason

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    child_id = await engine.fetchval("select run_id from flowforge.run where parent_run_id = $1", run_id)
    await engine.state(child_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == "nothing came within 1 h"
    assert (await engine.run(child_id)).state == "sleeping"
    await engine.advance(86400)
    assert (await engine.end_of(child_id)).output == "late"


async def test_one_run_has_so_many_children_and_no_more(engine, monkeypatch):
    monkeypatch.setattr(engine_steps, "MAX_CHILDREN", 3)

    @engine.function()
    async def child(ctx):
        return ctx.input

    @engine.function(trigger="f")
    async def function(ctx):
        found = [await step.invoke("child", child, n) for n in range(3)]
        await step.sleep("nap", "1h")
        await step.run("seen", lambda: found)
        await step.invoke("child", child, 3)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert (run.state, run.error["type"]) == ("failed", "TooManyChildren") and "child 4 of one run" in run.error["message"]
    assert await engine.fetchval("select count(*) from flowforge.run where parent_run_id = $1", run_id) == 3


async def test_a_large_input_travels_apart_from_the_flush_and_arrives_whole(engine, monkeypatch):
    largest = 0
    init = Flush.__init__

    def measured(self, worker_id, changes):
        nonlocal largest
        largest = max([largest, *(change.size for change in changes)])
        init(self, worker_id, changes)

    monkeypatch.setattr(Flush, "__init__", measured)

    @engine.function()
    async def child(ctx):
        event = await step.wait_for_event("go", event="go", if_="event.data.big == async.data.big")
        return [len(ctx.input["big"]), event.data["n"]]

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.invoke("child", child, {"big": BIG})

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    child_id = await engine.fetchval("select run_id from flowforge.run where parent_run_id = $1", run_id)
    await engine.state(child_id, "waiting")
    await engine.send("go", {"big": BIG, "n": 1})
    assert (await engine.end_of(run_id)).output == [len(BIG), 1]
    assert (await engine.run(child_id)).input == {"big": BIG}
    assert (await engine.steps(run_id))["child"].input["input"] == f"({len(BIG) + 10} characters, kept with the child)"
    assert await engine.fetchval("select length(input) from flowforge.run where run_id = $1", child_id) == 4
    assert largest < len(BIG), "a change carried it"


@pytest.mark.parametrize("text", [True, False])
async def test_a_run_sleeps_until_a_moment(engine, text):
    @engine.function(trigger="f")
    async def function(ctx):
        oslo = timezone(timedelta(hours=2))
        moment = (ctx.event.received_at + timedelta(hours=1)).astimezone(oslo)
        await step.sleep_until("opening", moment.isoformat() if text else moment)
        return ctx.now().isoformat()

    await engine.worker()
    run_id = await engine.start("f")
    run = await engine.state(run_id, "sleeping")
    received = await engine.fetchval("select received_at from flowforge.run where run_id = $1", run_id)
    assert run.due == received + timedelta(hours=1)
    await engine.advance(3601)
    assert datetime.fromisoformat((await engine.end_of(run_id)).output) >= received + timedelta(hours=1)


async def test_a_moment_that_has_passed_is_no_wait(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep_until("past", "2020-01-01T00:00:00Z")
        return "at once"

    assert (await engine.do("f", seconds=5)).output == "at once"


@pytest.mark.parametrize("when", [datetime(2030, 1, 1), "2030-01-01T00:00:00", "tomorrow"])
async def test_a_moment_that_names_no_time_zone_is_refused(engine, when):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep_until("nap", when)

    run = await engine.do("f")
    assert (run.state, run.error["type"]) == ("failed", "InvalidInput")


async def test_a_step_that_takes_longer_than_its_timeout_times_out(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.options(timeout="50ms", retries=1).run("slow", asyncio.sleep, 10)
        except TimeoutError as error:
            return [type(error) is StepTimeout, error.step, error.reason, error.attempts]

    assert (await engine.do("f")).output == [True, "slow", "it took longer than 50 ms", 2]


async def test_an_uncertain_step_is_announced_before_it_begins(engine):
    seen = []

    @engine.function(trigger="f")
    async def function(ctx):
        async def body():
            seen.append((await engine.steps(engine.run_id))["x"].state)

        return await step.options(on_uncertain="fail").run("x", body)

    engine.run_id = await engine.start("f")
    await engine.worker()
    assert (await engine.end_of(engine.run_id)).state == "completed"
    assert seen == ["running"]


async def test_a_wrong_option_is_refused(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.options(on_uncertain="maybe").run("x", lambda: datetime.now(UTC))

    run = await engine.do("f")
    assert run.state == "failed" and 'on_uncertain is "retry" or "fail"' in run.error["message"]


async def test_children_that_end_together_wake_their_parent_together(engine, monkeypatch):
    """Each wake locks the parent's row and is a commit: one for each of them would make them wait for one another."""
    wakes = []

    async def counted(database, children, *, bell=None):
        wakes.append(len(children))
        await wake_parents(database, children, bell=bell)

    monkeypatch.setattr(worker_module, "wake_parents", counted)

    @engine.function(id="leaf")
    async def leaf(ctx):
        return ctx.input

    @engine.function(trigger="many")
    async def many(ctx):
        return await asyncio.gather(*(step.invoke(f"leaf {i}", leaf, i) for i in range(60)))

    await engine.worker()
    run = await engine.end_of(await engine.start("many"), 30)
    assert run.output == list(range(60))
    assert sum(wakes) == 60
    assert len(wakes) <= 20
