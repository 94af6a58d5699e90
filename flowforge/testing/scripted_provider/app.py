"""The provider's HTTP side: two wire formats, and a control door for tests in other processes.

POST /v1/chat/completions   POST /v1/messages   POST /v1/embeddings
GET  /control/requests      what came in so far
POST /control/faults        {"kind": "rate_limited", "times": 1, "retry_after": 2, "model": null}
DELETE /control/faults      be well again
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from flowforge.secrets.redact import redact_headers
from flowforge.testing.scripted_provider import anthropic_wire, openai_wire
from flowforge.testing.scripted_provider.asked import Asked, from_anthropic, from_openai
from flowforge.testing.scripted_provider.fault import WEB_PAGE, Fault, FaultKind
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

    async def embeddings(request: Request) -> Response:
        return await _embed(behaviour, request, await request.json())

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
            Route("/v1/embeddings", embeddings, methods=["POST"]),
            Route("/control/requests", requests),
            Route("/control/faults", faults, methods=["POST", "DELETE"]),
        ]
    )


async def _answer(behaviour: Behaviour, request: Request, body: dict[str, Any], asked: Asked, wire: ModuleType) -> Response:
    fault = _note(behaviour, request, body, asked.stream)
    kind = fault.kind if fault is not None else None
    failed = await _failure(request, fault, asked.model, wire)
    if failed is not None:
        return failed
    reply = Reply(text="I'd rather not.") if kind == "garbled" else behaviour.script(asked)
    usage = kind != "no_usage"
    if not asked.stream:
        return _whole(wire.nothing(body) if kind == "no_choices" else wire.whole(body, reply, usage=usage), fault)
    events = wire.nothing_streamed(body) if kind == "no_choices" else wire.stream(body, reply, usage=usage)
    stream = _paced(request, list(events), kind, wire, behaviour.chunk_delay_seconds)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _embed(behaviour: Behaviour, request: Request, body: dict[str, Any]) -> Response:
    fault = _note(behaviour, request, body, stream=False)
    failed = await _failure(request, fault, str(body["model"]), openai_wire)
    if failed is not None:
        return failed
    kind = fault.kind if fault is not None else None
    answer = openai_wire.embeddings(body, usage=kind != "no_usage")
    return _whole(answer | {"data": []} if kind == "no_choices" else answer, fault)


def _note(behaviour: Behaviour, request: Request, body: dict[str, Any], stream: bool) -> Fault | None:
    """Keep the request, and say what goes wrong with it."""
    if len(behaviour.requests) < _KEPT_REQUESTS:
        received = Received(request.url.path, str(body["model"]), stream, body, redact_headers(request.headers))
        behaviour.requests.append(received)
    return behaviour.next_fault(str(body["model"]))


def _whole(answer: dict[str, Any], fault: Fault | None) -> Response:
    text = json.dumps(answer)  # escaped, so that even half a character can be scripted
    cut = fault is not None and fault.kind == "invalid_json"
    return Response(text[: len(text) // 2] if cut else text, media_type="application/json")


async def _failure(request: Request, fault: Fault | None, model: str, wire: ModuleType) -> Response | None:
    """The answer where a fault replaces it altogether."""
    if fault is None:
        return None
    if fault.kind == "timeout":
        await _silence(request)
    if fault.kind in ("html", "bad_gateway"):
        return HTMLResponse(WEB_PAGE, status_code=200 if fault.kind == "html" else 502)
    return None if fault.status is None else _refusal(request, fault, model, wire)


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


async def _paced(request: Request, chunks: list[str], kind: FaultKind | None, wire: ModuleType, delay: float) -> AsyncIterator[bytes]:
    """The stream as the network would bring it: chunk by chunk, perhaps slowly, perhaps twice, perhaps only the first half."""
    if kind in ("cut", "dropped", "stall", "broken", "invalid_json"):
        chunks = chunks[: max(2, len(chunks) // 2)]
    if kind == "broken":
        chunks.append(wire.error_event())
    if kind == "invalid_json":
        chunks.append('data: {"choices": [{"delta\n\n')
    if kind == "duplicates":
        chunks = list(wire.repeated(chunks))
    pause = _SLOW_SECONDS if kind == "slow" else delay
    for chunk in chunks:
        yield chunk.encode()
        await asyncio.sleep(pause)
    if kind == "stall":
        await _silence(request)
    if kind == "dropped":
        raise ConnectionResetError("the script drops this connection")
