"""What 1,000 published triggers add to sending an event. `python bench/triggers.py [--triggers N]`

Medians over sends one by one (store, match, answer) and in batches of 100, on an embedded PostgreSQL of its own that ends with it.
"""

from __future__ import annotations

import argparse
import statistics
import time

from side_by_side.machine import own_postgres

from flowforge.cli.host import run
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.matching import Listeners
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import Trigger, on, read_triggers

DATA = {"order_id": "ORD-9218", "total": 420, "currency": "NOK", "items": [{"sku": f"SKU-{n}", "price": n} for n in range(10)]}
NAME = "order/created"


def cases(n: int) -> dict[str, list[Trigger]]:
    """None of them starts a run: what is measured is the looking."""
    return {
        "no triggers": [],
        f"{n:,} other names": [on(f"service-{i}/done") for i in range(n)],
        f"{n:,} wildcards with other beginnings": [on(f"service-{i}/*") for i in range(n)],
        f"{n:,} wildcards that could fit": [on(f"*/done-{i}") for i in range(n)],
        f"{n:,} filters on other names": [on(f"service-{i}/*", f"event.data.total > {i + 1000}") for i in range(n)],
        f"{n:,} filters on this name": [on(NAME, f"event.data.total > {i + 1000}") for i in range(n)],
    }


async def measure(server: str, n: int) -> None:
    url = await create_database(server, "bench_triggers")
    await migrate(url)
    try:
        async with await Database.open(url) as database:
            for label, triggers in cases(n).items():
                await publish(database, triggers)
                one, batch = await sends(database, 1, 100), await sends(database, 100, 10)
                print(f"{label:<42} {one:7.2f} ms an event   {batch:7.3f} ms in batches of 100   {deciding(triggers):7.3f} ms deciding")
    finally:
        await drop_database(server, "bench_triggers")


async def publish(database: Database, triggers: list[Trigger]) -> None:
    registry = Registry()
    for i, trigger in enumerate(triggers):

        @registry.function(id=f"f{i}", trigger=trigger)
        async def function(ctx: object) -> None: ...

    await publish_functions(database.pool, registry, app="bench")
    await database.pool.execute("analyze flowforge.trigger")


async def sends(database: Database, size: int, rounds: int) -> float:
    """Milliseconds for one event."""
    took = []
    for _ in range(rounds):
        events = [NewEvent(NAME, DATA) for _ in range(size)]
        begun = time.perf_counter()
        await send_events(database, DEFAULT_TENANT, events)
        took.append((time.perf_counter() - begun) * 1000 / size)
    return statistics.median(took)


def deciding(triggers: list[Trigger]) -> float:
    """Milliseconds for the pure decision over all of them, expressions compiled before."""
    rows = [
        {"function_id": f"f{i}", "pattern": t.pattern, "condition": t.if_} for i, read in enumerate(triggers) for t in read_triggers(read)
    ]
    listeners, facts, took = Listeners(rows), {"event": {"name": NAME, "data": DATA}}, []
    for _ in range(50):
        begun = time.perf_counter()
        listeners.decide(NAME, lambda: facts)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triggers", type=int, default=1000)
    n = parser.parse_args().triggers
    with own_postgres() as server:
        run(measure(server, n))


if __name__ == "__main__":
    main()
