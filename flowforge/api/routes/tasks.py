"""Tasks: the cards of the board, made, seen, moved, given to somebody, talked about, followed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi import Response as Answer
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge.access.principal import PrincipalKind
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource
from flowforge.api.routes.task_input import NAMES_OF_A_TASK, AssigneeIn, ColumnIn, TaskIn, TaskPatch, names_of, neighbour_of
from flowforge.api.routes.task_output import TaskKey, TaskOut, TaskPage, tagged
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Page
from flowforge.board.activity import Action, Activity, list_activity
from flowforge.board.assignment import assign
from flowforge.board.change import change_task
from flowforge.board.column import move
from flowforge.board.creation import create_task
from flowforge.board.listing import Sort, TaskFilter
from flowforge.board.priority import Priority
from flowforge.board.task import get_task, list_tasks
from flowforge.errors import NotFound

router = Resource(prefix="/v1/tasks", tags=["tasks"])

ACTIVITY_EXAMPLE: JsonDict = {
    "id": "01968f3ac8b17c02a3f08241a2f70007",
    "actor": "mira",
    "actor_kind": "person",
    "action": "moved",
    "detail": {"from": "Todo", "to": "Doing"},
    "created_at": "2026-11-22T09:00:01.000000Z",
}


class ActivityOut(BaseModel):
    """One change of a task: who did what."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACTIVITY_EXAMPLE]})

    id: str
    actor: str
    actor_kind: PrincipalKind
    action: Action
    detail: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, entry: Activity) -> ActivityOut:
        return cls(
            id=entry.activity_id.hex,
            actor=entry.actor,
            actor_kind=entry.actor_kind,
            action=entry.action,
            detail=entry.detail,
            created_at=entry.created_at,
        )


