"""Whom the review queue tells what, in the transaction in which it happened: webhooks by notices, readers of streams by frames.

This is the one place where an approval's life is announced; each function gets the approval's row and runs before the commit, after
everything else of the act. The inboxes of who may decide come behind it (see `approver`), and what was decided leaves them here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.board.inbox import put_away
from flowforge.db.queries import Connection
from flowforge.orchestrator.notice import give_notice
from flowforge.orchestrator.stream import append_frame
from flowforge.skills.requirement import Requirement


def decided_frame(row: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    """What every stream is told of an approval."""
    return {"run": ids.show("run", row["run_id"]), "approval": ids.show("apr", row["approval_id"]), "tool": row["tool"], **more}


async def tell_requested(connection: Connection, row: Any) -> None:
    """A question stands in the queue. The run's stream is told by the run itself, see `approve_step`."""
    data = {
        "run": ids.show("run", row["run_id"]),
        "approval": ids.show("apr", row["approval_id"]),
        **{name: row[name] for name in ("tool", "effect", "reversible", "reason", "agent", "requester", "rule")},
        "arguments": json.loads(row["arguments"]),
        "hash": row["call_hash"],
        "expires_at": row["expires_at"].isoformat() if row["expires_at"] else None,
        **_circle(row),
    }
    await give_notice(connection, row["tenant_id"], "approval.requested", data)


async def tell_voted(connection: Connection, tenant_id: UUID, row: Any, more: Mapping[str, Any]) -> None:
    """Somebody approved, and more people are needed."""
    await _tell(connection, tenant_id, row, "approval.voted", more)


async def tell_ended(connection: Connection, tenant_id: UUID, row: Any, name: str, more: Mapping[str, Any]) -> None:
    """It was decided, or its time is over: `name` says which."""
    await _tell(connection, tenant_id, row, name, more)
    await put_away(connection, tenant_id, "approval", ids.show("apr", row["approval_id"]))


async def tell_waiting(connection: Connection, tenant_id: UUID, row: Any, name: str) -> None:
    """Nobody has decided for a while: `approval.reminded` for those who may, `approval.escalated` for another role."""
    since = {"created_at": row["created_at"].isoformat(), "effect": row["effect"], **_circle(row)}
    await _tell(connection, tenant_id, row, name, since)


def _circle(row: Any) -> dict[str, Any]:
    """Who may decide: nobody named means everybody who decides approvals."""
    requirement = Requirement.from_json(row["requirement"])
    return {"needed": requirement.count, "roles": list(row["roles"]), "people": list(requirement.people)}


async def _tell(connection: Connection, tenant_id: UUID, row: Any, name: str, more: Mapping[str, Any]) -> None:
    data = decided_frame(row, more)
    await give_notice(connection, tenant_id, name, data)
    await append_frame(connection, tenant_id, name=name, data=data, agent_id=row["agent_id"], task_id=row["task_id"])
