"""How old what is committed is when readers of live streams have it. `python bench/streams.py [--readers N] [--rate N] [--stalled N]`

One `flowforge serve` on an embedded PostgreSQL of its own, each reader on the stream of its own run, deliveries spread over them as a
worker's flushes write them. Then once more with readers that stall on streams of 4 MB each, and with the tenant's stream followed as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from calls.site import KEY, Site, site, surroundings
from serving import AMPLE
from side_by_side.machine import cpu_seconds, load, own_directory, own_postgres, resident_kb

from flowforge.cli.host import run
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.trigger import read_triggers

BEAT_SECONDS = 0.01  # a flush of a busy worker carries what came in so long
SAY = """
insert into flowforge.frame (tenant_id, stream_id, seq, name, data)
select $1, x.run_id, x.seq, 'log', json_build_object('at', $4::bigint)::text
  from unnest($2::uuid[], $3::bigint[]) as x(run_id, seq)
"""
TELL = """
insert into flowforge.news (tenant_id, said_at, stream_id, seq, name, data)
select $1, statement_timestamp(), x.run_id, x.seq, 'log', json_build_object('at', $4::bigint)::text
  from unnest($2::uuid[], $3::bigint[]) as x(run_id, seq)
"""
FILL = """
insert into flowforge.frame (tenant_id, stream_id, seq, name, data)
select $1, x.run_id, n, 'log', json_build_object('text', repeat('x', 4000))::text
  from unnest($2::uuid[]) as x(run_id), generate_series(3, 1002) n
"""


@dataclass
class Measured:
    lags: list[float]
    sent: int
    cpu: float
    seconds: float
    rss_kb: int
    commits: list[float]


async def measure(server: str, directory: Path, readers: int, rate: int, seconds: float, stalled: int) -> None:
    async with site(server, directory, "serve", "http", AMPLE) as up:
        pids = [up.worker.pid]
        runs = await made_runs(up, readers + stalled)
        mine, theirs = runs[:readers], runs[readers:]
        empty = resident_kb(pids)
        bell = Bell()
        await bell.open(up.database)
        alone = await deliver(up, bell, mine, rate, seconds, [], False)
        told(f"{readers:,} readers, {rate} deliveries/s", alone)
        per_reader = (alone.rss_kb - empty) / readers
        print(f"{'':34} memory {empty / 1024:.0f} MB before, {alone.rss_kb / 1024:.0f} MB with readers: {per_reader:.0f} KB for each")
        for begun in range(0, stalled, 20):
            await up.database.pool.execute(FILL, DEFAULT_TENANT, theirs[begun : begun + 20])
        await up.database.pool.execute("checkpoint")
        beside = await deliver(up, bell, mine, rate, seconds, theirs, False)
        told(f"beside {stalled} that stall on 4 MB each", beside)
        print(f"{'':34} memory {(beside.rss_kb - alone.rss_kb) / max(stalled, 1):.0f} KB more for each that stalls")
        both = await deliver(up, bell, mine, rate, seconds, [], True)
        told("and the tenant's stream followed", both)
        await bell.close()


async def made_runs(up: Site, count: int) -> list[UUID]:
    """Runs that no worker takes: who says what on their streams is this bench."""
    registry = Registry()

    async def handler(ctx: object) -> None: ...

    registry.add(Function("bench.order", handler, read_triggers([])))
    await publish_functions(up.database.pool, registry, app="bench")
    found = [await start_run(up.database, DEFAULT_TENANT, "bench.order", "{}") for _ in range(count)]
    await up.database.pool.execute("update flowforge.owner set started_at = now(), state = 'p', parked_for = 'w'")
    return found


async def deliver(up: Site, bell: Bell, runs: list[UUID], rate: int, seconds: float, stalled: list[UUID], tenant: bool) -> Measured:
    """Deliver at that rate while readers read; the last of it comes in the seconds after."""
    paths = [f"/v1/runs/run_{run_id.hex}/stream" for run_id in runs]
    seqs = await up.database.pool.fetch("select stream_id, max(seq) as seq from flowforge.frame group by stream_id")
    last = {row["stream_id"]: row["seq"] for row in seqs}
    reading = await listeners(
        up.url, seconds + 4, [f"{path}?after={last.get(run_id, 2)}" for path, run_id in zip(paths, runs, strict=True)]
    )
    others = [await listeners(up.url, seconds + 4, ["/v1/stream?kinds=log"])] if tenant else []
    if stalled:
        others.append(await listeners(up.url, seconds + 4, [*(f"/v1/runs/run_{run_id.hex}/stream" for run_id in stalled), "-stalled"]))
    cpu, begun, sent, rss, commits = cpu_seconds([up.worker.pid]), time.monotonic(), 0, 0, list[float]()
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * rate) - sent
        if due > 0:
            chosen = list({runs[(sent + n) * 7919 % len(runs)] for n in range(due)})
            for run_id in chosen:
                last[run_id] = last.get(run_id, 2) + 1
            said_at = time.monotonic_ns()
            values = (DEFAULT_TENANT, chosen, [last[run_id] for run_id in chosen], said_at)
            if tenant:
                async with up.database.pool.acquire() as connection, connection.transaction():
                    await connection.execute(SAY, *values)
                    await connection.execute(TELL, *values)
            else:
                await up.database.pool.execute(SAY, *values)
            commits.append((time.monotonic_ns() - said_at) / 1e6)
            bell.ring_streams(chosen)
            sent += len(chosen)
        rss = max(rss, resident_kb([up.worker.pid])) if sent % 50 < 5 else rss
        await asyncio.sleep(BEAT_SECONDS)
    took, used = time.monotonic() - begun, cpu_seconds([up.worker.pid]) - cpu
    lags = await lags_of(reading)
    for other in others:
        more = await lags_of(other)
        if tenant:
            told("  the tenant's one reader", Measured(more, sent, used, took, rss, commits))
    return Measured(lags, sent, used, took, rss, commits)


async def listeners(url: str, seconds: float, paths: list[str]) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "serving.listeners", url, str(seconds), *paths]
    environment = surroundings(FLOWFORGE_API_KEY=KEY)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE, limit=2**28)
    assert process.stdout is not None
    if await process.stdout.readline() != b"listening\n":
        raise RuntimeError("the readers did not get their streams")
    return process


async def lags_of(process: asyncio.subprocess.Process) -> list[float]:
    assert process.stdout is not None
    found = json.loads(await process.stdout.readline())
    await process.wait()
    lags: list[float] = found["lags"]
    return lags


def told(what: str, found: Measured) -> None:
    cuts = statistics.quantiles(found.lags, n=100) if len(found.lags) > 1 else [float("nan")] * 99
    commits = statistics.quantiles(found.commits, n=20)[18]
    ages = f"p50 {cuts[49]:6.1f}  p95 {cuts[94]:6.1f}  p99 {cuts[98]:6.1f}  worst {max(found.lags, default=0):6.0f} ms"
    cpu = f"server {found.cpu / found.seconds:.2f} of a core, {found.cpu / max(found.sent, 1) * 1000:.2f} ms each"
    lost = f"of {found.sent:,} missing {found.sent - len(found.lags)}"
    print(f"{what:34} {ages} {lost}  {cpu}  (commits p95 {commits:.0f} ms, load {load():.1f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=200, help="deliveries a second, in all")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--stalled", type=int, default=100)
    options = parser.parse_args()
    with own_directory() as directory, own_postgres() as server:
        run(measure(server, directory, options.readers, options.rate, options.seconds, options.stalled))


if __name__ == "__main__":
    main()
