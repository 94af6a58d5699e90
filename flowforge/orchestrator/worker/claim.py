"""Claiming: leases on ready runs, and what is known of them, read after the claim has committed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.change import Lease
from flowforge.orchestrator.context import Event, event_id_text

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class ClaimedRun:
    """A run that this worker has just leased. Its row does not change while it is open, so it can be read with the claim."""

    lease: Lease
    function_id: str
    vt: int
    now: datetime
    row: Any

    @property
    def pin(self) -> str | None:
        """The version that the run is pinned to."""
        pin: str | None = self.row["pin"]
        return pin

    def facts(self, seq: int) -> dict[str, Any]:
        row = self.row
        event: Event[Any] = Event(
            event_id_text(row["event_id"], row["event_key"]), row["event_name"], json.loads(row["input"]), row["received_at"]
        )
        names = ("agent_id", "task_id", "parent_run_id", "depth", "version", "attempt", "event_id", "started_at")
        return {**{name: row[name] for name in names}, "event": event, "seq": seq}


async def claim(connection: Connection, worker_id: UUID, function_ids: list[str], limit: int, floor: int) -> list[ClaimedRun]:
    """Lease up to `limit` ready runs whose virtual time is at least `floor`, of functions by id and, where pinned, as `id@version`."""
    rows = await sql.claim_runs.fetch(connection, worker_id=worker_id, function_ids=function_ids, limit=limit, floor=floor)
    return [ClaimedRun(_lease(row), row["function_id"], row["vt"], row["now"], row) for row in rows]


def _lease(row: Any) -> Lease:
    return Lease(row["tenant_id"], row["run_id"], row["fence"], row["function_id"], row["agent_id"], row["task_id"])


async def load(connection: Connection, runs: Sequence[ClaimedRun]) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, int]]:
    """The steps of runs that were leased before, and the numbers of their last frames: two bulk reads, however many runs."""
    earlier = [run.lease for run in runs if run.lease.fence > 1]
    if not earlier:
        return {}, {}
    tenants, run_ids = [lease.tenant_id for lease in earlier], [lease.run_id for lease in earlier]
    memos: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for row in await sql.steps_of_runs.fetch(connection, tenant_ids=tenants, run_ids=run_ids):
        memos[row["run_id"]][row["key"]] = row
    frames = await sql.last_frames.fetch(connection, tenant_ids=tenants, run_ids=run_ids)
    return memos, {row["run_id"]: row["seq"] for row in frames}
