"""The audit log as Server-Sent Events: entries by position, so that nothing is missed and nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from uuid import UUID

from fastapi import Request
from sse_starlette.event import ServerSentEvent
from starlette.responses import Response

from flowforge.api.problem import refuse
from flowforge.api.sse import LiveStreams, Stream, server_name
from flowforge.api.stream_form import RETRY_MS, control_event
from flowforge.api.stream_guard import StreamGuard
from flowforge.api.stream_place import take_place
from flowforge.api.stream_source import resume_point
from flowforge.audit.log import AuditEntry, read_merged
from flowforge.audit.tree import tree_of
from flowforge.clock import Clock
from flowforge.db.database import Database

LOOK_SECONDS = 1.0  # entries get their positions about once a second
PAGE = 200


async def audit_stream(request: Request, database: Database, tenant_id: UUID, written: Callable[[AuditEntry], str]) -> Response:
    """Answer with the entries after the one that the client has, and with those to come. `written`: an entry as JSON.

    Raises Refusal (422) for a Last-Event-ID or `after` that is no number, (429) with too many streams open, (503) when it is stopping.
    """
    streams: LiveStreams = request.app.state.streams
    if streams.stopping:
        raise refuse("unavailable", "the server is stopping; connect again in a moment", retry_after="1")
    after = resume_point(request)
    size = (await tree_of(database.pool, tenant_id)).size
    events = _events(database, tenant_id, after, size, written, request.app.state.clock)
    return Stream(events, streams, await take_place(request), StreamGuard(request))


async def _events(
    database: Database, tenant_id: UUID, after: int, size: int, written: Callable[[AuditEntry], str], clock: Clock
) -> AsyncIterator[ServerSentEvent]:
    yield control_event("hello", {"seq": size, "server": server_name()}, retry=RETRY_MS)
    if after > size:  # a number of another life of this log: the database was put back
        yield control_event("reset", {"seq": size})
        after = size
    while True:
        page = await read_merged(database.pool, tenant_id, after, PAGE)
        for entry in page:
            after += 1
            yield ServerSentEvent(written(entry), event="audit.entry", id=str(after), sep="\n")
        if len(page) < PAGE:
            await clock.sleep(LOOK_SECONDS)
