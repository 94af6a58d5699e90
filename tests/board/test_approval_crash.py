"""A worker that dies between asking and telling: the question stands once, and is told once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.board.approval import list_approvals
from flowforge.board.decision import decide
from flowforge.db.database import Database
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.stream import read_page

WORKER = """
import asyncio, sys
from flowforge.board.approve_step import approve
from flowforge.db.database import Database
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker

registry = Registry()

@registry.function(trigger="order/returned", id="refund")
async def refund(ctx):
    return (await approve("refund", arguments=ctx.event.data)).decided_by

async def main():
    async with await Database.open(sys.argv[1]) as database:
        worker = Worker(database, registry)
        await worker.start()
        print("started", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def start_worker(url: str, crash: str = "") -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, url], env={**os.environ, "FLOWFORGE_CRASH": crash}, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None and worker.stdout.readline() == "started\n"
    return worker


@pytest.mark.thorough
@pytest.mark.parametrize("crash", ["approval.asked:1"])
async def test_a_worker_that_dies_after_asking_leaves_one_question_that_is_told_once(clean_url: str, tenant_id: UUID, crash: str):
    dying = start_worker(clean_url, crash)
    async with await Database.open(clean_url) as database:
        (event,) = await send_events(database, tenant_id, [NewEvent("order/returned", {"amount": 420})])
        run_id = event.run_ids[0]
        assert await asyncio.to_thread(dying.wait, 20) == -signal.SIGKILL
        (approval,) = (await list_approvals(database, tenant_id)).data
        assert "approval.requested" not in [frame.name for frame in await read_page(database.pool, tenant_id, "run", run_id, 0)]

        second = start_worker(clean_url)
        try:
            async with asyncio.timeout(40):
                while (await find_run(database.pool, tenant_id, run_id.hex)).state != "waiting":
                    await asyncio.sleep(0.05)
                await decide(database, Principal(tenant_id, "person", "mira"), approval.id, approved=True)
                while (view := await find_run(database.pool, tenant_id, run_id.hex)).ended_at is None:
                    await asyncio.sleep(0.05)
        finally:
            second.kill()
            await asyncio.to_thread(second.wait)
        assert (view.state, view.output) == ("completed", "mira")
        assert len((await list_approvals(database, tenant_id)).data) == 1
        names = [frame.name for frame in await read_page(database.pool, tenant_id, "run", run_id, 0)]
        assert names.count("approval.requested") == names.count("approval.decided") == 1
