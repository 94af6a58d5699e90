"""The inbox: written with the act that causes it, refreshed rather than repeated, read, put off; and who watches a card."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.comment import comment, delete_comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.due_date import tell_of_dates
from flowforge.board.inbox import Notice, Tell, notify, notify_all, people_with_role
from flowforge.board.inbox_item import Choice, list_inbox, mark
from flowforge.board.inbox_setting import InboxSetting, put_setting
from flowforge.board.person import create_person
from flowforge.board.queries import sql
from flowforge.board.result import post_result
from flowforge.board.task import get_task
from flowforge.board.watcher import list_watchers, unwatch, watch
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import InvalidInput, NotFound
from flowforge.ids import new_id
from flowforge.orchestrator.stream import read_page


@pytest.fixture
def jonas(mira):
    return Principal(mira.tenant_id, "person", "jonas")


@pytest.fixture(autouse=True)
async def card(database, mira, people):
    return await create_task(database, mira, NewTask("Refund ORD-1"))


async def person_id(database, name):
    return await database.pool.fetchval("select person_id from flowforge.person where name = $1", name)


async def inbox(database, principal, **which):
    return [(item.kind, item.task, item.count) for item in (await list_inbox(database, principal, **which)).items.data]


async def test_an_assignment_a_mention_and_a_comment_are_put_before_whom_they_concern(database, mira, jonas):
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await comment(database, jonas, "FF-1", "on it")
    await comment(database, mira, "FF-1", "@jonas thanks")

    assert await inbox(database, jonas) == [("mentioned", "FF-1", 1), ("assigned", "FF-1", 1)]
    assert await inbox(database, mira) == [("commented", "FF-1", 1)]
    [item] = (await list_inbox(database, mira)).items.data
    assert (item.title, item.text, item.by, item.by_kind) == ("jonas commented on FF-1 Refund ORD-1", "on it", "jonas", "person")


async def test_more_of_the_same_refreshes_one_item_and_makes_it_unread_again(database, mira, jonas):
    for text in ("one", "two"):
        await comment(database, jonas, "FF-1", text)
    [item] = (await list_inbox(database, mira)).items.data
    assert (item.count, item.text) == (2, "two")
    await mark(database, mira, "read", Choice(ids=(ids.show("inb", item.item_id),)))
    assert (await list_inbox(database, mira)).unread == {}

    await comment(database, jonas, "FF-1", "three")
    [again] = (await list_inbox(database, mira)).items.data
    assert (again.item_id, again.count, again.text, again.read_at) == (item.item_id, 1, "three", None)
    assert again.seq > item.seq and (await list_inbox(database, mira)).unread == {"commented": 1}


async def test_what_was_taken_back_is_in_no_inbox_and_counts_for_nothing(database, mira, jonas):
    said = await comment(database, jonas, "FF-1", "@mira the password is swordfish")
    await delete_comment(database, jonas, "FF-1", ids.show("cmt", said.comment_id))
    box = await list_inbox(database, mira)
    assert [(item.kind, item.text) for item in box.items.data] == [("mentioned", "")] and box.unread == {}

    for text in ("one", "two"):
        said = await comment(database, jonas, "FF-1", text)
    await delete_comment(database, jonas, "FF-1", ids.show("cmt", said.comment_id))
    box = await list_inbox(database, mira)
    assert (box.items.data[0].kind, box.items.data[0].text) == ("commented", "") and box.unread == {"commented": 1}


async def test_nobody_is_told_of_what_they_did_themselves(database, mira):
    await assign(database, mira, "FF-1", AssigneeName("user", "mira"))
    await comment(database, mira, "FF-1", "mine")
    assert await inbox(database, mira) == []


async def test_the_owner_hears_that_an_agent_has_finished_and_the_watchers_what_it_said(database, mira, jonas, card, atlas):
    await watch(database, mira, "FF-1", "jonas")
    task = await assign(database, mira, "FF-1", AssigneeName("agent", "atlas"))
    event_id = await database.pool.fetchval("select assignment_id from flowforge.task")
    assert await post_result(database, atlas, task.task_id, result="done", column="Review", assignment_id=event_id, comment_id=new_id())
    assert await inbox(database, mira) == [("done", "FF-1", 1)]
    assert await inbox(database, jonas) == [("commented", "FF-1", 1)]


async def test_each_change_is_a_frame_on_the_persons_own_stream_in_order(database, mira, jonas):
    await comment(database, jonas, "FF-1", "one")
    await comment(database, jonas, "FF-1", "@mira two")
    box = await list_inbox(database, mira)
    await mark(database, mira, "read", Choice(up_to=box.seq))

    frames = await read_page(database.pool, mira.tenant_id, "person", await person_id(database, "mira"), 0)
    assert [(frame.seq, frame.name, frame.data.get("kind") or frame.data["act"]) for frame in frames] == [
        (1, "inbox.item", "commented"),
        (2, "inbox.item", "mentioned"),
        (3, "inbox.changed", "read"),
    ]
    assert frames[1].data["id"] == ids.show("inb", box.items.data[0].item_id)
    assert frames[2].data == {"act": "read", "up_to": 2, "unread": {}}


async def test_acts_at_once_number_the_frames_without_gap_or_repeat(database, mira, jonas):
    for n in range(2, 6):
        await create_task(database, mira, NewTask(f"{n}"))
    await asyncio.gather(*(comment(database, jonas, f"FF-{1 + n % 5}", "@mira now") for n in range(20)))

    frames = await read_page(database.pool, mira.tenant_id, "person", await person_id(database, "mira"), 0)
    assert [frame.seq for frame in frames] == list(range(1, 21))
    assert sum(item.count for item in (await list_inbox(database, mira)).items.data) == 20


@pytest.mark.thorough
async def test_acts_at_once_that_meet_in_several_inboxes_do_not_lock_each_other_up(database, mira):
    names = [f"p{n}" for n in range(8)]
    for name in names:
        await create_person(database, mira, name)
    for n in range(5):
        await create_task(database, mira, NewTask(f"{n}"))
    chance = random.Random(3)

    async def act(n):
        first, *others = chance.sample(names, 4)
        who = Principal(mira.tenant_id, "person", first)
        if n % 5 == 0:
            await mark(database, who, "read", Choice(up_to=10**6))
        else:
            await comment(database, who, f"FF-{1 + n % 6}", " ".join(f"@{name}" for name in others))

    await asyncio.gather(*(act(n) for n in range(160)))
    for name in names:
        frames = await read_page(database.pool, mira.tenant_id, "person", await person_id(database, name), 0)
        assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))


async def test_a_card_with_200_watchers_costs_one_statement(database, mira, jonas, card):
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name) select $1, gen_random_uuid(), 'w' || n from generate_series(1, 200) n",
        mira.tenant_id,
    )
    await database.pool.execute(
        "insert into flowforge.watcher (tenant_id, task_id, person_id) select $1, $2, person_id from flowforge.person where name like 'w%'",
        mira.tenant_id, card.task_id,
    )  # fmt: skip
    heard: list[str] = []
    async with database.pool.acquire() as connection:
        tell = Tell(Notice("commented", "tsk_x", "x"), to_watchers=True)
        await notify_all(connection, mira.tenant_id, [tell], task_id=card.task_id, actor=mira)  # the driver asks for types
        connection.add_query_logger(lambda record: heard.append(record.query))
        told = await notify_all(connection, mira.tenant_id, [tell], task_id=card.task_id, actor=mira)
    assert (len(told), len(heard)) == (200, 1)
    assert await database.pool.fetchval("select count(*) from flowforge.inbox_item where kind = 'commented'") == 200
    assert await database.pool.fetchval("select count(*) from flowforge.frame where name = 'inbox.item'") == 400


@pytest.mark.thorough
async def test_what_is_put_off_comes_back_and_what_is_archived_does_not_until_there_is_more(database, mira, jonas):
    await comment(database, jonas, "FF-1", "one")
    [item] = (await list_inbox(database, mira)).items.data
    this = Choice(ids=(ids.show("inb", item.item_id),))
    await mark(database, mira, "snooze", this, until=SYSTEM_CLOCK.now() + timedelta(hours=1))
    assert await inbox(database, mira) == [] and len(await inbox(database, mira, view="snoozed")) == 1
    await database.pool.execute("update flowforge.clock set skew = interval '2 hours'")
    assert len(await inbox(database, mira)) == 1 and await inbox(database, mira, view="snoozed") == []

    await mark(database, mira, "archive", this)
    assert await inbox(database, mira) == [] and len(await inbox(database, mira, view="archived")) == 1
    await comment(database, jonas, "FF-1", "two")
    assert await inbox(database, mira) == [("commented", "FF-1", 1)]


async def test_an_act_on_the_inbox_is_one_audit_entry_and_none_where_nothing_changed(database, mira, jonas):
    await comment(database, jonas, "FF-1", "one")
    assert [await mark(database, mira, "read", Choice(up_to=9)) for _ in range(2)] == [1, 0]
    assert [entry.action for entry in await audit.read(database.pool, mira.tenant_id)].count("inbox.read") == 1


async def test_nobody_marks_what_stands_in_another_inbox(database, mira, jonas):
    await comment(database, jonas, "FF-1", "one")
    [item] = (await list_inbox(database, mira)).items.data
    for wrong in (ids.show("inb", item.item_id), "inb_x", ids.show("inb", new_id())):
        with pytest.raises(InvalidInput, match="no item") as refused:
            await mark(database, jonas, "read", Choice(ids=(wrong,)))
        assert refused.value.pointer == "/ids/0"
    with pytest.raises(InvalidInput, match="still to come"):
        await mark(database, mira, "snooze", Choice(up_to=1), until=SYSTEM_CLOCK.now())
    for nothing in (Choice(), Choice(ids=("inb_x",), up_to=1), Choice(ids=("x",) * 201)):
        with pytest.raises(InvalidInput):
            await mark(database, mira, "read", nothing)
    assert (await list_inbox(database, mira)).unread == {"commented": 1}


async def test_keys_agents_and_strangers_have_no_inbox(database, mira, atlas):
    for principal, hint in (
        (Principal(mira.tenant_id, "key", "ci", new_id()), "belongs to a person"),
        (atlas, "belongs to a person"),
        (Principal(mira.tenant_id, "person", "operator"), "/v1/users"),
        (Principal(mira.tenant_id, "person", "mira", new_id()), "/v1/users"),
    ):
        with pytest.raises(NotFound) as unknown:
            await list_inbox(database, principal)
        assert hint in (unknown.value.hint or "")


@pytest.mark.thorough
async def test_pages_hold_every_item_once_the_newest_first(database, mira, jonas):
    for n in range(1, 6):
        if n > 1:
            await create_task(database, mira, NewTask(f"{n}"))
        await comment(database, jonas, f"FF-{n}", "x")
    seen, cursor = [], None
    for _ in range(3):
        page = (await list_inbox(database, mira, limit=2, cursor=cursor)).items
        seen += [item.task for item in page.data]
        cursor = page.next_cursor
    assert seen == ["FF-5", "FF-4", "FF-3", "FF-2", "FF-1"] and cursor is None
    with pytest.raises(InvalidInput, match="cursor"):
        await list_inbox(database, mira, cursor="x")
    assert len((await list_inbox(database, mira, kind="commented")).items.data) == 5
    with pytest.raises(InvalidInput, match="kind is one of"):
        await list_inbox(database, mira, kind="comented")


async def test_whoever_makes_has_speaks_on_or_is_named_on_a_card_watches_it(database, mira, jonas, atlas):
    for name in ("ann", "ben"):
        await create_person(database, mira, name)
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await comment(database, Principal(mira.tenant_id, "person", "ann"), "FF-1", "@ben @atlas look")
    assert (await get_task(database, mira.tenant_id, "FF-1")).watchers == ("ann", "ben", "jonas", "mira")
    assert [watcher.name for watcher in await list_watchers(database, mira.tenant_id, "FF-1", after="ben", limit=1)] == ["jonas"]


async def test_whoever_stops_watching_is_not_made_to_watch_again_but_is_still_told_what_is_meant_for_them(database, mira, jonas):
    await unwatch(database, mira, "FF-1")
    await comment(database, mira, "FF-1", "mine")
    await comment(database, jonas, "FF-1", "yours")
    assert await inbox(database, mira) == []
    await comment(database, jonas, "FF-1", "@mira")
    assert await inbox(database, mira) == [("mentioned", "FF-1", 1)]
    assert (await get_task(database, mira.tenant_id, "FF-1")).watchers == ("jonas",)

    await watch(database, mira, "FF-1")
    await watch(database, mira, "FF-1", "mira")
    actions = [entry.action for entry in await audit.read(database.pool, mira.tenant_id)]
    assert (actions.count("task.watch"), actions.count("task.unwatch")) == (1, 1)
    with pytest.raises(NotFound, match="no user 'mirra'; did you mean mira"):
        await watch(database, mira, "FF-1", "mirra")


@pytest.mark.thorough
async def test_people_of_a_role_are_those_who_may_at_least_as_much_and_can_act(database, mira):
    for name, role, disabled in (("a", "admin", None), ("b", "approver", None), ("c", "member", None), ("d", "approver", "now()")):
        await database.pool.execute(
            f"insert into flowforge.person (tenant_id, person_id, name, role, disabled_at) values ($1, $2, $3, $4, {disabled or 'null'})",
            mira.tenant_id, new_id(), name, role,
        )  # fmt: skip
    found = await people_with_role(database.pool, mira.tenant_id, "approver")
    rows = await database.pool.fetch("select name from flowforge.person where person_id = any($1) order by name", found)
    assert [row["name"] for row in rows] == ["a", "b"]


@pytest.mark.thorough
async def test_a_notice_of_another_room_reaches_persons_of_the_tenant_only(database, mira, jonas):
    ours, stranger = await person_id(database, "jonas"), new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        told = await notify(connection, mira.tenant_id, [ours, stranger, ours], Notice("approval", "apr_1", "atlas wants to refund"))
    assert told == [ours] and await inbox(database, jonas) == [("approval", None, 1)]


async def test_a_date_is_told_a_day_before_and_once_it_has_passed_to_who_has_the_card_and_who_answers_for_it(database, mira, jonas):
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await mark(database, jonas, "archive", Choice(up_to=99))
    owner = await person_id(database, "mira")
    await database.pool.execute("update flowforge.task set owner_id = $1, due_at = flowforge.now() + interval '2 days'", owner)
    at_once = timedelta(0)
    assert await tell_of_dates(database, every=at_once) == 0
    for hours, stage in ((30, "tomorrow"), (50, "overdue")):
        await database.pool.execute("update flowforge.clock set skew = make_interval(hours => $1)", hours)
        assert sorted([await tell_of_dates(database, every=at_once) for _ in range(2)]) == [0, 2]
        [item] = (await list_inbox(database, jonas)).items.data
        assert (item.kind, item.stage.split()[0]) == ("due", stage)
    assert await tell_of_dates(database) == 0, "somebody has just looked"


async def test_dates_are_looked_at_by_one_at_a_time(database, mira, jonas):
    await assign(database, mira, "FF-1", AssigneeName("user", "jonas"))
    await database.pool.execute("update flowforge.task set due_at = flowforge.now()")
    await database.pool.execute("insert into flowforge.inbox_watch default values")
    async with database.pool.acquire() as other, other.transaction():
        await other.fetch("select from flowforge.inbox_watch for update")
        assert await asyncio.wait_for(tell_of_dates(database), 10) == 0
    assert await tell_of_dates(database) == 1
    assert ("due", "FF-1", 1) in await inbox(database, jonas)


async def test_a_setting_is_checked_and_kept(database, mira):
    wanted = InboxSetting("weekly", 7, 5, "Europe/Oslo", ("approval", "mentioned", "approval"))
    assert (await put_setting(database, mira, wanted)).mail == ("mentioned", "approval")
    due = await database.pool.fetchval("select digest_due from flowforge.inbox_setting")
    assert due > await sql.board_now.fetchval(database.pool)
    for wrong, pointer in (
        (InboxSetting(hour=24), "/hour"),
        (InboxSetting(weekday=0), "/weekday"),
        (InboxSetting(time_zone="Mars/Base"), "/time_zone"),
        (InboxSetting(time_zone="../x"), "/time_zone"),
        (InboxSetting(mail=("mentioned", "all")), "/mail/1"),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInput) as refused:
            await put_setting(database, mira, wrong)
        assert refused.value.pointer == pointer
