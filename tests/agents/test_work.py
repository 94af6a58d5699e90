"""A card's way through its agent: what the agent is told, what it posts, what is streamed, and what goes wrong on the way."""

from __future__ import annotations

from uuid import UUID

import pytest

from flowforge import ids
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.skills.catalogue import HEAD
from flowforge.skills.publish import publish
from flowforge.skills.skill import Skill
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

REFUNDS = Skill("refunds", "How we pay back.", "Look first, then pay.", ("look_up",))


@pytest.fixture(autouse=True)
def echo(provider: ScriptedProvider) -> None:
    provider.answer_with(lambda asked: Reply(reasoning="Hm, let me see.", text=f"You said: {asked.last_user}"))


@pytest.fixture
def look_up(tools: ToolRegistry) -> None:
    @tools.tool(effect="read")
    def look_up(order: str) -> str:
        """Find an order."""
        return f"{order} is paid"


async def test_the_agent_is_told_its_instructions_its_skills_and_the_card(shop, look_up, provider: ScriptedProvider):
    skills = [REFUNDS, Skill("other", "Not given.", "Not told.")]
    await shop.hire(offered=skills, instructions="Be brief.", tools=(), skills=("refunds",))
    key = await shop.give("Refund ORD-1", "It *broke*.")
    async with shop.worker():
        run = await shop.ended(key)

    [asked] = provider.requests
    assert asked.body["messages"] == [
        {"role": "system", "content": f"Be brief.\n\n{HEAD}\n\n- refunds: How we pay back."},
        {"role": "user", "content": "# Refund ORD-1\n\nIt *broke*."},
    ]
    assert [tool["function"]["name"] for tool in asked.body["tools"]] == ["look_up", "load_skill"]
    assert run.output["result"] == "You said: # Refund ORD-1\n\nIt *broke*."


async def test_the_result_is_a_comment_by_the_agent_and_the_card_moves_on(shop):
    await shop.hire()
    key = await shop.give("Hello")
    assert (await shop.task(key)).column == "Doing"
    async with shop.worker():
        await shop.ended(key)

    task = await shop.task(key)
    assert task.column == "Review"
    assert [(said.author_kind, said.author, said.text) for said in task.comments] == [("agent", "atlas", "You said: # Hello")]


async def test_thinking_and_writing_are_streamed_to_the_run_the_agent_and_the_card(shop, look_up, provider: ScriptedProvider):
    def script(asked):
        if asked.result_of("look_up") is None:
            return Reply(reasoning="I look it up.", text="One moment.", tool_calls=(ToolCall("look_up", {"order": "ORD-1"}),))
        return Reply(text="It is paid.")

    provider.answer_with(script)
    agent = await shop.hire()
    key = await shop.give("Is ORD-1 paid?")
    async with shop.worker():
        run = await shop.ended(key)

    stream = await shop.frames("run", run.run_id)
    names = [frame.name for frame in stream]
    assert [frame.seq for frame in stream] == sorted({frame.seq for frame in stream})
    turn = [(frame.name, frame.data) for frame in stream if frame.data.get("step") == "turn:1"]
    assert "".join(data["text"] for name, data in turn if name == "reasoning.delta") == "I look it up."
    assert "".join(data["text"] for name, data in turn if name == "message.delta") == "One moment."
    assert "".join(data["text"] for name, data in turn if name == "tool_call.args_delta") == '{"order":"ORD-1"}'
    assert list(dict.fromkeys(name for name, _ in turn)) == [
        "step.started",
        "reasoning.delta",
        "message.delta",
        "tool_call.args_delta",
        "usage.recorded",
        "message.completed",
        "tool_call.started",
        "step.completed",
    ]
    executing, completed = (frame.data for frame in stream if frame.name in ("tool_call.executing", "tool_call.completed"))
    assert (executing["tool"], executing["arguments"], completed["result"]) == ("look_up", {"order": "ORD-1"}, "ORD-1 is paid")
    assert len({frame.data["tool_call_id"] for frame in stream if "tool_call_id" in frame.data}) == 1
    assert names[-1] == "run.completed"
    [task_id] = [UUID(row["task_id"].hex) for row in await shop.database.pool.fetch("select task_id from flowforge.task")]
    for kind, stream_id in (("agent", agent.agent_id), ("task", task_id)):
        shown = [frame.name for frame in await shop.frames(kind, stream_id)]
        assert [name for name in shown if name in ("message.delta", "tool_call.completed")] == [
            name for name in names if name in ("message.delta", "tool_call.completed")
        ]
        assert "task.commented" in shown


async def test_a_card_that_was_taken_away_before_the_work_began_is_left_alone(shop, provider: ScriptedProvider):
    await shop.hire()
    await shop.hire("maya")
    key = await shop.give("Whose is it?")
    first = await shop.run_of(key)
    await shop.database.pool.execute("update flowforge.task set assignment_id = $1", ids.new_id())  # as if the cancellation came late
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.run_id, run.state) == (first.run_id, "completed")
    assert "skipped" in run.output
    assert provider.requests == []
    assert (await shop.task(key)).comments == ()


