"""The pool, the dedicated connections, and what a pooler is spared."""

from __future__ import annotations

import contextlib
import uuid

import pytest

from flowforge.db.database import Database
from flowforge.db.hosts import FAILURES
from flowforge.errors import DatabaseUnavailable


async def setting(connection, name: str) -> str:
    return await connection.fetchval("select current_setting($1)", name)


async def test_ids_come_and_go_as_uuids(database, tenant_id):
    found = await database.pool.fetchval("select tenant_id from flowforge.tenant where name = 'default'")

    assert isinstance(found, uuid.UUID)
    assert {found: "default"}[tenant_id] == "default"


async def test_a_dedicated_connection_has_the_engines_settings(database):
    connection = await database.connect("ff:worker")
    try:
        assert await setting(connection, "application_name") == "ff:worker"
        assert await setting(connection, "statement_timeout") == "6s"
        assert await setting(connection, "idle_in_transaction_session_timeout") == "5s"
        assert await setting(connection, "client_connection_check_interval") == "1s"
        assert await setting(connection, "jit") == "off"
        assert {await setting(connection, f"enable_{plan}") for plan in ("seqscan", "hashjoin", "mergejoin")} == {"off"}
    finally:
        await connection.close()


async def test_the_pool_is_limited_too_but_plans_as_it_likes(database):
    assert await setting(database.pool, "statement_timeout") == "6s"
    assert await setting(database.pool, "enable_seqscan") == "on"


async def test_a_transaction_mode_pooler_is_sent_no_settings_and_no_named_statements(clean_url):
    async with await Database.open(clean_url, pooler=True) as database:
        connection = await database.connect()
        try:
            for each in (connection, database.pool):
                assert await setting(each, "statement_timeout") == "0"
                assert await each.fetchval("select count(*) from pg_prepared_statements where name <> ''") == 0
        finally:
            await connection.close()


async def test_a_direct_connection_past_the_pooler_has_the_engines_settings(clean_url):
    direct_url = f"{clean_url}&options="  # the same database by another spelling
    async with await Database.open(clean_url, direct_url=direct_url, pooler=True) as database:
        connection = await database.connect("ff:listen", direct=True)
        try:
            assert await setting(connection, "enable_seqscan") == "off"
        finally:
            await connection.close()


async def test_a_statement_that_takes_too_long_is_cancelled_and_its_connection_stays_good(clean_url, monkeypatch):
    monkeypatch.setattr("flowforge.db.database.COMMAND_SECONDS", 0.05)
    async with await Database.open(clean_url, pool_size=1) as database:
        backend = await database.pool.fetchval("select pg_backend_pid()")
        with pytest.raises(TimeoutError):
            await database.pool.fetchval("select pg_sleep(5)")
        assert await database.pool.fetchval("select pg_backend_pid()") == backend


async def test_an_open_transaction_is_rolled_back_when_its_connection_returns_to_the_pool(clean_url, tenant_id):
    async with await Database.open(clean_url, pool_size=1) as database:
        connection = await database.pool.acquire()
        await connection.execute("begin; delete from flowforge.tenant")
        await database.pool.release(connection)
        assert await database.pool.fetchval("select count(*) from flowforge.tenant") == 1


@pytest.mark.thorough
async def test_the_pool_works_again_after_the_server_was_restarted(durable_postgres):
    async with await Database.open(durable_postgres.url) as database:
        assert await database.is_writable()
        durable_postgres.stop()
        assert not await database.is_writable()
        with pytest.raises(DatabaseUnavailable, match=r"cannot be reached: .* refuses connections"):
            await database.connect()

        durable_postgres.start()
        assert await database.is_writable()


async def test_a_database_that_does_not_exist_is_named(server_url):
    with pytest.raises(DatabaseUnavailable, match='database "nowhere" does not exist') as refusal:
        await Database.open(server_url.replace("/postgres", "/nowhere"))
    assert "create that database" in str(refusal.value.hint)


async def test_rows_that_a_test_writes_are_deleted_after_it(database, owner_url, tenant_id):
    from tests.emptying import delete_rows

    await database.pool.execute("insert into flowforge.tenant (tenant_id, name) values ($1, 'other')", uuid.UUID(int=7))
    await database.pool.execute("insert into flowforge.event_key values ($1, 'k', $1, now())", tenant_id)
    await database.pool.execute("update flowforge.clock set skew = '1 day'")

    await delete_rows(owner_url)

    assert await database.pool.fetchval("select array_agg(tenant_id) from flowforge.tenant") == [tenant_id]
    assert await database.pool.fetchval("select count(*) from flowforge.event_key") == 0
    assert await database.pool.fetchval("select flowforge.now() = now()")
    assert isinstance(await database.pool.fetchval("select 1"), int)


async def test_a_connection_cut_by_the_server_is_replaced(database):
    async with database.pool.acquire() as connection:
        backend = connection.get_server_pid()
    other = await database.connect()
    await other.execute("select pg_terminate_backend($1)", backend)
    await other.close()

    with contextlib.suppress(*FAILURES):  # the cut is noticed at the next use, or before it
        await database.pool.fetchval("select 1")
    assert await database.pool.fetchval("select 1") == 1
