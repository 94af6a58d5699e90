"""Comments: said, answered, changed, taken back; in one order for everybody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.activity import list_activity
from flowforge.board.comment import comment, delete_comment, edit_comment, get_comment, list_comments
from flowforge.board.creation import NewTask, create_task
from flowforge.board.task import get_task
from flowforge.errors import Gone, InvalidInput, NotAllowed, NotFound
from flowforge.orchestrator.stream import read_page


@pytest.fixture(autouse=True)
async def card(database, mira):
    return await create_task(database, mira, NewTask("one"))


def shown(said):
    return ids.show("cmt", said.comment_id)


async def test_its_author_changes_a_comment_and_the_activity_keeps_what_it_said(database, mira, card):
    said = await comment(database, mira, "FF-1", "the frist")
    changed = await edit_comment(database, mira, "FF-1", shown(said), "the first")

    assert (changed.text, changed.created_at) == ("the first", said.created_at) and changed.edited_at > said.created_at
    assert await get_comment(database, mira.tenant_id, "FF-1", shown(said)) == changed
    entry = (await list_activity(database, mira.tenant_id, "FF-1")).data[-1]
    assert (entry.action, entry.detail) == ("comment_edited", {"comment": shown(said), "was": "the frist", "text": "the first"})
    assert [one.action for one in await audit.read(database.pool, mira.tenant_id)][-1] == "task.edit_comment"
    frame = (await read_page(database.pool, mira.tenant_id, "task", card.task_id, 0))[-1]
    assert (frame.name, frame.data["text"]) == ("task.updated", "the first")


async def test_a_change_that_changes_nothing_is_none(database, mira):
    said = await comment(database, mira, "FF-1", "so")
    assert await edit_comment(database, mira, "FF-1", shown(said), "so") == said
    assert [one.action for one in await audit.read(database.pool, mira.tenant_id)] == ["task.create", "task.comment"]


async def test_a_deleted_comment_leaves_a_tombstone_in_its_place(database, mira):
    said = [await comment(database, mira, "FF-1", text) for text in ("a", "b", "c")]
    await delete_comment(database, mira, "FF-1", shown(said[1]))
    await delete_comment(database, mira, "FF-1", shown(said[1]))

    left = (await list_comments(database, mira.tenant_id, "FF-1")).data
    assert [(one.text, one.deleted_at is not None) for one in left] == [("a", False), ("", True), ("c", False)]
    entries = [entry for entry in (await list_activity(database, mira.tenant_id, "FF-1")).data if entry.action == "comment_deleted"]
    assert [entry.detail for entry in entries] == [{"comment": shown(said[1]), "was": "b"}]
    with pytest.raises(Gone, match="was deleted"):
        await edit_comment(database, mira, "FF-1", shown(said[1]), "again")


async def test_nobody_changes_what_somebody_else_has_said(database, mira, atlas):
    by_mira, by_atlas = await comment(database, mira, "FF-1", "mine"), await comment(database, atlas, "FF-1", "mine")
    others = [
        (by_mira, Principal(mira.tenant_id, "person", "jonas")),
        (by_mira, Principal(mira.tenant_id, "key", "mira")),
        (by_atlas, Principal(mira.tenant_id, "agent", "atlas", ids.new_id())),  # a later bearer of the name
        (by_atlas, mira),
    ]
    for said, stranger in others:
        with pytest.raises(NotAllowed, match="whoever wrote it"):
            await edit_comment(database, stranger, "FF-1", shown(said), "not mine")
        with pytest.raises(NotAllowed):
            await delete_comment(database, stranger, "FF-1", shown(said))
    assert [said.text for said in (await get_task(database, mira.tenant_id, "FF-1")).comments] == ["mine", "mine"]


async def test_a_reply_answers_a_comment_of_the_same_card_and_no_reply(database, mira):
    await create_task(database, mira, NewTask("two"))
    asked = await comment(database, mira, "FF-1", "when?")
    answer = await comment(database, mira, "FF-1", "now", reply_to=shown(asked))
    elsewhere = await comment(database, mira, "FF-2", "elsewhere")
    gone = await comment(database, mira, "FF-1", "gone")
    await delete_comment(database, mira, "FF-1", shown(gone))

    assert answer.reply_to == asked.comment_id
    for wrong, why in (
        (shown(answer), "a reply itself"),
        (shown(elsewhere), "no comment"),
        ("cmt_x", "no comment"),
        (shown(gone), "deleted"),
    ):
        with pytest.raises(InvalidInput, match=why) as refused:
            await comment(database, mira, "FF-1", "again", reply_to=wrong)
        assert refused.value.pointer == "/reply_to"


async def test_comments_at_the_same_moment_have_one_order_even_where_the_clock_went_back(database, mira, card):
    await comment(database, mira, "FF-1", "first")
    await database.pool.execute("update flowforge.comment set created_at = created_at + interval '1 hour'")  # the clock was ahead
    await asyncio.gather(*(comment(database, mira, "FF-1", f"{n}") for n in range(8)))

    entries = (await list_activity(database, mira.tenant_id, "FF-1", limit=50)).data
    in_order = [entry.detail["comment"] for entry in entries if entry.action == "commented"]
    said = (await list_comments(database, mira.tenant_id, "FF-1")).data
    assert [shown(one) for one in said] == in_order
    times = [one.created_at for one in said]
    assert times == sorted(set(times)) and times[-1] - times[0] < timedelta(seconds=1)


async def test_a_comment_that_is_not_there_is_told_so(database, mira):
    for reference in ("cmt_0", "cmt_01968f3ac8b17c02a3f08241a2f70006", "\x00"):
        with pytest.raises(NotFound, match="no comment"):
            await edit_comment(database, mira, "FF-1", reference, "x")
