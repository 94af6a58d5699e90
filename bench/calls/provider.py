"""`python -m calls.provider`: answers in OpenAI's format at the pace that the prompt asks for, and prints its port.

The prompt is a `Pace` as JSON. Each delta of a stream is the moment of its sending: nanoseconds of the machine's monotonic clock, which
all processes share.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, dataclass
from typing import Any, cast

from flowforge.cli.host import run


@dataclass(frozen=True)
class Pace:
    """How an answer comes: so many deltas, so far apart, the first after so long."""

    deltas: int
    interval_ms: float = 0.0
    first_ms: float = 0.0

    def prompt(self) -> str:
        return json.dumps(asdict(self))


class Connection(asyncio.Protocol):
    """One keep-alive connection; a request is answered before the next one is read."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        head, separator, rest = self.pending.partition(b"\r\n\r\n")
        if not separator:
            return
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(rest) >= length:
            self.pending = rest[length:]
            self.answer(json.loads(rest[:length]))

    def answer(self, body: dict[str, Any]) -> None:
        pace = Pace(**json.loads(body["messages"][-1]["content"]))
        if body.get("stream"):
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            Answer(self.transport, body["model"], pace).begin()
        else:
            message = {"role": "assistant", "content": "0 " * pace.deltas}
            text = json.dumps(_base(body["model"]) | {"choices": [_choice("message", message, "stop")], "usage": _usage(pace)}).encode()
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(text)
            self.transport.write(head + text)


class Answer:
    """One stream. Its deltas are due at fixed moments, however late the one before was."""

    def __init__(self, transport: asyncio.Transport, model: str, pace: Pace) -> None:
        self.transport, self.model, self.pace, self.sent = transport, model, pace, 0
        self.loop = asyncio.get_running_loop()
        self.around = json.dumps(_base(model) | {"choices": [_choice("delta", {"content": "%"}, None)]}).encode().split(b"%")

    def begin(self) -> None:
        self.due = self.loop.time() + self.pace.first_ms / 1000
        if self.pace.first_ms or self.pace.interval_ms:
            self.loop.call_at(self.due, self.go_on)
        else:
            for _ in range(self.pace.deltas):
                self.say()
            self.end()

    def go_on(self) -> None:
        self.say()
        if self.transport.is_closing():
            return
        self.due += self.pace.interval_ms / 1000
        self.loop.call_at(self.due, self.go_on if self.sent < self.pace.deltas else self.end)

    def say(self) -> None:
        self.sent += 1
        self.event(b"%d " % time.monotonic_ns(), *self.around)

    def end(self) -> None:
        for last in ({"choices": [_choice("delta", {}, "stop")]}, {"choices": [], "usage": _usage(self.pace)}):
            self.event(b"", json.dumps(_base(self.model) | last).encode())
        self.event(b"", b"[DONE]")
        self.transport.write(b"0\r\n\r\n")

    def event(self, stamp: bytes, before: bytes, after: bytes = b"") -> None:
        event = b"data: " + before + stamp + after + b"\n\n"
        self.transport.write(b"%x\r\n%s\r\n" % (len(event), event))


def _base(model: str) -> dict[str, Any]:
    return {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1767225600, "model": model}


def _choice(name: str, content: dict[str, str], finish: str | None) -> dict[str, Any]:
    return {"index": 0, name: content, "finish_reason": finish}


def _usage(pace: Pace) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": pace.deltas, "total_tokens": 10 + pace.deltas}


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    run(serve())
