"""Migrations: forward only, one process at a time, never half, and never backwards."""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
import pytest

from flowforge.db.database import Database
from flowforge.db.migrate import Migration, current_version, known_migrations, migrate, missing_migrations, require_current, sql
from flowforge.errors import ConfigurationError, DatabaseTooNew, DatabaseUnavailable

FIRST = Migration(1, "first", "create table flowforge.first (number integer)")
SECOND = Migration(2, "second", "create table flowforge.second (number integer); insert into flowforge.second values (1)")
BROKEN = Migration(2, "broken", "create table flowforge.half (number integer); select 1 / 0")

MIGRATE = "import asyncio, sys; from flowforge.db.migrate import migrate; print(len(asyncio.run(migrate(sys.argv[1])).applied))"


async def fetchval(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_the_migrations_are_numbered_without_a_gap():
    assert [migration.version for migration in known_migrations()] == list(range(1, len(known_migrations()) + 1))


@pytest.mark.thorough
async def test_an_empty_database_is_brought_up_to_date_and_a_second_time_changes_nothing(empty_url):
    assert await current_version(empty_url) == 0

    first = await migrate(empty_url)
    again = await migrate(empty_url)

    newest = known_migrations()[-1].version
    assert (first.before, first.after, len(first.applied)) == (0, newest, newest)
    assert (again.before, again.after, again.applied) == (newest, newest, ())
    assert await current_version(empty_url) == newest


async def test_only_what_is_missing_is_applied_and_recorded_with_its_checksum(empty_url):
    await migrate(empty_url, [FIRST])

    done = await migrate(empty_url, [FIRST, SECOND])

    assert done.applied == ("0002_second",)
    assert await fetchval(empty_url, "select checksum from flowforge.migration where version = 2") == SECOND.checksum


async def test_two_processes_that_migrate_at_once_both_succeed(empty_url):
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, empty_url, stdout=asyncio.subprocess.PIPE, env=environment)
        for _ in range(2)
    ]
    said = [(await process.communicate())[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert sum(map(int, said)) == len(known_migrations())


async def test_many_that_migrate_at_once_apply_each_migration_once(empty_url):
    done = await asyncio.gather(*(migrate(empty_url, [FIRST, SECOND]) for _ in range(8)))

    assert sorted(name for each in done for name in each.applied) == ["0001_first", "0002_second"]
    assert await fetchval(empty_url, "select count(*) from flowforge.second") == 1


async def test_losing_the_race_for_the_first_table_is_no_error(empty_url):
    """The winner has made schema and record, and has not committed when the loser wants to make them."""
    winner = await asyncpg.connect(empty_url)
    transaction = winner.transaction()
    await transaction.start()
    await sql.create_schema.execute(winner)
    await sql.create_record.execute(winner)

    loser = asyncio.create_task(migrate(empty_url, [FIRST]))
    async with asyncio.timeout(10):
        while not await fetchval(empty_url, "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"):
            await asyncio.sleep(0)
    await transaction.commit()
    await winner.close()

    assert (await loser).applied == ("0001_first",)


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_url):
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_url, [FIRST, BROKEN])

    assert await current_version(empty_url) == 1
    assert await fetchval(empty_url, "select to_regclass('flowforge.half')") is None
    assert (await migrate(empty_url, [FIRST, SECOND])).applied == ("0002_second",)


@pytest.mark.thorough
async def test_a_database_of_a_newer_flowforge_is_refused(empty_url):
    await migrate(empty_url, [*known_migrations(), Migration(len(known_migrations()) + 1, "newer", "select 1")])

    with pytest.raises(DatabaseTooNew, match="by a newer FlowForge"):
        await migrate(empty_url)
    async with await Database.open(empty_url) as database:
        with pytest.raises(DatabaseTooNew):
            await require_current(database)


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(empty_url):
    await migrate(empty_url, [FIRST])

    with pytest.raises(ConfigurationError, match="migration 0001_first is not the one"):
        await migrate(empty_url, [Migration(1, "first", "select 2")])


@pytest.mark.thorough
async def test_what_is_missing_is_told_without_changing_anything(empty_url):
    assert await missing_migrations(empty_url) == known_migrations()
    assert await current_version(empty_url) == 0

    await migrate(empty_url)

    assert await missing_migrations(empty_url) == ()


async def test_looking_for_what_is_missing_finds_a_changed_migration_too(empty_url):
    await migrate(empty_url, [FIRST])

    with pytest.raises(ConfigurationError, match="is not the one that this database was made with"):
        await missing_migrations(empty_url)


async def test_a_database_that_was_never_migrated_is_not_worked_with(empty_url):
    async with await Database.open(empty_url) as database:
        with pytest.raises(DatabaseUnavailable, match="schema is version 0") as refusal:
            await require_current(database)
        assert refusal.value.hint == "run: flowforge migrate"


async def test_a_migrated_database_is_current(database):
    await require_current(database)
