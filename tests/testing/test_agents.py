"""Agents in the test kit's modes. pydantic-ai and the model client take seconds to import."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import ScriptedProvider, atlas

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
