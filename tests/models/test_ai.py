"""`step.ai` in real runs: the real engine and the real client, only the provider's answers are scripted."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID

import pytest
from pydantic import BaseModel

from flowforge.db.database import Database
from flowforge.errors import StepError, StepMisuse
from flowforge.orchestrator.context import Context
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import FINAL_STATES, RunView, StepView, find_run, list_steps, start_run
from flowforge.orchestrator.stream import Frame, read_page
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, Tokens

PATIENCE_SECONDS = 60  # far beyond what any of these takes, on a machine that is busy with other things
Handler = Callable[[Context], Awaitable[Any]]


class Risk(BaseModel):
    score: int
    level: Literal["low", "high"]


@dataclass(frozen=True)
class Done:
    """A run that has ended, and what it left behind."""

    run: RunView
    steps: list[StepView]
    frames: list[Frame]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [frame.data for frame in self.frames if frame.name == name]


class Execute(Protocol):
    async def __call__(self, handler: Handler, linger_seconds: float = ...) -> Done: ...


@pytest.fixture
def execute(database: Database, tenant_id: UUID, client: LiteLLMClient) -> Execute:
    async def run_to_its_end(handler: Handler, linger_seconds: float = 1.0) -> Done:
        registry = Registry()
        registry.function(trigger="order/created", id="test.process")(handler)
        worker = Worker(database, registry, backoff=Backoff(base_seconds=0.0), linger_seconds=linger_seconds, poll_seconds=0.05)
        await worker.start()
        rung = worker.bell.subscribe("ready", "wake")
        try:
            run_id = await start_run(database, tenant_id, "test.process", "{}", bell=worker.bell)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (run := await find_run(database.pool, tenant_id, run_id.hex)).state not in FINAL_STATES:
                    rung.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(rung.wait(), 0.05)
        finally:
            worker.bell.unsubscribe(rung, "ready", "wake")
            await worker.stop(grace_seconds=1.0)
        steps = await list_steps(database.pool, tenant_id, run_id)
        return Done(run, steps, await read_page(database.pool, tenant_id, "run", run_id, 0))

    return run_to_its_end


async def usage_rows(database: Database) -> list[Any]:
    return list(await database.pool.fetch("select * from flowforge.usage order by created_at, attempt"))


async def test_the_reply_is_the_steps_value(execute: Execute) -> None:
    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="gpt-4o", prompt="hello")

    done = await execute(process)
    assert (done.run.state, done.run.output) == ("completed", "You said: hello")
    assert (done.steps[0].kind, done.steps[0].output, done.steps[0].model) == ("ai", "You said: hello", "gpt-4o")


async def test_system_and_messages_are_sent(execute: Execute, provider: ScriptedProvider) -> None:
    async def process(ctx: Context) -> str:
        turns = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}]
        return await step.ai("talk", model="gpt-4o", system="Be brief.", messages=turns, temperature=0.1)

    await execute(process)
    body = provider.requests[0].body
    assert [turn["content"] for turn in body["messages"]] == ["Be brief.", "one", "two", "three"]
    assert body["temperature"] == 0.1


@pytest.mark.thorough
async def test_a_typed_output_is_the_type_at_first_and_on_replay(execute: Execute, provider: ScriptedProvider) -> None:
    seen: list[Risk] = []

    async def process(ctx: Context) -> int:
        risk = await step.ai("fraud", model="gpt-4o", prompt="How risky?", output=Risk)
        seen.append(risk)
        await step.sleep("nap", "200ms")  # too long to stay for: the run leaves its worker and is replayed
        return risk.score

    done = await execute(process, linger_seconds=0.005)
    assert done.run.state == "completed"
    assert seen == [Risk(score=0, level="low")] * 2
    assert len(provider.requests) == 1
    assert done.steps[0].output == {"score": 0, "level": "low"}


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4.5"])
async def test_a_json_schema_yields_plain_data(execute: Execute, model: str) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False}

    async def process(ctx: Context) -> Any:
        return await step.ai("check", model=model, prompt="ok?", output=schema)

    assert (await execute(process)).run.output == {"ok": True}


async def test_calls_run_side_by_side_under_one_name(execute: Execute) -> None:
    async def ask(n: int) -> str:
        return await step.ai("ask", model="gpt-4o", prompt=f"number {n}")

    async def process(ctx: Context) -> list[str]:
        return await asyncio.gather(*(ask(n) for n in range(5)))

    assert (await execute(process)).run.output == [f"You said: number {n}" for n in range(5)]


async def test_a_call_leaves_one_usage_row_with_its_cost(execute: Execute, provider: ScriptedProvider, database: Database) -> None:
    provider.answer_with(lambda asked: Reply("Fine.", "Let me see.", tokens=Tokens(1204, 88, cached=1000, reasoning=12)))

    async def process(ctx: Context) -> str:
        return await step.ai("fraud", model="gpt-4o", prompt="How risky?")

    done = await execute(process)
    (row,) = await usage_rows(database)
    assert (row["step_key"], row["model"], row["provider"], row["attempt"]) == (done.steps[0].key, "gpt-4o", "openai", 1)
    assert (row["input_tokens"], row["output_tokens"], row["cached_tokens"], row["reasoning_tokens"]) == (1204, 88, 1000, 12)
    assert (row["cost"], row["price_source"]) == (Decimal("0.00264"), "litellm")
    assert row["first_token_ms"] is not None
    assert (done.steps[0].cost, done.steps[0].input_tokens, done.run.cost) == (Decimal("0.00264"), 1204, Decimal("0.00264"))


async def test_an_unknown_price_is_null(execute: Execute, database: Database) -> None:
    async def process(ctx: Context) -> str:
        return await step.ai("ask", model="scripted/everyday", prompt="hello")

    done = await execute(process)
    assert [row["cost"] for row in await usage_rows(database)] == [None]
    assert done.steps[0].cost is None


async def test_frames_tell_the_call_in_order(execute: Execute, provider: ScriptedProvider) -> None:
    provider.answer_with(lambda asked: Reply("It is fine.", "Let me see.", tokens=Tokens(10, 5)))

    async def process(ctx: Context) -> str:
        return await step.ai("fraud", model="gpt-4o", prompt="How risky?")

    done = await execute(process)
    names = list(dict.fromkeys(frame.name for frame in done.frames))
    expected = ["step.started", "reasoning.delta", "message.delta", "usage.recorded", "message.completed", "step.completed"]
    assert [name for name in names if name in expected] == expected
    assert "".join(frame["text"] for frame in done.named("message.delta")) == "It is fine."
    assert "".join(frame["text"] for frame in done.named("reasoning.delta")) == "Let me see."
    assert {(frame["step"], frame["attempt"]) for frame in done.named("message.delta")} == {(done.steps[0].key, 1)}
    assert done.named("usage.recorded")[0]["cost"] == "0.000075"


async def test_without_stream_there_are_no_deltas(execute: Execute, provider: ScriptedProvider) -> None:
    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="gpt-4o", prompt="hello", stream=False)

    done = await execute(process)
    assert provider.requests[0].stream is False
    assert (done.named("message.delta"), done.named("message.completed")[0]["text"]) == ([], "You said: hello")


async def test_a_rate_limit_is_waited_out(execute: Execute, provider: ScriptedProvider) -> None:
    provider.fail_next("rate_limited", times=2, retry_after=0.02)

    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="gpt-4o", prompt="hello")

    done = await execute(process)
    assert (done.run.output, done.steps[0].attempt, len(provider.requests)) == ("You said: hello", 3, 3)
    assert [frame["delay_seconds"] for frame in done.named("step.retrying")] == [0.02, 0.02]


@pytest.mark.parametrize("fault", ["server_error", "cut", "dropped"])
async def test_what_may_pass_is_tried_again(execute: Execute, provider: ScriptedProvider, database: Database, fault: Any) -> None:
    provider.fail_next(fault)

    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="gpt-4o", prompt="a longer hello, my friend")

    done = await execute(process)
    assert (done.run.output, done.steps[0].attempt) == ("You said: a longer hello, my friend", 2)
    lost = [(1, "unknown")] if fault in ("cut", "dropped") else []  # it had begun to answer
    assert [(row["attempt"], row["outcome"]) for row in await usage_rows(database)] == [*lost, (2, "answered")]


@pytest.mark.parametrize("fault", ["unauthorized", "bad_request", "context_too_long", "not_found", "content_filter"])
async def test_what_cannot_succeed_is_tried_once(execute: Execute, provider: ScriptedProvider, fault: str) -> None:
    async def process(ctx: Context) -> str:
        try:
            return await step.ai("greet", model=f"openai/fault-{fault}", prompt="hello")
        except StepError as error:
            return f"{error.error_type} after {error.attempts}"

    done = await execute(process)
    assert (done.run.output, len(provider.requests)) == ("ModelError after 1", 1)


async def test_a_missing_key_fails_the_step_with_the_variables_name(
    execute: Execute, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")

    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="gpt-4o", prompt="hello")

    done = await execute(process)
    assert (done.run.state, done.steps[0].attempt, provider.requests) == ("failed", 1, [])
    assert "OPENAI_API_KEY is not set" in str(done.steps[0].error)


async def test_a_reply_that_does_not_fit_is_asked_for_again_within_the_attempt_with_the_reason(
    execute: Execute, provider: ScriptedProvider, database: Database
) -> None:
    provider.fail_next("garbled")

    async def process(ctx: Context) -> Any:
        return (await step.ai("fraud", model="gpt-4o", prompt="How risky?", output=Risk)).score

    done = await execute(process)
    assert (done.run.output, done.steps[0].attempt) == (0, 1)
    again = provider.requests[1].body["messages"]
    assert again[1] == {"role": "assistant", "content": "I'd rather not."}
    assert "it is no valid JSON" in again[2]["content"]
    assert [row["attempt"] for row in await usage_rows(database)] == [1, 1]  # the answer that did not fit was paid for too
    assert "asked for again (1/2): it is no valid JSON" in done.named("log")[0]["message"]


async def test_a_model_that_never_fits_fails_the_step_after_its_repairs_and_is_not_retried(
    execute: Execute, provider: ScriptedProvider, database: Database
) -> None:
    async def process(ctx: Context) -> str:
        try:
            await step.ai("fraud", model="openai/fault-garbled", prompt="How risky?", output=Risk, repairs=1, retries=5)
        except StepError as error:
            return f"{error.attempts}: {error.reason}"
        return "it fitted"

    done = await execute(process)
    assert done.run.output.startswith(
        "1: openai/fault-garbled answered what does not fit the output, and neither did its second try: it is no valid JSON"
    )
    assert len(provider.requests) == 2
    assert len(provider.requests[1].body["messages"]) == 4  # only the newest complaint, and the schema in words
    assert len(await usage_rows(database)) == 2


async def test_a_failed_attempt_does_not_give_the_next_one_its_repairs_back(execute: Execute, provider: ScriptedProvider) -> None:
    provider.fail_next("garbled")
    provider.fail_next("server_error")
    provider.fail_next("garbled", times=2)

    async def process(ctx: Context) -> str:
        try:
            await step.ai("fraud", model="gpt-4o", prompt="How risky?", output=Risk, repairs=2)
        except StepError as error:
            return f"after {error.attempts} attempts"
        return "it fitted"

    done = await execute(process)
    assert (done.run.output, len(provider.requests)) == ("after 2 attempts", 4)
    assert provider.requests[2].body["messages"][1]["content"] == "I'd rather not."  # what was wrong is not forgotten


async def test_options_hold_for_ai_too(execute: Execute, provider: ScriptedProvider) -> None:
    async def process(ctx: Context) -> int:
        try:
            await step.options(retries=1).ai("greet", model="openai/fault-server_error", prompt="hello")
        except StepError as error:
            return error.attempts
        return 0

    assert (await execute(process)).run.output == 2


async def test_a_timeout_bounds_each_attempt(execute: Execute) -> None:
    async def process(ctx: Context) -> str:
        try:
            return await step.ai("greet", model="openai/fault-timeout", prompt="hello", timeout="200ms", retries=1)
        except StepError as error:
            return f"{error.attempts}: {error.reason}"

    assert (await execute(process)).run.output == "2: openai did not finish the answer of openai/fault-timeout within 0.2 s"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"model": "gpt-4o"}, "either prompt= or messages="),
        ({"model": "gpt-4o", "prompt": "x", "messages": [{"role": "user", "content": "x"}]}, "either prompt= or messages="),
        ({"model": "gpt-4o", "messages": []}, "there are no messages to send"),
        ({"model": "gpt-4o", "prompt": {"a": 1}}, "prompt must be text, not a dict"),
        ({"model": "", "prompt": "x"}, "model must be the name of a model"),
        ({"model": "gpt-4o", "prompt": "x", "temprature": 1}, "'temprature' is no setting"),
        ({"model": "gpt-4o", "prompt": "x", "output": {"type": "strng"}}, "no valid JSON Schema"),
    ],
)
async def test_a_wrong_call_is_refused_in_one_sentence(
    execute: Execute, provider: ScriptedProvider, given: dict[str, Any], sentence: str
) -> None:
    async def process(ctx: Context) -> Any:
        return await step.ai("greet", **given)

    done = await execute(process)
    assert (done.run.state, provider.requests) == ("failed", [])
    assert sentence in str(done.run.error)


def test_outside_a_run_it_says_so() -> None:
    with pytest.raises(StepMisuse, match="no run is executing here"):
        step.ai("greet", model="gpt-4o", prompt="hello")


async def test_scripts_see_what_was_asked(execute: Execute, provider: ScriptedProvider) -> None:
    seen: list[Asked] = []

    def script(asked: Asked) -> Reply:
        seen.append(asked)
        return Reply("ok")

    provider.answer_with(script)

    async def process(ctx: Context) -> str:
        return await step.ai("greet", model="claude-sonnet-4.5", system="Be brief.", prompt="hello")

    await execute(process)
    assert [(message.role, message.text) for message in seen[0].messages] == [("system", "Be brief."), ("user", "hello")]


@pytest.mark.thorough
@pytest.mark.long
def test_the_output_type_flows_to_the_result(tmp_path: Path) -> None:
    program = """
        import asyncio
        from decimal import Decimal
        from pathlib import Path
        from typing import Any, assert_type
        from pydantic import BaseModel
        from flowforge.orchestrator.models.client import ModelRequest
        from flowforge.steps import step

        def look_up(order: str) -> str:
            return order

        def guard(request: ModelRequest) -> None: ...

        class Risk(BaseModel):
            score: int

        async def types() -> None:
            assert_type(await step.ai("a", model="m", prompt="p"), str)
            assert_type(await step.ai("a", model="m", prompt="p", output=Risk), Risk)
            assert_type(await step.ai("a", model="m", prompt="p", output=list[Risk]), list[Risk])
            assert_type(await step.ai("a", model="m", prompt="p", output={"type": "object"}), Any)
            both = await asyncio.gather(step.ai("a", model="m", prompt="p", output=Risk), step.ai("b", model="m", prompt="p"))
            assert_type(both, tuple[Risk, str])
            asked = step.ai("a", model="m", prompt="p", output=Risk, tools=[look_up, "refund"], images=[Path("a.png"), b"", "https://x"])
            assert_type(asked, asyncio.Future[Risk])
            assert_type(await step.ai("a", model="m", prompt="p", tools=["refund"], max_cost=Decimal("0.5"), before=[guard]), str)
            assert_type(await step.ai("a", model="m", messages=[{"role": "user"}], fallback=["n"], fallback_on=["timeout"]), str)
            step.ai("a", model="m", prompt="p", fallback_on=["timed_out"])  # type: ignore[list-item]
            step.ai("a", model="m", prompt="p", temprature=1)  # type: ignore[call-overload]
            assert_type(await step.embed("e", model="m", input="text"), list[float])
            assert_type(await step.embed("e", model="m", input=["text"]), list[list[float]])
            assert_type(await step.options(retries=1).embed("e", model="m", input=["text"]), list[list[float]])
            assert_type(await step.options(retries=1).ai("a", model="m", prompt="p", temperature=0.2), str)
    """
    file = tmp_path / "a_users_program.py"
    file.write_text(textwrap.dedent(program))
    mypy = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}/cache", str(file)]
    checked = subprocess.run(mypy, capture_output=True, text=True, check=False)  # in this process it would raise the recursion limit
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
