"""`python -m calls.readers URL RUN…`: follow these runs' streams to their ends and print, as JSON, how old each delta was when it came.

One process for all of them, on raw sockets, so that what reads does not slow down what is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from typing import cast
from urllib.parse import urlsplit

from flowforge.cli.host import run

KEY = os.environ["FLOWFORGE_API_KEY"]
STAMP = re.compile(rb"(\d{12,})[ ]")
ENDED = b"event: run.completed"


class Reader(asyncio.Protocol):
    """One client of one run's stream."""

    transport: asyncio.Transport

    def __init__(self, path: str) -> None:
        self.path, self.pending = path, b""
        self.lags: list[float] = []  # milliseconds, in the order of sending
        self.frames = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        *events, self.pending = (self.pending + data).split(b"\n\n")
        for event in events:
            if b"event: message.delta" in event:
                self.frames += 1
                self.lags += [(now - int(stamp)) / 1e6 for stamp in STAMP.findall(event)]
            elif ENDED in event and not self.ended.done():
                self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError(f"{self.path} ended after {len(self.lags)} deltas"))


async def follow(url: str, runs: list[str]) -> None:
    where = urlsplit(url)
    readers = [Reader(f"/v1/runs/{name}/stream") for name in runs]
    for reader in readers:
        await asyncio.get_running_loop().create_connection(lambda r=reader: r, where.hostname, where.port)
    print("reading", flush=True)
    await asyncio.gather(*(reader.ended for reader in readers))
    first = [reader.lags[0] for reader in readers]
    later = [lag for reader in readers for lag in reader.lags[1:]]
    print(json.dumps({"first": first, "later": later, "frames": sum(reader.frames for reader in readers)}), flush=True)
    for reader in readers:
        reader.transport.abort()


if __name__ == "__main__":
    run(follow(sys.argv[1], sys.argv[2:]))
