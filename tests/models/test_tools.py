"""Tools of `step.ai` in real runs: the agents' loop below one step, with its approvals, its care about effects and its crashes."""

from __future__ import annotations

import asyncio
import importlib.util
import textwrap
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from flowforge.errors import StepError
from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.stream import read_page
from flowforge.skills.tool import TOOLS
from flowforge.steps import step
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall

__all__ = ["forge", "forge_database_url", "forge_workplace"]

pytestmark = pytest.mark.usefixtures("client")


class Verdict(BaseModel):
    order: str
    refund: int


def results(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


def one_call(name: str, arguments: dict[str, Any], answer: str = "") -> Any:
    """A script that calls one tool, and then answers with what that said."""

    def script(asked: Asked) -> Reply:
        said = results(asked)
        return Reply(answer or said[-1]) if said else Reply(tool_calls=(ToolCall(name, arguments),))

    return script


@pytest.fixture
def looked(forge: Forge) -> list[str]:
    """A tool that looks orders up, and which it has looked up."""
    seen: list[str] = []

    @forge.tool(effect="read")
    def look_up(order: str) -> dict[str, Any]:
        """Find an order."""
        seen.append(order)
        return {"order": order, "total": 420}

    return seen


@pytest.mark.thorough
async def test_a_call_with_tools_is_one_step_with_its_requests_and_calls_below(
    forge: Forge, provider: ScriptedProvider, looked: list[str]
) -> None:
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}, "It cost 420."))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        return await step.ai("triage", model="gpt-4o", prompt="What did ORD-1 cost?", tools=["look_up"])

    sent = await forge.send("order/asked")
    run = await forge.wait_for(sent, "completed")

    assert (run.output, looked) == ("It cost 420.", ["ORD-1"])
    steps = {found.key: found for found in await forge.steps(sent)}
    assert next(iter(steps)) == "triage"
    call = next(key for key in steps if "look_up" in key)
    assert set(steps) == {"triage", "triage/turn:1", call, "triage/turn:2"}
    assert call.startswith("triage/look_up:")
    assert [(steps[key].kind, steps[key].parent) for key in ("triage", "triage/turn:1", call, "triage/turn:2")] == [
        ("ai", None),
        ("ai", "triage"),
        ("tool", "triage/turn:1"),
        ("ai", "triage"),
    ]
    assert steps["triage"].output == "It cost 420."
    assert steps["triage"].input["tools"] == ["look_up"]
    assert run.cost == sum(found.cost for found in steps.values() if found.cost is not None)
    names = [frame.name for frame in await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)]
    told = list(dict.fromkeys(name for name in names if name.startswith(("step.s", "tool_call", "message.d", "step.c"))))
    assert told == [
        "step.started", "tool_call.args_delta", "tool_call.started", "step.completed", "tool_call.executing", "tool_call.completed",
        "message.delta",
    ]  # fmt: skip


async def test_a_finished_conversation_is_not_gone_through_again(forge: Forge, provider: ScriptedProvider, looked: list[str]) -> None:
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}))
    executed: list[str] = []

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        found = await step.ai("triage", model="gpt-4o", prompt="Look it up", tools=["look_up"])
        executed.append(found)
        await step.sleep("nap", "1h")
        return found

    forge.always_suspend = True  # every step is found again by a replay
    sent = await forge.send("order/asked")
    await forge.work_until_idle()
    await forge.clock.advance("1h")
    run = await forge.wait_for(sent, "completed")

    assert (run.output, looked, len(provider.requests)) == ('{"order":"ORD-1","total":420}', ["ORD-1"], 2)
    assert set(executed) == {run.output} and len(executed) >= 2
    await forge.replay_check(sent)


@pytest.mark.thorough
async def test_conversations_side_by_side_keep_their_steps_apart(forge: Forge, provider: ScriptedProvider, looked: list[str]) -> None:
    def script(asked: Asked) -> Reply:
        return Reply(f"{asked.last_user}: {results(asked)[-1]}") if results(asked) else call(asked.last_user)

    def call(order: str) -> Reply:
        return Reply(tool_calls=(ToolCall("look_up", {"order": order}, id="call_1"),))  # a provider may repeat its ids

    provider.answer_with(script)

    async def one(order: str) -> str:
        return await step.ai("triage", model="gpt-4o", prompt=order, tools=["look_up"])

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> list[str]:
        return await asyncio.gather(one("ORD-1"), one("ORD-2"), step.ai("triage", model="gpt-4o", prompt="ORD-3", tools=["look_up"]))

    forge.always_suspend = True
    sent = await forge.send("order/asked")
    run = await forge.wait_for(sent, "completed")

    assert run.output == [f'ORD-{n}: {{"order":"ORD-{n}","total":420}}' for n in (1, 2, 3)]
    assert sorted(looked) == ["ORD-1", "ORD-2", "ORD-3"]
    keys = {found.key.rpartition(".")[2] for found in await forge.steps(sent)}
    assert {"one/triage/turn:1", "one#2/triage/turn:1", "triage/turn:1", "one/triage/look_up:call_1"} <= keys


