"""`step.agent`: an agent's typed answer in the middle of a workflow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from flowforge import Context, StepError, StepTimeout, step
from flowforge.agents.agent import update_agent
from flowforge.agents.archive import archive_agent
from flowforge.errors import InvalidInput
from flowforge.orchestrator.run import RunView, cancel_run
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from tests.testing.conftest import SpokenModel

pytest_plugins = ["flowforge.testing.plugin"]


class Verdict(BaseModel):
    fraud: bool
    why: str


@pytest.fixture
def judge(forge: Forge, spoken_model: SpokenModel) -> SpokenModel:
    spoken_model.answer_with(lambda asked: Reply(text='{"fraud": true, "why": "' + asked.last_user.strip("# ") + '"}'))
    return spoken_model


async def children(forge: Forge) -> list[RunView]:
    return [run for run in await forge.runs() if run.function == "flowforge.agent_run"]


async def test_an_agents_answer_is_typed_and_its_cost_is_its_own(forge: Forge, judge: SpokenModel):
    seen: list[Any] = []

    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        verdict = await step.agent("judge", agent="atlas", task="Is ORD-1 a fraud?", output=Verdict)
        seen.append(verdict)
        return verdict.why

    await forge.agent("atlas", instructions="You judge.")
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert run.output == "Is ORD-1 a fraud?"
    assert all(one == Verdict(fraud=True, why="Is ORD-1 a fraud?") for one in seen)
    [child] = await children(forge)
    assert (child.agent, child.state, run.agent) == ("atlas", "completed", None)
    assert child.cost is not None and child.cost > Decimal(0)
    assert len(judge.requests) == 1


@pytest.mark.thorough
async def test_a_replay_gets_the_stored_answer_and_asks_nobody(forge: Forge, judge: SpokenModel):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> list[str]:
        answers = [await step.agent("judge", agent="atlas", prompt=f"order {n}", output=Verdict) for n in range(2)]
        return [answer.why for answer in answers]

    forge.always_suspend = True
    await forge.agent("atlas")
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert run.output == ["order 0", "order 1"]
    assert len(judge.requests) == 2


@pytest.mark.thorough
async def test_a_worker_that_dies_in_the_middle_loses_and_repeats_nothing(forge: Forge, judge: SpokenModel):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        verdict = await step.agent("judge", agent="atlas", prompt="order", output=Verdict)
        await step.run("die", forge.crash_once)
        return verdict.why

    await forge.agent("atlas")
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert run.output == "order" and len(judge.requests) == 1


async def test_a_revision_can_be_pinned(forge: Forge, judge: SpokenModel):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> None:
        await step.agent("old", agent="atlas@1", prompt="order", output=Verdict)
        await step.agent("new", agent="atlas", prompt="order", output=Verdict)

    await forge.agent("atlas", instructions="First.")
    await update_agent(forge.database, forge.person, "atlas", {"instructions": "Second."})
    await forge.wait_for(await forge.send("order/created"), "completed")

    assert [asked.messages[0]["content"] for asked in judge.requests] == ["First.", "Second."]


@pytest.mark.thorough
async def test_an_agent_with_an_output_of_its_own_answers_with_that(forge: Forge, judge: SpokenModel):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> Any:
        return await step.agent("judge", agent="atlas", prompt="order")

    await forge.agent("atlas", output=Verdict.model_json_schema())
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert run.output == {"fraud": True, "why": "order"}


@pytest.mark.parametrize(
    ("who", "said"), [("atlsa", "did you mean atlas"), ("atlas@7", "no revision 7"), ("kepler", "is archived")]
)  # fmt: skip
async def test_an_agent_that_cannot_be_asked_fails_the_step(forge: Forge, judge: SpokenModel, who: str, said: str):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        try:
            await step.agent("judge", agent=who, prompt="order")
        except StepError as error:
            return error.reason
        return "answered"

    await forge.agent("atlas")
    await forge.agent("kepler")
    await archive_agent(forge.database, forge.person, "kepler")
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert said in run.output and judge.requests == []


async def test_what_cannot_be_asked_is_refused_before_anything_is_begun(forge: Forge):
    wrong: list[dict[str, Any]] = [{"prompt": None}, {"task": "both"}, {"agent": "a b"}, {"budget": "-1"}, {"budget": "much"}]

    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> list[str]:
        pointers = []
        for one in wrong:
            try:
                await step.agent("judge", **{"agent": "atlas", "prompt": "order", **one})
            except InvalidInput as error:
                pointers.append(error.pointer)
        return pointers

    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert run.output == ["/task", "/task", "/agent", "/budget", "/budget"] and await children(forge) == []


async def test_cancelling_the_workflow_cancels_the_agent(forge: Forge, spoken_model: SpokenModel):
    @forge.tool(effect="money")
    async def pay(amount: int) -> str:
        """Pay."""
        return "paid"

    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> None:
        await step.agent("pay", agent="atlas", prompt="pay")

    spoken_model.answer_with(lambda asked: Reply(tool_calls=(ToolCall("pay", {"amount": 1}),)))
    await forge.agent("atlas", tools=["pay"])
    sent = await forge.send("order/created")
    await forge.work_until_idle()
    [child] = await children(forge)
    assert child.state == "waiting"

    run = await forge.run(sent)
    await cancel_run(forge.database, forge.tenant_id, run.run_id, by="mira", bell=forge.bell)
    await forge.work_until_idle()

    assert (await forge.run(sent)).state == "cancelled"
    assert (await forge.run(child.id)).state == "cancelled"


@pytest.mark.thorough
async def test_an_agent_that_takes_too_long_is_cancelled(forge: Forge, spoken_model: SpokenModel):
    @forge.tool(effect="money")
    async def pay(amount: int) -> str:
        """Pay."""
        return "paid"

    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        try:
            await step.agent("pay", agent="atlas", prompt="pay", timeout="1h")
        except StepTimeout:
            return "too late"
        return "in time"

    spoken_model.answer_with(lambda asked: Reply(tool_calls=(ToolCall("pay", {"amount": 1}),)))
    await forge.agent("atlas", tools=["pay"])
    forge.clock.auto_skip = True
    run = await forge.wait_for(await forge.send("order/created"), "completed")
    await forge.work_until_idle()

    assert run.output == "too late"
    assert [child.state for child in await children(forge)] == ["cancelled"]


async def test_a_budget_bounds_what_the_agent_may_cost(forge: Forge, judge: SpokenModel):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        try:
            await step.agent("judge", agent="atlas", prompt="order", budget="0.000001")
        except StepError as error:
            return error.reason
        return "answered"

    await forge.agent("atlas")
    run = await forge.wait_for(await forge.send("order/created"), "completed")

    assert "budget" in run.output and judge.requests == []
    assert await forge.database.pool.fetchval("select count(*) from flowforge.budget") == 0
