from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from flowforge.errors import InvalidInput
from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.models.client import Chat, ModelRequest
from flowforge.orchestrator.models.conversation import check_messages, conversation
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.scripted_provider import Reply, ScriptedProvider


def test_a_prompt_is_the_users_turn_after_the_systems() -> None:
    assert conversation("hello", None, "Be brief.") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
    ]


@pytest.mark.parametrize(
    ("message", "pointer", "sentence"),
    [
        ("hello", "/messages/0", "a message must be a dict"),
        ({"content": "hello"}, "/messages/0/role", "must be one of system, developer, user, assistant, tool, not None"),
        ({"role": "robot", "content": "hello"}, "/messages/0/role", "not 'robot'"),
        ({"role": "user"}, "/messages/0/content", "must be text or a list of parts, not NoneType"),
        ({"role": "user", "content": {"a": 1}}, "/messages/0/content", "must be text or a list of parts, not dict"),
        ({"role": "user", "content": b"x"}, "/messages/0/content", "must be text or a list of parts, not bytes"),
        ({"role": "user", "content": "\ud800"}, "/messages/0/content", "lone surrogate"),
        (
            {"role": "user", "content": [{"type": "text", "text": "x", "at": datetime(2026, 1, 1, tzinfo=UTC)}]},
            "/messages/0/content",
            "cannot be sent as JSON",
        ),
        ({"role": "user", "content": [{"type": "text", "text": "x", "at": float("nan")}]}, "/messages/0/content", "cannot be sent as JSON"),
    ],
)
def test_a_message_that_nobody_could_take_is_refused_with_its_place(message: Any, pointer: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as caught:
        check_messages([message])
    assert (caught.value.pointer, caught.value.retryable) == (pointer, False)


def test_an_assistant_may_call_tools_without_words() -> None:
    check_messages([{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}])


def test_a_nul_is_text_like_any_other() -> None:
    check_messages([{"role": "user", "content": "a\0b"}])


@pytest.mark.parametrize("stream", [True, False])
async def test_half_a_character_from_a_model_does_no_harm(client: LiteLLMClient, provider: ScriptedProvider, stream: bool) -> None:
    provider.answer_with(lambda asked: Reply("half \ud83d of it", "and \ude00"))
    messages: list[Chat] = [{"role": "user", "content": "hello"}]
    reply = await client.complete(ModelRequest(model="gpt-4o", messages=messages, stream=stream))
    assert (reply.text, reply.reasoning[0]["text"]) == ("half \ufffd of it", "and \ufffd")


def test_the_halves_of_a_character_are_joined() -> None:
    assert well_formed("\ud83d" + "\ude00") == "😀"
