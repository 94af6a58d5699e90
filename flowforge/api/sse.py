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
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import anyio
from fastapi import Request
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from flowforge import metrics
from flowforge.api.openapi import api_version
from flowforge.api.problem import refuse
from flowforge.api.stream_form import FRAMES, Form
from flowforge.api.stream_guard import StreamGuard
from flowforge.api.stream_place import StreamPlace, take_place
from flowforge.api.stream_source import Standing, StreamSource, resume_point
from flowforge.api.told_error import problem_of
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import written

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


async def stream_response(request: Request, source: StreamSource, form: Form | None = None) -> Response:
    """Answer with a live stream, in a form: as frames unless told otherwise.

    Raises Refusal (422) for a Last-Event-ID or `after` that is no number of a frame, (429) when the tenant has as many streams open as it
    may, (503) when the server is stopping.
    """
    streams: LiveStreams = request.app.state.streams
    if streams.stopping:
        raise refuse("unavailable", "the server is stopping; connect again in a moment", retry_after="1")
    after = resume_point(request)
    where = await source.where_it_stands()
    comes_back = "last-event-id" in request.headers
    if where.over and after >= where.seq and comes_back:
        return Response(status_code=204, media_type="text/event-stream")  # the one answer on which EventSource stops asking
    place = await take_place(request)
    return Stream(_events(source, form or FRAMES, where, after, comes_back, streams.pace), streams, place, StreamGuard(request))


async def _events(
    source: StreamSource, form: Form, where: Standing, after: int, comes_back: bool, pace: Pace
) -> AsyncIterator[ServerSentEvent]:
    """A stream that cannot be read on ends where it is, and the client, who knows its place, comes again."""
    hello = {"seq": where.seq, "server": server_name(), "retention": written(where.kept)}
    for event in form.opening(hello, comes_back):
        yield event
    async with aclosing(_read(source, form, where, after, comes_back, pace)) as events:
        try:
            async for event in events:
                yield event
        except Exception as error:  # the answer has begun: there is no other way to tell
            outage = problem_of(error).kind == "unavailable"
            level = logging.WARNING if outage else logging.ERROR
            log.log(level, "stream.ended_early", exc_info=None if outage else error, extra={"error": repr(error)})


async def _read(
    source: StreamSource, form: Form, where: Standing, after: int, comes_back: bool, pace: Pace
) -> AsyncGenerator[ServerSentEvent, None]:
    lost = await source.is_lost(after, where)
    if lost:
        for event in form.control("reset", {"seq": where.seq}):
            yield event
        after = where.seq
    if after and form.remembers:
        form.remember(await source.said_so_far(after), holds=comes_back and not lost)
    if after and (lost or not comes_back):
        for said in await source.texts_so_far(after):
            for event in form.control("message.snapshot", said):
                yield event
    async with aclosing(source.frames(after)) as frames:  # type: ignore[type-var]
        async for frame in frames:
            handed_over = SYSTEM_CLOCK.monotonic()
            metrics.FRAMES_SENT.add()
            for event in form.events(frame):
                yield event
            if SYSTEM_CLOCK.monotonic() - handed_over > pace.lag_seconds:
                for event in form.control("lagged", {"seq": frame.seq}):
                    yield event
                return


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
