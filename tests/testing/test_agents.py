"""Agents in the test kit's modes. pydantic-ai and the model client take seconds to import."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.access.principal import Principal
from flowforge.agents import snapshot
from flowforge.agents.message import tell_agent
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import ScriptedProvider, atlas
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

pytest_plugins = ["flowforge.testing.plugin"]


@pytest.mark.thorough
@pytest.mark.parametrize("mode", ["straight", "suspending", "crashing"])
async def test_an_agent_refunds_once_and_its_run_can_be_replayed(forge: Forge, scripted_model: ScriptedProvider, mode: str) -> None:
    refunds: list[int] = []

    @forge.tool(effect="read")
    async def lookup_order(order_id: str) -> dict[str, Any]:
        """Find an order by its id."""
        return {"order_id": order_id, "total": 420, "state": "lost in transit"}

    @forge.tool(effect="money")
    async def issue_refund(order_id: str, amount: int) -> dict[str, Any]:
        """Pay money back for an order."""
        refunds.append(amount)
        return {"refunded": amount}

    scripted_model.answer_with(atlas)
    forge.always_suspend = mode == "suspending"
    if mode == "crashing":
        forge.crash_at("checkpoint.before_commit", nth=3)
    await forge.agent("atlas", "gpt-4o", instructions="You refund orders.", tools=["lookup_order", "issue_refund"])
    await forge.task("Refund ORD-9218", description="The parcel was lost. Refund $420.", agent="atlas")
    await forge.work_until_idle()
    await forge.approve(edited_args={"order_id": "ORD-9218", "amount": 300})
    await forge.work_until_idle()
    assert refunds == [300]
    (report,) = await forge.replay_check(state="completed")
    assert report.found > 5
    assert refunds == [300]


@pytest.mark.thorough
@pytest.mark.parametrize("mode", ["straight", "suspending", "crashing"])
async def test_a_long_conversation_with_snapshots_notes_and_messages_can_be_replayed(
    forge: Forge, scripted_model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(snapshot, "EVERY_TURNS", 2)
    counted: list[int] = []

    @forge.tool(effect="read")
    async def count() -> int:
        """Count."""
        counted.append(1)
        return len(counted)

    @forge.tool(effect="money")
    async def pay() -> str:
        """Pay."""
        return "paid"

    def script(asked: Asked) -> Reply:
        done = sum(message.role == "assistant" for message in asked.messages)
        calls = {1: ToolCall("remember", {"title": "a", "text": "b"}), 3: ToolCall("pay", {}), 4: ToolCall("recall", {"query": "b"})}
        if done == 6:
            return Reply(text=asked.messages[-1].text + str("Be quick." in str(asked.messages)))
        return Reply(tool_calls=(calls.get(done, ToolCall("count", {}, id="call_1")),))

    scripted_model.answer_with(script)
    forge.always_suspend = mode == "suspending"
    if mode == "crashing":
        forge.crash_at("checkpoint.before_commit", nth=7)
    await forge.agent("atlas", "gpt-4o", tools=["count", "pay"], memory=True)
    await forge.task("Count", agent="atlas")
    await forge.work_until_idle()
    await tell_agent(forge.database, Principal(forge.tenant_id, "person", "mira"), "atlas", "Be quick.")
    await forge.approve()
    await forge.work_until_idle()
    (report,) = await forge.replay_check(state="completed")
    assert report.output["result"].endswith("True")
    assert {"snapshot snapshot:2", "snapshot snapshot:4", "messages messages:5"} <= set(report.path)
    assert len(counted) == 3
