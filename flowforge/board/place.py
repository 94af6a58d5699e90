"""Where a card comes to stand: is there room in the column, and between which other cards.

Whoever brings a card into a column holds the column's row until commit. So a limit is never passed by two at once, and two who move to the
same place get one behind the other. Cards are locked before columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flowforge.board import rank
from flowforge.board.board import Board, Column
from flowforge.board.card import Card, find_card
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput


@dataclass(frozen=True)
class Neighbour:
    """Beside which card another is to stand."""

    reference: str
    behind: bool

    @property
    def pointer(self) -> str:
        return "/after" if self.behind else "/before"


def neighbour(before: str | None, after: str | None) -> Neighbour | None:
    """What a caller said. Raises InvalidInput for both."""
    if before is not None and after is not None:
        raise InvalidInput("give before or after, not both", pointer="/after")
    if before is not None:
        return Neighbour(before, behind=False)
    return None if after is None else Neighbour(after, behind=True)


@dataclass(frozen=True)
class Place:
    """The rank with which a card stands; `anew` where the others of its column were given new ones to make room."""

    position: str
    anew: bool = False


async def lock_columns(connection: Connection, tenant_id: UUID, board: Board, card: Card, to: Column) -> int | None:
    """Lock the column that the card goes to, and the one it leaves where others wait for room in it; the limit of the first.

    Raises Conflict when the column has been deleted meanwhile.
    """
    wanted = {to.column_id}
    if card.column_id != to.column_id and board.column_of(card.column_id).wip_limit is not None:
        wanted.add(card.column_id)
    rows = await sql.lock_columns.fetch(connection, tenant_id=tenant_id, board_id=board.board_id, column_ids=sorted(wanted))
    limits = {row["column_id"]: row["wip_limit"] for row in rows}
    if to.column_id not in limits:
        raise Conflict(f"the column {to.name} has been deleted meanwhile")
    limit: int | None = limits[to.column_id]
    return limit


async def count_in(connection: Connection, tenant_id: UUID, board: Board, column: Column) -> int:
    """How many cards stand in a column, without the archived."""
    count: int = await sql.count_in_column.fetchval(connection, tenant_id=tenant_id, board_id=board.board_id, column_id=column.column_id)
    return count


async def check_room(connection: Connection, tenant_id: UUID, board: Board, to: Column, limit: int | None) -> None:
    """Raises Conflict, with the limit and the count, when one more card would be too many."""
    if limit is not None and (count := await count_in(connection, tenant_id, board, to)) >= limit:
        raise Conflict(
            f"{to.name} holds {count} of at most {limit} cards",
            winner={"column": to.name, "limit": limit, "count": count},
            hint="move a card out of it first, or raise its limit",
        )


async def rank_in(connection: Connection, tenant_id: UUID, card: Card, to: Column, beside: Neighbour | None) -> Place:
    """Where the card stands in that column: beside that card, or at the end. The caller holds the column locked.

    Raises NotFound for an unknown neighbour, InvalidInput for one that does not stand there.
    """
    there = {"tenant_id": tenant_id, "board_id": card.board_id, "column_id": to.column_id}
    if beside is None:
        return Place(rank.between(await sql.last_rank.fetchval(connection, **there, moving=card.task_id), None))
    anchor_id = await find_card(connection, tenant_id, beside.reference)
    if anchor_id == card.task_id:
        raise InvalidInput("a card does not stand beside itself", pointer=beside.pointer)
    found = await _between(connection, there, card, anchor_id, beside, to)
    if found is not None and len(found) <= rank.LENGTH_MAX:
        return Place(found)
    await _rank_anew(connection, there)
    found = await _between(connection, there, card, anchor_id, beside, to)
    assert found is not None
    return Place(found, anew=True)


async def _between(
    connection: Connection, there: dict[str, UUID], card: Card, anchor_id: UUID, beside: Neighbour, to: Column
) -> str | None:
    """A rank there; None when two cards have the same one and nothing lies between."""
    anchor = await sql.rank_of.fetchrow(connection, **there, task_id=anchor_id)
    if anchor is None:
        raise InvalidInput(f"{beside.reference[:40]} does not stand in {to.name}", pointer=beside.pointer)
    look = sql.rank_behind if beside.behind else sql.rank_before
    next_one = await look.fetchval(connection, **there, position=anchor["position"], task_id=anchor["task_id"], moving=card.task_id)
    if next_one == anchor["position"]:
        return None
    return rank.between(anchor["position"], next_one) if beside.behind else rank.between(next_one, anchor["position"])


async def _rank_anew(connection: Connection, there: dict[str, UUID]) -> None:
    rows = await sql.ranked.fetch(connection, **there)
    positions = rank.spread(len(rows))
    await sql.rank_anew.execute(connection, tenant_id=there["tenant_id"], task_ids=[row["task_id"] for row in rows], positions=positions)
