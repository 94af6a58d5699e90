"""What steps have said so far: a stream's frames, put together as every reader of a stream should.

message.delta, reasoning.delta, tool_call.args_delta     go on with what the step says
message.completed                                        is the whole of it, whatever of its deltas was seen
step.retrying                                            what the step was saying is void: it begins anew
run.resumed                                              so is what steps were saying that had not ended: their worker is gone
step.completed, step.failed                              the step says no more
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, str]  # a run and the key of one of its steps, as frames name them


@dataclass
class Message:
    """What one call of a model has said, as far as it is known."""

    attempt: int
    text: str = ""
    reasoning: str = ""
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    whole: bool = False

    def goes_on(self, name: str, data: Mapping[str, Any]) -> None:
        """Take in a delta."""
        text = str(data.get("text", ""))
        if name == "message.delta":
            self.text += text
        elif name == "reasoning.delta":
            self.reasoning += text
        else:
            self._call(str(data.get("tool_call_id", "")), str(data.get("tool", "")))["arguments"] += text

    def _call(self, call_id: str, tool: str) -> dict[str, str]:
        for call in self.tool_calls:
            if call["tool_call_id"] == call_id:
                return call
        self.tool_calls.append({"tool_call_id": call_id, "tool": tool, "arguments": ""})
        return self.tool_calls[-1]


class Transcript:
    """The newest message of each step. Give it the frames of a stream in their order.

    >>> transcript = Transcript()
    >>> for text in ("Hel", "lo"):
    ...     transcript.take("message.delta", {"run": "run_1", "step": "greet", "attempt": 1, "text": text})
    >>> transcript.messages["run_1", "greet"].text
    'Hello'
    """

    def __init__(self) -> None:
        self.messages: dict[Place, Message] = {}

    def take(self, name: str, data: Mapping[str, Any]) -> None:
        """Take in the next frame."""
        place = (str(data.get("run")), str(data.get("step")))
        if name in ("message.delta", "reasoning.delta", "tool_call.args_delta"):
            self._begun(place, data.get("attempt", 1)).goes_on(name, data)
        elif name == "message.completed":
            calls = [dict(call) for call in data.get("tool_calls", ())]
            self.messages[place] = Message(data.get("attempt", 1), data.get("text", ""), data.get("reasoning", ""), calls, whole=True)
        elif name == "step.retrying":
            self.messages.pop(place, None)
        elif name in ("step.completed", "step.failed"):
            self._drop_unfinished(place)
        elif name == "run.resumed":
            for known in [known for known in self.messages if known[0] == place[0]]:
                self._drop_unfinished(known)

    @property
    def unfinished(self) -> dict[Place, Message]:
        """The messages that are not whole yet."""
        return {place: message for place, message in self.messages.items() if not message.whole}

    def _begun(self, place: Place, attempt: int) -> Message:
        message = self.messages.get(place)
        if message is None or message.whole or message.attempt != attempt:
            message = self.messages[place] = Message(attempt)
        return message

    def _drop_unfinished(self, place: Place) -> None:
        if place in self.messages and not self.messages[place].whole:
            del self.messages[place]
