"""Boards: each with a prefix for its keys, columns from left to right, and a counter that numbers its cards.

Every tenant has the board `FF`, made on first use. A board is named by its prefix, its name or its id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import derived_id, new_id
from flowforge.orchestrator.stream import open_stream

Category = Literal["backlog", "todo", "doing", "review", "done"]
OnLeave = Literal["cancel", "park"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

DEFAULT_NAME = "Board"
DEFAULT_PREFIX = "FF"
DEFAULT_COLUMNS: tuple[tuple[str, Category], ...] = (
    ("Backlog", "backlog"),
    ("Todo", "todo"),
    ("Doing", "doing"),
    ("Review", "review"),
    ("Done", "done"),
)
BOARDS_MAX = 200

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,9}")


@dataclass(frozen=True)
class Column:
    """A column, and what it means: an agent works in `doing`, what others wait for is there in `done`.

    `on_leave`: what becomes of an agent's run when its card is moved away from it; `starts`: whether a card that comes in starts its agent.
    """

    column_id: UUID
    name: str
    category: Category
    wip_limit: int | None = None
    on_leave: OnLeave = "cancel"
    starts: bool = False

    @property
    def id(self) -> str:
        return ids.show("col", self.column_id)


@dataclass(frozen=True)
class Board:
    """A board and its columns, from left to right."""

    board_id: UUID
    name: str
    prefix: str
    columns: tuple[Column, ...]
    created_at: datetime
    archived_at: datetime | None = None

    @property
    def id(self) -> str:
        return ids.show("brd", self.board_id)

    def column(self, name: str) -> Column:
        """The column of that name, whatever its case, or of that id. Raises NotFound with the nearest names."""
        wanted = name.strip().casefold()
        for column in self.columns:
            if wanted in (column.name.casefold(), column.id):
                return column
        raise NotFound("column", name[:100], [column.name for column in self.columns])

    def column_of(self, column_id: UUID) -> Column:
        """The column of that id, which a card of this board stands in."""
        return next(column for column in self.columns if column.column_id == column_id)

    def first(self, category: Category) -> Column | None:
        """The leftmost column of that category."""
        return next((column for column in self.columns if column.category == category), None)


async def default_board(connection: Connection, tenant_id: UUID) -> Board:
    """The tenant's first board, made now if this is its first use; any number of callers at once make one."""
    row = await sql.find_board.fetchrow(connection, tenant_id=tenant_id, board_id=None, prefix=DEFAULT_PREFIX, name=None)
    if row is None:
        await _insert(connection, tenant_id, new_id(), DEFAULT_NAME, DEFAULT_PREFIX, default_columns())
        row = await sql.find_board.fetchrow(connection, tenant_id=tenant_id, board_id=None, prefix=DEFAULT_PREFIX, name=None)
    return _board(row)


async def find_board(connection: Connection, tenant_id: UUID, reference: str | None) -> Board:
    """The board of that prefix, name or id; without one the default. Raises NotFound with the nearest."""
    if reference is None or reference.strip().upper() == DEFAULT_PREFIX:
        return await default_board(connection, tenant_id)
    row = None
    if text.storable(reference):
        wanted = reference.strip()
        row = await sql.find_board.fetchrow(
            connection, tenant_id=tenant_id, board_id=ids.parse("brd", wanted), prefix=wanted.upper(), name=wanted
        )
    if row is None:
        known = [
            name for found in await sql.board_names.fetch(connection, tenant_id=tenant_id) for name in (found["prefix"], found["name"])
        ]
        raise NotFound("board", reference[:100], known)
    return _board(row)


async def board_of(connection: Connection, tenant_id: UUID, board_id: UUID) -> Board:
    """The board of that id, which a card stands on."""
    return _board(await sql.find_board.fetchrow(connection, tenant_id=tenant_id, board_id=board_id, prefix=None, name=None))


async def list_boards(
    database: Database, tenant_id: UUID, *, archived: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[Board]:
    """Boards in the order in which they were made; archived ones only when asked for. Raises InvalidInput for an unknown cursor."""
    after = read_cursor(cursor)
    await default_board(database.pool, tenant_id)
    rows = await sql.list_boards.fetch(database.pool, tenant_id=tenant_id, archived=archived, after=after, limit=limit + 1)
    return page_of(rows, limit, "board_id", _board)


async def create_board(
    database: Database, principal: Principal, name: str, prefix: str, *, columns: tuple[Column, ...] = (), board_id: UUID | None = None
) -> Board:
    """Make a board; without columns it gets the five usual ones. A repeat under the same `board_id` makes none.

    Raises InvalidInput for a name or prefix that cannot be one, Conflict where the prefix is taken.

        operations = await create_board(database, principal, "Operations", "OPS")
    """
    name, prefix = text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX), checked_prefix(prefix)
    async with database.pool.acquire() as connection, connection.transaction():
        await default_board(connection, principal.tenant_id)
        made_id = board_id or new_id()
        if await sql.count_boards.fetchval(connection, tenant_id=principal.tenant_id) >= BOARDS_MAX:
            raise Conflict(f"a tenant has at most {BOARDS_MAX} boards")
        if await _insert(connection, principal.tenant_id, made_id, name, prefix, columns or default_columns()):
            await audit.append(connection, principal, "board.create", "board", prefix, {"name": name})
        elif (await find_board(connection, principal.tenant_id, prefix)).board_id != made_id:
            raise Conflict(f"there is a board with the prefix {prefix} already", hint="choose another prefix")
        return await board_of(connection, principal.tenant_id, made_id)


