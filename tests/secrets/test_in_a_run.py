"""Secrets in the code of a run: had where a step runs, and in nothing that it stores."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import flowforge
from flowforge.agents.tool_step import call_tool
from flowforge.errors import NotFound, SecretExposed, StepError, StepMisuse
from flowforge.skills.tool import make_tool
from flowforge.steps import step
from flowforge.testing.harness import Forge

VALUE = "plain/looking=value+1"


async def ran(forge: Forge, body: Any, *, retries: int = 0) -> Any:
    """The run of a function whose code is `body`, once it has ended."""

    @forge.function(trigger="go", id="order.pay", retries=retries)
    async def pay(ctx: flowforge.Context) -> Any:
        return await body(ctx)

    sent = await forge.send("go")
    await forge.work_until_idle()
    return await forge.run(sent)


async def told(forge: Forge) -> str:
    """Everything that the run's tables hold."""
    connection = forge.database.pool
    tables = ("step", "frame", "run", "event", "failure", "progress", "usage", "audit", "blob", "signal")
    return " ".join([str(await connection.fetchval(f"select json_agg(t)::text from flowforge.{table} t")) for table in tables])


@pytest.mark.thorough
async def test_a_step_is_given_a_secret_and_the_next_call_a_rotated_one(forge: Forge) -> None:
    seen: list[str] = []

    async def charge() -> int:
        seen.append((await flowforge.secret("stripe")).reveal())
        return len(seen)

    async def body(ctx: flowforge.Context) -> Any:
        await step.run("charge", charge)
        await forge.secret("stripe", "the-next-version")
        return await step.run("charge", charge)

    await forge.secret("stripe", VALUE)
    run = await ran(forge, body)
    assert (run.state, seen) == ("completed", [VALUE, "the-next-version"])
    assert VALUE not in await told(forge)


async def test_a_secret_of_another_function_is_not_there(forge: Forge) -> None:
    async def charge() -> str:
        with pytest.raises(NotFound, match="there is no secret 'stripe'"):
            await flowforge.secret("stripe")
        return "none"

    await forge.secret("stripe", VALUE, function="order.ship")
    assert (await ran(forge, lambda ctx: step.run("charge", charge))).output == "none"


async def test_outside_of_a_step_there_are_no_secrets(forge: Forge) -> None:
    async def body(ctx: flowforge.Context) -> Any:
        with pytest.raises(StepMisuse, match="where a step runs"):
            await flowforge.secret("stripe")

    assert (await ran(forge, body)).state == "completed"


@pytest.mark.parametrize("written", [VALUE, {"deep": [f"Bearer {VALUE}"]}, VALUE.encode().hex()], ids=["plain", "nested", "hex"])
async def test_a_step_that_returns_a_secret_fails_loudly_and_once(forge: Forge, written: Any) -> None:
    times: list[int] = []

    async def charge() -> Any:
        await flowforge.secret("stripe")
        times.append(1)
        return written

    await forge.secret("stripe", VALUE)
    run = await ran(forge, lambda ctx: step.run("charge", charge), retries=3)
    assert (run.state, len(times)) == ("failed", 1)
    assert "the result of step 'charge' holds the value of a secret" in (run.error or {})["message"]
    assert VALUE not in (text := await told(forge)) and VALUE.encode().hex() not in text


