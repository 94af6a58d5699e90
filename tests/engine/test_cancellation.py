"""A cancelled run is unwound where it stands: its `finally` blocks and its `on_cancel` run, durably, before it ends."""

from __future__ import annotations

import asyncio

import pytest

from flowforge import step
from flowforge.errors import RegistrationError
from flowforge.orchestrator.run import cancel_run


@pytest.fixture
def cancel(engine):
    async def cancel(run_id, **options) -> bool:
        bell = engine.workers[0].bell if engine.workers else None
        return await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=bell, **options)

    return cancel


async def test_a_suspended_run_is_replayed_to_where_it_was_and_unwound(engine, cancel):
    log = []

    async def tidy(ctx):
        log.append(await step.run("note", lambda: f"on_cancel {ctx.event.name}"))

    @engine.function(trigger="f", on_cancel=tidy)
    async def function(ctx):
        room = await step.run("book", lambda: log.append("booked") or "room 7")
        try:
            await step.sleep("stay", "1d")
        except asyncio.CancelledError:
            log.append(await step.run("unbook", lambda: f"free {room}"))
            raise
        finally:
            await step.run("sweep", lambda: log.append("swept"))
        await step.run("never", lambda: log.append("never"))

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    assert await cancel(run_id)
    run = await engine.end_of(run_id)
    assert (run.state, run.error) == ("cancelled", {"type": "Cancelled", "message": "cancelled by mira"})
    assert log == ["booked", "free room 7", "swept", "on_cancel f"]
    assert set(await engine.steps(run_id)) == {"book", "stay", "(cancel)", "unbook", "sweep", "(on_cancel)/note"}
    assert await engine.fetchval("select count(*) from flowforge.owner") == 0


async def test_a_run_that_never_began_ends_at_once_without_a_worker(engine, cancel):
    @engine.function(trigger="f")
    async def function(ctx): ...

    run_id = await engine.start("f")
    assert await cancel(run_id) and (await engine.run(run_id)).state == "cancelled"


async def test_a_run_that_has_begun_waits_for_a_worker_and_says_why(engine, cancel):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.wait_for_event("e", event="e")

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    await engine.stop(worker)
    assert await cancel(run_id)
    run = await engine.run(run_id)
    assert (run.state, run.reason) == ("queued", "no live worker knows the function test_cancellation.function")
    await engine.worker()
    assert (await engine.end_of(run_id)).state == "cancelled"
    assert await engine.fetchval("select count(*) from flowforge.wait") == 0


@pytest.mark.parametrize("where", ["parked", "running"])
async def test_force_ends_it_at_once_and_cleans_nothing_up(engine, cancel, where):
    log, gate = [], asyncio.Event()

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.run("body", gate.wait)
            await step.sleep("nap", "1d")
        finally:
            await step.run("undo", lambda: log.append("undone"))

    worker = await engine.worker()
    run_id = await engine.start("f")
    if where == "parked":
        gate.set()
        await engine.state(run_id, "sleeping")
    else:
        await engine.state(run_id, "running")
    assert await cancel(run_id, force=True)
    assert (await engine.run(run_id)).state == "cancelled"
    gate.set()
    async with asyncio.timeout(5):
        while worker.active:
            await asyncio.sleep(0.01)
    assert "undo" not in await engine.steps(run_id) and log == []


async def test_every_branch_is_unwound_and_nothing_new_begins(engine, cancel):
    log = []

    async def branch(n):
        try:
            await step.run("first", lambda: n)
            await step.sleep("nap", "1d")
            await step.run("second", lambda: log.append("second"))
        finally:
            await step.run("undo", lambda: log.append(f"undo {n}"))

    @engine.function(trigger="f")
    async def function(ctx):
        async with asyncio.TaskGroup() as group:
            for n in range(3):
                group.create_task(branch(n))

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    run = await engine.end_of(run_id)
    assert run.state == "cancelled" and sorted(log) == ["undo 0", "undo 1", "undo 2"], run.error


async def test_a_replay_to_a_cancelled_place_starts_nothing_that_is_not_recorded(engine, cancel):
    log = []

    async def quick():
        await step.wait_for_event("e", event="e")
        await step.run("after the event", lambda: log.append("began"))

    @engine.function(trigger="f")
    async def function(ctx):
        await asyncio.gather(quick(), step.sleep("nap", "1d"))

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    await engine.stop(worker)
    await cancel(run_id)
    await engine.send("e")
    await engine.worker()
    assert (await engine.end_of(run_id)).state == "cancelled" and log == []


@pytest.mark.long
@pytest.mark.parametrize("slow", ["on the loop", "off the loop"])
async def test_code_that_takes_its_time_on_the_way_is_not_cut_off(engine, cancel, slow):
    log = []

    @engine.function(trigger="f")
    async def function(ctx):
        done = [await step.run("a", lambda: "a")]
        try:
            if slow == "on the loop":
                for _ in range(20_000):
                    await asyncio.sleep(0)
            else:
                await asyncio.sleep(0.5)  # longer than a run with nothing recorded ahead would be given
            done.append(await step.run("b", lambda: "b"))
            await step.sleep("nap", "1d")
        finally:
            log.append(await step.run("undo", lambda: f"undo {done}"))

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    assert (await engine.end_of(run_id)).state == "cancelled" and log == ["undo ['a', 'b']"]


