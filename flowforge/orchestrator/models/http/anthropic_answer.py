"""What comes back in Anthropic's format."""

from __future__ import annotations

import json
from typing import Any

from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import TokenUsage
from flowforge.orchestrator.models.http.answer import ProviderBrokeOff
from flowforge.orchestrator.models.http.anthropic_wire import SCHEMA_TOOL
from flowforge.orchestrator.models.http.tool_names import ToolNames


class AnthropicAnswer:
    """Reads one answer into an Assembly. With `schema_tool`, a call of that tool is the answer's text."""

    def __init__(self, assembly: Assembly, names: ToolNames, *, schema_tool: bool = False) -> None:
        self._assembly, self._names, self._schema_tool = assembly, names, schema_tool
        self._blocks: dict[int, _Block] = {}
        self._usage: dict[str, Any] = {}
        self._spoke_by_tool = False

    def whole(self, body: dict[str, Any]) -> None:
        """The answer to a request without a stream. One without content and reason leaves the Assembly empty."""
        self._identify(body)
        for index, content in enumerate(body.get("content") or ()):
            self._begin(index, content)
            if content["type"] == "tool_use":
                self._write(index, {"partial_json": json.dumps(content.get("input") or {}, ensure_ascii=False)})
            self._close(index)
        if body.get("stop_reason"):
            self._end(body["stop_reason"])

    def event(self, body: dict[str, Any]) -> None:
        """One event. Those of a kind that we do not know (`ping`, and what may come) are passed over. Raises ProviderBrokeOff."""
        kind = body.get("type")
        if kind == "error" or (kind is None and body.get("error")):
            raise ProviderBrokeOff(json.dumps(body))
        if kind == "message_start":
            self._identify(body["message"])
        elif kind == "content_block_start":
            self._begin(body["index"], body["content_block"])
        elif kind == "content_block_delta":
            self._write(body["index"], body["delta"])
        elif kind == "content_block_stop":
            self._close(body["index"])
        elif kind == "message_delta":
            self._count(body.get("usage"))
            if body["delta"].get("stop_reason"):
                self._end(body["delta"]["stop_reason"])

    def _identify(self, message: dict[str, Any]) -> None:
        self._assembly.response_id = self._assembly.response_id or message.get("id")
        self._assembly.answered_by = message.get("model") or self._assembly.answered_by
        self._count(message.get("usage"))

    def _begin(self, index: int, content: dict[str, Any]) -> None:
        """A block opens, once: a second start of the same one is a repetition."""
        if index in self._blocks:
            return
        kind = content.get("type")
        block = self._blocks[index] = _Block(is_call=kind == "tool_use")
        if kind == "tool_use" and self._schema_tool and content["name"] == SCHEMA_TOOL:
            block.is_call, block.is_spoken_call, self._spoke_by_tool = False, True, True
        elif kind == "tool_use":
            self._assembly.call(index, content["id"], self._names.original(content["name"]), None)
        elif kind == "text":
            self._assembly.say(content.get("text"))
        elif kind == "thinking":
            self._assembly.think(content.get("thinking"), content.get("signature"))
        elif kind == "redacted_thinking":
            self._assembly.think_secretly(content["data"])

    def _write(self, index: int, delta: dict[str, Any]) -> None:
        """A piece of an open block; what comes for a closed one is a repetition."""
        block = self._blocks[index]
        if block.closed:
            return
        if "partial_json" in delta:
            piece = delta["partial_json"]
            block.has_arguments = block.has_arguments or bool(piece)
            if block.is_spoken_call:
                self._assembly.say(piece)
            elif block.is_call and piece:
                self._assembly.call(index, None, None, piece)
        elif "text" in delta:
            self._assembly.say(delta["text"])
        else:
            self._assembly.think(delta.get("thinking"), delta.get("signature"))

    def _close(self, index: int) -> None:
        block = self._blocks[index]
        if block.is_call and not block.has_arguments:
            self._assembly.call(index, None, None, "{}")
        block.closed = True

    def _end(self, reason: str) -> None:
        self._assembly.end("end_turn" if self._spoke_by_tool and reason == "tool_use" else reason)

    def _count(self, usage: dict[str, Any] | None) -> None:
        """The counts grow while it writes, and later ones leave out what has not changed."""
        self._usage |= {name: count for name, count in (usage or {}).items() if count is not None}
        self._assembly.tokens = _tokens(self._usage)


class _Block:
    """One block of content while it is written."""

    def __init__(self, *, is_call: bool) -> None:
        self.is_call = is_call
        self.is_spoken_call = False
        self.has_arguments = False
        self.closed = False


def _tokens(usage: dict[str, Any]) -> TokenUsage | None:
    """What was counted; the parts of the input that went through the cache are counted beside it here."""
    fresh, cached = usage.get("input_tokens") or 0, usage.get("cache_read_input_tokens") or 0
    written, said = usage.get("cache_creation_input_tokens") or 0, usage.get("output_tokens") or 0
    asked = fresh + cached + written
    if not asked and not said:
        return None
    thought = (usage.get("output_tokens_details") or {}).get("thinking_tokens") or 0
    return TokenUsage(input=asked, output=said, cached=cached, cache_written=written, reasoning=min(thought, said))
