"""The claimer: leases runs for a worker, from the ready queue and through gates, as long as slots are free.

What it may have leased without hearing of it is handed back before the next claim: the database, not this worker's memory, says
who has a run (ENGINE.md, rule 4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flowforge import metrics
from flowforge.crash import crash_point
from flowforge.db.queries import load_queries
from flowforge.orchestrator.hints import READY
from flowforge.orchestrator.trace import attach
from flowforge.orchestrator.worker.claim import ClaimedRun, claim, load
from flowforge.orchestrator.worker.gates import Place, pass_gates

if TYPE_CHECKING:
    import asyncpg

    from flowforge.orchestrator.worker.worker import Worker

MAX_CLAIM = 128
FULL_SCAN_SECONDS = 1.0  # after which a claim looks before the floor, too
BREATH_SECONDS = 0.02
CHECK_SECONDS = 30.0  # between two looks for leases that nobody here remembers

log = logging.getLogger("flowforge.worker")
sql = load_queries("flowforge.orchestrator")


class Claimer:
    """Claims for one worker, through all of its generations, while it runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.doubtful = False  # the database may think that the worker holds leases which its memory does not
        self._floor = 0
        self._ordered = True  # some tenant may use priorities
        self._marks = False  # somebody should look at the gates
        self._place = Place()
        self._slot_free = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._connection: asyncpg.Connection[Any] | None = None

    def slot_is_free(self) -> None:
        """A run has left, or more may be here at once."""
        self._slot_free.set()

    async def rest(self) -> None:
        """Until no claim is under way."""
        await self._at_rest.wait()

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def run(self) -> None:
        worker, clock = self._worker, self._worker.clock
        rung = worker.bell.subscribe(READY)
        last_full_scan = last_check = clock.monotonic()
        while True:
            rung.clear()
            if self.doubtful or clock.monotonic() - last_check > CHECK_SECONDS:
                last_check = clock.monotonic()
                await self._release_unknown()
            free = worker.free
            if free <= 0:
                self._slot_free.clear()
                await self._slot_free.wait()
                await asyncio.sleep(0)  # let more of them end, and claim them together
                continue
            if clock.monotonic() - last_full_scan > FULL_SCAN_SECONDS:
                self._floor = 0
            had_marks, floor, asked = self._marks, self._floor, min(free, MAX_CLAIM)
            if floor == 0:
                last_full_scan = clock.monotonic()
            self._at_rest.clear()
            try:
                found = await self._pass_gates(asked) if had_marks else 0
                if found < asked:
                    found += await self._claim(asked - found)
            finally:
                self._at_rest.set()
            if found >= asked or self.doubtful or (self._marks and (found or not had_marks)):
                continue  # there is more
            if floor == 0:
                await worker.rung_within(rung, worker.poll_seconds)
                continue
            self._floor = 0
            if found:  # first what this brought may begin; something before the floor is seldom there
                await worker.rung_within(rung, BREATH_SECONDS)

    async def _release_unknown(self) -> None:
        """Hand back the leases that this worker's memory does not hold: a claim's answer was lost, or a driver failed.

        Only between two claims: what is being claimed is not in memory yet.
        """
        worker = self._worker
        self.doubtful = False
        try:
            await sql.release_leases.execute(worker.database.pool, worker_id=worker.worker_id, **{"except": list(worker.active)})
        except Exception as error:  # noqa: BLE001 - the database is still away; before the next claim it is tried again
            log.warning("claim.not_released", extra={"error": repr(error)})
            self.doubtful = True

    async def _claim(self, limit: int) -> int:
        worker = self._worker
        crash_point("claim.before_commit")
        begun = worker.clock.monotonic()
        try:
            connection = self._connection or await self._connect()
            virtual = worker.share.to_publish(worker.clock.monotonic())
            found = await claim(connection, worker.worker_id, worker.known_functions(), limit, self._floor, virtual, self._ordered)
            crash_point("claim.after_commit")
            metrics.CLAIM_SECONDS.add(worker.clock.monotonic() - begun)
            self._marks, self._ordered = found.marks or found.gated > 0, found.ordered
            await self._take(connection, found)
        except Exception as error:  # noqa: BLE001 - outcome unknown: give back whatever the database thinks we hold and we do not
            log.warning("claim.failed", extra={"error": repr(error)})
            self.disconnect()
            self.doubtful = True
            await asyncio.sleep(0.2)
            return 0
        if found:
            self._floor = max(self._floor, found[-1].vt)
        return len(found) + found.gated

    async def _pass_gates(self, room: int) -> int:
        """Lease runs that stand at gates. What it leases and this worker does not hear of is handed back, as with a claim."""
        self._marks = False
        try:
            connection = self._connection or await self._connect()
            runs = await pass_gates(connection, self._worker.worker_id, self._worker.known_functions(), room, self._place)
            await self._take(connection, runs)
        except Exception as error:  # noqa: BLE001 - outcome unknown, as with a claim
            log.warning("gates.failed", extra={"error": repr(error)})
            self.disconnect()
            self.doubtful = self._marks = True
            await asyncio.sleep(0.2)
            return 0
        return len(runs)

    async def _take(self, connection: asyncpg.Connection[Any], runs: Sequence[ClaimedRun]) -> None:
        """Execute what was leased."""
        if not runs:
            return
        metrics.CLAIMED.add(amount=len(runs))
        memos, seqs = await load(connection, runs)
        await attach(connection, [run.lease for run in runs])
        for run in runs:
            self._worker.share.leased(run.vt)
            self._worker.execute(run, memos.get(run.lease.run_id, {}), seqs.get(run.lease.run_id, 0))

    async def _connect(self) -> asyncpg.Connection[Any]:
        """Claims have a connection of their own, with the engine's settings: their plans must not turn with table sizes."""
        self._connection = await self._worker.database.connect(application_name="ff:claim")
        return self._connection
