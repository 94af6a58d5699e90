"""Alerts as they are listed: what is or was wrong, how often it was seen, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge.alerts.queries import sql
from flowforge.db.database import Database


@dataclass(frozen=True)
class Delivery:
    """One message to one channel. `due` is null once it was delivered or given up."""

    channel: str
    event: str
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None


@dataclass(frozen=True)
class Alert:
    alert_id: UUID
    rule: str
    kind: str
    subject: str
    summary: str
    value: float
    count: int
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    deliveries: tuple[Delivery, ...]


async def list_alerts(
    database: Database, tenant_id: UUID, *, open: bool | None = None, before: UUID | None = None, limit: int = 50
) -> list[Alert]:
    """Newest first; `open`: only those that are, or that are not any more."""
    rows = await sql.list_alerts.fetch(database.pool, tenant_id=tenant_id, open=open, before=before, limit=limit)
    told: dict[UUID, list[Delivery]] = {row["alert_id"]: [] for row in rows}
    for row in await sql.deliveries_of.fetch(database.pool, tenant_id=tenant_id, alert_ids=list(told)):
        told[row["alert_id"]].append(Delivery(row["channel"], row["event"], row["attempt"], row["due"], row["delivered_at"], row["error"]))
    return [
        Alert(
            row["alert_id"], row["rule_name"], row["kind"], row["subject"], row["summary"], row["value"], row["count"], row["opened_at"],
            row["last_seen_at"], row["resolved_at"], tuple(told[row["alert_id"]]),
        )
        for row in rows
    ]  # fmt: skip
