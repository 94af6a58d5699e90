"""Boards: made, seen whole or in short, renamed, put away; their columns and labels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db
from flowforge.api.etag import etag
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Money, Page
from flowforge.board.board import Board, Category, Column, OnLeave, archive_board, create_board, list_boards, update_board
from flowforge.board.board_view import CARDS_MAX, BoardView, CardLine, cards_by_key, list_cards, look_at_board
from flowforge.board.label import Colour, Label
from flowforge.board.layout import read_columns
from flowforge.board.priority import Priority
from flowforge.db.database import Database
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.run import RunState

router = Resource(prefix="/v1/boards", tags=["boards"])

BoardName = Annotated[str, Path(description="A board's prefix, name or id.", examples=["FF"])]

COLUMN_EXAMPLE: JsonDict = {
    "id": "col_01968f3ac8b17c02a3f08241a2f70011",
    "name": "Doing",
    "category": "doing",
    "wip_limit": 3,
    "on_leave": "cancel",
    "starts": True,
    "count": 2,
}
BOARD_EXAMPLE: JsonDict = {
    "id": "brd_01968f3ac8b17c02a3f08241a2f70010",
    "name": "Board",
    "prefix": "FF",
    "columns": [COLUMN_EXAMPLE],
    "labels": [{"name": "refund", "colour": "teal"}],
    "seq": 31,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "archived_at": None,
}
IN_LIST_EXAMPLE: JsonDict = {
    "id": "brd_01968f3ac8b17c02a3f08241a2f70010",
    "name": "Board",
    "prefix": "FF",
    "columns": ["Backlog", "Todo", "Doing", "Review", "Done"],
    "created_at": "2026-11-22T09:00:00.000000Z",
    "archived_at": None,
}
CARD_EXAMPLE: JsonDict = {
    "id": "tsk_01968f3ac8b17c02a3f08241a2f70003",
    "key": "FF-1",
    "title": "Refund ORD-9218",
    "column": "Doing",
    "position": "i0000001",
    "assignee": {"agent": "atlas"},
    "state": "running",
    "priority": "high",
    "labels": ["refund"],
    "due_at": None,
    "parent": None,
    "checklist": {"done": 1, "total": 3},
    "children": {"done": 0, "total": 0},
    "blocked_by": [],
    "waits": False,
    "parked": False,
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "cost": "0.0421",
    "revision": 3,
    "created_at": "2026-11-22T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:01:42.000000Z",
}


class ColumnSettings(Body):
    """What a column means and allows. `category` says it to the engine: agents work in `doing`, what others wait for is there in `done`.
    `on_leave`: what becomes of an agent's run when its card is moved away. `starts`: whether a card that comes in starts its agent."""

    name: Annotated[str, Field(description="One line, up to 100 characters.")]
    category: Category = "todo"
    wip_limit: Annotated[int | None, Field(description="How many cards may stand in it; null is no limit.")] = None
    on_leave: OnLeave = "cancel"
    starts: Annotated[bool | None, Field(description="Unless given, as the category has it: `doing` does.")] = None


class BoardIn(Body):
    """A board to make; without columns it gets Backlog, Todo, Doing, Review and Done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Operations", "prefix": "OPS"}]})

    name: str
    prefix: Annotated[str, Field(description="What its keys begin with: 2 to 10 capital letters and digits, first a letter.")]
    columns: Annotated[list[ColumnSettings], Field(max_length=50, default_factory=list)]


class BoardPatch(Body):
    """A JSON merge patch. The prefix can be changed while the board has no card."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Operations, Europe"}]})

    name: str | None = None
    prefix: str | None = None


class ColumnOut(BaseModel):
    """A column, with how many cards stand in it."""

    model_config = ConfigDict(json_schema_extra={"examples": [COLUMN_EXAMPLE]})

    id: str
    name: str
    category: Category
    wip_limit: int | None
    on_leave: OnLeave
    starts: bool
    count: int

    @classmethod
    def of(cls, column: Column, count: int) -> ColumnOut:
        values = {name: getattr(column, name) for name in ("id", "name", "category", "wip_limit", "on_leave", "starts")}
        return cls(**values, count=count)


