"""Notices: what happened, for the outgoing webhooks that want to hear of it. Runs give theirs in the statements that end them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries

sql = load_queries("flowforge.orchestrator")


async def give_notice(
    connection: Connection, tenant_id: UUID, name: str, data: Mapping[str, Any] | None = None, *, run_id: UUID | None = None
) -> None:
    """Note that something happened, in its transaction: it is told if and only if it commits. Nothing is written where nobody listens."""
    text = None if data is None else json.dumps(data, ensure_ascii=False, default=str)
    await sql.give_notice.execute(connection, tenant_id=tenant_id, name=name, subject_id=run_id, data=text)
