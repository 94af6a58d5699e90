"""How the engine's own waits look whether what they wait for has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import load_queries
from flowforge.orchestrator.context import Event, event_id_text
from flowforge.orchestrator.match import key_of, value_at
from flowforge.orchestrator.waits import Outcome, PendingWait, register_wait_kind

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.orchestrator")
_NIL = UUID(int=0)


async def look_for_events(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | None]:
    """The event that a dispatcher found for each wait, or that an own look at earlier events finds."""
    rows = await sql.satisfied_waits.fetch(
        database.pool,
        tenant_ids=[wait.tenant_id for wait in waits],
        run_ids=[wait.run_id for wait in waits],
        keys=[wait.key for wait in waits],
    )
    found: dict[int, Any] = {row["ord"]: row for row in rows}
    outcomes: list[Outcome | None] = []
    for place, wait in enumerate(waits, 1):
        row = found.get(place)
        if row is None:
            outcomes.append(None)
        elif row["event_id"] is not None:
            outcomes.append(_delivered(row))
        else:
            outcomes.append(None if row["looked"] else await _look_back(database, wait, row))
    return outcomes


async def _look_back(database: Database, wait: PendingWait, row: Any) -> Outcome | None:
    after_time, after_id = row["since"], _NIL
    while True:
        page = await sql.look_back.fetch(
            database.pool,
            tenant_id=wait.tenant_id,
            event_name=row["event_name"],
            after_time=after_time,
            after_id=after_id,
            consumed=list(wait.consumed),
        )
        for event in page:
            if _matches(event, row["match_path"], row["match_key"]):
                return _delivered(event)
        if len(page) < 200:
            return None
        after_time, after_id = page[-1]["received_at"], page[-1]["event_id"]


def _matches(event: Any, path: str, key: str) -> bool:
    if not path:
        return True
    there, value = value_at({"data": json.loads(event["data"]), "name": event["name"]}, path)
    return there and key_of(value) == key


def _delivered(row: Any) -> Outcome:
    event: Event[Any] = Event(event_id_text(row["event_id"], row["key"]), row["name"], json.loads(row["data"]), row["received_at"])
    return Outcome(text=event.to_json(), ref=row["event_id"])


async def look_for_children(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | None]:
    """How the child run of each wait ended, if it has."""
    rows = await sql.ended_children.fetch(
        database.pool, tenant_ids=[wait.tenant_id for wait in waits], run_ids=[wait.ref for wait in waits]
    )
    ended = {row["run_id"]: row for row in rows}
    return [_child_outcome(ended[wait.ref]) if wait.ref in ended else None for wait in waits]


def _child_outcome(row: Any) -> Outcome:
    if row["state"] is None:
        return Outcome(error={"type": "ChildDeleted", "message": f"the child run {ids.show('run', row['run_id'])} was deleted"})
    if row["state"] == "completed":
        return Outcome(text=row["blob"].decode() if row["blob"] is not None else row["output"] or "null")
    error = json.loads(row["error"]) if row["error"] else {}
    message = f"{row['function_id']} ({ids.show('run', row['run_id'])}) was {row['state']}: {error.get('message', 'no reason given')}"
    return Outcome(error={"type": error.get("type", "ChildFailed"), "message": message})


register_wait_kind("wait_for_event", look_for_events)
register_wait_kind("invoke", look_for_children)