class LabelOut(BaseModel):
    """A label of a board. `colour` names a colour of the palette."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "refund", "colour": "teal"}]})

    name: str
    colour: Colour

    @classmethod
    def of(cls, label: Label) -> LabelOut:
        return cls(name=label.name, colour=label.colour)


class BoardOut(BaseModel):
    """A board with its columns, from left to right. `seq` counts what has changed on it; it is the ETag too."""

    model_config = ConfigDict(json_schema_extra={"examples": [BOARD_EXAMPLE]})

    id: str
    name: str
    prefix: str
    columns: list[ColumnOut]
    labels: list[LabelOut]
    seq: int
    created_at: datetime
    archived_at: datetime | None

    @classmethod
    def of(cls, view: BoardView) -> BoardOut:
        board = view.board
        return cls(
            id=board.id,
            name=board.name,
            prefix=board.prefix,
            columns=[ColumnOut.of(column, count) for column, count in zip(board.columns, view.counts, strict=True)],
            labels=[LabelOut.of(label) for label in view.labels],
            seq=view.seq,
            created_at=board.created_at,
            archived_at=board.archived_at,
        )


class BoardInList(BaseModel):
    """A board with the names of its columns."""

    model_config = ConfigDict(json_schema_extra={"examples": [IN_LIST_EXAMPLE]})

    id: str
    name: str
    prefix: str
    columns: list[str]
    created_at: datetime
    archived_at: datetime | None

    @classmethod
    def of(cls, board: Board) -> BoardInList:
        values = {name: getattr(board, name) for name in ("id", "name", "prefix", "created_at", "archived_at")}
        return cls(**values, columns=[column.name for column in board.columns])


class BoardPage(Page[BoardInList]):
    """Boards in the order in which they were made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [IN_LIST_EXAMPLE], "next_cursor": None}]})


class Counted(BaseModel):
    """How many are done, of how many."""

    done: int
    total: int


class CardOut(BaseModel):
    """A card in short, as a board shows it. `run` and `state` are those of its latest run."""

    model_config = ConfigDict(json_schema_extra={"examples": [CARD_EXAMPLE]})

    id: str
    key: str
    title: str
    column: str
    position: str
    assignee: dict[str, str] | None
    state: RunState | None
    priority: Priority
    labels: list[str]
    due_at: datetime | None
    parent: str | None
    checklist: Counted
    children: Counted
    blocked_by: list[str]
    waits: bool
    parked: bool
    run: str | None
    cost: Money | None
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, line: CardLine) -> CardOut:
        as_it_is = (
            "id",
            "key",
            "title",
            "column",
            "position",
            "state",
            "priority",
            "due_at",
            "parent",
            "waits",
            "parked",
            "cost",
            "revision",
        )
        return cls(
            **{name: getattr(line, name) for name in (*as_it_is, "created_at", "updated_at")},
            run=None if line.run_id is None else ids.show("run", line.run_id),
            assignee=None if line.assignee is None else {line.assignee.kind: line.assignee.name},
            labels=list(line.labels),
            checklist=Counted(done=line.checklist[0], total=line.checklist[1]),
            children=Counted(done=line.children[0], total=line.children[1]),
            blocked_by=list(line.blocked_by),
        )


