"""Agents whose worker dies: what is stored is not repeated, and what is not known is not guessed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry import trace

from flowforge.agents.agent import update_agent
from flowforge.board.result import post_result
from flowforge.errors import InvalidInput
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


class Interrupted:
    """A tool that is in the middle of it, the first time, when its worker is stopped."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.begun = asyncio.Event()
        self._never = asyncio.Event()

    async def __call__(self, call: Any) -> str:
        self.calls.append(call)
        if len(self.calls) == 1:
            self.begun.set()
            await self._never.wait()
        return f"done {call}"


def one_call(tool: str, arguments: dict[str, Any]) -> Any:
    def script(asked: Asked) -> Reply:
        results = [message.text for message in asked.messages if message.role == "tool"]
        return Reply(text=results[-1]) if results else Reply(tool_calls=(ToolCall(tool, arguments),))

    return script


async def die_during(shop, interrupted: Interrupted) -> None:
    """Run a worker until the tool is in the middle of its work, and take the worker away without any grace."""
    async with shop.worker() as worker:
        await asyncio.wait_for(interrupted.begun.wait(), 60)
        await worker.stop(grace_seconds=0.0)


@pytest.fixture
def pay(tools: ToolRegistry, provider: ScriptedProvider) -> Interrupted:
    interrupted = Interrupted()
    provider.answer_with(one_call("pay", {"to": "ann"}))

    @tools.tool(effect="money", approval=False, reversible=False)
    async def pay(to: str) -> str:
        """Pay somebody."""
        return await interrupted(to)

    return interrupted


@pytest.mark.thorough
async def test_a_read_that_was_interrupted_is_simply_done_again(shop, tools, provider: ScriptedProvider):
    interrupted = Interrupted()
    provider.answer_with(one_call("look", {"at": "books"}))

    @tools.tool(effect="read")
    async def look(at: str) -> str:
        """Look."""
        return await interrupted(at)

    await shop.hire()
    key = await shop.give("Look")
    await die_during(shop, interrupted)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"], interrupted.calls) == ("completed", "done books", ["books", "books"])
    assert len(provider.requests) == 2


async def test_an_effect_that_may_have_happened_is_repeated_only_when_a_person_says_so(shop, pay):
    await shop.hire()
    key = await shop.give("Pay ann")
    await die_during(shop, pay)
    async with shop.worker():
        [approval] = await shop.asked()
        assert (approval.tool, approval.arguments, approval.effect, approval.reversible) == ("pay", {"to": "ann"}, "money", False)
        assert "pay may have run" in approval.reason
        assert pay.calls == ["ann"]

        with pytest.raises(InvalidInput):  # it is this call that is repeated, or none
            await shop.decide(approval, True, edited_args={"to": "bob"})
        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert (run.state, run.output["result"], pay.calls) == ("completed", "done ann", ["ann", "ann"])


async def test_a_person_can_give_the_result_of_a_call_that_had_happened(shop, pay, provider: ScriptedProvider):
    await shop.hire()
    key = await shop.give("Pay ann")
    await die_during(shop, pay)
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.decide(approval, False, reason="The bank says that it was paid.")
        run = await shop.ended(key)

    assert (run.state, pay.calls) == ("completed", ["ann"])
    assert "The bank says that it was paid." in run.output["result"]


async def test_the_question_survives_another_death(shop, pay):
    await shop.hire()
    key = await shop.give("Pay ann")
    await die_during(shop, pay)
    async with shop.worker():
        [first] = await shop.asked()
        await shop.state(key, "waiting")
    async with shop.worker():
        [again] = await shop.asked()
        assert again.id == first.id
        await shop.decide(again, True)
        run = await shop.ended(key)

    assert (run.state, pay.calls) == ("completed", ["ann", "ann"])


