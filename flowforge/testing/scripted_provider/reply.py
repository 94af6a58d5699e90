"""What a script answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.testing.scripted_provider.asked import Asked


@dataclass(frozen=True)
class ToolCall:
    """A call that the model asks for; without an `id` it gets one that depends on the request only."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None

    def arguments_json(self) -> str:
        return json.dumps(self.arguments, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Tokens:
    """What the provider says it counted."""

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0
    cache_written: int = 0


@dataclass(frozen=True)
class Reply:
    """An answer. Tokens that are not given are counted from the characters, so they too depend on the request only.

    >>> Reply(tool_calls=(ToolCall("lookup_order", {"order_id": "ORD-9218"}),)).finish_reason
    'tool_calls'
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tokens: Tokens | None = None
    finish: str | None = None
    refusal: str = ""  # in place of a text (OpenAI's format only)
    redacted: str = ""  # a thought that nobody can read but the provider (Anthropic's format only)

    @property
    def finish_reason(self) -> str:
        """OpenAI's word for why the reply ended."""
        return self.finish or ("tool_calls" if self.tool_calls else "stop")


Script = Callable[["Asked"], Reply]
