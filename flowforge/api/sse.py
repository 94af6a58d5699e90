"""Live streams over Server-Sent Events: what `read_stream` yields, in the form that `EventSource` and `curl -N` read.

A client that was cut resumes by the last `id:` it has (`Last-Event-ID` or `?after=`) and misses nothing. Frames are read from
the database only as fast as the client takes them, so a slow client costs one page of frames and its socket's buffer, and
never slows a run; one that stalls is dropped.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import anyio
from fastapi import Request
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from flowforge import metrics
from flowforge.api.openapi import api_version
from flowforge.api.problem import refuse
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.run import FINAL_STATES, find_run
from flowforge.orchestrator.stream import Frame, StreamKind, read_stream, stream_seq

RETRY_MS = 2000
_SEQ_MAX = 2**63 - 1

log = logging.getLogger("flowforge.api")


@dataclass(frozen=True)
class Pace:
    """How a stream treats time. A client that keeps one frame waiting for `lag_seconds` is told so and dropped when it reads
    again; at `stall_seconds` it is dropped without a word."""

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

    Raises Refusal (422) for a Last-Event-ID or `after` that is no number of a frame, (503) when the server is stopping.
    """
    streams: LiveStreams = request.app.state.streams
    if streams.stopping:
        raise refuse("unavailable", "the server is stopping; connect again in a moment", retry_after="1")
    after = _resume_point(request)
    seq, over = await _where_it_stands(database, tenant_id, kind, stream_id)
    if over and after >= seq and "last-event-id" in request.headers:
        return Response(status_code=204, media_type="text/event-stream")  # the one answer on which EventSource stops asking
    frames = _frames(database, bell, tenant_id, kind, stream_id, after, seq, streams.pace)
    return Stream(frames, streams)


def _resume_point(request: Request) -> int:
    """A browser that reconnects repeats the old `?after=` and adds the newer Last-Event-ID: the header wins."""
    for name, text in (("Last-Event-ID", request.headers.get("last-event-id")), ("after", request.query_params.get("after"))):
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= _SEQ_MAX):
                raise refuse("invalid", f"{name} is the id of a frame, a whole number from 0", parameter=name)
            return int(text)
    return 0


async def _where_it_stands(database: Database, tenant_id: UUID, kind: StreamKind, stream_id: UUID) -> tuple[int, bool]:
    """The number of the newest frame, and whether no more can come."""
    if kind != "run":
        return await stream_seq(database.pool, tenant_id, stream_id), False
    run = await find_run(database.pool, tenant_id, stream_id.hex)
    return run.seq, run.state in FINAL_STATES


async def _frames(
    database: Database, bell: Bell, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int, seq: int, pace: Pace
) -> AsyncIterator[ServerSentEvent]:
    yield _control("hello", {"seq": seq, "server": server_name(), "retention": None}, retry=RETRY_MS)
    if after > seq:  # a number of another life of this stream (the database was put back): what the client holds is not ours
        yield _control("reset", {"seq": seq})
        after = seq
    async with aclosing(_until_it_fails(read_stream(database, bell, tenant_id, kind, stream_id, after))) as frames:
        async for frame in frames:
            handed_over = SYSTEM_CLOCK.monotonic()
            metrics.FRAMES_SENT.add()
            yield _event(frame)
            if SYSTEM_CLOCK.monotonic() - handed_over > pace.lag_seconds:
                yield _control("lagged", {"seq": frame.seq})
                return


async def _until_it_fails(frames: AsyncIterator[Frame]) -> AsyncGenerator[Frame, None]:
    """A stream that cannot be read on ends where it is, and the client, who knows its place, comes again."""
    async with aclosing(frames) as reading:  # type: ignore[type-var]
        try:
            async for frame in reading:
                yield frame
        except Exception as error:  # the answer has begun: there is no other way to tell
            outage = problem_of(error).kind == "unavailable"
            level = logging.WARNING if outage else logging.ERROR
            log.log(level, "stream.ended_early", exc_info=None if outage else error, extra={"error": repr(error)})


def _event(frame: Frame) -> ServerSentEvent:
    return ServerSentEvent(_json(frame.data), event=frame.name, id=str(frame.seq), sep="\n")


def _control(name: str, data: dict[str, object], retry: int | None = None) -> ServerSentEvent:
    """A frame about the stream itself: without an id, so that it never becomes anybody's place to resume at."""
    return ServerSentEvent(_json(data), event=name, retry=retry, sep="\n")


def _json(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def server_name() -> str:
    """`flowforge` and its version, as `hello` tells it."""
    return f"flowforge {api_version()}"


class Stream(EventSourceResponse):
    """The response; it ends quietly when the client stalls and when the server stops."""

    def __init__(self, frames: AsyncIterator[ServerSentEvent], streams: LiveStreams) -> None:
        super().__init__(
            frames,
            ping=streams.pace.heartbeat_seconds,
            ping_message_factory=lambda: ServerSentEvent(comment="heartbeat", sep="\n"),
            send_timeout=streams.pace.stall_seconds,
            sep="\n",
        )
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ended = False

        async def watched(message: Message) -> None:
            nonlocal ended
            await send(message)
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body", False))

        with anyio.CancelScope() as cancel:
            self.streams.scopes.add(cancel)
            withdraw = metrics.STREAMS_OPEN.offer(lambda: 1)
            try:
                await super().__call__(scope, receive, watched)
            except SendTimeoutError:
                log.info("stream.dropped", extra={"path": scope["path"]})
            finally:
                self.streams.scopes.discard(cancel)
                withdraw()
        if not ended:  # the protocol wants an end; a client that takes nothing will not get it
            with anyio.move_on_after(0.1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
