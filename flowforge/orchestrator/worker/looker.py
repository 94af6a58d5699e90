"""Looking, after the commit: open waits of all runs are asked about in one call a kind."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowforge.orchestrator.branch import outside
from flowforge.orchestrator.failure import describe
from flowforge.orchestrator.outage import is_refusal
from flowforge.orchestrator.waits import NotYet, Outcome, look_of

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.open_wait import OpenWait

log = logging.getLogger("flowforge.looker")

MAX_WAITS = 500


class Looker:
    """Collects waits for a moment and asks their kinds; a database that is away is asked again, a question that it refuses is not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[str, list[tuple[OpenWait, bool]]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    def submit(self, wait: OpenWait, final: bool) -> None:
        self._asked[wait.kind].append((wait, final))
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _start(self) -> None:
        self._scheduled = False
        asked, self._asked = self._asked, defaultdict(list)
        for kind, waits in asked.items():
            for first in range(0, len(waits), MAX_WAITS):
                task = outside(self._look(kind, waits[first : first + MAX_WAITS]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _look(self, kind: str, waits: list[tuple[OpenWait, bool]]) -> None:
        look = look_of(kind)
        assert look is not None, kind
        delay = 0.1
        while True:
            pending = [wait.pending() for wait, _ in waits]
            try:
                outcomes: Sequence[Outcome | NotYet | None] = await look(self._database, pending)
                break
            except Exception as error:  # noqa: BLE001 - most often the database is away; the waits stay open and are asked again
                if is_refusal(error) and len(waits) > 1:  # one of them is at fault, and not its neighbours
                    await asyncio.gather(*(self._look(kind, [one]) for one in waits))
                    return
                if is_refusal(error):
                    outcomes = [Outcome(error=describe(error, waits[0][0].execution.tenant_id))]
                    break
                log.warning("look.repeated", extra={"kind": kind, "error": repr(error)})
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
        for (wait, final), outcome in zip(waits, outcomes, strict=True):
            wait.looked(outcome, final)
