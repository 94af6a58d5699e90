"""A reply put together from what a provider sent, piece by piece or at once; every piece goes out as a Delta on the way.

Both clients speak to it in the same few verbs, whatever the wire format was, so that a reply means the same from both.
"""

from __future__ import annotations

import json

from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.client import Delta, FinishReason, ModelReply, ModelRequest, OnDelta, Reasoning, TokenUsage, ToolCall

# How providers say why a reply ended, beside OpenAI's own words.
_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "refusal": "content_filter",
    "safety": "content_filter",
}


class Assembly:
    """Collects text, reasoning with its signatures, and tool calls; nothing is added any more once the reply has `ended`."""

    def __init__(self, on_delta: OnDelta | None = None) -> None:
        self._tell = on_delta
        self._text: list[str] = []
        self._thoughts: list[_Thought] = []
        self._calls: list[_Call] = []
        self._call_at: dict[int, _Call] = {}  # by the provider's index
        self.finish: FinishReason | None = None
        self.response_id: str | None = None
        self.answered_by: str | None = None
        self.tokens: TokenUsage | None = None  # None: the provider did not count
        self.started = False  # the first token is there

    def say(self, text: str | None) -> None:
        """A piece of the answer."""
        if text and self.finish is None:
            self._text.append(text)
            self._out(Delta("text", text))

    def think(self, text: str | None, signature: str | None = None) -> None:
        """A piece of a thought. A signature closes its block: what is thought after it belongs to the next."""
        if not (text or signature) or self.finish is not None:
            return
        if not self._thoughts or self._thoughts[-1].closed:
            self._thoughts.append(_Thought())
        block = self._thoughts[-1]
        block.signature = signature
        if text:
            block.pieces.append(text)
            self._out(Delta("reasoning", text))

    def think_secretly(self, data: str) -> None:
        """A thought that only the provider can read."""
        if self.finish is None and not any(block.redacted == data for block in self._thoughts):
            self._thoughts.append(_Thought(redacted=data))

    def call(self, index: int, identity: str | None, name: str | None, arguments: str | None) -> None:
        """A piece of a tool call. Pieces of several calls may come mixed; what tells them apart is `index`, or else a new identity."""
        if self.finish is not None:
            return
        call = self._call_at.get(index)
        if call is None or (name and identity and call.id and identity != call.id):
            call = self._known(identity) or self._begin()
            self._call_at[index] = call
        repeated = bool(call.id) and call.id == identity
        call.id, call.name = call.id or identity or "", call.name or name or ""
        piece = arguments or ""
        if (repeated and not piece) or call.is_whole_before(piece):
            return
        call.pieces.append(piece)
        self._out(Delta("tool_call", piece, call.position, call.id, call.name))

    def end(self, reason: str) -> None:
        """Why the provider ended the reply, in its own word."""
        if self.finish is None:
            finish = _FINISH.get(reason.lower(), "stop")
            self.finish = "tool_calls" if finish == "stop" and self._calls else finish

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was answered, not even an end."""
        return not self.started and self.finish is None and not self._thoughts

    def reply(self, request: ModelRequest, provider: str, *, latency_ms: int, first_token_ms: int | None = None) -> ModelReply:
        """The whole, once it has ended. Tokens that nobody counted are estimated, and say so."""
        text, reasoning, calls = well_formed("".join(self._text)), self._reasoning(), [call.whole() for call in self._calls]
        return ModelReply(
            text=text,
            reasoning=reasoning,
            tool_calls=calls,
            finish_reason=self.finish or "stop",
            model=request.model,
            provider=provider,
            answered_by=self.answered_by,
            response_id=self.response_id,
            tokens=self.tokens or _estimated(request, text, reasoning, calls),
            latency_ms=latency_ms,
            first_token_ms=first_token_ms,
        )

    def _reasoning(self) -> list[Reasoning]:
        blocks = [thought.block() for thought in self._thoughts]
        return [block for block in blocks if block["text"] or block["signature"] or "redacted" in block]

    def _known(self, identity: str | None) -> _Call | None:
        return next((call for call in self._calls if identity and call.id == identity), None)

    def _begin(self) -> _Call:
        call = _Call(len(self._calls))
        self._calls.append(call)
        return call

    def _out(self, delta: Delta) -> None:
        self.started = True
        if self._tell is not None:
            self._tell(delta)


class _Thought:
    """One block of reasoning while it is written."""

    def __init__(self, redacted: str | None = None) -> None:
        self.pieces: list[str] = []
        self.signature: str | None = None
        self.redacted = redacted

    @property
    def closed(self) -> bool:
        return self.signature is not None or self.redacted is not None

    def block(self) -> Reasoning:
        block = Reasoning(text=well_formed("".join(self.pieces)), signature=self.signature)
        return block if self.redacted is None else Reasoning(**block, redacted=self.redacted)


class _Call:
    """One tool call while it is written."""

    def __init__(self, position: int) -> None:
        self.position, self.id, self.name = position, "", ""
        self.pieces: list[str] = []

    def is_whole_before(self, piece: str) -> bool:
        """Whether the arguments are one JSON object already, and `piece` would begin another: a proxy's repetition."""
        if not piece.lstrip().startswith("{") or not self.pieces or not self.pieces[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(json.loads("".join(self.pieces)), dict)
        except ValueError:
            return False

    def whole(self) -> ToolCall:
        return ToolCall(id=self.id, name=self.name, arguments=well_formed("".join(self.pieces)))


def _estimated(request: ModelRequest, text: str, reasoning: list[Reasoning], calls: list[ToolCall]) -> TokenUsage:
    thoughts = "".join(block["text"] for block in reasoning)
    return prices.estimate(request, text, thoughts, [call["name"] + call["arguments"] for call in calls])
