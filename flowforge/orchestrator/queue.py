"""The queue, for people: how many runs wait, where and why; the limits that functions have, and changing one where it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.audit import log as audit
from flowforge.db.queries import Connection, load_queries
from flowforge.durations import show as show_duration
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.flow.control import MAX_LIMIT
from flowforge.orchestrator.flow.limit import AGENT_LANE

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class ClosedGate:
    """A limit at which runs stand: how many, how many of the same tenant hold it, and what it allows."""

    limit: str
    key: str
    waiting: int
    used: int | None
    capacity: int | None
    per_seconds: float | None

    @property
    def reason(self) -> str:
        return gate_reason(self.limit, self.key, self.capacity, self.per_seconds)


@dataclass(frozen=True)
class FunctionQueue:
    """One function's open runs. `ready`: a worker may take them; `at_gates`: a limit or a pause keeps them."""

    function: str
    ready: int
    at_gates: int
    running: int
    gathering: int
    sleeping: int
    waiting: int
    paused: int
    oldest_queued_at: datetime | None
    live: bool
    is_paused: bool
    gates: tuple[ClosedGate, ...]


@dataclass(frozen=True)
class LimitView:
    """A limit as published (`capacity`), and the operator's value where there is one."""

    limit: str
    app: str
    capacity: int
    per_seconds: float | None
    burst: int | None
    shared: bool
    override: int | None


async def queue_of(connection: Connection, tenant_id: UUID) -> list[FunctionQueue]:
    """A tenant's open runs by function, with the gates at which they stand."""
    gates: dict[str, list[ClosedGate]] = {}
    for row in await sql.closed_gates.fetch(connection, tenant_id=tenant_id):
        used = row["used"] if row["kind"] == "c" else None
        gate = ClosedGate(row["rule"], row["key"], row["runs"], used, row["capacity"], row["period_seconds"])
        gates.setdefault(row["function_id"], []).append(gate)
    return [
        FunctionQueue(
            row["function_id"],
            row["ready"],
            row["at_gates"],
            row["running"],
            row["gathering"],
            row["sleeping"],
            row["waiting"],
            row["paused"],
            row["oldest_queued_at"],
            row["live"],
            bool(row["is_paused"]),
            tuple(gates.get(row["function_id"], ())),
        )
        for row in await sql.queue_depth.fetch(connection, tenant_id=tenant_id)
    ]


async def list_limits(connection: Connection) -> list[LimitView]:
    """Every limit that a function has, by name."""
    return [
        LimitView(r["rule"], r["app"], r["capacity"], r["period_seconds"], r["burst"], r["shared"], r["override"])
        for r in await sql.limit_rules.fetch(connection)
    ]


async def set_limit(database: Database, by: Principal, limit: str, capacity: int | None, *, bell: Bell | None = None) -> LimitView:
    """Another capacity for a limit from now on, through deployments; None: the published one again. 0 lets nobody through.

    Raises NotFound and InvalidInput.
    """
    if capacity is not None and not 0 <= capacity <= MAX_LIMIT:
        raise InvalidInput(f"a limit lies between 0 and {MAX_LIMIT}, not {capacity}", pointer="/capacity")
    async with database.pool.acquire() as connection, connection.transaction():
        known = {view.limit: view for view in await list_limits(connection)}
        if limit not in known:
            raise NotFound("limit", limit, known)
        if capacity is None:
            await sql.end_override.execute(connection, rule=limit)
        else:
            await sql.override_limit.execute(connection, rule=limit, capacity=capacity)
        await sql.mark_rule.execute(connection, rule=limit)
        await audit.append(connection, by, "limit.set", "limit", limit, {"capacity": capacity})
        after = {view.limit: view for view in await list_limits(connection)}[limit]
    if bell is not None:
        bell.ring(hints.READY)
    return after


def gate_reason(limit: str, key: str, capacity: int | None, per_seconds: float | None) -> str:
    """Why a run stands at a limit, in words."""
    if limit == AGENT_LANE:
        return f"agent {key} is paused" if capacity == 0 else f"agent {key} works on {capacity} at once"
    whose = f" for {key}" if key else ""
    if per_seconds is not None:
        return f"throttled by {limit}{whose}: {capacity} in {show_duration(per_seconds)}"
    return f"the limit {limit}{whose} is reached: {capacity} at once"
