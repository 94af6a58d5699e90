"""The provider's HTTP side: two wire formats, and a control door for tests in other processes.

POST /v1/chat/completions   POST /v1/messages
GET  /control/requests      what came in so far
POST /control/faults        {"kind": "rate_limited", "times": 1, "retry_after": 2, "model": null}
DELETE /control/faults      be well again
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from flowforge.secrets.redact import redact_headers
from flowforge.testing.scripted_provider import anthropic_wire, openai_wire
from flowforge.testing.scripted_provider.asked import Asked, from_anthropic, from_openai
from flowforge.testing.scripted_provider.fault import Fault
from flowforge.testing.scripted_provider.reply import Reply, Script

_SILENCE_SECONDS = 300.0  # how long a provider that never answers keeps the connection
_SLOW_SECONDS = 0.5
_KEPT_REQUESTS = 10_000


@dataclass(frozen=True)
class Received:
    """A request that came in, without its secrets."""

    path: str
    model: str
    stream: bool
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Behaviour:
    """What the server does next, shared by its routes and the test that holds it."""

    script: Script
    chunk_delay_seconds: float = 0.0
    requests: list[Received] = field(default_factory=list)
    faults: list[tuple[Fault, str | None]] = field(default_factory=list)  # one entry a failure, oldest first

    def next_fault(self, model: str) -> Fault | None:
        """The fault that this request meets: one that was ordered, else the one in the model's name."""
        for position, (fault, wanted) in enumerate(self.faults):
            if wanted is None or wanted == model:
                del self.faults[position]
                return fault
        return Fault.named(model)


def create_app(behaviour: Behaviour) -> Starlette:
    """The ASGI application of one scripted provider."""

    async def chat_completions(request: Request) -> Response:
        body = await request.json()
        return await _answer(behaviour, request, body, from_openai(body), openai_wire)

    async def messages(request: Request) -> Response:
        body = await request.json()
        return await _answer(behaviour, request, body, from_anthropic(body), anthropic_wire)

    async def requests(request: Request) -> Response:
        return JSONResponse([asdict(received) for received in behaviour.requests])

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            behaviour.faults.clear()
            return Response(status_code=204)
        order = await request.json()
        fault = Fault(order["kind"], order.get("retry_after"))
        behaviour.faults += [(fault, order.get("model"))] * int(order.get("times", 1))
        return JSONResponse({"pending": len(behaviour.faults)}, status_code=202)

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
            Route("/v1/messages", messages, methods=["POST"]),
            Route("/control/requests", requests),
            Route("/control/faults", faults, methods=["POST", "DELETE"]),
        ]
    )


async def _answer(behaviour: Behaviour, request: Request, body: dict[str, Any], asked: Asked, wire: ModuleType) -> Response:
    if len(behaviour.requests) < _KEPT_REQUESTS:
        received = Received(request.url.path, asked.model, asked.stream, body, redact_headers(request.headers))
        behaviour.requests.append(received)
    fault = behaviour.next_fault(asked.model)
    if fault is not None and fault.kind == "timeout":
        await _silence(request)
    if fault is not None and fault.status is not None:
        return _refusal(request, fault, asked.model, wire)
    reply = Reply(text="I'd rather not.") if fault is not None and fault.kind == "garbled" else behaviour.script(asked)
    usage = fault is None or fault.kind != "no_usage"
    if not asked.stream:
        text = json.dumps(wire.whole(body, reply, usage=usage))  # escaped, so that even half a character can be scripted
        return Response(text, media_type="application/json")
    events = wire.stream(body, reply, usage=usage)
    return StreamingResponse(_paced(events, fault, behaviour.chunk_delay_seconds), media_type="text/event-stream")


def _refusal(request: Request, fault: Fault, model: str, wire: ModuleType) -> Response:
    key = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key", "")
    body = fault.anthropic_body(model, key) if wire is anthropic_wire else fault.openai_body(model, key)
    return JSONResponse(body, status_code=fault.status or 500, headers=fault.headers())


async def _silence(request: Request) -> None:
    """Say nothing until the caller has hung up."""
    for _ in range(int(_SILENCE_SECONDS / 0.05)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.05)


async def _paced(events: Iterator[str], fault: Fault | None, delay: float) -> AsyncIterator[bytes]:
    """The stream as the network would bring it: chunk by chunk, perhaps slowly, perhaps only the first half."""
    chunks = list(events)
    kind = fault.kind if fault is not None else None
    if kind in ("cut", "dropped"):
        chunks = chunks[: max(2, len(chunks) // 2)]
    pause = _SLOW_SECONDS if kind == "slow" else delay
    for chunk in chunks:
        yield chunk.encode()
        await asyncio.sleep(pause)
    if kind == "dropped":
        raise ConnectionResetError("the script drops this connection")
