"""The worker of one test: it works when it is told to, dies when it is told to, and is followed by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from flowforge import crash, ids
from flowforge.db.queries import load_queries
from flowforge.errors import FlowForgeError, InvalidInput, NotFound
from flowforge.secrets.key_ring import KeyRing, new_key
from flowforge.secrets.vault import Vault
from flowforge.testing.clock import SettableClock
from flowforge.testing.rows import delete_rows
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


class Workplace:
    """What goes from one test to the next in the same loop: connections that know their statements, and a worker that has them."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self.database, self.bell = database, bell
        self.worker: Worker | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Workplace]:
        """Raises DatabaseUnavailable."""
        from flowforge.db.database import Database
        from flowforge.orchestrator.hints import Bell

        async with await Database.open(url) as database:
            bell = Bell()
            await bell.open(database)
            place = cls(database, bell)
            try:
                yield place
            finally:
                if place.worker is not None:
                    await place.worker.stop(GRACE_SECONDS)
                await bell.close()

    async def clear(self, worker: Worker | None) -> None:
        """Empty the tables for the next test, which goes on with this worker."""
        self.worker = worker
        await delete_rows(self.database, None if worker is None else worker.worker_id)


class Workshop:
    """Works on the runs of one test's database, with one worker at a time, in the test's own loop."""

    def __init__(self, database: Database, bell: Bell, registry: Registry, worker: Worker | None = None) -> None:
        self.database, self.bell, self.registry = database, bell, registry
        self.worker = worker
        self.vault = Vault(KeyRing.from_text(new_key())) if worker is None else worker.vault
        if worker is not None:
            worker.registry = registry
        self.clock = SettableClock(database, self._clock_moved)
        self.always_suspend = False
        self.max_jumps = MAX_JUMPS
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
            raise FlowForgeError(f"still busy after {timeout_seconds:g} s: {await self._in_hand()}; {await self._at_work()}") from None
        finally:
            if self.worker is not None:
                self.worker.admit(0)
                await self.worker.claimer.rest()  # what comes from now on is not its to begin

    async def is_idle(self) -> bool:
        """Whether nothing would happen by itself now."""
        return not await sql.busy.fetchval(self.database.pool, functions=self._function_ids())

    async def publish(self) -> None:
        """Tell the database what is registered: events are matched there."""
        from flowforge.orchestrator.publish import publish_functions

        if self.worker is not None:
            await self.worker.reload()
        else:
            await publish_functions(self.database.pool, self.registry, app=APP)

    async def stop(self) -> None:
        """Stop the worker, gracefully; the next work is another's."""
        worker, self.worker = self.worker, None
        if worker is not None:
            await worker.stop(GRACE_SECONDS)

    async def close(self, *, leave_worker: bool) -> None:
        """Let go of whatever died; `leave_worker`: a worker that has nothing in hand stays, for the next test.

        Raises FlowForgeError when a crash that was asked for never came.
        """
        crash.arm("")
        worker = self.worker
        try:
            if worker is not None and (worker.active or worker._side or worker.committer._draining is not None):
                await self.stop()
            await self._bury()
            for vanished in self._vanished:
                await vanished.thaw()
        finally:
            if not leave_worker:
                await self.stop()
        self._refuse_a_crash_that_never_came()

    def _refuse_a_crash_that_never_came(self) -> None:
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
        worker, self.worker = self.worker, None
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
        worker = self.worker
        if worker is None:
            worker = self.worker = Worker(
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
                vault=self.vault,
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
        if self.worker is not None:
            self.worker.clock_moved(now)
            await self._sweep()

    async def _sweep(self) -> None:
        """Look around, and die of it where a crash point wants that."""
        if self.worker is not None:
            with suppress(WorkerDied):
                await self.worker.sweeper.sweep()

    async def _in_hand(self) -> str:
        rows = await sql.unfinished.fetch(self.database.pool)
        state = {"r": "ready", "l": "running", "p": "parked"}
        return (
            ", ".join(f"{row['function_id']} {ids.label(row['run_id'])} is {state[row['state']]}" for row in rows) or "undispatched events"
        )

    async def _at_work(self) -> str:
        """What the worker does about it: whether the database takes it for alive, and what it has in hand."""
        worker = self.worker
        if worker is None:
            return "no worker is here"
        alive = await sql.is_alive.fetchval(self.database.pool, worker_id=worker.worker_id)
        ended = [task.get_name() for task in worker._started_up if task.done()]
        return (
            f"the worker is {'alive' if alive else 'taken for dead'}, has {len(worker.active)} in hand{f', {ended} ended' if ended else ''}"
        )

    def _function_ids(self) -> list[str]:
        return [function.function_id for function in self.registry]
