"""A programmer's mistake fails at once, names the step, says the fix, and is not retried."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from dataclasses import dataclass

import pytest
from pydantic import BaseModel, Field

import flowforge
from flowforge import step
from flowforge.errors import FlowForgeError, InvalidInput, RegistrationError, StepMisuse
from flowforge.orchestrator.registry import Registry

DEEP: list = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [1, object()]}, "$.a[1]"),
        ({"price": math.nan}, "$.price"),
        ([math.inf], "$[0]"),
        ({"text": "\ud800"}, "$.text"),
        ({1: "x"}, "$"),
        (DEEP, "levels"),
        (lambda: 1, "$"),
    ],
)
async def test_an_output_that_json_cannot_hold_fails_the_step_at_once_and_names_the_path(engine, value, path):
    calls = []

    def body():
        calls.append(1)
        return value

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("make", body)

    run = await engine.do("f")
    assert run.state == "failed" and "'make'" in run.error["message"]
    assert path in run.error["message"] and len(calls) == 1


async def test_what_is_nested_too_deep_is_refused_however_deep_python_would_go(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("make", lambda: DEEP)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        run = await engine.do("f")
    finally:
        sys.setrecursionlimit(limit)
    assert run.state == "failed" and "levels" in run.error["message"]


class Aliased(BaseModel):
    amount: int = Field(alias="Amount")


async def aliased() -> Aliased:
    return Aliased(Amount=420)


@pytest.mark.parametrize("make", [aliased, lambda: {"one": Aliased(Amount=420)}], ids=["declared", "inside"])
async def test_a_model_with_aliases_comes_back_as_it_was(engine, make):
    @engine.function(trigger="f")
    async def function(ctx):
        made = await step.run("make", make)
        return (made["one"] if isinstance(made, dict) else made).amount

    assert (await engine.do("f")).output == 420


async def test_a_model_that_no_replay_could_read_fails_its_step_at_once(engine):
    class Local(BaseModel):
        amount: int

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("make", lambda: Local(amount=1))

    run = await engine.do("f")
    assert run.state == "failed" and "cannot be read back" in run.error["message"]


async def test_a_plain_function_that_raises_stop_iteration_fails_its_step(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.options(retries=0).run("first", lambda: next(iter([])))

    run = await engine.do("f")
    assert run.state == "failed" and "StopIteration" in run.error["message"]


async def test_an_instance_with_call_is_a_body_like_any_other(engine):
    @dataclass
    class Give:
        n: int

        def __call__(self):
            return self.n

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("give", Give(3))

    assert (await engine.do("f")).output == 3


async def test_an_error_that_names_half_a_character_is_told_and_retried_like_any_other(engine):
    tries = []

    def read():
        tries.append(1)
        if len(tries) == 1:
            raise FileNotFoundError("caf\udce9.txt")
        raise ValueError("caf\udce9.txt")

    @engine.function(trigger="f")
    async def function(ctx):
        fine = asyncio.gather(step.run("fine", lambda: 1))
        await step.options(retries=1).run("read", read)
        await fine

    run = await engine.do("f")
    steps = await engine.steps(run.run_id)
    assert (len(tries), steps["fine"].state, steps["read"].state) == (2, "completed", "failed")
    json.dumps([run.error, steps["read"].attempts], ensure_ascii=False).encode()
    assert "caf" in run.error["message"]


async def test_awkward_but_valid_text_is_kept_to_the_letter(engine):
    text = 'nul \x00 · emoji 🦊 · quote " · line\nbreak · \u2028 · 1e2'

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("echo", lambda: {"text": text, "n": 2**80, "e": 1e-7})

    run = await engine.do("f")
    assert run.output == {"text": text, "n": 2**80, "e": 1e-7}


async def test_a_step_inside_a_step_is_refused(engine):
    async def outer():
        return await step.run("inner", lambda: 1)

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("outer", outer)

    run = await engine.do("f")
    assert run.state == "failed" and 'step "inner" is called inside step "outer"' in run.error["message"]
    assert (await engine.steps(run.run_id))["outer"].attempt == 1


async def test_a_missing_await_fails_the_run_and_names_the_step(engine):
    @engine.function(trigger="forgot")
    async def forgot(ctx):
        step.run("charge", lambda: 1)
        return "ok"

    @engine.function(trigger="used")
    async def used(ctx):
        order = step.run("load", lambda: {"total": 1})
        return order["total"]

    @engine.function(trigger="returned")
    async def returned(ctx):
        return step.run("load", lambda: 1)

    for name, named in (("forgot", "charge"), ("used", "load"), ("returned", "load")):
        run = await engine.do(name)
        assert run.state == "failed" and f'"{named}" was called without await' in run.error["message"], name
        assert "await step" in run.error["hint"]


async def test_a_lambda_around_an_async_function_is_simply_awaited(engine):
    async def check(data):
        return data["ok"]

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("check", lambda: check({"ok": True}))

    assert (await engine.do("f")).output is True


async def test_a_function_that_was_called_instead_of_handed_over_is_named(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("load", len("abc"))

    run = await engine.do("f")
    assert 'step "load" was given a int instead of a function' in run.error["message"]


async def test_a_match_on_a_field_that_the_trigger_lacks_is_named(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.wait_for_event("paid", event="paid", match="data.order_id")

    run = await engine.do("f", {"other": 1})
    assert run.error["type"] == "InvalidInput" and "data.order_id" in run.error["message"]


async def test_an_event_that_nothing_listens_to_is_accepted(engine):
    accepted = await engine.send("nobody/cares", {"n": 1})
    assert accepted.run_ids == () and not accepted.duplicate


def test_steps_outside_of_a_run_are_refused():
    with pytest.raises(StepMisuse, match="no run is executing"):
        step.run("x", lambda: 1)
    with pytest.raises(StepMisuse):
        flowforge.current_step()


@pytest.mark.parametrize("name", ["", "x" * 201, "tab\t", None, 7])
async def test_a_step_needs_a_printable_name(engine, name):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.run(name, lambda: 1)

    assert "name" in (await engine.do("f")).error["message"]


def test_registrations_that_cannot_be_durable_are_refused():
    registry = Registry()

    def sync(ctx): ...
    async def two(a, b): ...
    async def fine(ctx): ...
    async def other(ctx): ...

    for wrong in (sync, two):
        with pytest.raises(RegistrationError):
            registry.function(trigger="x")(wrong)
    for trigger in ("has space", "", 7, ["x", 7]):
        with pytest.raises((RegistrationError, TypeError)):
            registry.function(trigger=trigger)(fine)
    registry.function(id="same")(fine)
    with pytest.raises(RegistrationError, match="two functions have the id same"):
        registry.function(id="same")(other)


@pytest.mark.parametrize("wrong", ["soon", "-1s", "1x", "", -5])
async def test_a_duration_that_cannot_be_read_is_named(engine, wrong):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.sleep("nap", wrong)

    run = await engine.do("f")
    assert run.state == "failed" and run.error["type"] == "InvalidInput"


async def test_an_invoke_without_end_is_stopped(engine):
    @engine.function(id="self", trigger="f")
    async def function(ctx):
        return await step.invoke("again", "self", {})

    run = await engine.do("f", seconds=30)
    assert run.state == "failed" and "levels deep" in run.error["message"]


async def test_events_with_impossible_names_and_data_are_refused_and_nothing_is_stored(engine):
    for name in ("", "has space", "star/*", "x" * 257, "nul\x00"):
        with pytest.raises(InvalidInput):
            await engine.send(name)
    with pytest.raises(FlowForgeError):
        await engine.send("x", {"o": object()})
    assert await engine.fetchval("select count(*) from flowforge.event") == 0


async def test_what_only_the_platform_says_cannot_be_said_by_a_function(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        await step.send_event("forge", "board/task.assigned", {"task": "FF-1"})

    run = await engine.do("f")
    assert run.state == "failed" and "board/…" in run.error["message"]
    assert await engine.fetchval("select count(*) from flowforge.event where name like 'board/%'") == 0


async def test_a_body_that_exits_the_program_fails_its_step_only(engine):
    async def leave():
        raise SystemExit(3)

    @engine.function(trigger="f", retries=0)
    async def function(ctx):
        await step.run("leave", leave)

    assert (await engine.do("f")).error["type"] in ("StepError", "SystemExit")


async def test_a_step_that_takes_too_long_times_out(engine):
    @engine.function(trigger="f")
    async def function(ctx):
        try:
            await step.options(retries=0, timeout="50ms").run("slow", asyncio.sleep, 30)
        except TimeoutError as error:
            return str(error)

    assert "longer than 50 ms" in (await engine.do("f")).output
