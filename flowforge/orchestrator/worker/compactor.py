"""The compactor: a message that is whole stands for the deltas that it came in, so they go.

They stay for a minute after their step was stored, so that whoever reads along, or comes back after a cut, still sees them come. What a
worker that is killed had not taken away yet goes with its run's other frames (`retention.py`): it costs room, and no reader notices.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.queries import load_queries

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.frames import Spans

GRACE_SECONDS = 60.0
BATCH = 2_000  # rows of one transaction, about
KEPT = 100_000  # spans that are remembered; beyond that the oldest are left to retention

sql = load_queries("flowforge.orchestrator")


class _Spent(NamedTuple):
    due: float
    tenant_id: UUID
    run_id: UUID
    first: int
    last: int


class Compactor:
    """Deletes the deltas that the worker's executions do not need any more. The housekeeper calls it."""

    def __init__(self, database: Database, *, grace_seconds: float = GRACE_SECONDS, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database, self._grace_seconds, self._clock = database, grace_seconds, clock
        self._spent: deque[_Spent] = deque(maxlen=KEPT)

    def note(self, tenant_id: UUID, run_id: UUID, spans: Spans) -> None:
        """These frames of a run will not be needed: what stands for them is committed."""
        due = self._clock.monotonic() + self._grace_seconds
        self._spent.extend(
            _Spent(due, tenant_id, run_id, begin, min(begin + BATCH - 1, last))
            for first, last in spans
            for begin in range(first, last + 1, BATCH)
        )

    async def compact(self) -> bool:
        """Take away one batch of what is due. True: there may be more."""
        batch: list[_Spent] = []
        rows = 0
        while self._spent and self._spent[0].due <= self._clock.monotonic() and rows < BATCH:
            batch.append(self._spent.popleft())
            rows += batch[-1].last - batch[-1].first + 1
        if not batch:
            return False
        try:
            await sql.drop_spent_deltas.execute(
                self._database.engine,
                tenant_ids=[spent.tenant_id for spent in batch],
                run_ids=[spent.run_id for spent in batch],
                firsts=[spent.first for spent in batch],
                lasts=[spent.last for spent in batch],
            )
        except Exception:
            self._spent.extendleft(reversed(batch))
            raise
        return True
