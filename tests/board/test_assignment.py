from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.activity import list_activity
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.board.person import create_person
from flowforge.board.result import post_result
from flowforge.board.task import get_task
from flowforge.board.work import is_current
from flowforge.db.database import Database
from flowforge.errors import NotFound
from flowforge.ids import derived_id
from flowforge.orchestrator.event import dispatch_pending
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.stream import read_page

ATLAS = AssigneeName("agent", "atlas")
JONAS = AssigneeName("user", "jonas")


@pytest.fixture
async def card(database, mira, agents_listen, atlas, people):
    return await create_task(database, mira, NewTask("Refund ORD-9218", "the parcel was empty"))


async def open_runs(database: Database) -> int:
    return await database.pool.fetchval("select count(*) from flowforge.owner")


async def all_runs(database: Database) -> int:
    return await database.pool.fetchval("select count(*) from flowforge.run")


async def assignment_of(database: Database, task) -> object:
    return await database.pool.fetchval("select assignment_id from flowforge.task where task_id = $1", task.task_id)


async def test_assigning_to_an_agent_moves_the_card_to_doing_and_starts_its_run(database, mira, atlas, card):
    task = await assign(database, mira, "FF-1", ATLAS)

    assert (task.column, task.state, task.revision) == ("Doing", "queued", 2)
    assert (task.assignee.kind, task.assignee.name, task.assignee.id) == ("agent", "atlas", atlas.id)
    run = await find_run(database.pool, mira.tenant_id, task.run_id.hex)
    assert (run.agent, run.task, run.trigger) == ("atlas", "FF-1", "board/task.assigned")
    assert (
        run.input.items()
        >= {
            "task_id": task.task_id.hex,
            "task": "FF-1",
            "agent_id": atlas.id.hex,
            "agent": "atlas",
            "title": "Refund ORD-9218",
            "description": "the parcel was empty",
            "by": "mira",
        }.items()
    )
    frames = await read_page(database.pool, mira.tenant_id, "task", task.task_id, 0)
    assert [frame.name for frame in frames] == ["task.created", "task.assigned", "task.moved"]
    on_agent = await read_page(database.pool, mira.tenant_id, "agent", atlas.id, 0)
    assert [frame.name for frame in on_agent] == ["agent.changed", "task.assigned", "task.moved"]


async def test_a_card_made_for_an_agent_starts_in_doing(database, mira, card):
    task = await create_task(database, mira, NewTask("two", assignee=ATLAS))

    assert (task.key, task.column, task.state, task.assignee.name) == ("FF-2", "Doing", "queued", "atlas")
    history = (await list_activity(database, mira.tenant_id, "FF-2")).data
    assert [entry.action for entry in history] == ["created", "assigned", "moved"]


async def test_assigning_again_to_the_agent_that_is_at_it_starts_nothing_new(database, mira, card):
    await asyncio.gather(*(assign(database, mira, "FF-1", ATLAS) for _ in range(8)))

    assert await all_runs(database) == 1
    assert (await get_task(database, mira.tenant_id, "FF-1")).revision == 2


async def test_assigning_again_before_the_event_was_dispatched_starts_nothing_new(database, mira, card, monkeypatch):
    with monkeypatch.context() as crashed:
        crashed.setattr("flowforge.board.act.dispatch_pending", died_before_dispatch)
        await assign(database, mira, "FF-1", ATLAS)
        await assign(database, mira, "FF-1", ATLAS)

    assert await database.pool.fetchval("select count(*) from flowforge.event where name = 'board/task.assigned'") == 1
    assert await all_runs(database) == 0


async def died_before_dispatch(*_: object, **__: object) -> None: ...


async def test_assigning_to_the_same_agent_after_its_run_has_ended_starts_another(database, mira, card):
    first = await assign(database, mira, "FF-1", ATLAS)
    await database.pool.execute("update flowforge.run set state = 'completed'")
    await database.pool.execute("delete from flowforge.owner")
    second = await assign(database, mira, "FF-1", ATLAS)

    assert second.run_id != first.run_id and second.state == "queued"


@pytest.mark.parametrize("to", [JONAS, None])
async def test_taking_the_card_from_the_agent_cancels_its_run(database, mira, card, to):
    run_id = (await assign(database, mira, "FF-1", ATLAS)).run_id
    task = await assign(database, mira, "FF-1", to)

    assert task.state == "cancelled" and await open_runs(database) == 0
    assert (await find_run(database.pool, mira.tenant_id, run_id.hex)).error["message"] == "cancelled by mira"
    assert (await audit.read(database.pool, mira.tenant_id))[-1].detail["cancelled"] == [f"run_{run_id.hex}"]
    assert task.column == "Doing"


