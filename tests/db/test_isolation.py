"""Row-level security: what a tenant's view of the database shows, whatever the statement forgot."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from flowforge.access.principal import Principal
from flowforge.audit.log import append, erase_details, find
from flowforge.audit.tree import merge
from flowforge.db.isolation import find_isolation

COUNT = "select count(*) from flowforge.event"
INSERT = "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'a', '{}', now())"


async def test_a_statement_that_forgot_the_tenant_sees_only_its_own_rows(database):
    ours, theirs = uuid4(), uuid4()
    for tenant in (ours, theirs, theirs):
        await database.pool.execute(INSERT, tenant, uuid4())

    assert await database.for_tenant(ours).pool.fetchval(COUNT) == 1
    assert await database.for_tenant(theirs).engine.fetchval(COUNT) == 2
    assert await database.for_tenant(uuid4()).pool.fetchval(COUNT) == 0


async def test_a_row_of_another_tenant_cannot_be_written_changed_or_deleted(database):
    ours, theirs = uuid4(), uuid4()
    await database.pool.execute(INSERT, theirs, uuid4())
    view = database.for_tenant(ours).pool

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await view.execute(INSERT, theirs, uuid4())
    assert await view.execute("update flowforge.event set name = 'b'") == "UPDATE 0"
    assert await view.execute("delete from flowforge.event") == "DELETE 0"


async def test_a_transaction_is_confined_and_nothing_of_it_stays_on_the_connection(database):
    ours = uuid4()
    async with database.for_tenant(ours).pool.acquire() as connection, connection.transaction():
        await connection.execute(INSERT, ours, uuid4())
        assert await connection.fetchval("select current_user") == "flowforge_tenant"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(INSERT, uuid4(), uuid4())
        assert await connection.fetchval(COUNT) == 1

    assert await database.pool.fetchval("select current_setting('flowforge.tenant', true)") in (None, "")
    assert await database.pool.fetchval("select current_user") != "flowforge_tenant"
    assert await database.pool.fetchval(COUNT) == 1


async def test_what_fails_in_a_transaction_leaves_nothing(database):
    ours = uuid4()

    async def fail():
        async with database.for_tenant(ours).pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT, ours, uuid4())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await database.pool.fetchval(COUNT) == 0


async def test_a_role_that_named_no_tenant_gets_an_error_and_not_everything(database):
    await database.pool.execute(INSERT, uuid4(), uuid4())
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local role flowforge_tenant")
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetchval(COUNT)


async def test_every_table_of_tenants_is_protected(database):
    found = await find_isolation(database.pool)

    assert found.mode == "roles" and found.unprotected == ()


async def test_a_tenants_view_writes_and_reads_its_audit_log_and_changes_nothing_in_it(database):
    tenant_id = uuid4()
    view = database.for_tenant(tenant_id).pool
    entry_id = await append(view, Principal(tenant_id, "person", "mira"), "x.y", "thing", "one", {"n": 1})
    await merge(database, tenant_id)

    tables = await database.pool.fetch("select tablename from pg_tables where schemaname = 'flowforge' and tablename ~ '^audit(_|$)'")
    assert len(tables) >= 9
    for (table,) in tables:
        [column] = await database.pool.fetchrow(
            "select column_name::text from information_schema.columns where table_schema = 'flowforge' and table_name = $1 limit 1", table
        )
        for statement in (
            f"update flowforge.{table} set {column} = {column}",
            f"delete from flowforge.{table}",
            f"truncate flowforge.{table}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await view.execute(statement)
    for table in ("audit_leaf", "audit_head", "audit_tree"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await view.execute(f"insert into flowforge.{table} (tenant_id) values ($1)", tenant_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await erase_details(view, tenant_id, [entry_id])
    found = await find(view, tenant_id, entry_id.hex)
    assert (found.detail, found.position) == ({"n": 1}, 0)
