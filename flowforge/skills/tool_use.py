"""What is known of the calls of each tool: how many today, and what went wrong last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge.db.queries import Connection, load_queries

ERROR_CHARACTERS_MAX = 500

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class ToolUse:
    """One tool's calls. Days are UTC's; `error` is of the last call that failed, whenever that was."""

    calls_today: int = 0
    failures_today: int = 0
    called_at: datetime | None = None
    error: str | None = None
    failed_at: datetime | None = None


async def note_call(connection: Connection, tenant_id: UUID, tool: str, error: str | None = None) -> None:
    """Count a call that has ended. `error` is without secrets."""
    shown = None if error is None else error[:ERROR_CHARACTERS_MAX]
    await sql.note_call.execute(connection, tenant_id=tenant_id, tool=tool, error=shown)


async def uses_of(connection: Connection, tenant_id: UUID, tools: Sequence[str]) -> Mapping[str, ToolUse]:
    """By name; a tool that was never called is not in it."""
    rows = await sql.uses_of.fetch(connection, tenant_id=tenant_id, tools=list(tools))
    return {
        row["tool"]: ToolUse(row["calls_today"], row["failures_today"], row["called_at"], row["error"], row["failed_at"]) for row in rows
    }