async def test_taking_the_card_away_cancels_the_run_while_it_waits(shop, tools: ToolRegistry, provider: ScriptedProvider):
    @tools.tool(effect="money")
    def pay(to: str) -> str:
        """Pay."""
        raise AssertionError("it must not run")

    provider.answer_with(lambda asked: Reply(tool_calls=(ToolCall("pay", {"to": "ann"}),)))
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        await shop.state(key, "waiting")
        await assign(shop.database, shop.mira, key, None, bell=shop.bell)
        run = await shop.ended(key)

    assert run.state == "cancelled"
    assert (await shop.agent()).status == "idle"
    assert (await shop.task(key)).comments == ()


@pytest.mark.parametrize(
    ("model", "sentence", "attempts"),
    [
        ("openai/fault-unauthorized", "openai refused the key (401)", 1),
        ("openai/fault-server_error", "openai had an error of its own (500)", 4),
        ("openai/fault-cut", "off in the middle", 4),
        ("openai/fault-not_found", "openai does not know the model", 1),
    ],
)
async def test_what_failed_is_said_on_the_card_in_one_sentence(shop, provider: ScriptedProvider, model: str, sentence: str, attempts: int):
    await shop.hire(model=model)
    key = await shop.give("Hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert sentence in run.error["message"]
    assert len(provider.requests) == attempts  # nothing is retried that cannot succeed
    task = await shop.task(key)
    [said] = task.comments
    assert said.text.startswith("I could not finish this: ")
    assert sentence in said.text
    assert "\n" not in said.text
    assert task.column == "Doing"
    assert (await shop.agent()).status == "error"


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "cut", "dropped"])
async def test_a_passing_fault_of_the_provider_is_ridden_out(shop, provider: ScriptedProvider, fault):
    provider.fail_next(fault, retry_after=0.0)
    await shop.hire()
    key = await shop.give("Hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"]) == ("completed", "You said: # Hello")
    [asked] = [step for step in await shop.steps(run) if step.kind == "ai"]
    assert (asked.attempt, len(asked.attempts)) == (2, 1)
    frames = await shop.frames("run", run.run_id)
    retried = next(frame.seq for frame in frames if frame.name == "step.retrying")
    said = [frame.data for frame in frames if frame.name == "message.delta" and frame.seq > retried]
    assert {data["attempt"] for data in said} == {2}
    assert "".join(data["text"] for data in said) == "You said: # Hello"


async def test_without_a_key_the_card_says_which_one_is_missing(shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    await shop.hire()
    key = await shop.give("Hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert "OPENAI_API_KEY" in (await shop.task(key)).comments[0].text


async def test_a_tool_that_this_worker_lacks_is_named(shop, look_up, tools: ToolRegistry):
    await shop.hire()
    tools.clear()
    key = await shop.give("Hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert "this worker does not have the tool 'look_up'; agent 'atlas' wants it" in (await shop.task(key)).comments[0].text


async def test_a_skill_that_is_gone_is_named(shop, look_up, tools: ToolRegistry):
    await shop.hire(offered=[REFUNDS], skills=("refunds",))
    await publish(shop.database.pool, "shop", tools, [])
    key = await shop.give("Hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "failed"
    assert "there is no skill 'refunds'" in (await shop.task(key)).comments[0].text


async def test_an_assignment_that_the_board_did_not_write_does_nothing(shop, provider: ScriptedProvider):
    agent = await shop.hire()
    key = await shop.give("Hello")
    forged = {"task_id": ids.new_id().hex, "task": key, "agent_id": agent.agent_id.hex, "agent": "atlas", "title": "x", "description": ""}
    async with shop.worker():
        await shop.ended(key)
        events = [NewEvent("board/task.assigned", forged), NewEvent("board/task.assigned", {"task": "FF-1", "agent_id": "x"})]
        sent = await send_events(shop.database, shop.mira.tenant_id, events, bell=shop.bell)
        ended = [await shop.eventually(lambda run_id=event.run_ids[0]: shop.final(run_id), "its end") for event in sent]

    assert [run.state for run in ended] == ["completed", "failed"]
    assert "skipped" in ended[0].output
    assert "the board did not write" in ended[1].error["message"]
    assert len(provider.requests) == 1


async def test_a_card_can_be_given_to_its_agent_again(shop):
    await shop.hire()
    key = await shop.give("Hello")
    async with shop.worker():
        await shop.ended(key)
        await assign(shop.database, shop.mira, key, AssigneeName("agent", "atlas"), bell=shop.bell)
        await shop.eventually(lambda: two_comments(shop, key), "the second answer")

    first, second = [said.text for said in (await shop.task(key)).comments]
    assert first == "You said: # Hello"
    assert "## Said on this card so far" in second and first in second  # it knows what was said before


async def two_comments(shop, key: str) -> bool:
    return len((await shop.task(key)).comments) == 2


async def test_signed_thoughts_go_back_to_the_provider_that_signed_them(shop, look_up, provider: ScriptedProvider):
    def script(asked):
        if asked.result_of("look_up") is None:
            return Reply(reasoning="I look it up.", tool_calls=(ToolCall("look_up", {"order": "ORD-1"}),))
        return Reply(text="It is paid.")

    provider.answer_with(script)
    await shop.hire(model="claude-sonnet-4.5")
    key = await shop.give("Is ORD-1 paid?")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"]) == ("completed", "It is paid.")
    answered = next(turn for turn in provider.requests[1].body["messages"] if turn["role"] == "assistant")
    thinking = next(block for block in answered["content"] if block["type"] == "thinking")
    assert (thinking["thinking"], bool(thinking["signature"])) == ("I look it up.", True)
