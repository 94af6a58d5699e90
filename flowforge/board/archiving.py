"""Putting a card away: it is in no list unless asked for, its key stays its own, and it can be taken out again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import Change, hold_streams_of, record
from flowforge.board.board import board_of
from flowforge.board.card import check_revision, save_card
from flowforge.board.column import cards_of, record_started
from flowforge.board.place import check_room, lock_columns
from flowforge.board.queries import sql
from flowforge.board.start import start_where_is_room
from flowforge.board.task import Task, get_task
from flowforge.board.work import cancel_work, hold_card, is_interrupted
from flowforge.db.database import Database
from flowforge.db.queries import Connection

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell


async def archive_task(
    database: Database,
    principal: Principal,
    reference: str,
    *,
    archived: bool = True,
    revision: int | None = None,
    bell: Bell | None = None,
) -> Task:
    """Archive a card, or take it out again; doing it twice changes nothing. Archiving stops an agent that is at work on it.

    What depends on the card still waits for it unless it is done. Raises NotFound; Conflict when its column has no room to take it back,
    or the card is no longer at that `revision`.

        await archive_task(database, principal, "FF-9")
    """

    async def act(connection: Connection, after: Aftermath) -> str:
        card, runs = await hold_card(connection, principal.tenant_id, reference)
        check_revision(card, revision)
        if (card.archived_at is not None) == archived:
            return card.key
        board = await board_of(connection, principal.tenant_id, card.board_id)
        stands = board.column_of(card.column_id)
        detail: dict[str, Any] = {}
        limit = await lock_columns(connection, principal.tenant_id, board, card, stands)
        if archived:
            if is_interrupted(principal, card):
                await cancel_work(connection, principal, runs)
                after.cancelled += runs
                detail["cancelled"] = [ids.show("run", run_id) for run_id in runs]
            moment = await sql.moment.fetchval(connection)
            new = replace(card, archived_at=moment, assignment_id=None, waits=False, parked=False)
        else:
            await check_room(connection, principal.tenant_id, board, stands, limit)
            new = replace(card, archived_at=None)
        await save_card(connection, principal.tenant_id, new)
        gone = {"archived": archived, "waits": new.waits, "parked": new.parked}
        change = Change("updated", gone, frame={"fields": ["archived"], "revision": card.revision + 1, "archived": archived})
        started = [await start_where_is_room(connection, principal, board)] if archived and stands.category == "doing" else []
        act_name = "task.archive" if archived else "task.unarchive"
        await hold_streams_of(connection, principal.tenant_id, new, *cards_of(started))
        after.events += await record(connection, principal, new, act_name, change, detail=detail)
        await record_started(connection, principal, started, after, because=card.key)
        after.cards += [card, new]
        return card.key

    key = await carry_out(database, principal.tenant_id, act, bell)
    return await get_task(database, principal.tenant_id, key)
