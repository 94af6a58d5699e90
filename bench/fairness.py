"""One tenant's backlog against many small tenants: `python bench/fairness.py [--backlog 100000] [--tenants 50] [--each 10]`

The backlog is queued first, then the small tenants' runs; one worker executes them. Printed: after how many starts, and how long, the
last small tenant's run had started, and what first come, first served would have made of it. The embedded PostgreSQL is its own, with
fsync on, and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import Any
from uuid import UUID

from side_by_side.machine import own_postgres

from flowforge import ids
from flowforge.cli.host import run
from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step

registry = Registry()
started: list[str] = []


@registry.function(trigger="bench/fair", id="bench.fair")
async def fair(ctx: Any) -> None:
    await step.run("s", lambda: started.append(ctx.event.data))


async def measure(database: Database, backlog: int, tenants: int, each: int) -> None:
    await publish_functions(database.pool, registry, app="app")
    began = time.perf_counter()
    for first in range(0, backlog, 1000):
        await send_events(database, DEFAULT_TENANT, [NewEvent("bench/fair", "big") for _ in range(min(1000, backlog - first))])
    print(f"queued {backlog} runs of one tenant in {time.perf_counter() - began:.1f} s")
    small: list[UUID] = [ids.new_id() for _ in range(tenants)]
    for place, tenant in enumerate(small):
        await database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, $2)", tenant, f"small {place}")
        await send_events(database, tenant, [NewEvent("bench/fair", "small") for _ in range(each)])
    await database.pool.execute("vacuum analyze flowforge.owner")
    worker = Worker(database, registry)
    began = time.perf_counter()
    await worker.start()
    wanted = tenants * each
    while started.count("small") < wanted:
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    last = max(place for place, who in enumerate(started) if who == "small") + 1
    print(f"the {wanted} runs of {tenants} small tenants had started after {last} starts, {seconds * 1000:.0f} ms")
    print(f"first come, first served: after {backlog + wanted} starts")
    await worker.stop()


async def measure_on(server: str, options: argparse.Namespace) -> None:
    url = await create_database(server, "bench")
    await migrate(url)
    async with await Database.open(url) as database:
        await measure(database, options.backlog, options.tenants, options.each)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--backlog", type=int, default=100_000)
    asked.add_argument("--tenants", type=int, default=50)
    asked.add_argument("--each", type=int, default=10)
    options = asked.parse_args()
    with own_postgres() as server:
        run(measure_on(server, options))


if __name__ == "__main__":
    main()
