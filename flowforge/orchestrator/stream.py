"""Live streams: what a run, an agent or a task does, as numbered frames that a reader can resume after any of them.

A run's stream is put together from what is stored anyway: its row (queued, started, ended), its settled steps, and the frames
that its worker wrote. Numbers of a run are given by the worker that holds its lease, in commit order; those of agents and
tasks by a counter row. So a smaller number never becomes visible after a larger one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.stream_page import Frame, StreamKind, page_after, pages_of
from flowforge.orchestrator.transcript import Transcript

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

POLL_SECONDS = 2.0
INBOXES = "inboxes"  # what the bell rings for: who makes news for people does not know whose streams are read
RECENT = 10_000  # frames in which the beginning of a message that is still being said is looked for

__all__ = [
    "Frame",
    "StreamKind",
    "append_frame",
    "hold_streams",
    "is_forgotten",
    "open_stream",
    "read_page",
    "read_stream",
    "said_so_far",
    "stream_seq",
    "texts_so_far",
]

sql = load_queries("flowforge.orchestrator")


async def open_stream(connection: Connection, tenant_id: UUID, stream_id: UUID) -> None:
    """Make the counter of a new agent's or task's stream, in the transaction that makes the agent or the task."""
    await sql.open_stream.execute(connection, tenant_id=tenant_id, stream_id=stream_id)


async def hold_streams(connection: Connection, tenant_id: UUID, stream_ids: Collection[UUID]) -> None:
    """Take the counters of all streams on which a transaction is about to put frames, where its frames go to different ones: taken one
    after the other they would come in an order that meets the one in which somebody else takes them."""
    await sql.hold_streams.execute(connection, tenant_id=tenant_id, stream_ids=list(stream_ids))


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
    topics = topics_of(kind, stream_id)
    rung = bell.subscribe(*topics)
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
        bell.unsubscribe(rung, *topics)


def topics_of(kind: StreamKind, stream_id: UUID) -> tuple[str, ...]:
    """What the bell rings for when a stream has new frames."""
    return (stream_id.hex, INBOXES) if kind == "person" else (stream_id.hex,)


async def read_page(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int) -> list[Frame]:
    """One page of what is there now."""
    return (await page_after(connection, tenant_id, kind, stream_id, after)).frames


async def said_so_far(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, upto: int) -> list[Frame]:
    """The newest frames up to that number, as far as they say how far messages have come."""
    rows = await _recent(connection, tenant_id, kind, stream_id, upto)
    return [Frame(row["seq"], row["name"], {"run": ids.show("run", row["run_id"]), **json.loads(row["data"])}) for row in rows]


async def texts_so_far(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, upto: int) -> list[dict[str, Any]]:
    """What steps were in the middle of saying at that number, for a reader who joins there: one object for each message."""
    rows = await _recent(connection, tenant_id, kind, stream_id, upto)
    transcript = Transcript()
    for row in rows:
        transcript.take(row["name"], {"run": ids.show("run", row["run_id"]), **json.loads(row["data"])})
    runs = {ids.show("run", row["run_id"]): row["run_id"] for row in rows}
    begun = transcript.unfinished
    settled = await sql.settled_among.fetch(
        connection, tenant_id=tenant_id, run_ids=[runs[run] for run, _ in begun], keys=[key for _, key in begun]
    )
    over = {(ids.show("run", row["run_id"]), row["key"]) for row in settled}
    return [
        {"run": run, "step": key, "attempt": said.attempt, "text": said.text, "reasoning": said.reasoning, "tool_calls": said.tool_calls}
        for (run, key), said in begun.items()
        if (run, key) not in over
    ]


async def _recent(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, upto: int) -> Sequence[Any]:
    return await sql.recent_frames.fetch(connection, tenant_id=tenant_id, kind=kind, stream_id=stream_id, upto=upto, limit=RECENT)


async def is_forgotten(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int, frames: timedelta) -> bool:
    """Has retention, which keeps frames for that long, taken away what a reader who stands at `after` has not seen?"""
    found: bool = await sql.is_forgotten.fetchval(
        connection, tenant_id=tenant_id, kind=kind, stream_id=stream_id, after=after, frames=frames
    )
    return found
