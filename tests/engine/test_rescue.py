"""Leases that nobody holds any more come back, and no others do (ENGINE.md, rules 4, 5, 9, 14, 17)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids, step
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.queries import load_queries
from flowforge.orchestrator.change import COMPLETED, Change, StepRow
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.run import start_in
from flowforge.orchestrator.worker import claimer as claimer_module
from flowforge.orchestrator.worker import worker as worker_module
from flowforge.orchestrator.worker.claim import claim
from flowforge.orchestrator.worker.flush import Flush
from flowforge.orchestrator.worker.heartbeat import STALE_SECONDS, Heartbeat
from flowforge.orchestrator.worker.sweeper import VANISHED_SECONDS, DeathWatch, Sweeper

sql = load_queries("flowforge.orchestrator")
LEASE = "update flowforge.owner set state = 'l', worker_id = $1, fence = fence + 1 where run_id = $2"


@pytest.fixture
def f(engine):
    @engine.function(id="f", trigger="f")
    async def function(ctx):
        return "done"


@pytest.mark.parametrize("whose", ["dead", "missing"])
async def test_every_lease_of_a_generation_that_is_no_more_is_taken(engine, f, whose):
    worker_id = await engine.generation("f")
    run_id = await engine.start("f")
    assert len(await claim(engine.database.pool, worker_id, ["f"], 10, 0)) == 1
    end = "update flowforge.worker set alive = false" if whose == "dead" else "delete from flowforge.worker"
    await engine.database.pool.execute(end)  # and whoever did it died before it took the lease
    await engine.worker()
    run = await engine.end_of(run_id, 5)
    assert (run.output, run.attempt) == ("done", 2)


async def test_a_lease_of_the_living_is_not_taken(engine, f):
    worker_id = await engine.generation("f")
    await engine.start("f")
    await claim(engine.database.pool, worker_id, ["f"], 10, 0)
    assert await sql.take_leases.fetch(engine.database.pool, limit=5) == []


async def test_leases_are_taken_only_after_the_death_of_their_generation_was_committed(engine, f):
    """In one statement the taking would not see a claim for which the marking had to wait."""
    worker_id = await engine.generation("f")
    for _ in range(2):
        await engine.start("f")
    async with engine.database.pool.acquire() as claiming, claiming.transaction():
        await claim(claiming, worker_id, ["f"], 1, 0)
        marking = asyncio.create_task(sql.mark_dead.fetchval(engine.database.pool, worker_id=worker_id, beat=0))
        async with asyncio.timeout(5):
            while not await engine.fetchval("select exists (select from pg_locks where not granted)"):
                await asyncio.sleep(0.005)
        await claim(claiming, worker_id, ["f"], 1, 0)
    assert await marking == worker_id
    assert await engine.fetchval("select count(*) from flowforge.owner where state = 'l'") == 2, "it took while it marked"
    assert len(await sql.take_leases.fetch(engine.database.pool, limit=5)) == 2


async def test_a_generation_that_has_beaten_since_is_not_declared_dead(engine):
    worker_id = await engine.generation("f")
    await sql.beat.execute(engine.database.pool, worker_id=worker_id)
    assert await sql.mark_dead.fetchval(engine.database.pool, worker_id=worker_id, beat=0) is None
    assert await sql.beat.fetchval(engine.database.pool, worker_id=worker_id) is True


@pytest.mark.thorough
async def test_a_generation_that_was_declared_dead_begins_anew_as_soon_as_it_can(engine, monkeypatch, instead):
    gate, begun, troubles = asyncio.Event(), [], [1, 1]

    class Troubled:
        async def execute(self, connection, **values):
            if troubles:
                raise ConnectionResetError(f"away, {troubles.pop()}")
            await sql.begin_generation.execute(connection, **values)

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("s", body)

    async def body():
        begun.append(1)
        if len(begun) == 1:
            await gate.wait()
        return len(begun)

    worker = await engine.worker()
    before = worker.worker_id
    run_id = await engine.start("f")
    while not begun:
        await asyncio.sleep(0.01)
    monkeypatch.setattr(worker_module, "sql", instead(begin_generation=Troubled()))
    await engine.database.pool.execute("update flowforge.worker set alive = false")
    run = await engine.end_of(run_id, 10)
    assert (run.output, run.attempt, troubles) == (2, 2, []) and worker.worker_id != before
    gate.set()


# ── what the database thinks a worker holds, and its memory does not ─────────────────────────────────────────────────────


async def test_a_claim_whose_answer_was_lost_is_handed_back(engine, f, monkeypatch):
    claims = []

    async def lossy(*args):
        rows = await claim(*args)
        claims.extend(rows)
        if rows and len(claims) == 1:
            raise ConnectionResetError("the answer is lost")
        return rows

    monkeypatch.setattr(claimer_module, "claim", lossy)
    run = await engine.do("f", seconds=5)
    assert (run.output, run.attempt, len(claims)) == ("done", 1, 2)


async def test_leases_that_nobody_remembers_are_handed_back_now_and_then(engine, f, monkeypatch):
    monkeypatch.setattr(claimer_module, "CHECK_SECONDS", 0.1)
    worker = await engine.worker(poll_seconds=0.1)
    await engine.send("nothing")
    async with engine.database.pool.acquire() as connection, connection.transaction():
        run_id = ids.new_id()
        await start_in(connection, engine.tenant_id, "f", "null", run_id)
        await connection.execute(LEASE, worker.worker_id, run_id)
    assert (await engine.end_of(run_id, 5)).output == "done"


async def test_nothing_is_handed_back_while_a_claim_is_under_way(engine, monkeypatch):
    calls = []

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("s", body)

    async def body():
        calls.append(1)
        await asyncio.sleep(0.1)

    async def slow(*args):
        rows = await claim(*args)
        if rows:
            await asyncio.sleep(0.3)  # leased, but not yet in memory
        return rows

    worker = await engine.worker(poll_seconds=0.1)
    release = worker.claimer._release_unknown

    async def late():
        await asyncio.sleep(0.1)
        await release()

    monkeypatch.setattr(claimer_module, "claim", slow)
    monkeypatch.setattr(worker.claimer, "_release_unknown", late)
    worker.claimer.doubtful = True
    run = await engine.do("f")
    assert (run.state, calls) == ("completed", [1])


async def test_a_run_that_comes_back_before_its_last_driver_is_gone_is_remembered(engine):
    executions, gate = [], asyncio.Event()

    @engine.function(trigger="f")
    async def function(ctx):
        executions.append(1)
        try:
            await step.wait_for_event("e", event="e")
        finally:
            for _ in range(4 if len(executions) == 1 else 0):  # it takes a while to unwind
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(5)
        await step.run("s", gate.wait)

    worker = await engine.worker()
    run_id = await engine.start("f")
    await engine.state(run_id, "waiting")
    first, unwinding = worker.active[run_id]
    await engine.send("e")
    async with asyncio.timeout(5):
        while len(executions) < 2:
            await asyncio.sleep(0.005)
    assert not unwinding.done(), "the old driver was gone too soon for this test"
    await unwinding
    assert run_id in worker.active and worker.active[run_id][0] is not first
    gate.set()
    assert (await engine.end_of(run_id)).state == "completed"


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stop_lets_bodies_end_and_hands_the_leases_back(engine):
    calls = []

    async def slow():
        calls.append(1)
        await asyncio.sleep(0.3)
        return "kept"

    @engine.function(trigger="f")
    async def function(ctx):
        return await step.run("slow", slow)

    worker = await engine.worker()
    run_id = await engine.start("f")
    while not calls:
        await asyncio.sleep(0.01)
    await engine.stop(worker)
    assert (await engine.run(run_id)).state == "queued" and (await engine.steps(run_id))["slow"].output == "kept"
    assert await engine.fetchval("select alive from flowforge.worker") is False
    await engine.worker()
    run = await engine.end_of(run_id)
    assert (run.output, run.attempt, calls) == ("kept", 1, [1])


async def test_a_stop_that_comes_together_with_a_ring_is_not_lost(engine):
    worker = await engine.worker()
    await asyncio.sleep(0.1)
    worker.bell.ring("ready", "wake")
    worker.sweeper.hurry()
    async with asyncio.timeout(5):
        await engine.stop(worker)
    assert all(task.done() for task in (*worker._started_up, worker.sweeper._task))


# ── life and death, as it is seen ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_look_that_fails_makes_the_sweeper_count_anew(engine, monkeypatch):
    worker = await engine.worker()
    failed = asyncio.Event()

    async def away():
        failed.set()
        raise ConnectionRefusedError("the database is away")

    watch, stranger = worker.sweeper.watch, {ids.new_id(): (7, False)}
    monkeypatch.setattr(worker.sweeper, "sweep", away)
    assert watch.look(0.0, "s", stranger) == [] and watch.look(1.0, "s", stranger) == []
    worker.sweeper.hurry()
    await failed.wait()
    await asyncio.sleep(0.01)
    assert watch.look(100.0, "s", stranger) == []


async def test_a_servers_start_and_its_timeline_are_its_identity(engine):
    seen = await sql.look_around.fetchrow(engine.database.pool, worker_id=ids.new_id())
    expected = """select extract(epoch from pg_postmaster_start_time())::text || '/' || lpad(upper(to_hex(timeline_id)), 8, '0')
                    from pg_control_checkpoint()"""
    assert seen["server"] == await engine.fetchval(expected)


async def test_a_backend_is_known_by_its_generation(engine):
    worker_id = await engine.generation("f")

    async def connected() -> bool:
        seen = await sql.look_around.fetchrow(engine.database.pool, worker_id=ids.new_id())
        return dict(zip(seen["workers"], seen["connected"], strict=True))[worker_id]

    stranger = await engine.database.connect(f"ff:{ids.new_id()}")
    assert not await connected()
    its_own = await engine.database.connect(f"ff:{worker_id}")
    assert await connected()
    its_own.terminate(), stranger.terminate()


async def test_the_heart_beats_while_a_flush_holds_its_generation(engine):
    worker_id = await engine.generation("f")
    async with asyncio.timeout(3), engine.database.pool.acquire() as frozen, frozen.transaction():
        await frozen.execute("select from flowforge.worker for share")
        assert await sql.beat.fetchval(engine.database.pool, worker_id=worker_id) is True


class Away:
    """A database that cannot be reached; it notes how it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.heartbeat: Heartbeat

    async def connect(self, **options: Any) -> Any:
        self.asked.append(options)
        self.heartbeat._stop.set()
        raise ConnectionRefusedError("away")


