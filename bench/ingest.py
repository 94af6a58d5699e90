"""How many events `POST /events` takes on one server process, acknowledged after their commit. `python bench/ingest.py [--seconds N]`

One `flowforge serve` on an embedded PostgreSQL of its own with fsync on, with a key (`ffk_…`) that may only send events, and rates that are
looked at and never met. Once with events that nobody listens to, once with a function that each of them starts. The server's CPU is told as
well, so that a loaded machine says as much as a quiet one.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import httpx
from calls.site import HEADERS, Site, site, surroundings
from serving import AMPLE
from side_by_side.machine import cpu_seconds, load, one_row_commits, own_directory, own_postgres

from flowforge.cli.host import run
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers

CASES = {"single, 32 connections": (32, 1), "batches of 100, 8 connections": (8, 100)}


async def measure(server: str, directory: Path, seconds: float) -> None:
    async with site(
        server,
        directory,
        "serve",
        "http",
        {**AMPLE, "FLOWFORGE_SECRETS_KEY": base64.b64encode(bytes(32)).decode(), "FLOWFORGE_KEY_SHARE": "1"},
    ) as up:
        print(f"PostgreSQL alone: {await one_row_commits(up.database):,.0f} one-row commits/s, one connection")
        key = await made_key(up)
        for listening in (False, True):
            if listening:
                await publish(up)
            for what, (connections, size) in CASES.items():
                await send(up, key, connections, size, 1.0)
                await told(f"{what}{', each starts a run' if listening else ''}", up, key, connections, size, seconds)


async def made_key(up: Site) -> str:
    async with httpx.AsyncClient(base_url=up.url, headers=HEADERS) as api:
        answer = await api.post("/v1/keys", json={"name": "bench", "scopes": ["events:send"]})
        return str(answer.raise_for_status().json()["value"])


async def publish(up: Site) -> None:
    registry = Registry()

    async def handler(ctx: object) -> None: ...

    registry.add(Function("bench.order", handler, read_triggers(["bench/order"])))
    await publish_functions(up.database.pool, registry, app="bench")
    await asyncio.sleep(3)  # servers look for what is published


async def send(up: Site, key: str, connections: int, size: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "serving.sender", up.url, key, str(connections), str(size), str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, env=surroundings(), stdout=asyncio.subprocess.PIPE, limit=2**28)
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(await process.stdout.readline() or "null")
    if await process.wait() or not found:
        raise RuntimeError("events were refused")
    return found


async def told(what: str, up: Site, key: str, connections: int, size: int, seconds: float) -> None:
    count = "select count(*) from flowforge.event where name = 'bench/order'"
    pids = [up.worker.pid]
    before, cpu = await up.database.pool.fetchval(count), cpu_seconds(pids)
    found = await send(up, key, connections, size, seconds)
    used, stored = cpu_seconds(pids) - cpu, await up.database.pool.fetchval(count) - before
    requests = len(found["took"])
    assert stored == requests * size, f"{requests * size} events were acknowledged, {stored} are stored"
    cuts = statistics.quantiles(found["took"], n=100)
    rates = f"{requests / found['seconds']:7,.0f} requests/s {stored / found['seconds']:8,.0f} events/s"
    cpu = (
        f"server {used / found['seconds']:.2f} of a core, {used / requests * 1000:.2f} ms a request, {used / stored * 1e6:.0f} µs an event"
    )
    print(f"{what:46} {rates}  p50 {cuts[49]:5.1f}  p95 {cuts[94]:5.1f} ms  {cpu}  load {load():.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with own_directory() as directory, own_postgres() as server:
        run(measure(server, directory, options.seconds))


if __name__ == "__main__":
    main()
