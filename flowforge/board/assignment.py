"""Giving a card to an agent, to a person, or to nobody.

An agent's assignment is the event `board/task.assigned`, stored in the same transaction; the agents' room starts the durable
run when it is dispatched. Assigning again to an agent that is still at it changes nothing; taking the card away cancels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.activity import Change, record, ring
from flowforge.board.assignee import Assignee, AssigneeName, find_assignee
from flowforge.board.board import WORKING_COLUMN
from flowforge.board.card import Card, save_card
from flowforge.board.task import Task, get_task
from flowforge.board.work import after_cancel, cancel_work, hold_card, is_at_work, is_interrupted
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator.event import NewEvent, dispatch_pending, store_events

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

TASK_ASSIGNED = "board/task.assigned"


async def assign(database: Database, principal: Principal, reference: str, to: AssigneeName | None, *, bell: Bell | None = None) -> Task:
    """Give the card to an agent or a person, or, with None, to nobody. Raises NotFound with the nearest names.

    An agent starts at once and the card moves to Doing; whoever had it before is stopped.

        task = await assign(database, principal, "FF-1", AssigneeName("agent", "atlas"))
    """
    cancelled: list[UUID] = []
    async with database.pool.acquire() as connection, connection.transaction():
        assignee = None if to is None else await find_assignee(connection, principal.tenant_id, to)
        card, runs = await hold_card(connection, principal.tenant_id, reference)
        before = card
        if await _is_new(connection, principal.tenant_id, card, assignee):
            if is_interrupted(principal, card):
                await cancel_work(connection, principal, runs)
                cancelled = runs
            card, changes = await hand_over(connection, principal, card, assignee)
            await save_card(connection, principal.tenant_id, card)
            await record(connection, principal, card, "task.assign", *changes, detail=_audit_detail(assignee, cancelled))
    await after_assignment(database, principal.tenant_id, card, bell)
    await after_cancel(database, principal.tenant_id, cancelled, bell)
    ring(bell, before, card)
    return await get_task(database, principal.tenant_id, card.key)


async def hand_over(connection: Connection, principal: Principal, card: Card, assignee: Assignee | None) -> tuple[Card, list[Change]]:
    """The locked card as its new assignee has it, with the event stored that starts an agent. The caller saves and records."""
    changes = [Change("assigned", {"to": None if assignee is None else {assignee.kind: assignee.name}})]
    if assignee is None or assignee.kind == "user":
        person_id = None if assignee is None else assignee.id
        return replace(card, agent_id=None, person_id=person_id, assignment_id=None), changes
    given = replace(card, agent_id=assignee.id, person_id=None, assignment_id=ids.new_id(), column_name=WORKING_COLUMN)
    await store_events(connection, principal.tenant_id, [_event(principal, given, assignee)])
    if card.column_name != WORKING_COLUMN:
        changes.append(Change("moved", {"from": card.column_name, "to": WORKING_COLUMN}))
    return given, changes


async def after_assignment(database: Database, tenant_id: UUID, card: Card, bell: Bell | None) -> None:
    """After the commit: start what waits for the assignment. A crash before this is made good by the dispatch sweep."""
    if card.assignment_id is not None:
        await dispatch_pending(database, tenant_id, [card.assignment_id], bell=bell)


async def _is_new(connection: Connection, tenant_id: UUID, card: Card, assignee: Assignee | None) -> bool:
    if assignee is None or assignee.kind == "user":
        return (card.agent_id, card.person_id) != (None, None if assignee is None else assignee.id)
    return card.agent_id != assignee.id or not await is_at_work(connection, tenant_id, card)


def _event(principal: Principal, card: Card, agent: Assignee) -> NewEvent:
    data = {
        "task_id": card.task_id.hex,
        "task": card.key,
        "agent_id": agent.id.hex,
        "agent": agent.name,
        "title": card.title,
        "description": card.description,
        "by": principal.name,
    }
    return NewEvent(TASK_ASSIGNED, data, event_id=card.assignment_id)


def _audit_detail(assignee: Assignee | None, cancelled: list[UUID]) -> dict[str, Any]:
    detail: dict[str, Any] = {"to": None if assignee is None else {assignee.kind: assignee.name}}
    if cancelled:
        detail["cancelled"] = [ids.show("run", run_id) for run_id in cancelled]
    return detail
