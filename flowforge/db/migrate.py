"""Migrations: numbered SQL files in `migrations/`, applied forward only, each in a transaction with its record.

The record table's lock, taken in the migrating transaction, lets one process at a time migrate; a second one waits, finds
everything done, and is content. A database that a newer FlowForge has migrated is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import asyncpg

from flowforge.db.database import Database
from flowforge.db.hosts import connect_to_primary
from flowforge.db.isolation import enforce
from flowforge.db.login import admit
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ConfigurationError, DatabaseTooNew, DatabaseUnavailable

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_LOST_THE_RACE = (  # which one it is depends on how far the other process had got
    asyncpg.DuplicateObjectError,
    asyncpg.DuplicateSchemaError,
    asyncpg.DuplicateTableError,
    asyncpg.InternalServerError,
    asyncpg.UniqueViolationError,
)
_TRIES = 5
ADMIT = "an administrator runs: flowforge migrate --app-login NAME"

sql = load_queries("flowforge.db")


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.version:04}_{self.name}"


@dataclass(frozen=True)
class Migrated:
    """What `migrate` found and did."""

    before: int
    after: int
    applied: tuple[str, ...]


@cache
def known_migrations() -> tuple[Migration, ...]:
    """The migrations of this FlowForge, in order."""
    present = [(_FILE.fullmatch(file.name), file) for file in (files("flowforge.db") / "migrations").iterdir()]
    found = [Migration(int(match[1]), match[2], file.read_text()) for match, file in present if match]
    return tuple(sorted(found, key=lambda migration: migration.version))


async def migrate(url: str, migrations: Sequence[Migration] | None = None, *, app_login: str | None = None) -> Migrated:
    """Bring the schema up to date, and put row-level security in force. Give the direct URL where a pooler stands before the database.

    `app_login` names the login that workers and servers connect as: it gets their rights, and is made if there is none of that name.
    Raises DatabaseTooNew, DatabaseUnavailable, and ConfigurationError when an applied migration has been changed since, or the login
    is not one that policies would bind.

        await migrate(os.environ["DATABASE_ADMIN_URL"], app_login="flowforge_app")
    """
    pending = known_migrations() if migrations is None else tuple(migrations)
    async with _connected(url) as connection:
        if not await sql.may_migrate.fetchval(connection):
            return await _nothing_to_do(connection, app_login)
        await _create_record(connection)
        before = await _version(connection)
        applied = []
        while done := await _apply_next(connection, pending):
            applied.append(str(done))
        await _isolate(connection, app_login)
        return Migrated(before, await _version(connection), tuple(applied))


async def _nothing_to_do(connection: asyncpg.Connection, app_login: str | None) -> Migrated:
    """For the login of workers and servers, which may look and not migrate: `dev` asks without knowing who it is."""
    missing = await _missing(connection)
    if missing or app_login is not None:
        what = f"{missing[0]} is missing, and " if missing else ""
        login = await sql.current_login.fetchval(connection)
        raise ConfigurationError(
            f"{what}the login {login} does not own the tables", hint="run  flowforge migrate  as the login that made them"
        )
    version = await _version(connection)
    return Migrated(version, version, ())


async def current_version(url: str) -> int:
    """The version of the database's schema; 0 for one that was never migrated."""
    async with _connected(url) as connection:
        return await _version(connection) if await sql.record_exists.fetchval(connection) else 0


async def missing_migrations(url: str) -> tuple[Migration, ...]:
    """What `migrate` would apply; changes nothing. Raises what `migrate` raises before it applies anything."""
    async with _connected(url) as connection:
        return await _missing(connection)


async def require_current(database: Database) -> None:
    """Make sure that the schema is the one this code was written for.

    Raises DatabaseTooNew, DatabaseUnavailable, and ConfigurationError when an applied migration has been changed since.
    """
    try:
        missing = await _missing(database.pool)
    except asyncpg.InsufficientPrivilegeError:
        raise DatabaseUnavailable("the login of the database's URL may not read its tables", hint=ADMIT) from None
    if missing:
        found, needed = missing[0].version - 1, missing[-1].version
        raise DatabaseUnavailable(f"the database's schema is version {found}, this FlowForge needs {needed}", hint="run: flowforge migrate")


async def _missing(connection: Connection) -> tuple[Migration, ...]:
    known = known_migrations()
    exists = await sql.record_exists.fetchval(connection)
    applied = await sql.applied_migrations.fetch(connection) if exists else []
    _check(applied, known)
    return known[len(applied) :]


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect_to_primary(url, statement_cache_size=0, server_settings={"application_name": "flowforge migrate"})
    try:
        yield connection
    finally:
        await connection.close()


async def _isolate(connection: asyncpg.Connection, app_login: str | None) -> None:
    """Put row-level security in force for what the migrations made. One process at a time, as with the migrations."""
    async with connection.transaction():
        await sql.limit_wait.execute(connection)
        await sql.lock_record.execute(connection)
        mode = await enforce(connection)
        if app_login is not None:
            await admit(connection, app_login, mode)


async def _create_record(connection: asyncpg.Connection) -> None:
    """Make schema and record table; `if not exists` alone does not save the second of two processes from an error."""
    for last in (False,) * (_TRIES - 1) + (True,):
        if await sql.record_exists.fetchval(connection):
            return
        try:
            await sql.create_schema.execute(connection)
            await sql.create_record.execute(connection)
        except _LOST_THE_RACE:
            if last:
                raise


async def _apply_next(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> Migration | None:
    """Apply the oldest migration that is missing, if one is; the lock ends with the transaction."""
    async with connection.transaction():
        await sql.limit_wait.execute(connection)
        await sql.lock_record.execute(connection)
        applied = await sql.applied_migrations.fetch(connection)
        _check(applied, migrations)
        if len(applied) == len(migrations):
            return None
        migration = migrations[len(applied)]
        await connection.execute(migration.text)
        await sql.record_migration.execute(connection, version=migration.version, name=migration.name, checksum=migration.checksum)
        return migration


def _check(applied: Sequence[asyncpg.Record], migrations: Sequence[Migration]) -> None:
    """What is applied must be a beginning of what is known."""
    for row, migration in zip(applied, migrations, strict=False):
        if (row["version"], row["checksum"]) != (migration.version, migration.checksum):
            raise ConfigurationError(
                f"migration {migration} is not the one that this database was made with",
                hint="a migration never changes once it is applied; delete the database if it holds only trials",
            )
    if len(applied) > len(migrations):
        raise DatabaseTooNew(
            f"the database was migrated to version {applied[-1]['version']} by a newer FlowForge; this one knows {len(migrations)}",
            hint="install that FlowForge, or use another database",
        )


async def _version(connection: asyncpg.Connection) -> int:
    applied = await sql.applied_migrations.fetch(connection)
    return applied[-1]["version"] if applied else 0
