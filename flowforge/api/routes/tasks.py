"""Tasks: the cards of the board, made, seen, moved, given to somebody, talked about, followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.sse import stream_response
from flowforge.api.stream_docs import STREAM_RESPONSES, After, LastEventId
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Money, Page
from flowforge.board.activity import Action, Activity, list_activity
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.column import move
from flowforge.board.comment import Comment, comment, list_comments
from flowforge.board.creation import NewTask, create_task
from flowforge.board.task import Task, get_task, list_tasks, update_task
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.run import RunState

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

TaskKey = Annotated[str, Path(description="A task's key, or its id.", examples=["FF-1"])]

COMMENT_EXAMPLE: JsonDict = {
    "id": "cmt_01968f3ac8b17c02a3f08241a2f70006",
    "author": "atlas",
    "author_kind": "agent",
    "text": "Refunded $300 to ORD-9218.",
    "created_at": "2026-11-22T09:01:42.000000Z",
}
EXAMPLE: JsonDict = {
    "id": "tsk_01968f3ac8b17c02a3f08241a2f70003",
    "key": "FF-1",
    "title": "Refund ORD-9218",
    "description": "The parcel was empty.",
    "column": "Review",
    "assignee": {"agent": "atlas"},
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "state": "completed",
    "cost": "0.0421",
    "comments": [COMMENT_EXAMPLE],
    "revision": 3,
    "seq": 31,
    "created_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:01:42.000000Z",
}
ACTIVITY_EXAMPLE: JsonDict = {
    "id": "01968f3ac8b17c02a3f08241a2f70007",
    "actor": "mira",
    "actor_kind": "person",
    "action": "moved",
    "detail": {"from": "Todo", "to": "Doing"},
    "created_at": "2026-11-22T09:00:01.000000Z",
}


class AssigneeIn(Body):
    """An agent or a person, by name; neither means nobody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agent": "atlas"}, {"user": "mira"}, {"agent": None}]})

    agent: str | None = None
    user: str | None = None

    def name(self) -> AssigneeName | None:
        if self.agent is not None and self.user is not None:
            raise InvalidInput("a card has one assignee: give an agent or a user, not both")
        if self.agent is not None:
            return AssigneeName("agent", self.agent)
        return None if self.user is None else AssigneeName("user", self.user)


class TaskIn(Body):
    """A task to make. Without a column it goes to the first one; an agent's task starts in Doing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Refund ORD-9218", "description": "The parcel was empty.", "assignee": {"agent": "atlas"}}],
        }
    )

    title: Annotated[str, Field(description="One line, up to 500 characters.")]
    description: Annotated[str, Field(description="Markdown.")] = ""
    column: str | None = None
    assignee: AssigneeIn | None = None


class TaskPatch(Body):
    """A JSON merge patch (RFC 7396): what is given replaces, what is left out stays; a description that is null is empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Refund ORD-9218 in full"}]})

    title: str | None = None
    description: str | None = None


class ColumnIn(Body):
    """Where the card goes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"column": "Doing"}]})

    column: str


class CommentIn(Body):
    """What is to be said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Please check the address first."}]})

    text: Annotated[str, Field(description="Markdown.")]


class CommentOut(BaseModel):
    """A comment on a task."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMENT_EXAMPLE]})

    id: str
    author: str
    author_kind: PrincipalKind
    text: str
    created_at: datetime

    @classmethod
    def of(cls, said: Comment) -> CommentOut:
        shown = ids.show("cmt", said.comment_id)
        return cls(id=shown, author=said.author, author_kind=said.author_kind, text=said.text, created_at=said.created_at)


class TaskOut(BaseModel):
    """A task. `run`, `state` and `cost` are those of its latest run, of all its runs for the cost; `comments` are the newest 100;
    `seq` is the id of the newest frame of its stream that this answer includes."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    key: str
    title: str
    description: str
    column: str
    assignee: Annotated[dict[str, str] | None, Field(description='`{"agent": name}`, `{"user": name}`, or null.')]
    run: str | None
    state: RunState | None
    cost: Money | None
    comments: list[CommentOut]
    revision: int
    seq: int
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, task: Task) -> TaskOut:
        return cls(
            id=task.id,
            key=task.key,
            title=task.title,
            description=task.description,
            column=task.column,
            assignee=None if task.assignee is None else {task.assignee.kind: task.assignee.name},
            run=None if task.run_id is None else ids.show("run", task.run_id),
            state=task.state,
            cost=task.cost,
            comments=[CommentOut.of(said) for said in task.comments],
            revision=task.revision,
            seq=task.seq,
            created_by=task.created_by,
            created_at=task.created_at,
            updated_at=task.updated_at,
        )


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


class TaskPage(Page[TaskOut]):
    """Tasks by number."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class CommentPage(Page[CommentOut]):
    """Comments, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [COMMENT_EXAMPLE], "next_cursor": None}]})


