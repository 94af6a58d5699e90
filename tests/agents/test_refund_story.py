"""Atlas and the refund: a gated call waits for a person, runs once with what was approved, or not at all."""

from __future__ import annotations

import pytest

from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator.step_scope import current_step
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.scripts import atlas


@pytest.fixture
def ledger(tools: ToolRegistry, provider: ScriptedProvider) -> list[tuple[str, float, str]]:
    """The refunds that were made, each with the idempotency key that came with it."""
    made: list[tuple[str, float, str]] = []
    provider.answer_with(atlas)

    @tools.tool(effect="read")
    def lookup_order(order_id: str) -> dict[str, object]:
        """Find an order by its number."""
        return {"order_id": order_id, "total": 420, "paid": True}

    @tools.tool(effect="money", reversible=False, consequence="money leaves the account")
    async def issue_refund(order_id: str, amount: float) -> dict[str, object]:
        """Pay a customer back."""
        made.append((order_id, amount, current_step().step_key))
        return {"refunded": amount, "order_id": order_id}

    return made


async def test_the_refund_runs_once_after_a_person_approves(shop, ledger):
    agent = await shop.hire(instructions="You look after refunds.")
    key = await shop.give("Refund ORD-9218", "The customer wants $420 back.")
    async with shop.worker():
        [approval] = await shop.asked()
        waiting = await shop.state(key, "waiting")

        assert (approval.tool, approval.arguments, approval.effect, approval.reversible) == (
            "issue_refund",
            {"order_id": "ORD-9218", "amount": 420},
            "money",
            False,
        )
        assert approval.reason == "issue_refund waits for a person: it moves money."
        assert approval.consequence == "money leaves the account"
        assert "I ask to refund $420 to ORD-9218" in approval.said
        assert (approval.agent, approval.task, approval.run) == ("atlas", key, waiting.id)
        assert approval.cost_so_far > 0
        assert (await shop.agent()).status == "waiting"
        assert ledger == []

        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert run.state == "completed", run.error
    [(order, amount, step_key)] = ledger
    assert (order, amount) == ("ORD-9218", 420)
    assert step_key.startswith(run.run_id.hex + ":issue_refund:")
    task = await shop.task(key)
    assert task.column == "Review"
    assert [(comment.author, comment.text) for comment in task.comments] == [
        ("atlas", "Done: $420 was refunded to ORD-9218. The customer can be told.")
    ]
    after = await shop.agent()
    assert (after.status, after.task, after.agent_id) == ("idle", None, agent.agent_id)


async def test_each_request_is_a_step_and_each_call_a_child_of_the_request_that_asked(shop, ledger):
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        await shop.decide((await shop.asked())[0], True)
        run = await shop.ended(key)

    steps = [(step.kind, step.name, step.parent, step.state) for step in await shop.steps(run)]
    assert steps == [
        ("agent", "begin", None, "completed"),
        ("ai", "turn", None, "completed"),
        ("tool", "lookup_order", "turn:1", "completed"),
        ("ai", "turn", None, "completed"),
        ("approve", "approve issue_refund", "turn:2", "completed"),
        ("tool", "issue_refund", "turn:2", "completed"),
        ("ai", "turn", None, "completed"),
        ("board", "hand in", None, "completed"),
    ]
    *_, asked_for = (frame.data["tool_call_id"] for frame in await shop.frames("run", run.run_id) if frame.name == "tool_call.started")
    keys = {step.key for step in await shop.steps(run)}  # named by the recorded answers, not by the tasks of a library
    assert {"turn:1", "turn:2", "turn:3", f"approve issue_refund:{asked_for}", f"issue_refund:{asked_for}"} <= keys
    asked = [step for step in await shop.steps(run) if step.kind == "ai"]
    assert all(step.model == "gpt-4o" and step.cost > 0 and step.input_tokens > 0 for step in asked)
    assert [len(step.input["messages"]) for step in asked] == [1, 1, 1]  # what is new, not the whole conversation every time


async def test_the_refund_runs_with_the_arguments_that_the_person_edited(shop, ledger, provider):
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        await shop.decide((await shop.asked())[0], True, edited_args={"order_id": "ORD-9218", "amount": 300})
        run = await shop.ended(key)

    assert [(order, amount) for order, amount, _ in ledger] == [("ORD-9218", 300)]
    assert run.output["result"] == "Done: $300 was refunded to ORD-9218. The customer can be told."
    told = provider.requests[-1].body["messages"][-1]
    assert "mira approved issue_refund with changed arguments" in str(told["content"])


async def test_edited_arguments_must_satisfy_the_tools_schema(shop, ledger):
    await shop.hire()
    await shop.give("Refund ORD-9218")
    async with shop.worker():
        [approval] = await shop.asked()
        with pytest.raises(InvalidInput):
            await shop.decide(approval, True, edited_args={"order_id": "ORD-9218", "amount": "a lot"})

        assert len(await shop.asked()) == 1
    assert ledger == []


async def test_a_denial_is_read_by_the_model_and_nothing_runs(shop, ledger, provider):
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        await shop.decide((await shop.asked())[0], False, reason="The order is too old.")
        run = await shop.ended(key)

    assert (run.state, ledger) == ("completed", [])
    assert "mira denied this call, so it did not run. Reason: The order is too old." in str(provider.requests[-1].body["messages"][-1])
    assert "I did not refund ORD-9218" in run.output["result"]
    assert [step.name for step in await shop.steps(run) if step.kind == "tool"] == ["lookup_order"]


async def test_a_second_decision_is_told_who_won(shop, ledger):
    await shop.hire()
    await shop.give("Refund ORD-9218")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.decide(approval, False)
        with pytest.raises(Conflict) as caught:
            await shop.decide(approval, True)

    assert caught.value.winner["decided_by"] == "mira"


async def test_an_approval_outlives_its_worker(shop, ledger, provider):
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    requests = len(provider.requests)

    await shop.decide(approval, True, edited_args={"order_id": "ORD-9218", "amount": 300})
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, [amount for _, amount, _ in ledger]) == ("completed", [300])
    assert len(provider.requests) == requests + 1  # what had been answered was not asked again


async def test_a_waiting_run_leaves_its_worker_without_a_warning(shop, ledger):
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker() as worker:
        run = await shop.state(key, "waiting")

        async def gone() -> bool:  # the suspension is committed before the driver is let go
            return not worker.active

        await shop.eventually(gone, "the run's leaving")
        assert [frame.data for frame in await shop.frames("run", run.run_id) if frame.name == "log"] == []


@pytest.mark.thorough
async def test_an_agents_rule_for_a_tool_wins_over_its_effect(shop, ledger):
    await shop.hire(approval={"issue_refund": False, "lookup_order": True}, done_column="Done")
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        [approval] = await shop.asked()
        assert approval.tool == "lookup_order"
        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert (run.state, len(ledger), (await shop.task(key)).column) == ("completed", 1, "Done")
