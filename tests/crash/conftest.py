"""Worker processes that are really killed, and a log of what their bodies really did."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pytest

from flowforge.db.database import Database
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.run import FINAL_STATES, RunView, find_run, list_steps

SCRIPT = Path(__file__).parent / "process.py"
NURSERY = Path(__file__).parent / "refund_process.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is thorough in this directory is by hand: the storm of tests/chaos, which CI runs, kills at every crash point too."""
    for item in items:
        if item.path.parent == SCRIPT.parent and item.get_closest_marker("thorough") is not None:
            item.add_marker(pytest.mark.long)


class Process(Protocol):
    """What is asked of a process that is to die."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...


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

    async def died(self, process: Process, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while process.poll() is None:
                await asyncio.sleep(0.01)
        assert process.returncode == -signal.SIGKILL
        await self.settled()

    async def settled(self, seconds: float = 20) -> None:
        """Until PostgreSQL has done with what the dead had sent: a statement goes on without its client."""
        ours = "from pg_stat_activity where datname = current_database() and application_name = 'ff:commit'"
        try:
            async with asyncio.timeout(seconds):
                while await self.database.pool.fetchval(f"select exists (select {ours})"):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            rows = await self.database.pool.fetch(f"select pid, state, wait_event, backend_start, query {ours}")
            raise AssertionError(f"somebody still commits: {[dict(row) for row in rows]}") from None

    async def send(self, name: str, data: object) -> tuple[UUID, ...]:
        (accepted,) = await send_events(self.database, self.tenant_id, [NewEvent(name, data)])
        return accepted.run_ids

    async def run(self, run_id: UUID) -> RunView:
        return await find_run(self.database.pool, self.tenant_id, run_id.hex)

    async def end_of(self, run_id: UUID, seconds: float = 60) -> RunView:
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
        lines = [line.split("\t") for line in self.log.read_text().splitlines()] if self.log.exists() else []
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


class Child:
    """A process of the nursery, with what `subprocess.Popen` has of it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.ready = False
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self.nursery.hear(0)
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        while self.poll() is None:
            self.nursery.hear(1)


class Nursery:
    """A process that has imported all that is slow, and forks others that begin at once (see `refund_process.py`)."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(NURSERY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.children: dict[int, Child] = {}
        self._heard = b""
        self._newest = 0

    def birth(self, does: str, **order: Any) -> Child:
        """Fork a process; one that is not to die at once is ready afterwards."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"does": does, **order}).encode() + b"\n")
        before = self._newest
        while self._newest == before:
            self.hear(30)
        child = self.children[self._newest]
        while does == "work" and not child.ready and child.returncode is None:
            self.hear(30)
        return child

    def hear(self, seconds: float) -> None:
        """Take in what the nursery has said, or says within this time."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], seconds)[0]:
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, "the nursery is gone"
            *lines, self._heard = (self._heard + piece).split(b"\n")
            for line in lines:
                self._take(*line.decode().split())
            seconds = 0

    def _take(self, fact: str, pid: str, code: str = "") -> None:
        if fact == "born":
            self._newest = int(pid)
        child = self.children.setdefault(int(pid), Child(self, int(pid)))
        child.ready = child.ready or fact == "ready"
        child.returncode = int(code) if fact == "gone" else child.returncode

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()
