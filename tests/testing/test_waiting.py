"""Waiting for facts, and errors that say what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge import step
from flowforge.errors import FlowForgeError, InvalidInput, NonRetryable
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]


async def test_waiting_for_a_state_returns_the_run(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> str:
        await step.wait_for_event("payment", event="payment/settled", match="data.order_id")
        return "paid"

    sent = await forge.send("order/created", {"order_id": "ORD-1"})
    assert (await forge.wait_for(sent, "waiting", "sleeping")).state == "waiting"
    (wait,) = await forge.waits(sent)
    assert (wait.step, wait.kind, wait.event, wait.match) == ("payment", "wait_for_event", "payment/settled", 'data.order_id = "ORD-1"')
    await forge.send("payment/settled", {"order_id": "ORD-1"})
    assert (await forge.wait_for(sent, "completed")).output == "paid"
    assert await forge.waits(sent) == ()


async def test_an_event_that_never_comes_is_named_instead_of_waited_for(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")

    sent = await forge.send("order/created", {"order_id": "ORD-1"})
    with pytest.raises(FlowForgeError) as refused:
        await forge.wait_for(sent, "completed")
    said = str(refused.value)
    assert "is waiting, not completed: it waits for the event 'payment/settled' where data.order_id = \"ORD-1\" (step 'payment')" in said
    assert "await forge.send('payment/settled', …) sends it, forge.clock.advance(…)" in said


async def test_a_run_that_ended_otherwise_says_how(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> int:
        if ctx.event.data.get("bad"):
            raise NonRetryable("no total")
        return 7

    with pytest.raises(FlowForgeError, match="is failed, not completed: NonRetryable: no total"):
        await forge.wait_for(await forge.send("order/created", {"bad": True}), "completed")
    with pytest.raises(FlowForgeError, match="is completed, not failed: it returned 7"):
        await forge.wait_for(await forge.send("order/created"), "failed")
    with pytest.raises(InvalidInput, match="needs a state"):
        await forge.wait_for(await forge.send("order/created"))


async def test_a_decision_about_nothing_says_what_the_runs_do(forge: Forge) -> None:
    from flowforge.board.approve_step import approve

    @forge.function(trigger="refund/asked")
    async def refund(ctx: Any) -> None:
        await step.sleep("think", "1h")
        await approve("refund", arguments={"amount": 420})

    sent = await forge.send("refund/asked")
    with pytest.raises(InvalidInput, match="0 approvals") as refused:
        await forge.approve()
    assert "work_until_idle() first" in str(refused.value.hint)
    await forge.work_until_idle()
    with pytest.raises(InvalidInput) as refused:
        await forge.approve()
    assert "is sleeping" in str(refused.value.hint) and "it sleeps (step 'think')" in str(refused.value.hint)
    forge.clock.auto_skip = True
    with pytest.raises(FlowForgeError, match=r"a person to decide about 'refund'.*await forge\.approve\(\)"):
        await forge.wait_for(sent, "completed")


async def test_the_events_of_functions_can_be_looked_at(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        await step.send_event("announce", "order/shipped", {"id": 7})

    await forge.send("order/created", id="order-7")
    await forge.work_until_idle()
    assert [(event.name, event.data) for event in await forge.events("order/*")] == [("order/created", {}), ("order/shipped", {"id": 7})]
    assert [event.id for event in await forge.events("order/created")] == ["order-7"]


async def test_nothing_runs_before_the_test_says_so(forge: Forge) -> None:
    executed: list[str] = []

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        executed.append(ctx.run_id)

    await forge.send("order/created")
    await forge.work_until_idle()
    second = await forge.send("order/created")
    for _ in range(20):
        await asyncio.sleep(0.01)  # as long as a worker that polls would need
    assert len(executed) == 1
    assert (await forge.run(second)).state == "queued"
    await forge.work_until_idle()
    assert len(executed) == 2
