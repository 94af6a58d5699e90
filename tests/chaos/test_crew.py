"""The short form of the crew's trial: one board, a death every other second or so. The long form is `python -m tests.chaos.crew`.

What is left of the board is then broken on purpose, row by row: the checker reads what it checks from where it really stands.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from flowforge.db.database import Database
from tests.chaos.crew.checker import check
from tests.chaos.crew.evidence import Evidence, read_database
from tests.chaos.crew.trial import HOUSEHOLD, Crew, Fire, a_crew, counts_of
from tests.chaos.trial import Site

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]

# Each breaks one thing in the rows, and the checker has to find it by that name.
BROKEN = [
    ("I10", "update flowforge.approval set decided_by = 'somebody' where state = 'approved'"),
    ("I10", "update flowforge.approval set decision = null where state = 'approved'"),
    ("I11", "update flowforge.usage set cost = cost * 2 where outcome = 'answered'"),
    ("I11", "delete from flowforge.usage where step_key = 'turn:1'"),
    ("I11", "update flowforge.usage set input_tokens = 1 where step_key = 'turn:1'"),
    ("I12", "delete from flowforge.activity where action = 'moved'"),
    ("I12", "update flowforge.board set next_number = 7"),
    ("I12", "update flowforge.task set title = 'another'"),
    ("I12", "update flowforge.task set position = 'i0000001'"),
    ("done", "update flowforge.run set state = 'failed'"),
]


def test_forty_cards_are_done_once_though_workers_and_the_server_are_killed() -> None:
    with Site(household=HOUSEHOLD) as site:
        asyncio.run(hold(site))


async def hold(site: Site) -> None:
    async with a_crew(site, random.Random(7)) as crew:
        cleared = await crew.burn(Fire((1.5, 3.0), server_each=2, lasts_seconds=40), 180)
        assert cleared, f"the board is not cleared; see {crew.recorder.path}\n{await crew.what_is_left()}"
        evidence = await crew.evidence()
        counts = counts_of(evidence)
        assert check(evidence) == [], f"{counts}"
        assert counts["workers killed"] and counts["servers killed"]
        assert counts["calls settled by a person"], "nobody died who had acted and did not know it"
        assert (counts["cards"], counts["effects"], counts["questions"]) == (40, 16, 4)
        for name, statement in BROKEN:
            await broken(crew, name, statement, evidence)


async def broken(crew: Crew, name: str, statement: str, evidence: Evidence) -> None:
    """The checker finds it, in a transaction that is rolled back."""
    async with crew.database.pool.acquire() as connection:
        change = connection.transaction(isolation="repeatable_read")
        await change.start()
        try:
            await connection.execute(statement)
            found = check(replace(evidence, **await read_database(cast("Database", OneConnection(connection)))))
        finally:
            await change.rollback()
    assert [one for one in found if one.startswith(f"{name}:")], f"{statement} is not found: {found[:5]}"


class OneConnection:
    """A database all of whose connections are this one, with what it has not committed."""

    def __init__(self, connection: Any) -> None:
        self.pool, self.fetch, self.fetchval, self._connection = self, connection.fetch, connection.fetchval, connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        yield self._connection