class StoppedClock:
    """A clock that stands until it is moved."""

    time = 0.0
    now, sleep = SYSTEM_CLOCK.now, SYSTEM_CLOCK.sleep

    def monotonic(self) -> float:
        return self.time


async def test_a_heartbeat_is_fresh_for_ten_seconds_after_one_that_was_acknowledged():
    clock, database, worker_id = StoppedClock(), Away(), UUID(int=7)
    database.heartbeat = heartbeat = Heartbeat(database, worker_id, clock, lambda: None)  # type: ignore[arg-type]
    clock.time = 9.9
    assert heartbeat.fresh
    clock.time = 10.1
    assert not heartbeat.fresh
    await heartbeat._beat()
    assert not heartbeat.fresh, "a beat that nobody acknowledged counted"
    assert database.asked == [{"application_name": f"ff:{worker_id}", "direct": True}], "not past the pooler, or without its name"


async def test_a_heartbeat_that_lost_its_connection_is_stale_before_others_bury_the_worker():
    """A vanished backend is waited for three seconds only: by then this worker must have stopped to begin bodies."""
    clock, database = StoppedClock(), Away()
    database.heartbeat = heartbeat = Heartbeat(database, UUID(int=7), clock, lambda: None)  # type: ignore[arg-type]
    clock.time = VANISHED_SECONDS - 0.5
    assert heartbeat.fresh
    await heartbeat._beat()
    assert not heartbeat.fresh


