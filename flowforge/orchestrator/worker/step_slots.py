"""Limits on steps: a body begins once its step holds enough of a limit, across all workers, and gives it back when it has ended.

Who waits here keeps its run's lease: it is about to go on. Slots are rows beside the lease, as those of runs are, and count as long
as that lease is held: the steps of a dead worker hold nothing. Per limit and worker it goes in the order of asking.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.db.queries import load_queries
from flowforge.orchestrator.branch import outside
from flowforge.orchestrator.change import Lease
from flowforge.orchestrator.flow.control import Limit
from flowforge.orchestrator.flow.limit import LimitKey
from flowforge.orchestrator.hints import READY, Bell

if TYPE_CHECKING:
    from flowforge.db.database import Database

MAX_ASKED = 500
POLL_SECONDS = 0.5

log = logging.getLogger("flowforge.steps")
sql = load_queries("flowforge.orchestrator")


@dataclass(eq=False)
class Slot:
    """A step's share of a limit, asked for, and held once `granted` is done."""

    lease: Lease
    step_key: str
    limit: LimitKey
    capacity: int  # as the code says; what is published or set by an operator goes before it
    weight: int
    granted: asyncio.Future[None]


class StepSlots:
    """The slots that steps on this worker hold or wait for."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database, self._bell = database, bell
        self._asked: list[Slot] = []
        self._given: list[Slot] = []
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()  # somebody asks, or gives back, here or in another process

    async def take(self, lease: Lease, step_key: str, limit: Limit, key: LimitKey, weight: int) -> Slot:
        """Wait until the step may begin. Give the slot back when it has ended."""
        slot = Slot(lease, step_key, key, limit.concurrency, weight, asyncio.get_running_loop().create_future())
        self._asked.append(slot)
        self._serve()
        try:
            await asyncio.shield(slot.granted)
        except asyncio.CancelledError:
            self.give_back(slot)  # it may have been granted in this very moment
            raise
        return slot

    def give_back(self, slot: Slot) -> None:
        if slot in self._asked:
            self._asked.remove(slot)
        self._given.append(slot)
        self._serve()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _serve(self) -> None:
        self._news.set()
        if self._task is None or self._task.done():
            self._task = outside(self._run())

    async def _run(self) -> None:
        self._news = self._bell.subscribe(READY)
        try:
            while self._asked or self._given:
                self._news.clear()
                try:
                    await self._free()
                    granted = await self._grant()
                except Exception as error:  # noqa: BLE001 - the database is away: ask again
                    log.warning("step_slots.failed", extra={"error": repr(error)})
                    granted = False
                if self._asked and not granted:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS):
                            await self._news.wait()
        finally:
            self._bell.unsubscribe(self._news, READY)

    async def _free(self) -> None:
        given = self._given[:MAX_ASKED]
        if not given:
            return
        await sql.free_step_slots.execute(self._database.engine, **_columns(given))
        del self._given[: len(given)]
        self._bell.ring(READY)

    async def _grant(self) -> bool:
        asked = self._asked[:MAX_ASKED]
        if not asked:
            return False
        await sql.open_step_limits.execute(
            self._database.engine,
            limit_ids=[slot.limit.limit_id for slot in asked],
            limit_tenants=[slot.limit.tenant_id for slot in asked],
            rules=[slot.limit.rule for slot in asked],
            keys=[slot.limit.key for slot in asked],
            capacities=[slot.capacity for slot in asked],
        )
        limit_ids = sorted({slot.limit.limit_id for slot in asked})
        async with self._database.engine.acquire() as connection, connection.transaction():
            await sql.lock_limits.fetch(connection, limit_ids=limit_ids)
            rows = await sql.count_limits.fetch(connection, limit_ids=limit_ids)
            granted = admit(asked, {row["limit_id"]: (row["capacity"], row["used"]) for row in rows})
            if granted:
                columns = _columns(granted)
                await sql.take_step_slots.execute(
                    connection, **columns, fences=[slot.lease.fence for slot in granted], weights=[slot.weight for slot in granted]
                )
        for slot in granted:
            if slot in self._asked:
                self._asked.remove(slot)
            if not slot.granted.done():
                slot.granted.set_result(None)
        return bool(granted)


def admit(asked: Sequence[Slot], limits: dict[UUID, tuple[int | None, int]]) -> list[Slot]:
    """Who gets a slot, in the order of asking; who is too heavy for what is left keeps those behind it waiting. One that is
    heavier than its whole limit goes alone."""
    used = {limit_id: count for limit_id, (_, count) in limits.items()}
    shut: set[UUID] = set()
    granted = []
    for slot in asked:
        limit_id = slot.limit.limit_id
        if limit_id in shut or limit_id not in limits:
            continue
        capacity = limits[limit_id][0]
        if capacity is None or used[limit_id] + slot.weight <= capacity or (used[limit_id] == 0 and capacity > 0):
            used[limit_id] += slot.weight
            granted.append(slot)
        else:
            shut.add(limit_id)
    return granted


def _columns(slots: Sequence[Slot]) -> dict[str, Any]:
    return {
        "limit_ids": [slot.limit.limit_id for slot in slots],
        "tenant_ids": [slot.lease.tenant_id for slot in slots],
        "run_ids": [slot.lease.run_id for slot in slots],
        "step_keys": [slot.step_key for slot in slots],
    }
