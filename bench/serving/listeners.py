"""`python -m serving.listeners URL SECONDS PATH…`: hold these streams open and print, as JSON, how old each delivery was when it came.

A delivery says when it was committed: {"at": nanoseconds of the monotonic clock}. With `-stalled` they ask, and read nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
import time
from typing import cast
from urllib.parse import urlsplit

from flowforge.cli.host import run

KEY = os.environ["FLOWFORGE_API_KEY"]
STAMP = re.compile(rb'"at":(\d{10,})')


class Listener(asyncio.Protocol):
    """One client of one stream."""

    transport: asyncio.Transport

    def __init__(self, path: str) -> None:
        self.path, self.pending = path, b""
        self.lags: list[float] = []  # milliseconds
        self.open = asyncio.get_running_loop().create_future()
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        *events, self.pending = (self.pending + data).split(b"\n\n")
        for event in events:
            if b"event: hello" in event and not self.open.done():
                self.open.set_result(None)
            self.lags += [(now - int(stamp)) / 1e6 for stamp in STAMP.findall(event)]

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = True
        if not self.open.done():
            self.open.set_exception(error or ConnectionResetError(f"{self.path}: {self.pending[:500]!r}"))


async def listen(url: str, seconds: float, paths: list[str]) -> None:
    where, loop = urlsplit(url), asyncio.get_running_loop()
    listeners = [Listener(path) for path in paths]
    for begun in range(0, len(listeners), 50):
        some = listeners[begun : begun + 50]
        for listener in some:
            await loop.create_connection(lambda it=listener: it, where.hostname, where.port)
        await asyncio.gather(*(listener.open for listener in some))
    print("listening", flush=True)
    await asyncio.sleep(seconds)
    lags = [lag for listener in listeners for lag in listener.lags]
    print(json.dumps({"lags": lags, "ended": sum(listener.ended for listener in listeners)}), flush=True)


async def stall(url: str, seconds: float, paths: list[str]) -> None:
    where, loop = urlsplit(url), asyncio.get_running_loop()
    sockets = []
    for path in paths:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.setblocking(False)
        await loop.sock_connect(one, (where.hostname, where.port))
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n"
        await loop.sock_sendall(one, request.encode())
        sockets.append(one)
    print("listening", flush=True)
    await asyncio.sleep(seconds)
    print(json.dumps({"lags": [], "ended": 0}), flush=True)


if __name__ == "__main__":
    act = stall if "-stalled" in sys.argv else listen
    run(act(sys.argv[1], float(sys.argv[2]), [path for path in sys.argv[3:] if path != "-stalled"]))
