"""Retention: what is finished is dropped by age, per tenant, in batches that are short transactions.

Every tenant has a row in `retention`; whoever locks it does one batch of that tenant, others skip it. A pass walks the rows in
the order of their ids, which begin with the time at which they were made, so it needs no index of its own and ends where all
is young. Kept whatever their age: open runs with all that is theirs, finished children of an open parent, events that a wait
has still to take or to look back at. A run carries its trigger event's data itself, so no run needs its event's row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.audit.log import append
from flowforge.clock import SYSTEM_CLOCK
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.durations import seconds as seconds_of
from flowforge.errors import InvalidInput
from flowforge.orchestrator.flow.control import read_settings
from flowforge.orchestrator.tenant_stream import forget_followers

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

EVERY = timedelta(hours=1)
BATCH = 500  # rows looked at by one transaction
FLOW_BATCH, FLOW_BATCHES = 2_000, 10  # rows of flow control, and batches of them in one sweep
SPEND_KEPT = timedelta(days=400)  # windows of budgets: a year and what is looked back at
SWEEP_SECONDS = 2.0
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=36_500)
_NIL = UUID(int=0)

# Each part does one batch from a place on, and answers the next place, or None when it is through.
Part = Callable[[Connection, UUID, Any, UUID], Awaitable[UUID | None]]

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Retention:
    """How long a tenant's finished runs, events, frames of runs, and usage (None: for ever) are kept. Raises InvalidInput."""

    runs: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=30)
    frames: timedelta = timedelta(days=7)
    usage: timedelta | None = None
    swept_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("runs", "events", "frames", "usage"):
            age = getattr(self, name)
            if age is not None and not SHORTEST <= age <= LONGEST:
                raise InvalidInput(f"{name} are kept for a minute at least and a hundred years at most", pointer=f"/{name}")


async def find_retention(connection: Connection, tenant_id: UUID) -> Retention:
    """The tenant's settings, or the defaults."""
    row = await sql.find_retention.fetchrow(connection, tenant_id=tenant_id)
    return Retention() if row is None else _retention(row)


async def set_retention(database: Database, principal: Principal, wanted: Retention) -> Retention:
    """Change a tenant's settings; the next sweep, within an hour, goes by them."""
    ages = {name: getattr(wanted, name) for name in ("runs", "events", "frames", "usage")}
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.set_retention.fetchrow(connection, tenant_id=principal.tenant_id, **ages)
        detail = {name: None if age is None else age.total_seconds() for name, age in ages.items()}
        await append(connection, principal, "retention.set", "tenant", principal.tenant_id.hex, detail)
    return _retention(row)


async def sweep(database: Database, *, every: timedelta = EVERY, seconds: float = SWEEP_SECONDS) -> bool:
    """Sweep the tenants whose last sweep is long ago, for about so long. True: there is more to do."""
    until = SYSTEM_CLOCK.monotonic() + seconds
    rows = await sql.tenants_to_sweep.fetch(database.pool, every=every)
    if not rows:
        await sql.know_tenants.execute(database.pool)
        rows = await sql.tenants_to_sweep.fetch(database.pool, every=every)
    for row in rows:
        if not await _sweep_tenant(database, row["tenant_id"], until):
            return True
    if rows:
        await sql.drop_workers.execute(database.pool)
    return False


async def _sweep_tenant(database: Database, tenant_id: UUID, until: float) -> bool:
    """False: time is up before the end. A pass that is cut short begins at the front again: what it dropped is gone by then."""
    parts: tuple[Part, ...] = (_runs, _frames, _events, _usage, _answers, _keys, _requests, _blobs)
    for part in parts:
        place: UUID | None = _NIL
        while place is not None:
            if SYSTEM_CLOCK.monotonic() > until:
                return False
            async with database.pool.acquire() as connection, connection.transaction():
                settings = await sql.take_sweep.fetchrow(connection, tenant_id=tenant_id)
                if settings is None:
                    return True  # another worker sweeps this tenant
                place = await part(connection, tenant_id, settings, place)
                crash_point("retention.batch")
    for _ in range(FLOW_BATCHES):  # it goes on where it stopped, at the next sweep: a pass that is cut short need not begin again
        async with database.pool.acquire() as connection, connection.transaction():
            if (settings := await sql.take_sweep.fetchrow(connection, tenant_id=tenant_id)) is None:
                return True
            if await _flow(connection, tenant_id, settings) or SYSTEM_CLOCK.monotonic() > until:
                break
    await sql.drop_spend.execute(database.pool, tenant_id=tenant_id, older_than=settings["now"] - SPEND_KEPT)
    await sql.drop_bulks.fetch(database.pool, tenant_id=tenant_id, older_than=settings["now"] - settings["runs"])
    await sql.end_sweep.execute(database.pool, tenant_id=tenant_id)
    return True


async def drop_limit(connection: Connection, tenant_id: UUID, limit_id: UUID) -> bool:
    """Drop the state of a limit for one value of its key, which the caller has locked. False: something counts against it, and it stays."""
    return bool(await sql.drop_limits.fetch(connection, tenant_id=tenant_id, limit_ids=[limit_id]))


