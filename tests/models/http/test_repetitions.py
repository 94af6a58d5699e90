"""What proxies send twice, and what only looks like it: read straight from the events, where both can be told apart."""

from __future__ import annotations

import json
from typing import Any

from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import Delta, ModelReply, ModelRequest
from flowforge.orchestrator.models.http.anthropic_answer import AnthropicAnswer
from flowforge.orchestrator.models.http.openai_answer import OpenAIAnswer
from flowforge.orchestrator.models.http.tool_names import ToolNames

REQUEST = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])


def whole(assembly: Assembly) -> ModelReply:
    return assembly.reply(REQUEST, "openai", latency_ms=0)


def openai(*deltas: dict[str, Any], seen: list[Delta] | None = None) -> ModelReply:
    assembly = Assembly((seen if seen is not None else []).append)
    answer = OpenAIAnswer(assembly)
    for delta in deltas:
        extra = {name: delta.pop(name) for name in ("finish_reason", "obfuscation") if name in delta}
        choice = {"index": 0, "delta": delta, "finish_reason": extra.get("finish_reason")}
        answer.event({"id": "x", "choices": [choice], "obfuscation": extra.get("obfuscation")})
    return whole(assembly)


def call(index: int | None, identity: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    piece: dict[str, Any] = {"function": {"arguments": arguments} | ({"name": name} if name else {})}
    piece |= {} if index is None else {"index": index}
    return {"tool_calls": [piece | ({"id": identity} if identity else {})]}


def test_a_word_that_is_really_said_twice_stays() -> None:
    assert openai({"content": "ha"}, {"content": "ha"}, {"finish_reason": "stop"}).text == "haha"


def test_a_chunk_with_the_same_padding_is_the_same_chunk() -> None:
    chunks = [{"content": "ha", "obfuscation": "xK3"}, {"content": "ha", "obfuscation": "xK3"}, {"content": "ha", "obfuscation": "p0q"}]
    assert openai(*chunks, {"finish_reason": "stop"}).text == "haha"


def test_what_comes_behind_the_end_is_a_repetition() -> None:
    assert openai({"content": "Yes."}, {"content": " Sir.", "finish_reason": "stop"}, {"content": " Sir."}).text == "Yes. Sir."


def test_pieces_of_several_calls_may_come_mixed() -> None:
    reply = openai(
        call(0, "a", "look", ""), call(1, "b", "see", ""), call(0, None, None, '{"n":'), call(1, None, None, '{"m":'),
        call(0, None, None, "1}"), call(1, None, None, "2}"), {"finish_reason": "tool_calls"},
    )  # fmt: skip
    assert [(one["id"], one["arguments"]) for one in reply.tool_calls] == [("a", '{"n":1}'), ("b", '{"m":2}')]


def test_a_calls_start_that_comes_twice_begins_one_call() -> None:
    seen: list[Delta] = []
    reply = openai(
        call(0, "a", "look", ""), call(0, "a", "look", ""), call(0, None, None, "{}"), {"finish_reason": "tool_calls"}, seen=seen
    )
    assert reply.tool_calls == [{"id": "a", "name": "look", "arguments": "{}"}]
    assert [delta.text for delta in seen] == ["", "{}"]


def test_a_whole_call_that_comes_twice_is_one() -> None:
    reply = openai(call(0, "a", "look", '{"n":1}'), call(0, "a", "look", '{"n":1}'), {"finish_reason": "tool_calls"})
    assert [one["arguments"] for one in reply.tool_calls] == ['{"n":1}']


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    reply = openai(call(None, "a", "look", '{"n":1}'), call(None, "b", "look", '{"n":2}'), {"finish_reason": "tool_calls"})
    assert [(one["id"], one["arguments"]) for one in reply.tool_calls] == [("a", '{"n":1}'), ("b", '{"n":2}')]


def test_an_end_that_says_stop_behind_tool_calls_means_them() -> None:
    assert openai(call(0, "a", "look", "{}"), {"finish_reason": "stop"}).finish_reason == "tool_calls"


def test_reasoning_has_several_names() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Yes."}]
    for delta in ({"reasoning_content": "Hm.", "content": "Yes."}, {"reasoning": "Hm.", "content": "Yes."}, {"content": parts}):
        reply = openai(delta, {"finish_reason": "stop"})
        assert (reply.text, [block["text"] for block in reply.reasoning]) == ("Yes.", ["Hm."])


def anthropic(*events: dict[str, Any]) -> ModelReply:
    assembly = Assembly()
    answer = AnthropicAnswer(assembly, ToolNames([]))
    for event in events:
        answer.event(json.loads(json.dumps(event)))
    return whole(assembly)


def test_a_block_is_read_once() -> None:
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Yes"}}
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "."}}
    stop = {"type": "content_block_stop", "index": 0}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
    assert anthropic(start, start, piece, stop, stop, piece, end, end, piece).text == "Yes."


def test_events_of_an_unknown_kind_are_passed_over() -> None:
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    assert anthropic({"type": "ping"}, {"type": "something_new", "index": 3}, end).finish_reason == "stop"


def test_later_counts_complete_the_first_ones() -> None:
    begin = {
        "type": "message_start",
        "message": {"id": "m", "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1}},
    }
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7, "input_tokens": None}}
    tokens = anthropic(begin, end).tokens
    assert (tokens.input, tokens.cached, tokens.output) == (15, 5, 7)
