"""First signs of life."""

from __future__ import annotations

import asyncio

from flowforge.db.database import Database
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import find_run, list_steps
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.worker import Worker

step = EngineSteps()


async def test_an_event_starts_a_run_that_completes(database: Database, tenant_id):
    registry = Registry()

    @registry.function(trigger="order/*")
    async def process(ctx):
        a = await step.run("double", lambda x: x * 2, ctx.event.data["n"])
        b, c = await asyncio.gather(step.run("x", lambda: a + 1), step.run("y", lambda: a + 2))
        await step.sleep("nap", "10ms")
        return [a, b, c]

    worker = Worker(database, registry)
    await worker.start()
    try:
        (event,) = await send_events(database, tenant_id, [NewEvent("order/created", {"n": 21})], bell=worker.bell)
        async with asyncio.timeout(10):
            while True:
                view = await find_run(database.pool, tenant_id, event.run_ids[0].hex)
                if view.state in ("completed", "failed"):
                    break
                await asyncio.sleep(0.02)
        print(view)
        for s in await list_steps(database.pool, tenant_id, view.run_id):
            print(s)
        assert view.output == [42, 43, 44], view.error
    finally:
        await worker.stop()
