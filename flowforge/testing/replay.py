"""Replaying recorded runs against the code of today, with no effects: does it still ask for what was recorded?

    report = await replay_history("histories/order.json", app)
    report.check()                               # raises ReplayDrift, and says which step drifted and how

The function's own code runs, between its steps; no body does, and nothing is written: there is no database here. A step must
be found under its key with the same kind and the same arguments, no step may be new, none left over, and the end must be the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from uuid import UUID

from pydantic import ValidationError

from flowforge import ids
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import FlowForgeError, InvalidInput, NotFound
from flowforge.orchestrator import branch
from flowforge.orchestrator.change import WAITING, Ack, Change, Child, End, Lease
from flowforge.orchestrator.codec import arguments_json
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.flow.share import Share
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.history import RecordedStep, RunHistory, shown_hash
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.states import STEP_STATES

if TYPE_CHECKING:
    from flowforge.orchestrator.future import StepFuture
    from flowforge.orchestrator.open_wait import OpenWait

Code = ModuleType | Callable[..., Any] | Registry

GRACE_SECONDS = 10.0  # for code between steps
SHOWN_CHARACTERS = 300
FAR = timedelta(days=36500)
_QUIESCENT = ("sleeping", "waiting")  # the code had asked for all that it could


@dataclass(frozen=True)
class Drift:
    """One difference: what was recorded and what the code asks now, each None where there is nothing."""

    what: Literal["new step", "step not asked for", "other kind", "other arguments", "other end"]
    step: str | None
    recorded: str | None
    now: str | None

    def __str__(self) -> str:
        where = f" {self.step!r}" if self.step else ""
        return f"{self.what}{where}\n    recorded: {self.recorded or '-'}\n    now:      {self.now or '-'}"


class ReplayDrift(FlowForgeError):
    """The code would not go on with these runs as they were recorded. `reports` holds every difference."""

    def __init__(self, reports: tuple[ReplayReport, ...]) -> None:
        super().__init__(
            "\n".join(str(report) for report in reports),
            hint="give what has changed another step name, or register the function under a new version= and let old runs end first",
        )
        self.reports = reports


@dataclass(frozen=True)
class ReplayReport:
    """How one replay went: the number of recorded steps that were found as recorded, and every difference."""

    run: str
    function: str
    found: int
    drifts: tuple[Drift, ...]

    def check(self) -> None:
        """Raises ReplayDrift unless the code does what was recorded."""
        if self.drifts:
            raise ReplayDrift((self,))

    def __str__(self) -> str:
        head = f"{self.function} {ids.label(self.run)}: {self.found} step{'' if self.found == 1 else 's'} as recorded"
        return head + "".join(f"\n  {drift}" for drift in self.drifts)


async def replay_history(history: RunHistory | Mapping[str, Any] | str | Path, *code: Code) -> ReplayReport:
    """Replay a run's history: a file as `GET /v1/runs/{id}/history` gives it, its content, or what `forge.history` returned.

    `code`: modules, registered functions or registries; without any, whatever is registered. A single function stands for the
    recorded one under whichever id. Raises NotFound when the code has no such function, InvalidInput for what is no history.
    """
    read = read_history(history)
    registry = _registry_of(code)
    function = registry.get(read.function)
    if function is None and len(code) == 1 and callable(code[0]):
        function = Function(read.function, code[0])
        registry.add(function)
    if function is None:
        raise NotFound("registered function", read.function, [known.function_id for known in registry])
    return await _Replay(read, function, registry).report()


def read_history(history: RunHistory | Mapping[str, Any] | str | Path) -> RunHistory:
    """The history in a file or a document. Raises InvalidInput."""
    if isinstance(history, RunHistory):
        return history
    try:
        if isinstance(history, Mapping):
            return RunHistory.model_validate_json(json.dumps(history))
        return RunHistory.model_validate_json(Path(history).read_bytes())
    except ValidationError as error:
        name = "this" if isinstance(history, Mapping) else str(history)
        raise InvalidInput(f"{name} is no run's history: {error}", hint="write it with  GET /v1/runs/{id}/history") from None


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


class _Replay:
    """The host of one execution that may read what is recorded and do nothing else."""

    def __init__(self, history: RunHistory, function: Function, registry: Registry) -> None:
        self.history, self.function, self.registry = history, function, registry
        self.drifts: list[Drift] = []
        self.found = 0
        self.end: End | None = None
        self.now = history.started_at or history.event.received_at
        self.database: Any = _NoDatabase()
        self.bell, self.clock, self.backoff = Bell(), SYSTEM_CLOCK, Backoff(0.0)
        self.committer: Any = self
        self.looker: Any = self
        self.compactor: Any = None  # nothing is said
        self.linger_seconds, self.quiet_seconds, self.grace_seconds = 0.0, 0.005, 1.0
        self.always_suspend, self.may_start = False, True
        self.share, self.worker_id = Share(), ids.new_id()
        self.step_slots: Any = None  # no body begins

    async def report(self) -> ReplayReport:
        import flowforge.orchestrator.worker.worker  # noqa: F401 - it and the driver know each other; this order works
        from flowforge.orchestrator.driver import Driver

        branch.install(asyncio.get_running_loop())
        execution = _Replaying(self)
        driver = Driver(execution)
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                await driver.run()
            self._compare_ends()
        except TimeoutError:
            self._drift("other end", None, self._recorded_end(), f"after {GRACE_SECONDS:g} s it still awaits something that is no step")
        self._name_leftovers(execution)
        return ReplayReport(self.history.id, self.history.function, self.found, tuple(self.drifts))

    def asked(self, key: str, kind: str, name: str, digest: int, input: Any, stored: RecordedStep | None) -> bool:
        """The code asks for a step; whether it gets what is recorded."""
        now = f"{kind} {_arguments(input)}"
        if stored is None:
            if self.history.state in ("completed", "failed", *_QUIESCENT):
                self._drift("new step", key, None, now)
            return False
        recorded = f"{stored.kind} {_shown(stored.input)}"
        if stored.kind != kind:
            self._drift("other kind", key, recorded, now)
            return False
        if stored.hash != shown_hash(digest):
            self._drift("other arguments", key, recorded, now)
        else:
            self.found += 1
        return stored.state in ("completed", "failed")

    # ── what an execution wants of its worker ────────────────────────────────────────────────────────────────────────

    def put(self, change: Change) -> None:
        """Take note of an end; whatever else would be written is not."""
        self.end = change.end or self.end
        asyncio.get_running_loop().call_soon(change.settle, Ack(self.now, False, False))

    def submit(self, wait: OpenWait, final: bool) -> None:
        asyncio.get_running_loop().call_soon(wait.looked, None, final)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        branch.outside(work)

    def dropped(self, execution: Execution) -> None: ...

    def ending(self, execution: Execution) -> None: ...

    def child_made(self, child: Child) -> None: ...

    def child_ended(self, execution: Execution) -> None: ...

    async def cancelled_by(self, execution: Execution) -> tuple[str | None, dict[str, Any] | None]:
        return None, None

    async def until_may_start(self) -> None: ...

    async def write_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID, text: str) -> None:
        self.large_output = text

    async def read_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID) -> str:
        raise AssertionError("a history holds its large outputs itself")

    # ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _compare_ends(self) -> None:
        history, end = self.history, self.end
        if history.state not in ("completed", "failed"):
            return
        if end is None:
            if not self.drifts:  # else it stopped at the step that is named already
                self._drift("other end", None, self._recorded_end(), "it waits for something that is not recorded")
            return
        error = json.loads(end.error) if end.error else None
        output = json.loads((self.large_output if end.blob_id is not None else end.output) or "null") if end.state == "completed" else None
        same_error = error is None or history.error is None or _essence(error) == _essence(history.error)
        if end.state != history.state or output != (history.output if history.state == "completed" else None) or not same_error:
            self._drift("other end", None, self._recorded_end(), _shown_end(end.state, output, error))

    def _name_leftovers(self, execution: Execution) -> None:
        """What was recorded and not asked for; not where the course ended early, at a difference that is named already."""
        if any(drift.what != "other arguments" for drift in self.drifts):
            return
        for key, row in execution.memo.items():
            self._drift("step not asked for", key, f"{row['kind']} {_shown(row['recorded'].input)}, {row['recorded'].state}", None)

    def _drift(self, what: Any, step: str | None, recorded: str | None, now: str | None) -> None:
        self.drifts.append(Drift(what, step, recorded, now))

    def _recorded_end(self) -> str:
        return _shown_end(self.history.state, self.history.output, self.history.error)


class _Replaying(Execution):
    """An execution in which every step that is not recorded stays pending."""

    def __init__(self, replay: _Replay) -> None:
        history = replay.history
        self._replaying = replay
        self._input: Any = None
        run_id = ids.parse("run", history.id) or ids.new_id()
        event: Event[Any] = Event(history.event.id, history.event.name, history.event.data, history.event.received_at)
        events = tuple(Event.from_fields(one) for one in history.event.data) if history.batch else (event,)
        facts = {
            "agent_id": None,
            "task_id": None,
            "parent_run_id": None,
            "depth": history.depth,
            "version": history.version,
            "attempt": history.attempt,
            "event_id": None,
            "started_at": replay.now,
            "event": events[0],
            "events": events,
            "weight": 1.0,
            "seq": 0,
        }
        memo = {step.key: _row(step) for step in history.steps}
        lease = Lease(ids.DEFAULT_TENANT, run_id, 1, history.function)
        super().__init__(replay, lease, replay.function, facts, memo, replay.now)

    def durable(self, kind: str, name: str, *args: Any, input: Any = None, **options: Any) -> StepFuture[Any]:
        self._input = input
        return super().durable(kind, name, *args, input=input, **options)

    def wait(self, kind: str, name: str, *, input: Any = None, **options: Any) -> StepFuture[Any]:
        self._input = input
        return super().wait(kind, name, input=input, **options)

    def recall(self, key: str, kind: str, name: str, digest: int) -> Any:
        row = self.memo.pop(key, None)
        recorded = None if row is None else row["recorded"]
        if self._replaying.asked(key, kind, name, digest, self._input, recorded):
            return row
        self.loop.call_soon(self.moved)  # the driver looks whether anything is left to happen
        now = self._replaying.now
        pending = {"state": WAITING, "attempt": 1, "failures": None, "announced": True, "ref": None, "started_at": now}
        return {**pending, "due": now + FAR}  # waits for its next attempt, or to time out, for a century


def _row(step: RecordedStep) -> dict[str, Any]:
    return {
        "recorded": step,
        "key": step.key,
        "name": step.name,
        "kind": step.kind,
        "state": STEP_STATES.index(step.state),
        "attempt": step.attempt,
        "seq": 0,
        "output": json.dumps(step.output, ensure_ascii=False),
        "blob_id": None,
        "tagged": step.tagged,
        "error": json.dumps(step.error or {}),
        "ref": step.ref,
    }


class _NoDatabase:
    def __getattr__(self, name: str) -> NoReturn:
        raise FlowForgeError("a replay touches no database", hint="code between steps must not read one: move that into a step")


def _arguments(value: Any) -> str:
    return _cut("without arguments" if value is None else arguments_json(value).decode(errors="replace"))


def _shown(value: Any) -> str:
    return _cut("without arguments" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _shown_end(state: str, output: Any, error: dict[str, Any] | None) -> str:
    if error is not None:
        return _cut(f"{state}: {error.get('type')}: {error.get('message')}")
    return _cut(f"{state}: {json.dumps(output, ensure_ascii=False)}") if state == "completed" else state


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _essence(error: Mapping[str, Any]) -> tuple[Any, Any]:
    return error.get("type"), error.get("message")
