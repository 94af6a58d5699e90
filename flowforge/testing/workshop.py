"""The worker of one test: it works when it is told to, dies when it is told to, and is followed by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from flowforge import crash, ids
from flowforge.db.queries import load_queries
from flowforge.errors import FlowForgeError, InvalidInput, NotFound
from flowforge.testing.clock import SettableClock
from flowforge.testing.vanishing import Vanished, WorkerDied

if TYPE_CHECKING:
    from datetime import datetime

    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.registry import Registry
    from flowforge.orchestrator.worker.worker import Worker

APP = "test"
CONCURRENCY = 200
LOOK_SECONDS = 0.002
MAX_LOOK_SECONDS = 0.02
QUIET_SECONDS = 0.002  # every task of a run waits for steps: what else should move it?
GRACE_SECONDS = 1.0
MAX_JUMPS = 1000  # of the clock, in one call: a function that sleeps for ever would never be idle

sql = load_queries("flowforge.testing")
engine_sql = load_queries("flowforge.orchestrator")


class Workshop:
    """Works on the runs of one test's database, with one worker at a time, in the test's own loop."""

    def __init__(self, database: Database, bell: Bell, registry: Registry) -> None:
        self.database, self.bell, self.registry = database, bell, registry
        self.clock = SettableClock(database, self._clock_moved)
        self.always_suspend = False
        self.max_jumps = MAX_JUMPS
        self._worker: Worker | None = None
        self._vanished: list[Vanished] = []
        self._unburied: list[Vanished] = []
        self._dropped = False  # something died, and may have left undone what a sweeper finds after two seconds
        self._armed: tuple[str, int] | None = None

    async def work(self, enough: Callable[[], Awaitable[bool]], timeout_seconds: float) -> bool:
        """Work until that is the case, or until nothing moves any more (False). Raises FlowForgeError when it takes too long."""
        jumps = 0
        pause = LOOK_SECONDS
        try:
            async with asyncio.timeout(timeout_seconds):
                while not await enough():
                    worker = await self._working()
                    await self._sweep()
                    if not worker.active and await self.is_idle():
                        if not (self.clock.auto_skip and await self._skip()):
                            return await enough()
                        jumps, pause = jumps + 1, LOOK_SECONDS
                        if jumps > self.max_jumps:
                            raise FlowForgeError(
                                f"the clock jumped {self.max_jumps} times and runs still sleep: {await self._in_hand()}",
                                hint="a function that sleeps for ever is tested with forge.clock.auto_skip = False and clock.advance()",
                            )
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, MAX_LOOK_SECONDS)
                return True
        except TimeoutError:
            raise FlowForgeError(f"still busy after {timeout_seconds:g} s: {await self._in_hand()}") from None
        finally:
            if self._worker is not None:
                self._worker.admit(0)

    async def is_idle(self) -> bool:
        """Whether nothing would happen by itself now."""
        return not await sql.busy.fetchval(self.database.pool, functions=self._function_ids())

    async def reload(self) -> None:
        """The registry has changed."""
        if self._worker is not None:
            await self._worker.reload()

    async def stop(self) -> None:
        """Stop the worker, gracefully; the next work is another's."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop(GRACE_SECONDS)

    async def close(self) -> None:
        """Stop, and let go of whatever died. Raises FlowForgeError when a crash that was asked for never came."""
        crash.arm("")
        await self.stop()
        await self._bury()
        for vanished in self._vanished:
            await vanished.thaw()
        armed, self._armed = self._armed, None
        if armed is not None:
            point, nth = armed
            raise FlowForgeError(
                f"no worker got to the crash point {point} {'' if nth == 1 else f'{nth} times '}in this test",
                hint="choose another point or a smaller nth: as it stands the test proves nothing about a crash",
            )

    # ── death ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def crash_at(self, point: str, nth: int) -> None:
        if point not in crash.POINTS:
            raise NotFound("crash point", point, crash.POINTS)
        if nth < 1:
            raise InvalidInput(f"nth counts from 1, not {nth}")
        self._armed = (point, nth)
        crash.arm(f"{point}:{nth}", self._crash)

    def crash_now(self) -> None:
        """Die where this is called. Raises WorkerDied."""
        worker, self._worker = self._worker, None
        if worker is not None:
            vanished = Vanished(worker)
            self._vanished.append(vanished)
            self._unburied.append(vanished)
        self._dropped = True
        raise WorkerDied

    def _crash(self, _point: str) -> None:
        self._armed = None
        self.crash_now()

    async def _bury(self) -> None:
        """Declare dead, at once, what in production is found dead after three seconds; then finish what it dropped."""
        from flowforge.orchestrator.event import dispatch_leftovers, wake_leftover_parents

        while self._unburied:
            vanished = self._unburied.pop()
            await asyncio.to_thread(vanished.heartbeat.stop)
            await engine_sql.end_generation.execute(self.database.pool, worker_id=vanished.worker_id)
        if self._dropped:
            self._dropped = False
            await dispatch_leftovers(self.database, bell=self.bell, age_seconds=0.0)
            await wake_leftover_parents(self.database, bell=self.bell, age_seconds=0.0)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _working(self) -> Worker:
        from flowforge.orchestrator.retry import Backoff
        from flowforge.orchestrator.worker.sweeper import DeathWatch
        from flowforge.orchestrator.worker.worker import Worker

        await self._bury()
        worker = self._worker
        if worker is None:
            worker = self._worker = Worker(
                self.database,
                self.registry,
                bell=self.bell,
                app=APP,
                concurrency=CONCURRENCY,
                backoff=Backoff(base_seconds=0.0),
                linger_seconds=0.0,
                poll_seconds=0.2,
                quiet_seconds=QUIET_SECONDS,
                grace_seconds=GRACE_SECONDS,
                always_suspend=self.always_suspend,
            )
            await worker.start()
            worker.sweeper.watch = DeathWatch(vanished_seconds=0.0)
        worker.always_suspend = self.always_suspend
        if worker.concurrency == 0:
            worker.admit(CONCURRENCY)
        return worker

    async def _skip(self) -> bool:
        """Jump to the moment at which the next timer is due, if one is set."""
        due: datetime | None = await sql.next_due.fetchval(self.database.pool, functions=self._function_ids())
        if due is None:
            return False
        await self.clock.set(due)
        return True

    async def _clock_moved(self, now: datetime) -> None:
        if self._worker is not None:
            self._worker.clock_moved(now)
            await self._sweep()

    async def _sweep(self) -> None:
        """Look around, and die of it where a crash point wants that."""
        if self._worker is not None:
            with suppress(WorkerDied):
                await self._worker.sweeper.sweep()

    async def _in_hand(self) -> str:
        rows = await sql.unfinished.fetch(self.database.pool)
        state = {"r": "ready", "l": "running", "p": "parked"}
        return (
            ", ".join(f"{row['function_id']} {ids.label(row['run_id'])} is {state[row['state']]}" for row in rows) or "undispatched events"
        )

    def _function_ids(self) -> list[str]:
        return [function.function_id for function in self.registry]
