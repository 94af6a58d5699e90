"""Append to the audit log and read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge.access.principal import Principal, PrincipalKind
from flowforge.db.queries import Connection, load_queries

PAGE_MAX = 1000

sql = load_queries("flowforge.audit")


@dataclass(frozen=True)
class AuditEntry:
    """One act: who did what to which thing, and when."""

    seq: int
    principal_kind: PrincipalKind
    principal: str
    action: str
    target_kind: str
    target: str
    detail: dict[str, Any]
    created_at: datetime


async def append(
    connection: Connection,
    principal: Principal,
    action: str,
    target_kind: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add one entry and return its number. Call it inside the transaction of the act, after every row lock but the streams'.

    The tenant's head row stays locked until that transaction ends: if the act is rolled back, so are entry and number.
    """
    seq: int = await sql.append_entry.fetchval(
        connection,
        tenant_id=principal.tenant_id,
        principal_kind=principal.kind,
        principal=principal.name,
        action=action,
        target_kind=target_kind,
        target=target,
        detail=json.dumps(detail or {}, ensure_ascii=False, allow_nan=False, separators=(",", ":")),
    )
    return seq


async def read(connection: Connection, tenant_id: UUID, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
    """The entries numbered above `after`, in order, at most `limit` of them."""
    rows = await sql.read_entries.fetch(connection, tenant_id=tenant_id, after=after, limit=min(limit, PAGE_MAX))
    return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]
