"""The columns of a board: added, renamed, put in order, limited, given a meaning, taken away.

Whoever changes them holds the board's row, so two changes at once come one after the other.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.board import CATEGORIES, Board, Column, OnLeave, board_of, find_board
from flowforge.board.column import move, record_started
from flowforge.board.place import neighbour
from flowforge.board.queries import sql
from flowforge.board.start import start_behind_column, start_where_is_room
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.ids import derived_id, new_id

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

COLUMNS_MAX = 50
LIMIT_MAX = 100_000
MOVED_MAX = 500  # cards that go elsewhere because their column is deleted

_FIELDS = ("name", "category", "wip_limit", "on_leave", "starts")


async def add_column(
    database: Database,
    principal: Principal,
    board: str,
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    before: str | None = None,
    after: str | None = None,
    column_id: UUID | None = None,
) -> Board:
    """Add a column, at the right end unless told otherwise; the board with it. With a `column_id` a repeat adds none.

    `settings` may say `category`, `wip_limit`, `on_leave` and `starts`; a column of category `doing` starts agents unless told not to.
    Raises NotFound, InvalidInput, and Conflict where the name is taken.

        await add_column(database, principal, "FF", "Testing", {"category": "review", "wip_limit": 5}, before="Done")
    """
    made = _with(Column(column_id or new_id(), _name(name), "todo"), {"starts": None, **(settings or {})})

    async def act(connection: Connection, aftermath: Aftermath) -> Board:
        held = await _hold(connection, principal, board)
        if any(column.column_id == made.column_id for column in held.columns):
            return held
        _check_name(held, made)
        if len(held.columns) >= COLUMNS_MAX:
            raise Conflict(f"a board has at most {COLUMNS_MAX} columns")
        order = _placed(held, list(held.columns), made, before, after)
        await sql.add_column.execute(connection, tenant_id=principal.tenant_id, board_id=held.board_id, **_row(made))
        await _put_in_order(connection, principal, held, order)
        await audit.append(connection, principal, "board.add_column", "board", held.prefix, {"column": made.name})
        return await board_of(connection, principal.tenant_id, held.board_id)

    return await carry_out(database, principal.tenant_id, act, None)


async def change_column(
    database: Database,
    principal: Principal,
    board: str,
    column: str,
    settings: Mapping[str, Any],
    *,
    before: str | None = None,
    after: str | None = None,
    bell: Bell | None = None,
) -> Board:
    """Rename a column, give it another meaning, limit or policy, or put it elsewhere. `wip_limit: None` takes the limit away.

    A limit below what stands there already moves nothing; it keeps others out. Where a column becomes `done`, or has more room, agents
    that waited for it start. Raises NotFound, InvalidInput, and Conflict where the name is taken.
    """

    async def act(connection: Connection, aftermath: Aftermath) -> Board:
        held = await _hold(connection, principal, board)
        present = held.column(column)
        wanted = _with(present, settings)
        _check_name(held, wanted)
        order = list(held.columns)
        if before is not None or after is not None:
            order = _placed(held, [one for one in order if one.column_id != present.column_id], wanted, before, after)
        changed = {field: getattr(wanted, field) for field in _FIELDS if getattr(wanted, field) != getattr(present, field)}
        if changed:
            await sql.change_column.execute(connection, tenant_id=principal.tenant_id, board_id=held.board_id, **_row(wanted))
        moved = await _put_in_order(connection, principal, held, order)
        now = await board_of(connection, principal.tenant_id, held.board_id)
        if changed or moved:
            await audit.append(connection, principal, "board.change_column", "board", held.prefix, {"column": present.name, **changed})
        if {"category", "wip_limit"} & changed.keys():
            released = [await start_where_is_room(connection, principal, now)]
            if wanted.category == "done":
                released.append(await start_behind_column(connection, principal, now, wanted))
            await record_started(connection, principal, released, aftermath, because=wanted.name)
        return now

    return await carry_out(database, principal.tenant_id, act, bell)


async def delete_column(
    database: Database, principal: Principal, board: str, column: str, *, move_to: str | None = None, bell: Bell | None = None
) -> Board:
    """Take a column away: an empty one, or, with `move_to`, one whose cards go there first, each as if it were moved by hand.

    Raises NotFound, InvalidInput for `move_to` the column itself, Conflict for the last column, for one that holds cards (archived ones
    too) without `move_to`, and where they do not fit there; then those that were moved already stay moved.
    """
    while True:
        left = await _delete_if_empty(database, principal, board, column, move_to)
        if isinstance(left, Board):
            return left
        for reference in left:
            await move(database, principal, reference, str(move_to), bell=bell)


def read_columns(settings: Sequence[Mapping[str, Any]], board_id: UUID) -> tuple[Column, ...]:
    """The columns of a board to be made. Raises InvalidInput, which points to the setting that does not fit."""
    columns: list[Column] = []
    for place, given in enumerate(settings):
        try:
            column = _with(Column(derived_id(board_id, f"column {place}"), _name(given["name"]), "todo"), {"starts": None, **given})
        except InvalidInput as wrong:
            raise InvalidInput(wrong.message, pointer=f"/columns/{place}{wrong.pointer}") from None
        if column.name.casefold() in {other.name.casefold() for other in columns}:
            raise InvalidInput(f"two columns are called {column.name}", pointer=f"/columns/{place}/name")
        columns.append(column)
    return tuple(columns)


async def _delete_if_empty(database: Database, principal: Principal, board: str, column: str, move_to: str | None) -> Board | Sequence[str]:
    """The board without the column; or the keys of the cards that have to be moved first."""

    async def act(connection: Connection, aftermath: Aftermath) -> Board | Sequence[str]:
        held = await _hold(connection, principal, board)
        gone = held.column(column)
        if len(held.columns) == 1:
            raise Conflict(f"{gone.name} is the only column of {held.prefix}")
        to = None if move_to is None else _target(held, gone, move_to)
        of = {"tenant_id": principal.tenant_id, "board_id": held.board_id}
        await sql.lock_columns.fetch(connection, **of, column_ids=[gone.column_id])
        rows = await sql.keys_in_column.fetch(connection, **of, column_id=gone.column_id)
        if rows and to is None:
            raise Conflict(
                f"{gone.name} holds {len(rows)} cards, archived ones included",
                winner={"count": len(rows)},
                hint="move them first, or say with move_to where they go",
            )
        if rows:
            if len(rows) > MOVED_MAX:
                raise Conflict(
                    f"{gone.name} holds {len(rows)} cards; at most {MOVED_MAX} are moved with it", hint="move them in bulk first"
                )
            return [row["key"] for row in rows]
        await sql.delete_column.execute(connection, **of, column_id=gone.column_id)
        await audit.append(connection, principal, "board.delete_column", "board", held.prefix, {"column": gone.name})
        return await board_of(connection, principal.tenant_id, held.board_id)

    return await carry_out(database, principal.tenant_id, act, None)


async def _hold(connection: Connection, principal: Principal, reference: str) -> Board:
    """The board, locked until commit, as it is once it is."""
    found = await find_board(connection, principal.tenant_id, reference)
    await sql.lock_board.fetchval(connection, tenant_id=principal.tenant_id, board_id=found.board_id)
    return await board_of(connection, principal.tenant_id, found.board_id)


def _target(board: Board, gone: Column, move_to: str) -> Column:
    try:
        to = board.column(move_to)
    except NotFound as unknown:
        raise NotFound("move_to", unknown.name, [column.name for column in board.columns]) from None
    if to.column_id == gone.column_id:
        raise InvalidInput("the cards of a column cannot go to that column", pointer="/move_to")
    return to


def _with(column: Column, settings: Mapping[str, Any]) -> Column:
    """The column with these settings. Raises InvalidInput, which points to the one that does not fit."""
    unknown = sorted(set(settings) - set(_FIELDS))
    if unknown:
        raise InvalidInput(f"a column has no setting {unknown[0][:40]!r}", pointer=f"/{unknown[0][:40]}")
    values = dict(settings)
    if "name" in values:
        values["name"] = _name(values["name"])
    _check_one_of(values, "category", CATEGORIES)
    _check_one_of(values, "on_leave", get_args(OnLeave))
    limit = values.get("wip_limit")
    if limit is not None and not 1 <= limit <= LIMIT_MAX:
        raise InvalidInput(f"a limit lies between 1 and {LIMIT_MAX}", pointer="/wip_limit", hint="null is no limit")
    if "starts" in values and values["starts"] is None:
        values["starts"] = values.get("category", column.category) == "doing"
    return replace(column, **values)


def _check_one_of(values: Mapping[str, Any], field: str, known: Sequence[str]) -> None:
    value = values.get(field, known[0])
    if value not in known:
        near = difflib.get_close_matches(str(value), known, n=1)
        wish = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
        raise InvalidInput(f"{field} cannot be {str(value)[:40]!r}{wish}", pointer=f"/{field}")


def _name(name: str | None) -> str:
    if name is None:
        raise InvalidInput("a column has a name", pointer="/name")
    return text.line(name, "/name", max_characters=text.NAME_CHARACTERS_MAX)


def _check_name(board: Board, wanted: Column) -> None:
    for column in board.columns:
        if column.column_id != wanted.column_id and column.name.casefold() == wanted.name.casefold():
            raise Conflict(f"board {board.prefix} has a column {column.name} already", hint="choose another name")


def _placed(board: Board, order: list[Column], column: Column, before: str | None, after: str | None) -> list[Column]:
    """The columns in the order that is asked for."""
    beside = neighbour(before, after)
    if beside is None:
        return [*order, column]
    try:
        anchor = board.column(beside.reference)
        place = order.index(anchor)
    except NotFound as unknown:
        raise InvalidInput(str(unknown), pointer=beside.pointer) from None
    except ValueError:
        raise InvalidInput("a column does not stand beside itself", pointer=beside.pointer) from None
    order.insert(place + beside.behind, column)
    return order


async def _put_in_order(connection: Connection, principal: Principal, board: Board, order: Sequence[Column]) -> bool:
    wanted = [column.column_id for column in order]
    if wanted == [column.column_id for column in board.columns]:
        return False
    await sql.order_columns.execute(connection, tenant_id=principal.tenant_id, board_id=board.board_id, column_ids=wanted)
    return True


def _row(column: Column) -> dict[str, Any]:
    return {"column_id": column.column_id, **{field: getattr(column, field) for field in _FIELDS}}
