from __future__ import annotations

import asyncio
import json

import pytest

from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.models.client import Delta, ModelClient, ModelReply, ModelRequest, TokenUsage
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.scripted_provider import Reply, ScriptedProvider, Tokens, ToolCall
from flowforge.testing.scripted_provider.anthropic_wire import signature
from tests.models.conformance.core import SCHEMA, THOUGHT, TOOLS, script


def request(model: str = "gpt-4o", **fields: object) -> ModelRequest:
    return ModelRequest.model_validate({"model": model, "messages": [{"role": "user", "content": "hello"}], **fields})


async def test_anthropic_signatures_survive_and_go_back(client: ModelClient, provider: ScriptedProvider, stream: bool) -> None:
    provider.answer_with(script)
    reply = await client.complete(request("claude-sonnet-4.5", tools=TOOLS, stream=stream))
    assert reply.reasoning == [{"text": THOUGHT, "signature": signature(THOUGHT)}]

    results = [{"role": "tool", "tool_call_id": call["id"], "content": "found"} for call in reply.tool_calls]
    turns = [{"role": "user", "content": "hello"}, reply.as_message(), *results]
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    await client.complete(request("claude-sonnet-4.5", messages=turns, tools=TOOLS, settings=thinking))
    thought, said, *calls = provider.requests[-1].body["messages"][1]["content"]
    assert thought == {"type": "thinking", "thinking": THOUGHT, "signature": signature(THOUGHT)}
    assert (said["text"], [call["input"]["order_id"] for call in calls]) == ("One moment.", ["ORD-1", "ORD-2"])


async def test_a_thought_that_only_the_provider_can_read_goes_back_unchanged(
    client: ModelClient, provider: ScriptedProvider, stream: bool
) -> None:
    provider.answer_with(lambda asked: Reply("Yes.", reasoning="I weigh it.", redacted="sealed-by-the-provider"))
    reply = await client.complete(request("claude-sonnet-4.5", stream=stream))
    assert reply.reasoning == [
        {"text": "I weigh it.", "signature": signature("I weigh it.")},
        {"text": "", "signature": None, "redacted": "sealed-by-the-provider"},
    ]
    assert ModelReply.model_validate_json(reply.model_dump_json()) == reply

    turns = [{"role": "user", "content": "hello"}, reply.as_message(), {"role": "user", "content": "go on"}]
    await client.complete(request("claude-sonnet-4.5", messages=turns))
    sent = provider.requests[-1].body["messages"][1]["content"]
    assert sent[1] == {"type": "redacted_thinking", "data": "sealed-by-the-provider"}


async def test_what_went_through_the_prompt_cache_is_a_part_of_the_input(
    client: ModelClient, provider: ScriptedProvider, model: str, stream: bool
) -> None:
    provider.answer_with(lambda asked: Reply("Yes.", reasoning="Hm.", tokens=Tokens(500, 30, cached=300, cache_written=120, reasoning=9)))
    reply = await client.complete(request(model, stream=stream))
    assert reply.tokens == TokenUsage(input=500, output=30, cached=300, cache_written=120, reasoning=9)


async def test_uncounted_tokens_are_estimated_and_say_so(client: ModelClient, wire: str, stream: bool) -> None:
    reply = await client.complete(request(f"{wire}/fault-no_usage", stream=stream))
    assert reply.text == "You said: hello"
    assert reply.tokens == TokenUsage(input=5, output=4, estimated=True)


