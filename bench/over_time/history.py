"""A past: runs that ended in the last 29 days, so that no default of retention drops them. All are of the bench's own function."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from flowforge.db.queries import load_queries
from flowforge.ids import DEFAULT_TENANT
from over_time.tables import tables

BATCH = 250_000
SPAN = timedelta(days=29)
TABLES = ("event", "run", "step", "frame", "usage")
HASTY = {"synchronous_commit": "off", "statement_timeout": "0", "work_mem": "64MB", "maintenance_work_mem": "256MB"}

sql = load_queries("over_time")


async def fill(url: str, runs: int) -> None:
    """So many finished runs with all that is theirs, indexes in place, vacuumed; says how long it took and what it takes."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url, server_settings=HASTY)
    try:
        await _add(connection, runs)
        added = time.perf_counter() - began
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")  # what is still to be written must not burden the rounds that follow
        print(f"{runs:,} finished runs: {added:.0f} s to add, {time.perf_counter() - began - added:.0f} s to vacuum and write out")
        for table in await tables(connection, TABLES):
            print(f"  {table.name:6} {table.live:12,} rows {table.mb:10,.1f} MB")
    finally:
        await connection.close()


async def _add(connection: asyncpg.Connection, runs: int) -> None:
    since, apart, began = datetime.now(UTC) - SPAN, SPAN / runs, time.perf_counter()
    await sql.make_id_at.execute(connection)
    for first in range(0, runs, BATCH):
        last = min(first + BATCH, runs) - 1
        await sql.add_finished_runs.execute(connection, tenant_id=DEFAULT_TENANT, first=first, last=last, since=since, apart=apart)
        print(f"{last + 1:,} of {runs:,} runs after {time.perf_counter() - began:.0f} s", file=sys.stderr)
