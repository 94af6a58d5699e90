"""The sweeper: every worker looks around about once a second, so that nothing which one of them dropped stays on the floor.

It fires timers and schedules, finishes what a crash left undispatched, and rescues the runs of dead workers. A worker is dead
only when this sweeper itself saw its heartbeat unchanged over a stretch of uninterrupted looks at the same server: an outage of
the database kills nobody (ENGINE.md, rule 5). Nothing needs to be watched where the worker's process is known to have ended: it
ran on this machine, and it is there no more.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import metrics
from flowforge.clock import Clock
from flowforge.crash import crash_point
from flowforge.db.queries import load_queries
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.event import dispatch_leftovers, wake_leftover_parents, wake_parents
from flowforge.orchestrator.firing import fire_schedules
from flowforge.orchestrator.hints import READY, WAKE, Bell
from flowforge.orchestrator.models.spending import settle_of_the_dead
from flowforge.orchestrator.worker.process import has_ended

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.worker.heartbeat import Heartbeat

LOOK_SECONDS = 1.25  # an idle worker's only regular statement: under one transaction a second
DEAD_SECONDS = 15.0
VANISHED_SECONDS = 3.0  # the same, when the worker's backend has gone as well
RELIGHT_SECONDS = 5.0  # how long a run may stand at a gate that nobody was told to look at
MAX_RESCUES = 5  # in a row without a completed step; then the run is paused for a person

log = logging.getLogger("flowforge.sweeper")
sql = load_queries("flowforge.orchestrator")


@dataclass
class Watched:
    """Another worker, as this sweeper has seen it without a break."""

    beat: int
    since: float
    gone_since: float | None


class DeathWatch:
    """Decides who is dead, from looks alone: pure, so that it can be tested without a database."""

    def __init__(self, dead_seconds: float = DEAD_SECONDS, vanished_seconds: float = VANISHED_SECONDS) -> None:
        self._dead, self._vanished = dead_seconds, vanished_seconds
        self._server: str | None = None
        self._watched: dict[UUID, Watched] = {}

    def interrupted(self) -> None:
        """A look failed: every count starts again."""
        self._watched.clear()

    def look(self, now: float, server: str, workers: dict[UUID, tuple[int, bool]]) -> list[tuple[UUID, int]]:
        """Take in one look ({worker: (beat, connected)}); returns who is dead, with the beat that it was seen dead at."""
        if server != self._server:
            self._watched.clear()
            self._server = server
        self._watched = {worker: seen for worker, seen in self._watched.items() if worker in workers}
        dead = []
        for worker, (beat, connected) in workers.items():
            seen = self._watched.get(worker)
            if seen is None or seen.beat != beat:
                self._watched[worker] = Watched(beat, now, None if connected else now)
                continue
            seen.gone_since = None if connected else seen.gone_since if seen.gone_since is not None else now
            gone = seen.gone_since is not None and now - max(seen.gone_since, seen.since) >= self._vanished
            if gone or now - seen.since >= self._dead:
                dead.append((worker, beat))
        return dead


class Sweeper:
    """Looks around about once a second while it runs."""

    def __init__(self, database: Database, worker_id: UUID, bell: Bell, clock: Clock, watch: DeathWatch, heartbeat: Heartbeat) -> None:
        self._database, self._worker_id, self._bell, self._clock = database, worker_id, bell, clock
        self.watch, self._heartbeat = watch, heartbeat
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._relit_at = clock.monotonic()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def hurry(self) -> None:
        """Look now: the clock was moved."""
        self._hurry.set()

    async def _run(self) -> None:
        while True:
            try:
                next_due = await self.sweep()
            except Exception as error:  # noqa: BLE001 - the database is away: nobody is dead, look again
                log.warning("sweep.failed", extra={"error": repr(error)})
                self.watch.interrupted()
                next_due = None
            pause = LOOK_SECONDS if next_due is None else min(LOOK_SECONDS, max(0.02, next_due))
            self._hurry.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._hurry.wait()

    async def sweep(self) -> float | None:
        """One look, and what follows from it. Returns the seconds until the next timer or schedule, if one is set."""
        asked_at = self._clock.monotonic()
        seen = await sql.look_around.fetchrow(self._database.engine, worker_id=self._worker_id)
        self._heartbeat.heard(seen["alive"], asked_at)
        if seen["ready"]:
            self._bell.ring(READY, elsewhere=False)
        workers = dict(zip(seen["workers"], zip(seen["beats"], seen["connected"], strict=True), strict=True))
        orphaned = seen["orphaned"]
        watched = self.watch.look(self._clock.monotonic(), seen["server"], workers)
        for worker, beat in dict([*watched, *self._ended(workers, seen["names"])]).items():
            orphaned = await self._bury(worker, beat) or orphaned
        if orphaned:
            await self._rescue()
        if seen["undispatched"]:
            await dispatch_leftovers(self._database, bell=self._bell)
            await self._shape()
            await wake_leftover_parents(self._database, bell=self._bell)
        if seen["cancelled"]:
            await self._seal()
        if seen["gated"]:
            await self._relight()
        due_in: float | None = seen["due_in"]
        if due_in is not None and due_in <= 0:
            await self._fire()
            due_in = 0.05
        scheduled_in: float | None = seen["scheduled_in"]
        if scheduled_in is not None and scheduled_in <= 0:
            await fire_schedules(self._database, bell=self._bell)
            scheduled_in = 0.05
        return min((seconds for seconds in (due_in, scheduled_in) if seconds is not None), default=None)

    def _ended(self, workers: dict[UUID, tuple[int, bool]], names: list[str]) -> list[tuple[UUID, int]]:
        """Whose process was one of this machine's and is gone, and its backend as well."""
        named = zip(workers.items(), names, strict=True)
        return [(worker, beat) for (worker, (beat, connected)), name in named if not connected and has_ended(name)]

    async def _fire(self) -> None:
        expired = await sql.expire_runs.fetch(self._database.pool)  # first: who has overslept its deadline is not to go on
        fired = await sql.fire_timers.fetch(self._database.pool)
        if fired:
            crash_point("timer.fired")
        if expired:
            self._bell.ring(WAKE)
            await self._seal()
        self._bell.ring(READY)  # a throttled gate may have opened, too

    async def _shape(self) -> None:
        children = await shape_new_runs(self._database)
        if children:
            await wake_parents(self._database, children, bell=self._bell)
        self._bell.ring(READY)

    async def _seal(self) -> None:
        """End what is to be cancelled and never began; what has begun is unwound by a worker."""
        sealed = await sql.seal_unbegun.fetch(self._database.pool)
        children = [(row["tenant_id"], row["run_id"]) for row in sealed if row["child"]]
        if children:
            await wake_parents(self._database, children, bell=self._bell)
        self._bell.ring_streams(row["run_id"] for row in sealed)

    async def _relight(self) -> None:
        if self._clock.monotonic() - self._relit_at >= RELIGHT_SECONDS:
            self._relit_at = self._clock.monotonic()
            await sql.relight_gates.fetch(self._database.pool)

    async def _bury(self, worker: UUID, beat: int) -> bool:
        dead = await sql.mark_dead.fetchval(self._database.pool, worker_id=worker, beat=beat)
        if dead is not None:
            metrics.WORKERS_BURIED.add()
            log.warning("worker.declared_dead", extra={"worker": worker.hex})
        return dead is not None

    async def _rescue(self) -> None:
        rescued = await sql.take_leases.fetch(self._database.pool, limit=MAX_RESCUES)
        await settle_of_the_dead(self._database)
        if rescued:
            metrics.RESCUED.add(amount=len(rescued))
            log.warning("runs.rescued", extra={"runs": len(rescued)})
            self._bell.ring(READY)
