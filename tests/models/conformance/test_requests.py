from __future__ import annotations

import base64
from typing import Any

import pytest

from flowforge.orchestrator.models.client import ModelClient, ModelRequest
from flowforge.testing.scripted_provider import Asked, Message, Reply, ScriptedProvider
from tests.models.conformance.core import TOOLS

PICTURE = "data:image/png;base64,iVBORw0KGgo="
ADDRESS = "https://pictures.example/order.png"
PAPER = {"file_data": "data:application/pdf;base64,JVBERi0xLjQ=", "filename": "invoice.pdf"}
NOTE = {"file_data": f"data:text/plain;base64,{base64.b64encode(b'a note').decode()}", "filename": "note.txt"}


async def sent(client: ModelClient, provider: ScriptedProvider, model: str, **fields: Any) -> dict[str, Any]:
    fields.setdefault("messages", [{"role": "user", "content": "hello"}])
    await client.complete(ModelRequest(model=model, **fields))
    return provider.requests[-1].body


async def test_settings_reach_openai(client: ModelClient, provider: ScriptedProvider) -> None:
    settings = {"temperature": 0.2, "max_tokens": 50, "seed": 7, "stop": ["END"], "parallel_tool_calls": False, "top_p": 0.5}
    body = await sent(client, provider, "gpt-4o", tools=TOOLS, tool_choice="required", settings=settings)
    assert {name: body[name] for name in settings} == settings
    assert body["tool_choice"] == "required"


async def test_settings_reach_anthropic_in_its_own_words(client: ModelClient, provider: ScriptedProvider) -> None:
    settings = {"temperature": 0.2, "max_tokens": 50, "stop": ["END"], "parallel_tool_calls": False, "user": "u-1", "seed": 7}
    body = await sent(client, provider, "claude-sonnet-4.5", tools=TOOLS, tool_choice="required", settings=settings)
    assert (body["temperature"], body["max_tokens"], body["stop_sequences"], body["metadata"]) == (0.2, 50, ["END"], {"user_id": "u-1"})
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert "seed" not in body


async def test_one_tool_can_be_chosen(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    choice = {"type": "function", "function": {"name": "lookup_order"}}
    body = await sent(client, provider, model, tools=TOOLS, tool_choice=choice)
    assert body["tool_choice"] == (choice if model == "gpt-4o" else {"type": "tool", "name": "lookup_order"})


@pytest.mark.parametrize(
    ("model", "effort", "asked"),
    [
        ("claude-sonnet-4.5", "low", {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 5120}),
        ("claude-sonnet-4.5", "high", {"thinking": {"type": "enabled", "budget_tokens": 4096}, "max_tokens": 8192}),
        ("claude-sonnet-4.5", "none", {"thinking": None, "max_tokens": 64000}),
        ("claude-sonnet-4.6", "medium", {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "medium"}}),
        ("o3-mini", "low", {"reasoning_effort": "low"}),
        ("gpt-4o", "low", {"reasoning_effort": None}),  # it does not reason, and would refuse the word
    ],
)
async def test_an_effort_means_what_the_model_understands(
    client: ModelClient, provider: ScriptedProvider, model: str, effort: str, asked: dict[str, object]
) -> None:
    body = await sent(client, provider, model, settings={"reasoning_effort": effort})
    assert {name: body.get(name) for name in asked} == asked


async def test_a_reasoner_of_openais_is_spared_what_it_would_refuse(client: ModelClient, provider: ScriptedProvider) -> None:
    body = await sent(client, provider, "o3-mini", settings={"temperature": 0.2, "max_tokens": 50})
    assert ("temperature" in body, "max_tokens" in body, body["max_completion_tokens"]) == (False, False, 50)


async def test_pictures_and_files_arrive(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    seen: list[Message] = []

    def look(asked: Asked) -> Reply:
        seen.append(asked.messages[-1])
        return Reply("I see.")

    provider.answer_with(look)
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PICTURE}},
        {"type": "image_url", "image_url": {"url": ADDRESS}},
        {"type": "file", "file": PAPER},
    ]
    body = await sent(client, provider, model, messages=[{"role": "user", "content": content}])
    assert (seen[0].text, seen[0].images, len(seen[0].files)) == ("What is this?", (PICTURE, ADDRESS), 1)
    if model != "gpt-4o":
        kinds = [(block["type"], block["source"]["type"]) for block in body["messages"][0]["content"][1:]]
        assert kinds == [("image", "base64"), ("image", "url"), ("document", "base64")]


async def test_an_instruction_before_the_first_turn_is_the_systems(client: ModelClient, provider: ScriptedProvider, model: str) -> None:
    seen: list[Asked] = []

    def look(asked: Asked) -> Reply:
        seen.append(asked)
        return Reply("Aye.")

    provider.answer_with(look)
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}, {"role": "user", "content": "there"}]
    await sent(client, provider, model, messages=turns)
    assert (seen[0].messages[0].role, seen[0].messages[0].text) == ("system", "Be brief.")


async def test_a_body_of_ones_own_is_added(client: ModelClient, provider: ScriptedProvider) -> None:
    body = await sent(client, provider, "gpt-4o", settings={"extra_body": {"store": True}, "extra_headers": {"x-own": "1"}})
    assert (body["store"], provider.requests[-1].headers["x-own"]) == (True, "1")


async def test_anothers_key_and_address_win_over_the_environment(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    base = provider.base_url if model == "gpt-4o" else provider.root_url
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name)
    body = await sent(client, provider, model, settings={"api_base": base, "api_key": "sk-my-own-key"})
    assert body["model"] == model.replace(".", "-")


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
async def test_openai_can_be_elsewhere(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv(variable, provider.base_url)
    assert (await sent(client, provider, "gpt-4o"))["model"] == "gpt-4o"


@pytest.mark.parametrize("variable", ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"])
async def test_anthropic_can_be_elsewhere(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    monkeypatch.setenv(variable, provider.root_url)
    assert (await sent(client, provider, "claude-sonnet-4.5"))["model"] == "claude-sonnet-4-5"


@pytest.mark.parametrize("variable", ["DEEPSEEK_API_BASE", "DEEPSEEK_BASE_URL"])
async def test_other_providers_can_be_elsewhere(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-anything")
    monkeypatch.setenv(variable, provider.base_url)
    assert (await sent(client, provider, "deepseek/deepseek-chat"))["model"] == "deepseek-chat"


async def test_a_token_instead_of_anthropics_key_will_do(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token-of-length")
    await sent(client, provider, "claude-sonnet-4.5")
    assert "authorization" in provider.requests[-1].headers
