"""Tasks: the cards of the board, made, seen, moved, given to somebody, talked about, followed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi import Response as Answer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.routes.task_input import NAMES_OF_A_TASK, AssigneeIn, ColumnIn, TaskIn, TaskPatch, names_of, neighbour_of
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Money, Page
from flowforge.board.activity import Action, Activity, list_activity
from flowforge.board.assignment import assign
from flowforge.board.attachment import Attachment
from flowforge.board.change import change_task
from flowforge.board.column import move
from flowforge.board.comment import Comment, comment, list_comments
from flowforge.board.creation import create_task
from flowforge.board.listing import Sort, TaskFilter
from flowforge.board.priority import Priority
from flowforge.board.task import Task, get_task, list_tasks
from flowforge.errors import NotFound
from flowforge.orchestrator.run import RunState

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])

TaskKey = Annotated[str, Path(description="A task's key, or its id.", examples=["FF-1"])]

COMMENT_EXAMPLE: JsonDict = {
    "id": "cmt_01968f3ac8b17c02a3f08241a2f70006",
    "author": "atlas",
    "author_kind": "agent",
    "text": "Refunded $300 to ORD-9218, @mira.",
    "mentions": [{"user": "mira"}],
    "reply_to": None,
    "created_at": "2026-11-22T09:01:42.000000Z",
    "edited_at": None,
    "deleted": False,
}
ATTACHMENT_EXAMPLE: JsonDict = {
    "id": "att_01968f3ac8b17c02a3f08241a2f70009",
    "name": "invoice.pdf",
    "media_type": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": "https://files.example.com/9218.pdf",
    "run": None,
    "blob": None,
    "added_by": "mira",
    "added_by_kind": "person",
    "created_at": "2026-11-22T09:00:30.000000Z",
}
CHECKLIST_ITEM_EXAMPLE: JsonDict = {"id": "chk_01968f3ac8b17c02a3f08241a2f70009", "text": "ask the carrier", "done": True}
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
    "board": "FF",
    "position": "i0000001",
    "priority": "high",
    "labels": ["refund"],
    "due_at": "2026-11-24T17:00:00.000000Z",
    "owner": "mira",
    "parent": None,
    "children": {"done": 0, "total": 0, "cost": "0"},
    "checklist": [CHECKLIST_ITEM_EXAMPLE],
    "depends_on": ["FF-3"],
    "blocked_by": [],
    "waits": False,
    "parked": False,
    "archived_at": None,
    "comments": [COMMENT_EXAMPLE],
    "watchers": ["mira"],
    "attachments": [ATTACHMENT_EXAMPLE],
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


class ChecklistItemOut(BaseModel):
    """One thing to be done on a task."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [CHECKLIST_ITEM_EXAMPLE]})

    id: str
    text: str
    done: bool


class ChildrenOut(BaseModel):
    """How many of a task's children are done, and what the runs of all below it cost; null where a price is unknown."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [{"done": 3, "total": 5, "cost": "0.31"}]})

    done: int
    total: int
    cost: Money | None


class CommentIn(Body):
    """What is to be said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@atlas please check the address first."}]})

    text: Annotated[str, Field(description='Markdown. `@name` or `@"Full Name"` mentions somebody.')]
    reply_to: Annotated[str | None, Field(max_length=100, description="A comment of this task that is no reply itself.")] = None


class CommentOut(BaseModel):
    """A comment on a task. One that was `deleted` keeps its place and has no text; `mentions` are those whom it has told."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMENT_EXAMPLE]})

    id: str
    author: str
    author_kind: PrincipalKind
    text: str
    mentions: Annotated[list[dict[str, str]], Field(description='`{"agent": name}` or `{"user": name}`.')]
    reply_to: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool

    @classmethod
    def of(cls, said: Comment) -> CommentOut:
        return cls(
            id=ids.show("cmt", said.comment_id),
            author=said.author,
            author_kind=said.author_kind,
            text=said.text,
            mentions=[{"agent" if one.kind == "agent" else "user": one.name} for one in said.mentions],
            reply_to=None if said.reply_to is None else ids.show("cmt", said.reply_to),
            created_at=said.created_at,
            edited_at=said.edited_at,
            deleted=said.deleted_at is not None,
        )


class AttachmentOut(BaseModel):
    """What belongs to a task and lies elsewhere: at a `url`, or as a `blob` of a `run`. `size` is in bytes."""

    model_config = ConfigDict(json_schema_extra={"examples": [ATTACHMENT_EXAMPLE]})

    id: str
    name: str
    media_type: str
    size: int | None
    sha256: str | None
    url: str | None
    run: str | None
    blob: str | None
    added_by: str
    added_by_kind: PrincipalKind
    created_at: datetime

    @classmethod
    def of(cls, found: Attachment) -> AttachmentOut:
        return cls(
            id=ids.show("att", found.attachment_id),
            name=found.name,
            media_type=found.media_type,
            size=found.size,
            sha256=found.sha256,
            url=found.url,
            run=None if found.run_id is None else ids.show("run", found.run_id),
            blob=None if found.blob_id is None else found.blob_id.hex,
            added_by=found.added_by,
            added_by_kind=found.added_by_kind,
            created_at=found.created_at,
        )


class TaskOut(BaseModel):
    """A task. `run`, `state` and `cost` are those of its latest run, of all its runs for the cost; `comments` are the newest 100;
    `seq` is the id of the newest frame of its stream that this answer includes. `waits`: its agent starts as soon as `blocked_by` is empty
    and its board has room; `parked`: its agent's run is paused, because the task was moved away from its work."""

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
    board: Annotated[str, Field(description="Its prefix.")]
    position: Annotated[str, Field(description="Where it stands in its column: positions sort as text, byte by byte.")]
    priority: Priority
    labels: list[str]
    due_at: datetime | None
    owner: str | None
    parent: str | None
    children: ChildrenOut
    checklist: list[ChecklistItemOut]
    depends_on: list[str]
    blocked_by: Annotated[list[str], Field(description="Those of `depends_on` that are not done.")]
    waits: bool
    parked: bool
    archived_at: datetime | None
    comments: list[CommentOut]
    watchers: Annotated[list[str], Field(description="Who hears of what is said on it, by name; 200 at most.")]
    attachments: list[AttachmentOut]
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
            board=task.board,
            position=task.position,
            priority=task.priority,
            labels=list(task.labels),
            due_at=task.due_at,
            owner=task.owner,
            parent=task.parent,
            children=ChildrenOut.model_validate(task.children),
            checklist=[ChecklistItemOut.model_validate(item) for item in task.checklist],
            depends_on=list(task.depends_on),
            blocked_by=list(task.blocked_by),
            waits=task.waits,
            parked=task.parked,
            archived_at=task.archived_at,
            comments=[CommentOut.of(said) for said in task.comments],
            watchers=list(task.watchers),
            attachments=[AttachmentOut.of(one) for one in task.attachments],
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


@router.post("/{key}/comments", status_code=201, summary="Comment on a task", operation_id="create_comment", responses=errors(404))
async def create_comment(key: TaskKey, body: CommentIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId) -> CommentOut:
    """Says it on the card, in the caller's name. Who is mentioned finds it in their inbox; an agent that is mentioned is woken, once."""
    return CommentOut.of(await comment(database, caller, key, body.text, reply_to=body.reply_to, comment_id=repeat, bell=bell))


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


def tagged(answer: Answer, task: Task) -> TaskOut:
    answer.headers["ETag"] = etag(task.revision)
    return TaskOut.of(task)