async def test_a_typed_output_is_repaired_in_the_same_conversation(forge: Forge, provider: ScriptedProvider, looked: list[str]) -> None:
    def script(asked: Asked) -> Reply:
        if not results(asked):
            return Reply(tool_calls=(ToolCall("look_up", {"order": "ORD-1"}),))
        return Reply('{"order": "ORD-1", "refund": 420}' if "cannot be used" in asked.last_user else "Refund it all.")

    provider.answer_with(script)
    verdicts: list[Verdict] = []

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> int:
        verdict = await step.ai("triage", model="gpt-4o", prompt="Refund?", tools=["look_up"], output=Verdict)
        verdicts.append(verdict)
        return verdict.refund

    sent = await forge.send("order/asked")
    assert (await forge.wait_for(sent, "completed")).output == 420
    assert (set(map(type, verdicts)), len(provider.requests), looked) == ({Verdict}, 3, ["ORD-1"])
    assert provider.requests[0].body["response_format"]["json_schema"]["name"] == "Verdict"


@pytest.mark.parametrize(
    ("answer", "options", "sentence"),
    [
        ("no", {"output": Verdict, "repairs": 1}, "gpt-4o answered what does not fit the output, and neither did its second try"),
        ("call", {"max_turns": 3}, "gpt-4o was asked 3 times and still calls tools"),
    ],
)
async def test_a_conversation_that_comes_to_no_answer_fails_as_one_step(
    forge: Forge, provider: ScriptedProvider, looked: list[str], answer: str, options: dict[str, Any], sentence: str
) -> None:
    provider.answer_with(lambda asked: Reply("no") if answer == "no" else Reply(tool_calls=(ToolCall("look_up", {"order": "1"}),)))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> Any:
        try:
            return await step.ai("triage", model="gpt-4o", prompt="Refund?", tools=["look_up"], **options)
        except StepError as error:
            return [error.step, error.error_type, error.reason]

    forge.always_suspend = True
    sent = await forge.send("order/asked")
    name, kind, reason = (await forge.wait_for(sent, "completed")).output
    assert (name, kind) == ("triage", "ModelError" if answer == "no" else "TurnsExceeded")
    assert reason.startswith(sentence)
    assert len(provider.requests) == (2 if answer == "no" else 3)
    assert [found.state for found in await forge.steps(sent) if found.key == "triage"] == ["failed"]


async def test_a_request_that_gives_up_fails_the_step_with_its_reason(forge: Forge, provider: ScriptedProvider, looked: list[str]) -> None:
    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> Any:
        try:
            return await step.ai("triage", model="openai/fault-unauthorized", prompt="Refund?", tools=["look_up"])
        except StepError as error:
            return [error.step, error.error_type, error.reason]

    name, kind, reason = (await forge.wait_for(await forge.send("order/asked"), "completed")).output
    assert (name, kind) == ("triage", "ModelError")
    assert "step" not in reason.split(":")[0]
    assert len(provider.requests) == 1


async def test_a_tool_that_moves_money_waits_for_a_person_while_the_run_holds_nothing(forge: Forge, provider: ScriptedProvider) -> None:
    paid: list[int] = []

    @forge.tool(effect="money")
    def refund(amount: int) -> str:
        """Pay back."""
        paid.append(amount)
        return f"paid {amount}"

    provider.answer_with(one_call("refund", {"amount": 420}))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        return await step.ai("triage", model="gpt-4o", prompt="Refund it", tools=[refund])

    sent = await forge.send("order/asked")
    await forge.work_until_idle()
    assert ((await forge.run(sent)).state, paid) == ("waiting", [])
    assert {found.key: found.state for found in await forge.steps(sent)}["triage"] == "running"

    await forge.restart_worker()
    await forge.approve(edited_args={"amount": 300})
    run = await forge.wait_for(sent, "completed")
    assert (run.output, paid, len(provider.requests)) == ("paid 300", [300], 2)
    frames = await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)
    begun = [frame.data["step"] for frame in frames if frame.name == "step.started"]
    assert begun.count("triage") == 1
    assert not [frame for frame in frames if frame.name == "log"]  # nothing but steps was awaited when it suspended


