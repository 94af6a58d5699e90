"""The transactional outbox: an event is born with the commit of its sender's own transaction, or never."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

import flowforge
from flowforge import ids
from flowforge.errors import InvalidInput
from flowforge.orchestrator.event import dispatch_leftovers


@pytest.fixture
async def own(clean_url):
    """The user's own connection, with a table of the user's own."""
    connection = await asyncpg.connect(clean_url)
    await connection.execute("create table if not exists public.orders (id text primary key)")
    yield connection
    await connection.execute("drop table public.orders")
    await connection.close()


@pytest.fixture
async def own_as_administrator(clean_url, owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def completed(engine, count: int) -> None:
    async with asyncio.timeout(5):
        while await engine.fetchval("select count(*) from flowforge.run where state = 'completed'") < count:
            await asyncio.sleep(0.01)


@pytest.mark.thorough
async def test_nothing_is_dispatched_before_the_commit_and_it_starts_soon_after(engine, own):
    @engine.function(trigger="order/created")
    async def ship(ctx):
        return ctx.event.data

    await engine.worker()
    async with own.transaction():
        await own.execute("insert into orders values ('ORD-1')")
        sent = await flowforge.send("order/created", {"order_id": "ORD-1"}, id="ord-1", connection=own)
        for _ in range(2):
            await engine.workers[0].sweeper.sweep()
        assert await engine.fetchval("select count(*) from flowforge.event") == 0
    assert sent == "ord-1"

    await completed(engine, 1)
    row = await engine.database.pool.fetchrow("select event_key, input from flowforge.run")
    assert (row["event_key"], json.loads(row["input"])) == ("ord-1", {"order_id": "ORD-1"})


async def test_one_look_of_a_sweeper_takes_it_however_young_it_is(engine, own):
    async with own.transaction():
        await flowforge.send("order/created", {}, connection=own)
    assert await dispatch_leftovers(engine.database, age_seconds=3600) == 1
    assert await engine.fetchval("select count(*) from flowforge.dispatch") == 0


async def test_a_rollback_leaves_nothing(engine, own):
    transaction = own.transaction()
    await transaction.start()
    await own.execute("insert into orders values ('ORD-1')")
    await flowforge.send("order/created", {"order_id": "ORD-1"}, id="ord-1", connection=own)
    await transaction.rollback()
    for table in ("event", "event_key", "dispatch"):
        assert await engine.fetchval(f"select count(*) from flowforge.{table}") == 0
    async with own.transaction():
        await flowforge.send("order/created", {"order_id": "ORD-1"}, id="ord-1", connection=own)
    assert await engine.fetchval("select count(*) from flowforge.event") == 1


async def test_the_same_id_is_the_same_event_by_whichever_way_it_comes(engine, own):
    await engine.send("order/created", {"n": 1}, key="ord-1")
    async with own.transaction():
        assert await flowforge.send("order/created", {"n": 2}, id="ord-1", connection=own) == "ord-1"
    async with own.transaction():
        await flowforge.send("order/created", {"n": 3}, id="ord-2", connection=own)
    assert (await engine.send("order/created", {"n": 4}, key="ord-2")).duplicate
    rows = await engine.database.pool.fetch("select key, data from flowforge.event order by key")
    assert [(row["key"], json.loads(row["data"])["n"]) for row in rows] == [("ord-1", 1), ("ord-2", 3)]
    await engine.database.pool.execute("update flowforge.event_key set received_at = received_at - interval '8 days'")
    async with own.transaction():
        await flowforge.send("order/created", {"n": 5}, id="ord-1", connection=own)
    assert await engine.fetchval("select count(*) from flowforge.event where key = 'ord-1'") == 2


async def test_an_event_whose_transaction_commits_late_is_not_passed_over(engine, own, clean_url):
    async with own.transaction():
        await flowforge.send("order/created", {"n": "early, committed late"}, connection=own)
        other = await asyncpg.connect(clean_url)
        async with other.transaction():
            await flowforge.send("order/created", {"n": "late, committed early"}, connection=other)
        await other.close()
        assert await dispatch_leftovers(engine.database) == 1
    assert await dispatch_leftovers(engine.database) == 1


async def test_any_language_has_the_outbox_by_an_sql_function(engine, own):
    async with own.transaction():
        mine = await own.fetchval("""select flowforge.send('order/created', '{"order_id": "ORD-1"}')""")
    event = await engine.database.pool.fetchrow("select * from flowforge.event")
    assert ids.parse("evt", mine) == event["event_id"] and event["event_id"].version == 7 and event["key"] is None
    assert event["data"] == '{"order_id": "ORD-1"}'
    made_at = (event["event_id"].int >> 80) / 1000
    assert abs(made_at - event["received_at"].timestamp()) < 60


@pytest.mark.parametrize("name", ["two words", "order/*", "", "x" * 257, "flowforge/call", "board/task.assigned", "a\nb"])
async def test_a_name_that_no_event_may_have_is_refused_by_sql_too(own, name):
    with pytest.raises(asyncpg.CheckViolationError):
        await own.fetchval("select flowforge.send($1)", name)
    async with own.transaction():
        with pytest.raises(InvalidInput):
            await flowforge.send(name, {}, connection=own)


async def test_a_connection_without_a_transaction_is_refused(own):
    with pytest.raises(InvalidInput, match="not in a transaction") as refused:
        await flowforge.send("order/created", {}, connection=own)
    assert "connection.transaction()" in (refused.value.hint or "")
    with pytest.raises(InvalidInput, match="asyncpg") as refused:
        await flowforge.send("order/created", {}, connection=object())
    assert "flowforge.send(name, data, id)" in (refused.value.hint or "")


async def test_a_role_with_the_documented_rights_may_send(engine, own_as_administrator):
    own = own_as_administrator
    text = (Path(__file__).parents[2] / "docs" / "queues.md").read_text()
    [grants] = [block for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL) if block.startswith("grant")]
    [call] = [block for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL) if block.startswith("select")]
    role = f"shop_{os.getpid()}"
    await own.execute(f"create role {role}")
    try:
        await own.execute(re.sub(r"to shop\b", f"to {role}", grants))
        await own.execute(f"set role {role}")
        assert [await own.fetchval(call) for _ in range(2)] == ["ORD-9218"] * 2
    finally:
        await own.execute("reset role")
        await own.execute(f"drop owned by {role}")
        await own.execute(f"drop role {role}")
    assert await dispatch_leftovers(engine.database) == 1


KILLED = """
import asyncio, os, sys, asyncpg, flowforge

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    async with connection.transaction():
        await connection.execute("insert into orders values ('ORD-1')")
        await flowforge.send("order/created", {}, connection=connection)
        os.write(1, b"sent")
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_sender_that_is_killed_before_its_commit_has_sent_nothing(engine, own, clean_url):
    process = subprocess.Popen([sys.executable, "-c", KILLED, clean_url], stdout=subprocess.PIPE)
    assert process.stdout is not None and await asyncio.to_thread(process.stdout.read, 4) == b"sent"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    async with asyncio.timeout(10):  # its backend notices within client_connection_check_interval, or at once by the closed socket
        while await own.fetchval("select count(*) from pg_locks where relation = 'public.orders'::regclass and pid <> pg_backend_pid()"):
            await asyncio.sleep(0.02)
    assert await engine.fetchval("select count(*) from flowforge.event") == 0
    assert await own.fetchval("select count(*) from orders") == 0
