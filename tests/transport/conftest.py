"""A server on this machine that answers as it is told, and names that lead where a test says."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from flowforge.transport.address import Address
from flowforge.transport.place import read_places
from flowforge.transport.policy import EgressPolicy

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """The head of one request."""

    line: str
    headers: dict[str, str]


class Server:
    """Answers every request with `answer`, which is bytes or writes them itself."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[bytes | Answer] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            self.heard.append(Heard(head[0], {name.lower(): value for name, _, value in (one.partition(": ") for one in head[1:] if one)}))
            answer = self.answers[min(len(self.heard), len(self.answers)) - 1]
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def plain(body: bytes = b"ok", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{lines}\r\n".encode() + body


@dataclass
class Names:
    """A resolver. A name has one list of addresses after another; the last one stays."""

    known: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.known[host]
        return [ipaddress.ip_address(text) for text in (answers.pop(0) if len(answers) > 1 else answers[0])]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    server.answers = [plain()]
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def local() -> EgressPolicy:
    """Everything public, and this machine's 127.0.0.1."""
    return EgressPolicy(allow=read_places("127.0.0.1", "TEST"))
