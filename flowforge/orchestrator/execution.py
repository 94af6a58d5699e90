"""One execution of a run: the function's code, replayed over what is stored and led on from there.

Everything durable goes through two doors: `durable` (a body whose result is checkpointed) and `wait` (something outside the run
settles it). Both take the step's key at call time and return a future. The execution counts what is in motion (bodies, commits,
looks); when nothing is, and something is waited for, it lets the run leave its worker (see `driver.py`).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.errors import InvalidInput, LeaseLost, ReplayMismatch, StepError, StepMisuse
from flowforge.orchestrator.branch import BRANCH, Branch
from flowforge.orchestrator.change import COMPLETED, FAILED, LARGE_BYTES, WAITING, Ack, Change, FrameRow, Lease
from flowforge.orchestrator.codec import PLAIN_CODEC, Codec, arguments_json, to_json, validate, well_formed
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.durable_step import DurableStep
from flowforge.orchestrator.failure import step_error
from flowforge.orchestrator.future import StepFuture
from flowforge.orchestrator.open_wait import OpenWait
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.step_scope import SCOPE
from flowforge.orchestrator.timers import Timers

if TYPE_CHECKING:
    from flowforge.clock import Clock
    from flowforge.orchestrator.change import Child, EventWait
    from flowforge.orchestrator.function import Function
    from flowforge.orchestrator.worker.host import Host

MAX_KEPT_INPUT = 64 * 1024
MAX_STEP_NAME = 200


class Execution:
    """A leased run on this worker."""

    def __init__(self, host: Host, lease: Lease, function: Function, facts: Mapping[str, Any], memo: dict[str, Any], now: datetime) -> None:
        self.host, self.lease, self.function = host, lease, function
        self.tenant_id: UUID = lease.tenant_id
        self.run_id: UUID = lease.run_id
        self.shown_id = ids.show("run", lease.run_id)
        self.function_id = function.function_id
        self.agent_id: UUID | None = facts["agent_id"]
        self.task_id: UUID | None = facts["task_id"]
        self.parent_run_id: UUID | None = facts["parent_run_id"]
        self.depth: int = facts["depth"]
        self.version: str | None = facts["version"]
        self.attempt: int = facts["attempt"]
        self.started_at: datetime = facts["started_at"]
        self.event: Event[Any] = facts["event"]
        self.clock: Clock = host.clock
        self.memo = memo
        self.consumed: set[UUID] = {facts["event_id"]} if facts["event_id"] else set()
        self.consumed.update(row["ref"] for row in memo.values() if row["kind"] == "wait_for_event" and row["ref"])
        self.seq: int = max(2, facts["seq"], *(row["seq"] for row in memo.values())) if memo else max(2, facts["seq"])
        self.loop = asyncio.get_running_loop()
        self.thread = threading.get_ident()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.bodies: set[asyncio.Task[Any]] = set()
        self.running: set[DurableStep] = set()
        self.unawaited: set[StepFuture[Any]] = set()
        self.waiting: dict[str, OpenWait] = {}
        self.timers = Timers(self)
        self.root_branch = Branch("", self._adopt)
        self.busy = 0  # bodies, commits and looks in motion
        self.door_open = True
        self.over = False  # nothing more will be written for this lease
        self.cancelling = False
        self.orderly = False  # the function vouches that whatever its tasks await follows from steps (an agent's loop does)
        self.on_change: Callable[[], None] = _nothing  # the driver wants to know when something moved
        self._frames: list[FrameRow] = []
        self._frames_scheduled = False
        self._identities: dict[str, int] = {}
        self._heard = (now, self.clock.monotonic())

    # ── what steps are made of ───────────────────────────────────────────────────────────────────────────────────────

    def durable(
        self,
        kind: str,
        name: str,
        body: Callable[[], Awaitable[Any]],
        *,
        input: Any = None,
        parent: str | None = None,
        options: StepOptions = StepOptions(),
        identity: str | None = None,
        announce: bool = False,
        codec: Codec = PLAIN_CODEC,
        effectful: bool = False,
    ) -> StepFuture[Any]:
        """A step with a body: runs it unless its result is recorded, checkpoints the result, then resolves.

        The key is branch scope + name + occurrence, or `name:identity` where the caller knows better what makes the step
        unique in its run. `input` is kept for people, and its hash guards replays. With `effectful` a row says "attempting"
        before the body begins; after a crash in between, somebody has to settle it. `announce` streams step.started at once.
        """
        future, key = self._open(name, identity)
        if not self.door_open:
            return future
        text, digest = _input(input)
        stored = self._recall(key, kind, name, digest)
        if stored is not None and stored["state"] in (COMPLETED, FAILED):
            self._replay(future, stored, codec.decode)
            return future
        step = DurableStep(self, future, key, name, kind, body, text, digest, parent, options, codec, announce, effectful)
        if stored is None:
            step.begin()
        else:
            step.resume(stored)
        return future

    def wait(
        self,
        kind: str,
        name: str,
        *,
        input: Any = None,
        ref: UUID | None = None,
        timeout: float | None = None,
        parent: str | None = None,
        identity: str | None = None,
        event: Callable[[str], EventWait] | None = None,
        child: Callable[[str], Child] | None = None,
        decode: Callable[[str], Any] = json.loads,
    ) -> StepFuture[Any]:
        """A step that something outside the run settles: a row says so, and the kind's `look` finds out (see `waits.py`).

        `timeout` in seconds from the commit on; the future then raises StepTimeout, or resolves to None for a sleep.
        """
        future, key = self._open(name, identity)
        if not self.door_open:
            return future
        text, digest = _input(input, whole=True)  # the kind's look reads it
        stored = self._recall(key, kind, name, digest)
        if stored is not None and stored["state"] in (COMPLETED, FAILED):
            self._replay(future, stored, lambda text, _tagged: decode(text))
            return future
        wait = OpenWait(self, future, key, name, kind, text, digest, ref, parent, decode)
        if stored is None:
            wait.begin(timeout, event(key) if event else None, child(key) if child else None)
        else:
            wait.resume(stored)
        return future

    def emit(self, name: str, data: dict[str, Any], *, shared: bool = True) -> None:
        """Put a frame on the run's stream (and, when `shared`, its agent's and task's), in order, with the next flush."""
        if self.over or not self.door_open:
            return
        self.seq += 1
        data = {"run": self.shown_id, **data}
        self._frames.append(FrameRow(self.seq, name, well_formed(json.dumps(data, ensure_ascii=False, default=str)), shared))
        if not self._frames_scheduled:
            self._frames_scheduled = True
            self.loop.call_soon(self._flush_frames)

    def emit_start(self) -> None:
        """Say that the run is being executed (again)."""
        if self.lease.fence > 1:
            self.emit("run.resumed", {"attempt": self.attempt, "memoized": len(self.memo)})
        self.emit_status("running")

    def emit_status(self, status: str) -> None:
        """The status of the agent whose run this is."""
        if self.agent_id is not None:
            task = ids.show("tsk", self.task_id) if self.task_id else None
            self.emit("agent.status", {"agent": ids.show("agt", self.agent_id), "status": status, "task": task})

    def typed_event(self, declared: Any) -> Event[Any]:
        """The event with its data as the type that the function declares. Raises InvalidInput when it does not fit."""
        try:
            data = validate(to_json(self.event.data), declared)
        except ValueError as error:
            raise InvalidInput(f"the data of {self.event.name} does not fit {declared!r}: {error}") from None
        return replace(self.event, data=data)

    # ── what the parts of an execution share ─────────────────────────────────────────────────────────────────────────

    def put(self, change: Change) -> None:
        """Give a change to the committer, with the frames that come before it."""
        if self._frames:
            change.frames, self._frames = [*self._frames, *change.frames], []
        self.busy += 1
        self.host.committer.put(change)

    async def store_large(self, text: str) -> UUID | None:
        """Write a large output ahead of the flush that will name it; None for one that the flush may carry."""
        if len(text) <= LARGE_BYTES:
            return None
        blob_id = ids.new_id()
        await self.host.write_blob(self.tenant_id, self.run_id, blob_id, text)
        return blob_id

    def heard(self, answer: Ack | BaseException) -> bool:
        """Take note of a commit's answer; False when the run is not ours any more."""
        self.busy -= 1
        if isinstance(answer, Ack):
            self._heard = (answer.now, self.clock.monotonic())
            if answer.cancel:
                self.cancel()
            elif answer.wake:
                self.look_again()
            return not self.over
        if isinstance(answer, LeaseLost):
            self.drop()
            return False
        return not self.over

    def database_now(self) -> datetime:
        """The database's time, reckoned from the last answer."""
        now, at = self._heard
        return now + timedelta(seconds=self.clock.monotonic() - at)

    @property
    def has_open_waits(self) -> bool:
        """Also such as the code, changed since, did not come by this time."""
        return bool(self.waiting) or any(row["state"] == WAITING for row in self.memo.values())

    def next_seq(self, count: int = 1) -> int:
        self.seq += count
        return self.seq

    def moved(self) -> None:
        self.on_change()

    def drop(self) -> None:
        """Another worker owns the run now: stop without a trace."""
        if not self.over:
            self.over, self.door_open = True, False
            self.host.dropped(self)
        self.on_change()

    def cancel(self) -> None:
        """Unwind the function; the driver then ends the run as cancelled."""
        if not self.cancelling and not self.over:
            self.cancelling = True
            self.on_change()

    def let_go(self) -> None:
        """The driver is done. Drop what refers back here: thousands of runs a second are not for the garbage collector to find."""
        self.over = True
        self.on_change = _nothing
        self.root_branch.adopt = _nothing
        self.waiting.clear()
        self.unawaited.clear()

    def look_again(self) -> None:
        """Something that the run waits for may have come."""
        for wait in list(self.waiting.values()):
            wait.look()

    def announce_slow_steps(self, seconds: float) -> None:
        """Let watchers see steps that are still running: a quick one is told when it ends."""
        now = self.clock.monotonic()
        for step in self.running:
            step.announce_if_slow(now - seconds)

    # ── privately ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, name: str, identity: str | None) -> tuple[StepFuture[Any], str]:
        self._check_caller(name)
        branch = BRANCH.get() or self.root_branch
        key = branch.key(name) if identity is None else self._identified(f"{name}:{identity}")
        future: StepFuture[Any] = StepFuture(loop=self.loop)
        future.step = name
        future.unawaited = self.unawaited
        self.unawaited.add(future)
        return future, key

    def _identified(self, key: str) -> str:
        n = self._identities[key] = self._identities.get(key, 0) + 1
        return key if n == 1 else f"{key}#{n}"

    def _check_caller(self, name: object) -> None:
        scope = SCOPE.get()
        if scope is not None:
            raise StepMisuse(
                f'step "{name}" is called inside step "{scope.name}"',
                hint="a step's body is plain code; call steps from the function itself, one after the other",
            )
        if threading.get_ident() != self.thread:
            raise StepMisuse(f'step "{name}" is called from another thread', hint="call steps in the function's own coroutine")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_STEP_NAME or not name.isprintable():
            raise StepMisuse(f"a step's name must be a text of 1 to {MAX_STEP_NAME} printable characters, not {name!r}"[:300])

    def _recall(self, key: str, kind: str, name: str, digest: int) -> Any:
        stored = self.memo.pop(key, None)
        if stored is None:
            return None
        if stored["kind"] != kind:
            raise ReplayMismatch(
                f'step "{name}" was recorded as {stored["kind"]} and is now {kind}',
                hint="give the changed step another name; runs in flight keep what they have recorded",
            )
        if stored["hash"] != digest:
            self._arguments_changed(key, name, reused=stored["reused"])
        return stored

    def _arguments_changed(self, key: str, name: str, *, reused: bool) -> None:
        if reused:  # somebody decided that its result stands
            self.emit(
                "log", {"level": "warning", "step": key, "message": "its result is reused, though it was recorded with other arguments"}
            )
            return
        if self.version is None or self.version == self.function.version:
            raise ReplayMismatch(
                f'step "{name}" ({key}) was recorded with other arguments',
                hint="a step's arguments must follow from the event and from earlier steps: move time, chance and reads into steps;"
                " if the code has changed, register it under a new version=",
            )
        self.emit("log", {"level": "warning", "step": key, "message": "replayed with other arguments than recorded, by another version"})

    def _replay(self, future: StepFuture[Any], stored: Any, decode: Callable[[str, bool], Any]) -> None:
        if stored["state"] == FAILED:
            future.set_exception(step_error(stored["name"], json.loads(stored["error"]), stored["attempt"]))
        elif stored["blob_id"] is not None:
            self._load(future, stored, decode)
        else:
            future.set_result(decode(stored["output"], stored["tagged"]))

    def _load(self, future: StepFuture[Any], stored: Any, decode: Callable[[str, bool], Any]) -> None:
        async def load() -> None:
            try:
                text = await self.host.read_blob(self.tenant_id, self.run_id, stored["blob_id"])
                if not future.done():
                    future.set_result(decode(text, stored["tagged"]))
            except Exception as error:  # noqa: BLE001 - its class is gone, or its row: the function must hear of it, not wait
                if not future.done():
                    future.set_exception(StepError(stored["name"], f"its stored result cannot be read: {error}"))
            finally:
                self.busy -= 1
                self.moved()

        self.busy += 1
        self.host.spawn(load())

    def _adopt(self, task: asyncio.Task[Any]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        self.on_change()

    def _flush_frames(self) -> None:
        self._frames_scheduled = False
        if self._frames and not self.over and self.door_open:
            self.put(Change(self.lease, self._frames_written))

    def _frames_written(self, answer: Ack | BaseException) -> None:
        if self.heard(answer):
            self.on_change()


def _nothing(*_: object) -> None:
    """In place of whoever is not there."""


def _input(value: Any, *, whole: bool = False) -> tuple[str | None, int]:
    """The arguments as kept for people, and their hash."""
    if value is None:
        return None, 0
    data = arguments_json(value)
    digest = int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)
    if len(data) > MAX_KEPT_INPUT and not whole:
        return json.dumps(f"({len(data)} bytes, not kept)"), digest
    return data.decode(), digest


EXECUTION: ContextVar[Execution | None] = ContextVar("flowforge_execution", default=None)


def current_execution() -> Execution:
    """The run that this code belongs to. Raises StepMisuse outside of one."""
    execution = EXECUTION.get()
    if execution is None:
        raise StepMisuse("no run is executing here", hint="call step.* inside a function registered with @flowforge.function")
    return execution
