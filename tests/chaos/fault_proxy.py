"""A proxy that stands before PostgreSQL and does to connections what networks do: delay, silence, cuts, lost answers.

It listens on a Unix socket or on TCP, and reads along as far as it must: to lose the answer to a chosen statement it has to know
which statement a message carries and where its answer ends. What it did is counted, so that a trial can demand that it was done.
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

SOCKET_NAME = ".s.PGSQL.5432"
PIECE_BYTES = 65536
SSL_REQUEST = 80877103


class FaultProxy:
    """Forwards connections to the server at `upstream` (a Unix socket's path), and breaks them when told to.

    async with FaultProxy(upstream, directory) as proxy:
        database = await Database.open(proxy.url("flowforge", "app"))
        proxy.drop_reply_to = b"insert into orders"      # done by the server, and the client never hears of it
    """

    def __init__(self, upstream: Path, directory: Path | None = None) -> None:
        self.upstream, self.directory = upstream, directory
        self.latency_seconds = 0.0
        self.drop_reply_to: bytes | None = None
        self.drops_left = 0
        self.cut_in_answer_after: int | None = None  # bytes of an answer to let through before the cut
        self.did: Counter[str] = Counter()
        self.port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._lines: set[_Line] = set()
        self._refusing = False

    async def __aenter__(self) -> FaultProxy:
        if self.directory is not None:
            self._server: asyncio.Server = await asyncio.start_unix_server(self._accept, self.directory / SOCKET_NAME)
            (self.directory / SOCKET_NAME).chmod(0o777)
        else:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._flowing.set()
        for line in list(self._lines):
            line.cut()
        await asyncio.gather(*(line.task for line in list(self._lines)), return_exceptions=True)

    def url(self, user: str, database: str) -> str:
        place = f"?host={self.directory}" if self.directory is not None else ""
        return f"postgresql://{user}@{'' if place else f'127.0.0.1:{self.port}'}/{database}{place}"

    @property
    def open_lines(self) -> int:
        return len(self._lines)

    def stall(self) -> None:
        """Let nothing through in either direction; connections stay open, as with a host that swallows packets."""
        self._flowing.clear()
        self.did["stalled"] += len(self._lines)

    def flow(self) -> None:
        self._flowing.set()

    def cut(self, *, reset: bool = False) -> int:
        """Close every connection; with `reset` as a host does that has forgotten about it. Returns how many there were."""
        lines = list(self._lines)
        for line in lines:
            line.cut(reset=reset)
        self.did["reset" if reset else "cut"] += len(lines)
        return len(lines)

    def refuse(self, yes: bool = True) -> None:
        """Take no more connections, and cut those that there are."""
        self._refusing = yes
        if yes:
            self.cut()

    def lose_replies_to(self, statement: bytes, times: int) -> None:
        """Of the next statements that contain this, the server's answer is lost and the connection cut."""
        self.drop_reply_to, self.drops_left = statement, times

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            self.did["refused"] += 1
            writer.transport.abort()
            return
        line = _Line(self, reader, writer)
        self._lines.add(line)
        try:
            await line.run()
        finally:
            self._lines.discard(line)


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy, self.client_reader, self.client_writer = proxy, reader, writer
        self.server_writer: asyncio.StreamWriter | None = None
        self.task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]
        self._statements: dict[bytes, bytes] = {}  # the texts of prepared statements, by name
        self._sent = b""  # of the client, not yet a whole message
        self._started = False
        self._swallowing = False  # the answer that comes now is to be lost
        self._answered = b""

    async def run(self) -> None:
        try:
            server_reader, self.server_writer = await asyncio.open_unix_connection(str(self.proxy.upstream))
        except OSError:
            self.client_writer.transport.abort()
            return
        up = asyncio.create_task(self._forward(self.client_reader, self.server_writer, self._listen))
        down = asyncio.create_task(self._forward(server_reader, self.client_writer, self._answer))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.cut()
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    def cut(self, *, reset: bool = False) -> None:
        for writer in (self.client_writer, self.server_writer):
            if writer is None:
                continue
            if reset and (line := writer.get_extra_info("socket")) is not None:
                with suppress(OSError):
                    line.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER: no farewell
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pass_on: Any) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while piece := await reader.read(PIECE_BYTES):
                if self.proxy.latency_seconds:
                    await asyncio.sleep(self.proxy.latency_seconds)
                    self.proxy.did["delayed"] += 1
                await self.proxy._flowing.wait()
                piece = pass_on(piece)
                if piece:
                    writer.write(piece)
                    await writer.drain()
                if self._over:
                    return

    _over = False

    def _listen(self, piece: bytes) -> bytes:
        """Read along what the client says."""
        self._sent += piece
        while message := self._take_message():
            kind, payload = message
            if kind == b"P":
                name, text = payload.split(b"\0", 2)[:2]
                self._statements[name] = text
            elif kind == b"B":
                self._maybe_swallow(self._statements.get(payload.split(b"\0", 2)[1], b""))
            elif kind == b"Q":
                self._maybe_swallow(payload)
        return piece

    def _take_message(self) -> tuple[bytes, bytes] | None:
        if not self._started:
            if len(self._sent) < 8 or len(self._sent) < (size := struct.unpack_from("!i", self._sent)[0]):
                return None
            self._started = struct.unpack_from("!i", self._sent, 4)[0] != SSL_REQUEST
            self._sent = self._sent[size:]
            return b"-", b""
        if len(self._sent) < 5 or len(self._sent) < (size := 1 + struct.unpack_from("!i", self._sent, 1)[0]):
            return None
        kind, payload, self._sent = self._sent[:1], self._sent[5:size], self._sent[size:]
        return kind, payload

    def _maybe_swallow(self, statement: bytes) -> None:
        proxy = self.proxy
        if proxy.drop_reply_to is not None and proxy.drops_left > 0 and proxy.drop_reply_to in statement:
            proxy.drops_left -= 1
            self._swallowing = True

    def _answer(self, piece: bytes) -> bytes:
        """Pass on what the server says, lose it, or break off in the middle of it."""
        if self._swallowing:
            self._answered += piece
            if self._answered[-6:-1] == b"Z\0\0\0\5":  # ready for the next query: what was asked has been done
                self.proxy.did["replies lost"] += 1
                self._over = True
            return b""
        limit = self.proxy.cut_in_answer_after
        if limit is not None and self._started and len(piece) > limit:
            self.proxy.did["answers cut"] += 1
            self.proxy.cut_in_answer_after = None
            self._over = True
            return piece[:limit]
        return piece
