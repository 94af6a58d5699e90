"""A steady load on one worker in this process: what becomes of throughput, memory and dead rows over time.

Events are sent whenever fewer than BACKLOG runs are open, half of them for runs of 20 steps and half for runs of one. What counts
is what is committed, from the engine's own metrics; CPU is that of this process and of PostgreSQL, which says more than steps/s does where
others use the machine too. All settings are the defaults.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
from engine import registry
from side_by_side.machine import cpu_seconds, load, own_resident_kb

from flowforge import metrics
from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.worker import Worker
from over_time.tables import tables

BACKLOG = 400
STEPS = (20, 1)  # of the runs of a batch, in turn
BATCH = 200
TABLES = ("owner", "run", "step", "event", "dispatch", "mark", "share")
DRAIN_SECONDS = 60.0


@dataclass(frozen=True)
class Moment:
    """How many steps and runs were completed by then, and what it took."""

    at: float
    cpu_seconds: float
    steps: int
    runs: int

    @classmethod
    def now(cls) -> Moment:
        steps = sum(sum(seen.counts) for seen in metrics.STEP_SECONDS.values.values())
        return cls(time.monotonic(), cpu_seconds([os.getpid()]), steps, completed_runs())


def completed_runs() -> int:
    return int(sum(count for (_, state), count in metrics.RUNS_ENDED.values.items() if state == "completed"))


@dataclass(frozen=True)
class Stretch:
    """The time between two moments."""

    begin: Moment
    end: Moment

    HEAD = "steps/s  runs/s  CPU µs/step"

    def __str__(self) -> str:
        runs = (self.end.runs - self.begin.runs) / self.seconds
        return f"{self.steps_per_second:7,.0f} {runs:7,.0f} {self.cpu_us_per_step:12.0f}"

    @property
    def seconds(self) -> float:
        return self.end.at - self.begin.at

    @property
    def steps_per_second(self) -> float:
        return (self.end.steps - self.begin.steps) / self.seconds

    @property
    def cpu_us_per_step(self) -> float:
        return (self.end.cpu_seconds - self.begin.cpu_seconds) * 1e6 / max(1, self.end.steps - self.begin.steps)


async def endure(server: str, minutes: float, snapshot: bool) -> None:
    url = await create_database(server, "endurance")
    await migrate(url)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(await Database.open(url))
        if snapshot:
            await stack.enter_async_context(old_snapshot(url))
        worker = Worker(database, registry)
        await worker.start()
        stack.push_async_callback(worker.stop)
        await keep_busy(database, worker.bell, 0)  # what is only done once is not what is measured
        await under_load(database, worker.bell, minutes * 60)


@asynccontextmanager
async def old_snapshot(url: str) -> AsyncIterator[None]:
    """Somebody's transaction that does nothing and does not end: rows that die meanwhile, no vacuum can take."""
    settings = {"application_name": "bench snapshot", "idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            began = await connection.fetchval("select now()")  # the snapshot is as old as the first statement
            yield
            held = await connection.fetchval("select clock_timestamp() - $1::timestamptz", began)  # raises if it was cut meanwhile
            print(f"the snapshot was held for {held.total_seconds():,.0f} s")
    finally:
        await connection.close()


async def under_load(database: Database, bell: Bell, seconds: float) -> None:
    moments = [Moment.now()]
    async with asyncio.TaskGroup() as together:
        together.create_task(keep_busy(database, bell, seconds))
        await watch(database, moments, seconds)
    report(Stretch(moments[0], moment_at(moments, 0.2)), Stretch(moment_at(moments, 0.8), moments[-1]))


async def keep_busy(database: Database, bell: Bell, seconds: float) -> None:
    """Send batches, at least one, and wait until all of their runs are completed. Raises TimeoutError when some never are."""
    until, sent, before = time.monotonic() + seconds, 0, completed_runs()
    while not sent or time.monotonic() < until:
        if sent - (completed_runs() - before) < BACKLOG:
            events = [NewEvent("bench/chain", {"steps": STEPS[i % len(STEPS)]}) for i in range(BATCH)]
            sent += len(await send_events(database, DEFAULT_TENANT, events, bell=bell))
        else:
            await asyncio.sleep(0.005)
    async with asyncio.timeout(DRAIN_SECONDS):
        while completed_runs() - before < sent:
            await asyncio.sleep(0.005)


async def watch(database: Database, moments: list[Moment], seconds: float) -> None:
    """A moment each second, and a line each minute and at the end."""
    began = shown = moments[0]
    print(f"  min  load  RSS MB  {Stretch.HEAD}", *(f"{f'{name} live/dead/MB':>24}" for name in TABLES), flush=True)
    while (passed := moments[-1].at - began.at) < seconds:
        await asyncio.sleep(min(1.0, seconds - passed))
        now = Moment.now()
        moments.append(now)
        if now.at - began.at >= seconds or (now.at - began.at) // 60 > (shown.at - began.at) // 60:
            rows = (f"{table.live}/{table.dead}/{table.mb:.1f}" for table in await tables(database.pool, TABLES))
            machine = f"{(now.at - began.at) / 60:5.1f} {load():5.1f} {own_resident_kb(os.getpid()) / 1024:7,.0f}"
            print(machine, "", Stretch(shown, now), *(f"{row:>24}" for row in rows), flush=True)
            shown = now


def moment_at(moments: list[Moment], part: float) -> Moment:
    """The one nearest to that part of the time: 0 is its beginning and 1 its end."""
    wanted = moments[0].at + part * (moments[-1].at - moments[0].at)
    return min(moments, key=lambda moment: abs(moment.at - wanted))


def report(first: Stretch, last: Stretch) -> None:
    print(f"first fifth: {first.steps_per_second:,.0f} steps/s, {first.cpu_us_per_step:.0f} µs of CPU each")
    print(f"last fifth:  {last.steps_per_second:,.0f} steps/s, {last.cpu_us_per_step:.0f} µs of CPU each")
    print(f"last/first:  {last.steps_per_second / first.steps_per_second:.2f}, CPU {last.cpu_us_per_step / first.cpu_us_per_step:.2f}")
