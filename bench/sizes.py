"""What FlowForge weighs: the command line's start, `dev` until ready, memory, and what waiting runs add. `python bench/sizes.py`"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from side_by_side.machine import own_directory, own_resident_kb

from flowforge.board import approve_step
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step

CLI = [sys.executable, "-m", "flowforge.cli"]
registry = Registry()
assert approve_step


@registry.function(trigger="bench/approve", id="bench.approve")
async def ask(ctx: Any) -> bool:
    decision = await step.approve("refund", tool="issue_refund", arguments={"amount": ctx.event.data["n"]}, effect="money")
    return decision.approved


def help_cpu_ms() -> float:
    taken = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*CLI, "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return statistics.median(taken)


def dev(project: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until `dev` is ready, and its memory in MB then."""
    began = time.perf_counter()
    process = subprocess.Popen([*CLI, "dev", "--port", "0"], cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    while b"ready" not in process.stdout.readline():
        assert process.poll() is None, "dev ended"
    ready = time.perf_counter() - began
    memory = own_resident_kb(process.pid) / 1024
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    return ready, memory


async def waiting_runs(url: str, runs: int) -> float:
    """MB that so many runs add to their worker while they wait for approvals."""
    await migrate(url)
    async with await Database.open(url) as database:
        await publish_functions(database.pool, registry, app="app")
        worker = Worker(database, registry, concurrency=100)
        await worker.start()

        async def wait_for(n: int) -> float:
            while await database.pool.fetchval("select count(*) from flowforge.owner where state = 'p'") < n:
                await asyncio.sleep(0.05)
            while worker.active:
                await asyncio.sleep(0.01)
            gc.collect()
            return own_resident_kb(os.getpid()) / 1024

        async def send(n: int) -> None:
            for first in range(0, n, 100):
                await send_events(database, DEFAULT_TENANT, [NewEvent("bench/approve", {"n": i}) for i in range(first, first + 100)])

        await send(1000)  # warms every path and fills the allocator
        before = await wait_for(1000)
        await send(4 * runs)  # one round alone is within the allocator's noise
        after = await wait_for(1000 + 4 * runs)
        await worker.stop()
    return (after - before) / 4


def main() -> None:
    print(f"{'flowforge --help, CPU ms':46} {help_cpu_ms():10.0f}")
    with own_directory() as directory:
        here = str(Path(__file__).resolve().parent.parent)
        environment = {**os.environ, "FLOWFORGE_DATA": str(directory / "dev"), "PYTHONPATH": here}
        subprocess.run([*CLI, "init", "sample"], cwd=directory, env=environment, check=True, capture_output=True)
        first, _ = dev(directory / "sample", environment)
        again, memory = dev(directory / "sample", environment)
        print(f"{'dev until ready, new database, s':46} {first:10.2f}")
        print(f"{'dev until ready, existing database, s':46} {again:10.2f}")
        print(f"{'dev before the first AI step, MB':46} {memory:10.0f}")
        with EmbeddedPostgres(directory / "waiting") as server:
            added = asyncio.run(waiting_runs(server.url, 1000))
        print(f"{'1,000 runs that wait for approval add, MB':46} {added:10.2f}")


if __name__ == "__main__":
    main()