async def test_an_effect_whose_worker_died_is_a_persons_to_settle(forge: Forge, provider: ScriptedProvider) -> None:
    paid: list[int] = []

    @forge.tool(effect="money", approval=False)
    def refund(amount: int) -> str:
        """Pay back."""
        paid.append(amount)
        return f"paid {amount}"

    provider.answer_with(one_call("refund", {"amount": 420}))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        return await step.ai("triage", model="gpt-4o", prompt="Refund it", tools=[refund])

    sent = await forge.send("order/asked")
    forge.crash_at("body.after", nth=2)
    await forge.work_until_idle()
    [approval] = await forge.approvals()
    assert (approval.tool, paid) == ("refund", [420])
    await forge.deny(reason="The bank has it.")
    run = await forge.wait_for(sent, "completed")
    assert "The bank has it." in run.output
    assert (paid, len(provider.requests)) == ([420], 2)


async def test_a_run_that_is_cancelled_in_mid_conversation_cleans_up_and_begins_nothing_more(
    forge: Forge, provider: ScriptedProvider
) -> None:
    cleaned: list[str] = []

    @forge.tool(effect="money")
    def refund(amount: int) -> str:
        """Pay back."""
        raise AssertionError("nobody approved it")

    provider.answer_with(one_call("refund", {"amount": 420}))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        try:
            await step.run("reserve", lambda: "reserved")
            return await step.ai("triage", model="gpt-4o", prompt="Refund it", tools=[refund])
        finally:
            await step.run("release", lambda: cleaned.append("released"))

    sent = await forge.send("order/asked")
    await forge.work_until_idle()
    await cancel_run(forge.database, forge.tenant_id, (await forge.run(sent)).run_id, by="mira", bell=forge.bell)
    await forge.work_until_idle()
    assert ((await forge.run(sent)).state, cleaned, len(provider.requests)) == ("cancelled", ["released"], 1)


async def test_a_cancelled_run_comes_by_a_finished_conversation_without_its_records(
    forge: Forge, provider: ScriptedProvider, looked: list[str]
) -> None:
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}))
    cleaned: list[str] = []

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> None:
        found = await step.ai("triage", model="gpt-4o", prompt="Look it up", tools=["look_up"])
        try:
            await step.sleep("nap", "1h")
        finally:
            await step.run("note", cleaned.append, found)

    sent = await forge.send("order/asked")
    await forge.work_until_idle()
    await cancel_run(forge.database, forge.tenant_id, (await forge.run(sent)).run_id, by="mira", bell=forge.bell)
    await forge.work_until_idle()
    assert ((await forge.run(sent)).state, len(cleaned), len(provider.requests), looked) == ("cancelled", 1, 2, ["ORD-1"])


async def test_a_replay_from_a_conversation_asks_again_and_one_from_its_middle_keeps_what_came_before(
    forge: Forge, provider: ScriptedProvider, looked: list[str]
) -> None:
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}, "first"))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        return await step.ai("triage", model="gpt-4o", prompt="Look it up", tools=["look_up"])

    sent = await forge.send("order/asked")
    origin = await forge.wait_for(sent, "completed")
    provider.answer_with(one_call("look_up", {"order": "ORD-2"}, "second"))

    whole = await replay_run(forge.database, forge.person, origin.run_id, Wish(from_step="triage"))
    assert (await forge.wait_for(whole.new_run, "completed")).output == "second"
    assert looked == ["ORD-1", "ORD-2"]
    rest = await replay_run(forge.database, forge.person, origin.run_id, Wish(from_step="triage/turn:2"))
    assert {kept.key.partition(":")[0] for kept in rest.reused} == {"triage/turn", "triage/look_up"}
    assert (await forge.wait_for(rest.new_run, "completed")).output == "second"
    assert (looked, len(provider.requests)) == (["ORD-1", "ORD-2"], 5)


async def test_a_long_answer_is_kept_like_any_large_result(forge: Forge, provider: ScriptedProvider, looked: list[str]) -> None:
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}, "long " * 60_000))

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> int:
        return len(await step.ai("triage", model="gpt-4o", prompt="Tell me all", tools=["look_up"], stream=False))

    forge.always_suspend = True
    sent = await forge.send("order/asked")
    assert ((await forge.wait_for(sent, "completed")).output, len(provider.requests)) == (300_000, 2)


