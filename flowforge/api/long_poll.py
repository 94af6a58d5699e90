"""The frames of streams as plain JSON, for whoever cannot hold a stream open: what is there, or what comes within some seconds."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import anyio
from fastapi import Request

from flowforge.api.problem import refuse
from flowforge.api.sse import LiveStreams
from flowforge.api.stream_guard import StreamGuard
from flowforge.api.stream_place import take_place
from flowforge.api.stream_source import Standing, StreamSource, resume_point
from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.stream import POLL_SECONDS, Frame


@dataclass(frozen=True)
class FramesFound:
    """Frames in order and where to ask on: see the routes, which say it to callers."""

    frames: list[Frame]
    after: int
    seq: int
    over: bool = False
    reset: bool = False


async def poll_frames(request: Request, source: StreamSource, *, wait_seconds: float, limit: int) -> FramesFound:
    """Up to `limit` frames behind the request's `after`; where there is none, the first that come within `wait_seconds`.

    Who waits has one of the places for live streams, and is let in as long as there. Raises Refusal (422) for an `after` that is no number,
    (429) when the tenant has as many streams open as it may, (503) when the server is stopping, and as the caller's key would be refused.
    """
    streams: LiveStreams = request.app.state.streams
    if streams.stopping:
        raise refuse("unavailable", "the server is stopping; ask again in a moment", retry_after="1")
    after = resume_point(request)
    where = await source.where_it_stands()
    if await source.is_lost(after, where):
        return FramesFound([], where.seq, where.seq, reset=True)
    found = await _look(source, where, after, limit)
    if found.frames or found.over or not wait_seconds:
        return found
    place = await take_place(request)
    try:
        with anyio.CancelScope() as stopping:
            streams.scopes.add(stopping)
            try:
                found = await _wait(source, where, found.after, wait_seconds, limit)
            finally:
                streams.scopes.discard(stopping)
    finally:
        await place.leave()
    await StreamGuard(request).refuse_if_lost()
    return found


async def _wait(source: StreamSource, where: Standing, after: int, wait_seconds: float, limit: int) -> FramesFound:
    until = SYSTEM_CLOCK.monotonic() + wait_seconds
    rung = source.bell.subscribe(*source.topics)
    try:
        with source.being_numbered():
            while True:
                rung.clear()
                found = await _look(source, where, after, limit)
                left = until - SYSTEM_CLOCK.monotonic()
                if found.frames or found.over or left <= 0:
                    return found
                after = found.after
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, POLL_SECONDS)):
                        await rung.wait()
    finally:
        source.bell.unsubscribe(rung, *source.topics)


async def _look(source: StreamSource, where: Standing, after: int, limit: int) -> FramesFound:
    """What is there now. Pages of which nothing is for this caller are passed over."""
    while True:
        page = await source.page(after)
        shown = await source.shown(page.frames)
        cut = len(shown) > limit
        shown = shown[:limit]
        after = shown[-1].seq if cut else page.frames[-1].seq if page.frames else after
        if shown or not page.full:
            return FramesFound(shown, after, max(where.seq, after), over=page.over and not cut)
