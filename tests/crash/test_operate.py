"""An operator's process is killed in the middle of an act: the act is whole or it never was, and somebody else ends it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.orchestrator.bulk import BulkOptions, act_on, carry_on, find_bulk, preview
from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.selection import RunFilter

ACT = """
import asyncio, sys
from uuid import UUID
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.orchestrator import bulk
from flowforge.orchestrator.fork import Wish, replay_run

async def main(url, tenant, what, run):
    principal = Principal(UUID(tenant), "person", "mira")
    async with await Database.open(url) as database:
        if what == "replay":
            await replay_run(database, principal, UUID(run), Wish(from_step="big"), new_id=UUID(tenant))
        else:
            while await bulk.carry_on(database):
                pass

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def killed(clean_url, tenant_id):
    """Do the act in a process of its own that dies at a crash point."""

    async def act(what, crash, run_id=""):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", ACT, clean_url, tenant_id.hex, what, str(run_id)],
            env={**os.environ, "FLOWFORGE_CRASH": crash},
            check=False,
        )
        assert done.returncode == -signal.SIGKILL

    return act


@pytest.fixture
async def gone(database):
    """Until the server has done with what the dead had begun: what it had not committed is rolled back."""

    async def wait():
        query = "select count(*) from pg_stat_activity where datname = current_database()"
        query += " and state <> 'idle' and backend_type = 'client backend'"
        async with asyncio.timeout(20):
            while await database.pool.fetchval(query) > 1:  # this one
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
async def runs(database, tenant_id):
    """120 runs that nobody executes, the first of them finished with a large output."""
    registry = Registry()

    @registry.function(id="order.ship")
    async def ship(ctx): ...

    await publish_functions(database.pool, registry, app="crash")
    made = [await start_run(database, tenant_id, "order.ship", json.dumps(n)) for n in range(120)]
    first, blob = made[0], UUID(int=7)
    await database.pool.execute("delete from flowforge.owner where run_id = $1", first)
    await database.pool.execute("update flowforge.run set state = 'completed', ended_at = now() where run_id = $1", first)
    await database.pool.execute("insert into flowforge.blob values ($1, $2, $3, '\"x\"')", tenant_id, first, blob)
    for seq, name in ((4, "small"), (6, "large"), (8, "big")):
        await database.pool.execute(
            "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, blob_id, started_at, ended_at)"
            " values ($1, $2, $3, $3, 'run', 2, $4, $5, now(), now())",
            tenant_id, first, name, seq, blob if name == "large" else None,
        )  # fmt: skip
    return made


ROWS = "select (select count(*) from flowforge.run), (select count(*) from flowforge.step), (select count(*) from flowforge.blob)"


async def test_a_replay_is_whole_or_never_was(database, tenant_id, runs, killed, gone):
    await killed("replay", "replay.before_commit", runs[0])
    await gone()
    assert tuple(await database.pool.fetchrow(ROWS)) == (120, 3, 1)
    plan = await replay_run(database, Principal(tenant_id, "person", "mira"), runs[0], Wish(from_step="big"), new_id=tenant_id)
    assert [step.key for step in plan.reused] == ["small", "large"]
    assert tuple(await database.pool.fetchrow(ROWS)) == (121, 5, 2)


async def test_an_act_on_many_runs_is_ended_by_another_process_and_no_run_is_met_twice(database, tenant_id, runs, killed, gone):
    everything, none = RunFilter(), BulkOptions()
    seen = await preview(database.pool, tenant_id, "cancel", everything, none)
    operator = Principal(tenant_id, "person", "mira")
    made = await act_on(database, operator, "cancel", everything, none, count=seen.count, as_of=seen.as_of)
    await killed("bulk", "bulk.batch:2")  # at the end of its second batch, before that is committed
    await gone()
    part = await find_bulk(database.pool, tenant_id, made.bulk_id)
    cancelled = "select count(*) from flowforge.run where state = 'cancelled'"
    assert (part.done, part.ended_at) == (50, None) and await database.pool.fetchval(cancelled) == 50
    while await carry_on(database):
        pass
    ended = await find_bulk(database.pool, tenant_id, made.bulk_id)
    assert (ended.done, ended.refused, await database.pool.fetchval(cancelled)) == (119, 0, 119)
    assert await database.pool.fetchval("select count(*) from flowforge.owner") == 0
