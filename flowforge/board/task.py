"""A task as people read it: the card, who has it, its latest run, what it cost, what was said on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.assignee import Assignee
from flowforge.board.attachment import Attachment, attachments_of
from flowforge.board.card import find_card
from flowforge.board.checklist_item import ChecklistItem, read_items
from flowforge.board.comment import Comment, newest_comments
from flowforge.board.listing import NOBODY, Sort, TaskFilter, list_ids, make_ready
from flowforge.board.page import Page
from flowforge.board.priority import PRIORITIES, Priority
from flowforge.board.queries import sql
from flowforge.board.watcher import watchers_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import NotFound
from flowforge.orchestrator.run import RunState, state_of

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.orchestrator.hints import Bell

COMMENTS_SHOWN_MAX = 100  # the newest; the whole conversation is a list of its own
COMMENTS_LISTED_MAX = 1  # of each task of a list, or a page of 200 would be one of 20,000 comments

__all__ = ["NOBODY", "Children", "Task", "get_task", "list_tasks", "update_task"]


@dataclass(frozen=True)
class Children:
    """How many of a card's children are done, and what the runs of all its descendants cost; None where a price is unknown."""

    done: int
    total: int
    cost: Decimal | None


@dataclass(frozen=True)
class Task:
    """One snapshot of a task; `seq` is the number of its stream's last frame that the snapshot includes.

    `waits`: its agent starts as soon as nothing blocks it and its board has room. `parked`: its run is paused, because it was moved away.
    """

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
    board: str = "FF"
    position: str = ""
    priority: Priority = "none"
    labels: tuple[str, ...] = ()
    due_at: datetime | None = None
    owner: str | None = None
    parent: str | None = None
    children: Children = Children(0, 0, Decimal(0))
    checklist: tuple[ChecklistItem, ...] = ()
    depends_on: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    waits: bool = False
    parked: bool = False
    external_id: str | None = None
    archived_at: datetime | None = None
    watchers: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def id(self) -> str:
        return ids.show("tsk", self.task_id)


async def get_task(database: Database, tenant_id: UUID, reference: str) -> Task:
    """The task that `FF-14` or `tsk_…` names. Raises NotFound with the nearest keys.

    task = await get_task(database, tenant_id, "FF-14")
    """
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        task_id = await find_card(connection, tenant_id, reference)
        tasks = await read_tasks(connection, tenant_id, [task_id])
        if not tasks:
            raise NotFound("task", reference)
        return tasks[0]


async def list_tasks(
    database: Database,
    tenant_id: UUID,
    *,
    column: str | None = None,
    assignee: str | None = None,
    wanted: TaskFilter | None = None,
    sort: Sort = "number",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Task]:
    """Tasks in an order, perhaps only those of a column, of an assignee (an agent's or a person's name, or `nobody`), or of a filter.

    Raises NotFound for an unknown name in it, and InvalidInput for an unknown cursor.
    """
    chosen = (wanted or TaskFilter()).narrowed(column=column, assignee=assignee)
    await make_ready(database, tenant_id, chosen, sort)
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        page = await list_ids(connection, tenant_id, chosen, sort, cursor, limit)
        return Page(tuple(await read_tasks(connection, tenant_id, page.data, comments_max=COMMENTS_LISTED_MAX)), page.next_cursor)


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
    """Change title and description; what is None stays. `flowforge.board.change` changes the other fields too."""
    from flowforge.board.change import change_task

    wanted = {name: value for name, value in (("title", title), ("description", description)) if value is not None}
    return await change_task(database, principal, reference, wanted, revision=revision, bell=bell)


async def read_tasks(
    connection: Connection, tenant_id: UUID, task_ids: Sequence[UUID], *, comments_max: int = COMMENTS_SHOWN_MAX
) -> list[Task]:
    """These tasks, in this order, with all that is shown of them. In the caller's transaction: see `plan_once`."""
    await sql.plan_once.execute(connection)
    rows = await sql.read_tasks.fetch(connection, tenant_id=tenant_id, task_ids=list(task_ids))
    found = [row["task_id"] for row in rows]
    comments = await newest_comments(connection, tenant_id, found, comments_max)
    watchers = await watchers_of(connection, tenant_id, found)
    attachments = await attachments_of(connection, tenant_id, found)
    parents = [row["task_id"] for row in rows if row["children_total"]]
    below = await sql.costs_below.fetch(connection, tenant_id=tenant_id, task_ids=parents) if parents else []
    costs = {row["task_id"]: row["cost"] for row in below}
    return [
        _task(
            row,
            costs.get(row["task_id"], Decimal(0)),
            comments=comments.get(row["task_id"], ()),
            watchers=watchers.get(row["task_id"], ()),
            attachments=attachments.get(row["task_id"], ()),
        )
        for row in rows
    ]


def assignee_of(row: Any) -> Assignee | None:
    """Who has the card, of a row that names both kinds."""
    if row["agent_id"] is not None:
        return Assignee("agent", row["agent"], row["agent_id"])
    if row["person_id"] is not None:
        return Assignee("user", row["person"], row["person_id"])
    return None


def _task(row: Any, cost_below: Decimal | None, **beside: Any) -> Task:
    return Task(
        task_id=row["task_id"],
        key=row["key"],
        title=row["title"],
        description=row["description"],
        column=row["column_name"],
        assignee=assignee_of(row),
        run_id=row["run_id"],
        state=None if row["run_id"] is None else state_of(row),
        cost=row["cost"],
        revision=row["revision"],
        seq=row["seq"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        board=row["board"],
        position=row["position"],
        priority=PRIORITIES[row["priority"]],
        labels=tuple(row["labels"]),
        due_at=row["due_at"],
        owner=row["owner"],
        parent=row["parent"],
        children=Children(row["children_done"], row["children_total"], cost_below),
        checklist=read_items(row["checklist"]),
        depends_on=tuple(row["depends_on"]),
        blocked_by=tuple(row["blocked_by"]),
        waits=row["waits"],
        parked=row["parked"],
        external_id=row["external_id"],
        archived_at=row["archived_at"],
        **beside,
    )
