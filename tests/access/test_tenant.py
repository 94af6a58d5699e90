from __future__ import annotations

import asyncio

import pytest

from flowforge.access.tenant import find_or_create_tenant
from flowforge.errors import InvalidInput
from flowforge.ids import DEFAULT_TENANT


async def test_a_tenant_is_made_once_however_many_ask_for_it(database):
    tenants = await asyncio.gather(*(find_or_create_tenant(database.pool, "acme") for _ in range(10)))

    assert len({tenant.tenant_id for tenant in tenants}) == 1
    assert await find_or_create_tenant(database.pool, "acme") == tenants[0]


async def test_the_default_tenant_is_there_from_the_first_migration(database):
    assert (await find_or_create_tenant(database.pool, "default")).tenant_id == DEFAULT_TENANT


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\nb", "x" * 101])
async def test_a_name_that_cannot_be_one_is_refused(database, name):
    with pytest.raises(InvalidInput):
        await find_or_create_tenant(database.pool, name)
