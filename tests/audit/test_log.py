from __future__ import annotations

import asyncio

import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.ids import new_id


@pytest.fixture
def mira(tenant_id):
    return Principal(tenant_id, "person", "mira")


async def test_entries_are_numbered_without_gaps_whoever_writes_them(database, mira):
    async def act(fails: bool) -> None:
        async with database.pool.acquire() as connection, connection.transaction():
            await audit.append(connection, mira, "task.move", "task", "FF-1", {"to": "Done"})
            if fails:
                raise InterruptedError

    await asyncio.gather(*(act(n % 3 == 0) for n in range(30)), return_exceptions=True)

    entries = await audit.read(database.pool, mira.tenant_id)
    assert [entry.seq for entry in entries] == list(range(1, 21))
    first = entries[0]
    assert (first.principal, first.principal_kind, first.action, first.target_kind, first.target) == (
        "mira",
        "person",
        "task.move",
        "task",
        "FF-1",
    )
    assert first.detail == {"to": "Done"}


async def test_tenants_have_logs_of_their_own(database, mira):
    await audit.append(database.pool, mira, "user.create", "user", "jonas")
    stranger = Principal(new_id(), "person", "stranger")

    assert await audit.append(database.pool, stranger, "user.create", "user", "jonas") == 1
    assert len(await audit.read(database.pool, mira.tenant_id)) == 1


async def test_a_log_is_read_in_pages(database, mira):
    for n in range(5):
        await audit.append(database.pool, mira, "user.create", "user", f"user {n}")

    assert [entry.seq for entry in await audit.read(database.pool, mira.tenant_id, after=2, limit=2)] == [3, 4]
