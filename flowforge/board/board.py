"""The board: its prefix, its columns, and the counter that numbers its tasks. Each tenant has one, made on first use."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import NotFound
from flowforge.ids import new_id

DEFAULT_NAME = "Board"
DEFAULT_PREFIX = "FF"
DEFAULT_COLUMNS = ("Backlog", "Todo", "Doing", "Review", "Done")
WORKING_COLUMN = "Doing"  # where a card stands while an agent works on it


@dataclass(frozen=True)
class Board:
    """A board and its columns, from left to right."""

    board_id: UUID
    name: str
    prefix: str
    columns: tuple[str, ...]

    def column(self, name: str) -> str:
        """The column of that name, whatever its case. Raises NotFound with the nearest names."""
        found = {column.casefold(): column for column in self.columns}.get(name.strip().casefold())
        if found is None:
            raise NotFound("column", name[:100], self.columns)
        return found


async def default_board(connection: Connection, tenant_id: UUID) -> Board:
    """The tenant's board, made now if this is its first use; any number of callers at once make one."""
    row = await sql.find_board.fetchrow(connection, tenant_id=tenant_id, prefix=DEFAULT_PREFIX)
    if row is None:
        await sql.create_board.execute(
            connection,
            tenant_id=tenant_id,
            board_id=new_id(),
            name=DEFAULT_NAME,
            prefix=DEFAULT_PREFIX,
            columns=list(DEFAULT_COLUMNS),
        )
        row = await sql.find_board.fetchrow(connection, tenant_id=tenant_id, prefix=DEFAULT_PREFIX)
    return Board(row["board_id"], row["name"], row["prefix"], tuple(row["columns"]))
