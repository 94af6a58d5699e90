"""What a run may take: turns, tool calls, money and time of work; and the person who gives it more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from flowforge.agents.definition import AgentLimits
from flowforge.agents.limits import Bounds, Spent, Unnoted
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, Tokens, ToolCall


@pytest.fixture
def looked(tools: ToolRegistry) -> list[str]:
    seen: list[str] = []

    @tools.tool(effect="read")
    def look(at: str) -> str:
        """Look."""
        seen.append(at)
        return "nothing"

    return seen


def looks(times: int, at_once: int = 1, tokens: Tokens | None = None) -> Any:
    def script(asked: Asked) -> Reply:
        done = sum(message.role == "assistant" for message in asked.messages)
        more = {"tokens": tokens} if tokens else {}
        if done == times:
            return Reply(text="done", **more)
        return Reply(tool_calls=tuple(ToolCall("look", {"at": f"{done}.{n}"}) for n in range(at_once)), **more)

    return script


@pytest.mark.thorough
async def test_no_call_beyond_the_limit_is_made_and_the_card_says_why(shop, looked, provider: ScriptedProvider):
    provider.answer_with(looks(3, at_once=2))
    await shop.hire(limits=AgentLimits(tool_calls=3))
    key = await shop.give("Look")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, sorted(looked), run.error["type"]) == ("failed", ["0.0", "0.1"], "LimitReached")
    assert (await shop.task(key)).comments[0].text == "I could not finish this: I reached my limit of 3 tool calls"


async def test_a_person_gives_a_run_more_turns_and_it_survives_the_wait(shop, looked, provider: ScriptedProvider):
    provider.answer_with(looks(4))
    await shop.hire(limits=AgentLimits(turns=2, on_limit="ask"))
    key = await shop.give("Look")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
        assert (approval.tool, approval.arguments) == ("raise_limit", {"limit": "turns", "more": "1"})
        assert "2 turns" in approval.reason
    await shop.decide(approval, True, edited_args={"limit": "turns", "more": "3"})
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"], len(provider.requests)) == ("completed", "done", 5)


@pytest.mark.thorough
async def test_a_run_that_gets_no_more_ends_with_the_reason(shop, looked, provider: ScriptedProvider):
    provider.answer_with(looks(4))
    await shop.hire(limits=AgentLimits(turns=1, on_limit="ask"))
    key = await shop.give("Look")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.decide(approval, False, reason="enough")
        run = await shop.ended(key)

    assert run.state == "failed"
    assert (await shop.task(key)).comments[0].text.endswith("I reached my limit of 1 turn; mira did not raise it: enough")


@pytest.mark.thorough
async def test_money_is_counted_by_what_calls_cost_and_a_call_that_may_cost_more_is_not_made(shop, looked, provider: ScriptedProvider):
    provider.answer_with(looks(5, tokens=Tokens(input=100_000, output=1_000)))  # 0.26 USD each
    await shop.hire(limits=AgentLimits(money=Decimal("0.60")), model_settings={"max_tokens": 1000})
    key = await shop.give("Look")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.error["type"]) == ("failed", "LimitReached")
    assert len(provider.requests) == 3  # after two, 0.08 are left, and a call of so few tokens may cost less
    assert "0.6 USD" in run.error["message"]


def test_time_of_work_is_that_in_which_something_was_busy():
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    unnoted = Unnoted(clock)  # type: ignore[arg-type]
    with unnoted.working():
        clock.now = 2.0
        with unnoted.working():  # two at once take the time of one
            clock.now = 5.0
    clock.now = 500.0  # waited
    with unnoted.working():
        clock.now = 501.0
    note = unnoted.take()
    assert note["seconds"] == 6.0

    spent = Spent().and_noted(note)
    assert Bounds(wall_time=7.0).reached(spent) is None
    assert Bounds(wall_time=6.0).reached(spent) == "wall_time"
    assert unnoted.take()["seconds"] == 0.0


@pytest.mark.thorough
async def test_what_a_turn_took_is_stored_with_its_answer(shop, looked, provider: ScriptedProvider):
    provider.answer_with(looks(1, tokens=Tokens(input=1_000, output=100)))
    await shop.hire()
    key = await shop.give("Look")
    async with shop.worker():
        run = await shop.ended(key)

    notes = [step.output["metadata"]["flowforge"] for step in await shop.steps(run) if step.kind == "ai"]
    assert [Decimal(note["cost"]) for note in notes] == [Decimal("0.0035")] * 2
    assert all(note["seconds"] >= 0 for note in notes)
