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
from flowforge.board.concerned import tell_people
from flowforge.board.inbox import Tell, ring_inboxes
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.board.telling import CHAIN_MAX, events_of, next_chain, told_as
from flowforge.board.words import add_words
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.event import store_events
from flowforge.orchestrator.notice import give_notice
from flowforge.orchestrator.stream import append_frame, hold_streams

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

Action = Literal["created", "moved", "assigned", "commented", "updated", "comment_edited", "comment_deleted", "attached", "detached"]


@dataclass(frozen=True)
class Change:
    """One change of a card: what the history keeps of it, what goes on live streams where that is to be shorter, and what its event
    `board/task.<action>` says beside that. `event_id` is given to that event where something else names it."""

    action: Action
    detail: Mapping[str, Any]
    frame: Mapping[str, Any] | None = None
    told: Mapping[str, Any] | None = None
    event_id: UUID | None = None
    completes: bool = False
    tells: tuple[Tell, ...] = ()  # whom it is put before
    ends: str | None = None  # how the work on the card has ended by it, where it has


@dataclass(frozen=True)
class Activity:
    """One entry of a card's history."""

    activity_id: UUID
    actor_kind: PrincipalKind
    actor: str
    action: Action
    detail: dict[str, Any]
    created_at: datetime


async def record(
    connection: Connection, principal: Principal, card: Card, act: str, *changes: Change, detail: Mapping[str, Any]
) -> list[UUID]:
    """Write an act's entries in the history, its events, in the audit log and on the streams. The last thing in the act's transaction.

    Every frame goes to the card's stream, to its board's and to its agent's, so that one act locks the same counters from its first frame
    on. Then the people whom it concerns are told, in one statement: the counters of their streams come last. Returns the events, for
    `dispatch_pending` after the commit.
    """
    for change in changes:
        await _remember(connection, principal, card, change)
        if change.action == "commented" and change.frame is not None and "text" in change.frame:
            await add_words(connection, principal.tenant_id, card.task_id, "s", str(change.frame["text"]))
    chain = next_chain()
    events = events_of(principal, card, changes, chain) if chain <= CHAIN_MAX else []
    stored = await store_events(connection, principal.tenant_id, events) if events else []
    await audit.append(connection, principal, act, "task", card.key, detail)
    for change in changes:
        await _tell(connection, principal, card, change)
    if chain > CHAIN_MAX:
        await _refuse_chain(connection, principal, card, chain)
    await tell_people(connection, principal, card, act, changes)
    return stored


async def hold_streams_of(connection: Connection, tenant_id: UUID, *cards: Card) -> None:
    """Take the counters of the streams of all cards that an act is about to record one after the other, in the order in which everybody
    takes them: agents at work take theirs all the time."""
    if len(cards) > 1:
        streams = {stream for card in cards for stream in (card.task_id, card.agent_id) if stream is not None}
        await hold_streams(connection, tenant_id, streams)


def ring(bell: Bell | None, *cards: Card) -> None:
    """After the commit: wake those who read the streams of these cards, their boards and their agents."""
    if bell is not None:
        bell.ring_streams({stream for card in cards for stream in (card.task_id, card.agent_id, card.board_id) if stream is not None})
        ring_inboxes(bell)


async def list_activity(
    database: Database, tenant_id: UUID, reference: str, *, cursor: str | None = None, limit: int = 50
) -> Page[Activity]:
    """A card's history, oldest first. Raises NotFound for an unknown task and InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    async with database.pool.acquire() as connection:
        task_id = await find_card(connection, tenant_id, reference)
        rows = await sql.read_activity.fetch(connection, tenant_id=tenant_id, task_id=task_id, after=after, limit=limit + 1)
    return page_of(rows, limit, "activity_id", lambda row: Activity(**{**row, "detail": json.loads(row["detail"])}))


async def _remember(connection: Connection, principal: Principal, card: Card, change: Change) -> None:
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


async def _tell(connection: Connection, principal: Principal, card: Card, change: Change) -> None:
    about = {"task": card.key, "by": principal.name, "by_kind": principal.kind}
    data = {**about, **(change.detail if change.frame is None else change.frame)}
    name = f"task.{told_as(change.action)}"
    await give_notice(connection, principal.tenant_id, name, data)
    await append_frame(connection, principal.tenant_id, name=name, data=data, agent_id=card.agent_id, task_id=card.task_id)


async def _refuse_chain(connection: Connection, principal: Principal, card: Card, chain: int) -> None:
    """Say on the card why nothing was started by this change: runs that answer each other's changes would do so for ever."""
    words = (
        f"This change was made by a run that a change of a card had started, and so on, {chain} times. It starts nothing more: "
        f"{CHAIN_MAX} is the most. Look at what listens to board/task.… events."
    )
    system = Principal(principal.tenant_id, "system", "flowforge")
    comment_id = ids.new_id()
    await sql.add_comment.execute(
        connection,
        tenant_id=principal.tenant_id,
        task_id=card.task_id,
        comment_id=comment_id,
        author_kind=system.kind,
        author=system.name,
        author_id=None,
        text=words,
        mentions="[]",
        reply_to=None,
    )
    shown = ids.show("cmt", comment_id)
    change = Change("commented", {"comment": shown}, frame={"comment": shown, "text": words})
    await _remember(connection, system, card, change)
    await _tell(connection, system, card, change)
