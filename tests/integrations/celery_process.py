"""A FlowForge worker in a process of its own, to be killed: `python celery_process.py DATABASE_URL`."""

from __future__ import annotations

import asyncio
import sys

from celery_app import resize

from flowforge.db.database import Database
from flowforge.integrations.celery import celery_step
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker

registry = Registry()


@registry.function(trigger="picture/added", id="picture.thumbnail")
async def thumbnail(ctx):
    return await celery_step("resize", resize, [ctx.event.data["path"]])


async def main(url: str) -> None:
    async with await Database.open(url) as database:
        await Worker(database, registry, vanished_seconds=0.3).start()
        print("ready", flush=True)  # noqa: T201
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
