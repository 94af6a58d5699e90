"""What LiteLLM hands over, told to an Assembly: whole messages and the chunks of a stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import TokenUsage


def read_message(assembly: Assembly, message: Any) -> None:
    """A whole message."""
    _read_thoughts(assembly, message)
    assembly.say(message.content or _refusal(message))
    for position, call in enumerate(message.tool_calls or ()):
        assembly.call(position, call.id, call.function.name, call.function.arguments)


def read_chunk(assembly: Assembly, chunk: Any) -> None:
    """A chunk of a stream. LiteLLM keeps the provider's reason for its end to itself until the last one."""
    assembly.response_id = assembly.response_id or getattr(chunk, "id", None)
    assembly.answered_by = getattr(chunk, "model", None) or assembly.answered_by
    assembly.tokens = tokens_of(getattr(chunk, "usage", None)) or assembly.tokens
    for choice in chunk.choices[:1]:
        _read_thoughts(assembly, choice.delta)
        assembly.say(choice.delta.content or _refusal(choice.delta))
        for piece in choice.delta.tool_calls or ():
            function = piece.function
            assembly.call(piece.index or 0, piece.id, function and function.name, function and function.arguments)


def tokens_of(usage: Any) -> TokenUsage | None:
    """What the provider counted, None when it counted nothing."""
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    asked, said = usage.prompt_tokens_details, usage.completion_tokens_details
    return TokenUsage(
        input=usage.prompt_tokens,
        output=usage.completion_tokens,
        cached=getattr(asked, "cached_tokens", None) or 0,
        cache_written=getattr(asked, "cache_creation_tokens", None) or getattr(asked, "cache_write_tokens", None) or 0,
        reasoning=getattr(said, "reasoning_tokens", None) or 0,
    )


def _refusal(message: Any) -> str | None:
    """OpenAI's models refuse in a field of its own; LiteLLM hands on what it does not know."""
    told = getattr(message, "provider_specific_fields", None) or {}
    return getattr(message, "refusal", None) or told.get("refusal")


def _read_thoughts(assembly: Assembly, message: Any) -> None:
    blocks: Iterable[dict[str, Any]] = getattr(message, "thinking_blocks", None) or ()
    for block in blocks:
        if block.get("type") == "redacted_thinking":
            assembly.think_secretly(block.get("data") or "")
        else:
            assembly.think(block.get("thinking"), block.get("signature"))
    if not blocks:
        assembly.think(getattr(message, "reasoning_content", None))
