"""Approvers: who may decide a call now, and that they find it in their inbox for as long as it waits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.board.inbox import Notice, Tell, notify_all
from flowforge.board.queries import sql
from flowforge.db.queries import Connection

Stage = Literal["", "reminded", "escalated"]
WAITS: dict[Stage, str] = {"": "asks for", "reminded": "still waits for", "escalated": "waits, and you may decide now, for"}


async def put_before_approvers(connection: Connection, approvals: Iterable[tuple[UUID, UUID]], stage: Stage = "") -> None:
    """Put approvals, as pairs of tenant and id, before whoever may decide them: the last thing in the transaction that asks or reminds."""
    for tenant_id, pairs in groupby(sorted(approvals), lambda pair: pair[0]):
        wanted = [approval_id for _, approval_id in pairs]
        rows = await sql.read_approvers.fetch(connection, tenant_id=tenant_id, approval_ids=wanted)
        await notify_all(connection, tenant_id, [Tell(_notice(row, stage), tuple(row["person_ids"])) for row in rows])


def _notice(row: Any, stage: Stage) -> Notice:
    who, kind = (row["agent"], "agent") if row["agent"] is not None else (row["function_id"], "system")
    title = f"{who} {WAITS[stage]} your approval: {row['tool']} ({row['effect']})"
    subject = ids.show("apr", row["approval_id"])
    return Notice("approval", subject, title, row["arguments"], row["task"], kind, who, stage)  # type: ignore[arg-type]
