"""Looking through everything that a tenant holds: a few pages of one table after another, from wherever the last look got to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.privacy.holding import OF_THE_ACT, holding_of
from flowforge.privacy.match import Match
from flowforge.privacy.table import ROWS, Row, Table

sql = load_queries("flowforge.privacy")


@dataclass(frozen=True)
class Finding:
    """One thing that holds what is looked for: a run or an event by its id, else a row of `table` by its key as JSON."""

    holding: str
    subject: str
    because: str | None = None  # why erasing leaves it


async def look_on(
    connection: Connection, tenant_id: UUID, known: Mapping[str, Table], matches: Sequence[Match], place: Sequence[str]
) -> tuple[list[Finding], list[str] | None]:
    """Look at some more rows; what was found, and the place to go on from, or None at the end."""
    found: list[Finding] = []
    looked = 0
    for table in _from(known, place):
        after = tuple(place[1:]) if place and place[0] == table.name else ()
        rows, count, after_next = await _page(connection, tenant_id, table, matches, after)
        large = await _large(connection, tenant_id, table, rows, matches)
        held = [row for row in rows if _holds(table, row, matches, large)]
        found += await _findings(connection, tenant_id, table, held)
        looked += count
        if after_next is not None:
            return found, [table.name, *after_next]
        if looked >= ROWS:
            return found, [f"{table.name} "]  # behind this table, before any other
    return found, None


def _from(known: Mapping[str, Table], place: Sequence[str]) -> Iterator[Table]:
    for name, table in known.items():
        if name not in OF_THE_ACT and (not place or name >= place[0]):
            yield table


async def _page(
    connection: Connection, tenant_id: UUID, table: Table, matches: Sequence[Match], after: Sequence[str]
) -> tuple[list[Row], int, tuple[str, ...] | None]:
    if not table.texts and not table.blobs:
        return [], 0, None
    by_path = table.name in ("event", "run") and any(match.path for match in matches)
    anchors = [max(match.anchors, key=len, default="") for match in matches if match.path is None]
    patterns = None if by_path or "" in anchors else [f"%{anchor}%" for anchor in anchors]
    return await table.page(connection, tenant_id, after, anchors=patterns, owner=holding_of(table.name).owner)


async def _large(connection: Connection, tenant_id: UUID, table: Table, rows: Sequence[Row], matches: Sequence[Match]) -> dict[str, Any]:
    """Inputs and outputs of these runs that lie out of row, for who looks into them by a path."""
    if table.name != "run" or not rows or not any(match.path for match in matches):
        return {}
    found = await sql.large_documents.fetch(connection, tenant_id=tenant_id, run_ids=[UUID(row.owner) for row in rows])
    return {str(one["run_id"]): one for one in found}


def _holds(table: Table, row: Row, matches: Sequence[Match], large: Mapping[str, Any]) -> bool:
    if any(match.is_in(text) for match in matches for text in row.texts):
        return True
    if table.name == "event":
        return _lies_in(matches, "data", row.values["data"])
    if table.name == "run":
        out = large.get(row.owner, {"input": None, "output": None})
        return _lies_in(matches, "data", out["input"] or row.values["input"]) or _lies_in(
            matches, "output", out["output"] or row.values["output"]
        )
    return False


def _lies_in(matches: Sequence[Match], root: str, text: str | bytes | None) -> bool:
    wanted = [match for match in matches if match.path is not None]
    if not text or not wanted:
        return False
    document: Any = json.loads(text)
    parts = [document]
    if isinstance(document, list):  # of a batch: what each of its events holds
        parts += [item["data"] for item in document if isinstance(item, Mapping) and "data" in item]
    return any(match.holds_for(root, part) for match in wanted for part in parts)


async def _findings(connection: Connection, tenant_id: UUID, table: Table, rows: Sequence[Row]) -> list[Finding]:
    holding = holding_of(table.name)
    if holding.way in ("run", "event"):
        return [Finding(holding.way, row.owner) for row in rows]
    because = holding.why if holding.way == "keep" else None
    findings = [Finding(table.name, json.dumps(row.key), because) for row in rows]
    if table.name != "frame" or not rows:
        return findings
    streams = {UUID(row.key[0]) for row in rows}
    runs = {str(one["run_id"]) for one in await sql.which_are_runs.fetch(connection, tenant_id=tenant_id, ids=list(streams))}
    return [Finding("run", row.key[0]) if row.key[0] in runs else finding for row, finding in zip(rows, findings, strict=True)]
