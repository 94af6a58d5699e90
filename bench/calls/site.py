"""The processes of a measurement: the provider, the API and the worker (one process or two), and readers beside them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from calls.provider import Pace
from flowforge import ids
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate

HERE = Path(__file__).resolve().parent
START_SECONDS = 60.0

Layout = Literal["dev", "serve + worker", "serve"]
ClientName = Literal["litellm", "http", "socket"]


@contextmanager
def provider() -> Iterator[dict[str, str]]:
    """A provider in a process of its own; the variables that send clients there."""
    process = subprocess.Popen([sys.executable, "-m", "calls.provider"], env=surroundings(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "sk-bench"}
    finally:
        process.kill()
        process.wait()


KEY = "the-key-of-the-servers-in-this-bench-0123456789"
HEADERS = {"authorization": f"Bearer {KEY}"}


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a process here: it finds this bench's modules, and this checkout's flowforge before any other."""
    return {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE.parent.parent}", "PYTHONUNBUFFERED": "1", **more}


def client_variables(client: ClientName) -> dict[str, str]:
    return {"BENCH_CLIENT": client, "FLOWFORGE_MODEL_CLIENT": client if client != "socket" else "litellm"}


@dataclass
class Site:
    """A FlowForge that is up."""

    database: Database
    url: str
    worker: subprocess.Popen[str]  # what executes runs; in "dev" it serves the API as well
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    log: Path = Path()

    async def start_run(self, pace: Pace, **more: Any) -> str:
        async with httpx.AsyncClient(base_url=self.url, headers=HEADERS, timeout=30) as api:
            answer = await api.post("/events", json={"name": "bench/talk", "data": {"prompt": pace.prompt(), **more}})
            return str(answer.raise_for_status().json()["data"][0]["runs"][0])

    async def start_runs(self, n: int, pace: Pace) -> list[str]:
        events = [{"name": "bench/talk", "data": {"prompt": pace.prompt()}} for _ in range(n)]
        async with httpx.AsyncClient(base_url=self.url, headers=HEADERS, timeout=30) as api:
            answer = await api.post("/events", json=events)
            return [str(event["runs"][0]) for event in answer.raise_for_status().json()["data"]]

    async def stored_frames(self) -> int:
        return int(await self.database.pool.fetchval("select count(*) from flowforge.frame where name = 'message.delta'"))

    async def all_ended(self) -> None:
        while await self.database.pool.fetchval("select exists (select from flowforge.owner)"):
            await asyncio.sleep(0.05)

    async def said(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """Wait for a line of the processes' log."""
        return await _logged(self.log, pattern, self.processes, seconds)


@dataclass
class Reading:
    """Readers at work in a process of their own."""

    process: asyncio.subprocess.Process

    async def lags(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        await self.process.wait()
        return found


async def read(site: Site, runs: list[str]) -> Reading:
    """Let readers follow these runs; returns once all of them are connected."""
    command = [sys.executable, "-m", "calls.readers", site.url, *runs]
    process = await asyncio.create_subprocess_exec(*command, env=surroundings(FLOWFORGE_API_KEY=KEY), stdout=subprocess.PIPE, limit=2**30)
    assert process.stdout is not None
    await process.stdout.readline()
    return Reading(process)


@asynccontextmanager
async def site(server: str, directory: Path, layout: Layout, client: ClientName, provider: dict[str, str]) -> AsyncIterator[Site]:
    """A database of its own on `server`, and FlowForge's processes over it until the context ends."""
    name = f"bench_{ids.new_id().hex[-12:]}"
    url = await create_database(server, name)
    await migrate(url)
    log = directory / f"{name}.log"
    environment = surroundings(
        DATABASE_URL=url, FLOWFORGE_API_KEY=KEY, FLOWFORGE_DATA=str(directory / "data"), **provider, **client_variables(client)
    )
    processes = [_spawn(command, environment, log) for command in _commands(layout)]
    try:
        where = (await _logged(log, r"https?://127\.0\.0\.1:\d+|listening on :(\d+)", processes)).group(0)
        for _ in processes:
            await _logged(log, "ready", processes, times=len(processes))
        async with await Database.open(url) as database:
            port = where.rpartition(":")[2]
            yield Site(database, f"http://127.0.0.1:{port}", processes[-1], processes, log)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        await drop_database(server, name)


def _commands(layout: Layout) -> list[list[str]]:
    flowforge, app = [sys.executable, "-m", "flowforge.cli"], str(HERE / "app.py")
    if layout == "dev":
        return [[*flowforge, "dev", app, "--port", "0", "--no-reload"]]
    serve = [*flowforge, "serve", "--port", "0"]
    return [serve] if layout == "serve" else [serve, [*flowforge, "worker", app]]


def _spawn(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[str]:
    with log.open("a") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)


async def _logged(
    log: Path, pattern: str, processes: list[subprocess.Popen[str]], seconds: float = START_SECONDS, times: int = 1
) -> re.Match[str]:
    deadline = time.monotonic() + seconds
    while len(found := list(re.finditer(pattern, text := _text(log)))) < times:
        if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
            raise RuntimeError(f"not to be found in the log: {pattern}\n{text[-3000:]}")
        await asyncio.sleep(0.01)
    return found[-1]


def _text(log: Path) -> str:
    return log.read_text()
