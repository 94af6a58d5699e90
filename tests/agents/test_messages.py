"""pydantic-ai's messages as chat messages, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    InstructionPart,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters

from flowforge import NonRetryable
from flowforge.agents.messages import chat_messages, model_response
from flowforge.agents.model import FlowForgeModel
from flowforge.orchestrator.models import client
from flowforge.orchestrator.models.client import ModelReply, TokenUsage

CONVERSATION = [
    ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("Refund ORD-1")]),
    ModelResponse(
        [
            ThinkingPart("I look first.", signature="sig==", provider_name="anthropic"),
            ThinkingPart("unsigned"),
            TextPart("One moment."),
            ToolCallPart("look_up", '{"order": "ORD-1"}', tool_call_id="c1"),
            ToolCallPart("refund", {"order": "ORD-1"}, tool_call_id="c2"),
        ]
    ),
    ModelRequest(
        [
            ToolReturnPart("look_up", {"total": 420}, tool_call_id="c1"),
            ToolReturnPart("refund", "no such order", tool_call_id="c2", outcome="failed"),
        ]
    ),
]


def test_a_conversation_becomes_chat_messages():
    assert chat_messages(CONVERSATION, [InstructionPart("Be brief."), InstructionPart("Be right.")]) == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Be brief.\n\nBe right."},
        {"role": "user", "content": "Refund ORD-1"},
        {
            "role": "assistant",
            "content": "One moment.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"order":"ORD-1"}'}},
                {"id": "c2", "type": "function", "function": {"name": "refund", "arguments": '{"order":"ORD-1"}'}},
            ],
            "thinking_blocks": [{"type": "thinking", "thinking": "I look first.", "signature": "sig=="}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": '{"total":420}'},
        {"role": "tool", "tool_call_id": "c2", "content": '{"error":"no such order"}'},
    ]


def test_only_what_is_new_since_the_last_answer_is_stored_with_a_request():
    model = FlowForgeModel(client.ModelRequest(model="gpt-4o", messages=[]))
    parameters = ModelRequestParameters(instruction_parts=[InstructionPart("Be brief.")])

    assert [message["role"] for message in model.new(CONVERSATION, parameters)] == ["tool", "tool"]
    assert [message["role"] for message in model.new(CONVERSATION[:1], parameters)] == ["system", "system", "user"]


def test_pictures_are_sent_and_those_that_a_tool_returned_follow_its_text():
    picture = BinaryContent(b"x", media_type="image/png", identifier="p1")
    asked = UserPromptPart(["Look:", ImageUrl("http://127.0.0.1/a.png")])
    shown = chat_messages([ModelRequest([asked, ToolReturnPart("see", picture, "c1")])], None)

    assert shown[0]["content"] == [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]
    assert shown[1] == {"role": "tool", "tool_call_id": "c1", "content": "See file p1."}
    assert {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}} in shown[2]["content"]


def test_what_no_chat_message_can_carry_is_not_tried_again():
    document = BinaryContent(b"%PDF", media_type="application/pdf")
    with pytest.raises(NonRetryable, match="BinaryContent cannot be sent to this model"):
        chat_messages([ModelRequest([UserPromptPart(["Read:", document])])], None)


def test_a_reply_becomes_a_response_with_signed_thoughts_calls_and_tokens():
    reply = ModelReply(
        text="One moment.",
        reasoning=[{"text": "I look first.", "signature": "sig=="}],
        tool_calls=[{"id": "c1", "name": "look_up", "arguments": '{"order": "ORD-1"}'}, {"id": "c2", "name": "now", "arguments": ""}],
        finish_reason="tool_calls",
        model="claude-sonnet-4-5",
        provider="anthropic",
        response_id="msg_1",
        tokens=TokenUsage(input=100, output=20, cached=50, reasoning=7),
        cost=Decimal("0.01"),
    )

    response = model_response(reply)

    assert list(response.parts) == [
        ThinkingPart("I look first.", signature="sig==", provider_name="anthropic"),
        TextPart("One moment."),
        ToolCallPart("look_up", '{"order": "ORD-1"}', tool_call_id="c1"),
        ToolCallPart("now", "{}", tool_call_id="c2"),
    ]
    assert (response.finish_reason, response.model_name, response.provider_response_id) == ("tool_call", "claude-sonnet-4-5", "msg_1")
    usage = response.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.output_reasoning_tokens) == (100, 20, 50, 7)
    [sent] = chat_messages([response], None)
    assert sent["thinking_blocks"] == [{"type": "thinking", "thinking": "I look first.", "signature": "sig=="}]


def test_a_thought_that_only_its_provider_can_read_goes_back_unchanged():
    thought = {"text": "", "signature": None, "redacted": "sealed"}
    response = model_response(
        ModelReply(text="Yes.", reasoning=[thought], finish_reason="stop", model="claude-sonnet-4.5", provider="anthropic")
    )
    (answer,) = chat_messages([response], None)
    assert answer["thinking_blocks"] == [{"type": "redacted_thinking", "data": "sealed"}]
