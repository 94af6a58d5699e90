"""Parts of a task that have addresses of their own: its checklist, what it depends on, and whether it is archived."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from fastapi import Response as Answer
from pydantic import ConfigDict, Field

from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.etag import IfMatch, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.task_output import ChecklistItemOut, TaskKey, TaskOut, tagged
from flowforge.api.values import Body
from flowforge.board.archiving import archive_task
from flowforge.board.checklist import add_item, change_item, remove_item
from flowforge.board.dependency import add_dependency, remove_dependency

router = Resource(prefix="/v1/tasks", tags=["tasks"])

ItemId = Annotated[str, Path(description="A checklist item's id.", examples=["chk_01968f3ac8b17c02a3f08241a2f70009"])]
OnKey = Annotated[str, Path(description="The key or id of the task that has to be done first.", examples=["FF-3"])]


class ChecklistItemIn(Body):
    """A thing to be done: at the end of the list, or before or after another item."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "ask the carrier"}]})

    text: Annotated[str, Field(description="One line, up to 500 characters.")]
    done: bool = False
    before: Annotated[str | None, Field(max_length=500, description="An item's id.")] = None
    after: Annotated[str | None, Field(max_length=500, description="An item's id.")] = None


class ChecklistItemPatch(Body):
    """What is given replaces; `before` or `after` puts the item elsewhere in the list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": True}]})

    text: str | None = None
    done: bool | None = None
    before: Annotated[str | None, Field(max_length=500)] = None
    after: Annotated[str | None, Field(max_length=500)] = None


@router.post(
    "/{key}/checklist",
    status_code=201,
    summary="Add a checklist item",
    operation_id="create_checklist_item",
    responses=errors(404, 412),
)
async def create_item(
    key: TaskKey, body: ChecklistItemIn, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, repeat: RepeatId
) -> ChecklistItemOut:
    """At the end of the list unless told otherwise. A task has at most 200."""
    place = {"before": body.before, "after": body.after}
    with unchanged_since(if_match):
        item = await add_item(database, caller, key, body.text, done=body.done, **place, item_id=repeat, revision=if_match, bell=bell)
    return ChecklistItemOut.model_validate(item)


@router.patch(
    "/{key}/checklist/{item}", summary="Change a checklist item", operation_id="update_checklist_item", responses=errors(404, 412)
)
async def update_item(
    key: TaskKey, item: ItemId, body: ChecklistItemPatch, if_match: IfMatch, caller: Caller, database: Db, bell: Hub
) -> ChecklistItemOut:
    """Ticks it, words it anew, or puts it elsewhere in the list."""
    place = {"before": body.before, "after": body.after}
    with unchanged_since(if_match):
        changed = await change_item(database, caller, key, item, said=body.text, done=body.done, **place, revision=if_match, bell=bell)
    return ChecklistItemOut.model_validate(changed)


@router.delete(
    "/{key}/checklist/{item}",
    status_code=204,
    summary="Remove a checklist item",
    operation_id="delete_checklist_item",
    responses=errors(404, 412),
)
async def delete_item(key: TaskKey, item: ItemId, if_match: IfMatch, caller: Caller, database: Db, bell: Hub) -> None:
    """Takes it off the list."""
    with unchanged_since(if_match):
        await remove_item(database, caller, key, item, revision=if_match, bell=bell)


@router.put("/{key}/dependencies/{on}", summary="Let a task wait for another", operation_id="add_dependency", responses=errors(404, 412))
async def put_dependency(key: TaskKey, on: OnKey, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """The task's agent does not start before the other one stands in a column of category `done`; then it starts by itself. One that is at
    work already goes on. 409 for what would make a circle, which is named."""
    with unchanged_since(if_match):
        return tagged(answer, await add_dependency(database, caller, key, on, revision=if_match, bell=bell))


@router.delete(
    "/{key}/dependencies/{on}",
    summary="Let a task no longer wait for another",
    operation_id="remove_dependency",
    responses=errors(404, 412),
)
async def delete_dependency(key: TaskKey, on: OnKey, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """Where the task waited for nothing else, its agent starts."""
    with unchanged_since(if_match):
        return tagged(answer, await remove_dependency(database, caller, key, on, revision=if_match, bell=bell))


@router.put("/{key}/archive", summary="Archive a task", operation_id="archive_task", responses=errors(404, 412))
async def put_archive(key: TaskKey, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """It is in no list unless asked for, and keeps its key. An agent that is at work on it is stopped."""
    with unchanged_since(if_match):
        return tagged(answer, await archive_task(database, caller, key, revision=if_match, bell=bell))


@router.delete("/{key}/archive", summary="Take a task out of the archive", operation_id="unarchive_task", responses=errors(404, 412))
async def delete_archive(key: TaskKey, if_match: IfMatch, caller: Caller, database: Db, bell: Hub, answer: Answer) -> TaskOut:
    """409 when its column has no room for it."""
    with unchanged_since(if_match):
        return tagged(answer, await archive_task(database, caller, key, archived=False, revision=if_match, bell=bell))
