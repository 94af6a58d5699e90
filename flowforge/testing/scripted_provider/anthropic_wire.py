"""Replies in Anthropic's messages format, whole and as a stream; reasoning carries a signature, as the real one does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from flowforge.testing.scripted_provider.openai_wire import call_id, counted, fingerprint, pieces, words
from flowforge.testing.scripted_provider.reply import Reply

_STOP = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}


def signature(reasoning: str) -> str:
    """What the provider would want to see again with the same reasoning."""
    return "sig-" + hashlib.sha256(reasoning.encode()).hexdigest()[:24]


def whole(body: Mapping[str, Any], reply: Reply, *, usage: bool = True) -> dict[str, Any]:
    """The answer to a request without `stream`."""
    stop = _STOP[reply.finish_reason]
    counts = _usage(body, reply) if usage else {"input_tokens": 0, "output_tokens": 0}
    return _base(body) | {"content": _blocks(body, reply), "stop_reason": stop, "stop_sequence": None, "usage": counts}


def stream(body: Mapping[str, Any], reply: Reply, *, usage: bool = True) -> Iterator[str]:
    """Server-sent events: a block after the other, each in deltas, then the stop reason with the tokens."""
    counts = _usage(body, reply) if usage else {"input_tokens": 0, "output_tokens": 0}
    start = _base(body) | {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts | {"output_tokens": 0}}
    yield _event("message_start", message=start)
    for index, block in enumerate(_blocks(body, reply)):
        yield _event("content_block_start", index=index, content_block=_empty(block))
        yield from (_event("content_block_delta", index=index, delta=delta) for delta in _deltas(block))
        yield _event("content_block_stop", index=index)
    stop = {"stop_reason": _STOP[reply.finish_reason], "stop_sequence": None}
    said = {name: counts[name] for name in ("output_tokens", "output_tokens_details") if name in counts}
    yield _event("message_delta", delta=stop, usage=said)
    yield _event("message_stop")


def nothing(body: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without content, and without a reason for it."""
    return _base(body) | {"content": [], "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 0, "output_tokens": 0}}


def nothing_streamed(body: Mapping[str, Any]) -> Iterator[str]:
    """A stream that begins and ends."""
    yield _event("message_start", message=nothing(body))
    yield _event("message_stop")


def repeated(events: list[str]) -> Iterator[str]:
    """The stream as a proxy brings it that sends twice what can be told to be the same: starts and ends."""
    for event in events:
        yield event
        if event.startswith(("event: message_start", "event: content_block_start", "event: content_block_stop", "event: message_delta")):
            yield event


def error_event() -> str:
    """An error in the middle of a stream."""
    return _event("error", error={"type": "overloaded_error", "message": "Overloaded"})


def _blocks(body: Mapping[str, Any], reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.reasoning:
        blocks.append({"type": "thinking", "thinking": reply.reasoning, "signature": signature(reply.reasoning)})
    if reply.redacted:
        blocks.append({"type": "redacted_thinking", "data": reply.redacted})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    for index, call in enumerate(reply.tool_calls):
        identity = call_id(body, index, call.id, "toolu")
        blocks.append({"type": "tool_use", "id": identity, "name": call.name, "input": dict(call.arguments)})
    return blocks


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    hollow: dict[str, Any] = {"text": "", "thinking": "", "signature": "", "input": {}}
    return {key: hollow.get(key, value) for key, value in block.items()}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": word} for word in words(block["text"]))
    elif block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": word} for word in words(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "tool_use":
        text = json.dumps(block["input"], separators=(",", ":"), ensure_ascii=False)
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces(text))


def _base(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"msg_{fingerprint(body)}", "type": "message", "role": "assistant", "model": body["model"]}


def _usage(body: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    tokens = counted(body, reply)
    fresh = tokens.input - tokens.cached - tokens.cache_written  # here what went through the cache is counted beside the input, not in it
    usage = {
        "input_tokens": fresh,
        "output_tokens": tokens.output,
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": tokens.cache_written,
    }
    return usage | ({"output_tokens_details": {"thinking_tokens": tokens.reasoning}} if tokens.reasoning else {})


def _event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"