async def test_a_conversation_that_its_function_gives_up_goes_no_further(
    forge: Forge, provider: ScriptedProvider, looked: list[str]
) -> None:
    given_up = threading.Event()

    def answer(asked: Asked) -> Reply:
        assert given_up.wait(10)
        return Reply(tool_calls=(ToolCall("look_up", {"order": "ORD-1"}),))

    provider.answer_with(answer)

    async def until_it_answered() -> None:
        query = "select exists (select from flowforge.step where key = 'triage/turn:1' and state = 2)"
        while not await forge.database.pool.fetchval(query):
            await asyncio.sleep(0.01)

    async def until_it_was_asked() -> None:
        while not provider.requests:
            await asyncio.sleep(0.01)

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        asked = step.ai("triage", model="gpt-4o", prompt="Look it up", tools=["look_up"])
        await step.run("think", until_it_was_asked)
        asked.cancel()
        given_up.set()
        with suppress(asyncio.CancelledError):
            await asked
        await step.run("until it answered", until_it_answered)
        for _ in range(5):
            await step.run("go on", lambda: None)
        return "given up"

    sent = await forge.send("order/asked")
    run = await forge.wait_for(sent, "completed")
    assert (run.output, looked, len(provider.requests)) == ("given up", [], 1)
    assert "triage" not in {found.key for found in await forge.steps(sent) if found.state != "running"}


async def test_code_outside_of_steps_beside_a_conversation_is_told_of_when_the_run_suspends(
    forge: Forge, provider: ScriptedProvider
) -> None:
    @forge.tool(effect="money")
    def refund(amount: int) -> str:
        """Pay back."""
        return f"paid {amount}"

    provider.answer_with(one_call("refund", {"amount": 1}))
    released = asyncio.Event()

    @forge.function(trigger="order/asked", id="test.ask")
    async def ask(ctx: Any) -> str:
        answer, _ = await asyncio.gather(step.ai("triage", model="gpt-4o", prompt="x", tools=[refund]), released.wait())
        return answer

    sent = await forge.send("order/asked")
    await forge.work_until_idle()
    run = await forge.run(sent)
    frames = await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)
    warned = [frame.data["message"] for frame in frames if frame.name == "log"]
    assert warned == ["suspended while code outside of steps was awaiting something"]

    released.set()
    await forge.approve()
    assert (await forge.wait_for(sent, "completed")).output == "paid 1"


APP = """
    import flowforge
    from flowforge import step

    @flowforge.tool(effect="read")
    def look_up(order: str) -> dict:
        "Find an order."
        note("look_up", order)
        return {"order": order}

    @flowforge.tool(effect="write", approval=False)
    def refund(order: str) -> str:
        "Pay back."
        note("refund", order)
        return "paid"

    def note(*words):
        with open(__LOG__, "a") as log:
            log.write(" ".join(words) + "\\n")

    @flowforge.function(trigger="order/asked", id="app.ask")
    async def ask(ctx):
        return await step.ai("triage", model="gpt-4o", prompt="Refund ORD-1", tools=[look_up, refund])
"""


def refunding(asked: Asked) -> Reply:
    said = results(asked)
    calls = (ToolCall("look_up", {"order": "ORD-1"}), ToolCall("refund", {"order": "ORD-1"}))
    return Reply("Done.") if len(said) == 2 else Reply(tool_calls=(calls[len(said)],))


@pytest.fixture
def app(forge: Forge, tmp_path: Path) -> Iterator[Path]:
    """A file with a function and its tools, known to the test's engine too."""
    functions, tools = Registry(), list(TOOLS)
    functions.replace(REGISTRY)
    path = tmp_path / "refunding_app.py"
    path.write_text(textwrap.dedent(APP).replace("__LOG__", repr(str(tmp_path / "calls.log"))))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    forge.use(module)
    yield path
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)


@pytest.mark.thorough
@pytest.mark.parametrize(("point", "nth", "asked"), [("body.before", 5, 2), ("checkpoint.before_commit", 5, 3)])
async def test_a_worker_killed_after_a_call_repeats_no_tool(
    forge: Forge, provider: ScriptedProvider, app: Path, point: str, nth: int, asked: int
) -> None:
    provider.answer_with(refunding)
    log = app.parent / "calls.log"
    sent = await forge.send("order/asked")
    death = await forge.die_at(point, app=app, nth=nth)
    assert death.killed, death.output
    assert (log.read_text().splitlines(), len(provider.requests)) == (["look_up ORD-1", "refund ORD-1"], asked)

    run = await forge.wait_for(sent, "completed")
    assert (run.output, log.read_text().splitlines()) == ("Done.", ["look_up ORD-1", "refund ORD-1"])
    assert len(provider.requests) == (3 if point != "checkpoint.before_commit" else 4)
