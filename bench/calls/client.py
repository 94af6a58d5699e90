"""The least that a ModelClient can be: sockets, no library. What a call costs with it is the engine's own share."""

from __future__ import annotations

import asyncio
import json
import os
import time
from urllib.parse import urlsplit

from flowforge.orchestrator.models.client import Delta, EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, TokenUsage


class SocketClient:
    """Speaks to `calls.provider` alone: it expects exactly what that sends."""

    def __init__(self) -> None:
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        begun = time.perf_counter()
        reader, writer = self._free.pop() if self._free else await self._connect()
        body = json.dumps({"model": request.model, "messages": request.messages, "stream": request.stream}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: provider\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        text = await (_streamed(reader, on_delta) if request.stream else _whole(reader, head))
        self._free.append((reader, writer))
        tokens = TokenUsage(input=10, output=text.count(" "))
        taken = round((time.perf_counter() - begun) * 1000)
        return ModelReply(text=text, finish_reason="stop", model=request.model, provider="bench", tokens=tokens, latency_ms=taken)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise NotImplementedError

    async def close(self) -> None:
        for _, writer in self._free:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = urlsplit(os.environ["OPENAI_BASE_URL"])
        return await asyncio.open_connection(where.hostname, where.port)


async def _whole(reader: asyncio.StreamReader, head: bytes) -> str:
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    answer = json.loads(await reader.readexactly(length))
    return str(answer["choices"][0]["message"]["content"])


async def _streamed(reader: asyncio.StreamReader, on_delta: OnDelta | None) -> str:
    pieces: list[str] = []
    while (line := await reader.readline()) != b"0\r\n":
        if line.startswith(b"data: {") and (choices := json.loads(line[6:])["choices"]) and (text := choices[0]["delta"].get("content")):
            pieces.append(text)
            if on_delta is not None:
                on_delta(Delta("text", text))
    await reader.readline()
    return "".join(pieces)
