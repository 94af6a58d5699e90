"""The schema as `migrate --check` and `doctor` look at it: without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowforge.db.migrate import Migration


async def missing_migrations(url: str) -> list[Migration]:
    """What `migrate` would apply. Raises DatabaseTooNew, and DatabaseUnavailable."""
    from flowforge.db.migrate import current_version, known_migrations, migrate

    known, version = known_migrations(), await current_version(url)
    if version > known[-1].version:
        await migrate(url)  # refuses, in its own words
    return [migration for migration in known if migration.version > version]


async def try_migrations(url: str, migrations: list[Migration]) -> None:
    """Apply them in a transaction that is rolled back. Raises what the first one that does not go through raises."""
    from flowforge.db.hosts import connect_to_primary

    connection = await connect_to_primary(url, statement_cache_size=0)
    try:
        trial = connection.transaction()
        await trial.start()
        try:
            for migration in migrations:
                await connection.execute(migration.text)
        finally:
            await trial.rollback()
    finally:
        await connection.close()