async def test_an_answer_that_really_repeats_itself_is_an_answer(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    provider.answer_with(lambda asked: Reply("zero " * 150))
    assert (await client.complete(request(model))).text == "zero " * 150


async def test_what_a_proxy_sends_twice_is_read_once(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    provider.answer_with(script)
    plain, deltas = await client.complete(request(model, tools=TOOLS)), []
    provider.fail_next("duplicates")
    reply = await client.complete(request(model, tools=TOOLS), deltas.append)
    assert (reply.text, reply.reasoning, reply.tool_calls, reply.tokens) == (plain.text, plain.reasoning, plain.tool_calls, plain.tokens)
    assert "".join(delta.text for delta in deltas if delta.kind == "tool_call") == "".join(call["arguments"] for call in plain.tool_calls)


async def test_the_first_token_is_timed(client: ModelClient, model: str) -> None:
    reply = await client.complete(request(model))
    assert reply.first_token_ms is not None
    assert reply.first_token_ms <= reply.latency_ms


async def test_who_really_answered_is_named_as_the_provider_names_it(client: ModelClient, model: str, stream: bool) -> None:
    reply = await client.complete(request(model, stream=stream))
    assert (reply.model, reply.answered_by) == (model, model.replace(".", "-"))


async def test_a_client_puts_no_price_on_a_reply(client: ModelClient, model: str) -> None:
    reply = await client.complete(request(model))
    assert (reply.cost, reply.price_source, reply.price_version) == (None, None, None)


async def test_a_reply_survives_json(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    provider.answer_with(script)
    reply = await client.complete(request(model, tools=TOOLS))
    assert ModelReply.model_validate_json(reply.model_dump_json()) == reply


async def test_a_call_without_arguments_has_an_empty_object(
    client: ModelClient, provider: ScriptedProvider, model: str, stream: bool
) -> None:
    provider.answer_with(lambda asked: Reply(tool_calls=(ToolCall("lookup_order"),)))
    reply = await client.complete(request(model, tools=TOOLS, stream=stream))
    assert [json.loads(call["arguments"]) for call in reply.tool_calls] == [{}]


async def test_a_tool_keeps_a_name_that_the_provider_does_not_allow(
    client: ModelClient, provider: ScriptedProvider, model: str, stream: bool
) -> None:
    provider.answer_with(lambda asked: Reply(tool_calls=(ToolCall(asked.tool_names[0], {"n": 1}), ToolCall(asked.tool_names[1], {"n": 2}))))
    tools = tuple(
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("issue.open", "issue_open")
    )
    reply = await client.complete(request(model, tools=tools, stream=stream))
    assert [(call["name"], json.loads(call["arguments"])["n"]) for call in reply.tool_calls] == [("issue.open", 1), ("issue_open", 2)]


async def test_a_model_without_structured_output_of_its_own_follows_a_schema_too(
    client: ModelClient, provider: ScriptedProvider, stream: bool
) -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    reply = await client.complete(request("anthropic/claude-3-haiku-20240307", response_format=shape, stream=stream))
    assert (json.loads(reply.text), reply.tool_calls, reply.finish_reason) == ({"ok": True}, [], "stop")


async def test_openais_refusal_is_what_the_model_said(client: ModelClient, provider: ScriptedProvider, stream: bool) -> None:
    provider.answer_with(lambda asked: Reply(refusal="I will not do that."))
    reply = await client.complete(request(stream=stream))
    lost = stream and isinstance(client, LiteLLMClient)  # LiteLLM drops it from streams
    assert reply.text == ("" if lost else "I will not do that.")


async def test_tools_can_be_called_though_a_schema_is_asked_for(client: ModelClient, provider: ScriptedProvider) -> None:
    format = {"type": "json_schema", "json_schema": {"name": "risk", "schema": SCHEMA, "strict": True}}
    await client.complete(request("anthropic/claude-3-haiku-20240307", tools=TOOLS, response_format=format, stream=False))
    body = provider.requests[-1].body
    assert [tool["name"] for tool in body["tools"]] == [tool["function"]["name"] for tool in TOOLS]
    assert body.get("tool_choice") in (None, {"type": "auto"})


@pytest.mark.parametrize("own", ["openai/own-model", "anthropic/own-model"])
async def test_a_model_that_follows_no_schema_is_told_it_in_words(client: ModelClient, provider: ScriptedProvider, own: str) -> None:
    await client.complete(request(own, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}))
    assert f"JSON Schema: {json.dumps(SCHEMA)}" in json.dumps(provider.requests[-1].body).replace('\\"', '"')


async def test_an_unknown_setting_is_refused_with_the_nearest(client: ModelClient, provider: ScriptedProvider) -> None:
    with pytest.raises(InvalidInput, match="'temprature' is no setting") as caught:
        await client.complete(request(settings={"temprature": 1}))
    assert (caught.value.hint, provider.requests) == ("did you mean temperature?", [])


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"tools": TOOLS, "model": "deepseek/deepseek-reasoner"}, "cannot call tools"),
        ({"response_format": {"type": "json_object"}, "model": "gpt-5.5-pro"}, "cannot follow a schema"),
        ({"model": "text-embedding-3-small"}, "cannot answer messages"),
    ],
)
async def test_what_a_model_clearly_cannot_do_is_refused_before_it_is_sent(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, asked: dict[str, object], sentence: str
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-anything")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", provider.base_url)
    with pytest.raises(ModelError, match=sentence) as caught:
        await client.complete(request(**asked))
    assert (caught.value.kind, provider.requests) == ("bad_request", [])


async def test_a_model_that_nobody_has_listed_may_do_everything(client: ModelClient, provider: ScriptedProvider) -> None:
    reply = await client.complete(request("openai/own-model", tools=TOOLS))
    assert [call["name"] for call in reply.tool_calls] == ["lookup_order"]


async def test_a_cancelled_call_lets_go_of_its_stream(client: ModelClient, wire: str) -> None:
    begun = asyncio.Event()
    call = asyncio.create_task(client.complete(request(f"{wire}/fault-stall"), lambda delta: begun.set()))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await client.complete(request())).text == "You said: hello"


async def test_a_client_that_is_closed_takes_no_other_with_it(client: ModelClient, model: str) -> None:
    other = type(client)()
    await other.complete(request(model))
    await other.close()
    assert (await client.complete(request(model))).text == "You said: hello"


async def test_calls_run_side_by_side(client: ModelClient, model: str) -> None:
    def echo(delta: Delta) -> None:
        pass

    asked = [request(model, messages=[{"role": "user", "content": f"number {n}"}]) for n in range(10)]
    replies = await asyncio.gather(*(client.complete(one, echo) for one in asked))
    assert [reply.text for reply in replies] == [f"You said: number {n}" for n in range(10)]


async def test_half_a_character_from_a_model_does_no_harm(
    client: ModelClient, provider: ScriptedProvider, model: str, stream: bool
) -> None:
    provider.answer_with(lambda asked: Reply("half \ud83d of it"))
    reply = await client.complete(request(model, stream=stream))
    assert reply.text.encode().startswith(b"half ")
