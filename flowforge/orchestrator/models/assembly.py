"""A reply put together from the chunks of a stream; every piece goes out as a Delta on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.models.client import Delta, OnDelta, Reasoning, ToolCall


class Assembly:
    """Collects text, reasoning with its signatures, and tool calls."""

    def __init__(self, on_delta: OnDelta | None = None) -> None:
        self._tell = on_delta
        self._text: list[str] = []
        self._blocks: list[tuple[list[str], str | None]] = []
        self._calls: dict[int, ToolCall] = {}
        self.response_id: str | None = None
        self.usage: Any = None
        self.started = False  # the first token is there

    def add(self, chunk: Any) -> None:
        """Take in one chunk in LiteLLM's form."""
        self.response_id = self.response_id or getattr(chunk, "id", None)
        self.usage = getattr(chunk, "usage", None) or self.usage
        for choice in chunk.choices[:1]:
            self._add_reasoning(choice.delta)
            if choice.delta.content:
                self._text.append(choice.delta.content)
                self._out(Delta("text", choice.delta.content))
            self._add_calls(choice.delta.tool_calls or ())

    @property
    def text(self) -> str:
        return well_formed("".join(self._text))

    @property
    def reasoning(self) -> list[Reasoning]:
        blocks = [Reasoning(text=well_formed("".join(pieces)), signature=signature) for pieces, signature in self._blocks]
        return [block for block in blocks if block["text"] or block["signature"]]

    @property
    def tool_calls(self) -> list[ToolCall]:
        calls = (self._calls[index] for index in sorted(self._calls))
        return [ToolCall(id=call["id"], name=call["name"], arguments=well_formed(call["arguments"])) for call in calls]

    def _add_reasoning(self, delta: Any) -> None:
        blocks = getattr(delta, "thinking_blocks", None) or ()
        for block in blocks:
            self._add_thought(block.get("thinking") or "", block.get("signature"))
        if not blocks:
            self._add_thought(getattr(delta, "reasoning_content", None) or "", None)

    def _add_thought(self, text: str, signature: str | None) -> None:
        """A signature closes its block: what is thought after it belongs to the next."""
        if not text and not signature:
            return
        if not self._blocks or self._blocks[-1][1] is not None:
            self._blocks.append(([], None))
        pieces = self._blocks[-1][0]
        pieces.append(text)
        self._blocks[-1] = (pieces, signature)
        if text:
            self._out(Delta("reasoning", text))

    def _add_calls(self, pieces: Iterable[Any]) -> None:
        for piece in pieces:
            function = piece.function
            call = self._calls.setdefault(piece.index or 0, ToolCall(id="", name="", arguments=""))
            call["id"] = call["id"] or piece.id or ""
            call["name"] = call["name"] or (function and function.name) or ""
            text = (function and function.arguments) or ""
            call["arguments"] += text
            self._out(Delta("tool_call", text, piece.index or 0, call["id"], call["name"]))

    def _out(self, delta: Delta) -> None:
        self.started = True
        if self._tell is not None:
            self._tell(delta)
