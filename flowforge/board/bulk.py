"""One act on many cards: each card for itself, with a result for each.

What was done to a card already is not done again, so a repeat after a lost answer carries on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.board.archiving import archive_task
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.change import change_labels, change_task
from flowforge.board.column import move
from flowforge.board.listing import TaskFilter, list_ids, make_ready
from flowforge.board.queries import sql
from flowforge.board.task import Task
from flowforge.db.database import Database
from flowforge.errors import Conflict, FlowForgeError, InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

BulkAction = Literal["move", "assign", "label", "priority", "archive", "unarchive"]
TASKS_MAX = 200


@dataclass(frozen=True)
class BulkAct:
    """What is to be done: to `column`, to `assignee` (None: nobody), labels to `add` and `remove`, a `priority`."""

    action: BulkAction
    column: str | None = None
    assignee: AssigneeName | None = None
    start: bool = True
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    priority: str | None = None


@dataclass(frozen=True)
class BulkResult:
    """What came of it for one card: its revision now, or the error that it was refused with."""

    key: str
    revision: int | None = None
    error: FlowForgeError | None = None


async def act_on_tasks(
    database: Database, principal: Principal, keys: Sequence[str], act: BulkAct, *, bell: Bell | None = None
) -> list[BulkResult]:
    """Do it to each of these cards, in order. Raises InvalidInput for more than 200, and for an act that says too little.

    results = await act_on_tasks(database, principal, ["FF-1", "FF-2"], BulkAct("move", column="Done"))
    """
    if len(keys) > TASKS_MAX:
        raise InvalidInput(f"at most {TASKS_MAX} tasks in one act, not {len(keys)}", pointer="/keys")
    do = _doing(database, principal, act, bell)
    results = []
    for key in dict.fromkeys(keys):
        try:
            task = await do(key)
            results.append(BulkResult(task.key, task.revision))
        except (NotFound, Conflict, InvalidInput) as refused:
            results.append(BulkResult(key, error=refused))
    return results


async def keys_for(database: Database, tenant_id: UUID, wanted: TaskFilter) -> list[str]:
    """The keys of the cards that a filter means. Raises InvalidInput for more than 200, and for an unknown name what a list raises."""
    await make_ready(database, tenant_id, wanted, "number")
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        page = await list_ids(connection, tenant_id, wanted, "number", None, TASKS_MAX)
        if page.next_cursor is not None:
            raise InvalidInput(f"more than {TASKS_MAX} tasks match", pointer="/filter", hint="narrow the filter, or act more than once")
        rows = await sql.keys_of.fetch(connection, tenant_id=tenant_id, task_ids=list(page.data))
    keys = {row["task_id"]: row["key"] for row in rows}
    return [keys[task_id] for task_id in page.data]


def _doing(database: Database, principal: Principal, act: BulkAct, bell: Bell | None) -> Callable[[str], Awaitable[Task]]:
    """The act on one card."""
    if act.action == "move":
        column = _said(act.column, "column")
        return lambda key: move(database, principal, key, column, bell=bell)
    if act.action == "assign":
        return lambda key: assign(database, principal, key, act.assignee, start=act.start, bell=bell)
    if act.action == "priority":
        priority = _said(act.priority, "priority")
        return lambda key: change_task(database, principal, key, {"priority": priority}, bell=bell)
    if act.action == "label":
        if not act.add and not act.remove:
            raise InvalidInput("say which labels to add or to remove", pointer="/add")
        return lambda key: change_labels(database, principal, key, add=act.add, remove=act.remove, bell=bell)
    return lambda key: archive_task(database, principal, key, archived=act.action == "archive", bell=bell)


def _said(value: str | None, field: str) -> str:
    if value is None:
        raise InvalidInput(f"say the {field}", pointer=f"/{field}")
    return value
