"""Between two notations of one conversation: pydantic-ai's message parts and the chat messages that the model client sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic_ai.messages import (
    BinaryContent,
    FinishReason,
    ImageUrl,
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextContent,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.usage import RequestUsage

from flowforge.errors import NonRetryable
from flowforge.orchestrator.models.client import Chat, ModelReply, Reasoning

REDACTED = "redacted_thinking"

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "content_filter": "content_filter",
}


def chat_messages(messages: Sequence[ModelMessage], instructions: Sequence[InstructionPart] | None) -> list[Chat]:
    """The conversation as chat messages; instructions stand behind the leading system messages.

    Raises NonRetryable for content that no chat message can carry (sound, documents).
    """
    chat: list[Chat] = []
    for message in messages:
        chat.extend(_request(message) if isinstance(message, ModelRequest) else _response(message))
    if instructions:
        system = {"role": "system", "content": "\n\n".join(part.content for part in instructions)}
        chat.insert(next((n for n, one in enumerate(chat) if one["role"] != "system"), len(chat)), system)
    return chat


def chat_tools(parameters: ModelRequestParameters) -> list[Chat]:
    """The tools a model may call, in the chat notation."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description or "", "parameters": tool.parameters_json_schema},
        }
        for tool in parameters.declared_tool_defs.values()
    ]


def model_response(reply: ModelReply) -> ModelResponse:
    """A reply of the model client as pydantic-ai's response."""
    parts: list[ModelResponsePart] = [_thinking(thought, reply.provider) for thought in reply.reasoning]
    if reply.text:
        parts.append(TextPart(reply.text))
    parts.extend(ToolCallPart(call["name"], call["arguments"] or "{}", tool_call_id=call["id"]) for call in reply.tool_calls)
    tokens = reply.tokens
    return ModelResponse(
        parts,
        usage=RequestUsage(
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cache_read_tokens=tokens.cached,
            output_reasoning_tokens=tokens.reasoning,
        ),
        model_name=reply.model,
        provider_name=reply.provider,
        provider_response_id=reply.response_id,
        finish_reason=_FINISH[reply.finish_reason],
    )


def _request(message: ModelRequest) -> Iterator[Chat]:
    files: list[UserContent] = []
    for part in message.parts:
        if isinstance(part, SystemPromptPart):
            yield {"role": "system", "content": part.content}
        elif isinstance(part, UserPromptPart):
            yield {"role": "user", "content": _user_content(part.content)}
        elif isinstance(part, ToolReturnPart):
            text, extra = part.model_response_str_and_user_content()
            files.extend(extra)
            yield {"role": "tool", "tool_call_id": part.tool_call_id, "content": text}
        else:  # the model's `prepare_messages` has turned every other kind into one of these
            raise NonRetryable(f"a message part of kind {part.part_kind} cannot be sent to this model")
    if files:
        yield {"role": "user", "content": _user_content(files)}


def _user_content(content: str | Sequence[UserContent]) -> str | list[Chat]:
    if isinstance(content, str):
        return content
    parts: list[Chat] = []
    for item in content:
        if isinstance(item, str):
            parts.append({"type": "text", "text": item})
        elif isinstance(item, TextContent):
            parts.append({"type": "text", "text": item.content})
        elif isinstance(item, ImageUrl):
            parts.append({"type": "image_url", "image_url": {"url": item.url}})
        elif isinstance(item, BinaryContent) and item.is_image:
            parts.append({"type": "image_url", "image_url": {"url": item.data_uri}})
        else:
            raise NonRetryable(f"{type(item).__name__} cannot be sent to this model")
    return parts


def _response(message: ModelResponse) -> Iterator[Chat]:
    texts = [part.content for part in message.parts if isinstance(part, TextPart) and part.content]
    assistant: Chat = {"role": "assistant", "content": "\n\n".join(texts) or None}
    calls = [
        {"id": part.tool_call_id, "type": "function", "function": {"name": part.tool_name, "arguments": part.args_as_json_str()}}
        for part in message.parts
        if isinstance(part, ToolCallPart)
    ]
    if calls:
        assistant["tool_calls"] = calls
    # Only signed thoughts go back: a provider that signs them wants them unchanged, one that does not ignores or refuses them.
    thoughts = [_thought(part) for part in message.parts if isinstance(part, ThinkingPart) and part.signature]
    if thoughts:
        assistant["thinking_blocks"] = thoughts
    yield assistant


def _thinking(thought: Reasoning, provider: str) -> ThinkingPart:
    if "redacted" in thought:  # pydantic-ai's notation of it
        return ThinkingPart("", id=REDACTED, signature=thought["redacted"], provider_name=provider)
    return ThinkingPart(thought["text"], signature=thought["signature"], provider_name=provider)


def _thought(part: ThinkingPart) -> Chat:
    if part.id == REDACTED:
        return {"type": REDACTED, "data": part.signature}
    return {"type": "thinking", "thinking": part.content, "signature": part.signature}
