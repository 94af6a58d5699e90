"""Fields, labels, checklists, archives, lists, search, bulk acts, rows in and out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from flowforge.access.principal import Principal
from flowforge.board.archiving import archive_task
from flowforge.board.assignee import AssigneeName
from flowforge.board.board import create_board
from flowforge.board.bulk import BulkAct, act_on_tasks, keys_for
from flowforge.board.change import change_task
from flowforge.board.checklist import add_item, change_item, remove_item
from flowforge.board.checklist_item import ChecklistItem
from flowforge.board.column import move
from flowforge.board.comment import comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.dependency import add_dependency
from flowforge.board.exchange import TaskRow, export_rows
from flowforge.board.intake import import_rows
from flowforge.board.label import delete_label, list_labels, set_label
from flowforge.board.layout import change_column
from flowforge.board.listing import SORTS, TaskFilter
from flowforge.board.replay import check_history
from flowforge.board.task import get_task, list_tasks
from flowforge.board.words import words_of
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import new_id

ATLAS = AssigneeName("agent", "atlas")
CHRISTMAS = datetime(2026, 12, 24, 18, tzinfo=UTC)


async def found(database, tenant_id, sort="number", **wanted) -> list[str]:
    return [task.key for task in (await list_tasks(database, tenant_id, wanted=TaskFilter(**wanted), sort=sort)).data]


async def test_a_card_is_made_with_all_its_fields_and_each_can_be_taken_back(database, mira, people):
    await create_task(database, mira, NewTask("parent"))
    new = NewTask("two", priority="high", labels=["b", "a", "b"], due_at=CHRISTMAS, owner="jonas", parent="ff-1", checklist=["x", "y"])
    task = await create_task(database, mira, new)

    assert (task.priority, task.labels, task.due_at, task.owner, task.parent) == ("high", ("a", "b"), CHRISTMAS, "jonas", "FF-1")
    assert [(item.text, item.done) for item in task.checklist] == [("x", False), ("y", False)]
    back = await change_task(
        database, mira, "FF-2", dict.fromkeys(("priority", "labels", "due_at", "owner", "parent", "description")), revision=1
    )
    assert (back.priority, back.labels, back.due_at, back.owner, back.parent, back.revision) == ("none", (), None, None, None, 2)
    assert await check_history(database, mira.tenant_id, "FF-2") == []
    with pytest.raises(Conflict):
        await change_task(database, mira, "FF-2", {"priority": "low"}, revision=1)


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"title": "a\x07b\nc"}, "/title"),
        ({"priority": "hihg"}, "/priority"),
        ({"labels": [""]}, "/labels/0"),
        ({"labels": ["a;b"]}, "/labels/0"),
        ({"labels": [f"l{n}" for n in range(21)]}, "/labels"),
        ({"due_at": datetime(2026, 12, 24)}, "/due_at"),
        ({"colour": "red"}, "/colour"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
async def test_a_field_that_does_not_fit_is_refused_with_a_pointer(database, mira, patch, pointer):
    await create_task(database, mira, NewTask("one"))
    with pytest.raises(InvalidInput) as refused:
        await change_task(database, mira, "FF-1", patch)
    assert refused.value.pointer == pointer


async def test_markdown_with_scripts_is_kept_as_it_is(database, mira):
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    assert (await create_task(database, mira, NewTask(evil, evil))).description == evil


async def test_labels_come_to_be_are_coloured_and_go_when_nobody_has_them(database, mira):
    task = await create_task(database, mira, NewTask("one", labels=["money"]))
    await set_label(database, mira, "FF", "money", "green")
    await set_label(database, mira, "FF", "ui", "blue")
    board_id = await database.pool.fetchval("select board_id from flowforge.board")
    assert [(label.name, label.colour) for label in await list_labels(database.pool, mira.tenant_id, board_id)] == [
        ("money", "green"),
        ("ui", "blue"),
    ]
    with pytest.raises(Conflict, match="1 cards have the label money"):
        await delete_label(database, mira, "FF", "money")
    with pytest.raises(InvalidInput, match="did you mean green"):
        await set_label(database, mira, "FF", "x", "gren")
    await change_task(database, mira, task.key, {"labels": None})
    await delete_label(database, mira, "FF", "money")
    with pytest.raises(NotFound, match="no label 'money'"):
        await delete_label(database, mira, "FF", "money")


async def test_a_checklist_is_ticked_worded_and_ordered(database, mira):
    await create_task(database, mira, NewTask("one", checklist=["a", "b"]))
    c = await add_item(database, mira, "FF-1", "c", item_id=(item_id := new_id()))
    assert await add_item(database, mira, "FF-1", "c", item_id=item_id) == c
    a, b, _ = (await get_task(database, mira.tenant_id, "FF-1")).checklist
    await change_item(database, mira, "FF-1", c.id, done=True, before=a.id)
    await change_item(database, mira, "FF-1", b.id, said="B")
    await remove_item(database, mira, "FF-1", a.id)

    after = await get_task(database, mira.tenant_id, "FF-1")
    assert [(item.text, item.done) for item in after.checklist] == [("c", True), ("B", False)] and after.revision == 5
    assert await check_history(database, mira.tenant_id, "FF-1") == []
    with pytest.raises(NotFound, match="no checklist item"):
        await change_item(database, mira, "FF-1", a.id, done=True)
    with pytest.raises(InvalidInput) as refused:
        await add_item(database, mira, "FF-1", "d", after="chk_none")
    assert refused.value.pointer == "/after"


async def test_items_that_are_added_at_once_are_all_there(database, mira):
    await create_task(database, mira, NewTask("one"))
    await asyncio.gather(*(add_item(database, mira, "FF-1", f"item {n}") for n in range(8)))

    assert len((await get_task(database, mira.tenant_id, "FF-1")).checklist) == 8


async def test_an_archived_card_is_in_no_list_and_keeps_its_key(database, mira, atlas, agents_listen):
    await create_task(database, mira, NewTask("one", assignee=ATLAS))
    gone = await archive_task(database, mira, "FF-1")

    assert gone.archived_at is not None and gone.state == "cancelled"
    assert await found(database, mira.tenant_id) == [] and await found(database, mira.tenant_id, archived=True) == ["FF-1"]
    assert (await archive_task(database, mira, "FF-1")).revision == gone.revision
    await change_column(database, mira, "FF", "Doing", {"wip_limit": 1})
    await create_task(database, mira, NewTask("two", column="Doing"))
    with pytest.raises(Conflict, match="holds 1 of at most 1"):
        await archive_task(database, mira, "FF-1", archived=False)
    await move(database, mira, "FF-2", "Done")
    assert (await archive_task(database, mira, "FF-1", archived=False)).archived_at is None
    assert await check_history(database, mira.tenant_id, "FF-1") == []


async def test_every_order_gives_every_card_once_page_by_page(database, mira):
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    for n in range(7):
        due = moment + timedelta(days=n % 3) if n % 2 else None
        await create_task(database, mira, NewTask(f"task {n}", priority=("none", "urgent", "low")[n % 3], due_at=due))
    await move(database, mira, "FF-2", "Todo")
    await change_task(database, mira, "FF-5", {"description": "x"})
    expected = {
        "number": ["FF-1", "FF-2", "FF-3", "FF-4", "FF-5", "FF-6", "FF-7"],
        "position": ["FF-1", "FF-3", "FF-4", "FF-5", "FF-6", "FF-7", "FF-2"],
        "updated": ["FF-5", "FF-2", "FF-7", "FF-6", "FF-4", "FF-3", "FF-1"],
        "due": ["FF-4", "FF-2", "FF-6", "FF-1", "FF-3", "FF-5", "FF-7"],
        "priority": ["FF-2", "FF-5", "FF-3", "FF-6", "FF-1", "FF-4", "FF-7"],
    }
    assert expected.keys() == set(SORTS)
    for sort, keys in expected.items():
        seen, cursor = [], None
        while True:
            page = await list_tasks(database, mira.tenant_id, sort=sort, cursor=cursor, limit=2)
            seen += [task.key for task in page.data]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == keys, sort
    page = await list_tasks(database, mira.tenant_id, sort="due", limit=2)
    for cursor in (page.next_cursor, "made up", "W10", "bnVsbA"):
        with pytest.raises(InvalidInput, match="cursor"):
            await list_tasks(database, mira.tenant_id, sort="number", cursor=cursor)


async def test_lists_are_narrowed_by_every_filter(database, mira, people, atlas):
    await create_board(database, mira, "Operations", "OPS")
    await create_task(database, mira, NewTask("one", labels=["a", "b"], priority="high", due_at=CHRISTMAS))
    await create_task(database, mira, NewTask("two", labels=["a"], parent="FF-1", depends_on=["FF-1"], column="Todo"))
    await create_task(database, mira, NewTask("three", board="OPS", assignee=AssigneeName("user", "jonas")))
    since = (await get_task(database, mira.tenant_id, "OPS-1")).updated_at

    async def keys(**wanted) -> list[str]:
        return await found(database, mira.tenant_id, **wanted)

    assert await keys(board="OPS") == ["OPS-1"] and await keys(columns=("Todo", "Done")) == ["FF-2"]
    assert await keys(labels=("a",)) == ["FF-1", "FF-2"] and await keys(labels=("a", "b")) == ["FF-1"]
    assert await keys(priorities=("high", "low")) == ["FF-1"] and await keys(parent="FF-1") == ["FF-2"]
    assert await keys(due_before=CHRISTMAS) == [] and await keys(due_after=CHRISTMAS) == ["FF-1"]
    assert await keys(blocked=True) == ["FF-2"] and await keys(blocked=False, board="FF") == ["FF-1"]
    assert await keys(updated_since=since) == ["OPS-1"] and await keys(assignee="jonas") == ["OPS-1"]
    for wanted, message in (({"board": "OPX"}, "no board"), ({"columns": ("Tood",)}, "Todo"), ({"parent": "FF-22"}, "no parent")):
        with pytest.raises(NotFound, match=message):
            await keys(**wanted)


async def test_cards_are_found_by_key_and_by_the_beginnings_of_words(database, mira):
    await create_task(database, mira, NewTask("Refund ORD-9218", "Die Straße nach Zürich"))
    await create_task(database, mira, NewTask("山田太郎 wants his money", "refunds"))
    await comment(database, mira, "FF-1", "the carrier lost it")

    async def keys(text: str) -> list[str]:
        return await found(database, mira.tenant_id, text=text)

    assert await keys("refu") == ["FF-1", "FF-2"] and await keys("REFUND ord-92") == ["FF-1"]
    assert await keys("ff-2") == ["FF-2"] and await keys("zür strasse") == ["FF-1"] and await keys("carr los") == ["FF-1"]
    assert await keys("田太") == ["FF-2"] and await keys("9218") == ["FF-1"]
    for nothing in ("fund", "refund money carrier", "   ", "%", "\x00", "' or 'x'='x"):
        assert await keys(nothing) == [], nothing
    await change_task(database, mira, "FF-1", {"description": "nothing"})
    assert await keys("zürich") == [] and await keys("carrier") == ["FF-1"]
    stranger = Principal(new_id(), "person", "stranger")
    assert await found(database, stranger.tenant_id, text="refund") == []
    assert len(words_of(" ".join(map(str, range(10_000))))) == 2_000


async def test_a_bulk_act_answers_for_each_card_and_can_be_sent_again(database, mira, atlas):
    for n in range(4):
        await create_task(database, mira, NewTask(f"task {n}"))
    await change_column(database, mira, "FF", "Review", {"wip_limit": 2})
    acts = [await act_on_tasks(database, mira, ["FF-1", "FF-2", "FF-3", "FF-77"], BulkAct("move", column="Review")) for _ in range(2)]

    assert [(result.key, result.revision, type(result.error)) for result in acts[0]] == [
        ("FF-1", 2, type(None)),
        ("FF-2", 2, type(None)),
        ("FF-3", None, Conflict),
        ("FF-77", None, NotFound),
    ]
    assert [result.revision for result in acts[1]] == [2, 2, None, None]
    keys = await keys_for(database, mira.tenant_id, TaskFilter(columns=("Review",)))
    await act_on_tasks(database, mira, keys, BulkAct("label", add=("x", "y")))
    await act_on_tasks(database, mira, keys, BulkAct("label", remove=("y",)))
    await act_on_tasks(database, mira, keys, BulkAct("priority", priority="urgent"))
    await act_on_tasks(database, mira, keys, BulkAct("assign", assignee=ATLAS, start=False))
    first = await get_task(database, mira.tenant_id, "FF-1")
    assert (first.labels, first.priority, first.assignee.name) == (("x",), "urgent", "atlas")
    await act_on_tasks(database, mira, keys, BulkAct("archive"))
    assert await found(database, mira.tenant_id) == ["FF-3", "FF-4"]
    with pytest.raises(InvalidInput, match="at most 200"):
        await act_on_tasks(database, mira, [f"FF-{n}" for n in range(201)], BulkAct("archive"))
    with pytest.raises(InvalidInput) as refused:
        await act_on_tasks(database, mira, ["FF-1"], BulkAct("move"))
    assert refused.value.pointer == "/column"


async def rows_of(database, tenant_id, board: str) -> list[TaskRow]:
    return [row async for rows in export_rows(database, tenant_id, board, archived=True) for row in rows]


async def test_what_is_exported_comes_in_again_with_its_links_once(database, mira, people, atlas, agents_listen):
    await create_board(database, mira, "Operations", "OPS")
    await create_task(database, mira, NewTask("=1+1", "two\nlines", labels=["a"], due_at=CHRISTMAS, checklist=["x", "y"], owner="jonas"))
    await create_task(database, mira, NewTask("two", parent="FF-1", depends_on=["FF-1"], assignee=ATLAS))
    await create_task(database, mira, NewTask("three", column="Review"))
    await add_dependency(database, mira, "FF-1", "FF-3")
    await archive_task(database, mira, "FF-3")
    rows = await rows_of(database, mira.tenant_id, "FF")

    dry = await import_rows(database, mira, "OPS", rows, dry_run=True)
    assert [(report.outcome, report.key, report.errors) for report in dry] == [("created", None, ())] * 3
    assert await found(database, mira.tenant_id, board="OPS") == []
    first = await import_rows(database, mira, "OPS", rows)
    again = await import_rows(database, mira, "OPS", rows)

    assert [(report.outcome, report.key, report.errors) for report in first] == [("created", f"OPS-{n}", ()) for n in (1, 2, 3)]
    assert [(report.outcome, report.key) for report in again] == [("present", f"OPS-{n}") for n in (1, 2, 3)]
    second = await get_task(database, mira.tenant_id, "OPS-2")
    assert (second.parent, second.depends_on, second.assignee.name, second.run_id) == ("OPS-1", ("OPS-1",), "atlas", None)
    came = await rows_of(database, mira.tenant_id, "OPS")
    keys = {"OPS-1": "FF-1", "OPS-2": "FF-2", "OPS-3": "FF-3", None: None}

    def plain(row: TaskRow) -> dict:
        checklist = tuple((item.text, item.done) for item in row.checklist)
        links = {"parent": keys.get(row.parent, row.parent), "depends_on": tuple(keys.get(key, key) for key in row.depends_on)}
        return {**row.__dict__, **links, "checklist": checklist}

    assert [plain(row) for row in came] == [plain(row) for row in rows]


async def test_a_row_that_cannot_come_in_stops_no_other(database, mira):
    rows = [
        TaskRow(""),
        TaskRow("good", external_id="x-1"),
        TaskRow("no column", column="Nowhere"),
        TaskRow("no agent", assignee=AssigneeName("agent", "nobody")),
        TaskRow("no parent", parent="FF-99", external_id="x-2"),
        TaskRow("same again", external_id="x-1"),
        TaskRow("bad item", checklist=(ChecklistItem("", "two\nlines"),)),
    ]
    reports = await import_rows(database, mira, "FF", rows)

    assert [report.outcome for report in reports] == ["refused", "created", "refused", "refused", "created", "present", "refused"]
    assert reports[4].errors[0].pointer == "/parent" and reports[5].key == reports[1].key
    assert [task.title for task in (await list_tasks(database, mira.tenant_id)).data] == ["good", "no parent"]