async def test_giving_the_card_to_another_agent_cancels_the_first_and_starts_the_second(database, mira, card, make_agent):
    first = await assign(database, mira, "FF-1", ATLAS)
    await make_agent("scout")
    second = await assign(database, mira, "FF-1", AssigneeName("agent", "scout"))

    assert (await find_run(database.pool, mira.tenant_id, first.run_id.hex)).state == "cancelled"
    assert (second.assignee.name, second.state) == ("scout", "queued") and second.run_id != first.run_id


async def test_a_person_who_moves_the_card_away_cancels_the_run(database, mira, card):
    await assign(database, mira, "FF-1", ATLAS)
    task = await move(database, mira, "FF-1", "Todo")

    assert (task.column, task.state, task.assignee.name) == ("Todo", "cancelled", "atlas")


async def test_a_leased_run_is_asked_to_stop(database, mira, card):
    await assign(database, mira, "FF-1", ATLAS)
    await database.pool.execute("update flowforge.owner set state = 'l'")
    await move(database, mira, "FF-1", "Backlog")

    assert await database.pool.fetchval("select cancel from flowforge.owner")


async def test_the_agents_own_move_does_not_cancel_its_run(database, mira, atlas, card):
    await assign(database, mira, "FF-1", ATLAS)
    task = await move(database, atlas, "FF-1", "Review")

    assert (task.column, task.state) == ("Review", "queued")


async def test_another_agents_move_does_cancel_it(database, mira, card, make_agent):
    await assign(database, mira, "FF-1", ATLAS)

    assert (await move(database, await make_agent("scout"), "FF-1", "Review")).state == "cancelled"


async def test_a_run_that_is_made_after_its_card_was_taken_away_can_know_it(database, mira, card, monkeypatch):
    with monkeypatch.context() as crashed:
        crashed.setattr("flowforge.board.act.dispatch_pending", died_before_dispatch)
        await assign(database, mira, "FF-1", ATLAS)
    event_id = await assignment_of(database, card)
    assert await is_current(database.pool, mira.tenant_id, card.task_id, event_id)
    await assign(database, mira, "FF-1", JONAS)
    await dispatch_pending(database, mira.tenant_id, [event_id])

    assert await open_runs(database) == 1
    assert not await is_current(database.pool, mira.tenant_id, card.task_id, event_id)


@pytest.mark.thorough
async def test_no_run_that_saw_the_card_as_its_own_goes_on_after_it_was_taken_away(database, mira, card):
    """The assignment, its dispatch, the run's first look and the taking away, interleaved as they come."""
    began: dict[UUID, bool] = {}

    async def begin_runs() -> None:
        while True:
            for run in await database.pool.fetch("select run_id, event_id from flowforge.run where state = 'open'"):
                if run["run_id"] not in began:
                    began[run["run_id"]] = await is_current(database.pool, mira.tenant_id, card.task_id, run["event_id"])

    worker = asyncio.create_task(begin_runs())
    for _ in range(25):
        await asyncio.gather(
            assign(database, mira, "FF-1", ATLAS), assign(database, mira, "FF-1", JONAS), move(database, mira, "FF-1", "Todo")
        )
        current = await assignment_of(database, card)
        for run in await database.pool.fetch("select run_id, event_id from flowforge.run where state = 'open'"):
            assert run["event_id"] == current or not began.get(run["run_id"])
        await assign(database, mira, "FF-1", None)
    worker.cancel()
    assert any(began.values())


async def test_assigning_while_moving_leaves_one_column_and_at_most_one_run(database, mira, card):
    for _ in range(10):
        await asyncio.gather(
            assign(database, mira, "FF-1", ATLAS), *(move(database, mira, "FF-1", column) for column in ("Todo", "Review", "Backlog"))
        )
        task = await get_task(database, mira.tenant_id, "FF-1")
        current = await database.pool.fetchval(
            "select count(*) from flowforge.run r join flowforge.task t on t.assignment_id = r.event_id where r.state = 'open'"
        )
        assert current == (1 if task.column == "Doing" else 0)
        await assign(database, mira, "FF-1", None)


@pytest.mark.parametrize("name", ["山田\u3000太郎", "Ole\u00a0Nordmann"])
async def test_whoever_can_be_created_can_be_assigned(database, mira, card, name):
    await create_person(database, mira, name)
    await assign(database, mira, "FF-1", AssigneeName("user", name))
    assert (await get_task(database, mira.tenant_id, "FF-1")).assignee.name == name