class ActivityPage(Page[ActivityOut]):
    """Changes, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ACTIVITY_EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Make a task", operation_id="create_task")
async def create(body: TaskIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId, answer: Answer) -> TaskOut:
    """An agent as assignee starts at once. 422 with the nearest names for an unknown column or assignee."""
    with names_of(column="/column", agent="/assignee/agent", user="/assignee/user"):
        to = None if body.assignee is None else body.assignee.name()
        new = NewTask(body.title, body.description, body.column, to)
        task = await create_task(database, caller, new, task_id=repeat, bell=bell)
    answer.headers["Location"] = f"/v1/tasks/{task.key}"
    return _tagged(answer, task)


@router.get("", summary="List tasks", operation_id="list_tasks")
async def index(
    caller: Caller,
    database: Db,
    column: Annotated[str | None, Query(max_length=500, description="Only cards of this column.", examples=["Doing"])] = None,
    assignee: Annotated[
        str | None, Query(max_length=500, description="Only cards of this agent or person; `nobody` for those without.", examples=["atlas"])
    ] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> TaskPage:
    """By number. 422 with the nearest names for an unknown column or assignee."""
    try:
        page = await list_tasks(database, caller.tenant_id, column=column, assignee=assignee, cursor=cursor, limit=limit)
    except NotFound as unknown:
        raise refuse("invalid", str(unknown), parameter=unknown.what) from None
    return TaskPage(data=[TaskOut.of(task) for task in page.data], next_cursor=page.next_cursor)


@router.get("/{key}", summary="Show a task", operation_id="get_task", responses=errors(404))
async def show(key: TaskKey, caller: Caller, database: Db, answer: Answer) -> TaskOut:
    """By key or id."""
    return _tagged(answer, await get_task(database, caller.tenant_id, key))


@router.patch("/{key}", summary="Change a task", operation_id="update_task", responses=errors(404, 412))
async def update(key: TaskKey, body: TaskPatch, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """Title and description; assignee and column have addresses of their own."""
    changes = body.model_dump(exclude_unset=True)
    if "title" in changes and changes["title"] is None:
        raise InvalidInput("a task has a title", pointer="/title")
    if "description" in changes:
        changes["description"] = changes["description"] or ""
    with unchanged_since(if_match):
        return _tagged(answer, await update_task(database, caller, key, **changes, revision=if_match, bell=bell))


@router.put("/{key}/assignee", summary="Assign a task", operation_id="assign_task", responses=errors(404))
async def put_assignee(
    key: TaskKey, request: Request, caller: Caller, database: Db, bell: Hub, answer: Answer, body: AssigneeIn | None = None
) -> TaskOut:
    """An agent starts at once and the card moves to Doing; who had it before is stopped. null, or neither name, assigns nobody."""
    if body is None and not getattr(request.state, "body", b"").strip():
        raise refuse("invalid", 'say to whom, as in {"agent": "atlas"}, or null for nobody', pointer="")
    with names_of(agent="/agent", user="/user"):
        task = await assign(database, caller, key, None if body is None else body.name(), bell=bell)
    return _tagged(answer, task)


@router.put("/{key}/column", summary="Move a task", operation_id="move_task", responses=errors(404))
async def put_column(key: TaskKey, body: ColumnIn, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """A person who moves an agent's card out of Doing stops the agent. 422 with the nearest names for an unknown column."""
    with names_of(column="/column"):
        return _tagged(answer, await move(database, caller, key, body.column, bell=bell))


@router.post("/{key}/comments", status_code=201, summary="Comment on a task", operation_id="create_comment", responses=errors(404))
async def create_comment(key: TaskKey, body: CommentIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId) -> CommentOut:
    """Says it on the card, in the caller's name."""
    return CommentOut.of(await comment(database, caller, key, body.text, comment_id=repeat, bell=bell))


@router.get("/{key}/comments", summary="List a task's comments", operation_id="list_comments", responses=errors(404))
async def comments(key: TaskKey, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> CommentPage:
    """Oldest first."""
    page = await list_comments(database, caller.tenant_id, key, cursor=cursor, limit=limit)
    return CommentPage(data=[CommentOut.of(said) for said in page.data], next_cursor=page.next_cursor)


@router.get("/{key}/activity", summary="List a task's changes", operation_id="list_activity", responses=errors(404))
async def activity(key: TaskKey, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> ActivityPage:
    """Oldest first; they replay to the task as it is."""
    page = await list_activity(database, caller.tenant_id, key, cursor=cursor, limit=limit)
    return ActivityPage(data=[ActivityOut.of(entry) for entry in page.data], next_cursor=page.next_cursor)


@router.get(
    "/{key}/stream",
    summary="Follow a task",
    operation_id="stream_task",
    response_class=Response,
    responses={**STREAM_RESPONSES, **errors(404)},
)
async def stream(
    key: TaskKey, request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """What happens to the task and what its agent does on it; the stream does not end."""
    task = await get_task(database, caller.tenant_id, key)
    return await stream_response(request, database, bell, caller.tenant_id, "task", task.task_id)


@contextmanager
def names_of(**pointers: str) -> Iterator[None]:
    """An unknown name that stood in the body is a value that does not fit, not a missing address."""
    try:
        yield
    except NotFound as unknown:
        if unknown.what not in pointers:
            raise
        raise InvalidInput(str(unknown), pointer=pointers[unknown.what]) from None


def _tagged(answer: Answer, task: Task) -> TaskOut:
    answer.headers["ETag"] = etag(task.revision)
    return TaskOut.of(task)
