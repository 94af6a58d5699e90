"""The labels of a board: a name and the token of a colour. One that a card is given for the first time comes to be, in grey."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.board import find_board
from flowforge.board.fields import LABEL_CHARACTERS_MAX
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound

Colour = Literal["grey", "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"]
COLOURS: tuple[Colour, ...] = get_args(Colour)
BOARD_LABELS_MAX = 200


@dataclass(frozen=True)
class Label:
    """A label of a board. `colour` names a colour of the palette, which each theme has its own value for."""

    name: str
    colour: Colour


async def list_labels(connection: Connection, tenant_id: UUID, board_id: UUID) -> tuple[Label, ...]:
    """A board's labels, by name."""
    rows = await sql.list_labels.fetch(connection, tenant_id=tenant_id, board_id=board_id)
    return tuple(Label(row["name"], row["colour"]) for row in rows)


async def set_label(database: Database, principal: Principal, board: str, name: str, colour: str) -> Label:
    """Make a label, or give it another colour. Raises NotFound for the board, InvalidInput for a name or colour that cannot be one."""
    if ";" in (name := text.line(name, "/name", max_characters=LABEL_CHARACTERS_MAX)):
        raise InvalidInput("a label has no semicolon, which stands between labels in a table", pointer="/name")
    chosen = _colour(colour)
    async with database.pool.acquire() as connection, connection.transaction():
        found = await find_board(connection, principal.tenant_id, board)
        await _check_room(connection, principal.tenant_id, found.board_id, [name])
        of = {"tenant_id": principal.tenant_id, "board_id": found.board_id}
        if await sql.set_label.fetchval(connection, **of, name=name, colour=chosen) is not None:
            await audit.append(connection, principal, "board.set_label", "board", found.prefix, {"label": name, "colour": chosen})
    return Label(name, chosen)


async def delete_label(database: Database, principal: Principal, board: str, name: str) -> None:
    """Take a label away. Raises NotFound, and Conflict while a card has it."""
    async with database.pool.acquire() as connection, connection.transaction():
        found = await find_board(connection, principal.tenant_id, board)
        of = {"tenant_id": principal.tenant_id, "board_id": found.board_id}
        if not text.storable(name) or await sql.lock_label.fetchval(connection, **of, name=name) is None:
            known = await list_labels(connection, principal.tenant_id, found.board_id)
            raise NotFound("label", name[:100], [label.name for label in known])
        if count := await sql.count_labelled.fetchval(connection, **of, name=name):
            raise Conflict(
                f"{count} cards have the label {name}", winner={"count": count}, hint="take it off them first, as a bulk act does"
            )
        await sql.delete_label.execute(connection, **of, name=name)
        await audit.append(connection, principal, "board.delete_label", "board", found.prefix, {"label": name})


async def keep_labels(connection: Connection, tenant_id: UUID, board_id: UUID, names: Sequence[str]) -> None:
    """Make those that the board does not have yet; they stay while the caller's transaction is open. Raises InvalidInput for too many."""
    if not names:
        return
    await _check_room(connection, tenant_id, board_id, names)
    await sql.keep_labels.execute(connection, tenant_id=tenant_id, board_id=board_id, names=sorted(names))


async def _check_room(connection: Connection, tenant_id: UUID, board_id: UUID, names: Sequence[str]) -> None:
    known = {label.name for label in await list_labels(connection, tenant_id, board_id)}
    if len(known | set(names)) > BOARD_LABELS_MAX:
        raise InvalidInput(f"a board has at most {BOARD_LABELS_MAX} labels", pointer="/labels")


def _colour(name: str) -> Colour:
    for colour in COLOURS:
        if colour == name:
            return colour
    near = difflib.get_close_matches(name, COLOURS, n=1)
    wish = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(COLOURS)}"
    raise InvalidInput(f"no colour is called {name[:40]!r}{wish}", pointer="/colour")
