"""When an agent's card starts: at once, or, where others have to be done first or its column is full, as soon as that is over.

A start is the event `board/task.assigned`, stored in the transaction that lets it happen; the agents' room makes the durable run of it. A
card whose agent waits starts once, in the transaction that moves the last of its blockers to done, or that makes room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.activity import Change
from flowforge.board.assignee import Assignee
from flowforge.board.board import Board, Column, board_of
from flowforge.board.card import Card, card_of, save_card
from flowforge.board.place import count_in, lock_columns, rank_in
from flowforge.board.queries import sql
from flowforge.board.telling import CHAIN_MAX, next_chain
from flowforge.db.queries import Connection

URGENCY = (0, -1, 0, 1, 2)  # of a card's priority, for the queue of its agent: none counts as medium
AT_ONCE = 50  # cards that one act starts at most because there is room now


@dataclass
class Started:
    """Cards that started because of another one, with what is to be recorded of each."""

    cards: list[tuple[Card, list[Change]]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [card.key for card, _ in self.cards]


async def blockers_of(connection: Connection, tenant_id: UUID, task_id: UUID) -> list[str]:
    """The keys of the cards that have to be done first, and are not."""
    return [row["key"] for row in await sql.open_blockers.fetch(connection, tenant_id=tenant_id, task_id=task_id)]


async def start(
    connection: Connection, principal: Principal, card: Card, agent: Assignee, board: Board, *, chain: int | None = None
) -> tuple[Card, list[Change]]:
    """The locked card with its agent started, or waiting for what blocks it or for room. The caller saves and records.

    `chain` says how long the chain of changes is that led here, where it is not simply the next.
    """
    chain = next_chain() if chain is None else chain
    given = replace(card, agent_id=agent.id, person_id=None, assignment_id=None, waits=False, parked=False)
    if chain > CHAIN_MAX:
        return given, [assigned(agent, start="refused")]
    if blockers := await blockers_of(connection, principal.tenant_id, card.task_id):
        return replace(given, waits=True), [assigned(agent, start="waiting", waits_for=blockers)]
    to = _where(board, card)
    if to.column_id != card.column_id:
        limit = await lock_columns(connection, principal.tenant_id, board, card, to)
        if limit is not None and await count_in(connection, principal.tenant_id, board, to) >= limit:
            return replace(given, waits=True), [assigned(agent, start="waiting", waits_for=[to.name])]
        place = await rank_in(connection, principal.tenant_id, card, to, None)
        given = replace(given, column_id=to.column_id, position=place.position)
    given = replace(given, assignment_id=ids.new_id())
    changes = [_started(principal, given, agent, chain)]
    if to.column_id != card.column_id:
        changes.append(moved(board.column_of(card.column_id), to))
    return given, changes


async def start_dependents(connection: Connection, principal: Principal, done: Card) -> Started:
    """Start the cards that waited for this one alone. The caller has saved it in a column of category done, and still holds it."""
    rows = await sql.lock_dependents.fetch(connection, tenant_id=principal.tenant_id, task_id=done.task_id)
    return await _start_those(connection, principal, [card_of(row) for row in rows])


async def start_where_is_room(connection: Connection, principal: Principal, board: Board) -> Started:
    """Start the cards that waited for room on this board, as many as there is room for."""
    rows = await sql.lock_waiting.fetch(connection, tenant_id=principal.tenant_id, board_id=board.board_id, limit=AT_ONCE)
    return await _start_those(connection, principal, [card_of(row) for row in rows])


async def start_behind_column(connection: Connection, principal: Principal, board: Board, column: Column) -> Started:
    """Start the cards that waited for others in this column, which from now on are done."""
    of = {"tenant_id": principal.tenant_id, "board_id": board.board_id}
    rows = await sql.lock_behind_column.fetch(connection, **of, column_id=column.column_id)
    return await _start_those(connection, principal, [card_of(row) for row in rows])


def assigned(to: Assignee | None, **more: Any) -> Change:
    """The change of a card that is somebody's now. `start` in it says what its agent does: now, waiting, parked."""
    shown = None if to is None else {to.kind: to.name}
    return Change(
        "assigned", {"to": shown, "to_id": None if to is None else to.id.hex, **more}, frame={"to": shown, **more}, told={"to": shown}
    )


def moved(left: Column, to: Column, **more: Any) -> Change:
    """The change of a card that goes to another column, or to another place in its own."""
    names = {"from": left.name, "to": to.name, **more}
    completes = to.category == "done" and left.category != "done"
    return Change("moved", {**names, "column_id": to.id}, frame=names, told={"category": to.category}, completes=completes)


def _where(board: Board, card: Card) -> Column:
    """The column in which an agent works on the card: where it stands, if that is one, else the first."""
    stands = board.column_of(card.column_id)
    return stands if stands.category == "doing" else board.first("doing") or stands


def _started(principal: Principal, card: Card, agent: Assignee, chain: int) -> Change:
    told = {
        "task_id": card.task_id.hex,
        "agent_id": agent.id.hex,
        "agent": agent.name,
        "title": card.title,
        "description": card.description,
        "by": principal.name,
        "urgency": URGENCY[card.priority],
        "chain": chain,
    }
    change = assigned(agent, start="now")
    return replace(change, told={**(change.told or {}), **told}, event_id=card.assignment_id)


async def _start_those(connection: Connection, principal: Principal, cards: Sequence[Card]) -> Started:
    started = Started()
    chain = max(1, next_chain() - 1)  # it was given long ago and only waited; what waits for each other makes no circle
    boards: dict[UUID, Board] = {}
    for card in cards:
        if not card.waits or card.agent_id is None or card.archived_at is not None:
            continue
        if card.board_id not in boards:
            boards[card.board_id] = await board_of(connection, principal.tenant_id, card.board_id)
        row = await sql.agent_by_id.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=card.agent_id)
        if row is None or row["archived_at"] is not None:
            continue
        agent = Assignee("agent", row["name"], row["id"])
        after, changes = await start(connection, principal, card, agent, boards[card.board_id], chain=chain)
        if after.assignment_id is not None:
            await save_card(connection, principal.tenant_id, after)
            started.cards.append((after, changes))
    return started
