"""Cards that leave and come in as rows: the fields of a row, and the export of a board.

A row names everything by words that people know; cards by their key or, where they came from elsewhere, by the name they have there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flowforge.board.assignee import AssigneeName
from flowforge.board.checklist_item import ChecklistItem
from flowforge.board.listing import TaskFilter
from flowforge.board.task import Task, list_tasks
from flowforge.db.database import Database

PAGE = 200


@dataclass(frozen=True)
class TaskRow:
    """A card as a row. `external_id` is what it is called where it comes from; `parent` and `depends_on` name rows by that, or cards by
    their keys."""

    title: str
    external_id: str | None = None
    description: str = ""
    column: str | None = None
    assignee: AssigneeName | None = None
    priority: str = "none"
    labels: tuple[str, ...] = ()
    due_at: datetime | None = None
    owner: str | None = None
    parent: str | None = None
    depends_on: tuple[str, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    archived: bool = False


async def export_rows(database: Database, tenant_id: UUID, board: str, *, archived: bool = False) -> AsyncIterator[list[TaskRow]]:
    """The cards of a board as rows, page by page, by number; what it holds in memory is one page. Raises NotFound for the board.

    A card made here is called by its key, so that the rows can be brought to another board with their links.
    """
    cursor = None
    while True:
        wanted = TaskFilter(board=board, archived=archived)
        page = await list_tasks(database, tenant_id, wanted=wanted, cursor=cursor, limit=PAGE)
        yield [row_of(task) for task in page.data]
        cursor = page.next_cursor
        if cursor is None:
            return


def row_of(task: Task) -> TaskRow:
    """A task as a row."""
    return TaskRow(
        title=task.title,
        external_id=task.external_id or task.key,
        description=task.description,
        column=task.column,
        assignee=None if task.assignee is None else AssigneeName(task.assignee.kind, task.assignee.name),
        priority=task.priority,
        labels=task.labels,
        due_at=task.due_at,
        owner=task.owner,
        parent=task.parent,
        depends_on=task.depends_on,
        checklist=task.checklist,
        archived=task.archived_at is not None,
    )
