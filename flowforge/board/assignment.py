"""Giving a card to an agent, to a person, or to nobody.

An agent starts at once and the card moves to the first column of category `doing`; where other cards have to be done first, or that column
is full, it waits and starts by itself. Assigning again to an agent that is still at it changes nothing; taking the card away cancels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, record
from flowforge.board.assignee import Assignee, AssigneeName, find_assignee, refuse_archived
from flowforge.board.board import Board, board_of
from flowforge.board.card import Card, check_revision, save_card
from flowforge.board.queries import sql
from flowforge.board.start import assigned
from flowforge.board.start import start as start_agent
from flowforge.board.task import Task, get_task
from flowforge.board.work import cancel_work, hold_card, is_at_work, is_interrupted
from flowforge.db.database import Database
from flowforge.db.queries import Connection

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


async def assign(
    database: Database,
    principal: Principal,
    reference: str,
    to: AssigneeName | None,
    *,
    start: bool = True,
    revision: int | None = None,
    bell: Bell | None = None,
) -> Task:
    """Give the card to an agent or a person, or, with None, to nobody. Raises NotFound with the nearest names.

    An agent starts as soon as it can; with `start=False` the card stays where it is, parked, until it is moved to a column that starts it
    or assigned again. Whoever had it before is stopped. With a `revision` only if the card is still at that one, else Conflict.

        task = await assign(database, principal, "FF-1", AssigneeName("agent", "atlas"))
    """

    async def act(connection: Connection, after: Aftermath) -> str:
        assignee = None if to is None else await find_assignee(connection, principal.tenant_id, to)
        card, runs = await hold_card(connection, principal.tenant_id, reference)
        check_revision(card, revision)
        if not await _is_new(connection, principal.tenant_id, card, assignee, start):
            return card.key
        before = card
        if is_interrupted(principal, card):
            await cancel_work(connection, principal, runs)
            after.cancelled += runs
        board = await board_of(connection, principal.tenant_id, card.board_id)
        card, changes = await hand_over(connection, principal, card, assignee, board, start=start)
        if before.agent_id is not None or before.person_id is not None:
            changes[0] = replace(changes[0], ends="taken away")
        await save_card(connection, principal.tenant_id, card)
        detail = _audit_detail(assignee, after.cancelled)
        after.events += await record(connection, principal, card, "task.assign", *changes, detail=detail)
        after.cards += [before, card]
        return card.key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


async def hand_over(
    connection: Connection, principal: Principal, card: Card, assignee: Assignee | None, board: Board, *, start: bool = True
) -> tuple[Card, list[Change]]:
    """The locked card as its new assignee has it, with what is to be recorded. The caller saves and records."""
    if assignee is None or assignee.kind == "user":
        person_id = None if assignee is None else assignee.id
        free = replace(card, agent_id=None, person_id=person_id, assignment_id=None, waits=False, parked=False)
        return free, [assigned(assignee)]
    await refuse_archived(connection, principal.tenant_id, assignee)
    owned, owner = await _owned(connection, principal, card)
    if start:
        given, changes = await start_agent(connection, principal, owned, assignee, board)
    else:
        given = replace(owned, agent_id=assignee.id, person_id=None, assignment_id=None, waits=False, parked=False)
        changes = [assigned(assignee, start="parked")]
    return given, [_with_owner(changes[0], owner), *changes[1:]]


async def _owned(connection: Connection, principal: Principal, card: Card) -> tuple[Card, Assignee | None]:
    """An agent's card has a person who stays responsible: who assigned it, unless somebody is already; where an agent assigned it, the
    owner of the card's parent."""
    if card.owner_id is not None:
        return card, None
    row = None
    if principal.kind == "person":
        row = await sql.find_person.fetchrow(connection, tenant_id=principal.tenant_id, name=principal.name)
    elif card.parent_id is not None:
        row = await sql.owner_of.fetchrow(connection, tenant_id=principal.tenant_id, task_id=card.parent_id)
    if row is None:
        return card, None
    return replace(card, owner_id=row["id"]), Assignee("user", row["name"], row["id"])


def _with_owner(change: Change, owner: Assignee | None) -> Change:
    if owner is None:
        return change
    detail = {**change.detail, "owner": owner.name, "owner_id": owner.id.hex}
    return replace(change, detail=detail, frame={**(change.frame or {}), "owner": owner.name})


async def _is_new(connection: Connection, tenant_id: UUID, card: Card, assignee: Assignee | None, start: bool) -> bool:
    if assignee is None or assignee.kind == "user":
        return (card.agent_id, card.person_id) != (None, None if assignee is None else assignee.id)
    if card.agent_id != assignee.id:
        return True
    at_it = card.waits or (card.assignment_id is not None and await is_at_work(connection, tenant_id, card))
    return not at_it if start else at_it


def _audit_detail(assignee: Assignee | None, cancelled: list[UUID]) -> dict[str, Any]:
    detail: dict[str, Any] = {"to": None if assignee is None else {assignee.kind: assignee.name}}
    if cancelled:
        detail["cancelled"] = [ids.show("run", run_id) for run_id in cancelled]
    return detail
