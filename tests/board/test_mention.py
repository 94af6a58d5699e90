"""Mentions: found in text and not in code, resolved once, told once; agents that mention each other come to an end."""

from __future__ import annotations

import time

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.comment import comment, delete_comment, edit_comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.inbox_item import list_inbox
from flowforge.board.mention import CHAIN_MAX, MENTIONED_MAX, find_mentioned
from flowforge.board.mention_text import find_spellings
from flowforge.board.message import standing_of, take_message
from flowforge.board.person import create_person
from flowforge.ids import new_id
from flowforge.orchestrator.run import list_runs

WRITTEN = {
    '@atlas, ask @"Mira Lund" now': ["atlas", "Mira Lund"],
    "see _@mira_, **@jonas** and (@ann).": ["mira", "jonas", "ann"],
    "mail mira@example.com or foo.@example.com": [],
    "https://example.com/@mira \\@mira @@mira @mira@example.social": [],
    "`@mira` and ``a ` @mira`` but @jonas": ["jonas"],
    "`open @mira": ["mira"],
    "```\n@mira\n```\n@jonas": ["jonas"],
    "~~~py\n```\n@mira\n~~~\n@jonas": ["jonas"],
    "> ```\n> @mira\n> ```\n> @jonas": ["jonas"],
    "```\n@mira": [],
    "text\n\n    @mira\n    @ann\n\nback @jonas": ["jonas"],
    "- a list\n\n    @mira": ["mira"],
    "para\n    @mira": ["mira"],
    "@Žiga and é@mira": ["Žiga"],
}


@pytest.mark.parametrize("text", WRITTEN, ids=range(len(WRITTEN)))
def test_a_mention_is_found_where_a_person_would_see_one(text):
    assert [spelling.names[-1] for spelling in find_spellings(text)] == WRITTEN[text]
    assert all(text[spelling.at] == "@" for spelling in find_spellings(text))


@pytest.mark.parametrize(
    "text", ["`" * 99_999, "``` " * 25_000, "`a" * 50_000, "@" * 100_000, ' @a"' * 25_000, "@" + "." * 99_999], ids=range(6)
)
def test_a_hostile_text_is_read_in_no_time(text):
    """One step for each character takes a tenth of a second; one for each pair of them would take minutes."""
    began = time.process_time()
    find_spellings(text)
    assert time.process_time() - began < 10.0


@pytest.fixture
async def card(database, mira, people):
    return await create_task(database, mira, NewTask("one"))


async def names(database, tenant_id, text):
    return [(one.kind, one.name) for one in await find_mentioned(database.pool, tenant_id, text)]


async def test_names_are_resolved_whatever_their_case_and_each_once(database, mira, people, atlas):
    await create_person(database, mira, "Mira Lund")
    text = '@ATLAS @Jonas @jonas. @"mira lund" @nobody @mir'
    assert await names(database, mira.tenant_id, text) == [("agent", "atlas"), ("person", "jonas"), ("person", "Mira Lund")]


async def test_an_agent_has_the_name_before_a_person_and_either_can_be_meant(database, mira, atlas):
    await create_person(database, mira, "atlas")
    for text, kind in (("@atlas", "agent"), ("@user:atlas", "person"), ("@agent:atlas", "agent")):
        assert await names(database, mira.tenant_id, text) == [(kind, "atlas")]


async def test_a_name_that_two_persons_have_in_other_cases_is_theirs_who_write_it_so(database, mira):
    for name in ("Kim", "kim"):
        await create_person(database, mira, name)
    assert await names(database, mira.tenant_id, "@kim") == [("person", "kim")]
    assert await names(database, mira.tenant_id, "@KIM") == []


async def test_nobody_of_another_tenant_is_mentioned(database, mira, people, atlas):
    assert await names(database, new_id(), "@mira @atlas") == []


async def test_a_person_is_told_once_however_often_the_comment_is_changed(database, mira, card):
    jonas = Principal(mira.tenant_id, "person", "jonas")
    said = await comment(database, mira, "FF-1", "@jonas look")
    shown = ids.show("cmt", said.comment_id)
    for text in ("@jonas look here", "look here", "@jonas again"):
        await edit_comment(database, mira, "FF-1", shown, text)

    [item] = (await list_inbox(database, jonas)).items.data
    assert (item.kind, item.count, item.task, item.text, item.by) == ("mentioned", 1, "FF-1", "@jonas look", "mira")


