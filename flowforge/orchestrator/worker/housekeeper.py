"""The housekeeper: what every worker does beside its runs and in no hurry. Acts on many runs are carried out, old rows are dropped, and
deltas for which whole messages stand.

Each batch is a transaction of its own and takes a row that others then skip, so any number of workers may keep house at once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from flowforge.db.queries import load_queries
from flowforge.orchestrator.bulk import BULK, carry_on
from flowforge.orchestrator.models.spending import ORPHANS, settle_of_the_dead
from flowforge.orchestrator.retention import EVERY, sweep

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.worker.compactor import Compactor

LOOK_SECONDS = 30.0

log = logging.getLogger("flowforge.housekeeper")
sql = load_queries("flowforge.orchestrator")


class Housekeeper:
    """Keeps house while it runs."""

    def __init__(self, database: Database, bell: Bell, compactor: Compactor, look_seconds: float = LOOK_SECONDS) -> None:
        self._database, self._bell, self._compactor, self._look_seconds = database, bell, compactor, look_seconds

    async def run(self) -> None:
        """Until cancelled, from half a minute on: a worker that starts has better to do. A batch that is cut off has changed nothing."""
        rung = self._bell.subscribe(BULK)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_seconds):
                        await rung.wait()
                rung.clear()
                more = True
                while more:
                    more = await self.keep_house()
        finally:
            self._bell.unsubscribe(rung, BULK)

    async def keep_house(self) -> bool:
        """A few batches of everything that is to be done. False: nothing is left."""
        try:
            found = await sql.look_round_the_house.fetchrow(self._database.pool, every=EVERY)
            more = found["calls"] and await settle_of_the_dead(self._database) == ORPHANS
            more = (found["bulk"] and await carry_on(self._database, bell=self._bell)) or more
            more = await self._compactor.compact() or more
            return (found["sweep"] and await sweep(self._database)) or more
        except Exception as error:  # noqa: BLE001 - the database is away, or a batch met a deadlock: look again
            log.warning("housekeeping.failed", extra={"error": repr(error)})
            return False
