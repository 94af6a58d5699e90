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
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.stream_page import Frame, StreamKind, page_after, pages_of

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

POLL_SECONDS = 2.0

__all__ = ["Frame", "StreamKind", "append_frame", "open_stream", "read_page", "read_stream", "stream_seq"]

sql = load_queries("flowforge.orchestrator")


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
    pages, catching_up = pages_of(database), True
    try:
        while True:
            rung.clear()
            if catching_up:
                page = await page_after(database.pool, tenant_id, kind, stream_id, after)
            else:
                page = await pages.next(tenant_id, kind, stream_id, after)
            for frame in page.frames:
                after = frame.seq
                yield frame
            if page.over:
                return
            catching_up = page.full
            if not page.full:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await rung.wait()
    finally:
        bell.unsubscribe(rung, topic)


async def read_page(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int) -> list[Frame]:
    """One page of what is there now."""
    return (await page_after(connection, tenant_id, kind, stream_id, after)).frames
