"""The login of workers and servers: neither owner nor superuser, and still able to do all their work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.isolation import Isolation, find_isolation
from flowforge.db.login import as_login
from flowforge.db.migrate import migrate, require_current
from flowforge.errors import ConfigurationError, DatabaseUnavailable

DEBIAN = Path("/usr/lib/postgresql/15/bin")  # members take roles by other rules before 16
COUNT = "select count(*) from flowforge.event"
INSERT = "insert into flowforge.event (tenant_id, event_id, name, data, received_at) values ($1, $2, 'a', '{}', now())"


@pytest.fixture(
    params=[
        "bundled",
        pytest.param("15", marks=[pytest.mark.thorough, pytest.mark.skipif(not DEBIAN.exists(), reason="there is no PostgreSQL 15 here")]),
    ]
)
def fresh_server(request: pytest.FixtureRequest, open_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A server on which nobody has made the roles yet."""
    server = EmbeddedPostgres(open_directory, binaries=DEBIAN if request.param == "15" else None, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.mark.thorough
async def test_an_administrator_who_is_no_superuser_makes_the_roles_and_admits_a_login(fresh_server):
    url = await _owned_database(fresh_server.url, "admin", "createrole")

    await migrate(as_login(url, "admin"), app_login="app")
    await migrate(as_login(url, "admin"), app_login="app")

    await _keeps_tenants_apart(as_login(url, "app"), Isolation("roles", (), "app", bypasses=False, owns=False, admitted=True))
    await _keeps_tenants_apart(as_login(url, "admin"), Isolation("roles", (), "admin", bypasses=False, owns=True, admitted=True))
    await _keeps_tenants_apart(url, Isolation("roles", (), "flowforge", bypasses=True, owns=True, admitted=True))

    second = await _owned_database(fresh_server.url, "plain", "nocreaterole")
    await migrate(as_login(second, "plain"))
    with pytest.raises(ConfigurationError, match="may not make roles"):
        await migrate(as_login(second, "plain"), app_login="app")

    await _keeps_tenants_apart(as_login(second, "plain"), Isolation("setting", (), "plain", bypasses=False, owns=True, admitted=True))


async def test_a_login_that_nobody_admitted_is_told_so(database_url, server_url):
    connection = await asyncpg.connect(server_url)
    name = f"stranger_{uuid4().hex}"
    try:
        await connection.execute(f"create role {name} login")
        async with await Database.open(as_login(database_url, name)) as database:
            with pytest.raises(DatabaseUnavailable) as told:
                await require_current(database)
        assert "flowforge migrate --app-login" in (told.value.hint or "")
    finally:
        await connection.execute(f"drop role {name}")
        await connection.close()


@pytest.mark.parametrize(("login", "what"), [("flowforge", "superuser"), ("flowforge_tenant", "nobody logs in"), ("", "1 to 63")])
async def test_a_login_that_policies_would_not_bind_is_refused(owner_url, login, what):
    with pytest.raises(ConfigurationError, match=what):
        await migrate(owner_url, app_login=login)


async def _owned_database(url: str, owner: str, right: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"create role {owner} login {right}")
        made = await create_database(url, f"of_{owner}")
        await connection.execute(f"alter database of_{owner} owner to {owner}")
    finally:
        await connection.close()
    return made


async def _keeps_tenants_apart(url: str, expected: Isolation) -> None:
    ours, theirs = uuid4(), uuid4()
    async with await Database.open(url, pool_size=1) as database:
        assert await find_isolation(database.pool) == expected
        await require_current(database)
        before = await database.pool.fetchval(COUNT)
        for tenant in (ours, theirs):
            await database.pool.execute(INSERT, tenant, uuid4())
        view = database.for_tenant(ours)
        assert await view.pool.fetchval(COUNT) == 1
        assert await view.pool.execute("delete from flowforge.event where tenant_id = $1", theirs) == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await view.pool.execute(INSERT, theirs, uuid4())
        assert await database.pool.fetchval(COUNT) == before + 2
        await _pauses_stay_apart(database, ours, theirs)


async def _pauses_stay_apart(database: Database, ours: UUID, theirs: UUID) -> None:
    """Rows of tenants in a table that holds the deployment's own, too."""
    insert = "insert into flowforge.pause (pause_id, tenant_id, function_id, paused_by) values ($1, $2, $3, 'a')"
    everywhere = uuid4().hex
    await database.pool.execute(insert, uuid4(), theirs, "f")
    await database.pool.execute(insert, uuid4(), None, everywhere)
    view = database.for_tenant(ours).pool
    assert [row[0] for row in await view.fetch("select function_id from flowforge.pause where function_id in ('f', $1)", everywhere)] == [
        everywhere
    ]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await view.execute(insert, uuid4(), theirs, "g")