async def test_the_cleanup_may_take_its_time_and_retries(engine, cancel):
    tries = []

    def undo():
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("not yet")
        return "undone"

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.sleep("nap", "1d")
        except asyncio.CancelledError:
            await step.sleep("breathe", "0.3s")
            await step.run("undo", undo)
            raise

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    run = await engine.end_of(run_id)
    steps = await engine.steps(run_id)
    assert run.state == "cancelled" and "cleanup" not in run.error
    assert len(tries) == 3 and steps["undo"].output == "undone" and steps["breathe"].state == "completed"


@pytest.mark.thorough
async def test_a_worker_that_stops_in_mid_cleanup_hands_it_on(engine, cancel):
    log = []

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.sleep("nap", "1d")
        finally:
            await step.run("one", lambda: log.append("one"))
            await step.sleep("breathe", "1s")
            await step.run("two", lambda: log.append("two"))

    first = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    async with asyncio.timeout(5):
        while "one" not in log:
            await asyncio.sleep(0.005)
    await engine.stop(first)
    assert (await engine.run(run_id)).state == "queued"
    await engine.worker()
    assert (await engine.end_of(run_id)).state == "cancelled" and log == ["one", "two"]


async def test_a_cleanup_that_does_not_end_is_cut_off(engine, cancel):
    ended = []

    async def tidy(ctx):
        ended.append("on_cancel")

    @engine.function(trigger="f", cancel_timeout="0.2s", on_cancel=tidy)
    async def function(ctx):
        for _ in range(3):
            try:
                await step.sleep("nap", "1d")
            except asyncio.CancelledError:
                continue

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    run = await engine.end_of(run_id, 5)
    assert run.state == "cancelled" and run.error["cleanup"]["message"] == "the blocks that clean up did not end within 200 ms"
    assert ended == ["on_cancel"]


async def test_what_goes_wrong_while_cleaning_up_is_kept_with_the_end(engine, cancel):
    def broken():
        raise ValueError("cannot undo")

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        try:
            await step.sleep("nap", "1d")
        finally:
            await step.run("undo", broken)

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel(run_id)
    run = await engine.end_of(run_id)
    assert (run.state, run.error["message"]) == ("cancelled", "cancelled by mira")
    assert (run.error["cleanup"]["step"], run.error["cleanup"]["reason"]) == ("undo", "cannot undo")


async def test_a_map_that_is_cancelled_begins_no_further_item(engine, cancel):
    log = []

    async def body(n):
        log.append(n)
        await asyncio.sleep(30)

    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.map("m", body, range(100), concurrency=3)
        finally:
            log.append(await step.run("undo", lambda: "undone"))

    await engine.worker()
    run_id = await engine.start("f")
    async with asyncio.timeout(5):
        while len(log) < 3:
            await asyncio.sleep(0.01)
    await cancel(run_id)
    assert (await engine.end_of(run_id)).state == "cancelled" and log == [0, 1, 2, "undone"]


async def test_a_body_that_ends_while_the_run_is_cancelled_is_recorded_before_the_mark(engine, cancel):
    log, begun = [], asyncio.Event()

    async def stubborn():
        begun.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            log.append("finished all the same")
        return "charged"

    @engine.function(trigger="f")
    async def function(ctx):
        done = []
        try:
            done.append(await step.run("charge", stubborn))
            await step.run("ship", lambda: log.append("shipped"))
        finally:
            log.append(await step.run("undo", lambda: f"undo {done}"))

    await engine.worker()
    run_id = await engine.start("f")
    await asyncio.wait_for(begun.wait(), 5)
    await cancel(run_id)
    assert (await engine.end_of(run_id)).state == "cancelled"
    steps = await engine.steps(run_id)
    assert log == ["finished all the same", "undo ['charged']"]
    assert steps["charge"].state == "completed" and "ship" not in steps


@pytest.mark.parametrize("handler", [lambda ctx: None, "pause", 7])
def test_a_handler_that_cannot_be_durable_is_refused(engine, handler):
    with pytest.raises(RegistrationError, match="on_cancel of"):
        engine.function(trigger="f", on_cancel=handler)(_function)


async def _function(ctx): ...


async def test_a_cancelled_run_comes_to_rest_however_often_its_worker_looks(engine):
    """Its row stays flagged until it has ended; each look that told it so again would put its end off."""

    @engine.function(trigger="e")
    async def function(ctx):
        await step.run("s", lambda: None)
        await step.sleep("nap", "1h")

    await engine.worker(poll_seconds=0.01, grace_seconds=30.0)
    run_id = await engine.start("e")
    await engine.state(run_id, "sleeping")
    await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=engine.workers[0].bell)
    assert (await engine.end_of(run_id, 5)).state == "cancelled"
