"""The database as one tenant may see it: every statement in a transaction that row-level security confines to that tenant.

The rooms write `tenant_id = …` into every statement; this is the net below. A transaction begins by taking a role that neither owns the
tables nor passes by their policies, and by naming the tenant, in the same round trip. Both end with the transaction, so a pooler in
transaction mode hands on nothing of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from flowforge.db.database import Database
from flowforge.db.isolation import TENANT_ROLE, TENANT_SETTING, TEST_SETTING, may_take_tenant_role


class TenantDatabase(Database):
    """What `Database.for_tenant` gives: the same pools, but nothing of another tenant is to be seen or changed through them.

    >>> theirs = database.for_tenant(tenant_id)                       # doctest: +SKIP
    >>> await theirs.pool.fetchval("select count(*) from flowforge.run")     # of that tenant, whatever the statement forgot
    """

    def __init__(self, root: Database, tenant_id: UUID, *, test: bool = False) -> None:
        super().__init__(root.url, direct_url=root.direct_url, pooler=root.pooler)
        self.root = root
        self.tenant_id = tenant_id
        self.pool = TenantPool(root, root.pool, tenant_id, test)
        self.engine = TenantPool(root, root.engine, tenant_id, test)

    async def connect(self, application_name: str | None = None, *, direct: bool = False) -> asyncpg.Connection:
        raise TypeError("a connection of one's own belongs to the whole database, not to one tenant's view of it")

    async def close(self) -> None:
        """Nothing: the pools are the whole database's."""


class TenantPool:
    """A pool whose connections are confined to one tenant."""

    def __init__(self, root: Database, pool: asyncpg.Pool, tenant_id: UUID, test: bool) -> None:
        self._root, self._pool, self._tenant_id, self._test = root, pool, tenant_id, test

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[TenantConnection]:
        begin = await _begin(self._root, self._tenant_id, self._test)
        async with self._pool.acquire() as connection:
            yield TenantConnection(connection, begin)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        async with self.acquire() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self.acquire() as connection:
            return await connection.execute(query, *args)


class TenantConnection:
    """A connection confined to one tenant: a statement outside of a transaction gets one of its own."""

    def __init__(self, connection: asyncpg.Connection, begin: str) -> None:
        self._connection, self._begin = connection, begin
        self._depth = 0

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        async with self._within():
            found: list[Any] = await self._connection.fetch(query, *args)
            return found

    async def fetchrow(self, query: str, *args: Any) -> Any:
        async with self._within():
            return await self._connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self._within():
            return await self._connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self._within():
            status: str = await self._connection.execute(query, *args)
            return status

    @asynccontextmanager
    async def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> AsyncIterator[None]:
        """A transaction, or within one a savepoint; as asyncpg's own, and with its errors."""
        if self._depth:
            async with self._savepoint():
                yield
            return
        mode = (f" isolation level {isolation.replace('_', ' ')}" if isolation else "") + (" read only" if readonly else "")
        await self._connection.execute(f"begin{mode}; {self._begin}")
        self._depth = 1
        try:
            yield
        except BaseException:
            await self._leave("rollback")
            raise
        await self._leave("commit")

    def is_in_transaction(self) -> bool:
        return self._depth > 0

    @asynccontextmanager
    async def _within(self) -> AsyncIterator[None]:
        if self._depth:
            yield
            return
        async with self.transaction():
            yield

    @asynccontextmanager
    async def _savepoint(self) -> AsyncIterator[None]:
        name = f"flowforge_{self._depth}"
        await self._connection.execute(f"savepoint {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            await self._end(f"rollback to {name}; release savepoint {name}")
            raise
        self._depth -= 1
        await self._connection.execute(f"release savepoint {name}")

    async def _leave(self, how: str) -> None:
        self._depth = 0
        await (self._connection.execute(how) if how == "commit" else self._end(how))

    async def _end(self, command: str) -> None:
        """Undo, unless the connection is gone: then the server has undone it, and the first error is the one to tell."""
        if not self._connection.is_closed():
            await self._connection.execute(command)


async def _begin(root: Database, tenant_id: UUID, test: bool) -> str:
    role = f"set local role {TENANT_ROLE}; " if await _takes_role(root) else ""
    only_test = f"; set local {TEST_SETTING} = 'on'" if test else ""
    return f"{role}set local {TENANT_SETTING} = '{UUID(str(tenant_id))}'{only_test}"


async def _takes_role(root: Database) -> bool:
    """Asked once in the life of a process: whether `migrate` was allowed to make the role, and this login may take it."""
    if root.takes_tenant_role is None:
        root.takes_tenant_role = await may_take_tenant_role(root.pool)
    return root.takes_tenant_role