async def test_what_a_run_says_and_fails_with_is_without_secrets(forge: Forge) -> None:
    async def charge(argument: str) -> str:
        found = await flowforge.secret("stripe")
        flowforge.current_step().emit("log", {"message": f"using {found.reveal()}"})
        raise flowforge.NonRetryable(f"refused {found.reveal()}", hint=f"not {found.reveal()}")

    async def opens() -> None:
        await flowforge.secret("stripe")

    async def body(ctx: flowforge.Context) -> Any:
        await step.run("open", opens)
        ctx.progress(0.5, f"half of {VALUE}")
        with pytest.raises(StepMisuse, match="name holds the value of a secret"):
            step.run(f"charge with {VALUE}", opens)
        for exposes in (
            lambda: step.invoke("child", "order.pay", {"key": VALUE}),
            lambda: step.send_event("send", "other", {"key": VALUE}),
            lambda: step.signal("signal", ctx.run_id, "hello", VALUE),
            lambda: step.wait_for_signal("wait", signal=VALUE.replace("/", "%2F").replace("=", "%3D").replace("+", "%2B")),
        ):
            with pytest.raises((SecretExposed, flowforge.FlowForgeError)):
                await exposes()
        await step.run("charge", charge, VALUE)

    await forge.secret("stripe", VALUE)
    run = await ran(forge, body)
    assert run.state == "failed" and "refused [redacted]" in (run.error or {})["message"]
    text = await told(forge)
    assert VALUE not in text and "half of [redacted]" in text and "using [redacted]" in text and '[redacted]\\"' in text


async def test_a_functions_result_and_a_caught_error_hold_none_either(forge: Forge) -> None:
    async def charge() -> str:
        raise ValueError((await flowforge.secret("stripe")).reveal())

    async def body(ctx: flowforge.Context) -> Any:
        with pytest.raises(StepError) as caught:
            await step.run("charge", charge)
        assert VALUE not in str(caught.value)
        return {"key": VALUE}

    await forge.secret("stripe", VALUE)
    run = await ran(forge, body)
    assert run.state == "failed" and "the function's result holds the value of a secret" in (run.error or {})["message"]
    assert VALUE not in await told(forge)


async def test_a_deleted_run_leaves_no_note_of_what_it_used(forge: Forge) -> None:
    from flowforge.orchestrator.deletion import delete_run

    async def charge() -> None:
        await flowforge.secret("stripe")

    await forge.secret("stripe", VALUE)
    run = await ran(forge, lambda ctx: step.run("charge", charge))
    count = "select count(*) from flowforge.secret_use"
    assert await forge.database.pool.fetchval(count) == 1
    await delete_run(forge.database, forge.person, run.run_id)
    assert await forge.database.pool.fetchval(count) == 0


async def test_many_steps_at_once_use_one_secret(forge: Forge) -> None:
    async def charge(number: int) -> int:
        return len((await flowforge.secret("stripe")).reveal()) + number

    async def body(ctx: flowforge.Context) -> Any:
        return sum(await asyncio.gather(*(step.run(f"charge {number}", charge, number) for number in range(30))))

    await forge.secret("stripe", VALUE)
    assert (await ran(forge, body)).output == 30 * len(VALUE) + sum(range(30))
    assert await forge.database.pool.fetchval("select count(*) from flowforge.audit where action = 'secret.use'") == 30


async def test_a_tool_is_given_the_secret_that_is_its_own(forge: Forge) -> None:
    seen: list[str] = []

    async def refund() -> str:
        "Pay back."
        seen.append((await flowforge.secret("stripe")).reveal())
        return "paid"

    tool = make_tool(refund, effect="write")
    await forge.secret("stripe", "for everybody else")
    await forge.secret("stripe", VALUE, tool="refund")
    run = await ran(forge, lambda ctx: step.run("call", call_tool, tool, "call_1", {}))
    assert (run.output, seen) == ("paid", [VALUE])
    used = "select detail::json ->> 'tool' from flowforge.audit where action = 'secret.use'"
    assert await forge.database.pool.fetchval(used) == "refund"


async def test_a_new_secret_holds_after_a_failed_attempt(forge: Forge) -> None:
    """A missing secret is no end: somebody sets it, and the next attempt has it."""

    async def charge() -> str:
        try:
            await flowforge.secret("stripe")
        except NotFound:
            await forge.secret("stripe", VALUE)
            raise
        return "paid"

    run = await ran(forge, lambda ctx: step.run("charge", charge), retries=1)
    assert run.output == "paid"
