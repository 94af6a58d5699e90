"""Making a card, under the next number of its board, perhaps already in somebody's hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, record
from flowforge.board.assignee import AssigneeName, find_assignee
from flowforge.board.assignment import hand_over
from flowforge.board.board import Board, Column, find_board
from flowforge.board.card import Card, values_of
from flowforge.board.checklist import items_of
from flowforge.board.checklist_item import write_items
from flowforge.board.dependency import depend_at_birth
from flowforge.board.fields import find_owner, read_due, read_labels, shown_fields
from flowforge.board.label import keep_labels
from flowforge.board.parent import find_parent
from flowforge.board.place import check_room, lock_columns, rank_in
from flowforge.board.priority import read_priority
from flowforge.board.queries import sql
from flowforge.board.taint import taint_card
from flowforge.board.task import Task, get_task
from flowforge.board.words import add_words
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict
from flowforge.orchestrator.stream import open_stream

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


@dataclass(frozen=True)
class NewTask:
    """A card to be made, on the default board unless `board` says another.

    Without a column it goes to the first one. An agent's card starts in the first column of category `doing`; one for which a column of
    category `backlog` is named is parked there, until it is moved. `owner` is a person's name; `parent` and `depends_on` are keys.
    `tainted`: by what its words come from outside; None: as `taint_card` says.
    """

    title: str
    description: str = ""
    column: str | None = None
    assignee: AssigneeName | None = None
    board: str | None = None
    parent: str | None = None
    depends_on: Sequence[str] = ()
    priority: str = "none"
    labels: Sequence[str] = ()
    due_at: datetime | None = None
    owner: str | None = None
    checklist: Sequence[str] = ()
    tainted: Sequence[str] | None = None


async def create_task(
    database: Database, principal: Principal, new: NewTask, *, task_id: UUID | None = None, bell: Bell | None = None
) -> Task:
    """Make a card; its key is the board's next number, and a failed creation leaves no gap.

    With a `task_id` a repeat finds the card that the first one made. Raises InvalidInput for what cannot be stored or linked, NotFound for
    an unknown board, column, assignee, owner, parent or dependency, Conflict when the column is full or the board is archived.

        task = await create_task(database, principal, NewTask("Refund ORD-9218", assignee=AssigneeName("agent", "atlas")))
    """
    if task_id is not None and await sql.find_card_by_id.fetchval(database.pool, tenant_id=principal.tenant_id, task_id=task_id):
        return await get_task(database, principal.tenant_id, ids.show("tsk", task_id))
    blank = blank_card(new, task_id or ids.new_id())

    async def act(connection: Connection, after: Aftermath) -> str:
        return (await make_card(connection, principal, new, blank, after)).key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)


async def make_card(
    connection: Connection,
    principal: Principal,
    new: NewTask,
    blank: Card,
    after: Aftermath,
    *,
    starts: bool = True,
    external_id: str | None = None,
) -> Card:
    """Make a card inside the caller's transaction. Without `starts` an agent's card is parked where it is put."""
    tenant_id = principal.tenant_id
    board = await find_board(connection, tenant_id, new.board)
    if board.archived_at is not None:
        raise Conflict(f"board {board.prefix} is archived", hint="take it out of the archive first")
    column = board.columns[0] if new.column is None else board.column(new.column)
    assignee = None if new.assignee is None else await find_assignee(connection, tenant_id, new.assignee)
    owner = None if new.owner is None else await find_owner(connection, tenant_id, new.owner)
    parent = None if new.parent is None else await find_parent(connection, tenant_id, blank.task_id, new.parent)
    depends_on = await depend_at_birth(connection, tenant_id, blank.task_id, new.depends_on)
    await keep_labels(connection, tenant_id, board.board_id, blank.labels)
    card = replace(
        blank,
        board_id=board.board_id,
        column_id=column.column_id,
        owner_id=None if owner is None else owner.id,
        parent_id=None if parent is None else parent.task_id,
    )
    number = await sql.take_number.fetchval(connection, tenant_id=tenant_id, board_id=board.board_id)
    card = await _placed(connection, tenant_id, replace(card, key=f"{board.prefix}-{number}"), board, column)
    created = {
        **_told(card, column),
        "owner": None if owner is None else owner.name,
        "parent": None if parent is None else parent.key,
        "depends_on": depends_on,
    }
    changes = [_created(card, column, created, None if owner is None else owner.id)]
    if assignee is not None:
        parked = not starts or (new.column is not None and column.category == "backlog")
        card, given = await hand_over(connection, principal, card, assignee, board, start=not parked)
        changes += given
    await _insert(connection, principal, card, number, external_id)
    await taint_card(connection, principal, card.task_id, new.tainted)
    await add_words(connection, tenant_id, card.task_id, "c", f"{card.key} {card.title} {card.description}")
    await open_stream(connection, tenant_id, card.task_id)
    shown = board.column_of(card.column_id).name
    after.events += await record(connection, principal, card, "task.create", *changes, detail={"title": card.title, "column": shown})
    after.cards.append(card)
    return card


def blank_card(new: NewTask, task_id: UUID) -> Card:
    """What can be said of the card without asking anybody. Raises InvalidInput, which points to the field."""
    return Card(
        task_id=task_id,
        board_id=task_id,
        key="",
        title=text.line(new.title, "/title"),
        description=text.body(new.description, "/description"),
        column_id=task_id,
        position="",
        priority=read_priority(new.priority),
        labels=read_labels(new.labels),
        due_at=read_due(new.due_at),
        checklist=write_items(items_of(task_id, new.checklist)),
    )


async def _placed(connection: Connection, tenant_id: UUID, card: Card, board: Board, column: Column) -> Card:
    limit = await lock_columns(connection, tenant_id, board, card, column)
    await check_room(connection, tenant_id, board, column, limit)
    place = await rank_in(connection, tenant_id, card, column, None)
    return replace(card, position=place.position)


def _told(card: Card, column: Column) -> dict[str, Any]:
    return {"title": card.title, "column": column.name}


def _created(card: Card, column: Column, told: dict[str, Any], owner_id: UUID | None) -> Change:
    """The first entry of a card's history: all that it is made with."""
    detail = {
        **told,
        "description": card.description,
        "column_id": column.id,
        "owner_id": None if owner_id is None else owner_id.hex,
        **shown_fields(card),
    }
    return Change("created", detail, frame=_told(card, column), told={"category": column.category})


async def _insert(connection: Connection, principal: Principal, card: Card, number: int, external_id: str | None) -> None:
    await sql.create_card.execute(
        connection,
        tenant_id=principal.tenant_id,
        board_id=card.board_id,
        number=number,
        key=card.key,
        external_id=external_id,
        created_by=principal.name,
        **values_of(card),
    )
