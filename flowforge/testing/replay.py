"""Replaying recorded runs against the code of today, with no effects: does it still ask for what was recorded?

    report = await replay_history("histories/order.json", app)
    report.check()                               # raises ReplayDrift, and says which step drifted and how

The function's own code runs, between its steps; no body does, and nothing is written: there is no database here. A step must
be found under its key with the same kind and the same arguments, no step may be new, none left over, and the end must be the same.

With `asking=True` the AI steps run too: prompts are built, "sent", and the recorded answers are read by the schemas and guards of
today. Whatever else the run did is answered from the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.change import COMPLETED, Change, StepRow
from flowforge.orchestrator.codec import arguments_json
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.history import RecordedStep, RunHistory, shown_hash
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.testing.closed_network import closed_network
from flowforge.testing.drift import (
    Drift,
    ReplayDrift,
    ReplayReport,
    asked_steps,
    difference,
    is_settlement,
    shown,
    shown_arguments,
    shown_end,
)
from flowforge.testing.record_host import AskedStep, RecordHost, Replaying
from flowforge.testing.recorded_model import RecordedModel, calls_go_to_hosts, is_turn

Code = ModuleType | Callable[..., Any] | Registry

BUILTIN = "flowforge.agent"
GRACE_SECONDS = 10.0  # for code between steps
_QUIESCENT = ("sleeping", "waiting")  # the code had asked for all that it could
_GOES_ON = ("other arguments", "other answer", "reached out")  # differences after which the course is still the recorded one
_OF_THE_MOMENT = ("timestamp", "metadata")  # in a turn's checkpoint: when it was answered, and how long it took


async def replay_history(history: RunHistory | Mapping[str, Any] | str | Path, *code: Code, asking: bool = False) -> ReplayReport:
    """Replay a run's history: a file as `GET /v1/runs/{id}/history` gives it, its content, or what `forge.history` returned.

    `code`: modules, registered functions or registries; without any, whatever is registered. A single function stands for the
    recorded one under whichever id. `asking`: let AI steps build and read their model calls anew, answered from the record. Raises
    NotFound when the code has no such function, InvalidInput for what is no history.
    """
    read = read_history(history)
    return await _Replay(read, *code_of(read, code), asking).report()


def read_history(history: RunHistory | Mapping[str, Any] | str | Path) -> RunHistory:
    """The history in a file or a document. Raises InvalidInput."""
    if isinstance(history, RunHistory):
        return history
    try:
        if isinstance(history, Mapping):
            return RunHistory.model_validate_json(json.dumps(history))
        return RunHistory.model_validate_json(Path(history).read_bytes())
    except FileNotFoundError:
        raise NotFound("history", str(history)) from None
    except ValidationError as error:
        name = "this" if isinstance(history, Mapping) else str(history)
        raise InvalidInput(f"{name} is no run's history: {error}", hint="write it with  GET /v1/runs/{id}/history") from None


def code_of(history: RunHistory, code: tuple[Code, ...]) -> tuple[Function, Registry]:
    """The function that the history is one of, and the registry that it lies in. Raises NotFound."""
    registry = _registry_of(code)
    function = registry.get(history.function)
    if function is None and len(code) == 1 and callable(code[0]):
        function = Function(history.function, code[0])
        registry.add(function)
    if function is None and history.function == BUILTIN:
        from flowforge.agents.work import register_builtin

        register_builtin(registry)
        function = registry.get(history.function)
    if function is None:
        raise NotFound("registered function", history.function, [known.function_id for known in registry])
    return function, registry


def _registry_of(code: tuple[Code, ...]) -> Registry:
    made = Registry()
    for part in code or (REGISTRY,):
        known = part if isinstance(part, Registry) else REGISTRY
        for function in known:
            if isinstance(part, Registry) or function.handler is part or (isinstance(part, ModuleType) and _is_inside(part, function)):
                made.add(function)
    return made


def _is_inside(module: ModuleType, function: Function) -> bool:
    own = str(getattr(function.handler, "__module__", ""))
    return own == module.__name__ or own.startswith(f"{module.__name__}.")


class _Replay(RecordHost):
    """Compares what the code asks with the record, step by step."""

    def __init__(self, history: RunHistory, function: Function, registry: Registry, asking: bool) -> None:
        super().__init__(history, function, registry)
        self.asking = asking
        self.drifts: list[Drift] = []
        self.found = 0
        self._met: set[str] = set()
        self._new: list[str] = []
        self._again: dict[str, RecordedStep] = {}  # steps whose model calls are made again
        self._spoilt: set[str] = set()  # those that failed this time
        self.model = self._recorded = RecordedModel(self._again)

    async def report(self) -> ReplayReport:
        with ExitStack() as around:
            if self.asking:
                around.enter_context(calls_go_to_hosts())
                around.enter_context(closed_network())
            try:
                async with self.executed(GRACE_SECONDS) as execution:
                    self._compare_ends()
            except TimeoutError:
                late = f"after {GRACE_SECONDS:g} s it still awaits something that is no step"
                self._drift("other end", None, self._recorded_end(), late)
            else:
                self._name_leftovers(execution)
        path = [f"{step.kind} {step.key}" for step in asked_steps(self.history) if step.key in self._met] + self._new
        state, output, error = self.ended or (self.history.state if self.history.state in _QUIESCENT else None, None, None)
        about = (self.history.id, self.history.function, self.found, tuple(self.drifts))
        return ReplayReport(*about, path, state, output, error, len(self._recorded.asked))

    def answer(self, execution: Replaying, asked: AskedStep, row: Any) -> Any:
        """The recorded row; nothing for an AI step that is asked again; an open row for what is not recorded."""
        if not self._is_recorded(asked, None if row is None else row["recorded"]):
            return execution.pending()
        step: RecordedStep = row["recorded"]
        if self.asking and step.kind == "ai" and step.state == "completed":
            self._again[step.key] = step
            return None
        return row

    def _is_recorded(self, asked: AskedStep, stored: RecordedStep | None) -> bool:
        """The code asks for a step; whether it gets what is recorded."""
        now = f"{asked.kind} {shown_arguments(asked.input)}"
        if stored is None:
            if self.history.state in ("completed", "failed", *_QUIESCENT):
                self._new.append(f"{asked.kind} {asked.key}")
                self._drift("new step", asked.key, None, now)
            return False
        self._met.add(asked.key)
        recorded = f"{stored.kind} {shown(stored.input)}"
        if stored.kind != asked.kind:
            self._drift("other kind", asked.key, recorded, now)
            return False
        if stored.hash and stored.hash != shown_hash(asked.hash):
            given = json.loads(arguments_json(asked.input))
            self._drift("other arguments", asked.key, recorded, now, difference(stored.input, given))
        else:
            self.found += 1
        return stored.state in ("completed", "failed")

    def put(self, change: Change) -> None:
        if change.step is not None and change.step.key in self._again:
            self._compare_answer(change.step, self._again[change.step.key])
        super().put(change)

    def reached_out(self, what: str) -> None:
        """Code between steps tries to use the network."""
        self._drift("reached out", None, None, what)

    # ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _compare_answer(self, row: StepRow, recorded: RecordedStep) -> None:
        """Is what the code of today makes of the recorded reply what was made of it then?"""
        if row.key in self._spoilt:
            return
        if row.error is not None:
            self._spoilt.add(row.key)  # it is tried again, in vain: there is one answer
            error = json.loads(row.error)
            self._drift("other answer", row.key, shown(recorded.output), f"{error.get('type')}: {error.get('message')}")
        elif row.state == COMPLETED:
            now = self.stored(row.output, row.blob_id)
            if _essential(now) != _essential(recorded.output):
                self._drift("other answer", row.key, shown(recorded.output), shown(now), difference(recorded.output, now))

    def _compare_ends(self) -> None:
        history = self.history
        if history.state not in ("completed", "failed"):
            return
        if self.ended is None:
            if not self.drifts:  # else it stopped at the step that is named already
                self._drift("other end", None, self._recorded_end(), "it waits for something that is not recorded")
            return
        state, output, error = self.ended
        same_error = error is None or history.error is None or _essence(error) == _essence(history.error)
        if state != history.state or output != (history.output if history.state == "completed" else None) or not same_error:
            self._drift("other end", None, self._recorded_end(), shown_end(state, output, error))

    def _name_leftovers(self, execution: Replaying) -> None:
        """What was recorded and not asked for; not where the course ended early, at a difference that is named already."""
        if any(drift.what not in _GOES_ON for drift in self.drifts):
            return
        for key, row in execution.memo.items():
            if not is_settlement(row["kind"], row["name"]):
                self._drift("step not asked for", key, f"{row['kind']} {shown(row['recorded'].input)}, {row['recorded'].state}", None)

    def _drift(self, what: Any, step: str | None, recorded: str | None, now: str | None, difference: str | None = None) -> None:
        self.drifts.append(Drift(what, step, recorded, now, difference))

    def _recorded_end(self) -> str:
        return shown_end(self.history.state, self.history.output, self.history.error)


def _essence(error: Mapping[str, Any]) -> tuple[Any, Any]:
    return error.get("type"), error.get("message")


def _essential(output: Any) -> Any:
    return {name: value for name, value in output.items() if name not in _OF_THE_MOMENT} if is_turn(output) else output


__all__ = ["Code", "Drift", "ReplayDrift", "ReplayReport", "code_of", "read_history", "replay_history"]