class ActivityPage(Page[ActivityOut]):
    """Changes, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ACTIVITY_EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Make a task", operation_id="create_task")
async def create(body: TaskIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId, answer: Answer) -> TaskOut:
    """An agent as assignee starts as soon as it can: when nothing that the task depends on is left to do, and its column has room. One for
    which a column of category `backlog` is named is parked there. 422 with the nearest names for what is unknown."""
    with names_of(**NAMES_OF_A_TASK):
        task = await create_task(database, caller, body.read(), task_id=repeat, bell=bell)
    answer.headers["Location"] = f"/v1/tasks/{task.key}"
    return tagged(answer, task)


@router.get("", summary="List tasks", operation_id="list_tasks")
async def index(
    request: Request,
    caller: Caller,
    database: Db,
    filter: Annotated[
        str | None,
        Query(max_length=200, description="A saved filter, by name or id; what is given beside it goes before.", examples=["mine"]),
    ] = None,
    board: Annotated[str | None, Query(max_length=500, description="Only cards of this board.", examples=["FF"])] = None,
    column: Annotated[list[str] | None, Query(max_length=50, description="Only cards of these columns.", examples=[["Doing"]])] = None,
    assignee: Annotated[
        str | None, Query(max_length=500, description="Only cards of this agent or person; `nobody` for those without.", examples=["atlas"])
    ] = None,
    label: Annotated[list[str] | None, Query(max_length=20, description="Only cards with all of these labels.")] = None,
    priority: Annotated[list[Priority] | None, Query(max_length=5, description="Only cards of one of these priorities.")] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="Due before this moment.")] = None,
    due_after: Annotated[AwareDatetime | None, Query(description="Due at this moment or later.")] = None,
    blocked: Annotated[bool | None, Query(description="Only cards that wait for others, or only those that do not.")] = None,
    parent: Annotated[str | None, Query(max_length=500, description="Only the children of this task.", examples=["FF-1"])] = None,
    q: Annotated[
        str | None,
        Query(max_length=500, description="Words: each begins a word of key, title, description or comments.", examples=["refund ord"]),
    ] = None,
    updated_since: Annotated[AwareDatetime | None, Query(description="Changed at this moment or later.")] = None,
    archived: Annotated[bool, Query(description="Archived cards too.")] = False,
    sort: Annotated[Sort, Query(description="`position`: as they stand on their board, FF unless `board` says another.")] = "number",
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> TaskPage:
    """By number unless `sort` says otherwise: the latest change first, what is due first, the most urgent first, or as they stand. 422 with
    the nearest names for what is unknown."""
    if filter is not None:
        from flowforge.api.task_query import filtered  # which reads this function's parameters

        return await index(request, caller, database, **await filtered(request, caller, database, filter), limit=limit, cursor=cursor)
    wanted = TaskFilter(
        board=board,
        columns=tuple(column or ()),
        assignee=assignee,
        labels=tuple(label or ()),
        priorities=tuple(priority or ()),
        due_before=due_before,
        due_after=due_after,
        blocked=blocked,
        parent=parent,
        text=q,
        updated_since=updated_since,
        archived=archived,
    )
    try:
        page = await list_tasks(database, caller.tenant_id, wanted=wanted, sort=sort, cursor=cursor, limit=limit)
    except NotFound as unknown:
        raise refuse("invalid", str(unknown), parameter=unknown.what) from None
    return TaskPage(data=[TaskOut.of(task) for task in page.data], next_cursor=page.next_cursor)


@router.get("/{key}", summary="Show a task", operation_id="get_task", responses=errors(404))
async def show(key: TaskKey, caller: Caller, database: Db, answer: Answer) -> TaskOut:
    """By key or id."""
    return tagged(answer, await get_task(database, caller.tenant_id, key))


@router.patch("/{key}", summary="Change a task", operation_id="update_task", responses=errors(404, 412))
async def update(key: TaskKey, body: TaskPatch, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """Its fields; assignee, column, checklist and dependencies have addresses of their own. 409 for a parent that is a part of the task."""
    with unchanged_since(if_match), names_of(**NAMES_OF_A_TASK):
        changes = body.model_dump(exclude_unset=True)
        return tagged(answer, await change_task(database, caller, key, changes, revision=if_match, bell=bell))


@router.put("/{key}/assignee", summary="Assign a task", operation_id="assign_task", responses=errors(404, 412))
async def put_assignee(
    key: TaskKey,
    request: Request,
    if_match: IfMatch,
    caller: Caller,
    database: Db,
    bell: Hub,
    answer: Answer,
    body: AssigneeIn | None = None,
) -> TaskOut:
    """An agent starts as soon as it can, and the card moves to the first column of category `doing`; who had it before is stopped. null, or
    neither name, assigns nobody."""
    if body is None and not getattr(request.state, "body", b"").strip():
        raise refuse("invalid", 'say to whom, as in {"agent": "atlas"}, or null for nobody', pointer="")
    start = body is None or body.start
    with unchanged_since(if_match), names_of(agent="/agent", user="/user", team="/team"):
        to = None if body is None else body.name()
        return tagged(answer, await assign(database, caller, key, to, start=start, revision=if_match, bell=bell))


@router.put("/{key}/column", summary="Move a task", operation_id="move_task", responses=errors(404, 412))
async def put_column(key: TaskKey, body: ColumnIn, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """A person who moves an agent's card away from its work stops the agent, or parks its run where the column says so; a column that
    starts agents starts the one of a card that comes in. 409 with limit and count for a full column, 422 with the nearest names."""
    beside = {"before": body.before, "after": body.after}
    with unchanged_since(if_match), names_of(column="/column"), neighbour_of(key, beside):
        return tagged(answer, await move(database, caller, key, body.column, **beside, revision=if_match, bell=bell))


@router.get("/{key}/activity", summary="List a task's changes", operation_id="list_activity", responses=errors(404))
async def activity(key: TaskKey, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> ActivityPage:
    """Oldest first; they replay to the task as it is."""
    page = await list_activity(database, caller.tenant_id, key, cursor=cursor, limit=limit)
    return ActivityPage(data=[ActivityOut.of(entry) for entry in page.data], next_cursor=page.next_cursor)
