"""The body of a guarded answer: unpacked in small pieces, counted as it is unpacked, and whole in time or not at all."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx

from flowforge.transport.failure import AnswerTooLarge, AnswerTooSlow, EgressRefused

ENCODINGS = "gzip, deflate"  # what is asked for; anything else is refused, since nothing else can be unpacked piece by piece here
PIECE_BYTES = 64 * 1024


@asynccontextmanager
async def in_time(host: str, deadline: float, seconds: float) -> AsyncIterator[None]:
    """What happens within ends at the deadline (of the event loop's clock). Raises AnswerTooSlow."""
    try:
        async with asyncio.timeout_at(deadline) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise AnswerTooSlow(host, seconds) from None


class GuardedBody(httpx.AsyncByteStream):
    """A body with limits. `encoding` is the answer's Content-Encoding; what comes out of here has none."""

    def __init__(self, body: httpx.AsyncByteStream, host: str, encoding: str, limit_bytes: int, deadline: float, seconds: float) -> None:
        self._body, self._host, self._limit = body, host, limit_bytes
        self._deadline, self._seconds = deadline, seconds
        self._unpacker = _unpacker(encoding, host)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        pieces = aiter(self._body)
        while True:
            async with in_time(self._host, self._deadline, self._seconds):
                piece = await anext(pieces, None)
            for part in self._parts(piece):
                size += len(part)
                if size > self._limit:
                    raise AnswerTooLarge(self._host, self._limit)
                yield part
            if piece is None:
                return

    async def aclose(self) -> None:
        await self._body.aclose()

    def _parts(self, piece: bytes | None) -> Iterator[bytes]:
        if self._unpacker is None:
            yield piece or b""
            return
        try:
            yield from self._unpacker.parts(piece)
        except zlib.error as error:
            raise httpx.DecodingError(f"the answer of {self._host} cannot be unpacked: {error}") from None


class _Unpacker:
    """zlib's, which never holds more than one piece: a few bytes that unpack to gigabytes are counted before they are there."""

    def __init__(self, gzip: bool) -> None:
        self._gzip, self._begun = gzip, False
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)

    def parts(self, piece: bytes | None) -> Iterator[bytes]:
        if piece is None:
            yield self._zlib.flush(PIECE_BYTES)
            return
        if not self._begun and piece:
            self._begun = True
            if not self._gzip and piece[0] & 0x0F != 8:  # deflate without its header, as some servers send it
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
        rest = piece
        while rest and not self._zlib.eof:
            yield self._zlib.decompress(rest, PIECE_BYTES)
            rest = self._zlib.unconsumed_tail


def _unpacker(encoding: str, host: str) -> _Unpacker | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Unpacker(gzip=True)
        case "deflate":
            return _Unpacker(gzip=False)
        case _:
            raise EgressRefused(host, "its answer is packed in a way that was not asked for")
