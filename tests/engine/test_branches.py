"""Steps keep their identity when a function runs several things at once (ENGINE.md, rule 6)."""

from __future__ import annotations

import asyncio
import json
import random
import threading

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.orchestrator.version import move_run


async def replayed(engine, function, times: int = 3):
    """Execute a function, then replay it `times` over; returns what each execution saw."""
    seen = []

    @engine.function(trigger="replayed", id="test.replayed")
    async def replayed_function(ctx):
        found = await function()
        seen.append(found)
        await step.sleep("again", "1h")
        for n in range(times - 1):
            await step.sleep(f"again {n}", "1h")
        return found

    await engine.worker()
    run_id = await engine.start("replayed")
    for _ in range(times):
        await engine.state(run_id, "sleeping", seconds=10)
        before = len(seen)
        await engine.advance(3601)
        async with asyncio.timeout(10):
            while len(seen) == before:
                await asyncio.sleep(0.01)
    run = await engine.end_of(run_id)
    assert run.state == "completed", run.error
    return seen, await engine.steps(run_id)


async def jittered(value):
    await asyncio.sleep(random.random() / 300)
    return value


async def leg(tag: str, depth: int = 0):
    got = []
    for i in range(3):
        await asyncio.sleep(random.random() / 500)
        got.append(await step.run("x", jittered, f"{tag}{i}"))
        if depth == 0 and i == 1:
            got.append(await asyncio.gather(leg(f"{tag}a", 1), leg(f"{tag}b", 1)))
    return got


async def test_branches_that_reuse_names_get_their_own_results_in_every_replay(engine):
    async def function():
        first = await asyncio.gather(leg("p"), leg("q"), leg("r"))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(leg(f"g{k}")) for k in range(3)]
        a, b = step.run("late", jittered, "A"), step.run("late", jittered, "B")
        return [first, [task.result() for task in tasks], await b, await a, await asyncio.wait_for(leg("w"), 5)]

    seen, steps = await replayed(engine, function, times=4)
    assert len(seen) == 5 and all(json.dumps(other) == json.dumps(seen[0]) for other in seen)
    assert seen[0][2:4] == ["B", "A"]
    assert {"late", "late#2", "leg/x", "leg#2/x", "leg/leg/x", "leg/leg#2/x#2"} <= set(steps)


async def test_a_task_that_a_library_starts_in_between_shifts_nobody(engine):
    executions = []

    async def library():
        await asyncio.sleep(0)

    async def branch(tag):
        return await step.run("x", jittered, tag)

    async def function():
        executions.append(1)
        for _ in range(len(executions)):  # another number of tasks at every replay
            await asyncio.create_task(library())
        return await asyncio.gather(branch("A"), branch("B"))

    seen, steps = await replayed(engine, function)
    assert all(found == ["A", "B"] for found in seen)
    assert {key for key in steps if "x" in key} == {
        "test_a_task_that_a_library_starts_in_between_shifts_nobody.branch/x",
        "test_a_task_that_a_library_starts_in_between_shifts_nobody.branch#2/x",
    }


async def test_as_completed_over_coroutines_is_refused_by_name(engine):
    async def branch(n):
        return await step.run("x", jittered, n)

    @engine.function(trigger="set")
    async def function(ctx):
        return [await done for done in asyncio.as_completed([branch(n) for n in range(3)])]

    run = await engine.do("set")
    assert run.state == "failed" and "as_completed" in run.error["message"] and "gather" in run.error["hint"]


async def test_a_step_called_from_another_thread_is_refused_by_name(engine):
    @engine.function(trigger="thread")
    async def function(ctx):
        import contextvars

        caught = []
        context = contextvars.copy_context()

        def elsewhere():
            try:
                context.run(step.run, "x", jittered, 1)
            except Exception as error:
                caught.append(str(error))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return caught

    assert "another thread" in (await engine.do("thread")).output[0]


async def test_other_arguments_under_the_same_code_are_a_mismatch_and_across_versions_a_warning(engine):
    values = iter([1, 2, 3])

    async def function(ctx):
        await step.run("x", jittered, next(values))
        await step.sleep("nap", "1h")
        return "done"

    engine.registry.function(trigger="same", id="test.same")(function)
    await engine.worker()
    run_id = await engine.start("same")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert run.state == "failed" and run.error["type"] == "ReplayMismatch" and '"x"' in run.error["message"]

    async def versioned(ctx):
        return await function(ctx)

    engine.registry.clear()
    engine.registry.function(trigger="versioned", id="test.versioned", version="1")(versioned)
    await engine.workers[0].reload()
    run_id = await engine.start("versioned")
    await engine.state(run_id, "sleeping")

    async def changed(ctx):
        return await function(ctx)

    values = iter([4])
    engine.registry.clear()
    engine.registry.function(trigger="versioned", id="test.versioned", version="2")(changed)
    await engine.workers[0].reload()
    await engine.advance(3601)
    waiting = await engine.state(run_id, "queued")
    assert waiting.reason == "waits for a worker with version 1 of test.versioned"
    await move_run(engine.database, Principal(engine.tenant_id, "person", "mira"), run_id, "2", bell=engine.workers[0].bell)
    assert (await engine.end_of(run_id)).output == "done"
    logs = await engine.fetchval("select count(*) from flowforge.frame where name = 'log' and data like '%other arguments%'")
    assert logs == 1


async def test_another_kind_under_the_same_key_is_a_loud_mismatch(engine):
    executions = []

    @engine.function(trigger="kind")
    async def function(ctx):
        executions.append(1)
        if len(executions) == 1:
            await step.run("x", jittered, 1)
        else:
            await step.sleep("x", "1s")
        await step.sleep("nap", "1h")

    await engine.worker()
    run_id = await engine.start("kind")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert run.error["type"] == "ReplayMismatch" and "was recorded as run and is now sleep" in run.error["message"]
