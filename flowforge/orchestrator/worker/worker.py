"""The worker: leases runs, executes them, and gives them back.

    Claimer ─► lease ─► Execution + Driver ─► Committer (one flush at a time)
        ▲ hints, polls             │ suspends, ends, is lost
        └──────── a slot is free ◄─┘
    beside it: Flags (wakes, cancellations, pauses), Heartbeat (own thread), Sweeper (timers, leftovers, the dead), Looker (what waits
    wait for), Housekeeper (acts on many runs, old rows, deltas that are not needed any more)

One `Worker` object lives through several generations: when others have declared it dead (it was frozen, say), it drops
everything it held and begins anew under another id.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids, metrics
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.queries import load_queries
from flowforge.orchestrator import branch
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.driver import QUIET_SECONDS, Driver
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.flow.share import Share
from flowforge.orchestrator.hints import READY, Bell
from flowforge.orchestrator.models.spending import Spending
from flowforge.orchestrator.outage import ChangeRefused, insist, is_refusal
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.worker.claimer import Claimer
from flowforge.orchestrator.worker.committer import Committer
from flowforge.orchestrator.worker.compactor import Compactor
from flowforge.orchestrator.worker.flags import Flags
from flowforge.orchestrator.worker.heartbeat import Heartbeat
from flowforge.orchestrator.worker.host import Closable, Kept
from flowforge.orchestrator.worker.housekeeper import Housekeeper
from flowforge.orchestrator.worker.looker import Looker
from flowforge.orchestrator.worker.process import process_name
from flowforge.orchestrator.worker.step_slots import StepSlots
from flowforge.orchestrator.worker.sweeper import DEAD_SECONDS, VANISHED_SECONDS, DeathWatch, Sweeper
from flowforge.secrets.opened import OPENED
from flowforge.secrets.resolve import Secrets
from flowforge.secrets.vault import Vault

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.change import Change, Child
    from flowforge.orchestrator.worker.claim import ClaimedRun

POLL_SECONDS = 30.0  # of the claimer, which the sweeper wakes when it sees a run that is ready
LINGER_SECONDS = 1.0
PART_AGAIN_SECONDS = 1.0

log = logging.getLogger("flowforge.worker")
sql = load_queries("flowforge.orchestrator")


class Worker:
    """Executes runs of the functions in `registry`, up to `concurrency` at once."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        *,
        bell: Bell | None = None,
        app: str = "app",
        concurrency: int = 200,
        clock: Clock = SYSTEM_CLOCK,
        backoff: Backoff = Backoff(),
        linger_seconds: float = LINGER_SECONDS,
        grace_seconds: float = 20.0,
        poll_seconds: float = POLL_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
        always_suspend: bool = False,
        dead_seconds: float = DEAD_SECONDS,
        vanished_seconds: float = VANISHED_SECONDS,
        vault: Vault | None = None,
    ) -> None:
        self.database, self.registry, self.app, self.concurrency = database, registry, app, concurrency
        self.bell = bell or Bell()
        self._own_bell = bell is None
        self.clock, self.backoff = clock, backoff
        self.linger_seconds, self.grace_seconds, self.poll_seconds = linger_seconds, grace_seconds, poll_seconds
        self.quiet_seconds, self.always_suspend = quiet_seconds, always_suspend
        self._dead_seconds, self._vanished_seconds = dead_seconds, vanished_seconds
        self.worker_id: UUID = ids.new_id()
        self.active: dict[UUID, tuple[Driver, asyncio.Task[None]]] = {}
        self._ending: set[Execution] = set()  # of those, the ones whose code has ended: only their last commit is outstanding
        self._side: set[asyncio.Task[None]] = set()
        self._kept: dict[str, Closable] = {}
        self._ended_children: list[tuple[UUID, UUID]] = []  # (tenant, run) of whose parents are to be woken
        self._waking = False
        self._stopping = False
        self.share = Share()
        self.step_slots = StepSlots(database, self.bell)
        self.spending = Spending(database)
        self.vault = vault or Vault()
        self.secrets = Secrets(database, self.vault, clock)
        self.compactor = Compactor(database)
        self.claimer, self.flags = Claimer(self), Flags(self)
        self._started_up: list[asyncio.Task[None]] = []
        self.after_reload: list[Callable[[], Awaitable[None]]] = []  # who else follows what the registry holds
        self._offered: list[Callable[[], None]] = []

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Publish the functions and begin to claim. Raises DatabaseUnavailable."""
        OPENED.note_environment()
        self._loop = asyncio.get_running_loop()
        branch.install(self._loop)
        if self._own_bell:
            await self.bell.open(self.database)
        await publish_functions(self.database.pool, self.registry, app=self.app)
        await self._begin_generation()
        housekeeper = Housekeeper(self.database, self.bell, self.compactor)
        parts = {"claimer": self.claimer.run, "flags": self.flags.run, "housekeeper": housekeeper.run}
        self._started_up = [asyncio.create_task(self._keep_up(name, part), name=name) for name, part in parts.items()]
        self._offered = [
            metrics.ACTIVE_RUNS.offer(lambda: len(self.active)),
            metrics.UNFLUSHED.offer(lambda: self.committer.queued),
            metrics.BEAT_AGE.offer(lambda: self.heartbeat.age),
            metrics.OLDEST_LEASE.offer(self._oldest_lease_seconds),
        ]

    async def _keep_up(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Begin a part of the worker anew when it fails: without its claimer it would beat, look alive, and do nothing."""
        while True:
            try:
                await part()
            except Exception:
                log.exception("worker.part_failed", extra={"part": name})
            await self.clock.sleep(PART_AGAIN_SECONDS)

    async def reload(self) -> None:
        """Publish the registry again after its functions have changed; runs in flight go on with the code they began with."""
        await publish_functions(self.database.pool, self.registry, app=self.app)
        await sql.announce_functions.execute(self.database.pool, worker_id=self.worker_id, functions=self.known_functions())
        self.bell.ring(READY)
        for follow in self.after_reload:
            await follow()

    def admit(self, concurrency: int) -> None:
        """Let that many runs be here at once; with 0 nothing more is claimed."""
        self.concurrency = concurrency
        self.claimer.slot_is_free()
        self.bell.ring(READY)

    def clock_moved(self, now: datetime) -> None:
        """The database's clock was set to `now`: timers are due by it at once."""
        for driver, _ in list(self.active.values()):
            driver.execution.clock_moved(now)
        self.sweeper.hurry()

    async def stop(self, grace_seconds: float | None = None) -> None:
        """Claim nothing more, let running bodies end within the grace time, hand the leases back, and go."""
        self._stopping = True
        for withdraw in self._offered:
            withdraw()
        for task in self._started_up:
            task.cancel()
        await asyncio.gather(*self._started_up, return_exceptions=True)
        for driver, _ in list(self.active.values()):
            driver.release()
        grace = self.grace_seconds if grace_seconds is None else grace_seconds
        if self.active:
            await asyncio.wait([task for _, task in self.active.values()], timeout=grace)
        await self._end_generation()
        await asyncio.gather(*(one.close() for one in self._kept.values()), return_exceptions=True)
        self._kept.clear()
        if self._own_bell:
            await self.bell.close()

    async def _begin_generation(self) -> None:
        self.worker_id = ids.new_id()
        await sql.begin_generation.execute(
            self.database.pool, worker_id=self.worker_id, name=process_name(), functions=self.known_functions()
        )
        self.committer = Committer(self.database, self.worker_id, self.bell, on_lost=self._calls_lost)
        self.committer.open()
        self.looker = Looker(self.database)
        self.heartbeat = Heartbeat(self.database, self.worker_id, self.clock, partial(self._found_dead, self.worker_id))
        watch = DeathWatch(self._dead_seconds, self._vanished_seconds)
        self.sweeper = Sweeper(self.database, self.worker_id, self.bell, self.clock, watch, self.heartbeat)
        self.heartbeat.start()
        self.sweeper.start()

    async def _end_generation(self) -> None:
        for _, task in list(self.active.values()):
            task.cancel()
        await asyncio.gather(*(task for _, task in self.active.values()), return_exceptions=True)
        self.looker.close()
        self.step_slots.close()
        await self.sweeper.stop()
        try:
            async with asyncio.timeout(5):
                await sql.release_leases.execute(self.database.pool, worker_id=self.worker_id, **{"except": []})
                await sql.end_generation.execute(self.database.pool, worker_id=self.worker_id)  # waits for a claim in flight
                await sql.release_leases.execute(self.database.pool, worker_id=self.worker_id, **{"except": []})
        except Exception as error:  # noqa: BLE001 - without a database there is nothing to hand back to; others will rescue
            log.warning("worker.leases_not_released", extra={"error": repr(error)})
        await self.committer.close()
        self.claimer.disconnect()
        await asyncio.to_thread(self.heartbeat.stop)
        for task in list(self._side):
            task.cancel()
        self.bell.ring(READY)

    def _found_dead(self, generation: UUID) -> None:
        """Called in whatever thread heard of it: others have taken our runs."""
        self._loop.call_soon_threadsafe(lambda: self.spawn(self._reborn(generation)))

    async def _reborn(self, generation: UUID) -> None:
        if self._stopping or generation != self.worker_id:
            return
        log.warning("worker.reborn", extra={"worker": self.worker_id.hex})
        for driver, _ in list(self.active.values()):
            driver.execution.drop()
        if self.active:
            await asyncio.wait([task for _, task in self.active.values()], timeout=self.grace_seconds)
        self.looker.close()
        await self.committer.close()
        await self.sweeper.stop()
        await asyncio.to_thread(self.heartbeat.stop)
        await insist(self._begin_generation)  # under another id each time

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def execute(self, run: ClaimedRun, memo: dict[str, Any], seq: int) -> None:
        function = self.registry.get(run.function_id, run.pin)
        if function is None:  # a reload took it away while the claim was under way
            self.claimer.doubtful = True
            return
        execution = Execution(self, run.lease, function, run.facts(seq), memo, run.now)
        driver = Driver(execution)
        task = self._loop.create_task(self._drive(driver))
        self.active[run.lease.run_id] = (driver, task)

    async def _drive(self, driver: Driver) -> None:
        run_id = driver.execution.run_id
        try:
            await driver.run()
        except Exception:
            log.exception("run.driver_failed", extra={"run": driver.execution.shown_id})
            self.claimer.doubtful = True
        finally:
            held = self.active.get(run_id)
            if held is not None and held[0] is driver:  # else it has come back already, under another lease
                del self.active[run_id]
            self._ending.discard(driver.execution)
            self.claimer.slot_is_free()

    @property
    def free(self) -> int:
        """How many runs more may begin here. One that has ended takes no place while it waits for its last commit."""
        return min(self.concurrency, self.concurrency - len(self.active) + len(self._ending))

    async def rung_within(self, rung: asyncio.Event, seconds: float) -> None:
        """Wait for a hint, but no longer than until it is time to look without one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for loses a cancellation that comes with the ring
                await rung.wait()

    def _oldest_lease_seconds(self) -> float:
        now = self.clock.monotonic()
        return max((now - driver.execution.leased_at for driver, _ in self.active.values()), default=0.0)

    def known_functions(self) -> list[str]:
        """The functions that this worker knows, those with versions once more in each of them."""
        return [*(function.function_id for function in self.registry), *self.registry.versions]

    # ── what executions ask of their host ────────────────────────────────────────────────────────────────────────────

    @property
    def may_start(self) -> bool:
        return self.heartbeat.fresh

    async def until_may_start(self) -> None:
        while not self.heartbeat.fresh:
            await self.clock.sleep(0.1)

    def dropped(self, execution: Execution) -> None:
        metrics.LEASES_LOST.add()
        log.warning("run.lease_lost", extra={"run": execution.shown_id})

    def _calls_lost(self, change: Change) -> None:
        """Another worker has the run; what its model calls used here is noted all the same."""
        self.spawn(insist(lambda: self.spending.settle_apart(change.lease, change.usage, change.settlements)))

    def ending(self, execution: Execution) -> None:
        self._ending.add(execution)
        self.claimer.slot_is_free()

    def child_made(self, child: Child) -> None:
        """Apply its function's flow control after the commit; the sweeper does it if this worker dies first."""
        function = self.registry.get(child.function_id)
        if function is None or not function.flow.plain:
            self.spawn(self._shape(child.run_id))

    async def _shape(self, run_id: UUID) -> None:
        await wake_parents(self.database, await shape_new_runs(self.database, [run_id]), bell=self.bell)
        self.bell.ring(READY)

    def child_ended(self, execution: Execution) -> None:
        """Wake the parent after the child's end has committed; the sweeper does it if this worker dies first.

        Siblings would wait for each other at their parent's row: what ends while one wake is on its way shares the next one.
        """
        self._ended_children.append((execution.tenant_id, execution.run_id))
        if not self._waking:
            self._waking = True
            self.spawn(self._wake())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = branch.outside(work)
        self._side.add(task)
        task.add_done_callback(self._side_done)

    async def cancel_children(self, execution: Execution) -> None:
        """Cancel the runs that work for this one alone; it is not sealed before, so whoever takes it over does it again."""
        tenant_id, run_id = execution.tenant_id, execution.run_id

        async def cancel() -> None:
            for row in await sql.bound_children.fetch(self.database.engine, tenant_id=tenant_id, run_id=run_id):
                await cancel_run(self.database, tenant_id, row["run_id"], by=execution.shown_id, bell=self.bell)

        await insist(cancel)

    def keep(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What steps share and the worker ends, as connections are: made when it is first asked for."""
        kept: Any = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = make()
        found: Kept = kept
        return found

    async def cancelled_by(self, execution: Execution) -> tuple[str | None, dict[str, Any] | None]:
        """Who cancels the run, or which rule of its function does: as an error."""
        query, tenant_id, run_id = sql.cancelled_by, execution.tenant_id, execution.run_id
        row: Any = await insist(lambda: query.fetchrow(self.database.pool, tenant_id=tenant_id, run_id=run_id))
        return (None, None) if row is None else (row["cancelled_by"], row["cancel_error"] and json.loads(row["cancel_error"]))

    async def write_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID, text: str) -> None:
        """Raises ChangeRefused for what can never be stored (PostgreSQL takes 1 GB at most)."""
        data = text.encode()

        async def write() -> None:
            try:
                await sql.write_blob.execute(self.database.pool, tenant_id=tenant_id, run_id=run_id, blob_id=blob_id, data=data)
            except Exception as error:
                if is_refusal(error):
                    raise ChangeRefused(error) from error
                raise

        await insist(write)

    async def read_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID) -> str:
        query = sql.read_blob
        data: bytes = await insist(lambda: query.fetchval(self.database.pool, tenant_id=tenant_id, run_id=run_id, blob_id=blob_id))
        return data.decode()

    async def _wake(self) -> None:
        try:
            while self._ended_children:
                children, self._ended_children = self._ended_children, []
                await wake_parents(self.database, children, bell=self.bell)
        finally:
            self._waking = False

    def _side_done(self, task: asyncio.Task[None]) -> None:
        self._side.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("worker.side_work_failed", extra={"error": repr(task.exception())})
