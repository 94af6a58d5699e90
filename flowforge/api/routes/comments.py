"""What is said on a task: said, listed, shown, changed, taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field

from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.task_output import COMMENT_EXAMPLE, CommentOut, TaskKey
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.comment import comment as say
from flowforge.board.comment import delete_comment, edit_comment, get_comment, list_comments

router = Resource(prefix="/v1/tasks/{key}/comments", tags=["tasks"])

CommentId = Annotated[str, Path(max_length=100, description="Its id.", examples=["cmt_01968f3ac8b17c02a3f08241a2f70006"])]


class CommentIn(Body):
    """What is to be said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@atlas please check the address first."}]})

    text: Annotated[str, Field(description='Markdown. `@name` or `@"Full Name"` mentions somebody.')]
    reply_to: Annotated[str | None, Field(max_length=100, description="A comment of this task that is no reply itself.")] = None


class CommentPatch(Body):
    """What it says from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@atlas please check the address and the name first."}]})

    text: Annotated[str, Field(description="Markdown.")]


class CommentPage(Page[CommentOut]):
    """Comments, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [COMMENT_EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Comment on a task", operation_id="create_comment", responses=errors(404))
async def create(key: TaskKey, body: CommentIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId) -> CommentOut:
    """Says it on the card, in the caller's name. Who is mentioned finds it in their inbox; an agent that is mentioned is woken, once."""
    return CommentOut.of(await say(database, caller, key, body.text, reply_to=body.reply_to, comment_id=repeat, bell=bell))


@router.get("", summary="List a task's comments", operation_id="list_comments", responses=errors(404))
async def index(key: TaskKey, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> CommentPage:
    """Oldest first."""
    page = await list_comments(database, caller.tenant_id, key, cursor=cursor, limit=limit)
    return CommentPage(data=[CommentOut.of(said) for said in page.data], next_cursor=page.next_cursor)


@router.get("/{comment}", summary="Show a comment", operation_id="get_comment", responses=errors(404))
async def show(key: TaskKey, comment: CommentId, caller: Caller, database: Db) -> CommentOut:
    """By its id."""
    return CommentOut.of(await get_comment(database, caller.tenant_id, key, comment))


@router.patch("/{comment}", summary="Change a comment", operation_id="update_comment", responses=errors(404, 410))
async def update(key: TaskKey, comment: CommentId, body: CommentPatch, caller: Caller, database: Db, bell: Hub) -> CommentOut:
    """By whoever wrote it; the activity keeps what it said. Who is mentioned now for the first time is told. 410 when it was deleted."""
    return CommentOut.of(await edit_comment(database, caller, key, comment, body.text, bell=bell))


@router.delete("/{comment}", status_code=204, summary="Delete a comment", operation_id="delete_comment", responses=errors(404))
async def delete(key: TaskKey, comment: CommentId, caller: Caller, database: Db, bell: Hub) -> None:
    """By whoever wrote it. It keeps its place, without its text."""
    await delete_comment(database, caller, key, comment, bell=bell)
