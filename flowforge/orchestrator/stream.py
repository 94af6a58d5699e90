"""Live streams: what a run, an agent or a task does, as numbered frames that a reader can resume after any of them.

A run's stream is put together from what is stored anyway: its row (queued, started, ended), its settled steps, and the frames
that its worker wrote. Numbers of a run are given by the worker that holds its lease, in commit order; those of agents and
tasks by a counter row. So a smaller number never becomes visible after a larger one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

StreamKind = Literal["run", "agent", "task"]
POLL_SECONDS = 2.0
PAGE = 500
_ENDS = {1: "run.completed", 2: "run.failed", 3: "run.cancelled", 4: "run.skipped"}
FINAL_FRAMES = frozenset(_ENDS.values())

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Frame:
    """One frame: its number in this stream, its name and its JSON object."""

    seq: int
    name: str
    data: dict[str, Any]


async def open_stream(connection: Connection, tenant_id: UUID, stream_id: UUID) -> None:
    """Make the counter of a new agent's or task's stream, in the transaction that makes the agent or the task."""
    await sql.open_stream.execute(connection, tenant_id=tenant_id, stream_id=stream_id)


async def append_frame(
    connection: Connection,
    tenant_id: UUID,
    *,
    name: str,
    data: dict[str, Any],
    agent_id: UUID | None = None,
    task_id: UUID | None = None,
) -> int | None:
    """Put a frame on a task's and an agent's stream, last in the caller's transaction; ring the bell after the commit."""
    text = json.dumps(data, ensure_ascii=False, default=str)
    seq = await sql.append_frame.fetchval(connection, tenant_id=tenant_id, agent_id=agent_id, task_id=task_id, name=name, data=text)
    return None if seq is None else int(seq)


async def stream_seq(connection: Connection, tenant_id: UUID, stream_id: UUID) -> int:
    """The number of the newest frame of an agent's or a task's stream."""
    return await sql.stream_seq.fetchval(connection, tenant_id=tenant_id, stream_id=stream_id) or 0


async def read_stream(
    database: Database, bell: Bell, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int = 0
) -> AsyncIterator[Frame]:
    """Frames after number `after`, as they come, each once and in order. A run's stream ends after its final frame."""
    topic = stream_id.hex
    rung = bell.subscribe(topic)
    try:
        while True:
            rung.clear()
            frames = await read_page(database.pool, tenant_id, kind, stream_id, after)
            for frame in frames:
                after = frame.seq
                yield frame
                if kind == "run" and frame.name in FINAL_FRAMES:
                    return
            if not frames:
                if kind == "run" and await _is_over(database.pool, tenant_id, stream_id, after):
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await rung.wait()
    finally:
        bell.unsubscribe(rung, topic)


async def _is_over(connection: Connection, tenant_id: UUID, run_id: UUID, after: int) -> bool:
    """Has the reader seen the final frame already, or is there no such run?"""
    row = (await sql.run_frames.fetch(connection, tenant_id=tenant_id, run_id=run_id, after=after, limit=1))[-1:]
    return not row or (row[0]["name"] == "run" and row[0]["state"] != 0 and row[0]["seq"] is not None and row[0]["seq"] <= after)


async def read_page(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int) -> list[Frame]:
    """One page of what is there now."""
    if kind == "run":
        rows = await sql.run_frames.fetch(connection, tenant_id=tenant_id, run_id=stream_id, after=after, limit=PAGE)
        return _run_frames(rows, stream_id, after)
    query = sql.agent_frames if kind == "agent" else sql.task_frames
    found = await query.fetch(connection, tenant_id=tenant_id, stream_id=stream_id, after=after, limit=PAGE)
    return [Frame(row["seq"], row["name"], json.loads(row["data"])) for row in found]


def _run_frames(rows: Any, run_id: UUID, after: int) -> list[Frame]:
    run = ids.show("run", run_id)
    facts = next((row for row in rows if row["key"] is None and row["name"] == "run"), None)
    if facts is None:
        return []
    horizon = _horizon(rows, facts)
    frames: dict[int, Frame] = {}
    for row in rows:
        if row is facts:
            continue
        if row["key"] is None:
            frames[row["seq"]] = Frame(row["seq"], row["name"], {"run": run, **json.loads(row["data"])})
        else:
            _add_step(frames, row, run)
    frames.setdefault(1, Frame(1, "run.queued", {"run": run, "function": facts["kind"]}))
    if facts["started_at"] is not None:
        frames.setdefault(2, Frame(2, "run.started", {"run": run, "function": facts["kind"]}))
    if facts["state"] and facts["seq"] is not None:
        frames.setdefault(facts["seq"], _final(facts, run))
    return [frames[seq] for seq in sorted(frames) if after < seq <= horizon]


def _horizon(rows: Any, facts: Any) -> float:
    """How far this page is complete: where one of its two sources was cut off, nothing behind its end may be shown yet."""
    steps = [row["seq"] for row in rows if row is not facts and row["key"] is not None]
    frames = [row["seq"] for row in rows if row is not facts and row["key"] is None]
    return min((max(source) for source in (steps, frames) if len(source) >= PAGE), default=float("inf"))


def _add_step(frames: dict[int, Frame], row: Any, run: str) -> None:
    ms = round((row["ended_at"] - row["started_at"]).total_seconds() * 1000, 3)
    about = {"run": run, "step": row["key"], "name": row["name"], "kind": row["kind"], "attempt": row["attempt"], "parent": row["parent"]}
    if not row["announced"]:
        frames[row["seq"] - 1] = Frame(row["seq"] - 1, "step.started", about)
    cost = None if row["cost"] is None else str(row["cost"])
    ended: dict[str, Any] = {**about, "memoized": row["reused"], "ms": ms, "cost": cost}
    if row["state"] == 3:
        ended["error"] = json.loads(row["error"]) if row["error"] else None
    frames[row["seq"]] = Frame(row["seq"], "step.completed" if row["state"] == 2 else "step.failed", ended)


def _final(facts: Any, run: str) -> Frame:
    data = {"run": run, "function": facts["kind"], "attempt": facts["attempt"]}
    if facts["data"] is not None:
        data["error"] = json.loads(facts["data"])
    return Frame(facts["seq"], _ENDS[facts["state"]], data)
