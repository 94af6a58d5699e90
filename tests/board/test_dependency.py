"""What has to be done first: circles, the start that waits, and who starts what, once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from flowforge.board import column, dependency
from flowforge.board.archiving import archive_task
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.board import create_board
from flowforge.board.change import change_task
from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.board.dependency import add_dependency, remove_dependency
from flowforge.board.layout import change_column
from flowforge.board.replay import check_history
from flowforge.board.task import get_task
from flowforge.errors import Conflict, InvalidInput, NotFound

ATLAS = AssigneeName("agent", "atlas")

pytestmark = pytest.mark.usefixtures("agents_listen", "atlas", "people")


async def cards(database, mira, count: int) -> list[str]:
    return [(await create_task(database, mira, NewTask(f"task {n}"))).key for n in range(count)]


async def runs_of(database, key: str) -> int:
    query = "select count(*) from flowforge.run r join flowforge.task t using (tenant_id, task_id) where t.key = $1"
    return await database.pool.fetchval(query, key)


async def test_a_card_that_depends_on_another_starts_when_that_one_is_done_and_not_before(database, mira):
    await cards(database, mira, 2)
    await add_dependency(database, mira, "FF-2", "FF-1")
    waiting = await assign(database, mira, "FF-2", ATLAS)

    assert (waiting.column, waiting.waits, waiting.blocked_by, waiting.depends_on, waiting.run_id) == (
        "Backlog",
        True,
        ("FF-1",),
        ("FF-1",),
        None,
    )
    await move(database, mira, "FF-1", "Review")
    assert await runs_of(database, "FF-2") == 0
    await move(database, mira, "FF-1", "Done")

    started = await get_task(database, mira.tenant_id, "FF-2")
    assert (started.column, started.waits, started.blocked_by, started.state) == ("Doing", False, (), "queued")
    await move(database, mira, "FF-1", "Review")
    await move(database, mira, "FF-1", "Done")
    assert await runs_of(database, "FF-2") == 1


async def test_two_blockers_that_are_done_at_once_start_the_card_once(database, mira):
    for round_ in range(5):
        first, second = await cards(database, mira, 2)
        third = (await create_task(database, mira, NewTask("last", assignee=ATLAS, depends_on=[first, second]))).key
        assert (await get_task(database, mira.tenant_id, third)).waits

        await asyncio.gather(move(database, mira, first, "Done"), move(database, mira, second, "Done"))

        assert await runs_of(database, third) == 1, round_
        assert await check_history(database, mira.tenant_id, third) == []


async def test_a_dependency_that_comes_while_its_blocker_is_being_done_does_not_leave_the_card_waiting_for_ever(
    database, mira, monkeypatch
):
    """The move to done has looked for who depends on it when somebody comes to; it must then be over before that one looks."""
    await create_board(database, mira, "Operations", "OPS")  # whose column Done is another, and held by others
    [first] = await cards(database, mira, 1)
    second = (await create_task(database, mira, NewTask("second", board="OPS"))).key
    third = (await create_task(database, mira, NewTask("last", assignee=ATLAS, depends_on=[first]))).key
    look, looked, linked = column.start_dependents, asyncio.Event(), asyncio.Event()

    async def look_and_wait(connection, principal, done):
        found = await look(connection, principal, done)
        if done.key == second:
            looked.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await linked.wait()
        return found

    async def link_then_do_the_other() -> None:
        await looked.wait()
        await add_dependency(database, mira, third, second)
        await move(database, mira, first, "Done")
        linked.set()

    monkeypatch.setattr(column, "start_dependents", look_and_wait)
    await asyncio.gather(move(database, mira, second, "Done"), link_then_do_the_other())

    task = await get_task(database, mira.tenant_id, third)
    assert (task.waits, task.blocked_by, await runs_of(database, third)) == (False, (), 1)


async def test_of_two_edges_that_make_a_circle_together_exactly_one_is_made(database, mira, monkeypatch):
    """Both look for a circle before either commits, unless one has to wait for the other."""
    a, b, c, d = await cards(database, mira, 4)
    await add_dependency(database, mira, b, c)
    await add_dependency(database, mira, d, a)
    check, looking = dependency._check_circle, asyncio.Barrier(2)

    async def look_together(*what) -> None:
        await check(*what)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await looking.wait()

    monkeypatch.setattr(dependency, "_check_circle", look_together)
    outcomes = await asyncio.gather(add_dependency(database, mira, a, b), add_dependency(database, mira, c, d), return_exceptions=True)

    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refused) == 1 and isinstance(refused[0], Conflict) and "circle" in str(refused[0])
    assert len(refused[0].winner["circle"]) == 5


async def test_a_card_depends_neither_on_itself_nor_on_what_waits_for_it(database, mira):
    await cards(database, mira, 3)
    await add_dependency(database, mira, "FF-2", "FF-1")
    await add_dependency(database, mira, "FF-3", "FF-2")

    with pytest.raises(Conflict, match="itself"):
        await add_dependency(database, mira, "FF-1", "ff-1")
    with pytest.raises(Conflict, match="FF-1 → FF-3 → FF-2 → FF-1"):
        await add_dependency(database, mira, "FF-1", "FF-3")
    with pytest.raises(NotFound, match="no dependency 'FF-33'; did you mean FF-3"):
        await add_dependency(database, mira, "FF-1", "FF-33")
    assert (await add_dependency(database, mira, "FF-2", "FF-1")).revision == 2  # it was there already


async def test_taking_the_last_dependency_away_starts_the_card(database, mira):
    await cards(database, mira, 1)
    await create_task(database, mira, NewTask("two", assignee=ATLAS, depends_on=["FF-1"]))

    started = await remove_dependency(database, mira, "FF-2", "FF-1")

    assert (started.column, started.state, started.depends_on) == ("Doing", "queued", ())
    with pytest.raises(NotFound, match="no dependency"):
        await remove_dependency(database, mira, "FF-2", "FF-1")


async def test_a_waiting_card_that_is_moved_to_the_backlog_is_parked(database, mira):
    await cards(database, mira, 1)
    await create_task(database, mira, NewTask("two", column="Todo", assignee=ATLAS, depends_on=["FF-1"]))
    await move(database, mira, "FF-2", "Backlog")
    await move(database, mira, "FF-1", "Done")

    assert (await get_task(database, mira.tenant_id, "FF-2")).run_id is None
    assert (await move(database, mira, "FF-2", "Doing")).state == "queued"


async def test_a_column_that_becomes_done_releases_who_waited_for_its_cards(database, mira):
    await cards(database, mira, 1)
    await create_task(database, mira, NewTask("two", assignee=ATLAS, depends_on=["FF-1"]))
    await move(database, mira, "FF-1", "Review")

    await change_column(database, mira, "FF", "Review", {"category": "done"})

    assert (await get_task(database, mira.tenant_id, "FF-2")).state == "queued"


async def test_a_card_whose_blocker_was_archived_still_waits(database, mira):
    await cards(database, mira, 1)
    await create_task(database, mira, NewTask("two", assignee=ATLAS, depends_on=["FF-1"]))
    await archive_task(database, mira, "FF-1")

    assert (await get_task(database, mira.tenant_id, "FF-2")).blocked_by == ("FF-1",)


async def test_parents_count_their_children_and_are_at_most_eight_deep(database, mira):
    await cards(database, mira, 1)
    for level in range(2, 9):
        await create_task(database, mira, NewTask(f"level {level}", parent=f"FF-{level - 1}"))
    with pytest.raises(InvalidInput, match="8 levels") as refused:
        await create_task(database, mira, NewTask("too deep", parent="FF-8"))
    assert refused.value.pointer == "/parent"
    for n in range(2):
        await create_task(database, mira, NewTask(f"child {n}", parent="FF-1"))
    await move(database, mira, "FF-2", "Done")

    top = await get_task(database, mira.tenant_id, "FF-1")
    assert (top.children.done, top.children.total) == (1, 3)
    with pytest.raises(Conflict, match="a part of this card"):
        await change_task(database, mira, "FF-1", {"parent": "FF-3"})
    other = await create_task(database, mira, NewTask("another root"))
    with pytest.raises(InvalidInput, match="8 levels"):
        await change_task(database, mira, "FF-1", {"parent": other.key})
    assert (await change_task(database, mira, "FF-2", {"parent": None})).parent is None


async def test_two_cards_that_become_each_others_parent_at_once_do_not(database, mira):
    await cards(database, mira, 2)
    outcomes = await asyncio.gather(
        change_task(database, mira, "FF-1", {"parent": "FF-2"}),
        change_task(database, mira, "FF-2", {"parent": "FF-1"}),
        return_exceptions=True,
    )

    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]


async def test_a_move_that_starts_others_takes_the_counters_of_all_streams_in_their_order(database, mira, make_agent):
    """Agents at work take these counters in their order: a move that took them card by card would meet them."""
    first, later = [await make_agent(name) for name in ("first", "later")]
    await create_task(database, mira, NewTask("done soon", assignee=AssigneeName("agent", "later")))
    await create_task(database, mira, NewTask("waits", assignee=AssigneeName("agent", "first"), depends_on=["FF-1"]))
    assert first.id is not None and later.id is not None and first.id < later.id
    take = "select from flowforge.stream where stream_id = $1 for no key update nowait"

    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute(take, first.id)
        moving = asyncio.create_task(move(database, mira, "FF-1", "Done"))
        waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
        async with asyncio.timeout(20):
            while not await database.pool.fetchval(waits):
                await asyncio.sleep(0.01)
        await connection.execute(take, later.id)  # which the move, that waits for the first one, does not hold
    await moving

    assert (await get_task(database, mira.tenant_id, "FF-2")).state == "queued"
