"""Conditions of waits: expressions over the event that started a run and the one that has come.

A dispatched event asks every open wait with a condition on its name, in pages; `match=` narrows them down by an index first.
An expression that has no value over these two events does not hold.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ExpressionFailed, RegistrationError
from flowforge.orchestrator.context import Event, event_id_text
from flowforge.orchestrator.expression import PAIR, compiled
from flowforge.orchestrator.match import key_of, value_at

if TYPE_CHECKING:
    from flowforge.orchestrator.event import StoredEvent

PAGE = 200
_NIL = UUID(int=0)

log = logging.getLogger("flowforge.condition")
sql = load_queries("flowforge.orchestrator")


def holds(condition: str, event: dict[str, Any], awaited: dict[str, Any]) -> tuple[bool, str | None]:
    """Does it hold over these two, and if it has no value, why not."""
    try:
        return compiled(condition, PAIR).holds({"event": event, "async": awaited}), None
    except (ExpressionFailed, RegistrationError) as error:
        return False, str(error)


def run_event(row: Any) -> dict[str, Any]:
    """The event that started a run, as conditions see it, from its row."""
    event_id = event_id_text(row["event_id"], row["event_key"])
    return Event(event_id, row["event_name"], json.loads(row["input"]), row["received_at"]).facts()


async def conditional_matches(connection: Connection, event: StoredEvent) -> list[tuple[Any, ...]]:
    """(tenant, event, run, key, place) of every open wait whose condition holds for this event."""
    row = await sql.awaited_event.fetchrow(connection, tenant_id=event.tenant_id, event_id=event.event_id)
    if row is None:
        return []
    awaited: dict[str, Any] = {"id": event_id_text(event.event_id, row["key"]), "name": event.name, "data": json.loads(event.data)}
    found: list[tuple[Any, ...]] = []
    for path_row in await sql.condition_paths.fetch(connection, tenant_id=event.tenant_id, event_name=event.name):
        path = path_row["match_path"]
        there, value = value_at(awaited, path) if path else (True, None)
        if there:
            found += await _of_path(connection, event, awaited, path, key_of(value) if path else "")
    return found


async def _of_path(connection: Connection, event: StoredEvent, awaited: dict[str, Any], path: str, match_key: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    after: tuple[UUID, str, int] = (_NIL, "", -1)
    while True:
        page = await sql.conditional_waits.fetch(
            connection, tenant_id=event.tenant_id, event_name=event.name, match_path=path, match_key=match_key,
            after_run=after[0], after_key=after[1], after_place=after[2], limit=PAGE,
        )  # fmt: skip
        found += [(event.tenant_id, event.event_id, *place) for place in _that_hold(page, awaited)]
        if len(page) < PAGE:
            return found
        after = page[-1]["run_id"], page[-1]["key"], page[-1]["place"]
        await asyncio.sleep(0)  # a page is a few milliseconds of evaluation; others are served between two


def _that_hold(page: Any, awaited: dict[str, Any]) -> Iterator[tuple[UUID, str, int]]:
    for row in page:
        held, failure = holds(row["condition"], run_event(row), awaited)
        if held:
            yield row["run_id"], row["key"], row["place"]
        elif failure is not None:
            log.debug("condition.failed", extra={"run": row["run_id"].hex, "step": row["key"], "why": failure})
