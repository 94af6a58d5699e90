"""Every await on a step gives the run back, so that each step is found again by a replay."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge import step
from flowforge.errors import ReplayMismatch, StepError
from flowforge.testing import workshop
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]


@pytest.fixture(autouse=True)
def suspending(forge: Forge) -> None:
    forge.always_suspend = True


async def test_each_step_is_replayed_before_the_next_one_runs(forge: Forge) -> None:
    executions, bodies = [], []

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> list[str]:
        executions.append(1)
        return [await step.run(f"step {n}", lambda n=n: bodies.append(n) or str(n)) for n in range(5)]

    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert run.output == ["0", "1", "2", "3", "4"]
    assert bodies == [0, 1, 2, 3, 4]
    assert (len(executions), run.attempt) == (6, 1)


async def test_chance_outside_of_steps_is_found_out(forge: Forge) -> None:
    """In production this would show only when a worker dies."""
    chance = iter(range(100))

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        amount = next(chance)
        await step.run("charge", str, amount)
        await step.run("ship", str)

    run = await forge.wait_for(await forge.send("order/created"), "failed")
    assert run.error is not None
    assert run.error["type"] == ReplayMismatch.__name__


async def test_branches_of_gather_and_task_group_get_their_own_results(forge: Forge) -> None:
    bodies: list[str] = []

    async def double(n: int) -> int:
        bodies.append(f"double {n}")
        await asyncio.sleep(0.001 * (3 - n))
        return 2 * n

    async def branch(n: int) -> int:
        doubled = await step.run("double", double, n)
        return await step.run("double", double, doubled)

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> list[Any]:
        gathered = await asyncio.gather(*(branch(n) for n in range(3)), step.run("x", lambda: "x"))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(branch(n)) for n in (5, 6)]
        return [gathered, [task.result() for task in tasks]]

    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert run.output == [[0, 4, 8, "x"], [20, 24]]
    assert len(bodies) == 10  # none ran twice


async def test_failures_waits_and_children_come_back_by_replay(forge: Forge) -> None:
    log: list[str] = []

    def broken() -> None:
        log.append("broken")
        raise ValueError("no")

    @forge.function(trigger=None, id="child")
    async def child(ctx: Any) -> Any:
        return await step.run("child's", lambda: ctx.input["n"] + 1)

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> list[Any]:
        try:
            await step.run("broken", broken)
        except StepError as error:
            await step.run("compensate", lambda: log.append("compensated"))
            caught = error.error_type
        paid, made = await asyncio.gather(step.wait_for_event("payment", event="payment/settled"), step.invoke("child", "child", {"n": 1}))
        await step.sleep("nap", "1h")
        return [caught, paid.data, made]

    sent = await forge.send("order/created")
    await forge.wait_for(sent, "waiting")
    await forge.send("payment/settled", 42)
    forge.clock.auto_skip = True
    run = await forge.wait_for(sent, "completed")
    assert run.output == ["ValueError", 42, 2]
    assert log == ["broken"] * 4 + ["compensated"]


async def test_a_cancelled_run_still_compensates(forge: Forge) -> None:
    from flowforge.orchestrator.run import cancel_run

    begun, log = asyncio.Event(), []

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        try:
            await step.run("hang", hang)
        finally:
            await step.run("compensate", lambda: log.append("compensated"))
            await step.run("tell", lambda: log.append("told"))  # a run that is unwound gets its results at once

    sent = await forge.send("order/created")
    working = asyncio.create_task(forge.wait_for(sent, "cancelled"))
    await begun.wait()
    await cancel_run(forge.database, forge.tenant_id, (await forge.run(sent)).run_id, by="the test", bell=forge.bell)
    assert (await working).state == "cancelled"
    assert log == ["compensated", "told"]


async def test_a_body_that_needs_the_function_to_go_on_is_cut_off_and_run_again(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "GRACE_SECONDS", 0.05)
    gate, bodies = asyncio.Event(), []

    async def open_gate() -> None:
        await step.run("first", lambda: None)
        gate.set()

    async def through_the_gate() -> None:
        bodies.append(1)
        await gate.wait()

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> str:
        await asyncio.gather(open_gate(), step.run("second", through_the_gate))
        return "through"

    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert (run.output, len(bodies)) == ("through", 2)