async def test_a_look_around_is_a_beat_and_says_whether_the_worker_lives(engine):
    worker_id = await engine.generation("f")
    beat = "select beat from flowforge.heartbeat where worker_id = $1"
    before = await engine.fetchval(beat, worker_id)
    assert (await sql.look_around.fetchrow(engine.database.pool, worker_id=worker_id))["alive"]
    assert await engine.fetchval(beat, worker_id) == before + 1
    await sql.end_generation.execute(engine.database.pool, worker_id=worker_id)
    assert not (await sql.look_around.fetchrow(engine.database.pool, worker_id=worker_id))["alive"]


async def test_a_look_that_was_answered_keeps_a_heartbeat_fresh_and_a_death_is_told_once():
    clock, told = StoppedClock(), []
    heartbeat = Heartbeat(Away(), UUID(int=7), clock, lambda: told.append(1))  # type: ignore[arg-type]
    clock.time = 10.1
    assert not heartbeat.fresh
    assert heartbeat.heard(True, asked_at=10.0) and heartbeat.fresh
    assert not heartbeat.heard(False, asked_at=10.1) and not heartbeat.heard(False, asked_at=10.1)
    assert told == [1]


async def test_an_answer_that_is_read_late_is_no_sign_of_life():
    """A frozen process that comes back first reads what it was told before it froze; others may have buried it since."""
    clock = StoppedClock()
    heartbeat = Heartbeat(Away(), UUID(int=7), clock, lambda: None)  # type: ignore[arg-type]
    clock.time = 5.0
    asked_at = clock.monotonic()
    clock.time = 16.0
    assert heartbeat.heard(True, asked_at) and not heartbeat.fresh
    clock.time = 14.0
    assert heartbeat.heard(True, asked_at=3.0) and heartbeat.age == 9.0, "an older answer counted for more than a newer one"


