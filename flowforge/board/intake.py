"""Bringing rows in as cards: each for itself, with a word on each; what is there already, by its external id, is left as it is.

First the cards are made, then they are linked, since a row may name one that stands below it. An agent's card is parked where it is put:
what was true elsewhere does not start work here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import asyncpg

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.archiving import archive_task
from flowforge.board.board import Board, find_board
from flowforge.board.change import change_task
from flowforge.board.checklist import with_ids
from flowforge.board.checklist_item import write_items
from flowforge.board.creation import NewTask, blank_card, make_card
from flowforge.board.dependency import add_dependency
from flowforge.board.exchange import TaskRow
from flowforge.board.queries import sql
from flowforge.board.task import get_task
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

ROWS_MAX = 1_000
EXTERNAL_ID_CHARACTERS_MAX = 200

Outcome = Literal["created", "present", "refused"]
Refusal = InvalidInput | NotFound | Conflict


@dataclass(frozen=True)
class RowReport:
    """What became of one row, counted from 1; `key` is its card's. `errors`: why it was refused, or which links could not be made."""

    row: int
    outcome: Outcome
    external_id: str | None
    key: str | None = None
    errors: tuple[Refusal, ...] = ()


async def import_rows(
    database: Database, principal: Principal, board: str, rows: Sequence[TaskRow], *, dry_run: bool = False, bell: Bell | None = None
) -> list[RowReport]:
    """Make a card of each row that is not there yet. With `dry_run` nothing is made, and the report says what would be.

    Raises NotFound for the board, InvalidInput for more than 1,000 rows.

        reports = await import_rows(database, principal, "FF", [TaskRow("Refund ORD-9218", external_id="JIRA-7")])
    """
    if len(rows) > ROWS_MAX:
        raise InvalidInput(f"at most {ROWS_MAX} rows at once, not {len(rows)}", pointer="/tasks", hint="import them in parts")
    found = await find_board(database.pool, principal.tenant_id, board)
    if found.archived_at is not None:
        raise Conflict(f"board {found.prefix} is archived", hint="take it out of the archive first")
    reports = [await _make(database, principal, found, row, place, dry_run, bell) for place, row in enumerate(rows, 1)]
    known = {report.external_id: report.key for report in reports if report.external_id and report.key}
    return [
        report if report.outcome == "refused" else await _link(database, principal, found, row, report, known, rows, dry_run, bell)
        for row, report in zip(rows, reports, strict=True)
    ]


class _TakenBack(Exception):
    """A card that was made only to see whether it can be."""


async def _make(
    database: Database, principal: Principal, board: Board, row: TaskRow, place: int, dry_run: bool, bell: Bell | None
) -> RowReport:
    external_id = row.external_id
    try:
        if external_id is not None:
            external_id = text.line(external_id, "/external_id", max_characters=EXTERNAL_ID_CHARACTERS_MAX)
        if external_id is not None and (key := await _present(database.pool, principal.tenant_id, board, external_id)) is not None:
            return RowReport(place, "present", external_id, key)
        key = await _made(database, principal, board, row, external_id, dry_run, bell)
        return RowReport(place, "created", external_id, key)
    except asyncpg.UniqueViolationError:  # somebody else imports the same row right now
        key = None if external_id is None else await _present(database.pool, principal.tenant_id, board, external_id)
        return RowReport(place, "present", external_id, key)
    except (InvalidInput, NotFound, Conflict) as refused:
        return RowReport(place, "refused", row.external_id, errors=(refused,))


async def _made(
    database: Database, principal: Principal, board: Board, row: TaskRow, external_id: str | None, dry_run: bool, bell: Bell | None
) -> str | None:
    """The new card's key; None where it was only tried."""
    new = NewTask(
        row.title,
        row.description,
        column=row.column,
        assignee=row.assignee,
        board=board.prefix,
        priority=row.priority,
        labels=row.labels,
        due_at=row.due_at,
        owner=row.owner,
    )
    task_id = ids.new_id()
    blank = replace(blank_card(new, task_id), checklist=write_items(with_ids(task_id, row.checklist)))

    async def act(connection: Connection, after: Aftermath) -> str:
        made = (await make_card(connection, principal, new, blank, after, starts=False, external_id=external_id)).key
        if dry_run:
            raise _TakenBack
        return made

    try:
        key = await carry_out(database, principal.tenant_id, act, bell)
    except _TakenBack:
        return None
    if row.archived:
        await archive_task(database, principal, key, bell=bell)
    return key


async def _link(
    database: Database,
    principal: Principal,
    board: Board,
    row: TaskRow,
    report: RowReport,
    known: Mapping[str, str],
    rows: Sequence[TaskRow],
    dry_run: bool,
    bell: Bell | None,
) -> RowReport:
    """The report of the row, once its card has its parent and its dependencies."""
    errors: list[Refusal] = []
    coming = {other.external_id for other in rows} if dry_run else set()
    for field, reference in [("parent", row.parent), *(("depends_on", one) for one in row.depends_on)]:
        if reference is None or reference in coming:
            continue
        try:
            to = known.get(reference) or await _present(database.pool, principal.tenant_id, board, reference) or reference
            task = await get_task(database, principal.tenant_id, to)
            if dry_run or report.key is None:
                continue
            if field == "depends_on":
                await add_dependency(database, principal, report.key, task.key, bell=bell)
            elif (await get_task(database, principal.tenant_id, report.key)).parent is None:
                await change_task(database, principal, report.key, {"parent": task.key}, bell=bell)
        except (InvalidInput, NotFound, Conflict) as refused:
            errors.append(InvalidInput(str(refused), pointer=f"/{field}"))
    return replace(report, errors=tuple(errors))


async def _present(connection: Connection, tenant_id: UUID, board: Board, external_id: str) -> str | None:
    """The key of the card that has that external id."""
    if not text.storable(external_id):
        return None
    row = await sql.find_card_by_external_id.fetchrow(connection, tenant_id=tenant_id, board_id=board.board_id, external_id=external_id)
    return None if row is None else str(row["key"])
