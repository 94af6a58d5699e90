"""An agent that a comment mentions: woken once, whatever crashes, and it answers without taking the card."""

from __future__ import annotations

import json

import pytest

from flowforge import ids
from flowforge.agents import mention
from flowforge.board.assignment import assign
from flowforge.board.comment import comment, delete_comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.message import take_message
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.run import list_runs
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply
from tests.agents.test_recovery import Interrupted, die_during, one_call


@pytest.fixture(autouse=True)
def says_yes(provider: ScriptedProvider) -> None:
    provider.answer_with(lambda asked: Reply(text="Yes."))


async def mention_runs(shop):
    runs, _ = await list_runs(shop.database.pool, shop.mira.tenant_id)
    return [run for run in runs if run.function == mention.FUNCTION_ID]


async def answered(shop):
    """The runs that mentions have started, once all have ended."""

    async def look():
        runs = await mention_runs(shop)
        return runs if runs and all(run.ended_at for run in runs) else None

    return await shop.eventually(look, "an answer")


async def said_on(shop, key):
    return [(said.author, said.text) for said in (await shop.task(key)).comments]


async def test_an_agent_answers_on_a_card_that_is_not_its_own_and_does_not_take_it(shop, provider: ScriptedProvider):
    await shop.hire()
    task = await create_task(shop.database, shop.mira, NewTask("Refund ORD-1", "The parcel was empty."))
    await comment(shop.database, shop.mira, task.key, "It was sent twice.")
    asked = await comment(shop.database, shop.mira, task.key, "@atlas is that so?", bell=shop.bell)
    async with shop.worker():
        [run] = await answered(shop)

    after = await shop.task(task.key)
    assert (run.state, run.task, run.agent) == ("completed", task.key, "atlas")
    assert (after.column, after.assignee, after.cost is not None) == (task.column, None, True)
    assert [(said.author, said.text, said.reply_to) for said in after.comments][2:] == [("atlas", "Yes.", asked.comment_id)]
    prompt = provider.requests[0].body["messages"][-1]["content"]
    for part in ("assigned to nobody", "# FF-1 Refund ORD-1", "The parcel was empty.", "It was sent twice.", "@atlas is that so?"):
        assert part in prompt


@pytest.mark.thorough
async def test_the_agent_of_a_card_whose_work_has_ended_answers_and_the_card_stays(shop, provider: ScriptedProvider):
    await shop.hire()
    key = await shop.give("Refund ORD-1")
    async with shop.worker():
        await shop.ended(key)
        await comment(shop.database, shop.mira, key, "@atlas are you sure?", bell=shop.bell)
        await answered(shop)

    assert (await shop.task(key)).column == "Review"
    assert await said_on(shop, key) == [("atlas", "Yes."), ("mira", "@atlas are you sure?"), ("atlas", "Yes.")]
    assert "which is yours" in provider.requests[1].body["messages"][-1]["content"]


@pytest.mark.thorough
async def test_a_comment_that_the_agents_own_run_has_read_is_not_answered_again(shop, monkeypatch):
    monkeypatch.setattr(mention, "FIRST_LOOK_SECONDS", 0.1)
    await shop.hire()
    key = await shop.give("Refund ORD-1")  # no worker yet: its run is open
    said = await comment(shop.database, shop.mira, key, "@atlas wait", bell=shop.bell)
    run = await shop.run_of(key) if await mention_runs(shop) == [] else None
    assert run is None
    message = await shop.database.pool.fetchrow("select message_id, run_id from flowforge.agent_message")
    assert await take_message(shop.database.pool, shop.mira.tenant_id, message["message_id"], message["run_id"])
    async with shop.worker():
        [run] = await answered(shop)

    assert run.output == {"task": key, "skipped": "the run that works on the card has read it"}
    assert [one for one in await said_on(shop, key) if one[0] == "mira"] == [("mira", said.text)]


async def test_a_comment_that_the_agents_run_has_not_read_before_its_end_is_answered_after_it(shop, monkeypatch, provider):
    monkeypatch.setattr(mention, "FIRST_LOOK_SECONDS", 0.1)
    await shop.hire()
    key = await shop.give("Refund ORD-1")
    await comment(shop.database, shop.mira, key, "@atlas wait", bell=shop.bell)
    await assign(shop.database, shop.mira, key, None, bell=shop.bell)  # its run is cancelled before its first turn
    async with shop.worker():
        [run] = await answered(shop)

    assert run.output["answer"] == "Yes." and len(provider.requests) == 1
    row = await shop.database.pool.fetchrow("select run_id, taken_at from flowforge.agent_message")
    assert row["run_id"] == run.run_id and row["taken_at"] is not None


