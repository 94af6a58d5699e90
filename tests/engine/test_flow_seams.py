"""Flow control where it meets what else happens to runs: pauses, deletions, absent workers, events that cannot be read."""

import asyncio

import asyncpg
import pytest

from flowforge import ids, step
from flowforge.access.principal import Principal
from flowforge.db.queries import load_queries
from flowforge.orchestrator.flow.control import CancelOn, Singleton

sql = load_queries("flowforge.orchestrator")


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


async def count(engine, table, where="true"):
    return await engine.fetchval(f"select count(*)::int from flowforge.{table} where {where}")


POISON = {"deep": "[" * 5000 + "]" * 5000, "number": "1" * 5000, "half": '{"k": "\\ud800"}', "nan": "NaN"}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
async def test_the_outbox_refuses_what_nobody_could_read(engine, poison):
    with pytest.raises((asyncpg.PostgresError, asyncpg.DataError)):
        await engine.fetchval("select flowforge.send('e', $1::text::json)", poison)
    assert await count(engine, "event") == 0


async def test_the_outbox_takes_what_can_be_read(engine):
    for data in ('{"k": "\\u0000", "n": 1e308}', "[" * 190 + "1" + "]" * 190, '"\\\\u0000"', "-5", "null"):
        await engine.fetchval("select flowforge.send('e', $1::text::json)", data)
    stored = await engine.database.pool.fetch("select data from flowforge.event order by event_id")
    assert '{"k": "\\u0000", "n": 1e308}' in [row["data"] for row in stored] and len(stored) == 5


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
async def test_an_event_that_cannot_be_read_stops_no_other(engine, poison, tenant_id):
    """It lies there since an older version, say, before all others."""

    @engine.function(id="f", trigger="e", singleton=Singleton(key="event.data.k"), cancel_on=CancelOn("stop", match="data.k"))
    async def function(ctx):
        return await step.run("s", lambda: 1)

    @engine.function(id="waits", trigger="w")
    async def waits(ctx):
        return (await step.wait_for_event("e", event="e", match="data.k")).data

    waiting = await engine.send("w", {"k": "good"})
    worker = await engine.worker()
    await engine.state(waiting.run_ids[0], "waiting")
    event_id = ids.new_id()
    async with engine.database.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'e', $3, now())",
            tenant_id, event_id, poison,
        )  # fmt: skip
        await connection.execute(
            "insert into flowforge.dispatch (tenant_id, kind, subject_id, created_at) values ($1, 'e', $2, '2020-01-01')",
            tenant_id,
            event_id,
        )
    await engine.fetchval("select flowforge.send('e', '{\"k\": \"good\"}')")
    worker.sweeper.hurry()
    assert (await engine.end_of(waiting.run_ids[0], 6)).output == {"k": "good"}
    async with asyncio.timeout(6):
        while await count(engine, "run", "function_id = 'f' and state = 'completed'") < 1:
            await asyncio.sleep(0.02)
