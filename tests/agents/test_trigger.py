"""What starts an agent without anybody's code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.archive import archive_agent, delete_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.trigger import add_trigger, list_triggers, read_trigger, remove_trigger
from flowforge.board.task import Task, list_tasks
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.event import NewEvent, dispatch_leftovers, send_events, store_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.run import RunView, list_runs
from flowforge.orchestrator.webhook import find_webhook
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply
from tests.agents.conftest import Shop

ORDERS = {"event": "order/*", "if": "event.data.total > 100", "title": "Look at {{event.data.id}}", "description": "Is it one?"}


@pytest.fixture(autouse=True)
def echo(provider: ScriptedProvider) -> None:
    provider.answer_with(lambda asked: Reply(text="Seen."))


async def give(shop: Shop, agent: str = "atlas", **trigger: Any) -> str:
    return (await add_trigger(shop.database, shop.mira, agent, read_trigger(trigger))).id


async def send(shop: Shop, name: str, data: Any, **more: Any) -> None:
    await send_events(shop.database, shop.mira.tenant_id, [NewEvent(name, data, **more)], bell=shop.bell)


async def tasks(shop: Shop) -> list[Task]:
    return list((await list_tasks(shop.database, shop.mira.tenant_id)).data)


async def runs_of(shop: Shop, function: str) -> list[RunView]:
    runs, _ = await list_runs(shop.database.pool, shop.mira.tenant_id)
    return [run for run in runs if run.function == function and run.ended_at is not None]


async def fired(shop: Shop, count: int) -> list[RunView]:
    async def look() -> list[RunView] | None:
        runs = await runs_of(shop, "flowforge.agent_trigger")
        return runs if len(runs) == count else None

    found: list[RunView] = await shop.eventually(look, f"{count} firings")
    return found


async def test_an_event_that_passes_the_filter_becomes_a_card_of_the_agents_once(shop: Shop):
    await shop.hire()
    await give(shop, **ORDERS)
    async with shop.worker():
        for _ in range(2):  # the second is the same event
            await send(shop, "order/created", {"id": "ORD-1", "total": 200}, key="one")
        await send(shop, "order/created", {"id": "ORD-2", "total": 20})
        await send(shop, "invoice/paid", {"id": "INV-1", "total": 200})
        await fired(shop, 1)
        [task] = await tasks(shop)
        assert task.title == "Look at ORD-1" and task.assignee is not None and task.assignee.name == "atlas"
        assert task.description.startswith("Is it one?\n\n<outside-") and '"total": 200' in task.description
        assert (await shop.ended(task.key)).state == "completed"
    assert await shop.database.pool.fetchval("select tainted from flowforge.task") == ["event order/created"]


async def test_a_trigger_can_make_a_run_without_a_card(shop: Shop, provider: ScriptedProvider):
    await shop.hire()
    await give(shop, event="order/created", makes="run", prompt="Judge {{event.data.id}}; {{event.data.none}}.")
    async with shop.worker():
        await send(shop, "order/created", {"id": "ORD-1"})

        async def done() -> list[RunView]:
            return await runs_of(shop, "flowforge.agent_run")

        [run] = await shop.eventually(done, "the run")
    assert (run.state, run.output, run.agent, await tasks(shop)) == ("completed", "Seen.", "atlas", [])
    assert provider.requests[0].body["messages"][-1]["content"].startswith("Judge ORD-1; –.\n\n<outside-")


@pytest.mark.thorough
async def test_one_event_fires_every_trigger_that_it_fits(shop: Shop):
    await shop.hire()
    await shop.hire("kepler")
    await give(shop, **ORDERS)
    await give(shop, "kepler", event="order/created", title="Also")
    async with shop.worker():
        await send(shop, "order/created", {"id": "ORD-1", "total": 200})
        [run] = await fired(shop, 1)
    assert [(one["agent"], one["task"]) for one in run.output] == [("atlas", "FF-1"), ("kepler", "FF-2")]


@pytest.mark.thorough
async def test_another_tenants_events_fire_nothing(shop: Shop):
    await shop.hire()
    await give(shop, **ORDERS)
    other = Principal(uuid4(), "person", "otto")
    await publish_functions(shop.database.pool, shop.registry(), app="shop")  # a worker that starts takes no tenant's trigger away
    await create_agent(shop.database, other, AgentDefinition(name="spy", model="gpt-4o"))
    await add_trigger(shop.database, other, "spy", read_trigger({"event": "order/created", "title": "Spied"}))
    nobody = uuid4()  # has no trigger, and an event in the same batch
    async with shop.worker():
        for tenant_id, order in ((shop.mira.tenant_id, "ORD-1"), (other.tenant_id, "ORD-2"), (nobody, "ORD-3")):
            async with shop.database.pool.acquire() as connection:
                await store_events(connection, tenant_id, [NewEvent("order/created", {"id": order, "total": 200})])
        await dispatch_leftovers(shop.database, bell=shop.bell, age_seconds=0.0)
        await fired(shop, 1)

        async def theirs() -> list[Task]:
            return list((await list_tasks(shop.database, other.tenant_id)).data)

        [spied] = await shop.eventually(theirs, "their card")
    assert (await list_runs(shop.database.pool, nobody))[0] == []
    assert spied.title == "Spied" and "ORD-2" in spied.description
    assert [task.title for task in await tasks(shop)] == ["Look at ORD-1"]


@pytest.mark.thorough
async def test_times_fire_an_agent_and_each_only_its_own(shop: Shop):
    await shop.hire()
    trigger = read_trigger({"cron": "0 9 * * 1-5", "tz": "Europe/Oslo", "title": "Report"})
    moment = datetime(2026, 11, 23, 8, tzinfo=UTC).isoformat()
    at = {"name": "flowforge/cron/flowforge.agent_trigger", "data": {"scheduled_for": moment}}
    assert trigger.matches(at, True) and not trigger.matches({**at, "data": {"scheduled_for": "2026-11-23T09:00:00+00:00"}}, True)

    given = await give(shop, cron="* * * * * *", makes="task", title="Tick")
    async with shop.worker():
        await shop.eventually(lambda: tasks(shop), "a card")
        await remove_trigger(shop.database, shop.mira, "atlas", given)
    assert await shop.database.pool.fetchval("select count(*) from flowforge.schedule") == 0
    assert await shop.database.pool.fetchval("select count(*) from flowforge.task where tainted <> '{}'") == 0


@pytest.mark.thorough
async def test_a_webhook_of_an_agents_own_is_there_until_nobody_hears_it(shop: Shop):
    await shop.hire()
    first, second = [await give(shop, webhook="github", title="Push to {{event.data.body.ref}}") for _ in range(2)]

    hook = await find_webhook(shop.database.pool, shop.mira.tenant_id, "github")
    assert (hook.scheme, hook.secret_env) == ("github", "GITHUB_WEBHOOK_SECRET")
    await send(shop, "webhook/github", {"body": {"ref": "main"}, "headers": {}})
    async with shop.worker():
        [run] = await fired(shop, 1)
    assert len(run.output) == 2 and (await tasks(shop))[0].title == "Push to main"
    with pytest.raises(Conflict, match="says something else"):
        await give(shop, webhook="github", scheme="standard", title="x")
    for trigger in (first, second):
        await find_webhook(shop.database.pool, shop.mira.tenant_id, "github")
        await remove_trigger(shop.database, shop.mira, "atlas", trigger)
    with pytest.raises(NotFound):
        await find_webhook(shop.database.pool, shop.mira.tenant_id, "github")


async def test_an_archived_agent_is_not_started_and_a_deleted_one_leaves_nothing(shop: Shop):
    await shop.hire()
    await shop.hire("kepler")
    await give(shop, **ORDERS)
    await give(shop, "kepler", cron="0 9 * * *", title="Report")
    await archive_agent(shop.database, shop.mira, "atlas")
    with pytest.raises(Conflict, match="archived"):
        await give(shop, **ORDERS)
    await delete_agent(shop.database, shop.mira, "kepler")
    async with shop.worker():
        await send(shop, "order/created", {"id": "ORD-1", "total": 200})
        [run] = await fired(shop, 1)
    assert run.output == [] and await tasks(shop) == []
    assert await shop.database.pool.fetchval("select count(*) from flowforge.schedule") == 0


async def test_triggers_are_listed_in_pages(shop: Shop):
    agent = await shop.hire()
    given = [await give(shop, event=f"order/{n}", title="x") for n in range(3)]
    first, cursor = await list_triggers(shop.database.pool, shop.mira.tenant_id, agent.agent_id, limit=2)
    second, last = await list_triggers(shop.database.pool, shop.mira.tenant_id, agent.agent_id, limit=2, cursor=cursor)
    assert ([one.id for one in (*first, *second)], last) == (given, None)
    with pytest.raises(NotFound):
        await remove_trigger(shop.database, shop.mira, "atlas", "trg_none")


@pytest.mark.parametrize(
    ("trigger", "pointer"),
    [
        ({"title": "x"}, "/event"),
        ({"event": "a", "cron": "* * * * *", "title": "x"}, "/cron"),
        ({"event": "a"}, "/title"),
        ({"event": "a", "makes": "run", "title": "x"}, "/title"),
        ({"event": "a", "makes": "run"}, "/prompt"),
        ({"event": "a", "title": "x", "colour": 1}, "/colour"),
        ({"event": "a b", "title": "x"}, "/event"),
        ({"event": "board/task.assigned", "title": "x"}, "/event"),
        ({"event": "*", "title": "x"}, "/event"),
        ({"event": "a", "if": "event.data.", "title": "x"}, "/if"),
        ({"event": "a", "title": "{{nobody}}"}, "/title"),
        ({"cron": "never", "title": "x"}, "/cron"),
        ({"cron": "0 9 * * *", "tz": "Mars", "title": "x"}, "/cron"),
        ({"cron": "0 9 * * *", "if": "true", "title": "x"}, "/if"),
        ({"webhook": "No Name", "title": "x"}, "/webhook"),
        ({"event": "a", "secret_env": "X", "title": "x"}, "/secret_env"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_trigger_that_cannot_be_is_refused_with_a_pointer(trigger: dict[str, Any], pointer: str):
    with pytest.raises(InvalidInput) as refused:
        read_trigger(trigger)
    assert refused.value.pointer == pointer
