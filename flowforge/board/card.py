"""The row of a task, as its changes see it: found by key or id, locked, saved whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound

KEY = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,9}")


@dataclass(frozen=True)
class Card:
    """A locked card. `assignment_id` is the event that gave it to its agent, while that assignment stands.

    `waits`: its agent starts as soon as nothing blocks it and its board has room. `parked`: its run is paused, because the card was moved
    away from its work.
    """

    task_id: UUID
    board_id: UUID
    key: str
    title: str
    description: str
    column_id: UUID
    position: str
    agent_id: UUID | None = None
    person_id: UUID | None = None
    assignment_id: UUID | None = None
    waits: bool = False
    parked: bool = False
    priority: int = 0
    labels: tuple[str, ...] = ()
    due_at: datetime | None = None
    owner_id: UUID | None = None
    parent_id: UUID | None = None
    checklist: str = "[]"
    archived_at: datetime | None = None
    revision: int = 1

    @property
    def prefix(self) -> str:
        return self.key.rpartition("-")[0]


async def find_card(connection: Connection, tenant_id: UUID, reference: str) -> UUID:
    """The id of the task that `FF-14` or `tsk_…` names. Raises NotFound with the nearest keys."""
    found: UUID | None = None
    if KEY.fullmatch(reference):
        found = await sql.find_card_by_key.fetchval(connection, tenant_id=tenant_id, key=reference.upper())
    elif (task_id := ids.parse("tsk", reference)) is not None:
        found = await sql.find_card_by_id.fetchval(connection, tenant_id=tenant_id, task_id=task_id)
    if found is None:
        known = await sql.recent_keys.fetch(connection, tenant_id=tenant_id)
        raise NotFound("task", reference[:80], [row["key"] for row in known])
    return found


async def lock_card(connection: Connection, tenant_id: UUID, task_id: UUID) -> Card:
    """The card, locked until the caller's transaction ends. Raises NotFound."""
    row = await sql.lock_card.fetchrow(connection, tenant_id=tenant_id, task_id=task_id)
    if row is None:
        raise NotFound("task", ids.show("tsk", task_id))
    return card_of(row)


def card_of(row: object) -> Card:
    """A card from its locked row."""
    found = dict(row)  # type: ignore[call-overload]
    return Card(**{**found, "labels": tuple(found["labels"])})


async def save_card(connection: Connection, tenant_id: UUID, card: Card) -> None:
    """Store the fields of a card that the caller holds locked, under the next revision."""
    await sql.save_card.execute(connection, tenant_id=tenant_id, **values_of(card))


def values_of(card: Card) -> dict[str, object]:
    """What the row of a card holds, beside what it is made with."""
    values = {field.name: getattr(card, field.name) for field in fields(card) if field.name not in _GIVEN_ONCE}
    items = json.loads(card.checklist)
    done = sum(bool(item["done"]) for item in items)
    return {**values, "labels": list(card.labels), "checklist_done": done, "checklist_total": len(items)}


def check_revision(card: Card, revision: int | None) -> None:
    """Raises Conflict when the card is not at the revision that the caller saw; None is any."""
    if revision is not None and revision != card.revision:
        raise Conflict(f"{card.key} is at revision {card.revision}, not {revision}", winner={"revision": card.revision})


_GIVEN_ONCE = {"board_id", "key", "revision"}
