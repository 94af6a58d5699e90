"""The same run with another model: models are asked anew, and nothing else happens."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from flowforge import step
from flowforge.cli.commands.compare import show
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import ModelReply, ModelRequest, OnDelta, TokenUsage
from flowforge.testing import Comparison, Reply, ToolCall, compare_run
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import Asked

pytest_plugins = ["flowforge.testing.plugin"]

effects: list[str] = []


def charge(amount: int) -> str:
    effects.append(f"charge {amount}")
    return f"charged {amount}"


async def process(ctx: Any) -> Any:
    risk = await step.ai("fraud", model="gpt-4o", prompt="How risky?")
    await step.sleep("nap", "1s")
    paid = await step.run("charge", charge, 42 if "low" in risk else 43)
    words = await step.ai("words", model="gpt-4o", prompt=f"Say that {paid}.")
    return {"risk": risk, "words": words}


def by_model(asked: Asked) -> Reply:
    if asked.last_user == "How risky?":
        return Reply("rather high" if asked.model.endswith("4o-mini") else "low" if asked.model.endswith("4o") else "quite low")
    return Reply(f"{asked.model.rpartition('/')[2]} says: {asked.last_user}")


async def record(forge: Forge, spoken_model: Any, function: Any = process) -> Any:
    spoken_model.answer_with(by_model)
    forge.clock.auto_skip = True
    forge.registry.function(trigger="order/created", id="order.process", retries=0)(function)
    sent = await forge.send("order/created", {"id": "ORD-1"})
    await forge.wait_for(sent, "completed")
    effects.clear()
    spoken_model.requests.clear()
    return await forge.history(sent)


async def test_models_are_asked_and_everything_else_is_answered_from_the_record(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)
    comparison = await compare_run(history, process, models=["claude-sonnet-4.5", "gpt-4o-mini"])
    original, claude, mini = (comparison.original, *comparison.others)
    assert effects == []
    assert len(spoken_model.requests) == 3

    assert (original.model, original.state, original.calls, original.output["risk"]) == ("gpt-4o", "completed", 2, "low")
    assert [str(visit) for visit in original.path] == ["fraud", "sleep nap", "run charge", "words"]
    assert original.cost == sum((call.cost for one in history.steps for call in one.calls if call.cost is not None), Decimal(0))

    assert (claude.state, claude.output["risk"], claude.calls, claude.stopped) == ("completed", "quite low", 2, None)
    assert [visit.answered for visit in claude.path] == ["asked", "recorded", "recorded", "asked"]
    assert claude.cost is not None and original.cost is not None and claude.cost > original.cost > 0
    assert claude.unpriced == 0

    assert (mini.state, mini.calls) == ("stopped", 1)
    assert mini.stopped == "it ended at the run step 'charge': not recorded: charge was called with other arguments"
    assert mini.path[-1].answered == "not recorded"


async def test_an_unknown_price_is_counted_and_not_taken_for_nothing(forge: Forge, spoken_model: Any) -> None:
    class Cheap:
        async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
            return ModelReply(
                text="low", finish_reason="stop", model=request.model, provider="x", tokens=TokenUsage(input=5, output=1), latency_ms=7
            )

        async def embed(self, request: Any) -> Any:
            raise AssertionError

        async def close(self) -> None: ...

    history = await record(forge, spoken_model)
    (course,) = (await compare_run(history, process, models=["nobody/knows"], client=Cheap())).others
    assert (course.cost, course.unpriced, course.input_tokens, course.latency_ms) == (None, 2, 10, 14)
    assert spoken_model.requests == []
    assert json.loads(json.dumps(course.as_json()))["cost"] is None


async def test_a_model_that_fails_is_a_course_that_failed(forge: Forge, spoken_model: Any) -> None:
    history = await record(forge, spoken_model)
    (course,) = (await compare_run(history, process, models=["openai/fault-unauthorized"])).others
    assert (course.state, course.calls, course.cost) == ("failed", 0, None)
    assert course.error is not None and course.error.startswith("StepError")


async def test_a_run_without_model_calls_cannot_be_compared(forge: Forge, spoken_model: Any) -> None:
    async def plain(ctx: Any) -> str:
        return await step.run("charge", charge, 42)

    history = await record(forge, spoken_model, plain)
    with pytest.raises(InvalidInput, match="asked no model"):
        await compare_run(history, plain, models=["gpt-4o"])


async def test_both_sides_are_shown_with_what_differs(forge: Forge, spoken_model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    history = await record(forge, spoken_model)
    show(Terminal(), await compare_run(history, process, models=["claude-sonnet-4.5", "gpt-4o-mini"]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["gpt-4o", "(recorded)", "claude-sonnet-4.5", "gpt-4o-mini"]
    assert [line.split()[0] for line in lines[1:7]] == ["end", "model", "tool", "tokens", "cost", "model"]
    assert lines[1].split()[1:] == ["completed", "completed", "stopped"]
    (differing,) = [line for line in lines if line.startswith("≠   3")]
    assert differing.split("run charge")[1:] == [" " * 36, " " * 36, " not recorded"]
    assert "claude-sonnet-4.5: another output" in lines
    assert "gpt-4o-mini: it ended at the run step 'charge': not recorded: charge was called with other arguments" in lines


def atlas(asked: Asked) -> Reply:
    """Looks up, then refunds. The other model tries another amount first, and reads why that did not run."""
    if asked.result_of("lookup_order") is None:
        return Reply("Looking.", tool_calls=(ToolCall("lookup_order", {"order_id": "ORD-1"}),))
    told = asked.result_of("issue_refund")
    if told is None or "not recorded" in told:
        amount = 400 if "claude" in asked.model and told is None else 420
        return Reply(f"Refunding {amount}.", tool_calls=(ToolCall("issue_refund", {"order_id": "ORD-1", "amount": amount}),))
    return Reply(f"Done: {told}")


@pytest.mark.thorough
async def test_an_agents_tools_are_answered_from_the_record_or_refused_in_words(forge: Forge, spoken_model: Any) -> None:
    @forge.tool(effect="read")
    async def lookup_order(order_id: str) -> dict[str, Any]:
        """Find an order by its id."""
        effects.append("lookup")
        return {"order_id": order_id, "total": 420}

    @forge.tool(effect="money")
    async def issue_refund(order_id: str, amount: int) -> dict[str, Any]:
        """Pay money back for an order."""
        effects.append(f"refund {amount}")
        return {"refunded": amount}

    spoken_model.answer_with(atlas)
    await forge.agent("atlas", "gpt-4o", instructions="You refund orders.", tools=["lookup_order", "issue_refund"])
    await forge.task("Refund ORD-1", agent="atlas")
    await forge.work_until_idle()
    await forge.approve()
    await forge.work_until_idle()
    assert effects == ["lookup", "refund 420"]
    (run,) = await forge.runs()
    history = await forge.history(run.id)
    effects.clear()

    comparison: Comparison = await compare_run(history, forge.registry, models=["gpt-4o", "claude-sonnet-4.5"])
    same, claude = comparison.others
    assert effects == []
    assert (same.output, [str(one) for one in same.path]) == (history.output, [str(one) for one in comparison.original.path])
    assert claude.state == "completed"
    shown = [str(visit) for visit in claude.path if visit.kind in ("tool", "approve")]
    assert shown[0] == 'lookup_order(order_id="ORD-1")'
    assert shown[1].startswith("approve approve issue_refund") and shown[1].endswith("not recorded")
    assert shown[-1] == 'issue_refund(order_id="ORD-1", amount=420)', shown
    assert "420" in claude.output["result"]
