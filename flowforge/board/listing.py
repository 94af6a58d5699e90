"""Which cards a list shows, in which order, page by page.

Each order has an index and a cursor of its own, so a page costs the same wherever it lies, and cards that come or go meanwhile neither hide
nor repeat others.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from flowforge.board.assignee import find_anybody
from flowforge.board.board import default_board, find_board
from flowforge.board.card import find_card
from flowforge.board.page import Page
from flowforge.board.priority import read_priority
from flowforge.board.queries import sql
from flowforge.board.words import ranges_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection, Query
from flowforge.errors import InvalidInput, NotFound

Sort = Literal["number", "position", "updated", "due", "priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)
NOBODY = "nobody"
_NEVER = "infinity"  # the due date of what is never due
_LAST = datetime.max  # noqa: DTZ901 - what the driver makes of infinity, and takes for it


@dataclass(frozen=True)
class TaskFilter:
    """Cards for which all of this holds; None asks for nothing. `columns` are names, any of which; `labels` all of which.

    `text` is looked for in key, title, description and comments: each of its words is the beginning of one of theirs.
    """

    board: str | None = None
    columns: tuple[str, ...] = ()
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    due_before: datetime | None = None
    due_after: datetime | None = None
    blocked: bool | None = None
    parent: str | None = None
    text: str | None = None
    updated_since: datetime | None = None
    archived: bool = False

    def narrowed(self, *, column: str | None, assignee: str | None) -> TaskFilter:
        columns = self.columns if column is None else (column,)
        return replace(self, columns=columns, assignee=self.assignee if assignee is None else assignee)


async def make_ready(database: Database, tenant_id: UUID, wanted: TaskFilter, sort: Sort) -> None:
    """The default board is made on its first use, which a transaction that only reads cannot: before it, where a list may be the first."""
    if wanted.board is not None or wanted.columns or sort == "position":
        await default_board(database.pool, tenant_id)


async def list_ids(connection: Connection, tenant_id: UUID, wanted: TaskFilter, sort: Sort, cursor: str | None, limit: int) -> Page[UUID]:
    """The ids of a page. Raises NotFound for an unknown name in the filter, InvalidInput for a cursor of another list or order."""
    if sort == "position" and wanted.board is None:
        wanted = replace(wanted, board="FF")
    values = await _values(connection, tenant_id, wanted)
    rows: Sequence[Any] = []
    if values is not None:
        query, after = _ORDERS[sort](read_place(cursor, sort))
        rows = await query.fetch(connection, tenant_id=tenant_id, **values, **after, limit=limit + 1)
    shown = rows[:limit]
    return Page(tuple(row["task_id"] for row in shown), write_place(sort, shown[-1]) if len(rows) > limit else None)


def write_place(sort: Sort, row: Any) -> str:
    """The cursor for what comes behind this row."""
    rank = row["rank"]
    if isinstance(rank, datetime):
        rank = _NEVER if rank.replace(tzinfo=None) == _LAST else rank.isoformat()
    place = [sort, row["task_id"].hex, rank, *([row["place"]] if sort == "position" else [])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_place(cursor: str | None, sort: Sort) -> list[Any] | None:
    """What a cursor says: the last card's id and rank. Raises InvalidInput for one that was not handed out for this order."""
    if cursor is None:
        return None
    found: list[Any] = []
    with suppress(ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        kind, card, rank, *rest = place
        if kind == sort and len(rest) == (sort == "position") and all(abs(number) < 1 << 15 for number in rest):
            found = [UUID(card), _READ_RANK[sort](rank), *map(int, rest)]
    if not found:
        raise InvalidInput("this cursor is not one that was handed out for this list", pointer="/cursor")
    return found


async def _values(connection: Connection, tenant_id: UUID, wanted: TaskFilter) -> dict[str, Any] | None:
    """The filter as the queries take it; None where nothing can match."""
    values: dict[str, Any] = {"board_id": None, "column_ids": None, "agent_id": None, "person_id": None, "nobody": False, "parent_id": None}
    if wanted.board is not None:
        board = await find_board(connection, tenant_id, wanted.board)
        values["board_id"] = board.board_id
        if wanted.columns:
            values["column_ids"] = [board.column(name).column_id for name in wanted.columns]
    elif wanted.columns:
        values["column_ids"] = await _columns_named(connection, tenant_id, wanted.columns)
    if wanted.assignee == NOBODY:
        values["nobody"] = True
    elif wanted.assignee is not None:
        found = await find_anybody(connection, tenant_id, wanted.assignee)
        values["agent_id" if found.kind == "agent" else "person_id"] = found.id
    if wanted.parent is not None:
        try:
            values["parent_id"] = await find_card(connection, tenant_id, wanted.parent)
        except NotFound as unknown:
            raise NotFound("parent", unknown.name, unknown.nearest) from None
    ranges = [] if wanted.text is None else ranges_of(wanted.text)
    if wanted.text is not None and not ranges:
        return None  # it holds no word
    return {
        **values,
        "archived": wanted.archived,
        "labels": list(wanted.labels) or None,
        "priorities": [read_priority(name) for name in wanted.priorities] or None,
        "due_before": wanted.due_before,
        "due_after": wanted.due_after,
        "updated_since": wanted.updated_since,
        "blocked": wanted.blocked,
        "count": len(ranges),
        "froms": [low for low, _ in ranges],
        "tos": [high for _, high in ranges],
    }


async def _columns_named(connection: Connection, tenant_id: UUID, names: Sequence[str]) -> list[UUID]:
    await find_board(connection, tenant_id, None)  # which is made on first use
    known = await sql.columns_named.fetch(connection, tenant_id=tenant_id)
    found: list[UUID] = []
    for name in names:
        here = [row["column_id"] for row in known if row["name"].casefold() == name.strip().casefold()]
        if not here:
            raise NotFound("column", name[:100], list(dict.fromkeys(row["name"] for row in known)))
        found += here
    return found


def _after_number(place: list[Any] | None) -> dict[str, Any]:
    return {"after_id": place[0] if place else None, "after_number": place[1] if place else None}


def _after_moment(place: list[Any] | None) -> dict[str, Any]:
    return {"after_id": place[0] if place else None, "after_moment": place[1] if place else None}


def _after_rank(place: list[Any] | None) -> dict[str, Any]:
    after = place or [None, None, None]
    return {"after_id": after[0], "after_rank": after[1], "after_place": after[2]}


def _read_moment(text: str) -> datetime:
    if text == _NEVER:
        return _LAST
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _read_number(number: Any) -> int:
    if not isinstance(number, int) or abs(number) >= 1 << 31:
        raise ValueError(number)
    return number


def _read_rank(rank: Any) -> str:
    if not isinstance(rank, str) or not rank.isascii() or not rank.isalnum():
        raise ValueError(rank)
    return rank


_READ_RANK: dict[Sort, Any] = {
    "number": _read_number,
    "position": _read_rank,
    "updated": _read_moment,
    "due": _read_moment,
    "priority": _read_number,
}
_ORDERS: dict[Sort, Any] = {
    "number": lambda place: (_query("list_by_number"), _after_number(place)),
    "position": lambda place: (_query("list_by_position"), _after_rank(place)),
    "updated": lambda place: (_query("list_by_update"), _after_moment(place)),
    "due": lambda place: (_query("list_by_due"), _after_moment(place)),
    "priority": lambda place: (_query("list_by_priority"), _after_number(place)),
}


def _query(name: str) -> Query:
    found: Query = getattr(sql, name)
    return found
