"""Firing: what is due by a schedule becomes an event, exactly once, however many workers look and whenever they die.

One transaction locks the schedules that are due, stores an event for each time that is to be fired, and moves the schedules on.
The event goes the way of all events from there: it is matched after the commit, with the one function that it is sent to.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.crash import crash_point
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import RegistrationError
from flowforge.orchestrator import codec
from flowforge.orchestrator.event import NewEvent, dispatch_pending, store_events
from flowforge.orchestrator.schedule import Schedule
from flowforge.orchestrator.trigger import CRON_EVENT

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

BATCH = 100
LOOK_AGAIN = timedelta(seconds=1)  # at a schedule that waits for the end of a run
UNREADABLE = timedelta(seconds=60)  # until a schedule that this machine cannot read is looked at again

log = logging.getLogger("flowforge.schedules")
sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Move:
    """What becomes of one due schedule: the times that are fired or skipped, and where it stands afterwards."""

    scheduled_for: datetime | None
    due: datetime
    fire: tuple[datetime, ...] = ()
    skip: tuple[datetime, ...] = ()
    waiting: bool = False


async def fire_schedules(database: Database, *, bell: Bell | None = None) -> int:
    """Fire what is due now. Returns how many events that made."""
    stored: dict[UUID, list[UUID]] = {}
    async with database.pool.acquire() as connection, connection.transaction():
        rows = await sql.due_schedules.fetch(connection, limit=BATCH)
        moves = [(row, decide(row)) for row in rows]
        for tenant_id in sorted({row["tenant_id"] for row in rows}):
            events: dict[UUID | None, NewEvent] = {}
            for event in (_event(row, time) for row, move in moves if row["tenant_id"] == tenant_id for time in move.fire):
                events.setdefault(event.event_id, event)
            stored[tenant_id] = await store_events(connection, tenant_id, list(events.values()))
        for row, move in moves:
            for time in move.skip:
                await _skip(connection, row, time)
        if rows:
            crash_point("cron.fired")
            await _move(connection, moves)
    for tenant_id, event_ids in stored.items():
        if event_ids:
            await dispatch_pending(database, tenant_id, event_ids, bell=bell)
    return sum(map(len, stored.values()))


def decide(row: Any) -> Move:
    """From a due schedule's row alone."""
    now: datetime = row["now"]
    waiting: bool = row["waiting"]
    try:
        schedule = Schedule(row["cron"], row["zone"], row["catch_up"], row["overlap"], row["max_catch_up"])
    except RegistrationError as error:  # a time zone that this machine does not know, perhaps
        log.warning("schedule.unreadable", extra={"function": row["function_id"], "error": error.message})
        return Move(row["scheduled_for"], now + UNREADABLE, waiting=waiting)
    first = row["scheduled_for"] or schedule.after(row["begun_at"])
    if first is None or first > now:
        return _until(first, now)
    times = schedule.to_fire(first, now)
    if not times and waiting:  # what has waited for a run's end is late by that run, not missed
        times = schedule.between(first, now, 1)
    busy = row["undispatched"] or row["going_on"] is not None
    if schedule.overlap == "wait" and times:
        return Move(first, now + LOOK_AGAIN, waiting=True) if busy else _until(schedule.after(times[0]), now, (times[0],))
    if schedule.overlap == "skip" and times and row["undispatched"]:
        return Move(first, now + LOOK_AGAIN)
    if schedule.overlap == "skip" and busy:
        return _until(schedule.after(now), now, skip=tuple(times))
    return _until(schedule.after(now), now, tuple(times))


def _until(following: datetime | None, now: datetime, fire: tuple[datetime, ...] = (), skip: tuple[datetime, ...] = ()) -> Move:
    """On to `following`; a schedule without further times sleeps for a year."""
    return Move(following, following or now + timedelta(days=365), fire, skip, waiting=False)


async def _skip(connection: Connection, row: Any, time: datetime) -> None:
    event = _event(row, time)
    going_on = ids.show("run", row["going_on"])
    error = {"type": "Skipped", "message": f"{going_on} of the time before still goes on", "hint": 'overlap="skip" passes this time over'}
    await sql.skip_firing.execute(
        connection,
        tenant_id=row["tenant_id"],
        event_id=event.event_id,
        run_id=ids.new_id(),
        function_id=row["function_id"],
        name=event.name,
        data=codec.to_json(event.data),
        error=json.dumps(error),
    )


async def _move(connection: Connection, moves: list[tuple[Any, Move]]) -> None:
    await sql.move_schedules.execute(
        connection,
        tenant_ids=[row["tenant_id"] for row, _ in moves],
        function_ids=[row["function_id"] for row, _ in moves],
        crons=[row["cron"] for row, _ in moves],
        zones=[row["zone"] for row, _ in moves],
        scheduled_for=[move.scheduled_for for _, move in moves],
        due=[move.due for _, move in moves],
        waiting=[move.waiting for _, move in moves],
        fired_at=[row["now"] if move.fire else None for row, move in moves],
        event_ids=[_event(row, move.fire[-1]).event_id if move.fire else None for row, move in moves],
    )


def _event(row: Any, time: datetime) -> NewEvent:
    """The same event whenever it is made: two schedules of a function that name the same moment start one run."""
    function_id = row["function_id"]
    moment = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = {"scheduled_for": moment, "function": function_id, "cron": row["cron"], "zone": row["zone"]}
    return NewEvent(CRON_EVENT + function_id, data, event_id=ids.timed_id(time, f"{row['tenant_id']} {function_id}"))
