from __future__ import annotations

import asyncio

import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.activity import list_activity
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.column import move
from flowforge.board.comment import comment, list_comments
from flowforge.board.creation import NewTask, create_task
from flowforge.board.person import create_person, list_people
from flowforge.board.replay import check_history
from flowforge.board.task import get_task, list_tasks, update_task
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import new_id
from flowforge.orchestrator.stream import read_page


async def test_the_first_task_of_a_tenant_is_ff_1_in_the_first_column(database, mira):
    task = await create_task(database, mira, NewTask("Refund ORD-9218", "the parcel was empty"))

    assert (task.key, task.column, task.assignee, task.state, task.revision) == ("FF-1", "Backlog", None, None, 1)
    assert (task.title, task.description, task.created_by, task.comments) == ("Refund ORD-9218", "the parcel was empty", "mira", ())
    assert task == await get_task(database, mira.tenant_id, "ff-1") == await get_task(database, mira.tenant_id, task.id)


async def test_twenty_tasks_created_at_once_are_numbered_without_gaps(database, mira):
    tasks = await asyncio.gather(*(create_task(database, mira, NewTask(f"task {n}")) for n in range(20)))

    assert sorted(int(task.key.removeprefix("FF-")) for task in tasks) == list(range(1, 21))
    assert await database.pool.fetchval("select count(*) from flowforge.board") == 1
    assert await database.pool.fetchval("select count(*) from flowforge.board_column") == 5


async def test_a_creation_that_fails_leaves_no_gap(database, mira, monkeypatch):
    async def fail(*_: object, **__: object) -> None:
        raise InterruptedError

    await create_task(database, mira, NewTask("one"))
    with monkeypatch.context() as failing:
        failing.setattr("flowforge.board.creation.record", fail)  # the last thing before the commit: the number is taken
        with pytest.raises(InterruptedError):
            await create_task(database, mira, NewTask("two"))
    for broken in (NewTask("three", column="Doin"), NewTask("four", assignee=AssigneeName("user", "nobody here")), NewTask("  ")):
        with pytest.raises((NotFound, InvalidInput)):
            await create_task(database, mira, broken)

    assert (await create_task(database, mira, NewTask("five"))).key == "FF-2"
    assert [entry.action for entry in await audit.read(database.pool, mira.tenant_id)] == ["task.create", "task.create"]


async def test_a_creation_that_is_repeated_under_its_id_makes_one_task(database, mira):
    task_id = new_id()
    first = await create_task(database, mira, NewTask("one"), task_id=task_id)

    assert await create_task(database, mira, NewTask("one"), task_id=task_id) == first
    assert (await create_task(database, mira, NewTask("two"))).key == "FF-2"


async def test_each_tenant_counts_for_itself_and_sees_only_its_own(database, mira):
    await create_task(database, mira, NewTask("ours"))
    stranger = Principal(new_id(), "person", "stranger")
    theirs = await create_task(database, stranger, NewTask("theirs"))

    assert theirs.key == "FF-1"
    assert [task.title for task in (await list_tasks(database, stranger.tenant_id)).data] == ["theirs"]
    with pytest.raises(NotFound):
        await get_task(database, mira.tenant_id, theirs.id)


async def test_an_unknown_task_is_told_with_the_nearest_keys(database, mira):
    await create_task(database, mira, NewTask("one"))
    for reference in ("FF-11", "FF-0", "tsk_00", "nonsense", "\x00"):
        with pytest.raises(NotFound, match="there is no task"):
            await get_task(database, mira.tenant_id, reference)
    with pytest.raises(NotFound, match="did you mean FF-1"):
        await get_task(database, mira.tenant_id, "FF-11")


async def test_pages_hold_every_task_once_in_the_order_of_their_numbers(database, mira):
    for n in range(5):
        await create_task(database, mira, NewTask(f"task {n}"))

    keys, cursor = [], None
    for expected in (2, 2, 1):
        page = await list_tasks(database, mira.tenant_id, limit=2, cursor=cursor)
        assert len(page.data) == expected
        keys += [task.key for task in page.data]
        cursor = page.next_cursor

    assert keys == ["FF-1", "FF-2", "FF-3", "FF-4", "FF-5"] and cursor is None
    with pytest.raises(InvalidInput, match="cursor"):
        await list_tasks(database, mira.tenant_id, cursor="made up")


async def test_a_list_holds_the_newest_comment_of_each_task_and_a_task_its_conversation(database, mira):
    task = await create_task(database, mira, NewTask("Refund ORD-9218"))
    for words in ("first", "second", "third"):
        await comment(database, mira, task.key, words)
    (listed,) = (await list_tasks(database, mira.tenant_id)).data
    assert [said.text for said in listed.comments] == ["third"]
    shown = await get_task(database, mira.tenant_id, task.key)
    assert [said.text for said in shown.comments] == ["first", "second", "third"]


async def test_tasks_are_listed_by_column_and_by_assignee(database, mira, people, atlas):
    await create_task(database, mira, NewTask("a", column="review"))
    await create_task(database, mira, NewTask("b", assignee=AssigneeName("user", "jonas")))
    await create_task(database, mira, NewTask("c", assignee=AssigneeName("agent", "atlas")))

    async def titles(**wanted: str) -> list[str]:
        return [task.title for task in (await list_tasks(database, mira.tenant_id, **wanted)).data]

    assert await titles(column="Review") == ["a"]
    assert await titles(assignee="jonas") == ["b"]
    assert await titles(assignee="atlas", column="Doing") == ["c"]
    assert await titles(assignee="nobody") == ["a"]
    with pytest.raises(NotFound, match="no column 'Revew'; did you mean Review"):
        await titles(column="Revew")
    with pytest.raises(NotFound, match="no assignee 'atlass'; did you mean atlas"):
        await titles(assignee="atlass")


