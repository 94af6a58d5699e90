"""What may come in one turn, and one after the other: several gated calls, repeats, failures, wrong arguments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic_ai import ModelRetry

from flowforge.errors import NonRetryable
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


@pytest.fixture
def model_client() -> LiteLLMClient:
    return LiteLLMClient()


@pytest.fixture
def paid(tools: ToolRegistry) -> list[tuple[str, float]]:
    made: list[tuple[str, float]] = []

    @tools.tool(effect="money")
    def pay(to: str, amount: float) -> str:
        """Pay somebody."""
        made.append((to, amount))
        return f"paid {amount:g} to {to}"

    return made


def answers(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


async def test_two_gated_calls_of_one_turn_wait_side_by_side_and_are_decided_in_any_order(shop, tools, paid, provider: ScriptedProvider):
    looked: list[str] = []

    @tools.tool(effect="read")
    def look(at: str) -> str:
        """Look at something."""
        looked.append(at)
        return "seen"

    def script(asked: Asked) -> Reply:
        if answers(asked):
            return Reply(text=" / ".join(answers(asked)))
        calls = ToolCall("pay", {"to": "ann", "amount": 1}), ToolCall("look", {"at": "books"}), ToolCall("pay", {"to": "bob", "amount": 2})
        return Reply(text="Both.", tool_calls=calls)

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Pay them")
    async with shop.worker():
        by_name = {approval.arguments["to"]: approval for approval in await shop.asked(2)}
        waiting = await shop.state(key, "waiting")
        assert [step.name for step in await shop.steps(waiting) if step.kind == "tool"] == ["look"]

        await shop.decide(by_name["bob"], True, edited_args={"to": "bob", "amount": 20})
        [left] = await shop.asked()
        assert left.arguments["to"] == "ann"
        await shop.decide(left, False, reason="not ann")
        run = await shop.ended(key)

    assert (paid, looked) == ([("bob", 20.0)], ["books"])
    assert run.output["result"] == "mira denied this call, so it did not run. Reason: not ann / seen / paid 20 to bob"
    assert len(provider.requests) == 2


async def test_approvals_one_after_the_other_each_count(shop, paid, provider: ScriptedProvider):
    def script(asked: Asked) -> Reply:
        turn = len(answers(asked))
        return Reply(tool_calls=(ToolCall("pay", {"to": "ann", "amount": turn + 1}),)) if turn < 3 else Reply(text="All paid.")

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Pay ann three times")
    async with shop.worker():
        for amount in (1, 2, 3):
            [approval] = await shop.asked()
            assert approval.arguments["amount"] == amount
            await shop.decide(approval, True)
            await shop.eventually(lambda amount=amount: has_paid(paid, amount), "the payment")
        run = await shop.ended(key)

    assert (run.state, paid) == ("completed", [("ann", 1.0), ("ann", 2.0), ("ann", 3.0)])


async def has_paid(paid: list[tuple[str, float]], count: int) -> bool:
    return len(paid) == count


async def test_calls_with_the_same_id_and_arguments_in_different_turns_are_different_calls(shop, tools, provider: ScriptedProvider):
    calls: list[str] = []

    @tools.tool(effect="write", approval=False)
    def count(what: str) -> int:
        """Count."""
        calls.append(what)
        return len(calls)

    def script(asked: Asked) -> Reply:
        same = Reply(tool_calls=(ToolCall("count", {"what": "sheep"}, id="call_1"),))
        return same if len(answers(asked)) < 2 else Reply(text=" ".join(answers(asked)))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Count")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.output["result"], calls) == ("1 2", ["sheep", "sheep"])


async def test_arguments_that_do_not_fit_go_back_to_the_model_and_ask_nobody(shop, paid, provider: ScriptedProvider):
    def script(asked: Asked) -> Reply:
        if not answers(asked):
            return Reply(tool_calls=(ToolCall("pay", {"to": "ann", "amount": "a lot"}),))
        assert "amount" in answers(asked)[-1]
        return Reply(text="I cannot.")

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"], paid) == ("completed", "I cannot.", [])
    assert {step.kind for step in await shop.steps(run)} == {"agent", "ai", "board"}


async def test_an_unknown_tool_goes_back_to_the_model(shop, paid, provider: ScriptedProvider):
    def script(asked: Asked) -> Reply:
        return Reply(text="Right.") if answers(asked) else Reply(tool_calls=(ToolCall("fly", {}),))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Fly")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"]) == ("completed", "Right.")


async def test_the_model_reads_what_a_failing_tool_said_and_an_effect_is_not_repeated(shop, tools, provider: ScriptedProvider):
    tried: list[str] = []

    @tools.tool(effect="outside", approval=False)
    def send(to: str) -> None:
        """Send a mail."""
        tried.append(to)
        raise RuntimeError("mailbox full")

    @tools.tool(effect="read")
    def look(at: str) -> None:
        """Look."""
        tried.append(at)
        raise RuntimeError("it is dark")

    def script(asked: Asked) -> Reply:
        if answers(asked):
            return Reply(text=" / ".join(answers(asked)))
        return Reply(tool_calls=(ToolCall("send", {"to": "ann"}), ToolCall("look", {"at": "books"})))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Send it")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "completed"
    assert "mailbox full" in run.output["result"]
    assert "it is dark" in run.output["result"]
    assert (tried.count("ann"), tried.count("books")) == (1, 3)
    failed = [frame.data["error"] for frame in await shop.frames("run", run.run_id) if frame.name == "tool_call.failed"]
    assert {"type": "RuntimeError", "message": "mailbox full"} in failed


@pytest.mark.parametrize("error", [NonRetryable("no such order"), ModelRetry("use the long number")])
async def test_a_tool_can_say_no_at_once(shop, tools, provider: ScriptedProvider, error: Exception):
    tried: list[str] = []

    @tools.tool(effect="read")
    def look(at: str) -> None:
        """Look."""
        tried.append(at)
        raise error

    def script(asked: Asked) -> Reply:
        return Reply(text=answers(asked)[-1]) if answers(asked) else Reply(tool_calls=(ToolCall("look", {"at": "ORD"}),))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Look")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, tried) == ("completed", ["ORD"])
    assert str(error) in run.output["result"]


async def test_a_result_that_json_cannot_hold_fails_the_run_and_names_step_and_path(shop, tools, provider: ScriptedProvider):
    @tools.tool(effect="read")
    def look(at: str) -> Any:
        """Look."""
        return {"seen": [object()]}

    def script(asked: Asked) -> Reply:
        return Reply(tool_calls=(ToolCall("look", {"at": "books"}),))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Look")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert "look" in run.error["message"]
    assert "$.seen" in run.error["message"]
    assert "$.seen" in (await shop.task(key)).comments[0].text


async def test_an_agent_that_never_comes_to_an_end_is_stopped(shop, tools, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flowforge.agents.limits.TURNS_MAX", 3)

    @tools.tool(effect="read")
    def look(at: str) -> str:
        """Look."""
        return "nothing"

    provider.answer_with(lambda asked: Reply(tool_calls=(ToolCall("look", {"at": "books"}),)))
    await shop.hire()
    key = await shop.give("Look for ever")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert len(provider.requests) == 3
    assert "3" in (await shop.task(key)).comments[0].text


@pytest.mark.long
async def test_sync_tools_run_beside_each_other(shop, tools, provider: ScriptedProvider):
    import threading

    together = threading.Barrier(2, timeout=10)

    @tools.tool(effect="read")
    def meet(who: str) -> str:
        """Meet."""
        together.wait()
        return who

    def script(asked: Asked) -> Reply:
        if answers(asked):
            return Reply(text=" ".join(answers(asked)))
        return Reply(tool_calls=(ToolCall("meet", {"who": "ann"}), ToolCall("meet", {"who": "bob"})))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Meet")
    async with shop.worker():
        assert (await shop.ended(key)).output["result"] == "ann bob"


@pytest.mark.long
async def test_many_agents_work_at_once(shop, paid, provider: ScriptedProvider):
    provider.answer_with(lambda asked: Reply(text=asked.last_user))
    await shop.hire()
    keys = [await shop.give(f"Card {number}") for number in range(20)]
    async with shop.worker():
        runs = await asyncio.gather(*map(shop.ended, keys))

    assert [run.output["result"] for run in runs] == [f"# Card {number}" for number in range(20)]