async def update_board(
    database: Database, principal: Principal, reference: str, *, name: str | None = None, prefix: str | None = None
) -> Board:
    """Rename a board, or give it another prefix while it has no card. Raises NotFound, InvalidInput, and Conflict once it has one."""
    wanted: dict[str, str] = {}
    if name is not None:
        wanted["name"] = text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX)
    if prefix is not None:
        wanted["prefix"] = checked_prefix(prefix)
    async with database.pool.acquire() as connection, connection.transaction():
        board = await find_board(connection, principal.tenant_id, reference)
        changed = {field: value for field, value in wanted.items() if getattr(board, field) != value}
        next_number = await sql.lock_board.fetchval(connection, tenant_id=principal.tenant_id, board_id=board.board_id)
        if "prefix" in changed:
            if next_number > 1:
                raise Conflict(f"board {board.prefix} has numbered cards, whose keys stay what they are", hint="make a new board instead")
            if board.prefix == DEFAULT_PREFIX:
                raise Conflict(f"the default board keeps its prefix {DEFAULT_PREFIX}", hint="make a new board instead")
            others = await sql.board_names.fetch(connection, tenant_id=principal.tenant_id)
            if changed["prefix"] in {other["prefix"] for other in others}:
                raise Conflict(f"there is a board with the prefix {changed['prefix']} already", hint="choose another prefix")
        if changed:
            values = {"name": board.name, "prefix": board.prefix, **changed}
            await sql.update_board.execute(connection, tenant_id=principal.tenant_id, board_id=board.board_id, **values)
            await audit.append(connection, principal, "board.update", "board", board.prefix, changed)
        return await board_of(connection, principal.tenant_id, board.board_id)


async def archive_board(database: Database, principal: Principal, reference: str, *, archived: bool = True) -> Board:
    """Put a board away, or take it out again. Its cards stay; no new one is made on it. Raises NotFound; Conflict for the default one."""
    async with database.pool.acquire() as connection, connection.transaction():
        board = await find_board(connection, principal.tenant_id, reference)
        if board.prefix == DEFAULT_PREFIX:
            raise Conflict("the default board cannot be archived")
        if (
            await sql.archive_board.fetchval(connection, tenant_id=principal.tenant_id, board_id=board.board_id, archived=archived)
            is not None
        ):
            await audit.append(connection, principal, "board.archive" if archived else "board.unarchive", "board", board.prefix)
        return await board_of(connection, principal.tenant_id, board.board_id)


def default_columns() -> tuple[Column, ...]:
    """The five columns of a board for which nothing was said."""
    return tuple(Column(new_id(), name, category, starts=category == "doing") for name, category in DEFAULT_COLUMNS)


def checked_prefix(prefix: str) -> str:
    """Raises InvalidInput unless keys can begin with it."""
    if not _PREFIX.fullmatch(prefix):
        raise InvalidInput("a prefix has 2 to 10 capital letters and digits, first a letter, as in OPS", pointer="/prefix")
    return prefix


async def _insert(connection: Connection, tenant_id: UUID, board_id: UUID, name: str, prefix: str, columns: tuple[Column, ...]) -> bool:
    made = await sql.create_board.fetch(
        connection,
        tenant_id=tenant_id,
        board_id=board_id,
        name=name,
        prefix=prefix,
        column_ids=[derived_id(board_id, f"column {place}") for place in range(len(columns))],
        names=[column.name for column in columns],
        categories=[column.category for column in columns],
        limits=[column.wip_limit for column in columns],
        leaving=[column.on_leave for column in columns],
        starting=[column.starts for column in columns],
    )
    if made:
        await open_stream(connection, tenant_id, board_id)
    return bool(made)


def _board(row: object) -> Board:
    found = dict(row)  # type: ignore[call-overload]
    columns = tuple(
        Column(column_id, name, category, limit or None, leaving, starting)
        for column_id, name, category, limit, leaving, starting in zip(
            found["column_ids"], found["names"], found["categories"], found["limits"], found["leaving"], found["starting"], strict=True
        )
    )
    return Board(found["board_id"], found["name"], found["prefix"], columns, found["created_at"], found["archived_at"])
