"""A settable clock: the database's, by which leases, timers and limits go. Nothing waits; a day passes in a millisecond."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from flowforge.db.queries import load_queries
from flowforge.durations import Duration, seconds

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.testing")


class SettableClock:
    """The clock of one database. It goes on by itself; `advance` and `set` make it jump, and what is due by then is due at once.

    With `auto_skip = True`, work that has nothing else to do jumps to the next timer: sleeps, time-outs of waits, delays of retries.

        await forge.clock.advance("25h")
    """

    def __init__(self, database: Database, jumped: Callable[[datetime], Awaitable[None]]) -> None:
        self._database, self._jumped = database, jumped
        self.auto_skip = False

    async def now(self) -> datetime:
        """The moment that the engine goes by."""
        moment: datetime = await sql.database_now.fetchval(self._database.pool)
        return moment

    async def advance(self, duration: Duration) -> None:
        """Let time pass: sleeps and time-outs that end within it are over. Raises InvalidInput for an unreadable duration."""
        await sql.advance_clock.execute(self._database.pool, seconds=seconds(duration))
        await self._jumped(await self.now())

    async def set(self, moment: datetime) -> None:
        """Let it be that moment. Going back is possible and rarely wise: what is over stays over."""
        await sql.set_clock.execute(self._database.pool, moment=moment)
        await self._jumped(await self.now())
