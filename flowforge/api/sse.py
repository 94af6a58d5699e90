"""Live streams over Server-Sent Events: what `read_stream` yields, in the form that `EventSource` and `curl -N` read.

A client that was cut resumes by the last `id:` it has (`Last-Event-ID` or `?after=`) and misses nothing. Frames are read from
the database only as fast as the client takes them, so a slow client costs one page of frames and its socket's buffer, and
never slows a run; one that stalls is dropped.

Beside the stream's frames come four about the stream itself, without an id: `hello` (its newest number, how long frames are kept),
`reset` (what you hold is not on record any more: fetch the resource, then go on from here), `message.snapshot` (what a step had said of its
message when you joined by `?after=`; who comes back by `Last-Event-ID` has it) and `lagged` (you were too slow; resume by id).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import anyio
from fastapi import Request
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from flowforge import metrics
from flowforge.api.masking import Masking
from flowforge.api.openapi import api_version
from flowforge.api.problem import refuse
from flowforge.api.stream_guard import StreamGuard
from flowforge.api.stream_place import StreamPlace, take_place
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.durations import written
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.retention import find_retention
from flowforge.orchestrator.run import FINAL_STATES, find_run
from flowforge.orchestrator.stream import Frame, StreamKind, is_forgotten, read_stream, stream_seq, texts_so_far

RETRY_MS = 2000
_SEQ_MAX = 2**63 - 1

log = logging.getLogger("flowforge.api")


@dataclass(frozen=True)
class Pace:
    """How a stream treats time. At each heartbeat it is asked whether the caller is still let in. A client that keeps one frame waiting
    for `lag_seconds` is told so and dropped when it reads again; at `stall_seconds` it is dropped without a word."""

    heartbeat_seconds: float = 15.0
    lag_seconds: float = 5.0
    stall_seconds: float = 30.0


class LiveStreams:
    """The streams that are open in this process, so that a stopping server can end them; clients resume elsewhere."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.stopping = False
        self.scopes: set[anyio.CancelScope] = set()

    def end_all(self) -> None:
        """End every open stream and refuse new ones."""
        self.stopping = True
        for scope in self.scopes:
            scope.cancel()


async def stream_response(request: Request, database: Database, bell: Bell, tenant_id: UUID, kind: StreamKind, stream_id: UUID) -> Response:
    """Answer with the live stream of a run, an agent or a task that is known to exist.

    Raises Refusal (422) for a Last-Event-ID or `after` that is no number of a frame, (429) when the tenant has as many streams open as it
    may, (503) when the server is stopping.
    """
    streams: LiveStreams = request.app.state.streams
    if streams.stopping:
        raise refuse("unavailable", "the server is stopping; connect again in a moment", retry_after="1")
    after = resume_point(request)
    where = await _where_it_stands(database, tenant_id, kind, stream_id)
    comes_back = "last-event-id" in request.headers
    if where.over and after >= where.seq and comes_back:
        return Response(status_code=204, media_type="text/event-stream")  # the one answer on which EventSource stops asking
    masking = await Masking.of(request.state.caller, database)
    reader = _Reader(database, bell, tenant_id, kind, stream_id, masking)
    place = await take_place(request)
    return Stream(_events(reader, where, after, comes_back, streams.pace), streams, place, StreamGuard(request))


def resume_point(request: Request) -> int:
    """A browser that reconnects repeats the old `?after=` and adds the newer Last-Event-ID: the header wins."""
    for name, text in (("Last-Event-ID", request.headers.get("last-event-id")), ("after", request.query_params.get("after"))):
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _SEQ_MAX):
                raise refuse("invalid", f"{name} is the id of a frame, a whole number from 0", parameter=name)
            return int(text)
    return 0


@dataclass(frozen=True)
class _Standing:
    """The number of a stream's newest frame, whether no more can come, and how long frames are kept."""

    seq: int
    over: bool
    kept: timedelta


async def _where_it_stands(database: Database, tenant_id: UUID, kind: StreamKind, stream_id: UUID) -> _Standing:
    kept = (await find_retention(database.pool, tenant_id)).frames
    if kind != "run":
        return _Standing(await stream_seq(database.pool, tenant_id, stream_id), False, kept)
    run = await find_run(database.pool, tenant_id, stream_id.hex)
    return _Standing(run.seq, run.state in FINAL_STATES, kept)


