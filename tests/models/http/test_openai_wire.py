from __future__ import annotations

from typing import Any

from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.http.endpoint import find_endpoint
from flowforge.orchestrator.models.http.openai_wire import completion_body

THOUGHTS = [{"type": "thinking", "thinking": "Hm.", "signature": "sig-1"}]


def sent(model: str, *messages: dict[str, Any], **settings: Any) -> dict[str, Any]:
    request = ModelRequest(model=model, messages=list(messages), settings={"api_key": "sk-anything", **settings})
    return completion_body(request, find_endpoint(model, request.settings))


def test_signed_thoughts_of_another_provider_stay_away_from_openai_but_not_from_a_proxy() -> None:
    turn = {"role": "assistant", "content": "Yes.", "thinking_blocks": THOUGHTS}
    assert sent("gpt-4o", turn)["messages"] == [{"role": "assistant", "content": "Yes."}]
    assert sent("gpt-4o", turn, api_base="http://proxy.internal/v1")["messages"] == [turn]


def test_a_role_that_only_openai_knows_is_the_systems_elsewhere() -> None:
    turn = {"role": "developer", "content": "Be brief."}
    assert sent("gpt-4o", turn)["messages"][0]["role"] == "developer"
    assert sent("groq/llama-3.3-70b-versatile", turn)["messages"][0]["role"] == "system"


def test_content_that_is_null_is_left_out() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    assert sent("gpt-4o", {"role": "assistant", "content": None, "tool_calls": [call]})["messages"] == [
        {"role": "assistant", "tool_calls": [call]}
    ]


def test_neither_keys_nor_addresses_are_a_part_of_the_body() -> None:
    body = sent("gpt-4o", {"role": "user", "content": "hello"}, api_base="http://proxy.internal/v1", extra_headers={"x": "y"})
    assert set(body) == {"model", "messages", "stream", "stream_options"}
