"""Rules: what an alert is raised for, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.alerts.finding import KINDS
from flowforge.alerts.name import check_name
from flowforge.alerts.queries import sql
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound

CHANNELS_MAX = 10
RULES_MAX = 100  # of one tenant: all rules of all tenants are looked at in turn
WINDOW_SECONDS_MAX = 7 * 86400.0  # failures are kept for a day longer
QUIET_SECONDS_DEFAULT = 4 * 3600.0


@dataclass(frozen=True)
class Rule:
    """`window_seconds`: of failed runs how far back they count, of everything else how old it may get."""

    tenant_id: UUID
    rule_id: UUID
    name: str
    kind: str
    function_id: str | None
    threshold: int
    window_seconds: float
    quiet_seconds: float
    channels: tuple[str, ...]
    created_at: datetime


async def create_rule(
    database: Database,
    principal: Principal,
    name: str,
    kind: str,
    *,
    rule_id: UUID,
    channels: Sequence[str],
    function_id: str | None = None,
    threshold: int = 1,
    window_seconds: float | None = None,
    quiet_seconds: float = QUIET_SECONDS_DEFAULT,
) -> Rule:
    """Add a rule; a repeat under the same id adds nothing.

    Raises InvalidInput for a kind, channel or number that cannot be, and Conflict when the name is taken.
    """
    check_name(name)
    window = _checked_window(kind, function_id, threshold, window_seconds, quiet_seconds)
    async with database.pool.acquire() as connection, connection.transaction():
        await _check_channels(connection, principal.tenant_id, channels)
        row = await sql.create_rule.fetchrow(
            connection,
            tenant_id=principal.tenant_id,
            rule_id=rule_id,
            name=name,
            kind=kind,
            function_id=function_id,
            threshold=threshold,
            window_seconds=window,
            quiet_seconds=quiet_seconds,
            channels=list(channels),
        )
        if row is not None:
            if await sql.count_rules.fetchval(connection, tenant_id=principal.tenant_id) > RULES_MAX:
                raise Conflict(f"there are {RULES_MAX} alert rules already", hint="delete one first: flowforge alerts delete rule NAME")
            await audit.append(connection, principal, "alert_rule.create", "alert_rule", name, {"kind": kind, "channels": list(channels)})
            return rule_of(row)
        row = await sql.rule_named.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row is None or row["rule_id"] != rule_id:
            raise Conflict(f"there is an alert rule {name!r} already")
        return rule_of(row)


async def list_rules(database: Database, tenant_id: UUID, *, after: str | None = None, limit: int = 50) -> list[Rule]:
    """By name."""
    return [rule_of(row) for row in await sql.list_rules.fetch(database.pool, tenant_id=tenant_id, after=after, limit=limit)]


async def delete_rule(database: Database, principal: Principal, name: str) -> None:
    """Raises NotFound. Its open alerts are closed, and nobody is told about that."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.delete_rule.fetchval(connection, tenant_id=principal.tenant_id, name=name) is None:
            known = [row["name"] for row in await sql.list_rules.fetch(connection, tenant_id=principal.tenant_id, after=None, limit=200)]
            raise NotFound("alert rule", name, known)
        await audit.append(connection, principal, "alert_rule.delete", "alert_rule", name)


def rule_of(row: Any) -> Rule:
    return Rule(**{**row, "channels": tuple(row["channels"])})


def _checked_window(kind: str, function_id: str | None, threshold: int, window: float | None, quiet: float) -> float:
    known = KINDS.get(kind)
    if known is None:
        raise InvalidInput(f"there is no kind of alert {kind!r}; there are {', '.join(KINDS)}", pointer="/kind")
    if function_id is not None and not known.by_function:
        raise InvalidInput(f"{kind} is not about functions", pointer="/function")
    if threshold != 1 and not known.counts:
        raise InvalidInput(f"{kind} counts nothing: it asks how old something is", pointer="/threshold")
    seconds = known.window_seconds if window is None else window
    if not 1 <= seconds <= WINDOW_SECONDS_MAX:
        raise InvalidInput("the time must lie between 1s and 7d", pointer="/window")
    if not 0 < quiet <= 30 * 86400:
        raise InvalidInput("the quiet time must be more than nothing and at most 30d", pointer="/quiet")
    return seconds


async def _check_channels(connection: Any, tenant_id: UUID, channels: Sequence[str]) -> None:
    if not 1 <= len(channels) <= CHANNELS_MAX or len(set(channels)) != len(channels):
        raise InvalidInput(f"name 1 to {CHANNELS_MAX} channels, each once", pointer="/channels")
    known = {row["name"] for row in await sql.lock_channels.fetch(connection, tenant_id=tenant_id, names=list(channels))}
    for place, name in enumerate(channels):
        if name not in known:
            raise InvalidInput(f"there is no alert channel {name!r}", pointer=f"/channels/{place}")
