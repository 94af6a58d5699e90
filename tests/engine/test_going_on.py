"""Code goes on only after the commit, and leaves without a trace (ENGINE.md, rules 6, 7; DESIGN.md 4.2, rules 1, 2, 8)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from flowforge import StepError, step
from flowforge.orchestrator import branch, waits
from flowforge.orchestrator.change import COMPLETED, Change
from flowforge.orchestrator.current_execution import current_execution


def settles(change: Change) -> bool:
    return change.step is not None and change.step.state >= COMPLETED


@pytest.mark.parametrize("first", ["a result", "a failure", "an event"])
async def test_code_goes_on_only_after_the_commit_of(engine, hold_back, first):
    there, gate = hold_back(settles)
    went_on = []

    def fail():
        raise ValueError("no")

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        if first == "a result":
            await step.run("first", lambda: 1)
        elif first == "a failure":
            with suppress(StepError):
                await step.run("first", fail)
        else:
            await step.wait_for_event("first", event="e")
        went_on.append(1)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.send("e")
    await asyncio.wait_for(there.wait(), 5)
    await asyncio.sleep(0.1)
    assert went_on == []
    gate.set()
    assert (await engine.end_of(run_id)).state == "completed" and went_on


async def test_what_is_recorded_is_replayed_and_let_go(engine):
    """A result, a failure, an event and a child are not asked for again, and leave the memory when they are used."""
    calls, left = [], []

    def fail():
        calls.append("fail")
        raise ValueError("no")

    @engine.function()
    async def child(ctx):
        calls.append("child")
        return "child"

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        seen = [await step.run("run", lambda: calls.append("run"))]
        with suppress(StepError):
            await step.run("fail", fail)
        seen.append((await step.wait_for_event("e", event="e")).data)
        seen.append(await step.invoke("child", child))
        left.append(set(current_execution().memo))
        await step.sleep("nap", "1h")
        return seen

    await engine.worker()
    run_id = await engine.start("f")
    await engine.send("e", "event")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == [None, "event", "child"]
    assert calls == ["run", "fail", "child"]
    assert left[-1] == {"nap"} and len(left) > 1


async def test_the_first_execution_gets_what_a_replay_gets(engine):
    seen, own = [], {"list": [1]}

    @engine.function(trigger="f")
    async def function(ctx):
        found = await step.run("s", lambda: own)
        seen.append((found, found is own))
        found["list"].append(2)
        await step.sleep("nap", "1h")

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    await engine.end_of(run_id)
    assert [is_own for _, is_own in seen] == [False, False] and own == {"list": [1]}


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_effect_is_marked_before_it_begins_and_never_repeated_by_itself(engine, monkeypatch):
    monkeypatch.setattr(waits, "_settle", [])  # nobody is there to decide
    marks, gate = [], asyncio.Event()

    async def pay():
        marks.append(await engine.fetchval("select state from flowforge.step where key = 'pay'"))
        await gate.wait()

    @engine.function(trigger="f")
    async def function(ctx):
        await current_execution().durable("run", "pay", pay, effectful=True)

    await engine.worker()
    run_id = await engine.start("f")
    async with asyncio.timeout(5):
        while not marks:
            await asyncio.sleep(0.01)
    await engine.database.pool.execute("update flowforge.worker set alive = false")  # its worker is taken for dead
    run = await engine.end_of(run_id)
    gate.set()
    assert marks == [0], "not marked as running, or executed again"
    assert run.state == "failed" and "may have happened" in run.error["message"]


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_begins_and_nothing_is_unwound_while_the_suspension_is_committed(engine, hold_back):
    there, gate = hold_back(lambda change: change.park is not None)
    poke, log = asyncio.Event(), []

    async def late():
        await poke.wait()  # not a step: nothing durable
        await step.run("late", lambda: log.append("body"))

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await asyncio.gather(step.wait_for_event("e", event="e"), late())
        finally:
            log.append("finally")

    await engine.worker()
    run_id = await engine.start("f")
    await asyncio.wait_for(there.wait(), 5)
    poke.set()
    await asyncio.sleep(0.2)
    assert log == []
    gate.set()
    await engine.state(run_id, "waiting")
    assert "body" not in log and list(await engine.steps(run_id)) == ["e"]
    await engine.send("e")
    assert (await engine.end_of(run_id)).state == "completed"
    assert log.count("body") == 1
    warnings = "select count(*) from flowforge.frame where name = 'log' and data like '%outside of steps%'"
    assert await engine.fetchval(warnings) == 1


async def test_a_plain_await_beside_a_wait_keeps_the_run_for_a_moment(engine):
    executions = []

    async def plain():
        await asyncio.sleep(0.3)
        await step.run("s", lambda: 1)

    @engine.function(trigger="f")
    async def function(ctx):
        executions.append(1)
        await asyncio.gather(step.wait_for_event("e", event="e"), plain())

    await engine.worker(linger_seconds=1.0)
    run_id = await engine.start("f")
    async with asyncio.timeout(5):
        while not [key for key in await engine.steps(run_id) if key.endswith("plain/s")]:
            await asyncio.sleep(0.01)
    assert executions == [1]


async def test_a_task_that_cannot_be_cancelled_is_left_behind_after_a_few_tries(engine):
    over = asyncio.Event()

    async def stubborn():
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(step.wait_for_event("e", event="e"), stubborn())

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    async with asyncio.timeout(5):
        while worker.active:
            await asyncio.sleep(0.01)
    over.set()


# ── identity ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_wait_for_adds_nothing_to_a_steps_key(engine):
    """It makes a task in Python 3.11 and none in 3.12: a run may begin under one and end under the other."""

    async def inner():
        return await step.run("x", lambda: 1)

    @engine.function(trigger="f")
    async def function(ctx):
        return await asyncio.wait_for(inner(), 5)

    run = await engine.do("f")
    assert run.output == 1 and set(await engine.steps(run.run_id)) == {"x"}


async def test_a_task_factory_that_is_there_already_is_kept(engine):
    loop, made = asyncio.get_running_loop(), []

    def factory(loop, coro, **options):
        made.append(coro.__qualname__)
        return asyncio.Task(coro, loop=loop, **options)

    async def inner():
        return await step.run("x", lambda: 1)

    @engine.function(trigger="f")
    async def function(ctx):
        return await asyncio.gather(inner(), inner())

    before = loop.get_task_factory()
    loop.set_task_factory(factory)
    try:
        run = await engine.do("f")
        branch.install(loop)  # twice is once
        inner_name = "test_a_task_factory_that_is_there_already_is_kept.inner"
        assert set(await engine.steps(run.run_id)) == {f"{inner_name}/x", f"{inner_name}#2/x"}
        assert sum("inner" in name for name in made) == 2
    finally:
        loop.set_task_factory(before)
