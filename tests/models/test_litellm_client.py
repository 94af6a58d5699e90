from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from decimal import Decimal

import pytest

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Delta, ModelReply, ModelRequest, TokenUsage
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.models.prices import price
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, Tokens, ToolCall
from flowforge.testing.scripted_provider.anthropic_wire import signature

MODELS = ["gpt-4o", "claude-sonnet-4.5"]
THOUGHT = "I look it up first."
TOOLS = ({"type": "function", "function": {"name": "lookup_order", "description": "", "parameters": {"type": "object", "properties": {}}}},)


def looks_up(asked: Asked) -> Reply:
    calls = (ToolCall("lookup_order", {"order_id": "ORD-1"}), ToolCall("lookup_order", {"order_id": "ORD-2"}))
    return Reply("One moment.", THOUGHT, calls, Tokens(1204, 88, cached=1000, reasoning=12))


def request(model: str = "gpt-4o", **fields: object) -> ModelRequest:
    return ModelRequest.model_validate({"model": model, "messages": [{"role": "user", "content": "hello"}], **fields})


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", MODELS)
async def test_a_reply_is_the_same_streamed_or_whole(client: LiteLLMClient, provider: ScriptedProvider, model: str, stream: bool) -> None:
    provider.answer_with(looks_up)
    reply = await client.complete(request(model, tools=TOOLS, stream=stream))
    assert (reply.text, reply.finish_reason, reply.model) == ("One moment.", "tool_calls", model)
    assert [(call["name"], call["arguments"].replace(" ", "")) for call in reply.tool_calls] == [
        ("lookup_order", '{"order_id":"ORD-1"}'),
        ("lookup_order", '{"order_id":"ORD-2"}'),
    ]
    assert len({call["id"] for call in reply.tool_calls}) == 2
    assert [block["text"] for block in reply.reasoning] == [THOUGHT]
    assert (reply.tokens.input, reply.tokens.output, reply.tokens.cached, reply.tokens.estimated) == (1204, 88, 1000, False)


@pytest.mark.parametrize("stream", [True, False])
async def test_anthropic_signatures_survive_and_go_back(client: LiteLLMClient, provider: ScriptedProvider, stream: bool) -> None:
    provider.answer_with(looks_up)
    reply = await client.complete(request("claude-sonnet-4.5", tools=TOOLS, stream=stream))
    assert reply.reasoning == [{"text": THOUGHT, "signature": signature(THOUGHT)}]

    results = [{"role": "tool", "tool_call_id": call["id"], "content": "found"} for call in reply.tool_calls]
    turns = [{"role": "user", "content": "hello"}, reply.as_message(), *results]
    await client.complete(
        request("claude-sonnet-4.5", messages=turns, tools=TOOLS, settings={"thinking": {"type": "enabled", "budget_tokens": 1024}})
    )
    sent = provider.requests[-1].body["messages"][1]["content"][0]
    assert (sent["type"], sent["thinking"], sent["signature"]) == ("thinking", THOUGHT, signature(THOUGHT))


@pytest.mark.parametrize("model", MODELS)
async def test_deltas_add_up_to_the_reply(client: LiteLLMClient, provider: ScriptedProvider, model: str) -> None:
    provider.answer_with(looks_up)
    deltas: list[Delta] = []
    reply = await client.complete(request(model, tools=TOOLS), deltas.append)
    said = {kind: "".join(delta.text for delta in deltas if delta.kind == kind) for kind in ("text", "reasoning", "tool_call")}
    assert said == {"text": reply.text, "reasoning": THOUGHT, "tool_call": "".join(call["arguments"] for call in reply.tool_calls)}
    assert {delta.id for delta in deltas if delta.kind == "tool_call"} == {call["id"] for call in reply.tool_calls}


async def test_the_first_token_is_timed(client: LiteLLMClient) -> None:
    reply = await client.complete(request())
    assert reply.first_token_ms is not None
    assert reply.first_token_ms <= reply.latency_ms


async def test_cached_tokens_cost_less(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    provider.answer_with(looks_up)
    reply = await client.complete(request())
    # 204 fresh at $2.50, 1,000 cached at $1.25, 88 out at $10 a million
    assert price("gpt-4o", reply.provider, reply.tokens).cost == Decimal("0.00264")


async def test_a_client_counts_and_leaves_the_price_to_its_caller(client: LiteLLMClient) -> None:
    reply = await client.complete(request())
    assert (reply.cost, reply.price_source, reply.price_version) == (None, None, None)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("provider_name", ["openai", "anthropic"])
async def test_uncounted_tokens_are_estimated_and_say_so(client: LiteLLMClient, stream: bool, provider_name: str) -> None:
    reply = await client.complete(request(f"{provider_name}/fault-no_usage", stream=stream))
    assert reply.text == "You said: hello"
    assert reply.tokens == TokenUsage(input=5, output=4, estimated=True)


async def test_a_reply_survives_json(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    provider.answer_with(looks_up)
    reply = await client.complete(request(tools=TOOLS))
    assert ModelReply.model_validate_json(reply.model_dump_json()) == reply


async def test_an_unknown_setting_is_refused_with_the_nearest(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    with pytest.raises(InvalidInput, match="'temprature' is no setting") as caught:
        await client.complete(request(settings={"temprature": 1}))
    assert (caught.value.hint, provider.requests) == ("did you mean temperature?", [])


async def test_settings_and_tool_choice_reach_the_provider(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    await client.complete(request(tools=TOOLS, tool_choice="required", settings={"temperature": 0.2, "max_tokens": 50, "seed": 7}))
    body = provider.requests[-1].body
    assert (body["temperature"], body["max_tokens"], body["seed"], body["tool_choice"]) == (0.2, 50, 7, "required")


async def test_a_model_that_follows_no_schema_is_told_it_in_words(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    await client.complete(
        request("openai/own-model", response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    )
    assert "JSON Schema" in provider.requests[-1].body["messages"][-1]["content"]


async def test_openai_api_base_works_too(client: LiteLLMClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_BASE", provider.base_url)
    assert (await client.complete(request())).text == "You said: hello"


async def test_anthropic_api_base_works_too(client: LiteLLMClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    monkeypatch.setenv("ANTHROPIC_API_BASE", provider.root_url)
    assert (await client.complete(request("claude-sonnet-4.5"))).text == "You said: hello"


@pytest.mark.parametrize("variable", ["DEEPSEEK_API_BASE", "DEEPSEEK_BASE_URL"])
async def test_other_providers_can_be_sent_elsewhere(
    client: LiteLLMClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-anything")
    monkeypatch.setenv(variable, provider.base_url)
    assert (await client.complete(request("deepseek/deepseek-chat"))).text == "You said: hello"


async def test_a_cancelled_call_lets_go_of_its_stream(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    begun = asyncio.Event()
    call = asyncio.create_task(client.complete(request("openai/fault-slow"), lambda delta: begun.set()))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await client.complete(request())).text == "You said: hello"


async def test_calls_run_side_by_side(client: LiteLLMClient) -> None:
    asked = [request(messages=[{"role": "user", "content": f"number {n}"}]) for n in range(20)]
    replies = await asyncio.gather(*(client.complete(one) for one in asked))
    assert [reply.text for reply in replies] == [f"You said: number {n}" for n in range(20)]


def test_the_room_is_imported_without_litellm() -> None:
    code = "import sys, flowforge.orchestrator.models.ai, flowforge.orchestrator.models.litellm_client; print('litellm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ.copy())
    assert done.stdout.strip() == "False"
