"""What a model call costs beside the bare client, and how old a delta is when a reader has it. `python bench/models.py [--quick]`

Medians of interleaved rounds. The provider (`calls/provider.py`) and the readers are processes of their own, so their CPU is not counted;
every delta says when it was sent. PostgreSQL is embedded, with fsync on. Everything stays on loopback and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from calls.client import SocketClient
from calls.provider import Pace
from calls.site import ClientName, Layout, Site, provider, read, site
from engine import in_fresh_database
from side_by_side.machine import cpu_seconds, own_directory, own_postgres, own_resident_kb

from flowforge.cli.host import run
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.models.client import ModelClient, ModelRequest, set_client
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step

GROUP = 10  # steps, then bare calls, in turn
WARM_SECONDS = 8.0  # after a worker's start everything is imported
ANSWER = Pace(deltas=20)  # all at once: what is measured is work, not waiting

figures: dict[str, list[float]] = defaultdict(list)
HAS_HTTP = importlib.util.find_spec("flowforge.orchestrator.models.http") is not None


def made(name: ClientName) -> ModelClient:
    if name == "socket":
        return SocketClient()
    if name == "litellm":
        return LiteLLMClient()
    from flowforge.orchestrator.models.http.client import HttpModelClient

    return HttpModelClient()


async def overhead(database: Database, client: ModelClient, stream: bool, groups: int) -> dict[str, float]:
    """CPU and wall of a call as a durable step and of a bare one, taken in turn; and what a step has the committer write."""
    taken: dict[str, list[float]] = defaultdict(list)
    request = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": ANSWER.prompt()}], stream=stream)

    async def steps() -> None:
        for _ in range(GROUP):
            await step.ai("talk", model="gpt-4o", prompt=ANSWER.prompt(), stream=stream)

    async def bare() -> None:
        for _ in range(GROUP):
            await client.complete(request, (lambda _: None) if stream else None)

    async def measured(ctx: Any) -> None:
        for _ in range(groups):
            for name, work in (("step", steps), ("bare", bare)):
                flushes, wall, cpu = worker.committer.flushes, time.perf_counter(), time.process_time()
                await work()
                taken[f"{name} CPU ms"].append((time.process_time() - cpu) * 1000 / GROUP)
                taken[f"{name} ms"].append((time.perf_counter() - wall) * 1000 / GROUP)
                taken[f"{name} commits"].append((worker.committer.flushes - flushes) / GROUP)

    registry = Registry()
    registry.function(trigger="bench/calls", id="bench.calls")(measured)
    await publish_functions(database.pool, registry, app="app")
    before = set_client(client)
    await client.complete(request, None)
    worker = Worker(database, registry)
    await worker.start()
    await send_events(database, DEFAULT_TENANT, [NewEvent("bench/calls", {})], bell=worker.bell)
    while await database.pool.fetchval("select exists (select from flowforge.owner)"):
        await asyncio.sleep(0.1)
    await worker.stop()
    set_client(before)
    found = {name: statistics.median(values) for name, values in taken.items()}
    rows = {table: await database.pool.fetchval(f"select count(*) from flowforge.{table}") for table in ("step", "usage", "frame")}
    return {
        "CPU ms more": found["step CPU ms"] - found["bare CPU ms"],
        "ms more": found["step ms"] - found["bare ms"],
        "CPU ms of the bare call": found["bare CPU ms"],
        "commits": found["step commits"],
        **{f"rows in {table}": n / groups / GROUP for table, n in rows.items()},
    }


async def lags(where: Site, streams: int, pace: Pace) -> dict[str, float]:
    """How old deltas are when readers have them, and what each process used per second meanwhile."""
    runs = await where.start_runs(streams, pace)
    reading = await read(where, runs)
    used = {name: cpu_seconds([pid]) for name, pid in _pids(where).items()}
    begun = time.perf_counter()
    found = await reading.lags()
    seconds = time.perf_counter() - begun
    assert len(found["first"]) + len(found["later"]) == streams * pace.deltas, "a delta is missing"
    cpu = {f"{name} CPU %": (cpu_seconds([pid]) - used[name]) / seconds * 100 for name, pid in _pids(where).items()}
    return {
        "first delta p50 ms": quantile(found["first"], 0.5),
        "first delta worst ms": max(found["first"]),
        "later p50 ms": quantile(found["later"], 0.5),
        "later p95 ms": quantile(found["later"], 0.95),
        "later p99 ms": quantile(found["later"], 0.99),
        "frames for a delta": found["frames"] / streams / pace.deltas,
        **cpu,
    }


def _pids(where: Site) -> dict[str, int]:
    return {name: process.pid for name, process in zip(("worker", "server"), reversed(where.processes), strict=False)}


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def first_call(where: Site) -> dict[str, float]:
    """Seconds of the first call after the start, and of the first one where everything had time to be imported."""
    await where.start_run(ANSWER, say=True)
    answered = await where.said(r"answered after ([\d.]+) s")
    return {"s": float(answered[1]), "RSS MB": own_resident_kb(where.worker.pid) / 1024, "PSS MB": _own_pss_kb(where.worker.pid) / 1024}


def _own_pss_kb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0])


class Bench:
    """The measurements, on one server with one provider."""

    def __init__(self, server: str, directory: Path, provider: dict[str, str], clients: Sequence[ClientName], quick: bool) -> None:
        self.server, self.directory, self.provider, self.clients, self.quick = server, directory, provider, clients, quick

    async def round(self) -> None:
        for client in self.clients:
            for stream in (True, False):
                how = f"{client}, {'streamed' if stream else 'whole'}"
                note(f"step.ai ({how})", await self._overhead(client, stream))
        for client in self.clients:
            for layout in ("dev", "serve + worker"):
                note(f"1 stream, {client}, {layout}", await self._lags(client, layout, 1, Pace(250, 20, 1500)))
        for client in self.clients:
            streams = 30 if client == "litellm" else 200
            pace = Pace(200 if self.quick else 400, 20, 3000)
            note(f"{streams} streams x 50/s, {client}", await self._lags(client, "serve + worker", streams, pace))
        for client in self.clients:
            if client != "socket":
                note(f"first call at once, {client}", await self._first_call(client, 0.0))
                note(f"first call, {client}, warm", await self._first_call(client, WARM_SECONDS))

    async def _overhead(self, client: ClientName, stream: bool) -> dict[str, float]:
        os.environ.update(self.provider)
        work: Callable[[Database], Awaitable[Any]] = lambda database: overhead(database, made(client), stream, 5 if self.quick else 20)  # noqa: E731
        found: dict[str, float] = await in_fresh_database(self.server, work)
        return found

    async def _lags(self, client: ClientName, layout: Layout, streams: int, pace: Pace) -> dict[str, float]:
        async with site(self.server, self.directory, layout, client, self.provider) as where:
            await where.start_run(Pace(5))
            await where.all_ended()
            return await lags(where, streams, pace)

    async def _first_call(self, client: ClientName, after_seconds: float) -> dict[str, float]:
        async with site(self.server, self.directory, "serve + worker", client, self.provider) as where:
            await asyncio.sleep(after_seconds)
            return await first_call(where)


def note(what: str, found: dict[str, float]) -> None:
    for name, value in found.items():
        figures[f"{what}: {name}"].append(value)


def report() -> None:
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, value in medians.items():
        print(f"{name:64} {value:10,.2f}   {[round(v, 2) for v in figures[name]]}")
    Path("bench/last-models.json").write_text(json.dumps(medians, indent=1))


async def measure(bench: Bench, rounds: int) -> None:
    for _ in range(rounds):
        await bench.round()


def main() -> None:
    every: list[ClientName] = ["litellm", "http", "socket"] if HAS_HTTP else ["litellm", "socket"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", nargs="+", choices=every, default=every, help="socket: the least that a client can be")
    options = parser.parse_args()
    with own_postgres() as server, own_directory() as directory, provider() as variables:
        run(measure(Bench(server, directory, variables, options.clients, options.quick), 1 if options.quick else options.rounds))
        report()


if __name__ == "__main__":
    main()
