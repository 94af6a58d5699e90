"""How fast a tenant may ask: its limits, and taking from what they leave, by all servers together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.access.tenant import sql
from flowforge.audit.log import append
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound

RateKind = Literal["requests", "events"]

SPAN_SECONDS = 10.0  # what was not asked for in so long may be asked for at once
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class RateLimits:
    """What one tenant may ask for: requests and events in a minute, live streams open at once. None: as the deployment says."""

    requests_per_minute: int | None = None
    events_per_minute: int | None = None
    streams: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0 < value <= LARGEST:
                raise InvalidInput(f"{name} must lie between 1 and {LARGEST}, not {value}", pointer=f"/{name}")


@dataclass(frozen=True)
class Taken:
    """What was taken of a rate, and what is left. `wait_seconds`: when as much again can be had."""

    granted: int
    per_minute: float
    whole: int  # what a rested rate gives at once
    remaining: int
    wait_seconds: float


async def take(
    connection: Connection,
    tenant_id: UUID,
    subject: str,
    kind: RateKind,
    *,
    least: int,
    most: int,
    per_minute: int,
    share: float = 1.0,
) -> Taken:
    """Take between `least` and `most` of a tenant's rate, or nothing when `least` cannot be had.

    `subject` is a key's id, or empty for the tenant; `share` the part of the tenant's rate that the subject may have. `per_minute` holds
    unless an operator has said otherwise for this tenant.
    """
    row = await sql.take_from_rate.fetchrow(
        connection,
        tenant_id=tenant_id,
        subject=subject,
        kind=kind,
        least=least,
        most=max(least, most),
        per_minute=per_minute,
        share=share,
        span_seconds=SPAN_SECONDS,
    )
    return Taken(**row)


async def find_rate_limits(connection: Connection, tenant_id: UUID) -> RateLimits:
    """What an operator has said for this tenant."""
    row = await sql.find_rate_limits.fetchrow(connection, tenant_id=tenant_id)
    return RateLimits() if row is None else RateLimits(**row)


async def set_rate_limits(database: Database, principal: Principal, tenant: str, limits: RateLimits) -> None:
    """Let a tenant, by name, ask faster or slower than others; servers keep to it within a second or two. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        tenant_id = await _tenant_id(connection, tenant)
        await sql.set_rate_limits.execute(connection, tenant_id=tenant_id, **vars(limits))
        await append(connection, principal, "rate_limit.set", "tenant", tenant, vars(limits))


async def reset_rate_limits(database: Database, principal: Principal, tenant: str) -> None:
    """Let a tenant ask as fast as any other. Raises NotFound, also where nothing was said for it."""
    async with database.pool.acquire() as connection, connection.transaction():
        tenant_id = await _tenant_id(connection, tenant)
        if await sql.reset_rate_limits.fetchval(connection, tenant_id=tenant_id) is None:
            raise NotFound("rate limit of the tenant", tenant)
        await append(connection, principal, "rate_limit.reset", "tenant", tenant)


async def _tenant_id(connection: Connection, name: str) -> UUID:
    row = await sql.find_tenant.fetchrow(connection, name=name)
    if row is None:
        raise NotFound("tenant", name)
    found: UUID = row["tenant_id"]
    return found
