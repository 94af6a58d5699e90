"""One execution of a run: the function's code, replayed over what is stored and led on from there.

Everything durable goes through two doors: `durable` (a body whose result is checkpointed) and `wait` (something outside the run
settles it). Both take the step's key at call time and return a future. The execution counts what is in motion (bodies, commits,
looks); when nothing is, and something is waited for, it lets the run leave its worker (see `driver.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.errors import LeaseLost, SecretExposed
from flowforge.orchestrator.arguments import MAX_KEPT_INPUT, kept, kept_and_digest
from flowforge.orchestrator.branch import Branch
from flowforge.orchestrator.change import COMPLETED, LARGE_BYTES, WAITING, Ack, Change, Lease
from flowforge.orchestrator.codec import PLAIN_CODEC, Codec
from flowforge.orchestrator.compound_step import CompoundStep
from flowforge.orchestrator.context import Event
from flowforge.orchestrator.durable_step import DurableStep
from flowforge.orchestrator.fan_out import FanOut
from flowforge.orchestrator.frames import Frames, Spans
from flowforge.orchestrator.future import StepFuture
from flowforge.orchestrator.open_wait import OpenWait
from flowforge.orchestrator.recorded import Progress
from flowforge.orchestrator.replay import give, is_settled, let_go_below, recall, rows_below, taken_events
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.step_keys import StepKeys
from flowforge.orchestrator.timers import Timers
from flowforge.secrets.opened import OPENED

if TYPE_CHECKING:
    from flowforge.clock import Clock
    from flowforge.orchestrator.change import Child, EventWait
    from flowforge.orchestrator.function import Function
    from flowforge.orchestrator.worker.host import Host


class Execution:
    """A leased run on this worker."""

    skips_to_snapshots = True  # who compares an execution with what is recorded wants to see every step
    under_rules = True  # of its tenant: calls of tools are judged by them; a record knows what was judged

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
        self.test: bool = facts.get("test", False)
        self.version: str | None = facts["version"]
        self.attempt: int = facts["attempt"]
        self.started_at: datetime = facts["started_at"]
        self.event: Event[Any] = facts["event"]
        self.events: tuple[Event[Any], ...] = facts["events"]
        self.weight: float = facts["weight"]  # its tenant's share
        self.clock: Clock = host.clock
        self.memo = memo
        self.consumed: set[UUID] = {facts["event_id"]} if facts["event_id"] else set()
        self.consumed.update(event_id for row in memo.values() for event_id in taken_events(row))
        self.frames = Frames(max(2, facts["seq"], *(row["seq"] for row in memo.values())), self.tenant_id)
        self.loop = asyncio.get_running_loop()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.bodies: set[asyncio.Task[Any]] = set()
        self.running: set[DurableStep] = set()
        self.unawaited: set[StepFuture[Any]] = set()
        self.waiting: dict[str, OpenWait] = {}
        self.timers = Timers(self)
        self.progress = Progress(self)
        self.root_branch = Branch("", self.adopt)
        self.keys = StepKeys(self.root_branch, self.tenant_id)
        self.children = 0  # runs that its code has invoked so far
        self.busy = 0  # bodies, commits and looks in motion
        self.door_open = True
        self.over = False  # nothing more will be written for this lease
        self.cancelling: bool = facts.get("cancel", False)
        self.reaching = self.cancelling  # on the way to where it is to be unwound: what is not recorded does not begin
        self.cancelled_at: int | None = None  # the stream's number at which it was, where an earlier execution got that far
        self.giving_back = False  # it has recorded a step, and hands it on only in a replay (`always_suspend`)
        self.orderly = False  # the function vouches that whatever its tasks await follows from steps (an agent's loop does)
        self.orderly_tasks: set[asyncio.Task[Any]] = set()  # as those of a compound step do, whatever the function does beside it
        self.on_change: Callable[[], None] = _nothing  # the driver wants to know when something moved
        self._abandoned = False
        self._frames_scheduled = False
        self.leased_at = self.clock.monotonic()
        self._heard = (now, self.leased_at)

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
        text, digest = kept_and_digest(input)
        stored = self.recall(key, kind, name, digest) if self.memo else None
        if stored is not None and is_settled(stored) and not self.came_later(stored):
            give(self, future, stored, codec.decode)
            return future
        if self.reaching:
            self._keep(key, stored)
            return future
        effectful = effectful or options.on_uncertain == "fail"
        step = DurableStep(self, future, key, name, kind, body, self.kept(text), digest, parent, options, codec, announce, effectful)
        if stored is None:
            step.begin()
        else:
            step.resume(stored)
        return future

    def compound(
        self, kind: str, name: str, body: Callable[[str], Awaitable[Any]], *, input: Any = None, codec: Codec = PLAIN_CODEC
    ) -> StepFuture[Any]:
        """A step made of steps: `body` gets its key and calls steps, each of which is recorded; once its own result is, a replay
        looks at none of them. Steps that it names by an identity have keys below its own."""
        future, key = self._open(name, None)
        if not self.door_open:
            return future
        text, digest = kept_and_digest(input)
        stored = self.recall(key, kind, name, digest) if self.memo else None
        if stored is not None and is_settled(stored) and not self.came_later(stored):
            let_go_below(self.memo, self._below, key)
            give(self, future, stored, codec.decode)
            return future
        if self.reaching:
            self._keep(key, stored)
        CompoundStep(self, future, key, name, kind, body, self.kept(text), digest, codec).begin(stored)
        return future

    def wait(
        self,
        kind: str,
        name: str,
        *,
        input: Any = None,
        ref: UUID | None = None,
        timeout: float | None = None,
        until: datetime | None = None,
        parent: str | None = None,
        identity: str | None = None,
        events: Callable[[str], Sequence[EventWait]] | None = None,
        child: Callable[[str], Child] | None = None,
        decode: Callable[[str], Any] = json.loads,
        guard: Any = None,
    ) -> StepFuture[Any]:
        """A step that something outside the run settles: a row says so, and the kind's `look` finds out (see `waits.py`).

        `timeout` in seconds from the commit on, or `until` a moment; the future then raises StepTimeout, or resolves to None
        for a sleep. `guard` is what a replay must come by with again, where that is not the whole input.
        """
        future, key = self._open(name, identity)
        if not self.door_open:
            return future
        text, digest = kept_and_digest(input)  # the whole of it: the kind's look reads it
        if guard is not None:
            _, digest = kept_and_digest(guard)
        self.keep_secrets_out(text, f"what step {name!r} was given")
        stored = self.recall(key, kind, name, digest)
        if is_settled(stored) and not self.came_later(stored):
            give(self, future, stored, lambda text, _tagged: decode(text))
            return future
        if self.reaching:
            self._keep(key, stored)
            return future
        wait = OpenWait(self, future, key, name, kind, text, digest, ref, parent, decode, until)
        if stored is None:
            wait.begin(timeout, events(key) if events else (), child(key) if child else None)
        else:
            wait.resume(stored)
        return future

    def map(
        self,
        name: str,
        items: Sequence[Any],
        body: Callable[[Any], Callable[[], Awaitable[Any]]],
        *,
        codec: Codec,
        options: StepOptions,
        concurrency: int,
        return_exceptions: bool,
    ) -> StepFuture[Any]:
        """A step for each item, `concurrency` of them in motion at most; resolves to the list of their results."""
        keys = self.keys.of_items(name, len(items))
        future = self._future(name)
        if self.door_open:
            FanOut(self, future, name, keys, items, body, codec, options, concurrency, return_exceptions).begin()
        return future

    def emit(self, name: str, data: dict[str, Any], *, shared: bool = True) -> None:
        """Put a frame on the run's stream (and, when `shared`, its agent's and task's), in order, with the next flush."""
        if self.over or not self.door_open:
            return
        self.frames.say(name, {"run": self.shown_id, **data}, shared)
        if not self._frames_scheduled:
            self._frames_scheduled = True
            self.loop.call_soon(self._flush_frames)

    # ── what the parts of an execution share ─────────────────────────────────────────────────────────────────────────

    def put(self, change: Change) -> None:
        """Give a change to the committer, with the frames that come before it."""
        if self.frames:
            change.frames = [*self.frames.take(), *change.frames]
        if change.step is not None and change.step.state >= COMPLETED and (spent := self.frames.take_spent(change.step.key)):
            change.settle = self._compacting(change.settle, spent)
        self.busy += 1
        self.host.committer.put(change)

    def kept(self, text: str | None, limit: int = MAX_KEPT_INPUT) -> str | None:
        """What a step was given as it is stored for people: not all of a long text, and no secret."""
        found = kept(text, limit)
        return None if found is None else OPENED.hide(found, self.tenant_id)

    def keep_secrets_out(self, text: str | None, what: str) -> None:
        """Raises SecretExposed for a text that is to be stored as it is and holds the value of a secret."""
        if text is not None and OPENED.is_in(text, self.tenant_id):
            raise SecretExposed(what)

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

    def written(self, answer: Ack | BaseException) -> None:
        if self.heard(answer):
            self.on_change()

    def database_now(self) -> datetime:
        """The database's time, reckoned from the last answer."""
        now, at = self._heard
        return now + timedelta(seconds=self.clock.monotonic() - at)

    @property
    def has_records_ahead(self) -> bool:
        """Is something recorded that its code has not come by yet?"""
        return any(is_settled(row) and not self.came_later(row) for row in self.memo.values())

    @property
    def has_open_waits(self) -> bool:
        """Also such as the code, changed since, did not come by this time."""
        return self._abandoned or bool(self.waiting) or any(row["state"] == WAITING for row in self.memo.values())

    def abandon_waits(self) -> None:
        """What a cancelled run still waited for is not waited for any more; its rows go when the run ends."""
        self._abandoned = self.has_open_waits
        self.waiting.clear()

    @property
    def leaves_waits(self) -> bool:
        """Are there rows to take away when it ends?"""
        return self.has_open_waits or bool(self.function.flow.cancel_on)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Take a task for one of the run's."""
        self.tasks.add(task)
        task.add_done_callback(self._left)

    def adopt_orderly(self, task: asyncio.Task[Any]) -> None:
        """Take a task for one of the run's that awaits only what follows from steps."""
        self.orderly_tasks.add(task)
        self.adopt(task)

    def moved(self) -> None:
        self.on_change()

    def is_recorded(self, name: str, identity: str) -> bool:
        """Is the next step of that name and identity recorded, in whatever state? To ask is not to call it."""
        return self.memo.get(self.keys.next(name, identity)) is not None

    def recall(self, key: str, kind: str, name: str, digest: int) -> Any:
        """What is recorded of this step, or None. Raises ReplayMismatch."""
        return recall(self, key, kind, name, digest)

    def gives_back(self) -> bool:
        """With `always_suspend`: what was just recorded is not handed on here; the run leaves, and its replay finds it."""
        if not self.host.always_suspend or self.cancelling:
            return False
        self.giving_back = True
        self.on_change()
        return True

    def clock_moved(self, now: datetime) -> None:
        """The database's clock was set: what is reckoned from its last answer holds no more."""
        self._heard = (now, self.clock.monotonic())
        self.timers.set_alarm()

    def drop(self) -> None:
        """Another worker owns the run now: stop without a trace."""
        if not self.over:
            self.over, self.door_open = True, False
            self.host.dropped(self)
        self.on_change()

    def cancel(self) -> None:
        """Unwind the function; the driver then ends the run as cancelled."""
        if not self.cancelling and not self.over:
            self.cancelling = self.reaching = True
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

    def announce(self, step_key: str) -> None:
        """A step's body is about to say something: it is told of before that."""
        for step in tuple(self.running):
            if step.key == step_key:
                step.announce_once()

    def announce_slow_steps(self, seconds: float) -> None:
        """Let watchers see steps that are still running: a quick one is told when it ends."""
        now = self.clock.monotonic()
        for step in self.running:
            step.announce_if_slow(now - seconds)

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        return rows_below(self.memo)

    # ── privately ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, name: str, identity: str | None) -> tuple[StepFuture[Any], str]:
        key = self.keys.key(name, identity)
        return self._future(name), key

    def _future(self, name: str) -> StepFuture[Any]:
        future: StepFuture[Any] = StepFuture(loop=self.loop)
        future.step = name
        future.unawaited = self.unawaited
        self.unawaited.add(future)
        return future

    def came_later(self, stored: Any) -> bool:
        """Was it recorded after the run began to be cancelled, so that it belongs to the clean-up and not to the way there?"""
        return self.reaching and self.cancelled_at is not None and bool(stored["seq"] > self.cancelled_at)

    def _keep(self, key: str, stored: Any) -> None:
        """A cancelled run begins nothing on its way to where it was: the row stays for what comes then."""
        if stored is not None:
            self.memo[key] = stored

    def _left(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        self.orderly_tasks.discard(task)
        self.on_change()

    def _compacting(self, settle: Callable[[Ack | BaseException], None], spent: Spans) -> Callable[[Ack | BaseException], None]:
        """Once the step is stored, nobody needs the deltas any more for which its messages stand."""

        def settled(answer: Ack | BaseException) -> None:
            settle(answer)
            if isinstance(answer, Ack):
                self.host.compactor.note(self.tenant_id, self.run_id, spent)

        return settled

    def _flush_frames(self) -> None:
        self._frames_scheduled = False
        if self.frames and not self.over and self.door_open:
            self.put(Change(self.lease, self.written))


def _nothing(*_: object) -> None:
    """In place of whoever is not there."""
