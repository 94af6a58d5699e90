"""A database that the other rooms are given: a pool for short work, and dedicated connections for the engine.

Every call has a time-out, on both ends: two seconds to connect, six for a statement. No session keeps state of its own, so a
pooler in transaction mode may stand between; what cannot go through one (LISTEN, the engine's settings) takes `direct_url`.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from flowforge.db.hosts import FAILURES, connect_to_primary
from flowforge.db.queries import load_queries

if TYPE_CHECKING:
    from flowforge.db.tenant_database import TenantDatabase

COMMAND_SECONDS = 6.0
CLOSE_SECONDS = 5.0

LIMITS = {  # a client that hangs or vanishes holds no lock for long
    "statement_timeout": "6s",
    "idle_in_transaction_session_timeout": "5s",
    "client_connection_check_interval": "1s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "6000",
    "jit": "off",
}
ENGINE = {  # plans that stay good when a table that was small at the first call has grown
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",  # planning a flush anew costs as much as executing it
}

sql = load_queries("flowforge.db")


class Database:
    """An open PostgreSQL database.

    >>> async with await Database.open("postgresql://localhost/flowforge") as database:     # doctest: +SKIP
    ...     await database.pool.fetchval("select 1")

    `pool` hands out connections for short work; `engine` the same for the engine's own statements, which are planned once in a
    connection's life and not at every call. `connect()` gives one that its caller owns and closes. All three see every tenant's rows;
    whoever acts for one tenant takes `for_tenant`.
    """

    def __init__(self, url: str, *, direct_url: str | None = None, pooler: bool = False) -> None:
        self.url = url
        self.direct_url = direct_url or url
        self.pooler = pooler
        self.root: Database = self  # the whole database, seen from a tenant's view of it too
        self.takes_tenant_role: bool | None = None  # not asked yet
        self.pool: asyncpg.Pool
        self.engine: asyncpg.Pool

    @classmethod
    async def open(cls, url: str, *, direct_url: str | None = None, pooler: bool = False, pool_size: int = 8) -> Database:
        """Open a pool on the writable primary among the hosts of `url`.

        With `pooler=True` no statement is prepared and no setting is sent, as a transaction-mode pooler needs it; give
        `direct_url` then. Raises DatabaseUnavailable.
        """
        database = cls(url, direct_url=direct_url, pooler=pooler)
        database.pool = database._pool(pool_size, LIMITS, at_once=1)
        database.engine = database._pool(pool_size, {**LIMITS, **ENGINE})
        await database.pool
        await database.engine
        return database

    async def connect(self, application_name: str | None = None, *, direct: bool = False) -> asyncpg.Connection:
        """A dedicated connection with the engine's settings; `direct` passes by the pooler. Raises DatabaseUnavailable."""
        through_pooler = self.pooler and not (direct and self.direct_url != self.url)
        return await self._connect(self.direct_url if direct else self.url, application_name, {**LIMITS, **ENGINE}, through_pooler)

    def for_tenant(self, tenant_id: UUID, *, test: bool = False) -> TenantDatabase:
        """The same database as that tenant may see it: nothing of another is read or written through it, whatever a statement says.

        With `test` as a test key may: of runs and events, and what is told of them, only those for test.
        """
        from flowforge.db.tenant_database import TenantDatabase

        return TenantDatabase(self.root, tenant_id, test=test)

    async def is_writable(self) -> bool:
        """Does the primary accept writes right now? Never raises for a database that is away."""
        try:
            return bool(await sql.is_writable.fetchval(self.pool))
        except (*FAILURES, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the pools; connections that are still in use after five seconds are cut."""
        await asyncio.gather(*(_closed(pool) for pool in (self.pool, self.engine)))

    async def __aenter__(self) -> Database:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def _pool(self, size: int, settings: dict[str, str], *, at_once: int = 0) -> asyncpg.Pool:
        async def connect(*_: object, **__: object) -> asyncpg.Connection:
            return await self._connect(self.url, None, settings, self.pooler)

        return asyncpg.create_pool(min_size=at_once, max_size=size, connect=connect, reset=_nothing_to_reset)

    async def _connect(self, url: str, application_name: str | None, settings: dict[str, str], through_pooler: bool) -> asyncpg.Connection:
        name = {"application_name": application_name or "flowforge"}
        if through_pooler:
            return await connect_to_primary(url, command_timeout=COMMAND_SECONDS, server_settings=name, statement_cache_size=0)
        return await connect_to_primary(url, command_timeout=COMMAND_SECONDS, server_settings={**settings, **name})


async def _closed(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Sessions keep no state, so a returned connection costs no round trip; asyncpg still rolls back an open transaction."""
