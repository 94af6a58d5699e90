"""A task as people read it: the card, who has it, its latest run, what it cost, what was said on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.activity import Change, record, ring
from flowforge.board.assignee import Assignee, find_anybody
from flowforge.board.board import default_board
from flowforge.board.card import find_card, lock_card, save_card
from flowforge.board.comment import Comment, newest_comments
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, NotFound
from flowforge.orchestrator.run import RunState, state_of

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

COMMENTS_SHOWN_MAX = 100  # the newest; the whole conversation is a list of its own
NOBODY = "nobody"


@dataclass(frozen=True)
class Task:
    """One snapshot of a task; `seq` is the number of its stream's last frame that the snapshot includes."""

    task_id: UUID
    key: str
    title: str
    description: str
    column: str
    assignee: Assignee | None
    run_id: UUID | None
    state: RunState | None
    cost: Decimal | None
    comments: tuple[Comment, ...]
    revision: int
    seq: int
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("tsk", self.task_id)


async def get_task(database: Database, tenant_id: UUID, reference: str) -> Task:
    """The task that `FF-14` or `tsk_…` names. Raises NotFound with the nearest keys.

    task = await get_task(database, tenant_id, "FF-14")
    """
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        task_id = await find_card(connection, tenant_id, reference)
        rows = await _read(connection, tenant_id, task_id=task_id)
        if not rows:
            raise NotFound("task", reference)
        return (await _tasks(connection, tenant_id, rows))[0]


async def list_tasks(
    database: Database,
    tenant_id: UUID,
    *,
    column: str | None = None,
    assignee: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Task]:
    """Tasks by number, perhaps only those of a column or of an assignee (an agent's or a person's name, or `nobody`).

    Raises NotFound for an unknown column or assignee, and InvalidInput for an unknown cursor.
    """
    wanted: dict[str, Any] = {"after": read_cursor(cursor), "limit": limit + 1}
    if column is not None:
        wanted["column_name"] = (await default_board(database.pool, tenant_id)).column(column)
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        if assignee == NOBODY:
            wanted["nobody"] = True
        elif assignee is not None:
            found = await find_anybody(connection, tenant_id, assignee)
            wanted["agent_id" if found.kind == "agent" else "person_id"] = found.id
        rows = await _read(connection, tenant_id, **wanted)
        tasks = {task.task_id: task for task in await _tasks(connection, tenant_id, rows[:limit])}
    return page_of(rows, limit, "task_id", lambda row: tasks[row["task_id"]])


async def update_task(
    database: Database,
    principal: Principal,
    reference: str,
    *,
    title: str | None = None,
    description: str | None = None,
    revision: int | None = None,
    bell: Bell | None = None,
) -> Task:
    """Change title and description; what is None stays. With a `revision` only if the card is still at that one.

    Raises NotFound, InvalidInput, and Conflict when somebody changed the card since `revision`.
    """
    wanted: dict[str, Any] = {}
    if title is not None:
        wanted["title"] = text.line(title, "/title")
    if description is not None:
        wanted["description"] = text.body(description, "/description")
    async with database.pool.acquire() as connection, connection.transaction():
        task_id = await find_card(connection, principal.tenant_id, reference)
        card = await lock_card(connection, principal.tenant_id, task_id)
        if revision is not None and revision != card.revision:
            raise Conflict(f"{card.key} is at revision {card.revision}, not {revision}", winner={"revision": card.revision})
        changed = {name: value for name, value in wanted.items() if getattr(card, name) != value}
        if changed:
            await save_card(connection, principal.tenant_id, replace(card, **changed))
            change = Change("updated", changed, frame={"fields": sorted(changed), "revision": card.revision + 1})
            await record(connection, principal, card, "task.update", change, detail={"fields": sorted(changed)})
    ring(bell, card)
    return await get_task(database, principal.tenant_id, card.key)


async def _read(connection: Connection, tenant_id: UUID, **wanted: Any) -> Sequence[Any]:
    anything: dict[str, Any] = {"task_id": None, "column_name": None, "agent_id": None, "person_id": None, "nobody": False}
    anything |= {"after": None, "limit": 1}
    return await sql.read_tasks.fetch(connection, tenant_id=tenant_id, **{**anything, **wanted})


async def _tasks(connection: Connection, tenant_id: UUID, rows: Sequence[Any]) -> list[Task]:
    comments = await newest_comments(connection, tenant_id, [row["task_id"] for row in rows], COMMENTS_SHOWN_MAX)
    return [_task(row, comments.get(row["task_id"], ())) for row in rows]


def _task(row: Any, comments: tuple[Comment, ...]) -> Task:
    return Task(
        task_id=row["task_id"],
        key=row["key"],
        title=row["title"],
        description=row["description"],
        column=row["column_name"],
        assignee=_assignee(row),
        run_id=row["run_id"],
        state=None if row["run_id"] is None else state_of(row),
        cost=row["cost"],
        comments=comments,
        revision=row["revision"],
        seq=row["seq"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _assignee(row: Any) -> Assignee | None:
    if row["agent_id"] is not None:
        return Assignee("agent", row["agent"], row["agent_id"])
    if row["person_id"] is not None:
        return Assignee("user", row["person"], row["person_id"])
    return None
