"""Moving a card to another column, or to another place in its own.

Whoever moves an agent's card away from its work stops that work; a column's policy may park it instead: the run is paused, and goes on
when the card comes back to a column of category `doing`. A card that comes into a column that `starts` starts its agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, hold_streams_of, record
from flowforge.board.assignee import Assignee
from flowforge.board.board import Board, Column, board_of
from flowforge.board.card import Card, check_revision, save_card
from flowforge.board.place import Neighbour, check_room, lock_columns, neighbour, rank_in
from flowforge.board.queries import sql
from flowforge.board.start import Started, moved, start, start_dependents, start_where_is_room
from flowforge.board.task import Task, get_task
from flowforge.board.work import cancel_work, hold_card, is_interrupted, pause_work, resume_work
from flowforge.db.database import Database
from flowforge.db.queries import Connection

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


async def move(
    database: Database,
    principal: Principal,
    reference: str,
    column: str,
    *,
    before: str | None = None,
    after: str | None = None,
    revision: int | None = None,
    bell: Bell | None = None,
) -> Task:
    """Put the card into a column: before or after another card, else at its end. In its own column only with one of these.

    Raises NotFound, for a task or the column, with the nearest names; InvalidInput for a neighbour that does not stand there; Conflict when
    the column is full, or the card is no longer at that `revision`.

        task = await move(database, principal, "FF-1", "Review", before="FF-7")
    """
    beside = neighbour(before, after)

    async def act(connection: Connection, aftermath: Aftermath) -> str:
        card, runs = await hold_card(connection, principal.tenant_id, reference)
        board = await board_of(connection, principal.tenant_id, card.board_id)
        to = board.column(column)
        check_revision(card, revision)
        if card.column_id != to.column_id or beside is not None:
            found = await relocate(connection, principal, card, runs, board, to, beside, aftermath)
            await record_move(connection, principal, found, "task.move", aftermath)
        return card.key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


@dataclass
class Moved:
    """A card in its new place, and what came of it. Saved, not yet recorded."""

    before: Card
    card: Card
    changes: list[Change]
    detail: dict[str, Any]
    started: list[Started] = field(default_factory=list)


async def relocate(
    connection: Connection,
    principal: Principal,
    card: Card,
    runs: Sequence[UUID],
    board: Board,
    to: Column,
    beside: Neighbour | None,
    aftermath: Aftermath,
    *,
    checked: bool = True,
) -> Moved:
    """Move the card that is held with its runs (`work.hold_card`). Not `checked`: a limit does not stop it, as when work is handed in."""
    left = board.column_of(card.column_id)
    found = Moved(card, card, [], {"from": left.name, "to": to.name})
    if left.column_id != to.column_id:
        found.card = await _away(connection, principal, card, runs, left, to, found, aftermath)
    limit = await lock_columns(connection, principal.tenant_id, board, card, to)
    if checked and left.column_id != to.column_id and card.archived_at is None:
        await check_room(connection, principal.tenant_id, board, to, limit)
    place = await rank_in(connection, principal.tenant_id, card, to, beside)
    found.card = replace(found.card, column_id=to.column_id, position=place.position)
    said = {} if beside is None else {"after" if beside.behind else "before": beside.reference.upper()}
    change = _told_of_work(moved(left, to, **said), card, found.card)
    if place.anew:  # no change of the others, so who follows the board hears of it here
        change = replace(change, frame={**(change.frame or {}), "ranked_anew": True})
    found.changes.append(change)
    if left.column_id != to.column_id and to.starts:
        await _arrived(connection, principal, board, found)
    await save_card(connection, principal.tenant_id, found.card)
    if to.category == "done" and left.category != "done":
        found.started.append(await start_dependents(connection, principal, found.card))
    if left.column_id != to.column_id and left.wip_limit is not None and left.category == "doing":
        found.started.append(await start_where_is_room(connection, principal, board))
    return found


async def record_move(connection: Connection, principal: Principal, found: Moved, act: str, aftermath: Aftermath) -> None:
    """Write what a move leaves behind, on its card and on those that it started. The last thing in the transaction."""
    if keys := [key for started in found.started for key in started.keys]:
        found.detail["started"] = keys
    await hold_streams_of(connection, principal.tenant_id, found.card, *cards_of(found.started))
    aftermath.events += await record(connection, principal, found.card, act, *found.changes, detail=found.detail)
    await record_started(connection, principal, found.started, aftermath, because=found.card.key)
    aftermath.cards += [found.before, found.card]


async def record_started(
    connection: Connection, principal: Principal, started: Sequence[Started], aftermath: Aftermath, *, because: str
) -> None:
    """Write what was started by another card's move. Whoever records that move before holds the streams of all of them already."""
    await hold_streams_of(connection, principal.tenant_id, *cards_of(started))
    for card, changes in (one for some in started for one in some.cards):
        aftermath.events += await record(connection, principal, card, "task.start", *changes, detail={"because": because})
        aftermath.cards.append(card)


def cards_of(started: Sequence[Started]) -> list[Card]:
    """The cards that were started."""
    return [card for some in started for card, _ in some.cards]


async def _away(
    connection: Connection,
    principal: Principal,
    card: Card,
    runs: Sequence[UUID],
    left: Column,
    to: Column,
    found: Moved,
    aftermath: Aftermath,
) -> Card:
    """The card without its work, or with its work paused or resumed, as the move has it."""
    if card.waits and to.category in ("backlog", "done"):
        return replace(card, waits=False)  # put aside, or done by somebody else
    if card.parked and to.category == "doing":
        aftermath.resumed += await resume_work(connection, principal, runs)
        found.detail["resumed"] = _shown(aftermath.resumed)
        return replace(card, parked=False)
    if to.category == "doing" or not is_interrupted(principal, card) or (card.parked and to.category != "done"):
        return card
    if left.on_leave == "park" and to.category != "done":
        aftermath.paused += await pause_work(connection, principal, runs, f"{card.key} was moved to {to.name}")
        if aftermath.paused:
            found.detail["paused"] = _shown(aftermath.paused)
            return replace(card, parked=True)
    await cancel_work(connection, principal, runs)
    aftermath.cancelled += runs
    if runs:
        found.detail["cancelled"] = _shown(runs)
    return replace(card, assignment_id=None, parked=False)


def _told_of_work(change: Change, before: Card, card: Card) -> Change:
    """The move with what it did to the agent's work, for the history."""
    more = {name: getattr(card, name) for name in ("waits", "parked") if getattr(card, name) != getattr(before, name)}
    cancelled = before.assignment_id is not None and card.assignment_id is None
    return replace(change, detail={**change.detail, **more}, ends="cancelled" if cancelled else None)


async def _arrived(connection: Connection, principal: Principal, board: Board, found: Moved) -> None:
    """Start the agent of a card that comes into a column which does that, unless it is at work."""
    card = found.card
    if card.agent_id is None or card.assignment_id is not None or card.waits or card.archived_at is not None:
        return
    row = await sql.agent_by_id.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=card.agent_id)
    if row is not None:
        found.card, changes = await start(connection, principal, card, Assignee("agent", row["name"], row["id"]), board)
        found.changes += changes


def _shown(runs: Sequence[UUID]) -> list[str]:
    return [ids.show("run", run_id) for run_id in runs]
