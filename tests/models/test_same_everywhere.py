"""A function and an agent's loop, through both clients, in both wire formats, streamed and whole: the same frames, usage and cost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowforge.orchestrator.models.client import ModelClient, set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.library import loaded
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.stream import read_page
from flowforge.steps import step
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace
from flowforge.testing.plugin import scripted_model as provider
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, Tokens, ToolCall

__all__ = ["forge", "forge_database_url", "forge_workplace", "provider"]

MODELS = ("gpt-4o", "claude-sonnet-4.5")
DELTAS = ("message.delta", "reasoning.delta", "tool_call.args_delta")
MOODY = ("seq", "latency_ms", "first_token_ms", "ms", "run", "id", "approval", "task", "at")


def script(asked: Asked) -> Reply:
    tokens = Tokens(input=1200, output=88, cached=200, reasoning=20)
    if asked.tools and asked.result_of("look_up") is None:
        return Reply(
            reasoning="The order is not known yet.", tool_calls=(ToolCall("look_up", {"order_id": "ORD-1"}, "call_1"),), tokens=tokens
        )
    return Reply(text="The order is small, so the risk is low.", reasoning="Small orders are no risk.", tokens=tokens)


@pytest.fixture
async def clients(provider: ScriptedProvider) -> AsyncIterator[dict[str, ModelClient]]:
    """The two clients, both on the scripted provider."""
    provider.answer_with(script)
    await loaded()
    found: dict[str, ModelClient] = {"litellm": LiteLLMClient(), "http": HttpModelClient()}
    before = set_client(found["http"])
    yield found
    set_client(before)
    for client in found.values():
        await client.close()


@pytest.mark.parametrize("model", MODELS)
async def test_a_function_is_told_charged_and_answered_alike(forge: Forge, clients: dict[str, ModelClient], model: str) -> None:
    @forge.tool(effect="read")
    def look_up(order_id: str) -> dict[str, int]:
        """Find an order."""
        return {"total": 12}

    @forge.function(trigger="order/placed", id="test.risk")
    async def risk(ctx: Any) -> list[str]:
        stream = ctx.event.data["stream"]
        plain = await step.ai("plain", model=model, prompt="How risky is this order?", stream=stream, max_tokens=500)
        tried = await step.ai("tried", model=model, prompt="How risky is ORD-1?", tools=[look_up], stream=stream, max_tokens=500)
        return [plain, tried]

    seen: dict[tuple[str, bool], Any] = {}
    for name, client in clients.items():
        for stream in (True, False):
            set_client(client)
            run = await forge.wait_for(await forge.send("order/placed", {"stream": stream}), "completed")
            seen[name, stream] = (run.output, run.cost, await usage(forge, run.run_id), await told(forge, run.run_id))

    first = seen["litellm", True]
    assert (first[0], len(first[2])) == (["The order is small, so the risk is low."] * 2, 3)
    assert all(row["cost"] is not None and row["cached_tokens"] == 200 for row in first[2])
    for stream in (True, False):
        assert seen["http", stream] == seen["litellm", stream]
    assert seen["http", False][:3] == first[:3]
    assert spoken(seen["http", False][3]) == spoken(first[3])


@pytest.mark.parametrize("model", MODELS)
async def test_an_agent_is_told_charged_and_answered_alike(forge: Forge, clients: dict[str, ModelClient], model: str) -> None:
    @forge.tool(effect="read")
    def look_up(order_id: str) -> dict[str, int]:
        """Find an order."""
        return {"total": 12}

    seen: dict[str, Any] = {}
    for name, client in clients.items():
        set_client(client)
        await forge.agent(name, model, tools=("look_up",))
        task = await forge.task("Is ORD-1 risky?", agent=name)
        await forge.work_until_idle()
        run = next(run for run in await forge.runs() if run.task == task.key)
        assert run.state == "completed", run.error
        frames = [
            frame for frame in await told(forge, run.run_id) if frame[0].split(".")[0] in ("message", "reasoning", "usage", "tool_call")
        ]
        seen[name] = (run.output["result"], run.cost, await usage(forge, run.run_id), frames)

    assert seen["http"] == seen["litellm"]
    assert len(seen["http"][2]) == 2


async def usage(forge: Forge, run_id: Any) -> list[dict[str, Any]]:
    rows = await forge.database.pool.fetch("select * from flowforge.usage where run_id = $1 order by usage_id", run_id)
    left_out = ("usage_id", "run_id", "latency_ms", "first_token_ms", "created_at", "agent_id", "task_id")
    return [{name: value for name, value in dict(row).items() if name not in left_out} for row in rows]


async def told(forge: Forge, run_id: Any) -> list[tuple[str, Any]]:
    """The frames of a run, less what differs from one run to the next; the pieces of one message are put together."""
    found: list[tuple[str, Any]] = []
    for frame in await read_page(forge.database.pool, forge.tenant_id, "run", run_id, 0):
        data = {name: value for name, value in frame.data.items() if name not in MOODY}
        if frame.name in DELTAS and found and found[-1][0] == frame.name and found[-1][1]["step"] == data["step"]:
            found[-1][1]["text"] += data["text"]
        elif not frame.name.startswith("run."):
            found.append((frame.name, data))
    return found


def spoken(frames: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Without deltas, and without when a step was announced; arguments as what they say, which Anthropic puts in other words."""
    found = [(name, data) for name, data in frames if name not in (*DELTAS, "step.started")]
    for _, data in found:
        for call in data.get("tool_calls", [data] if isinstance(data.get("arguments"), str) else []):
            call["arguments"] = json.loads(call["arguments"])
    return found
