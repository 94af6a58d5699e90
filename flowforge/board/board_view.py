"""A board as one looks at it: its columns with how many cards stand in each, and the cards themselves, in short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.board.assignee import Assignee
from flowforge.board.board import Board, find_board
from flowforge.board.label import Label, list_labels
from flowforge.board.listing import read_place, write_place
from flowforge.board.page import Page
from flowforge.board.priority import PRIORITIES, Priority
from flowforge.board.queries import sql
from flowforge.board.task import assignee_of
from flowforge.db.database import Database
from flowforge.orchestrator.run import RunState, state_of
from flowforge.orchestrator.stream import stream_seq

CARDS_MAX = 1_000


@dataclass(frozen=True)
class BoardView:
    """A board, how many cards stand in each of its columns (in their order), its labels, and how often it has changed so far."""

    board: Board
    counts: tuple[int, ...]
    labels: tuple[Label, ...]
    seq: int


@dataclass(frozen=True)
class CardLine:
    """A card in short. `checklist` and `children` are how many are done, of how many."""

    task_id: UUID
    key: str
    title: str
    column: str
    position: str
    assignee: Assignee | None
    state: RunState | None
    priority: Priority
    labels: tuple[str, ...]
    due_at: datetime | None
    parent: str | None
    checklist: tuple[int, int]
    children: tuple[int, int]
    blocked_by: tuple[str, ...]
    waits: bool
    parked: bool
    run_id: UUID | None
    cost: Decimal | None
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("tsk", self.task_id)


async def look_at_board(database: Database, tenant_id: UUID, reference: str) -> BoardView:
    """The board of that prefix, name or id. Raises NotFound.

    view = await look_at_board(database, tenant_id, "FF")
    """
    await find_board(database.pool, tenant_id, reference)  # the default one is made on first use
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        board = await find_board(connection, tenant_id, reference)
        rows = await sql.count_by_column.fetch(connection, tenant_id=tenant_id, board_id=board.board_id)
        labels = await list_labels(connection, tenant_id, board.board_id)
        seq = await stream_seq(connection, tenant_id, board.board_id)
    counts = {row["column_id"]: row["count"] for row in rows}
    return BoardView(board, tuple(counts.get(column.column_id, 0) for column in board.columns), labels, seq)


async def list_cards(
    database: Database, tenant_id: UUID, reference: str, *, columns: Sequence[str] = (), cursor: str | None = None, limit: int = CARDS_MAX
) -> Page[CardLine]:
    """The cards of a board as they stand, column after column, without the archived. Raises NotFound, and InvalidInput for the cursor."""
    after = read_place(cursor, "position") or [None, None, None]
    board = await find_board(database.pool, tenant_id, reference)
    rows = await sql.board_cards.fetch(
        database.pool,
        tenant_id=tenant_id,
        board_id=board.board_id,
        column_ids=[board.column(name).column_id for name in columns] or None,
        after_id=after[0],
        after_rank=after[1],
        after_place=after[2],
        limit=limit + 1,
    )
    shown = rows[:limit]
    return Page(tuple(map(_line, shown)), write_place("position", shown[-1]) if len(rows) > limit else None)


async def cards_by_key(database: Database, tenant_id: UUID, reference: str, keys: Sequence[str]) -> tuple[CardLine, ...]:
    """Some cards of a board, as they stand: who follows a board looks at those again of which they heard something. What is not on the
    board, or is archived, is left out. Raises NotFound for the board."""
    board = await find_board(database.pool, tenant_id, reference)
    wanted = [key.upper() for key in keys]
    rows = await sql.cards_by_key.fetch(database.pool, tenant_id=tenant_id, board_id=board.board_id, keys=wanted)
    return tuple(map(_line, rows))


def _line(row: Any) -> CardLine:
    return CardLine(
        task_id=row["task_id"],
        key=row["key"],
        title=row["title"],
        column=row["column_name"],
        position=row["rank"],
        assignee=assignee_of(row),
        state=None if row["run_id"] is None else state_of(row),
        priority=PRIORITIES[row["priority"]],
        labels=tuple(row["labels"]),
        due_at=row["due_at"],
        parent=row["parent"],
        checklist=(row["checklist_done"], row["checklist_total"]),
        children=(row["children_done"], row["children_total"]),
        blocked_by=tuple(row["blocked_by"]),
        waits=row["waits"],
        parked=row["parked"],
        run_id=row["run_id"],
        cost=row["cost"],
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
