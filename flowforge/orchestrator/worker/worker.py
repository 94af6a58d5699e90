"""The worker: leases runs, executes them, and gives them back.

    claim loop ─► lease ─► Execution + Driver ─► Committer (one flush at a time)
        ▲ hints, polls                │ suspends, ends, is lost
        └─────────── a slot is free ◄─┘
    beside it: Heartbeat (own thread), Sweeper (timers, leftovers, the dead), Looker (what waits wait for)

One `Worker` object lives through several generations: when others have declared it dead (it was frozen, say), it drops
everything it held and begins anew under another id.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from flowforge import ids, metrics
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.crash import crash_point
from flowforge.db.queries import load_queries
from flowforge.orchestrator import branch
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.driver import QUIET_SECONDS, Driver
from flowforge.orchestrator.event import wake_parents
from flowforge.orchestrator.execution import Execution
from flowforge.orchestrator.flow.share import Share
from flowforge.orchestrator.hints import READY, WAKE, Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import wake_run
from flowforge.orchestrator.trace import attach
from flowforge.orchestrator.worker.claim import ClaimedRun, claim, load
from flowforge.orchestrator.worker.committer import ChangeRefused, Committer, is_refusal
from flowforge.orchestrator.worker.gates import Place, pass_gates
from flowforge.orchestrator.worker.heartbeat import Heartbeat
from flowforge.orchestrator.worker.housekeeper import Housekeeper
from flowforge.orchestrator.worker.looker import Looker
from flowforge.orchestrator.worker.process import process_name
from flowforge.orchestrator.worker.step_slots import StepSlots
from flowforge.orchestrator.worker.sweeper import DEAD_SECONDS, VANISHED_SECONDS, DeathWatch, Sweeper

if TYPE_CHECKING:
    import asyncpg

    from flowforge.db.database import Database
    from flowforge.orchestrator.change import Child

POLL_SECONDS = 1.0
LINGER_SECONDS = 1.0
MAX_CLAIM = 128
CHECK_SECONDS = 30.0  # between two looks for leases that nobody here remembers
SLOW_STEP_SECONDS = 0.2

R = TypeVar("R")

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
    ) -> None:
        self.database, self.registry, self.app, self.concurrency = database, registry, app, concurrency
        self.bell = bell or Bell()
        self._own_bell = bell is None
        self.clock, self.backoff = clock, backoff
        self.linger_seconds, self.grace_seconds, self._poll_seconds = linger_seconds, grace_seconds, poll_seconds
        self.quiet_seconds, self.always_suspend = quiet_seconds, always_suspend
        self._dead_seconds, self._vanished_seconds = dead_seconds, vanished_seconds
        self.worker_id: UUID = ids.new_id()
        self.active: dict[UUID, tuple[Driver, asyncio.Task[None]]] = {}
        self._side: set[asyncio.Task[None]] = set()
        self._ended_children: list[tuple[UUID, UUID]] = []  # (tenant, run) of whose parents are to be woken
        self._waking = False
        self._stopping = False
        self._doubtful = False  # the database may think that we hold leases which our memory does not
        self._floor = 0
        self.share = Share()
        self.step_slots = StepSlots(database, self.bell)
        self._ordered = True  # some tenant may use priorities
        self._marks = False  # somebody should look at the gates
        self._place = Place()
        self._slot_free = asyncio.Event()
        self._connection: asyncpg.Connection[Any] | None = None
        self._started_up: list[asyncio.Task[None]] = []
        self.after_reload: list[Callable[[], Awaitable[None]]] = []  # who else follows what the registry holds
        self._offered: list[Callable[[], None]] = []

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Publish the functions and begin to claim. Raises DatabaseUnavailable."""
        self._loop = asyncio.get_running_loop()
        branch.install(self._loop)
        if self._own_bell:
            await self.bell.open(self.database)
        await publish_functions(self.database.pool, self.registry, app=self.app)
        await self._begin_generation()
        self._started_up = [asyncio.create_task(self._claim_loop()), asyncio.create_task(self._flag_loop())]
        self._offered = [
            metrics.ACTIVE_RUNS.offer(lambda: len(self.active)),
            metrics.UNFLUSHED.offer(lambda: self.committer.queued),
            metrics.BEAT_AGE.offer(lambda: self.heartbeat.age),
            metrics.OLDEST_LEASE.offer(self._oldest_lease_seconds),
        ]
        self._started_up.append(asyncio.create_task(Housekeeper(self.database, self.bell).run()))

    async def reload(self) -> None:
        """Publish the registry again after its functions have changed; runs in flight go on with the code they began with."""
        await publish_functions(self.database.pool, self.registry, app=self.app)
        await sql.announce_functions.execute(self.database.pool, worker_id=self.worker_id, functions=self._known())
        self.bell.ring(READY)
        for follow in self.after_reload:
            await follow()

    def admit(self, concurrency: int) -> None:
        """Let that many runs be here at once; with 0 nothing more is claimed."""
        self.concurrency = concurrency
        self._slot_free.set()
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
        if self._own_bell:
            await self.bell.close()

    async def _begin_generation(self) -> None:
        self.worker_id = ids.new_id()
        await sql.begin_generation.execute(self.database.pool, worker_id=self.worker_id, name=process_name(), functions=self._known())
        self.committer = Committer(self.database, self.worker_id, self.bell)
        self.committer.open()
        self.looker = Looker(self.database)
        self.heartbeat = Heartbeat(self.database, self.worker_id, self.clock, self._found_dead)
        watch = DeathWatch(self._dead_seconds, self._vanished_seconds)
        self.sweeper = Sweeper(self.database, self.worker_id, self.bell, self.clock, watch)
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
        self._disconnect()
        await asyncio.to_thread(self.heartbeat.stop)
        for task in list(self._side):
            task.cancel()
        self.bell.ring(READY)

    def _found_dead(self) -> None:
        """Called in the heartbeat's thread: others have taken our runs."""
        self._loop.call_soon_threadsafe(lambda: self.spawn(self._reborn()))

    async def _reborn(self) -> None:
        if self._stopping:
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

    # ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _claim_loop(self) -> None:
        rung = self.bell.subscribe(READY)
        last_full_scan = last_check = self.clock.monotonic()
        while True:
            rung.clear()
            if self._doubtful or self.clock.monotonic() - last_check > CHECK_SECONDS:
                last_check = self.clock.monotonic()
                await self._release_unknown()
            free = self.concurrency - len(self.active)
            if free <= 0:
                self._slot_free.clear()
                await self._slot_free.wait()
                await asyncio.sleep(0)  # let more of them end, and claim them together
                continue
            had_marks = self._marks
            now = self.clock.monotonic()
            if now - last_full_scan > 1.0:
                self._floor, last_full_scan = 0, now
            passed = await self._pass_gates(min(free, MAX_CLAIM)) if self._marks else 0
            taken = await self._claim(min(free - passed, MAX_CLAIM)) if passed < free else 0
            if taken + passed == 0 and self._floor:
                self._floor = 0
            elif taken + passed == 0 and not (self._marks and not had_marks):
                await self._wait(rung)

    async def _claim(self, limit: int) -> int:
        crash_point("claim.before_commit")
        begun = self.clock.monotonic()
        try:
            connection = self._connection or await self._connect()
            virtual = self.share.to_publish(self.clock.monotonic())
            found = await claim(connection, self.worker_id, self._known(), limit, self._floor, virtual, self._ordered)
            crash_point("claim.after_commit")
            metrics.CLAIM_SECONDS.add(self.clock.monotonic() - begun)
            self._marks, self._ordered = found.marks or found.gated > 0, found.ordered
            await self._take(connection, found)
        except Exception as error:  # noqa: BLE001 - outcome unknown: give back whatever the database thinks we hold and we do not
            log.warning("claim.failed", extra={"error": repr(error)})
            self._disconnect()
            self._doubtful = True
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
            runs = await pass_gates(connection, self.worker_id, self._known(), room, self._place)
            await self._take(connection, runs)
        except Exception as error:  # noqa: BLE001 - outcome unknown, as with a claim
            log.warning("gates.failed", extra={"error": repr(error)})
            self._disconnect()
            self._doubtful = self._marks = True
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
            self.share.leased(run.vt)
            self._execute(run, memos.get(run.lease.run_id, {}), seqs.get(run.lease.run_id, 0))

    async def _connect(self) -> asyncpg.Connection[Any]:
        """Claims have a connection of their own, with the engine's settings: their plans must not turn with table sizes."""
        self._connection = await self.database.connect(application_name="ff:claim")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _release_unknown(self) -> None:
        """Hand back the leases that this worker's memory does not hold: a claim's answer was lost, or a driver failed.

        Only between two claims: what is being claimed is not in memory yet.
        """
        self._doubtful = False
        try:
            await sql.release_leases.execute(self.database.pool, worker_id=self.worker_id, **{"except": list(self.active)})
        except Exception as error:  # noqa: BLE001 - the database is still away; before the next claim it is tried again
            log.warning("claim.not_released", extra={"error": repr(error)})
            self._doubtful = True

    def _execute(self, run: Any, memo: dict[str, Any], seq: int) -> None:
        function = self.registry.get(run.function_id, run.pin)
        if function is None:  # a reload took it away while the claim was under way
            self._doubtful = True
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
            self._doubtful = True
        finally:
            held = self.active.get(run_id)
            if held is not None and held[0] is driver:  # else it has come back already, under another lease
                del self.active[run_id]
            self._slot_free.set()

    async def _wait(self, rung: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):  # wait_for loses a cancellation that comes with the ring
                await rung.wait()

    def _oldest_lease_seconds(self) -> float:
        now = self.clock.monotonic()
        return max((now - driver.execution.leased_at for driver, _ in self.active.values()), default=0.0)

    def _known(self) -> list[str]:
        """The functions that this worker knows, those with versions once more in each of them."""
        return [*(function.function_id for function in self.registry), *self.registry.versions]

    # ── flags ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _flag_loop(self) -> None:
        """Look for wakes, cancellations and pauses of the runs that are leased here; announce steps that take their time."""
        rung = self.bell.subscribe(WAKE)
        while True:
            await self._wait(rung)
            rung.clear()
            if not self.active:
                continue
            self._announce_slow_steps()
            try:
                flagged = await sql.flagged_runs.fetch(self.database.pool, worker_id=self.worker_id)
            except Exception as error:  # noqa: BLE001 - the database is away; look again
                log.warning("flags.failed", extra={"error": repr(error)})
                continue
            if flagged:
                await self._take_flags(flagged)

    def _announce_slow_steps(self) -> None:
        for driver, _ in list(self.active.values()):
            driver.execution.announce_slow_steps(SLOW_STEP_SECONDS)

    async def _take_flags(self, flagged: Sequence[Any]) -> None:
        """Take the wakes off the rows, then look: what comes later wakes again.

        A run that is just leaving keeps its wake: it is meant for whoever has the run next.
        """
        for row in flagged:
            if row["pause"] and not row["cancel"] and (held := self.active.get(row["run_id"])) is not None:
                held[0].pause()
        flagged = [row for row in flagged if self._is_news(row)]
        if not flagged:
            return
        staying = [self.active[row["run_id"]][0].execution for row in flagged if self._can_look(row["run_id"])]
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
        try:
            await sql.clear_wakes.execute(
                self.database.pool, worker_id=self.worker_id, tenant_ids=[run[0] for run in runs], run_ids=[run[1] for run in runs]
            )
        except Exception as error:  # noqa: BLE001 - they may be off, so they are put on again
            log.warning("flags.not_taken", extra={"error": repr(error)})
            for run in runs:
                self.spawn(self._wake_again(*run))

    def _is_news(self, row: Any) -> bool:
        """A run that is being cancelled stays flagged until its end: told again and again, it would never come to rest."""
        held = self.active.get(row["run_id"])
        if row["cancel"]:
            return held is None or not held[0].execution.cancelling
        return self._can_look(row["run_id"])

    def _can_look(self, run_id: UUID) -> bool:
        held = self.active.get(run_id)
        return held is not None and held[0].execution.door_open

    def _flagged(self, tenant_id: UUID, run_id: UUID, cancel: bool) -> None:
        held = self.active.get(run_id)
        execution = None if held is None else held[0].execution
        if execution is not None and cancel:
            execution.cancel()
        elif execution is not None and execution.door_open:
            execution.look_again()
        else:  # it is just leaving this worker, and the wake that we have taken off its row was meant for whoever has it next
            self.spawn(self._wake_again(tenant_id, run_id))

    async def _wake_again(self, tenant_id: UUID, run_id: UUID) -> None:
        await insist(lambda: wake_run(self.database.pool, tenant_id, run_id))
        self.bell.ring(READY, WAKE)

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


async def insist(act: Callable[[], Awaitable[R]]) -> R:
    """Through an outage: the same act again, until it is answered. It must be one that a repeat does not harm."""
    delay = 0.1
    while True:
        try:
            return await act()
        except ChangeRefused:
            raise
        except Exception as error:  # noqa: BLE001 - the database is away
            log.warning("worker.repeated", extra={"error": repr(error)})
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)
