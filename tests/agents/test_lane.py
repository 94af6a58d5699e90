"""How many runs of one agent work at once, who waits, and what a pause does to both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from flowforge.agents.agent import update_agent
from flowforge.agents.lane import queue_of
from flowforge.agents.pause import pause_agent, resume_agent
from flowforge.orchestrator.run import cancel_run, list_runs
from flowforge.orchestrator.run_pause import pause_run
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from tests.agents.conftest import Shop


@dataclass
class Kitchen:
    """A tool that takes as long as the test says: who is in it now, and how many were at most."""

    door: asyncio.Event = field(default_factory=asyncio.Event)
    inside: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    most: int = 0

    async def holds(self, count: int) -> bool:
        return len(self.inside) == count


@pytest.fixture
def kitchen(tools: ToolRegistry, provider: ScriptedProvider) -> Kitchen:
    kitchen = Kitchen()

    @tools.tool(effect="read")
    async def cook(order: str) -> str:
        """Cook an order."""
        kitchen.inside.append(order)
        kitchen.most = max(kitchen.most, len(kitchen.inside))
        await kitchen.door.wait()
        kitchen.inside.remove(order)
        kitchen.done.append(order)
        return "ready"

    def script(asked):
        order = asked.last_user.removeprefix("# ")
        return Reply(text="Served.") if asked.result_of("cook") else Reply(tool_calls=(ToolCall("cook", {"order": order}),))

    provider.answer_with(script)
    return kitchen


async def queued(shop: Shop, name: str = "atlas") -> list[str | None]:
    agent = await shop.agent(name)
    return [one.task for one in (await queue_of(shop.database, shop.mira.tenant_id, agent.agent_id))[0]]


async def test_no_more_of_its_runs_work_at_once_than_its_definition_says(shop: Shop, kitchen: Kitchen):
    await shop.hire(concurrency=2)
    keys = [await shop.give(f"order {n}") for n in range(5)]
    async with shop.worker():
        await shop.eventually(lambda: kitchen.holds(2), "two in the kitchen")
        await shop.eventually(lambda: at_the_gate(shop, 3), "three at the lane")
        view = await shop.agent()
        assert await queued(shop) == keys[2:]
        assert (view.status, view.queued) == ("running", 3)
        kitchen.door.set()
        for key in keys:
            assert (await shop.ended(key)).state == "completed"
    assert kitchen.most == 2
    assert (await shop.agent()).status == "idle"


async def at_the_gate(shop: Shop, count: int) -> bool:
    return (await shop.agent()).queued == count


@pytest.mark.thorough
async def test_a_run_that_waits_for_a_person_holds_no_place(shop: Shop, kitchen: Kitchen):
    await shop.hire(concurrency=1, approval={"cook": True})
    kitchen.door.set()
    first, second = await shop.give("one"), await shop.give("two")
    async with shop.worker():
        approvals = await shop.asked(2)
        assert {approval.task for approval in approvals} == {first, second}
        for approval in approvals:
            await shop.decide(approval, True)
        assert [(await shop.ended(key)).state for key in (first, second)] == ["completed", "completed"]


@pytest.mark.thorough
async def test_a_concurrency_that_comes_later_holds_for_what_was_queued_before(shop: Shop, kitchen: Kitchen):
    await shop.hire()
    keys = [await shop.give(f"order {n}") for n in range(3)]
    await update_agent(shop.database, shop.mira, "atlas", {"concurrency": 1}, bell=shop.bell)
    async with shop.worker():
        await shop.eventually(lambda: at_the_gate(shop, 2), "two at the lane")
        await update_agent(shop.database, shop.mira, "atlas", {"concurrency": None}, bell=shop.bell)
        await shop.eventually(lambda: kitchen.holds(3), "all in the kitchen")
        kitchen.door.set()
        for key in keys:
            await shop.ended(key)


async def test_the_queue_comes_in_pages_and_counts_on(shop: Shop, kitchen: Kitchen):
    agent = await shop.hire(concurrency=1)
    keys = [await shop.give(f"order {n}") for n in range(5)]

    found, cursor = [], None
    while True:
        page, cursor = await queue_of(shop.database, shop.mira.tenant_id, agent.agent_id, limit=2, cursor=cursor)
        found += page
        if cursor is None:
            break

    assert [(one.task, one.title, one.ahead) for one in found] == [(key, f"order {n}", n) for n, key in enumerate(keys)]


@pytest.mark.thorough
async def test_who_is_next_goes_by_priority_and_then_by_age(shop: Shop, kitchen: Kitchen):
    priorities = {"later": "low", "soon": "high", "at once": "urgent", "soon too": "high"}
    kitchen.door.set()
    await shop.hire(concurrency=1)
    await pause_agent(shop.database, shop.mira, "atlas")
    for title in ("first", "later", "soon", "at once", "soon too", "last"):
        await shop.give(title, priority=priorities.get(title, "none"))
    async with shop.worker():
        await shop.eventually(lambda: at_the_gate(shop, 6), "all at the lane")
        agent = await shop.agent()
        due = [one.title for one in (await queue_of(shop.database, shop.mira.tenant_id, agent.agent_id))[0]]
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)

        async def all_done() -> bool:
            return len(kitchen.done) == 6

        await shop.eventually(all_done, "all cooked")
    assert due == kitchen.done == ["at once", "soon", "soon too", "first", "last", "later"]


async def test_a_paused_agent_ends_its_step_and_goes_on_where_it_was(shop: Shop, kitchen: Kitchen):
    await shop.hire()
    key = await shop.give("soup")
    async with shop.worker():
        await shop.eventually(lambda: kitchen.holds(1), "somebody in the kitchen")
        await pause_agent(shop.database, shop.mira, "atlas", reason="lunch", bell=shop.bell)
        kitchen.door.set()
        run = await shop.state(key, "paused")
        assert (kitchen.done, run.reason) == (["soup"], "its agent is paused by mira: lunch")
        view = await shop.agent()
        assert (view.status, view.reason.text) == ("paused", "paused by mira: lunch")
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        assert (await shop.ended(key)).state == "completed"
    assert kitchen.done == ["soup"]


async def test_a_stopped_agent_does_not_wait_for_its_step_and_does_it_again(shop: Shop, kitchen: Kitchen):
    await shop.hire()
    key = await shop.give("soup")
    async with shop.worker():
        await shop.eventually(lambda: kitchen.holds(1), "somebody in the kitchen")
        await pause_agent(shop.database, shop.mira, "atlas", stop=True, bell=shop.bell)
        await shop.state(key, "paused")
        assert kitchen.done == []
        kitchen.door.set()
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        assert (await shop.ended(key)).state == "completed"
    assert kitchen.done == ["soup"]


async def test_a_stopped_call_with_an_effect_asks_whether_it_has_happened(shop: Shop, tools: ToolRegistry, provider: ScriptedProvider):
    begun, door = asyncio.Event(), asyncio.Event()

    @tools.tool(effect="money", approval=False)
    async def pay(amount: int) -> str:
        """Pay."""
        begun.set()
        await door.wait()
        return "paid"

    provider.answer_with(
        lambda asked: Reply(text="Done.") if asked.result_of("pay") else Reply(tool_calls=(ToolCall("pay", {"amount": 1}),))
    )
    await shop.hire()
    key = await shop.give("pay")
    async with shop.worker():
        await begun.wait()
        await pause_agent(shop.database, shop.mira, "atlas", stop=True, bell=shop.bell)
        await shop.state(key, "paused")
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        [approval] = await shop.asked()
        assert "may have run" in (approval.reason or "")
        await shop.decide(approval, False, reason="it was paid")
        assert (await shop.ended(key)).state == "completed"


async def test_what_is_given_to_a_paused_agent_waits_visibly(shop: Shop, kitchen: Kitchen):
    kitchen.door.set()
    await shop.hire()
    await pause_agent(shop.database, shop.mira, "atlas", reason="lunch")
    key = await shop.give("soup")
    async with shop.worker():
        await shop.eventually(lambda: at_the_gate(shop, 1), "it at the lane")
        run = await shop.run_of(key)
        assert run is not None and (run.state, run.reason) == ("queued", "agent atlas is paused by mira: lunch")
        assert await queued(shop) == [key]
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        assert (await shop.ended(key)).state == "completed"


@pytest.mark.thorough
async def test_an_answer_that_comes_while_its_agent_is_paused_is_acted_on_afterwards(shop: Shop, kitchen: Kitchen):
    kitchen.door.set()
    await shop.hire(approval={"cook": True})
    key = await shop.give("soup")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
        await pause_agent(shop.database, shop.mira, "atlas")
        await shop.decide(approval, True)
        await shop.eventually(lambda: at_the_gate(shop, 1), "it at the lane")
        assert kitchen.done == []
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        await shop.ended(key)
    assert kitchen.done == ["soup"]


@pytest.mark.thorough
async def test_a_run_that_a_person_paused_by_itself_stays_paused(shop: Shop, kitchen: Kitchen):
    kitchen.door.set()
    await shop.hire(approval={"cook": True})
    key = await shop.give("soup")
    async with shop.worker():
        await shop.asked()
        run = await shop.state(key, "waiting")
        await pause_run(shop.database, shop.mira, run.run_id, bell=shop.bell)
        await pause_agent(shop.database, shop.mira, "atlas")
        await resume_agent(shop.database, shop.mira, "atlas", bell=shop.bell)
        assert (await shop.state(key, "paused")).reason == "paused by mira"


async def test_a_run_of_a_paused_agent_can_be_cancelled(shop: Shop, kitchen: Kitchen):
    await shop.hire(approval={"cook": True})
    key = await shop.give("soup")
    async with shop.worker():
        await shop.asked()
        run = await shop.state(key, "waiting")
        await pause_agent(shop.database, shop.mira, "atlas")
        await cancel_run(shop.database, shop.mira.tenant_id, run.run_id, by="mira", bell=shop.bell)
        assert (await shop.ended(key)).state == "cancelled"


@pytest.mark.thorough
async def test_agents_without_a_concurrency_take_the_short_way(shop: Shop, kitchen: Kitchen):
    kitchen.door.set()
    await shop.hire()
    key = await shop.give("soup")
    async with shop.worker():
        await shop.ended(key)
    runs, _ = await list_runs(shop.database.pool, shop.mira.tenant_id)
    assert len(runs) == 1
    assert await shop.database.pool.fetchval("select count(*) from flowforge.flow_limit where rule = 'agent lane'") == 0
