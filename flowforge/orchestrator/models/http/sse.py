"""Server-sent events out of bytes, as they come over the network: cut anywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

LONGEST_EVENT_BYTES = 32 * 1024 * 1024


class EventTooLong(Exception):
    """One event is larger than any that a model would send."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its data, and the id by which a server tells a repetition."""

    data: str
    id: str | None = None


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a stream, without those that carry an id that was seen just before. Raises EventTooLong.

    An event that the stream's end cut off in the middle is not one.
    """
    data: list[str] = []
    identity: str | None = None
    last: str | None = None
    size = 0
    async for line in _lines(chunks):
        if not line:
            if data and (identity is None or identity != last):
                yield Event("\n".join(data), identity)
            last, identity, size = identity or last, None, 0
            data.clear()
            continue
        size += len(line)
        if size > LONGEST_EVENT_BYTES:
            raise EventTooLong
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" ").decode(errors="replace"))
        elif name == b"id":
            identity = value.removeprefix(b" ").decode(errors="replace")


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines that end with LF, CR LF or CR; what is behind the last end is dropped."""
    pending: list[bytes] = []
    size = 0
    after_cr = False
    async for chunk in chunks:
        if after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the second half of a line's end
        after_cr = False
        if b"\r" in chunk:
            after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            pending.append(chunk)
            size += len(chunk)
            if size > LONGEST_EVENT_BYTES:
                raise EventTooLong
            continue
        whole = b"".join([*pending, chunk]).split(b"\n")
        pending, size = [whole.pop()], 0
        for line in whole:
            yield line
