"""Recorded runs whose model calls are made again: prompts of today, answers of then, and nobody is called."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from flowforge import step
from flowforge.errors import StepError
from flowforge.orchestrator.history import RunHistory
from flowforge.orchestrator.models.client import get_client
from flowforge.testing import ReplayReport, Reply, ToolCall, replay_history
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import Asked

pytest_plugins = ["flowforge.testing.plugin"]

effects: list[str] = []


class Risk(BaseModel):
    level: Literal["low", "high"]
    score: int = Field(ge=0, le=10)


def note(what: str) -> str:
    effects.append(what)
    return f"noted {what}"


async def process(ctx: Any) -> Any:
    risk = await step.ai("fraud", model="gpt-4o", prompt=f"How risky is {ctx.event.data['order_id']}?\nAnswer as JSON.", output=Risk)
    await step.run("note", note, risk.level)
    words = await step.ai("words", model="gpt-4o", prompt=f"Say it is {risk.level}.")
    tags = await step.ai("tags", model="claude-sonnet-4.5", prompt="Tags?", output=list[str])
    return {"level": risk.level, "words": words, "tags": tags}


def answers(asked: Asked) -> Reply:
    if "risky" in asked.last_user:
        return Reply('{"level": "low",   "score": 3}', reasoning="It is small.")
    return Reply('{"value": ["small"]}' if asked.schema else "It is low.")


async def record(forge: Forge, spoken_model: Any, function: Any = process) -> RunHistory:
    spoken_model.answer_with(answers)
    forge.registry.function(trigger="order/created", id="order.process", retries=0)(function)
    sent = await forge.send("order/created", {"order_id": "ORD-1"})
    await forge.wait_for(sent, "completed", "failed")
    effects.clear()
    spoken_model.requests.clear()
    return await forge.history(sent)


def only(report: ReplayReport) -> tuple[str, str | None]:
    (drift,) = report.drifts
    return drift.what, drift.step


async def test_prompts_are_built_and_answers_read_without_calling_anybody(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)
    report = await replay_history(history, process, asking=True)
    report.check()
    assert (report.asked, report.found, report.state, report.output) == (3, 4, "completed", history.output)
    assert report.path == ["ai fraud", "run note", "ai words", "ai tags"]
    assert (effects, spoken_model.requests) == ([], [])


async def test_the_models_own_words_are_kept_and_written_anew_where_their_frames_are_gone(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)
    fraud, _, _, tags = history.steps
    assert fraud.reply is not None
    assert (fraud.reply.text, fraud.reply.reasoning) == ('{"level": "low",   "score": 3}', "It is small.")
    assert [(call.model, call.input_tokens > 0, call.cost is not None) for call in tags.calls] == [("claude-sonnet-4.5", True, True)]
    bare = history.model_copy(update={"steps": tuple(one.model_copy(update={"reply": None, "calls": ()}) for one in history.steps)})
    (await replay_history(bare, process, asking=True)).check()


async def test_a_changed_prompt_is_named_line_by_line(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)

    async def changed(ctx: Any) -> Any:
        prompt = f"How risky is {ctx.event.data['order_id']}?\nAnswer as JSON, please."
        risk = await step.ai("fraud", model="gpt-4o", prompt=prompt, output=Risk)
        await step.run("note", note, risk.level)
        words = await step.ai("words", model="gpt-4o", prompt=f"Say it is {risk.level}.")
        return {
            "level": risk.level,
            "words": words,
            "tags": await step.ai("tags", model="claude-sonnet-4.5", prompt="Tags?", output=list[str]),
        }

    report = await replay_history(history, changed, asking=True)
    assert only(report) == ("other arguments", "fraud")
    assert "-    Answer as JSON.\n    +    Answer as JSON, please." in str(report.drifts[0])
    assert "user: How risky is ORD-1?" in str(report.drifts[0])  # the lines around it are shown too


async def test_a_schema_that_no_longer_takes_the_answer_is_named(forge: Forge, spoken_model: Any) -> None:
    async def plain(ctx: Any) -> Any:
        return (await step.ai("fraud", model="gpt-4o", prompt="How risky?", output={"type": "object"}))["level"]

    history = await record(forge, spoken_model, plain)

    async def stricter(ctx: Any) -> Any:
        try:
            await step.ai("fraud", model="gpt-4o", prompt="How risky?", output={"type": "object", "required": ["reason"]})
        except StepError:
            return "unknown"

    report = await replay_history(history, stricter, asking=True)
    assert [drift.what for drift in report.drifts] == ["other arguments", "other answer", "other end"]
    assert "'reason' is a required property" in str(report.drifts[1].now)
    (await replay_history(history, plain, asking=True)).check()


async def test_a_call_that_is_not_in_the_record_reaches_nobody(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)

    async def longer(ctx: Any) -> Any:
        found = await process(ctx)
        await step.ai("one more", model="gpt-4o", prompt="And?")
        await step.run("last", note, "never")
        return found

    for asking in (True, False):
        assert only(await replay_history(history, longer, asking=asking)) == ("new step", "one more")
    assert (effects, spoken_model.requests) == ([], [])


async def test_items_that_are_not_in_the_record_are_not_worked_on(forge: Forge, spoken_model: Any) -> None:
    async def two(ctx: Any) -> Any:
        return await step.map("note", note, ["a", "b"])

    async def three(ctx: Any) -> Any:
        return await step.map("note", note, ["a", "c", "d"])

    history = await record(forge, spoken_model, two)
    report = await replay_history(history, three)
    assert [(drift.what, drift.step, drift.now) for drift in report.drifts] == [
        ("other arguments", "note[1]", 'run ["c"]'),
        ("new step", "note[2]", 'run ["d"]'),
    ]
    assert effects == []


async def test_a_failed_model_call_fails_again_as_it_did(forge: Forge, spoken_model: Any) -> None:
    async def careful(ctx: Any) -> Any:
        try:
            await step.ai("fraud", model="openai/fault-unauthorized", prompt="How risky?")
        except StepError as error:
            return error.reason

    history = await record(forge, spoken_model, careful)
    report = await replay_history(history, careful, asking=True)
    report.check()
    assert (report.asked, report.output) == (0, history.output)


async def test_code_between_steps_that_uses_the_network_is_found_out(forge: Forge, spoken_model: Any) -> None:
    async def curious(ctx: Any) -> Any:
        with suppress(Exception):
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        return await step.ai("words", model="gpt-4o", prompt="Say it.")

    history = await record(forge, spoken_model, curious)
    report = await replay_history(history, curious, asking=True)
    assert {drift.what for drift in report.drifts} == {"reached out"}
    assert "127.0.0.1" in str(report.drifts[0].now)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()  # others may


async def test_the_client_of_the_process_is_back_afterwards(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)
    before = get_client()
    await replay_history(history, process, asking=True)
    assert get_client() is before


@pytest.mark.thorough
async def test_an_agents_loop_runs_again_over_recorded_turns(forge: Forge, spoken_model: Any) -> None:
    @forge.tool(effect="read")
    async def lookup_order(order_id: str) -> dict[str, Any]:
        """Find an order by its id."""
        effects.append(order_id)
        return {"order_id": order_id, "total": 420}

    def look_up_first(asked: Asked) -> Reply:
        if asked.result_of("lookup_order") is None:
            return Reply("I look it up.", reasoning="An id.", tool_calls=(ToolCall("lookup_order", {"order_id": "ORD-9218"}),))
        return Reply("It costs 420.")

    spoken_model.answer_with(look_up_first)
    await forge.agent("atlas", "claude-sonnet-4.5", instructions="You know orders.", tools=["lookup_order"])
    await forge.task("What does ORD-9218 cost?", agent="atlas")
    await forge.work_until_idle()
    (run,) = await forge.runs()
    history = await forge.history(run.id)
    effects.clear()
    spoken_model.requests.clear()
    report = await replay_history(history, forge.registry, asking=True)
    report.check()
    assert (report.asked, effects, spoken_model.requests) == (2, [], [])
    assert [line.split()[0] for line in report.path] == ["agent", "ai", "tool", "ai", "board"]
