"""A shop whose customers ask what is held about them: a real worker, and rows of every room beside it."""

from __future__ import annotations

import pytest

from flowforge.access.principal import Principal
from flowforge.privacy.carrier import carry_on
from flowforge.privacy.erasure import confirm, find_erasure, look_for
from flowforge.privacy.match import read_matches
from tests.engine.conftest import Engine

MIRA = "mira@example.org"


@pytest.fixture
async def engine(database, tenant_id):
    made = Engine(database, tenant_id)
    yield made
    for worker in list(made.workers):
        await made.stop(worker)


@pytest.fixture
def officer(tenant_id):
    return Principal(tenant_id, "person", "officer")


@pytest.fixture
def erase(database, officer):
    """Look, confirm and carry out to the end; with `confirmed=False` only look."""

    async def done(*matches, force=False, confirmed=True):
        act = await look_for(database, officer, read_matches(matches))
        while await carry_on(database, erasure_id=act.erasure_id, tenant_id=officer.tenant_id):
            pass
        if confirmed:
            await confirm(database, officer, act.erasure_id, force=force)
            while await carry_on(database, erasure_id=act.erasure_id, tenant_id=officer.tenant_id):
                pass
        return await find_erasure(database.pool, officer.tenant_id, act.erasure_id)

    return done


@pytest.fixture
def held(database, tenant_id):
    """Where a text stands in any table, looked for by other means than the code that erases: each row as PostgreSQL prints it."""

    async def look(text):
        names = await database.pool.fetch("select tablename from pg_tables where schemaname = 'flowforge'")
        places = set()
        for (name,) in names:
            query = f"select count(*) from flowforge.{name} x where x::text ilike $1"
            if name == "blob":
                query = "select count(*) from flowforge.blob x where encode(data, 'escape') ilike $1"
            if await database.pool.fetchval(query, f"%{text}%"):
                places.add(name)
        return places

    return look
