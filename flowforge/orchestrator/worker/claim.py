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
    large_input: str | None = None  # it lies in a blob row

    @property
    def pin(self) -> str | None:
        """The version that the run is pinned to."""
        pin: str | None = self.row["pin"]
        return pin

    def facts(self, seq: int) -> dict[str, Any]:
        row = self.row
        given = json.loads(self.large_input or row["input"])
        if row["batch"]:
            events = tuple(Event.from_fields(one) for one in given)
        else:
            events = (Event(event_id_text(row["event_id"], row["event_key"]), row["event_name"], given, row["received_at"]),)
        names = (
            "agent_id",
            "task_id",
            "parent_run_id",
            "depth",
            "version",
            "attempt",
            "event_id",
            "started_at",
            "weight",
            "cancel",
            "test",
        )
        return {**{name: row[name] for name in names}, "event": events[0], "events": events, "seq": seq}


class Claim(list[ClaimedRun]):
    """The runs that a claim leased. `gated`: so many went to a gate; `marks`: look at the gates; `ordered`: priorities are used."""

    gated = 0
    marks = ordered = False


async def claim(
    connection: Connection,
    worker_id: UUID,
    function_ids: list[str],
    limit: int,
    floor: int,
    virtual: int | None = None,
    ordered: bool = True,
) -> Claim:
    """Lease up to `limit` ready runs whose virtual time is at least `floor`; `virtual`: publish it as the deployment's.

    `ordered`: some tenant may use priorities. The answer says whether one does; the statement that does not ask is quicker.
    """
    rows = await (sql.claim_runs_by_priority if ordered else sql.claim_runs).fetch(
        connection, worker_id=worker_id, function_ids=function_ids, limit=limit, floor=floor, virtual=virtual
    )
    found = Claim(await claimed_runs(connection, rows))
    found.gated = sum(row["owner_state"] == "g" for row in rows)
    found.marks, found.ordered = rows[0]["marks"], rows[0]["ordered"]
    return found


async def claimed_runs(connection: Connection, rows: Sequence[Any]) -> list[ClaimedRun]:
    """The leased ones among a claim's rows, with their inputs, wherever those lie."""
    leased = [row for row in rows if row["owner_state"] == "l"]
    large = {row["run_id"]: await _large_input(connection, row) for row in leased if row["input_blob_id"] is not None}
    return [ClaimedRun(_lease(row), row["function_id"], row["vt"], row["now"], row, large.get(row["run_id"])) for row in leased]


async def _large_input(connection: Connection, row: Any) -> str:
    data: bytes = await sql.read_blob.fetchval(connection, tenant_id=row["tenant_id"], run_id=row["run_id"], blob_id=row["input_blob_id"])
    return data.decode()


def _lease(row: Any) -> Lease:
    limits = tuple(row["limits"] or ())
    return Lease(row["tenant_id"], row["run_id"], row["fence"], row["function_id"], row["agent_id"], row["task_id"], limits)


async def load(connection: Connection, runs: Sequence[ClaimedRun]) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, int]]:
    """The steps of runs that were leased before, and the numbers of their last frames: two bulk reads, however many runs."""
    earlier = [run.lease for run in runs if run.lease.fence > 1]
    if not earlier:
        return {}, {}
    tenants, run_ids = [lease.tenant_id for lease in earlier], [lease.run_id for lease in earlier]
    memos: dict[UUID, dict[str, Any]] = defaultdict(dict)
    snapshots = [lease.agent_id is not None for lease in earlier]
    for row in await sql.steps_of_runs.fetch(connection, tenant_ids=tenants, run_ids=run_ids, snapshots=snapshots):
        memos[row["run_id"]][row["key"]] = row
    frames = await sql.last_frames.fetch(connection, tenant_ids=tenants, run_ids=run_ids)
    return memos, {row["run_id"]: row["seq"] for row in frames}
