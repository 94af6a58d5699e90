"""One stream as one caller may read it, whichever way they do: over Server-Sent Events, or asking again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request

from flowforge.api.masking import Masking
from flowforge.api.problem import refuse
from flowforge.api.stream_kinds import StreamKinds
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.retention import find_retention
from flowforge.orchestrator.run import FINAL_STATES, find_run
from flowforge.orchestrator.stream import (
    Frame,
    StreamKind,
    is_forgotten,
    read_stream,
    said_so_far,
    stream_seq,
    texts_so_far,
    topics_of,
)
from flowforge.orchestrator.stream_page import Page, page_after
from flowforge.orchestrator.tenant_stream import being_numbered, follow_tenant, number_all, read_tenant

SEQ_MAX = 2**63 - 1


@dataclass(frozen=True)
class Standing:
    """The number of a stream's newest frame, whether no more can come, and how long frames are kept."""

    seq: int
    over: bool
    kept: timedelta


@dataclass(frozen=True)
class StreamSource:
    """One client's way to its stream."""

    database: Database
    bell: Bell
    tenant_id: UUID
    kind: StreamKind
    stream_id: UUID
    masking: Masking
    kinds: StreamKinds | None = None

    @classmethod
    async def of(
        cls, request: Request, database: Database, bell: Bell, kind: StreamKind, stream_id: UUID, kinds: StreamKinds | None = None
    ) -> StreamSource:
        """The stream of something that is known to exist, as the caller of this request may see it."""
        caller = request.state.caller
        return cls(database, bell, caller.tenant_id, kind, stream_id, await Masking.of(caller, database), kinds)

    async def where_it_stands(self) -> Standing:
        kept = (await find_retention(self.database.pool, self.tenant_id)).frames
        if self.kind == "run":
            run = await find_run(self.database.pool, self.tenant_id, self.stream_id.hex)
            return Standing(run.seq, run.state in FINAL_STATES, kept)
        if self.kind == "tenant":
            await follow_tenant(self.database.pool, self.tenant_id)
            await number_all(self.database.engine, self.tenant_id)
        return Standing(await stream_seq(self.database.pool, self.tenant_id, self.stream_id), False, kept)

    async def is_lost(self, after: int, where: Standing) -> bool:
        """Is `after` a number of another life of this stream (the database was put back), or older than what is kept?"""
        if not 0 < after < where.seq:
            return after > where.seq
        return await is_forgotten(self.database.pool, self.tenant_id, self.kind, self.stream_id, after, where.kept)

    async def texts_so_far(self, upto: int) -> list[dict[str, Any]]:
        return await self.masking.texts(await texts_so_far(self.database.pool, self.tenant_id, self.kind, self.stream_id, upto))

    async def said_so_far(self, upto: int) -> list[Frame]:
        return await said_so_far(self.database.pool, self.tenant_id, self.kind, self.stream_id, upto)

    def frames(self, after: int) -> AsyncIterator[Frame]:
        """Frames behind that number, as they come."""
        if self.kind == "tenant":
            return self._shown(read_tenant(self.database, self.bell, self.tenant_id, after))
        return self._shown(read_stream(self.database, self.bell, self.tenant_id, self.kind, self.stream_id, after))

    async def page(self, after: int) -> Page:
        """What is there now behind that number."""
        return await page_after(self.database.pool, self.tenant_id, self.kind, self.stream_id, after)

    async def shown(self, frames: Iterable[Frame]) -> list[Frame]:
        """These frames as the caller may see them, without those that are not for them."""
        async with aclosing(self._shown(_each(frames))) as found:  # type: ignore[type-var]
            return [frame async for frame in found]

    @property
    def topics(self) -> tuple[str, ...]:
        return topics_of(self.kind, self.stream_id)

    def being_numbered(self) -> AbstractContextManager[None]:
        """Somebody waits: meanwhile the frames of a tenant get their numbers."""
        return being_numbered(self.database, self.bell, self.tenant_id) if self.kind == "tenant" else nullcontext()

    def _shown(self, frames: AsyncIterator[Frame]) -> AsyncIterator[Frame]:
        chosen = frames if self.kinds is None else _of_kinds(frames, self.kinds)
        return self.masking.frames(chosen) if self.masking.hides else chosen


async def _each(frames: Iterable[Frame]) -> AsyncIterator[Frame]:
    for frame in frames:
        yield frame


async def _of_kinds(frames: AsyncIterator[Frame], kinds: StreamKinds) -> AsyncIterator[Frame]:
    async with aclosing(frames) as source:  # type: ignore[type-var]
        async for frame in source:
            if kinds.hold(frame.name):
                yield frame


def resume_point(request: Request) -> int:
    """A browser that reconnects repeats the old `?after=` and adds the newer Last-Event-ID: the header wins."""
    for name, text in (("Last-Event-ID", request.headers.get("last-event-id")), ("after", request.query_params.get("after"))):
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= SEQ_MAX):
                raise refuse("invalid", f"{name} is the id of a frame, a whole number from 0", parameter=name)
            return int(text)
    return 0
