"""A card's history, folded to what the card is: the proof that the history holds every change.

`check_history` reads both in one snapshot and says where they differ, which they never should (invariant I12). The order of cards in a
column is not part of it: a place means something only among other cards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.board.activity import Activity
from flowforge.board.card import Card, card_of, find_card
from flowforge.board.dependency import dependencies_of
from flowforge.board.fields import shown_fields
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection


@dataclass(frozen=True)
class CardState:
    """What a history can tell of its card. Columns and people by id, so that renaming them changes no card; other cards by key."""

    title: str = ""
    description: str = ""
    column_id: str = ""
    assignee: tuple[str, str] | None = None  # agent or user, and its id
    waits: bool = False
    parked: bool = False
    priority: str = "none"
    labels: tuple[str, ...] = ()
    due_at: str | None = None
    owner_id: str | None = None
    parent: str | None = None
    checklist: str = "[]"
    depends_on: tuple[str, ...] = ()
    archived: bool = False


@dataclass(frozen=True)
class ToldCard:
    """A card as it is, its whole history, and the ids of its board's columns by name."""

    key: str
    is_now: CardState
    history: tuple[Activity, ...]
    columns: Mapping[str, str]

    def differences(self) -> list[str]:
        """Where the card is not what its history folds to, a sentence each."""
        folded = fold(self.history, self.columns)
        return [
            f"{self.key}: {field.name} is {getattr(self.is_now, field.name)!r}, its history says {getattr(folded, field.name)!r}"
            for field in fields(CardState)
            if getattr(self.is_now, field.name) != getattr(folded, field.name)
        ]


def fold(history: Iterable[Activity], columns: Mapping[str, str] | None = None) -> CardState:
    """What a card is after these changes. `columns` gives the ids of columns by name, for entries of before columns had ids.

    >>> from datetime import datetime
    >>> entry = Activity(UUID(int=1), "person", "mira", "created", {"title": "Refund", "column_id": "col_1"}, datetime.now())
    >>> fold([entry]).title
    'Refund'
    """
    state = CardState()
    for entry in history:
        state = _after(state, entry, columns or {})
    return state


async def check_history(database: Database, tenant_id: UUID, reference: str) -> list[str]:
    """Where a card is not what its history folds to, a sentence each; empty when all is well. Raises NotFound.

    assert await check_history(database, tenant_id, "FF-14") == []
    """
    return (await told_card(database, tenant_id, reference)).differences()


async def told_card(database: Database, tenant_id: UUID, reference: str) -> ToldCard:
    """A card and what its history says of it, read in one snapshot. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        task_id = await find_card(connection, tenant_id, reference)
        card = card_of(await sql.read_card.fetchrow(connection, tenant_id=tenant_id, task_id=task_id))
        is_now = await _present(connection, tenant_id, card)
        rows = await sql.whole_activity.fetch(connection, tenant_id=tenant_id, task_id=task_id)
        named = await sql.columns_of_board.fetch(connection, tenant_id=tenant_id, board_id=card.board_id)
    history = tuple(Activity(**{**row, "detail": json.loads(row["detail"])}) for row in rows)
    return ToldCard(card.key, is_now, history, {row["name"]: ids.show("col", row["column_id"]) for row in named})


async def _present(connection: Connection, tenant_id: UUID, card: Card) -> CardState:
    assignee = None
    if card.agent_id is not None:
        assignee = ("agent", card.agent_id.hex)
    elif card.person_id is not None:
        assignee = ("user", card.person_id.hex)
    parents = [] if card.parent_id is None else await sql.keys_of.fetch(connection, tenant_id=tenant_id, task_ids=[card.parent_id])
    shown = shown_fields(card)
    return CardState(
        title=card.title,
        description=card.description,
        column_id=ids.show("col", card.column_id),
        assignee=assignee,
        waits=card.waits,
        parked=card.parked,
        priority=shown["priority"],
        labels=card.labels,
        due_at=shown["due_at"],
        owner_id=None if card.owner_id is None else card.owner_id.hex,
        parent=parents[0]["key"] if parents else None,
        checklist=json.dumps(shown["checklist"]),
        depends_on=tuple(await dependencies_of(connection, tenant_id, card.task_id)),
        archived=card.archived_at is not None,
    )


def _after(state: CardState, entry: Activity, columns: Mapping[str, str]) -> CardState:
    detail = entry.detail
    if entry.action == "created":
        return replace(_set(state, detail), column_id=detail.get("column_id") or columns.get(detail.get("column", ""), ""))
    if entry.action == "updated":
        return _set(state, detail)
    if entry.action == "moved":
        column = detail.get("column_id") or columns.get(detail["to"], "")
        return replace(state, column_id=column, waits=detail.get("waits", state.waits), parked=detail.get("parked", state.parked))
    if entry.action == "assigned":
        return _given(state, detail)
    return state


def _set(state: CardState, detail: Mapping[str, Any]) -> CardState:
    """The fields that an entry names, as it has them."""
    wanted: dict[str, Any] = {}
    for name in ("title", "description", "priority", "due_at", "owner_id", "parent", "archived", "waits", "parked"):
        if name in detail:
            wanted[name] = detail[name]
    for name in ("labels", "depends_on"):
        if name in detail:
            wanted[name] = tuple(detail[name])
    if "checklist" in detail:
        wanted["checklist"] = json.dumps(detail["checklist"])
    return replace(state, **wanted)


def _given(state: CardState, detail: Mapping[str, Any]) -> CardState:
    kind = next(iter(detail["to"])) if detail["to"] else None
    assignee = None if kind is None else (kind, detail.get("to_id", ""))
    owner_id = detail.get("owner_id", state.owner_id)
    return replace(state, assignee=assignee, owner_id=owner_id, waits=detail.get("start") == "waiting", parked=False)
