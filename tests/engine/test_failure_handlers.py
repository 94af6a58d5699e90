"""`on_failure`: what happens before a run ends as failed, or instead of it."""

from __future__ import annotations

import pytest

from flowforge import RunFailed, StepError, step
from flowforge.errors import Conflict, NotFound, RegistrationError
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.run_pause import resume_run


async def test_the_handler_runs_durably_with_the_error_before_the_run_fails(engine):
    seen = []

    async def failed(ctx, error):
        seen.append((type(error), error.step, error.reason, error.error_type, error.attempts))
        await step.run("tell", lambda: seen.append(f"told of {ctx.event.name}"))
        await step.sleep("nap", "1h")
        await step.run("tell again", lambda: seen.append("told again"))

    @engine.function(trigger="f", retries=1, on_failure=failed)
    async def function(ctx):
        await step.run("tell", lambda: "a step of the same name")
        await step.run("charge", lambda: {}["card"])

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert (run.state, run.error["type"], run.error["step"]) == ("failed", "StepError", "charge")
    once = (StepError, "charge", "'card'", "KeyError", 2)
    assert seen == [once, "told of f", once, "told again"], "a replay got another error, or ran a step again"


async def test_a_function_that_would_not_fail_again_stays_failed(engine):
    tries = []

    async def failed(ctx, error):
        tries.append(f"{type(error).__name__} {error.error_type} {error}")
        await step.sleep("nap", "1h")

    @engine.function(trigger="f", on_failure=failed)
    async def function(ctx):
        tries.append("function")
        raise OSError("the network is away")

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert (run.state, run.error["type"], run.error["message"]) == ("failed", "OSError", "the network is away")
    assert tries == ["function", "RunFailed OSError the network is away", "RunFailed OSError the network is away"]
    assert RunFailed.__name__ == "RunFailed"


async def test_a_handlers_own_failure_is_kept_and_hides_nothing(engine):
    async def failed(ctx, error):
        await step.run("tell", lambda: [][0])

    @engine.function(trigger="f", retries=0, on_failure=failed)
    async def function(ctx):
        raise ValueError("first")

    run = await engine.do("f")
    assert (run.state, run.error["message"]) == ("failed", "first")
    assert (run.error["on_failure"]["step"], run.error["on_failure"]["error_type"]) == ("tell", "IndexError")


async def test_a_run_that_is_cancelled_while_its_handler_runs_is_cancelled(engine):
    async def failed(ctx, error):
        await step.sleep("nap", "1d")

    @engine.function(trigger="f", on_failure=failed)
    async def function(ctx):
        raise ValueError("first")

    await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "sleeping")
    await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=engine.workers[0].bell)
    assert (await engine.end_of(run_id)).state == "cancelled"


async def test_a_run_pauses_for_a_person_and_goes_on_where_it_failed(engine):
    log, broken = [], [True]

    def charge():
        log.append("charge")
        if broken:
            raise ValueError("the card is blocked")
        return "charged"

    @engine.function(trigger="f", retries=1, on_failure="pause")
    async def function(ctx):
        await step.run("reserve", lambda: log.append("reserve"))
        return await step.run("charge", charge)

    worker = await engine.worker()
    run_id = await engine.start("f")
    run = await engine.state(run_id, "paused")
    assert run.reason == "it failed: step 'charge' failed: the card is blocked"
    await resume_run(engine.database, engine.operator, run_id, bell=worker.bell)
    await engine.until(run_id, lambda view: view.state == "paused" and len(log) == 4)
    broken.clear()
    await resume_run(engine.database, engine.operator, run_id, bell=worker.bell)
    run = await engine.end_of(run_id)
    assert (run.state, run.output) == ("completed", "charged")
    assert log == ["reserve", "charge", "charge", "charge", "charge"], "one more attempt for each resume, and nothing else again"
    assert [a["attempt"] for a in (await engine.steps(run_id))["charge"].attempts] == [1, 2, 3]


async def test_a_child_that_failed_is_started_anew_after_a_pause(engine):
    broken = [True]

    @engine.function()
    async def child(ctx):
        if broken:
            raise ValueError("no")
        return "yes"

    @engine.function(trigger="f", on_failure="pause")
    async def function(ctx):
        return await step.invoke("child", child)

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "paused")
    broken.clear()
    await resume_run(engine.database, engine.operator, run_id, bell=worker.bell)
    assert (await engine.end_of(run_id)).output == "yes"


async def test_all_failed_items_of_a_map_are_tried_again_after_a_pause(engine):
    log, broken = [], [True]

    def body(n):
        log.append(n)
        if broken and n in (0, 2):
            raise ValueError(n)
        return n

    @engine.function(trigger="f", retries=0, on_failure="pause")
    async def function(ctx):
        return await step.map("m", body, range(3), concurrency=3)

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "paused")
    broken.clear()
    await resume_run(engine.database, engine.operator, run_id, bell=worker.bell)
    run = await engine.end_of(run_id)
    assert run.output == [0, 1, 2] and sorted(log) == [0, 0, 1, 2, 2]


async def test_only_a_paused_run_can_be_resumed(engine):
    @engine.function(trigger="f")
    async def function(ctx): ...

    run_id = await engine.start("f")
    with pytest.raises(Conflict, match="is queued, not paused"):
        await resume_run(engine.database, engine.operator, run_id)
    with pytest.raises(NotFound):
        await resume_run(engine.database, engine.operator, engine.tenant_id)


async def test_a_paused_run_can_be_cancelled(engine):
    @engine.function(trigger="f", retries=0, on_failure="pause")
    async def function(ctx):
        await step.run("x", lambda: [][0])

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "paused")
    assert await cancel_run(engine.database, engine.tenant_id, run_id, by="mira", bell=worker.bell)
    assert (await engine.end_of(run_id)).state == "cancelled"


@pytest.mark.parametrize("handler", [lambda ctx, error: None, "paus", 7])
def test_a_handler_that_cannot_be_durable_is_refused(engine, handler):
    with pytest.raises(RegistrationError, match=r'on_failure of .* must be an async function\(ctx, error\) or the text "pause"'):
        engine.function(trigger="f", on_failure=handler)(_function)


async def _function(ctx): ...
