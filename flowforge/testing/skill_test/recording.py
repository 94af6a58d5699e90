"""A model that says what was recorded: the turn that comes next in the conversation that it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.models.client import (
    EmbeddingReply,
    EmbeddingRequest,
    ModelReply,
    ModelRequest,
    OnDelta,
    TokenUsage,
    ToolCall,
)
from flowforge.testing.skill_test.cases import SkillCase

PREFIX = "recorded/"


def recorded_model(place: int) -> str:
    """The name by which the recording of a case is asked."""
    return f"{PREFIX}{place}"


class Recording:
    """The recordings of a skill's cases, as a model client. It keeps nothing between two calls, so each repeat is answered alike."""

    def __init__(self, cases: Iterable[SkillCase]) -> None:
        self._cases: Mapping[str, SkillCase] = {recorded_model(place): case for place, case in enumerate(cases)}
        for case in self._cases.values():
            if not case.replies:
                raise InvalidInput(f"nothing is recorded for the case {case.name!r}", hint="name a model to ask, with --model")

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """The reply of the next turn. Raises ModelError when the conversation is longer than the recording."""
        case = self._cases[request.model]
        turn = sum(message["role"] == "assistant" for message in request.messages)
        if turn >= len(case.replies):
            raise ModelError("bad_request", f"the recording of {case.name!r} ends after {len(case.replies)} turns", model=request.model)
        said = case.replies[turn]
        calls: list[ToolCall] = [
            {"id": f"call-{turn}-{number}", "name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
            for number, call in enumerate(said.calls)
            for name, arguments in call.items()
        ]
        tokens = TokenUsage(input=1, output=1)
        finish = "tool_calls" if calls else "stop"
        return ModelReply(text=said.text, tool_calls=calls, finish_reason=finish, model=request.model, provider="recorded", tokens=tokens)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise ModelError("bad_request", "no vectors are recorded", model=request.model)

    async def close(self) -> None:
        """Nothing is open."""
