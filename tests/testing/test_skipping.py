"""Time that passes by itself: nothing waits, everything that is due comes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from flowforge import step
from flowforge.errors import FlowForgeError, RetryAfter, StepTimeout
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]


async def test_a_sleep_of_thirty_days_ends_in_milliseconds(forge: Forge) -> None:
    @forge.function(trigger="trial/begun")
    async def remind(ctx: Any) -> str:
        await step.sleep("most of the trial", "30d")
        await step.sleep("the rest", "1d")
        return "reminded"

    forge.clock.auto_skip = True
    began, moment = time.monotonic(), await forge.clock.now()
    sent = await forge.send("trial/begun")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == "reminded"
    assert time.monotonic() - began < 5
    assert (await forge.clock.now() - moment).total_seconds() >= 31 * 86400


async def test_a_wait_times_out_and_the_delay_of_a_retry_passes(forge: Forge) -> None:
    tries: list[int] = []

    def patient() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise RetryAfter(86400)
        return "at last"

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> Any:
        try:
            await step.wait_for_event("payment", event="payment/settled", timeout="24h")
        except StepTimeout:
            return await step.run("patient", patient)

    forge.clock.auto_skip = True
    run = await forge.wait_for(await forge.send("order/created"), "completed")
    assert (run.output, len(tries)) == ("at last", 3)


async def test_time_does_not_pass_while_something_can_still_move(forge: Forge) -> None:
    """The event that comes of other work arrives before the time-out, however far the clock could jump."""

    @forge.function(trigger="order/created")
    async def wait(ctx: Any) -> str:
        try:
            await step.wait_for_event("answer", event="answer/given", timeout="1h")
        except StepTimeout:
            return "too late"
        return "in time"

    @forge.function(trigger="order/created")
    async def answer(ctx: Any) -> None:
        await step.run("think", asyncio.sleep, 0.05)
        await step.send_event("answer", "answer/given")

    forge.clock.auto_skip = True
    await forge.send("order/created")
    await forge.work_until_idle()
    assert {str(run.output) for run in await forge.runs()} == {"None", "in time"}


async def test_without_auto_skip_the_clock_stands_where_it_is(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def nap(ctx: Any) -> None:
        await step.sleep("nap", "1h")

    sent = await forge.send("order/created")
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "sleeping"


async def test_a_run_that_is_in_the_middle_of_a_body_hears_of_the_jump(forge: Forge) -> None:
    """Its timers are in memory: they go by what the worker reckons from the database's last answer."""
    gate = asyncio.Event()

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> str:
        async def nap() -> None:
            await step.sleep("nap", "1h")
            gate.set()

        await asyncio.gather(nap(), step.run("long", gate.wait))
        return "both"

    sent = await forge.send("order/created")
    working = asyncio.create_task(forge.wait_for(sent, "completed"))
    while len(await forge.steps(sent)) < 1:
        await asyncio.sleep(0.005)
    await forge.clock.advance("61m")
    assert (await working).output == "both"


async def test_a_function_that_sleeps_for_ever_is_named(forge: Forge) -> None:
    @forge.function(trigger="order/created", id="poll.forever")
    async def poll(ctx: Any) -> None:
        while True:
            await step.sleep("pause", "1h")

    forge.clock.auto_skip = True
    forge.workshop.max_jumps = 5
    await forge.send("order/created")
    with pytest.raises(FlowForgeError, match=r"jumped 5 times.*poll\.forever"):
        await forge.work_until_idle()


async def test_the_clock_can_be_set_to_a_moment(forge: Forge) -> None:
    moment = datetime(2031, 3, 30, 2, 30, tzinfo=UTC)
    await forge.clock.set(moment)
    assert 0 <= (await forge.clock.now() - moment).total_seconds() < 10