async def test_one_who_is_named_later_in_an_edit_is_told_then(database, mira, card):
    jonas = Principal(mira.tenant_id, "person", "jonas")
    said = await comment(database, mira, "FF-1", "look")
    await edit_comment(database, mira, "FF-1", ids.show("cmt", said.comment_id), "look @jonas")
    assert [item.kind for item in (await list_inbox(database, jonas)).items.data] == ["mentioned"]


async def test_whoever_mentions_himself_is_told_nothing(database, mira, card):
    await comment(database, mira, "FF-1", "@mira, note to self")
    assert (await list_inbox(database, mira)).items.data == ()


@pytest.mark.thorough
async def test_no_more_are_mentioned_than_may_be(database, mira, card):
    for n in range(MENTIONED_MAX + 3):
        await create_person(database, mira, f"p{n}")
    said = await comment(database, mira, "FF-1", " ".join(f"@p{n}" for n in range(MENTIONED_MAX + 3)))
    assert [one.name for one in said.mentions] == [f"p{n}" for n in range(MENTIONED_MAX)]


async def wakes(database):
    rows = await database.pool.fetch("select data::json ->> 'agent' as agent from flowforge.event where name = 'board/agent.mentioned'")
    return [row["agent"] for row in rows]


async def test_an_agent_is_woken_once_by_each_comment_and_never_by_its_own(database, mira, card, atlas):
    said = await comment(database, mira, "FF-1", "@atlas and again @atlas")
    await edit_comment(database, mira, "FF-1", ids.show("cmt", said.comment_id), "@atlas, still")
    await comment(database, mira, "FF-1", "@atlas", comment_id=said.comment_id)  # a repeat
    await comment(database, atlas, "FF-1", "I am @atlas")
    assert await wakes(database) == ["atlas"]


async def test_agents_that_mention_each_other_come_to_an_end_until_somebody_speaks(database, mira, card, make_agent):
    ping, pong = await make_agent("ping"), await make_agent("pong")
    for n in range(2 * CHAIN_MAX):
        await comment(database, (ping, pong)[n % 2], "FF-1", ("@pong", "@ping")[n % 2])
    assert len(await wakes(database)) == CHAIN_MAX

    await comment(database, mira, "FF-1", "go on")
    await comment(database, ping, "FF-1", "@pong")
    assert len(await wakes(database)) == CHAIN_MAX + 1


async def test_an_agent_at_work_on_the_card_finds_the_comment_as_a_message_that_one_run_takes(database, mira, card, atlas, agents_listen):
    await assign(database, mira, "FF-1", AssigneeName("agent", "atlas"))
    [run] = (await list_runs(database.pool, mira.tenant_id))[0]
    said = await comment(database, mira, "FF-1", "@atlas wait")

    row = await database.pool.fetchrow("select * from flowforge.agent_message")
    assert (row["run_id"], row["agent_id"], row["task_id"], row["kind"]) == (run.run_id, atlas.id, card.task_id, "mention")
    assert (row["text"], row["author_kind"], row["author"], row["taken_at"]) == ("@atlas wait", "person", "mira", None)
    assert said.mentions[0].id == atlas.id and await standing_of(database.pool, mira.tenant_id, row["message_id"]) == "waiting"
    assert await take_message(database.pool, mira.tenant_id, row["message_id"], run.run_id)
    assert await take_message(database.pool, mira.tenant_id, row["message_id"], run.run_id), "a repeat of the same run"
    assert not await take_message(database.pool, mira.tenant_id, row["message_id"], new_id())
    assert await standing_of(database.pool, mira.tenant_id, row["message_id"]) == "taken"


@pytest.mark.thorough
async def test_an_agent_whose_run_is_about_to_be_made_finds_the_message_too(database, mira, card, atlas, monkeypatch, agents_listen):
    async def crash(*_: object, **__: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as crashing:
        crashing.setattr("flowforge.board.act.dispatch_pending", crash)
        with pytest.raises(InterruptedError):
            await assign(database, mira, "FF-1", AssigneeName("agent", "atlas"))
    await comment(database, mira, "FF-1", "@atlas wait")
    assert await database.pool.fetchval("select count(*) from flowforge.agent_message where run_id is null") == 1


async def test_a_mention_that_was_deleted_is_no_mention(database, mira, card, atlas):
    said = await comment(database, mira, "FF-1", "@atlas")
    await delete_comment(database, mira, "FF-1", ids.show("cmt", said.comment_id))
    row = await database.pool.fetchval("select mentions from flowforge.comment")
    assert row == "[]"
