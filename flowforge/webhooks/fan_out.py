"""Notices become deliveries: taken and written in one transaction, so that none is lost and none is made twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.webhooks.event_name import listens
from flowforge.webhooks.payload import make_payload, run_data
from flowforge.webhooks.queries import sql
from flowforge.webhooks.retry import PATIENCE_SECONDS

BATCH = 200


async def fan_out(database: Database) -> int:
    """Make deliveries of a batch of each tenant's notices, oldest first. Returns how many notices were taken."""
    tenants = [row["tenant_id"] for row in await sql.tenants_with_notices.fetch(database.pool)]
    taken = 0
    for tenant_id in tenants:
        async with database.pool.acquire() as connection, connection.transaction():
            notices = await sql.take_notices.fetch(connection, tenant_id=tenant_id, limit=BATCH)
            if notices:
                await _deliver(connection, tenant_id, notices)
            taken += len(notices)
    return taken


async def _deliver(connection: Connection, tenant_id: UUID, notices: Sequence[Any]) -> None:
    endpoints = await sql.listening_endpoints.fetch(connection, tenant_id=tenant_id)
    run_ids = [notice["subject_id"] for notice in notices if notice["subject_id"] is not None]
    runs = {row["run_id"]: row for row in await sql.told_runs.fetch(connection, tenant_id=tenant_id, run_ids=run_ids)}
    rows = [
        (ids.new_id(), endpoint["endpoint_id"], notice["name"], payload)
        for notice in sorted(notices, key=lambda notice: notice["created_at"])
        for payload in (make_payload(notice["name"], notice["created_at"], _data(notice, runs)),)
        for endpoint in endpoints
        if listens(endpoint["events"], notice["name"])
    ]
    if rows:
        delivery_ids, endpoint_ids, events, payloads = zip(*rows, strict=True)
        await sql.add_deliveries.execute(
            connection,
            tenant_id=tenant_id,
            delivery_ids=delivery_ids,
            endpoint_ids=endpoint_ids,
            events=events,
            payloads=payloads,
            patience=PATIENCE_SECONDS,
        )


def _data(notice: Any, runs: dict[UUID, Any]) -> dict[str, Any]:
    if notice["subject_id"] is None:
        found: dict[str, Any] = json.loads(notice["data"] or "{}")
        return found
    run = runs.get(notice["subject_id"])
    return {"run": ids.show("run", notice["subject_id"])} if run is None else run_data(run)  # deleted meanwhile: its id is what is left
