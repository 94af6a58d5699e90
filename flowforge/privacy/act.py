"""Erasing what is marked: each kind in its own way, in the transaction of the batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from flowforge.audit.entry import TEXTS
from flowforge.audit.log import erase_details
from flowforge.board.words import forget_words
from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.deletion import delete_batch, delete_events
from flowforge.orchestrator.retention import drop_limit
from flowforge.privacy.holding import holding_of
from flowforge.privacy.match import Match, erased
from flowforge.privacy.table import Table

STILL_OPEN = "the run goes on"
PARENT_OPEN = "the run that invoked it goes on"
IN_USE = "in use"
ELSEWHERE = "in a column that names things"

WITH_WORDS = frozenset({"task", "comment"})

Mark = tuple[str, str]  # a holding and a subject

sql = load_queries("flowforge.privacy")


async def erase(
    connection: Connection, tenant_id: UUID, known: Mapping[str, Table], marks: Sequence[Mark], matches: Sequence[Match], *, force: bool
) -> dict[Mark, str]:
    """Erase what these marks stand for. Returns those that are left, and why."""
    by_holding: dict[str, list[str]] = defaultdict(list)
    for holding, subject in marks:
        by_holding[holding].append(subject)
    left: dict[Mark, str] = {}
    runs = [UUID(one) for one in by_holding.pop("run", [])]
    if not force:  # an open run may still be told what its child said
        children = await sql.children_of_open_runs.fetch(connection, tenant_id=tenant_id, run_ids=runs)
        left |= {("run", str(row["run_id"])): PARENT_OPEN for row in children}
    mine = [run_id for run_id in runs if ("run", str(run_id)) not in left]
    for run_id in await delete_batch(connection, tenant_id, mine, force=force):
        left["run", str(run_id)] = STILL_OPEN
    for event_id in await delete_events(connection, tenant_id, [UUID(one) for one in by_holding.pop("event", [])]):
        left["event", str(event_id)] = IN_USE
    for holding, subjects in by_holding.items():
        for subject in subjects:
            if why := await _erase_row(connection, tenant_id, known[holding], json.loads(subject), matches):
                left[holding, subject] = why
    return left


async def _erase_row(connection: Connection, tenant_id: UUID, table: Table, key: Sequence[str], matches: Sequence[Match]) -> str | None:
    """Why it is left, or None."""
    row = await table.row(connection, tenant_id, key)
    if row is None:
        return None
    holding = holding_of(table.name)
    if holding.way == "drop":
        await table.drop(connection, tenant_id, key)
    elif holding.way == "limit":
        return None if await drop_limit(connection, tenant_id, UUID(key[0])) else IN_USE
    else:
        held = {name: text for name, text in row.values.items() if isinstance(text, str) and any(match.is_in(text) for match in matches)}
        mine = {name: text for name, text in held.items() if name in holding.columns}
        if mine and holding.way == "audit":
            await erase_details(connection, tenant_id, [UUID(key[0])], texts=[name for name in TEXTS if name in mine])
        elif mine:
            await table.change(connection, tenant_id, key, {name: erased(text, matches) for name, text in mine.items()})
            if table.name in WITH_WORDS:  # a card is not to be found by what it no longer says
                await forget_words(connection, tenant_id, UUID(key[0]), [match.value for match in matches])
        return None if len(mine) == len(held) else ELSEWHERE
    return None