async def test_title_and_description_change_under_a_new_revision(database, mira):
    task = await create_task(database, mira, NewTask("one", "old"))
    changed = await update_task(database, mira, "FF-1", description="new", revision=1)

    assert (changed.title, changed.description, changed.revision) == ("one", "new", 2)
    assert changed.updated_at > task.updated_at
    assert (await update_task(database, mira, "FF-1", description="new")).revision == 2  # nothing changed
    with pytest.raises(Conflict) as refused:
        await update_task(database, mira, "FF-1", title="two", revision=1)
    assert refused.value.winner == {"revision": 2}


@pytest.mark.parametrize("title", ["", "   ", "two\nlines", "a\x00b", "\ud800", "x" * 501])
async def test_a_title_that_cannot_be_one_is_refused_with_a_pointer(database, mira, title):
    with pytest.raises(InvalidInput) as refused:
        await create_task(database, mira, NewTask(title))
    assert refused.value.pointer == "/title"


async def test_a_comment_with_a_given_id_is_said_once(database, mira):
    await create_task(database, mira, NewTask("one"))
    comment_id = new_id()
    first = await comment(database, mira, "FF-1", "hello", comment_id=comment_id)
    again = await comment(database, mira, "FF-1", "hello", comment_id=comment_id)
    await comment(database, mira, "FF-1", "bye")

    assert first == again
    task = await get_task(database, mira.tenant_id, "FF-1")
    assert [said.text for said in task.comments] == ["hello", "bye"]
    assert [change.action for change in (await list_activity(database, mira.tenant_id, "FF-1")).data] == [
        "created",
        "commented",
        "commented",
    ]
    page = await list_comments(database, mira.tenant_id, "FF-1", limit=1)
    rest = await list_comments(database, mira.tenant_id, "FF-1", limit=1, cursor=page.next_cursor)
    assert [said.text for said in (*page.data, *rest.data)] == ["hello", "bye"] and rest.next_cursor is None


@pytest.mark.parametrize("words", ["", " \n", "\x00", "x" * 100_001])
async def test_a_comment_that_cannot_be_one_is_refused(database, mira, words):
    await create_task(database, mira, NewTask("one"))
    with pytest.raises(InvalidInput) as refused:
        await comment(database, mira, "FF-1", words)
    assert refused.value.pointer == "/text"


async def test_the_history_of_a_card_replays_to_its_present_state(database, mira, people, atlas):
    await create_task(database, mira, NewTask("one", "first"))
    await update_task(database, mira, "FF-1", title="two")
    await assign(database, mira, "FF-1", AssigneeName("agent", "atlas"))
    await move(database, mira, "FF-1", "Todo")
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await update_task(database, mira, "FF-1", description="second")
    await assign(database, mira, "FF-1", None)
    await move(database, mira, "FF-1", "Done")

    assert await check_history(database, mira.tenant_id, "FF-1") == []


async def test_a_history_that_lost_an_entry_is_found_out(database, mira):
    await create_task(database, mira, NewTask("one"))
    await update_task(database, mira, "FF-1", title="two")
    await database.pool.execute("delete from flowforge.activity where action = 'updated'")

    assert await check_history(database, mira.tenant_id, "FF-1") == ["FF-1: title is 'two', its history says 'one'"]


async def test_every_act_has_one_audit_entry_and_its_frames(database: Database, mira, people):
    task = await create_task(database, mira, NewTask("one"))
    await move(database, mira, "FF-1", "Todo")
    await move(database, mira, "FF-1", "todo")  # it is there already: no act
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await comment(database, mira, "FF-1", "hello")
    await update_task(database, mira, "FF-1", title="two")

    entries = (await audit.read(database.pool, mira.tenant_id))[2:]
    assert [entry.action for entry in entries] == ["task.create", "task.move", "task.assign", "task.comment", "task.update"]
    frames = await read_page(database.pool, mira.tenant_id, "task", task.task_id, 0)
    assert [frame.name for frame in frames] == ["task.created", "task.moved", "task.assigned", "task.commented", "task.updated"]
    assert [frame.seq for frame in frames] == [1, 2, 3, 4, 5]
    assert frames[1].data == {"task": "FF-1", "by": "mira", "by_kind": "person", "from": "Backlog", "to": "Todo"}
    assert (await get_task(database, mira.tenant_id, "FF-1")).seq == 5


async def test_changes_of_one_card_at_once_all_count(database: Database, mira, people):
    task = await create_task(database, mira, NewTask("one"))
    acts = [move(database, mira, "FF-1", column) for column in ("Todo", "Doing", "Review", "Done")]
    acts += [assign(database, mira, "FF-1", AssigneeName("user", name)) for name in ("mira", "jonas")]
    acts += [update_task(database, mira, "FF-1", description=str(n)) for n in range(4)]
    await asyncio.gather(*acts, *(comment(database, mira, "FF-1", str(n)) for n in range(10)))

    after = await get_task(database, mira.tenant_id, "FF-1")
    assert after.revision == 11 and len(after.comments) == 10
    frames = await read_page(database.pool, mira.tenant_id, "task", task.task_id, 0)
    assert [frame.seq for frame in frames] == list(range(1, 22)) and after.seq == 21


async def test_a_person_is_added_once(database, mira):
    await create_person(database, mira, " jonas ")
    with pytest.raises(Conflict, match="there is a user 'jonas' already"):
        await create_person(database, mira, "jonas")
    with pytest.raises(InvalidInput):
        await create_person(database, mira, "")

    assert [person.name for person in (await list_people(database, mira.tenant_id)).data] == ["jonas"]
    assert [entry.action for entry in await audit.read(database.pool, mira.tenant_id)] == ["user.create"]
