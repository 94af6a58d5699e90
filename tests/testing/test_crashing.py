"""Workers that die inside the test, as if killed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge import crash, step
from flowforge.errors import FlowForgeError, NotFound
from flowforge.orchestrator.worker import sweeper
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]

ELSEWHERE = {"approval.asked", "invoke.child_made"}  # a plain order does not get there
ELSEWHERE |= {"webhook.sent", "alert.sent", "bulk.batch", "cron.fired", "dispatch.before_commit", "gate.after_commit", "gate.before_commit"}
ELSEWHERE |= {"model.answered", "model.reserved", "queue.stored", "replay.before_commit", "retention.batch"}
ELSEWHERE |= {"answer.unsent", "audit.appended", "audit.merged", "erasure.batch", "snapshot.before", "snapshot.after", "messages.taken"}
REPEATED = {"body.after", "checkpoint.before_commit"}  # the body has run, its result is not stored


@pytest.mark.parametrize("point", sorted(crash.POINTS - ELSEWHERE))
async def test_a_run_survives_a_death_at_every_point(forge: Forge, point: str) -> None:
    calls: list[str] = []

    @forge.function(trigger="order/created")
    async def ship(ctx: Any) -> str:
        await step.run("charge", lambda: calls.append("charge"))
        await step.sleep("cool-down", "1h")
        await step.run("ship", lambda: calls.append("ship"))
        return "shipped"

    forge.clock.auto_skip = True
    forge.crash_at(point)
    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert run.output == "shipped"
    assert calls[:2] == ["charge", "charge"] if point in REPEATED else calls == ["charge", "ship"] or point == "checkpoint.sent_unread"
    assert calls.count("ship") == 1


async def test_a_step_runs_once_when_the_worker_dies_after_it(forge: Forge) -> None:
    calls: list[str] = []

    @forge.function(trigger="order/created")
    async def ship(ctx: Any) -> None:
        await step.run("charge", lambda: calls.append("charge"))
        await step.run("ship", forge.crash_once)

    sent = await forge.send("order/created", {"id": 7})
    await forge.work_until_idle()

    assert calls == ["charge"]
    run = await forge.run(sent)
    assert (run.state, run.attempt) == ("completed", 2)


async def test_what_a_dead_sender_left_behind_is_finished_at_once(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def after_two_seconds(*_: Any, **__: Any) -> int:
        return 0

    monkeypatch.setattr(sweeper, "dispatch_leftovers", after_two_seconds)

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None: ...

    forge.crash_at("event.after_insert")
    sent = await forge.send("order/created")
    assert sent.runs == ()
    assert (await forge.wait_for(sent, "completed", timeout_seconds=5)).state == "completed"


async def test_what_was_in_flight_stops_where_it_is_without_cleaning_up(forge: Forge) -> None:
    log: list[str] = []
    halfway = asyncio.Event()

    async def long() -> str:
        log.append("begun")
        try:
            halfway.set()
            await asyncio.sleep(0.05)
            log.append("effect")
        finally:
            log.append("cleaned up")
        return "long"

    async def die() -> None:
        await halfway.wait()
        await forge.crash_once()

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> list[Any]:
        try:
            return list(await asyncio.gather(step.run("long", long), step.run("die", die)))
        finally:
            log.append("function")

    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert run.output == ["long", None]
    assert log == ["begun", "begun", "effect", "cleaned up", "function"]


async def test_a_sibling_run_on_the_dead_worker_is_taken_over_too(forge: Forge) -> None:
    gate, calls = asyncio.Event(), []

    async def patient() -> None:
        calls.append("patient")
        if len(calls) == 1:
            await gate.wait()

    @forge.function(trigger="order/created")
    async def wait(ctx: Any) -> str:
        await step.run("patient", patient)
        return "done"

    @forge.function(trigger="order/created")
    async def die(ctx: Any) -> str:
        while not calls:
            await asyncio.sleep(0)
        await step.run("die", forge.crash_once)
        return "done"

    sent = await forge.send("order/created")
    await forge.work_until_idle()
    assert [(await forge.run(run)).output for run in sent.runs] == ["done", "done"]
    assert calls == ["patient", "patient"]


async def test_a_crash_that_never_comes_fails_the_test(forge: Forge) -> None:
    with pytest.raises(NotFound, match=r"checkpoint\.before_commit"):
        forge.crash_at("checkpoint.before_comit")
    forge.crash_at("timer.fired", nth=3)
    await forge.work_until_idle()
    with pytest.raises(FlowForgeError, match=r"timer\.fired 3 times"):
        await forge.close()
