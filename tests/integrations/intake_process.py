"""An intake in a process of its own, to be killed: `python intake_process.py DATABASE_URL QUEUE_URL EVENT REDELIVER_SECONDS`."""

from __future__ import annotations

import asyncio
import sys

from flowforge.db.database import Database
from flowforge.integrations.intake import Intake
from flowforge.integrations.queue import queue


async def main(database_url: str, queue_url: str, event: str, redeliver_after: str) -> None:
    async with await Database.open(database_url) as database:
        Intake(queue(queue_url, event=event, redeliver_after=float(redeliver_after)), database).start()
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
