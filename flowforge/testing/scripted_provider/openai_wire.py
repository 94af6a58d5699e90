"""Replies in OpenAI's chat-completions format, whole and as a stream. Ids come from the request, so nothing varies."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from flowforge.testing.scripted_provider.reply import Reply, Tokens

_CREATED = 1767225600  # 2026-01-01: replies have no clock
_ARGUMENT_CHUNK = 8  # characters
_DIMENSIONS = 16  # of a vector, where the request does not say


def fingerprint(body: Mapping[str, Any]) -> str:
    """Twelve hex digits of the request; `stream` does not count, so both ways of asking get the same ids."""
    plain = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:12]


def counted(body: Mapping[str, Any], reply: Reply) -> Tokens:
    """The script's own numbers, or four characters to a token."""
    if reply.tokens is not None:
        return reply.tokens
    said = reply.text + "".join(call.name + call.arguments_json() for call in reply.tool_calls)
    asked = json.dumps([body.get("system"), body.get("messages"), body.get("tools")], sort_keys=True)
    reasoning = (len(reply.reasoning) + 3) // 4
    return Tokens(input=len(asked) // 4, output=(len(said) + 3) // 4 + reasoning, reasoning=reasoning)


def whole(body: Mapping[str, Any], reply: Reply, *, usage: bool = True) -> dict[str, Any]:
    """The answer to a request without `stream`."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.refusal:
        message["refusal"] = reply.refusal
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = list(_calls(body, reply))
    answer = _base(body, "chat.completion") | {"choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}]}
    return answer | ({"usage": _usage(body, reply)} if usage else {})


def stream(body: Mapping[str, Any], reply: Reply, *, usage: bool = True) -> Iterator[str]:
    """Server-sent events: deltas, the finish reason, the usage where asked for, `[DONE]`."""
    for delta in _deltas(body, reply):
        yield _event(body, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event(body, {"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]})
    if usage and (body.get("stream_options") or {}).get("include_usage"):
        yield _event(body, {"choices": [], "usage": _usage(body, reply)})
    yield "data: [DONE]\n\n"


def embeddings(body: Mapping[str, Any], *, usage: bool = True) -> dict[str, Any]:
    """The answer to a request for vectors: texts that share words get vectors that point the same way."""
    given = body["input"]
    texts = [given] if isinstance(given, str) else list(given)
    dimensions = int(body.get("dimensions") or _DIMENSIONS)
    data = [{"object": "embedding", "index": index, "embedding": vector(text, dimensions)} for index, text in enumerate(texts)]
    tokens = sum((len(text) + 3) // 4 for text in texts)
    answer = {"object": "list", "data": data, "model": body["model"]}
    return answer | ({"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if usage else {})


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of length 1 that depends on the words of the text only."""
    numbers = [0.0] * dimensions
    for word in text.lower().split() or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        numbers[int.from_bytes(digest[:4]) % dimensions] += 1.0 if digest[4] % 2 else -1.0
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [round(number / length, 6) for number in numbers]


def nothing(body: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without a choice."""
    return _base(body, "chat.completion") | {"choices": []}


def nothing_streamed(body: Mapping[str, Any]) -> Iterator[str]:
    """A stream without a choice."""
    yield _event(body, {"choices": []})
    yield "data: [DONE]\n\n"


def repeated(events: list[str]) -> Iterator[str]:
    """The stream as a proxy brings it that sends twice what can be told to be the same: starts of tool calls, the end, the usage."""
    for event in events:
        yield event
        if '"tool_calls": [{"index": 0, "id"' in event or '"finish_reason": "' in event or '"usage"' in event:
            yield event


def error_event() -> str:
    """An error in the middle of a stream."""
    return f"data: {json.dumps({'error': {'message': 'Overloaded', 'type': 'overloaded_error', 'code': None}})}\n\n"


def words(text: str) -> Iterator[str]:
    """The text in pieces that end after a space."""
    start = 0
    for position, character in enumerate(text):
        if character == " ":
            yield text[start : position + 1]
            start = position + 1
    if start < len(text):
        yield text[start:]


def pieces(text: str) -> Iterator[str]:
    """Arguments as they come over the wire: cut anywhere."""
    for start in range(0, len(text), _ARGUMENT_CHUNK):
        yield text[start : start + _ARGUMENT_CHUNK]


def call_id(body: Mapping[str, Any], position: int, given: str | None, prefix: str) -> str:
    return given or f"{prefix}_{fingerprint(body)}_{position}"


def _deltas(body: Mapping[str, Any], reply: Reply) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    yield from ({"reasoning_content": word} for word in words(reply.reasoning))
    yield from ({"content": word} for word in words(reply.text))
    yield from ({"refusal": word} for word in words(reply.refusal))
    for index, call in enumerate(_calls(body, reply)):
        function = call["function"]
        yield {"tool_calls": [{"index": index, **call, "function": {"name": function["name"], "arguments": ""}}]}
        yield from ({"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces(function["arguments"]))


def _calls(body: Mapping[str, Any], reply: Reply) -> Iterator[dict[str, Any]]:
    for index, call in enumerate(reply.tool_calls):
        function = {"name": call.name, "arguments": call.arguments_json()}
        yield {"id": call_id(body, index, call.id, "call"), "type": "function", "function": function}


def _base(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{fingerprint(body)}", "object": kind, "created": _CREATED, "model": body["model"]}


def _usage(body: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    tokens = counted(body, reply)
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached} | _written(tokens),
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }


def _written(tokens: Tokens) -> dict[str, int]:
    return {"cache_write_tokens": tokens.cache_written} if tokens.cache_written else {}


def _event(body: Mapping[str, Any], fields: dict[str, Any]) -> str:
    return f"data: {json.dumps(_base(body, 'chat.completion.chunk') | fields)}\n\n"
