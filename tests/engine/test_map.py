"""`step.map`: one function over many items, each of them a durable step."""

from __future__ import annotations

import asyncio
import time

import pytest

from flowforge import StepError, step
from flowforge.orchestrator import fan_out
from flowforge.orchestrator.durable_step import DurableStep


async def test_every_item_is_a_step_and_the_results_come_in_order(engine):
    async def slow_first(n):
        await asyncio.sleep(0.05 if n == 0 else 0)
        return n * n

    @engine.function(trigger="f")
    async def function(ctx):
        squares = await step.map("square", slow_first, range(4))
        return [squares, await step.map("again", lambda n: -n, squares), await step.map("none", slow_first, [])]

    run = await engine.do("f")
    assert run.output == [[0, 1, 4, 9], [0, -1, -4, -9], []]
    steps = await engine.steps(run.run_id)
    assert set(steps) == {f"{name}[{place}]" for name in ("square", "again") for place in range(4)}
    assert (steps["square[3]"].name, steps["square[3]"].kind, steps["square[3]"].input) == ("square", "run", [3])


async def test_the_same_name_twice_and_in_branches_keeps_its_items_apart(engine):
    async def branch(tag):
        return await step.map("m", lambda item: f"{tag}{item}", "ab")

    @engine.function(trigger="f")
    async def function(ctx):
        first = await step.map("m", str.upper, "ab")
        alone = await step.run("m[0]", lambda: "a step of that very name")
        parts = await asyncio.gather(branch("x"), branch("y"), step.map("m", str.upper, "cd"))
        await step.sleep("nap", "1h")
        return [first, alone, parts]

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert run.output == [["A", "B"], "a step of that very name", [["xa", "xb"], ["ya", "yb"], ["C", "D"]]]


async def test_no_more_than_concurrency_are_in_motion(engine):
    present, most = 0, 0

    async def body(_):
        nonlocal present, most
        present += 1
        most = max(most, present)
        await asyncio.sleep(0.005)
        present -= 1

    @engine.function(trigger="f")
    async def function(ctx):
        await step.map("m", body, range(40), concurrency=7)

    assert (await engine.do("f")).state == "completed"
    assert most == 7


async def test_after_a_failure_nothing_begins_and_what_is_in_flight_goes_on_to_its_end(engine):
    log = []

    async def body(n):
        log.append(n)
        if n == 1:
            raise ValueError("not one")
        await asyncio.sleep(0.1)
        log.append(f"{n} done")

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        try:
            await step.map("m", body, range(50), concurrency=3)
        except StepError as error:
            return [error.step, error.item, error.reason, await step.run("seen", lambda: list(log))]

    run = await engine.do("f")
    assert run.output[:3] == ["m", 1, "not one"]
    assert run.output[3] == [0, 1, 2, "0 done", "2 done"]


async def test_errors_stand_among_the_results_when_asked_for(engine):
    seen = []

    def body(n):
        if n % 2:
            raise ValueError(f"odd {n}")
        return n

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        found = await step.map("m", body, range(4), return_exceptions=True)
        seen.append([str(one) for one in found])
        await step.sleep("nap", "1h")
        return [one.reason if isinstance(one, StepError) else one for one in found]

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == [0, "odd 1", 2, "odd 3"]
    assert seen[0] == seen[1]


async def test_an_item_is_retried_alone(engine):
    tries = []

    def body(n):
        tries.append(n)
        if n == 1 and tries.count(1) < 3:
            raise RuntimeError("not yet")
        return n

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.map("m", body, range(3))

    assert (await engine.do("f")).output == [0, 1, 2]
    assert sorted(tries) == [0, 1, 1, 1, 2]


@pytest.mark.thorough
async def test_ten_thousand_items_are_few_flushes_few_tasks_and_a_quick_replay(engine, monkeypatch):
    most, begun = 0, 0
    begin = DurableStep.begin

    def counted(self):
        nonlocal most, begun
        begin(self)
        begun += 1
        most = max(most, len(self.execution.bodies))

    monkeypatch.setattr(DurableStep, "begin", counted)
    took = []

    async def body(n):
        return n

    @engine.function(trigger="f")
    async def function(ctx):
        before = time.monotonic()
        found = await step.map("m", body, range(10_000), concurrency=200)
        took.append(time.monotonic() - before)
        await step.sleep("nap", "1h")
        return sum(found)

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping", seconds=60)
    flushes = worker.committer.flushes
    await engine.advance(3601)
    assert (await engine.end_of(run_id, 60)).output == sum(range(10_000))
    assert (begun, most) == (10_000, 200)
    assert flushes < 500, "its checkpoints did not meet in the committer"
    assert took[1] < 1.0, f"the replay took {took[1]:.2f} s"
    assert len(took) == 2


async def test_a_large_item_is_not_stored_with_its_step(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        return await step.map("m", len, ["x" * fan_out.MAX_KEPT_ITEM, "y"])

    run = await engine.do("f")
    steps = await engine.steps(run.run_id)
    assert run.output == [fan_out.MAX_KEPT_ITEM, 1]
    assert steps["m[0]"].input == f"({fan_out.MAX_KEPT_ITEM + 4} bytes, not kept)" and steps["m[1]"].input == ["y"]


async def test_large_results_come_back_in_their_places(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        found = await step.map("m", lambda n: str(n) * (300_000 if n == 1 else 1), range(3), concurrency=1)
        await step.sleep("nap", "1h")
        return [one[0] + str(len(one)) for one in found]

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == ["01", "1300000", "21"]


@pytest.mark.parametrize("concurrency", [0, -1, True, 1.5, None])
async def test_a_concurrency_that_is_none_is_refused(engine, concurrency):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.map("m", len, [], concurrency=concurrency)

    run = await engine.do("f")
    assert run.state == "failed" and "concurrency must be a whole number" in run.error["message"]


async def test_other_items_than_recorded_are_a_mismatch(engine):
    drift = iter(range(10))

    @engine.function(trigger="f")
    async def function(ctx):
        found = await step.map("m", lambda n: n, [next(drift)])
        await step.sleep("nap", "1h")
        return found

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert run.state == "failed" and run.error["type"] == "ReplayMismatch"
