"""What a task looks like to a caller: the card, what is said on it, and what belongs to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.api.etag import etag
from flowforge.api.values import Money, Page
from flowforge.board.attachment import Attachment
from flowforge.board.comment import Comment
from flowforge.board.priority import Priority
from flowforge.board.task import Task
from flowforge.orchestrator.run import RunState

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
    """A task. `run`, `state` and `cost` are those of its latest run, of all its runs for the cost; `comments` are the newest 100, in a list
    of tasks the newest one; `seq` is the id of the newest frame of its stream that this answer includes. `waits`: its agent starts as soon
    as `blocked_by` is empty and its board has room; `parked`: its agent's run is paused, because the task was moved away from its work."""

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


class TaskPage(Page[TaskOut]):
    """Tasks by number."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


def tagged(answer: Answer, task: Task) -> TaskOut:
    answer.headers["ETag"] = etag(task.revision)
    return TaskOut.of(task)
