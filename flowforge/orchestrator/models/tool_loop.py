"""Models that call tools: who leads such a conversation. The loop is the agents', a higher room, which says here that it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flowforge.errors import StepMisuse
from flowforge.orchestrator.models.question import Question
from flowforge.orchestrator.models.redaction import Redaction
from flowforge.orchestrator.retry import StepOptions

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

TURNS_MAX = 10


@dataclass(frozen=True)
class Conversation:
    """A question to a model that may call tools before it answers. Its steps stand below `key`, `options` are theirs."""

    execution: Execution
    key: str
    name: str
    question: Question
    tools: Mapping[str, Any]
    turns_max: int
    redaction: Redaction
    options: StepOptions


class ToolLoop(Protocol):
    """Who leads conversations with tools."""

    def offered(self, tools: Sequence[Any]) -> Mapping[str, Any]:
        """The tools by name, whether they were named, or given as functions or tools. Raises InvalidInput with the nearest name."""
        ...

    async def lead(self, conversation: Conversation) -> Any:
        """The answer, checked by the question's output, as plain JSON data. Raises StepError, ModelError and TurnsExceeded."""
        ...


_loop: list[ToolLoop] = []


def register_tool_loop(loop: ToolLoop) -> None:
    """Say who leads conversations with tools; the last one counts."""
    _loop[:] = [loop]


def tool_loop() -> ToolLoop:
    """Who does. Raises StepMisuse when nobody has registered."""
    if not _loop:
        raise StepMisuse("nobody here can call tools", hint="import step from flowforge, and start the worker with  flowforge worker")
    return _loop[0]
