"""Approvals that wait, told on the channels that want to hear of them: each when it was asked, reminded of, or escalated.

What is told are the tool, its effect, who asks and why; never the arguments, which whoever follows the link sees. The link is made when a
message is sent, so its token is in no table: an attempt that is repeated has another one.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.alerts.queries import sql
from flowforge.board.approval_link import make_link
from flowforge.db.database import Database
from flowforge.skills.requirement import Requirement


async def tell_of_approvals(database: Database) -> int:
    """Make messages of what nobody was told of yet. Returns how many approvals that were."""
    told = 0
    for tenant in await sql.tenants_with_news.fetch(database.pool):
        told += await _tell(database, tenant["tenant_id"])
    return told


async def with_link(database: Database, row: Any, public_url: str | None) -> str | None:
    """The message of a delivery, with a link of its own; None when there is nothing to decide any more."""
    message = json.loads(row["payload"])
    decides = bool(json.loads(row["settings"]).get("link_decides"))
    token = await make_link(database.pool, row["tenant_id"], row["alert_id"], row["channel"], decides=decides)
    if token is None:
        return None
    if public_url is not None:
        message["data"]["link"] = f"{public_url.rstrip('/')}/approval?token={token}"
    return json.dumps(message, ensure_ascii=False)


async def _tell(database: Database, tenant_id: UUID) -> int:
    async with database.pool.acquire() as connection, connection.transaction():
        rows = [row for row in await sql.take_news.fetch(connection, tenant_id=tenant_id) if row["is_open"]]
        channels = [row["name"] for row in await sql.channels_for_approvals.fetch(connection, tenant_id=tenant_id)]
        made = [(row["approval_id"], ids.new_id(), channel, _event(row), _payload(row)) for row in rows for channel in channels]
        if made:
            approval_ids, delivery_ids, names, events, payloads = zip(*made, strict=True)
            await sql.add_deliveries.execute(
                connection,
                tenant_id=tenant_id,
                alert_ids=approval_ids,
                delivery_ids=delivery_ids,
                channels=names,
                events=events,
                payloads=payloads,
            )
    return len(rows)


def _event(row: Any) -> str:
    if row["escalated_at"] is not None and row["escalated_at"] >= (row["reminded_at"] or row["escalated_at"]):
        return "approval.escalated"
    return "approval.requested" if row["reminded_at"] is None else "approval.reminded"


def _payload(row: Any) -> str:
    data = {
        "approval": ids.show("apr", row["approval_id"]),
        "run": ids.show("run", row["run_id"]),
        **{name: row[name] for name in ("tool", "effect", "agent", "task", "reason", "requester")},
        "hash": row["proposal_hash"],
        "needed": Requirement.from_json(row["requirement"]).count,
        "roles": list(row["roles"]),
        "expires_at": None if row["expires_at"] is None else row["expires_at"].isoformat(),
    }
    return json.dumps({"type": _event(row), "timestamp": row["created_at"].isoformat(), "data": data}, ensure_ascii=False)