@dataclass(frozen=True)
class _Reader:
    """One client's way to its stream."""

    database: Database
    bell: Bell
    tenant_id: UUID
    kind: StreamKind
    stream_id: UUID
    masking: Masking

    async def is_lost(self, after: int, where: _Standing) -> bool:
        """Is `after` a number of another life of this stream (the database was put back), or older than what is kept?"""
        if not 0 < after < where.seq:
            return after > where.seq
        return await is_forgotten(self.database.pool, self.tenant_id, self.kind, self.stream_id, after, where.kept)

    async def texts_so_far(self, upto: int) -> list[dict[str, Any]]:
        return await self.masking.texts(await texts_so_far(self.database.pool, self.tenant_id, self.kind, self.stream_id, upto))

    def frames(self, after: int) -> AsyncIterator[Frame]:
        frames = read_stream(self.database, self.bell, self.tenant_id, self.kind, self.stream_id, after)
        return self.masking.frames(frames) if self.masking.hides else frames


async def _events(reader: _Reader, where: _Standing, after: int, comes_back: bool, pace: Pace) -> AsyncIterator[ServerSentEvent]:
    """A stream that cannot be read on ends where it is, and the client, who knows its place, comes again."""
    yield control_event("hello", {"seq": where.seq, "server": server_name(), "retention": written(where.kept)}, retry=RETRY_MS)
    async with aclosing(_read(reader, where, after, comes_back, pace)) as events:
        try:
            async for event in events:
                yield event
        except Exception as error:  # the answer has begun: there is no other way to tell
            outage = problem_of(error).kind == "unavailable"
            level = logging.WARNING if outage else logging.ERROR
            log.log(level, "stream.ended_early", exc_info=None if outage else error, extra={"error": repr(error)})


async def _read(reader: _Reader, where: _Standing, after: int, comes_back: bool, pace: Pace) -> AsyncGenerator[ServerSentEvent, None]:
    lost = await reader.is_lost(after, where)
    if lost:
        yield control_event("reset", {"seq": where.seq})
        after = where.seq
    if after and (lost or not comes_back):
        for said in await reader.texts_so_far(after):
            yield control_event("message.snapshot", said)
    async with aclosing(reader.frames(after)) as frames:  # type: ignore[type-var]
        async for frame in frames:
            handed_over = SYSTEM_CLOCK.monotonic()
            metrics.FRAMES_SENT.add()
            yield _event(frame)
            if SYSTEM_CLOCK.monotonic() - handed_over > pace.lag_seconds:
                yield control_event("lagged", {"seq": frame.seq})
                return


def _event(frame: Frame) -> ServerSentEvent:
    return ServerSentEvent(_json(frame.data), event=frame.name, id=str(frame.seq), sep="\n")


def control_event(name: str, data: dict[str, Any], retry: int | None = None) -> ServerSentEvent:
    """A frame about the stream itself: without an id, so that it never becomes anybody's place to resume at."""
    return ServerSentEvent(_json(data), event=name, retry=retry, sep="\n")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def server_name() -> str:
    """`flowforge` and its version, as `hello` tells it."""
    return f"flowforge {api_version()}"


class Stream(EventSourceResponse):
    """The response; it ends quietly when the client stalls, when its caller is let in no more, and when the server stops."""

    def __init__(self, frames: AsyncIterator[ServerSentEvent], streams: LiveStreams, place: StreamPlace, guard: StreamGuard) -> None:
        super().__init__(
            frames,
            ping=streams.pace.heartbeat_seconds,
            ping_message_factory=lambda: ServerSentEvent(comment="heartbeat", sep="\n"),
            send_timeout=streams.pace.stall_seconds,
            sep="\n",
        )
        self.streams, self.place, self.guard = streams, place, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ended = False

        async def watched(message: Message) -> None:
            nonlocal ended
            await send(message)
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body", False))

        with anyio.CancelScope() as cancel:
            self.streams.scopes.add(cancel)
            withdraw = metrics.STREAMS_OPEN.offer(lambda: 1)
            keeping = asyncio.create_task(self.place.keep())
            guarding = asyncio.create_task(self._end_with_its_caller(cancel))
            try:
                await super().__call__(scope, receive, watched)
            except SendTimeoutError:
                log.info("stream.dropped", extra={"path": scope["path"]})
            finally:
                self.streams.scopes.discard(cancel)
                withdraw()
                keeping.cancel()
                guarding.cancel()
                await self.place.leave()
        if not ended:  # the protocol wants an end; a client that takes nothing will not get it
            with anyio.move_on_after(0.1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _end_with_its_caller(self, stream: anyio.CancelScope) -> None:
        await self.guard.lost(self.streams.pace.heartbeat_seconds)
        log.info("stream.closed_to_its_caller")
        stream.cancel()
