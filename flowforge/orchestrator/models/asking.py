"""Everything that `step.ai` can be told, with its types, and how it is read: a mistake is one sentence before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, ModelErrorKind
from flowforge.orchestrator.models.attachment import Attachment, attached
from flowforge.orchestrator.models.client import DEFAULT_TIMEOUT_SECONDS, ModelReply, ModelRequest
from flowforge.orchestrator.models.conversation import conversation
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.models.question import Question
from flowforge.orchestrator.models.redaction import Redaction, redaction_in
from flowforge.orchestrator.models.sampling import SETTINGS, Effort, checked_settings, refuse_unknown
from flowforge.orchestrator.models.terms import read_policy
from flowforge.orchestrator.models.tool_loop import TURNS_MAX, tool_loop

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution
    from flowforge.skills.tool import Tool

REPAIRS = 2
REPAIRS_MAX = 10
TURNS_LIMIT = 200


class Asking(TypedDict, total=False):
    """What may be said of a call beside the model and the output. Docs: asking-models.md."""

    prompt: str | None
    messages: Sequence[Mapping[str, Any]] | None  # instead of a prompt, in OpenAI's chat notation
    system: str | None
    images: Sequence[str | Path | bytes | Attachment] | None
    files: Sequence[Path | bytes | Attachment] | None
    tools: Sequence[str | Callable[..., Any] | Tool] | None
    max_turns: int | None  # model requests of a call with tools; 10 unless given
    repairs: int | None  # how often an answer that does not fit is asked for again; 2 unless given
    stream: bool
    timeout: Duration | None  # of one request, 10 minutes unless given
    first_token_timeout: Duration | None
    retries: int | None  # of the step; with tools, of each request
    fallback: Sequence[str] | None
    fallback_on: Sequence[ModelErrorKind] | None
    cache: Duration | None
    max_cost: Decimal | str | int | None
    before: Sequence[Callable[[ModelRequest], ModelRequest | Awaitable[ModelRequest | None] | None]] | None
    after: Sequence[Callable[[ModelReply], ModelReply | Awaitable[ModelReply | None] | None]] | None
    redact: Sequence[str] | None
    reasoning: Effort | int | None

    temperature: float | None
    max_tokens: int | None
    stop: str | Sequence[str] | None
    seed: int | None
    top_p: float | None
    top_k: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    logit_bias: Mapping[str, float] | None
    max_completion_tokens: int | None
    parallel_tool_calls: bool | None
    reasoning_effort: str | None
    thinking: Mapping[str, Any] | None
    service_tier: str | None
    verbosity: Literal["low", "medium", "high"] | None
    user: str | None
    api_base: str | None
    api_key: str | None
    api_version: str | None
    extra_body: Mapping[str, Any] | None
    extra_headers: Mapping[str, str] | None


@dataclass(frozen=True)
class Asked:
    """What was asked for, read: the question, and the tools that the model may call before it answers."""

    question: Question
    redaction: Redaction
    tools: Mapping[str, Any]
    turns_max: int

    def shown(self) -> dict[str, Any]:
        """The step's recorded input."""
        return self.question.shown() | ({"tools": sorted(self.tools), "max_turns": self.turns_max} if self.tools else {})


def read_asking(execution: Execution, model: str, output: Any, asking: Asking) -> Asked:
    """What a call is told, checked. Raises InvalidInput with a pointer to what does not fit."""
    check_model(model)
    settings = {name: value for name, value in asking.items() if name in SETTINGS}
    refuse_unknown({name: value for name, value in asking.items() if name not in Asking.__annotations__}, list(Asking.__annotations__))
    wanted, redaction = Output(output), redaction_in(execution, asking.get("redact"))
    stream = asking.get("stream", True)
    request = ModelRequest(
        model=model,
        messages=redaction.messages(_messages(asking)),
        response_format=wanted.response_format(),
        settings=checked_settings(settings, asking.get("reasoning")),
        stream=stream,
        timeout_seconds=limit("timeout", asking.get("timeout")) or DEFAULT_TIMEOUT_SECONDS,
        first_token_seconds=limit("first_token_timeout", asking.get("first_token_timeout")),
    )
    if request.first_token_seconds is not None and not stream:
        raise InvalidInput("without stream there is no first token", pointer="/first_token_timeout", hint="give timeout=")
    policy = read_policy(
        model,
        fallback=asking.get("fallback"),
        fallback_on=asking.get("fallback_on"),
        cache=asking.get("cache"),
        max_cost=asking.get("max_cost"),
        before=asking.get("before"),
        after=asking.get("after"),
    )
    tools = _tools(asking.get("tools"))
    return Asked(Question(request, policy, wanted, _repairs(asking, wanted)), redaction, tools, _turns(asking, tools))


def check_model(model: object) -> None:
    """Raises InvalidInput for what cannot be a model's name."""
    if not isinstance(model, str) or not model:
        raise InvalidInput(f"model must be the name of a model, not {model!r}", pointer="/model", hint='as in model="gpt-4o"')


def limit(name: str, duration: Duration | None) -> float | None:
    """A time-out in seconds. Raises InvalidInput for what is none."""
    if duration is None:
        return None
    if isinstance(duration, bool) or not isinstance(duration, str | int | float | timedelta):
        raise InvalidInput(f"{name} is a duration, not {duration!r}", pointer=f"/{name}", hint=f'as in {name}="30s"')
    value = seconds(duration)
    if not value or not math.isfinite(value):
        raise InvalidInput(f"{name} is longer than nothing, {duration!r} is not", pointer=f"/{name}", hint="leave it out for the default")
    return value


def _messages(asking: Asking) -> list[dict[str, Any]]:
    parts = attached(asking.get("images"), asking.get("files"))
    return conversation(asking.get("prompt"), asking.get("messages"), asking.get("system"), parts)


def _tools(given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, list | tuple):
        raise InvalidInput(f"tools is a list, not {given!r}", pointer="/tools", hint="write  tools=[look_up_order]")
    return tool_loop().offered(given) if given else {}


def _turns(asking: Asking, tools: Mapping[str, Any]) -> int:
    given = asking.get("max_turns")
    if given is None:
        return TURNS_MAX
    if not tools:
        raise InvalidInput("max_turns bounds how often a model calls tools, and it has none", pointer="/max_turns", hint="give tools=[…]")
    return _count("max_turns", given, 1, TURNS_LIMIT)


def _repairs(asking: Asking, wanted: Output) -> int:
    given = asking.get("repairs")
    if given is None:
        return REPAIRS
    if wanted.plain:
        raise InvalidInput("every text is an answer, so there is nothing to repair", pointer="/repairs", hint="give output= too")
    return _count("repairs", given, 0, REPAIRS_MAX)


def _count(name: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(f"{name} is a whole number from {least} to {most}, not {value!r}", pointer=f"/{name}")
    return value