async def test_unknown_names_are_told_with_the_nearest_and_change_nothing(database, mira, card):
    with pytest.raises(NotFound, match="no user 'jona'; did you mean jonas"):
        await assign(database, mira, "FF-1", AssigneeName("user", "jona"))
    with pytest.raises(NotFound, match="no agent 'atlsa'; did you mean atlas"):
        await assign(database, mira, "FF-1", AssigneeName("agent", "atlsa"))
    with pytest.raises(NotFound, match="no agent"):
        await assign(database, mira, "FF-1", AssigneeName("agent", "\x00"))
    with pytest.raises(NotFound, match="no column 'Doign'; did you mean Doing"):
        await move(database, mira, "FF-1", "Doign")

    assert (await get_task(database, mira.tenant_id, "FF-1")).revision == 1


async def test_a_result_is_posted_once_and_moves_the_card(database, mira, atlas, card):
    task = await assign(database, mira, "FF-1", ATLAS)
    assignment_id = await assignment_of(database, card)
    result = {"result": "refunded", "column": "Review", "assignment_id": assignment_id, "comment_id": derived_id(task.run_id, "result")}

    assert await post_result(database, atlas, card.task_id, **result)
    await move(database, mira, "FF-1", "Done")
    assert not await post_result(database, atlas, card.task_id, **result)

    task = await get_task(database, mira.tenant_id, "FF-1")
    assert task.column == "Done"
    assert [(said.author, said.author_kind, said.text) for said in task.comments] == [("atlas", "agent", "refunded")]


async def test_a_result_for_a_card_that_was_taken_away_is_kept_but_moves_nothing(database, mira, atlas, card):
    task = await assign(database, mira, "FF-1", ATLAS)
    assignment_id = await assignment_of(database, card)
    await assign(database, mira, "FF-1", JONAS)
    comment_id = derived_id(task.run_id, "result")
    await post_result(
        database, atlas, card.task_id, result="too late \x00\ud800", column="Review", assignment_id=assignment_id, comment_id=comment_id
    )

    task = await get_task(database, mira.tenant_id, "FF-1")
    assert (task.column, task.assignee.name, task.comments[0].text) == ("Doing", "jonas", "too late \ufffd\ufffd")


async def test_the_same_agent_can_be_given_the_card_again_as_soon_as_it_has_handed_it_in(database, mira, atlas, card):
    """Its first run may not have ended yet: it has only its own end left to write."""
    first = await assign(database, mira, "FF-1", ATLAS)
    event_id = await assignment_of(database, card)
    await post_result(
        database, atlas, card.task_id, result="done", column="Review", assignment_id=event_id, comment_id=derived_id(first.run_id, "result")
    )
    again = await assign(database, mira, "FF-1", ATLAS)

    assert again.run_id != first.run_id and again.column == "Doing"
    assert (await find_run(database.pool, mira.tenant_id, first.run_id.hex)).state == "queued"
    assert json.loads(await database.pool.fetchval("select data from flowforge.event where event_id = $1", event_id))["task"] == "FF-1"


async def test_moving_a_card_that_was_handed_in_does_not_cancel_the_run_that_is_ending(database, mira, atlas, card):
    first = await assign(database, mira, "FF-1", ATLAS)
    event_id = await assignment_of(database, card)
    await post_result(
        database, atlas, card.task_id, result="done", column="Review", assignment_id=event_id, comment_id=derived_id(first.run_id, "result")
    )

    assert (await move(database, mira, "FF-1", "Done")).state == "queued"


async def test_an_agent_that_hands_its_card_to_another_is_not_cancelled(database, mira, atlas, card, make_agent):
    first = await assign(database, mira, "FF-1", ATLAS)
    scout: Principal = await make_agent("scout")
    second = await assign(database, atlas, "FF-1", AssigneeName("agent", scout.name))

    assert (await find_run(database.pool, mira.tenant_id, first.run_id.hex)).state == "queued"
    assert second.run_id != first.run_id


async def test_a_task_shows_the_run_of_its_present_assignment_even_when_an_older_one_is_made_late(database, mira, card, monkeypatch):
    with monkeypatch.context() as crashed:
        crashed.setattr("flowforge.board.act.dispatch_pending", died_before_dispatch)
        await assign(database, mira, "FF-1", ATLAS)
    late = await assignment_of(database, card)
    await assign(database, mira, "FF-1", JONAS)
    present = await assign(database, mira, "FF-1", ATLAS)
    await dispatch_pending(database, mira.tenant_id, [late])

    assert await all_runs(database) == 2
    assert (await get_task(database, mira.tenant_id, "FF-1")).run_id == present.run_id
