"""Dates of cards: whoever has a card, or answers for it, is told a day before it is due, and once it is overdue."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from flowforge import ids
from flowforge.board.inbox import Notice, Tell, notify_all
from flowforge.board.queries import sql
from flowforge.db.database import Database

EVERY = timedelta(minutes=5)
AHEAD = timedelta(days=1)
AT_ONCE = 500  # the others have their turn at the next look


async def tell_of_dates(database: Database, *, every: timedelta = EVERY) -> int:
    """Look at the dates of all tenants, unless somebody does so right now or has just done it; how many people were told of something."""
    told = 0
    async with database.pool.acquire() as connection:
        if not await sql.dates_are_due.fetchval(connection, every=every):
            return 0
        await sql.make_inbox_watch.execute(connection)
        async with connection.transaction():
            if await sql.take_inbox_watch.fetchval(connection, every=every) is None:
                return 0
            tells: dict[UUID, list[Tell]] = defaultdict(list)
            for row in await sql.due_cards.fetch(connection, ahead=AHEAD, limit=AT_ONCE):
                day = row["due_at"].strftime("%Y-%m-%d %H:%M UTC")
                title = f"{row['key']} {row['title']} {'is overdue since' if row['overdue'] else 'is due'} {day}"
                subject = ids.show("tsk", row["task_id"])
                tells[row["tenant_id"]].append(Tell(Notice("due", subject, title, "", row["key"], stage=row["stage"]), (row["person_id"],)))
            for tenant_id, ones in sorted(tells.items()):
                told += len(await notify_all(connection, tenant_id, ones))
            await sql.leave_inbox_watch.execute(connection)
    return told
