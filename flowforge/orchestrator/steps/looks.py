"""How the engine's own waits look whether what they wait for has come."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import load_queries
from flowforge.orchestrator.condition import holds, run_event
from flowforge.orchestrator.context import Event, event_id_text
from flowforge.orchestrator.match import key_of, value_at
from flowforge.orchestrator.waits import NotYet, Outcome, PendingWait, register_wait_kind

if TYPE_CHECKING:
    from flowforge.db.database import Database

sql = load_queries("flowforge.orchestrator")
_NIL = UUID(int=0)


async def look_for_events(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | NotYet | None]:
    """The event that a dispatcher found for each wait, or that an own look at earlier events finds; of several, the first."""
    outcomes: list[Outcome | NotYet | None] = []
    for wait, rows in await _rows_of(database, waits):
        met, failures = await _met(database, wait, rows)
        if any(met):
            first = min((row for row in met if row is not None), key=lambda row: (row["received_at"], row["event_id"]))
            outcomes.append(_delivered(first))
        else:
            outcomes.append(_not_yet(failures))
    return outcomes


async def look_for_all_events(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | NotYet | None]:
    """All events of each wait, once the last of them has come. What is found before that is kept."""
    outcomes: list[Outcome | NotYet | None] = []
    for wait, rows in await _rows_of(database, waits):
        met, failures = await _met(database, wait, rows)
        if rows and all(met):
            events = [{**json.loads(_event(row).to_json()), "uuid": row["event_id"].hex} for row in met]
            outcomes.append(Outcome(text=json.dumps(events), taken=tuple(row["event_id"] for row in met)))
            continue
        for row, event in zip(rows, met, strict=True):
            if event is not None and row["event_id"] is None:
                await sql.note_met.execute(
                    database.engine,
                    tenant_id=wait.tenant_id,
                    run_id=wait.run_id,
                    key=wait.key,
                    place=row["place"],
                    event_id=event["event_id"],
                )
        outcomes.append(_not_yet(failures))
    return outcomes


async def _rows_of(database: Database, waits: Sequence[PendingWait]) -> list[tuple[PendingWait, list[Any]]]:
    """Each wait with its rows, one for each event that it waits for."""
    rows = await sql.satisfied_waits.fetch(
        database.engine,
        tenant_ids=[wait.tenant_id for wait in waits],
        run_ids=[wait.run_id for wait in waits],
        keys=[wait.key for wait in waits],
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["ord"]].append(row)
    return [(wait, found[place]) for place, wait in enumerate(waits, 1)]


async def _met(database: Database, wait: PendingWait, rows: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """What has come for each row (None: nothing yet), and why conditions had no value."""
    met: list[Any] = []
    failures: list[str] = []
    mine: dict[str, Any] | None = None
    for row in rows:
        if row["event_id"] is not None:
            met.append(row)
        elif row["looked"]:
            met.append(None)
        else:
            if row["condition"] and mine is None:
                mine = run_event(await sql.event_of_run.fetchrow(database.pool, tenant_id=wait.tenant_id, run_id=wait.run_id))
            met.append(await _look_back(database, wait, row, mine, failures))
    return met, failures


async def _look_back(database: Database, wait: PendingWait, row: Any, mine: dict[str, Any] | None, failures: list[str]) -> Any:
    after_time, after_id = row["since"], _NIL
    while True:
        page = await sql.look_back.fetch(
            database.engine,
            tenant_id=wait.tenant_id,
            run_id=wait.run_id,
            event_name=row["event_name"],
            after_time=after_time,
            after_id=after_id,
            consumed=list(wait.consumed),
        )
        for event in page:
            if _matches(event, row, mine, failures):
                return event
        if len(page) < 200:
            return None
        after_time, after_id = page[-1]["received_at"], page[-1]["event_id"]


def _matches(event: Any, row: Any, mine: dict[str, Any] | None, failures: list[str]) -> bool:
    if not row["match_path"] and mine is None:
        return True
    facts = _event(event).facts()
    if row["match_path"]:
        there, value = value_at(facts, row["match_path"])
        if not there or key_of(value) != row["match_key"]:
            return False
    if not row["condition"]:
        return True
    held, failure = holds(row["condition"], mine or {}, facts)
    if failure is not None:
        failures.append(failure)
    return held


def _not_yet(failures: Sequence[str]) -> NotYet | None:
    """Still open; conditions that had no value are shown, because a misspelt field would wait for ever."""
    if not failures:
        return None
    return NotYet((("log", {"level": "warning", "message": f"an event did not count: {failures[0]}"}),))


def _event(row: Any) -> Event[Any]:
    return Event(event_id_text(row["event_id"], row["key"]), row["name"], json.loads(row["data"]), row["received_at"])


def _delivered(row: Any) -> Outcome:
    return Outcome(text=_event(row).to_json(), ref=row["event_id"])


async def look_for_children(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | None]:
    """How the child run of each wait ended, if it has."""
    rows = await sql.ended_children.fetch(
        database.engine, tenant_ids=[wait.tenant_id for wait in waits], run_ids=[wait.ref for wait in waits]
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
register_wait_kind("wait_for_events", look_for_all_events)
register_wait_kind("invoke", look_for_children)
