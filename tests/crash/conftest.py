"""Worker processes that are really killed, and a log of what their bodies really did."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from flowforge.db.database import Database
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.run import FINAL_STATES, RunView, find_run, list_steps

SCRIPT = Path(__file__).parent / "process.py"


class Crashes:
    def __init__(self, url: str, database: Database, tenant_id: UUID, log: Path) -> None:
        self.url, self.database, self.tenant_id, self.log = url, database, tenant_id, log
        self.processes: list[subprocess.Popen[bytes]] = []

    def spawn(self, crash: str = "", **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker process and wait until it is ready; with `crash` it will die at that point."""
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), self.url, str(self.log)],
            env={**os.environ, "FLOWFORGE_CRASH": crash, **environment},
            stdout=subprocess.PIPE,
        )
        self.processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == b"ready\n" or crash, f"the worker did not start: {line!r}"
        return process

    async def died(self, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while process.poll() is None:
                await asyncio.sleep(0.01)
        assert process.returncode == -signal.SIGKILL

    async def send(self, name: str, data: object) -> tuple[UUID, ...]:
        (accepted,) = await send_events(self.database, self.tenant_id, [NewEvent(name, data)])
        return accepted.run_ids

    async def run(self, run_id: UUID) -> RunView:
        return await find_run(self.database.pool, self.tenant_id, run_id.hex)

    async def end_of(self, run_id: UUID, seconds: float = 30) -> RunView:
        async with asyncio.timeout(seconds):
            while (view := await self.run(run_id)).state not in FINAL_STATES:
                await asyncio.sleep(0.02)
        return view

    async def checkpointed(self) -> set[tuple[str, str]]:
        """(run, key) of every step with a stored result."""
        rows = await self.database.pool.fetch("select run_id, key from flowforge.step where state >= 2")
        return {(row["run_id"].hex, row["key"]) for row in rows}

    def begun(self, pid: int | None = None) -> Counter[tuple[str, str, str]]:
        """How often each attempt (run, key, attempt) of a body began, in one process or in all."""
        lines = [line.split() for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return Counter((run, key, attempt) for what, run, key, attempt, by in lines if what == "begin" and (pid is None or int(by) == pid))

    async def steps(self, run_id: UUID):
        return {step.key: step for step in await list_steps(self.database.pool, self.tenant_id, run_id)}

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
async def crashes(clean_url: str, tenant_id: UUID, tmp_path: Path) -> AsyncIterator[Crashes]:
    async with await Database.open(clean_url) as database:
        found = Crashes(clean_url, database, tenant_id, tmp_path / "effects.log")
        yield found
        found.close()
