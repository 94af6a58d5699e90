"""Flags: what others put on the rows of runs that are leased here. A wake: look again; a cancellation; a pause."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.db.queries import load_queries
from flowforge.orchestrator.hints import READY, WAKE
from flowforge.orchestrator.outage import insist
from flowforge.orchestrator.run import wake_run

if TYPE_CHECKING:
    from flowforge.orchestrator.worker.worker import Worker

LOOK_SECONDS = 1.0
SLOW_STEP_SECONDS = 0.2

log = logging.getLogger("flowforge.worker")
sql = load_queries("flowforge.orchestrator")


class Flags:
    """Follows the flags of one worker's runs, through all of its generations, while it runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def run(self) -> None:
        """Look for wakes, cancellations and pauses of the runs that are leased here; announce steps that take their time."""
        worker = self._worker
        rung = worker.bell.subscribe(WAKE)
        while True:
            await worker.rung_within(rung, min(worker.poll_seconds, LOOK_SECONDS))
            rung.clear()
            if not worker.active:
                continue
            self._announce_slow_steps()
            try:
                flagged = await sql.flagged_runs.fetch(worker.database.engine, worker_id=worker.worker_id)
            except Exception as error:  # noqa: BLE001 - the database is away; look again
                log.warning("flags.failed", extra={"error": repr(error)})
                continue
            if flagged:
                await self._take(flagged)

    def _announce_slow_steps(self) -> None:
        for driver, _ in list(self._worker.active.values()):
            driver.execution.announce_slow_steps(SLOW_STEP_SECONDS)

    async def _take(self, flagged: Sequence[Any]) -> None:
        """Take the wakes off the rows, then look: what comes later wakes again.

        A run that is just leaving keeps its wake: it is meant for whoever has the run next.
        """
        active = self._worker.active
        for row in flagged:
            if row["pause"] and not row["cancel"] and (held := active.get(row["run_id"])) is not None:
                held[0].pause(stop=row["stop"])
        flagged = [row for row in flagged if self._is_news(row)]
        if not flagged:
            return
        staying = [active[row["run_id"]][0].execution for row in flagged if self._can_look(row["run_id"])]
        for execution in staying:  # suspended between the taking off and the look, and then killed, it would never be woken
            execution.busy += 1
        try:
            await self._clear_wakes([(row["tenant_id"], row["run_id"]) for row in flagged])
            for row in flagged:
                self._flagged(row["tenant_id"], row["run_id"], row["cancel"])
        finally:
            for execution in staying:
                execution.busy -= 1
                execution.moved()

    async def _clear_wakes(self, runs: Sequence[tuple[UUID, UUID]]) -> None:
        worker = self._worker
        tenant_ids, run_ids = [run[0] for run in runs], [run[1] for run in runs]
        try:
            await sql.clear_wakes.execute(worker.database.engine, worker_id=worker.worker_id, tenant_ids=tenant_ids, run_ids=run_ids)
        except Exception as error:  # noqa: BLE001 - they may be off, so they are put on again
            log.warning("flags.not_taken", extra={"error": repr(error)})
            for run in runs:
                worker.spawn(self._wake_again(*run))

    def _is_news(self, row: Any) -> bool:
        """A run that is being cancelled stays flagged until its end: told again and again, it would never come to rest."""
        held = self._worker.active.get(row["run_id"])
        if row["cancel"]:
            return held is None or not held[0].execution.cancelling
        return self._can_look(row["run_id"])

    def _can_look(self, run_id: UUID) -> bool:
        held = self._worker.active.get(run_id)
        return held is not None and held[0].execution.door_open

    def _flagged(self, tenant_id: UUID, run_id: UUID, cancel: bool) -> None:
        held = self._worker.active.get(run_id)
        execution = None if held is None else held[0].execution
        if execution is not None and cancel:
            execution.cancel()
        elif execution is not None and execution.door_open:
            execution.look_again()
        else:  # it is just leaving this worker, and the wake that we have taken off its row was meant for whoever has it next
            self._worker.spawn(self._wake_again(tenant_id, run_id))

    async def _wake_again(self, tenant_id: UUID, run_id: UUID) -> None:
        await insist(lambda: wake_run(self._worker.database.pool, tenant_id, run_id))
        self._worker.bell.ring(READY, WAKE)
