"""Readers of live streams who are cut in the middle of whatever comes and read on from where they stood.

What each has got is kept as it came: number, name, and a digest of the data. They read until they are told that all is over, and
then to the end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from flowforge.api.client.wire import FrameParser
from tests.chaos.crew.processes import OPERATOR


@dataclass(frozen=True)
class Got:
    """A frame as a reader got it, or as it is stored."""

    seq: int
    name: str
    digest: str

    @classmethod
    def of(cls, seq: int, name: str, data: dict[str, Any]) -> Got:
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return cls(seq, name, hashlib.sha256(text.encode()).hexdigest()[:16])


@dataclass
class Reader:
    """Follows one stream of a server that may be gone: a run's, an agent's or a task's."""

    url: str
    kind: str
    stream: str  # id or key
    chance: random.Random
    got: list[Got] = field(default_factory=list)
    cuts: int = 0
    resets: int = 0
    last_shown: int = 0  # the stream's newest number, by the server's word
    calm: bool = False

    @property
    def at(self) -> int:
        return self.got[-1].seq if self.got else 0

    async def follow(self) -> None:
        """For ever; whoever started it ends it."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=httpx.Timeout(5, read=30)) as http:
            while True:
                with suppress(httpx.TransportError):  # the server is gone; that is a cut too
                    await self._once(http)
                self.cuts += 1
                await asyncio.sleep(0.05)

    async def _once(self, http: httpx.AsyncClient) -> None:
        headers = {"authorization": f"Bearer {OPERATOR}", **({"last-event-id": str(self.at)} if self.got else {})}
        enough = self.chance.randrange(200, 20_000)  # bytes, and then it hangs up
        parser = FrameParser()
        async with http.stream("GET", f"/v1/{self.kind}s/{self.stream}/stream", headers=headers) as answer:
            if answer.status_code != 200:
                return
            async for chunk in answer.aiter_raw():
                cut = not self.calm and len(chunk) >= enough
                for frame in parser.feed(chunk[:enough] if cut else chunk):
                    if frame.name == "reset":
                        self.resets += 1
                    if frame.seq is not None:
                        self.got.append(Got.of(frame.seq, frame.name, frame.data))
                if cut:
                    return
                enough -= len(chunk)