@pytest.mark.thorough
async def test_a_comment_that_is_deleted_before_the_agent_wakes_wakes_it_no_more(shop, provider: ScriptedProvider):
    await shop.hire()
    task = await create_task(shop.database, shop.mira, NewTask("one"))
    said = await comment(shop.database, shop.mira, task.key, "@atlas", bell=shop.bell)
    await delete_comment(shop.database, shop.mira, task.key, ids.show("cmt", said.comment_id))
    async with shop.worker():
        [run] = await answered(shop)
    assert run.output["skipped"] == "the comment was deleted" and provider.requests == []


async def test_a_mention_that_is_told_twice_is_answered_once(shop, provider: ScriptedProvider):
    await shop.hire()
    task = await create_task(shop.database, shop.mira, NewTask("one"))
    await comment(shop.database, shop.mira, task.key, "@atlas", bell=shop.bell)
    data = json.loads(await shop.database.pool.fetchval("select data from flowforge.event where name = 'board/agent.mentioned'"))
    await send_events(shop.database, shop.mira.tenant_id, [NewEvent("board/agent.mentioned", data)], bell=shop.bell)
    async with shop.worker():
        runs = await answered(shop)
    assert len(runs) == 2 and len(provider.requests) == 1
    assert await said_on(shop, task.key) == [("mira", "@atlas"), ("atlas", "Yes.")]


@pytest.mark.thorough
async def test_an_agent_whose_worker_dies_in_the_middle_answers_once(shop, tools: ToolRegistry, provider: ScriptedProvider):
    interrupted = Interrupted()
    provider.answer_with(one_call("look_up", {"order": "ORD-1"}))

    @tools.tool(effect="read")
    async def look_up(order: str) -> str:
        """Find an order."""
        return await interrupted(order)

    await shop.hire()
    task = await create_task(shop.database, shop.mira, NewTask("one"))
    await comment(shop.database, shop.mira, task.key, "@atlas", bell=shop.bell)
    await die_during(shop, interrupted)
    async with shop.worker():
        [run] = await answered(shop)
    assert run.state == "completed" and len(interrupted.calls) == 2
    assert await said_on(shop, task.key) == [("mira", "@atlas"), ("atlas", "done ORD-1")]


@pytest.mark.thorough
async def test_an_agent_that_cannot_answer_says_so(shop, provider: ScriptedProvider):
    await shop.hire()
    await shop.database.pool.execute(
        'update flowforge.agent_revision set definition = replace(definition, \'"skills":[]\', \'"skills":["gone"]\')'
    )
    task = await create_task(shop.database, shop.mira, NewTask("one"))
    await comment(shop.database, shop.mira, task.key, "@atlas", bell=shop.bell)
    async with shop.worker():
        [run] = await answered(shop)
    assert run.state == "failed"
    assert (await said_on(shop, task.key))[1][1].startswith("I could not answer this: agent 'atlas' has a skill that is not there any more")


@pytest.mark.thorough
async def test_an_event_that_the_board_did_not_write_fails_its_run_and_says_nothing(shop):
    await shop.hire()
    await send_events(shop.database, shop.mira.tenant_id, [NewEvent("board/agent.mentioned", {"task": "FF-1"})], bell=shop.bell)
    async with shop.worker():
        [run] = await answered(shop)
    assert run.state == "failed" and "the board did not write" in run.error["message"]


@pytest.mark.thorough
async def test_a_mention_whose_server_dies_right_after_the_commit_wakes_the_agent_all_the_same(shop, monkeypatch):
    async def crash(*_: object, **__: object) -> None:
        raise InterruptedError

    await shop.hire()
    task = await create_task(shop.database, shop.mira, NewTask("one"))
    with monkeypatch.context() as crashing:
        crashing.setattr("flowforge.board.comment.dispatch_pending", crash)
        with pytest.raises(InterruptedError):
            await comment(shop.database, shop.mira, task.key, "@atlas", bell=shop.bell)
    assert await mention_runs(shop) == []
    async with shop.worker():
        await answered(shop)
    assert await said_on(shop, task.key) == [("mira", "@atlas"), ("atlas", "Yes.")]
