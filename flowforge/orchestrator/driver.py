"""Driving one run on this worker: from its lease to its end, its suspension, or the loss of its lease.

Waiting is not raising (ENGINE.md, rule 7): a durable wait's future simply stays pending. When nothing is in motion and no task
of the run has moved for a moment, the run is suspended: the door is closed, the suspension is committed, and only then are the
tasks unwound, so nobody's `finally` block decides anything any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.errors import StepMisuse
from flowforge.orchestrator.branch import BRANCH
from flowforge.orchestrator.change import Ack, Change, End, Park
from flowforge.orchestrator.context import Context
from flowforge.orchestrator.execution import EXECUTION, Execution
from flowforge.orchestrator.failure import describe, to_text
from flowforge.orchestrator.future import StepFuture
from flowforge.orchestrator.worker.committer import ChangeRefused

if TYPE_CHECKING:
    from flowforge.orchestrator.waits import PendingWait

QUIET_SECONDS = 0.05  # how long nothing must have moved before a run that waits leaves its worker
UNWIND_ROUNDS = 5

log = logging.getLogger("flowforge.run")


class Driver:
    """Executes one leased run. `await driver.run()` returns when this worker is done with it."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self._changed = asyncio.Event()
        self._last_move = execution.loop.time()
        self._release = False
        self._pause = False
        self._main_task: asyncio.Task[Any] | None = None
        execution.on_change = self._on_change

    async def run(self) -> None:
        execution = self.execution
        context = copy_context()
        context.run(EXECUTION.set, execution)
        execution.emit_start()
        main = self._main_task = execution.loop.create_task(self._main(), context=context)
        execution.tasks.add(main)
        try:
            await self._until_over(main)
        finally:
            execution.timers.stop()
            await self._unwind()
            execution.tasks.discard(main)
            self._main_task = None  # its traceback leads back here
            execution.let_go()

    def release(self) -> None:
        """Hand the run back as soon as no body of it is in flight (the worker is stopping)."""
        self._release = True
        self._on_change()

    def pause(self) -> None:
        """Begin nothing more, and hand the run back as soon as no body is in flight: its owner row says that it is to be paused."""
        execution = self.execution
        if not self._pause and not execution.over and not execution.cancelling:
            self._pause, execution.door_open = True, False
            self._on_change()

    # ── the function's own course ────────────────────────────────────────────────────────────────────────────────────

    async def _main(self) -> Any:
        execution = self.execution
        BRANCH.set(execution.root_branch)  # the function's own task is the root, every task that it starts a branch
        event = execution.event
        declared = execution.function.data_type
        if declared is not Any:
            event = execution.typed_event(declared)
        return await execution.function.handler(Context(execution, event))

    async def _until_over(self, main: asyncio.Task[Any]) -> None:
        execution = self.execution
        main.add_done_callback(lambda _: self._on_change())
        while not execution.over:
            if execution.cancelling:
                if self._pause:  # its `finally` blocks may take steps
                    self._pause, execution.door_open = False, True
                await self._end_cancelled(main)
            elif main.done():
                await self._end(main)
            elif self._pause and not execution.bodies and not execution.busy:
                execution.door_open = True  # for one frame; parking closes it again
                execution.emit("run.paused", {})
                await self._park(Park(None))
            elif self._release and not execution.bodies:
                await self._park(Park(None))
            elif self._could_suspend():
                await self._when_quiet()
            else:
                await self._next_change()

    async def _next_change(self, seconds: float | None = None) -> None:
        self._changed.clear()
        if seconds is None:
            await self._changed.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _on_change(self) -> None:
        """Something moved. Wake the driver only when there may be something to decide: most moves are steps in a row."""
        execution = self.execution
        self._last_move = execution.loop.time()
        main = self._main_task
        if execution.over or execution.cancelling or self._release or self._pause or main is None or main.done() or self._could_suspend():
            self._changed.set()

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _end(self, main: asyncio.Task[Any]) -> None:
        if main.cancelled() or main.exception() is not None:
            error = main.exception() if not main.cancelled() else StepMisuse("the function was cancelled from within")
            await self._stop_bodies()
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
        await self._complete(result)

    async def _complete(self, result: Any) -> None:
        try:
            encoded = self.execution.function.output_codec.encode(result)
            blob_id = await self.execution.store_large(encoded.text)
        except Exception as error:  # noqa: BLE001 - an output that cannot be stored fails the run, with its path
            await self._fail(error)
            return
        await self._seal("completed", output=encoded.text if blob_id is None else None, blob_id=blob_id)

    async def _fail(self, error: BaseException) -> None:
        described = describe(error)
        log.warning("run.failed", extra={"run": self.execution.run_id.hex, "error": described})
        await self._seal("failed", error=to_text(described))

    async def _end_cancelled(self, main: asyncio.Task[Any]) -> None:
        """Unwind the function with its `finally` blocks (their steps still work), then end the run."""
        execution = self.execution
        main.cancel()
        deadline = execution.loop.time() + execution.host.grace_seconds
        while not main.done() and not execution.over and execution.loop.time() < deadline:
            await self._next_change(1.0)
        await self._stop_bodies()
        await self._seal("cancelled", error=json.dumps({"type": "Cancelled", "message": "cancelled while it was running"}))

    async def _seal(self, state: str, output: str | None = None, error: str | None = None, blob_id: UUID | None = None) -> None:
        execution = self.execution
        if execution.over:
            return
        execution.emit_status("idle" if state != "failed" else "error")
        end = self._end_row(state, output, error, blob_id)
        answer = await self._commit(Change(execution.lease, _ignored, end=end, leaves_waits=execution.has_open_waits))
        if isinstance(answer, ChangeRefused):
            refused = to_text({"type": "ChangeRefused", "message": f"its result cannot be stored: {answer}"})
            end = self._end_row("failed", None, refused)
            answer = await self._commit(Change(execution.lease, _ignored, end=end))
        execution.over = True
        if isinstance(answer, Ack) and execution.parent_run_id is not None:
            execution.host.child_ended(execution)

    def _end_row(self, state: str, output: str | None, error: str | None, blob_id: UUID | None = None) -> End:
        run = self.execution
        return End(state, output, error, run.next_seq(), run.parent_run_id is not None, run.attempt, run.started_at, blob_id)

    async def _bodies_landed(self) -> None:
        """A return awaits what is still in flight: a step that was begun is checkpointed."""
        execution = self.execution
        while (execution.bodies or execution.busy) and not execution.over and not execution.cancelling:
            await self._next_change()

    async def _stop_bodies(self) -> None:
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
            await self._next_change()
            return
        durable = self._awaits_only_durable()
        needed = QUIET_SECONDS if durable else max(QUIET_SECONDS, execution.host.linger_seconds)
        idle = execution.loop.time() - self._last_move
        if idle < needed:
            await self._next_change(needed - idle + 0.001)
            return
        if not durable:
            execution.emit("log", {"level": "warning", "message": "suspended while code outside of steps was awaiting something"})
        await self._suspend()

    def _awaits_only_durable(self) -> bool:
        """Is every task of the run blocked on steps, or on tasks that are? (A plain time-out around a wait cannot be seen.)"""
        if self.execution.orderly:
            return True
        return all(self._is_durable(task._fut_waiter) for task in self.execution.tasks if not task.done())  # type: ignore[attr-defined]

    def _is_durable(self, waiter: Any) -> bool:
        if isinstance(waiter, StepFuture):
            return True
        if isinstance(waiter, asyncio.Task):
            return waiter in self.execution.tasks
        children = getattr(waiter, "_children", None)
        return children is not None and all(child.done() or self._is_durable(child) for child in children)

    async def _suspend(self) -> None:
        execution = self.execution
        waits = list(execution.waiting.values())
        due = execution.timers.next_due
        asleep = all(wait.kind == "sleep" for wait in waits)
        execution.emit_status("waiting")
        execution.emit("run.suspended", {"until": due.isoformat() if due else None, "waits": [_about(wait.pending()) for wait in waits]})
        await self._park(Park("s" if asleep else "w", due, attempts=1 if execution.timers.retries else 0))

    async def _park(self, park: Park) -> None:
        """Commit first, with the door closed behind what is already said; then unwind."""
        execution = self.execution
        change = Change(execution.lease, _ignored, park=park)
        answering = self._commit(change)
        execution.door_open = False
        await answering
        execution.over = True

    def _commit(self, change: Change) -> asyncio.Future[Ack | BaseException]:
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
                log.warning("run.task_abandoned", extra={"run": execution.run_id.hex, "task": task.get_name()})
            elif not task.cancelled():
                task.exception()  # seen: it must not be reported as never retrieved


def _about(wait: PendingWait) -> dict[str, Any]:
    return {"step": wait.key, "kind": wait.kind, "due": wait.due.isoformat() if wait.due else None}


def _ignored(_: Ack | BaseException) -> None:
    return None