async def _runs(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    rows = await sql.runs_to_drop.fetch(
        connection, tenant_id=tenant_id, older_than=settings["now"] - settings["runs"], place=place, limit=BATCH
    )
    if droppable := [row["run_id"] for row in rows if row["droppable"]]:
        await sql.delete_runs.fetch(connection, tenant_id=tenant_id, run_ids=droppable)
    return _next(rows, "run_id")


async def _frames(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    """Runs that ended long enough ago lose their frames; the place is remembered, so that each is looked at once."""
    older_than = settings["now"] - settings["frames"]
    start = max(place, settings["frames_place"] or _NIL)
    rows = await sql.runs_to_drop.fetch(connection, tenant_id=tenant_id, older_than=older_than, place=start, limit=BATCH)
    if droppable := [row["run_id"] for row in rows if row["droppable"]]:
        await sql.drop_frames.execute(connection, tenant_id=tenant_id, run_ids=droppable)
    old = [row["run_id"] for row in rows if row["old"]]
    if old:
        await sql.move_frames_place.execute(connection, tenant_id=tenant_id, place=old[-1])
    else:
        await sql.drop_shared_frames.execute(connection, tenant_id=tenant_id, older_than=older_than)
        await forget_followers(connection, tenant_id, settings["now"])
    return _next(rows, "run_id")


async def _events(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    rows = await sql.events_to_drop.fetch(
        connection, tenant_id=tenant_id, older_than=settings["now"] - settings["events"], place=place, limit=BATCH
    )
    if droppable := [row["event_id"] for row in rows if row["droppable"]]:
        await sql.drop_events.execute(connection, tenant_id=tenant_id, event_ids=droppable)
    return _next(rows, "event_id")


async def _usage(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    if settings["usage"] is None:
        return None
    older_than = settings["now"] - settings["usage"]
    gone = await sql.drop_usage.fetch(connection, tenant_id=tenant_id, older_than=older_than, limit=BATCH)
    return place if len(gone) == BATCH else None


async def _answers(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    """Kept answers whose time is over."""
    return place if len(await sql.drop_answers.fetch(connection, tenant_id=tenant_id, limit=BATCH)) == BATCH else None


async def _keys(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    return place if len(await sql.drop_keys.fetch(connection, tenant_id=tenant_id, limit=BATCH)) == BATCH else None


async def _requests(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    return place if len(await sql.drop_requests.fetch(connection, tenant_id=tenant_id, limit=BATCH)) == BATCH else None


async def _blobs(connection: Connection, tenant_id: UUID, settings: Any, place: UUID) -> UUID | None:
    rows = await sql.drop_orphan_blobs.fetch(connection, tenant_id=tenant_id, place=place, limit=BATCH)
    return rows[-1]["run_id"] if len(rows) == BATCH and rows[-1]["run_id"] != place else None


async def _flow(connection: Connection, tenant_id: UUID, settings: Any) -> bool:
    """What dispatchers remember for keys, and limits of keys: one batch of each, from where the last one ended. True: both are through."""
    function, purpose, key = settings["keys_place"] or ("", "", "")
    rows = await sql.take_keys.fetch(
        connection, tenant_id=tenant_id, place_function=function, place_purpose=purpose, place_key=key, limit=FLOW_BATCH
    )
    if rows:
        flows = {row["function_id"]: read_settings(row["settings"]).idempotency for row in await sql.function_settings.fetch(connection)}
        windows = {function_id: seconds_of(control.window) for function_id, control in flows.items() if control is not None}
        await sql.drop_keyed.execute(
            connection,
            tenant_id=tenant_id,
            functions=[row["function_id"] for row in rows],
            purposes=[row["purpose"] for row in rows],
            keys=[row["key"] for row in rows],
            windows=[windows.get(row["function_id"], settings["runs"].total_seconds()) for row in rows],
        )
    limits = await sql.take_limits.fetch(connection, tenant_id=tenant_id, place=settings["limits_place"] or _NIL, limit=FLOW_BATCH)
    if limits:
        await sql.drop_limits.execute(connection, tenant_id=tenant_id, limit_ids=[row["limit_id"] for row in limits])
    full = len(rows) == FLOW_BATCH, len(limits) == FLOW_BATCH
    await sql.move_flow_places.execute(
        connection,
        tenant_id=tenant_id,
        keys=[rows[-1]["function_id"], rows[-1]["purpose"], rows[-1]["key"]] if full[0] else None,
        limits=limits[-1]["limit_id"] if full[1] else None,
    )
    return not any(full)


def _next(rows: Any, name: str) -> UUID | None:
    """From where the next batch goes on; None when this one met nothing old, or the end."""
    found: UUID | None = rows[-1][name] if len(rows) == BATCH and any(row["old"] for row in rows) else None
    return found


def _retention(row: Any) -> Retention:
    return Retention(row["runs"], row["events"], row["frames"], row["usage"], None if row["swept_at"].year <= 1 else row["swept_at"])
