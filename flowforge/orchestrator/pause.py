"""Pausing a function or a tenant: an operator's act that survives deployments. Its runs stand at the pause's gate until it is over.

What a worker executes at that moment goes on until it sleeps, waits or ends; nothing is leased anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.audit import log as audit
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator import hints

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

MAX_REASON = 500

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Pause:
    """What is paused: a function, or everything of the tenant; by whom, and why."""

    function: str | None
    reason: str | None
    paused_by: str
    created_at: datetime
    everywhere: bool  # for all tenants of the deployment


async def pause(database: Database, by: Principal, *, function: str | None = None, reason: str | None = None) -> None:
    """Pause a function for the principal's tenant, or, without one, the whole tenant. Repeating it changes the reason.

    Raises NotFound for a function that no worker ever published, InvalidInput for a reason that is too long.
    """
    if reason is not None and len(reason) > MAX_REASON:
        raise InvalidInput(f"a reason has at most {MAX_REASON} characters", pointer="/reason")
    async with database.pool.acquire() as connection, connection.transaction():
        await _check(connection, function)
        row = await sql.pause.fetchrow(
            connection, pause_id=ids.new_id(), tenant_id=by.tenant_id, function_id=function, reason=reason, by=by.name
        )
        if row["inserted"]:
            await audit.append(connection, by, *_act("pause", function), {"reason": reason})


async def resume(database: Database, by: Principal, *, function: str | None = None, bell: Bell | None = None) -> bool:
    """End a pause; its runs go on in a fair order. False: it was not paused. Raises NotFound for an unknown function."""
    async with database.pool.acquire() as connection, connection.transaction():
        await _check(connection, function)
        ended = await sql.resume.fetchval(connection, tenant_id=by.tenant_id, function_id=function) is not None
        if ended:
            await audit.append(connection, by, *_act("resume", function), {})
    if bell is not None:
        bell.ring(hints.READY)
    return ended


async def list_pauses(connection: Connection, tenant_id: UUID) -> list[Pause]:
    """What is paused for a tenant now, longest first."""
    return [
        Pause(row["function_id"], row["reason"], row["paused_by"], row["created_at"], row["tenant_id"] is None)
        for row in await sql.pauses.fetch(connection, tenant_id=tenant_id)
    ]


async def _check(connection: Connection, function: str | None) -> None:
    if function is not None:
        known = [row["function_id"] for row in await sql.function_ids.fetch(connection)]
        if function not in known:
            raise NotFound("function", function, known)


def _act(verb: str, function: str | None) -> tuple[str, str, str]:
    return (f"function.{verb}", "function", function) if function else (f"tenant.{verb}", "tenant", "")
