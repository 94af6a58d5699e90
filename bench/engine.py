"""The engine's figures beside the raw limits of PostgreSQL in the same run. `python bench/engine.py [--quick]`

Medians of interleaved rounds. Step bodies are no-ops that return 100 bytes. Everything runs on an embedded PostgreSQL of its
own with fsync on, in one process, and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from side_by_side.machine import own_postgres, unnest_rows

from flowforge import ids
from flowforge.cli.host import run
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.hints import READY
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step

STEPS_DONE = "select count(*) from flowforge.step where tenant_id = $1 and run_id = any($2) and state = 2"

registry = Registry()
figures: dict[str, list[float]] = defaultdict(list)


async def noop(i: int) -> dict[str, Any]:
    return {"i": i, "pad": "x" * 80}


@registry.function(trigger="bench/chain", id="bench.chain")
async def chain(ctx: Any) -> int:
    n: int = ctx.event.data["steps"]
    for i in range(n):
        await step.run("s", noop, i)
    return n


first_steps: list[float] = []


@registry.function(trigger="bench/first", id="bench.first")
async def first(ctx: Any) -> None:
    await step.run("s", lambda: first_steps.append(time.perf_counter()))


async def workload(database: Database, runs: int, steps: int, concurrency: int = 200) -> float:
    """Seconds from the moment when all runs become ready, on a worker that is up and idle, until the last one is sealed."""
    await publish(database)
    events = [NewEvent("bench/chain", {"steps": steps}) for _ in range(runs)]
    sent: list[UUID] = []
    for i in range(0, runs, 500):
        sent += [run for event in await send_events(database, DEFAULT_TENANT, events[i : i + 500]) for run in event.run_ids]
    await database.pool.execute("update flowforge.owner set state = 'p', parked_for = 'w'")
    worker = Worker(database, registry, concurrency=concurrency)
    await worker.start()
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await database.pool.execute("update flowforge.owner set state = 'r', parked_for = null")
    worker.bell.ring(READY)
    while await database.pool.fetchval("select exists (select from flowforge.owner)"):
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - began
    await worker.stop()
    done = await database.pool.fetchval(STEPS_DONE, DEFAULT_TENANT, sent)
    assert done == runs * steps
    return seconds


async def publish(database: Database, registry: Registry = registry) -> None:
    await publish_functions(database.pool, registry, app="app")


GROUP = 25  # steps, then commits, in turn


async def sequential(database: Database, groups: int = 20) -> tuple[float, float]:
    """Milliseconds of a step of a lone run, and of a raw one-row commit: taken in turn, so under the same load."""
    connection = await database.connect("ff:bench")
    await connection.execute("create table raw(i serial primary key, o text)")
    statement = await connection.prepare("insert into raw(o) values ($1)")
    times: dict[str, list[float]] = {"step": [], "commit": []}

    async def steps() -> None:
        for i in range(GROUP):
            await step.run("s", noop, i)

    async def commits() -> None:
        for _ in range(GROUP):
            await statement.fetch("x" * 100)

    async def measured(ctx: Any) -> None:
        for _ in range(groups):
            for name, work in (("step", steps), ("commit", commits)):
                began = time.perf_counter()
                await work()
                times[name].append((time.perf_counter() - began) * 1000 / GROUP)

    alone = Registry()
    alone.function(trigger="bench/sequential", id="bench.sequential")(measured)
    await publish(database, alone)
    await send_events(database, DEFAULT_TENANT, [NewEvent("bench/sequential", {})])
    worker = Worker(database, alone)
    await worker.start()
    while await database.pool.fetchval("select exists (select from flowforge.owner)"):
        await asyncio.sleep(0.1)
    await worker.stop()
    await connection.close()
    return statistics.median(times["step"]), statistics.median(times["commit"])


async def idle_latency(database: Database, n: int = 50) -> tuple[float, float]:
    worker = Worker(database, registry)
    await worker.start()
    await asyncio.sleep(1.5)
    waits = []
    for _ in range(n):
        first_steps.clear()
        began = time.perf_counter()
        await send_events(database, DEFAULT_TENANT, [NewEvent("bench/first", {})], bell=worker.bell)
        while not first_steps:
            await asyncio.sleep(0.0005)
        waits.append((first_steps[0] - began) * 1000)
        await asyncio.sleep(0.05)
    await worker.stop()
    waits.sort()
    return statistics.median(waits), waits[int(len(waits) * 0.99) - 1]


@registry.function(trigger="bench/resume", id="bench.resume")
async def resume(ctx: Any) -> int:
    n: int = ctx.event.data["steps"]
    for i in range(n):
        await step.run("s", noop, i)
    replayed.append(time.perf_counter())
    await step.sleep("rest", "1h")
    return n


replayed: list[float] = []


async def resume_time(database: Database, steps: int) -> float:
    """Seconds from the claim of a run with so many steps done (its worker was killed: the lease is simply taken) to its next step."""
    worker = Worker(database, registry)
    await worker.start()
    await send_events(database, DEFAULT_TENANT, [NewEvent("bench/resume", {"steps": steps})], bell=worker.bell)
    while not await database.pool.fetchval("select exists (select from flowforge.owner where state = 'p')"):
        await asyncio.sleep(0.02)
    await worker.stop()
    times = []
    for _ in range(3):
        await database.pool.execute("update flowforge.owner set state = 'r', due = null")
        replayed.clear()
        again = Worker(database, registry)
        began = time.perf_counter()
        await again.start()
        while not replayed:
            await asyncio.sleep(0.001)
        times.append(replayed[0] - began)
        while await database.pool.fetchval("select exists (select from flowforge.owner where state <> 'p')"):
            await asyncio.sleep(0.02)
        await again.stop()
    return statistics.median(times)


async def idle_statements(database: Database, seconds: float) -> tuple[float, float]:
    worker = Worker(database, registry)
    await worker.start()
    await asyncio.sleep(2)
    count = "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
    await asyncio.sleep(1.1)
    before, cpu = await database.pool.fetchval(count), time.process_time()
    await asyncio.sleep(seconds)
    used = time.process_time() - cpu
    await asyncio.sleep(1.1)
    after = await database.pool.fetchval(count)
    await worker.stop()
    return (after - before) / (seconds + 1.1), used / seconds * 100


async def in_fresh_database(server: str, work: Callable[[Database], Awaitable[Any]]) -> Any:
    name = f"bench_{ids.new_id().hex[-12:]}"
    url = await create_database(server, name)
    await migrate(url)
    try:
        async with await Database.open(url) as database:
            return await work(database)
    finally:
        await drop_database(server, name)


async def measure(server: str, rounds: int, quick: bool) -> None:
    for _ in range(rounds):
        figures["raw unnest rows/s"].append(await in_fresh_database(server, lambda d: unnest_rows(d, 200)))
        figures["steps/s (200 runs x 20)"].append(4000 / await in_fresh_database(server, lambda d: workload(d, 200, 20)))
        figures["runs/s (2,000 x 1)"].append(2000 / await in_fresh_database(server, lambda d: workload(d, 2000, 1, 400)))
        one_step, commit = await in_fresh_database(server, sequential)
        figures["ms per step (1 run x 500)"].append(one_step)
        figures["ms per raw one-row commit"].append(commit)
        figures["step / raw commit"].append(one_step / commit)
    for steps in (1000, 5000):
        figures[f"worker start to end of replay of {steps:,} steps, ms"].append(
            1000 * await in_fresh_database(server, lambda d, n=steps: resume_time(d, n))
        )
    p50, p99 = await in_fresh_database(server, idle_latency)
    figures["event to first step p50 ms"].append(p50)
    figures["event to first step p99 ms"].append(p99)
    statements, cpu = await in_fresh_database(server, lambda d: idle_statements(d, 5 if quick else 20))
    figures["idle transactions/s"].append(statements)
    figures["idle CPU % of the worker"].append(cpu)


def report() -> None:
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, value in medians.items():
        print(f"{name:52} {value:12,.2f}   {[round(v, 2) for v in figures[name]]}")
    Path("bench/last.json").write_text(json.dumps(medians, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, shorter idle")
    options = parser.parse_args()
    with own_postgres() as server:
        run(measure(server, 1 if options.quick else 5, options.quick))
        report()


if __name__ == "__main__":
    main()
