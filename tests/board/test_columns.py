"""Where cards stand: their order, full columns, and what leaving and entering a column does to an agent's work."""

from __future__ import annotations

import asyncio
import json
import random

import pytest

from flowforge.board import board_view, rank
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.board import archive_board, create_board, find_board, list_boards, update_board
from flowforge.board.board_view import list_cards, look_at_board
from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.board.layout import add_column, change_column, delete_column
from flowforge.board.replay import check_history
from flowforge.board.result import post_result
from flowforge.board.task import get_task
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import new_id

ATLAS = AssigneeName("agent", "atlas")


async def keys_in(database, tenant_id, column: str, board: str = "FF") -> list[str]:
    return [line.key for line in (await list_cards(database, tenant_id, board, columns=[column])).data]


async def cards(database, mira, count: int, **more) -> None:
    for n in range(count):
        await create_task(database, mira, NewTask(f"task {n}", **more))


def test_there_is_always_a_rank_between_two():
    chance = random.Random(7)
    ranks: list[str] = []
    for _ in range(2000):
        place = chance.choice([0, len(ranks), chance.randint(0, len(ranks)), min(3, len(ranks))])
        made = rank.between(ranks[place - 1] if place else None, ranks[place] if place < len(ranks) else None)
        ranks.insert(place, made)

    assert ranks == sorted(ranks) and len(set(ranks)) == len(ranks)
    with pytest.raises(ValueError, match="nothing lies between"):
        rank.between("i0000000", "i0000000")


async def test_cards_stand_where_they_are_put(database, mira):
    await cards(database, mira, 4)
    await move(database, mira, "FF-4", "Backlog", before="FF-2")
    await move(database, mira, "FF-1", "backlog", after="FF-3")
    assert await keys_in(database, mira.tenant_id, "Backlog") == ["FF-4", "FF-2", "FF-3", "FF-1"]

    await move(database, mira, "FF-2", "Todo")
    await move(database, mira, "FF-3", "Todo", before="FF-2")
    assert await keys_in(database, mira.tenant_id, "Todo") == ["FF-3", "FF-2"]
    with pytest.raises(InvalidInput, match="FF-1 does not stand in Todo") as refused:
        await move(database, mira, "FF-4", "Todo", after="FF-1")
    assert refused.value.pointer == "/after"
    with pytest.raises(InvalidInput, match="beside itself"):
        await move(database, mira, "FF-4", "Backlog", after="FF-4")
    with pytest.raises(Conflict) as late:
        await move(database, mira, "FF-4", "Todo", revision=1)
    assert late.value.winner == {"revision": 2}


async def test_many_who_move_to_one_place_at_once_all_succeed_and_the_order_is_defined(database, mira):
    await cards(database, mira, 14)
    await asyncio.gather(*(move(database, mira, f"FF-{n}", "Backlog", after="FF-1") for n in range(2, 13)))

    order = await keys_in(database, mira.tenant_id, "Backlog")
    assert order[0] == "FF-1" and sorted(order) == sorted(f"FF-{n}" for n in range(1, 15)) and order[-2:] == ["FF-13", "FF-14"]
    ranks = [row["position"] for row in await database.pool.fetch("select position from flowforge.task")]
    assert len(set(ranks)) == 14


async def test_a_column_is_ranked_anew_when_two_cards_have_one_rank_or_ranks_get_long(database, mira):
    await cards(database, mira, 4)
    await database.pool.execute("update flowforge.task set position = 'i0000000' where number < 3")
    await database.pool.execute("update flowforge.task set position = 'i0000000' || repeat('a', 63) || 'i' where number = 3")

    await move(database, mira, "FF-4", "Backlog", after="FF-1")
    await move(database, mira, "FF-2", "Backlog", after="FF-3")

    assert await keys_in(database, mira.tenant_id, "Backlog") == ["FF-1", "FF-4", "FF-3", "FF-2"]
    told = await database.pool.fetch("select data from flowforge.frame where name = 'task.moved' order by created_at")
    assert [json.loads(row["data"]).get("ranked_anew") for row in told] == [True, None]
    assert max(map(len, [row[0] for row in await database.pool.fetch("select position from flowforge.task")])) < rank.LENGTH_MAX


async def test_a_full_column_takes_nobody_however_many_come_at_once(database, mira):
    await cards(database, mira, 8)
    await change_column(database, mira, "FF", "Review", {"wip_limit": 3})
    outcomes = await asyncio.gather(*(move(database, mira, f"FF-{n}", "Review") for n in range(1, 9)), return_exceptions=True)

    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(refused) == 5 and refused[0].winner == {"column": "Review", "limit": 3, "count": 3}
    assert len(await keys_in(database, mira.tenant_id, "Review")) == 3
    inside = (await keys_in(database, mira.tenant_id, "Review"))[0]
    await move(
        database, mira, inside, "Review", after=(await keys_in(database, mira.tenant_id, "Review"))[2]
    )  # within: no more than before
    with pytest.raises(Conflict, match="holds 3 of at most 3"):
        await create_task(database, mira, NewTask("nine", column="Review"))
    assert (await create_task(database, mira, NewTask("nine"))).key == "FF-9"


