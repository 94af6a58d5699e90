"""Driving one run on this worker: from its lease to its end, its suspension, or the loss of its lease.

Waiting is not raising (ENGINE.md, rule 7): a durable wait's future simply stays pending. When nothing is in motion and no task
of the run has moved for a moment, the run is suspended: the door is closed, the suspension is committed, and only then are the
tasks unwound, so nobody's `finally` block decides anything any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.errors import StepMisuse
from flowforge.orchestrator.branch import BRANCH, Branch
from flowforge.orchestrator.cancellation import Cancellation
from flowforge.orchestrator.change import COMPLETED, Ack, Change, End, Park, StepRow
from flowforge.orchestrator.context import Context, Event
from flowforge.orchestrator.current_execution import EXECUTION
from flowforge.orchestrator.endings import FAILURE, ON_FAILURE
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.failure import describe, raised_error, to_text
from flowforge.orchestrator.frames import emit_start, emit_status
from flowforge.orchestrator.future import StepFuture
from flowforge.orchestrator.outage import ChangeRefused

if TYPE_CHECKING:
    from flowforge.orchestrator.waits import PendingWait

MAX_REASON = 500
QUIET_SECONDS = 0.05  # how long nothing must have moved before a run that waits leaves its worker, unless its worker says else
UNWIND_ROUNDS = 5

log = logging.getLogger("flowforge.run")


class Driver:
    """Executes one leased run. `await driver.run()` returns when this worker is done with it."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self._changed = asyncio.Event()
        self.last_move = execution.loop.time()
        self.released = False
        self._pausing = False
        self._failure: dict[str, Any] | None = None  # how the function failed, while its handler runs
        self._task: asyncio.Task[Any] | None = None  # the function's, or that of a handler after it
        execution.on_change = self._on_change

    async def run(self) -> None:
        execution = self.execution
        emit_start(execution)
        failed = execution.memo.pop(FAILURE, None)
        if failed is None:
            self._task = self._start(self._main())
        else:
            self._fail_durably(json.loads(failed["output"]))  # an earlier execution failed, and said so before it handled that
        try:
            await self._until_over()
        finally:
            execution.timers.stop()
            await self._unwind()
            self._task = None  # its traceback leads back here
            execution.let_go()

    def start(self, handler: Callable[..., Awaitable[Any]], scope: str, *more: Any) -> asyncio.Task[Any]:
        """A handler of the run as its main task, with steps of its own scope."""

        async def handle() -> Any:
            BRANCH.set(Branch(scope, self.execution.adopt))
            return await handler(Context(self.execution, self._events()), *more)

        self._task = self._start(handle())
        return self._task

    @property
    def main(self) -> asyncio.Task[Any]:
        assert self._task is not None
        return self._task

    def release(self) -> None:
        """Hand the run back as soon as no body of it is in flight (the worker is stopping)."""
        self.released = True
        self._on_change()

    def pause(self, *, stop: bool = False) -> None:
        """Begin nothing more, and hand the run back as soon as no body is in flight: its owner row says that it is to be paused.

        `stop`: cancel the bodies in flight. What they did is then as unknown as after the death of a worker.
        """
        execution = self.execution
        if stop and not execution.over and not execution.cancelling:
            for body in list(execution.bodies):
                body.cancel()
        if not self._pausing and not execution.over and not execution.cancelling:
            self._pausing, execution.door_open = True, False
            self._on_change()

    # ── the function's own course ────────────────────────────────────────────────────────────────────────────────────

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        execution = self.execution
        context = copy_context()
        context.run(EXECUTION.set, execution)
        task = execution.loop.create_task(work, context=context)
        execution.adopt(task)
        return task

    async def _main(self) -> Any:
        execution = self.execution
        BRANCH.set(execution.root_branch)  # the function's own task is the root, every task that it starts a branch
        return await execution.function.handler(Context(execution, self._events()))

    def _events(self) -> tuple[Event[Any], ...]:
        return self.execution.function.typed(self.execution.events)

    async def _until_over(self) -> None:
        execution = self.execution
        while not execution.over:
            if execution.cancelling:
                if self._pausing:  # its `finally` blocks may take steps
                    self._pausing, execution.door_open = False, True
                await Cancellation(self).run(self.main)
                return
            if self.main.done():
                await self._end(self.main)
            elif self._pausing and not execution.bodies and not execution.busy:
                execution.door_open = True  # for one frame; parking closes it again
                execution.emit("run.paused", {})
                await self.park(Park(None))
            elif self.released and not execution.bodies:
                await self.park(Park(None))
            elif execution.giving_back:
                await self._give_back()
            elif self._could_suspend():
                await self._when_quiet()
            else:
                await self.next_change()

    async def next_change(self, seconds: float | None = None) -> None:
        self._changed.clear()
        if seconds is None:
            await self._changed.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _on_change(self) -> None:
        """Something moved. Wake the driver only when there may be something to decide: most moves are steps in a row."""
        execution, main = self.execution, self._task
        deciding = execution.over or execution.cancelling or execution.giving_back or self.released or self._pausing
        if deciding or main is None or main.done() or not execution.busy:
            self.last_move = execution.loop.time()
            if deciding or main is None or main.done() or self._could_suspend():
                self._changed.set()

    def wake(self) -> None:
        """Something that the driver waits for has happened."""
        self._changed.set()

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _end(self, main: asyncio.Task[Any]) -> None:
        if main.cancelled() or main.exception() is not None:
            error = main.exception() if not main.cancelled() else StepMisuse("the function was cancelled from within")
            await self.stop_bodies()
            await self._fail(error if error is not None else StepMisuse("the function ended without a result"))
            return
        await self._bodies_landed()
        if self.execution.over or self.execution.cancelling:
            return
        forgotten = next(iter(self.execution.unawaited), None)
        result = main.result()
        if forgotten is not None or isinstance(result, StepFuture):
            await self._fail((forgotten or result).misuse())
            return
        if self._failure is not None:
            await self._seal_failed(self._failure)
        else:
            await self._complete(result)

    async def _complete(self, result: Any) -> None:
        try:
            encoded = self.execution.function.output_codec.encode(result)
            self.execution.keep_secrets_out(encoded.text, "the function's result")
            blob_id = await self.execution.store_large(encoded.text)
        except Exception as error:  # noqa: BLE001 - an output that cannot be stored fails the run, with its path
            await self._fail(error)
            return
        await self.seal("completed", output=encoded.text if blob_id is None else None, blob_id=blob_id)

    async def _fail(self, error: BaseException) -> None:
        """The function's error escaped: pause, or let its handler have it, or fail. A handler's own error hides nothing."""
        described = describe(error, self.execution.tenant_id)
        on_failure = self.execution.function.on_failure
        if self._failure is not None:
            await self._seal_failed({**self._failure, "on_failure": described})
        elif on_failure == "pause":
            await self._pause(described)
        elif on_failure is None:
            await self._seal_failed(described)
        else:
            row = StepRow(FAILURE, "failure", "failure", COMPLETED, self.execution.frames.next_seq(2), output=to_text(described))
            if isinstance(await self.commit(Change(self.execution.lease, _ignored, step=row)), Ack):
                self._fail_durably(described)

    def _fail_durably(self, described: dict[str, Any]) -> None:
        """It stands that the run has failed: from now on, and after every crash, only its handler runs."""
        self._failure = described
        handler = self.execution.function.on_failure
        if callable(handler):
            self.start(handler, ON_FAILURE, raised_error(described))
        else:  # the handler is gone from the code
            self._task = self._start(_nothing())

    async def _pause(self, described: dict[str, Any]) -> None:
        execution = self.execution
        reason = f"it failed: {described['message']}"[:MAX_REASON]
        log.warning("run.paused", extra={"run": execution.shown_id, "function": execution.function_id, "error": described})
        execution.emit("run.paused", {"reason": reason, "error": described})
        await self.park(Park("p", reason=reason, failed_key=described.get("step_key")))

    async def _seal_failed(self, described: dict[str, Any]) -> None:
        log.warning("run.failed", extra={"run": self.execution.shown_id, "function": self.execution.function_id, "error": described})
        await self.seal("failed", error=to_text(described))

    async def seal(self, state: str, output: str | None = None, error: str | None = None, blob_id: UUID | None = None) -> None:
        execution = self.execution
        if execution.over:
            return
        execution.host.ending(execution)
        execution.progress.tell()
        emit_status(execution, "idle" if state != "failed" else "error")
        end = self._end_row(state, output, error, blob_id)
        answer = await self.commit(Change(execution.lease, _ignored, end=end, leaves_waits=execution.leaves_waits))
        if isinstance(answer, ChangeRefused):
            refused = to_text({"type": "ChangeRefused", "message": f"its result cannot be stored: {answer}"})
            end = self._end_row("failed", None, refused)
            answer = await self.commit(Change(execution.lease, _ignored, end=end))
        execution.over = True
        if isinstance(answer, Ack) and execution.parent_run_id is not None:
            execution.host.child_ended(execution)

    def _end_row(self, state: str, output: str | None, error: str | None, blob_id: UUID | None = None) -> End:
        run = self.execution
        return End(state, output, error, run.frames.next_seq(), run.parent_run_id is not None, run.attempt, run.started_at, blob_id)

    async def _bodies_landed(self) -> None:
        """A return awaits what is still in flight: a step that was begun is checkpointed."""
        execution = self.execution
        while (execution.bodies or execution.busy) and not execution.over and not execution.cancelling:
            await self.next_change()

    async def stop_bodies(self) -> None:
        """A raise cancels what is still in flight, and awaits it."""
        execution = self.execution
        execution.door_open = False
        for task in list(execution.bodies):
            task.cancel()
        if execution.bodies:
            await asyncio.wait(list(execution.bodies), timeout=execution.host.grace_seconds)
        execution.door_open = True
        execution.timers.stop()

    # ── suspension ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _could_suspend(self) -> bool:
        execution = self.execution
        return not execution.busy and bool(execution.waiting or len(execution.timers))

    async def _when_quiet(self) -> None:
        """Suspend once nothing has moved for a moment; stay when what is next is near."""
        execution = self.execution
        due = execution.timers.next_due
        if due is not None and due - execution.database_now() <= timedelta(seconds=execution.host.linger_seconds):
            execution.timers.set_alarm()  # the database's clock may have jumped since it was set
            await self.next_change()
            return
        durable = self.awaits_only_durable()
        needed = execution.host.quiet_seconds if durable else max(QUIET_SECONDS, execution.host.linger_seconds)
        idle = execution.loop.time() - self.last_move
        if idle < needed:
            await self.next_change(needed - idle + 0.001)
            return
        if not durable:
            execution.emit("log", {"level": "warning", "message": "suspended while code outside of steps was awaiting something"})
        await self._suspend()

    async def _give_back(self) -> None:
        """Leave once the bodies in flight have ended. One that goes on only when the function does is cut off, and run again."""
        execution = self.execution
        deadline = execution.loop.time() + execution.host.grace_seconds
        while execution.bodies and (rest := deadline - execution.loop.time()) > 0:
            await self.next_change(rest)
            if execution.over or execution.cancelling or self.main.done():
                return
        await self.park(Park(None))

    def awaits_only_durable(self) -> bool:
        """Is every task of the run blocked on steps, or on tasks that are? (A plain time-out around a wait cannot be seen.)"""
        if self.execution.orderly:
            return True
        mixed = self.execution.tasks - self.execution.orderly_tasks
        return all(self._is_durable(task._fut_waiter) for task in mixed if not task.done())  # type: ignore[attr-defined]

    def _is_durable(self, waiter: Any) -> bool:
        if isinstance(waiter, StepFuture):
            return not waiter.done()
        if isinstance(waiter, asyncio.Task):
            return waiter in self.execution.tasks
        children = getattr(waiter, "_children", None)
        return children is not None and all(child.done() or self._is_durable(child) for child in children)

    async def _suspend(self) -> None:
        execution = self.execution
        waits = list(execution.waiting.values())
        due = execution.timers.next_due
        asleep = all(wait.kind == "sleep" for wait in waits)
        execution.progress.tell()
        emit_status(execution, "waiting")
        execution.emit("run.suspended", {"until": due.isoformat() if due else None, "waits": [_about(wait.pending()) for wait in waits]})
        await self.park(Park("s" if asleep else "w", due, attempts=1 if execution.timers.retries else 0))

    async def park(self, park: Park) -> None:
        """Commit first, with the door closed behind what is already said; then unwind."""
        execution = self.execution
        change = Change(execution.lease, _ignored, park=park)
        answering = self.commit(change)
        execution.door_open = False
        await answering
        execution.over = True

    def commit(self, change: Change) -> asyncio.Future[Ack | BaseException]:
        execution = self.execution
        done: asyncio.Future[Ack | BaseException] = execution.loop.create_future()

        def settle(answer: Ack | BaseException) -> None:
            execution.heard(answer)
            if not done.done():
                done.set_result(answer)

        change.settle = settle
        execution.put(change)
        return done

    async def _unwind(self) -> None:
        """Cancel the run's tasks, a bounded number of times: a `finally` block may await a step that never resolves now."""
        execution = self.execution
        execution.door_open = False
        for _ in range(UNWIND_ROUNDS):
            tasks = [task for task in (*execution.tasks, *execution.bodies) if not task.done()]
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.05)
        for task in (*execution.tasks, *execution.bodies):
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                log.warning("run.task_abandoned", extra={"run": execution.shown_id, "task": task.get_name()})
            elif not task.cancelled():
                task.exception()  # seen: it must not be reported as never retrieved


def _about(wait: PendingWait) -> dict[str, Any]:
    return {"step": wait.key, "kind": wait.kind, "due": wait.due.isoformat() if wait.due else None}


async def _nothing() -> None:
    return None


def _ignored(_: Ack | BaseException) -> None:
    return None
