"""An agent that has worked for many turns comes back from its last snapshot, and nobody can tell."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge.agents import snapshot
from flowforge.agents.definition import AgentLimits
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


@pytest.fixture(autouse=True)
def every_third_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "EVERY_TURNS", 3)


@pytest.fixture
def counted(tools: ToolRegistry) -> list[str]:
    made: list[str] = []

    @tools.tool(effect="write", approval=False)
    def count(what: str) -> int:
        """Count."""
        made.append(what)
        return len(made)

    @tools.tool(effect="money")
    def pay(to: str) -> str:
        """Pay somebody."""
        made.append(f"paid {to}")
        return f"paid {to}"

    return made


def results(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


def counts_then_pays(turns: int) -> Any:
    """Two counts a turn, always under the same ids, as some providers number them; then a payment, then one more count."""

    def script(asked: Asked) -> Reply:
        done = sum(message.role == "assistant" for message in asked.messages)
        if done < turns:
            return Reply(tool_calls=(ToolCall("count", {"what": "a"}, id="call_1"), ToolCall("count", {"what": "b"}, id="call_2")))
        if done == turns:
            return Reply(tool_calls=(ToolCall("pay", {"to": "ann"}, id="call_1"),))
        if done == turns + 1:
            return Reply(tool_calls=(ToolCall("count", {"what": "c"}, id="call_1"),))
        return Reply(text=" ".join(results(asked)))

    return script


def pairs_of(counted: list[str]) -> list[list[str]]:
    """What was counted in each turn; both calls of a turn run at once."""
    return [sorted(counted[place : place + 2]) for place in range(0, len(counted), 2)]


async def test_a_run_goes_on_from_its_last_snapshot_with_the_same_conversation(shop, counted, provider: ScriptedProvider):
    provider.answer_with(counts_then_pays(7))
    await shop.hire(limits=AgentLimits(turns=10, tool_calls=16))
    key = await shop.give("Count and pay")
    async with shop.worker():
        [approval] = await shop.asked()
        waiting = await shop.state(key, "waiting")
    kept = [step for step in await shop.steps(waiting) if step.kind == "snapshot"]
    assert [step.key for step in kept] == ["snapshot:3", "snapshot:6"]
    before = provider.requests[-1].body["messages"]

    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "completed", run.error
    assert (pairs_of(counted[:14]), counted[14:]) == ([["a", "b"]] * 7, ["paid ann", "c"])  # nothing twice, though the ids repeat
    *numbers, paid, to, last = run.output["result"].split()
    assert (sorted(map(int, numbers)), paid, to, last) == ([*range(1, 15)], "paid", "ann", "16")
    after = provider.requests[-2].body["messages"]
    assert after[: len(before)] == before  # the model reads the same conversation, word for word
    assert len(provider.requests) == 10
    resumed = [frame.data for frame in await shop.frames("run", run.run_id) if frame.name == "run.resumed"]
    assert [data["memoized"] for data in resumed] == [8]  # begin, two snapshots, turn 7 with two counts, turn 8, the approval


@pytest.mark.thorough
async def test_what_a_run_may_take_is_counted_across_its_snapshots(shop, counted, provider: ScriptedProvider):
    provider.answer_with(counts_then_pays(7))
    await shop.hire(limits=AgentLimits(tool_calls=15))
    key = await shop.give("Count and pay")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, counted[-1]) == ("failed", "paid ann")
    assert "15 tool calls" in run.error["message"]


@pytest.mark.thorough
async def test_a_run_that_began_before_there_were_snapshots_goes_on(
    shop, counted, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(snapshot, "EVERY_TURNS", None)
    provider.answer_with(counts_then_pays(4))
    await shop.hire()
    key = await shop.give("Count and pay")
    async with shop.worker():
        [approval] = await shop.asked()
        run = await shop.state(key, "waiting")
    old = "output = (output::jsonb - 'snapshots' - 'briefing')::text"
    await shop.database.pool.execute(f"update flowforge.step set {old} where key = 'begin' and run_id = $1", run.run_id)
    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, pairs_of(counted[:8]), counted[8:]) == ("completed", [["a", "b"]] * 4, ["paid ann", "c"])
    assert not [step for step in await shop.steps(run) if step.kind == "snapshot"]


@pytest.mark.thorough
@pytest.mark.parametrize("keeps", [False, True], ids=["before-it-is-stored", "after-it-is-stored"])
async def test_a_worker_that_is_stopped_at_a_snapshot_loses_nothing(
    shop, counted, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, keeps: bool
):
    reached, never = asyncio.Event(), asyncio.Event()
    plain = snapshot.take_snapshot

    async def stop_there(*args: Any) -> None:
        if keeps:
            await plain(*args)
        if not reached.is_set():
            reached.set()
            await never.wait()
        if not keeps:
            await plain(*args)

    monkeypatch.setattr("flowforge.agents.loop.take_snapshot", stop_there)
    provider.answer_with(counts_then_pays(4))
    await shop.hire(approval={"pay": False})
    key = await shop.give("Count and pay")
    async with shop.worker() as worker:
        await asyncio.wait_for(reached.wait(), 60)
        await worker.stop(grace_seconds=0.0)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, pairs_of(counted[:8]), counted[8:]) == ("completed", [["a", "b"]] * 4, ["paid ann", "c"])
    assert len(provider.requests) == 7
