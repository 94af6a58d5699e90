"""Agents that take no more work, and agents that are taken away."""

from __future__ import annotations

import pytest

from flowforge import ids
from flowforge.agents.agent import find_agent
from flowforge.agents.archive import archive_agent, delete_agent, unarchive_agent
from flowforge.agents.pause import pause_agent, resume_agent
from flowforge.audit.log import read
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.creation import NewTask, create_task
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.models.budget import list_budgets
from tests.agents.conftest import Shop


@pytest.mark.thorough
async def test_an_archived_agent_takes_no_work_until_it_is_taken_back(shop: Shop):
    await shop.hire()
    await archive_agent(shop.database, shop.mira, "atlas")
    view = await shop.agent()
    assert (view.status, view.reason.text) == ("archived", "archived by mira")

    task = await create_task(shop.database, shop.mira, NewTask("Refund"))
    with pytest.raises(Conflict, match="is archived") as refused:
        await assign(shop.database, shop.mira, task.key, AssigneeName("agent", "atlas"))
    assert refused.value.hint is not None and "unarchive" in refused.value.hint
    with pytest.raises(Conflict, match="is archived"):
        await create_task(shop.database, shop.mira, NewTask("Other", assignee=AssigneeName("agent", "atlas")))

    await unarchive_agent(shop.database, shop.mira, "atlas")
    assert (await assign(shop.database, shop.mira, task.key, AssigneeName("agent", "atlas"))).column == "Doing"


async def test_an_agent_with_work_in_hand_is_not_archived_and_the_work_is_listed(shop: Shop):
    await shop.hire()
    keys = [await shop.give("one"), await shop.give("two")]

    with pytest.raises(Conflict, match=f"{keys[0]}, {keys[1]}") as refused:
        await archive_agent(shop.database, shop.mira, "atlas")

    assert refused.value.winner == {"tasks": keys, "runs": []}
    assert (await shop.agent()).status != "archived"


async def test_its_work_goes_to_another_agent(shop: Shop):
    await shop.hire()
    await shop.hire("kepler")
    key = await shop.give("one")

    await archive_agent(shop.database, shop.mira, "atlas", reassign_to="kepler")

    task = await shop.task(key)
    assert task.assignee is not None and (task.assignee.name, task.column) == ("kepler", "Doing")
    assert (await shop.agent()).status == "archived"


async def test_its_work_is_cancelled_where_that_is_said(shop: Shop):
    await shop.hire()
    key = await shop.give("one")

    await archive_agent(shop.database, shop.mira, "atlas", cancel=True)

    assert (await shop.task(key)).assignee is None
    assert (await shop.ended(key)).state == "cancelled"


@pytest.mark.parametrize(("to", "why"), [("nobody", "did you mean"), ("atlas", "the one to be archived"), ("kepler", "archived itself")])
async def test_work_goes_to_nobody_who_cannot_take_it(shop: Shop, to: str, why: str):
    await shop.hire()
    await shop.hire("kepler")
    await archive_agent(shop.database, shop.mira, "kepler")
    key = await shop.give("one")

    with pytest.raises(InvalidInput) as refused:
        await archive_agent(shop.database, shop.mira, "atlas", reassign_to=to)

    assert refused.value.pointer == "/reassign_to" and (why in str(refused.value) or to == "nobody")
    task = await shop.task(key)
    assert task.assignee is not None and task.assignee.name == "atlas"


async def test_lives_that_do_not_fit_each_other_are_conflicts(shop: Shop):
    await shop.hire()
    for act in (resume_agent, unarchive_agent):
        with pytest.raises(Conflict):
            await act(shop.database, shop.mira, "atlas")
    await archive_agent(shop.database, shop.mira, "atlas")
    await archive_agent(shop.database, shop.mira, "atlas")  # again is the same
    with pytest.raises(Conflict, match="archived"):
        await pause_agent(shop.database, shop.mira, "atlas")


async def test_only_an_agent_that_never_worked_is_deleted(shop: Shop):
    idle = await shop.hire("idle", budget="5/day", concurrency=1)
    await shop.hire("atlas")
    await shop.give("one")

    await delete_agent(shop.database, shop.mira, "idle")
    with pytest.raises(Conflict, match="has runs and tasks") as refused:
        await delete_agent(shop.database, shop.mira, "atlas")

    assert refused.value.winner == {"has": ["runs", "tasks"]}
    with pytest.raises(NotFound):
        await find_agent(shop.database.pool, shop.mira.tenant_id, "idle")
    assert (await list_budgets(shop.database.pool, shop.mira.tenant_id))[0] == []
    left = "select count(*) from flowforge.agent_revision where agent_id = $1"
    assert await shop.database.pool.fetchval(left, idle.agent_id) == 0
    newest = (await read(shop.database.pool, shop.mira.tenant_id))[-1]
    assert (newest.action, newest.target) == ("agent.delete", ids.show("agt", idle.agent_id))
