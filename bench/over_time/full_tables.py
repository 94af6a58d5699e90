"""Throughput on tables that hold millions of finished runs beside throughput on empty ones: two databases of one server, in turn."""

from __future__ import annotations

import statistics
from collections import defaultdict

from engine import workload

from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from over_time.history import fill

BAR = 0.9
EMPTY, FULL = "empty", "full"
KINDS = {  # runs, steps, concurrency
    "steps/s (200 runs x 20)": (200, 20, 200),
    "runs/s (2,000 x 1)": (2000, 1, 400),
}

Rates = dict[tuple[str, str], list[float]]


async def beside_empty(server: str, finished: int, rounds: int) -> None:
    urls = {name: await create_database(server, name) for name in (EMPTY, FULL)}
    for url in urls.values():
        await migrate(url)
    await fill(urls[FULL], finished)
    async with await Database.open(urls[EMPTY]) as empty, await Database.open(urls[FULL]) as full:
        report(await measure({EMPTY: empty, FULL: full}, rounds))


async def measure(databases: dict[str, Database], rounds: int) -> Rates:
    """What each database did in each round; who goes first alternates. One more round comes before, which does not count."""
    rates: Rates = defaultdict(list)
    for place in range(rounds + 1):
        for kind, (runs, steps, concurrency) in KINDS.items():
            for name in (EMPTY, FULL) if place % 2 else (FULL, EMPTY):
                seconds = await workload(databases[name], runs, steps, concurrency)
                if place:
                    rates[kind, name].append(runs * steps / seconds)
    return rates


def report(rates: Rates) -> None:
    print(f"{'':26} {EMPTY:>10} {FULL:>10} {'full/empty':>11}   by round")
    for kind in KINDS:
        empty, full = rates[kind, EMPTY], rates[kind, FULL]
        ratio = statistics.median(full) / statistics.median(empty)
        by_round = " ".join(f"{f / e:.2f}" for e, f in zip(empty, full, strict=True))
        verdict = "" if ratio >= BAR else f", below the bar of {BAR}"
        print(f"{kind:26} {statistics.median(empty):10,.0f} {statistics.median(full):10,.0f} {ratio:11.2f}   {by_round}{verdict}")