async def test_an_agent_waits_for_room_and_starts_when_there_is(database, mira, atlas, agents_listen):
    await change_column(database, mira, "FF", "Doing", {"wip_limit": 1})
    first = await create_task(database, mira, NewTask("one", assignee=ATLAS))
    second = await create_task(database, mira, NewTask("two", assignee=ATLAS))
    urgent = await create_task(database, mira, NewTask("three", assignee=ATLAS, priority="urgent"))
    assert (first.column, second.waits, second.blocked_by, urgent.waits) == ("Doing", True, (), True)

    await move(database, mira, first.key, "Review")
    assert (await get_task(database, mira.tenant_id, urgent.key)).state == "queued"
    assert (await get_task(database, mira.tenant_id, second.key)).waits
    await change_column(database, mira, "FF", "Doing", {"wip_limit": None})
    assert (await get_task(database, mira.tenant_id, second.key)).state == "queued"
    for key in (first.key, second.key, urgent.key):
        assert await check_history(database, mira.tenant_id, key) == []


async def test_what_an_agent_hands_in_is_taken_by_a_full_column_and_by_a_board_without_it(database, mira, atlas, agents_listen):
    await cards(database, mira, 1, column="Review")
    await change_column(database, mira, "FF", "Review", {"wip_limit": 1})
    await create_board(database, mira, "Operations", "OPS")
    await change_column(database, mira, "OPS", "Review", {"name": "Look at it"})
    for board, column in (("FF", "Review"), ("OPS", "Look at it")):
        task = await create_task(database, mira, NewTask("work", assignee=ATLAS, board=board))
        assignment = await database.pool.fetchval("select assignment_id from flowforge.task where task_id = $1", task.task_id)
        done = {"result": "done", "column": "Review", "assignment_id": assignment, "comment_id": new_id()}
        assert await post_result(database, atlas, task.task_id, **done)
        after = await get_task(database, mira.tenant_id, task.key)
        assert (after.column, after.comments[-1].text) == (column, "done")
        assert await check_history(database, mira.tenant_id, task.key) == []


async def test_a_column_that_parks_pauses_the_run_until_the_card_comes_back(database, mira, atlas, agents_listen):
    await change_column(database, mira, "FF", "Doing", {"on_leave": "park"})
    begun = await create_task(database, mira, NewTask("one", assignee=ATLAS))

    parked = await move(database, mira, "FF-1", "Todo")
    assert (parked.parked, parked.state, parked.run_id) == (True, "paused", begun.run_id)
    assert (await move(database, mira, "FF-1", "Backlog")).state == "paused"
    assert await check_history(database, mira.tenant_id, "FF-1") == []
    back = await move(database, mira, "FF-1", "Doing")
    assert (back.parked, back.state, back.run_id) == (False, "queued", begun.run_id)
    await move(database, mira, "FF-1", "Todo")
    assert (await move(database, mira, "FF-1", "Done")).state == "cancelled"
    assert await check_history(database, mira.tenant_id, "FF-1") == []


async def test_assigned_work_in_the_backlog_stays_there_until_it_is_moved(database, mira, atlas, agents_listen):
    parked = await create_task(database, mira, NewTask("one", column="Backlog", assignee=ATLAS))
    assert (parked.column, parked.assignee.name, parked.run_id, parked.waits) == ("Backlog", "atlas", None, False)
    await move(database, mira, "FF-1", "Todo")
    started = await move(database, mira, "FF-1", "Doing")
    assert started.state == "queued"

    await create_task(database, mira, NewTask("two"))
    assert (await assign(database, mira, "FF-2", ATLAS, start=False)).run_id is None
    assert (await assign(database, mira, "FF-2", ATLAS)).state == "queued"
    await change_column(database, mira, "FF", "Doing", {"starts": False})
    await create_task(database, mira, NewTask("three", column="Backlog", assignee=ATLAS))
    assert (await move(database, mira, "FF-3", "Doing")).run_id is None


async def test_an_agents_card_has_an_owner_who_is_whoever_assigned_it(database, mira, atlas, people):
    assert (await create_task(database, mira, NewTask("one", assignee=ATLAS))).owner == "mira"
    assert (await create_task(database, mira, NewTask("two", assignee=ATLAS, owner="jonas"))).owner == "jonas"
    assert (await create_task(database, atlas, NewTask("three", assignee=ATLAS, parent="FF-2"))).owner == "jonas"
    assert (await create_task(database, mira, NewTask("four", assignee=AssigneeName("user", "jonas")))).owner is None
    for number in (1, 2, 3, 4):
        assert await check_history(database, mira.tenant_id, f"FF-{number}") == []


