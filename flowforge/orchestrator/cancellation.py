"""Cancelling a run that has begun: reach where it is, say so durably, unwind it, let its `on_cancel` clean up, end it.

    reach ──► mark ──► unwind (CancelledError at the await; finally and except blocks may call steps) ──► on_cancel ──► sealed

On the way to where it was, recorded steps resolve and nothing else begins; bodies in flight are cancelled, and what they still
store is stored before the mark. After a crash in mid-cleanup the next execution takes the same way: steps recorded after the mark
belong to the clean-up, so they are not met before it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flowforge.durations import show as show_duration
from flowforge.orchestrator.change import COMPLETED, Ack, Change, Park, StepRow
from flowforge.orchestrator.endings import CANCEL, ON_CANCEL
from flowforge.orchestrator.failure import describe, to_text

if TYPE_CHECKING:
    from flowforge.orchestrator.driver import Driver

QUIET_SECONDS = 0.05

log = logging.getLogger("flowforge.run")


class Cancellation:
    """The end of one run that somebody cancelled, on this worker."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.execution = driver, driver.execution
        self.trouble: dict[str, Any] | None = None  # what went wrong while it cleaned up
        stored = self.execution.memo.pop(CANCEL, None)
        self.marked_at: datetime | None = None
        if stored is not None:
            self.marked_at, self.execution.cancelled_at = stored["started_at"], stored["seq"]

    async def run(self, main: asyncio.Task[Any]) -> None:
        by, error = await self.execution.host.cancelled_by(self.execution)
        await self._reach()
        if self._must_leave() or not await self._mark(by):
            return await self._leave()
        await self._unwind(main)
        if self._must_leave():
            return await self._leave()
        await self._call_on_cancel()
        if self._must_leave():
            return await self._leave()
        await self.driver.stop_bodies()
        await self.execution.host.cancel_children(self.execution)
        error = error or {"type": "Cancelled", "message": f"cancelled by {by}" if by else "cancelled"}
        if self.trouble is not None:
            error["cleanup"] = self.trouble
        await self.driver.seal("cancelled", error=to_text(error))
        return None

    # ── one after the other ──────────────────────────────────────────────────────────────────────────────────────────

    async def _reach(self) -> None:
        """Until every task of the run stands where the records end, and nothing of it is in motion."""
        execution, driver = self.execution, self.driver
        execution.timers.stop()
        for body in list(execution.bodies):
            body.cancel()
        deadline = execution.loop.time() + execution.host.grace_seconds
        while not execution.over and not driver.main.done():
            needed = self._quiet_seconds()
            idle = execution.loop.time() - driver.last_move
            if not execution.busy and idle >= needed:
                break
            if execution.loop.time() >= deadline:
                break  # a body will not be cancelled
            await driver.next_change(max(0.001, needed - idle) if not execution.busy else 0.1)

    def _quiet_seconds(self) -> float:
        """How long nothing must have moved: code outside of steps may take its time, more so while there are records ahead of it."""
        host = self.execution.host
        if self.driver.awaits_only_durable():
            return QUIET_SECONDS
        return max(QUIET_SECONDS, host.grace_seconds if self.execution.has_records_ahead else host.linger_seconds)

    async def _mark(self, by: str | None) -> bool:
        """Say durably that it is unwound from here on. False: the run is not ours any more."""
        execution = self.execution
        execution.abandon_waits()
        if self.marked_at is None:
            row = StepRow(CANCEL, "cancel", "cancel", COMPLETED, execution.frames.next_seq(2), output=json.dumps({"by": by}))
            answer = await self.driver.commit(Change(execution.lease, _ignored, step=row))
            if not isinstance(answer, Ack):
                return False
            self.marked_at = answer.now
        execution.cancelled_at = None
        execution.reaching = False
        return not execution.over

    async def _unwind(self, main: asyncio.Task[Any]) -> None:
        main.cancel()
        await self._within(main, 1, "the blocks that clean up")
        if main.done() and not main.cancelled() and (error := main.exception()) is not None:
            self.trouble = describe(error, self.execution.tenant_id)

    async def _call_on_cancel(self) -> None:
        handler = self.execution.function.on_cancel
        if handler is None:
            return
        task = self.driver.start(handler, ON_CANCEL)
        await self._within(task, 2, "on_cancel")
        error = task.exception() if task.done() and not task.cancelled() else None
        if error is not None:
            self.trouble = describe(error, self.execution.tenant_id)
            log.warning(
                "run.on_cancel_failed",
                extra={"run": self.execution.shown_id, "function": self.execution.function_id, "error": self.trouble},
            )

    async def _within(self, task: asyncio.Task[Any], times: int, what: str) -> None:
        """Until it is done, or its time is up: `cancel_timeout` for each of the two, counted from the mark."""
        execution, driver = self.execution, self.driver
        assert self.marked_at is not None
        limit = execution.function.cancel_seconds
        deadline = self.marked_at + times * timedelta(seconds=limit)
        task.add_done_callback(lambda _: driver.wake())
        while not task.done() and not self._must_leave():
            left = (deadline - execution.database_now()).total_seconds()
            if left <= 0:
                self.trouble = {"type": "CancelTimeout", "message": f"{what} did not end within {show_duration(limit)}"}
                await self._abandon(task)
                return
            await driver.next_change(min(left, 1.0))

    async def _abandon(self, task: asyncio.Task[Any]) -> None:
        await self.driver.stop_bodies()
        task.cancel()
        await asyncio.wait([task], timeout=0.05)

    def _must_leave(self) -> bool:
        """The run is not ours any more, or the worker stops and no body is in flight: another one goes on with it."""
        return self.execution.over or (self.driver.released and not self.execution.bodies)

    async def _leave(self) -> None:
        if not self.execution.over:
            await self.driver.park(Park(None))


def _ignored(_: Ack | BaseException) -> None:
    return None
