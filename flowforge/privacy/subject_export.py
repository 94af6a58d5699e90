"""Handing out what is held about one person: the same look as for erasing, and every record that it finds, one JSON line each.

Each page is a statement of its own, so an export holds no transaction open, and costs the memory of a page and of the ids it has found.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import InvalidInput
from flowforge.privacy.holding import HOLDINGS, holding_of
from flowforge.privacy.look import look_on
from flowforge.privacy.match import MOST, Match
from flowforge.privacy.table import Table, tables

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

MOST_RUNS = 100_000  # in one export: their ids are held in memory

sql = load_queries("flowforge.privacy")


async def begin_export(database: Database, principal: Principal, matches: Sequence[Match]) -> str:
    """Write down that somebody takes a copy, before anything is handed out. Returns the export's id. Raises InvalidInput."""
    if not 0 < len(matches) <= MOST:
        raise InvalidInput(f"say whose data, by 1 to {MOST} matches", pointer="/match")
    export_id = ids.new_id().hex
    async with database.pool.acquire() as connection, connection.transaction():
        await append(connection, principal, "subject.export", "export", export_id, {"match": [match.kind for match in matches]})
    return export_id


async def export_subject(database: Database, tenant_id: UUID, matches: Sequence[Match]) -> AsyncIterator[str]:
    """JSON lines: `{"kind", "id", "table", "record"}` for each record, then `{"end": true, "records": n}`, by which a whole file is known.

    Runs and events come with all that is theirs, whatever else it holds; hashes, salts and what is sealed stay here. Where there are too
    many for one export, the last line says `"end": false` and why.

    >>> async for line in export_subject(database, tenant_id, [Match("mira@example.org")]): print(line)   # doctest: +SKIP
    """
    known = await tables(database.pool)
    events, runs, count = set[UUID](), set[UUID](), 0
    place: list[str] | None = []
    while place is not None:
        found, place = await look_on(database.pool, tenant_id, known, matches, place)
        for one in found:
            if one.holding in ("run", "event"):
                (runs if one.holding == "run" else events).add(UUID(one.subject))
                continue
            if (record := await known[one.holding].record(database.pool, tenant_id, json.loads(one.subject))) is not None:
                count += 1
                yield _line(one.holding, None, one.holding, record)
        if len(runs) > MOST_RUNS or len(events) > MOST_RUNS:
            yield (
                json.dumps({"end": False, "records": count, "detail": f"more than {MOST_RUNS} of them: match what only one person has"})
                + "\n"
            )
            return
    for event_id in sorted(events):
        async for line in _whole(database.pool, tenant_id, known, "event", event_id):
            count += 1
            yield line
    came_of_it = await sql.what_came_of.fetch(
        database.pool, tenant_id=tenant_id, run_ids=list(runs), event_ids=list(events), limit=MOST_RUNS
    )
    for row in came_of_it:
        async for line in _whole(database.pool, tenant_id, known, "run", row["run_id"]):
            count += 1
            yield line
    yield json.dumps({"end": True, "records": count}) + "\n"


async def _whole(connection: Connection, tenant_id: UUID, known: Mapping[str, Table], kind: str, subject: UUID) -> AsyncIterator[str]:
    """A run or an event, with its rows in every table that holds some."""
    shown = ids.show("run" if kind == "run" else "evt", subject)
    for name, table in known.items():
        holding = HOLDINGS.get(name)
        column = "stream_id" if kind == "run" and name == "frame" else holding.owner if holding and holding.way == kind else None
        if column is not None:
            for record in await table.records(connection, tenant_id, column, [str(subject)]):
                yield _line(kind, shown, name, record)


def _line(kind: str, shown: str | None, table: str, record: str) -> str:
    left_out = {"tenant_id", *holding_of(table).opaque}
    values = {name: _readable(value) for name, value in json.loads(record).items() if name not in left_out and value is not None}
    return json.dumps({"kind": kind, "id": shown, "table": table, "record": values}, ensure_ascii=False) + "\n"


def _readable(value: Any) -> Any:
    """JSON that stands in a text or in bytes as what it says; anything else as it is."""
    if isinstance(value, str):
        if value.startswith("\\x"):
            with suppress(ValueError):
                value = bytes.fromhex(value[2:]).decode()
        if value[:1] in ("{", "["):
            with suppress(ValueError, RecursionError):
                return json.loads(value)
    return value
