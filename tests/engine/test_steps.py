"""What a function can do with steps, and what it gets back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from flowforge import Context, NonRetryable, RetryAfter, StepError, StepTimeout, step


class Order(BaseModel):
    id: str
    total: Decimal


@dataclass
class Label:
    code: str
    printed: datetime


async def test_steps_run_in_order_and_in_parallel_and_their_values_come_back(engine):
    @engine.function(trigger="order/*")
    async def process(ctx):
        a = await step.run("double", lambda x: x * 2, ctx.event.data["n"])
        b, c = await asyncio.gather(step.run("x", lambda: a + 1), step.run("y", lambda: a + 2))
        return [a, b, c]

    run = await engine.do("order/created", {"n": 21})
    assert (run.state, run.output, run.attempt, run.trigger) == ("completed", [42, 43, 44], 1, "order/created")


async def test_typed_values_go_in_and_come_out_typed_on_the_first_execution_and_on_a_replay(engine):
    seen = []

    def price(order_id: str) -> Order:
        return Order(id=order_id, total=Decimal("19.90"))

    def untyped():
        return {"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=7), "label": Label("x", datetime(2026, 1, 1)), "tags": {"a"}}

    @engine.function(trigger="typed")
    async def typed(ctx):
        order = await step.run("price", price, "ORD-1")
        loose = await step.run("loose", untyped)
        seen.append((order, loose))
        await step.sleep("nap", "5s")
        return order.total + 1

    await engine.worker()
    run_id = await engine.start("typed")
    await engine.state(run_id, "sleeping")
    await engine.advance(6)
    run = await engine.end_of(run_id)
    assert run.output in ("20.90", {"$type": "decimal", "value": "20.90"})
    assert len(seen) == 2 and seen[0] == seen[1]
    assert isinstance(seen[1][0], Order) and isinstance(seen[1][1]["label"], Label) and seen[1][1]["tags"] == {"a"}


async def test_the_events_data_comes_as_the_type_that_the_context_declares(engine):
    @engine.function(trigger="order/typed")
    async def process(ctx: Context[Order]) -> str:
        return f"{type(ctx.event.data).__name__} {ctx.event.data.total}"

    assert (await engine.do("order/typed", {"id": "a", "total": "1.50"})).output == "Order 1.50"


async def test_a_failing_step_is_retried_and_its_attempts_are_kept(engine):
    tries = []

    def flaky():
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError(f"no {len(tries)}")
        return "yes"

    @engine.function(trigger="flaky")
    async def function(ctx):
        return await step.run("flaky", flaky)

    run = await engine.do("flaky")
    only = (await engine.steps(run.run_id))["flaky"]
    assert (run.output, len(tries), only.attempt) == ("yes", 3, 3)
    assert [a["error"]["message"] for a in only.attempts] == ["no 1", "no 2"]


async def test_a_step_that_gives_up_raises_in_the_function_which_may_catch_it(engine):
    calls = []

    def broken():
        calls.append(1)
        raise ValueError("never")

    @engine.function(trigger="broken", retries=1)
    async def function(ctx):
        try:
            await step.run("broken", broken)
        except StepError as error:
            return [error.step, error.error_type, error.attempts, await step.run("compensate", lambda: "undone")]

    assert (await engine.do("broken")).output == ["broken", "ValueError", 2, "undone"]
    assert len(calls) == 2


async def test_an_error_that_escapes_fails_the_run_with_the_users_line(engine):
    @engine.function(trigger="fails")
    async def function(ctx):
        raise KeyError("missing")

    run = await engine.do("fails")
    assert run.state == "failed" and run.error["type"] == "KeyError"
    assert run.error["where"].startswith("test_steps.py:")


async def test_non_retryable_fails_at_once_and_retry_after_is_honoured(engine):
    tries = {"hard": 0, "soft": 0}

    def hard():
        tries["hard"] += 1
        raise NonRetryable("bad card")

    def soft():
        tries["soft"] += 1
        if tries["soft"] == 1:
            raise RetryAfter(3600)
        return "later"

    @engine.function(trigger="both")
    async def function(ctx):
        with suppress(StepError):
            await step.run("hard", hard)
        return await step.run("soft", soft)

    await engine.worker()
    run_id = await engine.start("both")
    await engine.state(run_id, "sleeping", "waiting")
    assert tries == {"hard": 1, "soft": 1}
    await engine.advance(3601)
    run = await engine.end_of(run_id)
    assert run.output == "later" and tries == {"hard": 1, "soft": 2} and run.attempt == 2


async def test_a_sleeping_run_holds_nothing_and_wakes_when_its_time_has_come(engine):
    @engine.function(trigger="sleepy")
    async def function(ctx):
        await step.sleep("long", "7d")
        return "awake"

    worker = await engine.worker()
    run_id = await engine.start("sleepy")
    run = await engine.state(run_id, "sleeping")
    assert run.due is not None
    async with asyncio.timeout(5):
        while worker.active:
            await asyncio.sleep(0.01)
    await engine.advance(7 * 86400 - 60)
    await asyncio.sleep(0.2)
    assert (await engine.run(run_id)).state == "sleeping"
    await engine.advance(61)
    assert (await engine.end_of(run_id)).output == "awake"


async def test_a_wait_returns_the_matching_event_and_ignores_the_others(engine):
    @engine.function(trigger="order/created")
    async def function(ctx):
        paid = await step.wait_for_event("payment", event="payment/settled", match="data.order_id", timeout="24h")
        return [paid.name, paid.data["amount"], paid.id]

    await engine.worker()
    run_id = await engine.start("order/created", {"order_id": "A"})
    await engine.state(run_id, "waiting")
    await engine.send("payment/settled", {"order_id": "B", "amount": 1})
    await engine.send("payment/settled", {"amount": 2})
    await engine.send("payment/settled", {"order_id": "A", "amount": 3}, key="pay-3")
    assert (await engine.end_of(run_id)).output == ["payment/settled", 3, "pay-3"]
    assert await engine.fetchval("select count(*) from flowforge.wait") == 0


async def test_a_wait_looks_back_to_the_start_of_the_run_and_takes_each_event_once(engine):
    gate = asyncio.Event()

    @engine.function(trigger="order/created")
    async def function(ctx):
        await step.run("slow", gate.wait)
        first = await step.wait_for_event("one", event="note", match="data.k")
        second = await step.wait_for_event("two", event="note", match="data.k")
        return [first.data["n"], second.data["n"]]

    await engine.worker()
    await engine.send("note", {"k": "A", "n": 0})
    run_id = await engine.start("order/created", {"k": "A"})
    for n in (1, 2):
        await engine.send("note", {"k": "A", "n": n})
    gate.set()
    assert (await engine.end_of(run_id)).output == [1, 2]


async def test_a_wait_times_out_with_a_timeout_error(engine):
    @engine.function(trigger="impatient")
    async def function(ctx):
        try:
            await step.wait_for_event("never", event="nothing/comes", timeout="1h")
        except StepTimeout as error:
            return [isinstance(error, TimeoutError), error.step]

    await engine.worker()
    run_id = await engine.start("impatient")
    await engine.state(run_id, "waiting")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == [True, "never"]


async def test_a_child_run_returns_its_output_and_its_failure(engine):
    @engine.function()
    async def good(ctx):
        await step.sleep("nap", "10m")
        return {"label": ctx.input["order"]}

    @engine.function()
    async def bad(ctx):
        raise ValueError("child broke")

    @engine.function(trigger="parent")
    async def parent(ctx):
        label = await step.invoke("label", good, {"order": 7})
        try:
            await step.invoke("fail", bad)
        except StepError as error:
            return [label, str(error)]

    await engine.worker()
    run_id = await engine.start("parent")
    await engine.state(run_id, "waiting")
    await asyncio.sleep(0.3)
    await engine.advance(601)
    run = await engine.end_of(run_id)
    assert run.output[0] == {"label": 7} and "child broke" in run.output[1]


async def test_an_event_sent_by_a_step_is_sent_once(engine):
    @engine.function(trigger="chain/start")
    async def first(ctx):
        return await step.send_event("announce", "chain/next", {"n": 1})

    @engine.function(trigger="chain/next")
    async def second(ctx):
        return ctx.event.data

    run = await engine.do("chain/start")
    assert len(run.output) == 1
    assert await engine.fetchval("select count(*) from flowforge.event where name = 'chain/next'") == 1


async def test_a_ten_megabyte_output_works_and_replays(engine):
    calls = []

    def big():
        calls.append(1)
        return "x" * 10_000_000

    @engine.function(trigger="big")
    async def function(ctx):
        text = await step.run("big", big)
        await step.sleep("nap", "1h")
        return len(text)

    await engine.worker()
    run_id = await engine.start("big")
    await engine.state(run_id, "sleeping")
    await engine.advance(3601)
    assert (await engine.end_of(run_id)).output == 10_000_000
    assert calls == [1]
    assert await engine.fetchval("select length(data) from flowforge.blob") == 10_000_002


async def test_an_event_starts_every_function_that_listens_by_name_or_pattern_once(engine):
    @engine.function(trigger=["order/created", "order/*"])
    async def one(ctx):
        return 1

    @engine.function(trigger="*")
    async def two(ctx):
        return 2

    @engine.function(trigger="order/cancelled")
    async def three(ctx):
        return 3

    accepted = await engine.send("order/created")
    functions = [(await engine.run(run_id)).function for run_id in accepted.run_ids]
    assert sorted(functions) == ["test_steps.one", "test_steps.two"]
    again = await engine.send("order/created", key="same")
    twice = await engine.send("order/created", key="same")
    assert twice.duplicate and twice.run_ids == again.run_ids and not again.duplicate