async def test_boards_count_for_themselves_and_keep_their_keys(database, mira):
    await create_board(database, mira, "Operations", "OPS")
    first = await create_task(database, mira, NewTask("one", board="operations"))
    assert (first.key, first.board, (await create_task(database, mira, NewTask("two"))).key) == ("OPS-1", "OPS", "FF-1")
    with pytest.raises(Conflict, match="prefix OPS"):
        await create_board(database, mira, "Other", "OPS")
    with pytest.raises(Conflict, match="keys stay what they are"):
        await update_board(database, mira, "OPS", prefix="DESK")
    for prefix in ("o", "OPS-", "1OP", "TOOLONGPREFIX", "ØPS"):
        with pytest.raises(InvalidInput) as refused:
            await create_board(database, mira, "x", prefix)
        assert refused.value.pointer == "/prefix"
    await create_board(database, mira, "Empty", "EMP")
    assert (await update_board(database, mira, "EMP", prefix="FULL", name="Desk")).prefix == "FULL"
    await archive_board(database, mira, "Desk")
    assert [board.prefix for board in (await list_boards(database, mira.tenant_id)).data] == ["FF", "OPS"]
    with pytest.raises(Conflict, match="archived"):
        await create_task(database, mira, NewTask("x", board="FULL"))
    with pytest.raises(NotFound, match="did you mean OPS"):
        await find_board(database.pool, mira.tenant_id, "OPPS")


async def test_columns_are_added_renamed_ordered_and_deleted(database, mira):
    await cards(database, mira, 2, column="Todo")
    board = await add_column(database, mira, "FF", "Testing", {"category": "review", "wip_limit": 5}, before="Done")
    assert [column.name for column in board.columns] == ["Backlog", "Todo", "Doing", "Review", "Testing", "Done"]
    board = await change_column(database, mira, "FF", "todo", {"name": "Next"}, after="Doing")
    assert [column.name for column in board.columns] == ["Backlog", "Doing", "Next", "Review", "Testing", "Done"]
    assert (await get_task(database, mira.tenant_id, "FF-1")).column == "Next"
    assert await check_history(database, mira.tenant_id, "FF-1") == []  # a column that is renamed changes no card

    with pytest.raises(Conflict, match="Done already"):
        await add_column(database, mira, "FF", "done")
    with pytest.raises(InvalidInput, match="did you mean review"):
        await change_column(database, mira, "FF", "Next", {"category": "reviews"})
    with pytest.raises(Conflict, match="holds 2 cards"):
        await delete_column(database, mira, "FF", "Next")
    await change_column(database, mira, "FF", "Testing", {"wip_limit": 1})
    with pytest.raises(Conflict, match="at most 1"):
        await delete_column(database, mira, "FF", "Next", move_to="Testing")
    await delete_column(database, mira, "FF", "Next", move_to="Backlog")
    left = await keys_in(database, mira.tenant_id, "Backlog") + await keys_in(database, mira.tenant_id, "Testing")
    assert sorted(left) == ["FF-1", "FF-2"]
    for name in ("Doing", "Review", "Done"):
        await delete_column(database, mira, "FF", name)
    await delete_column(database, mira, "FF", "Testing", move_to="Backlog")
    with pytest.raises(Conflict, match="the only column"):
        await delete_column(database, mira, "FF", "Backlog")


async def test_a_card_that_comes_into_a_column_while_it_is_deleted_is_not_lost(database, mira):
    for _ in range(5):
        await add_column(database, mira, "FF", "Gone")
        task = await create_task(database, mira, NewTask("one"))
        await asyncio.gather(
            move(database, mira, task.key, "Gone"), delete_column(database, mira, "FF", "Gone", move_to="Todo"), return_exceptions=True
        )
        assert (await get_task(database, mira.tenant_id, task.key)).column in ("Backlog", "Todo")


async def test_a_board_counts_its_columns_and_its_changes(database, mira):
    await cards(database, mira, 3)
    before = await look_at_board(database, mira.tenant_id, "FF")
    await move(database, mira, "FF-1", "Doing")
    after = await look_at_board(database, mira.tenant_id, "FF")

    assert (before.counts, after.counts) == ((3, 0, 0, 0, 0), (2, 0, 1, 0, 0)) and after.seq == before.seq + 1
    page = await list_cards(database, mira.tenant_id, "FF", limit=2)
    rest = await list_cards(database, mira.tenant_id, "FF", limit=2, cursor=page.next_cursor)
    assert [line.key for line in (*page.data, *rest.data)] == ["FF-2", "FF-3", "FF-1"] and rest.next_cursor is None


async def test_a_board_that_was_filled_a_moment_ago_is_not_gone_through_once_for_each_card(database, mira):
    await cards(database, mira, 120, column="Backlog")
    board = await find_board(database.pool, mira.tenant_id, "FF")
    query = board_view.sql.board_cards
    nobody = dict.fromkeys(("after_id", "after_rank", "after_place"))
    arguments = query.arguments({"tenant_id": mira.tenant_id, "board_id": board.board_id, "column_ids": None, "limit": 1_001, **nobody})
    plan = "\n".join(row[0] for row in await database.pool.fetch("explain (analyze, timing off) " + query.text, *arguments))

    assert "rows=120" in plan
    assert "Rows Removed by Join Filter" not in plan
