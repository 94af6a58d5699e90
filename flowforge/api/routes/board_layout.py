"""The columns and labels of a board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import ConfigDict, Field

from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource
from flowforge.api.routes.boards import BoardName, BoardOut, ColumnSettings, LabelOut, shown
from flowforge.api.values import Body
from flowforge.board.board import Category, OnLeave
from flowforge.board.label import delete_label, set_label
from flowforge.board.layout import add_column, change_column, delete_column
from flowforge.errors import InvalidInput, NotFound

router = Resource(prefix="/v1/boards", tags=["boards"])

ColumnName = Annotated[str, Path(description="A column's name, whatever its case, or its id.", examples=["Doing"])]
LabelName = Annotated[str, Path(description="A label's name.", examples=["refund"])]


class NewColumn(ColumnSettings):
    """A column to add: at the right end, or before or after another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Testing", "category": "review", "wip_limit": 5, "before": "Done"}]})

    before: Annotated[str | None, Field(max_length=500)] = None
    after: Annotated[str | None, Field(max_length=500)] = None


class ColumnPatch(Body):
    """A JSON merge patch; `before` or `after` puts the column elsewhere. A `wip_limit` that is null is no limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"wip_limit": 3}, {"name": "In test", "before": "Done"}]})

    name: str | None = None
    category: Category | None = None
    wip_limit: int | None = None
    on_leave: OnLeave | None = None
    starts: bool | None = None
    before: Annotated[str | None, Field(max_length=500)] = None
    after: Annotated[str | None, Field(max_length=500)] = None


class LabelIn(Body):
    """How a label looks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"colour": "teal"}]})

    colour: Annotated[str, Field(description="grey, red, orange, yellow, green, teal, blue, violet or pink.")]


@router.post("/{board}/columns", status_code=201, summary="Add a column", operation_id="create_column", responses=errors(404))
async def create_column(board: BoardName, body: NewColumn, caller: Caller, database: Db, repeat: RepeatId, answer: Answer) -> BoardOut:
    """Answers the board. 409 where it has a column of that name."""
    settings = body.model_dump(exclude={"name", "before", "after"})
    changed = await add_column(database, caller, board, body.name, settings, before=body.before, after=body.after, column_id=repeat)
    return await shown(database, caller.tenant_id, changed, answer)


@router.patch("/{board}/columns/{column}", summary="Change a column", operation_id="update_column", responses=errors(404))
async def update_column(
    board: BoardName, column: ColumnName, body: ColumnPatch, caller: Caller, database: Db, bell: Hub, answer: Answer
) -> BoardOut:
    """Answers the board. A limit below what stands there already moves nothing, and keeps others out. Where a column becomes `done`, or has
    more room, agents that waited for it start."""
    settings = body.model_dump(exclude={"before", "after"}, exclude_unset=True)
    for field in ("category", "on_leave", "starts"):
        if field in settings and settings[field] is None:
            raise InvalidInput(f"{field} cannot be null", pointer=f"/{field}")
    changed = await change_column(database, caller, board, column, settings, before=body.before, after=body.after, bell=bell)
    return await shown(database, caller.tenant_id, changed, answer)


@router.delete("/{board}/columns/{column}", summary="Delete a column", operation_id="delete_column", responses=errors(404))
async def remove_column(
    board: BoardName,
    column: ColumnName,
    caller: Caller,
    database: Db,
    bell: Hub,
    answer: Answer,
    move_to: Annotated[str | None, Query(max_length=500, description="Where its cards go first.", examples=["Todo"])] = None,
) -> BoardOut:
    """Answers the board. 409 for the last column, and for one that holds cards, archived ones too, unless `move_to` says where they go."""
    with _target_of(move_to):
        changed = await delete_column(database, caller, board, column, move_to=move_to, bell=bell)
    return await shown(database, caller.tenant_id, changed, answer)


@router.put("/{board}/labels/{label}", summary="Make or recolour a label", operation_id="set_label", responses=errors(404))
async def put_label(board: BoardName, label: LabelName, body: LabelIn, caller: Caller, database: Db) -> LabelOut:
    """A label that a task is given for the first time comes to be by itself, in grey."""
    return LabelOut.of(await set_label(database, caller, board, label, body.colour))


@router.delete("/{board}/labels/{label}", status_code=204, summary="Delete a label", operation_id="delete_label", responses=errors(404))
async def remove_label(board: BoardName, label: LabelName, caller: Caller, database: Db) -> None:
    """409 while a task has it."""
    await delete_label(database, caller, board, label)


@contextmanager
def _target_of(move_to: str | None) -> Iterator[None]:
    """What is wrong with the query parameter is told of it."""
    try:
        yield
    except (NotFound, InvalidInput) as wrong:
        if getattr(wrong, "what", "move_to") != "move_to" or move_to is None:
            raise
        raise refuse("invalid", str(wrong), parameter="move_to") from None