async def test_calls_that_were_journaled_before_the_death_do_not_run_again(shop, tools, provider: ScriptedProvider):
    interrupted, looked = Interrupted(), []

    @tools.tool(effect="write", approval=False)
    async def note(text: str) -> str:
        """Write something down."""
        looked.append(text)
        return "noted"

    @tools.tool(effect="read")
    async def look(at: str) -> str:
        """Look."""
        return await interrupted(at)

    def script(asked: Asked) -> Reply:
        results = [message.text for message in asked.messages if message.role == "tool"]
        calls = [ToolCall("note", {"text": "a"}), ToolCall("look", {"at": "b"})]
        return Reply(text=" ".join(results)) if len(results) == 2 else Reply(tool_calls=(calls[len(results)],))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Note, then look")
    await die_during(shop, interrupted)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.output["result"], looked, interrupted.calls) == ("noted done b", ["a"], ["b", "b"])
    assert len(provider.requests) == 3


async def test_a_result_that_was_posted_before_the_death_is_not_posted_again(shop, pay, monkeypatch: pytest.MonkeyPatch):
    interrupted = Interrupted()

    async def post_and_linger(*args: Any, **options: Any) -> bool:
        posted = await post_result(*args, **options)
        await interrupted("posted")
        return posted

    monkeypatch.setattr("flowforge.agents.work.post_result", post_and_linger)
    pay.calls.append("not interrupted")
    await shop.hire()
    key = await shop.give("Pay ann")
    await die_during(shop, interrupted)
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, interrupted.calls) == ("completed", ["posted", "posted"])
    task = await shop.task(key)
    assert ([said.text for said in task.comments], task.column) == (["done ann"], "Review")


async def test_a_run_keeps_the_revision_it_began_with(shop, pay, tools, provider: ScriptedProvider):
    await shop.hire(instructions="The first way.", approval={"pay": True})
    key = await shop.give("Pay ann")
    pay.calls.append("not interrupted")
    async with shop.worker():
        [approval] = await shop.asked()
        patch = {"instructions": "The second way.", "model": "gpt-4.1", "name": "atlas-2"}
        changed = await update_agent(shop.database, shop.mira, "atlas", patch)
        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert (run.state, run.output["revision"], changed.revision) == ("completed", 1, 2)
    asked = [(request.body["model"], request.body["messages"][0]["content"]) for request in provider.requests]
    assert asked == [("gpt-4o", "The first way.")] * 2


async def test_a_replay_exports_no_spans_again(shop, pay, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch):
    ended: list[str] = []
    tracer = Recorder(ended)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", tracer)
    from pydantic_ai import Agent

    Agent.instrument_all(True)
    try:
        pay.calls.append("not interrupted")
        await shop.hire(approval={"pay": True})
        key = await shop.give("Pay ann")
        async with shop.worker():
            [approval] = await shop.asked()
            await shop.state(key, "waiting")
        before = list(ended)
        await shop.decide(approval, True)
        async with shop.worker():
            await shop.ended(key)
    finally:
        Agent.instrument_all(False)

    assert sum(name.startswith("chat") for name in before) == 1
    assert sum(name.startswith("chat") for name in ended) == 2


class Recorder(trace.TracerProvider):
    """Notes the names of the spans that end."""

    def __init__(self, ended: list[str]) -> None:
        self._ended = ended

    def get_tracer(self, *args: Any, **options: Any) -> Any:
        return _Tracer(self._ended)


class _Tracer(trace.NoOpTracer):
    def __init__(self, ended: list[str]) -> None:
        self._ended = ended

    def start_span(self, name: str, *args: Any, **options: Any) -> Any:
        return _Span(name, self._ended)


class _Span(trace.NonRecordingSpan):
    def __init__(self, name: str, ended: list[str]) -> None:
        super().__init__(trace.SpanContext(1, 1, is_remote=False))
        self._name, self._ended = name, ended

    def end(self, end_time: int | None = None) -> None:
        self._ended.append(self._name)
