"""The same run with another model: every model call is made again, for real, and nothing else is.

    comparison = await compare_run(history, app, models=["claude-sonnet-4.5"])
    print(comparison.original.cost, comparison.others[0].cost)

Tools and steps are answered from the record where their name and arguments are the recorded ones. Where they are not, they are not
executed: a tool call fails with a sentence that the model reads, and a plain step ends the comparison there, since nobody knows what
it would have given. Nothing is written, no tool runs, no event is sent, nobody is asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.change import COMPLETED, FAILED, Change
from flowforge.orchestrator.codec import arguments_json
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.history import RecordedStep, RunHistory, shown_hash
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelClient, ModelReply, ModelRequest, OnDelta
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.testing.course import Course, Visit, course, in_line, recorded_course
from flowforge.testing.record_host import AskedStep, RecordHost, Replaying, row_of
from flowforge.testing.recorded_model import calls_go_to_hosts, outside_client
from flowforge.testing.replay import Code, code_of, read_history

if TYPE_CHECKING:
    from flowforge.orchestrator.models.usage import Usage

COURSE_SECONDS = 1800.0  # one model's way through the run
RETRY_SECONDS = 60.0  # how long a delay before a further attempt may be, to be waited for
_OWN_KINDS = ("agent", "board")  # of an agent's run: reading its definition, handing in


@dataclass(frozen=True)
class Comparison:
    """The run as it was recorded, and its course with each other model."""

    run: str
    function: str
    original: Course
    others: tuple[Course, ...]


async def compare_run(
    history: RunHistory | Mapping[str, Any] | str | Path,
    *code: Code,
    models: Sequence[str],
    client: ModelClient | None = None,
    seconds: float = COURSE_SECONDS,
) -> Comparison:
    """Take the run's course with each of the models, side by side. Calls cost what calls cost.

    `code` as in `replay_history`; `client` makes the calls, the process's own unless given. A model that fails is a course that
    failed, not an error here. Raises NotFound when the code has no such function, InvalidInput for a run without model calls.
    """
    read = read_history(history)
    if not any(step.kind == "ai" for step in read.steps):
        raise InvalidInput("this run asked no model", hint="there is nothing that another one could answer")
    if not models:
        raise InvalidInput("name a model to compare with", pointer="/models")
    function, registry = code_of(read, code)
    asked = client or outside_client()
    with calls_go_to_hosts():
        others = await asyncio.gather(*(_Trial(read, function, registry, model, asked).course(seconds) for model in models))
    return Comparison(read.id, read.function, recorded_course(read), tuple(others))


class _Trial(RecordHost):
    """One course with another model."""

    def __init__(self, history: RunHistory, function: Function, registry: Registry, model: str, client: ModelClient) -> None:
        super().__init__(history, function, registry)
        self.model = self._other = _OtherModel(model, client)
        self.backoff, self.linger_seconds = Backoff(), RETRY_SECONDS
        self._unused = {step.key: step for step in history.steps}
        self._visits: list[Visit] = []
        self._used: list[Usage] = []
        self._stopped: str | None = None

    async def course(self, seconds: float) -> Course:
        try:
            async with self.executed(seconds):
                pass
        except TimeoutError:
            self._stopped = f"it had not ended after {seconds:g} s"
        end = self.ended or ("stopped", None, None)
        return course(self._other.name, self._visits, end, self._used, self._stopped if self.ended is None else None)

    def answer(self, execution: Replaying, asked: AskedStep, row: Any) -> Any:
        """Models are asked; what is recorded is given; what is not is refused, passed over, or the end of it."""
        if asked.kind == "now":
            return row
        if asked.kind == "ai":
            self._visit(asked, "asked")
            return None
        step = self._recorded(asked, None if row is None else row["recorded"])
        if step is not None and step.state in ("completed", "failed"):
            self._unused.pop(step.key, None)
            self._visit(asked, "recorded")
            return row_of(step)
        return self._without_record(execution, asked)

    def put(self, change: Change) -> None:
        self._used.extend(row.usage for row in change.usage)
        super().put(change)

    # ── what is not recorded ─────────────────────────────────────────────────────────────────────────────────────────

    def _without_record(self, execution: Replaying, asked: AskedStep) -> Any:
        if asked.kind == "sleep" or asked.kind in _OWN_KINDS:
            self._visit(asked, "recorded")
            return _made_up(asked, COMPLETED, "null")
        self._visit(asked, "not recorded")
        if asked.kind == "tool":
            error = {"type": "NotRecorded", "message": self._why_not(asked)}
            return _made_up(asked, FAILED, error=json.dumps(error))
        if asked.kind == "approve" and asked.parent is not None:  # of a tool call: the model reads why it did not run
            denied = {"approved": False, "arguments": {}, "reason": self._why_not(asked), "decided_by": "the comparison"}
            return _made_up(asked, COMPLETED, json.dumps(denied))
        if self._stopped is None:
            self._stopped = f"it ended at the {asked.kind} step {asked.name!r}: {self._why_not(asked)}"
        return execution.pending()

    def _why_not(self, asked: AskedStep) -> str:
        name = asked.name.removeprefix("approve ") if asked.kind == "approve" else asked.name
        there = any(step.kind == asked.kind and step.name == asked.name for step in self.history.steps)
        return f"not recorded: {name} was called with other arguments" if there else f"not recorded: {name} was not called then"

    def _recorded(self, asked: AskedStep, at_its_key: RecordedStep | None) -> RecordedStep | None:
        """The recorded step that this one is: by its key or, since another model calls in another order, by name and arguments."""
        if asked.kind in _OWN_KINDS:
            return at_its_key
        others = [step for step in self._unused.values() if step is not at_its_key]
        if not asked.effectful:  # what only reads would read the same again
            others += self.history.steps
        candidates = [*([] if at_its_key is None or at_its_key.key not in self._unused else [at_its_key]), *others]
        return next((step for step in candidates if _is_same(step, asked)), None)

    def _visit(self, asked: AskedStep, answered: Any) -> None:
        given = None if asked.kind == "ai" or asked.input is None else json.loads(arguments_json(asked.input))
        self._visits.append(Visit(asked.kind, asked.name, in_line(given), answered))


class _OtherModel:
    """The client, with every request addressed to one model."""

    def __init__(self, name: str, client: ModelClient) -> None:
        self.name, self._client = name, client

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        return await self._client.complete(request.model_copy(update={"model": self.name}), on_delta)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        return await self._client.embed(request)

    async def close(self) -> None:
        return None


def _is_same(step: RecordedStep, asked: AskedStep) -> bool:
    if (step.kind, step.name) != (asked.kind, asked.name):
        return False
    if asked.kind == "approve":  # the reason quotes the model, which says it in other words
        return isinstance(step.input, dict) and bool(step.input.get("arguments") == asked.input["arguments"])
    return step.hash in ("", shown_hash(asked.hash))


def _made_up(asked: AskedStep, state: int, output: str | None = None, error: str | None = None) -> dict[str, Any]:
    """A row as it would stand in a record that held this step."""
    row = {"key": asked.key, "name": asked.name, "kind": asked.kind, "state": state, "attempt": 1, "seq": 0, "output": output}
    return row | {"blob_id": None, "tagged": False, "error": error, "ref": None, "parent": asked.parent}


__all__ = ["Comparison", "compare_run"]
