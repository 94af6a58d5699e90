"""A run that fails leaves a row by which failures are counted, in the commit that ends it."""

from __future__ import annotations

from typing import Any

from flowforge.errors import NonRetryable
from flowforge.steps import step


async def test_only_runs_that_failed_are_kept_as_failures_with_the_time_of_their_end(engine):
    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        def refuse() -> None:
            if ctx.event.data["wrong"]:
                raise NonRetryable("no")

        await step.run("x", refuse)

    await engine.do("a/b", {"wrong": False})
    failed = await engine.do("a/b", {"wrong": True})

    rows = await engine.database.pool.fetch("select run_id, function_id, ended_at from flowforge.failure")
    assert [tuple(row) for row in rows] == [(failed.run_id, "order.ship", failed.ended_at)]


async def test_a_run_with_open_waits_that_fails_is_a_failure_too(engine):
    @engine.function(trigger="a/b", id="order.wait")
    async def wait(ctx: Any) -> None:
        waiting = step.wait_for_event("payment", event="payment/settled")
        await step.run("x", lambda: None)
        waiting.add_done_callback(print)
        raise ValueError("no")

    await engine.do("a/b")
    assert await engine.fetchval("select count(*) from flowforge.failure") == 1
