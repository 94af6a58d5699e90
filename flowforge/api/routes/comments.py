"""One comment of a task: shown, changed, taken back. (They are made and listed with their task, in tasks.py.)"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.routes.tasks import CommentOut, TaskKey
from flowforge.api.values import Body
from flowforge.board.comment import delete_comment, edit_comment, get_comment

router = APIRouter(prefix="/v1/tasks/{key}/comments", tags=["tasks"])

CommentId = Annotated[str, Path(max_length=100, description="Its id.", examples=["cmt_01968f3ac8b17c02a3f08241a2f70006"])]


class CommentPatch(Body):
    """What it says from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@atlas please check the address and the name first."}]})

    text: Annotated[str, Field(description="Markdown.")]


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
