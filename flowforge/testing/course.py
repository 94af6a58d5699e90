"""The course of a run, recorded or tried out: the steps it came by, how it ended, and what its model calls used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from flowforge.orchestrator.history import RecordedStep, RunHistory
from flowforge.testing.drift import asked_steps, cut


@dataclass(frozen=True)
class Visit:
    """A step on the way. `answered`: by a model, from the record, or not at all."""

    kind: str
    name: str
    arguments: str
    answered: Literal["asked", "recorded", "not recorded"]

    def __str__(self) -> str:
        shown = {"ai": self.name, "tool": f"{self.name}({self.arguments})"}.get(self.kind, f"{self.kind} {self.name}")
        return shown if self.answered != "not recorded" else f"{shown}  not recorded"


class Used(Protocol):
    """What one model call used."""

    @property
    def model(self) -> str: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def latency_ms(self) -> int | None: ...


@dataclass(frozen=True)
class Course:
    """One side of a comparison. `cost` is in USD and None where no call has a known price; `unpriced` counts the calls without one.

    `stopped` says at which step it could not go on, since nobody knows what that step would have given.
    """

    model: str
    path: tuple[Visit, ...]
    state: str
    output: Any
    error: str | None
    stopped: str | None
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    unpriced: int
    latency_ms: int

    def as_json(self) -> dict[str, Any]:
        """As a JSON document; money is a plain decimal text."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("path", "cost")}
        path = [{"kind": one.kind, "name": one.name, "arguments": one.arguments, "answered": one.answered} for one in self.path]
        return plain | {"cost": None if self.cost is None else format(self.cost, "f"), "path": path}


def course(
    model: str, path: Sequence[Visit], end: tuple[str, Any, dict[str, Any] | None], used: Iterable[Used], stopped: str | None = None
) -> Course:
    """The course with its sums."""
    calls = list(used)
    known = [call.cost for call in calls if call.cost is not None]
    state, output, error = end
    return Course(
        model=model,
        path=tuple(path),
        state=state,
        output=output,
        error=None if error is None else f"{error.get('type')}: {error.get('message')}",
        stopped=stopped,
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cost=sum(known, Decimal(0)) if known else None,
        unpriced=len(calls) - len(known),
        latency_ms=sum(call.latency_ms or 0 for call in calls),
    )


def recorded_course(history: RunHistory) -> Course:
    """The run as it went."""
    steps = asked_steps(history)
    path = [Visit(step.kind, step.name, arguments_of(step), "asked" if step.kind == "ai" else "recorded") for step in steps]
    used = [call for step in history.steps for call in step.calls]
    models = dict.fromkeys(call.model for call in used) or dict.fromkeys(_model_of(step) for step in steps if step.kind == "ai")
    return course(", ".join(models), path, (history.state, history.output, history.error), used)


def arguments_of(step: RecordedStep) -> str:
    """The arguments in one line; nothing for a model call, whose prompt is long."""
    return in_line(None if step.kind == "ai" else step.input)


def in_line(value: Any) -> str:
    """JSON as one reads it in a list of steps."""
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return cut(", ".join(f"{name}={json.dumps(inner, ensure_ascii=False)}" for name, inner in value.items()))
    return "" if value is None else cut(json.dumps(value, ensure_ascii=False))


def _model_of(step: RecordedStep) -> str:
    return str(step.input.get("model")) if isinstance(step.input, dict) else "?"
