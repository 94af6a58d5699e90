"""A step with a body: its attempts, its retries, its checkpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from flowforge.crash import crash_point
from flowforge.durations import show as show_duration
from flowforge.errors import LeaseLost, StepError, StepTimeout, StepUncertain
from flowforge.orchestrator.branch import BRANCH
from flowforge.orchestrator.change import COMPLETED, FAILED, LARGE_BYTES, RUNNING, WAITING, Ack, Change, Settlement, StepRow, UsageRow
from flowforge.orchestrator.codec import Codec, Encoded
from flowforge.orchestrator.failure import describe, step_error, to_text
from flowforge.orchestrator.flow.limit import step_limit_key
from flowforge.orchestrator.interruption import AskFirst, Interruption, PutOff
from flowforge.orchestrator.retry import StepOptions, next_delay
from flowforge.orchestrator.step_scope import SCOPE, StepScope
from flowforge.orchestrator.trace import exporter
from flowforge.orchestrator.waits import Settled, UncertainStep, uncertain_step_settler

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.flow.control import Limit
    from flowforge.orchestrator.future import StepFuture


class _Calls(TypedDict):
    usage: tuple[UsageRow, ...]
    settlements: tuple[Settlement, ...]


_NO_CALLS = _Calls(usage=(), settlements=())


class DurableStep:
    """One step of one execution, from its first attempt here to its checkpoint."""

    __slots__ = (
        "announce", "announced", "attempt", "body", "codec", "context", "effectful", "execution", "failures", "future", "hash", "input",
        "key", "kind", "marked", "name", "options", "parent", "scope", "started",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        future: StepFuture[Any],
        key: str,
        name: str,
        kind: str,
        body: Callable[[], Awaitable[Any]],
        input: str | None,
        hash: int,
        parent: str | None,
        options: StepOptions,
        codec: Codec,
        announce: bool,
        effectful: bool,
    ) -> None:
        self.execution, self.future, self.key, self.name, self.kind, self.body = execution, future, key, name, kind, body
        self.input, self.hash, self.parent, self.options, self.codec = input, hash, parent, options, codec
        self.announce, self.effectful = announce, effectful
        self.attempt = 1
        self.failures: list[dict[str, Any]] = []
        self.marked = self.announced = False
        self.started = 0.0
        self.context: Context = copy_context()
        self.scope: StepScope | None = None  # of the attempt that began here last

    def begin(self) -> None:
        """Start the next attempt."""
        execution = self.execution
        if execution.over or not execution.door_open or execution.reaching:
            return
        self.scope = scope = StepScope(execution, self.key, self.name, self.kind, self.attempt)
        inside = self.context.copy()
        inside.run(_enter, scope)
        execution.busy += 1
        at_once = self._limit is None and execution.host.may_start
        task = execution.loop.create_task(self._attempt() if at_once else self._when_it_may(), context=inside)
        execution.bodies.add(task)
        execution.running.add(self)
        task.add_done_callback(self._body_left)

    def resume(self, stored: Any) -> None:
        """Go on from a row that says: to be retried later, or (state running) it had begun when the worker died."""
        self.attempt = stored["attempt"]
        self.failures = json.loads(stored["failures"]) if stored["failures"] else []
        self.announced = stored["announced"]
        if stored["state"] == RUNNING and self.effectful:
            self._settle_uncertainty()
        elif stored["due"] is not None and stored["state"] == WAITING:
            self.execution.timers.hold(self.key, stored["due"], self.begin, retry=True)
        else:
            self.begin()

    def announce_once(self) -> None:
        """Let watchers see the step before it has ended."""
        if not self.announced:
            self.announced = True
            self.execution.emit("step.started", self._about())

    def announce_if_slow(self, began_before: float) -> None:
        if self.started and self.started < began_before:
            self.announce_once()

    @property
    def _limit(self) -> Limit | None:
        return self.options.limit or self.execution.function.step_limits.get(self.kind)

    async def _when_it_may(self) -> None:
        execution, limit = self.execution, self._limit
        if not execution.host.may_start:
            await execution.host.until_may_start()
        if limit is None:
            await self._attempt()
            return
        key = step_limit_key(limit, execution.tenant_id, execution.event)
        slot = await execution.host.step_slots.take(execution.lease, self.key, limit, key, self.options.weight)
        try:
            await self._attempt()
        finally:
            execution.host.step_slots.give_back(slot)

    async def _attempt(self) -> None:
        execution = self.execution
        if self.announce:
            self.announce_once()
        if self.effectful and not self.marked:
            await self._mark()
        self.started = execution.clock.monotonic()
        crash_point("body.before")
        limit = self.options.timeout_seconds
        try:
            encoded = self.codec.encode(await (self.body() if limit is None else self._body_within(limit)))
            execution.keep_secrets_out(encoded.text, f"the result of step {self.name!r}")
        except asyncio.CancelledError:
            if execution.over or not execution.door_open or execution.reaching:
                raise
            self._failed(StepError(self.name, "its body was cancelled", error_type="CancelledError"))
        except Interruption as interruption:
            self._interrupted(interruption)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's body raises is the step's failure
            crash_point("body.after")
            self._failed(error)
        else:
            crash_point("body.after")
            if len(encoded.text) > LARGE_BYTES:
                await self._store(encoded)
            else:
                self._put(encoded)

    def _interrupted(self, interruption: Interruption) -> None:
        """The body cannot go on now; the same attempt begins again, later or when somebody has decided."""
        if isinstance(interruption, PutOff):
            about = {"level": "info", "step": self.key, "message": interruption.reason, "seconds": round(interruption.seconds, 3)}
            self.execution.emit("log", about)
            self._wait_and_begin(self._row(WAITING, due_in=interruption.seconds), interruption.seconds)
        elif isinstance(interruption, AskFirst):
            self.execution.put(Change(self.execution.lease, self.execution.written, self._row(WAITING), **self._calls()))
            self._decide(self._begin_after(interruption))

    def _begin_after(self, question: AskFirst) -> Callable[[Execution], Coroutine[Any, Any, None]]:
        async def decided(execution: Execution) -> None:
            await question.settle(execution)
            self.begin()

        return decided

    async def _body_within(self, limit: float) -> Any:
        try:
            async with asyncio.timeout(limit) as scope:
                return await self.body()
        except TimeoutError:
            if scope.expired():
                message = f"it took longer than {show_duration(limit)}"
                raise StepTimeout(self.name, message, attempts=self.attempt, retryable=True) from None
            raise

    async def _mark(self) -> None:
        """Say that the attempt begins, and wait until that is stored."""
        done: asyncio.Future[Ack] = self.execution.loop.create_future()

        def settle(answer: Ack | BaseException) -> None:
            self.execution.heard(answer)
            if not done.done():
                done.set_exception(answer) if isinstance(answer, BaseException) else done.set_result(answer)

        self.execution.put(Change(self.execution.lease, settle, self._row(RUNNING)))
        try:
            await done
        except LeaseLost:
            raise asyncio.CancelledError from None
        self.marked = True

    async def _store(self, encoded: Encoded) -> None:
        self._put(encoded, await self.execution.store_large(encoded.text))

    def _put(self, encoded: Encoded, blob_id: UUID | None = None) -> None:
        execution = self.execution
        row = self._row(COMPLETED, output=encoded.text if blob_id is None else None, blob_id=blob_id, tagged=encoded.tagged)
        row.seq = execution.frames.next_seq(1 if row.announced else 2)
        calls = self._calls()

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer):
                return
            if isinstance(answer, BaseException):
                self._refused(answer, calls)
            elif execution.gives_back():
                return
            elif not self.future.done():
                self.future.set_result(encoded.read(self.codec))
            execution.moved()

        execution.put(Change(execution.lease, settle, row, **calls))

    def _refused(self, error: BaseException, calls: _Calls) -> None:
        """PostgreSQL does not take what was to be stored; what the model calls used is stored with the failure."""
        if self.scope is not None:
            self.scope.used, self.scope.settlements = calls["usage"], calls["settlements"]
        self._failed(error, final=True)

    def _failed(self, error: BaseException, *, final: bool = False) -> None:
        execution = self.execution
        described = describe(error, execution.tenant_id)
        ms = round(self._seconds() * 1000, 3)
        self.failures.append({"attempt": self.attempt, "error": described, "ms": ms, "at": execution.clock.now().isoformat()})
        retries = self.options.retries if self.options.retries is not None else execution.function.retries
        delay = None if final else next_delay(error, self.attempt, retries, execution.host.backoff)
        if delay is None:
            self._give_up(described)
        else:
            self._retry_later(described, delay, retries)

    def _give_up(self, described: dict[str, Any]) -> None:
        execution = self.execution
        row = self._row(FAILED, error=to_text(described))
        row.seq = execution.frames.next_seq(1 if row.announced else 2)

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer) or (isinstance(answer, Ack) and execution.gives_back()):
                return
            if not self.future.done():
                self.future.set_exception(step_error(self.name, described, self.attempt, self.key))
            execution.moved()

        execution.put(Change(execution.lease, settle, row, **self._calls()))

    def _retry_later(self, described: dict[str, Any], delay: float, retries: int) -> None:
        execution = self.execution
        execution.emit("step.retrying", {**self._about(), "retries": retries, "delay_seconds": round(delay, 3), "error": described})
        self.attempt += 1
        self._wait_and_begin(self._row(WAITING, error=to_text(described), due_in=delay), delay)

    def _wait_and_begin(self, row: StepRow, delay: float) -> None:
        execution, calls = self.execution, self._calls()
        self.marked = False

        def settle(answer: Ack | BaseException) -> None:
            if not execution.heard(answer):
                return
            if isinstance(answer, Ack):
                execution.timers.hold(self.key, answer.now + timedelta(seconds=delay), self.begin, retry=True)
            else:
                self._refused(answer, calls)
            execution.moved()

        execution.put(Change(execution.lease, settle, row, **calls))

    def _settle_uncertainty(self) -> None:
        """The worker died between the attempt's begin and its checkpoint: the effect may have happened."""
        settle = uncertain_step_settler() if self.options.on_uncertain == "retry" else None
        if settle is None:
            message = f"its worker died while it ran (attempt {self.attempt}), so its effect may have happened"
            self._failed(StepUncertain(self.name, message), final=True)
            return
        step = UncertainStep(self.key, self.name, self.kind, self.input, self.parent, self.attempt)

        async def decided(execution: Execution) -> None:
            decision = await settle(execution, step)
            if isinstance(decision, Settled):
                await self._store(self.codec.encode(decision.value))
            else:
                self.attempt += 1
                self.begin()

        self._decide(decided)

    def _decide(self, settle: Callable[[Execution], Coroutine[Any, Any, None]]) -> None:
        task: asyncio.Task[None] = self.context.copy().run(self.execution.loop.create_task, settle(self.execution))
        task.add_done_callback(self._decision_failed)

    def _decision_failed(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.execution.over:
            self._failed(error, final=True)

    def _row(
        self,
        state: int,
        output: str | None = None,
        blob_id: UUID | None = None,
        tagged: bool = False,
        error: str | None = None,
        due_in: float | None = None,
    ) -> StepRow:
        failures = json.dumps(self.failures) if self.failures else None
        return StepRow(
            self.key, self.name, self.kind, state, self.execution.frames.seq, self.attempt, self.hash, self.input, output, blob_id, tagged,
            error, failures, self.announced, None, self.parent, due_in, self._seconds(),
        )  # fmt: skip

    def _seconds(self) -> float:
        """How long this attempt has been running; 0 for one that never began here."""
        return max(0.0, self.execution.clock.monotonic() - self.started) if self.started else 0.0

    def _calls(self) -> _Calls:
        """What the attempt's model calls used, to be written with its end."""
        scope = self.scope
        if scope is None or not (scope.used or scope.settlements):
            return _NO_CALLS
        calls = _Calls(usage=tuple(scope.used), settlements=tuple(scope.settlements))
        scope.used = scope.settlements = ()
        return calls

    def _about(self) -> dict[str, Any]:
        return {"step": self.key, "name": self.name, "kind": self.kind, "attempt": self.attempt, "parent": self.parent}

    def _body_left(self, task: asyncio.Task[Any]) -> None:
        self.execution.bodies.discard(task)
        self.execution.running.discard(self)
        self.execution.busy -= 1
        if task.cancelled() and (calls := self._calls()) is not _NO_CALLS:  # nothing of this attempt is written any more
            self.execution.host.spawn(self.execution.host.spending.settle_apart(self.execution.lease, **calls))
        if not task.cancelled() and (error := task.exception()) is not None and not self.execution.over:
            self._failed(error, final=True)
        self.execution.moved()


def _enter(scope: StepScope) -> None:
    BRANCH.set(None)
    SCOPE.set(scope)
    if (traced := exporter()) is not None:
        traced.enter(scope)
