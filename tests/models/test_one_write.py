"""A model call that is not streamed is one write: its answer, its usage and its frames are stored together."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from flowforge.db.database import Database
from flowforge.orchestrator.models.client import Delta, EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, set_client
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.stream import read_stream
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step


class Answering:
    """A client that answers at once; a streamed answer's second half waits until the first is stored."""

    def __init__(self, worker: list[Worker]) -> None:
        self._worker = worker

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        for text in ("Hello, ", "you") if on_delta is not None else ():
            assert on_delta is not None
            on_delta(Delta("text", text))
            await asyncio.sleep(0)
            await self._worker[0].committer.idle()
        return ModelReply(text="Hello, you", finish_reason="stop", model=request.model, provider="test")

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise NotImplementedError

    async def close(self) -> None: ...


@pytest.mark.parametrize(("stream", "writes"), [(False, {1}), (True, {2, 3})])  # streamed: that it begins, the first half, the end
async def test_what_a_call_writes(database: Database, tenant_id: UUID, stream: bool, writes: set[int]) -> None:
    workers: list[Worker] = []
    flushes: list[int] = []

    async def process(ctx: Any) -> str:
        before = workers[0].committer.flushes
        answer = await step.ai("greet", model="gpt-4o", prompt="hello", stream=stream)
        flushes.append(workers[0].committer.flushes - before)
        return answer

    registry = Registry()
    registry.function(trigger="order/created", id="test.process")(process)
    workers.append(Worker(database, registry))
    set_client(Answering(workers))
    await workers[0].start()
    try:
        run_id = await start_run(database, tenant_id, "test.process", "{}", bell=workers[0].bell)
        async with asyncio.timeout(60):
            names = [frame.name async for frame in read_stream(database, workers[0].bell, tenant_id, "run", run_id)]
    finally:
        await workers[0].stop()

    deltas = ["message.delta", "message.delta"] if stream else []
    told = [*deltas, "usage.recorded", "message.completed", "step.completed"]
    assert [name for name in names if not name.startswith("run.")] == ["step.started", *told]
    assert set(flushes) <= writes
