"""Attachments of a task, by reference: what belongs to it and lies elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field

from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.task_output import ATTACHMENT_EXAMPLE, AttachmentOut, TaskKey
from flowforge.api.values import Body, Page
from flowforge.board.attachment import NewAttachment, attach, detach, list_attachments

router = Resource(prefix="/v1/tasks/{key}/attachments", tags=["tasks"])

AttachmentId = Annotated[str, Path(max_length=100, description="Its id.", examples=["att_01968f3ac8b17c02a3f08241a2f70009"])]


class AttachmentIn(Body):
    """A reference: a `url`, or a `blob` that a `run` has stored. No bytes are taken, and none are fetched."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "invoice.pdf", "media_type": "application/pdf", "url": "https://files.example.com/9218.pdf"}]
        }
    )

    name: Annotated[str, Field(description="One line, up to 200 characters.")]
    media_type: Annotated[str, Field(max_length=300)] = "application/octet-stream"
    url: Annotated[str | None, Field(max_length=4000, description="http or https, without user and password.")] = None
    run: Annotated[str | None, Field(max_length=100, description="Whose blob it is.")] = None
    blob: Annotated[str | None, Field(max_length=100, description="Its id; size and hash are read from it.")] = None
    size: Annotated[int | None, Field(description="In bytes.")] = None
    sha256: Annotated[str | None, Field(max_length=100, description="In hex.")] = None


class AttachmentPage(Page[AttachmentOut]):
    """Attachments in the order in which they were added; all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ATTACHMENT_EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List a task's attachments", operation_id="list_attachments", responses=errors(404))
async def index(key: TaskKey, caller: Caller, database: Db) -> AttachmentPage:
    """In the order in which they were added; a task has 200 at most."""
    return AttachmentPage(data=[AttachmentOut.of(one) for one in await list_attachments(database, caller.tenant_id, key)])


@router.post("", status_code=201, summary="Attach something to a task", operation_id="create_attachment", responses=errors(404))
async def create(key: TaskKey, body: AttachmentIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId) -> AttachmentOut:
    """What it refers to stays where it is, and is not looked at, unless it is a blob of a run."""
    new = NewAttachment(**body.model_dump())
    return AttachmentOut.of(await attach(database, caller, key, new, attachment_id=repeat, bell=bell))


@router.delete(
    "/{attachment}", status_code=204, summary="Take an attachment off a task", operation_id="delete_attachment", responses=errors(404)
)
async def delete(key: TaskKey, attachment: AttachmentId, caller: Caller, database: Db, bell: Hub) -> None:
    """What it refers to stays."""
    await detach(database, caller, key, attachment, bell=bell)
