"""The committer: all changes of all runs of a worker go through one queue and are written by one statement at a time.

The next flush starts when the last one returns, so a lone step waits for nobody and a crowd shares a commit. A flush whose
answer is lost is sent again, as often as it takes: it always writes, so a repeat settles what the first one did. A change that
PostgreSQL refuses is found by halving the batch, run by run, and fails alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from flowforge import ids, metrics
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point, is_armed
from flowforge.errors import LeaseLost
from flowforge.orchestrator.branch import outside
from flowforge.orchestrator.change import Ack, Change
from flowforge.orchestrator.hints import READY, Bell
from flowforge.orchestrator.outage import ChangeRefused, class_of, is_refusal
from flowforge.orchestrator.trace import Exporter, exporter
from flowforge.orchestrator.worker.flush import Flush, rehearsals
from flowforge.orchestrator.worker.tally import tally

if TYPE_CHECKING:
    from flowforge.db.database import Database

MAX_CHANGES = 512
MAX_BYTES = 4 * 1024 * 1024

log = logging.getLogger("flowforge.committer")


class Committer:
    """Writes the changes of one worker generation, in order, batched."""

    def __init__(self, database: Database, worker_id: UUID, bell: Bell, on_lost: Callable[[Change], None] | None = None) -> None:
        self._database, self._worker_id, self._bell = database, worker_id, bell
        self._on_lost = on_lost  # hears of changes with model calls whose run is another worker's
        self._queue: deque[Change] = deque()
        self._connection: asyncpg.Connection[Any] | None = None
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        self.flushes = 0

    def open(self) -> None:
        """Connect in the background, so that the first step need not wait for it."""
        self._draining = outside(self._open())

    def put(self, change: Change) -> None:
        """Queue a change; its `settle` is called with the Ack, or with LeaseLost or ChangeRefused."""
        self._queue.append(change)
        if self._draining is None and not self._closed:
            self._draining = outside(self._drain())

    @property
    def queued(self) -> int:
        """Changes that no flush has taken yet."""
        return len(self._queue)

    async def idle(self) -> None:
        """Until everything queued so far has been written."""
        while self._draining is not None:
            await asyncio.shield(self._draining)

    async def close(self) -> None:
        """Stop writing; what is still queued stays unwritten, which is safe: it was never acknowledged."""
        self._closed = True
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.gather(self._draining, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()

    async def _open(self) -> None:
        try:
            await self._connect()
        except Exception as error:  # noqa: BLE001 - the database is away: the first flush tries again, as often as it takes
            log.warning("committer.not_connected", extra={"error": repr(error)})
        await self._drain()

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._write(self._take())
        finally:
            self._draining = None

    def _take(self) -> list[Change]:
        batch: list[Change] = []
        size = 0
        while self._queue and len(batch) < MAX_CHANGES and size < MAX_BYTES:
            change = self._queue.popleft()
            size += change.size
            batch.append(change)
        return batch

    async def _write(self, batch: Sequence[Change]) -> None:
        flush = Flush(self._worker_id, batch)
        _before(batch)
        begun = SYSTEM_CLOCK.monotonic()
        try:
            acks = await self._send(flush)
        except ChangeRefused as error:
            await self._isolate(batch, error)
            return
        self.flushes += 1
        _after(batch)
        self._settle(flush, acks, SYSTEM_CLOCK.monotonic() - begun)

    async def _isolate(self, batch: Sequence[Change], error: ChangeRefused) -> None:
        """Halve the batch between runs until the refused one stands alone."""
        leases = list(dict.fromkeys(change.lease for change in batch))
        if len(leases) == 1:
            metrics.CHANGES_REFUSED.add(amount=len(batch))
            for change in batch:
                _tell(change, error)
            return
        first = set(leases[: len(leases) // 2])
        await self._write([change for change in batch if change.lease in first])
        await self._write([change for change in batch if change.lease not in first])

    async def _send(self, flush: Flush) -> dict[int, Ack]:
        """Send until there is an answer. Raises ChangeRefused when there can never be a good one."""
        delay = 0.05
        while True:
            try:
                connection = self._connection or await self._connect()
                rows = await _fetch(connection, flush)
                return {row[0]: Ack(row[3], row[1], row[2]) for row in rows}
            except Exception as error:  # whatever breaks at the database's edge: outcome unknown, settle it by a repeat
                if is_refusal(error):
                    raise ChangeRefused(error) from error
                metrics.FLUSH_REPEATS.add()
                log.warning("flush.repeated", extra={"error": repr(error), "changes": len(flush.changes)})
                reconnect = class_of(error) not in ("40", "53", "55")
            if reconnect and self._connection is not None:
                self._connection.terminate()
                self._connection = None
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)

    async def _connect(self) -> asyncpg.Connection[Any]:
        self._connection = connection = await self._database.connect(application_name="ff:commit")
        for statement, arguments in rehearsals(self._worker_id):
            await connection.fetch(statement, *arguments)
        return connection

    def _settle(self, flush: Flush, acks: dict[int, Ack], seconds: float) -> None:
        lost = {lease: LeaseLost(lease.run_id.hex) for lease, place in flush.leases.items() if place not in acks}
        tally(flush.changes, lost, seconds)
        traced = exporter()
        ready = False
        topics = {lease.topic for lease in flush.leases}
        for change in flush.changes:
            answer = lost.get(change.lease) or acks[flush.leases[change.lease]]
            if traced is not None and isinstance(answer, Ack):
                _trace(traced, change, answer)
            if not flush.plain:
                ready = ready or change.readies_a_run(answer)
                topics.update(change.shared_topics)
            _tell(change, answer)
            if (change.usage or change.settlements) and change.lease in lost and self._on_lost is not None:
                self._on_lost(change)
        if ready:
            self._bell.ring(READY)
        self._bell.ring(*topics)


def _tell(change: Change, answer: Ack | BaseException) -> None:
    try:
        change.settle(answer)
    except Exception:
        log.exception(
            "change.settle_failed", extra={"run": ids.show("run", change.lease.run_id)}
        )  # one run's trouble is not its neighbours'


def _trace(to: Exporter, change: Change, answer: Ack) -> None:
    try:
        to.committed(change, answer)
    except Exception:
        log.exception("trace.not_exported", extra={"run": ids.show("run", change.lease.run_id)})  # a span is never worth a run


async def _fetch(connection: asyncpg.Connection[Any], flush: Flush) -> list[Any]:
    sending: Any = connection.fetch(flush.query.text, *flush.arguments)
    if is_armed("checkpoint.sent_unread") and any(change.step is not None for change in flush.changes):
        sending = asyncio.ensure_future(sending)
        await asyncio.sleep(0)
        crash_point("checkpoint.sent_unread")
    rows: list[Any] = await sending
    return rows


def _before(batch: Sequence[Change]) -> None:
    for change in batch:
        if change.step is not None and change.step.state >= 2:
            crash_point("checkpoint.before_commit")
        if change.park is not None:
            crash_point("run.before_suspend")
        if change.end is not None:
            crash_point("run.before_seal")


def _after(batch: Sequence[Change]) -> None:
    for change in batch:
        if change.step is not None and change.step.state >= 2:
            crash_point("checkpoint.after_commit")
        if change.child is not None:
            crash_point("invoke.child_made")
        if change.park is not None:
            crash_point("run.after_suspend")
        if change.end is not None:
            crash_point("run.after_seal")
