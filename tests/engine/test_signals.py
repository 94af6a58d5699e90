"""Signals: facts addressed to one run, delivered once, in order, and never lost."""

from __future__ import annotations

import asyncio

import pytest

import flowforge
from flowforge import StepTimeout, ids, sending, step
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.signal import send_signal


@pytest.fixture
def signal(engine):
    async def signal(run_id, name, data=None, **options) -> bool:
        bell = engine.workers[0].bell if engine.workers else None
        return await send_signal(engine.database, engine.tenant_id, run_id, name, data, bell=bell, **options)

    return signal


@pytest.mark.parametrize("when", ["before the run began", "while it worked", "while it waited on its worker", "after it left"])
async def test_a_signal_reaches_its_run_whenever_it_comes(engine, signal, when):
    gate = asyncio.Event()

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("gate", gate.wait)
        return await step.wait_for_signal("verdict", signal="reviewed")

    if when != "before the run began":
        await engine.worker()
    run_id = await engine.start("f")
    if when == "while it worked":
        await engine.state(run_id, "running")
    elif when != "before the run began":
        gate.set()
        async with asyncio.timeout(5):
            while "verdict" not in await engine.steps(run_id):
                await asyncio.sleep(0.001)
        if when == "after it left":
            await engine.state(run_id, "waiting")
    await signal(run_id, "other", 1)
    await signal(run_id, "reviewed", {"ok": True})
    gate.set()
    if not engine.workers:
        await engine.worker()
    assert (await engine.end_of(run_id)).output == {"ok": True}


async def test_signals_are_delivered_in_order_and_each_once(engine, signal):
    @engine.function(trigger="f")
    async def function(ctx):
        found = [await step.wait_for_signal("next", signal="n") for _ in range(3)]
        found += await asyncio.gather(*(step.wait_for_signal("both", signal="n") for _ in range(2)))
        await step.sleep("nap", "1h")
        return [*found, await step.wait_for_signal("next", signal="n")]

    run_id = await engine.start("f")
    for n in range(6):
        await signal(run_id, "n", n)
    await engine.worker()
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == [0, 1, 2, 3, 4, 5]


async def test_a_signal_that_is_sent_again_is_one(engine, signal):
    @engine.function(trigger="f")
    async def function(ctx):
        first = await step.wait_for_signal("first", signal="n")
        try:
            return [first, await step.wait_for_signal("second", signal="n", timeout="1h")]
        except StepTimeout:
            return first

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    signal_id = ids.new_id()
    assert await signal(run_id, "n", 1, signal_id=signal_id)
    assert not await signal(run_id, "n", 1, signal_id=signal_id)
    async with asyncio.timeout(5):
        while "second" not in await engine.steps(run_id):
            await asyncio.sleep(0.01)
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == 1


@pytest.mark.thorough
async def test_a_step_signals_another_run_once(engine):
    @engine.function(trigger="listener")
    async def listener(ctx):
        return await step.wait_for_signal("word", signal="word")

    @engine.function(trigger="speaker", retries=0)
    async def speaker(ctx):
        await step.signal("say", ctx.event.data["to"], "word", "hello")
        await step.sleep("nap", "0.3s")
        return "said"

    await engine.worker(linger_seconds=0.0)
    run_id = await engine.start("listener")
    assert (await engine.do("speaker", {"to": ids.show("run", run_id)})).output == "said"
    assert (await engine.end_of(run_id)).output == "hello"
    assert await engine.fetchval("select count(*) from flowforge.signal") == 1
    late = await engine.do("speaker", {"to": ids.show("run", run_id)})
    assert late.state == "failed" and late.error["error_type"] == "Conflict"


async def test_any_code_signals_a_run(engine, signal):
    @engine.function(trigger="f")
    async def function(ctx):
        return await step.wait_for_signal("word", signal="word")

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    sending.use_database(engine.database, worker.bell)
    try:
        await flowforge.signal(ids.label(run_id), "word", [1, 2])
    finally:
        sending.use_database(None)
    assert (await engine.end_of(run_id)).output == [1, 2]


async def test_a_run_that_has_ended_or_never_was_takes_no_signal(engine, signal):
    @engine.function(trigger="f")
    async def function(ctx): ...

    run = await engine.do("f")
    with pytest.raises(Conflict, match="has completed already"):
        await signal(run.run_id, "n")
    with pytest.raises(NotFound):
        await signal(ids.new_id(), "n")
    for name in ("", "x" * 201, "a\nb", 7):
        with pytest.raises(InvalidInput):
            await signal(run.run_id, name)


async def test_what_a_look_took_is_kept_for_its_step_through_a_crash(engine, signal, hold_back):
    there, gate = hold_back(lambda change: change.unwait == "first")

    @engine.function(trigger="f")
    async def function(ctx):
        return [await step.wait_for_signal("first", signal="n"), await step.wait_for_signal("second", signal="n")]

    run_id = await engine.start("f")
    await signal(run_id, "n", 1)
    await signal(run_id, "n", 2)
    worker = await engine.worker()
    await asyncio.wait_for(there.wait(), 5)  # it took the first signal, and does not get to store that
    await worker.committer.close()  # as if it had died: what is not written stays unwritten
    engine.workers.remove(worker)
    await worker.stop(grace_seconds=0)
    gate.set()
    assert await engine.fetchval("select count(*) from flowforge.step where state = 2") == 0
    await engine.worker()
    assert (await engine.end_of(run_id)).output == [1, 2]