class CardPage(Page[CardOut]):
    """Cards as they stand: column after column, in each from the top."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [CARD_EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List boards", operation_id="list_boards")
async def index(
    caller: Caller,
    database: Db,
    archived: Annotated[bool, Query(description="Archived boards too.")] = False,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> BoardPage:
    """In the order in which they were made; the first is FF."""
    page = await list_boards(database, caller.tenant_id, archived=archived, cursor=cursor, limit=limit)
    return BoardPage(data=[BoardInList.of(board) for board in page.data], next_cursor=page.next_cursor)


@router.post("", status_code=201, summary="Make a board", operation_id="create_board")
async def create(body: BoardIn, caller: Caller, database: Db, repeat: RepeatId, answer: Answer) -> BoardOut:
    """409 where the prefix is taken."""
    columns = read_columns([column.model_dump() for column in body.columns], repeat)
    board = await create_board(database, caller, body.name, body.prefix, columns=columns, board_id=repeat)
    answer.headers["Location"] = f"/v1/boards/{board.prefix}"
    return await shown(database, caller.tenant_id, board, answer)


@router.get("/{board}", summary="Show a board", operation_id="get_board", responses=errors(404))
async def show(board: BoardName, caller: Caller, database: Db, answer: Answer) -> BoardOut:
    """Its columns with limits and how many cards stand in each, and its labels."""
    view = await look_at_board(database, caller.tenant_id, board)
    answer.headers["ETag"] = etag(view.seq)
    return BoardOut.of(view)


@router.patch("/{board}", summary="Change a board", operation_id="update_board", responses=errors(404))
async def update(board: BoardName, body: BoardPatch, caller: Caller, database: Db, answer: Answer) -> BoardOut:
    """409 for the prefix of a board that has numbered cards: their keys stay what they are."""
    changes = body.model_dump(exclude_unset=True)
    for field, value in changes.items():
        if value is None:
            raise InvalidInput(f"a board has a {field}", pointer=f"/{field}")
    return await shown(database, caller.tenant_id, await update_board(database, caller, board, **changes), answer)


@router.put("/{board}/archive", summary="Archive a board", operation_id="archive_board", responses=errors(404))
async def put_archive(board: BoardName, caller: Caller, database: Db, answer: Answer) -> BoardOut:
    """Its cards stay as they are; no new one is made on it. FF is never archived."""
    return await shown(database, caller.tenant_id, await archive_board(database, caller, board), answer)


@router.delete("/{board}/archive", summary="Take a board out of the archive", operation_id="unarchive_board", responses=errors(404))
async def delete_archive(board: BoardName, caller: Caller, database: Db, answer: Answer) -> BoardOut:
    """As it was."""
    return await shown(database, caller.tenant_id, await archive_board(database, caller, board, archived=False), answer)


@router.get("/{board}/cards", summary="List a board's cards in short", operation_id="list_cards", responses=errors(404))
async def cards(
    board: BoardName,
    caller: Caller,
    database: Db,
    column: Annotated[list[str] | None, Query(max_length=50, description="Only cards of these columns.", examples=[["Doing"]])] = None,
    key: Annotated[
        list[str] | None, Query(max_length=200, description="Only these cards; all of them at once.", examples=[["FF-1"]])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=CARDS_MAX, description="How many to return at most.", examples=[200])] = 200,
    cursor: Cursor = None,
) -> CardPage:
    """As they stand, without the archived; up to 1,000 a page. By `key`: those of them that stand on the board now."""
    if key is not None:
        if column is not None or cursor is not None:
            raise refuse("invalid", "give keys alone, without columns and without a cursor", parameter="key")
        return CardPage(data=[CardOut.of(line) for line in await cards_by_key(database, caller.tenant_id, board, key)], next_cursor=None)
    try:
        page = await list_cards(database, caller.tenant_id, board, columns=column or (), cursor=cursor, limit=limit)
    except NotFound as unknown:
        if unknown.what != "column":
            raise
        raise InvalidInput(str(unknown), pointer="/column") from None
    return CardPage(data=[CardOut.of(line) for line in page.data], next_cursor=page.next_cursor)


async def shown(database: Database, tenant_id: UUID, board: Board, answer: Answer) -> BoardOut:
    """A board that was just changed, as it is now."""
    view = await look_at_board(database, tenant_id, ids.show("brd", board.board_id))
    answer.headers["ETag"] = etag(view.seq)
    return BoardOut.of(view)