class Frozen:
    """A database that answers at once, to a process that is frozen before it reads the answer."""

    pool = engine = property(lambda self: self)

    def __init__(self, clock: StoppedClock, **answer: Any) -> None:
        self.clock, self.answer = clock, answer

    async def connect(self, **options: Any) -> Frozen:
        return self

    async def fetchrow(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        self.clock.time += STALE_SECONDS + 2
        return self.answer

    async def fetchval(self, *arguments: Any, **options: Any) -> bool:
        self.clock.time += STALE_SECONDS + 2
        self.heartbeat._stop.set()
        return True

    def is_closed(self) -> bool:
        return False

    def terminate(self) -> None: ...


async def test_a_beat_and_a_look_count_from_when_they_were_asked():
    clock = StoppedClock()
    database = Frozen(clock)
    database.heartbeat = heartbeat = Heartbeat(database, UUID(int=7), clock, lambda: None)  # type: ignore[arg-type]
    await heartbeat._beat()
    assert clock.time > STALE_SECONDS and not heartbeat.fresh

    clock.time, nothing = 0.0, dict.fromkeys(("ready", "orphaned", "undispatched", "cancelled", "gated", "due_in", "scheduled_in"))
    looked_at = Frozen(clock, alive=True, server="s", workers=[], beats=[], connected=[], names=[], **nothing)
    heartbeat = Heartbeat(looked_at, UUID(int=7), clock, lambda: None)  # type: ignore[arg-type]
    sweeper = Sweeper(looked_at, UUID(int=7), Bell(), clock, DeathWatch(), heartbeat)  # type: ignore[arg-type]
    await sweeper.sweep()
    assert clock.time > STALE_SECONDS and not heartbeat.fresh


async def test_a_run_that_gets_on_between_its_rescues_is_not_paused(engine):
    @engine.function(id="f", trigger="f")
    async def function(ctx): ...

    run_id = await engine.start("f")
    for n in range(8):
        worker_id = await engine.generation("f")
        (run,) = await claim(engine.database.pool, worker_id, ["f"], 1, 0)
        if n % 4 == 3:  # three deaths in a row, then a step
            flush = Flush(worker_id, [Change(run.lease, print, StepRow(f"s{n}", "s", "run", COMPLETED, n, output="1"))])
            await engine.database.pool.fetch(flush.query.text, *flush.arguments)
        await sql.end_generation.execute(engine.database.pool, worker_id=worker_id)
        await sql.take_leases.fetch(engine.database.pool, limit=5)
    assert (await engine.run(run_id)).state == "queued"


@pytest.mark.thorough
async def test_a_full_scan_of_the_ready_queue_comes_once_a_second_however_busy_it_is(engine, monkeypatch):
    worker = await engine.worker()
    floors = []

    async def busy(limit):
        floors.append(worker.claimer._floor)
        worker.claimer._floor = 99  # younger runs are there all the time
        await asyncio.sleep(0.01)
        return limit

    monkeypatch.setattr(worker.claimer, "_claim", busy)
    worker.bell.ring("ready")
    async with asyncio.timeout(5):
        while floors.count(0) < 3:
            await asyncio.sleep(0.01)
    assert floors.count(99) > 10
