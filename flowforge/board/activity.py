"""The activity of a card: every change of it, in order. `record` writes what one act of a principal leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal, PrincipalKind
from flowforge.audit import log as audit
from flowforge.board.card import Card, find_card
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.notice import give_notice
from flowforge.orchestrator.stream import append_frame

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

Action = Literal["created", "moved", "assigned", "commented", "updated"]


@dataclass(frozen=True)
class Change:
    """One change of a card: what the history keeps of it, and, where that is too long for a live stream, what goes there."""

    action: Action
    detail: Mapping[str, Any]
    frame: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Activity:
    """One entry of a card's history."""

    activity_id: UUID
    actor_kind: PrincipalKind
    actor: str
    action: Action
    detail: dict[str, Any]
    created_at: datetime


async def record(connection: Connection, principal: Principal, card: Card, act: str, *changes: Change, detail: Mapping[str, Any]) -> None:
    """Write an act's entries in the history, in the audit log and on the streams. The last thing in the act's transaction.

    Every frame goes to the card's stream and to its agent's, so that one act locks the same counters from its first frame on.
    """
    for change in changes:
        await sql.add_activity.execute(
            connection,
            tenant_id=principal.tenant_id,
            task_id=card.task_id,
            activity_id=ids.new_id(),
            actor_kind=principal.kind,
            actor=principal.name,
            action=change.action,
            detail=to_json(change.detail),
        )
    await audit.append(connection, principal, act, "task", card.key, detail)
    for change in changes:
        about = {"task": card.key, "by": principal.name, "by_kind": principal.kind}
        data = {**about, **(change.detail if change.frame is None else change.frame)}
        await give_notice(connection, principal.tenant_id, f"task.{change.action}", data)
        await append_frame(
            connection, principal.tenant_id, name=f"task.{change.action}", data=data, agent_id=card.agent_id, task_id=card.task_id
        )


def ring(bell: Bell | None, *cards: Card) -> None:
    """After the commit: wake those who read the streams of these cards and their agents."""
    if bell is not None:
        bell.ring_streams({stream for card in cards for stream in (card.task_id, card.agent_id) if stream is not None})


async def list_activity(
    database: Database, tenant_id: UUID, reference: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Activity]:
    """A card's history, oldest first. Raises NotFound for an unknown task and InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        rows = await sql.read_activity.fetch(connection, tenant_id=tenant_id, task_id=task_id, after=after, limit=limit + 1)
    return page_of(rows, limit, "activity_id", lambda row: Activity(**{**row, "detail": json.loads(row["detail"])}))
