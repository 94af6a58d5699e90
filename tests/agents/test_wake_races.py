"""A decision that falls into the moment in which the run looks for it, or leaves its worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowforge.board import approve_step
from flowforge.orchestrator.driver import Driver
from flowforge.orchestrator.waits import register_wait_kind
from flowforge.orchestrator.worker.flags import Flags
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


@pytest.fixture
async def flagged(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """Set when the worker has seen a wake on a run's row, and acted on it."""
    seen, plain = asyncio.Event(), Flags._take

    async def take(self: Flags, *args: Any) -> None:
        await plain(self, *args)
        seen.set()

    monkeypatch.setattr(Flags, "_take", take)
    yield seen
    register_wait_kind(approve_step.KIND, approve_step.look)


@pytest.fixture(autouse=True)
def pay(tools: ToolRegistry, provider: ScriptedProvider) -> None:
    @tools.tool(effect="money")
    def pay(to: str) -> str:
        """Pay somebody."""
        return f"paid {to}"

    def script(asked: Any) -> Reply:
        result = asked.result_of("pay")
        return Reply(tool_calls=(ToolCall("pay", {"to": "ann"}),)) if result is None else Reply(text=result)

    provider.answer_with(script)


async def test_a_decision_while_the_run_is_looking_is_seen(shop, flagged: asyncio.Event):
    async def look_and_linger(database: Any, waits: Any) -> Any:
        found = await approve_step.look(database, waits)
        if not flagged.is_set():  # what was found is old before it is told
            await shop.decide((await shop.asked())[0], True)
            await flagged.wait()
        return found

    register_wait_kind(approve_step.KIND, look_and_linger)
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        assert (await shop.ended(key)).output["result"] == "paid ann"


async def test_a_decision_while_the_run_leaves_its_worker_is_seen(shop, flagged: asyncio.Event, monkeypatch: pytest.MonkeyPatch):
    plain = Driver.park

    async def linger_and_park(self: Driver, park: Any) -> None:
        if not flagged.is_set():
            self.execution.door_open = False
            await shop.decide((await shop.asked())[0], True)
            await flagged.wait()
        await plain(self, park)

    monkeypatch.setattr(Driver, "park", linger_and_park)
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        assert (await shop.ended(key)).output["result"] == "paid ann"
